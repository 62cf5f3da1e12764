//! What arrays do: copies, other shapes, reductions.

use super::NdArray;
use crate::convert;
use crate::detach::compute;
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::function::Ints;
use cuprous_array::{Array, Input};
use cuprous_array::{linalg, logic, manipulation, math, sorting, statistics};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Result};
use pyo3::exceptions::{PyNotImplementedError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods, PyTuple};

type Any<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// The arguments of a reduction.
struct Arguments<'a> {
    a: &'a Array,
    axis: Option<&'a [isize]>,
    dtype: Option<DType>,
    out: Option<&'a Array>,
    initial: Option<Input<'a>>,
    mask: Option<&'a Array>,
}

/// A reduction as a method: converts the arguments and calls the function of the same name.
fn reduce(
    slf: &Bound<'_, NdArray>,
    [axis, dtype, out, initial, mask]: [Any; 5],
    f: impl FnOnce(&Arguments) -> Result<Array> + Send,
) -> PyResult<Py<PyAny>> {
    let (py, own) = (slf.py(), slf.get().handle());
    let axes = axis.map(convert::axes).transpose()?.flatten();
    let dtype = convert::optional_dtype(dtype)?;
    let target = convert::output(out)?;
    let out_array = target.map(|t| t.get().handle());
    let initial = initial.filter(|i| !i.is_none()).map(convert::input).transpose()?;
    let mask = match mask.filter(|m| !m.is_none()).map(convert::input).transpose()? {
        Some(m) => Some(compute(py, || m.into_array(Some(own.device())))?),
        None => None,
    };
    let result = compute(py, || {
        let initial = initial.as_ref().map(|i| i.as_input());
        f(&Arguments { a: &own, axis: axes.as_deref(), dtype, out: out_array.as_ref(), initial, mask: mask.as_ref() })
    })?;
    match target {
        Some(t) => Ok(t.clone().into_any().unbind()),
        None => convert::to_python(py, result),
    }
}

