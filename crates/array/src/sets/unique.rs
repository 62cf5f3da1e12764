//! Elements without their repetitions, under NumPy's names and signatures.

use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce, scan};
use crate::function::{IntoValue, Places, Value, function};
use crate::indexing::functions::take;
use crate::indexing::{Index, flat_nonzero, set};
use crate::manipulation::functions::moveaxis;
use crate::sorting::ordering::lexsort;
use crate::sorting::rows::{Wanted, packed, sort_rows};
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Result, UfuncDef, Weak};
use cuprous_ops::reductions::ANY;
use cuprous_ops::scans::CUMSUM;
use cuprous_ops::ufuncs::arithmetic::SUBTRACT;
use cuprous_ops::ufuncs::comparison::NOT_EQUAL;
use cuprous_ops::ufuncs::logic::{ISNAN, LOGICAL_AND, LOGICAL_NOT};

/// The distinct elements of an array, sorted.
///
/// # Parameters
/// - `ar`: array of any shape.
/// - `return_index`: whether the place of the first of each is returned too.
/// - `return_inverse`: whether the numbers are returned that make `ar` of the distinct elements.
/// - `return_counts`: whether it is returned how often each occurs.
/// - `axis`: the axis whose parts are compared as wholes; by default single elements are.
/// - `equal_nan`: whether all NaN count as one element; with `axis` they never do.
/// - `sorted`: accepted; the elements are always sorted.
///
/// # Returns
/// Array of the dtype of `ar`, or a tuple of it and of arrays of int64. Its length is read from the device.
///
/// # Errors
/// - `Axis`: an axis that `ar` does not have.
///
/// # Source
/// `numpy.unique`
///
/// # Examples
/// ```python
/// >>> cp.unique(cp.asarray([3, 1, 3, 2]), return_counts=True)
/// (array([1, 2, 3]), array([1, 1, 2]))
/// >>> cp.unique(cp.asarray([[1, 2], [0, 5], [1, 2]]), axis=0)
/// array([[0, 5],
///        [1, 2]])
/// ```
#[function(signature = "(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True)")]
pub fn unique(
    ar: &Array,
    return_index: bool,
    return_inverse: bool,
    return_counts: bool,
    axis: Option<isize>,
    equal_nan: bool,
    sorted: bool,
) -> Result<Value> {
    // NumPy may leave them unsorted otherwise; sorted is one of the orders that it allows.
    let _ = sorted;
    let sorted = match axis {
        None => Line::of(ar, return_index || return_inverse, equal_nan)?,
        Some(axis) => Line::of_parts(ar, axis)?,
    };
    let found = Found::new(sorted)?;
    let mut out = vec![match axis {
        None => found.values()?,
        Some(axis) => taken(ar, &found.first()?, axis)?,
    }];
    if return_index {
        out.push(found.first()?);
    }
    if return_inverse {
        let inverse = found.inverse()?;
        out.push(if axis.is_none() { shaped(&inverse, ar)? } else { inverse });
    }
    if return_counts {
        out.push(found.counts()?);
    }
    Ok(if out.len() == 1 { out.swap_remove(0).into_value() } else { out.into_value() })
}

/// The distinct elements of an array, their first places, the numbers that make the array of them, and how often each
/// occurs.
///
/// # Parameters
/// - `x`: array of any shape. Each NaN counts as an element of its own.
///
/// # Returns
/// A named tuple of `values`, the sorted elements, and as int64 of `indices`, their first places in C order, of
/// `inverse_indices`, their numbers in the shape of `x`, and of `counts`.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.unique_all`
///
/// # Examples
/// ```python
/// >>> cp.unique_all(cp.asarray([3, 1, 3])).indices
/// array([1, 0])
/// ```
#[function(signature = "(x)")]
pub fn unique_all(x: &Array) -> Result<Value> {
    let found = Found::new(Line::of(x, true, false)?)?;
    Ok(named("UniqueAllResult", [found.values()?, found.first()?, shaped(&found.inverse()?, x)?, found.counts()?]))
}

/// The distinct elements of an array, and how often each occurs.
///
/// # Parameters
/// - `x`: array of any shape. Each NaN counts as an element of its own.
///
/// # Returns
/// A named tuple of `values`, the sorted elements, and `counts`, as int64.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.unique_counts`
///
/// # Examples
/// ```python
/// >>> cp.unique_counts(cp.asarray([3, 1, 3]))
/// UniqueCountsResult(values=array([1, 3]), counts=array([1, 2]))
/// ```
#[function(signature = "(x)")]
pub fn unique_counts(x: &Array) -> Result<Value> {
    let found = Found::new(Line::of(x, false, false)?)?;
    Ok(named("UniqueCountsResult", [found.values()?, found.counts()?]))
}

