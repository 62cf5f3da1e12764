//! The engine's front doors: element-wise work, reductions, scans, products; placement and configuration.

/// Makes a Rust function of each row that a chapter's `for_each_...` macro hands over.
macro_rules! function_of_each {
    ($($(#[$doc:meta])+ $name:ident $def:ident ($($arg:ident),+) $(-> ($($out:ident),+))?;)+) => {$(
        function_of_each!(@one [$(#[$doc])+] $name $def ($($arg),+) $(-> ($($out),+))?);
    )+};
    (@one [$(#[$doc:meta])+] $name:ident $def:ident ($($arg:ident),+)) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// `Shape`, `Type` or `Value` in NumPy's words.
        pub fn $name<'a>($($arg: impl Into<$crate::engine::Input<'a>>),+) -> $crate::Result<$crate::Array> {
            $crate::engine::apply(&$def, &[$($arg.into()),+], &$crate::engine::UfuncOptions::default())
        }
    };
    (@one [$(#[$doc:meta])+] $name:ident $def:ident ($($arg:ident),+) -> ($first:ident, $second:ident)) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// `Shape`, `Type` or `Value` in NumPy's words.
        pub fn $name<'a>($($arg: impl Into<$crate::engine::Input<'a>>),+) -> $crate::Result<($crate::Array, $crate::Array)> {
            $crate::engine::apply_two(&$def, &[$($arg.into()),+], &$crate::engine::UfuncOptions::default())
        }
    };
}

pub mod config;
pub mod elementwise;
pub mod memory;
pub mod methods;
pub mod place;
pub mod reduce;
pub mod resolve;
pub mod scan;

pub use elementwise::{Input, UfuncOptions, apply, apply_two};
pub use reduce::{ReduceOptions, reduce};
pub use scan::scan;
