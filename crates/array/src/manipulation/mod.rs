//! Array manipulation: other shapes in `functions`, and joining, splitting and the rest in files of their own.

pub mod copies;
pub mod functions;
pub mod joining;
pub mod padding;
pub mod rearranging;
pub mod repeating;
pub mod shapes;
pub mod sharing;
pub mod splitting;
pub mod strides;
pub mod trimming;

use crate::array::Array;
use cuprous_core::Result;
use cuprous_core::layout::Slice;
use cuprous_core::shape::{Dims, broadcast};

/// Arrays broadcast against each other, as views.
///
/// # Errors
/// `Shape` in NumPy's words.
pub fn broadcast_arrays(arrays: &[&Array]) -> Result<Vec<Array>> {
    let shapes: Vec<&[usize]> = arrays.iter().map(|a| a.shape()).collect();
    let shape: Dims = broadcast(&shapes)?;
    arrays.iter().map(|a| a.broadcast_to(&shape)).collect()
}

/// The index of a part along one axis.
pub(crate) fn along(axis: usize, part: Slice) -> Vec<Slice> {
    let mut index = vec![Slice::Range(None, None, 1); axis];
    index.push(part);
    index
}

/// The index of the places from `first` up to `stop` along one axis.
pub(crate) fn between(axis: usize, first: usize, stop: usize) -> Vec<Slice> {
    along(axis, Slice::Range(Some(first as isize), Some(stop as isize), 1))
}
