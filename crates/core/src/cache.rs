//! The directory in which compiled kernels are kept, those of every backend: where it is, how large it may be, and
//! what goes when it is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// Bytes that the cache may hold unless told otherwise
const DEFAULT_SIZE: u64 = 1 << 30;
/// How the names of kernels end
const KERNELS: [&str; 2] = [".cubin", "-host.so"];
/// How the names begin of what is being compiled or written
const UNFINISHED: [&str; 2] = [".tmp-", ".lock-"];

/// The cache's own directory; `None` where there is no home.
pub fn dir() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("CUPROUS_CACHE_DIR")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("cuprous")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/cuprous")))
}

/// The bytes that the cache may hold: `CUPROUS_CACHE_SIZE`, a number with an optional K, M or G.
pub fn size() -> u64 {
    std::env::var("CUPROUS_CACHE_SIZE").ok().and_then(|v| parse_size(&v)).unwrap_or(DEFAULT_SIZE)
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().trim_end_matches(['B', 'b']).trim_end_matches('i');
    let (digits, shift) = match text.chars().last()?.to_ascii_uppercase() {
        'K' => (&text[..text.len() - 1], 10),
        'M' => (&text[..text.len() - 1], 20),
        'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Tells once that the cache cannot be written.
pub fn warn(what: &str) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        eprintln!("cuprous: compiled kernels are not kept on disk: {what}; set CUPROUS_CACHE_DIR to a directory that can be written");
    }
}

/// Marks a file as used, once a day: the cache drops the oldest first.
pub fn touch(path: &Path) {
    let is_old = |m: fs::Metadata| m.modified().ok()?.elapsed().ok().map(|age| age > Duration::from_secs(86_400));
    if fs::metadata(path).ok().and_then(is_old) == Some(true) {
        let _ = fs::File::options().append(true).open(path).and_then(|f| f.set_modified(SystemTime::now()));
    }
}

/// Keeps the directory near its bound. Called after each file that was added to it: looks at the first and then at every
/// 64th.
pub fn stored(dir: &Path) {
    static STORED: AtomicU32 = AtomicU32::new(0);
    if STORED.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
        evict(dir, size());
    }
}

/// Deletes the oldest kernels until a fifth of the bound is free, and what a dead process left half done.
fn evict(dir: &Path, size: u64) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(data) = entry.metadata() else { continue };
        let modified = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if UNFINISHED.iter().any(|u| name.starts_with(u)) {
            if modified.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)) {
                let _ = fs::remove_file(entry.path());
            }
        } else if KERNELS.iter().any(|k| name.ends_with(k)) {
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
    fn the_oldest_go_first() {
        let dir = std::env::temp_dir().join(format!("cuprous-cache-evict-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        assert!(fs::create_dir_all(&dir).is_ok());
        let path = |k: u64| dir.join(format!("{k}{}", KERNELS[k as usize % 2]));
        for k in 0..10 {
            assert!(fs::write(path(k), [0; 1000]).is_ok());
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 + k);
            let file = fs::File::options().append(true).open(path(k));
            assert!(file.and_then(|f| f.set_modified(time)).is_ok());
        }
        let other = dir.join("of somebody else");
        assert!(fs::write(&other, [0; 9000]).is_ok());
        let left = || (0..10).filter(|&k| path(k).exists()).collect::<Vec<_>>();
        evict(&dir, 10_000);
        assert_eq!(left().len(), 10);
        evict(&dir, 5000);
        assert_eq!(left(), [6, 7, 8, 9]);
        assert!(other.exists());
        let _ = fs::remove_dir_all(dir);
    }

    #[test]
    fn sizes_have_units() {
        let sizes = ["12", "3 GiB", "5m", "x", "99999999999G"].map(parse_size);
        assert_eq!(sizes, [Some(12), Some(3 << 30), Some(5 << 20), None, None]);
    }
}
