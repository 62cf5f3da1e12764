//! cuFFT: Fourier transforms.

use crate::Handle;
use crate::search::{Spec, toolkit_majors};

/// A `cufftHandle`: a small number, not an address.
pub type Plan = i32;

static SPEC: Spec = Spec {
    stem: "cufft",
    majors: || toolkit_majors().into_iter().map(major_for).collect(),
    depends: &[],
    mend: "`pip install nvidia-cufft` installs it (`nvidia-cufft-cu12` for a driver of CUDA 12)",
};

/// The version in the name of the library that comes with a version of CUDA: 12 with 13, 11 with 12.
fn major_for(toolkit: u32) -> u32 {
    toolkit - 1
}

api! {
    /// The functions of cuFFT. All return a `cufftResult`, 0 for success.
    Cufft of SPEC;
    required {
        cufftCreate(plan: *mut Plan) -> i32;
        cufftDestroy(plan: Plan) -> i32;
        cufftGetVersion(version: *mut i32) -> i32;
        cufftSetAutoAllocation(plan: Plan, auto_allocate: i32) -> i32;
        cufftSetWorkArea(plan: Plan, work_area: u64) -> i32;
        cufftSetStream(plan: Plan, stream: Handle) -> i32;
        cufftXtMakePlanMany(
            plan: Plan, rank: i32, n: *mut i64, in_embed: *mut i64, in_stride: i64, in_dist: i64, in_type: i32,
            out_embed: *mut i64, out_stride: i64, out_dist: i64, out_type: i32, n_batches: i64, work_size: *mut usize,
            execution_type: i32,
        ) -> i32;
        cufftXtExec(plan: Plan, input: u64, output: u64, direction: i32) -> i32;
    }
    optional {
        cufftGetProperty(kind: i32, value: *mut i32) -> i32;
    }
}

/// `CUFFT_ALLOC_FAILED`.
pub const ALLOC_FAILED: i32 = 2;

/// Types and directions, by NVIDIA's names.
pub mod constants {
    /// `CUFFT_FORWARD`
    pub const FORWARD: i32 = -1;
    /// `CUFFT_INVERSE`
    pub const INVERSE: i32 = 1;
    /// `CUDA_R_32F`
    pub const R_32F: i32 = 0;
    /// `CUDA_R_64F`
    pub const R_64F: i32 = 1;
    /// `CUDA_C_32F`
    pub const C_32F: i32 = 4;
    /// `CUDA_C_64F`
    pub const C_64F: i32 = 5;
}

/// The name of a `cufftResult`.
pub fn name_of(code: i32) -> &'static str {
    match code {
        0 => "CUFFT_SUCCESS",
        1 => "CUFFT_INVALID_PLAN",
        2 => "CUFFT_ALLOC_FAILED",
        3 => "CUFFT_INVALID_TYPE",
        4 => "CUFFT_INVALID_VALUE",
        5 => "CUFFT_INTERNAL_ERROR",
        6 => "CUFFT_EXEC_FAILED",
        7 => "CUFFT_SETUP_FAILED",
        8 => "CUFFT_INVALID_SIZE",
        9 => "CUFFT_UNALIGNED_DATA",
        11 => "CUFFT_INVALID_DEVICE",
        13 => "CUFFT_NO_WORKSPACE",
        14 => "CUFFT_NOT_IMPLEMENTED",
        16 => "CUFFT_NOT_SUPPORTED",
        17 => "CUFFT_MISSING_DEPENDENCY",
        18 => "CUFFT_NVRTC_FAILURE",
        19 => "CUFFT_NVJITLINK_FAILURE",
        20 => "CUFFT_NVSHMEM_FAILURE",
        _ => "an unknown status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_versions_are_one_behind() {
        assert!((SPEC.majors)().ends_with(&[11]));
        assert_eq!((major_for(13), major_for(12)), (12, 11));
    }

    #[test]
    fn where_it_is_missing_the_error_says_how_to_get_it() {
        match Cufft::get() {
            Ok(api) => assert!(api.library.path.contains("cufft")),
            Err(message) => assert!(message.contains("libcufft.so.11") && message.contains("pip install nvidia-cufft"), "{message}"),
        }
    }
}
