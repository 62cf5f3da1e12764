//! How many bins suit given numbers: the rules that `histogram` knows by name.
//!
//! The number of bins is the shape of the result, so what a rule needs of the array is read back: its ends, and one
//! or two numbers more. NumPy computes with scalars of the array's dtype; so do we, by rounding after each step.

use super::histograms::{call, counts_within, ends_of, number, value_of};
use super::order::percentile;
use super::spread::std;
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::{Input, ReduceOptions, reduce};
use crate::function::{Nested, Value};
use crate::indexing::functions::compress;
use cuprous_core::layout::Slice;
use cuprous_core::{DType, Error, Result, Scalar, Weak};
use cuprous_ops::reductions::{MEAN, SUM};
use cuprous_ops::ufuncs::arithmetic::{DIVIDE, POWER, SQUARE, SUBTRACT};
use cuprous_ops::ufuncs::bitwise::BITWISE_AND;
use cuprous_ops::ufuncs::comparison::{GREATER_EQUAL, LESS_EQUAL};

/// The bins that a rule finds for the numbers of a line, within a range if there is one.
///
/// # Errors
/// `Value` for another name, and where the numbers are not finite.
pub(super) fn n_bins(name: &str, a: &Array, range: Option<(Weak, Weak)>) -> Result<usize> {
    let rule = RULES.iter().find(|(known, _)| *known == name);
    let (_, rule) = rule.ok_or_else(|| Error::value(format!("'{name}' is not a valid estimator for `bins`")))?;
    let ends = match range {
        Some(ends) => ends,
        None if a.size() == 0 => return Ok(1),
        None => ends_of(a)?,
    };
    let inside = match range {
        None => a.clone(),
        Some((first, last)) => {
            let above = call(&GREATER_EQUAL, &[a.into(), Input::Weak(first)])?;
            let below = call(&LESS_EQUAL, &[a.into(), Input::Weak(last)])?;
            compress(&call(&BITWISE_AND, &[(&above).into(), (&below).into()])?, a, None, None)?
        }
    };
    if inside.size() == 0 {
        return Ok(1);
    }
    let dtype = if a.dtype().is_integral() { DType::F64 } else { a.dtype() };
    // Both ends are at least half a unit from the one number where there is only one.
    let own = if range.is_some() { ends_of(&inside)? } else { ends };
    let sample = Sample { ptp: Real::new(difference(own), dtype), a: &inside, ends: apart(ends) };
    let mut width = rule(&sample)?;
    if width.value == 0.0 {
        return Ok(1);
    }
    if a.dtype().is_integral() && width.value < 1.0 {
        width = Real::new(1.0, DType::F64);
    }
    let delta = Real::new(difference(apart(ends)), if range.is_some() { DType::F64 } else { dtype });
    let n = delta.over(width).value.ceil();
    match n {
        n if n.is_nan() => Err(Error::value("cannot convert float NaN to integer")),
        n if n.is_infinite() => Err(Error::overflow("cannot convert float infinity to integer")),
        n => Ok(n as usize),
    }
}

/// The rules by name.
type Rule = fn(&Sample) -> Result<Real>;
const RULES: [(&str, Rule); 8] = [
    ("auto", auto),
    ("doane", doane),
    ("fd", freedman_diaconis),
    ("rice", |x| Ok(x.ptp.over(Real::weak(2.0 * x.n().powf(1.0 / 3.0), x.ptp.dtype)))),
    ("scott", scott),
    ("sqrt", square_root),
    ("stone", stone),
    ("sturges", sturges),
];

/// The numbers of which a rule is to find the width of bins.
struct Sample<'a> {
    a: &'a Array,
    /// The largest less the smallest
    ptp: Real,
    /// The ends of the range
    ends: (Weak, Weak),
}

impl Sample<'_> {
    fn n(&self) -> f64 {
        self.a.size() as f64
    }

    fn deviation(&self) -> Result<Real> {
        let value = std(self.a, None, None, None, 0.0, false, None, None, None)?;
        Ok(Real { value: value.item()?.to::<f64>(), dtype: value.dtype() })
    }
}

/// A number of a dtype.
#[derive(Clone, Copy)]
struct Real {
    value: f64,
    dtype: DType,
}

impl Real {
    fn new(value: f64, dtype: DType) -> Real {
        Real { value: Scalar::from(value).cast(dtype).to::<f64>(), dtype }
    }

    /// A Python number beside one of a dtype.
    fn weak(value: f64, beside: DType) -> Real {
        Real::new(value, beside)
    }

    fn over(self, other: Real) -> Real {
        Real::new(self.value / other.value, cuprous_core::promote::promote(self.dtype, other.dtype))
    }

