//! Products under NumPy's names and signatures.

use super::matmul as product;
use crate::array::Array;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{UfuncOptions, apply, resolve};
use crate::function::function;
use cuprous_core::promote::{Casting, can_cast, promote};
use cuprous_core::shape::tight;
use cuprous_core::{DType, Error, Result};
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
///
/// # Returns
/// Array of shape `(..., M, N)`, without the axis `M` or `N` that an argument of one axis lacks.
///
/// # Errors
/// - `Value`: the sizes `K` differ, an argument has no axis, or `out` has another shape.
/// - `Shape`: the other axes do not broadcast.
/// - `Type`: `casting` forbids a cast.
/// - `Unsupported`: integers.
///
/// # Differs from NumPy
/// Integers and bool are not there yet. It is a function, not a ufunc.
///
/// # Source
/// `numpy.matmul`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[1., 2.], [3., 4.]])
/// >>> cp.matmul(a, cp.asarray([1., 10.]))
/// array([21., 43.])
/// ```
#[function(signature = "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None)")]
pub fn matmul(
    x1: &Array,
    x2: &Array,
    out: Option<&Array>,
    casting: Casting,
    order: Option<MemoryOrder>,
    dtype: Option<DType>,
) -> Result<Array> {
    let value = match dtype {
        None => product(x1, x2)?,
        Some(to) => product(&cast(x1, to, 0, casting)?, &cast(x2, to, 1, casting)?)?,
    };
    let Some(out) = out else {
        return if order == Some(MemoryOrder::F) { astype(&value, value.dtype(), Casting::Unsafe, MemoryOrder::F) } else { Ok(value) };
    };
    if out.shape() != value.shape() {
        let different = out.shape().iter().rev().zip(value.shape().iter().rev()).position(|(a, b)| a != b);
        return Err(Error::value(match different {
            Some(k @ (0 | 1)) if out.n_axes() == value.n_axes() => format!(
                "matmul: Output operand 0 has a mismatch in its core dimension {}, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size {} is different from {})",
                value.n_axes().min(2) - 1 - k,
                out.shape()[out.n_axes() - 1 - k],
                value.shape()[value.n_axes() - 1 - k]
            ),
            _ => format!("matmul: out of shape {} is not of the shape of the product, {}", tight(out.shape()), tight(value.shape())),
        }));
    }
    if !can_cast(value.dtype(), out.dtype(), casting) {
        return Err(resolve::output_casting("matmul", value.dtype(), out.dtype(), casting));
    }
    out.assign((&value).into())?;
    Ok(out.clone())
}

/// The product of two arrays: of vectors the inner product, of matrices the matrix product, with numbers the
/// element-wise product.
///
/// # Parameters
/// - `a`: array of shape `(..., K)`, or without axes.
/// - `b`: array of shape `(K,)` or `(K, N)`, or without axes; `(..., K, N)` if `a` has one axis.
/// - `out`: array for the result, of its shape and dtype and packed in C order.
///
/// # Returns
/// Array: the sum over the last axis of `a` and the last but one, or only, axis of `b`.
///
/// # Errors
/// - `Value`: the sizes `K` differ, or `out` does not fit.
/// - `Unsupported`: integers; two or more axes times three or more.
///
/// # Differs from NumPy
/// Integers and bool are not there yet, and neither is a matrix times an array of three or more axes.
///
/// # Source
/// `numpy.dot`
///
/// # Examples
/// ```python
/// >>> cp.dot(cp.asarray([1., 2.]), cp.asarray([3., 4.]))
/// array(11.)
/// ```
#[function(signature = "(a, b, out=None)")]
pub fn dot(a: &Array, b: &Array, out: Option<&Array>) -> Result<Array> {
    let value = if a.n_axes() == 0 || b.n_axes() == 0 {
        apply(&MULTIPLY, &[a.into(), b.into()], &UfuncOptions::default())?
    } else {
        let (k_a, k_b) = (a.n_axes() - 1, b.n_axes().saturating_sub(2));
        if a.shape()[k_a] != b.shape()[k_b] {
            return Err(Error::value(format!(
                "shapes {} and {} not aligned: {} (dim {k_a}) != {} (dim {k_b})",
                tight(a.shape()),
                tight(b.shape()),
                a.shape()[k_a],
                b.shape()[k_b]
            )));
        }
        if a.n_axes() > 1 && b.n_axes() > 2 {
            return Err(Error::unsupported(format!("dot of shapes {} and {} is not there yet", tight(a.shape()), tight(b.shape()))));
        }
        product(a, b)?
    };
    let Some(out) = out else { return Ok(value) };
    if out.n_axes() == value.n_axes() && out.shape() != value.shape() {
        return Err(Error::value("output array has wrong dimensions"));
    }
    if out.shape() != value.shape() || out.dtype() != promote(a.dtype(), b.dtype()) || !out.is_c_contiguous() {
        return Err(Error::value("output array is not acceptable (must have the right datatype, number of dimensions, and be a C-Array)"));
    }
    out.assign((&value).into())?;
    Ok(out.clone())
}

/// An operand as the dtype of the product.
fn cast(x: &Array, to: DType, k: usize, casting: Casting) -> Result<Array> {
    if x.dtype() == to {
        return Ok(x.clone());
    }
    if !can_cast(x.dtype(), to, casting) {
        return Err(Error::type_error(format!(
            "Cannot cast ufunc 'matmul' input {k} from dtype('{}') to dtype('{to}') with casting rule '{}'",
            x.dtype(),
            casting.name()
        )));
    }
    x.astype(to)
}
