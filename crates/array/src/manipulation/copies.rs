//! Elements into other arrays, other dtypes and other orders of memory.

use crate::array::Array;
use crate::creation::functions::asarray;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Nested, Source, Target, Value, function};
use cuprous_core::promote::{Casting, Operand, can_cast};
use cuprous_core::shape::tight;
use cuprous_core::{DType, Device, Error, Result, Weak};
use cuprous_ops::ufuncs::comparison::WHERE;

/// Writes values into an array.
///
/// # Parameters
/// - `dst`: the array to write to.
/// - `src`: array or number that broadcasts to the shape of `dst`.
/// - `casting`: which casts are allowed.
/// - `where`: array of bool that broadcasts to the shape of `dst`: which elements are written.
///
/// # Returns
/// Nothing.
///
/// # Errors
/// - `Type`: `casting` forbids the cast, or `where` is not of dtype bool.
/// - `Shape`: `src` or `where` does not broadcast.
/// - `Overflow`: a Python integer that the dtype cannot hold.
///
/// # Source
/// `numpy.copyto`
///
/// # Examples
/// ```python
/// >>> a = cp.zeros(3)
/// >>> cp.copyto(a, [1, 2, 3], where=[True, False, True])
/// >>> a
/// array([1., 0., 3.])
/// ```
#[function(signature = "(dst, src, casting='same_kind', where=True)")]
pub fn copyto(dst: Target, src: Input, casting: Option<Casting>, r#where: Input) -> Result<()> {
    let dst = dst.0;
    let rule = casting.unwrap_or(Casting::SameKind);
    let from = match crate::creation::functions::operand(src) {
        Operand::Strong(dtype) => Some(dtype),
        // A Python number has to fit, not its default dtype.
        Operand::Weak(w) => (w.default_dtype().kind() > dst.dtype().kind()).then_some(w.default_dtype()),
    };
    if let Some(from) = from.filter(|&from| !can_cast(from, dst.dtype(), rule)) {
        return Err(Error::type_error(format!(
            "Cannot cast {} from dtype('{from}') to dtype('{}') according to the rule '{}'",
            if matches!(src, Input::Array(a) if a.n_axes() > 0) { "array data" } else { "scalar" },
            dst.dtype(),
            rule.name()
        )));
    }
    let mask = match r#where {
        Input::Weak(Weak::Bool(true)) => return dst.assign(src),
        Input::Weak(Weak::Bool(false)) => return Ok(()),
        Input::Array(mask) => mask,
        Input::Scalar(_) | Input::Weak(_) => {
            let dtype = match crate::creation::functions::operand(r#where) {
                Operand::Strong(dtype) => dtype,
                Operand::Weak(w) => w.default_dtype(),
            };
            if let Input::Scalar(s) = r#where
                && dtype == DType::Bool
            {
                return if s.to::<bool>() { dst.assign(src) } else { Ok(()) };
            }
            return Err(no_mask(dtype));
        }
    };
    if mask.dtype() != DType::Bool {
        return Err(no_mask(mask.dtype()));
    }
    let fits = |a: &Array| {
        a.broadcast_to(dst.shape()).map_err(|_| {
            Error::shape(format!("could not broadcast input array from shape {} into shape {}", tight(a.shape()), tight(dst.shape())))
        })
    };
    let mask = fits(mask).map_err(|_| {
        Error::shape(format!("could not broadcast where mask from shape {} into shape {}", tight(mask.shape()), tight(dst.shape())))
    })?;
    let own;
    let value = match src {
        Input::Array(a) => {
            own = fits(a)?;
            Input::Array(&own)
        }
        Input::Scalar(s) => Input::Scalar(s),
        Input::Weak(w) => Input::Scalar(w.to_scalar(dst.dtype())?),
    };
    let options = UfuncOptions { dtype: Some(dst.dtype()), casting: Some(Casting::Unsafe), ..UfuncOptions::default() };
    let chosen = apply(&WHERE, &[(&mask).into(), value, dst.into()], &options)?;
    dst.assign((&chosen).into())
}

fn no_mask(dtype: DType) -> Error {
    Error::type_error(format!("Cannot cast array data from dtype('{dtype}') to dtype('bool') according to the rule 'safe'"))
}

/// An array converted to another dtype.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `dtype`: the new dtype.
/// - `copy`: whether the result is a copy where nothing has to change.
/// - `device`: another device.
///
/// # Returns
/// Array of the shape of `x`; `x` itself with `copy=False` where nothing has to change.
///
/// # Errors
/// - `Type`: `x` cannot become an array.
///
/// # Source
/// `numpy.astype`
///
/// # Examples
/// ```python
/// >>> cp.astype(cp.asarray([1.5, 2.5]), 'int32')
/// array([1, 2], dtype=int32)
/// ```
#[function(signature = "(x, dtype, /, *, copy=True, device=None)")]
pub fn astype(x: &Array, dtype: DType, copy: bool, device: Option<Device>) -> Result<Array> {
    asarray(x.into(), Some(dtype), None, device, copy.then_some(true))
}

