//! Queues are CUDA streams: the legacy default stream, each thread's own, new ones and those of others; waits
//! between them, events, synchronization.

use crate::capture;
use crate::driver::{Context, Raw, context, forked};
use crate::memory::key_of;
use cuprous_core::device::{Event, EventOptions, QueueOptions};
use cuprous_core::{Device, Error, Queue, Result, foreign};
use cuprous_cuda_sys::Handle;
use cuprous_cuda_sys::driver::{NOT_READY, constants as k};
use parking_lot::Mutex;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

thread_local! {
    /// This thread's own queue of each device.
    static OWN: RefCell<Vec<Arc<Queue>>> = const { RefCell::new(Vec::new()) };
}

/// The queues of a context by their handles, so that a handle always means the same queue: values that wait on
/// one would not be found through another.
#[derive(Default)]
pub(crate) struct Known {
    pub made: Mutex<HashMap<u64, Weak<Queue>>>,
    /// Nobody tells when a stream of somebody else's ends: their queues are kept
    external: Mutex<HashMap<u64, Arc<Queue>>>,
}

/// Events for reuse.
pub(crate) struct Events {
    raw: Raw,
    idle: Mutex<Vec<Handle>>,
}

impl Events {
    pub fn new(raw: Raw) -> Events {
        Events { raw, idle: Mutex::new(Vec::new()) }
    }

    /// An event recorded on a stream. The context must be current.
    pub fn record(&self, stream: Handle) -> Result<Handle> {
        let idle = self.idle.lock().pop();
        let event = match idle {
            Some(event) => event,
            None => new_event(self.raw)?,
        };
        // SAFETY: the event is nobody else's while it is off the list; the caller's queue keeps the stream.
        let recorded = self.raw.check(unsafe { (self.raw.api.cuEventRecord)(event, stream) }, "cuEventRecord");
        if recorded.is_err() {
            self.give_back(event);
        }
        recorded.map(|()| event)
    }

    /// Takes an event back. What waits for it already keeps waiting for the work of that time.
    pub fn give_back(&self, event: Handle) {
        self.idle.lock().push(event);
    }
}

/// A new event, without timing. The context must be current.
pub(crate) fn new_event(raw: Raw) -> Result<Handle> {
    let mut event = 0;
    // SAFETY: the handle goes to a valid address; the caller has entered the context.
    raw.check(unsafe { (raw.api.cuEventCreate)(&mut event, k::EVENT_DISABLE_TIMING) }, "cuEventCreate")?;
    Ok(event)
}

/// A stream that we made.
struct Stream {
    context: &'static Context,
    handle: Handle,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if forked() {
            return;
        }
        let Ok(_entered) = self.context.enter() else { return };
        let api = self.context.raw.api;
        // Its work is finished first: memory that waits for it can then be used by everyone, and nobody asks
        // about this stream again, which matters because the driver gives handles out anew.
        // SAFETY: the stream is ours and was not destroyed before; the context is current.
        unsafe { (api.cuStreamSynchronize)(self.handle) };
        self.context.retire(self.handle as u64);
        self.context.blas.retire(self.handle);
        self.context.solvers.retire(self.handle);
        // SAFETY: as above; this is the last use of the handle.
        unsafe { (api.cuStreamDestroy_v2)(self.handle) };
    }
}

