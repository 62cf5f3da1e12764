//! Searching under NumPy's names and signatures.

use crate::array::Array;
use crate::engine::{ReduceOptions, reduce};
use crate::function::function;
use crate::math::functions::axes_of;
use cuprous_core::{ReduceDef, Result};
use cuprous_ops::reductions::{ARGMAX, ARGMIN};

/// The index of the largest element, along an axis or in C order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of int64 for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts, and the first NaN above all.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.argmax`
///
/// # Examples
/// ```python
/// >>> cp.argmax(cp.asarray([[1, 7], [5, 4]]), axis=1)
/// array([1, 0])
/// ```
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)")]
pub fn argmax(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    search(&ARGMAX, a, axis, out, keepdims)
}

/// The index of the smallest element, along an axis or in C order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of int64 for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts, and the first NaN above all.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.argmin`
///
/// # Examples
/// ```python
/// >>> cp.argmin(cp.asarray([[1, 7], [5, 4]]), axis=1)
/// array([0, 1])
/// ```
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)")]
pub fn argmin(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    search(&ARGMIN, a, axis, out, keepdims)
}

fn search(def: &'static ReduceDef, a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    let axis = axis.as_ref().map(std::slice::from_ref);
    reduce(def, a, &ReduceOptions { axes: axes_of(a, axis), out, keep_axes: keepdims, dtype: None })
}
