//! The parameters of a user's kernel: their text, and which dtypes a call decides on.

use crate::engine::Input;
use cuprous_core::kernel::CustomParam;
use cuprous_core::{DType, Error, Kind, Result, Scalar, Weak};

/// A parameter as it was declared: `"raw float32 x"`, `"T y"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// What the expressions call it
    pub name: String,
    /// The type of its elements
    pub of: ParamType,
    /// Whether the expressions see the whole array
    pub is_raw: bool,
    /// Whether the kernel only reads it
    pub is_const: bool,
}

/// The type of a parameter's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// Always the same
    Dtype(DType),
    /// A letter for a dtype that is the same for all parameters of that letter
    Placeholder(String),
}

/// The parameters of a list such as `"T x, raw float32 y"`.
///
/// # Errors
/// `Value` for what is no parameter, `Type` for an unknown type.
pub fn parse(list: &str, is_const: bool) -> Result<Vec<Param>> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    list.trim().split(',').map(|text| parse_one(text, is_const)).collect()
}

fn parse_one(text: &str, is_const: bool) -> Result<Param> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [keywords @ .., of, name] = &words[..] else {
        return Err(Error::value(format!("Syntax error: {text}")));
    };
    if !is_identifier(name) {
        return Err(Error::value(format!("Syntax error: {text}")));
    }
    let of = if of.chars().count() == 1 && is_identifier(of) {
        ParamType::Placeholder(of.to_string())
    } else {
        match DType::parse(of) {
            Some(d) if d.name() == *of => ParamType::Dtype(d),
            Some(_) => return Err(Error::value(format!("Wrong type {of}"))),
            None => return Err(Error::type_error(format!("data type '{of}' not understood"))),
        }
    };
    let mut param = Param { name: name.to_string(), of, is_raw: false, is_const };
    for keyword in keywords {
        match *keyword {
            "raw" => param.is_raw = true,
            "_non_const" => param.is_const = false,
            other => return Err(Error::value(format!("Unknown keyword \"{other}\""))),
        }
    }
    Ok(param)
}

/// Whether C takes it for a name.
pub fn is_identifier(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && text.chars().next().is_some_and(|c| !c.is_ascii_digit())
}

/// Checks what kernel and parameters are called.
///
/// # Errors
/// `Value` in CuPy's words.
pub(super) fn check_names<'a>(name: &str, params: impl Iterator<Item = &'a Param>) -> Result<()> {
    if !is_identifier(name) {
        return Err(Error::value(format!("Invalid kernel name: \"{name}\"")));
    }
    let mut seen: Vec<&str> = Vec::new();
    for param in params {
        if seen.contains(&&param.name[..]) {
            return Err(Error::value(format!("two parameters are called '{}'", param.name)));
        }
        seen.push(&param.name);
    }
    Ok(())
}

/// The dtypes that a call decided on.
pub(super) struct Decided {
    /// Of inputs, then of outputs
    pub dtypes: Vec<DType>,
    /// Of the placeholders
    pub types: Vec<(String, DType)>,
}

/// Decides the dtypes from those of the arrays: numbers take what their placeholder is.
///
/// # Errors
/// `Type` in CuPy's words if they do not agree, or if nothing decides a placeholder.
pub(super) fn decide(ins: &[Param], outs: &[Param], in_dtypes: &[Option<DType>], out_dtypes: &[DType]) -> Result<Decided> {
    let mut types: Vec<(String, DType)> = Vec::new();
    let given = outs.iter().zip(out_dtypes.iter().map(|d| Some(*d))).chain(ins.iter().zip(in_dtypes.iter().copied()));
    for (param, dtype) in given {
        let Some(dtype) = dtype else { continue };
        let class = |d: DType| format!("<class 'numpy.{d}'>");
        match &param.of {
            ParamType::Dtype(own) if *own != dtype => {
                return Err(Error::type_error(format!("Type is mismatched. {} {} {}", param.name, class(dtype), class(*own))));
            }
            ParamType::Dtype(_) => {}
            ParamType::Placeholder(letter) => match types.iter().find(|t| t.0 == *letter) {
                Some((_, other)) if *other != dtype => {
                    let (a, b) = (class(dtype), class(*other));
                    return Err(Error::type_error(format!("Type is mismatched. {} {a} {b} {letter}", param.name)));
                }
                Some(_) => {}
                None => types.push((letter.clone(), dtype)),
            },
        }
    }
    let dtype_of = |param: &Param| match &param.of {
        ParamType::Dtype(d) => Ok(*d),
        ParamType::Placeholder(letter) => types.iter().find(|t| t.0 == *letter).map(|t| t.1).ok_or_else(|| {
            Error::type_error(format!("nothing decides the type '{letter}' of {}: give an array of that type, or name it", param.name))
        }),
    };
    let dtypes = ins.iter().chain(outs).map(dtype_of).collect::<Result<_>>()?;
    Ok(Decided { dtypes, types })
}