/// A new stream. A non-blocking one does not wait for the legacy default stream, nor that one for it.
///
/// # Errors
/// `Device` if the driver fails.
pub fn create(ctx: &Context, options: QueueOptions) -> Result<Arc<Queue>> {
    let ctx = context(ctx.device)?;
    let _entered = ctx.enter()?;
    let mut handle = 0;
    let flags = if options.non_blocking { k::STREAM_NON_BLOCKING } else { 0 };
    let code = match options.priority {
        // SAFETY: a context is current; the handle goes to a valid address.
        0 => unsafe { (ctx.raw.api.cuStreamCreate)(&mut handle, flags) },
        // SAFETY: as above; the driver rounds the priority to one that it has.
        priority => unsafe { (ctx.raw.api.cuStreamCreateWithPriority)(&mut handle, flags, priority) },
    };
    ctx.raw.check(code, "cuStreamCreate")?;
    let mut queue = Queue::new(ctx.device, handle as u64, Some(Box::new(Stream { context: ctx, handle })));
    queue.options = look_up(ctx, handle)?;
    let queue = Arc::new(queue);
    // The driver gives handles out anew: one that was somebody else's is ours now.
    ctx.queues.external.lock().remove(&queue.handle);
    let mut made = ctx.queues.made.lock();
    made.retain(|_, q| q.strong_count() > 0);
    made.insert(queue.handle, Arc::downgrade(&queue));
    Ok(queue)
}

/// How a stream runs. The context must be current.
fn look_up(ctx: &Context, stream: Handle) -> Result<QueueOptions> {
    let (mut flags, mut priority) = (0, 0);
    // SAFETY: a context is current, the caller vouches for the stream, and both values go to valid addresses.
    unsafe {
        ctx.raw.check((ctx.raw.api.cuStreamGetFlags)(stream, &mut flags), "cuStreamGetFlags")?;
        ctx.raw.check((ctx.raw.api.cuStreamGetPriority)(stream, &mut priority), "cuStreamGetPriority")?;
    }
    Ok(QueueOptions { non_blocking: flags & k::STREAM_NON_BLOCKING != 0, priority })
}

/// The queue of a stream's handle: one that we made, a default one, or somebody else's.
///
/// # Errors
/// `Device` if the driver fails, or knows no such stream.
pub fn external(ctx: &Context, handle: u64) -> Result<Arc<Queue>> {
    match handle {
        0 | k::STREAM_LEGACY => return Ok(ctx.default_queue.clone()),
        k::STREAM_PER_THREAD => return of_thread(ctx),
        _ => {}
    }
    if let Some(queue) = ctx.queues.made.lock().get(&handle).and_then(Weak::upgrade) {
        return Ok(queue);
    }
    let known = ctx.queues.external.lock().get(&handle).cloned();
    if let Some(queue) = known {
        return Ok(queue);
    }
    let _entered = ctx.enter()?;
    let mut queue = Queue::new(ctx.device, handle, None);
    queue.options = look_up(ctx, handle as Handle)?;
    Ok(ctx.queues.external.lock().entry(handle).or_insert_with(|| Arc::new(queue)).clone())
}

/// Forgets a stream of somebody else's that ends now, its work done.
pub(crate) fn forget(ctx: &Context, handle: u64) {
    let queue = ctx.queues.external.lock().remove(&handle);
    if queue.is_some() {
        ctx.retire(handle);
        ctx.blas.retire(handle as Handle);
        ctx.solvers.retire(handle as Handle);
    }
}

/// The calling thread's own queue.
///
/// # Errors
/// `Device` in a forked process.
pub fn of_thread(ctx: &Context) -> Result<Arc<Queue>> {
    let ctx = context(ctx.device)?;
    OWN.with_borrow_mut(|own| {
        if let Some(queue) = own.iter().find(|q| q.device == ctx.device) {
            return Ok(queue.clone());
        }
        let mut queue = Queue::new(ctx.device, k::STREAM_PER_THREAD, None);
        queue.thread = Some(std::thread::current().id());
        queue.owner = Some(Box::new(OfThread { context: ctx, key: key_of(&queue) }));
        let queue = Arc::new(queue);
        own.push(queue.clone());
        Ok(queue)
    })
}

/// Whether the queue with this number is the calling thread's own.
pub(crate) fn is_of_this_thread(id: u64) -> bool {
    // While a thread ends its own queues may be gone: then it is none.
    OWN.try_with(|own| own.try_borrow().is_ok_and(|own| own.iter().any(|q| q.id == id))).unwrap_or(false)
}

/// What the pool knows of a thread's own stream, forgotten with the last of its values.
struct OfThread {
    context: &'static Context,
    key: u64,
}

