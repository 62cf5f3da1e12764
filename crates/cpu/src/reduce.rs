//! Reductions: a program's value folded along axes, in an order that the launch's shape and strides fix.
//!
//! The elements that make one result are numbered in the order of the reduced axes. Two shapes of work:
//!
//! - *runs*, where the fastest axis is reduced: stretches of `CHUNK` elements are folded by the row's `fold_run`;
//! - *lanes*, where it is kept: neighbouring results take `BLOCK` elements each, one after the other, by `fold_lanes`.
//!
//! The partial results of chunks or blocks are combined as a balanced tree, within groups and then among them.
//! Neither the threads nor the way in which the map is evaluated change which elements meet in which order.

use crate::elementwise::program::{Arena, Operands, Tiles, root_dtype};
use crate::locks;
use crate::memory::Shared;
use crate::nest::{Addresses, at, moved, rows};
use crate::threads::{Scratch, Threads};
use cuprous_core::iteration::Iteration;
use cuprous_core::op::ReduceLoops;
use cuprous_core::shape::Strides;
use cuprous_core::{Error, Program, ReduceLaunch, ReduceRow, Result, Step};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements in one call of `fold_run`.
const CHUNK: usize = 4096;
/// Chunks in one group.
const CHUNKS: usize = 64;
/// Elements that each lane folds in a row.
const BLOCK: usize = 64;
/// Blocks in one group.
const BLOCKS: usize = 16;
/// Levels of the tree within a group, the widest of both.
const LEVELS: usize = 8;
/// Accumulators that are folded into at a time: they stay in the nearest cache, and a row of lanes is long enough
/// for the memory to be read ahead.
const LANES_BYTES: usize = 32 << 10;
/// Results that are finished together.
const BATCH: usize = 256;
/// Kept axes shorter than this make lanes too short to be worth it.
const SHORT_LANES: usize = 64;

/// A reduction with its axes in order. Operands are the inputs, then the output.
struct Plan<'a> {
    kept: Iteration,
    reduced: Iteration,
    n_kept: usize,
    n_reduced: usize,
    /// The order of work: see [`is_lanes`]
    by_lanes: bool,
    bases: Addresses,
    loops: &'static ReduceLoops,
    map: &'a Program,
    operands: Operands<'a>,
}

