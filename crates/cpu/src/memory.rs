//! Host memory: aligned blocks, those lately freed kept for reuse, and copies.

pub mod per_process;
mod small;

use crate::threads::Threads;
use cuprous_core::backend::{CopySpec, MemoryInfo};
use cuprous_core::{Allocation, Buffer, Device, Error, Result};
use parking_lot::Mutex;
use per_process::PerProcess;
use std::alloc::Layout;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Blocks above this size are kept for all threads: fresh pages cost more than computing on them.
const KEPT_ABOVE: usize = small::BELOW;
/// Blocks of at least this size get huge pages where the system has them.
const HUGE_FROM: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;
/// Requests above this are held against the memory that the system has left: Linux promises more than it
/// has, and ends the process when it cannot keep the promise.
const CHECKED_FROM: usize = 1 << 30;
/// Copies above this are shared by all threads.
const SHARED_COPY_FROM: usize = 4 << 20;

/// The memory of the host, with its statistics.
#[derive(Clone)]
pub struct Pool(Arc<State>);

struct State {
    used: AtomicUsize,
    limit: AtomicUsize,
    /// What may be kept at most
    kept_limit: usize,
    free: PerProcess<Mutex<Free>>,
    clock: AtomicU64,
}

/// Freed blocks by size, the oldest of each size in front.
#[derive(Default)]
struct Free {
    total: usize,
    by_size: BTreeMap<usize, VecDeque<(u64, usize)>>,
}

/// One block; dropping it gives it back.
struct Block {
    address: usize,
    size: usize,
    state: Arc<State>,
}

impl Pool {
    /// Empty, without limit.
    pub fn new() -> Pool {
        // Enough for the temporaries of a large expression, little against the machine.
        let kept_limit = (meminfo("MemTotal").unwrap_or(0) / 16).clamp(256 << 20, 4 << 30);
        Pool::keeping(kept_limit)
    }

    fn keeping(kept_limit: usize) -> Pool {
        let state =
            State { used: AtomicUsize::new(0), limit: AtomicUsize::new(0), kept_limit, free: PerProcess::new(), clock: AtomicU64::new(0) };
        Pool(Arc::new(state))
    }

    /// A buffer of any content, aligned to 64 bytes.
    ///
    /// # Errors
    /// `Memory`, naming the size, if the limit or the system does not allow it.
    pub fn allocate(&self, n_bytes: usize) -> Result<Buffer> {
        if n_bytes == 0 {
            // SAFETY: a buffer of length 0 may have any address.
            return Ok(unsafe { Buffer::new(Device::CPU, 64, 0, Box::new(())) });
        }
        let block = self.block(n_bytes)?;
        // SAFETY: the block is valid for `n_bytes` and is freed when the owner is dropped.
        Ok(unsafe { Buffer::new(Device::CPU, block.address, n_bytes, Box::new(block)) })
    }

    fn block(&self, n_bytes: usize) -> Result<Block> {
        let state = &self.0;
        let size = rounded(n_bytes).ok_or_else(|| exhausted(n_bytes, "no such size can be addressed"))?;
        let took = |address| {
            state.used.fetch_add(size, Ordering::Relaxed);
            Block { address, size, state: state.clone() }
        };
        let limit = state.limit.load(Ordering::Relaxed);
        let used = state.used.load(Ordering::Relaxed);
        if limit != 0 && size > limit.saturating_sub(used) {
            return Err(exhausted(n_bytes, &format!("{used} bytes of the limit of {limit} are in use")));
        }
        let kept = if size > KEPT_ABOVE { state.free().lock().take(size) } else { small::take(size) };
        if let Some(address) = kept {
            return Ok(took(address));
        }
        if limit != 0 && size > limit.saturating_sub(used + state.kept()) {
            self.trim();
        }
        if size > CHECKED_FROM {
            let left = || meminfo("MemAvailable").unwrap_or(usize::MAX);
            if size > left() {
                self.trim();
            }
            let left = left();
            if size > left {
                return Err(exhausted(n_bytes, &format!("the system has {left} bytes left")));
            }
        }
        let layout = layout_of(size).ok_or_else(|| exhausted(n_bytes, "no such size can be addressed"))?;
        // SAFETY: the size is not 0.
        let mut address = unsafe { std::alloc::alloc(layout) } as usize;
        if address == 0 {
            self.trim();
            // SAFETY: as above.
            address = unsafe { std::alloc::alloc(layout) } as usize;
        }
        if address == 0 {
            return Err(exhausted(n_bytes, "the system refused"));
        }
        #[cfg(target_os = "linux")]
        if size >= HUGE_FROM {
            // SAFETY: the range is ours and page aligned; advice changes no content, and may be ignored.
            unsafe { libc::madvise(address as *mut _, size, libc::MADV_HUGEPAGE) };
        }
        Ok(took(address))
    }

