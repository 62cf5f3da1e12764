//! Counts of numbers and histograms, under NumPy's names and signatures.

use super::estimators::{apart, n_bins};
use crate::array::Array;
use crate::creation::spaces::spaced;
use crate::creation::{self, CreateOptions};
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::{Nested, Value, function};
use crate::indexing::{Index, at};
use crate::logic::select;
use crate::sorting::rows::count;
use crate::sorting::searching::{check_line, find};
use cuprous_core::layout::Slice;
use cuprous_core::promote::{self, Operand, is_safe};
use cuprous_core::sorting::Side;
use cuprous_core::{DType, Error, Kind, ReduceDef, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::reductions::{MAX, MIN, SUM};
use cuprous_ops::ufuncs::arithmetic::{ADD, DIVIDE, SUBTRACT};
use cuprous_ops::ufuncs::comparison::EQUAL;

/// How often each of the numbers 0, 1, ... occurs in an array.
///
/// # Parameters
/// - `x`: array of integers of shape `(N,)`, none negative.
/// - `weights`: array of shape `(N,)`: what each number counts; by default 1.
/// - `minlength`: the least length of the result.
///
/// # Returns
/// Array of int64, of float64 with weights, as long as the largest number and one more. The number is read from the
/// device.
///
/// # Errors
/// - `Value`: an `x` of more or fewer axes than one, or with a negative number; weights of another shape; a negative
///   `minlength`.
/// - `Type`: an `x` that is not of integers; complex weights; a `minlength` of `None`.
///
/// # Differs from NumPy
/// Weights are added in any order on a GPU, so sums of floats may differ in the last bits from run to run.
///
/// # Source
/// `numpy.bincount`
///
/// # Examples
/// ```python
/// >>> cp.bincount(cp.asarray([0, 1, 1, 3]))
/// array([1, 2, 0, 1])
/// >>> cp.bincount(cp.asarray([0, 1, 1]), weights=cp.asarray([0.5, 1.0, 2.0]))
/// array([0.5, 3. ])
/// ```
#[function(signature = "(x, /, weights=None, minlength=0)")]
pub fn bincount(x: &Array, weights: Option<&Array>, minlength: Option<i64>) -> Result<Array> {
    check_line(x)?;
    let safely = |a: &Array, to: DType| {
        let message = format!("Cannot cast array data from dtype('{}') to dtype('{to}') according to the rule 'safe'", a.dtype());
        Error::type_error(message)
    };
    // An empty list is an empty float64 array by now.
    if !x.dtype().is_integral() && (x.size() > 0 || x.dtype() != DType::F64) {
        return Err(safely(x, DType::I64));
    }
    let Some(least) = minlength else { return Err(Error::type_error("use 0 instead of None for minlength")) };
    let least = usize::try_from(least).map_err(|_| Error::value("'minlength' must not be negative"))?;
    let options = CreateOptions { device: Some(x.device()), ..CreateOptions::default() };
    if x.size() == 0 {
        return creation::zeros(&[least], DType::I64, options);
    }
    let numbers = x.clone().cast(DType::I64)?;
    let weights = match weights {
        None => None,
        Some(w) => {
            check_line(w)?;
            if !is_safe(w.dtype(), DType::F64) && w.dtype().kind() == Kind::Complex {
                return Err(safely(w, DType::F64));
            }
            if w.size() != x.size() {
                return Err(Error::value("The weights and list don't have the same length."));
            }
            Some(w.clone().cast(DType::F64)?)
        }
    };
    // Both in one read.
    let ends = creation::empty(&[2], DType::I64, options)?;
    ends.set(&[Slice::At(0)], (&reduce(&MIN, &numbers, &ReduceOptions::default())?).into())?;
    ends.set(&[Slice::At(1)], (&reduce(&MAX, &numbers, &ReduceOptions::default())?).into())?;
    let ends = ends.to_vec::<i64>()?;
    if ends[0] < 0 {
        return Err(Error::value("'list' argument must have no negative elements"));
    }
    let n = least.max((ends[1] as usize).saturating_add(1));
    match weights {
        None => count(&numbers, n),
        Some(w) => {
            let out = creation::zeros(&[n], DType::F64, options)?;
            at(&ADD, &out, &[Index::Array(numbers)], Some((&w).into()))?;
            Ok(out)
        }
    }
}

/// How many elements of an array lie in each of some bins.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `bins`: the number of bins of equal width; their edges, an array or a list of shape `(M + 1,)` that rises; or a rule
///   that finds their number: `'auto'`, `'doane'`, `'fd'`, `'rice'`, `'scott'`, `'sqrt'`, `'stone'` or `'sturges'`.
/// - `range`: the lower and the upper end of bins of equal width; by default those of `a`.
/// - `density`: whether the result is a density: its integral over the bins is 1.
/// - `weights`: array of the shape of `a`: what each element counts; by default 1.
///
/// # Returns
/// A tuple of the counts, int64 or of the dtype of the weights or float64 for a density, of shape `(M,)`, and of the
/// edges. The last bin has both its edges.
///
/// # Errors
/// - `Value`: no bins; a list of edges that fall; edges of more axes than one; a range that falls or is not finite;
///   weights of another shape.
/// - `Type`: `bins` that are neither a number nor edges nor a word; a rule with weights.
///
/// # Differs from NumPy
/// Elements are not read for checks: edges in an array may fall, ends that are NaN are not refused. A rule reads what it
/// needs of them. Weights are added in any order on a GPU.
///
/// # Source
/// `numpy.histogram`
///
/// # Examples
/// ```python
/// >>> cp.histogram(cp.asarray([1, 2, 1, 4]), bins=[0, 1, 2, 3])
/// (array([0, 2, 1]), array([0, 1, 2, 3]))
/// ```
#[function(signature = "(a, bins=10, range=None, density=None, weights=None)")]
pub fn histogram(a: &Array, bins: Nested, range: Option<Nested>, density: Option<bool>, weights: Option<&Array>) -> Result<(Array, Array)> {
    let a = countable(a, weights)?;
    let edges = edges(&a, bins, range, weights.is_some())?;
    let n = edges.size().saturating_sub(1);
    let options = CreateOptions { device: Some(a.device()), ..CreateOptions::default() };
    let counts = if edges.size() == 0 {
        creation::zeros(&[0], weights.map_or(DType::I64, Array::dtype), options)?
    } else {
        let bin = bins_of(&a, &edges, n)?;
        match weights {
            None => {
                let from_zero = call(&SUBTRACT, &[(&bin).into(), number(1)])?;
                // Let go of, so that its memory becomes that of the result.
                drop(bin);
                count(&from_zero, n)?
            }
            Some(w) => {
                let wide = if w.dtype().kind() == Kind::Complex { DType::C128 } else { DType::F64 };
                let sums = creation::zeros(&[n + 2], wide, options)?;
                at(&ADD, &sums, &[Index::Array(bin)], Some((&w.reshape(&[-1])?.astype(wide)?).into()))?;
                sums.slice(&[Slice::Range(Some(1), Some(n as isize + 1), 1)])?.astype(w.dtype())?
            }
        }
    };
    if density != Some(true) {
        return Ok((counts, edges));
    }
    let part = |first: isize, last: isize| edges.slice(&[Slice::Range(Some(first), Some(last), 1)]);
    let width = call(&SUBTRACT, &[(&part(1, n as isize + 1)?).into(), (&part(0, n as isize)?).into()])?;
    let width = width.cast(DType::F64)?;
    let density = call(&DIVIDE, &[(&counts).into(), (&width).into()])?;
    let total = reduce(&SUM, &counts, &ReduceOptions::default())?;
    Ok((call(&DIVIDE, &[(&density).into(), (&total).into()])?, edges))
}

/// The edges of the bins of a histogram.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `bins`: the number of bins of equal width; their edges, an array or a list of shape `(M + 1,)` that rises; or a rule
///   that finds their number: `'auto'`, `'doane'`, `'fd'`, `'rice'`, `'scott'`, `'sqrt'`, `'stone'` or `'sturges'`.
/// - `range`: the lower and the upper end of bins of equal width; by default those of `a`.
/// - `weights`: array of the shape of `a`, which changes no edges.
///
/// # Returns
/// Array of shape `(M + 1,)`.
///
/// # Errors
/// - `Value`: no bins; a list of edges that fall; edges of more axes than one; a range that falls or is not finite;
///   weights of another shape.
/// - `Type`: `bins` that are neither a number nor edges nor a word; a rule with weights.
///
/// # Differs from NumPy
/// Elements are not read for checks: edges in an array may fall, ends that are NaN are not refused. A rule reads what it
/// needs of them.
///
/// # Source
/// `numpy.histogram_bin_edges`
///
/// # Examples
/// ```python
/// >>> cp.histogram_bin_edges(cp.asarray([0, 1, 4]), bins=4)
/// array([0., 1., 2., 3., 4.])
/// ```
#[function(signature = "(a, bins=10, range=None, weights=None)")]
pub fn histogram_bin_edges(a: &Array, bins: Nested, range: Option<Nested>, weights: Option<&Array>) -> Result<Array> {
    edges(&countable(a, weights)?, bins, range, weights.is_some())
}

pub(super) fn call(def: &'static UfuncDef, inputs: &[Input]) -> Result<Array> {
    apply(def, inputs, &UfuncOptions::default())
}

pub(super) fn number(n: usize) -> Input<'static> {
    Input::Weak(Weak::Int(n as i128))
}

