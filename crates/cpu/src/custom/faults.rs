//! What a kernel may do that would end the process on a host and does not on a GPU.
//!
//! A division of integers by zero goes on with some number, as on a GPU. A read or write of memory that is not there
//! ends the kernel with an error; one that hits memory of somebody else cannot be noticed.

use std::cell::Cell;

thread_local! {
    /// While a kernel runs on this thread, what ends it
    static ENDS: Cell<Option<extern "C" fn()>> = const { Cell::new(None) };
}

/// Runs blocks of a kernel; `end` ends the one that runs, called where it failed.
pub fn guarded<R>(end: extern "C" fn(), work: impl FnOnce() -> R) -> R {
    #[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
    linux::install();
    let outer = ENDS.replace(Some(end));
    let result = work();
    ENDS.set(outer);
    result
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod linux {
    use super::ENDS;
    use libc::{REG_RAX, REG_RDX, REG_RIP, REG_RSP, c_int, c_void, sigaction, siginfo_t, ucontext_t};
    use std::cell::Cell;
    use std::mem::MaybeUninit;
    use std::sync::{Mutex, PoisonError};

    const SIGNALS: [c_int; 3] = [libc::SIGFPE, libc::SIGSEGV, libc::SIGBUS];
    /// Room for a handler, and as much for what ends a kernel
    const ROOM: usize = 64 << 10;

    /// Who was there before us.
    static mut BEFORE: [MaybeUninit<sigaction>; 3] = [const { MaybeUninit::uninit() }; 3];

    thread_local! {
        /// The end of the memory on which a kernel is ended; 0 before the first kernel of the thread
        static EMERGENCY: Cell<usize> = const { Cell::new(0) };
    }

    /// Takes the signals, unless they are ours already.
    pub fn install() {
        static INSTALLING: Mutex<()> = Mutex::new(());
        prepare_thread();
        let ours = handle as *const () as usize;
        for (k, &signal) in SIGNALS.iter().enumerate() {
            let mut now = MaybeUninit::<sigaction>::uninit();
            // SAFETY: asks who handles the signal; the answer goes to a valid address and is there when the call succeeds.
            let known =
                unsafe { libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) == 0 && now.assume_init().sa_sigaction == ours };
            if known {
                continue;
            }
            let _held = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: a zeroed structure is valid. The handler calls only what may be called in one, and whoever was
            // there before is called for what is not ours. Only this function writes `BEFORE`, under the lock; the handler
            // reads it after it is written, since it is installed by the same call.
            unsafe {
                let mut action: sigaction = std::mem::zeroed();
                action.sa_sigaction = ours;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
                libc::sigemptyset(&mut action.sa_mask);
                let before = (&raw mut BEFORE).cast::<sigaction>().add(k);
                let mut old = MaybeUninit::<sigaction>::uninit();
                if libc::sigaction(signal, std::ptr::null(), old.as_mut_ptr()) == 0 && old.assume_init().sa_sigaction != ours {
                    before.write(old.assume_init());
                    libc::sigaction(signal, &action, std::ptr::null_mut());
                }
            }
        }
    }

    /// A thread whose stack is full needs another one for the handler. Kept as long as the process: threads are few.
    fn prepare_thread() {
        if EMERGENCY.get() != 0 {
            return;
        }
        let room = Box::leak(vec![0u8; 2 * ROOM].into_boxed_slice()).as_mut_ptr();
        // SAFETY: the leaked memory stays valid; a thread that has a stack for signals keeps it.
        unsafe {
            let mut now: libc::stack_t = std::mem::zeroed();
            if libc::sigaltstack(std::ptr::null(), &mut now) == 0 && now.ss_flags & libc::SS_DISABLE != 0 {
                let own = libc::stack_t { ss_sp: room.cast(), ss_flags: 0, ss_size: ROOM };
                libc::sigaltstack(&own, std::ptr::null_mut());
            }
        }
        EMERGENCY.set((room as usize + 2 * ROOM) & !63);
    }

    extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
        let end = ENDS.try_with(Cell::get).ok().flatten();
        // SAFETY: the system hands a handler valid structures, which belong to it while it runs.
        let (code, registers) = unsafe { ((*info).si_code, &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs) };
        if let Some(end) = end
            && code > 0
        {
            if signal == libc::SIGFPE {
                // SAFETY: the instruction that failed is code, and longer than what is read of it: nothing shorter
                // divides, and 16 bytes in front of the end of a library's code there is more of it.
                if unsafe { divided(registers) } {
                    return;
                }
            } else {
                // What failed never goes on: its place is taken by a call of what ends the kernel, on memory of its own.
                registers[REG_RIP as usize] = end as usize as i64;
                registers[REG_RSP as usize] = EMERGENCY.get() as i64 - 8;
                return;
            }
        }
        // SAFETY: it was written before the handler was installed. Whoever was there before is called as the system would;
        // a default action is restored, and taken when the instruction fails again.
        unsafe {
            let k = SIGNALS.iter().position(|&s| s == signal).unwrap_or(0);
            let before = (&raw const BEFORE).cast::<sigaction>().add(k).read();
            match before.sa_sigaction {
                libc::SIG_DFL | libc::SIG_IGN => {
                    libc::sigaction(signal, &before, std::ptr::null_mut());
                    if code <= 0 {
                        libc::raise(signal);
                    }
                }
                f if before.sa_flags & libc::SA_SIGINFO != 0 => {
                    std::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(f)(signal, info, context);
                }
                f => std::mem::transmute::<usize, extern "C" fn(c_int)>(f)(signal),
            }
        }
    }

    /// Steps over a division that failed, with a result; whether it was one. The smallest number divided by -1 is itself,
    /// anything by zero has all bits set and leaves itself.
    ///
    /// # Safety
    /// The instruction pointer points to the instruction that failed.
    unsafe fn divided(registers: &mut [i64; 23]) -> bool {
        let code = registers[REG_RIP as usize] as *const u8;
        // SAFETY: the caller's promise; a division has at least two bytes, and what follows is read as its form says.
        let byte = |k: usize| unsafe { code.add(k).read() };
        let (mut at, mut bits) = (0, 32);
        while byte(at) == 0x66 {
            bits = 16;
            at += 1;
        }
        if byte(at) & 0xf0 == 0x40 {
            if byte(at) & 8 != 0 {
                bits = 64;
            }
            at += 1;
        }
        if byte(at) & 0xfe != 0xf6 {
            return false;
        }
        if byte(at) == 0xf6 {
            bits = 8;
        }
        let form = byte(at + 1);
        let (mode, which, base) = (form >> 6, form >> 3 & 7, form & 7);
        if which < 6 {
            return false;
        }
        at += 2;
        if mode != 3 {
            let mut has_address = mode == 0 && base == 5;
            if base == 4 {
                has_address = mode == 0 && byte(at) & 7 == 5;
                at += 1;
            }
            at += match mode {
                1 => 1,
                2 => 4,
                _ if has_address => 4,
                _ => 0,
            };
        }
        let (a, d) = (registers[REG_RAX as usize], registers[REG_RDX as usize]);
        let put = |old: i64, new: i64| match bits {
            16 => old & !0xffff | new & 0xffff,
            // Writing 32 bits clears the rest.
            32 => new & 0xffff_ffff,
            _ => new,
        };
        let smallest = 1i64 << (bits - 1);
        let low = |x: i64| if bits == 64 { x } else { x & ((1 << bits) - 1) };
        if bits == 8 {
            let is_overflow = which == 7 && a & 0xffff == 0xff80;
            registers[REG_RAX as usize] = a & !0xffff | if is_overflow { 0x80 } else { (a & 0xff) << 8 | 0xff };
        } else {
            let is_overflow = which == 7 && low(a) == low(smallest) && low(d) == low(-1);
            registers[REG_RAX as usize] = put(a, if is_overflow { smallest } else { -1 });
            registers[REG_RDX as usize] = put(d, if is_overflow { 0 } else { a });
        }
        registers[REG_RIP as usize] += at as i64;
        true
    }
}
