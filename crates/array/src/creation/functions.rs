//! Array creation under NumPy's names and signatures.

use super::ranges::arange as arange_of;
use super::{CreateOptions, empty as empty_of, empty_like as empty_as, full as full_of, full_like as full_as};
use crate::array::Array;
use crate::engine::Input;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::function::{Source, function};
use crate::math::functions::number;
use cuprous_core::layout::Slice;
use cuprous_core::promote::{Casting, Operand};
use cuprous_core::shape::MAX_AXES;
use cuprous_core::{DType, Device, Error, Kind, Result, Scalar, Weak};

/// A new array of zeros.
///
/// # Parameters
/// - `shape`: its extents.
/// - `dtype`: its dtype; by default float64.
/// - `order`: `'C'` or `'F'`, the axis that is fastest in memory: the last or the first.
/// - `device`: the device to make it on, as `'cpu'` or `'cuda:0'`; by default the default device.
///
/// # Returns
/// Array of shape `shape`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.zeros`
///
/// # Examples
/// ```python
/// >>> cp.zeros((2, 3))
/// array([[0., 0., 0.],
///        [0., 0., 0.]])
/// ```
#[function(signature = "(shape, dtype=None, order='C', *, device=None)")]
pub fn zeros(shape: &[usize], dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>) -> Result<Array> {
    full_of(shape, Scalar::zero(dtype.unwrap_or(DType::F64)), options(order, device)?)
}

/// A new array of ones.
///
/// # Parameters
/// - `shape`: its extents.
/// - `dtype`: its dtype; by default float64.
/// - `order`: `'C'` or `'F'`, the axis that is fastest in memory: the last or the first.
/// - `device`: the device to make it on, as `'cpu'` or `'cuda:0'`; by default the default device.
///
/// # Returns
/// Array of shape `shape`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.ones`
///
/// # Examples
/// ```python
/// >>> cp.ones(3, dtype='int32')
/// array([1, 1, 1], dtype=int32)
/// ```
#[function(signature = "(shape, dtype=None, order='C', *, device=None)")]
pub fn ones(shape: &[usize], dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>) -> Result<Array> {
    full_of(shape, Scalar::one(dtype.unwrap_or(DType::F64)), options(order, device)?)
}

/// A new array whose elements hold anything.
///
/// # Parameters
/// - `shape`: its extents.
/// - `dtype`: its dtype; by default float64.
/// - `order`: `'C'` or `'F'`, the axis that is fastest in memory: the last or the first.
/// - `device`: the device to make it on, as `'cpu'` or `'cuda:0'`; by default the default device.
///
/// # Returns
/// Array of shape `shape`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.empty`
///
/// # Examples
/// ```python
/// >>> cp.empty((2, 3)).shape
/// (2, 3)
/// ```
#[function(signature = "(shape, dtype=None, order='C', *, device=None)")]
pub fn empty(shape: &[usize], dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>) -> Result<Array> {
    empty_of(shape, dtype.unwrap_or(DType::F64), options(order, device)?)
}

/// A new array filled with a value.
///
/// # Parameters
/// - `shape`: its extents.
/// - `fill_value`: a number, or an array that broadcasts to `shape`.
/// - `dtype`: its dtype; by default that of `fill_value`.
/// - `order`: `'C'` or `'F'`, the axis that is fastest in memory: the last or the first.
/// - `device`: the device to make it on, as `'cpu'` or `'cuda:0'`; by default that of `fill_value`, or the default
///   device.
///
/// # Returns
/// Array of shape `shape`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Shape`: `fill_value` does not broadcast to `shape`.
/// - `Overflow`: a Python integer that `dtype` cannot hold.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.full`
///
/// # Examples
/// ```python
/// >>> cp.full((2, 3), 7)
/// array([[7, 7, 7],
///        [7, 7, 7]])
/// ```
#[function(signature = "(shape, fill_value, dtype=None, order='C', *, device=None)")]
pub fn full(shape: &[usize], fill_value: Input, dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>) -> Result<Array> {
    let dtype = dtype.unwrap_or_else(|| dtype_of(fill_value));
    let options = options(order, device)?;
    match fill_value {
        Input::Array(value) => {
            let device = Some(device.unwrap_or(value.device()));
            let filled = empty_of(shape, dtype, CreateOptions { device, ..options })?;
            filled.assign(value.into())?;
            Ok(filled)
        }
        value => full_of(shape, number(value, dtype)?, options),
    }
}

