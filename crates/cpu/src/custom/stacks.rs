//! Stacks for the threads of a block: each thread of the host keeps those that it needed.

use std::cell::RefCell;
use std::ffi::c_void;

/// What a stack overflows into is not another one's.
const GUARD: usize = 4096;

/// Memory from the system.
struct Mapping {
    at: *mut c_void,
    n_bytes: usize,
}

impl Mapping {
    fn new(n_bytes: usize) -> Option<Mapping> {
        let n_bytes = n_bytes + GUARD;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new private mapping at an address of the system's choice touches no other memory.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), n_bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
        if at == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the first page of the mapping just made, which nobody uses. A system that cannot do it (it bounds the
        // number of mappings) leaves the stack without a guard.
        unsafe { libc::mprotect(at, GUARD, libc::PROT_NONE) };
        Some(Mapping { at, n_bytes })
    }

    fn end(&self) -> *mut c_void {
        self.at.wrapping_byte_add(self.n_bytes)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and its thread ends: none of its blocks runs.
        unsafe { libc::munmap(self.at, self.n_bytes) };
    }
}

thread_local! {
    static STACKS: RefCell<Vec<Mapping>> = const { RefCell::new(Vec::new()) };
}

/// The end of the `k`-th stack of this thread; null where there is no memory. The header calls it with every `k` below
/// before, and with the same length always.
pub extern "C" fn stack(k: u32, n_bytes: u64) -> *mut c_void {
    let find = |stacks: &RefCell<Vec<Mapping>>| {
        let mut stacks = stacks.borrow_mut();
        while stacks.len() <= k as usize {
            stacks.push(Mapping::new(n_bytes as usize)?);
        }
        stacks.get(k as usize).map(Mapping::end)
    };
    STACKS.try_with(find).ok().flatten().unwrap_or(std::ptr::null_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_kept() {
        let (a, b) = (stack(0, 1 << 16), stack(1, 1 << 16));
        assert!(!a.is_null() && !b.is_null() && a != b);
        assert_eq!(stack(0, 1 << 16), a);
        assert_eq!(a as usize % 4096, 0);
    }
}
