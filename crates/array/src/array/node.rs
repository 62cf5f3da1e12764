//! Values that may not be computed yet: a node is Pending, then Running, then Ready, and never goes back once Ready.
//!
//! Alternatives weighed: one lock for the whole graph (contended from many threads) and a lock-free state word
//! (no simpler, since consumers must move to the buffer in the same step). Each node has its own small lock;
//! claiming a plan takes one global lock, held only while nodes are marked, never while anything runs.

use super::pending;
use super::storage::Storage;
use crate::engine::memory;
use cuprous_core::arena::SharedArena;
use cuprous_core::{Backend, DType, Layout, LoopDef, Queue, Result, Scalar};
use parking_lot::{Condvar, Mutex};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::ThreadId;

/// An argument of a pending value.
#[derive(Clone)]
pub(crate) enum Arg {
    /// Another value, cast by a row if its dtype differs from what the consumer takes
    Value(Arc<Node>, Option<&'static LoopDef>),
    /// A number, already of the dtype that the consumer takes
    Scalar(Scalar),
}

/// How a pending value is computed.
#[derive(Clone)]
pub(crate) enum Expr {
    /// A row applied to arguments that broadcast to the value's shape
    Apply { row: &'static LoopDef, args: SmallVec<[Arg; 3]>, output: u8 },
    /// `offset + sum(index * stride)` in ones, as int64
    Index(Layout),
    /// The same number everywhere
    Fill(Scalar),
}

/// A value, computed or not.
pub(crate) struct Node {
    pub dtype: DType,
    /// Shape and strides are fixed from the start; the offset is 0 until the value is a view
    pub layout: Layout,
    pub queue: Arc<Queue>,
    /// Who gives it its memory, if not the device's pool
    arena: Option<SharedArena>,
    ready: OnceLock<Arc<Storage>>,
    state: Mutex<State>,
    /// Whether another value was made from this one
    consumed: AtomicBool,
    /// Whether its only handle goes with the call that it was given to
    is_passing: AtomicBool,
    /// How often it was computed without being stored
    recomputed: AtomicU8,
    /// Whether its queue counts it among those that wait
    registered: bool,
    /// The other result of the same row on the same arguments
    twin: OnceLock<Weak<Node>>,
}

#[derive(Default)]
struct State {
    expr: Option<Expr>,
    running: Option<ThreadId>,
    /// Pending values that take this one as an argument
    consumers: Vec<Weak<Node>>,
}

/// What a look at a node found.
pub(crate) enum Look {
    /// Its memory
    Ready(Arc<Storage>),
    /// To be computed; a number everywhere, if it is that
    Pending(Option<Scalar>),
    /// Another plan is computing it
    Running(ThreadId),
}

/// Held while a plan is gathered and its nodes are marked, so that plans are claimed whole.
static CLAIM: Mutex<()> = Mutex::new(());
/// Signalled whenever claimed nodes are released.
static RELEASED: Condvar = Condvar::new();

/// Runs `f` while no other thread claims or releases nodes.
pub(crate) fn claiming<R>(f: impl FnOnce() -> R) -> R {
    let _guard = CLAIM.lock();
    f()
}

impl Node {
    /// A value in memory.
    pub fn ready(dtype: DType, layout: Layout, queue: Arc<Queue>, storage: Arc<Storage>) -> Arc<Node> {
        Arc::new(Node {
            dtype,
            layout,
            queue,
            arena: None,
            ready: OnceLock::from(storage),
            state: Mutex::default(),
            consumed: AtomicBool::new(false),
            is_passing: AtomicBool::new(false),
            recomputed: AtomicU8::new(0),
            registered: false,
            twin: OnceLock::new(),
        })
    }

    /// A value to be computed; its arguments learn of it. One that `waits` is registered with its queue:
    /// the caller hears whether that is full by then.
    pub fn pending(dtype: DType, layout: Layout, queue: Arc<Queue>, expr: Expr, waits: bool) -> (Arc<Node>, bool) {
        let node = Arc::new(Node {
            dtype,
            layout,
            queue,
            arena: memory::allocator(),
            ready: OnceLock::new(),
            state: Mutex::new(State { expr: Some(expr), ..State::default() }),
            consumed: AtomicBool::new(false),
            is_passing: AtomicBool::new(false),
            recomputed: AtomicU8::new(0),
            registered: waits,
            twin: OnceLock::new(),
        });
        let is_full = waits && pending::promise(&node);
        // Nobody else knows the node yet. Locks are taken from consumers to arguments, never back.
        if let Some(Expr::Apply { args, .. }) = &node.state.lock().expr {
            for arg in args {
                if let Arg::Value(source, _) = arg {
                    source.add_consumer(&node);
                }
            }
        }
        if waits {
            pending::register(&node);
        }
        (node, is_full)
    }

    /// Makes two results of one row known to each other: whoever computes one stores both.
    pub fn make_twins(a: &Arc<Node>, b: &Arc<Node>) {
        let _ = a.twin.set(Arc::downgrade(b));
        let _ = b.twin.set(Arc::downgrade(a));
    }

    /// The other result of the row, if somebody still waits for it.
    pub fn pending_twin(&self) -> Option<Arc<Node>> {
        self.twin.get()?.upgrade().filter(|t| t.storage().is_none())
    }

    /// Notes that it no longer waits.
    fn settle(&self) {
        if self.registered {
            pending::settled(self);
        }
    }

    /// Memory for it, from the allocator that was chosen when it was made.
    pub fn allocate(&self, b: &dyn Backend, queue: &Arc<Queue>) -> Result<Arc<Storage>> {
        let n_bytes = self.n_bytes();
        let buffer = match &self.arena {
            None => b.allocate(queue, n_bytes)?,
            Some(arena) => arena.allocate(queue, n_bytes)?,
        };
        Ok(Storage::new(buffer, queue.clone()))
    }

