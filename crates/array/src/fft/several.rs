//! Transforms along several axes, under NumPy's names and signatures.

use super::transform::{Step, length, norm_of, transform};
use crate::array::Array;
use crate::function::{Any, Ints, Nested, Value, function};
use cuprous_core::backend::FftKind;
use cuprous_core::{Error, Result};

/// The discrete Fourier transform along several axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last ones that `s` has lengths for, or all. An axis that stands there twice is
///   transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array, complex64 for float16, float32 and complex64, else complex128. Without axes `a` itself.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.fftn`
///
/// # Examples
/// ```python
/// >>> cp.fft.fftn(cp.asarray([[1.0, 2.0], [3.0, 5.0]]))
/// array([[11.+0.j, -3.+0.j],
///        [-5.+0.j,  1.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=None, norm=None, out=None)", module = "fft")]
pub fn fftn(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    complex(a, FftKind::Forward, s, axes, norm, out)
}

/// The inverse of the discrete Fourier transform along several axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last ones that `s` has lengths for, or all. An axis that stands there twice is
///   transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array, complex64 for float16, float32 and complex64, else complex128. Without axes `a` itself.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.ifftn`
///
/// # Examples
/// ```python
/// >>> cp.fft.ifftn(cp.asarray([[11.0, -3.0], [-5.0, 1.0]]))
/// array([[1.+0.j, 2.+0.j],
///        [3.+0.j, 5.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=None, norm=None, out=None)", module = "fft")]
pub fn ifftn(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    complex(a, FftKind::Inverse, s, axes, norm, out)
}

/// The discrete Fourier transform along two axes.
///
/// # Parameters
/// - `a`: array of any shape with at least two axes.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last two. An axis that stands there twice is transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array, complex64 for float16, float32 and complex64, else complex128. Without axes `a` itself.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.fft2`
///
/// # Examples
/// ```python
/// >>> cp.fft.fft2(cp.asarray([[1.0, 2.0], [3.0, 5.0]]))
/// array([[11.+0.j, -3.+0.j],
///        [-5.+0.j,  1.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=(-2, -1), norm=None, out=None)", module = "fft")]
pub fn fft2(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    fftn(a, s, axes, norm, out)
}

/// The inverse of the discrete Fourier transform along two axes.
///
/// # Parameters
/// - `a`: array of any shape with at least two axes.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last two. An axis that stands there twice is transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array, complex64 for float16, float32 and complex64, else complex128. Without axes `a` itself.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// NumPy does not write to `out`. The factor of float16 arrays is not rounded to float16. No warning tells that `s`
/// without `axes`, or None among its lengths, is deprecated.
///
/// # Source
/// `numpy.fft.ifft2`
///
/// # Examples
/// ```python
/// >>> cp.fft.ifft2(cp.asarray([[11.0, -3.0], [-5.0, 1.0]]))
/// array([[1.+0.j, 2.+0.j],
///        [3.+0.j, 5.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=(-2, -1), norm=None, out=None)", module = "fft")]
pub fn ifft2(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    ifftn(a, s, axes, norm, out)
}

/// The discrete Fourier transform of real numbers along several axes: half of it along the last one.
///
/// # Parameters
/// - `a`: array of real numbers with at least one axis.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last ones that `s` has lengths for, or all. An axis that stands there twice is
///   transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n // 2 + 1` elements along the last of the axes: complex64 for float16 and float32, else
/// complex128.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results, or `a` is complex.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.rfftn`
///
/// # Examples
/// ```python
/// >>> cp.fft.rfftn(cp.asarray([[1.0, 2.0], [3.0, 5.0]]))
/// array([[11.+0.j, -3.+0.j],
///        [-5.+0.j,  1.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=None, norm=None, out=None)", module = "fft")]
pub fn rfftn(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    let pairs = pairs(a, s, axes)?;
    let Some((&(s, axis), others)) = pairs.split_last() else { return Err(no_axis()) };
    let n = s.map_or_else(|| length(a, axis), Ok)?;
    let mut steps = vec![Step { kind: FftKind::RealForward, n, axis }];
    for &(s, axis) in others.iter().rev() {
        steps.push(Step { kind: FftKind::Forward, n: s.map_or_else(|| length(a, axis), Ok)?, axis });
    }
    transform(a, false, &steps, &norm_of(norm), out)
}

/// Real numbers from half of their discrete Fourier transform along several axes: the inverse of `rfftn`.
///
/// # Parameters
/// - `a`: array of any shape with at least one axis. What is imaginary of the real transforms along the last of the
///   axes does not count.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros. That of the last of
///   the axes is by default `2 * (m - 1)`, with `m` elements there.
/// - `axes`: the axes, by default the last ones that `s` has lengths for, or all. An axis that stands there twice is
///   transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Real array in the precision of `a`; float64 for integers.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.irfftn`
///
/// # Examples
/// ```python
/// >>> cp.fft.irfftn(cp.asarray([[11.0, -3.0], [-5.0, 1.0]]))
/// array([[1., 2.],
///        [3., 5.]])
/// ```
#[function(signature = "(a, s=None, axes=None, norm=None, out=None)", module = "fft")]
pub fn irfftn(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    let is_whole = s.is_none();
    let pairs = pairs(a, s, axes)?;
    let Some((&(s, axis), others)) = pairs.split_last() else { return Err(no_axis()) };
    let mut steps = Vec::new();
    for &(s, axis) in others {
        steps.push(Step { kind: FftKind::Inverse, n: s.map_or_else(|| length(a, axis), Ok)?, axis });
    }
    let default = || length(a, axis).map(|m| (m - 1) * 2);
    let n = if is_whole { default()? } else { s.map_or_else(default, Ok)? };
    steps.push(Step { kind: FftKind::RealInverse, n, axis });
    transform(a, false, &steps, &norm_of(norm), out)
}