/// The distinct elements of an array, and the numbers that make the array of them.
///
/// # Parameters
/// - `x`: array of any shape. Each NaN counts as an element of its own.
///
/// # Returns
/// A named tuple of `values`, the sorted elements, and `inverse_indices`: as int64 in the shape of `x` which of them
/// stands where.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.unique_inverse`
///
/// # Examples
/// ```python
/// >>> cp.unique_inverse(cp.asarray([3, 1, 3])).inverse_indices
/// array([1, 0, 1])
/// ```
#[function(signature = "(x)")]
pub fn unique_inverse(x: &Array) -> Result<Value> {
    let found = Found::new(Line::of(x, true, false)?)?;
    Ok(named("UniqueInverseResult", [found.values()?, shaped(&found.inverse()?, x)?]))
}

/// The distinct elements of an array, sorted.
///
/// # Parameters
/// - `x`: array of any shape. Each NaN counts as an element of its own.
///
/// # Returns
/// Array of the dtype of `x`.
///
/// # Errors
/// Those of computing the values.
///
/// # Source
/// `numpy.unique_values`
///
/// # Examples
/// ```python
/// >>> cp.unique_values(cp.asarray([3, 1, 3]))
/// array([1, 3])
/// ```
#[function(signature = "(x)")]
pub fn unique_values(x: &Array) -> Result<Array> {
    distinct(x, false)
}

/// Results of a class of named tuples.
fn named<const N: usize>(class: &'static str, results: [Array; N]) -> Value {
    Value::Named(class, results.into_iter().map(Value::Array).collect())
}

/// The distinct elements, sorted.
pub(super) fn distinct(a: &Array, equal_nan: bool) -> Result<Array> {
    Found::new(Line::of(a, false, equal_nan)?)?.values()
}

/// The distinct elements, sorted, and their first places.
pub(super) fn distinct_places(a: &Array) -> Result<(Array, Array)> {
    let found = Found::new(Line::of(a, true, true)?)?;
    Ok((found.values()?, found.first()?))
}

/// Elements of one axis at places that are inside it.
pub(super) fn taken(a: &Array, places: &Array, axis: isize) -> Result<Array> {
    take(a, Places { array: places, is_known: false }, Some(axis), None, IndexMode::Raise)
}

pub(super) fn call(def: &'static UfuncDef, inputs: &[Input]) -> Result<Array> {
    apply(def, inputs, &UfuncOptions::default())
}

/// From the `first` to the one before the last `last`.
pub(super) fn part(a: &Array, first: usize, last: usize) -> Result<Array> {
    a.slice(&[Slice::Range(Some(first as isize), Some((a.size() - last) as isize), 1)])
}

/// Sorted elements, or parts of an array.
struct Line {
    /// The sorted elements; parts are not kept
    values: Option<Array>,
    /// From where each came
    places: Option<Array>,
    /// Which are not equal to the one before
    is_new: Array,
}

impl Line {
    fn of(a: &Array, with_places: bool, equal_nan: bool) -> Result<Line> {
        let rows = packed(a)?.reshape(&[1, a.size() as isize])?;
        let sorted = sort_rows(&rows, if with_places { Wanted::Both } else { Wanted::Values })?;
        let values = sorted.values.unwrap_or(rows).reshape(&[-1])?;
        let places = sorted.places.map(|p| p.reshape(&[-1])).transpose()?;
        let is_new = marks(&values, |values| {
            let (here, before) = (part(values, 1, 0)?, part(values, 0, 1)?);
            let differs = call(&NOT_EQUAL, &[(&here).into(), (&before).into()])?;
            if !equal_nan || !values.dtype().is_inexact() {
                return Ok(differs);
            }
            let both_nan = call(&LOGICAL_AND, &[(&call(&ISNAN, &[(&here).into()])?).into(), (&call(&ISNAN, &[(&before).into()])?).into()])?;
            call(&LOGICAL_AND, &[(&differs).into(), (&call(&LOGICAL_NOT, &[(&both_nan).into()])?).into()])
        })?;
        Ok(Line { values: Some(values), places, is_new })
    }

