//! cuBLAS: products of matrices.

use crate::Handle;
use crate::search::{Spec, toolkit_majors};
use std::ffi::{c_char, c_void};

static SPEC: Spec = Spec {
    stem: "cublas",
    majors: toolkit_majors,
    depends: &["cublasLt"],
    mend: "`pip install nvidia-cublas` installs it (`nvidia-cublas-cu12` for a driver of CUDA 12)",
};

api! {
    /// The functions of cuBLAS. All but `cublasGetStatusString` return a `cublasStatus_t`, 0 for success.
    Cublas of SPEC;
    required {
        cublasCreate_v2(handle: *mut Handle) -> i32;
        cublasDestroy_v2(handle: Handle) -> i32;
        cublasGetVersion_v2(handle: Handle, version: *mut i32) -> i32;
        cublasSetStream_v2(handle: Handle, stream: Handle) -> i32;
        cublasSetMathMode(handle: Handle, mode: i32) -> i32;
        cublasGemmStridedBatchedEx(
            handle: Handle, op_a: i32, op_b: i32, m: i32, n: i32, k: i32, alpha: *const c_void,
            a: u64, a_type: i32, lda: i32, stride_a: i64, b: u64, b_type: i32, ldb: i32, stride_b: i64, beta: *const c_void,
            c: u64, c_type: i32, ldc: i32, stride_c: i64, n_batches: i32, compute_type: i32, algorithm: i32,
        ) -> i32;
        cublasSgetrfBatched(handle: Handle, n: i32, a: u64, lda: i32, pivots: u64, info: u64, count: i32) -> i32;
        cublasDgetrfBatched(handle: Handle, n: i32, a: u64, lda: i32, pivots: u64, info: u64, count: i32) -> i32;
        cublasCgetrfBatched(handle: Handle, n: i32, a: u64, lda: i32, pivots: u64, info: u64, count: i32) -> i32;
        cublasZgetrfBatched(handle: Handle, n: i32, a: u64, lda: i32, pivots: u64, info: u64, count: i32) -> i32;
        cublasSgetrsBatched(
            handle: Handle, op: i32, n: i32, n_right: i32, a: u64, lda: i32, pivots: u64, b: u64, ldb: i32, info: *mut i32, count: i32,
        ) -> i32;
        cublasDgetrsBatched(
            handle: Handle, op: i32, n: i32, n_right: i32, a: u64, lda: i32, pivots: u64, b: u64, ldb: i32, info: *mut i32, count: i32,
        ) -> i32;
        cublasCgetrsBatched(
            handle: Handle, op: i32, n: i32, n_right: i32, a: u64, lda: i32, pivots: u64, b: u64, ldb: i32, info: *mut i32, count: i32,
        ) -> i32;
        cublasZgetrsBatched(
            handle: Handle, op: i32, n: i32, n_right: i32, a: u64, lda: i32, pivots: u64, b: u64, ldb: i32, info: *mut i32, count: i32,
        ) -> i32;
    }
    optional {
        cublasGetStatusString(code: i32) -> *const c_char;
        cublasGetProperty(kind: i32, value: *mut i32) -> i32;
        cublasGemmStridedBatchedEx_64(
            handle: Handle, op_a: i32, op_b: i32, m: i64, n: i64, k: i64, alpha: *const c_void,
            a: u64, a_type: i32, lda: i64, stride_a: i64, b: u64, b_type: i32, ldb: i64, stride_b: i64, beta: *const c_void,
            c: u64, c_type: i32, ldc: i64, stride_c: i64, n_batches: i64, compute_type: i32, algorithm: i32,
        ) -> i32;
    }
}

/// `CUBLAS_STATUS_ALLOC_FAILED`.
pub const ALLOC_FAILED: i32 = 3;

/// Types, operations and modes, by NVIDIA's names.
pub mod constants {
    /// `CUBLAS_OP_N`
    pub const OP_N: i32 = 0;
    /// `CUBLAS_OP_T`
    pub const OP_T: i32 = 1;
    /// `CUDA_R_32F`
    pub const R_32F: i32 = 0;
    /// `CUDA_R_64F`
    pub const R_64F: i32 = 1;
    /// `CUDA_R_16F`
    pub const R_16F: i32 = 2;
    /// `CUDA_C_32F`
    pub const C_32F: i32 = 4;
    /// `CUDA_C_64F`
    pub const C_64F: i32 = 5;
    /// `CUBLAS_COMPUTE_32F`
    pub const COMPUTE_32F: i32 = 68;
    /// `CUBLAS_COMPUTE_64F`
    pub const COMPUTE_64F: i32 = 70;
    /// `CUBLAS_GEMM_DEFAULT`
    pub const GEMM_DEFAULT: i32 = -1;
    /// `CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION`, with the default mode
    pub const MATH_EXACT_REDUCTION: i32 = 16;
}
