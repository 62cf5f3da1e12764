//! Compiled kernels on disk: a cache of one's own that many processes share, and prebuilt directories.
//!
//! A file's name is the hash of all that its contents follow from, and the architecture. Files are written under
//! another name and renamed, so that no reader sees half of one; a file that is wrong anyhow is deleted.

use super::{Cubin, Source, Target, pack};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, io};

const MAGIC: &[u8; 8] = b"cuprousK";
/// The format of the file
const FORMAT: u32 = 1;
/// Magic, format, compiler, length, checksum
const HEADER: usize = 8 + 4 + 4 + 8 + 32;
/// Bytes that the cache may hold unless told otherwise
const DEFAULT_SIZE: u64 = 1 << 30;

static PREBUILT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Adds a directory of prebuilt kernels, which is only read.
pub fn add_prebuilt_dir(dir: impl Into<PathBuf>) {
    let dir = dir.into();
    let mut dirs = PREBUILT.lock();
    if !dirs.contains(&dir) {
        dirs.push(dir);
    }
}

/// The hash of a source, its flags and the version of this crate, in hexadecimal.
pub(super) fn hash(source: &Source, options: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        // With its length, so that no two lists of parts run together.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&source.entry);
    add(&source.text);
    options.iter().for_each(|o| add(o));
    hasher.finalize().to_hex()[..40].to_string()
}

fn file_name(hash: &str, target: Target) -> String {
    format!("{hash}-{target}.cubin")
}

/// The cache's own directory; `None` where there is no home.
pub fn cache_dir() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("CUPROUS_CACHE_DIR")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("cuprous")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/cuprous")))
}