/// A new array of zeros with the shape, dtype and memory order of another.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `dtype`: another dtype.
/// - `order`: `'K'` as `a` lies, `'C'`, `'F'`, or `'A'`: `'F'` if `a` lies so, else `'C'`.
/// - `subok`: has no effect.
/// - `shape`: another shape.
/// - `device`: another device.
///
/// # Returns
/// Array of the shape of `a`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.zeros_like`
///
/// # Examples
/// ```python
/// >>> cp.zeros_like(cp.arange(3))
/// array([0, 0, 0])
/// ```
#[function(signature = "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)")]
pub fn zeros_like(
    a: &Array,
    dtype: Option<DType>,
    order: Option<MemoryOrder>,
    subok: bool,
    shape: Option<&[usize]>,
    device: Option<Device>,
) -> Result<Array> {
    let _ = subok;
    like(a, Scalar::zero(dtype.unwrap_or(a.dtype())), order, shape, device)
}

/// A new array of ones with the shape, dtype and memory order of another.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `dtype`: another dtype.
/// - `order`: `'K'` as `a` lies, `'C'`, `'F'`, or `'A'`: `'F'` if `a` lies so, else `'C'`.
/// - `subok`: has no effect.
/// - `shape`: another shape.
/// - `device`: another device.
///
/// # Returns
/// Array of the shape of `a`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.ones_like`
///
/// # Examples
/// ```python
/// >>> cp.ones_like(cp.arange(3), shape=(2, 2))
/// array([[1, 1],
///        [1, 1]])
/// ```
#[function(signature = "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)")]
pub fn ones_like(
    a: &Array,
    dtype: Option<DType>,
    order: Option<MemoryOrder>,
    subok: bool,
    shape: Option<&[usize]>,
    device: Option<Device>,
) -> Result<Array> {
    let _ = subok;
    like(a, Scalar::one(dtype.unwrap_or(a.dtype())), order, shape, device)
}

/// A new array of anything with the shape, dtype and memory order of another.
///
/// # Parameters
/// - `prototype`: array of any shape.
/// - `dtype`: another dtype.
/// - `order`: `'K'` as `prototype` lies, `'C'`, `'F'`, or `'A'`: `'F'` if `prototype` lies so, else `'C'`.
/// - `subok`: has no effect.
/// - `shape`: another shape.
/// - `device`: another device.
///
/// # Returns
/// Array of the shape of `prototype`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.empty_like`
///
/// # Examples
/// ```python
/// >>> cp.empty_like(cp.arange(3), dtype='float32').dtype
/// dtype('float32')
/// ```
#[function(signature = "(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)")]
pub fn empty_like(
    prototype: &Array,
    dtype: Option<DType>,
    order: Option<MemoryOrder>,
    subok: bool,
    shape: Option<&[usize]>,
    device: Option<Device>,
) -> Result<Array> {
    let _ = subok;
    let dtype = dtype.unwrap_or(prototype.dtype());
    let order = order.unwrap_or(MemoryOrder::Keep);
    match device {
        Some(d) if d != prototype.device() => {
            empty_of(shape.unwrap_or(prototype.shape()), dtype, CreateOptions { device, order: elsewhere(prototype, order) })
        }
        _ => empty_as(prototype, shape, Some(dtype), order),
    }
}

