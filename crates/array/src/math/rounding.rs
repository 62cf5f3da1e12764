//! Rounding, differences, parts and replacements under NumPy's names and signatures.

use crate::array::Array;
use crate::creation::empty_like;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply};
use crate::function::{Ints, Value, function};
use crate::logic::select;
use crate::manipulation::joining::{JoinOptions, join};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, Kind, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::ufuncs::arithmetic::{ADD, DIVIDE, MULTIPLY, NEGATIVE, SUBTRACT};
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

/// The derivatives of a function along axes, from its values on a grid.
///
/// Inside they are differences of the neighbours on both sides, at the ends of those on one side.
///
/// # Parameters
/// - `f`: array of any shape: the values.
/// - `varargs`: how far the values lie from each other: nothing for 1; a number for all axes; or for each axis a number,
///   or an array of the places.
/// - `axis`: an integer or several: along which axes; by default all.
/// - `edge_order`: 1: the ends are exact for straight lines; 2: for parabolas.
///
/// # Returns
/// Array of the shape of `f` for one axis, else a tuple of them; float64 for integers.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `f` does not have, or that is named twice.
/// - `Type`: another number of spacings than of axes; values of bool.
/// - `Value`: places with another length than their axis or with several axes; an `edge_order` above 2; fewer than
///   `edge_order + 1` values along an axis.
///
/// # Differs from NumPy
/// A spacing of zero gives infinities and NaN, whatever its type. Values of bool at given places have slopes for
/// `edge_order=2`, even if the places lie equally far.
///
/// # Source
/// `numpy.gradient`
///
/// # Examples
/// ```python
/// >>> cp.gradient(cp.asarray([1.0, 2.0, 4.0, 7.0]))
/// array([1. , 1.5, 2.5, 3. ])
/// ```
#[function(signature = "(f, *varargs, axis=None, edge_order=1)")]
pub fn gradient(f: &Array, varargs: Vec<Input>, axis: Option<Ints>, edge_order: i64) -> Result<Value> {
    let mut axes = Vec::new();
    match axis {
        None => axes.extend(0..f.n_axes()),
        Some(given) => {
            for &axis in given.0 {
                let axis = normalize_axis(axis, f.n_axes())?;
                if axes.contains(&axis) {
                    return Err(Error::value("repeated axis"));
                }
                axes.push(axis);
            }
        }
    }
    let has_axes = |spacing: &Input| matches!(spacing, Input::Array(a) if a.n_axes() > 0);
    let spacings = match &varargs[..] {
        [] => vec![Spacing::Number(Input::Weak(Weak::Float(1.0))); axes.len()],
        [number] if !has_axes(number) => vec![Spacing::Number(*number); axes.len()],
        each if each.len() == axes.len() => {
            each.iter().zip(&axes).map(|(spacing, &axis)| Spacing::new(*spacing, f.shape()[axis])).collect::<Result<_>>()?
        }
        _ => return Err(Error::type_error("invalid number of arguments")),
    };
    if edge_order > 2 {
        return Err(Error::value("'edge_order' greater than 2 not supported"));
    }
    let converted;
    let f = if matches!(f.dtype().kind(), Kind::Int | Kind::UInt) {
        // Differences of unsigned integers would wrap around.
        converted = f.astype(DType::F64)?;
        &converted
    } else {
        f
    };
    let dtype = if f.dtype() == DType::Bool { DType::F64 } else { f.dtype() };
    let mut slopes = Vec::with_capacity(axes.len());
    for (&axis, spacing) in axes.iter().zip(&spacings) {
        if (f.shape()[axis] as i64) < edge_order + 1 {
            return Err(Error::value(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.",
            ));
        }
        let out = empty_like(f, None, Some(dtype), MemoryOrder::Keep)?;
        let place = |at: Slice| {
            let mut index = vec![Slice::Range(None, None, 1); f.n_axes()];
            index[axis] = at;
            index
        };
        let part = |at: Slice| f.get(&place(at));
        out.set(&place(Slice::Range(Some(1), Some(-1), 1)), (&spacing.inside(&part, axis, f.n_axes())?).into())?;
        let ends = if edge_order == 1 { [[0, 1, 0], [-1, -1, -2]] } else { [[0, 1, 2], [-1, -2, -3]] };
        for [end, a, b] in ends {
            let value = if edge_order == 1 {
                let step = two(&SUBTRACT, (&part(Slice::At(a))?).into(), (&part(Slice::At(b))?).into())?;
                two(&DIVIDE, (&step).into(), spacing.at_end(end == 0)?.input())?
            } else {
                let [near, middle, far] = spacing.weights(end == 0)?;
                let term = |weight: &Number, at: isize| two(&MULTIPLY, weight.input(), (&part(Slice::At(at))?).into());
                // The sum goes upwards at both ends.
                let (first, last) = if end == 0 { (term(&near, end)?, term(&far, b)?) } else { (term(&far, b)?, term(&near, end)?) };
                let sum = two(&ADD, (&first).into(), (&term(&middle, a)?).into())?;
                two(&ADD, (&sum).into(), (&last).into())?
            };
            out.set(&place(Slice::At(end)), (&value).into())?;
        }
        slopes.push(Value::Array(out));
    }
    Ok(if slopes.len() == 1 { slopes.remove(0) } else { Value::Tuple(slopes) })
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

/// A number of Python's, or one in an array.
enum Number {
    Weak(Weak),
    Array(Array),
}

impl Number {
    fn input(&self) -> Input<'_> {
        match self {
            Number::Weak(w) => Input::Weak(*w),
            Number::Array(a) => a.into(),
        }
    }
}