    /// Gives what is kept back to the system.
    pub fn trim(&self) {
        small::clear();
        if let Some(free) = self.0.free.existing() {
            let all = std::mem::take(&mut *free.lock());
            all.by_size.into_iter().for_each(|(size, blocks)| blocks.into_iter().for_each(|(_, address)| release(address, size)));
        }
    }

    /// What it holds.
    pub fn info(&self) -> MemoryInfo {
        let used = self.0.used.load(Ordering::Relaxed);
        let (kept, n_free) = self.0.free.existing().map_or((0, 0), |f| {
            let free = f.lock();
            (free.total, free.by_size.values().map(VecDeque::len).sum())
        });
        MemoryInfo { used, total: used + kept, limit: self.0.limit.load(Ordering::Relaxed), n_free }
    }

    /// Limits what it may hold; 0 is no limit.
    pub fn set_limit(&self, n_bytes: usize) {
        self.0.limit.store(n_bytes, Ordering::Relaxed);
        if n_bytes != 0 && self.info().total > n_bytes {
            self.trim();
        }
    }
}

impl State {
    fn free(&self) -> &Mutex<Free> {
        self.free.get(Mutex::default)
    }

    fn kept(&self) -> usize {
        self.free.existing().map_or(0, |f| f.lock().total)
    }
}

impl Free {
    fn take(&mut self, size: usize) -> Option<usize> {
        // The youngest is the likeliest to be in the cache.
        let (_, address) = self.by_size.get_mut(&size)?.pop_back()?;
        self.total -= size;
        Some(address)
    }

    /// The oldest block of all, with its size.
    fn take_oldest(&mut self) -> Option<(usize, usize)> {
        let (&size, _) = self.by_size.iter().filter(|(_, b)| !b.is_empty()).min_by_key(|(_, b)| b.front().map(|&(age, _)| age))?;
        let blocks = self.by_size.get_mut(&size)?;
        let (_, address) = blocks.pop_front()?;
        if blocks.is_empty() {
            self.by_size.remove(&size);
        }
        self.total -= size;
        Some((address, size))
    }
}

impl Allocation for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        let state = &self.state;
        state.used.fetch_sub(self.size, Ordering::Relaxed);
        if self.size <= KEPT_ABOVE {
            return small::give(self.address, self.size);
        }
        if self.size > state.kept_limit {
            return release(self.address, self.size);
        }
        let age = state.clock.fetch_add(1, Ordering::Relaxed);
        let mut old = Vec::new();
        let mut free = state.free().lock();
        free.total += self.size;
        free.by_size.entry(self.size).or_default().push_back((age, self.address));
        while free.total > state.kept_limit {
            match free.take_oldest() {
                Some(block) => old.push(block),
                None => break,
            }
        }
        drop(free);
        old.into_iter().for_each(|(address, size)| release(address, size));
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(free) = self.free.existing() {
            let all = std::mem::take(&mut *free.lock());
            all.by_size.into_iter().for_each(|(size, blocks)| blocks.into_iter().for_each(|(_, address)| release(address, size)));
        }
    }
}

/// The size of the block that serves a request: of eight to a doubling, so that freed blocks fit again.
fn rounded(n_bytes: usize) -> Option<usize> {
    let step = if n_bytes <= KEPT_ABOVE { small::step(n_bytes) } else { n_bytes.checked_next_power_of_two()? / 16 };
    n_bytes.checked_next_multiple_of(step).filter(|&n| n <= isize::MAX as usize - HUGE_PAGE)
}

