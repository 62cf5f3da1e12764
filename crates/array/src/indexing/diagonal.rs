//! Writing to the main diagonal.

use super::repeat::{repeated, through_flat};
use crate::array::Array;
use crate::engine::Input;
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::{Error, Result};
use smallvec::SmallVec;

/// Writes values to the main diagonal, again and again if there are fewer.
///
/// # Errors
/// `Value` in NumPy's words.
pub(super) fn fill(a: &Array, value: Input, wrap: bool) -> Result<()> {
    if a.n_axes() < 2 {
        return Err(Error::value("array must be at least 2-d"));
    }
    if a.n_axes() > 2 && a.shape().iter().any(|&n| n != a.shape()[0]) {
        return Err(Error::value("All dimensions of input must be of equal length"));
    }
    let values = super::subscript::as_values(a, value)?;
    if values.size() == 0 || a.size() == 0 {
        return Ok(());
    }
    // A tall matrix goes on below, after a row without.
    if wrap && a.n_axes() == 2 && a.shape()[0] > a.shape()[1] {
        let step = a.shape()[1] as isize + 1;
        return through_flat(a, |flat| {
            let diagonal = flat.slice(&[Slice::Range(None, None, step)])?;
            diagonal.assign((&repeated(&values, diagonal.size())?).into())
        });
    }
    let n = a.shape().iter().copied().min().unwrap_or(0);
    let stride: isize = a.strides().iter().sum();
    let layout = Layout { shape: SmallVec::from_slice(&[n]), strides: SmallVec::from_slice(&[stride]), offset: a.layout().offset };
    let diagonal = Array::from_storage(a.force()?, layout, a.dtype())?;
    diagonal.assign((&repeated(&values, n)?).into())
}
