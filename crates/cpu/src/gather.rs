//! Gather: elements chosen by indices are copied, tile by tile on all threads. What scatter shares is here too:
//! the walk through a launch and the offsets that indices stand for.

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
const TILE: usize = 512;
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
    walk.lengthen(|_| true);
    let n = walk.nest.size();
    let n_steps = n.saturating_mul(2 + spec.source.indices.len());
    let per_piece = n.div_ceil(threads.n_pieces(n_steps)).next_multiple_of(TILE).max(1);
    let is_outside = AtomicBool::new(false);
    let item = spec.out.dtype.size();
    threads.for_each(
        n.div_ceil(per_piece),
        n_steps,
        || (),
        |(), piece| {
            walk.stretches(piece * per_piece, ((piece + 1) * per_piece).min(n), |s| {
                if s.is_outside {
                    is_outside.store(true, Ordering::Relaxed);
                }
                // SAFETY: `Operand` and `Indexed` checked every element that indices within their axes reach, others
                // are left out; the locks are held and pieces have elements of their own.
                unsafe {
                    match s.offsets {
                        Offsets::Same(o) => {
                            let (source, target) = (s.array.wrapping_add_signed(o), s.other);
                            let (from, to) = (Side { base: source, strides: &[s.step] }, Side { base: target, strides: &[s.other_step] });
                            copy::range(item, &[s.n], from, to, 0, s.n);
                        }
                        Offsets::Each(offsets) => match item {
                            1 => pick::<u8>(&s, offsets),
                            2 => pick::<u16>(&s, offsets),
                            4 => pick::<u32>(&s, offsets),
                            8 => pick::<u64>(&s, offsets),
                            _ => pick::<u128>(&s, offsets),
                        },
                    }
                }
            });
        },
    );
    // Also an index that no element asks for may be outside, where another axis of the launch is empty.
    if spec.source.mode == IndexMode::Raise && (is_outside.into_inner() || n == 0) { refuse_outside(&spec.source) } else { Ok(()) }
}

/// # Safety
/// The stretch's elements at these offsets must be valid, those of `other` as well and for nobody else.
unsafe fn pick<T: Copy>(s: &Stretch, offsets: &[isize]) {
    for (k, &o) in offsets.iter().enumerate() {
        if o != OUTSIDE {
            let (from, to) = (at(s.array, k, s.step).wrapping_add_signed(o), at(s.other, k, s.other_step));
            // SAFETY: the caller's elements; accesses are unaligned.
            unsafe { (to as *mut T).write_unaligned((from as *const T).read_unaligned()) };
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
    (0..n).find_map(|k| {
        // SAFETY: the caller's elements.
        let i: i64 = unsafe { (at(from, k, stride) as *const T).read_unaligned() }.into();
        (i < -len || i >= len).then_some(i)
    })
}

/// The offsets of a stretch's elements.
pub enum Offsets<'a> {
    /// One for all of them
    Same(isize),
    /// One for each, or [`is_outside`]
    Each(&'a [isize]),
}

/// Whether an offset stands for an index outside its axis.
#[inline(always)]
pub fn is_outside(offset: isize) -> bool {
    offset == OUTSIDE
}

/// Neighbouring elements along the innermost axis.
pub struct Stretch<'a> {
    /// How many
    pub n: usize,
    /// Where the first element lies in the array, but for its offset
    pub array: usize,
    /// Along the axis in the array
    pub step: isize,
    /// Where the first element of the other operand lies
    pub other: usize,
    /// Along the axis there
    pub other_step: isize,
    /// What the indices add
    pub offsets: Offsets<'a>,
    /// Whether an index is outside its axis
    pub is_outside: bool,
}

/// The loop nest of a launch: operands are the other one, the array, the indices.
pub struct Walk<'a> {
    pub nest: Iteration,
    pub bases: Addresses,
    pub indices: &'a [IndexOperand<'a>],
    pub mode: IndexMode,
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

    /// Calls `f` for the elements `first..end` in the order of the nest.
    pub fn stretches(&self, first: usize, end: usize, mut f: impl FnMut(Stretch)) {
        let last = self.nest.shape.len() - 1;
        let (other_step, step) = (self.nest.strides[0][last], self.nest.strides[1][last]);
        let is_same = !self.is_index_axis(last);
        let mut room = [0; TILE];
        rows(&self.bases, &self.nest, first, end, |here, _, n| {
            if is_same {
                let is_outside = self.offsets(here, 0, &mut room[..1]);
                if !is_outside || self.mode == IndexMode::Raise {
                    // Elements outside are left out.
                    let n = if is_outside { 0 } else { n };
                    let offset = if is_outside { 0 } else { room[0] };
                    f(Stretch { n, array: here[1], step, other: here[0], other_step, offsets: Offsets::Same(offset), is_outside });
                }
                return;
            }
            for begin in (0..n).step_by(TILE) {
                let n = TILE.min(n - begin);
                let is_outside = self.offsets(here, begin, &mut room[..n]);
                let (array, other) = (at(here[1], begin, step), at(here[0], begin, other_step));
                f(Stretch { n, array, step, other, other_step, offsets: Offsets::Each(&room[..n]), is_outside });
            }
        });
    }

    /// The offsets of the elements from `begin` on along the innermost axis; whether an index is outside its axis.
    fn offsets(&self, here: &Addresses, begin: usize, out: &mut [isize]) -> bool {
        let last = self.nest.shape.len() - 1;
        let mut is_outside = false;
        out.fill(0);
        for (k, i) in self.indices.iter().enumerate() {
            let stride = self.nest.strides[2 + k][last];
            let from = at(here[2 + k], begin, stride);
            // SAFETY: `Operand` checked these elements, and the locks are held.
            is_outside |= unsafe {
                if i.values.dtype == DType::I32 {
                    add_offsets::<i32>(from, stride, i, self.mode, out)
                } else {
                    add_offsets::<i64>(from, stride, i, self.mode, out)
                }
            };
        }
        is_outside
    }
}

/// Adds what the indices stand for to each offset.
///
/// # Safety
/// As many indices must be valid at `from` as there are offsets.
unsafe fn add_offsets<T: Copy + Into<i64>>(from: usize, stride: isize, index: &IndexOperand, mode: IndexMode, out: &mut [isize]) -> bool {
    let (len, step) = (index.len as i64, index.stride);
    let mut is_outside = false;
    // SAFETY: the caller's elements.
    let read = |k: usize| -> i64 { unsafe { (at(from, k, stride) as *const T).read_unaligned() }.into() };
    for (k, o) in out.iter_mut().enumerate() {
        let i = read(k);
        let i = match mode {
            IndexMode::Raise | IndexMode::Skip => {
                let i = if i < 0 { i + len } else { i };
                if i < 0 || i >= len {
                    is_outside = true;
                    *o = OUTSIDE;
                    continue;
                }
                i
            }
            IndexMode::Wrap => i.rem_euclid(len),
            IndexMode::Clip => i.clamp(0, len - 1),
        };
        if *o != OUTSIDE {
            *o += i as isize * step;
        }
    }
    is_outside
}
