//! Element-wise programs against plain loops.

use crate::tests::testing::*;
use cuprous_core::{Buffer, DType, Launch, Layout, Operand, Program, Scalar, Step};

/// Programs with the dtypes of their inputs (None is an index operand) and parameters.
fn programs() -> Vec<(Program, Vec<Option<DType>>, Vec<Scalar>)> {
    let (f, i, u) = (DType::F32, DType::I64, DType::U8);
    vec![
        (program(vec![load(0, f), load(1, f), apply(&ADD_F32, &[0, 1])], &[2]), vec![Some(f), Some(f)], vec![]),
        (program(vec![load(0, f)], &[0]), vec![Some(f)], vec![]),
        (program(vec![load(0, DType::C128)], &[0]), vec![Some(DType::C128)], vec![]),
        (program(vec![Step::Constant { parameter: 0, dtype: i }], &[0]), vec![], vec![Scalar::from(7i64)]),
        (program(vec![Step::Index { operand: 0 }], &[0]), vec![None], vec![]),
        // Constants, casts of other widths, a dead step.
        (
            program(
                vec![
                    load(0, u),
                    apply(&U8_TO_F32, &[0]),
                    Step::Constant { parameter: 0, dtype: f },
                    apply(&MUL_F32, &[1, 2]),
                    apply(&ADD_F32, &[3, 3]),
                    load(1, i),
                    apply(&I64_TO_F32, &[5]),
                    apply(&ADD_F32, &[6, 3]),
                    apply(&F32_TO_U8, &[7]),
                ],
                &[8],
            ),
            vec![Some(u), Some(i)],
            vec![Scalar::from(1.5f32)],
        ),
        // Several outputs, one of them also an intermediate, one twice, one of two of a row.
        (
            program(
                vec![
                    load(0, i),
                    Step::Index { operand: 1 },
                    apply_to(&SPLIT_I64, &[0, 1], 1),
                    apply(&ADD_I64, &[2, 0]),
                    apply(&I64_TO_F32, &[3]),
                    apply_to(&SPLIT_I64, &[3, 2], 0),
                    apply_to(&SPLIT_I64, &[3, 2], 1),
                    apply(&ADD_I64, &[6, 5]),
                ],
                &[3, 4, 7, 3, 0, 6],
            ),
            vec![Some(i), None],
            vec![],
        ),
        // Many values alive at a time.
        (
            program(
                (0..6)
                    .map(|k| load(k, f))
                    .chain((0..6).map(|k| apply(&MUL_F32, &[k, 5 - k])))
                    .chain((0..5).map(|k| apply(&ADD_F32, &[11 - k, if k == 0 { 6 } else { 11 + k }])))
                    .collect(),
                &[16],
            ),
            vec![Some(f); 6],
            vec![],
        ),
    ]
}

struct Case {
    shape: Vec<usize>,
    inputs: Vec<(Option<Buffer>, Layout, DType)>,
    outputs: Vec<(Buffer, Layout, DType)>,
}

fn case(dice: &mut Dice, program: &Program, inputs: &[Option<DType>]) -> Case {
    let shape = dice.shape(20_000);
    let inputs = inputs.iter().map(|d| match d {
        Some(d) => {
            let (layout, n) = dice.layout(&shape, d.size(), true);
            (Some(filled(dice, n, *d)), layout, *d)
        }
        None => (None, dice.layout(&shape, 1, true).0, DType::I64),
    });
    let inputs: Vec<_> = inputs.collect();
    let outputs = program.outputs.iter().map(|&r| {
        let d = program.steps[r as usize].dtype();
        let (layout, n) = dice.layout(&shape, d.size(), false);
        (filled(dice, n, d), layout, d)
    });
    Case { outputs: outputs.collect(), inputs, shape: shape.clone() }
}

impl Case {
    fn run(&self, n_threads: usize, program: &Program, parameters: &[Scalar]) {
        let q = queue();
        let inputs: Vec<Operand> = self.inputs.iter().map(|(b, l, d)| b.as_ref().map_or(Operand::index(l), |b| whole(b, l, *d))).collect();
        let outputs: Vec<Operand> = self.outputs.iter().map(|(b, l, d)| whole(b, l, *d)).collect();
        let launch = Launch { shape: &self.shape, inputs: &inputs, outputs: &outputs, parameters, queue: &q };
        crate::elementwise::run(&on(n_threads), program, &launch).unwrap_or_else(|e| panic!("{e}"));
    }

