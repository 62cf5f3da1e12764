//! NVTX: marks and ranges for profilers. With CUDA 13 it is no library any more.

use crate::search::Spec;
use std::ffi::c_void;

static SPEC: Spec = Spec { stem: "nvToolsExt", majors: || vec![1], depends: &[], mend: "`pip install nvidia-nvtx-cu12` installs it" };

/// `nvtxEventAttributes_t`: what a profiler shows of a mark or range.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EventAttributes {
    /// 3
    pub version: u16,
    /// The size of this
    pub size: u16,
    /// Unused
    pub category: u32,
    /// 1: the color is ARGB
    pub color_type: i32,
    /// The color
    pub color: u32,
    /// 0: no payload
    pub payload_type: i32,
    /// Unused
    pub reserved: i32,
    /// Unused
    pub payload: u64,
    /// 1: characters of one byte
    pub message_type: i32,
    /// Characters that end in a zero
    pub message: *const c_void,
}

api! {
    /// The functions of NVTX that CuPy calls.
    Nvtx of SPEC;
    required {
        nvtxMarkEx(attributes: *const EventAttributes) -> ();
        nvtxRangePushEx(attributes: *const EventAttributes) -> i32;
        nvtxRangePop() -> i32;
        nvtxRangeStartEx(attributes: *const EventAttributes) -> u64;
        nvtxRangeEnd(range: u64) -> ();
    }
    optional {}
}
