//! `reduce`, `accumulate`, `reduceat` and `outer` of the class.

use super::{Call, Ufunc, mask};
use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::ndarray::{NdArray, subscript};
use cuprous_array::Array;
use cuprous_array::engine::ReduceOptions;
use cuprous_array::engine::methods::{Initial, accumulate, outer_operand, reduce_at, reduce_by};
use cuprous_array::indexing;
use cuprous_core::{DType, Scalar};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// An argument that may be left out, which is not the same as `None`.
pub struct Given<'py>(Option<Bound<'py, PyAny>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Given<'py> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Given(Some(obj.to_owned())))
    }
}

#[pymethods]
impl Ufunc {
    /// Applies the function between all elements along axes.
    #[pyo3(signature = (array, axis = Given(None), dtype = None, out = None, keepdims = false, initial = Given(None), r#where = None),
           text_signature = "($self, array, axis=0, dtype=None, out=None, keepdims=False, initial=<no value>, where=True)")]
    #[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
    fn reduce<'py>(
        &self,
        py: Python<'py>,
        array: &Bound<'py, PyAny>,
        axis: Given<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
        keepdims: bool,
        initial: Given<'py>,
        r#where: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let a = convert::array_like(py, array, None, None)?;
        let axes = match &axis.0 {
            None => Some(vec![0]),
            Some(given) => convert::axes(given)?,
        };
        let dtype = convert::optional_dtype(dtype)?;
        let out = single(out)?;
        let mask = r#where.map(|m| mask(py, m)).transpose()?.flatten();
        let initial = match &initial.0 {
            None => Start::Identity,
            Some(v) if v.is_none() => Start::Nothing,
            Some(v) => Start::Value(convert::input(v)?),
        };
        let target = out.as_ref().map(|o| o.get().handle());
        let result = compute(py, || {
            let options = ReduceOptions { axes: axes.as_deref(), dtype, out: target.as_ref(), keep_axes: keepdims };
            let initial = match &initial {
                Start::Identity => Initial::Identity,
                Start::Nothing => Initial::Nothing,
                Start::Value(v) => Initial::Value(v.as_input()),
            };
            reduce_by(self.def, &a, options, initial, mask.as_ref())
        })?;
        delivered(array, result, out)
    }

    /// The running results along an axis.
    #[pyo3(signature = (array, axis = Given(None), dtype = None, out = None), text_signature = "($self, array, axis=0, dtype=None, out=None)")]
    fn accumulate<'py>(
        &self,
        py: Python<'py>,
        array: &Bound<'py, PyAny>,
        axis: Given<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let (a, axis, dtype, out) = arguments(py, "accumulate", array, axis, dtype, out)?;
        let target = out.as_ref().map(|o| o.get().handle());
        let result = compute(py, || accumulate(self.def, &a, axis, dtype, target.as_ref()))?;
        delivered(array, result, out)
    }

    /// The results over stretches of an axis: from each index up to the next. Indices in an array are read back.
    #[pyo3(signature = (array, indices, axis = Given(None), dtype = None, out = None), text_signature = "($self, array, indices, axis=0, dtype=None, out=None)")]
    fn reduceat<'py>(
        &self,
        py: Python<'py>,
        array: &Bound<'py, PyAny>,
        indices: &Bound<'py, PyAny>,
        axis: Given<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let (a, axis, dtype, out) = arguments(py, "reduceat", array, axis, dtype, out)?;
        let starts = convert::array_like(py, indices, None, None)?;
        if starts.n_axes() > 1 {
            return Err(PyValueError::new_err("object too deep for desired array"));
        }
        let target = out.as_ref().map(|o| o.get().handle());
        let result = compute(py, || {
            let starts = starts.astype(DType::I64)?.to_vec::<i64>()?;
            reduce_at(self.def, &a, &starts, axis, dtype, target.as_ref())
        })?;
        delivered(array, result, out)
    }

    /// Applies the function in place at the given indices, once for each: repeated indices count several times.
    #[pyo3(signature = (a, indices, b = None, /), text_signature = "($self, a, indices, b=None, /)")]
    fn at<'py>(&self, py: Python<'py>, a: &Bound<'py, PyAny>, indices: &Bound<'py, PyAny>, b: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let Ok(target) = a.cast::<NdArray>() else { return Err(PyTypeError::new_err("first operand must be array")) };
        target.get().check_writeable("assignment destination")?;
        let index = subscript(indices)?;
        let values = match b {
            None => None,
            Some(b) => Some(match convert::try_input(b)? {
                Some(number) => number,
                None => OwnedInput::Array(convert::array_like(py, b, None, Some(target.get().handle().device()))?),
            }),
        };
        let target = target.get().handle();
        compute(py, || indexing::at(self.def, &target, &index, values.as_ref().map(OwnedInput::as_input)))
    }

    /// Applies the function to all pairs of an element of `A` and one of `B`.
    #[pyo3(name = "outer", signature = (a, b, /, **kwargs), text_signature = "($self, A, B, /, **kwargs)")]
    fn outer_product<'py>(
        slf: &Bound<'py, Self>,
        a: &Bound<'py, PyAny>,
        b: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let (py, own) = (slf.py(), slf.get());
        // As in NumPy both are arrays here: a Python number counts with its own dtype.
        let read = |obj: &Bound<'py, PyAny>| convert::array_like(py, obj, None, None).map(OwnedInput::Array);
        let (mut first, second) = (read(a)?, read(b)?);
        let spread = compute(py, || outer_operand(own.def, first.as_input(), &second.as_input()))?;
        if let Some(spread) = spread {
            first = OwnedInput::Array(spread);
        }
        let words = own.keywords(py, kwargs)?;
        let args = PyTuple::new(py, [a, b])?;
        own.call_with(&Call { ufunc: slf.as_any(), args: &args, n_in: 2 }, &[first, second], words)
    }
}