fn layout_of(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, if size >= HUGE_FROM { HUGE_PAGE } else { 64 }).ok()
}

fn release(address: usize, size: usize) {
    if let Some(layout) = layout_of(size) {
        // SAFETY: every block was allocated with the layout of its size, and is released once.
        unsafe { std::alloc::dealloc(address as *mut u8, layout) };
    }
}

#[cold]
fn exhausted(n_bytes: usize, why: &str) -> Error {
    Error::memory(format!("out of memory allocating {n_bytes} bytes on the host: {why}"))
}

/// A pointer that the threads of one launch share: they touch disjoint elements.
#[derive(Clone, Copy)]
pub struct Shared(pub *mut u8);

// SAFETY: the launch that made it holds the buffer's lock and gives each thread its own elements.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// The address `n` bytes on.
    #[inline]
    pub fn at(self, n: usize) -> *mut u8 {
        self.0.wrapping_add(n)
    }
}

/// A line of /proc/meminfo, in bytes.
pub fn meminfo(key: &str) -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse::<usize>().ok()?.checked_mul(1024)
}

/// Copies from the host's memory into a buffer.
///
/// # Errors
/// `Runtime` if it does not fit there.
pub fn upload(threads: &Threads, source: &[u8], target: &Buffer, offset: usize) -> Result<()> {
    check_range(target, offset, source.len())?;
    let _held = target.lock.write();
    // SAFETY: both ranges are valid, as just checked; a slice cannot overlap a buffer that we hold for writing
    // unless its owner lent out both, which the engine's write gate excludes.
    unsafe { copy(threads, source.as_ptr(), (target.address() + offset) as *mut u8, source.len()) };
    Ok(())
}

