//! Pinned memory of the host, kept for reuse by size: pinning costs a call into the kernel and more.

use super::ALIGNMENT;
use crate::driver::{Context, context, forked};
use cuprous_core::buffer::Allocation;
use cuprous_core::{Buffer, Device, Error, Result};
use cuprous_cuda_sys::driver::{OUT_OF_MEMORY, constants as k};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ffi::c_void;

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

/// Memory with flags of its own, which nobody else could use again.
struct Flagged {
    context: &'static Context,
    address: usize,
}

impl Allocation for Flagged {}

impl Drop for Flagged {
    fn drop(&mut self) {
        // Copies that are queued may still use it, and the driver does not say that it waits for them.
        if !forked() && self.context.synchronize().is_ok() {
            let _ = free(self.context, self.address);
        }
    }
}

/// Gives pinned memory back to the system.
fn free(ctx: &Context, address: usize) -> Result<()> {
    let _entered = ctx.enter()?;
    // SAFETY: the address came from the driver, nobody uses it, and it is given back once.
    ctx.raw.check(unsafe { (ctx.raw.api.cuMemFreeHost)(address as *mut c_void) }, "cuMemFreeHost")
}

/// Pinned memory, uninitialized; kept for reuse unless it has flags of its own.
///
/// # Errors
/// `Memory` if the system has none left to pin.
pub fn allocate_pinned(ctx: &Context, n_bytes: usize, flags: u32) -> Result<Buffer> {
    let exhausted = || Error::memory(format!("out of pinned memory: {n_bytes} bytes requested"));
    let size = n_bytes.max(ALIGNMENT).checked_next_power_of_two().ok_or_else(exhausted)?;
    let kept = if flags == 0 { PINNED.lock().get_mut(&size).and_then(Vec::pop) } else { None };
    let address = match kept {
        Some(address) => address,
        None => {
            let _entered = ctx.enter()?;
            let mut pointer = std::ptr::null_mut();
            // SAFETY: a context is current; the pointer goes to a valid address.
            match unsafe { (ctx.raw.api.cuMemHostAlloc)(&mut pointer, size, k::HOST_ALLOC_PORTABLE | flags) } {
                OUT_OF_MEMORY => return Err(exhausted()),
                code => ctx.raw.check(code, "cuMemHostAlloc")?,
            }
            pointer as usize
        }
    };
    let owner: Box<dyn Allocation> =
        if flags == 0 { Box::new(Pinned { address, size }) } else { Box::new(Flagged { context: context(ctx.device)?, address }) };
    // SAFETY: the block has `size` bytes of the host's memory, no smaller than `n_bytes`, and is ours alone until
    // the owner is dropped.
    Ok(unsafe { Buffer::new(Device::CPU, address, n_bytes, owner) })
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
    let all = std::mem::take(&mut *PINNED.lock());
    all.into_values().flatten().try_for_each(|address| free(ctx, address))
}
