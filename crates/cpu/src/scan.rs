//! Scans along an axis: rows in parallel, few long rows in tiles whose totals are found first.
//!
//! A row is cut into tiles by its length and the number of rows alone, and tiles are joined in order, so that
//! the number of threads changes nothing.

use crate::locks;
use crate::memory::Shared;
use crate::nest::{Addresses, at, moved, rows};
use crate::threads::{Scratch, Threads};
use cuprous_core::iteration::Iteration;
use cuprous_core::shape::Dims;
use cuprous_core::{Error, Result, ScanLaunch, ScanRow};
use smallvec::SmallVec;

/// Elements of a tile of a long row.
const TILE: usize = 1 << 16;
/// With as many rows each is scanned from end to end.
const MANY_ROWS: usize = 16;
/// Elements that a total is found of at once, into scratch.
const STEP: usize = 4096;
/// Elements of a column before its neighbour's turn comes, so that both use the same cache lines.
const COLUMN: usize = 256;

/// The rows of a scan: operands are output and input.
struct Rows<'a> {
    row: &'static ScanRow,
    nest: Iteration,
    bases: Addresses,
    n_rows: usize,
    /// Elements of a row
    n: usize,
    /// Along the axis, of output and input
    strides: (isize, isize),
    launch: &'a ScanLaunch<'a>,
}

/// Scans along an axis.
pub fn run(threads: &Threads, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
    let shape = &launch.input.layout.shape;
    let axis = launch.axis;
    crate::check_operands(shape, &[launch.input, launch.output])?;
    if axis >= shape.len()
        || launch.input.dtype != row.input
        || launch.output.dtype != row.output
        || launch.output.buffer().is_none()
        || launch.input.buffer().is_none()
    {
        return Err(Error::runtime(format!(
            "scan {} from {} to {} along axis {axis} of {shape:?} got other dtypes or no such axis",
            row.op, row.input, row.output
        )));
    }
    if shape.contains(&0) {
        return Ok(());
    }
    let others: Dims = (0..shape.len()).filter(|&k| k != axis).map(|k| shape[k]).collect();
    let strides_of = |s: &[isize]| -> SmallVec<[isize; 8]> { (0..shape.len()).filter(|&k| k != axis).map(|k| s[k]).collect() };
    let (out, input) = (&launch.output.layout.strides, &launch.input.layout.strides);
    let nest = Iteration::sorted(&others, &[&strides_of(out), &strides_of(input)]);
    let n_rows = nest.size();
    let bases = SmallVec::from_slice(&[launch.output.address(), launch.input.address()]);
    let rows = Rows { row, nest, bases, n_rows, n: shape[axis], strides: (out[axis], input[axis]), launch };
    let _held = locks::hold(&[launch.output], &[launch.input]);
    if rows.n <= TILE || n_rows >= MANY_ROWS {
        rows.whole(threads);
    } else {
        rows.in_tiles(threads);
    }
    Ok(())
}

