//! `cargo xtask lint`: form, clippy and the invariants of the tree.

use crate::process::{self, Outcome, cargo};
use crate::report::Report;
use crate::tidy;
use std::path::Path;

/// Checks everything, then says what failed.
pub fn run(root: &Path) -> Outcome {
    let mut report = Report::default();
    report.step("rustfmt", || process::run(cargo(root, &["fmt", "--all", "--check"])));
    report.step("clippy", || process::run(cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])));
    report.step("tidy", || tidy::run(root));
    report.finish()
}
