//! Allocators of others: functions in Python or in C that give addresses, and objects that give memory.

use super::borrowed::Borrowed;
use crate::cuda::memory::MemoryPointer;
use crate::errors;
use cuprous_array::Storage;
use cuprous_array::engine::place;
use cuprous_core::arena::Arena;
use cuprous_core::backend::{MemoryInfo, backend};
use cuprous_core::{Allocation, Buffer, Device, Error, Queue, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use std::ffi::{c_int, c_void};
use std::sync::Arc;

/// A callable that takes a number of bytes and gives a `MemoryPointer`.
pub struct Called(pub Py<PyAny>);

/// What such a callable gave.
struct Given {
    storage: Arc<Storage>,
    /// Its memory object, which may know who owns it
    _object: Py<PyAny>,
}

impl Allocation for Given {
    fn used_on(&self, queue: &Queue) {
        self.storage.buffer.used_on(queue);
    }

    fn is_users(&self) -> bool {
        true
    }
}

impl Arena for Called {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        let given = Python::attach(|py| {
            let given = self.0.bind(py).call1((n_bytes,)).map_err(|e| errors::carry(py, e))?;
            let Ok(pointer) = given.cast_into::<MemoryPointer>() else {
                return Err(errors::carry(py, PyTypeError::new_err("a memory allocator must give a MemoryPointer")));
            };
            let (storage, offset) = pointer.get().place();
            Ok((storage.clone(), offset, pointer.into_any().unbind()))
        });
        let (storage, offset, object) = given?;
        let (device, len) = (storage.buffer.device(), storage.buffer.len());
        if device != queue.device {
            return Err(Error::device(format!("the allocator gave memory of {device} for an array on {}", queue.device)));
        }
        if len - offset < n_bytes {
            return Err(Error::value(format!("the allocator gave {} bytes instead of {n_bytes}", len - offset)));
        }
        storage.before_writing(backend(device.kind)?, &known(queue)?)?;
        let address = storage.buffer.address() + offset;
        check_aligned(address)?;
        // SAFETY: the bytes are a part of the storage's buffer, which the owner keeps. Whoever wrote the allocator vouches that
        // he gives them to nobody else meanwhile, as with any allocator.
        Ok(unsafe { Buffer::new(device, address, n_bytes, Box::new(Given { storage, _object: object })) })
    }

    fn info(&self, _device: Device) -> Option<MemoryInfo> {
        None
    }
}

/// The queue itself, as others name it too.
fn known(queue: &Queue) -> Result<Arc<Queue>> {
    let current = place::current_queue(queue.device)?;
    if current.id == queue.id { Ok(current) } else { backend(queue.device.kind)?.external_queue(queue.device, queue.handle) }
}

fn check_aligned(address: usize) -> Result<()> {
    // Of the largest elements.
    if address.is_multiple_of(16) {
        return Ok(());
    }
    Err(Error::value(format!("the allocator gave memory at {address:#x}, which is not a multiple of 16")))
}

/// Functions that give and take addresses.
pub enum Functions {
    /// `malloc(size, device_id)` and `free(address, device_id)` in Python
    Python {
        /// Gives an address
        malloc: Py<PyAny>,
        /// Takes it back
        free: Py<PyAny>,
    },
    /// `void *malloc(void *param, size_t size, int device_id)` and `void free(void *param, void *address, int device_id)` in C
    C {
        /// What both are given
        param: usize,
        /// The function's address
        malloc: usize,
        /// The function's address
        free: usize,
        /// Keeps them
        _owner: Py<PyAny>,
    },
}

/// An address to be given back.
struct Address {
    functions: Arc<Functions>,
    address: usize,
    device_id: u16,
}

impl Drop for Address {
    fn drop(&mut self) {
        let (address, device_id) = (self.address, self.device_id);
        match &*self.functions {
            Functions::Python { free, .. } => {
                // Once the interpreter ends nobody is left to be told.
                let _ = Python::try_attach(|py| {
                    if let Err(e) = free.bind(py).call1((address, device_id)) {
                        e.write_unraisable(py, Some(free.bind(py)));
                    }
                });
            }
            Functions::C { param, free, .. } => {
                // SAFETY: the program that named the function vouches for its signature and that it lives as long as the owner,
                // which `functions` keeps; the address came from its partner and is given back once.
                unsafe {
                    let free = std::mem::transmute::<usize, extern "C" fn(*mut c_void, *mut c_void, c_int)>(*free);
                    free(*param as *mut c_void, address as *mut c_void, c_int::from(device_id));
                }
            }
        }
    }
}

impl Functions {
    fn malloc(&self, n_bytes: usize, device_id: u16) -> Result<usize> {
        match self {
            Functions::Python { malloc, .. } => Python::attach(|py| {
                let given = malloc.bind(py).call1((n_bytes, device_id)).and_then(|a| a.extract::<usize>());
                given.map_err(|e| errors::carry(py, e))
            }),
            Functions::C { param, malloc, .. } => {
                // SAFETY: the program that named the function vouches for its signature and that it lives as long as the owner.
                let given = unsafe {
                    let malloc = std::mem::transmute::<usize, extern "C" fn(*mut c_void, usize, c_int) -> *mut c_void>(*malloc);
                    malloc(*param as *mut c_void, n_bytes, c_int::from(device_id))
                };
                Ok(given as usize)
            }
        }
    }
}

/// An allocator of such functions.
pub struct ByFunctions(pub Arc<Functions>);

impl Arena for ByFunctions {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        let device = queue.device;
        if n_bytes == 0 {
            // SAFETY: a buffer of length 0 may have any address.
            return Ok(unsafe { Buffer::new(device, 0, 0, Box::new(())) });
        }
        let queue = known(queue)?;
        let address = self.0.malloc(n_bytes, device.ordinal)?;
        if address == 0 {
            return Err(Error::memory(format!("Out of memory allocating {n_bytes} bytes on {device}: the allocator gave none")));
        }
        let owner = Address { functions: self.0.clone(), address, device_id: device.ordinal };
        check_aligned(address)?;
        let owner = Borrowed::new(Box::new(owner), queue);
        // SAFETY: whoever wrote the functions vouches for `n_bytes` at the address until it is given back, by the owner.
        Ok(unsafe { Buffer::new(device, address, n_bytes, Box::new(owner)) })
    }

    fn info(&self, _device: Device) -> Option<MemoryInfo> {
        None
    }
}
