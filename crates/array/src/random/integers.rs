//! Integers between bounds, each alike, and bits.

use super::parameters::{Parameter, SizePlace, result_shape};
use super::{DrawOptions, Generator, apply_row, at_once};
use crate::array::Array;
use crate::creation::{CreateOptions, ramp};
use crate::engine::{Input, place};
use crate::{logic, math};
use cuprous_core::backend::{Distribution, RandomSpec};
use cuprous_core::{DType, Device, Error, Result, Scalar};
use cuprous_ops::sampling;

/// A bound of integers.
pub enum Bound {
    /// A number of any size
    Number(i128),
    /// Integers, with the numbers if the host has them
    Array(Array, Option<Vec<i128>>),
}

/// How integers are drawn.
#[derive(Clone, Copy)]
pub struct IntegerOptions<'a> {
    /// Shape, dtype and device
    pub draw: DrawOptions<'a>,
    /// Whether `high` may be drawn
    pub includes_high: bool,
    /// What the caller is called in messages
    pub name: &'static str,
}

/// The smallest and the largest number of a dtype.
fn limits(dtype: DType) -> (i128, i128) {
    match dtype {
        DType::Bool => (0, 1),
        DType::U64 => (0, u64::MAX.into()),
        DType::I64 => (i64::MIN.into(), i64::MAX.into()),
        d => {
            let n_bits = 8 * d.size() as u32;
            if d.kind() == cuprous_core::Kind::UInt { (0, (1 << n_bits) - 1) } else { (-(1 << (n_bits - 1)), (1 << (n_bits - 1)) - 1) }
        }
    }
}

impl Bound {
    fn known(&self) -> Option<Vec<i128>> {
        match self {
            Bound::Number(x) => Some(vec![*x]),
            Bound::Array(_, known) => known.clone(),
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Bound::Number(_) => &[],
            Bound::Array(a, _) => a.shape(),
        }
    }

    /// The bits of the bound as int64, so that differences wrap to the right span.
    fn bits(&self) -> Result<Parameter> {
        Ok(match self {
            Bound::Number(x) => Parameter::Number(Scalar::from(*x as i64)),
            Bound::Array(a, _) => Parameter::Array(a.astype(DType::I64)?, None),
        })
    }
}

impl Generator {
    /// Integers from `low` up to `high`, each alike.
    ///
    /// # Errors
    /// `Value` in NumPy's words for bounds that the host knows and that are out of the dtype's range or in the wrong
    /// order (of arrays on a device the elements are not read: there `low` is drawn); `Type` for another dtype;
    /// `Shape`, `Device`, `Memory`.
    pub fn integers(&self, low: &Bound, high: &Bound, options: &IntegerOptions) -> Result<Array> {
        // Shift and cast join the drawing in one pass.
        at_once(self.waiting_integers(low, high, options)?)
    }

    fn waiting_integers(&self, low: &Bound, high: &Bound, options: &IntegerOptions) -> Result<Array> {
        let dtype = options.draw.dtype.unwrap_or(DType::I64);
        if !dtype.is_integral() {
            return Err(Error::type_error(format!("Unsupported dtype dtype('{dtype}') for {}", options.name)));
        }
        check_bounds(low, high, dtype, options)?;
        let shape = result_shape(options.draw.size, &[low.shape(), high.shape()], SizePlace::Last)?;
        let arrays = [low, high].into_iter().filter_map(|b| if let Bound::Array(a, _) = b { Some(a) } else { None });
        let device = match (options.draw.device, arrays.into_iter().next()) {
            (Some(device), _) => device,
            (None, Some(array)) => array.device(),
            (None, None) => place::default_device()?,
        };
        let wraps = Input::Scalar(Scalar::from(i64::from(options.includes_high)));
        if let (Bound::Number(first), Bound::Number(last)) = (low, high) {
            // How many numbers there are; 0 stands for 2^64 below.
            let n = last - first + i128::from(options.includes_high);
            let drawn = if n <= 1 << 32 {
                let bound = Scalar::from((n & 0xffff_ffff) as u32);
                self.below(&shape, Input::Scalar(bound), DType::U32, device)?
            } else {
                self.below(&shape, Input::Scalar(Scalar::from(n as u64)), DType::U64, device)?
            };
            let drawn = drawn.astype(dtype)?;
            let first = Scalar::from(*first as i64).cast(dtype);
            return if *low_of(low) == 0 || dtype == DType::Bool && first == Scalar::zero(DType::Bool) {
                Ok(drawn)
            } else if dtype == DType::Bool {
                logic::logical_or(&drawn, Input::Scalar(first))
            } else {
                math::add(&drawn, Input::Scalar(first))
            };
        }
        let (first, last) = (low.bits()?, high.bits()?);
        let span = math::add(&math::subtract(last.input(), first.input())?, wraps)?;
        // The bits of int64 are those of uint64.
        let span = span.astype(DType::U64)?;
        let is_u64 = dtype == DType::U64;
        let first_of = |p: &Parameter| if is_u64 { p.cast(DType::U64) } else { p.cast(DType::I64) };
        let (first, last) = (first_of(&first)?, first_of(&last)?);
        let in_order =
            if options.includes_high { logic::less_equal(first.input(), last.input())? } else { logic::less(first.input(), last.input())? };
        let span = logic::select(&in_order, &span, Input::Scalar(Scalar::from(1u64)))?;
        let drawn = self.below(&shape, Input::Array(&span), DType::U64, device)?;
        let work = if is_u64 { DType::U64 } else { DType::I64 };
        math::add(&drawn.astype(work)?, first.input())?.astype(dtype)
    }

