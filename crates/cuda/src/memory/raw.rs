//! Device memory that no pool of ours keeps: straight from the driver, and the pools of users over such.

use super::{Pool, key_of};
use crate::driver::{Context, DeviceMemory, forked};
use cuprous_core::arena::{DevicePool, DriverPool, MemoryKind, SharedArena};
use cuprous_core::backend::MemoryInfo;
use cuprous_core::blocks::over::{Over, UserPool};
use cuprous_core::buffer::Allocation;
use cuprous_core::{Buffer, Device, DeviceKind, Error, Queue, Result};
use cuprous_cuda_sys::Handle;
use cuprous_cuda_sys::driver::{OUT_OF_MEMORY, constants as k};
use parking_lot::Mutex;
use std::alloc::Layout;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// The pools of users on a device, which must hear of queues that end.
#[derive(Default)]
pub(crate) struct UserPools(Mutex<Vec<Weak<Pool<Over<DeviceMemory>>>>>);

impl UserPools {
    /// Tells them that a queue is gone.
    pub fn retire(&self, queue: u64) {
        // Taken out of the lock: the last keeper of a pool may be one of these.
        let pools: Vec<_> = self.0.lock().iter().filter_map(Weak::upgrade).collect();
        pools.iter().for_each(|p| p.retire(queue));
    }
}

/// A pool of a user's over an allocator.
pub fn new_pool(ctx: &'static Context, below: SharedArena) -> Arc<dyn DevicePool> {
    let pool = Arc::new(UserPool::new(ctx.device, below, DeviceMemory { raw: ctx.raw }, ctx.default_queue.clone()));
    let mut all = ctx.user_pools.0.lock();
    all.retain(|p| p.strong_count() > 0);
    all.push(Arc::downgrade(&pool.pool));
    pool
}

/// One piece; dropping it gives it back.
struct Piece {
    context: &'static Context,
    address: usize,
    n_bytes: usize,
    kind: MemoryKind,
    /// The queue in whose order it was given
    home: (u64, u64),
    key: u64,
    has_visitors: AtomicBool,
}

impl Allocation for Piece {
    fn used_on(&self, queue: &Queue) {
        if key_of(queue) != self.key {
            self.has_visitors.store(true, Ordering::Relaxed);
        }
    }

    fn is_users(&self) -> bool {
        true
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if forked() {
            return;
        }
        let Ok(_entered) = self.context.enter() else { return };
        let api = self.context.raw.api;
        match self.kind {
            MemoryKind::Device | MemoryKind::Managed => {
                // SAFETY: the address came from the driver and is given back once; the driver waits for work that uses it.
                unsafe { (api.cuMemFree_v2)(self.address as u64) };
            }
            MemoryKind::System => {
                // Were the device lost, its work could still be writing: then the memory stays.
                if self.context.synchronize().is_ok()
                    && let Ok(layout) = layout_of(self.n_bytes)
                {
                    // SAFETY: it was allocated with this layout, and no work uses it any more.
                    unsafe { std::alloc::dealloc(self.address as *mut u8, layout) };
                }
            }
            MemoryKind::Ordered(_) => {
                let stream = self.stream().filter(|_| !self.has_visitors.load(Ordering::Relaxed));
                if stream.is_none() && self.context.synchronize().is_err() {
                    return;
                }
                if let Some(free) = api.cuMemFreeAsync {
                    // SAFETY: the address came from the driver's pool and is given back once, in the order of the only queue
                    // that used it, which lives, or after all work of the device.
                    unsafe { free(self.address as u64, stream.unwrap_or(0) as Handle) };
                }
            }
        }
    }
}

impl Piece {
    /// The stream of its home, if that is known to live and means the same here.
    fn stream(&self) -> Option<u64> {
        let (id, handle) = self.home;
        if id == self.context.default_queue.id {
            return Some(handle);
        }
        let found = self.context.queues.made.lock().get(&handle).and_then(Weak::upgrade);
        found.filter(|q| q.id == id).map(|q| q.handle)
    }
}

