//! Streams whose work is captured into graphs, and what a graph needs as long as it lives.
//!
//! While a stream is captured nothing of ours waits for it: memory comes from pieces that the graph keeps, bytes of the
//! host are copied for it, the watcher rests, and who wants values on the host gets an error. While any capture runs, the
//! pool neither asks the driver about events nor gives memory back, for the driver may refuse that and end the capture.

use crate::driver::{Context, Raw, context, forked};
use crate::memory::{Pool, allocate_pinned, key_of};
use crate::queue::new_event;
use crate::watch;
use cuprous_core::buffer::Allocation;
use cuprous_core::device::{self, Graph};
use cuprous_core::{Buffer, Device, Error, Queue, Result, foreign};
use cuprous_cuda_sys::Handle;
use parking_lot::Mutex;
use std::ffi::{CString, c_void};
use std::sync::{Arc, Weak};

/// `cudaErrorStreamCaptureUnsupported`
const UNSUPPORTED: i32 = 900;
/// `cudaStreamCaptureModeRelaxed`
const RELAXED: i32 = 2;

/// A function that a graph calls on the host, each time it comes there.
pub type HostCall = Arc<dyn Fn() + Send + Sync>;

struct Capture {
    /// The driver's number for it, which all streams that take part tell
    id: u64,
    /// The queue where it began
    origin: u64,
    kept: Arc<Kept>,
}

static RUNNING: Mutex<Vec<Capture>> = Mutex::new(Vec::new());
/// Memory that the pool gave back meanwhile
static DEFERRED: Mutex<Vec<(Handle, usize)>> = Mutex::new(Vec::new());

/// What a graph needs.
pub(crate) struct Kept {
    context: &'static Context,
    id: u64,
    /// Memory for values that were made while it was captured
    pieces: Mutex<Vec<Arc<Buffer>>>,
    /// Those that nobody has any more, with the queue in whose order they went
    free: Mutex<Vec<(u64, Arc<Buffer>)>>,
    /// Memory that was there before
    used: Mutex<Vec<Arc<dyn Allocation>>>,
    /// Pinned copies of bytes of the host: the driver does not take pageable memory in every graph
    bytes: Mutex<Vec<Buffer>>,
    #[allow(clippy::vec_box)] // the driver has their addresses
    calls: Mutex<Vec<Box<HostCall>>>,
    /// The queues on which it was launched
    launched: Mutex<Vec<u64>>,
    /// Events behind the last launch on each of them, where something on the host has to stay until then
    ends: Mutex<Vec<(u64, Handle)>>,
}

/// A piece of a graph's memory in use; afterwards it serves later values of the same capture.
struct Lent {
    piece: Arc<Buffer>,
    kept: Weak<Kept>,
    id: u64,
    home: u64,
    has_visitors: std::sync::atomic::AtomicBool,
}

impl Allocation for Lent {
    fn used_on(&self, queue: &Queue) {
        if queue.id != self.home {
            self.has_visitors.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        self.piece.used_on(queue);
    }

    fn graph(&self) -> u64 {
        self.id
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // The order of one queue is the order in the graph; among several there is none.
        if !self.has_visitors.load(std::sync::atomic::Ordering::Relaxed)
            && let Some(kept) = self.kept.upgrade()
        {
            kept.free.lock().push((self.home, self.piece.clone()));
        }
    }
}

impl Kept {
    fn new(context: &'static Context, id: u64) -> Arc<Kept> {
        Arc::new(Kept {
            context,
            id,
            pieces: Mutex::default(),
            free: Mutex::default(),
            used: Mutex::default(),
            bytes: Mutex::default(),
            calls: Mutex::default(),
            launched: Mutex::default(),
            ends: Mutex::default(),
        })
    }

