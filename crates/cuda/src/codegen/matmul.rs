//! The text of products of integer matrices.

use super::entry_name;
use super::program::{self, stored};
use crate::compile::Source;
use cuprous_core::DType;
use std::fmt::Write;

const TILES: &str = include_str!("../kernels/matmul_tiles.cuh");

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tiles {
    /// Bool, or the unsigned dtype of the elements' size: products that wrap have the same bits
    pub word: DType,
    /// Rows and columns of each thread: 4 or 8
    pub side: u8,
    /// Axes before the matrices, at least one
    pub n_axes: u8,
}

impl Tiles {
    /// Rows and columns of a block's tile.
    pub fn tile(self) -> usize {
        16 * usize::from(self.side)
    }
}

/// The dtype whose kernel multiplies elements of another.
pub fn word(dtype: DType) -> DType {
    match dtype {
        DType::Bool => DType::Bool,
        other => match other.size() {
            1 => DType::U8,
            2 => DType::U16,
            4 => DType::U32,
            _ => DType::U64,
        },
    }
}

/// The kernel.
pub fn source(tiles: Tiles) -> Source {
    let Tiles { word, side, n_axes } = tiles;
    let entry = entry_name(["matmul"].into_iter(), &format!("{}_{side}x{side}_{n_axes}", word.name()));
    let mut text = program::header([word].into_iter(), &[], std::iter::empty());
    let (widen, add) = if word == DType::Bool { ("x != 0", "sum | (a & b)") } else { ("x", "sum + a * b") };
    _ = writeln!(
        text,
        "struct Params {{
    const char *a, *b;
    char* out;
    long long a_line, a_k, b_line, b_k, out_row, out_column;
    cup_u64 m, n, k, tiles_m, tiles_n, n_tiles, a_along_k, b_along_k;
    cup_u64 batch[{n_axes}];
    long long a_batch[{n_axes}], b_batch[{n_axes}], out_batch[{n_axes}];
}};
typedef {} in_t;
typedef {} wide_t;
static __device__ __forceinline__ wide_t cup_widen(const in_t x) {{ return (wide_t)({widen}); }}
static __device__ __forceinline__ wide_t cup_add_product(const wide_t sum, const wide_t a, const wide_t b) {{ return {add}; }}
#define CUP_ENTRY {entry}
#define CUP_SIDE {side}
#define CUP_AXES {n_axes}",
        stored(word),
        if word.size() == 8 { "unsigned long long" } else { "unsigned int" },
    );
    text.push_str(TILES);
    Source { text, entry }
}
