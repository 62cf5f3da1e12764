//! Gather: elements chosen by indices are copied, tile by tile on all threads. What scatter shares is here too:
//! the walk through a launch and the offsets that indices stand for.

pub mod places;
pub mod single;

use crate::elementwise::copy::{self, Side};
use crate::locks;
use crate::nest::{Addresses, at, rows};
use crate::threads::Threads;
use cuprous_core::indexing::{IndexMode, IndexOperand, Indexed};
use cuprous_core::iteration::Iteration;
use cuprous_core::{DType, Error, GatherSpec, Operand, Result};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many offsets are found before the elements are touched.
pub const TILE: usize = 512;
/// The offset of an index outside its axis.
const OUTSIDE: isize = isize::MIN;
/// Rows shorter than this go around longer ones.
const SHORT_ROW: usize = 16;

/// Copies the elements that indices choose.
pub fn run(threads: &Threads, spec: &GatherSpec) -> Result<()> {
    spec.check()?;
    let all: SmallVec<[Operand; 4]> = spec.source.indices.iter().map(|i| i.values).chain([spec.source.base]).collect();
    let _held = locks::hold(&[spec.out], &all);
    if spec.source.is_empty_axis() {
        return without_elements(&spec.source);
    }
    let mut walk = Walk::sorted(&spec.source, Some(&spec.out));
    if let Some(line) = single::Line::of(&walk, spec.out.dtype) {
        return if line.gather(threads) { Ok(()) } else { refuse_outside(&spec.source) };
    }
    walk.lengthen(|_| true);
    let n_steps = walk.nest.size().saturating_mul(2 + spec.source.indices.len());
    let is_outside = AtomicBool::new(false);
    let item = spec.out.dtype.size();
    let work = |s: Stretch| {
        if s.is_outside {
            is_outside.store(true, Ordering::Relaxed);
        }
        // SAFETY: `Operand` and `Indexed` checked every element that indices within their axes reach, others are left
        // out; the locks are held and threads have elements of their own.
        unsafe {
            match item {
                1 => pick::<u8>(&s),
                2 => pick::<u16>(&s),
                4 => pick::<u32>(&s),
                8 => pick::<u64>(&s),
                _ => pick::<u128>(&s),
            }
        }
    };
    let n_pieces = threads.n_pieces(n_steps);
    if n_pieces > 1 && walk.n_rows() < 4 * n_pieces {
        // Few long rows are shared along the axis that is longest.
        let axis = (0..walk.nest.shape.len()).max_by_key(|&k| walk.nest.shape[k]).unwrap_or(0);
        let per_piece = walk.nest.shape[axis].div_ceil(n_pieces).next_multiple_of(64);
        let work = |(): &mut (), piece: usize| {
            let part = walk.part(axis, piece * per_piece, per_piece.min(walk.nest.shape[axis] - piece * per_piece));
            part.stretches(0, part.n_rows(), work);
        };
        threads.for_each(walk.nest.shape[axis].div_ceil(per_piece), n_steps, || (), work);
    } else {
        let n_rows = walk.n_rows();
        let per_piece = n_rows.div_ceil(n_pieces).max(1);
        let work = |(): &mut (), piece: usize| walk.stretches(piece * per_piece, ((piece + 1) * per_piece).min(n_rows), work);
        threads.for_each(n_rows.div_ceil(per_piece), n_steps, || (), work);
    }
    // Also an index that no element asks for may be outside, where another axis of the launch is empty.
    let is_empty = walk.nest.size() == 0;
    if spec.source.mode == IndexMode::Raise && (is_outside.into_inner() || is_empty) { refuse_outside(&spec.source) } else { Ok(()) }
}

/// # Safety
/// The stretch's elements must be valid at its offsets, those of `other` as well and for nobody else.
unsafe fn pick<T: Copy>(s: &Stretch) {
    let item = size_of::<T>() as isize;
    if s.row.is_none() && !s.is_outside && s.step == 0 {
        let (array, mut to) = (s.array as *const u8, s.other);
        for &o in s.offsets {
            // SAFETY: the caller's elements; accesses are unaligned.
            unsafe { (to as *mut T).write_unaligned(array.wrapping_offset(o).cast::<T>().read_unaligned()) };
            to = to.wrapping_add_signed(s.other_step);
        }
        return;
    }
    for (k, &o) in s.offsets.iter().enumerate() {
        if s.is_outside && o == OUTSIDE {
            continue;
        }
        let (from, to) = (at(s.array, k, s.step).wrapping_add_signed(o), at(s.other, k, s.other_step));
        // SAFETY: the caller's elements; accesses are unaligned.
        unsafe {
            match s.row {
                None => (to as *mut T).write_unaligned((from as *const T).read_unaligned()),
                Some(row) if row.step == item && row.other_step == item => {
                    std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, row.n * size_of::<T>());
                }
                Some(row) => {
                    let sides = (Side { base: from, strides: &[row.step] }, Side { base: to, strides: &[row.other_step] });
                    copy::range(size_of::<T>(), &[row.n], sides.0, sides.1, 0, row.n);
                }
            }
        }
    }
}

