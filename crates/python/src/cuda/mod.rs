//! `cuprous.cuda`: devices, streams, events and memory under CuPy's names. Where no GPU is, the CPU answers as one device.

mod allocators;
mod attributes;
mod device;
mod foreign;
mod graph;
mod hooks;
pub mod memory;
pub mod pinned;
mod pool;
mod runtime;
mod stream;

pub use device::PyDevice;

use crate::convert;
use crate::detach::compute;
use crate::errors::{self, CUDARuntimeError};
use cuprous_array::array::flush_device;
use cuprous_array::engine::place;
use cuprous_core::backend::{Backend, backend, devices};
use cuprous_core::{Device, DeviceKind, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

fn n_gpus() -> usize {
    backend(DeviceKind::Cuda).map_or(0, |b| b.n_devices())
}

/// The device of a number, as CUDA counts.
pub fn device_of_id(py: Python<'_>, id: i64) -> PyResult<Device> {
    let n = compute(py, || Ok(n_gpus()))?;
    match u16::try_from(id) {
        Ok(0) if n == 0 => Ok(Device::CPU),
        Ok(k) if (k as usize) < n => Ok(Device::cuda(k)),
        _ => Err(CUDARuntimeError::new_err(format!("invalid device ordinal {id}: there are {}", n.max(1)))),
    }
}

/// The device of a number, or the current one for -1.
fn device_or_current(py: Python<'_>, id: i64) -> PyResult<Device> {
    if id == -1 { compute(py, place::default_device) } else { device_of_id(py, id) }
}

/// The device that CUDA's functions mean now.
fn current() -> Result<Device> {
    let device = place::default_device()?;
    Ok(if device.kind == DeviceKind::Cpu && n_gpus() > 0 { Device::cuda(0) } else { device })
}

/// The backend that answers CUDA's questions.
fn answering() -> Result<&'static dyn Backend> {
    backend(current()?.kind)
}

/// The current device, with nothing waiting on it: what waits will need memory, and holds some.
fn settled() -> Result<Device> {
    let device = place::default_device()?;
    flush_device(device)?;
    Ok(device)
}

/// What cannot be pickled, for an address means nothing in another process.
#[cold]
fn no_pickle(what: &str) -> PyErr {
    PyTypeError::new_err(format!("cannot pickle {what}: it means nothing in another process"))
}

/// All devices, GPUs first.
#[pyfunction(name = "devices")]
fn all_devices(py: Python<'_>) -> PyResult<Vec<PyDevice>> {
    compute(py, || Ok(devices().into_iter().map(PyDevice::new).collect()))
}

/// Whether there is a GPU that works.
#[pyfunction]
fn is_available(py: Python<'_>) -> PyResult<bool> {
    compute(py, || Ok(n_gpus() > 0))
}

/// Settings that can be changed while a program runs.
#[pyclass(frozen, module = "cuprous", name = "Config")]
pub struct Config {}

#[pymethods]
impl Config {
    /// The device on which arrays are made.
    #[getter]
    fn default_device(&self, py: Python<'_>) -> PyResult<PyDevice> {
        compute(py, place::default_device).map(PyDevice::new)
    }

    #[setter]
    fn set_default_device(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(device) = convert::device(value)? else {
            return Err(PyTypeError::new_err("default_device must be a device: 'cpu' or 'cuda:0' for example"));
        };
        compute(py, || place::set_default_device(device))
    }
}

/// The modules by whose names programs know some of the classes and functions.
const MODULES: &[(&str, &[&str])] = &[
    ("device", &["Device", "get_device_id"]),
    (
        "memory",
        &[
            "BaseMemory",
            "CFunctionAllocator",
            "ManagedMemory",
            "Memory",
            "MemoryAsync",
            "MemoryAsyncPool",
            "MemoryPointer",
            "MemoryPool",
            "OutOfMemoryError",
            "PythonFunctionAllocator",
            "UnownedMemory",
            "alloc",
            "get_allocator",
            "malloc_async",
            "malloc_managed",
            "set_allocator",
            "using_allocator",
        ],
    ),
    (
        "pinned_memory",
        &[
            "PinnedMemory",
            "PinnedMemoryPointer",
            "PinnedMemoryPool",
            "alloc_pinned_memory",
            "is_memory_pinned",
            "set_pinned_memory_allocator",
        ],
    ),
    ("graph", &["Graph"]),
    ("stream", &["Event", "ExternalStream", "Stream", "get_current_stream", "get_elapsed_time"]),
];

/// Adds the classes and functions; those of `cuprous.cuda` go to a module of their own.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add("config", Config {})?;
    m.add_function(pyo3::wrap_pyfunction!(all_devices, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(is_available, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(pool::get_default_memory_pool, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(pinned::get_default_pinned_memory_pool, m)?)?;
    m.add("OutOfMemoryError", py.get_type::<errors::OutOfMemoryError>())?;
    m.add("CompileError", py.get_type::<errors::CompileError>())?;

    let cuda = PyModule::new(py, "cuprous.cuda")?;
    cuda.add_class::<PyDevice>()?;
    cuda.add_function(pyo3::wrap_pyfunction!(device::get_device_id, &cuda)?)?;
    cuda.add_function(pyo3::wrap_pyfunction!(is_available, &cuda)?)?;
    stream::register(&cuda)?;
    memory::register(&cuda)?;
    pool::register(&cuda)?;
    pinned::register(&cuda)?;
    allocators::register(&cuda)?;
    hooks::register(&cuda)?;
    foreign::register(&cuda)?;
    let runtime = PyModule::new(py, "cuprous.cuda.runtime")?;
    runtime::register(&runtime)?;
    cuda.add("runtime", runtime)?;
    for (module, names) in MODULES {
        let inner = PyModule::new(py, &format!("cuprous.cuda.{module}"))?;
        for name in *names {
            inner.add(*name, if *name == "OutOfMemoryError" { m.getattr(*name)? } else { cuda.getattr(*name)? })?;
        }
        match *module {
            "memory" => allocators::register_inner(&inner)?,
            "pinned_memory" => pinned::register_inner(&inner)?,
            _ => {}
        }
        cuda.add(*module, inner)?;
    }
    m.setattr("cuda", cuda)
}
