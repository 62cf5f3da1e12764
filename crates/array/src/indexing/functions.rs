//! Elements chosen by indices, under NumPy's names and signatures: reading them.

use super::access::{Chosen, IndexAxis, along, as_index, check_places, gather};
use super::nonzero::{counting, flat_nonzero, nonzero as nonzero_of};
use super::places::{check_below, mode_of, ravel, unravel};
use crate::array::Array;
use crate::creation::functions::operand;
use crate::creation::{self, CreateOptions};
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Any, Nested, Places, Value, function};
use crate::manipulation::functions::mismatch;
use cuprous_core::indexing::{IndexMode, Indexed};
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::promote::{self, Casting, can_cast, is_safe};
use cuprous_core::shape::{broadcast, normalize_axis, tight};
use cuprous_core::{DType, Device, Error, Result};
use cuprous_ops::ufuncs::comparison::WHERE;
use smallvec::SmallVec;

/// NumPy's words for integers that an array of another dtype was given for.
fn check_integers(a: &Array, casting: Casting) -> Result<()> {
    if can_cast(a.dtype(), DType::I64, casting) { Ok(()) } else { Err(cannot_cast(a, DType::I64, casting)) }
}

fn cannot_cast(a: &Array, to: DType, casting: Casting) -> Error {
    let what = if a.n_axes() == 0 { "scalar" } else { "array data" };
    Error::type_error(format!("Cannot cast {what} from dtype('{}') to dtype('{to}') according to the rule '{}'", a.dtype(), casting.name()))
}

/// The result, or `out` with it.
fn finished(result: Array, out: Option<&Array>, wrong_shape: impl FnOnce() -> Error) -> Result<Array> {
    let Some(out) = out else { return Ok(result) };
    if out.shape() != result.shape() {
        return Err(wrong_shape());
    }
    out.assign((&result).into())?;
    Ok(out.clone())
}

/// The indices of a call, on the device of the array that they index.
pub(super) fn local(places: Places, a: &Array, axis: usize, len: usize, mode: IndexMode, casting: Casting) -> Result<Array> {
    let index = places.array;
    // An empty list is one of integers.
    if index.size() > 0 || !places.is_known {
        check_integers(index, casting)?;
    }
    if places.is_known && index.device() != a.device() {
        let host = index.astype(DType::I64)?;
        // The device would tell later what the host knows now.
        if mode == IndexMode::Raise
            && let Some(&bad) = host.to_vec::<i64>()?.iter().find(|&&i| i < -(len as i64) || i >= len as i64)
        {
            return Err(Indexed::error(bad, axis, len));
        }
        return host.to_device(a.device());
    }
    as_index(index)
}

/// Takes elements along an axis.
fn take_along(a: &Array, places: Places, axis: usize, out: Option<&Array>, mode: IndexMode) -> Result<Array> {
    let len = a.shape()[axis];
    let mode = if mode == IndexMode::Raise { super::mode([len]) } else { mode };
    let n = places.array.size();
    if len == 0 && n > 0 && a.shape().iter().enumerate().all(|(k, &n)| k == axis || n > 0) {
        check_integers(places.array, Casting::SameKind)?;
        return Err(Error::index("cannot do a non-empty take from an empty axes."));
    }
    // Without lines to take from NumPy looks at no index.
    let mode = if a.shape()[..axis].contains(&0) { IndexMode::Clip } else { mode };
    let index = local(places, a, axis, len, mode, Casting::SameKind)?;
    let chosen = along(a, axis, &index, mode)?;
    let wrong = || Error::value("output array does not match result of ndarray.take");
    if let Some(out) = out {
        if out.shape() != &chosen.base.shape[..] {
            return Err(wrong());
        }
        if !is_safe(out.dtype(), a.dtype()) {
            return Err(cannot_cast(out, a.dtype(), Casting::Safe));
        }
    }
    // Nothing is gathered then, and NumPy looks at the indices all the same.
    if mode == IndexMode::Raise && chosen.base.shape.contains(&0) && index.size() > 0 {
        check_places(&index, len, axis)?;
    }
    finished(gather(&chosen)?, out, wrong)
}

