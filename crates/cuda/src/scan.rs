//! Scans: which kernel, and how long lines are cut into chunks. Each element is read once and written once.
//!
//! Chunks and tiles follow from the shape and from which axis is innermost: results are the same run after run.

use crate::codegen::scan::{self, Shape, lanes, source};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::rehearsal::Rehearsal;
use crate::{memory, transfer};
use cuprous_core::iteration::Iteration;
use cuprous_core::op::ScanRow;
use cuprous_core::{Program, Result, ScanLaunch};
use smallvec::SmallVec;

/// Lines up to this length are scanned by one thread each
const SHORT: usize = 16;
/// Elements from which on short lines are worth a kernel of their own
const MANY: usize = 1 << 16;
/// Lines up to this length are scanned by one warp each
const MEDIUM: usize = 1024;
/// Blocks that fill a large GPU without chunks. A constant: splits must not depend on the device.
const ENOUGH_BLOCKS: usize = 132 * 4;
/// What 32-bit reciprocals can divide
const NARROW: usize = i32::MAX as usize;

/// Every kernel that a row needs for up to two axes besides the scanned one: for compiling ahead and for tests.
pub fn sources_of_scan(row: &ScanRow) -> Vec<Source> {
    let of = |&shape: &Shape| [1, 2].into_iter().filter(move |&n| n <= shape.most_axes()).map(move |n| source(row, shape, n));
    Shape::ALL.iter().flat_map(of).collect()
}

/// Scans along an axis.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
    let Some(nest) = Nest::new(row, launch) else { return Ok(()) };
    let (shape, n_axes) = (nest.split.shape, nest.lines.shape.len());
    let variant = Variant::Scan { shape, n_axes: n_axes as u8 };
    let row_key = std::ptr::from_ref(row) as usize;
    let kernel = ctx.programs.get(ctx, &Program::default(), row_key, variant, || source(row, shape, n_axes))?;

    // Freed at the end of this function, in the order of the queue.
    let mut state = None;
    if nest.split.chunks > 1 {
        let size = nest.state(row);
        let buffer = memory::allocate(ctx, launch.queue, size)?;
        transfer::fill(ctx, launch.queue, &buffer, 0, size, 0)?;
        state = Some(buffer);
    }
    let params = nest.params(row, launch, state.as_ref().map_or(0, |b| b.address()));
    codegen::start(&kernel, nest.grid(), nest.split.block, &params, launch.queue)
}

/// What a launch would start, if anything. `scratch` gives the address of so many bytes of zeros.
pub fn rehearse(row: &ScanRow, launch: &ScanLaunch, scratch: &mut dyn FnMut(usize) -> usize) -> Option<Rehearsal> {
    let nest = Nest::new(row, launch)?;
    let params = nest.params(row, launch, scratch(nest.state(row)));
    Some(Rehearsal::new(source(row, nest.split.shape, nest.lines.shape.len()), nest.grid(), nest.split.block, &params))
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
    /// Bytes of the counter of blocks and then of a slot for what each part and each group tells the others: at first nothing.
    fn state(&self, row: &ScanRow) -> usize {
        let split = &self.split;
        if split.chunks > 1 { 16 + split.beside * split.slots() * split.width * scan::slot(row) * 8 } else { 0 }
    }

    fn grid(&self) -> [usize; 3] {
        [self.split.beside * self.split.chunks, 1, 1]
    }

    fn params(&self, row: &ScanRow, launch: &ScanLaunch, state: usize) -> Params {
        let (input, output) = (&launch.input, &launch.output);
        let Nest { n, in_step, out_step, lines, split } = self;
        // Bytes of the words in which lanes can be loaded: 16, 8, 4 or all that they have; 0 if one by one.
        let unit = |address: usize, size: usize, step: isize, strides: &[isize]| {
            let all = (size * lanes(row)).min(16);
            let offsets = if split.shape == Shape::Short { 0 } else { strides.iter().fold(0, |bits, s| bits | s.unsigned_abs()) };
            let fits = 1 << (address | offsets | all).trailing_zeros();
            if step == size as isize && (fits == all || fits >= 4) { fits } else { 0 }
        };
        let mut params = Params::default();
        params.uint(input.address());
        params.uint(output.address());
        params.uint(state);
        params.int(*in_step as i64);
        params.int(*out_step as i64);
        lines.strides.iter().flatten().for_each(|&s| params.int(s as i64));
        params.uint(*n);
        params.uint(lines.size());
        params.uint(split.chunk);
        params.uint(split.chunks);
        params.uint(split.beside);
        params.uint(split.group);
        params.uint(split.slots());
        params.uint(unit(input.address(), row.input.size(), *in_step, &lines.strides[0]));
        params.uint(unit(output.address(), row.output.size(), *out_step, &lines.strides[1]));
        params.uint((lines.size() > NARROW - 4096).into());
        lines.shape.iter().for_each(|&n| params.divisor(n));
        params.divisor(*n);
        params
    }

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
        // Both count: where elements repeat, how they are written is all there is.
        let stride = |k: usize| input.layout.strides[k].unsigned_abs() + output.layout.strides[k].unsigned_abs();
        let mut axes: SmallVec<[usize; 8]> = (0..shape.len()).filter(|&k| k != launch.axis && shape[k] != 1).collect();
        axes.sort_by_key(|&k| std::cmp::Reverse(stride(k)));
        let is_inner = axes.last().is_none_or(|&k| in_step.unsigned_abs() + out_step.unsigned_abs() <= stride(k));
        let lines = Iteration::merged(shape, &[&input.layout.strides, &output.layout.strides], &axes);
        let mut split = Split::new(n, lines.size(), is_inner, [lanes(row), scan::slices(row), scan::rows(row)]);
        let is_packed = |step: isize, strides: &[isize], size: usize| step == size as isize && *strides == [(n * size) as isize];
        if n <= SHORT
            && n * lines.size() >= MANY
            && is_packed(in_step, &lines.strides[0], row.input.size())
            && is_packed(out_step, &lines.strides[1], row.output.size())
        {
            split.pack(scan::short_lines(row, n), lines.size());
        }
        Some(Nest { n, in_step, out_step, lines, split })
    }
}

