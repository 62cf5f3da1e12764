//! Kernels that users write in CUDA C++, under CuPy's names.

mod elementwise;
mod raw;
mod reduction;

use crate::convert::{self, OwnedInput};
use crate::ndarray::NdArray;
use crate::numpy::numpy;
use cuprous_array::kernels::{Param, ParamType};
use cuprous_array::{Array, DType};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// A parameter of a kernel.
#[pyclass(frozen, module = "cuprous", name = "ParameterInfo")]
pub struct ParameterInfo {
    param: Param,
}

#[pymethods]
impl ParameterInfo {
    /// What the expressions call it.
    #[getter]
    fn name(&self) -> &str {
        &self.param.name
    }

    /// Its scalar type; None for a placeholder.
    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match &self.param.of {
            ParamType::Dtype(d) => Ok(Some(numpy(py)?.dtype_object(*d).bind(py).getattr(intern!(py, "type"))?.unbind())),
            ParamType::Placeholder(_) => Ok(None),
        }
    }

    /// The letter of a placeholder; None for a type that is given.
    #[getter]
    fn ctype(&self) -> Option<&str> {
        match &self.param.of {
            ParamType::Dtype(_) => None,
            ParamType::Placeholder(letter) => Some(letter),
        }
    }

    /// Whether the expressions see the whole array.
    #[getter]
    fn raw(&self) -> bool {
        self.param.is_raw
    }

    /// Whether the kernel only reads it.
    #[getter]
    fn is_const(&self) -> bool {
        self.param.is_const
    }

    fn __repr__(&self) -> String {
        let of = match &self.param.of {
            ParamType::Dtype(d) => d.name(),
            ParamType::Placeholder(letter) => letter,
        };
        format!("<ParameterInfo '{}{of} {}'>", if self.param.is_raw { "raw " } else { "" }, self.param.name)
    }
}

/// Parameters as Python's objects.
fn infos(py: Python<'_>, params: &[Param]) -> PyResult<Py<PyTuple>> {
    let objects = params.iter().map(|p| Py::new(py, ParameterInfo { param: p.clone() })).collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, objects)?.unbind())
}

/// The compiled texts by the scalar types of the inputs.
fn codes(py: Python<'_>, codes: Vec<(Vec<DType>, String)>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for (dtypes, text) in codes {
        let types = dtypes.iter().map(|d| numpy(py)?.dtype_object(*d).bind(py).getattr(intern!(py, "type")));
        dict.set_item(PyTuple::new(py, types.collect::<PyResult<Vec<_>>>()?)?, text)?;
    }
    Ok(dict)
}

/// What kernels around expressions tell of themselves, whatever they do.
macro_rules! tells {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            /// The inputs.
            #[getter]
            fn in_params(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
                super::infos(py, &self.kernel.ins)
            }

            /// The outputs.
            #[getter]
            fn out_params(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
                super::infos(py, &self.kernel.outs)
            }

            /// All parameters.
            #[getter]
            fn params(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
                super::infos(py, &[&self.kernel.ins[..], &self.kernel.outs[..]].concat())
            }

            /// Number of inputs.
            #[getter]
            fn nin(&self) -> usize {
                self.kernel.ins.len()
            }

            /// Number of outputs.
            #[getter]
            fn nout(&self) -> usize {
                self.kernel.outs.len()
            }

            /// Number of inputs and outputs.
            #[getter]
            fn nargs(&self) -> usize {
                self.nin() + self.nout()
            }

            /// What it is called.
            #[getter]
            fn name(&self) -> &str {
                &self.kernel.text.name
            }

            #[getter]
            fn __name__(&self) -> &str {
                &self.kernel.text.name
            }

            /// The text in front of the kernel.
            #[getter]
            fn preamble(&self) -> &str {
                &self.kernel.text.preamble
            }

            /// The texts that were compiled, by the types of the inputs.
            #[getter]
            fn cached_codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                super::codes(py, self.kernel.codes())
            }

            /// The first of the texts that were compiled.
            #[getter]
            fn cached_code(&self) -> PyResult<String> {
                let first = self.kernel.codes().into_iter().next().map(|(_, text)| text);
                first.ok_or_else(|| PyValueError::new_err(format!("{} was not compiled yet: it is when it is first called", self.name())))
            }

            fn __repr__(&self) -> String {
                format!("<cuprous.{} '{}'>", stringify!($class), self.kernel.text.name)
            }
        }
    };
}
use tells;

