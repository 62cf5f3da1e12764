//! DLPack: arrays shared with other libraries, both ways, without a copy.

use crate::convert;
use crate::detach::compute;
use crate::interop::foreign::Elements;
use crate::ndarray::NdArray;
use cuprous_array::Array;
use cuprous_array::array::Exposure;
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Device, DeviceKind, Error, Kind};
use pyo3::exceptions::{PyBufferError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyDict};
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// `DLDevice`
#[repr(C)]
#[derive(Clone, Copy)]
struct Place {
    kind: i32,
    id: i32,
}

/// `DLDataType`
#[repr(C)]
#[derive(Clone, Copy)]
struct Type {
    code: u8,
    bits: u8,
    lanes: u16,
}

/// `DLTensor`
#[repr(C)]
struct Tensor {
    data: *mut c_void,
    device: Place,
    n_axes: i32,
    dtype: Type,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

/// `DLManagedTensor`
#[repr(C)]
struct Managed {
    tensor: Tensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Managed)>,
}

/// `DLManagedTensorVersioned`
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: Tensor,
}

const CPU: i32 = 1;
const CUDA: i32 = 2;
const CUDA_HOST: i32 = 3;
const CUDA_MANAGED: i32 = 13;

const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

const NAME: &CStr = c"dltensor";
const NAME_VERSIONED: &CStr = c"dltensor_versioned";
const USED: &CStr = c"used_dltensor";
const USED_VERSIONED: &CStr = c"used_dltensor_versioned";

/// The version that is spoken, as capsules and `max_version` say it.
const VERSION: (u32, u32) = (1, 0);

/// The code of a kind of elements, and back.
const CODES: &[(Kind, u8)] = &[(Kind::Int, 0), (Kind::UInt, 1), (Kind::Float, 2), (Kind::Complex, 5), (Kind::Bool, 6)];

fn type_of(dtype: DType) -> Type {
    let code = CODES.iter().find(|(kind, _)| *kind == dtype.kind()).map_or(0, |(_, code)| *code);
    Type { code, bits: (8 * dtype.size()) as u8, lanes: 1 }
}

fn dtype_of(t: Type) -> Option<DType> {
    let kind = CODES.iter().find(|(_, code)| *code == t.code)?.0;
    DType::ALL.iter().copied().find(|d| d.kind() == kind && 8 * d.size() == usize::from(t.bits) && t.lanes == 1)
}

fn place_of(device: Device) -> Place {
    match device.kind {
        DeviceKind::Cpu => Place { kind: CPU, id: 0 },
        DeviceKind::Cuda => Place { kind: CUDA, id: i32::from(device.ordinal) },
    }
}

/// What a consumer has of an array: the memory, exposed until he lets go of it, and the numbers that describe it.
struct Export {
    shape: Vec<i64>,
    strides: Vec<i64>,
    #[allow(dead_code)]
    exposure: Exposure,
    old: Option<Managed>,
    new: Option<Versioned>,
}

impl Export {
    /// Describes an array in memory of its own, which the description's deleter frees.
    fn new(array: &Array, exposure: Exposure, flags: Option<u64>) -> cuprous_core::Result<Box<Export>> {
        let item = array.dtype().size() as isize;
        if array.strides().iter().any(|s| s % item != 0) {
            return Err(Error::unsupported("DLPack only supports strides that are a multiple of the element's size"));
        }
        let storage = array.force()?;
        let data = if array.size() == 0 { 0 } else { storage.buffer.address() + array.layout().offset };
        let mut export = Box::new(Export {
            shape: array.shape().iter().map(|&n| n as i64).collect(),
            strides: array.strides().iter().map(|&s| (s / item) as i64).collect(),
            exposure,
            old: None,
            new: None,
        });
        let tensor = Tensor {
            data: data as *mut c_void,
            device: place_of(array.device()),
            n_axes: array.n_axes() as i32,
            dtype: type_of(array.dtype()),
            shape: export.shape.as_mut_ptr(),
            strides: export.strides.as_mut_ptr(),
            byte_offset: 0,
        };
        let context = std::ptr::from_mut(&mut *export).cast();
        match flags {
            Some(flags) => {
                let (major, minor) = VERSION;
                export.new = Some(Versioned { major, minor, context, deleter: Some(free_versioned), flags, tensor });
            }
            None => export.old = Some(Managed { tensor, context, deleter: Some(free_managed) }),
        }
        Ok(export)
    }
}