    /// Memory for work on a queue that is captured.
    ///
    /// # Errors
    /// `Memory` if there is none left.
    pub fn allocate(self: &Arc<Kept>, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        let reused = {
            let mut free = self.free.lock();
            // Not much larger than needed: what comes next may need the rest.
            let fits = |(home, piece): &(u64, Arc<Buffer>)| *home == queue.id && (n_bytes..=2 * n_bytes + 512).contains(&piece.len());
            let best = free.iter().enumerate().filter(|(_, f)| fits(f)).min_by_key(|(_, f)| f.1.len()).map(|(k, _)| k);
            best.map(|k| free.swap_remove(k).1)
        };
        let piece = match reused {
            Some(piece) => piece,
            None => {
                let (address, block) = Pool::allocate(&&self.context.pool, key_of(queue), n_bytes)?;
                // SAFETY: the pool keeps the block's bytes for us alone until the block is dropped, by the buffer.
                let piece = Arc::new(unsafe { Buffer::new(self.context.device, address, n_bytes, Box::new(block)) });
                self.pieces.lock().push(piece.clone());
                piece
            }
        };
        let address = piece.address();
        let lent = Lent { piece, kept: Arc::downgrade(self), id: self.id, home: queue.id, has_visitors: false.into() };
        // SAFETY: the piece has at least these bytes, lives as long as the owner, and nobody else has it until it is dropped.
        Ok(unsafe { Buffer::new(self.context.device, address, n_bytes, Box::new(lent)) })
    }

    /// A pinned copy of bytes of the host that lasts as long as the graph.
    ///
    /// # Errors
    /// `Memory` if the system has none left to pin.
    pub fn copy_of(&self, bytes: &[u8]) -> Result<*const u8> {
        let copy = relaxed(self.context.raw, || allocate_pinned(self.context, bytes.len(), 0))?;
        let address = copy.address() as *mut u8;
        // SAFETY: the buffer has room, lies in the host's memory and is ours alone.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address, bytes.len()) };
        self.bytes.lock().push(copy);
        Ok(address)
    }

    fn call(&self, f: HostCall) -> *mut c_void {
        let mut calls = self.calls.lock();
        calls.push(Box::new(f));
        calls.last().map_or(std::ptr::null_mut(), |f| (&raw const **f).cast_mut().cast())
    }