/// A new array filled with a value, with the shape, dtype and memory order of another.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `fill_value`: a number, or an array that broadcasts to the shape.
/// - `dtype`: another dtype.
/// - `order`: `'K'` as `a` lies, `'C'`, `'F'`, or `'A'`: `'F'` if `a` lies so, else `'C'`.
/// - `subok`: has no effect.
/// - `shape`: another shape.
/// - `device`: another device.
///
/// # Returns
/// Array of the shape of `a`.
///
/// # Errors
/// - `Value`: a negative extent, or more elements than can be addressed.
/// - `Shape`: `fill_value` does not broadcast to the shape.
/// - `Overflow`: a Python integer that the dtype cannot hold.
/// - `Memory`: the device has not enough.
///
/// # Source
/// `numpy.full_like`
///
/// # Examples
/// ```python
/// >>> cp.full_like(cp.arange(3), 2.5)
/// array([2, 2, 2])
/// ```
#[function(signature = "(a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None)")]
pub fn full_like(
    a: &Array,
    fill_value: Input,
    dtype: Option<DType>,
    order: Option<MemoryOrder>,
    subok: bool,
    shape: Option<&[usize]>,
    device: Option<Device>,
) -> Result<Array> {
    let dtype = dtype.unwrap_or(a.dtype());
    match fill_value {
        Input::Array(value) => {
            let filled = empty_like(a, Some(dtype), order, subok, shape, device)?;
            filled.assign(value.into())?;
            Ok(filled)
        }
        value => like(a, number(value, dtype)?, order, shape, device),
    }
}

/// Evenly spaced numbers from a start up to, not including, a stop.
///
/// # Parameters
/// - `start`: the first number; by default 0. A single argument is the stop.
/// - `stop`: the end, which is left out.
/// - `step`: the distance; by default 1.
/// - `dtype`: the dtype; by default int64 for integers and float64 for floats.
/// - `device`: the device to make it on, as `'cpu'` or `'cuda:0'`; by default the default device.
///
/// # Returns
/// Array of shape `(n,)` with `n = ceil((stop - start) / step)`, or 0 if that is negative.
///
/// # Errors
/// - `Type`: there is no stop, or a number is complex.
/// - `Value`: there would be too many numbers to address.
///
/// # Source
/// `numpy.arange`
///
/// # Examples
/// ```python
/// >>> cp.arange(3)
/// array([0, 1, 2])
/// >>> cp.arange(1, 2, 0.25)
/// array([1.  , 1.25, 1.5 , 1.75])
/// ```
#[function(signature = "(start=None, stop=None, step=None, dtype=None, *, device=None)")]
pub fn arange(
    start: Option<Input>,
    stop: Option<Input>,
    step: Option<Input>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    let (first, stop) = match (start, stop) {
        (start, Some(stop)) => (start.map_or(Ok(Weak::Int(0)), weak)?, weak(stop)?),
        // One argument is the stop; with a step as well, the start must be a position, as in NumPy.
        (Some(stop), None) => (Weak::Int(0), weak(stop)?),
        (None, None) => return Err(Error::type_error("arange() requires stop to be specified.")),
    };
    let step = step.map_or(Ok(Weak::Int(1)), weak)?;
    // Real numbers in a complex dtype are those of its real part.
    let real = dtype.map(|d| if is_real(first) && is_real(stop) && is_real(step) { d.real() } else { d });
    let values = arange_of(first, stop, step, real, CreateOptions { device, ..CreateOptions::default() })?;
    if let Some(dtype) = dtype
        && dtype != values.dtype()
    {
        return values.astype(dtype);
    }
    if dtype == Some(DType::Bool) && values.size() > 2 {
        return Err(Error::type_error("arange() is only supported for booleans when the result has at most length 2."));
    }
    Ok(values)
}

