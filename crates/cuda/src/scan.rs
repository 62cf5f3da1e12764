//! Scans: which kernel, and how long lines are cut into chunks.
//!
//! Chunks and tiles follow from the shape and from which axis is innermost: results are the same run after run.

use crate::codegen::scan::{Shape, lanes, source};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::memory;
use cuprous_core::iteration::Iteration;
use cuprous_core::op::ScanRow;
use cuprous_core::{Program, Result, ScanLaunch};
use smallvec::SmallVec;

/// The widest accumulator that rows have, in bytes, for scratch memory
const MAX_ACCUMULATOR: usize = 64;
/// Lines up to this length are scanned by one thread each
const SHORT: usize = 16;
/// Lines up to this length are scanned by one warp each
const MEDIUM: usize = 1024;
/// Lines that need no chunks to fill a large GPU, a block or a thread each. Constants: splits must not depend on the device.
const ENOUGH_BLOCKS: usize = 132 * 4;
const ENOUGH_THREADS: usize = 132 * 2048;
/// What 32-bit reciprocals can divide
const NARROW: usize = i32::MAX as usize;

/// Every kernel that a row needs for up to two axes besides the scanned one: for compiling ahead and for tests.
pub fn sources_of_scan(row: &ScanRow) -> Vec<Source> {
    Shape::ALL.iter().flat_map(|&shape| [1, 2].map(|n_axes| source(row, shape, n_axes))).collect()
}

/// Scans along an axis.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
    let (input, output) = (&launch.input, &launch.output);
    let Some(Nest { n, in_step, out_step, lines, split }) = Nest::new(row, launch) else { return Ok(()) };
    let variant = Variant::Scan { shape: split.shape, n_axes: lines.shape.len() as u8 };
    let row_key = std::ptr::from_ref(row) as usize;
    let kernel = ctx.programs.get(ctx, &Program::default(), row_key, variant, || source(row, split.shape, lines.shape.len()))?;

    // Freed at the end of this function, in the order of the queue.
    let partial =
        if split.chunks > 1 { Some(memory::allocate(ctx, launch.queue, lines.size() * split.chunks * MAX_ACCUMULATOR)?) } else { None };
    let is_vector = |address: usize, size: usize, step: isize, strides: &[isize]| {
        let unit = (size * lanes(row)).min(16);
        step == size as isize && address.is_multiple_of(unit) && strides.iter().all(|s| s.unsigned_abs().is_multiple_of(unit))
    };
    let phases: &[usize] = if split.chunks > 1 { &[1, 2] } else { &[0] };
    for &phase in phases {
        let mut params = Params::default();
        params.uint(input.address());
        params.uint(output.address());
        params.uint(partial.as_ref().map_or(0, |b| b.address()));
        params.int(in_step as i64);
        params.int(out_step as i64);
        lines.strides.iter().flatten().for_each(|&s| params.int(s as i64));
        params.uint(n);
        params.uint(lines.size());
        params.uint(split.chunk);
        params.uint(split.chunks);
        params.uint(phase);
        params.uint(is_vector(input.address(), row.input.size(), in_step, &lines.strides[0]).into());
        params.uint(is_vector(output.address(), row.output.size(), out_step, &lines.strides[1]).into());
        params.uint((lines.size() > NARROW - 4096).into());
        lines.shape.iter().for_each(|&n| params.divisor(n));
        codegen::start(&kernel, split.grid, [THREADS, 1, 1], &params, launch.queue)?;
    }
    Ok(())
}

/// The kernel that a launch needs, if it needs one.
pub fn source_of(row: &ScanRow, launch: &ScanLaunch) -> Option<Source> {
    Nest::new(row, launch).map(|nest| source(row, nest.split.shape, nest.lines.shape.len()))
}

/// What a launch walks, and how.
struct Nest {
    /// Elements of a line
    n: usize,
    in_step: isize,
    out_step: isize,
    /// Over the lines, for the input and the output
    lines: Iteration,
    split: Split,
}

impl Nest {
    /// `None` if there is nothing to scan.
    fn new(row: &ScanRow, launch: &ScanLaunch) -> Option<Nest> {
        let (input, output) = (&launch.input, &launch.output);
        let shape = &input.layout.shape;
        if shape.contains(&0) {
            return None;
        }
        let n = shape.get(launch.axis).copied().unwrap_or(1);
        let step = |s: &[isize]| s.get(launch.axis).copied().unwrap_or(0);
        let (in_step, out_step) = (step(&input.layout.strides), step(&output.layout.strides));
        let stride = |k: usize| input.layout.strides[k].unsigned_abs();
        let mut axes: SmallVec<[usize; 8]> = (0..shape.len()).filter(|&k| k != launch.axis && shape[k] != 1).collect();
        axes.sort_by_key(|&k| std::cmp::Reverse(stride(k)));
        let is_inner = axes.last().is_none_or(|&k| in_step.unsigned_abs() <= stride(k));
        let lines = Iteration::merged(shape, &[&input.layout.strides, &output.layout.strides], &axes);
        let split = Split::new(n, lines.size(), is_inner, lanes(row));
        Some(Nest { n, in_step, out_step, lines, split })
    }
}

/// How the work is spread, by the numbers of lines and of elements alone.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    shape: Shape,
    grid: [usize; 3],
    /// Elements of a chunk
    chunk: usize,
    /// Chunks of a line
    chunks: usize,
}

impl Split {
    fn new(n: usize, n_lines: usize, is_inner: bool, lanes: usize) -> Split {
        // A few lines side by side are better read by blocks with a stride than by a few threads.
        if n <= SHORT || (!is_inner && (n_lines >= MEDIUM || n <= MEDIUM)) {
            let wanted = (ENOUGH_THREADS / n_lines).min(n / 64).clamp(1, 64);
            let chunk = n.div_ceil(wanted);
            let chunks = n.div_ceil(chunk);
            return Split { shape: Shape::Columns, grid: [n_lines.div_ceil(THREADS), chunks, 1], chunk, chunks };
        }
        if n <= MEDIUM {
            return Split { shape: Shape::Warps, grid: [n_lines.div_ceil(8), 1, 1], chunk: n, chunks: 1 };
        }
        let tile = 4 * THREADS * lanes;
        let wanted = if n_lines >= ENOUGH_BLOCKS { 1 } else { (2 * ENOUGH_BLOCKS / n_lines).min(n.div_ceil(tile)) };
        let chunk = n.div_ceil(wanted).next_multiple_of(tile);
        let chunks = n.div_ceil(chunk);
        Split { shape: Shape::Tiles, grid: [n_lines, chunks, 1], chunk, chunks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_in_a_chunk() {
        for n in [1, 16, 17, 1000, 1024, 1025, 4096, 4097, 100_000, 50_000_000] {
            for n_lines in [1, 3, 527, 528, 1024, 10_000, 300_000] {
                for is_inner in [false, true] {
                    let s = Split::new(n, n_lines, is_inner, 4);
                    assert!(s.chunk * s.chunks >= n && s.chunk * (s.chunks - 1) < n && s.chunks < 65_536, "{n} {n_lines} {s:?}");
                }
            }
        }
    }
}
