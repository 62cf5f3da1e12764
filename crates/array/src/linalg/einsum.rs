//! Sums of products by subscripts: operands are joined in pairs, each pair a product of matrices.

use super::matmul::product;
use super::subscripts::{DOTS, Label, Subscripts, letter, read};
use super::tensor::op;
use crate::array::Array;
use crate::engine::ReduceOptions;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::function::{Any, Value, function};
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::promote::{Casting, can_cast, promote};
use cuprous_core::shape::{tight, tuple};
use cuprous_core::{DType, Error, Result};
use cuprous_ops::ufuncs::arithmetic::MULTIPLY;
use std::collections::BTreeMap;

/// The sum of products of arrays, by subscripts for their axes.
///
/// # Parameters
/// - `operands`: a string such as `'ij,jk->ik'` and an array for each part before the arrow; or arrays and lists of
///   integers in turn, and perhaps the list of the result. Axes of the same letter are multiplied along each other and,
///   if the result lacks the letter, summed. `'...'` stands for all axes without a letter; they broadcast. Without an
///   arrow the result has the letters that appear once, in alphabetical order.
/// - `out`: array for the result.
/// - `dtype`: the dtype of the products; by default the common one.
/// - `order`: the memory order of the result: `'C'`, `'F'`, else as it comes.
/// - `casting`: which casts to `dtype` and `out` are allowed.
/// - `optimize`: a list `['einsum_path', (0, 1), ...]` gives the order in which operands are joined; with anything else
///   the order is chosen here.
///
/// # Returns
/// Array of the axes after the arrow; a view if nothing is summed, multiplied or converted.
///
/// # Errors
/// - `Value`: subscripts that do not fit the operands, sizes that differ, an `out` of another shape.
/// - `Type`: `casting` forbids a cast, or an operand is not an array.
///
/// # Differs from NumPy
/// Products are joined in pairs whatever `optimize` says, so sums may round differently. Views can be written to.
///
/// # Source
/// `numpy.einsum`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[1, 2], [3, 4]])
/// >>> cp.einsum('ij,jk->ik', a, a)
/// array([[ 7, 10],
///        [15, 22]])
/// >>> cp.einsum('ii', a)
/// array(5)
/// ```
#[function(signature = "(*operands, out=None, dtype=None, order='K', casting='safe', optimize=False)")]
pub fn einsum(
    operands: Any,
    out: Option<&Array>,
    dtype: Option<DType>,
    order: Option<MemoryOrder>,
    casting: Casting,
    optimize: Any,
) -> Result<Array> {
    let arguments = if let Value::Tuple(all) = operands.0 { &all[..] } else { &[] };
    let subscripts = read(arguments)?;
    let common = subscripts.operands.iter().map(Array::dtype).reduce(promote);
    let dtype = dtype.or(common).unwrap_or(DType::F64);
    let sizes = sizes_of(&subscripts, out)?;
    check_casts(&subscripts, dtype, out, casting)?;
    if let Some(out) = out
        && out.n_axes() != subscripts.output.len()
    {
        return Err(Error::value(format!(
            "out parameter does not have the correct number of dimensions, has {} but should have {}",
            out.n_axes(),
            subscripts.output.len()
        )));
    }

    let mut terms = Vec::new();
    for (x, labels) in subscripts.operands.iter().zip(&subscripts.inputs) {
        terms.push(Term::new(x, labels, &sizes)?);
    }
    for step in path_of(optimize.0, terms.len())?.unwrap_or_default() {
        let mut joined: Option<Term> = None;
        for k in step {
            let next = terms.remove(k);
            joined = Some(match joined {
                None => next,
                Some(first) => {
                    let keep = wanted(&terms, &subscripts.output);
                    join(next, first, &keep, &sizes, dtype)?
                }
            });
        }
        terms.extend(joined);
    }
    while terms.len() > 1 {
        let (i, j) = cheapest(&terms, &subscripts.output, &sizes);
        let second = terms.remove(j);
        let first = terms.remove(i);
        let keep = wanted(&terms, &subscripts.output);
        terms.push(join(first, second, &keep, &sizes, dtype)?);
    }
    let Some(last) = terms.pop() else { return Err(Error::runtime("einsum without operands")) };
    let last = last.summed(&subscripts.output, dtype)?;
    let mut value = last.arranged(&subscripts.output, &sizes)?;
    if value.dtype() != dtype {
        value = value.astype(dtype)?;
    }
    if let Some(out) = out {
        out.assign((&value).into())?;
        return Ok(out.clone());
    }
    match order {
        Some(MemoryOrder::F) if !value.is_f_contiguous() => astype(&value, dtype, Casting::Unsafe, MemoryOrder::F),
        Some(MemoryOrder::C) if !value.is_c_contiguous() => astype(&value, dtype, Casting::Unsafe, MemoryOrder::C),
        _ => Ok(value),
    }
}

