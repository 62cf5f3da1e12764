//! To NumPy and to Python's own objects: all of it explicit, printing aside.

use super::NdArray;
use crate::detach::compute;
use crate::{convert, interop, ufunc};
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_core::{Kind, Scalar, c128};
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyComplex, PyDict, PyTuple};

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
        let element = if args.is_empty() {
            compute(py, || own.item())?
        } else {
            let first = args.get_item(0)?;
            let places =
                if args.len() == 1 { convert::shape(&first)? } else { args.iter().map(|i| convert::index(&i)).collect::<PyResult<_>>()? };
            let places = match places[..] {
                [flat] if own.n_axes() != 1 => unravel(flat, own.shape())?,
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

    fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.numpy(py)?.repr()?.into_any())
    }

    fn __str__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.numpy(py)?.str()?.into_any())
    }

    fn __format__<'py>(&self, py: Python<'py>, spec: &str) -> PyResult<Bound<'py, PyAny>> {
        if spec.is_empty() || self.look(|a| a.n_axes()) == 0 {
            return self.numpy(py)?.call_method1(intern!(py, "__format__"), (spec,));
        }
        Err(PyTypeError::new_err("unsupported format string passed to cuprous.ndarray.__format__"))
    }

    fn __copy__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let own = self.handle();
        let copy = compute(py, || own.copy())?;
        convert::to_python(py, copy)
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__copy__(py)
    }

    /// Pickled as the NumPy array of its elements; unpickled on the default device.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let rebuild = py.import(intern!(py, "cuprous._core"))?.getattr(intern!(py, "_from_numpy"))?;
        Ok((rebuild, (self.numpy(py)?,)))
    }
}

/// The indices of the element with this number in C order.
fn unravel(flat: isize, shape: &[usize]) -> PyResult<Vec<isize>> {
    let size = shape.iter().product::<usize>() as isize;
    if flat < -size || flat >= size {
        return Err(PyIndexError::new_err(format!("index {flat} is out of bounds for size {size}")));
    }
    let mut rest = if flat < 0 { flat + size } else { flat } as usize;
    let mut places = vec![0; shape.len()];
    for (place, &n) in places.iter_mut().zip(shape).rev() {
        *place = (rest % n) as isize;
        rest /= n;
    }
    Ok(places)
}
