//! Kernels that run statements of a user for each element.

use super::signature::{self, Param, check_names, custom_params};
use super::{Bound, Cache, Called, Walk, called, readable, run};
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::{Input, place};
use cuprous_core::kernel::{CustomBody, CustomKernel};
use cuprous_core::shape::tuple;
use cuprous_core::{DType, Error, Result};

/// What an element-wise kernel is made of.
#[derive(Clone, Debug, Default)]
pub struct ElementwiseText {
    /// Its inputs, `"T x, raw float32 y"` for example
    pub in_params: String,
    /// Its outputs
    pub out_params: String,
    /// The statements that run for each element
    pub operation: String,
    /// What it is called
    pub name: String,
    /// Text in front of the kernel
    pub preamble: String,
    /// Options of the compiler
    pub options: Vec<String>,
    /// What each thread runs before its first element
    pub loop_prep: String,
    /// What each thread runs after its last element
    pub after_loop: String,
    /// Whether the statements see all axes, even those that could be one
    pub keeps_axes: bool,
}

/// A kernel that runs statements in CUDA C++ for each element of arrays that broadcast.
pub struct ElementwiseKernel {
    /// What it was made of
    pub text: ElementwiseText,
    /// Its inputs
    pub ins: Vec<Param>,
    /// Its outputs
    pub outs: Vec<Param>,
    cache: Cache,
}

impl ElementwiseKernel {
    /// A kernel; it is compiled when it is first called.
    ///
    /// # Errors
    /// `Value` and `Type` in CuPy's words for parameters that cannot be.
    pub fn new(text: ElementwiseText) -> Result<ElementwiseKernel> {
        let (ins, outs) = (signature::parse(&text.in_params, true)?, signature::parse(&text.out_params, false)?);
        check_names(&text.name, ins.iter().chain(&outs))?;
        // The index and how many there are.
        if let Some(param) = ins.iter().chain(&outs).find(|p| matches!(&p.name[..], "i" | "n")) {
            return Err(Error::value(format!("Can not use '{}' as a parameter name", param.name)));
        }
        Ok(ElementwiseKernel { text, ins, outs, cache: Cache::default() })
    }

    /// The texts that were compiled, with the dtypes of the inputs.
    pub fn codes(&self) -> Vec<(Vec<DType>, String)> {
        self.cache.codes(self.ins.len())
    }

    /// Runs it. Without `outputs` they are made; `size` counts the indices where all arrays are raw.
    ///
    /// # Errors
    /// `Value`, `Type` and `Shape` in CuPy's words; `Compile`; `Device` without a compiler.
    pub fn call(&self, inputs: &[Input], outputs: &[Array], size: Option<usize>, block: usize) -> Result<Vec<Array>> {
        let name = &self.text.name;
        let (n_in, n_all, n) = (self.ins.len(), self.ins.len() + self.outs.len(), inputs.len() + outputs.len());
        if inputs.len() != n_in || !(outputs.is_empty() || outputs.len() == self.outs.len()) {
            return Err(Error::type_error(format!(
                "Wrong number of arguments for '{name}'. It must be either {n_in} or {n_all} (with outputs), but given {n}."
            )));
        }
        let Called { queue, shape, decided, numbers } = called([&self.ins, &self.outs], inputs, outputs, outputs, size)?;
        let outputs: Vec<Array> = if outputs.is_empty() {
            let make = |(p, d): (&Param, &_)| {
                if p.is_raw && size.is_none() {
                    return Err(Error::value("Output array size is Undecided"));
                }
                empty(&shape, *d, CreateOptions { device: Some(queue.device), ..Default::default() })
            };
            self.outs.iter().zip(&decided.dtypes[n_in..]).map(make).collect::<Result<_>>()?
        } else {
            if outputs.iter().zip(&self.outs).any(|(a, p)| !p.is_raw && a.shape() != &shape[..]) {
                return Err(Error::value("Out shape is mismatched"));
            }
            outputs.to_vec()
        };
        if shape.contains(&0) {
            return Ok(outputs);
        }

        let kernel = self.cache.get(&decided.dtypes, || CustomKernel {
            id: CustomKernel::new_id(),
            name: name.clone(),
            params: custom_params(&self.ins, &self.outs, &decided.dtypes),
            types: decided.types.clone(),
            preamble: self.text.preamble.clone(),
            options: self.text.options.clone(),
            body: CustomBody::Elementwise {
                operation: self.text.operation.clone(),
                before: self.text.loop_prep.clone(),
                after: self.text.after_loop.clone(),
            },
            compiled: Default::default(),
        });
        // What is read is there before the old elements of what is written go.
        let changed = inputs.iter().zip(&self.ins).filter_map(|(i, p)| match i {
            Input::Array(a) if !p.is_const => Some(*a),
            _ => None,
        });
        let written: Vec<&Array> = outputs.iter().chain(changed).collect();
        let mut reads = Vec::new();
        for input in inputs.iter().zip(&self.ins) {
            reads.push(match input {
                (Input::Array(a), p) if p.is_const => Some(readable(a, &written, false)?),
                _ => None,
            });
        }
        let mut bound = Vec::new();
        for ((input, param), (read, number)) in inputs.iter().zip(&self.ins).zip(reads.iter().zip(numbers)) {
            let own = |a: &Array| if param.is_raw { Ok(a.layout().clone()) } else { a.layout().broadcast_to(&shape) };
            bound.push(match (input, read, number) {
                (_, _, Some(value)) => Bound::Scalar(value),
                (_, Some(a), _) => Bound::read(a, own(a)?)?,
                (Input::Array(a), ..) => Bound::written(a, own(a)?, param.is_raw)?,
                _ => return Err(Error::runtime("an argument is neither array nor number")),
            });
        }
        for (a, param) in outputs.iter().zip(&self.outs) {
            // Raw or of the shape: its own layout in both cases.
            bound.push(Bound::written(a, a.layout().clone(), param.is_raw)?);
        }
        let walk = Walk { shape: &shape, reduced: &[], keeps_axes: self.text.keeps_axes, block };
        run(&kernel, &bound, &walk, &queue)?;
        place::after(&queue, || format!("kernel {name} of shape {}", tuple(&shape)))?;
        Ok(outputs)
    }
}
