//! The virtual environment `.venv`: made once, filled again when a list of requirements or Python changes.

use crate::process::{Failure, Outcome, command, output, run, step};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is going to run in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Building and testing
    Develop,
    /// The demonstration as well
    Demo,
}

/// The environment, ready to use.
pub struct Venv {
    folder: PathBuf,
    site_packages: PathBuf,
}

impl Venv {
    /// Makes or completes the environment of a checkout.
    pub fn ready(root: &Path, needs: Needs) -> Outcome<Venv> {
        let folder = root.join(".venv");
        let lists: &[&str] = match needs {
            Needs::Develop => &["requirements-dev.txt"],
            Needs::Demo => &["requirements-dev.txt", "requirements-demo.txt"],
        };
        if describe(&folder.join("bin/python")).is_none() {
            let python = find_python()?;
            let what = format!("making the virtual environment .venv with {}", python.to_string_lossy());
            step(&what, || {
                output(command(root, &python, ["-m", "venv", "--clear", ".venv"])).map(drop).map_err(|Failure(why)| {
                    Failure(format!("{why}\nPython's venv module may be missing: on Debian and Ubuntu, install python3-venv"))
                })
            })?;
        }
        let python = folder.join("bin/python");
        let about = describe(&python).ok_or_else(|| Failure("the Python of .venv does not run; remove .venv and try again".into()))?;
        for list in lists {
            let text = std::fs::read_to_string(root.join(list)).map_err(|e| Failure(format!("{list}: {e}")))?;
            let wanted = format!("{about}\n{text}");
            let stamp = folder.join(format!("{list}.installed"));
            // The whole content is the key: no hash, so no collision and nothing to explain.
            if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
                continue;
            }
            let what = format!("installing {list} into .venv (the first time takes a minute or more)");
            step(&what, || {
                run(command(root, &python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", list]))
            })?;
            std::fs::write(&stamp, wanted)?;
        }
        let site = output(command(root, &python, ["-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]))?;
        Ok(Venv { folder, site_packages: PathBuf::from(site.trim()) })
    }

    /// Where packages are installed.
    pub fn site_packages(&self) -> &Path {
        &self.site_packages
    }

    /// The environment's Python with arguments, as if the environment were activated.
    pub fn python<S: AsRef<std::ffi::OsStr>>(&self, root: &Path, args: impl IntoIterator<Item = S>) -> Command {
        let mut python = command(root, self.folder.join("bin/python"), args);
        self.activate(&mut python);
        python
    }

    /// What activating the environment does, for a program that is started from it.
    pub fn activate(&self, command: &mut Command) {
        let mut path = OsString::from(self.folder.join("bin"));
        if let Some(old) = std::env::var_os("PATH") {
            path.push(":");
            path.push(old);
        }
        command.env("PATH", path).env("VIRTUAL_ENV", &self.folder).env_remove("PYTHONHOME");
    }

    /// The folders of CUDA libraries that pip installed here, in the form of `CUPROUS_CUDA_LIBS`.
    /// Rust programs need it: only Python knows where its packages are.
    pub fn cuda_libraries(&self) -> OsString {
        std::env::join_paths(cuda_folders(&self.site_packages.join("nvidia"))).unwrap_or_default()
    }
}

/// `nvidia/cu13/lib` of the packages for CUDA 13, else `nvidia/*/lib` of those for CUDA 12.
fn cuda_folders(nvidia: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(nvidia).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|e| e.path().join("lib")).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders.sort_by_key(|p| !p.ends_with("cu13/lib"));
    folders
}

/// The first Python that is new enough and can make an environment.
fn find_python() -> Outcome<OsString> {
    let named = std::env::var_os("CUPROUS_PYTHON");
    let usual = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
    let candidates: Vec<OsString> = named.map_or_else(|| usual.iter().map(OsString::from).collect(), |p| vec![p]);
    let mut seen = String::new();
    for python in &candidates {
        match describe(Path::new(python)) {
            Some(about) if is_new_enough(&about) => return Ok(python.clone()),
            Some(about) => seen += &format!("\n  {} is {about}", python.to_string_lossy()),
            None => {}
        }
    }
    let tried = candidates.iter().map(|p| p.to_string_lossy()).collect::<Vec<_>>().join(", ");
    Err(Failure(format!(
        "Python 3.11 or newer is needed; tried {tried}{seen}\nInstall one, or set CUPROUS_PYTHON to the path of one that is not on PATH"
    )))
}

/// Version and implementation, such as `3.11.7 cpython`; `None` if it does not run.
fn describe(python: &Path) -> Option<String> {
    let code = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.implementation.name)";
    output(command(Path::new("."), python, ["-c", code])).ok().map(|s| s.trim().to_string())
}

fn is_new_enough(about: &str) -> bool {
    let mut numbers = about.split(['.', ' ']).map(|n| n.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (3, 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(is_new_enough("3.11.7 cpython"));
        assert!(is_new_enough("3.14.0 cpython"));
        assert!(!is_new_enough("3.9.18 cpython"));
        assert!(!is_new_enough("2.7.18 cpython"));
    }

    #[test]
    fn libraries_of_cuda_13_come_first() -> std::io::Result<()> {
        let nvidia = std::env::temp_dir().join(format!("cuprous-xtask-{}", std::process::id()));
        for folder in ["cublas/lib", "cu13/lib", "headers_only/include"] {
            std::fs::create_dir_all(nvidia.join(folder))?;
        }
        assert_eq!(cuda_folders(&nvidia), [nvidia.join("cu13/lib"), nvidia.join("cublas/lib")]);
        std::fs::remove_dir_all(&nvidia)?;
        assert!(cuda_folders(&nvidia).is_empty());
        Ok(())
    }
}
