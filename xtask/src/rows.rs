//! What the facade's programs do with the rows: compile their CUDA text, to check it or to ship it.

use crate::process::{self, Failure, Outcome, cargo, step, unknown};
use crate::venv::{Needs, Venv};
use std::path::Path;

/// Compiles rows.
pub const PREBUILD: &str = "cuprous-prebuild";
/// Prints the registry.
pub const REGISTRY: &str = "cuprous-registry";

/// Whether the facade has this program.
pub fn has_program(root: &Path, name: &str) -> bool {
    let facade = root.join("crates/cuprous");
    let declared = std::fs::read_to_string(facade.join("Cargo.toml")).is_ok_and(|text| text.contains(&format!("\"{name}\"")));
    let underscored = name.replace('-', "_");
    declared
        || [name, &underscored]
            .iter()
            .any(|n| facade.join(format!("src/bin/{n}.rs")).is_file() || facade.join(format!("src/bin/{n}/main.rs")).is_file())
}

/// Compiles the CUDA text of every row and throws the result away.
pub fn check(root: &Path, venv: &Venv) -> Outcome {
    let mut program = cargo(root, &["run", "--quiet", "--package", "cuprous", "--bin", PREBUILD, "--", "--check"]);
    program.env("CUPROUS_CUDA_LIBS", venv.cuda_libraries());
    process::run(program)
}

/// `cargo xtask prebuild --arch sm_90 [--out DIR] [--from RECORDED]`.
pub fn prebuild(root: &Path, args: &[String]) -> Outcome {
    let (arch, out, from) = parse(args)?;
    if !has_program(root, PREBUILD) {
        return Err(Failure(format!("crates/cuprous has no program {PREBUILD}")));
    }
    let venv = Venv::ready(root, Needs::Develop)?;
    step(&format!("compiling the kernels of sm_{arch} into {out}"), || {
        let args = ["run", "--release", "--quiet", "--package", "cuprous", "--bin", PREBUILD, "--", "--arch", &arch, "--out", &out];
        let mut program = cargo(root, &args);
        if let Some(recorded) = &from {
            program.args(["--from", recorded]);
        }
        program.env("CUPROUS_CUDA_LIBS", venv.cuda_libraries());
        process::run(program)
    })
}

/// The number of the architecture, the folder, and the folder of a recorded run.
fn parse(args: &[String]) -> Outcome<(String, String, Option<String>)> {
    let (mut arch, mut out, mut from) = (None, None, None);
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let slot = match word.as_str() {
            "--arch" => &mut arch,
            "--out" => &mut out,
            "--from" => &mut from,
            _ => return Err(unknown(word)),
        };
        *slot = Some(words.next().ok_or_else(|| Failure(format!("{word} needs a value")))?.clone());
    }
    let arch = arch.ok_or_else(|| Failure("--arch is needed, such as --arch sm_90".into()))?;
    let number = arch.strip_prefix("sm_").unwrap_or(&arch).to_string();
    if number.is_empty() || !number.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        return Err(Failure(format!("`{arch}` is no architecture; write it like sm_90")));
    }
    let out = out.unwrap_or_else(|| format!("target/kernels/sm_{number}"));
    Ok((number, out, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_numbers_with_or_without_prefix() {
        let words = |s: &str| s.split_whitespace().map(String::from).collect::<Vec<_>>();
        let parsed = |s: &str| parse(&words(s)).map_err(|e| e.0);
        assert_eq!(parsed("--arch sm_90"), Ok(("90".into(), "target/kernels/sm_90".into(), None)));
        assert_eq!(parsed("--out k --arch 100a --from r"), Ok(("100a".into(), "k".into(), Some("r".into()))));
        assert!(parsed("").is_err() && parsed("--arch").is_err() && parsed("--arch hopper").is_err() && parsed("--fast").is_err());
    }
}
