//! The vocabulary and the contracts of cuprous: what a dtype, a layout, a buffer, an op, a program
//! and a backend are. Nothing here computes on arrays, names an op or calls a foreign library.

#[macro_use]
pub mod dtype;

pub mod arena;
pub mod backend;
pub mod blocks;
pub mod buffer;
pub mod cache;
pub mod cast;
pub mod device;
pub mod error;
pub mod foreign;
pub mod hooks;
pub mod indexing;
pub mod iteration;
pub mod kernel;
pub mod layout;
pub mod linalg;
pub mod op;
pub mod promote;
pub mod registry;
pub mod scalar;
pub mod shape;
pub mod sorting;

pub use backend::{Backend, MatmulSpec, RandomSpec, ReduceLaunch, ScanLaunch};
pub use buffer::{Allocation, Buffer};
pub use device::{Device, DeviceKind, Event, EventOptions, Queue, QueueOptions};
pub use dtype::{DType, Element, Kind};
pub use error::{Error, ErrorKind, Result};
pub use indexing::{GatherSpec, PlacesSpec, ScatterSpec};
pub use kernel::{Launch, Operand, Program, Step, StepIdx};
pub use layout::Layout;
pub use linalg::Linalg;
pub use op::{LoopDef, ReduceDef, ReduceRow, ScanDef, ScanRow, UfuncDef};
pub use scalar::{Scalar, Weak};
pub use sorting::{CountSpec, SearchSpec, SelectSpec, SortSpec};

pub use half::f16;
pub use num_complex::Complex;

/// Complex number of two `f32`, NumPy's `complex64`.
#[allow(non_camel_case_types)]
pub type c64 = Complex<f32>;
/// Complex number of two `f64`, NumPy's `complex128`.
#[allow(non_camel_case_types)]
pub type c128 = Complex<f64>;
