//! Sums, products and extremes under NumPy's names and signatures.

use crate::array::Array;
use crate::engine::methods::reduce_as;
pub(crate) use crate::engine::methods::{axes_of, masked, number};
use crate::engine::{Input, ReduceOptions};
use crate::function::function;
use crate::math::running::running;
use cuprous_core::{DType, ReduceDef, Result, UfuncDef};
use cuprous_ops::reductions::{MAX, MIN, PROD, SUM};
use cuprous_ops::scans::CUMSUM;
use cuprous_ops::ufuncs::arithmetic::{ADD, MAXIMUM, MINIMUM, MULTIPLY};

/// The sum of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the sum. By default that of `a`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: a number to add to each sum.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; without axes if none is. Over no elements it is 0.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// The elements are added in another fixed order, so floats may differ in the last places. The result is always an
/// array.
///
/// # Source
/// `numpy.sum`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[1, 2], [3, 4]])
/// >>> cp.sum(a)
/// array(10)
/// >>> cp.sum(a, axis=0, keepdims=True)
/// array([[4, 6]])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)", method)]
pub fn sum(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    fold(&SUM, &ADD, a, ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims }, initial, r#where)
}

/// The product of array elements over given axes.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the product. By default that of `a`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: a number to multiply each product with.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; without axes if none is. Over no elements it is 1.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// The elements are multiplied in another fixed order, so floats may differ in the last places. The result is
/// always an array.
///
/// # Source
/// `numpy.prod`
///
/// # Examples
/// ```python
/// >>> cp.prod(cp.asarray([[1, 2], [3, 4]]), axis=1)
/// array([ 2, 12])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)", method)]
pub fn prod(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    fold(&PROD, &MULTIPLY, a, ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims }, initial, r#where)
}

/// The largest element over given axes; NaN where there is one.
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
/// Array of the dtype of `a` with the axes that are left.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element and no `initial`; an axis is named twice; `where` without `initial`; an `out` of
///   another shape.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.max`
///
/// # Examples
/// ```python
/// >>> cp.max(cp.asarray([[1, 7], [3, 4]]), axis=1)
/// array([7, 4])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, initial=None, where=None)", aliases = "amax", method)]
pub fn max(
    a: &Array,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    fold(&MAX, &MAXIMUM, a, ReduceOptions { axes: axis, dtype: None, out, keep_axes: keepdims }, initial, r#where)
}

/// The smallest element over given axes; NaN where there is one.
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
/// Array of the dtype of `a` with the axes that are left.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: there is no element and no `initial`; an axis is named twice; `where` without `initial`; an `out` of
///   another shape.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.min`
///
/// # Examples
/// ```python
/// >>> cp.min(cp.asarray([[1, 7], [3, 4]]), axis=1)
/// array([1, 3])
/// ```
#[function(signature = "(a, axis=None, out=None, keepdims=False, initial=None, where=None)", aliases = "amin", method)]
pub fn min(
    a: &Array,
    axis: Option<&[isize]>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    fold(&MIN, &MINIMUM, a, ReduceOptions { axes: axis, dtype: None, out, keep_axes: keepdims }, initial, r#where)
}

/// The running sums of array elements along an axis.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to go along; by default the elements in C order.
/// - `dtype`: the dtype of the result and of the sums. By default that of `a`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
///
/// # Returns
/// Array of the shape of `a`, or `(a.size,)` without `axis`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Shape`: an `out` of another shape.
///
/// # Differs from NumPy
/// The elements are added in another fixed order, so floats may differ in the last places.
///
/// # Source
/// `numpy.cumsum`
///
/// # Examples
/// ```python
/// >>> cp.cumsum(cp.asarray([[1, 2], [3, 4]]), axis=0)
/// array([[1, 2],
///        [4, 6]])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None)", method)]
pub fn cumsum(a: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    running(&CUMSUM, a, axis, dtype, out)
}

/// A reduction with a start value and a mask; `join` joins two of its values.
fn fold(
    def: &'static ReduceDef,
    join: &'static UfuncDef,
    a: &Array,
    options: ReduceOptions,
    initial: Option<Input>,
    mask: Option<&Array>,
) -> Result<Array> {
    reduce_as(def, join, a, options, initial.into(), mask)
}
