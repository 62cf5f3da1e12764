//! Lists of free blocks by size.

use super::{ALIGNMENT, NONE, Zone};

/// Sizes below this have a bin each; above, so many bins share a doubling.
const EXACT: usize = 1 << 20;
const N_EXACT: usize = EXACT / ALIGNMENT;
const LOG_PER_DOUBLING: usize = 4;
/// Up to sizes that no device has, in whole words of bits
pub const N_BINS: usize = N_EXACT + (45 << LOG_PER_DOUBLING) + 48;

/// The free blocks of one queue, by zone.
pub struct Lists {
    /// Whose they are
    pub queue: u64,
    bins: [Bins; 2],
}

/// The first block of each list, and which lists hold something.
pub struct Bins {
    /// The first block of each bin
    pub heads: Box<[u32]>,
    /// A bit for each bin that holds something
    pub occupied: [u64; N_BINS / 64],
}

/// The bin of a size, a multiple of the alignment.
pub fn bin_of(size: usize) -> usize {
    let units = size / ALIGNMENT;
    if units < N_EXACT {
        return units;
    }
    let log = units.ilog2() as usize;
    let part = units >> (log - LOG_PER_DOUBLING) & ((1 << LOG_PER_DOUBLING) - 1);
    N_EXACT + ((log - N_EXACT.ilog2() as usize) << LOG_PER_DOUBLING) + part
}

/// Whether all blocks of a bin have one size.
pub fn is_exact(bin: usize) -> bool {
    bin < N_EXACT
}

impl Lists {
    /// Without blocks.
    pub fn new(queue: u64) -> Lists {
        Lists { queue, bins: [Bins::new(), Bins::new()] }
    }

    /// The bins of a zone.
    pub fn of(&self, zone: Zone) -> &Bins {
        &self.bins[zone as usize]
    }

    /// The bins of a zone.
    pub fn of_mut(&mut self, zone: Zone) -> &mut Bins {
        &mut self.bins[zone as usize]
    }
}

impl Bins {
    fn new() -> Bins {
        Bins { heads: vec![NONE; N_BINS].into(), occupied: [0; N_BINS / 64] }
    }

    /// Sets the first block of a bin; the one that was it before.
    pub fn set_head(&mut self, bin: usize, head: u32) -> u32 {
        let (word, bit) = (bin / 64, 1 << (bin % 64));
        if head == NONE {
            self.occupied[word] &= !bit;
        } else {
            self.occupied[word] |= bit;
        }
        std::mem::replace(&mut self.heads[bin], head)
    }

    /// The first bin at or after `bin` that holds something.
    pub fn first(&self, bin: usize) -> Option<usize> {
        let mut word = bin / 64;
        let mut bits = self.occupied.get(word)? & (!0 << (bin % 64));
        while bits == 0 {
            word += 1;
            bits = *self.occupied.get(word)?;
        }
        Some(word * 64 + bits.trailing_zeros() as usize)
    }
}
