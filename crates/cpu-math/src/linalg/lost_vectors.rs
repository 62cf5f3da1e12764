//! Eigenvectors by inverse iteration, where substitution in a triangle finds none: eigenvalues that are equal have fewer vectors
//! than there are of them, and vectors of graded matrices grow beyond float32 before they are scaled.

use super::{Field, Real, Workspace, quotient};
use cuprous_core::c128;
use faer::linalg::evd::hessenberg::{HessenbergParams, hessenberg_in_place, hessenberg_in_place_scratch};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_right_in_place_scratch, apply_block_householder_sequence_on_the_right_in_place_with_conj,
};
use faer::linalg::matmul::matmul;
use faer::linalg::qr::no_pivoting::factor::recommended_block_size;
use faer::prelude::Reborrow;
use faer::{Accum, Auto, Conj, Mat, MatMut, MatRef, Par};

/// Solutions whose elements exceed it are scaled down.
const LARGE: f64 = 1e100;
/// How often a vector is improved; the best is kept.
const ROUNDS: usize = 3;

/// Finds the vectors again that are none to the precision of the dtype, for the eigenvalues given by their parts.
pub fn replace<T: Field>(a: MatRef<'_, T>, values: &[(T::Real, T::Real)], v: MatMut<'_, T>, work: &mut Workspace) {
    let (n, mut v) = (a.nrows(), v);
    let zero = T::Real::of_f64(0.0);
    let wide = |x: T| c128 { re: x.re().to_f64(), im: x.im().to_f64() };
    let value_of = |j: usize| c128 { re: values[j].0.to_f64(), im: values[j].1.to_f64() };
    let is_pair = |j: usize| T::IS_REAL && value_of(j).im != 0.0 && j + 1 < n;
    let element = |m: MatRef<'_, T>, i: usize, j: usize| {
        if is_pair(j) { c128 { re: m[(i, j)].re().to_f64(), im: m[(i, j + 1)].re().to_f64() } } else { wide(m[(i, j)]) }
    };
    let norm = (0..n).map(|j| (0..n).map(|i| size(wide(a[(i, j)]))).sum::<f64>()).fold(0.0, f64::max);
    let allowed = 8.0 * n as f64 * T::Real::EPSILON * norm;
    // How far `A v` is from `w v`, for `v` of size 1. What is no number is not below any bound.
    let error = |av: &dyn Fn(usize) -> c128, v: &dyn Fn(usize) -> c128, value: c128| {
        let length: f64 = (0..n).map(|i| size(v(i))).sum();
        (0..n).map(|i| size(av(i) - v(i) * value)).sum::<f64>() / length
    };
    let columns: Vec<usize> = {
        let mut av = Mat::<T>::zeros(n, n);
        matmul(av.as_mut(), Accum::Replace, a, v.rb(), T::one(), Par::Seq);
        let (v, av) = (v.rb(), av.as_ref());
        let mut lost = Vec::new();
        let mut j = 0;
        while j < n {
            let error = error(&|i| element(av, i, j), &|i| element(v, i, j), value_of(j));
            if error.is_nan() || error > allowed {
                lost.push(j);
            }
            j += if is_pair(j) { 2 } else { 1 };
        }
        lost
    };
    if n < 2 || columns.is_empty() {
        return;
    }
    let mut h = Mat::from_fn(n, n, |i, j| wide(a[(i, j)]));
    let q = hessenberg(h.as_mut(), work);
    let tiny = (f64::EPSILON * norm).max(f64::MIN_POSITIVE);
    for j in columns {
        let value = value_of(j);
        let x = Shifted::new(h.as_ref(), value, tiny).vector(j);
        let x: Vec<c128> = (0..n).map(|i| (0..n).fold(c128 { re: 0.0, im: 0.0 }, |sum, k| sum + q[(i, k)] * x[k])).collect();
        let times = |v: &dyn Fn(usize) -> c128, i: usize| (0..n).fold(c128 { re: 0.0, im: 0.0 }, |sum, k| sum + wide(a[(i, k)]) * v(k));
        let before = |i: usize| element(v.rb(), i, j);
        if error(&|i| times(&|k| x[k], i), &|i| x[i], value) > error(&|i| times(&before, i), &before, value) {
            continue;
        }
        for i in 0..n {
            let (re, im) = (T::Real::of_f64(x[i].re), T::Real::of_f64(x[i].im));
            if is_pair(j) {
                (v[(i, j)], v[(i, j + 1)]) = (T::of(re, zero), T::of(im, zero));
            } else {
                v[(i, j)] = T::of(re, im);
            }
        }
    }
}

fn size(x: c128) -> f64 {
    x.re.abs() + x.im.abs()
}

