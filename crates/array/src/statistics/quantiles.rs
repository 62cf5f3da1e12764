//! Quantiles of rows: where they lie, and the interpolation between neighbours, step by step as NumPy's.
//!
//! Levels that the host knows are places that it knows: only the elements there are looked for. Otherwise rows are sorted.

use super::nan::nanmean;
use crate::array::Array;
use crate::creation::{self, CreateOptions};
use crate::engine::{Input, ReduceOptions, UfuncOptions, apply, reduce, scan};
use crate::function::{Ints, Nested, Places, Value};
use crate::indexing::functions::{take, take_along_axis};
use crate::logic::select;
use crate::manipulation::functions::moveaxis;
use crate::sorting::rows::{Wanted, packed, selected, sort_rows};
use crate::sorting::searching::as_dtype;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;
use cuprous_core::promote::with_weak;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Device, Error, Kind, Result, Scalar, UfuncDef, Weak};
use cuprous_ops::reductions::{MEAN, SUM};
use cuprous_ops::scans::CUMSUM;
use cuprous_ops::ufuncs::arithmetic::{ADD, DIVIDE, FLOOR_DIVIDE, MAXIMUM, MINIMUM, MULTIPLY, REMAINDER, SUBTRACT};
use cuprous_ops::ufuncs::comparison::{EQUAL, GREATER_EQUAL, LESS};
use cuprous_ops::ufuncs::logic::{ISNAN, LOGICAL_AND};
use cuprous_ops::ufuncs::rounding::{CEIL, FLOOR, RINT};

/// Whether NaN is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NanRule {
    /// A row with NaN gives NaN
    Spreads,
    /// NaN is left out
    LeftOut,
}

/// An array as rows of what is reduced.
pub(super) struct Lines {
    /// The axes that stay, then the elements of a row
    rows: Array,
    /// The shape with reduced axes of length 1
    kept: Vec<isize>,
    /// The shape without them
    shape: Vec<isize>,
}

impl Lines {
    /// # Errors
    /// `Axis` and `Value` in NumPy's words.
    pub fn new(a: &Array, axes: Option<&[isize]>) -> Result<Lines> {
        let n = a.n_axes();
        let mut is_reduced = vec![axes.is_none(); n];
        for &axis in axes.unwrap_or_default() {
            let k = normalize_axis(axis, n)?;
            if std::mem::replace(&mut is_reduced[k], true) {
                return Err(Error::value("repeated axis"));
            }
        }
        let extent = |k: usize| a.shape()[k] as isize;
        let order: Vec<isize> = (0..n).filter(|&k| !is_reduced[k]).chain((0..n).filter(|&k| is_reduced[k])).map(|k| k as isize).collect();
        let shape: Vec<isize> = (0..n).filter(|&k| !is_reduced[k]).map(extent).collect();
        let length: isize = (0..n).filter(|&k| is_reduced[k]).map(extent).product();
        let mut target = shape.clone();
        target.push(length);
        let is_ordered = order.windows(2).all(|w| w[0] < w[1]);
        let rows = if is_ordered { a.clone() } else { a.permute(&order)? };
        let kept = (0..n).map(|k| if is_reduced[k] { 1 } else { extent(k) }).collect();
        Ok(Lines { rows: rows.reshape(&target)?, kept, shape })
    }

    /// Elements of a row.
    fn len(&self) -> usize {
        self.rows.shape()[self.rows.n_axes() - 1]
    }

    /// The rows sorted, with the places from which elements came if these are wanted.
    fn sorted(&self, wanted: Wanted) -> Result<(Array, Option<Array>)> {
        let n = self.len();
        let n_rows = self.shape.iter().product();
        let table = packed(&self.rows)?.reshape(&[n_rows, n as isize])?;
        let found = sort_rows(&table, wanted)?;
        let mut target = self.shape.clone();
        target.push(n as isize);
        let places = found.places.map(|p| p.reshape(&target)).transpose()?;
        Ok((found.values.unwrap_or(table).reshape(&target)?, places))
    }

