//! Linear algebra by cuSOLVER; many small matrices are factored by its batched functions and those of cuBLAS, and equations of the
//! smallest solved by a kernel of our own.
//!
//! Everything is queued: what a matrix lacks stands in words on the device, which whoever needs to know reads.

mod batched;
mod each;
mod precision;
mod small;

use crate::CudaBackend;
use crate::codegen::linalg::Small;
use crate::driver::{Context, Entered, context};
use crate::memory;
use cuprous_core::linalg::{
    CholeskySpec, EigSpec, EighSpec, FormQSpec, Linalg, LuSolveSpec, LuSpec, Matrices, QrSpec, RightVectors, SolveSpec, SvdSpec, Triangle,
};
use cuprous_core::{Buffer, DType, Error, ErrorKind, Queue, Result};
use cuprous_cuda_sys::cublas::constants as blas;
use cuprous_cuda_sys::cusolver::{self, constants as k};
use cuprous_cuda_sys::{Cusolver, Handle};
use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::ffi::c_void;

pub use small::sources_of_linalg;

/// Matrices up to this size are factored all at once, larger ones one after the other: each fills the device alone.
const SMALL: usize = 256;
/// The largest that cuSOLVER's batched Jacobi method takes
const TINY: usize = 32;

/// One cuSOLVER handle for each queue.
#[derive(Default)]
pub(crate) struct Solvers {
    handles: Mutex<HashMap<Handle, Handles>>,
}

/// What cuSOLVER keeps for a queue.
#[derive(Clone, Copy)]
struct Handles {
    solver: Handle,
    params: Handle,
    jacobi: Handle,
}

impl Solvers {
    /// Forgets a queue that is about to be destroyed. Its context must be current, its work done.
    pub fn retire(&self, queue: Handle) {
        let handles = self.handles.lock().remove(&queue);
        if let (Some(handles), Some(api)) = (handles, Cusolver::loaded()) {
            handles.destroy(api);
        }
    }
}

impl Handles {
    /// New ones for a stream. The context must be current.
    fn new(api: &Cusolver, ctx: &Context, stream: Handle) -> Result<Handles> {
        let mut handles = Handles { solver: 0, params: 0, jacobi: 0 };
        // SAFETY: the handle goes to a valid address; the context is current.
        let mut code = unsafe { (api.cusolverDnCreate)(&mut handles.solver) };
        if code == k::ALLOC_FAILED {
            ctx.pool.trim()?;
            // SAFETY: as above.
            code = unsafe { (api.cusolverDnCreate)(&mut handles.solver) };
        }
        status(code, "cusolverDnCreate")?;
        // SAFETY: as above; the queue keeps its stream, and forgets the handles before that ends.
        let made = unsafe {
            status((api.cusolverDnSetStream)(handles.solver, stream), "cusolverDnSetStream")
                .and_then(|()| status((api.cusolverDnCreateParams)(&mut handles.params), "cusolverDnCreateParams"))
                .and_then(|()| status((api.cusolverDnCreateGesvdjInfo)(&mut handles.jacobi), "cusolverDnCreateGesvdjInfo"))
        };
        match made {
            Ok(()) => Ok(handles),
            Err(e) => {
                handles.destroy(api);
                Err(e)
            }
        }
    }

    fn destroy(self, api: &Cusolver) {
        // SAFETY: the handles were made by cuSOLVER, nobody else knows them any more, and 0 stands for none.
        unsafe {
            if self.jacobi != 0 {
                (api.cusolverDnDestroyGesvdjInfo)(self.jacobi);
            }
            if self.params != 0 {
                (api.cusolverDnDestroyParams)(self.params);
            }
            (api.cusolverDnDestroy)(self.solver);
        }
    }
}

/// cuSOLVER's version and file, loading it if need be.
///
/// # Errors
/// `Device`, naming how to get it.
pub fn library() -> Result<String> {
    let api = cusolver::load().map_err(Error::device)?;
    let mut parts = [0; 3];
    if let Some(property) = api.cusolverGetProperty {
        for (k, part) in parts.iter_mut().enumerate() {
            // SAFETY: the number goes to a valid address.
            unsafe { property(k as i32, part) };
        }
    }
    Ok(format!("{}.{}.{} ({})", parts[0], parts[1], parts[2], api.library.path))
}

/// cuSOLVER for one call on a queue. While it lives the handles are this thread's alone and the context is current.
struct Solver<'a> {
    api: &'static Cusolver,
    ctx: &'static Context,
    queue: &'a Queue,
    handles: Handles,
    _locked: MutexGuard<'static, HashMap<Handle, Handles>>,
    _entered: Entered,
}

