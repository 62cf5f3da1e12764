//! Eigenvalues and eigenvectors.

use super::decompose::qr;
use super::matmul::{matmul, swapped};
use super::stack::{
    Work, batch, column, complex_of, conjugated, float_dtype, in_c_order, number, or_nan, raise_if, raise_if_any, shaped, side, with,
};
use crate::array::Array;
use crate::creation::matrices::{eye, tril, triu};
use crate::engine::{Input, ReduceOptions, reduce};
use crate::function::{Ints, Value, function};
use crate::logic::{equal, greater, isfinite, less, logical_and, logical_not, logical_or, not_equal, select};
use crate::manipulation::rearranging::roll;
use crate::math::{absolute, add, maximum, multiply, negative, subtract};
use cuprous_core::layout::Slice;
use cuprous_core::linalg::Triangle;
use cuprous_core::{DType, Error, Result, Scalar, c128};
use cuprous_ops::reductions::SUM;

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
    let (packed, seen) = work.prepare(packed, &half)?;
    let flaws = &seen.flaws;
    let (w, info) = work.eigh(&packed, triangle, has_vectors)?;
    let is_lost = if n < EIGENVALUES_FAIL_FROM { info } else { logical_or(&info, &equal(flaws, 2)?)? };
    let w = seen.values(&w)?;
    if !has_vectors {
        raise_if(&is_lost, NO_EIGENVALUES)?;
        return Ok((w, packed));
    }
    // In C order the backend saw the conjugated matrix, and wrote conjugated vectors, as rows.
    let mut v = conjugated(swapped(&packed)?)?;
    if n > work.linalg().doubts_eigh_up_to() || w.size() == 0 || super::errors() == super::LinalgErrors::Ignore {
        raise_if(&is_lost, NO_EIGENVALUES)?;
    } else {
        // One number is read for both questions.
        let is_skew = skew(&v)?;
        let worst = maximum(&multiply(&is_lost, 2)?, &is_skew)?.max(&ReduceOptions::default())?;
        match worst.item()?.to::<i64>() {
            0 => (),
            1 => v = orthogonal(&v, &is_skew)?,
            _ => return Err(Error::linalg(NO_EIGENVALUES)),
        }
    }
    Ok((w, in_c_order(or_nan(flaws, 2, &v)?)?))
}

/// For each matrix whether its columns, of length 1, are not orthogonal to the precision of the dtype.
fn skew(v: &Array) -> Result<Array> {
    let n = side(v)?;
    let epsilon = if v.dtype().real() == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let gram = matmul(&conjugated(swapped(v)?)?, v)?;
    let unit = eye(n as i64, None, 0, Some(gram.dtype()), None, Some(v.device()))?;
    let largest = absolute(&subtract(&gram, &unit)?)?.max(&ReduceOptions { axes: Some(&[-2, -1]), ..Default::default() })?;
    greater(&largest, 100.0 * n as f64 * epsilon)
}

