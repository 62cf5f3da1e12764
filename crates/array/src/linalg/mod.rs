//! Linear algebra.

pub mod decompose;
mod diagonal;
pub mod eigen;
pub mod einsum;
pub mod functions;
mod gufunc;
mod matmul;
pub mod namespace;
pub mod norms;
pub mod path;
pub mod solve;
mod stack;
mod subscripts;
mod tensor;

pub use gufunc::{Gufunc, GufuncOptions};
pub use matmul::{matmul, matmul_in_place};
