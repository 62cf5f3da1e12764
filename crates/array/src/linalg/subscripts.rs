//! Subscripts of `einsum`: a string or lists of numbers, read into labels.

use crate::array::Array;
use crate::function::Value;
use cuprous_core::{DType, Error, Result, Scalar, Weak};

/// The label of an axis: the letters as they sort, and the axes of an ellipsis above them.
pub(super) type Label = u16;

/// The first label of an ellipsis' axes, counted from the last of them.
pub(super) const DOTS: Label = 256;

/// One subscript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Label(Label),
    Dots,
}

/// What is to be computed: labels for each axis of each operand and of the result.
pub(super) struct Subscripts {
    pub operands: Vec<Array>,
    pub inputs: Vec<Vec<Label>>,
    pub output: Vec<Label>,
}

/// Reads the arguments of a call.
///
/// # Errors
/// `Value` and `Type` in NumPy's words.
pub(super) fn read(arguments: &[Value]) -> Result<Subscripts> {
    let (operands, marks, output) = match arguments {
        [] => {
            return Err(Error::value(
                "must specify the einstein sum subscripts string and at least one operand, or at least one operand and its corresponding subscripts list",
            ));
        }
        [Value::Str(text), operands @ ..] => from_text(text, operands)?,
        all => from_lists(all)?,
    };
    let device = operands.iter().find_map(|v| if let Value::Array(a) = v { Some(a.device()) } else { None });
    let operands = operands.iter().map(|v| array_of(v, device)).collect::<Result<Vec<_>>>()?;

    // Each ellipsis stands for the axes that have no subscript.
    let mut inputs = Vec::new();
    let mut n_dots = 0;
    for (k, (x, marks)) in operands.iter().zip(&marks).enumerate() {
        let n_labels = marks.iter().filter(|m| **m != Mark::Dots).count();
        let has_dots = n_labels < marks.len();
        if n_labels > x.n_axes() {
            return Err(Error::value(format!("einstein sum subscripts string contains too many subscripts for operand {k}")));
        }
        let rest = x.n_axes() - n_labels;
        if rest > 0 && !has_dots {
            return Err(Error::value(
                "operand has more dimensions than subscripts given in einstein sum, but no '...' ellipsis provided to broadcast the extra dimensions.",
            ));
        }
        n_dots = n_dots.max(rest);
        inputs.push(expanded(marks, rest));
    }
    let mut used: Vec<Label> = inputs.iter().flatten().copied().filter(|&l| l < DOTS).collect();
    used.sort_unstable();
    let output = match output {
        Some(marks) => {
            for (at, mark) in marks.iter().enumerate() {
                let Mark::Label(label) = *mark else { continue };
                if marks[..at].contains(mark) {
                    return Err(Error::value(format!(
                        "einstein sum subscripts string includes output subscript '{}' multiple times",
                        letter(label)
                    )));
                }
                if !used.contains(&label) {
                    return Err(Error::value(format!(
                        "einstein sum subscripts string included output subscript '{}' which never appeared in an input",
                        letter(label)
                    )));
                }
            }
            if n_dots > 0 && !marks.contains(&Mark::Dots) {
                return Err(Error::value(
                    "output has more dimensions than subscripts given in einstein sum, but no '...' ellipsis provided to broadcast the extra dimensions.",
                ));
            }
            expanded(&marks, n_dots)
        }
        // The axes of ellipses first, then the labels that appear once, in alphabetical order.
        None => {
            let once = used.iter().filter(|&l| used.iter().filter(|&m| m == l).count() == 1);
            expanded(&[Mark::Dots], n_dots).into_iter().chain(once.copied()).collect()
        }
    };
    Ok(Subscripts { operands, inputs, output })
}

fn expanded(marks: &[Mark], n_dots: usize) -> Vec<Label> {
    let mut labels = Vec::new();
    for mark in marks {
        match *mark {
            Mark::Label(l) => labels.push(l),
            Mark::Dots => labels.extend((0..n_dots as Label).rev().map(|k| DOTS + k)),
        }
    }
    labels
}

/// The letter of a label.
pub(super) fn letter(label: Label) -> char {
    char::from_u32(label.into()).unwrap_or('?')
}

type Read<'a> = (Vec<&'a Value>, Vec<Vec<Mark>>, Option<Vec<Mark>>);

fn from_text<'a>(text: &str, operands: &'a [Value]) -> Result<Read<'a>> {
    if operands.is_empty() {
        return Err(Error::value("must specify the einstein sum subscripts string and at least one operand"));
    }
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None if text.contains('-') || text.contains('>') => {
            return Err(Error::value("einstein sum subscript string does not contain proper '->' output specified"));
        }
        None => (text, None),
    };
    let parts: Vec<&str> = inputs.split(',').collect();
    // NumPy's words, which mean it the other way round.
    if parts.len() > operands.len() {
        return Err(Error::value("more operands provided to einstein sum function than specified in the subscripts string"));
    }
    if parts.len() < operands.len() {
        return Err(Error::value("fewer operands provided to einstein sum function than specified in the subscripts string"));
    }
    let marks = parts.iter().enumerate().map(|(k, part)| marks_of(part, Some(k))).collect::<Result<Vec<_>>>()?;
    let output = output.map(|part| marks_of(part, None)).transpose()?;
    Ok((operands.iter().collect(), marks, output))
}

