//! The functions of the CUDA runtime, on the driver: `libcudart` is not needed. Errors have the runtime's numbers, which
//! are the driver's.

use super::{Call, Table, calls, graphs, memory, textures};
use cuprous_core::foreign::{Own, error_name, explanation};
use cuprous_core::own_functions;
use cuprous_cuda_sys::Driver;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "the CUDA driver",
    open: || Driver::get().map(|api| &api.library),
    calls: CALLS,
    own: OWN,
    constants: &[],
    status: in_words,
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

fn in_words(code: i32) -> String {
    let explanation = super::driver::words(code).map(|(_, text)| text.to_string()).or_else(|| explanation(code).map(str::to_string));
    format!("{}: {}", error_name(code), explanation.unwrap_or_else(|| format!("CUDA error {code}")))
}

#[rustfmt::skip]
static CALLS: &[Call] = calls! {
    destroySurfaceObject(surfObject: addr) = cuSurfObjectDestroy(surfObject);
    destroyTextureObject(texObject: addr) = cuTexObjectDestroy(texObject);
    deviceCanAccessPeer(can: out_int, device: int, peerDevice: int) = cuDeviceCanAccessPeer(can, device, peerDevice);
    deviceGetDefaultMemPool(pool: out_addr, device: int) = cuDeviceGetDefaultMemPool(pool, device);
    deviceGetLimit(value: out_addr, limit: int) = cuCtxGetLimit(value, limit);
    deviceGetMemPool(pool: out_addr, device: int) = cuDeviceGetMemPool(pool, device);
    deviceSetLimit(limit: int, value: addr) = cuCtxSetLimit(limit, value);
    deviceSetMemPool(device: int, pool: addr) = cuDeviceSetMemPool(device, pool);
    eventCreate(event: out_addr) = cuEventCreate(event, 0u32);
    eventCreateWithFlags(event: out_addr, flags: uint) = cuEventCreate(event, flags);
    eventDestroy(event: addr) = cuEventDestroy_v2(event);
    eventElapsedTime(milliseconds: out_float, start: addr, end: addr) = cuEventElapsedTime(milliseconds, start, end);
    _eventQuery(event: addr) = cuEventQuery(event);
    eventRecord(event: addr, stream: addr) = cuEventRecord(event, stream);
    eventSynchronize(event: addr) = cuEventSynchronize(event);
    freeArray(ptr: addr) = cuArrayDestroy(ptr);
    freeAsync(ptr: addr, stream: addr) = cuMemFreeAsync(ptr, stream);
    freeHost(ptr: addr) = cuMemFreeHost(ptr);
    graphDebugDotPrint(graph: addr, path: text, flags: uint) = cuGraphDebugDotPrint(graph, path, flags);
    graphUpload(graphExec: addr, stream: addr) = cuGraphUpload(graphExec, stream);
    hostAlloc(ptr: out_addr, size: addr, flags: uint) = cuMemHostAlloc(ptr, size, flags);
    hostRegister(ptr: addr, size: addr, flags: uint) = cuMemHostRegister_v2(ptr, size, flags);
    hostUnregister(ptr: addr) = cuMemHostUnregister(ptr);
    ipcCloseMemHandle(devPtr: addr) = cuIpcCloseMemHandle(devPtr);
    _ipcGetEventHandle(handle: addr, event: addr) = cuIpcGetEventHandle(handle, event);
    _ipcGetMemHandle(handle: addr, devPtr: addr) = cuIpcGetMemHandle(handle, devPtr);
    mallocAsync(ptr: out_addr, size: addr, stream: addr) = cuMemAllocAsync(ptr, size, stream);
    mallocFromPoolAsync(ptr: out_addr, size: addr, pool: addr, stream: addr) = cuMemAllocFromPoolAsync(ptr, size, pool, stream);
    mallocManaged(ptr: out_addr, size: addr, flags: uint = 1) = cuMemAllocManaged(ptr, size, flags);
    memAdvise(devPtr: addr, count: addr, advice: int, device: int) = cuMemAdvise(devPtr, count, advice, device);
    memPoolDestroy(pool: addr) = cuMemPoolDestroy(pool);
    memPoolGetAttribute(value: out_long, pool: addr, attr: int) = cuMemPoolGetAttribute(pool, attr, value);
    memPoolTrimTo(pool: addr, size: addr) = cuMemPoolTrimTo(pool, size);
    memPrefetchAsync(devPtr: addr, count: addr, dstDevice: int, stream: addr) = cuMemPrefetchAsync(devPtr, count, dstDevice, stream);
    memcpyPeer(dst: addr, dstDevice: int, src: addr, srcDevice: int, size: addr) = cuMemcpy(dst, src, size);
    memcpyPeerAsync(dst: addr, dstDevice: int, src: addr, srcDevice: int, size: addr, stream: addr) = cuMemcpyAsync(dst, src, size, stream);
    memset(ptr: addr, value: int, size: addr) = cuMemsetD8_v2(ptr, value as u8, size);
    memsetAsync(ptr: addr, value: int, size: addr, stream: addr) = cuMemsetD8Async(ptr, value as u8, size, stream);
    profilerStart() = cuProfilerStart();
    profilerStop() = cuProfilerStop();
    streamCreate(stream: out_addr) = cuStreamCreate(stream, 0u32);
    streamCreateWithFlags(stream: out_addr, flags: uint) = cuStreamCreate(stream, flags);
    streamCreateWithPriority(stream: out_addr, flags: uint, priority: int) = cuStreamCreateWithPriority(stream, flags, priority);
    streamGetFlags(flags: out_uint, stream: addr) = cuStreamGetFlags(stream, flags);
    streamGetPriority(priority: out_int, stream: addr) = cuStreamGetPriority(stream, priority);
    streamIsCapturing(is_capturing: out_truth, stream: addr) = cuStreamIsCapturing(stream, is_capturing);
    streamWaitEvent(stream: addr, event: addr, flags: uint = 0) = cuStreamWaitEvent(stream, event, flags);
};

