//! `x.flat`: the elements along one axis, in C order.

use super::NdArray;
use crate::convert;
use crate::detach::compute;
use cuprous_array::Array;
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_array::manipulation::functions::ravel;
use cuprous_core::Result;
use cuprous_core::layout::Slice;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyFloat, PyInt, PySlice, PySliceMethods, PyString, PyTuple};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The elements of an array along one axis, to go through, to read and to write.
#[pyclass(frozen, module = "cuprous", name = "flatiter")]
pub struct FlatIterator {
    source: Py<NdArray>,
    next: AtomicUsize,
}

/// What an index of a flat array selects.
enum Selection {
    One(isize),
    Range(isize, usize, isize),
    /// Left to the indexing of arrays
    Other,
}

impl FlatIterator {
    fn size(&self) -> usize {
        self.source.get().look(|a| a.size())
    }

    fn selection(&self, index: &Bound<'_, PyAny>) -> PyResult<Selection> {
        let n = self.size() as isize;
        if index.is(index.py().Ellipsis()) || index.cast::<PyTuple>().is_ok_and(|t| t.is_empty()) {
            return Ok(Selection::Range(0, n as usize, 1));
        }
        if let Ok(slice) = index.cast::<PySlice>() {
            let s = slice.indices(n)?;
            return Ok(Selection::Range(s.start, s.slicelength, s.step));
        }
        if let Ok(items) = index.cast::<PyTuple>() {
            return match items.len() {
                1 => self.selection(&items.get_item(0)?),
                m => Err(PyIndexError::new_err(format!(
                    "too many indices for flat iterator: flat iterator is 1-dimensional, but {m} were indexed"
                ))),
            };
        }
        if index.is_none() || index.is_instance_of::<PyString>() || index.is_instance_of::<PyFloat>() {
            return Err(PyIndexError::new_err(
                "only integers, slices (`:`), ellipsis (`...`) and integer or boolean arrays are valid indices",
            ));
        }
        if index.is_exact_instance_of::<PyInt>() {
            let at = convert::index(index)?;
            if at < -n || at >= n {
                return Err(PyIndexError::new_err(format!("index {at} is out of bounds for size {n}")));
            }
            return Ok(Selection::One(if at < 0 { at + n } else { at }));
        }
        Ok(Selection::Other)
    }
}

/// A slice of a flat array: its first element, how many, and the step.
fn part(flat: &Array, first: isize, n: usize, step: isize) -> Result<Array> {
    if n == 0 {
        return flat.slice(&[Slice::Range(Some(0), Some(0), 1)]);
    }
    let last = first + (n as isize - 1) * step;
    let stop = last + step.signum();
    flat.slice(&[Slice::Range(Some(first), (stop >= 0).then_some(stop), step)])
}

/// The first `n` elements of an array that is repeated as often as that takes.
fn cycled(value: &Array, n: usize) -> Result<Array> {
    let flat = ravel(value, Some(MemoryOrder::C))?;
    let m = flat.size();
    let long = if m >= n || m == 0 {
        flat
    } else {
        let row = flat.reshape(&[1, -1])?.broadcast_to(&[n.div_ceil(m), m])?;
        row.reshape(&[-1])?
    };
    part(&long, 0, n.min(long.size()), 1)
}

/// The indices of the element with this number in C order, which is one of the array's.
pub(super) fn unravel(flat: usize, shape: &[usize]) -> Vec<isize> {
    let mut rest = flat;
    let mut places = vec![0; shape.len()];
    for (place, &n) in places.iter_mut().zip(shape).rev() {
        *place = (rest % n.max(1)) as isize;
        rest /= n.max(1);
    }
    places
}

fn at(array: &Array, flat: usize) -> Vec<Slice> {
    unravel(flat, array.shape()).into_iter().map(Slice::At).collect()
}