/// An array that lies packed in Fortran order.
///
/// # Parameters
/// - `a`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `a`.
///
/// # Returns
/// `a` itself if it is such an array, else a copy; with at least one axis.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.asfortranarray`
///
/// # Examples
/// ```python
/// >>> cp.asfortranarray(cp.ones((2, 3))).strides
/// (8, 16)
/// ```
#[function(signature = "(a, dtype=None)")]
pub fn asfortranarray(a: Source, dtype: Option<DType>) -> Result<Array> {
    let value = asarray(a, dtype, Some(MemoryOrder::F), None, None)?;
    if value.n_axes() == 0 { value.reshape(&[1]) } else { Ok(value) }
}

/// An array of what is given, all of it finite.
///
/// # Parameters
/// - `a`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `a`.
/// - `order`: `'C'`, `'F'`, `'A'` or `'K'`; by default as `a` lies.
///
/// # Returns
/// `a` itself if it is an array of this dtype and order; else a copy.
///
/// # Errors
/// - `Value`: an element is infinite or NaN. To know it, the elements are read.
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.asarray_chkfinite`
///
/// # Examples
/// ```python
/// >>> cp.asarray_chkfinite([1, 2])
/// array([1, 2])
/// ```
#[function(signature = "(a, dtype=None, order=None)")]
pub fn asarray_chkfinite(a: Source, dtype: Option<DType>, order: Option<MemoryOrder>) -> Result<Array> {
    let value = asarray(a, dtype, order, None, None)?;
    if value.dtype().is_inexact() && !crate::logic::isfinite(&value)?.all(&Default::default())?.item()?.to::<bool>() {
        return Err(Error::value("array must not contain infs or NaNs"));
    }
    Ok(value)
}

/// An array of a dtype that fulfils requirements.
///
/// # Parameters
/// - `a`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `a`.
/// - `requirements`: a word or several: `'C'` or `'F'` for the order of memory, `'O'` for memory of its own; `'A'`,
///   `'W'` and `'E'` hold anyway.
///
/// # Returns
/// `a` itself if it fulfils them, else a copy.
///
/// # Errors
/// - `Value`: both orders are required.
/// - `Index`: an unknown word.
///
/// # Source
/// `numpy.require`
///
/// # Examples
/// ```python
/// >>> cp.require(cp.ones((2, 3)), 'float32', ['F']).flags.f_contiguous
/// True
/// ```
#[function(signature = "(a, dtype=None, requirements=None)")]
pub fn require(a: Source, dtype: Option<DType>, requirements: Option<Nested>) -> Result<Array> {
    let mut words: Vec<String> = Vec::new();
    match requirements.map(|r| (r.items(), r.0)) {
        None => {}
        Some((Some(items), _)) => words.extend(items.map(word).collect::<Result<Vec<_>>>()?),
        // NumPy takes a word apart into its letters.
        Some((None, Value::Str(letters))) => words.extend(letters.chars().map(String::from)),
        Some((None, _)) => return Err(Error::type_error("requirements must be words")),
    }
    let (mut order, mut owns) = (None, false);
    for word in words {
        match &word.to_uppercase()[..] {
            name @ ("C" | "C_CONTIGUOUS" | "CONTIGUOUS" | "F" | "F_CONTIGUOUS" | "FORTRAN") => {
                let wanted = if name.starts_with('F') { MemoryOrder::F } else { MemoryOrder::C };
                if order.is_some_and(|o| o != wanted) {
                    return Err(Error::value("Cannot specify both \"C\" and \"F\" order"));
                }
                order = Some(wanted);
            }
            "O" | "OWNDATA" => owns = true,
            "A" | "ALIGNED" | "W" | "WRITEABLE" | "E" | "ENSUREARRAY" => {}
            _ => return Err(Error::index(format!("unknown requirement '{word}'"))),
        }
    }
    let value = asarray(a, dtype, order, None, None)?;
    let is_whole = !owns || value.is_pending() || value.force()?.buffer.len() == value.size() * value.dtype().size();
    if is_whole { Ok(value) } else { asarray((&value).into(), None, order, None, Some(true)) }
}

fn word(item: Nested) -> Result<String> {
    match item.0 {
        Value::Str(word) => Ok(word.to_string()),
        _ => Err(Error::type_error("requirements must be words")),
    }
}

/// Whether an array lies in Fortran order and not in C order.
///
/// # Parameters
/// - `a`: array of any shape.
///
/// # Returns
/// A truth value.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.isfortran`
///
/// # Examples
/// ```python
/// >>> cp.isfortran(cp.ones((2, 3), order='F'))
/// True
/// ```
#[function(signature = "(a)")]
pub fn isfortran(a: &Array) -> Result<bool> {
    Ok(a.is_f_contiguous() && !a.is_c_contiguous())
}
