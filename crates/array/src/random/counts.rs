//! Discrete distributions: each is a row that draws.

use super::drawing::Drawing;
use super::parameters::{LARGEST_MEAN, Parameter, for_each_known};
use crate::array::Array;
use crate::engine::Input;
use crate::math::{exp, negative};
use cuprous_core::{Error, Result};
use cuprous_ops::sampling;

pub fn poisson(d: &Drawing, p: &[Input]) -> Result<Array> {
    let none = d.combine(p[0], d.number(0.0), |mean, _| (-mean).exp(), |mean, _| exp(&negative(mean)?))?;
    d.sample(&sampling::POISSON, &[p[0], none.input()])
}

pub fn binomial(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::BINOMIAL, p)
}

pub fn negative_binomial(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::NEGATIVE_BINOMIAL, p)
}

/// `Generator` refuses what may not fit int64; `RandomState` draws the largest number then.
pub fn check_bounded_negative_binomial(p: &[Parameter]) -> Result<()> {
    for_each_known(p, |[n, p]| match (1.0 - p) / p * (n + 10.0 * n.sqrt()) > LARGEST_MEAN {
        true => Err(Error::value("n too large or p too small, see Generator.negative_binomial Notes")),
        false => Ok(()),
    })
}

pub fn geometric(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::GEOMETRIC, p)
}

/// What `RandomState` asks for.
pub fn check_hypergeometric(p: &[Parameter]) -> Result<()> {
    let word = if p.iter().all(|p| matches!(p, Parameter::Number(_))) { "is NaN" } else { "contains NaNs" };
    for_each_known(p, |numbers| {
        let [good, bad, sample] = numbers;
        check_colours(numbers)?;
        if sample < 1.0 {
            return Err(Error::value(format!("nsample < 1 or nsample {word}")));
        }
        // From here on int64 does not hold the sum.
        if good.max(bad) > (1u64 << 62) as f64 {
            return Err(Error::value("both ngood and nbad must be at most 2**62"));
        }
        Ok(())
    })
}

/// What `Generator` asks for.
pub fn check_bounded_hypergeometric(p: &[Parameter]) -> Result<()> {
    for_each_known(p, |[good, bad, _]| match good.max(bad) >= 1e9 {
        true => Err(Error::value("both ngood and nbad must be less than 1000000000")),
        false => Ok(()),
    })?;
    for_each_known(p, |numbers| {
        check_colours(numbers)?;
        if numbers[2] < 0.0 { Err(Error::value("nsample < 0")) } else { Ok(()) }
    })
}

fn check_colours([good, bad, sample]: [f64; 3]) -> Result<()> {
    if good + bad < sample {
        return Err(Error::value("ngood + nbad < nsample"));
    }
    for (name, x) in [("ngood", good), ("nbad", bad)] {
        if x < 0.0 {
            return Err(Error::value(format!("{name} < 0")));
        }
    }
    Ok(())
}

pub fn hypergeometric(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::HYPERGEOMETRIC, p)
}

pub use hypergeometric as bounded_hypergeometric;
pub use negative_binomial as bounded_negative_binomial;

pub fn logseries(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::LOGSERIES, p)
}

pub fn zipf(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::ZIPF, p)
}
