//! Array manipulation under NumPy's names and signatures.

use super::broadcast_arrays as broadcast_all;
use crate::array::Array;
use crate::engine::elementwise::{MemoryOrder, astype, fresh_layout};
use crate::function::{Ints, function};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::shape::{broadcast, normalize_axis, tuple};
use cuprous_core::{Error, Result};

/// The elements of an array under another shape.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `shape`: the new extents, with the same product; one may be -1 and is then inferred.
/// - `order`: `'C'` reads and places the elements with the last axis fastest, `'F'` with the first; `'A'` is
///   `'F'` for an array that lies in Fortran order, else `'C'`.
/// - `copy`: `None` copies where strides cannot express the shape, `True` always, `False` never.
///
/// # Returns
/// Array of shape `shape`: a view of `a` where strides allow it, else a copy.
///
/// # Errors
/// - `Value`: the sizes differ, `order` is `'K'`, or `copy=False` and a copy is needed.
///
/// # Source
/// `numpy.reshape`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.reshape(a, (2, -1))
/// array([[0, 1, 2],
///        [3, 4, 5]])
/// >>> cp.reshape(a, (2, 3), order='F')
/// array([[0, 2, 4],
///        [1, 3, 5]])
/// ```
#[function(signature = "(a, /, shape, order='C', *, copy=None)")]
pub fn reshape(a: &Array, shape: Ints, order: Option<MemoryOrder>, copy: Option<bool>) -> Result<Array> {
    let is_f = match order.unwrap_or(MemoryOrder::C) {
        MemoryOrder::Keep => return Err(Error::value("order 'K' is not permitted for reshaping")),
        order => is_fortran(a, order),
    };
    let mut target: Vec<isize> = a.layout().resolve_reshape(shape.0)?.iter().map(|&n| n as isize).collect();
    let own;
    let source = if copy == Some(true) {
        own = astype(a, a.dtype(), Casting::Unsafe, if is_f { MemoryOrder::F } else { MemoryOrder::C })?;
        &own
    } else {
        a
    };
    // Fortran order is C order of the axes reversed, on both sides.
    let source = if is_f { source.t()? } else { source.clone() };
    if is_f {
        target.reverse();
    }
    if copy == Some(false) {
        let extents: Vec<usize> = target.iter().map(|&n| n as usize).collect();
        if source.layout().reshape(&extents, source.dtype().size()).is_none() {
            return Err(Error::value("Unable to avoid creating a copy while reshaping."));
        }
    }
    let result = source.reshape(&target)?;
    if is_f { result.t() } else { Ok(result) }
}

/// The elements of an array along one axis.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `order`: `'C'` reads with the last axis fastest, `'F'` with the first; `'A'` is `'F'` for an array that lies
///   in Fortran order, else `'C'`; `'K'` reads in the order of memory.
///
/// # Returns
/// Array of shape `(a.size,)`: a view of `a` if its elements lie packed in that order, else a copy.
///
/// # Errors
/// - `Value`: an unknown `order`.
///
/// # Source
/// `numpy.ravel`
///
/// # Examples
/// ```python
/// >>> a = cp.reshape(cp.arange(6), (2, 3))
/// >>> cp.ravel(a, order='F')
/// array([0, 3, 1, 4, 2, 5])
/// ```
#[function(signature = "(a, order='C')", method)]
pub fn ravel(a: &Array, order: Option<MemoryOrder>) -> Result<Array> {
    let in_order = match order.unwrap_or(MemoryOrder::C) {
        MemoryOrder::Keep => {
            // As NumPy: the elements are visited like those of an operand, so broadcast axes keep their places.
            let visited = fresh_layout(a.shape(), a.dtype().size(), &[a.layout()], MemoryOrder::Keep);
            let mut axes: Vec<isize> = (0..a.n_axes() as isize).collect();
            axes.sort_by_key(|&k| std::cmp::Reverse(visited.strides[k as usize]));
            a.permute(&axes)?
        }
        order if is_fortran(a, order) => a.t()?,
        _ => a.clone(),
    };
    // The result is always packed: other strides are copied even where one axis could express them.
    let packed = if in_order.is_c_contiguous() { in_order } else { astype(&in_order, a.dtype(), Casting::Unsafe, MemoryOrder::C)? };
    packed.reshape(&[-1])
}

