//! Views: other shapes over the same memory.

use super::node::Node;
use super::{Array, force_node};
use crate::engine::elementwise::{MemoryOrder, astype};
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Error, Result};

impl Array {
    /// A view of this array's memory under another layout, which the caller derived from this one's.
    fn with_layout(&self, layout: Layout, dtype: DType) -> Result<Array> {
        let storage = force_node(&self.node)?;
        layout.check_inside(dtype.size(), storage.buffer.len())?;
        Ok(Array::from_node(Node::ready(dtype, layout, self.node.queue.clone(), storage)))
    }

    /// The part that basic indexing selects, as a view.
    ///
    /// # Errors
    /// `Index` in NumPy's words.
    pub fn slice(&self, index: &[Slice]) -> Result<Array> {
        self.with_layout(self.layout().slice(index)?, self.dtype())
    }

    /// The axes in another order, as a view.
    ///
    /// # Errors
    /// `Value` or `Axis` if `axes` is not a permutation.
    pub fn permute(&self, axes: &[isize]) -> Result<Array> {
        self.with_layout(self.layout().permute(axes)?, self.dtype())
    }

    /// The axes reversed, as a view.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn t(&self) -> Result<Array> {
        let axes: Vec<isize> = (0..self.n_axes() as isize).rev().collect();
        self.permute(&axes)
    }

    /// The array repeated along axes of length 1 or none, as a view with strides of 0.
    ///
    /// # Errors
    /// `Shape` in NumPy's words.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Array> {
        cuprous_core::shape::checked_size(shape, self.dtype().size())?;
        self.with_layout(self.layout().broadcast_to(shape)?, self.dtype())
    }

    /// The elements in C order under another shape: a view where strides allow, else a copy. One extent may be -1.
    ///
    /// # Errors
    /// `Value` in NumPy's words if the sizes differ.
    pub fn reshape(&self, shape: &[isize]) -> Result<Array> {
        let target = self.layout().resolve_reshape(shape)?;
        match self.layout().reshape(&target, self.dtype().size()) {
            Some(layout) => self.with_layout(layout, self.dtype()),
            None => {
                let copy = astype(self, self.dtype(), Casting::Unsafe, MemoryOrder::C)?;
                let layout = Layout::contiguous(&target, self.dtype().size(), cuprous_core::layout::Order::C);
                copy.with_layout(layout, self.dtype())
            }
        }
    }

    /// A view of the memory with any extents, and any strides in bytes that are multiples of the elements' size.
    ///
    /// # Errors
    /// `Value` if an element would lie outside the memory, or not at a multiple of its size; other numbers of extents and
    /// strides.
    pub fn as_strided(&self, shape: &[usize], strides: &[isize]) -> Result<Array> {
        if shape.len() != strides.len() {
            return Err(Error::value("strides, if given, must be the same length as shape"));
        }
        let size = self.dtype().size();
        cuprous_core::shape::checked_size(shape, size)?;
        let used = || shape.iter().zip(strides).filter(|(n, _)| **n > 1).map(|(_, s)| *s);
        if !shape.contains(&0) && used().any(|s| s % size as isize != 0) {
            return Err(Error::value(format!("strides {strides:?} are not multiples of {size} bytes, the size of an element")));
        }
        let layout = Layout { shape: shape.into(), strides: strides.into(), offset: self.layout().offset };
        let storage = force_node(&self.node)?;
        layout.check_inside(size, storage.buffer.len()).map_err(|e| Error::value(e.message().to_owned()))?;
        self.with_layout(layout, self.dtype())
    }

    /// The real parts of a complex array, as a view; the array itself if it is real.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn real(&self) -> Result<Array> {
        self.part(0)
    }

    /// The imaginary parts of a complex array, as a view.
    ///
    /// # Errors
    /// `Type` if the array is not complex.
    pub fn imag(&self) -> Result<Array> {
        if self.dtype().real() == self.dtype() {
            return Err(Error::type_error(format!("an array of {} has no imaginary part to view", self.dtype())));
        }
        self.part(1)
    }

    /// The same bytes as elements of another dtype, as a view: another size of element changes the last axis.
    ///
    /// # Errors
    /// `Value` in NumPy's words if the last axis does not allow it, or if an element would not lie at a multiple
    /// of its size, where a GPU cannot read it.
    pub fn view_as(&self, dtype: DType) -> Result<Array> {
        let (old, new) = (self.dtype().size(), dtype.size());
        let mut layout = self.layout().clone();
        if old != new {
            let Some(last) = self.n_axes().checked_sub(1) else {
                return Err(Error::value("Changing the dtype of a 0d array is only supported if the itemsize is unchanged"));
            };
            if layout.shape[last] != 1 && self.size() != 0 && layout.strides[last] != old as isize {
                return Err(Error::value("To change to a dtype of a different size, the last axis must be contiguous"));
            }
            if new < old {
                if !old.is_multiple_of(new) {
                    return Err(Error::value("When changing to a smaller dtype, its size must be a divisor of the size of original dtype"));
                }
                layout.shape[last] *= old / new;
            } else {
                let n_bytes = layout.shape[last] * old;
                if !n_bytes.is_multiple_of(new) {
                    return Err(Error::value(
                        "When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of the array.",
                    ));
                }
                layout.shape[last] = n_bytes / new;
            }
            layout.strides[last] = new as isize;
        }
        let steps = layout.strides.iter().zip(&layout.shape).filter(|(_, n)| **n > 1).map(|(s, _)| s.unsigned_abs());
        if layout.size() > 0 && steps.chain([layout.offset]).any(|step| !step.is_multiple_of(new)) {
            return Err(Error::value(format!(
                "a view as {dtype} would have elements at addresses that are no multiples of {new} bytes, which not every device can read: view a copy"
            )));
        }
        self.with_layout(layout, dtype)
    }

    /// A view with as few axes as strides allow, none of length 1.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn reduced_view(&self) -> Result<Array> {
        let own = self.layout();
        let mut layout = Layout { shape: Default::default(), strides: Default::default(), offset: own.offset };
        for (&n, &stride) in own.shape.iter().zip(&own.strides).filter(|(n, _)| **n != 1) {
            match (layout.shape.last_mut(), layout.strides.last_mut()) {
                (Some(last), Some(step)) if *step == stride * n as isize => {
                    *last *= n;
                    *step = stride;
                }
                _ => {
                    layout.shape.push(n);
                    layout.strides.push(stride);
                }
            }
        }
        if self.size() == 0 {
            layout = Layout::contiguous(&[0], self.dtype().size(), cuprous_core::layout::Order::C);
            layout.offset = own.offset;
        }
        self.with_layout(layout, self.dtype())
    }

    fn part(&self, k: usize) -> Result<Array> {
        let real = self.dtype().real();
        let mut layout = self.layout().clone();
        layout.offset += k * real.size();
        self.with_layout(layout, real)
    }
}
