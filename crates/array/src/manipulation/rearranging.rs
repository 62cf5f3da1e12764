//! Elements in another order: turned around, rolled, rotated, axes moved.

use super::along;
use super::functions::{moveaxis, ravel};
use crate::array::Array;
use crate::creation::empty_like;
use crate::engine::elementwise::MemoryOrder;
use crate::function::{Ints, function};
use cuprous_core::layout::Slice;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{Error, Result};

/// A slice that turns an axis around.
const BACKWARDS: Slice = Slice::Range(None, None, -1);

/// An array with axes turned around.
///
/// # Parameters
/// - `m`: array of any shape.
/// - `axis`: the axes; by default all.
///
/// # Returns
/// A view of `m`.
///
/// # Errors
/// - `Axis`: an axis that `m` does not have.
/// - `Value`: an axis is named twice.
///
/// # Source
/// `numpy.flip`
///
/// # Examples
/// ```python
/// >>> cp.flip(cp.asarray([[1, 2], [3, 4]]), axis=1)
/// array([[2, 1],
///        [4, 3]])
/// ```
#[function(signature = "(m, axis=None)")]
pub fn flip(m: &Array, axis: Option<Ints>) -> Result<Array> {
    let mut index = vec![if axis.is_none() { BACKWARDS } else { Slice::Range(None, None, 1) }; m.n_axes()];
    for &axis in axis.map_or(&[][..], |a| a.0) {
        if std::mem::replace(&mut index[normalize_axis(axis, m.n_axes())?], BACKWARDS) == BACKWARDS {
            return Err(Error::value("repeated axis"));
        }
    }
    m.slice(&index)
}

/// A matrix with its columns in reverse order.
///
/// # Parameters
/// - `m`: array with at least two axes.
///
/// # Returns
/// A view of `m` with its second axis turned around.
///
/// # Errors
/// - `Value`: `m` has fewer axes.
///
/// # Source
/// `numpy.fliplr`
///
/// # Examples
/// ```python
/// >>> cp.fliplr(cp.asarray([[1, 2], [3, 4]]))
/// array([[2, 1],
///        [4, 3]])
/// ```
#[function(signature = "(m)")]
pub fn fliplr(m: &Array) -> Result<Array> {
    if m.n_axes() < 2 {
        return Err(Error::value("Input must be >= 2-d."));
    }
    m.slice(&along(1, BACKWARDS))
}

/// A matrix with its rows in reverse order.
///
/// # Parameters
/// - `m`: array with at least one axis.
///
/// # Returns
/// A view of `m` with its first axis turned around.
///
/// # Errors
/// - `Value`: `m` has no axis.
///
/// # Source
/// `numpy.flipud`
///
/// # Examples
/// ```python
/// >>> cp.flipud(cp.asarray([[1, 2], [3, 4]]))
/// array([[3, 4],
///        [1, 2]])
/// ```
#[function(signature = "(m)")]
pub fn flipud(m: &Array) -> Result<Array> {
    if m.n_axes() < 1 {
        return Err(Error::value("Input must be >= 1-d."));
    }
    m.slice(&[BACKWARDS])
}

/// An array rotated by quarters of a turn in the plane of two axes.
///
/// # Parameters
/// - `m`: array with at least two axes.
/// - `k`: how many quarters, from the first axis towards the second.
/// - `axes`: the two axes; by default `(0, 1)`.
///
/// # Returns
/// A view of `m`.
///
/// # Errors
/// - `Value`: `axes` are not two different axes of `m`.
///
/// # Source
/// `numpy.rot90`
///
/// # Examples
/// ```python
/// >>> cp.rot90(cp.asarray([[1, 2], [3, 4]]))
/// array([[2, 4],
///        [1, 3]])
/// ```
#[function(signature = "(m, k=1, axes=None)")]
pub fn rot90(m: &Array, k: i64, axes: Option<Ints>) -> Result<Array> {
    let &[first, second] = axes.map_or(&[0, 1][..], |a| a.0) else { return Err(Error::value("len(axes) must be 2.")) };
    let n = m.n_axes() as isize;
    if first == second || first.abs_diff(second) == m.n_axes() {
        return Err(Error::value("Axes must be different."));
    }
    if [first, second].iter().any(|&a| a >= n || a < -n) {
        return Err(Error::value(format!("Axes=({first}, {second}) out of range for array of ndim={n}.")));
    }
    let (i, j) = (normalize_axis(first, m.n_axes())?, normalize_axis(second, m.n_axes())?);
    let turned = |a: &Array, axis: usize| a.slice(&along(axis, BACKWARDS));
    let swapped = |a: &Array| {
        let mut order: Vec<isize> = (0..n).collect();
        order.swap(i, j);
        a.permute(&order)
    };
    match k.rem_euclid(4) {
        0 => m.slice(&[]),
        1 => swapped(&turned(m, j)?),
        2 => turned(&turned(m, i)?, j),
        _ => turned(&swapped(m)?, j),
    }
}

