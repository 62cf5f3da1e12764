//! Pinned memory of the host, which devices copy fastest: pieces, pointers, and pools of them.

use super::no_pickle;
use crate::detach::compute;
use cuprous_core::{Buffer, Error};
use parking_lot::Mutex;
use pyo3::exceptions::{PyMemoryError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pools keep pieces of multiples of this, rounded up to powers of two.
const UNIT: usize = 512;

/// Pinned memory of the host, of no pool. `flags` are CUDA's for such memory.
#[pyclass(frozen, subclass, weakref, module = "cuprous.cuda", name = "PinnedMemory")]
pub struct PinnedMemory {
    buffer: Arc<Buffer>,
}

#[pymethods]
impl PinnedMemory {
    #[new]
    #[pyo3(signature = (size, flags = 0))]
    fn create(py: Python<'_>, size: usize, flags: u32) -> PyResult<PinnedMemory> {
        let buffer = compute(py, || super::answering()?.allocate_pinned(size, flags))?;
        Ok(PinnedMemory { buffer: Arc::new(buffer) })
    }

    /// The address.
    #[getter]
    fn ptr(&self) -> usize {
        self.buffer.address()
    }

    /// Its bytes.
    #[getter]
    fn size(&self) -> usize {
        self.buffer.len()
    }

    fn __int__(&self) -> usize {
        self.ptr()
    }
}

/// What a pool keeps.
struct Pieces {
    /// The allocator below
    allocator: Py<PyAny>,
    /// By size: what the allocator gave, and its bytes
    free: Mutex<BTreeMap<usize, Vec<Piece>>>,
}

struct Piece {
    /// Keeps what the allocator knows of it
    _owner: Py<PyAny>,
    buffer: Arc<Buffer>,
    /// Where it begins in the buffer
    offset: usize,
}

impl Pieces {
    fn take(&self, size: usize) -> Option<Piece> {
        self.free.lock().get_mut(&size).and_then(Vec::pop)
    }

    fn ask(&self, py: Python<'_>, size: usize) -> PyResult<Piece> {
        let given = self.allocator.call1(py, (size,))?.into_bound(py);
        let Ok(pointer) = given.cast::<PinnedMemoryPointer>() else {
            return Err(PyTypeError::new_err(format!(
                "a pinned memory allocator must give a PinnedMemoryPointer, not {}",
                given.get_type().name()?
            )));
        };
        let pointer = pointer.get();
        let len = pointer.bytes().1;
        if len < size {
            return Err(PyValueError::new_err(format!("the pinned memory allocator gave {len} bytes instead of {size}")));
        }
        Ok(Piece { _owner: pointer.mem.clone_ref(py), buffer: pointer.buffer.clone(), offset: pointer.offset() })
    }
}

/// A piece of a pool; it goes back when this object goes.
#[pyclass(frozen, weakref, module = "cuprous.cuda.pinned_memory", name = "PooledPinnedMemory")]
pub struct PooledPinnedMemory {
    address: usize,
    size: usize,
    rounded: usize,
    /// None once it went back
    piece: Mutex<Option<Piece>>,
    pool: Arc<Pieces>,
}

#[pymethods]
impl PooledPinnedMemory {
    /// The address.
    #[getter]
    fn ptr(&self) -> usize {
        self.address
    }

    /// Its bytes.
    #[getter]
    fn size(&self) -> usize {
        self.size
    }

    /// Gives the piece back to its pool, which may hand it out again.
    fn free(&self) {
        if let Some(piece) = self.piece.lock().take() {
            self.pool.free.lock().entry(self.rounded).or_default().push(piece);
        }
    }

    fn __int__(&self) -> usize {
        self.address
    }
}

impl Drop for PooledPinnedMemory {
    fn drop(&mut self) {
        self.free();
    }
}

/// A place in pinned memory. It has Python's buffer interface, from there to the end.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "PinnedMemoryPointer")]
pub struct PinnedMemoryPointer {
    mem: Py<PyAny>,
    buffer: Arc<Buffer>,
    /// Where the memory begins in the buffer, and where it ends
    range: (usize, usize),
    /// Moved by `+=`, for every name of the object
    offset: AtomicUsize,
}

impl PinnedMemoryPointer {
    fn offset(&self) -> usize {
        self.offset.load(Ordering::Relaxed)
    }

    /// The address, and how many bytes are there.
    pub fn bytes(&self) -> (usize, usize) {
        (self.buffer.address() + self.offset(), self.range.1 - self.offset())
    }

    /// The offset so many bytes on. One past the end is a place too.
    fn offset_moved(&self, by: isize) -> PyResult<usize> {
        let (first, last) = self.range;
        let offset = self.offset().checked_add_signed(by).filter(|n| (first..=last).contains(n));
        offset.ok_or_else(|| {
            let (at, len) = (self.offset() - first, last - first);
            PyValueError::new_err(format!("a pointer at byte {at} of memory of {len} bytes cannot be moved by {by}"))
        })
    }

    fn moved(&self, py: Python<'_>, by: isize) -> PyResult<PinnedMemoryPointer> {
        let offset = AtomicUsize::new(self.offset_moved(by)?);
        Ok(PinnedMemoryPointer { mem: self.mem.clone_ref(py), buffer: self.buffer.clone(), range: self.range, offset })
    }
}

#[pymethods]
impl PinnedMemoryPointer {
    #[new]
    fn create(py: Python<'_>, mem: &Bound<'_, PyAny>, offset: isize) -> PyResult<PinnedMemoryPointer> {
        let (buffer, begin, len) = if let Ok(m) = mem.cast::<PinnedMemory>() {
            let buffer = m.get().buffer.clone();
            let len = buffer.len();
            (buffer, 0, len)
        } else if let Ok(m) = mem.cast::<PooledPinnedMemory>() {
            let m = m.get();
            let Some(piece) = &*m.piece.lock() else {
                return Err(PyValueError::new_err("the memory was given back to its pool"));
            };
            (piece.buffer.clone(), piece.offset, m.size)
        } else {
            return Err(PyTypeError::new_err(format!("mem must be pinned memory, not {}", mem.get_type().name()?)));
        };
        let (range, at) = ((begin, begin + len), AtomicUsize::new(begin));
        PinnedMemoryPointer { mem: mem.clone().unbind(), buffer, range, offset: at }.moved(py, offset)
    }

    /// The address.
    #[getter]
    pub fn ptr(&self) -> usize {
        self.bytes().0
    }

    /// The memory in which it lies.
    #[getter]
    fn mem(&self, py: Python<'_>) -> Py<PyAny> {
        self.mem.clone_ref(py)
    }

    /// The bytes from there to the end of the memory.
    fn size(&self) -> usize {
        self.bytes().1
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

    fn __add__(&self, py: Python<'_>, offset: isize) -> PyResult<PinnedMemoryPointer> {
        self.moved(py, offset)
    }

    fn __radd__(&self, py: Python<'_>, offset: isize) -> PyResult<PinnedMemoryPointer> {
        self.moved(py, offset)
    }

    fn __sub__(&self, py: Python<'_>, offset: isize) -> PyResult<PinnedMemoryPointer> {
        self.moved(py, offset.checked_neg().unwrap_or(isize::MAX))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("pinned memory"))
    }
}

/// A pool of pinned memory: pieces that go are kept for requests of their size, which is rounded up to a power of two.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "PinnedMemoryPool")]
pub struct PinnedMemoryPool {
    pieces: Arc<Pieces>,
}

#[pymethods]
impl PinnedMemoryPool {
    #[new]
    #[pyo3(signature = (allocator = None))]
    fn create(py: Python<'_>, allocator: Option<Bound<'_, PyAny>>) -> PyResult<PinnedMemoryPool> {
        let allocator = match allocator.filter(|a| !a.is_none()) {
            Some(a) => check_callable(a)?.unbind(),
            None => malloc_function(py)?,
        };
        Ok(PinnedMemoryPool { pieces: Arc::new(Pieces { allocator, free: Mutex::default() }) })
    }

    /// Pinned memory of this many bytes.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<PinnedMemoryPointer> {
        if size == 0 {
            return _malloc(py, 0);
        }
        let too_large = || PyMemoryError::new_err(format!("Out of memory allocating {size} bytes of pinned memory"));
        let rounded = size.checked_next_multiple_of(UNIT).and_then(usize::checked_next_power_of_two).ok_or_else(too_large)?;
        let piece = match self.pieces.take(rounded) {
            Some(piece) => piece,
            None => match self.pieces.ask(py, rounded) {
                Err(e) if e.is_instance_of::<PyMemoryError>(py) => {
                    self.free_all_blocks(py)?;
                    self.pieces.ask(py, rounded)?
                }
                other => other?,
            },
        };
        let (buffer, offset) = (piece.buffer.clone(), piece.offset);
        let address = buffer.address() + offset;
        let pooled = PooledPinnedMemory { address, size, rounded, piece: Mutex::new(Some(piece)), pool: self.pieces.clone() };
        let (range, offset) = ((offset, offset + size), AtomicUsize::new(offset));
        Ok(PinnedMemoryPointer { mem: Py::new(py, pooled)?.into_any(), buffer, range, offset })
    }

    /// How many pieces are kept for reuse.
    fn n_free_blocks(&self) -> usize {
        self.pieces.free.lock().values().map(Vec::len).sum()
    }

    /// Gives the pieces that are kept back to the system.
    fn free_all_blocks(&self, py: Python<'_>) -> PyResult<()> {
        // Dropped outside the lock: owners may run code of their own.
        let kept = std::mem::take(&mut *self.pieces.free.lock());
        drop(kept);
        compute(py, || super::answering()?.trim_pinned())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("a memory pool"))
    }
}

