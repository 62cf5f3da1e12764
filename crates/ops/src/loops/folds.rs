//! The loops of reductions and scans.

use super::{C, Lane, has_avx2};

/// A typed reduction: how elements fold into an accumulator. A row of the tables is one such type.
pub trait Fold: 'static {
    /// Type of the elements
    type In: Lane;
    /// Type of the accumulator
    type Acc: Copy;
    /// Type of the results
    type Out: Lane;
    /// The accumulator of no elements
    fn neutral() -> Self::Acc;
    /// The accumulator of one element and its index
    fn lift(x: C<Self::In>, index: i64) -> Self::Acc;
    /// Two accumulators in one; `b` comes later
    fn combine(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The result of `n` elements
    fn finish(a: Self::Acc, n: u64) -> C<Self::Out>;
    /// The accumulator of up to [`BLOCK`] elements, which `at` reads, where there is a better way than one after the other
    #[inline(always)]
    fn block(n: usize, at: impl Fn(usize) -> C<Self::In>) -> Option<Self::Acc> {
        let _ = (n, at);
        None
    }
}

/// How many independent accumulators a run has: enough to fill the vector registers and hide their latency.
const LANES: usize = 32;
/// Elements up to which lanes accumulate; beyond, halves are combined, so that the error grows with the logarithm.
pub const BLOCK: usize = 512;

/// Folds a run of elements pairwise, in an order that `n` alone decides.
#[inline(always)]
unsafe fn fold_pairwise<F: Fold>(src: *const u8, stride: isize, n: usize, first: i64) -> F::Acc {
    // Blocks of `BLOCK`, combined like the carries of a binary counter: no recursion, at most 64 levels.
    let mut levels: [F::Acc; 64] = [F::neutral(); 64];
    let mut filled: u64 = 0;
    let mut done = 0;
    while n - done >= BLOCK {
        // SAFETY: the caller promises `n` elements.
        let mut acc = unsafe { fold_block::<F>(src.offset(done as isize * stride), stride, BLOCK, first + done as i64) };
        let mut level = 0;
        while filled & (1 << level) != 0 {
            acc = F::combine(levels[level], acc);
            level += 1;
        }
        filled = (filled & !((1 << level) - 1)) | (1 << level);
        levels[level] = acc;
        done += BLOCK;
    }
    // SAFETY: the caller promises `n` elements.
    let mut acc = unsafe { fold_block::<F>(src.offset(done as isize * stride), stride, n - done, first + done as i64) };
    let mut level = 0;
    while filled >> level != 0 {
        if filled & (1 << level) != 0 {
            acc = F::combine(levels[level], acc);
        }
        level += 1;
    }
    acc
}

/// Folds at most `BLOCK` elements in lanes.
#[inline(always)]
unsafe fn fold_block<F: Fold>(src: *const u8, stride: isize, n: usize, first: i64) -> F::Acc {
    let size = size_of::<F::In>() as isize;
    // SAFETY: the caller promises `n` elements.
    let load = |i: usize, stride: isize| unsafe { F::In::load(src.offset(i as isize * stride)) };
    let own = if stride == size { F::block(n, |i| load(i, size)) } else { F::block(n, |i| load(i, stride)) };
    if let Some(acc) = own {
        return acc;
    }
    let at = |i: usize, stride: isize| F::lift(load(i, stride), first + i as i64);
    let mut lanes = [F::neutral(); LANES];
    let whole = n / LANES * LANES;
    // The contiguous loop stands apart so that it vectorizes.
    if stride == size {
        for i in (0..whole).step_by(LANES) {
            for (k, lane) in lanes.iter_mut().enumerate() {
                *lane = F::combine(*lane, at(i + k, size));
            }
        }
    } else {
        for i in (0..whole).step_by(LANES) {
            for (k, lane) in lanes.iter_mut().enumerate() {
                *lane = F::combine(*lane, at(i + k, stride));
            }
        }
    }
    for i in whole..n {
        lanes[i - whole] = F::combine(lanes[i - whole], at(i, stride));
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            lanes[k] = F::combine(lanes[k], lanes[k + width]);
        }
        width /= 2;
    }
    lanes[0]
}

