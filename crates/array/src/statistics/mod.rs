//! Statistics.

pub mod correlation;
mod estimators;
pub mod functions;
pub mod histograms;
pub mod nan;
pub mod order;
mod quantiles;
pub mod spread;
