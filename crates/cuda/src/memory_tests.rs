//! The pool's logic, on a device that exists in numbers only.

use super::*;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

/// Hands out address ranges of a given total; events pass when their number is below `passed`.
#[derive(Default)]
struct Fake {
    capacity: usize,
    held: Mutex<BTreeMap<usize, usize>>,
    next_address: AtomicU64,
    recorded: AtomicU64,
    passed: AtomicU64,
    synchronized: AtomicU64,
}

impl Source for Fake {
    type Event = u64;

    fn allocate(&self, n_bytes: usize) -> Result<Option<usize>> {
        let mut held = self.held.lock();
        if held.values().sum::<usize>() + n_bytes > self.capacity {
            return Ok(None);
        }
        let address = self.next_address.fetch_add(n_bytes as u64 + 4096, Relaxed) as usize + 4096;
        held.insert(address, n_bytes);
        Ok(Some(address))
    }
    fn release(&self, address: usize) {
        assert!(self.held.lock().remove(&address).is_some(), "released twice");
    }
    fn record(&self, _queue: u64) -> Result<u64> {
        Ok(self.recorded.fetch_add(1, Relaxed))
    }
    fn is_done(&self, event: &u64) -> bool {
        *event < self.passed.load(Relaxed)
    }
    fn forget(&self, _event: u64) {}
    fn synchronize(&self) -> Result<()> {
        self.passed.store(self.recorded.load(Relaxed), Relaxed);
        self.synchronized.fetch_add(1, Relaxed);
        Ok(())
    }
    fn available(&self) -> Option<usize> {
        Some(self.capacity - self.held.lock().values().sum::<usize>())
    }
    fn is_dead(&self) -> bool {
        false
    }
}

fn pool(capacity: usize) -> &'static Pool<Fake> {
    Box::leak(Box::new(Pool::new(Device::cuda(0), Fake { capacity, ..Fake::default() })))
}

fn get(pool: &'static Pool<Fake>, queue: u64, n: usize) -> (usize, Block<Fake>) {
    pool.allocate(queue, n).unwrap_or_else(|e| panic!("{e}"))
}

/// What must hold between any two calls.
fn check(pool: &Pool<Fake>) {
    let state = pool.state.lock();
    let mut total = 0;
    let mut used = 0;
    for (k, n) in state.nodes.iter().enumerate().filter(|(_, n)| n.status != Status::Unused) {
        total += n.size;
        used += if n.status == Status::Live { n.wanted } else { 0 };
        assert!(n.address.is_multiple_of(ALIGNMENT) && n.size >= ALIGNMENT);
        if n.after != NONE {
            let after = &state.nodes[n.after as usize];
            assert_eq!((after.before, after.address, after.is_large), (k as u32, n.address + n.size, n.is_large));
            assert!(!(n.status == Status::Free && after.status == Status::Free && n.home == after.home), "not joined");
        }
    }
    assert_eq!((total, used), (state.info.total, state.info.used));
    assert_eq!(total, pool.source.held.lock().values().sum::<usize>());
    let mut listed = 0;
    for lists in &state.lists {
        for (large, bins) in lists.bins.iter().enumerate() {
            for (bin, &head) in bins.heads.iter().enumerate() {
                assert_eq!(head != NONE, bins.occupied[bin / 64] >> (bin % 64) & 1 == 1);
                let mut k = head;
                while k != NONE {
                    let n = &state.nodes[k as usize];
                    assert_eq!((n.status, n.home, usize::from(n.is_large), bin_of(n.size)), (Status::Free, lists.queue, large, bin));
                    listed += 1;
                    k = n.next;
                }
            }
        }
    }
    assert_eq!(listed, state.nodes.iter().filter(|n| n.status == Status::Free).count());
}

/// A small generator of random numbers.
struct Random(u64);
impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

