//! The driver: `libcuda.so.1`, which comes with NVIDIA's driver and nothing else.

use crate::Handle;
use crate::search::Spec;
pub use crate::structs::{ArrayDescriptor, ArrayDescriptor3d, Copy3d, IpcHandle, PoolProperties, ResourceDescriptor, TextureDescriptor};
use std::ffi::{c_char, c_uint, c_void};

static SPEC: Spec = Spec {
    stem: "cuda",
    majors: || vec![1],
    depends: &[],
    mend: "it comes with NVIDIA's driver: `sudo apt install nvidia-driver-580` (or your system's package) installs it; containers need `--gpus all`",
};

api! {
    /// The functions of the driver. All return a `CUresult`, 0 for success.
    Driver of SPEC;
    required {
        cuInit(flags: c_uint) -> i32;
        cuDriverGetVersion(version: *mut i32) -> i32;
        cuGetErrorName(code: i32, text: *mut *const c_char) -> i32;
        cuGetErrorString(code: i32, text: *mut *const c_char) -> i32;
        cuDeviceGetCount(count: *mut i32) -> i32;
        cuDeviceGet(device: *mut i32, ordinal: i32) -> i32;
        cuDeviceGetName(name: *mut c_char, len: i32, device: i32) -> i32;
        cuDeviceGetAttribute(value: *mut i32, attribute: i32, device: i32) -> i32;
        cuDeviceTotalMem_v2(bytes: *mut usize, device: i32) -> i32;
        cuDevicePrimaryCtxRetain(context: *mut Handle, device: i32) -> i32;
        cuCtxGetCurrent(context: *mut Handle) -> i32;
        cuCtxSetCurrent(context: Handle) -> i32;
        cuCtxSynchronize() -> i32;
        cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> i32;
        cuMemAlloc_v2(address: *mut u64, bytes: usize) -> i32;
        cuMemFree_v2(address: u64) -> i32;
        cuMemHostAlloc(pointer: *mut *mut c_void, bytes: usize, flags: c_uint) -> i32;
        cuMemFreeHost(pointer: *mut c_void) -> i32;
        cuMemcpyHtoDAsync_v2(target: u64, source: *const c_void, bytes: usize, stream: Handle) -> i32;
        cuMemcpyDtoHAsync_v2(target: *mut c_void, source: u64, bytes: usize, stream: Handle) -> i32;
        cuMemcpyDtoDAsync_v2(target: u64, source: u64, bytes: usize, stream: Handle) -> i32;
        cuMemsetD8Async(target: u64, value: u8, count: usize, stream: Handle) -> i32;
        cuMemsetD2D32Async(target: u64, pitch: usize, value: c_uint, width: usize, height: usize, stream: Handle) -> i32;
        cuPointerGetAttribute(data: *mut c_void, attribute: i32, address: u64) -> i32;
        cuStreamCreate(stream: *mut Handle, flags: c_uint) -> i32;
        cuStreamCreateWithPriority(stream: *mut Handle, flags: c_uint, priority: i32) -> i32;
        cuStreamDestroy_v2(stream: Handle) -> i32;
        cuStreamGetFlags(stream: Handle, flags: *mut c_uint) -> i32;
        cuStreamGetPriority(stream: Handle, priority: *mut i32) -> i32;
        cuLaunchHostFunc(stream: Handle, function: unsafe extern "C" fn(*mut c_void), data: *mut c_void) -> i32;
        cuStreamSynchronize(stream: Handle) -> i32;
        cuStreamQuery(stream: Handle) -> i32;
        cuStreamWaitEvent(stream: Handle, event: Handle, flags: c_uint) -> i32;
        cuEventCreate(event: *mut Handle, flags: c_uint) -> i32;
        cuEventDestroy_v2(event: Handle) -> i32;
        cuEventRecord(event: Handle, stream: Handle) -> i32;
        cuEventQuery(event: Handle) -> i32;
        cuEventSynchronize(event: Handle) -> i32;
        cuModuleLoadData(module: *mut Handle, image: *const c_void) -> i32;
        cuModuleUnload(module: Handle) -> i32;
        cuModuleGetFunction(function: *mut Handle, module: Handle, name: *const c_char) -> i32;
        cuModuleGetGlobal_v2(address: *mut u64, bytes: *mut usize, module: Handle, name: *const c_char) -> i32;
        cuFuncGetAttribute(value: *mut i32, attribute: i32, function: Handle) -> i32;
        cuFuncSetAttribute(function: Handle, attribute: i32, value: i32) -> i32;
        cuLaunchKernel(
            function: Handle, grid_x: c_uint, grid_y: c_uint, grid_z: c_uint, block_x: c_uint, block_y: c_uint, block_z: c_uint,
            shared_bytes: c_uint, stream: Handle, params: *mut *mut c_void, extra: *mut *mut c_void,
        ) -> i32;
    }
    optional {
        cuLaunchCooperativeKernel(
            function: Handle, grid_x: c_uint, grid_y: c_uint, grid_z: c_uint, block_x: c_uint, block_y: c_uint, block_z: c_uint,
            shared_bytes: c_uint, stream: Handle, params: *mut *mut c_void,
        ) -> i32;
        cuFuncGetParamInfo(function: Handle, index: usize, offset: *mut usize, size: *mut usize) -> i32;
        cuMemAllocManaged(address: *mut u64, bytes: usize, flags: c_uint) -> i32;
        cuMemPrefetchAsync(address: u64, bytes: usize, device: i32, stream: Handle) -> i32;
        cuMemAdvise(address: u64, bytes: usize, advice: i32, device: i32) -> i32;
        cuMemAllocAsync(address: *mut u64, bytes: usize, stream: Handle) -> i32;
        cuMemAllocFromPoolAsync(address: *mut u64, bytes: usize, pool: Handle, stream: Handle) -> i32;
        cuMemFreeAsync(address: u64, stream: Handle) -> i32;
        cuDeviceGetMemPool(pool: *mut Handle, device: i32) -> i32;
        cuDeviceGetDefaultMemPool(pool: *mut Handle, device: i32) -> i32;
        cuMemPoolTrimTo(pool: Handle, kept: usize) -> i32;
        cuMemPoolGetAttribute(pool: Handle, attribute: i32, value: *mut c_void) -> i32;
        cuEventElapsedTime(milliseconds: *mut f32, start: Handle, end: Handle) -> i32;
        cuMemcpyPeerAsync(target: u64, target_context: Handle, source: u64, source_context: Handle, bytes: usize, stream: Handle) -> i32;
        cuMemcpy(target: u64, source: u64, bytes: usize) -> i32;
        cuMemcpyAsync(target: u64, source: u64, bytes: usize, stream: Handle) -> i32;
        cuMemcpy3DAsync_v2(copy: *const Copy3d, stream: Handle) -> i32;
        cuArrayCreate_v2(array: *mut Handle, descriptor: *const ArrayDescriptor) -> i32;
        cuArray3DCreate_v2(array: *mut Handle, descriptor: *const ArrayDescriptor3d) -> i32;
        cuArray3DGetDescriptor_v2(descriptor: *mut ArrayDescriptor3d, array: Handle) -> i32;
        cuTexObjectCreate(texture: *mut u64, resource: *const ResourceDescriptor, how: *const TextureDescriptor, view: *const c_void) -> i32;
        cuSurfObjectCreate(surface: *mut u64, resource: *const ResourceDescriptor) -> i32;
        cuMemPoolCreate(pool: *mut Handle, properties: *const PoolProperties) -> i32;
        cuMemPoolSetAttribute(pool: Handle, attribute: i32, value: *mut c_void) -> i32;
        cuIpcOpenMemHandle_v2(address: *mut u64, handle: IpcHandle, flags: c_uint) -> i32;
        cuIpcOpenEventHandle(event: *mut Handle, handle: IpcHandle) -> i32;
        cuCtxEnablePeerAccess(context: Handle, flags: c_uint) -> i32;
        cuCtxDisablePeerAccess(context: Handle) -> i32;
        cuStreamBeginCapture_v2(stream: Handle, mode: i32) -> i32;
        cuStreamEndCapture(stream: Handle, graph: *mut Handle) -> i32;
        cuStreamIsCapturing(stream: Handle, status: *mut i32) -> i32;
        cuStreamGetCaptureInfo(stream: Handle, status: *mut i32, id: *mut u64) -> i32;
        cuStreamGetCaptureInfo_v2(
            stream: Handle, status: *mut i32, id: *mut u64, graph: *mut Handle, dependencies: *mut c_void, n_dependencies: *mut usize,
        ) -> i32;
        cuThreadExchangeStreamCaptureMode(mode: *mut i32) -> i32;
        cuGraphInstantiateWithFlags(exec: *mut Handle, graph: Handle, flags: u64) -> i32;
        cuGraphLaunch(exec: Handle, stream: Handle) -> i32;
        cuGraphUpload(exec: Handle, stream: Handle) -> i32;
        cuGraphDestroy(graph: Handle) -> i32;
        cuGraphExecDestroy(exec: Handle) -> i32;
        cuGraphDebugDotPrint(graph: Handle, path: *const c_char, flags: c_uint) -> i32;
        cuOccupancyMaxActiveBlocksPerMultiprocessor(n_blocks: *mut i32, function: Handle, block_size: i32, shared_bytes: usize) -> i32;
    }
}

