//! Sorting rows of real elements by their keys, and finding elements by their places.
//!
//! Keys know nothing of which NaN it was, and tell zeros apart that are equal: afterwards both are put where the order
//! of the input wants them. Rows without them, nearly all, pay nothing for it.

use super::keyed::{Keyed, Met, to_elements, to_keys};
use super::lanes::Key;
use super::quick::{Vectors, sort, sort_by_all};
use super::room;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::Result;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows from this length on are shared by all threads, unless there are many.
const LONG: usize = 1 << 16;
/// Rows of bytes from this length on are counted.
const COUNTED: usize = 128;

/// Sorts `n_rows` rows of `n` elements from `input` to `output`, or only the wanted places of each.
///
/// # Safety
/// All elements must be valid, those of the output aligned and nobody else's.
pub unsafe fn rows<T: Keyed>(
    threads: &Threads,
    [n_rows, n]: [usize; 2],
    input: Shared,
    output: Shared,
    wanted: Option<&[usize]>,
) -> Result<()> {
    let vectors = Vectors::here();
    let is_same_size = size_of::<T>() == size_of::<T::Key>();
    let is_counted = size_of::<T>() == 1 && n >= COUNTED;
    if n >= LONG && n_rows < 4 * threads.n() && !is_counted {
        let mut own = if is_same_size { Vec::new() } else { room::<T::Key>(n)? };
        for row in 0..n_rows {
            let place = row * n * size_of::<T>();
            let (from, to) = (Shared(input.at(place)), Shared(output.at(place)));
            let keys = Shared(if is_same_size { to.at(0) } else { own.as_mut_ptr().cast() });
            // SAFETY: the caller's row, and keys in its memory or in our own.
            unsafe { by_all::<T>(threads, vectors, n, from, keys, to, wanted) };
        }
        return Ok(());
    }
    let is_exhausted = AtomicBool::new(false);
    each_row(threads, n_rows, n, &is_exhausted, if is_same_size { 0 } else { n }, |keys: &mut Vec<T::Key>, row| {
        let from = input.at(row * n * size_of::<T>()).cast_const().cast::<T>();
        let to = output.at(row * n * size_of::<T>()).cast::<T>();
        // SAFETY: the caller's row, and keys in its memory or in our own.
        unsafe {
            if is_counted {
                let mut k = 0;
                counted::<T>(from, n, |x, count| {
                    std::slice::from_raw_parts_mut(to.add(k), count).fill(x);
                    k += count;
                });
                return;
            }
            let keys = if is_same_size { to.cast() } else { keys.as_mut_ptr() };
            let met = to_keys::<T>(vectors, from, keys, n);
            let m = without_nan(from, keys, n, met);
            sort(vectors, std::slice::from_raw_parts_mut(keys, m), wanted);
            to_elements::<T>(vectors, keys, to, m);
            restore(from, to, n, m, met, wanted);
        }
    });
    super::exhausted(is_exhausted, n)
}

/// Writes the elements that sorted rows would have at given places, in ascending order.
///
/// # Safety
/// As [`rows`]; the output has an element for each row and rank.
pub unsafe fn select<T: Keyed>(threads: &Threads, [n_rows, n]: [usize; 2], input: Shared, output: Shared, ranks: &[usize]) -> Result<()> {
    let vectors = Vectors::here();
    let write = |row: usize, keys: &[T::Key]| {
        for (k, &rank) in ranks.iter().enumerate() {
            // What lies behind the keys is NaN.
            let x = keys.get(rank).map_or_else(T::last, |&key| T::element(key));
            // SAFETY: the caller's output.
            unsafe { output.at((row * ranks.len() + k) * size_of::<T>()).cast::<T>().write_unaligned(x) };
        }
    };
    let is_counted = size_of::<T>() == 1 && n >= COUNTED;
    if n >= LONG && n_rows < 4 * threads.n() && !is_counted {
        let mut own = room::<T::Key>(n)?;
        let keys = Shared(own.as_mut_ptr().cast());
        for row in 0..n_rows {
            let from = Shared(input.at(row * n * size_of::<T>()));
            // SAFETY: the caller's row, and keys in our own memory.
            unsafe {
                let met = keys_by_all::<T>(threads, vectors, n, from, keys);
                let m = without_nan(from.at(0).cast_const().cast::<T>(), keys.at(0).cast(), n, met);
                let keys = std::slice::from_raw_parts_mut(keys.at(0).cast(), m);
                sort_by_all(threads, vectors, keys, Some(ranks));
                write(row, keys);
            }
        }
        return Ok(());
    }
    let is_exhausted = AtomicBool::new(false);
    each_row(threads, n_rows, n, &is_exhausted, n, |keys: &mut Vec<T::Key>, row| {
        let from = input.at(row * n * size_of::<T>()).cast_const().cast::<T>();
        // SAFETY: the caller's row, and keys in our own memory.
        unsafe {
            if is_counted {
                let (mut end, mut k) = (0, 0);
                counted::<T>(from, n, |x, count| {
                    end += count;
                    while ranks.get(k).is_some_and(|&rank| rank < end) {
                        output.at((row * ranks.len() + k) * size_of::<T>()).cast::<T>().write_unaligned(x);
                        k += 1;
                    }
                });
                return;
            }
            let keys = keys.as_mut_ptr();
            let met = to_keys::<T>(vectors, from, keys, n);
            let m = without_nan(from, keys, n, met);
            let keys = std::slice::from_raw_parts_mut(keys, m);
            sort(vectors, keys, Some(ranks));
            write(row, keys);
        }
    });
    super::exhausted(is_exhausted, n)
}

