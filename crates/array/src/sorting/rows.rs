//! The front doors to sorts, searches and counts, and the way from any axis to packed rows and back.

use crate::array::{Array, Node, Storage, allocate};
use crate::creation::empty_like;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::place;
use crate::indexing::read;
use cuprous_core::backend::backend;
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::promote::Casting;
use cuprous_core::shape::{normalize_axis, tuple};
use cuprous_core::sorting::{CountSpec, SearchSpec, SelectSpec, Side, SortSpec};
use cuprous_core::{DType, Result};
use std::sync::Arc;

/// What a sort gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The sorted elements
    Values,
    /// The places from which they came
    Places,
    /// Both
    Both,
}

/// Sorted elements, and the places from which they came; what was not wanted is missing.
pub(crate) struct Sorted {
    pub values: Option<Array>,
    pub places: Option<Array>,
}

/// The elements in C order, packed: the array itself if it is.
pub(crate) fn packed(a: &Array) -> Result<Array> {
    if a.is_c_contiguous() { Ok(a.clone()) } else { astype(a, a.dtype(), Casting::Unsafe, MemoryOrder::C) }
}

/// The array with an axis behind the others, packed, as rows.
pub(crate) fn rows(a: &Array, axis: usize) -> Result<Array> {
    let n = a.shape()[axis];
    let n_rows: usize = (0..a.n_axes()).filter(|&k| k != axis).map(|k| a.shape()[k]).product();
    packed(&last(a, axis)?)?.reshape(&[n_rows as isize, n as isize])
}

/// A view with an axis behind the others.
fn last(a: &Array, axis: usize) -> Result<Array> {
    if axis + 1 == a.n_axes() {
        return Ok(a.clone());
    }
    let order: Vec<isize> = (0..a.n_axes()).filter(|&k| k != axis).chain([axis]).map(|k| k as isize).collect();
    a.permute(&order)
}

/// Rows as an array of the shape of `like` again, laid out as that would be copied in this order.
fn unrolled(rows: &Array, like: &Array, axis: usize, order: MemoryOrder) -> Result<Array> {
    let others = (0..like.n_axes()).filter(|&k| k != axis).chain([axis]);
    let turned: Vec<isize> = others.map(|k| like.shape()[k] as isize).collect();
    let mut back: Vec<isize> = (0..like.n_axes() as isize - 1).collect();
    back.insert(axis, like.n_axes() as isize - 1);
    let value = rows.reshape(&turned)?;
    let value = if axis + 1 == like.n_axes() { value } else { value.permute(&back)? };
    let wanted = empty_like(like, None, Some(rows.dtype()), order)?;
    if value.layout().strides == wanted.layout().strides || value.size() == 0 || (value.is_c_contiguous() && wanted.is_c_contiguous()) {
        return Ok(value);
    }
    wanted.assign((&value).into())?;
    Ok(wanted)
}

/// An array sorted along an axis, in its memory order.
pub(crate) fn sorted(a: &Array, axis: usize) -> Result<Array> {
    parted(a, axis, None)
}

/// As `sorted`, but with `kth` only as far as these places need it.
pub(crate) fn parted(a: &Array, axis: usize, kth: Option<&[usize]>) -> Result<Array> {
    let rows = rows(a, axis)?;
    let values = part_rows(&rows, Wanted::Values, kth)?.values.unwrap_or(rows);
    unrolled(&values, a, axis, MemoryOrder::Keep)
}

/// The places along an axis from which sorted elements come, in C order.
pub(crate) fn places(a: &Array, axis: usize) -> Result<Array> {
    parted_places(a, axis, None)
}

/// As `places`, but with `kth` only as far as these places need it.
pub(crate) fn parted_places(a: &Array, axis: usize, kth: Option<&[usize]>) -> Result<Array> {
    let rows = rows(a, axis)?;
    let places = part_rows(&rows, Wanted::Places, kth)?.places.unwrap_or(rows);
    unrolled(&places, a, axis, MemoryOrder::C)
}

/// The array and the axis as number; `None` flattens.
///
/// # Errors
/// `Axis` in NumPy's words.
pub(crate) fn flat_or(a: &Array, axis: Option<isize>) -> Result<(Array, usize)> {
    match axis {
        Some(axis) => Ok((a.clone(), normalize_axis(axis, a.n_axes())?)),
        None => Ok((a.reshape(&[-1])?, 0)),
    }
}

/// Sorts packed rows.
///
/// # Errors
/// `Device`, `Memory`, `Compile`.
pub(crate) fn sort_rows(rows: &Array, wanted: Wanted) -> Result<Sorted> {
    part_rows(rows, wanted, None)
}

