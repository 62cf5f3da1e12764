//! Work that waits while the GPU has none: it is started from a thread of its own, so that neither idles for the other.

use crate::compile::background::at_exit;
use crate::driver::context;
use crate::queue;
use cuprous_core::Queue;
use parking_lot::{Condvar, Mutex};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long nothing new must have come: the calls of one expression follow each other faster
const QUIET: Duration = Duration::from_micros(200);
/// How long the end of the process waits for a start under way
const LAST_WAIT: Duration = Duration::from_secs(2);

struct Watched {
    queue: Arc<Queue>,
    since: Instant,
    start: fn(&Queue),
}

#[derive(Default)]
struct State {
    watched: Vec<Watched>,
    has_thread: bool,
    is_starting: bool,
    is_ending: bool,
    /// How many captures run: meanwhile the driver must not be asked about streams
    n_pauses: usize,
}

static STATE: Mutex<State> =
    Mutex::new(State { watched: Vec::new(), has_thread: false, is_starting: false, is_ending: false, n_pauses: 0 });
static CHANGED: Condvar = Condvar::new();

/// Calls `start` from another thread once nothing was noted for the queue for a moment and its work is done, unless
/// `CUPROUS_WATCH=off`.
pub fn note(queue: &Arc<Queue>, start: fn(&Queue)) {
    static WANTED: OnceLock<bool> = OnceLock::new();
    if !*WANTED.get_or_init(|| std::env::var("CUPROUS_WATCH").map_or(true, |v| v != "off")) {
        return;
    }
    let mut state = STATE.lock();
    let since = Instant::now();
    if let Some(known) = state.watched.iter_mut().find(|w| w.queue.id == queue.id) {
        known.since = since;
        return;
    }
    if state.is_ending {
        return;
    }
    if !state.has_thread {
        at_exit(end_before_the_driver);
        state.has_thread = std::thread::Builder::new().name("cuprous-watch".into()).spawn(work).is_ok();
        if !state.has_thread {
            return;
        }
    }
    state.watched.push(Watched { queue: queue.clone(), since, start });
    drop(state);
    CHANGED.notify_all();
}

/// Starts nothing until `resume`, and waits for what is being started.
pub(crate) fn pause() {
    let mut state = STATE.lock();
    state.n_pauses += 1;
    while state.is_starting {
        CHANGED.wait(&mut state);
    }
}

/// Ends a pause.
pub(crate) fn resume() {
    let mut state = STATE.lock();
    state.n_pauses = state.n_pauses.saturating_sub(1);
    drop(state);
    CHANGED.notify_all();
}

fn work() {
    let mut state = STATE.lock();
    while !state.is_ending {
        if state.n_pauses > 0 {
            CHANGED.wait(&mut state);
            continue;
        }
        let Some(next) = state.watched.iter().map(|w| w.since + QUIET).min() else {
            CHANGED.wait(&mut state);
            continue;
        };
        let now = Instant::now();
        if next > now {
            CHANGED.wait_until(&mut state, next);
            continue;
        }
        let Some(k) = state.watched.iter().position(|w| w.since + QUIET <= now) else { continue };
        let one = state.watched.swap_remove(k);
        state.is_starting = true;
        drop(state);
        // A queue that fails says so to whoever reads from it.
        let is_idle = context(one.queue.device).and_then(|ctx| queue::is_idle(ctx, &one.queue));
        if let Ok(true) = is_idle {
            (one.start)(&one.queue);
        }
        state = STATE.lock();
        state.is_starting = false;
        if let Ok(false) = is_idle
            && !state.watched.iter().any(|w| w.queue.id == one.queue.id)
        {
            state.watched.push(Watched { since: Instant::now(), ..one });
        }
        CHANGED.notify_all();
    }
}

/// Lets the process end only when nothing is being started: the driver's own end would come in between.
pub fn end() {
    let until = Instant::now() + LAST_WAIT;
    let mut state = STATE.lock();
    state.is_ending = true;
    CHANGED.notify_all();
    while state.is_starting {
        if CHANGED.wait_until(&mut state, until).timed_out() {
            return;
        }
    }
}

extern "C" fn end_before_the_driver() {
    end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::Device;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn nothing_is_started_without_a_gpu() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        if crate::driver::n_devices() > 0 {
            return;
        }
        let queue = Arc::new(Queue::new(Device::cuda(0), 0, None));
        note(&queue, |_| {
            CALLS.fetch_add(1, Ordering::Relaxed);
        });
        std::thread::sleep(20 * QUIET);
        // No device can be asked whether it idles: it is forgotten.
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        assert!(STATE.lock().watched.is_empty());
    }
}
