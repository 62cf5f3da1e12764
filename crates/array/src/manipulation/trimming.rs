//! Zeros cut off at the ends.

use super::functions::distinct_axes;
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::{ReduceOptions, reduce};
use crate::function::{Ints, function};
use crate::indexing::flat_nonzero;
use cuprous_core::layout::Slice;
use cuprous_core::{DType, Error, Result};
use cuprous_ops::reductions::ANY;

/// An array without the zeros at its ends: the smallest box that holds all others.
///
/// # Parameters
/// - `filt`: array of any shape.
/// - `trim`: which ends: `'f'` the front, `'b'` the back, `'fb'` both.
/// - `axis`: the axes along which it is cut; by default all.
///
/// # Returns
/// A view of `filt`; without elements if all are zero.
///
/// # Errors
/// - `Value`: another word for `trim`, or an axis named twice.
/// - `Axis`: an axis that `filt` does not have.
///
/// # Differs from NumPy
/// The result is always an array. Where it begins and ends is read back, as its shape follows from it.
///
/// # Source
/// `numpy.trim_zeros`
///
/// # Examples
/// ```python
/// >>> cp.trim_zeros(cp.asarray([0, 0, 1, 0, 2, 0]))
/// array([1, 0, 2])
/// >>> cp.trim_zeros(cp.asarray([[0, 0], [3, 0]]), 'f')
/// array([[3, 0]])
/// ```
#[function(signature = "(filt, trim='fb', axis=None)")]
pub fn trim_zeros(filt: &Array, trim: &str, axis: Option<Ints>) -> Result<Array> {
    let trim = trim.to_lowercase();
    if !matches!(&trim[..], "fb" | "bf" | "f" | "b") {
        return Err(Error::value(format!("unexpected character(s) in `trim`: '{trim}'")));
    }
    let n_axes = filt.n_axes();
    let axes = match axis {
        None => (0..n_axes).collect(),
        Some(axes) => distinct_axes(axes.0, n_axes, "axis")?,
    };
    if axes.is_empty() {
        return Ok(filt.clone());
    }
    let mut index = vec![Slice::Range(None, None, 1); n_axes];
    let ends = ends(filt, &axes)?;
    for (k, &axis) in axes.iter().enumerate() {
        index[axis] = match ends.get(2 * k..2 * k + 2) {
            Some(&[first, last]) => {
                Slice::Range(trim.contains('f').then_some(first as isize), trim.contains('b').then_some(last as isize + 1), 1)
            }
            _ => Slice::Range(Some(0), Some(0), 1),
        };
    }
    filt.slice(&index)
}

/// The first and the last place along each axis where not all is zero, in one read; nothing if all is.
fn ends(a: &Array, axes: &[usize]) -> Result<Vec<i64>> {
    let found = empty(&[2 * axes.len()], DType::I64, CreateOptions { device: Some(a.device()), ..CreateOptions::default() })?;
    for (k, &axis) in axes.iter().enumerate() {
        let others: Vec<isize> = (0..a.n_axes()).filter(|&other| other != axis).map(|k| k as isize).collect();
        let places = flat_nonzero(&reduce(&ANY, a, &ReduceOptions { axes: Some(&others), ..ReduceOptions::default() })?)?;
        if places.size() == 0 {
            return Ok(Vec::new());
        }
        found.set(&[Slice::At(2 * k as isize)], (&places.get(&[Slice::At(0)])?).into())?;
        found.set(&[Slice::At(2 * k as isize + 1)], (&places.get(&[Slice::At(-1)])?).into())?;
    }
    found.to_vec::<i64>()
}
