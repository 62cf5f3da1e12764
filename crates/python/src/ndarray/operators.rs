//! Operators of arrays, theirs and those of whoever stands on the left.

use super::{NdArray, of_subclass};
use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::errors::unsupported_type;
use crate::numpy::numpy;
use cuprous_array::creation::{CreateOptions, full};
use cuprous_array::engine::elementwise::{MemoryOrder, astype};
use cuprous_array::engine::{Input, UfuncOptions, apply};
use cuprous_array::{Array, linalg};
use cuprous_core::promote::{Casting, can_cast};
use cuprous_core::shape::broadcast;
use cuprous_core::{Device, Kind, Scalar, UfuncDef, Weak};
use cuprous_ops::ufuncs::{arithmetic as a, bitwise as b, comparison as c, exponential as e};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

/// The right side of an in-place operator. What is none makes Python try the operator that is not in place,
/// which says what is wrong.
struct Operand {
    value: OwnedInput,
    /// Whether it was made of a list, and may go to the device where it is wanted
    is_list: bool,
}

impl<'py> FromPyObject<'_, 'py> for Operand {
    type Error = PyErr;

    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Operand> {
        if is_list(&obj) {
            let array = convert::array_like(obj.py(), &obj, None, None)?;
            return Ok(Operand { value: OwnedInput::Array(array), is_list: true });
        }
        Ok(Operand { value: convert::input(&obj)?, is_list: false })
    }
}

impl Operand {
    fn on(self, py: Python<'_>, device: Device) -> PyResult<OwnedInput> {
        match self.value {
            OwnedInput::Array(a) if self.is_list && a.device() != device => compute(py, || a.to_device(device)).map(OwnedInput::Array),
            value => Ok(value),
        }
    }
}

fn is_list(obj: &Bound<'_, PyAny>) -> bool {
    obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>()
}

/// The other side of an operator; `None` leaves the operation to the other side.
#[inline]
fn operand(slf: &Bound<'_, NdArray>, other: &Bound<'_, PyAny>) -> PyResult<Option<OwnedInput>> {
    match convert::try_input(other)? {
        Some(v) => Ok(Some(v)),
        None if is_list(other) => {
            let device = slf.get().look(|a| a.device());
            convert::array_like(other.py(), other, None, Some(device)).map(|a| Some(OwnedInput::Array(a)))
        }
        // NumPy would convert us element by element, or ask us again.
        None if numpy(other.py())?.is_array(other) => Err(unsupported_type(other)),
        None => Ok(None),
    }
}

/// The operands of an operator in their order.
type Sides<'a, 'py> = (&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>);

/// A result of an operator, of the subclass of one side.
#[inline]
fn made(sides: Sides, result: Array, name: &'static str, place: usize) -> PyResult<Py<PyAny>> {
    let py = sides.0.py();
    let (left, right) = (sides.0.cast::<NdArray>().ok(), sides.1.cast::<NdArray>().ok());
    let is_plain = |a: Option<&Bound<'_, NdArray>>| a.is_none_or(|a| a.is_exact_instance_of::<NdArray>());
    if is_plain(left) && is_plain(right) {
        return convert::to_python(py, result);
    }
    match of_subclass([left, right].into_iter().flatten())? {
        Some(parent) => NdArray::wrapped(parent, result, || Ok((ufunc_of(py, name)?, sides, place).into_pyobject(py)?.into_any().unbind())),
        None => convert::to_python(py, result),
    }
}

/// The results of `divmod`.
fn pair(sides: Sides, quotient: Array, remainder: Array) -> PyResult<Py<PyAny>> {
    let results = [made(sides, quotient, "divmod", 0)?, made(sides, remainder, "divmod", 1)?];
    Ok(PyTuple::new(sides.0.py(), results)?.into_any().unbind())
}

/// The ufunc that an operator is.
#[cold]
fn ufunc_of<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "cuprous"))?.getattr(name)
}

#[inline]
fn binary(slf: &Bound<'_, NdArray>, other: &Bound<'_, PyAny>, def: &'static UfuncDef) -> PyResult<Py<PyAny>> {
    let py = slf.py();
    let Some(right) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
    let left = slf.get().handle();
    let result = compute(py, || apply(def, &[(&left).into(), right.as_input()], &UfuncOptions::default()))?;
    made((slf, other), result, def.name, 0)
}

#[inline]
fn reflected(slf: &Bound<'_, NdArray>, other: &Bound<'_, PyAny>, def: &'static UfuncDef) -> PyResult<Py<PyAny>> {
    let py = slf.py();
    let Some(left) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
    let right = slf.get().handle();
    let result = compute(py, || apply(def, &[left.as_input(), (&right).into()], &UfuncOptions::default()))?;
    made((other, slf), result, def.name, 0)
}

fn unary(slf: &Bound<'_, NdArray>, def: &'static UfuncDef) -> PyResult<Py<PyAny>> {
    let own = slf.get().handle();
    let py = slf.py();
    let result = compute(py, || own.map(def))?;
    NdArray::wrapped(slf, result, || Ok((ufunc_of(py, def.name)?, (slf,), 0).into_pyobject(py)?.into_any().unbind()))
}

