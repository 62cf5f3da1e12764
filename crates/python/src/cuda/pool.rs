//! Memory pools: the device's own, pools over other allocators, and those of the driver.

use super::allocators::arena_of;
use super::memory::{MemoryAsync, MemoryPointer};
use super::stream::Stream;
use super::{no_pickle, settled};
use crate::detach::compute;
use crate::interop::borrowed;
use cuprous_array::engine::place;
use cuprous_core::arena::{Arena, DevicePool, DriverPool, MemoryKind, Raw, SharedArena};
use cuprous_core::backend::{Backend, MemoryInfo, backend, devices};
use cuprous_core::{Buffer, Device, Queue, Result};
use parking_lot::Mutex;
use pyo3::exceptions::{PyNotImplementedError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::Arc;

/// A user's pool: one of each device, over the same allocator.
pub struct UserPool {
    below: SharedArena,
    pools: Mutex<Vec<(Device, Arc<dyn DevicePool>)>>,
}

impl UserPool {
    /// The pool of a device, made at the first call.
    fn of(&self, device: Device) -> Result<Arc<dyn DevicePool>> {
        let mut pools = self.pools.lock();
        if let Some((_, pool)) = pools.iter().find(|(d, _)| *d == device) {
            return Ok(pool.clone());
        }
        let b = backend(device.kind)?;
        let pool = b.new_pool(device, self.below.clone())?;
        if let Some(limit) = cuprous_core::arena::limit_of_environment()? {
            pool.set_limit(limit.of(b.describe(device)?.total_memory));
        }
        pools.push((device, pool.clone()));
        Ok(pool)
    }
}

impl Arena for UserPool {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        self.of(queue.device)?.allocate(queue, n_bytes)
    }

    fn info(&self, device: Device) -> Option<MemoryInfo> {
        self.below.info(device)?;
        self.of(device).ok().map(|pool| pool.info())
    }
}

/// A memory pool: memory that goes back is kept for reuse. Each object has memory of its own on each device;
/// `get_default_memory_pool` gives the pool that arrays use unless told otherwise.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "MemoryPool")]
pub struct MemoryPool {
    /// None is the devices' own pool
    pub own: Option<Arc<UserPool>>,
}

impl MemoryPool {
    /// Something of the current device's pool, with nothing waiting on the device: what waits will need memory, and holds some.
    fn look<T: Send>(
        &self,
        py: Python<'_>,
        of_device: impl FnOnce(&'static dyn Backend, Device) -> Result<T> + Send,
        of_own: impl FnOnce(&dyn DevicePool) -> Result<T> + Send,
    ) -> PyResult<T> {
        compute(py, || {
            let device = settled()?;
            match &self.own {
                None => of_device(backend(device.kind)?, device),
                Some(own) => of_own(&*own.of(device)?),
            }
        })
    }

    fn info(&self, py: Python<'_>) -> PyResult<MemoryInfo> {
        self.look(py, |b, device| b.memory(device), |own| Ok(own.info()))
    }
}

#[pymethods]
impl MemoryPool {
    #[new]
    #[pyo3(signature = (allocator = None))]
    fn create(py: Python<'_>, allocator: Option<Bound<'_, PyAny>>) -> PyResult<MemoryPool> {
        let below = arena_of(py, allocator.as_ref())?.unwrap_or_else(|| Arc::new(OfDevice));
        Ok(MemoryPool { own: Some(Arc::new(UserPool { below, pools: Mutex::default() })) })
    }

    /// Memory of this many bytes on the current device, for the current stream.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
        MemoryPointer::from_arena(py, size, self.own.as_deref().map(|own| own as &dyn Arena))
    }

    /// Bytes in use.
    fn used_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.used)
    }

    /// Bytes taken from the device: in use or kept for reuse.
    fn total_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.total)
    }

    /// Bytes kept for reuse.
    fn free_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.total.saturating_sub(i.used))
    }

    /// How many blocks are kept for reuse.
    fn n_free_blocks(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.n_free)
    }

    /// Gives unused memory back: all of it, or that of one stream.
    #[pyo3(signature = (stream = None))]
    fn free_all_blocks(&self, py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let stream = stream.map(|s| s.get());
        compute(py, || {
            let device = settled()?;
            let queue = stream.map(Stream::queue).transpose()?;
            let device = queue.as_ref().map_or(device, |q| q.device);
            match (&self.own, queue) {
                (None, None) => backend(device.kind)?.trim(device),
                (None, Some(queue)) => backend(device.kind)?.trim_queue(&queue),
                (Some(own), queue) => own.of(device)?.trim(queue.as_deref()),
            }
        })?;
        borrowed::sweep(py)
    }

    /// The old name of `free_all_blocks`.
    fn free_all_free(&self, py: Python<'_>) -> PyResult<()> {
        self.free_all_blocks(py, None)
    }

    /// Limits the bytes that the pool may hold on the current device, in numbers or as a part of the device's memory; 0 is no
    /// limit.
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
        let limit = match fraction {
            Some(f) => {
                let total = compute(py, || {
                    let device = place::default_device()?;
                    Ok(backend(device.kind)?.describe(device)?.total_memory)
                })?;
                (total as f64 * f) as usize
            }
            None => size.unwrap_or(0),
        };
        let set = |own: &dyn DevicePool| {
            own.set_limit(limit);
            Ok(())
        };
        self.look(py, |b, device| b.set_memory_limit(device, limit), set)
    }

    /// The limit in bytes, 0 for none.
    fn get_limit(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.limit)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("a memory pool"))
    }
}

/// The devices' own pools, as an allocator below another pool.
struct OfDevice;

