//! Sorting: short rows by the lanes of a warp, longer ones by a block each, long ones by all blocks, byte by byte.

pub mod select;
mod sweep;

use crate::codegen::sort::{Step, count as count_source, each_of_row, eaches_of_row, pivots, searching, sought, source};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::transfer;
use cuprous_core::sorting::Side;
use cuprous_core::{CountSpec, DType, Error, Kind, Operand, Program, Queue, Result, SearchSpec, SortSpec};
use sweep::Sweep;

/// Rows up to this length are sorted by the lanes of a warp.
const SHORT: usize = 32;
/// Blocks of a count: each has counters of its own to add to the result.
const COUNT_BLOCKS: usize = 1024;
/// Rows from this length on have numbers and flags that need 64 bits together.
const WIDE: usize = 1 << 30;

/// Kernels of several dtypes: for tests.
pub fn sources_of_sort() -> Vec<Source> {
    let mut sources = Vec::new();
    for &dtype in &[DType::Bool, DType::I16, DType::F16, DType::U32, DType::F32, DType::I64, DType::C64, DType::C128] {
        sources.extend(
            [Step::Digits { wide: false }, Step::Pass { wide: false }, Step::Rows { each: each_of_row(dtype) as u8 }, Step::Short]
                .map(|s| source(s, dtype)),
        );
    }
    for &dtype in &[DType::I8, DType::U16, DType::F16, DType::F32, DType::F64, DType::U64] {
        let rows = Step::SelectRows { each: each_of_row(dtype) as u8 };
        sources.extend([Step::Select { wide: false }, Step::Split { wide: false }, rows].map(|s| source(s, dtype)));
    }
    let more = [Step::Digits { wide: true }, Step::Pass { wide: true }, Step::Select { wide: true }, Step::Split { wide: true }];
    sources.extend(more.map(|s| source(s, DType::F64)));
    sources.extend(more[..2].iter().map(|&s| source(s, DType::C128)));
    let more = [Step::Rows { each: 1 }, Step::Rows { each: 4 }, Step::Search, Step::Presence, Step::Columns];
    sources.extend(more.map(|s| source(s, DType::C128)));
    sources.extend([Step::Search, Step::Presence, Step::Columns].map(|s| source(s, DType::F16)));
    for wide in [false, true] {
        sources.extend([Step::Pass { wide }, Step::Spread { wide }].map(|s| source(s, DType::I8)));
    }
    sources.push(count_source());
    sources
}

/// The kernels that sorts, selections and searches of rows below 2^30 elements need: what the wheel brings.
pub fn usual_sources_of_sort() -> Vec<Source> {
    let wide = false;
    let mut sources = vec![count_source()];
    for &dtype in DType::ALL {
        let mut steps = vec![Step::Short, Step::Digits { wide }, Step::Pass { wide }, Step::Columns, Step::Search, Step::Presence];
        steps.extend(eaches_of_row(dtype).map(|each| Step::Rows { each: each as u8 }));
        if is_spread(dtype, false) {
            steps.push(Step::Spread { wide });
        }
        if dtype.kind() != Kind::Complex {
            steps.extend([Step::Select { wide }, Step::Split { wide }]);
            steps.extend(eaches_of_row(dtype).map(|each| Step::SelectRows { each: each as u8 }));
        }
        sources.extend(steps.into_iter().map(|s| source(s, dtype)));
    }
    sources
}

/// How rows of a length are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Short,
    Rows { each: usize },
    Long { wide: bool },
}

impl Method {
    fn of(n: usize, dtype: DType) -> Method {
        if n <= SHORT {
            return Method::Short;
        }
        match eaches_of_row(dtype).find(|each| n <= each * THREADS) {
            Some(each) => Method::Rows { each },
            None => Method::Long { wide: n >= WIDE },
        }
    }
}

/// The kernels that a sort needs.
pub fn sources_of(spec: &SortSpec) -> Vec<Source> {
    if spec.check().is_err() || spec.input.layout.size() == 0 {
        return Vec::new();
    }
    let (n, dtype) = (spec.input.layout.shape[1], spec.input.dtype);
    let steps = match Method::of(n, dtype) {
        Method::Short => vec![Step::Short],
        Method::Rows { each } => vec![Step::Rows { each: each as u8 }],
        Method::Long { wide } if select::parts(spec) => vec![Step::Select { wide }, Step::Split { wide }],
        Method::Long { wide } if is_spread(dtype, spec.places.is_some()) => vec![Step::Digits { wide }, Step::Spread { wide }],
        Method::Long { wide } => vec![Step::Digits { wide }, Step::Pass { wide }],
    };
    steps.into_iter().map(|s| source(s, dtype)).collect()
}

/// Whether elements that are equal are the same bits of one byte, so that their counts tell the result.
fn is_spread(dtype: DType, has_places: bool) -> bool {
    dtype.size() == 1 && dtype.kind() != Kind::Float && !has_places
}

/// The kernel that a search needs, if it needs one.
pub fn source_of_search(spec: &SearchSpec) -> Option<Source> {
    (spec.values.layout.size() > 0).then(|| source(step_of_search(spec), spec.sorted.dtype))
}

fn step_of_search(spec: &SearchSpec) -> Step {
    if spec.out.dtype == DType::Bool { Step::Presence } else { Step::Search }
}

