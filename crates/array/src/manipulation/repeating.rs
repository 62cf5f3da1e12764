//! More elements, or fewer: repeated, put in, left out.

use super::functions::{moveaxis, ravel};
use super::joining::{concatenate, with_axes_in_front};
use super::{along, between};
use crate::array::Array;
use crate::creation::{CreateOptions, arange, empty, empty_in, full_on, zeros};
use crate::engine::elementwise::{MemoryOrder, astype, fresh_layout};
use crate::engine::{Input, ReduceOptions, reduce};
use crate::function::{Ints, Nested, Value, function};
use crate::indexing::functions::take;
use crate::sorting::searching::searchsorted;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote::Casting;
use cuprous_core::shape::{MAX_AXES, checked_size, normalize_axis, tight, too_big};
use cuprous_core::{DType, Error, Result, Weak};
use cuprous_ops::reductions::{MIN, SUM};

/// An array with each element repeated.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `repeats`: how often; one number, or a list or array of one for each place along the axis.
/// - `axis`: the axis along which elements are repeated; by default the flattened array.
///
/// # Returns
/// A new array, longer along `axis`.
///
/// # Errors
/// - `Value`: a negative number.
/// - `Shape`: `repeats` has another length than the axis.
/// - `Axis`: an axis that `a` does not have.
/// - `Type`: an array `repeats` that does not cast safely to int64.
///
/// # Source
/// `numpy.repeat`
///
/// # Examples
/// ```python
/// >>> cp.repeat(cp.arange(3), 2)
/// array([0, 0, 1, 1, 2, 2])
/// >>> cp.repeat(cp.asarray([[1, 2], [3, 4]]), [1, 2], axis=0)
/// array([[1, 2],
///        [3, 4],
///        [3, 4]])
/// ```
#[function(signature = "(a, repeats, axis=None)", method)]
pub fn repeat(a: &Array, repeats: Nested, axis: Option<isize>) -> Result<Array> {
    if let Value::Array(counts) | Value::Fresh(counts) = repeats.0 {
        return match counts.size() {
            1 if counts.n_axes() < 2 => {
                repeated(a, &[astype(counts, DType::I64, Casting::Safe, MemoryOrder::C)?.item()?.to::<i64>() as isize], axis)
            }
            _ => repeated_by(a, counts, axis),
        };
    }
    let counts = match repeats.items() {
        Some(items) => items.map(Nested::int).collect::<Result<Vec<_>>>()?,
        None => vec![repeats.int()?],
    };
    repeated(a, &counts, axis)
}

/// The elements along an axis, each as often as an array says.
fn repeated_by(a: &Array, counts: &Array, axis: Option<isize>) -> Result<Array> {
    let Some(axis) = axis else { return repeated_by(&ravel(a, None)?, counts, Some(0)) };
    let own = if a.n_axes() == 0 { a.reshape(&[1])? } else { a.clone() };
    let axis = normalize_axis(axis, own.n_axes())?;
    let counts = astype(counts, DType::I64, Casting::Safe, MemoryOrder::C)?;
    if counts.n_axes() > 1 {
        return Err(Error::value("object too deep for desired array"));
    }
    let n = own.shape()[axis];
    if counts.size() != n {
        return Err(Error::shape(format!("operands could not be broadcast together with shape ({n},) ({},)", counts.size())));
    }
    let total = if n == 0 {
        0.0
    } else {
        // One read for both. The sum is exact as long as it is the extent of an array that there can be.
        let numbers = astype(&counts, DType::F64, Casting::Safe, MemoryOrder::C)?;
        let each = |def| reduce(def, &numbers, &ReduceOptions::default())?.reshape(&[1]);
        let read = concatenate(&[each(&MIN)?, each(&SUM)?], Some(0), None, None, None)?.to_vec::<f64>()?;
        if read[0] < 0.0 {
            return Err(Error::value("repeats may not contain negative values."));
        }
        read[1]
    };
    if total >= (1u64 << 53) as f64 {
        return Err(too_big());
    }
    let mut shape = own.shape().to_vec();
    shape[axis] = total as usize;
    checked_size(&shape, own.dtype().size())?;
    spread(&own, &counts, total as usize, axis)
}

