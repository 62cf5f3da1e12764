//! The methods of binary ufuncs: `reduce`, `accumulate`, `reduceat`, `outer`.
//!
//! A ufunc whose row names a reduction or a scan runs as that; any other is folded, one element after the other.

use super::elementwise::{MemoryOrder, common_queue, fresh_layout};
use super::reduce::{self, ReduceOptions};
use super::{Input, UfuncOptions, apply, place, resolve, scan};
use crate::array::{Array, Node, allocate, force_node};
use crate::creation::full_on;
use cuprous_core::backend::{FoldExtent, FoldLaunch, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::op::Resolve;
use cuprous_core::promote::{self, Casting};
use cuprous_core::shape::{normalize_axis, tight, tuple};
use cuprous_core::{DType, Error, LoopDef, ReduceDef, Result, Scalar, UfuncDef};
use cuprous_ops::reductions::ALL_TRUE;
use smallvec::SmallVec;

/// Elements of a line that are folded one after the other where halves could be joined instead.
const LONG_LINE: usize = 4096;

/// What stands before the first element of a reduction.
#[derive(Clone, Copy, Default)]
pub enum Initial<'a> {
    /// The ufunc's identity, if it has one
    #[default]
    Identity,
    /// Nothing: a reduction over no elements is an error
    Nothing,
    /// A number
    Value(Input<'a>),
}

impl<'a> From<Option<Input<'a>>> for Initial<'a> {
    fn from(value: Option<Input<'a>>) -> Self {
        value.map_or(Initial::Identity, Initial::Value)
    }
}

/// Reduces an array by a ufunc of two inputs, as `numpy.add.reduce` does by `add`.
///
/// # Errors
/// `Value`, `Type`, `Axis` in NumPy's words.
pub fn reduce_by(def: &'static UfuncDef, a: &Array, options: ReduceOptions, initial: Initial, mask: Option<&Array>) -> Result<Array> {
    check_binary(def, "reduce")?;
    check_axes(a, options.axes)?;
    match def.reduction {
        Some(reduction) => {
            // For its errors: reductions have rows only where the ufunc has loops.
            own_loop(def, a.dtype(), options.dtype, "reduce")?;
            reduce_as(reduction, def, a, options, initial, mask)
        }
        None => fold(def, a, options, initial, mask),
    }
}

/// Reduces an array as a reduction whose values `join` joins, with a start value and a mask.
pub(crate) fn reduce_as(
    def: &'static ReduceDef,
    join: &'static UfuncDef,
    a: &Array,
    options: ReduceOptions,
    initial: Initial,
    mask: Option<&Array>,
) -> Result<Array> {
    let options = ReduceOptions { axes: axes_of(a, options.axes), ..options };
    let (start, needs_element) = match initial {
        Initial::Identity => (None, false),
        Initial::Nothing => (None, true),
        Initial::Value(v) => (Some(v), false),
    };
    let without_identity = def.identity.is_none() || needs_element;
    let own;
    let source = match mask {
        None => a,
        Some(mask) => {
            check_mask(mask)?;
            let neutral = match (def.identity_scalar(a.dtype()), start) {
                (Some(identity), _) if !needs_element => identity,
                (_, Some(start)) => number(start, a.dtype())?,
                _ => return Err(needs_initial(join)),
            };
            own = masked(a, mask, neutral)?;
            &own
        }
    };
    let Some(start) = start else {
        if without_identity && def.identity.is_some() {
            check_not_empty(join, a, options.axes)?;
        }
        return reduce::reduce(def, source, &options);
    };
    let free = ReduceOptions { out: None, ..options };
    let value = if without_identity && source.size() == 0 {
        // Nothing to reduce: any reduction with an identity tells the shape.
        let shape = reduce::reduce(&ALL_TRUE, source, &ReduceOptions { dtype: None, ..free })?;
        full_on(shape.shape(), number(start, a.dtype())?, Some(a.device()))?
    } else {
        reduce::reduce(def, source, &free)?
    };
    if let Some(out) = options.out
        && out.shape() != value.shape()
    {
        return reduce::reduce(def, source, &options);
    }
    let start = Input::Scalar(number(start, value.dtype())?);
    apply(join, &[start, (&value).into()], &UfuncOptions { out: options.out, casting: Some(Casting::Unsafe), ..UfuncOptions::default() })
}

