//! Mathematical functions: one Rust function for each row of the tables.

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
        /// `Shape`, `Type` or `Value` in NumPy's words.
        pub fn $name<'a>($($arg: impl Into<Input<'a>>),+) -> Result<Array> {
            apply(&ufuncs::$chapter::$def, &[$($arg.into()),+], &UfuncOptions::default())
        }
    )+)*};
}
functions! {
    arithmetic {
        add ADD (x1, x2); subtract SUBTRACT (x1, x2); multiply MULTIPLY (x1, x2); divide DIVIDE (x1, x2);
        floor_divide FLOOR_DIVIDE (x1, x2); remainder REMAINDER (x1, x2); power POWER (x1, x2);
        negative NEGATIVE (x); absolute ABSOLUTE (x); sign SIGN (x); square SQUARE (x);
        maximum MAXIMUM (x1, x2); minimum MINIMUM (x1, x2);
    } exponential {
        exp EXP (x); log LOG (x); sqrt SQRT (x);
    } hyperbolic {
        tanh TANH (x);
    } trigonometric {
        sin SIN (x); cos COS (x);
    }
}
