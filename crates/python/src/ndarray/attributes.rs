//! What an array is: its attributes.

use super::NdArray;
use crate::cuda::PyDevice;
use crate::detach::compute;
use crate::{convert, interop};
use cuprous_array::creation;
use cuprous_core::{DeviceKind, Scalar};
use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

#[pymethods]
impl NdArray {
    /// Type of the elements.
    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::dtype_to_python(py, self.look(|a| a.dtype()))
    }

    /// Extents along the axes.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.look(|a| PyTuple::new(py, a.shape()))
    }

    #[setter]
    fn set_shape(slf: &Bound<'_, Self>, shape: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let target = convert::shape(shape)?;
        let own = slf.get().handle();
        let view = compute(py, || {
            let view = own.reshape(&target)?;
            Ok(std::sync::Arc::ptr_eq(&view.force()?, &own.force()?).then_some(view))
        })?;
        let Some(view) = view else {
            return Err(PyAttributeError::new_err(
                "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape.",
            ));
        };
        let old = std::mem::replace(&mut *slf.get().array.lock(), view);
        drop(old);
        Ok(())
    }

    /// Bytes from one element to the next along each axis.
    #[getter]
    fn strides<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.look(|a| PyTuple::new(py, a.strides()))
    }

    /// Number of axes.
    #[getter]
    fn ndim(&self) -> usize {
        self.look(|a| a.n_axes())
    }

    /// Number of elements.
    #[getter]
    fn size(&self) -> usize {
        self.look(|a| a.size())
    }

    /// Bytes of one element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.look(|a| a.dtype().size())
    }

    /// Bytes of all elements.
    #[getter]
    fn nbytes(&self) -> usize {
        self.look(|a| a.size() * a.dtype().size())
    }

    /// The device on which the array lives.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::new(self.look(|a| a.device()))
    }

    /// The array whose memory this one looks at, or None.
    #[getter]
    fn base(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.base.as_ref().map(|b| b.clone_ref(py))
    }

    /// The axes reversed, as a view.
    #[getter(T)]
    fn transposed(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let view = compute(slf.py(), || own.t())?;
        NdArray::view_of(slf, view)
    }

    /// The last two axes swapped, as a view.
    #[getter(mT)]
    fn matrix_transposed(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let n = own.n_axes() as isize;
        if n < 2 {
            return Err(PyValueError::new_err("matrix transpose with ndim < 2 is undefined"));
        }
        let axes: Vec<isize> = (0..n - 2).chain([n - 1, n - 2]).collect();
        let view = compute(slf.py(), || own.permute(&axes))?;
        NdArray::view_of(slf, view)
    }

    /// The real parts, as a view.
    #[getter]
    fn real(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        if own.dtype().real() == own.dtype() {
            return Ok(slf.clone().into_any().unbind());
        }
        let view = compute(slf.py(), || own.real())?;
        NdArray::view_of(slf, view)
    }

    #[setter]
    fn set_real(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_writeable("assignment destination")?;
        let own = self.handle();
        let part = compute(py, || own.real())?;
        super::indexing::write(py, &part, value)
    }

    /// The imaginary parts, as a view; of real arrays new zeros.
    #[getter]
    fn imag(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let (py, own) = (slf.py(), slf.get().handle());
        if own.dtype().real() == own.dtype() {
            let zeros = compute(py, || creation::full_like(&own, None, Scalar::zero(own.dtype()), Default::default()))?;
            return convert::to_python(py, zeros);
        }
        let view = compute(py, || own.imag())?;
        NdArray::view_of(slf, view)
    }

    #[setter]
    fn set_imag(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_writeable("assignment destination")?;
        let own = self.handle();
        if own.dtype().real() == own.dtype() {
            return Err(PyTypeError::new_err("array does not have imaginary part to set"));
        }
        let part = compute(py, || own.imag())?;
        super::indexing::write(py, &part, value)
    }

    /// What other libraries for CUDA read; only arrays on a GPU have it.
    #[getter]
    fn __cuda_array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let own = self.handle();
        if own.device().kind != DeviceKind::Cuda {
            return Err(PyAttributeError::new_err(format!("an array on {} has no __cuda_array_interface__", own.device())));
        }
        let (address, stream) = compute(py, || interop::foreign::lend(&own))?;
        let interface = PyDict::new(py);
        let typestr = format!("{}{}", if own.dtype().size() == 1 { '|' } else { '<' }, own.dtype().typestr());
        interface.set_item("shape", PyTuple::new(py, own.shape())?)?;
        interface.set_item("typestr", &typestr)?;
        interface.set_item("descr", PyList::new(py, [("", &typestr)])?)?;
        interface.set_item("strides", if own.is_c_contiguous() { None } else { Some(PyTuple::new(py, own.strides())?) })?;
        interface.set_item("data", (if own.size() == 0 { 0 } else { address }, self.is_read_only()))?;
        interface.set_item("version", 3)?;
        // 0 is not allowed there: the legacy default stream is 1.
        interface.set_item("stream", stream.max(1))?;
        Ok(interface)
    }
}
