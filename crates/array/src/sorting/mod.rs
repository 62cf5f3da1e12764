//! Sorting, searching and counting.

pub mod functions;
pub mod ordering;
pub(crate) mod rows;
pub mod searching;