    /// The elements that a sort would put at places, which ascend.
    fn selected(&self, ranks: &[usize]) -> Result<Array> {
        let n_rows = self.shape.iter().product();
        let table = packed(&self.rows)?.reshape(&[n_rows, self.len() as isize])?;
        let mut target = self.shape.clone();
        target.push(ranks.len() as isize);
        selected(&table, ranks)?.reshape(&target)
    }

    /// A result for each row, with the axes that were asked for.
    fn finished(&self, value: Array, out: Option<&Array>, keepdims: bool, in_front: &[isize]) -> Result<Array> {
        let mut shape = in_front.to_vec();
        shape.extend(if keepdims { &self.kept } else { &self.shape });
        let value = value.reshape(&shape)?;
        let Some(out) = out else { return Ok(value) };
        let casting = cuprous_core::promote::Casting::SameKind;
        if !cuprous_core::promote::can_cast(value.dtype(), out.dtype(), casting) {
            return Err(crate::engine::resolve::output_casting("add", value.dtype(), out.dtype(), casting));
        }
        out.assign((&value).into())?;
        Ok(out.clone())
    }
}

/// How many elements of each row are no NaN, with an axis of length 1 for the row.
fn numbers(sorted: &Array) -> Result<Array> {
    let is_nan = call(&ISNAN, &[sorted.into()])?;
    let n_nan = reduce(&SUM, &is_nan, &ReduceOptions { axes: Some(&[-1]), keep_axes: true, ..ReduceOptions::default() })?;
    call(&SUBTRACT, &[number(sorted.shape()[sorted.n_axes() - 1]), (&n_nan).into()])
}

/// The middle of each row.
pub(super) fn middle(a: &Array, axes: Option<&[isize]>, out: Option<&Array>, keepdims: bool, rule: NanRule) -> Result<Array> {
    let lines = Lines::new(a, axes)?;
    let n = lines.len();
    let mean = |x: &Array| reduce(&MEAN, x, &ReduceOptions { axes: Some(&[-1]), ..ReduceOptions::default() });
    let value = if rule == NanRule::LeftOut && a.dtype().is_inexact() && n > 0 {
        let (sorted, _) = lines.sorted(Wanted::Values)?;
        let count = numbers(&sorted)?;
        let half = |x: &Array| -> Result<Array> {
            let place = call(&FLOOR_DIVIDE, &[x.into(), 2.into()])?;
            take_along_axis(&sorted, &at_least_0(&place)?, Some(-1))
        };
        let (low, high) = (half(&call(&SUBTRACT, &[(&count).into(), 1.into()])?)?, half(&count)?);
        let both = crate::manipulation::joining::join(&[low.clone(), high], -1, Default::default())?;
        let is_odd = call(&EQUAL, &[(&call(&REMAINDER, &[(&count).into(), 2.into()])?).into(), 1.into()])?;
        // Where no number is left, the first element is NaN.
        let low = low.slice(&[Slice::Ellipsis, Slice::At(0)])?;
        select(&is_odd.slice(&[Slice::Ellipsis, Slice::At(0)])?, &low, &mean(&both)?)?
    } else {
        let (first, end) = if n % 2 == 1 { (n / 2, n / 2 + 1) } else { ((n / 2).saturating_sub(1), (n / 2 + 1).min(n)) };
        // NaN would be the last.
        let last = (a.dtype().is_inexact() && end < n).then(|| n - 1);
        let ranks: Vec<usize> = (first..end).chain(last).collect();
        let chosen = lines.selected(&ranks)?;
        let value = mean(&chosen.slice(&[Slice::Ellipsis, Slice::Range(None, Some((end - first) as isize), 1)])?)?;
        spread_nan(&chosen, &value)?
    };
    if let Some(out) = out {
        let shape: Vec<usize> = if keepdims { &lines.kept } else { &lines.shape }.iter().map(|&n| n as usize).collect();
        crate::engine::reduce::check_out("add", out, &shape)?;
    }
    lines.finished(value, out, keepdims, &[])
}

/// The largest element of each row where it is NaN, else the value.
fn spread_nan(sorted: &Array, value: &Array) -> Result<Array> {
    if !sorted.dtype().is_inexact() || sorted.shape()[sorted.n_axes() - 1] == 0 {
        return Ok(value.clone());
    }
    let last = sorted.slice(&[Slice::Ellipsis, Slice::At(-1)])?;
    let chosen = select(&call(&ISNAN, &[(&last).into()])?, &last, value)?;
    as_dtype(&chosen, value.dtype())
}

