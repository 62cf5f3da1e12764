//! Logic functions: comparison, truth, bits, and the choice by a condition: one Rust function for each row of the tables.

pub mod comparing;
pub mod functions;
pub mod kinds;

use cuprous_ops::ufuncs::bitwise::*;
use cuprous_ops::ufuncs::comparison::*;
use cuprous_ops::ufuncs::logic::*;

cuprous_ops::for_each_bitwise!(function_of_each);
cuprous_ops::for_each_comparison!(function_of_each);
cuprous_ops::for_each_logic!(function_of_each);
