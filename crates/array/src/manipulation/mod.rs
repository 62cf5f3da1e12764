//! Array manipulation: joining and rearranging comes here; reshape and transpose are methods of the array.

pub mod functions;

use crate::array::Array;
use cuprous_core::Result;
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
