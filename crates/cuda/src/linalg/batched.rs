//! Many small matrices in one call.

use super::{Solver, fill_of, narrow, status, type_of};
use crate::elementwise;
use cuprous_core::kernel::{Launch, Operand, Program, Step};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::linalg::{CholeskySpec, EighSpec, LuSolveSpec, LuSpec, Matrices, SvdSpec};
use cuprous_core::{Buffer, DType, Error, Result};
use cuprous_cuda_sys::cublas::constants as blas;
use cuprous_cuda_sys::cusolver::constants as k;

pub fn cholesky(solver: &Solver, spec: &CholeskySpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles.solver, &spec.a);
    let (n, count) = (narrow(a.rows)?, narrow(a.count)?);
    let run = match a.dtype {
        DType::F32 => api.cusolverDnSpotrfBatched,
        DType::F64 => api.cusolverDnDpotrfBatched,
        DType::C64 => api.cusolverDnCpotrfBatched,
        _ => api.cusolverDnZpotrfBatched,
    };
    let pointers = solver.pointers(a)?;
    // SAFETY: the solver's handle is its own and locked. The addresses are those of matrices inside their buffer, which
    // `Matrices::new` checked, of the sizes that the spec's check compared; so are the words.
    let code = unsafe { run(h, fill_of(spec.triangle), n, pointers.address() as u64, n, spec.info.address() as u64, count) };
    status(code, "cusolverDnXpotrfBatched")
}

pub fn lu(solver: &Solver, spec: &LuSpec) -> Result<()> {
    let a = &spec.a;
    let (n, count) = (narrow(a.rows)?, narrow(a.count)?);
    let pointers = solver.pointers(a)?;
    let (at, pivots, info) = (pointers.address() as u64, spec.pivots.address() as u64, spec.info.address() as u64);
    solver.ctx.blas.call(solver.ctx, solver.queue, "cublasXgetrfBatched", |api, handle| {
        let run = match a.dtype {
            DType::F32 => api.cublasSgetrfBatched,
            DType::F64 => api.cublasDgetrfBatched,
            DType::C64 => api.cublasCgetrfBatched,
            _ => api.cublasZgetrfBatched,
        };
        // SAFETY: as in `cholesky`, with cuBLAS's handle under its lock; pivots are of 32 bits, which the check compared.
        Ok(unsafe { run(handle, n, at, n, pivots, info, count) })
    })
}

pub fn lu_solve(solver: &Solver, spec: &LuSolveSpec) -> Result<()> {
    let (lu, b) = (&spec.lu, &spec.b);
    let (n, columns, count) = (narrow(lu.rows)?, narrow(b.columns)?, narrow(lu.count)?);
    let op = if spec.is_transposed { blas::OP_T } else { blas::OP_N };
    let (factors, sides) = (solver.pointers(lu)?, solver.pointers(b)?);
    let (at, right, pivots) = (factors.address() as u64, sides.address() as u64, spec.pivots.address() as u64);
    solver.ctx.blas.call(solver.ctx, solver.queue, "cublasXgetrsBatched", |api, handle| {
        let run = match lu.dtype {
            DType::F32 => api.cublasSgetrsBatched,
            DType::F64 => api.cublasDgetrsBatched,
            DType::C64 => api.cublasCgetrsBatched,
            _ => api.cublasZgetrsBatched,
        };
        let mut info = 0;
        // SAFETY: as in `lu`; the word about the arguments goes to an address of the host.
        let code = unsafe { run(handle, op, n, columns, at, n, pivots, right, n, &mut info, count) };
        if code == 0 && info != 0 {
            return Err(Error::runtime(format!("cublasXgetrsBatched refuses its argument {}", -info)));
        }
        Ok(code)
    })
}

