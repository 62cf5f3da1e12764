//! The only place that releases the interpreter while cuprous computes.

use crate::errors;
use cuprous_core::Result;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Computes without holding the interpreter; afterwards lets Ctrl-C through.
///
/// A panic is an error of ours. It becomes a `RuntimeError`, so that a process with hours of work in it goes on.
#[inline]
pub fn compute<T: Send>(py: Python<'_>, f: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    // What a panic may leave half done is behind the engine's own locks, which do not stay locked.
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(f)));
    let result = match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(errors::raise(e)),
        Err(panic) => Err(panicked(&panic)),
    };
    py.check_signals()?;
    result
}

#[cold]
fn panicked(panic: &Box<dyn std::any::Any + Send>) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
    PyRuntimeError::new_err(format!("internal error of cuprous, please report it: {text}"))
}
