//! Kernels that reduce with expressions of a user.

use super::signature::{self, Param, ParamType, check_names, custom_params};
use super::{Bound, Cache, Called, Walk, called, readable, run};
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::{Input, place};
use cuprous_core::kernel::{CustomBody, CustomKernel};
use cuprous_core::shape::{Dims, normalize_axis, tuple};
use cuprous_core::{DType, Error, Layout, Result};

/// What a reduction kernel is made of.
#[derive(Clone, Debug, Default)]
pub struct ReductionText {
    /// Its inputs, `"T x, T y"` for example
    pub in_params: String,
    /// Its outputs
    pub out_params: String,
    /// From elements to a value
    pub map_expr: String,
    /// From the values `a` and `b` to one
    pub reduce_expr: String,
    /// Statements that set the outputs from the value `a`
    pub post_map_expr: String,
    /// The value with which reducing starts; without it, the first element
    pub identity: Option<String>,
    /// What it is called
    pub name: String,
    /// The C++ type of the values; the first output's without it
    pub reduce_type: Option<String>,
    /// Text in front of the kernel
    pub preamble: String,
    /// Options of the compiler
    pub options: Vec<String>,
}

/// A kernel that maps elements to values and reduces these along axes, with expressions in CUDA C++.
pub struct ReductionKernel {
    /// What it was made of
    pub text: ReductionText,
    /// Its inputs
    pub ins: Vec<Param>,
    /// Its outputs
    pub outs: Vec<Param>,
    cache: Cache,
}

/// How a reduction kernel is called.
#[derive(Clone, Copy, Default)]
pub struct ReduceCall<'a> {
    /// Which axes; all without it
    pub axes: Option<&'a [isize]>,
    /// Whether reduced axes stay, with length 1
    pub keep_axes: bool,
}

impl ReductionKernel {
    /// A kernel; it is compiled when it is first called.
    ///
    /// # Errors
    /// `Value` and `Type` in CuPy's words for parameters that cannot be.
    pub fn new(text: ReductionText) -> Result<ReductionKernel> {
        let (mut ins, outs) = (signature::parse(&text.in_params, true)?, signature::parse(&text.out_params, false)?);
        ins.iter_mut().for_each(|p| p.is_const = true);
        check_names(&text.name, ins.iter().chain(&outs))?;
        if ins.is_empty() || outs.is_empty() {
            return Err(Error::value(format!("the reduction {} needs an input and an output", text.name)));
        }
        if let Some(raw) = outs.iter().find(|p| p.is_raw) {
            return Err(Error::value(format!("the output {} of a reduction cannot be raw", raw.name)));
        }
        Ok(ReductionKernel { text, ins, outs, cache: Cache::default() })
    }

    /// The texts that were compiled, with the dtypes of the inputs.
    pub fn codes(&self) -> Vec<(Vec<DType>, String)> {
        self.cache.codes(self.ins.len())
    }

    /// Runs it. Without `outputs` they are made.
    ///
    /// # Errors
    /// `Value`, `Type`, `Axis` and `Shape` in CuPy's words; `Compile`; `Device` without a compiler.
    pub fn call(&self, inputs: &[Input], outputs: &[Array], options: &ReduceCall) -> Result<Vec<Array>> {
        let name = &self.text.name;
        let n_in = self.ins.len();
        if inputs.len() != n_in || !(outputs.is_empty() || outputs.len() == self.outs.len()) {
            return Err(Error::type_error(format!("Wrong number of arguments for {name}")));
        }
        let Called { queue, shape, decided, numbers } = called([&self.ins, &self.outs], inputs, outputs, &[], None)?;
        if self.text.identity.is_none() && shape.contains(&0) {
            return Err(Error::value(format!("zero-size array to reduction operation {name} which has no identity")));
        }
        let mut reduced = vec![options.axes.is_none(); shape.len()];
        for &axis in options.axes.unwrap_or_default() {
            let k = normalize_axis(axis, shape.len())?;
            if std::mem::replace(&mut reduced[k], true) {
                return Err(Error::value("duplicate value in 'axis'"));
            }
        }
        let kept = shape.iter().zip(&reduced).filter(|(_, r)| !**r || options.keep_axes);
        let out_shape: Dims = kept.map(|(&n, &r)| if r { 1 } else { n }).collect();
        if outputs.iter().any(|a| a.shape() != &out_shape[..]) {
            return Err(Error::value("Out shape is mismatched"));
        }
        // Several outputs are packed alike; what the caller gave is then filled from them.
        let direct = outputs.len() == 1;
        let results: Vec<Array> = if direct {
            outputs.to_vec()
        } else {
            let make = |d: &_| empty(&out_shape, *d, CreateOptions { device: Some(queue.device), ..Default::default() });
            decided.dtypes[n_in..].iter().map(make).collect::<Result<_>>()?
        };
        if !out_shape.contains(&0) {
            let kernel = self.cache.get(&decided.dtypes, || self.kernel(&decided));
            let written: Vec<&Array> = results.iter().collect();
            let mut bound = Vec::new();
            for ((input, param), number) in inputs.iter().zip(&self.ins).zip(numbers) {
                bound.push(match (input, number) {
                    (_, Some(value)) => Bound::Scalar(value),
                    (Input::Array(a), _) => {
                        let a = readable(a, &written, true)?;
                        let layout = if param.is_raw { a.layout().clone() } else { a.layout().broadcast_to(&shape)? };
                        Bound::read(&a, layout)?
                    }
                    _ => return Err(Error::runtime("an argument is neither array nor number")),
                });
            }
            for a in &results {
                bound.push(Bound::written(a, over(a.layout(), &shape, &reduced, options.keep_axes), false)?);
            }
            run(&kernel, &bound, &Walk { shape: &shape, reduced: &reduced, keeps_axes: false, block: 0 }, &queue)?;
            place::after(&queue, || format!("kernel {name} of shape {}", tuple(&shape)))?;
        }
        if !direct && !outputs.is_empty() {
            for (target, value) in outputs.iter().zip(&results) {
                target.assign(value.into())?;
            }
            return Ok(outputs.to_vec());
        }
        Ok(results)
    }

    fn kernel(&self, decided: &signature::Decided) -> CustomKernel {
        let text = &self.text;
        let first = || match &self.outs[0].of {
            ParamType::Placeholder(letter) => letter.clone(),
            // The name by which the backend declares it, below.
            ParamType::Dtype(_) => "_type_out0".into(),
        };
        let mut types = decided.types.clone();
        types.push(("_type_out0".into(), decided.dtypes[self.ins.len()]));
        CustomKernel {
            id: CustomKernel::new_id(),
            name: text.name.clone(),
            params: custom_params(&self.ins, &self.outs, &decided.dtypes),
            types,
            preamble: text.preamble.clone(),
            options: text.options.clone(),
            body: CustomBody::Reduce {
                map: text.map_expr.clone(),
                combine: text.reduce_expr.clone(),
                finish: text.post_map_expr.clone(),
                identity: text.identity.clone(),
                accumulator: text.reduce_type.clone().unwrap_or_else(first),
            },
            compiled: Default::default(),
        }
    }
}

/// The layout of results over the shape that is reduced: along reduced axes they stay on the same element.
fn over(result: &Layout, shape: &[usize], reduced: &[bool], keep_axes: bool) -> Layout {
    let mut layout = Layout { shape: shape.into(), strides: Default::default(), offset: result.offset };
    let mut next = 0;
    for &r in reduced {
        layout.strides.push(if r { 0 } else { result.strides[next] });
        next += usize::from(!r || keep_axes);
    }
    layout
}
