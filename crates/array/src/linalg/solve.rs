//! Linear equations and inverses.

use super::decompose::{OF_LEAST_SQUARES, SingularValues, cholesky, decomposed, singular_values};
use super::gufunc::remapped;
use super::matmul::{matmul, swapped};
use super::stack::{Work, batch, column, conjugated, double_of, float_dtype, in_c_order, number, raise_if, shaped, side, sides, with};
use crate::array::Array;
use crate::creation::matrices::eye;
use crate::engine::{Input, ReduceOptions};
use crate::function::{Any, Ints, Value, function};
use crate::logic::{greater, select};
use crate::math::{divide, multiply, subtract};
use cuprous_core::layout::Slice;
use cuprous_core::shape::{broadcast, normalize_axis};
use cuprous_core::{DType, Error, Result, Scalar};

const SINGULAR: &str = "Singular matrix";

/// The solution `x` of `a @ x = b`.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
/// - `b`: array of shape `(M,)` or `(..., M, K)`. The axes before the last two broadcast.
///
/// # Returns
/// Array of the shape of `b`, after broadcasting; float64 for integers, else of the common dtype.
///
/// # Errors
/// - `LinAlg`: a matrix is singular, or not square.
/// - `Value`: sizes do not match, or `b` has no axis.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.solve`
///
/// # Examples
/// ```python
/// >>> cp.linalg.solve(cp.asarray([[2.0, 0.0], [0.0, 4.0]]), cp.asarray([1.0, 1.0]))
/// array([0.5 , 0.25])
/// ```
#[function(signature = "(a, b)", module = "linalg")]
pub fn solve(a: &Array, b: &Array) -> Result<Array> {
    let n = side(a)?;
    let dtype = float_dtype(&[a, b])?;
    let is_vector = b.n_axes() == 1;
    let (name, signature) = if is_vector { ("solve1", "(m,m),(m)->(m)") } else { ("solve", "(m,m),(m,n)->(m,n)") };
    let rows = match b.shape() {
        [] => {
            return Err(Error::value(format!(
                "{name}: Input operand 1 does not have enough dimensions (has 0, gufunc core with signature {signature} requires 2)"
            )));
        }
        [m] => *m,
        [.., m, _] => *m,
    };
    if rows != n {
        return Err(Error::value(format!(
            "{name}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature {signature} (size {rows} is different from {n})"
        )));
    }
    let all = broadcast(&[batch(a), batch(b)]).map_err(|_| {
        let k = b.shape()[b.n_axes() - 1];
        let operands = [remapped(a.shape(), batch(a), 2, 3), remapped(b.shape(), batch(b), 2, 3)].join(" ");
        Error::value(format!(
            "operands could not be broadcast together with remapped shapes [original->remapped]: {operands}  and requested shape ({n},{k})"
        ))
    })?;
    let work = Work::on(&[a, b])?;
    let count: usize = all.iter().product();
    let n_own: usize = batch(a).iter().product();
    let k = if is_vector { 1 } else { b.shape()[b.n_axes() - 1] };
    if work.solves_at_once(n) && n_own == count && k > 0 {
        let core: &[usize] = if is_vector { &[n] } else { &[n, k] };
        let left = shaped(&work.read(&a.broadcast_to(&with(&all, &[n, n]))?, dtype)?, &[count, n, n])?;
        let right = shaped(&work.read(&b.broadcast_to(&with(&all, core))?, dtype)?, &[count, n, k])?;
        let (x, info) = work.solve(&left, Some(&right))?;
        raise_if(&info, SINGULAR)?;
        return shaped(&x, &with(&all, core));
    }
    // Right sides as columns, `(count, K, N)`.
    let right = if is_vector { b.broadcast_to(&with(&all, &[1, n]))? } else { swapped(b)?.broadcast_to(&with(&all, &[k, n]))? };
    let right = shaped(&work.packed(&right, dtype)?, &[count, k, n])?;
    // One matrix for all is factored once; its right sides are the columns of one.
    let (left, right) = if n_own == 1 {
        (shaped(&work.packed(a, dtype)?, &[1, n, n])?, shaped(&right, &[1, count * k, n])?)
    } else {
        (shaped(&work.packed(&a.broadcast_to(&with(&all, &[n, n]))?, dtype)?, &[count, n, n])?, right)
    };
    // What lies in C order is the transposed matrix to the backend.
    let lu = work.lu(left)?;
    work.lu_solve(&lu, true, &right)?;
    raise_if(&lu.info, SINGULAR)?;
    if is_vector { shaped(&right, &with(&all, &[n])) } else { in_c_order(swapped(&shaped(&right, &with(&all, &[k, n]))?)?) }
}

