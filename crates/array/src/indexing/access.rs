//! The two front doors to gather and scatter: what they read is computed, what they write passes the gate.

use crate::array::{Array, Node, Storage, allocate, settle_readers};
use crate::creation::{self, CreateOptions};
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{place, scan};
use cuprous_core::backend::{Backend, backend};
use cuprous_core::indexing::{Combine, GatherSpec, IndexMode, IndexOperand, Indexed, PlacesSpec, ScatterSpec};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote::Casting;
use cuprous_core::shape::{Strides, checked_size, tuple};
use cuprous_core::{DType, Error, Queue, Result};
use cuprous_ops::scans::CUMSUM;
use smallvec::SmallVec;
use std::sync::Arc;

/// One array of indices.
pub(crate) struct IndexAxis {
    /// The indices, int64 or int32
    pub values: Array,
    /// The axes of the launch along which theirs lie; along the others they repeat
    pub places: SmallVec<[usize; 4]>,
    /// The length of the axis that they index
    pub len: usize,
    /// Bytes from one element of that axis to the next
    pub stride: isize,
    /// The axis by number, for messages
    pub axis: usize,
}

/// Elements of an array, chosen by indices.
pub(crate) struct Chosen {
    /// The array
    pub array: Array,
    /// Where its elements lie whose indices are all 0, over the launch's shape
    pub base: Layout,
    /// The indices
    pub indices: SmallVec<[IndexAxis; 2]>,
    /// What indices outside their axes mean
    pub mode: IndexMode,
}

/// Integers as backends take indices.
pub(crate) fn as_index(values: &Array) -> Result<Array> {
    match values.dtype() {
        DType::I64 | DType::I32 => Ok(values.clone()),
        _ => astype(values, DType::I64, Casting::Unsafe, MemoryOrder::C),
    }
}

/// A layout over `shape`: the axes of `from` at `places`, broadcast there; stride 0 elsewhere.
fn placed(from: &Layout, shape: &[usize], places: &[usize]) -> Layout {
    let mut strides: Strides = SmallVec::from_elem(0, shape.len());
    for (k, &place) in places.iter().enumerate() {
        strides[place] = if from.shape[k] == 1 && shape[place] != 1 { 0 } else { from.strides[k] };
    }
    Layout { shape: shape.into(), strides, offset: from.offset }
}

/// The elements of an array with one axis taken out and the axes of an index array in its place.
pub(crate) fn along(array: &Array, axis: usize, index: &Array, mode: IndexMode) -> Result<Chosen> {
    let index = as_index(index)?;
    let (n, m) = (array.n_axes(), index.n_axes());
    let (before, after) = (&array.shape()[..axis], &array.shape()[axis + 1..]);
    let shape: SmallVec<[usize; 8]> = before.iter().chain(index.shape()).chain(after).copied().collect();
    let mut base = Layout { shape: shape[..].into(), strides: SmallVec::from_elem(0, shape.len()), offset: array.layout().offset };
    for k in (0..n).filter(|&k| k != axis) {
        base.strides[if k < axis { k } else { k + m - 1 }] = array.strides()[k];
    }
    let axis =
        IndexAxis { values: index, places: (axis..axis + m).collect(), len: array.shape()[axis], stride: array.strides()[axis], axis };
    Ok(Chosen { array: array.clone(), base, indices: SmallVec::from_iter([axis]), mode })
}

/// Copies the chosen elements into an array of their own, in C order.
///
/// # Errors
/// `Index` in NumPy's words, where indices are known; `Device`, `Memory`, `Compile`.
pub(crate) fn gather(chosen: &Chosen) -> Result<Array> {
    let (array, dtype) = (&chosen.array, chosen.array.dtype());
    let queue = place::current_queue(array.device())?;
    let b = backend(queue.device.kind)?;
    let n = checked_size(&chosen.base.shape, dtype.size())?;
    let source = read(array, &queue, b)?;
    let indices = chosen.indices.iter().map(|i| read(&i.values, &queue, b)).collect::<Result<SmallVec<[_; 2]>>>()?;
    let layout = Layout::contiguous(&chosen.base.shape, dtype.size(), Order::C);
    let storage = allocate(&queue, n * dtype.size())?;
    let layouts = layouts(chosen);
    let operands = operands(chosen, &indices, &layouts)?;
    let source = Indexed::new(&source.buffer, &chosen.base, dtype, &operands, chosen.mode)?;
    b.gather(&GatherSpec { source, out: Operand::new(&storage.buffer, &layout, dtype)?, queue: &queue })?;
    place::after(&queue, || format!("gather from shape {}", tuple(array.shape())))?;
    Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
}

/// Checks indices as a gather does, but gathers nothing: on a device with queues the error comes at the next
/// synchronization.
///
/// # Errors
/// `Index` in NumPy's words, where indices are known.
pub(crate) fn check_places(index: &Array, len: usize, axis: usize) -> Result<()> {
    let one = creation::full_on(&[1], false.into(), Some(index.device()))?;
    let index = as_index(index)?;
    let base = Layout { shape: index.shape().into(), strides: SmallVec::from_elem(0, index.n_axes()), offset: one.layout().offset };
    let axis = IndexAxis { places: (0..index.n_axes()).collect(), values: index, len, stride: 0, axis };
    gather(&Chosen { array: one, base, indices: SmallVec::from_iter([axis]), mode: IndexMode::Raise }).map(drop)
}

