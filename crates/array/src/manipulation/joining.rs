//! Joining arrays: each piece is written into its place of one allocation.

use super::between;
use super::functions::ravel;
use crate::array::{Array, Storage, force_node, on_queue};
use crate::creation::{CreateOptions, empty, empty_in, full};
use crate::engine::config;
use crate::engine::elementwise::{MemoryOrder, common_queue};
use crate::function::{Nested, function};
use cuprous_core::backend::backend;
use cuprous_core::kernel::{Launch, Operand, Program, Step};
use cuprous_core::layout::{Layout, Order, Slice};
use cuprous_core::promote::{Casting, can_cast, promote};
use cuprous_core::shape::{MAX_AXES, normalize_axis};
use cuprous_core::{DType, Device, Error, Result};
use cuprous_ops::casts::cast_row;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// How arrays are joined.
#[derive(Clone, Copy, Default)]
pub struct JoinOptions<'a> {
    /// Where the result goes
    pub out: Option<&'a Array>,
    /// Its dtype; by default the one that holds all
    pub dtype: Option<DType>,
    /// Which casts are allowed; `None` is `same_kind`
    pub casting: Option<Casting>,
}

/// Arrays joined along an axis that they have.
///
/// # Errors
/// `Axis`, `Shape`, `Value`, `Type` in NumPy's words.
pub fn join(parts: &[Array], axis: isize, options: JoinOptions) -> Result<Array> {
    let Some(first) = parts.first() else { return Err(Error::value("need at least one array to concatenate")) };
    if first.n_axes() == 0 && parts.iter().all(|p| p.n_axes() == 0) {
        return Err(Error::value("zero-dimensional arrays cannot be concatenated"));
    }
    let n_axes = first.n_axes();
    let axis = normalize_axis(axis, n_axes)?;
    let mut shape = first.shape().to_vec();
    for (k, part) in parts.iter().enumerate().skip(1) {
        if part.n_axes() != n_axes {
            return Err(Error::shape(format!(
                "all the input arrays must have same number of dimensions, but the array at index 0 has {n_axes} dimension(s) and the array at index {k} has {} dimension(s)",
                part.n_axes()
            )));
        }
        check_others(&shape, part.shape(), axis, k)?;
        shape[axis] += part.shape()[axis];
    }
    let out = match options.out {
        Some(out) if out.n_axes() != n_axes => return Err(Error::value("Output array has wrong dimensionality")),
        Some(out) if out.shape() != &shape[..] => return Err(Error::value("Output array is the wrong shape")),
        _ => target(parts, &shape, options)?,
    };
    for part in parts {
        check_cast(part, &out, options.casting)?;
    }
    // Nobody knows fresh memory: what is computed already goes there without the gate.
    if options.out.is_none() && parts.iter().all(|p| p.node().storage().is_some()) {
        fill(&out, parts, axis)?;
        return Ok(out);
    }
    let mut at = 0;
    for part in parts {
        let end = at + part.shape()[axis];
        out.slice(&between(axis, at, end))?.assign(part.into())?;
        at = end;
    }
    Ok(out)
}

/// Arrays joined as one axis.
fn join_flat(parts: &[Array], options: JoinOptions) -> Result<Array> {
    if parts.is_empty() {
        return Err(Error::value("need at least one array to concatenate"));
    }
    let size = parts.iter().map(Array::size).sum();
    let flat = parts.iter().map(|p| p.reshape(&[-1])).collect::<Result<Vec<_>>>()?;
    match options.out {
        Some(out) if out.n_axes() != 1 => return Err(Error::value("Output array must be 1D")),
        Some(out) if out.size() != size => return Err(Error::value("Output array is the wrong size")),
        _ => {}
    }
    join(&flat, 0, options)
}

/// Where the pieces go.
fn target(parts: &[Array], shape: &[usize], options: JoinOptions) -> Result<Array> {
    let arrays: Vec<&Array> = parts.iter().chain(options.out).collect();
    let queue = common_queue(&arrays)?;
    if let Some(out) = options.out {
        if options.dtype.is_some() {
            return Err(Error::type_error("concatenate() only takes `out` or `dtype` as an argument, but both were provided."));
        }
        return Ok(out.clone());
    }
    let dtype = options.dtype.or_else(|| parts.iter().map(Array::dtype).reduce(promote)).unwrap_or(DType::F64);
    cuprous_core::shape::checked_size(shape, dtype.size())?;
    let layouts: Vec<&Layout> = parts.iter().map(Array::layout).collect();
    empty_in(layout_of(shape, dtype.size(), &layouts), dtype, queue.device)
}

