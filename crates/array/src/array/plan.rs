//! The one flush: pending values become a program, claimed whole, launched, published.

use super::node::{self, Arg, Expr, Look, Node};
use super::storage::Storage;
use crate::engine::{config, memory};
use cuprous_core::arena::Arena;
use cuprous_core::backend::{Backend, backend};
use cuprous_core::device::is_any_captured;
use cuprous_core::kernel::{Launch, Operand, Program, Step, StepIdx};
use cuprous_core::{Error, ErrorKind, Layout, Queue, Result, Scalar};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Inputs and outputs above which a program is cut into several kernels.
const MAX_OPERANDS: usize = 40;
/// Steps above which a program is cut.
const MAX_STEPS: usize = 512;

/// What happens to intermediates that something else holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Stored or recomputed later, whichever moves fewer bytes
    Cheapest,
    /// Stored: everything that waits is wanted now
    StoreAll,
}

/// An input of a program: memory, or the operand of an index step.
pub(crate) struct Leaf {
    pub storage: Option<Arc<Storage>>,
    /// Broadcast to the program's shape
    pub layout: Layout,
    pub dtype: cuprous_core::DType,
}

impl Leaf {
    /// As a backend sees it.
    pub fn operand(&self) -> Result<Operand<'_>> {
        match &self.storage {
            Some(s) => Operand::new(&s.buffer, &self.layout, self.dtype),
            None => Ok(Operand::index(&self.layout)),
        }
    }
}

/// A program with everything that it runs on, and the pending nodes that it claims.
#[derive(Default)]
pub(crate) struct Gathered {
    pub program: Program,
    pub leaves: Vec<Leaf>,
    pub parameters: Vec<Scalar>,
    /// Nodes marked as running: those stored and those only computed on the way
    claimed: Vec<Arc<Node>>,
    /// Nodes to store, in the order of the program's outputs
    stored: Vec<Arc<Node>>,
    /// Nodes on the way to the root that something else holds too
    held: Vec<Arc<Node>>,
    /// Bytes of the memory that is read
    pub leaf_bytes: usize,
    /// The memory of an operand that nobody has any more: it takes the one result
    reused: Option<Arc<Storage>>,
}

/// Why no program could be gathered now.
enum Obstacle {
    /// Another thread is computing this
    Busy(Arc<Node>),
    /// This must be computed first, as a kernel of its own
    First(Arc<Node>),
    /// A force of this thread is already computing it
    Reentered,
}

/// A node on the way through the graph.
struct Visit {
    node: Arc<Node>,
    expr: Expr,
    args: SmallVec<[StepIdx; 3]>,
}

/// A map keyed by the addresses of nodes, whose bits are random enough after one multiplication.
type PointerMap<V> = HashMap<*const Node, V, std::hash::BuildHasherDefault<AddressHasher>>;

#[derive(Default)]
struct AddressHasher(u64);

impl std::hash::Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ b as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

struct Gatherer<'a> {
    out: Gathered,
    shape: &'a [usize],
    queue: &'a Queue,
    /// What is known of each visited node
    visited: PointerMap<Visited>,
    /// For each claimed node: times it is an argument within, bytes and number of leaves, steps below it
    weights: Vec<Weight>,
    /// [`Backend::bytes_of_heavy_step`]
    bytes_of_heavy_step: usize,
    /// Values in memory, and how often they are arguments within
    sources: SmallVec<[(Weak<Node>, usize); 4]>,
}

/// A node that the program holds.
#[derive(Clone, Copy)]
struct Visited {
    /// The step of its value
    step: StepIdx,
    /// Its place among the claimed nodes, if it is one
    claimed: Option<usize>,
}

#[derive(Clone, Copy, Default)]
struct Weight {
    references: usize,
    leaf_bytes: usize,
    n_leaves: usize,
    n_steps: usize,
    n_heavy: usize,
    step: StepIdx,
}

