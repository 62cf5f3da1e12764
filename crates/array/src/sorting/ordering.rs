//! Sorting under NumPy's names and signatures. Every sort is stable.

use super::rows::{flat_or, parted, parted_places, places, sorted};
use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::function::{Any, Nested, Value, function};
use crate::indexing::functions::take_along_axis;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, Kind, Result, Scalar, Weak};

/// A sorted copy of an array.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to sort along; `None` sorts the flattened array.
/// - `kind`: NumPy's names of algorithms, which all mean the same here.
/// - `order`: fields, which arrays do not have here: `None`.
/// - `stable`: accepted; the order of equal elements is always kept.
///
/// # Returns
/// Array of the shape and dtype of `a`. NaN comes last. Complex numbers go by real and then by imaginary part.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: another `kind`; `kind` together with `stable`; an `order`.
///
/// # Source
/// `numpy.sort`
///
/// # Examples
/// ```python
/// >>> cp.sort(cp.asarray([[3, 1], [2, 4]]))
/// array([[1, 3],
///        [2, 4]])
/// >>> cp.sort(cp.asarray([[3, 1], [2, 4]]), axis=0)
/// array([[2, 1],
///        [3, 4]])
/// ```
#[function(signature = "(a, axis=-1, kind=None, order=None, *, stable=None)")]
pub fn sort(a: &Array, axis: Option<isize>, kind: Option<&str>, order: Option<Any>, stable: Option<bool>) -> Result<Array> {
    check_kind(kind, order, stable)?;
    let (a, axis) = flat_or(a, axis)?;
    sorted(&a, axis)
}

/// Sorts the array in place.
///
/// # Parameters
/// - `out`: the array.
/// - `axis`: the axis to sort along.
/// - `kind`: NumPy's names of algorithms, which all mean the same here.
/// - `order`: fields, which arrays do not have here: `None`.
/// - `stable`: accepted; the order of equal elements is always kept.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Axis`: an axis that the array does not have.
/// - `Value`: another `kind`; `kind` together with `stable`; an `order`.
///
/// # Source
/// `numpy.ndarray.sort`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([3, 1, 2])
/// >>> a.sort()
/// >>> a
/// array([1, 2, 3])
/// ```
#[function(signature = "(out, axis=-1, kind=None, order=None, *, stable=None)", module = "ndarray", name = "sort")]
pub fn sort_in_place(out: &Array, axis: isize, kind: Option<&str>, order: Option<Any>, stable: Option<bool>) -> Result<()> {
    check_kind(kind, order, stable)?;
    let axis = normalize_axis(axis, out.n_axes())?;
    out.assign((&sorted(out, axis)?).into())
}

/// The indices that sort an array.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axis to sort along; `None` sorts the flattened array.
/// - `kind`: NumPy's names of algorithms, which all mean the same here.
/// - `order`: fields, which arrays do not have here: `None`.
/// - `stable`: accepted; the order of equal elements is always kept.
///
/// # Returns
/// Array of int64 of the shape of `a`: indices along the axis.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: another `kind`; `kind` together with `stable`; an `order`.
///
/// # Source
/// `numpy.argsort`
///
/// # Examples
/// ```python
/// >>> cp.argsort(cp.asarray([30, 10, 20]))
/// array([1, 2, 0])
/// ```
#[function(signature = "(a, axis=-1, kind=None, order=None, *, stable=None)", method)]
pub fn argsort(a: &Array, axis: Option<isize>, kind: Option<&str>, order: Option<Any>, stable: Option<bool>) -> Result<Array> {
    check_kind(kind, order, stable)?;
    let (a, axis) = with_axis(a, axis)?;
    places(&a, axis)
}

/// A sorted copy of an array as complex numbers.
///
/// # Parameters
/// - `a`: array of any shape with at least one axis, sorted along the last one.
///
/// # Returns
/// Array of complex numbers: complex64 for complex64 and integers of 8 and 16 bits, else complex128.
///
/// # Errors
/// - `Axis`: `a` has no axes.
///
/// # Source
/// `numpy.sort_complex`
///
/// # Examples
/// ```python
/// >>> cp.sort_complex(cp.asarray([2 - 1j, 1 + 2j, 1 - 3j]))
/// array([1.-3.j, 1.+2.j, 2.-1.j])
/// ```
#[function(signature = "(a)")]
pub fn sort_complex(a: &Array) -> Result<Array> {
    let (a, axis) = flat_or(a, Some(-1))?;
    let value = sorted(&a, axis)?;
    match value.dtype() {
        DType::C64 | DType::C128 => Ok(value),
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => value.astype(DType::C64),
        _ => value.astype(DType::C128),
    }
}