/// Copies from a buffer into the host's memory.
///
/// # Errors
/// `Runtime` if it is not that long.
pub fn download(threads: &Threads, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()> {
    check_range(source, offset, target.len())?;
    let _held = source.lock.read();
    // SAFETY: both ranges are valid, as just checked, and `target` is borrowed alone.
    unsafe { copy(threads, (source.address() + offset) as *const u8, target.as_mut_ptr(), target.len()) };
    Ok(())
}

/// Copies between buffers, or within one, where the ranges may overlap.
///
/// # Errors
/// `Runtime` if a range leaves its buffer.
pub fn copy_buffers(threads: &Threads, spec: &CopySpec) -> Result<()> {
    let CopySpec { source, source_offset, target, target_offset, n_bytes } = *spec;
    check_range(source, source_offset, n_bytes)?;
    check_range(target, target_offset, n_bytes)?;
    let (from, to) = (source.address() + source_offset, target.address() + target_offset);
    // Locks are taken in the order of addresses, as launches take theirs, and the lock of one buffer once.
    let order = |b: &Buffer| (b.address(), std::ptr::from_ref(b) as usize);
    let first = (order(source) < order(target)).then(|| source.lock.read());
    let _written = target.lock.write();
    let _second = (order(source) > order(target)).then(|| source.lock.read());
    let _first = first;
    if from.abs_diff(to) < n_bytes {
        // SAFETY: both ranges are valid, as just checked, and locked; the copy allows for overlap.
        unsafe { std::ptr::copy(from as *const u8, to as *mut u8, n_bytes) };
    } else {
        // SAFETY: both ranges are valid, as just checked, locked, and have no byte in common.
        unsafe { copy(threads, from as *const u8, to as *mut u8, n_bytes) };
    }
    Ok(())
}

/// Sets bytes of a buffer to a value.
///
/// # Errors
/// `Runtime` if the range leaves it.
pub fn fill(target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()> {
    check_range(target, offset, n_bytes)?;
    let _held = target.lock.write();
    // SAFETY: the range is valid, as just checked, and held for writing.
    unsafe { std::ptr::write_bytes((target.address() + offset) as *mut u8, value, n_bytes) };
    Ok(())
}

fn check_range(buffer: &Buffer, offset: usize, len: usize) -> Result<()> {
    if offset.checked_add(len).is_none_or(|end| end > buffer.len()) {
        return Err(Error::runtime(format!("a copy of {len} bytes at {offset} leaves a buffer of {} bytes", buffer.len())));
    }
    Ok(())
}

/// # Safety
/// Both ranges must be valid for `n` bytes and must not overlap.
unsafe fn copy(threads: &Threads, source: *const u8, target: *mut u8, n: usize) {
    let n_pieces = if n < SHARED_COPY_FROM { 1 } else { 4 * threads.n() };
    let piece = n.div_ceil(n_pieces).next_multiple_of(4096);
    let (source, target) = (Shared(source.cast_mut()), Shared(target));
    threads.for_each(
        n.div_ceil(piece.max(1)),
        n,
        || (),
        |(), k| {
            let (from, len) = (k * piece, piece.min(n - k * piece));
            // SAFETY: pieces are disjoint parts of ranges that the caller vouches for.
            unsafe { std::ptr::copy_nonoverlapping(source.at(from), target.at(from), len) };
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::ErrorKind;

    #[test]
    fn blocks_are_aligned_and_reused() {
        let pool = Pool::keeping(8 << 20);
        let a = pool.allocate(100_000).unwrap_or_else(|e| panic!("{e}"));
        let (address, used) = (a.address(), pool.info().used);
        assert!(address % 64 == 0 && used >= 100_000);
        drop(a);
        assert_eq!(pool.info(), MemoryInfo { used: 0, total: used, limit: 0, n_free: 1 });
        let b = pool.allocate(100_001).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(b.address(), address);
        drop(b);
        pool.trim();
        assert_eq!(pool.info().total, 0);
    }

    #[test]
    fn the_cache_is_bounded() {
        let pool = Pool::keeping(1 << 20);
        let blocks: Vec<_> = (0..40).map(|k| pool.allocate(70_000 + 9000 * (k % 5))).collect();
        drop(blocks);
        let info = pool.info();
        assert!(info.used == 0 && info.total > 0 && info.total <= 1 << 20);
    }

    #[test]
    fn what_cannot_be_had_is_an_error_that_names_the_size() {
        let pool = Pool::keeping(0);
        for n in [usize::MAX, isize::MAX as usize, isize::MAX as usize - 100, 1 << 50] {
            let e = pool.allocate(n).err().unwrap_or_else(|| panic!("{n} bytes"));
            assert!(e.kind() == ErrorKind::Memory && e.message().contains(&n.to_string()), "{e}");
        }
        assert_eq!(pool.info().used, 0);
        assert_eq!(pool.allocate(0).map(|b| b.len()).ok(), Some(0));
    }

    #[test]
    fn limits_hold() {
        let pool = Pool::keeping(8 << 20);
        pool.set_limit(1 << 20);
        let a = pool.allocate(600_000);
        assert!(a.is_ok());
        assert_eq!(pool.allocate(600_000).err().map(|e| e.kind()), Some(ErrorKind::Memory));
        drop(a);
        // What is kept counts as well, so it is given back first.
        assert!(pool.allocate(900_000).is_ok());
        assert!(pool.info().total <= 1 << 20);
    }

    #[test]
    fn copies_there_and_back() {
        let (pool, threads) = (Pool::keeping(0), Threads::new(3));
        for n in [0, 1, 1000, (4 << 20) + 13] {
            let bytes: Vec<u8> = (0..n).map(|k| (k * 7) as u8).collect();
            let buffer = pool.allocate(n + 5).unwrap_or_else(|e| panic!("{e}"));
            assert!(upload(&threads, &bytes, &buffer, 5).is_ok());
            let mut back = vec![0; n];
            assert!(download(&threads, &buffer, 5, &mut back).is_ok());
            assert!(back == bytes);
            assert!(upload(&threads, &bytes, &buffer, 6).is_err());
            assert!(download(&threads, &buffer, usize::MAX, &mut [0]).is_err());
        }
    }
}
