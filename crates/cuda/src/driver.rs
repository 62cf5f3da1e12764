//! The driver made safe: devices, their primary contexts, errors, and what holds after a fork.

use crate::capture;
use crate::compile::Kernels;
use crate::matmul::Blas;
use crate::memory::{Events as PoolEvents, Pool, Segments, Source, UserPools};
use crate::queue::Events;
use crate::transfer::Staging;
use crate::transfer::faults::Faults;
use cuprous_core::foreign::error_name;
use cuprous_core::{Device, DeviceKind, Error, ErrorKind, Queue, Result, device};
use cuprous_cuda_sys::driver::{INVALID_VALUE, NOT_READY, OUT_OF_MEMORY, constants as k};
use cuprous_cuda_sys::{Driver, Handle};
use parking_lot::Mutex;
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A GPU in use: its primary context, which other CUDA libraries of the process share, and what belongs to it.
///
/// Contexts live as long as the process: [`context`] hands out the only one of each device.
pub struct Context {
    /// The device
    pub device: Device,
    /// Compute capability: 90 for 9.0
    pub arch: u32,
    /// Number of multiprocessors
    pub n_units: u32,
    /// The most shared memory that a block can have, in bytes
    pub max_shared: u32,
    /// The most threads that a block can have
    pub max_threads: u32,
    /// Its name
    pub name: String,
    /// Its memory in bytes
    pub total_memory: usize,
    /// Kernels of programs
    pub programs: crate::codegen::Cache,
    pub(crate) raw: Raw,
    pub(crate) pool: Pool<DeviceMemory>,
    pub(crate) user_pools: UserPools,
    pub(crate) events: Events,
    pub(crate) kernels: Kernels,
    pub(crate) staging: Staging,
    pub(crate) faults: Faults,
    pub(crate) blas: Blas,
    pub(crate) solvers: crate::linalg::Solvers,
    pub(crate) ffts: crate::fft::Plans,
    pub(crate) user: crate::raw::Loaded,
    pub(crate) default_queue: Arc<Queue>,
    pub(crate) queues: crate::queue::Known,
}

/// The driver and the context's handle: what a call needs.
#[derive(Clone, Copy)]
pub(crate) struct Raw {
    pub api: &'static Driver,
    pub context: Handle,
    /// Whether a thread without a context may keep this one: libraries take it for the current device
    stays: bool,
}

/// The devices of this process, and a place for the context of each.
struct Devices {
    api: &'static Driver,
    slots: Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    ready: OnceLock<Context>,
    making: Mutex<()>,
}

static DEVICES: OnceLock<Option<Devices>> = OnceLock::new();
static FORKED: AtomicBool = AtomicBool::new(false);

/// Whether this process is a fork of one that used CUDA: the driver does not work here, so nothing may call it.
#[inline]
pub(crate) fn forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

extern "C" fn after_fork() {
    FORKED.store(true, Ordering::Relaxed);
}

fn check_fork() -> Result<()> {
    if forked() {
        return Err(Error::device("CUDA cannot be used in a forked process; start it with the 'spawn' method"));
    }
    Ok(())
}

/// Starts the driver at the first call. Without driver or device, or with `CUPROUS_CUDA=off`, there is nothing.
fn devices() -> Option<&'static Devices> {
    DEVICES
        .get_or_init(|| {
            if std::env::var("CUPROUS_CUDA").is_ok_and(|v| v.eq_ignore_ascii_case("off") || v == "0") {
                return None;
            }
            let api = Driver::get().ok()?;
            let mut n = 0;
            // SAFETY: `cuInit` takes no pointers; the count goes to a valid address. The handler only stores
            // to an atomic, which is allowed in a forked child.
            unsafe {
                if (api.cuInit)(0) != 0 || (api.cuDeviceGetCount)(&mut n) != 0 {
                    return None;
                }
                libc::pthread_atfork(None, None, Some(after_fork));
            }
            Some(Devices { api, slots: (0..n.max(0)).map(|_| Slot::default()).collect() })
        })
        .as_ref()
}

/// The number of GPUs; 0 where driver or hardware is missing.
pub fn n_devices() -> usize {
    devices().map_or(0, |d| d.slots.len())
}

/// The context of a device, made at the first call.
///
/// # Errors
/// `Device` if there is no such GPU, if it cannot be used, or in a forked process.
#[inline]
pub fn context(device: Device) -> Result<&'static Context> {
    check_fork()?;
    if device.kind == DeviceKind::Cuda
        && let Some(devices) = devices()
        && let Some(slot) = devices.slots.get(device.ordinal as usize)
    {
        if let Some(context) = slot.ready.get() {
            return Ok(context);
        }
        return start(devices.api, slot, device);
    }
    Err(no_such_device(device))
}

