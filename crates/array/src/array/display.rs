//! Printing for Rust: shape, dtype, device and the first elements.

use super::Array;
use cuprous_core::with_dtype;
use std::fmt;

/// How many elements are shown.
const SHOWN: usize = 12;

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array of {} {} on {}", self.dtype(), cuprous_core::shape::tuple(self.shape()), self.device())
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements =
            with_dtype!(self.dtype(), T => self.to_vec::<T>().map(|v| v.iter().take(SHOWN).map(|x| format!("{x:?}")).collect::<Vec<_>>()));
        match elements {
            Ok(shown) => {
                let more = if self.size() > SHOWN { ", ..." } else { "" };
                write!(f, "[{}{more}] {}", shown.join(", "), cuprous_core::shape::tuple(self.shape()))
            }
            Err(e) => write!(f, "<{e}>"),
        }
    }
}
