//! NumPy's advanced indexing: arrays of integers and masks among slices, integers, ellipses and new axes.

use super::Index;
use super::access::{Chosen, IndexAxis, as_index, check_places, gather, scatter};
use super::nonzero::{flat_nonzero, unraveled};
use crate::array::{Array, assign};
use crate::engine::Input;
use cuprous_core::indexing::{IndexMode, Indexed};
use cuprous_core::layout::{Layout, Slice};
use cuprous_core::shape::{Dims, MAX_AXES, broadcast, tight};
use cuprous_core::{DType, Device, Error, Kind, Result, Weak};
use smallvec::SmallVec;

/// Reads what an index selects: a copy where arrays select, else a view.
///
/// # Errors
/// `Index` in NumPy's words.
pub fn get(a: &Array, index: &[Index]) -> Result<Array> {
    match basic(index) {
        Some(slices) => a.get(&slices),
        None => gather(&choose(a, index)?),
    }
}

/// Writes to what an index selects.
///
/// # Errors
/// `Index`, `Shape`, `Value` and `Type` in NumPy's words; `Overflow` for a Python integer that the dtype cannot hold.
pub fn set(a: &Array, index: &[Index], value: Input) -> Result<()> {
    if let Some(slices) = basic(index) {
        return a.set(&slices, value);
    }
    let own = as_values(a, value)?;
    match index {
        [Index::Array(mask) | Index::Host(mask)] if mask.dtype() == DType::Bool && mask.n_axes() == a.n_axes() && a.n_axes() > 0 => {
            check_mask(a, mask, 0)?;
            if own.n_axes() > 1 {
                return Err(Error::type_error(format!(
                    "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input has {} dimensions",
                    own.n_axes()
                )));
            }
            if own.size() == 1 {
                return write_where(a, mask, &own.reshape(&[])?);
            }
            let chosen = choose(a, index)?;
            let n = chosen.base.size();
            if own.size() != n {
                return Err(Error::value(format!(
                    "NumPy boolean array indexing assignment cannot assign {} input values to the {n} output values where the mask is true",
                    own.size()
                )));
            }
            scatter(&chosen, Some(&own), None)
        }
        // A value that is the same for all true elements needs no positions.
        [Index::Array(mask) | Index::Host(mask)]
            if mask.dtype() == DType::Bool
                && (1..=a.n_axes()).contains(&mask.n_axes())
                && own.n_axes() + mask.n_axes() <= a.n_axes()
                && own.layout().broadcast_to(&a.shape()[mask.n_axes()..]).is_ok() =>
        {
            check_mask(a, mask, 0)?;
            let mut shape: Vec<isize> = mask.shape().iter().map(|&n| n as isize).collect();
            shape.resize(a.n_axes(), 1);
            let mask = mask.to_device(a.device())?.reshape(&shape)?;
            write_where(a, &mask, &own)
        }
        _ => {
            let chosen = choose(a, index)?;
            let shape = &chosen.base.shape;
            // Leading axes of length 1 that the result lacks are dropped.
            let extra = own.n_axes().saturating_sub(shape.len());
            let kept = &own.shape()[extra..];
            let fits =
                own.shape()[..extra].iter().all(|&n| n == 1) && kept.iter().rev().zip(shape.iter().rev()).all(|(&n, &m)| n == 1 || n == m);
            if !fits && is_plain(index) {
                return Err(Error::shape(format!(
                    "could not broadcast input array from shape {} into shape {}",
                    tight(own.shape()),
                    tight(shape)
                )));
            }
            if !fits {
                return Err(Error::shape(format!(
                    "shape mismatch: value array of shape {} could not be broadcast to indexing result of shape {}",
                    tight(own.shape()),
                    tight(shape)
                )));
            }
            let own = if extra > 0 { own.reshape(&kept.iter().map(|&n| n as isize).collect::<Vec<_>>())? } else { own };
            scatter(&chosen, Some(&own), None)
        }
    }
}

