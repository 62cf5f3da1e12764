//! From Python's objects to ours and back: the only place that knows these rules.

use crate::cuda::PyDevice;
use crate::detach::compute;
use crate::errors::{self, unsupported_type};
use crate::interop;
use crate::ndarray::{NdArray, of_subclass};
use crate::numpy::numpy;
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_array::engine::{Input, place};
use cuprous_array::{Array, creation};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Device, Kind, Scalar, Weak, c128};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyComplexMethods, PyFloat, PyInt, PyList, PySequence, PyString, PyTuple};

/// An operand that owns what it refers to.
#[derive(Clone)]
pub enum OwnedInput {
    /// An array
    Array(Array),
    /// A NumPy scalar: as strong as an array without axes
    Scalar(Scalar),
    /// A Python number
    Weak(Weak),
}

impl OwnedInput {
    /// The operand as the engine takes it.
    #[inline]
    pub fn as_input(&self) -> Input<'_> {
        match self {
            OwnedInput::Array(a) => Input::Array(a),
            OwnedInput::Scalar(s) => Input::Scalar(*s),
            OwnedInput::Weak(w) => Input::Weak(*w),
        }
    }

    /// The operand as an array: numbers become arrays without axes.
    pub fn into_array(self, device: Option<Device>) -> cuprous_core::Result<Array> {
        let value = match self {
            OwnedInput::Array(a) => return Ok(a),
            OwnedInput::Scalar(s) => s,
            OwnedInput::Weak(w) => w.to_scalar(w.default_dtype())?,
        };
        creation::full(&[], value, creation::CreateOptions { device, ..Default::default() })
    }
}

/// An operand: an array of ours, a Python number or a NumPy scalar; `None` for anything else.
///
/// # Errors
/// `OverflowError` for an integer beyond 128 bits; `TypeError` for a scalar of NumPy without a dtype of ours.
#[inline]
pub fn try_input(obj: &Bound<'_, PyAny>) -> PyResult<Option<OwnedInput>> {
    if let Ok(a) = obj.cast::<NdArray>() {
        return Ok(Some(OwnedInput::Array(a.get().handle())));
    }
    if let Ok(x) = obj.cast_exact::<PyFloat>() {
        return Ok(Some(OwnedInput::Weak(Weak::Float(x.value()))));
    }
    if let Ok(x) = obj.cast_exact::<PyInt>() {
        return integer(x.as_any()).map(|i| Some(OwnedInput::Weak(Weak::Int(i))));
    }
    other_input(obj)
}

fn other_input(obj: &Bound<'_, PyAny>) -> PyResult<Option<OwnedInput>> {
    if let Ok(b) = obj.cast::<PyBool>() {
        return Ok(Some(OwnedInput::Weak(Weak::Bool(b.is_true()))));
    }
    // Before the classes of Python: float64 is a float, complex128 a complex.
    if numpy(obj.py())?.is_scalar(obj) {
        return numpy_scalar(obj).map(|s| Some(OwnedInput::Scalar(s)));
    }
    if let Ok(z) = obj.cast::<PyComplex>() {
        return Ok(Some(OwnedInput::Weak(Weak::Complex(c128::new(z.real(), z.imag())))));
    }
    if let Ok(x) = obj.cast::<PyFloat>() {
        return Ok(Some(OwnedInput::Weak(Weak::Float(x.value()))));
    }
    if obj.is_instance_of::<PyInt>() {
        return integer(obj).map(|i| Some(OwnedInput::Weak(Weak::Int(i))));
    }
    Ok(None)
}

/// An operand of a function.
///
/// # Errors
/// `TypeError` in CuPy's words for what is no operand, a NumPy array above all: it would have to be transferred.
pub fn input(obj: &Bound<'_, PyAny>) -> PyResult<OwnedInput> {
    try_input(obj)?.ok_or_else(|| unsupported_type(obj))
}

#[inline]
fn integer(obj: &Bound<'_, PyAny>) -> PyResult<i128> {
    match obj.extract::<i64>() {
        Ok(i) => Ok(i as i128),
        Err(_) => obj.extract::<i128>().map_err(|_| PyOverflowError::new_err("Python int too large to convert to C long")),
    }
}