impl Arena for OfDevice {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        backend(queue.device.kind)?.allocate(queue, n_bytes)
    }

    fn info(&self, device: Device) -> Option<MemoryInfo> {
        backend(device.kind).and_then(|b| b.memory(device)).ok()
    }
}

fn default_pool(py: Python<'_>) -> PyResult<&Py<MemoryPool>> {
    static POOL: PyOnceLock<Py<MemoryPool>> = PyOnceLock::new();
    POOL.get_or_try_init(py, || Py::new(py, MemoryPool { own: None }))
}

/// The memory pool that arrays use unless told otherwise.
#[pyfunction]
pub(super) fn get_default_memory_pool(py: Python<'_>) -> PyResult<Py<MemoryPool>> {
    default_pool(py).map(|p| p.clone_ref(py))
}

/// The driver's pools of stream-ordered memory, one for each device.
pub struct DriverPools(Vec<DriverPool>);

impl DriverPools {
    fn of(&self, device: Device) -> DriverPool {
        // One for all, or one for each.
        self.0.get(device.ordinal as usize).or(self.0.first()).copied().unwrap_or(DriverPool::Current)
    }
}

impl Arena for DriverPools {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        Raw(MemoryKind::Ordered(self.of(queue.device))).allocate(queue, n_bytes)
    }

    fn info(&self, _device: Device) -> Option<MemoryInfo> {
        // The driver knows of no limit but the device's.
        Some(MemoryInfo::default())
    }
}

/// The driver's own memory pool, whose memory is taken and given back in the order of streams.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "MemoryAsyncPool")]
pub struct MemoryAsyncPool {
    /// By device
    pub pools: Arc<DriverPools>,
}

fn driver_pool(handle: &Bound<'_, PyAny>) -> PyResult<DriverPool> {
    if let Ok(name) = handle.extract::<String>() {
        return match name.as_str() {
            "current" => Ok(DriverPool::Current),
            "default" => Ok(DriverPool::Default),
            _ => Err(PyValueError::new_err(format!("pool_handles must be 'current', 'default' or a handle, not '{name}'"))),
        };
    }
    handle.extract::<u64>().map(DriverPool::Handle)
}

impl MemoryAsyncPool {
    fn info(&self, py: Python<'_>) -> PyResult<MemoryInfo> {
        compute(py, || {
            let device = settled()?;
            backend(device.kind)?.driver_pool(device, self.pools.of(device))
        })
    }
}

fn no_limit() -> PyErr {
    PyNotImplementedError::new_err("the driver's memory pools have no limit; MemoryPool(cp.cuda.malloc_async) has one")
}

#[pymethods]
impl MemoryAsyncPool {
    #[new]
    #[pyo3(signature = (pool_handles = None))]
    fn create(py: Python<'_>, pool_handles: Option<&Bound<'_, PyAny>>) -> PyResult<MemoryAsyncPool> {
        let Some(handles) = pool_handles.filter(|h| !h.is_none()) else {
            return Ok(MemoryAsyncPool { pools: Arc::new(DriverPools(vec![DriverPool::Current])) });
        };
        let Ok(list) = handles.cast::<pyo3::types::PyList>() else {
            return Ok(MemoryAsyncPool { pools: Arc::new(DriverPools(vec![driver_pool(handles)?])) });
        };
        let n = compute(py, || {
            let here = super::current()?.kind;
            Ok(devices().iter().filter(|d| d.kind == here).count())
        })?;
        if list.len() != n {
            return Err(PyValueError::new_err(format!("{} pool handles were given for {n} devices", list.len())));
        }
        Ok(MemoryAsyncPool { pools: Arc::new(DriverPools(list.iter().map(|h| driver_pool(&h)).collect::<PyResult<_>>()?)) })
    }

    /// Whether the driver counts what its pools hold.
    #[getter(memoryAsyncHasStat)]
    fn memory_async_has_stat(&self) -> bool {
        true
    }

    /// Memory of this many bytes on the current device, in the order of the current stream.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
        let (device, queue) = compute(py, || {
            let device = place::default_device()?;
            Ok((device, place::current_queue(device)?))
        })?;
        let stream = Bound::new(py, Stream::of(queue))?;
        MemoryPointer::to(py, MemoryAsync::fresh(py, size, &stream, self.pools.of(device))?)
    }

    /// Gives unused memory back to the device, after waiting for its work, or for that of one stream.
    #[pyo3(signature = (stream = None))]
    fn free_all_blocks(&self, py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let stream = stream.map(|s| s.get());
        compute(py, || {
            settled()?;
            let device = stream.map_or_else(place::default_device, |s| s.queue().map(|q| q.device))?;
            backend(device.kind)?.trim_driver_pool(device, self.pools.of(device))
        })
    }

    /// Bytes in use.
    fn used_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.used)
    }

    /// Bytes taken from the device: in use or kept for reuse.
    fn total_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.total)
    }

    /// Bytes kept for reuse.
    fn free_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.info(py).map(|i| i.total.saturating_sub(i.used))
    }

    /// The driver does not tell how many blocks it keeps.
    fn n_free_blocks(&self) -> PyResult<usize> {
        Err(PyNotImplementedError::new_err("the driver does not tell how many blocks its memory pools keep"))
    }

    /// The driver's pools have no limit.
    #[pyo3(signature = (size = None, fraction = None))]
    fn set_limit(&self, size: Option<usize>, fraction: Option<f64>) -> PyResult<()> {
        let _ = (size, fraction);
        Err(no_limit())
    }

    /// The driver's pools have no limit.
    fn get_limit(&self) -> PyResult<usize> {
        Err(no_limit())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("a memory pool"))
    }
}

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<MemoryPool>()?;
    m.add_class::<MemoryAsyncPool>()?;
    m.add_function(pyo3::wrap_pyfunction!(get_default_memory_pool, m)?)
}
