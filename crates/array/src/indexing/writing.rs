//! Elements chosen by indices, under NumPy's and CuPy's names and signatures: writing to them.

use super::access::{along, scatter};
use super::diagonal;
use super::functions::{line_by_line, local};
use super::nonzero::flat_nonzero;
use super::repeat::{repeated, through_flat};
use super::subscript::{as_values, write_where};
use crate::array::Array;
use crate::engine::Input;
use crate::function::{Given, Places, Subscript, Target, function};
use cuprous_core::indexing::IndexMode;
use cuprous_core::promote::{Casting, is_safe};
use cuprous_core::shape::tight;
use cuprous_core::{DType, Error, Result};
use cuprous_ops::ufuncs::arithmetic::{ADD, MAXIMUM, MINIMUM};

/// Values of the target's dtype: arrays must cast safely to it.
fn safely(a: &Array, given: Given) -> Result<Array> {
    if let Input::Array(v) = given.input
        && !given.is_fresh
        && !is_safe(v.dtype(), a.dtype())
    {
        let what = if v.n_axes() == 0 { "scalar" } else { "array data" };
        return Err(Error::type_error(format!(
            "Cannot cast {what} from dtype('{}') to dtype('{}') according to the rule 'safe'",
            v.dtype(),
            a.dtype()
        )));
    }
    as_values(a, given.input)
}

/// Writes values to given places of the flattened array.
///
/// # Parameters
/// - `a`: array that is written to.
/// - `ind`: integers: places in C order; negative ones count from the end.
/// - `v`: values, cast to the dtype of `a`; if there are fewer than places they begin anew.
/// - `mode`: what a place outside the array means: `'raise'` is an error, `'wrap'` counts around the array, `'clip'` takes
///   the nearest end, and the first element for negative places.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Index`: a place outside the array, with `mode='raise'`; an array without elements.
/// - `Type`: places that do not cast safely to int64.
/// - `Value`: another word for `mode`.
///
/// # Differs from NumPy
/// On a GPU places that are there already are checked there: the error comes at the next read or synchronization. Of several
/// values for one place any one may stay there.
///
/// # Source
/// `numpy.put`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(5)
/// >>> cp.put(a, [0, 2], [-44, -55])
/// >>> a
/// array([-44,   1, -55,   3,   4])
/// ```
#[function(signature = "(a, ind, v, mode='raise')", method = "(indices, values, mode='raise')")]
pub fn put(a: Target, ind: Places, v: Input, mode: IndexMode) -> Result<()> {
    let a = a.0;
    let mode = if mode == IndexMode::Raise { super::mode([a.size()]) } else { mode };
    let values = as_values(a, v)?;
    let n = ind.array.size();
    let index = local(ind, a, 0, a.size(), mode, Casting::Safe)?;
    if a.size() == 0 && n > 0 {
        return Err(Error::index("cannot replace elements of an empty array"));
    }
    if n == 0 || values.size() == 0 {
        return Ok(());
    }
    let values = repeated(&values, n)?;
    let index = index.reshape(&[-1])?;
    through_flat(a, |flat| scatter(&along(flat, 0, &index, mode)?, Some(&values), None))
}

