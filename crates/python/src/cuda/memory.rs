//! Memory without a shape: what `alloc` gives, what others own, and arrays over it.

use super::pinned::PinnedMemoryPointer;
use super::stream::Stream;
use super::{PyDevice, device_or_current, no_pickle};
use crate::convert;
use crate::detach::compute;
use crate::interop::foreign;
use crate::ndarray::NdArray;
use cuprous_array::array::flush;
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_array::engine::place;
use cuprous_array::{Array, Storage};
use cuprous_core::arena::{Arena, DriverPool, MemoryKind, Raw};
use cuprous_core::backend::{CopySpec, backend};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{DType, Device, Error, Queue, Result};
use pyo3::PyClass;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory of a device. Whoever has it can reach the bytes, so that nothing waits that reads them.
#[pyclass(frozen, subclass, weakref, module = "cuprous.cuda", name = "BaseMemory")]
pub struct BaseMemory {
    /// The bytes
    pub storage: Arc<Storage>,
}

impl BaseMemory {
    /// Memory that others can reach from now on.
    ///
    /// # Errors
    /// Those of computing what still has to read it.
    pub fn over(storage: Arc<Storage>) -> Result<BaseMemory> {
        storage.expose()?;
        Ok(BaseMemory { storage })
    }

    /// New memory of a kind for the current stream, of no pool.
    fn raw(kind: MemoryKind, size: usize) -> Result<BaseMemory> {
        let queue = place::current_queue(place::default_device()?)?;
        BaseMemory::over(Storage::from_arena(&queue, size, Some(&Raw(kind)))?)
    }
}

#[pymethods]
impl BaseMemory {
    /// Its address on the device.
    #[getter]
    fn ptr(&self) -> usize {
        self.storage.buffer.address()
    }

    /// Its bytes.
    #[getter]
    fn size(&self) -> usize {
        self.storage.buffer.len()
    }

    /// The device whose memory it is.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::new(self.storage.buffer.device())
    }

    /// The number of that device.
    #[getter]
    fn device_id(&self) -> u16 {
        self.storage.buffer.device().ordinal
    }

    fn __int__(&self) -> usize {
        self.ptr()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("memory of a device"))
    }
}

/// Memory of the current device, of no pool.
#[pyclass(frozen, subclass, extends = BaseMemory, module = "cuprous.cuda", name = "Memory")]
pub struct Memory {}

/// What makes a class of memory of one kind.
macro_rules! of_kind {
    ($name:ident, $kind:ident) => {
        impl $name {
            /// New memory of this kind, for the current stream.
            pub fn fresh(py: Python<'_>, size: usize) -> PyResult<PyClassInitializer<$name>> {
                let base = compute(py, || BaseMemory::raw(MemoryKind::$kind, size))?;
                Ok(PyClassInitializer::from(base).add_subclass($name {}))
            }
        }
    };
}

of_kind!(Memory, Device);
of_kind!(ManagedMemory, Managed);
of_kind!(SystemMemory, System);

#[pymethods]
impl Memory {
    #[new]
    fn create(py: Python<'_>, size: usize) -> PyResult<PyClassInitializer<Memory>> {
        Memory::fresh(py, size)
    }
}

/// Memory that host and devices see at one address, and whose pages move to who uses them.
#[pyclass(frozen, subclass, extends = BaseMemory, module = "cuprous.cuda", name = "ManagedMemory")]
pub struct ManagedMemory {}

/// Memory of the host that the current device can reach.
#[pyclass(frozen, subclass, extends = BaseMemory, module = "cuprous.cuda", name = "SystemMemory")]
pub struct SystemMemory {}

fn prefetch(py: Python<'_>, memory: &BaseMemory, stream: &Bound<'_, Stream>, device_id: Option<i64>) -> PyResult<()> {
    let (storage, stream) = (memory.storage.clone(), stream.get());
    // CUDA's number for the host is -1, and CuPy's for "where the memory is" -2.
    let target = match device_id {
        None | Some(-2) => storage.buffer.device(),
        Some(-1) => Device::CPU,
        Some(id) => super::device_of_id(py, id)?,
    };
    compute(py, || {
        let queue = stream.queue()?;
        flush(&queue)?;
        backend(queue.device.kind)?.prefetch(&queue, &storage.buffer, target)
    })
}

fn advise(py: Python<'_>, memory: &BaseMemory, advice: i32, device: &Bound<'_, PyDevice>) -> PyResult<()> {
    let (storage, device) = (memory.storage.clone(), device.get().device);
    compute(py, || backend(storage.buffer.device().kind)?.advise(&storage.buffer, advice, device))
}