/// The value of a NumPy scalar.
fn numpy_scalar(obj: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    let py = obj.py();
    let dtype = match numpy(py)?.known_scalar_type(obj.get_type().as_any()) {
        Some(d) => d,
        None => numpy_dtype(&obj.getattr(intern!(py, "dtype"))?, true)?,
    };
    if dtype == DType::F64
        && let Ok(x) = obj.cast::<PyFloat>()
    {
        return Ok(Scalar::from(x.value()));
    }
    let value = obj.call_method0(intern!(py, "item"))?;
    // Each value is one of its dtype, so no conversion here rounds.
    Ok(match dtype.kind() {
        Kind::Bool => Scalar::from(value.is_truthy()?),
        Kind::UInt => Scalar::from(value.extract::<u64>()?).cast(dtype),
        Kind::Int => Scalar::from(value.extract::<i64>()?).cast(dtype),
        Kind::Float => Scalar::from(value.extract::<f64>()?).cast(dtype),
        Kind::Complex => {
            let z = value.cast::<PyComplex>()?;
            Scalar::from(c128::new(z.real(), z.imag())).cast(dtype)
        }
    })
}

/// Checks that a Python number can become an element of a dtype by assignment, in NumPy's words: those of
/// Python's own `int()` and `float()`, by which NumPy converts.
pub fn check_element(value: &OwnedInput, dtype: DType) -> PyResult<()> {
    let OwnedInput::Weak(weak) = value else { return Ok(()) };
    match (*weak, dtype.kind()) {
        (_, Kind::Bool | Kind::Complex) => Ok(()),
        (Weak::Complex(_), Kind::Float) => Err(PyTypeError::new_err("float() argument must be a string or a real number, not 'complex'")),
        (Weak::Complex(_), _) => {
            Err(PyTypeError::new_err("int() argument must be a string, a bytes-like object or a real number, not 'complex'"))
        }
        (Weak::Float(x), Kind::Int | Kind::UInt) if x.is_nan() => Err(PyValueError::new_err("cannot convert float NaN to integer")),
        (Weak::Float(x), Kind::Int | Kind::UInt) if x.is_infinite() => {
            Err(PyOverflowError::new_err("cannot convert float infinity to integer"))
        }
        // The integer part has to fit; beyond 128 bits the conversion saturates, which does not fit either.
        (Weak::Float(x), Kind::Int | Kind::UInt) => Weak::Int(x as i128).to_scalar(dtype).map(drop).map_err(errors::raise),
        _ => Ok(()),
    }
}

/// Anything that has elements as an array: ours as it is; numbers, nested lists, NumPy arrays and what NumPy
/// makes an array of are copied to a device, `None` being the default one.
///
/// # Errors
/// `TypeError` for elements that are no numbers; NumPy's errors for ragged lists and numbers out of range.
pub fn array_like(py: Python<'_>, obj: &Bound<'_, PyAny>, dtype: Option<DType>, device: Option<Device>) -> PyResult<Array> {
    let array = match try_input(obj)? {
        Some(OwnedInput::Array(a)) => match device {
            Some(d) if d != a.device() => compute(py, || a.to_device(d))?,
            _ => a,
        },
        Some(number) => {
            let value = match (&number, dtype) {
                (OwnedInput::Weak(w), Some(d)) => {
                    check_element(&number, d)?;
                    w.to_scalar(d)
                }
                (OwnedInput::Weak(w), None) => w.to_scalar(w.default_dtype()),
                (OwnedInput::Scalar(s), d) => Ok(s.cast(d.unwrap_or(s.dtype()))),
                (OwnedInput::Array(_), _) => return Err(PyTypeError::new_err("expected a number")),
            };
            let value = value.map_err(errors::raise)?;
            return compute(py, || creation::full(&[], value, creation::CreateOptions { device, ..Default::default() }));
        }
        None => {
            let wanted_device = device;
            let device = match device {
                Some(d) => d,
                None => compute(py, place::default_device)?,
            };
            let np = numpy(py)?;
            if np.is_array(obj) {
                interop::from_numpy(py, obj, device)?
            } else {
                // NumPy reads nested sequences and whatever has a buffer or an `__array_interface__`.
                let wanted = dtype.map(|d| np.dtype_object(d).bind(py));
                match np.asarray.bind(py).call1((obj, wanted)) {
                    Ok(made) => interop::from_numpy(py, &made, device)?,
                    // It cannot read arrays of ours; a list of them is joined on their device.
                    Err(e) => match device_within(obj, 0)?.filter(|_| e.is_instance_of::<PyTypeError>(py)) {
                        Some(theirs) => stack(py, obj, wanted_device.unwrap_or(theirs))?,
                        None => return Err(e),
                    },
                }
            }
        }
    };
    match dtype {
        Some(d) if d != array.dtype() => compute(py, || array.astype(d)),
        _ => Ok(array),
    }
}

