//! Eigenvalues and eigenvectors.

use super::matmul::swapped;
use super::stack::{
    Work, batch, cast, column, complex_of, conjugated, float_dtype, in_c_order, number, or_nan, raise_if, raise_if_any, shaped, side, with,
};
use crate::array::Array;
use crate::creation::matrices::{tril, triu};
use crate::engine::{Input, ReduceOptions};
use crate::function::{Ints, Value, function};
use crate::logic::{equal, greater, isfinite, less, logical_not, logical_or, not_equal, select};
use crate::manipulation::rearranging::roll;
use crate::math::{add, multiply, negative};
use cuprous_core::linalg::Triangle;
use cuprous_core::{Error, Result, Scalar, c128};

/// Eigenvalues and right eigenvectors of square matrices: `a @ v = v * w`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
///
/// # Returns
/// A named tuple of eigenvalues `(..., M)`, in no order, and of eigenvectors as columns `(..., M, M)`, each of length 1. Both
/// are complex unless `a` is real and all eigenvalues are.
///
/// # Errors
/// - `LinAlg`: it did not converge, an element is infinite or NaN, or the matrices are not square.
/// - `Type`: float16.
/// - `Unsupported`: on a GPU, if cuSOLVER is older than that of CUDA 12.6.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.eig`
///
/// # Examples
/// ```python
/// >>> cp.linalg.eig(cp.asarray([[0.0, -1.0], [1.0, 0.0]])).eigenvalues
/// array([0.+1.j, 0.-1.j])
/// ```
#[function(signature = "(a)", module = "linalg")]
pub fn eig(a: &Array) -> Result<Value> {
    let (w, v) = general(a, true)?;
    let Some(v) = v else { return Err(Error::runtime("no vectors from eig")) };
    Ok(Value::Named("EigResult", vec![Value::Array(w), Value::Array(v)]))
}

/// The eigenvalues of square matrices.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
///
/// # Returns
/// Array of shape `(..., M)`, in no order; complex unless `a` is real and all of them are.
///
/// # Errors
/// - `LinAlg`: it did not converge, an element is infinite or NaN, or the matrices are not square.
/// - `Type`: float16.
/// - `Unsupported`: on a GPU, if cuSOLVER is older than that of CUDA 12.6.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.eigvals`
///
/// # Examples
/// ```python
/// >>> cp.linalg.eigvals(cp.asarray([[0.0, -1.0], [1.0, 0.0]]))
/// array([0.+1.j, 0.-1.j])
/// ```
#[function(signature = "(a)", module = "linalg")]
pub fn eigvals(a: &Array) -> Result<Array> {
    Ok(general(a, false)?.0)
}

/// Eigenvalues and eigenvectors of Hermitian matrices: `a @ v = v * w`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`, of which only a triangle is read.
/// - `UPLO`: which: `'L'`, the lower, or `'U'`, the upper.
///
/// # Returns
/// A named tuple of eigenvalues `(..., M)`, the smallest first, of a real dtype, and of orthonormal eigenvectors as columns
/// `(..., M, M)`; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: it did not converge, or the matrices are not square.
/// - `Value`: another `UPLO`.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.eigh`
///
/// # Examples
/// ```python
/// >>> cp.linalg.eigh(cp.asarray([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
/// array([1., 2.])
/// ```
#[expect(non_snake_case, reason = "NumPy's name of the argument")]
#[function(signature = "(a, UPLO='L')", module = "linalg")]
pub fn eigh(a: &Array, UPLO: &str) -> Result<Value> {
    let (w, v) = hermitian(a, UPLO, true)?;
    Ok(Value::Named("EighResult", vec![Value::Array(w), Value::Array(v)]))
}

/// The eigenvalues of Hermitian matrices.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`, of which only a triangle is read.
/// - `UPLO`: which: `'L'`, the lower, or `'U'`, the upper.
///
/// # Returns
/// Array of shape `(..., M)`, the smallest first, of a real dtype.
///
/// # Errors
/// - `LinAlg`: it did not converge, or the matrices are not square.
/// - `Value`: another `UPLO`.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.eigvalsh`
///
/// # Examples
/// ```python
/// >>> cp.linalg.eigvalsh(cp.asarray([[2.0, 0.0], [0.0, 1.0]]))
/// array([1., 2.])
/// ```
#[expect(non_snake_case, reason = "NumPy's name of the argument")]
#[function(signature = "(a, UPLO='L')", module = "linalg")]
pub fn eigvalsh(a: &Array, UPLO: &str) -> Result<Array> {
    Ok(hermitian(a, UPLO, false)?.0)
}

