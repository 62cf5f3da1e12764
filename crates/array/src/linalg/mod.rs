//! Linear algebra.

mod matmul;

pub use matmul::matmul;
