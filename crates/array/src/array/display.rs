//! Printing: the elements that are shown, and for Rust the text.

use super::Array;
use crate::creation::{CreateOptions, empty};
use cuprous_core::layout::Slice;
use cuprous_core::{Result, with_dtype};
use std::fmt;

/// How many elements are shown.
const SHOWN: usize = 12;

impl Array {
    /// What a text that leaves out the middle shows: of each axis with more than `2 * n` places its first and last
    /// `n` and one between them, which stands for all that is left out. Nothing else is copied.
    ///
    /// # Errors
    /// Those of computing the value; `Memory`.
    pub fn edges(&self, n: usize) -> Result<Array> {
        let long: Vec<usize> = (0..self.n_axes()).filter(|&k| self.shape()[k] > 2 * n + 1).collect();
        if long.is_empty() {
            return Ok(self.clone());
        }
        let shape: Vec<usize> = self.shape().iter().map(|&m| m.min(2 * n + 1)).collect();
        let out = empty(&shape, self.dtype(), CreateOptions { device: Some(self.device()), ..CreateOptions::default() })?;
        // Each long axis has a block at its beginning and one at its end: one copy for each choice of these.
        let n = n as isize;
        for choice in 0..1u64 << long.len().min(63) {
            let mut index = vec![Slice::Range(None, None, 1); shape.len()];
            for (bit, &k) in long.iter().enumerate() {
                index[k] = if choice >> bit & 1 == 0 { Slice::Range(Some(0), Some(n + 1), 1) } else { Slice::Range(Some(-n), None, 1) };
            }
            out.set(&index, (&self.slice(&index)?).into())?;
        }
        Ok(out)
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array of {} {} on {}", self.dtype(), cuprous_core::shape::tuple(self.shape()), self.device())
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements = || -> Result<Vec<String>> {
            let flat = match self.size() {
                0..=SHOWN => self.clone(),
                _ if self.is_c_contiguous() => self.reshape(&[-1])?.slice(&[Slice::Range(None, Some(SHOWN as isize), 1)])?,
                _ => self.clone(),
            };
            with_dtype!(flat.dtype(), T => Ok(flat.to_vec::<T>()?.iter().take(SHOWN).map(|x| format!("{x:?}")).collect()))
        };
        match elements() {
            Ok(shown) => {
                let more = if self.size() > SHOWN { ", ..." } else { "" };
                write!(f, "[{}{more}] {}", shown.join(", "), cuprous_core::shape::tuple(self.shape()))
            }
            Err(e) => write!(f, "<{e}>"),
        }
    }
}
