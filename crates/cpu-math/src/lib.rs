//! Linear algebra and Fourier transforms on the CPU, instantiated once for each element type.

mod fft;
pub mod linalg;
mod matmul;

pub use fft::{FftPlan, FftScratch, Lines};
pub use matmul::{Matrix, Problem, matmul};
