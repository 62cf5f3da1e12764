//! Host memory: aligned blocks, freed ones kept for reuse, and copies.

mod large;
pub mod per_process;
pub mod raw;
mod small;

use crate::threads::Threads;
use cuprous_core::backend::{CopySpec, MemoryInfo};
use cuprous_core::blocks::ALIGNMENT;
use cuprous_core::hooks::{self, Step};
use cuprous_core::{Allocation, Buffer, Device, Error, Result};
use large::{Large, Piece};
use parking_lot::Mutex;
use per_process::PerProcess;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Blocks above this size are kept for all threads: fresh pages cost more than computing on them.
const KEPT_ABOVE: usize = small::BELOW;
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
    /// A child of a fork has its own: the parent's may be locked for ever
    large: PerProcess<Mutex<Large>>,
}

/// One block; dropping it gives it back.
struct Block {
    address: usize,
    size: usize,
    from: From,
    state: Arc<State>,
}

/// Where a block goes back to.
enum From {
    Small,
    /// The process that has it as a large one, by the place of its pool
    Large(Piece, usize),
}

impl Pool {
    /// Empty, without limit.
    pub fn new() -> Pool {
        // Enough for the temporaries of a large expression, little against the machine.
        let kept_limit = (meminfo("MemTotal").unwrap_or(0) / 16).clamp(256 << 20, 4 << 30);
        Pool::keeping(kept_limit)
    }

    fn keeping(kept_limit: usize) -> Pool {
        let state = State { used: AtomicUsize::new(0), limit: AtomicUsize::new(0), kept_limit, large: PerProcess::new() };
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

    #[inline]
    fn block(&self, n_bytes: usize) -> Result<Block> {
        let size = rounded(n_bytes).ok_or_else(|| exhausted(n_bytes, "no such size can be addressed"))?;
        if hooks::are_here() { self.told(n_bytes, size) } else { self.take(n_bytes, size) }
    }

    /// Takes a block, telling the hooks of this thread.
    #[cold]
    fn told(&self, n_bytes: usize, size: usize) -> Result<Block> {
        let piece = hooks::Piece { device: Device::CPU, size: n_bytes, rounded: size, address: 0 };
        // Whether the system has to be asked shows before, for nobody may be told under the pool's lock. Another thread may
        // take what is kept meanwhile: then it is told too much or too little, and nothing else happens.
        let take = || {
            let large = self.0.large.existing().filter(|_| size > KEPT_ABOVE);
            let is_kept = if size > KEPT_ABOVE { large.is_some_and(|l| l.lock().has(size)) } else { small::has(size) };
            if is_kept {
                return self.take(n_bytes, size);
            }
            let asked = hooks::Piece { size, ..piece };
            hooks::around(Step::BeforeAlloc, Step::AfterAlloc, asked, || self.take(n_bytes, size), |b| b.address, |_| ())
        };
        hooks::around(Step::BeforeMalloc, Step::AfterMalloc, piece, take, |b| b.address, |_| ())
    }

    fn take(&self, n_bytes: usize, size: usize) -> Result<Block> {
        let state = &self.0;
        let limit = state.limit.load(Ordering::Relaxed);
        let used = state.used.load(Ordering::Relaxed);
        if limit != 0 && size > limit.saturating_sub(used) {
            return Err(exhausted(n_bytes, &format!("allocated so far: {used} bytes, which are in use, limit set to: {limit} bytes")));
        }
        let (address, from) = if size > KEPT_ABOVE {
            let large = state.large.get(Mutex::default);
            let mut held = large.lock();
            // Small blocks in use leave so much to the large ones.
            let room = if limit == 0 { usize::MAX } else { limit.saturating_sub(used.saturating_sub(held.info().used)) };
            let piece = held.take(size, room, n_bytes)?;
            (piece.address, From::Large(piece, std::ptr::from_ref(large) as usize))
        } else {
            let address = match small::take(size) {
                Some(address) => address,
                None => small::fresh(size).ok_or_else(|| exhausted(n_bytes, "the system refused"))?,
            };
            (address, From::Small)
        };
        state.used.fetch_add(size, Ordering::Relaxed);
        Ok(Block { address, size, from, state: state.clone() })
    }

    /// Gives what is kept back to the system.
    pub fn trim(&self) {
        small::clear();
        if let Some(large) = self.0.large.existing() {
            large.lock().trim();
        }
    }

    /// What it holds. The small blocks that threads keep for themselves are not counted.
    pub fn info(&self) -> MemoryInfo {
        let used = self.0.used.load(Ordering::Relaxed);
        let large = self.0.large.existing().map_or(MemoryInfo::default(), |l| l.lock().info());
        let limit = self.0.limit.load(Ordering::Relaxed);
        MemoryInfo { used, total: used + (large.total - large.used), limit, n_free: large.n_free }
    }

    /// Limits what it may hold; 0 is no limit.
    pub fn set_limit(&self, n_bytes: usize) {
        self.0.limit.store(n_bytes, Ordering::Relaxed);
        if n_bytes != 0 && self.info().total > n_bytes {
            self.trim();
        }
    }
}

impl Allocation for Block {}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        if hooks::are_here() {
            let piece = hooks::Piece { device: Device::CPU, size: self.size, rounded: self.size, address: self.address };
            return hooks::around_free(&piece, || self.give_back());
        }
        self.give_back();
    }
}

