//! From a call of a ufunc to a pending value: row, shape, device, and every error but memory, device and compile.

use super::{place, resolve};
use crate::array::{Arg, Array, Expr, Node, assign, force_node};
use cuprous_core::layout::{Layout, Order};
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
    /// Where the result goes
    pub out: Option<&'a Array>,
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
    // NumPy's order: axes sorted by stride, an axis moving past another only where no input objects.
    let mut axes: SmallVec<[usize; 8]> = (0..shape.len()).collect();
    for i in 1..axes.len() {
        let mut j = i;
        while j > 0 {
            let (outer, inner) = (axes[j - 1], axes[j]);
            let mut swap = None;
            for l in inputs {
                let (a, b) = (l.strides[outer].unsigned_abs(), l.strides[inner].unsigned_abs());
                if a != 0 && b != 0 && shape[outer] != 1 && shape[inner] != 1 {
                    if b <= a {
                        swap = Some(false);
                        break;
                    }
                    swap.get_or_insert(true);
                }
            }
            if swap != Some(true) {
                break;
            }
            axes.swap(j - 1, j);
            j -= 1;
        }
    }
    let mut layout = Layout::contiguous(shape, item_size, Order::C);
    let mut step = item_size as isize;
    for &k in axes.iter().rev() {
        layout.strides[k] = step;
        step *= shape[k].max(1) as isize;
    }
    layout
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

/// Applies a ufunc.
///
/// # Errors
/// `Shape`, `Type`, `Value`, `Overflow` in NumPy's words; `Device` for mixed devices.
pub fn apply(def: &'static UfuncDef, inputs: &[Input], options: &UfuncOptions) -> Result<Array> {
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
    arrays.extend(options.mask);
    arrays.extend(options.out);
    let queue = common_queue(&arrays)?;

    let row = match resolve::out_of_range(def, &promoted) {
        Some((k, side)) if options.dtype.is_none() => return beyond_range(def, inputs, options, k, side),
        _ => resolve::resolve(def, &promoted, options.dtype, casting)?,
    };
    let out_dtype = row.outs[0];
    if let Some(out) = options.out
        && !can_cast(out_dtype, out.dtype(), casting)
    {
        return Err(resolve::output_casting(def.name, out_dtype, out.dtype(), casting));
    }

    let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
    for (input, &to) in inputs.iter().zip(row.ins) {
        args.push(match *input {
            Input::Array(a) => Arg::Value(a.node().clone(), (a.dtype() != to).then(|| cast_row(a.dtype(), to))),
            Input::Scalar(s) => Arg::Scalar(s.cast(to)),
            Input::Weak(w) => Arg::Scalar(w.to_scalar(to)?),
        });
    }

    let shape: Dims = match inputs {
        [Input::Array(a)] => a.shape().into(),
        [Input::Array(a), Input::Array(b)] if a.shape() == b.shape() => a.shape().into(),
        _ => {
            let shapes: SmallVec<[&[usize]; 4]> = inputs.iter().map(Input::shape).collect();
            // NumPy names out and mask among the shapes only where they are part of the mismatch.
            broadcast(&shapes)?
        }
    };
    if let Some(mask) = options.mask
        && mask.dtype() != DType::Bool
    {
        return Err(Error::type_error(format!("Cannot cast array data from dtype('{}') to dtype('bool') according to the rule 'safe'", mask.dtype())));
    }
    let full = match (options.mask, options.out) {
        (None, None) => shape.clone(),
        (mask, out) => {
            let mut shapes: SmallVec<[&[usize]; 4]> = inputs.iter().map(Input::shape).collect();
            shapes.extend(out.map(Array::shape));
            shapes.extend(mask.map(Array::shape));
            broadcast(&shapes)?
        }
    };
    if let Some(out) = options.out
        && out.shape() != &full[..]
    {
        return Err(Error::shape(format!(
            "non-broadcastable output operand with shape {} doesn't match the broadcast shape {}",
            cuprous_core::shape::tight(out.shape()),
            cuprous_core::shape::tight(&full)
        )));
    }

    let value_shape = if options.out.is_some() { &shape } else { &full };
    cuprous_core::shape::checked_size(value_shape, out_dtype.size())?;
    let layouts: SmallVec<[Layout; 3]> = if arrays[..n_inputs].iter().all(|a| a.shape() == &value_shape[..]) {
        arrays[..n_inputs].iter().map(|a| a.layout().clone()).collect()
    } else {
        arrays[..n_inputs].iter().map(|a| a.layout().broadcast_to(value_shape)).collect::<Result<_>>()?
    };
    let layouts: SmallVec<[&Layout; 3]> = layouts.iter().collect();
    let layout = fresh_layout(value_shape, out_dtype.size(), &layouts, options.order);

    let name = || format!("{} of shape {}", def.name, cuprous_core::shape::tuple(value_shape));
    match options.out {
        None => finish(&queue, out_dtype, layout, Expr::Apply { row, args, output: 0 }, name),
        Some(out) => {
            // The value only feeds the write, so it never waits on its own.
            let (node, _) = Node::pending(out_dtype, layout, queue.clone(), Expr::Apply { row, args, output: 0 }, false);
            assign(out, node, true, options.mask)?;
            place::after(&queue, name)?;
            Ok(out.clone())
        }
    }
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
    let reads_shared = match &expr {
        Expr::Apply { args, .. } => args.iter().any(|a| matches!(a, Arg::Value(n, _) if n.storage().is_some_and(|s| s.is_shared()))),
        _ => false,
    };
    let waits = !reads_shared && place::may_wait(queue, size, size * dtype.size())?;
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
    let layout = fresh_layout(a.shape(), dtype.size(), &[a.layout()], order);
    let row: &'static LoopDef = cast_row(a.dtype(), dtype);
    let args = smallvec::smallvec![Arg::Value(a.node().clone(), None)];
    finish(&queue, dtype, layout, Expr::Apply { row, args, output: 0 }, || format!("astype of shape {}", cuprous_core::shape::tuple(a.shape())))
}
