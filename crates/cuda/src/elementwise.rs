//! Programs, element by element: which kernel, over which loop nest.

use crate::codegen::{self, Params, THREADS, Variant, program};
use crate::cold;
use crate::compile::Source;
use crate::driver::Context;
use crate::rehearsal::Rehearsal;
use cuprous_core::iteration::Iteration;
use cuprous_core::{Error, Launch, Program, Result};
use smallvec::SmallVec;

/// Rows shorter than this are better spread over threads by division
const MIN_ROW: usize = 16;
/// The largest number of blocks along y
const MAX_GRID_Y: usize = 65_535;
/// Elements from which on a kernel for tiles pays for being compiled: the strided one is shipped for all rows
const MANY: usize = 1 << 18;
/// Axes shorter than this are not cut into tiles
const MIN_EDGE: usize = 16;
/// What 32-bit kernels can count and address
const NARROW: usize = i32::MAX as usize;

/// Every kernel that a program may need, up to three axes: for compiling ahead and for tests.
pub fn sources_of_elementwise(program: &Program) -> Vec<Source> {
    let rows = (0..3).map(|n_outer| Variant::Rows { n_outer });
    let strided =
        [(1, false), (2, false), (3, false), (1, true), (2, true), (3, true)].map(|(n_axes, wide)| Variant::Strided { n_axes, wide });
    let loaded: usize = program::operands(program).filter_map(|(.., d)| d).map(|d| d.size()).sum();
    let tiles = [2, 3].into_iter().filter_map(|n_axes| {
        let edge = codegen::elementwise::edge(program, loaded).filter(|_| loaded > 0)? as u8;
        Some(Variant::Tiles { n_axes, crossed: u64::MAX, edge })
    });
    let shifted = (0..2).map(|n_outer| Variant::Shifted { n_outer }).filter(|_| codegen::elementwise::shifts(program));
    rows.chain(strided).chain(tiles).chain(shifted).map(|v| codegen::elementwise::source(program, v)).collect()
}

/// The kernels that most calls need: dense, dense with an outer axis, strided.
pub fn usual_sources(program: &Program) -> Vec<Source> {
    let rows = (0..2).map(|n_outer| Variant::Rows { n_outer });
    let strided = (1..3).map(|n_axes| Variant::Strided { n_axes, wide: false });
    rows.chain(strided).map(|v| codegen::elementwise::source(program, v)).collect()
}

/// Runs a program for each element of the launch's shape.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, program: &Program, launch: &Launch) -> Result<()> {
    let Some(plan) = plan(program, launch, true)? else { return Ok(()) };
    let make = || codegen::elementwise::source(program, plan.variant);
    let kernel = match ctx.programs.find(ctx, program, 0, plan.variant, make)? {
        Some(kernel) => kernel,
        None => {
            if cold::may_stand_in(ctx, program, 0, plan.variant)
                && (plan.is_shifted() && stand_in(ctx, program, plan.variant, launch)?
                    || cold::elementwise(ctx, program, plan.variant, launch)?)
            {
                return Ok(());
            }
            ctx.programs.get(ctx, program, 0, plan.variant, make)?
        }
    };
    codegen::start(&kernel, plan.grid, plan.block, &plan.params, launch.queue)
}

/// Runs a program whose rows begin anywhere by the kernel for all rows, which is shipped, while its own is compiled; whether it could.
/// Callers have asked [`cold::may_stand_in`].
fn stand_in(ctx: &Context, program: &Program, variant: Variant, launch: &Launch) -> Result<bool> {
    let Some(plain) = plan(program, launch, false)? else { return Ok(true) };
    let Some(kernel) = ctx.programs.find(ctx, program, 0, plain.variant, || codegen::elementwise::source(program, plain.variant))? else {
        return Ok(false);
    };
    ctx.programs.compile_later(ctx, program, 0, variant, || codegen::elementwise::source(program, variant));
    codegen::start(&kernel, plain.grid, plain.block, &plain.params, launch.queue)?;
    Ok(true)
}

/// As [`run`], if the kernel need not be compiled; whether it ran.
///
/// # Errors
/// `Memory` or `Device`.
pub fn run_at_hand(ctx: &Context, program: &Program, launch: &Launch) -> Result<bool> {
    let Some(plan) = plan(program, launch, true)? else { return Ok(true) };
    let make = || codegen::elementwise::source(program, plan.variant);
    let Some(kernel) = ctx.programs.find(ctx, program, 0, plan.variant, make)? else {
        return Ok(plan.is_shifted() && cold::may_stand_in(ctx, program, 0, plan.variant) && stand_in(ctx, program, plan.variant, launch)?);
    };
    codegen::start(&kernel, plan.grid, plan.block, &plan.params, launch.queue)?;
    Ok(true)
}

