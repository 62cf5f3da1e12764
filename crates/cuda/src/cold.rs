//! Programs whose kernel is not there yet: their rows run one by one on kernels at hand while it is compiled.
//!
//! The results are the same bit for bit, since each step of a fused kernel rounds to its dtype.

use crate::codegen::{Variant, elementwise as text};
use crate::compile::{Source, background};
use crate::driver::Context;
use crate::{elementwise, memory, reduce};
use cuprous_core::op::ReduceRow;
use cuprous_core::shape::Strides;
use cuprous_core::{Buffer, ErrorKind, Launch, Layout, Operand, Program, ReduceLaunch, Result, Scalar, Step};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// The meeting from which a kernel is compiled before others, and is waited for where the host waits anyway: a loop is not to
/// run on stand-ins for long. One that is not on its way by then cannot be compiled on another thread.
const OFTEN: u32 = 3;

/// Runs a program without its kernel, which is then compiled; whether it could. Callers have asked [`may_stand_in`].
///
/// # Errors
/// `Device` if a launch fails.
pub fn elementwise(ctx: &Context, program: &Program, variant: Variant, launch: &Launch) -> Result<bool> {
    if !one_by_one(ctx, program, launch)? {
        return Ok(false);
    }
    ctx.programs.compile_later(ctx, program, 0, variant, || text::source(program, variant));
    Ok(true)
}

/// Runs a reduction without its kernel, which is then compiled; whether it could. Its map is computed into memory first.
/// Callers have asked [`may_stand_in`].
///
/// # Errors
/// As [`elementwise()`], and `Memory`.
pub fn reduce(
    ctx: &Context,
    map: &Program,
    row: &'static ReduceRow,
    variant: Variant,
    launch: &ReduceLaunch,
    make: impl FnOnce() -> Source,
) -> Result<bool> {
    if map.steps.len() < 2 {
        return Ok(false);
    }
    let size: usize = launch.shape.iter().product();
    let layout = Layout { shape: launch.shape.into(), strides: launch.strides.into(), offset: 0 };
    // Strides of a view or a broadcast value: nothing to store it by.
    if !is_packed(&layout, row.input.size()) {
        return Ok(false);
    }
    let Ok(stored) = memory::allocate(ctx, launch.queue, size * row.input.size()) else { return Ok(false) };
    let outputs = [Operand::new(&stored, &layout, row.input)?];
    let mapped =
        Launch { shape: launch.shape, inputs: launch.inputs, outputs: &outputs, parameters: launch.parameters, queue: launch.queue };
    // The map has no kernel compiled for itself: that of the reduction makes it needless.
    if !elementwise::run_at_hand(ctx, map, &mapped)? && !one_by_one(ctx, map, &mapped)? {
        return Ok(false);
    }
    let load = Program { steps: vec![Step::Load { operand: 0, dtype: row.input }], outputs: smallvec![0] };
    reduce::run(ctx, &load, row, &ReduceLaunch { inputs: &outputs, parameters: &[], ..*launch })?;
    ctx.programs.compile_later(ctx, map, std::ptr::from_ref(row) as usize, variant, make);
    Ok(true)
}

/// Whether something may stand in for a kernel that is not there. Asking counts as a meeting: once for each launch.
pub(crate) fn may_stand_in(ctx: &Context, program: &Program, row: usize, variant: Variant) -> bool {
    background::is_wanted() && (ctx.programs.count_meeting(program, row, variant) < OFTEN || ctx.programs.hurry(program, row, variant))
}

/// Whether the elements fill their memory without gaps, each once.
fn is_packed(layout: &Layout, item: usize) -> bool {
    let mut axes: SmallVec<[(usize, usize); 8]> =
        layout.shape.iter().zip(&layout.strides).filter(|(n, _)| **n != 1).map(|(&n, &s)| (s.unsigned_abs(), n)).collect();
    axes.sort_unstable();
    let is_ascending = layout.strides.iter().zip(&layout.shape).all(|(&s, &n)| s > 0 || n == 1);
    let mut step = item;
    is_ascending
        && axes.into_iter().all(|(stride, n)| {
            let fits = stride == step;
            step = step.saturating_mul(n);
            fits
        })
}

