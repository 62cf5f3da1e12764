//! The array class of Python.

mod attributes;
mod conversions;
mod flags;
mod flat;
mod indexing;
mod methods;
mod operators;
pub mod printing;

pub use flags::Flags;
pub use flat::FlatIterator;
pub use indexing::{ArrayIterator, subscript};

use crate::convert;
use crate::detach::compute;
use crate::errors;
use cuprous_array::{Array, creation};
use cuprous_core::DType;
use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::sync::atomic::{AtomicBool, Ordering};

/// An array of numbers on one device.
///
/// Made by `zeros`, `asarray`, `arange` and others. Element-wise work on it waits until somebody reads the result.
#[pyclass(subclass, frozen, weakref, module = "cuprous", name = "ndarray")]
pub struct NdArray {
    /// The lock is held to copy or replace the handle, never while anything computes.
    array: Mutex<Array>,
    /// The array whose memory this one looks at
    base: Option<Py<PyAny>>,
    /// Set for broadcast arrays and their views, whose elements are one in memory, and by the program
    read_only: AtomicBool,
    /// Whether the memory is another library's that said not to write there: then it stays read-only
    is_locked: bool,
    /// Whether `__array_finalize__` was called, which only subclasses care for
    is_finalized: AtomicBool,
}

impl NdArray {
    /// An array that owns its memory.
    #[inline]
    pub fn new(array: Array) -> NdArray {
        NdArray {
            array: Mutex::new(array),
            base: None,
            read_only: AtomicBool::new(false),
            is_locked: false,
            is_finalized: AtomicBool::new(false),
        }
    }

    /// An array over memory that another library owns, as a Python object.
    pub fn imported(py: Python<'_>, array: Array, read_only: bool) -> PyResult<Py<PyAny>> {
        let (is_locked, read_only) = (read_only, AtomicBool::new(read_only || repeats_elements(&array)));
        Ok(Bound::new(py, NdArray { read_only, is_locked, ..NdArray::new(array) })?.into_any().unbind())
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

    pub fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Relaxed)
    }

    /// Refuses what would write to a read-only array.
    ///
    /// # Errors
    /// `ValueError` in NumPy's words, which call the array as the caller does.
    pub fn check_writeable(&self, what: &str) -> PyResult<()> {
        if self.is_read_only() { Err(PyValueError::new_err(format!("{what} is read-only"))) } else { Ok(()) }
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

    /// A result that may look at the memory of `source`: then it names whose memory that is. Its class is the source's.
    pub fn view_of(source: &Bound<'_, NdArray>, view: Array) -> PyResult<Py<PyAny>> {
        let made = NdArray::over(source, view)?;
        if source.is_exact_instance_of::<NdArray>() {
            return Ok(Bound::new(source.py(), made)?.into_any().unbind());
        }
        made.of_class(&source.get_type(), Some(source))
    }

    /// The same as `view_of`, of the class that is named.
    pub fn view_of_class(source: &Bound<'_, NdArray>, view: Array, class: &Bound<'_, PyType>) -> PyResult<Py<PyAny>> {
        NdArray::over(source, view)?.of_class(class, Some(source))
    }

    /// A new array with a class and what a subclass adds taken from `source`.
    pub fn like(source: &Bound<'_, NdArray>, array: Array) -> PyResult<Py<PyAny>> {
        let made = NdArray::new(array);
        if source.is_exact_instance_of::<NdArray>() {
            return Ok(Bound::new(source.py(), made)?.into_any().unbind());
        }
        made.of_class(&source.get_type(), Some(source))
    }

    /// The same for the result of a ufunc: a subclass with an `__array_wrap__` of its own says what becomes of it, and is
    /// told the call (the ufunc, its arguments, which result) or None.
    pub fn wrapped(source: &Bound<'_, NdArray>, array: Array, call: impl FnOnce() -> PyResult<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        let py = source.py();
        let wrap = intern!(py, "__array_wrap__");
        if source.is_exact_instance_of::<NdArray>() || source.get_type().getattr(wrap)?.is(py.get_type::<NdArray>().getattr(wrap)?) {
            return NdArray::like(source, array);
        }
        let is_number = array.n_axes() == 0;
        Ok(source.call_method1(wrap, (convert::to_python(py, array)?, call()?, is_number))?.unbind())
    }

    fn over(source: &Bound<'_, NdArray>, view: Array) -> PyResult<NdArray> {
        let own = source.get();
        let shares = own.shares_memory(&view)?;
        let read_only = shares && (own.is_read_only() || repeats_elements(&view));
        let base = shares.then(|| match &own.base {
            Some(b) => b.clone_ref(source.py()),
            None => source.clone().into_any().unbind(),
        });
        Ok(NdArray { base, read_only: AtomicBool::new(read_only), ..NdArray::new(view) })
    }

    /// An object of a subclass, which hears from which array it was made.
    fn of_class(self, class: &Bound<'_, PyType>, source: Option<&Bound<'_, NdArray>>) -> PyResult<Py<PyAny>> {
        let py = class.py();
        let own = py.get_type::<NdArray>();
        if class.is(&own) {
            return Ok(Bound::new(py, self)?.into_any().unbind());
        }
        // Python makes the object of a subclass only by `__new__`: that of ours takes the array as it is.
        let seed = Bound::new(py, Seed(Mutex::new(Some(self))))?;
        let made = own.call_method1(intern!(py, "__new__"), (class, seed))?;
        made.cast::<NdArray>()?.get().is_finalized.store(true, Ordering::Relaxed);
        made.call_method1(intern!(py, "__array_finalize__"), (source,))?;
        Ok(made.unbind())
    }
}

