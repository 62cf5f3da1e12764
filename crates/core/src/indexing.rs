//! Elements chosen by arrays of indices: what gather and scatter are asked to do.
//!
//! One form of address serves both, and with it take, advanced indexing, `take_along_axis` and `ufunc.at`: over the
//! shape of a launch an element lies at `layout` plus, for each index operand, the index times a stride. Axes along
//! which an index operand moves are index axes, the others slice axes; they may come in any order.

use crate::kernel::Operand;
use crate::op::LoopDef;
use crate::{Buffer, DType, Error, Layout, Queue, Result};

/// What an index means that lies outside its axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IndexMode {
    /// A negative one counts from the end; what lies outside then is an `Index` error in NumPy's words.
    ///
    /// The CPU raises it at the call, before anything is written. A device with queues reads the axis' first element
    /// instead, writes nothing, and raises it once at the next download or synchronization.
    #[default]
    Raise,
    /// Counted around the axis as often as needed
    Wrap,
    /// The nearest end of the axis; negative ones mean the first element
    Clip,
    /// As `Raise`, but what lies outside is left out in silence: of a scatter nothing is written there
    Skip,
}

/// One array of indices.
#[derive(Clone, Copy, Debug)]
pub struct IndexOperand<'a> {
    /// The indices, int64 or int32, over the launch's shape: with stride 0 along slice axes
    pub values: Operand<'a>,
    /// The length of the axis that they index
    pub len: usize,
    /// Bytes from one element of that axis to the next
    pub stride: isize,
    /// The axis by number, for the message of an error
    pub axis: usize,
}

/// An array whose elements are chosen by indices. Only [`Indexed::new`] makes one, since backends trust its checks.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Indexed<'a> {
    /// Where the elements lie whose indices are all 0; over the launch's shape, with stride 0 along index axes
    pub base: Operand<'a>,
    /// The indices
    pub indices: &'a [IndexOperand<'a>],
    /// What indices outside their axes mean
    pub mode: IndexMode,
}

impl<'a> Indexed<'a> {
    /// Elements of a buffer. `base` is the layout of those whose indices are all 0.
    ///
    /// # Errors
    /// `Runtime` if an element that indices within their axes can reach lies outside the buffer, or an index operand
    /// has another shape or dtype than it must: backends trust these checks.
    pub fn new(
        buffer: &'a Buffer,
        base: &'a Layout,
        dtype: DType,
        indices: &'a [IndexOperand<'a>],
        mode: IndexMode,
    ) -> Result<Indexed<'a>> {
        let mut reach = base.clone();
        for i in indices {
            if i.values.layout.shape != base.shape || !matches!(i.values.dtype, DType::I64 | DType::I32) || i.values.buffer().is_none() {
                return Err(Error::runtime(format!(
                    "indices of {} and shape {:?} for a launch of shape {:?}",
                    i.values.dtype, i.values.layout.shape, base.shape
                )));
            }
            reach.shape.push(i.len);
            reach.strides.push(i.stride);
        }
        reach.check_inside(dtype.size(), buffer.len())?;
        // With an axis of no elements nothing can be reached, so the base itself may lie anywhere.
        let start = if reach.shape.contains(&0) { Operand::unreachable(buffer, base, dtype) } else { Operand::new(buffer, base, dtype)? };
        Ok(Indexed { base: start, indices, mode })
    }

    /// Whether no index can be right, for an axis has no elements.
    pub fn is_empty_axis(&self) -> bool {
        self.indices.iter().any(|i| i.len == 0)
    }

    /// NumPy's error for an index outside its axis.
    #[cold]
    pub fn error(index: i64, axis: usize, len: usize) -> Error {
        Error::index(format!("index {index} is out of bounds for axis {axis} with size {len}"))
    }
}

/// Copies the elements that indices choose.
pub struct GatherSpec<'a> {
    /// Where they come from
    pub source: Indexed<'a>,
    /// Where they go: of the source's dtype, over the launch's shape; no overlap with source or indices
    pub out: Operand<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Finds the places of true elements, in two launches with a scan between them.
pub struct PlacesSpec<'a> {
    /// Truth values, packed along one axis
    pub mask: Operand<'a>,
    /// An int64 for each [`PlacesSpec::TILE`] elements, packed. Without `out` it is told how many of them are true;
    /// with `out` it says how many are true up to the end of these
    pub totals: Operand<'a>,
    /// Where the places go, as int64 and in order: as many as the last total says
    pub out: Option<Operand<'a>>,
    /// The queue to run on
    pub queue: &'a Queue,
}

