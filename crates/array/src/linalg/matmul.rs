//! Products of matrices.

use crate::array::{Array, Node, allocate, force_node};
use crate::engine::elementwise::{MemoryOrder, astype, common_queue};
use crate::engine::place;
use cuprous_core::backend::{MatmulSpec, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote::{Casting, promote};
use cuprous_core::shape::{Dims, broadcast, checked_size, tuple};
use cuprous_core::{Error, Result, Scalar};

/// The product of matrices in the last two axes, `(..., M, K) @ (..., K, N)`; the axes before broadcast.
/// An array of one axis is a row on the left, a column on the right, and that axis is dropped from the result.
///
/// # Errors
/// `Value` in NumPy's words if sizes do not match or an operand has no axis; `Unsupported` for integers.
pub fn matmul(a: &Array, b: &Array) -> Result<Array> {
    let queue = common_queue(&[a, b])?;
    for (k, x) in [a, b].into_iter().enumerate() {
        if x.n_axes() == 0 {
            return Err(Error::value(format!(
                "matmul: Input operand {k} does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)"
            )));
        }
    }
    let (row_a, column_b) = (a.n_axes() == 1, b.n_axes() == 1);
    let k_a = a.shape()[a.n_axes() - 1];
    let k_b = b.shape()[if column_b { 0 } else { b.n_axes() - 2 }];
    if k_a != k_b {
        return Err(Error::value(format!(
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size {k_b} is different from {k_a})"
        )));
    }
    let dtype = promote(a.dtype(), b.dtype());
    if dtype.is_integral() {
        return Err(Error::unsupported(format!(
            "matmul of {} and {} is not there yet: convert one to a float dtype",
            a.dtype(),
            b.dtype()
        )));
    }
    let a = if row_a { a.slice(&[Slice::New, Slice::Ellipsis])? } else { a.clone() };
    let b = if column_b { b.slice(&[Slice::Ellipsis, Slice::New])? } else { b.clone() };
    let (m, n) = (a.shape()[a.n_axes() - 2], b.shape()[b.n_axes() - 1]);
    let batch = broadcast(&[&a.shape()[..a.n_axes() - 2], &b.shape()[..b.n_axes() - 2]]).map_err(|_| {
        Error::value(format!(
            "operands could not be broadcast together with remapped shapes [original->remapped]: {}  {} and requested shape ({m},{n})",
            remapped(&a),
            remapped(&b)
        ))
    })?;
    let with = |x: usize, y: usize| -> Dims { batch.iter().copied().chain([x, y]).collect() };

    let shape = with(m, n);
    checked_size(&shape, dtype.size())?;
    let layout = Layout::contiguous(&shape, dtype.size(), Order::C);
    let value = if layout.size() > 0 && k_a == 0 {
        crate::creation::full_on(&shape, Scalar::zero(dtype), Some(queue.device))?
    } else {
        let storage = allocate(&queue, layout.size() * dtype.size())?;
        if layout.size() > 0 {
            let (a, b) = (operand(&a, dtype, &with(m, k_a))?, operand(&b, dtype, &with(k_a, n))?);
            let (memory_a, memory_b) = (force_node(a.node())?, force_node(b.node())?);
            let device = backend(queue.device.kind)?;
            for memory in [&memory_a, &memory_b] {
                if memory.queue.id != queue.id {
                    device.wait(&queue, &memory.queue)?;
                    memory.buffer.used_on(&queue);
                }
            }
            device.matmul(&MatmulSpec {
                a: Operand::new(&memory_a.buffer, a.layout(), dtype)?,
                b: Operand::new(&memory_b.buffer, b.layout(), dtype)?,
                out: Operand::new(&storage.buffer, &layout, dtype)?,
                queue: &queue,
            })?;
            place::after(&queue, || format!("matmul of shapes {} and {}", tuple(a.shape()), tuple(b.shape())))?;
        }
        Array::from_node(Node::ready(dtype, layout, queue, storage))
    };
    let mut kept: Vec<isize> = value.shape().iter().map(|&n| n as isize).collect();
    if column_b {
        kept.pop();
    }
    if row_a {
        kept.remove(kept.len() - 1 - usize::from(!column_b));
    }
    if row_a || column_b { value.reshape(&kept) } else { Ok(value) }
}

fn remapped(x: &Array) -> String {
    let lead = &x.shape()[..x.n_axes() - 2];
    let inner: Vec<String> = lead.iter().map(|n| n.to_string()).chain(["newaxis".into(), "newaxis".into()]).collect();
    format!("{}->({})", cuprous_core::shape::tight(x.shape()), inner.join(","))
}

/// An operand as the libraries take it: of the dtype, broadcast, one of its last axes dense and the other not reversed.
fn operand(x: &Array, dtype: cuprous_core::DType, shape: &[usize]) -> Result<Array> {
    let n = x.n_axes();
    let item = x.dtype().size() as isize;
    let dense = |k: usize| x.strides()[k] == item || x.shape()[k] <= 1;
    let spaced = |k: usize, other: usize| {
        x.shape()[k] <= 1 || (x.strides()[k] % item == 0 && x.strides()[k] >= item * x.shape()[other].max(1) as isize)
    };
    let fits = x.dtype() == dtype && ((dense(n - 1) && spaced(n - 2, n - 1)) || (dense(n - 2) && spaced(n - 1, n - 2)));
    let packed = if fits { x.clone() } else { astype(x, dtype, Casting::Unsafe, MemoryOrder::C)? };
    packed.broadcast_to(shape)
}
