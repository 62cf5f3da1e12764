//! What arrays do: copies, other shapes, reductions.

use super::NdArray;
use crate::convert;
use crate::detach::compute;
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::engine::{self, ReduceOptions};
use cuprous_array::{Array, linalg, math};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{ReduceDef, Result};
use cuprous_ops::{reductions as r, scans};
use pyo3::exceptions::{PyNotImplementedError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods, PyTuple};

type Any<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// A reduction as a method.
fn reduce(slf: &Bound<'_, NdArray>, def: &'static ReduceDef, axis: Any, dtype: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
    let (py, own) = (slf.py(), slf.get().handle());
    let axes = axis.map(convert::axes).transpose()?.flatten();
    let dtype = convert::optional_dtype(dtype)?;
    let target = convert::output(out)?;
    let out_array = target.map(|t| t.get().handle());
    let options = ReduceOptions { axes: axes.as_deref(), dtype, out: out_array.as_ref(), keep_axes: keepdims };
    let result = compute(py, || engine::reduce(def, &own, &options))?;
    match target {
        Some(t) => Ok(t.clone().into_any().unbind()),
        None => convert::to_python(py, result),
    }
}

/// argmax and argmin: one axis, or the flattened array.
fn position(slf: &Bound<'_, NdArray>, def: &'static ReduceDef, axis: Any, out: Any, dtype: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
    if let Some(a) = axis
        && a.is_instance_of::<PyTuple>()
    {
        return Err(PyTypeError::new_err("'tuple' object cannot be interpreted as an integer"));
    }
    let wanted = convert::optional_dtype(dtype)?;
    let found = reduce(slf, def, axis, None, out, keepdims)?;
    match wanted {
        Some(d) if out.is_none() => {
            let found = found.bind(slf.py()).cast::<NdArray>()?.get().handle();
            let found = compute(slf.py(), || found.astype(d))?;
            convert::to_python(slf.py(), found)
        }
        _ => Ok(found),
    }
}

/// The order of a copy: what methods call `order`.
fn order_of(order: Any, default: MemoryOrder) -> PyResult<MemoryOrder> {
    order.filter(|o| !o.is_none()).map_or(Ok(default), convert::memory_order)
}

/// Numbers given one by one or as one sequence.
fn integers(args: &Bound<'_, PyTuple>) -> PyResult<Vec<isize>> {
    if args.len() == 1 { convert::shape(&args.get_item(0)?) } else { args.iter().map(|i| convert::index(&i)).collect() }
}

/// Whether an order that may be either means Fortran order for this array.
fn is_fortran(order: MemoryOrder, a: &Array) -> bool {
    match order {
        MemoryOrder::F => true,
        MemoryOrder::C => false,
        MemoryOrder::Any | MemoryOrder::Keep => a.is_f_contiguous() && !a.is_c_contiguous(),
    }
}

/// The elements under another shape, read in C or in Fortran order.
fn reshaped(a: &Array, shape: &[isize], fortran: bool) -> Result<Array> {
    if !fortran {
        return a.reshape(shape);
    }
    // Fortran order is the C order of the transposed array.
    let reversed: Vec<isize> = shape.iter().rev().copied().collect();
    a.t()?.reshape(&reversed)?.t()
}

#[pymethods]
impl NdArray {
    /// A copy, in C order unless told otherwise.
    #[pyo3(signature = (order = None))]
    fn copy(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let copy = compute(slf.py(), || astype(&own, own.dtype(), Casting::Unsafe, order))?;
        convert::to_python(slf.py(), copy)
    }

    /// The elements converted to another dtype, as a copy unless `copy=False` and nothing has to change.
    #[pyo3(signature = (dtype, order = None, casting = None, subok = true, copy = true))]
    fn astype(slf: &Bound<'_, Self>, dtype: &Bound<'_, PyAny>, order: Any, casting: Any, subok: bool, copy: bool) -> PyResult<Py<PyAny>> {
        let _ = subok;
        let own = slf.get().handle();
        let dtype = if dtype.is_none() { cuprous_core::DType::F64 } else { convert::dtype(dtype)? };
        let order = order_of(order, MemoryOrder::Keep)?;
        let casting = casting.map_or(Ok(Casting::Unsafe), convert::casting)?;
        let lies_right = match order {
            MemoryOrder::C => own.is_c_contiguous(),
            MemoryOrder::F => own.is_f_contiguous(),
            MemoryOrder::Any => own.is_c_contiguous() || own.is_f_contiguous(),
            MemoryOrder::Keep => true,
        };
        if !copy && dtype == own.dtype() && lies_right {
            return Ok(slf.clone().into_any().unbind());
        }
        let converted = compute(slf.py(), || astype(&own, dtype, casting, order))?;
        convert::to_python(slf.py(), converted)
    }

