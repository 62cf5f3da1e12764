//! `ReductionKernel`.

use super::{Call, again, keywords, on_stream, options};
use crate::convert;
use crate::detach::compute;
use crate::errors;
use cuprous_array::kernels::{self, ParamType, ReduceCall, ReductionText};
use cuprous_array::{DType, Input};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// A kernel that maps elements to values and reduces these along axes, with expressions in CUDA C++.
///
/// Parameters
/// ----------
/// in_params, out_params : str
///     The parameters, as for `ElementwiseKernel`.
/// map_expr : str
///     From the inputs' elements to a value; ``_J`` is the place along the reduced axes.
/// reduce_expr : str
///     From the values ``a`` and ``b`` to one.
/// post_map_expr : str
///     Statements that set the outputs from the value ``a``.
/// identity : str or None
///     The value with which reducing starts; without it, the first element.
/// name : str
///     What the kernel is called.
/// reduce_type : str, optional
///     The C++ type of the values; the first output's without it.
/// reduce_dims : bool
///     Has no effect: axes that can be one always become one.
/// preamble : str
///     Text in front of the kernel.
/// options : tuple of str
///     Options of the compiler.
#[pyclass(frozen, weakref, module = "cuprous", name = "ReductionKernel")]
pub struct ReductionKernel {
    kernel: kernels::ReductionKernel,
    reduce_dims: bool,
}

super::tells!(ReductionKernel);

#[pymethods]
impl ReductionKernel {
    #[new]
    #[pyo3(signature = (in_params, out_params, map_expr, reduce_expr, post_map_expr, identity, name = "reduce_kernel".to_string(), reduce_type = None, reduce_dims = true, preamble = String::new(), options = None))]
    #[allow(clippy::too_many_arguments)] // CuPy's parameters
    fn create(
        in_params: String,
        out_params: String,
        map_expr: String,
        reduce_expr: String,
        post_map_expr: String,
        identity: Option<&Bound<'_, PyAny>>,
        name: String,
        reduce_type: Option<String>,
        reduce_dims: bool,
        preamble: String,
        options: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<ReductionKernel> {
        // A number is as good as its text.
        let identity = match identity.filter(|i| !i.is_none()) {
            None => None,
            Some(i) => Some(i.str()?.extract::<String>()?).filter(|i| !i.is_empty()),
        };
        let options = self::options(options)?;
        let text =
            ReductionText { in_params, out_params, map_expr, reduce_expr, post_map_expr, identity, name, reduce_type, preamble, options };
        Ok(ReductionKernel { kernel: kernels::ReductionKernel::new(text).map_err(errors::raise)?, reduce_dims })
    }

    /// Runs the kernel: inputs, then outputs if they are not to be made. Keywords: `out`, `axis`, `keepdims`, `stream`.
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__(&self, py: Python<'_>, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        let [out, axis, keepdims, stream] = keywords(kwargs, ["out", "axis", "keepdims", "stream"])?;
        if args.len() != self.nin() && args.len() != self.nargs() {
            return Err(PyTypeError::new_err(format!("Wrong number of arguments for {}", self.kernel.text.name)));
        }
        let axes = axis.map(|a| convert::axes(&a)).transpose()?.flatten();
        let keep_axes = keepdims.map_or(Ok(false), |k| k.is_truthy())?;
        let mut call = Call::new(args.iter(), &self.kernel.ins)?;
        if let Some(out) = out {
            if !call.outputs.is_empty() {
                return Err(PyValueError::new_err("cannot specify 'out' as both a positional and keyword argument"));
            }
            match out.cast::<PyTuple>() {
                Ok(several) => several.iter().try_for_each(|o| call.push_output(&o))?,
                Err(_) => call.push_output(&out)?,
            }
        }
        let outputs = call.output_arrays();
        let made = on_stream(stream.as_ref(), || {
            compute(py, || {
                let inputs: Vec<Input> = call.inputs.iter().map(|i| i.as_input()).collect();
                self.kernel.call(&inputs, &outputs, &ReduceCall { axes: axes.as_deref(), keep_axes })
            })
        })?;
        let mut results = call.results(py, made)?;
        if results.len() == 1 {
            return Ok(results.remove(0));
        }
        Ok(PyTuple::new(py, results)?.into_any().unbind())
    }

    /// From elements to a value.
    #[getter]
    fn map_expr(&self) -> &str {
        &self.kernel.text.map_expr
    }

    /// From two values to one.
    #[getter]
    fn reduce_expr(&self) -> &str {
        &self.kernel.text.reduce_expr
    }

    /// From a value to the outputs.
    #[getter]
    fn post_map_expr(&self) -> &str {
        &self.kernel.text.post_map_expr
    }

    /// The value with which reducing starts.
    #[getter]
    fn identity(&self) -> Option<&str> {
        self.kernel.text.identity.as_deref()
    }

    /// The C++ type of the values: as given, or the first output's.
    #[getter]
    fn reduce_type(&self) -> &str {
        match (&self.kernel.text.reduce_type, &self.kernel.outs[0].of) {
            (Some(given), _) => given,
            (None, ParamType::Placeholder(letter)) => letter,
            (None, ParamType::Dtype(DType::F16)) => "float16",
            (None, ParamType::Dtype(DType::C64)) => "complex<float>",
            (None, ParamType::Dtype(DType::C128)) => "complex<double>",
            (None, ParamType::Dtype(d)) => d.cuda_name(),
        }
    }

    /// As given.
    #[getter]
    fn reduce_dims(&self) -> bool {
        self.reduce_dims
    }

    /// The options of the compiler.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.kernel.text.options)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, text) = (slf.py(), &slf.get().kernel.text);
        let kwargs = PyDict::new(py);
        kwargs.set_item("preamble", &text.preamble)?;
        kwargs.set_item("options", slf.get().options(py)?)?;
        kwargs.set_item("reduce_type", text.reduce_type.as_ref().map(|t| PyString::new(py, t)))?;
        kwargs.set_item("reduce_dims", slf.get().reduce_dims)?;
        let args = (
            &text.in_params,
            &text.out_params,
            &text.map_expr,
            &text.reduce_expr,
            &text.post_map_expr,
            text.identity.as_deref(),
            &text.name,
        );
        again(slf.get_type().into_any(), args, &kwargs)
    }
}