/// # Safety
/// `managed` must come from a capsule of ours, whose consumer calls this once.
unsafe extern "C" fn free_managed(managed: *mut Managed) {
    // SAFETY: the context is the `Export` that `into_capsule` leaked, and this is called once.
    drop(unsafe { Box::from_raw((*managed).context.cast::<Export>()) });
}

/// # Safety
/// As for [`free_managed`].
unsafe extern "C" fn free_versioned(managed: *mut Versioned) {
    // SAFETY: as above.
    drop(unsafe { Box::from_raw((*managed).context.cast::<Export>()) });
}

/// Frees what nobody took out of a capsule.
///
/// # Safety
/// Python calls it once, with a capsule that `into_capsule` made.
unsafe extern "C" fn forget_capsule(capsule: *mut ffi::PyObject) {
    // SAFETY: the capsule is alive during the call; a pointer under an unused name is still ours, and its deleter
    // was not called. Asking whether a name is right sets no error.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, NAME.as_ptr()) != 0 {
            free_managed(ffi::PyCapsule_GetPointer(capsule, NAME.as_ptr()).cast());
        } else if ffi::PyCapsule_IsValid(capsule, NAME_VERSIONED.as_ptr()) != 0 {
            free_versioned(ffi::PyCapsule_GetPointer(capsule, NAME_VERSIONED.as_ptr()).cast());
        }
    }
}

fn into_capsule<'py>(py: Python<'py>, export: Box<Export>) -> PyResult<Bound<'py, PyCapsule>> {
    let export = Box::leak(export);
    let (pointer, name) = match (&mut export.new, &mut export.old) {
        (Some(new), _) => (NonNull::from(new).cast::<c_void>(), NAME_VERSIONED),
        (None, Some(old)) => (NonNull::from(old).cast::<c_void>(), NAME),
        (None, None) => return Err(PyRuntimeError::new_err("there is nothing to export")),
    };
    // SAFETY: the pointer is valid until its deleter is called, by the consumer or by the destructor, which has the
    // type that Python asks for.
    let made = unsafe { PyCapsule::new_with_pointer_and_destructor(py, pointer, name, Some(forget_capsule)) };
    if made.is_err() {
        // SAFETY: no capsule was made, so that the export, leaked above, is nobody else's.
        drop(unsafe { Box::from_raw(std::ptr::from_mut(export)) });
    }
    made
}

/// Makes the consumer's stream wait for the value's and for the current one. None is the default stream, -1 nobody's.
fn hand_over(array: &Array, stream: Option<i64>) -> cuprous_core::Result<()> {
    let device = array.device();
    let handle = match stream {
        Some(-1) => return Ok(()),
        None => 1,
        Some(handle) => handle as u64,
    };
    let b = backend(device.kind)?;
    let consumer = b.external_queue(device, handle)?;
    let storage = array.force()?;
    storage.before_reading(b, &consumer)?;
    b.wait(&consumer, array.queue())?;
    let current = place::current_queue(device)?;
    b.wait(&consumer, &current)?;
    storage.buffer.used_on(&consumer);
    Ok(())
}

