//! The memory pool: blocks of device memory, reused in the order of the queues.
//!
//! Memory is taken from the device in segments and cut into blocks. A freed block goes to the list of the queue
//! it was allocated for and can be handed out there at once, for the queue runs in order. A block that other
//! queues used is parked behind events of theirs. Neighbouring free blocks of one queue are joined.

use crate::driver::{Context, context, forked};
use cuprous_core::buffer::Allocation;
use cuprous_core::{Buffer, Device, Error, Queue, Result, backend::MemoryInfo};
use cuprous_cuda_sys::driver::{OUT_OF_MEMORY, constants as k};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Blocks begin at multiples of this and have such sizes.
pub const ALIGNMENT: usize = 512;
/// Requests below this share segments of [`SEGMENT`] bytes; larger ones have segments of their own sort, so that
/// no small block keeps a large segment from being used whole.
const SMALL: usize = 1 << 20;
const SEGMENT: usize = 2 << 20;
const NONE: u32 = u32::MAX;

/// Where a pool gets memory and events from: the driver, or a stand-in for tests.
pub(crate) trait Source: Send + Sync + 'static {
    type Event: Send;
    /// New memory; `None` if the device has no more.
    fn allocate(&self, n_bytes: usize) -> Result<Option<usize>>;
    /// Gives memory back that `allocate` gave.
    fn release(&self, address: usize);
    /// An event behind the work queued so far.
    fn record(&self, queue: u64) -> Result<Self::Event>;
    /// Whether the work before the event is done.
    fn is_done(&self, event: &Self::Event) -> bool;
    /// Ends an event.
    fn forget(&self, event: Self::Event);
    /// Waits for all work of the device.
    fn synchronize(&self) -> Result<()>;
    /// Free memory of the device, for the message of an error.
    fn available(&self) -> Option<usize>;
    /// Whether the source may not be called any more (after a fork).
    fn is_dead(&self) -> bool;
}

/// A pool of one device.
pub(crate) struct Pool<S: Source> {
    device: Device,
    source: S,
    /// How many queues were retired
    epoch: AtomicU64,
    state: Mutex<State<S::Event>>,
}

/// A block in use; dropping it gives it back.
pub(crate) struct Block<S: Source> {
    pool: &'static Pool<S>,
    node: u32,
    home: u64,
    /// The pool's epoch at the allocation: later the home may be another, and its handle another queue's
    epoch: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Status {
    Free,
    Live,
    Parked,
    /// Not a block: its number can be used again
    Unused,
}

struct Node {
    address: usize,
    size: usize,
    /// What was asked for, rounded up to the alignment
    wanted: usize,
    /// The queue in whose order it may be reused
    home: u64,
    status: Status,
    is_large: bool,
    /// The neighbours in the segment
    before: u32,
    after: u32,
    /// The neighbours in the list of free blocks
    previous: u32,
    next: u32,
    /// Other queues that use it
    users: SmallVec<[u64; 2]>,
}

struct State<E> {
    nodes: Vec<Node>,
    unused: Vec<u32>,
    lists: Vec<Lists>,
    parked: Vec<(u32, SmallVec<[E; 2]>)>,
    info: MemoryInfo,
}

/// The free blocks of one queue, of small segments and of large ones.
struct Lists {
    queue: u64,
    bins: [Bins; 2],
}

/// Free blocks by size: one bin for each multiple of the alignment below 1 MiB, eight for each doubling above.
struct Bins {
    heads: Box<[u32]>,
    occupied: [u64; N_BINS / 64],
}

const N_EXACT: usize = SMALL / ALIGNMENT;
const N_BINS: usize = N_EXACT + 384;

fn bin_of(size: usize) -> usize {
    let units = size / ALIGNMENT;
    if units < N_EXACT {
        return units;
    }
    let log = units.ilog2() as usize;
    N_EXACT + (log - N_EXACT.ilog2() as usize) * 8 + (units >> (log - 3) & 7)
}

impl Bins {
    fn new() -> Bins {
        Bins { heads: vec![NONE; N_BINS].into(), occupied: [0; N_BINS / 64] }
    }

