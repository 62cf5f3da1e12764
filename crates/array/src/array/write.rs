//! The one write gate: whoever still has to read the old elements reads them first.

use super::node::{Arg, Expr, Node};
use super::plan::{self, Gathered};
use super::storage::Storage;
use super::{Array, force_node, pending};
use crate::engine::elementwise::fresh_layout;
use cuprous_core::backend::backend;
use cuprous_core::kernel::{Operand, Step};
use cuprous_core::{DType, Layout, Result};
use cuprous_ops::casts::cast_row;
use cuprous_ops::ufuncs::comparison::WHERE;
use smallvec::smallvec;
use std::sync::Arc;

/// Computes the pending values that read the given bytes of a storage, before they are overwritten.
pub(crate) fn settle_readers(storage: &Arc<Storage>, range: (usize, usize)) -> Result<()> {
    let readers = storage.take_readers();
    let mut error = None;
    for weak in readers {
        let Some(reader) = weak.upgrade() else { continue };
        if reader.storage().is_some() {
            continue;
        }
        let concerned = reads(&reader, storage, range);
        drop(reader);
        if concerned && error.is_none() {
            if let Err(e) = pending::force_with_consumers(&weak) {
                storage.add_reader(weak.clone());
                error = Some(e);
            }
        } else {
            storage.add_reader(weak);
        }
    }
    error.map_or(Ok(()), Err)
}

/// Whether a pending value reads bytes of the range directly.
fn reads(reader: &Arc<Node>, storage: &Arc<Storage>, range: (usize, usize)) -> bool {
    let Some(Expr::Apply { args, .. }) = reader.expr() else {
        // Being computed by another thread: to be waited for.
        return reader.storage().is_none();
    };
    args.iter().any(|arg| match arg {
        Arg::Value(source, _) => source.storage().is_some_and(|s| s.overlaps(source.layout.extent(source.dtype.size()), storage, range)),
        Arg::Scalar(_) => false,
    })
}

/// Writes a value into the elements of an array, cast to its dtype and broadcast to its shape; where a mask is
/// given, only where it holds. Runs at once.
pub(crate) fn assign(target: &Array, value: &Arc<Node>, mask: Option<&Array>) -> Result<()> {
    let storage = force_node(target.node())?;
    let item = target.dtype().size();
    let range = target.layout().extent(item);
    if range.0 == range.1 {
        return Ok(());
    }
    let value = converted(target, value, mask)?;
    settle_readers(&storage, range)?;

    let mut plan = plan::gather_feed(&value)?;
    if plan.leaves.iter().any(|l| overlaps(l.storage.as_ref(), &l.layout, l.dtype, &storage, target.layout(), target.dtype())) {
        // An element would be written before another place reads it: the value goes to memory of its own first.
        plan.release();
        let copy = into_fresh(&value)?;
        plan = plan::gather_feed(&copy)?;
        return finish(plan, target, &storage, &copy);
    }
    finish(plan, target, &storage, &value)
}

fn finish(plan: Gathered, target: &Array, storage: &Arc<Storage>, value: &Arc<Node>) -> Result<()> {
    let result = (|| {
        let output = Operand::new(&storage.buffer, target.layout(), target.dtype())?;
        let queue = &value.queue;
        let b = backend(queue.device.kind)?;
        if storage.queue.id != queue.id {
            b.wait(queue, &storage.queue)?;
            storage.buffer.used_on(queue);
        }
        plan::launch(b, &plan, target.shape(), &[output], queue)
    })();
    if result.is_ok() {
        plan.count_recomputes();
    }
    plan.release();
    result
}

/// The value as the target takes it: its dtype, its shape, and its old elements where the mask does not hold.
fn converted(target: &Array, value: &Arc<Node>, mask: Option<&Array>) -> Result<Arc<Node>> {
    let to = target.dtype();
    let cast = (value.dtype != to).then(|| cast_row(value.dtype, to));
    let same_shape = value.layout.shape[..] == *target.shape();
    let (row, args): (_, smallvec::SmallVec<[Arg; 3]>) = match mask {
        None if cast.is_none() && same_shape => return Ok(value.clone()),
        None => (cast_row(to, to), smallvec![Arg::Value(value.clone(), cast)]),
        Some(mask) => {
            let row = WHERE.loops.iter().find(|l| l.outs[0] == to).unwrap_or_else(|| unreachable!("where has every dtype"));
            let truth = (mask.dtype() != DType::Bool).then(|| cast_row(mask.dtype(), DType::Bool));
            (row, smallvec![Arg::Value(mask.node().clone(), truth), Arg::Value(value.clone(), cast), Arg::Value(target.node().clone(), None)])
        }
    };
    let layout = fresh_layout(target.shape(), to.size(), &[target.layout()], Default::default());
    Ok(Node::pending(to, layout, value.queue.clone(), Expr::Apply { row, args, output: 0 }, false).0)
}

/// Computes a value into memory that nothing else holds.
fn into_fresh(value: &Arc<Node>) -> Result<Arc<Node>> {
    let source = if value.storage().is_some() {
        let layout = fresh_layout(&value.layout.shape, value.dtype.size(), &[&value.layout], Default::default());
        let args = smallvec![Arg::Value(value.clone(), None)];
        let expr = Expr::Apply { row: cast_row(value.dtype, value.dtype), args, output: 0 };
        Node::pending(value.dtype, layout, value.queue.clone(), expr, false).0
    } else {
        value.clone()
    };
    force_node(&source)?;
    Ok(source)
}

/// Whether writing the target may change what a leaf still has to give: a common byte, unless both walk the very same elements.
fn overlaps(leaf: Option<&Arc<Storage>>, layout: &Layout, dtype: DType, target: &Arc<Storage>, target_layout: &Layout, target_dtype: DType) -> bool {
    let Some(leaf) = leaf else { return false };
    if !leaf.overlaps(layout.extent(dtype.size()), target, target_layout.extent(target_dtype.size())) {
        return false;
    }
    let same_start = leaf.buffer.address() + layout.offset == target.buffer.address() + target_layout.offset;
    let same_map = same_start
        && dtype.size() == target_dtype.size()
        && layout.shape == target_layout.shape
        && layout.strides.iter().zip(&target_layout.strides).zip(&layout.shape).all(|((a, b), &n)| a == b || n == 1);
    // A target that repeats its own elements has no order in which its writes would not be seen.
    !same_map || target_layout.strides.iter().zip(&target_layout.shape).any(|(&s, &n)| s == 0 && n > 1)
}

impl Gathered {
    /// Whether the program only hands a stored value on.
    pub(crate) fn is_bare_load(&self) -> bool {
        matches!(self.program.steps[..], [Step::Load { .. }])
    }
}
