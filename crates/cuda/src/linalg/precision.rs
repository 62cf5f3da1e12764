//! Singular values and vectors of single precision, computed in double: where a GPU computes double precision half as fast
//! as single, this is faster than what single precision needs to be as exact as it can be told.

use super::{Solver, each};
use crate::codegen::linalg::precision_source;
use crate::codegen::{self, Params, THREADS, Variant};
use cuprous_core::linalg::{Matrices, RightVectors, SvdSpec};
use cuprous_core::{Buffer, DType, Program, Result};
use cuprous_cuda_sys::driver::constants::SINGLE_TO_DOUBLE_RATIO;

/// How many times as fast as double single precision may be
const FAST: i64 = 2;

/// Whether matrices of a dtype are better decomposed in double precision on this GPU.
pub fn is_better_in_double(solver: &Solver, dtype: DType) -> Result<bool> {
    let is_single = dtype.real() == DType::F32;
    Ok(is_single && solver.ctx.attribute(SINGLE_TO_DOUBLE_RATIO)?.is_some_and(|ratio| ratio <= FAST))
}

/// By [`each::by_polar_factors`] on copies in double precision.
pub fn svd(solver: &Solver, spec: &SvdSpec, u: &Matrices, v: &Matrices) -> Result<RightVectors> {
    let wide = |m: &Matrices| solver.space(2 * m.count * m.n_bytes());
    let (a, s, wide_u, wide_v) = (wide(&spec.a)?, wide(&spec.s)?, wide(u)?, wide(v)?);
    copy(solver, spec.a.address(), a.address(), n_reals(&spec.a), true)?;
    let (wide_u, wide_v) = (doubled(&wide_u, u)?, doubled(&wide_v, v)?);
    let inner =
        SvdSpec { a: doubled(&a, &spec.a)?, s: doubled(&s, &spec.s)?, vectors: Some((wide_u, wide_v)), info: spec.info, queue: spec.queue };
    let written = each::by_polar_factors(solver, &inner, &wide_u, &wide_v)?;
    for (from, to) in [(&inner.s, &spec.s), (&wide_u, u), (&wide_v, v)] {
        copy(solver, from.address(), to.address(), n_reals(to), false)?;
    }
    Ok(written)
}

/// The same matrices in double precision.
fn doubled<'a>(buffer: &'a Buffer, like: &Matrices) -> Result<Matrices<'a>> {
    let dtype = if like.dtype == DType::C64 { DType::C128 } else { DType::F64 };
    Matrices::new(buffer, 0, dtype, [like.rows, like.columns, like.count])
}

/// Real numbers in all matrices.
fn n_reals(m: &Matrices) -> usize {
    m.count * m.n_bytes() / m.dtype.real().size()
}

/// Copies real numbers to double precision, or back to single.
fn copy(solver: &Solver, from: usize, to: usize, n: usize, widens: bool) -> Result<()> {
    let ctx = solver.ctx;
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, Variant::Precision { widens }, || precision_source(widens))?;
    let mut params = Params::default();
    [from, to, n].into_iter().for_each(|x| params.uint(x));
    codegen::start(&kernel, [n.div_ceil(THREADS).clamp(1, 1 << 20), 1, 1], [THREADS, 1, 1], &params, solver.queue)
}
