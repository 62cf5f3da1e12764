//! NumPy's generalized ufuncs of products: their core axes, keywords and words, over one product of matrices.

use super::matmul::product;
use crate::array::Array;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{UfuncOptions, apply, resolve};
use crate::function::Value;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, can_cast, promote};
use cuprous_core::shape::{Dims, broadcast, normalize_axis, tight};
use cuprous_core::{DType, Error, Kind, Result};
use cuprous_ops::ufuncs::arithmetic::CONJUGATE;

/// Which product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gufunc {
    /// Of matrices
    Matmul,
    /// Of vectors, the first conjugated
    Vecdot,
    /// Of a matrix and a vector
    Matvec,
    /// Of a vector, conjugated, and a matrix
    Vecmat,
}

/// The keywords of a call.
#[derive(Clone, Copy, Default)]
pub struct GufuncOptions<'a> {
    /// Where the result goes
    pub out: Option<&'a Array>,
    /// Which casts are allowed; `None` is `same_kind`
    pub casting: Option<Casting>,
    /// The memory order of a fresh result: Fortran's or C's
    pub order: MemoryOrder,
    /// The dtype of the product
    pub dtype: Option<DType>,
    /// Where the core axes are: for each operand an integer or a list of them
    pub axes: Option<&'a Value>,
    /// The one core axis of both operands
    pub axis: Option<isize>,
    /// Whether the core axis stays, with length 1
    pub keep_axes: Option<bool>,
}

/// NumPy's words for an `out` of too few axes.
const REDUCTION: &str = "output operand requires a reduction along dimension -1, but the reduction is not enabled. The dimension size of 1 does not match the expected output shape.";

impl Gufunc {
    /// All of them.
    pub const ALL: [Gufunc; 4] = [Gufunc::Matmul, Gufunc::Vecdot, Gufunc::Matvec, Gufunc::Vecmat];

