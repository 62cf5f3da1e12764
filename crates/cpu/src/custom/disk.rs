//! Compiled libraries on disk, in the cache that CUDA's kernels have too.
//!
//! A library's name is the hash of all that it follows from. Behind its code stand its length and checksum; it is
//! renamed when it is whole, and what is damaged is deleted and compiled anew. Of processes that want the same library
//! at once one compiles it, the others wait.

use cuprous_core::{Error, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, io};

const MAGIC: &[u8; 8] = b"cuprousL";
/// Magic, length, checksum
const TRAILER: usize = 8 + 8 + 32;
const SUFFIX: &str = "-host.so";
/// Bytes that the libraries may take unless told otherwise
const DEFAULT_SIZE: u64 = 1 << 30;

/// A directory that goes when it is dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    fn new() -> Result<Scratch> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let name = format!("cuprous-{}-{now:x}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = env::temp_dir().join(name);
        // Only the user may write there, and it must not have been there before.
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&dir).map_err(|e| Error::io(format!("{}: {e}: set TMPDIR to a directory that can be written", dir.display())))?;
        Ok(Scratch(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The directory of the cache; `None` where there is no home.
fn cache_dir() -> Option<PathBuf> {
    let var = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("CUPROUS_CACHE_DIR")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("cuprous")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/cuprous")))
}

/// The bytes that the cache may hold: `CUPROUS_CACHE_SIZE`, a number with an optional K, M or G.
fn cache_size() -> u64 {
    let parse = |text: String| {
        let text = text.trim().trim_end_matches(['B', 'b']).trim_end_matches('i').to_ascii_uppercase();
        let digits = text.trim_end_matches(['K', 'M', 'G']);
        let shift = text.chars().last().and_then(|c| "KMG".find(c)).map_or(0, |k| 10 * (k + 1));
        digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
    };
    env::var("CUPROUS_CACHE_SIZE").ok().and_then(parse).unwrap_or(DEFAULT_SIZE)
}

/// Opens the library of a hash; `compile` makes it in an empty directory where there is none.
///
/// # Errors
/// Those of compiling and opening.
pub fn open<T>(hash: &str, compile: impl Fn(&Path) -> Result<PathBuf>, open: impl Fn(&Path) -> Result<T>) -> Result<T> {
    let cache = cache_dir().filter(|_| cache_size() > 0);
    let Some(dir) = cache.and_then(|d| fs::create_dir_all(&d).map(|()| d).map_err(|e| warn(&e.to_string())).ok()) else {
        let scratch = Scratch::new()?;
        return open(&compile(&scratch.0)?);
    };
    let path = dir.join(format!("{hash}{SUFFIX}"));
    if is_good(&path) {
        touch(&path);
        return open(&path);
    }
    // Held until it is there; a file system without locks only costs a second compilation.
    let lock_path = dir.join(format!(".lock-{hash}"));
    let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).ok();
    let _ = lock.as_ref().map(File::lock);
    let result = if is_good(&path) {
        open(&path)
    } else {
        let scratch = Scratch::new()?;
        let made = compile(&scratch.0)?;
        match store(&dir, &path, &made) {
            Ok(()) => open(&path),
            Err(e) => {
                warn(&format!("{}: {e}", dir.display()));
                open(&made)
            }
        }
    };
    let _ = fs::remove_file(&lock_path);
    result
}

fn warn(what: &str) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        eprintln!("cuprous: compiled kernels are not kept on disk: {what}; set CUPROUS_CACHE_DIR to a directory that can be written");
    }
}

/// Whether a library is there and whole; one that is not is deleted.
fn is_good(path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let check = || {
        let (code, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
        let length = u64::from_le_bytes(trailer[8..16].try_into().ok()?);
        Some(&trailer[..8] == MAGIC && length == code.len() as u64 && blake3::hash(code).as_bytes() == &trailer[16..])
    };
    let good = check() == Some(true);
    if !good {
        let _ = fs::remove_file(path);
    }
    good
}

/// Marks a library as used, once a day: the cache drops the oldest first.
fn touch(path: &Path) {
    let is_old = |m: fs::Metadata| m.modified().ok()?.elapsed().ok().map(|age| age > Duration::from_secs(86_400));
    if fs::metadata(path).ok().and_then(is_old) == Some(true) {
        let _ = File::options().append(true).open(path).and_then(|f| f.set_modified(SystemTime::now()));
    }
}

fn store(dir: &Path, path: &Path, made: &Path) -> io::Result<()> {
    static STORED: AtomicU32 = AtomicU32::new(0);
    let mut bytes = fs::read(made)?;
    let (length, sum) = (bytes.len() as u64, blake3::hash(&bytes));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(sum.as_bytes());
    // The scratch directory's name belongs to this call alone.
    let unique = made.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let temporary = dir.join(format!(".tmp-{unique}{SUFFIX}"));
    let written = fs::write(&temporary, &bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    // At the first and then at every 64th: often enough to stay near the bound.
    if written.is_ok() && STORED.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
        evict(dir, cache_size());
    }
    written
}

/// Deletes the oldest libraries until a fifth of the bound is free, and what a dead process left half written.
fn evict(dir: &Path, size: u64) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(data) = entry.metadata() else { continue };
        let modified = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if name.starts_with(".tmp-") || name.starts_with(".lock-") {
            if modified.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)) {
                let _ = fs::remove_file(entry.path());
            }
        } else if name.ends_with(SUFFIX) {
            files.push((modified, data.len(), entry.path()));
        }
    }
    let mut total: u64 = files.iter().map(|f| f.1).sum();
    if total <= size {
        return;
    }
    files.sort();
    for (_, len, path) in files {
        if total <= size / 5 * 4 {
            break;
        }
        if fs::remove_file(path).is_ok() {
            total -= len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_damage_is_noticed() {
        let scratch = Scratch::new().unwrap_or_else(|e| panic!("{e}"));
        let made = scratch.0.join("unit.so");
        let path = scratch.0.join(format!("ab{SUFFIX}"));
        assert!(fs::write(&made, b"some code").is_ok() && store(&scratch.0, &path, &made).is_ok());
        let whole = fs::read(&path).unwrap_or_default();
        assert!(is_good(&path) && path.exists());
        for k in 0..whole.len() {
            let mut bad = whole.clone();
            bad[k] ^= 4;
            assert!(fs::write(&path, &bad).is_ok() && !is_good(&path) && !path.exists(), "byte {k}");
            assert!(fs::write(&path, &whole[..k]).is_ok() && !is_good(&path), "cut at {k}");
        }
        let dir = scratch.0.clone();
        drop(scratch);
        assert!(!dir.exists());
    }
}
