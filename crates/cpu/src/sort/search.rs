//! Searching among sorted elements.

use super::order::Ordered;
use super::room;
use crate::locks;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::sorting::Side;
use cuprous_core::{DType, Result, SearchSpec, with_dtype};

/// Values that are searched side by side: each waits for memory at every step, all of them together wait once.
const SIDE_BY_SIDE: usize = 8;
/// A table of bits may have so many for each element and value: it is a few bytes then.
const TABLE: u64 = 32;

/// Finds how many sorted elements lie in front of values.
pub fn run(threads: &Threads, spec: &SearchSpec) -> Result<()> {
    spec.check()?;
    let _held = locks::hold(&[spec.out], &[spec.sorted, spec.values]);
    with_dtype!(spec.sorted.dtype, T => each::<T>(threads, spec))
}

fn each<T: Ordered>(threads: &Threads, spec: &SearchSpec) -> Result<()> {
    let (n, n_values) = (spec.sorted.layout.size(), spec.values.layout.size());
    let (sorted, values) = (Shared(spec.sorted.address() as *mut u8), Shared(spec.values.address() as *mut u8));
    let out = Shared(spec.out.address() as *mut u8);
    let item = size_of::<T>();
    let is_place = spec.out.dtype == DType::I64;
    let side = if is_place { spec.side } else { Side::Left };
    // SAFETY: `Operand` checked these elements, and the locks are held.
    let element = |from: Shared, k: usize| unsafe { from.at(k * item).cast::<T>().read_unaligned() };
    if !is_place
        && n > 0
        && let Some(span) = element(sorted, n - 1).above(element(sorted, 0))
        && span / TABLE < (n + n_values) as u64
    {
        return among::<T>(threads, n, n_values, span as usize, |k| element(sorted, k), |k| element(values, k), out);
    }
    // Elements become keys once where they are fewer than the values.
    let mut keys = Vec::new();
    if n <= n_values / 2 {
        keys = room::<T::Key>(n)?;
        keys.extend((0..n).map(|k| element(sorted, k).key()));
    }
    let keys = &keys[..];
    let n_steps = n_values.saturating_mul(1 + n.checked_ilog2().unwrap_or(0) as usize);
    let per_piece = n_values.div_ceil(threads.n_pieces(n_steps)).next_multiple_of(SIDE_BY_SIDE).max(1);
    let start = || ();
    threads.for_each(n_values.div_ceil(per_piece), n_steps, start, |(), piece| {
        let end = ((piece + 1) * per_piece).min(n_values);
        for first in (piece * per_piece..end).step_by(SIDE_BY_SIDE) {
            let n_here = SIDE_BY_SIDE.min(end - first);
            // The last ones stand in for those that are missing.
            let wanted: [T::Key; SIDE_BY_SIDE] = std::array::from_fn(|k| element(values, first + k.min(n_here - 1)).key());
            let found = match (keys.is_empty(), side) {
                (false, Side::Left) => search(n, &wanted, |k| keys[k], |a, b| a < b),
                (false, Side::Right) => search(n, &wanted, |k| keys[k], |a, b| a <= b),
                (true, Side::Left) => search(n, &wanted, |k| element(sorted, k).key(), |a, b| a < b),
                (true, Side::Right) => search(n, &wanted, |k| element(sorted, k).key(), |a, b| a <= b),
            };
            for (k, &place) in found.iter().enumerate().take(n_here) {
                // SAFETY: there is a result for each value, and each value has one thread.
                unsafe {
                    if is_place {
                        out.at(8 * (first + k)).cast::<i64>().write_unaligned(place as i64);
                    } else {
                        let is_there = place < n && element(sorted, place).key() == wanted[k] && !element(values, first + k).is_no_number();
                        out.at(first + k).cast::<bool>().write_unaligned(is_there);
                    }
                }
            }
        }
    });
    Ok(())
}

/// Tells which values are among elements, by a table with a bit for each key that these could have.
fn among<T: Ordered>(
    threads: &Threads,
    n: usize,
    n_values: usize,
    span: usize,
    element: impl Fn(usize) -> T,
    value: impl Fn(usize) -> T + Sync,
    out: Shared,
) -> Result<()> {
    let first = element(0);
    let place = |x: T| x.above(first).unwrap_or(u64::MAX);
    let mut table = room::<u64>(span / 64 + 1)?;
    table.resize(span / 64 + 1, 0_u64);
    for k in 0..n {
        let at = place(element(k)) as usize;
        table[at / 64] |= 1 << (at % 64);
    }
    let table = &table[..];
    let per_piece = n_values.div_ceil(threads.n_pieces(n_values)).max(1);
    let start = || ();
    threads.for_each(n_values.div_ceil(per_piece), n_values, start, |(), piece| {
        for k in piece * per_piece..((piece + 1) * per_piece).min(n_values) {
            let x = value(k);
            // Keys in front of the first one are far above the last one.
            let at = place(x);
            let is_inside = at <= span as u64;
            let at = if is_inside { at as usize } else { 0 };
            let is_there = is_inside & (table[at / 64] >> (at % 64) & 1 == 1) & !x.is_no_number();
            // SAFETY: there is a result for each value, and each value has one thread.
            unsafe { out.at(k).cast::<bool>().write_unaligned(is_there) };
        }
    });
    Ok(())
}

/// For each wanted key the number of keys in front of it.
#[inline(always)]
fn search<K: Copy>(
    n: usize,
    wanted: &[K; SIDE_BY_SIDE],
    key: impl Fn(usize) -> K,
    is_before: impl Fn(K, K) -> bool,
) -> [usize; SIDE_BY_SIDE] {
    let mut base = [0; SIDE_BY_SIDE];
    let mut rest = n;
    while rest > 1 {
        let half = rest / 2;
        for (base, &wanted) in base.iter_mut().zip(wanted) {
            // Without a branch: which way it goes is as good as random.
            *base += usize::from(is_before(key(*base + half - 1), wanted)).wrapping_neg() & half;
        }
        rest -= half;
    }
    if n > 0 {
        for (base, &wanted) in base.iter_mut().zip(wanted) {
            *base += usize::from(is_before(key(*base), wanted));
        }
    }
    base
}
