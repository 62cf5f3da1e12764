//! Products under NumPy's names and signatures.

use super::diagonal::diagonal;
use super::gufunc::{Gufunc, GufuncOptions};
use super::tensor::{self, contract};
use crate::array::Array;
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::{Any, Value, function};
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Result};
use cuprous_ops::reductions::SUM;
use cuprous_ops::ufuncs::arithmetic::MULTIPLY;

/// The product of matrices in the last two axes.
///
/// # Parameters
/// - `x1`: array of shape `(..., M, K)` or `(K,)`.
/// - `x2`: array of shape `(..., K, N)` or `(K,)`. The axes before the last two broadcast.
/// - `out`: array for the result.
/// - `casting`: which casts to `dtype` and `out` are allowed.
/// - `order`: the memory order of the result: `'F'`, else C order.
/// - `dtype`: the dtype of the product; by default the common one of `x1` and `x2`.
/// - `subok`: has no effect.
/// - `axes`: for each operand and the result where the axes of its vectors or matrices are: an integer or a tuple.
/// - `axis`: where the one axis of both operands is, if there is only one.
/// - `keepdims`: whether that axis stays, with length 1.
///
/// # Returns
/// Array of shape `(..., M, N)`, without the axis `M` or `N` that an argument of one axis lacks. Integers wrap; of bool
/// it is whether any pair is true.
///
/// # Errors
/// - `Value`: sizes differ, an operand has too few axes, the other axes do not broadcast, or `out` has another shape.
/// - `Type`: `casting` forbids a cast, or a keyword does not go with this product.
/// - `Axis`: an axis that an operand does not have.
///
/// # Differs from NumPy
/// It is a function, not a ufunc. float16 is added in float32.
///
/// # Source
/// `numpy.matmul`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[1, 2], [3, 4]])
/// >>> cp.matmul(a, cp.asarray([1, 10]))
/// array([21, 43])
/// ```
#[function(
    signature = "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, axes=None, axis=None, keepdims=None)"
)]
#[expect(clippy::too_many_arguments)]
pub fn matmul(
    x1: &Array,
    x2: &Array,
    out: Option<&Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
    subok: bool,
    axes: Any,
    axis: Option<isize>,
    keepdims: Option<bool>,
) -> Result<Array> {
    let _ = subok;
    Gufunc::Matmul.apply(x1, x2, &options(out, casting, order, dtype, axes, axis, keepdims))
}

/// The inner product of vectors in the last axis, the first conjugated.
///
/// # Parameters
/// - `x1`: array of shape `(..., K)`.
/// - `x2`: array of shape `(..., K)`. The axes before the last broadcast.
/// - `out`: array for the result.
/// - `casting`: which casts to `dtype` and `out` are allowed.
/// - `order`: the memory order of the result: `'F'`, else C order.
/// - `dtype`: the dtype of the product; by default the common one of `x1` and `x2`.
/// - `subok`: has no effect.
/// - `axes`: for each operand and the result where the axes of its vectors or matrices are: an integer or a tuple.
/// - `axis`: where the one axis of both operands is, if there is only one.
/// - `keepdims`: whether that axis stays, with length 1.
///
/// # Returns
/// Array of shape `(...)`.
///
/// # Errors
/// - `Value`: sizes differ, an operand has too few axes, the other axes do not broadcast, or `out` has another shape.
/// - `Type`: `casting` forbids a cast, or a keyword does not go with this product.
/// - `Axis`: an axis that an operand does not have.
///
/// # Differs from NumPy
/// It is a function, not a ufunc. float16 is added in float32.
///
/// # Source
/// `numpy.vecdot`
///
/// # Examples
/// ```python
/// >>> cp.vecdot(cp.asarray([[1, 2], [3, 4]]), cp.asarray([1, 10]))
/// array([21, 43])
/// ```
#[function(
    signature = "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, axes=None, axis=None, keepdims=None)"
)]
#[expect(clippy::too_many_arguments)]
pub fn vecdot(
    x1: &Array,
    x2: &Array,
    out: Option<&Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
    subok: bool,
    axes: Any,
    axis: Option<isize>,
    keepdims: Option<bool>,
) -> Result<Array> {
    let _ = subok;
    Gufunc::Vecdot.apply(x1, x2, &options(out, casting, order, dtype, axes, axis, keepdims))
}

