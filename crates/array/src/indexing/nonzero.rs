//! Where the elements are that are not zero.

use super::access::places_of;
use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Error, Result, Weak};
use cuprous_ops::ufuncs::arithmetic::{FLOOR_DIVIDE, REMAINDER};

/// The places of the elements that are not zero, counted in C order, as int64.
///
/// The number of places is read back from the device, for the result's shape depends on it.
///
/// # Errors
/// Those of computing the value.
pub fn flat_nonzero(a: &Array) -> Result<Array> {
    if a.size() == 0 {
        return creation::empty(&[0], DType::I64, CreateOptions { device: Some(a.device()), ..CreateOptions::default() });
    }
    let is_ready = a.dtype() == DType::Bool && a.is_c_contiguous();
    let truth = if is_ready { a.clone() } else { astype(a, DType::Bool, Casting::Unsafe, MemoryOrder::C)? };
    places_of(&truth.reshape(&[-1])?)
}

/// The places of the elements that are not zero: an array of int64 for each axis.
///
/// # Errors
/// `Value` in NumPy's words for an array without axes.
pub fn nonzero(a: &Array) -> Result<Vec<Array>> {
    if a.n_axes() == 0 {
        return Err(without_axes(a.dtype()));
    }
    unraveled(&flat_nonzero(a)?, a.shape())
}

/// NumPy's words for a number, which has no places.
pub(crate) fn without_axes(dtype: DType) -> Error {
    let hint =
        if dtype == DType::Bool { " If the context of this error is of the form `arr[nonzero(cond)]`, just use `arr[cond]`." } else { "" };
    Error::value(format!("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.{hint}"))
}

/// `0, 1, ..., n - 1` as int64, on the device of `like`.
pub(super) fn counting(n: usize, like: &Array) -> Result<Array> {
    let options = CreateOptions { device: Some(like.device()), ..CreateOptions::default() };
    creation::arange(Weak::Int(0), Weak::Int(n as i128), Weak::Int(1), Some(DType::I64), options)
}

/// Places counted in C order as indices along each axis. They are not negative, so the remainder is the index.
pub(super) fn unraveled(flat: &Array, shape: &[usize]) -> Result<Vec<Array>> {
    let mut out: Vec<Array> = Vec::with_capacity(shape.len());
    let mut rest = flat.clone();
    for (k, &n) in shape.iter().enumerate().rev() {
        if k == 0 {
            out.push(rest.clone());
            break;
        }
        let n = Input::Weak(Weak::Int(n.max(1) as i128));
        out.push(apply(&REMAINDER, &[(&rest).into(), n], &UfuncOptions::default())?);
        rest = apply(&FLOOR_DIVIDE, &[(&rest).into(), n], &UfuncOptions::default())?;
    }
    out.reverse();
    Ok(out)
}