/// The packed layout of a result whose pieces lie so: an axis moves outwards past those with smaller strides, unless a
/// piece objects. Axes that no piece can tell apart are passed over on the way.
fn layout_of(shape: &[usize], item_size: usize, pieces: &[&Layout]) -> Layout {
    let mut outer_first: Vec<usize> = (0..shape.len()).collect();
    for i in 1..shape.len() {
        let axis = outer_first[i];
        let mut place = i;
        for j in (0..i).rev() {
            let other = outer_first[j];
            let mut told_apart = pieces.iter().filter(|l| l.shape[axis] != 1 && l.shape[other] != 1).peekable();
            if told_apart.peek().is_none() {
                continue;
            }
            if !told_apart.all(|l| l.strides[axis].unsigned_abs() > l.strides[other].unsigned_abs()) {
                break;
            }
            place = j;
        }
        outer_first[place..=i].rotate_right(1);
    }
    let mut layout = Layout::contiguous(shape, item_size, Order::C);
    let mut step = item_size as isize;
    for &k in outer_first.iter().rev() {
        layout.strides[k] = step;
        step *= shape[k].max(1) as isize;
    }
    layout
}

/// Refuses a cast that the rule forbids.
fn check_cast(part: &Array, out: &Array, casting: Option<Casting>) -> Result<()> {
    let rule = casting.unwrap_or(Casting::SameKind);
    if can_cast(part.dtype(), out.dtype(), rule) {
        return Ok(());
    }
    Err(Error::type_error(format!(
        "Cannot cast array data from dtype('{}') to dtype('{}') according to the rule '{}'",
        part.dtype(),
        out.dtype(),
        rule.name()
    )))
}

/// Copies pieces to their places in fresh memory, in as few launches as their number and dtypes allow.
fn fill(out: &Array, parts: &[Array], axis: usize) -> Result<()> {
    let (target, queue) = (force_node(out.node())?, &out.node().queue);
    let b = backend(queue.device.kind)?;
    let mut places: SmallVec<[Layout; 4]> = SmallVec::new();
    let mut at = 0;
    for part in parts {
        let mut place = out.layout().clone();
        place.shape = part.shape().into();
        // Of a piece without elements the place may begin behind the end.
        place.offset = if part.size() > 0 { place.offset + at * place.strides[axis].unsigned_abs() } else { 0 };
        at += part.shape()[axis];
        places.push(place);
    }
    let full: SmallVec<[usize; 4]> = (0..parts.len()).filter(|&k| parts[k].size() > 0).collect();
    let mut sources: SmallVec<[Arc<Storage>; 4]> = SmallVec::new();
    for part in parts {
        let storage = force_node(part.node())?;
        storage.before_reading(b, queue)?;
        sources.push(storage);
    }
    target.before_writing(b, queue)?;
    let input = |k: usize| Operand::new(&sources[k].buffer, parts[k].layout(), parts[k].dtype());
    let output = |k: usize| Operand::new(&target.buffer, &places[k], out.dtype());
    let launch = |program: &Program, several: &[Launch]| {
        config::log_plan(|| format!("{} {} launches\n{program:?}", queue.device, several.len()));
        on_queue(queue, || match several {
            [one] => b.elementwise(program, one),
            all => b.elementwise_many(program, all),
        })
    };

    let Some(&first) = full.first() else { return Ok(()) };
    let is_small = full.iter().all(|&k| parts[k].size() <= b.shares_launches_below());
    // Pieces that share lines of memory are written together, so that each line is written once.
    let run = places[first].shape[axis] * places[first].strides[axis].unsigned_abs();
    if !is_small && run < LINE && full.iter().all(|&k| parts[k].shape() == parts[first].shape()) {
        for group in full.chunks(TOGETHER) {
            let mut program = Program::default();
            for (operand, &k) in group.iter().enumerate() {
                let step = copy_step(&mut program, operand as u32, parts[k].dtype(), out.dtype());
                program.outputs.push(step);
            }
            let inputs = group.iter().map(|&k| input(k)).collect::<Result<SmallVec<[_; 4]>>>()?;
            let outputs = group.iter().map(|&k| output(k)).collect::<Result<SmallVec<[_; 4]>>>()?;
            launch(&program, &[Launch { shape: parts[first].shape(), inputs: &inputs, outputs: &outputs, parameters: &[], queue }])?;
        }
        return Ok(());
    }
    let mut rest = full;
    while let Some(&k) = rest.first() {
        let dtype = parts[k].dtype();
        let mut program = Program::default();
        let step = copy_step(&mut program, 0, dtype, out.dtype());
        program.outputs.push(step);
        let alike: SmallVec<[usize; 4]> = rest.iter().copied().filter(|&k| parts[k].dtype() == dtype).collect();
        rest.retain(|k| parts[*k].dtype() != dtype);
        let operands = alike.iter().map(|&k| Ok(([input(k)?], [output(k)?]))).collect::<Result<SmallVec<[_; 4]>>>()?;
        let launches: SmallVec<[Launch; 4]> = alike
            .iter()
            .zip(&operands)
            .map(|(&k, (inputs, outputs))| Launch { shape: parts[k].shape(), inputs, outputs, parameters: &[], queue })
            .collect();
        if is_small {
            launch(&program, &launches)?;
        } else {
            launches.iter().try_for_each(|one| launch(&program, std::slice::from_ref(one)))?;
        }
    }
    Ok(())
}