#[cold]
fn no_such_device(device: Device) -> Error {
    let reason = match Driver::get() {
        Err(missing) => missing,
        Ok(_) => match n_devices() {
            0 => "the driver is there, but finds no GPU (or CUPROUS_CUDA=off is set)".into(),
            n => format!("there are {n} GPUs, counted from 0"),
        },
    };
    Error::device(format!("no device {device}: {reason}"))
}

#[cold]
fn start(api: &'static Driver, slot: &'static Slot, device: Device) -> Result<&'static Context> {
    let _making = slot.making.lock();
    if let Some(context) = slot.ready.get() {
        return Ok(context);
    }
    let mut handle = 0;
    // SAFETY: `cuInit` has succeeded; the handle goes to a valid address.
    check(api, unsafe { (api.cuDeviceGet)(&mut handle, i32::from(device.ordinal)) }, "cuDeviceGet")?;
    let attribute = |which: i32| -> Result<u32> {
        let mut value = 0;
        // SAFETY: the device handle is the driver's own; the value goes to a valid address.
        check(api, unsafe { (api.cuDeviceGetAttribute)(&mut value, which, handle) }, "cuDeviceGetAttribute")?;
        Ok(value.max(0) as u32)
    };
    let mut name = [0; 256];
    let mut total_memory = 0;
    let mut raw = Raw { api, context: 0, stays: device.ordinal == 0 };
    // SAFETY: all three write to valid addresses; the name's buffer has the length that is told and stays
    // terminated, for its last byte is never written. The context is retained for the life of the process.
    let name = unsafe {
        check(api, (api.cuDeviceGetName)(name.as_mut_ptr(), name.len() as i32 - 1, handle), "cuDeviceGetName")?;
        check(api, (api.cuDeviceTotalMem_v2)(&mut total_memory, handle), "cuDeviceTotalMem")?;
        check(api, (api.cuDevicePrimaryCtxRetain)(&mut raw.context, handle), "cuDevicePrimaryCtxRetain")?;
        CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned()
    };
    let pool = Pool::new(device, DeviceMemory { raw }, Segments::Roomy);
    if let Some(limit) = cuprous_core::arena::limit_of_environment()? {
        pool.set_limit(limit.of(total_memory));
    }
    let context = Context {
        device,
        arch: attribute(k::COMPUTE_CAPABILITY_MAJOR)? * 10 + attribute(k::COMPUTE_CAPABILITY_MINOR)?,
        n_units: attribute(k::MULTIPROCESSOR_COUNT)?,
        max_shared: attribute(k::MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?.max(attribute(k::MAX_SHARED_MEMORY_PER_BLOCK)?),
        max_threads: attribute(k::MAX_THREADS_PER_BLOCK)?,
        name,
        total_memory,
        programs: Default::default(),
        raw,
        pool,
        user_pools: Default::default(),
        events: Events::new(raw),
        kernels: Kernels::default(),
        staging: Staging::new(raw),
        faults: Faults::new(raw),
        blas: Blas::default(),
        solvers: Default::default(),
        ffts: Default::default(),
        user: Default::default(),
        default_queue: Arc::new(Queue::new(device, 0, None)),
        queues: Default::default(),
    };
    Ok(slot.ready.get_or_init(|| context))
}

impl Context {
    /// Makes the context current on this thread until the guard is dropped.
    ///
    /// # Errors
    /// `Device` in a forked process or if the driver fails.
    #[inline]
    pub(crate) fn enter(&self) -> Result<Entered> {
        self.raw.enter()
    }

    /// Tells the pools that a queue is gone, by what they know it; its work is done.
    pub(crate) fn retire(&self, queue: u64) {
        self.pool.retire(queue);
        self.user_pools.retire(queue);
    }

    /// An attribute of the device by CUDA's number for it; none that this driver does not know.
    ///
    /// # Errors
    /// `Device` if the driver fails.
    pub fn attribute(&self, number: i32) -> Result<Option<i64>> {
        check_fork()?;
        let (mut handle, mut value) = (0, 0);
        // SAFETY: the driver is initialized, for there is a context; both values go to valid addresses.
        unsafe {
            self.raw.check((self.raw.api.cuDeviceGet)(&mut handle, i32::from(self.device.ordinal)), "cuDeviceGet")?;
            match (self.raw.api.cuDeviceGetAttribute)(&mut value, number, handle) {
                INVALID_VALUE => Ok(None),
                code => self.raw.check(code, "cuDeviceGetAttribute").map(|()| Some(i64::from(value))),
            }
        }
    }

