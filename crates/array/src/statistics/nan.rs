//! Statistics that leave NaN out, under NumPy's names and signatures.

use super::functions::mean;
use super::spread::{Spread, freedom};
use crate::array::Array;
use crate::engine::methods::{Initial, masked, reduce_by};
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::function;
use crate::logic::select;
use cuprous_core::{DType, Result, Scalar};
use cuprous_ops::reductions::NAN_MEAN;
use cuprous_ops::ufuncs::arithmetic::{FMAX, FMIN};
use cuprous_ops::ufuncs::logic::{ISNAN, LOGICAL_AND, LOGICAL_NOT};

/// The largest element over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: the least value of a result.
/// - `where`: array of bool that broadcasts with `a`: which elements count. It needs `initial`.
///
/// # Returns
/// Array of the dtype of `a` with the axes that are left; NaN where all elements are.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element and no `initial`; an axis is named twice; `where` without `initial`; an `out` of
///   another shape.
///
/// # Differs from NumPy
/// Raises no warning where all elements are NaN. The result is always an array.
///
/// # Source
/// `numpy.nanmax`
///
/// # Examples
/// ```python
/// >>> cp.nanmax(cp.asarray([[1.0, cp.nan], [3.0, 4.0]]), axis=1)
/// array([1., 4.])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, initial=None, where=None)")]
pub fn nanmax(
    a: &Array,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axis, dtype: None, out, keep_axes: keepdims };
    reduce_by(&FMAX, a, options, Initial::from(initial), r#where)
}

/// The smallest element over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: the greatest value of a result.
/// - `where`: array of bool that broadcasts with `a`: which elements count. It needs `initial`.
///
/// # Returns
/// Array of the dtype of `a` with the axes that are left; NaN where all elements are.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element and no `initial`; an axis is named twice; `where` without `initial`; an `out` of
///   another shape.
///
/// # Differs from NumPy
/// Raises no warning where all elements are NaN. The result is always an array.
///
/// # Source
/// `numpy.nanmin`
///
/// # Examples
/// ```python
/// >>> cp.nanmin(cp.asarray([[1.0, cp.nan], [3.0, 4.0]]), axis=1)
/// array([1., 3.])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, initial=None, where=None)")]
pub fn nanmin(
    a: &Array,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axis, dtype: None, out, keep_axes: keepdims };
    reduce_by(&FMIN, a, options, Initial::from(initial), r#where)
}

/// The arithmetic mean over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the sum; by default as for `mean`.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; NaN where no element counts.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// Raises no warning where all elements are NaN. The result is always an array.
///
/// # Source
/// `numpy.nanmean`
///
/// # Examples
/// ```python
/// >>> cp.nanmean(cp.asarray([[1.0, cp.nan], [3.0, 4.0]]), axis=1)
/// array([1. , 3.5])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None)")]
pub fn nanmean(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    r#where: Option<&Array>,
) -> Result<Array> {
    if a.dtype().is_integral() {
        return mean(a, axis, dtype, out, keepdims, r#where);
    }
    if dtype.is_some_and(DType::is_integral) {
        return mean(a, axis, dtype, out, keepdims, Some(&numbers(a, r#where)?));
    }
    let options = ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims };
    match r#where {
        None => reduce(&NAN_MEAN, a, &options),
        Some(mask) => reduce(&NAN_MEAN, &masked(a, mask, Scalar::from(f64::NAN).cast(a.dtype()))?, &options),
    }
}

/// The variance over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the computation and of the result. By default that of `a`, and float64 for integers and bool;
///   distances are added up in float64.
/// - `out`: array for the result.
/// - `ddof`: what is taken off the number of elements in the divisor.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
/// - `mean`: the means, with the reduced axes of length 1, if they are known already.
/// - `correction`: another name of `ddof`.
///
/// # Returns
/// Array with the axes that are left, real for complex `a`; NaN where too few elements count.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
/// - `Value`: both `ddof` and `correction` are given.
///
/// # Differs from NumPy
/// Raises no warning where all elements are NaN. The result is always an array.
///
/// # Source
/// `numpy.nanvar`
///
/// # Examples
/// ```python
/// >>> cp.nanvar(cp.asarray([[1.0, cp.nan, 3.0], [2.0, 6.0, cp.nan]]), axis=1)
/// array([1., 4.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)")]
pub fn nanvar(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    ddof: f64,
    keepdims: bool,
    r#where: Option<&Array>,
    mean: Option<&Array>,
    correction: Option<f64>,
) -> Result<Array> {
    let spread = Spread::around(a, axis, dtype, out, freedom(ddof, correction)?, keepdims, r#where, mean);
    Spread { skip_nan: !a.dtype().is_integral(), ..spread }.of(a)
}

/// The standard deviation over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the computation and of the result. By default that of `a`, and float64 for integers and bool;
///   distances are added up in float64.
/// - `out`: array for the result.
/// - `ddof`: what is taken off the number of elements in the divisor.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
/// - `mean`: the means, with the reduced axes of length 1, if they are known already.
/// - `correction`: another name of `ddof`.
///
/// # Returns
/// Array with the axes that are left, real for complex `a`; NaN where too few elements count.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
/// - `Value`: both `ddof` and `correction` are given.
///
/// # Differs from NumPy
/// Raises no warning where all elements are NaN. The result is always an array.
///
/// # Source
/// `numpy.nanstd`
///
/// # Examples
/// ```python
/// >>> cp.nanstd(cp.asarray([[1.0, cp.nan, 3.0], [2.0, 6.0, cp.nan]]), axis=1)
/// array([1., 2.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)")]
pub fn nanstd(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    ddof: f64,
    keepdims: bool,
    r#where: Option<&Array>,
    mean: Option<&Array>,
    correction: Option<f64>,
) -> Result<Array> {
    let spread = Spread::around(a, axis, dtype, out, freedom(ddof, correction)?, keepdims, r#where, mean);
    Spread { skip_nan: !a.dtype().is_integral(), root: true, ..spread }.of(a)
}

/// Where the elements are numbers and count.
pub(super) fn numbers(a: &Array, mask: Option<&Array>) -> Result<Array> {
    let is_nan = apply(&ISNAN, &[a.into()], &UfuncOptions::default())?;
    let counts = apply(&LOGICAL_NOT, &[(&is_nan).into()], &UfuncOptions::default())?;
    match mask {
        None => Ok(counts),
        Some(mask) => apply(&LOGICAL_AND, &[(&counts).into(), mask.into()], &UfuncOptions::default()),
    }
}

/// An array with a number in the place of NaN.
pub(crate) fn without_nan(a: &Array, number: Scalar) -> Result<Array> {
    if a.dtype().is_integral() {
        return Ok(a.clone());
    }
    let is_nan = apply(&ISNAN, &[a.into()], &UfuncOptions::default())?;
    select(&is_nan, Input::Scalar(number), a)
}
