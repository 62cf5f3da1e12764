//! Reductions: which kernel, how the work is split, over which loop nests.
//!
//! The order of accumulation follows from the number of results and of elements per result, from the row, and from
//! which axis is innermost in the reduced array. Addresses play no part in it: they come from a second pair of nests.

use crate::codegen::reduce::{Loops, Shape};
use crate::codegen::{self, MAX_TICKETS, Params, THREADS, program};
use crate::cold;
use crate::compile::{Kernel, Source};
use crate::driver::Context;
use crate::memory;
use crate::rehearsal::Rehearsal;
use cuprous_core::iteration::Iteration;
use cuprous_core::op::ReduceRow;
use cuprous_core::{Error, Program, ReduceLaunch, Result};
use smallvec::SmallVec;

/// Blocks that fill a large GPU several times over. A constant: splits must not depend on the device.
const MANY_BLOCKS: usize = 132 * 16;
/// Blocks that just fill it
const FEW_BLOCKS: usize = 132 * 4;
/// What beginning and ending cost a block that shares columns, in rows of each thread
const BLOCK_ROWS: usize = 16;
/// The widest accumulator that rows have, in bytes, for scratch memory
const MAX_ACCUMULATOR: usize = 64;
/// Elements from which on a kernel for short rows pays for being compiled: the others are shipped
const MANY: usize = 1 << 18;
/// What 32-bit reciprocals can divide
const NARROW: usize = i32::MAX as usize;

/// Every kernel that a map and a row need for up to two axes each: for compiling ahead and for tests.
pub fn sources_of_reduce(map: &Program, row: &ReduceRow) -> Vec<Source> {
    let axes = [(1, 1), (2, 1), (1, 2), (2, 2)];
    let both = axes.iter().flat_map(|&(kept, reduced)| [(Shape::Inner, kept, reduced), (Shape::Outer, kept, reduced)]);
    let shifted = [(Shape::Shifted, 1, 1), (Shape::Shifted, 2, 1)].into_iter().filter(|_| codegen::reduce::shifts(map, row, true));
    let rows = [(Shape::ShiftedRows, 1, 1)].into_iter().filter(|_| codegen::reduce::shifts(map, row, false));
    let all = both.chain([(Shape::Narrow, 1, 1), (Shape::Strided, 1, 1)]).chain(shifted).chain(rows);
    let pieces = [Shape::Halves, Shape::Quarters].into_iter().filter(|s| codegen::reduce::lanes_of(map, row, false) >= 2 * s.pieces());
    let all = all.chain(pieces.map(|shape| (shape, 1, 2)));
    all.map(|(shape, kept, reduced)| codegen::reduce::source(map, row, Loops::plain(shape, kept, reduced))).collect()
}

/// The kernels that most reductions need: along the last or another axis of a dense array, or all of it.
pub fn usual_sources(map: &Program, row: &ReduceRow) -> Vec<Source> {
    let shifted = codegen::reduce::shifts(map, row, true).then_some(Shape::Shifted);
    let shapes = [Shape::Inner, Shape::Outer].into_iter().chain(shifted);
    shapes.map(|shape| codegen::reduce::source(map, row, Loops::plain(shape, 1, 1))).collect()
}

/// Reduces a program's value along axes.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()> {
    check(map, launch)?;
    let Some(nests) = Nests::of_row(map, row, launch) else {
        return Ok(());
    };
    let (loops, row_key) = (nests.loops(), std::ptr::from_ref(row) as usize);
    let (variant, make) = (loops.variant(), || codegen::reduce::source(map, row, loops));
    let mut params = Params::default();
    codegen::program::push_constants(&mut params, map, launch.parameters);
    let kernel = match ctx.programs.find(ctx, map, row_key, variant, make)? {
        Some(kernel) => kernel,
        None => {
            let may_stand_in = cold::may_stand_in(ctx, map, row_key, variant);
            // The kernel for any layout is shipped: it gives the same bits while that for this one is compiled.
            let lanes = |outer| codegen::reduce::lanes_of(map, row, outer);
            if may_stand_in
                && let Some(plain) = Nests::with_lanes(map, lanes, row.indexed, launch)
                && plain.shape() != nests.shape()
                && let Some(kernel) =
                    ctx.programs.find(ctx, map, row_key, plain.loops().variant(), || codegen::reduce::source(map, row, plain.loops()))?
            {
                ctx.programs.compile_later(ctx, map, row_key, variant, make);
                return start(ctx, &kernel, map, launch, &plain, params);
            }
            if may_stand_in && cold::reduce(ctx, map, row, variant, launch, make)? {
                return Ok(());
            }
            ctx.programs.get(ctx, map, row_key, variant, make)?
        }
    };
    start(ctx, &kernel, map, launch, &nests, params)
}