pub(super) type Sizes = BTreeMap<Label, usize>;

/// An array with a label for each axis, each once.
struct Term {
    array: Array,
    labels: Vec<Label>,
}

impl Term {
    /// An operand: axes of the same label become their diagonal, those of length 1 that stand for longer ones go.
    fn new(x: &Array, labels: &[Label], sizes: &Sizes) -> Result<Term> {
        let (mut kept, mut layout) =
            (Vec::new(), Layout { shape: Default::default(), strides: Default::default(), offset: x.layout().offset });
        for (k, &label) in labels.iter().enumerate() {
            if let Some(at) = kept.iter().position(|&l| l == label) {
                layout.strides[at] += x.strides()[k];
            } else if x.shape()[k] != 1 || sizes.get(&label) == Some(&1) {
                kept.push(label);
                layout.shape.push(x.shape()[k]);
                layout.strides.push(x.strides()[k]);
            }
        }
        let array = if kept.len() == x.n_axes() { x.clone() } else { Array::from_storage(x.force()?, layout, x.dtype())? };
        Ok(Term { array, labels: kept })
    }

    /// The term summed over the labels that are not wanted.
    fn summed(self, keep: &[Label], dtype: DType) -> Result<Term> {
        let axes: Vec<isize> = (0..self.labels.len()).filter(|&k| !keep.contains(&self.labels[k])).map(|k| k as isize).collect();
        if axes.is_empty() {
            return Ok(self);
        }
        let array = if dtype == DType::Bool {
            self.array.any(&ReduceOptions { axes: Some(&axes), ..Default::default() })?
        } else {
            self.array.sum(&ReduceOptions { axes: Some(&axes), dtype: Some(dtype), ..Default::default() })?
        };
        Ok(Term { array, labels: self.labels.into_iter().filter(|l| keep.contains(l)).collect() })
    }

    /// The array with axes in the order of labels; those that it lacks are repeated.
    fn arranged(&self, labels: &[Label], sizes: &Sizes) -> Result<Array> {
        let order: Vec<isize> = labels.iter().filter_map(|l| self.labels.iter().position(|m| m == l)).map(|k| k as isize).collect();
        let array =
            if order.iter().enumerate().all(|(k, &axis)| k as isize == axis) { self.array.clone() } else { self.array.permute(&order)? };
        if order.len() == labels.len() {
            return Ok(array);
        }
        let index: Vec<Slice> =
            labels.iter().map(|l| if self.labels.contains(l) { Slice::Range(None, None, 1) } else { Slice::New }).collect();
        let shape: Vec<usize> = labels.iter().map(|l| sizes[l]).collect();
        array.slice(&index)?.broadcast_to(&shape)
    }

    fn has(&self, label: Label) -> bool {
        self.labels.contains(&label)
    }
}

/// The labels that a product must keep: those of the result and of the other terms.
fn wanted(others: &[Term], output: &[Label]) -> Vec<Label> {
    output.iter().chain(others.iter().flat_map(|t| &t.labels)).copied().collect()
}

