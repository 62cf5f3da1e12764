//! Scans against plain loops.

use crate::tests::testing::*;
use cuprous_core::{DType, Layout, ScanLaunch, ScanRow};

fn run(n_threads: usize, row: &'static ScanRow, input: &[u8], layouts: (&Layout, &Layout), axis: usize, in_place: bool) -> Vec<u8> {
    let a = array(input);
    let q = queue();
    let other = buffer(layouts.1.extent(row.output.size()).1);
    let (out, out_layout) = if in_place { (&a, layouts.0) } else { (&other, layouts.1) };
    let launch = ScanLaunch { input: whole(&a, layouts.0, row.input), output: whole(out, out_layout, row.output), axis, queue: &q };
    crate::scan::run(&on(n_threads), row, &launch).unwrap_or_else(|e| panic!("{e}"));
    bytes(out)
}

fn i64_at(raw: &[u8], at: usize) -> i64 {
    raw[at..at + 8].try_into().map(i64::from_ne_bytes).unwrap_or_else(|e| panic!("{e}"))
}

fn check(dice: &mut Dice, shape: &[usize], axis: usize) {
    let (from, n) = dice.layout(shape, 8, false);
    let input = bytes(&filled(dice, n, DType::I64));
    let (to, _) = dice.layout(shape, 8, false);
    let apart = run(1 + dice.below(3), &CUMSUM_I64, &input, (&from, &to), axis, false);
    let within = run(1 + dice.below(3), &CUMSUM_I64, &input, (&from, &from), axis, true);
    for index in indices(shape) {
        let x = i64_at(&input, offset(&from, &index));
        let before = |raw: &[u8], layout: &Layout| {
            let mut index = index.clone();
            if index[axis] == 0 {
                return 0;
            }
            index[axis] -= 1;
            i64_at(raw, offset(layout, &index))
        };
        assert_eq!(i64_at(&apart, offset(&to, &index)), before(&apart, &to) + x, "{shape:?} {axis} {index:?}");
        assert_eq!(i64_at(&within, offset(&from, &index)), before(&within, &from) + x, "{shape:?} {axis} {index:?}");
    }
}

#[test]
fn random_layouts() {
    let mut dice = Dice(11);
    for _ in 0..150 {
        let shape = dice.shape(10_000);
        if !shape.is_empty() {
            let axis = dice.below(shape.len());
            check(&mut dice, &shape, axis);
        }
    }
}

#[test]
fn long_rows() {
    let mut dice = Dice(12);
    for _ in 0..4 {
        check(&mut dice, &[200_000], 0);
        check(&mut dice, &[3, 70_000], 1);
        check(&mut dice, &[70_001, 3], 0);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let mut dice = Dice(13);
    for (shape, axis) in [(vec![300_000], 0), (vec![2, 100_000], 1), (vec![1000, 300], 0), (vec![100, 1000], 1)] {
        let layout = c_order(&shape, 4);
        let input = bytes(&filled(&mut dice, layout.size() * 4, DType::F32));
        let one = run(1, &CUMSUM_F32, &input, (&layout, &layout), axis, false);
        for n_threads in [2, 5] {
            assert!(run(n_threads, &CUMSUM_F32, &input, (&layout, &layout), axis, false) == one);
            assert!(run(n_threads, &CUMSUM_F32, &input, (&layout, &layout), axis, true) == one);
        }
    }
}