/// The inverse of matrices.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
///
/// # Returns
/// Array of the same shape; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: a matrix is singular, or not square.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.inv`
///
/// # Examples
/// ```python
/// >>> cp.linalg.inv(cp.asarray([[2.0, 0.0], [0.0, 4.0]]))
/// array([[0.5 , 0.  ],
///        [0.  , 0.25]])
/// ```
#[function(signature = "(a)", module = "linalg")]
pub fn inv(a: &Array) -> Result<Array> {
    let (inverse, info) = inverses(a)?;
    raise_if(&info, SINGULAR)?;
    Ok(inverse)
}

/// The inverse of Hermitian matrices that are positive definite.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`, of which the lower triangle is read.
///
/// # Returns
/// Array of the same shape; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: a matrix is not positive definite, or not square.
/// - `Type`: float16.
///
/// # Source
/// `cupyx.linalg.invh`
///
/// # Examples
/// ```python
/// >>> cp.x.linalg.invh(cp.asarray([[4.0, 0.0], [0.0, 1.0]]))
/// array([[0.25, 0.  ],
///        [0.  , 1.  ]])
/// ```
#[function(signature = "(a)", module = "x.linalg")]
pub fn invh(a: &Array) -> Result<Array> {
    let n = side(a)?;
    let factor = cholesky(a, false)?;
    let unit = eye(n as i64, None, 0, Some(factor.dtype()), None, Some(a.device()))?;
    let left = solve(&factor, &unit)?;
    matmul(&swapped(&conjugated(left.clone())?)?, &left)
}

