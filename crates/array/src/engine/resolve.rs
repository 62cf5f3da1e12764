//! Which loop of an op takes these operands: NumPy's rules and NumPy's words.

use cuprous_core::op::Resolve;
use cuprous_core::promote::{Casting, Operand, can_cast, is_safe, result_type};
use cuprous_core::{DType, Error, Kind, LoopDef, Result, UfuncDef, Weak};
use smallvec::SmallVec;

/// The dtypes that operands count with: Python numbers take the arrays' where those can hold their kind.
fn effective(operands: &[Operand]) -> SmallVec<[DType; 4]> {
    let common = result_type(operands);
    operands
        .iter()
        .map(|op| match *op {
            Operand::Strong(d) => d,
            // A weak number never decides the size; its kind may.
            Operand::Weak(Weak::Bool(_)) => DType::Bool,
            Operand::Weak(w) => common.unwrap_or_else(|| w.default_dtype()),
        })
        .collect()
}

/// Finds the loop for operands.
///
/// # Errors
/// `Type` in NumPy's words if there is none or casting forbids it; `Value` for integers to negative powers.
pub fn resolve(def: &'static UfuncDef, operands: &[Operand], dtype: Option<DType>, casting: Casting) -> Result<&'static LoopDef> {
    let mut have = effective(operands);
    let found = match dtype {
        Some(d) if def.loops.iter().any(|l| l.outs[0] != DType::Bool) || d != DType::Bool => by_output(def, &have, d, casting),
        _ => {
            refuse_booleans(def, &have)?;
            match def.resolve {
                Resolve::TrueDivide if have.iter().all(|d| d.is_integral()) => have.iter_mut().for_each(|d| *d = DType::F64),
                // The condition takes any dtype: it is cast by its truth.
                Resolve::Select => {
                    let chosen = result_type(&operands[1..]).unwrap_or(DType::F64);
                    have = SmallVec::from_slice(&[DType::Bool, chosen, chosen]);
                }
                _ => {}
            }
            def.loops.iter().find(|l| l.ins.iter().zip(&have).all(|(&to, &from)| is_safe(from, to))).ok_or_else(|| {
                Error::type_error(format!(
                    "ufunc '{}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''",
                    def.name
                ))
            })
        }
    }?;
    if def.resolve != Resolve::Select {
        for (k, (op, &to)) in operands.iter().zip(found.ins).enumerate() {
            if let Operand::Strong(from) = *op
                && !can_cast(from, to, casting)
                && !(def.resolve == Resolve::TrueDivide && casting >= Casting::Safe)
            {
                return Err(input_casting(def, operands.len(), k, from, to, casting));
            }
        }
    }
    if def.resolve == Resolve::Power
        && found.outs[0].is_integral()
        && let Operand::Weak(Weak::Int(exponent)) = operands[1]
        && exponent < 0
        && found.outs[0].kind() == Kind::Int
    {
        return Err(Error::value("Integers to negative integer powers are not allowed."));
    }
    Ok(found)
}

fn input_casting(def: &UfuncDef, n_in: usize, k: usize, from: DType, to: DType, casting: Casting) -> Error {
    let which = if n_in == 1 { String::new() } else { format!(" {k}") };
    Error::type_error(format!("Cannot cast ufunc '{}' input{which} from dtype('{from}') to dtype('{to}') with casting rule '{}'", def.name, casting.name()))
}

/// The error of a result that `out=` cannot take.
pub fn output_casting(name: &str, from: DType, to: DType, casting: Casting) -> Error {
    Error::type_error(format!("Cannot cast ufunc '{name}' output from dtype('{from}') to dtype('{to}') with casting rule '{}'", casting.name()))
}

fn refuse_booleans(def: &UfuncDef, have: &[DType]) -> Result<()> {
    if have.iter().all(|&d| d == DType::Bool) {
        match def.resolve {
            Resolve::NoBool(message) => return Err(Error::type_error(message)),
            Resolve::NoLoopForBool => {
                return Err(Error::type_error(format!(
                    "ufunc '{}' did not contain a loop with signature matching types <class 'numpy.dtypes.BoolDType'> -> None",
                    def.name
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// With `dtype=` the loop is the one with that result.
fn by_output(def: &'static UfuncDef, have: &[DType], dtype: DType, casting: Casting) -> Result<&'static LoopDef> {
    if dtype == DType::Bool {
        match def.resolve {
            Resolve::NoBool(message) => return Err(Error::type_error(message)),
            Resolve::NoLoopForBool => {
                let bool_type = "<class 'numpy.dtypes.BoolDType'>";
                return Err(Error::type_error(format!("ufunc '{}' did not contain a loop with signature matching types {bool_type} -> {bool_type}", def.name)));
            }
            _ => {}
        }
    }
    let mut with_result = def.loops.iter().filter(|l| l.outs[0] == dtype).peekable();
    if with_result.peek().is_none() {
        return Err(Error::type_error(format!("No loop matching the specified signature and casting was found for ufunc {}", def.name)));
    }
    let mut first = None;
    for l in with_result {
        match have.iter().zip(l.ins).position(|(&from, &to)| !can_cast(from, to, casting)) {
            None => return Ok(l),
            Some(k) => {
                first.get_or_insert_with(|| input_casting(def, have.len(), k, have[k], l.ins[k], casting));
            }
        }
    }
    Err(first.unwrap_or_else(|| Error::type_error(format!("No loop matching the specified signature and casting was found for ufunc {}", def.name))))
}

/// What a comparison with a Python integer beyond the array's dtype gives, if it is one: `-1` where the array's
/// elements are below the number, `1` where they are above.
pub fn out_of_range(def: &UfuncDef, operands: &[Operand]) -> Option<(usize, i32)> {
    if def.resolve != Resolve::Comparison || operands.len() != 2 {
        return None;
    }
    let (k, number, dtype) = match operands {
        [Operand::Strong(d), Operand::Weak(Weak::Int(i))] => (1, *i, *d),
        [Operand::Weak(Weak::Int(i)), Operand::Strong(d)] => (0, *i, *d),
        _ => return None,
    };
    if !dtype.is_integral() || dtype == DType::Bool || Weak::Int(number).to_scalar(dtype).is_ok() {
        return None;
    }
    Some((k, if number > 0 { -1 } else { 1 }))
}