    fn expected(&self, program: &Program, parameters: &[Scalar]) -> Vec<Vec<u8>> {
        let inputs: Vec<(Vec<u8>, &Layout)> = self.inputs.iter().map(|(b, l, _)| (b.as_ref().map(bytes).unwrap_or_default(), l)).collect();
        let mut want: Vec<Vec<u8>> = self.outputs.iter().map(|(b, ..)| bytes(b)).collect();
        for index in indices(&self.shape) {
            for (k, cell) in plain(program, &inputs, parameters, &index).into_iter().enumerate() {
                let (_, layout, d) = &self.outputs[k];
                let at = offset(layout, &index);
                want[k][at..at + d.size()].copy_from_slice(&cell[..d.size()]);
            }
        }
        want
    }
}

#[test]
fn programs_over_random_layouts() {
    let mut dice = Dice(1);
    for round in 0..60 {
        for (k, (program, inputs, parameters)) in programs().iter().enumerate() {
            let case = case(&mut dice, program, inputs);
            let want = case.expected(program, parameters);
            case.run(1 + round % 3, program, parameters);
            for ((b, layout, _), want) in case.outputs.iter().zip(&want) {
                assert!(
                    bytes(b) == *want,
                    "program {k}, shape {:?}, out {layout:?}, in {:?}",
                    case.shape,
                    case.inputs.iter().map(|i| &i.1).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[test]
fn shapes_that_are_hard_to_cut() {
    let (program, ..) = &programs()[0];
    for shape in
        [vec![100_003], vec![1, 1, 70_000], vec![5000, 3], vec![3, 5000], vec![600, 700], vec![2, 63, 65], vec![17, 64], vec![2; 14]]
    {
        for turn in 0..6 {
            let n: usize = shape.iter().product();
            let mut dice = Dice(turn);
            let (a, b) = (filled(&mut dice, 4 * n, DType::F32), filled(&mut dice, 4 * n, DType::F32));
            let c = c_order(&shape, 4);
            let f = Layout::contiguous(&shape, 4, cuprous_core::layout::Order::F);
            let mut row = c.clone();
            row.strides[0] = 0;
            let mut column = c.clone();
            let last = shape.len() - 1;
            column.strides[last] = 0;
            let pick = [c.clone(), f.clone(), row, column];
            let case = Case {
                shape: shape.clone(),
                inputs: vec![
                    (Some(a), pick[turn as usize % 4].clone(), DType::F32),
                    (Some(b), pick[turn as usize / 2].clone(), DType::F32),
                ],
                outputs: vec![(filled(&mut dice, 4 * n, DType::F32), if turn == 5 { f } else { c }, DType::F32)],
            };
            let want = case.expected(program, &[]);
            case.run(1 + turn as usize % 2, program, &[]);
            assert!(bytes(&case.outputs[0].0) == want[0], "{shape:?} {turn}");
        }
    }
}

/// Runs a program whose outputs lie in the given buffers, which may be inputs as well, against plain loops.
fn in_place(shape: &[usize], program: &Program, buffers: &[Buffer], inputs: &[(usize, Layout)], outputs: &[(usize, Layout)], dtype: DType) {
    let before: Vec<Vec<u8>> = buffers.iter().map(bytes).collect();
    let ins: Vec<(Vec<u8>, &Layout)> = inputs.iter().map(|(k, l)| (before[*k].clone(), l)).collect();
    let mut want = before.clone();
    for index in indices(shape) {
        for (cell, (k, layout)) in plain(program, &ins, &[], &index).iter().zip(outputs) {
            let at = offset(layout, &index);
            want[*k][at..at + dtype.size()].copy_from_slice(&cell[..dtype.size()]);
        }
    }
    let q = queue();
    let ins: Vec<Operand> = inputs.iter().map(|(k, l)| whole(&buffers[*k], l, dtype)).collect();
    let outs: Vec<Operand> = outputs.iter().map(|(k, l)| whole(&buffers[*k], l, dtype)).collect();
    for n_threads in [1, 3] {
        buffers.iter().zip(&before).for_each(|(b, old)| crate::memory::upload(&on(1), old, b, 0).unwrap_or_else(|e| panic!("{e}")));
        let launch = Launch { shape, inputs: &ins, outputs: &outs, parameters: &[], queue: &q };
        crate::elementwise::run(&on(n_threads), program, &launch).unwrap_or_else(|e| panic!("{e}"));
        for (b, want) in buffers.iter().zip(&want) {
            assert!(bytes(b) == *want, "{program:?} {shape:?} {inputs:?} {outputs:?}");
        }
    }
}

#[test]
fn in_place_and_swapped() {
    let (f, mut dice) = (DType::F32, Dice(5));
    let twice = program(vec![load(0, f), load(1, f), apply(&ADD_F32, &[0, 1]), apply(&MUL_F32, &[2, 0])], &[3]);
    // The first result is written while the second still needs the input it replaces.
    let both = program(vec![load(0, f), load(1, f), apply(&ADD_F32, &[0, 1]), apply(&MUL_F32, &[1, 0])], &[2, 3]);
    let swap = program(vec![load(0, f), load(1, f)], &[1, 0]);
    let mixed = program(vec![load(0, f), load(1, f), apply(&ADD_F32, &[0, 0])], &[2, 0]);
    for shape in [vec![10_000], vec![100, 70], vec![70, 100], vec![3000, 3], vec![3, 4, 5], vec![]] {
        for round in 0..8 {
            let n: usize = shape.iter().product();
            let buffers = [filled(&mut dice, 16 * n.max(1), f), filled(&mut dice, 16 * n.max(1), f)];
            let layout = |dice: &mut Dice| loop {
                let (layout, n_bytes) = dice.layout(&shape, 4, false);
                if n_bytes <= 16 * n {
                    break layout;
                }
            };
            let (a, b) = if round == 0 { (c_order(&shape, 4), c_order(&shape, 4)) } else { (layout(&mut dice), layout(&mut dice)) };
            let ins = [(0, a.clone()), (1, b.clone())];
            in_place(&shape, &twice, &buffers, &ins, &[(0, a.clone())], f);
            in_place(&shape, &twice, &buffers, &ins, &[(1, b.clone())], f);
            in_place(&shape, &both, &buffers, &ins, &[(0, a.clone()), (1, b.clone())], f);
            in_place(&shape, &both, &buffers, &ins, &[(1, b.clone()), (0, a.clone())], f);
            in_place(&shape, &swap, &buffers, &ins, &[(0, a.clone()), (1, b.clone())], f);
            in_place(&shape, &mixed, &buffers, &ins, &[(0, a.clone()), (1, b.clone())], f);
        }
    }
    // Elements that interleave with an input's.
    let buffers = [filled(&mut dice, 80_000, f)];
    let even = Layout { strides: [8].as_slice().into(), ..c_order(&[10_000], 4) };
    let odd = Layout { offset: 4, ..even.clone() };
    in_place(&[10_000], &twice, &buffers, &[(0, even.clone()), (0, even)], &[(0, odd)], f);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (program, inputs, parameters) = &programs()[5];
    let n = 300_000;
    let run = |n_threads| {
        let mut dice = Dice(9);
        let inputs = inputs.iter().flatten().map(|d| (Some(filled(&mut dice, n * d.size(), *d)), c_order(&[n], d.size()), *d)).collect();
        let case = Case { shape: vec![n], inputs, outputs: vec![(buffer(n), c_order(&[n], 1), DType::U8)] };
        case.run(n_threads, program, parameters);
        bytes(&case.outputs[0].0)
    };
    let one = run(1);
    assert!(run(2) == one && run(7) == one);
}

#[test]
fn broken_launches_are_errors() {
    let (f, q) = (DType::F32, queue());
    let a = array(&[1.0f32; 4]);
    let (four, three) = (c_order(&[4], 4), c_order(&[3], 4));
    let run = |program: &Program, inputs: &[Operand], out: Operand| {
        let launch = Launch { shape: &[4], inputs, outputs: &[out], parameters: &[], queue: &q };
        crate::elementwise::run(&on(1), program, &launch)
    };
    let copy = program(vec![load(0, f)], &[0]);
    assert!(run(&copy, &[whole(&a, &four, f)], whole(&a, &four, f)).is_ok());
    assert!(run(&copy, &[], whole(&a, &four, f)).is_err());
    assert!(run(&copy, &[whole(&a, &four, DType::I32)], whole(&a, &four, f)).is_err());
    assert!(run(&copy, &[whole(&a, &three, f)], whole(&a, &four, f)).is_err());
    assert!(run(&copy, &[Operand::index(&four)], whole(&a, &four, f)).is_err());
    assert!(run(&copy, &[whole(&a, &four, f)], whole(&a, &four, DType::I32)).is_err());
    assert!(run(&program(vec![load(0, f)], &[3]), &[whole(&a, &four, f)], whole(&a, &four, f)).is_err());
    assert!(run(&program(vec![load(0, f), apply(&ADD_F32, &[0, 1])], &[1]), &[whole(&a, &four, f)], whole(&a, &four, f)).is_err());
    assert!(run(&program(vec![load(0, f), apply(&ADD_F32, &[0])], &[1]), &[whole(&a, &four, f)], whole(&a, &four, f)).is_err());
}
