//! Splitting arrays into views.

use super::along;
use crate::array::Array;
use crate::function::{List, Nested, function};
use cuprous_core::layout::Slice;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{Error, Result};

/// The parts of an array of equal length along an axis, or between given places.
///
/// # Parameters
/// - `ary`: array with at least one axis.
/// - `indices_or_sections`: how many parts, or the places where parts after the first begin.
/// - `axis`: the axis that is split.
///
/// # Returns
/// A list of views of `ary`.
///
/// # Errors
/// - `Value`: the axis cannot be split into parts of equal length.
/// - `ZeroDivision`: no parts.
/// - `Index`: an axis that `ary` does not have.
///
/// # Differs from NumPy
/// The places must be known to the host: integers, or an array of NumPy.
///
/// # Source
/// `numpy.split`
///
/// # Examples
/// ```python
/// >>> cp.split(cp.arange(6), 3)
/// [array([0, 1]), array([2, 3]), array([4, 5])]
/// >>> cp.split(cp.arange(6), [1, 5])
/// [array([0]), array([1, 2, 3, 4]), array([5])]
/// ```
#[function(signature = "(ary, indices_or_sections, axis=0)")]
pub fn split(ary: &Array, indices_or_sections: Nested, axis: isize) -> Result<List> {
    if indices_or_sections.items().is_none() {
        let n = ary.shape()[axis_of(ary, axis)?] as isize;
        match indices_or_sections.int()? {
            0 => return Err(Error::zero_division("integer modulo by zero")),
            sections if n % sections != 0 => return Err(Error::value("array split does not result in an equal division")),
            _ => {}
        }
    }
    array_split(ary, indices_or_sections, axis)
}

/// The parts of an array of nearly equal length along an axis, or between given places.
///
/// # Parameters
/// - `ary`: array with at least one axis.
/// - `indices_or_sections`: how many parts, the longer ones first; or the places where parts after the first begin.
/// - `axis`: the axis that is split.
///
/// # Returns
/// A list of views of `ary`.
///
/// # Errors
/// - `Value`: fewer than one part.
/// - `Index`: an axis that `ary` does not have.
///
/// # Differs from NumPy
/// The places must be known to the host: integers, or an array of NumPy.
///
/// # Source
/// `numpy.array_split`
///
/// # Examples
/// ```python
/// >>> cp.array_split(cp.arange(5), 2)
/// [array([0, 1, 2]), array([3, 4])]
/// ```
#[function(signature = "(ary, indices_or_sections, axis=0)")]
pub fn array_split(ary: &Array, indices_or_sections: Nested, axis: isize) -> Result<List> {
    let axis = axis_of(ary, axis)?;
    let n = ary.shape()[axis];
    let part = |first: isize, stop: isize| ary.slice(&along(axis, Slice::Range(Some(first), Some(stop), 1)));
    if let Some(items) = indices_or_sections.items() {
        let mut places = vec![0];
        for item in items {
            places.push(item.int().map_err(|_| Error::type_error("slice indices must be integers or None or have an __index__ method"))?);
        }
        places.push(n as isize);
        return places.windows(2).map(|w| part(w[0], w[1])).collect::<Result<_>>().map(List);
    }
    let sections = usize::try_from(indices_or_sections.int()?).unwrap_or(0);
    if sections == 0 {
        return Err(Error::value("number sections must be larger than 0."));
    }
    let (each, extras) = (n / sections, n % sections);
    let start = |k: usize| (k * each + k.min(extras)) as isize;
    (0..sections).map(|k| part(start(k), start(k + 1))).collect::<Result<_>>().map(List)
}