/// The indices that sort by several keys, of which the last counts most.
///
/// # Parameters
/// - `keys`: the keys, of one shape: a sequence of arrays, or an array whose first axis counts them.
/// - `axis`: the axis to sort along.
///
/// # Returns
/// Array of int64 of the shape of a key: indices along the axis.
///
/// # Errors
/// - `Type`: there is no key.
/// - `Value`: keys of different shapes.
/// - `Axis`: an axis that the keys do not have.
///
/// # Source
/// `numpy.lexsort`
///
/// # Examples
/// ```python
/// >>> cp.lexsort((cp.asarray([9, 4, 0]), cp.asarray([1, 5, 1])))
/// array([2, 0, 1])
/// ```
#[function(signature = "(keys, axis=-1)")]
pub fn lexsort(keys: &[Array], axis: isize) -> Result<Array> {
    let Some(first) = keys.first() else { return Err(Error::type_error("need sequence of keys with len > 0 in lexsort")) };
    if keys.iter().any(|k| k.shape() != first.shape()) {
        return Err(Error::value("all keys need to be the same shape"));
    }
    if first.n_axes() == 0 {
        if !matches!(axis, 0 | -1) {
            normalize_axis(axis, 0)?;
        }
        let options = CreateOptions { device: Some(first.device()), ..CreateOptions::default() };
        return creation::full(&[], Scalar::zero(DType::I64), options);
    }
    let axis = normalize_axis(axis, first.n_axes())?;
    let mut order = places(first, axis)?;
    for key in &keys[1..] {
        let next = places(&take_along_axis(key, &order, Some(axis as isize))?, axis)?;
        order = take_along_axis(&order, &next, Some(axis as isize))?;
    }
    Ok(order)
}

/// A copy of an array in which given places have the elements that they would have in a sorted one, with no larger ones
/// in front and no smaller ones behind.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `kth`: the places, an integer or several; negative ones count from the end.
/// - `axis`: the axis to sort along; `None` takes the flattened array.
/// - `kind`: `'introselect'`.
/// - `order`: fields, which arrays do not have here: `None`.
///
/// # Returns
/// Array of the shape and dtype of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: a place outside the axis; another `kind`; an `order`.
/// - `Type`: a place that is no integer.
///
/// # Differs from NumPy
/// The other elements may be in another order.
///
/// # Source
/// `numpy.partition`
///
/// # Examples
/// ```python
/// >>> cp.partition(cp.asarray([7, 1, 5, 3]), (0, 1))[:2]
/// array([1, 3])
/// ```
#[function(signature = "(a, kth, axis=-1, kind='introselect', order=None)")]
pub fn partition(a: &Array, kth: Nested, axis: Option<isize>, kind: &str, order: Option<Any>) -> Result<Array> {
    let (a, axis) = flat_or(a, axis)?;
    let kth = places_of(kth, &a, axis, kind, order)?;
    parted(&a, axis, Some(&kth))
}

/// Sorts the array in place as far as given places need it, as `partition` does.
///
/// # Parameters
/// - `out`: the array.
/// - `kth`: the places, an integer or several; negative ones count from the end.
/// - `axis`: the axis to sort along.
/// - `kind`: `'introselect'`.
/// - `order`: fields, which arrays do not have here: `None`.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Axis`: an axis that the array does not have.
/// - `Value`: a place outside the axis; another `kind`; an `order`.
/// - `Type`: a place that is no integer.
///
/// # Differs from NumPy
/// The other elements may be in another order.
///
/// # Source
/// `numpy.ndarray.partition`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([7, 1, 5, 3])
/// >>> a.partition(2)
/// >>> a[2:]
/// array([5, 7])
/// ```
#[function(signature = "(out, kth, axis=-1, kind='introselect', order=None)", module = "ndarray", name = "partition")]
pub fn partition_in_place(out: &Array, kth: Nested, axis: isize, kind: &str, order: Option<Any>) -> Result<()> {
    let axis = normalize_axis(axis, out.n_axes())?;
    let kth = places_of(kth, out, axis, kind, order)?;
    out.assign((&parted(out, axis, Some(&kth))?).into())
}

