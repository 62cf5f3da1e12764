//! Whether arrays are equal, exactly or nearly, as a whole or element by element.

use crate::array::Array;
use crate::creation::full_on;
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply};
use crate::function::function;
use cuprous_core::promote::{Operand, result_type};
use cuprous_core::shape::broadcast;
use cuprous_core::{DType, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::ufuncs::arithmetic::{ABSOLUTE, ADD, MULTIPLY, SUBTRACT};
use cuprous_ops::ufuncs::bitwise::{BITWISE_AND, BITWISE_OR};
use cuprous_ops::ufuncs::comparison::{EQUAL, LESS_EQUAL};
use cuprous_ops::ufuncs::logic::{ISFINITE, ISNAN};

/// Whether elements are nearly equal: `abs(a - b) <= atol + rtol * abs(b)`.
///
/// # Parameters
/// - `a`, `b`: arrays or numbers that broadcast; `b` is the reference.
/// - `rtol`: the allowed difference relative to `b`.
/// - `atol`: the allowed difference on top of it.
/// - `equal_nan`: whether NaN equals NaN.
///
/// # Returns
/// Array of bool of the common shape.
///
/// # Errors
/// - `Shape`: the shapes do not broadcast.
/// - `Type`: both are of dtype bool.
///
/// # Source
/// `numpy.isclose`
///
/// # Examples
/// ```python
/// >>> cp.isclose(cp.asarray([1.0, 1.1]), 1.0 + 1e-9)
/// array([ True, False])
/// ```
#[function(signature = "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)")]
pub fn isclose(a: Input, b: Input, rtol: Input, atol: Input, equal_nan: bool) -> Result<Array> {
    let own = UfuncOptions::default();
    let call = |def: &'static UfuncDef, x: Input, y: Input| apply(def, &[x, y], &own);
    let map = |def: &'static UfuncDef, x: Input| apply(def, &[x], &own);
    // The reference as floats, so that its magnitude fits its dtype.
    let converted;
    let b = match b {
        Input::Weak(Weak::Int(i)) => Input::Weak(Weak::Float(i as f64)),
        Input::Weak(Weak::Bool(x)) => Input::Weak(Weak::Float(x.into())),
        Input::Weak(w) => Input::Weak(w),
        Input::Scalar(s) => Input::Scalar(s.cast(inexact(s.dtype()))),
        Input::Array(x) if x.dtype().is_inexact() => Input::Array(x),
        Input::Array(x) => {
            converted = x.astype(inexact(x.dtype()))?;
            Input::Array(&converted)
        }
    };
    let distance = map(&ABSOLUTE, (&call(&SUBTRACT, a, b)?).into())?;
    let magnitude = map(&ABSOLUTE, b)?;
    let allowed = match b {
        // A Python number stays weak in NumPy, and so does what is computed of it.
        Input::Weak(w) => {
            let size = match w {
                Weak::Bool(x) => f64::from(u8::from(x)),
                Weak::Int(i) => i as f64,
                Weak::Float(x) => x.abs(),
                Weak::Complex(z) => z.re.hypot(z.im),
            };
            match (rtol, atol) {
                (Input::Weak(r), Input::Weak(t)) if real(r).is_some() && real(t).is_some() => {
                    let sum = real(t).unwrap_or(0.0) + real(r).unwrap_or(0.0) * size;
                    call(&LESS_EQUAL, (&distance).into(), Input::Weak(Weak::Float(sum)))?
                }
                _ => {
                    let relative = call(&MULTIPLY, rtol, Input::Weak(Weak::Float(size)))?;
                    call(&LESS_EQUAL, (&distance).into(), (&call(&ADD, atol, (&relative).into())?).into())?
                }
            }
        }
        _ => {
            let relative = call(&MULTIPLY, rtol, (&magnitude).into())?;
            call(&LESS_EQUAL, (&distance).into(), (&call(&ADD, atol, (&relative).into())?).into())?
        }
    };
    let is_finite = map(&ISFINITE, b)?;
    let near = call(&BITWISE_AND, (&allowed).into(), (&is_finite).into())?;
    let result = call(&BITWISE_OR, (&near).into(), (&call(&EQUAL, a, b)?).into())?;
    if !equal_nan {
        return Ok(result);
    }
    let both = call(&BITWISE_AND, (&map(&ISNAN, a)?).into(), (&map(&ISNAN, b)?).into())?;
    call(&BITWISE_OR, (&result).into(), (&both).into())
}

/// Whether all elements are nearly equal: `abs(a - b) <= atol + rtol * abs(b)`.
///
/// # Parameters
/// - `a`, `b`: arrays or numbers that broadcast; `b` is the reference.
/// - `rtol`: the allowed difference relative to `b`.
/// - `atol`: the allowed difference on top of it.
/// - `equal_nan`: whether NaN equals NaN.
///
/// # Returns
/// Array of bool without axes.
///
/// # Errors
/// - `Shape`: the shapes do not broadcast.
/// - `Type`: both are of dtype bool.
///
/// # Differs from NumPy
/// The result is an array, so that nothing is read.
///
/// # Source
/// `numpy.allclose`
///
/// # Examples
/// ```python
/// >>> cp.allclose(cp.ones(3), 1.0 + 1e-9)
/// array(True)
/// ```
#[function(signature = "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)")]
pub fn allclose(a: Input, b: Input, rtol: Input, atol: Input, equal_nan: bool) -> Result<Array> {
    isclose(a, b, rtol, atol, equal_nan)?.all(&ReduceOptions::default())
}

/// Whether two arrays have the same shape and elements.
///
/// # Parameters
/// - `a1`, `a2`: arrays.
/// - `equal_nan`: whether NaN equals NaN.
///
/// # Returns
/// Array of bool without axes.
///
/// # Errors
/// - `Device`: they are on different devices.
///
/// # Differs from NumPy
/// The result is an array, so that nothing is read.
///
/// # Source
/// `numpy.array_equal`
///
/// # Examples
/// ```python
/// >>> cp.array_equal([1, 2], cp.asarray([1, 2]))
/// array(True)
/// ```
#[function(signature = "(a1, a2, equal_nan=False)")]
pub fn array_equal(a1: &Array, a2: &Array, equal_nan: bool) -> Result<Array> {
    if a1.shape() != a2.shape() {
        return truth(false, a1);
    }
    let own = UfuncOptions::default();
    let mut same = apply(&EQUAL, &[a1.into(), a2.into()], &own)?;
    if equal_nan && a1.dtype().is_inexact() && a2.dtype().is_inexact() {
        let (x, y) = (apply(&ISNAN, &[a1.into()], &own)?, apply(&ISNAN, &[a2.into()], &own)?);
        let both = apply(&BITWISE_AND, &[(&x).into(), (&y).into()], &own)?;
        same = apply(&BITWISE_OR, &[(&same).into(), (&both).into()], &own)?;
    }
    same.all(&ReduceOptions::default())
}

/// Whether two arrays broadcast and have the same elements then.
///
/// # Parameters
/// - `a1`, `a2`: arrays.
///
/// # Returns
/// Array of bool without axes.
///
/// # Errors
/// - `Device`: they are on different devices.
///
/// # Differs from NumPy
/// The result is an array, so that nothing is read.
///
/// # Source
/// `numpy.array_equiv`
///
/// # Examples
/// ```python
/// >>> cp.array_equiv([1, 2], cp.asarray([[1, 2], [1, 2]]))
/// array(True)
/// ```
#[function(signature = "(a1, a2)")]
pub fn array_equiv(a1: &Array, a2: &Array) -> Result<Array> {
    if broadcast(&[a1.shape(), a2.shape()]).is_err() {
        return truth(false, a1);
    }
    apply(&EQUAL, &[a1.into(), a2.into()], &UfuncOptions::default())?.all(&ReduceOptions::default())
}

fn truth(value: bool, like: &Array) -> Result<Array> {
    full_on(&[], Scalar::from(value), Some(like.device()))
}

/// The dtype with fractions that holds a dtype: that of a sum with a Python float.
fn inexact(dtype: DType) -> DType {
    result_type(&[Operand::Strong(dtype), Operand::Weak(Weak::Float(1.0))]).unwrap_or(dtype)
}

fn real(w: Weak) -> Option<f64> {
    match w {
        Weak::Bool(b) => Some(f64::from(u8::from(b))),
        Weak::Int(i) => Some(i as f64),
        Weak::Float(x) => Some(x),
        Weak::Complex(_) => None,
    }
}
