//! The pool of one device: blocks handed out in the order of the queues, segments taken from the source and given back.
//!
//! A freed block goes to the list of the queue it was allocated for and can be handed out there at once, for the queue runs
//! in order. A block that other queues used is parked behind events of theirs.

use super::{ALIGNMENT, Blocks, LARGEST_SEGMENT, Status, Zone};
use crate::buffer::Allocation;
use crate::hooks::{self, Piece, Step};
use crate::{Device, Error, Queue, Result, backend::MemoryInfo};
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;
use std::fmt::Write;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

/// The order of a device's work, as a pool sees it.
pub trait Events: Send + Sync + 'static {
    /// A mark in a queue's work
    type Event: Send;
    /// By what the pool knows a queue.
    fn key_of(&self, queue: &Queue) -> u64;
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
    /// Whether the device may not be asked any more (after a fork).
    fn is_dead(&self) -> bool;
}

/// Where a pool gets memory from: a driver, another allocator, or a stand-in for tests.
pub trait Source: Events {
    /// New memory; `None` if there is no more.
    fn allocate(&self, n_bytes: usize) -> Result<Option<usize>>;
    /// Gives memory back that `allocate` gave.
    fn release(&self, address: usize);
}

/// How much memory a pool takes at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Segments {
    /// Segments for many blocks, by the rules of [`Blocks`]
    Roomy,
    /// What is asked for, rounded to [`ALIGNMENT`], kept until it is trimmed: pools of users, who count, and whose source
    /// may run their code, so that it is called without the lock
    AsAsked,
}

/// A pool of one device.
pub struct Pool<S: Source> {
    device: Device,
    /// Where segments come from
    pub source: S,
    segments: Segments,
    /// How many queues were retired
    epoch: AtomicU64,
    /// The blocks of all segments
    pub blocks: Mutex<Blocks<S::Event>>,
}

/// Who keeps a pool: a block does.
pub trait Keeper<S: Source>: Deref<Target = Pool<S>> + Clone + Send + Sync {}
impl<S: Source, T: Deref<Target = Pool<S>> + Clone + Send + Sync> Keeper<S> for T {}

/// A block in use; dropping it gives it back.
pub struct Block<S: Source, P: Keeper<S> = &'static Pool<S>> {
    pool: P,
    node: u32,
    home: u64,
    /// The pool's epoch at the allocation: later the home may be another, and its handle another queue's
    epoch: u64,
    source: std::marker::PhantomData<fn() -> S>,
}

type Held<'a, S> = MutexGuard<'a, Blocks<<S as Events>::Event>>;

impl<S: Source> Pool<S> {
    /// Empty, without limit.
    pub fn new(device: Device, source: S, segments: Segments) -> Pool<S> {
        Pool { device, source, segments, epoch: AtomicU64::new(0), blocks: Mutex::default() }
    }

    /// A block of at least `n_bytes` for work on a queue, and its address.
    ///
    /// # Errors
    /// `Memory` if limit and source are exhausted; the message names the largest holders.
    #[inline]
    pub fn allocate<P: Keeper<S>>(this: &P, queue: u64, n_bytes: usize) -> Result<(usize, Block<S, P>)> {
        if n_bytes > isize::MAX as usize - LARGEST_SEGMENT {
            return Err(Error::memory(format!("Out of memory allocating {n_bytes} bytes on {}: they cannot be addressed", this.device)));
        }
        let wanted = n_bytes.max(1).next_multiple_of(ALIGNMENT);
        let (node, address) = if hooks::are_here() {
            let piece = Piece { device: this.device, size: n_bytes, rounded: wanted, address: 0 };
            let take = || this.take(queue, wanted, n_bytes);
            hooks::around(Step::BeforeMalloc, Step::AfterMalloc, piece, take, |block| block.1, |block| this.give_back(block.0))?
        } else {
            this.take(queue, wanted, n_bytes)?
        };
        let epoch = this.epoch.load(Ordering::Relaxed);
        Ok((address, Block { pool: this.clone(), node, home: queue, epoch, source: std::marker::PhantomData }))
    }

    #[inline]
    fn take(&self, queue: u64, wanted: usize, n_bytes: usize) -> Result<(u32, usize)> {
        let mut blocks = self.blocks.lock();
        let node = match blocks.take(queue, wanted, self.zone_of(wanted)) {
            Some(node) => node,
            None => self.find(&mut blocks, queue, wanted, n_bytes)?,
        };
        Ok((node, blocks.nodes[node as usize].address))
    }

    fn zone_of(&self, wanted: usize) -> Zone {
        if self.segments == Segments::Roomy { Zone::of(wanted) } else { Zone::Large }
    }

