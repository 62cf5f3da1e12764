//! Elements at given places of sorted rows, and rows that are parted there, without a sort where rows are long.
//!
//! A selection reads a long row once for each byte of the key, and writes nothing; a parting then reads and writes it
//! once. Launches: one to clear, one for each byte, and the parting. A row that a block can hold is read once, in one
//! launch.

use super::{Method, Work};
use crate::codegen::sort::{RANKS, Step, each, passes, source};
use crate::codegen::{Params, THREADS};
use crate::compile::Source;
use crate::driver::Context;
use crate::{memory, transfer};
use cuprous_core::{DType, Kind, Result, SelectSpec, SortSpec};

/// Bytes of what is known of an element that is looked for.
const CHOICE: usize = 32;
/// Places from this number on are found by a sort.
const MANY: usize = 2 * RANKS;

/// The kernels that a selection needs.
pub fn sources_of(spec: &SelectSpec) -> Vec<Source> {
    if spec.check().is_err() || spec.input.layout.size() == 0 {
        return Vec::new();
    }
    let (n, dtype) = (spec.input.layout.shape[1], spec.input.dtype);
    let steps = match (Method::of(n, dtype), is_selected(dtype, spec.ranks.len())) {
        (Method::Long { wide }, true) => vec![Step::Select { wide }],
        (Method::Long { wide }, false) => vec![Step::Digits { wide }, Step::Pass { wide }, Step::Columns],
        (Method::Rows { each }, true) if spec.ranks.len() <= RANKS => vec![Step::SelectRows { each: each as u8 }],
        (Method::Rows { each }, _) => vec![Step::Rows { each: each as u8 }, Step::Columns],
        (Method::Short, _) => vec![Step::Short, Step::Columns],
    };
    steps.into_iter().map(|s| source(s, dtype)).collect()
}

/// Whether long rows are searched for so many elements instead of sorted.
fn is_selected(dtype: DType, n_ranks: usize) -> bool {
    n_ranks <= MANY && dtype.kind() != Kind::Complex
}

/// Finds elements by their places in sorted rows.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, spec: &SelectSpec) -> Result<()> {
    spec.check()?;
    let (rows, n, dtype, width) = (spec.input.layout.shape[0], spec.input.layout.shape[1], spec.input.dtype, spec.ranks.len());
    if rows * width == 0 {
        return Ok(());
    }
    let work = Work { ctx, rows, n, dtype, input: spec.input.address(), queue: spec.queue };
    let output = spec.values.address();
    if let Method::Long { wide } = Method::of(n, dtype)
        && is_selected(dtype, width)
    {
        for (k, ranks) in spec.ranks.chunks(RANKS).enumerate() {
            Selection { work: &work, wide, ranks, output, width, first: k * RANKS }.run()?;
        }
        return Ok(());
    }
    if let Method::Rows { each } = Method::of(n, dtype)
        && is_selected(dtype, width)
        && width <= RANKS
    {
        let mut params = Params::default();
        for x in [work.input, output, n, width] {
            params.uint(x);
        }
        (0..RANKS).for_each(|k| params.uint(spec.ranks.get(k).copied().unwrap_or(0)));
        return work.start(Step::SelectRows { each: each as u8 }, rows, &params);
    }
    let sorted = memory::allocate(ctx, spec.queue, rows * n * dtype.size())?;
    work.sort(sorted.address(), 0)?;
    for (k, ranks) in spec.ranks.chunks(RANKS).enumerate() {
        let mut params = Params::default();
        for x in [sorted.address(), output, n, rows, width, k * RANKS, ranks.len()] {
            params.uint(x);
        }
        (0..RANKS).for_each(|k| params.uint(ranks.get(k).copied().unwrap_or(0)));
        work.start(Step::Columns, (rows * ranks.len()).div_ceil(THREADS), &params)?;
    }
    Ok(())
}

/// Whether a sort only has to part long rows at one place.
pub(super) fn parts(spec: &SortSpec) -> bool {
    let is_long = matches!(Method::of(spec.input.layout.shape[1], spec.input.dtype), Method::Long { .. });
    is_long && spec.kth.is_some_and(|kth| kth.len() == 1) && spec.input.dtype.kind() != Kind::Complex && spec.input.dtype.size() > 1
}

/// Moves what is smaller than the element at a place of sorted rows in front of it, and what is larger behind; addresses
/// are 0 for what is not wanted.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub(super) fn part(work: &Work, place: usize, values: usize, places: usize) -> Result<()> {
    let wide = work.n >= super::WIDE;
    let choices = Selection { work, wide, ranks: &[place], output: 0, width: 0, first: 0 }.run()?;
    let tiles = work.n.div_ceil(each(work.dtype, wide) * THREADS);
    let status_size = if tiles > 1 { work.rows * tiles * 256 * if wide { 8 } else { 4 } } else { 0 };
    // Freed at the end of this function, in the order of the queue.
    let status = memory::allocate(work.ctx, work.queue, status_size + 16)?;
    transfer::fill(work.ctx, work.queue, &status, 0, status_size + 16, 0)?;
    let mut params = Params::default();
    for x in [work.input, values, 0, places, 0, 0, 0, status.address(), status.address() + status_size, choices.address()] {
        params.uint(x);
    }
    for x in [work.n, work.rows, tiles, 0, (values != 0).into()] {
        params.uint(x);
    }
    work.start(Step::Split { wide }, work.rows * tiles, &params)
}

/// A few elements of long rows that are looked for together.
struct Selection<'a> {
    work: &'a Work<'a>,
    wide: bool,
    ranks: &'a [usize],
    /// Where they go, 0 for nowhere
    output: usize,
    /// How many elements a row of the output has
    width: usize,
    /// Which of them is the first here
    first: usize,
}

impl Selection<'_> {
    /// Gives what became known of the elements.
    fn run(&self) -> Result<cuprous_core::Buffer> {
        let Work { ctx, rows, n, dtype, input, queue } = *self.work;
        let (n_ranks, blocks) = (self.ranks.len(), self.work.blocks_of_row(4));
        let choices_size = rows * n_ranks * CHOICE;
        let counts_size = rows * n_ranks * 256 * if self.wide { 8 } else { 4 };
        let scratch = memory::allocate(ctx, queue, choices_size + counts_size + 4 * rows)?;
        transfer::fill(ctx, queue, &scratch, choices_size, counts_size + 4 * rows, 0)?;
        let choices = scratch.address();
        for pass in (0..passes(dtype)).rev() {
            let mut params = Params::default();
            for x in [input, self.output, choices, choices + choices_size, choices + choices_size + counts_size, n, blocks, pass, n_ranks] {
                params.uint(x);
            }
            params.uint(self.work.is_aligned(input).into());
            params.uint(self.width);
            params.uint(self.first);
            (0..RANKS).for_each(|k| params.uint(self.ranks.get(k).copied().unwrap_or(0)));
            self.work.start(Step::Select { wide: self.wide }, rows * blocks, &params)?;
        }
        Ok(scratch)
    }
}
