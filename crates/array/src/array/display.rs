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
        let mut part = self.clone();
        // The longest axis first: what is copied then is small.
        let mut axes: Vec<usize> = (0..self.n_axes()).filter(|&k| self.shape()[k] > 2 * n + 1).collect();
        axes.sort_by_key(|&k| std::cmp::Reverse(self.shape()[k]));
        for k in axes {
            let mut shape = part.shape().to_vec();
            shape[k] = 2 * n + 1;
            let short = empty(&shape, part.dtype(), CreateOptions { device: Some(part.device()), ..CreateOptions::default() })?;
            let along = |first: isize, stop: Option<isize>| {
                let mut index = vec![Slice::Range(None, None, 1); shape.len()];
                index[k] = Slice::Range(Some(first), stop, 1);
                index
            };
            let n = n as isize;
            short.set(&along(0, Some(n + 1)), (&part.slice(&along(0, Some(n + 1)))?).into())?;
            if n > 0 {
                short.set(&along(-n, None), (&part.slice(&along(-n, None))?).into())?;
            }
            part = short;
        }
        Ok(part)
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
