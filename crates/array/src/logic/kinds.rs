//! Questions about the sort of numbers: complex or real, infinite on one side, an array or not.

use crate::array::Array;
use crate::creation::full_like;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Nested, Value, function};
use cuprous_core::{DType, Error, Kind, Result, Scalar, UfuncDef};
use cuprous_ops::ufuncs::comparison::{EQUAL, NOT_EQUAL};

/// Whether elements have an imaginary part that is not zero.
///
/// # Parameters
/// - `x`: array of any shape and dtype.
///
/// # Returns
/// Array of bool of the shape of `x`.
///
/// # Errors
/// - `Type`: `x` cannot become an array.
///
/// # Source
/// `numpy.iscomplex`
///
/// # Examples
/// ```python
/// >>> cp.iscomplex(cp.asarray([1, 2j]))
/// array([False,  True])
/// ```
#[function(signature = "(x)")]
pub fn iscomplex(x: &Array) -> Result<Array> {
    by_imaginary_part(x, &NOT_EQUAL, false)
}

/// Whether elements have an imaginary part of zero.
///
/// # Parameters
/// - `x`: array of any shape and dtype.
///
/// # Returns
/// Array of bool of the shape of `x`.
///
/// # Errors
/// - `Type`: `x` cannot become an array.
///
/// # Source
/// `numpy.isreal`
///
/// # Examples
/// ```python
/// >>> cp.isreal(cp.asarray([1, 2j]))
/// array([ True, False])
/// ```
#[function(signature = "(x)")]
pub fn isreal(x: &Array) -> Result<Array> {
    by_imaginary_part(x, &EQUAL, true)
}

fn by_imaginary_part(x: &Array, def: &'static UfuncDef, of_real: bool) -> Result<Array> {
    if x.dtype().kind() != Kind::Complex {
        return full_like(x, None, Scalar::from(of_real), MemoryOrder::Keep);
    }
    apply(def, &[(&x.imag()?).into(), Input::Scalar(Scalar::zero(x.dtype().real()))], &UfuncOptions::default())
}

/// Whether the dtype is complex.
///
/// # Parameters
/// - `x`: array of any shape and dtype.
///
/// # Returns
/// A truth value.
///
/// # Errors
/// - `Type`: `x` cannot become an array.
///
/// # Source
/// `numpy.iscomplexobj`
///
/// # Examples
/// ```python
/// >>> cp.iscomplexobj(cp.asarray([1, 2j]))
/// True
/// ```
#[function(signature = "(x)")]
pub fn iscomplexobj(x: &Array) -> Result<bool> {
    Ok(x.dtype().kind() == Kind::Complex)
}

/// Whether the dtype is not complex.
///
/// # Parameters
/// - `x`: array of any shape and dtype.
///
/// # Returns
/// A truth value.
///
/// # Errors
/// - `Type`: `x` cannot become an array.
///
/// # Source
/// `numpy.isrealobj`
///
/// # Examples
/// ```python
/// >>> cp.isrealobj(cp.asarray([1, 2j]))
/// False
/// ```
#[function(signature = "(x)")]
pub fn isrealobj(x: &Array) -> Result<bool> {
    Ok(x.dtype().kind() != Kind::Complex)
}

/// Whether something is a number or a word, and no array.
///
/// # Parameters
/// - `element`: anything.
///
/// # Returns
/// A truth value: false for arrays, also for those without axes.
///
/// # Errors
/// - `Type`: a thing of another sort.
///
/// # Source
/// `numpy.isscalar`
///
/// # Examples
/// ```python
/// >>> cp.isscalar(3.1), cp.isscalar(cp.asarray(3.1))
/// (True, False)
/// ```
#[function(signature = "(element)")]
pub fn isscalar(element: Nested) -> Result<bool> {
    Ok(matches!(element.0, Value::Weak(_) | Value::Scalar(_) | Value::Str(_)))
}

/// Whether elements are negative infinity.
///
/// # Parameters
/// - `x`: array of real numbers.
/// - `out`: array for the result.
///
/// # Returns
/// Array of bool of the shape of `x`.
///
/// # Errors
/// - `Type`: `x` is complex.
/// - `Shape`: `out` has another shape.
///
/// # Source
/// `numpy.isneginf`
///
/// # Examples
/// ```python
/// >>> cp.isneginf(cp.asarray([-cp.inf, 1, cp.inf]))
/// array([ True, False, False])
/// ```
#[function(signature = "(x, out=None)")]
pub fn isneginf(x: &Array, out: Option<&Array>) -> Result<Array> {
    is_equal_to(x, f64::NEG_INFINITY, out)
}

/// Whether elements are positive infinity.
///
/// # Parameters
/// - `x`: array of real numbers.
/// - `out`: array for the result.
///
/// # Returns
/// Array of bool of the shape of `x`.
///
/// # Errors
/// - `Type`: `x` is complex.
/// - `Shape`: `out` has another shape.
///
/// # Source
/// `numpy.isposinf`
///
/// # Examples
/// ```python
/// >>> cp.isposinf(cp.asarray([-cp.inf, 1, cp.inf]))
/// array([False, False,  True])
/// ```
#[function(signature = "(x, out=None)")]
pub fn isposinf(x: &Array, out: Option<&Array>) -> Result<Array> {
    is_equal_to(x, f64::INFINITY, out)
}

fn is_equal_to(x: &Array, infinity: f64, out: Option<&Array>) -> Result<Array> {
    if x.dtype().kind() == Kind::Complex {
        return Err(Error::type_error(format!("This operation is not supported for {} values because it would be ambiguous.", x.dtype())));
    }
    if x.dtype().is_integral() {
        let none = full_like(x, None, Scalar::from(false), MemoryOrder::Keep)?;
        return match out {
            None => Ok(none),
            Some(_) => apply(&NOT_EQUAL, &[x.into(), x.into()], &UfuncOptions { out, ..UfuncOptions::default() }),
        };
    }
    let infinity = Input::Scalar(Scalar::from(infinity).cast(x.dtype()));
    apply(&EQUAL, &[x.into(), infinity], &UfuncOptions { out, ..UfuncOptions::default() })
}

/// The real parts of complex numbers whose imaginary parts are all nearly zero.
///
/// # Parameters
/// - `a`: array of any shape and dtype.
/// - `tol`: the largest imaginary part, in machine epsilons of the dtype if it is above 1, else as it is.
///
/// # Returns
/// The real parts, or `a` itself if it is real or an imaginary part is too large. To know it, the elements are read.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.real_if_close`
///
/// # Examples
/// ```python
/// >>> cp.real_if_close(cp.asarray([1 + 1e-15j, 2]))
/// array([1., 2.])
/// ```
#[function(signature = "(a, tol=100)")]
pub fn real_if_close(a: &Array, tol: f64) -> Result<Array> {
    if a.dtype().kind() != Kind::Complex {
        return Ok(a.clone());
    }
    let epsilon = if a.dtype() == DType::C64 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let bound = if tol > 1.0 { tol * epsilon } else { tol };
    let size = crate::math::absolute(&a.imag()?)?;
    let is_small = super::less(&size, bound)?.all(&Default::default())?.item()?.to::<bool>();
    if is_small { a.real() } else { Ok(a.clone()) }
}