/// What is left to do where an axis has no elements: to refuse its indices.
pub fn without_elements(array: &Indexed) -> Result<()> {
    match array.mode {
        IndexMode::Raise => refuse_outside(array),
        IndexMode::Skip => Ok(()),
        _ if array.base.layout.size() == 0 => Ok(()),
        _ => Err(Error::runtime("indices into an axis without elements")),
    }
}

/// Checks all indices, in the order of operands and then of elements. The locks must be held.
///
/// # Errors
/// `Index` in NumPy's words for the first that is outside its axis.
pub fn refuse_outside(array: &Indexed) -> Result<()> {
    for i in array.indices {
        let layout = i.values.layout;
        // Along other axes the indices repeat, or would if there were any.
        let moves = |k: &usize| layout.strides[*k] != 0;
        let axes: SmallVec<[usize; 8]> = (0..layout.n_axes()).filter(moves).collect();
        let nest = Iteration::merged(&layout.shape, &[&layout.strides], &axes);
        let bases: Addresses = SmallVec::from_slice(&[i.values.address()]);
        let last = nest.strides[0][nest.shape.len() - 1];
        let mut bad = None;
        rows(&bases, &nest, 0, nest.size(), |here, _, n| {
            if bad.is_none() {
                // SAFETY: `Operand` checked these elements.
                bad = unsafe {
                    if i.values.dtype == DType::I32 {
                        first_outside::<i32>(here[0], last, n, i.len)
                    } else {
                        first_outside::<i64>(here[0], last, n, i.len)
                    }
                };
            }
        });
        if let Some(index) = bad {
            return Err(Indexed::error(index, i.axis, i.len));
        }
    }
    Ok(())
}

/// # Safety
/// `n` indices must be valid at `from`.
unsafe fn first_outside<T: Copy + Into<i64>>(from: usize, stride: isize, n: usize, len: usize) -> Option<i64> {
    let len = len as i64;
    // SAFETY: the caller's elements.
    let read = |k: usize| -> i64 { unsafe { (at(from, k, stride) as *const T).read_unaligned() }.into() };
    let is_bad = |i: i64| (i < -len) | (i >= len);
    // Without branches first, since nearly always all are good.
    (0..n).step_by(TILE).find_map(|first| {
        let range = first..(first + TILE).min(n);
        let any = if stride == size_of::<T>() as isize {
            // SAFETY: the caller's elements, side by side.
            range.clone().fold(false, |any, k| any | is_bad(unsafe { (from as *const T).add(k).read_unaligned() }.into()))
        } else {
            range.clone().fold(false, |any, k| any | is_bad(read(k)))
        };
        if any { range.map(read).find(|&i| is_bad(i)) } else { None }
    })
}

/// Whether an offset stands for an index outside its axis.
#[inline(always)]
pub fn is_outside(offset: isize) -> bool {
    offset == OUTSIDE
}

/// A slice axis inside the stretch: at each place there is a row of elements.
#[derive(Clone, Copy)]
pub struct Row {
    /// How many elements
    pub n: usize,
    /// Along the row in the array
    pub step: isize,
    /// Along the row in the other operand
    pub other_step: isize,
}

/// Neighbouring places along an axis.
pub struct Stretch<'a> {
    /// Where the first place lies in the array, but for its offset
    pub array: usize,
    /// Along the axis in the array
    pub step: isize,
    /// Where the first place lies in the other operand
    pub other: usize,
    /// Along the axis there
    pub other_step: isize,
    /// What the indices add at each place, or [`is_outside`]
    pub offsets: &'a [isize],
    /// Whether an index is outside its axis
    pub is_outside: bool,
    /// What lies at each place, if it is more than an element
    pub row: Option<Row>,
}

/// The loop nest of a launch: operands are the other one, the array, the indices.
pub struct Walk<'a> {
    pub nest: Iteration,
    bases: Addresses,
    indices: &'a [IndexOperand<'a>],
    mode: IndexMode,
}