/// The probabilities for which quantiles are wanted.
pub(super) struct Levels {
    values: Array,
    /// Whether the host knows them; they are there then
    is_known: bool,
    /// Whether it is a Python number, whose dtype the elements decide
    is_weak: bool,
}

impl Levels {
    /// Probabilities, or percentages if `scale` is 100.
    ///
    /// # Errors
    /// `Value` in NumPy's words if one that the host knows is outside the range.
    pub fn new(q: Nested, scale: i64) -> Result<Levels> {
        let mut flat = Vec::new();
        let mut shape = Vec::new();
        let is_known = !matches!(q.0, Value::Array(_));
        let (values, is_weak) = match q.0 {
            Value::Array(values) => (values.clone(), false),
            Value::Scalar(s) => {
                flat.push(s.to::<f64>());
                (full(*s, Device::CPU)?, false)
            }
            _ => {
                let mut is_float = false;
                collect(q, 0, &mut shape, &mut flat, &mut is_float)?;
                let is_weak = q.items().is_none() && !matches!(q.0, Value::Bool(_) | Value::Weak(Weak::Bool(_)));
                let (dtype, bytes): (DType, Vec<u8>) = if is_float || flat.is_empty() {
                    (DType::F64, flat.iter().flat_map(|x| x.to_ne_bytes()).collect())
                } else {
                    (DType::I64, flat.iter().flat_map(|&x| (x as i64).to_ne_bytes()).collect())
                };
                (Array::from_bytes(&bytes, dtype, &shape, Device::CPU)?, is_weak)
            }
        };
        if values.dtype().kind() == Kind::Complex {
            return Err(Error::type_error("q has to be real"));
        }
        if flat.iter().any(|&x| !(0.0..=scale as f64).contains(&x)) {
            return Err(Error::value(if scale == 100 {
                "Percentiles must be in the range [0, 100]"
            } else {
                "Quantiles must be in the range [0, 1]"
            }));
        }
        let values = if scale == 1 { values } else { call(&DIVIDE, &[(&values).into(), scale.into()])? };
        if values.n_axes() > 2 {
            return Err(Error::value("q must be a scalar or 1d"));
        }
        Ok(Levels { values, is_known, is_weak })
    }

    /// Along one axis, on the device of an array.
    fn beside(&self, a: &Array) -> Result<Array> {
        let q = self.values.reshape(&[-1])?;
        if self.is_known { q.to_device(a.device()) } else { Ok(q) }
    }
}

/// Reads numbers in lists of one shape.
fn collect(q: Nested, depth: usize, shape: &mut Vec<usize>, flat: &mut Vec<f64>, is_float: &mut bool) -> Result<()> {
    if let Some(items) = q.items() {
        match shape.get(depth) {
            None => shape.push(items.len()),
            Some(&n) if n == items.len() => {}
            Some(_) => return Err(Error::value("q has rows of different lengths")),
        }
        return items.into_iter().try_for_each(|item| collect(item, depth + 1, shape, flat, is_float));
    }
    if depth != shape.len() {
        return Err(Error::value("q has rows of different lengths"));
    }
    let (x, is_integer) = match q.input()? {
        Input::Weak(Weak::Bool(b)) => (f64::from(u8::from(b)), true),
        Input::Weak(Weak::Int(i)) => (i as f64, true),
        Input::Weak(Weak::Float(x)) => (x, false),
        Input::Weak(Weak::Complex(_)) => return Err(Error::type_error("q has to be real")),
        Input::Scalar(s) => (s.to::<f64>(), s.dtype().is_integral()),
        Input::Array(a) => (a.item()?.to::<f64>(), a.dtype().is_integral()),
    };
    *is_float |= !is_integer;
    flat.push(x);
    Ok(())
}

/// How a quantile between two elements is found.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    InvertedCdf,
    AveragedInvertedCdf,
    ClosestObservation,
    /// With the constants of Hyndman and Fan
    Continuous(f64, f64),
    Linear,
    Lower,
    Higher,
    Midpoint,
    Nearest,
}

