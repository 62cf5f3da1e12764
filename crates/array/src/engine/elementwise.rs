//! From a call of a ufunc to a pending value: row, shape, device, and every error but memory, device and compile.

use super::{place, resolve};
use crate::array::{Arg, Array, Expr, Node, assign, direct, force_node};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::op::Resolve;
use cuprous_core::promote::{self, Casting, can_cast};
use cuprous_core::shape::{Dims, broadcast};
use cuprous_core::{DType, Error, LoopDef, Queue, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::casts::cast_row;
use cuprous_ops::ufuncs::comparison;
use smallvec::SmallVec;
use std::sync::Arc;

/// An operand of a ufunc.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// An array
    Array(&'a Array),
    /// A NumPy scalar: as strong as an array without axes
    Scalar(Scalar),
    /// A Python number
    Weak(Weak),
}

impl<'a> From<&'a Array> for Input<'a> {
    fn from(a: &'a Array) -> Self {
        Input::Array(a)
    }
}
macro_rules! weak_inputs {
    ($($t:ty => $v:ident($w:ty)),*) => {$(
        impl From<$t> for Input<'_> {
            fn from(x: $t) -> Self { Input::Weak(Weak::$v(x as $w)) }
        }
    )*};
}
weak_inputs!(i32 => Int(i128), i64 => Int(i128), usize => Int(i128), f32 => Float(f64), f64 => Float(f64));
impl From<bool> for Input<'_> {
    fn from(x: bool) -> Self {
        Input::Weak(Weak::Bool(x))
    }
}
impl From<cuprous_core::c128> for Input<'_> {
    fn from(x: cuprous_core::c128) -> Self {
        Input::Weak(Weak::Complex(x))
    }
}

impl Input<'_> {
    fn as_promoted(&self) -> promote::Operand {
        match self {
            Input::Array(a) => promote::Operand::Strong(a.dtype()),
            Input::Scalar(s) => promote::Operand::Strong(s.dtype()),
            Input::Weak(w) => promote::Operand::Weak(*w),
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Input::Array(a) => a.shape(),
            _ => &[],
        }
    }
}

/// The keyword arguments of a ufunc.
#[derive(Clone, Copy, Default)]
pub struct UfuncOptions<'a> {
    /// Where the result goes, of several the first
    pub out: Option<&'a Array>,
    /// Where the second result goes
    pub second_out: Option<&'a Array>,
    /// Where it is computed at all; elsewhere `out` keeps its elements, and a fresh result holds anything
    pub mask: Option<&'a Array>,
    /// The dtype of the result and so of the computation
    pub dtype: Option<DType>,
    /// Which casts are allowed; `None` is `same_kind`
    pub casting: Option<Casting>,
    /// The memory order of a fresh result
    pub order: MemoryOrder,
}

/// The memory order of a fresh result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryOrder {
    /// As the inputs lie
    #[default]
    Keep,
    /// C order
    C,
    /// Fortran order
    F,
    /// Fortran order if all inputs are, else C
    Any,
}

/// The strides of a fresh result over inputs of the same shape: as they lie, without gaps.
pub(crate) fn fresh_layout(shape: &[usize], item_size: usize, inputs: &[&Layout], order: MemoryOrder) -> Layout {
    let all_f = || !inputs.is_empty() && inputs.iter().all(|l| l.is_f_ordered()) && !inputs.iter().all(|l| l.is_c_ordered());
    match order {
        MemoryOrder::C => return Layout::contiguous(shape, item_size, Order::C),
        MemoryOrder::F => return Layout::contiguous(shape, item_size, Order::F),
        MemoryOrder::Any => return Layout::contiguous(shape, item_size, if all_f() { Order::F } else { Order::C }),
        MemoryOrder::Keep => {}
    }
    if shape.len() < 2 || inputs.iter().all(|l| l.is_c_ordered()) {
        return Layout::contiguous(shape, item_size, Order::C);
    }
    // NumPy's order: an axis moves inwards past those with smaller strides, unless an input objects. Axes that no
    // input can tell apart (of length 1, broadcast) are passed over on the way.
    let mut inner_first: SmallVec<[usize; 8]> = (0..shape.len()).rev().collect();
    for i in 1..inner_first.len() {
        let axis = inner_first[i];
        let mut place = i;
        for j in (0..i).rev() {
            let other = inner_first[j];
            let mut swap = None;
            for l in inputs.iter().filter(|_| shape[axis] != 1 && shape[other] != 1) {
                let (a, b) = (l.strides[axis].unsigned_abs(), l.strides[other].unsigned_abs());
                if a != 0 && b != 0 {
                    // Where inputs disagree, C order wins.
                    swap = Some(b > a && swap != Some(false));
                }
            }
            match swap {
                Some(true) => place = j,
                Some(false) => break,
                None => {}
            }
        }
        inner_first[place..=i].rotate_right(1);
    }
    packed_in(shape, item_size, &inner_first)
}