impl Drop for OfThread {
    fn drop(&mut self) {
        if !forked() && self.context.synchronize().is_ok() {
            self.context.retire(self.key);
            if let Ok(_entered) = self.context.enter() {
                self.context.blas.retire(self.key as Handle);
                self.context.solvers.retire(self.key as Handle);
            }
        }
    }
}

/// Waits on the host until everything queued is done.
///
/// # Errors
/// `Device` if the driver fails or an earlier kernel did.
pub fn synchronize(ctx: &Context, queue: &Queue) -> Result<()> {
    let _entered = ctx.enter()?;
    // SAFETY: the queue keeps its stream; the context is current, to which handle 0 belongs.
    ctx.raw.check(unsafe { (ctx.raw.api.cuStreamSynchronize)(queue.handle as Handle) }, "cuStreamSynchronize")
}

/// Whether everything queued is done.
///
/// # Errors
/// `Device` if the driver fails or an earlier kernel did.
pub fn is_idle(ctx: &Context, queue: &Queue) -> Result<bool> {
    let _entered = ctx.enter()?;
    // SAFETY: the queue keeps its stream; the context is current, to which handle 0 belongs.
    match unsafe { (ctx.raw.api.cuStreamQuery)(queue.handle as Handle) } {
        NOT_READY => Ok(false),
        code => ctx.raw.check(code, "cuStreamQuery").map(|()| true),
    }
}

/// Makes later work on `waiter` start after the work queued so far on `on`, which may be of another device.
///
/// # Errors
/// `Device` if the driver fails.
pub fn wait(waiter: &Queue, on: &Queue) -> Result<()> {
    if waiter.device == on.device && key_of(waiter) == key_of(on) {
        return Ok(());
    }
    let source = context(on.device)?;
    match (capture::of(context(waiter.device)?, waiter), capture::of(source, on)) {
        // It is done before the graph can be launched.
        (Some(_), None) => return Ok(()),
        (None, Some(_)) => {
            return Err(foreign::failure(
                905,
                "values of a stream that is captured into a graph cannot be used on another stream before the graph is launched",
            ));
        }
        _ => {}
    }
    // The stream of another thread has no name here: the host waits for what it does.
    if on.is_of_other_thread() {
        return source.synchronize();
    }
    if waiter.is_of_other_thread() {
        return synchronize(source, on);
    }
    let event = {
        let _entered = source.enter()?;
        source.events.record(on.handle as Handle)?
    };
    let target = context(waiter.device)?;
    let waited = target.enter().and_then(|_entered| {
        // SAFETY: the event is ours until it is given back; the queue keeps its stream, whose context is current.
        target.raw.check(unsafe { (target.raw.api.cuStreamWaitEvent)(waiter.handle as Handle, event, 0) }, "cuStreamWaitEvent")
    });
    source.events.give_back(event);
    waited
}

/// Calls a function on a thread of the driver's once the work queued so far is done.
///
/// # Errors
/// `Device` if the driver fails; the function is then dropped.
pub fn call_on_host(ctx: &Context, queue: &Queue, f: Box<dyn FnOnce() + Send>) -> Result<()> {
    let _entered = ctx.enter()?;
    let data = Box::into_raw(Box::new(f));
    // SAFETY: the driver calls the function once with this pointer, which it then owns; the queue keeps its stream.
    let code = unsafe { (ctx.raw.api.cuLaunchHostFunc)(queue.handle as Handle, called_by_driver, data.cast()) };
    if code != 0 {
        // SAFETY: the driver refused, so that the pointer is still ours alone.
        drop(unsafe { Box::from_raw(data) });
    }
    ctx.raw.check(code, "cuLaunchHostFunc")
}

