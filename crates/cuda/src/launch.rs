//! Starting kernels: the one place from which work of ours reaches a stream.

use crate::compile::Kernel;
use crate::driver::{Raw, context};
use crate::memory;
use cuprous_core::kernel::{FunctionLaunch, PackedArguments};
use cuprous_core::{Error, Queue, Result};
use cuprous_cuda_sys::{Handle, driver::constants as k};
use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// The longest parameter that a kernel takes by value; longer ones go through memory.
pub const MAX_PARAMS: usize = 4000;
/// Shared memory that any kernel may use without asking, in bytes
const FREE_SHARED: u32 = 48 << 10;

/// Starts a kernel, whose one parameter is the structure that `params` holds byte by byte.
///
/// # Errors
/// `Device` if the driver refuses; `Runtime` if the parameter has another size than the kernel's.
#[inline]
pub fn launch(kernel: &Kernel, grid: [u32; 3], block: [u32; 3], shared_bytes: u32, params: &[u8], queue: &Queue) -> Result<()> {
    if grid.contains(&0) {
        return Ok(());
    }
    if kernel.params_size.is_some_and(|n| n != params.len()) {
        return Err(wrong_params(kernel, params.len()));
    }
    let raw = kernel.raw;
    let _entered = raw.enter()?;
    if shared_bytes > FREE_SHARED.saturating_sub(kernel.static_shared) && !kernel.is_raised.load(Ordering::Relaxed) {
        // A bound only: what a launch gets is what it asks for.
        // SAFETY: the function belongs to a module that is never unloaded.
        let code =
            unsafe { (raw.api.cuFuncSetAttribute)(kernel.function, k::FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES, kernel.max_dynamic as i32) };
        raw.check(code, "cuFuncSetAttribute")?;
        kernel.is_raised.store(true, Ordering::Relaxed);
    }
    let mut pointers = [params.as_ptr().cast_mut().cast::<c_void>()];
    let ([gx, gy, gz], [bx, by, bz]) = (grid, block);
    // SAFETY: the function is loaded and takes one parameter of the length of `params`, which the driver copies
    // during the call (checked above where the driver tells, else the generator of the text vouches for it); the
    // queue keeps its stream. That the kernel stays inside the memory that its parameters name is the promise of
    // whoever wrote it, from operands that `Operand::new` checked.
    let code = unsafe {
        let pointers = pointers.as_mut_ptr();
        (raw.api.cuLaunchKernel)(
            kernel.function,
            gx,
            gy,
            gz,
            bx,
            by,
            bz,
            shared_bytes,
            queue.handle as Handle,
            pointers,
            std::ptr::null_mut(),
        )
    };
    if code != 0 {
        return raw.check(code, "cuLaunchKernel").map_err(|e| refused(kernel, grid, block, shared_bytes, &e));
    }
    if is_synchronous() { finish(kernel, queue) } else { Ok(()) }
}

/// Starts a kernel that takes a pointer to its parameters, for parameters longer than [`MAX_PARAMS`].
///
/// # Errors
/// As [`launch`], and `Memory`.
pub fn launch_indirect(kernel: &Kernel, grid: [u32; 3], block: [u32; 3], shared_bytes: u32, params: &[u8], queue: &Queue) -> Result<()> {
    let ctx = context(queue.device)?;
    let buffer = memory::allocate(ctx, queue, params.len())?;
    {
        let _entered = ctx.enter()?;
        crate::transfer::upload_raw(ctx, queue, params, buffer.address())?;
    }
    // The memory goes back to the pool at the end; there it is reused in the order of this queue only.
    launch(kernel, grid, block, shared_bytes, &(buffer.address() as u64).to_ne_bytes(), queue)
}

/// Starts a function of a user with the arguments that were packed for it.
///
/// # Errors
/// `Value` for numbers that no launch can have; `Device` if the driver refuses.
pub(crate) fn launch_user(raw: Raw, function: Handle, name: &str, launch: &FunctionLaunch, arguments: &PackedArguments) -> Result<()> {
    let narrow = |v: [usize; 3], what: &str| -> Result<[u32; 3]> {
        if v.iter().any(|&n| n == 0 || n > i32::MAX as usize) {
            return Err(Error::value(format!("kernel {name} cannot run with a {what} of {v:?}")));
        }
        Ok(v.map(|n| n as u32))
    };
    let ([gx, gy, gz], [bx, by, bz]) = (narrow(launch.grid, "grid")?, narrow(launch.block, "block")?);
    let shared = u32::try_from(launch.shared).map_err(|_| Error::value(format!("{} bytes of shared memory", launch.shared)))?;
    let mut pointers: Vec<*mut c_void> = arguments.starts.iter().map(|&k| (&raw const arguments.words[k]).cast_mut().cast()).collect();
    let (stream, api) = (launch.queue.handle as Handle, raw.api);
    let _entered = raw.enter()?;
    // SAFETY: the function is loaded for good; each pointer is to a value as long as its parameter (compared where the
    // driver tells the lengths, else followed by zeros), which the driver copies during the call; the queue keeps its
    // stream. What the kernel does to memory is the promise of whoever wrote it.
    let code = unsafe {
        let pointers = pointers.as_mut_ptr();
        if launch.cooperative {
            let start = api.cuLaunchCooperativeKernel.ok_or_else(|| Error::device("this driver has no cooperative launches"))?;
            start(function, gx, gy, gz, bx, by, bz, shared, stream, pointers)
        } else {
            (api.cuLaunchKernel)(function, gx, gy, gz, bx, by, bz, shared, stream, pointers, std::ptr::null_mut())
        }
    };
    raw.check(code, "cuLaunchKernel").map_err(|e| {
        let what = format!("kernel {name}, grid {:?}, block {:?}, {shared} bytes of shared memory", launch.grid, launch.block);
        Error::new(e.kind(), format!("{what}: {e}"))
    })?;
    if is_synchronous() {
        // SAFETY: the queue keeps its stream, whose context is current.
        let code = unsafe { (api.cuStreamSynchronize)(stream) };
        raw.check(code, "cuStreamSynchronize").map_err(|e| e.during(&format!("kernel {name}")))?;
    }
    Ok(())
}

/// Whether each launch is waited for, so that an error names its kernel.
fn is_synchronous() -> bool {
    static SYNC: OnceLock<bool> = OnceLock::new();
    *SYNC.get_or_init(|| std::env::var("CUPROUS_SYNC").is_ok_and(|v| v == "1"))
}

#[cold]
fn finish(kernel: &Kernel, queue: &Queue) -> Result<()> {
    // SAFETY: the queue keeps its stream, and the caller has entered its context.
    let code = unsafe { (kernel.raw.api.cuStreamSynchronize)(queue.handle as Handle) };
    kernel.raw.check(code, "cuStreamSynchronize").map_err(|e| e.during(&format!("kernel {}", kernel.name)))
}

#[cold]
fn wrong_params(kernel: &Kernel, len: usize) -> Error {
    Error::runtime(format!("kernel {} takes {:?} bytes of parameters, not {len}", kernel.name, kernel.params_size))
}

#[cold]
fn refused(kernel: &Kernel, grid: [u32; 3], block: [u32; 3], shared_bytes: u32, e: &Error) -> Error {
    let what = format!(
        "kernel {}, grid {grid:?}, block {block:?}, {shared_bytes} bytes of shared memory, {} registers",
        kernel.name, kernel.n_registers
    );
    Error::new(e.kind(), format!("{what}: {e}"))
}