const METHODS: [(&str, Method); 13] = [
    ("inverted_cdf", Method::InvertedCdf),
    ("averaged_inverted_cdf", Method::AveragedInvertedCdf),
    ("closest_observation", Method::ClosestObservation),
    ("interpolated_inverted_cdf", Method::Continuous(0.0, 1.0)),
    ("hazen", Method::Continuous(0.5, 0.5)),
    ("weibull", Method::Continuous(0.0, 0.0)),
    ("linear", Method::Linear),
    ("median_unbiased", Method::Continuous(1.0 / 3.0, 1.0 / 3.0)),
    ("normal_unbiased", Method::Continuous(3.0 / 8.0, 3.0 / 8.0)),
    ("lower", Method::Lower),
    ("higher", Method::Higher),
    ("midpoint", Method::Midpoint),
    ("nearest", Method::Nearest),
];

impl Method {
    fn parse(word: &str) -> Result<Method> {
        if let Some((_, method)) = METHODS.iter().find(|(name, _)| *name == word) {
            return Ok(*method);
        }
        let names: Vec<String> = METHODS.iter().map(|(name, _)| format!("'{name}'")).collect();
        Err(Error::value(format!("'{word}' is not a valid method. Use one of: dict_keys([{}])", names.join(", "))))
    }
}

/// What the front doors of quantiles share.
pub(super) struct Quantiles<'a> {
    pub axes: Option<&'a [isize]>,
    pub out: Option<&'a Array>,
    pub method: &'a str,
    pub keepdims: bool,
    pub weights: Option<&'a Array>,
    pub rule: NanRule,
}

impl Quantiles<'_> {
    /// The quantiles of an array.
    pub fn of(&self, a: &Array, levels: &Levels) -> Result<Array> {
        let weights = self.weights.map(|w| self.spread_weights(a, w)).transpose()?;
        if a.size() == 0 && self.rule == NanRule::LeftOut {
            return nanmean(a, self.axes, None, self.out, self.keepdims, None);
        }
        let lines = Lines::new(a, self.axes)?;
        let method = Method::parse(self.method)?;
        if lines.len() == 0 {
            return Err(Error::index(match (a.dtype().is_inexact(), self.method) {
                (true, _) => "index -1 is out of bounds for axis 0 with size 0",
                (_, "inverted_cdf" | "closest_observation" | "lower" | "higher" | "nearest") => {
                    "cannot do a non-empty take from an empty axes."
                }
                _ => "index 0 is out of bounds for axis 0 with size 0",
            }));
        }
        let rule = if a.dtype().is_inexact() { self.rule } else { NanRule::Spreads };
        let q_shape: Vec<isize> = levels.values.shape().iter().map(|&n| n as isize).collect();
        // Levels along one axis behind the rows.
        let value = match weights {
            Some(weights) => {
                let along = Lines::new(&weights, self.axes)?;
                weighted(&lines, &along.rows, &levels.beside(a)?, rule)?
            }
            None if levels.is_known && rule == NanRule::Spreads => Chosen::new(&lines, levels, method)?.quantiles(levels.is_weak)?,
            None => {
                let q = levels.beside(a)?;
                let (sorted, _) = lines.sorted(Wanted::Values)?;
                let picked = Rows { count: if rule == NanRule::LeftOut { Some(numbers(&sorted)?) } else { None }, sorted };
                let value = picked.quantiles(&q, method, levels.is_weak)?;
                if rule == NanRule::LeftOut { value } else { spread_nan_levels(&picked.sorted, &value)? }
            }
        };
        let n = value.n_axes() as isize;
        let value = moveaxis(&value, Ints(&[n - 1]), Ints(&[0]))?;
        lines.finished(value, self.out, self.keepdims, &q_shape)
    }

    /// Weights in the shape of the array.
    fn spread_weights(&self, a: &Array, weights: &Array) -> Result<Array> {
        if self.method != "inverted_cdf" {
            return Err(Error::value(format!("Only method 'inverted_cdf' supports weights. Got: {}.", self.method)));
        }
        super::functions::weights_along(a, weights, self.axes)?.broadcast_to(a.shape())
    }
}

