//! Element-wise ops by NumPy's chapters.

pub mod arithmetic;
pub mod bitwise;
pub mod comparison;
pub mod exponential;
pub mod hyperbolic;
pub mod logic;
pub mod rounding;
pub mod trigonometric;

/// All chapters.
pub static CHAPTERS: &[&[&cuprous_core::UfuncDef]] =
    &[arithmetic::ALL, bitwise::ALL, comparison::ALL, exponential::ALL, hyperbolic::ALL, logic::ALL, rounding::ALL, trigonometric::ALL];
