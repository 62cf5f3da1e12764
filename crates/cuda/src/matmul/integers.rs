//! Products of matrices of integers and truths, by a kernel of our own.

use crate::codegen::matmul::{Tiles, source, word};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::iteration::Iteration;
use cuprous_core::{DType, MatmulSpec, Program, Result};
use smallvec::SmallVec;

/// Large tiles that keep a large GPU busy: a constant, so that the kernels of a run do not depend on the device.
const ENOUGH_TILES: usize = 132;

/// Every kernel for up to two axes before the matrices: for compiling ahead and for tests.
pub fn sources_of_matmul() -> Vec<Source> {
    let words = [DType::Bool, DType::U8, DType::U16, DType::U32, DType::U64];
    let sides = |word: DType| if word.size() == 8 { &[4_u8][..] } else { &[4, 8] };
    let tiles = words.into_iter().flat_map(|word| sides(word).iter().map(move |&side| (word, side)));
    tiles.flat_map(|(word, side)| [1, 2].map(|n_axes| source(Tiles { word, side, n_axes }))).collect()
}

/// Multiplies matrices whose sizes were checked to fit and to be above zero.
pub(super) fn run(ctx: &Context, spec: &MatmulSpec, sizes: [usize; 3]) -> Result<()> {
    let (tiles, nest) = plan(spec, sizes);
    let variant = Variant::Matmul(tiles);
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, variant, || source(tiles))?;
    let [m, n, k] = sizes;
    let lead = spec.out.layout.n_axes() - 2;
    let step = |s: &[isize], axis: usize| s[lead + axis] as i64;
    let (a, b, out) = (&spec.a.layout.strides, &spec.b.layout.strides, &spec.out.layout.strides);
    let (tiles_m, tiles_n) = (m.div_ceil(tiles.tile()), n.div_ceil(tiles.tile()));
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
    let (m, n) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    Some(source(plan(spec, [m, n, k]).0))
}

/// Which kernel, and the axes before the matrices with the strides of both operands and the result.
fn plan(spec: &MatmulSpec, [m, n, _]: [usize; 3]) -> (Tiles, Iteration) {
    let lead = spec.out.layout.n_axes() - 2;
    let strides: SmallVec<[&[isize]; 3]> = [&spec.a, &spec.b, &spec.out].iter().map(|o| &o.layout.strides[..lead]).collect();
    let axes: SmallVec<[usize; 8]> = (0..lead).collect();
    let nest = Iteration::merged(&spec.out.layout.shape[..lead], &strides, &axes);
    let word = word(spec.out.dtype);
    let large = m.div_ceil(128).saturating_mul(n.div_ceil(128)).saturating_mul(nest.size());
    let side = if word.size() < 8 && m > 64 && n > 64 && large >= ENOUGH_TILES { 8 } else { 4 };
    (Tiles { word, side, n_axes: nest.shape.len() as u8 }, nest)
}
