//! cuSOLVER: decompositions of dense matrices.

use crate::search::{Loaded, Spec, open, toolkit_majors};
use crate::{Cublas, Handle};
use std::ffi::c_void;
use std::sync::OnceLock;

static SPEC: Spec = Spec {
    stem: "cusolver",
    majors: || toolkit_majors().into_iter().map(major_for).collect(),
    depends: &[],
    mend: "`pip install nvidia-cusolver` installs it (`nvidia-cusolver-cu12` for a driver of CUDA 12)",
};

/// What cuSOLVER needs beside cuBLAS, whose versions are counted in other ways.
static BESIDE: [Spec; 2] = [
    Spec { stem: "nvJitLink", majors: toolkit_majors, depends: &[], mend: "" },
    Spec { stem: "cusparse", majors: || vec![12], depends: &[], mend: "" },
];

/// The version in the name of the library that comes with a version of CUDA: 12 with 13, 11 with 12.
fn major_for(toolkit: u32) -> u32 {
    toolkit - 1
}

api! {
    /// The functions of cuSOLVER. All return a `cusolverStatus_t`, 0 for success.
    Cusolver of SPEC;
    required {
        cusolverDnCreate(handle: *mut Handle) -> i32;
        cusolverDnDestroy(handle: Handle) -> i32;
        cusolverDnSetStream(handle: Handle, stream: Handle) -> i32;
        cusolverDnCreateParams(params: *mut Handle) -> i32;
        cusolverDnDestroyParams(params: Handle) -> i32;
        cusolverDnCreateGesvdjInfo(info: *mut Handle) -> i32;
        cusolverDnDestroyGesvdjInfo(info: Handle) -> i32;

        cusolverDnXpotrf_bufferSize(
            handle: Handle, params: Handle, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64, compute_type: i32,
            on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXpotrf(
            handle: Handle, params: Handle, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64, compute_type: i32,
            device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;
        cusolverDnXgetrf_bufferSize(
            handle: Handle, params: Handle, m: i64, n: i64, a_type: i32, a: u64, lda: i64, compute_type: i32,
            on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXgetrf(
            handle: Handle, params: Handle, m: i64, n: i64, a_type: i32, a: u64, lda: i64, pivots: u64, compute_type: i32,
            device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;
        cusolverDnXgetrs(
            handle: Handle, params: Handle, op: i32, n: i64, n_right: i64, a_type: i32, a: u64, lda: i64, pivots: u64,
            b_type: i32, b: u64, ldb: i64, info: u64,
        ) -> i32;
        cusolverDnXgeqrf_bufferSize(
            handle: Handle, params: Handle, m: i64, n: i64, a_type: i32, a: u64, lda: i64, tau_type: i32, tau: u64,
            compute_type: i32, on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXgeqrf(
            handle: Handle, params: Handle, m: i64, n: i64, a_type: i32, a: u64, lda: i64, tau_type: i32, tau: u64,
            compute_type: i32, device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;
        cusolverDnXgesvd_bufferSize(
            handle: Handle, params: Handle, job_u: i8, job_v: i8, m: i64, n: i64, a_type: i32, a: u64, lda: i64,
            s_type: i32, s: u64, u_type: i32, u: u64, ldu: i64, v_type: i32, v: u64, ldv: i64, compute_type: i32,
            on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXgesvd(
            handle: Handle, params: Handle, job_u: i8, job_v: i8, m: i64, n: i64, a_type: i32, a: u64, lda: i64,
            s_type: i32, s: u64, u_type: i32, u: u64, ldu: i64, v_type: i32, v: u64, ldv: i64, compute_type: i32,
            device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;
        cusolverDnXsyevd_bufferSize(
            handle: Handle, params: Handle, job: i32, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, compute_type: i32, on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXsyevd(
            handle: Handle, params: Handle, job: i32, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, compute_type: i32, device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;

        cusolverDnSorgqr_bufferSize(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, size: *mut i32) -> i32;
        cusolverDnDorgqr_bufferSize(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, size: *mut i32) -> i32;
        cusolverDnCungqr_bufferSize(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, size: *mut i32) -> i32;
        cusolverDnZungqr_bufferSize(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, size: *mut i32) -> i32;
        cusolverDnSorgqr(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, work: u64, size: i32, info: u64) -> i32;
        cusolverDnDorgqr(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, work: u64, size: i32, info: u64) -> i32;
        cusolverDnCungqr(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, work: u64, size: i32, info: u64) -> i32;
        cusolverDnZungqr(handle: Handle, m: i32, n: i32, k: i32, a: u64, lda: i32, tau: u64, work: u64, size: i32, info: u64) -> i32;

        cusolverDnSpotrfBatched(handle: Handle, triangle: i32, n: i32, a: u64, lda: i32, info: u64, count: i32) -> i32;
        cusolverDnDpotrfBatched(handle: Handle, triangle: i32, n: i32, a: u64, lda: i32, info: u64, count: i32) -> i32;
        cusolverDnCpotrfBatched(handle: Handle, triangle: i32, n: i32, a: u64, lda: i32, info: u64, count: i32) -> i32;
        cusolverDnZpotrfBatched(handle: Handle, triangle: i32, n: i32, a: u64, lda: i32, info: u64, count: i32) -> i32;

        cusolverDnSgesvdjBatched_bufferSize(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            size: *mut i32, params: Handle, count: i32,
        ) -> i32;
        cusolverDnDgesvdjBatched_bufferSize(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            size: *mut i32, params: Handle, count: i32,
        ) -> i32;
        cusolverDnCgesvdjBatched_bufferSize(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            size: *mut i32, params: Handle, count: i32,
        ) -> i32;
        cusolverDnZgesvdjBatched_bufferSize(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            size: *mut i32, params: Handle, count: i32,
        ) -> i32;
        cusolverDnSgesvdjBatched(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            work: u64, size: i32, info: u64, params: Handle, count: i32,
        ) -> i32;
        cusolverDnDgesvdjBatched(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            work: u64, size: i32, info: u64, params: Handle, count: i32,
        ) -> i32;
        cusolverDnCgesvdjBatched(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            work: u64, size: i32, info: u64, params: Handle, count: i32,
        ) -> i32;
        cusolverDnZgesvdjBatched(
            handle: Handle, job: i32, m: i32, n: i32, a: u64, lda: i32, s: u64, u: u64, ldu: i32, v: u64, ldv: i32,
            work: u64, size: i32, info: u64, params: Handle, count: i32,
        ) -> i32;
    }
    optional {
        cusolverGetProperty(kind: i32, value: *mut i32) -> i32;
        cusolverDnXgesvdp_bufferSize(
            handle: Handle, params: Handle, job: i32, econ: i32, m: i64, n: i64, a_type: i32, a: u64, lda: i64,
            s_type: i32, s: u64, u_type: i32, u: u64, ldu: i64, v_type: i32, v: u64, ldv: i64, compute_type: i32,
            on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXgesvdp(
            handle: Handle, params: Handle, job: i32, econ: i32, m: i64, n: i64, a_type: i32, a: u64, lda: i64,
            s_type: i32, s: u64, u_type: i32, u: u64, ldu: i64, v_type: i32, v: u64, ldv: i64, compute_type: i32,
            device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64, shift: *mut f64,
        ) -> i32;
        cusolverDnXsyevBatched_bufferSize(
            handle: Handle, params: Handle, job: i32, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, compute_type: i32, on_device: *mut usize, on_host: *mut usize, count: i64,
        ) -> i32;
        cusolverDnXsyevBatched(
            handle: Handle, params: Handle, job: i32, triangle: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, compute_type: i32, device: u64, on_device: usize, host: *mut c_void, on_host: usize,
            info: u64, count: i64,
        ) -> i32;
        cusolverDnXgeev_bufferSize(
            handle: Handle, params: Handle, job_left: i32, job_right: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, left_type: i32, left: u64, ldl: i64, right_type: i32, right: u64, ldr: i64, compute_type: i32,
            on_device: *mut usize, on_host: *mut usize,
        ) -> i32;
        cusolverDnXgeev(
            handle: Handle, params: Handle, job_left: i32, job_right: i32, n: i64, a_type: i32, a: u64, lda: i64,
            w_type: i32, w: u64, left_type: i32, left: u64, ldl: i64, right_type: i32, right: u64, ldr: i64, compute_type: i32,
            device: u64, on_device: usize, host: *mut c_void, on_host: usize, info: u64,
        ) -> i32;
    }
}

/// cuSOLVER, after the libraries that it needs: the system's loader would not find those of the `nvidia-*` packages.
///
/// # Errors
/// What is missing, where it was looked for and the command that mends it.
pub fn load() -> Result<&'static Cusolver, String> {
    static KEPT: OnceLock<Vec<Loaded>> = OnceLock::new();
    if let Some(api) = Cusolver::loaded() {
        return Ok(api);
    }
    Cublas::get()?;
    // What is missing shows when cuSOLVER itself is loaded.
    KEPT.get_or_init(|| BESIDE.iter().filter_map(|spec| open(spec).ok()).collect());
    Cusolver::get()
}

/// Values of parameters, by NVIDIA's names.
pub mod constants {
    /// `CUSOLVER_STATUS_ALLOC_FAILED`
    pub const ALLOC_FAILED: i32 = 2;
    /// `CUSOLVER_EIG_MODE_NOVECTOR`
    pub const NO_VECTORS: i32 = 0;
    /// `CUSOLVER_EIG_MODE_VECTOR`
    pub const VECTORS: i32 = 1;
    /// `CUBLAS_FILL_MODE_LOWER`
    pub const LOWER: i32 = 0;
    /// `CUBLAS_FILL_MODE_UPPER`
    pub const UPPER: i32 = 1;
    /// No singular vectors
    pub const NONE: i8 = b'N' as i8;
    /// As many singular vectors as values
    pub const SOME: i8 = b'S' as i8;
    /// All singular vectors
    pub const ALL: i8 = b'A' as i8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_counts_one_behind_the_toolkit() {
        assert_eq!((major_for(12), major_for(13)), (11, 12));
    }
}