/// The elements with one axis, truths as integers.
fn countable(a: &Array, weights: Option<&Array>) -> Result<Array> {
    if weights.is_some_and(|w| w.shape() != a.shape()) {
        return Err(Error::value("weights should have the same shape as a."));
    }
    let flat = a.reshape(&[-1])?;
    if flat.dtype() == DType::Bool { flat.astype(DType::U8) } else { Ok(flat) }
}

/// The bin of each element, from 1 on; 0 and n + 1 are outside.
fn bins_of(a: &Array, edges: &Array, n: usize) -> Result<Array> {
    let found = find(edges, a, Side::Right)?;
    let is_end = call(&EQUAL, &[a.into(), (&edges.get(&[Slice::At(-1)])?).into()])?;
    select(&is_end, number(n), &found)
}

/// The edges that are given, or those of bins of equal width.
fn edges(a: &Array, bins: Nested, range: Option<Nested>, is_weighted: bool) -> Result<Array> {
    if let Value::Array(edges) = bins.0
        && edges.n_axes() > 0
    {
        return if edges.n_axes() == 1 { Ok(edges.clone()) } else { Err(Error::value("`bins` must be 1d, when an array")) };
    }
    if bins.items().is_some() {
        return listed(bins, a);
    }
    let n = match bins.0 {
        Value::Str(_) if is_weighted => {
            return Err(Error::type_error("Automated estimation of the number of bins is not supported for weighted data"));
        }
        Value::Str(name) => n_bins(name, a, range.map(ends).transpose()?)? as isize,
        Value::Array(one) if one.dtype().is_integral() => one.item()?.to::<i64>() as isize,
        _ => bins.int().map_err(|_| Error::type_error("`bins` must be an integer, a string, or an array"))?,
    };
    let n = usize::try_from(n).ok().filter(|&n| n > 0).ok_or_else(|| Error::value("`bins` must be positive, when an integer"))?;
    let ends = match range {
        Some(range) => Some(ends(range)?),
        None if a.size() == 0 => Some((Weak::Int(0), Weak::Int(1))),
        None => None,
    };
    let dtype_of = |first: Operand, last: Operand| {
        let dtype = promote::result_type(&[first, last, Operand::Strong(a.dtype())]).unwrap_or(DType::F64);
        if dtype.is_integral() { promote::promote(dtype, DType::F64) } else { dtype }
    };
    let device = Some(a.device());
    match ends {
        Some((first, last)) => {
            let (first, last) = apart((first, last));
            let dtype = dtype_of(Operand::Weak(first), Operand::Weak(last));
            Ok(spaced(Input::Weak(first), Input::Weak(last), n + 1, true, Some(dtype), device)?.values)
        }
        None => {
            let dtype = dtype_of(Operand::Strong(a.dtype()), Operand::Strong(a.dtype()));
            let (first, last) = (reduce(&MIN, a, &ReduceOptions::default())?, reduce(&MAX, a, &ReduceOptions::default())?);
            let is_same = call(&EQUAL, &[(&first).into(), (&last).into()])?;
            let below = call(&SUBTRACT, &[(&first).into(), 0.5.into()])?;
            let above = call(&ADD, &[(&last).into(), 0.5.into()])?;
            let (first, last) = (select(&is_same, &below, &first)?, select(&is_same, &above, &last)?);
            Ok(spaced((&first).into(), (&last).into(), n + 1, true, Some(dtype), device)?.values)
        }
    }
}