/// A value of a program.
enum Value<'a> {
    /// An input of the launch
    Input(&'a Operand<'a>),
    /// In memory of its own, with the last step that needs it
    Stored(Arc<Buffer>, usize),
    /// In an output of the launch
    Output(usize),
}

/// Runs the steps one after the other, each with the kernel of its row; false if one is not at hand.
fn one_by_one(ctx: &Context, program: &Program, launch: &Launch) -> Result<bool> {
    let n_steps = program.steps.len();
    let is_row = |k: u32| matches!(&program.steps[k as usize], Step::Apply { row, .. } if row.outs.len() == 1);
    let mut outputs: SmallVec<[u32; 2]> = program.outputs.clone();
    outputs.sort_unstable();
    outputs.dedup();
    // An output may be an input too: it is written last, when nothing reads any more.
    let is_simple = program.outputs.iter().all(|&o| is_row(o))
        && outputs.len() == program.outputs.len()
        && (outputs.len() > 1 || program.outputs[0] as usize == n_steps - 1)
        && program.steps.iter().all(|s| !matches!(s, Step::Apply { row, .. } if row.outs.len() != 1));
    if !is_simple {
        return Ok(false);
    }
    let mut last_use = vec![0; n_steps];
    for (k, step) in program.steps.iter().enumerate() {
        if let Step::Apply { args, .. } = step {
            args.iter().for_each(|&a| last_use[a as usize] = k);
        }
    }
    let packed = packed_like(launch);
    let scalar = Layout { shape: launch.shape.into(), strides: smallvec![0; launch.shape.len()], offset: 0 };
    let mut values: Vec<Option<Value>> = Vec::with_capacity(n_steps);
    for (k, step) in program.steps.iter().enumerate() {
        let dtype = step.dtype();
        let output = program.outputs.iter().position(|&o| o as usize == k);
        if output.is_none() && last_use[k] == 0 {
            values.push(None);
            continue;
        }
        let one = Layout { shape: smallvec![], strides: smallvec![], offset: 0 };
        let (value, shape, layout): (Value, &[usize], &Layout) = match (step, output) {
            (Step::Load { operand, .. }, _) => {
                values.push(Some(Value::Input(&launch.inputs[*operand as usize])));
                continue;
            }
            (_, Some(o)) => (Value::Output(o), launch.shape, launch.outputs[o].layout),
            (Step::Constant { .. }, _) => match memory::allocate(ctx, launch.queue, dtype.size()) {
                Ok(buffer) => (Value::Stored(Arc::new(buffer), last_use[k]), &[], &one),
                Err(e) => return if e.kind() == ErrorKind::Memory { Ok(false) } else { Err(e) },
            },
            _ => match memory::allocate(ctx, launch.queue, packed.size() * dtype.size()) {
                Ok(buffer) => (Value::Stored(Arc::new(buffer), last_use[k]), launch.shape, &packed),
                Err(e) => return if e.kind() == ErrorKind::Memory { Ok(false) } else { Err(e) },
            },
        };
        let scaled = scaled(layout, if output.is_some() || shape.is_empty() { 1 } else { dtype.size() });
        let target = match &value {
            Value::Output(o) => launch.outputs[*o],
            Value::Stored(buffer, _) => Operand::new(buffer, &scaled, dtype)?,
            Value::Input(_) => continue,
        };
        let layouts = layouts_of(program, step, &packed, &scalar);
        let mut inputs: SmallVec<[Operand; 3]> = SmallVec::new();
        let mut parameters: SmallVec<[Scalar; 1]> = SmallVec::new();
        let (mut steps, root): (Vec<Step>, Step) = match step {
            Step::Apply { row, args, .. } => {
                for (&arg, layout) in args.iter().zip(&layouts) {
                    let dtype = program.steps[arg as usize].dtype();
                    inputs.push(match &values[arg as usize] {
                        Some(Value::Input(operand)) => **operand,
                        Some(Value::Output(o)) => launch.outputs[*o],
                        Some(Value::Stored(buffer, _)) => Operand::new(buffer, layout, dtype)?,
                        None => return Ok(false),
                    });
                }
                let loads = inputs.iter().enumerate().map(|(i, o)| Step::Load { operand: i as u32, dtype: o.dtype });
                (loads.collect(), Step::Apply { row, args: (0..args.len() as u32).collect(), output: 0 })
            }
            Step::Constant { parameter, .. } => {
                parameters.push(launch.parameters[*parameter as usize]);
                (Vec::new(), Step::Constant { parameter: 0, dtype })
            }
            Step::Index { operand } => {
                inputs.push(launch.inputs[*operand as usize]);
                (Vec::new(), Step::Index { operand: 0 })
            }
            Step::Load { .. } => continue,
        };
        steps.push(root);
        let root = steps.len() as u32 - 1;
        let single = Program { steps, outputs: smallvec![root] };
        let outputs = [target];
        let part = Launch { shape, inputs: &inputs, outputs: &outputs, parameters: &parameters, queue: launch.queue };
        if !elementwise::run_at_hand(ctx, &single, &part)? {
            return Ok(false);
        }
        drop(inputs);
        values.push(Some(value));
        // Memory goes back as soon as its last reader is queued.
        for v in values.iter_mut() {
            if matches!(v, Some(Value::Stored(_, last)) if *last <= k) {
                *v = None;
            }
        }
    }
    Ok(true)
}

