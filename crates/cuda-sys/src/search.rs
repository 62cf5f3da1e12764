//! Where NVIDIA's libraries are looked for, and how one is opened.
//!
//! In this order: already in the process (loaded by PyTorch, say); directories that the host program registered,
//! those of `CUPROUS_CUDA_LIBS`, and the `nvidia-*` packages of an active virtual environment; CUDA installations
//! (`CUDA_PATH`, `CUDA_HOME`, `/usr/local/cuda*`); the system's loader. Only versioned names are asked for, of
//! major versions that the driver can run.

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// `dlopen`'s flag that finds a library only if it is in the process already.
#[cfg(target_os = "linux")]
const RTLD_NOLOAD: i32 = 4;
#[cfg(not(target_os = "linux"))]
const RTLD_NOLOAD: i32 = 0x10;

/// Which library is wanted.
pub struct Spec {
    /// The name between `lib` and `.so`
    pub stem: &'static str,
    /// Which versions of its name are good, the best first
    pub majors: fn() -> Vec<u32>,
    /// Libraries beside it that it needs, in the order of loading
    pub depends: &'static [&'static str],
    /// How to get it: one sentence with one command
    pub mend: &'static str,
}

/// A library in the process.
pub struct Loaded {
    library: Library,
    /// The file, as far as it is known
    pub path: String,
    /// The version of its name
    pub major: u32,
}

impl Loaded {
    /// A function of the library.
    ///
    /// # Safety
    /// `T` must be the type of a pointer to the function of that name.
    ///
    /// # Errors
    /// If there is no such function.
    pub unsafe fn symbol<T: Copy>(&self, name: &str) -> Result<T, String> {
        // SAFETY: the caller vouches for the type; the library stays loaded, for its owner is never dropped.
        unsafe { self.library.get::<T>(name.as_bytes()) }
            .map(|s| *s)
            .map_err(|_| format!("{} has no function {name}: it is older than cuprous supports", self.path))
    }
}

static DIRS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Adds a directory in which libraries are looked for before those of installations.
///
/// The host program calls this for what it knows better: the `nvidia/*/lib` of Python's site-packages.
pub fn add_search_dir(dir: impl Into<PathBuf>) {
    let dir = dir.into();
    let mut dirs = DIRS.lock().unwrap_or_else(PoisonError::into_inner);
    if !dirs.contains(&dir) {
        dirs.push(dir);
        GENERATION.fetch_add(1, Ordering::Release);
    }
}

/// Counts the changes of the search path: what was not found may be there after the next one.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// The directories that are searched, in order, those that exist.
pub fn search_dirs() -> Vec<PathBuf> {
    let mut dirs = DIRS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(list) = std::env::var_os("CUPROUS_CUDA_LIBS") {
        dirs.extend(std::env::split_paths(&list));
    }
    if let Some(root) = std::env::var_os("VIRTUAL_ENV") {
        for python in children(&Path::new(&root).join("lib"), "python3") {
            dirs.extend(package_dirs(&python.join("site-packages")));
        }
    }
    if let Some(root) = std::env::var_os("CONDA_PREFIX") {
        dirs.push(Path::new(&root).join("lib"));
    }
    let mut roots: Vec<PathBuf> = ["CUDA_PATH", "CUDA_HOME"].iter().filter_map(std::env::var_os).map(PathBuf::from).collect();
    roots.push("/usr/local/cuda".into());
    let mut versions = children(Path::new("/usr/local"), "cuda-");
    versions.reverse();
    roots.extend(versions);
    for root in roots {
        dirs.push(root.join("lib64"));
        dirs.push(root.join(format!("targets/{}-linux/lib", std::env::consts::ARCH)));
        dirs.push(root.join("lib"));
    }
    let mut seen = Vec::new();
    dirs.retain(|d| {
        let keep = d.is_dir() && !seen.contains(d);
        seen.push(d.clone());
        keep
    });
    dirs
}

/// The library directories of NVIDIA's packages in a site-packages directory: CUDA 13's first, cuTENSOR's last.
pub fn package_dirs(site_packages: &Path) -> Vec<PathBuf> {
    let root = site_packages.join("nvidia");
    let mut dirs: Vec<PathBuf> = children(&root, "").into_iter().map(|d| d.join("lib")).filter(|d| d.is_dir()).collect();
    dirs.sort_by_key(|d| !d.starts_with(root.join("cu13")));
    dirs.extend(Some(site_packages.join("cutensor/lib")).filter(|d| d.is_dir()));
    dirs
}

/// The entries of a directory whose names begin with `prefix`, sorted.
fn children(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(prefix)).map(|e| e.path()).collect();
    found.sort();
    found
}

/// The major versions of CUDA libraries that the driver runs, newest first. Without a driver those that can
/// at least compile.
pub fn toolkit_majors() -> Vec<u32> {
    let newest = crate::driver::version().map_or(13, |v| v / 1000);
    (12..=newest.max(12)).rev().collect()
}

fn dlopen(name: &OsStr, flags: i32) -> Result<Library, String> {
    // SAFETY: loading runs the initializers of the library; NVIDIA's set up their own state and nothing else.
    unsafe { Library::open(Some(name), flags) }.map_err(|e| e.to_string())
}

