//! Memory that we share with NumPy for as long as a copy takes.

pub mod allocators;
pub mod borrowed;
pub mod foreign;

use crate::convert;
use crate::detach::compute;
use crate::numpy::numpy;
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::{Array, Storage};
use cuprous_core::backend::backend;
use cuprous_core::layout::Layout;
use cuprous_core::promote::Casting;
use cuprous_core::{Allocation, Buffer, DType, Device, DeviceKind};
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;

/// Keeps the memory of a Python object in place: it stays exported until the last one lets go.
struct Exported(#[allow(dead_code)] PyUntypedBuffer);

impl Allocation for Exported {}

/// A NumPy array copied to a device, in the memory order that it has.
///
/// # Errors
/// `TypeError` for elements that are no numbers; `cuprous.OutOfMemoryError`.
pub fn from_numpy(py: Python<'_>, obj: &Bound<'_, PyAny>, device: Device) -> PyResult<Array> {
    let descr = obj.getattr(intern!(py, "dtype"))?;
    let dtype = convert::numpy_dtype(&descr, true)?;
    if !descr.getattr(intern!(py, "isnative"))?.is_truthy()? {
        // The other byte order is not for arrays: a copy on the host turns the bytes around.
        let native = obj.call_method1(intern!(py, "astype"), (numpy(py)?.dtype_object(dtype),))?;
        return from_numpy(py, &native, device);
    }
    let memory = export(obj)?;
    let (mut shape, mut strides) = (memory.shape().to_vec(), memory.strides().to_vec());
    if obj.getattr(intern!(py, "ndim"))?.extract::<usize>()? == 0 {
        (shape, strides) = (Vec::new(), Vec::new());
    }
    if memory.item_size() != dtype.size() || strides.len() != shape.len() {
        return Err(PyRuntimeError::new_err("a NumPy array exports another layout than its dtype says"));
    }
    if shape.contains(&0) {
        return compute(py, || Array::from_bytes(&[], dtype, &shape, device));
    }
    match packed_order(&shape, &strides, dtype.size()) {
        Some(axes) => {
            let host = host_bytes(&memory);
            let packed: Vec<usize> = axes.iter().map(|&k| shape[k]).collect();
            compute(py, || {
                let array = Array::from_bytes(host, dtype, &packed, device)?;
                if axes.iter().enumerate().all(|(i, &k)| i == k) {
                    return Ok(array);
                }
                let mut back = vec![0isize; axes.len()];
                axes.iter().enumerate().for_each(|(i, &k)| back[k] = i as isize);
                array.permute(&back)
            })
        }
        None => {
            let array = gathered(py, memory, dtype, &shape, &strides)?;
            compute(py, || array.to_device(device))
        }
    }
}

/// The memory of a NumPy array; without axes it exports no shape, so it is looked at as one of one element.
fn export(obj: &Bound<'_, PyAny>) -> PyResult<PyUntypedBuffer> {
    match obj.getattr(intern!(obj.py(), "ndim"))?.extract::<usize>()? {
        0 => PyUntypedBuffer::get(&obj.call_method1(intern!(obj.py(), "reshape"), (1,))?),
        _ => PyUntypedBuffer::get(obj),
    }
}

/// The axes from outermost to innermost if the elements lie packed in that order.
fn packed_order(shape: &[usize], strides: &[isize], item: usize) -> Option<SmallVec<[usize; 8]>> {
    let mut axes: SmallVec<[usize; 8]> = (0..shape.len()).collect();
    axes.sort_by_key(|&k| if shape[k] == 1 { (0, k) } else { (1, k) });
    axes.sort_by_key(|&k| std::cmp::Reverse(if shape[k] == 1 { isize::MAX } else { strides[k] }));
    let mut step = item as isize;
    for &k in axes.iter().rev() {
        if shape[k] != 1 {
            if strides[k] != step {
                return None;
            }
            step *= shape[k] as isize;
        }
    }
    Some(axes)
}

/// The bytes of a packed export, for as long as it lasts.
fn host_bytes(memory: &PyUntypedBuffer) -> &[u8] {
    // SAFETY: the exporter keeps `len_bytes` bytes in place from the lowest address on until the buffer is released,
    // which the borrow outlasts; callers checked that the elements lie packed with positive strides. As for every
    // reader of the buffer protocol, a program that writes there meanwhile from another thread gets torn values.
    unsafe { std::slice::from_raw_parts(memory.buf_ptr().cast::<u8>(), memory.len_bytes()) }
}

/// An array with gaps or reversed axes, packed on the host by all cores.
fn gathered(py: Python<'_>, memory: PyUntypedBuffer, dtype: DType, shape: &[usize], strides: &[isize]) -> PyResult<Array> {
    let reach =
        |positive: bool| -> isize { shape.iter().zip(strides).map(|(&n, &s)| (n as isize - 1) * s).filter(|r| (*r > 0) == positive).sum() };
    let (low, high) = (-reach(false), reach(true));
    let first = memory.buf_ptr() as usize;
    let len = (low + high) as usize + dtype.size();
    // SAFETY: the exporter's shape and strides say that all elements between the lowest and the highest are its
    // memory, and `Exported` keeps it exported until the buffer is dropped. The copy below only reads.
    let buffer = unsafe { Buffer::new(Device::CPU, first - low as usize, len, Box::new(Exported(memory))) };
    compute(py, || {
        let queue = backend(DeviceKind::Cpu)?.default_queue(Device::CPU)?;
        let layout = Layout { shape: shape.into(), strides: strides.into(), offset: low as usize };
        let shared = Array::from_storage(Storage::imported(buffer, queue), layout, dtype)?;
        let copy = astype(&shared, dtype, Casting::Unsafe, MemoryOrder::Keep)?;
        copy.force()?;
        Ok(copy)
    })
}

/// A NumPy array with the elements of an array, in C order, in Fortran order, or as they lie.
///
/// # Errors
/// Those of computing the value; `MemoryError` from NumPy.
pub fn to_numpy<'py>(py: Python<'py>, array: &Array, order: MemoryOrder) -> PyResult<Bound<'py, PyAny>> {
    let fortran = match order {
        MemoryOrder::F => true,
        MemoryOrder::C => false,
        MemoryOrder::Any | MemoryOrder::Keep => array.is_f_contiguous() && !array.is_c_contiguous(),
    };
    let np = numpy(py)?;
    let shape = PyTuple::new(py, array.shape())?;
    let out = np.empty.bind(py).call1((shape, np.dtype_object(array.dtype()), if fortran { "F" } else { "C" }))?;
    fill(py, array, &out, fortran)?;
    Ok(out)
}

