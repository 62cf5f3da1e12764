//! Diagonals as views.

use crate::array::Array;
use cuprous_core::layout::Layout;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{Error, Result};

/// A diagonal of the matrices that two axes span, as a view whose last axis runs along it.
///
/// # Errors
/// `Value` and `Axis` in NumPy's words.
pub(super) fn diagonal(a: &Array, offset: isize, axis1: isize, axis2: isize) -> Result<Array> {
    if a.n_axes() < 2 {
        return Err(Error::value("diag requires an array of at least two dimensions"));
    }
    let i = normalize_axis(axis1, a.n_axes()).map_err(|e| e.during("axis1"))?;
    let j = normalize_axis(axis2, a.n_axes()).map_err(|e| e.during("axis2"))?;
    if i == j {
        return Err(Error::value("axis1 and axis2 cannot be the same"));
    }
    let own = a.layout();
    let (down, right) = (offset.min(0).unsigned_abs(), offset.max(0).unsigned_abs());
    let n = own.shape[i].saturating_sub(down).min(own.shape[j].saturating_sub(right));
    let mut layout = Layout { shape: Default::default(), strides: Default::default(), offset: own.offset };
    for k in (0..a.n_axes()).filter(|&k| k != i && k != j) {
        layout.shape.push(own.shape[k]);
        layout.strides.push(own.strides[k]);
    }
    layout.shape.push(n);
    layout.strides.push(own.strides[i] + own.strides[j]);
    if layout.size() > 0 {
        let start = down as isize * own.strides[i] + right as isize * own.strides[j];
        layout.offset = layout.offset.wrapping_add_signed(start);
    }
    Array::from_storage(a.force()?, layout, a.dtype())
}
