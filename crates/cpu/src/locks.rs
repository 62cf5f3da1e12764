//! Readers and writers of a buffer exclude each other while a launch runs.

use cuprous_core::{Buffer, Operand};
use parking_lot::{RwLockReadGuard, RwLockWriteGuard};
use smallvec::SmallVec;

/// One lock, held for reading or for writing until dropped.
enum Guard<'a> {
    Read { _held: RwLockReadGuard<'a, ()> },
    Write { _held: RwLockWriteGuard<'a, ()> },
}

/// The locks of a launch's buffers.
pub struct Held<'a> {
    _guards: SmallVec<[Guard<'a>; 4]>,
}

/// Locks the buffers of `outputs` for writing and those of `inputs` for reading, each once.
///
/// All launches lock in the order of addresses, so that none waits for another that waits for it.
pub fn hold<'a>(outputs: &[Operand<'a>], inputs: &[Operand<'a>]) -> Held<'a> {
    let mut wanted: SmallVec<[(usize, &'a Buffer, bool); 4]> = SmallVec::new();
    let all = outputs.iter().map(|o| (o, true)).chain(inputs.iter().map(|i| (i, false)));
    for (operand, writes) in all {
        if let Some(buffer) = operand.buffer() {
            // Outputs come first, so that a buffer that is both is locked for writing.
            if !wanted.iter().any(|(_, known, _)| std::ptr::eq(*known, buffer)) {
                wanted.push((buffer.address(), buffer, writes));
            }
        }
    }
    // Two buffers may share an address (imported memory, empty ones): then their own places decide.
    wanted.sort_unstable_by_key(|&(address, buffer, _)| (address, std::ptr::from_ref(buffer) as usize));
    let take = |(_, buffer, writes): (usize, &'a Buffer, bool)| {
        if writes { Guard::Write { _held: buffer.lock.write() } } else { Guard::Read { _held: buffer.lock.read() } }
    };
    Held { _guards: wanted.into_iter().map(take).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Pool;
    use cuprous_core::{DType, Layout};

    #[test]
    fn outputs_win_and_duplicates_are_taken_once() {
        let pool = Pool::new();
        let buffers: Vec<Buffer> = (0..3).map(|_| pool.allocate(64).unwrap_or_else(|e| panic!("{e}"))).collect();
        let layout = Layout::contiguous(&[4], 4, cuprous_core::layout::Order::C);
        let op = |k: usize| Operand::new(&buffers[k], &layout, DType::F32).unwrap_or_else(|e| panic!("{e}"));
        let held = hold(&[op(2)], &[op(0), op(2), op(0), Operand::index(&layout)]);
        assert!(buffers[2].lock.try_read().is_none());
        assert!(buffers[0].lock.try_read().is_some() && buffers[0].lock.try_write().is_none());
        assert!(buffers[1].lock.try_write().is_some());
        drop(held);
        assert!(buffers.iter().all(|b| b.lock.try_write().is_some()));
    }

    #[test]
    fn opposite_orders_do_not_wait_for_each_other() {
        let pool = Pool::new();
        let buffers: Vec<Buffer> = (0..2).map(|_| pool.allocate(64).unwrap_or_else(|e| panic!("{e}"))).collect();
        let layout = Layout::contiguous(&[4], 4, cuprous_core::layout::Order::C);
        let op = |k: usize| Operand::new(&buffers[k], &layout, DType::F32).unwrap_or_else(|e| panic!("{e}"));
        std::thread::scope(|s| {
            for turn in 0..2 {
                s.spawn(move || (0..20_000).for_each(|_| drop(hold(&[op(turn)], &[op(1 - turn)]))));
            }
        });
    }
}
