//! The extension module `cuprous._core` in the checkout.
//!
//! Cargo builds it, its file is put beside the Python sources, and a `.pth` file puts these on the path of
//! `.venv`. The alternatives were `maturin develop` and installing a wheel: both do the same work again
//! through pip each time, where this costs nothing when cargo has nothing to do. The wheel itself is built
//! by maturin (`cargo xtask wheel`, `pip install .`).

use crate::process::{self, Failure, Outcome, cargo, output, step, unknown};
use crate::venv::{Needs, Venv};
use std::path::Path;

/// How the crates are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// With overflow checks and debug assertions: what the tests use. The loops are optimized all the same,
    /// and the dependencies are those that the Rust tests have built.
    Dev,
    /// What users get, but for link-time optimization
    Release,
}

impl Profile {
    /// The arguments of `cargo xtask build`.
    pub fn parse(args: &[String]) -> Outcome<Profile> {
        match args {
            [] => Ok(Profile::Release),
            [flag] if flag == "--dev" => Ok(Profile::Dev),
            [flag] if flag == "--release" => Ok(Profile::Release),
            [other, ..] => Err(unknown(other)),
        }
    }

    fn cargo_name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }
}

/// `cargo xtask build`.
pub fn run(root: &Path, profile: Profile) -> Outcome {
    let venv = Venv::ready(root, Needs::Develop)?;
    build(root, &venv, profile)
}

/// Builds the extension module and makes `import cuprous` in the environment find it.
pub fn build(root: &Path, venv: &Venv, profile: Profile) -> Outcome {
    step(&format!("building the extension module ({})", profile.cargo_name()), || {
        let build = |more: &[&str]| {
            let mut args = vec!["build", "--package", "cuprous-python", "--lib", "--profile", profile.cargo_name()];
            args.extend(more);
            cargo(root, &args)
        };
        process::run(build(&[]))?;
        // Asked again, now that nothing is left to do, where the file is.
        let messages = output(build(&["--quiet", "--message-format", "json"]))?;
        let library = built_library(&messages).ok_or_else(|| {
            Failure("cargo built no cdylib from crates/python; its Cargo.toml needs `crate-type = [\"cdylib\"]` under [lib]".into())
        })?;
        place(Path::new(&library), &root.join("python/cuprous/_core.abi3.so"))
    })?;
    put_on_path(root, venv)
}

/// The file of the cdylib in cargo's messages, one JSON object a line.
fn built_library(messages: &str) -> Option<&str> {
    let line = messages.lines().find(|l| l.contains("compiler-artifact") && l.contains("crates/python") && l.contains("\"cdylib\""))?;
    line.split('"').find(|s| s.ends_with(".so") || s.ends_with(".dylib"))
}

/// Puts the library where Python imports it, whole or not at all: a Python that runs keeps the old file.
fn place(library: &Path, target: &Path) -> Outcome {
    if std::fs::read(target).is_ok_and(|have| std::fs::read(library).is_ok_and(|new| have == new)) {
        return Ok(());
    }
    let fresh = target.with_extension("so.new");
    std::fs::copy(library, &fresh).map_err(|e| Failure(format!("cannot copy {}: {e}", library.display())))?;
    std::fs::rename(&fresh, target)?;
    Ok(())
}

fn put_on_path(root: &Path, venv: &Venv) -> Outcome {
    let site = venv.site_packages();
    // An installed wheel comes first on the path and would hide the checkout.
    if site.join("cuprous").exists() {
        step("removing the installed cuprous from .venv: it would hide the checkout", || {
            output(venv.python(root, ["-m", "pip", "uninstall", "--quiet", "--yes", "cuprous"])).map(drop)
        })?;
    }
    std::fs::write(site.join("cuprous-checkout.pth"), format!("{}\n", root.join("python").display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_found_in_the_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","package_id":"path+file:///c/crates/core#0.1.0","target":{"kind":["lib"]},"filenames":["/c/t/libcore.rlib"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","package_id":"path+file:///c/crates/python#0.1.0","target":{"kind":["cdylib"]},"filenames":["/c/t/lib_core.so"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#
        );
        assert_eq!(built_library(messages), Some("/c/t/lib_core.so"));
        assert_eq!(built_library(""), None);
    }
}
