//! Captures, graphs and the end of streams, as the runtime's functions name them: by handles.

use super::memory::take;
use crate::capture::{self, Captured, Executable};
use crate::driver::context;
use crate::queue;
use cuprous_core::device::Graph;
use cuprous_core::{Device, Result};
use cuprous_cuda_sys::Handle;
use cuprous_cuda_sys::driver::INVALID_VALUE;
use parking_lot::Mutex;
use std::sync::Arc;

static GRAPHS: Mutex<Vec<Arc<Captured>>> = Mutex::new(Vec::new());
static EXECUTABLES: Mutex<Vec<Arc<Executable>>> = Mutex::new(Vec::new());

pub(super) fn begin(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [stream, mode] = take(words)?;
    let ctx = context(device)?;
    capture::begin(ctx, &*queue::external(ctx, stream)?, mode as i32).map(|()| 0)
}

pub(super) fn end(device: Device, words: &mut [u64]) -> Result<i32> {
    let [graph, stream] = take(words)?;
    let ctx = context(device)?;
    let captured = capture::end(ctx, &*queue::external(ctx, *stream)?)?;
    *graph = captured.graph as u64;
    GRAPHS.lock().push(Arc::new(captured));
    Ok(0)
}

pub(super) fn instantiate(_: Device, words: &mut [u64]) -> Result<i32> {
    let [exec, graph] = take(words)?;
    let captured = GRAPHS.lock().iter().find(|g| g.graph as u64 == *graph).cloned();
    let Some(captured) = captured else { return Ok(INVALID_VALUE) };
    let made = capture::instantiate(captured)?;
    *exec = made.exec as u64;
    EXECUTABLES.lock().push(Arc::new(made));
    Ok(0)
}

pub(super) fn launch(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [exec, stream] = take(words)?;
    let found = EXECUTABLES.lock().iter().find(|e| e.exec as u64 == exec).cloned();
    let Some(found) = found else { return Ok(INVALID_VALUE) };
    found.launch(&*queue::external(context(device)?, stream)?).map(|()| 0)
}

pub(super) fn destroy(_: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [graph] = take(words)?;
    let gone = remove(&GRAPHS, |g| g.graph as u64 == graph);
    Ok(if gone.is_some() { 0 } else { INVALID_VALUE })
}

pub(super) fn destroy_exec(_: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [exec] = take(words)?;
    let gone = remove(&EXECUTABLES, |e| e.exec as u64 == exec);
    Ok(if gone.is_some() { 0 } else { INVALID_VALUE })
}

/// Takes one out of a list, so that it is dropped without the list's lock.
fn remove<T>(list: &Mutex<Vec<Arc<T>>>, is_it: impl Fn(&T) -> bool) -> Option<Arc<T>> {
    let mut list = list.lock();
    let k = list.iter().position(|x| is_it(x))?;
    Some(list.swap_remove(k))
}

/// Ends a stream that the program made by its handle: whatever we knew of it is forgotten.
pub(super) fn destroy_stream(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [stream] = take(words)?;
    let ctx = context(device)?;
    // SAFETY: the driver knows which handles are streams. Its work is done before it is forgotten.
    let code = unsafe { (ctx.raw.api.cuStreamSynchronize)(stream as Handle) };
    if code != 0 {
        return Ok(code);
    }
    queue::forget(ctx, stream);
    // SAFETY: as above; the program says that this is its last use.
    Ok(unsafe { (ctx.raw.api.cuStreamDestroy_v2)(stream as Handle) })
}
