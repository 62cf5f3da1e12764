//! Averages under NumPy's names and signatures.

use crate::array::Array;
use crate::engine::{ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::function;
use crate::math::functions::masked;
use cuprous_core::{DType, Result, Scalar};
use cuprous_ops::reductions::{MEAN, SUM};
use cuprous_ops::ufuncs::arithmetic::DIVIDE;

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
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None)")]
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
    let value = if value.dtype() == result { value } else { value.astype(result)? };
    match out {
        None => Ok(value),
        Some(out) if out.shape() != value.shape() => reduce(&MEAN, a, &ReduceOptions { out: Some(out), ..options }),
        Some(out) => {
            out.assign((&value).into())?;
            Ok(out.clone())
        }
    }
}
