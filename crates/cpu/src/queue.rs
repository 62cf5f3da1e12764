//! Queues and events where every call returns when its work is done: they keep order by names alone.

use cuprous_core::device::{Event, EventOptions};
use cuprous_core::{Device, Error, Queue, QueueOptions, Result};
use parking_lot::Mutex;
use std::any::Any;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

/// The handles that CUDA gives its default streams: the legacy one has two.
const LEGACY: u64 = 1;
const PER_THREAD: u64 = 2;

/// The queues of the host.
#[derive(Default)]
pub struct Queues {
    default: OnceLock<Arc<Queue>>,
    per_thread: OnceLock<Arc<Queue>>,
    others: Mutex<Vec<Weak<Queue>>>,
}

impl Queues {
    /// The default one.
    pub fn default_queue(&self) -> Arc<Queue> {
        self.default.get_or_init(|| Arc::new(Queue::new(Device::CPU, 0, None))).clone()
    }

    /// The calling thread's own. As everything is done at the call, all threads can have the same.
    pub fn thread_queue(&self) -> Arc<Queue> {
        self.per_thread.get_or_init(|| Arc::new(Queue::new(Device::CPU, PER_THREAD, None))).clone()
    }

    /// A new one, with a handle of its own.
    pub fn create(&self, options: QueueOptions) -> Arc<Queue> {
        let mut queue = Queue::new(Device::CPU, 0, None);
        queue.handle = (queue.id + 1) << 6;
        queue.options = options;
        self.remember(queue)
    }

    /// The one of a handle.
    pub fn external(&self, handle: u64) -> Arc<Queue> {
        match handle {
            0 | LEGACY => self.default_queue(),
            PER_THREAD => self.thread_queue(),
            _ => {
                let known = self.others.lock().iter().filter_map(Weak::upgrade).find(|q| q.handle == handle);
                known.unwrap_or_else(|| self.remember(Queue::new(Device::CPU, handle, None)))
            }
        }
    }

    fn remember(&self, queue: Queue) -> Arc<Queue> {
        let queue = Arc::new(queue);
        let mut others = self.others.lock();
        others.retain(|q| q.strong_count() > 0);
        others.push(Arc::downgrade(&queue));
        queue
    }
}

/// A mark: the moment at which it was set, for everything before it is done.
pub struct HostEvent {
    options: EventOptions,
    passed: Mutex<Option<Instant>>,
}

impl HostEvent {
    /// A mark that is not set.
    pub fn new(options: EventOptions) -> HostEvent {
        HostEvent { options, passed: Mutex::new(None) }
    }

    fn moment(&self) -> Result<Instant> {
        if self.options.disable_timing {
            return Err(Error::device("the event was made with disable_timing=True and knows no time"));
        }
        self.passed.lock().ok_or_else(|| Error::device("the event was not recorded"))
    }
}

impl Event for HostEvent {
    fn record(&self, _queue: &Queue) -> Result<()> {
        *self.passed.lock() = Some(Instant::now());
        Ok(())
    }

    fn is_done(&self) -> Result<bool> {
        Ok(true)
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn hold(&self, _queue: &Queue) -> Result<()> {
        Ok(())
    }

    fn milliseconds_since(&self, start: &dyn Event) -> Result<f32> {
        let any: &dyn Any = start;
        let start = any.downcast_ref::<HostEvent>().ok_or_else(|| Error::device("the events belong to different devices"))?.moment()?;
        let end = self.moment()?;
        // The mark that is called the start may be the later one.
        Ok(match end.checked_duration_since(start) {
            Some(d) => d.as_secs_f64() * 1e3,
            None => -start.duration_since(end).as_secs_f64() * 1e3,
        } as f32)
    }

    fn handle(&self) -> u64 {
        std::ptr::from_ref(self) as u64
    }
}

/// What the host answers for an attribute of CUDA's: what holds for user kernels that run here.
pub fn attribute(number: i32, n_threads: usize) -> Option<i64> {
    Some(match number {
        // Threads of a block and blocks of a grid
        1..=3 => 1024,
        4 => 64,
        5 => i64::from(i32::MAX),
        6 | 7 => 65_535,
        // Shared and constant memory
        8 | 81 | 97 => 48 << 10,
        9 => 64 << 10,
        10 => 32,
        11 => i64::from(i32::MAX),
        12 | 82 => 64 << 10,
        14 => 512,
        51 => 32,
        16 => n_threads as i64,
        // Integrated, maps the host's memory, one address space, managed memory, pageable memory
        18 | 19 | 41 | 83 | 88 | 89 | 91 => 1,
        31 | 78 => 0,
        39 => 1024,
        75 | 76 => 0,
        106 => 1,
        _ => return None,
    })
}