/// Whether arrays without axes are the only ones of an index: to NumPy these are integers.
fn is_plain(index: &[Index]) -> bool {
    index.iter().all(|i| match i {
        Index::Slice(_) => true,
        Index::Array(v) | Index::Host(v) => v.n_axes() == 0 && v.dtype() != DType::Bool,
        Index::Truth(_) => false,
    })
}

/// Writes where a mask, which broadcasts to the array's shape, is true.
pub(super) fn write_where(a: &Array, mask: &Array, value: &Array) -> Result<()> {
    let mask = mask.to_device(a.device())?;
    assign(a, value.node().clone(), false, Some(&mask))
}

/// A value as an array of the target's dtype, on its device.
pub(super) fn as_values(a: &Array, value: Input) -> Result<Array> {
    let scalar = match value {
        Input::Array(v) if v.device() == a.device() => {
            return if v.dtype() == a.dtype() { Ok(v.clone()) } else { v.astype(a.dtype()) };
        }
        Input::Array(v) => {
            return Err(Error::device(format!(
                "cannot write an array of {} into one of {}: move it with `asarray(x, device=...)`",
                v.device(),
                a.device()
            )));
        }
        Input::Scalar(s) => s.cast(a.dtype()),
        Input::Weak(Weak::Complex(_)) if a.dtype().is_integral() && a.dtype() != DType::Bool => {
            return Err(Error::type_error("int() argument must be a string, a bytes-like object or a real number, not 'complex'"));
        }
        Input::Weak(Weak::Complex(_)) if a.dtype().kind() == Kind::Float => {
            return Err(Error::type_error("float() argument must be a string or a real number, not 'complex'"));
        }
        Input::Weak(w) => w.to_scalar(a.dtype())?,
    };
    crate::creation::full_on(&[], scalar, Some(a.device()))
}

/// The index as slices, if it selects by nothing else.
pub(super) fn basic(index: &[Index]) -> Option<SmallVec<[Slice; 8]>> {
    index.iter().map(|i| if let Index::Slice(s) = i { Some(*s) } else { None }).collect()
}

fn check_mask(a: &Array, mask: &Array, axis: usize) -> Result<()> {
    match (0..mask.n_axes()).find(|&k| mask.shape()[k] != a.shape()[axis + k]) {
        None => Ok(()),
        Some(k) => Err(Error::index(format!(
            "boolean index did not match indexed array along axis {}; size of axis is {} but size of corresponding boolean axis is {}",
            axis + k,
            a.shape()[axis + k],
            mask.shape()[k]
        ))),
    }
}

/// An item that selects by elements, and the axes of the array that it takes.
enum Taken {
    /// Integers for one axis
    Integers { values: Array, axis: usize },
    /// A mask over some axes from `axis` on
    Mask { mask: Array, axis: usize },
    /// A truth value, over no axis
    Truth(bool),
    /// One integer: the slices take care of it, but it has a shape
    Place,
}