/// As `spread_nan`, where the value has one more axis behind.
fn spread_nan_levels(sorted: &Array, value: &Array) -> Result<Array> {
    if !sorted.dtype().is_inexact() {
        return Ok(value.clone());
    }
    let last = sorted.slice(&[Slice::Ellipsis, Slice::Range(Some(-1), None, 1)])?;
    let chosen = select(&call(&ISNAN, &[(&last).into()])?, &last, value)?;
    as_dtype(&chosen, value.dtype())
}

/// Sorted rows, of which only the first elements count.
struct Rows {
    sorted: Array,
    /// How many count, with an axis of length 1 for the row; all if it is missing
    count: Option<Array>,
}

impl Rows {
    fn count(&self) -> Result<Array> {
        let n = self.sorted.shape()[self.sorted.n_axes() - 1];
        self.count.clone().map_or_else(|| full(Scalar::from(n as i64), self.sorted.device()), Ok)
    }

    /// Elements by their places in each row, which may lie outside.
    fn pick(&self, places: &Array) -> Result<Array> {
        let inside = inside(places, &self.count()?)?;
        if self.count.is_some() {
            return take_along_axis(&self.sorted, &inside, Some(-1));
        }
        take(&self.sorted, Places { array: &inside, is_known: false }, Some(-1), None, IndexMode::Clip)
    }

    fn quantiles(&self, q: &Array, method: Method, is_weak: bool) -> Result<Array> {
        match between(q, &self.count()?, method)? {
            Between::One(places) => self.pick(&places),
            Between::Two { low, high, gamma } => interpolated(&self.pick(&low)?, &self.pick(&high)?, &gamma, is_weak),
        }
    }
}

/// The elements between which quantiles lie, from levels that the host knows.
struct Chosen {
    /// For each row the elements at `ranks`, of inexact dtypes the largest behind them
    elements: Array,
    ranks: Vec<usize>,
    between: Between,
}

impl Chosen {
    fn new(lines: &Lines, levels: &Levels, method: Method) -> Result<Chosen> {
        let n = lines.len();
        let count = full(Scalar::from(n as i64), Device::CPU)?;
        let among = |places: Array| inside(&places, &count);
        let between = match between(&levels.values.reshape(&[-1])?, &count, method)? {
            Between::One(places) => Between::One(among(places)?),
            Between::Two { low, high, gamma } => Between::Two { low: among(low)?, high: among(high)?, gamma },
        };
        let mut ranks: Vec<usize> = Vec::new();
        let mut add = |places: &Array| -> Result<()> {
            ranks.extend(places.to_vec::<i64>()?.into_iter().map(|place| place as usize));
            Ok(())
        };
        match &between {
            Between::One(places) => add(places)?,
            Between::Two { low, high, .. } => {
                add(low)?;
                add(high)?;
            }
        }
        if lines.rows.dtype().is_inexact() {
            ranks.push(n - 1);
        }
        ranks.sort_unstable();
        ranks.dedup();
        Ok(Chosen { elements: lines.selected(&ranks)?, ranks, between })
    }

    /// Elements by their places in sorted rows.
    fn pick(&self, places: &Array) -> Result<Array> {
        let column = |place: i64| self.ranks.partition_point(|&r| r < place as usize) as i64;
        let columns: Vec<i64> = places.to_vec::<i64>()?.into_iter().map(column).collect();
        if let &[column] = &columns[..] {
            return self.elements.slice(&[Slice::Ellipsis, Slice::Range(Some(column as isize), Some(column as isize + 1), 1)]);
        }
        let columns = Array::from_slice(&columns, &[columns.len()])?;
        take(&self.elements, Places { array: &columns, is_known: true }, Some(-1), None, IndexMode::Clip)
    }

    fn quantiles(&self, is_weak: bool) -> Result<Array> {
        let value = match &self.between {
            Between::One(places) => self.pick(places)?,
            Between::Two { low, high, gamma } => {
                let device = self.elements.device();
                let gamma = if gamma.size() == 1 { full(gamma.item()?, device)?.reshape(&[1])? } else { gamma.to_device(device)? };
                interpolated(&self.pick(low)?, &self.pick(high)?, &gamma, is_weak)?
            }
        };
        spread_nan_levels(&self.elements, &value)
    }
}

