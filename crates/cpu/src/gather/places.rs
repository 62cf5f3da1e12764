//! Places of true elements, tile by tile on all threads.

use crate::locks;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::{PlacesSpec, Result};

const TILE: usize = PlacesSpec::TILE;

/// Counts true elements, or writes down their places.
pub fn run(threads: &Threads, spec: &PlacesSpec) -> Result<()> {
    spec.check()?;
    let n = spec.mask.layout.size();
    let n_tiles = n.div_ceil(TILE);
    let per_piece = n_tiles.div_ceil(threads.n_pieces(n)).max(1);
    let n_pieces = n_tiles.div_ceil(per_piece);
    let (mask, totals) = (Shared(spec.mask.address() as *mut u8), Shared(spec.totals.address() as *mut u8));
    // SAFETY: `Operand` and `check` saw that the mask has `n` bytes, which the locks below keep from being written.
    let tile = |t: usize| unsafe { std::slice::from_raw_parts(mask.at(t * TILE).cast_const(), TILE.min(n - t * TILE)) };
    let Some(out) = spec.out else {
        let _held = locks::hold(&[spec.totals], &[spec.mask]);
        threads.for_each(
            n_pieces,
            n,
            || (),
            |(), piece| {
                for t in piece * per_piece..((piece + 1) * per_piece).min(n_tiles) {
                    // Bytes hold counts of a few elements each, so that many are added at once.
                    let count: usize = tile(t).chunks(255).map(|c| c.iter().map(|&b| u8::from(b != 0)).sum::<u8>() as usize).sum();
                    // SAFETY: there is a total for each tile, and each tile has one thread.
                    unsafe { totals.at(8 * t).cast::<i64>().write_unaligned(count as i64) };
                }
            },
        );
        return Ok(());
    };
    let _held = locks::hold(&[out], &[spec.totals, spec.mask]);
    let room = out.layout.size();
    let target = Shared(out.address() as *mut u8);
    // SAFETY: there is a total for each tile.
    let total = |t: usize| unsafe { totals.at(8 * t).cast::<i64>().read_unaligned() };
    threads.for_each(
        n_pieces,
        n,
        || vec![0_i64; TILE + 1],
        |found, piece| {
            for t in piece * per_piece..((piece + 1) * per_piece).min(n_tiles) {
                let mut k = 0;
                for (i, &b) in tile(t).iter().enumerate() {
                    // Written whether true or not, and overwritten if not: no branch depends on the mask.
                    found[k] = (t * TILE + i) as i64;
                    k += usize::from(b != 0);
                }
                let first = if t == 0 { 0 } else { total(t - 1).max(0) as usize };
                let k = k.min(room.saturating_sub(first));
                // SAFETY: `k` places from `first` on lie inside the output, and by the totals no other tile writes there.
                unsafe { std::ptr::copy_nonoverlapping(found.as_ptr().cast::<u8>(), target.at(8 * first), 8 * k) };
            }
        },
    );
    Ok(())
}