/// All left vectors are written, and the right ones as columns. The matrices have at most 32 rows.
pub fn svd(solver: &Solver, spec: &SvdSpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (m, n, count) = (narrow(a.rows)?, narrow(a.columns)?, narrow(a.count)?);
    let (size_of, run) = match a.dtype {
        DType::F32 => (api.cusolverDnSgesvdjBatched_bufferSize, api.cusolverDnSgesvdjBatched),
        DType::F64 => (api.cusolverDnDgesvdjBatched_bufferSize, api.cusolverDnDgesvdjBatched),
        DType::C64 => (api.cusolverDnCgesvdjBatched_bufferSize, api.cusolverDnCgesvdjBatched),
        _ => (api.cusolverDnZgesvdjBatched_bufferSize, api.cusolverDnZgesvdjBatched),
    };
    let job = if spec.vectors.is_some() { k::VECTORS } else { k::NO_VECTORS };
    // Where fewer are wanted, the left vectors are cut out of all of them afterwards.
    let all = match &spec.vectors {
        Some((u, _)) if u.columns != a.rows => Some(solver.space(a.count * a.rows * a.rows * a.dtype.size())?),
        _ => None,
    };
    // cuSOLVER writes vectors even where none are asked for.
    let item = a.dtype.size();
    let unwanted = match &spec.vectors {
        None => Some((solver.space(a.count * a.rows * a.rows * item)?, solver.space(a.count * a.columns * a.columns * item)?)),
        Some(_) => None,
    };
    let (u, v) = match (&spec.vectors, &all) {
        (None, _) => unwanted.as_ref().map_or((0, 0), |(u, v)| (u.address() as u64, v.address() as u64)),
        (Some((_, v)), Some(all)) => (all.address() as u64, v.address() as u64),
        (Some((u, v)), None) => (u.address() as u64, v.address() as u64),
    };
    let (at, s, info) = (a.address() as u64, spec.s.address() as u64, spec.info.address() as u64);
    let mut size = 0;
    // SAFETY: as in `cholesky`; the size is written to a valid address.
    let code = unsafe { size_of(h.solver, job, m, n, at, m, s, u, m, v, n, &mut size, h.jacobi, count) };
    status(code, "cusolverDnXgesvdjBatched_bufferSize")?;
    let work = solver.space(size.max(1) as usize * a.dtype.size())?;
    // SAFETY: as in `cholesky`; `u` has room for all left vectors, and the work space as many elements as asked for.
    let code = unsafe { run(h.solver, job, m, n, at, m, s, u, m, v, n, work.address() as u64, size, info, h.jacobi, count) };
    status(code, "cusolverDnXgesvdjBatched")?;
    match (&spec.vectors, &all) {
        (Some((u, _)), Some(all)) => first_columns(solver, all, u),
        _ => Ok(()),
    }
}

/// Copies the first columns of square matrices.
fn first_columns(solver: &Solver, all: &Buffer, u: &Matrices) -> Result<()> {
    let item = u.dtype.size();
    let (source, target) = first_columns_layouts(u, u.address() - u.buffer().address());
    let program = Program { steps: vec![Step::Load { operand: 0, dtype: u.dtype }], outputs: [0][..].into() };
    debug_assert_eq!(source.strides[1], item as isize);
    elementwise::run(
        solver.ctx,
        &program,
        &Launch {
            shape: &target.shape,
            inputs: &[Operand::new(all, &source, u.dtype)?],
            outputs: &[Operand::new(u.buffer(), &target, u.dtype)?],
            parameters: &[],
            queue: solver.queue,
        },
    )
}

/// Each matrix as one line of its first columns: among all columns, and packed.
fn first_columns_layouts(u: &Matrices, offset: usize) -> (Layout, Layout) {
    let item = u.dtype.size();
    let target = Layout { offset, ..Layout::contiguous(&[u.count, u.rows * u.columns], item, Order::C) };
    let mut source = Layout { offset: 0, ..target.clone() };
    source.strides[0] = (u.rows * u.rows * item) as isize;
    (source, target)
}

/// Tells whether cuSOLVER has the function.
pub fn eigh(solver: &Solver, spec: &EighSpec) -> Result<bool> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (Some(size_of), Some(run)) = (api.cusolverDnXsyevBatched_bufferSize, api.cusolverDnXsyevBatched) else { return Ok(false) };
    let (dtype, real, fill) = (type_of(a.dtype)?, type_of(a.dtype.real())?, fill_of(spec.triangle));
    let (n, count) = (a.rows as i64, a.count as i64);
    let job = if spec.has_vectors { k::VECTORS } else { k::NO_VECTORS };
    let (at, w, info) = (a.address() as u64, spec.w.address() as u64, spec.info.address() as u64);
    // SAFETY: as in `cholesky`; sizes are written to valid addresses.
    let mut work = solver.workspace("cusolverDnXsyevBatched_bufferSize", |device, host| unsafe {
        size_of(h.solver, h.params, job, fill, n, dtype, at, n, real, w, dtype, device, host, count)
    })?;
    let host = work.host();
    // SAFETY: as in `cholesky`; the work space has the size asked for.
    let code = unsafe {
        run(h.solver, h.params, job, fill, n, dtype, at, n, real, w, dtype, work.address(), work.on_device, host, work.on_host, info, count)
    };
    status(code, "cusolverDnXsyevBatched")?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::Device;

    #[test]
    fn columns_are_cut_out_of_squares() {
        // SAFETY: the memory is never touched; only layouts are computed.
        let buffer = unsafe { Buffer::new(Device::cuda(0), 0x1000, 64 + 5 * 4 * 2 * 8, Box::new(())) };
        let u = Matrices::new(&buffer, 64, DType::F64, [4, 2, 5]).unwrap_or_else(|e| panic!("{e}"));
        let (source, target) = first_columns_layouts(&u, 64);
        assert_eq!((source.shape.to_vec(), source.strides.to_vec(), source.offset), (vec![5, 8], vec![128, 8], 0));
        assert_eq!((target.strides.to_vec(), target.offset), (vec![64, 8], 64));
        assert!(target.check_inside(8, buffer.len()).is_ok());
    }
}