#[rustfmt::skip]
static OWN: &[Own] = own_functions! {
    malloc(ptr: out_addr, size: addr) => memory::malloc;
    free(ptr: addr) => memory::free;
    memcpy(dst: addr, src: addr, size: addr, kind: int) => memory::copy;
    memcpyAsync(dst: addr, src: addr, size: addr, kind: int, stream: addr) => memory::copy_async;
    memcpy2D(dst: addr, dpitch: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int) => memory::copy_2d;
    memcpy2DAsync(dst: addr, dpitch: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int, stream: addr) => memory::copy_2d_async;
    memcpy2DFromArray(dst: addr, dpitch: addr, src: addr, wOffset: addr, hOffset: addr, width: addr, height: addr, kind: int) => textures::from_array;
    memcpy2DFromArrayAsync(dst: addr, dpitch: addr, src: addr, wOffset: addr, hOffset: addr, width: addr, height: addr, kind: int, stream: addr)
        => textures::from_array_async;
    memcpy2DToArray(dst: addr, wOffset: addr, hOffset: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int) => textures::to_array;
    memcpy2DToArrayAsync(dst: addr, wOffset: addr, hOffset: addr, src: addr, spitch: addr, width: addr, height: addr, kind: int, stream: addr)
        => textures::to_array_async;
    memcpy3D(Memcpy3DParmsPtr: addr) => textures::copy_3d;
    memcpy3DAsync(Memcpy3DParmsPtr: addr, stream: addr) => textures::copy_3d_async;
    mallocArray(ptr: out_addr, descPtr: addr, width: addr, height: addr, flags: uint = 0) => textures::new_array;
    malloc3DArray(ptr: out_addr, descPtr: addr, width: addr, height: addr, depth: addr, flags: uint = 0) => textures::new_array_3d;
    createTextureObject(texture: out_addr, ResDescPtr: addr, TexDescPtr: addr) => textures::new_texture;
    createSurfaceObject(surface: out_addr, ResDescPtr: addr) => textures::new_surface;
    deviceEnablePeerAccess(peerDevice: int) => memory::enable_peer;
    deviceDisablePeerAccess(peerDevice: int) => memory::disable_peer;
    _pointerGetAttributes(device: out_int, devicePointer: out_addr, hostPointer: out_addr, kind: out_int, ptr: addr) => memory::attributes;
    _memPoolCreate(pool: out_addr, allocType: int, handleType: int, locationType: int, devId: int) => memory::new_pool;
    memPoolSetAttribute(pool: addr, attr: int, value: long) => memory::set_pool_attribute;
    _ipcOpenMemHandle(ptr: out_addr, handle: addr, flags: uint) => memory::open_memory;
    _ipcOpenEventHandle(event: out_addr, handle: addr) => memory::open_event;
    streamDestroy(stream: addr) => graphs::destroy_stream;
    streamBeginCapture(stream: addr, mode: int = 2) => graphs::begin;
    streamEndCapture(graph: out_addr, stream: addr) => graphs::end;
    graphInstantiate(exec: out_addr, graph: addr) => graphs::instantiate;
    graphLaunch(graphExec: addr, stream: addr) => graphs::launch;
    graphDestroy(graph: addr) => graphs::destroy;
    graphExecDestroy(graphExec: addr) => graphs::destroy_exec;
};
