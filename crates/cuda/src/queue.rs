//! Queues are CUDA streams: the legacy default stream and new ones, waits between them, synchronization.

use crate::driver::{Context, Raw, context, forked};
use cuprous_core::{Queue, Result};
use cuprous_cuda_sys::Handle;
use cuprous_cuda_sys::driver::constants as k;
use parking_lot::Mutex;
use std::sync::Arc;

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
        self.context.pool.retire(self.handle as u64);
        self.context.blas.retire(self.handle);
        // SAFETY: as above; this is the last use of the handle.
        unsafe { (api.cuStreamDestroy_v2)(self.handle) };
    }
}

/// A new stream. A non-blocking one does not wait for the legacy default stream, nor that one for it.
///
/// # Errors
/// `Device` if the driver fails.
pub fn create(ctx: &Context, non_blocking: bool) -> Result<Arc<Queue>> {
    let ctx = context(ctx.device)?;
    let _entered = ctx.enter()?;
    let mut handle = 0;
    let flags = if non_blocking { k::STREAM_NON_BLOCKING } else { 0 };
    // SAFETY: a context is current; the handle goes to a valid address.
    ctx.raw.check(unsafe { (ctx.raw.api.cuStreamCreate)(&mut handle, flags) }, "cuStreamCreate")?;
    let owner = Stream { context: ctx, handle };
    Ok(Arc::new(Queue::new(ctx.device, handle as u64, Some(Box::new(owner)))))
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

/// Makes later work on `waiter` start after the work queued so far on `on`, which may be of another device.
///
/// # Errors
/// `Device` if the driver fails.
pub fn wait(waiter: &Queue, on: &Queue) -> Result<()> {
    if waiter.device == on.device && waiter.handle == on.handle {
        return Ok(());
    }
    let source = context(on.device)?;
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