/// The packed layout with the axes in the given order, innermost first.
fn packed_in(shape: &[usize], item_size: usize, inner_first: &[usize]) -> Layout {
    let mut layout = Layout::contiguous(shape, item_size, Order::C);
    let mut step = item_size as isize;
    for &k in inner_first {
        layout.strides[k] = step;
        step *= shape[k].max(1) as isize;
    }
    layout
}

/// The strides of a copy of one array: with `Keep` the axes in the order of its strides, broadcast ones innermost.
pub(crate) fn copy_layout(shape: &[usize], item_size: usize, model: &Layout, model_item: usize, order: MemoryOrder) -> Layout {
    let fortran = model.is_f_contiguous(model_item) && !model.is_c_contiguous(model_item);
    match order {
        MemoryOrder::C => Layout::contiguous(shape, item_size, Order::C),
        MemoryOrder::F => Layout::contiguous(shape, item_size, Order::F),
        MemoryOrder::Any | MemoryOrder::Keep if fortran => Layout::contiguous(shape, item_size, Order::F),
        MemoryOrder::Any => Layout::contiguous(shape, item_size, Order::C),
        MemoryOrder::Keep if shape.len() < 2 || model.is_c_contiguous(model_item) => Layout::contiguous(shape, item_size, Order::C),
        MemoryOrder::Keep => {
            let mut outer_first: SmallVec<[usize; 8]> = (0..shape.len()).collect();
            outer_first.sort_by_key(|&k| std::cmp::Reverse(model.strides[k].unsigned_abs()));
            outer_first.reverse();
            packed_in(shape, item_size, &outer_first)
        }
    }
}

/// Checks that all arrays are on one device and returns the queue they work on.
pub(crate) fn common_queue(arrays: &[&Array]) -> Result<Arc<Queue>> {
    let device = match arrays.first() {
        Some(a) => a.device(),
        None => place::default_device()?,
    };
    if let Some(other) = arrays.iter().find(|a| a.device() != device) {
        return Err(Error::device(format!(
            "operands are on different devices, {device} and {}: move one with `asarray(x, device=...)`",
            other.device()
        )));
    }
    place::current_queue(device)
}

/// Applies a ufunc of one result.
///
/// # Errors
/// `Shape`, `Type`, `Value`, `Overflow` in NumPy's words; `Device` for mixed devices.
pub fn apply(def: &'static UfuncDef, inputs: &[Input], options: &UfuncOptions) -> Result<Array> {
    if options.dtype.is_none() && def.resolve == Resolve::Comparison {
        let promoted: SmallVec<[promote::Operand; 3]> = inputs.iter().map(Input::as_promoted).collect();
        if let Some((k, side)) = resolve::out_of_range(def, &promoted) {
            return beyond_range(def, inputs, options, k, side);
        }
    }
    let Call { row, args, queue, shape, layouts, .. } = Call::new(def, inputs, options)?;
    let [layout, _] = layouts;
    let (dtype, expr) = (row.outs[0], Expr::Apply { row, args, output: 0 });
    let name = || name(def, &shape);
    match options.out {
        None => finish(&queue, dtype, layout, expr, name),
        Some(out) => {
            // The value only feeds the write, so it never waits on its own.
            let (node, _) = Node::pending(dtype, layout, queue.clone(), expr, false);
            assign(out, node, true, options.mask)?;
            place::after(&queue, name)?;
            Ok(out.clone())
        }
    }
}

/// Applies a ufunc of two results. Those that wait are computed together.
///
/// # Errors
/// As [`apply`].
pub fn apply_two(def: &'static UfuncDef, inputs: &[Input], options: &UfuncOptions) -> Result<(Array, Array)> {
    let call = Call::new(def, inputs, options)?;
    let outs = [options.out, options.second_out];
    let n_bytes: usize = call.row.outs.iter().map(|d| d.size()).sum::<usize>() * call.size();
    let waits = outs.iter().all(Option::is_none) && !call.reads_shared() && place::may_wait(&call.queue, call.size(), n_bytes)?;
    // Both exist before one is written: an `out` may be an input of the other.
    let [(first, _), (second, is_full)] =
        [0, 1].map(|k| Node::pending(call.row.outs[k], call.layouts[k].clone(), call.queue.clone(), call.expr(k as u8), waits));
    if outs.iter().all(Option::is_none) {
        Node::make_twins(&first, &second);
    }
    let deliver = |node: Arc<Node>, out: Option<&Array>| match out {
        Some(out) => assign(out, node, true, options.mask).map(|()| out.clone()),
        None => {
            if !waits {
                force_node(&node)?;
            }
            Ok(Array::from_node(node))
        }
    };
    // The one that goes to fresh memory first: it must not see what is written to the other's `out`.
    let (first, second) = if options.out.is_some() {
        let second = deliver(second, outs[1])?;
        (deliver(first, outs[0])?, second)
    } else {
        (deliver(first, outs[0])?, deliver(second, outs[1])?)
    };
    place::after(&call.queue, || name(def, &call.shape))?;
    if is_full {
        crate::array::flush(&call.queue)?;
    }
    Ok((first, second))
}