    /// Writes a number to all elements.
    fn fill(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        super::indexing::write(py, &self.handle(), value)
    }

    /// The elements under another shape: a view where strides allow, else a copy.
    #[pyo3(signature = (*shape, **options))]
    fn reshape(slf: &Bound<'_, Self>, shape: &Bound<'_, PyTuple>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        let (mut order, mut copy) = (MemoryOrder::C, None);
        for (key, value) in options.into_iter().flat_map(|o| o.iter()) {
            match &key.extract::<String>()?[..] {
                "order" => order = order_of(Some(&value), MemoryOrder::C)?,
                "copy" => copy = if value.is_none() { None } else { Some(value.is_truthy()?) },
                other => return Err(PyTypeError::new_err(format!("'{other}' is an invalid keyword argument for this function"))),
            }
        }
        if shape.is_empty() {
            return Err(PyTypeError::new_err("reshape() takes exactly 1 argument (0 given)"));
        }
        let (own, target) = (slf.get().handle(), integers(shape)?);
        let fortran = is_fortran(order, &own);
        let view = compute(slf.py(), || {
            let view = reshaped(&own, &target, fortran)?;
            let shares = std::sync::Arc::ptr_eq(&view.force()?, &own.force()?);
            match copy {
                Some(true) if shares => view.copy(),
                Some(false) if !shares => Err(cuprous_core::Error::value("Unable to avoid creating a copy while reshaping.")),
                _ => Ok(view),
            }
        })?;
        NdArray::view_of(slf, view)
    }

    /// The axes in another order, reversed if none is given; as a view.
    #[pyo3(signature = (*axes))]
    fn transpose(slf: &Bound<'_, Self>, axes: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let reverse = axes.is_empty() || (axes.len() == 1 && axes.get_item(0)?.is_none());
        let view = if reverse {
            compute(slf.py(), || own.t())?
        } else {
            let axes = integers(axes)?;
            compute(slf.py(), || own.permute(&axes))?
        };
        NdArray::view_of(slf, view)
    }

    /// Two axes swapped, as a view.
    fn swapaxes(slf: &Bound<'_, Self>, axis1: &Bound<'_, PyAny>, axis2: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let (one, two) = (convert::index(axis1)?, convert::index(axis2)?);
        let view = compute(slf.py(), || {
            let (one, two) = (normalize_axis(one, own.n_axes())?, normalize_axis(two, own.n_axes())?);
            let mut axes: Vec<isize> = (0..own.n_axes() as isize).collect();
            axes.swap(one, two);
            own.permute(&axes)
        })?;
        NdArray::view_of(slf, view)
    }

    /// Without the axes of length 1, all or those given; as a view.
    #[pyo3(signature = (axis = None))]
    fn squeeze(slf: &Bound<'_, Self>, axis: Any) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let axes = axis.map(convert::axes).transpose()?.flatten();
        let view = compute(slf.py(), || {
            let mut dropped: Vec<bool> = own.shape().iter().map(|&n| n == 1 && axes.is_none()).collect();
            for &axis in axes.iter().flatten() {
                let k = normalize_axis(axis, own.n_axes())?;
                if own.shape()[k] != 1 {
                    return Err(cuprous_core::Error::value("cannot select an axis to squeeze out which has size not equal to one"));
                }
                if std::mem::replace(&mut dropped[k], true) {
                    return Err(cuprous_core::Error::value("duplicate value in 'axis'"));
                }
            }
            let index: Vec<Slice> = dropped.iter().map(|&d| if d { Slice::At(0) } else { Slice::Range(None, None, 1) }).chain([Slice::Ellipsis]).collect();
            own.slice(&index)
        })?;
        NdArray::view_of(slf, view)
    }

    /// The elements along one axis: a view where strides allow.
    #[pyo3(signature = (order = None))]
    fn ravel(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let fortran = is_fortran(order, &own);
        let view = compute(slf.py(), || reshaped(&own, &[-1], fortran))?;
        NdArray::view_of(slf, view)
    }

    /// A copy of the elements along one axis.
    #[pyo3(signature = (order = None))]
    fn flatten(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let fortran = is_fortran(order, &own);
        let copy = compute(slf.py(), || {
            let flat = reshaped(&own, &[-1], fortran)?;
            if std::sync::Arc::ptr_eq(&flat.force()?, &own.force()?) { flat.copy() } else { Ok(flat) }
        })?;
        convert::to_python(slf.py(), copy)
    }