/// The discrete Fourier transform of real numbers along two axes: half of it along the last one.
///
/// # Parameters
/// - `a`: array of real numbers with at least two axes.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros.
/// - `axes`: the axes, by default the last two. An axis that stands there twice is transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Complex array with `n // 2 + 1` elements along the last of the axes: complex64 for float16 and float32, else
/// complex128.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results, or `a` is complex.
///
/// # Differs from NumPy
/// The factor of float16 arrays is not rounded to float16. No warning tells that `s` without `axes`, or None among its
/// lengths, is deprecated.
///
/// # Source
/// `numpy.fft.rfft2`
///
/// # Examples
/// ```python
/// >>> cp.fft.rfft2(cp.asarray([[1.0, 2.0], [3.0, 5.0]]))
/// array([[11.+0.j, -3.+0.j],
///        [-5.+0.j,  1.+0.j]])
/// ```
#[function(signature = "(a, s=None, axes=(-2, -1), norm=None, out=None)", module = "fft")]
pub fn rfft2(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    rfftn(a, s, axes, norm, out)
}

/// Real numbers from half of their discrete Fourier transform along two axes: the inverse of `rfft2`.
///
/// # Parameters
/// - `a`: array of any shape with at least two axes.
/// - `s`: the length of the lines along each of the axes, -1 for that of the axis; longer ones are cropped,
///   shorter ones padded with zeros. That of the last of
///   the axes is by default `2 * (m - 1)`, with `m` elements there.
/// - `axes`: the axes, by default the last two. An axis that stands there twice is transformed twice.
/// - `norm`: which of the two directions is divided by the length: `'backward'` (or None) the inverse one,
///   `'forward'` the other, `'ortho'` both by its square root.
/// - `out`: array for the result.
///
/// # Returns
/// Real array in the precision of `a`; float64 for integers.
///
/// # Errors
/// - `Value`: a length is below 1, there are more or fewer lengths than axes, `norm` is another word, or `out` has
///   another shape.
/// - `Axis`, `Index`: there is no such axis.
/// - `Type`: `out` cannot hold the results.
///
/// # Differs from NumPy
/// NumPy does not write to `out`. The factor of float16 arrays is not rounded to float16. No warning tells that `s`
/// without `axes`, or None among its lengths, is deprecated.
///
/// # Source
/// `numpy.fft.irfft2`
///
/// # Examples
/// ```python
/// >>> cp.fft.irfft2(cp.asarray([[11.0, -3.0], [-5.0, 1.0]]))
/// array([[1., 2.],
///        [3., 5.]])
/// ```
#[function(signature = "(a, s=None, axes=(-2, -1), norm=None, out=None)", module = "fft")]
pub fn irfft2(a: &Array, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    irfftn(a, s, axes, norm, out)
}

fn complex(a: &Array, kind: FftKind, s: Option<Nested>, axes: Option<Ints>, norm: Any, out: Option<&Array>) -> Result<Array> {
    let mut steps = Vec::new();
    for (s, axis) in pairs(a, s, axes)?.into_iter().rev() {
        steps.push(Step { kind, n: s.map_or_else(|| length(a, axis), Ok)?, axis });
    }
    if steps.is_empty() { Ok(a.clone()) } else { transform(a, false, &steps, &norm_of(norm), out) }
}

#[cold]
fn no_axis() -> Error {
    Error::index("list index out of range")
}

/// Each axis with the length that `s` gives it, if it does.
fn pairs(a: &Array, s: Option<Nested>, axes: Option<Ints>) -> Result<Vec<(Option<isize>, isize)>> {
    let n_axes = a.n_axes() as isize;
    let Some(s) = s else {
        let axes: Vec<isize> = axes.map_or_else(|| (-n_axes..0).collect(), |axes| axes.0.to_vec());
        if n_axes == 0 && !axes.is_empty() {
            return Err(Error::index("cannot do a non-empty take from an empty axes."));
        }
        return axes
            .into_iter()
            .map(|axis| match length(a, axis) {
                Ok(n) => Ok((Some(n), axis)),
                Err(_) => Err(Error::index(format!("index {axis} is out of bounds for axis 0 with size {n_axes}"))),
            })
            .collect();
    };
    let Some(items) = s.items() else { return Err(Error::type_error("'int' object is not iterable")) };
    let lengths =
        items.map(|item| if matches!(item.0, Value::None) { Ok(None) } else { item.int().map(Some) }).collect::<Result<Vec<_>>>()?;
    let axes: Vec<isize> = axes.map_or_else(|| (-(lengths.len() as isize)..0).collect(), |axes| axes.0.to_vec());
    if lengths.len() != axes.len() {
        return Err(Error::value("Shape and axes have different lengths."));
    }
    lengths.into_iter().zip(axes).map(|(s, axis)| Ok((if s == Some(-1) { Some(length(a, axis)?) } else { s }, axis))).collect()
}