/// The kernel that a launch needs, if it needs one.
///
/// # Errors
/// `Runtime` if program and operands do not fit.
pub fn source_of(program: &Program, launch: &Launch) -> Result<Option<Source>> {
    Ok(plan(program, launch, true)?.map(|p| codegen::elementwise::source(program, p.variant)))
}

/// What a launch would start, if anything.
///
/// # Errors
/// `Runtime` if program and operands do not fit.
pub fn rehearse(program: &Program, launch: &Launch) -> Result<Option<Rehearsal>> {
    let plan = plan(program, launch, true)?;
    Ok(plan.map(|p| Rehearsal::new(codegen::elementwise::source(program, p.variant), p.grid, p.block, &p.params)))
}

/// One launch: what is started, and with what.
struct Plan {
    variant: Variant,
    grid: [usize; 3],
    block: [usize; 3],
    params: Params,
}

impl Plan {
    /// Whether rows begin anywhere.
    fn is_shifted(&self) -> bool {
        matches!(self.variant, Variant::Shifted { .. })
    }
}

/// The plan of a launch; `None` if there is nothing to do. `may_shift`: with the kernel for rows that begin anywhere where it pays.
fn plan(program: &Program, launch: &Launch, may_shift: bool) -> Result<Option<Plan>> {
    let (outputs, inputs) = (launch.outputs, launch.inputs);
    if outputs.len() != program.outputs.len() || program::operands(program).any(|(_, operand, _)| operand >= inputs.len()) {
        return Err(Error::runtime(format!(
            "a program of {} outputs launched with {} inputs and {} outputs",
            program.outputs.len(),
            inputs.len(),
            outputs.len()
        )));
    }
    let strides: SmallVec<[&[isize]; 8]> = outputs.iter().chain(inputs).map(|o| &o.layout.strides[..]).collect();
    let mut nest = Iteration::sorted(launch.shape, &strides);
    if nest.size() == 0 || outputs.is_empty() {
        return Ok(None);
    }
    let crossing = crossing(program, launch, &nest);
    if let Some(Crossing { axis, operands, edge }) = crossing {
        if edge > 0 {
            return Ok(Some(tiled(program, launch, nest, axis, operands, edge)));
        }
        // Too narrow for tiles: with the narrow axis innermost, all of what a line of memory holds is read at once.
        move_axis(&mut nest, axis, 0);
    }
    let n_axes = nest.shape.len();
    let (inner, n_inner) = (n_axes - 1, nest.shape[n_axes - 1]);
    let n_rows: usize = nest.shape[..inner].iter().product();

    // Operands with memory: (strides, address, element size, whether it is written).
    let memory = || {
        let ins = program::operands(program).filter_map(|(_, operand, dtype)| {
            dtype.map(|d| (&nest.strides[outputs.len() + operand], inputs[operand].address(), d.size(), false))
        });
        let outs = outputs.iter().enumerate().map(|(k, o)| (&nest.strides[k], o.address(), o.dtype.size(), true));
        ins.chain(outs)
    };
    let is_dense = memory().all(|(s, _, size, written)| s[inner] == size as isize || (s[inner] == 0 && !written) || n_inner == 1);
    let by_rows = is_dense && n_rows <= NARROW && (n_axes == 1 || n_inner >= MIN_ROW);
    let reach = |s: &[isize]| nest.shape.iter().zip(s).map(|(&n, &s)| (n - 1) * s.unsigned_abs()).fold(0usize, usize::saturating_add);
    let lanes = if by_rows { codegen::elementwise::lanes(program) } else { codegen::elementwise::strided_lanes(program) };

    let is_aligned = || {
        memory().all(|(s, address, size, _)| {
            let unit = (size * lanes).min(16);
            s[inner] == 0 || (address.is_multiple_of(unit) && s[..inner].iter().all(|s| s.unsigned_abs().is_multiple_of(unit)))
        })
    };
    let is_vector = by_rows && is_aligned();
    // Aligned words are read whole. Memory comes in pieces of at least 16 bytes; what is borrowed may begin within one.
    let is_there =
        || program::operands(program).all(|(_, k, d)| d.is_none() || inputs[k].buffer().is_some_and(|b| b.address().is_multiple_of(16)));
    let is_shifted = may_shift
        && by_rows
        && !is_vector
        && nest.size() >= MANY
        && n_inner >= 2 * lanes
        && codegen::elementwise::shifts(program)
        && is_there();

    let variant = if is_shifted {
        Variant::Shifted { n_outer: inner as u8 }
    } else if by_rows {
        Variant::Rows { n_outer: inner as u8 }
    } else {
        // The last threads count beyond the end before they stop.
        let wide = nest.size() > NARROW - THREADS * lanes || memory().any(|(s, ..)| reach(s) > NARROW);
        Variant::Strided { n_axes: n_axes as u8, wide }
    };

    let mut params = operand_params(program, launch, &nest);
    let (grid, block);
    if by_rows {
        params.uint(n_inner);
        params.uint(n_rows);
        params.uint(is_vector.into());
        nest.shape[..inner].iter().for_each(|&n| params.divisor(n));
        let rounds = match n_axes {
            _ if is_shifted => codegen::elementwise::shifted_rounds(program),
            1 => codegen::elementwise::rounds(program),
            _ => 1,
        };
        // A row that begins within a word may end within one more.
        let words = n_inner.div_ceil(lanes) + usize::from(is_shifted);
        let across = if n_axes == 1 { THREADS } else { threads_across(words.div_ceil(rounds)) };
        let down = THREADS / across;
        block = [across, down, 1];
        grid = [words.div_ceil(across * rounds), n_rows.div_ceil(down).min(MAX_GRID_Y), 1];
    } else {
        params.uint(nest.size());
        params.uint(0);
        params.uint(0);
        nest.shape.iter().for_each(|&n| params.divisor(n));
        grid = [nest.size().div_ceil(THREADS * lanes), 1, 1];
        block = [THREADS, 1, 1];
    }
    Ok(Some(Plan { variant, grid, block, params }))
}

