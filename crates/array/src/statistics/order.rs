//! Medians, quantiles and percentiles under NumPy's names and signatures.

use super::nan::nanmean;
use super::quantiles::{Levels, NanRule, Quantiles, middle};
use crate::array::Array;
use crate::function::{Nested, function};
use cuprous_core::{Error, Kind, Result};

/// The median of array elements over given axes: the middle one, or the mean of the two in the middle.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `keepdims`: whether reduced axes stay, with length 1.
///
/// # Returns
/// Array of the dtype of `a`, of float64 for integers and bool, with the axes that are left. NaN where an element is NaN, or where there is none.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
///
/// # Differs from NumPy
/// Raises no warning. The result is always an array.
///
/// # Source
/// `numpy.median`
///
/// # Examples
/// ```python
/// >>> cp.median(cp.asarray([[10, 7, 4], [3, 2, 1]]))
/// array(3.5)
/// >>> cp.median(cp.asarray([[10, 7, 4], [3, 2, 1]]), axis=1)
/// array([7., 2.])
/// ```
#[function(signature = "(a, axis=None, out=None, overwrite_input=False, keepdims=False)")]
pub fn median(a: &Array, axis: Option<&[isize]>, out: Option<&Array>, overwrite_input: bool, keepdims: bool) -> Result<Array> {
    let _ = overwrite_input;
    middle(a, axis, out, keepdims, NanRule::Spreads)
}

/// The median of array elements over given axes, NaN left out: the middle one, or the mean of the two in the middle.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `keepdims`: whether reduced axes stay, with length 1.
///
/// # Returns
/// Array of the dtype of `a`, of float64 for integers and bool, with the axes that are left. NaN where all elements are.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
///
/// # Differs from NumPy
/// Raises no warning. The result is always an array.
///
/// # Source
/// `numpy.nanmedian`
///
/// # Examples
/// ```python
/// >>> cp.nanmedian(cp.asarray([[10.0, cp.nan, 4.0], [3.0, 2.0, 1.0]]), axis=1)
/// array([7., 2.])
/// ```
#[function(signature = "(a, axis=None, out=None, overwrite_input=False, keepdims=False)")]
pub fn nanmedian(a: &Array, axis: Option<&[isize]>, out: Option<&Array>, overwrite_input: bool, keepdims: bool) -> Result<Array> {
    let _ = overwrite_input;
    if a.size() == 0 {
        return nanmean(a, axis, None, out, keepdims, None);
    }
    middle(a, axis, out, keepdims, NanRule::LeftOut)
}

/// The percentiles of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `q`: which percentiles: percentages from 0 to 100, a number or an array of up to two axes.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `method`: how a value between two elements is found: `'inverted_cdf'`, `'averaged_inverted_cdf'`,
///   `'closest_observation'`, `'interpolated_inverted_cdf'`, `'hazen'`, `'weibull'`, `'linear'`, `'median_unbiased'`,
///   `'normal_unbiased'`, `'lower'`, `'higher'`, `'midpoint'` or `'nearest'`.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `weights`: array of the shape of `a`, or of its shape along `axis`: how much elements weigh; for
///   `'inverted_cdf'` only.
///
/// # Returns
/// Array with the axes of `q` and then those that are left. NaN where an element is NaN.
///
/// # Errors
/// - `Value`: a number of `q` outside its range; another `method`; weights with another one; an axis named twice.
/// - `Axis`: an axis that `a` does not have.
/// - `Index`: there is no element.
/// - `Type`: complex elements.
///
/// # Differs from NumPy
/// Arrays are not read for checks: numbers of an array `q` outside the range count as the nearest end, and weights are
/// not refused. The result is always an array.
///
/// # Source
/// `numpy.percentile`
///
/// # Examples
/// ```python
/// >>> cp.percentile(cp.asarray([[10, 7, 4], [3, 2, 1]]), 50)
/// array(3.5)
/// >>> cp.percentile(cp.asarray([1, 2, 3, 4, 5]), [25, 50])
/// array([2., 3.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None)")]
pub fn percentile(
    a: &Array,
    q: Nested,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    overwrite_input: bool,
    method: &str,
    keepdims: bool,
    weights: Option<&Array>,
) -> Result<Array> {
    let _ = overwrite_input;
    let levels = levels(a, q, 100)?;
    Quantiles { axes: axis, out, method, keepdims, weights, rule: NanRule::Spreads }.of(a, &levels)
}