/// A call whose row, operands and shape are known and checked.
struct Call {
    row: &'static LoopDef,
    args: SmallVec<[Arg; 3]>,
    queue: Arc<Queue>,
    /// The shape of the value
    shape: Dims,
    /// The layouts of fresh results
    layouts: [Layout; 2],
}

impl Call {
    fn new(def: &'static UfuncDef, inputs: &[Input], options: &UfuncOptions) -> Result<Call> {
        let casting = options.casting.unwrap_or(Casting::SameKind);
        let promoted: SmallVec<[promote::Operand; 3]> = inputs.iter().map(Input::as_promoted).collect();
        let mut arrays: SmallVec<[&Array; 4]> = inputs
            .iter()
            .filter_map(|i| match i {
                Input::Array(a) => Some(*a),
                _ => None,
            })
            .collect();
        let n_inputs = arrays.len();
        let outs = [options.out, options.second_out];
        arrays.extend(options.mask);
        arrays.extend(outs.into_iter().flatten());
        let queue = common_queue(&arrays)?;

        let row = resolve::resolve(def, &promoted, options.dtype, casting)?;
        let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
        for (input, &to) in inputs.iter().zip(row.ins) {
            args.push(match *input {
                Input::Array(a) => Arg::Value(a.node().clone(), (a.dtype() != to).then(|| cast_row(a.dtype(), to))),
                Input::Scalar(s) => Arg::Scalar(s.cast(to)),
                Input::Weak(w) => Arg::Scalar(match def.resolve {
                    // Any number beyond the dtype is true; a choice wraps, as NumPy's does.
                    Resolve::Truth => w.to_scalar(to).unwrap_or(Scalar::one(to)),
                    Resolve::Select => {
                        w.to_scalar(to).or_else(|e| if let Weak::Int(i) = w { Ok(Scalar::from(i as i64).cast(to)) } else { Err(e) })?
                    }
                    _ => w.to_scalar(to)?,
                }),
            });
        }
        for (k, (out, &from)) in outs.iter().zip(row.outs).enumerate() {
            if let Some(out) = out
                && !can_cast(from, out.dtype(), casting)
            {
                return Err(resolve::output_casting_of(def, k, from, out.dtype(), casting));
            }
        }
        resolve::check_exponent(def, row, &promoted)?;

        // NumPy names all operands, `out` and mask too.
        let full_shape = || {
            let mut shapes: SmallVec<[&[usize]; 4]> = inputs.iter().map(Input::shape).collect();
            shapes.extend(outs.iter().flatten().map(|o| o.shape()));
            shapes.extend(options.mask.map(Array::shape));
            broadcast(&shapes)
        };
        let shape: Dims = match inputs {
            [Input::Array(a)] => SmallVec::from_slice(a.shape()),
            [Input::Array(a), Input::Array(b)] if a.shape() == b.shape() => SmallVec::from_slice(a.shape()),
            _ => {
                let shapes: SmallVec<[&[usize]; 4]> = inputs.iter().map(Input::shape).collect();
                broadcast(&shapes).map_err(|e| full_shape().err().unwrap_or(e))?
            }
        };
        if let Some(mask) = options.mask
            && mask.dtype() != DType::Bool
        {
            return Err(Error::type_error(format!(
                "Cannot cast array data from dtype('{}') to dtype('bool') according to the rule 'safe'",
                mask.dtype()
            )));
        }
        let is_fresh = outs.iter().all(Option::is_none);
        let shape = if is_fresh && options.mask.is_none() {
            shape
        } else {
            let full = full_shape()?;
            for out in outs.iter().flatten() {
                if out.shape() != &full[..] {
                    return Err(Error::shape(format!(
                        "non-broadcastable output operand with shape {} doesn't match the broadcast shape {}",
                        cuprous_core::shape::tight(out.shape()),
                        cuprous_core::shape::tight(&full)
                    )));
                }
            }
            if is_fresh { full } else { shape }
        };
        cuprous_core::shape::checked_size(&shape, row.outs.iter().map(|d| d.size()).max().unwrap_or(1))?;
        let arrays = &arrays[..n_inputs];
        let broadcast: SmallVec<[Layout; 3]> = if arrays.iter().all(|a| a.shape() == &shape[..]) {
            SmallVec::new()
        } else {
            arrays.iter().map(|a| a.layout().broadcast_to(&shape)).collect::<Result<_>>()?
        };
        let mut inputs: SmallVec<[&Layout; 3]> = broadcast.iter().collect();
        if inputs.is_empty() {
            inputs.extend(arrays.iter().map(|a| a.layout()));
        }
        let layout = |k: usize| fresh_layout(&shape, row.outs.get(k).map_or(1, |d| d.size()), &inputs, options.order);
        let second = if row.outs.len() > 1 { layout(1) } else { Layout { shape: Dims::new(), strides: SmallVec::new(), offset: 0 } };
        let layouts = [layout(0), second];
        Ok(Call { row, args, queue, shape, layouts })
    }

