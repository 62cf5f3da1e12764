//! Where arrays are made and whether their values may wait: the one place that asks devices what suits them.

use super::{config, memory};
use crate::array::{flush, flush_device, promised, waiting_on};
use cuprous_core::arena::limit_of_environment;
use cuprous_core::backend::{backend, devices};
use cuprous_core::device::n_captures;
use cuprous_core::{Device, DeviceKind, Error, ErrorKind, Queue, Result, hooks};
use parking_lot::RwLock;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The process's default device, once decided.
static DEFAULT: RwLock<Option<Device>> = RwLock::new(None);

thread_local! {
    /// The device on which this thread makes arrays, if it chose one.
    static CHOSEN: Cell<Option<Device>> = const { Cell::new(None) };
    /// How many fusing scopes this thread is in.
    static FUSING: Cell<usize> = const { Cell::new(0) };
    /// Whether this thread may wait for devices.
    static MAY_SYNCHRONIZE: Cell<bool> = const { Cell::new(true) };
    /// The queue on which this thread works, for each device that it has used.
    static CURRENT: RefCell<Vec<Arc<Queue>>> = const { RefCell::new(Vec::new()) };
}

/// The device on which arrays are made: what this thread chose, else what the process did, else
/// `CUPROUS_DEVICE`, else the first GPU, else the CPU.
///
/// # Errors
/// `Value` if `CUPROUS_DEVICE` names none, `Device` if it names one that is not there.
pub fn default_device() -> Result<Device> {
    if let Some(device) = CHOSEN.get() {
        return Ok(device);
    }
    if let Some(device) = *DEFAULT.read() {
        return Ok(device);
    }
    let device = match std::env::var("CUPROUS_DEVICE") {
        Ok(name) if !name.is_empty() => Device::parse(&name)?,
        _ => devices().first().copied().unwrap_or(Device::CPU),
    };
    check(device)?;
    limit_host(device)?;
    *DEFAULT.write() = Some(device);
    Ok(device)
}

/// Gives the host's pool the limit of the environment where the host stands in for GPUs: the variable is meant for theirs.
fn limit_host(device: Device) -> Result<()> {
    if device.kind == DeviceKind::Cpu
        && let Some(limit) = limit_of_environment()?
        && backend(DeviceKind::Cuda).map_or(0, |b| b.n_devices()) == 0
    {
        let b = backend(device.kind)?;
        b.set_memory_limit(device, limit.of(b.describe(device)?.total_memory))?;
    }
    Ok(())
}

/// Makes arrays on another device from now on, in every thread that chose none itself.
///
/// # Errors
/// `Device` if it is not there.
pub fn set_default_device(device: Device) -> Result<()> {
    check(device)?;
    *DEFAULT.write() = Some(device);
    CHOSEN.set(None);
    Ok(())
}

/// Makes this thread's arrays on another device from now on, or again on the process's. Returns what was before.
///
/// # Errors
/// `Device` if it is not there.
pub fn choose_device(device: Option<Device>) -> Result<Option<Device>> {
    device.map_or(Ok(()), check)?;
    Ok(CHOSEN.replace(device))
}

fn check(device: Device) -> Result<()> {
    let n = backend(device.kind)?.n_devices();
    if device.ordinal as usize >= n {
        let remedy = if n == 0 { ": no NVIDIA driver or GPU was found; `python -m cuprous doctor` says more" } else { "" };
        return Err(Error::device(format!("there is no device {device}{remedy}")));
    }
    Ok(())
}

/// The queue on which this thread's work on a device runs now.
///
/// # Errors
/// `Device` if there is no such device.
#[inline]
pub fn current_queue(device: Device) -> Result<Arc<Queue>> {
    CURRENT.with_borrow_mut(|current| {
        if let Some(queue) = current.iter().find(|q| q.device == device) {
            return Ok(queue.clone());
        }
        let queue = backend(device.kind)?.default_queue(device)?;
        current.push(queue.clone());
        Ok(queue)
    })
}