    /// Its name in NumPy.
    pub fn name(self) -> &'static str {
        match self {
            Gufunc::Matmul => "matmul",
            Gufunc::Vecdot => "vecdot",
            Gufunc::Matvec => "matvec",
            Gufunc::Vecmat => "vecmat",
        }
    }

    fn signature(self) -> &'static str {
        match self {
            Gufunc::Matmul => "(n?,k),(k,m?)->(n?,m?)",
            Gufunc::Vecdot => "(n),(n)->()",
            Gufunc::Matvec => "(m,n),(n)->(m)",
            Gufunc::Vecmat => "(n),(n,m)->(m)",
        }
    }

    /// How many core axes the operands and the result have.
    fn cores(self) -> [usize; 3] {
        match self {
            Gufunc::Matmul => [2, 2, 2],
            Gufunc::Vecdot => [1, 1, 0],
            Gufunc::Matvec => [2, 1, 1],
            Gufunc::Vecmat => [1, 2, 1],
        }
    }

    /// The product.
    ///
    /// # Errors
    /// `Type`, `Value`, `Axis`, `Shape` in NumPy's words.
    pub fn apply(self, a: &Array, b: &Array, options: &GufuncOptions) -> Result<Array> {
        let casting = options.casting.unwrap_or(Casting::SameKind);
        let dtype = options.dtype.unwrap_or_else(|| promote(a.dtype(), b.dtype()));
        for (k, x) in [a, b].into_iter().enumerate() {
            if !can_cast(x.dtype(), dtype, casting) {
                return Err(Error::type_error(format!(
                    "Cannot cast ufunc '{}' input {k} from dtype('{}') to dtype('{dtype}') with casting rule '{}'",
                    self.name(),
                    x.dtype(),
                    casting.name()
                )));
            }
        }
        if let Some(out) = options.out
            && !can_cast(dtype, out.dtype(), casting)
        {
            return Err(resolve::output_casting(self.name(), dtype, out.dtype(), casting));
        }

        let n_core = self.core_counts(a, b, options)?;
        let axes = self.core_axes(a, b, options, n_core)?;
        let (a, b) = (to_end(a, &axes[0])?, to_end(b, &axes[1])?);
        self.check_sizes(&a, &b, n_core, options, axes[2].as_deref())?;

        let conjugated = |x: Array| {
            let is_needed = dtype.kind() == Kind::Complex && x.dtype().kind() == Kind::Complex;
            if is_needed { apply(&CONJUGATE, &[(&x).into()], &UfuncOptions::default()) } else { Ok(x) }
        };
        let row = |x: Array| x.slice(&[Slice::Ellipsis, Slice::New, Slice::Range(None, None, 1)]);
        let column = |x: Array| x.slice(&[Slice::Ellipsis, Slice::New]);
        let value = match self {
            Gufunc::Vecdot => product(&row(conjugated(a)?)?, &column(b)?, dtype)?,
            Gufunc::Matvec => product(&a, &column(b)?, dtype)?,
            Gufunc::Vecmat => product(&row(conjugated(a)?)?, &b, dtype)?,
            Gufunc::Matmul => {
                let a = if n_core[0] == 1 { row(a)? } else { a };
                let b = if n_core[1] == 1 { column(b)? } else { b };
                product(&a, &b, dtype)?
            }
        };
        // Axes of length 1 that stood in for those that an operand lacks go.
        let (has_row, has_column) = (n_core[0] == 2, n_core[1] == 2);
        let mut kept: Vec<isize> = value.shape().iter().map(|&n| n as isize).collect();
        if !has_column {
            kept.pop();
        }
        if !has_row {
            kept.remove(kept.len() - 1 - usize::from(has_column));
        }
        let keeps = options.keep_axes == Some(true);
        if keeps {
            kept.push(1);
        }
        let mut value = if has_row && has_column { value } else { value.reshape(&kept)? };

        if options.order == MemoryOrder::F && options.out.is_none() {
            value = astype(&value, dtype, Casting::Unsafe, MemoryOrder::F)?;
        }
        if let Some(places) = &axes[2] {
            value = from_end(&value, places)?;
        }
        match options.out {
            None => Ok(value),
            Some(out) => {
                out.assign((&value).into())?;
                Ok(out.clone())
            }
        }
    }

    /// How many core axes each operand and the result have in this call.
    fn core_counts(self, a: &Array, b: &Array, options: &GufuncOptions) -> Result<[usize; 3]> {
        let (name, signature) = (self.name(), self.signature());
        let mut counts = self.cores();
        if options.keep_axes.is_some() && self != Gufunc::Vecdot {
            let what = match self {
                Gufunc::Matvec => "input 1 to have 1",
                Gufunc::Vecmat => "input 1 to have 2",
                _ => "output 0 to have 2",
            };
            return Err(Error::type_error(format!(
                "{name} does not support keepdims: its signature {signature} requires {what} core dimensions, but keepdims can only be used when all inputs have the same number of core dimensions and all outputs have no core dimensions."
            )));
        }
        if options.keep_axes == Some(true) {
            counts[2] = 1;
        }
        if self == Gufunc::Matmul {
            // An operand of one axis lacks the other.
            for (k, x) in [a, b].into_iter().enumerate() {
                if x.n_axes() < 2 {
                    counts[k] = 1;
                    counts[2] -= 1;
                }
            }
        }
        let operands = [("Input operand 0", Some(a)), ("Input operand 1", Some(b)), ("Output operand 0", options.out)];
        for ((what, x), n) in operands.into_iter().zip(counts) {
            if let Some(x) = x
                && x.n_axes() < n
            {
                if self == Gufunc::Matmul && what.starts_with("Output") {
                    return Err(Error::value(REDUCTION));
                }
                return Err(Error::value(format!(
                    "{name}: {what} does not have enough dimensions (has {}, gufunc core with signature {signature} requires {n})",
                    x.n_axes()
                )));
            }
        }
        Ok(counts)
    }

    /// The core axes of each operand; those of the result only where the call names them.
    fn core_axes(self, a: &Array, b: &Array, options: &GufuncOptions, n_core: [usize; 3]) -> Result<[Option<Vec<usize>>; 3]> {
        if options.axis.is_some() && options.axes.is_some() {
            return Err(Error::type_error("cannot specify both 'axis' and 'axes'"));
        }
        if let Some(axis) = options.axis {
            if self != Gufunc::Vecdot {
                let n = if self == Gufunc::Matmul { 3 } else { 2 };
                return Err(Error::type_error(format!(
                    "{}: axis can only be used with a single shared core dimension, not with the {n} distinct ones implied by signature {}.",
                    self.name(),
                    self.signature()
                )));
            }
            let (k, l) = (normalize_axis(axis, a.n_axes())?, normalize_axis(axis, b.n_axes())?);
            let n_out = a.n_axes().max(b.n_axes());
            let kept = if n_core[2] == 1 { Some(vec![normalize_axis(axis, n_out)?]) } else { None };
            return Ok([Some(vec![k]), Some(vec![l]), kept]);
        }
        let items = match options.axes {
            None | Some(Value::None) => return Ok([None, None, None]),
            Some(Value::Tuple(items)) => items,
            Some(_) => return Err(Error::type_error("axes should be a list.")),
        };
        if items.len() != 3 && !(items.len() == 2 && n_core[2] == 0 && self == Gufunc::Vecdot) {
            return Err(Error::value(
                "axes should be a list with an entry for all 3 inputs and outputs; entries for outputs can only be omitted if none of them has core axes.",
            ));
        }
        let n_batch = (a.n_axes() - n_core[0]).max(b.n_axes() - n_core[1]);
        let n_out = options.out.map_or(n_batch + n_core[2], Array::n_axes);
        let mut found = [None, None, None];
        for (k, (item, n_axes)) in items.iter().zip([a.n_axes(), b.n_axes(), n_out]).enumerate() {
            let wrong = |text: String| Error::axis(format!("{}: operand {k} has {} core dimensions, but {text}", self.name(), n_core[k]));
            let of = |v: &Value| match v {
                Value::Int(i) => normalize_axis(*i as isize, n_axes),
                Value::Str(_) => Err(Error::type_error("'str' object cannot be interpreted as an integer")),
                Value::Float(_) | Value::Weak(_) => Err(Error::type_error("'float' object cannot be interpreted as an integer")),
                _ => Err(Error::type_error("axes must be integers")),
            };
            let mut axes = Vec::new();
            match item {
                Value::Tuple(list) => {
                    if list.len() != n_core[k] {
                        return Err(wrong(format!("{} dimensions are specified by axes tuple.", list.len())));
                    }
                    for v in list {
                        let axis = of(v)?;
                        if axes.contains(&axis) {
                            return Err(Error::value(format!("axes item {k} has value {axis} repeated")));
                        }
                        axes.push(axis);
                    }
                }
                single => {
                    let axis = of(single)?;
                    if n_core[k] != 1 {
                        return Err(wrong("the axes item is a single integer.".into()));
                    }
                    axes.push(axis);
                }
            }
            found[k] = Some(axes);
        }
        Ok(found)
    }

    /// Checks the core sizes, and that the other axes broadcast, for operands whose core axes are last.
    fn check_sizes(self, a: &Array, b: &Array, n_core: [usize; 3], options: &GufuncOptions, places: Option<&[usize]>) -> Result<()> {
        let (k_a, b_core) = (a.n_axes() - 1, &b.shape()[b.n_axes() - n_core[1]..]);
        let (want, have) = (a.shape()[k_a], b_core[0]);
        if want != have {
            return Err(self.mismatch("Input operand 1", 0, have, want));
        }
        let mut core = Dims::new();
        if n_core[0] == 2 {
            core.push(a.shape()[k_a - 1]);
        }
        core.extend(b_core[1..].iter().copied());
        if self == Gufunc::Vecdot && n_core[2] == 1 {
            core.push(1);
        }
        let out = match (options.out, places) {
            (Some(out), Some(places)) => Some(to_end(out, &Some(places.to_vec()))?),
            (out, _) => out.cloned(),
        };
        if let Some(out) = &out {
            let first = out.n_axes() - core.len();
            for (k, &n) in core.iter().enumerate() {
                if out.shape()[first + k] != n {
                    return Err(self.mismatch("Output operand 0", k, out.shape()[first + k], n));
                }
            }
        }
        let batch = |x: &Array, k: usize| -> Dims { x.shape()[..x.n_axes() - n_core[k]].into() };
        let (batch_a, batch_b) = (batch(a, 0), batch(b, 1));
        let batch_out = out.as_ref().map(|o| -> Dims { o.shape()[..o.n_axes() - core.len()].into() });
        let mut all: Vec<&[usize]> = vec![&batch_a, &batch_b];
        all.extend(batch_out.as_deref());
        let common = broadcast(&all).map_err(|_| {
            let n_axes = core.len() + all.iter().map(|batch| batch.len()).max().unwrap_or(0);
            let mut text = [(a, &batch_a), (b, &batch_b)].map(|(x, batch)| remapped(x.shape(), batch, core.len(), n_axes) + " ").concat();
            if let Some(out) = &out {
                text.push_str(&(remapped(out.shape(), out.shape(), 0, n_axes) + " "));
            }
            let requested: Vec<String> = core.iter().map(|n| n.to_string()).collect();
            Error::value(format!(
                "operands could not be broadcast together with remapped shapes [original->remapped]: {text} and requested shape ({})",
                requested.join(",")
            ))
        })?;
        if let (Some(out), Some(own)) = (&out, &batch_out) {
            if own.len() < common.len() {
                return Err(Error::value(REDUCTION));
            }
            if own[..] != common[..] {
                let full = |batch: &[usize]| -> Dims { batch.iter().chain(&core).copied().collect() };
                let turned: Dims = core.iter().chain(own).copied().collect();
                return Err(Error::value(format!(
                    "non-broadcastable output operand with shape {} [remapped to {}] doesn't match the broadcast shape {}",
                    tight(out.shape()),
                    tight(&turned),
                    tight(&full(&common))
                )));
            }
        }
        Ok(())
    }

    fn mismatch(self, what: &str, dim: usize, have: usize, want: usize) -> Error {
        Error::value(format!(
            "{}: {what} has a mismatch in its core dimension {dim}, with gufunc signature {} (size {have} is different from {want})",
            self.name(),
            self.signature()
        ))
    }
}

