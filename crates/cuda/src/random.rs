//! Random numbers: one kernel, a Philox block and 16 bytes of numbers per thread.

use crate::codegen::random::source;
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::backend::Distribution;
use cuprous_core::{DType, Error, Operand, Program, Queue, RandomSpec, Result};

/// What there are kernels for.
const KERNELS: [(DType, Distribution); 6] = [
    (DType::F32, Distribution::Uniform),
    (DType::F32, Distribution::Normal),
    (DType::F64, Distribution::Uniform),
    (DType::F64, Distribution::Normal),
    (DType::U32, Distribution::Bits),
    (DType::U64, Distribution::Bits),
];

/// Every random kernel: for compiling ahead and for tests.
pub fn sources_of_random() -> Vec<Source> {
    KERNELS.map(|(dtype, distribution)| source(dtype, distribution)).into()
}

/// Fills a packed operand of float32 or float64, or with bits of uint32 or uint64.
///
/// # Errors
/// `Type` for other dtypes; `Compile` or `Device`.
pub fn run(ctx: &Context, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()> {
    let (dtype, distribution) = (out.dtype, spec.distribution);
    if !KERNELS.contains(&(dtype, distribution)) {
        return Err(Error::type_error(format!("random {distribution:?} of {dtype}: no such numbers are drawn")));
    }
    let n = out.layout.size();
    if n == 0 {
        return Ok(());
    }
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Random { dtype, distribution }, || source(dtype, distribution))?;
    let mut params = Params::default();
    params.uint(out.address());
    params.uint(n);
    params.int(spec.seed as i64);
    params.int(spec.counter as i64);
    params.uint(out.address().is_multiple_of(16).into());
    let n_blocks = RandomSpec::n_blocks(dtype, n) as usize;
    codegen::start(&kernel, [n_blocks.div_ceil(THREADS), 1, 1], [THREADS, 1, 1], &params, queue)
}
