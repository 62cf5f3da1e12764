//! The text of products of integer matrices.

use super::entry_name;
use super::program::{self, stored};
use crate::compile::Source;
use cuprous_core::DType;
use std::fmt::Write;

const BYTES: &str = include_str!("../kernels/matmul_bytes.cuh");

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tiles {
    /// Bool, or the unsigned dtype of the elements' size: products that wrap have the same bits
    pub word: DType,
    /// Axes before the matrices, at least one
    pub n_axes: u8,
}

impl Tiles {
    /// Rows of a block's tile.
    pub const ROWS: usize = 64;

    /// Columns of a block's tile: so many that the sums stay in registers.
    pub fn columns(self) -> usize {
        if self.word.size() == 8 { 32 } else { 64 }
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
    let Tiles { word, n_axes } = tiles;
    let entry = entry_name(["matmul"].into_iter(), &format!("{}_{n_axes}", word.name()));
    let mut text = program::header([word].into_iter(), &[], std::iter::empty());
    // Of truths any byte but 0 counts once.
    let value = if word == DType::Bool { "x != 0" } else { "x" };
    _ = writeln!(
        text,
        "struct Params {{
    const char *a, *b;
    char* out;
    long long a_line, a_k, b_line, b_k, out_row, out_column;
    cup_u64 m, n, k, tiles_m, tiles_n, n_tiles, a_along_k, b_along_k, a_dense, b_dense;
    cup_u64 batch[{n_axes}];
    long long a_batch[{n_axes}], b_batch[{n_axes}], out_batch[{n_axes}];
}};
typedef {} in_t;
typedef {} wide_t;
static __device__ __forceinline__ wide_t cup_widen(const in_t x) {{ return (wide_t)({value}); }}
static __device__ __forceinline__ in_t cup_narrow(const wide_t x) {{ return (in_t)({value}); }}
#define CUP_ENTRY {entry}
#define CUP_COLUMNS {}
#define CUP_AXES {n_axes}",
        stored(word),
        if word.size() == 8 { "unsigned long long" } else { "unsigned int" },
        tiles.columns(),
    );
    text.push_str(BYTES);
    Source { text, entry }
}
