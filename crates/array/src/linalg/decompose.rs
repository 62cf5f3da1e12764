//! Cholesky factors, QR and singular values.

use super::eigen::{EIGENVALUES_FAIL_FROM, NO_EIGENVALUES, mirrored};
use super::matmul::swapped;
use super::stack::{Svd, SvdFailure, Verdict, Work, batch, conjugated, float_dtype, in_c_order, or_nan, raise_if, side, sides, with};
use crate::array::Array;
use crate::creation::matrices::{tril, triu};
use crate::function::{Value, function};
use cuprous_core::layout::Slice;
use cuprous_core::linalg::{RightVectors, Triangle};
use cuprous_core::{Error, Result};

/// The Cholesky factor of Hermitian positive definite matrices: `L` with `a = L @ L^H`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`, of which only the triangle of the result is read.
/// - `upper`: the upper factor instead: `U` with `a = U^H @ U`.
///
/// # Returns
/// Array of the shape of `a`, zero in the other triangle; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: a matrix is not positive definite, or not square.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that. NaN is not positive definite.
///
/// # Source
/// `numpy.linalg.cholesky`
///
/// # Examples
/// ```python
/// >>> cp.linalg.cholesky(cp.asarray([[4.0, 2.0], [2.0, 10.0]]))
/// array([[2., 0.],
///        [1., 3.]])
/// ```
#[function(signature = "(a, /, *, upper=False)", module = "linalg")]
pub fn cholesky(a: &Array, upper: bool) -> Result<Array> {
    side(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    let factor = work.packed(a, dtype)?;
    // In C order the backend sees the transposed matrix, and so the other triangle.
    let info = work.cholesky(&factor, if upper { Triangle::Lower } else { Triangle::Upper })?;
    raise_if(&info, "Matrix is not positive definite")?;
    if upper { triu(&factor, 0) } else { tril(&factor, 0) }
}

/// Matrices as orthonormal columns times a triangle: `a = Q @ R`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, N)`. Below `K = min(M, N)`.
/// - `mode`: `'reduced'`: `Q` of `(..., M, K)` and `R` of `(..., K, N)`; `'complete'`: of `(..., M, M)` and `(..., M, N)`; `'r'`:
///   only `R` of `(..., K, N)`; `'raw'`: reflectors and their factors as LAPACK has them, `(..., N, M)` and `(..., K)`.
///
/// # Returns
/// A named tuple `(Q, R)`, `R` alone, or a tuple of reflectors and factors; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: fewer than two axes.
/// - `Value`: another `mode`.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that. The deprecated modes `'full'` and
/// `'economic'` are not there.
///
/// # Source
/// `numpy.linalg.qr`
///
/// # Examples
/// ```python
/// >>> q, r = cp.linalg.qr(cp.asarray([[3.0, 1.0], [4.0, 2.0]]))
/// >>> cp.allclose(q @ r, cp.asarray([[3.0, 1.0], [4.0, 2.0]]))
/// array(True)
/// ```
#[function(signature = "(a, mode='reduced')", module = "linalg")]
pub fn qr(a: &Array, mode: &str) -> Result<Value> {
    if !matches!(mode, "reduced" | "complete" | "r" | "raw") {
        return Err(Error::value(format!("Unrecognized mode '{mode}'")));
    }
    let (m, n) = sides(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    let factors = work.columns(a, dtype)?;
    let tau = work.qr(&factors)?;
    if mode == "raw" {
        return Ok(Value::Tuple(vec![Value::Array(factors), Value::Array(tau)]));
    }
    let k = m.min(n);
    let n_left = if mode == "complete" { m } else { k };
    let first = |n: usize| [Slice::Ellipsis, Slice::Range(None, Some(n as isize), 1), Slice::Range(None, None, 1)];
    let r = in_c_order(triu(&swapped(&factors)?.slice(&first(n_left))?, 0)?)?;
    if mode == "r" {
        return Ok(Value::Array(r));
    }
    let q = if k == 0 {
        // No reflector: the first columns of the identity.
        let one = work.identity(batch(a), m, dtype)?;
        in_c_order(one.slice(&first(n_left))?)?
    } else {
        let q = work.empty(&with(batch(a), &[n_left, m]), dtype)?;
        q.set(&first(k), (&factors.slice(&first(k))?).into())?;
        work.form_q(&q, &tau)?;
        q
    };
    let q = in_c_order(swapped(&q)?)?;
    Ok(Value::Named("QRResult", vec![Value::Array(q), Value::Array(r)]))
}

/// Singular values and vectors: `a = U @ diag(S) @ Vh`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, N)`. Below `K = min(M, N)`.
/// - `full_matrices`: whether `U` is `(..., M, M)` and `Vh` `(..., N, N)`; else they are `(..., M, K)` and `(..., K, N)`.
/// - `compute_uv`: whether vectors are wanted.
/// - `hermitian`: whether the matrices are Hermitian; then their lower triangle alone is read.
///
/// # Returns
/// A named tuple `(U, S, Vh)`, or `S` alone, of shape `(..., K)`, the largest first; float64 for integers, else of the dtype
/// of `a`, `S` of its real dtype.
///
/// # Errors
/// - `LinAlg`: it did not converge, as with a NaN; fewer than two axes; `hermitian` for matrices that are not square.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that. With infinities the vectors are NaN
/// too. With vectors on a GPU, each singular value of 128 columns or more is off by up to `max(M, N)` times the precision of the dtype
/// times the largest one: the ones near zero have no digits of their own.
///
/// # Source
/// `numpy.linalg.svd`
///
/// # Examples
/// ```python
/// >>> cp.linalg.svd(cp.asarray([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
/// array([2., 1.])
/// ```
#[function(signature = "(a, full_matrices=True, compute_uv=True, hermitian=False)", module = "linalg")]
pub fn svd(a: &Array, full_matrices: bool, compute_uv: bool, hermitian: bool) -> Result<Value> {
    if hermitian {
        side(a)?;
    }
    let (a, failure) = if hermitian { (mirrored(a)?, OF_HERMITIAN) } else { (a.clone(), OF_ANY) };
    if !compute_uv {
        return values_alone(&a, failure).map(Value::Array);
    }
    let SingularValues { u, s, vh } = decomposed(&a, full_matrices, failure)?;
    Ok(Value::Named("SVDResult", [u, s, vh].into_iter().map(Value::Array).collect()))
}

/// The singular values of matrices.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
///
/// # Returns
/// Array of shape `(..., min(M, N))`, the largest first, of a real dtype.
///
/// # Errors
/// - `LinAlg`: it did not converge, as with a NaN; fewer than two axes.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.svdvals`
///
/// # Examples
/// ```python
/// >>> cp.linalg.svdvals(cp.asarray([[0.0, 2.0], [1.0, 0.0]]))
/// array([2., 1.])
/// ```
#[function(signature = "(x, /)", module = "linalg")]
pub fn svdvals(x: &Array) -> Result<Array> {
    values_alone(x, OF_ANY)
}

fn values_alone(x: &Array, failure: SvdFailure) -> Result<Array> {
    let (m, n) = sides(x)?;
    let dtype = float_dtype(&[x])?;
    let work = Work::on(&[x])?;
    // The backend takes tall matrices; one that is wide is tall when read by columns.
    let packed = if m > n { work.columns(x, dtype)? } else { work.packed(x, dtype)? };
    let Svd { s, verdict, .. } = work.svd(packed, None, failure)?;
    queued(&s)?;
    match flaws_of(verdict)? {
        Some(flaws) => or_nan(&flaws, 1, &s),
        None => Ok(s),
    }
}

const OF_ANY: SvdFailure = SvdFailure { message: "SVD did not converge", nan_from: 0, of_infinity: false };
/// NumPy asks for eigenvalues then.
const OF_HERMITIAN: SvdFailure = SvdFailure { message: NO_EIGENVALUES, nan_from: EIGENVALUES_FAIL_FROM, of_infinity: false };
/// Those for least squares.
pub(super) const OF_LEAST_SQUARES: SvdFailure =
    SvdFailure { message: "SVD did not converge in Linear Least Squares", nan_from: 0, of_infinity: true };

/// What `svd` gives.
pub(super) struct SingularValues {
    /// `(..., M, K)`
    pub u: Array,
    /// `(..., K)`
    pub s: Array,
    /// `(..., K, N)`
    pub vh: Array,
}

/// Singular values of matrices, or of the Hermitian ones of their lower triangles, and the vectors that belong to them.
pub(super) fn singular_values(a: &Array, is_hermitian: bool) -> Result<SingularValues> {
    if is_hermitian {
        side(a)?;
        return decomposed(&mirrored(a)?, false, OF_HERMITIAN);
    }
    decomposed(a, false, OF_ANY)
}

/// Singular values and vectors, those of squares or as many as there are values.
pub(super) fn decomposed(a: &Array, is_full: bool, failure: SvdFailure) -> Result<SingularValues> {
    let (m, n) = sides(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    let k = m.min(n);
    let is_tall = m > n;
    let packed = if is_tall { work.columns(a, dtype)? } else { work.packed(a, dtype)? };
    let Svd { s, vectors, verdict } = work.svd(packed, Some(if is_full { m.max(n) } else { k }), failure)?;
    let Some((left, right, form)) = vectors else { return Err(Error::runtime("no vectors from svd")) };
    // `right` in C order is the transpose of what the backend wrote: of V, or of V^H.
    let (u, vh) = if is_tall {
        let vh = if form == RightVectors::Columns { conjugated(right)? } else { swapped(&right)? };
        (swapped(&left)?, vh)
    } else {
        // The backend saw the transposed matrix: `a = conj(V) S U^T`.
        let u = if form == RightVectors::Columns { swapped(&conjugated(right)?)? } else { right };
        (u, left)
    };
    let (u, vh) = (in_c_order(u)?, in_c_order(vh)?);
    for a in [&s, &u, &vh] {
        queued(a)?;
    }
    match flaws_of(verdict)? {
        Some(flaws) => Ok(SingularValues { u: or_nan(&flaws, 2, &u)?, s: or_nan(&flaws, 1, &s)?, vh: or_nan(&flaws, 2, &vh)? }),
        None => Ok(SingularValues { u, s, vh }),
    }
}

/// Bytes up to which starting a kernel costs the host more than its work costs the device.
const SMALL: usize = 4 << 20;

/// Computes what is small before the host waits for a verdict. The rest waits for whoever needs it, who may need less memory.
fn queued(a: &Array) -> Result<()> {
    if a.size() * a.dtype().size() <= SMALL {
        a.force()?;
    }
    Ok(())
}

fn flaws_of(verdict: Option<Verdict>) -> Result<Option<Array>> {
    verdict.map_or(Ok(None), Verdict::flaws)
}
