//! cuprous computes its results itself: what its Python files may use of NumPy.

use super::tree::{File, Tree};
use super::{Rule, Violation};

static COMPUTES: Rule = Rule {
    what: "python/cuprous uses only NumPy's types, constants, exceptions, conversion and printing, and nothing of SciPy",
    why: "cuprous computes: a result taken from NumPy would pass its own test and run on one core",
};

/// What every file may use: none of it computes on elements.
const MAY_USE: &[&str] = &[
    // types
    "ndarray",
    "dtype",
    "generic",
    "number",
    "integer",
    "signedinteger",
    "unsignedinteger",
    "inexact",
    "floating",
    "complexfloating",
    "bool",
    "bool_",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "byte",
    "ubyte",
    "short",
    "ushort",
    "intc",
    "uintc",
    "int_",
    "uint",
    "long",
    "ulong",
    "longlong",
    "ulonglong",
    "intp",
    "uintp",
    "half",
    "single",
    "double",
    "csingle",
    "cdouble",
    "finfo",
    "iinfo",
    "typing",
    // constants
    "pi",
    "e",
    "euler_gamma",
    "inf",
    "nan",
    "newaxis",
    "little_endian",
    // exceptions
    "exceptions",
    "AxisError",
    "ComplexWarning",
    "TooHardError",
    "VisibleDeprecationWarning",
    // questions about types
    "can_cast",
    "promote_types",
    "result_type",
    "min_scalar_type",
    "issubdtype",
    "isdtype",
    "common_type",
    // printing
    "array2string",
    "array_repr",
    "array_str",
    "format_float_positional",
    "format_float_scientific",
    "get_printoptions",
    "set_printoptions",
    "printoptions",
    "__version__",
];

/// What one file may use beyond that, and why.
const MAY_USE_IN: &[(&str, &[&str])] = &[];

/// Checks the Python files of the package.
pub fn check(tree: &Tree, found: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|f| f.path.starts_with("python/cuprous/") && (f.is("py") || f.is("pyi"))) {
        let mut aliases = Vec::new();
        for (line, text) in file.lines() {
            let code = text.split('#').next().unwrap_or_default();
            for name in imported(code, &mut aliases).into_iter().chain(used(code, &aliases)) {
                if !is_allowed(file, &name) {
                    found.push(Violation::new(&COMPUTES, &file.path, line, name));
                }
            }
        }
    }
}

fn is_allowed(file: &File, name: &str) -> bool {
    let Some(name) = name.strip_prefix("numpy.") else { return false };
    let first = name.split('.').next().unwrap_or_default();
    MAY_USE.contains(&first) || MAY_USE_IN.iter().any(|(path, more)| *path == file.path && more.contains(&first))
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
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = Vec::new();
    for alias in aliases {
        let dotted = format!("{alias}.");
        for (at, _) in code.match_indices(&dotted) {
            if code[..at].chars().next_back().is_some_and(|c| is_part(c) || c == '.') {
                continue;
            }
            let name: String = code[at + dotted.len()..].chars().take_while(|&c| is_part(c)).collect();
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
    fn other_names_do_not_count() {
        assert_eq!(found("import numpy\nfrom cuprous import sin\nself.numpy.sin(x)\nmynumpy.sin(x)\n"), [""; 0]);
        assert_eq!(findings(check, &[("tests/a.py", "import numpy as np\nnp.sin(x)\n")]), [""; 0]);
    }
}