fn stream_of(array: &Array, stream: Option<&Bound<'_, PyAny>>) -> PyResult<Option<i64>> {
    let Some(stream) = stream.filter(|s| !s.is_none()) else { return Ok(None) };
    let handle: i64 = stream.extract().map_err(|_| PyTypeError::new_err("stream must be an integer or None"))?;
    match (array.device().kind, handle) {
        (DeviceKind::Cpu, -1) => Ok(None),
        (DeviceKind::Cpu, _) => Err(PyRuntimeError::new_err("an array on the CPU is exported with stream=None")),
        (DeviceKind::Cuda, -1 | 1..) => Ok(Some(handle)),
        (DeviceKind::Cuda, _) => Err(PyValueError::new_err(format!(
            "stream must be None, -1, 1 for the default stream, 2 for the per-thread one, or a stream's handle, not {handle}"
        ))),
    }
}

#[pymethods]
impl NdArray {
    /// The array as a capsule that another library takes over.
    #[pyo3(signature = (stream = None, *, max_version = None, dl_device = None, copy = None))]
    fn __dlpack__<'py>(
        slf: &Bound<'py, Self>,
        stream: Option<&Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let (py, own) = (slf.py(), slf.get().handle());
        let here = place_of(own.device());
        let moves = match dl_device {
            None => false,
            Some((kind, id)) if (kind, id) == (here.kind, here.id) => false,
            // Everything can go to the host, for who asks for it.
            Some((CPU, _)) => true,
            Some(_) => return Err(PyBufferError::new_err("unsupported device requested")),
        };
        if moves && copy == Some(false) {
            return Err(PyBufferError::new_err("the array is on a GPU, and copy=False forbids copying it to the CPU"));
        }
        let is_versioned = max_version.is_some_and(|(major, _)| major >= 1);
        let is_copy = moves || copy == Some(true);
        let read_only = slf.get().is_read_only() && !is_copy;
        if read_only && !is_versioned {
            return Err(PyBufferError::new_err(
                "Cannot export readonly array since signalling readonly is unsupported by DLPack (supported by newer DLPack version).",
            ));
        }
        // A copy to the host is complete: no stream has to wait for it.
        let stream = if moves { None } else { stream_of(&own, stream)? };
        let flags = is_versioned.then_some(if read_only { READ_ONLY } else { 0 } | if is_copy { IS_COPIED } else { 0 });
        let export = compute(py, || {
            let array = if moves {
                own.to_device(Device::CPU)?
            } else if is_copy {
                astype(&own, own.dtype(), Casting::Unsafe, MemoryOrder::Keep)?
            } else {
                own
            };
            let exposure = array.expose()?;
            if array.device().kind == DeviceKind::Cuda {
                hand_over(&array, stream)?;
            }
            Export::new(&array, exposure, flags).map(Owned)
        })
        .map_err(|e| {
            if e.is_instance_of::<pyo3::exceptions::PyNotImplementedError>(py) {
                PyBufferError::new_err(e.value(py).to_string())
            } else {
                e
            }
        })?;
        into_capsule(py, export.0)
    }

    /// Where the array is: DLPack's kind of device and its number.
    fn __dlpack_device__(&self) -> (i32, i32) {
        let place = place_of(self.handle().device());
        (place.kind, place.id)
    }

    /// The array as a capsule of the first form, which `fromDlpack` takes.
    #[pyo3(name = "toDlpack")]
    fn to_dlpack<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyCapsule>> {
        NdArray::__dlpack__(slf, None, None, None, None)
    }
}

/// An export on its way out of the thread's work.
struct Owned(Box<Export>);

// SAFETY: the pointers in it point into itself and to memory that it keeps; nothing about them is bound to a thread.
unsafe impl Send for Owned {}

/// What a producer lent us, until its deleter is called.
struct Loan {
    managed: *mut c_void,
    is_versioned: bool,
}

// SAFETY: DLPack lets any thread call the deleter, and nothing else here is used.
unsafe impl Send for Loan {}
// SAFETY: as above; only dropping does anything.
unsafe impl Sync for Loan {}

impl Drop for Loan {
    fn drop(&mut self) {
        // SAFETY: the pointer came out of a capsule that was then renamed, which makes the deleter ours to call,
        // once. A producer that needs the interpreter for it takes it itself.
        unsafe {
            if self.is_versioned {
                let managed = self.managed.cast::<Versioned>();
                if let Some(deleter) = (*managed).deleter {
                    deleter(managed);
                }
            } else {
                let managed = self.managed.cast::<Managed>();
                if let Some(deleter) = (*managed).deleter {
                    deleter(managed);
                }
            }
        }
    }
}

