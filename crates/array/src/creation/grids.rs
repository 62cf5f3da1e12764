//! Grids: coordinates of the places of arrays.

use super::ranges::{arange, ramp};
use super::spaces::spaced;
use super::{CreateOptions, empty, full_on};
use crate::array::Array;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{Input, UfuncOptions, apply};
use crate::function::{Value, function};
use crate::indexing::nonzero;
use crate::manipulation::functions::swapaxes;
use crate::manipulation::joining::{JoinOptions, join, stack, with_axes_in_front};
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, Operand, result_type};
use cuprous_core::{DType, Device, Error, Kind, Result, Scalar, Weak};
use cuprous_ops::ufuncs::arithmetic::{ADD, MULTIPLY};

/// Arrays with the coordinates of a grid, one for each of its axes.
///
/// # Parameters
/// - `xi`: the coordinates along each axis, as arrays with one axis.
/// - `copy`: whether the results are copies; else they are views that repeat the coordinates.
/// - `sparse`: whether each result is long only along its own axis.
/// - `indexing`: `'xy'` lets the first coordinates run along the second axis, `'ij'` along the first.
///
/// # Returns
/// A tuple of arrays of the shape of the grid.
///
/// # Errors
/// - `Value`: another word for `indexing`.
///
/// # Source
/// `numpy.meshgrid`
///
/// # Examples
/// ```python
/// >>> x, y = cp.meshgrid(cp.arange(3), cp.arange(2))
/// >>> x
/// array([[0, 1, 2],
///        [0, 1, 2]])
/// >>> y
/// array([[0, 0, 0],
///        [1, 1, 1]])
/// ```
#[function(signature = "(*xi, copy=True, sparse=False, indexing='xy')")]
pub fn meshgrid(xi: &[Array], copy: bool, sparse: bool, indexing: &str) -> Result<Vec<Array>> {
    let swaps = match indexing {
        "xy" => xi.len() > 1,
        "ij" => false,
        _ => return Err(Error::value("Valid values for `indexing` are 'xy' and 'ij'.")),
    };
    let place = |k: usize| if swaps && k < 2 { 1 - k } else { k };
    let mut shape = vec![1; xi.len()];
    let mut grids = Vec::with_capacity(xi.len());
    for (k, x) in xi.iter().enumerate() {
        shape[place(k)] = x.size();
        let mut own = vec![1; xi.len()];
        own[place(k)] = x.size() as isize;
        grids.push(x.reshape(&own)?);
    }
    if !sparse {
        grids = grids.iter().map(|g| g.broadcast_to(&shape)).collect::<Result<_>>()?;
    }
    if copy {
        let order = if sparse { MemoryOrder::Keep } else { MemoryOrder::C };
        grids = grids.iter().map(|g| astype(g, g.dtype(), Casting::Unsafe, order)).collect::<Result<_>>()?;
    }
    Ok(grids)
}

/// The coordinates of the places of an array.
///
/// # Parameters
/// - `dimensions`: the shape of the array.
/// - `dtype`: the dtype of the coordinates; by default int64.
/// - `sparse`: whether each coordinate is long only along its own axis.
///
/// # Returns
/// Array of shape `(len(dimensions), *dimensions)`; with `sparse` a tuple of arrays.
///
/// # Errors
/// - `Value`: a negative extent.
///
/// # Source
/// `numpy.indices`
///
/// # Examples
/// ```python
/// >>> cp.indices((2, 3))[0]
/// array([[0, 0, 0],
///        [1, 1, 1]])
/// ```
#[function(signature = "(dimensions, dtype=None, sparse=False)")]
pub fn indices(dimensions: &[usize], dtype: Option<DType>, sparse: bool) -> Result<Value> {
    let dtype = dtype.unwrap_or(DType::I64);
    let n_axes = dimensions.len();
    let along = |k: usize, shape: &[usize]| {
        let steps: Vec<isize> = (0..n_axes).map(|axis| isize::from(axis == k)).collect();
        ramp(shape, &steps, 0, None)
    };
    if sparse {
        let one = |k: usize| {
            let mut shape = vec![1; n_axes];
            shape[k] = dimensions[k];
            along(k, &shape)?.astype(dtype)
        };
        return Ok(Value::Tuple((0..n_axes).map(|k| one(k).map(Value::Array)).collect::<Result<_>>()?));
    }
    let full: Vec<usize> = std::iter::once(n_axes).chain(dimensions.iter().copied()).collect();
    let out = empty(&full, dtype, CreateOptions::default())?;
    for k in 0..n_axes {
        out.slice(&[Slice::At(k as isize)])?.assign((&along(k, dimensions)?).into())?;
    }
    Ok(Value::Array(out))
}

