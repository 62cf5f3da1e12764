//! Discrete distributions: each is a row that draws.

use super::drawing::Drawing;
use super::parameters::{Parameter, for_each_known};
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

pub fn geometric(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::GEOMETRIC, p)
}

pub fn check_hypergeometric(p: &[Parameter]) -> Result<()> {
    for_each_known(p, |[good, bad, sample]| {
        if good + bad < sample {
            return Err(Error::value("ngood + nbad < nsample"));
        }
        for (name, x) in [("ngood", good), ("nbad", bad), ("nsample", sample)] {
            if x < 0.0 {
                return Err(Error::value(format!("{name} < 0")));
            }
        }
        // From here on int64 does not hold the sum.
        if good.max(bad) > (1u64 << 62) as f64 {
            return Err(Error::value("both ngood and nbad must be at most 2**62"));
        }
        Ok(())
    })
}

pub fn hypergeometric(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::HYPERGEOMETRIC, p)
}

pub fn logseries(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::LOGSERIES, p)
}

pub fn zipf(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::ZIPF, p)
}