/// The product of two terms, summed over the labels that nobody else wants.
fn join(a: Term, b: Term, keep: &[Label], sizes: &Sizes, dtype: DType) -> Result<Term> {
    let only = |x: &Term, y: &Term| -> Vec<Label> { x.labels.iter().copied().filter(|&l| keep.contains(&l) || y.has(l)).collect() };
    let (keep_a, keep_b) = (only(&a, &b), only(&b, &a));
    let (a, b) = (a.summed(&keep_a, dtype)?, b.summed(&keep_b, dtype)?);
    let both: Vec<Label> = a.labels.iter().copied().filter(|&l| b.has(l)).collect();
    let (batch, inner): (Vec<Label>, Vec<Label>) = both.iter().partition(|l| keep.contains(l));
    let free = |x: &Term| -> Vec<Label> { x.labels.iter().copied().filter(|l| !both.contains(l)).collect() };
    let (free_a, free_b) = (free(&a), free(&b));
    let labels: Vec<Label> = [&batch[..], &free_a, &free_b].concat();
    if inner.is_empty() {
        // Nothing is summed: an element-wise product, which may wait.
        let spread = |x: &Term| -> Result<Array> {
            let own: Vec<Label> = labels.iter().copied().filter(|&l| x.has(l)).collect();
            let index: Vec<Slice> = labels.iter().map(|&l| if x.has(l) { Slice::Range(None, None, 1) } else { Slice::New }).collect();
            let array = x.arranged(&own, sizes)?;
            let array = if own.len() == labels.len() { array } else { array.slice(&index)? };
            if array.dtype() == dtype { Ok(array) } else { array.astype(dtype) }
        };
        let array = op(&MULTIPLY, &[(&spread(&a)?).into(), (&spread(&b)?).into()])?;
        return Ok(Term { array, labels });
    }
    let extent = |labels: &[Label]| -> isize { labels.iter().map(|l| sizes[l]).product::<usize>() as isize };
    let lead: Vec<isize> = batch.iter().map(|l| sizes[l] as isize).collect();
    let shape = |m: isize, n: isize| -> Vec<isize> { lead.iter().copied().chain([m, n]).collect() };
    let left = a.arranged(&[&batch[..], &free_a, &inner].concat(), sizes)?.reshape(&shape(extent(&free_a), extent(&inner)))?;
    let right = b.arranged(&[&batch[..], &inner, &free_b].concat(), sizes)?.reshape(&shape(extent(&inner), extent(&free_b)))?;
    let array = product(&left, &right, dtype)?;
    let whole: Vec<isize> = labels.iter().map(|l| sizes[l] as isize).collect();
    Ok(Term { array: array.reshape(&whole)?, labels })
}

/// The pair whose product is best made next: the one that shrinks the data most, then the one of least work.
fn cheapest(terms: &[Term], output: &[Label], sizes: &Sizes) -> (usize, usize) {
    let extent = |labels: &mut dyn Iterator<Item = Label>| labels.map(|l| sizes.get(&l).map_or(1.0, |&n| n as f64)).product::<f64>();
    let mut best = ((f64::INFINITY, f64::INFINITY), (0, 1));
    for i in 0..terms.len() {
        for j in i + 1..terms.len() {
            let (a, b) = (&terms[i], &terms[j]);
            let union = || a.labels.iter().copied().chain(b.labels.iter().copied().filter(|&l| !a.has(l)));
            let is_kept = |l: &Label| output.contains(l) || terms.iter().enumerate().any(|(k, t)| k != i && k != j && t.has(*l));
            let made = extent(&mut union().filter(is_kept));
            let saved = made - extent(&mut a.labels.iter().copied()) - extent(&mut b.labels.iter().copied());
            let cost = (saved, extent(&mut union()));
            if cost < best.0 {
                best = (cost, (i, j));
            }
        }
    }
    best.1
}

/// The size of each label.
pub(super) fn sizes_of(s: &Subscripts, out: Option<&Array>) -> Result<Sizes> {
    let mut sizes = Sizes::new();
    for (k, (x, labels)) in s.operands.iter().zip(&s.inputs).enumerate() {
        for (at, &label) in labels.iter().enumerate() {
            let n = x.shape()[at];
            if let Some(first) = labels[..at].iter().position(|&l| l == label)
                && x.shape()[first] != n
            {
                return Err(Error::value(format!(
                    "dimensions in operand {k} for collapsing index '{}' don't match ({} != {n})",
                    letter(label),
                    x.shape()[first]
                )));
            }
            let known = sizes.entry(label).or_insert(n);
            if *known == 1 {
                *known = n;
            }
            if n != 1 && *known != n {
                return Err(mismatch(s, out));
            }
        }
    }
    if let Some(out) = out
        && out.n_axes() == s.output.len()
        && s.output.iter().zip(out.shape()).any(|(l, &n)| sizes[l] != n)
    {
        return Err(mismatch(s, Some(out)));
    }
    Ok(sizes)
}

