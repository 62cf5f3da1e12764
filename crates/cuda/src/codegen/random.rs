//! The text of the random kernels.

use super::BASE;
use crate::compile::Source;
use cuprous_core::DType;
use cuprous_core::backend::Distribution;
use std::fmt::Write;

/// The kernel of a distribution for a dtype that it has.
pub fn source(dtype: DType, distribution: Distribution) -> Source {
    let kind = match distribution {
        Distribution::Uniform => "uniform",
        Distribution::Normal => "normal",
        Distribution::Bits => "bits",
    };
    let entry = format!("cuprous_{kind}_{dtype}");
    let mut text = String::from(BASE);
    _ = writeln!(text, "typedef {} out_t;\n#define CUP_DRAW cup_{kind}\n#define CUP_ENTRY {entry}", dtype.cuda_name());
    text.push_str(include_str!("../kernels/random.cuh"));
    Source { text, entry }
}
