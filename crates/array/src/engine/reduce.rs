//! Reductions: run at once, with what is pending fused in.

use super::elementwise::{MemoryOrder, common_queue, fresh_layout};
use super::place;
use crate::array::{Arg, Array, Expr, Gathered, Leaf, Node, allocate, assign, force_node, gather_feed, order_behind};
use cuprous_core::backend::{ReduceLaunch, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::Layout;
use cuprous_core::shape::{normalize_axis, tuple};
use cuprous_core::{DType, Error, ReduceDef, ReduceRow, Result};
use cuprous_ops::casts::cast_row;
use cuprous_ops::reductions::MEAN;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// The keyword arguments of a reduction.
#[derive(Clone, Copy, Default)]
pub struct ReduceOptions<'a> {
    /// The axes to reduce; `None` is all
    pub axes: Option<&'a [isize]>,
    /// The dtype of the result and of the accumulation
    pub dtype: Option<DType>,
    /// Where the result goes
    pub out: Option<&'a Array>,
    /// Whether reduced axes stay, with length 1
    pub keep_axes: bool,
}

/// Reduces an array.
///
/// # Errors
/// `Axis`, `Value`, `Type` in NumPy's words.
pub fn reduce(def: &'static ReduceDef, a: &Array, options: &ReduceOptions) -> Result<Array> {
    let mut reduced: SmallVec<[bool; 8]> = SmallVec::from_elem(options.axes.is_none(), a.n_axes());
    for &axis in options.axes.unwrap_or_default() {
        // NumPy lets most reductions name the missing axis of a 0-d array.
        if a.n_axes() == 0 && !std::ptr::eq(def, &MEAN) {
            normalize_axis(axis, 1).map_err(|e| {
                if def.rows[0].indexed { e } else { Error::axis(format!("axis {axis} is out of bounds for array of dimension 0")) }
            })?;
            continue;
        }
        let k = normalize_axis(axis, a.n_axes())?;
        if std::mem::replace(&mut reduced[k], true) {
            return Err(Error::value("duplicate value in 'axis'"));
        }
    }
    let mut device_of: SmallVec<[&Array; 2]> = smallvec![a];
    device_of.extend(options.out);
    let queue = common_queue(&device_of)?;

    let n_reduced: usize = a.shape().iter().zip(&reduced).filter(|(_, r)| **r).map(|(n, _)| n).product();
    // NumPy minds even where there are no results.
    if n_reduced == 0 && def.identity.is_none() {
        return Err(Error::value(if def.rows[0].indexed {
            format!("attempt to get {} of an empty sequence", def.name)
        } else {
            format!("zero-size array to reduction operation {} which has no identity", def.ufunc)
        }));
    }

    // As in NumPy an `out` takes any cast.
    let (row, result) = row_of(def, a.dtype(), options.dtype);
    let shape_with = |one: bool| -> SmallVec<[usize; 4]> {
        a.shape().iter().zip(&reduced).filter(|(_, r)| !**r || one).map(|(&n, &r)| if r { 1 } else { n }).collect()
    };
    let shape = shape_with(options.keep_axes);
    if let Some(out) = options.out {
        if def.rows[0].indexed && out.shape() != &shape[..] {
            return Err(Error::value(format!("output array does not match result of np.{}.", def.name)));
        }
        check_out(def.ufunc, out, &shape)?;
    }

    // Results are packed in the order of the axes that stay, but places in C order, as NumPy has them; along reduced axes
    // they stay on the same element.
    let model = Layout { shape: shape_with(true).into_iter().collect(), strides: a.strides().into(), offset: 0 };
    let order = if def.rows[0].indexed { MemoryOrder::C } else { MemoryOrder::Keep };
    let packed = fresh_layout(&model.shape, row.output.size(), &[&model], order);
    let mut over = packed.clone();
    over.shape = a.shape().into();
    over.strides.iter_mut().zip(&reduced).filter(|(_, r)| **r).for_each(|(s, _)| *s = 0);
    let n_results: usize = shape.iter().product();
    let storage = allocate(&queue, n_results * row.output.size())?;
    if n_results > 0 {
        let plan = map_of(a, row.input)?;
        let launched = (|| {
            let inputs = plan.leaves.iter().map(Leaf::operand).collect::<Result<SmallVec<[_; 8]>>>()?;
            let b = backend(queue.device.kind)?;
            order_behind(b, &plan.leaves, &queue)?;
            super::config::log_plan(|| {
                format!("{} {} of {} over {:?}\n{:?}", queue.device, row.op, tuple(a.shape()), &reduced[..], plan.program)
            });
            // The order of accumulation follows from the array as it would lie if it were stored.
            let strides = strides_as(a.layout(), a.dtype(), row.input);
            b.reduce(
                &plan.program,
                row,
                &ReduceLaunch {
                    shape: a.shape(),
                    strides: &strides,
                    reduced: &reduced,
                    inputs: &inputs,
                    parameters: &plan.parameters,
                    output: Operand::new(&storage.buffer, &over, row.output)?,
                    queue: &queue,
                },
            )
        })();
        if launched.is_ok() {
            plan.count_recomputes();
        }
        plan.release();
        launched?;
        place::after(&queue, || format!("{} of shape {}", def.name, tuple(a.shape())))?;
    }
    let kept = |strides: &[isize]| strides.iter().zip(&reduced).filter(|(_, r)| !**r || options.keep_axes).map(|(&s, _)| s).collect();
    let layout = Layout { shape: shape.into_iter().collect(), strides: kept(&packed.strides), offset: 0 };
    let mut value = Array::from_node(Node::ready(row.output, layout, queue, storage));
    if result != row.output {
        value = value.astype(result)?;
    }
    match options.out {
        None => Ok(value),
        Some(out) => {
            assign(out, value.node().clone(), true, None)?;
            Ok(out.clone())
        }
    }
}