/// Starts a reduction, whose parameter begins with what `params` holds.
pub(crate) fn start(ctx: &Context, kernel: &Kernel, map: &Program, launch: &ReduceLaunch, nests: &Nests, mut params: Params) -> Result<()> {
    // Freed at the end of this function, in the order of the queue.
    let (mut partial, mut tickets) = (None, 0);
    if nests.split.splits > 1 {
        partial = Some(memory::allocate(ctx, launch.queue, nests.scratch())?);
        tickets = ctx.programs.tickets(ctx, launch.queue)?;
    }
    push(&mut params, map, launch, nests, [partial.as_ref().map_or(0, |b| b.address()), tickets]);
    codegen::start(kernel, nests.split.grid, nests.split.block, &params, launch.queue)
}

/// The rest of the parameter, with the addresses of what splits leave and of their tickets.
fn push(params: &mut Params, map: &Program, launch: &ReduceLaunch, nests: &Nests, [partial, tickets]: [usize; 2]) {
    let Nests { kept, reduced, n_kept, n_reduced, split, is_vector, .. } = nests;
    for (_, operand, _) in program::operands(map) {
        params.uint(launch.inputs[operand].address());
        kept.strides[operand].iter().chain(&reduced.strides[operand]).for_each(|&s| params.int(s as i64));
    }
    params.uint(launch.output.address());
    kept.strides[launch.inputs.len()].iter().for_each(|&s| params.int(s as i64));
    params.uint(partial);
    params.uint(tickets);
    params.uint(*n_kept);
    params.uint(*n_reduced);
    params.uint(split.splits);
    params.uint(split.log_group);
    params.uint(split.rounds);
    params.uint((*is_vector).into());
    params.uint(nests.is_wide().into());
    kept.shape.iter().chain(&reduced.shape).for_each(|&n| params.divisor(n));
}

/// What a launch would start, if anything. `scratch` gives the address of so many bytes of zeros.
///
/// # Errors
/// `Runtime` if map and operands do not fit.
pub fn rehearse(
    map: &Program,
    row: &ReduceRow,
    launch: &ReduceLaunch,
    scratch: &mut dyn FnMut(usize) -> usize,
) -> Result<Option<Rehearsal>> {
    check(map, launch)?;
    let Some(nests) = Nests::of_row(map, row, launch) else { return Ok(None) };
    let mut params = Params::default();
    codegen::program::push_constants(&mut params, map, launch.parameters);
    push(&mut params, map, launch, &nests, [scratch(nests.scratch()), scratch(4 * MAX_TICKETS)]);
    Ok(Some(Rehearsal::new(codegen::reduce::source(map, row, nests.loops()), nests.split.grid, nests.split.block, &params)))
}

/// The kernel that a launch needs, if it needs one.
///
/// # Errors
/// `Runtime` if map and operands do not fit.
pub fn source_of(map: &Program, row: &ReduceRow, launch: &ReduceLaunch) -> Result<Option<Source>> {
    check(map, launch)?;
    Ok(Nests::of_row(map, row, launch).map(|n| codegen::reduce::source(map, row, n.loops())))
}

fn check(map: &Program, launch: &ReduceLaunch) -> Result<()> {
    if map.outputs.len() != 1 || program::operands(map).any(|(_, operand, _)| operand >= launch.inputs.len()) {
        return Err(Error::runtime(format!("a reduction of {} values with {} inputs", map.outputs.len(), launch.inputs.len())));
    }
    Ok(())
}

/// What a launch walks, and how.
pub(crate) struct Nests {
    /// Over the results, for the inputs and then the output
    pub kept: Iteration,
    /// Over the elements of a result, for the same operands
    pub reduced: Iteration,
    n_kept: usize,
    n_reduced: usize,
    split: Split,
    is_vector: bool,
    /// Operands that are constant along the lanes, by bits
    pub constant: u64,
    pub outer: bool,
    is_narrow: bool,
    is_shifted: bool,
    is_strided: bool,
    /// Into how many pieces the inner kernel's lanes are cut
    pieces: usize,
}