/// The running results of a ufunc of two inputs along an axis, as `numpy.add.accumulate` gives them.
///
/// # Errors
/// `Value`, `Type`, `Axis` in NumPy's words.
pub fn accumulate(def: &'static UfuncDef, a: &Array, axis: isize, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    check_binary(def, "accumulate")?;
    if a.n_axes() == 0 {
        return Err(Error::type_error("cannot accumulate on a scalar"));
    }
    let axis = normalize_axis(axis, a.n_axes())?;
    let row = own_loop(def, a.dtype(), dtype.or_else(|| widened(def, a.dtype())), "accumulate")?;
    if let Some(out) = out
        && out.shape() != a.shape()
    {
        return Err(Error::value("provided out is the wrong size for the accumulation."));
    }
    let value = match def.scan {
        Some(def) => scan(def, a, Some(axis as isize), dtype)?,
        None => {
            let source = converted(a, row.outs[0])?;
            run_fold(row, &source, axis, FoldExtent::Running, None, None)?
        }
    };
    deliver(value, out)
}

/// The results of a ufunc of two inputs over stretches of an axis, as `numpy.add.reduceat` gives them: from each start
/// up to the next, or of one element where the next is not greater.
///
/// # Errors
/// `Value`, `Type`, `Axis`, `Index` in NumPy's words.
pub fn reduce_at(
    def: &'static UfuncDef,
    a: &Array,
    starts: &[i64],
    axis: isize,
    dtype: Option<DType>,
    out: Option<&Array>,
) -> Result<Array> {
    check_binary(def, "reduceat")?;
    if a.n_axes() == 0 {
        return Err(Error::type_error("cannot reduceat on a scalar"));
    }
    let axis = normalize_axis(axis, a.n_axes())?;
    let n = a.shape()[axis];
    if let Some(start) = starts.iter().find(|&&s| s < 0 || s as usize >= n) {
        return Err(Error::index(format!("index {start} out-of-bounds in {}.reduceat [0, {n})", def.name)));
    }
    let row = own_loop(def, a.dtype(), dtype.or_else(|| widened(def, a.dtype())), "reduceat")?;
    let mut shape: SmallVec<[usize; 4]> = a.shape().into();
    shape[axis] = starts.len();
    if let Some(out) = out
        && out.shape() != &shape[..]
    {
        return Err(Error::value(format!(
            "output array of shape {} is not of the shape of the results, {}",
            tight(out.shape()),
            tight(&shape)
        )));
    }
    let value = run_fold(row, &converted(a, row.outs[0])?, axis, FoldExtent::From(starts), None, None)?;
    deliver(value, out)
}

/// A ufunc of two inputs on all pairs of their elements: the first one's axes, then the second one's.
///
/// # Errors
/// As [`apply`], and `Value` for a ufunc of another number of inputs.
pub fn outer_operand<'a>(def: &'static UfuncDef, first: Input<'a>, second: &Input) -> Result<Option<Array>> {
    if def.args.len() != 2 {
        return Err(Error::value("outer product only supported for binary functions"));
    }
    // Numbers have no axes to stand apart.
    match (first, second) {
        (Input::Array(a), Input::Array(b)) if b.n_axes() > 0 => {
            let shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).chain(std::iter::repeat_n(1, b.n_axes())).collect();
            a.reshape(&shape).map(Some)
        }
        _ => Ok(None),
    }
}

/// Refuses ufuncs without two inputs or with several results.
fn check_binary(def: &UfuncDef, method: &str) -> Result<()> {
    if def.args.len() != 2 {
        return Err(Error::value(format!("{method} only supported for binary functions")));
    }
    if def.n_outs != 1 {
        return Err(Error::value(format!("{method} only supported for functions returning a single value")));
    }
    Ok(())
}

