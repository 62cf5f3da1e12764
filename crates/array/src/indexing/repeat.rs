//! Values that begin anew when they run out, and arrays written through their elements in C order.

use super::access::{along, gather};
use super::nonzero::counting;
use crate::array::Array;
use cuprous_core::Result;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;

/// The elements of an array in C order, `n` of them: the first ones, or all of them again and again.
pub(super) fn repeated(values: &Array, n: usize) -> Result<Array> {
    let flat = values.reshape(&[-1])?;
    match flat.size() {
        m if m == n => Ok(flat),
        1 => flat.broadcast_to(&[n]),
        m if m > n => flat.slice(&[Slice::Range(None, Some(n as isize), 1)]),
        _ => gather(&along(&flat, 0, &counting(n, values)?, IndexMode::Wrap)?),
    }
}

/// Lets `f` write to the elements of an array in C order. Where strides cannot express that, it writes to a copy, which
/// is written back.
pub(super) fn through_flat(a: &Array, f: impl FnOnce(&Array) -> Result<()>) -> Result<()> {
    let size = [a.size()];
    if a.layout().reshape(&size, a.dtype().size()).is_some() {
        return f(&a.reshape(&[-1])?);
    }
    let copy = a.reshape(&[-1])?;
    f(&copy)?;
    let shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).collect();
    a.assign((&copy.reshape(&shape)?).into())
}
