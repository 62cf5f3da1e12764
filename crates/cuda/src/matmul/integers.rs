//! Products of matrices of integers and truths, by a kernel of our own.

use crate::codegen::matmul::{Tiles, source, word};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::iteration::Iteration;
use cuprous_core::{DType, MatmulSpec, Operand, Program, Result};
use smallvec::SmallVec;

/// Every kernel for up to two axes before the matrices: for compiling ahead and for tests.
pub fn sources_of_matmul() -> Vec<Source> {
    let words = [DType::Bool, DType::U8, DType::U16, DType::U32, DType::U64];
    words.into_iter().flat_map(|word| [1, 2].map(|n_axes| source(Tiles { word, n_axes }))).collect()
}

/// Multiplies matrices whose sizes were checked to fit and to be above zero.
pub(super) fn run(ctx: &Context, spec: &MatmulSpec, sizes: [usize; 3]) -> Result<()> {
    let (tiles, nest) = plan(spec);
    let variant = Variant::Matmul(tiles);
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, variant, || source(tiles))?;
    let [m, n, k] = sizes;
    let lead = spec.out.layout.n_axes() - 2;
    let step = |s: &[isize], axis: usize| s[lead + axis] as i64;
    let (a, b, out) = (&spec.a.layout.strides, &spec.b.layout.strides, &spec.out.layout.strides);
    let (tiles_m, tiles_n) = (m.div_ceil(Tiles::ROWS), n.div_ceil(tiles.columns()));
    let n_tiles = tiles_m.saturating_mul(tiles_n).saturating_mul(nest.size());

    let mut params = Params::default();
    params.uint(spec.a.address());
    params.uint(spec.b.address());
    params.uint(spec.out.address());
    [step(a, 0), step(a, 1), step(b, 1), step(b, 0), step(out, 0), step(out, 1)].into_iter().for_each(|s| params.int(s));
    [m, n, k, tiles_m, tiles_n, n_tiles].into_iter().for_each(|x| params.uint(x));
    // Neighbouring threads read along the axis whose elements are closer.
    params.uint((step(a, 1).unsigned_abs() <= step(a, 0).unsigned_abs()).into());
    params.uint((step(b, 0).unsigned_abs() < step(b, 1).unsigned_abs()).into());
    // Four neighbours along K as vectors, where each line has them at a multiple of a vector's size.
    let item = tiles.word.size();
    let is_dense = |o: &Operand, k: usize| {
        let others = o.layout.strides.iter().enumerate().filter(|&(axis, _)| axis != lead + k).map(|(_, s)| s.unsigned_abs());
        step(&o.layout.strides, k) == item as i64 && others.chain([o.address()]).all(|x| x.is_multiple_of((4 * item).min(16)))
    };
    params.uint(is_dense(&spec.a, 1).into());
    params.uint(is_dense(&spec.b, 0).into());
    nest.shape.iter().for_each(|&n| params.uint(n));
    nest.strides.iter().flatten().for_each(|&s| params.int(s as i64));
    codegen::start(&kernel, [n_tiles.min(i32::MAX as usize), 1, 1], [THREADS, 1, 1], &params, spec.queue)
}

/// The kernel that a launch needs, if it needs one.
pub fn source_of(spec: &MatmulSpec) -> Option<Source> {
    let (dtype, shape) = (spec.out.dtype, &spec.out.layout.shape);
    let k = spec.a.layout.shape.last().copied().unwrap_or(0);
    if !dtype.is_integral() || shape.len() < 2 || k == 0 || shape.contains(&0) {
        return None;
    }
    Some(source(plan(spec).0))
}

/// Which kernel, and the axes before the matrices with the strides of both operands and the result.
fn plan(spec: &MatmulSpec) -> (Tiles, Iteration) {
    let lead = spec.out.layout.n_axes() - 2;
    let strides: SmallVec<[&[isize]; 3]> = [&spec.a, &spec.b, &spec.out].iter().map(|o| &o.layout.strides[..lead]).collect();
    let axes: SmallVec<[usize; 8]> = (0..lead).collect();
    let nest = Iteration::merged(&spec.out.layout.shape[..lead], &strides, &axes);
    (Tiles { word: word(spec.out.dtype), n_axes: nest.shape.len() as u8 }, nest)
}