impl Gatherer<'_> {
    fn leaf(&mut self, storage: Option<Arc<Storage>>, layout: Layout, dtype: cuprous_core::DType) -> u32 {
        let same = |l: &Leaf| {
            l.dtype == dtype
                && l.layout == layout
                && match (&l.storage, &storage) {
                    (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                    (None, None) => true,
                    _ => false,
                }
        };
        if let Some(k) = self.out.leaves.iter().position(same) {
            return k as u32;
        }
        if storage.is_some() {
            let (low, high) = layout.extent(dtype.size());
            self.out.leaf_bytes += high - low;
        }
        self.out.leaves.push(Leaf { storage, layout, dtype });
        self.out.leaves.len() as u32 - 1
    }

    fn push(&mut self, step: Step) -> StepIdx {
        // Equal steps are one: `x * x` loads once, and a program's form does not depend on how it was written.
        if !matches!(step, Step::Apply { .. })
            && let Some(k) = self.out.program.steps.iter().position(|s| *s == step)
        {
            return k as StepIdx;
        }
        self.out.program.steps.push(step);
        self.out.program.steps.len() as StepIdx - 1
    }

    fn constant(&mut self, value: Scalar) -> StepIdx {
        self.out.parameters.push(value);
        self.push(Step::Constant { parameter: self.out.parameters.len() as u32 - 1, dtype: value.dtype() })
    }

    /// The step of a node that needs no visit of its own, if it is one.
    fn immediate(&mut self, node: &Arc<Node>) -> Result<Option<StepIdx>, Obstacle> {
        let key = Arc::as_ptr(node);
        if let Some(known) = self.visited.get(&key) {
            return Ok(Some(known.step));
        }
        let broadcast =
            |layout: &Layout| layout.broadcast_to(self.shape).unwrap_or_else(|_| unreachable!("arguments broadcast to the value's shape"));
        let step = match node.look() {
            Look::Ready(storage) => {
                let layout = broadcast(&node.layout);
                let operand = self.leaf(Some(storage), layout, node.dtype);
                self.push(Step::Load { operand, dtype: node.dtype })
            }
            Look::Running(thread) if thread == std::thread::current().id() => return Err(Obstacle::Reentered),
            Look::Running(_) => return Err(Obstacle::Busy(node.clone())),
            Look::Pending(Some(value)) if node.layout.shape[..] != *self.shape => self.constant(value),
            Look::Pending(_) if node.layout.shape[..] != *self.shape || node.queue.id != self.queue.id => {
                return Err(Obstacle::First(node.clone()));
            }
            Look::Pending(_) => return Ok(None),
        };
        self.visited.insert(key, Visited { step, claimed: None });
        Ok(Some(step))
    }

    fn weight_of(&self, node: &Arc<Node>) -> Weight {
        match self.visited.get(&Arc::as_ptr(node)).and_then(|v| v.claimed) {
            Some(k) => self.weights[k],
            None => Weight { leaf_bytes: node.n_bytes(), n_leaves: 1, ..Weight::default() },
        }
    }

    /// Adds the value of `root` and of all pending values below it; returns its step.
    fn add(&mut self, root: &Arc<Node>) -> Result<StepIdx, Obstacle> {
        if let Some(step) = self.immediate(root)? {
            return Ok(step);
        }
        let mut stack = vec![self.visit(root)];
        while let Some(top) = stack.last_mut() {
            let args: &[Arg] = match &top.expr {
                Expr::Apply { args, .. } => args,
                _ => &[],
            };
            if top.args.len() < args.len() {
                let k = top.args.len();
                match args[k].clone() {
                    Arg::Scalar(value) => {
                        let step = self.constant(value);
                        top.args.push(step);
                    }
                    Arg::Value(source, cast) => match self.immediate(&source)? {
                        Some(step) => {
                            let step = self.cast(step, cast);
                            top.args.push(step);
                        }
                        // The visit is entered once; coming back, the value is immediate.
                        None => {
                            let visit = self.visit(&source);
                            stack.push(visit);
                        }
                    },
                }
                continue;
            }
            let Some(done) = stack.pop() else { break };
            self.finish(done)?;
        }
        let step = self.visited.get(&Arc::as_ptr(root)).map(|v| v.step);
        Ok(step.unwrap_or_else(|| unreachable!("the root was visited")))
    }

    fn visit(&self, node: &Arc<Node>) -> Visit {
        let expr = node.expr().unwrap_or_else(|| unreachable!("only pending nodes are visited, and the claim is held"));
        Visit { node: node.clone(), expr, args: SmallVec::new() }
    }

    fn cast(&mut self, step: StepIdx, row: Option<&'static cuprous_core::LoopDef>) -> StepIdx {
        match row {
            None => step,
            Some(row) => {
                let cast = Step::Apply { row, args: smallvec::smallvec![step], output: 0 };
                match self.out.program.steps.iter().position(|s| *s == cast) {
                    Some(k) => k as StepIdx,
                    None => self.push(cast),
                }
            }
        }
    }

    fn finish(&mut self, done: Visit) -> Result<(), Obstacle> {
        let mut weight = Weight { n_steps: 1, ..Weight::default() };
        let mut heaviest: Option<(usize, Arc<Node>)> = None;
        let step = match done.expr {
            Expr::Apply { row, args, output } => {
                weight.n_heavy = usize::from(row.is_heavy);
                for arg in &args {
                    if let Arg::Value(source, _) = arg {
                        let w = self.weight_of(source);
                        // Shared values count once for each way to them: the numbers grow fast.
                        weight.leaf_bytes = weight.leaf_bytes.saturating_add(w.leaf_bytes);
                        weight.n_leaves = weight.n_leaves.saturating_add(w.n_leaves);
                        weight.n_steps = weight.n_steps.saturating_add(w.n_steps);
                        weight.n_heavy = weight.n_heavy.saturating_add(w.n_heavy);
                        if let Some(k) = self.visited.get(&Arc::as_ptr(source)).and_then(|v| v.claimed) {
                            self.weights[k].references += 1;
                            if heaviest.as_ref().is_none_or(|(n, _)| w.n_leaves.saturating_add(w.n_steps) > *n) {
                                heaviest = Some((w.n_leaves.saturating_add(w.n_steps), source.clone()));
                            }
                        } else if source.storage().is_some() {
                            match self.sources.iter_mut().find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(source))) {
                                Some((_, n)) => *n += 1,
                                None => self.sources.push((Arc::downgrade(source), 1)),
                            }
                        }
                    }
                }
                self.push(Step::Apply { row, args: done.args, output })
            }
            Expr::Index(layout) => {
                let operand = self.leaf(None, layout, cuprous_core::DType::I64);
                self.push(Step::Index { operand })
            }
            Expr::Fill(value) => self.constant(value),
        };
        // Too much for one kernel: the heaviest argument becomes one of its own.
        if (self.out.leaves.len() > MAX_OPERANDS || self.out.program.steps.len() > MAX_STEPS)
            && let Some((_, node)) = heaviest
        {
            return Err(Obstacle::First(node));
        }
        weight.step = step;
        self.visited.insert(Arc::as_ptr(&done.node), Visited { step, claimed: Some(self.weights.len()) });
        self.weights.push(weight);
        self.out.claimed.push(done.node);
        Ok(())
    }

    /// The memory of an operand that goes with this program, if the root can take it: the same elements in the same places.
    fn dying_operand(&self, root: &Arc<Node>) -> Option<Arc<Storage>> {
        // What is computed on the way and kept by somebody will need its operands again.
        let kept = |(node, weight): (&Arc<Node>, &Weight)| !Arc::ptr_eq(node, root) && Arc::strong_count(node) > weight.references + 1;
        // A graph reads its operands again each time.
        if is_any_captured() || self.out.stored.len() != 1 || !root.is_of_pool() || self.out.claimed.iter().zip(&self.weights).any(kept) {
            return None;
        }
        self.sources.iter().find_map(|(source, references)| {
            if source.strong_count() != *references {
                return None;
            }
            let source = source.upgrade()?;
            let storage = source.storage()?;
            // The node's own reference and the leaf's: no view of it is left.
            let is_alone =
                Arc::strong_count(storage) == 2 && !storage.is_shared() && !storage.buffer.is_users() && storage.is_of(&root.queue);
            let fits = source.layout == root.layout && source.dtype.size() == root.dtype.size() && storage.buffer.len() == root.n_bytes();
            (is_alone && fits).then(|| storage.clone())
        })
    }

    /// Decides which of the claimed nodes are stored besides the root.
    fn choose_stored(&mut self, root: &Arc<Node>, twin: Option<&Arc<Node>>, mode: Mode, root_is_stored: bool) {
        if root_is_stored {
            let step = self.visited[&Arc::as_ptr(root)].step;
            self.out.stored.push(root.clone());
            self.out.program.outputs.push(step);
        }
        for (node, weight) in self.out.claimed.iter().zip(&self.weights) {
            if Arc::ptr_eq(node, root) || matches!(self.out.program.steps[weight.step as usize], Step::Constant { .. }) {
                continue;
            }
            // One reference is ours; the others come from outside the program. A twin is held once more, to be added.
            let is_twin = twin.is_some_and(|t| Arc::ptr_eq(t, node));
            if Arc::strong_count(node) <= weight.references + 1 + usize::from(is_twin) {
                continue;
            }
            let cost = weight.leaf_bytes.saturating_add(heavy_bytes(weight.n_heavy, self.bytes_of_heavy_step, node));
            let pays = is_twin || node.was_recomputed() || weight.n_steps > 16 || cost > 2 * node.n_bytes();
            let fits = self.out.leaves.len() + self.out.program.outputs.len() < MAX_OPERANDS;
            if root_is_stored && fits && (mode == Mode::StoreAll || pays) {
                self.out.stored.push(node.clone());
                self.out.program.outputs.push(weight.step);
            }
        }
    }
}