fn layout_of(n_bytes: usize) -> Result<Layout> {
    Layout::from_size_align(n_bytes, super::ALIGNMENT).map_err(|_| exhausted(n_bytes, Device::CPU))
}

#[cold]
fn exhausted(n_bytes: usize, device: Device) -> Error {
    Error::memory(format!("Out of memory allocating {n_bytes} bytes on {device}: the system has no more"))
}

#[cold]
fn too_old(what: &str) -> Error {
    Error::unsupported(format!("this NVIDIA driver has no {what}"))
}

/// Memory of a kind for work on a queue, uninitialized; nothing is taken for length 0.
///
/// # Errors
/// `Memory` if there is no more, `Unsupported` for a kind that driver or device do not have.
pub fn allocate(ctx: &'static Context, queue: &Queue, kind: MemoryKind, n_bytes: usize) -> Result<Buffer> {
    if n_bytes == 0 {
        // SAFETY: an empty buffer may have any address.
        return Ok(unsafe { Buffer::new(ctx.device, 0, 0, Box::new(())) });
    }
    let _entered = ctx.enter()?;
    let api = ctx.raw.api;
    let mut address = 0_u64;
    let stream = queue.handle as Handle;
    let (code, call) = match kind {
        // SAFETY: a context is current; the address goes to a valid place.
        MemoryKind::Device => (unsafe { (api.cuMemAlloc_v2)(&mut address, n_bytes) }, "cuMemAlloc"),
        MemoryKind::Managed => {
            let managed = api.cuMemAllocManaged.ok_or_else(|| too_old("managed memory"))?;
            // SAFETY: as above.
            (unsafe { managed(&mut address, n_bytes, k::MEM_ATTACH_GLOBAL) }, "cuMemAllocManaged")
        }
        MemoryKind::System => {
            if ctx.attribute(k::PAGEABLE_MEMORY_ACCESS)?.unwrap_or(0) == 0 {
                return Err(Error::unsupported(format!("{} cannot reach ordinary memory of the host", ctx.device)));
            }
            // SAFETY: the size is not 0.
            address = unsafe { std::alloc::alloc(layout_of(n_bytes)?) } as u64;
            (if address == 0 { OUT_OF_MEMORY } else { 0 }, "malloc")
        }
        MemoryKind::Ordered(DriverPool::Current) => {
            let take = api.cuMemAllocAsync.ok_or_else(|| too_old("memory in the order of streams"))?;
            // SAFETY: as above; the queue is the caller's, who keeps its stream.
            (unsafe { take(&mut address, n_bytes, stream) }, "cuMemAllocAsync")
        }
        MemoryKind::Ordered(pool) => {
            let take = api.cuMemAllocFromPoolAsync.ok_or_else(|| too_old("memory in the order of streams"))?;
            // SAFETY: as above; the pool is the device's, or one that its owner keeps valid.
            (unsafe { take(&mut address, n_bytes, handle_of(ctx, pool)?, stream) }, "cuMemAllocFromPoolAsync")
        }
    };
    if code == OUT_OF_MEMORY {
        return Err(exhausted(n_bytes, ctx.device));
    }
    ctx.raw.check(code, call)?;
    let address = address as usize;
    let (home, key) = ((queue.id, queue.handle), key_of(queue));
    let piece = Piece { context: ctx, address, n_bytes, kind, home, key, has_visitors: AtomicBool::new(false) };
    // SAFETY: the driver gave `n_bytes` at the address, which are ours until the piece is dropped, by the buffer.
    Ok(unsafe { Buffer::new(ctx.device, address, n_bytes, Box::new(piece)) })
}

