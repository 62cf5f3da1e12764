//! Memory as the runtime gives it, where the driver's call differs from the runtime's.

use crate::driver::{Context, context};
use cuprous_core::{Device, Error, Result};
use cuprous_cuda_sys::driver::{INVALID_VALUE, IpcHandle, PoolProperties, constants as k};
use cuprous_cuda_sys::{Driver, Handle};
use std::ffi::c_void;

/// `cudaErrorInvalidMemcpyDirection`
const INVALID_DIRECTION: i32 = 21;

pub(super) fn api(device: Device) -> Result<&'static Driver> {
    Ok(context(device)?.raw.api)
}

#[cold]
pub(super) fn lacks(what: &str) -> Error {
    Error::device(format!("this driver is too old: it has no {what}"))
}

/// The words of a call, as many as it takes.
pub(super) fn take<const N: usize>(words: &mut [u64]) -> Result<&mut [u64; N]> {
    words.try_into().map_err(|_| Error::runtime("a call with a wrong number of words"))
}

pub(super) fn malloc(device: Device, words: &mut [u64]) -> Result<i32> {
    let [address, size] = take(words)?;
    // The runtime gives a null pointer for nothing, the driver an error.
    if *size == 0 {
        *address = 0;
        return Ok(0);
    }
    // SAFETY: a context is current; the address goes to a valid place.
    Ok(unsafe { (api(device)?.cuMemAlloc_v2)(address, *size as usize) })
}

pub(super) fn free(device: Device, words: &mut [u64]) -> Result<i32> {
    let [address] = take(words)?;
    if *address == 0 {
        return Ok(0);
    }
    // SAFETY: a context is current; the driver knows which addresses it gave.
    Ok(unsafe { (api(device)?.cuMemFree_v2)(*address) })
}

fn is_direction(kind: u64) -> bool {
    (0..=4).contains(&(kind as i32))
}

/// Copies by the addresses alone: all memory of a process is one address space, so the direction only has to be one.
pub(super) fn copy(device: Device, words: &mut [u64]) -> Result<i32> {
    let [target, source, n, kind] = take(words)?;
    if !is_direction(*kind) {
        return Ok(INVALID_DIRECTION);
    }
    let f = api(device)?.cuMemcpy.ok_or_else(|| lacks("cuMemcpy"))?;
    // SAFETY: that the addresses hold so many bytes is the program's promise.
    Ok(unsafe { f(*target, *source, *n as usize) })
}

pub(super) fn copy_async(device: Device, words: &mut [u64]) -> Result<i32> {
    let [target, source, n, kind, stream] = take(words)?;
    if !is_direction(*kind) {
        return Ok(INVALID_DIRECTION);
    }
    let f = api(device)?.cuMemcpyAsync.ok_or_else(|| lacks("cuMemcpyAsync"))?;
    // SAFETY: as above, until the stream has come to the copy.
    Ok(unsafe { f(*target, *source, *n as usize, *stream as Handle) })
}

pub(super) fn copy_2d(device: Device, words: &mut [u64]) -> Result<i32> {
    let [target, target_pitch, source, source_pitch, width, height, kind] = take(words)?;
    if !is_direction(*kind) {
        return Ok(INVALID_DIRECTION);
    }
    let place = |address: &u64, pitch: &u64| super::textures::Place::memory(*address, *pitch, *height);
    super::textures::copy(
        device,
        &place(source, source_pitch).source_of(*kind),
        &place(target, target_pitch).target_of(*kind),
        [*width, *height, 1],
        None,
    )
}

pub(super) fn copy_2d_async(device: Device, words: &mut [u64]) -> Result<i32> {
    let [target, target_pitch, source, source_pitch, width, height, kind, stream] = take(words)?;
    if !is_direction(*kind) {
        return Ok(INVALID_DIRECTION);
    }
    let place = |address: &u64, pitch: &u64| super::textures::Place::memory(*address, *pitch, *height);
    super::textures::copy(
        device,
        &place(source, source_pitch).source_of(*kind),
        &place(target, target_pitch).target_of(*kind),
        [*width, *height, 1],
        Some(*stream),
    )
}

fn peer(number: u64) -> Result<&'static Context> {
    let number = u16::try_from(number as i32).map_err(|_| cuprous_core::foreign::failure(101, "invalid device ordinal"))?;
    context(Device::cuda(number))
}