/// The product of matrices and vectors.
///
/// # Parameters
/// - `x1`: array of shape `(..., M, K)`.
/// - `x2`: array of shape `(..., K)`. The axes before broadcast.
/// - `out`: array for the result.
/// - `casting`: which casts to `dtype` and `out` are allowed.
/// - `order`: the memory order of the result: `'F'`, else C order.
/// - `dtype`: the dtype of the product; by default the common one of `x1` and `x2`.
/// - `subok`: has no effect.
/// - `axes`: for each operand and the result where the axes of its vectors or matrices are: an integer or a tuple.
/// - `axis`: where the one axis of both operands is, if there is only one.
/// - `keepdims`: whether that axis stays, with length 1.
///
/// # Returns
/// Array of shape `(..., M)`.
///
/// # Errors
/// - `Value`: sizes differ, an operand has too few axes, the other axes do not broadcast, or `out` has another shape.
/// - `Type`: `casting` forbids a cast, or a keyword does not go with this product.
/// - `Axis`: an axis that an operand does not have.
///
/// # Differs from NumPy
/// It is a function, not a ufunc. float16 is added in float32.
///
/// # Source
/// `numpy.matvec`
///
/// # Examples
/// ```python
/// >>> cp.matvec(cp.asarray([[1, 2], [3, 4]]), cp.asarray([[1, 0], [0, 1]]))
/// array([[1, 3],
///        [2, 4]])
/// ```
#[function(
    signature = "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, axes=None, axis=None, keepdims=None)"
)]
#[expect(clippy::too_many_arguments)]
pub fn matvec(
    x1: &Array,
    x2: &Array,
    out: Option<&Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
    subok: bool,
    axes: Any,
    axis: Option<isize>,
    keepdims: Option<bool>,
) -> Result<Array> {
    let _ = subok;
    Gufunc::Matvec.apply(x1, x2, &options(out, casting, order, dtype, axes, axis, keepdims))
}

/// The product of vectors, conjugated, and matrices.
///
/// # Parameters
/// - `x1`: array of shape `(..., K)`.
/// - `x2`: array of shape `(..., K, N)`. The axes before broadcast.
/// - `out`: array for the result.
/// - `casting`: which casts to `dtype` and `out` are allowed.
/// - `order`: the memory order of the result: `'F'`, else C order.
/// - `dtype`: the dtype of the product; by default the common one of `x1` and `x2`.
/// - `subok`: has no effect.
/// - `axes`: for each operand and the result where the axes of its vectors or matrices are: an integer or a tuple.
/// - `axis`: where the one axis of both operands is, if there is only one.
/// - `keepdims`: whether that axis stays, with length 1.
///
/// # Returns
/// Array of shape `(..., N)`.
///
/// # Errors
/// - `Value`: sizes differ, an operand has too few axes, the other axes do not broadcast, or `out` has another shape.
/// - `Type`: `casting` forbids a cast, or a keyword does not go with this product.
/// - `Axis`: an axis that an operand does not have.
///
/// # Differs from NumPy
/// It is a function, not a ufunc. float16 is added in float32.
///
/// # Source
/// `numpy.vecmat`
///
/// # Examples
/// ```python
/// >>> cp.vecmat(cp.asarray([1, 10]), cp.asarray([[1, 2], [3, 4]]))
/// array([31, 42])
/// ```
#[function(
    signature = "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, axes=None, axis=None, keepdims=None)"
)]
#[expect(clippy::too_many_arguments)]
pub fn vecmat(
    x1: &Array,
    x2: &Array,
    out: Option<&Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
    subok: bool,
    axes: Any,
    axis: Option<isize>,
    keepdims: Option<bool>,
) -> Result<Array> {
    let _ = subok;
    Gufunc::Vecmat.apply(x1, x2, &options(out, casting, order, dtype, axes, axis, keepdims))
}