/// Pinned memory of this many bytes, of no pool.
#[pyfunction]
fn _malloc(py: Python<'_>, size: usize) -> PyResult<PinnedMemoryPointer> {
    let mem = Bound::new(py, PinnedMemory::create(py, size, 0)?)?;
    PinnedMemoryPointer::create(py, mem.as_any(), 0)
}

fn malloc_function(py: Python<'_>) -> PyResult<Py<PyAny>> {
    static MALLOC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || Ok::<_, PyErr>(wrap_pyfunction!(_malloc, py)?.into_any().unbind());
    MALLOC.get_or_try_init(py, make).map(|f| f.clone_ref(py))
}

pub(super) fn check_callable(allocator: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if allocator.is_callable() {
        return Ok(allocator);
    }
    Err(PyTypeError::new_err(format!("an allocator must be callable, and {} is not", allocator.get_type().name()?)))
}

/// The allocator of `alloc_pinned_memory`; none is the default pool's.
static CURRENT: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

fn default_pool(py: Python<'_>) -> PyResult<&Py<PinnedMemoryPool>> {
    static POOL: PyOnceLock<Py<PinnedMemoryPool>> = PyOnceLock::new();
    POOL.get_or_try_init(py, || Py::new(py, PinnedMemoryPool::create(py, None)?))
}