/// The handle of a pool of the driver's. A context must be current.
fn handle_of(ctx: &Context, pool: DriverPool) -> Result<Handle> {
    let api = ctx.raw.api;
    let (get, call) = match pool {
        DriverPool::Handle(handle) => return Ok(handle as Handle),
        DriverPool::Current => (api.cuDeviceGetMemPool, "cuDeviceGetMemPool"),
        DriverPool::Default => (api.cuDeviceGetDefaultMemPool, "cuDeviceGetDefaultMemPool"),
    };
    let get = get.ok_or_else(|| too_old("memory pools"))?;
    let (mut device, mut handle) = (0, 0);
    // SAFETY: the driver is initialized, for there is a context; both values go to valid addresses.
    unsafe {
        ctx.raw.check((api.cuDeviceGet)(&mut device, i32::from(ctx.device.ordinal)), "cuDeviceGet")?;
        ctx.raw.check(get(&mut handle, device), call)?;
    }
    Ok(handle)
}

/// What a pool of the driver's holds.
///
/// # Errors
/// `Device` if the driver fails, `Unsupported` if it has no pools.
pub fn driver_pool(ctx: &Context, pool: DriverPool) -> Result<MemoryInfo> {
    let _entered = ctx.enter()?;
    let get = ctx.raw.api.cuMemPoolGetAttribute.ok_or_else(|| too_old("memory pools"))?;
    let handle = handle_of(ctx, pool)?;
    let look = |which: i32| {
        let mut value = 0_u64;
        // SAFETY: a context is current, and these attributes are 64-bit numbers, which go to a valid address.
        ctx.raw.check(unsafe { get(handle, which, (&raw mut value).cast::<c_void>()) }, "cuMemPoolGetAttribute")?;
        Ok(value as usize)
    };
    Ok(MemoryInfo { used: look(k::POOL_USED)?, total: look(k::POOL_RESERVED)?, ..MemoryInfo::default() })
}

/// Gives the unused memory of a pool of the driver's back to the system, after waiting for the device's work.
///
/// # Errors
/// As [`driver_pool`].
pub fn trim_driver_pool(ctx: &Context, pool: DriverPool) -> Result<()> {
    ctx.synchronize()?;
    let _entered = ctx.enter()?;
    let trim = ctx.raw.api.cuMemPoolTrimTo.ok_or_else(|| too_old("memory pools"))?;
    // SAFETY: a context is current; the pool is the device's, or one that its owner keeps valid.
    ctx.raw.check(unsafe { trim(handle_of(ctx, pool)?, 0) }, "cuMemPoolTrimTo")
}

/// The driver's number for a device; -1 is the host.
fn number_of(device: Device) -> i32 {
    if device.kind == DeviceKind::Cpu { -1 } else { i32::from(device.ordinal) }
}

/// Moves managed memory to a device, in the order of a queue.
///
/// # Errors
/// `Device` if the driver fails or the memory is not managed.
pub fn prefetch(ctx: &Context, queue: &Queue, memory: &Buffer, target: Device) -> Result<()> {
    let _entered = ctx.enter()?;
    let call = ctx.raw.api.cuMemPrefetchAsync.ok_or_else(|| too_old("prefetching"))?;
    if memory.is_empty() {
        return Ok(());
    }
    // SAFETY: a context is current, and the range is the buffer's; the driver checks of which sort it is.
    let code = unsafe { call(memory.address() as u64, memory.len(), number_of(target), queue.handle as Handle) };
    ctx.raw.check(code, "cuMemPrefetchAsync")
}

/// Tells the driver how managed memory will be used.
///
/// # Errors
/// `Device` if the driver fails or the memory is not managed.
pub fn advise(ctx: &Context, memory: &Buffer, advice: i32, device: Device) -> Result<()> {
    let _entered = ctx.enter()?;
    let call = ctx.raw.api.cuMemAdvise.ok_or_else(|| too_old("advice on memory"))?;
    if memory.is_empty() {
        return Ok(());
    }
    // SAFETY: as above; advice changes no content.
    let code = unsafe { call(memory.address() as u64, memory.len(), advice, number_of(device)) };
    ctx.raw.check(code, "cuMemAdvise")
}
