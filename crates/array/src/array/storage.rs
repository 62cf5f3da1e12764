//! Memory as the engine sees it: a buffer, who still has to read it, and whether outsiders can reach it.

use super::node::Node;
use cuprous_core::arena::Arena;
use cuprous_core::device::is_any_captured;
use cuprous_core::{Allocation, Backend, Buffer, Queue, Result};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// A buffer with its pending readers.
pub struct Storage {
    /// The memory
    pub buffer: Buffer,
    /// The queue for which it was allocated, on which it was written first
    pub queue: Arc<Queue>,
    readers: Mutex<Readers>,
    /// How many outsiders can reach the memory: while any can, nothing pending reads it
    shared: AtomicUsize,
    /// Whether outsiders keep its address, who never say when they are done
    is_exposed: AtomicBool,
    /// Whether another queue than its own has used it
    has_visitors: AtomicBool,
    order: Mutex<Order>,
}

/// Which queues have work that the next user of the memory must be ordered behind. A queue ends only when its work
/// is done, so that those which are gone need no waiting for.
#[derive(Default)]
struct Order {
    /// The queue of the last write, if not the memory's own
    writer: Option<Weak<Queue>>,
    /// Other queues that are ordered behind that write, and may have read since
    readers: SmallVec<[Weak<Queue>; 2]>,
}

#[derive(Default)]
struct Readers {
    nodes: Vec<Weak<Node>>,
    /// At this length the dead are swept out
    sweep_at: usize,
}

/// What a graph keeps of it: the memory, with everybody who must not have it meanwhile.
impl Allocation for Storage {
    fn graph(&self) -> u64 {
        self.buffer.graph()
    }

    fn used_on(&self, queue: &Queue) {
        self.buffer.used_on(queue);
    }
}

impl Storage {
    /// Memory that only the engine knows.
    pub fn new(buffer: Buffer, queue: Arc<Queue>) -> Arc<Storage> {
        Storage::made(buffer, queue, 0)
    }

    /// Memory that came from outside, and stays shared.
    pub fn imported(buffer: Buffer, queue: Arc<Queue>) -> Arc<Storage> {
        Storage::made(buffer, queue, 1)
    }

    fn made(buffer: Buffer, queue: Arc<Queue>, n_outsiders: usize) -> Arc<Storage> {
        Arc::new(Storage {
            buffer,
            queue,
            readers: Mutex::default(),
            shared: AtomicUsize::new(n_outsiders),
            is_exposed: AtomicBool::new(false),
            has_visitors: AtomicBool::new(false),
            order: Mutex::default(),
        })
    }

    /// New memory for work on a queue, uninitialized.
    ///
    /// # Errors
    /// `Memory`, after everything that can be freed was.
    pub fn fresh(queue: &Arc<Queue>, n_bytes: usize) -> Result<Arc<Storage>> {
        super::plan::allocate(queue, n_bytes)
    }

    /// New memory of an allocator, whichever is chosen now; of the device's pool for none.
    ///
    /// # Errors
    /// As [`Storage::fresh`].
    pub fn from_arena(queue: &Arc<Queue>, n_bytes: usize, arena: Option<&dyn Arena>) -> Result<Arc<Storage>> {
        super::plan::allocate_from(queue, n_bytes, arena)
    }

    /// Hands the address to outsiders who keep it: what still has to read the memory is computed first, and
    /// nothing that reads it waits from now on.
    ///
    /// # Errors
    /// Those of computing the values.
    pub fn expose(self: &Arc<Storage>) -> Result<()> {
        if !self.is_exposed.swap(true, Ordering::AcqRel) {
            self.share();
        }
        super::write::settle_readers(self, (0, self.buffer.len()), &[]).map(drop)
    }

    /// Makes work on `queue` that reads the memory start behind its last write.
    ///
    /// # Errors
    /// `Device` if the backend fails.
    pub fn before_reading(self: &Arc<Storage>, b: &dyn Backend, queue: &Arc<Queue>) -> Result<()> {
        if is_any_captured() {
            b.keep(queue, self.clone());
        }
        if queue.id == self.queue.id && !self.has_visitors.load(Ordering::Acquire) {
            return Ok(());
        }
        let writer = {
            let mut order = self.order.lock();
            let writer = self.last_writer(&order);
            if writer.as_ref().is_some_and(|w| w.id == queue.id) || order.readers.iter().any(|q| q.as_ptr() == Arc::as_ptr(queue)) {
                return Ok(());
            }
            order.readers.retain(|q| q.strong_count() > 0);
            writer
        };
        self.has_visitors.store(true, Ordering::Release);
        if let Some(writer) = writer {
            b.wait(queue, &writer)?;
        }
        self.buffer.used_on(queue);
        // Only now: another thread that finds it here need not wait.
        self.order.lock().readers.push(Arc::downgrade(queue));
        Ok(())
    }

    fn last_writer(&self, order: &Order) -> Option<Arc<Queue>> {
        order.writer.as_ref().map_or_else(|| Some(self.queue.clone()), Weak::upgrade)
    }

    /// Makes work on `queue` that writes the memory start behind whatever used it.
    ///
    /// # Errors
    /// `Device` if the backend fails.
    pub fn before_writing(self: &Arc<Storage>, b: &dyn Backend, queue: &Arc<Queue>) -> Result<()> {
        if is_any_captured() {
            b.keep(queue, self.clone());
        }
        if queue.id == self.queue.id && !self.has_visitors.load(Ordering::Acquire) {
            return Ok(());
        }
        self.has_visitors.store(true, Ordering::Release);
        let behind: SmallVec<[Arc<Queue>; 3]> = {
            let order = self.order.lock();
            order.readers.iter().filter_map(Weak::upgrade).chain(self.last_writer(&order)).filter(|q| q.id != queue.id).collect()
        };
        for other in &behind {
            b.wait(queue, other)?;
        }
        self.buffer.used_on(queue);
        *self.order.lock() = Order { writer: Some(Arc::downgrade(queue)), readers: SmallVec::new() };
        Ok(())
    }

    /// Whether no other queue than this one has ever used it.
    pub(crate) fn is_of(&self, queue: &Queue) -> bool {
        self.queue.id == queue.id && !self.has_visitors.load(Ordering::Acquire)
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