/// argmax and argmin: one axis, or the flattened array.
fn position(
    slf: &Bound<'_, NdArray>,
    axis: Any,
    out: Any,
    dtype: Any,
    f: impl FnOnce(&Array, Option<isize>, Option<&Array>) -> Result<Array> + Send,
) -> PyResult<Py<PyAny>> {
    let (py, own) = (slf.py(), slf.get().handle());
    let axis = axis.filter(|a| !a.is_none()).map(convert::index).transpose()?;
    let dtype = convert::optional_dtype(dtype)?;
    let target = convert::output(out)?;
    let out_array = target.map(|t| t.get().handle());
    let result = compute(py, || {
        let found = f(&own, axis, out_array.as_ref())?;
        match dtype {
            Some(d) if out_array.is_none() && d != found.dtype() => found.astype(d),
            _ => Ok(found),
        }
    })?;
    match target {
        Some(t) => Ok(t.clone().into_any().unbind()),
        None => convert::to_python(py, result),
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
        self.check_writeable("assignment destination")?;
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
        let view = compute(slf.py(), || manipulation::functions::reshape(&own, Ints(&target), Some(order), copy))?;
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
        let view = compute(slf.py(), || manipulation::functions::swapaxes(&own, one, two))?;
        NdArray::view_of(slf, view)
    }

    /// Without the axes of length 1, all or those given; as a view.
    #[pyo3(signature = (axis = None))]
    fn squeeze(slf: &Bound<'_, Self>, axis: Any) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let axes = axis.map(convert::axes).transpose()?.flatten();
        let view = compute(slf.py(), || manipulation::functions::squeeze(&own, axes.as_deref()))?;
        NdArray::view_of(slf, view)
    }

    /// The elements along one axis: a view where strides allow.
    #[pyo3(signature = (order = None))]
    fn ravel(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let flat = compute(slf.py(), || manipulation::functions::ravel(&own, Some(order)))?;
        NdArray::view_of(slf, flat)
    }

    /// A copy of the elements along one axis.
    #[pyo3(signature = (order = None))]
    fn flatten(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let copy = compute(slf.py(), || {
            let flat = manipulation::functions::ravel(&own, Some(order))?;
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
        let out_array = target.map(|t| t.get().handle());
        let result = compute(py, || linalg::functions::dot(&own, &other.into_array(Some(own.device()))?, out_array.as_ref()))?;
        match target {
            Some(t) => Ok(t.clone().into_any().unbind()),
            None => convert::to_python(py, result),
        }
    }

    /// Running sums along an axis, or of the flattened array.
    #[pyo3(signature = (axis = None, dtype = None, out = None))]
    fn cumsum(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any) -> PyResult<Py<PyAny>> {
        let dtype = convert::optional_dtype(dtype)?;
        position(slf, axis, out, None, |a, axis, out| math::functions::cumsum(a, axis, dtype, out))
    }

    /// The sum of the elements, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false, initial = None, r#where = None))]
    fn sum(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool, initial: Any, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, dtype, out, initial, r#where], |x| {
            math::functions::sum(x.a, x.axis, x.dtype, x.out, keepdims, x.initial, x.mask)
        })
    }

    /// The product of the elements, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false, initial = None, r#where = None))]
    fn prod(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool, initial: Any, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, dtype, out, initial, r#where], |x| {
            math::functions::prod(x.a, x.axis, x.dtype, x.out, keepdims, x.initial, x.mask)
        })
    }

    /// The arithmetic mean, along axes or of all.
    #[pyo3(signature = (axis = None, dtype = None, out = None, keepdims = false, *, r#where = None))]
    fn mean(slf: &Bound<'_, Self>, axis: Any, dtype: Any, out: Any, keepdims: bool, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, dtype, out, None, r#where], |x| statistics::functions::mean(x.a, x.axis, x.dtype, x.out, keepdims, x.mask))
    }

    /// The largest element, along axes or of all; NaN if there is one.
    #[pyo3(signature = (axis = None, out = None, keepdims = false, initial = None, r#where = None))]
    fn max(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool, initial: Any, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, None, out, initial, r#where], |x| math::functions::max(x.a, x.axis, x.out, keepdims, x.initial, x.mask))
    }

    /// The smallest element, along axes or of all; NaN if there is one.
    #[pyo3(signature = (axis = None, out = None, keepdims = false, initial = None, r#where = None))]
    fn min(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool, initial: Any, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, None, out, initial, r#where], |x| math::functions::min(x.a, x.axis, x.out, keepdims, x.initial, x.mask))
    }

    /// Whether any element is true, along axes or of all.
    #[pyo3(signature = (axis = None, out = None, keepdims = false, *, r#where = None))]
    fn any(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, None, out, None, r#where], |x| logic::functions::any(x.a, x.axis, x.out, keepdims, x.mask))
    }

    /// Whether all elements are true, along axes or of all.
    #[pyo3(signature = (axis = None, out = None, keepdims = false, *, r#where = None))]
    fn all(slf: &Bound<'_, Self>, axis: Any, out: Any, keepdims: bool, r#where: Any) -> PyResult<Py<PyAny>> {
        reduce(slf, [axis, None, out, None, r#where], |x| logic::functions::all(x.a, x.axis, x.out, keepdims, x.mask))
    }

    /// The index of the largest element, along one axis or of the flattened array.
    #[pyo3(signature = (axis = None, out = None, dtype = None, keepdims = false))]
    fn argmax(slf: &Bound<'_, Self>, axis: Any, out: Any, dtype: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        position(slf, axis, out, dtype, |a, axis, out| sorting::functions::argmax(a, axis, out, keepdims))
    }

    /// The index of the smallest element, along one axis or of the flattened array.
    #[pyo3(signature = (axis = None, out = None, dtype = None, keepdims = false))]
    fn argmin(slf: &Bound<'_, Self>, axis: Any, out: Any, dtype: Any, keepdims: bool) -> PyResult<Py<PyAny>> {
        position(slf, axis, out, dtype, |a, axis, out| sorting::functions::argmin(a, axis, out, keepdims))
    }
}
