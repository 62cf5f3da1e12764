//! NCCL: copies and sums among several GPUs.

use crate::Handle;
use crate::search::Spec;
use std::ffi::{c_char, c_void};

static SPEC: Spec = Spec {
    stem: "nccl",
    majors: || vec![2],
    depends: &[],
    mend: "`pip install nvidia-nccl-cu13` installs it (`nvidia-nccl-cu12` for a driver of CUDA 12)",
};

/// What all members of a communicator are told by the first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct UniqueId {
    /// Its bytes
    pub bytes: [u8; 128],
}

api! {
    /// The functions of NCCL. All but `ncclGetErrorString` return an `ncclResult_t`, 0 for success.
    Nccl of SPEC;
    required {
        ncclGetVersion(version: *mut i32) -> i32;
        ncclGetUniqueId(id: *mut UniqueId) -> i32;
        ncclGetErrorString(code: i32) -> *const c_char;
        ncclCommInitRank(comm: *mut Handle, n_ranks: i32, id: UniqueId, rank: i32) -> i32;
    }
    optional {
        ncclCommInitRankConfig(comm: *mut Handle, n_ranks: i32, id: UniqueId, rank: i32, config: *mut c_void) -> i32;
    }
}