/// The pool of pinned memory.
#[pyfunction]
pub(super) fn get_default_pinned_memory_pool(py: Python<'_>) -> PyResult<Py<PinnedMemoryPool>> {
    default_pool(py).map(|p| p.clone_ref(py))
}

/// Pinned memory of the host of this many bytes, from the allocator of such.
#[pyfunction]
fn alloc_pinned_memory(py: Python<'_>, size: usize) -> PyResult<Py<PyAny>> {
    let current = CURRENT.lock().as_ref().map(|a| a.clone_ref(py));
    match current {
        Some(allocator) => allocator.call1(py, (size,)),
        None => Ok(Py::new(py, default_pool(py)?.get().malloc(py, size)?)?.into_any()),
    }
}

/// Sets where `alloc_pinned_memory` takes memory from, a pool's `malloc` for example; None asks the system each time.
#[pyfunction]
#[pyo3(signature = (allocator = None))]
fn set_pinned_memory_allocator(py: Python<'_>, allocator: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    let allocator = match allocator.filter(|a| !a.is_none()) {
        Some(a) => check_callable(a)?.unbind(),
        None => malloc_function(py)?,
    };
    let before = CURRENT.lock().replace(allocator);
    drop(before);
    Ok(())
}

/// Whether an address lies in memory of the host that is pinned.
#[pyfunction]
fn is_memory_pinned(py: Python<'_>, data: u64) -> PyResult<bool> {
    compute(py, move || {
        let device = super::current()?;
        let runtime = super::answering()?.library("runtime").ok_or_else(|| Error::device("the device has no runtime"))?;
        let mut words = [0, 0, 0, 0, data];
        let status = runtime.call("_pointerGetAttributes", device, &mut words)?;
        Ok(status == 0 && words[3] as i32 == PINNED)
    })
}

/// What the runtime calls memory of the host that it knows.
const PINNED: i32 = 1;

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PinnedMemory>()?;
    m.add_class::<PinnedMemoryPointer>()?;
    m.add_class::<PinnedMemoryPool>()?;
    m.add_function(wrap_pyfunction!(get_default_pinned_memory_pool, m)?)?;
    m.add_function(wrap_pyfunction!(alloc_pinned_memory, m)?)?;
    m.add_function(wrap_pyfunction!(is_memory_pinned, m)?)?;
    m.add_function(wrap_pyfunction!(set_pinned_memory_allocator, m)?)
}

/// Adds what only the module `pinned_memory` has.
pub(super) fn register_inner(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PooledPinnedMemory>()?;
    m.add(intern!(m.py(), "_malloc"), malloc_function(m.py())?)
}
