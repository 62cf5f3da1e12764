//! The array class of Python.

mod attributes;
mod conversions;
mod flags;
mod indexing;
mod methods;
mod operators;

pub use flags::Flags;
pub use indexing::ArrayIterator;

use crate::convert;
use crate::detach::compute;
use crate::errors;
use crate::interop::Exposed;
use cuprous_array::{Array, creation};
use cuprous_core::DType;
use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::OnceLock;

/// An array of numbers on one device.
///
/// Made by `zeros`, `asarray`, `arange` and others. Element-wise work on it waits until somebody reads the result.
#[pyclass(subclass, frozen, weakref, module = "cuprous", name = "ndarray")]
pub struct NdArray {
    /// The lock is held to copy or replace the handle, never while anything computes.
    array: Mutex<Array>,
    /// The array whose memory this one looks at
    base: Option<Py<PyAny>>,
    /// Set for broadcast arrays and their views: several of their elements are one in memory
    read_only: bool,
    /// While outsiders can reach the memory
    exposed: OnceLock<Exposed>,
}

impl NdArray {
    /// An array that owns its memory.
    #[inline]
    pub fn new(array: Array) -> NdArray {
        NdArray { array: Mutex::new(array), base: None, read_only: false, exposed: OnceLock::new() }
    }

    /// A handle to the same elements.
    #[inline]
    pub fn handle(&self) -> Array {
        self.array.lock().clone()
    }

    /// Looks at the array without counting another owner.
    #[inline]
    fn look<T>(&self, f: impl FnOnce(&Array) -> T) -> T {
        f(&self.array.lock())
    }

    /// Refuses what would write to a broadcast array.
    ///
    /// # Errors
    /// `ValueError` in NumPy's words, which call the array as the caller does.
    pub fn check_writeable(&self, what: &str) -> PyResult<()> {
        if self.read_only { Err(PyValueError::new_err(format!("{what} is read-only"))) } else { Ok(()) }
    }

    /// Whether another array lies in the same memory. Making a view computes its source, so what waits shares nothing.
    pub fn shares_memory(&self, other: &Array) -> PyResult<bool> {
        let own = self.handle();
        if own.is_pending() || other.is_pending() {
            return Ok(false);
        }
        let (a, b) = (own.force().map_err(errors::raise)?, other.force().map_err(errors::raise)?);
        Ok(std::sync::Arc::ptr_eq(&a, &b))
    }

    /// A result that may look at the memory of `source`: then it names whose memory that is.
    pub fn view_of(source: &Bound<'_, NdArray>, view: Array) -> PyResult<Py<PyAny>> {
        let py = source.py();
        let own = source.get();
        let shares = own.shares_memory(&view)?;
        let read_only = shares && (own.read_only || repeats_elements(&view));
        let base = shares.then(|| match &own.base {
            Some(b) => b.clone_ref(py),
            None => source.clone().into_any().unbind(),
        });
        Ok(Bound::new(py, NdArray { array: Mutex::new(view), base, read_only, exposed: OnceLock::new() })?.into_any().unbind())
    }
}

/// Whether several elements of an array are one in memory.
fn repeats_elements(a: &Array) -> bool {
    a.size() > 0 && a.strides().iter().zip(a.shape()).any(|(&s, &n)| s == 0 && n > 1)
}

#[pymethods]
impl NdArray {
    #[new]
    #[pyo3(signature = (shape, dtype = None, memptr = None, strides = None, order = None))]
    fn from_shape(
        py: Python<'_>,
        shape: &Bound<'_, PyAny>,
        dtype: Option<&Bound<'_, PyAny>>,
        memptr: Option<&Bound<'_, PyAny>>,
        strides: Option<&Bound<'_, PyAny>>,
        order: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<NdArray> {
        if memptr.is_some() || strides.is_some() {
            return Err(pyo3::exceptions::PyNotImplementedError::new_err("ndarray() over given memory is not there yet"));
        }
        let shape = convert::sizes(shape)?;
        let dtype = convert::optional_dtype(dtype)?.unwrap_or(DType::F64);
        let order = order.map(convert::memory_order).transpose()?.unwrap_or_default();
        let array = compute(py, || creation::empty(&shape, dtype, creation::CreateOptions { device: None, order }))?;
        Ok(NdArray::new(array))
    }

    /// NumPy asks this to decide who handles an operator.
    #[classattr]
    fn __array_priority__() -> f64 {
        100.0
    }
}
