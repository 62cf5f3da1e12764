//! Products of matrices.

use super::gufunc::{Gufunc, GufuncOptions};
use crate::array::{Array, Node, allocate, force_node};
use crate::engine::elementwise::{MemoryOrder, astype, common_queue};
use crate::engine::{ReduceOptions, UfuncOptions, apply, place};
use cuprous_core::backend::{MatmulSpec, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::promote::Casting;
use cuprous_core::shape::{Dims, broadcast, checked_size, tuple};
use cuprous_core::{DType, Error, Result, Scalar};
use cuprous_ops::ufuncs::arithmetic::MULTIPLY;

/// The product of matrices in the last two axes, `(..., M, K) @ (..., K, N)`; the axes before broadcast.
/// An array of one axis is a row on the left, a column on the right, and that axis is dropped from the result.
///
/// # Errors
/// `Value` in NumPy's words if sizes do not match or an operand has no axis; `Shape` if the other axes do not broadcast.
pub fn matmul(a: &Array, b: &Array) -> Result<Array> {
    Gufunc::Matmul.apply(a, b, &GufuncOptions::default())
}

/// `a @= b`: the product of `a` and `b`, written to `a`.
///
/// # Errors
/// As [`matmul`], and if `a` has not the shape of the product.
pub fn matmul_in_place(a: &Array, b: &Array) -> Result<()> {
    if b.n_axes() == 1 || (a.n_axes() == 0 && b.n_axes() > 0) {
        return Err(Error::value(
            "inplace matrix multiplication requires the first operand to have at least one and the second at least two dimensions.",
        ));
    }
    Gufunc::Matmul.apply(a, b, &GufuncOptions { out: Some(a), ..Default::default() }).map(drop)
}

/// The product of arrays of two axes or more, whose sizes fit, in a dtype: `(..., M, N)`, in C order.
pub(super) fn product(a: &Array, b: &Array, dtype: DType) -> Result<Array> {
    let queue = common_queue(&[a, b])?;
    let (m, k, n) = (a.shape()[a.n_axes() - 2], a.shape()[a.n_axes() - 1], b.shape()[b.n_axes() - 1]);
    let batch = broadcast(&[&a.shape()[..a.n_axes() - 2], &b.shape()[..b.n_axes() - 2]])?;
    let with = |x: usize, y: usize| -> Dims { batch.iter().copied().chain([x, y]).collect() };
    let shape = with(m, n);
    checked_size(&shape, dtype.size())?;
    let layout = Layout::contiguous(&shape, dtype.size(), Order::C);
    if layout.size() > 0 && k == 0 {
        return crate::creation::full_on(&shape, Scalar::zero(dtype), Some(queue.device));
    }
    let device = backend(queue.device.kind)?;
    let is_thin = if device.reduces_thin_products() { k == 1 || m == 1 || n == 1 } else { k == 1 && dtype.is_integral() };
    if layout.size() > 0 && is_thin {
        return thin(a, b, dtype);
    }
    let storage = allocate(&queue, layout.size() * dtype.size())?;
    if layout.size() > 0 {
        let (a, b) = (operand(a, dtype, &with(m, k))?, operand(b, dtype, &with(k, n))?);
        let (memory_a, memory_b) = (force_node(a.node())?, force_node(b.node())?);
        for memory in [&memory_a, &memory_b] {
            memory.before_reading(device, &queue)?;
        }
        device.matmul(&MatmulSpec {
            a: Operand::new(&memory_a.buffer, a.layout(), dtype)?,
            b: Operand::new(&memory_b.buffer, b.layout(), dtype)?,
            out: Operand::new(&storage.buffer, &layout, dtype)?,
            queue: &queue,
        })?;
        place::after(&queue, || format!("matmul of shapes {} and {}", tuple(a.shape()), tuple(b.shape())))?;
    }
    Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
}

/// A product with a vector: no tile would be full, so products are made and added element by element, in one kernel that
/// reads each element once. float16 is added in float32.
fn thin(a: &Array, b: &Array, dtype: DType) -> Result<Array> {
    let wide = if dtype == DType::F16 { DType::F32 } else { dtype };
    let (k, dtype_of) = (a.n_axes() - 1, |x: &Array, to: DType| if x.dtype() == to { Ok(x.clone()) } else { x.astype(to) });
    let (a, b) = (dtype_of(a, wide)?, dtype_of(b, wide)?);
    let multiply =
        |a: &Array, b: &Array, order: MemoryOrder| apply(&MULTIPLY, &[a.into(), b.into()], &UfuncOptions { order, ..Default::default() });
    let sum = |x: Array, axis: isize, keep_axes: bool| -> Result<Array> {
        let axes = [axis];
        if dtype == DType::Bool {
            return x.any(&ReduceOptions { axes: Some(&axes), keep_axes, ..Default::default() });
        }
        x.sum(&ReduceOptions { axes: Some(&axes), dtype: Some(wide), keep_axes, ..Default::default() })
    };
    let value = if a.shape()[k] == 1 {
        multiply(&a, &b, MemoryOrder::C)?
    } else if b.shape()[b.n_axes() - 1] == 1 {
        // One column: along the rows of the left.
        sum(multiply(&a, &swapped(&b)?, MemoryOrder::Keep)?, -1, true)?
    } else {
        sum(multiply(&swapped(&a)?, &b, MemoryOrder::Keep)?, -2, true)?
    };
    dtype_of(&value, dtype)
}

/// The matrices transposed.
pub(super) fn swapped(x: &Array) -> Result<Array> {
    let n = x.n_axes() as isize;
    let axes: Vec<isize> = (0..n - 2).chain([n - 1, n - 2]).collect();
    x.permute(&axes)
}

/// An operand as the libraries take it: of the dtype, broadcast, one of its last axes dense and the other not
/// reversed where the dtype is inexact.
fn operand(x: &Array, dtype: DType, shape: &[usize]) -> Result<Array> {
    if dtype.is_integral() {
        return x.clone().cast(dtype)?.broadcast_to(shape);
    }
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
