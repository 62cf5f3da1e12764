//! Linear algebra.

mod diagonal;
pub mod einsum;
pub mod functions;
mod gufunc;
mod matmul;
pub mod namespace;
mod subscripts;
mod tensor;

pub use gufunc::{Gufunc, GufuncOptions};
pub use matmul::{matmul, matmul_in_place};