impl Block {
    fn give_back(&self) {
        let state = &self.state;
        state.used.fetch_sub(self.size, Ordering::Relaxed);
        match self.from {
            From::Small => small::give(self.address, self.size),
            // What a child of a fork inherited stays: its neighbours are known to the parent only.
            From::Large(piece, home) => {
                if let Some(large) = state.large.existing().filter(|&l| std::ptr::from_ref(l) as usize == home) {
                    large.lock().give(piece, state.kept_limit);
                }
            }
        }
    }
}

/// The size of the block that serves a request.
fn rounded(n_bytes: usize) -> Option<usize> {
    let step = if n_bytes <= KEPT_ABOVE { small::step(n_bytes) } else { ALIGNMENT };
    n_bytes.checked_next_multiple_of(step).filter(|&n| n <= large::MOST)
}

#[cold]
fn exhausted(n_bytes: usize, why: &str) -> Error {
    Error::memory(format!("Out of memory allocating {n_bytes} bytes on the host: {why}"))
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
        assert!(address % 64 == 0 && used == 100_352);
        drop(a);
        assert_eq!(pool.info(), MemoryInfo { used: 0, total: 2 << 20, limit: 0, n_free: 1 });
        let b = pool.allocate(100_001).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(b.address(), address);
        drop(b);
        pool.trim();
        assert_eq!(pool.info().total, 0);
    }

    #[test]
    fn the_cache_is_bounded() {
        let pool = Pool::keeping(5 << 20);
        let blocks: Vec<_> = (0..200).map(|k| pool.allocate(70_000 + 9000 * (k % 5))).collect();
        drop(blocks);
        let info = pool.info();
        assert!(info.used == 0 && info.total > 0 && info.total <= 5 << 20, "{info:?}");
        // What is larger goes at once.
        drop(pool.allocate(6 << 20));
        assert!(pool.info().total <= 5 << 20);
    }

    #[test]
    fn a_loop_that_replaces_its_array_has_two() {
        let pool = Pool::keeping(1 << 30);
        let get = || pool.allocate(100_000_000).unwrap_or_else(|e| panic!("{e}"));
        let mut x = get();
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..20 {
            x = get();
            places.insert(x.address());
        }
        assert_eq!(places.len(), 2);
        assert!(pool.info().total < 205_000_000);
        // A smaller one is cut from what is kept.
        let before = pool.info().total;
        let _small = pool.allocate(30_000_000);
        assert_eq!(pool.info().total, before);
        drop(x);
    }

    #[test]
    fn blocks_of_a_random_trace_keep_apart() {
        let pool = Pool::keeping(1 << 30);
        let mut live: Vec<(Buffer, u8)> = Vec::new();
        let (mut random, mut peak) = (1_u64, 0);
        let mut below = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % n
        };
        // Each block is full of its mark while it lives.
        let holds = |(b, mark): &(Buffer, u8)| {
            // SAFETY: the buffer is ours alone and was filled.
            unsafe { std::slice::from_raw_parts(b.address() as *const u8, b.len()) }.iter().all(|v| v == mark)
        };
        for k in 0..3000 {
            if live.len() > 40 {
                let one = live.swap_remove(below(live.len() as u64) as usize);
                assert!(holds(&one), "another block wrote into it");
            }
            let n = 1 << (10 + below(10));
            let buffer = pool.allocate((n + below(n)) as usize).unwrap_or_else(|e| panic!("{e}"));
            assert!(fill(&buffer, 0, buffer.len(), k as u8).is_ok());
            live.push((buffer, k as u8));
            let info = pool.info();
            peak = peak.max(info.used);
            assert!(info.used <= info.total && info.used >= live.iter().map(|l| l.0.len()).sum());
        }
        assert!(live.iter().all(holds));
        assert!(pool.info().total <= peak + peak / 4 + (4 << 20), "{:?} of {peak}", pool.info());
        live.clear();
        pool.trim();
        assert_eq!(pool.info(), MemoryInfo::default());
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