pub(super) fn enable_peer(device: Device, words: &mut [u64]) -> Result<i32> {
    let [number] = take(words)?;
    let f = api(device)?.cuCtxEnablePeerAccess.ok_or_else(|| lacks("cuCtxEnablePeerAccess"))?;
    // SAFETY: both contexts live as long as the process.
    Ok(unsafe { f(peer(*number)?.raw.context, 0) })
}

pub(super) fn disable_peer(device: Device, words: &mut [u64]) -> Result<i32> {
    let [number] = take(words)?;
    let f = api(device)?.cuCtxDisablePeerAccess.ok_or_else(|| lacks("cuCtxDisablePeerAccess"))?;
    // SAFETY: as above.
    Ok(unsafe { f(peer(*number)?.raw.context) })
}

/// What an address is: the device, its addresses there and on the host, and the runtime's number for its sort.
pub(super) fn attributes(device: Device, words: &mut [u64]) -> Result<i32> {
    let [number, on_device, on_host, sort, address] = take(words)?;
    let f = api(device)?.cuPointerGetAttribute;
    let look = |which: i32| {
        let mut value = 0_u64;
        // SAFETY: the driver only looks the address up; no attribute asked for is longer than 8 bytes.
        let code = unsafe { f((&raw mut value).cast(), which, *address) };
        (code == 0).then_some(value)
    };
    // Numbers of the header: CU_POINTER_ATTRIBUTE_DEVICE_POINTER and _HOST_POINTER.
    let (kind, is_managed) = (look(k::POINTER_MEMORY_TYPE), look(k::POINTER_IS_MANAGED).is_some_and(|m| m as u8 != 0));
    *sort = match kind {
        _ if is_managed => 3,
        Some(1) => 1,
        Some(2) => 2,
        _ => 0,
    };
    // The runtime tells ordinary memory of the host by -2.
    *number = look(k::POINTER_DEVICE_ORDINAL).filter(|_| *sort != 0).map_or(-2_i32 as u32, |n| n as u32).into();
    (*on_device, *on_host) = (look(3).unwrap_or(0), look(4).unwrap_or(if *sort == 0 { *address } else { 0 }));
    Ok(0)
}

pub(super) fn new_pool(device: Device, words: &mut [u64]) -> Result<i32> {
    let [pool, allocation, handles, location, id] = take(words)?;
    let f = api(device)?.cuMemPoolCreate.ok_or_else(|| lacks("cuMemPoolCreate"))?;
    let properties = PoolProperties {
        allocation: *allocation as i32,
        handles: *handles as i32,
        location: *location as i32,
        location_id: *id as i32,
        security: 0,
        max_size: 0,
        usage: 0,
        reserved: [0; 54],
    };
    let mut made = 0;
    // SAFETY: the properties live during the call; the handle goes to a valid address.
    let status = unsafe { f(&mut made, &properties) };
    *pool = made as u64;
    Ok(status)
}

pub(super) fn set_pool_attribute(device: Device, words: &mut [u64]) -> Result<i32> {
    let [pool, which, value] = take(words)?;
    let f = api(device)?.cuMemPoolSetAttribute.ok_or_else(|| lacks("cuMemPoolSetAttribute"))?;
    // SAFETY: no attribute is longer than the word; shorter ones are its first bytes.
    Ok(unsafe { f(*pool as Handle, *which as i32, (&raw mut *value).cast::<c_void>()) })
}

pub(super) fn open_memory(device: Device, words: &mut [u64]) -> Result<i32> {
    let [address, handle, flags] = take(words)?;
    if *handle == 0 {
        return Ok(INVALID_VALUE);
    }
    let f = api(device)?.cuIpcOpenMemHandle_v2.ok_or_else(|| lacks("cuIpcOpenMemHandle"))?;
    // SAFETY: Python hands over the address of 64 bytes; the result goes to a valid address.
    Ok(unsafe { f(address, *(*handle as *const IpcHandle), *flags as u32) })
}

pub(super) fn open_event(device: Device, words: &mut [u64]) -> Result<i32> {
    let [event, handle] = take(words)?;
    if *handle == 0 {
        return Ok(INVALID_VALUE);
    }
    let f = api(device)?.cuIpcOpenEventHandle.ok_or_else(|| lacks("cuIpcOpenEventHandle"))?;
    let mut made = 0;
    // SAFETY: as above.
    let status = unsafe { f(&mut made, *(*handle as *const IpcHandle)) };
    *event = made as u64;
    Ok(status)
}
