//! The functions of the CUDA runtime where the CPU is the device: memory is the host's, and every call is done when it
//! returns.

use cuprous_core::buffer::Allocation;
use cuprous_core::foreign::{Function, Library, Own, error_name, explanation};
use cuprous_core::{Buffer, Device, Error, Result, own_functions};
use parking_lot::Mutex;
use std::alloc::Layout;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The library.
pub struct Runtime;

/// The one there is.
pub static RUNTIME: Runtime = Runtime;

/// The runtime's numbers for what programs do wrong: invalid value, direction, device and handle, and a time that nobody knows.
const INVALID_VALUE: i32 = 1;
const INVALID_DIRECTION: i32 = 21;
const INVALID_DEVICE: i32 = 101;
const INVALID_HANDLE: i32 = 400;
const OUT_OF_MEMORY: i32 = 2;
/// Its sorts of memory
const DEVICE_MEMORY: u64 = 2;
const MANAGED: u64 = 3;
const HOST: u64 = 1;
/// `cudaEventDisableTiming`
const NO_TIME: u64 = 2;

/// Alignment of what CUDA gives
const ALIGNMENT: usize = 256;

#[derive(Clone, Copy)]
struct Piece {
    size: usize,
    sort: u64,
}

/// What programs have: memory by address, streams with flags and priority, events with flags and the time they were set.
#[derive(Default)]
struct Given {
    memory: HashMap<u64, Piece>,
    streams: HashMap<u64, (u64, u64)>,
    events: HashMap<u64, (u64, Option<Instant>)>,
}

fn given() -> &'static Mutex<Given> {
    static GIVEN: std::sync::OnceLock<Mutex<Given>> = std::sync::OnceLock::new();
    GIVEN.get_or_init(Mutex::default)
}

#[rustfmt::skip]
static FUNCTIONS: &[Own] = own_functions! {
    malloc(ptr: out_addr, size: addr) => |_, w| Ok(allocate(w, DEVICE_MEMORY));
    mallocAsync(ptr: out_addr, size: addr, stream: addr) => |_, w| Ok(allocate(w, DEVICE_MEMORY));
    mallocManaged(ptr: out_addr, size: addr, flags: uint = 1) => |_, w| Ok(allocate(w, MANAGED));
    hostAlloc(ptr: out_addr, size: addr, flags: uint) => |_, w| Ok(allocate(w, HOST));
    free(ptr: addr) => |_, w| Ok(free(w[0]));
    freeAsync(ptr: addr, stream: addr) => |_, w| Ok(free(w[0]));
    freeHost(ptr: addr) => |_, w| Ok(free(w[0]));
    hostRegister(ptr: addr, size: addr, flags: uint) => |_, _| Ok(0);
    hostUnregister(ptr: addr) => |_, _| Ok(0);
    memcpy(dst: addr, src: addr, size: addr, kind: int) => |_, w| Ok(copy(w[0], w[1], w[2], w[3]));
    memcpyAsync(dst: addr, src: addr, size: addr, kind: int, stream: addr) => |_, w| Ok(copy(w[0], w[1], w[2], w[3]));
    memcpyPeer(dst: addr, dstDevice: int, src: addr, srcDevice: int, size: addr) => copy_peer;
    memcpyPeerAsync(dst: addr, dstDevice: int, src: addr, srcDevice: int, size: addr, stream: addr) => copy_peer;
    memcpy2D(dst: addr, dpitch: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int) => copy_2d;
    memcpy2DAsync(dst: addr, dpitch: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int, stream: addr) => copy_2d;
    memset(ptr: addr, value: int, size: addr) => fill;
    memsetAsync(ptr: addr, value: int, size: addr, stream: addr) => fill;
    memAdvise(devPtr: addr, count: addr, advice: int, device: int) => |_, _| Ok(0);
    memPrefetchAsync(devPtr: addr, count: addr, dstDevice: int, stream: addr) => |_, _| Ok(0);
    _pointerGetAttributes(device: out_int, devicePointer: out_addr, hostPointer: out_addr, kind: out_int, ptr: addr) => attributes;
    deviceCanAccessPeer(can: out_int, device: int, peerDevice: int) => |_, w| Ok(if w[1] as i32 == 0 && w[2] as i32 == 0 { 0 } else { INVALID_DEVICE });
    profilerStart() => |_, _| Ok(0);
    profilerStop() => |_, _| Ok(0);
    streamCreate(stream: out_addr) => |_, w| Ok(new_stream(w, 0, 0));
    streamCreateWithFlags(stream: out_addr, flags: uint) => |_, w| Ok(new_stream(w, w[1], 0));
    streamCreateWithPriority(stream: out_addr, flags: uint, priority: int) => |_, w| Ok(new_stream(w, w[1], w[2]));
    streamDestroy(stream: addr) => |_, w| Ok(if given().lock().streams.remove(&w[0]).is_some() { 0 } else { INVALID_HANDLE });
    streamGetFlags(flags: out_uint, stream: addr) => |_, w| Ok(of_stream(w, |s| s.0));
    streamGetPriority(priority: out_int, stream: addr) => |_, w| Ok(of_stream(w, |s| s.1));
    streamIsCapturing(is_capturing: out_truth, stream: addr) => |_, w| Ok(of_stream(w, |_| 0));
    streamWaitEvent(stream: addr, event: addr, flags: uint = 0) => |_, w| Ok(event(w[1], |_| 0));
    eventCreate(event: out_addr) => |_, w| Ok(new_event(w, 0));
    eventCreateWithFlags(event: out_addr, flags: uint) => |_, w| Ok(new_event(w, w[1]));
    eventDestroy(event: addr) => |_, w| Ok(if given().lock().events.remove(&w[0]).is_some() { 0 } else { INVALID_HANDLE });
    eventRecord(event: addr, stream: addr) => |_, w| Ok(event(w[0], |e| { e.1 = Some(Instant::now()); 0 }));
    _eventQuery(event: addr) => |_, w| Ok(event(w[0], |_| 0));
    eventSynchronize(event: addr) => |_, w| Ok(event(w[0], |_| 0));
    eventElapsedTime(milliseconds: out_float, start: addr, end: addr) => elapsed;
};

