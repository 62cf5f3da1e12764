//! Compiling while the work goes on: sources in a queue, threads that load what comes out, and the end of the process.

use super::Source;
use crate::driver::context;
use cuprous_core::Device;
use parking_lot::{Condvar, Mutex};
use std::collections::{HashSet, VecDeque};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

/// How long the end of the process waits for a compiler that is at work
const LAST_WAIT: Duration = Duration::from_secs(20);

struct Job {
    device: Device,
    source: Source,
    key: u64,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Keys of what is being compiled
    running: HashSet<u64>,
    /// Those of the kernels on their way that are needed often
    urgent: HashSet<u64>,
    n_threads: usize,
    n_idle: usize,
    is_ending: bool,
}

impl State {
    /// Puts a kernel first in the queue; whether it is there or being compiled.
    fn hurry(&mut self, key: u64) -> bool {
        if let Some(job) = self.waiting.iter().position(|job| job.key == key).and_then(|at| self.waiting.remove(at)) {
            self.waiting.push_front(job);
        } else if !self.running.contains(&key) {
            return false;
        }
        self.urgent.insert(key);
        true
    }

    fn is_urgent_left(&self) -> bool {
        let is_on_its_way = |key: &u64| self.running.contains(key) || self.waiting.iter().any(|job| job.key == *key);
        self.urgent.iter().any(is_on_its_way)
    }
}

static STATE: Mutex<Option<State>> = Mutex::new(None);
/// Signalled for new jobs and for finished ones.
static CHANGED: Condvar = Condvar::new();

/// Whether kernels may be compiled while others stand in: `CUPROUS_COMPILE=wait` says no.
pub fn is_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| std::env::var("CUPROUS_COMPILE").map_or(true, |v| v != "wait"))
}

/// Compiles and loads a kernel on another thread; false if there is none.
pub fn compile(device: Device, key: u64, source: Source) -> bool {
    let mut guard = STATE.lock();
    let state = guard.get_or_insert_default();
    if state.is_ending {
        return false;
    }
    state.waiting.push_back(Job { device, source, key });
    let most = std::thread::available_parallelism().map_or(1, |n| n.get() / 2).clamp(1, 4);
    if state.n_idle == 0 && state.n_threads < most {
        if state.n_threads == 0 {
            // Loaded before this is registered, so that its end comes after ours.
            let _ = cuprous_cuda_sys::Nvrtc::get();
            at_exit(end_before_the_compiler);
        }
        match std::thread::Builder::new().name("cuprous-compile".into()).spawn(work) {
            Ok(_) => state.n_threads += 1,
            Err(_) if state.n_threads == 0 => {
                state.waiting.pop_back();
                return false;
            }
            Err(_) => {}
        }
    }
    drop(guard);
    CHANGED.notify_all();
    true
}

/// Whether a kernel is being compiled, or will be.
pub fn is_busy(key: u64) -> bool {
    STATE.lock().as_ref().is_some_and(|s| s.running.contains(&key) || s.waiting.iter().any(|job| job.key == key))
}

/// Compiles a kernel before the others, since it is needed often; false if nobody compiles it.
pub fn hurry(key: u64) -> bool {
    STATE.lock().as_mut().is_some_and(|s| s.hurry(key))
}

/// Waits for the kernels on their way that are needed often: for whoever waits for the device anyway.
pub fn settle_urgent() {
    let mut guard = STATE.lock();
    while guard.as_ref().is_some_and(|s| !s.is_ending && s.is_urgent_left()) {
        CHANGED.wait(&mut guard);
    }
    if let Some(state) = guard.as_mut() {
        state.urgent.clear();
    }
}

/// Waits for a kernel that is being compiled, or takes it off the queue: then the caller compiles it.
pub fn settle(key: u64) {
    let mut guard = STATE.lock();
    loop {
        let Some(state) = guard.as_mut() else { return };
        state.waiting.retain(|job| job.key != key);
        if !state.running.contains(&key) {
            return;
        }
        CHANGED.wait(&mut guard);
    }
}

fn work() {
    static FIRST: Once = Once::new();
    let mut guard = STATE.lock();
    loop {
        let Some(state) = guard.as_mut() else { return };
        if state.is_ending {
            return;
        }
        let Some(job) = state.waiting.pop_front() else {
            state.n_idle += 1;
            CHANGED.wait(&mut guard);
            if let Some(state) = guard.as_mut() {
                state.n_idle -= 1;
            }
            continue;
        };
        state.running.insert(job.key);
        drop(guard);
        // What fails here fails again, with its error, for whoever cannot do without it.
        let _ = context(job.device).and_then(|ctx| ctx.load(&job.source));
        // The compiler registers ends of its own while it first works, which would come before ours.
        FIRST.call_once(|| at_exit(end_before_the_compiler));
        guard = STATE.lock();
        if let Some(state) = guard.as_mut() {
            state.running.remove(&job.key);
        }
        CHANGED.notify_all();
    }
}

/// Makes the end of the process wait for what is being compiled: the compiler's own end would pull away its memory.
pub fn end() {
    let until = Instant::now() + LAST_WAIT;
    let mut guard = STATE.lock();
    let Some(state) = guard.as_mut() else { return };
    state.is_ending = true;
    state.waiting.clear();
    CHANGED.notify_all();
    while guard.as_ref().is_some_and(|s| !s.running.is_empty()) {
        if CHANGED.wait_until(&mut guard, until).timed_out() {
            return;
        }
    }
}

extern "C" fn end_before_the_compiler() {
    end();
}

/// Calls a function when the process ends, before whatever was loaded until now is taken down.
pub fn at_exit(f: extern "C" fn()) {
    // SAFETY: the function is there as long as the process: this library is never unloaded.
    unsafe { libc::atexit(f) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_often_comes_first() {
        let job = |key| Job { device: Device::cuda(0), source: Source { text: String::new(), entry: "f".into() }, key };
        let mut state = State { waiting: [1, 2, 3].map(job).into(), running: [4].into(), ..State::default() };
        assert!(!state.is_urgent_left() && !state.hurry(5));
        assert!(state.hurry(3) && state.hurry(4) && state.is_urgent_left());
        assert!(state.waiting.iter().map(|j| j.key).eq([3, 1, 2]));
        state.waiting.pop_front();
        assert!(state.is_urgent_left());
        state.running.clear();
        assert!(!state.is_urgent_left());
    }
}
