//! Covariances and correlations under NumPy's names and signatures.

use super::functions::average;
use crate::array::Array;
use crate::creation::{CreateOptions, full};
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce};
use crate::function::function;
use crate::linalg::matmul;
use crate::manipulation::functions::squeeze;
use crate::manipulation::joining::{JoinOptions, join, with_axes_in_front};
use cuprous_core::layout::Slice;
use cuprous_core::promote::promote;
use cuprous_core::{DType, Error, Kind, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::reductions::SUM;
use cuprous_ops::ufuncs::arithmetic::{CONJUGATE, DIVIDE, MAXIMUM, MINIMUM, MULTIPLY, SUBTRACT};
use cuprous_ops::ufuncs::exponential::SQRT;

/// The covariances of variables, each of which has an observation in every column.
///
/// # Parameters
/// - `m`: array `(M, N)` of `M` variables and `N` observations, or `(N,)` of one variable.
/// - `y`: further variables in the same form.
/// - `rowvar`: whether rows are the variables; else columns are.
/// - `bias`: whether the divisor is `N` instead of `N - 1`.
/// - `ddof`: what is taken off `N` in the divisor, whatever `bias` says.
/// - `fweights`: array `(N,)`: how often each observation counts.
/// - `aweights`: array `(N,)`: how much each observation weighs.
/// - `dtype`: the dtype of the computation; by default one of at least double precision.
///
/// # Returns
/// Array `(M, M)`; without axes for one variable.
///
/// # Errors
/// - `Value`: more than two axes, or a `ddof` that is no integer.
/// - `Runtime`: weights of another shape.
///
/// # Differs from NumPy
/// The values of weights are not checked, and too few observations raise no warning.
///
/// # Source
/// `numpy.cov`
///
/// # Examples
/// ```python
/// >>> cp.cov(cp.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
/// array([[ 1., -1.],
///        [-1.,  1.]])
/// ```
#[expect(clippy::too_many_arguments, reason = "NumPy's signature")]
#[function(signature = "(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None)")]
pub fn cov(
    m: &Array,
    y: Option<&Array>,
    rowvar: bool,
    bias: bool,
    ddof: Option<f64>,
    fweights: Option<&Array>,
    aweights: Option<&Array>,
    dtype: Option<DType>,
) -> Result<Array> {
    if ddof.is_some_and(|d| d.fract() != 0.0) {
        return Err(Error::value("ddof must be integer"));
    }
    if m.n_axes() > 2 {
        return Err(Error::value("m has more than 2 dimensions"));
    }
    if y.is_some_and(|y| y.n_axes() > 2) {
        return Err(Error::value("y has more than 2 dimensions"));
    }
    let dtype = dtype.unwrap_or_else(|| promote(y.map_or(m.dtype(), |y| promote(m.dtype(), y.dtype())), DType::F64));
    let as_rows = |a: &Array| with_axes_in_front(&a.clone().cast(dtype)?, 2);
    let mut x = as_rows(m)?;
    if !rowvar && m.n_axes() != 1 {
        x = x.t()?;
    }
    if x.shape()[0] == 0 {
        return full(&[0, 0], Scalar::from(0.0), CreateOptions { device: Some(m.device()), ..CreateOptions::default() });
    }
    if let Some(y) = y {
        let y = as_rows(y)?;
        let y = if !rowvar && y.shape()[0] != 1 { y.t()? } else { y };
        x = join(&[x, y], 0, JoinOptions::default())?;
    }
    let n = x.shape()[1];
    let ddof = ddof.unwrap_or(if bias { 0.0 } else { 1.0 });
    let frequencies = weights("fweights", fweights, n)?;
    let importance = weights("aweights", aweights, n)?;
    let w = match (&frequencies, &importance) {
        (Some(f), Some(a)) => Some(two(&MULTIPLY, f, a)?),
        (f, a) => f.as_ref().or(a.as_ref()).cloned(),
    };

    let mean = average(&x, Some(&[1]), w.as_ref(), false, true)?.value;
    let x = two(&SUBTRACT, &x, &mean)?;
    let weighted = match &w {
        Some(w) => two(&MULTIPLY, &x, w)?,
        None => x.clone(),
    };
    let other = if weighted.dtype().kind() == Kind::Complex {
        apply(&CONJUGATE, &[(&weighted).into()], &UfuncOptions::default())?
    } else {
        weighted
    };
    let products = matmul(&x, &other.t()?)?;
    let value = match &w {
        None => {
            apply(&MULTIPLY, &[(&products).into(), Input::Weak(Weak::Float(1.0 / (n as f64 - ddof).max(0.0)))], &UfuncOptions::default())?
        }
        Some(w) => {
            let total = |a: &Array| reduce(&SUM, a, &ReduceOptions::default());
            let sum = total(w)?;
            let lost = match &importance {
                Some(a) if ddof != 0.0 => two(&DIVIDE, &total(&two(&MULTIPLY, w, a)?)?, &sum)?,
                _ => full(&[], Scalar::from(1.0), CreateOptions { device: Some(m.device()), ..CreateOptions::default() })?,
            };
            let lost = apply(&MULTIPLY, &[(&lost).into(), Input::Weak(Weak::Float(ddof))], &UfuncOptions::default())?;
            let left = apply(&MAXIMUM, &[(&two(&SUBTRACT, &sum, &lost)?).into(), 0.0.into()], &UfuncOptions::default())?;
            let factor = apply(&DIVIDE, &[1.0.into(), (&left).into()], &UfuncOptions::default())?;
            two(&MULTIPLY, &products, &factor)?
        }
    };
    squeeze(&value, None)
}

/// The correlations of variables: their covariances by the product of their standard deviations.
///
/// # Parameters
/// - `x`: array `(M, N)` of `M` variables and `N` observations, or `(N,)` of one variable.
/// - `y`: further variables in the same form.
/// - `rowvar`: whether rows are the variables; else columns are.
/// - `dtype`: the dtype of the computation; by default one of at least double precision.
///
/// # Returns
/// Array `(M, M)` with parts between -1 and 1; without axes for one variable.
///
/// # Errors
/// - `Value`: more than two axes.
///
/// # Differs from NumPy
/// Too few observations raise no warning.
///
/// # Source
/// `numpy.corrcoef`
///
/// # Examples
/// ```python
/// >>> cp.corrcoef(cp.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
/// array([[ 1., -1.],
///        [-1.,  1.]])
/// ```
#[function(signature = "(x, y=None, rowvar=True, *, dtype=None)")]
pub fn corrcoef(x: &Array, y: Option<&Array>, rowvar: bool, dtype: Option<DType>) -> Result<Array> {
    let c = cov(x, y, rowvar, false, None, None, None, dtype)?;
    if c.n_axes() == 0 {
        return two(&DIVIDE, &c, &c);
    }
    let variance = c.reshape(&[-1])?.slice(&[Slice::Range(None, None, c.shape()[0] as isize + 1)])?;
    let variance = if c.dtype().kind() == Kind::Complex { variance.real()? } else { variance };
    let spread = apply(&SQRT, &[(&variance).into()], &UfuncOptions::default())?;
    let column = spread.slice(&[Slice::Range(None, None, 1), Slice::New])?;
    let c = two(&DIVIDE, &two(&DIVIDE, &c, &column)?, &spread)?;
    let within = |a: &Array| {
        let low = apply(&MAXIMUM, &[a.into(), (-1.0).into()], &UfuncOptions::default())?;
        apply(&MINIMUM, &[(&low).into(), 1.0.into()], &UfuncOptions::default())
    };
    if c.dtype().kind() != Kind::Complex {
        return within(&c);
    }
    for part in [c.real()?, c.imag()?] {
        part.assign((&within(&part)?).into())?;
    }
    Ok(c)
}

/// Weights of `n` observations, in float64.
fn weights(name: &str, given: Option<&Array>, n: usize) -> Result<Option<Array>> {
    let Some(a) = given else { return Ok(None) };
    if a.n_axes() > 1 {
        return Err(Error::runtime(format!("cannot handle multidimensional {name}")));
    }
    if a.shape() != [n] {
        return Err(Error::runtime(format!("incompatible numbers of samples and {name}")));
    }
    if a.dtype() == DType::F64 { Ok(Some(a.clone())) } else { a.astype(DType::F64).map(Some) }
}

fn two(def: &'static UfuncDef, a: &Array, b: &Array) -> Result<Array> {
    apply(def, &[a.into(), b.into()], &UfuncOptions::default())
}
