//! Products of the `linalg` namespace, under NumPy's names and signatures.

use super::diagonal;
use super::functions as top;
use super::gufunc::{Gufunc, GufuncOptions};
use super::tensor;
use crate::array::Array;
use crate::creation::{CreateOptions, zeros};
use crate::function::{Any, Nested, Value, function};
use cuprous_core::layout::Slice;
use cuprous_core::{DType, Error, Result, Scalar, Weak};

/// The product of matrices in the last two axes.
///
/// # Parameters
/// - `x1`: array of shape `(..., M, K)` or `(K,)`.
/// - `x2`: array of shape `(..., K, N)` or `(K,)`. The axes before the last two broadcast.
///
/// # Returns
/// Array of shape `(..., M, N)`, without the axis `M` or `N` that an argument of one axis lacks.
///
/// # Errors
/// - `Value`: sizes differ, an argument has no axis, or the other axes do not broadcast.
///
/// # Source
/// `numpy.linalg.matmul`
///
/// # Examples
/// ```python
/// >>> cp.linalg.matmul(cp.asarray([[1, 2], [3, 4]]), cp.asarray([1, 10]))
/// array([21, 43])
/// ```
#[function(signature = "(x1, x2, /)", module = "linalg")]
pub fn matmul(x1: &Array, x2: &Array) -> Result<Array> {
    super::matmul(x1, x2)
}

/// The inner product of vectors along an axis, the first conjugated.
///
/// # Parameters
/// - `x1`, `x2`: arrays whose other axes broadcast.
/// - `axis`: the axis of the vectors in both.
///
/// # Returns
/// Array without that axis.
///
/// # Errors
/// - `Value`: sizes differ, or the other axes do not broadcast.
/// - `Axis`: an axis that an array does not have.
///
/// # Source
/// `numpy.linalg.vecdot`
///
/// # Examples
/// ```python
/// >>> cp.linalg.vecdot(cp.asarray([[1, 2], [3, 4]]), cp.asarray([1, 10]))
/// array([21, 43])
/// ```
#[function(signature = "(x1, x2, /, *, axis=-1)", module = "linalg")]
pub fn vecdot(x1: &Array, x2: &Array, axis: isize) -> Result<Array> {
    Gufunc::Vecdot.apply(x1, x2, &GufuncOptions { axis: Some(axis), ..Default::default() })
}

/// The product of each element of one vector with each of another.
///
/// # Parameters
/// - `x1`: array of shape `(M,)`.
/// - `x2`: array of shape `(N,)`.
///
/// # Returns
/// Array of shape `(M, N)`.
///
/// # Errors
/// - `Value`: an array has not just one axis.
///
/// # Source
/// `numpy.linalg.outer`
///
/// # Examples
/// ```python
/// >>> cp.linalg.outer(cp.asarray([1, 2]), cp.asarray([3, 4]))
/// array([[3, 4],
///        [6, 8]])
/// ```
#[function(signature = "(x1, x2, /)", module = "linalg")]
pub fn outer(x1: &Array, x2: &Array) -> Result<Array> {
    if x1.n_axes() != 1 || x2.n_axes() != 1 {
        return Err(Error::value(format!(
            "Input arrays must be one-dimensional, but they are x1.ndim={} and x2.ndim={}.",
            x1.n_axes(),
            x2.n_axes()
        )));
    }
    top::outer(x1, x2, None)
}

/// The cross product of vectors of three elements.
///
/// # Parameters
/// - `x1`, `x2`: arrays with the vectors along one axis; the other axes broadcast.
/// - `axis`: the axis of the vectors.
///
/// # Returns
/// Array with vectors of three elements along the same axis.
///
/// # Errors
/// - `Value`: vectors of another size.
/// - `Index`: an axis that an array does not have.
/// - `Shape`: the other axes do not broadcast.
///
/// # Source
/// `numpy.linalg.cross`
///
/// # Examples
/// ```python
/// >>> cp.linalg.cross(cp.asarray([1, 0, 0]), cp.asarray([0, 1, 0]))
/// array([0, 0, 1])
/// ```
#[function(signature = "(x1, x2, /, *, axis=-1)", module = "linalg")]
pub fn cross(x1: &Array, x2: &Array, axis: isize) -> Result<Array> {
    let size = |x: &Array| {
        let k = if axis < 0 { axis + x.n_axes() as isize } else { axis };
        usize::try_from(k).ok().and_then(|k| x.shape().get(k).copied()).ok_or_else(|| Error::index("tuple index out of range"))
    };
    let (m, n) = (size(x1)?, size(x2)?);
    if m != 3 || n != 3 {
        return Err(Error::value(format!(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are {m} and {n} dimensional instead."
        )));
    }
    tensor::cross(x1, x2, axis, axis, axis)
}