    /// Another array over the same memory.
    #[pyo3(signature = (dtype = None))]
    fn view(slf: &Bound<'_, Self>, dtype: Any) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        if convert::optional_dtype(dtype)?.is_some_and(|d| d != own.dtype()) {
            return Err(PyNotImplementedError::new_err("view() as another dtype is not there yet"));
        }
        let view = compute(slf.py(), || own.slice(&[Slice::Ellipsis]))?;
        NdArray::view_of(slf, view)
    }

    /// The product with another array: of matrices where both have two axes.
    #[pyo3(signature = (b, out = None))]
    fn dot(slf: &Bound<'_, Self>, b: &Bound<'_, PyAny>, out: Any) -> PyResult<Py<PyAny>> {
        let (py, own) = (slf.py(), slf.get().handle());
        let other = convert::input(b)?;
        let target = convert::output(out)?;
        let result = compute(py, || {
            let other = other.into_array(Some(own.device()))?;
            if own.n_axes() == 0 || other.n_axes() == 0 {
                return math::multiply(&own, &other);
            }
            if other.n_axes() > 2 {
                return Err(cuprous_core::Error::unsupported("dot with an array of more than two axes is not there yet: use matmul"));
            }
            linalg::matmul(&own, &other)
        })?;
        match target {
            Some(t) => {
                let target = t.get().handle();
                if target.dtype() != result.dtype() || target.shape() != result.shape() {
                    return Err(pyo3::exceptions::PyValueError::new_err("output array is not acceptable (must have the right datatype, number of dimensions, and be a C-Array)"));
                }
                compute(py, || target.assign((&result).into()))?;
                Ok(t.clone().into_any().unbind())
            }
            None => convert::to_python(py, result),
        }
    }

    /// Running sums along an axis, or of the flattened array.
    #[pyo3(signature = (axis = None, dtype = None, out = None))]
    fn cumsum(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any) -> PyResult<Py<PyAny>> {
        let (py, own) = (slf.py(), slf.get().handle());
        let axis = axis.filter(|a| !a.is_none()).map(convert::index).transpose()?;
        let target = convert::output(out)?;
        let dtype = convert::optional_dtype(dtype)?;
        let result = compute(py, || engine::scan(&scans::CUMSUM, &own, axis, dtype))?;
        match target {
            None => convert::to_python(py, result),
            Some(t) => {
                let target = t.get().handle();
                if target.shape() != result.shape() {
                    return Err(pyo3::exceptions::PyValueError::new_err("provided out is the wrong size for the accumulation."));
                }
                compute(py, || target.assign((&result).into()))?;
                Ok(t.clone().into_any().unbind())
            }
        }
    }

    /// The sum of the elements, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false))]
    fn sum(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::SUM, axis, dtype, out, keepdims)
    }

    /// The product of the elements, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false))]
    fn prod(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::PROD, axis, dtype, out, keepdims)
    }

    /// The arithmetic mean, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false))]
    fn mean(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::MEAN, axis, dtype, out, keepdims)
    }

    /// The largest element, along axes or of all; NaN if there is one.
    #[pyo3(signature = (axis = None, out = None, keepdims = false))]
    fn max(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::MAX, axis, None, out, keepdims)
    }

    /// The smallest element, along axes or of all; NaN if there is one.
    #[pyo3(signature = (axis = None, out = None, keepdims = false))]
    fn min(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::MIN, axis, None, out, keepdims)
    }

    /// Whether any element is true, along axes or of all.
    #[pyo3(signature = (axis = None, out = None, keepdims = false))]
    fn any(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::ANY, axis, None, out, keepdims)
    }

    /// Whether all elements are true, along axes or of all.
    #[pyo3(signature = (axis = None, out = None, keepdims = false))]
    fn all(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        reduce(slf, &r::ALL_TRUE, axis, None, out, keepdims)
    }

    /// The index of the largest element, along one axis or of the flattened array.
    #[pyo3(signature = (axis = None, out = None, dtype = None, keepdims = false))]
    fn argmax(slf: &Bound<'_, Self>, axis: Any, out: Any, dtype: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        position(slf, &r::ARGMAX, axis, out, dtype, keepdims)
    }

    /// The index of the smallest element, along one axis or of the flattened array.
    #[pyo3(signature = (axis = None, out = None, dtype = None, keepdims = false))]
    fn argmin(slf: &Bound<'_, Self>, axis: Any, out: Any, dtype: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        position(slf, &r::ARGMIN, axis, out, dtype, keepdims)
    }
}