#[pymethods]
impl ManagedMemory {
    #[new]
    fn create(py: Python<'_>, size: usize) -> PyResult<PyClassInitializer<ManagedMemory>> {
        ManagedMemory::fresh(py, size)
    }

    /// Moves the memory to a device, in the order of a stream; -1 is the host.
    #[pyo3(signature = (stream, *, device_id = None))]
    fn prefetch(slf: &Bound<'_, Self>, stream: &Bound<'_, Stream>, device_id: Option<i64>) -> PyResult<()> {
        prefetch(slf.py(), slf.as_super().get(), stream, device_id)
    }

    /// Tells the driver how the memory will be used, by CUDA's number for the advice.
    #[pyo3(signature = (advise, dev))]
    fn advise(slf: &Bound<'_, Self>, advise: i32, dev: &Bound<'_, PyDevice>) -> PyResult<()> {
        self::advise(slf.py(), slf.as_super().get(), advise, dev)
    }
}

#[pymethods]
impl SystemMemory {
    #[new]
    fn create(py: Python<'_>, size: usize) -> PyResult<PyClassInitializer<SystemMemory>> {
        SystemMemory::fresh(py, size)
    }

    /// Moves the memory to a device, in the order of a stream; -1 is the host.
    #[pyo3(signature = (stream, *, device_id = None))]
    fn prefetch(slf: &Bound<'_, Self>, stream: &Bound<'_, Stream>, device_id: Option<i64>) -> PyResult<()> {
        prefetch(slf.py(), slf.as_super().get(), stream, device_id)
    }

    /// Tells the driver how the memory will be used, by CUDA's number for the advice.
    #[pyo3(signature = (advise, dev))]
    fn advise(slf: &Bound<'_, Self>, advise: i32, dev: &Bound<'_, PyDevice>) -> PyResult<()> {
        self::advise(slf.py(), slf.as_super().get(), advise, dev)
    }
}

/// Memory that the driver's pool gives and takes in the order of a stream.
#[pyclass(frozen, subclass, extends = BaseMemory, module = "cuprous.cuda", name = "MemoryAsync")]
pub struct MemoryAsync {
    stream_ref: Py<PyAny>,
}

impl MemoryAsync {
    /// Memory from a pool of the driver's for a stream.
    pub fn fresh(py: Python<'_>, size: usize, stream: &Bound<'_, Stream>, pool: DriverPool) -> PyResult<PyClassInitializer<MemoryAsync>> {
        let of = stream.get();
        let base = compute(py, || {
            let queue = of.queue()?;
            BaseMemory::over(Storage::from_arena(&queue, size, Some(&Raw(MemoryKind::Ordered(pool))))?)
        })?;
        let stream_ref = py.import(intern!(py, "weakref"))?.call_method1(intern!(py, "ref"), (stream,))?.unbind();
        Ok(PyClassInitializer::from(base).add_subclass(MemoryAsync { stream_ref }))
    }
}

#[pymethods]
impl MemoryAsync {
    #[new]
    fn create(py: Python<'_>, size: usize, stream: &Bound<'_, Stream>) -> PyResult<PyClassInitializer<MemoryAsync>> {
        MemoryAsync::fresh(py, size, stream, DriverPool::Current)
    }

    /// A weak reference to the stream for which it was made.
    #[getter]
    fn stream_ref(&self, py: Python<'_>) -> Py<PyAny> {
        self.stream_ref.clone_ref(py)
    }
}

/// Memory at an address that somebody else owns; `owner` is kept as long as this is.
#[pyclass(frozen, extends = BaseMemory, module = "cuprous.cuda", name = "UnownedMemory")]
pub struct UnownedMemory {}

#[pymethods]
impl UnownedMemory {
    #[new]
    #[pyo3(signature = (ptr, size, owner, device_id = -1))]
    fn create(py: Python<'_>, ptr: usize, size: usize, owner: Py<PyAny>, device_id: i64) -> PyResult<PyClassInitializer<UnownedMemory>> {
        if (ptr == 0 && size > 0) || ptr.checked_add(size).is_none() {
            return Err(PyValueError::new_err(format!("there is no memory of {size} bytes at address {ptr:#x}")));
        }
        let current = device_or_current(py, device_id)?;
        let storage = compute(py, || {
            // The address itself tells where it is, if the driver knows it.
            let told = if device_id == -1 { backend(current.kind)?.device_of(ptr)? } else { None };
            let device = told.unwrap_or(current);
            let queue = place::current_queue(device)?;
            Ok(foreign::unowned(queue, ptr, size, owner))
        })?;
        Ok(PyClassInitializer::from(BaseMemory { storage }).add_subclass(UnownedMemory {}))
    }
}

