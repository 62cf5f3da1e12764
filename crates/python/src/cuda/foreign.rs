//! Functions of CUDA's libraries as Python's: by name, with numbers for addresses and handles, from the backends' tables.

use super::PyDevice;
use super::current;
use crate::detach::compute;
use crate::errors::{self, CUDARuntimeError};
use cuprous_array::array::flush;
use cuprous_array::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::foreign::{self, Function, Library, Parameter, Passed};
use cuprous_core::{Device, DeviceKind};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyCFunction, PyDict, PyFloat, PyString, PyTuple};
use std::ffi::{CStr, CString};

/// The module whose functions the CPU has too.
const RUNTIME: &str = "runtime";

fn library_of(kind: DeviceKind, module: &str) -> Option<&'static dyn Library> {
    backend(kind).ok()?.library(module)
}

/// A function with the backends that have it.
#[derive(Clone)]
struct Named {
    module: &'static str,
    name: &'static str,
    on_gpu: Option<Function>,
    on_cpu: Option<Function>,
    /// The exception of its library: made from a status
    error: Option<std::sync::Arc<Py<PyAny>>>,
}

impl Named {
    /// Which device answers, with the library and the parameters there.
    fn choose(&self, py: Python<'_>) -> PyResult<(Device, &'static dyn Library, Function)> {
        let device = compute(py, current)?;
        let wanted = if self.module == RUNTIME { device.kind } else { DeviceKind::Cuda };
        let function = if wanted == DeviceKind::Cuda { self.on_gpu } else { self.on_cpu };
        match (function, library_of(wanted, self.module)) {
            (Some(function), Some(library)) => Ok((if wanted == device.kind { device } else { Device::cuda(0) }, library, function)),
            _ => Err(errors::raise(foreign::failure(801, &format!("the CPU, which is the device here, has no {}", self.name)))),
        }
    }

    fn call(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        let py = args.py();
        let (device, library, function) = self.choose(py)?;
        let given: Vec<&Parameter> = function.parameters.iter().filter(|p| p.is_given()).collect();
        if args.len() > given.len() {
            let (n, m) = (given.len(), args.len());
            return Err(PyTypeError::new_err(format!("{}() takes {n} arguments, but {m} were given", self.name)));
        }
        if let Some(kwargs) = kwargs {
            for key in kwargs.keys() {
                let key = key.extract::<String>()?;
                let at = given.iter().position(|p| name_of(p) == key);
                if at.is_none_or(|k| k < args.len()) {
                    return Err(PyTypeError::new_err(format!("{}() got an unexpected or second argument {key:?}", self.name)));
                }
            }
        }
        // What texts lie in lives until the call is over.
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let (mut words, mut position, mut stream) = (Vec::with_capacity(function.parameters.len()), 0, None);
        for p in function.parameters {
            if p.is_result {
                words.push(0);
                continue;
            }
            if p.passed == Passed::Stream {
                words.push(compute(py, || place::current_queue(device).map(|q| q.handle))?);
                stream = words.last().copied();
                continue;
            }
            let value = match args.get_item(position) {
                Ok(value) => Some(value),
                Err(_) => kwargs.and_then(|k| k.get_item(name_of(p)).transpose()).transpose()?,
            };
            position += 1;
            words.push(match (value, p.default) {
                (Some(value), _) => word(&value, p, &mut texts).map_err(|e| {
                    if e.is_instance_of::<PyTypeError>(py) {
                        return PyTypeError::new_err(format!("{}(): argument {:?}: {}", self.name, name_of(p), e.value(py)));
                    }
                    e
                })?,
                (None, Some(default)) => default as u64,
                (None, None) => return Err(PyTypeError::new_err(format!("{}() lacks the argument {:?}", self.name, name_of(p)))),
            });
            if p.name == "stream" && self.module == RUNTIME {
                stream = words.last().copied();
            }
        }
        let name = self.name;
        let taken = &mut words;
        let status = compute(py, || {
            // What waits on a stream comes before what is queued there by its handle.
            if let Some(handle) = stream {
                let queue = backend(device.kind)?.external_queue(device, handle)?;
                flush(&queue)?;
            }
            // As in CuPy handles work on the stream that is current at each call.
            if let Some(setter) = library.stream_setter(name) {
                let queue = place::current_queue(device)?;
                flush(&queue)?;
                let status = library.call(setter, device, &mut [taken[0], queue.handle])?;
                if status != 0 {
                    return Ok(status);
                }
            }
            library.call(name, device, taken)
        })?;
        if name.starts_with('_') && name.ends_with("Query") {
            return Ok(status.into_pyobject(py)?.into_any().unbind());
        }
        if status != 0 {
            return Err(self.failed(py, library, status));
        }
        drop(texts);
        let mut results = Vec::new();
        for (p, &w) in function.parameters.iter().zip(words.iter()).filter(|(p, _)| p.is_result) {
            results.push(match p.passed {
                Passed::Truth => PyBool::new(py, w as u32 != 0).to_owned().into_any().unbind(),
                Passed::Char | Passed::Int => (w as u32 as i32).into_pyobject(py)?.into_any().unbind(),
                Passed::Unsigned => (w as u32).into_pyobject(py)?.into_any().unbind(),
                Passed::Long => (w as i64).into_pyobject(py)?.into_any().unbind(),
                Passed::Address | Passed::Text | Passed::Stream => w.into_pyobject(py)?.into_any().unbind(),
                Passed::Float => PyFloat::new(py, f64::from(f32::from_bits(w as u32))).into_any().unbind(),
                Passed::Double => PyFloat::new(py, f64::from_bits(w)).into_any().unbind(),
            });
        }
        match results.len() {
            0 => Ok(py.None()),
            1 => Ok(results.remove(0)),
            _ => Ok(PyTuple::new(py, results)?.into_any().unbind()),
        }
    }

