//! Folds: a row applied to the elements of each line one after the other, lines in parallel.

use crate::locks;
use crate::nest::{Addresses, at, rows};
use crate::threads::Threads;
use cuprous_core::backend::{FoldExtent, FoldLaunch};
use cuprous_core::iteration::Iteration;
use cuprous_core::shape::Dims;
use cuprous_core::{LoopDef, Result};
use smallvec::SmallVec;

/// Lines side by side that advance together, so that their elements come from the same cache lines.
const WIDTH: usize = 512;

/// The lines of a fold: operands are output, input and mask.
struct Lines<'a> {
    row: &'static LoopDef,
    launch: &'a FoldLaunch<'a>,
    /// Elements of a line
    n: usize,
    /// Along the axis, of output, input and mask
    steps: [isize; 3],
    /// From a line to its neighbour, likewise
    across: [isize; 3],
    item: usize,
}

/// Folds along an axis.
pub fn run(threads: &Threads, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()> {
    launch.check(row)?;
    let shape = &launch.input.layout.shape;
    let axis = launch.axis;
    if launch.output.layout.shape.contains(&0) {
        return Ok(());
    }
    let mask = launch.mask.unwrap_or(launch.input);
    let operands = [launch.output, launch.input, mask];
    let others: Dims = (0..shape.len()).filter(|&k| k != axis).map(|k| shape[k]).collect();
    let strides_of = |s: &[isize]| -> SmallVec<[isize; 8]> { (0..shape.len()).filter(|&k| k != axis).map(|k| s[k]).collect() };
    let strides: Vec<SmallVec<[isize; 8]>> = operands.iter().map(|o| strides_of(&o.layout.strides)).collect();
    let nest = Iteration::sorted(&others, &[&strides[0], &strides[1], &strides[2]]);
    let bases: Addresses = operands.iter().map(|o| o.address()).collect();
    let last = nest.shape.len() - 1;
    let lines = Lines {
        row,
        launch,
        n: shape[axis],
        steps: operands.map(|o| o.layout.strides[axis]),
        across: [nest.strides[0][last], nest.strides[1][last], nest.strides[2][last]],
        item: launch.input.dtype.size(),
    };
    let mut read = SmallVec::<[_; 2]>::from_slice(&[launch.input]);
    read.extend(launch.mask);
    let _held = locks::hold(&[launch.output], &read);
    let n_lines = nest.size();
    let n_steps = n_lines.saturating_mul(lines.n.max(1));
    let per_piece = n_lines.div_ceil(threads.n_pieces(n_steps));
    threads.for_each(
        n_lines.div_ceil(per_piece),
        n_steps,
        || (),
        |(), piece| {
            rows(&bases, &nest, piece * per_piece, ((piece + 1) * per_piece).min(n_lines), |here, _, len| {
                let here = [here[0], here[1], here[2]];
                let side_by_side = lines.across[1].unsigned_abs() < lines.steps[1].unsigned_abs() && lines.launch.mask.is_none();
                let width = if side_by_side { WIDTH } else { 1 };
                for first in (0..len).step_by(width) {
                    // SAFETY: `Operand` checked all elements; pieces have lines of their own.
                    unsafe { lines.fold(lines.moved(here, lines.across, first), width.min(len - first)) };
                }
            });
        },
    );
    Ok(())
}

impl Lines<'_> {
    fn moved(&self, here: [usize; 3], strides: [isize; 3], n: usize) -> [usize; 3] {
        [0, 1, 2].map(|k| at(here[k], n, strides[k]))
    }

    /// Folds `width` lines side by side, the first one at `here`.
    ///
    /// # Safety
    /// The lines' elements must be valid, and nobody else may use the results.
    unsafe fn fold(&self, here: [usize; 3], width: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.launch.extent {
                FoldExtent::Whole => {
                    let begin = usize::from(self.launch.initial.is_none());
                    self.start(here, 0, width);
                    if self.launch.mask.is_some() {
                        for k in begin..self.n {
                            if *(at(here[2], k, self.steps[2]) as *const u8) != 0 {
                                self.step(here[0], here[0], at(here[1], k, self.steps[1]), width);
                            }
                        }
                    } else {
                        self.stretch(here[0], here[1], begin, self.n, width);
                    }
                }
                FoldExtent::Running => {
                    self.start(here, 0, width);
                    if width == 1 {
                        let (to, from) = (self.steps[0], self.steps[1]);
                        let args = [here[0] as *mut u8, at(here[1], 1, from) as *mut u8, at(here[0], 1, to) as *mut u8];
                        (self.row.cpu)(args.as_ptr(), [to, from, to].as_ptr(), self.n - 1);
                    } else {
                        for k in 1..self.n {
                            let before = at(here[0], k - 1, self.steps[0]);
                            self.step(at(here[0], k, self.steps[0]), before, at(here[1], k, self.steps[1]), width);
                        }
                    }
                }
                FoldExtent::From(starts) => {
                    for (j, &start) in starts.iter().enumerate() {
                        let begin = start as usize;
                        let end = match starts.get(j + 1) {
                            Some(&next) if next > start => next as usize,
                            Some(_) => begin + 1,
                            None => self.n,
                        };
                        let to = at(here[0], j, self.steps[0]);
                        self.start([to, here[1], here[2]], begin, width);
                        self.stretch(to, here[1], begin + 1, end, width);
                    }
                }
            }
        }
    }

    /// Writes what stands before the elements from `begin` on: the initial value, or the first element.
    unsafe fn start(&self, here: [usize; 3], begin: usize, width: usize) {
        for line in 0..width {
            let to = at(here[0], line, self.across[0]) as *mut u8;
            let from = match &self.launch.initial {
                Some(initial) => initial.bytes().as_ptr(),
                None => at(at(here[1], begin, self.steps[1]), line, self.across[1]) as *const u8,
            };
            // SAFETY: the caller's elements; a scalar has as many bytes as its dtype.
            unsafe { std::ptr::copy_nonoverlapping(from, to, self.item) };
        }
    }

    /// Folds the elements `begin..end` of `width` lines into the results at `to`.
    unsafe fn stretch(&self, to: usize, from: usize, begin: usize, end: usize, width: usize) {
        if width == 1 {
            // The result stays where it is: the loop reads it again for each element.
            let args = [to as *mut u8, at(from, begin, self.steps[1]) as *mut u8, to as *mut u8];
            // SAFETY: the caller's elements.
            unsafe { (self.row.cpu)(args.as_ptr(), [0, self.steps[1], 0].as_ptr(), end.saturating_sub(begin)) };
            return;
        }
        for k in begin..end {
            // SAFETY: as above.
            unsafe { self.step(to, to, at(from, k, self.steps[1]), width) };
        }
    }

    /// Applies the row once to `width` lines: results at `to` from those at `before` and the elements at `from`.
    unsafe fn step(&self, to: usize, before: usize, from: usize, width: usize) {
        let args = [before as *mut u8, from as *mut u8, to as *mut u8];
        // SAFETY: the caller's elements.
        unsafe { (self.row.cpu)(args.as_ptr(), [self.across[0], self.across[1], self.across[0]].as_ptr(), width) };
    }
}
