//! Matrices: ones on a diagonal, triangles, diagonals as views and back.

use super::functions::options;
use super::ranges::ramp;
use super::{CreateOptions, zeros};
use crate::array::Array;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::function;
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::promote::{Casting, promote};
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Device, Error, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::ufuncs::arithmetic::MULTIPLY;
use cuprous_ops::ufuncs::comparison::{EQUAL, GREATER_EQUAL, WHERE};

/// A matrix with ones on a diagonal and zeros elsewhere.
///
/// # Parameters
/// - `N`: the number of rows.
/// - `M`: the number of columns; by default `N`.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
/// - `dtype`: its dtype; by default float64.
/// - `order`: `'C'` or `'F'`, the axis that is fastest in memory: the last or the first.
/// - `device`: the device to make it on; by default the default device.
///
/// # Returns
/// Array of shape `(N, M)`.
///
/// # Errors
/// - `Value`: a negative extent.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.eye`
///
/// # Examples
/// ```python
/// >>> cp.eye(2, 3, k=1)
/// array([[0., 1., 0.],
///        [0., 0., 1.]])
/// ```
#[expect(non_snake_case, reason = "NumPy's names of the arguments")]
#[function(signature = "(N, M=None, k=0, dtype=None, order='C', *, device=None)")]
pub fn eye(N: i64, M: Option<i64>, k: i64, dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>) -> Result<Array> {
    let order = options(order, device)?.order;
    let truth = by_place(&EQUAL, extent(N)?, extent(M.unwrap_or(N))?, k, device)?;
    astype(&truth, dtype.unwrap_or(DType::F64), Casting::Unsafe, order)
}

/// A square matrix with ones on the main diagonal and zeros elsewhere.
///
/// # Parameters
/// - `n`: the number of rows and columns.
/// - `dtype`: its dtype; by default float64.
///
/// # Returns
/// Array of shape `(n, n)`.
///
/// # Errors
/// - `Value`: a negative extent.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.identity`
///
/// # Examples
/// ```python
/// >>> cp.identity(2)
/// array([[1., 0.],
///        [0., 1.]])
/// ```
#[function(signature = "(n, dtype=None)")]
pub fn identity(n: i64, dtype: Option<DType>) -> Result<Array> {
    eye(n, None, 0, dtype, None, None)
}

/// A matrix with ones on a diagonal and below, and zeros above.
///
/// # Parameters
/// - `N`: the number of rows.
/// - `M`: the number of columns; by default `N`.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
/// - `dtype`: its dtype; by default float64.
///
/// # Returns
/// Array of shape `(N, M)`.
///
/// # Errors
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.tri`
///
/// # Examples
/// ```python
/// >>> cp.tri(2, 3, dtype=int)
/// array([[1, 0, 0],
///        [1, 1, 0]])
/// ```
#[expect(non_snake_case, reason = "NumPy's names of the arguments")]
#[function(signature = "(N, M=None, k=0, dtype=None)")]
pub fn tri(N: i64, M: Option<i64>, k: i64, dtype: Option<DType>) -> Result<Array> {
    // As NumPy, whose ranges are empty then.
    let size = |n: i64| n.max(0) as usize;
    let truth = by_place(&GREATER_EQUAL, size(N), size(M.unwrap_or(N)), k, None)?;
    astype(&truth, dtype.unwrap_or(DType::F64), Casting::Unsafe, MemoryOrder::C)
}

/// The lower triangle of matrices: zeros above a diagonal.
///
/// # Parameters
/// - `m`: array of shape `(..., M, N)`; `(N,)` counts as `(N, N)` with equal rows.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
///
/// # Returns
/// Array of the shape and dtype of `m`.
///
/// # Errors
/// - `Type`: `m` has no axis.
///
/// # Source
/// `numpy.tril`
///
/// # Examples
/// ```python
/// >>> cp.tril(cp.ones((2, 3), dtype=int))
/// array([[1, 0, 0],
///        [1, 1, 0]])
/// ```
#[function(signature = "(m, k=0)")]
pub fn tril(m: &Array, k: i64) -> Result<Array> {
    let zero = Input::Scalar(Scalar::zero(m.dtype()));
    apply(&WHERE, &[(&triangle(m, k)?).into(), m.into(), zero], &UfuncOptions::default())
}