impl<'a> Walk<'a> {
    /// In the order that suits the operands.
    pub fn sorted(array: &Indexed<'a>, other: Option<&Operand>) -> Walk<'a> {
        Walk::over(array, other, true)
    }

    /// In C order.
    pub fn ordered(array: &Indexed<'a>, other: Option<&Operand>) -> Walk<'a> {
        Walk::over(array, other, false)
    }

    fn over(array: &Indexed<'a>, other: Option<&Operand>, is_sorted: bool) -> Walk<'a> {
        let shape = &array.base.layout.shape;
        let none: SmallVec<[isize; 8]> = SmallVec::from_elem(0, shape.len());
        let mut strides: SmallVec<[&[isize]; 6]> = SmallVec::new();
        strides.push(other.map_or(&none[..], |o| &o.layout.strides));
        strides.push(&array.base.layout.strides);
        strides.extend(array.indices.iter().map(|i| &i.values.layout.strides[..]));
        let nest = if is_sorted {
            Iteration::sorted(shape, &strides)
        } else {
            let axes: SmallVec<[usize; 8]> = (0..shape.len()).collect();
            Iteration::merged(shape, &strides, &axes)
        };
        let mut bases: Addresses = SmallVec::from_slice(&[other.map_or(0, Operand::address), array.base.address()]);
        bases.extend(array.indices.iter().map(|i| i.values.address()));
        Walk { nest, bases, indices: array.indices, mode: array.mode }
    }

    /// Whether the indices change along an axis of the nest.
    pub fn is_index_axis(&self, k: usize) -> bool {
        self.nest.strides[2..].iter().any(|s| s[k] != 0)
    }

    /// Moves a short innermost axis outwards if that is allowed: what is done once per row would outweigh the rest.
    pub fn lengthen(&mut self, may_move: impl Fn(&Walk) -> bool) {
        let last = self.nest.shape.len() - 1;
        if last > 0 && self.nest.shape[last] < SHORT_ROW && self.nest.shape[last - 1] > self.nest.shape[last] && may_move(self) {
            self.nest.shape.rotate_right(1);
            self.nest.strides.iter_mut().for_each(|s| s.rotate_right(1));
        }
    }

    /// The innermost axis, if it is a slice of more than an element.
    fn row(&self) -> Option<Row> {
        let last = self.nest.shape.len() - 1;
        let (n, strides) = (self.nest.shape[last], &self.nest.strides);
        (n != 1 && !self.is_index_axis(last)).then(|| Row { n, step: strides[1][last], other_step: strides[0][last] })
    }

    /// How many places there are: elements, or rows of them.
    pub fn n_rows(&self) -> usize {
        let last = self.nest.shape.len() - 1;
        if self.row().is_some() { self.nest.shape[..last].iter().product() } else { self.nest.size() }
    }

    /// The part of the nest with `n` places along an axis, from `first` on.
    pub fn part(&self, axis: usize, first: usize, n: usize) -> Walk<'a> {
        let mut nest = Iteration { shape: self.nest.shape.clone(), strides: self.nest.strides.clone() };
        nest.shape[axis] = n;
        let bases = self.bases.iter().zip(&nest.strides).map(|(&b, s)| at(b, first, s[axis])).collect();
        Walk { nest, bases, indices: self.indices, mode: self.mode }
    }

    /// Calls `f` for the places `first..end` in the order of the nest.
    pub fn stretches(&self, first: usize, end: usize, mut f: impl FnMut(Stretch)) {
        if self.nest.size() == 0 {
            return;
        }
        let row = self.row();
        let outer;
        let nest = if row.is_some() {
            let last = self.nest.shape.len() - 1;
            let mut shape = self.nest.shape.clone();
            shape.truncate(last);
            let mut strides = self.nest.strides.clone();
            strides.iter_mut().for_each(|s| s.truncate(last));
            if last == 0 {
                shape.push(1);
                strides.iter_mut().for_each(|s| s.push(0));
            }
            outer = Iteration { shape, strides };
            &outer
        } else {
            &self.nest
        };
        let last = nest.shape.len() - 1;
        let (other_step, step) = (nest.strides[0][last], nest.strides[1][last]);
        let mut room = [0; TILE];
        rows(&self.bases, nest, first, end, |here, _, n| {
            for begin in (0..n).step_by(TILE) {
                let offsets = &mut room[..TILE.min(n - begin)];
                let is_outside = self.offsets(nest, here, begin, offsets);
                let (array, other) = (at(here[1], begin, step), at(here[0], begin, other_step));
                f(Stretch { array, step, other, other_step, offsets, is_outside, row });
            }
        });
    }

    /// The offsets of the places from `begin` on along the innermost axis; whether an index is outside its axis.
    fn offsets(&self, nest: &Iteration, here: &Addresses, begin: usize, out: &mut [isize]) -> bool {
        let last = nest.shape.len() - 1;
        let mut is_outside = false;
        if self.indices.is_empty() {
            out.fill(0);
        }
        for (k, i) in self.indices.iter().enumerate() {
            let stride = nest.strides[2 + k][last];
            let from = at(here[2 + k], begin, stride);
            // SAFETY: `Operand` checked these elements, and the locks are held.
            is_outside |= unsafe {
                if i.values.dtype == DType::I32 {
                    add_offsets::<i32>(from, stride, i, self.mode, k == 0, out)
                } else {
                    add_offsets::<i64>(from, stride, i, self.mode, k == 0, out)
                }
            };
        }
        is_outside
    }
}

/// Adds what the indices stand for to each offset, or begins with the first index.
///
/// # Safety
/// As many indices must be valid at `from` as there are offsets.
unsafe fn add_offsets<T: Copy + Into<i64>>(
    from: usize,
    stride: isize,
    index: &IndexOperand,
    mode: IndexMode,
    first: bool,
    out: &mut [isize],
) -> bool {
    let len = index.len as i64;
    // SAFETY: passed on.
    unsafe {
        match mode {
            IndexMode::Raise | IndexMode::Skip => add_each::<T>(from, stride, index.stride, first, out, |i| {
                let i = if i < 0 { i + len } else { i };
                (i, (i as u64) < len as u64)
            }),
            IndexMode::Wrap => add_each::<T>(from, stride, index.stride, first, out, |i| (i.rem_euclid(len), true)),
            IndexMode::Clip => add_each::<T>(from, stride, index.stride, first, out, |i| (i.clamp(0, len - 1), true)),
        }
    }
}

/// # Safety
/// As [`add_offsets`].
#[inline(always)]
unsafe fn add_each<T: Copy + Into<i64>>(
    from: usize,
    stride: isize,
    step: isize,
    first: bool,
    out: &mut [isize],
    resolve: impl Fn(i64) -> (i64, bool),
) -> bool {
    let mut is_inside = true;
    if first && stride == size_of::<T>() as isize {
        for (k, o) in out.iter_mut().enumerate() {
            // SAFETY: the caller's elements, side by side.
            let (i, is_good) = resolve(unsafe { (from as *const T).add(k).read_unaligned() }.into());
            is_inside &= is_good;
            *o = if is_good { (i as isize).wrapping_mul(step) } else { OUTSIDE };
        }
        return !is_inside;
    }
    // SAFETY: the caller's elements.
    let read = |k: usize| -> i64 { unsafe { (at(from, k, stride) as *const T).read_unaligned() }.into() };
    if first {
        for (k, o) in out.iter_mut().enumerate() {
            let (i, is_good) = resolve(read(k));
            is_inside &= is_good;
            *o = if is_good { (i as isize).wrapping_mul(step) } else { OUTSIDE };
        }
    } else {
        for (k, o) in out.iter_mut().enumerate() {
            let (i, is_good) = resolve(read(k));
            is_inside &= is_good;
            *o = if is_good && *o != OUTSIDE { o.wrapping_add((i as isize).wrapping_mul(step)) } else { OUTSIDE };
        }
    }
    !is_inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Pool;
    use cuprous_core::Layout;
    use cuprous_core::layout::Order;

    #[test]
    fn what_indices_reach_lies_inside() -> Result<()> {
        let buffer = Pool::new().allocate(96)?;
        let over = Layout::contiguous(&[4], 8, Order::C);
        let base = Layout { shape: SmallVec::from_slice(&[4]), strides: SmallVec::from_slice(&[0]), offset: 0 };
        let values = Operand::new(&buffer, &over, DType::I64)?;
        let is_fine = |len: usize, stride: isize, offset: usize| {
            let base = Layout { offset, ..base.clone() };
            let index = [IndexOperand { values, len, stride, axis: 0 }];
            Indexed::new(&buffer, &base, DType::F64, &index, IndexMode::Raise).is_ok()
        };
        let n = buffer.len() / 8;
        assert!(is_fine(n, 8, 0) && !is_fine(n + 1, 8, 0) && !is_fine(n, 8, 8));
        assert!(is_fine(n, -8, 8 * (n - 1)) && !is_fine(n, -8, 8 * (n - 2)));
        // Of an axis without elements nothing is reached.
        assert!(is_fine(0, 8, 1000));
        let floats = Operand::new(&buffer, &over, DType::F64)?;
        let index = [IndexOperand { values: floats, len: 1, stride: 8, axis: 0 }];
        assert!(Indexed::new(&buffer, &base, DType::F64, &index, IndexMode::Raise).is_err());
        Ok(())
    }
}
