//! What kernels tell the host without being asked: an index outside its axis, found while nobody waited.
//!
//! A kernel writes to pinned memory that the host looks into whenever it has waited for the device anyway: no copy and
//! no launch is needed. A word in the device's memory lets one thread write alone; pinned memory is not for that.

use crate::driver::Raw;
use cuprous_core::Result;
use cuprous_core::indexing::Indexed;
use cuprous_cuda_sys::{Handle, driver::constants as k};
use parking_lot::Mutex;
use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The mailbox of a context.
pub(crate) struct Faults {
    raw: Raw,
    mailbox: OnceLock<Mailbox>,
    /// Held while it is made and while it is emptied
    busy: Mutex<()>,
}

/// Addresses that kernels take.
#[derive(Clone, Copy)]
pub(crate) struct Mailbox {
    /// Of the [`Fault`], in pinned memory
    pub fault: usize,
    /// Of the word that is 1 once a thread writes, in the device's memory
    pub lock: usize,
}

impl Mailbox {
    /// One in memory that nobody looks at.
    pub fn rehearsed(scratch: &mut dyn FnMut(usize) -> usize) -> Mailbox {
        Mailbox { fault: scratch(size_of::<Fault>()), lock: scratch(4) }
    }
}

/// As `CupFault` in the kernels' text.
#[repr(C)]
struct Fault {
    flag: AtomicU32,
    axis: u32,
    index: i64,
    len: u64,
}

impl Faults {
    pub fn new(raw: Raw) -> Faults {
        Faults { raw, mailbox: OnceLock::new(), busy: Mutex::new(()) }
    }

    /// The addresses; made at the first call, kept for the life of the process.
    pub fn mailbox(&self) -> Result<Mailbox> {
        if let Some(mailbox) = self.mailbox.get() {
            return Ok(*mailbox);
        }
        let _busy = self.busy.lock();
        if let Some(mailbox) = self.mailbox.get() {
            return Ok(*mailbox);
        }
        let (raw, api) = (self.raw, self.raw.api);
        let _entered = raw.enter()?;
        let (mut pointer, mut lock) = (std::ptr::null_mut::<c_void>(), 0);
        // SAFETY: a context is current, and results go to valid addresses. The pinned memory is page-aligned and large
        // enough for a `Fault`, to which zeros are a valid value; nobody else knows it yet. The word is zero before
        // anybody learns its address, for the stream is waited for.
        unsafe {
            raw.check((api.cuMemHostAlloc)(&mut pointer, size_of::<Fault>(), k::HOST_ALLOC_PORTABLE), "cuMemHostAlloc")?;
            pointer.write_bytes(0, size_of::<Fault>());
            raw.check((api.cuMemAlloc_v2)(&mut lock, 4), "cuMemAlloc")?;
            raw.check((api.cuMemsetD8Async)(lock, 0, 4, 0), "cuMemsetD8Async")?;
            raw.check((api.cuStreamSynchronize)(0), "cuStreamSynchronize")?;
        }
        // All host memory of a process is one address space with the device's, so the address is the kernels' too.
        Ok(*self.mailbox.get_or_init(|| Mailbox { fault: pointer as usize, lock: lock as usize }))
    }

    /// Raises what a kernel has told, once. To be asked after waiting for a queue, which is where the lock is opened again.
    ///
    /// # Errors
    /// `Index` in NumPy's words.
    #[inline]
    pub fn raise(&self, queue: u64) -> Result<()> {
        let Some(mailbox) = self.mailbox.get() else { return Ok(()) };
        // SAFETY: the mailbox lives as long as the process and holds a `Fault`.
        let flag = unsafe { &(*(mailbox.fault as *const Fault)).flag };
        if flag.load(Ordering::Acquire) == 0 { Ok(()) } else { self.empty(*mailbox, queue) }
    }

    #[cold]
    fn empty(&self, mailbox: Mailbox, queue: u64) -> Result<()> {
        let _busy = self.busy.lock();
        let fault = mailbox.fault as *const Fault;
        // SAFETY: as above. The flag is set last, so what it stands for is complete; until the lock is opened nobody
        // writes again, and nobody else empties it.
        let (axis, index, len) = unsafe {
            if (*fault).flag.load(Ordering::Acquire) == 0 {
                return Ok(());
            }
            let found = ((*fault).axis, (*fault).index, (*fault).len);
            (*fault).flag.store(0, Ordering::Release);
            let _entered = self.raw.enter()?;
            let code = (self.raw.api.cuMemsetD8Async)(mailbox.lock as u64, 0, 4, queue as Handle);
            self.raw.check(code, "cuMemsetD8Async")?;
            found
        };
        Err(Indexed::error(index, axis as usize, len as usize))
    }
}