/// The upper triangle of matrices: zeros below a diagonal.
///
/// # Parameters
/// - `m`: array of shape `(..., M, N)`; `(N,)` counts as `(N, N)` with equal rows.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
///
/// # Returns
/// Array of the shape and dtype of `m`.
///
/// # Errors
/// - `Type`: `m` has no axis.
///
/// # Source
/// `numpy.triu`
///
/// # Examples
/// ```python
/// >>> cp.triu(cp.ones((2, 3), dtype=int), 1)
/// array([[0, 1, 1],
///        [0, 0, 1]])
/// ```
#[function(signature = "(m, k=0)")]
pub fn triu(m: &Array, k: i64) -> Result<Array> {
    let zero = Input::Scalar(Scalar::zero(m.dtype()));
    apply(&WHERE, &[(&triangle(m, k.saturating_sub(1))?).into(), zero, m.into()], &UfuncOptions::default())
}

/// The diagonal of a matrix, or a matrix with a diagonal.
///
/// # Parameters
/// - `v`: array with two axes, whose diagonal is taken; or with one, which becomes the diagonal.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
///
/// # Returns
/// A view of `v` with one axis, or a new array with two.
///
/// # Errors
/// - `Value`: `v` has another number of axes.
///
/// # Source
/// `numpy.diag`
///
/// # Examples
/// ```python
/// >>> cp.diag(cp.asarray([1, 2]))
/// array([[1, 0],
///        [0, 2]])
/// >>> cp.diag(cp.asarray([[1, 2], [3, 4]]))
/// array([1, 4])
/// ```
#[function(signature = "(v, k=0)")]
pub fn diag(v: &Array, k: i64) -> Result<Array> {
    match v.n_axes() {
        1 => {
            let n = usize::try_from(k.unsigned_abs()).ok().and_then(|k| k.checked_add(v.size()));
            let n = n.ok_or_else(|| Error::value("Maximum allowed dimension exceeded"))?;
            let matrix = zeros(&[n, n], v.dtype(), CreateOptions { device: Some(v.device()), ..CreateOptions::default() })?;
            diagonal(&matrix, k, 0, 1)?.assign(v.into())?;
            Ok(matrix)
        }
        2 => diagonal(v, k, 0, 1),
        _ => Err(Error::value("Input must be 1- or 2-d.")),
    }
}

/// A matrix with the elements of an array on a diagonal.
///
/// # Parameters
/// - `v`: array of any shape.
/// - `k`: the diagonal: 0 is the main one, positive ones lie above.
///
/// # Returns
/// Array with two axes.
///
/// # Errors
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.diagflat`
///
/// # Examples
/// ```python
/// >>> cp.diagflat([[1, 2]])
/// array([[1, 0],
///        [0, 2]])
/// ```
#[function(signature = "(v, k=0)")]
pub fn diagflat(v: &Array, k: i64) -> Result<Array> {
    diag(&v.reshape(&[-1])?, k)
}

/// Diagonals of an array.
///
/// # Parameters
/// - `a`: array with at least two axes.
/// - `offset`: the diagonal: 0 is the main one, positive ones lie above.
/// - `axis1`, `axis2`: the axes of the matrices.
///
/// # Returns
/// A view of `a`: its other axes, and behind them the diagonals.
///
/// # Errors
/// - `Value`: `a` has fewer than two axes, or both axes are one.
/// - `Axis`: an axis that `a` does not have.
///
/// # Differs from NumPy
/// The view can be written to.
///
/// # Source
/// `numpy.diagonal`
///
/// # Examples
/// ```python
/// >>> cp.diagonal(cp.asarray([[1, 2], [3, 4]]), 1)
/// array([2])
/// ```
#[function(signature = "(a, offset=0, axis1=0, axis2=1)", method)]
pub fn diagonal(a: &Array, offset: i64, axis1: isize, axis2: isize) -> Result<Array> {
    if a.n_axes() < 2 {
        return Err(Error::value("diag requires an array of at least two dimensions"));
    }
    let (i, j) = (normalize_axis(axis1, a.n_axes()), normalize_axis(axis2, a.n_axes()));
    let (i, j) = (i.map_err(|e| e.during("axis1"))?, j.map_err(|e| e.during("axis2"))?);
    if i == j {
        return Err(Error::value("axis1 and axis2 cannot be the same"));
    }
    // First the part of the matrices where the diagonal is the main one.
    let mut index = vec![Slice::Range(None, None, 1); a.n_axes()];
    let from = |n: usize| Slice::Range(Some((offset.unsigned_abs().min(n as u64)) as isize), None, 1);
    if offset >= 0 {
        index[j] = from(a.shape()[j]);
    } else {
        index[i] = from(a.shape()[i]);
    }
    let part = a.layout().slice(&index)?;
    let others = (0..a.n_axes()).filter(|&k| k != i && k != j);
    let mut layout = Layout { shape: Default::default(), strides: Default::default(), offset: part.offset };
    for k in others {
        layout.shape.push(part.shape[k]);
        layout.strides.push(part.strides[k]);
    }
    layout.shape.push(part.shape[i].min(part.shape[j]));
    layout.strides.push(part.strides[i] + part.strides[j]);
    Array::from_storage(a.force()?, layout, a.dtype())
}

