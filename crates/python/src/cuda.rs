//! Devices, the one stream and the memory pool, under CuPy's names. Where no GPU is, the CPU answers as one device.

use crate::convert;
use crate::detach::compute;
use crate::errors;
use cuprous_array::array::flush;
use cuprous_array::engine::place;
use cuprous_core::backend::{MemoryInfo, backend, devices};
use cuprous_core::{Device, DeviceKind, Result};
use parking_lot::Mutex;
use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A device.
#[pyclass(frozen, module = "cuprous.cuda", name = "Device")]
pub struct PyDevice {
    /// Which one
    pub device: Device,
    /// The default devices to go back to, one for each `with` that is open
    entered: Mutex<Vec<Device>>,
}

impl PyDevice {
    /// The object of a device.
    pub fn new(device: Device) -> PyDevice {
        PyDevice { device, entered: Mutex::default() }
    }
}

/// Whether the CPU answers for CUDA: only where no GPU is.
fn cpu_answers() -> bool {
    n_gpus() == 0
}

fn n_gpus() -> usize {
    backend(DeviceKind::Cuda).map_or(0, |b| b.n_devices())
}

/// The device of a number, as CUDA counts.
pub fn device_of_id(py: Python<'_>, id: i64) -> PyResult<Device> {
    let n = compute(py, || Ok(n_gpus()))?;
    match u16::try_from(id) {
        Ok(0) if n == 0 => Ok(Device::CPU),
        Ok(k) if (k as usize) < n => Ok(Device::cuda(k)),
        _ => Err(PyRuntimeError::new_err(format!("invalid device ordinal {id}: there are {}", n.max(1)))),
    }
}

/// The device that CUDA's functions mean now.
fn current() -> Result<Device> {
    let device = place::default_device()?;
    Ok(if device.kind == DeviceKind::Cpu && !cpu_answers() { Device::cuda(0) } else { device })
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (device = None))]
    fn from_python(py: Python<'_>, device: Option<&Bound<'_, PyAny>>) -> PyResult<PyDevice> {
        let given = device.map(convert::device).transpose()?.flatten();
        let device = match given {
            Some(d) => d,
            None => compute(py, current)?,
        };
        Ok(PyDevice::new(device))
    }

    /// Its number, as CUDA counts.
    #[getter]
    fn id(&self) -> u16 {
        self.device.ordinal
    }

    /// `'cpu'` or `'cuda'`.
    #[getter(r#type)]
    fn kind(&self) -> &'static str {
        self.device.kind.name()
    }

    /// Makes new arrays on this device from now on.
    fn r#use(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let device = slf.get().device;
        compute(slf.py(), || place::set_default_device(device))?;
        Ok(slf)
    }

    /// Computes what waits on the device and waits for it.
    fn synchronize(&self, py: Python<'_>) -> PyResult<()> {
        let device = self.device;
        compute(py, || place::synchronize(device))
    }

    /// Free and total memory, in bytes.
    #[getter]
    fn mem_info(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        let device = self.device;
        compute(py, || backend(device.kind)?.describe(device).map(|i| (i.free_memory, i.total_memory)))
    }

    /// The compute capability, `'90'` for example.
    #[getter]
    fn compute_capability(&self, py: Python<'_>) -> PyResult<String> {
        let device = self.device;
        compute(py, || backend(device.kind)?.describe(device).map(|i| format!("{}{}", i.capability.0, i.capability.1)))
    }

    /// What the device calls itself.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        let device = self.device;
        compute(py, || backend(device.kind)?.describe(device).map(|i| i.name))
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let device = slf.get().device;
        let before = compute(slf.py(), || {
            let before = place::default_device()?;
            place::set_default_device(device)?;
            Ok(before)
        })?;
        slf.get().entered.lock().push(before);
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        let before = self.entered.lock().pop();
        match before {
            Some(device) => compute(py, || place::set_default_device(device)),
            None => Err(PyRuntimeError::new_err("a device is left that was not entered")),
        }
    }

    fn __str__(&self) -> String {
        self.device.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Device {}>", self.device)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        if let Ok(d) = other.cast::<PyDevice>() {
            return d.get().device == self.device;
        }
        other.cast::<PyString>().is_ok_and(|s| s.to_str().is_ok_and(|s| Device::parse(s).is_ok_and(|d| d == self.device)))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.device.to_string()).hash()
    }
}

