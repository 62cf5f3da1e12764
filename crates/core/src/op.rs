//! What an op is: rows of data that everything else reads.

use crate::{DType, Scalar};

/// A CPU loop over `n` elements: pointers and byte strides of the inputs, then of the outputs.
///
/// # Safety
/// Each pointer must be valid for `n` elements of its dtype at its stride; outputs may equal inputs
/// exactly, but not overlap them otherwise. Elements need not be aligned.
pub type InnerLoop = unsafe fn(args: *const *mut u8, strides: *const isize, n: usize);

/// One typed loop of an op.
pub struct LoopDef {
    /// The op's name, for logs and kernel names
    pub op: &'static str,
    /// Dtypes of the inputs
    pub ins: &'static [DType],
    /// Dtypes of the outputs
    pub outs: &'static [DType],
    /// The loop on the CPU
    pub cpu: InnerLoop,
    /// CUDA C++ of one element. With one output an expression of `in0`, `in1`, ...; with several,
    /// statements that assign `out0`, `out1`, .... A float16 input is a `float` there, a complex one a
    /// `c64` or `c128` with `.re` and `.im`; every other is its own type. The value is converted to the
    /// output's dtype, which rounds it.
    pub cuda: &'static str,
    /// Device functions that `cuda` calls; empty if none. Equal preludes are emitted once.
    pub prelude: &'static str,
    /// Whether an element takes tens of operations: then a value may be worth storing that is cheap to read again
    pub is_heavy: bool,
}

/// How the loop of a ufunc is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// The first loop into which all operands cast safely
    FirstThatFits,
    /// The same, but Python integers beyond the dtype compare right instead of raising
    Comparison,
    /// The same, but booleans raise this message
    NoBool(&'static str),
    /// The same, but where NumPy promotes nothing a missing loop is named by its types
    ExactLoops,
    /// The same, but integers divide as float64
    TrueDivide,
    /// The same, but negative integer Python exponents raise NumPy's ValueError
    Power,
    /// The same, but Python integers beyond the dtype are true instead of raising
    Truth,
    /// The operands are promoted among themselves; the first argument is the condition (`where`)
    Select,
}

/// From which set a test draws the values of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// All finite values, infinities, NaN and both zeros
    Any,
    /// Finite, of moderate size
    Moderate,
    /// Greater than zero
    Positive,
    /// Small integers (exponents)
    SmallInt,
}

/// How an op is tested against its reference.
pub struct TestSpec {
    /// Dotted name of the NumPy or SciPy function
    pub reference: &'static str,
    /// One domain per argument
    pub domain: &'static [Domain],
    /// Largest difference from the reference in units in the last place; 0 is bit-equal
    pub ulp: u32,
}

/// An element-wise op.
pub struct UfuncDef {
    /// NumPy's name
    pub name: &'static str,
    /// Further names in NumPy's namespace
    pub aliases: &'static [&'static str],
    /// Documentation: one sentence, then paragraphs
    pub doc: &'static str,
    /// Names of the inputs
    pub args: &'static [&'static str],
    /// Number of outputs
    pub n_outs: usize,
    /// Loops in order of preference
    pub loops: &'static [LoopDef],
    /// How the loop is found
    pub resolve: Resolve,
    /// The value that changes nothing, for `reduce`; `None` if there is none
    pub identity: Option<f64>,
    /// The reduction that `reduce` is; without one the row is applied element after element
    pub reduction: Option<&'static ReduceDef>,
    /// The scan that `accumulate` is; without one likewise
    pub scan: Option<&'static ScanDef>,
    /// Whether Python sees it as a `ufunc` object of `cuprous` itself
    pub is_public: bool,
    /// The namespace below `cuprous` where Python sees it instead; `""` for none
    pub module: &'static str,
    /// How it is tested
    pub test: TestSpec,
}

/// [`ReduceLoops::fold_rows`].
pub type FoldRows = unsafe fn(acc: *mut u8, src: *const u8, stride: isize, row_stride: isize, n: usize, rows: usize, index: i64);

