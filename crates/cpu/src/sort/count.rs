//! Counting how often numbers occur.

use crate::locks;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::{CountSpec, Result};

/// Counts how often numbers occur: pieces by themselves where that costs little.
pub fn run(threads: &Threads, spec: &CountSpec) -> Result<()> {
    spec.check()?;
    let (n, n_bins) = (spec.numbers.layout.size(), spec.out.layout.size());
    if n_bins == 0 {
        return Ok(());
    }
    let _held = locks::hold(&[spec.out], &[spec.numbers]);
    let numbers = Shared(spec.numbers.address() as *mut u8);
    let out = Shared(spec.out.address() as *mut u8);
    let n_pieces = threads.n_pieces(n).min(n / (4 * n_bins)).min(2 * threads.n()).max(1);
    let per_piece = n.div_ceil(n_pieces);
    let mut rest = vec![0_i64; (n_pieces - 1) * n_bins];
    // SAFETY: the output has as many bytes, which the lock makes ours.
    unsafe { std::ptr::write_bytes(out.at(0), 0, 8 * n_bins) };
    let others = Shared(rest.as_mut_ptr().cast());
    let start = || ();
    threads.for_each(n_pieces, n, start, |(), piece| {
        // The first piece counts where the result is.
        let own = if piece == 0 { out } else { Shared(others.at(8 * (piece - 1) * n_bins)) };
        for k in (piece * per_piece).min(n)..((piece + 1) * per_piece).min(n) {
            // SAFETY: `Operand` checked these elements; each piece has counters of its own, and the number is below
            // their number.
            unsafe {
                let number = numbers.at(8 * k).cast::<i64>().read_unaligned();
                if (number as u64) < n_bins as u64 {
                    let counter = own.at(8 * number as usize).cast::<i64>();
                    counter.write_unaligned(counter.read_unaligned() + 1);
                }
            }
        }
    });
    for (k, count) in rest.iter().enumerate() {
        // SAFETY: as above; the threads are done.
        unsafe {
            let counter = out.at(8 * (k % n_bins)).cast::<i64>();
            counter.write_unaligned(counter.read_unaligned() + count);
        }
    }
    Ok(())
}
