//! Small blocks that each thread keeps for itself: no lock, no question to the system.

use std::alloc::Layout;
use std::cell::RefCell;

/// Blocks below this size are kept here.
pub const BELOW: usize = 64 << 10;
/// Blocks of one size that a thread keeps
const MAX_BLOCKS: usize = 32;
/// Bytes that a thread keeps
const MAX_BYTES: usize = 1 << 20;
/// Sizes: multiples of 64 up to 512, then eight to a doubling
const N_SIZES: usize = 8 + 8 * 7;

struct Kept {
    blocks: [Vec<usize>; N_SIZES],
    n_bytes: usize,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Kept {
    fn clear(&mut self) {
        for (k, blocks) in self.blocks.iter_mut().enumerate() {
            blocks.drain(..).for_each(|address| release(address, size_of(k)));
        }
        self.n_bytes = 0;
    }
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { blocks: [const { Vec::new() }; N_SIZES], n_bytes: 0 }) };
}

/// Bytes between sizes around a request.
pub fn step(n_bytes: usize) -> usize {
    (n_bytes.next_power_of_two() / 16).max(64)
}

/// The number of a size that [`step`] divides.
fn class_of(size: usize) -> usize {
    if size <= 512 {
        return size / 64 - 1;
    }
    // (2^k, 2^(k + 1)] in eight parts.
    let k = (size - 1).ilog2() as usize;
    8 + 8 * (k - 9) + (size - (1 << k)) / (1 << (k - 3)) - 1
}

fn size_of(class: usize) -> usize {
    if class < 8 {
        return 64 * (class + 1);
    }
    let (k, part) = (9 + (class - 8) / 8, (class - 8) % 8 + 1);
    (1 << k) + part * (1 << (k - 3))
}

/// A block of this size, if the thread kept one.
#[inline]
pub fn take(size: usize) -> Option<usize> {
    let take = |kept: &RefCell<Kept>| {
        let mut kept = kept.borrow_mut();
        let address = kept.blocks[class_of(size)].pop()?;
        kept.n_bytes -= size;
        Some(address)
    };
    KEPT.try_with(take).ok().flatten()
}

/// Whether the thread kept a block of this size.
pub fn has(size: usize) -> bool {
    KEPT.try_with(|kept| !kept.borrow().blocks[class_of(size)].is_empty()).unwrap_or(false)
}

/// A block of this size from the system, if it has one.
pub fn fresh(size: usize) -> Option<usize> {
    // SAFETY: sizes are not 0.
    let address = unsafe { std::alloc::alloc(layout_of(size)?) } as usize;
    (address != 0).then_some(address)
}

fn release(address: usize, size: usize) {
    if let Some(layout) = layout_of(size) {
        // SAFETY: every block was allocated with the layout of its size, and is released once.
        unsafe { std::alloc::dealloc(address as *mut u8, layout) };
    }
}

fn layout_of(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, 64).ok()
}

/// Keeps a block, or gives it back to the system.
#[inline]
pub fn give(address: usize, size: usize) {
    let keep = |kept: &RefCell<Kept>| {
        let mut kept = kept.borrow_mut();
        let blocks = &mut kept.blocks[class_of(size)];
        if blocks.len() >= MAX_BLOCKS {
            return false;
        }
        blocks.push(address);
        kept.n_bytes += size;
        kept.n_bytes <= MAX_BYTES || {
            kept.blocks[class_of(size)].pop();
            kept.n_bytes -= size;
            false
        }
    };
    if !KEPT.try_with(keep).unwrap_or(false) {
        release(address, size);
    }
}

/// Gives what this thread keeps back to the system.
pub fn clear() {
    let _ = KEPT.try_with(|kept| kept.borrow_mut().clear());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbered_in_order() {
        let sizes: Vec<usize> = (0..N_SIZES).map(size_of).collect();
        assert!(sizes.windows(2).all(|w| w[0] < w[1]));
        assert_eq!((sizes[0], sizes[7], sizes[8], sizes[N_SIZES - 1]), (64, 512, 576, BELOW));
        assert!(sizes.iter().enumerate().all(|(k, &n)| class_of(n) == k));
        for n in 1..=BELOW {
            let size = n.next_multiple_of(step(n));
            assert!(size_of(class_of(size)) == size && size - n < step(n).max(64), "{n}");
        }
    }
}
