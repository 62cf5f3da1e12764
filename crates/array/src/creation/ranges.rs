//! Evenly spaced numbers.

use super::{CreateOptions, queue_of};
use crate::array::{Array, Expr};
use crate::engine::elementwise::finish;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote::{self, result_type};
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
    let natural =
        result_type(&[promote::Operand::Weak(start), promote::Operand::Weak(stop), promote::Operand::Weak(step)]).unwrap_or(DType::I64);
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
    if let (Weak::Int(a), Weak::Int(b), Weak::Int(s)) = (start, stop, step) {
        if s == 0 {
            return Err(Error::zero_division("division by zero"));
        }
        let span = if s > 0 { b - a } else { a - b };
        let n = if span > 0 { (span - 1) / s.abs() + 1 } else { 0 };
        let n = usize::try_from(n).map_err(|_| Error::value("Maximum allowed size exceeded"))?;
        checked_size(&[n], dtype.size())?;
        // NumPy refuses numbers that the dtype cannot hold.
        if dtype.is_integral() && dtype != DType::Bool && n > 0 {
            Weak::Int(a).to_scalar(dtype)?;
        }
        let values = integers(a as i64, s as i64, n, options)?;
        return if dtype == DType::I64 { Ok(values) } else { values.astype(dtype) };
    }
    let (a, b, s) = (real(start), real(stop), real(step));
    let n = ((b - a) / s).ceil();
    if n.is_nan() {
        return Err(Error::value("arange: cannot compute length"));
    }
    if n >= isize::MAX as f64 / 16.0 {
        return Err(Error::value("Maximum allowed size exceeded"));
    }
    let n = n.max(0.0) as usize;
    // As in NumPy: the second number minus the first is the step, in the dtype.
    let first = Scalar::from(a).cast(dtype);
    let second = Scalar::from(a + s).cast(dtype);
    let index = integers(0, 1, n, options)?;
    if dtype.is_integral() {
        let delta = second.to::<i64>() - first.to::<i64>();
        return integers(first.to::<i64>(), delta, n, options)?.astype(dtype);
    }
    let wide = if dtype == DType::F16 { DType::F32 } else { dtype };
    let (first, second) = (first.cast(wide), second.cast(wide));
    let delta = if wide == DType::F32 {
        Scalar::from(second.to::<f32>() - first.to::<f32>())
    } else {
        Scalar::from(second.to::<f64>() - first.to::<f64>())
    };
    let values = line(&index, first, delta)?;
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