    /// The first bin at or after `bin` that holds something.
    fn first(&self, bin: usize) -> Option<usize> {
        let mut word = bin / 64;
        let mut bits = self.occupied.get(word)? & (!0 << (bin % 64));
        while bits == 0 {
            word += 1;
            bits = *self.occupied.get(word)?;
        }
        Some(word * 64 + bits.trailing_zeros() as usize)
    }
}

impl<E> State<E> {
    fn lists(&mut self, queue: u64) -> &mut Lists {
        let k = match self.lists.iter().position(|l| l.queue == queue) {
            Some(k) => k,
            None => {
                self.lists.push(Lists { queue, bins: [Bins::new(), Bins::new()] });
                self.lists.len() - 1
            }
        };
        &mut self.lists[k]
    }

    fn new_node(&mut self, node: Node) -> u32 {
        match self.unused.pop() {
            Some(k) => {
                self.nodes[k as usize] = node;
                k
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        }
    }

    fn link(&mut self, k: u32) {
        self.info.n_free += 1;
        let Node { size, home, is_large, .. } = self.nodes[k as usize];
        let bin = bin_of(size);
        let bins = &mut self.lists(home).bins[usize::from(is_large)];
        let head = std::mem::replace(&mut bins.heads[bin], k);
        bins.occupied[bin / 64] |= 1 << (bin % 64);
        if head != NONE {
            self.nodes[head as usize].previous = k;
        }
        let node = &mut self.nodes[k as usize];
        (node.status, node.previous, node.next) = (Status::Free, NONE, head);
    }

    fn unlink(&mut self, k: u32) {
        self.info.n_free -= 1;
        let Node { size, home, is_large, previous, next, .. } = self.nodes[k as usize];
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
        if previous != NONE {
            self.nodes[previous as usize].next = next;
            return;
        }
        let bin = bin_of(size);
        let bins = &mut self.lists(home).bins[usize::from(is_large)];
        bins.heads[bin] = next;
        if next == NONE {
            bins.occupied[bin / 64] &= !(1 << (bin % 64));
        }
    }

    /// Puts a block on its queue's list, joined with its free neighbours.
    fn insert(&mut self, mut k: u32) {
        let Node { before, after, home, .. } = self.nodes[k as usize];
        let joins = |s: &Self, n: u32| n != NONE && s.nodes[n as usize].status == Status::Free && s.nodes[n as usize].home == home;
        if joins(self, after) {
            self.unlink(after);
            self.absorb(k, after);
        }
        if joins(self, before) {
            self.unlink(before);
            self.absorb(before, k);
            k = before;
        }
        self.link(k);
    }

    /// Makes `k` reach to the end of its neighbour `after`.
    fn absorb(&mut self, k: u32, after: u32) {
        let Node { size, after: beyond, .. } = self.nodes[after as usize];
        self.nodes[after as usize].status = Status::Unused;
        self.unused.push(after);
        self.nodes[k as usize].size += size;
        self.nodes[k as usize].after = beyond;
        if beyond != NONE {
            self.nodes[beyond as usize].before = k;
        }
    }

    /// The best free block of a queue for a request, made live and cut to size.
    fn take(&mut self, queue: u64, wanted: usize) -> Option<u32> {
        let is_large = wanted >= SMALL;
        let lists = self.lists.iter().find(|l| l.queue == queue)?;
        let bins = &lists.bins[usize::from(is_large)];
        let mut bin = bin_of(wanted);
        let mut best = NONE;
        while best == NONE {
            bin = bins.first(bin)?;
            let mut k = bins.heads[bin];
            // Blocks of an exact bin are equal; others are searched for the smallest that fits.
            let mut least = usize::MAX;
            while k != NONE && least != wanted {
                let node = &self.nodes[k as usize];
                if node.size >= wanted && node.size < least {
                    (best, least) = (k, node.size);
                }
                k = if bin < N_EXACT { NONE } else { node.next };
            }
            bin += 1;
        }
        self.unlink(best);
        let Node { address, size, after, .. } = self.nodes[best as usize];
        let rest = size - wanted;
        if rest >= if is_large { SMALL } else { ALIGNMENT } {
            let tail = self.new_node(Node {
                address: address + wanted,
                size: rest,
                wanted: 0,
                home: queue,
                status: Status::Free,
                is_large,
                before: best,
                after,
                previous: NONE,
                next: NONE,
                users: SmallVec::new(),
            });
            if after != NONE {
                self.nodes[after as usize].before = tail;
            }
            self.nodes[best as usize].after = tail;
            self.nodes[best as usize].size = wanted;
            self.link(tail);
        }
        let node = &mut self.nodes[best as usize];
        (node.status, node.wanted) = (Status::Live, wanted);
        self.info.used += wanted;
        Some(best)
    }

    /// Hands all free blocks to one queue. Only right when no queue has work that uses them.
    fn gather(&mut self, queue: u64) {
        for k in 0..self.nodes.len() as u32 {
            let node = &self.nodes[k as usize];
            if node.status == Status::Free && node.home != queue {
                self.unlink(k);
                // Not free while it is in no list: a neighbour that is inserted must not join it.
                self.nodes[k as usize].status = Status::Live;
                self.nodes[k as usize].home = queue;
                self.insert(k);
            }
        }
    }
}

impl<S: Source> Pool<S> {
    pub fn new(device: Device, source: S) -> Pool<S> {
        let state = State { nodes: Vec::new(), unused: Vec::new(), lists: Vec::new(), parked: Vec::new(), info: MemoryInfo::default() };
        Pool { device, source, epoch: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// A block of at least `n_bytes` for work on a queue, and its address.
    pub fn allocate(&'static self, queue: u64, n_bytes: usize) -> Result<(usize, Block<S>)> {
        if n_bytes > isize::MAX as usize - SEGMENT {
            return Err(Error::memory(format!("out of memory on {}: {n_bytes} bytes cannot be addressed", self.device)));
        }
        let wanted = n_bytes.max(1).next_multiple_of(ALIGNMENT);
        let mut state = self.state.lock();
        let node = match state.take(queue, wanted) {
            Some(node) => node,
            None => self.find(&mut state, queue, wanted, n_bytes)?,
        };
        Ok((state.nodes[node as usize].address, Block { pool: self, node, home: queue, epoch: self.epoch.load(Ordering::Relaxed) }))
    }

    #[cold]
    fn find(&self, state: &mut State<S::Event>, queue: u64, wanted: usize, n_bytes: usize) -> Result<u32> {
        self.unpark(state, false);
        let segment = if wanted < SMALL { SEGMENT } else { wanted.next_multiple_of(SEGMENT) };
        let mut found = state.take(queue, wanted);
        if found.is_none() && self.grow(state, queue, segment, wanted)? {
            found = state.take(queue, wanted);
        }
        if found.is_none() {
            // Exhausted: wait for all work, so that every free block is anyone's; then give back what is whole.
            self.source.synchronize()?;
            self.unpark(state, true);
            state.gather(queue);
            found = state.take(queue, wanted);
        }
        if found.is_none() {
            self.release_free(state, None);
            // The last try does without rounding up to a segment.
            if self.grow(state, queue, segment, wanted)? || self.grow(state, queue, wanted, wanted)? {
                found = state.take(queue, wanted);
            }
        }
        found.ok_or_else(|| self.exhausted(state, n_bytes))
    }

    /// Takes a segment from the device; `false` if limit or device forbid.
    fn grow(&self, state: &mut State<S::Event>, queue: u64, size: usize, wanted: usize) -> Result<bool> {
        let MemoryInfo { total, limit, .. } = state.info;
        if limit != 0 && size > limit.saturating_sub(total) {
            return Ok(false);
        }
        let Some(address) = self.source.allocate(size)? else { return Ok(false) };
        state.info.total += size;
        let k = state.new_node(Node {
            address,
            size,
            wanted: 0,
            home: queue,
            status: Status::Free,
            is_large: wanted >= SMALL,
            before: NONE,
            after: NONE,
            previous: NONE,
            next: NONE,
            users: SmallVec::new(),
        });
        state.link(k);
        Ok(true)
    }

    /// Frees the parked blocks whose events have passed, or all of them.
    fn unpark(&self, state: &mut State<S::Event>, all: bool) {
        let mut k = 0;
        while k < state.parked.len() {
            if all || state.parked[k].1.iter().all(|e| self.source.is_done(e)) {
                let (node, events) = state.parked.swap_remove(k);
                events.into_iter().for_each(|e| self.source.forget(e));
                state.insert(node);
            } else {
                k += 1;
            }
        }
    }

    /// Gives the segments that are one free block back to the device, all of them or those of one queue.
    fn release_free(&self, state: &mut State<S::Event>, of: Option<u64>) {
        for k in 0..state.nodes.len() as u32 {
            let Node { address, size, status, before, after, home, .. } = state.nodes[k as usize];
            if status == Status::Free && before == NONE && after == NONE && of.is_none_or(|queue| queue == home) {
                state.unlink(k);
                state.nodes[k as usize].status = Status::Unused;
                state.unused.push(k);
                state.info.total -= size;
                self.source.release(address);
            }
        }
    }

    fn give_back(&self, k: u32) {
        let mut state = self.state.lock();
        let node = &mut state.nodes[k as usize];
        let wanted = node.wanted;
        let users = std::mem::take(&mut node.users);
        state.info.used -= wanted;
        if users.is_empty() {
            return state.insert(k);
        }
        let events: Result<SmallVec<[S::Event; 2]>> = users.iter().map(|&queue| self.source.record(queue)).collect();
        match events {
            Ok(events) => {
                state.nodes[k as usize].status = Status::Parked;
                state.parked.push((k, events));
            }
            // Without an event, waiting is the only way to know. If that fails too, the device is lost.
            Err(_) => {
                let _ = self.source.synchronize();
                state.insert(k);
            }
        }
    }

    /// Forgets a queue whose work is done: what it had is everyone's, and blocks that live belong to the default queue.
    pub fn retire(&self, queue: u64) {
        if queue == 0 || self.source.is_dead() {
            return;
        }
        let mut state = self.state.lock();
        self.epoch.fetch_add(1, Ordering::Relaxed);
        for k in 0..state.nodes.len() as u32 {
            let node = &mut state.nodes[k as usize];
            node.users.retain(|q| *q != queue);
            if node.home == queue {
                match node.status {
                    Status::Free => {
                        state.unlink(k);
                        state.nodes[k as usize].status = Status::Live;
                        state.nodes[k as usize].home = 0;
                        state.insert(k);
                    }
                    Status::Live | Status::Parked => node.home = 0,
                    Status::Unused => {}
                }
            }
        }
        state.lists.retain(|l| l.queue != queue);
    }

    /// Gives unused memory back to the device, after waiting for its work.
    pub fn trim(&self) -> Result<()> {
        let mut state = self.state.lock();
        self.source.synchronize()?;
        self.unpark(&mut state, true);
        state.gather(0);
        self.release_free(&mut state, None);
        Ok(())
    }

    /// Gives the unused memory of one queue back to the device.
    pub fn trim_queue(&self, queue: u64) -> Result<()> {
        let mut state = self.state.lock();
        self.source.synchronize()?;
        self.unpark(&mut state, true);
        self.release_free(&mut state, Some(queue));
        Ok(())
    }

    pub fn info(&self) -> MemoryInfo {
        self.state.lock().info
    }

    pub fn set_limit(&self, n_bytes: usize) {
        self.state.lock().info.limit = n_bytes;
    }

    #[cold]
    fn exhausted(&self, state: &State<S::Event>, n_bytes: usize) -> Error {
        let MemoryInfo { used, total, limit, .. } = state.info;
        let mut text = format!(
            "out of memory on {}: {n_bytes} bytes ({}) requested; {} are in use and the pool holds {}",
            self.device,
            readable(n_bytes),
            readable(used),
            readable(total)
        );
        // Writing to a string does not fail.
        let _ = match limit {
            0 => write!(text, ", without a limit"),
            _ => write!(text, " of at most {limit} bytes ({})", readable(limit)),
        };
        if let Some(free) = self.source.available() {
            let _ = write!(text, "; the device has {} free", readable(free));
        }
        let mut live: Vec<usize> = state.nodes.iter().filter(|n| n.status == Status::Live).map(|n| n.wanted).collect();
        live.sort_unstable_by(|a, b| b.cmp(a));
        if !live.is_empty() {
            let largest: Vec<String> = live.iter().take(5).map(|&n| readable(n)).collect();
            let _ = write!(text, "; the largest of {} live allocations: {}", live.len(), largest.join(", "));
        }
        Error::memory(text)
    }
}

impl<S: Source> Drop for Block<S> {
    fn drop(&mut self) {
        if !self.pool.source.is_dead() {
            self.pool.give_back(self.node);
        }
    }
}

impl<S: Source> Allocation for Block<S> {
    #[inline]
    fn used_on(&self, queue: &Queue) {
        let at_home = key_of(queue) == self.home && self.epoch == self.pool.epoch.load(Ordering::Relaxed);
        if !at_home && !self.pool.source.is_dead() {
            self.add_user(key_of(queue));
        }
    }
}

impl<S: Source> Block<S> {
    fn add_user(&self, queue: u64) {
        let mut state = self.pool.state.lock();
        let node = &mut state.nodes[self.node as usize];
        if node.home != queue && !node.users.contains(&queue) {
            node.users.push(queue);
        }
    }
}

/// Set in the keys of queues that belong to one thread.
const OF_THREAD: u64 = 1 << 63;

/// By what the pool knows a queue: its handle, unless that means another stream in every thread.
#[inline]
pub(crate) fn key_of(queue: &Queue) -> u64 {
    if queue.thread.is_some() { OF_THREAD | queue.id } else { queue.handle }
}

/// The stream of a key, for the calling thread; none if it belongs to another.
pub(crate) fn stream_of(key: u64) -> Option<u64> {
    match key & OF_THREAD {
        0 => Some(key),
        _ => crate::queue::is_of_this_thread(key & !OF_THREAD).then_some(cuprous_cuda_sys::driver::constants::STREAM_PER_THREAD),
    }
}

/// A number of bytes for people.
pub(crate) fn readable(n: usize) -> String {
    let mut value = n as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "bytes" { format!("{n} bytes") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// Memory for work on a queue, uninitialized; nothing is taken for length 0.
///
/// # Errors
/// `Memory` if pool, limit and device are exhausted; the message names the largest holders.
pub fn allocate(ctx: &Context, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
    if n_bytes == 0 {
        // SAFETY: an empty buffer may have any address.
        return Ok(unsafe { Buffer::new(ctx.device, 0, 0, Box::new(())) });
    }
    let (address, block) = context(ctx.device)?.pool.allocate(key_of(queue), n_bytes)?;
    // SAFETY: the pool keeps the block's bytes for us alone until the block is dropped, by the buffer.
    Ok(unsafe { Buffer::new(ctx.device, address, n_bytes, Box::new(block)) })
}

/// Pinned memory of the host, kept for reuse by size: pinning costs a call into the kernel and more.
static PINNED: Mutex<BTreeMap<usize, Vec<usize>>> = Mutex::new(BTreeMap::new());

struct Pinned {
    address: usize,
    size: usize,
}

impl Allocation for Pinned {}

impl Drop for Pinned {
    fn drop(&mut self) {
        if !forked() {
            PINNED.lock().entry(self.size).or_default().push(self.address);
        }
    }
}

/// Pinned memory, uninitialized.
///
/// # Errors
/// `Memory` if the system has none left to pin.
pub fn allocate_pinned(ctx: &Context, n_bytes: usize) -> Result<Buffer> {
    let exhausted = || Error::memory(format!("out of pinned memory: {n_bytes} bytes requested"));
    let size = n_bytes.max(ALIGNMENT).checked_next_power_of_two().ok_or_else(exhausted)?;
    let kept = PINNED.lock().get_mut(&size).and_then(Vec::pop);
    let address = match kept {
        Some(address) => address,
        None => {
            let _entered = ctx.enter()?;
            let mut pointer = std::ptr::null_mut();
            // SAFETY: a context is current; the pointer goes to a valid address.
            match unsafe { (ctx.raw.api.cuMemHostAlloc)(&mut pointer, size, k::HOST_ALLOC_PORTABLE) } {
                OUT_OF_MEMORY => return Err(exhausted()),
                code => ctx.raw.check(code, "cuMemHostAlloc")?,
            }
            pointer as usize
        }
    };
    // SAFETY: the block has `size` bytes of the host's memory, no smaller than `n_bytes`, and is ours alone until
    // the owner is dropped.
    Ok(unsafe { Buffer::new(Device::CPU, address, n_bytes, Box::new(Pinned { address, size })) })
}

/// How many pinned blocks are kept for reuse.
pub fn n_free_pinned() -> usize {
    PINNED.lock().values().map(Vec::len).sum()
}

/// Gives the pinned blocks that are kept back to the system.
///
/// # Errors
/// `Device` if the driver fails.
pub fn trim_pinned(ctx: &Context) -> Result<()> {
    let _entered = ctx.enter()?;
    let all = std::mem::take(&mut *PINNED.lock());
    for address in all.into_values().flatten() {
        // SAFETY: the address came from the driver, nobody uses it, and it is given back once.
        ctx.raw.check(unsafe { (ctx.raw.api.cuMemFreeHost)(address as *mut c_void) }, "cuMemFreeHost")?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