#[inline(always)]
unsafe fn fold_run_body<F: Fold>(acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64) {
    if n == 0 {
        return;
    }
    // SAFETY: the caller promises `n` elements and an accumulator made by `start`.
    unsafe {
        let run = fold_pairwise::<F>(src, stride, n, first);
        let acc = acc.cast::<F::Acc>();
        *acc = F::combine(*acc, run);
    }
}
versions! {
    /// [`cuprous_core::op::ReduceLoops::fold_run`] of a [`Fold`].
    ///
    /// # Safety
    /// As stated there.
    fold_run, fold_run_body, [F: Fold], (acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64)
}

#[inline(always)]
unsafe fn fold_lanes_body<F: Fold>(acc: *mut u8, src: *const u8, stride: isize, n: usize, index: i64) {
    let acc = acc.cast::<F::Acc>();
    // SAFETY: the caller promises `n` elements and as many accumulators.
    unsafe {
        if stride == size_of::<F::In>() as isize {
            for j in 0..n {
                *acc.add(j) = F::combine(*acc.add(j), F::lift(F::In::load(src.add(j * size_of::<F::In>())), index));
            }
        } else {
            for j in 0..n {
                *acc.add(j) = F::combine(*acc.add(j), F::lift(F::In::load(src.offset(j as isize * stride)), index));
            }
        }
    }
}
versions! {
    /// [`cuprous_core::op::ReduceLoops::fold_lanes`] of a [`Fold`].
    ///
    /// # Safety
    /// As stated there.
    fold_lanes, fold_lanes_body, [F: Fold], (acc: *mut u8, src: *const u8, stride: isize, n: usize, index: i64)
}

#[inline(always)]
unsafe fn fold_rows_body<F: Fold>(acc: *mut u8, src: *const u8, stride: isize, row_stride: isize, n: usize, rows: usize, index: i64) {
    let whole = rows / 4 * 4;
    let lanes = acc.cast::<F::Acc>();
    let size = size_of::<F::In>() as isize;
    // SAFETY: the caller promises `rows` rows of `n` elements and as many accumulators.
    unsafe {
        for k in (0..whole).step_by(4) {
            let at = index + k as i64;
            let row = |i: isize| src.offset((k as isize + i) * row_stride);
            let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3));
            let four = |a: F::Acc, offset: isize| {
                let a = F::combine(a, F::lift(F::In::load(r0.offset(offset)), at));
                let a = F::combine(a, F::lift(F::In::load(r1.offset(offset)), at + 1));
                let a = F::combine(a, F::lift(F::In::load(r2.offset(offset)), at + 2));
                F::combine(a, F::lift(F::In::load(r3.offset(offset)), at + 3))
            };
            // The contiguous loop stands apart so that it vectorizes.
            if stride == size {
                for j in 0..n {
                    *lanes.add(j) = four(*lanes.add(j), j as isize * size);
                }
            } else {
                for j in 0..n {
                    *lanes.add(j) = four(*lanes.add(j), j as isize * stride);
                }
            }
        }
        for k in whole..rows {
            fold_lanes_body::<F>(acc, src.offset(k as isize * row_stride), stride, n, index + k as i64);
        }
    }
}
versions! {
    /// [`cuprous_core::op::ReduceLoops::fold_rows`] of a [`Fold`].
    ///
    /// # Safety
    /// As stated there.
    fold_rows, fold_rows_body, [F: Fold], (acc: *mut u8, src: *const u8, stride: isize, row_stride: isize, n: usize, rows: usize, index: i64)
}

/// An accumulator of truths.
pub trait Tally: Copy {
    /// Of one element: 1 if it is true.
    fn one(self) -> u8;
    /// Of `n_true` true elements among `n`, one at least.
    fn of(n_true: usize, n: usize, combine: fn(Self, Self) -> Self) -> Self;
}
impl Tally for bool {
    #[inline(always)]
    fn one(self) -> u8 {
        self as u8
    }
    #[inline(always)]
    fn of(n_true: usize, n: usize, combine: fn(bool, bool) -> bool) -> bool {
        if n_true == 0 || n_true == n { n_true != 0 } else { combine(true, false) }
    }
}
impl Tally for i64 {
    #[inline(always)]
    fn one(self) -> u8 {
        self as u8
    }
    #[inline(always)]
    fn of(n_true: usize, _n: usize, _combine: fn(i64, i64) -> i64) -> i64 {
        n_true as i64
    }
}

