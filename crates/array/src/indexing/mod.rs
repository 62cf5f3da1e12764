//! Indexing: elements chosen by arrays of indices and by masks, read, written and combined.

mod access;
mod at;
mod diagonal;
pub mod functions;
mod nonzero;
mod places;
mod repeat;
mod subscript;
pub mod writing;

pub use at::at;
pub(crate) use nonzero::without_axes;
pub use nonzero::{flat_nonzero, nonzero};
pub use subscript::{get, set};

use crate::array::Array;
use cuprous_core::layout::Slice;

/// One item of an index.
#[derive(Clone, Debug)]
pub enum Index {
    /// An integer, a slice, an ellipsis or a new axis
    Slice(Slice),
    /// `True` or `False`: a mask without axes
    Truth(bool),
    /// Integers or a mask
    Array(Array),
    /// The same from a list or from another library, on the CPU: indices outside their axis are refused at once
    Host(Array),
}
