//! Where the memory of buffers comes from, if not from a device's own pool.

use crate::backend::MemoryInfo;
use crate::{Buffer, Device, Error, Queue, Result};
use std::sync::Arc;

/// An allocator: of a user, or a pool of his.
pub trait Arena: Send + Sync {
    /// Memory for work on a queue, uninitialized.
    ///
    /// # Errors
    /// `Memory` if there is none left.
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer>;

    /// What it holds on a device, if nobody can tell when it is asked for memory: then values may wait for theirs.
    /// For an allocator that runs a user's code there is none, and what is made with it is computed at once.
    fn info(&self, device: Device) -> Option<MemoryInfo>;
}

/// Memory that no pool keeps: each buffer is asked of the system, and goes back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryKind {
    /// The device's
    Device,
    /// Memory that host and devices see at one address, and whose pages move to who uses them
    Managed,
    /// The host's own, where devices can reach it
    System,
    /// The device's, taken and given back in the order of the queue, from a pool of the driver's
    Ordered(DriverPool),
}

/// A memory pool of the driver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverPool {
    /// The one that the device uses now
    Current,
    /// The one that it came with
    Default,
    /// A handle that somebody else keeps valid
    Handle(u64),
}

/// A pool of one device over an arena, which it asks for blocks of the sizes that are wanted.
pub trait DevicePool: Send + Sync {
    /// Memory for work on a queue, uninitialized.
    ///
    /// # Errors
    /// `Memory` if the limit or what lies below does not allow it.
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer>;

    /// Gives what is free back: all, or that of one queue.
    ///
    /// # Errors
    /// `Device` if the device fails, for whose work it waits.
    fn trim(&self, queue: Option<&Queue>) -> Result<()>;

    /// What it holds.
    fn info(&self) -> MemoryInfo;

    /// Limits what it may hold; 0 is no limit.
    fn set_limit(&self, n_bytes: usize);
}

/// Memory of one kind straight from the system.
pub struct Raw(pub MemoryKind);

impl Arena for Raw {
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        crate::backend::backend(queue.device.kind)?.allocate_raw(queue, self.0, n_bytes)
    }

    /// Nobody keeps a count, and nobody's code runs.
    fn info(&self, _device: Device) -> Option<MemoryInfo> {
        Some(MemoryInfo::default())
    }
}

/// An arena that others can name too.
pub type SharedArena = Arc<dyn Arena>;

/// A limit of pools, in bytes or as a part of the device's memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// So many
    Bytes(usize),
    /// Of all that the device has
    Fraction(f64),
}

impl Limit {
    /// The limit of a word such as `1073741824` or `50%`.
    ///
    /// # Errors
    /// `Value` if it is neither.
    pub fn parse(word: &str) -> Result<Limit> {
        let parsed = match word.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok().filter(|p| (0.0..=100.0).contains(p)).map(|p| Limit::Fraction(p / 100.0)),
            None => word.trim().parse::<usize>().ok().map(Limit::Bytes),
        };
        parsed.ok_or_else(|| Error::value(format!("a memory limit is a number of bytes or a percentage such as '50%', not '{word}'")))
    }

    /// In bytes, on a device that has so many.
    pub fn of(self, total: usize) -> usize {
        match self {
            Limit::Bytes(n) => n,
            Limit::Fraction(f) => (total as f64 * f) as usize,
        }
    }
}

/// The limit that new pools have by `CUPROUS_MEMORY_LIMIT`, or CuPy's `CUPY_GPU_MEMORY_LIMIT`.
///
/// # Errors
/// `Value` if the variable is not understood.
pub fn limit_of_environment() -> Result<Option<Limit>> {
    let word = ["CUPROUS_MEMORY_LIMIT", "CUPY_GPU_MEMORY_LIMIT"].iter().find_map(|name| std::env::var(name).ok().filter(|w| !w.is_empty()));
    word.map(|w| Limit::parse(&w)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bytes_or_percentages() {
        assert_eq!(Limit::parse("1073741824").map(|l| l.of(5)).ok(), Some(1 << 30));
        assert_eq!(Limit::parse(" 25% ").map(|l| l.of(1000)).ok(), Some(250));
        assert_eq!(Limit::parse("100%").map(|l| l.of(1000)).ok(), Some(1000));
        for bad in ["", "x", "-1", "101%", "5MB", "nan%", "%"] {
            assert!(Limit::parse(bad).is_err(), "{bad}");
        }
    }
}