/// A fold of truths, in whose result no order shows.
pub trait Truths: Fold<Acc: Tally> {}
impl<F: Fold<Acc: Tally>> Truths for F {}

#[inline(always)]
unsafe fn tally_run_body<F: Truths>(acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64) {
    // Wider elements fill the vectors by themselves.
    if size_of::<F::In>() != 1 || stride != 1 || n == 0 {
        // SAFETY: the caller's promises are passed on.
        return unsafe { fold_run_body::<F>(acc, src, stride, n, first) };
    }
    // So many truths are counted in a byte before it could overflow.
    const ROUNDS: usize = 255;
    const BYTES: usize = 64;
    let mut n_true = 0;
    // SAFETY: the caller promises `n` elements and an accumulator made by `start`.
    unsafe {
        let truth = |i: usize| F::lift(F::In::load(src.add(i)), 0).one();
        let whole = n / BYTES * BYTES;
        for start in (0..whole).step_by(ROUNDS * BYTES) {
            let mut counts = [0u8; BYTES];
            for i in (start..whole.min(start + ROUNDS * BYTES)).step_by(BYTES) {
                for (k, count) in counts.iter_mut().enumerate() {
                    *count += truth(i + k);
                }
            }
            n_true += counts.iter().map(|&c| c as usize).sum::<usize>();
        }
        n_true += (whole..n).map(|i| truth(i) as usize).sum::<usize>();
        let acc = acc.cast::<F::Acc>();
        *acc = F::combine(*acc, F::Acc::of(n_true, n, F::combine));
    }
}
versions! {
    /// [`cuprous_core::op::ReduceLoops::fold_run`] of [`Truths`].
    ///
    /// # Safety
    /// As stated there.
    tally_run, tally_run_body, [F: Truths], (acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64)
}

/// An accumulator that is a value with its index.
pub trait Place: Copy {
    /// Type of the value
    type Value: Copy;
    /// The two together.
    fn at(value: Self::Value, index: i64) -> Self;
    /// The value.
    fn value(self) -> Self::Value;
    /// The index.
    fn index(self) -> i64;
}

/// A fold that picks one of the elements, the first of equals.
pub trait Pick: Fold<Acc: Place> {}
impl<F: Fold<Acc: Place>> Pick for F {}

#[inline(always)]
unsafe fn pick_run_body<F: Pick>(acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64) {
    if n == 0 {
        return;
    }
    // SAFETY: the caller promises `n` elements and an accumulator made by `start`.
    unsafe {
        let best = *acc.cast::<F::Acc>();
        // The best value alone is found in vectors; where it is matters only if it is better than what was.
        let value = pick_value::<F>(src, stride, n);
        let won = F::combine(best, F::Acc::at(value, first));
        if best.index() >= first || won.index() == first {
            let is_it = |i: usize| {
                let x = F::lift(F::In::load(src.offset(i as isize * stride)), 0);
                F::combine(F::Acc::at(value, 1), x).index() == 0
            };
            // Some at a time, in vectors again.
            const SOME: usize = 64;
            let mut i = 0;
            if stride == size_of::<F::In>() as isize {
                let is_here = |i: usize| (0..SOME).fold(false, |any, k| any | is_it(i + k));
                while i + SOME <= n && !is_here(i) {
                    i += SOME;
                }
            }
            if let Some(i) = (i..n).find(|&i| is_it(i)) {
                *acc.cast::<F::Acc>() = F::combine(best, F::Acc::at(value, first + i as i64));
            }
        }
    }
}

