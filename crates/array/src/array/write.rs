//! The one write gate: whoever still has to read the old elements reads them first.

use super::direct::Direct;
use super::node::{Arg, Expr, Node};
use super::plan::{self, Gathered};
use super::storage::Storage;
use super::{Array, force_node, pending};
use crate::engine::elementwise::fresh_layout;
use crate::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::kernel::Operand;
use cuprous_core::{DType, Error, Layout, Result};
use cuprous_ops::casts::cast_row;
use cuprous_ops::ufuncs::comparison::WHERE;
use smallvec::smallvec;
use std::sync::Arc;

/// Computes the pending values that read the given bytes of a storage, before they are overwritten.
/// Those in `within` belong to the write itself and read in time.
pub(crate) fn settle_readers(storage: &Arc<Storage>, range: (usize, usize), within: &[*const Node]) -> Result<()> {
    for weak in storage.pending_readers() {
        let Some(reader) = weak.upgrade() else { continue };
        let concerned = reader.storage().is_none() && !within.contains(&Arc::as_ptr(&reader)) && reads(&reader, storage, range);
        // Let go first: a value that only we hold need not be stored apart from its consumer.
        drop(reader);
        if concerned {
            pending::force_with_consumers(&weak)?;
        }
    }
    Ok(())
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
/// given, only where it holds. Runs at once. `is_ours` says that nobody else holds the value.
pub(crate) fn assign(target: &Array, value: Arc<Node>, is_ours: bool, mask: Option<&Array>) -> Result<()> {
    if target.strides().iter().zip(target.shape()).any(|(&s, &n)| s == 0 && n > 1) {
        // Its elements are one in memory: a program would write several values to it.
        return Err(Error::value("assignment destination is read-only"));
    }
    let storage = force_node(target.node())?;
    let range = target.layout().extent(target.dtype().size());
    if range.0 == range.1 {
        return Ok(());
    }
    let original = Arc::as_ptr(&value);
    let value = converted(target, value, mask);
    // A conversion is ours, whoever holds what it converts.
    let is_ours = is_ours || Arc::as_ptr(&value) != original;
    if (is_ours || value.storage().is_some()) && directly(target, &storage, range, &value)? {
        return Ok(());
    }

    let clashes = |plan: &Gathered, identical_too: bool| {
        plan.leaves.iter().any(|l| overlaps(l.storage.as_ref(), &l.layout, l.dtype, &storage, target, identical_too))
    };
    // First only to learn what the write reads: nothing may stay claimed while other values are computed.
    let plan = plan::gather_feed(&value)?;
    let mut outlives = if clashes(&plan, true) { plan.held() } else { Vec::new() };
    if !is_ours && clashes(&plan, true) {
        outlives.push(value.clone());
    }
    let within = plan.claimed_addresses();
    plan.release();
    // Values that somebody still wants keep what they would have read.
    for node in &outlives {
        force_node(node)?;
    }
    drop(outlives);
    settle_readers(&storage, range, &within)?;

    let mut value = value;
    let mut plan = plan::gather_feed(&value)?;
    if clashes(&plan, false) {
        // An element would be written before another place reads it: the value goes to memory of its own first.
        plan.release();
        value = into_fresh(&value)?;
        plan = plan::gather_feed(&value)?;
    }
    finish(plan, target, &storage)
}

/// Writes a value that only memory stands behind without gathering it; whether it did.
fn directly(target: &Array, storage: &Arc<Storage>, range: (usize, usize), value: &Arc<Node>) -> Result<bool> {
    let expr = if value.storage().is_some() { None } else { value.expr() };
    let Some(direct) = Direct::of_value(target.shape(), value, expr.as_ref())? else { return Ok(false) };
    if direct.sources.iter().any(|(s, layout, dtype)| overlaps(Some(s), layout, *dtype, storage, target, false)) {
        return Ok(false);
    }
    settle_readers(storage, range, &[Arc::as_ptr(value)])?;
    let queue = place::current_queue(target.device())?;
    let b = backend(queue.device.kind)?;
    storage.before_writing(b, &queue)?;
    direct.launch(b, &queue, target.shape(), Operand::new(&storage.buffer, target.layout(), target.dtype())?)?;
    // Dropped now, it leaves no work undone.
    value.mark_consumed();
    Ok(true)
}

fn finish(plan: Gathered, target: &Array, storage: &Arc<Storage>) -> Result<()> {
    let result = (|| {
        let output = Operand::new(&storage.buffer, target.layout(), target.dtype())?;
        let queue = place::current_queue(target.device())?;
        let b = backend(queue.device.kind)?;
        storage.before_writing(b, &queue)?;
        plan::on_queue(&queue, || plan::launch(b, &plan, target.shape(), &[output], &queue))
    })();
    if result.is_ok() {
        plan.count_recomputes();
    }
    plan.release();
    result
}

/// The value as the target takes it: its dtype, its shape, and its old elements where the mask does not hold.
fn converted(target: &Array, value: Arc<Node>, mask: Option<&Array>) -> Arc<Node> {
    let (to, queue) = (target.dtype(), value.queue.clone());
    let cast = (value.dtype != to).then(|| cast_row(value.dtype, to));
    let same_shape = value.layout.shape[..] == *target.shape();
    let (row, args): (_, smallvec::SmallVec<[Arg; 3]>) = match mask {
        None if cast.is_none() && same_shape => return value,
        None => (cast_row(to, to), smallvec![Arg::Value(value, cast)]),
        Some(mask) => {
            let row = WHERE.loops.iter().find(|l| l.outs[0] == to).unwrap_or_else(|| unreachable!("where has every dtype"));
            let truth = (mask.dtype() != DType::Bool).then(|| cast_row(mask.dtype(), DType::Bool));
            (row, smallvec![Arg::Value(mask.node().clone(), truth), Arg::Value(value, cast), Arg::Value(target.node().clone(), None)])
        }
    };
    let layout = fresh_layout(target.shape(), to.size(), &[target.layout()], Default::default());
    Node::pending(to, layout, queue, Expr::Apply { row, args, output: 0 }, false).0
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

/// Computes an array and whatever still has to read it, before work that is no program writes to it: to its elements,
/// or anywhere in its memory.
pub(crate) fn prepare_write(target: &Array, anywhere: bool) -> Result<Arc<Storage>> {
    let storage = force_node(target.node())?;
    let range = if anywhere { (0, storage.buffer.len()) } else { target.layout().extent(target.dtype().size()) };
    settle_readers(&storage, range, &[])?;
    Ok(storage)
}

/// Whether writing one array may change what is still to be read of another: a common byte, unless both walk the very
/// same elements and that is no clash.
pub(crate) fn clashes(source: &Array, target: &Array, identical_too: bool) -> Result<bool> {
    let (leaf, storage) = (force_node(source.node())?, force_node(target.node())?);
    Ok(overlaps(Some(&leaf), source.layout(), source.dtype(), &storage, target, identical_too))
}

/// Whether writing the target may change what a leaf still has to give: a common byte, unless both walk the very same elements.
fn overlaps(
    leaf: Option<&Arc<Storage>>,
    layout: &Layout,
    dtype: DType,
    storage: &Arc<Storage>,
    target: &Array,
    identical_too: bool,
) -> bool {
    let Some(leaf) = leaf else { return false };
    let to = target.layout();
    if !leaf.overlaps(layout.extent(dtype.size()), storage, to.extent(target.dtype().size())) {
        return false;
    }
    let same_start = leaf.buffer.address() + layout.offset == storage.buffer.address() + to.offset;
    let same_map = same_start
        && dtype.size() == target.dtype().size()
        && layout.shape == to.shape
        && layout.strides.iter().zip(&to.strides).zip(&layout.shape).all(|((a, b), &n)| a == b || n == 1);
    // A target that repeats its own elements has no order in which its writes would not be seen.
    identical_too || !same_map || to.strides.iter().zip(&to.shape).any(|(&s, &n)| s == 0 && n > 1)
}
