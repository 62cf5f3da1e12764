//! The documents keep up with the tree.

use super::tree::Tree;
use super::{Rule, Violation};

static MAP: Rule = Rule {
    what: "the code map in ARCHITECTURE.md names each folder of crates/",
    why: "whoever looks for a crate's place looks there, and a map with holes is not believed",
};

const MAP_FILE: &str = "ARCHITECTURE.md";

/// Checks the code map.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    let crates = tree.crate_names();
    let Some(map) = tree.file(MAP_FILE) else {
        if !crates.is_empty() {
            found.push(Violation::new(&MAP, MAP_FILE, 0, "the file is not there"));
        }
        return;
    };
    for name in crates {
        if ![format!("crates/{name}"), format!("`{name}`"), format!("{name}/")].iter().any(|form| names(&map.text, form)) {
            found.push(Violation::new(&MAP, MAP_FILE, 0, format!("crates/{name} is missing")));
        }
    }
}

/// Whether `form` occurs and is not the end or the beginning of a longer name.
fn names(text: &str, form: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    text.match_indices(form).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + form.len()..].chars().next();
        !is_part(before) && (form.ends_with('/') || !is_part(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    #[test]
    fn each_crate_is_on_the_map() {
        let files = [
            ("ARCHITECTURE.md", "- `crates/cuda-sys`: the loader\n- `cpu`\n  core/src\n"),
            ("crates/core/a", ""),
            ("crates/cpu/a", ""),
            ("crates/cuda/a", ""),
            ("crates/cuda-sys/a", ""),
        ];
        assert_eq!(findings(check, &files), ["ARCHITECTURE.md:0 crates/cuda is missing"]);
        assert_eq!(findings(check, &files[1..2]), ["ARCHITECTURE.md:0 the file is not there"]);
    }
}
