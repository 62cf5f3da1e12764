//! Continuous distributions: one or two numbers transformed element by element, or a row that draws.

use super::drawing::Drawing;
use super::parameters::{Parameter, for_each_known};
use crate::array::Array;
use crate::engine::Input;
use crate::logic;
use crate::math::{add, divide, exp, expm1, log, multiply, negative, sqrt, subtract, tan};
use cuprous_core::{Error, Result};
use cuprous_ops::sampling;

pub fn random(d: &Drawing, _: &[Input]) -> Result<Array> {
    d.uniform()
}

pub fn check_uniform(p: &[Parameter]) -> Result<()> {
    for_each_known(p, |[low, high]| if (high - low).is_finite() { Ok(()) } else { Err(Error::overflow("Range exceeds valid bounds")) })
}

/// What NumPy's `Generator` asks of `uniform`, and `RandomState` does not.
pub fn check_ascending_uniform(p: &[Parameter]) -> Result<()> {
    for_each_known(p, |[low, high]| match high - low {
        span if !span.is_finite() => Err(Error::overflow("high - low range exceeds valid bounds")),
        span if span < 0.0 => Err(Error::value("high - low < 0")),
        _ => Ok(()),
    })
}

pub fn ascending_uniform(d: &Drawing, p: &[Input]) -> Result<Array> {
    uniform(d, p)
}

pub fn uniform(d: &Drawing, p: &[Input]) -> Result<Array> {
    let span = difference(d, p[1], p[0])?;
    add(&multiply(&d.uniform()?, span.input())?, p[0])
}

pub fn standard_normal(d: &Drawing, _: &[Input]) -> Result<Array> {
    d.normal()
}

pub fn normal(d: &Drawing, p: &[Input]) -> Result<Array> {
    add(&multiply(&d.normal()?, p[1])?, p[0])
}

pub fn lognormal(d: &Drawing, p: &[Input]) -> Result<Array> {
    exp(&normal(d, p)?)
}

pub fn standard_exponential(d: &Drawing, _: &[Input]) -> Result<Array> {
    d.exponential()
}

pub fn exponential(d: &Drawing, p: &[Input]) -> Result<Array> {
    multiply(&d.exponential()?, p[0])
}

pub fn standard_gamma(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::STANDARD_GAMMA, p)
}

pub fn gamma(d: &Drawing, p: &[Input]) -> Result<Array> {
    multiply(&d.sample(&sampling::STANDARD_GAMMA, &p[..1])?, p[1])
}

pub fn beta(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::BETA, p)
}

pub fn chisquare(d: &Drawing, p: &[Input]) -> Result<Array> {
    let half = d.combine(p[0], d.number(0.5), |a, b| a * b, multiply)?;
    multiply(&d.sample(&sampling::STANDARD_GAMMA, &[half.input()])?, d.number(2.0))
}

pub fn noncentral_chisquare(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::NONCENTRAL_CHISQUARE, p)
}

/// A ratio of two chi-squares, each divided by its degrees of freedom.
pub fn f(d: &Drawing, p: &[Input]) -> Result<Array> {
    divide(&divide(&chisquare(d, &p[..1])?, p[0])?, &divide(&chisquare(d, &p[1..])?, p[1])?)
}

pub fn noncentral_f(d: &Drawing, p: &[Input]) -> Result<Array> {
    let above = noncentral_chisquare(d, &[p[0], p[2]])?;
    divide(&divide(&above, p[0])?, &divide(&chisquare(d, &p[1..2])?, p[1])?)
}

pub fn standard_t(d: &Drawing, p: &[Input]) -> Result<Array> {
    divide(&d.normal()?, &sqrt(&divide(&chisquare(d, p)?, p[0])?)?)
}

pub fn standard_cauchy(d: &Drawing, _: &[Input]) -> Result<Array> {
    let turn = subtract(&d.open()?, d.number(0.5))?;
    tan(&multiply(&turn, d.number(std::f64::consts::PI))?)
}

