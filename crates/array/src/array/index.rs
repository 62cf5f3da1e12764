//! Basic indexing: reading gives views, or an element of its own; writing goes through the gate.

use super::Array;
use super::write::assign;
use crate::engine::Input;
use crate::engine::elementwise::{MemoryOrder, astype};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::shape::tight;
use cuprous_core::{Error, Result};

impl Array {
    /// Reads by basic indices. A view, but one element is a pending copy of its own, so that
    /// `a[i], a[j] = a[j], a[i]` swaps as with NumPy's scalars.
    ///
    /// # Errors
    /// `Index` in NumPy's words.
    pub fn get(&self, index: &[Slice]) -> Result<Array> {
        let view = self.slice(index)?;
        let is_element = index.len() == self.n_axes() && index.iter().all(|s| matches!(s, Slice::At(_)));
        if is_element { astype(&view, view.dtype(), Casting::Unsafe, MemoryOrder::C) } else { Ok(view) }
    }

    /// Writes to the elements that basic indices select.
    ///
    /// # Errors
    /// `Index` and `Shape` in NumPy's words; `Overflow` for a Python integer that the dtype cannot hold.
    pub fn set(&self, index: &[Slice], value: Input) -> Result<()> {
        let target = self.slice(index)?;
        let is_element = index.len() == self.n_axes() && index.iter().all(|s| matches!(s, Slice::At(_)));
        if is_element
            && let Input::Array(a) = value
            && a.size() != 1
        {
            return Err(Error::value("setting an array element with a sequence."));
        }
        target.assign(value)
    }

    /// Writes a value to all elements, converted to this array's dtype and broadcast to its shape.
    ///
    /// # Errors
    /// `Shape` in NumPy's words; `Overflow` for a Python integer that the dtype cannot hold.
    pub fn assign(&self, value: Input) -> Result<()> {
        let own;
        let source = match value {
            Input::Array(a) => a,
            Input::Scalar(s) => {
                own = crate::creation::fill_value(self.shape(), s.cast(self.dtype()), self.queue());
                &own
            }
            Input::Weak(w) => {
                own = crate::creation::fill_value(self.shape(), w.to_scalar(self.dtype())?, self.queue());
                &own
            }
        };
        if source.device() != self.device() {
            return Err(Error::device(format!(
                "cannot write an array of {} into one of {}: move it with `asarray(x, device=...)`",
                source.device(),
                self.device()
            )));
        }
        // Leading axes of length 1 that the target lacks are dropped, as in NumPy.
        let extra = source.n_axes().saturating_sub(self.n_axes());
        let fits = source.shape()[..extra].iter().all(|&n| n == 1)
            && source.shape()[extra..].iter().rev().zip(self.shape().iter().rev()).all(|(&n, &m)| n == 1 || n == m);
        if !fits {
            return Err(Error::shape(format!(
                "could not broadcast input array from shape {} into shape {}",
                tight(source.shape()),
                tight(self.shape())
            )));
        }
        let source = if extra > 0 {
            let kept: Vec<isize> = source.shape()[extra..].iter().map(|&n| n as isize).collect();
            source.reshape(&kept)?
        } else {
            source.clone()
        };
        let is_ours = !matches!(value, Input::Array(_));
        assign(self, source.node().clone(), is_ours, None)
    }

    /// As [`Array::assign`], with a value of the same shape that nobody else needs: one that reads the elements which it
    /// replaces is computed in their place.
    pub(crate) fn assign_own(&self, value: Array) -> Result<()> {
        let node = value.node().clone();
        drop(value);
        assign(self, node, true, None)
    }

    /// A value that was made from this array, which nobody else needs, instead of it: in its memory, if it has any.
    pub(crate) fn replaced(self, value: Array) -> Result<Array> {
        if self.is_pending() {
            return Ok(value);
        }
        self.assign_own(value)?;
        Ok(self)
    }

    /// Writes a number to all elements.
    ///
    /// # Errors
    /// `Overflow` for a Python integer that the dtype cannot hold.
    pub fn fill(&self, value: Input) -> Result<()> {
        self.assign(value)
    }
}
