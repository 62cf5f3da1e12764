//! Folds: a thread for each line, in the order of the elements.

use crate::codegen::fold::source;
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::{memory, transfer};
use cuprous_core::backend::{FoldExtent, FoldLaunch};
use cuprous_core::iteration::Iteration;
use cuprous_core::{LoopDef, Operand, Program, Result};
use smallvec::SmallVec;

/// What 32-bit reciprocals can divide
const NARROW: usize = i32::MAX as usize;

/// The kernels that a row needs for up to two axes besides the folded one; none for a row that does not fold.
pub fn sources_of_fold(row: &LoopDef) -> Vec<Source> {
    let folds = row.ins.len() == 2 && row.outs.len() == 1 && row.ins.iter().all(|&d| d == row.outs[0]);
    if folds { [1, 2].map(|n| source(row, n)).into() } else { Vec::new() }
}

/// Folds along an axis.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()> {
    launch.check(row)?;
    let Some(lines) = lines(launch) else { return Ok(()) };
    let n_axes = lines.shape.len();
    let variant = Variant::Fold { n_axes: n_axes as u8 };
    let kernel = ctx.programs.get(ctx, &Program::default(), std::ptr::from_ref(row) as usize, variant, || source(row, n_axes))?;

    // Freed at the end of this function, in the order of the queue.
    let mut starts_memory = None;
    let (extent, n_starts) = match launch.extent {
        FoldExtent::Whole => (0, 1),
        FoldExtent::Running => (1, 1),
        FoldExtent::From(starts) => {
            let bytes: Vec<u8> = starts.iter().flat_map(|s| s.to_ne_bytes()).collect();
            let buffer = memory::allocate(ctx, launch.queue, bytes.len())?;
            transfer::upload(ctx, launch.queue, &bytes, &buffer, 0)?;
            starts_memory = Some(buffer);
            (2, starts.len())
        }
    };
    let step = |o: &Operand| o.layout.strides[launch.axis] as i64;
    let mut params = Params::default();
    params.uint(launch.input.address());
    params.uint(launch.mask.map_or(0, |m| m.address()));
    params.uint(launch.output.address());
    params.uint(starts_memory.as_ref().map_or(0, |b| b.address()));
    let mut initial = [0u8; 16];
    if let Some(value) = &launch.initial {
        initial[..value.bytes().len()].copy_from_slice(value.bytes());
    }
    params.padded(&initial);
    params.int(step(&launch.input));
    params.int(step(&launch.output));
    params.int(launch.mask.as_ref().map_or(0, step));
    lines.strides.iter().flatten().for_each(|&s| params.int(s as i64));
    params.uint(launch.input.layout.shape[launch.axis]);
    params.uint(lines.size());
    params.uint(n_starts);
    params.uint(extent);
    params.uint(launch.initial.is_some().into());
    params.uint((lines.size() > NARROW).into());
    lines.shape.iter().for_each(|&n| params.divisor(n));
    codegen::start(&kernel, [(lines.size() * n_starts).div_ceil(THREADS), 1, 1], [THREADS, 1, 1], &params, launch.queue)
}

/// The kernel that a launch needs, if it needs one.
pub fn source_of(row: &LoopDef, launch: &FoldLaunch) -> Option<Source> {
    lines(launch).map(|lines| source(row, lines.shape.len()))
}

/// The lines, for input, output and mask; `None` if there is nothing to compute.
fn lines(launch: &FoldLaunch) -> Option<Iteration> {
    let (input, output) = (launch.input.layout, launch.output.layout);
    if output.shape.contains(&0) {
        return None;
    }
    let mask = launch.mask.as_ref().map_or(input, |m| m.layout);
    let mut axes: SmallVec<[usize; 8]> = (0..input.shape.len()).filter(|&k| k != launch.axis && input.shape[k] != 1).collect();
    axes.sort_by_key(|&k| std::cmp::Reverse(input.strides[k].unsigned_abs()));
    Some(Iteration::merged(&input.shape, &[&input.strides, &output.strides, &mask.strides], &axes))
}