    #[cold]
    fn find(&self, blocks: &mut Held<S>, queue: u64, wanted: usize, n_bytes: usize) -> Result<u32> {
        let zone = self.zone_of(wanted);
        let (roomy, tight) = if self.segments == Segments::Roomy { blocks.segment_sizes(wanted) } else { (wanted, wanted) };
        self.unpark(blocks, false);
        let mut found = blocks.take(queue, wanted, zone);
        if found.is_none() {
            if self.segments == Segments::Roomy {
                self.release(blocks, |blocks, gone| blocks.replace(queue, wanted, roomy, gone));
            }
            if self.grow(blocks, queue, zone, roomy)? || (roomy != tight && self.grow(blocks, queue, zone, tight)?) {
                found = blocks.take(queue, wanted, zone);
            }
        }
        if found.is_none() {
            // Exhausted: wait for all work, so that every free block is anyone's; then give back what is whole.
            self.source.synchronize()?;
            self.unpark(blocks, true);
            blocks.gather(queue);
            found = blocks.take(queue, wanted, zone);
        }
        if found.is_none() {
            self.release(blocks, |blocks, gone| _ = blocks.remove_whole(|_, _| true, gone));
            // The last tries do without rounding up to a segment, and without the zones.
            if self.grow(blocks, queue, zone, tight)? || (wanted != tight && self.grow(blocks, queue, zone, wanted)?) {
                found = blocks.take(queue, wanted, zone);
            } else {
                found = blocks.take(queue, wanted, zone.other());
            }
        }
        found.ok_or_else(|| self.exhausted(blocks, n_bytes))
    }

    /// Takes a segment from the source; `false` if limit or source forbid.
    fn grow(&self, blocks: &mut Held<S>, queue: u64, zone: Zone, size: usize) -> Result<bool> {
        let MemoryInfo { total, limit, .. } = blocks.info;
        if limit != 0 && size > limit.saturating_sub(total) {
            return Ok(false);
        }
        let told = hooks::are_here();
        let ask = || match told {
            false => self.source.allocate(size),
            true => {
                let piece = Piece { device: self.device, size, rounded: size, address: 0 };
                let give_back = |&address: &Option<usize>| address.into_iter().for_each(|a| self.source.release(a));
                hooks::around(Step::BeforeAlloc, Step::AfterAlloc, piece, || self.source.allocate(size), |a| a.unwrap_or(0), give_back)
            }
        };
        let taken = if told || self.segments == Segments::AsAsked {
            // Others may come in meanwhile: what is on its way counts as held.
            blocks.info.total += size;
            let taken = MutexGuard::unlocked(blocks, ask);
            blocks.info.total -= size;
            taken?
        } else {
            ask()?
        };
        let Some(address) = taken else { return Ok(false) };
        blocks.add_segment(address, size, queue, zone);
        Ok(true)
    }

    /// Gives segments back that `remove` takes out of the blocks.
    fn release(&self, blocks: &mut Held<S>, remove: impl FnOnce(&mut Blocks<S::Event>, &mut dyn FnMut(usize, usize))) {
        let mut gone: SmallVec<[usize; 8]> = SmallVec::new();
        remove(blocks, &mut |address, _| gone.push(address));
        let release = || gone.iter().for_each(|&address| self.source.release(address));
        if self.segments == Segments::AsAsked { MutexGuard::unlocked(blocks, release) } else { release() }
    }

    /// Frees the parked blocks whose events have passed, or all of them.
    fn unpark(&self, blocks: &mut Blocks<S::Event>, all: bool) {
        let mut k = 0;
        while k < blocks.parked.len() {
            if all || blocks.parked[k].1.iter().all(|e| self.source.is_done(e)) {
                let (node, events) = blocks.parked.swap_remove(k);
                events.into_iter().for_each(|e| self.source.forget(e));
                blocks.insert(node);
            } else {
                k += 1;
            }
        }
    }

    fn give_back(&self, k: u32) {
        let mut blocks = self.blocks.lock();
        let node = &mut blocks.nodes[k as usize];
        let size = node.size;
        let users = std::mem::take(&mut node.users);
        blocks.info.used -= size;
        if users.is_empty() {
            return blocks.insert(k);
        }
        let events: Result<SmallVec<[S::Event; 2]>> = users.iter().map(|&queue| self.source.record(queue)).collect();
        match events {
            Ok(events) => {
                blocks.nodes[k as usize].status = Status::Parked;
                blocks.parked.push((k, events));
            }
            // Without an event, waiting is the only way to know. If that fails too, the device is lost.
            Err(_) => {
                let _ = self.source.synchronize();
                blocks.insert(k);
            }
        }
    }

