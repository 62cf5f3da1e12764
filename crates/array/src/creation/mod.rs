//! Array creation: zeros, ones, full, empty, arange, linspace.

pub mod functions;
pub mod grids;
pub mod matrices;
mod ranges;
pub mod spaces;

pub(crate) use ranges::ramp;
pub use ranges::{arange, linspace};

use crate::array::{Array, Expr, Node, allocate};
use crate::engine::elementwise::{MemoryOrder, copy_layout, finish};
use crate::engine::place;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::shape::checked_size;
use cuprous_core::{DType, Device, Queue, Result, Scalar};
use std::sync::Arc;

/// Where and how a new array lies.
#[derive(Clone, Copy, Default)]
pub struct CreateOptions {
    /// The device; `None` is the default one
    pub device: Option<Device>,
    /// The memory order; `Keep` is C order
    pub order: MemoryOrder,
}

fn queue_of(device: Option<Device>) -> Result<Arc<Queue>> {
    place::current_queue(device.map_or_else(place::default_device, Ok)?)
}

fn layout_of(shape: &[usize], dtype: DType, order: MemoryOrder) -> Layout {
    Layout::contiguous(shape, dtype.size(), if order == MemoryOrder::F { Order::F } else { Order::C })
}

/// An array whose elements hold anything.
///
/// # Errors
/// `Value` for a shape too large to address; `Memory`.
pub fn empty(shape: &[usize], dtype: DType, options: CreateOptions) -> Result<Array> {
    let n_bytes = checked_size(shape, dtype.size())? * dtype.size();
    let queue = queue_of(options.device)?;
    let storage = allocate(&queue, n_bytes)?;
    Ok(Array::from_node(Node::ready(dtype, layout_of(shape, dtype, options.order), queue, storage)))
}

/// An array of anything with a layout of its own, which must be packed.
pub(crate) fn empty_in(layout: Layout, dtype: DType, device: Device) -> Result<Array> {
    let queue = place::current_queue(device)?;
    let storage = allocate(&queue, layout.size() * dtype.size())?;
    Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
}

/// An array filled with one number of its dtype.
///
/// # Errors
/// `Value` for a shape too large to address; `Memory`.
pub fn full(shape: &[usize], value: Scalar, options: CreateOptions) -> Result<Array> {
    checked_size(shape, value.dtype().size())?;
    let queue = queue_of(options.device)?;
    finish(&queue, value.dtype(), layout_of(shape, value.dtype(), options.order), Expr::Fill(value), || "full".into())
}

/// An array of zeros.
///
/// # Errors
/// `Value` for a shape too large to address; `Memory`.
pub fn zeros(shape: &[usize], dtype: DType, options: CreateOptions) -> Result<Array> {
    full(shape, Scalar::zero(dtype), options)
}

/// An array of ones.
///
/// # Errors
/// `Value` for a shape too large to address; `Memory`.
pub fn ones(shape: &[usize], dtype: DType, options: CreateOptions) -> Result<Array> {
    full(shape, Scalar::one(dtype), options)
}

/// An array of anything with the shape and the memory order of another.
///
/// # Errors
/// `Memory`.
pub fn empty_like(a: &Array, shape: Option<&[usize]>, dtype: Option<DType>, order: MemoryOrder) -> Result<Array> {
    let dtype = dtype.unwrap_or(a.dtype());
    let layout = layout_like(a, shape, dtype, order)?;
    let queue = place::current_queue(a.device())?;
    let storage = allocate(&queue, layout.size() * dtype.size())?;
    Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
}

/// An array filled with one number, with the shape and the memory order of another.
///
/// # Errors
/// `Memory`.
pub fn full_like(a: &Array, shape: Option<&[usize]>, value: Scalar, order: MemoryOrder) -> Result<Array> {
    let layout = layout_like(a, shape, value.dtype(), order)?;
    let queue = place::current_queue(a.device())?;
    finish(&queue, value.dtype(), layout, Expr::Fill(value), || "full_like".into())
}

fn layout_like(a: &Array, shape: Option<&[usize]>, dtype: DType, order: MemoryOrder) -> Result<Layout> {
    let target = shape.unwrap_or(a.shape());
    checked_size(target, dtype.size())?;
    if target.len() != a.n_axes() {
        return Ok(layout_of(target, dtype, order));
    }
    Ok(copy_layout(target, dtype.size(), a.layout(), a.dtype().size(), order))
}

/// A filled array on a device, or on the default one.
pub(crate) fn full_on(shape: &[usize], value: Scalar, device: Option<Device>) -> Result<Array> {
    full(shape, value, CreateOptions { device, ..CreateOptions::default() })
}

/// A number as a value of a shape, for a write: it is never stored.
pub(crate) fn fill_value(shape: &[usize], value: Scalar, queue: &Arc<Queue>) -> Array {
    let layout = layout_of(shape, value.dtype(), MemoryOrder::C);
    Array::from_node(Node::pending(value.dtype(), layout, queue.clone(), Expr::Fill(value), false).0)
}
