//! The text of scans.

use super::program::{self, computed, loaded, stored, to_stored};
use super::{GROUP, entry_name, reduce};
use crate::compile::Source;
use cuprous_core::op::ScanRow;
use std::fmt::Write;

/// Which kernel scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Blocks along long lines
    Tiles,
    /// The same with half as many elements to a block at a time
    Halves,
    /// With a quarter of them
    Quarters,
    /// A warp per line
    Warps,
    /// A thread per line
    Columns,
    /// A thread per line, of short lines that lie one after the other
    Short,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 6] = [Shape::Tiles, Shape::Halves, Shape::Quarters, Shape::Warps, Shape::Columns, Shape::Short];

    /// Over how many axes lines may be spread.
    pub fn most_axes(self) -> usize {
        if self == Shape::Short { 1 } else { usize::MAX }
    }

    /// Slices of a warp in this kernel.
    fn slices(self, row: &ScanRow) -> usize {
        match self {
            Shape::Halves => slices(row) / 2,
            Shape::Quarters => slices(row) / 4,
            _ => slices(row),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Shape::Tiles => "tiles",
            Shape::Halves => "halves",
            Shape::Quarters => "quarters",
            Shape::Warps => "warps",
            Shape::Columns => "columns",
            Shape::Short => "short",
        }
    }

    fn skeleton(self) -> &'static str {
        match self {
            Shape::Tiles | Shape::Halves | Shape::Quarters => include_str!("../kernels/scan_tiles.cuh"),
            Shape::Warps => include_str!("../kernels/scan_warps.cuh"),
            Shape::Columns => include_str!("../kernels/scan_columns.cuh"),
            Shape::Short => include_str!("../kernels/scan_short.cuh"),
        }
    }
}

/// Neighbouring elements that a thread takes: up to 16 bytes of results.
pub fn lanes(row: &ScanRow) -> usize {
    (16 / row.output.size()).min(8)
}

/// Words in which an accumulator passes from block to block.
pub fn slot(row: &ScanRow) -> usize {
    row.size.max(row.output.size()).div_ceil(4)
}

/// Elements of a line that a thread of the kernel for columns takes: as many as stay in registers.
pub fn rows(row: &ScanRow) -> usize {
    128 / row.input.size().max(4 * slot(row).min(4))
}

/// Shared memory of the kernel for short lines: six blocks fit a multiprocessor
const SHORT_BYTES: usize = 32 << 10;

/// Short lines of `n` elements that a block takes: a multiple of a warp, so that blocks begin at whole vectors.
pub fn short_lines(row: &ScanRow, n: usize) -> usize {
    let slot = row.input.size().max(row.output.size());
    let per_word = (4 / slot).max(1);
    let is_raw = row.input.size() == row.output.size() && slot <= 2;
    let pitch = if is_raw { n } else { (n.div_ceil(per_word) | 1) * per_word };
    let most = SHORT_BYTES / (pitch * slot);
    if most >= 256 { most / 256 * 256 } else { most / 32 * 32 }
}

/// Slices that a warp of the kernel for tiles takes: as many as stay in registers.
pub fn slices(row: &ScanRow) -> usize {
    let is_small = lanes(row) * row.input.size() + 4 * slot(row) <= 24;
    if is_small { 8 } else { 4 }
}

/// The kernel of a row for lines along one of `n_axes + 1` axes.
pub fn source(row: &ScanRow, shape: Shape, n_axes: usize) -> Source {
    let lanes = lanes(row);
    let entry = entry_name([row.op].into_iter(), &format!("{}_{}{n_axes}_v{lanes}", row.input.name(), shape.name()));
    let mut text = program::header([row.input, row.output].into_iter(), &reduce::row_texts(&row.cuda), [row.cuda.prelude].into_iter());
    _ = writeln!(
        text,
        "struct Params {{
    const char* in;
    char *out, *state;
    long long in_step, out_step, from[{n_axes}], to[{n_axes}];
    cup_u64 n, n_lines, chunk, chunks, beside, group, slots, vector_in, vector_out, wide;
    CupDiv lines[{n_axes}], length;
}};
typedef {} in_t;
typedef {} out_t;
{}static __device__ __forceinline__ acc_t cup_lift(const in_t x, const long long idx) {{
    const {} in0 = {};
    return cup_lift_value(in0, idx);
}}
static __device__ __forceinline__ out_t cup_finish(const acc_t a, const long long n) {{ return {}; }}
static __device__ __forceinline__ void cup_line(const Params& p, cup_u64 rest, long long& in, long long& out) {{
    in = 0;
    out = 0;
#pragma unroll
    for (int d = {}; d > 0; d--) {{
        const cup_u64 above = cup_divide(rest, p.lines[d], p.wide);
        const long long i = (long long)(rest - above * p.lines[d].n);
        rest = above;
        in += i * p.from[d];
        out += i * p.to[d];
    }}
    in += (long long)rest * p.from[0];
    out += (long long)rest * p.to[0];
}}",
        stored(row.input),
        stored(row.output),
        reduce::accumulator(&row.cuda, row.input),
        computed(row.input),
        loaded(row.input, "x"),
        to_stored(row.output, row.cuda.finish),
        n_axes - 1
    );
    text.push_str(GROUP);
    _ = writeln!(
        text,
        "#define CUP_LANES {lanes}\n#define CUP_ROWS {}\n#define CUP_SLICES {}\n#define CUP_SLOT {}\n#define CUP_BLOCKS {}\n#define CUP_ENTRY {entry}",
        rows(row),
        shape.slices(row),
        slot(row),
        if slot(row) > 1 || lanes * shape.slices(row) > 32 { 3 } else { 4 }
    );
    if !matches!(shape, Shape::Warps | Shape::Short) {
        text.push_str(include_str!("../kernels/scan_chain.cuh"));
    }
    if shape != Shape::Columns {
        _ = writeln!(text, "#define CUP_SHORT_BYTES {SHORT_BYTES}");
        text.push_str(include_str!("../kernels/scan_lanes.cuh"));
    }
    text.push_str(shape.skeleton());
    Source { text, entry }
}
