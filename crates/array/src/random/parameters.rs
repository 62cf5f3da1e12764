//! Parameters of distributions: numbers or arrays, checked in NumPy's words as far as the host knows them.

use crate::array::Array;
use crate::engine::Input;
use crate::manipulation::functions::mismatch;
use cuprous_core::shape::{Dims, broadcast, tuple};
use cuprous_core::{DType, Error, Result, Scalar};

/// A parameter of a distribution.
pub enum Parameter {
    /// A number
    Number(Scalar),
    /// An array, with its elements if the host has them
    Array(Array, Option<Vec<f64>>),
}

/// Which numbers a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Any
    Free,
    /// 0 or more; NaN gives NaN
    NotNegative,
    /// More than 0; NaN gives NaN
    Positive,
    /// More than 0
    PositiveNumber,
    /// More than 1
    AboveOne,
    /// From 0 to 1
    Probability,
    /// More than 0, up to 1
    PositiveProbability,
    /// From 0, less than 1
    ProbabilityBelowOne,
    /// 0 or more, and such that a count fits int64
    Mean,
}

/// A parameter of a distribution, as its table has it.
#[derive(Clone, Copy, Debug)]
pub struct ParamDef {
    /// Its name
    pub name: &'static str,
    /// Whether it is an integer
    pub is_count: bool,
    /// Which numbers it may be
    pub rule: Rule,
}

/// The largest mean of a Poisson number, as NumPy has it: ten deviations below the largest int64.
pub const LARGEST_MEAN: f64 = 9.223_372_006_484_771e18;

impl Parameter {
    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        match self {
            Parameter::Number(_) => &[],
            Parameter::Array(a, _) => a.shape(),
        }
    }

    /// The array, if it is one.
    pub fn array(&self) -> Option<&Array> {
        match self {
            Parameter::Number(_) => None,
            Parameter::Array(a, _) => Some(a),
        }
    }

    /// The parameter as an operand.
    pub fn input(&self) -> Input<'_> {
        match self {
            Parameter::Number(s) => Input::Scalar(*s),
            Parameter::Array(a, _) => Input::Array(a),
        }
    }

    /// What the host knows of its elements.
    pub fn known(&self) -> Option<Vec<f64>> {
        match self {
            Parameter::Number(s) => Some(vec![s.to::<f64>()]),
            Parameter::Array(_, known) => known.clone(),
        }
    }

    /// The same in another dtype.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn cast(&self, dtype: DType) -> Result<Parameter> {
        Ok(match self {
            Parameter::Number(s) => Parameter::Number(s.cast(dtype)),
            Parameter::Array(a, known) => Parameter::Array(a.clone().cast(dtype)?, known.clone()),
        })
    }
}

impl ParamDef {
    /// Checks what the host knows; NumPy's words differ where any parameter of the call is an array.
    ///
    /// # Errors
    /// `Value` in NumPy's words.
    pub fn check(&self, parameter: &Parameter, has_arrays: bool) -> Result<()> {
        let Some(known) = parameter.known() else { return Ok(()) };
        let name = self.name;
        let nan = if has_arrays { "contains NaNs" } else { "is NaN" };
        let any = |f: fn(f64) -> bool| known.iter().any(|&x| f(x));
        let failed = |text: String| Err(Error::value(text));
        match self.rule {
            // As NumPy: it looks at the sign, which -0.0 has.
            Rule::NotNegative if self.is_count && any(|x| x < 0.0) => failed(format!("{name} < 0")),
            Rule::NotNegative if !self.is_count && any(|x| !x.is_nan() && x.is_sign_negative()) => failed(format!("{name} < 0")),
            Rule::PositiveNumber if any(f64::is_nan) => failed(format!("{name} must not be NaN")),
            Rule::Positive | Rule::PositiveNumber if any(|x| x <= 0.0) => failed(format!("{name} <= 0")),
            Rule::AboveOne if any(|x| x.is_nan() || x <= 1.0) => failed(format!("{name} <= 1 or {name} {nan}")),
            Rule::Probability if any(|x| !(0.0..=1.0).contains(&x)) => failed(format!("{name} < 0, {name} > 1 or {name} {nan}")),
            Rule::PositiveProbability if any(|x| !(x > 0.0 && x <= 1.0)) => {
                failed(format!("{name} <= 0, {name} > 1 or {name} contains NaNs"))
            }
            Rule::ProbabilityBelowOne if any(|x| !(0.0..1.0).contains(&x)) => failed(format!("{name} < 0, {name} >= 1 or {name} {nan}")),
            Rule::Mean if has_arrays && any(|x| x.is_nan() || x > LARGEST_MEAN) => failed(format!("{name} value too large")),
            Rule::Mean if any(|x| x.is_nan() || x < 0.0) => failed(format!("{name} < 0 or {name} {nan}")),
            Rule::Mean if any(|x| x > LARGEST_MEAN) => failed(format!("{name} value too large")),
            _ => Ok(()),
        }
    }
}

/// Where NumPy counts the result among the arguments that it names in an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SizePlace {
    /// Before the parameters
    First,
    /// Behind them
    Last,
}

/// The shape of a result: what was asked for, to which the parameters must broadcast, else that of the parameters.
///
/// # Errors
/// `Shape` in NumPy's words.
pub fn result_shape(size: Option<&[usize]>, parameters: &[&[usize]], place: SizePlace) -> Result<Dims> {
    let mut shapes: Vec<&[usize]> = parameters.to_vec();
    if let Some(size) = size {
        shapes.insert(if place == SizePlace::First { 0 } else { shapes.len() }, size);
    }
    let Ok(full) = broadcast(&shapes) else { return Err(mismatch(&shapes)) };
    match size {
        Some(size) if full[..] != *size => Err(Error::value(format!(
            "Output size {} is not compatible with broadcast dimensions of inputs {}.",
            tuple(size),
            tuple(&full)
        ))),
        _ => Ok(full),
    }
}

/// Calls `f` with the numbers of several parameters at each place, as far as all are known and lie alike.
///
/// # Errors
/// Those of `f`.
pub fn for_each_known<const N: usize>(parameters: &[Parameter], f: impl Fn([f64; N]) -> Result<()>) -> Result<()> {
    let known: Vec<Vec<f64>> = parameters.iter().filter_map(Parameter::known).collect();
    let len = known.iter().map(Vec::len).max().unwrap_or(0);
    if known.len() != N || parameters.len() != N || known.iter().any(|k| k.len() != len && k.len() != 1) {
        return Ok(());
    }
    (0..len).try_for_each(|i| f(std::array::from_fn(|j| if known[j].len() == 1 { known[j][0] } else { known[j][i] })))
}