/// Elements at given places, along an axis or in C order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `indices`: integers of any shape; negative ones count from the end.
/// - `axis`: the axis along which elements are taken; `None` takes from the flattened array.
/// - `out`: array for the result, of a dtype that casts safely to that of `a`.
/// - `mode`: what an index outside the axis means: `'raise'` is an error, `'wrap'` counts around the axis, `'clip'`
///   takes the nearest end, and the first element for negative indices.
///
/// # Returns
/// Array of the dtype of `a`, whose axis `axis` is replaced by the axes of `indices`.
///
/// # Errors
/// - `Index`: an index outside the axis, with `mode='raise'`; an axis without elements to take from.
/// - `Type`: indices that are no integers; an `out` of a dtype that does not fit.
/// - `Value`: an `out` of another shape; another word for `mode`.
/// - `Axis`: an axis that `a` does not have.
///
/// # Differs from NumPy
/// On a GPU indices that are there already are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `numpy.take`
///
/// # Examples
/// ```python
/// >>> cp.take(cp.asarray([4, 3, 5, 7]), cp.asarray([0, -1]))
/// array([4, 7])
/// ```
#[function(signature = "(a, indices, axis=None, out=None, mode='raise')", method)]
pub fn take(a: &Array, indices: Places, axis: Option<isize>, out: Option<&Array>, mode: IndexMode) -> Result<Array> {
    match axis {
        Some(axis) if a.n_axes() > 0 => take_along(a, indices, normalize_axis(axis, a.n_axes())?, out, mode),
        _ => {
            if let Some(axis) = axis {
                normalize_axis(axis, 1)?;
            }
            take_along(&a.reshape(&[-1])?, indices, 0, out, mode)
        }
    }
}

/// Elements along an axis at places that differ from line to line.
///
/// # Parameters
/// - `arr`: array of any shape `(..., M, ...)`.
/// - `indices`: integers of shape `(..., K, ...)`: those for the lines of `arr` along the axis. The other axes broadcast.
/// - `axis`: the axis; `None` takes from the flattened array.
///
/// # Returns
/// Array of the dtype of `arr` and shape `(..., K, ...)`.
///
/// # Errors
/// - `Index`: an index outside the axis; indices that are no integers; shapes that do not broadcast.
/// - `Value`: another number of axes than `arr` has.
/// - `Axis`: an axis that `arr` does not have.
///
/// # Differs from NumPy
/// On a GPU indices are checked there: the error comes at the next read or synchronization.
///
/// # Source
/// `numpy.take_along_axis`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[10, 30, 20], [60, 40, 50]])
/// >>> cp.take_along_axis(a, cp.argmax(a, axis=1, keepdims=True), axis=1)
/// array([[30],
///        [60]])
/// ```
#[function(signature = "(arr, indices, axis=-1)")]
pub fn take_along_axis(arr: &Array, indices: &Array, axis: Option<isize>) -> Result<Array> {
    gather(&line_by_line(arr, indices, axis)?)
}

