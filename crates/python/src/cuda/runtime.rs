//! `cuprous.cuda.runtime`: functions of the CUDA runtime; where no GPU is, the CPU answers as one device.

use super::attributes::{ATTRIBUTES, PROPERTIES};
use super::device::{by_pci_bus_id, pci_bus_id};
use super::{current, device_of_id};
use crate::detach::compute;
use crate::errors::{self, CUDARuntimeError};
use cuprous_array::array::flush;
use cuprous_array::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::{Queue, foreign};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::sync::Arc;

/// How many devices there are: where no GPU is, the CPU as one.
#[pyfunction]
#[pyo3(name = "getDeviceCount")]
fn get_device_count(py: Python<'_>) -> PyResult<usize> {
    compute(py, || Ok(super::n_gpus().max(1)))
}

/// The number of the current device.
#[pyfunction]
#[pyo3(name = "getDevice")]
fn get_device(py: Python<'_>) -> PyResult<u16> {
    super::device::get_device_id(py)
}

/// Makes another device the current one of this thread.
#[pyfunction]
#[pyo3(name = "setDevice")]
fn set_device(py: Python<'_>, device: i64) -> PyResult<()> {
    let device = device_of_id(py, device)?;
    compute(py, || place::choose_device(Some(device)).map(drop))
}

/// Computes what waits on the current device and waits for it.
#[pyfunction]
#[pyo3(name = "deviceSynchronize")]
fn device_synchronize(py: Python<'_>) -> PyResult<()> {
    super::device::synchronize(py, compute(py, place::default_device)?)
}

/// Free and total memory of the current device, in bytes.
#[pyfunction]
#[pyo3(name = "memGetInfo")]
fn mem_get_info(py: Python<'_>) -> PyResult<(usize, usize)> {
    compute(py, || {
        let device = current()?;
        backend(device.kind)?.describe(device).map(|i| (i.free_memory, i.total_memory))
    })
}

/// The CUDA version of the driver: 13000 for 13.0.
#[pyfunction]
#[pyo3(name = "driverGetVersion")]
fn driver_get_version(py: Python<'_>) -> PyResult<u32> {
    compute(py, || super::answering()?.versions().map(|v| v.0))
}

/// The CUDA version of the libraries: 13000 for 13.0.
#[pyfunction]
#[pyo3(name = "runtimeGetVersion")]
fn runtime_get_version(py: Python<'_>) -> PyResult<u32> {
    compute(py, || super::answering()?.versions().map(|v| v.1))
}

/// An attribute of a device, by its number.
#[pyfunction]
#[pyo3(name = "deviceGetAttribute")]
fn device_get_attribute(py: Python<'_>, attrib: i32, device: i64) -> PyResult<i64> {
    let device = device_of_id(py, device)?;
    let known = ATTRIBUTES.iter().any(|&(_, number)| number == attrib);
    match compute(py, || backend(device.kind)?.attribute(device, attrib))? {
        Some(value) => Ok(value),
        // What a device does not have is 0, as CUDA says.
        None if known => Ok(0),
        None => Err(CUDARuntimeError::new_err(format!("there is no device attribute {attrib}"))),
    }
}