    /// Notes that a launch on a queue uses all of it.
    fn used_on(&self, queue: &Queue) {
        let key = key_of(queue);
        let mut launched = self.launched.lock();
        if launched.contains(&key) {
            return;
        }
        launched.push(key);
        self.pieces.lock().iter().for_each(|p| p.used_on(queue));
        self.used.lock().iter().for_each(|m| m.used_on(queue));
    }
}

impl Kept {
    /// Notes how far a queue is when a launch has passed, for what lies on the host. The context must be current.
    fn end_of_launch(&self, queue: &Queue) -> Result<()> {
        if self.bytes.lock().is_empty() && self.calls.lock().is_empty() {
            return Ok(());
        }
        let (raw, key) = (self.context.raw, key_of(queue));
        let mut ends = self.ends.lock();
        let event = match ends.iter().find(|(known, _)| *known == key) {
            Some((_, event)) => *event,
            None => {
                let event = new_event(raw)?;
                ends.push((key, event));
                event
            }
        };
        // SAFETY: the event is ours, and the queue keeps its stream; the context is current.
        raw.check(unsafe { (raw.api.cuEventRecord)(event, queue.handle as Handle) }, "cuEventRecord")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if forked() {
            return std::mem::forget((std::mem::take(self.bytes.get_mut()), std::mem::take(self.calls.get_mut())));
        }
        let (raw, ends) = (self.context.raw, std::mem::take(self.ends.get_mut()));
        let Ok(_entered) = raw.enter() else { return };
        // SAFETY: the events are ours and end once; the driver keeps what it still needs of them.
        let is_idle = ends.iter().fold(true, |idle, &(_, event)| unsafe {
            let passed = (raw.api.cuEventQuery)(event) == 0;
            (raw.api.cuEventDestroy_v2)(event);
            idle && passed
        });
        // What a launch under way reads or calls on the host must stay: waiting for it could wait for the very thread that
        // drops this.
        if !is_idle {
            std::mem::forget((std::mem::take(self.bytes.get_mut()), std::mem::take(self.calls.get_mut())));
        }
    }
}

fn lacks(what: &str) -> Error {
    Error::device(format!("this driver has no graphs: it lacks {what}"))
}

/// The driver's number of the capture that a stream takes part in. The context must be current.
fn id_of(raw: Raw, stream: Handle) -> Option<u64> {
    // Asking about the default stream while another is captured is an error.
    if stream <= 1 {
        return None;
    }
    let (mut status, mut id) = (0, 0);
    let code = match (raw.api.cuStreamGetCaptureInfo_v2, raw.api.cuStreamGetCaptureInfo) {
        // SAFETY: status and number go to valid addresses; what else could be told is not asked for.
        (Some(f), _) => unsafe { f(stream, &mut status, &mut id, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()) },
        // SAFETY: as above.
        (None, Some(f)) => unsafe { f(stream, &mut status, &mut id) },
        _ => return None,
    };
    (code == 0 && status == 1).then_some(id)
}

/// What the graph keeps into which the work of a queue is captured now.
#[inline]
pub(crate) fn of(ctx: &Context, queue: &Queue) -> Option<Arc<Kept>> {
    if device::is_any_captured() { find(ctx, queue) } else { None }
}

#[cold]
fn find(ctx: &Context, queue: &Queue) -> Option<Arc<Kept>> {
    let _entered = ctx.enter().ok()?;
    let id = id_of(ctx.raw, queue.handle as Handle)?;
    RUNNING.lock().iter().find(|c| c.id == id).map(|c| c.kept.clone())
}

/// Whether a queue is captured, by whomever: other libraries capture streams too.
///
/// # Errors
/// `Device` in a forked process or if the driver fails.
pub fn is_capturing(ctx: &Context, queue: &Queue) -> Result<bool> {
    let _entered = ctx.enter()?;
    Ok(id_of(ctx.raw, queue.handle as Handle).is_some())
}

/// An error if a queue is captured: what waits for it would wait for work that nobody has started.
///
/// # Errors
/// `Device`.
#[inline]
pub(crate) fn refuse(ctx: &Context, queue: &Queue, what: &str) -> Result<()> {
    if device::is_any_captured() && find(ctx, queue).is_some() {
        return Err(foreign::failure(
            UNSUPPORTED,
            &format!("cannot {what} while the stream is captured into a graph: nothing runs before the graph is launched"),
        ));
    }
    Ok(())
}

/// An error if any capture runs.
///
/// # Errors
/// `Device`.
#[inline]
pub(crate) fn refuse_all(what: &str) -> Result<()> {
    if device::is_any_captured() {
        return Err(foreign::failure(UNSUPPORTED, &format!("cannot {what} while a stream is captured into a graph")));
    }
    Ok(())
}

/// Keeps an address that the pool gives back until no capture runs; `false` if none does.
pub(crate) fn defer_release(raw: Raw, address: usize) -> bool {
    let running = RUNNING.lock();
    if running.is_empty() {
        return false;
    }
    DEFERRED.lock().push((raw.context, address));
    true
}

/// Lets this thread call what a capture forbids by its mode, for as long as it takes.
pub(crate) fn relaxed<T>(raw: Raw, f: impl FnOnce() -> T) -> T {
    let exchange = raw.api.cuThreadExchangeStreamCaptureMode.filter(|_| device::is_any_captured());
    let mut mode = RELAXED;
    if let Some(exchange) = exchange {
        // SAFETY: the mode is exchanged in a valid place.
        unsafe { exchange(&mut mode) };
    }
    let result = f();
    if let Some(exchange) = exchange {
        // SAFETY: as above; it is what it was before.
        unsafe { exchange(&mut mode) };
    }
    result
}

/// Begins to capture a queue.
///
/// # Errors
/// `Runtime` for a default queue, `Device` if the driver refuses.
pub fn begin(ctx: &'static Context, queue: &Queue, mode: i32) -> Result<()> {
    if queue.handle <= 1 {
        return Err(Error::runtime("cannot capture on the default (legacy) stream"));
    }
    let start = ctx.raw.api.cuStreamBeginCapture_v2.ok_or_else(|| lacks("cuStreamBeginCapture"))?;
    // Made on the default stream, which may not be used later.
    ctx.faults.mailbox()?;
    watch::pause();
    let begun = (|| {
        let _entered = ctx.enter()?;
        // SAFETY: the queue keeps its stream, whose context is current.
        ctx.raw.check(unsafe { start(queue.handle as Handle, mode) }, "cuStreamBeginCapture")?;
        let id = id_of(ctx.raw, queue.handle as Handle).ok_or_else(|| Error::device("the driver does not tell which capture it began"))?;
        // Memory of no graph has the number 0, which the driver might give too.
        RUNNING.lock().push(Capture { id, origin: queue.id, kept: Kept::new(ctx, id | 1 << 63) });
        device::count_captures(1);
        Ok(())
    })();
    if begun.is_err() {
        watch::resume();
    }
    begun
}

/// A graph that was captured, and what it keeps.
pub(crate) struct Captured {
    pub context: &'static Context,
    pub graph: Handle,
    pub kept: Arc<Kept>,
}

impl Drop for Captured {
    fn drop(&mut self) {
        if !forked()
            && let (Some(destroy), Ok(_entered)) = (self.context.raw.api.cuGraphDestroy, self.context.enter())
        {
            // SAFETY: the graph is ours and ends once.
            unsafe { destroy(self.graph) };
        }
    }
}

/// Ends the capture of a queue.
///
/// # Errors
/// `Device` if the queue was not captured, or if something invalidated the capture.
pub(crate) fn end(ctx: &'static Context, queue: &Queue) -> Result<Captured> {
    let stop = ctx.raw.api.cuStreamEndCapture.ok_or_else(|| lacks("cuStreamEndCapture"))?;
    let (code, graph) = {
        let _entered = ctx.enter()?;
        let mut graph = 0;
        // SAFETY: the queue keeps its stream, whose context is current; the handle goes to a valid address.
        (unsafe { stop(queue.handle as Handle, &mut graph) }, graph)
    };
    let ended = {
        let mut running = RUNNING.lock();
        let k = running.iter().position(|c| c.origin == queue.id);
        k.map(|k| running.swap_remove(k))
    };
    if ended.is_some() {
        device::count_captures(-1);
        watch::resume();
        after_the_last();
    }
    ctx.raw.check(code, "cuStreamEndCapture")?;
    if graph == 0 {
        return Err(foreign::failure(901, "something that cannot be captured has invalidated the capture"));
    }
    let kept = ended.map_or_else(|| Kept::new(ctx, 0), |c| c.kept);
    // From here on pieces stay where they are: nobody else may get what the graph uses.
    kept.free.lock().clear();
    let captured = Captured { context: ctx, graph, kept };
    // What was queued elsewhere before, and is used by the graph, is done before it can be launched.
    if !device::is_any_captured() {
        ctx.synchronize()?;
    }
    Ok(captured)
}

/// Gives back what waited for the last capture.
fn after_the_last() {
    let running = RUNNING.lock();
    if !running.is_empty() {
        return;
    }
    let deferred = std::mem::take(&mut *DEFERRED.lock());
    drop(running);
    for (handle, address) in deferred {
        let of_context = |k| context(Device::cuda(k)).ok().filter(|c| c.raw.context == handle);
        if let Some(ctx) = (0..crate::driver::n_devices() as u16).find_map(of_context)
            && let Ok(_entered) = ctx.enter()
        {
            // SAFETY: the pool gave the address back, once.
            unsafe { (ctx.raw.api.cuMemFree_v2)(address as u64) };
        }
    }
}

/// A graph that can be launched.
pub(crate) struct Executable {
    pub captured: Arc<Captured>,
    pub exec: Handle,
}

/// Makes a graph ready to be launched.
///
/// # Errors
/// `Device` if the driver refuses.
pub(crate) fn instantiate(captured: Arc<Captured>) -> Result<Executable> {
    let ctx = captured.context;
    let f = ctx.raw.api.cuGraphInstantiateWithFlags.ok_or_else(|| lacks("cuGraphInstantiateWithFlags"))?;
    let _entered = ctx.enter()?;
    let mut exec = 0;
    // SAFETY: the graph lives; the handle goes to a valid address.
    ctx.raw.check(unsafe { f(&mut exec, captured.graph, 0) }, "cuGraphInstantiate")?;
    Ok(Executable { captured, exec })
}

impl Drop for Executable {
    fn drop(&mut self) {
        if !forked()
            && let (Some(destroy), Ok(_entered)) = (self.captured.context.raw.api.cuGraphExecDestroy, self.captured.context.enter())
        {
            // SAFETY: it is ours and ends once; the driver keeps what a launch under way needs of it.
            unsafe { destroy(self.exec) };
        }
    }
}

impl Graph for Executable {
    fn launch(&self, queue: &Queue) -> Result<()> {
        let ctx = self.captured.context;
        if queue.device != ctx.device {
            return Err(Error::device(format!("a graph of {} cannot be launched on a stream of {}", ctx.device, queue.device)));
        }
        self.captured.kept.used_on(queue);
        let f = ctx.raw.api.cuGraphLaunch.ok_or_else(|| lacks("cuGraphLaunch"))?;
        let _entered = ctx.enter()?;
        // SAFETY: the graph lives, and so does what it uses; the queue keeps its stream, whose context is current.
        ctx.raw.check(unsafe { f(self.exec, queue.handle as Handle) }, "cuGraphLaunch")?;
        self.captured.kept.end_of_launch(queue)
    }