/// The sum of products over some axes of two arrays.
///
/// # Parameters
/// - `x1`, `x2`: arrays of any shapes.
/// - `axes`: how many of the last axes of `x1` and of the first of `x2` are summed over; or two lists of axes, or two axes.
///
/// # Returns
/// Array: its axes are those of `x1` and then those of `x2` that are left.
///
/// # Errors
/// - `Value`: axes that belong together differ in size or number, or one is named twice.
/// - `Index`: an axis that an array does not have.
///
/// # Source
/// `numpy.linalg.tensordot`
///
/// # Examples
/// ```python
/// >>> cp.linalg.tensordot(cp.ones((2, 3)), cp.ones((3, 4)), axes=1).shape
/// (2, 4)
/// ```
#[function(signature = "(x1, x2, /, *, axes=2)", module = "linalg")]
pub fn tensordot(x1: &Array, x2: &Array, axes: Any) -> Result<Array> {
    top::tensordot(x1, x2, axes)
}

/// The sum along a diagonal of each matrix in the last two axes.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
/// - `offset`: which diagonal: above the main one if positive, below if negative.
/// - `dtype`: the dtype of the result and of the sum; by default as for `sum`.
///
/// # Returns
/// Array of shape `(...)`.
///
/// # Errors
/// - `Value`: fewer than two axes.
///
/// # Source
/// `numpy.linalg.trace`
///
/// # Examples
/// ```python
/// >>> cp.linalg.trace(cp.asarray([[1, 2], [3, 4]]))
/// array(5)
/// ```
#[function(signature = "(x, /, *, offset=0, dtype=None)", module = "linalg")]
pub fn trace(x: &Array, offset: isize, dtype: Option<DType>) -> Result<Array> {
    top::trace(x, offset, -2, -1, dtype, None)
}

/// A diagonal of each matrix in the last two axes.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
/// - `offset`: which diagonal: above the main one if positive, below if negative.
///
/// # Returns
/// A view of `x`, whose last axis runs along the diagonal.
///
/// # Errors
/// - `Value`: fewer than two axes.
///
/// # Differs from NumPy
/// The view can be written to.
///
/// # Source
/// `numpy.linalg.diagonal`
///
/// # Examples
/// ```python
/// >>> cp.linalg.diagonal(cp.asarray([[1, 2], [3, 4]]))
/// array([1, 4])
/// ```
#[function(signature = "(x, /, *, offset=0)", module = "linalg", name = "diagonal")]
pub fn diagonal_of(x: &Array, offset: isize) -> Result<Array> {
    diagonal::diagonal(x, offset, -2, -1)
}

/// The matrices in the last two axes, transposed.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
///
/// # Returns
/// A view of `x`, of shape `(..., N, M)`.
///
/// # Errors
/// - `Value`: fewer than two axes.
///
/// # Source
/// `numpy.linalg.matrix_transpose`
///
/// # Examples
/// ```python
/// >>> cp.linalg.matrix_transpose(cp.ones((2, 3, 4))).shape
/// (2, 4, 3)
/// ```
#[function(signature = "(x, /)", module = "linalg")]
pub fn matrix_transpose(x: &Array) -> Result<Array> {
    if x.n_axes() < 2 {
        return Err(Error::value(format!("Input array must be at least 2-dimensional, but it is {}", x.n_axes())));
    }
    super::matmul::swapped(x)
}

