//! Running sums and products, and sums that leave NaN out, under NumPy's names and signatures.

use crate::array::Array;
use crate::creation::{CreateOptions, full};
use crate::engine::methods::reduce_by;
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, scan};
use crate::function::function;
use crate::manipulation::functions::ravel;
use crate::manipulation::joining::{JoinOptions, join};
use crate::statistics::nan::without_nan;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, can_cast};
use cuprous_core::shape::{normalize_axis, tight};
use cuprous_core::{DType, Error, Result, Scalar, ScanDef};
use cuprous_ops::scans::{CUMPROD, CUMSUM};
use cuprous_ops::ufuncs::arithmetic::{ADD, MULTIPLY, SUBTRACT};

/// The running products of array elements along an axis.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to go along; by default the elements in C order.
/// - `dtype`: the dtype of the result and of the computation. By default that of `a`, and int64 or uint64 for smaller
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
/// Floats are joined in another fixed order, so they may differ in the last places.
///
/// # Source
/// `numpy.cumprod`
///
/// # Examples
/// ```python
/// >>> cp.cumprod(cp.asarray([[1, 2], [3, 4]]), axis=0)
/// array([[1, 2],
///        [3, 8]])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None)", method)]
pub fn cumprod(a: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    running(&CUMPROD, a, axis, dtype, out)
}

/// The running sums along an axis, NaN counting as 0.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to go along; by default the elements in C order.
/// - `dtype`: the dtype of the result and of the computation. By default that of `a`, and int64 or uint64 for smaller
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
/// Floats are joined in another fixed order, so they may differ in the last places.
///
/// # Source
/// `numpy.nancumsum`
///
/// # Examples
/// ```python
/// >>> cp.nancumsum(cp.asarray([1.0, cp.nan, 2.0]))
/// array([1., 1., 3.])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None)")]
pub fn nancumsum(a: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    running(&CUMSUM, &without_nan(a, Scalar::zero(a.dtype()))?, axis, dtype, out)
}

/// The running products along an axis, NaN counting as 1.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to go along; by default the elements in C order.
/// - `dtype`: the dtype of the result and of the computation. By default that of `a`, and int64 or uint64 for smaller
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
/// Floats are joined in another fixed order, so they may differ in the last places.
///
/// # Source
/// `numpy.nancumprod`
///
/// # Examples
/// ```python
/// >>> cp.nancumprod(cp.asarray([2.0, cp.nan, 3.0]))
/// array([2., 2., 6.])
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None)")]
pub fn nancumprod(a: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    running(&CUMPROD, &without_nan(a, Scalar::one(a.dtype()))?, axis, dtype, out)
}

/// The running sums along an axis, as the array API standard has them.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `axis`: the axis to go along; needed if there are several.
/// - `dtype`: the dtype of the result and of the computation. By default that of `x`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `include_initial`: whether the sums begin with that of no element.
///
/// # Returns
/// Array of the shape of `x`, one longer along the axis with `include_initial`.
///
/// # Errors
/// - `Axis`: an axis that `x` does not have.
/// - `Shape`: an `out` of another shape.
/// - `Value`: no axis for an array of several.
///
/// # Differs from NumPy
/// Floats are joined in another fixed order, so they may differ in the last places.
///
/// # Source
/// `numpy.cumulative_sum`
///
/// # Examples
/// ```python
/// >>> cp.cumulative_sum(cp.asarray([1, 2, 3]), include_initial=True)
/// array([0, 1, 3, 6])
/// ```
#[function(signature = "(x, /, *, axis=None, dtype=None, out=None, include_initial=False)")]
pub fn cumulative_sum(x: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>, include_initial: bool) -> Result<Array> {
    cumulative(&CUMSUM, "cumulative_sum", x, axis, dtype, out, include_initial.then_some(Scalar::zero))
}

/// The running products along an axis, as the array API standard has them.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `axis`: the axis to go along; needed if there are several.
/// - `dtype`: the dtype of the result and of the computation. By default that of `x`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `include_initial`: whether the products begin with that of no element.
///
/// # Returns
/// Array of the shape of `x`, one longer along the axis with `include_initial`.
///
/// # Errors
/// - `Axis`: an axis that `x` does not have.
/// - `Shape`: an `out` of another shape.
/// - `Value`: no axis for an array of several.
///
/// # Differs from NumPy
/// Floats are joined in another fixed order, so they may differ in the last places.
///
/// # Source
/// `numpy.cumulative_prod`
///
/// # Examples
/// ```python
/// >>> cp.cumulative_prod(cp.asarray([1, 2, 3]), include_initial=True)
/// array([1, 1, 2, 6])
/// ```
#[function(signature = "(x, /, *, axis=None, dtype=None, out=None, include_initial=False)")]
pub fn cumulative_prod(x: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>, include_initial: bool) -> Result<Array> {
    cumulative(&CUMPROD, "cumulative_prod", x, axis, dtype, out, include_initial.then_some(Scalar::one))
}

/// The sum of array elements over given axes, NaN counting as 0.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the computation. By default that of `a`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: a number that each result starts with.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; without axes if none is.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// Floats are joined in another fixed order, so they may differ in the last places. The result is
/// always an array.
///
/// # Source
/// `numpy.nansum`
///
/// # Examples
/// ```python
/// >>> cp.nansum(cp.asarray([1.0, cp.nan, 2.0]))
/// array(3.)
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)")]
pub fn nansum(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims };
    reduce_by(&ADD, &without_nan(a, Scalar::zero(a.dtype()))?, options, initial.into(), r#where)
}