/// Two numbers that the host knows.
fn ends(range: Nested) -> Result<(Weak, Weak)> {
    let Some(items) = range.items() else { return Err(Error::type_error("range has to be two numbers")) };
    let items: Vec<Nested> = items.collect();
    let [first, last] = items[..] else {
        let words = if items.len() < 2 {
            format!("not enough values to unpack (expected 2, got {})", items.len())
        } else {
            "too many values to unpack (expected 2)".into()
        };
        return Err(Error::value(words));
    };
    let (first, last) = (known(first)?, known(last)?);
    let (low, high) = (value_of(first), value_of(last));
    if low > high {
        return Err(Error::value("max must be larger than min in range parameter."));
    }
    finite("supplied", (first, last))
}

/// The smallest and the largest element of a line, as the host knows them then.
///
/// # Errors
/// `Value` in NumPy's words where they are not finite.
pub(super) fn ends_of(a: &Array) -> Result<(Weak, Weak)> {
    let of = |def: &'static ReduceDef| reduce(def, a, &ReduceOptions::default())?.item().map(strong);
    finite("autodetected", (of(&MIN)?, of(&MAX)?))
}

/// Both ends, if they are finite.
fn finite(what: &str, ends: (Weak, Weak)) -> Result<(Weak, Weak)> {
    if value_of(ends.0).is_finite() && value_of(ends.1).is_finite() {
        return Ok(ends);
    }
    let word = |w: Weak| match w {
        Weak::Float(x) if x.is_nan() => "nan".into(),
        Weak::Float(x) => format!("{x:?}"),
        other => format!("{}", value_of(other)),
    };
    Err(Error::value(format!("{what} range of [{}, {}] is not finite", word(ends.0), word(ends.1))))
}