/// Square matrices to the power of an integer.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
/// - `n`: the exponent; a negative one is that of the inverses.
///
/// # Returns
/// Array of the shape and dtype of `a`; float64 for integers to a negative exponent.
///
/// # Errors
/// - `LinAlg`: the matrices are not square, or one is singular and `n` negative.
/// - `Type`: `n` is not an integer, or float16 and `n` is negative.
///
/// # Source
/// `numpy.linalg.matrix_power`
///
/// # Examples
/// ```python
/// >>> cp.linalg.matrix_power(cp.asarray([[1, 1], [1, 0]]), 10)
/// array([[89, 55],
///        [55, 34]])
/// ```
#[function(signature = "(a, n)", module = "linalg")]
pub fn matrix_power(a: &Array, n: Nested) -> Result<Array> {
    if a.n_axes() < 2 {
        return Err(Error::linalg(format!("{}-dimensional array given. Array must be at least two-dimensional", a.n_axes())));
    }
    let size = a.shape()[a.n_axes() - 1];
    if a.shape()[a.n_axes() - 2] != size {
        return Err(Error::linalg("Last 2 dimensions of the array must be square"));
    }
    let n = match n.0 {
        Value::Weak(Weak::Int(n)) => *n,
        Value::Weak(Weak::Bool(b)) => i128::from(*b),
        Value::Scalar(s) if s.dtype() == DType::U64 => s.to::<u64>().into(),
        Value::Scalar(s) if s.dtype().is_integral() => s.to::<i64>().into(),
        _ => return Err(Error::type_error("exponent must be an integer")),
    };
    let inverse;
    let a = if n < 0 {
        inverse = super::solve::inv(a)?;
        &inverse
    } else {
        a
    };
    let mut n = n.unsigned_abs();
    if n == 0 {
        let one = zeros(a.shape(), a.dtype(), CreateOptions { device: Some(a.device()), ..Default::default() })?;
        diagonal::diagonal(&one, 0, -2, -1)?.fill(crate::engine::Input::Scalar(Scalar::one(a.dtype())))?;
        return Ok(one);
    }
    if n == 3 {
        return super::matmul(&super::matmul(a, a)?, a);
    }
    let (mut power, mut result): (Array, Option<Array>) = (a.copy()?, None);
    loop {
        if n & 1 == 1 {
            result = Some(match result {
                Some(r) => super::matmul(&r, &power)?,
                None => power.clone(),
            });
        }
        n >>= 1;
        if n == 0 {
            return Ok(result.unwrap_or(power));
        }
        power = super::matmul(&power, &power)?;
    }
}

/// The product of several matrices, in the order that takes the fewest multiplications.
///
/// # Parameters
/// - `arrays`: at least two arrays of two axes; the first and the last may have one.
/// - `out`: array for the result, of its shape and dtype and packed in C order.
///
/// # Returns
/// Array: the product of all.
///
/// # Errors
/// - `Value`: fewer than two arrays, sizes that differ, or an `out` that does not fit.
/// - `LinAlg`: an array of other than two axes.
///
/// # Source
/// `numpy.linalg.multi_dot`
///
/// # Examples
/// ```python
/// >>> cp.linalg.multi_dot([cp.ones((2, 3)), cp.ones((3, 4)), cp.ones(4)])
/// array([12., 12.])
/// ```
#[function(signature = "(arrays, *, out=None)", module = "linalg")]
pub fn multi_dot(arrays: &[Array], out: Option<&Array>) -> Result<Array> {
    let n = arrays.len();
    if n < 2 {
        return Err(Error::value("Expecting at least two arrays."));
    }
    if n == 2 {
        return top::dot(&arrays[0], &arrays[1], out);
    }
    let mut matrices = arrays.to_vec();
    let (is_row, is_column) = (arrays[0].n_axes() == 1, arrays[n - 1].n_axes() == 1);
    if is_row {
        matrices[0] = arrays[0].slice(&[Slice::New, Slice::Ellipsis])?;
    }
    if is_column {
        matrices[n - 1] = arrays[n - 1].slice(&[Slice::Ellipsis, Slice::New])?;
    }
    if let Some(bad) = matrices.iter().find(|x| x.n_axes() != 2) {
        return Err(Error::linalg(format!("{}-dimensional array given. Array must be two-dimensional", bad.n_axes())));
    }
    let value = chain(&matrices, &best_cuts(&matrices), 0, n - 1)?;
    let mut kept: Vec<isize> = value.shape().iter().map(|&n| n as isize).collect();
    if is_column {
        kept.pop();
    }
    if is_row {
        kept.remove(0);
    }
    tensor::strict_out(value.reshape(&kept)?, out)
}

/// Where each stretch of factors is cut: `cuts[i][j]` is the last factor of the left part of `i..=j`.
fn best_cuts(matrices: &[Array]) -> Vec<Vec<usize>> {
    let n = matrices.len();
    // Matrix `i` has `sizes[i]` rows and `sizes[i + 1]` columns.
    let sizes: Vec<f64> = matrices.iter().map(|x| x.shape()[0]).chain([matrices[n - 1].shape()[1]]).map(|n| n as f64).collect();
    let (mut costs, mut cuts) = (vec![vec![0.0; n]; n], vec![vec![0; n]; n]);
    for length in 1..n {
        for i in 0..n - length {
            let j = i + length;
            costs[i][j] = f64::INFINITY;
            for k in i..j {
                let cost = costs[i][k] + costs[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
                if cost < costs[i][j] {
                    (costs[i][j], cuts[i][j]) = (cost, k);
                }
            }
        }
    }
    cuts
}

/// The product of the factors `i..=j`.
fn chain(matrices: &[Array], cuts: &[Vec<usize>], i: usize, j: usize) -> Result<Array> {
    if i == j {
        return Ok(matrices[i].clone());
    }
    let k = cuts[i][j];
    tensor::dot(&chain(matrices, cuts, i, k)?, &chain(matrices, cuts, k + 1, j)?)
}
