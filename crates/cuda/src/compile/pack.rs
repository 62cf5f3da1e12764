//! Packs: the kernels that the wheel brings, one file for each architecture, compressed in blocks.
//!
//! Alternatives weighed: a file for each kernel (6,000 files of 4 KB on disk), and kernels compiled into one module
//! (a third less to compile, but all of it is loaded with the first). Blocks of 64 kernels compress to 0.7 KB a
//! kernel and unpack in under a millisecond.
//!
//! A pack is: magic, format, architecture, compiler, number of kernels, number of blocks (4 bytes each after the
//! magic); for each kernel its hash (20 bytes), block, offset within it and length; for each block its offset,
//! compressed length, length and checksum; then the blocks.

use super::{Cubin, Source, Target, disk};
use cuprous_core::{Error, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"cuprousP";
const FORMAT: u32 = 1;
/// Magic and five numbers
const HEADER: usize = 8 + 5 * 4;
/// Hash, block, offset, length
const ENTRY: usize = 20 + 3 * 4;
/// Offset, compressed length, length, checksum
const BLOCK: usize = 8 + 4 + 4 + 8;
/// Kernels of a block
const PER_BLOCK: usize = 64;
/// The strongest level that still compresses a thousand kernels in seconds
const LEVEL: i32 = 19;
/// Unpacked blocks that are kept: a program's first kernels often lie side by side
const KEPT: usize = 4;

/// An opened pack: its tables, and the file for the blocks.
struct Pack {
    file: File,
    compiler: u32,
    /// Kernels by hash
    entries: Vec<u8>,
    blocks: Vec<u8>,
    /// The blocks unpacked last
    recent: Mutex<Vec<(u32, Arc<Vec<u8>>)>>,
}

/// The packs opened so far; `None` for files that are none.
static OPEN: Mutex<Option<HashMap<PathBuf, Option<Arc<Pack>>>>> = Mutex::new(None);

/// The code of a kernel out of the pack of a directory.
pub(super) fn find(dir: &Path, hash: &str, target: Target) -> Option<(PathBuf, Cubin)> {
    let path = dir.join(format!("{target}.pack"));
    let pack = open(&path)?;
    pack.read(hash).map(|cubin| (path, cubin))
}

fn open(path: &Path) -> Option<Arc<Pack>> {
    let mut open = OPEN.lock();
    let open = open.get_or_insert_default();
    if let Some(known) = open.get(path) {
        return known.clone();
    }
    let pack = Pack::open(path).ok().map(Arc::new);
    open.insert(path.into(), pack.clone());
    pack
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    sum.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    sum
}

/// The first 20 bytes of a hash in hexadecimal.
fn key(hash: &str) -> Option<[u8; 20]> {
    let mut key = [0; 20];
    for (k, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hash.get(2 * k..2 * k + 2)?, 16).ok()?;
    }
    Some(key)
}

impl Pack {
    fn open(path: &Path) -> io::Result<Pack> {
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut head = [0; HEADER];
        file.read_exact_at(&mut head, 0)?;
        let word = |k: usize| number(&head, 8 + 4 * k).unwrap_or(0);
        if &head[..8] != MAGIC || word(0) != FORMAT {
            return Err(wrong());
        }
        let (n_kernels, n_blocks) = (word(3) as usize, word(4) as usize);
        let tables = (n_kernels * ENTRY + n_blocks * BLOCK) as u64;
        if HEADER as u64 + tables > size {
            return Err(wrong());
        }
        let (mut entries, mut blocks) = (vec![0; n_kernels * ENTRY], vec![0; n_blocks * BLOCK]);
        file.read_exact_at(&mut entries, HEADER as u64)?;
        file.read_exact_at(&mut blocks, (HEADER + entries.len()) as u64)?;
        Ok(Pack { file, compiler: word(2), entries, blocks, recent: Mutex::default() })
    }

    fn read(&self, hash: &str) -> Option<Cubin> {
        let key = key(hash)?;
        let (mut low, mut high) = (0, self.entries.len() / ENTRY);
        while low < high {
            let middle = usize::midpoint(low, high);
            let entry = &self.entries[middle * ENTRY..(middle + 1) * ENTRY];
            match entry[..20].cmp(&key[..]) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let (block, offset, length) = (number(entry, 20)?, number(entry, 24)? as usize, number(entry, 28)? as usize);
                    let code = self.block(block)?.get(offset..offset.checked_add(length)?)?.to_vec();
                    return Some(Cubin { code, compiler: self.compiler });
                }
            }
        }
        None
    }

    /// A block's bytes; `None` if the file is damaged there.
    fn block(&self, k: u32) -> Option<Arc<Vec<u8>>> {
        if let Some((_, bytes)) = self.recent.lock().iter().find(|(n, _)| *n == k) {
            return Some(bytes.clone());
        }
        let at = k as usize * BLOCK;
        let (offset, packed, length) = (long(&self.blocks, at)?, number(&self.blocks, at + 8)?, number(&self.blocks, at + 12)?);
        let mut bytes = vec![0; packed as usize];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        if checksum(&bytes)[..] != self.blocks[at + 16..at + 24] {
            return None;
        }
        let bytes = Arc::new(zstd::bulk::decompress(&bytes, length as usize).ok()?);
        let mut recent = self.recent.lock();
        if recent.len() == KEPT {
            recent.remove(0);
        }
        recent.push((k, bytes.clone()));
        Some(bytes)
    }
}

