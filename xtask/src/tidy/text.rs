//! What holds for every file: length, name, and no path of somebody's machine.

use super::tree::Tree;
use super::{Rule, Violation};

static LENGTH: Rule = Rule {
    what: "a source file has at most 800 lines, unless it is generated or holds tests",
    why: "a file that long holds more than one thought",
};
static NAME: Rule = Rule {
    what: "no file or folder is called utils, common, misc or helpers",
    why: "such a name says nothing, so everything ends up there and nobody finds it",
};
static PATHS: Rule = Rule { what: "no absolute path of a machine", why: "it is true on one machine only" };

const MOST_LINES: usize = 800;
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "misc", "helper", "helpers"];
const SOURCES: &[&str] = &["rs", "py", "pyi", "cu", "cuh", "h", "c", "cpp"];
/// Folders at the root of a file system that hold what is somebody's own.
const PRIVATE_FOLDERS: &[&str] = &["work", "tmp", "root", "home"];

/// Checks names, lengths and paths.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    for file in &tree.files {
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or(part);
            if EMPTY_NAMES.contains(&stem) {
                found.push(Violation::new(&NAME, &file.path, 0, format!("the name {stem}")));
            }
        }
        let n_lines = file.text.lines().count();
        if n_lines > MOST_LINES && SOURCES.iter().any(|x| file.is(x)) && !file.is_test() && !file.is_generated() {
            found.push(Violation::new(&LENGTH, &file.path, MOST_LINES + 1, format!("{n_lines} lines")));
        }
        for (line, text) in file.lines() {
            if let Some(folder) = private_folder(text) {
                found.push(Violation::new(&PATHS, &file.path, line, format!("a path in /{folder}")));
            }
        }
    }
}

/// The private folder to which an absolute path in the line leads.
fn private_folder(text: &str) -> Option<&'static str> {
    PRIVATE_FOLDERS.iter().copied().find(|folder| {
        let inside = format!("/{folder}/");
        text.match_indices(&inside).any(|(at, _)| {
            // In the middle of a longer path or of an address it is no root.
            let before = text[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "._-~/}>)*$".contains(c))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    #[test]
    fn paths_of_a_machine_are_found() {
        let path = |folder: &str| format!("open(\"/{folder}/x\")");
        assert_eq!(private_folder(&path("home")), Some("home"));
        assert_eq!(private_folder(&path("usr")), None);
        assert_eq!(private_folder("a/work/b and {here}/tmp/x and example.org/home/"), None);
    }

    #[test]
    fn names_must_say_something() {
        assert_eq!(findings(check, &[("crates/cpu/src/utils.rs", "")]), ["crates/cpu/src/utils.rs:0 the name utils"]);
        assert_eq!(findings(check, &[("crates/cpu/src/helpers/a.rs", "")]), ["crates/cpu/src/helpers/a.rs:0 the name helpers"]);
        assert_eq!(findings(check, &[("crates/cpu/src/common_type.rs", "")]), [""; 0]);
    }

    #[test]
    fn long_files_are_found_unless_tests_or_generated() {
        let long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(findings(check, &[("crates/cpu/src/a.rs", &long)]), ["crates/cpu/src/a.rs:801 801 lines"]);
        assert_eq!(findings(check, &[("tests/a.py", &long), ("LICENSE", &long)]), [""; 0]);
        assert_eq!(findings(check, &[("crates/cuda-sys/src/a.rs", &format!("// @generated\n{long}"))]), [""; 0]);
    }
}
