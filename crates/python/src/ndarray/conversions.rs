//! To NumPy and to Python's own objects: all of it explicit, printing aside.

use super::NdArray;
use crate::detach::compute;
use crate::{convert, interop, ufunc};
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_core::{Kind, Scalar, c128};
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyComplex, PyDict, PyTuple, PyType};

impl NdArray {
    fn numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        interop::to_numpy(py, &self.handle(), MemoryOrder::Any)
    }

    /// The element of an array without axes.
    fn only_element(&self, py: Python<'_>) -> PyResult<Scalar> {
        let own = self.handle();
        if own.n_axes() != 0 {
            return Err(PyTypeError::new_err("only 0-dimensional arrays can be converted to Python scalars"));
        }
        compute(py, || own.item())
    }
}

#[pymethods]
impl NdArray {
    /// The elements as a NumPy array.
    #[pyo3(signature = (stream = None, order = None, out = None, blocking = true))]
    pub fn get<'py>(
        &self,
        py: Python<'py>,
        stream: Option<&Bound<'py, PyAny>>,
        order: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
        blocking: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        // A host copy is complete when it returns, on whatever stream and however the caller would wait.
        let _ = (stream, blocking);
        let own = self.handle();
        match out.filter(|o| !o.is_none()) {
            Some(out) => {
                interop::into_numpy(py, &own, out)?;
                Ok(out.clone())
            }
            None => {
                let order = order.filter(|o| !o.is_none()).map(convert::memory_order).transpose()?.unwrap_or(MemoryOrder::C);
                interop::to_numpy(py, &own, order)
            }
        }
    }

    /// Overwrites the elements with those of a NumPy array of the same shape and dtype.
    #[pyo3(signature = (arr, stream = None))]
    fn set(&self, py: Python<'_>, arr: &Bound<'_, PyAny>, stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = stream;
        self.check_writeable("assignment destination")?;
        interop::set_from_numpy(py, &self.handle(), arr)
    }

    /// An element as a Python number.
    #[pyo3(signature = (*args))]
    fn item(&self, py: Python<'_>, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let own = self.handle();
        let first = if args.len() == 1 { Some(args.get_item(0)?) } else { None };
        let inner = first.as_ref().and_then(|f| f.cast::<PyTuple>().ok());
        let given = inner.unwrap_or(args);
        let element = if given.is_empty() {
            compute(py, || own.item())?
        } else {
            let places: Vec<isize> = given.iter().map(|i| convert::index(&i)).collect::<PyResult<_>>()?;
            let places = match places[..] {
                [place] if own.n_axes() != 1 => unravel(place, own.shape())?,
                _ => places,
            };
            if places.len() != own.n_axes() {
                return Err(PyValueError::new_err("incorrect number of indices for array"));
            }
            let index: Vec<_> = places.into_iter().map(cuprous_core::layout::Slice::At).collect();
            compute(py, || own.slice(&index)?.item())?
        };
        convert::scalar_to_python(py, element)
    }

    /// The elements as nested lists of Python numbers.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpy(py)?.call_method0(intern!(py, "tolist"))
    }

    #[pyo3(signature = (*_args, **_kwargs))]
    fn __array__(&self, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly.",
        ))
    }

    /// A ufunc of NumPy on an array of ours is our ufunc of the same name.
    #[pyo3(signature = (ufunc, method, *inputs, **kwargs))]
    fn __array_ufunc__(
        &self,
        py: Python<'_>,
        ufunc: &Bound<'_, PyAny>,
        method: &str,
        inputs: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        ufunc::from_numpy(py, ufunc, method, inputs, kwargs)
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        let own = self.handle();
        match own.size() {
            1 => Ok(compute(py, || own.item())?.to::<bool>()),
            0 => Err(PyValueError::new_err(
                "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty.",
            )),
            _ => Err(PyValueError::new_err("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")),
        }
    }

    fn __int__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let element = self.only_element(py)?;
        match element.dtype().kind() {
            Kind::Complex => {
                Err(PyTypeError::new_err("int() argument must be a string, a bytes-like object or a real number, not 'complex'"))
            }
            Kind::Float => convert::scalar_to_python(py, element)?.call_method0(py, intern!(py, "__int__")),
            Kind::Bool => convert::scalar_to_python(py, element.cast(cuprous_core::DType::I64)),
            Kind::UInt | Kind::Int => convert::scalar_to_python(py, element),
        }
    }

    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        let element = self.only_element(py)?;
        if element.dtype().kind() == Kind::Complex {
            return Err(PyTypeError::new_err("float() argument must be a string or a real number, not 'complex'"));
        }
        Ok(element.to::<f64>())
    }

    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyComplex>> {
        let z = self.only_element(py)?.to::<c128>();
        Ok(PyComplex::from_doubles(py, z.re, z.im))
    }

    fn __index__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let is_integer = self.look(|a| a.n_axes() == 0 && matches!(a.dtype().kind(), Kind::Int | Kind::UInt));
        if !is_integer {
            return Err(PyTypeError::new_err("only integer scalar arrays can be converted to a scalar index"));
        }
        convert::scalar_to_python(py, self.only_element(py)?)
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.tobytes(py, None)
    }

    /// The elements as bytes, in C order unless told otherwise.
    #[pyo3(signature = (order = None))]
    fn tobytes<'py>(&self, py: Python<'py>, order: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let own = self.handle();
        let is_f = match order.filter(|o| !o.is_none()).map(convert::memory_order).transpose()? {
            Some(MemoryOrder::F) => true,
            Some(MemoryOrder::Any) => own.is_f_contiguous() && !own.is_c_contiguous(),
            _ => false,
        };
        let n = own.size() * own.dtype().size();
        let bytes =
            PyBytes::new_with(py, n, |target| compute(py, || if is_f { own.t()?.read_bytes(target) } else { own.read_bytes(target) }))?;
        Ok(bytes.into_any())
    }

    /// Writes the elements to a file in C order, as bytes or, with a separator, as text.
    #[pyo3(signature = (fid, sep = "", format = "%s"))]
    fn tofile<'py>(&self, py: Python<'py>, fid: &Bound<'py, PyAny>, sep: &str, format: &str) -> PyResult<Bound<'py, PyAny>> {
        self.numpy(py)?.call_method1(intern!(py, "tofile"), (fid, sep, format))
    }

    /// Pickles the array to a file.
    fn dump<'py>(slf: &Bound<'py, Self>, file: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let text = NdArray::dumps(slf)?;
        if file.hasattr(intern!(py, "write"))? {
            return file.call_method1(intern!(py, "write"), (text,)).map(drop);
        }
        let opened = py.import("io")?.call_method1("open", (file, "wb"))?;
        let written = opened.call_method1(intern!(py, "write"), (text,)).map(drop);
        opened.call_method0("close")?;
        written
    }

    /// The array pickled, as bytes.
    fn dumps<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pickle")?.call_method1("dumps", (slf, 2))
    }

    fn __copy__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let copy = compute(slf.py(), || own.copy())?;
        NdArray::like(slf, copy)
    }

    fn __deepcopy__(slf: &Bound<'_, Self>, _memo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        NdArray::__copy__(slf)
    }

    /// Pickled as the NumPy array of its elements; unpickled on the default device.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let rebuild = py.import(intern!(py, "cuprous._core"))?.getattr(intern!(py, "_from_numpy"))?;
        let elements = slf.get().numpy(py)?;
        let arguments = if slf.is_exact_instance_of::<NdArray>() {
            PyTuple::new(py, [elements])?
        } else {
            PyTuple::new(py, [elements, slf.get_type().into_any()])?
        };
        Ok((rebuild, arguments))
    }

    /// A function of NumPy on an array of ours is our function of the same name.
    fn __array_function__<'py>(
        &self,
        py: Python<'py>,
        func: &Bound<'py, PyAny>,
        types: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let own = py.get_type::<NdArray>();
        for class in types.try_iter()? {
            if !class?.cast::<PyType>()?.is_subclass(&own)? {
                return Ok(py.NotImplemented().into_bound(py));
            }
        }
        let home: String = func.getattr(intern!(py, "__module__"))?.extract()?;
        let mut at = py.import(intern!(py, "cuprous"))?.into_any();
        for part in home.split('.').skip(1).chain([&*func.getattr(intern!(py, "__name__"))?.extract::<String>()?]) {
            at = match at.getattr(part) {
                Ok(found) => found,
                // Without a function of ours NumPy's own code runs. Some only asks for attributes and methods; what wants
                // NumPy's memory is refused as ever.
                Err(_) => return func.getattr(intern!(py, "_implementation"))?.call(args, Some(kwargs)),
            };
        }
        at.call(args, Some(kwargs))
    }
}

/// The indices of the element with this number in C order.
fn unravel(place: isize, shape: &[usize]) -> PyResult<Vec<isize>> {
    let size = shape.iter().product::<usize>() as isize;
    if place < -size || place >= size {
        return Err(PyIndexError::new_err(format!("index {place} is out of bounds for size {size}")));
    }
    Ok(super::flat::unravel(if place < 0 { place + size } else { place } as usize, shape))
}
