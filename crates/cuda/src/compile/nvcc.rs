//! Compiling with CUDA's compiler for whole programs, `nvcc`, for those who ask for it.

use super::user::UserSource;
use super::{disk, show_lines};
use cuprous_core::{Error, Result};
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// The command: what `NVCC` says, or `nvcc` of `CUDA_PATH` or `CUDA_HOME`, of the path, or of the usual folder.
///
/// # Errors
/// `Device` that says how to get one.
fn command() -> Result<Vec<OsString>> {
    let named = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    if let Some(words) = named("NVCC") {
        return Ok(words.split_whitespace().map(OsString::from).collect());
    }
    let homes = ["CUDA_PATH", "CUDA_HOME"].iter().filter_map(|n| named(n)).map(|home| Path::new(&home).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = homes.chain(std::env::split_paths(&path)).chain([PathBuf::from("/usr/local/cuda/bin")]);
    let found = folders.find_map(|dir| Some(dir.join("nvcc")).filter(|file| file.is_file()));
    found.map(|file| vec![file.into()]).ok_or_else(|| {
        Error::device(
            "backend='nvcc' needs CUDA's compiler, and nvcc was found neither by NVCC, CUDA_PATH and CUDA_HOME nor on the path: install \
             the CUDA toolkit and set CUDA_PATH, or use backend='nvrtc', which needs nothing more",
        )
    })
}

/// A folder of our own, which goes with this value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("cuprous-nvcc-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // Nobody else may write what is compiled and then run.
        DirBuilder::new().mode(0o700).create(&path).map_err(|e| Error::io(format!("{}: {e}", path.display())))?;
        Ok(Folder(path))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        made.map(|()| path.clone()).map_err(|e| Error::io(format!("{}: {e}", path.display())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is of no use to anybody, and harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The machine code of a text for an architecture, from the disk cache or compiled.
///
/// # Errors
/// `Compile` with what the compiler says, the options and the text; `Device` without a compiler; `Io`.
pub fn build(source: &UserSource, arch: u32) -> Result<Vec<u8>> {
    let command = command()?;
    // Another compiler, or another version in its place, is another key.
    let age = |path: &OsString| fs::metadata(path).and_then(|m| m.modified()).map_or_else(|_| String::new(), |t| format!("{t:?}"));
    let described = format!("nvcc {command:?} {}", command.first().map(age).unwrap_or_default());
    let hash = source.hash_with(&described);
    if let Some((_, cubin)) = disk::find(&hash, arch).next() {
        return Ok(cubin.code);
    }
    let code = compile(source, arch, &command)?;
    disk::store(&hash, arch, &super::Cubin { code: code.clone(), compiler: 0 });
    Ok(code)
}

fn compile(source: &UserSource, arch: u32, command: &[OsString]) -> Result<Vec<u8>> {
    let [program, given @ ..] = command else { return Err(Error::device("NVCC names no command")) };
    let folder = Folder::new()?;
    let text = folder.write("kernel.cu", &source.text)?;
    for (name, header) in source.own_headers() {
        folder.write(&format!("include/{name}"), header)?;
    }
    let out = folder.0.join("kernel.cubin");
    let mut options = vec![format!("-arch=sm_{arch}"), "--cubin".to_string()];
    options.extend(source.options.iter().cloned());
    let mut run = Command::new(program);
    run.args(given).args(&options).arg("-I").arg(folder.0.join("include")).arg("-o").arg(&out).arg(&text).current_dir(&folder.0);
    let done = run.output().map_err(|e| Error::device(format!("{} does not run: {e}", program.display())))?;
    if !done.status.success() {
        let log =
            [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).trim().replace(&text.display().to_string(), "kernel.cu"));
        let log = log.join("\n");
        let mut message = format!("kernel {} did not compile with nvcc:\n{}\noptions: {}\n", source.name, log.trim(), options.join(" "));
        show_lines(&mut message, &source.text, log.trim(), true);
        return Err(Error::compile(message));
    }
    fs::read(&out).map_err(|e| Error::io(format!("nvcc left no code: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::ErrorKind;
    use std::os::unix::fs::PermissionsExt;

    /// A command that stands in for the compiler.
    fn stand_in(folder: &Folder, script: &str) -> Vec<OsString> {
        let path = folder.write("stand_in.sh", script).unwrap_or_default();
        let _ = fs::set_permissions(&path, fs::Permissions::from_mode(0o700));
        vec!["/bin/sh".into(), path.into()]
    }

    fn source() -> UserSource {
        UserSource { text: "first\nsecond\n".into(), name: "f".into(), options: vec!["-DA=1".into()], ..Default::default() }
    }

    #[test]
    fn the_command_gets_text_options_and_headers() -> Result<()> {
        let folder = Folder::new()?;
        let command = stand_in(
            &folder,
            "while [ $# -gt 2 ]; do case $1 in -o) out=$2; shift;; -I) ls $2/cupy > headers; shift;; *) echo $1 >> options;; esac; shift; done\n\
             cat options headers $1 > $out\n",
        );
        let code = String::from_utf8_lossy(&compile(&source(), 90, &command)?).into_owned();
        for part in ["-arch=sm_90", "--cubin", "-DA=1", "complex.cuh", "first\nsecond"] {
            assert!(code.contains(part), "{part} in {code}");
        }
        Ok(())
    }

    #[test]
    fn what_the_compiler_says_is_told() -> Result<()> {
        let folder = Folder::new()?;
        let command = stand_in(&folder, "for last; do :; done; echo \"$last(2): error: no such thing\" >&2; exit 2\n");
        let e = compile(&source(), 90, &command).err().map(|e| (e.kind(), e.message().to_string()));
        let Some((ErrorKind::Compile, message)) = e else { return Err(Error::runtime(format!("{e:?}"))) };
        for part in ["kernel f", "kernel.cu(2): error: no such thing", "-DA=1", ">    2 | second"] {
            assert!(message.contains(part), "{part} in {message}");
        }
        let e = compile(&source(), 90, &["/no/such/compiler".into()]).err();
        assert!(e.is_some_and(|e| e.kind() == ErrorKind::Device && e.message().contains("/no/such/compiler")));
        Ok(())
    }
}
