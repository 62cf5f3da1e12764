//! Elements in and out: host slices, bytes, other devices, memory that outsiders share.

use super::node::{self, Arg, Expr, Look, Node};
use super::plan;
use super::storage::Storage;
use super::write::settle_readers;
use super::{Array, force_node};
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::promote::Casting;
use cuprous_core::scalar::ScalarElement;
use cuprous_core::{DType, Device, Element, Error, Result, Scalar};
use cuprous_ops::casts::cast_row;
use std::sync::Arc;

/// What a pending copy is a copy of, read in its place: `float(x[3])` then launches nothing. While it lives the copy counts
/// as being computed, so that whoever writes to the source waits, and computes it first.
struct CopySource {
    copy: Arc<Node>,
    source: Arc<Node>,
    storage: Arc<Storage>,
}

impl CopySource {
    fn claimed(node: &Arc<Node>) -> Option<CopySource> {
        if node.storage().is_some() {
            return None;
        }
        node::claiming(|| {
            let (Look::Pending(None), Some(Expr::Apply { row, args, .. })) = (node.look(), node.expr()) else { return None };
            let [Arg::Value(source, None)] = &args[..] else { return None };
            let is_copy = std::ptr::eq(row, cast_row(node.dtype, node.dtype)) && source.dtype == node.dtype;
            let storage = source.storage().filter(|_| is_copy && source.layout.shape == node.layout.shape)?.clone();
            if !source.layout.is_c_contiguous(source.dtype.size()) || !node.layout.is_c_contiguous(node.dtype.size()) {
                return None;
            }
            node.claim();
            Some(CopySource { copy: node.clone(), source: source.clone(), storage })
        })
    }

    fn read(&self, target: &mut [u8]) -> Result<()> {
        let device = self.copy.queue.device;
        let (b, queue) = (backend(device.kind)?, place::current_queue(device)?);
        self.storage.before_reading(b, &queue)?;
        b.download(&queue, &self.storage.buffer, self.source.layout.offset, target)?;
        // Dropped now, it leaves no work undone.
        self.copy.mark_consumed();
        Ok(())
    }
}

impl Drop for CopySource {
    fn drop(&mut self) {
        self.copy.release();
        node::notify();
    }
}

/// While it lives, outsiders can reach the memory of an array: operations on it run at once.
pub struct Exposure(Arc<Storage>);

impl Drop for Exposure {
    fn drop(&mut self) {
        self.0.unshare();
    }
}

impl Array {
    /// An array on the default device from packed host elements in C order.
    ///
    /// # Errors
    /// `Value` if `shape` does not have as many elements; `Memory`.
    pub fn from_slice<T: Element + ScalarElement>(elements: &[T], shape: &[usize]) -> Result<Array> {
        let bytes: Vec<u8> = elements.iter().flat_map(|&x| Into::<Scalar>::into(x).bytes().to_vec()).collect();
        Array::from_bytes(&bytes, T::DTYPE, shape, place::default_device()?)
    }

    /// An array from the native bytes of packed elements in C order.
    ///
    /// # Errors
    /// `Value` if `shape` and `dtype` do not take as many bytes; `Memory`.
    pub fn from_bytes(bytes: &[u8], dtype: DType, shape: &[usize], device: Device) -> Result<Array> {
        let size = cuprous_core::shape::checked_size(shape, dtype.size())?;
        if size * dtype.size() != bytes.len() {
            return Err(Error::value(format!(
                "cannot reshape array of size {} into shape {}",
                bytes.len() / dtype.size(),
                cuprous_core::shape::tight(shape)
            )));
        }
        let queue = place::current_queue(device)?;
        let storage = plan::allocate(&queue, bytes.len())?;
        if !bytes.is_empty() {
            backend(device.kind)?.upload(&queue, bytes, &storage.buffer, 0)?;
        }
        Ok(Array::from_node(Node::ready(dtype, Layout::contiguous(shape, dtype.size(), Order::C), queue, storage)))
    }

