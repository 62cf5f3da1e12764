//! The engine's front doors: element-wise work, reductions, scans, products; placement and configuration.

pub mod config;
pub mod elementwise;
pub mod place;
pub mod reduce;
pub mod resolve;
pub mod scan;

pub use elementwise::{Input, UfuncOptions, apply};
pub use reduce::{ReduceOptions, reduce};
pub use scan::scan;
