//! Products over chosen axes, as products of matrices.

use super::matmul::product;
use crate::array::Array;
use crate::creation::{CreateOptions, empty};
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::Value;
use cuprous_core::layout::Slice;
use cuprous_core::promote::promote;
use cuprous_core::shape::{Dims, broadcast, normalize_axis, tight};
use cuprous_core::{Error, Result, UfuncDef};
use cuprous_ops::ufuncs::arithmetic::{MULTIPLY, NEGATIVE, SUBTRACT};

/// One element-wise op.
pub(super) fn op<'a>(def: &'static UfuncDef, inputs: &[Input<'a>]) -> Result<Array> {
    apply(def, inputs, &UfuncOptions::default())
}

/// The product of NumPy's `dot`.
pub(super) fn dot(a: &Array, b: &Array) -> Result<Array> {
    if a.n_axes() == 0 || b.n_axes() == 0 {
        return op(&MULTIPLY, &[a.into(), b.into()]);
    }
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
    if b.n_axes() <= 2 {
        return super::matmul(a, b);
    }
    contract(a, b, &[k_a], &[k_b])
}

/// The sum of products over pairs of axes of equal sizes.
pub(super) fn contract(a: &Array, b: &Array, left: &[usize], right: &[usize]) -> Result<Array> {
    let free = |x: &Array, taken: &[usize]| -> Vec<usize> { (0..x.n_axes()).filter(|k| !taken.contains(k)).collect() };
    let (free_a, free_b) = (free(a, left), free(b, right));
    let extent = |x: &Array, axes: &[usize]| -> isize { axes.iter().map(|&k| x.shape()[k]).product::<usize>() as isize };
    let order = |first: &[usize], second: &[usize]| -> Vec<isize> { first.iter().chain(second).map(|&k| k as isize).collect() };
    let k = extent(a, left);
    let rows = a.permute(&order(&free_a, left))?.reshape(&[extent(a, &free_a), k])?;
    let columns = b.permute(&order(right, &free_b))?.reshape(&[k, extent(b, &free_b)])?;
    let value = product(&rows, &columns, promote(a.dtype(), b.dtype()))?;
    let shape: Vec<isize> = free_a.iter().map(|&k| a.shape()[k]).chain(free_b.iter().map(|&k| b.shape()[k])).map(|n| n as isize).collect();
    value.reshape(&shape)
}

/// The axes that `tensordot` sums over.
pub(super) fn axes_of(axes: &Value, a: &Array, b: &Array) -> Result<(Vec<usize>, Vec<usize>)> {
    let no_integer = || Error::type_error("axes must be an integer or two sequences of integers");
    let list = |v: &Value| -> Result<Vec<i64>> {
        let one = |v: &Value| match v {
            Value::Int(i) => Ok(*i),
            _ => Err(no_integer()),
        };
        match v {
            Value::Tuple(items) => items.iter().map(one).collect(),
            single => Ok(vec![one(single)?]),
        }
    };
    let (left, right) = match axes {
        // NumPy makes lists of so many numbers before it looks at the arrays.
        Value::Int(n) if *n >= 1 << 60 => return Err(Error::memory(format!("no memory for {n} axes"))),
        Value::Int(n) if *n > a.n_axes() as i64 => return Err(Error::index("tuple index out of range")),
        Value::Int(n) => ((-(*n).max(0)..0).collect(), (0..*n).collect()),
        Value::Float(_) | Value::Weak(_) => return Err(Error::type_error("'float' object cannot be interpreted as an integer")),
        Value::Tuple(items) => match &items[..] {
            [left, right] => (list(left)?, list(right)?),
            items if items.len() > 2 => return Err(Error::value("too many values to unpack (expected 2)")),
            items => return Err(Error::value(format!("not enough values to unpack (expected 2, got {})", items.len()))),
        },
        _ => return Err(no_integer()),
    };
    let place = |axis: i64, n: usize| -> Result<usize> {
        let k = if axis < 0 { axis + n as i64 } else { axis };
        usize::try_from(k).ok().filter(|&k| k < n).ok_or_else(|| Error::index("tuple index out of range"))
    };
    let distinct = |axes: &[i64]| axes.iter().enumerate().all(|(k, x)| !axes[..k].contains(x));
    if !distinct(&left) || !distinct(&right) {
        return Err(Error::value("duplicate axes are not allowed in tensordot"));
    }
    if left.len() != right.len() {
        return Err(Error::value("shape-mismatch for sum"));
    }
    let mut pairs: (Vec<usize>, Vec<usize>) = Default::default();
    for (&i, &j) in left.iter().zip(&right) {
        let (i, j) = (place(i, a.n_axes())?, place(j, b.n_axes())?);
        if a.shape()[i] != b.shape()[j] {
            return Err(Error::value("shape-mismatch for sum"));
        }
        // -1 and the last axis are the same one.
        if pairs.0.contains(&i) || pairs.1.contains(&j) {
            return Err(Error::value("duplicate axes are not allowed in tensordot"));
        }
        pairs.0.push(i);
        pairs.1.push(j);
    }
    Ok(pairs)
}

