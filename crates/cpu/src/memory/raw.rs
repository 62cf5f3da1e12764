//! Host memory that no pool keeps, and the pools of users over such.

use super::exhausted;
use cuprous_core::arena::{DevicePool, MemoryKind, SharedArena};
use cuprous_core::backend::MemoryInfo;
use cuprous_core::blocks::ALIGNMENT;
use cuprous_core::blocks::over::UserPool;
use cuprous_core::blocks::pool::Events;
use cuprous_core::{Allocation, Buffer, Device, Queue, Result};
use std::alloc::Layout;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes in use of what a GPU's driver would take from its pool
static ORDERED: AtomicUsize = AtomicUsize::new(0);

/// One piece; dropping it gives it back to the system.
struct Piece {
    address: usize,
    layout: Layout,
    is_counted: bool,
}

impl Allocation for Piece {
    fn is_users(&self) -> bool {
        true
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if self.is_counted {
            ORDERED.fetch_sub(self.layout.size(), Ordering::Relaxed);
        }
        // SAFETY: it was allocated with this layout, and nobody uses it: the host's work is done when its call returns.
        unsafe { std::alloc::dealloc(self.address as *mut u8, self.layout) };
    }
}

/// Memory of the host; the kinds differ in what is counted.
///
/// # Errors
/// `Memory`, naming the size, if the system does not allow it.
pub fn allocate(kind: MemoryKind, n_bytes: usize) -> Result<Buffer> {
    if n_bytes == 0 {
        // SAFETY: a buffer of length 0 may have any address.
        return Ok(unsafe { Buffer::new(Device::CPU, ALIGNMENT, 0, Box::new(())) });
    }
    let unaddressable = || exhausted(n_bytes, "no such size can be addressed");
    let layout = Layout::from_size_align(n_bytes, ALIGNMENT).map_err(|_| unaddressable())?;
    super::large::check_available(n_bytes).map_err(|why| exhausted(n_bytes, &why))?;
    // SAFETY: the size is not 0.
    let address = unsafe { std::alloc::alloc(layout) } as usize;
    if address == 0 {
        return Err(exhausted(n_bytes, "the system refused"));
    }
    let is_counted = matches!(kind, MemoryKind::Ordered(_));
    if is_counted {
        ORDERED.fetch_add(n_bytes, Ordering::Relaxed);
    }
    // SAFETY: the piece is valid for `n_bytes` and is freed when the owner is dropped.
    Ok(unsafe { Buffer::new(Device::CPU, address, n_bytes, Box::new(Piece { address, layout, is_counted })) })
}

/// What is in use of the kind that is counted; nothing of it is kept.
pub fn ordered() -> MemoryInfo {
    let used = ORDERED.load(Ordering::Relaxed);
    MemoryInfo { used, total: used, ..MemoryInfo::default() }
}

/// A pool of a user's.
pub fn new_pool(below: SharedArena, queue: Arc<Queue>) -> Arc<dyn DevicePool> {
    Arc::new(UserPool::new(Device::CPU, below, HostOrder, queue))
}

/// The host's work is done when its call returns.
struct HostOrder;

impl Events for HostOrder {
    type Event = ();
    fn key_of(&self, queue: &Queue) -> u64 {
        queue.handle
    }
    fn record(&self, _queue: u64) -> Result<()> {
        Ok(())
    }
    fn is_done(&self, (): &()) -> bool {
        true
    }
    fn forget(&self, (): ()) {}
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }
    fn available(&self) -> Option<usize> {
        super::meminfo("MemAvailable")
    }
    fn is_dead(&self) -> bool {
        false
    }
}