/// The elements along an axis by how often each comes, as so many in all: their new places count through the ends of their runs.
fn spread(own: &Array, counts: &Array, total: usize, axis: usize) -> Result<Array> {
    let options = CreateOptions { device: Some(own.device()), ..CreateOptions::default() };
    let places = arange(Weak::Int(0), Weak::Int(total as i128), Weak::Int(1), Some(DType::I64), options)?;
    let from = searchsorted(&counts.cumsum(None, None)?, Input::Array(&places), "right", None)?;
    // In range by their making: to clip them saves the check.
    take(own, crate::function::Places { array: &from, is_known: false }, Some(axis as isize), None, IndexMode::Clip)
}

/// The elements along an axis, each as often as a number says that is for all or its own.
fn repeated(a: &Array, repeats: &[isize], axis: Option<isize>) -> Result<Array> {
    let Some(axis) = axis else { return repeated(&ravel(a, None)?, repeats, Some(0)) };
    let own = if a.n_axes() == 0 { a.reshape(&[1])? } else { a.clone() };
    let axis = normalize_axis(axis, own.n_axes())?;
    let n = own.shape()[axis];
    if repeats.len() != 1 && repeats.len() != n {
        return Err(Error::shape(format!("operands could not be broadcast together with shape ({n},) ({},)", repeats.len())));
    }
    if repeats.iter().any(|&r| r < 0) {
        let one = repeats.len() == 1;
        return Err(Error::value(if one { "negative dimensions are not allowed" } else { "repeats may not contain negative values." }));
    }
    let mut shape = own.shape().to_vec();
    let options = CreateOptions { device: Some(own.device()), ..CreateOptions::default() };
    if let &[each] = repeats {
        shape[axis] = n.checked_mul(each as usize).ok_or_else(too_big)?;
        let out = empty(&shape, own.dtype(), options)?;
        // The axis apart from its repetitions: one write of a broadcast operand.
        let mut apart: Vec<isize> = shape.iter().map(|&n| n as isize).collect();
        apart[axis] = n as isize;
        apart.insert(axis + 1, each);
        out.reshape(&apart)?.assign((&own.slice(&along(axis + 1, Slice::New))?).into())?;
        return Ok(out);
    }
    shape[axis] = repeats.iter().try_fold(0usize, |sum, &r| sum.checked_add(r as usize)).ok_or_else(too_big)?;
    // A write for each place is cheaper for a few of them only.
    if repeats.len() > 16 {
        checked_size(&shape, own.dtype().size())?;
        let counts: Vec<u8> = repeats.iter().flat_map(|&n| (n as i64).to_ne_bytes()).collect();
        return spread(&own, &Array::from_bytes(&counts, DType::I64, &[n], own.device())?, shape[axis], axis);
    }
    let out = empty(&shape, own.dtype(), options)?;
    let mut at = 0;
    for (k, &count) in repeats.iter().enumerate().filter(|(_, count)| **count > 0) {
        let end = at + count as usize;
        out.slice(&between(axis, at, end))?.assign((&own.slice(&between(axis, k, k + 1))?).into())?;
        at = end;
    }
    Ok(out)
}

/// An array made of copies of another, side by side.
///
/// # Parameters
/// - `A`: array of any shape.
/// - `reps`: how many copies along each axis; fewer numbers than axes count for the last ones.
///
/// # Returns
/// A new array with as many axes as `A` or `reps` has, whichever is more.
///
/// # Errors
/// - `Value`: a negative number.
///
/// # Source
/// `numpy.tile`
///
/// # Examples
/// ```python
/// >>> cp.tile(cp.arange(2), (2, 2))
/// array([[0, 1, 0, 1],
///        [0, 1, 0, 1]])
/// ```
#[expect(non_snake_case, reason = "NumPy's name of the argument")]
#[function(signature = "(A, reps)")]
pub fn tile(A: &Array, reps: Ints) -> Result<Array> {
    let n_axes = A.n_axes().max(reps.0.len());
    if n_axes > MAX_AXES {
        checked_size(&vec![1; n_axes], 1)?;
    }
    let source = with_axes_in_front(A, n_axes)?;
    let mut counts = vec![1; n_axes - reps.0.len()];
    for &count in reps.0 {
        counts.push(usize::try_from(count).map_err(|_| Error::value("negative dimensions are not allowed"))?);
    }
    if counts.iter().all(|&c| c == 1) {
        return astype(&source, A.dtype(), Casting::Unsafe, MemoryOrder::Keep);
    }
    let shape = counts.iter().zip(source.shape()).map(|(&c, &n)| c.checked_mul(n).ok_or_else(too_big)).collect::<Result<Vec<_>>>()?;
    let out = empty(&shape, A.dtype(), CreateOptions { device: Some(A.device()), ..CreateOptions::default() })?;
    if out.size() == 0 {
        return Ok(out);
    }
    // Axes with one copy stay as they are; the others fall apart into copies and places.
    let (mut apart, mut index) = (Vec::new(), Vec::new());
    for (&c, &n) in counts.iter().zip(source.shape()) {
        if c != 1 {
            apart.push(c as isize);
            index.push(Slice::New);
        }
        apart.push(n as isize);
        index.push(Slice::Range(None, None, 1));
    }
    if apart.len() > MAX_AXES {
        return Err(Error::unsupported(format!("tile along more than {} axes at once", MAX_AXES / 2)));
    }
    out.reshape(&apart)?.assign((&source.slice(&index)?).into())?;
    Ok(out)
}

