//! One program on many small sets of operands: they share launches, whose cost is far above that of their work.

use crate::codegen::{self, Params, THREADS, Variant, many, program};
use crate::cold;
use crate::driver::Context;
use crate::elementwise;
use cuprous_core::iteration::Iteration;
use cuprous_core::{Error, Launch, Program, Result};
use smallvec::SmallVec;

/// Elements above which a launch of its own pays: from here on the work takes as long as starting it
pub const MAX_ELEMENTS: usize = 1 << 16;

/// Runs a program for each element of each launch.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, program: &Program, launches: &[Launch]) -> Result<()> {
    let capacity = many::capacity(program);
    if capacity < 2 || launches.len() < 2 {
        return launches.iter().try_for_each(|l| elementwise::run(ctx, program, l));
    }
    let make = || many::source(program);
    let kernel = match ctx.programs.find(ctx, program, 0, Variant::Many, make)? {
        Some(kernel) => kernel,
        None if cold::may_stand_in(ctx, program, 0, Variant::Many) => {
            ctx.programs.compile_later(ctx, program, 0, Variant::Many, make);
            return launches.iter().try_for_each(|l| elementwise::run(ctx, program, l));
        }
        None => ctx.programs.get(ctx, program, 0, Variant::Many, make)?,
    };
    let (mut params, mut n_sets, mut longest) = (Params::default(), 0, 0);
    let start = |params: &mut Params, n_sets: usize, longest: usize| -> Result<()> {
        many::pad(params, program);
        // Enough blocks to spread one set over several units, few enough that the elements of a thread pay for it.
        let across = longest.div_ceil(4 * THREADS).max(1);
        codegen::start(&kernel, [across, n_sets, 1], [THREADS, 1, 1], params, launches[0].queue)
    };
    for launch in launches {
        match push(&mut params, program, launch)? {
            Pushed::Empty => continue,
            Pushed::Nested => {
                elementwise::run(ctx, program, launch)?;
                continue;
            }
            Pushed::Elements(n) => longest = longest.max(n),
        }
        n_sets += 1;
        if n_sets == capacity {
            start(&mut params, n_sets, longest)?;
            params.bytes.clear();
            (n_sets, longest) = (0, 0);
        }
    }
    if n_sets > 0 { start(&mut params, n_sets, longest) } else { Ok(()) }
}

/// What became of a launch.
enum Pushed {
    /// It has nothing to do
    Empty,
    /// It needs more than one loop
    Nested,
    /// It is among the sets, with so many elements
    Elements(usize),
}

/// Appends the fields of one set.
fn push(params: &mut Params, program: &Program, launch: &Launch) -> Result<Pushed> {
    let (outputs, inputs) = (launch.outputs, launch.inputs);
    if outputs.len() != program.outputs.len() || program::operands(program).any(|(_, operand, _)| operand >= inputs.len()) {
        return Err(Error::runtime(format!("a program launched with {} inputs and {} outputs", inputs.len(), outputs.len())));
    }
    let strides: SmallVec<[&[isize]; 8]> = outputs.iter().chain(inputs).map(|o| &o.layout.strides[..]).collect();
    let nest = Iteration::sorted(launch.shape, &strides);
    if nest.size() == 0 {
        return Ok(Pushed::Empty);
    }
    if nest.shape.len() > 1 {
        return Ok(Pushed::Nested);
    }
    program::push_constants(params, program, launch.parameters);
    for (_, operand, _) in program::operands(program) {
        params.uint(inputs[operand].address());
        params.int(nest.strides[outputs.len() + operand][0] as i64);
    }
    for (k, output) in outputs.iter().enumerate() {
        params.uint(output.address());
        params.int(nest.strides[k][0] as i64);
    }
    params.uint(nest.shape[0]);
    Ok(Pushed::Elements(nest.shape[0]))
}
