//! Memory that others own goes back to them when no work of ours uses it any more.

use crate::detach::compute;
use cuprous_core::backend::backend;
use cuprous_core::device::{Event, EventOptions};
use cuprous_core::{Allocation, DeviceKind, Queue, Result};
use parking_lot::Mutex;
use pyo3::prelude::*;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What keeps the memory; dropping it gives the memory back.
pub type Loan = Box<dyn Any + Send + Sync>;

/// Borrowed memory as a buffer's owner.
pub struct Borrowed {
    loan: Option<Loan>,
    /// The queue on which work on it began
    queue: Arc<Queue>,
    /// Whether other queues used it
    has_visitors: AtomicBool,
}

impl Borrowed {
    /// Memory whose first work runs on a queue.
    pub fn new(loan: Loan, queue: Arc<Queue>) -> Borrowed {
        Borrowed { loan: Some(loan), queue, has_visitors: AtomicBool::new(false) }
    }

    /// A mark behind the work that uses it; none if that is done.
    fn mark(&self) -> Result<Option<Box<dyn Event>>> {
        let device = self.queue.device;
        // The host's work is done when its call returns.
        if device.kind == DeviceKind::Cpu {
            return Ok(None);
        }
        let b = backend(device.kind)?;
        if self.has_visitors.load(Ordering::Relaxed) || self.queue.is_of_other_thread() {
            return b.synchronize_device(device).map(|()| None);
        }
        let event = b.new_event(device, EventOptions { disable_timing: true, ..EventOptions::default() })?;
        event.record(&self.queue)?;
        Ok(Some(event))
    }
}

impl Allocation for Borrowed {
    fn used_on(&self, queue: &Queue) {
        if self.queue.id != queue.id {
            self.has_visitors.store(true, Ordering::Relaxed);
        }
    }

    fn is_users(&self) -> bool {
        true
    }
}

/// Loans that go back once the work queued before has passed.
static LEAVING: Mutex<Vec<(Box<dyn Event>, Loan)>> = Mutex::new(Vec::new());

impl Drop for Borrowed {
    fn drop(&mut self) {
        let Some(loan) = self.loan.take() else { return };
        match self.mark() {
            Ok(Some(event)) => {
                LEAVING.lock().push((event, loan));
                give_back();
            }
            // Everything is done, or the device is lost.
            Ok(None) | Err(_) => drop(loan),
        }
    }
}

/// Gives back what no work uses any more.
pub fn give_back() {
    let passed: Vec<_> = {
        let mut leaving = LEAVING.lock();
        if leaving.is_empty() {
            return;
        }
        leaving.extract_if(.., |(event, _)| event.is_done().unwrap_or(true)).collect()
    };
    // After the lock: owners run code of their own.
    drop(passed);
}

/// The same from Python, without holding the interpreter.
///
/// # Errors
/// What a signal raised meanwhile.
pub fn sweep(py: Python<'_>) -> PyResult<()> {
    compute(py, || {
        give_back();
        Ok(())
    })
}
