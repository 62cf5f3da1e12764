//! From kinds of errors to Python's exceptions.

use cuprous_core::{Error, ErrorKind};
use pyo3::exceptions::{
    PyIndexError, PyMemoryError, PyNotImplementedError, PyOSError, PyOverflowError, PyRuntimeError, PyTypeError, PyValueError,
    PyZeroDivisionError,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use std::cell::RefCell;

pyo3::create_exception!(cuprous, OutOfMemoryError, PyMemoryError, "Memory of a device is exhausted.");
pyo3::create_exception!(
    cuprous.x,
    DeviceSynchronized,
    PyRuntimeError,
    "The host had to wait for a device within `allow_synchronize(False)`."
);
pyo3::create_exception!(cuprous, CompileError, PyRuntimeError, "A kernel did not compile.");

pyo3::create_exception!(cuprous.cuda.runtime, CUDARuntimeError, PyRuntimeError, "A device or its driver failed.");

thread_local! {
    /// What code of a user's raised below the engine, which passes on words only.
    static CARRIED: RefCell<Option<(String, PyErr)>> = const { RefCell::new(None) };
}

/// An error for the engine that [`raise`] turns back into this exception.
#[cold]
pub fn carry(py: Python<'_>, e: PyErr) -> Error {
    let kind = if e.is_instance_of::<PyMemoryError>(py) { ErrorKind::Memory } else { ErrorKind::Runtime };
    let text = e.to_string();
    CARRIED.set(Some((text.clone(), e)));
    Error::new(kind, text)
}

/// The exception of an error.
#[cold]
pub fn raise(e: Error) -> PyErr {
    let message = e.message().to_owned();
    if let Some((text, carried)) = CARRIED.take()
        && message.contains(&text)
    {
        return carried;
    }
    match e.kind() {
        ErrorKind::Shape | ErrorKind::Value => PyValueError::new_err(message),
        ErrorKind::Axis => numpy_error("numpy.exceptions", "AxisError", message),
        ErrorKind::Index => PyIndexError::new_err(message),
        ErrorKind::Type => PyTypeError::new_err(message),
        ErrorKind::Overflow => PyOverflowError::new_err(message),
        ErrorKind::ZeroDivision => PyZeroDivisionError::new_err(message),
        ErrorKind::LinAlg => numpy_error("numpy.linalg", "LinAlgError", message),
        ErrorKind::Memory => OutOfMemoryError::new_err(message),
        ErrorKind::Compile => CompileError::new_err(message),
        ErrorKind::Device => match cuprous_core::foreign::status_of(&message) {
            Some(status) => with_status(CUDARuntimeError::new_err(message), status),
            None => CUDARuntimeError::new_err(message),
        },
        ErrorKind::Runtime => PyRuntimeError::new_err(message),
        ErrorKind::Synchronized => DeviceSynchronized::new_err(message),
        ErrorKind::Unsupported => PyNotImplementedError::new_err(message),
        ErrorKind::Io => PyOSError::new_err(message),
    }
}

/// An exception that knows the number of its error.
#[cold]
pub fn with_status(e: PyErr, status: i32) -> PyErr {
    // An exception without it is still the exception.
    let _ = Python::attach(|py| e.value(py).setattr("status", status));
    e
}

/// What a function gets that takes other types: the words that CuPy has for it.
#[cold]
pub fn unsupported_type(obj: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("Unsupported type {}", obj.get_type().repr().map_or_else(|_| "?".into(), |r| r.to_string())))
}

/// An exception of NumPy's: programs catch it by that class.
#[cold]
fn numpy_error(module: &'static str, name: &'static str, message: String) -> PyErr {
    static AXIS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static LINALG: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let slot = if name == "AxisError" { &AXIS } else { &LINALG };
    Python::attach(|py| match slot.import(py, module, name) {
        Ok(class) => PyErr::from_type(class.clone(), (message,)),
        Err(e) => e,
    })
}
