//! What waits on each queue: its pending values, their promised bytes, and the flush.

use super::batch::Batch;
use super::node::Node;
use super::plan::{self, Mode};
use cuprous_core::backend::backend;
use cuprous_core::{Device, Queue, Result};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes from which a value that waits is worth watching a device for.
const LARGE: usize = 1 << 20;
/// Pending values above which a queue is flushed.
const MAX_PENDING: usize = 1024;

/// What the engine keeps for a queue.
#[derive(Default)]
struct Waiting {
    nodes: Mutex<Vec<Weak<Node>>>,
    /// Values dropped unread and unconsumed: still computed, at the next flush
    orphans: Mutex<Vec<Arc<Node>>>,
    promised: AtomicUsize,
    /// Values that still wait
    count: AtomicUsize,
}

/// The queues on which values have waited.
static QUEUES: Mutex<Vec<Weak<Queue>>> = Mutex::new(Vec::new());

fn waiting(queue: &Arc<Queue>) -> &Waiting {
    let any = queue.engine.get_or_init(|| {
        let mut queues = QUEUES.lock();
        queues.retain(|q| q.strong_count() > 0);
        queues.push(Arc::downgrade(queue));
        Box::new(Waiting::default())
    });
    any.downcast_ref().unwrap_or_else(|| unreachable!("the engine alone fills the slot"))
}

/// Bytes that pending values of the queue will need.
pub(crate) fn promised(queue: &Arc<Queue>) -> usize {
    waiting(queue).promised.load(Ordering::Relaxed)
}

/// How many values wait on all queues of a device, and how many bytes they will need.
pub fn waiting_on(device: Device) -> (usize, usize) {
    let queues: Vec<Arc<Queue>> = QUEUES.lock().iter().filter_map(Weak::upgrade).filter(|q| q.device == device).collect();
    queues.iter().map(waiting).fold((0, 0), |(n, n_bytes), w| {
        (n.wrapping_add(w.count.load(Ordering::Relaxed)), n_bytes.wrapping_add(w.promised.load(Ordering::Relaxed)))
    })
}

/// Counts a new value that waits; says whether its queue is full. Called before anybody else can know of the value:
/// another thread might compute it at once, which counts it off.
pub(crate) fn promise(node: &Arc<Node>) -> bool {
    let waiting = waiting(&node.queue);
    waiting.promised.fetch_add(node.n_bytes(), Ordering::Relaxed);
    waiting.count.fetch_add(1, Ordering::Relaxed) >= MAX_PENDING - 1
}

/// Puts a counted value on its queue's list.
pub(crate) fn register(node: &Arc<Node>) {
    let waiting = waiting(&node.queue);
    let mut nodes = waiting.nodes.lock();
    if nodes.len() >= 2 * MAX_PENDING {
        nodes.retain(|n| n.upgrade().is_some_and(|n| n.storage().is_none()));
    }
    nodes.push(Arc::downgrade(node));
    drop(nodes);
    // In another thread the handle of a thread's own queue would mean another one.
    if node.n_bytes() >= LARGE
        && node.queue.thread.is_none()
        && let Ok(b) = backend(node.queue.device.kind)
    {
        // What fails stays pending, and fails again for whoever reads it.
        b.watch(&node.queue, |queue| drop(flush(queue)));
    }
}

/// Notes that a registered value no longer waits: it is computed, or nobody wants it.
pub(crate) fn settled(node: &Node) {
    if let Some(any) = node.queue.engine.get()
        && let Some(waiting) = any.downcast_ref::<Waiting>()
    {
        waiting.promised.fetch_sub(node.n_bytes(), Ordering::Relaxed);
        let before = waiting.count.fetch_sub(1, Ordering::Relaxed);
        debug_assert!(before > 0, "more values were counted off than on");
    }
}

/// Keeps a value whose last handle goes, so that its work is still done.
pub(crate) fn adopt(node: &Arc<Node>) {
    waiting(&node.queue).orphans.lock().push(node.clone());
}

/// Computes everything that waits on the queue, oldest first. Tries all of it, then reports the first error.
///
/// # Errors
/// `Memory`, `Device` or `Compile` from any of the values; those stay pending.
pub fn flush(queue: &Queue) -> Result<()> {
    let Some(any) = queue.engine.get() else { return Ok(()) };
    let Some(waiting) = any.downcast_ref::<Waiting>() else { return Ok(()) };
    let nodes = std::mem::take(&mut *waiting.nodes.lock());
    let orphans = std::mem::take(&mut *waiting.orphans.lock());
    let mut batch = Batch::new(queue)?;
    nodes.iter().for_each(|weak| batch.add(weak));
    let mut result = batch.finish();
    // Values that were computed on the way and not stored, or that failed.
    for weak in &nodes {
        if let Err(e) = force_with_consumers(weak) {
            waiting.nodes.lock().push(weak.clone());
            result = result.and(Err(e));
        }
    }
    // Orphans are in the list too; they only had to live this long.
    drop(orphans);
    result
}

/// Computes everything that waits on any queue of a device.
///
/// # Errors
/// As [`flush`].
pub fn flush_device(device: Device) -> Result<()> {
    let queues: Vec<Arc<Queue>> = QUEUES.lock().iter().filter_map(Weak::upgrade).filter(|q| q.device == device).collect();
    let results: Vec<Result<()>> = queues.iter().map(|q| flush(q)).collect();
    results.into_iter().collect()
}

/// Computes a pending value as part of the program of what was made from it, so that it is not computed apart.
pub(super) fn force_with_consumers(weak: &Weak<Node>) -> Result<()> {
    // Each turn computes one program; the value itself may need one more if its consumer did not store it.
    loop {
        let Some(node) = weak.upgrade() else { return Ok(()) };
        if node.storage().is_some() {
            return Ok(());
        }
        let mut top = node;
        while let Some(next) = top.pending_consumer() {
            top = next;
        }
        plan::force(&top, Mode::StoreAll)?;
    }
}
