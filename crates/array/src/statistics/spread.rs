//! Variance and standard deviation under NumPy's names and signatures.

use super::nan::{numbers, without_nan};
use crate::array::Array;
use crate::engine::methods::{axes_of, masked};
use crate::engine::reduce::check_out;
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::function;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Error, Kind, Result, Scalar, Weak};
use cuprous_ops::reductions::{MEAN, NAN_SQUARED_DISTANCES, SQUARED_DISTANCES, SUM};
use cuprous_ops::ufuncs::arithmetic::{CONJUGATE, DIVIDE, MULTIPLY, SQUARE, SUBTRACT};
use cuprous_ops::ufuncs::comparison::{GREATER, WHERE};
use cuprous_ops::ufuncs::exponential::SQRT;

/// The variance of array elements over given axes: the mean squared distance from the mean.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the computation and of the result. By default that of `a`, and float64 for integers and bool;
///   distances are added up in float64.
/// - `out`: array for the result.
/// - `ddof`: what is taken off the number of elements in the divisor.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
/// - `mean`: the means, with the reduced axes of length 1, if they are known already.
/// - `correction`: another name of `ddof`.
///
/// # Returns
/// Array with the axes that are left, real for complex `a`. Where no element is left in the divisor it is NaN or infinite.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
/// - `Value`: both `ddof` and `correction` are given.
///
/// # Differs from NumPy
/// Raises no warning where elements are too few. The result is always an array.
///
/// # Source
/// `numpy.var`
///
/// # Examples
/// ```python
/// >>> cp.var(cp.asarray([[1, 2], [3, 6]]), axis=0)
/// array([1., 4.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)", method)]
pub fn var(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    ddof: f64,
    keepdims: bool,
    r#where: Option<&Array>,
    mean: Option<&Array>,
    correction: Option<f64>,
) -> Result<Array> {
    Spread::around(a, axis, dtype, out, freedom(ddof, correction)?, keepdims, r#where, mean).of(a)
}

/// The standard deviation of array elements over given axes: the root of the variance.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to reduce; by default all.
/// - `dtype`: the dtype of the computation and of the result. By default that of `a`, and float64 for integers and bool;
///   distances are added up in float64.
/// - `out`: array for the result.
/// - `ddof`: what is taken off the number of elements in the divisor.
/// - `keepdims`: whether reduced axes stay, with length 1.
/// - `where`: array of bool that broadcasts with `a`: which elements count; by default all.
/// - `mean`: the means, with the reduced axes of length 1, if they are known already.
/// - `correction`: another name of `ddof`.
///
/// # Returns
/// Array with the axes that are left, real for complex `a`. Where no element is left in the divisor it is NaN or infinite.
///
/// # Errors
/// - `Axis`, `Value`: an axis that `a` does not have, or that is named twice; an `out` of another shape.
/// - `Type`: `where` is not of dtype bool.
/// - `Value`: both `ddof` and `correction` are given.
///
/// # Differs from NumPy
/// Raises no warning where elements are too few. The result is always an array.
///
/// # Source
/// `numpy.std`
///
/// # Examples
/// ```python
/// >>> cp.std(cp.asarray([[1, 2], [3, 6]]), axis=0)
/// array([1., 2.])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)", method)]
pub fn std(
    a: &Array,
    axis: Option<&[isize]>,
    dtype: Option<DType>,
    out: Option<&Array>,
    ddof: f64,
    keepdims: bool,
    r#where: Option<&Array>,
    mean: Option<&Array>,
    correction: Option<f64>,
) -> Result<Array> {
    let spread = Spread::around(a, axis, dtype, out, freedom(ddof, correction)?, keepdims, r#where, mean);
    Spread { root: true, ..spread }.of(a)
}

/// `ddof` under either of its names.
pub(super) fn freedom(ddof: f64, correction: Option<f64>) -> Result<f64> {
    match correction {
        Some(_) if ddof != 0.0 => Err(Error::value("ddof and correction can't be provided simultaneously.")),
        Some(correction) => Ok(correction),
        None => Ok(ddof),
    }
}

/// What a variance is computed of, and how.
pub(super) struct Spread<'a> {
    pub axes: Option<&'a [isize]>,
    pub dtype: Option<DType>,
    pub out: Option<&'a Array>,
    pub ddof: f64,
    pub keep_axes: bool,
    pub mask: Option<&'a Array>,
    pub mean: Option<&'a Array>,
    /// Whether NaN does not count
    pub skip_nan: bool,
    /// The standard deviation instead
    pub root: bool,
}

impl<'a> Spread<'a> {
    /// The variance of what `numpy.var` takes.
    #[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
    pub fn around(
        a: &Array,
        axis: Option<&'a [isize]>,
        dtype: Option<DType>,
        out: Option<&'a Array>,
        ddof: f64,
        keep_axes: bool,
        mask: Option<&'a Array>,
        mean: Option<&'a Array>,
    ) -> Spread<'a> {
        Spread { axes: axes_of(a, axis), dtype, out, ddof, keep_axes, mask, mean, skip_nan: false, root: false }
    }

    /// The variance, in one pass unless the means are given.
    pub fn of(&self, a: &Array) -> Result<Array> {
        let asked = self.dtype.unwrap_or(if a.dtype().is_integral() { DType::F64 } else { a.dtype() });
        if self.mean.is_some() || asked.is_integral() {
            return self.around_means(a, asked);
        }
        let x = if a.dtype() == asked || self.takes(a.dtype(), asked) { a.clone() } else { a.astype(asked)? };
        let ends = ReduceOptions { axes: self.axes, keep_axes: self.keep_axes, ..ReduceOptions::default() };
        let plain = UfuncOptions::default();
        let value = if self.skip_nan || self.mask.is_some() {
            let pair = reduce(&NAN_SQUARED_DISTANCES, &self.counted(x)?, &ends)?;
            let left = apply(&SUBTRACT, &[(&pair.imag()?).into(), Input::Weak(Weak::Float(self.ddof))], &plain)?;
            let left = self.above_zero(&left)?;
            apply(&DIVIDE, &[(&pair.real()?).into(), (&left).into()], &plain)?
        } else {
            let total = reduce(&SQUARED_DISTANCES, &x, &ends)?;
            let left = (self.n_reduced(a)? as f64 - self.ddof).max(0.0);
            apply(&DIVIDE, &[(&total).into(), Input::Weak(Weak::Float(left))], &plain)?
        };
        self.deliver(value, asked)
    }

    /// Whether the elements need no conversion: integers are taken as float64 one by one.
    fn takes(&self, dtype: DType, asked: DType) -> bool {
        dtype.is_integral() && asked == DType::F64 && self.mask.is_none()
    }

    /// The elements with NaN in the place of those that do not count. Where NaN counts, an infinity stands for it, whose
    /// variance is NaN as well.
    fn counted(&self, x: Array) -> Result<Array> {
        let Some(mask) = self.mask else { return Ok(x) };
        let dtype = x.dtype();
        let x = if self.skip_nan { x } else { without_nan(&x, Scalar::from(f64::INFINITY).cast(dtype))? };
        masked(&x, mask, Scalar::from(f64::NAN).cast(dtype))
    }

    /// A divisor that is not below zero: too few elements divide by zero. Without NaN they have no variance.
    fn above_zero(&self, left: &Array) -> Result<Array> {
        let is_left = apply(&GREATER, &[left.into(), 0.0.into()], &UfuncOptions::default())?;
        let none = if self.skip_nan { f64::NAN } else { 0.0 };
        apply(&WHERE, &[(&is_left).into(), left.into(), none.into()], &UfuncOptions::default())
    }

    fn n_reduced(&self, a: &Array) -> Result<usize> {
        let Some(axes) = self.axes else { return Ok(a.size()) };
        axes.iter().map(|&k| normalize_axis(k, a.n_axes()).map(|k| a.shape()[k])).product()
    }

    /// The mean of the squared distances from given means, or from those that an integer dtype rounds to.
    fn around_means(&self, a: &Array, asked: DType) -> Result<Array> {
        let wide = if asked == DType::F16 { DType::F32 } else { asked };
        let x = a.clone().cast(wide)?;
        let kept = ReduceOptions { axes: self.axes, keep_axes: true, ..ReduceOptions::default() };
        let ends = ReduceOptions { axes: self.axes, keep_axes: self.keep_axes, ..ReduceOptions::default() };
        let n = self.n_reduced(a)?;
        let mask = match (self.mask, self.skip_nan && !a.dtype().is_integral()) {
            (mask, true) => Some(numbers(a, mask)?),
            (mask, false) => mask.cloned(),
        };
        let counted = match &mask {
            Some(mask) => Some(mask.broadcast_to(a.shape())?),
            None => None,
        };
        let hidden = |x: &Array| match &mask {
            Some(mask) => masked(x, mask, Scalar::zero(x.dtype())),
            None => Ok(x.clone()),
        };
        let mean = match (self.mean, &counted) {
            (Some(mean), _) => mean.clone(),
            (None, None) => reduce(&MEAN, &x, &kept)?,
            (None, Some(mask)) => {
                let (total, count) = (reduce(&SUM, &hidden(&x)?, &kept)?, reduce(&SUM, mask, &kept)?);
                quotient(&total, Input::Array(&count), wide)?
            }
        };
        let mean = mean.cast(wide)?;
        let distance = apply(&SUBTRACT, &[(&x).into(), (&mean).into()], &UfuncOptions::default())?;
        let square = if wide.kind() == Kind::Complex {
            let conjugate = apply(&CONJUGATE, &[(&distance).into()], &UfuncOptions::default())?;
            apply(&MULTIPLY, &[(&distance).into(), (&conjugate).into()], &UfuncOptions::default())?.real()?
        } else {
            apply(&SQUARE, &[(&distance).into()], &UfuncOptions::default())?
        };
        drop(distance);
        let total = reduce(&SUM, &hidden(&square)?, &ends)?;
        let real = wide.real();
        let value = match &counted {
            None => quotient(&total, Input::Weak(Weak::Float((n as f64 - self.ddof).max(0.0))), real)?,
            Some(mask) => {
                let count = reduce(&SUM, mask, &ends)?.astype(real)?;
                let left = apply(&SUBTRACT, &[(&count).into(), Input::Weak(Weak::Float(self.ddof))], &UfuncOptions::default())?;
                quotient(&total, Input::Array(&self.above_zero(&left)?), real)?
            }
        };
        self.deliver(value, asked)
    }

    /// The variance or its root, in the dtype of the result.
    fn deliver(&self, value: Array, asked: DType) -> Result<Array> {
        let value = if self.root { apply(&SQRT, &[(&value).into()], &UfuncOptions::default())? } else { value };
        let result = asked.real();
        let value = value.cast(result)?;
        match self.out {
            None => Ok(value),
            Some(out) => {
                check_out("add", out, value.shape())?;
                out.assign((&value).into())?;
                Ok(out.clone())
            }
        }
    }
}

/// A quotient in a dtype.
pub(super) fn quotient(a: &Array, b: Input, dtype: DType) -> Result<Array> {
    let value = apply(&DIVIDE, &[a.into(), b], &UfuncOptions::default())?;
    if value.dtype() == dtype { Ok(value) } else { value.astype(dtype) }
}