impl Rows<'_> {
    /// Bytes from one accumulator to the next.
    fn size(&self) -> usize {
        self.row.size.next_multiple_of(16)
    }

    /// Scans `n` elements from `first` on of the row at `here`, carrying `acc`.
    ///
    /// # Safety
    /// `acc` must be an accumulator, and nobody else may use these elements.
    unsafe fn part(&self, acc: *mut u8, here: (usize, usize), first: usize, n: usize) {
        let (to, from) = self.strides;
        let (target, source) = (at(here.0, first, to) as *mut u8, at(here.1, first, from) as *const u8);
        // SAFETY: `Operand` checked the elements; the input is the output or does not overlap it.
        unsafe { (self.row.run)(acc, source, from, target, to, n) };
    }

    /// Each row from end to end.
    fn whole(&self, threads: &Threads) {
        let last = self.nest.shape.len() - 1;
        let (to, from) = (self.nest.strides[0][last], self.nest.strides[1][last]);
        // Columns side by side share cache lines.
        let is_columns = self.n > 1 && to.unsigned_abs() < self.strides.0.unsigned_abs();
        let (width, step) = if is_columns { ((128 / self.launch.output.dtype.size()).max(16), COLUMN) } else { (1, self.n) };
        let n_steps = self.n_rows.saturating_mul(self.n);
        let per_piece = self.n_rows.div_ceil(threads.n_pieces(n_steps)).next_multiple_of(width);
        let size = self.size();
        threads.for_each(
            self.n_rows.div_ceil(per_piece),
            n_steps,
            || Scratch::new(width * size),
            |scratch, piece| {
                let acc = scratch.as_mut_ptr();
                rows(&self.bases, &self.nest, piece * per_piece, ((piece + 1) * per_piece).min(self.n_rows), |here, _, len| {
                    for first in (0..len).step_by(width) {
                        let columns = first..(first + width).min(len);
                        for k in columns.clone() {
                            // SAFETY: the scratch has room for `width` accumulators.
                            unsafe { (self.row.start)(acc.wrapping_add((k - first) * size)) };
                        }
                        for begin in (0..self.n).step_by(step) {
                            for k in columns.clone() {
                                let row = (at(here[0], k, to), at(here[1], k, from));
                                // SAFETY: as above; pieces have rows of their own.
                                unsafe { self.part(acc.wrapping_add((k - first) * size), row, begin, step.min(self.n - begin)) };
                            }
                        }
                    }
                });
            },
        );
    }

    /// Few long rows: the totals of tiles, what precedes each tile, then the tiles.
    fn in_tiles(&self, threads: &Threads) {
        let n_tiles = self.n.div_ceil(TILE);
        let n_steps = self.n_rows.saturating_mul(self.n);
        let size = self.size();
        let item_size = self.launch.output.dtype.size();
        if threads.n() == 1 {
            let mut scratch = Scratch::new(2 * size + STEP * item_size);
            let total = scratch.as_mut_ptr();
            let (carry, room) = (total.wrapping_add(size), total.wrapping_add(2 * size));
            let is_exact = self.row.output.is_integral();
            for row in 0..self.n_rows {
                let here = moved(&self.bases, &self.nest, row);
                // SAFETY: the scratch has room for two accumulators and a step; the launch is ours alone.
                unsafe {
                    (self.row.start)(carry);
                    for tile in 0..n_tiles {
                        let (first, n) = (tile * TILE, TILE.min(self.n - tile * TILE));
                        if is_exact {
                            // Integers give the same in any order, so the accumulator may run on.
                            self.part(carry, (here[0], here[1]), first, n);
                            continue;
                        }
                        self.total(total, room, here[1], first, n);
                        std::ptr::copy_nonoverlapping(carry, room, self.row.size);
                        self.part(room, (here[0], here[1]), first, n);
                        (self.row.combine)(carry, total);
                    }
                }
            }
            return;
        }
        let mut totals = Scratch::new((n_tiles * self.n_rows + 2) * size);
        let shared = Shared(totals.as_mut_ptr());
        // The total of tile `t` of row `r` lies at `t * n_rows + r`, so that columns side by side run together.
        let start = || Scratch::new(size + STEP * item_size);
        threads.for_each((n_tiles - 1) * self.n_rows, n_steps, start, |scratch, item| {
            let (tile, row) = (item / self.n_rows, item % self.n_rows);
            let here = moved(&self.bases, &self.nest, row);
            // An accumulator of the thread's own: neighbouring ones would share a cache line.
            let acc = scratch.as_mut_ptr();
            // SAFETY: each item has a total of its own, and the scratch room for an accumulator and a step.
            unsafe {
                self.total(acc, acc.wrapping_add(size), here[1], tile * TILE, TILE);
                std::ptr::copy_nonoverlapping(acc, shared.at(item * size), self.row.size);
            }
        });
        let carry = shared.at(n_tiles * self.n_rows * size);
        let total = carry.wrapping_add(size);
        for row in 0..self.n_rows {
            // SAFETY: two accumulators more than totals have room; the threads are done.
            unsafe {
                (self.row.start)(carry);
                for tile in 0..n_tiles {
                    let slot = shared.at((tile * self.n_rows + row) * size);
                    std::ptr::copy_nonoverlapping(slot, total, self.row.size);
                    std::ptr::copy_nonoverlapping(carry, slot, self.row.size);
                    if tile + 1 < n_tiles {
                        (self.row.combine)(carry, total);
                    }
                }
            }
        }
        let start = || Scratch::new(size);
        threads.for_each(n_tiles * self.n_rows, n_steps, start, |scratch, item| {
            let (tile, row) = (item / self.n_rows, item % self.n_rows);
            let here = moved(&self.bases, &self.nest, row);
            // SAFETY: each item has a tile of its own, and the scratch room for an accumulator.
            unsafe {
                std::ptr::copy_nonoverlapping(shared.at(item * size), scratch.as_mut_ptr(), self.row.size);
                self.part(scratch.as_mut_ptr(), (here[0], here[1]), tile * TILE, TILE.min(self.n - tile * TILE));
            }
        });
    }

    /// Makes `acc` the total of `n` elements from `first` on; the scanned values go to `room`, unread.
    ///
    /// # Safety
    /// `acc` must be an accumulator and `room` have room for `STEP` results.
    unsafe fn total(&self, acc: *mut u8, room: *mut u8, input: usize, first: usize, n: usize) {
        let from = self.strides.1;
        // SAFETY: `Operand` checked the elements; the rest is the caller's.
        unsafe {
            (self.row.start)(acc);
            for begin in (first..first + n).step_by(STEP) {
                let source = at(input, begin, from) as *const u8;
                (self.row.run)(acc, source, from, room, self.launch.output.dtype.size() as isize, STEP.min(first + n - begin));
            }
        }
    }
}