/// The places in sorted rows at which quantiles lie; they may lie outside.
enum Between {
    /// At these
    One(Array),
    /// Between two each: how far from the lower one
    Two { low: Array, high: Array, gamma: Array },
}

/// Places moved into rows of so many elements.
fn inside(places: &Array, count: &Array) -> Result<Array> {
    let last = call(&SUBTRACT, &[count.into(), 1.into()])?;
    at_least_0(&call(&MINIMUM, &[(&as_dtype(places, DType::I64)?).into(), (&last).into()])?)
}

/// Where quantiles lie in sorted rows of so many elements.
fn between(q: &Array, count: &Array, method: Method) -> Result<Between> {
    let dtype = q.dtype();
    // A Python number in NumPy: it takes the dtype of the levels.
    let counted = |x: Array| if dtype.is_integral() { Ok(x) } else { as_dtype(&x, dtype) };
    let (whole, less) = (counted(count.clone())?, counted(call(&SUBTRACT, &[count.into(), 1.into()])?)?);
    let times = |n: &Array| call(&MULTIPLY, &[n.into(), q.into()]);
    let minus = |x: &Array, y: f64| call(&SUBTRACT, &[x.into(), y.into()]);
    let minus_1 = |x: &Array| call(&SUBTRACT, &[x.into(), 1.into()]);
    let discrete = |index: &Array, is_odd_only: bool| -> Result<Between> {
        let before = call(&FLOOR, &[index.into()])?;
        let mut is_exact = call(&EQUAL, &[(&call(&SUBTRACT, &[index.into(), (&before).into()])?).into(), 0.into()])?;
        if is_odd_only {
            let is_odd = call(&EQUAL, &[(&call(&REMAINDER, &[(&before).into(), 2.into()])?).into(), 1.into()])?;
            is_exact = call(&LOGICAL_AND, &[(&is_exact).into(), (&is_odd).into()])?;
        }
        Ok(Between::One(select(&is_exact, &before, &call(&ADD, &[(&before).into(), 1.into()])?)?))
    };
    let index = match method {
        Method::InvertedCdf => return discrete(&minus_1(&times(&whole)?)?, false),
        Method::ClosestObservation => return discrete(&minus(&minus_1(&times(&whole)?)?, 0.5)?, true),
        Method::Lower => return Ok(Between::One(call(&FLOOR, &[(&times(&less)?).into()])?)),
        Method::Higher => return Ok(Between::One(call(&CEIL, &[(&times(&less)?).into()])?)),
        Method::Nearest => return Ok(Between::One(call(&RINT, &[(&times(&less)?).into()])?)),
        Method::Linear if dtype.is_integral() => return Ok(Between::One(times(&less)?)),
        Method::Linear => times(&less)?,
        Method::AveragedInvertedCdf => minus_1(&times(&whole)?)?,
        Method::Midpoint => {
            let at = times(&less)?;
            let sum = call(&ADD, &[(&call(&FLOOR, &[(&at).into()])?).into(), (&call(&CEIL, &[(&at).into()])?).into()])?;
            call(&MULTIPLY, &[(&sum).into(), 0.5.into()])?
        }
        Method::Continuous(alpha, beta) => {
            // Whole constants are integers in NumPy, which leave integers what they are.
            let constant = |x: f64| if x.fract() == 0.0 { Input::Weak(Weak::Int(x as i128)) } else { x.into() };
            let part = call(&MULTIPLY, &[q.into(), constant(1.0 - alpha - beta)])?;
            let shift = call(&ADD, &[(&part).into(), constant(alpha)])?;
            minus_1(&call(&ADD, &[(&times(&whole)?).into(), (&shift).into()])?)?
        }
    };
    let floor = call(&FLOOR, &[(&index).into()])?;
    // What lies outside has two equal neighbours, so that the weight does not matter.
    let gamma = call(&SUBTRACT, &[(&index).into(), (&floor).into()])?;
    let gamma = match method {
        Method::AveragedInvertedCdf => {
            let is_exact = call(&EQUAL, &[(&gamma).into(), 0.into()])?;
            select(&is_exact, 0.5, 1.0)?
        }
        Method::Midpoint => {
            let is_exact = call(&EQUAL, &[(&call(&REMAINDER, &[(&index).into(), 1.into()])?).into(), 0.into()])?;
            select(&is_exact, 0.0, 0.5)?
        }
        _ => gamma,
    };
    let high = call(&ADD, &[(&floor).into(), 1.into()])?;
    Ok(Between::Two { low: floor, high, gamma: as_dtype(&gamma, index.dtype())? })
}