/// The best value of some elements, one at least.
#[inline(always)]
unsafe fn pick_value<F: Pick>(src: *const u8, stride: isize, n: usize) -> <F::Acc as Place>::Value {
    let size = size_of::<F::In>() as isize;
    // SAFETY: the caller promises `n` elements.
    let at = |i: usize, stride: isize| F::lift(unsafe { F::In::load(src.offset(i as isize * stride)) }, 0);
    // Of equal indices the better value wins, and of equal values any does.
    let better = |a: <F::Acc as Place>::Value, b: F::Acc| F::combine(F::Acc::at(a, 0), F::Acc::at(b.value(), 0)).value();
    // More than other folds have: each step of a lane waits for three instructions before.
    const LANES: usize = 64;
    let mut lanes = [at(0, stride).value(); LANES];
    let whole = n / LANES * LANES;
    if stride == size {
        for i in (0..whole).step_by(LANES) {
            for (k, lane) in lanes.iter_mut().enumerate() {
                *lane = better(*lane, at(i + k, size));
            }
        }
    } else {
        for i in (0..whole).step_by(LANES) {
            for (k, lane) in lanes.iter_mut().enumerate() {
                *lane = better(*lane, at(i + k, stride));
            }
        }
    }
    for i in whole..n {
        lanes[i - whole] = better(lanes[i - whole], at(i, stride));
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            lanes[k] = better(lanes[k], F::Acc::at(lanes[k + width], 0));
        }
        width /= 2;
    }
    lanes[0]
}
versions! {
    /// [`cuprous_core::op::ReduceLoops::fold_run`] of a [`Pick`].
    ///
    /// # Safety
    /// As stated there.
    pick_run, pick_run_body, [F: Pick], (acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64)
}

/// [`cuprous_core::op::ReduceLoops::start`] of a [`Fold`].
///
/// # Safety
/// `acc` must have room for `n` accumulators.
pub unsafe fn fold_start<F: Fold>(acc: *mut u8, n: usize) {
    for j in 0..n {
        // SAFETY: the caller promises the room.
        unsafe { acc.cast::<F::Acc>().add(j).write(F::neutral()) };
    }
}

/// [`cuprous_core::op::ReduceLoops::combine`] of a [`Fold`].
///
/// # Safety
/// Both must hold `n` accumulators.
pub unsafe fn fold_combine<F: Fold>(acc: *mut u8, other: *const u8, n: usize) {
    let (acc, other) = (acc.cast::<F::Acc>(), other.cast::<F::Acc>());
    for j in 0..n {
        // SAFETY: the caller promises the accumulators.
        unsafe { *acc.add(j) = F::combine(*acc.add(j), *other.add(j)) };
    }
}

/// [`cuprous_core::op::ReduceLoops::finish`] of a [`Fold`].
///
/// # Safety
/// `acc` must hold `n` accumulators and `out` have room for `n` elements at its stride.
pub unsafe fn fold_finish<F: Fold>(out: *mut u8, stride: isize, acc: *const u8, n: usize, count: u64) {
    for j in 0..n {
        // SAFETY: the caller promises accumulators and room.
        unsafe { F::Out::store(out.offset(j as isize * stride), F::finish(*acc.cast::<F::Acc>().add(j), count)) };
    }
}

/// [`cuprous_core::op::ScanRow::start`] of a [`Fold`].
///
/// # Safety
/// `acc` must have room for an accumulator.
pub unsafe fn scan_start<F: Fold>(acc: *mut u8) {
    // SAFETY: the caller promises the room.
    unsafe { acc.cast::<F::Acc>().write(F::neutral()) }
}

/// [`cuprous_core::op::ScanRow::combine`] of a [`Fold`].
///
/// # Safety
/// Both must hold an accumulator.
pub unsafe fn scan_combine<F: Fold>(acc: *mut u8, other: *const u8) {
    // SAFETY: the caller promises the accumulators.
    unsafe { *acc.cast::<F::Acc>() = F::combine(*acc.cast::<F::Acc>(), *other.cast::<F::Acc>()) }
}

/// [`cuprous_core::op::ScanRow::run`] of a [`Fold`].
///
/// # Safety
/// `acc` must hold an accumulator; source and target must be valid for `n` elements and either equal or disjoint.
pub unsafe fn scan_run<F: Fold>(acc: *mut u8, src: *const u8, src_stride: isize, dst: *mut u8, dst_stride: isize, n: usize) {
    // SAFETY: the caller promises all three.
    unsafe {
        let mut carry = *acc.cast::<F::Acc>();
        for i in 0..n as isize {
            carry = F::combine(carry, F::lift(F::In::load(src.offset(i * src_stride)), i as i64));
            F::Out::store(dst.offset(i * dst_stride), F::finish(carry, 0));
        }
        *acc.cast::<F::Acc>() = carry;
    }
}
