//! Where arrays are made and whether their values may wait: the one place that asks devices what suits them.

use super::config;
use crate::array::{flush, promised};
use cuprous_core::backend::{backend, devices};
use cuprous_core::{Device, Error, Queue, Result};
use parking_lot::RwLock;
use std::cell::RefCell;
use std::sync::Arc;

/// The process's default device, once decided.
static DEFAULT: RwLock<Option<Device>> = RwLock::new(None);

thread_local! {
    /// The queue on which this thread works.
    static CURRENT: RefCell<Option<(Device, Arc<Queue>)>> = const { RefCell::new(None) };
}

/// The device on which arrays are made: `CUPROUS_DEVICE`, else the first GPU, else the CPU.
///
/// # Errors
/// `Value` if `CUPROUS_DEVICE` names none, `Device` if it names one that is not there.
pub fn default_device() -> Result<Device> {
    if let Some(device) = *DEFAULT.read() {
        return Ok(device);
    }
    let device = match std::env::var("CUPROUS_DEVICE") {
        Ok(name) if !name.is_empty() => Device::parse(&name)?,
        _ => devices().first().copied().unwrap_or(Device::CPU),
    };
    set_default_device(device)?;
    Ok(device)
}

/// Makes arrays on another device from now on.
///
/// # Errors
/// `Device` if it is not there.
pub fn set_default_device(device: Device) -> Result<()> {
    let n = backend(device.kind)?.n_devices();
    if device.ordinal as usize >= n {
        let remedy = if n == 0 { ": no NVIDIA driver or GPU was found; `python -m cuprous doctor` says more" } else { "" };
        return Err(Error::device(format!("there is no device {device}{remedy}")));
    }
    *DEFAULT.write() = Some(device);
    CURRENT.with_borrow_mut(|c| *c = None);
    Ok(())
}

/// The queue on which work on a device runs now.
///
/// # Errors
/// `Device` if there is no such device.
pub fn current_queue(device: Device) -> Result<Arc<Queue>> {
    CURRENT.with_borrow_mut(|current| {
        if let Some((d, queue)) = current
            && *d == device
        {
            return Ok(queue.clone());
        }
        let queue = backend(device.kind)?.default_queue(device)?;
        *current = Some((device, queue.clone()));
        Ok(queue)
    })
}

/// Computes what waits on a device and waits for it.
///
/// # Errors
/// `Memory`, `Device` or `Compile` from the values that waited.
pub fn synchronize(device: Device) -> Result<()> {
    let queue = current_queue(device)?;
    let flushed = flush(&queue);
    backend(device.kind)?.synchronize(&queue)?;
    flushed
}

/// Whether a value of this size may wait on this queue.
///
/// Sizes below what the device calls worth waiting are computed at once, and so is everything once the
/// promised results would not fit its memory: then out-of-memory rises where eager code raises it.
pub(super) fn may_wait(queue: &Queue, size: usize, n_bytes: usize) -> Result<bool> {
    let b = backend(queue.device.kind)?;
    if !config::fusion() || config::sync() || size < b.eager_below().max(1) {
        return Ok(false);
    }
    // Small results cannot exhaust memory in the thousand that may wait.
    if n_bytes >= 1 << 20 {
        let pool = b.memory(queue.device)?;
        let room = if pool.limit > 0 { pool.limit } else { capacity(queue.device)? };
        let promised = promised(queue);
        if pool.used.saturating_add(promised).saturating_add(n_bytes) > room {
            flush(queue)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// The device's memory, asked once.
fn capacity(device: Device) -> Result<usize> {
    static KNOWN: RwLock<Vec<(Device, usize)>> = RwLock::new(Vec::new());
    if let Some((_, n)) = KNOWN.read().iter().find(|(d, _)| *d == device) {
        return Ok(*n);
    }
    // Somebody else may use the device too: half of it is promised at most.
    let n = backend(device.kind)?.describe(device)?.total_memory / 2;
    KNOWN.write().push((device, n));
    Ok(n)
}

/// After an operation: waits for it if `CUPROUS_SYNC` asks to, naming it in the error.
pub(crate) fn after(queue: &Queue, what: impl FnOnce() -> String) -> Result<()> {
    if config::sync() {
        backend(queue.device.kind)?.synchronize(queue).map_err(|e| e.during(&what()))?;
    }
    Ok(())
}