/// Reduces a program's value along axes.
pub fn run(threads: &Threads, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()> {
    check(map, row, launch)?;
    let plan = Plan::new(map, row, launch);
    if plan.n_kept == 0 {
        return Ok(());
    }
    let work = if plan.n_reduced == 0 {
        Work::Nothing
    } else if plan.by_lanes {
        Work::Lanes(Lanes::new(&plan)?)
    } else {
        Work::Runs(Runs::new(&plan)?)
    };
    let _held = locks::hold(&[launch.output], launch.inputs);
    match work {
        Work::Nothing => plan.neutral(),
        Work::Lanes(lanes) => lanes.run(&plan, threads),
        Work::Runs(runs) => runs.run(&plan, threads),
    }
    Ok(())
}

enum Work {
    Nothing,
    Lanes(Lanes),
    Runs(Runs),
}

fn check(map: &Program, row: &ReduceRow, launch: &ReduceLaunch) -> Result<()> {
    crate::check_operands(launch.shape, launch.inputs)?;
    crate::check_operands(launch.shape, &[launch.output])?;
    let n = launch.shape.len();
    let spread = (0..n).any(|k| launch.reduced.get(k) == Some(&true) && launch.shape[k] > 1 && launch.output.layout.strides[k] != 0);
    if launch.strides.len() != n || launch.reduced.len() != n || spread {
        return Err(Error::runtime(format!(
            "reduction of shape {:?} with strides {:?} over {:?}",
            launch.shape, launch.strides, launch.reduced
        )));
    }
    if root_dtype(map) != Some(row.input) || launch.output.dtype != row.output || launch.output.buffer().is_none() {
        return Err(Error::runtime(format!("reduction {} of {} to {} got other dtypes", row.op, row.input, row.output)));
    }
    Ok(())
}

/// Whether neighbouring results are folded side by side. Depends on the index space alone.
fn is_lanes(launch: &ReduceLaunch, order: &[usize], n_kept: usize, n_reduced: usize) -> bool {
    if n_kept == 1 || n_reduced == 1 {
        return n_reduced == 1;
    }
    // `order` has the fastest axis last.
    let n_inner: usize = order.iter().rev().take_while(|&&k| !launch.reduced[k]).map(|&k| launch.shape[k]).product();
    let kept_is_fastest = order.last().is_some_and(|&k| !launch.reduced[k]);
    if kept_is_fastest { n_inner >= 8 || n_reduced < BLOCK } else { n_reduced < 32 && n_kept >= 16 }
}

impl<'a> Plan<'a> {
    fn new(map: &'a Program, row: &'static ReduceRow, launch: &ReduceLaunch<'a>) -> Plan<'a> {
        let mut order: SmallVec<[usize; 8]> = (0..launch.shape.len()).filter(|&k| launch.shape[k] != 1).collect();
        order.sort_by_key(|&k| std::cmp::Reverse(launch.strides[k].unsigned_abs()));
        let mut reduced_axes: SmallVec<[usize; 8]> = order.iter().copied().filter(|&k| launch.reduced[k]).collect();
        if row.indexed {
            reduced_axes.sort_unstable();
        }
        let kept_axes: SmallVec<[usize; 8]> = order.iter().copied().filter(|&k| !launch.reduced[k]).collect();
        let strides: SmallVec<[&[isize]; 6]> = launch.inputs.iter().chain([&launch.output]).map(|o| &o.layout.strides[..]).collect();
        let kept = Iteration::merged(launch.shape, &strides, &kept_axes);
        let reduced = Iteration::merged(launch.shape, &strides, &reduced_axes);
        let (n_kept, n_reduced) = (kept.size(), reduced.size());
        Plan {
            by_lanes: is_lanes(launch, &order, n_kept, n_reduced),
            bases: launch.inputs.iter().chain([&launch.output]).map(|o| o.address()).collect(),
            kept,
            reduced,
            n_kept,
            n_reduced,
            loops: &row.cpu,
            map,
            operands: Operands { outputs: &[], inputs: launch.inputs, parameters: launch.parameters },
        }
    }

    fn n_inputs(&self) -> usize {
        self.operands.inputs.len()
    }

    /// The map over a nest of several axes' pieces, outermost first.
    fn tiles(&self, parts: &[(&Iteration, std::ops::Range<usize>)]) -> Result<Tiles> {
        let dims: SmallVec<[usize; 8]> = parts.iter().flat_map(|(it, axes)| it.shape[axes.clone()].iter().copied()).collect();
        let strides = |k: usize| -> Strides { parts.iter().flat_map(|(it, axes)| it.strides[k][axes.clone()].iter().copied()).collect() };
        Tiles::new(self.map, self.operands, &dims, (0..self.n_inputs()).map(strides).collect())
    }

    fn out_stride(&self) -> isize {
        self.kept.strides[self.n_inputs()][self.kept.shape.len() - 1]
    }

    /// Writes the results `first..end` from their accumulators.
    ///
    /// # Safety
    /// `acc` must hold these accumulators one after the other, and nobody else may use these results.
    unsafe fn finish(&self, acc: *const u8, first: usize, end: usize) {
        rows(&self.bases, &self.kept, first, end, |here, result, len| {
            let from = acc.wrapping_add((result - first) * self.loops.size);
            // SAFETY: the output's elements were checked by `Operand`; the accumulators are the caller's.
            unsafe { (self.loops.finish)(here[self.n_inputs()] as *mut u8, self.out_stride(), from, len, self.n_reduced as u64) };
        });
    }

    /// Results over no elements.
    fn neutral(&self) {
        let mut scratch = Scratch::new(BATCH * self.loops.size);
        let acc = scratch.as_mut_ptr();
        for first in (0..self.n_kept).step_by(BATCH) {
            let end = (first + BATCH).min(self.n_kept);
            // SAFETY: the scratch has room for a batch of accumulators, aligned to 64.
            unsafe {
                (self.loops.start)(acc, end - first);
                self.finish(acc, first, end);
            }
        }
    }

    /// Combines the groups' partial results, `n_kept` of each group, and writes the results.
    ///
    /// # Safety
    /// `partial` must hold the accumulators of all groups, and nobody else may use them.
    unsafe fn combine_groups(&self, partial: *mut u8, n_groups: usize) {
        let width = self.n_kept * self.loops.size;
        let mut step = 1;
        while step < n_groups {
            for k in (0..n_groups - step).step_by(2 * step) {
                // SAFETY: both are groups of the caller's accumulators.
                unsafe { (self.loops.combine)(partial.wrapping_add(k * width), partial.wrapping_add((k + step) * width), self.n_kept) };
            }
            step *= 2;
        }
        // SAFETY: the first group holds the accumulators of all results.
        unsafe { self.finish(partial, 0, self.n_kept) };
    }
}

/// Partial results combined as a balanced tree: a stack of rows of `n` accumulators, earlier ones below.
struct Tree {
    base: *mut u8,
    n: usize,
    size: usize,
    height: usize,
    pushed: usize,
}

impl Tree {
    fn new(base: *mut u8, n: usize, size: usize) -> Tree {
        Tree { base, n, size, height: 0, pushed: 0 }
    }

    fn level(&self, k: usize) -> *mut u8 {
        self.base.wrapping_add(k * self.n * self.size)
    }

    /// Room for the next partial result, made neutral.
    ///
    /// # Safety
    /// `base` must have room for [`LEVELS`] rows and fewer than `2^(LEVELS - 1)` results may have been pushed.
    unsafe fn next(&mut self, loops: &ReduceLoops) -> *mut u8 {
        let acc = self.level(self.height);
        // SAFETY: the caller vouches for the room.
        unsafe { (loops.start)(acc, self.n) };
        acc
    }

    /// Takes the partial result written where `next` said.
    ///
    /// # Safety
    /// As [`Tree::next`].
    unsafe fn push(&mut self, loops: &ReduceLoops) {
        self.height += 1;
        self.pushed += 1;
        for _ in 0..self.pushed.trailing_zeros() {
            // SAFETY: as many rows were pushed.
            unsafe { self.merge(loops) };
        }
    }

    /// # Safety
    /// Two rows must have been pushed.
    unsafe fn merge(&mut self, loops: &ReduceLoops) {
        self.height -= 1;
        // SAFETY: both rows lie below the old height.
        unsafe { (loops.combine)(self.level(self.height - 1), self.level(self.height), self.n) };
    }

    /// Combines what is left into the row at `base`.
    ///
    /// # Safety
    /// As [`Tree::next`].
    unsafe fn collapse(&mut self, loops: &ReduceLoops) {
        while self.height > 1 {
            // SAFETY: two rows are left.
            unsafe { self.merge(loops) };
        }
    }
}

/// Work by runs.
struct Runs {
    tiles: Tiles,
    /// How many results one evaluation of the map serves; 0 if it serves a chunk of one result
    n_together: usize,
}

impl Runs {
    fn new(plan: &Plan) -> Result<Runs> {
        let n_axes = plan.reduced.shape.len();
        let tiles = plan.tiles(&[(&plan.reduced, 0..n_axes)])?;
        if tiles.is_direct() || plan.n_reduced >= 256 {
            return Ok(Runs { tiles, n_together: 0 });
        }
        // Short runs are evaluated several at a time.
        let last = plan.kept.shape.len() - 1;
        let tiles = plan.tiles(&[(&plan.kept, last..last + 1), (&plan.reduced, 0..n_axes)])?;
        Ok(Runs { tiles, n_together: CHUNK / plan.n_reduced })
    }

    fn run(&self, plan: &Plan, threads: &Threads) {
        let n_steps = plan.n_kept.saturating_mul(plan.n_reduced).saturating_mul(self.tiles.n_actions());
        let n_groups = plan.n_reduced.div_ceil(CHUNK * CHUNKS);
        let arena = || self.tiles.arena(if self.n_together > 0 { self.n_together * plan.n_reduced } else { CHUNK.min(plan.n_reduced) });
        let size = plan.loops.size;
        if n_groups == 1 {
            let per_piece = plan.n_kept.div_ceil(threads.n_pieces(n_steps));
            let start = || (arena(), Scratch::new((BATCH + LEVELS) * size));
            threads.for_each(plan.n_kept.div_ceil(per_piece), n_steps, start, |(arena, scratch), piece| {
                let end = ((piece + 1) * per_piece).min(plan.n_kept);
                // SAFETY: the scratch has room for a batch and a tree; pieces have results of their own.
                rows(&plan.bases, &plan.kept, piece * per_piece, end, |here, _, len| unsafe {
                    self.row(plan, arena, scratch.as_mut_ptr(), here, len)
                });
            });
            return;
        }
        let mut partial = Scratch::new(n_groups * plan.n_kept * size);
        let shared = Shared(partial.as_mut_ptr());
        let done: Vec<AtomicBool> =
            if plan.loops.is_final.is_some() { (0..plan.n_kept).map(|_| AtomicBool::new(false)).collect() } else { Vec::new() };
        let start = || (arena(), Scratch::new(LEVELS * size));
        threads.for_each(n_groups * plan.n_kept, n_steps, start, |(arena, scratch), item| {
            let (group, result) = (item / plan.n_kept, item % plan.n_kept);
            let acc = shared.at(item * size);
            // SAFETY: each item has an accumulator of its own; the scratch has room for a tree.
            unsafe {
                (plan.loops.start)(acc, 1);
                if done.get(result).is_some_and(|d| d.load(Ordering::Relaxed)) {
                    return;
                }
                let here = moved(&plan.bases, &plan.kept, result);
                let first = group * CHUNK * CHUNKS;
                self.group(plan, arena, scratch.as_mut_ptr(), &here, first, (first + CHUNK * CHUNKS).min(plan.n_reduced));
                std::ptr::copy_nonoverlapping(scratch.as_mut_ptr(), acc, size);
                if let (Some(is_final), Some(done)) = (plan.loops.is_final, done.get(result))
                    && is_final(acc)
                {
                    done.store(true, Ordering::Relaxed);
                }
            }
        });
        // SAFETY: every item has written its accumulator, and the threads are done.
        unsafe { plan.combine_groups(shared.at(0), n_groups) };
    }

    /// Reduces `len` neighbouring results, each of one group.
    ///
    /// # Safety
    /// `scratch` must have room for a batch and a tree, and nobody else may use these results.
    unsafe fn row(&self, plan: &Plan, arena: &mut Arena, scratch: *mut u8, here: &Addresses, len: usize) {
        let (loops, size, n) = (plan.loops, plan.loops.size, plan.n_reduced);
        let last = plan.kept.shape.len() - 1;
        let tree = scratch.wrapping_add(BATCH * size);
        let mut here = here.clone();
        let step = |here: &mut Addresses, by: usize| {
            here.iter_mut().zip(&plan.kept.strides).for_each(|(p, s)| *p = at(*p, by, s[last]));
        };
        let mut done = 0;
        while done < len {
            let batch = (len - done).min(if self.n_together > 0 { self.n_together.min(BATCH) } else { BATCH });
            let out = here[plan.n_inputs()] as *mut u8;
            // SAFETY: addresses stay at elements of the launch; the scratch has room as the caller says.
            unsafe {
                (loops.start)(scratch, batch);
                if self.n_together > 0 {
                    self.tiles.run(arena, &here, 0, batch * n);
                    let (p, stride) = self.tiles.root(arena, &here, 0);
                    for k in 0..batch {
                        let from = p.wrapping_offset(stride.wrapping_mul((k * n) as isize));
                        (loops.fold_run)(scratch.wrapping_add(k * size), from, stride, n, 0);
                    }
                    step(&mut here, batch);
                } else {
                    for k in 0..batch {
                        let acc = scratch.wrapping_add(k * size);
                        if n <= CHUNK {
                            self.tiles.run(arena, &here, 0, n);
                            let (p, stride) = self.tiles.root(arena, &here, 0);
                            (loops.fold_run)(acc, p, stride, n, 0);
                        } else {
                            self.group(plan, arena, tree, &here, 0, n);
                            std::ptr::copy_nonoverlapping(tree, acc, size);
                        }
                        step(&mut here, 1);
                    }
                }
                (loops.finish)(out, plan.out_stride(), scratch, batch, n as u64);
            }
            done += batch;
        }
    }

    /// Reduces elements `first..end` of the result at `here`, a group at most, into the accumulator at `scratch`.
    ///
    /// # Safety
    /// `scratch` must have room for a tree.
    unsafe fn group(&self, plan: &Plan, arena: &mut Arena, scratch: *mut u8, here: &Addresses, first: usize, end: usize) {
        let mut tree = Tree::new(scratch, 1, plan.loops.size);
        for at in (first..end).step_by(CHUNK) {
            let n = CHUNK.min(end - at);
            // SAFETY: at most `CHUNKS` chunks are pushed, and a tree of `LEVELS` holds twice that many.
            unsafe {
                let acc = tree.next(plan.loops);
                self.tiles.run(arena, here, at, n);
                let (p, stride) = self.tiles.root(arena, here, at);
                (plan.loops.fold_run)(acc, p, stride, n, at as i64);
                let is_final = plan.loops.is_final.is_some_and(|f| f(acc));
                tree.push(plan.loops);
                if is_final {
                    break;
                }
            }
        }
        // SAFETY: as above.
        unsafe { tree.collapse(plan.loops) };
    }
}

/// Work by lanes.
struct Lanes {
    tiles: Tiles,
    /// Kept axes from this one on are lanes, those before it are looped over
    first_axis: usize,
    n_lanes: usize,
    /// Whether the map is evaluated for several elements of each lane together
    by_blocks: bool,
}

impl Lanes {
    fn new(plan: &Plan) -> Result<Lanes> {
        let n_axes = plan.kept.shape.len();
        let n_inner = plan.kept.shape[n_axes - 1];
        // Short lanes with little to fold: better packed from all kept axes.
        let first_axis = if n_inner < SHORT_LANES && plan.n_reduced < BLOCK { 0 } else { n_axes - 1 };
        let n_lanes: usize = plan.kept.shape[first_axis..].iter().product();
        let is_load = plan.map.outputs.first().is_some_and(|&r| matches!(plan.map.steps[r as usize], Step::Load { .. }));
        let by_blocks = !is_load && first_axis == n_axes - 1 && n_lanes <= 512 && plan.n_reduced > 1;
        let lanes = (&plan.kept, first_axis..n_axes);
        let tiles = if by_blocks { plan.tiles(&[(&plan.reduced, 0..plan.reduced.shape.len()), lanes])? } else { plan.tiles(&[lanes])? };
        Ok(Lanes { tiles, first_axis, n_lanes, by_blocks })
    }

    fn run(&self, plan: &Plan, threads: &Threads) {
        let size = plan.loops.size;
        let n_steps = plan.n_kept.saturating_mul(plan.n_reduced).saturating_mul(self.tiles.n_actions());
        let n_groups = plan.n_reduced.div_ceil(BLOCK * BLOCKS);
        let n_outer = plan.n_kept / self.n_lanes;
        // Tiles of lanes change no result, so that their number may suit the threads.
        let len = if self.by_blocks {
            self.n_lanes
        } else {
            let wanted = threads.n_pieces(n_steps).div_ceil(n_outer * n_groups);
            self.n_lanes.div_ceil(wanted).next_multiple_of(64).min((LANES_BYTES / size).clamp(64, 8192)).min(self.n_lanes)
        };
        let n_tiles = self.n_lanes.div_ceil(len);
        let mut partial = Scratch::new(if n_groups > 1 { n_groups * plan.n_kept * size } else { 0 });
        let shared = Shared(partial.as_mut_ptr());
        let start = || (self.tiles.arena(if self.by_blocks { self.rows_together() * len } else { len }), Scratch::new(LEVELS * len * size));
        threads.for_each(n_outer * n_tiles * n_groups, n_steps, start, |(arena, scratch), item| {
            let (group, tile, outer) = (item / n_tiles % n_groups, item % n_tiles, item / (n_tiles * n_groups));
            let first = outer * self.n_lanes + tile * len;
            let n = len.min(self.n_lanes - tile * len);
            // SAFETY: the scratch has room for a tree of `len` lanes; items have lanes or groups of their own.
            unsafe {
                self.group(plan, arena, scratch.as_mut_ptr(), outer, tile * len, n, group);
                if n_groups == 1 {
                    plan.finish(scratch.as_mut_ptr(), first, first + n);
                } else {
                    std::ptr::copy_nonoverlapping(scratch.as_mut_ptr(), shared.at((group * plan.n_kept + first) * size), n * size);
                }
            }
        });
        if n_groups > 1 {
            // SAFETY: every item has written its accumulators, and the threads are done.
            unsafe { plan.combine_groups(shared.at(0), n_groups) };
        }
    }

    fn rows_together(&self) -> usize {
        (CHUNK / self.n_lanes).clamp(1, BLOCK)
    }

    /// How many of the elements `at..end` of each lane are read where they lie, one after the other along one axis.
    fn rows_at_a_distance(&self, plan: &Plan, at: usize, end: usize) -> usize {
        let n = plan.reduced.shape.last().map_or(1, |&n| n);
        if self.tiles.is_direct() { (n - at % n).min(end - at) } else { 1 }
    }

    /// Reduces one group of elements of `n` lanes from `lane` on into the accumulators at `scratch`.
    ///
    /// # Safety
    /// `scratch` must have room for a tree of `n` lanes.
    #[expect(clippy::too_many_arguments, reason = "a loop body of `run`")]
    unsafe fn group(&self, plan: &Plan, arena: &mut Arena, scratch: *mut u8, outer: usize, lane: usize, n: usize, group: usize) {
        let bases = if self.first_axis == 0 { plan.bases.clone() } else { moved(&plan.bases, &plan.kept, outer * self.n_lanes) };
        let end = ((group + 1) * BLOCK * BLOCKS).min(plan.n_reduced);
        let mut tree = Tree::new(scratch, n, plan.loops.size);
        for first in (group * BLOCK * BLOCKS..end).step_by(BLOCK) {
            let end = (first + BLOCK).min(end);
            // SAFETY: at most `BLOCKS` blocks are pushed, which a tree of `LEVELS` holds; addresses stay at elements
            // of the launch.
            unsafe {
                let acc = tree.next(plan.loops);
                if self.by_blocks {
                    let together = self.rows_together();
                    for at in (first..end).step_by(together) {
                        let rows = together.min(end - at);
                        let start = at * self.n_lanes;
                        self.tiles.run(arena, &bases, start, rows * self.n_lanes);
                        let (p, stride) = self.tiles.root(arena, &bases, start);
                        for k in 0..rows {
                            let from = p.wrapping_offset(stride.wrapping_mul((k * self.n_lanes) as isize));
                            (plan.loops.fold_lanes)(acc, from, stride, n, (at + k) as i64);
                        }
                    }
                } else {
                    let mut at = first;
                    while at < end {
                        let here = moved(&bases, &plan.reduced, at);
                        self.tiles.run(arena, &here, lane, n);
                        let (p, stride) = self.tiles.root(arena, &here, lane);
                        let n_rows = self.rows_at_a_distance(plan, at, end);
                        match plan.loops.fold_rows {
                            Some(fold_rows) if n_rows > 1 => {
                                let (next, _) = self.tiles.root(arena, &moved(&bases, &plan.reduced, at + 1), lane);
                                fold_rows(acc, p, stride, (next as isize).wrapping_sub(p as isize), n, n_rows, at as i64);
                                at += n_rows;
                            }
                            _ => {
                                (plan.loops.fold_lanes)(acc, p, stride, n, at as i64);
                                at += 1;
                            }
                        }
                    }
                }
                tree.push(plan.loops);
            }
        }
        // SAFETY: as above.
        unsafe { tree.collapse(plan.loops) };
    }
}
