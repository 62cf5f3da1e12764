//! Finding the places from which the sorted elements of rows come.
//!
//! Ranks and places are sorted together as numbers of 64 bits, all of which are different, so that the order of equal
//! elements is kept. A rank of 64 bits takes part with the 32 bits that tell most, and the rest decides where these
//! are equal.

use super::keyed::{Keyed, Placeable, to_placed};
use super::quick::{Vectors, sort, sort_by_all};
use super::values::pieces;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::Result;

/// Rows from this length on are shared by all threads, unless there are many.
const LONG: usize = 1 << 16;
/// Places with equal upper bits, up to which they are sorted by insertion.
const FEW: usize = 16;

/// Rows whose places are found: by their addresses.
pub struct PlacedRows<'a> {
    /// Rows, and elements of each: fewer than 2^32
    pub shape: [usize; 2],
    /// The elements
    pub input: Shared,
    /// Where they go sorted, if that is wanted
    pub values: Option<Shared>,
    /// Where the places go, as int64
    pub places: Shared,
    /// The places that must be right, if not all
    pub wanted: Option<&'a [usize]>,
}

/// Elements by 32 bits.
///
/// # Safety
/// All elements must be valid, those of the outputs aligned and nobody else's.
pub unsafe fn narrow<T: Placeable>(threads: &Threads, rows: &PlacedRows) -> Result<()> {
    let vectors = Vectors::here();
    // SAFETY: the caller's.
    each(threads, rows, |threads, row| unsafe {
        let (from, keys, n) = (rows.row::<T>(rows.input, row), rows.row::<i64>(rows.places, row), rows.shape[1]);
        pieces(threads, n, |first, n| {
            to_placed::<T>(vectors, at::<T>(from, first).cast(), at::<i64>(keys, first), first, n);
        });
        let all = std::slice::from_raw_parts_mut(at::<i64>(keys, 0), n);
        sort_by_all(threads, vectors, all, rows.wanted);
        rows.finish::<T>(threads, row);
    })
}

/// Elements by 64 bits.
///
/// # Safety
/// As [`narrow`].
pub unsafe fn wide<T: Keyed<Key = i64>>(threads: &Threads, rows: &PlacedRows) -> Result<()> {
    let vectors = Vectors::here();
    // SAFETY: the caller's.
    each(threads, rows, |threads, row| unsafe {
        let (from, keys, n) = (rows.row::<T>(rows.input, row), rows.row::<i64>(rows.places, row), rows.shape[1]);
        let rank = |k: usize| at::<T>(from, k).read_unaligned().rank();
        let bounds = parking_lot::Mutex::new((i64::MAX, i64::MIN));
        pieces(threads, n, |first, n| {
            let (low, high) = (first..first + n).map(rank).fold((i64::MAX, i64::MIN), |(a, b), x| (a.min(x), b.max(x)));
            let mut all = bounds.lock();
            *all = (all.0.min(low), all.1.max(high));
        });
        let (least, most) = bounds.into_inner();
        // At most 32 bits are left out.
        let n_bits = u64::BITS - (most.wrapping_sub(least) as u64).leading_zeros();
        let n_rest = n_bits.saturating_sub(32);
        let above = |k: usize| most_bits(rank(k), least, n_rest);
        pieces(threads, n, |first, n| (first..first + n).for_each(|k| *at::<i64>(keys, k) = above(k) | k as i64));
        let all = std::slice::from_raw_parts_mut(at::<i64>(keys, 0), n);
        if n_rest == 0 {
            sort_by_all(threads, vectors, all, rows.wanted);
        } else {
            sort_by_all(threads, vectors, all, None);
            // Pieces begin where upper bits differ.
            let per_piece = n.div_ceil(threads.n_pieces(n)).max(1);
            let mut begins: Vec<usize> = vec![0];
            for piece in 1..n.div_ceil(per_piece) {
                let mut begin = piece * per_piece;
                while begin < n && all[begin] >> 32 == all[begin - 1] >> 32 {
                    begin += 1;
                }
                begins.push(begin);
            }
            begins.push(n);
            threads.for_each(
                begins.len() - 1,
                n,
                || (),
                |(), piece| {
                    if begins[piece] < begins[piece + 1] {
                        let own = std::slice::from_raw_parts_mut(at::<i64>(keys, begins[piece]), begins[piece + 1] - begins[piece]);
                        settle(vectors, own, |place| (rank(place).wrapping_sub(least) as u64 & ((1 << n_rest) - 1)) as u32);
                    }
                },
            );
        }
        rows.finish::<T>(threads, row);
    })
}