/// The CPU side of a reduction row. Accumulators are opaque, `size` bytes each, aligned to 16.
pub struct ReduceLoops {
    /// Bytes of one accumulator, a multiple of its alignment
    pub size: usize,
    /// Makes `n` accumulators neutral: `(acc, n)`
    pub start: unsafe fn(acc: *mut u8, n: usize),
    /// Folds a run of `n` elements into one accumulator: `(acc, src, stride, n, first)`, where `first` is
    /// the index of the run's first element among those reduced. The order depends on `n` alone.
    pub fold_run: unsafe fn(acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64),
    /// Folds element `j` into accumulator `j` for `n` neighbours: `(acc, src, stride, n, index)`
    pub fold_lanes: unsafe fn(acc: *mut u8, src: *const u8, stride: isize, n: usize, index: i64),
    /// The same for `rows` rows of elements, one after the other, which follow at a distance of `row_stride`:
    /// `(acc, src, stride, row_stride, n, rows, index)`
    pub fold_rows: Option<FoldRows>,
    /// Folds `n` accumulators of `other`, which come later in order, into those of `acc`
    pub combine: unsafe fn(acc: *mut u8, other: *const u8, n: usize),
    /// Writes `n` results: `(out, stride, acc, n, count)`, `count` being the number of elements reduced to each
    pub finish: unsafe fn(out: *mut u8, stride: isize, acc: *const u8, n: usize, count: u64),
    /// Whether a run's value can no longer change (any, all): lets the CPU stop early
    pub is_final: Option<unsafe fn(acc: *const u8) -> bool>,
}

/// How many elements may be added in the 32 bits of [`ReduceText::brief`].
pub const BRIEF: usize = 1 << 16;

/// The CUDA side of a reduction row.
pub struct ReduceText {
    /// Type of the accumulator
    pub acc: &'static str,
    /// The neutral accumulator
    pub neutral: &'static str,
    /// The accumulator of one element: an expression of `in0` (its type as in [`LoopDef::cuda`]) and
    /// `idx`, its `long long` index among those reduced
    pub lift: &'static str,
    /// Two accumulators in one: an expression of `a` and the later `b`
    pub combine: &'static str,
    /// A 32-bit type in which the accumulators of [`BRIEF`] elements add up to the same; empty if there is none
    pub brief: &'static str,
    /// The result: an expression of `a` and the number of elements `n` (`long long`)
    pub finish: &'static str,
    /// Types and device functions that these use; empty if none
    pub prelude: &'static str,
}

/// One typed row of a reduction.
pub struct ReduceRow {
    /// The op's name
    pub op: &'static str,
    /// Dtype of the elements
    pub input: DType,
    /// Dtype of the result
    pub output: DType,
    /// Whether the accumulator depends on the elements' C-order indices (argmin): reduced axes may not be reordered
    pub indexed: bool,
    /// The CPU's loops
    pub cpu: ReduceLoops,
    /// CUDA's text
    pub cuda: ReduceText,
}

/// A reduction.
pub struct ReduceDef {
    /// NumPy's name
    pub name: &'static str,
    /// What NumPy calls it in errors: the ufunc that it repeats
    pub ufunc: &'static str,
    /// Rows in order of preference
    pub rows: &'static [ReduceRow],
    /// The result over no elements; `None` raises NumPy's error
    pub identity: Option<i8>,
    /// How it is tested; `ulp` counts relative to the accumulated magnitude
    pub test: TestSpec,
}

/// One typed row of a scan: inclusive, along one axis.
pub struct ScanRow {
    /// The op's name
    pub op: &'static str,
    /// Dtype of the elements
    pub input: DType,
    /// Dtype of results and of the accumulator
    pub output: DType,
    /// Bytes of an accumulator
    pub size: usize,
    /// Makes an accumulator neutral
    pub start: unsafe fn(acc: *mut u8),
    /// Scans `n` elements, carrying `acc` in and out: `(acc, src, src_stride, dst, dst_stride, n)`
    pub run: unsafe fn(acc: *mut u8, src: *const u8, src_stride: isize, dst: *mut u8, dst_stride: isize, n: usize),
    /// Folds a later accumulator into an earlier one
    pub combine: unsafe fn(acc: *mut u8, other: *const u8),
    /// CUDA's text (`finish` of `a`, as for reductions)
    pub cuda: ReduceText,
}

/// A scan.
pub struct ScanDef {
    /// NumPy's name
    pub name: &'static str,
    /// Rows in order of preference
    pub rows: &'static [ScanRow],
    /// How it is tested
    pub test: TestSpec,
}

impl ReduceDef {
    /// The identity as a scalar of `dtype`.
    pub fn identity_scalar(&self, dtype: DType) -> Option<Scalar> {
        self.identity.map(|i| Scalar::from(i).cast(dtype))
    }
}

impl std::fmt::Debug for LoopDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |d: &[DType]| d.iter().map(|d| d.name()).collect::<Vec<_>>().join(",");
        write!(f, "{}({})->{}", self.op, names(self.ins), names(self.outs))
    }
}
