//! Devices and the queues on which they run work in order.

use crate::{Error, Result};
use std::any::Any;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A queue of work in order: a CUDA stream, or the CPU, which runs everything at the call.
pub struct Queue {
    /// The device it belongs to
    pub device: Device,
    /// Unique in the process, never reused
    pub id: u64,
    /// The backend's own handle (a `CUstream`), 0 for the default
    pub handle: u64,
    /// What the engine keeps per queue
    pub engine: OnceLock<Box<dyn Any + Send + Sync>>,
    /// Destroys the handle when dropped, if the backend owns it
    pub owner: Option<Box<dyn Any + Send + Sync>>,
}

impl Queue {
    /// A queue around a backend's handle.
    pub fn new(device: Device, handle: u64, owner: Option<Box<dyn Any + Send + Sync>>) -> Queue {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Queue { device, id: NEXT.fetch_add(1, Ordering::Relaxed), handle, engine: OnceLock::new(), owner }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "queue {} of {}", self.id, self.device)
    }
}