/// The Kronecker product.
pub(super) fn kron(a: &Array, b: &Array) -> Result<Array> {
    let n = a.n_axes().max(b.n_axes());
    if a.n_axes() == 0 || b.n_axes() == 0 {
        return op(&MULTIPLY, &[a.into(), b.into()]);
    }
    let padded = |x: &Array| -> Vec<usize> { vec![1; n - x.n_axes()].into_iter().chain(x.shape().iter().copied()).collect() };
    let (shape_a, shape_b) = (padded(a), padded(b));
    let spread = |shape: &[usize], first: bool| -> Vec<isize> {
        shape.iter().flat_map(|&n| if first { [n as isize, 1] } else { [1, n as isize] }).collect()
    };
    let (x, y) = (a.reshape(&spread(&shape_a, true))?, b.reshape(&spread(&shape_b, false))?);
    let value = apply(&MULTIPLY, &[(&x).into(), (&y).into()], &UfuncOptions { order: MemoryOrder::C, ..Default::default() })?;
    let shape: Vec<isize> = shape_a.iter().zip(&shape_b).map(|(&m, &n)| (m * n) as isize).collect();
    value.reshape(&shape)
}

/// The cross product of vectors along given axes.
pub(super) fn cross(a: &Array, b: &Array, axis_a: isize, axis_b: isize, axis_c: isize) -> Result<Array> {
    if a.n_axes() == 0 || b.n_axes() == 0 {
        return Err(Error::value("At least one array has zero dimension"));
    }
    let last = |x: &Array, axis: isize, what: &str| -> Result<Array> {
        let k = normalize_axis(axis, x.n_axes()).map_err(|e| e.during(what))?;
        let order: Vec<isize> = (0..x.n_axes()).filter(|&i| i != k).chain([k]).map(|i| i as isize).collect();
        x.permute(&order)
    };
    let (a, b) = (last(a, axis_a, "axisa")?, last(b, axis_b, "axisb")?);
    let size = |x: &Array| x.shape()[x.n_axes() - 1];
    let (n_a, n_b) = (size(&a), size(&b));
    if !(2..=3).contains(&n_a) || !(2..=3).contains(&n_b) {
        return Err(Error::value("incompatible dimensions for cross product\n(dimension must be 2 or 3)"));
    }
    let lead = |x: &Array| -> Dims { x.shape()[..x.n_axes() - 1].into() };
    let (lead_a, lead_b) = (lead(&a), lead(&b));
    let mut shape = broadcast(&[&lead_a, &lead_b]).map_err(|_| {
        Error::value(format!(
            "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape {} and arg 1 with shape {}.",
            cuprous_core::shape::tuple(&lead_a),
            cuprous_core::shape::tuple(&lead_b)
        ))
    })?;
    let dtype = promote(a.dtype(), b.dtype());
    let part = |x: &Array, k: isize| -> Result<Array> {
        let x = x.slice(&[Slice::Ellipsis, Slice::At(k)])?;
        if x.dtype() == dtype { Ok(x) } else { x.astype(dtype) }
    };
    let times = |i: isize, j: isize| -> Result<Array> { op(&MULTIPLY, &[(&part(&a, i)?).into(), (&part(&b, j)?).into()]) };
    let less = |x: Array, y: Array| op(&SUBTRACT, &[(&x).into(), (&y).into()]);
    let third = less(times(0, 1)?, times(1, 0)?)?;
    if n_a == 2 && n_b == 2 {
        return Ok(third);
    }
    shape.push(3);
    let place = normalize_axis(axis_c, shape.len()).map_err(|e| e.during("axisc"))?;
    let (first, second) = match (n_a, n_b) {
        (2, _) => (times(1, 2)?, op(&NEGATIVE, &[(&times(0, 2)?).into()])?),
        (_, 2) => (op(&NEGATIVE, &[(&times(2, 1)?).into()])?, times(2, 0)?),
        _ => (less(times(1, 2)?, times(2, 1)?)?, less(times(2, 0)?, times(0, 2)?)?),
    };
    let value = empty(&shape, dtype, CreateOptions { device: Some(a.device()), ..Default::default() })?;
    for (k, x) in [first, second, third].iter().enumerate() {
        value.slice(&[Slice::Ellipsis, Slice::At(k as isize)])?.assign(x.into())?;
    }
    let n = shape.len();
    let mut rest = 0..n as isize - 1;
    let order: Vec<isize> = (0..n).filter_map(|k| if k == place { Some(n as isize - 1) } else { rest.next() }).collect();
    value.permute(&order)
}

/// Writes a value to an `out` that must be just as the value is.
pub(super) fn strict_out(value: Array, out: Option<&Array>) -> Result<Array> {
    let Some(out) = out else { return Ok(value) };
    if out.n_axes() == value.n_axes() && out.dtype() == value.dtype() && out.is_c_contiguous() && out.shape() != value.shape() {
        return Err(Error::value("output array has wrong dimensions"));
    }
    if out.shape() != value.shape() || out.dtype() != value.dtype() || !out.is_c_contiguous() {
        return Err(Error::value("output array is not acceptable (must have the right datatype, number of dimensions, and be a C-Array)"));
    }
    out.assign((&value).into())?;
    Ok(out.clone())
}
