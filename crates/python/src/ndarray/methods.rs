//! What arrays do that no function of the same name does: copies, other shapes, other dtypes.

use super::NdArray;
use crate::convert;
use crate::detach::compute;
use crate::errors;
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::function::Ints;
use cuprous_array::manipulation;
use cuprous_core::Kind;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, can_cast};
use cuprous_core::shape::checked_size;
use cuprous_ops::ufuncs::arithmetic::CONJUGATE;
use pyo3::exceptions::{PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods, PyString, PyTuple, PyType};
use std::sync::Arc;

type Any<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// The order of a copy: what methods call `order`.
fn order_of(order: Any, default: MemoryOrder) -> PyResult<MemoryOrder> {
    order.filter(|o| !o.is_none()).map_or(Ok(default), convert::memory_order)
}

/// The casting rule of `astype`, which has one more in NumPy.
fn rule_of_astype(rule: &Bound<'_, PyAny>) -> PyResult<Casting> {
    let given = match rule.cast::<PyString>() {
        Ok(text) => text.to_str()?,
        Err(_) => return convert::casting(rule),
    };
    if given == "same_value" {
        return Err(PyNotImplementedError::new_err("casting='same_value' would read all elements: compare the result with the array"));
    }
    Casting::parse(given).map_err(|_| {
        PyValueError::new_err(format!("casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe', 'same_value' (got '{given}')"))
    })
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
        NdArray::like(slf, copy)
    }

    /// The elements converted to another dtype, as a copy unless `copy=False` and nothing has to change.
    #[pyo3(signature = (dtype, order = None, casting = None, subok = true, copy = true))]
    fn astype(slf: &Bound<'_, Self>, dtype: &Bound<'_, PyAny>, order: Any, casting: Any, subok: bool, copy: bool) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        let dtype = if dtype.is_none() { cuprous_core::DType::F64 } else { convert::dtype(dtype)? };
        let order = order_of(order, MemoryOrder::Keep)?;
        let casting = casting.map_or(Ok(Casting::Unsafe), rule_of_astype)?;
        let lies_right = match order {
            MemoryOrder::C => own.is_c_contiguous(),
            MemoryOrder::F => own.is_f_contiguous(),
            MemoryOrder::Any => own.is_c_contiguous() || own.is_f_contiguous(),
            MemoryOrder::Keep => true,
        };
        if own.n_axes() == 0 && !can_cast(own.dtype(), dtype, casting) {
            let (from, rule) = (own.dtype(), casting.name());
            return Err(PyTypeError::new_err(format!(
                "Cannot cast scalar from dtype('{from}') to dtype('{dtype}') according to the rule '{rule}'"
            )));
        }
        let is_plain = slf.is_exact_instance_of::<NdArray>();
        if !copy && dtype == own.dtype() && lies_right && (subok || is_plain) {
            return Ok(slf.clone().into_any().unbind());
        }
        let converted = compute(slf.py(), || astype(&own, dtype, casting, order))?;
        if subok { NdArray::like(slf, converted) } else { convert::to_python(slf.py(), converted) }
    }

    /// Writes a number to all elements.
    fn fill(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_writeable("assignment destination")?;
        let is_element = match convert::try_input(value)? {
            Some(convert::OwnedInput::Array(a)) => a.n_axes() == 0,
            other => other.is_some(),
        };
        if !is_element && value.getattr("ndim").and_then(|n| n.extract::<usize>()).unwrap_or(1) > 0 {
            return Err(PyValueError::new_err("setting an array element with a sequence."));
        }
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
        let own = slf.get().handle();
        let is_same = shape.len() == 1 && shape.get_item(0)?.is_none();
        let target = if is_same { own.shape().iter().map(|&n| n as isize).collect() } else { integers(shape)? };
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

    /// A copy of the elements along one axis.
    #[pyo3(signature = (order = None))]
    fn flatten(slf: &Bound<'_, Self>, order: Any) -> PyResult<Py<PyAny>> {
        let (own, order) = (slf.get().handle(), order_of(order, MemoryOrder::C)?);
        let copy = compute(slf.py(), || {
            let flat = manipulation::functions::ravel(&own, Some(order))?;
            if std::sync::Arc::ptr_eq(&flat.force()?, &own.force()?) { flat.copy() } else { Ok(flat) }
        })?;
        NdArray::like(slf, copy)
    }

    /// Another array over the same memory, perhaps with the bytes as another dtype, perhaps of a subclass.
    #[pyo3(signature = (dtype = None, r#type = None))]
    fn view(slf: &Bound<'_, Self>, dtype: Any, r#type: Any) -> PyResult<Py<PyAny>> {
        let own_class = slf.py().get_type::<NdArray>();
        let as_class =
            |obj: &Bound<'_, PyAny>| -> PyResult<bool> { obj.cast::<PyType>().map_or(Ok(false), |class| class.is_subclass(&own_class)) };
        // As in NumPy the class may stand in the place of the dtype.
        let (dtype, class) = match (dtype, r#type) {
            (Some(first), None) if as_class(first)? => (None, Some(first)),
            (Some(first), Some(_)) if as_class(first)? => return Err(PyValueError::new_err("Cannot specify output type twice.")),
            (first, class) => (first, class.filter(|c| !c.is_none())),
        };
        if let Some(class) = class
            && !as_class(class)?
        {
            return Err(PyValueError::new_err("Type must be a sub-type of ndarray type"));
        }
        let own = slf.get().handle();
        let dtype = convert::optional_dtype(dtype)?.filter(|d| *d != own.dtype());
        let view = compute(slf.py(), || match dtype {
            Some(dtype) => own.view_as(dtype),
            None => own.slice(&[Slice::Ellipsis]),
        })?;
        match class {
            Some(class) => NdArray::view_of_class(slf, view, class.cast::<PyType>()?),
            None => NdArray::view_of(slf, view),
        }
    }

    /// The complex conjugates; of real arrays the array itself.
    fn conjugate(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        if own.dtype().kind() != Kind::Complex {
            return Ok(slf.clone().into_any().unbind());
        }
        let result = compute(slf.py(), || own.map(&CONJUGATE))?;
        NdArray::like(slf, result)
    }

    /// The complex conjugates; of real arrays the array itself.
    fn conj(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        NdArray::conjugate(slf)
    }

    /// The elements with their bytes turned around, as a copy or in place.
    #[pyo3(signature = (inplace = false))]
    fn byteswap(slf: &Bound<'_, Self>, inplace: bool) -> PyResult<Py<PyAny>> {
        let own = slf.get().handle();
        if inplace {
            slf.get().check_writeable("array to be byte-swapped")?;
        }
        let turned = compute(slf.py(), || {
            let turned = own.byteswap()?;
            if inplace { own.assign((&turned).into()).map(|()| turned) } else { Ok(turned) }
        })?;
        if inplace { Ok(slf.clone().into_any().unbind()) } else { NdArray::like(slf, turned) }
    }

    /// Changes shape and size in place; new elements are zero.
    #[pyo3(signature = (*new_shape, refcheck = true))]
    fn resize(slf: &Bound<'_, Self>, new_shape: &Bound<'_, PyTuple>, refcheck: bool) -> PyResult<()> {
        if new_shape.is_empty() || (new_shape.len() == 1 && new_shape.get_item(0)?.is_none()) {
            return Ok(());
        }
        let given = integers(new_shape)?;
        let shape = given.into_iter().map(|n| usize::try_from(n).map_err(|_| PyValueError::new_err("negative dimensions not allowed")));
        let shape = shape.collect::<PyResult<Vec<_>>>()?;
        let array = slf.get();
        let size = checked_size(&shape, array.look(|a| a.dtype().size())).map_err(errors::raise)?;
        if array.look(|a| !a.is_c_contiguous() && !a.is_f_contiguous()) {
            return Err(PyValueError::new_err("resize only works on single-segment arrays"));
        }
        let own = array.handle();
        // Views keep their memory, so nothing breaks; but they would no longer look at this array.
        if size != own.size() {
            if array.base.is_some() {
                return Err(PyValueError::new_err("cannot resize this array: it does not own its data"));
            }
            if refcheck && own.force().map(|storage| Arc::strong_count(&storage)).map_err(errors::raise)? > 2 {
                return Err(PyValueError::new_err(
                    "cannot resize an array that references or is referenced\nby another array in this way.\nUse the np.resize function or refcheck=False",
                ));
            }
        }
        array.check_writeable("array to be resized")?;
        let resized = compute(slf.py(), || own.resized(&shape))?;
        drop(std::mem::replace(&mut *array.array.lock(), resized));
        Ok(())
    }

    /// A view with as few axes as strides allow.
    #[pyo3(signature = (dtype = None))]
    fn reduced_view(slf: &Bound<'_, Self>, dtype: Any) -> PyResult<Py<PyAny>> {
        let (own, dtype) = (slf.get().handle(), convert::optional_dtype(dtype)?);
        let view = compute(slf.py(), || {
            let view = own.reduced_view()?;
            dtype.map_or(Ok(view.clone()), |d| view.view_as(d))
        })?;
        NdArray::view_of(slf, view)
    }

    /// The array on another device; itself if it is there.
    #[pyo3(signature = (device, /, *, stream = None))]
    fn to_device(slf: &Bound<'_, Self>, device: &Bound<'_, PyAny>, stream: Any) -> PyResult<Py<PyAny>> {
        let _ = stream;
        let own = slf.get().handle();
        match convert::device(device)?.filter(|d| *d != own.device()) {
            None => Ok(slf.clone().into_any().unbind()),
            Some(device) => NdArray::like(slf, compute(slf.py(), || own.to_device(device))?),
        }
    }

    /// What NumPy asks for after a function of its own: results are ours already.
    #[pyo3(signature = (array, context = None, return_scalar = false))]
    fn __array_wrap__(slf: &Bound<'_, Self>, array: &Bound<'_, PyAny>, context: Any, return_scalar: bool) -> PyResult<Py<PyAny>> {
        let _ = (context, return_scalar);
        match array.cast::<NdArray>() {
            Ok(given) => {
                let own = given.get().handle();
                NdArray::view_of_class(given, own, &slf.get_type())
            }
            Err(_) => Err(PyTypeError::new_err(format!("expected a cuprous array, got {}", array.get_type().name()?))),
        }
    }
}
