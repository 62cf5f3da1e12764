//! NVTX: marks and ranges that profilers show.

use super::Table;
use cuprous_core::foreign::Own;
use cuprous_core::{Device, Error, Result, own_functions};
use cuprous_cuda_sys::Nvtx;
use cuprous_cuda_sys::nvtx::EventAttributes;
use std::ffi::c_void;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "NVTX",
    open: || Nvtx::get().map(|api| &api.library),
    calls: &[],
    own: OWN,
    constants: &[],
    status: |code| format!("status {code}"),
    needs_device: false,
    streams: &[],
    places: OnceLock::new(),
};

static OWN: &[Own] = own_functions! {
    _load() => load;
    _mark(message: text, color: uint) => mark;
    _push(message: text, color: uint) => push;
    _pop() => pop;
    _start(range: out_addr, message: text, color: uint) => start;
    _end(range: addr) => end;
};

fn api() -> Result<&'static Nvtx> {
    Nvtx::get().map_err(Error::device)
}

fn load(_: Device, _: &mut [u64]) -> Result<i32> {
    api().map(|_| 0)
}

fn attributes(message: u64, color: u64) -> EventAttributes {
    EventAttributes {
        version: 3,
        size: size_of::<EventAttributes>() as u16,
        category: 0,
        color_type: 1,
        color: color as u32,
        payload_type: 0,
        reserved: 0,
        payload: 0,
        message_type: 1,
        message: message as *const c_void,
    }
}

fn mark(_: Device, words: &mut [u64]) -> Result<i32> {
    let attributes = attributes(words[0], words[1]);
    // SAFETY: the attributes and their text, which Python keeps, live during the call.
    unsafe { (api()?.nvtxMarkEx)(&attributes) };
    Ok(0)
}

fn push(_: Device, words: &mut [u64]) -> Result<i32> {
    let attributes = attributes(words[0], words[1]);
    // SAFETY: as above. What it returns is a depth, or a negative number where no profiler listens.
    unsafe { (api()?.nvtxRangePushEx)(&attributes) };
    Ok(0)
}

fn pop(_: Device, _: &mut [u64]) -> Result<i32> {
    // SAFETY: it takes nothing; without a range it says so by a negative number.
    unsafe { (api()?.nvtxRangePop)() };
    Ok(0)
}

fn start(_: Device, words: &mut [u64]) -> Result<i32> {
    let attributes = attributes(words[1], words[2]);
    // SAFETY: as for marks.
    words[0] = unsafe { (api()?.nvtxRangeStartEx)(&attributes) };
    Ok(0)
}

fn end(_: Device, words: &mut [u64]) -> Result<i32> {
    // SAFETY: it takes a number; one that is no range's is ignored.
    unsafe { (api()?.nvtxRangeEnd)(words[0]) };
    Ok(0)
}
