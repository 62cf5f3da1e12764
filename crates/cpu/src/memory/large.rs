//! Large blocks: cut from segments that are kept, so that pages which are there already are used again.

use super::exhausted;
use cuprous_core::Result;
use cuprous_core::backend::MemoryInfo;
use cuprous_core::blocks::{Blocks, SEGMENT, Zone};
use std::alloc::Layout;

/// Segments of at least this size get huge pages where the system has them.
const HUGE_FROM: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;
/// Segments above this are held against the memory that the system has left: Linux promises more than it
/// has, and ends the process when it cannot keep the promise.
const CHECKED_FROM: usize = 1 << 30;
/// The one order in which blocks are used again
const QUEUE: u64 = 0;

/// Segments and their blocks.
#[derive(Default)]
pub struct Large(Blocks<()>);

/// A block's number, and where it is.
#[derive(Clone, Copy)]
pub struct Piece {
    node: u32,
    pub address: usize,
}

impl Large {
    /// What is used and kept here.
    pub fn info(&self) -> MemoryInfo {
        self.0.info
    }

    /// A block, with `room` bytes for new segments.
    pub fn take(&mut self, size: usize, room: usize, n_bytes: usize) -> Result<Piece> {
        if let Some(piece) = self.find(size) {
            return Ok(piece);
        }
        let (roomy, tight) = self.0.segment_sizes(size);
        self.0.replace(QUEUE, size, roomy, release);
        // What is held by now counts, and what is whole is given back before a request fails.
        let mut why = self.grow(roomy, room).err();
        if why.is_some() && roomy != tight {
            why = self.grow(tight, room).err();
        }
        if why.is_some() {
            self.trim();
            why = self.grow(tight, room).or_else(|_| self.grow(size, room)).err();
        }
        let found = self.find(size);
        found.ok_or_else(|| exhausted(n_bytes, &why.unwrap_or_else(|| "the system refused".into())))
    }

    /// Whether a block of this size is kept.
    pub fn has(&self, size: usize) -> bool {
        self.0.has(QUEUE, size, Zone::Large)
    }

    fn find(&mut self, size: usize) -> Option<Piece> {
        let node = self.0.take(QUEUE, size, Zone::Large)?;
        Some(Piece { node, address: self.0.nodes[node as usize].address })
    }

    /// A new segment, or why there is none.
    fn grow(&mut self, size: usize, room: usize) -> std::result::Result<(), String> {
        if size > room.saturating_sub(self.0.info.total) {
            return Err("the limit does not allow it".into());
        }
        let address = allocate(size)?;
        self.0.add_segment(address, size, QUEUE, Zone::Large);
        Ok(())
    }

    /// Gives a block back, and whole segments to the system while more than so much is kept.
    pub fn give(&mut self, piece: Piece, kept_limit: usize) {
        self.0.info.used -= self.0.nodes[piece.node as usize].size;
        self.0.insert(piece.node);
        if self.0.info.total - self.0.info.used > kept_limit {
            self.0.remove_whole(|info, _| info.total - info.used > kept_limit, release);
        }
    }

    /// Gives what is whole back to the system.
    pub fn trim(&mut self) {
        self.0.remove_whole(|_, _| true, release);
        self.0.forget_peak();
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        // A block that lives keeps its pool, so that all is whole here.
        self.trim();
    }
}

fn layout_of(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, if size >= HUGE_FROM { HUGE_PAGE } else { 4096 }).ok()
}

/// Whether the system has so much left, where that is worth asking; else why not.
pub fn check_available(size: usize) -> std::result::Result<(), String> {
    if size > CHECKED_FROM {
        let left = super::meminfo("MemAvailable").unwrap_or(usize::MAX);
        if size > left {
            return Err(format!("the system has {left} bytes left"));
        }
    }
    Ok(())
}

fn allocate(size: usize) -> std::result::Result<usize, String> {
    check_available(size)?;
    let layout = layout_of(size).filter(|l| l.size() >= super::KEPT_ABOVE).ok_or("no such size can be addressed")?;
    // SAFETY: the size is not 0.
    let address = unsafe { std::alloc::alloc(layout) } as usize;
    if address == 0 {
        return Err("the system refused".into());
    }
    #[cfg(target_os = "linux")]
    if size >= HUGE_FROM {
        // SAFETY: the range is ours and page aligned; advice changes no content, and may be ignored.
        unsafe { libc::madvise(address as *mut _, size, libc::MADV_HUGEPAGE) };
    }
    Ok(address)
}

fn release(address: usize, size: usize) {
    if let Some(layout) = layout_of(size) {
        // SAFETY: every segment was allocated with the layout of its size, and is released once, when no block of it lives.
        unsafe { std::alloc::dealloc(address as *mut u8, layout) };
    }
}

/// The largest size that can be asked for.
pub const MOST: usize = isize::MAX as usize - 2 * SEGMENT;
