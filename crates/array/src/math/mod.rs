//! Mathematical functions: one Rust function for each row of the tables.

pub mod clip;
pub mod functions;
pub mod rounding;
pub mod running;

use cuprous_ops::ufuncs::arithmetic::*;
use cuprous_ops::ufuncs::exponential::*;
use cuprous_ops::ufuncs::hyperbolic::*;
use cuprous_ops::ufuncs::rounding::*;
use cuprous_ops::ufuncs::trigonometric::*;

cuprous_ops::for_each_arithmetic!(function_of_each);
cuprous_ops::for_each_exponential!(function_of_each);
cuprous_ops::for_each_hyperbolic!(function_of_each);
cuprous_ops::for_each_rounding!(function_of_each);
cuprous_ops::for_each_trigonometric!(function_of_each);
