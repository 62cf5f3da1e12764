//! What holds in every Rust file: where `unsafe` may stand, and what must not stand anywhere.

use super::source::{Source, find_word};
use super::tree::{File, Tree};
use super::{Rule, Violation};

static UNSAFE_PLACE: Rule = Rule {
    what: "`unsafe` stands only in the files listed in xtask/src/tidy/rust.rs",
    why: "memory safety is argued in few places; everything else is safe by construction",
};
static UNSAFE_REASON: Rule = Rule {
    what: "a `SAFETY:` sentence stands above each unsafe block and impl",
    why: "it names who guarantees what; without it nobody can check a change",
};
static HEADER: Rule =
    Rule { what: "a Rust file begins with a `//!` sentence", why: "whoever opens the file learns at once what it is for" };
static UNFINISHED: Rule = Rule { what: "no todo!, unimplemented! or dbg!", why: "no user input may reach a panic" };
static NEUTRAL: Rule =
    Rule { what: "array, scipy and core name no CUDA library", why: "a function that calls one works on one backend only" };

/// Files and folders where `unsafe` may stand, as beginnings of paths. A name without its extension stands for the
/// file and for the folder of that name.
const UNSAFE_PLACES: &[&str] = &[
    // Owns memory: the one type through which all others reach it.
    "crates/core/src/buffer",
    // Makes buffers of the blocks of users' pools, for both backends.
    "crates/core/src/blocks/over",
    // The typed loops over raw memory, and the rows that name them.
    "crates/ops/src/loops",
    "crates/ops/src/rows",
    "crates/ops/src/ufuncs",
    "crates/ops/src/reductions",
    "crates/ops/src/scans",
    "crates/ops/src/casts",
    // The families of the CPU, which call these loops.
    "crates/cpu/src/elementwise",
    "crates/cpu/src/fft",
    "crates/cpu/src/fold",
    "crates/cpu/src/foreign",
    "crates/cpu/src/reduce",
    "crates/cpu/src/scan",
    "crates/cpu/src/sort",
    "crates/cpu/src/gather",
    "crates/cpu/src/scatter",
    "crates/cpu/src/linalg",
    "crates/cpu/src/matmul",
    "crates/cpu/src/random",
    "crates/cpu/src/memory",
    "crates/cpu/src/custom",
    "crates/cpu-math/src/",
    // Calls to NVIDIA's libraries.
    "crates/cuda/src/capture",
    "crates/cuda/src/driver",
    "crates/cuda/src/foreign",
    "crates/cuda/src/launch",
    "crates/cuda/src/memory",
    "crates/cuda/src/compile",
    "crates/cuda/src/queue",
    "crates/cuda/src/transfer",
    "crates/cuda/src/linalg",
    "crates/cuda/src/matmul",
    "crates/cuda/src/fft",
    "crates/cuda-sys/src/",
    // The C interface of Python, and memory that it shares with us.
    "crates/python/src/callable",
    "crates/python/src/interop",
    "crates/python/src/dlpack",
];

/// Beginnings of names of NVIDIA's libraries.
const CUDA_NAMES: &[&str] = &["cublas", "cufft", "cusolver", "cusparse", "curand", "nvrtc", "cuLaunch", "cuMem", "cuModule"];

/// How many lines of one statement may stand between an unsafe block and its reason.
const STATEMENT_LINES: usize = 8;

/// Checks the Rust files.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    for file in tree.rust() {
        let source = Source::parse(&file.text);
        if !file.text.trim_start().starts_with("//!") {
            found.push(Violation::new(&HEADER, &file.path, 1, "no `//!` at the top"));
        }
        check_unsafe(file, &source, found);
        for (line, code) in source.lines() {
            for name in ["todo", "unimplemented", "dbg"] {
                if find_word(code, name).is_some_and(|at| code[at + name.len()..].starts_with('!')) {
                    found.push(Violation::new(&UNFINISHED, &file.path, line, format!("{name}!")));
                }
            }
            if matches!(file.crate_name(), Some("array" | "scipy" | "core"))
                && let Some(name) = CUDA_NAMES.iter().find(|n| words(code).any(|w| w.starts_with(**n)))
            {
                found.push(Violation::new(&NEUTRAL, &file.path, line, format!("a name that begins with {name}")));
            }
        }
    }
}