    /// Waits for all work of the device.
    ///
    /// # Errors
    /// `Device` if the driver fails or an earlier kernel did.
    pub fn synchronize(&self) -> Result<()> {
        capture::refuse_all("wait for the device")?;
        let _entered = self.enter()?;
        // SAFETY: a context is current.
        self.raw.check(unsafe { (self.raw.api.cuCtxSynchronize)() }, "cuCtxSynchronize")
    }

    /// Memory that no process uses, in bytes.
    ///
    /// # Errors
    /// `Device` if the driver fails.
    pub fn free_memory(&self) -> Result<usize> {
        let _entered = self.enter()?;
        let (mut free, mut total) = (0, 0);
        // SAFETY: a context is current; both values go to valid addresses.
        self.raw.check(unsafe { (self.raw.api.cuMemGetInfo_v2)(&mut free, &mut total) }, "cuMemGetInfo")?;
        Ok(free)
    }
}

impl Raw {
    /// The driver is asked each time which context is current (some 10 ns): other libraries on the same
    /// thread change it without telling. Where there was none, that of the first device stays; where there was another, it
    /// comes back, as rule 17 of the laziness contract wants.
    #[inline]
    pub fn enter(self) -> Result<Entered> {
        check_fork()?;
        let mut before = 0;
        // SAFETY: the driver is initialized, for there is a context; the handle goes to a valid address.
        self.check(unsafe { (self.api.cuCtxGetCurrent)(&mut before) }, "cuCtxGetCurrent")?;
        if before != self.context {
            // SAFETY: the context is retained for the life of the process.
            self.check(unsafe { (self.api.cuCtxSetCurrent)(self.context) }, "cuCtxSetCurrent")?;
        }
        let restore = before != self.context && (before != 0 || !self.stays);
        Ok(Entered { api: self.api, before: restore.then_some(before) })
    }

    #[inline]
    pub fn check(self, code: i32, call: &'static str) -> Result<()> {
        check(self.api, code, call)
    }
}

/// While it lives its context is current on the thread that made it.
#[must_use]
pub(crate) struct Entered {
    api: &'static Driver,
    /// What becomes current again: a context, or none
    before: Option<Handle>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(before) = self.before
            && !forked()
        {
            // SAFETY: the context was current before, on this thread: whoever set it keeps it alive. None is 0.
            unsafe { (self.api.cuCtxSetCurrent)(before) };
        }
    }
}

/// Turns the code of a driver call into an error with its name, its description and the call.
#[inline]
pub(crate) fn check(api: &Driver, code: i32, call: &'static str) -> Result<()> {
    if code == 0 { Ok(()) } else { Err(failure(api, code, call)) }
}

#[cold]
fn failure(api: &Driver, code: i32, call: &'static str) -> Error {
    let text = |f: unsafe extern "C" fn(i32, *mut *const std::ffi::c_char) -> i32| {
        let mut text = std::ptr::null();
        // SAFETY: the pointer goes to a valid address; the driver's texts are constants that end in a zero.
        unsafe {
            if f(code, &mut text) == 0 && !text.is_null() { CStr::from_ptr(text).to_string_lossy().into_owned() } else { String::new() }
        }
    };
    let (name, description) = (text(api.cuGetErrorName), text(api.cuGetErrorString));
    // Programs know errors by the runtime's names; the driver's say the same, and are for those it lacks.
    let name = match error_name(code) {
        "cudaErrorUnknown" if code != 999 => {
            if name.is_empty() {
                format!("error {code}")
            } else {
                name
            }
        }
        known => known.to_string(),
    };
    // What a kernel did wrong is told by whichever call comes next.
    let hint = match code {
        700 | 702 | 710 | 714..=719 => {
            "; an earlier kernel failed, which CUPROUS_SYNC=1 names, and this process has lost the device: start it anew"
        }
        _ => "",
    };
    let kind = if code == OUT_OF_MEMORY { ErrorKind::Memory } else { ErrorKind::Device };
    Error::new(kind, format!("{name}: {description} (from {call}{hint})"))
}