/// The bytes that the cache may hold: `CUPROUS_CACHE_SIZE`, a number with an optional K, M or G.
fn cache_size() -> u64 {
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

/// What is there for a source, best first. Prebuilt code of an older minor architecture runs as well.
pub(super) fn find(hash: &str, arch: u32) -> impl Iterator<Item = (PathBuf, Cubin)> {
    let mut dirs = PREBUILT.lock().clone();
    if let Some(list) = std::env::var_os("CUPROUS_PREBUILT") {
        dirs.extend(std::env::split_paths(&list));
    }
    let names: Vec<String> = (arch / 10 * 10..=arch).rev().map(|a| file_name(hash, Target::Sm(a))).collect();
    let own = cache_dir().map(|d| d.join(file_name(hash, Target::Sm(arch))));
    let older = move || (arch / 10 * 10..=arch).rev().map(Target::Sm);
    let packed: Vec<(PathBuf, Cubin)> = dirs.iter().filter_map(|d| older().find_map(|t| pack::find(d, hash, t))).collect();
    let prebuilt = dirs.into_iter().flat_map(move |d| names.clone().into_iter().map(move |n| d.join(n))).map(|p| (p, false));
    let loose = prebuilt.chain(own.map(|p| (p, true))).filter_map(|(path, is_own)| match read(&path) {
        Ok(cubin) => {
            if is_own {
                touch(&path);
            }
            Some((path, cubin))
        }
        Err(e) => {
            if is_own && e.kind() == io::ErrorKind::InvalidData {
                remove(&path);
            }
            None
        }
    });
    packed.into_iter().chain(loose)
}

fn read(path: &Path) -> io::Result<Cubin> {
    let mut bytes = fs::read(path)?;
    parse(&mut bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

fn parse(bytes: &mut Vec<u8>) -> Option<Cubin> {
    let (head, code) = bytes.split_at_checked(HEADER)?;
    let number = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let length = u64::from_le_bytes(head.get(16..24)?.try_into().ok()?);
    let is_good =
        &head[..8] == MAGIC && number(8)? == FORMAT && length == code.len() as u64 && blake3::hash(code).as_bytes() == &head[24..];
    let compiler = number(12)?;
    // The code moves to an allocation of its own, and so to its alignment.
    is_good.then(|| Cubin { code: bytes.split_off(HEADER), compiler })
}

/// PTX of a source in the packs, for a GPU that they hold no machine code for where no compiler is.
pub(super) fn find_ptx(hash: &str, arch: u32) -> Option<(PathBuf, Cubin)> {
    let oldest_first = (0..=arch).rev().map(Target::Ptx);
    prebuilt_dirs().iter().find_map(|d| oldest_first.clone().find_map(|t| pack::find(d, hash, t)))
}

fn prebuilt_dirs() -> Vec<PathBuf> {
    let mut dirs = PREBUILT.lock().clone();
    if let Some(list) = std::env::var_os("CUPROUS_PREBUILT") {
        dirs.extend(std::env::split_paths(&list));
    }
    dirs
}

/// What [`write`] wrote.
pub(super) fn read_from(dir: &Path, hash: &str, target: Target) -> io::Result<Cubin> {
    read(&dir.join(file_name(hash, target)))
}

/// Whether a good file is there.
pub(super) fn is_there(dir: &Path, hash: &str, target: Target) -> bool {
    read(&dir.join(file_name(hash, target))).is_ok()
}

/// Deletes a file of the cache; one of a prebuilt directory stays.
pub(super) fn remove(path: &Path) {
    if cache_dir().is_some_and(|d| path.starts_with(d)) {
        let _ = fs::remove_file(path);
    }
}

/// Marks a file as used, once a day: the cache drops the oldest first.
fn touch(path: &Path) {
    let is_old = |m: fs::Metadata| m.modified().ok()?.elapsed().ok().map(|age| age > Duration::from_secs(86_400));
    if fs::metadata(path).ok().and_then(is_old) == Some(true) {
        let _ = fs::File::options().append(true).open(path).and_then(|f| f.set_modified(SystemTime::now()));
    }
}

/// Writes a file whole or not at all.
pub(super) fn write(dir: &Path, hash: &str, target: Target, cubin: &Cubin) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut bytes = Vec::with_capacity(HEADER + cubin.code.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&cubin.compiler.to_le_bytes());
    bytes.extend_from_slice(&(cubin.code.len() as u64).to_le_bytes());
    bytes.extend_from_slice(blake3::hash(&cubin.code).as_bytes());
    bytes.extend_from_slice(&cubin.code);
    let name = file_name(hash, target);
    // Processes of several machines may share the directory and the number: the hash of the time tells them apart.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let temporary = dir.join(format!(".tmp-{}-{now:x}-{}-{name}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let written = fs::write(&temporary, &bytes).and_then(|()| fs::rename(&temporary, dir.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Keeps code in the cache. A cache that cannot be written is told once and done without.
pub(super) fn store(hash: &str, arch: u32, cubin: &Cubin) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    static STORED: AtomicU32 = AtomicU32::new(0);
    let size = cache_size();
    if size == 0 {
        return;
    }
    let warn = |what: &str| {
        if !WARNED.swap(true, Ordering::Relaxed) {
            eprintln!("cuprous: compiled kernels are not kept on disk: {what}; set CUPROUS_CACHE_DIR to a directory that can be written");
        }
    };
    let Some(dir) = cache_dir() else { return warn("there is no home directory") };
    if let Err(e) = fs::create_dir_all(&dir).and_then(|()| write(&dir, hash, Target::Sm(arch), cubin)) {
        return warn(&format!("{}: {e}", dir.display()));
    }
    // At the first and then at every 64th: often enough to stay near the bound.
    if STORED.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
        evict(&dir, size);
    }
}

/// Deletes the oldest files until a fifth of the bound is free, and what a dead process left half written.
fn evict(dir: &Path, size: u64) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(data) = entry.metadata() else { continue };
        let modified = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if name.starts_with(".tmp-") {
            if modified.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)) {
                let _ = fs::remove_file(entry.path());
            }
        } else if name.ends_with(".cubin") {
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

    fn dir(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("cuprous-disk-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        assert!(fs::create_dir_all(&dir).is_ok());
        dir
    }

    fn cubin(n: usize) -> Cubin {
        Cubin { code: (0..n).map(|k| k as u8).collect(), compiler: 13005 }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = dir("round");
        assert!(write(&dir, "ab", Target::Sm(90), &cubin(1000)).is_ok());
        let back = read(&dir.join("ab-sm_90.cubin"));
        assert!(back.is_ok_and(|c| c.compiler == 13005 && c.code == cubin(1000).code));
        assert!(is_there(&dir, "ab", Target::Sm(90)) && !is_there(&dir, "ab", Target::Sm(80)));
        assert_eq!(fs::read_dir(&dir).map(|d| d.count()).ok(), Some(1), "no temporary file stays");
        let _ = fs::remove_dir_all(dir);
    }

    #[test]
    fn any_damage_is_noticed() {
        let dir = dir("damage");
        assert!(write(&dir, "ab", Target::Sm(90), &cubin(100)).is_ok());
        let path = dir.join("ab-sm_90.cubin");
        let good = fs::read(&path).unwrap_or_default();
        for k in (0..good.len()).filter(|k| !(12..16).contains(k)) {
            let mut bad = good.clone();
            bad[k] ^= 4;
            assert!(parse(&mut bad).is_none(), "byte {k}");
        }
        for n in 0..good.len() {
            assert!(parse(&mut good[..n].to_vec()).is_none(), "cut at {n}");
        }
        let _ = fs::remove_dir_all(dir);
    }

    #[test]
    fn the_oldest_go_first() {
        let dir = dir("evict");
        for k in 0..10 {
            assert!(write(&dir, &format!("{k}"), Target::Sm(90), &cubin(1000 - HEADER)).is_ok());
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 + k);
            let file = fs::File::options().append(true).open(dir.join(format!("{k}-sm_90.cubin")));
            assert!(file.and_then(|f| f.set_modified(time)).is_ok());
        }
        evict(&dir, 10_000);
        assert_eq!((0..10).filter(|k| is_there(&dir, &k.to_string(), Target::Sm(90))).count(), 10);
        evict(&dir, 5000);
        assert_eq!((0..10).filter(|k| is_there(&dir, &k.to_string(), Target::Sm(90))).collect::<Vec<_>>(), [6, 7, 8, 9]);
        let _ = fs::remove_dir_all(dir);
    }

    #[test]
    fn hashes_and_sizes() {
        let s = |text: &str, entry: &str| hash(&Source { text: text.into(), entry: entry.into() }, &["-x"]);
        assert_ne!(s("ab", "c"), s("a", "bc"));
        assert_ne!(s("ab", "c"), hash(&Source { text: "ab".into(), entry: "c".into() }, &[]));
        assert_eq!(s("ab", "c"), s("ab", "c"));
        assert_eq!(
            (parse_size("12"), parse_size("3 GiB"), parse_size("5m"), parse_size("x")),
            (Some(12), Some(3 << 30), Some(5 << 20), None)
        );
    }
}