/// What stands before the first element.
enum Start {
    Identity,
    Nothing,
    Value(OwnedInput),
}

/// The arguments that `accumulate` and `reduceat` share.
#[expect(clippy::type_complexity, reason = "four arguments")]
fn arguments<'py>(
    py: Python<'py>,
    method: &str,
    array: &Bound<'py, PyAny>,
    axis: Given<'py>,
    dtype: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Array, isize, Option<DType>, Option<Bound<'py, NdArray>>)> {
    let axis = match &axis.0 {
        None => 0,
        Some(given) => match convert::axes(given)?.as_deref() {
            Some([one]) => *one,
            _ => return Err(PyValueError::new_err(format!("{method} does not allow multiple axes"))),
        },
    };
    Ok((convert::array_like(py, array, None, None)?, axis, convert::optional_dtype(dtype)?, single(out)?))
}

/// `out=` as an array or as a tuple of one.
fn single<'py>(out: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, NdArray>>> {
    let Some(out) = out else { return Ok(None) };
    match out.cast::<PyTuple>() {
        Ok(t) if t.len() == 1 => Ok(convert::output(Some(&t.get_item(0)?))?.cloned()),
        Ok(_) => Err(PyTypeError::new_err("output must be an array or a tuple with a single array")),
        Err(_) => Ok(convert::output(Some(out))?.cloned()),
    }
}

/// The result as an object of the subclass that the array has, if it does.
fn delivered(array: &Bound<'_, PyAny>, result: Array, out: Option<Bound<'_, NdArray>>) -> PyResult<Py<PyAny>> {
    let py = array.py();
    match (out, array.cast::<NdArray>()) {
        (Some(o), _) => Ok(o.into_any().unbind()),
        (None, Ok(parent)) => NdArray::wrapped(parent, result, || Ok(py.None())),
        (None, Err(_)) => convert::to_python(py, result),
    }
}

/// The identity as Python shows it: a truth, an integer, or minus infinity.
pub fn identity(py: Python<'_>, def: &cuprous_core::UfuncDef) -> PyResult<Py<PyAny>> {
    let Some(value) = def.identity else { return Ok(py.None()) };
    convert::scalar_to_python(
        py,
        if def.loops.iter().all(|l| l.outs[0] == DType::Bool) {
            Scalar::from(value != 0.0)
        } else if value.is_infinite() {
            Scalar::from(value)
        } else {
            Scalar::from(value as i64)
        },
    )
}