impl Library for Runtime {
    fn functions(&self) -> Vec<Function> {
        FUNCTIONS.iter().map(|f| f.function).collect()
    }

    fn constants(&self) -> &'static [(&'static str, i64)] {
        &[]
    }

    fn call(&self, name: &str, device: Device, words: &mut [u64]) -> Result<i32> {
        let own = FUNCTIONS.iter().find(|f| f.function.name == name);
        let own = own.ok_or_else(|| cuprous_core::foreign::failure(801, &format!("the CPU has no {name}")))?;
        if words.len() != own.function.parameters.len() {
            return Err(Error::type_error(format!("{name} takes {} values, not {}", own.function.parameters.len(), words.len())));
        }
        (own.call)(device, words)
    }

    fn status(&self, code: i32) -> String {
        let explanation = explanation(code).unwrap_or("on the CPU");
        format!("{}: {explanation}", error_name(code))
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, ALIGNMENT).ok()
}

fn allocate(words: &mut [u64], sort: u64) -> i32 {
    let size = words[1] as usize;
    if size == 0 {
        words[0] = 0;
        return 0;
    }
    let Some(layout) = layout(size) else { return OUT_OF_MEMORY };
    // SAFETY: the layout has a length.
    let address = unsafe { std::alloc::alloc(layout) } as u64;
    if address == 0 {
        return OUT_OF_MEMORY;
    }
    given().lock().memory.insert(address, Piece { size, sort });
    words[0] = address;
    0
}

fn free(address: u64) -> i32 {
    if address == 0 {
        return 0;
    }
    let piece = given().lock().memory.remove(&address);
    match piece.and_then(|p| layout(p.size)) {
        Some(layout) => {
            // SAFETY: the address was given with this layout, and is taken back once.
            unsafe { std::alloc::dealloc(address as *mut u8, layout) };
            0
        }
        None => INVALID_VALUE,
    }
}

/// What the runtime calls pinned, and knows as that, until it is dropped.
///
/// # Errors
/// `Memory` if there is not so much.
pub fn pinned(n_bytes: usize) -> Result<Buffer> {
    struct Pinned(u64);
    impl Allocation for Pinned {}
    impl Drop for Pinned {
        fn drop(&mut self) {
            free(self.0);
        }
    }
    let mut words = [0, n_bytes as u64];
    if allocate(&mut words, HOST) != 0 {
        return Err(Error::memory(format!("Out of memory allocating {n_bytes} bytes of pinned memory")));
    }
    // SAFETY: so many bytes lie there, or none are asked for, until the owner is dropped.
    Ok(unsafe { Buffer::new(Device::CPU, (words[0] as usize).max(ALIGNMENT), n_bytes, Box::new(Pinned(words[0]))) })
}

fn copy(target: u64, source: u64, n: u64, kind: u64) -> i32 {
    if !(0..=4).contains(&(kind as i32)) {
        return INVALID_DIRECTION;
    }
    if n == 0 {
        return 0;
    }
    if target == 0 || source == 0 {
        return INVALID_VALUE;
    }
    // SAFETY: that the addresses hold so many bytes is the program's promise, as on a GPU.
    unsafe { std::ptr::copy(source as *const u8, target as *mut u8, n as usize) };
    0
}

fn copy_peer(_: Device, words: &mut [u64]) -> Result<i32> {
    if words[1] as i32 != 0 || words[3] as i32 != 0 {
        return Ok(INVALID_DEVICE);
    }
    Ok(copy(words[0], words[2], words[4], 4))
}

fn copy_2d(_: Device, words: &mut [u64]) -> Result<i32> {
    let (width, height) = (words[4], words[5]);
    if width > words[1] || width > words[3] {
        // `cudaErrorInvalidPitchValue`
        return Ok(12);
    }
    for row in 0..height {
        let code = copy(words[0] + row * words[1], words[2] + row * words[3], width, words[6]);
        if code != 0 {
            return Ok(code);
        }
    }
    Ok(0)
}

