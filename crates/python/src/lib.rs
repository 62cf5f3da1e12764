//! `cuprous._core`: what Python sees of cuprous.

mod callable;
mod config;
mod convert;
mod cuda;
mod detach;
mod dlpack;
mod dtypes;
mod errors;
mod grids;
mod interop;
mod kernels;
mod ndarray;
mod numpy;
mod random;
mod registry;
mod scopes;
mod ufunc;

use cuprous_array::engine::place;
use ndarray::{ArrayIterator, Flags, FlatIterator, NdArray};
use pyo3::prelude::*;
use pyo3::wrap_pyfunction;
use std::collections::HashMap;
use std::path::PathBuf;

/// The elements of an array as a NumPy array; what is no array of ours is left to NumPy.
#[pyfunction]
#[pyo3(signature = (a, stream = None, order = None, out = None, blocking = true))]
fn asnumpy<'py>(
    py: Python<'py>,
    a: &Bound<'py, PyAny>,
    stream: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    blocking: bool,
) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(array) = a.cast::<NdArray>() {
        return array.get().get(py, stream, order, out, blocking);
    }
    let made = numpy::numpy(py)?.asarray.bind(py).call1((a, py.None(), order))?;
    match out.filter(|o| !o.is_none()) {
        Some(out) => {
            out.set_item(py.Ellipsis(), made)?;
            Ok(out.clone())
        }
        None => Ok(made),
    }
}

/// The array that a pickled one becomes.
#[pyfunction]
#[pyo3(signature = (a, class = None))]
fn _from_numpy(py: Python<'_>, a: &Bound<'_, PyAny>, class: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
    let array = convert::to_python(py, convert::array_like(py, a, None, None)?)?;
    match class {
        Some(class) => array.call_method1(py, "view", (class,)),
        None => Ok(array),
    }
}

/// Lets threads of ours come to an end before the libraries that they use do.
#[pyfunction]
fn end(py: Python<'_>) {
    py.detach(cuprous::core::backend::end);
}

/// What decides on the current device whether values wait, for tests: nothing of it should outlast one.
#[pyfunction]
fn _state(py: Python<'_>) -> PyResult<HashMap<&'static str, usize>> {
    let state = detach::compute(py, || place::default_device().and_then(place::state))?;
    Ok(state.into_iter().filter(|(_, n)| *n != 0).collect())
}

/// What was found and what is missing: pairs of a subject and what is to be said of it.
#[pyfunction]
fn facts(py: Python<'_>) -> PyResult<Vec<(String, String)>> {
    detach::compute(py, || Ok(cuprous::facts()))
}

#[pymodule(gil_used = false)]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    cuprous::init();
    // The kernels that the wheel brings lie beside this module; no file is opened before a GPU needs one.
    if let Ok(own) = m.getattr("__file__").or_else(|_| m.getattr("__spec__")?.getattr("origin"))
        && let Ok(own) = own.extract::<PathBuf>()
        && let Some(dir) = own.parent()
    {
        cuprous::kernel_dir(&dir.join("kernels"));
    }
    // NVIDIA's packages lie beside us; only names are looked at, nothing is loaded.
    for path in py.import("sys")?.getattr("path")?.extract::<Vec<Bound<'_, PyAny>>>()? {
        if let Ok(dir) = path.extract::<PathBuf>() {
            cuprous::cuda_packages(&dir);
        }
    }

    // `add` puts a name into `__all__`, and so into `cuprous`; `setattr` does not.
    m.add_class::<NdArray>()?;
    m.add_class::<FlatIterator>()?;
    m.add_class::<ufunc::Ufunc>()?;
    for def in cuprous_ops::all_ufuncs().filter(|d| d.is_public) {
        m.add(def.name, ufunc::Ufunc::new(def))?;
        for alias in def.aliases {
            m.add(*alias, m.getattr(def.name)?)?;
        }
    }
    for def in cuprous_ops::all_ufuncs().filter(|d| !d.module.is_empty()) {
        callable::namespace(m, def.module)?.add(def.name, ufunc::Ufunc::new(def))?;
    }
    m.add_function(wrap_pyfunction!(asnumpy, m)?)?;
    cuda::register(m)?;
    dlpack::register(m)?;
    kernels::register(m)?;
    callable::add_functions(m)?;
    grids::register(m)?;
    ndarray::printing::register(m)?;
    dtypes::register(m)?;
    callable::add_methods(&py.get_type::<NdArray>())?;
    random::register(m)?;
    scopes::register(m)?;
    m.setattr("registry", wrap_pyfunction!(registry::registry, m)?)?;
    m.setattr("facts", wrap_pyfunction!(facts, m)?)?;
    m.setattr("_state", wrap_pyfunction!(_state, m)?)?;
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, m)?,))?;
    m.setattr("_from_numpy", wrap_pyfunction!(_from_numpy, m)?)?;
    m.setattr("flagsobj", py.get_type::<Flags>())?;
    m.setattr("ndarray_iterator", py.get_type::<ArrayIterator>())?;
    m.setattr("__version__", env!("CARGO_PKG_VERSION"))
}
