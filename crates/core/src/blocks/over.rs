//! A pool over another allocator: its segments are buffers of that, its events those of the device.

use super::pool::{Events, Pool, Segments, Source};
use crate::arena::{DevicePool, SharedArena};
use crate::backend::MemoryInfo;
use crate::{Buffer, Device, Error, ErrorKind, Queue, Result};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The largest elements need it.
const MIN_ALIGNMENT: usize = 16;

/// Memory of another allocator, with the events of a device.
pub struct Over<D: Events> {
    below: SharedArena,
    events: D,
    /// The queue on which the allocator is asked
    queue: Arc<Queue>,
    held: Mutex<BTreeMap<usize, Buffer>>,
}

impl<D: Events> Events for Over<D> {
    type Event = D::Event;

    fn key_of(&self, queue: &Queue) -> u64 {
        self.events.key_of(queue)
    }

    fn record(&self, queue: u64) -> Result<D::Event> {
        self.events.record(queue)
    }

    fn is_done(&self, event: &D::Event) -> bool {
        self.events.is_done(event)
    }

    fn forget(&self, event: D::Event) {
        self.events.forget(event);
    }

    fn synchronize(&self) -> Result<()> {
        self.events.synchronize()
    }

    fn available(&self) -> Option<usize> {
        self.events.available()
    }

    fn is_dead(&self) -> bool {
        self.events.is_dead()
    }
}

impl<D: Events> Source for Over<D> {
    fn allocate(&self, n_bytes: usize) -> Result<Option<usize>> {
        match self.below.allocate(&self.queue, n_bytes) {
            Ok(buffer) => {
                // What was given in the order of one queue is to serve all.
                self.events.synchronize()?;
                let address = buffer.address();
                if !address.is_multiple_of(MIN_ALIGNMENT) {
                    return Err(Error::value(format!(
                        "the allocator below a pool gave memory at {address:#x}, which is not a multiple of 16"
                    )));
                }
                self.held.lock().insert(address, buffer);
                Ok(Some(address))
            }
            Err(e) if e.kind() == ErrorKind::Memory => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn release(&self, address: usize) {
        let buffer = self.held.lock().remove(&address);
        // After the lock: the owner may run code of a user's.
        drop(buffer);
    }
}

/// A user's pool of one device.
pub struct UserPool<D: Events> {
    device: Device,
    /// The blocks
    pub pool: Arc<Pool<Over<D>>>,
}

impl<D: Events> UserPool<D> {
    /// A pool over an allocator; `queue` is the device's default one.
    pub fn new(device: Device, below: SharedArena, events: D, queue: Arc<Queue>) -> UserPool<D> {
        let source = Over { below, events, queue, held: Mutex::default() };
        UserPool { device, pool: Arc::new(Pool::new(device, source, Segments::AsAsked)) }
    }
}

impl<D: Events> DevicePool for UserPool<D> {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        let (address, block) = Pool::allocate(&self.pool, self.pool.source.key_of(queue), n_bytes)?;
        // SAFETY: the pool keeps the block's bytes, a part of a buffer that it holds, for us alone until the block is
        // dropped, by the buffer; the block keeps the pool.
        Ok(unsafe { Buffer::new(self.device, address, n_bytes, Box::new(block)) })
    }

    fn trim(&self, queue: Option<&Queue>) -> Result<()> {
        match queue {
            None => self.pool.trim(),
            Some(queue) => self.pool.trim_queue(self.pool.source.key_of(queue)),
        }
    }

    fn info(&self) -> MemoryInfo {
        self.pool.info()
    }

    fn set_limit(&self, n_bytes: usize) {
        self.pool.set_limit(n_bytes);
    }
}
