//! Rounding, differences, parts and replacements under NumPy's names and signatures.

use crate::array::Array;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::function;
use crate::logic::select;
use crate::manipulation::joining::{JoinOptions, join};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, Kind, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::ufuncs::arithmetic::{DIVIDE, MULTIPLY, SUBTRACT};
use cuprous_ops::ufuncs::comparison::{EQUAL, NOT_EQUAL};
use cuprous_ops::ufuncs::logic::ISNAN;
use cuprous_ops::ufuncs::rounding::{RINT, TRUNC};
use cuprous_ops::ufuncs::trigonometric::ARCTAN2;

/// The elements rounded to a number of decimals, halves to the even digit.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `decimals`: how many digits behind the point stay; negative ones count before it.
/// - `out`: array for the result.
///
/// # Returns
/// Array of the shape and dtype of `a`; float16 for bool.
///
/// # Errors
/// - `Value`: an `out` of another shape.
/// - `Type`: an `out` that cannot take the result; decimals of bool.
///
/// # Source
/// `numpy.round`
///
/// # Examples
/// ```python
/// >>> cp.round(cp.asarray([1.25, 2.5, -3.55]), 1)
/// array([ 1.2,  2.5, -3.6])
/// ```
#[function(signature = "(a, decimals=0, out=None)", aliases = "around", method = "(decimals=0, out=None)")]
pub fn round(a: &Array, decimals: i64, out: Option<&Array>) -> Result<Array> {
    if let Some(out) = out
        && out.shape() != a.shape()
    {
        return Err(Error::value("invalid output shape"));
    }
    let value = rounded(a, decimals)?;
    match out {
        None => Ok(value),
        Some(out) => {
            out.assign((&value).into())?;
            Ok(out.clone())
        }
    }
}

/// The elements rounded towards zero, as floats.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `out`: array for the result.
///
/// # Returns
/// Array of the shape of `x`; integers stay as they are.
///
/// # Errors
/// - `Shape`: an `out` of another shape.
///
/// # Source
/// `numpy.fix`
///
/// # Examples
/// ```python
/// >>> cp.fix(cp.asarray([1.5, -1.5]))
/// array([ 1., -1.])
/// ```
#[function(signature = "(x, out=None)")]
pub fn fix(x: &Array, out: Option<&Array>) -> Result<Array> {
    apply(&TRUNC, &[x.into()], &UfuncOptions { out, ..UfuncOptions::default() })
}

/// The differences between neighbours along an axis, taken `n` times.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `n`: how often differences are taken.
/// - `axis`: the axis to go along.
/// - `prepend`, `append`: arrays or numbers that stand before and after the elements.
///
/// # Returns
/// Array with `n` elements less along the axis; of bool whether neighbours differ.
///
/// # Errors
/// - `Value`: `a` has no axes, or `n` is negative.
/// - `Axis`: an axis that `a` does not have.
/// - `Shape`: arrays that do not fit before or after the elements.
///
/// # Source
/// `numpy.diff`
///
/// # Examples
/// ```python
/// >>> cp.diff(cp.asarray([1, 2, 4, 7]))
/// array([1, 2, 3])
/// ```
#[function(signature = "(a, n=1, axis=-1, prepend=None, append=None)")]
pub fn diff(a: &Array, n: i64, axis: isize, prepend: Option<&Array>, append: Option<&Array>) -> Result<Array> {
    if n == 0 {
        return Ok(a.clone());
    }
    if n < 0 {
        return Err(Error::value(format!("order must be non-negative but got {n}")));
    }
    if a.n_axes() == 0 {
        return Err(Error::value("diff requires input that is at least one dimensional"));
    }
    let axis = normalize_axis(axis, a.n_axes())?;
    let mut value = joined(prepend, a, append, axis)?;
    let step: &'static UfuncDef = if value.dtype() == DType::Bool { &NOT_EQUAL } else { &SUBTRACT };
    for _ in 0..n {
        if value.shape()[axis] == 0 {
            break;
        }
        let mut index = vec![Slice::Range(None, None, 1); value.n_axes()];
        index[axis] = Slice::Range(Some(1), None, 1);
        let later = value.slice(&index)?;
        index[axis] = Slice::Range(None, Some(-1), 1);
        let earlier = value.slice(&index)?;
        value = apply(step, &[(&later).into(), (&earlier).into()], &UfuncOptions::default())?;
    }
    Ok(value)
}

/// The real parts of the elements.
///
/// # Parameters
/// - `val`: array of any shape.
///
/// # Returns
/// A view for complex `val`, else `val` itself.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.real`
///
/// # Examples
/// ```python
/// >>> cp.real(cp.asarray([1 + 2j, 3]))
/// array([1., 3.])
/// ```
#[function(signature = "(val)")]
pub fn real(val: &Array) -> Result<Array> {
    if val.dtype().kind() == Kind::Complex { val.real() } else { Ok(val.clone()) }
}

/// The imaginary parts of the elements.
///
/// # Parameters
/// - `val`: array of any shape.
///
/// # Returns
/// A view for complex `val`, else zeros.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.imag`
///
/// # Examples
/// ```python
/// >>> cp.imag(cp.asarray([1 + 2j, 3]))
/// array([2., 0.])
/// ```
#[function(signature = "(val)")]
pub fn imag(val: &Array) -> Result<Array> {
    if val.dtype().kind() == Kind::Complex {
        return val.imag();
    }
    crate::creation::full_like(val, None, Scalar::zero(val.dtype()), MemoryOrder::Keep)
}

