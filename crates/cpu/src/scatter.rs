//! Scatter: writing to elements chosen by indices, in C order, so that of several values for an element the last stays.

use crate::elementwise::copy::{self, Side};
use crate::gather::{Offsets, Stretch, Walk, is_outside, refuse_outside, without_elements};
use crate::locks;
use crate::nest::at;
use crate::threads::Threads;
use cuprous_core::indexing::{Combine, IndexMode};
use cuprous_core::iteration::Iteration;
use cuprous_core::{LoopDef, Operand, Result, ScatterSpec};
use smallvec::SmallVec;

/// Writes to the elements that indices choose, or combines values with them.
pub fn run(threads: &Threads, spec: &ScatterSpec) -> Result<()> {
    spec.check()?;
    let read: SmallVec<[Operand; 4]> = spec.target.indices.iter().map(|i| i.values).chain(spec.values).collect();
    let _held = locks::hold(&[spec.target.base], &read);
    if spec.target.is_empty_axis() {
        return without_elements(&spec.target);
    }
    if spec.target.mode == IndexMode::Raise {
        // Nothing is written before all indices are known to be good.
        refuse_outside(&spec.target)?;
    }
    let mut walk = Walk::ordered(&spec.target, spec.values.as_ref());
    let n = walk.nest.size();
    if n == 0 {
        return Ok(());
    }
    // Elements that differ along a slice axis are different ones: such axes may go anywhere.
    walk.lengthen(|w| !w.is_index_axis(w.nest.shape.len() - 1));
    let n_steps = n.saturating_mul(2 + spec.target.indices.len());
    let item = spec.target.base.dtype.size();
    let work = |s: Stretch| match &spec.combine {
        // SAFETY: `Operand` and `Indexed` checked every element that indices within their axes reach, others are left
        // out; the locks are held, and threads have elements of their own.
        None => unsafe { overwrite(item, &s) },
        // SAFETY: as above; `ScatterSpec::check` saw that dtypes are those of the rows.
        Some(c) => unsafe { combine(c, &s) },
    };
    // Threads share slice axes alone: along the others two of them could meet at one element.
    let shared = (0..walk.nest.shape.len()).filter(|&k| !walk.is_index_axis(k)).max_by_key(|&k| walk.nest.shape[k]);
    let n_pieces = shared.map_or(1, |k| threads.n_pieces(n_steps).min(walk.nest.shape[k] / 64).max(1));
    match shared {
        Some(axis) if n_pieces > 1 => {
            let len = walk.nest.shape[axis];
            let per_piece = len.div_ceil(n_pieces).next_multiple_of(64);
            threads.for_each(
                len.div_ceil(per_piece),
                n_steps,
                || (),
                |(), piece| {
                    let part = walk.part(axis, piece * per_piece, per_piece.min(len - piece * per_piece));
                    part.stretches(0, part.nest.size(), work);
                },
            );
        }
        _ => walk.stretches(0, n, work),
    }
    Ok(())
}

impl Walk<'_> {
    /// The part of the nest with `n` places along an axis, from `first` on.
    fn part(&self, axis: usize, first: usize, n: usize) -> Self {
        let mut nest = Iteration { shape: self.nest.shape.clone(), strides: self.nest.strides.clone() };
        nest.shape[axis] = n;
        let bases = self.bases.iter().zip(&nest.strides).map(|(&b, s)| at(b, first, s[axis])).collect();
        Walk { nest, bases, indices: self.indices, mode: self.mode }
    }
}