/// An array of what is given: the array itself where it is one already.
///
/// # Parameters
/// - `a`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `a`.
/// - `order`: `'C'`, `'F'`, `'A'` or `'K'`; by default as `a` lies.
/// - `device`: the device that it shall be on; by default that of `a`, or the default device.
/// - `copy`: `None` copies where that is needed, `True` always, `False` never.
///
/// # Returns
/// `a` itself if it is an array of this dtype, order and device; else a copy.
///
/// # Errors
/// - `Value`: `copy=False` and a copy is needed.
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.asarray`
///
/// # Examples
/// ```python
/// >>> a = cp.asarray([1, 2, 3])
/// >>> cp.asarray(a) is a
/// True
/// >>> cp.asarray(a, dtype='float32')
/// array([1., 2., 3.], dtype=float32)
/// ```
#[function(signature = "(a, dtype=None, order=None, *, device=None, copy=None)")]
pub fn asarray(a: Source, dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>, copy: Option<bool>) -> Result<Array> {
    convert(a, dtype, order, device, copy)
}

/// An array of what is given, as a copy.
///
/// # Parameters
/// - `object`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `object`.
/// - `copy`: `True` always copies, `None` where that is needed, `False` never.
/// - `order`: `'C'`, `'F'`, `'A'` or `'K'`: as `object` lies.
/// - `subok`: has no effect.
/// - `ndmin`: the least number of axes; more are put in front.
/// - `device`: the device to make it on; by default that of `object`, or the default device.
///
/// # Returns
/// Array with the elements of `object`.
///
/// # Errors
/// - `Value`: `copy=False` and a copy is needed, or `ndmin` is above 64.
/// - `Type`: `object` cannot become an array.
///
/// # Source
/// `numpy.array`
///
/// # Examples
/// ```python
/// >>> cp.array([1, 2, 3], ndmin=2)
/// array([[1, 2, 3]])
/// ```
#[function(signature = "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, device=None)")]
pub fn array(
    object: Source,
    dtype: Option<DType>,
    copy: Option<bool>,
    order: Option<MemoryOrder>,
    subok: bool,
    ndmin: i64,
    device: Option<Device>,
) -> Result<Array> {
    let _ = subok;
    if ndmin > MAX_AXES as i64 {
        return Err(Error::value(format!("ndmin must be <= ndmax ({MAX_AXES})")));
    }
    let value = convert(object, dtype, order, device, copy)?;
    let missing = usize::try_from(ndmin).unwrap_or(0).saturating_sub(value.n_axes());
    if missing == 0 { Ok(value) } else { value.slice(&vec![Slice::New; missing]) }
}

/// A copy of an array.
///
/// # Parameters
/// - `a`: array of any shape.
/// - `order`: `'K'` as `a` lies, `'C'`, `'F'`, or `'A'`: `'F'` if `a` lies so, else `'C'`.
/// - `subok`: has no effect.
///
/// # Returns
/// Array with the elements of `a`.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.copy`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(3)
/// >>> b = cp.copy(a)
/// >>> b[0] = 7
/// >>> a
/// array([0, 1, 2])
/// ```
#[function(signature = "(a, order='K', subok=False)")]
pub fn copy(a: Source, order: Option<MemoryOrder>, subok: bool) -> Result<Array> {
    let _ = subok;
    convert(a, None, order, None, Some(true))
}

/// An array of at least one axis that lies packed in C order.
///
/// # Parameters
/// - `a`: array, number, sequence of these, or an array of another library.
/// - `dtype`: its dtype; by default that of `a`.
///
/// # Returns
/// `a` itself if it is such an array, else a copy.
///
/// # Errors
/// - `Type`: `a` cannot become an array.
///
/// # Source
/// `numpy.ascontiguousarray`
///
/// # Examples
/// ```python
/// >>> a = cp.ones((2, 3)).T
/// >>> cp.ascontiguousarray(a).strides
/// (16, 8)
/// ```
#[function(signature = "(a, dtype=None)")]
pub fn ascontiguousarray(a: Source, dtype: Option<DType>) -> Result<Array> {
    let value = convert(a, dtype, Some(MemoryOrder::C), None, None)?;
    if value.n_axes() == 0 { value.reshape(&[1]) } else { Ok(value) }
}

/// Where a new array lies.
pub(super) fn options(order: Option<MemoryOrder>, device: Option<Device>) -> Result<CreateOptions> {
    match order.unwrap_or(MemoryOrder::C) {
        order @ (MemoryOrder::C | MemoryOrder::F) => Ok(CreateOptions { device, order }),
        _ => Err(Error::value("only 'C' or 'F' order is permitted")),
    }
}