/// NumPy names the operands as it iterates: over the axes of the result and then the summed ones, as they appear.
fn mismatch(s: &Subscripts, out: Option<&Array>) -> Error {
    let mut all = s.output.clone();
    // Summed labels in the order of the letters.
    let mut rest: Vec<Label> = s.inputs.iter().flatten().copied().filter(|l| !all.contains(l)).collect();
    rest.sort_unstable();
    rest.dedup();
    all.extend(rest);
    let remapped = |x: &Array, labels: &[Label]| {
        let dims = all.iter().map(|l| labels.iter().position(|m| m == l).map_or("newaxis".into(), |k| x.shape()[k].to_string()));
        let dims: Vec<String> = dims.skip_while(|d| d == "newaxis").collect();
        let comma = if dims.len() == 1 { "," } else { "" };
        format!("{}->({}{comma}) ", tight(x.shape()), dims.join(","))
    };
    let mut text: String = s.operands.iter().zip(&s.inputs).map(|(x, labels)| remapped(x, labels)).collect();
    if let Some(out) = out.filter(|o| o.n_axes() == s.output.len()) {
        text.push_str(&remapped(out, &s.output));
    }
    Error::value(format!("operands could not be broadcast together with remapped shapes [original->remapped]: {text}"))
}

fn check_casts(s: &Subscripts, dtype: DType, out: Option<&Array>, casting: Casting) -> Result<()> {
    for (k, x) in s.operands.iter().enumerate() {
        if !can_cast(x.dtype(), dtype, casting) {
            return Err(Error::type_error(format!(
                "Iterator operand {k} dtype could not be cast from dtype('{}') to dtype('{dtype}') according to the rule '{}'",
                x.dtype(),
                casting.name()
            )));
        }
    }
    match out {
        Some(out) if !can_cast(dtype, out.dtype(), casting) => Err(Error::type_error(format!(
            "Iterator requested dtype could not be cast from dtype('{dtype}') to dtype('{}'), the operand {} dtype, according to the rule '{}'",
            out.dtype(),
            s.operands.len(),
            casting.name()
        ))),
        _ => Ok(()),
    }
}

/// The steps of a path that the call gives, each the places of the operands it joins, the last first.
pub(super) fn path_of(optimize: &Value, n: usize) -> Result<Option<Vec<Vec<usize>>>> {
    let not_understood = || Error::type_error("Did not understand the path: expected ['einsum_path', (0, 1), ...]");
    let items = match optimize {
        Value::None | Value::Bool(_) => return Ok(None),
        Value::Str(s) if matches!(&**s, "greedy" | "optimal") => return Ok(None),
        // Without a choice NumPy does not look at the word.
        Value::Str(_) if n <= 2 => return Ok(None),
        Value::Str(s) => return Err(Error::value(format!("Path name {s} not found"))),
        Value::Tuple(items) => items,
        _ => return Err(not_understood()),
    };
    let steps = match &items[..] {
        [Value::Str(s), Value::Int(_) | Value::Float(_) | Value::Weak(_)] if matches!(&**s, "greedy" | "optimal") => return Ok(None),
        [Value::Str(s), steps @ ..] if s == "einsum_path" => steps,
        _ => return Err(not_understood()),
    };
    let mut left = n;
    let mut path = Vec::new();
    for step in steps {
        let Value::Tuple(places) = step else { return Err(not_understood()) };
        let mut joined = Vec::new();
        for place in places {
            let Value::Int(k) = place else { return Err(not_understood()) };
            let k = usize::try_from(*k)
                .ok()
                .filter(|&k| k < left && !joined.contains(&k))
                .ok_or_else(|| Error::index(format!("the path {} names an operand that is not there, of {left}", tuple(&joined))))?;
            joined.push(k);
        }
        if joined.is_empty() {
            return Err(not_understood());
        }
        joined.sort_unstable_by(|a, b| b.cmp(a));
        left -= joined.len() - 1;
        path.push(joined);
    }
    if left != 1 {
        return Err(Error::runtime(format!("Invalid einsum_path is specified: {} more operands has to be contracted.", left - 1)));
    }
    Ok(Some(path))
}

const _: () = assert!(DOTS > b'z' as Label, "labels of ellipses are no letters");