/// A place in memory.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "MemoryPointer")]
pub struct MemoryPointer {
    mem: Py<BaseMemory>,
    storage: Arc<Storage>,
    /// Moved by `+=`, for every name of the object
    offset: AtomicUsize,
}

impl MemoryPointer {
    /// The beginning of a memory object.
    ///
    /// # Errors
    /// Those of making it.
    pub fn to<T: PyClass<BaseType = BaseMemory>>(py: Python<'_>, memory: PyClassInitializer<T>) -> PyResult<MemoryPointer> {
        let mem: Bound<'_, BaseMemory> = Bound::new(py, memory)?.into_super();
        let storage = mem.get().storage.clone();
        Ok(MemoryPointer { mem: mem.unbind(), storage, offset: AtomicUsize::new(0) })
    }

    /// Memory of an allocator, or of the device's pool, for the current stream.
    ///
    /// # Errors
    /// `OutOfMemoryError`, and what the allocator raises.
    pub fn from_arena(py: Python<'_>, size: usize, arena: Option<&dyn Arena>) -> PyResult<MemoryPointer> {
        let storage = compute(py, || {
            let queue = place::current_queue(place::default_device()?)?;
            let storage = Storage::from_arena(&queue, size, arena)?;
            storage.expose()?;
            Ok(storage)
        })?;
        MemoryPointer::over(py, storage, 0)
    }

    /// The bytes that it leads to: the memory, and where in it.
    pub fn place(&self) -> (&Arc<Storage>, usize) {
        (&self.storage, self.offset())
    }

    fn over(py: Python<'_>, storage: Arc<Storage>, offset: usize) -> PyResult<MemoryPointer> {
        Ok(MemoryPointer { mem: Py::new(py, BaseMemory { storage: storage.clone() })?, storage, offset: AtomicUsize::new(offset) })
    }

    fn offset(&self) -> usize {
        self.offset.load(Ordering::Relaxed)
    }

    /// The offset so many bytes on. One past the end is a place too.
    fn offset_moved(&self, by: isize) -> PyResult<usize> {
        let offset = self.offset().checked_add_signed(by).filter(|&n| n <= self.storage.buffer.len());
        offset.ok_or_else(|| {
            let (at, len) = (self.offset(), self.storage.buffer.len());
            PyValueError::new_err(format!("a pointer at byte {at} of memory of {len} bytes cannot be moved by {by}"))
        })
    }

    fn moved(&self, py: Python<'_>, by: isize) -> PyResult<MemoryPointer> {
        let offset = AtomicUsize::new(self.offset_moved(by)?);
        Ok(MemoryPointer { mem: self.mem.clone_ref(py), storage: self.storage.clone(), offset })
    }

    /// Runs something on a stream, by default the current one of the memory's device.
    fn on<T: Send>(
        &self,
        py: Python<'_>,
        stream: Option<&Bound<'_, Stream>>,
        f: impl FnOnce(&Arc<Queue>) -> Result<T> + Send,
    ) -> PyResult<T> {
        let stream = stream.map(|s| s.get());
        compute(py, || {
            let device = self.storage.buffer.device();
            let queue = stream.map_or_else(|| place::current_queue(device), Stream::queue)?;
            if queue.device != device {
                return Err(Error::device(format!("memory of {device} is used on a stream of {}", queue.device)));
            }
            // What was called before on the stream comes before.
            flush(&queue)?;
            f(&queue)
        })
    }

