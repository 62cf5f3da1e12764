//! Linear algebra.

pub mod functions;
mod matmul;

pub use matmul::matmul;