impl Nests {
    /// For elements of a size, which are walked in their order if that matters. `None` if there is no result to compute.
    pub fn new(map: &Program, item_size: usize, indexed: bool, launch: &ReduceLaunch) -> Option<Nests> {
        Nests::with_lanes(map, |outer| codegen::reduce::lanes(item_size, outer), indexed, launch)
    }

    fn of_row(map: &Program, row: &ReduceRow, launch: &ReduceLaunch) -> Option<Nests> {
        let lanes = |outer| codegen::reduce::lanes_of(map, row, outer);
        let mut nests = Nests::with_lanes(map, lanes, row.indexed, launch)?;
        nests.is_narrow = nests.suits_stretches(map);
        if nests.is_narrow {
            nests.take_rounds(codegen::reduce::place(map, row), lanes(false));
            // Blocks begin at whole rows: what counts is where these lie, not where each row does.
            let begins = (THREADS >> nests.split.log_group) * nests.split.rounds * nests.n_reduced;
            nests.is_vector = program::operands(map).filter_map(|(_, operand, d)| Some((operand, d?.size()))).all(|(operand, size)| {
                let unit = (size * lanes(false)).min(16);
                launch.inputs[operand].address().is_multiple_of(unit) && (begins * size).is_multiple_of(unit)
            });
        }
        nests.cut(map, lanes(false), launch);
        nests.shift(map, row, launch);
        // What is left for the inner kernel: elements of rows apart from each other.
        nests.is_strided = !nests.outer
            && !nests.is_vector
            && !nests.is_narrow
            && nests.reduced.shape.len() == 1
            && nests.n_kept * nests.n_reduced >= MANY;
        nests.is_vector |= nests.is_strided;
        Some(nests)
    }

    /// Lets threads load lanes together that begin anywhere, if they can. The order stays: each column is summed as before,
    /// by whichever thread, and each lane goes where it went.
    fn shift(&mut self, map: &Program, row: &ReduceRow, launch: &ReduceLaunch) {
        if self.is_vector || self.is_narrow || self.n_kept * self.n_reduced < MANY || !codegen::reduce::shifts(map, row, self.outer) {
            return;
        }
        let lanes = codegen::reduce::lanes_of(map, row, self.outer);
        let inner = if self.outer { &self.kept } else { &self.reduced };
        let last = inner.shape.len() - 1;
        let length = inner.shape[last];
        // Words in which lanes lie are read whole. Memory comes in pieces of at least 16 bytes; what is borrowed may begin
        // within one.
        let is_there = |k: usize| launch.inputs[k].buffer().is_some_and(|b| b.address().is_multiple_of(16));
        let is_dense = |k: usize, size: usize| inner.strides[k][last] == size as isize && is_there(k);
        if length < lanes || !program::operands(map).all(|(_, k, d)| d.is_none_or(|d| is_dense(k, d.size()))) {
            return;
        }
        if !self.outer {
            (self.is_shifted, self.is_vector) = (last == 0, last == 0);
            return;
        }
        let n_blocks = (self.n_kept / length * length.div_ceil(lanes)).div_ceil(self.split.block[0]);
        if self.split.splits == 1 || n_blocks <= MAX_TICKETS {
            (self.is_shifted, self.split.grid[0]) = (true, n_blocks);
        }
    }

    /// Lets lanes be loaded in pieces that all lie dense, where they do not whole: the innermost of several axes is then no
    /// multiple of them, or rows begin at none.
    fn cut(&mut self, map: &Program, lanes: usize, launch: &ReduceLaunch) {
        if self.outer || self.is_vector || self.is_narrow || self.n_kept * self.n_reduced < MANY {
            return;
        }
        for pieces in [2, 4] {
            let piece = lanes / pieces;
            if piece < 2 || program::operands(map).any(|(.., d)| d.is_some_and(|d| d.size() * piece < 4)) {
                return;
            }
            if let (true, constant) = vector(map, piece, launch, false, &self.kept, &self.reduced) {
                (self.is_vector, self.constant, self.pieces) = (true, constant, pieces);
                return;
            }
        }
    }

    /// Whether rows are short, many and packed. Whole groups of threads read aligned rows well without that.
    fn suits_stretches(&self, map: &Program) -> bool {
        let Nests { kept, reduced, n_kept, n_reduced, split, is_vector, outer, .. } = self;
        let is_short = *n_reduced > 1 && split.splits == 1 && (split.log_group < 3 || (!is_vector && split.log_group <= 5));
        let is_packed = || {
            program::operands(map).all(|(_, operand, dtype)| {
                let (k, r) = (kept.strides[operand][0], reduced.strides[operand][0]);
                k == r * *n_reduced as isize && dtype.is_none_or(|d| r == d.size() as isize)
            })
        };
        !outer && is_short && n_kept * n_reduced >= MANY && kept.shape.len() == 1 && reduced.shape.len() == 1 && is_packed()
    }