    fn take_from_device(&self, py: Python<'_>, source: &MemoryPointer, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        self.on(py, stream, |queue| {
            let b = backend(queue.device.kind)?;
            if source.storage.buffer.device().kind != queue.device.kind {
                return Err(Error::device("memory of another kind of device is copied with asarray(..., device=...)"));
            }
            source.storage.before_reading(b, queue)?;
            self.storage.before_writing(b, queue)?;
            b.copy(
                queue,
                &CopySpec {
                    source: &source.storage.buffer,
                    source_offset: source.offset(),
                    target: &self.storage.buffer,
                    target_offset: self.offset(),
                    n_bytes: size,
                },
            )
        })
    }

    fn take_from_host(&self, py: Python<'_>, address: usize, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let source = foreign::host_bytes(address, size)?;
        self.on(py, stream, |queue| {
            let b = backend(queue.device.kind)?;
            self.storage.before_writing(b, queue)?;
            b.upload(queue, source, &self.storage.buffer, self.offset())
        })
    }

    fn give_to_host(&self, py: Python<'_>, address: usize, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let target = foreign::host_bytes_mut(address, size)?;
        self.on(py, stream, |queue| {
            let b = backend(queue.device.kind)?;
            self.storage.before_reading(b, queue)?;
            b.download(queue, &self.storage.buffer, self.offset(), target)
        })
    }

    fn fill(&self, py: Python<'_>, value: i64, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        self.on(py, stream, |queue| {
            let b = backend(queue.device.kind)?;
            self.storage.before_writing(b, queue)?;
            // As in C, the value is cut to a byte.
            b.fill(queue, &self.storage.buffer, self.offset(), size, value as u8)
        })
    }
}

/// The address that a host pointer of Python's names: a number, a `ctypes.c_void_p`, or pinned memory.
fn host_address(obj: &Bound<'_, PyAny>) -> PyResult<usize> {
    if let Ok(p) = obj.cast::<PinnedMemoryPointer>() {
        return Ok(p.get().ptr());
    }
    if let Ok(address) = obj.extract::<usize>() {
        return Ok(address);
    }
    match obj.getattr_opt(intern!(obj.py(), "value"))? {
        Some(value) if value.is_none() => Ok(0),
        Some(value) => value.extract(),
        None => Err(PyTypeError::new_err(format!("expected the address of host memory, got {}", obj.get_type().name()?))),
    }
}

#[pymethods]
impl MemoryPointer {
    #[new]
    fn create(py: Python<'_>, mem: Py<BaseMemory>, offset: isize) -> PyResult<MemoryPointer> {
        let storage = mem.get().storage.clone();
        MemoryPointer { mem, storage, offset: AtomicUsize::new(0) }.moved(py, offset)
    }

    /// The memory in which it lies.
    #[getter]
    fn mem(&self, py: Python<'_>) -> Py<BaseMemory> {
        self.mem.clone_ref(py)
    }

    /// The address.
    #[getter]
    fn ptr(&self) -> usize {
        self.storage.buffer.address() + self.offset()
    }