    fn size(&self) -> usize {
        self.shape.iter().product()
    }

    fn expr(&self, output: u8) -> Expr {
        Expr::Apply { row: self.row, args: self.args.clone(), output }
    }

    /// Whether an argument lies in memory that others can reach: then nothing waits.
    fn reads_shared(&self) -> bool {
        reads_shared(&self.args)
    }
}

/// What a call is called where it fails.
fn name(def: &UfuncDef, shape: &[usize]) -> String {
    format!("{} of shape {}", def.name, cuprous_core::shape::tuple(shape))
}

fn reads_shared(args: &[Arg]) -> bool {
    args.iter().any(|a| matches!(a, Arg::Value(n, _) if n.storage().is_some_and(|s| s.is_shared())))
}

/// A comparison with a Python integer that no element equals: one truth for all.
fn beyond_range(def: &'static UfuncDef, inputs: &[Input], options: &UfuncOptions, k: usize, side: i32) -> Result<Array> {
    // As seen from the first operand: the array lies below or above the number.
    let side = if k == 1 { side } else { -side };
    let is = |other: &'static UfuncDef| std::ptr::eq(def, other);
    let truth = if is(&comparison::NOT_EQUAL) {
        true
    } else if is(&comparison::EQUAL) {
        false
    } else if is(&comparison::LESS) || is(&comparison::LESS_EQUAL) {
        side < 0
    } else {
        side > 0
    };
    let array = inputs.iter().find_map(|i| match i {
        Input::Array(a) => Some(*a),
        _ => None,
    });
    let shape: Dims = array.map_or_else(Dims::new, |a| a.shape().into());
    let like = crate::creation::full_on(&shape, Scalar::from(truth), array.map(Array::device))?;
    match options.out {
        None => Ok(like),
        Some(out) => {
            assign(out, like.node().clone(), true, options.mask)?;
            Ok(out.clone())
        }
    }
}

/// Makes a value from an expression: pending if it may wait, else computed at once.
pub(crate) fn finish(queue: &Arc<Queue>, dtype: DType, layout: Layout, expr: Expr, name: impl FnOnce() -> String) -> Result<Array> {
    let size = layout.size();
    let reads_shared = matches!(&expr, Expr::Apply { args, .. } if reads_shared(args));
    let waits = !reads_shared && place::may_wait(queue, size, size * dtype.size())?;
    if !waits {
        let during = |e: Error| e.during(&format!("computing {dtype} of shape {}", cuprous_core::shape::tuple(&layout.shape)));
        if let Some(storage) = direct::compute(queue, dtype, &layout, &expr).map_err(during)? {
            place::after(queue, name)?;
            return Ok(Array::from_node(Node::ready(dtype, layout, queue.clone(), storage)));
        }
    }
    let (node, is_full) = Node::pending(dtype, layout, queue.clone(), expr, waits);
    if !waits {
        force_node(&node)?;
        place::after(queue, name)?;
    } else if is_full {
        crate::array::flush(queue)?;
    }
    Ok(Array::from_node(node))
}

/// An array converted to another dtype: a pending copy, even if the dtype is the same.
///
/// # Errors
/// `Type` in NumPy's words if `casting` forbids it.
pub fn astype(a: &Array, dtype: DType, casting: Casting, order: MemoryOrder) -> Result<Array> {
    if !can_cast(a.dtype(), dtype, casting) {
        return Err(Error::type_error(format!(
            "Cannot cast array data from dtype('{}') to dtype('{dtype}') according to the rule '{}'",
            a.dtype(),
            casting.name()
        )));
    }
    let queue = place::current_queue(a.device())?;
    let layout = copy_layout(a.shape(), dtype.size(), a.layout(), a.dtype().size(), order);
    let row: &'static LoopDef = cast_row(a.dtype(), dtype);
    let args = smallvec::smallvec![Arg::Value(a.node().clone(), None)];
    finish(&queue, dtype, layout, Expr::Apply { row, args, output: 0 }, || {
        format!("astype of shape {}", cuprous_core::shape::tuple(a.shape()))
    })
}
