//! Padding: the array is written into a larger one, and its margins are filled axis by axis.

use super::{along, between};
use crate::array::Array;
use crate::creation::spaces::spaced;
use crate::creation::{CreateOptions, empty};
use crate::engine::elementwise::MemoryOrder;
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply};
use crate::function::{Nested, Value, function};
use crate::statistics::order::median;
use cuprous_core::layout::Slice;
use cuprous_core::shape::{checked_size, tight, too_big};
use cuprous_core::{Error, Kind, Result, Scalar};
use cuprous_ops::ufuncs::arithmetic::{MULTIPLY, SUBTRACT};
use cuprous_ops::ufuncs::rounding::RINT;

/// An array with margins around it.
///
/// # Parameters
/// - `array`: array of any shape.
/// - `pad_width`: the widths of the margins: one number, `(before, after)`, or such a pair for each axis.
/// - `mode`: what the margins hold: `'constant'` a value, `'edge'` the outermost elements, `'linear_ramp'` a ramp from
///   a value to them, `'maximum'`, `'mean'`, `'minimum'` those of the elements along the axis, `'reflect'` the elements
///   mirrored at the outermost, `'symmetric'` mirrored at the edge, `'wrap'` those of the other end, `'empty'` anything.
/// - `constant_values`: the values of `'constant'`, given as `pad_width` is; by default 0.
/// - `end_values`: the outer values of `'linear_ramp'`; by default 0.
/// - `stat_length`: how many elements at each edge `'maximum'`, `'mean'` and `'minimum'` see; by default all.
/// - `reflect_type`: `'even'`, or `'odd'` to reflect the differences to the edge.
///
/// # Returns
/// A new array of the dtype of `array`.
///
/// # Errors
/// - `Value`: an unknown mode, an argument that the mode does not take, a negative width, or an empty axis that is to be
///   extended by its elements.
/// - `Type`: a width that is no integer.
///
/// # Differs from NumPy
/// `mode` must be a word. Widths and values must be known to the host.
///
/// # Source
/// `numpy.pad`
///
/// # Examples
/// ```python
/// >>> cp.pad(cp.arange(3), 2)
/// array([0, 0, 0, 1, 2, 0, 0])
/// >>> cp.pad(cp.arange(3), (1, 2), mode='reflect')
/// array([1, 0, 1, 2, 1, 0])
/// ```
#[function(
    signature = "(array, pad_width, mode='constant', *, constant_values=None, end_values=None, stat_length=None, reflect_type=None)"
)]
pub fn pad(
    array: &Array,
    pad_width: Nested,
    mode: &str,
    constant_values: Option<Nested>,
    end_values: Option<Nested>,
    stat_length: Option<Nested>,
    reflect_type: Option<&str>,
) -> Result<Array> {
    let n_axes = array.n_axes();
    let width = |w: Nested| {
        let w = w.int().map_err(|_| Error::type_error("`pad_width` must be of integral type."))?;
        usize::try_from(w).map_err(|_| Error::value("index can't contain negative values"))
    };
    let widths = pairs(pad_width, n_axes, &width)?;
    let taken = match mode {
        "empty" | "edge" | "wrap" => "",
        "constant" => "constant_values",
        "linear_ramp" => "end_values",
        "maximum" | "mean" | "median" | "minimum" => "stat_length",
        "reflect" | "symmetric" => "reflect_type",
        other => return Err(Error::value(format!("mode '{other}' is not supported"))),
    };
    let given = [
        ("constant_values", constant_values.is_some()),
        ("end_values", end_values.is_some()),
        ("stat_length", stat_length.is_some()),
        ("reflect_type", reflect_type.is_some()),
    ];
    let wrong: Vec<String> = given.iter().filter(|(name, is)| *is && *name != taken).map(|(name, _)| format!("'{name}'")).collect();
    if !wrong.is_empty() {
        return Err(Error::value(format!("unsupported keyword arguments for mode '{mode}': {{{}}}", wrong.join(", "))));
    }

    let total = |(&n, &(a, b)): (&usize, &(usize, usize))| n.checked_add(a).and_then(|n| n.checked_add(b)).ok_or_else(too_big);
    let shape = array.shape().iter().zip(&widths).map(total).collect::<Result<Vec<_>>>()?;
    checked_size(&shape, array.dtype().size())?;
    let order = if array.is_f_contiguous() && !array.is_c_contiguous() { MemoryOrder::F } else { MemoryOrder::C };
    let padded = empty(&shape, array.dtype(), CreateOptions { device: Some(array.device()), order })?;
    let inner: Vec<Slice> =
        array.shape().iter().zip(&widths).map(|(&n, w)| Slice::Range(Some(w.0 as isize), Some((w.0 + n) as isize), 1)).collect();
    padded.slice(&inner)?.assign(array.into())?;
    if mode == "empty" {
        return Ok(padded);
    }
    if array.size() == 0 && mode != "constant" {
        return match (0..n_axes).find(|&k| array.shape()[k] == 0 && widths[k] != (0, 0)) {
            Some(k) => Err(Error::value(format!("can't extend empty axis {k} using modes other than 'constant' or 'empty'"))),
            None => Ok(padded),
        };
    }

    let constants = margin_values(constant_values, n_axes)?;
    let ends = margin_values(end_values, n_axes)?;
    let lengths = stat_length
        .map(|l| pairs(l, n_axes, &|l: Nested| if matches!(l.0, Value::None) { Ok(usize::MAX) } else { width(l) }))
        .transpose()?;
    for axis in 0..n_axes {
        // The margins of later axes do not hold anything yet.
        let mut index = vec![Slice::Range(None, None, 1); axis + 1];
        index.extend_from_slice(&inner[axis + 1..]);
        let own = Margins { roi: padded.slice(&index)?, axis, before: widths[axis].0, n: array.shape()[axis], after: widths[axis].1 };
        match mode {
            "constant" => own.fill(constants[axis].0, constants[axis].1)?,
            "edge" => own.edge()?,
            "linear_ramp" => own.ramp(ends[axis])?,
            "reflect" | "symmetric" => own.reflect(mode == "symmetric", reflect_type == Some("odd"))?,
            "wrap" => own.wrap()?,
            statistic => own.statistic(statistic, lengths.as_ref().map_or((usize::MAX, usize::MAX), |l| l[axis]))?,
        }
    }
    Ok(padded)
}

