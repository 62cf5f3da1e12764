//! Values that are computed at once from memory: what is not remembered need not be gathered.

use super::node::{Arg, Expr};
use super::plan;
use super::storage::Storage;
use crate::engine::config;
use cuprous_core::backend::backend;
use cuprous_core::kernel::{Launch, Operand, Program, Step};
use cuprous_core::{DType, Layout, Queue, Result, Scalar};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Computes a row of one result on arguments that are all in memory, into fresh memory; `None` if one is not.
///
/// The program is the one that gathering would give, so that both share a kernel.
///
/// # Errors
/// `Memory`, `Compile` or `Device`.
pub(crate) fn compute(queue: &Arc<Queue>, dtype: DType, layout: &Layout, expr: &Expr) -> Result<Option<Arc<Storage>>> {
    let Expr::Apply { row, args, output: 0 } = expr else { return Ok(None) };
    if row.outs.len() != 1 {
        return Ok(None);
    }
    let mut sources: SmallVec<[(Arc<Storage>, Layout, DType); 3]> = SmallVec::new();
    let mut program = Program { steps: Vec::with_capacity(6), outputs: smallvec![] };
    let mut parameters: SmallVec<[Scalar; 2]> = SmallVec::new();
    let mut steps: SmallVec<[u32; 3]> = SmallVec::new();
    let push = |program: &mut Program, step: Step| match program.steps.iter().position(|s| *s == step) {
        Some(k) => k as u32,
        None => {
            program.steps.push(step);
            program.steps.len() as u32 - 1
        }
    };
    for arg in args {
        steps.push(match arg {
            Arg::Scalar(value) => {
                parameters.push(*value);
                push(&mut program, Step::Constant { parameter: parameters.len() as u32 - 1, dtype: value.dtype() })
            }
            Arg::Value(source, cast) => {
                let Some(storage) = source.storage() else { return Ok(None) };
                let seen =
                    if source.layout.shape == layout.shape { source.layout.clone() } else { source.layout.broadcast_to(&layout.shape)? };
                let same = |(s, l, d): &(Arc<Storage>, Layout, DType)| *d == source.dtype && Arc::ptr_eq(s, storage) && *l == seen;
                let operand = match sources.iter().position(same) {
                    Some(k) => k,
                    None => {
                        sources.push((storage.clone(), seen, source.dtype));
                        sources.len() - 1
                    }
                };
                let step = push(&mut program, Step::Load { operand: operand as u32, dtype: source.dtype });
                match cast {
                    None => step,
                    Some(row) => push(&mut program, Step::Apply { row, args: smallvec![step], output: 0 }),
                }
            }
        });
    }
    program.steps.push(Step::Apply { row, args: steps, output: 0 });
    program.outputs.push(program.steps.len() as u32 - 1);

    let size = layout.size();
    let fresh = plan::allocate(queue, size * dtype.size())?;
    if size == 0 {
        return Ok(Some(fresh));
    }
    let b = backend(queue.device.kind)?;
    let inputs: SmallVec<[Operand; 3]> = sources.iter().map(|(s, l, d)| Operand::new(&s.buffer, l, *d)).collect::<Result<_>>()?;
    for (storage, ..) in &sources {
        storage.before_reading(b, queue)?;
    }
    config::log_plan(|| format!("{} {}\n{program:?}", queue.device, cuprous_core::shape::tuple(&layout.shape)));
    let outputs = [Operand::new(&fresh.buffer, layout, dtype)?];
    let launch = Launch { shape: &layout.shape, inputs: &inputs, outputs: &outputs, parameters: &parameters, queue };
    plan::on_queue(queue, || b.elementwise(&program, &launch))?;
    Ok(Some(fresh))
}
