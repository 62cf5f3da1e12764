//! `x[...]`, `x[...] = v`, `len`, iteration.

use super::NdArray;
use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::numpy::numpy;
use cuprous_array::Array;
use cuprous_array::indexing::{self, Index};
use cuprous_core::layout::Slice;
use cuprous_core::{DType, Device};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PySlice, PySliceMethods, PyTuple};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicUsize, Ordering};

const NOT_AN_INDEX: &str =
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices";

type Basic = SmallVec<[Slice; 8]>;

/// Basic indices of an array of this shape; `None` if something selects by arrays.
fn parse(index: &Bound<'_, PyAny>, shape: &[usize]) -> PyResult<Option<Basic>> {
    let mut out = Basic::new();
    match index.cast::<PyTuple>() {
        Err(_) => match item(index, shape, 0)? {
            Some(i) => out.push(i),
            None => return Ok(None),
        },
        Ok(items) => {
            // An ellipsis stands for the axes that nothing else takes.
            let takes_axis = |i: &Bound<'_, PyAny>| !i.is_none() && !is_ellipsis(i);
            let n_taken = items.iter_borrowed().filter(|i| takes_axis(i)).count();
            let mut axis = 0;
            for i in items.iter_borrowed() {
                let Some(i) = item(&i, shape, axis)? else { return Ok(None) };
                axis += match i {
                    Slice::New => 0,
                    Slice::Ellipsis => shape.len().saturating_sub(n_taken),
                    _ => 1,
                };
                out.push(i);
            }
        }
    }
    Ok(Some(out))
}

/// Any index: slices keep their bounds as they are given, lists and other libraries' arrays are copied to the host's
/// memory, where what is wrong with them can be told at once.
///
/// # Errors
/// `IndexError` in NumPy's words for what is no index.
pub fn subscript(index: &Bound<'_, PyAny>) -> PyResult<Vec<Index>> {
    match index.cast::<PyTuple>() {
        Ok(items) => items.iter_borrowed().map(|i| advanced(&i)).collect(),
        Err(_) => Ok(vec![advanced(index)?]),
    }
}

fn advanced(obj: &Bound<'_, PyAny>) -> PyResult<Index> {
    let py = obj.py();
    if let Ok(a) = obj.cast::<NdArray>() {
        return Ok(Index::Array(a.get().handle()));
    }
    if let Ok(slice) = obj.cast::<PySlice>() {
        let part = |name: &str| -> PyResult<Option<isize>> {
            let bound = obj.getattr(name)?;
            if bound.is_none() {
                return Ok(None);
            }
            // Bounds beyond all numbers are as good as the largest.
            match bound.extract::<isize>() {
                Ok(i) => Ok(Some(i)),
                Err(e) if e.is_instance_of::<PyOverflowError>(py) => Ok(Some(if bound.lt(0)? { isize::MIN } else { isize::MAX })),
                // Python's own words for what is no bound.
                Err(_) => slice.indices(0).map(|_| None),
            }
        };
        return Ok(Index::Slice(Slice::Range(part("start")?, part("stop")?, part("step")?.unwrap_or(1).max(-isize::MAX))));
    }
    let np = numpy(py)?;
    let is_bool = |obj: &Bound<'_, PyAny>| np.known_scalar_type(obj.get_type().as_any()) == Some(DType::Bool);
    if obj.is_instance_of::<PyBool>() || is_bool(obj) {
        return Ok(Index::Truth(obj.is_truthy()?));
    }
    if obj.is_none() {
        return Ok(Index::Slice(Slice::New));
    }
    if is_ellipsis(obj) {
        return Ok(Index::Slice(Slice::Ellipsis));
    }
    if np.is_array(obj) {
        let is_number: bool =
            obj.getattr("ndim")?.extract::<usize>()? == 0 && obj.getattr("dtype")?.getattr("kind")?.extract::<char>()? != 'b';
        if is_number {
            return integer(obj).map(Index::Slice);
        }
        return match convert::array_like(py, obj, None, Some(Device::CPU)) {
            Ok(a) => Ok(Index::Host(a)),
            Err(_) => Err(PyIndexError::new_err("arrays used as indices must be of integer (or boolean) type")),
        };
    }
    if obj.is_instance_of::<PyList>() || (obj.is_instance_of::<PyTuple>()) {
        return list(obj);
    }
    match integer(obj) {
        Err(e) if e.is_instance_of::<PyTypeError>(py) => Err(PyIndexError::new_err(NOT_AN_INDEX)),
        other => other.map(Index::Slice),
    }
}

/// A list of indices; one that holds arrays of ours is joined on their device.
fn list(obj: &Bound<'_, PyAny>) -> PyResult<Index> {
    let py = obj.py();
    if let Some(device) = convert::device_within(obj, 0)? {
        return convert::array_like(py, obj, None, Some(device)).map(Index::Array);
    }
    let Ok(array) = numpy(py)?.asarray.bind(py).call1((obj, py.None())).and_then(|a| {
        let kind: char = a.getattr("dtype")?.getattr("kind")?.extract()?;
        if kind == 'O' || kind == 'U' || kind == 'S' { Err(PyTypeError::new_err(NOT_AN_INDEX)) } else { Ok(a) }
    }) else {
        // NumPy's own words for lists of unequal lengths.
        numpy(py)?.asarray.bind(py).call1((obj, py.None()))?;
        return Err(PyIndexError::new_err(NOT_AN_INDEX));
    };
    let own = convert::array_like(py, &array, None, Some(Device::CPU))?;
    if own.size() == 0 {
        // An empty list has no numbers that could be of a wrong type.
        return compute(py, || own.astype(DType::I64)).map(Index::Host);
    }
    if !own.dtype().is_integral() {
        return Err(PyIndexError::new_err(NOT_AN_INDEX));
    }
    Ok(Index::Host(own))
}

