//! Copies between host and device.
//!
//! The driver copies pageable memory with one thread; large copies are faster through a ring of pinned buffers that
//! several threads fill or empty while the copy engine works on others. What is pinned already goes directly.

pub(crate) mod faults;

use crate::capture;
use crate::driver::{Context, Raw, context};
use cuprous_core::backend::CopySpec;
use cuprous_core::{Buffer, Error, Queue, Result, device};
use cuprous_cuda_sys::{Handle, driver::constants as k};
use parking_lot::Mutex;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of one pinned buffer
const CHUNK: usize = 4 << 20;
/// The most threads for one copy; each has two buffers
const MAX_THREADS: usize = 8;
/// Below this the driver's own copy is as fast
const LARGE: usize = 2 << 20;
/// Up to this a copy to the host goes through pinned memory, where the driver need not prepare anything
const SMALL: usize = 4096;

/// The ring of a context. One large copy uses it at a time.
pub(crate) struct Staging {
    raw: Raw,
    slots: Mutex<Vec<Slot>>,
    /// Addresses of small pinned pieces that nobody uses now
    small: Mutex<Vec<usize>>,
}

/// A piece of pinned memory of [`SMALL`] bytes; dropping it gives it back.
struct Small<'a> {
    staging: &'a Staging,
    address: usize,
}

impl Small<'_> {
    /// Copies a few bytes to the host, after the work queued before. The context must be current.
    fn read(&self, ctx: &Context, queue: &Queue, address: usize, target: &mut [u8]) -> Result<()> {
        let (api, stream, n) = (ctx.raw.api, queue.handle as Handle, target.len().min(SMALL));
        let pinned = self.address as *mut u8;
        // SAFETY: the caller checked the source's range; the piece has room, is ours alone and stays, for an error
        // of the stream is one of the whole context; it is read when the stream has been waited for.
        unsafe {
            let code = (api.cuMemcpyDtoHAsync_v2)(pinned.cast(), address as u64, n, stream);
            let waited = (api.cuStreamSynchronize)(stream);
            ctx.raw.check(code, "cuMemcpyDtoHAsync")?;
            ctx.raw.check(waited, "cuStreamSynchronize")?;
            target[..n].copy_from_slice(std::slice::from_raw_parts(pinned, n));
        }
        Ok(())
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        self.staging.small.lock().push(self.address);
    }
}

/// One pinned buffer, kept for the life of the process, and the event behind its last copy.
#[derive(Clone, Copy)]
struct Slot {
    address: usize,
    event: Handle,
}

impl Staging {
    pub fn new(raw: Raw) -> Staging {
        Staging { raw, slots: Mutex::new(Vec::new()), small: Mutex::new(Vec::new()) }
    }

    /// A small piece, kept for the life of the process. The context must be current.
    fn small(&self) -> Option<Small<'_>> {
        let free = self.small.lock().pop();
        let address = free.or_else(|| {
            let mut pointer = std::ptr::null_mut::<c_void>();
            // SAFETY: a context is current; the pointer goes to a valid address.
            let code = unsafe { (self.raw.api.cuMemHostAlloc)(&mut pointer, SMALL, k::HOST_ALLOC_PORTABLE) };
            (code == 0).then_some(pointer as usize)
        })?;
        Some(Small { staging: self, address })
    }

    /// Makes sure of `n` buffers, or of as many as there is memory for. The context must be current.
    fn reserve(&self, slots: &mut Vec<Slot>, n: usize) -> Result<()> {
        let api = self.raw.api;
        while slots.len() < n {
            let mut pointer = std::ptr::null_mut::<c_void>();
            // SAFETY: a context is current; the pointer goes to a valid address.
            let code = unsafe { (api.cuMemHostAlloc)(&mut pointer, CHUNK, k::HOST_ALLOC_PORTABLE) };
            if code != 0 && slots.len() >= 2 {
                return Ok(());
            }
            self.raw.check(code, "cuMemHostAlloc")?;
            match crate::queue::new_event(self.raw) {
                Ok(event) => slots.push(Slot { address: pointer as usize, event }),
                Err(e) => {
                    // SAFETY: it was allocated above and nobody else knows it.
                    unsafe { (api.cuMemFreeHost)(pointer) };
                    return Err(e);
                }
            }
        }
        Ok(())
    }
}