    /// The parts along an axis, ordered by their elements one after the other.
    fn of_parts(a: &Array, axis: isize) -> Result<Line> {
        let axis = normalize_axis(axis, a.n_axes())?;
        let n = a.shape()[axis];
        let m = a.shape().iter().enumerate().filter(|(k, _)| *k != axis).map(|(_, &n)| n).product::<usize>();
        let in_front = moveaxis(a, crate::function::Ints(&[axis as isize]), crate::function::Ints(&[0]))?;
        let table = in_front.reshape(&[n as isize, m as isize])?;
        // The first column counts most, so it is the last key.
        let columns: Vec<Array> = (0..m).rev().map(|k| table.slice(&[Slice::Ellipsis, Slice::At(k as isize)])).collect::<Result<_>>()?;
        let places = if columns.is_empty() {
            let options = CreateOptions { device: Some(a.device()), ..CreateOptions::default() };
            creation::arange(Weak::Int(0), Weak::Int(n as i128), Weak::Int(1), Some(DType::I64), options)?
        } else {
            lexsort(&columns, 0)?
        };
        let ordered = taken(&table, &places, 0)?;
        let is_new = marks(&places, |_| {
            let rows = |first: usize, last: usize| ordered.slice(&[Slice::Range(Some(first as isize), Some((n - last) as isize), 1)]);
            let differs = call(&NOT_EQUAL, &[(&rows(1, 0)?).into(), (&rows(0, 1)?).into()])?;
            reduce(&ANY, &differs, &ReduceOptions { axes: Some(&[1]), ..ReduceOptions::default() })
        })?;
        Ok(Line { values: None, places: Some(places), is_new })
    }
}

/// True for the first, then what `differs` gives for the others.
fn marks(values: &Array, differs: impl FnOnce(&Array) -> Result<Array>) -> Result<Array> {
    let options = CreateOptions { device: Some(values.device()), ..CreateOptions::default() };
    let marks = creation::empty(&[values.size()], DType::Bool, options)?;
    if values.size() > 0 {
        marks.set(&[Slice::At(0)], true.into())?;
    }
    if values.size() > 1 {
        marks.set(&[Slice::Range(Some(1), None, 1)], (&differs(values)?).into())?;
    }
    Ok(marks)
}

/// Which of the sorted elements are the first of their value. Their number was read back.
struct Found {
    line: Line,
    firsts: Array,
}

impl Found {
    fn new(line: Line) -> Result<Found> {
        let firsts = flat_nonzero(&line.is_new)?;
        Ok(Found { line, firsts })
    }

    fn values(&self) -> Result<Array> {
        match &self.line.values {
            Some(values) => taken(values, &self.firsts, 0),
            None => self.first(),
        }
    }

    /// Where the first of each is.
    fn first(&self) -> Result<Array> {
        match &self.line.places {
            Some(places) => taken(places, &self.firsts, 0),
            None => Ok(self.firsts.clone()),
        }
    }

    /// The number of the distinct element at each place.
    fn inverse(&self) -> Result<Array> {
        let number = call(&SUBTRACT, &[(&scan(&CUMSUM, &self.line.is_new, Some(0), Some(DType::I64))?).into(), 1_i64.into()])?;
        let Some(places) = &self.line.places else { return Ok(number) };
        let options = CreateOptions { device: Some(number.device()), ..CreateOptions::default() };
        let out = creation::empty(number.shape(), DType::I64, options)?;
        set(&out, &[Index::Array(places.clone())], (&number).into())?;
        Ok(out)
    }

    fn counts(&self) -> Result<Array> {
        let (n, m) = (self.line.is_new.size(), self.firsts.size());
        let options = CreateOptions { device: Some(self.firsts.device()), ..CreateOptions::default() };
        let ends = creation::empty(&[m], DType::I64, options)?;
        if m > 0 {
            ends.set(&[Slice::Range(None, Some(m as isize - 1), 1)], (&part(&self.firsts, 1, 0)?).into())?;
            ends.set(&[Slice::At(-1)], n.into())?;
        }
        call(&SUBTRACT, &[(&ends).into(), (&self.firsts).into()])
    }
}

/// In the shape of another array.
fn shaped(a: &Array, like: &Array) -> Result<Array> {
    let shape: Vec<isize> = like.shape().iter().map(|&n| n as isize).collect();
    a.reshape(&shape)
}