/// The quantiles of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `q`: which quantiles: probabilities from 0 to 1, a number or an array of up to two axes.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `method`: how a value between two elements is found: `'inverted_cdf'`, `'averaged_inverted_cdf'`,
///   `'closest_observation'`, `'interpolated_inverted_cdf'`, `'hazen'`, `'weibull'`, `'linear'`, `'median_unbiased'`,
///   `'normal_unbiased'`, `'lower'`, `'higher'`, `'midpoint'` or `'nearest'`.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `weights`: array of the shape of `a`, or of its shape along `axis`: how much elements weigh; for
///   `'inverted_cdf'` only.
///
/// # Returns
/// Array with the axes of `q` and then those that are left. NaN where an element is NaN.
///
/// # Errors
/// - `Value`: a number of `q` outside its range; another `method`; weights with another one; an axis named twice.
/// - `Axis`: an axis that `a` does not have.
/// - `Index`: there is no element.
/// - `Type`: complex elements.
///
/// # Differs from NumPy
/// Arrays are not read for checks: numbers of an array `q` outside the range count as the nearest end, and weights are
/// not refused. The result is always an array.
///
/// # Source
/// `numpy.quantile`
///
/// # Examples
/// ```python
/// >>> cp.quantile(cp.asarray([[10, 7, 4], [3, 2, 1]]), 0.5)
/// array(3.5)
/// >>> cp.quantile(cp.asarray([1, 2, 3, 4, 5]), [0.25, 0.5])
/// array([2., 3.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None)")]
pub fn quantile(
    a: &Array,
    q: Nested,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    overwrite_input: bool,
    method: &str,
    keepdims: bool,
    weights: Option<&Array>,
) -> Result<Array> {
    let _ = overwrite_input;
    let levels = levels(a, q, 1)?;
    Quantiles { axes: axis, out, method, keepdims, weights, rule: NanRule::Spreads }.of(a, &levels)
}

/// The percentiles of array elements over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `q`: which percentiles: percentages from 0 to 100, a number or an array of up to two axes.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `method`: how a value between two elements is found: `'inverted_cdf'`, `'averaged_inverted_cdf'`,
///   `'closest_observation'`, `'interpolated_inverted_cdf'`, `'hazen'`, `'weibull'`, `'linear'`, `'median_unbiased'`,
///   `'normal_unbiased'`, `'lower'`, `'higher'`, `'midpoint'` or `'nearest'`.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `weights`: array of the shape of `a`, or of its shape along `axis`: how much elements weigh; for
///   `'inverted_cdf'` only.
///
/// # Returns
/// Array with the axes of `q` and then those that are left. NaN where all elements are.
///
/// # Errors
/// - `Value`: a number of `q` outside its range; another `method`; weights with another one; an axis named twice.
/// - `Axis`: an axis that `a` does not have.
/// - `Index`: there is no element.
/// - `Type`: complex elements.
///
/// # Differs from NumPy
/// Arrays are not read for checks: numbers of an array `q` outside the range count as the nearest end, and weights are
/// not refused. The result is always an array.
///
/// # Source
/// `numpy.nanpercentile`
///
/// # Examples
/// ```python
/// >>> cp.nanpercentile(cp.asarray([[10.0, cp.nan, 4.0], [3.0, 2.0, 1.0]]), 50, axis=1)
/// array([7., 2.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None)")]
pub fn nanpercentile(
    a: &Array,
    q: Nested,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    overwrite_input: bool,
    method: &str,
    keepdims: bool,
    weights: Option<&Array>,
) -> Result<Array> {
    let _ = overwrite_input;
    let levels = levels(a, q, 100)?;
    Quantiles { axes: axis, out, method, keepdims, weights, rule: NanRule::LeftOut }.of(a, &levels)
}

/// The quantiles of array elements over given axes, NaN left out.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `q`: which quantiles: probabilities from 0 to 1, a number or an array of up to two axes.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `overwrite_input`: accepted; `a` is never changed.
/// - `method`: how a value between two elements is found: `'inverted_cdf'`, `'averaged_inverted_cdf'`,
///   `'closest_observation'`, `'interpolated_inverted_cdf'`, `'hazen'`, `'weibull'`, `'linear'`, `'median_unbiased'`,
///   `'normal_unbiased'`, `'lower'`, `'higher'`, `'midpoint'` or `'nearest'`.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `weights`: array of the shape of `a`, or of its shape along `axis`: how much elements weigh; for
///   `'inverted_cdf'` only.
///
/// # Returns
/// Array with the axes of `q` and then those that are left. NaN where all elements are.
///
/// # Errors
/// - `Value`: a number of `q` outside its range; another `method`; weights with another one; an axis named twice.
/// - `Axis`: an axis that `a` does not have.
/// - `Index`: there is no element.
/// - `Type`: complex elements.
///
/// # Differs from NumPy
/// Arrays are not read for checks: numbers of an array `q` outside the range count as the nearest end, and weights are
/// not refused. The result is always an array.
///
/// # Source
/// `numpy.nanquantile`
///
/// # Examples
/// ```python
/// >>> cp.nanquantile(cp.asarray([[10.0, cp.nan, 4.0], [3.0, 2.0, 1.0]]), 0.5, axis=1)
/// array([7., 2.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None)")]
pub fn nanquantile(
    a: &Array,
    q: Nested,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    overwrite_input: bool,
    method: &str,
    keepdims: bool,
    weights: Option<&Array>,
) -> Result<Array> {
    let _ = overwrite_input;
    let levels = levels(a, q, 1)?;
    Quantiles { axes: axis, out, method, keepdims, weights, rule: NanRule::LeftOut }.of(a, &levels)
}

fn levels(a: &Array, q: Nested, scale: i64) -> Result<Levels> {
    if a.dtype().kind() == Kind::Complex {
        return Err(Error::type_error("a must be an array of real numbers"));
    }
    Levels::new(q, scale)
}
