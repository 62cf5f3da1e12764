//! Programs, element by element: which kernel, over which loop nest.

use crate::codegen::{self, Params, THREADS, Variant, program};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::iteration::Iteration;
use cuprous_core::{Error, Launch, Program, Result};
use smallvec::SmallVec;

/// Rows shorter than this are better spread over threads by division
const MIN_ROW: usize = 16;
/// The largest number of blocks along y
const MAX_GRID_Y: usize = 65_535;
/// What 32-bit kernels can count and address
const NARROW: usize = i32::MAX as usize;

/// Every kernel that a program may need, up to three axes: for compiling ahead and for tests.
pub fn sources_of_elementwise(program: &Program) -> Vec<Source> {
    let rows = (0..3).map(|n_outer| Variant::Rows { n_outer });
    let strided =
        [(1, false), (2, false), (3, false), (1, true), (2, true), (3, true)].map(|(n_axes, wide)| Variant::Strided { n_axes, wide });
    rows.chain(strided).map(|v| codegen::elementwise::source(program, v)).collect()
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
    let Some(plan) = plan(program, launch)? else { return Ok(()) };
    let kernel = ctx.programs.get(ctx, program, 0, plan.variant, || codegen::elementwise::source(program, plan.variant))?;
    codegen::start(&kernel, plan.grid, plan.block, &plan.params, launch.queue)
}

/// The kernel that a launch needs, if it needs one.
///
/// # Errors
/// `Runtime` if program and operands do not fit.
pub fn source_of(program: &Program, launch: &Launch) -> Result<Option<Source>> {
    Ok(plan(program, launch)?.map(|p| codegen::elementwise::source(program, p.variant)))
}

/// One launch: what is started, and with what.
struct Plan {
    variant: Variant,
    grid: [usize; 3],
    block: [usize; 3],
    params: Params,
}

/// The plan of a launch; `None` if there is nothing to do.
fn plan(program: &Program, launch: &Launch) -> Result<Option<Plan>> {
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
    let nest = Iteration::sorted(launch.shape, &strides);
    if nest.size() == 0 || outputs.is_empty() {
        return Ok(None);
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

    let variant = if by_rows {
        Variant::Rows { n_outer: inner as u8 }
    } else {
        // The last threads count beyond the end before they stop.
        let wide = nest.size() > NARROW - THREADS * lanes || memory().any(|(s, ..)| reach(s) > NARROW);
        Variant::Strided { n_axes: n_axes as u8, wide }
    };
    let is_aligned = || {
        memory().all(|(s, address, size, _)| {
            let unit = (size * lanes).min(16);
            s[inner] == 0 || (address.is_multiple_of(unit) && s[..inner].iter().all(|s| s.unsigned_abs().is_multiple_of(unit)))
        })
    };

    let mut params = Params::default();
    codegen::program::push_constants(&mut params, program, launch.parameters);
    for (_, operand, _) in program::operands(program) {
        params.uint(inputs[operand].address());
        nest.strides[outputs.len() + operand].iter().for_each(|&s| params.int(s as i64));
    }
    for (k, output) in outputs.iter().enumerate() {
        params.uint(output.address());
        nest.strides[k].iter().for_each(|&s| params.int(s as i64));
    }
    let (grid, block);
    if by_rows {
        params.uint(n_inner);
        params.uint(n_rows);
        params.uint(is_aligned().into());
        nest.shape[..inner].iter().for_each(|&n| params.divisor(n));
        let across = if n_axes == 1 { THREADS } else { threads_across(n_inner.div_ceil(lanes)) };
        let down = THREADS / across;
        block = [across, down, 1];
        grid = [n_inner.div_ceil(across * lanes), n_rows.div_ceil(down).min(MAX_GRID_Y), 1];
        if n_axes == 1 {
            return Ok(Some(Plan { variant, grid, block: [THREADS, 1, 1], params }));
        }
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

    #[test]
    fn rows_keep_threads_busy() {
        assert_eq!([1, 2, 8, 32, 250, 2500, 100_000].map(threads_across), [1, 2, 8, 32, 256, 256, 256]);
    }
}
