//! Views of any strides: `lib.stride_tricks`.

use crate::array::Array;
use crate::function::{Ints, function};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::shape::{checked_size, normalize_axis};
use cuprous_core::{Error, Result};

/// A view of an array's memory with given extents and strides.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `shape`: the extents, by default those of `x`.
/// - `strides`: the bytes from one element to the next along each axis, by default those of `x`, or those of a packed array
///   if `x` is packed in C order.
///
/// # Returns
/// A view of shape `shape`. Where elements overlap, a write to one changes the others.
///
/// # Errors
/// - `Value`: an element would lie outside the memory of `x`; a stride that is no multiple of the elements' size; other
///   numbers of extents and strides.
///
/// # Differs from NumPy
/// The view never leaves the memory. The elements lie at multiples of their size, as a GPU needs them.
///
/// # Source
/// `numpy.lib.stride_tricks.as_strided`
///
/// # Examples
/// ```python
/// >>> x = cp.arange(5, dtype='i4')
/// >>> cp.lib.stride_tricks.as_strided(x, (3, 3), (4, 4))
/// array([[0, 1, 2],
///        [1, 2, 3],
///        [2, 3, 4]], dtype=int32)
/// ```
#[function(signature = "(x, shape=None, strides=None)", module = "lib.stride_tricks")]
pub fn as_strided(x: &Array, shape: Option<Ints>, strides: Option<Ints>) -> Result<Array> {
    let extents = match shape {
        Some(shape) => extents(shape.0, "negative dimensions are not allowed")?,
        None => x.shape().to_vec(),
    };
    checked_size(&extents, x.dtype().size())?;
    match strides {
        Some(strides) => x.as_strided(&extents, strides.0),
        // As NumPy: a packed array gives packed views.
        None if x.is_c_contiguous() => x.as_strided(&extents, &Layout::contiguous(&extents, x.dtype().size(), Order::C).strides),
        None => x.as_strided(&extents, x.strides()),
    }
}

/// All windows of a shape that slide over an array, as a view.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `window_shape`: the extents of the window along `axis`.
/// - `axis`: the axes over which it slides, by default all; an axis may occur several times.
/// - `subok`, `writeable`: accepted for NumPy's sake; a view is of the plain class and can be written.
///
/// # Returns
/// A view: the axes of `x`, shorter by the window where it slides, and then those of the window.
///
/// # Errors
/// - `Value`: negative extents; a window that is larger than the array; other numbers of extents and axes.
/// - `Axis`: an axis that `x` does not have.
///
/// # Differs from NumPy
/// The view can be written.
///
/// # Source
/// `numpy.lib.stride_tricks.sliding_window_view`
///
/// # Examples
/// ```python
/// >>> x = cp.arange(5)
/// >>> cp.lib.stride_tricks.sliding_window_view(x, 3)
/// array([[0, 1, 2],
///        [1, 2, 3],
///        [2, 3, 4]])
/// ```
#[function(signature = "(x, window_shape, axis=None, *, subok=False, writeable=False)", module = "lib.stride_tricks")]
pub fn sliding_window_view(x: &Array, window_shape: Ints, axis: Option<Ints>, subok: bool, writeable: bool) -> Result<Array> {
    let _ = (subok, writeable);
    let window = extents(window_shape.0, "`window_shape` cannot contain negative values")?;
    let axes: Vec<usize> = match axis {
        None => (0..x.n_axes()).collect(),
        Some(axes) => axes.0.iter().map(|&k| normalize_axis(k, x.n_axes())).collect::<Result<_>>()?,
    };
    if axes.len() != window.len() {
        return Err(Error::value(match axis {
            None => format!(
                "Since axis is `None`, must provide window_shape for all dimensions of `x`; got {} window_shape elements and `x.ndim` is {}.",
                window.len(),
                x.n_axes()
            ),
            Some(_) => format!(
                "Must provide matching length window_shape and axis; got {} window_shape elements and {} axes elements.",
                window.len(),
                axes.len()
            ),
        }));
    }
    let (mut shape, mut strides) = (x.shape().to_vec(), x.strides().to_vec());
    for (&axis, &extent) in axes.iter().zip(&window) {
        if shape[axis] < extent {
            return Err(Error::value("window shape cannot be larger than input array shape"));
        }
        // A window of no elements fits once more than there are places.
        shape[axis] = shape[axis] + 1 - extent;
    }
    for (&axis, &extent) in axes.iter().zip(&window) {
        shape.push(extent);
        strides.push(x.strides()[axis]);
    }
    x.as_strided(&shape, &strides)
}

fn extents(given: &[isize], message: &str) -> Result<Vec<usize>> {
    given.iter().map(|&n| usize::try_from(n).map_err(|_| Error::value(message))).collect()
}