/// Hermitian matrices from their lower triangle.
pub(super) fn mirrored(a: &Array) -> Result<Array> {
    let strict = swapped(&conjugated(tril(a, -1)?)?)?;
    let lower = tril(a, 0)?;
    // The imaginary part of the diagonal counts as 0.
    let lower = if a.dtype().real() == a.dtype() {
        lower
    } else {
        let own = lower.copy()?;
        super::diagonal::diagonal(&own, 0, -2, -1)?.imag()?.fill(0.0.into())?;
        own
    };
    add(&lower, &strict)
}

/// What is said where eigenvalues are not found.
pub(super) const NO_EIGENVALUES: &str = "Eigenvalues did not converge";
/// Smaller Hermitian matrices with a NaN have NaN for eigenvalues, these have none. Infinities give NaN.
pub(super) const EIGENVALUES_FAIL_FROM: usize = 3;

/// Eigenvalues, and vectors unless they are not wanted; then anything.
fn hermitian(a: &Array, triangle: &str, has_vectors: bool) -> Result<(Array, Array)> {
    // What the backend reads by columns is the transposed matrix, and so the other triangle.
    let triangle = match triangle {
        "L" | "l" => Triangle::Upper,
        "U" | "u" => Triangle::Lower,
        _ => return Err(Error::value("UPLO argument must be 'L' or 'U'")),
    };
    let n = side(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    if n == 1 {
        // Whatever it is, it is its own eigenvalue.
        let (w, one) = (work.packed(&a.real()?, dtype.real())?, number(Scalar::from(1.0).cast(dtype), a)?);
        return Ok((shaped(&w, &with(batch(a), &[1]))?, work.packed(&one.broadcast_to(a.shape())?, dtype)?));
    }
    let half = if triangle == Triangle::Upper { tril(a, 0)? } else { triu(a, 0)? };
    let packed = work.packed(a, dtype)?;
    let flaws = work.without_flaws(&packed, &half)?;
    let (w, info) = work.eigh(&packed, triangle, has_vectors)?;
    let is_lost = if n < EIGENVALUES_FAIL_FROM { info } else { logical_or(&info, &equal(&flaws, 2)?)? };
    raise_if(&is_lost, NO_EIGENVALUES)?;
    let w = or_nan(&flaws, 1, &w)?;
    // In C order the backend saw the conjugated matrix, and wrote conjugated vectors, as rows.
    let v = if has_vectors { in_c_order(or_nan(&flaws, 2, &conjugated(swapped(&packed)?)?)?)? } else { packed };
    Ok((w, v))
}

/// Eigenvalues, and vectors if wanted, as NumPy gives them.
fn general(a: &Array, has_vectors: bool) -> Result<(Array, Option<Array>)> {
    side(a)?;
    if a.dtype().is_inexact() {
        let is_bad = logical_not(&isfinite(a)?)?;
        raise_if_any(&is_bad, "Array must not contain infs or NaNs")?;
    }
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    let (w, v) = work.eig(&work.columns(a, dtype)?, has_vectors)?;
    if dtype.real() != dtype {
        return Ok((w, v.map(|v| in_c_order(swapped(&v)?)).transpose()?));
    }
    // The dtype depends on the values: one element is read.
    let off_line = not_equal(&w.imag()?, 0)?;
    let is_real = w.size() == 0 || off_line.any(&ReduceOptions::default())?.item()?.to::<f64>() == 0.0;
    if is_real {
        return Ok((in_c_order(w.real()?)?, v.map(|v| in_c_order(swapped(&v)?)).transpose()?));
    }
    let v = v.map(|v| in_c_order(swapped(&unpacked(&w, &v)?)?)).transpose()?;
    Ok((w, v))
}

/// Complex vectors, as rows, of which those of pairs stand as real and imaginary parts.
fn unpacked(w: &Array, v: &Array) -> Result<Array> {
    let imag = column(&w.imag()?)?;
    let (is_first, is_second) = (greater(&imag, 0)?, less(&imag, 0)?);
    let neighbour = |by: isize| roll(v, Ints(&[by]), Some(Ints(&[-2])));
    let (next, last) = (neighbour(-1)?, neighbour(1)?);
    let real = select(&is_second, &last, v)?;
    let zero = Scalar::zero(v.dtype());
    let imaginary = select(&is_first, &next, &select(&is_second, &negative(v)?, Input::Scalar(zero))?)?;
    let dtype = complex_of(v.dtype());
    let i = Scalar::from(c128::new(0.0, 1.0)).cast(dtype);
    add(&cast(real, dtype)?, &multiply(&cast(imaginary, dtype)?, Input::Scalar(i))?)
}
