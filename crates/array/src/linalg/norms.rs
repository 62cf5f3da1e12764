//! Norms, and the numbers that tell how a matrix is: determinant, rank, condition.

use super::decompose::{svd, svdvals};
use super::diagonal::diagonal;
use super::solve::{array_of, axis_of, float, inverses, precision};
use super::stack::{Work, column, double_of, float_dtype, shaped, side, sides};
use crate::array::Array;
use crate::creation::{CreateOptions, arange};
use crate::engine::{Input, ReduceOptions};
use crate::function::{Any, Ints, Value, function};
use crate::logic::{greater, isnan, less, logical_and, logical_not, not_equal, select};
use crate::manipulation::functions::moveaxis;
use crate::math::functions::max;
use crate::math::{absolute, add, divide, exp, log, multiply, power, remainder, sqrt, subtract};
use cuprous_core::{DType, Error, Result, Scalar, Weak};

/// Which norm.
#[derive(Clone, Copy)]
enum Order<'a> {
    Default,
    Number(f64),
    Word(&'a str),
}

impl<'a> Order<'a> {
    fn of(value: &'a Value) -> Result<Order<'a>> {
        Ok(match value {
            Value::None => Order::Default,
            Value::Str(word) => Order::Word(word),
            Value::Bool(b) => Order::Number(f64::from(u8::from(*b))),
            Value::Int(i) => Order::Number(*i as f64),
            Value::Float(x) => Order::Number(*x),
            Value::Weak(w @ (Weak::Bool(_) | Weak::Int(_) | Weak::Float(_))) => Order::Number(w.to_scalar(DType::F64)?.to()),
            Value::Scalar(s) => Order::Number(s.to()),
            _ => return Err(Error::type_error("the order of a norm is a number, a word or None")),
        })
    }
}

/// A norm of vectors or matrices.
///
/// # Parameters
/// - `x`: array of any shape; without `axis` and with `ord` it has one or two axes.
/// - `ord`: for vectors: `inf`, `-inf`, 0 (the number of elements that are not 0), or any number `p` for
///   `sum(abs(x)**p)**(1/p)`, by default 2. For matrices: `'fro'` (the default), `'nuc'`, `inf` and `-inf` (sums of rows), 1 and
///   -1 (sums of columns), 2 and -2 (singular values).
/// - `axis`: the axis of the vectors, or the two of the matrices; by default all, where without `ord` all elements are one
///   vector.
/// - `keepdims`: whether these axes stay, with length 1.
///
/// # Returns
/// Array with the axes that are left, of a real dtype; float64 for integers.
///
/// # Errors
/// - `Value`: an order that does not exist, too many axes, or one axis twice.
/// - `Axis`: an axis that `x` does not have.
/// - `Type`: float16 where singular values are needed.
/// - `LinAlg`: singular values did not converge.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.linalg.norm`
///
/// # Examples
/// ```python
/// >>> cp.linalg.norm(cp.asarray([3.0, 4.0]))
/// array(5.)
/// ```
#[function(signature = "(x, ord=None, axis=None, keepdims=False)", module = "linalg")]
pub fn norm(x: &Array, ord: Any, axis: Option<&[isize]>, keepdims: bool) -> Result<Array> {
    norm_of(x, Order::of(ord.0)?, axis, keepdims)
}

fn norm_of(x: &Array, order: Order, axes: Option<&[isize]>, keep_axes: bool) -> Result<Array> {
    let x = inexact(x)?;
    let n_axes = x.n_axes();
    let Some(axes) = axes else {
        let is_plain = match order {
            Order::Default => true,
            Order::Word(word) => matches!(word, "f" | "fro") && n_axes == 2,
            Order::Number(p) => p == 2.0 && n_axes == 1,
        };
        if is_plain {
            return root_of_squares(&x, &ReduceOptions { keep_axes, ..Default::default() });
        }
        let all: Vec<isize> = (0..n_axes as isize).collect();
        return along(&x, order, &all, keep_axes);
    };
    along(&x, order, axes, keep_axes)
}

fn along(x: &Array, order: Order, axes: &[isize], keep_axes: bool) -> Result<Array> {
    match axes {
        [_] => of_vectors(x, order, axes, keep_axes),
        [row, column] => of_matrices(x, order, [axis_of(*row, x)?, axis_of(*column, x)?], keep_axes),
        _ => Err(Error::value("Improper number of dimensions to norm.")),
    }
}

/// A norm of vectors, along one axis or over several.
///
/// # Parameters
/// - `x`: array of any shape.
/// - `axis`: the axis of the vectors, or several; by default all elements are one vector.
/// - `keepdims`: whether these axes stay, with length 1.
/// - `ord`: `inf`, `-inf`, 0 (the number of elements that are not 0), or any number `p` for `sum(abs(x)**p)**(1/p)`.
///
/// # Returns
/// Array with the axes that are left, of a real dtype; float64 for integers.
///
/// # Errors
/// - `Value`: an order that does not exist, or one axis twice.
/// - `Axis`: an axis that `x` does not have.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.linalg.vector_norm`
///
/// # Examples
/// ```python
/// >>> cp.linalg.vector_norm(cp.asarray([[3.0, 0.0], [0.0, 4.0]]))
/// array(5.)
/// ```
#[function(signature = "(x, /, *, axis=None, keepdims=False, ord=2)", module = "linalg")]
pub fn vector_norm(x: &Array, axis: Option<&[isize]>, keepdims: bool, ord: Any) -> Result<Array> {
    let x = inexact(x)?;
    let all: Vec<isize> = (0..x.n_axes() as isize).collect();
    let axes = axis.unwrap_or(&all);
    let mut seen = Vec::new();
    for &axis in axes {
        let k = axis_of(axis, &x)?;
        if seen.contains(&k) {
            return Err(Error::value("repeated axis"));
        }
        seen.push(k);
    }
    of_vectors(&x, Order::of(ord.0)?, axes, keepdims)
}

/// A norm of the matrices in the last two axes.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`.
/// - `keepdims`: whether these axes stay, with length 1.
/// - `ord`: `'fro'`, `'nuc'`, `inf` and `-inf` (sums of rows), 1 and -1 (sums of columns), 2 and -2 (singular values).
///
/// # Returns
/// Array of shape `(...)`, of a real dtype; float64 for integers.
///
/// # Errors
/// - `Value`: an order that does not exist.
/// - `Axis`: fewer than two axes.
/// - `Type`: float16 where singular values are needed.
/// - `LinAlg`: singular values did not converge.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.linalg.matrix_norm`
///
/// # Examples
/// ```python
/// >>> cp.linalg.matrix_norm(cp.asarray([[3.0, 0.0], [0.0, 4.0]]), ord=2)
/// array(4.)
/// ```
#[function(signature = "(x, /, *, keepdims=False, ord='fro')", module = "linalg")]
pub fn matrix_norm(x: &Array, keepdims: bool, ord: Any) -> Result<Array> {
    norm_of(x, Order::of(ord.0)?, Some(&[-2, -1]), keepdims)
}

/// An array of an inexact dtype: float64 for integers.
fn inexact(x: &Array) -> Result<Array> {
    if x.dtype().is_inexact() { Ok(x.clone()) } else { x.astype(DType::F64) }
}

/// The squared magnitudes.
pub(super) fn squares(x: &Array) -> Result<Array> {
    if x.dtype().real() == x.dtype() {
        return multiply(x, x);
    }
    let (re, im) = (x.real()?, x.imag()?);
    add(&multiply(&re, &re)?, &multiply(&im, &im)?)
}

fn root_of_squares(x: &Array, options: &ReduceOptions) -> Result<Array> {
    sqrt(&squares(x)?.sum(options)?)
}

fn of_vectors(x: &Array, order: Order, axes: &[isize], keep_axes: bool) -> Result<Array> {
    if let Order::Word(word) = order {
        return Err(Error::value(format!("Invalid norm order '{word}' for vectors")));
    }
    for &axis in axes {
        axis_of(axis, x)?;
    }
    let options = ReduceOptions { axes: Some(axes), keep_axes, ..Default::default() };
    match order {
        Order::Default | Order::Word(_) => root_of_squares(x, &options),
        Order::Number(p) if p == f64::INFINITY => max(&absolute(x)?, Some(axes), None, keep_axes, Some(float(0.0)), None),
        Order::Number(p) if p == f64::NEG_INFINITY => absolute(x)?.min(&options),
        Order::Number(0.0) => not_equal(x, 0)?.sum(&ReduceOptions { dtype: Some(x.dtype().real()), ..options }),
        Order::Number(1.0) => absolute(x)?.sum(&options),
        Order::Number(2.0) => root_of_squares(x, &options),
        Order::Number(p) => {
            let sum = power(&absolute(x)?, p)?.sum(&options)?;
            power(&sum, 1.0 / p)
        }
    }
}

fn of_matrices(x: &Array, order: Order, [row, column]: [usize; 2], keep_axes: bool) -> Result<Array> {
    if row == column {
        return Err(Error::value("Duplicate axes given."));
    }
    let (r, c) = (row as isize, column as isize);
    let values = || svdvals(&moveaxis(x, Ints(&[r, c]), Ints(&[-2, -1]))?);
    let last = ReduceOptions { axes: Some(&[-1]), ..Default::default() };
    let most = |x: &Array, axis: isize| max(x, Some(&[axis]), None, false, Some(float(0.0)), None);
    // Sums along one axis, and the place of the other among those that are left.
    let sums = |summed: isize, other: isize| -> Result<(Array, isize)> {
        let sums = absolute(x)?.sum(&ReduceOptions { axes: Some(&[summed]), ..Default::default() })?;
        Ok((sums, if other > summed { other - 1 } else { other }))
    };
    let least = |(sums, axis): (Array, isize)| sums.min(&ReduceOptions { axes: Some(&[axis]), ..Default::default() });
    let value = match order {
        Order::Number(2.0) => most(&values()?, -1)?,
        Order::Number(-2.0) => values()?.min(&last)?,
        Order::Number(1.0) => {
            let (sums, axis) = sums(r, c)?;
            most(&sums, axis)?
        }
        Order::Number(p) if p == f64::INFINITY => {
            let (sums, axis) = sums(c, r)?;
            most(&sums, axis)?
        }
        Order::Number(-1.0) => least(sums(r, c)?)?,
        Order::Number(p) if p == f64::NEG_INFINITY => least(sums(c, r)?)?,
        Order::Default | Order::Word("fro" | "f") => root_of_squares(x, &ReduceOptions { axes: Some(&[r, c]), ..Default::default() })?,
        Order::Word("nuc") => values()?.sum(&last)?,
        _ => return Err(Error::value("Invalid norm order for matrices.")),
    };
    if !keep_axes {
        return Ok(value);
    }
    let shape: Vec<usize> = x.shape().iter().enumerate().map(|(k, &n)| if k == row || k == column { 1 } else { n }).collect();
    shaped(&value, &shape)
}

/// The condition number of matrices: a norm times that of the inverse.
///
/// # Parameters
/// - `x`: array of shape `(..., M, N)`; `M = N` unless `p` is 2 or -2.
/// - `p`: which norm: 2 (the default), -2, 1, -1, `inf`, `-inf` or `'fro'`.
///
/// # Returns
/// Array of shape `(...)`, of a real dtype; infinite for singular matrices, NaN for those with a NaN.
///
/// # Errors
/// - `LinAlg`: empty matrices, matrices that are not square, singular values that did not converge.
/// - `Value`: an order that does not exist.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.linalg.cond`
///
/// # Examples
/// ```python
/// >>> cp.linalg.cond(cp.asarray([[4.0, 0.0], [0.0, 2.0]]))
/// array(2.)
/// ```
#[function(signature = "(x, p=None)", module = "linalg")]
pub fn cond(x: &Array, p: Any) -> Result<Array> {
    let n_last = x.shape().iter().rev().take(2).product::<usize>();
    if x.size() == 0 && n_last == 0 {
        return Err(Error::linalg("cond is not defined on empty arrays"));
    }
    let order = Order::of(p.0)?;
    let value = match order {
        Order::Default | Order::Number(2.0 | -2.0) => {
            let s = svdvals(x)?;
            let at = |k: isize| s.slice(&[cuprous_core::layout::Slice::Ellipsis, cuprous_core::layout::Slice::At(k)]);
            if matches!(order, Order::Number(-2.0)) { divide(&at(-1)?, &at(0)?)? } else { divide(&at(0)?, &at(-1)?)? }
        }
        _ => {
            let (inverse, info) = inverses(x)?;
            let is_none = column(&column(&greater(&info, 0)?)?)?;
            let nan = Input::Scalar(Scalar::from(f64::NAN).cast(inverse.dtype()));
            let inverse = select(&is_none, nan, &inverse)?;
            let dtype = inverse.dtype().real();
            let norms = [norm_of(x, order, Some(&[-2, -1]), false)?, norm_of(&inverse, order, Some(&[-2, -1]), false)?];
            multiply(&norms[0], &norms[1])?.cast(dtype)?
        }
    };
    // NaN without one in the matrix comes of a singular one.
    let mut is_singular = isnan(&value)?;
    if x.dtype().is_inexact() {
        let had_nan = isnan(x)?.any(&ReduceOptions { axes: Some(&[-2, -1]), ..Default::default() })?;
        is_singular = logical_and(&is_singular, &logical_not(&had_nan)?)?;
    }
    select(&is_singular, f64::INFINITY, &value)
}

/// The rank of matrices: how many singular values are above a limit.
///
/// # Parameters
/// - `A`: array of shape `(..., M, N)`; of fewer axes the rank is 1 unless all elements are 0.
/// - `tol`: the limit; a number, or an array that broadcasts with the axes before the last two. By default that of `rtol`.
/// - `hermitian`: whether the matrices are Hermitian; then their lower triangle alone is read.
/// - `rtol`: the limit divided by the largest singular value. By default `max(M, N)` times the precision of the dtype.
///
/// # Returns
/// int64 array of shape `(...)`.
///
/// # Errors
/// - `LinAlg`: the singular values did not converge.
/// - `Value`: both `tol` and `rtol` were given.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// The result is always an array.
///
/// # Source
/// `numpy.linalg.matrix_rank`
///
/// # Examples
/// ```python
/// >>> cp.linalg.matrix_rank(cp.ones((3, 3)))
/// array(1)
/// ```
#[expect(non_snake_case, reason = "NumPy's name of the argument")]
#[function(signature = "(A, tol=None, hermitian=False, *, rtol=None)", module = "linalg")]
pub fn matrix_rank(A: &Array, tol: Any, hermitian: bool, rtol: Any) -> Result<Array> {
    if !matches!(tol.0, Value::None) && !matches!(rtol.0, Value::None) {
        return Err(Error::value("`tol` and `rtol` can't be both set."));
    }
    if A.n_axes() < 2 {
        return not_equal(A, 0)?.any(&ReduceOptions::default())?.astype(DType::I64);
    }
    let (m, n) = sides(A)?;
    let Value::Array(s) = svd(A, true, false, hermitian)? else { return Err(Error::runtime("no singular values")) };
    let largest = || max(&s, Some(&[-1]), None, true, Some(float(0.0)), None);
    let limit = match (tol.0, rtol.0) {
        (Value::None, Value::None) => multiply(&largest()?, m.max(n) as f64 * precision(s.dtype()).unwrap_or_default())?,
        (Value::None, relative) => multiply(&largest()?, &column(&array_of(relative, A)?)?)?,
        (limit, _) => column(&array_of(limit, A)?)?,
    };
    greater(&s, &limit)?.sum(&ReduceOptions { axes: Some(&[-1]), dtype: Some(DType::I64), ..Default::default() })
}

/// The determinant of square matrices.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
///
/// # Returns
/// Array of shape `(...)`; float64 for integers, else of the dtype of `a`.
///
/// # Errors
/// - `LinAlg`: the matrices are not square.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// The result is always an array. float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.det`
///
/// # Examples
/// ```python
/// >>> cp.linalg.det(cp.asarray([[1.0, 0.0], [0.0, 1.0]]))
/// array(1.)
/// ```
#[function(signature = "(a)", module = "linalg")]
pub fn det(a: &Array) -> Result<Array> {
    let (sign, logarithm, dtype) = determinant(a)?;
    multiply(&sign, &exp(&logarithm)?)?.cast(dtype)
}

/// The sign and the logarithm of the magnitude of the determinant of square matrices.
///
/// # Parameters
/// - `a`: array of shape `(..., M, M)`.
///
/// # Returns
/// A named tuple of two arrays of shape `(...)`: the sign, of magnitude 1 or 0, of the dtype of `a` or of float64 for
/// integers, and the logarithm, of the real dtype, -inf for singular matrices.
///
/// # Errors
/// - `LinAlg`: the matrices are not square.
/// - `Type`: float16.
///
/// # Differs from NumPy
/// The results are always arrays. float32 and complex64 are computed in their own precision, not in twice that.
///
/// # Source
/// `numpy.linalg.slogdet`
///
/// # Examples
/// ```python
/// >>> cp.linalg.slogdet(cp.asarray([[0.0, 1.0], [1.0, 0.0]])).sign
/// array(-1.)
/// ```
#[function(signature = "(a)", module = "linalg")]
pub fn slogdet(a: &Array) -> Result<Value> {
    let (sign, logarithm, dtype) = determinant(a)?;
    let parts = vec![Value::Array(sign.cast(dtype)?), Value::Array(logarithm.cast(dtype.real())?)];
    Ok(Value::Named("SlogdetResult", parts))
}

/// Sign and logarithm in the higher precision, and the dtype of results.
fn determinant(a: &Array) -> Result<(Array, Array, DType)> {
    let n = side(a)?;
    let dtype = float_dtype(&[a])?;
    let work = Work::on(&[a])?;
    let lu = work.lu(work.packed(a, dtype)?)?;
    let last = ReduceOptions { axes: Some(&[-1]), ..Default::default() };
    // Each row that was swapped turns the sign.
    let options = CreateOptions { device: Some(a.device()), ..Default::default() };
    let own = arange(Weak::Int(1), Weak::Int(n as i128 + 1), Weak::Int(1), Some(lu.pivots.dtype()), options)?;
    let swaps = not_equal(&lu.pivots, &own)?.sum(&ReduceOptions { dtype: Some(DType::I64), ..last })?;
    let parity = subtract(1, &multiply(2, &remainder(&swaps, 2)?)?)?;
    let along = diagonal(&lu.factors, 0, -2, -1)?.cast(double_of(dtype))?;
    let sizes = absolute(&along)?;
    let signs = if dtype.real() == dtype { select(&less(&along, 0)?, -1.0, 1.0)? } else { divide(&along, &sizes)? };
    let sign = multiply(&signs.prod(&last)?, &parity)?;
    let logarithm = log(&sizes)?.sum(&last)?;
    let is_singular = greater(&lu.info, 0)?;
    let zero = Input::Scalar(Scalar::zero(sign.dtype()));
    Ok((select(&is_singular, zero, &sign)?, select(&is_singular, f64::NEG_INFINITY, &logarithm)?, dtype))
}
