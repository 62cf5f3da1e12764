//! Sorting of long rows: all digits are counted in one reading, then each pass moves the items by one digit in one sweep.
//!
//! A pass reads and writes each item once; passes that would move nothing are left out on the device. Blocks of a pass
//! wait for those before them, which run already, for they take their numbers as they start. Launches: one to clear, one
//! to count, one for each byte of the key.

use super::{Work, is_spread};
use crate::codegen::sort::{Step, each, passes};
use crate::codegen::{Params, THREADS};
use crate::{memory, transfer};
use cuprous_core::{Buffer, Result};

/// Bytes that a block of a spread writes.
const SPREAD: usize = 4096;

/// Long rows of one sort, and the memory that its passes share.
pub(super) struct Sweep<'a> {
    work: &'a Work<'a>,
    wide: bool,
    n_passes: usize,
    /// Tiles of a row
    tiles: usize,
    scratch: Buffer,
    places: Places,
}

/// Addresses in the scratch memory.
struct Places {
    counts: usize,
    done: usize,
    special: usize,
    tickets: usize,
    plans: usize,
    status: usize,
    /// Bytes of the status of one pass
    status_size: usize,
}

impl<'a> Sweep<'a> {
    /// Counts the digits.
    pub fn new(work: &'a Work<'a>, wide: bool) -> Result<Sweep<'a>> {
        let Work { rows, n, dtype, .. } = *work;
        let (n_passes, tiles) = (passes(dtype), n.div_ceil(each(dtype, wide) * THREADS));
        let size = if wide { 8 } else { 4 };
        // A row of one tile waits for nothing.
        let status_size = if tiles > 1 { rows * tiles * 256 * size } else { 0 };
        let mut end = 0;
        let mut room = |n_bytes: usize| {
            let begin = end;
            end = (begin + n_bytes).next_multiple_of(16);
            begin
        };
        let counts = room(rows * n_passes * 256 * size);
        let (done, special, tickets) = (room(4 * rows), room(4 * rows), room(4 * n_passes));
        let plans = room(4 * rows * n_passes);
        let status = room(n_passes * status_size);
        let scratch = memory::allocate(work.ctx, work.queue, end)?;
        transfer::fill(work.ctx, work.queue, &scratch, 0, plans, 0)?;
        let at = |offset: usize| scratch.address() + offset;
        let places = Places {
            counts: at(counts),
            done: at(done),
            special: at(special),
            tickets: at(tickets),
            plans: at(plans),
            status: at(status),
            status_size,
        };
        Ok(Sweep { work, wide, n_passes, tiles, scratch, places })
    }

    /// Sorts to addresses, which are 0 for what is not wanted.
    pub fn sort(self, values: usize, places: usize) -> Result<()> {
        let (work, at) = (self.work, &self.places);
        self.count(at)?;
        if is_spread(work.dtype, places != 0) {
            return self.spread(at, values);
        }
        // Freed at the end of this function, in the order of the queue.
        let room = |is_needed: bool, size: usize| {
            if is_needed { memory::allocate(work.ctx, work.queue, work.rows * work.n * size).map(Some) } else { Ok(None) }
        };
        let address = |b: &Option<Buffer>| b.as_ref().map_or(0, Buffer::address);
        let (ends, aside) = (room(values == 0 && self.n_passes > 2, work.dtype.size())?, room(self.n_passes > 1, work.dtype.size())?);
        let places_aside = room(places != 0 && self.n_passes > 1, if self.wide { 8 } else { 4 })?;
        for pass in 0..self.n_passes {
            let mut params = Params::default();
            params.uint(work.input);
            params.uint(if values == 0 { address(&ends) } else { values });
            params.uint(address(&aside));
            params.uint(places);
            params.uint(address(&places_aside));
            params.uint(at.counts);
            params.uint(at.plans);
            params.uint(at.status + pass * at.status_size);
            params.uint(at.tickets + 4 * pass);
            params.uint(0);
            params.uint(work.n);
            params.uint(work.rows);
            params.uint(self.tiles);
            params.uint(pass);
            params.uint((values != 0).into());
            work.start(Step::Pass { wide: self.wide }, work.rows * self.tiles, &params)?;
        }
        drop(self.scratch);
        Ok(())
    }

    /// Counts the digits of all passes, clears their status and plans them.
    fn count(&self, at: &Places) -> Result<()> {
        let work = self.work;
        let blocks = work.blocks_of_row(6);
        let mut params = Params::default();
        params.uint(work.input);
        params.uint(at.counts);
        params.uint(at.done);
        params.uint(at.special);
        params.uint(at.plans);
        params.uint(at.status);
        params.uint(work.n);
        params.uint(blocks);
        params.uint(self.n_passes * at.status_size / 16);
        params.uint(work.is_aligned(work.input).into());
        work.start(Step::Digits { wide: self.wide }, work.rows * blocks, &params)
    }

    /// Writes bytes from their counts.
    fn spread(&self, at: &Places, values: usize) -> Result<()> {
        let work = self.work;
        let tiles = work.n.div_ceil(SPREAD);
        let mut params = Params::default();
        params.uint(at.counts);
        params.uint(values);
        params.uint(work.n);
        params.uint(tiles);
        params.uint(work.is_aligned(values).into());
        work.start(Step::Spread { wide: self.wide }, work.rows * tiles, &params)
    }
}
