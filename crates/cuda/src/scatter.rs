//! Scatter: which kernel, and how updates of one element by several threads are made one after the other.

use crate::codegen::gather::Address;
use crate::codegen::scatter::{Method, method, program_of, source};
use crate::codegen::{self, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::gather::{Plan, Side, WORDS, usual_addresses};
use crate::rehearsal::Rehearsal;
use crate::transfer::faults::Mailbox;
use cuprous_core::indexing::{Combine, IndexMode};
use cuprous_core::{DType, Kind, Program, Result, ScatterSpec};

/// Kernels that overwrite, and those that combine by a row in every way that it can be done: for tests.
pub fn sources_of_scatter(combine: &Combine, dtype: DType) -> Vec<Source> {
    let address = Address { n_axes: 2, n_indices: 1, wide: false };
    let program = program_of(combine, dtype);
    let mut sources: Vec<Source> = [1, 16].map(|unit| source(&Program::default(), address, Method::Assign(unit))).into();
    sources.extend([true, false].map(|is_aligned| source(&program, address, method(combine, dtype, is_aligned))));
    let plain = Combine { atomic: None, ..*combine };
    sources.push(source(&program, Address { n_axes: 1, n_indices: 2, wide: true }, method(&plain, dtype, true)));
    sources
}

/// What most programs need: assignments by none, one or two indices.
pub fn usual_sources_of_scatter() -> Vec<Source> {
    usual_addresses().flat_map(|a| WORDS.map(|unit| source(&Program::default(), a, Method::Assign(unit as u8)))).collect()
}

/// Writes to the elements that indices choose.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, spec: &ScatterSpec) -> Result<()> {
    spec.check()?;
    let Some((plan, program, method)) = planned(spec)? else { return Ok(()) };
    let variant = Variant::Scatter { address: plan.address, method };
    let kernel = ctx.programs.get(ctx, &program, 0, variant, || source(&program, plan.address, method))?;
    codegen::start(&kernel, plan.grid(), [THREADS, 1, 1], &plan.params(ctx.faults.mailbox()?, &spec.target), spec.queue)
}

/// What a launch would start, if anything. `scratch` gives the address of so many bytes of zeros.
///
/// # Errors
/// `Runtime` if indices choose from an axis without elements.
pub fn rehearse(spec: &ScatterSpec, scratch: &mut dyn FnMut(usize) -> usize) -> Result<Option<Rehearsal>> {
    spec.check()?;
    let Some((plan, program, method)) = planned(spec)? else { return Ok(None) };
    let params = plan.params(Mailbox::rehearsed(scratch), &spec.target);
    Ok(Some(Rehearsal::new(source(&program, plan.address, method), plan.grid(), [THREADS, 1, 1], &params)))
}

/// The kernel that a launch needs, if it needs one.
pub fn source_of(spec: &ScatterSpec) -> Option<Source> {
    let (plan, program, method) = planned(spec).ok()??;
    Some(source(&program, plan.address, method))
}

fn planned(spec: &ScatterSpec) -> Result<Option<(Plan, Program, Method)>> {
    let target = &spec.target;
    if target.is_empty_axis() && target.mode == IndexMode::Skip {
        return Ok(None);
    }
    match (&spec.combine, &spec.values) {
        (None, Some(values)) => {
            let plan = Plan::of_words(target, values, Side::Array)?;
            Ok(plan.map(|plan| {
                let method = Method::Assign(plan.unit as u8);
                (plan, Program::default(), method)
            }))
        }
        (Some(combine), values) => {
            let dtype = target.base.dtype;
            // Complex numbers are swapped whole, but added by parts.
            let part = if dtype.kind() == Kind::Complex && combine.atomic.is_some() { dtype.size() / 2 } else { dtype.size() };
            let plan = Plan::new(target, values.as_ref(), Side::Array)?;
            Ok(plan.map(|plan| {
                let method = method(combine, dtype, plan.is_aligned(target, part));
                (plan, program_of(combine, dtype), method)
            }))
        }
        (None, None) => Ok(None),
    }
}
