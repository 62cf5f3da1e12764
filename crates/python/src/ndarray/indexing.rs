//! `x[...]`, `x[...] = v`, `len`, iteration.

use super::NdArray;
use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::numpy::numpy;
use cuprous_array::Array;
use cuprous_core::layout::Slice;
use pyo3::exceptions::{PyIndexError, PyNotImplementedError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PySlice, PySliceMethods, PyTuple};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicUsize, Ordering};

const NOT_AN_INDEX: &str =
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices";

type Index = SmallVec<[Slice; 8]>;

/// Basic indices of an array of this shape.
fn parse(index: &Bound<'_, PyAny>, shape: &[usize]) -> PyResult<Index> {
    let mut out = Index::new();
    match index.cast::<PyTuple>() {
        Err(_) => out.push(item(index, shape, 0)?),
        Ok(items) => {
            // An ellipsis stands for the axes that nothing else takes.
            let takes_axis = |i: &Bound<'_, PyAny>| !i.is_none() && !is_ellipsis(i);
            let n_taken = items.iter_borrowed().filter(|i| takes_axis(i)).count();
            let mut axis = 0;
            for i in items.iter_borrowed() {
                out.push(item(&i, shape, axis)?);
                axis += match out[out.len() - 1] {
                    Slice::New => 0,
                    Slice::Ellipsis => shape.len().saturating_sub(n_taken),
                    _ => 1,
                };
            }
        }
    }
    Ok(out)
}

fn is_ellipsis(obj: &Bound<'_, PyAny>) -> bool {
    obj.is(obj.py().Ellipsis())
}

#[inline]
fn item(obj: &Bound<'_, PyAny>, shape: &[usize], axis: usize) -> PyResult<Slice> {
    if let Ok(slice) = obj.cast::<PySlice>() {
        // Too many indices are refused later, whatever the bounds.
        let n = shape.get(axis).copied().unwrap_or(0) as isize;
        let s = slice.indices(n)?;
        // Clipped bounds of a negative step may be -1, which means "before the first" and not "the last".
        let bound = |i: isize| (i >= 0).then_some(i);
        return Ok(if s.slicelength == 0 {
            Slice::Range(Some(0), Some(0), s.step)
        } else {
            Slice::Range(bound(s.start), bound(s.stop), s.step)
        });
    }
    if obj.is_exact_instance_of::<PyInt>() {
        return integer(obj);
    }
    if obj.is_none() {
        return Ok(Slice::New);
    }
    if is_ellipsis(obj) {
        return Ok(Slice::Ellipsis);
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
fn other(obj: &Bound<'_, PyAny>) -> PyResult<Slice> {
    let advanced = || Err(PyNotImplementedError::new_err("advanced indexing is not there yet"));
    let np = numpy(obj.py())?;
    if obj.is_instance_of::<PyBool>() || obj.is_instance_of::<PyList>() || np.is_array(obj) {
        return advanced();
    }
    if let Ok(a) = obj.cast::<NdArray>() {
        let is_integer = a.get().look(|a| a.n_axes() == 0 && a.dtype().is_integral() && a.dtype() != cuprous_core::DType::Bool);
        return if is_integer { integer(obj) } else { advanced() };
    }
    if np.known_scalar_type(obj.get_type().as_any()) == Some(cuprous_core::DType::Bool) {
        return advanced();
    }
    match integer(obj) {
        Err(e) if e.is_instance_of::<PyTypeError>(obj.py()) => Err(PyIndexError::new_err(NOT_AN_INDEX)),
        other => other,
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
        let index = parse(index, own.shape())?;
        let part = compute(slf.py(), || own.get(&index))?;
        NdArray::view_of(slf, part)
    }

    fn __setitem__(&self, py: Python<'_>, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_writeable("assignment destination")?;
        let own = self.handle();
        let index = parse(index, own.shape())?;
        let source = assigned(py, &own, value)?;
        compute(py, || own.set(&index, source.as_input()))
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

    fn __contains__(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (own, value) = (self.handle(), convert::input(value)?);
        compute(py, || {
            let same = cuprous_array::logic::equal(&own, value.as_input())?;
            Ok(same.any(&Default::default())?.item()?.to::<bool>())
        })
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
