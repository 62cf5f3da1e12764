//! The type stubs of the Python package: written from the built module, and held against it by type checkers.

use crate::extension::{self, Profile};
use crate::process::{self, Outcome, output, step};
use crate::registry::Mode;
use crate::report::Report;
use crate::venv::{Needs, Venv};
use std::path::Path;

/// The program that reads the module.
const GENERATOR: &str = "xtask/src/stubs.py";
/// Where stubtest is wrong, with reasons.
const ALLOWLIST: &str = "../xtask/src/stubtest-allowlist.txt";

/// `cargo xtask gen stubs`: builds the module and writes its stubs, or says which are not current.
pub fn run(root: &Path, mode: Mode) -> Outcome {
    let venv = Venv::ready(root, Needs::Develop)?;
    extension::build(root, &venv, Profile::Dev)?;
    step("reading the module", || generate(root, &venv, mode))
}

/// Writes or compares the stubs of the module that is built.
pub fn generate(root: &Path, venv: &Venv, mode: Mode) -> Outcome {
    let flag: &[&str] = if mode == Mode::Check { &["--check"] } else { &[] };
    let mut generator = venv.python(root, [&[GENERATOR], flag].concat());
    // What it finds must not depend on the machine.
    generator.env("CUPROUS_DEVICE", "cpu");
    process::run(generator)
}

/// Holds the stubs against the module, and type checkers against the stubs.
pub fn check(root: &Path, venv: &Venv, report: &mut Report) {
    // From the folder that holds the package, so that it is found there and not where it is installed.
    let package = root.join("python");
    report.step("stubs are current", || generate(root, venv, Mode::Check));
    report.step("mypy reads the stubs", || process::run(venv.python(&package, ["-m", "mypy", "-p", "cuprous"])));
    report.step("stubtest: the stubs say what the module has", || {
        process::run(venv.python(&package, ["-m", "mypy.stubtest", "cuprous", "--concise", "--allowlist", ALLOWLIST]))
    });
    // It runs under Node.js, which it fetches where there is none; without a network there is nothing to run.
    match output(venv.python(root, ["-m", "pyright", "--version"])) {
        Ok(_) => drop(report.step("pyright reads the stubs", || {
            process::run(venv.python(
                root,
                ["-m", "pyright", "--pythonpath", ".venv/bin/python", "python/cuprous/__init__.pyi", "python/cuprous/_core.pyi"],
            ))
        })),
        Err(why) => report.left_out("pyright reads the stubs", why.0.lines().last().unwrap_or_default()),
    }
}