/// The elements of an array under another shape, again and again if they are fewer.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `new_shape`: the shape of the result.
///
/// # Returns
/// A new array; of zeros if `a` has no element.
///
/// # Errors
/// - `Value`: a negative extent.
///
/// # Source
/// `numpy.resize`
///
/// # Examples
/// ```python
/// >>> cp.resize(cp.arange(3), (2, 4))
/// array([[0, 1, 2, 0],
///        [1, 2, 0, 1]])
/// ```
#[function(signature = "(a, new_shape)")]
pub fn resize(a: &Array, new_shape: Ints) -> Result<Array> {
    let extents = new_shape.0.iter().map(|&n| usize::try_from(n)).collect::<Result<Vec<_>, _>>();
    let shape = extents.map_err(|_| Error::value("all elements of `new_shape` must be non-negative"))?;
    let size = checked_size(&shape, a.dtype().size())?;
    let options = CreateOptions { device: Some(a.device()), ..CreateOptions::default() };
    if a.size() == 0 || size == 0 {
        return zeros(&shape, a.dtype(), options);
    }
    let flat = a.reshape(&[-1])?;
    let out = empty(&[size], a.dtype(), options)?;
    let (n, whole) = (a.size(), size / a.size());
    if whole > 0 {
        out.slice(&between(0, 0, whole * n))?.reshape(&[whole as isize, n as isize])?.assign((&flat).into())?;
    }
    if whole * n < size {
        out.slice(&between(0, whole * n, size))?.assign((&flat.slice(&between(0, 0, size - whole * n))?).into())?;
    }
    out.reshape(new_shape.0)
}

/// An array without the parts at given places along an axis.
///
/// # Parameters
/// - `arr`: array of any shape.
/// - `obj`: the places to leave out: an integer or several, negative ones counted from the end; or a slice.
/// - `axis`: the axis; by default the flattened array.
///
/// # Returns
/// A new array, shorter along `axis`.
///
/// # Errors
/// - `Index`: a place that the axis does not have.
/// - `Axis`: an axis that `arr` does not have.
///
/// # Differs from NumPy
/// `obj` must be known to the host: a slice, integers or truth values, or an array of NumPy with them.
///
/// # Source
/// `numpy.delete`
///
/// # Examples
/// ```python
/// >>> cp.delete(cp.arange(5), [1, -1])
/// array([0, 2, 3])
/// ```
#[function(signature = "(arr, obj, axis=None)")]
pub fn delete(arr: &Array, obj: Nested, axis: Option<isize>) -> Result<Array> {
    let (arr, axis) = along_one_axis(arr, axis)?;
    let n = arr.shape()[axis];
    // The places that go, in order; an array that repeats one element may be longer than the host has memory.
    let mut dropped: Vec<usize> = match places(obj, n)? {
        Places::Mask(mask) if mask.len() != n => {
            return Err(Error::value(format!(
                "boolean array argument obj to delete must be one dimensional and match the axis length of {n}"
            )));
        }
        Places::Mask(mask) => mask.iter().enumerate().filter(|(_, m)| **m).map(|(k, _)| k).collect(),
        Places::At { list, .. } => {
            // NumPy's words: one place is along the axis, several are an index of a mask.
            let named = if list.len() == 1 { axis } else { 0 };
            let at = |place: isize| {
                let k = if place < 0 { place + n as isize } else { place };
                let k = usize::try_from(k).ok().filter(|&k| k < n);
                k.ok_or_else(|| Error::index(format!("index {place} is out of bounds for axis {named} with size {n}")))
            };
            list.into_iter().map(at).collect::<Result<_>>()?
        }
    };
    dropped.sort_unstable();
    dropped.dedup();
    let parts = between_all(&dropped, n);
    let mut shape = arr.shape().to_vec();
    shape[axis] = parts.iter().map(|(first, stop)| stop - first).sum();
    let out = empty_in(fresh_layout(&shape, arr.dtype().size(), &[arr.layout()], MemoryOrder::Any), arr.dtype(), arr.device())?;
    let mut at = 0;
    for (first, stop) in parts {
        let end = at + stop - first;
        out.slice(&between(axis, at, end))?.assign((&arr.slice(&between(axis, first, stop))?).into())?;
        at = end;
    }
    Ok(out)
}