fn check_unsafe(file: &File, source: &Source, found: &mut Vec<Violation>) {
    // The harness of a crate's tests calls what the crate exports; its blocks still need their reason.
    let is_place = UNSAFE_PLACES.iter().any(|place| is_below(&file.path, place)) || file.is_test();
    let lines: Vec<&str> = file.text.lines().collect();
    for (line, code) in source.lines() {
        let Some(at) = find_word(code, "unsafe") else { continue };
        let after = code[at + "unsafe".len()..].trim_start();
        // The type of an unsafe function is a promise to write, not a place where one is relied on.
        let is_type = after.starts_with("fn(") || after.starts_with("extern") && after.contains("fn(");
        if is_type {
            continue;
        }
        if !is_place {
            found.push(Violation::new(&UNSAFE_PLACE, &file.path, line, "unsafe"));
        }
        let needs_reason = after.starts_with('{') || after.is_empty() || after.starts_with("impl");
        if needs_reason && !has_reason(&lines, source, line) {
            found.push(Violation::new(&UNSAFE_REASON, &file.path, line, "no SAFETY sentence above"));
        }
    }
}

/// Whether the comment above the statement that holds a line, or on the line, gives a reason.
fn has_reason(lines: &[&str], source: &Source, line: usize) -> bool {
    if lines[line - 1].contains("SAFETY:") {
        return true;
    }
    for above in (0..line - 1).rev().take(STATEMENT_LINES) {
        let code = source.code[above].trim();
        if code.is_empty() {
            // A comment, or an empty line.
            let comment = lines[..=above].iter().rev().take_while(|l| l.trim_start().starts_with("//"));
            return comment.into_iter().any(|l| l.contains("SAFETY:"));
        }
        if code.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

fn is_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| place.ends_with('/') || rest.starts_with('/') || rest.starts_with('.'))
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    fn found(path: &str, text: &str) -> Vec<String> {
        findings(check, &[(path, &format!("//! A file.\n{text}"))])
    }

    #[test]
    fn unsafe_has_its_places() {
        let text = "// SAFETY: in bounds.\nlet x = unsafe { *p };\n";
        assert_eq!(found("crates/core/src/buffer.rs", text), [""; 0]);
        assert_eq!(found("crates/cpu/src/reduce/plan.rs", text), [""; 0]);
        assert_eq!(found("crates/cpu/src/reducer.rs", text), ["crates/cpu/src/reducer.rs:3 unsafe"]);
        assert_eq!(found("crates/array/src/array/node.rs", text), ["crates/array/src/array/node.rs:3 unsafe"]);
        assert_eq!(found("crates/core/src/op.rs", "pub type Loop = unsafe fn(n: usize);\n// unsafe { }\n"), [""; 0]);
    }

    #[test]
    fn unsafe_needs_a_reason() {
        let path = "crates/core/src/buffer.rs";
        let missing = ["crates/core/src/buffer.rs:3 no SAFETY sentence above"];
        assert_eq!(found(path, "let a = 1;\nlet x = unsafe { *p };\n"), missing);
        assert_eq!(found(path, "// Fast.\nunsafe impl Send for A {}\n"), missing);
        assert_eq!(found(path, "// SAFETY: `p` is valid,\n// says the caller.\nlet x =\n    unsafe { *p };\n"), [""; 0]);
        assert_eq!(found(path, "/// # Safety\n/// As C.\npub unsafe fn f() {}\n"), [""; 0]);
    }

    #[test]
    fn headers_and_unfinished_work_are_found() {
        assert_eq!(
            findings(check, &[("crates/ops/src/a.rs", "fn f() {\n    todo!()\n}\n")]),
            ["crates/ops/src/a.rs:1 no `//!` at the top", "crates/ops/src/a.rs:2 todo!"]
        );
        assert_eq!(found("crates/ops/src/a.rs", "fn todo() { todo() } // todo!\n"), [""; 0]);
    }

    #[test]
    fn functions_call_no_cuda_library() {
        assert_eq!(
            found("crates/array/src/a.rs", "fn f() { cublasSgemm(); }\n"),
            ["crates/array/src/a.rs:2 a name that begins with cublas"]
        );
        assert_eq!(found("crates/cuda/src/a.rs", "fn f() { cublasSgemm(); }\n"), [""; 0]);
    }
}