#[pymethods]
impl FlatIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let own = self.source.get().handle();
        let k = self.next.load(Ordering::Relaxed);
        if k >= own.size() {
            return Ok(None);
        }
        self.next.store(k + 1, Ordering::Relaxed);
        let element = compute(py, || own.get(&at(&own, k)))?;
        convert::to_python(py, element).map(Some)
    }

    fn __len__(&self) -> usize {
        self.size()
    }

    /// The array that this goes through.
    #[getter]
    fn base(&self, py: Python<'_>) -> Py<NdArray> {
        self.source.clone_ref(py)
    }

    /// The number of the next element.
    #[getter]
    fn index(&self) -> usize {
        self.next.load(Ordering::Relaxed)
    }

    /// The indices of the next element.
    #[getter]
    fn coords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let shape = self.source.get().look(|a| a.shape().to_vec());
        PyTuple::new(py, unravel(self.next.load(Ordering::Relaxed), &shape))
    }

    /// The elements as a new array.
    fn copy(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let own = self.source.get().handle();
        let copy = compute(py, || flattened(&own))?;
        convert::to_python(py, copy)
    }

    #[pyo3(signature = (*_args, **_kwargs))]
    fn __array__(&self, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>) -> PyResult<()> {
        Err(PyTypeError::new_err("Implicit conversion to a NumPy array is not allowed. Please use `.copy().get()`."))
    }

    fn __getitem__(&self, py: Python<'_>, index: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let own = self.source.get().handle();
        let found = match self.selection(index)? {
            Selection::One(k) => compute(py, || own.get(&at(&own, k as usize)))?,
            Selection::Range(first, n, step) => compute(py, || part(&ravel(&own, Some(MemoryOrder::C))?, first, n, step)?.copy())?,
            Selection::Other => {
                let flat = compute(py, || flattened(&own))?;
                return convert::to_python(py, flat)?.bind(py).get_item(index).map(Bound::unbind);
            }
        };
        convert::to_python(py, found)
    }

    fn __setitem__(&self, py: Python<'_>, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.source.get().check_writeable("underlying array")?;
        let own = self.source.get().handle();
        match self.selection(index)? {
            Selection::One(k) => {
                let target = compute(py, || own.slice(&at(&own, k as usize)))?;
                super::indexing::write(py, &target, value)
            }
            Selection::Range(first, n, step) => self.assign(py, value, (first, n, step)),
            Selection::Other => {
                let flat = compute(py, || flattened(&own))?;
                convert::to_python(py, flat.clone())?.bind(py).set_item(index, value)?;
                compute(py, || own.assign((&back(&flat, &own)?).into()))
            }
        }
    }

    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let copy = self.copy(py)?;
        copy.bind(py).rich_compare(other, op).map(Bound::unbind)
    }
}

impl FlatIterator {
    /// Writes to a slice; a value of fewer elements is repeated.
    fn assign(&self, py: Python<'_>, value: &Bound<'_, PyAny>, (first, n, step): (isize, usize, isize)) -> PyResult<()> {
        let own = self.source.get().handle();
        let value = convert::array_like(py, value, None, Some(own.device()))?;
        compute(py, || {
            let value = cycled(&value, n)?;
            if n == 0 || value.size() == 0 {
                return Ok(());
            }
            // Where the elements do not lie along one axis, they are written together.
            let flat = if own.is_c_contiguous() { own.reshape(&[-1])? } else { flattened(&own)? };
            part(&flat, first, n, step)?.assign((&value).into())?;
            if own.is_c_contiguous() { Ok(()) } else { own.assign((&back(&flat, &own)?).into()) }
        })
    }
}

/// A copy of the elements along one axis.
fn flattened(array: &Array) -> Result<Array> {
    let flat = ravel(array, Some(MemoryOrder::C))?;
    if array.is_pending() || !std::sync::Arc::ptr_eq(&flat.force()?, &array.force()?) { Ok(flat) } else { flat.copy() }
}

/// Elements along one axis under the shape of an array.
fn back(flat: &Array, array: &Array) -> Result<Array> {
    let shape: Vec<isize> = array.shape().iter().map(|&n| n as isize).collect();
    flat.reshape(&shape)
}

#[pymethods]
impl NdArray {
    /// The elements along one axis, in C order.
    #[getter]
    fn flat(slf: &Bound<'_, Self>) -> FlatIterator {
        FlatIterator { source: slf.clone().unbind(), next: AtomicUsize::new(0) }
    }

    #[setter]
    fn set_flat(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        slf.get().check_writeable("array")?;
        let flat = NdArray::flat(slf);
        let n = flat.size();
        flat.assign(slf.py(), value, (0, n, 1))
    }
}