/// The inverses, and a word above 0 for each that is none.
pub(super) fn inverses(a: &Array) -> Result<(Array, Array)> {
    let n = side(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    if work.solves_at_once(n) {
        return work.solve(&work.read(a, dtype)?, None);
    }
    let lu = work.lu(work.packed(a, dtype)?)?;
    // The inverse of the transposed matrix as columns is the inverse in C order.
    let inverse = work.identity(batch(a), n, dtype)?;
    work.lu_solve(&lu, false, &inverse)?;
    Ok((inverse, lu.info))
}

/// The pseudoinverse of matrices by their singular values.
///
/// # Parameters
/// - `a`: array of shape `(..., M, N)`.
/// - `rcond`: which singular values count: those above `rcond` times the largest; a number, or an array that broadcasts with
///   the axes before the last two. By default 1e-15.
/// - `hermitian`: whether the matrices are Hermitian; then one triangle of them is read.
/// - `rtol`: the same as `rcond`; `None` is `max(M, N)` times the precision of the dtype of `a`.
///
/// # Returns
/// Array of shape `(..., N, M)`; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: the singular values did not converge, or fewer than two axes.
/// - `Value`: both `rcond` and `rtol` were given, or `rtol=None` for integers.
/// - `Type`: float16.
///
/// # Source
/// `numpy.linalg.pinv`
///
/// # Examples
/// ```python
/// >>> cp.linalg.pinv(cp.asarray([[2.0, 0.0], [0.0, 0.0]]))
/// array([[0.5, 0. ],
///        [0. , 0. ]])
/// ```
#[function(signature = "(a, rcond=None, hermitian=False, *, rtol='<no value>')", module = "linalg")]
pub fn pinv(a: &Array, rcond: Option<&Array>, hermitian: bool, rtol: Any) -> Result<Array> {
    let is_given = !matches!(rtol.0, Value::Str(s) if s == "<no value>");
    let limit = match (rcond, rtol.0) {
        (Some(_), _) if is_given => return Err(Error::value("`rtol` and `rcond` can't be both set.")),
        (Some(limit), _) => limit.clone(),
        (None, _) if !is_given => number(Scalar::from(1e-15), a)?,
        (None, Value::None) => {
            let (m, n) = tail(a)?;
            let Some(eps) = precision(a.dtype()) else {
                return Err(Error::value(format!("data type <class 'numpy.{}'> not inexact", a.dtype().name())));
            };
            number(Scalar::from(m.max(n) as f64 * eps), a)?
        }
        (None, value) => array_of(value, a)?,
    };
    if a.n_axes() == 1 && a.size() == 0 {
        // NumPy asks for the sizes of empty arrays before it counts axes.
        return Err(Error::value("not enough values to unpack (expected 2, got 1)"));
    }
    let (m, n) = sides(a)?;
    let work = Work::on(&[a])?;
    if m == 0 || n == 0 {
        return work.empty(&with(batch(a), &[n, m]), a.dtype());
    }
    let dtype = float_dtype(&[a])?;
    // As in NumPy in the higher precision: the default limit is far below float32's.
    let wide = conjugated(a.clone())?.cast(double_of(dtype))?;
    let SingularValues { u, s, vh } = singular_values(&wide, hermitian)?;
    let largest = s.max(&ReduceOptions { axes: Some(&[-1]), keep_axes: true, ..Default::default() })?;
    let is_large = greater(&s, &multiply(&column(&limit)?, &largest)?)?;
    let weights = select(&is_large, &divide(1.0, &s)?, 0.0)?;
    let scaled = multiply(&column(&weights)?, &swapped(&u)?)?;
    matmul(&swapped(&vh)?, &scaled)?.cast(dtype)
}

/// The least-squares solution of `a @ x = b`, the shortest of several.
///
/// # Parameters
/// - `a`: array of shape `(M, N)`.
/// - `b`: array of shape `(M,)` or `(M, K)`.
/// - `rcond`: which singular values count: those above `rcond` times the largest. By default `max(M, N)` times the precision
///   of float64; -1 is the precision of float64.
///
/// # Returns
/// The solution `(N,)` or `(N, K)`; the squared distances `(K,)` of `a @ x` to `b`, empty unless `M > N` and `a` has rank `N`;
/// the rank as an int32 array without axes; the singular values.
///
/// # Errors
/// - `LinAlg`: an array has another number of axes, sizes differ, or the singular values did not converge.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// The rank is an array. It is read on the host, for the number of distances depends on it.
///
/// # Source
/// `numpy.linalg.lstsq`
///
/// # Examples
/// ```python
/// >>> x, distances, rank, s = cp.linalg.lstsq(cp.asarray([[2.0], [0.0]]), cp.asarray([1.0, 3.0]))
/// >>> x, distances
/// (array([0.5]), array([9.]))
/// ```
#[function(signature = "(a, b, rcond=None)", module = "linalg")]
pub fn lstsq(a: &Array, b: &Array, rcond: Option<f64>) -> Result<Value> {
    let is_vector = b.n_axes() == 1;
    let right = if is_vector { column(b)? } else { b.clone() };
    for x in [a, &right] {
        if x.n_axes() != 2 {
            return Err(Error::linalg(format!("{}-dimensional array given. Array must be two-dimensional", x.n_axes())));
        }
    }
    let (m, n) = sides(a)?;
    let (rows, k) = sides(&right)?;
    if rows != m {
        return Err(Error::linalg("Incompatible dimensions"));
    }
    let dtype = float_dtype(&[a, b])?;
    let (wide, real) = (double_of(dtype), dtype.real());
    let (left, right) = (a.clone().cast(wide)?, right.cast(wide)?);
    let work = Work::on(&[a, b])?;
    let SingularValues { u, s, vh } = decomposed(&left, false, OF_LEAST_SQUARES)?;
    let limit = rcond.unwrap_or(f64::EPSILON * m.max(n) as f64);
    let limit = if limit < 0.0 { f64::EPSILON } else { limit };
    let largest = if m.min(n) == 0 { work.zeros(&[1], DType::F64)? } else { s.slice(&[Slice::Range(None, Some(1), 1)])? };
    let is_large = greater(&s, &multiply(&largest, limit)?)?;
    let rank = is_large.sum(&ReduceOptions { dtype: Some(DType::I32), ..Default::default() })?;
    let weights = select(&is_large, &divide(1.0, &s)?, 0.0)?;
    let along = multiply(&column(&weights)?, &matmul(&adjoint(&u)?, &right)?)?;
    let x = matmul(&adjoint(&vh)?, &along)?;
    let has_distances = m > n && rank.item()?.to::<i64>() == n as i64;
    let distances = if has_distances {
        let off = subtract(&right, &matmul(&left, &x)?)?;
        super::norms::squares(&off)?.sum(&ReduceOptions { axes: Some(&[0]), ..Default::default() })?
    } else {
        work.empty(&[0], real)?
    };
    let x = x.cast(dtype)?;
    let x = if is_vector { shaped(&x, &[n])? } else { shaped(&x, &[n, k])? };
    let parts = [x, distances.cast(real)?, rank, s.cast(real)?];
    Ok(Value::Tuple(parts.into_iter().map(Value::Array).collect()))
}

/// The solution `x` of `tensordot(a, x, x.ndim) = b`.
///
/// # Parameters
/// - `a`: array of shape `b.shape + Q`, where the sizes of `Q` and of `b` have the same product.
/// - `b`: array of any shape.
/// - `axes`: axes of `a` that are moved to the end first.
///
/// # Returns
/// Array of shape `Q`.
///
/// # Errors
/// - `LinAlg`: `a` is singular, or has not as many columns as rows.
/// - `Value`: an axis that `a` does not have.
///
/// # Source
/// `numpy.linalg.tensorsolve`
///
/// # Examples
/// ```python
/// >>> a = 2.0 * cp.eye(6).reshape(2, 3, 6)
/// >>> cp.linalg.tensorsolve(a, cp.ones((2, 3)))
/// array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
/// ```
#[function(signature = "(a, b, axes=None)", module = "linalg")]
pub fn tensorsolve(a: &Array, b: &Array, axes: Option<Ints>) -> Result<Array> {
    let n_axes = a.n_axes();
    let mut order: Vec<isize> = (0..n_axes as isize).collect();
    for axis in axes.map_or(&[][..], |axes| axes.0) {
        let Some(at) = order.iter().position(|k| k == axis) else { return Err(Error::value("list.remove(x): x not in list")) };
        order.remove(at);
        order.push(*axis);
    }
    let a = a.permute(&order)?;
    // As in Python, where `a.shape[-0:]` is the whole shape, and so is one that begins before the first axis.
    let kept = n_axes as isize - b.n_axes() as isize;
    let first = if kept > 0 { b.n_axes() } else { kept.unsigned_abs().min(n_axes) };
    let shape = &a.shape()[first..];
    let n: usize = shape.iter().product();
    if n.checked_mul(n) != Some(a.size()) {
        return Err(Error::linalg(
            "Input arrays must satisfy the requirement             prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])",
        ));
    }
    shaped(&solve(&shaped(&a, &[n, n])?, &b.reshape(&[-1])?)?, shape)
}

/// The inverse under `tensordot`: of the matrix that the first axes as rows and the others as columns make.
///
/// # Parameters
/// - `a`: array whose first `ind` axes have the same product of sizes as the others.
/// - `ind`: how many axes make the rows.
///
/// # Returns
/// Array of shape `a.shape[ind:] + a.shape[:ind]`.
///
/// # Errors
/// - `LinAlg`: the matrix is singular or not square.
/// - `Value`: `ind` is not positive.
/// - `Type`: `a` has no axes.
///
/// # Source
/// `numpy.linalg.tensorinv`
///
/// # Examples
/// ```python
/// >>> cp.linalg.tensorinv(2.0 * cp.eye(6).reshape(2, 3, 6), ind=2).shape
/// (6, 2, 3)
/// ```
#[function(signature = "(a, ind=2)", module = "linalg")]
pub fn tensorinv(a: &Array, ind: i64) -> Result<Array> {
    if ind <= 0 {
        return Err(Error::value("Invalid ind argument."));
    }
    let ind = (ind as usize).min(a.n_axes());
    let n: usize = a.shape()[ind..].iter().product();
    let inverse = inv(&a.reshape(&[n as isize, -1])?)?;
    if a.n_axes() == 0 {
        // What NumPy's own call of it says.
        return Err(Error::type_error("reshape() takes exactly 1 argument (0 given)"));
    }
    shaped(&inverse, &with(&a.shape()[ind..], &a.shape()[..ind]))
}

/// The matrices conjugated and transposed.
fn adjoint(a: &Array) -> Result<Array> {
    swapped(&conjugated(a.clone())?)
}

/// The last two sizes, where NumPy asks for them before it counts axes.
fn tail(a: &Array) -> Result<(usize, usize)> {
    match a.shape() {
        [] => Err(Error::value("max() iterable argument is empty")),
        [n] => Ok((*n, *n)),
        [.., m, n] => Ok((*m, *n)),
    }
}

/// The distance from 1 to the next number of an inexact dtype.
pub(super) fn precision(dtype: DType) -> Option<f64> {
    match dtype.real() {
        DType::F16 => Some(1.0 / 1024.0),
        DType::F32 => Some(f32::EPSILON.into()),
        DType::F64 => Some(f64::EPSILON),
        _ => None,
    }
}

/// A number or an array of an argument of free form, on the device of another.
pub(super) fn array_of(value: &Value, like: &Array) -> Result<Array> {
    match value {
        Value::Array(a) | Value::Fresh(a) => Ok(a.clone()),
        Value::Bool(b) => number(Scalar::from(*b), like),
        Value::Int(i) => number(Scalar::from(*i), like),
        Value::Float(x) => number(Scalar::from(*x), like),
        Value::Scalar(s) => number(*s, like),
        Value::Weak(w) => number(w.to_scalar(w.default_dtype())?, like),
        _ => Err(Error::type_error("expected a number or an array")),
    }
}

/// An axis of NumPy's, checked.
pub(super) fn axis_of(axis: isize, a: &Array) -> Result<usize> {
    normalize_axis(axis, a.n_axes())
}

/// A Python number as an operand.
pub(super) fn float(x: f64) -> Input<'static> {
    Input::from(x)
}
