//! The text of folds.

use super::entry_name;
use super::program::{self, computed, loaded, stored, to_computed, to_stored};
use crate::compile::Source;
use cuprous_core::LoopDef;
use std::fmt::Write;

/// The kernel that folds lines along one of `n_axes + 1` axes by a row.
pub fn source(row: &LoopDef, n_axes: usize) -> Source {
    let dtype = row.outs[0];
    let entry = entry_name([row.op].into_iter(), &format!("{}_fold{n_axes}", dtype.name()));
    let mut text = program::header([dtype].into_iter(), &[row.cuda], [row.prelude].into_iter());
    _ = writeln!(
        text,
        "struct Params {{
    const char *in, *mask;
    char* out;
    const long long* starts;
    cup_u64 initial[2];
    long long in_step, out_step, mask_step, from[{n_axes}], to[{n_axes}], over[{n_axes}];
    cup_u64 n, n_lines, n_starts, extent, has_initial, wide;
    CupDiv lines[{n_axes}];
}};
typedef {} io_t;
typedef {} val_t;
static __device__ __forceinline__ val_t cup_get(const char* at) {{ const io_t x = *(const io_t*)at; return {}; }}
static __device__ __forceinline__ void cup_put(char* at, const val_t x) {{ *(io_t*)at = {}; }}
static __device__ __forceinline__ val_t cup_step(const val_t in0, const val_t in1) {{ return {}; }}
static __device__ __forceinline__ void cup_line(const Params& p, cup_u64 rest, long long& in, long long& out, long long& mask) {{
    in = out = mask = 0;
#pragma unroll
    for (int d = {}; d >= 0; d--) {{
        const cup_u64 above = d > 0 ? cup_divide(rest, p.lines[d], p.wide) : 0;
        const long long i = (long long)(rest - above * p.lines[d].n);
        rest = above;
        in += i * p.from[d];
        out += i * p.to[d];
        mask += i * p.over[d];
    }}
}}
#define CUP_ENTRY {entry}",
        stored(dtype),
        computed(dtype),
        loaded(dtype, "x"),
        to_stored(dtype, "x"),
        to_computed(dtype, row.cuda),
        n_axes - 1
    );
    text.push_str(include_str!("../kernels/fold.cuh"));
    Source { text, entry }
}
