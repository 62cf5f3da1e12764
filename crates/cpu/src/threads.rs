//! The threads that share the work, and the small things that each of them keeps.

use crate::memory::per_process::PerProcess;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Work below this many element-steps costs less than waking a thread.
pub const WORTH_THREADS: usize = 1 << 16;

/// A fixed number of threads, the calling one included.
pub struct Threads {
    n: usize,
    worth: usize,
    pool: PerProcess<Option<ThreadPool>>,
}

impl Threads {
    /// As many as `CUPROUS_NUM_THREADS` says, else as the process may use.
    pub fn from_environment() -> Threads {
        let asked = std::env::var("CUPROUS_NUM_THREADS").ok().and_then(|v| v.trim().parse().ok()).filter(|&n: &usize| n > 0);
        Threads::new(asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get())))
    }

    /// `n` threads, at least one and at most 1024.
    pub fn new(n: usize) -> Threads {
        Threads { n: n.clamp(1, 1024), worth: WORTH_THREADS, pool: PerProcess::new() }
    }

    /// `n` threads that share work of any size.
    #[cfg(test)]
    pub fn eager(n: usize) -> Threads {
        Threads { worth: 64, ..Threads::new(n) }
    }

    /// How many.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Into how many pieces to cut work of this many element-steps, so that none is too small and threads
    /// that are late leave little behind.
    pub fn n_pieces(&self, n_steps: usize) -> usize {
        if self.n == 1 || n_steps < self.worth { 1 } else { (n_steps / (self.worth / 4)).min(8 * self.n).max(1) }
    }

    /// Runs `work` for each item below `n_items`, in any order, on all threads if the whole is worth it, `n_steps`
    /// element-steps; each thread makes a state once.
    pub fn for_each<S>(&self, n_items: usize, n_steps: usize, start: impl Fn() -> S + Sync, work: impl Fn(&mut S, usize) + Sync) {
        let n_threads = if n_steps < self.worth { 1 } else { self.n.min(n_items) };
        let pool = if n_threads > 1 { self.pool() } else { None };
        let next = AtomicUsize::new(0);
        let run = || {
            let mut state = None;
            loop {
                let item = next.fetch_add(1, Ordering::Relaxed);
                if item >= n_items {
                    break;
                }
                work(state.get_or_insert_with(&start), item);
            }
        };
        match pool {
            // The caller works too, so that short work does not wait for a thread to wake.
            Some(pool) => pool.in_place_scope(|scope| {
                for _ in 1..n_threads {
                    scope.spawn(|_| run());
                }
                run();
            }),
            None => {
                if n_items > 0 {
                    let mut state = start();
                    (0..n_items).for_each(|item| work(&mut state, item));
                }
            }
        }
    }

    /// The pool of helpers; none where the system gives no threads.
    fn pool(&self) -> Option<&ThreadPool> {
        let make = || ThreadPoolBuilder::new().num_threads(self.n - 1).thread_name(|k| format!("cuprous-{k}")).build().ok();
        self.pool.get(make).as_ref()
    }
}

/// Scratch memory of one thread, aligned to 64 bytes and kept for the next launch.
pub struct Scratch {
    lines: Vec<Line>,
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// What a thread keeps after a launch.
const KEPT_LINES: usize = (4 << 20) / 64;

thread_local! {
    static KEPT: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

impl Scratch {
    /// At least `n_bytes`, of any content.
    pub fn new(n_bytes: usize) -> Scratch {
        let mut lines = if n_bytes == 0 { Vec::new() } else { KEPT.try_with(Cell::take).unwrap_or_default() };
        let n = n_bytes.div_ceil(64);
        if lines.len() < n {
            lines.resize(n, Line([0; 64]));
        }
        Scratch { lines }
    }

    /// Where it begins.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if !lines.is_empty() && lines.len() <= KEPT_LINES {
            let _ = KEPT.try_with(|kept| kept.set(lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn every_item_runs_once() {
        for n in [1, 2, 5] {
            let threads = Threads::new(n);
            let seen: Vec<AtomicU32> = (0..1000).map(|_| AtomicU32::new(0)).collect();
            threads.for_each(
                seen.len(),
                WORTH_THREADS,
                || (),
                |(), k| {
                    seen[k].fetch_add(1, Ordering::Relaxed);
                },
            );
            assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 1));
            threads.for_each(0, 0, || (), |(), _| panic!("no item"));
        }
    }

    #[test]
    fn one_thread_makes_no_pool() {
        let threads = Threads::new(1);
        threads.for_each(100, usize::MAX, || (), |(), _| ());
        assert!(threads.pool.existing().is_none());
    }

    #[test]
    fn scratch_is_aligned_and_kept() {
        let mut s = Scratch::new(1000);
        let p = s.as_mut_ptr();
        assert_eq!(p as usize % 64, 0);
        drop(s);
        assert_eq!(Scratch::new(500).as_mut_ptr(), p);
    }
}
