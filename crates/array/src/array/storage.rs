//! Memory as the engine sees it: a buffer, who still has to read it, and whether outsiders can reach it.

use super::node::Node;
use cuprous_core::{Buffer, Queue};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// A buffer with its pending readers.
pub struct Storage {
    /// The memory
    pub buffer: Buffer,
    /// The queue on which it was last written
    pub queue: Arc<Queue>,
    readers: Mutex<Readers>,
    /// How many outsiders can reach the memory: while any can, nothing pending reads it
    shared: AtomicUsize,
}

#[derive(Default)]
struct Readers {
    nodes: Vec<Weak<Node>>,
    /// At this length the dead are swept out
    sweep_at: usize,
}

impl Storage {
    /// Memory that only the engine knows.
    pub fn new(buffer: Buffer, queue: Arc<Queue>) -> Arc<Storage> {
        Arc::new(Storage { buffer, queue, readers: Mutex::default(), shared: AtomicUsize::new(0) })
    }

    /// Memory that came from outside, and stays shared.
    pub fn imported(buffer: Buffer, queue: Arc<Queue>) -> Arc<Storage> {
        Arc::new(Storage { buffer, queue, readers: Mutex::default(), shared: AtomicUsize::new(1) })
    }

    /// Whether outsiders can reach the memory.
    pub fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Acquire) > 0
    }

    /// Counts an outsider in.
    pub(crate) fn share(&self) {
        self.shared.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts an outsider out.
    pub(crate) fn unshare(&self) {
        self.shared.fetch_sub(1, Ordering::AcqRel);
    }

    /// Remembers that a pending value reads this memory.
    pub(super) fn add_reader(&self, node: Weak<Node>) {
        let mut readers = self.readers.lock();
        if readers.nodes.len() >= readers.sweep_at.max(32) {
            readers.nodes.retain(|n| n.strong_count() > 0);
            readers.sweep_at = 2 * readers.nodes.len();
        }
        readers.nodes.push(node);
    }

    /// The pending readers, to force those whom a write concerns. They stay listed until they are computed,
    /// so that another thread's write finds them too.
    pub(super) fn pending_readers(&self) -> Vec<Weak<Node>> {
        let mut readers = self.readers.lock();
        if readers.nodes.is_empty() {
            return Vec::new();
        }
        readers.nodes.retain(|n| n.upgrade().is_some_and(|n| n.storage().is_none()));
        readers.sweep_at = 2 * readers.nodes.len();
        readers.nodes.clone()
    }

    /// Whether this and another storage have a byte in common, by address: imports may alias.
    pub(super) fn overlaps(&self, range: (usize, usize), other: &Storage, other_range: (usize, usize)) -> bool {
        let (a, b) = (self.buffer.address(), other.buffer.address());
        self.buffer.device() == other.buffer.device()
            && range.0 < range.1
            && other_range.0 < other_range.1
            && a + range.0 < b + other_range.1
            && b + other_range.0 < a + range.1
    }
}
