//! Memory of a device, with the address that tells whether two arrays overlap.

use crate::{Device, Queue};
use parking_lot::RwLock;
use std::fmt;

/// What keeps a buffer's memory alive; dropping it gives the memory back.
pub trait Allocation: Send + Sync {
    /// The capture for whose graph the memory was taken, by its number; 0 if for none.
    fn graph(&self) -> u64 {
        0
    }

    /// Work on this queue uses the memory: a pool must not hand it out again before that work is done.
    fn used_on(&self, _queue: &Queue) {}

    /// Whether it came from an allocator of the user's, who counts what it gives: it then serves nobody else.
    fn is_users(&self) -> bool {
        false
    }
}

impl Allocation for Vec<u8> {}
impl Allocation for () {}

/// A range of memory of one device.
pub struct Buffer {
    device: Device,
    address: usize,
    len: usize,
    owner: Box<dyn Allocation>,
    /// On the CPU readers and writers of a buffer exclude each other, whatever thread they come from.
    /// Taken in the order of addresses. Devices with queues leave it alone.
    pub lock: RwLock<()>,
}

impl Buffer {
    /// A buffer over memory that `owner` keeps alive.
    ///
    /// # Safety
    /// `address` must be valid on `device` for reads and writes of `len` bytes until `owner` is dropped
    /// (any address if `len` is 0), and on the CPU aligned to 16 bytes or imported as it is.
    pub unsafe fn new(device: Device, address: usize, len: usize, owner: Box<dyn Allocation>) -> Buffer {
        Buffer { device, address, len, owner, lock: RwLock::new(()) }
    }

    /// The device whose memory it is.
    #[inline]
    pub fn device(&self) -> Device {
        self.device
    }

    /// Where it begins, on its device.
    #[inline]
    pub fn address(&self) -> usize {
        self.address
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The capture for whose graph the memory was taken, by its number; 0 if for none.
    pub fn graph(&self) -> u64 {
        self.owner.graph()
    }

    /// Tells the owner that work on `queue` uses the memory.
    pub fn used_on(&self, queue: &Queue) {
        self.owner.used_on(queue);
    }

    /// Whether the memory came from an allocator of the user's.
    pub fn is_users(&self) -> bool {
        self.owner.is_users()
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {:#x} of {}", self.len, self.address, self.device)
    }
}
