//! Scatter: writing to elements chosen by indices, in C order, so that of several values for an element the last stays.

use crate::elementwise::copy::{self, Side};
use crate::gather::single::Line;
use crate::gather::{Stretch, TILE, Walk, is_outside, refuse_outside, without_elements};
use crate::locks;
use crate::nest::at;
use crate::threads::Threads;
use cuprous_core::indexing::{Combine, IndexMode};
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
    let mut walk = Walk::ordered(&spec.target, spec.values.as_ref());
    let line = if spec.combine.is_none() { Line::of(&walk, spec.target.base.dtype) } else { None };
    if spec.target.mode == IndexMode::Raise && !line.as_ref().is_some_and(|l| l.are_inside(threads)) {
        // Nothing is written before all indices are known to be good.
        refuse_outside(&spec.target)?;
    }
    let n = walk.nest.size();
    if n == 0 {
        return Ok(());
    }
    if let Some(line) = line {
        line.scatter(threads);
        return Ok(());
    }
    // Elements that differ along a slice axis are different ones: such axes may go anywhere.
    walk.lengthen(|w| !w.is_index_axis(w.nest.shape.len() - 1));
    let n_steps = n.saturating_mul(2 + spec.target.indices.len());
    let item = spec.target.base.dtype.size();
    let work = |batch: &mut Batch, s: Stretch| match &spec.combine {
        // SAFETY: `Operand` and `Indexed` checked every element that indices within their axes reach, others are left
        // out; the locks are held, and threads have elements of their own.
        None => unsafe { overwrite(item, &s) },
        // SAFETY: as above; `ScatterSpec::check` saw that dtypes are those of the rows.
        Some(c) => unsafe { combine(c, item, batch, &s) },
    };
    // Threads share slice axes alone: along the others two of them could meet at one element.
    let shared = (0..walk.nest.shape.len()).filter(|&k| !walk.is_index_axis(k)).max_by_key(|&k| walk.nest.shape[k]);
    let n_pieces = shared.map_or(1, |k| threads.n_pieces(n_steps).min(walk.nest.shape[k] / 64).max(1));
    match shared {
        Some(axis) if n_pieces > 1 => {
            let len = walk.nest.shape[axis];
            let per_piece = len.div_ceil(n_pieces).next_multiple_of(64);
            threads.for_each(len.div_ceil(per_piece), n_steps, Batch::default, |batch, piece| {
                let part = walk.part(axis, piece * per_piece, per_piece.min(len - piece * per_piece));
                part.stretches(0, part.n_rows(), |s| work(batch, s));
            });
        }
        _ => {
            let mut batch = Batch::default();
            walk.stretches(0, walk.n_rows(), |s| work(&mut batch, s));
        }
    }
    Ok(())
}

/// # Safety
/// The stretch's elements must be valid at its offsets, and those of the array for nobody else.
unsafe fn overwrite(item: usize, s: &Stretch) {
    // SAFETY: the caller's elements.
    unsafe {
        match item {
            1 => put::<u8>(s),
            2 => put::<u16>(s),
            4 => put::<u32>(s),
            8 => put::<u64>(s),
            _ => put::<u128>(s),
        }
    }
}

/// # Safety
/// As [`overwrite`].
unsafe fn put<T: Copy>(s: &Stretch) {
    let item = size_of::<T>() as isize;
    if s.row.is_none() && !s.is_outside && s.step == 0 {
        let (array, mut from) = (s.array as *mut u8, s.other);
        for &o in s.offsets {
            // SAFETY: the caller's elements; accesses are unaligned.
            unsafe { array.wrapping_offset(o).cast::<T>().write_unaligned((from as *const T).read_unaligned()) };
            from = from.wrapping_add_signed(s.other_step);
        }
        return;
    }
    for (k, &o) in s.offsets.iter().enumerate() {
        if s.is_outside && is_outside(o) {
            continue;
        }
        let (from, to) = (at(s.other, k, s.other_step), at(s.array, k, s.step).wrapping_add_signed(o));
        // SAFETY: the caller's elements; accesses are unaligned.
        unsafe {
            match s.row {
                None => (to as *mut T).write_unaligned((from as *const T).read_unaligned()),
                Some(row) if row.step == item && row.other_step == item => {
                    std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, row.n * size_of::<T>());
                }
                Some(row) => {
                    let sides = (Side { base: from, strides: &[row.other_step] }, Side { base: to, strides: &[row.step] });
                    copy::range(size_of::<T>(), &[row.n], sides.0, sides.1, 0, row.n);
                }
            }
        }
    }
}

/// Rows shorter than this are combined element by element.
const SHORT_ROW: usize = 8;
/// Places of the table that tells whether elements are different ones.
const N_SEEN: usize = 8192;
/// The most elements of a batch.
const BATCH: usize = TILE;

/// Elements that are combined by one call of a row, for they are different ones.
struct Batch {
    /// For each hash of an address the last batch with such an element
    seen: Vec<u32>,
    now: u32,
    /// Elements, what `load` makes of them, and what the row makes of that
    elements: Vec<u128>,
    loaded: Vec<u128>,
    results: Vec<u128>,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch { seen: Vec::new(), now: 1, elements: Vec::new(), loaded: Vec::new(), results: Vec::new() }
    }
}

impl Batch {
    /// Makes room, when it is first needed.
    fn prepare(&mut self) {
        if self.seen.is_empty() {
            self.seen = vec![0; N_SEEN];
            self.elements = vec![0; BATCH];
            self.loaded = vec![0; BATCH];
            self.results = vec![0; BATCH];
        }
    }

