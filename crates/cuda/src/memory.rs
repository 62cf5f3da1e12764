//! The memory pool: blocks of device memory, reused in the order of the queues.
//!
//! Memory is taken from the device in segments and cut into blocks. A freed block goes to the list of the queue
//! it was allocated for and can be handed out there at once, for the queue runs in order. A block that other
//! queues used is parked behind events of theirs. Neighbouring free blocks of one queue are joined.

mod pinned;
pub mod raw;

use crate::driver::{Context, context};
pub use cuprous_core::blocks::ALIGNMENT;
pub(crate) use cuprous_core::blocks::pool::{Events, Pool, Segments, Source};
use cuprous_core::{Buffer, Queue, Result};
pub use pinned::{allocate_pinned, n_free_pinned, trim_pinned};
pub(crate) use raw::UserPools;

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

/// Memory for work on a queue, uninitialized; nothing is taken for length 0.
///
/// # Errors
/// `Memory` if pool, limit and device are exhausted; the message names the largest holders.
pub fn allocate(ctx: &Context, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
    if n_bytes == 0 {
        // SAFETY: an empty buffer may have any address.
        return Ok(unsafe { Buffer::new(ctx.device, 0, 0, Box::new(())) });
    }
    if let Some(kept) = crate::capture::of(ctx, queue) {
        return kept.allocate(queue, n_bytes);
    }
    let (address, block) = Pool::allocate(&&context(ctx.device)?.pool, key_of(queue), n_bytes)?;
    // SAFETY: the pool keeps the block's bytes for us alone until the block is dropped, by the buffer.
    Ok(unsafe { Buffer::new(ctx.device, address, n_bytes, Box::new(block)) })
}