/// The newest CUDA version that the driver runs (13000 for 13.0); `None` without a driver.
pub fn version() -> Option<u32> {
    let api = Driver::get().ok()?;
    let mut version = 0;
    // SAFETY: the function writes one int to a valid address, and works before `cuInit`.
    let code = unsafe { (api.cuDriverGetVersion)(&mut version) };
    (code == 0 && version > 0).then_some(version as u32)
}

/// `CUDA_ERROR_INVALID_VALUE`.
pub const INVALID_VALUE: i32 = 1;
/// `CUDA_ERROR_OUT_OF_MEMORY`.
pub const OUT_OF_MEMORY: i32 = 2;
/// `CUDA_ERROR_NOT_READY`: an event or a stream has not passed yet.
pub const NOT_READY: i32 = 600;

/// Attributes of devices, of functions and of pointers, and flags, by NVIDIA's names.
pub mod constants {
    /// `CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK`
    pub const MAX_THREADS_PER_BLOCK: i32 = 1;
    /// `CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK`
    pub const MAX_SHARED_MEMORY_PER_BLOCK: i32 = 8;
    /// `CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT`
    pub const MULTIPROCESSOR_COUNT: i32 = 16;
    /// `CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR`
    pub const COMPUTE_CAPABILITY_MAJOR: i32 = 75;
    /// `CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR`
    pub const COMPUTE_CAPABILITY_MINOR: i32 = 76;
    /// `CU_DEVICE_ATTRIBUTE_SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO`
    pub const SINGLE_TO_DOUBLE_RATIO: i32 = 87;
    /// `CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN`
    pub const MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: i32 = 97;
    /// `CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK`
    pub const FUNC_MAX_THREADS_PER_BLOCK: i32 = 0;
    /// `CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES`
    pub const FUNC_SHARED_SIZE_BYTES: i32 = 1;
    /// `CU_FUNC_ATTRIBUTE_NUM_REGS`
    pub const FUNC_NUM_REGS: i32 = 4;
    /// `CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES`
    pub const FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES: i32 = 8;
    /// `CU_POINTER_ATTRIBUTE_MEMORY_TYPE`
    pub const POINTER_MEMORY_TYPE: i32 = 2;
    /// `CU_POINTER_ATTRIBUTE_IS_MANAGED`
    pub const POINTER_IS_MANAGED: i32 = 8;
    /// `CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL`
    pub const POINTER_DEVICE_ORDINAL: i32 = 9;
    /// `CU_MEMORYTYPE_DEVICE`
    pub const MEMORY_TYPE_DEVICE: i32 = 2;
    /// `CU_STREAM_LEGACY`, the default stream by another name
    pub const STREAM_LEGACY: u64 = 1;
    /// `CU_STREAM_PER_THREAD`: in each thread a stream of its own
    pub const STREAM_PER_THREAD: u64 = 2;
    /// `CU_EVENT_BLOCKING_SYNC`
    pub const EVENT_BLOCKING_SYNC: u32 = 1;
    /// `CU_EVENT_INTERPROCESS`
    pub const EVENT_INTERPROCESS: u32 = 4;
    /// `CU_STREAM_NON_BLOCKING`
    pub const STREAM_NON_BLOCKING: u32 = 1;
    /// `CU_EVENT_DISABLE_TIMING`
    pub const EVENT_DISABLE_TIMING: u32 = 2;
    /// `CU_MEM_ATTACH_GLOBAL`
    pub const MEM_ATTACH_GLOBAL: u32 = 1;
    /// `CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT`
    pub const POOL_RESERVED: i32 = 5;
    /// `CU_MEMPOOL_ATTR_USED_MEM_CURRENT`
    pub const POOL_USED: i32 = 7;
    /// `CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS`
    pub const PAGEABLE_MEMORY_ACCESS: i32 = 88;
    /// `CU_MEMHOSTALLOC_PORTABLE`
    pub const HOST_ALLOC_PORTABLE: u32 = 1;
}
