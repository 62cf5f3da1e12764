//! `cargo xtask wheel`: the wheel that users install, built by maturin with link-time optimization.

use crate::process::{self, Failure, Outcome, command, step, unknown};
use crate::venv::{Needs, Venv};
use std::path::{Path, PathBuf};

/// Builds the wheel and says where it is and how large.
///
/// Without `--manylinux` maturin finds out which tag the wheel deserves on this machine. With it, the build fails
/// where the machine's C library is newer than the tag allows; `--zig` then links against the older one.
/// `--kernels` names the architectures whose kernels are compiled into it, all by default; `--kernels none` leaves them
/// out, and a GPU then compiles what it meets. `--alias` builds the small wheel that provides `cupy` instead.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    if args == ["--alias"] {
        return alias(root);
    }
    let mut maturin: Vec<String> = ["build", "--profile", "dist", "--out", "dist"].map(String::from).to_vec();
    let mut kernels = String::from(ARCHITECTURES);
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--manylinux" => {
                let version = words.next().ok_or_else(|| Failure("--manylinux needs a version, such as 2_28".into()))?;
                maturin.extend(["--compatibility".into(), format!("manylinux_{}", version.trim_start_matches("manylinux_"))]);
            }
            "--kernels" => {
                kernels = words.next().ok_or_else(|| Failure("--kernels needs a list, such as sm_90,compute_75, or none".into()))?.clone();
            }
            "--zig" => maturin.push("--zig".into()),
            _ => return Err(unknown(word)),
        }
    }
    let venv = Venv::ready(root, Needs::Develop)?;
    pack_kernels(root, &venv, &kernels)?;
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

/// Builds the wheel of `cuprous-cupy`, which needs no more than Python.
fn alias(root: &Path) -> Outcome {
    let venv = Venv::ready(root, Needs::Develop)?;
    let mut build = command(root, "python", ["python/cupy-alias/backend.py", "dist"]);
    venv.activate(&mut build);
    process::run(build)
}

/// Machine code for data centre and desktop GPUs from Ampere on, and PTX for the rest.
const ARCHITECTURES: &str = "sm_80,sm_90,sm_100,sm_120,compute_75";

/// Compiles the kernels that the wheel brings into `python/cuprous/kernels`. What was compiled before is found in
/// `target/kernels`.
fn pack_kernels(root: &Path, venv: &Venv, architectures: &str) -> Outcome {
    let packs = root.join("python/cuprous/kernels");
    if packs.exists() {
        std::fs::remove_dir_all(&packs)?;
    }
    if architectures == "none" {
        return Ok(());
    }
    step(&format!("compiling the kernels ahead ({architectures})"), || {
        let args = ["run", "--quiet", "--release", "--package", "cuprous", "--bin", "cuprous-prebuild", "--"];
        let own = ["--arch", architectures, "--out", "target/kernels", "--pack", "python/cuprous/kernels"];
        let mut build = process::cargo(root, &[&args[..], &own[..]].concat());
        venv.activate(&mut build);
        process::run(build)
    })
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