    /// Whether the element at an address can be no other one of this batch.
    #[inline]
    fn is_new(&mut self, address: usize) -> bool {
        let hash = (address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - N_SEEN.trailing_zeros());
        let slot = &mut self.seen[hash as usize];
        let is_new = *slot != self.now;
        *slot = self.now;
        is_new
    }

    /// Begins a batch.
    fn renew(&mut self) {
        self.now = self.now.wrapping_add(1);
        if self.now == 0 {
            self.seen.fill(0);
            self.now = 1;
        }
    }
}

/// # Safety
/// As [`overwrite`], and the dtypes must be those of the rows.
unsafe fn combine(c: &Combine, item: usize, batch: &mut Batch, s: &Stretch) {
    let is_plain = c.load.is_none() && c.store.is_none();
    if let Some(row) = s.row {
        for (k, _) in s.offsets.iter().enumerate().filter(|(_, o)| !is_outside(**o)) {
            let (target, value) = (at(s.array, k, s.step).wrapping_add_signed(s.offsets[k]), at(s.other, k, s.other_step));
            // SAFETY: the caller's elements; the elements of a row are different ones, and the output is exactly the
            // first input.
            unsafe {
                if is_plain && row.n >= SHORT_ROW {
                    call(c.row, target, row.step, value, row.other_step, target, row.step, row.n);
                } else {
                    (0..row.n).for_each(|e| one(c, at(target, e, row.step), at(value, e, row.other_step)));
                }
            }
        }
        return;
    }
    batch.prepare();
    batch.renew();
    let mut first = 0;
    for k in 0..s.offsets.len() {
        let ends = is_outside(s.offsets[k]) || !batch.is_new(at(s.array, k, s.step).wrapping_add_signed(s.offsets[k]));
        if !ends {
            continue;
        }
        // SAFETY: the caller's elements, different ones.
        unsafe { together(c, item, batch, s, first, k) };
        batch.renew();
        first = k;
        if is_outside(s.offsets[k]) {
            first += 1;
        } else {
            batch.is_new(at(s.array, k, s.step).wrapping_add_signed(s.offsets[k]));
        }
    }
    // SAFETY: as above.
    unsafe { together(c, item, batch, s, first, s.offsets.len()) };
}

/// Combines the elements `first..end` of a stretch, which are different ones and inside their axes.
///
/// # Safety
/// As [`combine`].
unsafe fn together(c: &Combine, item: usize, batch: &mut Batch, s: &Stretch, first: usize, end: usize) {
    let n = end - first;
    if n == 0 {
        return;
    }
    let target = |k: usize| at(s.array, first + k, s.step).wrapping_add_signed(s.offsets[first + k]);
    let value = at(s.other, first, s.other_step);
    if n == 1 {
        // SAFETY: the caller's element.
        return unsafe { one(c, target(0), value) };
    }
    let place = |room: &mut Vec<u128>| room.as_mut_ptr() as usize;
    let (elements, loaded, results) = (place(&mut batch.elements), place(&mut batch.loaded), place(&mut batch.results));
    // SAFETY: a stretch has at most as many elements as a batch has room for, 16 bytes each.
    unsafe {
        by_size(item, s, first, n, elements, true);
        let size = |d: cuprous_core::DType| d.size() as isize;
        let (mut input, mut step) = (elements, item as isize);
        if let Some(load) = c.load {
            call(load, elements, step, 0, 0, loaded, size(load.outs[0]), n);
            (input, step) = (loaded, size(load.outs[0]));
        }
        let out_step = size(c.row.outs[0]);
        call(c.row, input, step, value, s.other_step, results, out_step, n);
        if let Some(store) = c.store {
            call(store, results, out_step, 0, 0, elements, item as isize, n);
        }
        let from = if c.store.is_some() { elements } else { results };
        by_size(item, s, first, n, from, false);
    }
}

/// Moves elements of a stretch into a batch (`is_in`) or back.
///
/// # Safety
/// `n` elements from `first` on must be valid and inside their axes, and packed ones at `packed`.
unsafe fn by_size(item: usize, s: &Stretch, first: usize, n: usize, packed: usize, is_in: bool) {
    // SAFETY: passed on.
    unsafe {
        match item {
            1 => move_all::<u8>(s, first, n, packed, is_in),
            2 => move_all::<u16>(s, first, n, packed, is_in),
            4 => move_all::<u32>(s, first, n, packed, is_in),
            8 => move_all::<u64>(s, first, n, packed, is_in),
            _ => move_all::<u128>(s, first, n, packed, is_in),
        }
    }
}

/// # Safety
/// As [`by_size`].
unsafe fn move_all<T: Copy>(s: &Stretch, first: usize, n: usize, packed: usize, is_in: bool) {
    for (k, &o) in s.offsets[first..first + n].iter().enumerate() {
        let (element, own) = (at(s.array, first + k, s.step).wrapping_add_signed(o) as *mut T, (packed as *mut T).wrapping_add(k));
        // SAFETY: the caller's elements; accesses are unaligned.
        unsafe {
            if is_in {
                own.write_unaligned(element.read_unaligned());
            } else {
                element.write_unaligned(own.read_unaligned());
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
            call(load, target, 0, 0, 0, to, 0, 1);
            to
        });
        let output = if c.store.is_some() { place(&mut result) } else { target };
        call(c.row, input, 0, value, 0, output, 0, 1);
        if let Some(store) = c.store {
            call(store, output, 0, 0, 0, target, 0, 1);
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
