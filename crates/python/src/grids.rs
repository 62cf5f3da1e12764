//! What makes arrays out of Python's slices, functions and iterators: `mgrid`, `ogrid`, `r_`, `c_`, `fromfunction`,
//! and the readers of buffers and files.

use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::numpy::numpy;
use cuprous_array::creation::grids::{self, Line, Piece, RowOptions};
use cuprous_array::function::Value;
use cuprous_core::{DType, Kind, Scalar, Weak, c128};
use pyo3::exceptions::{PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice, PyString, PyTuple};

/// Adds the objects and functions to the module.
///
/// # Errors
/// Those of Python.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("mgrid", Grid { is_open: false })?;
    m.add("ogrid", Grid { is_open: true })?;
    m.add("r_", Row { options: RowOptions { axis: 0, n_axes: 1, own_axes_at: -1 } })?;
    m.add("c_", Row { options: RowOptions { axis: -1, n_axes: 2, own_axes_at: 0 } })?;
    m.add_function(wrap_pyfunction!(fromfunction, m)?)?;
    m.add_function(wrap_pyfunction!(frombuffer, m)?)?;
    m.add_function(wrap_pyfunction!(fromiter, m)?)?;
    m.add_function(wrap_pyfunction!(fromstring, m)?)?;
    m.add_function(wrap_pyfunction!(fromfile, m)?)
}

/// Grids by slices: `mgrid[0:3, 0:2]` is one array of all coordinates, `ogrid[0:3, 0:2]` a tuple of open ones.
#[pyclass(module = "cuprous", name = "nd_grid", frozen)]
struct Grid {
    is_open: bool,
}

#[pymethods]
impl Grid {
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Ok(slices) = key.cast::<PyTuple>() else {
            let line = line_of(key)?;
            return convert::to_python(py, compute(py, || grids::line(line, None))?);
        };
        let lines = slices.iter().map(|s| line_of(&s)).collect::<PyResult<Vec<_>>>()?;
        if !self.is_open {
            return convert::to_python(py, compute(py, || grids::dense_grid(&lines, None))?);
        }
        let arrays = compute(py, || grids::grid(&lines, true, None))?;
        let arrays = arrays.into_iter().map(|a| convert::to_python(py, a)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyTuple::new(py, arrays)?.into_any().unbind())
    }
}

/// Arrays, numbers and slices in a row: `r_[0:3, 7]` along the first axis, `c_[a, b]` as columns.
#[pyclass(module = "cuprous", name = "AxisConcatenator", frozen)]
struct Row {
    options: RowOptions,
}

#[pymethods]
impl Row {
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let items: Vec<Bound<'_, PyAny>> = match key.cast::<PyTuple>() {
            Ok(t) => t.iter().collect(),
            Err(_) => vec![key.clone()],
        };
        let mut options = self.options;
        let mut pieces = Vec::with_capacity(items.len());
        for (k, item) in items.iter().enumerate() {
            if item.is_instance_of::<PySlice>() {
                pieces.push(Piece::Line(line_of(item)?));
            } else if let Ok(word) = item.cast::<PyString>() {
                if k != 0 {
                    return Err(PyValueError::new_err("special directives must be the first entry."));
                }
                directive(word.to_str()?, &mut options)?;
            } else {
                pieces.push(match convert::try_input(item)? {
                    Some(OwnedInput::Weak(w)) => Piece::Weak(w),
                    Some(OwnedInput::Scalar(s)) => Piece::Scalar(s),
                    Some(OwnedInput::Array(a)) => Piece::Array(a),
                    None => Piece::Array(convert::array_like(py, item, None, None)?),
                });
            }
        }
        convert::to_python(py, compute(py, || grids::row(&pieces, options))?)
    }

    fn __len__(&self) -> usize {
        0
    }
}

/// What a word in front says: the axis, the least number of axes, and where the own axes stand among them.
fn directive(word: &str, options: &mut RowOptions) -> PyResult<()> {
    if matches!(word, "r" | "c") {
        return Err(PyNotImplementedError::new_err("cuprous has no matrix class: use r_ and c_ without 'r' and 'c'"));
    }
    let numbers: Option<Vec<isize>> = word.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[axis]) => options.axis = axis,
        Some(&[axis, n_axes]) => (options.axis, options.n_axes) = (axis, n_axes.max(0) as usize),
        Some(&[axis, n_axes, at, ..]) if !word.is_empty() => {
            *options = RowOptions { axis, n_axes: n_axes.max(0) as usize, own_axes_at: at };
        }
        _ if word.contains(',') => return Err(PyValueError::new_err(format!("unknown special directive '{word}'"))),
        _ => return Err(PyValueError::new_err("unknown special directive")),
    }
    Ok(())
}