/// Options of the compiler: a sequence of strings.
fn options(obj: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let Some(obj) = obj.filter(|o| !o.is_none()) else { return Ok(Vec::new()) };
    if obj.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("options must be a tuple of strings"));
    }
    obj.try_iter()?.map(|o| o?.extract::<String>().map_err(|_| PyTypeError::new_err("options must be a tuple of strings"))).collect()
}

/// The inputs and outputs of a call, which has no more arguments than parameters.
struct Call {
    inputs: Vec<OwnedInput>,
    outputs: Vec<Py<NdArray>>,
}

impl Call {
    fn new<'py>(args: impl Iterator<Item = Bound<'py, PyAny>>, ins: &[Param]) -> PyResult<Call> {
        let mut call = Call { inputs: Vec::new(), outputs: Vec::new() };
        for (k, arg) in args.enumerate() {
            match ins.get(k) {
                Some(param) => {
                    if !param.is_const
                        && let Ok(a) = arg.cast::<NdArray>()
                    {
                        a.get().check_writeable("output array")?;
                    }
                    call.inputs.push(convert::input(&arg)?);
                }
                None => call.push_output(&arg)?,
            }
        }
        Ok(call)
    }

    fn push_output(&mut self, obj: &Bound<'_, PyAny>) -> PyResult<()> {
        let array = obj.cast::<NdArray>().map_err(|_| PyTypeError::new_err("Output arguments type must be cuprous.ndarray"))?;
        array.get().check_writeable("output array")?;
        self.outputs.push(array.clone().unbind());
        Ok(())
    }

    fn output_arrays(&self) -> Vec<Array> {
        self.outputs.iter().map(|o| o.get().handle()).collect()
    }

    /// The results as Python's objects: those that were given, else new ones.
    fn results(self, py: Python<'_>, made: Vec<Array>) -> PyResult<Vec<Py<PyAny>>> {
        if self.outputs.is_empty() {
            return made.into_iter().map(|a| convert::to_python(py, a)).collect();
        }
        Ok(self.outputs.into_iter().map(Py::into_any).collect())
    }
}

/// Does something while a stream is the current one.
fn on_stream<R>(stream: Option<&Bound<'_, PyAny>>, work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    let Some(stream) = stream.filter(|s| !s.is_none()) else { return work() };
    let py = stream.py();
    stream.call_method0(intern!(py, "__enter__"))?;
    let result = work();
    stream.call_method1(intern!(py, "__exit__"), (py.None(), py.None(), py.None()))?;
    result
}

/// The keyword arguments of a call that are known; others are refused in CuPy's words.
fn keywords<'py, const N: usize>(kwargs: Option<&Bound<'py, PyDict>>, names: [&str; N]) -> PyResult<[Option<Bound<'py, PyAny>>; N]> {
    let mut found = [const { None }; N];
    let Some(kwargs) = kwargs else { return Ok(found) };
    let mut rest = Vec::new();
    for (key, value) in kwargs.iter() {
        match names.iter().position(|n| key.cast::<PyString>().is_ok_and(|k| k == *n)) {
            Some(k) => found[k] = Some(value).filter(|v| !v.is_none()),
            None => rest.push((key, value)),
        }
    }
    if rest.is_empty() {
        return Ok(found);
    }
    let unknown = PyDict::new(kwargs.py());
    rest.iter().try_for_each(|(k, v)| unknown.set_item(k, v))?;
    Err(PyTypeError::new_err(format!("Wrong arguments {}", unknown.repr()?)))
}

/// A count that must not be negative.
fn count(obj: &Bound<'_, PyAny>, what: &str) -> PyResult<usize> {
    let n = convert::index(obj)?;
    usize::try_from(n).map_err(|_| PyValueError::new_err(format!("{what} must not be negative")))
}

/// How to make a kernel again: what pickling needs.
fn again<'py>(
    class: Bound<'py, PyAny>,
    args: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    let py = class.py();
    let make = py.import("functools")?.getattr("partial")?.call((class,), Some(kwargs))?;
    Ok((make, args.into_pyobject(py)?))
}

/// Adds the classes, and the exception of texts that do not compile under CuPy's name.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<elementwise::ElementwiseKernel>()?;
    m.add_class::<reduction::ReductionKernel>()?;
    m.add_class::<raw::RawKernel>()?;
    m.add_class::<raw::RawModule>()?;
    let compiler = PyModule::new(m.py(), "cuprous.cuda.compiler")?;
    compiler.add("CompileException", m.getattr("CompileError")?)?;
    m.getattr("cuda")?.cast_into::<PyModule>()?.add("compiler", compiler)
}
