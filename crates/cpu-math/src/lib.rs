//! Linear algebra on the CPU, instantiated once for each element type.

mod matmul;

pub use matmul::{Matrix, Problem, matmul};