/// What a device is and can do.
#[pyfunction]
#[pyo3(name = "getDeviceProperties")]
fn get_device_properties(py: Python<'_>, device: i64) -> PyResult<Bound<'_, PyDict>> {
    let device = device_of_id(py, device)?;
    let (info, values) = compute(py, || {
        let b = backend(device.kind)?;
        let of =
            |numbers: &[i32]| numbers.iter().map(|&n| Ok(b.attribute(device, n)?.unwrap_or(0))).collect::<cuprous_core::Result<Vec<i64>>>();
        Ok((b.describe(device)?, PROPERTIES.iter().map(|(_, numbers)| of(numbers)).collect::<cuprous_core::Result<Vec<_>>>()?))
    })?;
    let properties = PyDict::new(py);
    properties.set_item("name", PyBytes::new(py, info.name.as_bytes()))?;
    properties.set_item("totalGlobalMem", info.total_memory)?;
    for ((name, _), values) in PROPERTIES.iter().zip(values) {
        match values[..] {
            [value] => properties.set_item(name, value)?,
            _ => properties.set_item(name, PyTuple::new(py, values)?)?,
        }
    }
    Ok(properties)
}

/// Where a device sits on the PCI bus.
#[pyfunction]
#[pyo3(name = "deviceGetPCIBusId")]
fn device_get_pci_bus_id(py: Python<'_>, device: i64) -> PyResult<String> {
    let device = device_of_id(py, device)?;
    compute(py, || pci_bus_id(device))
}

/// The number of the device at a place of the PCI bus.
#[pyfunction]
#[pyo3(name = "deviceGetByPCIBusId", signature = (pci_bus_id))]
fn device_by_pci_bus_id(py: Python<'_>, pci_bus_id: &str) -> PyResult<u16> {
    by_pci_bus_id(py, pci_bus_id).map(|d| d.ordinal)
}

/// The queue of a stream's handle on the current device, with nothing waiting on it.
fn settled(py: Python<'_>, stream: u64) -> PyResult<Arc<Queue>> {
    compute(py, || {
        let device = place::default_device()?;
        let queue = backend(device.kind)?.external_queue(device, stream)?;
        flush(&queue)?;
        Ok(queue)
    })
}

/// Waits for a stream, by its handle.
#[pyfunction]
#[pyo3(name = "streamSynchronize")]
fn stream_synchronize(py: Python<'_>, stream: u64) -> PyResult<()> {
    let queue = settled(py, stream)?;
    compute(py, || backend(queue.device.kind)?.synchronize(&queue))
}

/// Raises unless a stream, by its handle, has done all its work.
#[pyfunction]
#[pyo3(name = "streamQuery")]
fn stream_query(py: Python<'_>, stream: u64) -> PyResult<()> {
    let queue = settled(py, stream)?;
    if compute(py, || backend(queue.device.kind)?.is_idle(&queue))? {
        return Ok(());
    }
    Err(errors::raise(foreign::failure(600, "the stream still has work")))
}

/// Raises for the code of a CUDA function that is not 0.
#[pyfunction]
fn check_status(status: i64) -> PyResult<()> {
    match status {
        0 => Ok(()),
        // The number is told too, for those errors that nobody named.
        code => Err(errors::raise(foreign::failure(code as i32, &format!("CUDA error {code}")))),
    }
}

/// The constants of the runtime that are no attributes.
const CONSTANTS: &[(&str, i64)] = &[
    ("CUDA_C_16F", 6),
    ("CUDA_C_32F", 4),
    ("CUDA_C_64F", 5),
    ("CUDA_C_8I", 7),
    ("CUDA_C_8U", 9),
    ("CUDA_R_16BF", 14),
    ("CUDA_R_16F", 2),
    ("CUDA_R_32F", 0),
    ("CUDA_R_64F", 1),
    ("CUDA_R_8I", 3),
    ("CUDA_R_8U", 8),
    ("cudaAddressModeBorder", 3),
    ("cudaAddressModeClamp", 1),
    ("cudaAddressModeMirror", 2),
    ("cudaAddressModeWrap", 0),
    ("cudaArrayDefault", 0),
    ("cudaArraySurfaceLoadStore", 2),
    ("cudaChannelFormatKindFloat", 2),
    ("cudaChannelFormatKindNone", 3),
    ("cudaChannelFormatKindSigned", 0),
    ("cudaChannelFormatKindUnsigned", 1),
    ("cudaFilterModeLinear", 1),
    ("cudaFilterModePoint", 0),
    ("cudaGraphDebugDotFlagsConditionalNodeParams", 32768),
    ("cudaGraphDebugDotFlagsEventNodeParams", 64),
    ("cudaGraphDebugDotFlagsExtSemasSignalNodeParams", 128),
    ("cudaGraphDebugDotFlagsExtSemasWaitNodeParams", 256),
    ("cudaGraphDebugDotFlagsHandles", 1024),
    ("cudaGraphDebugDotFlagsHostNodeParams", 32),
    ("cudaGraphDebugDotFlagsKernelNodeAttributes", 512),
    ("cudaGraphDebugDotFlagsKernelNodeParams", 4),
    ("cudaGraphDebugDotFlagsMemcpyNodeParams", 8),
    ("cudaGraphDebugDotFlagsMemsetNodeParams", 16),
    ("cudaGraphDebugDotFlagsVerbose", 1),
    ("cudaIpcMemLazyEnablePeerAccess", 1),
    ("cudaLimitDevRuntimePendingLaunchCount", 4),
    ("cudaLimitDevRuntimeSyncDepth", 3),
    ("cudaLimitMallocHeapSize", 2),
    ("cudaLimitMaxL2FetchGranularity", 5),
    ("cudaLimitPrintfFifoSize", 1),
    ("cudaLimitStackSize", 0),
    ("cudaMemAdviseSetAccessedBy", 5),
    ("cudaMemAdviseSetPreferredLocation", 3),
    ("cudaMemAdviseSetReadMostly", 1),
    ("cudaMemAdviseUnsetAccessedBy", 6),
    ("cudaMemAdviseUnsetPreferredLocation", 4),
    ("cudaMemAdviseUnsetReadMostly", 2),
    ("cudaMemAllocationTypePinned", 1),
    ("cudaMemAttachGlobal", 1),
    ("cudaMemAttachHost", 2),
    ("cudaMemAttachSingle", 4),
    ("cudaMemHandleTypeNone", 0),
    ("cudaMemHandleTypePosixFileDescriptor", 1),
    ("cudaMemLocationTypeDevice", 1),
    ("cudaMemLocationTypeHost", 2),
    ("cudaMemLocationTypeHostNuma", 3),
    ("cudaMemLocationTypeHostNumaCurrent", 4),
    ("cudaMemLocationTypeInvalid", 0),
    ("cudaMemPoolAttrReleaseThreshold", 4),
    ("cudaMemPoolAttrReservedMemCurrent", 5),
    ("cudaMemPoolAttrReservedMemHigh", 6),
    ("cudaMemPoolAttrUsedMemCurrent", 7),
    ("cudaMemPoolAttrUsedMemHigh", 8),
    ("cudaMemPoolReuseAllowInternalDependencies", 3),
    ("cudaMemPoolReuseAllowOpportunistic", 2),
    ("cudaMemPoolReuseFollowEventDependencies", 1),
    ("cudaMemoryTypeDevice", 2),
    ("cudaMemoryTypeHost", 1),
    ("cudaReadModeElementType", 0),
    ("cudaReadModeNormalizedFloat", 1),
    ("cudaResourceTypeArray", 0),
    ("cudaResourceTypeLinear", 2),
    ("cudaResourceTypeMipmappedArray", 1),
    ("cudaResourceTypePitch2D", 3),
    ("cudaCpuDeviceId", -1),
    ("cudaInvalidDeviceId", -2),
    ("eventDefault", 0),
    ("eventBlockingSync", 1),
    ("eventDisableTiming", 2),
    ("eventInterprocess", 4),
    ("hostAllocDefault", 0),
    ("hostAllocPortable", 1),
    ("hostAllocMapped", 2),
    ("hostAllocWriteCombined", 4),
    ("memcpyHostToHost", 0),
    ("memcpyHostToDevice", 1),
    ("memcpyDeviceToHost", 2),
    ("memcpyDeviceToDevice", 3),
    ("memcpyDefault", 4),
    ("memoryTypeUnregistered", 0),
    ("memoryTypeHost", 1),
    ("memoryTypeDevice", 2),
    ("memoryTypeManaged", 3),
    ("streamDefault", 0),
    ("streamNonBlocking", 1),
    ("streamLegacy", 1),
    ("streamPerThread", 2),
    ("streamCaptureModeGlobal", 0),
    ("streamCaptureModeThreadLocal", 1),
    ("streamCaptureModeRelaxed", 2),
    ("streamCaptureStatusNone", 0),
    ("streamCaptureStatusActive", 1),
    ("streamCaptureStatusInvalidated", 2),
];

/// Adds functions and constants.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("CUDARuntimeError", m.py().get_type::<CUDARuntimeError>())?;
    m.add("is_hip", false)?;
    for (name, number) in ATTRIBUTES {
        m.add(&*format!("cudaDevAttr{name}"), number)?;
    }
    for (name, value) in CONSTANTS {
        m.add(*name, value)?;
    }
    for (name, function) in super::foreign::functions(m.py(), "runtime", None)? {
        // What begins so is for the Python part of this module.
        if name.starts_with('_') { m.setattr(name, function)? } else { m.add(name, function)? }
    }
    m.add_function(pyo3::wrap_pyfunction!(get_device_count, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_device, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(set_device, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(device_synchronize, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(mem_get_info, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(driver_get_version, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(runtime_get_version, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(device_get_attribute, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_device_properties, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(device_get_pci_bus_id, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(device_by_pci_bus_id, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(stream_synchronize, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(stream_query, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(check_status, m)?)
}
