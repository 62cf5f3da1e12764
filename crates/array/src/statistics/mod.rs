//! Statistics.

pub mod functions;
pub mod nan;
pub mod spread;
