//! cuprous computes its results itself: what its Python files may use of NumPy.

use super::source::Source;
use super::tree::{File, Tree};
use super::{Rule, Violation};

static COMPUTES: Rule = Rule {
    what: "python/cuprous uses only NumPy's types, constants, exceptions, conversion and printing, and nothing of SciPy",
    why: "cuprous computes: a result taken from NumPy would pass its own test and run on one core",
};

static ASKS: Rule = Rule {
    what: "crates/python names NumPy in numpy.rs and errors.rs alone, and uses only the names in numpy-names.txt",
    why: "cuprous computes: a result taken from NumPy would pass its own test and run on one core",
};

/// What every file may use, one word a name: none of it computes on elements.
const MAY_USE: &str = include_str!("numpy-names.txt");

/// What one file may use beyond that, and why.
const MAY_USE_IN: &[(&str, &[&str])] = &[
    // Assertions compare on the host.
    ("python/cuprous/testing/__init__.py", &["testing"]),
];

/// The files of `crates/python` that may import modules of NumPy.
const MAY_IMPORT: &[&str] = &["crates/python/src/numpy.rs", "crates/python/src/errors.rs"];
/// The files in which a variable names what is called, each with all the names it takes.
const MAY_COMPUTE_NAMES: &[(&str, &str)] = &[
    ("crates/python/src/ndarray/printing.rs", "array2string, array_repr and array_str, which print"),
    ("crates/python/src/grids.rs", "frombuffer, fromiter, fromstring and fromfile, which read"),
];

/// Checks the Python files of the package and the Rust files of its extension module.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|f| f.path.starts_with("python/cuprous/") && (f.is("py") || f.is("pyi"))) {
        let mut aliases = Vec::new();
        for (line, code) in statements(file) {
            for name in imported(&code, &mut aliases).into_iter().chain(used(&code, &aliases)) {
                if !is_allowed(file, &name) {
                    found.push(Violation::new(&COMPUTES, &file.path, line, name));
                }
            }
        }
    }
    for file in tree.rust().filter(|f| f.crate_name() == Some("python")) {
        extension(file, found);
    }
}

/// Checks what a file of `crates/python` asks of NumPy.
fn extension(file: &File, found: &mut Vec<Violation>) {
    let source = Source::parse(&file.text);
    for literal in &source.strings {
        let is_numpy = is_of(&literal.text, "numpy") || is_of(&literal.text, "scipy");
        if is_numpy && !MAY_IMPORT.contains(&&file.path[..]) {
            found.push(Violation::new(&ASKS, &file.path, literal.line, literal.text.clone()));
        }
    }
    for (line, code) in source.lines() {
        // NumPy's module is the field `module` of what `numpy(py)` gives, and a variable of that name in `numpy.rs`.
        let asked = code.find(".module.bind(").or_else(|| code.find("module.getattr(").filter(|_| file.path == MAY_IMPORT[0]));
        let Some(asked) = asked else { continue };
        let Some(call) = code[asked..].find("call_method").or_else(|| code[asked..].find("getattr")).map(|at| asked + at) else { continue };
        let column = code[..call].chars().count();
        match source.strings.iter().find(|s| s.line == line && s.column > column) {
            Some(name) if !may_use(&name.text) => found.push(Violation::new(&ASKS, &file.path, line, format!("numpy.{}", name.text))),
            None if !MAY_COMPUTE_NAMES.iter().any(|(path, _)| *path == file.path) => {
                found.push(Violation::new(&ASKS, &file.path, line, "a name of NumPy that cannot be read here"));
            }
            _ => {}
        }
    }
}

/// The lines of a file without comments; an import in parentheses is one line.
fn statements(file: &File) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (line, text) in file.lines() {
        let code = text.split('#').next().unwrap_or_default();
        match found.last_mut() {
            Some((_, begun)) if is_open => begun.push_str(code),
            _ => found.push((line, code.into())),
        }
        let begun = found.last().map_or("", |(_, s)| s);
        is_open = begun.trim_start().starts_with("from ") && begun.contains('(') && !begun.contains(')');
    }
    found
}

fn is_allowed(file: &File, name: &str) -> bool {
    let Some(name) = name.strip_prefix("numpy.") else { return false };
    let first = name.split('.').next().unwrap_or_default();
    may_use(name) || MAY_USE_IN.iter().any(|(path, more)| *path == file.path && more.contains(&first))
}

/// Whether a name below `numpy`, or the module or class that holds it, is in the list.
fn may_use(name: &str) -> bool {
    let words = || MAY_USE.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace);
    words().any(|word| is_of(name, word))
}