impl PlacesSpec<'_> {
    /// Elements that are counted together.
    pub const TILE: usize = 4096;

    /// Checks what backends rely on: shapes, strides, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime` or `Device`.
    pub fn check(&self) -> Result<()> {
        let is_packed = |o: &Operand, dtype: DType| {
            let is_there = o.buffer().is_some_and(|b| b.device() == self.queue.device);
            is_there && o.dtype == dtype && o.layout.n_axes() == 1 && o.layout.is_c_contiguous(dtype.size())
        };
        let n_tiles = self.mask.layout.size().div_ceil(Self::TILE);
        let all = is_packed(&self.mask, DType::Bool)
            && is_packed(&self.totals, DType::I64)
            && self.totals.layout.size() == n_tiles
            && self.out.is_none_or(|o| is_packed(&o, DType::I64));
        if all { Ok(()) } else { Err(Error::runtime("places of true elements need packed operands of one device")) }
    }
}

/// A combination that hardware may do in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Atomic {
    /// The sum; floats may flush subnormal numbers to zero
    Add,
    /// The smaller integer
    Min,
    /// The larger integer
    Max,
}

/// How a value joins the element that is there: `element = store(row(load(element), value))`.
#[derive(Clone, Copy, Debug)]
pub struct Combine {
    /// A row of one input (the element) or two (the element, the value) and one output
    pub row: &'static LoopDef,
    /// Converts the element to what the row takes, if it must be
    pub load: Option<&'static LoopDef>,
    /// Converts what the row gives to an element, if it must be
    pub store: Option<&'static LoopDef>,
    /// What the row does, if it is something that hardware may know
    pub atomic: Option<Atomic>,
}

/// Writes to the elements that indices choose.
///
/// The CPU goes through the launch's shape in C order: of several values for one element the last one stays, and
/// combinations are taken one after the other. Other devices write any one of several values, and combine
/// atomically in any order: sums of floats may then differ in their last bits from run to run.
pub struct ScatterSpec<'a> {
    /// Where the elements lie
    pub target: Indexed<'a>,
    /// What is written: of the target's dtype, or of what the row takes; `None` for a row of one input.
    /// No overlap of target with values or indices
    pub values: Option<Operand<'a>>,
    /// How values join the elements; `None` overwrites these
    pub combine: Option<Combine>,
    /// The queue to run on
    pub queue: &'a Queue,
}

impl GatherSpec<'_> {
    /// Checks what backends rely on: shapes, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime` or `Device`.
    pub fn check(&self) -> Result<()> {
        check_operands(&self.source, Some(&self.out), self.queue)?;
        if self.out.dtype != self.source.base.dtype {
            return Err(Error::runtime(format!("gather from {} to {}", self.source.base.dtype, self.out.dtype)));
        }
        Ok(())
    }
}

impl ScatterSpec<'_> {
    /// Checks what backends rely on: shapes, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime` or `Device`.
    pub fn check(&self) -> Result<()> {
        check_operands(&self.target, self.values.as_ref(), self.queue)?;
        let element = self.target.base.dtype;
        let value = self.values.map(|v| v.dtype);
        let fits = match &self.combine {
            None => value == Some(element),
            Some(c) => {
                let takes = c.load.map_or(element, |l| l.outs[0]);
                let gives = c.store.map_or(element, |s| s.ins[0]);
                let casts = c.load.is_none_or(|l| l.ins == [element] && l.outs.len() == 1)
                    && c.store.is_none_or(|s| s.outs == [element] && s.ins.len() == 1);
                casts
                    && c.row.ins.first() == Some(&takes)
                    && c.row.outs == [gives]
                    && c.row.ins.get(1).copied() == value
                    && c.row.ins.len() < 3
            }
        };
        if !fits {
            return Err(Error::runtime(format!("scatter of {value:?} into {element} by {:?}", self.combine)));
        }
        Ok(())
    }
}

fn check_operands(array: &Indexed, other: Option<&Operand>, queue: &Queue) -> Result<()> {
    let all = array.indices.iter().map(|i| &i.values).chain(other).chain([&array.base]);
    for o in all {
        if o.layout.shape != array.base.layout.shape {
            return Err(Error::runtime(format!(
                "operand of shape {:?} in a launch of shape {:?}",
                o.layout.shape, array.base.layout.shape
            )));
        }
        match o.buffer() {
            Some(b) if b.device() == queue.device => {}
            Some(b) => return Err(Error::device(format!("memory of {} in a launch on {}", b.device(), queue.device))),
            None => return Err(Error::runtime("gather and scatter need operands with memory")),
        }
    }
    Ok(())
}
