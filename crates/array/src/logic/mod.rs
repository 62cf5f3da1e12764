//! Logic functions: comparison, truth, bits, and the choice by a condition: one Rust function for each row of the tables.

pub mod functions;

use crate::array::Array;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::Result;
use cuprous_ops::ufuncs::bitwise::*;
use cuprous_ops::ufuncs::comparison::*;
use cuprous_ops::ufuncs::logic::*;

macro_rules! function_of_each {
    ($($(#[$doc:meta])+ $name:ident $def:ident ($($arg:ident),+);)+) => {$(
        $(#[$doc])+
        ///
        /// # Errors
        /// `Shape`, `Type` or `Value` in NumPy's words.
        pub fn $name<'a>($($arg: impl Into<Input<'a>>),+) -> Result<Array> {
            apply(&$def, &[$($arg.into()),+], &UfuncOptions::default())
        }
    )+};
}
cuprous_ops::for_each_bitwise!(function_of_each);
cuprous_ops::for_each_comparison!(function_of_each);
cuprous_ops::for_each_logic!(function_of_each);