/// What one heavy step costs where a value is computed. Without its backend nothing is computed at all.
fn bytes_of_heavy_step(node: &Node) -> usize {
    backend(node.queue.device.kind).map_or(0, Backend::bytes_of_heavy_step)
}

/// What the heavy steps of a value cost, in bytes.
fn heavy_bytes(n_steps: usize, bytes_of_each: usize, node: &Node) -> usize {
    n_steps.saturating_mul(bytes_of_each).saturating_mul(node.layout.size())
}

impl Gathered {
    /// That of a value in memory, with which nothing has to be looked for or claimed.
    fn of_memory(node: &Node, storage: &Arc<Storage>) -> Gathered {
        let (low, high) = node.layout.extent(node.dtype.size());
        Gathered {
            program: Program { steps: vec![Step::Load { operand: 0, dtype: node.dtype }], outputs: smallvec::smallvec![0] },
            leaves: vec![Leaf { storage: Some(storage.clone()), layout: node.layout.clone(), dtype: node.dtype }],
            leaf_bytes: high - low,
            ..Gathered::default()
        }
    }

    /// What it costs to compute the value of a node again, in bytes that could be moved meanwhile.
    pub fn cost_of(&self, node: &Node) -> usize {
        let n_heavy = self.program.steps.iter().filter(|s| matches!(s, Step::Apply { row, .. } if row.is_heavy)).count();
        self.leaf_bytes.saturating_add(heavy_bytes(n_heavy, bytes_of_heavy_step(node), node))
    }

