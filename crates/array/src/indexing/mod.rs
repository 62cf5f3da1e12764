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

pub(crate) use access::read;
pub use at::at;
pub(crate) use nonzero::without_axes;
pub use nonzero::{flat_nonzero, nonzero};
pub use subscript::{get, set};

use crate::array::Array;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;
use cuprous_core::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

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

static WRAPS: AtomicBool = AtomicBool::new(false);

/// What becomes of indices outside their axis, in arrays of them: `"raise"`, or `"wrap"`, which counts on from the other
/// end as CuPy does. It holds for all threads, and for calls from then on.
///
/// # Errors
/// `Value` for another word.
pub fn set_index_errors(word: &str) -> Result<()> {
    let wraps = match word {
        "raise" => false,
        "wrap" => true,
        other => return Err(Error::value(format!("index_errors must be 'raise' or 'wrap', not '{other}'"))),
    };
    WRAPS.store(wraps, Ordering::Relaxed);
    Ok(())
}

/// What [`set_index_errors`] said last, at first `"raise"`.
pub fn index_errors() -> &'static str {
    if WRAPS.load(Ordering::Relaxed) { "wrap" } else { "raise" }
}

/// How indices into axes of these lengths count where no mode is given, or `'raise'`: none can be wrapped into an axis
/// without elements.
fn mode(lens: impl IntoIterator<Item = usize>) -> IndexMode {
    if WRAPS.load(Ordering::Relaxed) && lens.into_iter().all(|n| n > 0) { IndexMode::Wrap } else { IndexMode::Raise }
}
