//! Places of true elements: a block for each tile.

use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::{Operand, PlacesSpec, Program, Result};

/// Counts true elements, or writes down their places.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, spec: &PlacesSpec) -> Result<()> {
    spec.check()?;
    let n = spec.mask.layout.size();
    if n == 0 {
        return Ok(());
    }
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Places, source_of)?;
    let mut params = Params::default();
    params.uint(spec.mask.address());
    params.uint(spec.totals.address());
    params.uint(spec.out.as_ref().map_or(0, Operand::address));
    params.uint(n);
    params.uint(spec.out.map_or(0, |o| o.layout.size()));
    params.uint(spec.mask.address().is_multiple_of(16).into());
    codegen::start(&kernel, [n.div_ceil(PlacesSpec::TILE), 1, 1], [THREADS, 1, 1], &params, spec.queue)
}

/// The kernel that every launch needs.
pub fn source_of() -> Source {
    codegen::gather::places()
}
