//! Fourier transforms: against plain sums over random layouts, and the same bits whatever the number of threads.

use crate::memory::Pool;
use crate::tests::testing::*;
use cuprous_core::backend::{FftKind, FftSpec};
use cuprous_core::{DType, Layout, c128};
use std::f64::consts::TAU;

fn run(n_threads: usize, kind: FftKind, axes: &[usize], dtypes: [DType; 2], input: &[u8], layouts: [&Layout; 2]) -> Vec<u8> {
    let (a, q) = (array(input), queue());
    let out = buffer(layouts[1].extent(dtypes[1].size()).1);
    let spec = FftSpec {
        kind,
        axes,
        input: whole(&a, layouts[0], dtypes[0]),
        output: whole(&out, layouts[1], dtypes[1]),
        scale: 0.5,
        may_destroy_input: false,
        queue: &q,
    };
    crate::fft::run(&on(n_threads), &Pool::new(), &spec).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(bytes(&a), input, "the input changed");
    bytes(&out)
}

fn at(raw: &[u8], place: usize) -> c128 {
    let half = |k: usize| raw[place + k..place + k + 8].try_into().map(f64::from_ne_bytes).unwrap_or_else(|e| panic!("{e}"));
    c128::new(half(0), half(8))
}

/// Small whole numbers: the bound below is then about the transform alone.
fn numbers(dice: &mut Dice, n_bytes: usize) -> Vec<u8> {
    (0..n_bytes / 8).flat_map(|_| (dice.below(19) as f64 - 9.0).to_ne_bytes()).collect()
}

#[test]
fn random_layouts() {
    let mut dice = Dice(21);
    for _ in 0..60 {
        let shape = dice.shape(600);
        if shape.is_empty() || shape.contains(&0) {
            continue;
        }
        let axis = dice.below(shape.len());
        let (from, n) = dice.layout(&shape, 16, false);
        let (to, _) = dice.layout(&shape, 16, false);
        let input = numbers(&mut dice, n.next_multiple_of(8));
        let got = run(1 + dice.below(3), FftKind::Inverse, &[axis], [DType::C128; 2], &input, [&from, &to]);
        let length = shape[axis];
        for index in indices(&shape) {
            let mut there = index.clone();
            let mut want = c128::new(0.0, 0.0);
            for j in 0..length {
                there[axis] = j;
                let turn = TAU * ((j * index[axis]) % length) as f64 / length as f64;
                want += at(&input, offset(&from, &there)) * c128::from_polar(0.5, turn);
            }
            let error = (at(&got, offset(&to, &index)) - want).norm();
            assert!(error <= 1e-13 * 10.0 * length as f64, "{shape:?} {axis} {index:?}: {error}");
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let mut dice = Dice(22);
    for shape in [&[37, 41, 12][..], &[300, 50], &[5, 1009], &[6, 7, 8, 9]] {
        let last = shape.len() - 1;
        let mut half = shape.to_vec();
        half[last] = shape[last] / 2 + 1;
        let axes: Vec<usize> = (0..=last).collect();
        for (kind, from, to, dtypes) in [
            (FftKind::Forward, shape, shape, [DType::C128; 2]),
            (FftKind::RealForward, shape, &half, [DType::F64, DType::C128]),
            (FftKind::RealInverse, &half, shape, [DType::C128, DType::F64]),
        ] {
            let layouts = [c_order(from, dtypes[0].size()), c_order(to, dtypes[1].size())];
            let input = numbers(&mut dice, from.iter().product::<usize>() * dtypes[0].size());
            let of = |n: usize| run(n, kind, &axes, dtypes, &input, [&layouts[0], &layouts[1]]);
            let one = of(1);
            assert!((2..5).all(|n| of(n) == one), "{kind:?} of {shape:?}");
        }
    }
}
