//! Given numbers of points between two ends, evenly or geometrically spaced.

use super::functions::operand;
use super::ranges::arange;
use super::{CreateOptions, full_on};
use crate::array::Array;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{IntoValue, Ints, Value, function};
use crate::manipulation::functions::{expand_dims, moveaxis};
use crate::manipulation::joining::with_axes_in_front;
use crate::math::functions::number;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Operand, result_type};
use cuprous_core::shape::{broadcast, normalize_axis};
use cuprous_core::{DType, Device, Error, Kind, Result, Scalar, UfuncDef, Weak, c64, c128};
use cuprous_ops::ufuncs::arithmetic::{ADD, DIVIDE, FLOOR_DIVIDE, MULTIPLY, POWER, SIGN, SUBTRACT};
use cuprous_ops::ufuncs::comparison::{EQUAL, WHERE};
use cuprous_ops::ufuncs::exponential::LOG10;

/// Evenly spaced points along the first axis, and their distance.
pub(crate) struct Spaced {
    /// The points
    pub values: Array,
    /// The distance; nothing if there are fewer than two points
    pub step: Option<Value>,
}

/// A given number of evenly spaced numbers between two.
///
/// # Parameters
/// - `start`: the first number, or an array of them.
/// - `stop`: the last number, or the one after it without `endpoint`.
/// - `num`: how many.
/// - `endpoint`: whether `stop` is the last number.
/// - `retstep`: whether the distance is returned too.
/// - `dtype`: the dtype; by default the one of `start` and `stop` as floats. Integers are rounded down.
/// - `axis`: where the new axis stands if `start` or `stop` has axes.
/// - `device`: the device to make it on; by default that of `start` and `stop`, or the default device.
///
/// # Returns
/// Array of shape `(num,)` with the axes of `start` and `stop` behind; with `retstep` a tuple of it and of the distance,
/// which is NaN for fewer than two.
///
/// # Errors
/// - `Value`: `num` is negative.
/// - `Axis`: a place that the result does not have.
///
/// # Source
/// `numpy.linspace`
///
/// # Examples
/// ```python
/// >>> cp.linspace(0, 1, 5)
/// array([0.  , 0.25, 0.5 , 0.75, 1.  ])
/// >>> cp.linspace(0, 1, 4, endpoint=False, retstep=True)[1]
/// 0.25
/// >>> cp.linspace(cp.zeros(2), cp.asarray([2, 4]), 3)
/// array([[0., 0.],
///        [1., 2.],
///        [2., 4.]])
/// ```
#[function(signature = "(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None)")]
pub fn linspace(
    start: Input,
    stop: Input,
    num: i64,
    endpoint: bool,
    retstep: bool,
    dtype: Option<DType>,
    axis: isize,
    device: Option<Device>,
) -> Result<Value> {
    let spaced = spaced(start, stop, count_of(num)?, endpoint, dtype, device)?;
    let values = moved(spaced.values, axis)?;
    if !retstep {
        return Ok(values.into_value());
    }
    Ok(Value::Tuple(vec![values.into_value(), spaced.step.unwrap_or(Value::Float(f64::NAN))]))
}

/// Numbers whose logarithms are evenly spaced.
///
/// # Parameters
/// - `start`: the logarithm of the first number, or an array of them.
/// - `stop`: the logarithm of the last number, or of the one after it without `endpoint`.
/// - `num`: how many.
/// - `endpoint`: whether `stop` is the last logarithm.
/// - `base`: the base of the logarithms, or an array of them.
/// - `dtype`: the dtype; by default the one of `start`, `stop` and `base` as floats.
/// - `axis`: where the new axis stands if an argument has axes.
///
/// # Returns
/// Array of shape `(num,)` with the axes of the arguments behind.
///
/// # Errors
/// - `Value`: `num` is negative.
/// - `Axis`: a place that the result does not have.
/// - `Shape`: the arguments do not broadcast.
///
/// # Source
/// `numpy.logspace`
///
/// # Examples
/// ```python
/// >>> cp.logspace(0, 2, 3)
/// array([  1.,  10., 100.])
/// ```
#[function(signature = "(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0)")]
pub fn logspace(start: Input, stop: Input, num: i64, endpoint: bool, base: Input, dtype: Option<DType>, axis: isize) -> Result<Array> {
    let n = count_of(num)?;
    let powers = |base: Input, exponents: &Array| apply(&POWER, &[base, exponents.into()], &UfuncOptions::default());
    let values = match base {
        Input::Array(b) if b.n_axes() > 0 => {
            let shape_of = |x: Input| if let Input::Array(a) = x { a.shape().to_vec() } else { Vec::new() };
            let shapes = [shape_of(start), shape_of(stop), b.shape().to_vec()];
            let n_axes = broadcast(&shapes.each_ref().map(Vec::as_slice))?.len();
            let wide = |x: Input| with_axes_in_front(&as_array(x, b.device())?, n_axes);
            let exponents = spaced((&wide(start)?).into(), (&wide(stop)?).into(), n, endpoint, None, None)?.values;
            let base = expand_dims(&with_axes_in_front(b, n_axes)?, Ints(&[axis]))?;
            powers((&base).into(), &moved(exponents, axis)?)?
        }
        base => powers(base, &moved(spaced(start, stop, n, endpoint, None, None)?.values, axis)?)?,
    };
    match dtype {
        Some(dtype) if dtype != values.dtype() => values.astype(dtype),
        _ => Ok(values),
    }
}

