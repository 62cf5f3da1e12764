//! Transforms along one axis, under NumPy's names and signatures.

use super::transform::{Step, length, norm_of, swapped, transform};
use crate::array::Array;
use crate::engine::{UfuncOptions, apply};
use crate::function::{Any, function};
use cuprous_core::backend::FftKind;
use cuprous_core::{Kind, Result};
use cuprous_ops::ufuncs::arithmetic::CONJUGATE;

/// The discrete Fourier transform of the lines along an axis.
///
/// # Parameters
/// - `a`: array of any shape with at least one axis.
/// - `n`: length of the lines, by default that of the axis; longer ones are cropped, shorter ones padded with zeros.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n` elements along the axis: complex64 for float16, float32 and complex64, else complex128.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16.
///
/// # Source
/// `numpy.fft.fft`
///
/// # Examples
/// ```python
/// >>> cp.fft.fft(cp.asarray([1.0, 2.0, 3.0, 4.0]))
/// array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn fft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis), Ok)?;
    transform(a, false, &[Step { kind: FftKind::Forward, n, axis }], &norm_of(norm), out)
}

/// The inverse of the discrete Fourier transform of the lines along an axis.
///
/// # Parameters
/// - `a`: array of any shape with at least one axis.
/// - `n`: length of the lines, by default that of the axis; longer ones are cropped, shorter ones padded with zeros.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n` elements along the axis: complex64 for float16, float32 and complex64, else complex128.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16.
///
/// # Source
/// `numpy.fft.ifft`
///
/// # Examples
/// ```python
/// >>> cp.fft.ifft(cp.asarray([0.0, 4.0, 0.0, 0.0]))
/// array([ 1.+0.j,  0.+1.j, -1.+0.j,  0.-1.j])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn ifft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis), Ok)?;
    transform(a, false, &[Step { kind: FftKind::Inverse, n, axis }], &norm_of(norm), out)
}

/// The discrete Fourier transform of real lines: the half of it that is not the conjugate of the other.
///
/// # Parameters
/// - `a`: array of real numbers with at least one axis.
/// - `n`: length of the lines, by default that of the axis; longer ones are cropped, shorter ones padded with zeros.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n // 2 + 1` elements along the axis: complex64 for float16 and float32, else complex128.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results, or `a` is complex.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16.
///
/// # Source
/// `numpy.fft.rfft`
///
/// # Examples
/// ```python
/// >>> cp.fft.rfft(cp.asarray([0.0, 1.0, 0.0, 0.0]))
/// array([ 1.+0.j,  0.-1.j, -1.+0.j])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn rfft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis), Ok)?;
    transform(a, false, &[Step { kind: FftKind::RealForward, n, axis }], &norm_of(norm), out)
}

/// Real lines from the half of their discrete Fourier transform: the inverse of `rfft`.
///
/// # Parameters
/// - `a`: array with at least one axis. What is imaginary of the first element, and of element `n / 2`, does not count.
/// - `n`: length of the real lines, by default `2 * (m - 1)` for an axis of length `m`; of a line `n // 2 + 1` elements
///   are
///   taken, and zeros where there are fewer.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Real array with `n` elements along the axis, in the precision of `a`; float64 for integers.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16.
///
/// # Source
/// `numpy.fft.irfft`
///
/// # Examples
/// ```python
/// >>> cp.fft.irfft(cp.asarray([1, -1j, -1]))
/// array([0., 1., 0., 0.])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn irfft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis).map(|m| (m - 1) * 2), Ok)?;
    transform(a, false, &[Step { kind: FftKind::RealInverse, n, axis }], &norm_of(norm), out)
}

/// The discrete Fourier transform of lines of which a half is given, the other one being its conjugate.
///
/// # Parameters
/// - `a`: array with at least one axis.
/// - `n`: length of the real lines, by default `2 * (m - 1)` for an axis of length `m`; of a line `n // 2 + 1` elements
///   are
///   taken, and zeros where there are fewer.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Real array with `n` elements along the axis, in the precision of `a`; float64 for integers.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// NumPy does not write to `out`. The factor of float16 arrays is not
/// rounded to float16.
///
/// # Source
/// `numpy.fft.hfft`
///
/// # Examples
/// ```python
/// >>> cp.fft.hfft(cp.asarray([15.0, -4.0, 0.0, -1.0, 0.0, -4.0]), 4)
/// array([ 7., 15., 23., 15.])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn hfft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis).map(|m| (m - 1) * 2), Ok)?;
    let norm = swapped(norm_of(norm))?;
    let is_complex = a.dtype().kind() == Kind::Complex;
    let a = if is_complex { apply(&CONJUGATE, &[a.into()], &UfuncOptions::default())? } else { a.clone() };
    transform(&a, is_complex, &[Step { kind: FftKind::RealInverse, n, axis }], &norm, out)
}

/// The half of the inverse transform of real lines that is not the conjugate of the other: the inverse of `hfft`.
///
/// # Parameters
/// - `a`: array of real numbers with at least one axis.
/// - `n`: length of the lines, by default that of the axis; longer ones are cropped, shorter ones padded with zeros.
/// - `axis`: the axis along which the lines lie.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n // 2 + 1` elements along the axis: complex64 for float16 and float32, else complex128.
///
/// # Errors
/// - `Value`: `n` is below 1, `norm` is another word, or `out` has another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results, or `a` is complex.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16.
///
/// # Source
/// `numpy.fft.ihfft`
///
/// # Examples
/// ```python
/// >>> cp.fft.ihfft(cp.asarray([0.0, 4.0, 0.0, 0.0]))
/// array([ 1.-0.j,  0.+1.j, -1.-0.j])
/// ```
#[function(signature = "(a, n=None, axis=-1, norm=None, out=None)", module = "fft")]
pub fn ihfft(a: &Array, n: Option<isize>, axis: isize, norm: Any, out: Option<&Array>) -> Result<Array> {
    let n = n.map_or_else(|| length(a, axis), Ok)?;
    let norm = swapped(norm_of(norm))?;
    let value = transform(a, false, &[Step { kind: FftKind::RealForward, n, axis }], &norm, out)?;
    apply(&CONJUGATE, &[(&value).into()], &UfuncOptions { out, ..UfuncOptions::default() })
}
