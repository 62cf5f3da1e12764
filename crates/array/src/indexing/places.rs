//! Places in an array: one number counted through the array, or an index for each axis.

use super::access::check_places;
use super::nonzero::unraveled;
use crate::array::Array;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{FromValue, Kind, Value, order_of};
use crate::manipulation::broadcast_arrays;
use cuprous_core::indexing::IndexMode;
use cuprous_core::shape::checked_size;
use cuprous_core::{DType, Error, ErrorKind, Result, Weak};
use cuprous_ops::ufuncs::arithmetic::{ADD, MAXIMUM, MINIMUM, MULTIPLY, REMAINDER, SUBTRACT};
use cuprous_ops::ufuncs::comparison::{LESS, WHERE};

/// NumPy's word for an index outside its axis, or the number that NumPy's C interface has for it.
///
/// # Errors
/// `Value` and `Type` in NumPy's words for anything else.
pub(super) fn mode_of(given: &Value) -> Result<IndexMode> {
    match given {
        Value::None => Ok(IndexMode::Raise),
        Value::Str(word) => match &**word {
            "raise" => Ok(IndexMode::Raise),
            "wrap" => Ok(IndexMode::Wrap),
            "clip" => Ok(IndexMode::Clip),
            near if near.starts_with(['c', 'C', 'r', 'R', 'w', 'W']) => {
                Err(Error::value("Use one of 'clip', 'raise', or 'wrap' for clip mode"))
            }
            other => Err(Error::value(format!("clipmode must be one of 'clip', 'raise', or 'wrap' (got '{other}')"))),
        },
        Value::Int(0) => Ok(IndexMode::Clip),
        Value::Int(1) => Ok(IndexMode::Wrap),
        Value::Int(_) => Ok(IndexMode::Raise),
        _ => Err(Error::type_error("clipmode not understood")),
    }
}

impl<'v> FromValue<'v> for IndexMode {
    const KIND: Kind = Kind::Any;
    const IS_OPTIONAL: bool = true;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        mode_of(value)
    }
}

/// Whether places are counted with the first axis fastest.
fn is_fortran(order: &str) -> Result<bool> {
    match order_of(order)? {
        MemoryOrder::C => Ok(false),
        MemoryOrder::F => Ok(true),
        _ => Err(Error::value("only 'C' or 'F' order is permitted")),
    }
}

fn integers(a: &Array) -> Result<Array> {
    if !a.dtype().is_integral() {
        return Err(Error::type_error(if a.size() == 0 {
            "indices must be integral: the provided empty sequence was inferred as float. Wrap it with 'np.array(indices, dtype=np.intp)'"
        } else {
            "only int indices permitted"
        }));
    }
    a.astype(DType::I64)
}

fn number(n: usize) -> Input<'static> {
    Input::Weak(Weak::Int(n as i128))
}

fn compute(def: &'static cuprous_core::UfuncDef, inputs: &[Input]) -> Result<Array> {
    apply(def, inputs, &UfuncOptions::default())
}

/// Checks that numbers are not negative and below `len`: where the host knows them the error is `Value` with `message`.
pub(super) fn check_below(a: &Array, len: usize, message: impl FnOnce(&str) -> String) -> Result<()> {
    // A negative one would count from the end: it is moved further away.
    let is_negative = compute(&LESS, &[a.into(), number(0)])?;
    let below = compute(&SUBTRACT, &[a.into(), number(len)])?;
    let shown = compute(&WHERE, &[(&is_negative).into(), (&below).into(), a.into()])?;
    check_places(&shown, len, 0).map_err(|e| if e.kind() == ErrorKind::Index { Error::value(message(e.message())) } else { e })
}

/// Places as indices along each axis.
pub(super) fn unravel(indices: &Array, shape: &[usize], order: &str) -> Result<Vec<Array>> {
    let is_fortran = is_fortran(order)?;
    let places = integers(indices)?;
    let too_large =
        |_| Error::value("dimensions are too large; arrays and shapes with a total size greater than 'intp' are not supported.");
    let size = checked_size(shape, 1).map_err(too_large)?;
    if shape.is_empty() && places.n_axes() > 0 {
        return Err(Error::value("multiple indices are not supported for 0d arrays"));
    }
    let text = |inner: &str| {
        let index = inner.split(' ').nth(1).and_then(|word| word.parse::<i64>().ok()).unwrap_or_default();
        let index = if index < 0 { index + size as i64 } else { index };
        format!("index {index} is out of bounds for array with size {size}")
    };
    check_below(&places, size, text)?;
    if !is_fortran {
        return unraveled(&places, shape);
    }
    let reversed: Vec<usize> = shape.iter().rev().copied().collect();
    let mut out = unraveled(&places, &reversed)?;
    out.reverse();
    Ok(out)
}

/// Indices along each axis as places.
pub(super) fn ravel(indices: &[Array], shape: &[usize], modes: &[IndexMode], order: &str) -> Result<Array> {
    let is_fortran = is_fortran(order)?;
    if indices.len() != shape.len() {
        return Err(Error::value(format!("parameter multi_index must be a sequence of length {}", shape.len())));
    }
    let too_large = |_| Error::value("invalid dims: array size defined by dims is larger than the maximum possible size.");
    checked_size(shape, 1).map_err(too_large)?;
    let indices = indices.iter().map(integers).collect::<Result<Vec<_>>>()?;
    let all = broadcast_arrays(&indices.iter().collect::<Vec<_>>())?;
    let mut out: Option<Array> = None;
    let axes: Vec<usize> = if is_fortran { (0..shape.len()).rev().collect() } else { (0..shape.len()).collect() };
    for k in axes {
        let (n, index) = (shape[k], &all[k]);
        let index = match modes[k] {
            IndexMode::Wrap => compute(&REMAINDER, &[index.into(), number(n.max(1))])?,
            IndexMode::Clip => {
                let low = compute(&MAXIMUM, &[index.into(), number(0)])?;
                compute(&MINIMUM, &[(&low).into(), number(n.saturating_sub(1))])?
            }
            IndexMode::Raise | IndexMode::Skip => {
                check_below(index, n, |_| "invalid entry in coordinates array".into())?;
                index.clone()
            }
        };
        out = Some(match out {
            None => index,
            Some(before) => {
                let above = compute(&MULTIPLY, &[(&before).into(), number(n)])?;
                compute(&ADD, &[(&above).into(), (&index).into()])?
            }
        });
    }
    out.ok_or_else(|| Error::value("need at least one axis"))
}
