//! Equations of small matrices by a kernel of our own: one launch, whatever their number.

use crate::codegen::linalg::{Small, precision_source, source};
use crate::codegen::{self, Params, Variant};
use crate::compile::Source;
use crate::driver::context;
use cuprous_core::linalg::SolveSpec;
use cuprous_core::{Error, Program, Result};

/// Every kernel, for compiling ahead and for tests.
pub fn sources_of_linalg() -> Vec<Source> {
    Small::all().map(source).chain([true, false].map(precision_source)).collect()
}

pub(super) fn solve(spec: &SolveSpec) -> Result<()> {
    let (n, k, count) = spec.check()?;
    if n > Small::LARGEST {
        return Err(Error::unsupported(format!("equations of matrices of {n} rows in one step")));
    }
    let ctx = context(spec.queue.device)?;
    let _entered = ctx.enter()?;
    let small = Small::new(spec.a.dtype, n, k);
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Solve(small), || source(small))?;
    let n_parts = k.div_ceil(small.width.into());
    let n_items = n_parts.saturating_mul(count);
    let mut params = Params::default();
    [spec.a.address(), spec.b.map_or(0, |b| b.address()), spec.x.address(), spec.info.address()].into_iter().for_each(|at| params.uint(at));
    [n, k, n_parts, n_items].into_iter().for_each(|x| params.uint(x));
    let n_blocks = n_items.div_ceil(Small::BLOCK / usize::from(small.side)).min(i32::MAX as usize);
    codegen::start(&kernel, [n_blocks, 1, 1], [Small::BLOCK, 1, 1], &params, spec.queue)
}
