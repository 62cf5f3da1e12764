//! Questions about shapes, and axes added so that there are enough.

use super::functions::mismatch;
use super::joining::with_axes_in_front;
use crate::array::Array;
use crate::function::{IntoValue, Nested, Value, function};
use cuprous_core::layout::Slice;
use cuprous_core::shape::{broadcast, checked_size, normalize_axis};
use cuprous_core::{Error, Result};

/// Arrays with at least one axis.
///
/// # Parameters
/// - `arys`: arrays of any shapes.
///
/// # Returns
/// The array itself if it has an axis, else of shape `(1,)`; for several arrays a tuple.
///
/// # Errors
/// - `Type`: something cannot become an array.
///
/// # Source
/// `numpy.atleast_1d`
///
/// # Examples
/// ```python
/// >>> cp.atleast_1d(7)
/// array([7])
/// ```
#[function(signature = "(*arys)")]
pub fn atleast_1d(arys: &[Array]) -> Result<Value> {
    each(arys, |a| with_axes_in_front(a, 1))
}

/// Arrays with at least two axes.
///
/// # Parameters
/// - `arys`: arrays of any shapes.
///
/// # Returns
/// The array itself if it has two axes, else a view with axes of length 1 in front; for several arrays a tuple.
///
/// # Errors
/// - `Type`: something cannot become an array.
///
/// # Source
/// `numpy.atleast_2d`
///
/// # Examples
/// ```python
/// >>> cp.atleast_2d(cp.arange(3))
/// array([[0, 1, 2]])
/// ```
#[function(signature = "(*arys)")]
pub fn atleast_2d(arys: &[Array]) -> Result<Value> {
    each(arys, |a| with_axes_in_front(a, 2))
}

/// Arrays with at least three axes.
///
/// # Parameters
/// - `arys`: arrays of any shapes.
///
/// # Returns
/// The array itself if it has three axes; else a view: `(N,)` becomes `(1, N, 1)`, `(M, N)` becomes `(M, N, 1)`. For
/// several arrays a tuple.
///
/// # Errors
/// - `Type`: something cannot become an array.
///
/// # Source
/// `numpy.atleast_3d`
///
/// # Examples
/// ```python
/// >>> cp.atleast_3d(cp.arange(3)).shape
/// (1, 3, 1)
/// ```
#[function(signature = "(*arys)")]
pub fn atleast_3d(arys: &[Array]) -> Result<Value> {
    each(arys, three_axes)
}

/// An array with at least three axes: new ones stand around those of a vector, and behind those of a matrix.
pub(super) fn three_axes(a: &Array) -> Result<Array> {
    let whole = Slice::Range(None, None, 1);
    match a.n_axes() {
        0 => a.slice(&[Slice::New; 3]),
        1 => a.slice(&[Slice::New, whole, Slice::New]),
        2 => a.slice(&[whole, whole, Slice::New]),
        _ => Ok(a.clone()),
    }
}

fn each(arrays: &[Array], f: impl Fn(&Array) -> Result<Array>) -> Result<Value> {
    match arrays {
        [one] => Ok(f(one)?.into_value()),
        several => Ok(several.iter().map(f).collect::<Result<Vec<_>>>()?.into_value()),
    }
}

/// The shape to which shapes broadcast.
///
/// # Parameters
/// - `args`: shapes, each an integer or a tuple of integers.
///
/// # Returns
/// A tuple of integers.
///
/// # Errors
/// - `Shape`: they do not broadcast.
/// - `Value`: a negative extent.
///
/// # Source
/// `numpy.broadcast_shapes`
///
/// # Examples
/// ```python
/// >>> cp.broadcast_shapes((2, 1), 3, (4, 1, 1))
/// (4, 2, 3)
/// ```
#[function(signature = "(*args)")]
pub fn broadcast_shapes(args: Nested) -> Result<Value> {
    let mut shapes: Vec<Vec<usize>> = Vec::new();
    for shape in args.items().into_iter().flatten() {
        let extents: Vec<isize> = match shape.items() {
            Some(items) => items.map(Nested::int).collect::<Result<_>>()?,
            None => vec![shape.int()?],
        };
        let sizes = extents.into_iter().map(|n| usize::try_from(n).map_err(|_| Error::value("negative dimensions are not allowed")));
        shapes.push(sizes.collect::<Result<_>>()?);
    }
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    match broadcast(&shapes) {
        Ok(shape) if checked_size(&shape, 1).is_err() => Err(Error::value("broadcast dimensions too large.")),
        Ok(shape) => Ok(Value::Sizes(shape.to_vec())),
        Err(_) => Err(mismatch(&shapes)),
    }
}

/// The number of elements of an array, or of its places along axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes whose lengths are multiplied; by default all.
///
/// # Returns
/// An integer.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: an axis is named twice.
///
/// # Source
/// `numpy.size`
///
/// # Examples
/// ```python
/// >>> cp.size(cp.ones((2, 3)), 1)
/// 3
/// ```
#[function(signature = "(a, axis=None)")]
pub fn size(a: &Array, axis: Option<&[isize]>) -> Result<i64> {
    let Some(axes) = axis else { return Ok(a.size() as i64) };
    let mut product = 1;
    let mut seen = vec![false; a.n_axes()];
    for &axis in axes {
        let k = normalize_axis(axis, a.n_axes())?;
        if std::mem::replace(&mut seen[k], true) {
            return Err(Error::value("repeated axis"));
        }
        product *= a.shape()[k] as i64;
    }
    Ok(product)
}

/// The number of axes of an array.
///
/// # Parameters
/// - `a`: array of any shape.
///
/// # Returns
/// An integer.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.ndim`
///
/// # Examples
/// ```python
/// >>> cp.ndim(cp.ones((2, 3)))
/// 2
/// ```
#[function(signature = "(a)")]
pub fn ndim(a: &Array) -> Result<i64> {
    Ok(a.n_axes() as i64)
}

/// The shape of an array.
///
/// # Parameters
/// - `a`: array of any shape.
///
/// # Returns
/// A tuple of integers.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.shape`
///
/// # Examples
/// ```python
/// >>> cp.shape([[1, 2, 3]])
/// (1, 3)
/// ```
#[function(signature = "(a)")]
pub fn shape(a: &Array) -> Result<Value> {
    Ok(Value::Sizes(a.shape().to_vec()))
}