/// Copies the elements into a NumPy array of the same shape and dtype.
///
/// # Errors
/// `TypeError` and `ValueError` if it is not that.
pub fn into_numpy(py: Python<'_>, array: &Array, out: &Bound<'_, PyAny>) -> PyResult<()> {
    let np = numpy(py)?;
    if !np.is_array(out) {
        return Err(PyTypeError::new_err("Only numpy.ndarray can be obtained from a cuprous array"));
    }
    let shape: Vec<usize> = out.getattr(intern!(py, "shape"))?.extract()?;
    if shape != array.shape() {
        return Err(PyValueError::new_err(format!(
            "Shape mismatch. Expected shape: {}, actual shape: {}",
            cuprous_core::shape::tuple(array.shape()),
            cuprous_core::shape::tuple(&shape)
        )));
    }
    let dtype = out.getattr(intern!(py, "dtype"))?;
    if convert::numpy_dtype(&dtype, false)? != array.dtype() {
        return Err(PyTypeError::new_err(format!("{} array cannot be obtained from {} array", dtype, array.dtype())));
    }
    let flags = out.getattr(intern!(py, "flags"))?;
    let is = |name: &str| -> PyResult<bool> { flags.get_item(name)?.is_truthy() };
    if is("WRITEABLE")? && (is("C_CONTIGUOUS")? || is("F_CONTIGUOUS")?) {
        let fortran = !is("C_CONTIGUOUS")?;
        return fill(py, array, out, fortran);
    }
    let packed = to_numpy(py, array, MemoryOrder::C)?;
    let options = PyDict::new(py);
    options.set_item("casting", "no")?;
    np.module.bind(py).call_method("copyto", (out, packed), Some(&options)).map(drop)
}

/// Copies the elements into packed memory of NumPy.
fn fill(py: Python<'_>, array: &Array, out: &Bound<'_, PyAny>, fortran: bool) -> PyResult<()> {
    if array.size() == 0 {
        return Ok(());
    }
    let memory = export(out)?;
    let n_bytes = array.size() * array.dtype().size();
    let is_packed = if fortran { memory.is_fortran_contiguous() } else { memory.is_c_contiguous() };
    if memory.readonly() || !is_packed || memory.len_bytes() != n_bytes {
        return Err(PyValueError::new_err("the NumPy array is read-only or not packed"));
    }
    // SAFETY: the exporter keeps `n_bytes` packed, writable bytes in place until the buffer is released, below.
    // Nothing of ours reads or writes them meanwhile; what other threads do with the same array is theirs to order.
    let target = unsafe { std::slice::from_raw_parts_mut(memory.buf_ptr().cast::<u8>(), n_bytes) };
    compute(py, || if fortran && array.n_axes() > 1 { array.t()?.read_bytes(target) } else { array.read_bytes(target) })?;
    memory.release(py);
    Ok(())
}

/// Overwrites an array with the elements of a NumPy array of the same shape and dtype.
///
/// # Errors
/// `TypeError` and `ValueError` in CuPy's words if it is not that.
pub fn set_from_numpy(py: Python<'_>, array: &Array, source: &Bound<'_, PyAny>) -> PyResult<()> {
    let np = numpy(py)?;
    if !np.is_array(source) {
        return Err(PyTypeError::new_err("Only numpy.ndarray can be set to a cuprous array"));
    }
    let descr = source.getattr(intern!(py, "dtype"))?;
    if convert::numpy_dtype(&descr, true)? != array.dtype() {
        return Err(PyTypeError::new_err(format!("{} array cannot be set to {} array", descr, array.dtype())));
    }
    let shape: Vec<usize> = source.getattr(intern!(py, "shape"))?.extract()?;
    if shape != array.shape() {
        return Err(PyValueError::new_err(format!(
            "Shape mismatch. Old shape: {}, new shape: {}",
            cuprous_core::shape::tuple(array.shape()),
            cuprous_core::shape::tuple(&shape)
        )));
    }
    if array.is_c_contiguous() && descr.getattr(intern!(py, "isnative"))?.is_truthy()? {
        let memory = export(source)?;
        if memory.is_c_contiguous() && memory.item_size() == array.dtype().size() {
            if array.size() == 0 {
                return Ok(());
            }
            let host = host_bytes(&memory);
            return compute(py, || array.set_bytes(host));
        }
    }
    let value = from_numpy(py, source, array.device())?;
    compute(py, || array.assign((&value).into()))
}
