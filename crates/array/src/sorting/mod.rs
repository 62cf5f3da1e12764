//! Sorting, searching and counting.

pub mod functions;