/// An array filled with a number like another, perhaps on another device.
fn like(a: &Array, value: Scalar, order: Option<MemoryOrder>, shape: Option<&[usize]>, device: Option<Device>) -> Result<Array> {
    let order = order.unwrap_or(MemoryOrder::Keep);
    match device {
        Some(d) if d != a.device() => full_of(shape.unwrap_or(a.shape()), value, CreateOptions { device, order: elsewhere(a, order) }),
        _ => full_as(a, shape, value, order),
    }
}

/// The order of a like array on another device: C or Fortran, whichever is nearer.
fn elsewhere(a: &Array, order: MemoryOrder) -> MemoryOrder {
    match order {
        MemoryOrder::Keep | MemoryOrder::Any if a.is_f_contiguous() && !a.is_c_contiguous() => MemoryOrder::F,
        MemoryOrder::F => MemoryOrder::F,
        _ => MemoryOrder::C,
    }
}

/// The array itself, or a copy of the dtype, order and device.
fn convert(source: Source, dtype: Option<DType>, order: Option<MemoryOrder>, device: Option<Device>, copy: Option<bool>) -> Result<Array> {
    let a = source.array;
    let dtype = dtype.unwrap_or(a.dtype());
    let order = order.unwrap_or(MemoryOrder::Keep);
    let device = device.unwrap_or(a.device());
    let fits = |x: &Array| {
        x.dtype() == dtype
            && match order {
                MemoryOrder::Keep => true,
                MemoryOrder::C => x.is_c_contiguous(),
                MemoryOrder::F => x.is_f_contiguous(),
                MemoryOrder::Any => x.is_c_contiguous() || x.is_f_contiguous(),
            }
    };
    let is_there = fits(a) && device == a.device();
    if copy == Some(false) && (source.is_fresh || !is_there) {
        return Err(Error::value(
            "Unable to avoid copy while creating an array as requested.\n\
             If using `np.array(obj, copy=False)` replace it with `np.asarray(obj)` to allow a copy when needed (no behavior change in NumPy 1.x).\n\
             For more details, see https://numpy.org/devdocs/numpy_2_0_migration_guide.html#adapting-to-changes-in-the-copy-keyword.",
        ));
    }
    if is_there && (copy != Some(true) || source.is_fresh) {
        return Ok(a.clone());
    }
    if device != a.device() {
        let moved = a.to_device(device)?;
        return if fits(&moved) { Ok(moved) } else { astype(&moved, dtype, Casting::Unsafe, order) };
    }
    astype(a, dtype, Casting::Unsafe, order)
}

pub(crate) fn dtype_of(value: Input) -> DType {
    match value {
        Input::Array(a) => a.dtype(),
        Input::Scalar(s) => s.dtype(),
        Input::Weak(w) => w.default_dtype(),
    }
}

/// A number or an array as promotion sees it.
pub(crate) fn operand(value: Input) -> Operand {
    match value {
        Input::Weak(w) => Operand::Weak(w),
        other => Operand::Strong(dtype_of(other)),
    }
}

fn is_real(x: Weak) -> bool {
    !matches!(x, Weak::Complex(_))
}

/// The number in its kind's widest form; bool counts as an integer.
fn weak(value: Input) -> Result<Weak> {
    let scalar = match value {
        Input::Weak(Weak::Bool(b)) => return Ok(Weak::Int(b.into())),
        Input::Weak(w) => return Ok(w),
        Input::Scalar(s) => s,
        Input::Array(a) => a.item()?,
    };
    Ok(match scalar.dtype().kind() {
        Kind::Bool | Kind::Int => Weak::Int(scalar.to::<i64>().into()),
        Kind::UInt => Weak::Int(scalar.to::<u64>().into()),
        Kind::Float => Weak::Float(scalar.to()),
        Kind::Complex => Weak::Complex(scalar.to()),
    })
}
