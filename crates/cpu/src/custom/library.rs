//! Libraries that the host's compiler made: loading them, and running the blocks of their kernels.

use super::{faults, stacks};
use crate::threads::Threads;
use cuprous_core::foreign::failure;
use cuprous_core::{Buffer, Device, Error, Result};
use parking_lot::Mutex;
use std::ffi::{CStr, CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

// The three structures are those of `host/run.hpp` and `host/library.hpp`.

#[repr(C)]
struct Launch {
    grid: [u32; 3],
    block: [u32; 3],
    call: extern "C" fn(*const c_void, *const *const c_void),
    kernel: *const c_void,
    arguments: *const *const c_void,
    stack: extern "C" fn(u32, u64) -> *mut c_void,
    arrived: u32,
    round: u32,
    failed: u32,
}

#[repr(C)]
struct Record {
    name: *const c_char,
    address: *const c_void,
    call: Option<extern "C" fn(*const c_void, *const *const c_void)>,
    size: u64,
    sizes: *const u32,
}

#[repr(C)]
struct Table {
    n: u64,
    records: *const Record,
    new_worker: extern "C" fn(*mut Launch) -> *mut c_void,
    run_block: extern "C" fn(*mut c_void, u64) -> *const c_char,
    end: extern "C" fn(*mut c_void),
    fault: extern "C" fn(),
}

/// A library in the process. It stays: others may hold its addresses.
pub struct Library {
    table: &'static Table,
}

// SAFETY: a table and what it points to are constants of a library that stays loaded.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Sync for Record {}

/// A kernel of a library.
#[derive(Clone)]
pub struct Kernel {
    name: String,
    table: &'static Table,
    record: &'static Record,
    /// The sizes of its parameters in bytes
    pub params: Vec<usize>,
}

/// Blocks to run.
pub struct Blocks {
    /// How many along x, y, z
    pub grid: [u32; 3],
    /// Threads of each along x, y, z
    pub block: [u32; 3],
    /// Whether all have to run at the same time
    pub at_once: bool,
    /// How much work they are, to decide whether it is worth several threads
    pub n_steps: usize,
}

/// The runtime's numbers for what ends a kernel: programs know errors by them.
const NUMBERS: &[(&str, i32)] = &[("illegal memory access", 700), ("an assertion failed", 710), ("it trapped", 719)];

/// The most blocks that run at the same time, each on a thread of its own.
pub const MAX_AT_ONCE: usize = 512;

/// The folder in which this code is installed together with other packages.
pub fn site_packages() -> Option<PathBuf> {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: asks which file an address of ours is loaded from; the answer goes to a valid address, and its name, if
    // there is one, ends in a zero and lives as long as the file is loaded.
    let name = unsafe {
        if libc::dladdr(site_packages as *const c_void, info.as_mut_ptr()) == 0 || info.assume_init_ref().dli_fname.is_null() {
            return None;
        }
        CStr::from_ptr(info.assume_init_ref().dli_fname)
    };
    let file = std::fs::canonicalize(Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()))).ok()?;
    file.parent()?.parent().map(Path::to_path_buf)
}

impl Library {
    /// Where its table lies, as long as the process lives: no other library's does.
    pub fn address(&self) -> usize {
        std::ptr::from_ref(self.table).addr()
    }

    /// Loads a file that [`super::compiler::Source::compile`] made.
    ///
    /// # Errors
    /// `Device` with the loader's words.
    pub fn open(path: &Path) -> Result<Library> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::io("a path with a zero"))?;
        // SAFETY: the file is one that our compiler made, checked against its checksum, or fresh from a folder that only
        // the user can write; loading it runs nothing but the making of its table. It is never unloaded.
        let symbol = unsafe {
            let handle = libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            if handle.is_null() { std::ptr::null_mut() } else { libc::dlsym(handle, c"cup_library".as_ptr()) }
        };
        if symbol.is_null() {
            // SAFETY: the loader's last words, which end in a zero, if it has any; copied at once.
            let why = unsafe {
                let text = libc::dlerror();
                if text.is_null() { "it has no table".to_string() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
            };
            return Err(Error::device(format!("{}: {why}: set CUPROUS_CACHE_DIR to a directory from which code may run", path.display())));
        }
        // SAFETY: the library's header declares the symbol so, and the library stays loaded.
        Ok(Library { table: unsafe { &*symbol.cast::<Table>() } })
    }

    fn records(&self) -> impl Iterator<Item = (&'static CStr, &'static Record)> {
        // SAFETY: the table tells how many records there are, and each name ends in a zero.
        let records = unsafe { std::slice::from_raw_parts(self.table.records, self.table.n as usize) };
        // SAFETY: as above.
        records.iter().map(|r| (unsafe { CStr::from_ptr(r.name) }, r))
    }

    /// The names of what the library has.
    pub fn names(&self) -> Vec<String> {
        self.records().map(|(n, _)| n.to_string_lossy().into_owned()).collect()
    }

    /// A kernel by its name.
    pub fn kernel(&self, name: &str) -> Option<Kernel> {
        let (_, record) = self.records().find(|(n, r)| n.to_bytes() == name.as_bytes() && r.call.is_some())?;
        // SAFETY: a kernel's record tells how many parameters it has, and points to as many sizes.
        let sizes = unsafe { std::slice::from_raw_parts(record.sizes, record.size as usize) };
        Some(Kernel { name: name.into(), table: self.table, record, params: sizes.iter().map(|&n| n as usize).collect() })
    }

    /// The memory of a variable by its name.
    pub fn variable(&self, name: &str) -> Option<Buffer> {
        let (_, record) = self.records().find(|(n, r)| n.to_bytes() == name.as_bytes() && r.call.is_none())?;
        // SAFETY: the compiler says that the variable has this address and size, for as long as the library is loaded,
        // which is as long as the process.
        Some(unsafe { Buffer::new(Device::CPU, record.address as usize, record.size as usize, Box::new(())) })
    }
}

