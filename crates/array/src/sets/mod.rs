//! Sets: arrays without repetitions, and what two of them have in common.

pub mod functions;
pub mod unique;