/// Bytes that memory is written in.
const LINE: usize = 128;
/// Pieces that one program writes together.
const TOGETHER: usize = 16;

/// Adds the steps of a copy to a program: the step of the value.
fn copy_step(program: &mut Program, operand: u32, from: DType, to: DType) -> u32 {
    program.steps.push(Step::Load { operand, dtype: from });
    if from != to {
        let load = program.steps.len() as u32 - 1;
        program.steps.push(Step::Apply { row: cast_row(from, to), args: smallvec![load], output: 0 });
    }
    program.steps.len() as u32 - 1
}

/// Checks that two shapes agree but for one axis.
fn check_others(first: &[usize], other: &[usize], axis: usize, k: usize) -> Result<()> {
    match (0..first.len()).find(|&d| d != axis && first[d] != other[d]) {
        None => Ok(()),
        Some(d) => Err(Error::shape(format!(
            "all the input array dimensions except for the concatenation axis must match exactly, but along dimension {d}, the array at index 0 has size {} and the array at index {k} has size {}",
            first[d], other[d]
        ))),
    }
}

/// An array with at least `n` axes: more are put in front.
pub(crate) fn with_axes_in_front(a: &Array, n: usize) -> Result<Array> {
    match n.saturating_sub(a.n_axes()) {
        0 => Ok(a.clone()),
        missing => a.slice(&vec![Slice::New; missing]),
    }
}

/// Arrays joined along an axis.
///
/// # Parameters
/// - `arrays`: arrays of the same shape, except along `axis`.
/// - `axis`: the axis along which they are joined; `None` joins their elements in C order.
/// - `out`: array for the result.
/// - `dtype`: the dtype of the result; by default the one that holds all. Not together with `out`.
/// - `casting`: which casts are allowed.
///
/// # Returns
/// Array whose length along `axis` is the sum of theirs.
///
/// # Errors
/// - `Value`: there is no array, or only arrays without axes; `out` has another shape.
/// - `Shape`: the other axes differ.
/// - `Axis`: an axis that they do not have.
/// - `Type`: `casting` forbids a cast, or `out` and `dtype` are both given.
///
/// # Differs from NumPy
/// With `axis=None` a Python number counts with its own dtype.
///
/// # Source
/// `numpy.concatenate`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([[1, 2], [3, 4]])
/// >>> cp.concatenate((a, [[5, 6]]))
/// array([[1, 2],
///        [3, 4],
///        [5, 6]])
/// >>> cp.concatenate((a, [[5, 6]]), axis=None)
/// array([1, 2, 3, 4, 5, 6])
/// ```
#[function(signature = "(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')", aliases = "concat")]
pub fn concatenate(
    arrays: &[Array],
    axis: Option<isize>,
    out: Option<&Array>,
    dtype: Option<DType>,
    casting: Option<Casting>,
) -> Result<Array> {
    let options = JoinOptions { out, dtype, casting };
    axis.map_or_else(|| join_flat(arrays, options), |axis| join(arrays, axis, options))
}

