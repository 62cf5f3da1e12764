//! Elements along one axis chosen by packed indices, one for each: the launch that matters most, without the walk.

use super::Walk;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::DType;
use cuprous_core::indexing::IndexMode;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

/// Such a launch. The walk's operands are checked, and whoever makes one holds the locks.
pub struct Line {
    n: usize,
    item: usize,
    /// Whether indices have 64 bits, else 32
    is_wide: bool,
    indices: Shared,
    /// The length of the axis: not 0
    len: usize,
    array: Shared,
    /// Bytes from one element of the axis to the next
    stride: isize,
    other: Shared,
    other_step: isize,
}

impl Line {
    /// The launch of a walk, if it is one. Axes without elements must have been seen to.
    pub fn of(walk: &Walk, dtype: DType) -> Option<Line> {
        let ([n], [index], IndexMode::Raise) = (&walk.nest.shape[..], walk.indices, walk.mode) else { return None };
        let strides = |k: usize| walk.nest.strides[k][0];
        let item = dtype.size();
        let is_packed = strides(2) == index.values.dtype.size() as isize;
        let base = walk.bases[1];
        // Elements must lie at multiples of their size for atomic writes; nearly all do.
        let is_aligned = item <= 8 && base.is_multiple_of(item) && index.stride.unsigned_abs().is_multiple_of(item);
        (*n > 0 && index.len > 0 && is_packed && strides(1) == 0 && is_aligned).then(|| Line {
            n: *n,
            item,
            is_wide: index.values.dtype == DType::I64,
            indices: Shared(walk.bases[2] as *mut u8),
            len: index.len,
            array: Shared(base as *mut u8),
            stride: index.stride,
            other: Shared(walk.bases[0] as *mut u8),
            other_step: strides(0),
        })
    }

    /// Reads the elements; whether all indices are inside. Where one is not, some element is read.
    pub fn gather(&self, threads: &Threads) -> bool {
        let is_outside = AtomicBool::new(false);
        self.pieces(threads, |first, end| {
            // SAFETY: `Operand` and `Indexed` checked what indices inside the axis reach, and the output; the locks are
            // held, and pieces have elements of their own.
            let all = unsafe {
                match (self.item, self.is_wide) {
                    (1, true) => self.read::<u8, i64>(first, end),
                    (2, true) => self.read::<u16, i64>(first, end),
                    (4, true) => self.read::<u32, i64>(first, end),
                    (_, true) => self.read::<u64, i64>(first, end),
                    (1, false) => self.read::<u8, i32>(first, end),
                    (2, false) => self.read::<u16, i32>(first, end),
                    (4, false) => self.read::<u32, i32>(first, end),
                    (_, false) => self.read::<u64, i32>(first, end),
                }
            };
            if !all {
                is_outside.store(true, Ordering::Relaxed);
            }
        });
        !is_outside.into_inner()
    }

    /// Whether all indices are inside the axis.
    pub fn are_inside(&self, threads: &Threads) -> bool {
        let is_outside = AtomicBool::new(false);
        self.pieces(threads, |first, end| {
            // SAFETY: `Operand` checked the indices, and the locks are held.
            let all = unsafe { if self.is_wide { self.check::<i64>(first, end) } else { self.check::<i32>(first, end) } };
            if !all {
                is_outside.store(true, Ordering::Relaxed);
            }
        });
        !is_outside.into_inner()
    }

    /// Writes the elements, the last of several values for one. All indices must be inside.
    pub fn scatter(&self, threads: &Threads) {
        let work = |first, end| {
            // SAFETY: `Operand` and `Indexed` checked what these indices reach, and the values; the locks are held.
            // Several threads write only where all write the same, and then by atomic writes.
            unsafe {
                match (self.item, self.is_wide) {
                    (1, true) => self.write::<AtomicU8, i64>(first, end),
                    (2, true) => self.write::<AtomicU16, i64>(first, end),
                    (4, true) => self.write::<AtomicU32, i64>(first, end),
                    (_, true) => self.write::<AtomicU64, i64>(first, end),
                    (1, false) => self.write::<AtomicU8, i32>(first, end),
                    (2, false) => self.write::<AtomicU16, i32>(first, end),
                    (4, false) => self.write::<AtomicU32, i32>(first, end),
                    (_, false) => self.write::<AtomicU64, i32>(first, end),
                }
            }
        };
        if self.other_step == 0 {
            self.pieces(threads, work);
        } else {
            // Of several values for one element the last one stays.
            work(0, self.n);
        }
    }

