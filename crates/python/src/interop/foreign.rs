//! Memory that others own: addresses that programs name, the CUDA Array Interface, and pinned memory lent to Python.

use super::borrowed::{Borrowed, Loan, give_back};
use crate::convert;
use crate::cuda::pinned::PinnedMemoryPointer;
use crate::detach::compute;
use cuprous_array::engine::place;
use cuprous_array::{Array, Storage};
use cuprous_core::backend::backend;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{Buffer, DType, Device, DeviceKind, Error, Queue, Result};
use pyo3::exceptions::{PyBufferError, PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::ffi::c_int;
use std::sync::Arc;

/// Memory that a Python object owns, for work that begins on a queue. That the memory is there as long as the object
/// is what the program says that hands both over: there is no way to check it, as with any pointer from Python.
pub fn unowned(queue: Arc<Queue>, address: usize, len: usize, owner: Py<PyAny>) -> Arc<Storage> {
    let owner = Borrowed::new(Box::new(owner), queue.clone());
    // SAFETY: the program that names the address vouches for `len` bytes there as long as `owner` lives, which the
    // buffer keeps.
    let buffer = unsafe { Buffer::new(queue.device, address, len, Box::new(owner)) };
    Storage::imported(buffer, queue)
}

fn check_host(address: usize, len: usize) -> PyResult<()> {
    if (address == 0 && len > 0) || address.checked_add(len).is_none_or(|end| end > isize::MAX as usize) {
        return Err(PyValueError::new_err(format!("there is no host memory of {len} bytes at address {address:#x}")));
    }
    Ok(())
}

/// Bytes of the host at an address that a program names.
///
/// # Errors
/// `ValueError` where no memory can be.
pub fn host_bytes<'a>(address: usize, len: usize) -> PyResult<&'a [u8]> {
    check_host(address, len)?;
    if len == 0 {
        return Ok(&[]);
    }
    // SAFETY: the program that names the address vouches for `len` bytes there during the call, as with any pointer.
    Ok(unsafe { std::slice::from_raw_parts(address as *const u8, len) })
}

/// The same, to be written.
///
/// # Errors
/// `ValueError` where no memory can be.
pub fn host_bytes_mut<'a>(address: usize, len: usize) -> PyResult<&'a mut [u8]> {
    check_host(address, len)?;
    if len == 0 {
        return Ok(&mut []);
    }
    // SAFETY: as above, and that nothing else uses them meanwhile.
    Ok(unsafe { std::slice::from_raw_parts_mut(address as *mut u8, len) })
}

/// Elements at an address, as others describe them.
pub struct Elements {
    /// Where they are
    pub device: Device,
    /// The first element
    pub address: usize,
    /// Extents
    pub shape: Vec<usize>,
    /// Bytes from one to the next along each axis; packed in C order if not given
    pub strides: Option<Vec<isize>>,
    /// Their type
    pub dtype: DType,
}

impl Elements {
    /// The layout in a buffer that begins with the lowest byte, where that is, and how many bytes there are.
    ///
    /// # Errors
    /// `Value` for extents, strides or an address that cannot be.
    pub fn place(&self) -> Result<(Layout, usize, usize)> {
        let item = self.dtype.size();
        cuprous_core::shape::checked_size(&self.shape, item)?;
        let mut layout = Layout::contiguous(&self.shape, item, Order::C);
        if let Some(strides) = &self.strides {
            if strides.len() != self.shape.len() {
                return Err(Error::value("there are not as many strides as axes"));
            }
            layout.strides = strides.iter().copied().collect();
        }
        if layout.size() == 0 {
            return Ok((layout, self.address, 0));
        }
        let beyond = || Error::value("the elements lie outside the memory that can be addressed");
        let (mut low, mut high) = (0_i128, item as i128);
        for (&n, &s) in layout.shape.iter().zip(&layout.strides) {
            let reach = (n as i128 - 1) * s as i128;
            if reach < 0 { low += reach } else { high += reach }
        }
        let first = self.address as i128 + low;
        if self.address == 0 || first <= 0 || self.address as i128 + high > i128::from(i64::MAX) {
            return Err(beyond());
        }
        check_aligned(self.device, self.address, &layout, self.dtype)?;
        layout.offset = -low as usize;
        Ok((layout, first as usize, (high - low) as usize))
    }

    /// The array over them; the loan keeps them. Work on it begins on the current queue.
    ///
    /// # Errors
    /// Those of [`Elements::place`]; `Device` if there is no such device.
    pub fn array(&self, loan: Loan) -> Result<Array> {
        give_back();
        let (layout, address, len) = self.place()?;
        let queue = place::current_queue(self.device)?;
        let owner = Borrowed::new(loan, queue.clone());
        // SAFETY: whoever described the elements vouches that the bytes from the lowest to the highest are theirs, as
        // long as the loan lives, which the buffer keeps.
        let buffer = unsafe { Buffer::new(self.device, address, len, Box::new(owner)) };
        Array::from_storage(Storage::imported(buffer, queue), layout, self.dtype)
    }
}

/// Lets outsiders reach the memory of an array from now on, for who keeps an address does not say when he is done.
/// Returns the address of the first element and the handle of the current stream, which then waits for the value.
///
/// # Errors
/// Those of computing the value.
pub fn lend(array: &Array) -> Result<(usize, u64)> {
    let storage = array.force()?;
    storage.expose()?;
    let queue = place::current_queue(array.device())?;
    storage.before_reading(backend(array.device().kind)?, &queue)?;
    Ok((storage.buffer.address() + array.layout().offset, queue.handle))
}

/// Checks that a GPU can read the elements: it cannot across their boundaries, as the host can.
///
/// # Errors
/// `Value`, naming the address.
pub fn check_aligned(device: Device, address: usize, layout: &Layout, dtype: DType) -> Result<()> {
    let is_aligned = |n: usize| n.is_multiple_of(dtype.size());
    let strides_are = layout.strides.iter().zip(&layout.shape).all(|(s, &n)| n < 2 || is_aligned(s.unsigned_abs()));
    if device.kind == DeviceKind::Cuda && layout.size() > 0 && !(is_aligned(address) && strides_are) {
        return Err(Error::value(format!("elements of dtype {dtype} are not aligned at address {address:#x}")));
    }
    Ok(())
}

/// An array of another library for CUDA, by its `__cuda_array_interface__`, without a copy; none if it has no such.
///
/// # Errors
/// `TypeError` and `ValueError` for an interface that is not right, `RuntimeError` where no GPU is.
pub fn from_cuda_interface(obj: &Bound<'_, PyAny>) -> PyResult<Option<(Array, bool)>> {
    let py = obj.py();
    let Some(interface) = obj.getattr_opt(intern!(py, "__cuda_array_interface__"))? else { return Ok(None) };
    let Ok(interface) = interface.cast_into::<PyDict>() else {
        return Err(PyTypeError::new_err("__cuda_array_interface__ must be a dict"));
    };
    let field = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> { Ok(interface.get_item(name)?.filter(|v| !v.is_none())) };
    let required = |name: &str| field(name)?.ok_or_else(|| PyValueError::new_err(format!("__cuda_array_interface__ has no {name:?}")));
    if field("mask")?.is_some() {
        return Err(PyNotImplementedError::new_err("masked arrays of the CUDA Array Interface are not supported"));
    }
    let (address, read_only): (usize, bool) = required("data")?.extract()?;
    let dtype = convert::dtype(&required("typestr")?)?;
    let shape: Vec<usize> = required("shape")?.extract()?;
    let strides = field("strides")?.map(|s| s.extract()).transpose()?;
    let version: i64 = field("version")?.map_or(Ok(0), |v| v.extract())?;
    let stream = match field("stream")? {
        Some(s) if version >= 3 => Some(s.extract::<u64>()?),
        _ => None,
    };
    if stream == Some(0) {
        return Err(PyValueError::new_err("the stream of a __cuda_array_interface__ may not be 0: 1 is the default stream"));
    }
    let is_empty = shape.contains(&0);
    let owner: Loan = Box::new(obj.clone().unbind());
    let array = compute(py, || {
        let b = backend(DeviceKind::Cuda)?;
        let device = match b.device_of(address)? {
            Some(device) => device,
            None if is_empty => place::default_device()?,
            None => return Err(Error::device(format!("no GPU knows the address {address:#x} of a __cuda_array_interface__"))),
        };
        let array = Elements { device, address, shape, strides, dtype }.array(owner)?;
        if let Some(handle) = stream.filter(|_| device.kind == DeviceKind::Cuda) {
            let (own, theirs) = (place::current_queue(device)?, b.external_queue(device, handle)?);
            b.wait(&own, &theirs)?;
        }
        Ok(array)
    })?;
    Ok(Some((array, read_only)))
}

#[pymethods]
impl PinnedMemoryPointer {
    /// # Safety
    /// Python calls it with a view to fill.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("there is no view to fill"));
        }
        let (address, len) = slf.get().bytes();
        let len = len as ffi::Py_ssize_t;
        // SAFETY: the memory stays in place as long as the object, which the view keeps; `view` is Python's to fill.
        let code = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), address as *mut _, len, 0, flags) };
        if code == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