    /// The device whose memory it is.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::new(self.storage.buffer.device())
    }

    /// The number of that device.
    #[getter]
    fn device_id(&self) -> u16 {
        self.storage.buffer.device().ordinal
    }

    /// Copies bytes from other memory of devices.
    fn copy_from_device(&self, py: Python<'_>, src: &Bound<'_, MemoryPointer>, size: usize) -> PyResult<()> {
        self.take_from_device(py, src.get(), size, None)
    }

    /// The same, on a stream.
    #[pyo3(signature = (src, size, stream = None))]
    fn copy_from_device_async(
        &self,
        py: Python<'_>,
        src: &Bound<'_, MemoryPointer>,
        size: usize,
        stream: Option<&Bound<'_, Stream>>,
    ) -> PyResult<()> {
        self.take_from_device(py, src.get(), size, stream)
    }

    /// Copies bytes from an address of the host; they have been read when it returns.
    fn copy_from_host(&self, py: Python<'_>, mem: &Bound<'_, PyAny>, size: usize) -> PyResult<()> {
        self.take_from_host(py, host_address(mem)?, size, None)
    }

    /// The same, on a stream.
    #[pyo3(signature = (mem, size, stream = None))]
    fn copy_from_host_async(
        &self,
        py: Python<'_>,
        mem: &Bound<'_, PyAny>,
        size: usize,
        stream: Option<&Bound<'_, Stream>>,
    ) -> PyResult<()> {
        self.take_from_host(py, host_address(mem)?, size, stream)
    }

    /// Copies bytes from memory of devices or from an address of the host.
    fn copy_from(&self, py: Python<'_>, mem: &Bound<'_, PyAny>, size: usize) -> PyResult<()> {
        self.copy_from_async(py, mem, size, None)
    }

    /// The same, on a stream.
    #[pyo3(signature = (mem, size, stream = None))]
    fn copy_from_async(&self, py: Python<'_>, mem: &Bound<'_, PyAny>, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        match mem.cast::<MemoryPointer>() {
            Ok(src) => self.take_from_device(py, src.get(), size, stream),
            Err(_) => self.take_from_host(py, host_address(mem)?, size, stream),
        }
    }

    /// Copies bytes to an address of the host; they are there when it returns.
    fn copy_to_host(&self, py: Python<'_>, mem: &Bound<'_, PyAny>, size: usize) -> PyResult<()> {
        self.give_to_host(py, host_address(mem)?, size, None)
    }

    /// The same, on a stream.
    #[pyo3(signature = (mem, size, stream = None))]
    fn copy_to_host_async(&self, py: Python<'_>, mem: &Bound<'_, PyAny>, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        self.give_to_host(py, host_address(mem)?, size, stream)
    }

    /// Sets bytes to a value.
    fn memset(&self, py: Python<'_>, value: i64, size: usize) -> PyResult<()> {
        self.fill(py, value, size, None)
    }

    /// The same, on a stream.
    #[pyo3(signature = (value, size, stream = None))]
    fn memset_async(&self, py: Python<'_>, value: i64, size: usize, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        self.fill(py, value, size, stream)
    }

    fn __add__(&self, py: Python<'_>, offset: isize) -> PyResult<MemoryPointer> {
        self.moved(py, offset)
    }

    fn __radd__(&self, py: Python<'_>, offset: isize) -> PyResult<MemoryPointer> {
        self.moved(py, offset)
    }

    fn __sub__(&self, py: Python<'_>, offset: isize) -> PyResult<MemoryPointer> {
        self.moved(py, offset.checked_neg().unwrap_or(isize::MAX))
    }

    fn __iadd__(&self, offset: isize) -> PyResult<()> {
        self.offset.store(self.offset_moved(offset)?, Ordering::Relaxed);
        Ok(())
    }

    fn __isub__(&self, offset: isize) -> PyResult<()> {
        self.__iadd__(offset.checked_neg().unwrap_or(isize::MAX))
    }

    fn __int__(&self) -> usize {
        self.ptr()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("a pointer to memory"))
    }

    fn __repr__(&self) -> String {
        format!("<MemoryPointer {:#x} ({})>", self.ptr(), self.storage.buffer.device())
    }
}

/// An array over given memory.
///
/// # Errors
/// `ValueError` if an element would lie outside it.
pub fn array_over(
    py: Python<'_>,
    shape: &[usize],
    dtype: DType,
    memory: &Bound<'_, PyAny>,
    strides: Option<&Bound<'_, PyAny>>,
    order: MemoryOrder,
) -> PyResult<Array> {
    let Ok(memory) = memory.cast::<MemoryPointer>() else {
        return Err(PyTypeError::new_err(format!("memptr must be a MemoryPointer, not {}", memory.get_type().name()?)));
    };
    let memory = memory.get();
    cuprous_core::shape::checked_size(shape, dtype.size()).map_err(crate::errors::raise)?;
    let order = if matches!(order, MemoryOrder::F) { Order::F } else { Order::C };
    let mut layout = Layout { offset: memory.offset(), ..Layout::contiguous(shape, dtype.size(), order) };
    if let Some(strides) = strides.filter(|s| !s.is_none()) {
        let strides = convert::shape(strides)?;
        if strides.len() != shape.len() {
            return Err(PyValueError::new_err("strides, if given, must be the same length as shape"));
        }
        layout.strides = strides.into_iter().collect();
    }
    let storage = memory.storage.clone();
    let made = compute(py, || {
        layout.check_inside(dtype.size(), storage.buffer.len()).map_err(|e| Error::value(e.message().to_owned()))?;
        foreign::check_aligned(storage.buffer.device(), storage.buffer.address() + layout.offset, &layout, dtype)?;
        Array::from_storage(storage, layout, dtype)
    })?;
    Ok(made)
}

#[pymethods]
impl NdArray {
    /// The place of the first element. Whoever asks can reach the memory from then on, so that nothing waits that reads it.
    #[getter]
    fn data(&self, py: Python<'_>) -> PyResult<MemoryPointer> {
        let own = self.handle();
        let storage = compute(py, || {
            let storage = own.force()?;
            storage.expose()?;
            Ok(storage)
        })?;
        MemoryPointer::over(py, storage, own.layout().offset)
    }
}

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<BaseMemory>()?;
    m.add_class::<Memory>()?;
    m.add_class::<UnownedMemory>()?;
    m.add_class::<MemoryPointer>()?;
    m.add_class::<ManagedMemory>()?;
    m.add_class::<MemoryAsync>()
}