/// # Safety
/// `data` must be a pointer that `call_on_host` handed to the driver, which calls this once for it.
unsafe extern "C" fn called_by_driver(data: *mut c_void) {
    // SAFETY: it came from `Box::into_raw` in `call_on_host`, and comes here once.
    let f = unsafe { Box::from_raw(data.cast::<Box<dyn FnOnce() + Send>>()) };
    // A panic may not pass through the driver; what the function reports it reports itself.
    let _ = catch_unwind(AssertUnwindSafe(*f));
}

/// An event of the driver.
struct CudaEvent {
    context: &'static Context,
    handle: Handle,
}

/// A new event, not recorded.
///
/// # Errors
/// `Device` if the driver fails.
pub fn event(device: Device, options: EventOptions) -> Result<Box<dyn Event>> {
    let ctx = context(device)?;
    let _entered = ctx.enter()?;
    let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
    let flags = flag(options.blocking, k::EVENT_BLOCKING_SYNC)
        | flag(options.disable_timing, k::EVENT_DISABLE_TIMING)
        | flag(options.interprocess, k::EVENT_INTERPROCESS);
    let mut handle = 0;
    // SAFETY: a context is current; the handle goes to a valid address.
    ctx.raw.check(unsafe { (ctx.raw.api.cuEventCreate)(&mut handle, flags) }, "cuEventCreate")?;
    Ok(Box::new(CudaEvent { context: ctx, handle }))
}

impl Event for CudaEvent {
    fn record(&self, queue: &Queue) -> Result<()> {
        if queue.device != self.context.device {
            return Err(Error::device(format!("an event of {} cannot be recorded on a stream of {}", self.context.device, queue.device)));
        }
        let _entered = self.context.enter()?;
        // SAFETY: the event lives as long as this; the queue keeps its stream.
        self.context.raw.check(unsafe { (self.context.raw.api.cuEventRecord)(self.handle, queue.handle as Handle) }, "cuEventRecord")
    }

    fn is_done(&self) -> Result<bool> {
        let _entered = self.context.enter()?;
        // SAFETY: the event lives as long as this.
        match unsafe { (self.context.raw.api.cuEventQuery)(self.handle) } {
            NOT_READY => Ok(false),
            code => self.context.raw.check(code, "cuEventQuery").map(|()| true),
        }
    }

    fn synchronize(&self) -> Result<()> {
        let _entered = self.context.enter()?;
        // SAFETY: the event lives as long as this.
        self.context.raw.check(unsafe { (self.context.raw.api.cuEventSynchronize)(self.handle) }, "cuEventSynchronize")?;
        self.context.faults.raise(0)
    }

    fn hold(&self, queue: &Queue) -> Result<()> {
        let ctx = context(queue.device)?;
        let _entered = ctx.enter()?;
        // SAFETY: the event lives as long as this, and what waits keeps waiting for the work of this time; the
        // queue keeps its stream, whose context is current.
        ctx.raw.check(unsafe { (ctx.raw.api.cuStreamWaitEvent)(queue.handle as Handle, self.handle, 0) }, "cuStreamWaitEvent")
    }

    fn milliseconds_since(&self, start: &dyn Event) -> Result<f32> {
        let any: &dyn Any = start;
        let start = any.downcast_ref::<CudaEvent>().ok_or_else(|| Error::device("the events belong to different devices"))?;
        let elapsed = self.context.raw.api.cuEventElapsedTime.ok_or_else(|| Error::device("this driver does not time events"))?;
        let _entered = self.context.enter()?;
        let mut milliseconds = 0.0;
        // SAFETY: both events live during the call; the time goes to a valid address.
        self.context.raw.check(unsafe { elapsed(&mut milliseconds, start.handle, self.handle) }, "cuEventElapsedTime")?;
        Ok(milliseconds)
    }

    fn handle(&self) -> u64 {
        self.handle as u64
    }
}

impl Drop for CudaEvent {
    fn drop(&mut self) {
        if !forked()
            && let Ok(_entered) = self.context.enter()
        {
            // SAFETY: the event is ours and ends once; the driver keeps what waits for it.
            unsafe { (self.context.raw.api.cuEventDestroy_v2)(self.handle) };
        }
    }
}