/// What an import statement brings in, as `numpy.name`; a name for NumPy itself goes into `aliases`.
fn imported(code: &str, aliases: &mut Vec<String>) -> Vec<String> {
    let code = code.trim();
    let mut names = Vec::new();
    if let Some((module, list)) = code.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
        let module = module.trim();
        if is_of(module, "numpy") || is_of(module, "scipy") {
            let list = list.trim_matches(['(', ')', ' ']);
            names.extend(list.split(',').filter_map(|n| n.split_whitespace().next()).map(|n| format!("{module}.{n}")));
        }
    } else if let Some(list) = code.strip_prefix("import ") {
        for item in list.split(',') {
            let mut words = item.split_whitespace();
            let module = words.next().unwrap_or_default();
            let alias = words.nth(1).unwrap_or(module);
            if module == "numpy" {
                aliases.push(alias.into());
            } else if item.trim() == "numpy.typing" {
                aliases.push("numpy".into());
            } else if is_of(module, "numpy") || is_of(module, "scipy") {
                names.push(module.into());
            }
        }
    }
    names
}

/// The attributes of NumPy in a line of code, as `numpy.name`.
fn used(code: &str, aliases: &[String]) -> Vec<String> {
    if code.trim_start().starts_with("import ") || code.trim_start().starts_with("from ") {
        return Vec::new();
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut names = Vec::new();
    for alias in aliases {
        let dotted = format!("{alias}.");
        for (at, _) in code.match_indices(&dotted) {
            if code[..at].chars().next_back().is_some_and(is_part) {
                continue;
            }
            let name: String = code[at + dotted.len()..].chars().take_while(|&c| is_part(c)).collect();
            let name = name.trim_end_matches('.');
            // The end of a sentence in a docstring is no attribute.
            if !name.is_empty() {
                names.push(format!("numpy.{name}"));
            }
        }
    }
    names
}

fn is_of(module: &str, package: &str) -> bool {
    module == package || module.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    fn found(text: &str) -> Vec<String> {
        findings(check, &[("python/cuprous/a.py", text)])
    }

    #[test]
    fn types_may_be_used_and_functions_not() {
        assert_eq!(found("import numpy as np\nx = np.dtype(np.float32)  # np.sin\n"), [""; 0]);
        assert_eq!(found("import numpy as np\ny = np.sin(x) + np.pi\n"), ["python/cuprous/a.py:2 numpy.sin"]);
        assert_eq!(found("from numpy import dtype, sum as s\n"), ["python/cuprous/a.py:1 numpy.sum"]);
    }

    #[test]
    fn scipy_and_submodules_are_out() {
        assert_eq!(found("import scipy.special\n"), ["python/cuprous/a.py:1 scipy.special"]);
        assert_eq!(found("from numpy.linalg import svd\n"), ["python/cuprous/a.py:1 numpy.linalg.svd"]);
        assert_eq!(found("import numpy.linalg\n"), ["python/cuprous/a.py:1 numpy.linalg"]);
    }

    #[test]
    fn imports_over_several_lines_count() {
        let text = "from numpy import (  # noqa\n    dtype, float32,\n    sin,\n)\n";
        assert_eq!(found(text), ["python/cuprous/a.py:1 numpy.sin"]);
        assert_eq!(
            found("from numpy.linalg import LinAlgError\nimport numpy\nx = numpy.linalg.LinAlgError, numpy.linalg.inv\n"),
            ["python/cuprous/a.py:3 numpy.linalg.inv"]
        );
    }

    #[test]
    fn the_extension_module_asks_for_no_result() {
        let rust = |path: &str, text: &str| findings(check, &[(path, text)]);
        let call = "let x = np.module.bind(py).call_method1(intern!(py, \"sin\"), (a,))?;\n";
        assert_eq!(rust("crates/python/src/a.rs", call), ["crates/python/src/a.rs:1 numpy.sin"]);
        assert_eq!(rust("crates/python/src/a.rs", &call.replace("sin", "result_type")), [""; 0]);
        assert_eq!(rust("crates/python/src/a.rs", "py.import(\"numpy.fft\")"), ["crates/python/src/a.rs:1 numpy.fft"]);
        assert_eq!(rust("crates/python/src/numpy.rs", "py.import(\"numpy\")?; module.getattr(\"asarray\")"), [""; 0]);
        let hidden = "np.module.bind(py).call_method1(name, ())";
        assert_eq!(rust("crates/python/src/a.rs", hidden), ["crates/python/src/a.rs:1 a name of NumPy that cannot be read here"]);
        assert_eq!(rust("crates/python/src/ndarray/printing.rs", hidden), [""; 0]);
    }

    #[test]
    fn other_names_do_not_count() {
        assert_eq!(found("import numpy\nfrom cuprous import sin\nself.numpy.sin(x)\nmynumpy.sin(x)\n"), [""; 0]);
        assert_eq!(findings(check, &[("tests/a.py", "import numpy as np\nnp.sin(x)\n")]), [""; 0]);
    }
}
