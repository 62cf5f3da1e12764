//! The memory pools and who may replace them.

use super::memory::{MemoryPointer, PinnedMemoryPointer};
use super::stream::Stream;
use crate::detach::compute;
use crate::interop::borrowed;
use cuprous_array::array::flush_device;
use cuprous_array::engine::place;
use cuprous_core::backend::{MemoryInfo, backend};
use cuprous_core::{Device, Result};
use pyo3::exceptions::{PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The memory that arrays on a device take theirs from. There is one of them for each device; an object of this
/// class speaks for that of the current device.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "MemoryPool")]
pub struct MemoryPool {}

/// The current device, with nothing waiting on it: what waits will need memory, and holds some.
fn settled() -> Result<Device> {
    let device = place::default_device()?;
    flush_device(device)?;
    Ok(device)
}

fn info(py: Python<'_>) -> PyResult<MemoryInfo> {
    compute(py, || {
        let device = settled()?;
        backend(device.kind)?.memory(device)
    })
}

#[pymethods]
impl MemoryPool {
    /// The pool of the current device; another allocator below it is not there yet.
    #[new]
    #[pyo3(signature = (allocator = None))]
    fn create(allocator: Option<&Bound<'_, PyAny>>) -> PyResult<MemoryPool> {
        match allocator.filter(|a| !a.is_none()) {
            Some(_) => Err(PyNotImplementedError::new_err("a pool over another allocator is not there yet")),
            None => Ok(MemoryPool {}),
        }
    }

    /// Memory of this many bytes on the current device, for the current stream.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
        MemoryPointer::fresh(py, size)
    }

    /// Bytes in use by arrays.
    fn used_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        info(py).map(|i| i.used)
    }

    /// Bytes taken from the device: in use or kept for reuse.
    fn total_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        info(py).map(|i| i.total)
    }

    /// Bytes kept for reuse.
    fn free_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        info(py).map(|i| i.total.saturating_sub(i.used))
    }

    /// How many blocks are kept for reuse.
    fn n_free_blocks(&self, py: Python<'_>) -> PyResult<usize> {
        info(py).map(|i| i.n_free)
    }

    /// Gives unused memory back to the device: all of it, or that of one stream.
    #[pyo3(signature = (stream = None))]
    fn free_all_blocks(&self, py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let stream = stream.map(|s| s.get());
        compute(py, || {
            let device = settled()?;
            match stream {
                None => backend(device.kind)?.trim(device),
                Some(stream) => {
                    let queue = stream.queue()?;
                    backend(queue.device.kind)?.trim_queue(&queue)
                }
            }
        })?;
        borrowed::sweep(py)
    }

    /// The old name of `free_all_blocks`.
    fn free_all_free(&self, py: Python<'_>) -> PyResult<()> {
        self.free_all_blocks(py, None)
    }

    /// Limits the bytes that the pool may hold, in numbers or as a part of the device's memory; 0 is no limit.
    #[pyo3(signature = (size = None, fraction = None))]
    fn set_limit(&self, py: Python<'_>, size: Option<usize>, fraction: Option<f64>) -> PyResult<()> {
        if size.is_some() && fraction.is_some() {
            return Err(PyValueError::new_err("size and fraction cannot be specified at one time"));
        }
        if let Some(f) = fraction
            && !(0.0..=1.0).contains(&f)
        {
            return Err(PyValueError::new_err(format!("memory limit fraction out of range: {f}")));
        }
        compute(py, || {
            let device = settled()?;
            let b = backend(device.kind)?;
            let limit = match fraction {
                Some(f) => (b.describe(device)?.total_memory as f64 * f) as usize,
                None => size.unwrap_or(0),
            };
            b.set_memory_limit(device, limit)
        })
    }

    /// The limit in bytes, 0 for none.
    fn get_limit(&self, py: Python<'_>) -> PyResult<usize> {
        info(py).map(|i| i.limit)
    }
}

/// The pinned memory of the host that is kept for reuse. There is one such pool.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "PinnedMemoryPool")]
pub struct PinnedMemoryPool {}

#[pymethods]
impl PinnedMemoryPool {
    #[new]
    fn create() -> PinnedMemoryPool {
        PinnedMemoryPool {}
    }

    /// Pinned memory of this many bytes.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<PinnedMemoryPointer> {
        PinnedMemoryPointer::fresh(py, size)
    }

    /// How many blocks are kept for reuse.
    fn n_free_blocks(&self, py: Python<'_>) -> PyResult<usize> {
        compute(py, || Ok(super::answering()?.n_free_pinned()))
    }

    /// Gives unused blocks back to the system.
    fn free_all_blocks(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || super::answering()?.trim_pinned())
    }
}

/// The memory pool of the current device.
#[pyfunction]
pub(super) fn get_default_memory_pool() -> MemoryPool {
    MemoryPool {}
}

/// The pool of pinned memory.
#[pyfunction]
pub(super) fn get_default_pinned_memory_pool() -> PinnedMemoryPool {
    PinnedMemoryPool {}
}

/// Accepts our own pools' `malloc` and nothing, which are the same: arrays always take memory from the device's pool.
fn check_allocator(allocator: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(allocator) = allocator.filter(|a| !a.is_none()) else { return Ok(()) };
    if !allocator.is_callable() {
        return Err(PyTypeError::new_err("allocator must be callable"));
    }
    let of = allocator.getattr_opt(intern!(allocator.py(), "__self__"))?;
    if of.is_some_and(|o| o.is_instance_of::<MemoryPool>() || o.is_instance_of::<PinnedMemoryPool>()) {
        return Ok(());
    }
    Err(PyNotImplementedError::new_err("allocators besides MemoryPool().malloc are not there yet"))
}

/// Sets where arrays take memory from: a pool's `malloc`, or None.
#[pyfunction]
#[pyo3(signature = (allocator = None))]
fn set_allocator(py: Python<'_>, allocator: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    check_allocator(allocator)?;
    compute(py, || settled().map(drop))
}

/// Where arrays take memory from.
#[pyfunction]
fn get_allocator(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Bound::new(py, MemoryPool {})?.into_any().getattr(intern!(py, "malloc"))
}

/// Sets where pinned memory comes from: a pool's `malloc`, or None.
#[pyfunction]
#[pyo3(signature = (allocator = None))]
fn set_pinned_memory_allocator(allocator: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    check_allocator(allocator)
}

/// Within it arrays take memory from an allocator: a pool's `malloc`, or None.
#[pyclass(frozen, module = "cuprous.cuda", name = "using_allocator")]
struct UsingAllocator {}

#[pymethods]
impl UsingAllocator {
    #[new]
    #[pyo3(signature = (allocator = None))]
    fn create(allocator: Option<&Bound<'_, PyAny>>) -> PyResult<UsingAllocator> {
        check_allocator(allocator).map(|()| UsingAllocator {})
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || settled().map(drop))
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        compute(py, || settled().map(drop))
    }
}

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<MemoryPool>()?;
    m.add_class::<PinnedMemoryPool>()?;
    m.add_class::<UsingAllocator>()?;
    m.add_function(pyo3::wrap_pyfunction!(get_default_memory_pool, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_default_pinned_memory_pool, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(set_allocator, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_allocator, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(set_pinned_memory_allocator, m)?)
}