/// The loop whose result is again its first input.
fn own_loop(def: &'static UfuncDef, from: DType, asked: Option<DType>, method: &str) -> Result<&'static LoopDef> {
    // Truth of anything is folded as truth.
    let operand = promote::Operand::Strong(if def.resolve == Resolve::Truth { DType::Bool } else { asked.unwrap_or(from) });
    let row = match resolve::resolve(def, &[operand, operand], asked, Casting::Unsafe) {
        Err(_) if def.resolve == Resolve::ExactLoops => return Err(resolve::no_own_loop(def, from, asked)),
        other => other?,
    };
    if row.ins.iter().all(|&d| d == row.outs[0]) {
        return Ok(row);
    }
    if row.outs[0] == DType::Bool {
        return Err(Error::type_error(format!("No loop matching the specified signature and casting was found for ufunc {}", def.name)));
    }
    let dtypes: Vec<String> = row.ins.iter().chain(row.outs).map(|d| format!("dtype('{d}')")).collect();
    Err(Error::type_error(format!("the resolved dtypes are not compatible with {}.{method}. Resolved ({})", def.name, dtypes.join(", "))))
}

/// Checks the axes of a reduction, before its dtypes as NumPy does.
fn check_axes(a: &Array, axes: Option<&[isize]>) -> Result<()> {
    let mut seen: SmallVec<[usize; 4]> = SmallVec::new();
    for &axis in axes_of(a, axes).unwrap_or_default() {
        let k = normalize_axis(axis, a.n_axes())?;
        if seen.contains(&k) {
            return Err(Error::value("duplicate value in 'axis'"));
        }
        seen.push(k);
    }
    Ok(())
}

/// The dtype in which sums and products of small integers run, if it is another one.
fn widened(def: &UfuncDef, dtype: DType) -> Option<DType> {
    let row = def.reduction?.rows.iter().find(|r| r.input == dtype)?;
    (row.output != dtype && dtype.is_integral() && row.output != DType::Bool).then_some(row.output)
}

fn converted(a: &Array, dtype: DType) -> Result<Array> {
    if a.dtype() == dtype { Ok(a.clone()) } else { a.astype(dtype) }
}

fn deliver(value: Array, out: Option<&Array>) -> Result<Array> {
    let Some(out) = out else { return Ok(value) };
    out.assign((&value).into())?;
    Ok(out.clone())
}

fn needs_initial(def: &UfuncDef) -> Error {
    Error::value(format!(
        "reduction operation '{}' does not have an identity, so to use a where mask one has to specify 'initial'",
        def.name
    ))
}

fn check_not_empty(def: &UfuncDef, a: &Array, axes: Option<&[isize]>) -> Result<()> {
    let n: usize = match axes {
        None => a.size(),
        Some(axes) => axes.iter().map(|&k| normalize_axis(k, a.n_axes()).map(|k| a.shape()[k])).product::<Result<usize>>()?,
    };
    if n == 0 {
        return Err(Error::value(format!("zero-size array to reduction operation {} which has no identity", def.name)));
    }
    Ok(())
}

/// A reduction by a row alone.
fn fold(def: &'static UfuncDef, a: &Array, options: ReduceOptions, initial: Initial, mask: Option<&Array>) -> Result<Array> {
    let row = own_loop(def, a.dtype(), options.dtype, "reduce")?;
    let dtype = row.outs[0];
    let mut axes: SmallVec<[usize; 4]> = SmallVec::new();
    match axes_of(a, options.axes) {
        None => axes.extend(0..a.n_axes()),
        Some(given) => {
            for &axis in given {
                axes.push(normalize_axis(axis, a.n_axes())?);
            }
        }
    }
    let is_reorderable = def.identity.is_some();
    if axes.len() > 1 && !is_reorderable {
        return Err(Error::value(format!("reduction operation '{}' is not reorderable, so at most one axis may be specified", def.name)));
    }
    let identity = def.identity.map(|x| Scalar::from(x).cast(dtype));
    let is_empty = axes.iter().any(|&k| a.shape()[k] == 0);
    let start = match initial {
        Initial::Value(v) => Some(number(v, dtype)?),
        Initial::Identity if is_empty || mask.is_some() => identity,
        _ => None,
    };
    if is_empty && start.is_none() {
        return Err(Error::value(format!("zero-size array to reduction operation {} which has no identity", def.name)));
    }
    let mask = match mask {
        Some(m) => {
            check_mask(m)?;
            if start.is_none() {
                return Err(needs_initial(def));
            }
            Some(m.broadcast_to(a.shape()).map_err(|_| mask_shape(m, a))?)
        }
        None => None,
    };
    let kept: SmallVec<[isize; 4]> = (0..a.n_axes()).filter(|k| !axes.contains(k)).map(|k| a.shape()[k] as isize).collect();
    if let Some(out) = options.out {
        let shape: SmallVec<[usize; 4]> = (0..a.n_axes())
            .filter(|k| options.keep_axes || !axes.contains(k))
            .map(|k| if axes.contains(&k) { 1 } else { a.shape()[k] })
            .collect();
        reduce::check_out(def.name, out, &shape)?;
    }
    let mut value = converted(a, dtype)?;
    // Of several axes the first one folded sees start and mask: the rest joins results.
    let (mut start, mut mask) = (start, mask);
    for &axis in axes.iter().rev() {
        let (start, mask) = (start.take(), mask.take());
        value = if is_reorderable && mask.is_none() {
            fold_long(def, row, value, axis, start)?
        } else {
            run_fold(row, &value, axis, FoldExtent::Whole, start, mask.as_ref())?
        };
    }
    if !options.keep_axes && value.n_axes() != kept.len() {
        value = value.reshape(&kept)?;
    }
    if axes.is_empty() {
        value = value.copy()?;
    }
    match options.out {
        None => Ok(value),
        Some(out) => {
            let cast = if value.dtype() == out.dtype() { value } else { value.astype(out.dtype())? };
            deliver(cast, Some(out))
        }
    }
}

/// Folds an axis; of long lines first the halves are joined, which all cores can share.
fn fold_long(def: &'static UfuncDef, row: &'static LoopDef, a: Array, axis: usize, start: Option<Scalar>) -> Result<Array> {
    let part = |a: &Array, from: usize, to: usize| -> Result<Array> {
        let mut index: SmallVec<[Slice; 4]> = SmallVec::from_elem(Slice::Range(None, None, 1), a.n_axes());
        index[axis] = Slice::Range(Some(from as isize), Some(to as isize), 1);
        a.slice(&index)
    };
    let join = |x: &Array, y: &Array| apply(def, &[x.into(), y.into()], &UfuncOptions::default());
    let mut value = a;
    let mut tails = Vec::new();
    while value.shape()[axis] > 2 * LONG_LINE {
        let n = value.shape()[axis];
        let half = n / 2;
        if n % 2 == 1 {
            tails.push(part(&value, n - 1, n)?);
        }
        value = join(&part(&value, 0, half)?, &part(&value, half, 2 * half)?)?;
    }
    value = run_fold(row, &value, axis, FoldExtent::Whole, start, None)?;
    for tail in tails {
        value = join(&value, &tail)?;
    }
    Ok(value)
}

/// Runs a fold over an array of the row's dtype.
fn run_fold(
    row: &'static LoopDef,
    a: &Array,
    axis: usize,
    extent: FoldExtent,
    initial: Option<Scalar>,
    mask: Option<&Array>,
) -> Result<Array> {
    let mut operands: SmallVec<[&Array; 2]> = smallvec::smallvec![a];
    operands.extend(mask);
    let queue = common_queue(&operands)?;
    let memory = operands.iter().map(|o| force_node(o.node())).collect::<Result<SmallVec<[_; 2]>>>()?;
    let mut shape: SmallVec<[usize; 4]> = a.shape().into();
    shape[axis] = match extent {
        FoldExtent::Whole => 1,
        FoldExtent::Running => shape[axis],
        FoldExtent::From(starts) => starts.len(),
    };
    let model = Layout { shape: shape.iter().copied().collect(), strides: a.strides().into(), offset: 0 };
    let layout = fresh_layout(&shape, row.outs[0].size(), &[&model], MemoryOrder::Keep);
    let storage = allocate(&queue, layout.size() * row.outs[0].size())?;
    if layout.size() > 0 {
        let b = backend(queue.device.kind)?;
        memory.iter().try_for_each(|m| m.before_reading(b, &queue))?;
        let mask = match mask {
            Some(m) => Some(Operand::new(&memory[1].buffer, m.layout(), DType::Bool)?),
            None => None,
        };
        b.fold(
            row,
            &FoldLaunch {
                input: Operand::new(&memory[0].buffer, a.layout(), row.outs[0])?,
                output: Operand::new(&storage.buffer, &layout, row.outs[0])?,
                axis,
                extent,
                initial,
                mask,
                queue: &queue,
            },
        )?;
        place::after(&queue, || format!("{} over shape {}", row.op, tuple(a.shape())))?;
    }
    Ok(Array::from_node(Node::ready(row.outs[0], layout, queue, storage)))
}

/// An array with a neutral element where a mask does not hold.
pub(crate) fn masked(a: &Array, mask: &Array, neutral: Scalar) -> Result<Array> {
    check_mask(mask)?;
    let value = crate::logic::select(mask, a, Input::Scalar(neutral))?;
    if value.shape() != a.shape() {
        return Err(mask_shape(mask, a));
    }
    Ok(value)
}

fn mask_shape(mask: &Array, a: &Array) -> Error {
    Error::shape(format!("where of shape {} does not broadcast to the array's shape {}", tight(mask.shape()), tight(a.shape())))
}

fn check_mask(mask: &Array) -> Result<()> {
    if mask.dtype() == DType::Bool {
        return Ok(());
    }
    Err(Error::type_error(format!("Cannot cast array data from dtype('{}') to dtype('bool') according to the rule 'safe'", mask.dtype())))
}

/// The axes of a reduction: NumPy lets an array without axes have the axes 0 and -1.
pub(crate) fn axes_of<'a>(a: &Array, axes: Option<&'a [isize]>) -> Option<&'a [isize]> {
    match axes {
        Some([0 | -1]) if a.n_axes() == 0 => Some(&[]),
        other => other,
    }
}

/// One number, converted to a dtype.
pub(crate) fn number(input: Input, dtype: DType) -> Result<Scalar> {
    match input {
        Input::Array(a) => Ok(a.item()?.cast(dtype)),
        Input::Scalar(s) => Ok(s.cast(dtype)),
        Input::Weak(w) => w.to_scalar(dtype),
    }
}
