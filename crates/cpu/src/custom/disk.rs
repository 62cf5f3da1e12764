//! Compiled libraries on disk, in the cache that CUDA's kernels have too.
//!
//! A library's name is the hash of all that it follows from. Behind its code stand its length and checksum; it is
//! renamed when it is whole, and what is damaged is deleted and compiled anew. Of processes that want the same library
//! at once one compiles it, the others wait.

use cuprous_core::{Error, Result, cache};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use std::{env, io};

const MAGIC: &[u8; 8] = b"cuprousL";
/// Magic, length, checksum
const TRAILER: usize = 8 + 8 + 32;
const SUFFIX: &str = "-host.so";

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

/// Opens the library of a hash; `compile` makes it in an empty directory where there is none.
///
/// # Errors
/// Those of compiling and opening.
pub fn open<T>(hash: &str, compile: impl Fn(&Path) -> Result<PathBuf>, open: impl Fn(&Path) -> Result<T>) -> Result<T> {
    let cache = cache::dir().filter(|_| cache::size() > 0);
    let Some(dir) = cache.and_then(|d| fs::create_dir_all(&d).map(|()| d).map_err(|e| cache::warn(&e.to_string())).ok()) else {
        let scratch = Scratch::new()?;
        return open(&compile(&scratch.0)?);
    };
    let path = dir.join(format!("{hash}{SUFFIX}"));
    if is_good(&path) {
        cache::touch(&path);
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
                cache::warn(&format!("{}: {e}", dir.display()));
                open(&made)
            }
        }
    };
    let _ = fs::remove_file(&lock_path);
    result
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

fn store(dir: &Path, path: &Path, made: &Path) -> io::Result<()> {
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
    if written.is_ok() {
        cache::stored(dir);
    }
    written
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