/// Operands that are dense along another axis than the outputs.
struct Crossing {
    axis: usize,
    /// A bit each, in the order of the program
    operands: u64,
    /// Of the tiles, 0 for none
    edge: usize,
}

/// The crossing of a large nest, if it pays to heed it.
fn crossing(program: &Program, launch: &Launch, nest: &Iteration) -> Option<Crossing> {
    let n_axes = nest.shape.len();
    let (inner, n_outputs) = (n_axes - 1, launch.outputs.len());
    if n_axes < 2 || nest.size() < MANY {
        return None;
    }
    let memory =
        || program::operands(program).enumerate().filter_map(|(j, (_, operand, d))| Some((j, &nest.strides[n_outputs + operand], d?)));
    // The axis along which an operand is nearly dense, if it is far from that along the innermost one.
    let dense = |s: &[isize], size: usize| {
        let step = |k: usize| s[k].unsigned_abs();
        let k = (0..inner).filter(|&k| s[k] != 0).min_by_key(|&k| step(k))?;
        (step(k) <= 4 * size && step(inner) > (4 * step(k)).max(32)).then_some(k)
    };
    let axis = memory().find_map(|(_, s, d)| dense(s, d.size()))?;
    let (mut operands, mut bytes) = (0, 0);
    for (j, s, d) in memory().filter(|(j, ..)| *j < 64) {
        if dense(s, d.size()) == Some(axis) {
            operands |= 1 << j;
            bytes += d.size();
        }
    }
    let (n_x, n_y) = (nest.shape[inner], nest.shape[axis]);
    if n_y < MIN_EDGE {
        return Some(Crossing { axis, operands, edge: 0 });
    }
    if n_x < MIN_EDGE {
        return None;
    }
    let edge = codegen::elementwise::edge(program, bytes)?.min(if n_x.min(n_y) <= 32 { 32 } else { 64 });
    let outer: usize = (0..inner).filter(|&k| k != axis).map(|k| nest.shape[k]).product();
    let n_blocks = n_x.div_ceil(edge).saturating_mul(n_y.div_ceil(edge)).saturating_mul(outer);
    (n_blocks <= NARROW).then_some(Crossing { axis, operands, edge })
}

/// Moves an axis inwards until so many are inside it.
fn move_axis(nest: &mut Iteration, axis: usize, n_inside: usize) {
    let last = nest.shape.len() - n_inside;
    nest.shape[axis..last].rotate_left(1);
    nest.strides.iter_mut().for_each(|s| s[axis..last].rotate_left(1));
}

