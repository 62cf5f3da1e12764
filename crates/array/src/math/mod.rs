//! Mathematical functions: one Rust function for each row of the tables.

pub mod functions;

use crate::array::Array;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::Result;
use cuprous_ops::ufuncs::arithmetic::*;
use cuprous_ops::ufuncs::exponential::*;
use cuprous_ops::ufuncs::hyperbolic::*;
use cuprous_ops::ufuncs::rounding::*;
use cuprous_ops::ufuncs::trigonometric::*;

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
cuprous_ops::for_each_arithmetic!(function_of_each);
cuprous_ops::for_each_exponential!(function_of_each);
cuprous_ops::for_each_hyperbolic!(function_of_each);
cuprous_ops::for_each_rounding!(function_of_each);
cuprous_ops::for_each_trigonometric!(function_of_each);