/// A stream of work. There is one for each device so far: `Stream.null`.
#[pyclass(frozen, module = "cuprous.cuda", name = "Stream")]
pub struct Stream {}

#[pymethods]
impl Stream {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn refuse(_args: &Bound<'_, pyo3::types::PyTuple>, _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>) -> PyResult<Stream> {
        Err(PyNotImplementedError::new_err("streams besides Stream.null are not there yet"))
    }

    /// The default stream of the current device.
    #[classattr]
    fn null() -> Stream {
        Stream {}
    }

    /// Computes what waits and waits for it.
    fn synchronize(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || place::synchronize(place::default_device()?))
    }

    /// The handle of the stream; what waits is launched first.
    #[getter]
    fn ptr(&self, py: Python<'_>) -> PyResult<u64> {
        compute(py, || {
            let queue = place::current_queue(place::default_device()?)?;
            flush(&queue)?;
            Ok(queue.handle)
        })
    }

    /// Makes it the current stream, which it is.
    fn r#use(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, pyo3::types::PyTuple>) {}

    fn __repr__(&self) -> &'static str {
        "<Stream 0>"
    }
}

/// The memory that arrays on a device take theirs from.
#[pyclass(frozen, module = "cuprous.cuda", name = "MemoryPool")]
pub struct MemoryPool {}

/// What the pool of the current device holds, once everything that waits has its memory.
fn pool_info(py: Python<'_>) -> PyResult<MemoryInfo> {
    compute(py, || {
        let device = settled()?;
        backend(device.kind)?.memory(device)
    })
}

/// The current device, with nothing waiting on it.
fn settled() -> Result<Device> {
    let device = place::default_device()?;
    flush(&*place::current_queue(device)?)?;
    Ok(device)
}

#[pymethods]
impl MemoryPool {
    /// Bytes in use by arrays.
    fn used_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        pool_info(py).map(|i| i.used)
    }

    /// Bytes taken from the device: in use or kept for reuse.
    fn total_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        pool_info(py).map(|i| i.total)
    }

    /// Bytes kept for reuse.
    fn free_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        pool_info(py).map(|i| i.total.saturating_sub(i.used))
    }

    /// Gives unused memory back to the device.
    #[pyo3(signature = (stream = None))]
    fn free_all_blocks(&self, py: Python<'_>, stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = stream;
        compute(py, || {
            let device = settled()?;
            backend(device.kind)?.trim(device)
        })
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
        pool_info(py).map(|i| i.limit)
    }
}

/// The memory pool of the current device.
#[pyfunction]
fn get_default_memory_pool() -> MemoryPool {
    MemoryPool {}
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

/// How many devices CUDA's functions see: where no GPU is, the CPU as one.
#[pyfunction]
fn device_count(py: Python<'_>) -> PyResult<usize> {
    compute(py, || Ok(n_gpus().max(1)))
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

/// Adds the classes and functions; those that belong into `cuprous.cuda` stay out of `__all__`.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add("config", Config {})?;
    m.add_function(pyo3::wrap_pyfunction!(all_devices, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_default_memory_pool, m)?)?;
    m.add("OutOfMemoryError", py.get_type::<errors::OutOfMemoryError>())?;
    m.add("CompileError", py.get_type::<errors::CompileError>())?;
    m.setattr("Device", py.get_type::<PyDevice>())?;
    m.setattr("Stream", py.get_type::<Stream>())?;
    m.setattr("MemoryPool", py.get_type::<MemoryPool>())?;
    m.setattr("is_available", pyo3::wrap_pyfunction!(is_available, m)?)?;
    m.setattr("device_count", pyo3::wrap_pyfunction!(device_count, m)?)
}