/// An array with values put in before given places along an axis.
///
/// # Parameters
/// - `arr`: array of any shape.
/// - `obj`: the places, in `arr`: an integer or several, negative ones counted from the end; or a slice.
/// - `values`: what is put in, cast to the dtype of `arr`; with several places it broadcasts to them.
/// - `axis`: the axis; by default the flattened array.
///
/// # Returns
/// A new array, longer along `axis`.
///
/// # Errors
/// - `Index`: a place beyond the end of the axis.
/// - `Shape`: `values` does not broadcast.
/// - `Axis`: an axis that `arr` does not have.
///
/// # Differs from NumPy
/// `obj` must be known to the host: a slice, integers or truth values, or an array of NumPy with them.
///
/// # Source
/// `numpy.insert`
///
/// # Examples
/// ```python
/// >>> cp.insert(cp.arange(4), [1, 3], [10, 30])
/// array([ 0, 10,  1,  2, 30,  3])
/// >>> cp.insert(cp.ones((2, 2), dtype=int), 1, 5, axis=1)
/// array([[1, 5, 1],
///        [1, 5, 1]])
/// ```
#[function(signature = "(arr, obj, values, axis=None)")]
pub fn insert(arr: &Array, obj: Nested, values: Input, axis: Option<isize>) -> Result<Array> {
    let (arr, axis) = along_one_axis(arr, axis)?;
    let n = arr.shape()[axis];
    let own;
    let values = match values {
        Input::Array(a) => a,
        number => {
            own = full_on(&[], crate::math::functions::number(number, arr.dtype())?, Some(arr.device()))?;
            &own
        }
    };
    let (list, is_number) = match places(obj, n)? {
        Places::Mask(mask) => (mask.iter().enumerate().filter(|(_, m)| **m).map(|(k, _)| k as isize).collect(), false),
        Places::At { list, is_number } => (list, is_number),
    };
    let from_end = |place: isize| if place < 0 { place + n as isize } else { place };
    let mut shape = arr.shape().to_vec();
    if let &[place] = &list[..] {
        let first = usize::try_from(from_end(place)).ok().filter(|&k| k <= n);
        let first = first.ok_or_else(|| {
            let shown = if is_number { place.to_string() } else { format!("[{place}]") };
            Error::index(format!("index {shown} is out of bounds for axis {axis} with size {n}"))
        })?;
        // One place takes as many values as there are along the axis. A number, unlike a list, leaves the axis out of
        // the values, whose first axis then is the one that NumPy moves there.
        let values = with_axes_in_front(values, arr.n_axes())?;
        let values = if is_number { moveaxis(&values, Ints(&[0]), Ints(&[axis as isize]))? } else { values };
        let n_new = values.shape()[axis];
        shape[axis] += n_new;
        let old = [(0, first), (first + n_new, n + n_new)];
        let out = around(&arr, axis, &shape, &old)?;
        out.slice(&between(axis, first, first + n_new))?.assign((&values).into())?;
        return Ok(out);
    }
    // Each place moves by those that come before it.
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|&k| from_end(list[k]));
    shape[axis] += list.len();
    let mut at = vec![0; list.len()];
    for (before, &k) in order.iter().enumerate() {
        let place = from_end(list[k]).saturating_add(before as isize);
        at[k] = usize::try_from(place)
            .ok()
            .filter(|&place| place < shape[axis])
            .ok_or_else(|| Error::index(format!("index {place} is out of bounds for axis 0 with size {}", shape[axis])))?;
    }
    let new: Vec<usize> = order.iter().map(|&k| at[k]).collect();
    let out = around(&arr, axis, &shape, &between_all(&new, shape[axis]))?;
    let mut part = arr.shape().to_vec();
    part[axis] = list.len();
    let values = if values.n_axes() > part.len() && values.shape()[..values.n_axes() - part.len()].iter().all(|&n| n == 1) {
        values.slice(&vec![Slice::At(0); values.n_axes() - part.len()])?
    } else {
        values.clone()
    };
    let values = values.broadcast_to(&part).map_err(|_| {
        Error::shape(format!(
            "shape mismatch: value array of shape {} could not be broadcast to indexing result of shape {}",
            tight(values.shape()),
            tight(&part)
        ))
    })?;
    for (k, &at) in at.iter().enumerate() {
        out.slice(&between(axis, at, at + 1))?.assign((&values.slice(&between(axis, k, k + 1))?).into())?;
    }
    Ok(out)
}

