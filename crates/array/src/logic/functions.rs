//! Choice and truth under NumPy's names and signatures.

use super::select;
use crate::array::Array;
use crate::creation::functions::{dtype_of, operand};
use crate::engine::{Input, ReduceOptions, reduce};
use crate::function::{IntoValue, Value, function};
use crate::math::functions::{axes_of, masked};
use cuprous_core::promote::result_type;
use cuprous_core::{Error, Result, Scalar, Weak};
use cuprous_ops::reductions::{ALL_TRUE, ANY};

/// Elements of one array or of another, by a condition; without them the places where it holds.
///
/// # Parameters
/// - `condition`: array or number; where it is true the result is of `x`, else of `y`.
/// - `x`, `y`: arrays or numbers that broadcast with `condition`. A Python number takes the dtype of the other.
///
/// # Returns
/// Array of the common shape and dtype. Without `x` and `y` what `nonzero(condition)` returns: a tuple with an array of
/// int64 for each axis.
///
/// # Errors
/// - `Value`: only one of `x` and `y` is given; a condition without axes alone.
/// - `Shape`: the shapes do not broadcast.
/// - `Overflow`: a Python integer of more than 64 bits among integers.
///
/// # Source
/// `numpy.where`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.where(a < 3, a, 10 * a)
/// array([ 0,  1,  2, 30, 40, 50])
/// ```
#[function(signature = "(condition, x=None, y=None, /)")]
pub fn r#where(condition: Input, x: Option<Input>, y: Option<Input>) -> Result<Value> {
    match (x, y) {
        (Some(x), Some(y)) => {
            // Integers of 64 bits wrap to an integer dtype of the result; larger ones only fit floats.
            let is_too_large = |x: Input| matches!(x, Input::Weak(Weak::Int(i)) if i > u64::MAX.into() || i < i64::MIN.into());
            let is_float = result_type(&[operand(x), operand(y)]).is_some_and(|d| d.is_inexact());
            if !is_float && (is_too_large(x) || is_too_large(y)) {
                return Err(Error::overflow("Python int too large to convert to C long"));
            }
            select(condition, x, y).map(Value::Array)
        }
        (None, None) => match condition {
            Input::Array(a) => Ok(crate::indexing::nonzero(a)?.into_value()),
            other => Err(crate::indexing::without_axes(dtype_of(other))),
        },
        _ => Err(Error::value("either both or neither of x and y should be given")),
    }
}

/// Whether any element is true, over given axes.
///
/// # Parameters
/// - `a`: array of any shape and dtype; what is not zero is true, NaN too.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array of bool with the axes that are left. Over no elements it is false.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice.
/// - `Type`: `where` is not of dtype bool.
///
/// # Source
/// `numpy.any`
///
/// # Examples
/// ```python
/// >>> cp.any(cp.asarray([[True, False], [False, False]]), axis=1)
/// array([ True, False])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, *, where=None)", method)]
pub fn any(a: &Array, axis: Option<&[isize]>, out: Option<&Array>, keepdims: bool, r#where: Option<&Array>) -> Result<Array> {
    let options = ReduceOptions { axes: axes_of(a, axis), out, keep_axes: keepdims, dtype: None };
    match r#where {
        None => reduce(&ANY, a, &options),
        Some(mask) => reduce(&ANY, &masked(a, mask, Scalar::zero(a.dtype()))?, &options),
    }
}

/// Whether all elements are true, over given axes.
///
/// # Parameters
/// - `a`: array of any shape and dtype; what is not zero is true, NaN too.
/// - `axis`: the axes to reduce; by default all.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array of bool with the axes that are left. Over no elements it is true.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice.
/// - `Type`: `where` is not of dtype bool.
///
/// # Source
/// `numpy.all`
///
/// # Examples
/// ```python
/// >>> cp.all(cp.asarray([[True, False], [True, True]]), axis=1)
/// array([False,  True])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, *, where=None)", method)]
pub fn all(a: &Array, axis: Option<&[isize]>, out: Option<&Array>, keepdims: bool, r#where: Option<&Array>) -> Result<Array> {
    let options = ReduceOptions { axes: axes_of(a, axis), out, keep_axes: keepdims, dtype: None };
    match r#where {
        None => reduce(&ALL_TRUE, a, &options),
        Some(mask) => reduce(&ALL_TRUE, &masked(a, mask, Scalar::one(a.dtype()))?, &options),
    }
}