/// Numbers that grow by a constant factor.
///
/// # Parameters
/// - `start`: the first number, or an array of them.
/// - `stop`: the last number, or the one after it without `endpoint`.
/// - `num`: how many.
/// - `endpoint`: whether `stop` is the last number.
/// - `dtype`: the dtype; by default the one of `start` and `stop`, at least float64.
/// - `axis`: where the new axis stands if `start` or `stop` has axes.
///
/// # Returns
/// Array of shape `(num,)` with the axes of `start` and `stop` behind.
///
/// # Errors
/// - `Value`: `num` is negative, or a number is zero.
/// - `Axis`: a place that the result does not have.
///
/// # Differs from NumPy
/// A zero in an array is no error, but gives NaN.
///
/// # Source
/// `numpy.geomspace`
///
/// # Examples
/// ```python
/// >>> cp.geomspace(1, 1000, 4)
/// array([   1.,   10.,  100., 1000.])
/// ```
#[function(signature = "(start, stop, num=50, endpoint=True, dtype=None, axis=0)")]
pub fn geomspace(start: Input, stop: Input, num: i64, endpoint: bool, dtype: Option<DType>, axis: isize) -> Result<Array> {
    for end in [start, stop] {
        if !matches!(end, Input::Array(_)) && number(end, DType::C128)? == Scalar::zero(DType::C128) {
            return Err(Error::value("Geometric sequence cannot include zero"));
        }
    }
    let n = count_of(num)?;
    let device = [start, stop].iter().find_map(|x| if let Input::Array(a) = x { Some(a.device()) } else { None });
    let device = device.map_or_else(crate::engine::place::default_device, Ok)?;
    let (start, stop) = (as_array(start, device)?, as_array(stop, device)?);
    let operands = [start.dtype(), stop.dtype(), dtype.unwrap_or(DType::F64)].map(Operand::Strong);
    let wide = result_type(&[operands[0], operands[1], operands[2], Operand::Weak(Weak::Float(0.0))]).unwrap_or(DType::F64);
    let own = UfuncOptions::default();
    let call = |def: &'static UfuncDef, a: &Array, b: &Array| apply(def, &[a.into(), b.into()], &own);
    // Rotated so that the first number is positive, and back at the end.
    let (start, stop) = (start.astype(wide)?, stop.astype(wide)?);
    let sign = apply(&SIGN, &[(&start).into()], &own)?;
    let (start, stop) = (call(&DIVIDE, &start, &sign)?, call(&DIVIDE, &stop, &sign)?);
    let (first, last) = (apply(&LOG10, &[(&start).into()], &own)?, apply(&LOG10, &[(&stop).into()], &own)?);
    let exponents = spaced((&first).into(), (&last).into(), n, endpoint, None, None)?.values;
    let values = apply(&POWER, &[Input::Weak(Weak::Float(10.0)), (&exponents).into()], &own)?.astype(wide)?;
    if n > 0 {
        values.slice(&[Slice::At(0)])?.assign((&start).into())?;
        if n > 1 && endpoint {
            values.slice(&[Slice::At(-1)])?.assign((&stop).into())?;
        }
    }
    let values = moved(call(&MULTIPLY, &values, &sign)?, axis)?;
    match dtype {
        Some(dtype) if dtype != wide => values.astype(dtype),
        _ => Ok(values),
    }
}

/// Points from `start` to `stop`, which is the last one if `endpoint`, along a new first axis.
pub(crate) fn spaced(start: Input, stop: Input, n: usize, endpoint: bool, dtype: Option<DType>, device: Option<Device>) -> Result<Spaced> {
    let wide = result_type(&[operand(start), operand(stop), Operand::Weak(Weak::Float(0.0))]).unwrap_or(DType::F64);
    let n_steps = if endpoint { n.saturating_sub(1) } else { n };
    let has_array = matches!(start, Input::Array(_)) || matches!(stop, Input::Array(_));
    let (mut values, step) =
        if has_array { between_arrays(start, stop, n, n_steps, wide)? } else { between_numbers(start, stop, n, n_steps, wide, device)? };
    if endpoint && n > 1 {
        // The last number is exact, whatever the steps round to.
        let last = match stop {
            Input::Weak(_) => Input::Scalar(number(stop, wide)?),
            other => other,
        };
        values.slice(&[Slice::At(-1)])?.assign(last)?;
    }
    let dtype = dtype.unwrap_or(wide);
    if matches!(dtype.kind(), Kind::Int | Kind::UInt) && wide.kind() == Kind::Float {
        values = apply(&FLOOR_DIVIDE, &[(&values).into(), Input::Scalar(Scalar::one(wide))], &UfuncOptions::default())?;
    }
    if dtype != wide {
        values = values.astype(dtype)?;
    }
    match device {
        Some(device) if device != values.device() => values = values.to_device(device)?,
        _ => {}
    }
    Ok(Spaced { values, step: (n_steps > 0).then_some(step) })
}

