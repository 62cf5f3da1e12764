//! Who gives memory to arrays: functions that ask the system, functions of others, and which of them is chosen.

use super::memory::{BaseMemory, ManagedMemory, Memory, MemoryAsync, MemoryPointer, SystemMemory};
use super::pinned::check_callable;
use super::pool::{MemoryAsyncPool, MemoryPool, get_default_memory_pool};
use super::stream::Stream;
use super::{no_pickle, settled};
use crate::detach::compute;
use crate::interop::allocators::{ByFunctions, Called, Functions};
use cuprous_array::Storage;
use cuprous_array::engine::{memory, place};
use cuprous_core::Result;
use cuprous_core::arena::{Arena, DriverPool, MemoryKind, Raw, SharedArena};
use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use std::cell::RefCell;
use std::sync::Arc;

/// Memory of this many bytes on the current device, of no pool.
#[pyfunction]
fn _malloc(py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
    MemoryPointer::to(py, Memory::fresh(py, size)?)
}

/// Managed memory of this many bytes.
#[pyfunction]
fn malloc_managed(py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
    MemoryPointer::to(py, ManagedMemory::fresh(py, size)?)
}

/// Memory of the host of this many bytes, where the current device can reach it.
#[pyfunction]
fn malloc_system(py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
    MemoryPointer::to(py, SystemMemory::fresh(py, size)?)
}

/// Memory of this many bytes from the driver's pool, in the order of the current stream.
#[pyfunction]
fn malloc_async(py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
    let queue = compute(py, || place::current_queue(place::default_device()?))?;
    let stream = Bound::new(py, Stream::of(queue))?;
    MemoryPointer::to(py, MemoryAsync::fresh(py, size, &stream, DriverPool::Current)?)
}

/// The functions above, to be known again where they are given as allocators: then nobody has to be called.
fn known(py: Python<'_>) -> PyResult<&[(Py<PyAny>, MemoryKind)]> {
    static KNOWN: PyOnceLock<Vec<(Py<PyAny>, MemoryKind)>> = PyOnceLock::new();
    let make = || {
        Ok::<_, PyErr>(vec![
            (wrap_pyfunction!(_malloc, py)?.into_any().unbind(), MemoryKind::Device),
            (wrap_pyfunction!(malloc_managed, py)?.into_any().unbind(), MemoryKind::Managed),
            (wrap_pyfunction!(malloc_system, py)?.into_any().unbind(), MemoryKind::System),
            (wrap_pyfunction!(malloc_async, py)?.into_any().unbind(), MemoryKind::Ordered(DriverPool::Current)),
        ])
    };
    KNOWN.get_or_try_init(py, make).map(Vec::as_slice)
}

/// The arena that an allocator is; none is the devices' own pool. Without an allocator each request asks the system.
///
/// # Errors
/// `TypeError` if it is not callable.
pub fn arena_of(py: Python<'_>, allocator: Option<&Bound<'_, PyAny>>) -> PyResult<Option<SharedArena>> {
    let Some(allocator) = allocator.filter(|a| !a.is_none()) else { return Ok(Some(Arc::new(Raw(MemoryKind::Device)))) };
    let allocator = check_callable(allocator.clone())?;
    if let Some((_, kind)) = known(py)?.iter().find(|(f, _)| f.is(&allocator)) {
        return Ok(Some(Arc::new(Raw(*kind))));
    }
    let of = allocator.getattr_opt(intern!(py, "__self__"))?;
    let name = allocator.getattr_opt(intern!(py, "__name__"))?;
    if let Some(of) = of
        && name.is_some_and(|n| n.eq("malloc").unwrap_or(false))
    {
        if let Ok(pool) = of.cast::<MemoryPool>() {
            return Ok(pool.get().own.clone().map(|own| own as SharedArena));
        }
        if let Ok(pool) = of.cast::<MemoryAsyncPool>() {
            return Ok(Some(pool.get().pools.clone()));
        }
        if let Ok(functions) = of.cast_exact::<PythonFunctionAllocator>() {
            return Ok(Some(Arc::new(ByFunctions(functions.get().0.clone()))));
        }
        if let Ok(functions) = of.cast_exact::<CFunctionAllocator>() {
            return Ok(Some(Arc::new(ByFunctions(functions.get().0.clone()))));
        }
    }
    Ok(Some(Arc::new(Called(allocator.unbind()))))
}

/// Memory that functions of others gave.
#[pyclass(frozen, extends = BaseMemory, module = "cuprous.cuda.memory", name = "PythonFunctionAllocatorMemory")]
pub struct PythonFunctionAllocatorMemory {}

/// Memory that functions in C gave.
#[pyclass(frozen, extends = BaseMemory, module = "cuprous.cuda.memory", name = "CFunctionAllocatorMemory")]
pub struct CFunctionAllocatorMemory {}

fn by_functions(functions: &Arc<Functions>, size: usize) -> Result<BaseMemory> {
    let queue = place::current_queue(place::default_device()?)?;
    BaseMemory::over(Storage::from_arena(&queue, size, Some(&ByFunctions(functions.clone()) as &dyn Arena))?)
}

/// An allocator of two functions in Python: `malloc_func(size, device_id)` gives an address, `free_func(address, device_id)`
/// takes it back.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "PythonFunctionAllocator")]
pub struct PythonFunctionAllocator(Arc<Functions>);

#[pymethods]
impl PythonFunctionAllocator {
    #[new]
    fn create(malloc_func: Bound<'_, PyAny>, free_func: Bound<'_, PyAny>) -> PyResult<PythonFunctionAllocator> {
        let (malloc, free) = (check_callable(malloc_func)?.unbind(), check_callable(free_func)?.unbind());
        Ok(PythonFunctionAllocator(Arc::new(Functions::Python { malloc, free })))
    }