/// How far the values along an axis lie from each other.
#[derive(Clone)]
enum Spacing<'a> {
    /// All as far
    Number(Input<'a>),
    /// Each by itself. If they turn out to be alike, the formulas for a number hold, which round differently; nobody waits to
    /// know.
    Steps { steps: Array, are_alike: Array },
}

impl<'a> Spacing<'a> {
    /// What a caller gave for an axis of `n` values.
    fn new(given: Input<'a>, n: usize) -> Result<Spacing<'a>> {
        let Input::Array(places) = given else { return Ok(Spacing::Number(given)) };
        match places.n_axes() {
            0 => return Ok(Spacing::Number(given)),
            1 => {}
            _ => return Err(Error::value("distances must be either scalars or 1d")),
        }
        if places.shape()[0] != n {
            return Err(Error::value("when 1d, distances must match the length of the corresponding dimension"));
        }
        let is_whole = matches!(places.dtype().kind(), Kind::Int | Kind::UInt);
        let steps = diff(&if is_whole { places.astype(DType::F64)? } else { places.clone() }, 1, 0, None, None)?;
        let are_alike = two(&EQUAL, (&steps).into(), (&steps.get(&[Slice::At(0)])?).into())?.all(&ReduceOptions::default())?;
        Ok(Spacing::Steps { steps, are_alike })
    }

    /// The slopes at the values that have neighbours on both sides, of which `part` tells.
    fn inside(&self, part: &dyn Fn(Slice) -> Result<Array>, axis: usize, n_axes: usize) -> Result<Array> {
        let (before, after) = (part(Slice::Range(None, Some(-2), 1))?, part(Slice::Range(Some(2), None, 1))?);
        let even = |step: Input| -> Result<Array> {
            let rise = two(&SUBTRACT, (&after).into(), (&before).into())?;
            two(&DIVIDE, (&rise).into(), multiple(&MULTIPLY, 2.0, step)?.input())
        };
        let (steps, are_alike) = match self {
            Spacing::Number(step) => return even(*step),
            Spacing::Steps { steps, are_alike } => (steps, are_alike),
        };
        let (h1, h2) = (steps.slice(&[Slice::Range(None, Some(-1), 1)])?, steps.slice(&[Slice::Range(Some(1), None, 1)])?);
        let mut shape = vec![1; n_axes];
        shape[axis] = h1.size() as isize;
        let both = two(&ADD, (&h1).into(), (&h2).into())?;
        let term = |numerator: &Array, a: &Array, b: &Array, at: &Array| -> Result<Array> {
            let weight = two(&DIVIDE, numerator.into(), (&two(&MULTIPLY, a.into(), b.into())?).into())?.reshape(&shape)?;
            two(&MULTIPLY, (&weight).into(), at.into())
        };
        let sum = two(
            &ADD,
            (&term(&h2.map(&NEGATIVE)?, &h1, &both, &before)?).into(),
            (&term(&two(&SUBTRACT, (&h2).into(), (&h1).into())?, &h1, &h2, &part(Slice::Range(Some(1), Some(-1), 1))?)?).into(),
        )?;
        let uneven = two(&ADD, (&sum).into(), (&term(&h1, &h2, &both, &after)?).into())?;
        if before.dtype() == DType::Bool {
            // These have no differences, and whether NumPy would need them, the places decide.
            return Ok(uneven);
        }
        select(are_alike, &even((&steps.get(&[Slice::At(0)])?).into())?, &uneven)
    }

    /// The first or the last step.
    fn at_end(&self, is_first: bool) -> Result<Number> {
        match self {
            Spacing::Number(step) => multiple(&MULTIPLY, 1.0, *step),
            Spacing::Steps { steps, .. } => steps.get(&[Slice::At(if is_first { 0 } else { -1 })]).map(Number::Array),
        }
    }

    /// The weights of the value at the end and of its two neighbours, for slopes that are exact for parabolas.
    fn weights(&self, is_first: bool) -> Result<[Number; 3]> {
        let sign = if is_first { 1.0 } else { -1.0 };
        let even = |step: Input| -> Result<[Number; 3]> {
            Ok([multiple(&DIVIDE, -1.5 * sign, step)?, multiple(&DIVIDE, 2.0 * sign, step)?, multiple(&DIVIDE, -0.5 * sign, step)?])
        };
        let (steps, are_alike) = match self {
            Spacing::Number(step) => return even(*step),
            Spacing::Steps { steps, are_alike } => (steps, are_alike),
        };
        let step = |k: isize| steps.get(&[Slice::At(if is_first { k } else { -1 - k })]);
        // From the end inwards.
        let (h1, h2) = (step(0)?, step(1)?);
        let both = two(&ADD, (&h1).into(), (&h2).into())?;
        let over = |numerator: &Array, a: &Array, b: &Array| two(&DIVIDE, numerator.into(), (&two(&MULTIPLY, a.into(), b.into())?).into());
        let near = two(&ADD, (&two(&MULTIPLY, 2.0.into(), (&h1).into())?).into(), (&h2).into())?;
        let signed = |a: Array, is_negative: bool| if is_negative { a.map(&NEGATIVE) } else { Ok(a) };
        let uneven = [
            signed(over(&near, &h1, &both)?, is_first)?,
            signed(over(&both, &h1, &h2)?, !is_first)?,
            signed(over(&h1, &h2, &both)?, is_first)?,
        ];
        let mut chosen = Vec::with_capacity(3);
        for (a, b) in even((&steps.get(&[Slice::At(0)])?).into())?.iter().zip(&uneven) {
            if let Number::Array(a) = a {
                chosen.push(select(are_alike, a, b)?);
            }
        }
        <[Array; 3]>::try_from(chosen).map(|w| w.map(Number::Array)).map_err(|_| Error::runtime("weights of steps are arrays"))
    }
}

/// `factor` times or by a number, which stays weak if it was.
fn multiple(op: &'static UfuncDef, factor: f64, number: Input) -> Result<Number> {
    let real = match number {
        Input::Weak(Weak::Bool(b)) => f64::from(u8::from(b)),
        Input::Weak(Weak::Int(i)) => i as f64,
        Input::Weak(Weak::Float(x)) => x,
        _ => return two(op, factor.into(), number).map(Number::Array),
    };
    Ok(Number::Weak(Weak::Float(if op.name == MULTIPLY.name { factor * real } else { factor / real })))
}

fn two(def: &'static UfuncDef, a: Input, b: Input) -> Result<Array> {
    apply(def, &[a, b], &UfuncOptions::default())
}
