//! The pool of one device: blocks handed out in the order of the queues, segments taken from the source and given back.

use super::{ALIGNMENT, Source, key_of, readable};
use cuprous_core::blocks::{Blocks, LARGEST_SEGMENT, Status, Zone};
use cuprous_core::buffer::Allocation;
use cuprous_core::{Device, Error, Queue, Result, backend::MemoryInfo};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A pool of one device.
pub(crate) struct Pool<S: Source> {
    device: Device,
    pub(super) source: S,
    /// How many queues were retired
    epoch: AtomicU64,
    pub(super) blocks: Mutex<Blocks<S::Event>>,
}

/// A block in use; dropping it gives it back.
pub(crate) struct Block<S: Source> {
    pool: &'static Pool<S>,
    node: u32,
    home: u64,
    /// The pool's epoch at the allocation: later the home may be another, and its handle another queue's
    epoch: u64,
}

impl<S: Source> Pool<S> {
    pub fn new(device: Device, source: S) -> Pool<S> {
        Pool { device, source, epoch: AtomicU64::new(0), blocks: Mutex::default() }
    }

    /// A block of at least `n_bytes` for work on a queue, and its address.
    pub fn allocate(&'static self, queue: u64, n_bytes: usize) -> Result<(usize, Block<S>)> {
        if n_bytes > isize::MAX as usize - LARGEST_SEGMENT {
            return Err(Error::memory(format!("out of memory on {}: {n_bytes} bytes cannot be addressed", self.device)));
        }
        let wanted = n_bytes.max(1).next_multiple_of(ALIGNMENT);
        let mut blocks = self.blocks.lock();
        let node = match blocks.take(queue, wanted, Zone::of(wanted)) {
            Some(node) => node,
            None => self.find(&mut blocks, queue, wanted, n_bytes)?,
        };
        Ok((blocks.nodes[node as usize].address, Block { pool: self, node, home: queue, epoch: self.epoch.load(Ordering::Relaxed) }))
    }

    #[cold]
    fn find(&self, blocks: &mut Blocks<S::Event>, queue: u64, wanted: usize, n_bytes: usize) -> Result<u32> {
        let zone = Zone::of(wanted);
        let (roomy, tight) = blocks.segment_sizes(wanted);
        self.unpark(blocks, false);
        let mut found = blocks.take(queue, wanted, zone);
        if found.is_none() {
            blocks.replace(queue, wanted, roomy, |address, _| self.source.release(address));
            if self.grow(blocks, queue, zone, roomy)? || self.grow(blocks, queue, zone, tight)? {
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
            blocks.remove_whole(|_, _| true, |address, _| self.source.release(address));
            // The last tries do without rounding up to a segment, and without the zones.
            if self.grow(blocks, queue, zone, tight)? || self.grow(blocks, queue, zone, wanted)? {
                found = blocks.take(queue, wanted, zone);
            } else {
                found = blocks.take(queue, wanted, zone.other());
            }
        }
        found.ok_or_else(|| self.exhausted(blocks, n_bytes))
    }

    /// Takes a segment from the device; `false` if limit or device forbid.
    fn grow(&self, blocks: &mut Blocks<S::Event>, queue: u64, zone: Zone, size: usize) -> Result<bool> {
        let MemoryInfo { total, limit, .. } = blocks.info;
        if limit != 0 && size > limit.saturating_sub(total) {
            return Ok(false);
        }
        let Some(address) = self.source.allocate(size)? else { return Ok(false) };
        blocks.add_segment(address, size, queue, zone);
        Ok(true)
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

    /// Gives unused memory back to the device, after waiting for its work.
    pub fn trim(&self) -> Result<()> {
        let mut blocks = self.blocks.lock();
        self.source.synchronize()?;
        self.unpark(&mut blocks, true);
        blocks.gather(0);
        blocks.remove_whole(|_, _| true, |address, _| self.source.release(address));
        blocks.forget_peak();
        Ok(())
    }

    /// Gives the unused memory of one queue back to the device.
    pub fn trim_queue(&self, queue: u64) -> Result<()> {
        let mut blocks = self.blocks.lock();
        self.source.synchronize()?;
        self.unpark(&mut blocks, true);
        blocks.remove_whole(|_, node| node.home == queue, |address, _| self.source.release(address));
        Ok(())
    }

    pub fn info(&self) -> MemoryInfo {
        self.blocks.lock().info
    }

    pub fn set_limit(&self, n_bytes: usize) {
        self.blocks.lock().info.limit = n_bytes;
    }

    #[cold]
    fn exhausted(&self, blocks: &Blocks<S::Event>, n_bytes: usize) -> Error {
        let MemoryInfo { used, total, limit, .. } = blocks.info;
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
        let mut live: Vec<usize> = blocks.nodes.iter().filter(|n| n.status == Status::Live).map(|n| n.size).collect();
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
    pub(super) fn add_user(&self, queue: u64) {
        let mut blocks = self.pool.blocks.lock();
        let node = &mut blocks.nodes[self.node as usize];
        if node.home != queue && !node.users.contains(&queue) {
            node.users.push(queue);
        }
    }
}