/// An argument for both sides of each axis: one for all, a pair for all, or a pair or one for each axis.
fn pairs<'a, T: Copy>(argument: Nested<'a>, n_axes: usize, leaf: &dyn Fn(Nested<'a>) -> Result<T>) -> Result<Vec<(T, T)>> {
    let Some(items) = argument.items() else {
        let one = leaf(argument)?;
        return Ok(vec![(one, one); n_axes]);
    };
    let items: Vec<Nested<'a>> = items.collect();
    let is_deep = items.iter().any(|item| item.items().is_some());
    let rows: Vec<Vec<T>> = if is_deep {
        let row = |item: &Nested<'a>| match item.items() {
            Some(items) => items.map(leaf).collect::<Result<Vec<T>>>(),
            None => Ok(vec![leaf(*item)?]),
        };
        items.iter().map(row).collect::<Result<_>>()?
    } else {
        vec![items.into_iter().map(leaf).collect::<Result<_>>()?]
    };
    let width = rows[0].len();
    match &rows[..] {
        _ if rows.iter().any(|r| r.len() != width) => Err(Error::value(
            "setting an array element with a sequence. The requested array has an inhomogeneous shape after 1 dimensions.",
        )),
        [row] if width == 1 => Ok(vec![(row[0], row[0]); n_axes]),
        [row] if width == 2 => Ok(vec![(row[0], row[1]); n_axes]),
        rows if rows.len() == n_axes && width <= 2 && width > 0 && is_deep => Ok(rows.iter().map(|r| (r[0], r[width - 1])).collect()),
        rows => {
            let given = if is_deep { vec![rows.len(), width] } else { vec![width] };
            Err(Error::shape(format!(
                "operands could not be broadcast together with remapped shapes [original->remapped]: {}  and requested shape {}",
                tight(&given),
                tight(&[n_axes, 2])
            )))
        }
    }
}

/// The values of margins, by default 0.
fn margin_values<'a>(argument: Option<Nested<'a>>, n_axes: usize) -> Result<Vec<(Input<'a>, Input<'a>)>> {
    let zero = Input::Scalar(Scalar::from(0i64));
    let Some(values) = argument else { return Ok(vec![(zero, zero); n_axes]) };
    // As in NumPy one value or one pair for all axes gets a dtype of its own first: what the array cannot hold wraps.
    let rows: Vec<usize> = values.items().map_or_else(Vec::new, |items| items.map(|i| i.items().map_or(1, |i| i.len())).collect());
    let is_for_all = match values.items().and_then(|mut items| items.next()).and_then(Nested::items) {
        Some(_) => rows.len() == 1,
        None => true,
    };
    let value = |value: Nested<'a>| match value.input()? {
        Input::Weak(w) if is_for_all => Ok(Input::Scalar(w.to_scalar(w.default_dtype())?)),
        other => Ok(other),
    };
    pairs(values, n_axes, &value)
}

/// One axis on the way: the part of the larger array whose other margins are done or left out.
struct Margins {
    roi: Array,
    axis: usize,
    before: usize,
    n: usize,
    after: usize,
}

impl Margins {
    /// The places from `first` up to `stop` along the axis.
    fn part(&self, first: usize, stop: usize) -> Result<Array> {
        self.roi.slice(&between(self.axis, first, stop))
    }

    /// The same, backwards.
    fn part_backwards(&self, first: usize, stop: usize) -> Result<Array> {
        self.part(first, stop)?.slice(&along(self.axis, Slice::Range(None, None, -1)))
    }

