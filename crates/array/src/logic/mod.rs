//! Logic functions: comparison, truth, and the choice by a condition.

pub mod functions;

use crate::array::Array;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::Result;
use cuprous_ops::ufuncs;

macro_rules! functions {
    ($($chapter:ident { $($name:ident $def:ident ($($arg:ident),+);)+ })*) => {$($(
        #[doc = concat!("`numpy.", stringify!($name), "`, element by element.")]
        ///
        /// # Errors
        /// `Shape` or `Type` in NumPy's words.
        pub fn $name<'a>($($arg: impl Into<Input<'a>>),+) -> Result<Array> {
            apply(&ufuncs::$chapter::$def, &[$($arg.into()),+], &UfuncOptions::default())
        }
    )+)*};
}
functions! {
    comparison {
        equal EQUAL (x1, x2); not_equal NOT_EQUAL (x1, x2); less LESS (x1, x2); less_equal LESS_EQUAL (x1, x2);
        greater GREATER (x1, x2); greater_equal GREATER_EQUAL (x1, x2); select WHERE (condition, x, y);
    } logic {
        logical_and LOGICAL_AND (x1, x2); logical_or LOGICAL_OR (x1, x2); logical_not LOGICAL_NOT (x); isnan ISNAN (x);
    }
}