/// Arrays of one shape joined along a new axis.
///
/// # Parameters
/// - `arrays`: arrays of the same shape.
/// - `axis`: where the new axis stands in the result.
/// - `out`: array for the result.
/// - `dtype`: the dtype of the result; by default the one that holds all. Not together with `out`.
/// - `casting`: which casts are allowed.
///
/// # Returns
/// Array with one more axis, as long as there are arrays.
///
/// # Errors
/// - `Value`: there is no array, or `out` has another shape.
/// - `Shape`: the shapes differ.
/// - `Axis`: a place that the result does not have.
/// - `Type`: `casting` forbids a cast, or `out` and `dtype` are both given.
///
/// # Source
/// `numpy.stack`
///
/// # Examples
/// ```python
/// >>> cp.stack([cp.arange(3), cp.ones(3)], axis=1)
/// array([[0., 1.],
///        [1., 1.],
///        [2., 1.]])
/// ```
#[function(signature = "(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')")]
pub fn stack(arrays: &[Array], axis: isize, out: Option<&Array>, dtype: Option<DType>, casting: Option<Casting>) -> Result<Array> {
    let Some(first) = arrays.first() else { return Err(Error::value("need at least one array to stack")) };
    if arrays.iter().any(|a| a.shape() != first.shape()) {
        return Err(Error::shape("all input arrays must have the same shape"));
    }
    let axis = normalize_axis(axis, first.n_axes() + 1)?;
    let parts = arrays.iter().map(|a| a.slice(&super::along(axis, Slice::New))).collect::<Result<Vec<_>>>()?;
    join(&parts, axis as isize, JoinOptions { out, dtype, casting })
}

/// Arrays joined along the first axis, those with one axis as rows.
///
/// # Parameters
/// - `tup`: arrays of the same shape, except along the first axis; those with one axis of the same length.
/// - `dtype`: the dtype of the result; by default the one that holds all.
/// - `casting`: which casts are allowed.
///
/// # Returns
/// Array with at least two axes.
///
/// # Errors
/// - `Value`: there is no array.
/// - `Shape`: the other axes differ.
/// - `Type`: `casting` forbids a cast.
///
/// # Source
/// `numpy.vstack`
///
/// # Examples
/// ```python
/// >>> cp.vstack((cp.arange(3), cp.ones((1, 3), dtype=int)))
/// array([[0, 1, 2],
///        [1, 1, 1]])
/// ```
#[function(signature = "(tup, *, dtype=None, casting='same_kind')", aliases = "row_stack")]
pub fn vstack(tup: &[Array], dtype: Option<DType>, casting: Option<Casting>) -> Result<Array> {
    let parts = tup.iter().map(|a| with_axes_in_front(a, 2)).collect::<Result<Vec<_>>>()?;
    join(&parts, 0, JoinOptions { out: None, dtype, casting })
}

/// Arrays joined along the second axis, those with one axis along it.
///
/// # Parameters
/// - `tup`: arrays of the same shape, except along the second axis; those with one axis of any length.
/// - `dtype`: the dtype of the result; by default the one that holds all.
/// - `casting`: which casts are allowed.
///
/// # Returns
/// Array with at least one axis.
///
/// # Errors
/// - `Value`: there is no array.
/// - `Shape`: the other axes differ.
/// - `Type`: `casting` forbids a cast.
///
/// # Source
/// `numpy.hstack`
///
/// # Examples
/// ```python
/// >>> cp.hstack((cp.arange(3), [7]))
/// array([0, 1, 2, 7])
/// ```
#[function(signature = "(tup, *, dtype=None, casting='same_kind')")]
pub fn hstack(tup: &[Array], dtype: Option<DType>, casting: Option<Casting>) -> Result<Array> {
    let parts = tup.iter().map(|a| with_axes_in_front(a, 1)).collect::<Result<Vec<_>>>()?;
    let axis = if parts.first().is_some_and(|a| a.n_axes() == 1) { 0 } else { 1 };
    join(&parts, axis, JoinOptions { out: None, dtype, casting })
}

/// Arrays joined along the third axis.
///
/// # Parameters
/// - `tup`: arrays of the same shape, except along the third axis. `(N,)` counts as `(1, N, 1)`, `(M, N)` as
///   `(M, N, 1)`.
///
/// # Returns
/// Array with at least three axes.
///
/// # Errors
/// - `Value`: there is no array.
/// - `Shape`: the other axes differ.
///
/// # Source
/// `numpy.dstack`
///
/// # Examples
/// ```python
/// >>> cp.dstack((cp.arange(2), cp.ones(2, dtype=int)))
/// array([[[0, 1],
///         [1, 1]]])
/// ```
#[function(signature = "(tup)")]
pub fn dstack(tup: &[Array]) -> Result<Array> {
    let parts = tup.iter().map(super::shapes::three_axes).collect::<Result<Vec<_>>>()?;
    join(&parts, 2, JoinOptions::default())
}