fn is_ellipsis(obj: &Bound<'_, PyAny>) -> bool {
    obj.is(obj.py().Ellipsis())
}

/// One basic index; `None` for what selects by arrays.
#[inline]
fn item(obj: &Bound<'_, PyAny>, shape: &[usize], axis: usize) -> PyResult<Option<Slice>> {
    if let Ok(slice) = obj.cast::<PySlice>() {
        // Too many indices are refused later, whatever the bounds.
        let n = shape.get(axis).copied().unwrap_or(0) as isize;
        let s = slice.indices(n)?;
        // Clipped bounds of a negative step may be -1, which means "before the first" and not "the last".
        let bound = |i: isize| (i >= 0).then_some(i);
        return Ok(Some(if s.slicelength == 0 {
            Slice::Range(Some(0), Some(0), s.step)
        } else {
            Slice::Range(bound(s.start), bound(s.stop), s.step)
        }));
    }
    if obj.is_exact_instance_of::<PyInt>() {
        return integer(obj).map(Some);
    }
    if obj.is_none() {
        return Ok(Some(Slice::New));
    }
    if is_ellipsis(obj) {
        return Ok(Some(Slice::Ellipsis));
    }
    other(obj)
}

fn integer(obj: &Bound<'_, PyAny>) -> PyResult<Slice> {
    match obj.extract::<isize>() {
        Ok(i) => Ok(Slice::At(i)),
        Err(e) if e.is_instance_of::<PyOverflowError>(obj.py()) => Err(PyIndexError::new_err(NOT_AN_INDEX)),
        Err(e) => Err(e),
    }
}

/// Rarer indices: whatever counts as an integer, and those that select element by element.
fn other(obj: &Bound<'_, PyAny>) -> PyResult<Option<Slice>> {
    let np = numpy(obj.py())?;
    let is_advanced = obj.is_instance_of::<PyBool>()
        || obj.is_instance_of::<PyList>()
        || obj.is_instance_of::<PyTuple>()
        || obj.is_instance_of::<NdArray>()
        || np.is_array(obj)
        || np.known_scalar_type(obj.get_type().as_any()) == Some(DType::Bool);
    if is_advanced {
        return Ok(None);
    }
    match integer(obj) {
        Err(e) if e.is_instance_of::<PyTypeError>(obj.py()) => Err(PyIndexError::new_err(NOT_AN_INDEX)),
        other => other.map(Some),
    }
}

/// A Python value as it can be assigned to elements of an array.
fn assigned(py: Python<'_>, target: &Array, value: &Bound<'_, PyAny>) -> PyResult<OwnedInput> {
    let source = match convert::try_input(value)? {
        Some(v) => v,
        // A NumPy array or a list is transferred: the assignment itself says where to.
        None => OwnedInput::Array(convert::array_like(py, value, None, Some(target.device()))?),
    };
    convert::check_element(&source, target.dtype())?;
    Ok(source)
}

/// Writes a Python value to all elements.
pub(super) fn write(py: Python<'_>, target: &Array, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let source = assigned(py, target, value)?;
    compute(py, || target.assign(source.as_input()))
}

#[pymethods]
impl NdArray {
    fn __getitem__(slf: &Bound<'_, Self>, index: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        if let Some(basic) = parse(index, own.shape())? {
            let part = compute(slf.py(), || own.get(&basic))?;
            return NdArray::view_of(slf, part);
        }
        let index = subscript(index)?;
        let part = compute(slf.py(), || indexing::get(&own, &index))?;
        NdArray::like(slf, part)
    }

    fn __setitem__(&self, py: Python<'_>, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_writeable("assignment destination")?;
        let own = self.handle();
        match parse(index, own.shape())? {
            Some(basic) => {
                let source = assigned(py, &own, value)?;
                compute(py, || own.set(&basic, source.as_input()))
            }
            None => {
                let index = subscript(index)?;
                let source = assigned(py, &own, value)?;
                compute(py, || indexing::set(&own, &index, source.as_input()))
            }
        }
    }

    fn __len__(&self) -> PyResult<usize> {
        self.look(|a| a.shape().first().copied()).ok_or_else(|| PyTypeError::new_err("len() of unsized object"))
    }

    fn __iter__(slf: Bound<'_, Self>) -> PyResult<ArrayIterator> {
        if slf.get().look(|a| a.n_axes()) == 0 {
            return Err(PyTypeError::new_err("iteration over a 0-d array"));
        }
        Ok(ArrayIterator { source: slf.unbind(), next: AtomicUsize::new(0) })
    }

    fn __contains__(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let same = slf.rich_compare(value, pyo3::pyclass::CompareOp::Eq)?;
        let Ok(same) = same.cast::<NdArray>() else { return same.is_truthy() };
        let same = same.get().handle();
        compute(slf.py(), || Ok(same.any(&Default::default())?.item()?.to::<bool>()))
    }
}

/// Goes through an array along its first axis.
#[pyclass(frozen, module = "cuprous", name = "ndarray_iterator")]
pub struct ArrayIterator {
    source: Py<NdArray>,
    next: AtomicUsize,
}

#[pymethods]
impl ArrayIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let source = self.source.bind(py);
        let own = source.get().handle();
        let k = self.next.fetch_add(1, Ordering::Relaxed);
        if k >= own.shape().first().copied().unwrap_or(0) {
            return Ok(None);
        }
        let part = compute(py, || own.get(&[Slice::At(k as isize)]))?;
        NdArray::view_of(source, part).map(Some)
    }
}
