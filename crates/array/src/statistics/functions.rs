//! Averages under NumPy's names and signatures.

use crate::array::Array;
use crate::creation::full_like;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::methods::{axes_of, masked};
use crate::engine::{ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::{IntoValue, Value, function};
use crate::manipulation::functions::distinct_axes;
use cuprous_core::promote::promote;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, Result, Scalar};
use cuprous_ops::reductions::{MAX, MEAN, MIN, SUM};
use cuprous_ops::ufuncs::arithmetic::{DIVIDE, MULTIPLY, SUBTRACT};

/// The arithmetic mean of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the sum. By default that of `a`, and float64 for integers and bool;
///   float16 is summed in float32.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; without axes if none is. Over no elements it is NaN.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// The mean of nothing raises no warning. The result is always an array.
///
/// # Source
/// `numpy.mean`
///
/// # Examples
/// ```python
/// >>> cp.mean(cp.asarray([[1, 2], [3, 4]]), axis=0)
/// array([2., 3.])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None)", method)]
pub fn mean(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    r#where: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims };
    let Some(mask) = r#where else { return reduce(&MEAN, a, &options) };
    let result = dtype.unwrap_or(if a.dtype().is_integral() { DType::F64 } else { a.dtype() });
    let wide = if result == DType::F16 { DType::F32 } else { result };
    let options = ReduceOptions { dtype: Some(wide), out: None, ..options };
    let total = reduce(&SUM, &masked(a, mask, Scalar::zero(a.dtype()))?, &options)?;
    let count = reduce(&SUM, &mask.broadcast_to(a.shape())?, &options)?;
    let value = apply(&DIVIDE, &[(&total).into(), (&count).into()], &UfuncOptions::default())?;
    let value = value.cast(result)?;
    match out {
        None => Ok(value),
        Some(out) if out.shape() != value.shape() => reduce(&MEAN, a, &ReduceOptions { out: Some(out), ..options }),
        Some(out) => {
            out.assign((&value).into())?;
            Ok(out.clone())
        }
    }
}

/// The range of array elements over given axes: the largest less the smallest.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
///
/// # Returns
/// Array of the dtype of `a` with the axes that are left; integers wrap.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; no element; an `out` of another shape.
/// - `Type`: `a` is of bool.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.ptp`
///
/// # Examples
/// ```python
/// >>> cp.ptp(cp.asarray([[1, 7], [3, 4]]), axis=1)
/// array([6, 1])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False)", method)]
pub fn ptp(a: &Array, axis: Option<&[isize]>, out: Option<&Array>, keepdims: bool) -> Result<Array> {
    let options = ReduceOptions { axes: axes_of(a, axis), dtype: None, out: None, keep_axes: keepdims };
    let (high, low) = (reduce(&MAX, a, &options)?, reduce(&MIN, a, &options)?);
    apply(&SUBTRACT, &[(&high).into(), (&low).into()], &UfuncOptions { out, ..UfuncOptions::default() })
}

/// What `average` returns: to Python the first, or both as a tuple.
pub struct Average {
    /// The averages
    pub value: Array,
    /// The sums of the weights, if they were asked for
    pub weights: Option<Array>,
}

impl IntoValue for Average {
    fn into_value(self) -> Value {
        match self.weights {
            Some(weights) => (self.value, weights).into_value(),
            None => self.value.into_value(),
        }
    }
}

/// The weighted average of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to average over; by default all.
/// - `weights`: array of the shape of `a`, or of its shape along `axis`; by default all weigh the same.
/// - `returned`: whether the sums of the weights are returned as well.
/// - `keepdims`: whether reduced axes stay, with length 1.
///
/// # Returns
/// Array with the axes that are left, or that and the sums of the weights.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; weights of another shape.
/// - `Type`: weights of another shape without `axis`.
///
/// # Differs from NumPy
/// Weights that sum to zero give NaN or infinities instead of an error: elements are not read for it.
///
/// # Source
/// `numpy.average`
///
/// # Examples
/// ```python
/// >>> cp.average(cp.asarray([1.0, 2.0, 4.0]), weights=cp.asarray([1, 1, 2]))
/// array(2.75)
/// ```
#[function(signature = "(a, axis=None, weights=None, returned=False, *, keepdims=False)")]
pub fn average(a: &Array, axis: Option<&[isize]>, weights: Option<&Array>, returned: bool, keepdims: bool) -> Result<Average> {
    let plain = UfuncOptions::default();
    if let Some(axes) = axis {
        distinct_axes(axes, a.n_axes(), "axis")?;
    }
    let axes = axes_of(a, axis);
    let options = ReduceOptions { axes, dtype: None, out: None, keep_axes: keepdims };
    let (value, weight) = match weights {
        None => {
            let value = reduce(&MEAN, a, &options)?;
            let weight = a.size() as f64 / (value.size().max(1)) as f64;
            let weight = full_like(&value, None, Scalar::from(weight).cast(value.dtype()), MemoryOrder::Keep)?;
            (value, weight)
        }
        Some(weights) => {
            let both = promote(a.dtype(), weights.dtype());
            let dtype = if a.dtype().is_integral() { promote(both, DType::F64) } else { both };
            let weights = weights_along(a, weights, axes)?;
            let options = ReduceOptions { dtype: Some(dtype), ..options };
            let weight = reduce(&SUM, &weights.broadcast_to(a.shape())?, &options)?;
            let product = apply(&MULTIPLY, &[a.into(), (&weights).into()], &UfuncOptions { dtype: Some(dtype), ..plain })?;
            let total = reduce(&SUM, &product, &options)?;
            (apply(&DIVIDE, &[(&total).into(), (&weight).into()], &plain)?, weight)
        }
    };
    Ok(Average { value, weights: returned.then_some(weight) })
}

/// Weights with an axis for each of the array's, of length 1 where they have none.
pub(super) fn weights_along(a: &Array, weights: &Array, axes: Option<&[isize]>) -> Result<Array> {
    if weights.shape() == a.shape() {
        return Ok(weights.clone());
    }
    let Some(axes) = axes else {
        return Err(Error::type_error("Axis must be specified when shapes of a and weights differ."));
    };
    let places = axes.iter().map(|&k| normalize_axis(k, a.n_axes())).collect::<Result<Vec<_>>>()?;
    if weights.n_axes() != places.len() || places.iter().zip(weights.shape()).any(|(&k, &n)| a.shape()[k] != n) {
        return Err(Error::value("Shape of weights must be consistent with shape of a along specified axis."));
    }
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&k| places[k]);
    let turned = weights.permute(&order.iter().map(|&k| k as isize).collect::<Vec<_>>())?;
    let shape: Vec<isize> = (0..a.n_axes()).map(|k| if places.contains(&k) { a.shape()[k] as isize } else { 1 }).collect();
    turned.reshape(&shape)
}
