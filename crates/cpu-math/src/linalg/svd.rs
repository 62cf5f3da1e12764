//! Singular values and vectors.

use super::{Field, Workspace};
use faer::diag::DiagMut;
use faer::linalg::svd::{ComputeSvdVectors, SvdParams, svd as decompose, svd_scratch};
use faer::{Auto, ColMut, MatMut, MatRef, Par};

/// `vectors` are `U` and `V`.
pub fn svd<T: Field>(a: MatRef<'_, T>, s: &mut [T::Real], vectors: Option<(MatMut<'_, T>, MatMut<'_, T>)>, work: &mut Workspace) -> bool {
    let (m, n) = (a.nrows(), a.ncols());
    if (0..n).any(|j| (0..m).any(|i| !a[(i, j)].is_number())) {
        return false;
    }
    let params = <SvdParams as Auto<T>>::auto().into();
    let (mut u, v) = vectors.unzip();
    if let Some(u) = &mut u {
        // faer leaves a part of the columns beyond the first n as it is.
        (n..u.ncols()).for_each(|j| (0..m).for_each(|i| u[(i, j)] = T::zero()));
    }
    let wants = |x: &Option<MatMut<'_, T>>, rows: usize| match x {
        None => ComputeSvdVectors::No,
        Some(x) if x.ncols() == rows => ComputeSvdVectors::Full,
        Some(_) => ComputeSvdVectors::Thin,
    };
    let stack = work.get(svd_scratch::<T>(m, n, wants(&u, m), wants(&v, n), Par::Seq, params));
    let mut values = vec![T::zero(); n];
    let diagonal: DiagMut<'_, T> = ColMut::from_slice_mut(&mut values).as_diagonal_mut();
    if decompose(a, diagonal, u, v, Par::Seq, stack, params).is_err() {
        return false;
    }
    s.iter_mut().zip(values).for_each(|(s, x)| *s = x.re());
    true
}
