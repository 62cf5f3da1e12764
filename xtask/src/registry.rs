//! `cargo xtask gen`: files that are made from the registry, so that no second list of functions is kept by hand.

use crate::process::{Failure, Outcome, cargo, no_arguments, output, step};
use crate::rows::{REGISTRY, has_program};
use std::path::Path;

/// A file that is made from the registry.
pub struct Generated {
    /// Where it lies, from the root
    pub target: &'static str,
    /// The argument with which the registry prints it
    pub form: &'static str,
}

/// Every generated file of the project.
const GENERATED: &[Generated] = &[Generated { target: "docs/reference.md", form: "--page" }];

/// Whether files are written or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write what differs
    Write,
    /// Fail if something differs
    Check,
}

impl Mode {
    /// The arguments of `cargo xtask gen`.
    pub fn parse(args: &[String]) -> Outcome<Mode> {
        match args {
            [flag] if flag == "--check" => Ok(Mode::Check),
            _ => no_arguments(args).map(|()| Mode::Write),
        }
    }
}

/// `cargo xtask gen`.
pub fn run(root: &Path, mode: Mode) -> Outcome {
    if !has_program(root, REGISTRY) {
        return without_registry(root, GENERATED);
    }
    let print = |form: &str| output(cargo(root, &["run", "--quiet", "--package", "cuprous", "--bin", REGISTRY, "--", form]));
    step("reading the registry", || apply(root, GENERATED, &print, mode))
}

/// A generated file without the registry that it was made from cannot be checked, so it must not be there.
fn without_registry(root: &Path, files: &[Generated]) -> Outcome {
    let orphans: Vec<&str> = files.iter().map(|f| f.target).filter(|t| root.join(t).exists()).collect();
    if orphans.is_empty() {
        println!("gen: crates/cuprous has no program {REGISTRY} yet, and no generated file is there");
        return Ok(());
    }
    Err(Failure(format!("crates/cuprous has no program {REGISTRY}, so these cannot be checked: {}", orphans.join(", "))))
}

fn apply(root: &Path, files: &[Generated], print: &dyn Fn(&str) -> Outcome<String>, mode: Mode) -> Outcome {
    let mut stale = Vec::new();
    for file in files {
        let text = print(file.form)?;
        let path = root.join(file.target);
        if std::fs::read_to_string(&path).is_ok_and(|have| have == text) {
            continue;
        }
        match mode {
            Mode::Check => stale.push(file.target),
            Mode::Write => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                std::fs::write(&path, text)?;
                println!("gen: wrote {}", file.target);
            }
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(Failure(format!("not current: {}; run `cargo xtask gen`", stale.join(", ")))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[Generated] = &[Generated { target: "docs/names.txt", form: "--names" }];

    #[test]
    fn a_stale_file_is_told_and_mended() -> Outcome {
        let root = std::env::temp_dir().join(format!("cuprous-xtask-gen-{}", std::process::id()));
        assert!(without_registry(&root, FILES).is_ok());
        assert!(apply(&root, FILES, &|form| Ok(format!("{form}: add")), Mode::Check).is_err());
        apply(&root, FILES, &|form| Ok(format!("{form}: add")), Mode::Write)?;
        apply(&root, FILES, &|form| Ok(format!("{form}: add")), Mode::Check)?;
        assert!(apply(&root, FILES, &|form| Ok(format!("{form}: add sub")), Mode::Check).is_err());
        assert!(without_registry(&root, FILES).is_err());
        std::fs::remove_dir_all(&root)?;
        Ok(())
    }
}
