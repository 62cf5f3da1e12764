//! Searching among sorted elements under NumPy's names and signatures.

use super::rows::search;
use crate::array::Array;
use crate::creation::full_on;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Places, function};
use crate::indexing::functions::take;
use crate::logic::select;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;
use cuprous_core::promote::promote;
use cuprous_core::sorting::Side;
use cuprous_core::{DType, Error, ErrorKind, Kind, Result, Scalar, Weak};
use cuprous_ops::ufuncs::arithmetic::SUBTRACT;
use cuprous_ops::ufuncs::comparison::GREATER;
use std::cmp::Ordering;

/// Where values would have to be put into a sorted array so that it stays sorted.
///
/// # Parameters
/// - `a`: array of shape `(M,)`, sorted, or sorted by `sorter`.
/// - `v`: array of any shape: the values.
/// - `side`: `'left'` puts a value in front of elements that are equal to it, `'right'` behind them.
/// - `sorter`: array of integers of shape `(M,)`: the indices that sort `a`.
///
/// # Returns
/// Array of int64 of the shape of `v`: numbers from 0 to `M`.
///
/// # Errors
/// - `Value`: an `a` of more or fewer axes than one; another `side`; a `sorter` of another length or with indices
///   outside `a`.
/// - `Type`: a `sorter` that is not of integers.
///
/// # Differs from NumPy
/// On a GPU the indices of `sorter` are checked there: an IndexError comes at the next read or synchronization.
///
/// # Source
/// `numpy.searchsorted`
///
/// # Examples
/// ```python
/// >>> cp.searchsorted(cp.asarray([10, 20, 30]), cp.asarray([5, 20, 99]))
/// array([0, 1, 3])
/// >>> cp.searchsorted(cp.asarray([10, 20, 30]), 20, side='right')
/// array(2)
/// ```
#[function(signature = "(a, v, side='left', sorter=None)", method)]
pub fn searchsorted(a: &Array, v: Input, side: &str, sorter: Option<&Array>) -> Result<Array> {
    let mut side = match side {
        "left" => Side::Left,
        "right" => Side::Right,
        other if other.starts_with(['l', 'L', 'r', 'R']) => return Err(Error::value("search side must be one of 'left' or 'right'")),
        other => return Err(Error::value(format!("search side must be 'left' or 'right' (got '{other}')"))),
    };
    check_line(a)?;
    let device = Some(a.device());
    let number;
    let v = match v {
        Input::Array(v) => v,
        Input::Scalar(s) => {
            number = full_on(&[], s, device)?;
            &number
        }
        Input::Weak(Weak::Int(i)) if i64::try_from(i).is_err() && u64::try_from(i).is_err() => {
            if a.dtype().kind() == Kind::Complex {
                return Err(Error::type_error("'<' not supported between instances of 'complex' and 'int'"));
            }
            // It lies beyond all integers, and among floats where the nearest one lies, or beside that.
            let near = if a.dtype().is_integral() { f64::INFINITY.copysign(i as f64) } else { i as f64 };
            side = match (near as i128).cmp(&i) {
                Ordering::Less => Side::Right,
                Ordering::Equal => side,
                Ordering::Greater => Side::Left,
            };
            number = full_on(&[], Scalar::from(near), device)?;
            &number
        }
        Input::Weak(w) => {
            number = full_on(&[], w.to_scalar(w.default_dtype())?, device)?;
            &number
        }
    };
    match sorter {
        None => find(a, v, side),
        Some(sorter) => {
            if !matches!(sorter.dtype().kind(), Kind::Int | Kind::UInt) {
                return Err(Error::type_error("sorter must only contain integers"));
            }
            if sorter.n_axes() != 1 {
                return Err(Error::type_error("could not parse sorter argument"));
            }
            if sorter.size() != a.size() {
                return Err(Error::value("sorter.size must equal a.size"));
            }
            let places = Places { array: sorter, is_known: false };
            let sorted = take(a, places, Some(0), None, IndexMode::Raise).map_err(|e| match e.kind() {
                ErrorKind::Index => Error::value("Sorter index out of range."),
                _ => e,
            })?;
            find(&sorted, v, side)
        }
    }
}

/// The numbers of the bins in which values lie.
///
/// # Parameters
/// - `x`: array of any shape: the values.
/// - `bins`: array of shape `(M,)`: the edges of the bins, rising or falling.
/// - `right`: whether the upper edge of a bin, and not the lower, belongs to it.
///
/// # Returns
/// Array of int64 of the shape of `x`: 0 for what lies before the first edge, `M` for what lies behind the last.
///
/// # Errors
/// - `Value`: `bins` of more or fewer axes than one.
/// - `Type`: complex numbers.
///
/// # Differs from NumPy
/// Edges that neither rise nor fall are not refused: elements are not read for it.
///
/// # Source
/// `numpy.digitize`
///
/// # Examples
/// ```python
/// >>> cp.digitize(cp.asarray([0.2, 6.4, 3.0]), cp.asarray([0.0, 1.0, 2.5, 4.0]))
/// array([1, 4, 3])
/// ```
#[function(signature = "(x, bins, right=False)")]
pub fn digitize(x: &Array, bins: &Array, right: bool) -> Result<Array> {
    if x.dtype().kind() == Kind::Complex {
        return Err(Error::type_error("x may not be complex"));
    }
    if bins.dtype().kind() == Kind::Complex {
        let message = format!("Cannot cast array data from dtype('{}') to dtype('float64') according to the rule 'safe'", bins.dtype());
        return Err(Error::type_error(message));
    }
    check_line(bins)?;
    let side = if right { Side::Left } else { Side::Right };
    let n = bins.size();
    if n < 2 {
        return find(bins, x, side);
    }
    // Falling edges are searched from behind. Which they are is not read back.
    let (first, last) = (bins.get(&[Slice::At(0)])?, bins.get(&[Slice::At(-1)])?);
    let is_falling = apply(&GREATER, &[(&first).into(), (&last).into()], &UfuncOptions::default())?;
    let rising = select(&is_falling, &bins.slice(&[Slice::Range(None, None, -1)])?, bins)?;
    let found = find(&rising, x, side)?;
    let from_behind = apply(&SUBTRACT, &[Input::Weak(Weak::Int(n as i128)), (&found).into()], &UfuncOptions::default())?;
    select(&is_falling, &from_behind, &found)
}

/// Searches in the dtype that both have in common.
pub(crate) fn find(sorted: &Array, values: &Array, side: Side) -> Result<Array> {
    let dtype = promote(sorted.dtype(), values.dtype());
    search(&as_dtype(sorted, dtype)?, &as_dtype(values, dtype)?, side)
}

/// The array itself if it is of the dtype, else converted.
pub(crate) fn as_dtype(a: &Array, dtype: DType) -> Result<Array> {
    if a.dtype() == dtype { Ok(a.clone()) } else { a.astype(dtype) }
}

/// Refuses, in NumPy's words, what does not have exactly one axis.
pub(crate) fn check_line(a: &Array) -> Result<()> {
    match a.n_axes() {
        0 => Err(Error::value("object of too small depth for desired array")),
        1 => Ok(()),
        _ => Err(Error::value("object too deep for desired array")),
    }
}