    /// Integers of uint32 or uint64 below bounds of the same dtype, where 0 stands for one more than the largest.
    fn below(&self, shape: &[usize], bound: Input, dtype: DType, device: Device) -> Result<Array> {
        let size: usize = shape.iter().product();
        let options = CreateOptions { device: Some(device), ..CreateOptions::default() };
        let (words, (seed, first)) = self.draw_from(Distribution::Bits, shape, dtype, options, RandomSpec::n_blocks(dtype, size))?;
        let per_block = 16 / dtype.size() as u64;
        let mut steps = vec![1; shape.len()];
        for k in (1..steps.len()).rev() {
            steps[k - 1] = steps[k] * shape[k].max(1) as isize;
        }
        let number = ramp(shape, &steps, first.wrapping_mul(per_block) as i64, Some(device))?;
        let row = if dtype == DType::U32 { &sampling::BELOW_32 } else { &sampling::BELOW_64 };
        apply_row(row, shape, &[(&words).into(), (&number).into(), Input::Scalar(Scalar::from(seed as i64)), bound])
    }

    /// Bits: uint32 or uint64.
    ///
    /// # Errors
    /// `Type` for another dtype; `Memory`.
    pub fn bits(&self, shape: &[usize], dtype: DType, device: Option<Device>) -> Result<Array> {
        self.draw(Distribution::Bits, shape, dtype, CreateOptions { device, ..CreateOptions::default() })
    }
}

fn low_of(bound: &Bound) -> &i128 {
    match bound {
        Bound::Number(x) => x,
        Bound::Array(..) => &0,
    }
}

fn check_bounds(low: &Bound, high: &Bound, dtype: DType, options: &IntegerOptions) -> Result<()> {
    let (smallest, largest) = limits(dtype);
    let last = |x: i128| if options.includes_high { x } else { x - 1 };
    if low.known().is_some_and(|k| k.iter().any(|&x| x < smallest)) {
        return Err(Error::value(format!("low is out of bounds for {dtype}")));
    }
    if high.known().is_some_and(|k| k.iter().any(|&x| last(x) > largest)) {
        return Err(Error::value(format!("high is out of bounds for {dtype}")));
    }
    let (Some(low), Some(high)) = (low.known(), high.known()) else { return Ok(()) };
    let n = low.len().max(high.len());
    if (low.len() != n && low.len() != 1) || (high.len() != n && high.len() != 1) {
        return Ok(());
    }
    let at = |of: &[i128], k: usize| if of.len() == 1 { of[0] } else { of[k] };
    if (0..n).any(|k| at(&low, k) > last(at(&high, k))) {
        return Err(Error::value(match (low.iter().all(|&x| x == 0), options.includes_high) {
            (true, false) => "high <= 0",
            (true, true) => "high < 0",
            (false, false) => "low >= high",
            (false, true) => "low > high",
        }));
    }
    Ok(())
}
