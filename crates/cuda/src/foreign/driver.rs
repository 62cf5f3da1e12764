//! The driver, for programs that call it themselves.

use super::{Call, Table, calls};
use cuprous_cuda_sys::Driver;
use std::ffi::CStr;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "the CUDA driver",
    open: || Driver::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: in_words,
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

/// What the driver says of one of its codes: a name and an explanation.
pub(super) fn words(code: i32) -> Option<(String, String)> {
    let api = Driver::get().ok()?;
    let text = |f: unsafe extern "C" fn(i32, *mut *const std::ffi::c_char) -> i32| {
        let mut text = std::ptr::null();
        // SAFETY: the pointer goes to a valid address; the driver's texts are constants that end in a zero.
        unsafe { (f(code, &mut text) == 0 && !text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned()) }
    };
    Some((text(api.cuGetErrorName)?, text(api.cuGetErrorString)?))
}

fn in_words(code: i32) -> String {
    words(code).map_or_else(|| format!("status {code}"), |(name, explanation)| format!("{name}: {explanation}"))
}

static CONSTANTS: &[(&str, i64)] = &[
    ("CUDA_ERROR_INVALID_VALUE", 1),
    ("CU_AD_FORMAT_FLOAT", 32),
    ("CU_AD_FORMAT_HALF", 16),
    ("CU_AD_FORMAT_SIGNED_INT16", 9),
    ("CU_AD_FORMAT_SIGNED_INT32", 10),
    ("CU_AD_FORMAT_SIGNED_INT8", 8),
    ("CU_AD_FORMAT_UNSIGNED_INT16", 2),
    ("CU_AD_FORMAT_UNSIGNED_INT32", 3),
    ("CU_AD_FORMAT_UNSIGNED_INT8", 1),
    ("CU_FUNC_ATTRIBUTE_BINARY_VERSION", 6),
    ("CU_FUNC_ATTRIBUTE_CACHE_MODE_CA", 7),
    ("CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES", 2),
    ("CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES", 3),
    ("CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES", 8),
    ("CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK", 0),
    ("CU_FUNC_ATTRIBUTE_NUM_REGS", 4),
    ("CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT", 9),
    ("CU_FUNC_ATTRIBUTE_PTX_VERSION", 5),
    ("CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES", 1),
    ("CU_JIT_CACHE_MODE", 14),
    ("CU_JIT_ERROR_LOG_BUFFER", 5),
    ("CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES", 6),
    ("CU_JIT_FALLBACK_STRATEGY", 10),
    ("CU_JIT_FAST_COMPILE", 16),
    ("CU_JIT_FMA", 24),
    ("CU_JIT_FTZ", 21),
    ("CU_JIT_GENERATE_DEBUG_INFO", 11),
    ("CU_JIT_GENERATE_LINE_INFO", 13),
    ("CU_JIT_GLOBAL_SYMBOL_ADDRESSES", 18),
    ("CU_JIT_GLOBAL_SYMBOL_COUNT", 19),
    ("CU_JIT_GLOBAL_SYMBOL_NAMES", 17),
    ("CU_JIT_INFO_LOG_BUFFER", 3),
    ("CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES", 4),
    ("CU_JIT_INPUT_CUBIN", 0),
    ("CU_JIT_INPUT_FATBINARY", 2),
    ("CU_JIT_INPUT_LIBRARY", 4),
    ("CU_JIT_INPUT_NVVM", 5),
    ("CU_JIT_INPUT_OBJECT", 3),
    ("CU_JIT_INPUT_PTX", 1),
    ("CU_JIT_LOG_VERBOSE", 12),
    ("CU_JIT_LTO", 20),
    ("CU_JIT_MAX_REGISTERS", 0),
    ("CU_JIT_NEW_SM3X_OPT", 15),
    ("CU_JIT_NUM_OPTIONS", 36),
    ("CU_JIT_OPTIMIZATION_LEVEL", 7),
    ("CU_JIT_PREC_DIV", 22),
    ("CU_JIT_PREC_SQRT", 23),
    ("CU_JIT_TARGET", 9),
    ("CU_JIT_TARGET_FROM_CUCONTEXT", 8),
    ("CU_JIT_THREADS_PER_BLOCK", 1),
    ("CU_JIT_WALL_TIME", 2),
    ("CU_TRSA_OVERRIDE_FORMAT", 1),
    ("CU_TRSF_NORMALIZED_COORDINATES", 2),
    ("CU_TRSF_READ_AS_INTEGER", 1),
    ("CU_TRSF_SRGB", 16),
    ("CU_TR_ADDRESS_MODE_BORDER", 3),
    ("CU_TR_ADDRESS_MODE_CLAMP", 1),
    ("CU_TR_ADDRESS_MODE_MIRROR", 2),
    ("CU_TR_ADDRESS_MODE_WRAP", 0),
    ("CU_TR_FILTER_MODE_LINEAR", 1),
    ("CU_TR_FILTER_MODE_POINT", 0),
];

