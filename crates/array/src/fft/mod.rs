//! Discrete Fourier transforms: along one axis in `functions`, along several in `several`, and what belongs to their
//! frequencies.

pub mod frequencies;
pub mod functions;
pub mod several;
mod transform;