    fn claim(&self) {
        self.claimed.iter().for_each(|n| n.claim());
    }

    /// Lets go of what was claimed and not published.
    pub fn release(mut self) {
        if self.claimed.is_empty() {
            return;
        }
        self.held.clear();
        self.stored.clear();
        let claimed = std::mem::take(&mut self.claimed);
        // In one step with our references, which another thread's plan would take for those of somebody who keeps the values.
        let last: Vec<Node> = node::claiming(|| {
            claimed.iter().filter(|n| n.storage().is_none()).for_each(|n| n.release());
            claimed.into_iter().filter_map(Arc::into_inner).collect()
        });
        drop(last);
        node::notify();
    }

    /// Gives the stored nodes their memory, in the order of the program's outputs, and lets go of the rest.
    pub fn publish(self, storages: Vec<Arc<Storage>>) {
        for (node, storage) in self.stored.iter().zip(storages) {
            node.publish(storage);
        }
        self.count_recomputes();
        self.release();
    }

    /// Memory for the stored nodes: fresh, or where nothing can fail any more an operand's that goes.
    pub fn allocate(&self, b: &dyn Backend, queue: &Arc<Queue>, reuses: bool) -> Result<Vec<Arc<Storage>>> {
        if let Some(storage) = self.reused.as_ref().filter(|_| reuses) {
            return Ok(vec![storage.clone()]);
        }
        self.stored.iter().map(|n| n.allocate(b, queue)).collect()
    }

    /// The stored nodes in their memory, as a backend sees them.
    pub fn outputs<'a>(&'a self, storages: &'a [Arc<Storage>]) -> Result<SmallVec<[Operand<'a>; 4]>> {
        self.stored.iter().zip(storages).map(|(n, s)| Operand::new(&s.buffer, &n.layout, n.dtype)).collect()
    }

    /// The leaves as a backend sees them, the queue ordered behind whoever wrote them.
    pub fn inputs(&self, b: &dyn Backend, queue: &Arc<Queue>) -> Result<SmallVec<[Operand<'_>; 8]>> {
        order_behind(b, &self.leaves, queue)?;
        self.leaves.iter().map(Leaf::operand).collect()
    }

    /// Nodes on the way that something else holds too.
    pub fn held(&self) -> Vec<Arc<Node>> {
        self.held.clone()
    }

    /// The nodes that belong to the program, to be told from others.
    pub fn claimed_addresses(&self) -> Vec<*const Node> {
        self.claimed.iter().map(Arc::as_ptr).collect()
    }

    /// Notes that intermediates were computed and not kept.
    pub fn count_recomputes(&self) {
        for node in &self.claimed {
            if node.storage().is_none() {
                node.count_recompute();
            }
        }
    }
}