/// Arrays that together index the places where their axes cross.
///
/// # Parameters
/// - `args`: the indices along each axis, as arrays with one axis: integers, or bool for those that are true.
///
/// # Returns
/// A tuple of arrays, each long along its own axis.
///
/// # Errors
/// - `Value`: an array with another number of axes.
///
/// # Source
/// `numpy.ix_`
///
/// # Examples
/// ```python
/// >>> i, j = cp.ix_([0, 1], [2, 4])
/// >>> i.shape, j.shape
/// ((2, 1), (1, 2))
/// ```
#[function(signature = "(*args)")]
pub fn ix_(args: &[Array]) -> Result<Vec<Array>> {
    let mut open = Vec::with_capacity(args.len());
    for (k, a) in args.iter().enumerate() {
        if a.n_axes() != 1 {
            return Err(Error::value("Cross index must be 1 dimensional"));
        }
        let index = match a.dtype() {
            DType::Bool => nonzero(a)?.into_iter().next().unwrap_or_else(|| a.clone()),
            // An empty list is one of indices.
            _ if a.size() == 0 => a.astype(DType::I64)?,
            _ => a.clone(),
        };
        let mut shape = vec![1; args.len()];
        shape[k] = -1;
        open.push(if index.size() == 0 {
            shape[k] = 0;
            index.reshape(&shape)?
        } else {
            index.reshape(&shape)?
        });
    }
    Ok(open)
}

/// The indices of the lower triangle of a matrix.
///
/// # Parameters
/// - `n`: the number of rows.
/// - `k`: the diagonal up to which it goes: 0 is the main one, positive ones lie above.
/// - `m`: the number of columns; by default `n`.
///
/// # Returns
/// A tuple of the rows and the columns.
///
/// # Errors
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.tril_indices`
///
/// # Examples
/// ```python
/// >>> cp.tril_indices(2)
/// (array([0, 1, 1]), array([0, 0, 1]))
/// ```
#[function(signature = "(n, k=0, m=None)")]
pub fn tril_indices(n: i64, k: i64, m: Option<i64>) -> Result<Vec<Array>> {
    nonzero(&super::matrices::tri(n, m, k, Some(DType::Bool))?)
}

/// The indices of the upper triangle of a matrix.
///
/// # Parameters
/// - `n`: the number of rows.
/// - `k`: the diagonal from which it goes: 0 is the main one, positive ones lie above.
/// - `m`: the number of columns; by default `n`.
///
/// # Returns
/// A tuple of the rows and the columns.
///
/// # Errors
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.triu_indices`
///
/// # Examples
/// ```python
/// >>> cp.triu_indices(2)
/// (array([0, 0, 1]), array([0, 1, 1]))
/// ```
#[function(signature = "(n, k=0, m=None)")]
pub fn triu_indices(n: i64, k: i64, m: Option<i64>) -> Result<Vec<Array>> {
    let below = super::matrices::tri(n, m, k.saturating_sub(1), Some(DType::Bool))?;
    nonzero(&crate::logic::logical_not(&below)?)
}

/// The indices of the lower triangle of a matrix that is given.
///
/// # Parameters
/// - `arr`: array with two axes.
/// - `k`: the diagonal up to which it goes: 0 is the main one, positive ones lie above.
///
/// # Returns
/// A tuple of the rows and the columns.
///
/// # Errors
/// - `Value`: `arr` has another number of axes.
///
/// # Source
/// `numpy.tril_indices_from`
///
/// # Examples
/// ```python
/// >>> cp.tril_indices_from(cp.ones((2, 2)), -1)
/// (array([1]), array([0]))
/// ```
#[function(signature = "(arr, k=0)")]
pub fn tril_indices_from(arr: &Array, k: i64) -> Result<Vec<Array>> {
    let (n, m) = matrix_of(arr)?;
    tril_indices(n, k, Some(m))
}

