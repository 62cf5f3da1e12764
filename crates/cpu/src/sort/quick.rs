//! Quicksort by vectors: keys are parted at pivots until a network of compare-and-swap steps takes the rest.
//!
//! Keys are numbers of 32 or 64 bits; equal ones are the same, so that no order among them can be lost. Where the
//! processor has no such vectors, the standard library sorts.

#[cfg(target_arch = "x86_64")]
use super::lanes::{Avx2I32, Avx2I64, Avx512I32, Avx512I64};
use super::lanes::{Key, Vector};
use crate::threads::Threads;
use std::mem::MaybeUninit;

/// Keys that are loaded before any of them is written: a batch.
const BATCH: usize = 64;
/// Parts of fewer keys are one thread's. Where only some places are wanted it is a number of its own, for how a part is
/// parted then shows in the result.
const SHARED: usize = 1 << 15;
const SHARED_FOR_SOME: usize = 1 << 17;
/// Keys of a piece of a part that all threads share.
const PIECE: usize = 1 << 14;

/// What processors offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vectors {
    /// None that are used here
    None,
    /// 256 bits
    Avx2,
    /// 512 bits
    Avx512,
}

impl Vectors {
    /// Of this processor.
    #[inline]
    pub fn here() -> Vectors {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("popcnt") {
                return Vectors::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
                return Vectors::Avx2;
            }
        }
        Vectors::None
    }
}

/// A key with its vectors.
pub trait Sortable: Key {
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Key = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Key = Self>;
}
impl Sortable for i32 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = Avx2I32;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = Avx512I32;
}
impl Sortable for i64 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = Avx2I64;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = Avx512I64;
}

/// Sorts keys, or only so far that those at the wanted places are right: places in ascending order.
pub fn sort<K: Sortable>(vectors: Vectors, keys: &mut [K], wanted: Option<&[usize]>) {
    within(vectors, keys, 0, None, wanted);
}