    fn failed(&self, py: Python<'_>, library: &dyn Library, status: i32) -> PyErr {
        match &self.error {
            Some(class) => class.bind(py).call1((status,)).map_or_else(|e| e, PyErr::from_value),
            None => errors::with_status(CUDARuntimeError::new_err(library.status(status)), status),
        }
    }
}

/// A parameter's name in Python: what is a word of Rust's stands with a mark in the tables.
fn name_of(p: &Parameter) -> &'static str {
    p.name.strip_prefix("r#").unwrap_or(p.name)
}

/// The word of an argument.
fn word(value: &Bound<'_, PyAny>, p: &Parameter, texts: &mut Vec<Vec<u8>>) -> PyResult<u64> {
    match p.passed {
        Passed::Float | Passed::Double => return Ok(value.extract::<f64>()?.to_bits()),
        Passed::Text => {
            let text = if let Ok(text) = value.cast::<PyString>() {
                text.to_str()?.as_bytes().to_vec()
            } else if let Ok(bytes) = value.cast::<PyBytes>() {
                bytes.as_bytes().to_vec()
            } else if value.is_none() {
                return Ok(0);
            } else {
                return value.extract::<u64>();
            };
            // Machine code may have zeros in it: its readers know where it ends.
            let mut text = text;
            text.push(0);
            let address = text.as_ptr() as u64;
            texts.push(text);
            return Ok(address);
        }
        _ => {}
    }
    if let Ok(device) = value.cast::<PyDevice>() {
        return Ok(u64::from(device.get().device.ordinal));
    }
    let number = match value.extract::<i64>() {
        Ok(n) => i128::from(n),
        Err(_) => match (p.passed, value.getattr_opt(intern!(value.py(), "ptr"))?) {
            // What holds memory of a library, a descriptor for example, says where.
            (Passed::Address, Some(address)) => i128::from(address.extract::<u64>()?),
            _ => i128::from(value.extract::<u64>()?),
        },
    };
    let bits = match p.passed {
        Passed::Char => 8,
        Passed::Int | Passed::Unsigned | Passed::Truth => 32,
        _ => 64,
    };
    // Unsigned numbers as well as signed ones: flags and enumerations are either.
    if number < -(1i128 << (bits - 1)) || number >= 1i128 << bits {
        return Err(PyOverflowError::new_err(format!("{number} does not fit {} bits", bits)));
    }
    Ok(number as u64)
}

/// How Python writes a function's parameters.
fn signature(function: &Function) -> String {
    let given = function.parameters.iter().filter(|p| p.is_given());
    let each = given.map(|p| p.default.map_or_else(|| name_of(p).to_string(), |d| format!("{}={d}", name_of(p))));
    each.collect::<Vec<_>>().join(", ")
}

/// A text that lives as long as the process, as Python wants those of built-in functions.
fn forever(text: String) -> Option<&'static CStr> {
    CString::new(text).ok().map(|t| &*Box::leak(t.into_boxed_c_str()))
}

/// The functions of a module, by name.
///
/// # Errors
/// Those of Python.
pub(super) fn functions<'py>(
    py: Python<'py>,
    module: &'static str,
    error: Option<Py<PyAny>>,
) -> PyResult<Vec<(&'static str, Bound<'py, PyCFunction>)>> {
    let of = |kind| library_of(kind, module).map_or_else(Vec::new, |l| l.functions());
    let (on_gpu, on_cpu) = (of(DeviceKind::Cuda), if module == RUNTIME { of(DeviceKind::Cpu) } else { Vec::new() });
    let error = error.map(std::sync::Arc::new);
    let find = |list: &[Function], name: &str| list.iter().find(|f| f.name == name).copied();
    let only_cpu = on_cpu.iter().filter(|f| find(&on_gpu, f.name).is_none());
    let mut made = Vec::new();
    for f in on_gpu.iter().chain(only_cpu) {
        let named = Named { module, name: f.name, on_gpu: find(&on_gpu, f.name), on_cpu: find(&on_cpu, f.name), error: error.clone() };
        let doc =
            forever(format!("{}({})\n--\n\nThe function of CUDA's libraries under the name that CuPy gives it.", f.name, signature(f)));
        let call = move |args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>| named.call(args, kwargs);
        made.push((f.name, PyCFunction::new_closure(py, forever(f.name.to_string()), doc, call)?));
    }
    Ok(made)
}

/// The names that a module of a library has: its functions, which raise `error(status)`, and its constants.
#[pyfunction]
fn _foreign<'py>(py: Python<'py>, module: String, error: Option<Py<PyAny>>) -> PyResult<Bound<'py, PyDict>> {
    let names = PyDict::new(py);
    let module: &'static str = Box::leak(module.into_boxed_str());
    for (name, function) in functions(py, module, error)? {
        names.set_item(name, function)?;
    }
    if let Some(library) = library_of(DeviceKind::Cuda, module) {
        for (name, value) in library.constants() {
            names.set_item(name, value)?;
        }
    }
    Ok(names)
}

/// A status of a library in words.
#[pyfunction]
fn _foreign_status(py: Python<'_>, module: String, status: i32) -> PyResult<String> {
    compute(py, move || Ok(library_of(DeviceKind::Cuda, &module).map_or_else(|| format!("status {status}"), |l| l.status(status))))
}

/// Adds what Python's modules are made of.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.setattr("_foreign", pyo3::wrap_pyfunction!(_foreign, m)?)?;
    m.setattr("_foreign_status", pyo3::wrap_pyfunction!(_foreign_status, m)?)
}