/// The product of two arrays: of vectors the inner product, of matrices the matrix product, with numbers the
/// element-wise product.
///
/// # Parameters
/// - `a`: array of shape `(..., K)`, or without axes.
/// - `b`: array of shape `(K,)` or `(..., K, N)`, or without axes.
/// - `out`: array for the result, of its shape and dtype and packed in C order.
///
/// # Returns
/// Array: the sum over the last axis of `a` and the last but one, or only, axis of `b`; its axes are those of `a` and
/// then those of `b` that are left.
///
/// # Errors
/// - `Value`: the sizes `K` differ, or `out` does not fit.
///
/// # Source
/// `numpy.dot`
///
/// # Examples
/// ```python
/// >>> cp.dot(cp.asarray([1., 2.]), cp.asarray([3., 4.]))
/// array(11.)
/// ```
#[function(signature = "(a, b, out=None)", method)]
pub fn dot(a: &Array, b: &Array, out: Option<&Array>) -> Result<Array> {
    tensor::strict_out(tensor::dot(a, b)?, out)
}

/// The inner product of two arrays read as vectors, the first conjugated.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `b`: array with as many elements.
///
/// # Returns
/// Array without axes.
///
/// # Errors
/// - `Value`: the numbers of elements differ.
///
/// # Source
/// `numpy.vdot`
///
/// # Examples
/// ```python
/// >>> cp.vdot(cp.asarray([1 + 2j, 3]), cp.asarray([1j, 1]))
/// array(5.+1.j)
/// ```
#[function(signature = "(a, b, /)")]
pub fn vdot(a: &Array, b: &Array) -> Result<Array> {
    let a = a.reshape(&[-1])?;
    let b = b.reshape(&[a.size() as isize])?;
    Gufunc::Vecdot.apply(&a, &b, &GufuncOptions::default())
}

/// The inner products of the vectors in the last axes of two arrays.
///
/// # Parameters
/// - `a`: array of shape `(..., K)`, or without axes.
/// - `b`: array of shape `(..., K)`, or without axes.
///
/// # Returns
/// Array: its axes are those of `a` and then those of `b`, each without the last. With an array without axes it is the
/// element-wise product.
///
/// # Errors
/// - `Value`: the sizes `K` differ.
///
/// # Source
/// `numpy.inner`
///
/// # Examples
/// ```python
/// >>> cp.inner(cp.asarray([[1, 2], [3, 4]]), cp.asarray([1, 10]))
/// array([21, 43])
/// ```
#[function(signature = "(a, b, /)")]
pub fn inner(a: &Array, b: &Array) -> Result<Array> {
    // A number multiplies each element, wherever it stands.
    let turned = if b.n_axes() >= 2 && a.n_axes() > 0 { super::matmul::swapped(b)? } else { b.clone() };
    tensor::dot(a, &turned)
}

/// The product of each element of one array with each of another.
///
/// # Parameters
/// - `a`: array of `M` elements, of any shape.
/// - `b`: array of `N` elements, of any shape.
/// - `out`: array of shape `(M, N)` for the result.
///
/// # Returns
/// Array of shape `(M, N)`.
///
/// # Errors
/// - `Shape`, `Type`: an `out` of another shape, or of a dtype that takes no such result.
///
/// # Source
/// `numpy.outer`
///
/// # Examples
/// ```python
/// >>> cp.outer(cp.asarray([1, 2]), cp.asarray([3, 4, 5]))
/// array([[ 3,  4,  5],
///        [ 6,  8, 10]])
/// ```
#[function(signature = "(a, b, out=None)")]
pub fn outer(a: &Array, b: &Array, out: Option<&Array>) -> Result<Array> {
    let (column, row) = (a.reshape(&[-1, 1])?, b.reshape(&[1, -1])?);
    apply(&MULTIPLY, &[(&column).into(), (&row).into()], &UfuncOptions { out, ..Default::default() })
}

/// The sum of products over some axes of two arrays.
///
/// # Parameters
/// - `a`, `b`: arrays of any shapes.
/// - `axes`: how many of the last axes of `a` and of the first of `b` are summed over; or two lists of axes, or two axes.
///
/// # Returns
/// Array: its axes are those of `a` and then those of `b` that are left.
///
/// # Errors
/// - `Value`: axes that belong together differ in size or number, or one is named twice.
/// - `Index`: an axis that an array does not have.
///
/// # Source
/// `numpy.tensordot`
///
/// # Examples
/// ```python
/// >>> cp.tensordot(cp.ones((2, 3, 4)), cp.ones((4, 3, 5)), axes=([1, 2], [1, 0])).shape
/// (2, 5)
/// ```
#[function(signature = "(a, b, axes=2)")]
pub fn tensordot(a: &Array, b: &Array, axes: Any) -> Result<Array> {
    let (left, right) = tensor::axes_of(axes.0, a, b)?;
    contract(a, b, &left, &right)
}