/// What a rank lies above the least one but for its last bits, as a number in front of 32 bits.
#[inline(always)]
fn most_bits(rank: i64, least: i64, n_rest: u32) -> i64 {
    let above = (rank.wrapping_sub(least) as u64 >> n_rest) as u32;
    ((above ^ (1 << 31)) as i32 as i64) << 32
}

/// Puts places with equal upper bits in the order of the rest.
fn settle(vectors: Vectors, keys: &mut [i64], rest: impl Fn(usize) -> u32) {
    let place = |key: i64| key as u32 as usize;
    let mut first = 0;
    while first < keys.len() {
        let upper = keys[first] >> 32;
        let n = keys[first..].iter().take_while(|&&k| k >> 32 == upper).count();
        let equal = &mut keys[first..first + n];
        first += n;
        if n == 1 {
            continue;
        }
        let with_rest = |key: i64| ((rest(place(key)) ^ (1 << 31)) as i32 as i64) << 32 | (key & i64::from(u32::MAX));
        if n <= FEW {
            let mut own = [0; FEW];
            for (own, &key) in own.iter_mut().zip(&*equal) {
                *own = with_rest(key);
            }
            own[..n].sort_unstable();
            for (key, own) in equal.iter_mut().zip(own) {
                *key = upper << 32 | (own & i64::from(u32::MAX));
            }
        } else {
            equal.iter_mut().for_each(|key| *key = with_rest(*key));
            sort(vectors, equal, None);
            equal.iter_mut().for_each(|key| *key = upper << 32 | (*key & i64::from(u32::MAX)));
        }
    }
}

/// Calls `f` for each row: with all threads for one after the other, or with one for many at a time.
fn each(threads: &Threads, rows: &PlacedRows, f: impl Fn(&Threads, usize) + Sync) -> Result<()> {
    let [n_rows, n] = rows.shape;
    if n >= LONG && n_rows < 4 * threads.n() {
        (0..n_rows).for_each(|row| f(threads, row));
        return Ok(());
    }
    let n_steps = n_rows.saturating_mul(n).saturating_mul(4 + n.ilog2() as usize / 2);
    let per_piece = n_rows.div_ceil(threads.n_pieces(n_steps));
    threads.for_each(
        n_rows.div_ceil(per_piece),
        n_steps,
        || Threads::new(1),
        |one, piece| {
            (piece * per_piece..((piece + 1) * per_piece).min(n_rows)).for_each(|row| f(one, row));
        },
    );
    Ok(())
}

/// The address of an element.
#[inline(always)]
fn at<T>(base: Shared, k: usize) -> *mut T {
    base.at(k * size_of::<T>()).cast()
}

impl PlacedRows<'_> {
    fn row<T>(&self, base: Shared, row: usize) -> Shared {
        Shared(base.at(row * self.shape[1] * size_of::<T>()))
    }

    /// Leaves the places of what was sorted, and writes the elements that are there.
    ///
    /// # Safety
    /// As [`narrow`]; the row's places must hold places in their lower 32 bits.
    unsafe fn finish<T: Keyed>(&self, threads: &Threads, row: usize) {
        let (from, keys) = (self.row::<T>(self.input, row), self.row::<i64>(self.places, row));
        let to = self.values.map(|v| self.row::<T>(v, row));
        pieces(threads, self.shape[1], |first, n| {
            for k in first..first + n {
                // SAFETY: the caller's; pieces have elements of their own.
                unsafe {
                    let place = *at::<i64>(keys, k) & i64::from(u32::MAX);
                    *at::<i64>(keys, k) = place;
                    if let Some(to) = to {
                        at::<T>(to, k).write_unaligned(at::<T>(from, place as usize).read_unaligned());
                    }
                }
            }
        });
    }
}
