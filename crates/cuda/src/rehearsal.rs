//! Launches as they would be started, for running a kernel's text where there is no GPU.

use crate::codegen::Params;
use crate::compile::Source;

/// A kernel, its launch and its parameter.
pub struct Rehearsal {
    /// The text
    pub source: Source,
    /// Blocks along x, y, z
    pub grid: [usize; 3],
    /// Threads of a block along x, y, z
    pub block: [usize; 3],
    /// The bytes of the parameter, with the addresses of the operands in them
    pub parameter: Vec<u8>,
}

impl Rehearsal {
    pub(crate) fn new(source: Source, grid: [usize; 3], block: [usize; 3], params: &Params) -> Rehearsal {
        Rehearsal { source, grid, block, parameter: params.bytes.to_vec() }
    }
}