/// The plan of a launch by tiles.
fn tiled(program: &Program, launch: &Launch, mut nest: Iteration, axis: usize, crossed: u64, edge: usize) -> Plan {
    move_axis(&mut nest, axis, 1);
    let n_axes = nest.shape.len();
    let (n_x, n_y) = (nest.shape[n_axes - 1], nest.shape[n_axes - 2]);
    // Without gaps along the axis by which threads are neighbours.
    let inputs = program::operands(program).enumerate().filter_map(|(j, (_, operand, d))| {
        let along = if j < 64 && crossed >> j & 1 == 1 { n_axes - 2 } else { n_axes - 1 };
        Some(nest.strides[launch.outputs.len() + operand][along] == d?.size() as isize)
    });
    let outputs = launch.outputs.iter().enumerate().map(|(k, o)| nest.strides[k][n_axes - 1] == o.dtype.size() as isize);
    let is_dense = inputs.chain(outputs).all(|is| is);

    let mut params = operand_params(program, launch, &nest);
    params.uint(n_x);
    params.uint(n_y);
    params.uint(is_dense.into());
    let mut counts = nest.shape.clone();
    counts[n_axes - 1] = n_x.div_ceil(edge);
    counts[n_axes - 2] = n_y.div_ceil(edge);
    counts.iter().for_each(|&n| params.divisor(n));
    let variant = Variant::Tiles { n_axes: n_axes as u8, crossed, edge: edge as u8 };
    Plan { variant, grid: [counts.iter().product(), 1, 1], block: [THREADS, 1, 1], params }
}

/// The parameter's first fields: constants, addresses and strides.
fn operand_params(program: &Program, launch: &Launch, nest: &Iteration) -> Params {
    let mut params = Params::default();
    codegen::program::push_constants(&mut params, program, launch.parameters);
    for (_, operand, _) in program::operands(program) {
        params.uint(launch.inputs[operand].address());
        nest.strides[launch.outputs.len() + operand].iter().for_each(|&s| params.int(s as i64));
    }
    for (k, output) in launch.outputs.iter().enumerate() {
        params.uint(output.address());
        nest.strides[k].iter().for_each(|&s| params.int(s as i64));
    }
    params
}

/// How many threads share a row of so many vectors: the most that leave at most an eighth of them idle.
fn threads_across(n: usize) -> usize {
    let mut best = (usize::MAX, 1);
    let mut across = THREADS;
    while across >= 1 {
        let total = n.div_ceil(across) * across;
        if total <= n + n / 8 {
            return across;
        }
        if total < best.0 {
            best = (total, across);
        }
        across /= 2;
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::{DType, Device, Layout, Operand, Queue, Step};

    #[test]
    fn operands_cross_where_they_are_dense_along_another_axis() {
        let steps = (0..2).map(|operand| Step::Load { operand, dtype: DType::F32 }).collect();
        let program = Program { steps, outputs: [1].into_iter().collect() };
        let queue = Queue::new(Device::cuda(0), 0, None);
        let found = |shape: &[usize], out: &[isize], a: &[isize], b: &[isize]| {
            let layout = |strides: &[isize]| Layout { shape: shape.into(), strides: strides.into(), offset: 0 };
            let layouts = [layout(out), layout(a), layout(b)];
            let operands = [0, 1, 2].map(|k| Operand::index(&layouts[k]));
            let launch = Launch { shape, inputs: &operands[1..], outputs: &operands[..1], parameters: &[], queue: &queue };
            let nest = Iteration::sorted(shape, &[out, a, b]);
            crossing(&program, &launch, &nest).map(|c| (c.axis, c.operands, c.edge))
        };
        let (n, row) = (1000, 4000);
        assert_eq!(found(&[n, n], &[row, 4], &[row, 4], &[4, row]), Some((0, 2, 64)));
        assert_eq!(found(&[n, n], &[row, 4], &[4, row], &[-4, -row]), Some((0, 3, 64)));
        assert_eq!(found(&[n, n], &[row, 4], &[row, 4], &[0, 4]), None);
        assert_eq!(found(&[n, n], &[row, 4], &[2 * row, 8], &[4, 0]), None);
        assert_eq!(found(&[400, 400], &[1600, 4], &[1600, 4], &[4, 1600]), None);
        // Narrow: rows of three floats, or of twenty.
        assert_eq!(found(&[3, 100_000], &[400_000, 4], &[4, 80], &[400_000, 4]), Some((0, 1, 0)));
        assert_eq!(found(&[20, 100_000], &[400_000, 4], &[4, 80], &[400_000, 4]), Some((0, 1, 32)));
    }

    #[test]
    fn rows_keep_threads_busy() {
        assert_eq!([1, 2, 8, 32, 250, 2500, 100_000].map(threads_across), [1, 2, 8, 32, 256, 256, 256]);
    }
}
