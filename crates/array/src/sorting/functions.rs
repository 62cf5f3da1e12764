//! Searching under NumPy's names and signatures.

use crate::array::Array;
use crate::engine::{ReduceOptions, reduce};
use crate::function::function;
use crate::math::functions::axes_of;
use crate::statistics::nan::without_nan;
use cuprous_core::promote::is_safe;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, ReduceDef, Result, Scalar};
use cuprous_ops::reductions::{ARGMAX, ARGMIN, COUNT_NONZERO};

/// The index of the largest element, along an axis or in C order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of integers for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts, and the first NaN above all.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
/// - `Type`: an `out` that is not of an integer dtype within int64.
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
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)", method)]
pub fn argmax(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    search(&ARGMAX, a, axis, out, keepdims)
}

/// The index of the smallest element, along an axis or in C order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of integers for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts, and the first NaN above all.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
/// - `Type`: an `out` that is not of an integer dtype within int64.
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
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)", method)]
pub fn argmin(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    search(&ARGMIN, a, axis, out, keepdims)
}

/// The index of the largest element, along an axis or in C order, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of integers for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
/// - `Type`: an `out` that is not of an integer dtype within int64.
///
/// # Differs from NumPy
/// Where all elements are NaN the index is 0 instead of an error: elements are not read for it. The result is always
/// an array.
///
/// # Source
/// `numpy.nanargmax`
///
/// # Examples
/// ```python
/// >>> cp.nanargmax(cp.asarray([1.0, cp.nan, 5.0]))
/// array(2)
/// ```
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)")]
pub fn nanargmax(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    if a.dtype().is_integral() {
        return argmax(a, axis, out, keepdims);
    }
    argmax(&without_nan(a, Scalar::from(f64::NEG_INFINITY).cast(a.dtype()))?, axis, out, keepdims)
}

/// The index of the smallest element, along an axis or in C order, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to search along; by default all elements in C order.
/// - `out`: array of integers for the result.
/// - `keepdims`: whether searched axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. The first of equal elements counts.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element to search; an `out` of another shape.
/// - `Type`: an `out` that is not of an integer dtype within int64.
///
/// # Differs from NumPy
/// Where all elements are NaN the index is 0 instead of an error: elements are not read for it. The result is always
/// an array.
///
/// # Source
/// `numpy.nanargmin`
///
/// # Examples
/// ```python
/// >>> cp.nanargmin(cp.asarray([1.0, cp.nan, 5.0]))
/// array(0)
/// ```
#[function(signature = "(a, axis=None, out=None, *, keepdims=False)")]
pub fn nanargmin(a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    if a.dtype().is_integral() {
        return argmin(a, axis, out, keepdims);
    }
    argmin(&without_nan(a, Scalar::from(f64::INFINITY).cast(a.dtype()))?, axis, out, keepdims)
}

/// The number of elements that are not zero, over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to count along; by default all.
/// - `keepdims`: whether counted axes stay, with length 1.
///
/// # Returns
/// Array of int64 with the axes that are left. NaN is not zero.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.count_nonzero`
///
/// # Examples
/// ```python
/// >>> cp.count_nonzero(cp.asarray([[0, 7], [5, 4]]), axis=1)
/// array([1, 2])
/// ```
#[function(signature = "(a, axis=None, *, keepdims=False)")]
pub fn count_nonzero(a: &Array, axis: Option<&[isize]>, keepdims: bool) -> Result<Array> {
    reduce(&COUNT_NONZERO, a, &ReduceOptions { axes: axes_of(a, axis), out: None, keep_axes: keepdims, dtype: None })
}

fn search(def: &'static ReduceDef, a: &Array, axis: Option<isize>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    if let Some(axis) = axis
        && a.n_axes() == 0
    {
        // NumPy searches an array without axes as one of one axis.
        normalize_axis(axis, 1)?;
    }
    if let Some(out) = out
        && !is_safe(out.dtype(), DType::I64)
    {
        let what = if out.n_axes() == 0 { "scalar" } else { "array data" };
        return Err(Error::type_error(format!(
            "Cannot cast {what} from dtype('{}') to dtype('int64') according to the rule 'safe'",
            out.dtype()
        )));
    }
    let axis = axis.as_ref().map(std::slice::from_ref);
    reduce(def, a, &ReduceOptions { axes: axes_of(a, axis), out, keep_axes: keepdims, dtype: None })
}
