//! Distributions whose draws are vectors along the last axis.

use super::continuous::shares;
use super::drawing::Drawing;
use super::parameters::{Parameter, SizePlace, result_shape};
use super::{DrawOptions, Generator, Sample};
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::{Input, ReduceOptions, place};
use crate::{logic, math};
use cuprous_core::layout::Slice;
use cuprous_core::{DType, Error, Result, Scalar};
use cuprous_ops::sampling;

fn number(x: f64) -> Input<'static> {
    Input::Scalar(Scalar::from(x))
}

fn column(k: usize) -> [Slice; 2] {
    [Slice::Ellipsis, Slice::At(k as isize)]
}

impl Generator {
    /// Shares of a whole by Dirichlet's distribution: of `alpha.shape[0]` parts along the last axis.
    ///
    /// # Errors
    /// `Value` in NumPy's words for a known `alpha` out of range; `Type` for another dtype than float32 and float64.
    pub fn dirichlet(&self, alpha: &Parameter, options: &DrawOptions) -> Result<Array> {
        let Parameter::Array(alpha, known) = alpha else { return Err(Error::type_error("object of type 'float' has no len()")) };
        if alpha.n_axes() != 1 {
            return Err(Error::value(
                "setting an array element with a sequence. The requested array would exceed the maximum number of dimension of 1.",
            ));
        }
        if known.as_ref().is_some_and(|k| k.iter().any(|&x| x < 0.0)) {
            return Err(Error::value("alpha < 0"));
        }
        let dtype = options.dtype.unwrap_or(DType::F64);
        if !matches!(dtype, DType::F32 | DType::F64) {
            return Err(Error::type_error(format!("Unsupported dtype dtype('{dtype}') for dirichlet")));
        }
        let mut shape = options.size.unwrap_or_default().to_vec();
        shape.push(alpha.size());
        let sample = Sample { shape: &shape, parameters: &[alpha.into()], device: alpha.device() };
        let weights = self.sample(&sampling::LOG_GAMMA, &sample)?;
        if weights.size() == 0 {
            return weights.astype(dtype);
        }
        // Of nothing but zeros the shares are zero.
        let is_nothing = logic::equal(&alpha.max(&ReduceOptions::default())?, number(0.0))?;
        logic::select(&is_nothing, number(0.0), &shares(&weights)?)?.astype(dtype)
    }

    /// How `n` trials fall on outcomes of the probabilities along the last axis of `pvals`.
    ///
    /// # Errors
    /// `Value` in NumPy's words for known parameters out of range; `Shape`.
    pub fn multinomial(&self, n: &Parameter, pvals: &Parameter, size: Option<&[usize]>) -> Result<Array> {
        let Parameter::Array(p, known) = pvals else { return Err(Error::type_error("pvals must be a 1-d sequence")) };
        let Some((&n_outcomes, lead)) = p.shape().split_last().filter(|(k, _)| **k > 0) else {
            return Err(Error::value("pvals must have at least 1 dimension and the last dimension of pvals must be greater than 0."));
        };
        if n.known().is_some_and(|k| k.iter().any(|&x| x < 0.0)) {
            return Err(Error::value("n < 0"));
        }
        if let Some(known) = known {
            if known.iter().any(|x| !(0.0..=1.0).contains(x)) {
                return Err(Error::value("pvals < 0, pvals > 1 or pvals contains NaNs"));
            }
            // As NumPy: the last one is what remains, and a little too much is rounding.
            if known.chunks(n_outcomes).any(|row| row[..n_outcomes - 1].iter().sum::<f64>() > 1.0 + 1e-12) {
                return Err(Error::value("sum(pvals[:-1]) > 1.0"));
            }
        }
        let shape = result_shape(size, &[n.shape(), lead], SizePlace::Last)?;
        let device = p.device();
        let p = p.astype(DType::F64)?;
        let mut full = shape.to_vec();
        full.push(n_outcomes);
        let out = empty(&full, DType::I64, CreateOptions { device: Some(device), ..CreateOptions::default() })?;
        let mut left = n.cast(DType::I64)?;
        let mut probability_left: Option<Array> = None;
        for k in 0..n_outcomes - 1 {
            let own = p.slice(&column(k))?;
            // The part of what is left, between 0 and 1 whatever rounding does.
            let ratio = match &probability_left {
                None => own.clone(),
                Some(rest) => {
                    let part = math::divide(&own, rest)?;
                    let part = logic::select(&logic::less(&own, rest)?, &part, number(1.0))?;
                    logic::select(&logic::greater(&own, number(0.0))?, &part, number(0.0))?
                }
            };
            let sample = Sample { shape: &shape, parameters: &[left.input(), (&ratio).into()], device };
            let drawn = self.sample(&sampling::BINOMIAL, &sample)?;
            out.set(&column(k), (&drawn).into())?;
            left = Parameter::Array(math::subtract(left.input(), &drawn)?, None);
            probability_left = Some(match &probability_left {
                None => math::subtract(number(1.0), &own)?,
                Some(rest) => math::subtract(rest, &own)?,
            });
        }
        out.set(&column(n_outcomes - 1), left.input())?;
        Ok(out)
    }

    /// How many of each colour are in samples of `n_sample`.
    ///
    /// # Errors
    /// `Value` in NumPy's words.
    pub fn multivariate_hypergeometric(&self, colors: &[i64], n_sample: i64, options: &DrawOptions) -> Result<Array> {
        let total = colors.iter().try_fold(0i64, |sum, &c| sum.checked_add(c));
        let Some(total) = total.filter(|_| colors.iter().all(|&c| c >= 0)) else {
            return Err(Error::value(format!(
                "colors must be a one-dimensional sequence of nonnegative integers not exceeding {}.",
                i64::MAX
            )));
        };
        if n_sample < 0 {
            return Err(Error::value("nsample must be nonnegative."));
        }
        if n_sample > total {
            return Err(Error::value("nsample > sum(colors)"));
        }
        let device = options.device.map_or_else(place::default_device, Ok)?;
        let shape = options.size.unwrap_or_default();
        let mut full = shape.to_vec();
        full.push(colors.len());
        let out = empty(&full, DType::I64, CreateOptions { device: Some(device), ..CreateOptions::default() })?;
        let mut left: Option<Array> = None;
        let mut rest = total;
        let scalar = |x: i64| Input::Scalar(Scalar::from(x));
        for (k, &color) in colors.iter().enumerate() {
            rest -= color;
            let sampled = left.as_ref().map_or(scalar(n_sample), Input::from);
            let sample = Sample { shape, parameters: &[scalar(color), scalar(rest), sampled], device };
            let drawn = self.sample(&sampling::HYPERGEOMETRIC, &sample)?;
            out.set(&column(k), (&drawn).into())?;
            left = Some(math::subtract(sampled, &drawn)?);
        }
        Ok(out)
    }

    /// Normal vectors of a mean and of a factor of the covariance: `factor @ factor.T`.
    ///
    /// # Errors
    /// `Shape`, `Type`, `Memory`.
    pub fn normal_vectors(&self, mean: &Array, factor: &Array, options: &DrawOptions) -> Result<Array> {
        let dtype = options.dtype.unwrap_or(DType::F64);
        let mut shape = options.size.unwrap_or_default().to_vec();
        shape.push(mean.size());
        let drawing = Drawing { generator: self, shape: &shape, dtype, device: mean.device() };
        let standard = drawing.normal()?;
        let turned = crate::linalg::matmul(&standard, &factor.t()?)?;
        math::add(&turned, mean)
    }
}