/// The product of array elements over given axes, NaN counting as 1.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the result and of the computation. By default that of `a`, and int64 or uint64 for smaller
///   integers and bool.
/// - `out`: array for the result.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `initial`: a number that each result starts with.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
///
/// # Returns
/// Array with the axes that are left; without axes if none is.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
///
/// # Differs from NumPy
/// Floats are joined in another fixed order, so they may differ in the last places. The result is
/// always an array.
///
/// # Source
/// `numpy.nanprod`
///
/// # Examples
/// ```python
/// >>> cp.nanprod(cp.asarray([2.0, cp.nan, 3.0]))
/// array(6.)
/// ```
#[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)")]
pub fn nanprod(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    keepdims: bool,
    initial: Option<Input>,
    r#where: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axis, dtype, out, keep_axes: keepdims };
    reduce_by(&MULTIPLY, &without_nan(a, Scalar::one(a.dtype()))?, options, initial.into(), r#where)
}

/// The differences between neighbouring elements in C order, with elements before and after.
///
/// # Parameters
/// - `ary`: array of any shape, taken as one line.
/// - `to_end`: what stands after the differences.
/// - `to_begin`: what stands before them.
///
/// # Returns
/// Array with one axis and the dtype of `ary`.
///
/// # Errors
/// - `Type`: `to_begin` or `to_end` is of another kind of dtype; `ary` is of bool.
///
/// # Source
/// `numpy.ediff1d`
///
/// # Examples
/// ```python
/// >>> cp.ediff1d(cp.asarray([1, 2, 4, 7]), to_begin=-9)
/// array([-9,  1,  2,  3])
/// ```
#[function(signature = "(ary, to_end=None, to_begin=None)")]
pub fn ediff1d(ary: &Array, to_end: Option<&Array>, to_begin: Option<&Array>) -> Result<Array> {
    let line = ravel(ary, None)?;
    for (name, part) in [("to_begin", to_begin), ("to_end", to_end)] {
        if part.is_some_and(|p| !can_cast(p.dtype(), line.dtype(), Casting::SameKind)) {
            return Err(Error::type_error(format!("dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")));
        }
    }
    let part = |from, to| line.slice(&[Slice::Range(from, to, 1)]);
    let differences = apply(&SUBTRACT, &[(&part(Some(1), None)?).into(), (&part(None, Some(-1))?).into()], &UfuncOptions::default())?;
    if to_begin.is_none() && to_end.is_none() {
        return Ok(differences);
    }
    let mut parts = Vec::with_capacity(3);
    parts.extend(to_begin.map(|a| ravel(a, None)).transpose()?);
    parts.push(differences);
    parts.extend(to_end.map(|a| ravel(a, None)).transpose()?);
    join(&parts, 0, JoinOptions { dtype: Some(line.dtype()), ..JoinOptions::default() })
}

/// A scan with `out`.
pub(crate) fn running(def: &'static ScanDef, a: &Array, axis: Option<isize>, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    let value = scan(def, a, axis, dtype)?;
    let Some(out) = out else { return Ok(value) };
    if out.shape() != value.shape() {
        return Err(Error::shape(format!(
            "output array of shape {} is not of the shape of the running results, {}",
            tight(out.shape()),
            tight(value.shape())
        )));
    }
    out.assign((&value).into())?;
    Ok(out.clone())
}

fn cumulative(
    def: &'static ScanDef,
    name: &str,
    x: &Array,
    axis: Option<isize>,
    dtype: Option<DType>,
    out: Option<&Array>,
    initial: Option<fn(DType) -> Scalar>,
) -> Result<Array> {
    // NumPy takes a number for an array of one element.
    let line;
    let x = if x.n_axes() == 0 {
        line = x.reshape(&[1])?;
        &line
    } else {
        x
    };
    let axis = match axis {
        Some(axis) => normalize_axis(axis, x.n_axes())?,
        None if x.n_axes() == 1 => 0,
        None => return Err(Error::value("For arrays which have more than one dimension ``axis`` argument is required.")),
    };
    let Some(initial) = initial else { return running(def, x, Some(axis as isize), dtype, out) };
    let value = scan(def, x, Some(axis as isize), dtype)?;
    let mut shape = value.shape().to_vec();
    shape[axis] += 1;
    let target = match out {
        Some(out) if out.shape() != &shape[..] => {
            return Err(Error::shape(format!(
                "output array of shape {} is not of the shape of {name}, {}",
                tight(out.shape()),
                tight(&shape)
            )));
        }
        Some(out) => out.clone(),
        None => {
            let options = CreateOptions { device: Some(x.device()), ..CreateOptions::default() };
            full(&shape, initial(value.dtype()), options)?
        }
    };
    let mut index = vec![Slice::Range(None, None, 1); shape.len()];
    index[axis] = Slice::Range(None, Some(1), 1);
    target.set(&index, Input::Scalar(initial(target.dtype())))?;
    index[axis] = Slice::Range(Some(1), None, 1);
    target.set(&index, (&value).into())?;
    Ok(target)
}
