//! Membership, and what two sets have in common, under NumPy's names and signatures.

use super::unique::{call, distinct, distinct_places, part, taken};
use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::function::{IntoValue, Value, function};
use crate::indexing::flat_nonzero;
use crate::manipulation::joining::{JoinOptions, join};
use crate::sorting::rows::{Wanted, are_among, packed, sort_rows};
use crate::sorting::searching::as_dtype;
use cuprous_core::layout::Slice;
use cuprous_core::promote::promote;
use cuprous_core::{DType, Error, Result, Scalar};
use cuprous_ops::ufuncs::arithmetic::SUBTRACT;
use cuprous_ops::ufuncs::comparison::{EQUAL, NOT_EQUAL};
use cuprous_ops::ufuncs::logic::{LOGICAL_AND, LOGICAL_NOT};

/// Whether each element of an array is among other elements.
///
/// # Parameters
/// - `element`: array of any shape.
/// - `test_elements`: array of any shape: the other elements.
/// - `assume_unique`: accepted; repetitions change nothing here.
/// - `invert`: whether the answers are turned around.
/// - `kind`: `None`, `'sort'` or `'table'`, which all mean the same here.
///
/// # Returns
/// Array of bool of the shape of `element`. NaN is equal to nothing.
///
/// # Errors
/// - `Value`: another `kind`, or `'table'` for dtypes other than integers and bool.
///
/// # Source
/// `numpy.isin`
///
/// # Examples
/// ```python
/// >>> cp.isin(cp.asarray([[0, 2], [4, 6]]), cp.asarray([1, 2, 4, 8]))
/// array([[False,  True],
///        [ True, False]])
/// ```
#[function(signature = "(element, test_elements, assume_unique=False, invert=False, *, kind=None)")]
pub fn isin(element: &Array, test_elements: &Array, assume_unique: bool, invert: bool, kind: Option<&str>) -> Result<Array> {
    let _ = assume_unique;
    match kind {
        None | Some("sort") => {}
        Some("table") if element.dtype().is_integral() && test_elements.dtype().is_integral() => {}
        Some("table") => {
            return Err(Error::value(
                "The 'table' method is only supported for boolean or integer arrays. Please select 'sort' or None for kind.",
            ));
        }
        Some(other) => return Err(Error::value(format!("Invalid kind: '{other}'. Please use None, 'sort' or 'table'."))),
    }
    if test_elements.size() == 0 {
        let options = CreateOptions { device: Some(element.device()), ..CreateOptions::default() };
        return creation::full(element.shape(), Scalar::from(invert), options);
    }
    let dtype = promote(element.dtype(), test_elements.dtype());
    let (elements, tests) = (as_dtype(element, dtype)?, as_dtype(test_elements, dtype)?);
    let tests = ordered(&tests)?;
    let is_there = are_among(&tests, &elements)?;
    if invert { call(&LOGICAL_NOT, &[(&is_there).into()]) } else { Ok(is_there) }
}

/// Whether each element of an array is among other elements, flattened.
///
/// # Parameters
/// - `ar1`: array of any shape.
/// - `ar2`: array of any shape: the other elements.
/// - `assume_unique`: accepted; repetitions change nothing here.
/// - `invert`: whether the answers are turned around.
///
/// # Returns
/// Array of bool with one axis. NaN is equal to nothing.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `cupy.in1d`
///
/// # Examples
/// ```python
/// >>> cp.in1d(cp.asarray([0, 2, 4]), cp.asarray([2, 4, 8]))
/// array([False,  True,  True])
/// ```
#[function(signature = "(ar1, ar2, assume_unique=False, invert=False)")]
pub fn in1d(ar1: &Array, ar2: &Array, assume_unique: bool, invert: bool) -> Result<Array> {
    isin(&ar1.reshape(&[-1])?, ar2, assume_unique, invert, None)
}

/// The elements that two arrays have in common, sorted and without repetitions.
///
/// # Parameters
/// - `ar1`: array of any shape.
/// - `ar2`: array of any shape.
/// - `assume_unique`: whether neither has repetitions, which need not be looked for then.
/// - `return_indices`: whether the places of the first of each in both arrays are returned too.
///
/// # Returns
/// Array of the common dtype with one axis, or a tuple of it and of two arrays of int64. Its length is read from the
/// device.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.intersect1d`
///
/// # Examples
/// ```python
/// >>> cp.intersect1d(cp.asarray([1, 3, 4, 3]), cp.asarray([3, 1, 2, 1]))
/// array([1, 3])
/// ```
#[function(signature = "(ar1, ar2, assume_unique=False, return_indices=False)")]
pub fn intersect1d(ar1: &Array, ar2: &Array, assume_unique: bool, return_indices: bool) -> Result<Value> {
    let one = |a: &Array| -> Result<(Array, Option<Array>)> {
        if assume_unique {
            return Ok((a.reshape(&[-1])?, None));
        }
        if return_indices { distinct_places(a).map(|(values, places)| (values, Some(places))) } else { Ok((distinct(a, true)?, None)) }
    };
    let ((first, first_places), (second, second_places)) = (one(ar1)?, one(ar2)?);
    let both = join(&[first.clone(), second], 0, JoinOptions::default())?;
    if both.size() == 0 {
        let options = CreateOptions { device: Some(both.device()), ..CreateOptions::default() };
        let none = creation::empty(&[0], DType::I64, options)?;
        return Ok(if return_indices { vec![both, none.clone(), none].into_value() } else { both.into_value() });
    }
    let sorted = sort_rows(&both.reshape(&[1, -1])?, if return_indices { Wanted::Both } else { Wanted::Values })?;
    let values = sorted.values.unwrap_or(both).reshape(&[-1])?;
    let is_pair = call(&EQUAL, &[(&part(&values, 1, 0)?).into(), (&part(&values, 0, 1)?).into()])?;
    let pairs = flat_nonzero(&is_pair)?;
    let common = taken(&values, &pairs, 0)?;
    let Some(places) = sorted.places else { return Ok(common.into_value()) };
    let places = places.reshape(&[-1])?;
    // The sort is stable, so of a pair the element of the first array is in front.
    let own = taken(&part(&places, 0, 1)?, &pairs, 0)?;
    let other = call(&SUBTRACT, &[(&taken(&part(&places, 1, 0)?, &pairs, 0)?).into(), first.size().into()])?;
    let back = |places: Array, of: Option<Array>| match of {
        Some(of) => taken(&of, &places, 0),
        None => Ok(places),
    };
    Ok(vec![common, back(own, first_places)?, back(other, second_places)?].into_value())
}

