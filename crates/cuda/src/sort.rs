//! Sorting: short rows by the lanes of a warp, longer ones by a block each, long ones by all blocks, byte by byte.
//!
//! Alternatives for long rows: one sweep with look-back reads each element once a pass instead of twice, but its blocks
//! wait for each other. Three launches a pass are simpler and stay within twice its traffic.

use crate::codegen::sort::{Step, count as count_source, each, each_of_row, passes, source};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::{memory, transfer};
use cuprous_core::sorting::Side;
use cuprous_core::{Buffer, CountSpec, DType, Error, Operand, Program, Queue, Result, SearchSpec, SortSpec};

/// Rows up to this length are sorted by the lanes of a warp.
const SHORT: usize = 32;
/// Blocks of a count: each has counters of its own to add to the result.
const COUNT_BLOCKS: usize = 1024;

/// Kernels of several dtypes: for tests.
pub fn sources_of_sort() -> Vec<Source> {
    let mut sources = Vec::new();
    for &dtype in &[DType::Bool, DType::I16, DType::F16, DType::U32, DType::F32, DType::I64, DType::C64, DType::C128] {
        sources
            .extend([Step::Scatter { wide: false }, Step::Rows { each: each_of_row(dtype) as u8 }, Step::Short].map(|s| source(s, dtype)));
    }
    let more = [Step::Count { wide: false }, Step::Count { wide: true }, Step::Offsets { wide: false }, Step::Offsets { wide: true }];
    sources.extend(more.map(|s| source(s, DType::F64)));
    sources.extend(
        [Step::Scatter { wide: true }, Step::Rows { each: 1 }, Step::Rows { each: 4 }, Step::Search].map(|s| source(s, DType::C128)),
    );
    sources.push(source(Step::Search, DType::F16));
    sources.push(source(Step::Scatter { wide: true }, DType::I8));
    sources.push(count_source());
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
        let largest = each_of_row(dtype);
        if n <= SHORT {
            return Method::Short;
        }
        match [1, 4, largest].into_iter().find(|each| n <= each * THREADS) {
            Some(each) => Method::Rows { each },
            None => Method::Long { wide: u32::try_from(n).is_err() },
        }
    }

    fn steps(self) -> Vec<Step> {
        match self {
            Method::Short => vec![Step::Short],
            Method::Rows { each } => vec![Step::Rows { each: each as u8 }],
            Method::Long { wide } => vec![Step::Count { wide }, Step::Offsets { wide }, Step::Scatter { wide }],
        }
    }
}

/// The kernels that a sort needs.
pub fn sources_of(spec: &SortSpec) -> Vec<Source> {
    if spec.check().is_err() || spec.input.layout.size() == 0 {
        return Vec::new();
    }
    Method::of(spec.input.layout.shape[1], spec.input.dtype).steps().into_iter().map(|s| source(s, spec.input.dtype)).collect()
}

/// The kernel that a search needs, if it needs one.
pub fn source_of_search(spec: &SearchSpec) -> Option<Source> {
    (spec.values.layout.size() > 0).then(|| source(Step::Search, spec.sorted.dtype))
}

/// The kernel that a count needs, if it needs one.
pub fn source_of_count(spec: &CountSpec) -> Option<Source> {
    (spec.numbers.layout.size() > 0).then(count_source)
}

/// Sorts rows.
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
    let method = Method::of(n, dtype);
    if let Method::Long { wide } = method {
        return Long { ctx, rows, n, dtype, wide, queue: spec.queue }.sort(
            spec.input.address(),
            address(&spec.values),
            address(&spec.places),
        );
    }
    let mut params = Params::default();
    params.uint(spec.input.address());
    params.uint(address(&spec.values));
    params.uint(address(&spec.places));
    params.uint(n);
    params.uint(rows);
    let n_blocks = if method == Method::Short {
        let width = n.next_power_of_two();
        params.uint(width.trailing_zeros() as usize);
        (rows * width).div_ceil(THREADS)
    } else {
        rows
    };
    start(ctx, method.steps()[0], dtype, n_blocks, &params, spec.queue)
}

/// Long rows of one sort.
struct Long<'a> {
    ctx: &'a Context,
    rows: usize,
    n: usize,
    dtype: DType,
    wide: bool,
    queue: &'a Queue,
}

impl Long<'_> {
    /// Sorts by the bytes of the keys, the lowest first; addresses of outputs are 0 if they are not wanted.
    fn sort(&self, input: usize, values: usize, places: usize) -> Result<()> {
        let (n_passes, tiles) = (passes(self.dtype), self.n.div_ceil(each(self.dtype) * THREADS));
        let count_size = if self.wide { 8 } else { 4 };
        let room = |n_bytes: usize| memory::allocate(self.ctx, self.queue, n_bytes);
        let n_counts = self.rows * 256 * tiles;
        let address = |b: &Option<Buffer>| b.as_ref().map_or(0, Buffer::address);
        // Freed at the end of this function, in the order of the queue.
        let counts = room((n_counts + self.rows * 256) * count_size)?;
        let totals = counts.address() + n_counts * count_size;
        let spare = |is_needed: bool, size: usize| if is_needed { room(self.rows * self.n * size).map(Some) } else { Ok(None) };
        let size = self.dtype.size();
        let words = [spare(n_passes > 1, size)?, spare(values == 0 && n_passes > 2, size)?];
        let moved = [spare(places != 0 && n_passes > 1, count_size)?, spare(places != 0 && n_passes > 2, count_size)?];
        let (mut from, mut places_from) = (input, 0);
        for pass in 0..n_passes {
            let is_last = pass + 1 == n_passes;
            // Taking turns, so that the last pass writes the result.
            let turn = (n_passes - 1 - pass) % 2;
            let to = match turn {
                0 if is_last || values != 0 => values,
                0 => address(&words[1]),
                _ => address(&words[0]),
            };
            let places_to = if places == 0 || is_last { places } else { address(&moved[1 - turn]) };
            let mut params = Params::default();
            params.uint(from);
            params.uint(to);
            params.uint(places_from);
            params.uint(places_to);
            params.uint(counts.address());
            params.uint(totals);
            params.uint(self.n);
            params.uint(tiles);
            params.uint(pass);
            params.uint(is_last.into());
            let blocks = self.rows * tiles;
            let wide = self.wide;
            for (step, n_blocks) in
                [(Step::Count { wide }, blocks), (Step::Offsets { wide }, self.rows * 256), (Step::Scatter { wide }, blocks)]
            {
                start(self.ctx, step, self.dtype, n_blocks, &params, self.queue)?;
            }
            (from, places_from) = (to, places_to);
        }
        Ok(())
    }
}

/// Finds how many sorted elements lie in front of values.
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
    params.uint(spec.sorted.layout.size());
    params.uint(n_values);
    params.uint((spec.side == Side::Right).into());
    start(ctx, Step::Search, spec.sorted.dtype, n_values.div_ceil(THREADS), &params, spec.queue)
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
    let dtype = step.dtype(dtype);
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Sort { step, dtype }, || source(step, dtype))?;
    codegen::start(&kernel, [n_blocks, 1, 1], [THREADS, 1, 1], params, queue)
}
