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
/// `Type` in NumPy's words if there is none or casting forbids it.
pub fn resolve(def: &'static UfuncDef, operands: &[Operand], dtype: Option<DType>, casting: Casting) -> Result<&'static LoopDef> {
    let mut have = effective(operands);
    let found = match dtype {
        Some(d) if def.loops.iter().any(|l| l.outs[0] != DType::Bool) || d != DType::Bool => by_output(def, operands, &have, d, casting),
        _ => {
            refuse_booleans(def, &have, operands)?;
            match def.resolve {
                Resolve::TrueDivide if have.iter().all(|d| d.is_integral()) => have.iter_mut().for_each(|d| *d = DType::F64),
                // The condition takes any dtype: it is cast by its truth.
                Resolve::Select => {
                    let chosen = result_type(&operands[1..]).unwrap_or(DType::F64);
                    have = SmallVec::from_slice(&[DType::Bool, chosen, chosen]);
                }
                _ => {}
            }
            def.loops.iter().find(|l| fits(def, l, operands, &have)).ok_or_else(|| {
                if def.resolve == Resolve::ExactLoops {
                    return no_loop(def, operands, None);
                }
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
    Ok(found)
}

/// Whether inputs of a ufunc's loops have dtypes of their own, as the exponent of `ldexp`.
fn is_mixed(def: &UfuncDef) -> bool {
    def.resolve != Resolve::Select && def.loops[0].ins.windows(2).any(|pair| pair[0] != pair[1])
}

/// Whether operands cast safely into a loop. Where inputs have dtypes of their own, a Python number takes any dtype that
/// holds its kind, unless it is of a higher kind than all arrays: then it has its default dtype.
fn fits(def: &UfuncDef, row: &LoopDef, operands: &[Operand], have: &[DType]) -> bool {
    let rank = |kind: Kind| match kind {
        Kind::Bool => 0,
        Kind::UInt | Kind::Int => 1,
        Kind::Float => 2,
        Kind::Complex => 3,
    };
    if !is_mixed(def) {
        return row.ins.iter().zip(have).all(|(&to, &from)| is_safe(from, to));
    }
    let highest = operands.iter().filter_map(|op| if let Operand::Strong(d) = op { Some(rank(d.kind())) } else { None }).max();
    row.ins.iter().zip(operands.iter().zip(have)).all(|(&to, (op, &from))| match op {
        Operand::Weak(w) => {
            let own = w.default_dtype();
            if highest >= Some(rank(own.kind())) { rank(own.kind()) <= rank(to.kind()) } else { is_safe(own, to) }
        }
        _ => is_safe(from, to),
    })
}

/// Refuses integers to the power of a negative Python integer.
///
/// # Errors
/// `Value` in NumPy's words.
pub fn check_exponent(def: &UfuncDef, row: &LoopDef, operands: &[Operand]) -> Result<()> {
    match operands {
        [_, Operand::Weak(Weak::Int(exponent))] if def.resolve == Resolve::Power && *exponent < 0 && row.outs[0].kind() == Kind::Int => {
            Err(Error::value("Integers to negative integer powers are not allowed."))
        }
        _ => Ok(()),
    }
}

/// NumPy's class of a dtype, as its messages name it.
fn class(d: DType) -> String {
    let name = d.name();
    let split = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let word = match d.kind() {
        Kind::Bool => "Bool",
        Kind::UInt => "UInt",
        Kind::Int => "Int",
        Kind::Float => "Float",
        Kind::Complex => "Complex",
    };
    format!("<class 'numpy.dtypes.{word}{}DType'>", &name[split..])
}

/// NumPy's words where a method of a ufunc finds no loop whose result is again its input.
pub(super) fn no_own_loop(def: &UfuncDef, from: DType, asked: Option<DType>) -> Error {
    let to = asked.map_or("None".into(), class);
    Error::type_error(format!("ufunc '{}' did not contain a loop with signature matching types ({to}, {}) -> {to}", def.name, class(from)))
}

/// NumPy's words where an op without promotion of its own has no such loop.
fn no_loop(def: &UfuncDef, operands: &[Operand], to: Option<DType>) -> Error {
    let given: Vec<String> = operands
        .iter()
        .map(|op| match *op {
            Operand::Strong(d) => class(d),
            Operand::Weak(Weak::Bool(_)) => class(DType::Bool),
            Operand::Weak(Weak::Int(_)) => "<class 'numpy.dtypes._PyLongDType'>".into(),
            Operand::Weak(Weak::Float(_)) => "<class 'numpy.dtypes._PyFloatDType'>".into(),
            Operand::Weak(Weak::Complex(_)) => "<class 'numpy.dtypes._PyComplexDType'>".into(),
        })
        .collect();
    let given = match &given[..] {
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    };
    Error::type_error(format!(
        "ufunc '{}' did not contain a loop with signature matching types {given} -> {}",
        def.name,
        to.map_or("None".into(), class)
    ))
}

fn input_casting(def: &UfuncDef, n_in: usize, k: usize, from: DType, to: DType, casting: Casting) -> Error {
    let which = if n_in == 1 { String::new() } else { format!(" {k}") };
    Error::type_error(format!(
        "Cannot cast ufunc '{}' input{which} from dtype('{from}') to dtype('{to}') with casting rule '{}'",
        def.name,
        casting.name()
    ))
}

/// The error of a result that `out=` cannot take.
pub fn output_casting(name: &str, from: DType, to: DType, casting: Casting) -> Error {
    cannot_cast(name, "output", from, to, casting)
}

/// The error of one of several results that `out=` cannot take.
pub fn output_casting_of(def: &UfuncDef, k: usize, from: DType, to: DType, casting: Casting) -> Error {
    if def.n_outs == 1 {
        return output_casting(def.name, from, to, casting);
    }
    cannot_cast(def.name, &format!("output {}", def.args.len() + k), from, to, casting)
}

fn cannot_cast(name: &str, what: &str, from: DType, to: DType, casting: Casting) -> Error {
    Error::type_error(format!(
        "Cannot cast ufunc '{name}' {what} from dtype('{from}') to dtype('{to}') with casting rule '{}'",
        casting.name()
    ))
}

fn refuse_booleans(def: &UfuncDef, have: &[DType], operands: &[Operand]) -> Result<()> {
    if have.iter().all(|&d| d == DType::Bool) {
        match def.resolve {
            Resolve::NoBool(message) => return Err(Error::type_error(message)),
            Resolve::ExactLoops if def.loops.iter().all(|l| l.ins[0] != DType::Bool) => return Err(no_loop(def, operands, None)),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a loop gives another dtype than it takes: for those NumPy has other words.
fn changes_kind(def: &UfuncDef, dtype: DType) -> bool {
    def.loops.iter().any(|l| l.ins[0] == dtype && l.outs[0] != dtype)
}

/// With `dtype=` the loop is the one with that result.
fn by_output(def: &'static UfuncDef, operands: &[Operand], have: &[DType], dtype: DType, casting: Casting) -> Result<&'static LoopDef> {
    if dtype == DType::Bool
        && let Resolve::NoBool(message) = def.resolve
    {
        return Err(Error::type_error(message));
    }
    let mut with_result = def.loops.iter().filter(|l| l.outs[0] == dtype).peekable();
    if with_result.peek().is_none() && def.resolve == Resolve::ExactLoops && !changes_kind(def, have[0]) {
        return Err(no_loop(def, operands, Some(dtype)));
    }
    if with_result.peek().is_none() {
        return Err(Error::type_error(format!("No loop matching the specified signature and casting was found for ufunc {}", def.name)));
    }
    let no_match = || Error::type_error(format!("No loop matching the specified signature and casting was found for ufunc {}", def.name));
    if is_mixed(def) {
        return with_result.find(|l| fits(def, l, operands, have)).ok_or_else(no_match);
    }
    let mut first = None;
    // Of loops that change the dtype NumPy tries the one that takes the result's first, and names it if none fits.
    let with_result = def.loops.iter().filter(|l| l.outs[0] == dtype && l.ins[0] == dtype).chain(with_result);
    for l in with_result {
        match have.iter().zip(l.ins).position(|(&from, &to)| !can_cast(from, to, casting)) {
            None => return Ok(l),
            Some(k) => {
                first.get_or_insert_with(|| input_casting(def, have.len(), k, have[k], l.ins[k], casting));
            }
        }
    }
    Err(first.unwrap_or_else(no_match))
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