/// Elements of several arrays, by a number for each element that says of which.
///
/// # Parameters
/// - `a`: integers: which of the choices each element comes from.
/// - `choices`: the arrays, or one array whose first axis counts them; they broadcast with `a`.
/// - `out`: array for the result.
/// - `mode`: what a number means that is no choice's: `'raise'` is an error, `'wrap'` counts around, `'clip'` takes the
///   nearest, and the first one for negative numbers.
///
/// # Returns
/// Array of the common shape and of the common dtype of the choices.
///
/// # Errors
/// - `Value`: a number that is no choice's, with `mode='raise'`; shapes that do not broadcast; no choices.
/// - `Type`: an `a` that does not cast safely to int64; an `out` of another shape.
///
/// # Differs from NumPy
/// On a GPU numbers are checked there: an IndexError comes at the next read or synchronization.
///
/// # Source
/// `numpy.choose`
///
/// # Examples
/// ```python
/// >>> cp.choose(cp.asarray([2, 0, 1]), [[0, 1, 2], [10, 11, 12], [20, 21, 22]])
/// array([20,  1, 12])
/// ```
#[function(signature = "(a, choices, out=None, mode='raise')", method)]
pub fn choose(a: &Array, choices: &[Array], out: Option<&Array>, mode: IndexMode) -> Result<Array> {
    let Some(dtype) = choices.iter().map(Array::dtype).reduce(promote::promote) else { return Err(Error::value("0-length sequence.")) };
    check_integers(a, Casting::Safe)?;
    let shapes: Vec<&[usize]> = choices.iter().chain([a]).map(Array::shape).collect();
    let shape = broadcast(&shapes).map_err(|_| mismatch(&shapes))?;
    if out.is_some_and(|out| out.shape() != &shape[..]) {
        return Err(Error::type_error("choose: invalid shape for output array."));
    }
    let n = choices.len();
    let places = a.astype(DType::I64)?;
    if mode == IndexMode::Raise {
        check_below(&places, n, |_| "invalid entry in choice array".into())?;
    }
    let stacked: Vec<usize> = std::iter::once(n).chain(shape.iter().copied()).collect();
    let table = creation::empty(&stacked, dtype, CreateOptions { device: Some(a.device()), ..CreateOptions::default() })?;
    for (k, choice) in choices.iter().enumerate() {
        table.set(&[Slice::At(k as isize)], choice.into())?;
    }
    let base = Layout { shape: shape.clone(), strides: table.strides()[1..].into(), offset: table.layout().offset };
    let places = places.broadcast_to(&shape)?;
    let axis = IndexAxis { places: (0..shape.len()).collect(), values: places, len: n, stride: table.strides()[0], axis: 0 };
    let result = gather(&Chosen { array: table, base, indices: SmallVec::from_iter([axis]), mode })?;
    finished(result, out, || Error::type_error("choose: invalid shape for output array."))
}

/// The parts of an array along an axis for which a condition holds.
///
/// # Parameters
/// - `condition`: array of shape `(M,)`; what is not zero is true. It may be shorter than the axis.
/// - `a`: array of any shape.
/// - `axis`: the axis; `None` takes elements of the flattened array.
/// - `out`: array for the result.
///
/// # Returns
/// Array of the dtype of `a`, as long along the axis as there are true elements. Their number is read from the device.
///
/// # Errors
/// - `Value`: a condition of more or fewer axes than one; an `out` of another shape.
/// - `Index`: a true element beyond the axis.
/// - `Axis`: an axis that `a` does not have.
///
/// # Source
/// `numpy.compress`
///
/// # Examples
/// ```python
/// >>> cp.compress(cp.asarray([False, True, True]), cp.asarray([[1, 2], [3, 4], [5, 6]]), axis=0)
/// array([[3, 4],
///        [5, 6]])
/// ```
#[function(signature = "(condition, a, axis=None, out=None)", method)]
pub fn compress(condition: &Array, a: &Array, axis: Option<isize>, out: Option<&Array>) -> Result<Array> {
    if condition.n_axes() != 1 {
        return Err(Error::value("condition must be a 1-d array"));
    }
    let array = &flat_nonzero(condition)?;
    take(a, Places { array, is_known: false }, axis, out, IndexMode::Raise)
}

/// The elements of an array at which a condition holds.
///
/// # Parameters
/// - `condition`: array of as many elements as `arr`, in C order; what is not zero is true.
/// - `arr`: array of any shape.
///
/// # Returns
/// Array of shape `(N,)` and the dtype of `arr`, in C order. The number of elements is read from the device.
///
/// # Errors
/// - `Index`: a true element beyond the end of `arr`.
///
/// # Source
/// `numpy.extract`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6).reshape(2, 3)
/// >>> cp.extract(a % 2 == 1, a)
/// array([1, 3, 5])
/// ```
#[function(signature = "(condition, arr)")]
pub fn extract(condition: &Array, arr: &Array) -> Result<Array> {
    let array = &flat_nonzero(condition)?;
    take(arr, Places { array, is_known: false }, None, None, IndexMode::Raise)
}