/// The places of the true elements of a packed mask of one axis. Their number is read back from the device.
pub(crate) fn places_of(mask: &Array) -> Result<Array> {
    let queue = place::current_queue(mask.device())?;
    let b = backend(queue.device.kind)?;
    let memory = read(mask, &queue, b)?;
    let options = CreateOptions { device: Some(mask.device()), ..CreateOptions::default() };
    let n_tiles = mask.size().div_ceil(PlacesSpec::TILE);
    let counts = creation::empty(&[n_tiles], DType::I64, options)?;
    let step = |totals: &Array, out: Option<&Array>| -> Result<()> {
        let (own, target) = (read(totals, &queue, b)?, out.map(|o| read(o, &queue, b)).transpose()?);
        let out = match (out, &target) {
            (Some(o), Some(memory)) => Some(Operand::new(&memory.buffer, o.layout(), DType::I64)?),
            _ => None,
        };
        let totals = Operand::new(&own.buffer, totals.layout(), DType::I64)?;
        b.places(&PlacesSpec { mask: Operand::new(&memory.buffer, mask.layout(), DType::Bool)?, totals, out, queue: &queue })
    };
    step(&counts, None)?;
    let totals = if n_tiles > 1 { scan(&CUMSUM, &counts, Some(0), None)? } else { counts };
    let count = totals.get(&[Slice::At(-1)])?.item()?.to::<i64>();
    let out = creation::empty(&[count as usize], DType::I64, options)?;
    if count > 0 {
        step(&totals, Some(&out))?;
    }
    place::after(&queue, || format!("places of true elements of shape {}", tuple(mask.shape())))?;
    Ok(out)
}

/// Writes values to the chosen elements, or combines them: values broadcast to the launch's shape and are of the
/// target's dtype, or of what the combination takes; none for a combination of one input.
///
/// # Errors
/// `Index` and `Shape` in NumPy's words, the former where indices are known; `Device`, `Memory`, `Compile`.
pub(crate) fn scatter(chosen: &Chosen, values: Option<&Array>, combine: Option<Combine>) -> Result<()> {
    let target = &chosen.array;
    if target.strides().iter().zip(target.shape()).any(|(&s, &n)| s == 0 && n > 1) {
        // Its elements are one in memory.
        return Err(Error::value("assignment destination is read-only"));
    }
    let queue = place::current_queue(target.device())?;
    let b = backend(queue.device.kind)?;
    let storage = read(target, &queue, b)?;
    let range = target.layout().extent(target.dtype().size());
    // What is read is never what is written: a copy is taken where memory is shared.
    let apart = |a: &Array| -> Result<Array> {
        let own = a.force()?;
        let (low, high) = a.layout().extent(a.dtype().size());
        let (from, to) = (own.buffer.address(), storage.buffer.address());
        let meets = own.buffer.device() == storage.buffer.device() && from + low < to + range.1 && to + range.0 < from + high;
        if meets { astype(a, a.dtype(), Casting::Unsafe, MemoryOrder::Keep) } else { Ok(a.clone()) }
    };
    let values = values.map(apart).transpose()?;
    let value_layout = values.as_ref().map(|v| v.layout().broadcast_to(&chosen.base.shape)).transpose()?;
    let value_storage = values.as_ref().map(|v| read(v, &queue, b)).transpose()?;
    let mut moved = Chosen { array: target.clone(), base: chosen.base.clone(), indices: SmallVec::new(), mode: chosen.mode };
    for i in &chosen.indices {
        moved.indices.push(IndexAxis { values: apart(&i.values)?, places: i.places.clone(), ..*i });
    }
    let indices = moved.indices.iter().map(|i| read(&i.values, &queue, b)).collect::<Result<SmallVec<[_; 2]>>>()?;
    settle_readers(&storage, range, &[])?;
    let layouts = layouts(&moved);
    let operands = operands(&moved, &indices, &layouts)?;
    let dtype = target.dtype();
    let values = match (&values, &value_storage, &value_layout) {
        (Some(v), Some(s), Some(l)) => Some(Operand::new(&s.buffer, l, v.dtype())?),
        _ => None,
    };
    let indexed = Indexed::new(&storage.buffer, &moved.base, dtype, &operands, moved.mode)?;
    storage.before_writing(b, &queue)?;
    b.scatter(&ScatterSpec { target: indexed, values, combine, queue: &queue })?;
    place::after(&queue, || format!("scatter to shape {}", tuple(target.shape())))
}

/// The indices as backends see them.
fn operands<'a>(chosen: &Chosen, storages: &'a [Arc<Storage>], layouts: &'a [Layout]) -> Result<SmallVec<[IndexOperand<'a>; 2]>> {
    let operand = |((i, s), layout): ((&IndexAxis, &'a Arc<Storage>), &'a Layout)| {
        let values = Operand::new(&s.buffer, layout, i.values.dtype())?;
        Ok(IndexOperand { values, len: i.len, stride: i.stride, axis: i.axis })
    };
    chosen.indices.iter().zip(storages).zip(layouts).map(operand).collect()
}

/// The layouts of the indices over the launch's shape.
fn layouts(chosen: &Chosen) -> SmallVec<[Layout; 2]> {
    chosen.indices.iter().map(|i| placed(i.values.layout(), &chosen.base.shape, &i.places)).collect()
}

/// The memory of an array, computed, in the order of the queue.
pub(crate) fn read(a: &Array, queue: &Arc<Queue>, b: &dyn Backend) -> Result<Arc<Storage>> {
    if a.device() != queue.device {
        return Err(Error::device(format!(
            "operands are on different devices, {} and {}: move one with `asarray(x, device=...)`",
            queue.device,
            a.device()
        )));
    }
    let storage = a.force()?;
    storage.before_reading(b, queue)?;
    Ok(storage)
}