#[test]
fn random_traces_keep_blocks_apart() {
    for seed in 1..6 {
        let pool = pool(96 << 20);
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut live: Vec<(usize, usize, u64, Block<Fake>)> = Vec::new();
        // Ranges that wait for an event, with its number.
        let mut waiting: Vec<(usize, usize, u64)> = Vec::new();
        for step in 0..4000 {
            match random.below(10) {
                0..=4 => {
                    let n = match random.below(4) {
                        0 => random.below(2000),
                        1 => random.below(1 << 16),
                        2 => random.below(2 << 20),
                        _ => random.below(12 << 20),
                    } as usize;
                    let queue = random.below(3);
                    if let Ok((address, block)) = pool.allocate(queue, n) {
                        let n = n.max(1);
                        let passed = pool.source.passed.load(Relaxed);
                        waiting.retain(|w| w.2 >= passed);
                        let apart = |a: usize, m: usize| address + n <= a || a + m <= address;
                        assert!(live.iter().all(|l| apart(l.0, l.1)), "live blocks overlap");
                        assert!(waiting.iter().all(|w| apart(w.0, w.1)), "a parked block was handed out");
                        live.push((address, n, queue, block));
                    }
                }
                5..=8 if !live.is_empty() => {
                    let (address, n, queue, block) = live.swap_remove(random.below(live.len() as u64) as usize);
                    if random.below(4) == 0 && queue != 7 {
                        block.add_user(7);
                        waiting.push((address, n, pool.source.recorded.load(Relaxed)));
                    }
                    drop(block);
                }
                9 if random.below(4) == 0 => {
                    let recorded = pool.source.recorded.load(Relaxed);
                    pool.source.passed.store(recorded, Relaxed);
                }
                9 if random.below(40) == 0 => pool.retire(1 + random.below(2)),
                _ => {}
            }
            if step % 16 == 0 {
                check(pool);
            }
        }
        live.clear();
        assert!(pool.trim().is_ok());
        check(pool);
        assert_eq!(pool.info(), MemoryInfo::default(), "everything was joined and given back");
    }
}

#[test]
fn freed_blocks_are_reused_and_joined() {
    let pool = pool(1 << 30);
    let (first, block) = get(pool, 0, 1000);
    drop(block);
    let (again, kept) = get(pool, 0, 700);
    assert_eq!(first, again);
    let blocks: Vec<_> = (0..1000).map(|_| get(pool, 0, 1024)).collect();
    assert_eq!(pool.info().total, SEGMENT, "small ones share a segment");
    drop(blocks);
    drop(kept);
    let (whole, _block) = get(pool, 0, SMALL - 512);
    assert_eq!(whole, first, "all pieces of the segment were joined");
    // A large block is found again at its own size, and cut when much would be left.
    let (large, block) = get(pool, 0, 100 << 20);
    drop(block);
    let (half, _a) = get(pool, 0, 50 << 20);
    let (rest, _b) = get(pool, 0, 50 << 20);
    assert_eq!((half, rest), (large, large + (50 << 20)));
    assert_eq!(pool.source.synchronized.load(Relaxed), 0);
}

#[test]
fn a_block_used_elsewhere_waits_for_its_event() {
    let pool = pool(1 << 30);
    let (first, block) = get(pool, 0, 8 << 20);
    block.used_on(&Queue::new(Device::cuda(0), 5, None));
    drop(block);
    let (other, _o) = get(pool, 0, 8 << 20);
    assert_ne!(first, other);
    pool.source.passed.store(1, Relaxed);
    let (again, _a) = get(pool, 0, 8 << 20);
    assert_eq!(first, again);
    // Another queue's free memory is not taken while there is more.
    let (theirs, block) = get(pool, 9, 8 << 20);
    drop(block);
    assert_ne!(get(pool, 0, 8 << 20).0, theirs);
}

#[test]
fn exhaustion_frees_the_cache_then_names_the_holders() {
    let pool = pool(10 << 20);
    drop(get(pool, 1, 4 << 20));
    drop(get(pool, 2, 4 << 20));
    let (_, big) = get(pool, 0, 9 << 20);
    assert_eq!(pool.info().total, 10 << 20);
    let message = pool.allocate(0, 3 << 20).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains("3145728 bytes (3.0 MiB) requested") && message.contains("live allocations: 9.0 MiB"), "{message}");
    drop(big);
    assert!(pool.allocate(0, 3 << 20).is_ok());
    assert!(pool.allocate(0, usize::MAX).is_err() && pool.allocate(0, isize::MAX as usize).is_err());
    check(pool);
}

#[test]
fn the_limit_holds() {
    let pool = pool(1 << 30);
    pool.set_limit(3 << 20);
    let (_, a) = get(pool, 0, 5000);
    // A segment does not fit any more, but a segment of exactly this size does.
    let (_, b) = get(pool, 0, 1 << 20);
    let info = pool.info();
    assert_eq!((info.used, info.total, info.limit), ((1 << 20) + 5120, 3 << 20, 3 << 20));
    let message = pool.allocate(0, 1 << 20).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains("of at most 3145728 bytes (3.0 MiB)"), "{message}");
    drop((a, b));
    assert!(pool.allocate(0, 3 << 20).is_ok());
}

#[test]
fn allocation_is_fast() {
    let pool = pool(1 << 30);
    let _keep: Vec<_> = (0..50).map(|k| get(pool, 0, 512 * (k + 1))).collect();
    let start = std::time::Instant::now();
    let n = 200_000;
    for k in 0..n {
        drop(get(pool, 0, 4096 + (k % 7) * 512));
    }
    println!("{:.0} ns for an allocation and its end", start.elapsed().as_nanos() as f64 / n as f64);
}
