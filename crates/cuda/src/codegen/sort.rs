//! The text of sorts, of searches among sorted elements, and of counts.

use super::{BASE, entry_name};
use crate::compile::Source;
use cuprous_core::{DType, Kind};
use std::fmt::Write;

/// Numbers that are counted in shared memory.
pub const SHARED_BINS: usize = 8192;

/// One kernel of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Counts the digits of long rows' tiles
    Count {
        /// Whether rows need 64 bits to be counted
        wide: bool,
    },
    /// Sums these counts up
    Offsets {
        /// As above
        wide: bool,
    },
    /// Moves the items
    Scatter {
        /// As above
        wide: bool,
    },
    /// Sorts rows, a block each
    Rows {
        /// Elements of a thread
        each: u8,
    },
    /// Sorts rows, a few lanes each
    Short,
    /// Searches
    Search,
}

/// Elements that a thread takes at once, as many as fit into shared memory.
pub const fn each(dtype: DType) -> usize {
    if dtype.size() > 8 { 8 } else { 16 }
}

/// The same where a block sorts a whole row, for which it needs more memory.
pub const fn each_of_row(dtype: DType) -> usize {
    if dtype.size() >= 8 { 8 } else { 16 }
}

/// How many bytes the key of an element has.
pub const fn passes(dtype: DType) -> usize {
    match dtype.kind() {
        Kind::Complex => dtype.size() + 1,
        _ => dtype.size(),
    }
}

impl Step {
    /// The dtype for which there is a kernel: sums of counts do not see elements.
    pub fn dtype(self, dtype: DType) -> DType {
        if matches!(self, Step::Offsets { .. }) { DType::U8 } else { dtype }
    }
}

/// The kernel of a step.
pub fn source(step: Step, dtype: DType) -> Source {
    let dtype = step.dtype(dtype);
    let (name, skeleton, number, wide, own_each) = match step {
        Step::Count { wide } => ("count", include_str!("../kernels/sort_long.cuh"), 0, wide, each(dtype)),
        Step::Offsets { wide } => ("offsets", include_str!("../kernels/sort_long.cuh"), 1, wide, each(dtype)),
        Step::Scatter { wide } => ("scatter", include_str!("../kernels/sort_long.cuh"), 2, wide, each(dtype)),
        Step::Rows { each } => ("rows", include_str!("../kernels/sort_rows.cuh"), 0, false, each as usize),
        Step::Short => ("short", include_str!("../kernels/sort_short.cuh"), 0, false, 1),
        Step::Search => ("search", include_str!("../kernels/sort_search.cuh"), 0, false, 1),
    };
    let width = if wide { "64" } else { "32" };
    let entry = entry_name(["sort", name].into_iter(), &format!("{}_{own_each}each_{width}", dtype.name()));
    let part = match dtype.real().size() {
        1 => "unsigned char",
        2 => "unsigned short",
        4 => "unsigned int",
        _ => "cup_u64",
    };
    let kind = match dtype.kind() {
        Kind::Bool | Kind::UInt => 0,
        Kind::Int => 1,
        Kind::Float | Kind::Complex => 2,
    };
    let infinity = match dtype.real().size() {
        2 => "0x7c00",
        4 => "0x7f800000",
        _ => "0x7ff0000000000000ull",
    };
    let count = if wide { "cup_u64" } else { "unsigned" };
    let is_complex = u8::from(dtype.kind() == Kind::Complex);
    let mut text = String::from(BASE);
    _ = writeln!(
        text,
        "typedef {part} part_t;
typedef {count} count_t;
#define CUP_KIND {kind}
#define CUP_INFINITY {infinity}
#define CUP_COMPLEX {is_complex}
#define CUP_EACH {own_each}
#define CUP_STEP {number}
#define CUP_ENTRY {entry}"
    );
    text.push_str(include_str!("../kernels/sort_key.cuh"));
    if !matches!(step, Step::Short | Step::Search) {
        text.push_str(include_str!("../kernels/sort_rank.cuh"));
    }
    text.push_str(skeleton);
    Source { text, entry }
}

/// The kernel that counts numbers.
pub fn count() -> Source {
    let entry = String::from("cuprous_count");
    let text = format!("{BASE}#define CUP_ENTRY {entry}\n#define CUP_BINS {SHARED_BINS}\n{}", include_str!("../kernels/sort_count.cuh"));
    Source { text, entry }
}
