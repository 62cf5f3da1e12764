//! `ufunc.at`: a ufunc applied in place to the elements that an index selects, each as often as it is selected.

use super::Index;
use super::access::{Chosen, scatter};
use super::subscript::{basic, choose};
use crate::array::Array;
use crate::engine::{Input, resolve};
use cuprous_core::indexing::{Atomic, Combine, IndexMode};
use cuprous_core::promote::{self, Casting};
use cuprous_core::{DType, Error, Kind, Result, Scalar, UfuncDef};
use cuprous_ops::casts::cast_row;
use cuprous_ops::ufuncs::arithmetic::{ADD, MAXIMUM, MINIMUM, MULTIPLY, SUBTRACT};
use smallvec::SmallVec;

/// Combines values with the elements that an index selects: unlike `a[index] += values`, an element that is selected
/// twice takes part twice. Values broadcast to what the index selects; results are cast to the dtype of `a`, whatever
/// is lost.
///
/// Ufuncs of one argument take no values. On the CPU elements are combined in order; on a GPU in any, so sums of floats
/// may differ in their last bits from run to run.
///
/// # Errors
/// `Index` and `Value` in NumPy's words; `Type` if the ufunc has no loop for the dtypes.
pub fn at(def: &'static UfuncDef, a: &Array, index: &[Index], values: Option<Input>) -> Result<()> {
    if def.n_outs != 1 {
        return Err(Error::value("Only single output ufuncs supported at this time"));
    }
    match (def.args.len(), values) {
        (1, Some(_)) => return Err(Error::value("second operand provided when ufunc is unary")),
        (2, None) => return Err(Error::value("second operand needed for ufunc")),
        (1 | 2, _) => {}
        _ => return Err(Error::value("Only unary and binary ufuncs supported at this time")),
    }
    let to = a.dtype();
    let is = |one: &'static UfuncDef| std::ptr::eq(one, def);
    // Numbers are as strong as arrays here. Where the result is the same in every bit, a value is taken in the target's
    // dtype, which hardware can combine.
    let value = values.map(|v| strong(v, to, is(&ADD) || is(&SUBTRACT) || is(&MULTIPLY), is(&MAXIMUM) || is(&MINIMUM))).transpose()?;
    let operand = |v: &Value| promote::Operand::Strong(v.dtype());
    let operands: SmallVec<[promote::Operand; 2]> =
        std::iter::once(promote::Operand::Strong(to)).chain(value.as_ref().map(operand)).collect();
    let row = resolve::resolve(def, &operands, None, Casting::Unsafe)?;
    if let Some(Input::Weak(w)) = values {
        resolve::check_exponent(def, row, &[promote::Operand::Strong(to), promote::Operand::Weak(w)])?;
    }

    let chosen = match basic(index) {
        None => choose(a, index)?,
        Some(slices) => {
            let view = a.slice(&slices)?;
            Chosen { base: view.layout().clone(), array: view, indices: SmallVec::new(), mode: IndexMode::Raise }
        }
    };
    let values = match value {
        None => None,
        Some(v) => Some(v.into_array(row.ins[1], a)?),
    };
    if let Some(v) = &values {
        let wanted = &chosen.base.shape;
        // Unlike assignments, it drops no leading axes of length 1.
        let fits = v.n_axes() <= wanted.len() && v.shape().iter().rev().zip(wanted.iter().rev()).all(|(&n, &m)| n == 1 || n == m);
        if !fits {
            return Err(Error::value("array is not broadcastable to correct shape"));
        }
        return scatter(&chosen, Some(v), Some(combine(def, row, to)));
    }
    scatter(&chosen, None, Some(combine(def, row, to)))
}

fn combine(def: &'static UfuncDef, row: &'static cuprous_core::LoopDef, to: DType) -> Combine {
    let is = |one: &'static UfuncDef| std::ptr::eq(one, def);
    let is_plain = row.ins.iter().all(|&d| d == to) && row.outs[0] == to && to != DType::Bool;
    let atomic = match () {
        () if !is_plain => None,
        () if is(&ADD) => Some(Atomic::Add),
        () if is(&MAXIMUM) => Some(Atomic::Max),
        () if is(&MINIMUM) => Some(Atomic::Min),
        () => None,
    };
    let cast = |from: DType, to: DType| (from != to).then(|| cast_row(from, to));
    Combine { row, load: cast(to, row.ins[0]), store: cast(row.outs[0], to), atomic }
}

/// A value with its dtype, still a number where it was one.
enum Value {
    Number(Scalar),
    Array(Array, DType),
}

impl Value {
    fn dtype(&self) -> DType {
        match self {
            Value::Number(s) => s.dtype(),
            Value::Array(_, dtype) => *dtype,
        }
    }

    fn into_array(self, to: DType, like: &Array) -> Result<Array> {
        match self {
            Value::Number(s) => crate::creation::full_on(&[], s.cast(to), Some(like.device())),
            Value::Array(a, _) if a.dtype() == to => Ok(a),
            Value::Array(a, between) => {
                let a = a.cast(between)?;
                a.astype(to)
            }
        }
    }
}

/// A value as strong as an array. `is_ring` says that the op is a sum, difference or product, `is_choice` that it
/// chooses one of its operands.
fn strong(value: Input, to: DType, is_ring: bool, is_choice: bool) -> Result<Value> {
    let is_integer = |d: DType| matches!(d.kind(), Kind::Int | Kind::UInt);
    // Integers wrap alike in every width.
    let wraps = |from: DType| is_ring && is_integer(to) && from.is_integral();
    let number = match value {
        Input::Array(a) => {
            let dtype = if wraps(a.dtype()) { to } else { a.dtype() };
            return Ok(Value::Array(a.clone(), dtype));
        }
        Input::Scalar(s) => s,
        Input::Weak(w) => w.to_scalar(w.default_dtype())?,
    };
    // A float that holds the number exactly gives the same sums: rounding twice does no harm where one format has more
    // than twice the digits of the other.
    let is_exact = to.kind() == Kind::Float && number.dtype().kind() != Kind::Complex && {
        let (wide, narrow) = (number.to::<f64>(), number.cast(to).to::<f64>());
        wide == narrow || (wide.is_nan() && narrow.is_nan())
    };
    let takes = wraps(number.dtype()) || ((is_ring || is_choice) && is_exact);
    Ok(Value::Number(if takes { number.cast(to) } else { number }))
}