/// An operand of `n` core axes in NumPy's words for axes that do not broadcast to `n_axes`.
pub(super) fn remapped(shape: &[usize], batch: &[usize], n: usize, n_axes: usize) -> String {
    let newaxis = if batch.is_empty() { 0 } else { n };
    let dims: Vec<String> = batch.iter().map(|n| n.to_string()).chain((0..newaxis).map(|_| String::from("newaxis"))).collect();
    let comma = if dims.len() == 1 && n_axes == 1 { "," } else { "" };
    format!("{}->({}{comma})", tight(shape), dims.join(","))
}

/// The core axes moved to the end.
fn to_end(x: &Array, axes: &Option<Vec<usize>>) -> Result<Array> {
    let Some(axes) = axes else { return Ok(x.clone()) };
    let order: Vec<isize> = (0..x.n_axes()).filter(|k| !axes.contains(k)).chain(axes.iter().copied()).map(|k| k as isize).collect();
    x.permute(&order)
}

/// The last axes moved to given places.
fn from_end(x: &Array, places: &[usize]) -> Result<Array> {
    let n_batch = x.n_axes() - places.len();
    let mut rest = 0..n_batch as isize;
    let order: Vec<isize> = (0..x.n_axes())
        .filter_map(|k| places.iter().position(|&p| p == k).map(|at| (n_batch + at) as isize).or_else(|| rest.next()))
        .collect();
    x.permute(&order)
}