/// The elements that are in either of two arrays, sorted and without repetitions.
///
/// # Parameters
/// - `ar1`: array of any shape.
/// - `ar2`: array of any shape.
///
/// # Returns
/// Array of the common dtype with one axis. Its length is read from the device.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.union1d`
///
/// # Examples
/// ```python
/// >>> cp.union1d(cp.asarray([-1, 0, 1]), cp.asarray([-2, 0, 2]))
/// array([-2, -1,  0,  1,  2])
/// ```
#[function(signature = "(ar1, ar2)")]
pub fn union1d(ar1: &Array, ar2: &Array) -> Result<Array> {
    distinct(&join(&[ar1.reshape(&[-1])?, ar2.reshape(&[-1])?], 0, JoinOptions::default())?, true)
}

/// The elements of one array that are not in another, without repetitions.
///
/// # Parameters
/// - `ar1`: array of any shape.
/// - `ar2`: array of any shape.
/// - `assume_unique`: whether neither has repetitions; then the order of `ar1` stays.
///
/// # Returns
/// Array of the dtype of `ar1` with one axis, sorted. Its length is read from the device.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.setdiff1d`
///
/// # Examples
/// ```python
/// >>> cp.setdiff1d(cp.asarray([1, 2, 3, 2, 4, 1]), cp.asarray([3, 4, 5]))
/// array([1, 2])
/// ```
#[function(signature = "(ar1, ar2, assume_unique=False)")]
pub fn setdiff1d(ar1: &Array, ar2: &Array, assume_unique: bool) -> Result<Array> {
    let own = if assume_unique { ar1.reshape(&[-1])? } else { distinct(ar1, true)? };
    let is_left = isin(&own, ar2, true, true, None)?;
    taken(&own, &flat_nonzero(&is_left)?, 0)
}

/// The elements that are in exactly one of two arrays, sorted and without repetitions.
///
/// # Parameters
/// - `ar1`: array of any shape.
/// - `ar2`: array of any shape.
/// - `assume_unique`: whether neither has repetitions, which need not be looked for then.
///
/// # Returns
/// Array of the common dtype with one axis. Its length is read from the device.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.setxor1d`
///
/// # Examples
/// ```python
/// >>> cp.setxor1d(cp.asarray([1, 2, 3, 2, 4]), cp.asarray([2, 3, 5, 7, 5]))
/// array([1, 4, 5, 7])
/// ```
#[function(signature = "(ar1, ar2, assume_unique=False)")]
pub fn setxor1d(ar1: &Array, ar2: &Array, assume_unique: bool) -> Result<Array> {
    let one = |a: &Array| if assume_unique { a.reshape(&[-1]) } else { distinct(a, true) };
    let values = join(&[one(ar1)?, one(ar2)?], 0, JoinOptions::default())?;
    let n = values.size();
    if n == 0 {
        return Ok(values);
    }
    let values = ordered(&values)?;
    // Where a value begins, and behind the last one.
    let options = CreateOptions { device: Some(values.device()), ..CreateOptions::default() };
    let begins = creation::full(&[n + 1], Scalar::from(true), options)?;
    if n > 1 {
        let differs = call(&NOT_EQUAL, &[(&part(&values, 1, 0)?).into(), (&part(&values, 0, 1)?).into()])?;
        begins.set(&[Slice::Range(Some(1), Some(n as isize), 1)], (&differs).into())?;
    }
    let is_single = call(&LOGICAL_AND, &[(&part(&begins, 1, 0)?).into(), (&part(&begins, 0, 1)?).into()])?;
    taken(&values, &flat_nonzero(&is_single)?, 0)
}

/// All elements, sorted, with one axis.
fn ordered(a: &Array) -> Result<Array> {
    let rows = packed(a)?.reshape(&[1, a.size() as isize])?;
    sort_rows(&rows, Wanted::Values)?.values.unwrap_or(rows).reshape(&[-1])
}