/// Places along an axis, as the host knows them.
enum Places {
    /// Those where it is true
    Mask(Vec<bool>),
    /// By their indices, which may be one number
    At { list: Vec<isize>, is_number: bool },
}

/// The places that an argument names.
fn places(obj: Nested, n: usize) -> Result<Places> {
    if let Value::Slice(range) = obj.0 {
        // The indices that the slice selects: those of a layout with one byte for each place.
        let picked = Layout::contiguous(&[n], 1, Order::C).slice(&[*range])?;
        let mut list = Vec::new();
        let memory = |_| Error::memory(format!("the host has no memory for a list of {} places", picked.shape[0]));
        list.try_reserve_exact(picked.shape[0]).map_err(memory)?;
        list.extend((0..picked.shape[0]).map(|k| picked.offset as isize + k as isize * picked.strides[0]));
        return Ok(Places::At { list, is_number: false });
    }
    let Some(items) = obj.items() else { return Ok(Places::At { list: vec![obj.int()?], is_number: true }) };
    let truth = |item: &Nested| match item.0 {
        Value::Weak(Weak::Bool(b)) => Some(*b),
        Value::Scalar(s) if s.dtype() == DType::Bool => Some(s.to::<bool>()),
        _ => None,
    };
    let items: Vec<Nested> = items.collect();
    match items.iter().map(truth).collect::<Option<Vec<bool>>>() {
        Some(mask) if !mask.is_empty() => return Ok(Places::Mask(mask)),
        _ => {}
    }
    let wrong = |_| Error::index("arrays used as indices must be of integer (or boolean) type");
    let list = items.into_iter().map(|item| item.int().map_err(wrong)).collect::<Result<_>>()?;
    Ok(Places::At { list, is_number: false })
}

/// The array and the axis, the flattened array without one.
fn along_one_axis(a: &Array, axis: Option<isize>) -> Result<(Array, usize)> {
    match axis {
        Some(axis) => Ok((a.clone(), normalize_axis(axis, a.n_axes())?)),
        None if a.n_axes() == 1 => Ok((a.clone(), 0)),
        None => Ok((ravel(a, None)?, 0)),
    }
}

/// The ranges below `n` between places that rise.
fn between_all(places: &[usize], n: usize) -> Vec<(usize, usize)> {
    let first = std::iter::once(0).chain(places.iter().map(|k| k + 1));
    first.zip(places.iter().copied().chain([n])).filter(|(first, stop)| first < stop).collect()
}

/// A longer array with the old elements in ranges along an axis.
fn around(a: &Array, axis: usize, shape: &[usize], old: &[(usize, usize)]) -> Result<Array> {
    checked_size(shape, a.dtype().size())?;
    let out = empty_in(fresh_layout(shape, a.dtype().size(), &[a.layout()], MemoryOrder::Any), a.dtype(), a.device())?;
    let mut from = 0;
    for &(first, stop) in old {
        let end = from + stop - first;
        out.slice(&between(axis, first, stop))?.assign((&a.slice(&between(axis, from, end))?).into())?;
        from = end;
    }
    Ok(out)
}