/// Arrays joined along the second axis, those with one axis as columns.
///
/// # Parameters
/// - `tup`: arrays with one axis, or with two, of the same length along the first.
///
/// # Returns
/// Array with two axes.
///
/// # Errors
/// - `Value`: there is no array.
/// - `Shape`: the lengths differ.
///
/// # Source
/// `numpy.column_stack`
///
/// # Examples
/// ```python
/// >>> cp.column_stack((cp.arange(3), cp.ones(3, dtype=int)))
/// array([[0, 1],
///        [1, 1],
///        [2, 1]])
/// ```
#[function(signature = "(tup)")]
pub fn column_stack(tup: &[Array]) -> Result<Array> {
    let column = |a: &Array| if a.n_axes() < 2 { with_axes_in_front(a, 2)?.t() } else { Ok(a.clone()) };
    let parts = tup.iter().map(column).collect::<Result<Vec<_>>>()?;
    join(&parts, 1, JoinOptions::default())
}

/// An array with values added at its end.
///
/// # Parameters
/// - `arr`: array of any shape.
/// - `values`: what is added: of the shape of `arr`, except along `axis`.
/// - `axis`: the axis along which they are joined; by default both are flattened.
///
/// # Returns
/// A new array.
///
/// # Errors
/// - `Shape`: the other axes differ.
/// - `Axis`: an axis that they do not have.
///
/// # Source
/// `numpy.append`
///
/// # Examples
/// ```python
/// >>> cp.append(cp.arange(3), [7, 8])
/// array([0, 1, 2, 7, 8])
/// ```
#[function(signature = "(arr, values, axis=None)")]
pub fn append(arr: &Array, values: &Array, axis: Option<isize>) -> Result<Array> {
    match axis {
        Some(axis) => join(&[arr.clone(), values.clone()], axis, JoinOptions::default()),
        None => join(&[ravel(arr, None)?, ravel(values, None)?], 0, JoinOptions::default()),
    }
}

/// An array put together from nested lists of blocks.
///
/// # Parameters
/// - `arrays`: lists of arrays and numbers, nested to the same depth: the innermost are joined along the last axis,
///   those around them along the one before, and so on.
///
/// # Returns
/// Array with as many axes as the lists are deep, or as the block with the most.
///
/// # Errors
/// - `Value`: an empty list, or lists of different depths.
/// - `Shape`: blocks that do not fit each other.
/// - `Type`: a tuple among the lists.
///
/// # Source
/// `numpy.block`
///
/// # Examples
/// ```python
/// >>> a = cp.ones((2, 2), dtype=int)
/// >>> cp.block([[a, 0 * a], [[2, 3, 4, 5]]])
/// Traceback (most recent call last):
///     ...
/// ValueError: List depths are mismatched. First element was at depth 2, but there is an element at depth 3 (arrays[1][0][0])
/// >>> cp.block([[a, 0 * a], [a, a]])
/// array([[1, 1, 0, 0],
///        [1, 1, 0, 0],
///        [1, 1, 1, 1],
///        [1, 1, 1, 1]])
/// ```
#[function(signature = "(arrays)")]
pub fn block(arrays: Nested) -> Result<Array> {
    let found = depth_of(arrays, &mut Vec::new())?;
    if found.is_empty_list {
        return Err(Error::value(format!("List at {} cannot be empty", path(&found.at))));
    }
    let (depth, n_axes) = (found.at.len(), found.n_axes.max(found.at.len()));
    let mut leaves = Vec::new();
    let device = device_of(arrays);
    let shape = arrange(arrays, Corner { depth: 0, list_depth: depth, n_axes, device }, &mut vec![0; n_axes], &mut leaves)?;
    let blocks: Vec<&Array> = leaves.iter().map(|(_, a)| a).collect();
    let queue = common_queue(&blocks)?;
    let dtype = blocks.iter().map(|a| a.dtype()).reduce(promote).unwrap_or(DType::F64);
    let is_f = blocks.iter().all(|a| a.is_f_contiguous()) && !blocks.iter().all(|a| a.is_c_contiguous());
    let order = if is_f { MemoryOrder::F } else { MemoryOrder::C };
    let out = empty(&shape, dtype, CreateOptions { device: Some(queue.device), order })?;
    for (corner, block) in &leaves {
        let range = |(&at, &n): (&usize, &usize)| Slice::Range(Some(at as isize), Some((at + n) as isize), 1);
        let place: Vec<Slice> = corner.iter().zip(block.shape()).map(range).collect();
        out.slice(&place)?.assign(block.into())?;
    }
    Ok(out)
}