/// A list that holds arrays of ours as one array.
fn stack(py: Python<'_>, obj: &Bound<'_, PyAny>, device: Device) -> PyResult<Array> {
    let parts = obj.try_iter()?.map(|item| array_like(py, &item?, None, Some(device))).collect::<PyResult<Vec<_>>>()?;
    compute(py, || {
        let shape = parts[0].shape();
        if parts.iter().any(|p| p.shape() != shape) {
            let n_common = (0..shape.len()).take_while(|&k| parts.iter().all(|p| p.shape().get(k) == Some(&shape[k]))).count();
            let detected: Vec<usize> = std::iter::once(parts.len()).chain(shape[..n_common].iter().copied()).collect();
            return Err(cuprous_core::Error::value(format!(
                "setting an array element with a sequence. The requested array has an inhomogeneous shape after {} dimensions. \
                 The detected shape was {} + inhomogeneous part.",
                detected.len(),
                cuprous_core::shape::tuple(&detected)
            )));
        }
        let dtype = parts.iter().map(Array::dtype).reduce(cuprous_core::promote::promote).unwrap_or(DType::F64);
        let full: Vec<usize> = std::iter::once(parts.len()).chain(shape.iter().copied()).collect();
        let out = creation::empty(&full, dtype, creation::CreateOptions { device: Some(device), ..Default::default() })?;
        for (k, part) in parts.iter().enumerate() {
            out.set(&[Slice::At(k as isize), Slice::Ellipsis], part.into())?;
        }
        Ok(out)
    })
}

