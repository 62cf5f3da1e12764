//! The text of gathers, and of addresses by indices, which scatters share.

use super::{BASE, THREADS, entry_name, signature};
use crate::compile::Source;
use cuprous_core::PlacesSpec;
use std::fmt::Write;

/// Elements that a thread takes at once.
pub const LANES: usize = 4;

/// What the text of an address depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Axes of the launch
    pub n_axes: u8,
    /// Index operands
    pub n_indices: u8,
    /// Whether sizes or offsets need 64 bits
    pub wide: bool,
}

impl Address {
    /// The ends of kernels' names.
    pub(super) fn name(self) -> String {
        format!("{}axes_{}idx_{}", self.n_axes, self.n_indices, if self.wide { 64 } else { 32 })
    }

    /// Types, parameter and functions; what comes before is the head of the text.
    pub(super) fn push(self, text: &mut String, entry: &str) {
        let (n, k) = (self.n_axes as usize, self.n_indices as usize);
        let (index, offset, divide) =
            if self.wide { ("cup_u64", "long long", "((x) / (d).n)") } else { ("unsigned", "int", "cup_divide32(x, d)") };
        // Arrays of no elements are not allowed.
        let room = k.max(1);
        _ = write!(
            text,
            "struct CupFault {{ unsigned flag, axis; long long index; cup_u64 len; }};
struct Params {{
    char *array, *other;
    CupFault* fault;
    unsigned* lock;
    cup_u64 n, mode, empty;
    const char* index[{room}];
    cup_u64 len[{room}];
    long long step[{room}];
    cup_u64 narrow[{room}], axis[{room}];
    long long from[{n}], to[{n}], at[{room}][{n}];
    CupDiv axes[{n}];
}};
typedef {index} cup_index;
typedef {offset} cup_offset;
#define CUP_DIVIDE(x, d) {divide}
#define CUP_AXES {n}
#define CUP_INDICES {k}
#define CUP_LANES {LANES}
#define CUP_THREADS {THREADS}
enum {{ CUP_RAISE, CUP_WRAP, CUP_CLIP, CUP_SKIP }};
"
        );
        text.push_str(&signature(entry, 8 * (7 + 5 * room + 2 * n + room * n + 2 * n)));
        text.push_str(include_str!("../kernels/gather_address.cuh"));
    }
}

/// The kernel that copies words of so many bytes.
pub fn source(address: Address, unit: usize) -> Source {
    let entry = entry_name(["gather"].into_iter(), &format!("{unit}b_{}", address.name()));
    let mut text = String::from(BASE);
    address.push(&mut text, &entry);
    _ = writeln!(text, "typedef CupWord<{unit}>::type word_t;");
    text.push_str(include_str!("../kernels/gather.cuh"));
    Source { text, entry }
}

/// The kernel that counts true elements, or writes down their places.
pub fn places() -> Source {
    let entry = String::from("cuprous_places");
    let tile = PlacesSpec::TILE;
    let text = format!(
        "{BASE}#define CUP_ENTRY {entry}\n#define CUP_TILE {tile}\n#define CUP_THREADS {THREADS}\n{}",
        include_str!("../kernels/gather_places.cuh")
    );
    Source { text, entry }
}