/// Makes a matrix `Q H Q^H` its `H`, zero below the first diagonal under the main one, and tells `Q`.
fn hessenberg(h: MatMut<'_, c128>, work: &mut Workspace) -> Mat<c128> {
    let (n, mut h) = (h.nrows(), h);
    let block = recommended_block_size::<c128>(n - 1, n - 1);
    let params = <HessenbergParams as Auto<c128>>::auto().into();
    let mut reflectors = Mat::zeros(block, n - 1);
    let need = hessenberg_in_place_scratch::<c128>(n, block, Par::Seq, params)
        .or(apply_block_householder_sequence_on_the_right_in_place_scratch::<c128>(n - 1, block, n - 1));
    let stack = work.get(need);
    hessenberg_in_place(h.as_mut(), reflectors.as_mut(), Par::Seq, stack, params);
    let mut q = Mat::identity(n, n);
    apply_block_householder_sequence_on_the_right_in_place_with_conj(
        h.as_ref().submatrix(1, 0, n - 1, n - 1),
        reflectors.as_ref(),
        Conj::No,
        q.as_mut().submatrix_mut(1, 1, n - 1, n - 1),
        Par::Seq,
        stack,
    );
    (0..n).for_each(|j| (j + 2..n).for_each(|i| h[(i, j)] = c128 { re: 0.0, im: 0.0 }));
    q
}

/// `H - value` as its factors: a triangle, and for each row whether it changed places with the next, and how much of it was taken
/// from the next.
struct Shifted {
    u: Mat<c128>,
    steps: Vec<(bool, c128)>,
}

impl Shifted {
    /// Pivots of zero or nearly so become tiny, so that the vector comes out large rather than infinite.
    fn new(h: MatRef<'_, c128>, value: c128, tiny: f64) -> Shifted {
        let n = h.nrows();
        let mut u = h.to_owned();
        (0..n).for_each(|k| u[(k, k)] -= value);
        let pivot = |x: c128| if size(x) < tiny { c128 { re: tiny, im: 0.0 } } else { x };
        let mut steps = Vec::with_capacity(n - 1);
        for k in 0..n - 1 {
            let below = h[(k + 1, k)];
            let is_swapped = size(u[(k, k)]) < size(below);
            let (main, other) = if is_swapped { (below, u[(k, k)]) } else { (pivot(u[(k, k)]), below) };
            let part = quotient(other, main);
            u[(k, k)] = pivot(main);
            for j in k + 1..n {
                let (mut upper, mut lower) = (u[(k, j)], u[(k + 1, j)]);
                if is_swapped {
                    (upper, lower) = (lower, upper);
                }
                (u[(k, j)], u[(k + 1, j)]) = (upper, lower - part * upper);
            }
            steps.push((is_swapped, part));
        }
        u[(n - 1, n - 1)] = pivot(u[(n - 1, n - 1)]);
        Shifted { u, steps }
    }

    /// The vector that grows most; `seed` makes those of equal eigenvalues begin differently.
    fn vector(&self, seed: usize) -> Vec<c128> {
        let n = self.u.nrows();
        // Between 1 and 2, without a pattern that a matrix could be blind to.
        let start = |i: usize| 1.0 + ((i + 1) as f64 * (seed as f64 + 2.0).sqrt()).fract();
        let mut x: Vec<c128> = (0..n).map(|i| c128 { re: start(i), im: 0.0 }).collect();
        let (mut best, mut most) = (Vec::new(), f64::NEG_INFINITY);
        for round in 0..ROUNDS {
            let before = x.iter().copied().map(size).fold(0.0, f64::max);
            if round > 0 {
                for (k, &(is_swapped, part)) in self.steps.iter().enumerate() {
                    if is_swapped {
                        x.swap(k, k + 1);
                    }
                    x[k + 1] = x[k + 1] - part * x[k];
                }
            }
            // By how much it grows, as an exponent: the factor itself may overflow.
            let mut growth = self.substitute(&mut x);
            let after = x.iter().copied().map(size).fold(0.0, f64::max);
            growth += (after / before).log2();
            x.iter_mut().for_each(|x| *x = c128 { re: x.re / after, im: x.im / after });
            if growth > most {
                (best, most) = (x.clone(), growth);
            }
        }
        best
    }

    /// Solves with the triangle; tells the logarithm of what the solution was divided by.
    fn substitute(&self, x: &mut [c128]) -> f64 {
        let mut divided = 0.0;
        for j in (0..x.len()).rev() {
            x[j] = quotient(x[j], self.u[(j, j)]);
            let largest = size(x[j]);
            if largest > LARGE {
                x.iter_mut().for_each(|x| *x = c128 { re: x.re / largest, im: x.im / largest });
                divided += largest.log2();
            }
            let known = x[j];
            (0..j).for_each(|i| x[i] -= self.u[(i, j)] * known);
        }
        divided
    }
}