/// # Safety
/// The stretch's elements must be valid, and those of the array for nobody else.
unsafe fn overwrite(item: usize, s: &Stretch) {
    // SAFETY: the caller's elements.
    unsafe {
        match s.offsets {
            Offsets::Same(o) => {
                let (from, to) = (
                    Side { base: s.other, strides: &[s.other_step] },
                    Side { base: s.array.wrapping_add_signed(o), strides: &[s.step] },
                );
                copy::range(item, &[s.n], from, to, 0, s.n);
            }
            Offsets::Each(offsets) => match item {
                1 => put::<u8>(s, offsets),
                2 => put::<u16>(s, offsets),
                4 => put::<u32>(s, offsets),
                8 => put::<u64>(s, offsets),
                _ => put::<u128>(s, offsets),
            },
        }
    }
}

/// # Safety
/// As [`overwrite`].
unsafe fn put<T: Copy>(s: &Stretch, offsets: &[isize]) {
    for (k, &o) in offsets.iter().enumerate() {
        if !is_outside(o) {
            let (from, to) = (at(s.other, k, s.other_step), at(s.array, k, s.step).wrapping_add_signed(o));
            // SAFETY: the caller's elements; accesses are unaligned.
            unsafe { (to as *mut T).write_unaligned((from as *const T).read_unaligned()) };
        }
    }
}

/// # Safety
/// As [`overwrite`], and the dtypes must be those of the rows.
unsafe fn combine(c: &Combine, s: &Stretch) {
    let is_plain = c.load.is_none() && c.store.is_none();
    match s.offsets {
        // Different elements, all converted alike: one call for all of them.
        Offsets::Same(o) if is_plain => {
            let target = s.array.wrapping_add_signed(o);
            // SAFETY: the caller's elements; the output is exactly the first input.
            unsafe { call(c.row, target, s.step, s.other, s.other_step, target, s.step, s.n) };
        }
        Offsets::Same(o) => (0..s.n).for_each(|k| {
            // SAFETY: the caller's elements.
            unsafe { one(c, at(s.array, k, s.step).wrapping_add_signed(o), at(s.other, k, s.other_step)) };
        }),
        Offsets::Each(offsets) => {
            for (k, &o) in offsets.iter().enumerate().filter(|(_, o)| !is_outside(**o)) {
                let (target, value) = (at(s.array, k, s.step).wrapping_add_signed(o), at(s.other, k, s.other_step));
                // SAFETY: the caller's elements.
                unsafe { if is_plain { call(c.row, target, 0, value, 0, target, 0, 1) } else { one(c, target, value) } };
            }
        }
    }
}

/// Combines one element, with conversions.
///
/// # Safety
/// As [`combine`].
unsafe fn one(c: &Combine, target: usize, value: usize) {
    let (mut loaded, mut result) = ([0_u128; 1], [0_u128; 1]);
    let place = |room: &mut [u128; 1]| room.as_mut_ptr() as usize;
    // SAFETY: an element of any dtype has room in 16 bytes; the rest is the caller's.
    unsafe {
        let input = c.load.map_or(target, |load| {
            let to = place(&mut loaded);
            call(load, target, 0, to, 0, to, 0, 1);
            to
        });
        let output = if c.store.is_some() { place(&mut result) } else { target };
        call(c.row, input, 0, value, 0, output, 0, 1);
        if let Some(store) = c.store {
            call(store, output, 0, target, 0, target, 0, 1);
        }
    }
}

/// Calls a row of one or two inputs; with one, `value` is not used.
///
/// # Safety
/// As [`cuprous_core::op::InnerLoop`].
#[expect(clippy::too_many_arguments, reason = "three operands by address and stride")]
#[inline]
unsafe fn call(row: &LoopDef, a: usize, a_step: isize, value: usize, value_step: isize, out: usize, out_step: isize, n: usize) {
    let (a, value, out) = (a as *mut u8, value as *mut u8, out as *mut u8);
    // SAFETY: the caller's elements.
    unsafe {
        if row.ins.len() == 1 {
            (row.cpu)([a, out].as_ptr(), [a_step, out_step].as_ptr(), n);
        } else {
            (row.cpu)([a, value, out].as_ptr(), [a_step, value_step, out_step].as_ptr(), n);
        }
    }
}