/// The parts of an array along its second axis, or along its only one.
///
/// # Parameters
/// - `ary`: array with at least one axis.
/// - `indices_or_sections`: how many parts, or the places where parts after the first begin.
///
/// # Returns
/// A list of views of `ary`.
///
/// # Errors
/// - `Value`: `ary` has no axis, or it cannot be split into parts of equal length.
/// - `ZeroDivision`: no parts.
///
/// # Source
/// `numpy.hsplit`
///
/// # Examples
/// ```python
/// >>> cp.hsplit(cp.ones((2, 4)), 2)[1].shape
/// (2, 2)
/// ```
#[function(signature = "(ary, indices_or_sections)")]
pub fn hsplit(ary: &Array, indices_or_sections: Nested) -> Result<List> {
    match ary.n_axes() {
        0 => Err(Error::value("hsplit only works on arrays of 1 or more dimensions")),
        n => split(ary, indices_or_sections, isize::from(n > 1)),
    }
}

/// The parts of an array along its first axis.
///
/// # Parameters
/// - `ary`: array with at least two axes.
/// - `indices_or_sections`: how many parts, or the places where parts after the first begin.
///
/// # Returns
/// A list of views of `ary`.
///
/// # Errors
/// - `Value`: `ary` has fewer axes, or it cannot be split into parts of equal length.
/// - `ZeroDivision`: no parts.
///
/// # Source
/// `numpy.vsplit`
///
/// # Examples
/// ```python
/// >>> cp.vsplit(cp.ones((2, 4)), 2)[1].shape
/// (1, 4)
/// ```
#[function(signature = "(ary, indices_or_sections)")]
pub fn vsplit(ary: &Array, indices_or_sections: Nested) -> Result<List> {
    if ary.n_axes() < 2 {
        return Err(Error::value("vsplit only works on arrays of 2 or more dimensions"));
    }
    split(ary, indices_or_sections, 0)
}

/// The parts of an array along its third axis.
///
/// # Parameters
/// - `ary`: array with at least three axes.
/// - `indices_or_sections`: how many parts, or the places where parts after the first begin.
///
/// # Returns
/// A list of views of `ary`.
///
/// # Errors
/// - `Value`: `ary` has fewer axes, or it cannot be split into parts of equal length.
/// - `ZeroDivision`: no parts.
///
/// # Source
/// `numpy.dsplit`
///
/// # Examples
/// ```python
/// >>> cp.dsplit(cp.ones((2, 3, 4)), 2)[1].shape
/// (2, 3, 2)
/// ```
#[function(signature = "(ary, indices_or_sections)")]
pub fn dsplit(ary: &Array, indices_or_sections: Nested) -> Result<List> {
    if ary.n_axes() < 3 {
        return Err(Error::value("dsplit only works on arrays of 3 or more dimensions"));
    }
    split(ary, indices_or_sections, 2)
}

/// The parts of an array that have one place along an axis.
///
/// # Parameters
/// - `x`: array with at least one axis.
/// - `axis`: the axis that is taken apart.
///
/// # Returns
/// A tuple of arrays without that axis; views of `x`, unless `x` has only one axis.
///
/// # Errors
/// - `Value`: `x` has no axis.
/// - `Axis`: an axis that `x` does not have.
///
/// # Source
/// `numpy.unstack`
///
/// # Examples
/// ```python
/// >>> cp.unstack(cp.asarray([[1, 2], [3, 4]]), axis=1)
/// (array([1, 3]), array([2, 4]))
/// ```
#[function(signature = "(x, /, *, axis=0)")]
pub fn unstack(x: &Array, axis: isize) -> Result<Vec<Array>> {
    if x.n_axes() == 0 {
        return Err(Error::value("Input array must be at least 1-d."));
    }
    // NumPy moves the axis to the front.
    let axis = normalize_axis(axis, x.n_axes()).map_err(|e| e.during("source"))?;
    (0..x.shape()[axis]).map(|k| x.get(&along(axis, Slice::At(k as isize)))).collect()
}

/// An axis as an index into the shape, in Python's words for a place that a tuple does not have.
fn axis_of(a: &Array, axis: isize) -> Result<usize> {
    normalize_axis(axis, a.n_axes()).map_err(|_| Error::index("tuple index out of range"))
}