/// Writes values along an axis to places that differ from line to line.
///
/// # Parameters
/// - `arr`: array of any shape `(..., M, ...)` that is written to.
/// - `indices`: integers of shape `(..., K, ...)`: those for the lines of `arr` along the axis. The other axes broadcast.
/// - `values`: array or number that broadcasts to the shape of `indices`.
/// - `axis`: the axis; `None` writes to the flattened array.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Index`: an index outside the axis; indices that are no integers; shapes that do not broadcast.
/// - `Value`: another number of axes than `arr` has; values that do not broadcast.
/// - `Axis`: an axis that `arr` does not have.
///
/// # Differs from NumPy
/// On a GPU indices are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `numpy.put_along_axis`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[10, 30, 20], [60, 40, 50]])
/// >>> cp.put_along_axis(a, cp.argmax(a, axis=1, keepdims=True), 99, axis=1)
/// >>> a
/// array([[10, 99, 20],
///        [99, 40, 50]])
/// ```
#[function(signature = "(arr, indices, values, axis)")]
pub fn put_along_axis(arr: Target, indices: &Array, values: Input, axis: Option<isize>) -> Result<()> {
    let arr = arr.0;
    let values = as_values(arr, values)?;
    let write = |to: &Array, axis: Option<isize>| {
        let chosen = line_by_line(to, indices, axis)?;
        let shape = &chosen.base.shape;
        let fits = values.n_axes() <= shape.len() && values.shape().iter().rev().zip(shape.iter().rev()).all(|(&n, &m)| n == 1 || n == m);
        if !fits {
            return Err(Error::shape(format!(
                "shape mismatch: value array of shape {} could not be broadcast to indexing result of shape {}",
                tight(values.shape()),
                tight(shape)
            )));
        }
        scatter(&chosen, Some(&values), None)
    };
    match axis {
        None if indices.n_axes() == 1 => through_flat(arr, |flat| write(flat, Some(0))),
        _ => write(arr, axis),
    }
}

/// Writes values to the elements of an array at which a condition holds, one value after the other.
///
/// # Parameters
/// - `arr`: array that is written to.
/// - `mask`: array of as many elements as `arr`; what is not zero is true.
/// - `vals`: values for the true elements in C order, cast to the dtype of `arr`; if there are fewer they begin anew.
///
/// # Returns
/// Nothing. The number of true elements is read from the device.
///
/// # Errors
/// - `Value`: a mask of another size; no values for true elements.
/// - `Type`: an array of values that does not cast safely.
///
/// # Source
/// `numpy.place`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.place(a, a > 2, [44, 55])
/// >>> a
/// array([ 0,  1,  2, 44, 55, 44])
/// ```
#[function(signature = "(arr, mask, vals)")]
pub fn place(arr: Target, mask: &Array, vals: Given) -> Result<()> {
    let arr = arr.0;
    if mask.size() != arr.size() {
        return Err(Error::value("place: mask and data must be the same size"));
    }
    let values = safely(arr, vals)?;
    let places = flat_nonzero(mask)?;
    let n = places.size();
    if n == 0 {
        return Ok(());
    }
    if values.size() == 0 {
        return Err(Error::value("Cannot insert from an empty array!"));
    }
    let values = repeated(&values, n)?;
    through_flat(arr, |flat| scatter(&along(flat, 0, &places, IndexMode::Raise)?, Some(&values), None))
}

/// Writes to the elements of an array at which a condition holds those of another one at the same place.
///
/// # Parameters
/// - `a`: array that is written to.
/// - `mask`: array of as many elements as `a`; what is not zero is true.
/// - `values`: values for all elements in C order, cast to the dtype of `a`; if there are fewer they begin anew.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Value`: a mask of another size.
/// - `Type`: an array of values that does not cast safely.
///
/// # Source
/// `numpy.putmask`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.putmask(a, a > 2, a * a)
/// >>> a
/// array([ 0,  1,  2,  9, 16, 25])
/// ```
#[function(signature = "(a, /, mask, values)")]
pub fn putmask(a: Target, mask: &Array, values: Given) -> Result<()> {
    let a = a.0;
    if mask.size() != a.size() {
        return Err(Error::value("putmask: mask and data must be the same size"));
    }
    let values = safely(a, values)?;
    if values.size() == 0 || a.size() == 0 {
        return Ok(());
    }
    let shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).collect();
    let mask = mask.clone().cast(DType::Bool)?;
    let mask = mask.reshape(&shape)?;
    let values = if values.size() == 1 { values.reshape(&[])? } else { repeated(&values, a.size())?.reshape(&shape)? };
    write_where(a, &mask, &values)
}