/// The Kronecker product: each element of one array times the whole of another.
///
/// # Parameters
/// - `a`, `b`: arrays of any shapes; the one with fewer axes gets further ones of length 1 in front.
///
/// # Returns
/// Array of as many axes; each is the product of those of `a` and `b` in length.
///
/// # Errors
/// Those of computing the operands.
///
/// # Source
/// `numpy.kron`
///
/// # Examples
/// ```python
/// >>> cp.kron(cp.asarray([1, 10]), cp.asarray([1, 2, 3]))
/// array([ 1,  2,  3, 10, 20, 30])
/// ```
#[function(signature = "(a, b)")]
pub fn kron(a: &Array, b: &Array) -> Result<Array> {
    tensor::kron(a, b)
}

/// The sum along a diagonal.
///
/// # Parameters
/// - `a`: array with at least two axes.
/// - `offset`: which diagonal: above the main one if positive, below if negative.
/// - `axis1`, `axis2`: the axes that span the matrices.
/// - `dtype`: the dtype of the result and of the sum; by default as for `sum`.
/// - `out`: array for the result.
///
/// # Returns
/// Array with the axes that are left; without axes for a matrix.
///
/// # Errors
/// - `Value`: fewer than two axes, twice the same axis, or an `out` of another shape.
/// - `Axis`: an axis that `a` does not have.
///
/// # Source
/// `numpy.trace`
///
/// # Examples
/// ```python
/// >>> cp.trace(cp.asarray([[1, 2], [3, 4]]))
/// array(5)
/// ```
#[function(signature = "(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)", method)]
pub fn trace(a: &Array, offset: isize, axis1: isize, axis2: isize, dtype: Option<DType>, out: Option<&Array>) -> Result<Array> {
    let along = diagonal(a, offset, axis1, axis2)?;
    reduce(&SUM, &along, &ReduceOptions { axes: Some(&[-1]), dtype, out, ..Default::default() })
}

/// The cross product of vectors of two or three elements.
///
/// # Parameters
/// - `a`, `b`: arrays with the vectors along one axis; the other axes broadcast. The third element of a vector of two is 0.
/// - `axisa`, `axisb`: the axes of the vectors.
/// - `axisc`: the axis of the vectors in the result.
/// - `axis`: all three of them.
///
/// # Returns
/// Array of vectors of three elements; of two vectors of two elements it is the third one alone, without an axis.
///
/// # Errors
/// - `Value`: vectors of another size.
/// - `Axis`: an axis that an array does not have.
/// - `Shape`: the other axes do not broadcast.
/// - `Type`: bool.
///
/// # Differs from NumPy
/// Vectors of two elements raise no warning.
///
/// # Source
/// `numpy.cross`
///
/// # Examples
/// ```python
/// >>> cp.cross(cp.asarray([1, 0, 0]), cp.asarray([0, 1, 0]))
/// array([0, 0, 1])
/// ```
#[function(signature = "(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None)")]
pub fn cross(a: &Array, b: &Array, axisa: isize, axisb: isize, axisc: isize, axis: Option<isize>) -> Result<Array> {
    let [axisa, axisb, axisc] = axis.map_or([axisa, axisb, axisc], |axis| [axis; 3]);
    tensor::cross(a, b, axisa, axisb, axisc)
}

/// The keywords that all of these products take.
fn options<'a>(
    out: Option<&'a Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
    axes: Any<'a>,
    axis: Option<isize>,
    keep_axes: Option<bool>,
) -> GufuncOptions<'a> {
    GufuncOptions { out, casting: Some(casting), order: order.unwrap_or_default(), dtype, axes: given(axes), axis, keep_axes }
}

/// An argument of a form of its own, if it was given.
pub(super) fn given<'a>(value: Any<'a>) -> Option<&'a Value> {
    if matches!(value.0, Value::None) { None } else { Some(value.0) }
}
