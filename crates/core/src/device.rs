//! Devices and the queues on which they run work in order.

use crate::{Error, Result};
use std::any::Any;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::ThreadId;

/// What sort of device: each sort has one backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DeviceKind {
    /// The host's cores
    Cpu,
    /// An NVIDIA GPU
    Cuda,
}

impl DeviceKind {
    /// `"cpu"` or `"cuda"`.
    pub const fn name(self) -> &'static str {
        match self {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Cuda => "cuda",
        }
    }
}

/// One device, as `cpu` or `cuda:0` name it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Device {
    /// Its sort
    pub kind: DeviceKind,
    /// Which of its sort
    pub ordinal: u16,
}

impl Device {
    /// The host.
    pub const CPU: Device = Device { kind: DeviceKind::Cpu, ordinal: 0 };

    /// A GPU.
    pub const fn cuda(ordinal: u16) -> Device {
        Device { kind: DeviceKind::Cuda, ordinal }
    }

    /// The device of a name: `"cpu"`, `"cuda"` or `"cuda:1"`.
    ///
    /// # Errors
    /// `Value` if it is none of these.
    pub fn parse(text: &str) -> Result<Device> {
        let bad = || Error::value(format!("unknown device {text:?}: expected 'cpu', 'cuda' or 'cuda:N'"));
        match text.split_once(':') {
            None if text == "cpu" => Ok(Device::CPU),
            None if text == "cuda" => Ok(Device::cuda(0)),
            Some(("cpu", "0")) => Ok(Device::CPU),
            Some(("cuda", n)) => n.parse().map(Device::cuda).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DeviceKind::Cpu => f.write_str("cpu"),
            DeviceKind::Cuda => write!(f, "cuda:{}", self.ordinal),
        }
    }
}
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a new queue runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueOptions {
    /// Beside the default queue, which others wait for and which waits for them
    pub non_blocking: bool,
    /// Lower numbers go first; what the device does not have is rounded to what it has
    pub priority: i32,
}

/// A queue of work in order: a CUDA stream, or the CPU, which runs everything at the call.
pub struct Queue {
    /// The device it belongs to
    pub device: Device,
    /// Unique in the process, never reused
    pub id: u64,
    /// The backend's own handle (a `CUstream`), 0 for the default
    pub handle: u64,
    /// How it runs
    pub options: QueueOptions,
    /// The only thread in which the handle means this queue, if there is one
    pub thread: Option<ThreadId>,
    /// What the engine keeps per queue
    pub engine: OnceLock<Box<dyn Any + Send + Sync>>,
    /// Destroys the handle when dropped, if the backend owns it
    pub owner: Option<Box<dyn Any + Send + Sync>>,
}

impl Queue {
    /// A queue around a backend's handle.
    pub fn new(device: Device, handle: u64, owner: Option<Box<dyn Any + Send + Sync>>) -> Queue {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Queue { device, id, handle, options: QueueOptions::default(), thread: None, engine: OnceLock::new(), owner }
    }

    /// Whether it is another thread's own: here its handle means something else.
    #[inline]
    pub fn is_of_other_thread(&self) -> bool {
        self.thread.is_some_and(|t| t != std::thread::current().id())
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "queue {} of {}", self.id, self.device)
    }
}

/// How a new event behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventOptions {
    /// A thread that waits for it sleeps instead of looking again and again
    pub blocking: bool,
    /// It does not know when it was passed
    pub disable_timing: bool,
    /// Other processes can be given it
    pub interprocess: bool,
}

/// How many captures of queues run, of all devices.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

/// Whether any queue is captured into a graph now.
#[inline]
pub fn is_any_captured() -> bool {
    n_captures() != 0
}

/// How many queues are captured into graphs now.
pub fn n_captures() -> usize {
    CAPTURES.load(Ordering::Acquire)
}

/// Counts captures that begin, or end if negative.
pub fn count_captures(by: isize) {
    CAPTURES.fetch_add(by as usize, Ordering::AcqRel);
}

/// Work that was captured from a queue and can be launched as often as one likes.
pub trait Graph: Any + Send + Sync {
    /// Queues all of it.
    fn launch(&self, queue: &Queue) -> Result<()>;

    /// Prepares the device for the first launch.
    fn upload(&self, queue: &Queue) -> Result<()>;

    /// Writes a drawing of it to a file, in the language of Graphviz.
    fn describe(&self, path: &str, flags: u32) -> Result<()>;

    /// The backend's own handles, of the graph (a `CUgraph`) and of what is launched (a `CUgraphExec`).
    fn handles(&self) -> (u64, u64);
}

/// A mark in the work of a queue, which can be set again.
pub trait Event: Any + Send + Sync {
    /// Sets the mark behind the work queued so far.
    fn record(&self, queue: &Queue) -> Result<()>;

    /// Whether the work before the mark is done; so is that of a mark never set.
    fn is_done(&self) -> Result<bool>;

    /// Waits on the host until the work before the mark is done.
    fn synchronize(&self) -> Result<()>;

    /// Makes later work of the queue start after the mark.
    fn hold(&self, queue: &Queue) -> Result<()>;

    /// The milliseconds from another mark to this one, both passed.
    fn milliseconds_since(&self, start: &dyn Event) -> Result<f32>;

    /// The backend's own handle (a `CUevent`).
    fn handle(&self) -> u64;
}