/// The parameters with the dtypes that were decided.
pub(super) fn custom_params(ins: &[Param], outs: &[Param], dtypes: &[DType]) -> Vec<CustomParam> {
    let of = |(p, d): (&Param, &DType)| CustomParam { name: p.name.clone(), dtype: *d, is_raw: p.is_raw, is_const: p.is_const };
    ins.iter().chain(outs).zip(dtypes).map(of).collect()
}

/// A number as an element of a dtype.
///
/// # Errors
/// `Type` for a complex number where none can be, `Overflow` for an integer that does not fit.
pub(super) fn number(input: Input, dtype: DType) -> Result<Scalar> {
    match input {
        Input::Scalar(s) => Ok(s.cast(dtype)),
        Input::Weak(Weak::Complex(_)) if dtype.kind() != Kind::Complex => {
            Err(Error::type_error(format!("a complex number was given for a parameter of {dtype}")))
        }
        Input::Weak(w) => w.to_scalar(dtype),
        Input::Array(_) => Err(Error::runtime("an array is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::ErrorKind;

    #[test]
    fn lists_are_parsed() {
        let params = parse(" T x,raw  float32 y ", true).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(params.len(), 2);
        assert_eq!((&params[0].name[..], &params[0].of, params[0].is_raw), ("x", &ParamType::Placeholder("T".into()), false));
        assert_eq!((&params[1].name[..], &params[1].of, params[1].is_raw), ("y", &ParamType::Dtype(DType::F32), true));
        assert!(parse("", true).is_ok_and(|p| p.is_empty()));
        let message = |text: &str| parse(text, true).err().map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(message("x"), "Syntax error: x");
        assert_eq!(message("f4 x"), "Wrong type f4");
        assert_eq!(message("raww T x"), "Unknown keyword \"raww\"");
        assert_eq!(message("float x"), "data type 'float' not understood");
        assert_eq!(message("T x-y"), "Syntax error: T x-y");
    }

    #[test]
    fn placeholders_are_decided_by_arrays() {
        let (ins, outs) = (parse("T x, T y, float64 z", true), parse("U w", false));
        let (ins, outs) = (ins.unwrap_or_default(), outs.unwrap_or_default());
        let decided = |i: &[Option<DType>], o: &[DType]| decide(&ins, &outs, i, o).map(|d| d.dtypes).map_err(|e| (e.kind(), e.to_string()));
        let (f, d) = (DType::F32, DType::F64);
        assert_eq!(decided(&[Some(f), None, None], &[d]), Ok(vec![f, f, d, d]));
        assert_eq!(
            decided(&[Some(f), Some(d), None], &[d]).err(),
            Some((ErrorKind::Type, "Type is mismatched. y <class 'numpy.float64'> <class 'numpy.float32'> T".into()))
        );
        assert_eq!(
            decided(&[Some(f), None, Some(f)], &[d]).err().map(|e| e.1),
            Some("Type is mismatched. z <class 'numpy.float32'> <class 'numpy.float64'>".into())
        );
        assert!(decided(&[Some(f), None, None], &[]).is_err_and(|e| e.1.contains("'U'")));
    }
}