/// The subscripts of an operand, or of the output.
fn marks_of(text: &str, operand: Option<usize>) -> Result<Vec<Mark>> {
    let mut marks = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '.' {
            if !rest.starts_with("...") || marks.contains(&Mark::Dots) {
                let place = operand.map_or(String::from("in the output"), |k| format!("in operand {k}"));
                return Err(Error::value(format!(
                    "einstein sum subscripts string contains a '.' that is not part of an ellipsis ('...') {place}"
                )));
            }
            marks.push(Mark::Dots);
            rest = &rest[3..];
            continue;
        }
        if c.is_ascii_alphabetic() {
            marks.push(Mark::Label(c as Label));
        } else if c != ' ' {
            return Err(Error::value(format!("invalid subscript '{c}' in einstein sum subscripts string, subscripts must be letters")));
        }
        rest = &rest[c.len_utf8()..];
    }
    Ok(marks)
}

/// Operands and lists of subscripts in turn, and perhaps the list of the output.
fn from_lists(all: &[Value]) -> Result<Read<'_>> {
    let (pairs, output) = if all.len() % 2 == 1 { (&all[..all.len() - 1], all.last()) } else { (all, None) };
    let no_subscript = || Error::type_error("each subscript must be either an integer or an ellipsis");
    let list = |v: &Value| -> Result<Vec<Mark>> {
        let Value::Tuple(items) = v else { return Err(no_subscript()) };
        let mut marks = Vec::new();
        for item in items {
            let mark = match item {
                Value::Int(i) if (0..52).contains(i) => {
                    // Capitals are the first 26, as letters sort.
                    let base = if *i < 26 { b'A' } else { b'a' - 26 };
                    Mark::Label((base + *i as u8).into())
                }
                Value::Int(_) => return Err(Error::value("subscript is not within the valid range [0, 52)")),
                Value::Str(s) if s == "..." => Mark::Dots,
                _ => return Err(no_subscript()),
            };
            if mark == Mark::Dots && marks.contains(&Mark::Dots) {
                return Err(Error::value("each subscripts list may have only one ellipsis"));
            }
            marks.push(mark);
        }
        Ok(marks)
    };
    if pairs.is_empty() {
        return Err(Error::value("must specify the einstein sum subscripts string and at least one operand"));
    }
    let (mut operands, mut marks) = (Vec::new(), Vec::new());
    for pair in pairs.chunks(2) {
        operands.push(&pair[0]);
        marks.push(list(&pair[1])?);
    }
    Ok((operands, marks, output.map(list).transpose()?))
}

/// An operand as an array: numbers and nested lists of them too.
fn array_of(value: &Value, device: Option<cuprous_core::Device>) -> Result<Array> {
    if let Value::Array(a) | Value::Fresh(a) = value {
        return Ok(a.clone());
    }
    let (mut shape, mut numbers) = (Vec::new(), Vec::new());
    flatten(value, 0, &mut shape, &mut numbers)?;
    let of = |n: &Number| match n {
        Number::Scalar(s) => s.dtype(),
        Number::Weak(w) => w.default_dtype(),
    };
    let dtype = numbers.iter().map(of).reduce(cuprous_core::promote::promote).unwrap_or(DType::F64);
    let mut bytes = Vec::new();
    for n in &numbers {
        let scalar = match n {
            Number::Scalar(s) => s.cast(dtype),
            Number::Weak(w) => w.to_scalar(dtype)?,
        };
        bytes.extend_from_slice(scalar.bytes());
    }
    let device = device.map_or_else(crate::engine::place::default_device, Ok)?;
    Array::from_bytes(&bytes, dtype, &shape, device)
}

enum Number {
    Scalar(Scalar),
    Weak(Weak),
}

fn flatten(value: &Value, depth: usize, shape: &mut Vec<usize>, numbers: &mut Vec<Number>) -> Result<()> {
    let ragged = || Error::value("setting an array element with a sequence. The requested array has an inhomogeneous shape.");
    if let Value::Tuple(items) = value {
        if depth == shape.len() {
            if !numbers.is_empty() {
                return Err(ragged());
            }
            shape.push(items.len());
        }
        if shape[depth] != items.len() {
            return Err(ragged());
        }
        return items.iter().try_for_each(|item| flatten(item, depth + 1, shape, numbers));
    }
    if depth != shape.len() {
        return Err(ragged());
    }
    numbers.push(match value {
        Value::Bool(b) => Number::Weak(Weak::Bool(*b)),
        Value::Int(i) => Number::Weak(Weak::Int((*i).into())),
        Value::Float(x) => Number::Weak(Weak::Float(*x)),
        Value::Weak(w) => Number::Weak(*w),
        Value::Scalar(s) => Number::Scalar(*s),
        _ => return Err(Error::type_error("the operands of einsum must be arrays or numbers")),
    });
    Ok(())
}
