//! Cholesky and LU factors, and what is solved with them.

use super::{Field, Real, Workspace, magnitude, quotient};
use cuprous_core::linalg::Triangle;
use faer::linalg::cholesky::llt::factor::{LltParams, LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::lu::partial_pivoting::factor::{PartialPivLuParams, lu_in_place, lu_in_place_scratch};
use faer::linalg::triangular_solve as solve;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Auto, MatMut, MatRef, Par};

pub fn cholesky<T: Field>(a: MatMut<'_, T>, triangle: Triangle, work: &mut Workspace) -> bool {
    let params = <LltParams as Auto<T>>::auto().into();
    // `A = U^H U` is `A^T = L L^H` with `L = U^T`, in the same memory.
    let a = if triangle == Triangle::Lower { a } else { a.transpose_mut() };
    let stack = work.get(cholesky_in_place_scratch::<T>(a.nrows(), Par::Seq, params));
    cholesky_in_place(a, LltRegularization::default(), Par::Seq, stack, params).is_ok()
}

pub fn lu<T: Field>(a: MatMut<'_, T>, pivots: &mut [i32], work: &mut Workspace) -> i32 {
    let params = <PartialPivLuParams as Auto<T>>::auto().into();
    let (mut a, n) = (a, pivots.len());
    // Which row of the matrix each row of the factors is, and the inverse.
    let (mut rows, mut places) = (vec![0_usize; n], vec![0_usize; n]);
    let stack = work.get(lu_in_place_scratch::<usize, T>(n, n, Par::Seq, params));
    let given = a.to_owned();
    lu_in_place(a.rb_mut(), &mut rows, &mut places, Par::Seq, stack, params);
    let holds = |a: MatRef<'_, T>| (0..n).all(|j| (0..n).all(|i| a[(i, j)].is_number()));
    if !holds(a.rb()) && holds(given.as_ref()) {
        // The inverse of a pivot was infinite.
        a.copy_from(&given);
        rows = lu_by_quotients(a.rb_mut());
    }
    // As swaps in turn.
    let mut order: Vec<usize> = (0..n).collect();
    (0..n).for_each(|k| places[k] = k);
    for k in 0..n {
        let from = places[rows[k]];
        pivots[k] = from as i32 + 1;
        order.swap(k, from);
        (places[order[k]], places[order[from]]) = (k, from);
    }
    (0..n).find(|&k| a[(k, k)] == T::zero()).map_or(0, |k| k as i32 + 1)
}

/// `P A = L U` in place, for pivots whose inverses are no numbers; tells which row of the matrix each row of the factors is.
fn lu_by_quotients<T: Field>(a: MatMut<'_, T>) -> Vec<usize> {
    let (n, mut a) = (a.nrows(), a);
    let size = |x: T| x.re().to_f64().abs() + x.im().to_f64().abs();
    let magnitude = magnitude(a.rb());
    let (down, up) = (T::of_real(1.0 / magnitude), T::of_real(magnitude));
    (0..n).for_each(|j| (0..n).for_each(|i| a[(i, j)] *= down));
    let mut rows: Vec<usize> = (0..n).collect();
    for k in 0..n {
        let largest = (k..n).reduce(|best, i| if size(a[(i, k)]) > size(a[(best, k)]) { i } else { best }).unwrap_or(k);
        rows.swap(k, largest);
        for j in 0..n {
            let (x, y) = (a[(k, j)], a[(largest, j)]);
            (a[(k, j)], a[(largest, j)]) = (y, x);
        }
        let pivot = a[(k, k)];
        if size(pivot) > 0.0 {
            for i in k + 1..n {
                a[(i, k)] = quotient(a[(i, k)], pivot);
            }
            for j in k + 1..n {
                let upper = a[(k, j)];
                (k + 1..n).for_each(|i| {
                    let part = a[(i, k)];
                    a[(i, j)] -= part * upper;
                });
            }
        }
    }
    (0..n).for_each(|j| (0..=j).for_each(|i| a[(i, j)] *= up));
    rows
}

pub fn lu_solve<T: Field>(lu: MatRef<'_, T>, pivots: &[i32], is_transposed: bool, b: MatMut<'_, T>) {
    let mut b = b;
    let n = pivots.len();
    let swap = |b: &mut MatMut<'_, T>, k: usize| {
        let other = (pivots[k].max(1) as usize - 1).min(n - 1);
        if other != k {
            for j in 0..b.ncols() {
                let (x, y) = (b[(k, j)], b[(other, j)]);
                (b[(k, j)], b[(other, j)]) = (y, x);
            }
        }
    };
    if is_transposed {
        solve::solve_lower_triangular_in_place(lu.transpose(), b.rb_mut(), Par::Seq);
        solve::solve_unit_upper_triangular_in_place(lu.transpose(), b.rb_mut(), Par::Seq);
        (0..n).rev().for_each(|k| swap(&mut b, k));
    } else {
        (0..n).for_each(|k| swap(&mut b, k));
        solve::solve_unit_lower_triangular_in_place(lu, b.rb_mut(), Par::Seq);
        solve::solve_upper_triangular_in_place(lu, b.rb_mut(), Par::Seq);
    }
}