/// The angles of complex numbers in the plane.
///
/// # Parameters
/// - `z`: array of any shape.
/// - `deg`: degrees instead of radians.
///
/// # Returns
/// Array of floats in `(-pi, pi]`, or degrees.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.angle`
///
/// # Examples
/// ```python
/// >>> cp.angle(cp.asarray([1, 1j]), deg=True)
/// array([ 0., 90.])
/// ```
#[function(signature = "(z, deg=False)")]
pub fn angle(z: &Array, deg: bool) -> Result<Array> {
    let radians = if z.dtype().kind() == Kind::Complex {
        apply(&ARCTAN2, &[(&z.imag()?).into(), (&z.real()?).into()], &UfuncOptions::default())?
    } else {
        apply(&ARCTAN2, &[Input::Weak(Weak::Int(0)), z.into()], &UfuncOptions::default())?
    };
    if deg { apply(&MULTIPLY, &[(&radians).into(), (180.0 / std::f64::consts::PI).into()], &UfuncOptions::default()) } else { Ok(radians) }
}

/// The elements with numbers in the place of NaN and infinities.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `copy`: whether `x` stays as it is; without it the numbers are written into `x`.
/// - `nan`: what stands for NaN.
/// - `posinf`, `neginf`: what stands for the infinities; by default the largest and the smallest number of the dtype.
///
/// # Returns
/// Array of the shape and dtype of `x`.
///
/// # Errors
/// Those of computing the value.
///
/// # Source
/// `numpy.nan_to_num`
///
/// # Examples
/// ```python
/// >>> cp.nan_to_num(cp.asarray([cp.nan, 1.0, cp.inf]), posinf=9.0)
/// array([0., 1., 9.])
/// ```
#[function(signature = "(x, copy=True, nan=0.0, posinf=None, neginf=None)")]
pub fn nan_to_num(x: &Array, copy: bool, nan: Input, posinf: Option<Input>, neginf: Option<Input>) -> Result<Array> {
    let target = if copy { x.copy()? } else { x.clone() };
    if x.dtype().is_integral() {
        return Ok(target);
    }
    let parts = if x.dtype().kind() == Kind::Complex { vec![target.real()?, target.imag()?] } else { vec![target.clone()] };
    for part in parts {
        let largest = Input::Scalar(Scalar::from(match part.dtype() {
            DType::F16 => 65504.0,
            DType::F32 => f32::MAX.into(),
            _ => f64::MAX,
        }));
        let smallest = Input::Scalar(Scalar::from(match part.dtype() {
            DType::F16 => -65504.0,
            DType::F32 => f32::MIN.into(),
            _ => f64::MIN,
        }));
        let is = |number: f64| apply(&EQUAL, &[(&part).into(), number.into()], &UfuncOptions::default());
        let is_nan = apply(&ISNAN, &[(&part).into()], &UfuncOptions::default())?;
        let value = select(&is_nan, nan, &part)?;
        let value = select(&is(f64::INFINITY)?, posinf.unwrap_or(largest), &value)?;
        let value = select(&is(f64::NEG_INFINITY)?, neginf.unwrap_or(smallest), &value)?;
        part.assign((&value).into())?;
    }
    Ok(target)
}

/// Rounds to decimals: scaled, rounded to integers, scaled back, each step in the dtype.
fn rounded(a: &Array, decimals: i64) -> Result<Array> {
    let plain = UfuncOptions::default();
    match a.dtype().kind() {
        Kind::Int | Kind::UInt if decimals >= 0 => return a.copy(),
        Kind::Bool if decimals != 0 => {
            let ufunc = if decimals > 0 { "multiply" } else { "divide" };
            return Err(crate::engine::resolve::output_casting(ufunc, DType::F64, DType::Bool, Casting::SameKind));
        }
        // Each part on its own.
        Kind::Complex if decimals != 0 => {
            let target = a.copy()?;
            for part in [target.real()?, target.imag()?] {
                part.assign((&rounded(&part, decimals)?).into())?;
            }
            return Ok(target);
        }
        _ => {}
    }
    if decimals == 0 {
        return apply(&RINT, &[a.into()], &plain);
    }
    let power = Input::Weak(Weak::Float(10f64.powi(decimals.unsigned_abs().min(400) as i32)));
    let (there, back) = if decimals > 0 { (&MULTIPLY, &DIVIDE) } else { (&DIVIDE, &MULTIPLY) };
    let scaled = apply(there, &[a.into(), power], &plain)?;
    let whole = apply(&RINT, &[(&scaled).into()], &plain)?;
    let value = apply(back, &[(&whole).into(), power], &plain)?;
    if value.dtype() == a.dtype() { Ok(value) } else { value.astype(a.dtype()) }
}

/// An array with others before and after it along an axis; numbers stand there once for each line.
fn joined(before: Option<&Array>, a: &Array, after: Option<&Array>, axis: usize) -> Result<Array> {
    if before.is_none() && after.is_none() {
        return Ok(a.clone());
    }
    let mut line = a.shape().to_vec();
    line[axis] = 1;
    // A number stands for one place of the line.
    let wide = |x: &Array| if x.n_axes() == 0 { x.broadcast_to(&line) } else { Ok(x.clone()) };
    let parts = [before.map(wide), Some(Ok(a.clone())), after.map(wide)].into_iter().flatten().collect::<Result<Vec<_>>>()?;
    join(&parts, axis as isize, JoinOptions::default())
}
