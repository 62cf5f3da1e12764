//! Core and the backends know families of work, never single ops.

use super::source::Source;
use super::tree::Tree;
use super::{Rule, Violation};

static FAMILIES: Rule = Rule {
    what: "core, cpu and cuda do not name an op of the tables",
    why: "an op is one row in crates/ops; a backend that knows it by name is a second list to keep",
};

/// Checks the strings of core and of the backends against the names of the rows.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    let names = op_names(tree);
    for file in tree.rust().filter(|f| matches!(f.crate_name(), Some("core" | "cpu" | "cuda")) && !f.is_test()) {
        let source = Source::parse(&file.text);
        for literal in source.strings.iter().filter(|s| s.line < source.tests_from && names.contains(&s.text)) {
            found.push(Violation::new(&FAMILIES, &file.path, literal.line, format!("the op \"{}\"", literal.text)));
        }
    }
}

/// The names in rows: a row begins with its constant and its name, as in `ADD "add" (x1, x2)`.
fn op_names(tree: &Tree) -> Vec<String> {
    let mut names = Vec::new();
    for file in tree.rust().filter(|f| f.crate_name() == Some("ops")) {
        let source = Source::parse(&file.text);
        for literal in source.strings.iter().filter(|s| s.line < source.tests_from) {
            let before: String = source.code[literal.line - 1].chars().take(literal.column).collect();
            let constant = before.trim();
            let is_constant = constant.len() > 1 && constant.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            if is_constant && !literal.text.is_empty() {
                names.push(literal.text.clone());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    const ROW: &str = "//! Rows.\nufuncs! { ALL;\n    ADD \"add\" (x1, x2), reference \"numpy.add\" {\n        [f32] |a, b| a + b => \"in0 + in1\";\n    }\n}\n";

    #[test]
    fn a_backend_may_not_name_an_op() {
        let backend = "//! CPU.\nfn f(op: &str) -> bool { op == \"add\" }\n#[cfg(test)]\nmod tests { const A: &str = \"add\"; }\n";
        assert_eq!(
            findings(check, &[("crates/cpu/src/a.rs", backend), ("crates/ops/src/rows.rs", ROW)]),
            ["crates/cpu/src/a.rs:2 the op \"add\""]
        );
        assert_eq!(findings(check, &[("crates/array/src/a.rs", backend), ("crates/ops/src/rows.rs", ROW)]), [""; 0]);
    }

    #[test]
    fn only_names_count() {
        let backend = "//! CPU.\nconst TEXT: &str = \"in0 + in1\";\n";
        assert_eq!(findings(check, &[("crates/cpu/src/a.rs", backend), ("crates/ops/src/rows.rs", ROW)]), [""; 0]);
    }
}
