//! Statistics.

pub mod functions;