/// As [`sort`], of keys that begin at a place `first` of a row, none of them smaller than `floor`.
fn within<K: Sortable>(vectors: Vectors, keys: &mut [K], first: usize, floor: Option<K>, wanted: Option<&[usize]>) {
    match vectors {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Vectors::here` says that the processor has them.
        Vectors::Avx512 => unsafe { sort_512::<K::Avx512>(keys, first, floor, wanted) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Vectors::Avx2 => unsafe { sort_256::<K::Avx2>(keys, first, floor, wanted) },
        _ => plain(keys, first, wanted),
    }
}

/// Moves keys below a pivot (or equal to it, if asked) to the front, and tells their number.
fn split<K: Sortable>(vectors: Vectors, keys: &mut [K], pivot: K, or_equal: bool) -> usize {
    match vectors {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Vectors::here` says that the processor has them.
        Vectors::Avx512 => unsafe { split_512::<K::Avx512>(keys, pivot, or_equal) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Vectors::Avx2 => unsafe { split_256::<K::Avx2>(keys, pivot, or_equal) },
        _ => {
            let mut n_low = 0;
            for k in 0..keys.len() {
                let is_low = keys[k] < pivot || (or_equal && keys[k] == pivot);
                keys.swap(k, n_low);
                n_low += usize::from(is_low);
            }
            n_low
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,bmi1,bmi2,popcnt,avx2")]
fn sort_512<V: Vector>(keys: &mut [V::Key], first: usize, floor: Option<V::Key>, wanted: Option<&[usize]>) {
    // SAFETY: the processor has what this function is compiled for.
    unsafe { quicksort::<V>(keys, first, floor, wanted) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn sort_256<V: Vector>(keys: &mut [V::Key], first: usize, floor: Option<V::Key>, wanted: Option<&[usize]>) {
    // SAFETY: as above.
    unsafe { quicksort::<V>(keys, first, floor, wanted) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,bmi1,bmi2,popcnt,avx2")]
fn split_512<V: Vector>(keys: &mut [V::Key], pivot: V::Key, or_equal: bool) -> usize {
    // SAFETY: as above.
    unsafe { if or_equal { part::<V, true>(keys, pivot) } else { part::<V, false>(keys, pivot) } }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn split_256<V: Vector>(keys: &mut [V::Key], pivot: V::Key, or_equal: bool) -> usize {
    // SAFETY: as above.
    unsafe { if or_equal { part::<V, true>(keys, pivot) } else { part::<V, false>(keys, pivot) } }
}

/// Whether one of the wanted places lies in a part; all are, if nothing is said.
#[inline]
fn is_wanted(wanted: Option<&[usize]>, first: usize, n: usize) -> bool {
    wanted.is_none_or(|w| w.get(w.partition_point(|&k| k < first)).is_some_and(|&k| k < first + n))
}

fn plain<K: Key>(keys: &mut [K], first: usize, wanted: Option<&[usize]>) {
    let Some(wanted) = wanted else { return keys.sort_unstable() };
    let mut done = 0;
    for &k in wanted {
        if k >= first + done && k < first + keys.len() {
            keys[done..].select_nth_unstable(k - first - done);
            done = k - first + 1;
        }
    }
}

/// A part that is not sorted yet.
#[derive(Clone, Copy)]
struct Part<K> {
    first: usize,
    n: usize,
    /// No key is smaller
    floor: Option<K>,
    /// How often it may be parted again
    left: u32,
}

/// # Safety
/// The processor must have the vectors, and the caller be compiled for them.
#[inline(always)]
unsafe fn quicksort<V: Vector>(keys: &mut [V::Key], first: usize, floor: Option<V::Key>, wanted: Option<&[usize]>) {
    let most = V::N * V::NETWORK;
    if keys.len() <= most {
        // SAFETY: the caller's vectors, and no more keys than a network takes.
        return unsafe { V::network(keys) };
    }
    // What is in order already costs one look.
    if wanted.is_none() && keys.is_sorted() {
        return;
    }
    // The larger part waits, so there are never more than a word has bits.
    let mut waiting: [MaybeUninit<Part<V::Key>>; 64] = [const { MaybeUninit::uninit() }; 64];
    let mut n_waiting = 0;
    let left = 2 * keys.len().checked_ilog2().unwrap_or(0);
    let mut now = Part { first: 0, n: keys.len(), floor, left };
    loop {
        let mut is_done = !is_wanted(wanted, first + now.first, now.n);
        let own = &mut keys[now.first..now.first + now.n];
        if !is_done && now.n <= most {
            // SAFETY: the caller's vectors, and no more keys than a network takes.
            unsafe { V::network(own) };
            is_done = true;
        } else if !is_done && now.left == 0 {
            // Pivots were bad again and again.
            plain(own, first + now.first, wanted);
            is_done = true;
        }
        if is_done {
            if n_waiting == 0 {
                return;
            }
            n_waiting -= 1;
            // SAFETY: as many were written as are waiting.
            now = unsafe { waiting[n_waiting].assume_init() };
            continue;
        }
        // SAFETY: the caller's vectors; there are more keys than the largest network takes.
        let pivot = unsafe { pivot_of::<V>(own) };
        now.left -= 1;
        if now.floor == Some(pivot) {
            // Equal ones are done: many of them are the only way to come here.
            // SAFETY: as above.
            let n_low = unsafe { part::<V, true>(own, pivot) };
            now = Part { first: now.first + n_low, n: now.n - n_low, floor: None, left: now.left };
            continue;
        }
        // SAFETY: as above.
        let n_low = unsafe { part::<V, false>(own, pivot) };
        let low = Part { n: n_low, ..now };
        let high = Part { first: now.first + n_low, n: now.n - n_low, floor: Some(pivot), left: now.left };
        let (larger, smaller) = if low.n > high.n { (low, high) } else { (high, low) };
        waiting[n_waiting].write(larger);
        n_waiting += 1;
        now = smaller;
    }
}

/// A key from the middle, by a sample.
///
/// # Safety
/// As [`quicksort`], and there must be more keys than [`Vector::NETWORK`] vectors hold.
#[inline(always)]
unsafe fn pivot_of<V: Vector>(keys: &[V::Key]) -> V::Key {
    let n_sampled = if keys.len() < 4096 { 16 } else { 64 }.min(V::N * V::NETWORK);
    let mut sample = [V::Key::MAX; 64];
    let sample = &mut sample[..n_sampled];
    // Places that follow from the length alone, in no order that data would have.
    let mut state = keys.len() as u64;
    for s in &mut *sample {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *s = keys[((u128::from(state) * keys.len() as u128) >> 64) as usize];
    }
    // SAFETY: the caller's vectors, and no more keys than a network takes.
    unsafe { V::network(sample) };
    sample[n_sampled / 2]
}

/// Moves keys below a pivot (or equal to it) to the front, and tells their number.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn part<V: Vector, const OR_EQUAL: bool>(keys: &mut [V::Key], pivot: V::Key) -> usize {
    let n = keys.len();
    let is_low = |k: V::Key| k < pivot || (OR_EQUAL && k == pivot);
    // Three batches at most: the first ones, the last ones, and what fills no batch.
    let mut room: [MaybeUninit<V::Key>; 3 * BATCH] = [MaybeUninit::uninit(); 3 * BATCH];
    let (head, tail) = if n < 2 * BATCH { (n, 0) } else { (BATCH + n % BATCH, BATCH) };
    let n_held = head + tail;
    let base = keys.as_mut_ptr();
    let room = room.as_mut_ptr().cast::<V::Key>();
    // SAFETY: `head` is below two batches and one is left for `tail`; neither is more than there is.
    let held = unsafe {
        std::ptr::copy_nonoverlapping(base, room, head);
        std::ptr::copy_nonoverlapping(base.add(n - tail), room.add(head), tail);
        std::slice::from_raw_parts(room, n_held)
    };
    // Written are the keys in front of `low` and from `high` on, read those in front of `first` and from `end` on. What
    // is read and not written has at least two batches.
    let (mut low, mut high, mut first, mut end) = (0, n, head, n - tail);
    // SAFETY: the caller's vectors. Of the two gaps the smaller one is read into, so that both have a batch of room when
    // one is written; reading stops when the gaps meet. All places are below `n`.
    unsafe {
        let middle = V::splat(pivot);
        while first < end {
            let from = if first - low <= high - end {
                first += BATCH;
                first - BATCH
            } else {
                end -= BATCH;
                end
            };
            let from = base.add(from).cast_const();
            // All are loaded before the first is written, for they may stand where that goes.
            if V::N == 16 {
                let v = [V::load(from), V::load(from.add(16)), V::load(from.add(32)), V::load(from.add(48))];
                for v in v {
                    put::<V, OR_EQUAL>(v, middle, base, &mut low, &mut high);
                }
            } else {
                let (mut v, mut k) = ([middle; 16], 0);
                while k < BATCH / V::N {
                    v[k] = V::load(from.add(k * V::N));
                    k += 1;
                }
                k = 0;
                while k < BATCH / V::N {
                    put::<V, OR_EQUAL>(v[k], middle, base, &mut low, &mut high);
                    k += 1;
                }
            }
        }
        let n_whole = n_held / V::N;
        for k in 0..n_whole {
            let v = V::load(held.as_ptr().add(k * V::N));
            let mask = v.below::<OR_EQUAL>(middle);
            v.part_exactly(mask, base.add(low), base.add(high));
            let n_low = mask.count_ones() as usize;
            low += n_low;
            high -= V::N - n_low;
        }
        for &key in &held[n_whole * V::N..] {
            // Written to both ends of the gap, one of which stays in it.
            let is_low = usize::from(is_low(key));
            *base.add(low) = key;
            *base.add(high - 1) = key;
            low += is_low;
            high -= 1 - is_low;
        }
    }
    low
}

/// Writes a vector to both ends of the gap between `low` and `high`.
///
/// # Safety
/// As [`quicksort`], and both ends of the gap must have room for a vector.
#[inline(always)]
unsafe fn put<V: Vector, const OR_EQUAL: bool>(v: V, pivot: V, base: *mut V::Key, low: &mut usize, high: &mut usize) {
    // SAFETY: the caller's.
    unsafe {
        let mask = v.below::<OR_EQUAL>(pivot);
        v.part(mask, base.add(*low), base.add(*high));
        let n_low = mask.count_ones() as usize;
        *low += n_low;
        *high -= V::N - n_low;
    }
}

/// Sorts no more keys than [`Vector::NETWORK`] vectors hold.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
pub unsafe fn network<V: Vector>(keys: &mut [V::Key]) {
    let n_vectors = keys.len().div_ceil(V::N);
    // SAFETY: the caller's vectors.
    unsafe {
        match n_vectors {
            0 => {}
            1 => sized::<V, 1>(keys),
            2 => sized::<V, 2>(keys),
            3..=4 => sized::<V, 4>(keys),
            5..=8 => sized::<V, 8>(keys),
            _ if V::NETWORK == 8 => sized::<V, 8>(keys),
            _ => sized::<V, 16>(keys),
        }
    }
}

/// Sorts more keys than half of `M` vectors hold, and no more than `M` do.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn sized<V: Vector, const M: usize>(keys: &mut [V::Key]) {
    let (n, at) = (keys.len(), keys.as_mut_ptr());
    // SAFETY: the caller's vectors; only the keys are read and written.
    unsafe {
        let mut v = [V::splat(V::Key::MAX); M];
        let mut k = 0;
        while k < M {
            if (k + 1) * V::N <= n {
                v[k] = V::load(at.add(k * V::N));
            } else if k * V::N < n {
                v[k] = V::load_some(at.add(k * V::N), n - k * V::N);
            }
            v[k] = sorted_lanes(v[k]);
            k += 1;
        }
        if M >= 2 {
            merged::<V, M, 2>(&mut v);
        }
        if M >= 4 {
            merged::<V, M, 4>(&mut v);
        }
        if M >= 8 {
            merged::<V, M, 8>(&mut v);
        }
        if M >= 16 {
            merged::<V, M, 16>(&mut v);
        }
        k = 0;
        while k < M {
            if (k + 1) * V::N <= n {
                v[k].store(at.add(k * V::N));
            } else if k * V::N < n {
                v[k].store_some(at.add(k * V::N), n - k * V::N);
            }
            k += 1;
        }
    }
}

/// Merges the sorted halves of each `W` vectors.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn merged<V: Vector, const M: usize, const W: usize>(v: &mut [V; M]) {
    // SAFETY: the caller's vectors. Plain loops: closures would not be compiled for them.
    unsafe {
        let mut first = 0;
        while first < M {
            // Behind the first half the second one backwards rises and falls once.
            let mut k = 0;
            while k < W / 4 {
                let (a, b) = (first + k, first + W / 2 - 1 - k);
                let (c, d) = (first + W / 2 + k, first + W - 1 - k);
                let (x, y, back_x, back_y) = (v[a], v[b], reversed(v[d]), reversed(v[c]));
                v[a] = x.min(back_x);
                v[c] = x.max(back_x);
                v[b] = y.min(back_y);
                v[d] = y.max(back_y);
                k += 1;
            }
            if W == 2 {
                let (x, back) = (v[first], reversed(v[first + 1]));
                v[first] = x.min(back);
                v[first + 1] = x.max(back);
            }
            first += W;
        }
        let mut apart = W / 4;
        while apart > 0 {
            let mut k = 0;
            while k < M {
                if k & apart == 0 {
                    let (a, b) = (v[k], v[k + apart]);
                    v[k] = a.min(b);
                    v[k + apart] = a.max(b);
                }
                k += 1;
            }
            apart /= 2;
        }
        let mut k = 0;
        while k < M {
            v[k] = settled_lanes(v[k]);
            k += 1;
        }
    }
}

/// Compares lanes with those `K` away and swaps where needed.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn step<V: Vector, const K: usize>(v: V) -> V {
    // SAFETY: the caller's vectors.
    unsafe {
        let other = v.flip::<K>();
        v.min(other).choose::<K>(v.max(other))
    }
}

/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn sorted_lanes<V: Vector>(v: V) -> V {
    // SAFETY: the caller's vectors.
    unsafe {
        let mut v = step::<V, 1>(v);
        v = step::<V, 1>(step::<V, 3>(v));
        if V::N > 4 {
            v = step::<V, 1>(step::<V, 2>(step::<V, 7>(v)));
        }
        if V::N > 8 {
            v = step::<V, 1>(step::<V, 2>(step::<V, 4>(step::<V, 15>(v))));
        }
        v
    }
}

/// Sorts lanes that rise and fall once.
///
/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn settled_lanes<V: Vector>(v: V) -> V {
    // SAFETY: the caller's vectors.
    unsafe {
        let v = if V::N > 8 { step::<V, 8>(v) } else { v };
        let v = if V::N > 4 { step::<V, 4>(v) } else { v };
        step::<V, 1>(step::<V, 2>(v))
    }
}

/// # Safety
/// As [`quicksort`].
#[inline(always)]
unsafe fn reversed<V: Vector>(v: V) -> V {
    // SAFETY: the caller's vectors.
    unsafe {
        match V::N {
            16 => v.flip::<15>(),
            8 => v.flip::<7>(),
            _ => v.flip::<3>(),
        }
    }
}

/// As [`sort`], by all threads. What places that are not wanted hold follows from the keys alone.
pub fn sort_by_all<K: Sortable>(threads: &Threads, vectors: Vectors, keys: &mut [K], wanted: Option<&[usize]>) {
    let n = keys.len();
    let least = if wanted.is_some() { SHARED_FOR_SOME } else { SHARED.max(n / (4 * threads.n())) };
    if n < least || (wanted.is_none() && threads.n() == 1) {
        return sort(vectors, keys, wanted);
    }
    if wanted.is_none() && keys.is_sorted() {
        return;
    }
    let base = Start(keys.as_mut_ptr());
    // SAFETY: callers give each thread its own keys.
    let range = |first: usize, n: usize| unsafe { std::slice::from_raw_parts_mut(base.at(first), n) };
    let mut parts = vec![Part { first: 0, n, floor: None, left: 16 }];
    let mut done: Vec<Part<K>> = Vec::new();
    let n_steps = |n: usize| n.saturating_mul(n.checked_ilog2().unwrap_or(1) as usize / 2 + 1);
    while let Some(mut now) = parts.pop() {
        if !is_wanted(wanted, now.first, now.n) {
            continue;
        }
        if now.n < least || now.left == 0 {
            done.push(now);
            continue;
        }
        let own = range(now.first, now.n);
        let pivot = middle(own);
        let or_equal = now.floor == Some(pivot);
        let n_low = split_by_all(threads, vectors, own, pivot, or_equal);
        now.left -= 1;
        let floor = if or_equal { None } else { Some(pivot) };
        parts.push(Part { first: now.first + n_low, n: now.n - n_low, floor, left: now.left });
        if !or_equal {
            parts.push(Part { n: n_low, ..now });
        }
    }
    // The longest ones first, so that no thread is left with one at the end.
    done.sort_unstable_by_key(|p| (std::cmp::Reverse(p.n), p.first));
    threads.for_each(
        done.len(),
        n_steps(n),
        || (),
        |(), k| {
            let p = done[k];
            within(vectors, range(p.first, p.n), p.first, p.floor, wanted);
        },
    );
}

/// A key from the middle of many, by a sample.
fn middle<K: Key>(keys: &[K]) -> K {
    let mut state = keys.len() as u64;
    let mut sample: [K; 255] = std::array::from_fn(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        keys[((u128::from(state) * keys.len() as u128) >> 64) as usize]
    });
    *sample.select_nth_unstable(127).1
}

/// As [`split`], by all threads: piece by piece, then what stands on the wrong side is swapped.
fn split_by_all<K: Sortable>(threads: &Threads, vectors: Vectors, keys: &mut [K], pivot: K, or_equal: bool) -> usize {
    let n = keys.len();
    // Pieces follow from the length alone, and so does the order afterwards.
    let n_pieces = n.div_ceil(PIECE).min(64);
    let per_piece = n.div_ceil(n_pieces);
    let n_pieces = n.div_ceil(per_piece);
    let base = Start(keys.as_mut_ptr());
    let mut counts = vec![0_usize; n_pieces];
    let lows = Start(counts.as_mut_ptr());
    threads.for_each(
        n_pieces,
        n,
        || (),
        |(), piece| {
            let first = piece * per_piece;
            // SAFETY: each piece has keys and a count of its own.
            unsafe {
                let own = std::slice::from_raw_parts_mut(base.at(first), per_piece.min(n - first));
                *lows.at(piece) = split(vectors, own, pivot, or_equal);
            }
        },
    );
    let n_low: usize = counts.iter().sum();
    // High keys in front of the border and low ones behind it: equally many.
    let [mut high, mut low] = [const { Vec::<(usize, usize)>::new() }; 2];
    for (piece, &count) in counts.iter().enumerate() {
        let (first, end) = (piece * per_piece, ((piece + 1) * per_piece).min(n));
        let border = first + count;
        if border < n_low && border < end {
            high.push((border, end.min(n_low)));
        }
        if border > n_low && first < border {
            low.push((first.max(n_low), border));
        }
    }
    let mut swaps: Vec<(usize, usize, usize)> = Vec::new();
    let (mut h, mut l) = (high.into_iter(), low.into_iter());
    let (mut a, mut b) = (h.next(), l.next());
    while let (Some(x), Some(y)) = (&mut a, &mut b) {
        let len = (x.1 - x.0).min(y.1 - y.0).min(PIECE);
        swaps.push((x.0, y.0, len));
        x.0 += len;
        y.0 += len;
        if x.0 == x.1 {
            a = h.next();
        }
        if b.is_some_and(|y| y.0 == y.1) {
            b = l.next();
        }
    }
    let n_swapped: usize = swaps.iter().map(|s| s.2).sum();
    threads.for_each(
        swaps.len(),
        n_swapped,
        || (),
        |(), k| {
            let (a, b, len) = swaps[k];
            // SAFETY: no two swaps have a key in common, and both sides of one lie apart.
            unsafe { std::ptr::swap_nonoverlapping(base.at(a), base.at(b), len) };
        },
    );
    n_low
}

/// Where keys begin that several threads touch, each its own.
struct Start<K>(*mut K);
// SAFETY: whoever shares it gives each thread its own keys.
unsafe impl<K: Send> Send for Start<K> {}
// SAFETY: as above.
unsafe impl<K: Send> Sync for Start<K> {}

impl<K> Start<K> {
    fn at(&self, k: usize) -> *mut K {
        self.0.wrapping_add(k)
    }
}
