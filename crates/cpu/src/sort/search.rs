//! Searching among sorted elements.

use super::order::Ordered;
use crate::locks;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::sorting::Side;
use cuprous_core::{Result, SearchSpec, with_dtype};

/// Finds how many sorted elements lie in front of values.
pub fn run(threads: &Threads, spec: &SearchSpec) -> Result<()> {
    spec.check()?;
    let _held = locks::hold(&[spec.out], &[spec.sorted, spec.values]);
    with_dtype!(spec.sorted.dtype, T => each::<T>(threads, spec));
    Ok(())
}

fn each<T: Ordered>(threads: &Threads, spec: &SearchSpec) {
    let (n, n_values) = (spec.sorted.layout.size(), spec.values.layout.size());
    let (sorted, values) = (Shared(spec.sorted.address() as *mut u8), Shared(spec.values.address() as *mut u8));
    let out = Shared(spec.out.address() as *mut u8);
    let item = size_of::<T>();
    // SAFETY: `Operand` checked these elements, and the locks are held.
    let key = |from: Shared, k: usize| unsafe { from.at(k * item).cast::<T>().read_unaligned() }.key();
    let n_steps = n_values.saturating_mul(1 + n.checked_ilog2().unwrap_or(0) as usize);
    let per_piece = n_values.div_ceil(threads.n_pieces(n_steps)).max(1);
    let start = || ();
    threads.for_each(n_values.div_ceil(per_piece), n_steps, start, |(), piece| {
        for v in piece * per_piece..((piece + 1) * per_piece).min(n_values) {
            let wanted = key(values, v);
            let (mut first, mut rest) = (0, n);
            while rest > 0 {
                let half = rest / 2;
                let found = key(sorted, first + half);
                let is_before = match spec.side {
                    Side::Left => found < wanted,
                    Side::Right => found <= wanted,
                };
                (first, rest) = if is_before { (first + half + 1, rest - half - 1) } else { (first, half) };
            }
            // SAFETY: there is a result for each value, and each value has one thread.
            unsafe { out.at(8 * v).cast::<i64>().write_unaligned(first as i64) };
        }
    });
}