/// What the gathered value of a root is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is stored in fresh memory
    Store(Mode),
    /// It feeds a reduction or a write, and stays pending
    Feed,
}

/// Gathers and claims the program of a pending value, if nothing has to happen first; `None` if it is computed.
fn attempt(root: &Arc<Node>, purpose: Purpose) -> Result<Option<Gathered>, Obstacle> {
    node::claiming(|| {
        if purpose != Purpose::Feed && root.storage().is_some() {
            return Ok(None);
        }
        // Room for a usual expression, so that nothing grows on the way.
        let mut g = Gatherer {
            out: Gathered {
                program: Program { steps: Vec::with_capacity(16), ..Program::default() },
                leaves: Vec::with_capacity(4),
                parameters: Vec::with_capacity(4),
                claimed: Vec::with_capacity(8),
                ..Gathered::default()
            },
            shape: &root.layout.shape,
            queue: &root.queue,
            bytes_of_heavy_step: bytes_of_heavy_step(root),
            visited: PointerMap::with_capacity_and_hasher(14, Default::default()),
            weights: Vec::with_capacity(8),
            sources: SmallVec::new(),
        };
        let step = g.add(root)?;
        // Publishing takes no claim: it may have been computed between the first look and the second.
        if purpose != Purpose::Feed && root.storage().is_some() {
            return Ok(None);
        }
        match purpose {
            Purpose::Store(mode) => {
                let twin = root.pending_twin();
                if let Some(twin) = &twin {
                    g.add(twin)?;
                }
                g.choose_stored(root, twin.as_ref(), mode, true);
                g.out.reused = g.dying_operand(root);
            }
            Purpose::Feed => {
                g.out.program.outputs.push(step);
                // One reference is ours; the others come from outside the program.
                let held =
                    g.out.claimed.iter().zip(&g.weights).filter(|(n, w)| !Arc::ptr_eq(n, root) && Arc::strong_count(n) > w.references + 1);
                g.out.held = held.map(|(n, _)| n.clone()).collect();
            }
        }
        g.out.claim();
        Ok(Some(g.out))
    })
}

/// As [`attempt`] for a value that is wanted stored like all that waits. Callers may hold other claims: nothing is waited
/// for, and `Err` says that something has to be, or to be computed, first.
pub(super) fn try_gather(root: &Arc<Node>) -> Result<Option<Gathered>, ()> {
    attempt(root, Purpose::Store(Mode::StoreAll)).map_err(|_| ())
}

/// Gathers and claims the program of a pending value, computing first what has to be.
fn gather(root: &Arc<Node>, purpose: Purpose) -> Result<Option<Gathered>> {
    loop {
        match attempt(root, purpose) {
            Ok(found) => return Ok(found),
            Err(Obstacle::Busy(node)) => node::wait_for(&node),
            Err(Obstacle::First(node)) => {
                force(&node, Mode::Cheapest)?;
            }
            Err(Obstacle::Reentered) => return Err(Error::runtime("a value was forced while the same thread was computing it")),
        }
    }
}

/// Gathers the program of a value, computed or pending, as the input of a reduction or a write.
///
/// The caller launches it, then calls [`Gathered::count_recomputes`] and [`Gathered::release`].
pub(crate) fn gather_feed(root: &Arc<Node>) -> Result<Gathered> {
    root.mark_consumed();
    if let Some(storage) = root.storage() {
        return Ok(Gathered::of_memory(root, storage));
    }
    gather(root, Purpose::Feed).map(|g| g.unwrap_or_default())
}

