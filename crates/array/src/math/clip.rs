//! Elements held within bounds.

use crate::array::Array;
use crate::creation::functions::operand;
use crate::engine::resolve::output_casting;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::function;
use cuprous_core::promote::{Casting, can_cast, result_type};
use cuprous_core::shape::broadcast;
use cuprous_core::{DType, Error, Kind, Result, Weak};
use cuprous_ops::ufuncs::arithmetic::{MAXIMUM, MINIMUM, POSITIVE};

/// Elements held within bounds: those beyond a bound become the bound.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `a_min`, `a_max`: arrays or numbers that broadcast with `a`; `None` is no bound. Where the lower one is above the
///   upper one, the upper one is the result.
/// - `out`: array for the result.
/// - `min`, `max`: other names for `a_min` and `a_max`.
/// - `dtype`: the dtype of the result; by default the common one.
/// - `casting`: which casts are allowed.
/// - `where`: array of bool that broadcasts with `a`: which elements are computed; the others of `out` stay.
///
/// # Returns
/// Array of the common shape and dtype.
///
/// # Errors
/// - `Value`: a bound is given under both names.
/// - `Overflow`: a bound that is a Python integer does not fit the dtype, and is not beyond it either.
/// - `Type`: `casting` forbids a cast.
/// - `Shape`: the shapes do not broadcast.
///
/// # Source
/// `numpy.clip`
///
/// # Examples
/// ```python
/// >>> cp.clip(cp.arange(6), 1, 4)
/// array([1, 1, 2, 3, 4, 4])
/// >>> cp.clip(cp.arange(6), max=2)
/// array([0, 1, 2, 2, 2, 2])
/// ```
#[function(
    signature = "(a, a_min=None, a_max=None, out=None, *, min=None, max=None, dtype=None, casting='same_kind', where=None)",
    method = "(min=None, max=None, out=None, *, dtype=None, casting='same_kind', where=None)"
)]
pub fn clip(
    a: &Array,
    a_min: Option<Input>,
    a_max: Option<Input>,
    out: Option<&Array>,
    min: Option<Input>,
    max: Option<Input>,
    dtype: Option<DType>,
    casting: Option<Casting>,
    r#where: Option<&Array>,
) -> Result<Array> {
    if (a_min.is_some() || a_max.is_some()) && (min.is_some() || max.is_some()) {
        return Err(Error::value("Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is forbidden."));
    }
    let (mut low, mut high) = (a_min.or(min), a_max.or(max));
    // A Python integer beyond an integer dtype is no bound.
    if let Some((least, most)) = range_of(a.dtype()) {
        low = low.filter(|low| !matches!(low, Input::Weak(Weak::Int(i)) if *i <= least));
        high = high.filter(|high| !matches!(high, Input::Weak(Weak::Int(i)) if *i >= most));
    }
    let options = UfuncOptions { out, mask: r#where, dtype, casting, ..UfuncOptions::default() };
    match (low, high) {
        (None, None) => apply(&POSITIVE, &[a.into()], &options),
        (Some(low), None) => apply(&MAXIMUM, &[a.into(), low], &options),
        (None, Some(high)) => apply(&MINIMUM, &[a.into(), high], &options),
        (Some(low), Some(high)) => {
            let common = dtype.or_else(|| result_type(&[operand(a.into()), operand(low), operand(high)]));
            // What two steps would say of themselves is said of all three operands at once.
            broadcast(&[a.shape(), shape_of(&low), shape_of(&high)])?;
            let rule = casting.unwrap_or(Casting::SameKind);
            if let (Some(out), Some(common)) = (out, common)
                && !can_cast(common, out.dtype(), rule)
            {
                return Err(output_casting("clip", common, out.dtype(), rule));
            }
            let raised = apply(&MAXIMUM, &[a.into(), low], &UfuncOptions { dtype: common, casting, ..UfuncOptions::default() })?;
            apply(&MINIMUM, &[(&raised).into(), high], &UfuncOptions { dtype: common, ..options })
        }
    }
}

fn shape_of<'a>(x: &Input<'a>) -> &'a [usize] {
    match x {
        Input::Array(a) => a.shape(),
        _ => &[],
    }
}

/// The least and the largest number of an integer dtype.
fn range_of(dtype: DType) -> Option<(i128, i128)> {
    let bits = 8 * dtype.size() as u32;
    match dtype.kind() {
        Kind::UInt => Some((0, (1 << bits) - 1)),
        Kind::Int => Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1)),
        _ => None,
    }
}
