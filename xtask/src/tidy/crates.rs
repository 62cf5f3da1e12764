//! Which crate may depend on which.

use super::tree::{File, Tree};
use super::{Rule, Violation};

static DIRECTION: Rule = Rule {
    what: "crates depend only in the direction of the design",
    why: "functions must not know their backend, backends must not know ops, and only the facade puts both together",
};
static KNOWN: Rule = Rule {
    what: "each crate has a row in the table of xtask/src/tidy/crates.rs",
    why: "its place among the others is decided once and in the open",
};
static OUTSIDE: Rule = Rule {
    what: "PyO3 belongs to crates/python and library loading to crates/cuda-sys",
    why: "the Rust library must build without Python, and a missing CUDA library must be an error from one place",
};

/// What each crate may use of the others. In tests (dev-dependencies) all but `python` may be used.
const MAY_USE: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("macros", &[]),
    ("cuda-sys", &[]),
    ("ops", &["core"]),
    ("cpu-math", &["core"]),
    ("cpu", &["core", "cpu-math"]),
    ("cuda", &["core", "cuda-sys"]),
    ("array", &["core", "ops", "macros"]),
    ("scipy", &["core", "ops", "array", "macros"]),
    ("cuprous", &["core", "ops", "array", "scipy", "macros", "cpu", "cpu-math", "cuda"]),
    ("python", &["core", "ops", "array", "scipy", "macros", "cuprous"]),
    ("testing", &["core", "ops", "array"]),
];

/// Crates from outside that one crate alone may use.
const RESERVED: &[(&str, &str)] = &[("pyo3", "python"), ("numpy", "python"), ("libloading", "cuda-sys")];

/// A line of a manifest that names a dependency.
struct Dependency {
    line: usize,
    name: String,
    is_for_tests: bool,
}

/// Checks the manifests.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|f| f.name() == "Cargo.toml") {
        let Some(user) = file.crate_name() else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == user) else {
            found.push(Violation::new(&KNOWN, &file.path, 0, format!("crates/{user} is not in the table")));
            continue;
        };
        for used in dependencies(file) {
            match used.name.strip_prefix("cuprous-").or((used.name == "cuprous").then_some("cuprous")) {
                Some(ours) if used.is_for_tests && ours != "python" => {}
                Some(ours) if !allowed.contains(&ours) => {
                    found.push(Violation::new(&DIRECTION, &file.path, used.line, format!("{user} depends on {ours}")));
                }
                _ => {}
            }
            let root = used.name.split(['-', '_']).next().unwrap_or_default();
            if let Some((_, owner)) = RESERVED.iter().find(|(name, owner)| *name == root && *owner != user) {
                found.push(Violation::new(
                    &OUTSIDE,
                    &file.path,
                    used.line,
                    format!("{user} depends on {}, which is for {owner}", used.name),
                ));
            }
        }
    }
}

/// The dependencies in a manifest. Reads the forms that cargo's own tools write; not all of TOML.
fn dependencies(file: &File) -> Vec<Dependency> {
    let mut found = Vec::new();
    let (mut in_list, mut is_for_tests) = (false, false);
    for (line, text) in file.lines() {
        let text = text.trim();
        if let Some(section) = text.strip_prefix('[').and_then(|t| t.split(']').next()) {
            is_for_tests = section.contains("dev-dependencies");
            in_list = section.ends_with("dependencies");
            // [dependencies.name]
            if let Some((_, name)) = section.split_once("dependencies.") {
                found.push(Dependency { line, name: name.trim_matches('"').into(), is_for_tests });
            }
            continue;
        }
        if !in_list || text.starts_with('#') {
            continue;
        }
        let Some((key, value)) = text.split_once('=') else { continue };
        let key = key.trim().trim_matches('"').split('.').next().unwrap_or_default();
        // A renamed dependency counts under its own name.
        let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
        found.push(Dependency { line, name: renamed.unwrap_or(key).into(), is_for_tests });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    #[test]
    fn functions_may_not_know_their_backend() {
        let manifest = "[package]\nname = \"cuprous-array\"\n[dependencies]\ncuprous-core.workspace = true\ncuprous-cpu = { workspace = true }\n\n[dev-dependencies]\ncuprous-cpu.workspace = true\n";
        assert_eq!(findings(check, &[("crates/array/Cargo.toml", manifest)]), ["crates/array/Cargo.toml:5 array depends on cpu"]);
    }

    #[test]
    fn renaming_and_tables_hide_nothing() {
        let manifest = "[dependencies]\nc = { package = \"cuprous-cuda\", path = \"../cuda\" }\n[target.'cfg(unix)'.dependencies.cuprous-cuda-sys]\npath = \"\"\n";
        assert_eq!(
            findings(check, &[("crates/scipy/Cargo.toml", manifest)]),
            ["crates/scipy/Cargo.toml:2 scipy depends on cuda", "crates/scipy/Cargo.toml:3 scipy depends on cuda-sys"]
        );
    }

    #[test]
    fn reserved_crates_have_one_user() {
        let manifest = "[dependencies]\npyo3 = \"0.30\"\n";
        assert_eq!(findings(check, &[("crates/python/Cargo.toml", manifest)]), [""; 0]);
        assert_eq!(
            findings(check, &[("crates/array/Cargo.toml", manifest)]),
            ["crates/array/Cargo.toml:2 array depends on pyo3, which is for python"]
        );
    }

    #[test]
    fn a_crate_without_a_row_is_told() {
        assert_eq!(findings(check, &[("crates/extra/Cargo.toml", "")]), ["crates/extra/Cargo.toml:0 crates/extra is not in the table"]);
    }
}
