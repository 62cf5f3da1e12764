//! Linear algebra.

pub mod decompose;
mod diagonal;
pub mod eigen;
pub mod einsum;
mod failures;
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

pub use failures::{LinalgErrors, errors, errors_word, set_errors};
pub use gufunc::{Gufunc, GufuncOptions};
pub use matmul::{matmul, matmul_in_place};