/// The kernel that a count needs, if it needs one.
pub fn source_of_count(spec: &CountSpec) -> Option<Source> {
    (spec.numbers.layout.size() > 0).then(count_source)
}

/// Sorts rows, or parts them.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, spec: &SortSpec) -> Result<()> {
    spec.check()?;
    let (rows, n, dtype) = (spec.input.layout.shape[0], spec.input.layout.shape[1], spec.input.dtype);
    if rows * n == 0 {
        return Ok(());
    }
    let address = |o: &Option<Operand>| o.as_ref().map_or(0, Operand::address);
    let work = Work { ctx, rows, n, dtype, input: spec.input.address(), queue: spec.queue };
    if let Some(&[place]) = spec.kth
        && select::parts(spec)
    {
        return select::part(&work, place, address(&spec.values), address(&spec.places));
    }
    work.sort(address(&spec.values), address(&spec.places))
}

/// Rows of one call.
struct Work<'a> {
    ctx: &'a Context,
    rows: usize,
    n: usize,
    dtype: DType,
    /// The address of the elements
    input: usize,
    queue: &'a Queue,
}

impl Work<'_> {
    /// Sorts to addresses, which are 0 for what is not wanted.
    fn sort(&self, values: usize, places: usize) -> Result<()> {
        let (step, n_blocks, shift) = match Method::of(self.n, self.dtype) {
            Method::Long { wide } => return Sweep::new(self, wide)?.sort(values, places),
            Method::Rows { each } => (Step::Rows { each: each as u8 }, self.rows, None),
            Method::Short => {
                let width = self.n.next_power_of_two();
                (Step::Short, (self.rows * width).div_ceil(THREADS), Some(width.trailing_zeros() as usize))
            }
        };
        let mut params = Params::default();
        params.uint(self.input);
        params.uint(values);
        params.uint(places);
        params.uint(self.n);
        params.uint(self.rows);
        shift.into_iter().for_each(|shift| params.uint(shift));
        self.start(step, n_blocks, &params)
    }

    /// Whether all rows begin at multiples of 16 bytes from an address on.
    fn is_aligned(&self, address: usize) -> bool {
        address.is_multiple_of(16) && (self.rows == 1 || (self.n * self.dtype.size()).is_multiple_of(16))
    }

    /// Blocks that read a row together, so that all rows fill a large GPU with so many on each multiprocessor. Constants:
    /// the work must not depend on the device.
    fn blocks_of_row(&self, resident: usize) -> usize {
        (132 * resident / self.rows).min(self.n.div_ceil(32 * THREADS)).max(1)
    }

    fn start(&self, step: Step, n_blocks: usize, params: &Params) -> Result<()> {
        start(self.ctx, step, self.dtype, n_blocks, params, self.queue)
    }
}

/// Finds how many sorted elements lie in front of values, or whether these are among them.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn search(ctx: &Context, spec: &SearchSpec) -> Result<()> {
    spec.check()?;
    let n_values = spec.values.layout.size();
    if n_values == 0 {
        return Ok(());
    }
    let mut params = Params::default();
    params.uint(spec.sorted.address());
    params.uint(spec.values.address());
    params.uint(spec.out.address());
    let n = spec.sorted.layout.size();
    if spec.out.dtype != DType::Bool {
        // Every value a thread of its own: many lines of memory are on their way at once.
        params.uint(n);
        params.uint(n_values);
        params.uint((spec.side == Side::Right).into());
        return start(ctx, Step::Search, spec.sorted.dtype, n_values.div_ceil(THREADS), &params, spec.queue);
    }
    let n_blocks = n_values.div_ceil(THREADS * sought(spec.sorted.dtype)).min(132 * searching());
    // A block does not hold more elements than it looks for.
    let stride = n / (pivots(spec.sorted.dtype).min(n_values.div_ceil(n_blocks)) + 1) + 1;
    params.uint(n);
    params.uint(n_values);
    params.uint(0);
    params.uint(stride);
    params.uint(n / stride);
    start(ctx, Step::Presence, spec.sorted.dtype, n_blocks, &params, spec.queue)
}

/// Counts how often numbers occur.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn count(ctx: &Context, spec: &CountSpec) -> Result<()> {
    spec.check()?;
    let (n, n_bins) = (spec.numbers.layout.size(), spec.out.layout.size());
    let Some(buffer) = spec.out.buffer() else { return Err(Error::runtime("a count without memory for it")) };
    transfer::fill(ctx, spec.queue, buffer, spec.out.layout.offset, 8 * n_bins, 0)?;
    if n == 0 || n_bins == 0 {
        return Ok(());
    }
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Count, count_source)?;
    let mut params = Params::default();
    params.uint(spec.numbers.address());
    params.uint(spec.out.address());
    params.uint(n);
    params.uint(n_bins);
    codegen::start(&kernel, [n.div_ceil(16 * THREADS).min(COUNT_BLOCKS), 1, 1], [THREADS, 1, 1], &params, spec.queue)
}

fn start(ctx: &Context, step: Step, dtype: DType, n_blocks: usize, params: &Params, queue: &Queue) -> Result<()> {
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Sort { step, dtype }, || source(step, dtype))?;
    codegen::start(&kernel, [n_blocks, 1, 1], [THREADS, 1, 1], params, queue)
}