/// What one thread of the host runs blocks with.
struct Worker<'a> {
    table: &'a Table,
    at: *mut c_void,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if !self.at.is_null() {
            (self.table.end)(self.at);
        }
    }
}

impl Kernel {
    /// Where its description lies, as long as the process lives: no other kernel's does.
    pub fn address(&self) -> usize {
        std::ptr::from_ref(self.record).addr()
    }

    /// Runs blocks, in the order of their numbers; `arguments` are the words where each argument begins.
    ///
    /// # Errors
    /// `Device` if the kernel trapped, failed an assertion, or touched memory that is not there.
    pub fn run(&self, threads: &Threads, blocks: &Blocks, words: &[u128], starts: &[usize]) -> Result<()> {
        let Some(call) = self.record.call else { return Ok(()) };
        if starts.len() != self.params.len() || starts.iter().any(|&k| k > words.len()) {
            return Err(Error::runtime(format!("kernel {} with {} arguments", self.name, starts.len())));
        }
        let pointers: Vec<*const c_void> = starts.iter().map(|&k| words.as_ptr().wrapping_add(k).cast()).collect();
        let mut launch = Launch {
            grid: blocks.grid,
            block: blocks.block,
            call,
            kernel: self.record.address,
            arguments: pointers.as_ptr(),
            stack: stacks::stack,
            arrived: 0,
            round: 0,
            failed: 0,
        };
        // Shared by all workers, whose accesses are atomic or reads of what does not change.
        let shared = (&raw mut launch) as usize;
        let n: usize = blocks.grid.iter().map(|&n| n as usize).product();
        let failed = AtomicBool::new(false);
        let why: Mutex<Option<String>> = Mutex::new(None);
        let fail = |what: &str| {
            if !failed.swap(true, Ordering::Relaxed) {
                *why.lock() = Some(what.to_string());
            }
        };
        let start = || Worker { table: self.table, at: (self.table.new_worker)(shared as *mut Launch) };
        let work = |worker: &mut Worker, k: usize| {
            if failed.load(Ordering::Relaxed) {
                return;
            }
            if worker.at.is_null() {
                return fail("there is no memory for its threads");
            }
            let text = faults::guarded(self.table.fault, || (self.table.run_block)(worker.at, k as u64));
            if !text.is_null() {
                // SAFETY: a constant of the library, which ends in a zero.
                fail(&unsafe { CStr::from_ptr(text) }.to_string_lossy());
            }
        };
        if blocks.at_once {
            if n > MAX_AT_ONCE {
                let most = format!("at most {MAX_AT_ONCE} blocks run at the same time on the CPU");
                return Err(Error::device(format!("kernel {} is cooperative with {n} blocks: {most}", self.name)));
            }
            std::thread::scope(|scope| {
                for k in 0..n {
                    let spawned = std::thread::Builder::new().spawn_scoped(scope, move || work(&mut start(), k));
                    if spawned.is_err() {
                        // The others wait for this one: they stop where they look.
                        fail("the system gives no more threads");
                        // SAFETY: the launch lives until the scope ends; the field is read atomically by the workers.
                        unsafe {
                            (*(&raw const (*(shared as *const Launch)).failed).cast::<std::sync::atomic::AtomicU32>())
                                .store(1, Ordering::Relaxed)
                        };
                        break;
                    }
                }
            });
        } else {
            threads.for_each(n, blocks.n_steps, start, work);
        }
        let Some(what) = why.into_inner() else { return Ok(()) };
        let message = format!("kernel {}: {what}", self.name);
        let number = NUMBERS.iter().find(|(why, _)| *why == what);
        Err(number.map_or_else(|| Error::device(&message), |(_, code)| failure(*code, &message)))
    }
}