/// The places of the elements that are not zero.
///
/// # Parameters
/// - `a`: array of at least one axis. NaN is not zero.
///
/// # Returns
/// A tuple with an array of int64 and shape `(N,)` for each axis, in C order. `N` is read from the device.
///
/// # Errors
/// - `Value`: an array without axes.
///
/// # Source
/// `numpy.nonzero`
///
/// # Examples
/// ```python
/// >>> cp.nonzero(cp.asarray([[3, 0], [0, 4]]))
/// (array([0, 1]), array([0, 1]))
/// ```
#[function(signature = "(a)", method)]
pub fn nonzero(a: &Array) -> Result<Vec<Array>> {
    nonzero_of(a)
}

/// The places of the elements that are not zero, one after the other.
///
/// # Parameters
/// - `a`: array of any shape.
///
/// # Returns
/// Array of int64 and shape `(N, a.ndim)`. `N` is read from the device.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.argwhere`
///
/// # Examples
/// ```python
/// >>> cp.argwhere(cp.asarray([[3, 0], [0, 4]]))
/// array([[0, 0],
///        [1, 1]])
/// ```
#[function(signature = "(a)")]
pub fn argwhere(a: &Array) -> Result<Array> {
    let flat = flat_nonzero(a)?;
    let shape = [flat.size(), a.n_axes()];
    let out = creation::empty(&shape, DType::I64, CreateOptions { device: Some(a.device()), ..CreateOptions::default() })?;
    if a.n_axes() > 0 {
        for (k, part) in super::nonzero::unraveled(&flat, a.shape())?.iter().enumerate() {
            out.set(&[Slice::Range(None, None, 1), Slice::At(k as isize)], part.into())?;
        }
    }
    Ok(out)
}

/// The places in the flattened array of the elements that are not zero.
///
/// # Parameters
/// - `a`: array of any shape.
///
/// # Returns
/// Array of int64 and shape `(N,)`. `N` is read from the device.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.flatnonzero`
///
/// # Examples
/// ```python
/// >>> cp.flatnonzero(cp.asarray([[3, 0], [0, 4]]))
/// array([0, 3])
/// ```
#[function(signature = "(a)")]
pub fn flatnonzero(a: &Array) -> Result<Array> {
    flat_nonzero(a)
}

/// Elements of several arrays, each from the first one whose condition holds.
///
/// # Parameters
/// - `condlist`: conditions of dtype bool.
/// - `choicelist`: an array for each condition.
/// - `default`: array or number where no condition holds.
///
/// # Returns
/// Array of the common shape and dtype of all of them.
///
/// # Errors
/// - `Value`: no conditions, as many conditions as choices there must be, or shapes that do not broadcast.
/// - `Type`: a condition of another dtype than bool.
///
/// # Source
/// `numpy.select`
///
/// # Examples
/// ```python
/// >>> x = cp.arange(6)
/// >>> cp.select([x < 2, x > 3], [x, 10 * x], default=-1)
/// array([ 0,  1, -1, -1, 40, 50])
/// ```
#[function(signature = "(condlist, choicelist, default=0)")]
pub fn select(condlist: &[Array], choicelist: Nested, default: Input) -> Result<Array> {
    let parts: Vec<Array>;
    let mut choices: Vec<Input> = match (choicelist.items(), choicelist.0) {
        (Some(items), _) => items.map(Nested::input).collect::<Result<_>>()?,
        (None, Value::Array(a) | Value::Fresh(a)) => {
            let n = a.shape().first().copied().unwrap_or(0);
            parts = (0..n).map(|k| a.slice(&[Slice::At(k as isize)])).collect::<Result<_>>()?;
            parts.iter().map(Input::Array).collect()
        }
        _ => return Err(Error::type_error("choicelist must be a list of arrays and numbers")),
    };
    if condlist.len() != choices.len() {
        return Err(Error::value("list of cases must be same length as list of conditions"));
    }
    if condlist.is_empty() {
        return Err(Error::value("select with an empty condition list is not possible"));
    }
    if let Some(k) = condlist.iter().position(|c| c.dtype() != DType::Bool) {
        return Err(Error::type_error(format!("invalid entry {k} in condlist: should be boolean ndarray")));
    }
    choices.push(default);
    let conditions: Vec<&[usize]> = condlist.iter().map(Array::shape).collect();
    broadcast(&conditions).map_err(|_| mismatch(&conditions))?;
    let shape_of = |c: &Input| if let Input::Array(a) = c { a.shape().to_vec() } else { Vec::new() };
    let shapes: Vec<Vec<usize>> = choices.iter().map(shape_of).collect();
    let shapes: Vec<&[usize]> = shapes.iter().map(|s| &s[..]).collect();
    let shape = broadcast(&shapes).map_err(|_| mismatch(&shapes))?;
    let all: Vec<&[usize]> = condlist.iter().map(Array::shape).chain([&shape[..]]).collect();
    broadcast(&all).map_err(|_| mismatch(&[&broadcast(&conditions).unwrap_or_default(), &shape]))?;
    let operands: Vec<promote::Operand> = choices.iter().map(|&c| operand(c)).collect();
    let dtype = promote::result_type(&operands).unwrap_or(DType::F64);
    let device = condlist[0].device();
    let mut result = as_dtype(choices[choices.len() - 1], dtype, device)?;
    for (condition, &choice) in condlist.iter().zip(&choices).rev() {
        let choice = as_dtype(choice, dtype, device)?;
        result = apply(&WHERE, &[condition.into(), (&choice).into(), (&result).into()], &UfuncOptions::default())?;
    }
    Ok(result)
}