impl<'a> Solver<'a> {
    fn on(queue: &'a Queue) -> Result<Solver<'a>> {
        let ctx = context(queue.device)?;
        let api = cusolver::load().map_err(Error::device)?;
        let entered = ctx.enter()?;
        let mut locked = ctx.solvers.handles.lock();
        let key = memory::key_of(queue) as Handle;
        let handles = match locked.get(&key) {
            Some(&handles) => handles,
            None => {
                let handles = Handles::new(api, ctx, queue.handle as Handle)?;
                locked.insert(key, handles);
                handles
            }
        };
        Ok(Solver { api, ctx, queue, handles, _locked: locked, _entered: entered })
    }

    /// Memory on the device for work of this queue. It goes back to the pool when dropped, which hands it out again
    /// in the queue's order only.
    fn space(&self, n_bytes: usize) -> Result<Buffer> {
        memory::allocate(self.ctx, self.queue, n_bytes)
    }

    /// Copies bytes on the device, in the queue's order.
    fn copy(&self, to: usize, from: usize, n_bytes: usize) -> Result<()> {
        // SAFETY: both ranges lie in buffers of the caller, which nobody else uses; the context is current.
        let code = unsafe { (self.ctx.raw.api.cuMemcpyDtoDAsync_v2)(to as u64, from as u64, n_bytes, self.queue.handle as Handle) };
        self.ctx.raw.check(code, "cuMemcpyDtoDAsync")
    }

    /// The addresses of all matrices, as an array on the device.
    fn pointers(&self, a: &Matrices) -> Result<Buffer> {
        let addresses = addresses(a);
        let buffer = self.space(addresses.len())?;
        crate::transfer::upload_raw(self.ctx, self.queue, &addresses, buffer.address())?;
        Ok(buffer)
    }

    /// Work space of the two sizes that a `bufferSize` function tells.
    fn workspace(&self, name: &str, ask: impl FnOnce(*mut usize, *mut usize) -> i32) -> Result<Workspace> {
        let (mut on_device, mut on_host) = (0, 0);
        status(ask(&mut on_device, &mut on_host), name)?;
        let mut host = Vec::new();
        host.try_reserve_exact(on_host.div_ceil(8)).map_err(|_| Error::memory(format!("out of memory for {on_host} bytes of {name}")))?;
        host.resize(on_host.div_ceil(8), 0_u64);
        Ok(Workspace { device: self.space(on_device)?, on_device, host, on_host })
    }
}

/// Memory that a function of cuSOLVER works in.
struct Workspace {
    device: Buffer,
    on_device: usize,
    host: Vec<u64>,
    on_host: usize,
}

impl Workspace {
    fn address(&self) -> u64 {
        self.device.address() as u64
    }

    fn host(&mut self) -> *mut c_void {
        self.host.as_mut_ptr().cast()
    }
}

/// The native bytes of the addresses of all matrices.
fn addresses(a: &Matrices) -> Vec<u8> {
    (0..a.count).flat_map(|which| (a.at(which) as u64).to_ne_bytes()).collect()
}

/// CUDA's number for a dtype.
fn type_of(dtype: DType) -> Result<i32> {
    Ok(match dtype {
        DType::F32 => blas::R_32F,
        DType::F64 => blas::R_64F,
        DType::C64 => blas::C_32F,
        DType::C128 => blas::C_64F,
        _ => return Err(Error::unsupported(format!("linear algebra of {} on a GPU", dtype.name()))),
    })
}

fn fill_of(triangle: Triangle) -> i32 {
    match triangle {
        Triangle::Lower => k::LOWER,
        Triangle::Upper => k::UPPER,
    }
}

/// A size for a function that counts in 32 bits.
fn narrow(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| Error::unsupported(format!("{n} is too large for this function of cuSOLVER, which counts to 2^31")))
}

fn status(code: i32, call: &str) -> Result<()> {
    let text = match code {
        0 => return Ok(()),
        1 => "not initialized",
        2 => "out of memory",
        3 => "invalid value",
        4 => "not for this GPU",
        6 => "execution failed",
        7 => "internal error",
        8 => "not for this type of matrix",
        9 => "not supported",
        _ => "unknown error",
    };
    let kind = if code == k::ALLOC_FAILED { ErrorKind::Memory } else { ErrorKind::Device };
    Err(Error::new(kind, format!("cuSOLVER: {text} (status {code} from {call})")))
}