/// A slice whose bounds are numbers.
fn line_of(item: &Bound<'_, PyAny>) -> PyResult<Line> {
    let slice = item.cast::<PySlice>().map_err(|_| PyTypeError::new_err("a grid is made of slices"))?;
    let bound = |name: &str, default: Option<i128>| -> PyResult<Weak> {
        let value = slice.getattr(name)?;
        if value.is_none() {
            return default.map(Weak::Int).ok_or_else(|| PyTypeError::new_err("a slice of a grid needs a stop"));
        }
        match convert::try_input(&value)? {
            Some(OwnedInput::Weak(w)) => Ok(w),
            Some(OwnedInput::Scalar(s)) => Ok(weak(s)),
            _ => Err(PyTypeError::new_err("the bounds of a grid are numbers that the host knows")),
        }
    };
    Ok(Line { start: bound("start", Some(0))?, stop: bound("stop", None)?, step: bound("step", Some(1))? })
}

fn weak(s: Scalar) -> Weak {
    match s.dtype().kind() {
        Kind::Bool => Weak::Bool(s.to()),
        Kind::UInt => Weak::Int(s.to::<u64>().into()),
        Kind::Int => Weak::Int(s.to::<i64>().into()),
        Kind::Float => Weak::Float(s.to()),
        Kind::Complex => Weak::Complex(s.to::<c128>()),
    }
}

/// The result of a function that is called once, with the coordinates of all places of a shape.
#[pyfunction]
#[pyo3(signature = (function, shape, *, dtype = None, **kwargs))]
fn fromfunction<'py>(
    py: Python<'py>,
    function: &Bound<'py, PyAny>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (sizes, dtype) = (convert::sizes(shape)?, convert::optional_dtype(dtype)?.unwrap_or(DType::F64));
    let Value::Array(all) = compute(py, || grids::indices(&sizes, Some(dtype), false))? else {
        return Err(PyTypeError::new_err("fromfunction got no coordinates"));
    };
    let all = convert::to_python(py, all)?;
    let coordinates = all.bind(py).try_iter()?.collect::<PyResult<Vec<_>>>()?;
    function.call(PyTuple::new(py, coordinates)?, kwargs)
}

/// Calls a reader of NumPy's, and copies what it read to the default device.
fn read<'py>(
    py: Python<'py>,
    name: &str,
    positional: Vec<Bound<'py, PyAny>>,
    keywords: &[(&str, Bound<'py, PyAny>)],
) -> PyResult<Py<PyAny>> {
    let options = PyDict::new(py);
    for (key, value) in keywords {
        options.set_item(key, value)?;
    }
    let found = numpy(py)?.module.bind(py).getattr(name)?.call(PyTuple::new(py, positional)?, Some(&options))?;
    convert::to_python(py, convert::array_like(py, &found, None, None)?)
}

fn dtype_or_float<'py>(py: Python<'py>, dtype: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    match dtype {
        Some(dtype) => Ok(dtype),
        None => Ok(numpy(py)?.dtype_object(DType::F64).bind(py).clone()),
    }
}

/// An array with one axis of the bytes of a buffer, copied to the default device.
#[pyfunction]
#[pyo3(signature = (buffer, dtype = None, count = -1, offset = 0))]
fn frombuffer<'py>(
    py: Python<'py>,
    buffer: Bound<'py, PyAny>,
    dtype: Option<Bound<'py, PyAny>>,
    count: isize,
    offset: isize,
) -> PyResult<Py<PyAny>> {
    let dtype = dtype_or_float(py, dtype)?;
    let rest = [count.into_pyobject(py)?.into_any(), offset.into_pyobject(py)?.into_any()];
    read(py, "frombuffer", [buffer, dtype].into_iter().chain(rest).collect(), &[])
}

/// An array with one axis of the numbers that an iterator gives.
#[pyfunction]
#[pyo3(signature = (iter, dtype, count = -1))]
fn fromiter<'py>(py: Python<'py>, iter: Bound<'py, PyAny>, dtype: Bound<'py, PyAny>, count: isize) -> PyResult<Py<PyAny>> {
    read(py, "fromiter", vec![iter, dtype, count.into_pyobject(py)?.into_any()], &[])
}

/// An array with one axis of the numbers that a text names.
#[pyfunction]
#[pyo3(signature = (string, dtype = None, count = -1, *, sep))]
fn fromstring<'py>(
    py: Python<'py>,
    string: Bound<'py, PyAny>,
    dtype: Option<Bound<'py, PyAny>>,
    count: isize,
    sep: Bound<'py, PyAny>,
) -> PyResult<Py<PyAny>> {
    let dtype = dtype_or_float(py, dtype)?;
    read(py, "fromstring", vec![string, dtype, count.into_pyobject(py)?.into_any()], &[("sep", sep)])
}

/// An array with one axis of the bytes of a file, or of the numbers that its text names.
#[pyfunction]
#[pyo3(signature = (file, dtype = None, count = -1, sep = "", offset = 0))]
fn fromfile<'py>(
    py: Python<'py>,
    file: Bound<'py, PyAny>,
    dtype: Option<Bound<'py, PyAny>>,
    count: isize,
    sep: &str,
    offset: isize,
) -> PyResult<Py<PyAny>> {
    let dtype = dtype_or_float(py, dtype)?;
    let keywords = [("sep", PyString::new(py, sep).into_any()), ("offset", offset.into_pyobject(py)?.into_any())];
    read(py, "fromfile", vec![file, dtype, count.into_pyobject(py)?.into_any()], &keywords)
}