/// Refuses an `out` of another shape than the results.
pub(crate) fn check_out(ufunc: &str, out: &Array, shape: &[usize]) -> Result<()> {
    if out.shape() == shape {
        return Ok(());
    }
    if out.n_axes() != shape.len() {
        return Err(Error::value(format!(
            "output parameter for reduction operation {ufunc} has the wrong number of dimensions: Found {} but expected {}",
            out.n_axes(),
            shape.len()
        )));
    }
    Err(Error::value(format!(
        "output parameter for reduction operation {ufunc} has a non-reduction dimension not equal to one / wrong shape: found {}, expected {}",
        tuple(out.shape()),
        tuple(shape)
    )))
}

/// The row that reduces elements of a dtype, and the dtype of the result.
fn row_of(def: &'static ReduceDef, dtype: DType, asked: Option<DType>) -> (&'static ReduceRow, DType) {
    // With `dtype=` the elements are converted first. A narrow integer result is the wide one, wrapped.
    let input = asked.unwrap_or(dtype);
    let row = def.rows.iter().find(|r| r.input == input).unwrap_or_else(|| unreachable!("reductions have a row for every dtype"));
    let is_truth_or_place = matches!(row.output, DType::Bool) || row.indexed;
    (row, if is_truth_or_place { row.output } else { asked.unwrap_or(row.output) })
}

/// The strides that an array would have as elements of another size.
fn strides_as(layout: &Layout, from: DType, to: DType) -> SmallVec<[isize; 4]> {
    let (a, b) = (from.size() as isize, to.size() as isize);
    if a == b { layout.strides.clone() } else { layout.strides.iter().map(|s| s / a * b).collect() }
}

/// The program of an array's elements as the row takes them.
fn map_of(a: &Array, to: DType) -> Result<Gathered> {
    let node = a.node();
    let source = if a.dtype() == to {
        node.clone()
    } else {
        let args = smallvec![Arg::Value(node.clone(), None)];
        let layout = Layout { shape: a.shape().into(), strides: strides_as(a.layout(), a.dtype(), to), offset: 0 };
        Node::pending(to, layout, node.queue.clone(), Expr::Apply { row: cast_row(a.dtype(), to), args, output: 0 }, false).0
    };
    feed(&source, node)
}

/// Gathers a value for a consumer that runs at once. A pending value is computed on the way, unless it was once
/// already, or somebody keeps it and storing it moves fewer bytes than computing it a second time.
fn feed(source: &Arc<Node>, held: &Arc<Node>) -> Result<Gathered> {
    if held.storage().is_none() && held.was_recomputed() {
        force_node(held)?;
    }
    let plan = gather_feed(source)?;
    if held.storage().is_none() && !held.is_passing() && plan.cost_of(held) > 3 * held.n_bytes().max(1 << 16) {
        plan.release();
        force_node(held)?;
        return gather_feed(source);
    }
    Ok(plan)
}
