//! One transform along any axes: NumPy's checks and words, lengths, dtypes and norms; the backend does the rest.

use crate::array::Array;
use crate::creation::{empty_like, full_like};
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply, place, resolve};
use crate::function::{Any, Value};
use cuprous_core::backend::{FftKind, FftSpec, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, can_cast};
use cuprous_core::shape::{Dims, normalize_axis, tuple};
use cuprous_core::{DType, Error, Kind, Result, Scalar, Weak, c128};
use cuprous_ops::ufuncs::arithmetic::MULTIPLY;
use smallvec::SmallVec;

/// One axis of a transform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub kind: FftKind,
    /// Length of the line, of its real side if there is one
    pub n: isize,
    pub axis: isize,
}

/// Which direction is divided by the length: the inverse one, both by its root, the forward one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Norm {
    Backward,
    Ortho,
    Forward,
}

/// The argument `norm`: what it means, or what it says if that means nothing.
pub(super) type GivenNorm = std::result::Result<Norm, String>;

/// Reads the argument `norm`.
pub(super) fn norm_of(given: Any) -> GivenNorm {
    match given.0 {
        Value::None => Ok(Norm::Backward),
        Value::Str(word) => match &**word {
            "backward" => Ok(Norm::Backward),
            "ortho" => Ok(Norm::Ortho),
            "forward" => Ok(Norm::Forward),
            other => Err(other.into()),
        },
        Value::Int(i) => Err(i.to_string()),
        Value::Bool(b) => Err(if *b { "True" } else { "False" }.into()),
        Value::Weak(Weak::Float(x)) => Err(format!("{x:?}")),
        other => Err(format!("{other:?}")),
    }
}

/// The norm of the transform in the other direction that gives the same numbers.
///
/// # Errors
/// `Value` in NumPy's words for a norm that means nothing.
pub(super) fn swapped(norm: GivenNorm) -> Result<GivenNorm> {
    Ok(Ok(match checked(&norm, false)? {
        Norm::Backward => Norm::Forward,
        Norm::Ortho => Norm::Ortho,
        Norm::Forward => Norm::Backward,
    }))
}

fn checked(norm: &GivenNorm, is_forward: bool) -> Result<Norm> {
    // NumPy writes one blank more where it turns the direction round first.
    let blank = if is_forward { "" } else { " " };
    norm.clone().map_err(|word| Error::value(format!("Invalid norm value {word}; should be \"backward\",{blank}\"ortho\" or \"forward\".")))
}

fn is_forward(kind: FftKind) -> bool {
    matches!(kind, FftKind::Forward | FftKind::RealForward)
}

/// The length of an axis, as the default of `n`.
///
/// # Errors
/// `Index` in NumPy's words.
pub(super) fn length(a: &Array, axis: isize) -> Result<isize> {
    let k = normalize_axis(axis, a.n_axes()).map_err(|_| Error::index("tuple index out of range"))?;
    Ok(a.shape()[k] as isize)
}

/// Transforms along the axes of some steps, in this order; a halved axis is the first of a forward transform and the
/// last of an inverse one. `is_ours` says that nobody else needs the elements of `a`.
///
/// # Errors
/// `Value`, `Axis`, `Type` in NumPy's words; `Memory`, `Device`.
pub(super) fn transform(a: &Array, is_ours: bool, steps: &[Step], norm: &GivenNorm, out: Option<&Array>) -> Result<Array> {
    let mut axes: SmallVec<[usize; 4]> = SmallVec::new();
    let mut scale = 1.0;
    for step in steps {
        if step.n < 1 {
            return Err(Error::value(format!("Invalid number of FFT data points ({}) specified.", step.n)));
        }
        scale *= match (checked(norm, is_forward(step.kind))?, is_forward(step.kind)) {
            (Norm::Ortho, _) => 1.0 / (step.n as f64).sqrt(),
            (Norm::Backward, false) | (Norm::Forward, true) => 1.0 / step.n as f64,
            _ => 1.0,
        };
        axes.push(normalize_axis(step.axis, a.n_axes())?);
    }
    if axes.iter().enumerate().any(|(i, k)| axes[..i].contains(k)) {
        // An axis that comes twice is transformed twice.
        let (last, others) = steps.split_last().unwrap_or_else(|| unreachable!("an axis came twice"));
        let mut value = a.clone();
        for step in others {
            value = transform(&value, false, std::slice::from_ref(step), norm, None)?;
        }
        return transform(&value, true, std::slice::from_ref(last), norm, out);
    }
    let plan = Plan::new(a, steps, axes, scale);
    plan.check(a, out)?;
    let value = plan.run(a, is_ours)?;
    let Some(out) = out else { return Ok(value) };
    out.assign((&value).into())?;
    Ok(out.clone())
}

