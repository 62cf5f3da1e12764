//! Eigenvalues and eigenvectors.

use super::{Field, Real, Workspace, lost_vectors};
use cuprous_core::Complex;
use cuprous_core::linalg::Triangle;
use faer::linalg::evd::{
    ComputeEigenvectors, EvdParams, SelfAdjointEvdParams, evd_cplx, evd_real, evd_scratch, self_adjoint_evd, self_adjoint_evd_scratch,
};
use faer::prelude::ReborrowMut;
use faer::{Auto, ColMut, Mat, MatMut, MatRef, Par};

/// Eigenvalues, the smallest first, and vectors in place of the matrix. All are NaN if an element is NaN or infinite.
pub fn hermitian<T: Field>(a: MatMut<'_, T>, triangle: Triangle, w: &mut [T::Real], has_vectors: bool, work: &mut Workspace) -> bool {
    let mut a = a;
    let n = a.nrows();
    // A copy of the lower triangle, for the vectors take the matrix's place.
    let lower = Mat::from_fn(n, n, |i, j| match triangle {
        _ if i < j => T::zero(),
        Triangle::Lower => a[(i, j)],
        Triangle::Upper => a[(j, i)].conjugate(),
    });
    if (0..n).any(|j| (j..n).any(|i| !lower[(i, j)].is_number())) {
        let nan = T::Real::of_f64(f64::NAN);
        w.fill(nan);
        if has_vectors {
            (0..n).for_each(|j| (0..n).for_each(|i| a[(i, j)] = T::of(nan, nan)));
        }
        return true;
    }
    let params = <SelfAdjointEvdParams as Auto<T>>::auto().into();
    let wants = if has_vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let stack = work.get(self_adjoint_evd_scratch::<T>(n, wants, Par::Seq, params));
    let mut values = vec![T::zero(); n];
    let diagonal = ColMut::from_slice_mut(&mut values).as_diagonal_mut();
    let vectors = if has_vectors { Some(a.rb_mut()) } else { None };
    if self_adjoint_evd(lower.as_ref(), diagonal, vectors, Par::Seq, stack, params).is_err() {
        return false;
    }
    w.iter_mut().zip(&values).for_each(|(w, x)| *w = x.re());
    if !has_vectors {
        w.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    }
    true
}

/// Eigenvalues, and vectors of length 1 whose largest element is real; the two of a real matrix's pair as their parts.
pub fn general<T: Field>(a: MatRef<'_, T>, w: &mut [Complex<T::Real>], v: Option<MatMut<'_, T>>, work: &mut Workspace) -> bool {
    let n = a.nrows();
    let zero = T::Real::of_f64(0.0);
    let mut values = vec![(zero, zero); n];
    let mut v = v;
    if !T::eigen(a, &mut values, v.as_mut().map(|v| v.rb_mut()), work) {
        return false;
    }
    w.iter_mut().zip(&values).for_each(|(w, &(re, im))| *w = Complex { re, im });
    let Some(mut v) = v else { return true };
    lost_vectors::replace(a, &values, v.rb_mut(), work);
    let mut j = 0;
    while j < n {
        let is_pair = T::IS_REAL && values[j].1 != zero && j + 1 < n;
        normalize(v.rb_mut(), j, is_pair);
        if is_pair && values[j].1 < zero {
            // The one above the real line comes first: its vector is the conjugate.
            w.swap(j, j + 1);
            (0..n).for_each(|i| v[(i, j + 1)] = -v[(i, j + 1)]);
        }
        j += if is_pair { 2 } else { 1 };
    }
    true
}

/// Scales a vector, or the pair of columns that hold its parts.
fn normalize<T: Field>(v: MatMut<'_, T>, j: usize, is_pair: bool) {
    let mut v = v;
    let n = v.nrows();
    let get = |v: &MatMut<'_, T>, i: usize| {
        if is_pair { (v[(i, j)].re().to_f64(), v[(i, j + 1)].re().to_f64()) } else { (v[(i, j)].re().to_f64(), v[(i, j)].im().to_f64()) }
    };
    let largest =
        (0..n).map(|i| get(&v, i)).fold((0.0_f64, 0.0_f64), |best, z| if z.0.hypot(z.1) > best.0.hypot(best.1) { z } else { best });
    let scale = largest.0.hypot(largest.1);
    if scale == 0.0 || !scale.is_finite() {
        return;
    }
    let length = scale * (0..n).map(|i| get(&v, i)).map(|(re, im)| (re / scale).powi(2) + (im / scale).powi(2)).sum::<f64>().sqrt();
    // Turned so that the largest element is real; a real vector keeps its sign.
    let (c, s) = if largest.1 == 0.0 { (1.0, 0.0) } else { (largest.0 / scale, -largest.1 / scale) };
    for i in 0..n {
        let (re, im) = get(&v, i);
        let (x, mut y) = ((re * c - im * s) / length, (re * s + im * c) / length);
        if largest.1 != 0.0 && (re, im) == largest {
            y = 0.0;
        }
        if is_pair {
            v[(i, j)] = T::of(T::Real::of_f64(x), T::Real::of_f64(0.0));
            v[(i, j + 1)] = T::of(T::Real::of_f64(y), T::Real::of_f64(0.0));
        } else {
            v[(i, j)] = T::of(T::Real::of_f64(x), T::Real::of_f64(y));
        }
    }
}

/// faer's decomposition of a real matrix.
pub fn real<R: Real>(a: MatRef<'_, R>, w: &mut [(R, R)], v: Option<MatMut<'_, R>>, work: &mut Workspace) -> bool {
    let n = a.nrows();
    let params = <EvdParams as Auto<R>>::auto().into();
    let wants = if v.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let stack = work.get(evd_scratch::<R>(n, ComputeEigenvectors::No, wants, Par::Seq, params));
    let zero = R::of_f64(0.0);
    let (mut re, mut im) = (vec![zero; n], vec![zero; n]);
    let (re_diagonal, im_diagonal) = (ColMut::from_slice_mut(&mut re).as_diagonal_mut(), ColMut::from_slice_mut(&mut im).as_diagonal_mut());
    if evd_real(a, re_diagonal, im_diagonal, None, v, Par::Seq, stack, params).is_err() {
        return false;
    }
    w.iter_mut().zip(re.into_iter().zip(im)).for_each(|(w, z)| *w = z);
    true
}

/// faer's decomposition of a complex matrix.
pub fn complex<R: Real>(a: MatRef<'_, Complex<R>>, w: &mut [(R, R)], v: Option<MatMut<'_, Complex<R>>>, work: &mut Workspace) -> bool {
    let n = a.nrows();
    let params = <EvdParams as Auto<Complex<R>>>::auto().into();
    let wants = if v.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let stack = work.get(evd_scratch::<Complex<R>>(n, ComputeEigenvectors::No, wants, Par::Seq, params));
    let mut values = vec![Complex { re: R::of_f64(0.0), im: R::of_f64(0.0) }; n];
    if evd_cplx(a, ColMut::from_slice_mut(&mut values).as_diagonal_mut(), None, v, Par::Seq, stack, params).is_err() {
        return false;
    }
    w.iter_mut().zip(values).for_each(|(w, z)| *w = (z.re, z.im));
    true
}