/// An array whose elements are moved along axes; those that leave at the end come back in front.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `shift`: by how many places, for each of `axis`.
/// - `axis`: the axes, which may repeat; by default the flattened array is rolled.
///
/// # Returns
/// A new array of the shape of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Shape`: `shift` and `axis` differ in length.
///
/// # Source
/// `numpy.roll`
///
/// # Examples
/// ```python
/// >>> cp.roll(cp.arange(5), 2)
/// array([3, 4, 0, 1, 2])
/// >>> cp.roll(cp.asarray([[1, 2], [3, 4]]), 1, axis=0)
/// array([[3, 4],
///        [1, 2]])
/// ```
#[function(signature = "(a, shift, axis=None)")]
pub fn roll(a: &Array, shift: Ints, axis: Option<Ints>) -> Result<Array> {
    let Some(axes) = axis else {
        let shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).collect();
        let total = shift.0.iter().fold(0isize, |sum, &s| sum.wrapping_add(s));
        return roll(&ravel(a, None)?, Ints(&[total]), Some(Ints(&[0])))?.reshape(&shape);
    };
    let axes = axes.0.iter().map(|&axis| normalize_axis(axis, a.n_axes())).collect::<Result<Vec<_>>>()?;
    let shifts = shift.0;
    let n = match (shifts.len(), axes.len()) {
        (s, x) if s == x || x == 1 => s,
        (1, x) => x,
        (s, x) => {
            return Err(Error::shape(format!(
                "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape ({s},) and arg 1 with shape ({x},)."
            )));
        }
    };
    let mut offsets = vec![0usize; a.n_axes()];
    for k in 0..n {
        let axis = axes[k.min(axes.len() - 1)];
        let length = a.shape()[axis].max(1) as isize;
        offsets[axis] = (offsets[axis] as isize + shifts[k.min(shifts.len() - 1)].rem_euclid(length)).rem_euclid(length) as usize;
    }
    let rolled = empty_like(a, None, None, MemoryOrder::Keep)?;
    if a.size() == 0 {
        return Ok(rolled);
    }
    // Each axis falls into the part that moves on and the part that comes back: the pieces are their combinations.
    let moved: Vec<usize> = (0..a.n_axes()).filter(|&k| offsets[k] != 0).collect();
    for piece in 0..1usize << moved.len() {
        let mut from = vec![Slice::Range(None, None, 1); a.n_axes()];
        let mut to = from.clone();
        for (bit, &axis) in moved.iter().enumerate() {
            let (offset, length) = (offsets[axis] as isize, a.shape()[axis] as isize);
            (from[axis], to[axis]) = if piece >> bit & 1 == 0 {
                (Slice::Range(None, Some(length - offset), 1), Slice::Range(Some(offset), None, 1))
            } else {
                (Slice::Range(Some(length - offset), None, 1), Slice::Range(None, Some(offset), 1))
            };
        }
        rolled.slice(&to)?.assign((&a.slice(&from)?).into())?;
    }
    Ok(rolled)
}

/// An array with one axis moved before another.
///
/// # Parameters
/// - `a`: array with at least one axis.
/// - `axis`: the axis to move.
/// - `start`: the axis before which it goes, up to the number of axes.
///
/// # Returns
/// A view of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
///
/// # Source
/// `numpy.rollaxis`
///
/// # Examples
/// ```python
/// >>> cp.rollaxis(cp.ones((2, 3, 4)), 2).shape
/// (4, 2, 3)
/// ```
#[function(signature = "(a, axis, start=0)")]
pub fn rollaxis(a: &Array, axis: isize, start: i64) -> Result<Array> {
    let n = a.n_axes() as isize;
    let axis = normalize_axis(axis, a.n_axes())? as isize;
    let before = if start < 0 { start as isize + n } else { start as isize };
    if !(0..=n).contains(&before) {
        return Err(Error::axis(format!("'start' arg requires {} <= start < {}, but {before} was passed in", -n, n + 1)));
    }
    let place = if axis < before { before - 1 } else { before };
    moveaxis(a, Ints(&[axis]), Ints(&[place]))
}

/// An array with its last two axes exchanged.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
///
/// # Returns
/// A view of `x` of shape `(..., N, M)`.
///
/// # Errors
/// - `Value`: `x` has fewer than two axes.
///
/// # Source
/// `numpy.matrix_transpose`
///
/// # Examples
/// ```python
/// >>> cp.matrix_transpose(cp.ones((2, 3, 4))).shape
/// (2, 4, 3)
/// ```
#[function(signature = "(x, /)")]
pub fn matrix_transpose(x: &Array) -> Result<Array> {
    let n = x.n_axes();
    if n < 2 {
        return Err(Error::value(format!("Input array must be at least 2-dimensional, but it is {n}")));
    }
    let mut order: Vec<isize> = (0..n as isize).collect();
    order.swap(n - 2, n - 1);
    x.permute(&order)
}
