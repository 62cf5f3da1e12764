//! The frequencies of transforms, and their order.

use crate::array::Array;
use crate::creation::ramp;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Ints, Nested, function};
use crate::manipulation::joining::{JoinOptions, join};
use crate::manipulation::rearranging::roll;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{Device, Error, Result, Weak};
use cuprous_ops::ufuncs::arithmetic::{DIVIDE, MULTIPLY};

/// The frequencies of a transform of `n` samples: zero, the positive ones, then the negative ones.
///
/// # Parameters
/// - `n`: the number of samples.
/// - `d`: the distance between samples.
/// - `device`: where the array is made.
///
/// # Returns
/// float64 array of shape `(n,)`, in cycles per unit of `d`; complex128 for a complex `d`.
///
/// # Errors
/// - `Value`: `n` is no integer, or negative.
/// - `ZeroDivision`: `n` or the number `d` is zero.
///
/// # Source
/// `numpy.fft.fftfreq`
///
/// # Examples
/// ```python
/// >>> cp.fft.fftfreq(5, 0.5)
/// array([ 0. ,  0.4,  0.8, -0.8, -0.4])
/// ```
#[function(signature = "(n, d=1.0, device=None)", module = "fft")]
pub fn fftfreq(n: Nested, d: Input, device: Option<Device>) -> Result<Array> {
    let n = integer(n)?;
    let step = Step::new(n, d)?;
    let Ok(size) = usize::try_from(n) else { return Err(Error::value("negative dimensions are not allowed")) };
    let n_positive = size.div_ceil(2);
    let halves = [ramp(&[n_positive], &[1], 0, device)?, ramp(&[size - n_positive], &[1], -((size / 2) as i64), device)?];
    step.times(&join(&halves, 0, JoinOptions::default())?)
}

/// The frequencies of a transform of `n` real samples: zero and the positive ones.
///
/// # Parameters
/// - `n`: the number of samples.
/// - `d`: the distance between samples.
/// - `device`: where the array is made.
///
/// # Returns
/// float64 array of shape `(n // 2 + 1,)`, in cycles per unit of `d`; complex128 for a complex `d`.
///
/// # Errors
/// - `Value`: `n` is no integer.
/// - `ZeroDivision`: `n` or the number `d` is zero.
///
/// # Source
/// `numpy.fft.rfftfreq`
///
/// # Examples
/// ```python
/// >>> cp.fft.rfftfreq(4, 0.5)
/// array([0. , 0.5, 1. ])
/// ```
#[function(signature = "(n, d=1.0, device=None)", module = "fft")]
pub fn rfftfreq(n: Nested, d: Input, device: Option<Device>) -> Result<Array> {
    let n = integer(n)?;
    let step = Step::new(n, d)?;
    let size = usize::try_from(n.div_euclid(2).saturating_add(1)).unwrap_or(0);
    step.times(&ramp(&[size], &[1], 0, device)?)
}

/// The halves of axes swapped, so that the zero frequency comes to the middle.
///
/// # Parameters
/// - `x`: array of any shape with at least one axis.
/// - `axes`: the axes, by default all.
///
/// # Returns
/// Array of the shape and dtype of `x`.
///
/// # Errors
/// - `Index`: there is no such axis.
/// - `Value`: `x` has no axes.
///
/// # Source
/// `numpy.fft.fftshift`
///
/// # Examples
/// ```python
/// >>> cp.fft.fftshift(cp.asarray([0, 1, 2, -2, -1]))
/// array([-2, -1,  0,  1,  2])
/// ```
#[function(signature = "(x, axes=None)", module = "fft")]
pub fn fftshift(x: &Array, axes: Option<Ints>) -> Result<Array> {
    shifted(x, axes, |n| n / 2)
}

/// The inverse of `fftshift`: the zero frequency comes from the middle to the front.
///
/// # Parameters
/// - `x`: array of any shape with at least one axis.
/// - `axes`: the axes, by default all.
///
/// # Returns
/// Array of the shape and dtype of `x`.
///
/// # Errors
/// - `Index`: there is no such axis.
/// - `Value`: `x` has no axes.
///
/// # Source
/// `numpy.fft.ifftshift`
///
/// # Examples
/// ```python
/// >>> cp.fft.ifftshift(cp.asarray([-2, -1, 0, 1, 2]))
/// array([ 0,  1,  2, -2, -1])
/// ```
#[function(signature = "(x, axes=None)", module = "fft")]
pub fn ifftshift(x: &Array, axes: Option<Ints>) -> Result<Array> {
    shifted(x, axes, |n| -(n / 2))
}

fn shifted(x: &Array, axes: Option<Ints>, shift: fn(isize) -> isize) -> Result<Array> {
    let axes: Vec<isize> = axes.map_or_else(|| (0..x.n_axes() as isize).collect(), |axes| axes.0.to_vec());
    let mut shifts = Vec::new();
    for &axis in &axes {
        let k = normalize_axis(axis, x.n_axes()).map_err(|_| Error::index("tuple index out of range"))?;
        shifts.push(shift(x.shape()[k] as isize));
    }
    if x.n_axes() == 0 {
        return Err(Error::value("not enough values to unpack (expected 2, got 0)"));
    }
    roll(x, Ints(&shifts), Some(Ints(&axes)))
}

fn integer(n: Nested) -> Result<i64> {
    n.int().map(|n| n as i64).map_err(|_| Error::value("n should be an integer"))
}

/// `1.0 / (n * d)`: a number that the host knows, or an array.
enum Step {
    Number(Weak),
    Array(Array),
}

impl Step {
    fn new(n: i64, d: Input) -> Result<Step> {
        let real = match d {
            Input::Weak(Weak::Bool(b)) => f64::from(u8::from(b)),
            Input::Weak(Weak::Int(i)) => i as f64,
            Input::Weak(Weak::Float(x)) => x,
            other => {
                let options = UfuncOptions::default();
                let span = apply(&MULTIPLY, &[Input::Weak(Weak::Int(n.into())), other], &options)?;
                return apply(&DIVIDE, &[Input::Weak(Weak::Float(1.0)), (&span).into()], &options).map(Step::Array);
            }
        };
        let span = n as f64 * real;
        if span == 0.0 {
            return Err(Error::zero_division("float division by zero"));
        }
        Ok(Step::Number(Weak::Float(1.0 / span)))
    }

    fn times(&self, places: &Array) -> Result<Array> {
        let step = match self {
            Step::Number(weak) => Input::Weak(*weak),
            Step::Array(a) => a.into(),
        };
        apply(&MULTIPLY, &[places.into(), step], &UfuncOptions::default())
    }
}