    /// Lets blocks take as many short rows as their memory holds, as long as there are blocks enough.
    fn take_rounds(&mut self, (place, is_raw): (usize, bool), lanes: usize) {
        let Nests { n_kept, n_reduced, split, .. } = self;
        let (at_once, per_word) = (THREADS >> split.log_group, (4 / place).max(1));
        let pitch = if is_raw { *n_reduced } else { (n_reduced.div_ceil(per_word) | 1) * per_word };
        let most = (4 * THREADS * lanes / (at_once * pitch)).min(*n_kept / (at_once * MANY_BLOCKS)).clamp(1, 16);
        // An even number, so that blocks begin at multiples of a vector more often.
        split.rounds = if most > 1 { most & !1 } else { 1 };
        split.grid[0] = n_kept.div_ceil(at_once * split.rounds);
    }

    /// Bytes of what splits leave for the last of them.
    fn scratch(&self) -> usize {
        if self.split.splits > 1 { self.n_kept * self.split.splits * MAX_ACCUMULATOR } else { 0 }
    }

    /// Whether sizes need 64 bits. Past the end the kernels may count one round of lanes further.
    fn is_wide(&self) -> bool {
        self.n_kept > NARROW - 4096 || self.n_reduced > NARROW - 4096
    }

    /// The kernel, and over what it walks. Where nothing is divided, how wide sizes are makes no other kernel.
    fn loops(&self) -> Loops {
        let (n_kept, n_reduced) = (self.kept.shape.len(), self.reduced.shape.len());
        let divides = n_kept > 1 || n_reduced > 1 || self.is_shifted;
        Loops { shape: self.shape(), n_kept, n_reduced, constant: self.constant, wide: divides && self.is_wide() }
    }

    fn shape(&self) -> Shape {
        match (self.outer, self.is_narrow) {
            (true, _) if self.is_shifted => Shape::Shifted,
            (true, _) => Shape::Outer,
            (false, true) => Shape::Narrow,
            (false, false) if self.is_shifted => Shape::ShiftedRows,
            (false, false) if self.is_strided => Shape::Strided,
            (false, false) => [Shape::Inner, Shape::Halves, Shape::Quarters][self.pieces / 2],
        }
    }

    fn with_lanes(map: &Program, lanes: impl Fn(bool) -> usize, indexed: bool, launch: &ReduceLaunch) -> Option<Nests> {
        let axes = Axes::new(launch, indexed);
        let n_reduced: usize = axes.reduced.iter().map(|&k| launch.shape[k]).product();
        let n_kept: usize = axes.kept.iter().map(|&k| launch.shape[k]).product();
        if n_kept == 0 {
            return None;
        }
        let lanes = lanes(axes.outer);
        let split = if axes.outer { Split::columns(n_kept, n_reduced, lanes) } else { Split::rows(n_kept, n_reduced, lanes) };
        let mut strides: SmallVec<[&[isize]; 8]> = launch.inputs.iter().map(|o| &o.layout.strides[..]).collect();
        strides.push(&launch.output.layout.strides);
        let kept = Iteration::merged(launch.shape, &strides, &axes.kept);
        let reduced = Iteration::merged(launch.shape, &strides, &axes.reduced);
        let (is_vector, constant) = vector(map, lanes, launch, axes.outer, &kept, &reduced);
        Some(Nests {
            kept,
            reduced,
            n_kept,
            n_reduced,
            split,
            is_vector,
            constant,
            outer: axes.outer,
            is_narrow: false,
            is_shifted: false,
            is_strided: false,
            pieces: 1,
        })
    }
}

/// The axes in the order in which they are walked.
struct Axes {
    kept: SmallVec<[usize; 8]>,
    reduced: SmallVec<[usize; 8]>,
    /// Whether the innermost axis is kept
    outer: bool,
}