    /// Overwrites the elements with the native bytes of packed elements in C order.
    ///
    /// # Errors
    /// `Value` if there are not as many bytes.
    pub fn set_bytes(&self, bytes: &[u8]) -> Result<()> {
        if self.size() * self.dtype().size() != bytes.len() {
            return Err(Error::value(format!(
                "cannot set an array of {} bytes from {} bytes",
                self.size() * self.dtype().size(),
                bytes.len()
            )));
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if self.is_c_contiguous() {
            let storage = force_node(&self.node)?;
            settle_readers(&storage, self.layout().extent(self.dtype().size()), &[])?;
            let (b, queue) = (backend(self.device().kind)?, place::current_queue(self.device())?);
            storage.before_writing(b, &queue)?;
            return b.upload(&queue, bytes, &storage.buffer, self.layout().offset);
        }
        self.assign((&Array::from_bytes(bytes, self.dtype(), self.shape(), self.device())?).into())
    }

    /// Copies the elements, packed in C order, to host memory; waits for them.
    ///
    /// # Errors
    /// `Value` if `target` does not have as many bytes; those of computing the value.
    pub fn read_bytes(&self, target: &mut [u8]) -> Result<()> {
        if self.size() * self.dtype().size() != target.len() {
            return Err(Error::value(format!(
                "cannot read an array of {} bytes into {} bytes",
                self.size() * self.dtype().size(),
                target.len()
            )));
        }
        if target.is_empty() {
            return Ok(());
        }
        place::before_synchronizing()?;
        if let Some(source) = CopySource::claimed(&self.node) {
            return source.read(target);
        }
        let packed = if self.is_c_contiguous() { self.clone() } else { astype(self, self.dtype(), Casting::Unsafe, MemoryOrder::C)? };
        let storage = force_node(&packed.node)?;
        // On the current queue, which may have been told to wait for somebody else's work on the memory.
        let (b, queue) = (backend(self.device().kind)?, place::current_queue(self.device())?);
        storage.before_reading(b, &queue)?;
        b.download(&queue, &storage.buffer, packed.layout().offset, target)
    }

    /// The elements in C order.
    ///
    /// # Errors
    /// `Type` if they are not of type `T`; those of computing the value.
    pub fn to_vec<T: Element + ScalarElement>(&self) -> Result<Vec<T>> {
        if T::DTYPE != self.dtype() {
            return Err(Error::type_error(format!("the elements are of dtype {}, not {}", self.dtype(), T::DTYPE)));
        }
        let mut bytes = vec![0; self.size() * self.dtype().size()];
        self.read_bytes(&mut bytes)?;
        Ok(bytes.chunks_exact(self.dtype().size()).map(|b| T::read(&padded(b))).collect())
    }

    /// The only element.
    ///
    /// # Errors
    /// `Value` in NumPy's words if there is not exactly one.
    pub fn item(&self) -> Result<Scalar> {
        if self.size() != 1 {
            return Err(Error::value("can only convert an array of size 1 to a Python scalar"));
        }
        let mut bytes = [0; 16];
        let n = self.dtype().size();
        self.read_bytes(&mut bytes[..n])?;
        Ok(Scalar::from_bytes(self.dtype(), &bytes[..n]))
    }

    /// A copy on another device, or the array itself if it is there already.
    ///
    /// # Errors
    /// `Memory`, `Device`.
    pub fn to_device(&self, device: Device) -> Result<Array> {
        if device == self.device() {
            return Ok(self.clone());
        }
        let n_bytes = self.size() * self.dtype().size();
        let is_dense = |a: &Array| {
            let (low, high) = a.layout().extent(a.dtype().size());
            high - low == n_bytes && low == a.layout().offset
        };
        let packed = if is_dense(self) { self.clone() } else { astype(self, self.dtype(), Casting::Unsafe, MemoryOrder::Keep)? };
        let storage = force_node(&packed.node)?;
        let mut bytes = vec![0; n_bytes];
        if n_bytes > 0 {
            let (b, queue) = (backend(self.device().kind)?, place::current_queue(self.device())?);
            storage.before_reading(b, &queue)?;
            b.download(&queue, &storage.buffer, packed.layout().offset, &mut bytes)?;
        }
        // The memory order comes along.
        let flat = Array::from_bytes(&bytes, self.dtype(), &[self.size()], device)?;
        let layout = Layout { offset: 0, ..packed.layout().clone() };
        Array::from_storage(force_node(&flat.node)?, layout, self.dtype())
    }

    /// Lets outsiders reach the memory for as long as the guard lives. The value and what still has to read
    /// it are computed first.
    ///
    /// # Errors
    /// Those of computing the values.
    pub fn expose(&self) -> Result<Exposure> {
        let storage = force_node(&self.node)?;
        storage.share();
        let exposure = Exposure(storage.clone());
        settle_readers(&storage, (0, storage.buffer.len()), &[])?;
        Ok(exposure)
    }

    /// Waits until the elements are computed.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn wait(&self) -> Result<()> {
        place::before_synchronizing()?;
        let storage = force_node(&self.node)?;
        let (b, queue) = (backend(self.device().kind)?, place::current_queue(self.device())?);
        storage.before_reading(b, &queue)?;
        b.synchronize(&queue)
    }
}

fn padded(bytes: &[u8]) -> [u8; 16] {
    let mut own = [0; 16];
    own[..bytes.len()].copy_from_slice(bytes);
    own
}