/// Of several arrays the one whose subclass a result has: that of the highest `__array_priority__`, the first of these.
/// There is none where plain arrays are among them and the priority is below 0, which theirs is in NumPy.
#[inline]
pub fn of_subclass<'a, 'py: 'a>(arrays: impl Iterator<Item = &'a Bound<'py, NdArray>>) -> PyResult<Option<&'a Bound<'py, NdArray>>> {
    let mut best: Option<(&Bound<'py, NdArray>, f64)> = None;
    let mut has_plain = false;
    for array in arrays {
        if array.is_exact_instance_of::<NdArray>() {
            has_plain = true;
            continue;
        }
        let priority = array.getattr(intern!(array.py(), "__array_priority__"))?.extract::<f64>()?;
        if best.is_none_or(|(_, p)| priority > p) {
            best = Some((array, priority));
        }
    }
    Ok(best.filter(|(_, priority)| !has_plain || *priority >= 0.0).map(|(array, _)| array))
}

/// An array on its way into an object of a subclass.
#[pyclass(frozen, module = "cuprous")]
pub struct Seed(Mutex<Option<NdArray>>);

/// Whether several elements of an array are one in memory.
fn repeats_elements(a: &Array) -> bool {
    a.size() > 0 && a.strides().iter().zip(a.shape()).any(|(&s, &n)| s == 0 && n > 1)
}

#[pymethods]
impl NdArray {
    #[new]
    #[classmethod]
    #[pyo3(signature = (shape, dtype = None, memptr = None, strides = None, order = None))]
    fn from_shape<'py>(
        cls: &Bound<'py, PyType>,
        shape: &Bound<'py, PyAny>,
        dtype: Option<&Bound<'py, PyAny>>,
        memptr: Option<&Bound<'py, PyAny>>,
        strides: Option<&Bound<'py, PyAny>>,
        order: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<NdArray> {
        let py = cls.py();
        if let Ok(seed) = shape.cast::<Seed>() {
            let made = seed.get().0.lock().take().ok_or_else(|| PyTypeError::new_err("this array was made already"))?;
            return Ok(made);
        }
        let shape = convert::sizes(shape)?;
        let dtype = convert::optional_dtype(dtype)?.unwrap_or(DType::F64);
        let order = order.map(convert::memory_order).transpose()?.unwrap_or_default();
        if let Some(memory) = memptr.filter(|m| !m.is_none()) {
            let array = crate::cuda::memory::array_over(py, &shape, dtype, memory, strides, order)?;
            let read_only = repeats_elements(&array);
            return Ok(NdArray { read_only: AtomicBool::new(read_only), ..NdArray::new(array) });
        }
        if strides.is_some_and(|s| !s.is_none()) {
            return Err(PyValueError::new_err("strides are given with memptr, the memory that they walk"));
        }
        let array = compute(py, || creation::empty(&shape, dtype, creation::CreateOptions { device: None, order }))?;
        Ok(NdArray::new(array))
    }

    /// An array of a subclass that its constructor made hears that it came from no other.
    #[pyo3(signature = (*_args, **_kwargs))]
    fn __init__(slf: &Bound<'_, Self>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        if slf.is_exact_instance_of::<NdArray>() || slf.get().is_finalized.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        slf.call_method1(intern!(slf.py(), "__array_finalize__"), (slf.py().None(),)).map(drop)
    }

    /// Called for each new object of a subclass with the array that it was made from, or None.
    fn __array_finalize__(&self, _obj: &Bound<'_, PyAny>) {}

    /// The array API's namespace: the module itself.
    #[pyo3(signature = (*, api_version = None))]
    fn __array_namespace__<'py>(&self, py: Python<'py>, api_version: Option<&str>) -> PyResult<Bound<'py, PyModule>> {
        match api_version {
            None | Some("2021.12" | "2022.12" | "2023.12" | "2024.12") => py.import(intern!(py, "cuprous")),
            Some(other) => Err(PyValueError::new_err(format!("Version \"{other}\" of the Array API Standard is not supported."))),
        }
    }

    /// NumPy asks this to decide who handles an operator.
    #[classattr]
    fn __array_priority__() -> f64 {
        100.0
    }

    /// `ndarray[shape, dtype]` in annotations.
    #[classmethod]
    fn __class_getitem__<'py>(cls: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let n = item.cast::<PyTuple>().map_or(1, |t| t.len());
        if n == 0 || n > 2 {
            let word = if n > 2 { "many" } else { "few" };
            return Err(PyTypeError::new_err(format!("Too {word} arguments for {}", cls.fully_qualified_name()?)));
        }
        cls.py().import(intern!(cls.py(), "types"))?.getattr(intern!(cls.py(), "GenericAlias"))?.call1((cls, item))
    }
}