impl Axes {
    fn new(launch: &ReduceLaunch, indexed: bool) -> Axes {
        let stride = |k: usize| launch.strides[k].unsigned_abs();
        let of = |reduced: bool| -> SmallVec<[usize; 8]> {
            (0..launch.shape.len()).filter(|&k| launch.reduced[k] == reduced && launch.shape[k] != 1).collect()
        };
        let (mut kept, mut reduced) = (of(false), of(true));
        kept.sort_by_key(|&k| std::cmp::Reverse(stride(k)));
        if !indexed {
            reduced.sort_by_key(|&k| std::cmp::Reverse(stride(k)));
        }
        let outer = match (kept.last(), reduced.last()) {
            (Some(&k), Some(&r)) => stride(k) < stride(r),
            (Some(_), None) => true,
            _ => false,
        };
        Axes { kept, reduced, outer }
    }
}

/// How the work is spread, by the numbers of results and of elements alone.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    grid: [usize; 3],
    block: [usize; 3],
    /// Blocks that share a result
    splits: usize,
    /// For the inner kernel the logarithm of the number of threads that share a row
    log_group: usize,
    /// How many vectors or rows every thread takes, of which some take one more; of short rows how often a block takes as many
    /// as its threads have at once
    rounds: usize,
}

impl Split {
    /// Rows: as many threads as have four vectors each, then blocks, then several blocks if rows are few.
    fn rows(n_kept: usize, n_reduced: usize, lanes: usize) -> Split {
        let n_vectors = n_reduced.div_ceil(lanes);
        let (mut splits, log_group) = match n_vectors {
            0..=128 => (1, n_vectors.div_ceil(4).next_power_of_two().trailing_zeros() as usize),
            129..=512 if n_kept >= MANY_BLOCKS => (1, 5),
            _ => (1, 8),
        };
        if log_group == 8 && n_kept < FEW_BLOCKS {
            splits = (FEW_BLOCKS / n_kept).min(n_vectors / (4 * THREADS)).max(1);
        }
        let rounds = n_reduced / lanes / (splits << log_group);
        Split { grid: [n_kept.div_ceil(THREADS >> log_group), splits, 1], block: [THREADS, 1, 1], splits, log_group, rounds }
    }

    /// Columns: threads across them, the rest of the block down the rows, and blocks if columns are few.
    fn columns(n_kept: usize, n_reduced: usize, lanes: usize) -> Split {
        let wide = n_kept.div_ceil(lanes);
        let most_across = if wide >= FEW_BLOCKS * THREADS { THREADS } else { wide.next_power_of_two().min(32) };
        let most_down = (n_reduced / 4).max(1);
        let down = (THREADS / most_across).min(if most_down.is_power_of_two() { most_down } else { most_down.next_power_of_two() / 2 });
        let across = THREADS / down;
        let n_blocks = wide.div_ceil(across);
        // Blocks come in waves, and beginning and ending take each as long as a few rows.
        let most = (n_reduced / (4 * down)).max(1);
        let cost = |splits: usize| (n_blocks * splits).div_ceil(FEW_BLOCKS) * (BLOCK_ROWS + n_reduced.div_ceil(splits * down));
        let splits = (0..=8).map(|waves| (waves * FEW_BLOCKS / n_blocks).clamp(1, most)).min_by_key(|&s| cost(s)).unwrap_or(1);
        debug_assert!(splits == 1 || n_blocks <= MAX_TICKETS);
        Split { grid: [n_blocks, splits, 1], block: [across, down, 1], splits, log_group: 0, rounds: n_reduced / (splits * down) }
    }
}

/// Whether lanes may be loaded together: dense or constant along them, and aligned; and which operands are constant.
fn vector(map: &Program, lanes: usize, launch: &ReduceLaunch, outer: bool, kept: &Iteration, reduced: &Iteration) -> (bool, u64) {
    let (inner, other) = if outer { (kept, reduced) } else { (reduced, kept) };
    let last = inner.shape.len() - 1;
    // Lanes must not reach beyond the innermost axis: at its end only the inner kernel can take fewer.
    if inner.shape[last] < lanes || (!inner.shape[last].is_multiple_of(lanes) && (outer || last > 0)) {
        return (false, 0);
    }
    let mut constant = 0;
    for (j, (_, operand, dtype)) in program::operands(map).enumerate() {
        let Some(d) = dtype else { continue };
        let (own, others) = (&inner.strides[operand], &other.strides[operand]);
        let unit = (d.size() * lanes).min(16);
        if own[last] == 0 && inner.shape[last] > 1 && j < 64 {
            constant |= 1 << j;
        } else if own[last] != d.size() as isize
            || !launch.inputs[operand].address().is_multiple_of(unit)
            || own[..last].iter().chain(others).any(|s| !s.unsigned_abs().is_multiple_of(unit))
        {
            return (false, 0);
        }
    }
    (true, constant)
}