/// Whether so many matrices are factored all at once.
fn is_batch(n: usize, count: usize) -> bool {
    count > 1 && n <= SMALL
}

impl Linalg for CudaBackend {
    fn pivot_dtype(&self, n: usize, count: usize) -> DType {
        if is_batch(n, count) { DType::I32 } else { DType::I64 }
    }

    fn cholesky(&self, spec: &CholeskySpec) -> Result<()> {
        let (n, count) = spec.check()?;
        let solver = Solver::on(spec.queue)?;
        if is_batch(n, count) { batched::cholesky(&solver, spec) } else { each::cholesky(&solver, spec) }
    }

    fn lu(&self, spec: &LuSpec) -> Result<()> {
        let (n, count) = spec.check(self.pivot_dtype(spec.a.rows, spec.a.count))?;
        let solver = Solver::on(spec.queue)?;
        if is_batch(n, count) { batched::lu(&solver, spec) } else { each::lu(&solver, spec) }
    }

    fn lu_solve(&self, spec: &LuSolveSpec) -> Result<()> {
        let (n, _, count) = spec.check(self.pivot_dtype(spec.lu.rows, spec.lu.count))?;
        let solver = Solver::on(spec.queue)?;
        if is_batch(n, count) { batched::lu_solve(&solver, spec) } else { each::lu_solve(&solver, spec) }
    }

    fn solves_up_to(&self) -> usize {
        Small::LARGEST
    }

    fn solve(&self, spec: &SolveSpec) -> Result<()> {
        small::solve(spec)
    }

    fn qr(&self, spec: &QrSpec) -> Result<()> {
        spec.check()?;
        each::qr(&Solver::on(spec.queue)?, spec)
    }

    fn form_q(&self, spec: &FormQSpec) -> Result<()> {
        spec.check()?;
        each::form_q(&Solver::on(spec.queue)?, spec)
    }

    fn svd(&self, spec: &SvdSpec) -> Result<RightVectors> {
        let (m, _, count) = spec.check()?;
        let solver = Solver::on(spec.queue)?;
        if m <= TINY && count > 1 {
            batched::svd(&solver, spec)?;
            return Ok(RightVectors::Columns);
        }
        each::svd(&solver, spec)
    }

    fn eigh(&self, spec: &EighSpec) -> Result<()> {
        let (n, count) = spec.check()?;
        let solver = Solver::on(spec.queue)?;
        // A version that lacks the batched function does them one by one.
        if is_batch(n, count) && batched::eigh(&solver, spec)? {
            return Ok(());
        }
        each::eigh(&solver, spec)
    }

    /// cuSOLVER's vectors of 16 to 20 rows of ones have cosines of 0.3.
    fn doubts_eigh_up_to(&self) -> usize {
        64
    }

    /// Of a cyclic permutation the QR algorithm's shifts are all zero, with which it does not move; cuSOLVER's ends with a trap
    /// then, and the device is lost to the process.
    fn turns_before_eig(&self) -> bool {
        true
    }

    fn eig(&self, spec: &EigSpec) -> Result<()> {
        spec.check()?;
        each::eig(&Solver::on(spec.queue)?, spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::Device;

    #[test]
    fn addresses_follow_each_other() {
        // SAFETY: the memory is never touched; only addresses are computed.
        let buffer = unsafe { Buffer::new(Device::cuda(0), 0x1000, 4 * 6 * 8 + 16, Box::new(())) };
        let a = Matrices::new(&buffer, 16, DType::F64, [2, 3, 4]).unwrap_or_else(|e| panic!("{e}"));
        let wanted: Vec<u8> = [0x1010_u64, 0x1040, 0x1070, 0x10a0].iter().flat_map(|x| x.to_ne_bytes()).collect();
        assert_eq!(addresses(&a), wanted);
        assert!(Matrices::new(&buffer, 24, DType::F64, [2, 3, 4]).is_err());
    }

    #[test]
    fn small_batches_have_narrow_pivots() {
        let backend = CudaBackend::new();
        assert_eq!(backend.pivot_dtype(4, 10), DType::I32);
        assert_eq!(backend.pivot_dtype(4, 1), DType::I64);
        assert_eq!(backend.pivot_dtype(SMALL + 1, 10), DType::I64);
    }

    #[test]
    fn memory_is_told_apart() {
        assert!(status(0, "x").is_ok());
        assert_eq!(status(2, "x").map_err(|e| e.kind()), Err(ErrorKind::Memory));
        assert_eq!(status(7, "x").map_err(|e| e.kind()), Err(ErrorKind::Device));
    }
}