/// The op that a power by a Python number is, where it has one of its own, as in NumPy.
fn fast_power(base: &Array, exponent: &OwnedInput) -> Option<FastPower> {
    let number = match exponent {
        OwnedInput::Weak(Weak::Int(i)) => *i as f64,
        OwnedInput::Weak(Weak::Float(x)) if base.dtype().is_inexact() => *x,
        _ => return None,
    };
    match base.dtype().kind() {
        Kind::Float | Kind::Complex if number == 2.0 => Some(FastPower::Op(&a::SQUARE)),
        Kind::Float | Kind::Complex if number == 0.5 => Some(FastPower::Op(&e::SQRT)),
        Kind::Float | Kind::Complex if number == 1.0 => Some(FastPower::Copy),
        Kind::Bool | Kind::Int | Kind::UInt if number == 2.0 => Some(FastPower::Op(&a::SQUARE)),
        _ => None,
    }
}

enum FastPower {
    Op(&'static UfuncDef),
    Copy,
}

/// `target op= right`. A value that waits and has no other owner is replaced by a new one with the same dtype
/// and strides; everything else is written in place.
fn in_place(slf: &Bound<'_, NdArray>, def: &'static UfuncDef, right: Option<Operand>) -> PyResult<()> {
    let (py, own) = (slf.py(), slf.get());
    own.check_writeable("output array")?;
    let right = right.map(|r| r.on(py, own.look(|a| a.device()))).transpose()?;
    let waiting = {
        let array = own.array.lock();
        array.is_sole_pending().then(|| array.clone())
    };
    if let Some(old) = waiting
        && let Some(new) = compute(py, || replacement(def, &old, right.as_ref()))?
    {
        let mut array = own.array.lock();
        // A view that another thread made meanwhile has computed the old value: then it is written.
        if array.is_pending() {
            let replaced = std::mem::replace(&mut *array, new);
            drop(array);
            drop(replaced);
            return Ok(());
        }
    }
    let target = own.handle();
    compute(py, || {
        with_operands(&target, right.as_ref(), |inputs| apply(def, inputs, &UfuncOptions { out: Some(&target), ..Default::default() }))
    })?;
    Ok(())
}

fn with_operands<T>(left: &Array, right: Option<&OwnedInput>, f: impl FnOnce(&[cuprous_array::Input]) -> T) -> T {
    match right {
        Some(r) => f(&[left.into(), r.as_input()]),
        None => f(&[left.into()]),
    }
}

/// The new value that stands for the old one; `None` where writing in place is due, for its result or for its error.
fn replacement(def: &'static UfuncDef, old: &Array, right: Option<&OwnedInput>) -> cuprous_core::Result<Option<Array>> {
    if let Some(OwnedInput::Array(r)) = right
        && r.shape() != old.shape()
        && !broadcast(&[old.shape(), r.shape()]).is_ok_and(|s| s[..] == *old.shape())
    {
        return Ok(None);
    }
    let order = match () {
        () if old.is_c_contiguous() => MemoryOrder::C,
        () if old.is_f_contiguous() => MemoryOrder::F,
        () => return Ok(None),
    };
    let new = with_operands(old, right, |inputs| apply(def, inputs, &UfuncOptions { order, ..Default::default() }))?;
    if new.dtype() == old.dtype() {
        return Ok(Some(new));
    }
    if !can_cast(new.dtype(), old.dtype(), Casting::SameKind) {
        return Ok(None);
    }
    astype(&new, old.dtype(), Casting::SameKind, order).map(Some)
}

/// The product of two sides, of which `slf` is one.
fn product(slf: &Bound<'_, NdArray>, other: &Bound<'_, PyAny>, sides: Sides) -> PyResult<Py<PyAny>> {
    let py = slf.py();
    let Some(value) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
    let (own, is_left) = (slf.get().handle(), sides.0.is(slf));
    let result = compute(py, || {
        let value = value.into_array(Some(own.device()))?;
        if is_left { linalg::matmul(&own, &value) } else { linalg::matmul(&value, &own) }
    })?;
    made(sides, result, "matmul", 0)
}

/// The quotient rounded down and the remainder.
fn quotient(left: &Input, right: &Input) -> cuprous_core::Result<(Array, Array)> {
    let options = UfuncOptions::default();
    Ok((apply(&a::FLOOR_DIVIDE, &[*left, *right], &options)?, apply(&a::REMAINDER, &[*left, *right], &options)?))
}

#[pymethods]
impl NdArray {
    fn __add__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::ADD)
    }
    fn __radd__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::ADD)
    }
    fn __iadd__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::ADD, Some(other))
    }
    fn __sub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::SUBTRACT)
    }
    fn __rsub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::SUBTRACT)
    }
    fn __isub__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::SUBTRACT, Some(other))
    }
    fn __mul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::MULTIPLY)
    }
    fn __rmul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::MULTIPLY)
    }
    fn __imul__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::MULTIPLY, Some(other))
    }
    fn __truediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::DIVIDE)
    }
    fn __rtruediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::DIVIDE)
    }
    fn __itruediv__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::DIVIDE, Some(other))
    }
    fn __floordiv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::FLOOR_DIVIDE)
    }
    fn __rfloordiv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::FLOOR_DIVIDE)
    }
    fn __ifloordiv__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::FLOOR_DIVIDE, Some(other))
    }
    fn __mod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &a::REMAINDER)
    }
    fn __rmod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &a::REMAINDER)
    }
    fn __imod__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &a::REMAINDER, Some(other))
    }

    fn __and__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &b::BITWISE_AND)
    }
    fn __rand__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &b::BITWISE_AND)
    }
    fn __iand__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &b::BITWISE_AND, Some(other))
    }
    fn __or__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &b::BITWISE_OR)
    }
    fn __ror__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &b::BITWISE_OR)
    }
    fn __ior__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &b::BITWISE_OR, Some(other))
    }
    fn __xor__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &b::BITWISE_XOR)
    }
    fn __rxor__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &b::BITWISE_XOR)
    }
    fn __ixor__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &b::BITWISE_XOR, Some(other))
    }
    fn __lshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &b::LEFT_SHIFT)
    }
    fn __rlshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &b::LEFT_SHIFT)
    }
    fn __ilshift__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &b::LEFT_SHIFT, Some(other))
    }
    fn __rshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        binary(slf, other, &b::RIGHT_SHIFT)
    }
    fn __rrshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        reflected(slf, other, &b::RIGHT_SHIFT)
    }
    fn __irshift__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        in_place(slf, &b::RIGHT_SHIFT, Some(other))
    }
    fn __invert__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        unary(slf, &b::INVERT)
    }

    fn __pow__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>, modulo: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if modulo.is_some() {
            return Ok(py.NotImplemented());
        }
        let Some(right) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
        let left = slf.get().handle();
        match fast_power(&left, &right) {
            Some(FastPower::Op(def)) => unary(slf, def),
            Some(FastPower::Copy) => NdArray::like(slf, compute(py, || left.copy())?),
            None => {
                let result = compute(py, || apply(&a::POWER, &[(&left).into(), right.as_input()], &UfuncOptions::default()))?;
                made((slf, other), result, a::POWER.name, 0)
            }
        }
    }
    fn __rpow__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>, modulo: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        if modulo.is_some() {
            return Ok(slf.py().NotImplemented());
        }
        reflected(slf, other, &a::POWER)
    }
    fn __ipow__(slf: &Bound<'_, Self>, other: Operand, _modulo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let fast = slf.get().look(|base| fast_power(base, &other.value));
        match fast {
            Some(FastPower::Op(def)) => in_place(slf, def, None),
            Some(FastPower::Copy) => Ok(()),
            None => in_place(slf, &a::POWER, Some(other)),
        }
    }

    fn __divmod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let Some(right) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
        let left = slf.get().handle();
        let (q, r) = compute(py, || quotient(&(&left).into(), &right.as_input()))?;
        pair((slf, other), q, r)
    }
    fn __rdivmod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let Some(left) = operand(slf, other)? else { return Ok(py.NotImplemented()) };
        let right = slf.get().handle();
        let (q, r) = compute(py, || quotient(&left.as_input(), &(&right).into()))?;
        pair((other, slf), q, r)
    }

    fn __matmul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        product(slf, other, (slf, other))
    }
    fn __rmatmul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        product(slf, other, (other, slf))
    }

    fn __imatmul__(slf: &Bound<'_, Self>, other: Operand) -> PyResult<()> {
        slf.get().check_writeable("output array")?;
        let own = slf.get().handle();
        let right = other.on(slf.py(), own.device())?;
        compute(slf.py(), || {
            let right = right.into_array(Some(own.device()))?;
            linalg::matmul_in_place(&own, &right)
        })
    }

    fn __neg__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        unary(slf, &a::NEGATIVE)
    }
    fn __abs__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        unary(slf, &a::ABSOLUTE)
    }
    fn __pos__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        unary(slf, &a::POSITIVE)
    }

    fn __richcmp__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let def = match op {
            CompareOp::Eq => &c::EQUAL,
            CompareOp::Ne => &c::NOT_EQUAL,
            CompareOp::Lt => &c::LESS,
            CompareOp::Le => &c::LESS_EQUAL,
            CompareOp::Gt => &c::GREATER,
            CompareOp::Ge => &c::GREATER_EQUAL,
        };
        // No number equals what is none: NumPy says so for each element.
        let is_no_number = || other.is_none() || other.is_instance_of::<PyString>() || other.is_instance_of::<PyBytes>();
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && is_no_number() {
            let own = slf.get().handle();
            let options = CreateOptions { device: Some(own.device()), ..CreateOptions::default() };
            let answer = compute(slf.py(), || full(own.shape(), Scalar::from(matches!(op, CompareOp::Ne)), options))?;
            return NdArray::like(slf, answer);
        }
        binary(slf, other, def)
    }
}
