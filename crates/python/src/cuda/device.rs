//! `Device`.

use super::attributes::{self, ATTRIBUTES};
use super::current;
use crate::convert;
use crate::detach::compute;
use crate::errors::CUDARuntimeError;
use crate::interop::borrowed;
use cuprous_array::engine::place;
use cuprous_core::Device;
use cuprous_core::backend::{DeviceInfo, backend, devices};
use parking_lot::Mutex;
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use std::thread::ThreadId;

/// A device.
#[pyclass(frozen, module = "cuprous.cuda", name = "Device")]
pub struct PyDevice {
    /// Which one
    pub device: Device,
    /// What each thread goes back to, for each `with` that is open
    entered: Mutex<Vec<(ThreadId, Option<Device>)>>,
}

impl PyDevice {
    /// The object of a device.
    pub fn new(device: Device) -> PyDevice {
        PyDevice { device, entered: Mutex::default() }
    }

    fn describe(&self, py: Python<'_>) -> PyResult<DeviceInfo> {
        let device = self.device;
        compute(py, || backend(device.kind)?.describe(device))
    }
}

/// Where a device sits on the bus: domain, bus, device and function.
///
/// # Errors
/// Those of the driver.
pub(super) fn pci_bus_id(device: Device) -> cuprous_core::Result<String> {
    let b = backend(device.kind)?;
    let part = |number: i32| Ok::<_, cuprous_core::Error>(b.attribute(device, number)?.unwrap_or(0));
    Ok(format!("{:04X}:{:02X}:{:02X}.0", part(attributes::PCI_DOMAIN)?, part(attributes::PCI_BUS)?, part(attributes::PCI_DEVICE)?))
}

/// The device that sits at a place of the bus.
///
/// # Errors
/// `CUDARuntimeError` if there is none; those of the driver.
pub(super) fn by_pci_bus_id(py: Python<'_>, place: &str) -> PyResult<Device> {
    let wanted = place.to_uppercase();
    // The domain may be left out.
    let full = if wanted.matches(':').count() == 1 { format!("0000:{wanted}") } else { wanted };
    let found = compute(py, || {
        let here = current()?.kind;
        for device in devices().into_iter().filter(|d| d.kind == here) {
            if pci_bus_id(device)? == full {
                return Ok(Some(device));
            }
        }
        Ok(None)
    })?;
    found.ok_or_else(|| CUDARuntimeError::new_err(format!("no device is at the PCI bus id {place:?}")))
}

/// Computes what waits on a device and waits for it.
///
/// # Errors
/// Those of the values that waited and of the device.
pub(super) fn synchronize(py: Python<'_>, device: Device) -> PyResult<()> {
    compute(py, || {
        place::synchronize(device)?;
        borrowed::give_back();
        Ok(())
    })
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

    /// The device at a place of the PCI bus, `'0000:3B:00.0'` for example.
    #[classmethod]
    fn from_pci_bus_id(cls: &Bound<'_, PyType>, pci_bus_id: &str) -> PyResult<PyDevice> {
        by_pci_bus_id(cls.py(), pci_bus_id).map(PyDevice::new)
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

    /// Makes new arrays of this thread on this device from now on.
    fn r#use(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let device = slf.get().device;
        compute(slf.py(), || place::choose_device(Some(device)))?;
        Ok(slf)
    }

    /// Computes what waits on the device, on all its streams, and waits for it.
    fn synchronize(&self, py: Python<'_>) -> PyResult<()> {
        synchronize(py, self.device)
    }

    /// Free and total memory, in bytes.
    #[getter]
    fn mem_info(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        self.describe(py).map(|i| (i.free_memory, i.total_memory))
    }

    /// The compute capability, `'90'` for example.
    #[getter]
    fn compute_capability(&self, py: Python<'_>) -> PyResult<String> {
        self.describe(py).map(|i| format!("{}{}", i.capability.0, i.capability.1))
    }

    /// What the device can do, by CUDA's names: those that it has.
    #[getter]
    fn attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let device = self.device;
        let values = compute(py, || {
            let b = backend(device.kind)?;
            ATTRIBUTES.iter().map(|&(_, number)| b.attribute(device, number)).collect::<cuprous_core::Result<Vec<_>>>()
        })?;
        let attributes = PyDict::new(py);
        for ((name, _), value) in ATTRIBUTES.iter().zip(values) {
            if let Some(value) = value {
                attributes.set_item(name, value)?;
            }
        }
        Ok(attributes)
    }

    /// Where it sits on the bus: domain, bus, device and function.
    #[getter]
    fn pci_bus_id(&self, py: Python<'_>) -> PyResult<String> {
        let device = self.device;
        compute(py, || pci_bus_id(device))
    }

    /// What the device calls itself.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        self.describe(py).map(|i| i.name)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let device = slf.get().device;
        let before = compute(slf.py(), || place::choose_device(Some(device)))?;
        slf.get().entered.lock().push((std::thread::current().id(), before));
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        let before = {
            let mut entered = self.entered.lock();
            let own = std::thread::current().id();
            entered.iter().rposition(|(thread, _)| *thread == own).map(|k| entered.remove(k).1)
        };
        match before {
            Some(device) => compute(py, || place::choose_device(device).map(drop)),
            None => Err(PyRuntimeError::new_err("a device is left that was not entered")),
        }
    }

    fn __int__(&self) -> u16 {
        self.device.ordinal
    }

    fn __str__(&self) -> String {
        self.device.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Device {}>", self.device)
    }

    /// Devices are ordered by kind and number, and equal to their names.
    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let device = match other.cast::<PyDevice>() {
            Ok(d) => Some(d.get().device),
            Err(_) if matches!(op, CompareOp::Eq | CompareOp::Ne) => {
                let name = other.cast::<PyString>().ok();
                let named = name.and_then(|s| s.to_str().ok().and_then(|s| Device::parse(s).ok()));
                let is_same = named == Some(self.device);
                return Ok((is_same == matches!(op, CompareOp::Eq)).into_pyobject(py)?.to_owned().into_any().unbind());
            }
            Err(_) => None,
        };
        match device {
            Some(d) => Ok(op.matches(self.device.cmp(&d)).into_pyobject(py)?.to_owned().into_any().unbind()),
            None => Ok(py.NotImplemented()),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.device.to_string()).hash()
    }

    /// Pickled as its name.
    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (String,)) {
        (py.get_type::<PyDevice>(), (self.device.to_string(),))
    }
}

/// The number of the current device.
#[pyfunction]
pub(super) fn get_device_id(py: Python<'_>) -> PyResult<u16> {
    compute(py, current).map(|d| d.ordinal)
}