/// Between two values, from the nearer one.
fn interpolated(low: &Array, high: &Array, gamma: &Array, is_weak: bool) -> Result<Array> {
    let difference = call(&SUBTRACT, &[high.into(), low.into()])?;
    let rest = call(&SUBTRACT, &[1.into(), gamma.into()])?;
    let is_far = call(&GREATER_EQUAL, &[gamma.into(), 0.5.into()])?;
    let weak = with_weak(low.dtype(), Weak::Float(0.0));
    let weight = |x: Array| if is_weak { as_dtype(&x, weak) } else { Ok(x) };
    let from_low = call(&ADD, &[low.into(), (&call(&MULTIPLY, &[(&difference).into(), (&weight(gamma.clone())?).into()])?).into()])?;
    let from_high = call(&SUBTRACT, &[high.into(), (&call(&MULTIPLY, &[(&difference).into(), (&weight(rest)?).into()])?).into()])?;
    select(&is_far, &as_dtype(&from_high, from_low.dtype())?, &from_low)
}

/// The elements at which the sum of the weights reaches each level.
fn weighted(lines: &Lines, weights: &Array, q: &Array, rule: NanRule) -> Result<Array> {
    let (sorted, places) = lines.sorted(Wanted::Both)?;
    let Some(places) = places else { return Err(Error::runtime("a sort gave no places")) };
    let mut weights = take_along_axis(&weights.broadcast_to(sorted.shape())?, &places, Some(-1))?;
    let n = sorted.shape()[sorted.n_axes() - 1];
    let mut last = full(Scalar::from(n as i64 - 1), sorted.device())?;
    if rule == NanRule::LeftOut {
        let is_nan = call(&ISNAN, &[(&sorted).into()])?;
        weights = select(&is_nan, Input::Scalar(Scalar::zero(weights.dtype())), &weights)?;
        last = at_least_0(&call(&SUBTRACT, &[(&numbers(&sorted)?).into(), 1.into()])?)?;
    }
    let sums = scan(&CUMSUM, &weights, Some(-1), Some(DType::F64))?;
    let total = sums.slice(&[Slice::Ellipsis, Slice::Range(Some(-1), None, 1)])?;
    let parts = call(&DIVIDE, &[(&sums).into(), (&total).into()])?;
    let parts = if q.dtype().kind() == Kind::Float { as_dtype(&parts, q.dtype())? } else { parts };
    // Elements in front that weigh nothing are passed over, at level 0 too.
    let is_nothing = call(&EQUAL, &[(&parts).into(), 0.into()])?;
    let parts = select(&is_nothing, Input::Weak(Weak::Float(-1.0)), &parts)?;
    let (parts, q) = (parts.slice(&[Slice::Ellipsis, Slice::New])?, q);
    let is_before = call(&LESS, &[(&parts).into(), q.into()])?;
    let n_before = reduce(&SUM, &is_before, &ReduceOptions { axes: Some(&[-2]), ..ReduceOptions::default() })?;
    let place = call(&MINIMUM, &[(&n_before).into(), (&last).into()])?;
    let value = take_along_axis(&sorted, &place, Some(-1))?;
    if rule == NanRule::LeftOut { Ok(value) } else { spread_nan_levels(&sorted, &value) }
}

/// A number as an array.
fn full(x: Scalar, device: Device) -> Result<Array> {
    creation::full(&[], x, CreateOptions { device: Some(device), ..CreateOptions::default() })
}

fn at_least_0(x: &Array) -> Result<Array> {
    call(&MAXIMUM, &[x.into(), 0.into()])
}

fn call(def: &'static UfuncDef, inputs: &[Input]) -> Result<Array> {
    apply(def, inputs, &UfuncOptions::default())
}

fn number(n: usize) -> Input<'static> {
    Input::Weak(Weak::Int(n as i128))
}
