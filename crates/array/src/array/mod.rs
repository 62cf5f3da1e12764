//! The array: a handle to a value with a dtype, a layout and a device, which may not be computed yet.

mod batch;
pub(crate) mod direct;
mod display;
mod index;
mod interop;
mod methods;
mod node;
mod operators;
mod pending;
mod plan;
mod storage;
mod view;
mod write;

pub use interop::Exposure;
pub use pending::{flush, flush_device, waiting_on};
pub use storage::Storage;

pub(crate) use node::{Arg, Expr, Node};
pub(crate) use pending::promised;
pub(crate) use plan::{Gathered, Leaf, allocate, gather_feed, on_queue, order_behind};
pub(crate) use write::{assign, clashes, prepare_write, settle_readers};

use cuprous_core::{DType, Device, Layout, Queue, Result};
use std::sync::Arc;

/// An array of numbers on one device. `clone` is another handle to the same elements; `copy` copies them.
///
/// Its value may wait: element-wise work is computed when somebody reads it, fused with what it was made from.
/// Everything but time, peak memory and addresses is as if it had been computed at once.
///
/// ```
/// # cuprous_core::backend::register(std::sync::Arc::new(cuprous_cpu::CpuBackend::new()));
/// use cuprous_array::{Array, DType};
/// let x = Array::from_slice(&[1.0f32, 2.0, 3.0], &[3])?;
/// let y = &(&x * 2.0) + &x;
/// assert_eq!(y.to_vec::<f32>()?, [3.0, 6.0, 9.0]);
/// # Ok::<(), cuprous_array::Error>(())
/// ```
pub struct Array {
    node: Arc<Node>,
}

impl Clone for Array {
    fn clone(&self) -> Array {
        Array { node: self.node.clone() }
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        // Timing code that throws results away still measures the work: the last handle leaves it to the queue.
        if self.node.storage().is_none() && !self.node.is_consumed() && Arc::strong_count(&self.node) == 1 {
            pending::adopt(&self.node);
        }
    }
}

impl Array {
    pub(crate) fn from_node(node: Arc<Node>) -> Array {
        Array { node }
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Tells the engine that the caller drops its only other handle after the next call: a value that still waits is then
    /// better computed inside what it is given to. No more than a hint.
    pub fn hint_temporary(&self) {
        self.node.mark_passing();
    }

    /// An array over memory that is there.
    ///
    /// # Errors
    /// `Runtime` if an element lies outside the memory.
    pub fn from_storage(storage: Arc<Storage>, layout: Layout, dtype: DType) -> Result<Array> {
        layout.check_inside(dtype.size(), storage.buffer.len())?;
        let queue = storage.queue.clone();
        Ok(Array { node: Node::ready(dtype, layout, queue, storage) })
    }

    /// Extents along the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        &self.node.layout.shape
    }

    /// Bytes from one element to the next along each axis.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        &self.node.layout.strides
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.node.layout
    }

    /// Type of the elements.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.node.dtype
    }

    /// Number of axes.
    #[inline]
    pub fn n_axes(&self) -> usize {
        self.node.layout.n_axes()
    }

    /// Number of elements.
    #[inline]
    pub fn size(&self) -> usize {
        self.node.layout.size()
    }

    /// The device on which it lives.
    #[inline]
    pub fn device(&self) -> Device {
        self.node.queue.device
    }

    /// The queue on which its value is computed.
    pub fn queue(&self) -> &Arc<Queue> {
        &self.node.queue
    }

    /// Whether its value still waits to be computed.
    pub fn is_pending(&self) -> bool {
        self.node.storage().is_none()
    }

    /// Whether this handle is the only owner of a value that still waits: then writing can make a new value.
    pub fn is_sole_pending(&self) -> bool {
        self.is_pending() && Arc::strong_count(&self.node) == 1
    }

    /// Whether the elements lie packed in C order.
    pub fn is_c_contiguous(&self) -> bool {
        self.node.layout.is_c_contiguous(self.dtype().size())
    }

    /// Whether the elements lie packed in Fortran order.
    pub fn is_f_contiguous(&self) -> bool {
        self.node.layout.is_f_contiguous(self.dtype().size())
    }

    /// Computes the value if it waits, and returns its memory. Launches, without waiting for the device.
    ///
    /// # Errors
    /// `Memory`, `Device` or `Compile`; the value then still waits, and the call can be repeated.
    pub fn force(&self) -> Result<Arc<Storage>> {
        force_node(&self.node)
    }
}

/// Computes a value if it waits.
pub(crate) fn force_node(node: &Arc<Node>) -> Result<Arc<Storage>> {
    plan::force(node, plan::Mode::Cheapest)
}