/// The device of the first array of ours in a list, perhaps within lists.
pub fn device_within(obj: &Bound<'_, PyAny>, depth: usize) -> PyResult<Option<Device>> {
    let is_list = obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>();
    if !is_list || depth > cuprous_core::shape::MAX_AXES {
        return Ok(None);
    }
    for item in obj.try_iter()? {
        let item = item?;
        let found = match item.cast::<NdArray>() {
            Ok(array) => Some(array.get().handle().device()),
            Err(_) => device_within(&item, depth + 1)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A dtype: a NumPy dtype, its name, a scalar type or a Python type.
///
/// # Errors
/// NumPy's `TypeError` for what is none, and for dtypes whose elements are no numbers of ours.
pub fn dtype(obj: &Bound<'_, PyAny>) -> PyResult<DType> {
    let py = obj.py();
    let np = numpy(py)?;
    if let Some(d) = np.known_dtype(obj).or_else(|| np.known_scalar_type(obj)) {
        return Ok(d);
    }
    numpy_dtype(&np.dtype.bind(py).call1((obj,))?, false)
}

/// A dtype or nothing.
pub fn optional_dtype(obj: Option<&Bound<'_, PyAny>>) -> PyResult<Option<DType>> {
    obj.filter(|o| !o.is_none()).map(dtype).transpose()
}

/// The dtype that a NumPy dtype object stands for; the other byte order only where the caller swaps it.
pub fn numpy_dtype(obj: &Bound<'_, PyAny>, any_byte_order: bool) -> PyResult<DType> {
    let py = obj.py();
    if let Some(d) = numpy(py)?.known_dtype(obj) {
        return Ok(d);
    }
    let kind: char = obj.getattr(intern!(py, "kind"))?.extract()?;
    let size: usize = obj.getattr(intern!(py, "itemsize"))?.extract()?;
    let native: bool = obj.getattr(intern!(py, "isnative"))?.extract()?;
    let found = DType::ALL.iter().copied().find(|d| d.size() == size && d.typestr().starts_with(kind));
    match found {
        Some(d) if native || any_byte_order => Ok(d),
        Some(d) => Err(PyTypeError::new_err(format!("Unsupported dtype {obj}: arrays have the machine's byte order, use {d}"))),
        None => Err(PyTypeError::new_err(format!("Unsupported dtype {obj}"))),
    }
}

/// NumPy's object of a dtype.
pub fn dtype_to_python(py: Python<'_>, dtype: DType) -> PyResult<Py<PyAny>> {
    Ok(numpy(py)?.dtype_object(dtype).clone_ref(py))
}

/// An integer, by `__index__`.
///
/// # Errors
/// `TypeError` in Python's words for anything else.
pub fn index(obj: &Bound<'_, PyAny>) -> PyResult<isize> {
    obj.extract::<isize>().map_err(|e| {
        if e.is_instance_of::<PyOverflowError>(obj.py()) { PyValueError::new_err("Maximum allowed dimension exceeded") } else { e }
    })
}

/// A shape as given, -1 included: an integer or a sequence of them.
///
/// # Errors
/// `TypeError` in NumPy's words.
pub fn shape(obj: &Bound<'_, PyAny>) -> PyResult<Vec<isize>> {
    if let Ok(t) = obj.cast::<PyTuple>() {
        return t.iter().map(|i| extent(&i)).collect();
    }
    if obj.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err(format!("expected a sequence of integers or a single integer, got '{}'", obj.repr()?)));
    }
    if obj.is_instance_of::<PyInt>() || obj.hasattr(intern!(obj.py(), "__index__"))? {
        return Ok(vec![index(obj)?]);
    }
    if obj.is_none() {
        return Err(PyTypeError::new_err("Use () not None as shape arguments"));
    }
    match obj.cast::<PySequence>() {
        Ok(s) => s.try_iter()?.map(|i| extent(&i?)).collect(),
        Err(_) => Err(PyTypeError::new_err(format!("expected a sequence of integers or a single integer, got '{}'", obj.repr()?))),
    }
}

/// A part of a shape, which a truth is not.
fn extent(obj: &Bound<'_, PyAny>) -> PyResult<isize> {
    if obj.is_instance_of::<PyBool>() { Err(PyTypeError::new_err("an integer is required")) } else { index(obj) }
}

/// Extents: a shape without negative numbers.
///
/// # Errors
/// `TypeError` and `ValueError` in NumPy's words.
pub fn sizes(obj: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let given = shape(obj)?;
    if given.len() > cuprous_core::shape::MAX_AXES {
        cuprous_core::shape::checked_size(&vec![1; given.len()], 1).map_err(errors::raise)?;
    }
    given.into_iter().map(|n| usize::try_from(n).map_err(|_| PyValueError::new_err("negative dimensions are not allowed"))).collect()
}

/// The axes of a reduction: an integer, a tuple of them, or none for all.
///
/// # Errors
/// `TypeError` in Python's words.
pub fn axes(obj: &Bound<'_, PyAny>) -> PyResult<Option<Vec<isize>>> {
    if obj.is_none() {
        return Ok(None);
    }
    if let Ok(t) = obj.cast::<PyTuple>() {
        return t.iter().map(|i| index(&i)).collect::<PyResult<_>>().map(Some);
    }
    Ok(Some(vec![index(obj)?]))
}

/// A device: its name, its number as CUDA counts, or a `Device`; nothing for `None`.
///
/// # Errors
/// `TypeError` for another type, `ValueError` for an unknown name.
pub fn device(obj: &Bound<'_, PyAny>) -> PyResult<Option<Device>> {
    if obj.is_none() {
        return Ok(None);
    }
    if let Ok(d) = obj.cast::<PyDevice>() {
        return Ok(Some(d.get().device));
    }
    if let Ok(s) = obj.cast::<PyString>() {
        return Device::parse(s.to_str()?).map(Some).map_err(errors::raise);
    }
    match obj.extract::<i64>() {
        Ok(id) => crate::cuda::device_of_id(obj.py(), id).map(Some),
        Err(_) => Err(PyTypeError::new_err(format!(
            "device must be a name such as 'cpu' or 'cuda:0', a Device or None, not {}",
            obj.get_type().name()?
        ))),
    }
}

/// A memory order: `'C'`, `'F'`, `'A'`, `'K'` or `None`, which is `'K'`.
///
/// # Errors
/// `ValueError` and `TypeError` in NumPy's words.
pub fn memory_order(obj: &Bound<'_, PyAny>) -> PyResult<MemoryOrder> {
    if obj.is_none() {
        return Ok(MemoryOrder::Keep);
    }
    let Ok(text) = obj.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!("order must be str, not {}", obj.get_type().name()?)));
    };
    match text.to_str()? {
        "K" | "k" => Ok(MemoryOrder::Keep),
        "C" | "c" => Ok(MemoryOrder::C),
        "F" | "f" => Ok(MemoryOrder::F),
        "A" | "a" => Ok(MemoryOrder::Any),
        other => Err(PyValueError::new_err(format!("order must be one of 'C', 'F', 'A', or 'K' (got '{other}')"))),
    }
}

