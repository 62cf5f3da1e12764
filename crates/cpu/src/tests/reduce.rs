//! Reductions against plain loops.

use crate::tests::testing::*;
use cuprous_core::{Buffer, DType, Layout, Operand, Program, ReduceLaunch, ReduceRow};
use std::sync::atomic::Ordering;

/// The result's layout over the shape: packed, with stride 0 along reduced axes.
pub fn result_layout(shape: &[usize], reduced: &[bool], item: usize) -> (Layout, usize) {
    let kept: Vec<usize> = (0..shape.len()).filter(|&k| !reduced[k]).collect();
    let packed = c_order(&kept.iter().map(|&k| shape[k]).collect::<Vec<_>>(), item);
    let mut layout = c_order(shape, item);
    layout.strides.iter_mut().for_each(|s| *s = 0);
    kept.iter().zip(&packed.strides).for_each(|(&k, &s)| layout.strides[k] = s);
    (layout, packed.size() * item)
}

struct Case<'a> {
    shape: &'a [usize],
    strides: &'a [isize],
    reduced: &'a [bool],
}

impl Case<'_> {
    fn run(&self, n_threads: usize, map: &Program, row: &'static ReduceRow, inputs: &[Operand]) -> Vec<u8> {
        let q = queue();
        let (layout, n) = result_layout(self.shape, self.reduced, row.output.size());
        let out = buffer(n);
        let output = whole(&out, &layout, row.output);
        let launch =
            ReduceLaunch { shape: self.shape, strides: self.strides, reduced: self.reduced, inputs, parameters: &[], output, queue: &q };
        crate::reduce::run(&on(n_threads), map, row, &launch).unwrap_or_else(|e| panic!("{e}"));
        bytes(&out)
    }
}

fn bare(dtype: DType) -> Program {
    program(vec![load(0, dtype)], &[0])
}

/// Sums in float64 and first largest indices, element by element.
fn plain_results(shape: &[usize], reduced: &[bool], value: impl Fn(&[usize]) -> f32) -> (Vec<f64>, Vec<f64>, Vec<i64>) {
    let (layout, n) = result_layout(shape, reduced, 1);
    let (mut sums, mut sizes, mut best) = (vec![0.0; n], vec![0.0; n], vec![(f32::NEG_INFINITY, -1, 0); n]);
    for index in indices(shape) {
        let (at, x) = (offset(&layout, &index), value(&index));
        sums[at] += x as f64;
        sizes[at] += x.abs() as f64;
        let (top, _, seen) = best[at];
        best[at] = if seen == 0 || x > top { (x, seen, seen + 1) } else { (top, best[at].1, seen + 1) };
    }
    (sums, sizes, best.into_iter().map(|b| b.1).collect())
}

fn floats(raw: &[u8]) -> Vec<f32> {
    raw.chunks_exact(4).map(|c| f32::from_ne_bytes([c[0], c[1], c[2], c[3]])).collect()
}

fn check_shape(dice: &mut Dice, shape: &[usize], reduced: &[bool]) {
    let (layout, n) = dice.layout(shape, 4, true);
    let a = filled(dice, n, DType::F32);
    let (other, n) = dice.layout(shape, 4, true);
    let b = filled(dice, n, DType::F32);
    let data = bytes(&a);
    let value = |index: &[usize]| {
        let at = offset(&layout, index);
        f32::from_ne_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
    };
    let (sums, sizes, best) = plain_results(shape, reduced, value);
    let case = Case { shape, strides: &layout.strides, reduced };
    let one = case.run(1, &bare(DType::F32), &SUM_F32, &[whole(&a, &layout, DType::F32)]);
    for ((&want, size), got) in sums.iter().zip(&sizes).zip(floats(&one)) {
        assert!((got as f64 - want).abs() <= 1e-5 * size, "{got} {want} {shape:?} {layout:?} {reduced:?}");
    }
    for n_threads in [2, 5] {
        assert!(
            case.run(n_threads, &bare(DType::F32), &SUM_F32, &[whole(&a, &layout, DType::F32)]) == one,
            "{shape:?} {layout:?} {reduced:?}"
        );
    }
    let args = case.run(2, &bare(DType::F32), &ARGMAX_F32, &[whole(&a, &layout, DType::F32)]);
    if !shape.contains(&0) {
        let want: Vec<u8> = best.iter().flat_map(|b| b.to_ne_bytes()).collect();
        assert!(args == want, "{shape:?} {layout:?} {reduced:?}");
    }

    // `a * b + a`, fused and stored first in some layout: the same bits.
    let f = DType::F32;
    let fused = program(vec![load(0, f), load(1, f), apply(&MUL_F32, &[0, 1]), apply(&ADD_F32, &[2, 0])], &[3]);
    let (stored, n) = dice.layout(shape, 4, false);
    let temporary = filled(dice, n, f);
    let q = queue();
    let inputs = [whole(&a, &layout, f), whole(&b, &other, f)];
    let launch = cuprous_core::Launch { shape, inputs: &inputs, outputs: &[whole(&temporary, &stored, f)], parameters: &[], queue: &q };
    crate::elementwise::run(&on(2), &fused, &launch).unwrap_or_else(|e| panic!("{e}"));
    let case = Case { shape, strides: &stored.strides, reduced };
    for row in [&SUM_F32, &ARGMAX_F32] {
        let apart = case.run(1, &bare(f), row, &[whole(&temporary, &stored, f)]);
        for n_threads in [1, 4] {
            assert!(case.run(n_threads, &fused, row, &inputs) == apart, "{shape:?} {stored:?} {reduced:?} {}", row.op);
        }
    }
}