/// The elements that an index selects, in the order of NumPy's result.
///
/// # Errors
/// `Index` in NumPy's words.
pub(crate) fn choose(a: &Array, index: &[Index]) -> Result<Chosen> {
    let n_axes = a.n_axes();
    let mut n_used = 0;
    let mut n_ellipses = 0;
    for item in index {
        n_used += match item {
            Index::Slice(Slice::At(_) | Slice::Range(..)) => 1,
            Index::Slice(Slice::Ellipsis) => {
                n_ellipses += 1;
                0
            }
            Index::Slice(Slice::New) | Index::Truth(_) => 0,
            Index::Array(v) | Index::Host(v) if v.dtype() == DType::Bool => v.n_axes(),
            Index::Array(v) | Index::Host(v) if v.dtype().is_integral() => 1,
            _ => return Err(Error::index("arrays used as indices must be of integer (or boolean) type")),
        };
    }
    if n_ellipses > 1 {
        return Err(Error::index("an index can only have a single ellipsis ('...')"));
    }
    if n_used > n_axes {
        return Err(Error::index(format!("too many indices for array: array is {n_axes}-dimensional, but {n_used} were indexed")));
    }

    // Slices that keep the axes that arrays take whole; what takes them; and where their block stands in the result.
    let mut slices: SmallVec<[Slice; 8]> = SmallVec::new();
    let mut taken: SmallVec<[Taken; 4]> = SmallVec::new();
    let (mut axis, mut n_kept) = (0, 0);
    let (mut block, mut is_split, mut was_taken) = (None, false, false);
    let whole = Slice::Range(None, None, 1);
    for item in index {
        let takes = match item {
            Index::Slice(Slice::Ellipsis) => {
                slices.push(Slice::Ellipsis);
                axis += n_axes - n_used;
                n_kept += n_axes - n_used;
                None
            }
            Index::Slice(s @ Slice::At(_)) => {
                slices.push(*s);
                axis += 1;
                Some(Taken::Place)
            }
            Index::Slice(s) => {
                slices.push(*s);
                axis += usize::from(matches!(s, Slice::Range(..)));
                n_kept += 1;
                None
            }
            Index::Truth(b) => Some(Taken::Truth(*b)),
            Index::Array(v) | Index::Host(v) if v.dtype() == DType::Bool && v.n_axes() == 0 => Some(Taken::Truth(v.item()?.to::<bool>())),
            Index::Array(v) | Index::Host(v) => {
                let is_mask = v.dtype() == DType::Bool;
                if is_mask {
                    check_mask(a, v, axis)?;
                }
                let n = if is_mask { v.n_axes() } else { 1 };
                slices.extend(std::iter::repeat_n(whole, n));
                axis += n;
                if is_mask {
                    Some(Taken::Mask { mask: v.to_device(a.device())?, axis: axis - n })
                } else {
                    Some(Taken::Integers { values: local(v, item, a.device(), a.shape()[axis - 1], axis - 1)?, axis: axis - 1 })
                }
            }
        };
        // Arrays, integers and truth values that stand side by side are replaced where they stand, else their axes
        // come first.
        is_split |= takes.is_some() && block.is_some() && !was_taken;
        was_taken = takes.is_some();
        if let Some(t) = takes {
            block.get_or_insert(n_kept);
            taken.push(t);
        }
    }
    let view = a.slice(&slices)?;
    let first = if is_split { 0 } else { block.unwrap_or(0) };

    // The view's axes are those of the array without the ones that integers took, and new ones.
    let is_taken_axis = taken_axes(&slices, index, n_axes, n_used);
    let kept: SmallVec<[usize; 8]> = (0..view.n_axes()).filter(|&k| !is_taken_axis[k]).collect();
    let mut places = (0..view.n_axes()).filter(|&k| is_taken_axis[k]);

    let mut shapes: SmallVec<[Dims; 4]> = SmallVec::new();
    let mut found: SmallVec<[(Array, usize, isize, usize); 4]> = SmallVec::new();
    for t in taken {
        match t {
            Taken::Place => shapes.push(Dims::new()),
            Taken::Truth(b) => shapes.push(Dims::from_slice(&[usize::from(b)])),
            Taken::Integers { values, axis } => {
                let k = places.next().unwrap_or_default();
                shapes.push(values.shape().into());
                found.push((as_index(&values)?, view.shape()[k], view.strides()[k], axis));
            }
            Taken::Mask { mask, axis } => {
                let axes: SmallVec<[usize; 4]> = places.by_ref().take(mask.n_axes()).collect();
                let flat = flat_nonzero(&mask)?;
                shapes.extend(std::iter::repeat_n(Dims::from_slice(flat.shape()), axes.len()));
                let (sizes, strides) = (&view.shape()[axes[0]..=axes[axes.len() - 1]], &view.strides()[axes[0]..=axes[axes.len() - 1]]);
                let is_linear = (1..axes.len()).all(|k| strides[k - 1] == strides[k] * sizes[k] as isize);
                if is_linear {
                    found.push((flat, sizes.iter().product(), strides[axes.len() - 1], axis));
                } else {
                    for (k, part) in unraveled(&flat, sizes)?.into_iter().enumerate() {
                        found.push((part, sizes[k], strides[k], axis + k));
                    }
                }
            }
        }
    }
    let all: SmallVec<[&[usize]; 4]> = shapes.iter().map(|s| &s[..]).collect();
    let Ok(common) = broadcast(&all) else {
        // Arrays without axes are integers to NumPy, which it looks at first and does not name.
        found.iter().filter(|f| f.0.n_axes() == 0).try_for_each(|(values, len, _, axis)| check_places(values, *len, *axis))?;
        let list: Vec<String> = shapes.iter().filter(|s| !s.is_empty()).map(|s| tight(s)).collect();
        return Err(Error::index(format!(
            "shape mismatch: indexing arrays could not be broadcast together with shapes {} ",
            list.join(" ")
        )));
    };

    let n_block = common.len();
    let n_result = kept.len() + n_block;
    if n_result > MAX_AXES {
        return Err(Error::index(format!("number of dimensions must be within [0, {MAX_AXES}], indexing result would have {n_result}")));
    }
    let mut base = Layout { shape: SmallVec::new(), strides: SmallVec::new(), offset: view.layout().offset };
    let push_kept = |base: &mut Layout, range: std::ops::Range<usize>| {
        for &k in &kept[range] {
            base.shape.push(view.shape()[k]);
            base.strides.push(view.strides()[k]);
        }
    };
    push_kept(&mut base, 0..first);
    base.shape.extend(common.iter().copied());
    base.strides.extend(std::iter::repeat_n(0, n_block));
    push_kept(&mut base, first..kept.len());
    let indices: SmallVec<[IndexAxis; 2]> = found
        .into_iter()
        .map(|(values, len, stride, axis)| {
            let places = (first + n_block - values.n_axes()..first + n_block).collect();
            IndexAxis { values, places, len, stride, axis }
        })
        .collect();
    // Where the arrays select nothing NumPy lets them be out of range, but for those without axes, its integers.
    let mode = if common.contains(&0) {
        indices.iter().filter(|i| i.values.n_axes() == 0).try_for_each(|i| check_places(&i.values, i.len, i.axis))?;
        IndexMode::Skip
    } else {
        let mode = super::mode(indices.iter().map(|i| i.len));
        // Where the selection is empty for another reason nothing else looks at them.
        if mode == IndexMode::Raise && base.shape.contains(&0) {
            indices.iter().try_for_each(|i| check_places(&i.values, i.len, i.axis))?;
        }
        mode
    };
    Ok(Chosen { array: view, base, indices, mode })
}