/// The axes of an array in another order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axes`: axis `k` of the result is axis `axes[k]` of `a`; by default the axes are reversed.
///
/// # Returns
/// A view of `a`.
///
/// # Errors
/// - `Value`: `axes` is not a permutation of the axes.
/// - `Axis`: an axis that `a` does not have.
///
/// # Source
/// `numpy.transpose`
///
/// # Examples
/// ```python
/// >>> cp.transpose(cp.ones((1, 2, 3)), (1, 0, 2)).shape
/// (2, 1, 3)
/// ```
#[function(signature = "(a, axes=None)", aliases = "permute_dims")]
pub fn transpose(a: &Array, axes: Option<Ints>) -> Result<Array> {
    axes.map_or_else(|| a.t(), |axes| a.permute(axes.0))
}

/// An array with two axes exchanged.
///
/// # Parameters
/// - `a`: array with at least one axis.
/// - `axis1`, `axis2`: the two axes.
///
/// # Returns
/// A view of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
///
/// # Source
/// `numpy.swapaxes`
///
/// # Examples
/// ```python
/// >>> cp.swapaxes(cp.ones((1, 2, 3)), 0, 2).shape
/// (3, 2, 1)
/// ```
#[function(signature = "(a, axis1, axis2)", method)]
pub fn swapaxes(a: &Array, axis1: isize, axis2: isize) -> Result<Array> {
    let i = normalize_axis(axis1, a.n_axes()).map_err(|e| e.during("axis1"))?;
    let j = normalize_axis(axis2, a.n_axes()).map_err(|e| e.during("axis2"))?;
    let mut axes: Vec<isize> = (0..a.n_axes() as isize).collect();
    axes.swap(i, j);
    a.permute(&axes)
}

/// An array with some axes moved to other places; the others keep their order.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `source`: the axes to move, each once.
/// - `destination`: where each of them goes.
///
/// # Returns
/// A view of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: an axis is named twice, or `source` and `destination` differ in length.
///
/// # Source
/// `numpy.moveaxis`
///
/// # Examples
/// ```python
/// >>> cp.moveaxis(cp.ones((2, 3, 4)), 0, -1).shape
/// (3, 4, 2)
/// ```
#[function(signature = "(a, source, destination)")]
pub fn moveaxis(a: &Array, source: Ints, destination: Ints) -> Result<Array> {
    let from = distinct_axes(source.0, a.n_axes(), "source")?;
    let to = distinct_axes(destination.0, a.n_axes(), "destination")?;
    if from.len() != to.len() {
        return Err(Error::value("`source` and `destination` arguments must have the same number of elements"));
    }
    let mut rest = (0..a.n_axes()).filter(|k| !from.contains(k));
    let order: Vec<isize> = (0..a.n_axes())
        .filter_map(|k| match to.iter().position(|&t| t == k) {
            Some(moved) => Some(from[moved] as isize),
            None => rest.next().map(|k| k as isize),
        })
        .collect();
    a.permute(&order)
}

/// An array with axes of length 1 inserted.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: where the new axes stand in the result.
///
/// # Returns
/// A view of `a` with one more axis for each of `axis`.
///
/// # Errors
/// - `Axis`: a place that the result does not have.
/// - `Value`: a place is named twice.
///
/// # Source
/// `numpy.expand_dims`
///
/// # Examples
/// ```python
/// >>> cp.expand_dims(cp.ones((2, 3)), (0, -1)).shape
/// (1, 2, 3, 1)
/// ```
#[function(signature = "(a, axis)")]
pub fn expand_dims(a: &Array, axis: Ints) -> Result<Array> {
    let n_axes = a.n_axes() + axis.0.len();
    let mut index = vec![Slice::Range(None, None, 1); n_axes];
    for &axis in axis.0 {
        if std::mem::replace(&mut index[normalize_axis(axis, n_axes)?], Slice::New) == Slice::New {
            return Err(Error::value("repeated axis"));
        }
    }
    a.slice(&index)
}

/// An array without its axes of length 1.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `axis`: the axes to drop; by default all of length 1.
///
/// # Returns
/// A view of `a`.
///
/// # Errors
/// - `Axis`: an axis that `a` does not have.
/// - `Value`: an axis of another length than 1, or named twice.
///
/// # Source
/// `numpy.squeeze`
///
/// # Examples
/// ```python
/// >>> a = cp.ones((1, 3, 1))
/// >>> cp.squeeze(a).shape
/// (3,)
/// >>> cp.squeeze(a, axis=0).shape
/// (3, 1)
/// ```
#[function(signature = "(a, axis=None)", method)]
pub fn squeeze(a: &Array, axis: Option<&[isize]>) -> Result<Array> {
    let mut dropped: Vec<bool> = a.shape().iter().map(|&n| axis.is_none() && n == 1).collect();
    for &axis in axis.unwrap_or_default() {
        if std::mem::replace(&mut dropped[normalize_axis(axis, a.n_axes())?], true) {
            return Err(Error::value("duplicate value in 'axis'"));
        }
    }
    if dropped.iter().zip(a.shape()).any(|(&drop, &n)| drop && n != 1) {
        return Err(Error::value("cannot select an axis to squeeze out which has size not equal to one"));
    }
    let index: Vec<Slice> = dropped.iter().map(|&drop| if drop { Slice::At(0) } else { Slice::Range(None, None, 1) }).collect();
    a.slice(&index)
}