/// The GPU to whose memory an address belongs; none if it is the host's, or nobody's.
///
/// # Errors
/// `Device` in a forked process or if the driver fails.
pub fn device_of(address: usize) -> Result<Option<Device>> {
    if n_devices() == 0 {
        return Ok(None);
    }
    let ctx = context(Device::cuda(0))?;
    let _entered = ctx.enter()?;
    let look = |which: i32| {
        let mut value = 0_i32;
        // SAFETY: the driver only looks the address up; these attributes are ints (one byte of it for a truth
        // value), which goes to a valid address.
        let code = unsafe { (ctx.raw.api.cuPointerGetAttribute)((&raw mut value).cast(), which, address as u64) };
        (code == 0).then_some(value)
    };
    let is_of_device = look(k::POINTER_MEMORY_TYPE) == Some(k::MEMORY_TYPE_DEVICE) || look(k::POINTER_IS_MANAGED).is_some_and(|m| m != 0);
    Ok(look(k::POINTER_DEVICE_ORDINAL).filter(|n| is_of_device && *n >= 0).map(|n| Device::cuda(n as u16)))
}

/// The device's memory and events, as the pool uses them.
pub(crate) struct DeviceMemory {
    pub raw: Raw,
}

impl Source for DeviceMemory {
    fn allocate(&self, n_bytes: usize) -> Result<Option<usize>> {
        let _entered = self.raw.enter()?;
        let mut address = 0;
        // SAFETY: a context is current; the address goes to a valid place.
        match capture::relaxed(self.raw, || unsafe { (self.raw.api.cuMemAlloc_v2)(&mut address, n_bytes) }) {
            0 => Ok(Some(address as usize)),
            OUT_OF_MEMORY => Ok(None),
            code => Err(failure(self.raw.api, code, "cuMemAlloc")),
        }
    }

    fn release(&self, address: usize) {
        if !capture::defer_release(self.raw, address)
            && let Ok(_entered) = self.raw.enter()
        {
            // SAFETY: the pool releases each address that `allocate` gave once, when no block of it lives;
            // the driver waits for work that still uses it.
            unsafe { (self.raw.api.cuMemFree_v2)(address as u64) };
        }
    }
}

impl PoolEvents for DeviceMemory {
    type Event = Handle;

    #[inline]
    fn key_of(&self, queue: &Queue) -> u64 {
        crate::memory::key_of(queue)
    }

    fn record(&self, queue: u64) -> Result<Handle> {
        // A captured stream's event would be the graph's, and a default stream may not be named meanwhile: 0 stands for
        // the work of the whole device.
        if device::is_any_captured() {
            return Ok(0);
        }
        let _entered = self.raw.enter()?;
        let event = crate::queue::new_event(self.raw)?;
        // Another thread's own stream cannot be named here: the pool then waits for the whole device.
        let recorded = match crate::memory::stream_of(queue) {
            // SAFETY: the event is new; the pool forgets queues when they are destroyed.
            Some(stream) => self.raw.check(unsafe { (self.raw.api.cuEventRecord)(event, stream as Handle) }, "cuEventRecord"),
            None => Err(Error::device("a stream of another thread has no name here")),
        };
        if recorded.is_err() {
            self.forget(event);
        }
        recorded.map(|()| event)
    }

    fn is_done(&self, event: &Handle) -> bool {
        if device::is_any_captured() {
            return false;
        }
        if *event == 0 {
            return self.synchronize().is_ok();
        }
        // SAFETY: the event lives until `forget`.
        self.raw.enter().is_ok_and(|_entered| unsafe { (self.raw.api.cuEventQuery)(*event) } != NOT_READY)
    }

    fn forget(&self, event: Handle) {
        if event != 0
            && let Ok(_entered) = self.raw.enter()
        {
            // SAFETY: the pool forgets each event once.
            unsafe { (self.raw.api.cuEventDestroy_v2)(event) };
        }
    }

    fn synchronize(&self) -> Result<()> {
        if device::is_any_captured() {
            return Err(Error::memory("out of memory while a stream is captured into a graph: what is free cannot be waited for"));
        }
        let _entered = self.raw.enter()?;
        // SAFETY: a context is current.
        self.raw.check(unsafe { (self.raw.api.cuCtxSynchronize)() }, "cuCtxSynchronize")
    }

    fn available(&self) -> Option<usize> {
        let _entered = self.raw.enter().ok()?;
        let (mut free, mut total) = (0, 0);
        // SAFETY: a context is current; both values go to valid addresses.
        (unsafe { (self.raw.api.cuMemGetInfo_v2)(&mut free, &mut total) } == 0).then_some(free)
    }

    fn is_dead(&self) -> bool {
        forked()
    }
}