/// Calls `f` for every row, on all threads, with memory for `n_room` items.
fn each_row<I>(
    threads: &Threads,
    n_rows: usize,
    n: usize,
    is_exhausted: &AtomicBool,
    n_room: usize,
    f: impl Fn(&mut Vec<I>, usize) + Sync,
) {
    let n_steps = n_rows.saturating_mul(n).saturating_mul(2 + n.ilog2() as usize / 2);
    let per_piece = n_rows.div_ceil(threads.n_pieces(n_steps));
    threads.for_each(n_rows.div_ceil(per_piece), n_steps, Vec::new, |own: &mut Vec<I>, piece| {
        if own.capacity() < n_room {
            match room(n_room) {
                Ok(new) => *own = new,
                Err(_) => return is_exhausted.store(true, Ordering::Relaxed),
            }
        }
        (piece * per_piece..((piece + 1) * per_piece).min(n_rows)).for_each(|row| f(own, row));
    });
}

/// Sorts a row by all threads.
///
/// # Safety
/// The row must be valid on both sides, and there must be room for as many keys.
unsafe fn by_all<T: Keyed>(
    threads: &Threads,
    vectors: Vectors,
    n: usize,
    from: Shared,
    keys: Shared,
    to: Shared,
    wanted: Option<&[usize]>,
) {
    // SAFETY: the caller's; pieces have elements of their own.
    unsafe {
        let met = keys_by_all::<T>(threads, vectors, n, from, keys);
        let input = from.at(0).cast_const().cast::<T>();
        let m = without_nan(input, keys.at(0).cast(), n, met);
        sort_by_all(threads, vectors, std::slice::from_raw_parts_mut(keys.at(0).cast::<T::Key>(), m), wanted);
        if !T::IS_SAME {
            pieces(threads, m, |first, n| {
                let own = keys.at(first * size_of::<T::Key>()).cast_const().cast();
                to_elements::<T>(vectors, own, to.at(first * size_of::<T>()).cast(), n);
            });
        }
        restore(input, to.at(0).cast(), n, m, met, wanted);
    }
}

/// # Safety
/// As [`by_all`].
unsafe fn keys_by_all<T: Keyed>(threads: &Threads, vectors: Vectors, n: usize, from: Shared, keys: Shared) -> Met {
    let all = parking_lot::Mutex::new(Met::default());
    pieces(threads, n, |first, n| {
        let own = from.at(first * size_of::<T>()).cast_const().cast();
        // SAFETY: the caller's; pieces have elements of their own.
        let met = unsafe { to_keys::<T>(vectors, own, keys.at(first * size_of::<T::Key>()).cast(), n) };
        let mut all = all.lock();
        *all = all.and(met);
    });
    all.into_inner()
}

/// Calls `f` for the first element and the length of the pieces of a row.
pub fn pieces(threads: &Threads, n: usize, f: impl Fn(usize, usize) + Sync) {
    let per_piece = n.div_ceil(threads.n_pieces(n)).next_multiple_of(64).max(64);
    threads.for_each(n.div_ceil(per_piece), n, || (), |(), piece| f(piece * per_piece, per_piece.min(n - piece * per_piece)));
}

/// Takes the keys of NaN out, and tells how many are left.
///
/// # Safety
/// The row must be valid, and there must be room for as many keys.
unsafe fn without_nan<T: Keyed>(from: *const T, keys: *mut T::Key, n: usize, met: Met) -> usize {
    if met.n_nan == 0 {
        return n;
    }
    let mut m = 0;
    for k in 0..n {
        // SAFETY: the caller's.
        unsafe {
            let x = from.add(k).read_unaligned();
            if !x.is_nan() {
                *keys.add(m) = x.key();
                m += 1;
            }
        }
    }
    m
}

/// Writes what keys do not tell, in the order of the input: NaN behind the others, and zeros of both signs.
///
/// # Safety
/// The row must be valid on both sides.
unsafe fn restore<T: Keyed>(from: *const T, to: *mut T, n: usize, m: usize, met: Met, wanted: Option<&[usize]>) {
    // SAFETY: the caller's; as many NaN and zeros are written as were counted.
    unsafe {
        let write = |mut at: usize, end: usize, is: &dyn Fn(T) -> bool| {
            for k in 0..n {
                let x = from.add(k).read_unaligned();
                if is(x) && at < end {
                    to.add(at).write_unaligned(x);
                    at += 1;
                }
            }
        };
        if m < n {
            write(m, n, &|x| x.is_nan());
        }
        if met.zeros == 3 && wanted.is_none() {
            let sorted = std::slice::from_raw_parts(to, m);
            let first = sorted.partition_point(|x| x.rank() < T::Key::ZERO);
            let end = sorted.partition_point(|x| x.rank() <= T::Key::ZERO);
            write(first, end, &|x| x.zero() != T::Key::ZERO);
        }
    }
}

/// Calls `f` for each element of a byte that occurs, in ascending order, with its count.
///
/// # Safety
/// The row must be valid.
unsafe fn counted<T: Keyed>(from: *const T, n: usize, mut f: impl FnMut(T, usize)) {
    // Equal elements one after the other would wait for each other's count.
    let mut counts = [[0_usize; 256]; 4];
    // SAFETY: the caller's elements, which are bytes.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), n) };
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for (count, &b) in counts.iter_mut().zip(four) {
            count[usize::from(b)] += 1;
        }
    }
    rest.iter().for_each(|&b| counts[0][usize::from(b)] += 1);
    // SAFETY: the element is a byte.
    let element = |b: u8| unsafe { (&raw const b).cast::<T>().read() };
    let first = if element(0x80).key() < T::Key::ZERO { 0x80 } else { 0 };
    for b in (0..=255_u8).map(|b| b ^ first) {
        let count = counts.iter().map(|c| c[usize::from(b)]).sum();
        if count > 0 {
            f(element(b), count);
        }
    }
}
