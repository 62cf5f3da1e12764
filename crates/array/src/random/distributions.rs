//! The table of distributions whose elements are drawn one by one: names, parameters, and how each is drawn.

use super::drawing::{DrawOptions, Drawing};
use super::parameters::{ParamDef, Parameter, Rule, SizePlace, result_shape};
use super::{Generator, continuous, counts};
use crate::array::Array;
use crate::engine::{Input, place};
use cuprous_core::{DType, Error, Result};

/// A check of several parameters.
type Check = fn(&[Parameter]) -> Result<()>;

/// A distribution.
pub struct DistributionDef {
    /// NumPy's name
    pub name: &'static str,
    /// Its parameters
    pub params: &'static [ParamDef],
    /// Whether it draws integers
    pub is_count: bool,
    /// Checks parameters against each other
    pub(super) check: Option<Check>,
    /// Draws
    pub(super) draw: fn(&Drawing, &[Input]) -> Result<Array>,
}

const fn real(name: &'static str, rule: Rule) -> ParamDef {
    ParamDef { name, is_count: false, rule }
}

const fn count(name: &'static str, rule: Rule) -> ParamDef {
    ParamDef { name, is_count: true, rule }
}

macro_rules! distributions {
    ($($name:ident [$($param:expr),*] $kind:ident $module:ident $(, $check:path)?;)*) => {
        static DISTRIBUTIONS: &[DistributionDef] = &[$(DistributionDef {
            name: stringify!($name),
            params: &[$($param),*],
            is_count: distributions!(@ $kind),
            check: distributions!(@check $($check)?),
            draw: $module::$name,
        }),*];
    };
    (@ reals) => { false };
    (@ integers) => { true };
    (@check) => { None };
    (@check $check:path) => { Some($check) };
}

use Rule::{AboveOne, Free, Mean, NotNegative, Positive, PositiveNumber, PositiveProbability, Probability, ProbabilityBelowOne};
distributions! {
    random [] reals continuous;
    uniform [real("low", Free), real("high", Free)] reals continuous, continuous::check_uniform;
    ascending_uniform [real("low", Free), real("high", Free)] reals continuous, continuous::check_ascending_uniform;
    standard_normal [] reals continuous;
    normal [real("loc", Free), real("scale", NotNegative)] reals continuous;
    lognormal [real("mean", Free), real("sigma", NotNegative)] reals continuous;
    standard_exponential [] reals continuous;
    exponential [real("scale", NotNegative)] reals continuous;
    standard_gamma [real("shape", NotNegative)] reals continuous;
    gamma [real("shape", NotNegative), real("scale", NotNegative)] reals continuous;
    beta [real("a", Positive), real("b", Positive)] reals continuous;
    chisquare [real("df", Positive)] reals continuous;
    noncentral_chisquare [real("df", Positive), real("nonc", NotNegative)] reals continuous;
    f [real("dfnum", Positive), real("dfden", Positive)] reals continuous;
    noncentral_f [real("dfnum", Positive), real("dfden", Positive), real("nonc", NotNegative)] reals continuous;
    standard_t [real("df", Positive)] reals continuous;
    standard_cauchy [] reals continuous;
    laplace [real("loc", Free), real("scale", NotNegative)] reals continuous;
    logistic [real("loc", Free), real("scale", NotNegative)] reals continuous;
    gumbel [real("loc", Free), real("scale", NotNegative)] reals continuous;
    pareto [real("a", Positive)] reals continuous;
    power [real("a", Positive)] reals continuous;
    weibull [real("a", NotNegative)] reals continuous;
    rayleigh [real("scale", NotNegative)] reals continuous;
    triangular [real("left", Free), real("mode", Free), real("right", Free)] reals continuous, continuous::check_triangular;
    vonmises [real("mu", Free), real("kappa", NotNegative)] reals continuous;
    wald [real("mean", Positive), real("scale", Positive)] reals continuous;
    poisson [real("lam", Mean)] integers counts;
    binomial [count("n", NotNegative), real("p", Probability)] integers counts;
    negative_binomial [real("n", Positive), real("p", Probability)] integers counts;
    bounded_negative_binomial [real("n", PositiveNumber), real("p", PositiveProbability)] integers counts,
        counts::check_bounded_negative_binomial;
    geometric [real("p", PositiveProbability)] integers counts;
    hypergeometric [count("ngood", Free), count("nbad", Free), count("nsample", Free)] integers counts, counts::check_hypergeometric;
    bounded_hypergeometric [count("ngood", Free), count("nbad", Free), count("nsample", Free)] integers counts,
        counts::check_bounded_hypergeometric;
    logseries [real("p", ProbabilityBelowOne)] integers counts;
    zipf [real("a", AboveOne)] integers counts;
}

/// The table.
pub fn all_distributions() -> &'static [DistributionDef] {
    DISTRIBUTIONS
}

impl Generator {
    /// Draws from a distribution by its name.
    ///
    /// # Errors
    /// `Value` in NumPy's words for a parameter that the host knows and that is out of range (elements of arrays on a
    /// device are not read: there the result is NaN, or the smallest integer); `Shape` if parameters and size do not
    /// broadcast; `Type` for another dtype; `Device` for arrays on different devices; `Memory`.
    pub fn distribution(&self, name: &str, parameters: &[Parameter], options: &DrawOptions) -> Result<Array> {
        let def = DISTRIBUTIONS.iter().find(|d| d.name == name).ok_or_else(|| Error::value(format!("unknown distribution {name:?}")))?;
        if def.params.len() != parameters.len() {
            return Err(Error::type_error(format!("{name} takes {} parameters, not {}", def.params.len(), parameters.len())));
        }
        let dtype = options.dtype.unwrap_or(if def.is_count { DType::I64 } else { DType::F64 });
        let fits = if def.is_count { dtype.is_integral() && dtype != DType::Bool } else { matches!(dtype, DType::F32 | DType::F64) };
        if !fits {
            return Err(Error::type_error(format!("Unsupported dtype dtype('{dtype}') for {name}")));
        }
        let has_arrays = parameters.iter().any(|given| given.array().is_some());
        for (param, given) in def.params.iter().zip(parameters) {
            param.check(given, has_arrays)?;
        }
        if let Some(check) = def.check {
            check(parameters)?;
        }
        // NumPy names integers behind other numbers.
        let mut in_order: Vec<(&ParamDef, &Parameter)> = def.params.iter().zip(parameters).collect();
        in_order.sort_by_key(|(param, _)| param.is_count);
        let shapes: Vec<&[usize]> = in_order.iter().map(|(_, given)| given.shape()).collect();
        let shape = result_shape(options.size, &shapes, SizePlace::First)?;
        let device = match (options.device, parameters.iter().find_map(Parameter::array)) {
            (Some(device), _) => device,
            (None, Some(array)) => array.device(),
            (None, None) => place::default_device()?,
        };
        let work = if def.is_count { DType::F64 } else { dtype };
        let cast = |(param, given): (&ParamDef, &Parameter)| given.cast(if param.is_count { DType::I64 } else { work });
        let parameters: Vec<Parameter> = def.params.iter().zip(parameters).map(cast).collect::<Result<_>>()?;
        let inputs: Vec<Input> = parameters.iter().map(Parameter::input).collect();
        let drawn = (def.draw)(&Drawing { generator: self, shape: &shape, dtype: work, device }, &inputs)?;
        if drawn.shape() != &shape[..] {
            return Err(Error::runtime(format!("{name} drew an array of shape {:?} instead of {shape:?}", drawn.shape())));
        }
        if drawn.dtype() == dtype { Ok(drawn) } else { drawn.astype(dtype) }
    }
}