/// How the work is spread, by the numbers of lines and of elements alone.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    shape: Shape,
    block: [usize; 3],
    /// Blocks side by side, which have nothing to do with each other
    beside: usize,
    /// Lines of a block
    width: usize,
    /// Elements of a chunk; of short lines so many of them
    chunk: usize,
    /// Chunks of a line: several form a chain
    chunks: usize,
    /// Chunks of a group; threads of a line where lines share warps
    group: usize,
}

impl Split {
    /// `lanes`: neighbouring elements that a thread takes, `slices`: how often in a tile, `rows`: elements of a column.
    fn new(n: usize, n_lines: usize, is_inner: bool, [lanes, slices, rows]: [usize; 3]) -> Split {
        if n <= SHORT || !is_inner {
            // A thread per line where that is enough; else the threads of a block share lines too.
            let width = if n <= SHORT { THREADS } else { n_lines.next_power_of_two().clamp(4, 64) };
            let (beside, down) = (n_lines.div_ceil(width), THREADS / width);
            let tile = rows * down;
            let chunk = if beside >= ENOUGH_BLOCKS || n <= 2 * tile { n } else { tile };
            let block = [width, down, 1];
            let chunks = n.div_ceil(chunk);
            // What passes from group to group takes a microsecond each time: few groups, and a few looks at each.
            let group = (chunks / 128).next_power_of_two().min(4096 / width);
            return Split { shape: Shape::Columns, block, beside, width, chunk, chunks, group };
        }
        let block = [THREADS, 1, 1];
        if n <= MEDIUM {
            // The fewest threads that have all of a line at once, up to a warp.
            let group = n.div_ceil(lanes).next_power_of_two().min(32);
            let width = THREADS / group;
            return Split { shape: Shape::Warps, block, beside: n_lines.div_ceil(width), width, chunk: n, chunks: 1, group };
        }
        let tile = THREADS * lanes * slices;
        if n_lines < ENOUGH_BLOCKS {
            return Split { shape: Shape::Tiles, block, beside: n_lines, width: 1, chunk: tile, chunks: n.div_ceil(tile), group: THREADS };
        }
        // What is not there of a tile has warps that wait for others; each tile costs besides what a quarter of one takes.
        let cost = |part: usize| n.div_ceil(tile / part) * (tile / part + tile / 4);
        let (shape, _) = [(Shape::Tiles, 1), (Shape::Halves, 2), (Shape::Quarters, 4)]
            .into_iter()
            .min_by_key(|&(_, part)| cost(part))
            .unwrap_or((Shape::Tiles, 1));
        Split { shape, block, beside: n_lines, width: 1, chunk: n, chunks: 1, group: THREADS }
    }

    /// Short lines that lie one after the other, so many a block. Each is scanned in the same order.
    fn pack(&mut self, width: usize, n_lines: usize) {
        *self = Split {
            shape: Shape::Short,
            block: [THREADS, 1, 1],
            beside: n_lines.div_ceil(width),
            width,
            chunk: width,
            chunks: 1,
            group: 1,
        };
    }

    /// What a block's lines tell: each part its total, unless it is a group by itself, and each group.
    fn slots(&self) -> usize {
        self.chunks.div_ceil(self.group) + if self.group > 1 { self.chunks } else { 0 }
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
                    let s = Split::new(n, n_lines, is_inner, [8, 4, 32]);
                    assert!(s.chunk * s.chunks >= n && s.chunk * (s.chunks - 1) < n, "{n} {n_lines} {s:?}");
                    assert!(s.beside * s.width >= n_lines && s.block[0] * s.block[1] == THREADS, "{n} {n_lines} {s:?}");
                }
            }
        }
    }
}