    fn times(self, other: Real) -> Real {
        Real::new(self.value * other.value, cuprous_core::promote::promote(self.dtype, other.dtype))
    }
}

fn auto(x: &Sample) -> Result<Real> {
    let (fd, sturges, root) = (freedman_diaconis(x)?, sturges(x)?, square_root(x)?);
    // Where quartiles lie close together the bins of `fd` would be too many.
    let half = Real::new(root.value / 2.0, root.dtype);
    let bounded = if half.value > fd.value { half } else { fd };
    Ok(if sturges.value < bounded.value { sturges } else { bounded })
}

fn square_root(x: &Sample) -> Result<Real> {
    Ok(x.ptp.over(Real::new(x.n().sqrt(), DType::F64)))
}

fn sturges(x: &Sample) -> Result<Real> {
    Ok(x.ptp.over(Real::new(x.n().log2() + 1.0, DType::F64)))
}

fn scott(x: &Sample) -> Result<Real> {
    let deviation = x.deviation()?;
    Ok(Real::weak((24.0 * std::f64::consts::PI.sqrt() / x.n()).powf(1.0 / 3.0), deviation.dtype).times(deviation))
}

fn freedman_diaconis(x: &Sample) -> Result<Real> {
    let levels = Value::List(vec![Value::Weak(Weak::Int(75)), Value::Weak(Weak::Int(25))]);
    let quartiles = percentile(x.a, Nested(&levels), None, None, false, "linear", false, None)?;
    let dtype = quartiles.dtype();
    let both = quartiles.astype(DType::F64)?.to_vec::<f64>()?;
    let between = Real::new(both[0] - both[1], dtype);
    Ok(Real::weak(2.0, dtype).times(between).times(Real::weak(x.n().powf(-1.0 / 3.0), dtype)))
}

fn doane(x: &Sample) -> Result<Real> {
    let n = x.n();
    let deviation = x.deviation()?;
    if n <= 2.0 || deviation.value <= 0.0 {
        return Ok(Real::new(0.0, DType::F64));
    }
    let mean = reduce(&MEAN, x.a, &ReduceOptions::default())?;
    let distance = call(&SUBTRACT, &[x.a.into(), (&mean).into()])?;
    let sigma = Input::Scalar(Scalar::from(deviation.value).cast(deviation.dtype));
    let cube = call(&POWER, &[(&call(&DIVIDE, &[(&distance).into(), sigma])?).into(), number(3)])?;
    let skewness = reduce(&MEAN, &cube, &ReduceOptions::default())?.item()?.to::<f64>();
    let spread = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    Ok(x.ptp.over(Real::new(1.0 + n.log2() + (1.0 + skewness.abs() / spread).log2(), DType::F64)))
}

/// The number of bins with the least estimated error, found by trying.
fn stone(x: &Sample) -> Result<Real> {
    let n = x.a.size();
    if n <= 1 || x.ptp.value == 0.0 {
        return Ok(Real::new(0.0, DType::F64));
    }
    let most = (n.isqrt()).max(100);
    let squares = empty(&[most], DType::F64, CreateOptions { device: Some(x.a.device()), ..CreateOptions::default() })?;
    for k in 1..=most {
        let part = call(&DIVIDE, &[(&counts_within(x.a, k, x.ends)?).into(), number(n)])?;
        let square = reduce(&SUM, &call(&SQUARE, &[(&part).into()])?, &ReduceOptions::default())?;
        squares.set(&[Slice::At(k as isize - 1)], (&square).into())?;
    }
    let squares = squares.to_vec::<f64>()?;
    let error = |k: usize| {
        let width = x.ptp.over(Real::weak(k as f64, x.ptp.dtype));
        (2.0 - (x.n() + 1.0) * squares[k - 1]) / width.value
    };
    let mut best = 1;
    for k in 2..=most {
        if error(k) < error(best) {
            best = k;
        }
    }
    Ok(x.ptp.over(Real::weak(best as f64, x.ptp.dtype)))
}

/// The distance of two ends.
fn difference(ends: (Weak, Weak)) -> f64 {
    match ends {
        (Weak::Int(first), Weak::Int(last)) => (last - first) as f64,
        (first, last) => value_of(last) - value_of(first),
    }
}

/// Two ends that differ.
pub(super) fn apart(ends: (Weak, Weak)) -> (Weak, Weak) {
    let (first, last) = (value_of(ends.0), value_of(ends.1));
    if first == last { (Weak::Float(first - 0.5), Weak::Float(last + 0.5)) } else { ends }
}