/// A number without its dtype.
fn strong(s: Scalar) -> Weak {
    match s.dtype() {
        DType::U64 => Weak::Int(s.to::<u64>().into()),
        d if d.is_integral() => Weak::Int(s.to::<i64>().into()),
        _ => Weak::Float(s.to::<f64>()),
    }
}

/// How many numbers of a line lie in each of so many equal bins.
pub(super) fn counts_within(a: &Array, n: usize, ends: (Weak, Weak)) -> Result<Array> {
    let range = Value::List(vec![Value::Weak(ends.0), Value::Weak(ends.1)]);
    let bins = Value::Weak(Weak::Int(n as i128));
    histogram(a, Nested(&bins), Some(Nested(&range)), None, None).map(|(counts, _)| counts)
}

/// A number as Python's; one that the device has is read.
fn known(x: Nested) -> Result<Weak> {
    match x.input()? {
        Input::Weak(Weak::Bool(b)) => Ok(Weak::Int(b.into())),
        Input::Weak(w) => Ok(w),
        Input::Scalar(s) => Ok(strong(s)),
        Input::Array(a) => Ok(strong(a.item()?)),
    }
}

pub(super) fn value_of(x: Weak) -> f64 {
    match x {
        Weak::Bool(b) => f64::from(u8::from(b)),
        Weak::Int(i) => i as f64,
        Weak::Float(x) => x,
        Weak::Complex(z) => z.re,
    }
}

/// Edges in a list.
fn listed(bins: Nested, like: &Array) -> Result<Array> {
    let mut values = Vec::new();
    for item in bins.items().into_iter().flatten() {
        if item.items().is_some() {
            return Err(Error::value("`bins` must be 1d, when an array"));
        }
        values.push(known(item)?);
    }
    if values.windows(2).any(|w| value_of(w[0]) > value_of(w[1])) {
        return Err(Error::value("`bins` must increase monotonically, when an array"));
    }
    if !values.is_empty() && values.iter().all(|v| matches!(v, Weak::Int(_))) {
        let integers = values.iter().map(|v| Ok(v.to_scalar(DType::I64)?.to::<i64>())).collect::<Result<Vec<_>>>()?;
        let bytes: Vec<u8> = integers.iter().flat_map(|i| i.to_ne_bytes()).collect();
        return Array::from_bytes(&bytes, DType::I64, &[values.len()], like.device());
    }
    let bytes: Vec<u8> = values.iter().flat_map(|&v| value_of(v).to_ne_bytes()).collect();
    Array::from_bytes(&bytes, DType::F64, &[values.len()], like.device())
}