/// An array repeated to a larger shape, without copying.
///
/// # Parameters
/// - `array`: array of any shape.
/// - `shape`: the shape of the result, to which that of `array` must broadcast.
/// - `subok`: has no effect.
///
/// # Returns
/// A view of `array` of shape `shape`, with strides of 0 where it repeats.
///
/// # Errors
/// - `Shape`: `array` does not broadcast to `shape`.
///
/// # Differs from NumPy
/// The view can be written to; a write goes to all places that share an element.
///
/// # Source
/// `numpy.broadcast_to`
///
/// # Examples
/// ```python
/// >>> cp.broadcast_to(cp.arange(3), (2, 3))
/// array([[0, 1, 2],
///        [0, 1, 2]])
/// ```
#[function(signature = "(array, shape, subok=False)")]
pub fn broadcast_to(array: &Array, shape: Ints, subok: bool) -> Result<Array> {
    let _ = subok;
    if shape.0.is_empty() && array.n_axes() > 0 {
        return Err(Error::value("cannot broadcast a non-scalar to a scalar array"));
    }
    let extents: Option<Vec<usize>> = shape.0.iter().map(|&n| usize::try_from(n).ok()).collect();
    let extents = extents.ok_or_else(|| Error::value("all elements of broadcast shape must be non-negative"))?;
    if extents.len() < array.n_axes() {
        return Err(Error::shape("input operand has more dimensions than allowed by the axis remapping"));
    }
    array.broadcast_to(&extents)
}

/// Arrays broadcast against each other, without copying.
///
/// # Parameters
/// - `args`: arrays of any shapes that broadcast together.
/// - `subok`: has no effect.
///
/// # Returns
/// A tuple with one view for each array, all of the common shape.
///
/// # Errors
/// - `Shape`: the shapes do not broadcast.
///
/// # Source
/// `numpy.broadcast_arrays`
///
/// # Examples
/// ```python
/// >>> x, y = cp.broadcast_arrays(cp.arange(3), cp.ones((2, 1)))
/// >>> x.shape, y.shape
/// ((2, 3), (2, 3))
/// ```
#[function(signature = "(*args, subok=False)")]
pub fn broadcast_arrays(args: &[Array], subok: bool) -> Result<Vec<Array>> {
    let _ = subok;
    let shapes: Vec<&[usize]> = args.iter().map(|a| a.shape()).collect();
    if broadcast(&shapes).is_err() {
        return Err(mismatch(&shapes));
    }
    broadcast_all(&args.iter().collect::<Vec<_>>())
}

/// NumPy names the first two shapes that do not go together.
pub(crate) fn mismatch(shapes: &[&[usize]]) -> Error {
    let n_axes = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    for from_end in (0..n_axes).rev() {
        let mut first: Option<(usize, usize)> = None;
        for (k, shape) in shapes.iter().enumerate() {
            let Some(&n) = shape.iter().rev().nth(from_end) else { continue };
            match first {
                Some((other, m)) if n != 1 && n != m => {
                    return Error::shape(format!(
                        "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg {other} with shape {} and arg {k} with shape {}.",
                        tuple(shapes[other]),
                        tuple(shape)
                    ));
                }
                None if n != 1 => first = Some((k, n)),
                _ => {}
            }
        }
    }
    Error::shape("shape mismatch: objects cannot be broadcast to a single shape.")
}

/// Whether an order asks for the first axis fastest.
fn is_fortran(a: &Array, order: MemoryOrder) -> bool {
    match order {
        MemoryOrder::F => true,
        MemoryOrder::Any => a.is_f_contiguous() && !a.is_c_contiguous(),
        MemoryOrder::C | MemoryOrder::Keep => false,
    }
}

/// Axes as indices, each once.
pub(crate) fn distinct_axes(axes: &[isize], n_axes: usize, what: &str) -> Result<Vec<usize>> {
    let mut found = Vec::with_capacity(axes.len());
    for &axis in axes {
        let k = normalize_axis(axis, n_axes).map_err(|e| e.during(what))?;
        if found.contains(&k) {
            return Err(Error::value(format!("repeated axis in `{what}` argument")));
        }
        found.push(k);
    }
    Ok(found)
}
