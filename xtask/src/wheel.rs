//! `cargo xtask wheel`: the wheel that users install, built by maturin with link-time optimization.

use crate::process::{self, Failure, Outcome, command, step, unknown};
use crate::venv::{Needs, Venv};
use std::path::{Path, PathBuf};

/// Builds the wheel and says where it is and how large.
///
/// Without `--manylinux` maturin finds out which tag the wheel deserves on this machine. With it, the build fails
/// where the machine's C library is newer than the tag allows; `--zig` then links against the older one.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    let mut maturin: Vec<String> = ["build", "--profile", "dist", "--out", "dist"].map(String::from).to_vec();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--manylinux" => {
                let version = words.next().ok_or_else(|| Failure("--manylinux needs a version, such as 2_28".into()))?;
                maturin.extend(["--compatibility".into(), format!("manylinux_{}", version.trim_start_matches("manylinux_"))]);
            }
            "--zig" => maturin.push("--zig".into()),
            _ => return Err(unknown(word)),
        }
    }
    let venv = Venv::ready(root, Needs::Develop)?;
    let before = wheels(&root.join("dist"));
    step("building the wheel (dist)", || {
        let mut build = command(root, "maturin", &maturin);
        venv.activate(&mut build);
        process::run(build)
    })?;
    let after = wheels(&root.join("dist"));
    let Some((path, _)) = after.iter().find(|w| !before.contains(w)).or_else(|| after.last()) else {
        return Err(Failure("maturin left no wheel in dist/".into()));
    };
    let bytes = std::fs::metadata(path)?.len();
    println!("{} ({:.1} MB)", path.strip_prefix(root).unwrap_or(path).display(), bytes as f64 / 1e6);
    Ok(())
}

/// The wheels in a folder with their time, oldest first.
fn wheels(folder: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|e| e.path().extension().is_some_and(|x| x == "whl"))
        .filter_map(|e| Some((e.path(), e.metadata().ok()?.modified().ok()?)))
        .collect();
    found.sort_by_key(|(_, time)| *time);
    found
}