    fn pieces(&self, threads: &Threads, f: impl Fn(usize, usize) + Sync) {
        let per_piece = self.n.div_ceil(threads.n_pieces(self.n)).next_multiple_of(64);
        threads.for_each(self.n.div_ceil(per_piece), self.n, || (), |(), k| f(k * per_piece, ((k + 1) * per_piece).min(self.n)));
    }

    /// # Safety
    /// There must be an index.
    #[inline(always)]
    unsafe fn index<I: Copy + Into<i64>>(&self, k: usize) -> i64 {
        // SAFETY: the caller's.
        let i: i64 = unsafe { self.indices.0.cast::<I>().add(k).read_unaligned() }.into();
        // Without a branch: negative ones count from the end.
        i.wrapping_add((i >> 63) & self.len as i64)
    }

    /// # Safety
    /// The launch must be a checked one, and the elements `first..end` of the output nobody else's.
    unsafe fn read<T: Copy, I: Copy + Into<i64>>(&self, first: usize, end: usize) -> bool {
        let mut is_outside = false;
        let is_packed = self.other_step == size_of::<T>() as isize && self.stride == size_of::<T>() as isize;
        for k in first..end {
            // SAFETY: the caller's; indices outside are replaced by 0, which is inside.
            unsafe {
                let i = self.index::<I>(k) as u64;
                let is_bad = i >= self.len as u64;
                is_outside |= is_bad;
                let i = if is_bad { 0 } else { i as usize };
                if is_packed {
                    let x = self.array.0.cast::<T>().add(i).read_unaligned();
                    self.other.0.cast::<T>().add(k).write_unaligned(x);
                } else {
                    let x = self.array.0.wrapping_offset((i as isize).wrapping_mul(self.stride)).cast::<T>().read_unaligned();
                    self.other.0.wrapping_offset((k as isize).wrapping_mul(self.other_step)).cast::<T>().write_unaligned(x);
                }
            }
        }
        !is_outside
    }

    /// # Safety
    /// The launch must be a checked one.
    unsafe fn check<I: Copy + Into<i64>>(&self, first: usize, end: usize) -> bool {
        // SAFETY: the caller's.
        !(first..end).fold(false, |bad, k| bad | (unsafe { self.index::<I>(k) } as u64 >= self.len as u64))
    }

    /// # Safety
    /// The launch must be a checked one, and all its indices inside the axis.
    unsafe fn write<T: Cell, I: Copy + Into<i64>>(&self, first: usize, end: usize) {
        let is_one = self.other_step == 0;
        // SAFETY: the caller's; the cells are aligned, as `of` saw.
        unsafe {
            let one = T::read(self.other.0);
            for k in first..end {
                let i = self.index::<I>(k) as isize;
                let cell = self.array.0.wrapping_offset(i.wrapping_mul(self.stride)).cast::<T>();
                let x = if is_one { one } else { T::read(self.other.0.wrapping_offset((k as isize).wrapping_mul(self.other_step))) };
                (*cell).set(x);
            }
        }
    }
}

/// An element that several threads may write.
trait Cell {
    /// What it holds
    type Value: Copy;
    /// # Safety
    /// There must be an element.
    unsafe fn read(from: *const u8) -> Self::Value;
    fn set(&self, value: Self::Value);
}

macro_rules! cells {
    ($($cell:ty, $value:ty;)*) => {$(
        impl Cell for $cell {
            type Value = $value;
            #[inline(always)]
            unsafe fn read(from: *const u8) -> $value {
                // SAFETY: the caller's.
                unsafe { from.cast::<$value>().read_unaligned() }
            }
            #[inline(always)]
            fn set(&self, value: $value) {
                self.store(value, Ordering::Relaxed);
            }
        }
    )*};
}
cells! {
    AtomicU8, u8;
    AtomicU16, u16;
    AtomicU32, u32;
    AtomicU64, u64;
}