#[rustfmt::skip]
static CALLS: &[Call] = calls! {
    ctxCreate(ctx: out_addr, dev: int) = cuCtxCreate_v2(ctx, 0u32, dev);
    ctxDestroy(ctx: addr) = cuCtxDestroy_v2(ctx);
    ctxGetCurrent(ctx: out_addr) = cuCtxGetCurrent(ctx);
    ctxGetDevice(dev: out_int) = cuCtxGetDevice(dev);
    ctxSetCurrent(ctx: addr) = cuCtxSetCurrent(ctx);
    devicePrimaryCtxRelease(dev: int) = cuDevicePrimaryCtxRelease_v2(dev);
    funcGetAttribute(value: out_int, attribute: int, f: addr) = cuFuncGetAttribute(value, attribute, f);
    funcSetAttribute(f: addr, attribute: int, value: int) = cuFuncSetAttribute(f, attribute, value);
    launchCooperativeKernel(f: addr, grid_dim_x: uint, grid_dim_y: uint, grid_dim_z: uint, block_dim_x: uint, block_dim_y: uint,
        block_dim_z: uint, shared_mem_bytes: uint, stream: addr, kernel_params: addr) = cuLaunchCooperativeKernel(f, grid_dim_x,
        grid_dim_y, grid_dim_z, block_dim_x, block_dim_y, block_dim_z, shared_mem_bytes, stream, kernel_params);
    launchKernel(f: addr, grid_dim_x: uint, grid_dim_y: uint, grid_dim_z: uint, block_dim_x: uint, block_dim_y: uint,
        block_dim_z: uint, shared_mem_bytes: uint, stream: addr, kernel_params: addr, extra: addr) = cuLaunchKernel(f, grid_dim_x,
        grid_dim_y, grid_dim_z, block_dim_x, block_dim_y, block_dim_z, shared_mem_bytes, stream, kernel_params, extra);
    _linkAddData(state: addr, input_type: int, data: text, size: addr, name: text)
        = cuLinkAddData_v2(state, input_type, data, size, name, 0u32, 0usize, 0usize);
    linkAddFile(state: addr, input_type: int, path: text) = cuLinkAddFile_v2(state, input_type, path, 0u32, 0usize, 0usize);
    _linkComplete(state: addr, image: out_addr, size: out_addr) = cuLinkComplete(state, image, size);
    linkCreate(state: out_addr) = cuLinkCreate_v2(0u32, 0usize, 0usize, state);
    linkDestroy(state: addr) = cuLinkDestroy(state);
    moduleGetFunction(f: out_addr, module: addr, funcname: text) = cuModuleGetFunction(f, module, funcname);
    moduleGetGlobal(address: out_addr, module: addr, varname: text) = cuModuleGetGlobal_v2(address, 0usize, module, varname);
    moduleLoad(module: out_addr, filename: text) = cuModuleLoad(module, filename);
    moduleLoadData(module: out_addr, image: text) = cuModuleLoadData(module, image);
    moduleUnload(module: addr) = cuModuleUnload(module);
    occupancyMaxActiveBlocksPerMultiprocessor(n: out_int, func: addr, blockSize: int, dynamicSMemSize: addr)
        = cuOccupancyMaxActiveBlocksPerMultiprocessor(n, func, blockSize, dynamicSMemSize);
    occupancyMaxPotentialBlockSize(minGridSize: out_int, blockSize: out_int, func: addr, dynamicSMemSize: addr, blockSizeLimit: int)
        = cuOccupancyMaxPotentialBlockSize(minGridSize, blockSize, func, 0usize, dynamicSMemSize, blockSizeLimit);
    streamGetCtx(ctx: out_addr, stream: addr) = cuStreamGetCtx(stream, ctx);
};