    /// Memory of this many bytes on the current device.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
        let base = compute(py, || by_functions(&self.0, size))?;
        MemoryPointer::to(py, PyClassInitializer::from(base).add_subclass(PythonFunctionAllocatorMemory {}))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("an allocator"))
    }
}

/// An allocator of two functions in C, given by their addresses: `void *malloc(void *param, size_t size, int device_id)` and
/// `void free(void *param, void *address, int device_id)`. `owner` is kept as long as this or its memory.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "CFunctionAllocator")]
pub struct CFunctionAllocator(Arc<Functions>);

#[pymethods]
impl CFunctionAllocator {
    #[new]
    fn create(param: usize, malloc_func: usize, free_func: usize, owner: Py<PyAny>) -> PyResult<CFunctionAllocator> {
        if malloc_func == 0 || free_func == 0 {
            return Err(PyValueError::new_err("there is no function at address 0"));
        }
        Ok(CFunctionAllocator(Arc::new(Functions::C { param, malloc: malloc_func, free: free_func, _owner: owner })))
    }

    /// Memory of this many bytes on the current device.
    fn malloc(&self, py: Python<'_>, size: usize) -> PyResult<MemoryPointer> {
        let base = compute(py, || by_functions(&self.0, size))?;
        MemoryPointer::to(py, PyClassInitializer::from(base).add_subclass(CFunctionAllocatorMemory {}))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("an allocator"))
    }
}

/// The allocator of the process as the program named it; none is the default pool's.
static OF_PROCESS: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

thread_local! {
    /// Those of this thread's scopes, innermost last
    static SCOPES: RefCell<Vec<Py<PyAny>>> = const { RefCell::new(Vec::new()) };
}

/// The function that an allocator is named by: none asks the system.
fn named(py: Python<'_>, allocator: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
    match allocator.filter(|a| !a.is_none()) {
        Some(a) => Ok(a.clone().unbind()),
        None => Ok(known(py)?[0].0.clone_ref(py)),
    }
}

/// Sets where arrays of all threads take memory from: a callable that takes a number of bytes and gives a `MemoryPointer`, such as
/// a pool's `malloc`. None asks the system each time.
#[pyfunction]
#[pyo3(signature = (allocator = None))]
fn set_allocator(py: Python<'_>, allocator: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    if SCOPES.with_borrow(|s| !s.is_empty()) {
        return Err(PyValueError::new_err("the allocator of the process cannot be set within `using_allocator`"));
    }
    let (arena, name) = (arena_of(py, allocator)?, named(py, allocator)?);
    compute(py, || settled().map(drop))?;
    memory::set_allocator(arena);
    let before = OF_PROCESS.lock().replace(name);
    drop(before);
    Ok(())
}

/// Where arrays take memory from now.
#[pyfunction]
fn get_allocator(py: Python<'_>) -> PyResult<Py<PyAny>> {
    if let Some(scoped) = SCOPES.with_borrow(|s| s.last().map(|a| a.clone_ref(py))) {
        return Ok(scoped);
    }
    if let Some(chosen) = OF_PROCESS.lock().as_ref() {
        return Ok(chosen.clone_ref(py));
    }
    get_default_memory_pool(py)?.getattr(py, intern!(py, "malloc"))
}

/// Memory of this many bytes on the current device, for the current stream, from the allocator that arrays use.
#[pyfunction]
fn alloc(py: Python<'_>, size: usize) -> PyResult<Py<PyAny>> {
    get_allocator(py)?.call1(py, (size,))
}

/// Within it this thread's arrays take memory from an allocator, as `set_allocator` says. What was made in it and waits is
/// computed when it ends.
#[pyclass(frozen, module = "cuprous.cuda", name = "using_allocator")]
struct UsingAllocator {
    arena: Option<SharedArena>,
    name: Py<PyAny>,
}

#[pymethods]
impl UsingAllocator {
    #[new]
    #[pyo3(signature = (allocator = None))]
    fn create(py: Python<'_>, allocator: Option<&Bound<'_, PyAny>>) -> PyResult<UsingAllocator> {
        Ok(UsingAllocator { arena: arena_of(py, allocator)?, name: named(py, allocator)? })
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || settled().map(drop))?;
        memory::enter_scope(self.arena.clone());
        SCOPES.with_borrow_mut(|s| s.push(self.name.clone_ref(py)));
        Ok(())
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        let Some(left) = SCOPES.with_borrow_mut(Vec::pop) else {
            return Err(PyRuntimeError::new_err("this thread has not entered `using_allocator`"));
        };
        drop(left);
        let flushed = compute(py, || settled().map(drop));
        memory::leave_scope();
        flushed
    }
}

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add_class::<PythonFunctionAllocator>()?;
    m.add_class::<CFunctionAllocator>()?;
    m.add_class::<UsingAllocator>()?;
    for (name, (function, _)) in ["_malloc", "malloc_managed", "malloc_system", "malloc_async"].iter().zip(known(py)?) {
        if matches!(*name, "malloc_managed" | "malloc_async") {
            m.add(*name, function)?;
        }
    }
    m.add_function(wrap_pyfunction!(alloc, m)?)?;
    m.add_function(wrap_pyfunction!(set_allocator, m)?)?;
    m.add_function(wrap_pyfunction!(get_allocator, m)?)
}

/// Adds what only the module `memory` has.
pub(super) fn register_inner(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add_class::<SystemMemory>()?;
    m.add_class::<PythonFunctionAllocatorMemory>()?;
    m.add_class::<CFunctionAllocatorMemory>()?;
    m.add("_malloc", &known(py)?[0].0)?;
    m.add("malloc_system", &known(py)?[2].0)
}
