//! What a backend is asked to run: a fused program and the operands of one launch.

use crate::{Buffer, DType, Error, Layout, LoopDef, Queue, Result, Scalar};
use smallvec::SmallVec;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Index of a step in its program.
pub type StepIdx = u32;

/// One step of a program: a value per element of the launch.
#[derive(Clone)]
pub enum Step {
    /// The element of an input operand
    Load {
        /// Which input of the launch
        operand: u32,
        /// Its dtype
        dtype: DType,
    },
    /// A number made from the element's place, `offset + sum(index * stride)` of an input without memory, as int64
    Index {
        /// Which input of the launch: its layout holds the offset and the strides, counted in ones
        operand: u32,
    },
    /// A parameter of the launch
    Constant {
        /// Which parameter of the launch
        parameter: u32,
        /// Its dtype
        dtype: DType,
    },
    /// A row applied to earlier steps
    Apply {
        /// The row
        row: &'static LoopDef,
        /// Its arguments
        args: SmallVec<[StepIdx; 3]>,
        /// Which of its outputs this is
        output: u8,
    },
}

impl Step {
    /// The dtype of the value.
    pub fn dtype(&self) -> DType {
        match self {
            Step::Load { dtype, .. } | Step::Constant { dtype, .. } => *dtype,
            Step::Index { .. } => DType::I64,
            Step::Apply { row, output, .. } => row.outs[*output as usize],
        }
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Load { operand: a, dtype: d }, Step::Load { operand: b, dtype: e }) => a == b && d == e,
            (Step::Index { operand: a }, Step::Index { operand: b }) => a == b,
            (Step::Constant { parameter: a, dtype: d }, Step::Constant { parameter: b, dtype: e }) => a == b && d == e,
            (Step::Apply { row: r, args: a, output: o }, Step::Apply { row: s, args: b, output: p }) => {
                std::ptr::eq(*r, *s) && a == b && o == p
            }
            _ => false,
        }
    }
}
impl Eq for Step {}

impl Hash for Step {
    fn hash<H: Hasher>(&self, h: &mut H) {
        std::mem::discriminant(self).hash(h);
        match self {
            Step::Load { operand, dtype } => (operand, dtype).hash(h),
            Step::Index { operand } => operand.hash(h),
            Step::Constant { parameter, dtype } => (parameter, dtype).hash(h),
            Step::Apply { row, args, output } => (std::ptr::from_ref(*row) as usize, &args[..], output).hash(h),
        }
    }
}

/// A fused computation in single assignment: each step uses earlier ones. Equal programs share a kernel.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Program {
    /// The steps, in an order in which they can run
    pub steps: Vec<Step>,
    /// The steps whose values are stored, one for each output of the launch; for a reduction's map, one
    pub outputs: SmallVec<[StepIdx; 2]>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, step) in self.steps.iter().enumerate() {
            match step {
                Step::Load { operand, dtype } => writeln!(f, "  v{k} = load in{operand}: {dtype}")?,
                Step::Index { operand } => writeln!(f, "  v{k} = index in{operand}")?,
                Step::Constant { parameter, dtype } => writeln!(f, "  v{k} = constant p{parameter}: {dtype}")?,
                Step::Apply { row, args, output } => writeln!(f, "  v{k} = {row:?}{args:?}.{output}")?,
            }
        }
        for (k, v) in self.outputs.iter().enumerate() {
            writeln!(f, "  out{k} = v{v}")?;
        }
        Ok(())
    }
}

/// An array as a backend sees it.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Its memory; `None` for the operand of [`Step::Index`]
    buffer: Option<&'a Buffer>,
    /// Its layout: for inputs and outputs of a launch, broadcast to the launch's shape
    pub layout: &'a Layout,
    /// Its dtype
    pub dtype: DType,
}

impl<'a> Operand<'a> {
    /// An array in a buffer.
    ///
    /// # Errors
    /// `Runtime` if an element lies outside the buffer: backends trust this check.
    pub fn new(buffer: &'a Buffer, layout: &'a Layout, dtype: DType) -> Result<Operand<'a>> {
        layout.check_inside(dtype.size(), buffer.len())?;
        Ok(Operand { buffer: Some(buffer), layout, dtype })
    }

    /// An operand of [`Step::Index`]: no memory, strides counted in ones.
    pub fn index(layout: &'a Layout) -> Operand<'a> {
        Operand { buffer: None, layout, dtype: DType::I64 }
    }

    /// Its memory, if it has any.
    #[inline]
    pub fn buffer(&self) -> Option<&'a Buffer> {
        self.buffer
    }

    /// The address of its first element; for an index operand its offset.
    #[inline]
    pub fn address(&self) -> usize {
        self.buffer.map_or(0, Buffer::address) + self.layout.offset
    }
}

/// One run of a program.
pub struct Launch<'a> {
    /// The shape of all operands
    pub shape: &'a [usize],
    /// What the steps load
    pub inputs: &'a [Operand<'a>],
    /// Where the outputs go; none overlaps an input except at exactly the same elements
    pub outputs: &'a [Operand<'a>],
    /// The values of constants
    pub parameters: &'a [Scalar],
    /// The queue to run on
    pub queue: &'a Queue,
}

impl Launch<'_> {
    /// Checks what backends rely on: operands have the launch's shape, devices agree.
    ///
    /// # Errors
    /// `Runtime` or `Device`.
    pub fn check(&self) -> Result<()> {
        for op in self.inputs.iter().chain(self.outputs) {
            if op.layout.shape[..] != *self.shape {
                return Err(Error::runtime(format!("operand of shape {:?} in a launch of shape {:?}", op.layout.shape, self.shape)));
            }
            if let Some(b) = op.buffer
                && b.device() != self.queue.device
            {
                return Err(Error::device(format!("memory of {} in a launch on {}", b.device(), self.queue.device)));
            }
        }
        Ok(())
    }
}
