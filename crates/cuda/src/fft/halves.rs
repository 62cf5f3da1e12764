//! What inverse transforms to real numbers begin with: a kernel of ours reads the half spectra once and writes what cuFFT
//! transforms, 16 bytes each way for two float32 results.

use crate::codegen::{self, Params, THREADS, Variant, entry_name, program};
use crate::compile::Source;
use crate::driver::Context;
use cuprous_core::{Program, Queue, Result};
use std::fmt::Write;

const TEXT: &str = include_str!("../kernels/fft_halves.cuh");
/// Enough to keep a GPU busy; each goes on with further elements.
const MAX_BLOCKS: usize = 1 << 16;

/// Packed lines of `n / 2 + 1` complex numbers, to be read once.
pub(super) struct Halves {
    pub is_double: bool,
    /// Real results of a line, at least two
    pub n: usize,
    pub n_lines: usize,
    /// By what everything is multiplied
    pub scale: f64,
}

/// Writes the lines that cuFFT is to transform: `n / 2` complex numbers each for an even `n`, else as many as there are.
/// Only in the latter case both may be the same. The context must be current.
pub(super) fn run(ctx: &Context, queue: &Queue, halves: &Halves, from: usize, to: usize) -> Result<()> {
    let (is_even, m) = (halves.n.is_multiple_of(2), halves.n / 2);
    let variant = Variant::Halves { is_double: halves.is_double, is_even };
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, variant, || source(halves.is_double, is_even))?;
    let each = if is_even { m / 2 + 1 } else { m + 1 };
    let total = each * halves.n_lines;
    let mut params = Params::default();
    params.uint(from);
    params.uint(to);
    params.uint(m);
    params.uint(total);
    params.divisor(each);
    params.uint((total > i32::MAX as usize).into());
    params.padded(&halves.scale.to_ne_bytes());
    codegen::start(&kernel, [total.div_ceil(THREADS).min(MAX_BLOCKS), 1, 1], [THREADS, 1, 1], &params, queue)
}

/// The kernel for lines of even or odd length.
pub(super) fn source(is_double: bool, is_even: bool) -> Source {
    let (real, pair, sincospi) = if is_double { ("double", "double2", "sincospi") } else { ("float", "float2", "sincospif") };
    let parity = if is_even { "even" } else { "odd" };
    let entry = entry_name(["fft_halves"].into_iter(), &format!("{real}_{parity}"));
    let mut text = program::header(std::iter::empty(), &[], std::iter::empty());
    _ = writeln!(
        text,
        "typedef {real} real_t;
typedef {pair} pair_t;
struct Params {{
    const pair_t* from;
    pair_t* to;
    cup_u64 m, total;
    CupDiv each;
    cup_u64 wide;
    double scale;
}};
#define CUP_SINCOSPI {sincospi}
#define CUP_EVEN {}
#define CUP_ENTRY {entry}",
        u8::from(is_even)
    );
    text.push_str(TEXT);
    Source { text, entry }
}