    fn upload(&self, queue: &Queue) -> Result<()> {
        let ctx = self.captured.context;
        let f = ctx.raw.api.cuGraphUpload.ok_or_else(|| lacks("cuGraphUpload"))?;
        let _entered = ctx.enter()?;
        // SAFETY: as above.
        ctx.raw.check(unsafe { f(self.exec, queue.handle as Handle) }, "cuGraphUpload")
    }

    fn describe(&self, path: &str, flags: u32) -> Result<()> {
        let ctx = self.captured.context;
        let f = ctx.raw.api.cuGraphDebugDotPrint.ok_or_else(|| lacks("cuGraphDebugDotPrint"))?;
        let path = CString::new(path).map_err(|_| Error::value("a path cannot contain a zero"))?;
        let _entered = ctx.enter()?;
        // SAFETY: the graph lives, and the path ends in a zero.
        ctx.raw.check(unsafe { f(self.captured.graph, path.as_ptr(), flags) }, "cuGraphDebugDotPrint")
    }

    fn handles(&self) -> (u64, u64) {
        (self.captured.graph as u64, self.exec as u64)
    }
}

/// Keeps memory that work captured from a queue uses.
pub fn keep(ctx: &Context, queue: &Queue, memory: Arc<dyn Allocation>) {
    if let Some(kept) = of(ctx, queue)
        && memory.graph() != kept.id
    {
        let mut used = kept.used.lock();
        if !used.iter().any(|m| std::ptr::addr_eq(Arc::as_ptr(m), Arc::as_ptr(&memory))) {
            used.push(memory);
        }
    }
}

/// Calls a function of the host each time the graph comes to this place.
///
/// # Errors
/// `Device` if the queue is not captured or the driver refuses.
pub fn call_each_time(ctx: &Context, queue: &Queue, f: HostCall) -> Result<()> {
    let kept = of(ctx, queue).ok_or_else(|| Error::device("the stream is not captured"))?;
    let data = kept.call(f);
    let _entered = ctx.enter()?;
    // SAFETY: the graph keeps what the pointer leads to, and is dropped only when no launch is under way; the queue keeps
    // its stream.
    ctx.raw.check(unsafe { (ctx.raw.api.cuLaunchHostFunc)(queue.handle as Handle, called_by_graph, data) }, "cuLaunchHostFunc")
}

/// # Safety
/// `data` must be a pointer that `call_each_time` handed to the driver, whose graph still lives.
unsafe extern "C" fn called_by_graph(data: *mut c_void) {
    // SAFETY: it leads to a function that the graph keeps.
    let f = unsafe { &*data.cast::<HostCall>() };
    // A panic may not pass through the driver.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f()));
}