/// An operand as an array of a dtype; Python's integers wrap, as in NumPy's choice.
fn as_dtype(input: Input, dtype: DType, device: Device) -> Result<Array> {
    match input {
        Input::Array(a) if a.dtype() == dtype => Ok(a.clone()),
        Input::Array(a) => a.astype(dtype),
        Input::Scalar(s) => creation::full_on(&[], s.cast(dtype), Some(device)),
        Input::Weak(w) => creation::full_on(&[], w.to_scalar(w.default_dtype())?.cast(dtype), Some(device)),
    }
}

/// The places of the main diagonal of an array with `ndim` axes of length `n`.
///
/// # Parameters
/// - `n`: the length of each axis.
/// - `ndim`: how many axes.
/// - `device`: the device of the result; by default the current one.
///
/// # Returns
/// A tuple of `ndim` arrays of int64 and shape `(n,)`.
///
/// # Errors
/// - `Memory`, `Device`: the result cannot be made.
///
/// # Source
/// `numpy.diag_indices`
///
/// # Examples
/// ```python
/// >>> cp.diag_indices(3)
/// (array([0, 1, 2]), array([0, 1, 2]))
/// ```
#[function(signature = "(n, ndim=2, *, device=None)")]
pub fn diag_indices(n: i64, ndim: i64, device: Option<Device>) -> Result<Vec<Array>> {
    let like = creation::empty(&[0], DType::I64, CreateOptions { device, ..CreateOptions::default() })?;
    let places = counting(n.max(0) as usize, &like)?;
    let mut all = Vec::new();
    let n_axes = ndim.max(0) as usize;
    all.try_reserve_exact(n_axes).map_err(|_| Error::memory(format!("the host has no memory for a tuple of {n_axes} arrays")))?;
    all.resize(n_axes, places);
    Ok(all)
}

/// Places in the flattened array as indices along each axis.
///
/// # Parameters
/// - `indices`: integers of any shape, not negative.
/// - `shape`: the shape of the array.
/// - `order`: `'C'` or `'F'`: whether places count with the last or with the first axis fastest.
///
/// # Returns
/// A tuple with an array of int64 and the shape of `indices` for each axis.
///
/// # Errors
/// - `Value`: a place outside the array.
/// - `Type`: indices that are no integers.
///
/// # Differs from NumPy
/// On a GPU places are checked there: an IndexError comes at the next read or synchronization.
///
/// # Source
/// `numpy.unravel_index`
///
/// # Examples
/// ```python
/// >>> cp.unravel_index(cp.asarray([5, 6]), (3, 4))
/// (array([1, 1]), array([1, 2]))
/// ```
#[function(signature = "(indices, shape, order='C')")]
pub fn unravel_index(indices: &Array, shape: &[usize], order: &str) -> Result<Vec<Array>> {
    unravel(indices, shape, order)
}