/// The tensor of a capsule, and whether it may only be read. The capsule is used up.
fn take(capsule: &Bound<'_, PyCapsule>) -> PyResult<(Elements, Loan, bool)> {
    let (is_versioned, name, used) = if capsule.is_valid_checked(Some(NAME_VERSIONED)) {
        (true, NAME_VERSIONED, USED_VERSIONED)
    } else if capsule.is_valid_checked(Some(NAME)) {
        (false, NAME, USED)
    } else {
        return Err(PyValueError::new_err("the capsule holds no DLPack tensor, or one that was taken out already"));
    };
    let managed = capsule.pointer_checked(Some(name))?.as_ptr();
    let (tensor, flags) = if is_versioned {
        // SAFETY: a capsule of this name holds a `DLManagedTensorVersioned`; the version comes first and tells whether
        // the rest is as we know it.
        let versioned = unsafe { &*managed.cast::<Versioned>() };
        if versioned.major != VERSION.0 {
            return Err(PyBufferError::new_err(format!("DLPack of version {}.{} is not known", versioned.major, versioned.minor)));
        }
        (&versioned.tensor, versioned.flags)
    } else {
        // SAFETY: a capsule of this name holds a `DLManagedTensor`.
        (&unsafe { &*managed.cast::<Managed>() }.tensor, 0)
    };
    let elements = describe(tensor)?;
    // From here on the deleter is ours to call.
    // SAFETY: the capsule is alive, and the name a constant.
    if unsafe { ffi::PyCapsule_SetName(capsule.as_ptr(), used.as_ptr()) } != 0 {
        return Err(PyErr::fetch(capsule.py()));
    }
    Ok((elements, Loan { managed, is_versioned }, flags & READ_ONLY != 0))
}

/// A tensor in our words.
fn describe(tensor: &Tensor) -> PyResult<Elements> {
    let Some(dtype) = dtype_of(tensor.dtype) else {
        let Type { code, bits, lanes } = tensor.dtype;
        return Err(PyBufferError::new_err(format!("unsupported dtype of DLPack: code {code}, {bits} bits, {lanes} lanes")));
    };
    let device = match tensor.device.kind {
        CPU | CUDA_HOST => Device::CPU,
        CUDA | CUDA_MANAGED => match u16::try_from(tensor.device.id) {
            Ok(id) => Device::cuda(id),
            Err(_) => return Err(PyBufferError::new_err(format!("there is no GPU {}", tensor.device.id))),
        },
        kind => return Err(PyBufferError::new_err(format!("unsupported device of DLPack: kind {kind}"))),
    };
    let n_axes = usize::try_from(tensor.n_axes).unwrap_or(usize::MAX);
    if n_axes > cuprous_core::shape::MAX_AXES || (n_axes > 0 && tensor.shape.is_null()) {
        return Err(PyBufferError::new_err(format!("a tensor of {} axes cannot be an array", tensor.n_axes)));
    }
    let numbers = |p: *const i64| -> &[i64] {
        // SAFETY: the producer's lists have a number for each axis; without axes, or where there is no list, none is read.
        if n_axes == 0 || p.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(p, n_axes) } }
    };
    let bad = || PyBufferError::new_err("the extents or strides of the tensor are out of range");
    let shape = numbers(tensor.shape).iter().map(|&n| usize::try_from(n).map_err(|_| bad())).collect::<PyResult<Vec<_>>>()?;
    let item = dtype.size() as isize;
    let strides = if tensor.strides.is_null() {
        None
    } else {
        Some(numbers(tensor.strides).iter().map(|&s| (s as isize).checked_mul(item).ok_or_else(bad)).collect::<PyResult<Vec<_>>>()?)
    };
    let offset = usize::try_from(tensor.byte_offset).map_err(|_| bad())?;
    let address = (tensor.data as usize).checked_add(offset).ok_or_else(bad)?;
    Ok(Elements { device, address, shape, strides, dtype })
}

