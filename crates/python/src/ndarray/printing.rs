//! Text: NumPy formats, and gets no more elements than it shows.

use super::NdArray;
use crate::detach::compute;
use crate::interop;
use crate::numpy::numpy;
use cuprous_array::engine::elementwise::MemoryOrder;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

type Words<'a, 'py> = Option<&'a Bound<'py, PyDict>>;

/// What NumPy prints in place of an array: the array itself, or one of its edges that says it were the whole.
///
/// Of an array that is summarized NumPy looks at the first and last elements along each axis, by indices that count
/// from both ends, at `shape` and at `size`. So an array of the edges with these two attributes replaced prints as
/// the whole array would.
fn shown<'py>(slf: &Bound<'py, NdArray>, words: Words<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let np = numpy(py)?;
    let own = slf.get().handle();
    let options = np.module.bind(py).call_method0(intern!(py, "get_printoptions"))?;
    let option = |name: &str| -> PyResult<Bound<'py, PyAny>> {
        match words.map(|w| w.get_item(name)).transpose()?.flatten() {
            Some(value) if !value.is_none() => Ok(value),
            _ => options.get_item(name),
        }
    };
    // Whatever else stands there, infinity for example, is NumPy's to judge.
    let above = option("threshold")?.lt(own.size()).unwrap_or(false);
    // With no edge items NumPy aligns by all elements.
    let shortens = |&n: &usize| above && n > 0 && own.shape().iter().any(|&m| m > 2 * n + 1);
    let edges = option("edgeitems")?.extract::<usize>().ok().filter(shortens);
    let part = match edges {
        Some(n) => compute(py, || own.edges(n))?,
        None => own.clone(),
    };
    let array = interop::to_numpy(py, &part, MemoryOrder::Any)?;
    let is_plain = slf.is_exact_instance_of::<NdArray>();
    if edges.is_none() && is_plain {
        return Ok(array);
    }
    let attributes = PyDict::new(py);
    if edges.is_some() {
        attributes.set_item("shape", PyTuple::new(py, own.shape())?)?;
        attributes.set_item("size", own.size())?;
    }
    let name = if is_plain { intern!(py, "array").clone() } else { slf.get_type().name()? };
    let class = py.get_type::<PyType>().call1((name, (np.ndarray.bind(py),), attributes))?;
    array.call_method1(intern!(py, "view"), (class,))
}

/// One of NumPy's functions that make text, on what it shows of an array.
fn text<'py>(name: &str, a: &Bound<'py, PyAny>, args: &Bound<'py, PyTuple>, words: Words<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let a = match a.cast::<NdArray>() {
        Ok(array) => shown(array, words)?,
        Err(_) => a.clone(),
    };
    let args: Vec<_> = std::iter::once(a).chain(args.iter()).collect();
    numpy(py)?.module.bind(py).call_method(name, PyTuple::new(py, args)?, words)
}

/// The text of an array's elements; options that are not given are those of `set_printoptions`.
#[pyfunction]
#[pyo3(signature = (a, *args, **options), text_signature = "(a, max_line_width=None, precision=None, suppress_small=None, separator=' ', prefix='', *, formatter=None, threshold=None, edgeitems=None, sign=None, floatmode=None, suffix='', legacy=None)")]
pub fn array2string<'py>(
    a: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    text("array2string", a, args, options)
}

/// The text of an array with what tells it from others, as `repr` gives it.
#[pyfunction]
#[pyo3(signature = (arr, *args, **options), text_signature = "(arr, max_line_width=None, precision=None, suppress_small=None)")]
pub fn array_repr<'py>(
    arr: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    text("array_repr", arr, args, options)
}

/// The text of an array's elements, as `str` gives it.
#[pyfunction]
#[pyo3(signature = (a, *args, **options), text_signature = "(a, max_line_width=None, precision=None, suppress_small=None)")]
pub fn array_str<'py>(
    a: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    text("array_str", a, args, options)
}

#[pymethods]
impl NdArray {
    fn __repr__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(shown(slf, None)?.repr()?.into_any())
    }

    fn __str__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(shown(slf, None)?.str()?.into_any())
    }

    fn __format__<'py>(slf: &Bound<'py, Self>, spec: &str) -> PyResult<Bound<'py, PyAny>> {
        let own = slf.get().handle();
        if own.n_axes() == 0 {
            let py = slf.py();
            return interop::to_numpy(py, &own, MemoryOrder::Any)?.call_method1(intern!(py, "__format__"), (spec,));
        }
        if spec.is_empty() {
            return NdArray::__str__(slf);
        }
        let class = slf.get_type();
        let name = if slf.is_exact_instance_of::<NdArray>() { "cuprous.ndarray".into() } else { class.fully_qualified_name()?.to_string() };
        Err(PyTypeError::new_err(format!("unsupported format string passed to {name}.__format__")))
    }
}

/// Puts the functions into the module.
///
/// # Errors
/// Those of Python.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(pyo3::wrap_pyfunction!(array2string, module)?)?;
    module.add_function(pyo3::wrap_pyfunction!(array_repr, module)?)?;
    module.add_function(pyo3::wrap_pyfunction!(array_str, module)?)
}
