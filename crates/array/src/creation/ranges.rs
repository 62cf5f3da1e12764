//! Evenly spaced numbers.

use super::{CreateOptions, queue_of};
use crate::array::{Array, Expr};
use crate::engine::elementwise::finish;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote;
use cuprous_core::shape::checked_size;
use cuprous_core::{DType, Device, Error, Kind, Result, Scalar, Weak};
use cuprous_ops::ufuncs::arithmetic::{ADD, MULTIPLY};

/// The numbers `first + k * step` for `k` from 0, as int64.
fn integers(first: i64, step: i64, n: usize, options: CreateOptions) -> Result<Array> {
    let queue = queue_of(options.device)?;
    let layout = Layout::contiguous(&[n], DType::I64.size(), Order::C);
    // An index operand's offset is an address-sized number: it wraps around for negative starts.
    let index = Layout { shape: layout.shape.clone(), strides: [step as isize].as_slice().into(), offset: first as usize };
    finish(&queue, DType::I64, layout, Expr::Index(index), || "arange".into())
}

/// `first` plus the steps from the first element, as int64: an index in any shape, which is never stored if it is consumed.
pub(crate) fn ramp(shape: &[usize], steps: &[isize], first: i64, device: Option<Device>) -> Result<Array> {
    checked_size(shape, DType::I64.size())?;
    let queue = queue_of(device)?;
    let layout = Layout::contiguous(shape, DType::I64.size(), Order::C);
    let index = Layout { shape: shape.into(), strides: steps.into(), offset: first as usize };
    finish(&queue, DType::I64, layout, Expr::Index(index), || "ramp".into())
}

/// Numbers from `start` up to, not including, `stop`, in steps.
///
/// # Errors
/// `Value` in NumPy's words if there would be too many, or for a step of zero.
pub fn arange(start: Weak, stop: Weak, step: Weak, dtype: Option<DType>, options: CreateOptions) -> Result<Array> {
    let given = [start, stop, step];
    let natural = given.map(Weak::default_dtype).into_iter().reduce(promote::promote).unwrap_or(DType::I64);
    if dtype.is_none() && given.iter().any(|w| matches!(w, Weak::Int(i) if *i < i64::MIN.into() || *i > u64::MAX.into())) {
        return Err(Error::overflow("Python int too large to convert to C long"));
    }
    let dtype = dtype.unwrap_or(if natural == DType::Bool { DType::I64 } else { natural });
    if natural.kind() == Kind::Complex {
        return Err(Error::unsupported("arange from complex numbers: start, stop and step must be real"));
    }
    if dtype.kind() == Kind::Complex {
        return arange(start, stop, step, Some(dtype.real()), options)?.astype(dtype);
    }
    let real = |w: Weak| match w {
        Weak::Bool(b) => b as i64 as f64,
        Weak::Int(i) => i as f64,
        Weak::Float(x) => x,
        Weak::Complex(z) => z.re,
    };
    let too_many = || Error::value("Maximum allowed size exceeded");
    let n = if let (Weak::Int(a), Weak::Int(b), Weak::Int(s)) = (start, stop, step) {
        if s == 0 {
            return Err(Error::zero_division("division by zero"));
        }
        let span = if s > 0 { b.checked_sub(a) } else { a.checked_sub(b) }.ok_or_else(too_many)?;
        let n = if span > 0 { (span - 1) / s.checked_abs().ok_or_else(too_many)? + 1 } else { 0 };
        let n = usize::try_from(n).map_err(|_| too_many())?;
        checked_size(&[n], dtype.size())?;
        // NumPy refuses numbers that the dtype cannot hold.
        if dtype.is_integral() && dtype != DType::Bool {
            for first in [a, a.saturating_add(s)].into_iter().take(n) {
                Weak::Int(first).to_scalar(dtype)?;
            }
        }
        // The first two numbers as the dtype holds them give the step, and sums are computed in float32 or wider. While
        // all of this is exact, the floats are the integers.
        let (digits, wide_digits) = match dtype.real() {
            DType::F64 => (53, 53),
            DType::F32 => (24, 24),
            _ => (11, 24),
        };
        let fits = |x: i128, digits: u32| x.unsigned_abs() <= 1 << digits;
        if dtype.is_integral() || (fits(a, digits) && fits(a.saturating_add(s), digits) && fits(b, wide_digits)) {
            let values = integers(a as i64, s as i64, n, options)?;
            return if dtype == DType::I64 { Ok(values) } else { values.astype(dtype) };
        }
        n
    } else {
        let n = ((real(stop) - real(start)) / real(step)).ceil();
        if n.is_nan() {
            return Err(Error::value("arange: cannot compute length"));
        }
        if n >= isize::MAX as f64 / 16.0 {
            return Err(too_many());
        }
        n.max(0.0) as usize
    };
    let (a, s) = (real(start), real(step));
    // As in NumPy: the second number minus the first is the step, in the dtype.
    let first = Scalar::from(a).cast(dtype);
    let second = Scalar::from(a + s).cast(dtype);
    let index = integers(0, 1, n, options)?;
    if dtype.is_integral() {
        // NumPy reads both as C integers.
        let end = if dtype == DType::U64 { u64::MAX as f64 } else { i64::MAX as f64 };
        if dtype != DType::Bool && n > 0 && [a, a + s].iter().any(|x| *x >= end || *x < i64::MIN as f64) {
            return Err(Error::overflow("Python int too large to convert to C long"));
        }
        let delta = second.to::<i64>().wrapping_sub(first.to::<i64>());
        return integers(first.to::<i64>(), delta, n, options)?.astype(dtype);
    }
    let wide = if dtype == DType::F16 { DType::F32 } else { dtype };
    let (first, second) = (first.cast(wide), second.cast(wide));
    let (delta, sum) = if wide == DType::F32 {
        let delta = second.to::<f32>() - first.to::<f32>();
        (Scalar::from(delta), Scalar::from(first.to::<f32>() + delta))
    } else {
        let delta = second.to::<f64>() - first.to::<f64>();
        (Scalar::from(delta), Scalar::from(first.to::<f64>() + delta))
    };
    let values = line(&index, first, delta)?;
    if sum != second || !delta.to::<f64>().is_finite() {
        // The first two numbers are what they are, whatever the step rounds to.
        for (place, value) in [first, second].into_iter().enumerate().take(n) {
            values.set(&[Slice::At(place as isize)], Input::Scalar(value))?;
        }
    }
    if dtype == wide { Ok(values) } else { values.astype(dtype) }
}

