//! Questions about dtypes: NumPy answers them, arrays of ours stand there for their dtypes.

use crate::ndarray::NdArray;
use crate::numpy::numpy;
use crate::{convert, detach};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The dtype of an array of ours; anything else as it is.
fn described<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match obj.cast::<NdArray>() {
        Ok(array) => Ok(convert::dtype_to_python(obj.py(), array.get().handle().dtype())?.into_bound(obj.py())),
        Err(_) => Ok(obj.clone()),
    }
}

fn all_described<'py>(args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(args.py(), args.iter().map(|a| described(&a)).collect::<PyResult<Vec<_>>>()?)
}

/// The dtype of an operation on arrays, dtypes and numbers, by NumPy's rules of promotion.
#[pyfunction]
#[pyo3(signature = (*arrays_and_dtypes))]
fn result_type<'py>(py: Python<'py>, arrays_and_dtypes: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    numpy(py)?.module.bind(py).call_method1(intern!(py, "result_type"), all_described(arrays_and_dtypes)?)
}

/// Whether a dtype, or that of an array, can be cast to another under a casting rule.
#[pyfunction]
#[pyo3(signature = (from_, to, casting = "safe"))]
fn can_cast<'py>(py: Python<'py>, from_: &Bound<'py, PyAny>, to: &Bound<'py, PyAny>, casting: &str) -> PyResult<Bound<'py, PyAny>> {
    numpy(py)?.module.bind(py).call_method1(intern!(py, "can_cast"), (described(from_)?, to, casting))
}

/// The smallest dtype that holds a number, or the element of an array without axes; of other arrays their dtype.
#[pyfunction]
#[pyo3(signature = (a, /))]
fn min_scalar_type<'py>(py: Python<'py>, a: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let value = match a.cast::<NdArray>() {
        Ok(array) if array.get().handle().n_axes() > 0 => return described(a),
        Ok(array) => {
            let own = array.get().handle();
            let element = detach::compute(py, || own.item())?;
            let scalar = convert::dtype_to_python(py, own.dtype())?.getattr(py, intern!(py, "type"))?;
            scalar.call1(py, (convert::scalar_to_python(py, element)?,))?.into_bound(py)
        }
        Err(_) => a.clone(),
    };
    numpy(py)?.module.bind(py).call_method1(intern!(py, "min_scalar_type"), (value,))
}

/// The inexact scalar type into which the elements of all arrays fit.
#[pyfunction]
#[pyo3(signature = (*arrays))]
fn common_type<'py>(py: Python<'py>, arrays: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let np = numpy(py)?;
    // NumPy asks arrays, not dtypes: empty ones will do.
    let stand_in = |a: Bound<'py, PyAny>| match a.is_instance_of::<NdArray>() {
        true => np.empty.bind(py).call1((0, described(&a)?)),
        false => Ok(a),
    };
    let arrays = arrays.iter().map(stand_in).collect::<PyResult<Vec<_>>>()?;
    np.module.bind(py).call_method1(intern!(py, "common_type"), PyTuple::new(py, arrays)?)
}

/// Puts the functions into the module.
///
/// # Errors
/// Those of Python.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(pyo3::wrap_pyfunction!(result_type, module)?)?;
    module.add_function(pyo3::wrap_pyfunction!(can_cast, module)?)?;
    module.add_function(pyo3::wrap_pyfunction!(min_scalar_type, module)?)?;
    module.add_function(pyo3::wrap_pyfunction!(common_type, module)?)
}