/// Runs this thread's work on another queue of its device from now on. What waits on the one that is left is
/// computed. Returns that one.
///
/// # Errors
/// `Memory`, `Device` or `Compile` from what waited; the queue is changed all the same.
pub fn use_queue(queue: Arc<Queue>) -> Result<Arc<Queue>> {
    let before = current_queue(queue.device)?;
    if before.id != queue.id {
        CURRENT.with_borrow_mut(|current| {
            if let Some(place) = current.iter_mut().find(|q| q.device == queue.device) {
                *place = queue;
            }
        });
        flush(&before)?;
    }
    Ok(before)
}

/// Lets this thread's values wait and fuse until [`leave_fusing`], even with fusion off. Scopes nest.
pub fn enter_fusing() {
    FUSING.set(FUSING.get() + 1);
}

/// Leaves a fusing scope. With fusion off, what the outermost one left waiting is computed now, as all else is.
///
/// # Errors
/// `Memory`, `Device` or `Compile` from what waited, which then still waits; the scope is left all the same.
pub fn leave_fusing() -> Result<()> {
    let depth = FUSING.get().saturating_sub(1);
    FUSING.set(depth);
    if depth > 0 || config::fusion() {
        return Ok(());
    }
    let queues = CURRENT.with_borrow(Clone::clone);
    queues.iter().map(|q| flush(q)).fold(Ok(()), Result::and)
}

/// Allows this thread to wait for devices, or forbids it. Returns what was before.
pub fn allow_synchronize(allow: bool) -> bool {
    MAY_SYNCHRONIZE.replace(allow)
}

/// Whether this thread may wait for devices.
///
/// # Errors
/// `Synchronized` where the program forbade it.
pub fn before_synchronizing() -> Result<()> {
    if MAY_SYNCHRONIZE.get() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Synchronized, "Device synchronization was not allowed here: `allow_synchronize(False)`"))
}

/// Computes what waits on a device, in all threads and on all queues, and waits for it.
///
/// # Errors
/// `Memory`, `Device` or `Compile` from the values that waited.
pub fn synchronize(device: Device) -> Result<()> {
    before_synchronizing()?;
    let flushed = flush_device(device);
    backend(device.kind)?.synchronize_device(device)?;
    flushed
}

/// What decides on a device whether values wait: each is zero where nothing waits and nothing was asked for.
///
/// # Errors
/// `Device` if there is no such device.
pub fn state(device: Device) -> Result<[(&'static str, usize); 7]> {
    let (n_values, n_bytes) = waiting_on(device);
    let b = backend(device.kind)?;
    Ok([
        ("values that wait", n_values),
        ("bytes that they will need", n_bytes),
        ("streams captured", n_captures()),
        ("memory hooks", hooks::are_here().into()),
        ("allocators chosen", memory::allocator().is_some().into()),
        ("scopes of fuse", FUSING.get()),
        ("streams chosen", usize::from(current_queue(device)?.id != b.default_queue(device)?.id)),
    ])
}

/// Whether a value of this size may wait on this queue.
///
/// Sizes below what the device calls worth waiting are computed at once, and so is everything once the
/// promised results would not fit its memory: then out-of-memory rises where eager code raises it.
pub(super) fn may_wait(queue: &Arc<Queue>, size: usize, n_bytes: usize) -> Result<bool> {
    let b = backend(queue.device.kind)?;
    if !(config::fusion() || FUSING.get() > 0) || config::sync() || size < b.eager_below().max(1) {
        return Ok(false);
    }
    // Who hears of memory, or whose code gives it, is to see each call where it was made.
    let arena = memory::allocator();
    let held = match &arena {
        _ if hooks::are_here() => return Ok(false),
        None => None,
        Some(arena) => match arena.info(queue.device) {
            None => return Ok(false),
            held => held,
        },
    };
    // Small results cannot exhaust a device's memory in the thousand that may wait; a user's pool may be smaller.
    if n_bytes >= 1 << 20 || held.is_some_and(|pool| pool.limit > 0) {
        let pool = held.map_or_else(|| b.memory(queue.device), Ok)?;
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