/// Opens a library.
///
/// # Errors
/// What is missing, where it was looked for, and the command that mends it.
pub fn open(spec: &Spec) -> Result<Loaded, String> {
    let majors = (spec.majors)();
    let soname = |stem: &str, major: u32| format!("lib{stem}.so.{major}");
    for &major in &majors {
        let name = soname(spec.stem, major);
        if let Ok(library) = dlopen(name.as_ref(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) {
            return Ok(Loaded { library, path: mapped_path(&name).unwrap_or(name), major });
        }
    }
    let dirs = search_dirs();
    // A library that was found but cannot be loaded is worth telling.
    let mut troubles = Vec::new();
    let mut attempt = |target: PathBuf, dir: Option<&Path>, major: u32| {
        for dependency in spec.depends {
            preload(&soname(dependency, major), dir, &dirs);
        }
        match dlopen(target.as_os_str(), RTLD_NOW | RTLD_LOCAL) {
            Ok(library) => {
                let name = soname(spec.stem, major);
                let path = if dir.is_some() { target.display().to_string() } else { mapped_path(&name).unwrap_or(name) };
                Some(Loaded { library, path, major })
            }
            Err(e) => {
                if dir.is_some() {
                    troubles.push(e);
                }
                None
            }
        }
    };
    for &major in &majors {
        let name = soname(spec.stem, major);
        for dir in dirs.iter().filter(|d| d.join(&name).exists()) {
            if let Some(loaded) = attempt(dir.join(&name), Some(dir), major) {
                return Ok(loaded);
            }
        }
    }
    for &major in &majors {
        if let Some(loaded) = attempt(soname(spec.stem, major).into(), None, major) {
            return Ok(loaded);
        }
    }
    let names: Vec<String> = majors.iter().map(|&m| soname(spec.stem, m)).collect();
    let places = if dirs.is_empty() {
        "the system's library path".to_string()
    } else {
        format!("{} and the system's library path", dirs.iter().map(|d| d.display().to_string()).collect::<Vec<_>>().join(", "))
    };
    let troubles = if troubles.is_empty() { String::new() } else { format!(" ({})", troubles.join("; ")) };
    Err(format!("{} was not found in {places}{troubles}; {}", names.join(" or "), spec.mend))
}

/// Loads a library that another needs and whose versions are not that one's. Whether it was there shows when the other is
/// loaded; it stays for as long as the process.
pub(crate) fn keep(spec: &Spec) {
    if let Ok(loaded) = open(spec) {
        std::mem::forget(loaded);
    }
}

/// Loads a library that another needs, so that the loader finds it by its name. Whether it was there shows
/// when the other is loaded.
fn preload(name: &str, dir: Option<&Path>, dirs: &[PathBuf]) {
    if dlopen(name.as_ref(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD).is_ok() {
        return;
    }
    for dir in dir.into_iter().chain(dirs.iter().map(PathBuf::as_path)) {
        let path = dir.join(name);
        if path.exists()
            && let Ok(library) = dlopen(path.as_os_str(), RTLD_NOW | RTLD_LOCAL)
        {
            // It stays for as long as the process: the library that needs it never goes either.
            std::mem::forget(library);
            return;
        }
    }
}

/// The file from which the process has mapped a library of this name.
fn mapped_path(name: &str) -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let stem = name.split(".so").next()?;
    let path = |line: &str| line.split_once('/').map(|(_, p)| format!("/{p}"));
    let is_it = |p: &String| {
        Path::new(p).file_name().is_some_and(|f| f.to_string_lossy().strip_prefix(stem).is_some_and(|rest| rest.starts_with(".so")))
    };
    maps.lines().filter_map(path).find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_an_error_that_helps() {
        let spec = Spec {
            stem: "cuprous-no-such-library",
            majors: || vec![13, 12],
            depends: &["nor-this"],
            mend: "`pip install something` installs it",
        };
        let message = open(&spec).err().unwrap_or_default();
        assert!(message.contains("libcuprous-no-such-library.so.13 or libcuprous-no-such-library.so.12"), "{message}");
        assert!(message.contains("pip install something"), "{message}");
    }

    #[test]
    fn a_library_in_the_process_is_found_by_its_name() {
        let spec = Spec { stem: "c", majors: || vec![6], depends: &[], mend: "" };
        let loaded = open(&spec);
        assert!(loaded.as_ref().is_ok_and(|l| l.major == 6), "{:?}", loaded.err());
        let loaded = loaded.unwrap_or_else(|e| panic!("{e}"));
        assert!(loaded.path.starts_with('/'), "{}", loaded.path);
        // SAFETY: the symbol does not exist, so the type does not matter.
        let missing = unsafe { loaded.symbol::<usize>("cuprous_no_such_function") };
        assert!(missing.is_err_and(|e| e.contains("cuprous_no_such_function")));
    }

    #[test]
    fn packages_of_cuda_13_come_first() {
        let root = std::env::temp_dir().join(format!("cuprous-search-{}", std::process::id()));
        for name in ["cublas", "cu13", "cuda_nvrtc"] {
            assert!(std::fs::create_dir_all(root.join("nvidia").join(name).join("lib")).is_ok());
        }
        assert!(std::fs::create_dir_all(root.join("cutensor/lib")).is_ok());
        let dirs = package_dirs(&root);
        assert_eq!(dirs.len(), 4);
        assert_eq!((&dirs[0], &dirs[3]), (&root.join("nvidia/cu13/lib"), &root.join("cutensor/lib")));
        let _ = std::fs::remove_dir_all(root);
    }
}