/// The indices that partition an array, as `partition` does.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `kth`: the places, an integer or several; negative ones count from the end.
/// - `axis`: the axis to sort along; `None` takes the flattened array.
/// - `kind`: `'introselect'`.
/// - `order`: fields, which arrays do not have here: `None`.
///
/// # Returns
/// Array of int64 of the shape of `a`: indices along the axis.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: a place outside the axis; another `kind`; an `order`.
/// - `Type`: a place that is no integer.
///
/// # Differs from NumPy
/// The other elements may be in another order.
///
/// # Source
/// `numpy.argpartition`
///
/// # Examples
/// ```python
/// >>> cp.argpartition(cp.asarray([7, 1, 5, 3]), (0, 1))[:2]
/// array([1, 3])
/// ```
#[function(signature = "(a, kth, axis=-1, kind='introselect', order=None)", method)]
pub fn argpartition(a: &Array, kth: Nested, axis: Option<isize>, kind: &str, order: Option<Any>) -> Result<Array> {
    let (a, axis) = with_axis(a, axis)?;
    let kth = places_of(kth, &a, axis, kind, order)?;
    parted_places(&a, axis, Some(&kth))
}

/// As `flat_or`, but an array without axes has one here.
fn with_axis(a: &Array, axis: Option<isize>) -> Result<(Array, usize)> {
    if a.n_axes() == 0 { flat_or(&a.reshape(&[1])?, axis) } else { flat_or(a, axis) }
}

fn check_kind(kind: Option<&str>, order: Option<Any>, stable: Option<bool>) -> Result<()> {
    if kind.is_some() && stable.is_some() {
        return Err(Error::value("`kind` and keyword parameters can't be provided at the same time. Use only one of them."));
    }
    if let Some(kind) = kind
        && !kind.starts_with(['q', 'Q', 'h', 'H', 'm', 'M', 's', 'S'])
    {
        return Err(Error::value(format!("sort kind must be one of 'quick', 'heap', or 'stable' (got '{kind}')")));
    }
    check_order(order)
}

fn check_order(order: Option<Any>) -> Result<()> {
    match order {
        None | Some(Any(Value::None)) => Ok(()),
        Some(_) => Err(Error::value("Cannot specify order when the array has no fields.")),
    }
}

/// The places at which rows of `n` elements are parted: ascending, each once.
fn places_of(kth: Nested, a: &Array, axis: usize, kind: &str, order: Option<Any>) -> Result<Vec<usize>> {
    let n = a.shape()[axis];
    if kind != "introselect" {
        return Err(Error::value(format!("select kind must be 'introselect' (got '{kind}')")));
    }
    check_order(order)?;
    let one = |place: Nested| -> Result<usize> {
        let is_bool = match place.0 {
            Value::Bool(_) | Value::Weak(Weak::Bool(_)) => true,
            Value::Scalar(s) => s.dtype().kind() == Kind::Bool,
            _ => false,
        };
        if is_bool {
            return Err(Error::value("Booleans unacceptable as partition index"));
        }
        let k = place.int().map_err(|_| Error::type_error("Partition index must be integer"))?;
        let k = if k < 0 { k.saturating_add(n as isize) } else { k };
        // An array without elements has nothing to part.
        if a.size() > 0 && (k < 0 || k >= n as isize) {
            return Err(Error::value(format!("kth(={k}) out of bounds ({n})")));
        }
        Ok(k.max(0) as usize)
    };
    let mut places = match kth.items() {
        Some(items) => {
            if items.len() == 0 {
                return Err(Error::type_error("Partition index must be integer"));
            }
            items.into_iter().map(one).collect::<Result<Vec<usize>>>()?
        }
        None => vec![one(kth)?],
    };
    places.retain(|&k| k < n);
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