fn between_numbers(start: Input, stop: Input, n: usize, n_steps: usize, wide: DType, device: Option<Device>) -> Result<(Array, Value)> {
    let (first, last) = (number(start, wide)?, number(stop, wide)?);
    let (delta, step) = if wide.real() == DType::F64 { steps_f64(first, last, n_steps) } else { steps_f32(first, last, n_steps) };
    let own = UfuncOptions::default();
    let index = counting(n, wide, device)?;
    let scaled = if n_steps == 0 {
        apply(&MULTIPLY, &[(&index).into(), Input::Scalar(delta)], &own)?
    } else if step == Scalar::zero(wide) {
        // A difference too small to divide: first the index is divided.
        let count = Scalar::from(n_steps as f64).cast(wide);
        let part = apply(&DIVIDE, &[(&index).into(), Input::Scalar(count)], &own)?;
        apply(&MULTIPLY, &[(&part).into(), Input::Scalar(delta)], &own)?
    } else {
        apply(&MULTIPLY, &[(&index).into(), Input::Scalar(step)], &own)?
    };
    Ok((apply(&ADD, &[(&scaled).into(), Input::Scalar(first)], &own)?, step.into_value()))
}

fn between_arrays(start: Input, stop: Input, n: usize, n_steps: usize, wide: DType) -> Result<(Array, Value)> {
    let own = UfuncOptions::default();
    let in_wide = UfuncOptions { dtype: Some(wide), ..own };
    let delta = apply(&SUBTRACT, &[stop, start], &in_wide)?;
    let mut index_shape = vec![1; delta.n_axes() + 1];
    index_shape[0] = n as isize;
    let index = counting(n, wide, Some(delta.device()))?.reshape(&index_shape)?;
    let scaled = |index: &Array, by: &Array| apply(&MULTIPLY, &[index.into(), by.into()], &own);
    let (step, offsets) = if n_steps == 0 {
        (delta.clone(), scaled(&index, &delta)?)
    } else {
        let count = Input::Weak(Weak::Int(n_steps as i128));
        let step = apply(&DIVIDE, &[(&delta).into(), count], &own)?;
        // As NumPy: one difference that is too small to divide, and for all the index is divided first.
        let is_zero = apply(&EQUAL, &[(&step).into(), Input::Weak(Weak::Int(0))], &own)?;
        let any_zero = is_zero.any(&Default::default())?;
        let part = apply(&DIVIDE, &[(&index).into(), count], &own)?;
        let offsets = apply(&WHERE, &[(&any_zero).into(), (&scaled(&part, &delta)?).into(), (&scaled(&index, &step)?).into()], &own)?;
        (step, offsets)
    };
    Ok((apply(&ADD, &[(&offsets).into(), start], &in_wide)?, step.into_value()))
}

/// The numbers from 0 in a dtype.
fn counting(n: usize, dtype: DType, device: Option<Device>) -> Result<Array> {
    let options = CreateOptions { device, ..CreateOptions::default() };
    arange(Weak::Int(0), Weak::Int(n as i128), Weak::Int(1), None, options)?.astype(dtype)
}

fn count_of(num: i64) -> Result<usize> {
    usize::try_from(num).map_err(|_| Error::value(format!("Number of samples, {num}, must be non-negative.")))
}

/// The first axis at another place.
fn moved(values: Array, axis: isize) -> Result<Array> {
    normalize_axis(axis, values.n_axes()).map_err(|e| e.during("destination"))?;
    if axis == 0 { Ok(values) } else { moveaxis(&values, Ints(&[0]), Ints(&[axis])) }
}

fn as_array(x: Input, device: Device) -> Result<Array> {
    match x {
        Input::Array(a) => Ok(a.clone()),
        Input::Scalar(s) => full_on(&[], s, Some(device)),
        Input::Weak(w) => full_on(&[], w.to_scalar(w.default_dtype())?, Some(device)),
    }
}

macro_rules! steps {
    ($name:ident $complex:ident $real:ident) => {
        /// The difference of two numbers and the part of it that is one step, each rounded to their dtype.
        fn $name(first: Scalar, last: Scalar, n_steps: usize) -> (Scalar, Scalar) {
            let dtype = first.dtype();
            let delta = Scalar::from(last.to::<$complex>() - first.to::<$complex>()).cast(dtype);
            let (d, n) = (delta.to::<$complex>(), n_steps as $real);
            // NumPy divides a complex number by multiplying with the inverse, which rounds differently.
            let step = if dtype.kind() == Kind::Complex {
                $complex::new(d.re * (1.0 / n), d.im * (1.0 / n))
            } else {
                $complex::new(d.re / n, 0.0)
            };
            (delta, Scalar::from(step).cast(dtype))
        }
    };
}
steps!(steps_f32 c64 f32);
steps!(steps_f64 c128 f64);