/// As `sort_rows`, but with `kth` only as far as these places need it.
fn part_rows(rows: &Array, wanted: Wanted, kth: Option<&[usize]>) -> Result<Sorted> {
    let queue = place::current_queue(rows.device())?;
    let b = backend(queue.device.kind)?;
    let source = read(rows, &queue, b)?;
    let new = |dtype: DType| -> Result<(Arc<Storage>, Layout)> {
        Ok((allocate(&queue, rows.size() * dtype.size())?, Layout::contiguous(rows.shape(), dtype.size(), Order::C)))
    };
    let values = if wanted == Wanted::Places { None } else { Some(new(rows.dtype())?) };
    let places = if wanted == Wanted::Values { None } else { Some(new(DType::I64)?) };
    fn operand(of: &Option<(Arc<Storage>, Layout)>, dtype: DType) -> Result<Option<Operand<'_>>> {
        of.as_ref().map(|(storage, layout)| Operand::new(&storage.buffer, layout, dtype)).transpose()
    }
    b.sort(&SortSpec {
        input: Operand::new(&source.buffer, rows.layout(), rows.dtype())?,
        values: operand(&values, rows.dtype())?,
        places: operand(&places, DType::I64)?,
        kth,
        queue: &queue,
    })?;
    place::after(&queue, || format!("sort of rows of shape {}", tuple(rows.shape())))?;
    let array =
        |of: Option<(Arc<Storage>, Layout)>, dtype| of.map(|(s, layout)| Array::from_node(Node::ready(dtype, layout, queue.clone(), s)));
    Ok(Sorted { values: array(values, rows.dtype()), places: array(places, DType::I64) })
}

/// The elements that a sort would put at places of packed rows: for each row one for each place. The places ascend.
///
/// # Errors
/// `Device`, `Memory`, `Compile`.
pub(crate) fn selected(rows: &Array, ranks: &[usize]) -> Result<Array> {
    let queue = place::current_queue(rows.device())?;
    let b = backend(queue.device.kind)?;
    let source = read(rows, &queue, b)?;
    let dtype = rows.dtype();
    let layout = Layout::contiguous(&[rows.shape()[0], ranks.len()], dtype.size(), Order::C);
    let storage = allocate(&queue, layout.size() * dtype.size())?;
    b.select(&SelectSpec {
        input: Operand::new(&source.buffer, rows.layout(), dtype)?,
        ranks,
        values: Operand::new(&storage.buffer, &layout, dtype)?,
        queue: &queue,
    })?;
    place::after(&queue, || format!("selection from rows of shape {}", tuple(rows.shape())))?;
    Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
}

/// For each value the number of sorted elements in front of it, as int64 in C order. `sorted` has one axis and the dtype
/// of the values.
///
/// # Errors
/// `Device`, `Memory`, `Compile`.
pub(crate) fn search(sorted: &Array, values: &Array, side: Side) -> Result<Array> {
    found(sorted, values, side, DType::I64)
}

/// For each value whether it is equal to one of the sorted elements. `sorted` has one axis and the dtype of the values.
///
/// # Errors
/// `Device`, `Memory`, `Compile`.
pub(crate) fn are_among(sorted: &Array, values: &Array) -> Result<Array> {
    found(sorted, values, Side::Left, DType::Bool)
}

/// What a search finds, by the dtype of its result.
fn found(sorted: &Array, values: &Array, side: Side, dtype: DType) -> Result<Array> {
    let (sorted, flat) = (packed(sorted)?, packed(values)?.reshape(&[-1])?);
    let queue = place::current_queue(sorted.device())?;
    let b = backend(queue.device.kind)?;
    let (table, wanted) = (read(&sorted, &queue, b)?, read(&flat, &queue, b)?);
    let layout = Layout::contiguous(flat.shape(), dtype.size(), Order::C);
    let storage = allocate(&queue, dtype.size() * flat.size())?;
    b.search(&SearchSpec {
        sorted: Operand::new(&table.buffer, sorted.layout(), sorted.dtype())?,
        values: Operand::new(&wanted.buffer, flat.layout(), flat.dtype())?,
        out: Operand::new(&storage.buffer, &layout, dtype)?,
        side,
        queue: &queue,
    })?;
    place::after(&queue, || format!("search of {} values", flat.size()))?;
    let shape: Vec<isize> = values.shape().iter().map(|&n| n as isize).collect();
    Array::from_node(Node::ready(dtype, layout, queue, storage)).reshape(&shape)
}

/// How often each number below `n` occurs among int64 numbers; others are left out.
///
/// # Errors
/// `Device`, `Memory`, `Compile`.
pub(crate) fn count(numbers: &Array, n: usize) -> Result<Array> {
    let numbers = packed(numbers)?.reshape(&[-1])?;
    let queue = place::current_queue(numbers.device())?;
    let b = backend(queue.device.kind)?;
    let source = read(&numbers, &queue, b)?;
    cuprous_core::shape::checked_size(&[n], 8)?;
    let layout = Layout::contiguous(&[n], 8, Order::C);
    let storage = allocate(&queue, 8 * n)?;
    b.count(&CountSpec {
        numbers: Operand::new(&source.buffer, numbers.layout(), DType::I64)?,
        out: Operand::new(&storage.buffer, &layout, DType::I64)?,
        queue: &queue,
    })?;
    place::after(&queue, || format!("count of {} numbers", numbers.size()))?;
    Ok(Array::from_node(Node::ready(DType::I64, layout, queue, storage)))
}