/// The indices of the upper triangle of a matrix that is given.
///
/// # Parameters
/// - `arr`: array with two axes.
/// - `k`: the diagonal from which it goes: 0 is the main one, positive ones lie above.
///
/// # Returns
/// A tuple of the rows and the columns.
///
/// # Errors
/// - `Value`: `arr` has another number of axes.
///
/// # Source
/// `numpy.triu_indices_from`
///
/// # Examples
/// ```python
/// >>> cp.triu_indices_from(cp.ones((2, 2)), 1)
/// (array([0]), array([1]))
/// ```
#[function(signature = "(arr, k=0)")]
pub fn triu_indices_from(arr: &Array, k: i64) -> Result<Vec<Array>> {
    let (n, m) = matrix_of(arr)?;
    triu_indices(n, k, Some(m))
}

fn matrix_of(a: &Array) -> Result<(i64, i64)> {
    match *a.shape() {
        [n, m] => Ok((n as i64, m as i64)),
        _ => Err(Error::value("input array must be 2-d")),
    }
}

/// One axis of a grid, as a slice names it: `start:stop:step`, or `start:stop:nj` for `n` points with both ends.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The first coordinate
    pub start: Weak,
    /// The end
    pub stop: Weak,
    /// The distance, or the number of points if it is complex
    pub step: Weak,
}

impl Line {
    fn number(w: Weak) -> f64 {
        match w {
            Weak::Bool(b) => f64::from(u8::from(b)),
            Weak::Int(i) => i as f64,
            Weak::Float(x) => x,
            Weak::Complex(z) => z.re.hypot(z.im),
        }
    }

    /// The number of points.
    fn count(self) -> Result<usize> {
        let n = match (self.start, self.stop, self.step) {
            (_, _, Weak::Complex(_)) => Self::number(self.step).trunc(),
            (Weak::Int(_), Weak::Int(_), Weak::Int(0)) => return Err(Error::zero_division("division by zero")),
            _ => ((Self::number(self.stop) - Self::number(self.start)) / Self::number(self.step)).ceil(),
        };
        if n.is_nan() {
            return Err(Error::value("cannot convert float NaN to integer"));
        }
        Ok(n.max(0.0) as usize)
    }

    /// What the coordinates are promoted with.
    fn weights(self) -> [Operand; 3] {
        let step = if let Weak::Complex(_) = self.step { Weak::Float(0.0) } else { self.step };
        [self.start, self.stop, step].map(Operand::Weak)
    }

    /// The index of the places as coordinates.
    fn coordinates(self, index: &Array) -> Result<Array> {
        let own = UfuncOptions::default();
        let step = match self.step {
            Weak::Complex(_) => match self.count()? {
                1 => Weak::Int(1),
                n => Weak::Float((Self::number(self.stop) - Self::number(self.start)) / (n as f64 - 1.0)),
            },
            step => step,
        };
        let scaled = apply(&MULTIPLY, &[index.into(), Input::Weak(step)], &own)?;
        apply(&ADD, &[(&scaled).into(), Input::Weak(self.start)], &own)
    }
}

/// The coordinates of a grid of lines, each of the shape of the grid or, if `is_open`, long only along its own axis.
///
/// # Errors
/// `Value` for a size that cannot be addressed; `ZeroDivision` for a step of zero.
pub fn grid(lines: &[Line], is_open: bool, device: Option<Device>) -> Result<Vec<Array>> {
    let mut weights = vec![Operand::Weak(Weak::Int(0))];
    lines.iter().for_each(|line| weights.extend(line.weights()));
    let dtype = result_type(&weights).unwrap_or(DType::I64);
    let shape = lines.iter().map(|line| line.count()).collect::<Result<Vec<_>>>()?;
    let one = |(k, line): (usize, &Line)| {
        let own: Vec<usize> = shape.iter().enumerate().map(|(axis, &n)| if is_open && axis != k { 1 } else { n }).collect();
        let steps: Vec<isize> = (0..shape.len()).map(|axis| isize::from(axis == k)).collect();
        line.coordinates(&ramp(&own, &steps, 0, device)?.astype(dtype)?)
    };
    lines.iter().enumerate().map(one).collect()
}

