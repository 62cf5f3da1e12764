//! The text of the random kernels.

use super::BASE;
use crate::compile::Source;
use std::fmt::Write;

/// The kernel of float32 or float64, uniform or normal.
pub fn source(double: bool, normal: bool) -> Source {
    let (kind, draw) = if normal { ("normal", "cup_normal") } else { ("uniform", "cup_uniform") };
    let dtype = if double { "double" } else { "float" };
    let entry = format!("cuprous_{kind}_{dtype}");
    let mut text = String::from(BASE);
    _ = writeln!(text, "typedef {dtype} out_t;\n#define CUP_DRAW {draw}\n#define CUP_ENTRY {entry}");
    text.push_str(include_str!("../kernels/random.cuh"));
    Source { text, entry }
}
