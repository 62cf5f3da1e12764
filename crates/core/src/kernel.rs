//! What a backend is asked to run: a fused program and the operands of one launch, or a kernel that a user wrote.

mod arguments;
mod form;

use crate::{Buffer, DType, Error, Layout, LoopDef, Queue, Result, Scalar};
use smallvec::SmallVec;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub use arguments::PackedArguments;
pub use form::{Form, Forms, has_word, type_name};

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

    /// An array of which no element can be reached, wherever its layout points.
    pub(crate) fn unreachable(buffer: &'a Buffer, layout: &'a Layout, dtype: DType) -> Operand<'a> {
        Operand { buffer: Some(buffer), layout, dtype }
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

/// A kernel around expressions that a user wrote in CUDA C++, with every type decided. See [`CustomBody`].
#[derive(Clone, Debug)]
pub struct CustomKernel {
    /// Unique in the process: backends find by it what they compiled
    pub id: u64,
    /// What its function is called
    pub name: String,
    /// Its parameters in order, outputs last
    pub params: Vec<CustomParam>,
    /// Names of types that the expressions may use: the placeholders of the signature
    pub types: Vec<(String, DType)>,
    /// Text in front of the function
    pub preamble: String,
    /// Options of the compiler
    pub options: Vec<String>,
    /// What it computes
    pub body: CustomBody,
    /// The text that a backend compiled for it, for whoever wants to see it
    pub compiled: OnceLock<String>,
}

impl CustomKernel {
    /// A number for [`CustomKernel::id`].
    pub fn new_id() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
}

/// A parameter of a [`CustomKernel`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomParam {
    /// What the expressions call it
    pub name: String,
    /// The type of its elements
    pub dtype: DType,
    /// Whether the expressions see the whole array, to index it, instead of an element
    pub is_raw: bool,
    /// Whether the kernel only reads it
    pub is_const: bool,
}

/// The expressions of a [`CustomKernel`].
#[derive(Clone, Debug)]
pub enum CustomBody {
    /// Statements that run for each index
    Elementwise {
        /// The statements
        operation: String,
        /// What each thread runs before its first element
        before: String,
        /// What each thread runs after its last element
        after: String,
    },
    /// `finish(fold(combine, map))`
    Reduce {
        /// From the inputs' elements to a value
        map: String,
        /// From the values `a` and `b` to one; associative and commutative
        combine: String,
        /// Statements that set the outputs from the value `a`
        finish: String,
        /// The value with which folding starts; without it, the first element
        identity: Option<String>,
        /// The type of the values
        accumulator: String,
    },
}

/// An argument of a [`CustomKernel`].
#[derive(Clone, Copy, Debug)]
pub enum CustomArgument<'a> {
    /// An array: broadcast to the launch's shape, for outputs of a reduction with stride 0 along the reduced axes;
    /// as it is for a raw parameter
    Array(Operand<'a>),
    /// A number of the parameter's dtype
    Scalar(Scalar),
}

/// One run of a [`CustomKernel`].
pub struct CustomLaunch<'a> {
    /// The indices to run for
    pub shape: &'a [usize],
    /// An argument for each parameter; none that is written overlaps one that is read except at exactly the same
    /// elements
    pub arguments: &'a [CustomArgument<'a>],
    /// For a reduction which axes are reduced, else empty
    pub reduced: &'a [bool],
    /// Whether the expressions see all axes; else those that lie behind each other in memory become one
    pub keeps_axes: bool,
    /// Threads of a block of an element-wise kernel
    pub block: usize,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Code that a user brought, to be compiled or loaded as it is.
#[derive(Clone, Debug, Default)]
pub struct ModuleSource {
    /// CUDA C++, or without it the machine code in `binary`
    pub text: Option<String>,
    /// Machine code or PTX
    pub binary: Vec<u8>,
    /// What it is called in messages
    pub name: String,
    /// Options of the compiler
    pub options: Vec<String>,
    /// C++ expressions that name functions or variables of the text, templates among them
    pub expressions: Vec<String>,
    /// Whether the complex numbers of `cuComplex.h` are those of the C++ class
    pub translates_complex: bool,
    /// Whether a GPU's code comes from CUDA's compiler for whole programs, which has to be installed
    pub with_nvcc: bool,
}

/// Code on a device, where it stays loaded.
pub trait Module: Send + Sync {
    /// A function by its name or one of the source's expressions.
    ///
    /// # Errors
    /// `Device` if there is none.
    fn function(&self, name: &str) -> Result<Arc<dyn Function>>;

    /// The memory of a global variable.
    ///
    /// # Errors
    /// `Device` if there is none.
    fn global(&self, name: &str) -> Result<Buffer>;

    /// The number by which functions of the driver know it; without a driver an address that is its own.
    fn handle(&self) -> usize;
}

/// A property of a [`Function`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionAttribute {
    /// The most threads that a block of it can have
    MaxThreads,
    /// Bytes of shared memory that it declares
    SharedSize,
    /// Bytes of constant memory
    ConstSize,
    /// Bytes of memory of each thread
    LocalSize,
    /// Registers of each thread
    Registers,
    /// The version of its PTX
    PtxVersion,
    /// The architecture of its code
    BinaryVersion,
    /// Whether globals are cached
    CacheModeCa,
    /// The most dynamic shared memory that a launch may ask for; can be set
    MaxDynamicSharedSize,
    /// The part of the cache that should be shared memory, in percent; can be set
    SharedCarveout,
}

/// An argument of a [`Function`], passed by value.
#[derive(Clone, Debug)]
pub enum FunctionArgument {
    /// Bytes as the function takes them; `what` names them in messages
    Bytes {
        /// The value
        value: SmallVec<[u8; 16]>,
        /// Its Python type or dtype
        what: String,
    },
    /// An integer, as wide as the function takes it
    Int(i128),
}

/// One run of a [`Function`].
pub struct FunctionLaunch<'a> {
    /// Blocks along x, y, z
    pub grid: [usize; 3],
    /// Threads of a block along x, y, z
    pub block: [usize; 3],
    /// Bytes of dynamic shared memory
    pub shared: usize,
    /// Whether all blocks have to run at the same time
    pub cooperative: bool,
    /// The arguments
    pub arguments: &'a [FunctionArgument],
    /// The queue to run on
    pub queue: &'a Queue,
}

/// A function of a [`Module`]. What it does to memory is the promise of whoever wrote it.
pub trait Function: Send + Sync {
    /// A property.
    ///
    /// # Errors
    /// `Device` if the driver fails.
    fn attribute(&self, which: FunctionAttribute) -> Result<i32>;

    /// Sets a property.
    ///
    /// # Errors
    /// `Device` if it cannot be set.
    fn set_attribute(&self, which: FunctionAttribute, value: i32) -> Result<()>;

    /// Runs it, without waiting for it.
    ///
    /// # Errors
    /// `Type` for arguments that do not fit its parameters; `Device`.
    fn run(&self, launch: &FunctionLaunch) -> Result<()>;

    /// The number by which functions of the driver know it; without a driver an address that is its own.
    fn handle(&self) -> usize;
}