/// A matrix of the powers of numbers.
///
/// # Parameters
/// - `x`: array with one axis.
/// - `N`: the number of columns; by default as many as rows.
/// - `increasing`: whether the powers grow from left to right.
///
/// # Returns
/// Array of shape `(len(x), N)`.
///
/// # Errors
/// - `Value`: `x` has another number of axes, or `N` is negative.
///
/// # Source
/// `numpy.vander`
///
/// # Examples
/// ```python
/// >>> cp.vander(cp.asarray([1, 2, 3]))
/// array([[1, 1, 1],
///        [4, 2, 1],
///        [9, 3, 1]])
/// ```
#[expect(non_snake_case, reason = "NumPy's name of the argument")]
#[function(signature = "(x, N=None, increasing=False)")]
pub fn vander(x: &Array, N: Option<i64>, increasing: bool) -> Result<Array> {
    if x.n_axes() != 1 {
        return Err(Error::value("x must be a one-dimensional array or sequence."));
    }
    let n = N.map_or(Ok(x.size()), extent)?;
    let dtype = promote(x.dtype(), DType::I64);
    let options = CreateOptions { device: Some(x.device()), ..CreateOptions::default() };
    let powers = super::ones(&[x.size(), n], dtype, options)?;
    let own = UfuncOptions { dtype: Some(dtype), casting: Some(Casting::Unsafe), ..UfuncOptions::default() };
    if x.size() == 0 {
        return Ok(powers);
    }
    let column = |k: usize| powers.slice(&[Slice::Range(None, None, 1), Slice::At(if increasing { k } else { n - 1 - k } as isize)]);
    for k in 1..n {
        // As NumPy: each power is the one before times the number.
        column(k)?.assign((&apply(&MULTIPLY, &[(&column(k - 1)?).into(), x.into()], &own)?).into())?;
    }
    Ok(powers)
}

/// A truth for each place of a matrix: how its row plus `k` compares with its column.
fn by_place(def: &'static UfuncDef, n_rows: usize, n_columns: usize, k: i64, device: Option<Device>) -> Result<Array> {
    // Diagonals farther out are all alike, and the sum must not wrap around.
    let reach = i64::try_from(n_rows.saturating_add(n_columns)).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    let difference = ramp(&[n_rows, n_columns], &[1, -1], k.clamp(-reach, reach), device)?;
    apply(def, &[(&difference).into(), Input::Weak(Weak::Int(0))], &UfuncOptions::default())
}

/// Where the lower triangle of the last two axes is.
fn triangle(m: &Array, k: i64) -> Result<Array> {
    match m.shape() {
        [] => Err(Error::type_error("tri() missing 1 required positional argument: 'N'")),
        &[.., rows, columns] => by_place(&GREATER_EQUAL, rows, columns, k, Some(m.device())),
        &[n] => by_place(&GREATER_EQUAL, n, n, k, Some(m.device())),
    }
}

fn extent(n: i64) -> Result<usize> {
    usize::try_from(n).map_err(|_| Error::value("negative dimensions are not allowed"))
}