/// `first + index * delta` in the dtype of both.
fn line(index: &Array, first: Scalar, delta: Scalar) -> Result<Array> {
    let index = index.astype(first.dtype())?;
    let scaled = apply(&MULTIPLY, &[(&index).into(), Input::Scalar(delta)], &UfuncOptions::default())?;
    apply(&ADD, &[(&scaled).into(), Input::Scalar(first)], &UfuncOptions::default())
}

/// `n` numbers from `start` to `stop`, which is the last one if `endpoint`.
///
/// # Errors
/// `Value` for a size too large.
pub fn linspace(start: f64, stop: f64, n: usize, endpoint: bool, dtype: DType, options: CreateOptions) -> Result<Array> {
    checked_size(&[n], dtype.size())?;
    let n_steps = if endpoint { n.saturating_sub(1) } else { n };
    let delta = stop - start;
    let index = integers(0, 1, n, options)?;
    let values = if n_steps > 0 {
        let step = delta / n_steps as f64;
        if step == 0.0 {
            // A difference too small to divide: as NumPy, first divide the index.
            let index = index.astype(DType::F64)?;
            let part = apply(
                &cuprous_ops::ufuncs::arithmetic::DIVIDE,
                &[(&index).into(), Input::Scalar(Scalar::from(n_steps as f64))],
                &UfuncOptions::default(),
            )?;
            line(&part, Scalar::from(start), Scalar::from(delta))?
        } else {
            line(&index, Scalar::from(start), Scalar::from(step))?
        }
    } else {
        line(&index, Scalar::from(start), Scalar::from(delta))?
    };
    if endpoint && n > 1 {
        // The last number is exact, whatever the steps round to.
        values.set(&[Slice::At(-1)], Input::Scalar(Scalar::from(stop)))?;
    }
    if dtype.is_integral() {
        let floored = apply(
            &cuprous_ops::ufuncs::arithmetic::FLOOR_DIVIDE,
            &[(&values).into(), Input::Scalar(Scalar::from(1.0f64))],
            &UfuncOptions::default(),
        )?;
        return floored.astype(dtype);
    }
    if dtype == DType::F64 { Ok(values) } else { values.astype(dtype) }
}