pub fn laplace(d: &Drawing, p: &[Input]) -> Result<Array> {
    let u = d.open()?;
    let twice = add(&u, &u)?;
    let below = log(&twice)?;
    let above = negative(&log(&subtract(d.number(2.0), &twice)?)?)?;
    let standard = logic::select(&logic::less(&u, d.number(0.5))?, &below, &above)?;
    add(&multiply(&standard, p[1])?, p[0])
}

pub fn logistic(d: &Drawing, p: &[Input]) -> Result<Array> {
    let u = d.open()?;
    let standard = log(&divide(&u, &subtract(d.number(1.0), &u)?)?)?;
    add(&multiply(&standard, p[1])?, p[0])
}

pub fn gumbel(d: &Drawing, p: &[Input]) -> Result<Array> {
    let standard = negative(&log(&negative(&log(&d.open()?)?)?)?)?;
    add(&multiply(&standard, p[1])?, p[0])
}

pub fn pareto(d: &Drawing, p: &[Input]) -> Result<Array> {
    expm1(&divide(&d.exponential()?, p[0])?)
}

pub fn power(d: &Drawing, p: &[Input]) -> Result<Array> {
    raise(&d.uniform()?, inverse(d, p[0])?.input())
}

pub fn weibull(d: &Drawing, p: &[Input]) -> Result<Array> {
    let drawn = raise(&d.exponential()?, inverse(d, p[0])?.input())?;
    // As NumPy: of shape 0 it is 0.
    match p[0] {
        Input::Scalar(a) if a.to::<f64>() != 0.0 => Ok(drawn),
        Input::Scalar(_) => multiply(&drawn, d.number(0.0)),
        a => logic::select(&logic::equal(a, d.number(0.0))?, d.number(0.0), &drawn),
    }
}

pub fn rayleigh(d: &Drawing, p: &[Input]) -> Result<Array> {
    multiply(&sqrt(&multiply(&d.exponential()?, d.number(2.0))?)?, p[0])
}

pub fn check_triangular(p: &[Parameter]) -> Result<()> {
    let fails =
        |text: &'static str, bad: fn([f64; 3]) -> bool| for_each_known(p, |x| if bad(x) { Err(Error::value(text)) } else { Ok(()) });
    fails("left > mode", |[left, mode, _]| left > mode)?;
    fails("mode > right", |[_, mode, right]| mode > right)?;
    fails("left == right", |[left, _, right]| left == right)
}

pub fn triangular(d: &Drawing, p: &[Input]) -> Result<Array> {
    let (left, mode, right) = (p[0], p[1], p[2]);
    let (base, below, above) = (difference(d, right, left)?, difference(d, mode, left)?, difference(d, right, mode)?);
    let below_base = d.combine(below.input(), base.input(), |a, b| a * b, multiply)?;
    let above_base = d.combine(above.input(), base.input(), |a, b| a * b, multiply)?;
    let turn = d.combine(below.input(), base.input(), |a, b| a / b, divide)?;
    let u = d.uniform()?;
    let rising = add(&sqrt(&multiply(&u, below_base.input())?)?, left)?;
    let falling = subtract(right, &sqrt(&multiply(&subtract(d.number(1.0), &u)?, above_base.input())?)?)?;
    logic::select(&logic::less_equal(&u, turn.input())?, &rising, &falling)
}

pub fn vonmises(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::VONMISES, p)
}

pub fn wald(d: &Drawing, p: &[Input]) -> Result<Array> {
    d.sample(&sampling::WALD, p)
}

fn raise(x: &Array, exponent: Input) -> Result<Array> {
    crate::math::power(x, exponent)
}

fn difference(d: &Drawing, a: Input, b: Input) -> Result<Parameter> {
    d.combine(a, b, |a, b| a - b, subtract)
}

fn inverse(d: &Drawing, a: Input) -> Result<Parameter> {
    d.combine(d.number(1.0), a, |one, a| one / a, divide)
}

/// The parts of a whole, each from a gamma number: `weights` are their logarithms along the last axis.
pub(super) fn shares(weights: &Array) -> Result<Array> {
    let along = crate::engine::ReduceOptions { axes: Some(&[-1]), keep_axes: true, ..Default::default() };
    let largest = weights.max(&along)?;
    let parts = exp(&subtract(weights, &largest)?)?;
    divide(&parts, &parts.sum(&along)?)
}