/// Indices along each axis as places in the flattened array.
///
/// # Parameters
/// - `multi_index`: an array of integers for each axis; they broadcast.
/// - `dims`: the shape of the array.
/// - `mode`: what an index outside its axis means: `'raise'` is an error, negative ones included, `'wrap'` counts around
///   the axis, `'clip'` takes the nearest end; one word, or a tuple with one for each axis.
/// - `order`: `'C'` or `'F'`: whether places count with the last or with the first axis fastest.
///
/// # Returns
/// Array of int64 of the common shape.
///
/// # Errors
/// - `Value`: an index outside its axis, with `mode='raise'`; another number of arrays than axes; another word for `mode`.
/// - `Shape`: shapes that do not broadcast.
/// - `Type`: indices that are no integers.
///
/// # Differs from NumPy
/// On a GPU indices are checked there: an IndexError comes at the next read or synchronization.
///
/// # Source
/// `numpy.ravel_multi_index`
///
/// # Examples
/// ```python
/// >>> cp.ravel_multi_index((cp.asarray([1, 2]), cp.asarray([3, 0])), (3, 4))
/// array([7, 8])
/// ```
#[function(signature = "(multi_index, dims, mode='raise', order='C')")]
pub fn ravel_multi_index(multi_index: &[Array], dims: &[usize], mode: Any, order: &str) -> Result<Array> {
    let modes = match mode.0 {
        Value::Tuple(words) if words.len() == dims.len() => words.iter().map(mode_of).collect::<Result<_>>()?,
        Value::Tuple(words) => {
            return Err(Error::value(format!("list of clipmodes has wrong length ({} instead of {})", words.len(), dims.len())));
        }
        one => vec![mode_of(one)?; dims.len()],
    };
    ravel(multi_index, dims, &modes, order)
}

/// The elements of lines along an axis, by indices of the same number of axes.
pub(super) fn line_by_line(arr: &Array, indices: &Array, axis: Option<isize>) -> Result<Chosen> {
    let Some(axis) = axis else {
        if indices.n_axes() != 1 {
            return Err(Error::value("when axis=None, `indices` must have a single dimension."));
        }
        return line_by_line(&arr.reshape(&[-1])?, indices, Some(0));
    };
    let axis = normalize_axis(axis, arr.n_axes())?;
    if !indices.dtype().is_integral() || indices.dtype() == DType::Bool {
        return Err(Error::index("`indices` must be an integer array"));
    }
    if indices.n_axes() != arr.n_axes() {
        return Err(Error::value("`indices` and `arr` must have the same number of dimensions"));
    }
    let lines: SmallVec<[usize; 8]> = (0..arr.n_axes()).map(|k| if k == axis { 1 } else { arr.shape()[k] }).collect();
    let shape = broadcast(&[&lines, indices.shape()]).map_err(|_| {
        // NumPy names the indices along each axis.
        let along = |k: usize| {
            let mut shape = vec![1; arr.n_axes()];
            shape[k] = arr.shape()[k];
            if k == axis { tight(indices.shape()) } else { tight(&shape) }
        };
        let list: Vec<String> = (0..arr.n_axes()).map(along).collect();
        Error::index(format!("shape mismatch: indexing arrays could not be broadcast together with shapes {} ", list.join(" ")))
    })?;
    let mut lines = Layout { shape: lines[..].into(), ..arr.layout().clone() };
    lines.strides[axis] = 0;
    let base = lines.broadcast_to(&shape)?;
    let index = as_index(indices)?;
    let axis = IndexAxis { places: (0..shape.len()).collect(), values: index, len: arr.shape()[axis], stride: arr.strides()[axis], axis };
    let mode = super::mode([axis.len]);
    Ok(Chosen { array: arr.clone(), base, indices: SmallVec::from_iter([axis]), mode })
}