    fn end(&self) -> usize {
        self.before + self.n
    }

    /// Writes one value to each margin.
    fn fill(&self, before: Input, after: Input) -> Result<()> {
        self.part(0, self.before)?.assign(before)?;
        self.part(self.end(), self.end() + self.after)?.assign(after)
    }

    fn edge(&self) -> Result<()> {
        let (first, last) = (self.part(self.before, self.before + 1)?, self.part(self.end() - 1, self.end())?);
        self.fill((&first).into(), (&last).into())
    }

    fn ramp(&self, ends: (Input, Input)) -> Result<()> {
        let at = |k: usize| self.roi.slice(&along(self.axis, Slice::At(k as isize)));
        let ramp = |end: Input, edge: &Array, width: usize| {
            let line = spaced(end, edge.into(), width, false, Some(self.roi.dtype()), Some(edge.device()))?.values;
            super::functions::moveaxis(&line, crate::function::Ints(&[0]), crate::function::Ints(&[self.axis as isize]))
        };
        let before = ramp(ends.0, &at(self.before)?, self.before)?;
        let after = ramp(ends.1, &at(self.end() - 1)?, self.after)?;
        self.part(0, self.before)?.assign((&before).into())?;
        self.part_backwards(self.end(), self.end() + self.after)?.assign((&after).into())
    }

    fn statistic(&self, name: &str, lengths: (usize, usize)) -> Result<()> {
        let (before, after) = (lengths.0.min(self.n), lengths.1.min(self.n));
        if (before == 0 || after == 0) && matches!(name, "maximum" | "minimum") {
            return Err(Error::value("stat_length of 0 yields no value for padding"));
        }
        let of = |part: Array| {
            let axes = [self.axis as isize];
            let options = ReduceOptions { axes: Some(&axes), keep_axes: true, ..ReduceOptions::default() };
            let value = match name {
                "maximum" => part.max(&options)?,
                "minimum" => part.min(&options)?,
                "mean" => part.mean(&options)?,
                _ => median(&part, Some(&axes), None, false, true)?,
            };
            // Means and medians become integers by rounding.
            if matches!(self.roi.dtype().kind(), Kind::Int | Kind::UInt) && value.dtype().kind() == Kind::Float {
                return apply(&RINT, &[(&value).into()], &UfuncOptions::default());
            }
            Ok(value)
        };
        let first = of(self.part(self.before, self.before + before)?)?;
        let last = if before == self.n && after == self.n { first.clone() } else { of(self.part(self.end() - after, self.end())?)? };
        self.fill((&first).into(), (&last).into())
    }

    /// Mirrors at the edges. Where a margin is wider than the array, what was filled is mirrored again.
    fn reflect(&self, includes_edge: bool, is_odd: bool) -> Result<()> {
        if self.n == 1 {
            return self.edge();
        }
        let own = UfuncOptions::default();
        // Values of an odd mirror: twice the edge minus what is mirrored.
        let mirrored = |from: Array, edge: usize| {
            if !is_odd {
                return Ok(from);
            }
            let twice = apply(&MULTIPLY, &[2i64.into(), (&self.part(edge, edge + 1)?).into()], &own)?;
            apply(&SUBTRACT, &[(&twice).into(), (&from).into()], &own)
        };
        // Only whole periods may be mirrored, for what comes after them must be what follows.
        let period = if includes_edge { self.n } else { self.n - 1 };
        let skip = usize::from(!includes_edge);
        let (mut low, mut high) = (self.before, self.end());
        let stop = self.end() + self.after;
        while low > 0 || high < stop {
            let usable = (high - low - skip) / period * period;
            if low > 0 {
                let count = usable.min(low);
                let chunk = mirrored(self.part_backwards(low + skip, low + skip + count)?, low)?;
                self.part(low - count, low)?.assign((&chunk).into())?;
                low -= count;
            }
            if high < stop {
                let count = usable.min(stop - high);
                let chunk = mirrored(self.part_backwards(high - skip - count, high - skip)?, high - 1)?;
                self.part(high, high + count)?.assign((&chunk).into())?;
                high += count;
            }
        }
        Ok(())
    }

    /// Continues with the elements of the other end.
    fn wrap(&self) -> Result<()> {
        let (mut low, mut high) = (self.before, self.end());
        let stop = self.end() + self.after;
        while low > 0 || high < stop {
            let period = (high - low) / self.n * self.n;
            let (first, last) = (low, high);
            if low > 0 {
                let count = period.min(low);
                let chunk = self.part(first + period - count, first + period)?;
                self.part(low - count, low)?.assign((&chunk).into())?;
                low -= count;
            }
            if high < stop {
                let count = period.min(stop - high);
                let chunk = self.part(last - period, last - period + count)?;
                self.part(high, high + count)?.assign((&chunk).into())?;
                high += count;
            }
        }
        Ok(())
    }
}