/// Writes a number or values to the main diagonal of an array.
///
/// # Parameters
/// - `a`: array of at least two axes that is written to; with more than two all are of one length.
/// - `val`: array or number; values are cast to the dtype of `a`, and begin anew if there are fewer than places.
/// - `wrap`: whether the diagonal of a matrix of more rows than columns goes on below, after a row without.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Value`: fewer axes than two, or more than two of different lengths.
///
/// # Source
/// `numpy.fill_diagonal`
///
/// # Examples
/// ```python
/// >>> a = cp.zeros((2, 3), dtype='i4')
/// >>> cp.fill_diagonal(a, 5)
/// >>> a
/// array([[5, 0, 0],
///        [0, 5, 0]], dtype=int32)
/// ```
#[function(signature = "(a, val, wrap=False)")]
pub fn fill_diagonal(a: Target, val: Input, wrap: bool) -> Result<()> {
    diagonal::fill(a.0, val, wrap)
}

/// Adds values to the elements that an index selects: an element that is selected twice takes part twice.
///
/// # Parameters
/// - `a`: array that is written to.
/// - `slices`: the index, as in `a[slices]`.
/// - `value`: array or number that broadcasts to what the index selects.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Index`: an index outside its axis.
/// - `Value`: a value that does not broadcast.
///
/// # Differs from NumPy
/// NumPy has it as `numpy.add.at`. On a GPU elements are combined in any order, and indices that are there
/// already are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `cupyx.scatter_add`
///
/// # Examples
/// ```python
/// >>> a = cp.zeros(3, dtype='i4')
/// >>> cp.x.scatter_add(a, cp.asarray([0, 2, 2]), cp.asarray([1, 2, 3]))
/// >>> a
/// array([1, 0, 5], dtype=int32)
/// ```
#[function(signature = "(a, slices, value)", module = "x", method)]
pub fn scatter_add(a: Target, slices: Subscript, value: Input) -> Result<()> {
    super::at(&ADD, a.0, slices.0, Some(value))
}

/// The larger one of each value and of the element that an index selects for it, written there.
///
/// # Parameters
/// - `a`: array that is written to.
/// - `slices`: the index, as in `a[slices]`.
/// - `value`: array or number that broadcasts to what the index selects.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Index`: an index outside its axis.
/// - `Value`: a value that does not broadcast.
///
/// # Differs from NumPy
/// NumPy has it as `numpy.maximum.at`. On a GPU elements are combined in any order, and indices that are there
/// already are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `cupyx.scatter_max`
///
/// # Examples
/// ```python
/// >>> a = cp.zeros(3, dtype='i4')
/// >>> cp.x.scatter_max(a, cp.asarray([0, 2, 2]), cp.asarray([1, 2, 3]))
/// >>> a
/// array([1, 0, 3], dtype=int32)
/// ```
#[function(signature = "(a, slices, value)", module = "x", method)]
pub fn scatter_max(a: Target, slices: Subscript, value: Input) -> Result<()> {
    super::at(&MAXIMUM, a.0, slices.0, Some(value))
}

/// The smaller one of each value and of the element that an index selects for it, written there.
///
/// # Parameters
/// - `a`: array that is written to.
/// - `slices`: the index, as in `a[slices]`.
/// - `value`: array or number that broadcasts to what the index selects.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Index`: an index outside its axis.
/// - `Value`: a value that does not broadcast.
///
/// # Differs from NumPy
/// NumPy has it as `numpy.minimum.at`. On a GPU elements are combined in any order, and indices that are there
/// already are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `cupyx.scatter_min`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([9, 9, 9], dtype='i4')
/// >>> cp.x.scatter_min(a, cp.asarray([0, 2, 2]), cp.asarray([1, 2, 3]))
/// >>> a
/// array([1, 9, 2], dtype=int32)
/// ```
#[function(signature = "(a, slices, value)", module = "x", method)]
pub fn scatter_min(a: Target, slices: Subscript, value: Input) -> Result<()> {
    super::at(&MINIMUM, a.0, slices.0, Some(value))
}
