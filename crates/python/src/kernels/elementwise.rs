//! `ElementwiseKernel`.

use super::{Call, again, count, keywords, on_stream, options};
use crate::detach::compute;
use crate::errors;
use cuprous_array::Input;
use cuprous_array::kernels::{self, ElementwiseText};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// A kernel that runs statements in CUDA C++ for each element of arrays that broadcast.
///
/// Parameters
/// ----------
/// in_params, out_params : str
///     The parameters, such as ``'T x, raw float32 y'``: a dtype's name or a letter for any dtype, then a name.
///     Elements go by the name; a ``raw`` array is indexed, ``y[i]``.
/// operation : str
///     The statements; ``i`` is the index, ``n`` the number of indices, ``_ind.get()`` the index along each axis.
/// name : str
///     What the kernel is called.
/// reduce_dims : bool
///     Whether axes that can be one become one.
/// preamble : str
///     Text in front of the kernel.
/// no_return : bool
///     Whether a call returns nothing.
/// return_tuple : bool
///     Whether a call returns a tuple even of one array.
/// options : tuple of str
///     Options of the compiler.
/// loop_prep, after_loop : str
///     What each thread runs before its first and after its last element.
#[pyclass(frozen, weakref, module = "cuprous", name = "ElementwiseKernel")]
pub struct ElementwiseKernel {
    kernel: kernels::ElementwiseKernel,
    no_return: bool,
    return_tuple: bool,
    kwargs: Py<PyDict>,
    doc: String,
}

super::tells!(ElementwiseKernel);

#[pymethods]
impl ElementwiseKernel {
    #[new]
    #[pyo3(signature = (in_params, out_params, operation, name = "kernel".to_string(), reduce_dims = true, preamble = String::new(), no_return = false, return_tuple = false, **kwargs))]
    #[allow(clippy::too_many_arguments)] // CuPy's parameters
    fn create(
        py: Python<'_>,
        in_params: String,
        out_params: String,
        operation: String,
        name: String,
        reduce_dims: bool,
        preamble: String,
        no_return: bool,
        return_tuple: bool,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<ElementwiseKernel> {
        let [given, prep, after, doc] = keywords(kwargs, ["options", "loop_prep", "after_loop", "doc"])?;
        let text = |o: Option<Bound<'_, PyAny>>| o.map_or(Ok(String::new()), |o| o.extract());
        let kernel = kernels::ElementwiseKernel::new(ElementwiseText {
            in_params,
            out_params,
            operation,
            name,
            preamble,
            options: options(given.as_ref())?,
            loop_prep: text(prep)?,
            after_loop: text(after)?,
            keeps_axes: !reduce_dims,
        })
        .map_err(errors::raise)?;
        let kwargs = kwargs.map_or_else(|| Ok(PyDict::new(py)), |k| k.copy())?.unbind();
        Ok(ElementwiseKernel { kernel, no_return, return_tuple, kwargs, doc: text(doc)? })
    }

    /// Runs the kernel: inputs, then outputs if they are not to be made. Keywords: `size`, the number of indices where
    /// all arrays are raw; `block_size`, the threads of a block; `stream`.
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__(&self, py: Python<'_>, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        let [size, block, stream] = keywords(kwargs, ["size", "block_size", "stream"])?;
        let size = size.map(|s| count(&s, "size")).transpose()?;
        let block = match block {
            Some(b) => usize::try_from(crate::convert::index(&b)?).unwrap_or(0),
            None => 128,
        };
        if block == 0 {
            return Err(PyValueError::new_err("block_size must be greater than zero"));
        }
        let (n, n_in, n_all) = (args.len(), self.nin(), self.nargs());
        if n != n_in && n != n_all {
            return Err(PyTypeError::new_err(format!(
                "Wrong number of arguments for '{}'. It must be either {n_in} or {n_all} (with outputs), but given {n}.",
                self.kernel.text.name
            )));
        }
        let call = Call::new(args.iter(), &self.kernel.ins)?;
        let outputs = call.output_arrays();
        let made = on_stream(stream.as_ref(), || {
            compute(py, || {
                let inputs: Vec<Input> = call.inputs.iter().map(|i| i.as_input()).collect();
                self.kernel.call(&inputs, &outputs, size, block)
            })
        })?;
        if self.no_return {
            return Ok(py.None());
        }
        let mut results = call.results(py, made)?;
        if !self.return_tuple && results.len() == 1 {
            return Ok(results.remove(0));
        }
        Ok(PyTuple::new(py, results)?.into_any().unbind())
    }

    #[getter]
    fn __doc__(&self) -> &str {
        &self.doc
    }

    /// The statements.
    #[getter]
    fn operation(&self) -> &str {
        &self.kernel.text.operation
    }

    /// Whether axes that can be one become one.
    #[getter]
    fn reduce_dims(&self) -> bool {
        !self.kernel.text.keeps_axes
    }

    /// Whether a call returns nothing.
    #[getter]
    fn no_return(&self) -> bool {
        self.no_return
    }

    /// Whether a call returns a tuple even of one array.
    #[getter]
    fn return_tuple(&self) -> bool {
        self.return_tuple
    }

    /// The other arguments with which it was made.
    #[getter]
    fn kwargs(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        Ok(self.kwargs.bind(py).copy()?.unbind())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let own = slf.get();
        let text = &own.kernel.text;
        let args = (
            &text.in_params,
            &text.out_params,
            &text.operation,
            &text.name,
            !text.keeps_axes,
            &text.preamble,
            own.no_return,
            own.return_tuple,
        );
        again(slf.get_type().into_any(), args, own.kwargs.bind(slf.py()))
    }
}
