//! One call of a distribution: generator, shape, dtype and device, and what is drawn from them.

use super::{Generator, Parameter, Sample};
use crate::array::Array;
use crate::creation::CreateOptions;
use crate::engine::Input;
use crate::math;
use cuprous_core::backend::Distribution;
use cuprous_core::{DType, Device, LoopDef, Result, Scalar};

/// What a call asks for besides parameters.
#[derive(Clone, Copy, Default)]
pub struct DrawOptions<'a> {
    /// The shape; by default that of the parameters
    pub size: Option<&'a [usize]>,
    /// The dtype; by default float64 or int64
    pub dtype: Option<DType>,
    /// The device; by default that of the parameters, else the default one
    pub device: Option<Device>,
}

/// A call under way: shape, dtype and device are fixed.
pub(crate) struct Drawing<'a> {
    pub generator: &'a Generator,
    pub shape: &'a [usize],
    /// In which it is computed: float32 or float64
    pub dtype: DType,
    pub device: Device,
}

impl Drawing<'_> {
    /// In `[0, 1)`.
    pub fn uniform(&self) -> Result<Array> {
        self.draw(Distribution::Uniform)
    }

    /// In `(0, 1)`: where the bits are all zero, half the step between two uniform numbers.
    pub fn open(&self) -> Result<Array> {
        let least = if self.dtype == DType::F32 { 2f64.powi(-25) } else { 2f64.powi(-54) };
        math::maximum(&self.uniform()?, self.number(least))
    }

    /// Of mean 0 and variance 1.
    pub fn normal(&self) -> Result<Array> {
        self.draw(Distribution::Normal)
    }

    /// Of mean 1. The difference from 1 is exact; that from 0 gives no -0.
    pub fn exponential(&self) -> Result<Array> {
        let rest = math::subtract(self.number(1.0), &self.uniform()?)?;
        math::subtract(self.number(0.0), &math::log(&rest)?)
    }

    /// By a row, in the call's dtype.
    pub fn sample(&self, row: &'static LoopDef, parameters: &[Input]) -> Result<Array> {
        let sample = Sample { shape: self.shape, parameters, device: self.device };
        let drawn = self.generator.sample(row, &sample)?;
        if row.outs[0] == DType::F64 && self.dtype != DType::F64 { drawn.astype(self.dtype) } else { Ok(drawn) }
    }

    /// A number in the call's dtype.
    pub fn number(&self, x: f64) -> Input<'static> {
        Input::Scalar(Scalar::from(x).cast(self.dtype))
    }

    /// Two parameters in one: numbers by the host, arrays by `op`.
    pub fn combine<'a>(
        &self,
        a: Input<'a>,
        b: Input<'a>,
        on_host: fn(f64, f64) -> f64,
        op: fn(Input<'a>, Input<'a>) -> Result<Array>,
    ) -> Result<Parameter> {
        if let (Input::Scalar(a), Input::Scalar(b)) = (a, b) {
            return Ok(Parameter::Number(Scalar::from(on_host(a.to(), b.to())).cast(self.dtype)));
        }
        op(a, b).map(|array| Parameter::Array(array, None))
    }

    fn draw(&self, distribution: Distribution) -> Result<Array> {
        let options = CreateOptions { device: Some(self.device), ..CreateOptions::default() };
        self.generator.draw(distribution, self.shape, self.dtype, options)
    }
}