#[test]
fn random_shapes_and_axes() {
    let mut dice = Dice(3);
    for _ in 0..250 {
        let shape = dice.shape(20_000);
        let reduced: Vec<bool> = shape.iter().map(|_| dice.chance(50)).collect();
        check_shape(&mut dice, &shape, &reduced);
    }
}

#[test]
fn each_shape_of_work() {
    let mut dice = Dice(4);
    // Runs of several groups, short and long runs, few and many lanes of several groups, packed short lanes.
    let cases: &[(&[usize], &[bool])] = &[
        (&[600_000], &[true]),
        (&[3, 300_000], &[false, true]),
        (&[300_000, 3], &[true, false]),
        (&[3000, 3], &[false, true]),
        (&[3000, 100], &[false, true]),
        (&[30, 5000], &[false, true]),
        (&[5000, 30], &[true, false]),
        (&[3000, 70], &[true, false]),
        (&[60, 3000], &[true, false]),
        (&[2000, 4, 3], &[false, true, false]),
        (&[10, 200, 20], &[false, true, false]),
        (&[20, 50, 30], &[true, false, true]),
        (&[7, 9, 11, 13], &[true, false, true, false]),
        (&[0, 5], &[true, false]),
        (&[5, 0], &[true, false]),
        (&[], &[]),
        (&[5, 6], &[false, false]),
    ];
    for (shape, reduced) in cases {
        for _ in 0..4 {
            check_shape(&mut dice, shape, reduced);
        }
    }
}

#[test]
fn outputs_may_have_any_strides() {
    let a: Vec<f32> = (0..5000).map(|k| k as f32).collect();
    let (input, layout) = (array(&a), c_order(&[50, 100], 4));
    let out = array(&[-1.0f32; 100]);
    let output = Layout { shape: [50, 100].as_slice().into(), strides: [-8, 0].as_slice().into(), offset: 4 * 98 };
    let q = queue();
    let launch = ReduceLaunch {
        shape: &[50, 100],
        strides: &layout.strides,
        reduced: &[false, true],
        inputs: &[whole(&input, &layout, DType::F32)],
        parameters: &[],
        output: whole(&out, &output, DType::F32),
        queue: &q,
    };
    crate::reduce::run(&on(2), &bare(DType::F32), &SUM_F32, &launch).unwrap_or_else(|e| panic!("{e}"));
    for (k, x) in read::<f32>(&out, 100).into_iter().enumerate() {
        let row = 49 - k / 2;
        assert_eq!(x, if k % 2 == 0 { (0..100).map(|j| (100 * row + j) as f32).sum() } else { -1.0 });
    }
}

#[test]
fn stops_early_with_the_same_result() {
    let n = 4_000_000;
    let mut data = vec![0u8; n];
    let any = |data: &[u8], n_threads| {
        let (a, layout): (Buffer, _) = (array(data), c_order(&[n], 1));
        SEEN.store(0, Ordering::Relaxed);
        let case = Case { shape: &[n], strides: &layout.strides, reduced: &[true] };
        case.run(n_threads, &bare(DType::U8), &ANY_U8, &[whole(&a, &layout, DType::U8)])
    };
    assert_eq!(any(&data, 1), [0]);
    assert_eq!(SEEN.load(Ordering::Relaxed), n);
    data[10_000] = 1;
    assert_eq!(any(&data, 1), [1]);
    assert!(SEEN.load(Ordering::Relaxed) < 20_000);
    assert_eq!(any(&data, 3), [1]);
    data[10_000] = 0;
    data[n - 1] = 1;
    assert_eq!(any(&data, 3), [1]);
}