    /// Forgets a queue whose work is done: what it had is everyone's, and blocks that live belong to the default queue.
    pub fn retire(&self, queue: u64) {
        if queue == 0 || self.source.is_dead() {
            return;
        }
        let mut blocks = self.blocks.lock();
        self.epoch.fetch_add(1, Ordering::Relaxed);
        blocks.inherit(queue, 0);
    }

    /// Gives unused memory back to the source, after waiting for the device's work.
    ///
    /// # Errors
    /// `Device` if the device fails.
    pub fn trim(&self) -> Result<()> {
        let mut blocks = self.blocks.lock();
        self.source.synchronize()?;
        self.unpark(&mut blocks, true);
        blocks.gather(0);
        blocks.forget_peak();
        self.release(&mut blocks, |blocks, gone| _ = blocks.remove_whole(|_, _| true, gone));
        Ok(())
    }

    /// Gives the unused memory of one queue back.
    ///
    /// # Errors
    /// `Device` if the device fails.
    pub fn trim_queue(&self, queue: u64) -> Result<()> {
        let mut blocks = self.blocks.lock();
        self.source.synchronize()?;
        self.unpark(&mut blocks, true);
        self.release(&mut blocks, |blocks, gone| _ = blocks.remove_whole(|_, node| node.home == queue, gone));
        Ok(())
    }

    /// What it holds.
    pub fn info(&self) -> MemoryInfo {
        self.blocks.lock().info
    }

    /// Limits what it may hold; 0 is no limit.
    pub fn set_limit(&self, n_bytes: usize) {
        self.blocks.lock().info.limit = n_bytes;
    }

    #[cold]
    fn exhausted(&self, blocks: &Blocks<S::Event>, n_bytes: usize) -> Error {
        let MemoryInfo { used, total, limit, .. } = blocks.info;
        let mut text = format!(
            "Out of memory allocating {n_bytes} bytes ({}) on {} (allocated so far: {total} bytes, {used} of them in use",
            readable(n_bytes),
            self.device,
        );
        // Writing to a string does not fail.
        let _ = match limit {
            0 => write!(text, ")"),
            _ => write!(text, ", limit set to: {limit} bytes)"),
        };
        if let Some(free) = self.source.available() {
            let _ = write!(text, "; the device has {} free", readable(free));
        }
        let mut live: Vec<usize> = blocks.nodes.iter().filter(|n| n.status == Status::Live).map(|n| n.size).collect();
        live.sort_unstable_by(|a, b| b.cmp(a));
        if !live.is_empty() {
            let largest: Vec<String> = live.iter().take(5).map(|&n| readable(n)).collect();
            let _ = write!(text, "; the largest of {} live allocations: {}", live.len(), largest.join(", "));
        }
        Error::memory(text)
    }
}

impl<S: Source> Drop for Pool<S> {
    fn drop(&mut self) {
        let blocks = self.blocks.get_mut();
        if self.source.is_dead() || blocks.info.total == 0 {
            return;
        }
        // Work that is queued may still use what is free, and the source knows of its own queue only.
        let _ = self.source.synchronize();
        let events = blocks.parked.drain(..).flat_map(|(_, events)| events);
        events.for_each(|e| self.source.forget(e));
        let source = &self.source;
        blocks.remove_all(|address| source.release(address));
    }
}

/// A number of bytes for people.
pub fn readable(n: usize) -> String {
    let mut value = n as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "bytes" { format!("{n} bytes") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

impl<S: Source, P: Keeper<S>> Drop for Block<S, P> {
    fn drop(&mut self) {
        if self.pool.source.is_dead() {
            return;
        }
        if hooks::are_here() {
            let (address, size) = {
                let blocks = self.pool.blocks.lock();
                (blocks.nodes[self.node as usize].address, blocks.nodes[self.node as usize].size)
            };
            let piece = Piece { device: self.pool.device, size, rounded: size, address };
            return hooks::around_free(&piece, || self.pool.give_back(self.node));
        }
        self.pool.give_back(self.node);
    }
}

impl<S: Source, P: Keeper<S>> Allocation for Block<S, P> {
    #[inline]
    fn used_on(&self, queue: &Queue) {
        let key = self.pool.source.key_of(queue);
        let at_home = key == self.home && self.epoch == self.pool.epoch.load(Ordering::Relaxed);
        if !at_home && !self.pool.source.is_dead() {
            self.add_user(key);
        }
    }

    fn is_users(&self) -> bool {
        self.pool.segments == Segments::AsAsked
    }
}

impl<S: Source, P: Keeper<S>> Block<S, P> {
    /// Notes that another queue uses it.
    pub fn add_user(&self, queue: u64) {
        let mut blocks = self.pool.blocks.lock();
        let node = &mut blocks.nodes[self.node as usize];
        if node.home != queue && !node.users.contains(&queue) {
            node.users.push(queue);
        }
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
