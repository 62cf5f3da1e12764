//! NVRTC, the run-time compiler. It works without a driver and without a GPU.

use crate::Handle;
use crate::search::{Spec, toolkit_majors};
use std::ffi::c_char;

static SPEC: Spec = Spec {
    stem: "nvrtc",
    majors: toolkit_majors,
    depends: &[],
    mend: "`pip install nvidia-cuda-nvrtc` installs it (`nvidia-cuda-nvrtc-cu12` for a driver of CUDA 12)",
};

api! {
    /// The functions of NVRTC. All but `nvrtcGetErrorString` return an `nvrtcResult`, 0 for success.
    Nvrtc of SPEC;
    required {
        nvrtcVersion(major: *mut i32, minor: *mut i32) -> i32;
        nvrtcGetErrorString(code: i32) -> *const c_char;
        nvrtcGetNumSupportedArchs(count: *mut i32) -> i32;
        nvrtcGetSupportedArchs(archs: *mut i32) -> i32;
        nvrtcCreateProgram(
            program: *mut Handle, source: *const c_char, name: *const c_char,
            n_headers: i32, headers: *const *const c_char, include_names: *const *const c_char,
        ) -> i32;
        nvrtcDestroyProgram(program: *mut Handle) -> i32;
        nvrtcCompileProgram(program: Handle, n_options: i32, options: *const *const c_char) -> i32;
        nvrtcGetProgramLogSize(program: Handle, size: *mut usize) -> i32;
        nvrtcGetProgramLog(program: Handle, log: *mut c_char) -> i32;
        nvrtcGetCUBINSize(program: Handle, size: *mut usize) -> i32;
        nvrtcGetCUBIN(program: Handle, cubin: *mut c_char) -> i32;
    }
    optional {
        nvrtcGetPTXSize(program: Handle, size: *mut usize) -> i32;
        nvrtcGetPTX(program: Handle, ptx: *mut c_char) -> i32;
        nvrtcAddNameExpression(program: Handle, expression: *const c_char) -> i32;
        nvrtcGetLoweredName(program: Handle, expression: *const c_char, name: *mut *const c_char) -> i32;
    }
}

/// `NVRTC_ERROR_COMPILATION`: the source is wrong; the log says where.
pub const ERROR_COMPILATION: i32 = 6;
