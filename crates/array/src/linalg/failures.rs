//! What becomes of matrices whose factors do not exist or were not found: an error, or whatever was computed.

use cuprous_core::{Error, Result};
use std::cell::Cell;

/// Whether linear algebra looks for failures, which means to wait for the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinalgErrors {
    /// Failures are errors
    Raise,
    /// Nobody looks: results of matrices that have none are undefined
    Ignore,
}

thread_local! {
    static ERRORS: Cell<LinalgErrors> = const { Cell::new(LinalgErrors::Raise) };
}

/// What this thread chose, at first to raise.
pub fn errors() -> LinalgErrors {
    ERRORS.get()
}

/// The same as a word, `"raise"` or `"ignore"`.
pub fn errors_word() -> &'static str {
    match errors() {
        LinalgErrors::Raise => "raise",
        LinalgErrors::Ignore => "ignore",
    }
}

/// Chooses for this thread: `"raise"` or `"ignore"`.
///
/// # Errors
/// `Value` for another word.
pub fn set_errors(word: &str) -> Result<()> {
    ERRORS.set(match word {
        "raise" => LinalgErrors::Raise,
        "ignore" => LinalgErrors::Ignore,
        other => return Err(Error::value(format!("linalg must be 'ignore' or 'raise', not '{other}'"))),
    });
    Ok(())
}