/// The layouts of a step's arguments that are in memory of their own.
fn layouts_of(program: &Program, step: &Step, packed: &Layout, scalar: &Layout) -> SmallVec<[Layout; 3]> {
    let Step::Apply { args, .. } = step else { return SmallVec::new() };
    let layout = |&a: &u32| match &program.steps[a as usize] {
        Step::Constant { .. } => scalar.clone(),
        s => scaled(packed, s.dtype().size()),
    };
    args.iter().map(layout).collect()
}

/// A layout counted in ones, in bytes of elements.
fn scaled(layout: &Layout, item: usize) -> Layout {
    let strides: Strides = layout.strides.iter().map(|&s| s * item as isize).collect();
    Layout { shape: layout.shape.clone(), strides, offset: layout.offset }
}

/// The packed layout of values on the way, with the axes in the order of the first output, counted in ones.
fn packed_like(launch: &Launch) -> Layout {
    let like = &launch.outputs[0].layout.strides;
    let mut axes: SmallVec<[usize; 8]> = (0..launch.shape.len()).rev().collect();
    axes.sort_by_key(|&k| like[k].unsigned_abs());
    let mut strides: Strides = smallvec![0; launch.shape.len()];
    let mut step = 1;
    for k in axes {
        strides[k] = step;
        step *= launch.shape[k].max(1) as isize;
    }
    Layout { shape: launch.shape.into(), strides, offset: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_layouts_are_told_from_others() {
        let layout = |shape: &[usize], strides: &[isize]| Layout { shape: shape.into(), strides: strides.into(), offset: 0 };
        assert!(is_packed(&layout(&[2, 3], &[12, 4]), 4) && is_packed(&layout(&[2, 3], &[4, 8]), 4) && is_packed(&layout(&[], &[]), 4));
        assert!(is_packed(&layout(&[1, 3], &[999, 4]), 4));
        assert!(
            !is_packed(&layout(&[2, 3], &[0, 4]), 4) && !is_packed(&layout(&[2, 3], &[16, 4]), 4) && !is_packed(&layout(&[3], &[-4]), 4)
        );
    }
}