/// The array in a capsule, sharing its memory, and whether it may only be read.
fn import(capsule: &Bound<'_, PyCapsule>) -> PyResult<(Array, bool)> {
    let (elements, loan, read_only) = take(capsule)?;
    let array = compute(capsule.py(), || elements.array(Box::new(loan))).map_err(|e| {
        if e.is_instance_of::<PyValueError>(capsule.py()) { PyBufferError::new_err(e.value(capsule.py()).to_string()) } else { e }
    })?;
    Ok((array, read_only))
}

/// The array of an object that speaks DLPack, sharing its memory where it is on a device that we compute on.
///
/// Parameters: `x` has `__dlpack__` and `__dlpack_device__`; `device` is where the array shall be, by default where it
/// is (memory of the host goes to the default device); `copy` is True to copy, False to refuse to, None to where needed.
#[pyfunction]
#[pyo3(signature = (x, /, *, device = None, copy = None))]
fn from_dlpack(py: Python<'_>, x: &Bound<'_, PyAny>, device: Option<&Bound<'_, PyAny>>, copy: Option<bool>) -> PyResult<Py<PyAny>> {
    let wanted = device.map(convert::device).transpose()?.flatten();
    let (Some(export), Some(place)) = (x.getattr_opt(intern!(py, "__dlpack__"))?, x.getattr_opt(intern!(py, "__dlpack_device__"))?) else {
        return Err(PyTypeError::new_err(format!("{} has no __dlpack__ and __dlpack_device__", x.get_type().name()?)));
    };
    let (kind, id): (i32, i32) = place.call0()?.extract()?;
    let options = PyDict::new(py);
    if matches!(kind, CUDA | CUDA_MANAGED) {
        // The producer makes our stream wait for its own.
        let device = Device::cuda(u16::try_from(id).map_err(|_| PyBufferError::new_err(format!("there is no GPU {id}")))?);
        let handle = compute(py, || place::current_queue(device).map(|q| q.handle))?;
        options.set_item("stream", handle.max(1))?;
    }
    options.set_item("max_version", VERSION)?;
    let capsule = match export.call((), Some(&options)) {
        Err(e) if e.is_instance_of::<PyTypeError>(py) => {
            // A producer from before the first version.
            options.del_item("max_version")?;
            export.call((), Some(&options))?
        }
        other => other?,
    };
    let Ok(capsule) = capsule.cast_into::<PyCapsule>() else {
        return Err(PyTypeError::new_err("__dlpack__ must return a capsule"));
    };
    let (array, read_only) = import(&capsule)?;
    let target = match wanted {
        Some(d) => d,
        None if array.device() == Device::CPU => compute(py, place::default_device)?,
        None => array.device(),
    };
    if target != array.device() {
        if copy == Some(false) {
            return Err(PyBufferError::new_err(format!(
                "the array is on {}, and copy=False forbids copying it to {target}",
                array.device()
            )));
        }
        return convert::to_python(py, compute(py, || array.to_device(target))?);
    }
    if copy == Some(true) {
        return convert::to_python(py, compute(py, || astype(&array, array.dtype(), Casting::Unsafe, MemoryOrder::Keep))?);
    }
    NdArray::imported(py, array, read_only)
}

/// The array of a capsule that `toDlpack` or another library made, sharing its memory.
#[pyfunction]
#[pyo3(name = "fromDlpack")]
fn from_capsule(py: Python<'_>, dltensor: &Bound<'_, PyCapsule>) -> PyResult<Py<PyAny>> {
    let (array, read_only) = import(dltensor)?;
    NdArray::imported(py, array, read_only)
}

/// Adds the functions.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(pyo3::wrap_pyfunction!(from_dlpack, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(from_capsule, m)?)
}
