//! The invariants of the project that can be read from the tree, without compiling.
//!
//! A rule says what must hold and why. A violation names the file, the line and the rule; whoever meets one
//! either mends the code or changes the rule's table here, which a reviewer then sees.

mod crates;
mod docs;
mod ops;
mod python;
mod rust;
mod source;
mod text;
mod tree;

use crate::process::{Failure, Outcome};
use std::path::Path;
use tree::Tree;

/// What must hold, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What must hold
    pub what: &'static str,
    /// Why
    pub why: &'static str,
}

/// A place where a rule does not hold.
#[derive(Debug)]
pub struct Violation {
    /// From the root
    pub file: String,
    /// Counted from 1; 0 if it is the file as a whole
    pub line: usize,
    /// Which rule
    pub rule: &'static Rule,
    /// What was found
    pub found: String,
}

impl Violation {
    /// A violation of `rule`.
    pub fn new(rule: &'static Rule, file: &str, line: usize, found: impl Into<String>) -> Violation {
        Violation { file: file.into(), line, rule, found: found.into() }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = if self.line == 0 { String::new() } else { format!(":{}", self.line) };
        write!(f, "{}{line}: {}\n    rule: {}\n    because {}", self.file, self.found, self.rule.what, self.rule.why)
    }
}

/// `cargo xtask tidy`.
pub fn run(root: &Path) -> Outcome {
    let tree = Tree::read(root)?;
    let violations = check(&tree);
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("tidy: {} files, all as they should be", tree.files.len());
        return Ok(());
    }
    Err(Failure(format!("{} violations in {} files", violations.len(), tree.files.len())))
}

/// Every violation, by file and line.
fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    crates::check(tree, &mut found);
    rust::check(tree, &mut found);
    ops::check(tree, &mut found);
    python::check(tree, &mut found);
    text::check(tree, &mut found);
    docs::check(tree, &mut found);
    found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    found
}

/// What a checker finds in a tree of these files, as `file:line found`, for tests.
#[cfg(test)]
fn findings(checker: fn(&Tree, &mut Vec<Violation>), files: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    checker(&Tree::of(files), &mut found);
    found.iter().map(|v| format!("{}:{} {}", v.file, v.line, v.found)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_tells_place_rule_and_reason() {
        static RULE: Rule = Rule { what: "be kind", why: "it costs nothing" };
        let shown = Violation::new(&RULE, "a.rs", 3, "unkind").to_string();
        assert_eq!(shown, "a.rs:3: unkind\n    rule: be kind\n    because it costs nothing");
    }
}