/// Copies from the host; `source` has been read when it returns.
///
/// # Errors
/// `Runtime` if the range is outside the buffer; `Device` if the driver fails.
pub fn upload(ctx: &Context, queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()> {
    check_range(target, offset, source.len(), "upload to")?;
    if source.is_empty() {
        return Ok(());
    }
    let _entered = ctx.enter()?;
    let address = target.address() + offset;
    if source.len() >= LARGE && !device::is_any_captured() && !is_known(ctx, source.as_ptr()) {
        return staged(ctx, queue, Direction::Up, address, source.as_ptr() as usize, source.len());
    }
    upload_raw(ctx, queue, source, address)
}

/// A plain copy to an address of memory that the caller vouches for. The context must be current.
pub(crate) fn upload_raw(ctx: &Context, queue: &Queue, source: &[u8], address: usize) -> Result<()> {
    let (api, stream) = (ctx.raw.api, queue.handle as Handle);
    if let Some(kept) = capture::of(ctx, queue) {
        // A graph reads the host's memory when it is launched, and each time.
        let copy = kept.copy_of(source)?;
        // SAFETY: as below, and the graph keeps the copy.
        let code = unsafe { (api.cuMemcpyHtoDAsync_v2)(address as u64, copy.cast(), source.len(), stream) };
        return ctx.raw.check(code, "cuMemcpyHtoDAsync");
    }
    // SAFETY: the caller checked the target's range and entered the context; the source is a slice.
    let code = unsafe { (api.cuMemcpyHtoDAsync_v2)(address as u64, source.as_ptr().cast(), source.len(), stream) };
    ctx.raw.check(code, "cuMemcpyHtoDAsync")?;
    // Pageable memory has been read when the call returns; pinned memory only when the copy is done.
    if is_known(ctx, source.as_ptr()) {
        // SAFETY: the queue keeps its stream.
        ctx.raw.check(unsafe { (api.cuStreamSynchronize)(stream) }, "cuStreamSynchronize")?;
    }
    Ok(())
}

/// Copies to the host, after the work queued before; complete when it returns.
///
/// # Errors
/// `Runtime` if the range is outside the buffer; `Device` if the driver or an earlier kernel fails.
pub fn download(ctx: &Context, queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()> {
    check_range(source, offset, target.len(), "download from")?;
    if target.is_empty() {
        return Ok(());
    }
    capture::refuse(ctx, queue, "read values on the host")?;
    let _entered = ctx.enter()?;
    let address = source.address() + offset;
    if target.len() >= LARGE && !is_known(ctx, target.as_ptr()) {
        return staged(ctx, queue, Direction::Down, address, target.as_mut_ptr() as usize, target.len());
    }
    if target.len() <= SMALL
        && let Some(slot) = ctx.staging.small()
    {
        return slot.read(ctx, queue, address, target);
    }
    let (api, stream) = (ctx.raw.api, queue.handle as Handle);
    // SAFETY: the source's range was checked; the target is a slice that stays borrowed until the stream is
    // synchronized, also when the copy could not be started.
    unsafe {
        let code = (api.cuMemcpyDtoHAsync_v2)(target.as_mut_ptr().cast(), address as u64, target.len(), stream);
        let waited = (api.cuStreamSynchronize)(stream);
        ctx.raw.check(code, "cuMemcpyDtoHAsync")?;
        ctx.raw.check(waited, "cuStreamSynchronize")
    }
}

/// Copies between buffers, of one GPU or of two.
///
/// # Errors
/// `Runtime` if a range is outside its buffer; `Device` if the driver fails.
pub fn copy(ctx: &Context, queue: &Queue, spec: &CopySpec) -> Result<()> {
    let CopySpec { source, source_offset, target, target_offset, n_bytes } = *spec;
    check_range(source, source_offset, n_bytes, "copy from")?;
    check_range(target, target_offset, n_bytes, "copy to")?;
    if n_bytes == 0 {
        return Ok(());
    }
    let (from, to) = ((source.address() + source_offset) as u64, (target.address() + target_offset) as u64);
    if source.device() == target.device() && from.abs_diff(to) < n_bytes as u64 {
        // The driver leaves open what a copy within overlapping ranges gives: it goes through memory of its own.
        let between = crate::memory::allocate(ctx, queue, n_bytes)?;
        copy(ctx, queue, &CopySpec { source, source_offset, target: &between, target_offset: 0, n_bytes })?;
        return copy(ctx, queue, &CopySpec { source: &between, source_offset: 0, target, target_offset, n_bytes });
    }
    let (api, stream) = (ctx.raw.api, queue.handle as Handle);
    if source.device() == target.device() {
        let _entered = ctx.enter()?;
        // SAFETY: both ranges were checked; the queue keeps its stream, in whose order the pool reuses the memory.
        return ctx.raw.check(unsafe { (api.cuMemcpyDtoDAsync_v2)(to, from, n_bytes, stream) }, "cuMemcpyDtoDAsync");
    }
    let peer = api.cuMemcpyPeerAsync.ok_or_else(|| Error::device("this driver cannot copy between GPUs"))?;
    let (there, here) = (context(source.device())?.raw.context, context(target.device())?.raw.context);
    let _entered = ctx.enter()?;
    // SAFETY: both ranges were checked, and both contexts live as long as the process.
    ctx.raw.check(unsafe { peer(to, here, from, there, n_bytes, stream) }, "cuMemcpyPeerAsync")
}

/// Sets bytes to a value.
///
/// # Errors
/// `Runtime` if the range is outside the buffer; `Device` if the driver fails.
pub fn fill(ctx: &Context, queue: &Queue, target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()> {
    check_range(target, offset, n_bytes, "fill")?;
    if n_bytes == 0 {
        return Ok(());
    }
    let _entered = ctx.enter()?;
    let address = (target.address() + offset) as u64;
    // SAFETY: the range was checked; the queue keeps its stream, in whose order the pool reuses the memory.
    ctx.raw.check(unsafe { (ctx.raw.api.cuMemsetD8Async)(address, value, n_bytes, queue.handle as Handle) }, "cuMemsetD8Async")
}

fn check_range(buffer: &Buffer, offset: usize, len: usize, what: &str) -> Result<()> {
    if offset.checked_add(len).is_none_or(|end| end > buffer.len()) {
        return Err(Error::runtime(format!("{what} {len} bytes at {offset} of a buffer of {}", buffer.len())));
    }
    Ok(())
}

/// Whether the driver knows the host memory: pinned or managed, which it copies directly and asynchronously.
fn is_known(ctx: &Context, pointer: *const u8) -> bool {
    let mut kind = 0_i32;
    // SAFETY: the driver only looks the address up; the kind, an unsigned int, goes to a valid address.
    let code = unsafe { (ctx.raw.api.cuPointerGetAttribute)((&raw mut kind).cast(), k::POINTER_MEMORY_TYPE, pointer as u64) };
    code == 0 && kind != 0
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Up,
    Down,
}

/// A copy in chunks: `n_threads` threads take the next chunk each, with two pinned buffers each.
fn staged(ctx: &Context, queue: &Queue, direction: Direction, device: usize, host: usize, len: usize) -> Result<()> {
    let n_cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut slots = ctx.staging.slots.lock();
    let wanted = MAX_THREADS.min(n_cores).min(len.div_ceil(CHUNK / 2));
    ctx.staging.reserve(&mut slots, 2 * wanted)?;
    let n_threads = wanted.min(slots.len() / 2).max(1);
    // Chunks of a few threads' equal share for middling lengths, so that all have work.
    let chunk = len.div_ceil(n_threads).div_ceil(2).next_multiple_of(4096).min(CHUNK);
    let job = Job {
        raw: ctx.raw,
        stream: queue.handle as Handle,
        direction,
        device,
        host,
        len,
        chunk,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
    };
    let pairs: Vec<[Slot; 2]> = slots.chunks_exact(2).take(n_threads).map(|s| [s[0], s[1]]).collect();
    if n_threads == 1 {
        return job.work(pairs[0]);
    }
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let job = &job;
        let spawn = |pair: [Slot; 2]| std::thread::Builder::new().name("cuprous-copy".into()).spawn_scoped(scope, move || job.work(pair));
        let threads: Vec<_> = pairs[1..].iter().map(|&pair| spawn(pair)).collect();
        let mut results = vec![job.work(pairs[0])];
        // A thread that could not be started is done without: the others take its chunks.
        results
            .extend(threads.into_iter().flatten().map(|t| t.join().unwrap_or_else(|_| Err(Error::device("a copying thread ended early")))));
        results
    });
    results.into_iter().collect()
}

struct Job {
    raw: Raw,
    stream: Handle,
    direction: Direction,
    device: usize,
    host: usize,
    len: usize,
    chunk: usize,
    next: AtomicUsize,
    failed: AtomicBool,
}

/// A range of the copy.
#[derive(Clone, Copy)]
struct Piece {
    offset: usize,
    len: usize,
}

impl Job {
    fn work(&self, slots: [Slot; 2]) -> Result<()> {
        let done = self.raw.enter().and_then(|_entered| match self.direction {
            Direction::Up => self.fill(slots),
            Direction::Down => self.empty(slots),
        });
        if done.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        done
    }

    fn take(&self) -> Option<Piece> {
        let offset = self.next.fetch_add(1, Ordering::Relaxed).checked_mul(self.chunk)?;
        (offset < self.len && !self.failed.load(Ordering::Relaxed)).then(|| Piece { offset, len: self.chunk.min(self.len - offset) })
    }

    /// Waits for the last copy of a buffer; at once if there was none.
    fn await_slot(&self, slot: Slot) -> Result<()> {
        // SAFETY: the event lives as long as the process.
        self.raw.check(unsafe { (self.raw.api.cuEventSynchronize)(slot.event) }, "cuEventSynchronize")
    }

    fn fill(&self, slots: [Slot; 2]) -> Result<()> {
        let api = self.raw.api;
        let mut turn = 0;
        while let Some(Piece { offset, len }) = self.take() {
            let slot = slots[turn];
            turn ^= 1;
            self.await_slot(slot)?;
            // SAFETY: `host + offset .. + len` lies in the source slice, which stays borrowed until all threads
            // have ended; the buffer has CHUNK bytes, is this thread's alone, and its last copy is done. The
            // device range was checked by `upload`. The buffer outlives the asynchronous copy, for it is never
            // freed, and its event is recorded behind the copy even if that failed.
            unsafe {
                std::ptr::copy_nonoverlapping((self.host + offset) as *const u8, slot.address as *mut u8, len);
                let code = (api.cuMemcpyHtoDAsync_v2)((self.device + offset) as u64, slot.address as *const c_void, len, self.stream);
                let recorded = (api.cuEventRecord)(slot.event, self.stream);
                self.raw.check(code, "cuMemcpyHtoDAsync")?;
                self.raw.check(recorded, "cuEventRecord")?;
            }
        }
        Ok(())
    }

    fn empty(&self, slots: [Slot; 2]) -> Result<()> {
        let api = self.raw.api;
        let mut turn = 0;
        let mut pending: Option<(Slot, Piece)> = None;
        loop {
            let piece = self.take();
            let started = match piece {
                Some(piece) => {
                    let slot = slots[turn];
                    turn ^= 1;
                    // An upload may still read the buffer.
                    self.await_slot(slot)?;
                    // SAFETY: the buffer has CHUNK bytes, is never freed and this thread's alone; the device
                    // range was checked by `download`.
                    unsafe {
                        let code = (api.cuMemcpyDtoHAsync_v2)(
                            slot.address as *mut c_void,
                            (self.device + piece.offset) as u64,
                            piece.len,
                            self.stream,
                        );
                        let recorded = (api.cuEventRecord)(slot.event, self.stream);
                        self.raw.check(code, "cuMemcpyDtoHAsync")?;
                        self.raw.check(recorded, "cuEventRecord")?;
                    }
                    Some((slot, piece))
                }
                None => None,
            };
            // While the next chunk travels, the last one is copied out.
            if let Some((slot, Piece { offset, len })) = pending {
                self.await_slot(slot)?;
                // SAFETY: the chunk has arrived; `host + offset .. + len` lies in the target slice, borrowed
                // mutably until all threads have ended, and no other thread has this chunk.
                unsafe { std::ptr::copy_nonoverlapping(slot.address as *const u8, (self.host + offset) as *mut u8, len) };
            }
            if started.is_none() {
                return Ok(());
            }
            pending = started;
        }
    }
}
