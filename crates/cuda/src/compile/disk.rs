//! Compiled kernels on disk: a cache of one's own that many processes share, and prebuilt directories.
//!
//! A file's name is the hash of all that its contents follow from, and the architecture. Files are written under
//! another name and renamed, so that no reader sees half of one; a file that is wrong anyhow is deleted.

use super::{Cubin, Source, Target, pack};
use cuprous_core::cache;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use std::{fs, io};

const MAGIC: &[u8; 8] = b"cuprousK";
/// The format of the file
const FORMAT: u32 = 1;
/// Magic, format, compiler, length, checksum
const HEADER: usize = 8 + 4 + 4 + 8 + 32;

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

/// What is there for a source, best first. Prebuilt code of an older minor architecture runs as well.
pub(super) fn find(hash: &str, arch: u32) -> impl Iterator<Item = (PathBuf, Cubin)> {
    let dirs = prebuilt_dirs();
    let names: Vec<String> = (arch / 10 * 10..=arch).rev().map(|a| file_name(hash, Target::Sm(a))).collect();
    let own = cache::dir().map(|d| d.join(file_name(hash, Target::Sm(arch))));
    let older = move || (arch / 10 * 10..=arch).rev().map(Target::Sm);
    let packed: Vec<(PathBuf, Cubin)> = dirs.iter().filter_map(|d| older().find_map(|t| pack::find(d, hash, t))).collect();
    let prebuilt = dirs.into_iter().flat_map(move |d| names.clone().into_iter().map(move |n| d.join(n))).map(|p| (p, false));
    let loose = prebuilt.chain(own.map(|p| (p, true))).filter_map(|(path, is_own)| match read(&path) {
        Ok(cubin) => {
            if is_own {
                cache::touch(&path);
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
    if cache::dir().is_some_and(|d| path.starts_with(d)) {
        let _ = fs::remove_file(path);
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
    if cache::size() == 0 {
        return;
    }
    let Some(dir) = cache::dir() else { return cache::warn("there is no home directory") };
    match fs::create_dir_all(&dir).and_then(|()| write(&dir, hash, Target::Sm(arch), cubin)) {
        Ok(()) => cache::stored(&dir),
        Err(e) => cache::warn(&format!("{}: {e}", dir.display())),
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
    fn hashes_follow_from_all() {
        let s = |text: &str, entry: &str| hash(&Source { text: text.into(), entry: entry.into() }, &["-x"]);
        assert_ne!(s("ab", "c"), s("a", "bc"));
        assert_ne!(s("ab", "c"), hash(&Source { text: "ab".into(), entry: "c".into() }, &[]));
        assert_eq!(s("ab", "c"), s("ab", "c"));
    }
}
