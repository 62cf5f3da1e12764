//! Memory hooks in Python: objects whose methods hear of memory that is taken and given back.

use super::settled;
use crate::detach::compute;
use crate::errors;
use cuprous_core::hooks::{self, Hook, Piece, Step};
use cuprous_core::{DeviceKind, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::cell::RefCell;
use std::sync::Arc;

struct InPython(Py<PyAny>);

impl InPython {
    fn call(&self, py: Python<'_>, step: Step, piece: &Piece) -> PyResult<()> {
        let name = match step {
            Step::BeforeAlloc => "alloc_preprocess",
            Step::AfterAlloc => "alloc_postprocess",
            Step::BeforeMalloc => "malloc_preprocess",
            Step::AfterMalloc => "malloc_postprocess",
            Step::BeforeFree => "free_preprocess",
            Step::AfterFree => "free_postprocess",
        };
        let told = PyDict::new(py);
        let ordinal = if piece.device.kind == DeviceKind::Cpu { 0 } else { piece.device.ordinal };
        told.set_item("device_id", ordinal)?;
        if matches!(step, Step::BeforeMalloc | Step::AfterMalloc) {
            told.set_item("size", piece.size)?;
        }
        told.set_item("mem_size", piece.rounded)?;
        if !matches!(step, Step::BeforeAlloc | Step::BeforeMalloc) {
            told.set_item("mem_ptr", piece.address)?;
        }
        if matches!(step, Step::AfterMalloc | Step::BeforeFree | Step::AfterFree) {
            // What tells blocks in use apart.
            told.set_item("pmem_id", piece.address)?;
        }
        self.0.bind(py).call_method(name, (), Some(&told)).map(drop)
    }
}

impl Hook for InPython {
    fn notice(&self, step: Step, piece: &Piece) -> Result<()> {
        let told = Python::try_attach(|py| match self.call(py, step, piece) {
            Ok(()) => Ok(()),
            // Nobody can be told that dropping failed.
            Err(e) if matches!(step, Step::BeforeFree | Step::AfterFree) => {
                e.write_unraisable(py, Some(self.0.bind(py)));
                Ok(())
            }
            Err(e) => Err(errors::carry(py, e)),
        });
        told.unwrap_or(Ok(()))
    }
}

/// A hook as Python and as the pools know it.
type Known = (Py<PyAny>, Arc<dyn Hook>);

thread_local! {
    /// This thread's hooks, to be found again
    static HOOKS: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// Tells an object of this thread's memory from now on. What waits is computed before.
#[pyfunction]
fn _add_memory_hook(py: Python<'_>, hook: Py<PyAny>) -> PyResult<()> {
    compute(py, || settled().map(drop))?;
    let told: Arc<dyn Hook> = Arc::new(InPython(hook.clone_ref(py)));
    hooks::add(told.clone());
    HOOKS.with_borrow_mut(|h| h.push((hook, told)));
    Ok(())
}

/// Tells an object nothing more. What waits is computed before.
#[pyfunction]
fn _remove_memory_hook(py: Python<'_>, hook: &Bound<'_, PyAny>) -> PyResult<()> {
    let flushed = compute(py, || settled().map(drop));
    let found = HOOKS.with_borrow_mut(|all| all.iter().position(|(h, _)| h.is(hook)).map(|k| all.remove(k)));
    if let Some((_, told)) = found {
        hooks::remove(&told);
    }
    flushed
}

/// Adds the functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(_add_memory_hook, m)?)?;
    m.add_function(wrap_pyfunction!(_remove_memory_hook, m)?)
}