/// A casting rule by name.
///
/// # Errors
/// `ValueError` in NumPy's words.
pub fn casting(obj: &Bound<'_, PyAny>) -> PyResult<Casting> {
    let Ok(text) = obj.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!("casting must be str, not {}", obj.get_type().name()?)));
    };
    Casting::parse(text.to_str()?).map_err(errors::raise)
}

/// Where something goes: an array of ours or nothing.
///
/// # Errors
/// `TypeError` in NumPy's words for anything else.
pub fn output<'a, 'py>(obj: Option<&'a Bound<'py, PyAny>>) -> PyResult<Option<&'a Bound<'py, NdArray>>> {
    match obj {
        None => Ok(None),
        Some(o) if o.is_none() => Ok(None),
        Some(o) => {
            let array = o.cast::<NdArray>().map_err(|_| PyTypeError::new_err("return arrays must be of ArrayType"))?;
            array.get().check_writeable("output array")?;
            Ok(Some(array))
        }
    }
}

/// An array as a Python object.
#[inline]
pub fn to_python(py: Python<'_>, array: Array) -> PyResult<Py<PyAny>> {
    Ok(Bound::new(py, NdArray::new(array))?.into_any().unbind())
}

/// What becomes of the subclass of a function's arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subclass {
    /// The result is of it
    Kept,
    /// The result is a plain array, as without `subok`
    Dropped,
}

/// A function's result as a Python object: one that looks at the memory of an argument names it as its base.
pub fn result_to_python<'a, 'py: 'a>(
    py: Python<'py>,
    array: Array,
    arguments: impl Iterator<Item = &'a Bound<'py, NdArray>> + Clone,
    subclass: Subclass,
) -> PyResult<Py<PyAny>> {
    let parent = if subclass == Subclass::Kept { of_subclass(arguments.clone())? } else { None };
    if !array.is_pending() {
        for argument in arguments {
            if argument.get().shares_memory(&array)? {
                let class = parent.map_or_else(|| py.get_type::<NdArray>(), |p| p.get_type());
                return NdArray::view_of_class(argument, array, &class);
            }
        }
    }
    match parent {
        Some(parent) => NdArray::like(parent, array),
        None => to_python(py, array),
    }
}

/// An element as a Python number.
pub fn scalar_to_python(py: Python<'_>, s: Scalar) -> PyResult<Py<PyAny>> {
    Ok(match s.dtype().kind() {
        Kind::Bool => PyBool::new(py, s.to::<bool>()).to_owned().into_any().unbind(),
        Kind::UInt => s.to::<u64>().into_pyobject(py)?.into_any().unbind(),
        Kind::Int => s.to::<i64>().into_pyobject(py)?.into_any().unbind(),
        Kind::Float => PyFloat::new(py, s.to::<f64>()).into_any().unbind(),
        Kind::Complex => {
            let z = s.to::<c128>();
            PyComplex::from_doubles(py, z.re, z.im).into_any().unbind()
        }
    })
}
