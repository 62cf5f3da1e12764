//! The array of cuprous: values that may wait, one flush, one write gate, and NumPy's functions over them.
//!
//! Folders carry the names of NumPy's reference chapters. Nothing here knows a backend or Python.
#![forbid(unsafe_code)]

// `#[function]` names this crate by its full name, here as in the crates above.
extern crate self as cuprous_array;

pub mod array;
pub mod creation;
#[macro_use]
pub mod engine;
pub mod fft;
pub mod function;
pub mod indexing;
pub mod kernels;
pub mod linalg;
pub mod logic;
pub mod manipulation;
pub mod math;
pub mod random;
pub mod sets;
pub mod sorting;
pub mod statistics;

pub use array::{Array, Storage};
pub use cuprous_core::layout::{Order, Slice};
pub use cuprous_core::{DType, Device, Element, Error, ErrorKind, Result, Scalar, Weak, c64, c128, f16};
pub use engine::Input;
