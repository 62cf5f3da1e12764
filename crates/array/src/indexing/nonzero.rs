//! Where the elements are that are not zero.

use super::access::{Chosen, IndexAxis, scatter};
use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::engine::{Input, UfuncOptions, apply, scan};
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::{DType, Error, Result, Weak};
use cuprous_ops::scans::CUMSUM;
use cuprous_ops::ufuncs::arithmetic::{FLOOR_DIVIDE, REMAINDER, SUBTRACT};
use cuprous_ops::ufuncs::comparison::WHERE;
use smallvec::SmallVec;

/// The places of the elements that are not zero, counted in C order, as int64.
///
/// The number of places is read back from the device, for the result's shape depends on it.
///
/// # Errors
/// Those of computing the value.
pub fn flat_nonzero(a: &Array) -> Result<Array> {
    let options = CreateOptions { device: Some(a.device()), ..CreateOptions::default() };
    if a.size() == 0 {
        return creation::empty(&[0], DType::I64, options);
    }
    let truth = if a.dtype() == DType::Bool { a.clone() } else { a.astype(DType::Bool)? };
    let truth = truth.reshape(&[-1])?;
    let n = truth.size();
    let so_far = scan(&CUMSUM, &truth, Some(0), None)?;
    let count = so_far.get(&[Slice::At(-1)])?.item()?.to::<i64>() as usize;
    let out = creation::empty(&[count], DType::I64, options)?;
    if count == 0 {
        return Ok(out);
    }
    // Elements that are zero write to a place behind the end, which is left out.
    let beyond = Input::Weak(Weak::Int(count as i128));
    let before = apply(&SUBTRACT, &[(&so_far).into(), 1_i64.into()], &UfuncOptions::default())?;
    let targets = apply(&WHERE, &[(&truth).into(), (&before).into(), beyond], &UfuncOptions::default())?;
    let places = counting(n, a)?;
    let base = Layout { shape: SmallVec::from_slice(&[n]), strides: SmallVec::from_slice(&[0]), offset: 0 };
    let axis = IndexAxis { values: targets, places: SmallVec::from_slice(&[0]), len: count, stride: 8, axis: 0 };
    scatter(&Chosen { array: out.clone(), base, indices: SmallVec::from_iter([axis]), mode: IndexMode::Skip }, Some(&places), None)?;
    Ok(out)
}

/// The places of the elements that are not zero: an array of int64 for each axis.
///
/// # Errors
/// `Value` in NumPy's words for an array without axes.
pub fn nonzero(a: &Array) -> Result<Vec<Array>> {
    if a.n_axes() == 0 {
        return Err(without_axes());
    }
    unraveled(&flat_nonzero(a)?, a.shape())
}

/// NumPy's words for a number, which has no places.
pub(crate) fn without_axes() -> Error {
    Error::value("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
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
