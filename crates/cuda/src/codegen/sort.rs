//! The text of sorts, of searches among sorted elements, and of counts.

use super::{BASE, entry_name};
use crate::compile::Source;
use cuprous_core::{DType, Kind};
use std::fmt::Write;

/// Numbers that are counted in shared memory.
pub const SHARED_BINS: usize = 8192;

/// Places that a selection finds at once.
pub const RANKS: usize = 16;

/// Elements of a dtype that a search holds in shared memory.
pub fn pivots(dtype: DType) -> usize {
    49152 / dtype.size().max(4)
}

/// Blocks of a search that a multiprocessor holds at once.
pub fn searching() -> usize {
    4
}

/// Values that a thread searches for at once.
pub fn sought(dtype: DType) -> usize {
    if dtype.size() > 8 { 2 } else { 4 }
}

/// Blocks of a pass that a multiprocessor shall hold: more leave them too few registers.
const RESIDENT: usize = 3;

/// One kernel of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Counts the digits of long rows, and plans the passes
    Digits {
        /// Whether rows need 64 bits to be counted
        wide: bool,
    },
    /// Moves the items of long rows by one digit
    Pass {
        /// As above
        wide: bool,
    },
    /// Writes sorted bytes from their counts
    Spread {
        /// As above
        wide: bool,
    },
    /// Finds a digit of elements by their places in sorted rows
    Select {
        /// As above
        wide: bool,
    },
    /// Moves what is smaller than an element in front of it, what is larger behind
    Split {
        /// As above
        wide: bool,
    },
    /// Copies elements at the same places of all rows
    Columns,
    /// Sorts rows, a block each
    Rows {
        /// Elements of a thread
        each: u8,
    },
    /// Finds elements by their places in sorted rows, a block for each row
    SelectRows {
        /// Elements of a thread
        each: u8,
    },
    /// Sorts rows, a few lanes each
    Short,
    /// Searches
    Search,
    /// Tells whether there is an element
    Presence,
}

/// Elements that a thread takes at once: as many as fit into shared memory and registers.
pub const fn each(dtype: DType, wide: bool) -> usize {
    match dtype.size() {
        16 => 8,
        8 => 16,
        _ if wide => 16,
        _ => 22,
    }
}

/// The same where a block sorts a whole row, for which it needs more memory.
pub const fn each_of_row(dtype: DType) -> usize {
    if dtype.size() >= 8 { 8 } else { 16 }
}

/// How many elements a thread has at most where a block takes a whole row, fewest first.
pub fn eaches_of_row(dtype: DType) -> impl Iterator<Item = usize> {
    [1, 4, 8, 16].into_iter().filter(move |&each| each <= each_of_row(dtype))
}

/// Blocks that sort rows that a multiprocessor shall hold. Compilers differ in how many registers they take without
/// this: 117 or 145 for 16 float32 a thread, which is two blocks or one. More blocks than here would spill.
const fn resident_of_rows(dtype: DType, each: usize) -> usize {
    match each {
        ..=4 => 4,
        8 if dtype.size() < 16 => 3,
        _ => 2,
    }
}

/// How many bytes the key of an element has.
pub const fn passes(dtype: DType) -> usize {
    match dtype.kind() {
        Kind::Complex => dtype.size() + 1,
        _ => dtype.size(),
    }
}

/// The kernel of a step.
pub fn source(step: Step, dtype: DType) -> Source {
    let (name, skeleton, wide, own_each) = match step {
        Step::Digits { wide } => ("digits", include_str!("../kernels/sort_digits.cuh"), wide, 1),
        Step::Pass { wide } => ("pass", include_str!("../kernels/sort_pass.cuh"), wide, each(dtype, wide)),
        Step::Split { wide } => ("split", include_str!("../kernels/sort_pass.cuh"), wide, each(dtype, wide)),
        Step::Spread { wide } => ("spread", include_str!("../kernels/sort_spread.cuh"), wide, 1),
        Step::Select { wide } => ("select", include_str!("../kernels/sort_select.cuh"), wide, 1),
        Step::Columns => ("columns", include_str!("../kernels/sort_columns.cuh"), false, 1),
        Step::Rows { each } => ("rows", include_str!("../kernels/sort_rows.cuh"), false, each as usize),
        Step::SelectRows { each } => ("select_rows", include_str!("../kernels/sort_select_rows.cuh"), false, each as usize),
        Step::Short => ("short", include_str!("../kernels/sort_short.cuh"), false, 1),
        Step::Search => ("search", include_str!("../kernels/sort_search.cuh"), false, 1),
        Step::Presence => ("presence", include_str!("../kernels/sort_presence.cuh"), false, 1),
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
    let n_pivots = pivots(dtype);
    let n_sought = sought(dtype);
    let resident = match step {
        Step::Rows { .. } => resident_of_rows(dtype, own_each),
        Step::SelectRows { .. } => 4,
        _ => RESIDENT,
    };
    let is_complex = u8::from(dtype.kind() == Kind::Complex);
    let is_split = u8::from(matches!(step, Step::Split { .. }));
    let is_presence = u8::from(step == Step::Presence);
    let mut text = String::from(BASE);
    _ = writeln!(
        text,
        "typedef {part} part_t;
typedef {count} count_t;
typedef {count} status_t;
#define CUP_KIND {kind}
#define CUP_INFINITY {infinity}
#define CUP_COMPLEX {is_complex}
#define CUP_EACH {own_each}
#define CUP_RANKS {RANKS}
#define CUP_PIVOTS {n_pivots}
#define CUP_SOUGHT {n_sought}
#define CUP_RESIDENT {resident}
#define CUP_SPLIT {is_split}
#define CUP_PRESENCE {is_presence}
#define CUP_ENTRY {entry}"
    );
    text.push_str(include_str!("../kernels/sort_key.cuh"));
    if !matches!(step, Step::SelectRows { .. } | Step::Short | Step::Search | Step::Presence | Step::Columns | Step::Spread { .. }) {
        text.push_str(include_str!("../kernels/sort_rank.cuh"));
        text.push_str(include_str!("../kernels/sort_plan.cuh"));
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