/// Packs the kernels of sources that [`super::prebuild`] compiled into a directory; gives the pack's size in bytes.
///
/// # Errors
/// `Io` if a kernel is missing or the pack cannot be written.
pub fn pack(sources: &[Source], target: Target, from: &Path, to: &Path) -> Result<u64> {
    let failed = |path: &Path, e: io::Error| Error::io(format!("{}: {e}", path.display()));
    let mut kernels = Vec::new();
    let mut compiler = 0;
    for source in sources {
        let hash = disk::hash(source, super::OPTIONS);
        let cubin = disk::read_from(from, &hash, target).map_err(|e| failed(from, e))?;
        compiler = compiler.max(cubin.compiler);
        let key = key(&hash).ok_or_else(|| Error::runtime("a hash that is none"))?;
        kernels.push((key, &source.entry, cubin.code));
    }
    // Kernels of a kind side by side: they compress best, and are met together.
    kernels.sort_by(|a, b| kind(a.1).cmp(kind(b.1)).then_with(|| a.1.cmp(b.1)).then_with(|| a.0.cmp(&b.0)));
    let mut entries: Vec<([u8; 20], u32, u32, u32)> = Vec::new();
    let mut blocks = Vec::new();
    for (k, group) in kernels.chunks(PER_BLOCK).enumerate() {
        let mut bytes = Vec::new();
        for (key, _, code) in group {
            entries.push((*key, k as u32, bytes.len() as u32, code.len() as u32));
            bytes.extend_from_slice(code);
        }
        let packed = zstd::bulk::compress(&bytes, LEVEL).map_err(|e| failed(to, e))?;
        blocks.push((packed, bytes.len() as u32));
    }
    entries.sort_by_key(|e| e.0);

    let mut out = Vec::from(&MAGIC[..]);
    for word in [FORMAT, target.number(), compiler, entries.len() as u32, blocks.len() as u32] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for (key, block, offset, length) in &entries {
        out.extend_from_slice(key);
        [block, offset, length].iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
    }
    let mut offset = (out.len() + blocks.len() * BLOCK) as u64;
    for (packed, length) in &blocks {
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&checksum(packed));
        offset += packed.len() as u64;
    }
    blocks.iter().for_each(|(packed, _)| out.extend_from_slice(packed));
    let path = to.join(format!("{target}.pack"));
    let temporary = to.join(format!(".tmp-{}-{target}", std::process::id()));
    fs::create_dir_all(to)
        .and_then(|()| fs::write(&temporary, &out))
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(|e| failed(&path, e))?;
    Ok(out.len() as u64)
}

/// What kind of kernel an entry is: the last part of its name but for the number of lanes.
fn kind(entry: &str) -> &str {
    entry.rsplit('_').find(|word| !word.starts_with('v') && !word.chars().all(|c| c.is_ascii_digit())).unwrap_or(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("cuprous-pack-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        assert!(fs::create_dir_all(&dir).is_ok());
        dir
    }

    fn written(dir: &Path, n: usize) -> Vec<Source> {
        let sources: Vec<Source> = (0..n).map(|k| Source { text: format!("text {k}"), entry: format!("cuprous_op{k}_rows0_v4") }).collect();
        for (k, source) in sources.iter().enumerate() {
            let cubin = Cubin { code: vec![k as u8; 1000 + k], compiler: 13005 };
            assert!(disk::write(dir, &disk::hash(source, super::super::OPTIONS), Target::Sm(90), &cubin).is_ok());
        }
        sources
    }

    #[test]
    fn what_is_packed_is_found() {
        let dir = folder("round");
        let sources = written(&dir, 200);
        let size = pack(&sources, Target::Sm(90), &dir, &dir.join("packs"));
        assert!(size.as_ref().is_ok_and(|&n| n > 1000 && n < 100_000), "{size:?}");
        for (k, source) in sources.iter().enumerate() {
            let hash = disk::hash(source, super::super::OPTIONS);
            let found = find(&dir.join("packs"), &hash, Target::Sm(90)).map(|(_, c)| (c.code, c.compiler));
            assert_eq!(found, Some((vec![k as u8; 1000 + k], 13005)));
            assert!(find(&dir.join("packs"), &hash, Target::Sm(100)).is_none());
        }
        assert!(find(&dir.join("packs"), &"0".repeat(40), Target::Sm(90)).is_none());
        assert!(find(&dir, &"0".repeat(40), Target::Sm(90)).is_none());
        let _ = fs::remove_dir_all(dir);
    }

    #[test]
    fn damage_is_noticed() {
        let dir = folder("damage");
        let sources = written(&dir, 3);
        assert!(pack(&sources, Target::Sm(90), &dir, &dir).is_ok());
        let good = fs::read(dir.join("sm_90.pack")).unwrap_or_default();
        let hash = disk::hash(&sources[1], super::super::OPTIONS);
        for (k, cut) in [(good.len() - 1, false), (9, false), (0, false), (good.len() / 2, true), (40, true), (10, true)] {
            let broken = folder(&format!("damage{k}"));
            let mut bytes = good.clone();
            if cut {
                bytes.truncate(k);
            } else {
                bytes[k] ^= 1;
            }
            assert!(fs::write(broken.join("sm_90.pack"), bytes).is_ok());
            assert!(find(&broken, &hash, Target::Sm(90)).is_none(), "byte {k}");
            let _ = fs::remove_dir_all(broken);
        }
        let _ = fs::remove_dir_all(dir);
    }
}
