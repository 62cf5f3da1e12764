//! The text of equations of small matrices, and of changes of precision.

use super::{BASE, COMPLEX, entry_name};
use crate::compile::Source;
use cuprous_core::DType;
use std::fmt::Write;

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Small {
    /// Of the elements
    pub dtype: DType,
    /// Threads that share a matrix: so many rows it has at most
    pub side: u8,
    /// Right sides that are solved for together
    pub width: u8,
}

impl Small {
    /// Threads of a block.
    pub const BLOCK: usize = 64;
    /// Rows of the largest matrices: their threads must be of one warp.
    pub const LARGEST: usize = 32;

    /// The kernel for matrices of `n` rows with `k` right sides.
    pub fn new(dtype: DType, n: usize, k: usize) -> Small {
        let side = n.clamp(4, Small::LARGEST).next_power_of_two();
        // More would not stay in registers.
        let most = 128 / dtype.size();
        Small { dtype, side: side as u8, width: if k == 1 { 1 } else { side.min(most) as u8 } }
    }

    /// Every kernel.
    pub fn all() -> impl Iterator<Item = Small> {
        let dtypes = [DType::F32, DType::F64, DType::C64, DType::C128];
        dtypes.into_iter().flat_map(|dtype| [4, 8, 16, 32].into_iter().flat_map(move |n| [1, 2].map(|k| Small::new(dtype, n, k))))
    }
}

/// The kernel.
pub fn source(small: Small) -> Source {
    let Small { dtype, side, width } = small;
    let is_complex = dtype.real() != dtype;
    let entry = entry_name(["solve"].into_iter(), &format!("{}_{side}_{width}", dtype.name()));
    let mut text = String::from(BASE);
    if is_complex {
        text.push_str(COMPLEX);
    }
    _ = writeln!(
        text,
        "typedef {} value_t;
typedef {} real_t;
struct Params {{
    const value_t *a, *b;
    value_t* x;
    int* info;
    cup_u64 n, k, n_parts, n_items;
}};
#define CUP_ENTRY {entry}
#define CUP_SIDE {side}
#define CUP_WIDTH {width}
#define CUP_IS_COMPLEX {}",
        dtype.cuda_name(),
        dtype.real().cuda_name(),
        u8::from(is_complex),
    );
    text.push_str(include_str!("../kernels/linalg_small.cuh"));
    Source { text, entry }
}

/// The kernel that copies numbers to double precision, or back to single.
pub fn precision_source(widens: bool) -> Source {
    let (from, to) = if widens { (DType::F32, DType::F64) } else { (DType::F64, DType::F32) };
    let entry = entry_name(["precision"].into_iter(), &format!("{}_{}", from.name(), to.name()));
    let text = format!(
        "{BASE}
struct Params {{
    const {}* from;
    {}* to;
    cup_u64 n;
}};
extern \"C\" __global__ void {entry}(const __grid_constant__ Params p) {{
    const cup_u64 step = (cup_u64)gridDim.x * blockDim.x;
    for (cup_u64 k = (cup_u64)blockIdx.x * blockDim.x + threadIdx.x; k < p.n; k += step) p.to[k] = p.from[k];
}}
",
        from.cuda_name(),
        to.cuda_name(),
    );
    Source { text, entry }
}