/// Which axes of the sliced view arrays take.
fn taken_axes(slices: &[Slice], index: &[Index], n_axes: usize, n_used: usize) -> Vec<bool> {
    let mut out = Vec::with_capacity(slices.len());
    for item in index {
        match item {
            Index::Slice(Slice::At(_)) | Index::Truth(_) => {}
            Index::Slice(Slice::Ellipsis) => out.extend(std::iter::repeat_n(false, n_axes - n_used)),
            Index::Slice(_) => out.push(false),
            Index::Array(v) | Index::Host(v) if v.dtype() == DType::Bool => out.extend(std::iter::repeat_n(true, v.n_axes())),
            Index::Array(_) | Index::Host(_) => out.push(true),
        }
    }
    // Axes that no item names are kept.
    out.resize(out.len() + n_axes, false);
    out
}

/// Integers on the array's device. Those that the host has are checked at once where the device would tell later.
fn local(values: &Array, item: &Index, device: Device, len: usize, axis: usize) -> Result<Array> {
    if matches!(item, Index::Host(_)) && values.device() != device {
        let known = as_index(values)?.astype(DType::I64)?;
        if super::mode([len]) == IndexMode::Raise
            && let Some(&bad) = known.to_vec::<i64>()?.iter().find(|&&i| i < -(len as i64) || i >= len as i64)
        {
            return Err(Indexed::error(bad, axis, len));
        }
        return known.to_device(device);
    }
    Ok(values.clone())
}