/// A transform whose lengths and dtypes are decided.
struct Plan<'a> {
    steps: &'a [Step],
    axes: SmallVec<[usize; 4]>,
    scale: f64,
    /// With the halved axis, if there is one
    kind: FftKind,
    is_single: bool,
    /// Of what is transformed: the array's shape, cropped and padded
    before: Dims,
    /// Of the results
    after: Dims,
}

impl<'a> Plan<'a> {
    fn new(a: &Array, steps: &'a [Step], axes: SmallVec<[usize; 4]>, scale: f64) -> Plan<'a> {
        let (mut before, mut after): (Dims, Dims) = (a.shape().into(), a.shape().into());
        let mut kind = FftKind::Forward;
        for (step, &k) in steps.iter().zip(&axes) {
            let (n, half) = (step.n as usize, step.n as usize / 2 + 1);
            before[k] = if step.kind == FftKind::RealInverse { half } else { n };
            after[k] = if step.kind == FftKind::RealForward { half } else { n };
            // The halved axis decides; without one all are alike.
            if kind != FftKind::RealForward {
                kind = step.kind;
            }
        }
        let is_single = matches!(a.dtype(), DType::F16 | DType::F32 | DType::C64);
        Plan { steps, axes, scale, kind, is_single, before, after }
    }

    fn real(&self) -> DType {
        if self.is_single { DType::F32 } else { DType::F64 }
    }

    fn complex(&self) -> DType {
        if self.is_single { DType::C64 } else { DType::C128 }
    }

    /// The dtype in which the results are made.
    fn computed(&self) -> DType {
        if self.kind == FftKind::RealInverse { self.real() } else { self.complex() }
    }

    /// Whether the results are float16: only those of one inverse transform, as in NumPy.
    fn is_half(&self, a: &Array) -> bool {
        a.dtype() == DType::F16 && self.kind == FftKind::RealInverse && self.steps.len() == 1
    }

    fn check(&self, a: &Array, out: Option<&Array>) -> Result<()> {
        if let Some(out) = out
            && (out.n_axes() != a.n_axes() || self.axes.iter().any(|&k| out.shape()[k] != self.after[k]))
        {
            return Err(Error::value("output array has wrong shape."));
        }
        let name = match self.kind {
            FftKind::Forward => "fft",
            FftKind::Inverse => "ifft",
            FftKind::RealForward if self.steps[0].n % 2 == 0 => "rfft_n_even",
            FftKind::RealForward => "rfft_n_odd",
            FftKind::RealInverse => "irfft",
        };
        if self.kind == FftKind::RealForward && a.dtype().kind() == Kind::Complex {
            return Err(Error::type_error(format!(
                "ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''"
            )));
        }
        match out {
            Some(out) if !can_cast(self.computed(), out.dtype(), Casting::SameKind) => {
                // NumPy's loops are those of double precision, unless elements and factor are single.
                let single = if self.kind == FftKind::RealForward { DType::F32 } else { DType::C64 };
                let is_single = a.dtype() == single && self.scale != 1.0;
                let named = match self.kind {
                    FftKind::RealInverse => [DType::F64, DType::F32],
                    _ => [DType::C128, DType::C64],
                };
                Err(resolve::output_casting(name, named[usize::from(is_single)], out.dtype(), Casting::SameKind))
            }
            _ => Ok(()),
        }
    }

    /// The results, in a new array.
    fn run(&self, a: &Array, is_ours: bool) -> Result<Array> {
        // A line of one element is its own transform: backends see longer ones only.
        let is_long = |i: &usize| self.steps[*i].n > 1;
        let halved = self.steps.iter().position(|s| matches!(s.kind, FftKind::RealForward | FftKind::RealInverse));
        let kind = match self.kind {
            FftKind::RealForward if !halved.as_ref().is_some_and(is_long) => FftKind::Forward,
            FftKind::RealInverse if !halved.as_ref().is_some_and(is_long) => FftKind::Inverse,
            kind => kind,
        };
        let mut axes: SmallVec<[usize; 4]> = (0..self.steps.len()).filter(is_long).map(|i| self.axes[i]).collect();
        if kind != FftKind::RealInverse {
            axes.reverse();
        }
        let input = if kind == FftKind::RealForward { self.real() } else { self.complex() };
        let output = if kind == FftKind::RealInverse { self.real() } else { self.complex() };
        if self.after.contains(&0) {
            let dtype = if self.is_half(a) { DType::F16 } else { self.computed() };
            return empty_like(a, Some(&self.after), Some(dtype), MemoryOrder::Keep);
        }
        let (source, is_ours) = self.source(a, input, is_ours)?;
        let value = if axes.is_empty() {
            source.astype(self.computed())?
        } else {
            let value = empty_like(a, Some(&self.after), Some(output), MemoryOrder::Keep)?;
            let queue = value.queue().clone();
            let (memory, storage) = (source.force()?, value.force()?);
            let device = backend(queue.device.kind)?;
            memory.before_reading(device, &queue)?;
            let scales = device.fft().scales(kind);
            device.fft().transform(&FftSpec {
                kind,
                axes: &axes,
                input: Operand::new(&memory.buffer, source.layout(), input)?,
                output: Operand::new(&storage.buffer, value.layout(), output)?,
                scale: if scales { self.scale } else { 1.0 },
                may_destroy_input: is_ours,
                queue: &queue,
            })?;
            place::after(&queue, || format!("Fourier transform of shape {}", tuple(a.shape())))?;
            let value = if scales || self.scale == 1.0 { value } else { scaled(&value, self.scale)? };
            if output == self.computed() { value } else { value.astype(self.computed())? }
        };
        if self.is_half(a) { value.astype(DType::F16) } else { Ok(value) }
    }

    /// What is transformed: cropped, padded with zeros and of the dtype; and whether it is nobody else's.
    fn source(&self, a: &Array, dtype: DType, is_ours: bool) -> Result<(Array, bool)> {
        let part: SmallVec<[Slice; 4]> =
            a.shape().iter().zip(&self.before).map(|(&n, &wanted)| Slice::Range(None, Some(n.min(wanted) as isize), 1)).collect();
        let is_cropped = a.shape().iter().zip(&self.before).any(|(n, wanted)| n > wanted);
        let cropped = if is_cropped { a.slice(&part)? } else { a.clone() };
        if cropped.shape() != &self.before[..] {
            let padded = full_like(a, Some(&self.before), Scalar::zero(dtype), MemoryOrder::Keep)?;
            if cropped.size() > 0 {
                padded.slice(&part)?.assign((&cropped).into())?;
            }
            return Ok((padded, true));
        }
        if cropped.dtype() != dtype { Ok((cropped.astype(dtype)?, true)) } else { Ok((cropped, is_ours)) }
    }
}

/// An array times a number, as a step that waits.
fn scaled(value: &Array, scale: f64) -> Result<Array> {
    let scale = Scalar::from(c128::new(scale, 0.0)).cast(value.dtype());
    apply(&MULTIPLY, &[value.into(), Input::Scalar(scale)], &UfuncOptions::default())
}