/// Computes a value if it is pending, and returns its memory. Launches in the queue's order, without waiting.
pub(crate) fn force(root: &Arc<Node>, mode: Mode) -> Result<Arc<Storage>> {
    if let Some(storage) = root.storage() {
        return Ok(storage.clone());
    }
    // Values that must come first form chains; each is forced with its own first ones before it.
    let mut retried = false;
    loop {
        let Some(plan) = gather(root, Purpose::Store(mode))? else { break };
        match run(&plan, root) {
            Ok(storages) => {
                plan.publish(storages);
                break;
            }
            Err(e) => {
                let is_single = plan.program.steps.iter().filter(|s| matches!(s, Step::Apply { .. })).count() <= 1;
                let below: Vec<Arc<Node>> = plan.claimed.iter().filter(|n| !Arc::ptr_eq(n, root)).cloned().collect();
                plan.release();
                if e.kind() == ErrorKind::Memory && !retried {
                    // What waits may hold the last references to large inputs.
                    retried = true;
                    relieve(&root.queue);
                    continue;
                }
                if e.kind() == ErrorKind::Compile && !is_single && !retried {
                    // A fused program that does not compile runs as single ops.
                    retried = true;
                    for node in &below {
                        force(node, Mode::StoreAll)?;
                    }
                    continue;
                }
                return Err(e.during(&format!("computing {} of shape {}", root.dtype, cuprous_core::shape::tuple(&root.layout.shape))));
            }
        }
    }
    root.storage().cloned().ok_or_else(|| Error::runtime("a forced value has no memory"))
}

/// Frees what memory can be freed: other pending values are computed, so that their inputs go.
pub(crate) fn relieve(queue: &Arc<Queue>) {
    thread_local!(static RELIEVING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
    if !RELIEVING.replace(true) {
        // What fails here fails again, with its error, when it is read.
        let _ = super::pending::flush(queue);
        RELIEVING.set(false);
    }
    if let Ok(b) = backend(queue.device.kind) {
        let _ = b.trim(queue.device);
    }
}

/// Allocates for fresh results from the allocator that is chosen now.
pub(crate) fn allocate(queue: &Arc<Queue>, n_bytes: usize) -> Result<Arc<Storage>> {
    allocate_from(queue, n_bytes, memory::allocator().as_deref())
}

/// Allocates from an allocator or the device's pool, relieving memory once if there is too little.
pub(crate) fn allocate_from(queue: &Arc<Queue>, n_bytes: usize, arena: Option<&dyn Arena>) -> Result<Arc<Storage>> {
    let b = backend(queue.device.kind)?;
    let ask = || arena.map_or_else(|| b.allocate(queue, n_bytes), |arena| arena.allocate(queue, n_bytes));
    let buffer = match ask() {
        Err(e) if e.kind() == ErrorKind::Memory => {
            relieve(queue);
            ask()?
        }
        other => other?,
    };
    let storage = Storage::new(buffer, queue.clone());
    if is_any_captured() {
        b.keep(queue, storage.clone());
    }
    Ok(storage)
}

fn run(plan: &Gathered, root: &Arc<Node>) -> Result<Vec<Arc<Storage>>> {
    let queue = &root.queue;
    let b = backend(queue.device.kind)?;
    let storages = plan.allocate(b, queue, true)?;
    let outputs = plan.outputs(&storages)?;
    on_queue(queue, || launch(b, plan, &root.layout.shape, &outputs, queue))?;
    drop(outputs);
    Ok(storages)
}

/// Runs work on a queue. If that is another thread's own, its handle names this thread's here: then the host waits
/// for the device before, and for the work after.
pub(crate) fn on_queue(queue: &Queue, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if !queue.is_of_other_thread() {
        return work();
    }
    let b = backend(queue.device.kind)?;
    b.synchronize_device(queue.device)?;
    work()?;
    b.synchronize(queue)
}

/// Launches a gathered program into the given outputs.
pub(crate) fn launch(b: &dyn Backend, plan: &Gathered, shape: &[usize], outputs: &[Operand], queue: &Arc<Queue>) -> Result<()> {
    if shape.contains(&0) {
        return Ok(());
    }
    let inputs = plan.inputs(b, queue)?;
    log(plan, shape, queue);
    let launch = Launch { shape, inputs: &inputs, outputs, parameters: &plan.parameters, queue };
    debug_assert!(launch.check().is_ok());
    b.elementwise(&plan.program, &launch)
}

/// Prints the program if that is wanted.
pub(super) fn log(plan: &Gathered, shape: &[usize], queue: &Queue) {
    config::log_plan(|| format!("{} {}\n{:?}", queue.device, cuprous_core::shape::tuple(shape), plan.program));
}

/// Makes the queue wait for the queues on which the leaves were written.
pub(crate) fn order_behind(b: &dyn Backend, leaves: &[Leaf], queue: &Arc<Queue>) -> Result<()> {
    leaves.iter().filter_map(|l| l.storage.as_ref()).try_for_each(|storage| storage.before_reading(b, queue))
}