/// The numbers of one line.
///
/// # Errors
/// As [`grid`], and `Unsupported` for complex ends.
pub fn line(line: Line, device: Option<Device>) -> Result<Array> {
    let options = CreateOptions { device, ..CreateOptions::default() };
    match line.step {
        Weak::Complex(_) => {
            let dtype = result_type(&line.weights()).unwrap_or(DType::F64);
            let dtype = if dtype.kind() == Kind::Int { DType::F64 } else { dtype };
            line.coordinates(&ramp(&[line.count()?], &[1], 0, device)?.astype(dtype)?)
        }
        step => arange(line.start, line.stop, step, None, options),
    }
}

/// A piece of a row.
#[derive(Clone)]
pub enum Piece {
    /// The numbers of a line
    Line(Line),
    /// An array
    Array(Array),
    /// A NumPy scalar
    Scalar(Scalar),
    /// A Python number
    Weak(Weak),
}

/// How pieces are put in a row.
#[derive(Clone, Copy, Debug)]
pub struct RowOptions {
    /// The axis along which they are joined
    pub axis: isize,
    /// How many axes each of them has at least
    pub n_axes: usize,
    /// Where the axes of pieces with fewer stand among them; -1: at the end
    pub own_axes_at: isize,
}

/// Pieces joined along an axis.
///
/// # Errors
/// Those of joining.
pub fn row(pieces: &[Piece], options: RowOptions) -> Result<Array> {
    let device = pieces.iter().find_map(|p| if let Piece::Array(a) = p { Some(a.device()) } else { None });
    let n = options.n_axes;
    let mut arrays = Vec::with_capacity(pieces.len());
    let mut weights = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let number = |s: Scalar| with_axes_in_front(&full_on(&[], s, device)?, n);
        let (array, weight) = match piece {
            Piece::Scalar(s) => (number(*s)?, Operand::Strong(s.dtype())),
            // Its dtype is only known once all are.
            Piece::Weak(w) => (number(w.to_scalar(w.default_dtype())?)?, Operand::Weak(*w)),
            Piece::Line(of) => {
                let numbers = match of.step {
                    Weak::Complex(_) => spaced(Input::Weak(of.start), Input::Weak(of.stop), of.count()?, true, None, device)?.values,
                    _ => line(*of, device)?,
                };
                let mut array = with_axes_in_front(&numbers, n)?;
                if n > 1 && options.own_axes_at != -1 {
                    array = swapaxes(&array, -1, options.own_axes_at)?;
                }
                let dtype = array.dtype();
                (array, Operand::Strong(dtype))
            }
            Piece::Array(a) => {
                let mut array = with_axes_in_front(a, n)?;
                if options.own_axes_at != -1 && a.n_axes() < n {
                    let missing = n - a.n_axes();
                    let at = if options.own_axes_at < 0 { options.own_axes_at + missing as isize + 1 } else { options.own_axes_at };
                    let at = usize::try_from(at).unwrap_or(0).min(missing);
                    let order: Vec<isize> = (0..at).chain(missing..n).chain(at..missing).map(|k| k as isize).collect();
                    array = array.permute(&order)?;
                }
                (array, Operand::Strong(a.dtype()))
            }
        };
        arrays.push(array);
        weights.push(weight);
    }
    let dtype = result_type(&weights);
    join(&arrays, options.axis, JoinOptions { out: None, dtype, casting: Some(Casting::Unsafe) })
}

/// The stacked coordinates of a grid.
///
/// # Errors
/// As [`grid`].
pub fn dense_grid(lines: &[Line], device: Option<Device>) -> Result<Array> {
    stack(&grid(lines, false, device)?, 0, None, None, None)
}