    /// Whether the device's pool gives it its memory.
    pub fn is_of_pool(&self) -> bool {
        self.arena.is_none()
    }

    /// Bytes of all elements.
    pub fn n_bytes(&self) -> usize {
        self.layout.size() * self.dtype.size()
    }

    /// Its memory, if it is computed.
    #[inline]
    pub fn storage(&self) -> Option<&Arc<Storage>> {
        self.ready.get()
    }

    /// Whether another value was made from it.
    pub fn is_consumed(&self) -> bool {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Counts a computation that was not stored; whether it was the first.
    pub fn count_recompute(&self) {
        self.recomputed.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the value was computed once without being stored: the next time it is stored.
    pub fn was_recomputed(&self) -> bool {
        self.recomputed.load(Ordering::Relaxed) > 0
    }

    /// Notes that a value was made from it, so that dropping it leaves no work undone.
    pub fn mark_consumed(&self) {
        self.consumed.store(true, Ordering::Relaxed);
    }

    /// Whether nobody is expected to read it after the call that it was given to.
    pub fn is_passing(&self) -> bool {
        self.is_passing.load(Ordering::Relaxed)
    }

    /// Notes that its only handle is a temporary one. A hint: where it is wrong a value is computed twice.
    pub fn mark_passing(&self) {
        self.is_passing.store(true, Ordering::Relaxed);
    }

    fn add_consumer(&self, consumer: &Arc<Node>) {
        self.mark_consumed();
        if let Some(storage) = self.ready.get() {
            return storage.add_reader(Arc::downgrade(consumer));
        }
        let mut state = self.state.lock();
        // Publishing happens under the lock, so the consumer is in one of the two lists, never in none.
        match self.ready.get() {
            Some(storage) => storage.add_reader(Arc::downgrade(consumer)),
            None => {
                if state.consumers.len() >= 16 && state.consumers.len().is_power_of_two() {
                    state.consumers.retain(|c| c.strong_count() > 0);
                }
                state.consumers.push(Arc::downgrade(consumer));
            }
        }
    }

    /// A live pending consumer on the same queue, if there is one.
    pub fn pending_consumer(&self) -> Option<Arc<Node>> {
        let state = self.state.lock();
        state.consumers.iter().filter_map(Weak::upgrade).find(|c| c.storage().is_none() && c.queue.id == self.queue.id)
    }

    /// What state it is in. Callers hold the claim, or only want a hint.
    pub fn look(&self) -> Look {
        if let Some(storage) = self.ready.get() {
            return Look::Ready(storage.clone());
        }
        let state = self.state.lock();
        match (&self.ready.get(), state.running, &state.expr) {
            (Some(storage), _, _) => Look::Ready(Arc::clone(storage)),
            (None, Some(thread), _) => Look::Running(thread),
            (None, None, Some(Expr::Fill(value))) => Look::Pending(Some(*value)),
            (None, None, Some(_)) => Look::Pending(None),
            (None, None, None) => unreachable!("a node without memory has an expression"),
        }
    }

    /// How it is computed, while it is pending.
    pub fn expr(&self) -> Option<Expr> {
        self.state.lock().expr.clone()
    }

    /// Marks it as being computed by this thread. Called with the claim held, on pending nodes.
    pub fn claim(&self) {
        self.state.lock().running = Some(std::thread::current().id());
    }

    /// Gives it its memory. The consumers become readers of the buffer in the same step.
    pub fn publish(&self, storage: Arc<Storage>) {
        let (expr, consumers) = {
            let mut state = self.state.lock();
            for consumer in &state.consumers {
                storage.add_reader(consumer.clone());
            }
            let is_first = self.ready.set(storage).is_ok();
            debug_assert!(is_first, "a value was computed twice");
            state.running = None;
            (state.expr.take(), std::mem::take(&mut state.consumers))
        };
        // Dropped outside the lock: arguments may be the last owners of other nodes.
        drop(consumers);
        if let Some(expr) = expr {
            // With its expression, and so once.
            self.settle();
            drop_iteratively(expr);
        }
    }

    /// Takes the claim back without a result: it stays pending.
    pub fn release(&self) {
        self.state.lock().running = None;
    }
}

/// Wakes those who wait for claimed nodes.
pub(crate) fn notify() {
    // Taken so that nobody misses the signal between looking and waiting.
    drop(CLAIM.lock());
    RELEASED.notify_all();
}

/// Waits until another thread's plan lets go of the node. Called holding nothing.
pub(crate) fn wait_for(node: &Node) {
    let mut guard = CLAIM.lock();
    while matches!(node.look(), Look::Running(_)) {
        RELEASED.wait(&mut guard);
    }
}

/// Drops an expression without recursing through a chain of thousands of values.
fn drop_iteratively(expr: Expr) {
    let mut stack: Vec<Arg> = Vec::new();
    let unpack = |expr: Expr, stack: &mut Vec<Arg>| {
        if let Expr::Apply { args, .. } = expr {
            stack.extend(args);
        }
    };
    unpack(expr, &mut stack);
    while let Some(arg) = stack.pop() {
        if let Arg::Value(node, _) = arg
            && let Some(mut last) = Arc::into_inner(node)
            && let Some(inner) = last.state.get_mut().expr.take()
        {
            last.settle();
            unpack(inner, &mut stack);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(expr) = self.state.get_mut().expr.take() {
            self.settle();
            drop_iteratively(expr);
        }
    }
}
