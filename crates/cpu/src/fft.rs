//! Fourier transforms: axis by axis, lines in blocks that the threads share.
//!
//! The blocks follow from shape and strides alone, never from the number of threads, and so do the bits.

use crate::locks;
use crate::memory::Pool;
use crate::nest::moved;
use crate::threads::Threads;
use cuprous_core::backend::{FftKind, FftSpec};
use cuprous_core::iteration::Iteration;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{Error, Result};
use cuprous_cpu_math::{FftPlan, FftScratch, Lines};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of the lines of a block that lie along memory, about: they stay in the first cache.
const BLOCK: usize = 1 << 15;
/// The most of them.
const MAX_LINES: usize = 256;
/// Bytes of the lines of a block that lie across it, about: they stay in the second cache.
const WIDE_BLOCK: usize = 1 << 19;
/// The most of them.
const MAX_WIDE: usize = 64;
/// Element-steps for which a piece of work is worth fetching.
const PIECE: usize = 1 << 14;

/// Transforms every line along the axes.
pub fn run(threads: &Threads, memory: &Pool, spec: &FftSpec) -> Result<()> {
    spec.check()?;
    let (input, output) = (&spec.input, &spec.output);
    crate::check_operands(&input.layout.shape, &[*input])?;
    crate::check_operands(&output.layout.shape, &[*output])?;
    let (before, after) = (&input.layout.shape[..], &output.layout.shape[..]);
    let from = Side { address: input.address(), strides: &input.layout.strides };
    let to = Side { address: output.address(), strides: &output.layout.strides };
    let Some((&last, others)) = spec.axes.split_last() else { return Ok(()) };
    let is_double = output.dtype.real().size() == 8;
    let pass = |kind, axis, shapes: [&[usize]; 2], [from, to]: [Side; 2], is_last: bool| {
        let scale = if is_last { spec.scale } else { 1.0 };
        along(threads, &Pass { kind, is_double, axis, shapes, from, to, scale })
    };
    let _held = locks::hold(&[*output], &[*input]);
    if spec.kind == FftKind::RealInverse {
        if others.is_empty() {
            return pass(spec.kind, last, [before, after], [from, to], true);
        }
        let item = input.dtype.size();
        let layout = Layout::contiguous(before, item, Order::C);
        let memory = memory.allocate(layout.size() * item)?;
        let between = Side { address: memory.address(), strides: &layout.strides };
        for (k, &axis) in others.iter().enumerate() {
            pass(FftKind::Inverse, axis, [before, before], [if k == 0 { from } else { between }, between], false)?;
        }
        return pass(spec.kind, last, [before, after], [between, to], true);
    }
    let next = if spec.kind == FftKind::Inverse { FftKind::Inverse } else { FftKind::Forward };
    pass(spec.kind, last, [before, after], [from, to], others.is_empty())?;
    for (left, &axis) in others.iter().enumerate().rev() {
        pass(next, axis, [after, after], [to, to], left == 0)?;
    }
    Ok(())
}

/// Where elements lie; strides in bytes.
#[derive(Clone, Copy)]
struct Side<'a> {
    address: usize,
    strides: &'a [isize],
}

/// One axis.
struct Pass<'a> {
    kind: FftKind,
    is_double: bool,
    axis: usize,
    /// Before and after
    shapes: [&'a [usize]; 2],
    from: Side<'a>,
    to: Side<'a>,
    scale: f64,
}

/// Transforms the lines along one axis. The elements are those of checked operands or of memory of our own, and locked.
fn along(threads: &Threads, pass: &Pass) -> Result<()> {
    let Pass { axis, shapes, from, to, .. } = *pass;
    let n = if pass.kind == FftKind::RealInverse { shapes[1][axis] } else { shapes[0][axis] };
    let without = |strides: &[isize]| -> SmallVec<[isize; 8]> { (0..strides.len()).filter(|&k| k != axis).map(|k| strides[k]).collect() };
    let batch: SmallVec<[usize; 8]> = (0..shapes[0].len()).filter(|&k| k != axis).map(|k| shapes[0][k]).collect();
    let nest = Iteration::sorted(&batch, &[&without(to.strides), &without(from.strides)]);
    let inner = nest.shape.len() - 1;
    let n_inner = nest.shape[inner];
    let line_strides = [nest.strides[1][inner], nest.strides[0][inner]];

    // Lines side by side in memory are read row by row, each row on another page: the more of them at once the better,
    // and never less than a line of the cache.
    let item = if pass.is_double { 16 } else { 8 };
    let is_along = from.strides[axis].unsigned_abs() <= item && to.strides[axis].unsigned_abs() <= item;
    let (bytes, least, most) = if is_along { (BLOCK, 1, MAX_LINES) } else { (WIDE_BLOCK, 64 / item, MAX_WIDE) };
    let blocks = n_inner.div_ceil((bytes / n.saturating_mul(item)).clamp(least, most));
    let per_block = n_inner.div_ceil(blocks);
    let blocks = n_inner.div_ceil(per_block);
    let n_items = nest.size() / n_inner * blocks;
    let per_piece = (PIECE / n.saturating_mul(per_block)).clamp(1, n_items);

    let plan = FftPlan::new(pass.kind, pass.is_double, n);
    let is_exhausted = AtomicBool::new(false);
    let bases = [to.address, from.address].into_iter().collect();
    let n_steps = nest.size().saturating_mul(n).saturating_mul(1 + n.ilog2() as usize / 2);
    threads.for_each(n_items.div_ceil(per_piece), n_steps, FftScratch::default, |scratch, piece| {
        for item in piece * per_piece..((piece + 1) * per_piece).min(n_items) {
            let first = item % blocks * per_block;
            let here = moved(&bases, &nest, item / blocks * n_inner + first);
            let lines = Lines {
                from: here[1],
                from_strides: (from.strides[axis], line_strides[0]),
                to: here[0],
                to_strides: (to.strides[axis], line_strides[1]),
                n_lines: per_block.min(n_inner - first),
                scale: pass.scale,
            };
            // SAFETY: `Operand` checked the elements, or they are in memory of our own; the locks are held, and no two
            // blocks have a line in common. What is read is what is written, or lies elsewhere: the output has memory
            // of its own.
            if !unsafe { plan.run(&lines, scratch) } {
                is_exhausted.store(true, Ordering::Relaxed);
            }
        }
    });
    if is_exhausted.into_inner() {
        return Err(Error::memory(format!("out of memory transforming lines of {n} elements")));
    }
    Ok(())
}