/// How deep the lists are.
struct Depth {
    /// The way to the first block
    at: Vec<usize>,
    /// Whether a list there is empty
    is_empty_list: bool,
    /// The most axes of a block
    n_axes: usize,
}

/// Checks that all blocks lie at one depth.
fn depth_of(item: Nested, at: &mut Vec<usize>) -> Result<Depth> {
    if matches!(item.0, crate::function::Value::Tuple(_)) {
        return Err(Error::type_error(format!(
            "{} is a tuple. Only lists can be used to arrange blocks, and np.block does not allow implicit conversion from tuple to ndarray.",
            path(at)
        )));
    }
    let Some(items) = item.items() else {
        let n_axes = match item.input()? {
            crate::engine::Input::Array(a) => a.n_axes(),
            _ => 0,
        };
        return Ok(Depth { at: at.clone(), is_empty_list: false, n_axes });
    };
    let mut first: Option<Depth> = None;
    for (k, part) in items.enumerate() {
        at.push(k);
        let found = depth_of(part, at)?;
        at.pop();
        match &mut first {
            None => first = Some(found),
            Some(first) => {
                let (a, b) = (first.at.len() + usize::from(first.is_empty_list), found.at.len() + usize::from(found.is_empty_list));
                if a != b {
                    return Err(Error::value(format!(
                        "List depths are mismatched. First element was at depth {a}, but there is an element at depth {b} ({}{})",
                        path(&found.at),
                        if found.is_empty_list { "[]" } else { "" }
                    )));
                }
                first.n_axes = first.n_axes.max(found.n_axes);
                if found.is_empty_list {
                    (first.at, first.is_empty_list) = (found.at, true);
                }
            }
        }
    }
    Ok(first.unwrap_or_else(|| Depth { at: at.clone(), is_empty_list: true, n_axes: 0 }))
}

fn path(at: &[usize]) -> String {
    let indices: String = at.iter().map(|k| format!("[{k}]")).collect();
    format!("arrays{indices}")
}

/// The device of the first array.
fn device_of(item: Nested) -> Option<Device> {
    match (item.items(), item.0) {
        (Some(mut items), _) => items.find_map(device_of),
        (None, crate::function::Value::Array(a)) => Some(a.device()),
        _ => None,
    }
}

/// Where in the lists one stands.
#[derive(Clone, Copy)]
struct Corner {
    depth: usize,
    list_depth: usize,
    n_axes: usize,
    device: Option<Device>,
}

/// Finds the place of each block below an item that begins at `at`, and the shape of all of them together.
fn arrange(item: Nested, corner: Corner, at: &mut Vec<usize>, leaves: &mut Vec<(Vec<usize>, Array)>) -> Result<Vec<usize>> {
    let Some(items) = item.items() else {
        let own = match item.input()? {
            crate::engine::Input::Array(a) => a.clone(),
            crate::engine::Input::Scalar(s) => full(&[], s, CreateOptions { device: corner.device, ..CreateOptions::default() })?,
            crate::engine::Input::Weak(w) => {
                full(&[], w.to_scalar(w.default_dtype())?, CreateOptions { device: corner.device, ..CreateOptions::default() })?
            }
        };
        if corner.n_axes > MAX_AXES {
            return Err(Error::value(format!("block: more than {MAX_AXES} axes")));
        }
        let block = with_axes_in_front(&own, corner.n_axes)?;
        let shape = block.shape().to_vec();
        leaves.push((at.clone(), block));
        return Ok(shape);
    };
    let axis = corner.n_axes - corner.list_depth + corner.depth;
    let start = at[axis];
    let mut shape: Option<Vec<usize>> = None;
    for (k, part) in items.enumerate() {
        let one = arrange(part, Corner { depth: corner.depth + 1, ..corner }, at, leaves)?;
        at[axis] += one[axis];
        match &mut shape {
            None => shape = Some(one),
            Some(shape) => {
                check_others(shape, &one, axis, k)?;
                shape[axis] += one[axis];
            }
        }
    }
    at[axis] = start;
    Ok(shape.unwrap_or_default())
}
