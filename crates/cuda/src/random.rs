//! Random numbers: one kernel, a Philox block and 16 bytes of numbers per thread.

use crate::codegen::random::source;
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::backend::Distribution;
use cuprous_core::{DType, Error, Operand, Program, Queue, RandomSpec, Result};

/// Every random kernel: for compiling ahead and for tests.
pub fn sources_of_random() -> Vec<Source> {
    [(false, false), (false, true), (true, false), (true, true)].map(|(double, normal)| source(double, normal)).into()
}

/// Fills a packed operand of float32 or float64.
///
/// # Errors
/// `Type` for other dtypes; `Compile` or `Device`.
pub fn run(ctx: &Context, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()> {
    let double = match out.dtype {
        DType::F32 => false,
        DType::F64 => true,
        other => return Err(Error::type_error(format!("random numbers of {other}: only float32 and float64 are drawn"))),
    };
    let n = out.layout.size();
    if n == 0 {
        return Ok(());
    }
    let normal = spec.distribution == Distribution::Normal;
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Random { double, normal }, || source(double, normal))?;
    let mut params = Params::default();
    params.uint(out.address());
    params.uint(n);
    params.int(spec.seed as i64);
    params.int(spec.counter as i64);
    params.uint(out.address().is_multiple_of(16).into());
    let n_blocks = RandomSpec::n_blocks(out.dtype, n) as usize;
    codegen::start(&kernel, [n_blocks.div_ceil(THREADS), 1, 1], [THREADS, 1, 1], &params, queue)
}