fn fill(_: Device, words: &mut [u64]) -> Result<i32> {
    let (address, value, n) = (words[0], words[1] as u8, words[2] as usize);
    if n == 0 {
        return Ok(0);
    }
    if address == 0 {
        return Ok(INVALID_VALUE);
    }
    // SAFETY: as for copies.
    unsafe { std::ptr::write_bytes(address as *mut u8, value, n) };
    Ok(0)
}

fn attributes(_: Device, words: &mut [u64]) -> Result<i32> {
    let address = words[4];
    let found = {
        let given = given().lock();
        given.memory.iter().find(|(start, p)| (**start..**start + p.size as u64).contains(&address)).map(|(_, p)| p.sort)
    };
    // Ordinary memory of the host is of device -2, says CUDA.
    (words[0], words[3]) = found.map_or((u64::from(-2_i32 as u32), 0), |sort| (0, sort));
    words[1] = if found.is_some() { address } else { 0 };
    words[2] = if found == Some(DEVICE_MEMORY) { 0 } else { address };
    Ok(0)
}

/// A handle that is nobody else's: other streams of the CPU have multiples of 64.
fn new_handle() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed) << 6 | 32
}

fn new_stream(words: &mut [u64], flags: u64, priority: u64) -> i32 {
    words[0] = new_handle();
    given().lock().streams.insert(words[0], (flags, priority));
    0
}

fn of_stream(words: &mut [u64], what: impl Fn((u64, u64)) -> u64) -> i32 {
    // The default streams, and those of `Stream`, are plain ones.
    words[0] = what(given().lock().streams.get(&words[1]).copied().unwrap_or_default());
    0
}

fn new_event(words: &mut [u64], flags: u64) -> i32 {
    words[0] = new_handle();
    given().lock().events.insert(words[0], (flags, None));
    0
}

fn event(handle: u64, f: impl FnOnce(&mut (u64, Option<Instant>)) -> i32) -> i32 {
    given().lock().events.get_mut(&handle).map_or(INVALID_HANDLE, f)
}

fn elapsed(_: Device, words: &mut [u64]) -> Result<i32> {
    let given = given().lock();
    let moment = |handle: &u64| given.events.get(handle).and_then(|(flags, time)| time.filter(|_| flags & NO_TIME == 0));
    let (Some(start), Some(end)) = (moment(&words[1]), moment(&words[2])) else { return Ok(INVALID_HANDLE) };
    let seconds = match end.checked_duration_since(start) {
        Some(d) => d.as_secs_f64(),
        None => -start.duration_since(end).as_secs_f64(),
    };
    words[0] = u64::from(((seconds * 1e3) as f32).to_bits());
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, words: &mut [u64]) -> i32 {
        RUNTIME.call(name, Device::CPU, words).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn memory_is_given_copied_and_taken_back_once() {
        let mut words = [0, 100];
        assert_eq!(call("malloc", &mut words), 0);
        let a = words[0];
        assert_eq!(a % ALIGNMENT as u64, 0);
        let data: Vec<u8> = (0..100).collect();
        let mut back = vec![0_u8; 100];
        assert_eq!(call("memcpy", &mut [a, data.as_ptr() as u64, 100, 1]), 0);
        assert_eq!(call("memset", &mut [a + 10, 0x1_07, 5]), 0);
        assert_eq!(call("memcpy", &mut [back.as_mut_ptr() as u64, a, 100, 2]), 0);
        assert_eq!((back[9], &back[10..15], back[15]), (9, &[7; 5][..], 15));
        assert_eq!(call("memcpy", &mut [a, a, 1, 9]), INVALID_DIRECTION);
        let mut found = [0, 0, 0, 0, a + 99];
        assert_eq!((call("_pointerGetAttributes", &mut found), found[0], found[3]), (0, 0, DEVICE_MEMORY));
        assert_eq!((call("free", &mut [a]), call("free", &mut [a]), call("free", &mut [0])), (0, INVALID_VALUE, 0));
        assert_eq!(call("malloc", &mut [0, u64::MAX]), OUT_OF_MEMORY);
    }

    #[test]
    fn events_know_their_time_if_they_were_set() {
        let (mut a, mut b) = ([0], [0]);
        assert_eq!((call("eventCreate", &mut a), call("eventCreate", &mut b)), (0, 0));
        let mut time = [0, a[0], b[0]];
        assert_eq!(call("eventElapsedTime", &mut time), INVALID_HANDLE);
        assert_eq!((call("eventRecord", &mut [a[0], 0]), call("eventRecord", &mut [b[0], 0])), (0, 0));
        assert_eq!(call("eventElapsedTime", &mut time), 0);
        assert!(f32::from_bits(time[0] as u32) >= 0.0);
        assert_eq!((call("eventDestroy", &mut a), call("eventDestroy", &mut a)), (0, INVALID_HANDLE));
    }
}
