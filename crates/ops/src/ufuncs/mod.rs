//! Element-wise ops by NumPy's chapters.

pub mod arithmetic;
pub mod comparison;
pub mod exponential;
pub mod hyperbolic;
pub mod logic;
pub mod trigonometric;

/// All chapters.
pub static CHAPTERS: &[&[&cuprous_core::UfuncDef]] =
    &[arithmetic::ALL, comparison::ALL, exponential::ALL, hyperbolic::ALL, logic::ALL, trigonometric::ALL];