/// The matrices, those that are marked with orthogonal columns. Columns that were orthogonal to the ones before stay what they are,
/// but for their signs: what changes are vectors of equal eigenvalues among themselves.
fn orthogonal(v: &Array, is_marked: &Array) -> Result<Array> {
    match qr(v, "reduced")? {
        Value::Named(_, parts) => match &parts[..] {
            [Value::Array(q), ..] => select(&column(&column(is_marked)?)?, q, v),
            _ => Err(Error::runtime("qr gives arrays")),
        },
        _ => Err(Error::runtime("qr gives two arrays")),
    }
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
    let turn = if dtype.real() != dtype && a.size() > 0 && work.linalg().turns_before_eig() {
        Some(Turn::of(&a.clone().cast(dtype)?)?)
    } else {
        None
    };
    let columns = work.columns(turn.as_ref().map_or(a, |turn| &turn.matrices), dtype)?;
    let whole = columns.clone();
    let (columns, seen) = work.prepare(columns, &whole)?;
    drop(whole);
    let (found, v) = work.eig(&columns, has_vectors)?;
    let w = multiply(&found, &column(&seen.power)?)?;
    if let Some(turn) = turn {
        return Ok((w, v.map(|v| in_c_order(turn.back(&swapped(&v)?)?)).transpose()?));
    }
    if dtype.real() != dtype {
        return Ok((w, v.map(|v| in_c_order(swapped(&v)?)).transpose()?));
    }
    // The dtype depends on the values: one element is read. Pairs are those of the divided matrices: what lies between two
    // eigenvalues may vanish with the power, and their vectors are a pair all the same.
    let off_line = not_equal(&found.imag()?, 0)?;
    let is_real = w.size() == 0 || off_line.any(&ReduceOptions::default())?.item()?.to::<f64>() == 0.0;
    if is_real {
        return Ok((in_c_order(w.real()?)?, v.map(|v| in_c_order(swapped(&v)?)).transpose()?));
    }
    let v = v.map(|v| in_c_order(swapped(&unpacked(&found, &v)?)?)).transpose()?;
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
    add(&real.cast(dtype)?, &multiply(&imaginary.cast(dtype)?, Input::Scalar(i))?)
}

/// Matrices whose rows and columns are all of one length, as those of unitary ones are, seen from another direction. Triangles
/// are left alone, whose eigenvalues are exact.
struct Turn {
    /// The matrices, turned or as they were
    matrices: Array,
    /// Which of them were turned
    is_turned: Array,
    /// The unit vector by which they are reflected
    u: Array,
}

impl Turn {
    fn of(a: &Array) -> Result<Turn> {
        let n = side(a)?;
        // Without a pattern that a matrix could share.
        let u: Vec<f64> = (0..n).map(|k| 1.5 + ((k + 1) as f64 * std::f64::consts::SQRT_2).fract()).collect();
        let length = u.iter().map(|x| x * x).sum::<f64>().sqrt();
        let bytes: Vec<u8> = u.iter().flat_map(|x| (x / length).to_ne_bytes()).collect();
        let u = Array::from_bytes(&bytes, DType::F64, &[n], a.device())?.cast(a.dtype())?;
        let square = add(&multiply(&a.real()?, &a.real()?)?, &multiply(&a.imag()?, &a.imag()?)?)?;
        let along = |axes: &'static [isize]| ReduceOptions { axes: Some(axes), ..Default::default() };
        let are_even = |axis: &'static [isize]| -> Result<Array> {
            let lengths = reduce(&SUM, &square, &along(axis))?;
            let (least, most) = (lengths.min(&along(&[-1]))?, lengths.max(&along(&[-1]))?);
            greater(&least, &multiply(&most, 0.999_999)?)
        };
        let below = not_equal(&tril(a, -1)?, 0)?.any(&along(&[-2, -1]))?;
        let is_turned = logical_and(&logical_and(&are_even(&[-2])?, &are_even(&[-1])?)?, &below)?;
        // (I - 2 u u^T) A (I - 2 u u^T)
        let row = u.slice(&[Slice::New, Slice::Ellipsis])?;
        let from_right = subtract(a, &multiply(&multiply(&matmul(a, &column(&u)?)?, &row)?, 2)?)?;
        let both = subtract(&from_right, &multiply(&multiply(&column(&u)?, &matmul(&row, &from_right)?)?, 2)?)?;
        Ok(Turn { matrices: select(&column(&column(&is_turned)?)?, &both, a)?, is_turned, u })
    }

    /// Vectors, as columns, of the matrices as they were.
    fn back(&self, v: &Array) -> Result<Array> {
        let row = self.u.slice(&[Slice::New, Slice::Ellipsis])?;
        let reflected = subtract(v, &multiply(&multiply(&column(&self.u)?, &matmul(&row, v)?)?, 2)?)?;
        select(&column(&column(&self.is_turned)?)?, &reflected, v)
    }
}
