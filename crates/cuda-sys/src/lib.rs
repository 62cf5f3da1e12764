//! NVIDIA's libraries, found and loaded when they are first needed: thin signatures, no safety, no panics.
//!
//! Each module holds one library as a struct of function pointers. `get()` loads it once; a missing library or
//! function is an error that says what is missing, where it was looked for and how to get it. Handles and
//! device addresses are plain integers of pointer size: the ABI is the same, and integers can be sent between
//! threads, as NVIDIA's handles may be.

#[macro_use]
mod table;

pub mod cublas;
pub mod cufft;
pub mod curand;
pub mod cusolver;
pub mod cusparse;
pub mod cusparselt;
pub mod cutensor;
pub mod driver;
pub mod nccl;
pub mod nvrtc;
pub mod nvtx;
pub mod search;
mod structs;

pub use cublas::Cublas;
pub use cufft::Cufft;
pub use curand::Curand;
pub use cusolver::Cusolver;
pub use cusparse::Cusparse;
pub use cusparselt::CusparseLt;
pub use cutensor::{Cutensor, CutensorMg};
pub use driver::Driver;
pub use nccl::Nccl;
pub use nvrtc::Nvrtc;
pub use nvtx::Nvtx;

/// An opaque handle of one of the libraries (a `CUstream`, `cublasHandle_t`, ...).
pub type Handle = usize;
