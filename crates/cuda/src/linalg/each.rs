//! Matrices one after the other, by cuSOLVER's functions of 64-bit sizes.
//!
//! One work space serves all matrices of a call, for they are computed in the order of the queue.

use super::precision::{self, is_better_in_double};
use super::{Solver, fill_of, narrow, status, type_of};
use cuprous_core::linalg::{CholeskySpec, EigSpec, EighSpec, FormQSpec, LuSolveSpec, LuSpec, Matrices, QrSpec, RightVectors, SvdSpec};
use cuprous_core::{DType, Error, Result};
use cuprous_cuda_sys::cublas::constants as blas;
use cuprous_cuda_sys::cusolver::constants as k;

/// Fewer columns do not repay what polar decompositions cost.
const POLAR: usize = 128;

pub fn cholesky(solver: &Solver, spec: &CholeskySpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (dtype, fill, n) = (type_of(a.dtype)?, fill_of(spec.triangle), a.rows as i64);
    let at = a.address() as u64;
    // SAFETY: the solver's handles are its own and locked; sizes are written to valid addresses.
    let mut work = solver.workspace("cusolverDnXpotrf_bufferSize", |device, host| unsafe {
        (api.cusolverDnXpotrf_bufferSize)(h.solver, h.params, fill, n, dtype, at, n, dtype, device, host)
    })?;
    for which in 0..a.count {
        let (at, info, host) = (a.at(which) as u64, spec.info.at(which) as u64, work.host());
        // SAFETY: as above. Matrices and words lie inside their buffers, which `Matrices::new` checked, and have the sizes
        // that the spec's check compared; the work space has the size asked for.
        let code = unsafe {
            (api.cusolverDnXpotrf)(
                h.solver,
                h.params,
                fill,
                n,
                dtype,
                at,
                n,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
            )
        };
        status(code, "cusolverDnXpotrf")?;
    }
    Ok(())
}

pub fn lu(solver: &Solver, spec: &LuSpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (dtype, n) = (type_of(a.dtype)?, a.rows as i64);
    let at = a.address() as u64;
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXgetrf_bufferSize", |device, host| unsafe {
        (api.cusolverDnXgetrf_bufferSize)(h.solver, h.params, n, n, dtype, at, n, dtype, device, host)
    })?;
    for which in 0..a.count {
        let (at, pivots, info, host) = (a.at(which) as u64, spec.pivots.at(which) as u64, spec.info.at(which) as u64, work.host());
        // SAFETY: as in `cholesky`; pivots are of 64 bits, which the check compared.
        let code = unsafe {
            (api.cusolverDnXgetrf)(
                h.solver,
                h.params,
                n,
                n,
                dtype,
                at,
                n,
                pivots,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
            )
        };
        status(code, "cusolverDnXgetrf")?;
    }
    Ok(())
}

pub fn lu_solve(solver: &Solver, spec: &LuSolveSpec) -> Result<()> {
    let (api, h, lu, b) = (solver.api, solver.handles, &spec.lu, &spec.b);
    let (dtype, n) = (type_of(lu.dtype)?, lu.rows as i64);
    let op = if spec.is_transposed { blas::OP_T } else { blas::OP_N };
    let info = solver.space(4)?;
    for which in 0..lu.count {
        let (at, pivots, right) = (lu.at(which) as u64, spec.pivots.at(which) as u64, b.at(which) as u64);
        let word = info.address() as u64;
        // SAFETY: as in `cholesky`.
        let code =
            unsafe { (api.cusolverDnXgetrs)(h.solver, h.params, op, n, b.columns as i64, dtype, at, n, pivots, dtype, right, n, word) };
        status(code, "cusolverDnXgetrs")?;
    }
    Ok(())
}

pub fn qr(solver: &Solver, spec: &QrSpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (dtype, m, n) = (type_of(a.dtype)?, a.rows as i64, a.columns as i64);
    let (at, tau) = (a.address() as u64, spec.tau.address() as u64);
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXgeqrf_bufferSize", |device, host| unsafe {
        (api.cusolverDnXgeqrf_bufferSize)(h.solver, h.params, m, n, dtype, at, m, dtype, tau, dtype, device, host)
    })?;
    let info = solver.space(4)?;
    for which in 0..a.count {
        let (at, tau, host) = (a.at(which) as u64, spec.tau.at(which) as u64, work.host());
        // SAFETY: as in `cholesky`.
        let code = unsafe {
            (api.cusolverDnXgeqrf)(
                h.solver,
                h.params,
                m,
                n,
                dtype,
                at,
                m,
                dtype,
                tau,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info.address() as u64,
            )
        };
        status(code, "cusolverDnXgeqrf")?;
    }
    Ok(())
}

pub fn form_q(solver: &Solver, spec: &FormQSpec) -> Result<()> {
    let (api, h, q) = (solver.api, solver.handles.solver, &spec.q);
    let (m, n, n_reflectors) = (narrow(q.rows)?, narrow(q.columns)?, narrow(spec.tau.rows)?);
    let (size_of, run) = match q.dtype {
        DType::F32 => (api.cusolverDnSorgqr_bufferSize, api.cusolverDnSorgqr),
        DType::F64 => (api.cusolverDnDorgqr_bufferSize, api.cusolverDnDorgqr),
        DType::C64 => (api.cusolverDnCungqr_bufferSize, api.cusolverDnCungqr),
        _ => (api.cusolverDnZungqr_bufferSize, api.cusolverDnZungqr),
    };
    let mut size = 0;
    // SAFETY: as in `cholesky`.
    let code = unsafe { size_of(h, m, n, n_reflectors, q.address() as u64, m, spec.tau.address() as u64, &mut size) };
    status(code, "cusolverDnXorgqr_bufferSize")?;
    let (work, info) = (solver.space(size.max(1) as usize * q.dtype.size())?, solver.space(4)?);
    for which in 0..q.count {
        let (at, tau) = (q.at(which) as u64, spec.tau.at(which) as u64);
        // SAFETY: as in `cholesky`; the work space has as many elements as asked for.
        let code = unsafe { run(h, m, n, n_reflectors, at, m, tau, work.address() as u64, size, info.address() as u64) };
        status(code, "cusolverDnXorgqr")?;
    }
    Ok(())
}

/// Tells how the right vectors are written.
pub fn svd(solver: &Solver, spec: &SvdSpec) -> Result<RightVectors> {
    match spec.vectors {
        Some((u, v)) if spec.a.columns >= POLAR && is_better_in_double(solver, spec.a.dtype)? => precision::svd(solver, spec, &u, &v),
        Some((u, v)) if spec.a.columns >= POLAR => by_polar_factors(solver, spec, &u, &v),
        _ => by_qr(solver, spec),
    }
}

/// By a polar decomposition and the eigenvectors of its Hermitian factor, several times as fast as the QR algorithm. cuSOLVER shifts
/// singular values near zero and tells by how much. Beyond the error that any decomposition may make, or where it fails, the
/// matrices are decomposed anew by QR.
pub fn by_polar_factors(solver: &Solver, spec: &SvdSpec, u: &Matrices, v: &Matrices) -> Result<RightVectors> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (Some(size_of), Some(run)) = (api.cusolverDnXgesvdp_bufferSize, api.cusolverDnXgesvdp) else { return by_qr(solver, spec) };
    let (dtype, real, m, n) = (type_of(a.dtype)?, type_of(a.dtype.real())?, a.rows as i64, a.columns as i64);
    let econ = i32::from(u.columns == a.columns);
    let kept = solver.space(a.count * a.n_bytes())?;
    let copy = |to: usize, from: usize| solver.copy(to, from, a.count * a.n_bytes());
    copy(kept.address(), a.address())?;
    let (at, s, to_u, to_v) = (a.address() as u64, spec.s.address() as u64, u.address() as u64, v.address() as u64);
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXgesvdp_bufferSize", |device, host| unsafe {
        size_of(h.solver, h.params, k::VECTORS, econ, m, n, dtype, at, m, real, s, dtype, to_u, m, dtype, to_v, n, dtype, device, host)
    })?;
    for which in 0..a.count {
        let (at, s, info, host) = (a.at(which) as u64, spec.s.at(which) as u64, spec.info.at(which) as u64, work.host());
        let (to_u, to_v) = (u.at(which) as u64, v.at(which) as u64);
        let mut shift = 0.0;
        // SAFETY: as in `cholesky`; the shift is written to a valid address before the function returns.
        let code = unsafe {
            run(
                h.solver,
                h.params,
                k::VECTORS,
                econ,
                m,
                n,
                dtype,
                at,
                m,
                real,
                s,
                dtype,
                to_u,
                m,
                dtype,
                to_v,
                n,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
                &mut shift,
            )
        };
        // 0 of a matrix with NaN, too: whoever called looks for those.
        if code != 0 || (shift != 0.0 && !is_rounding(shift, spec, largest(solver, &spec.s, which)?)) {
            drop(work);
            copy(a.address(), kept.address())?;
            return by_qr(solver, spec);
        }
    }
    Ok(RightVectors::Columns)
}

/// Whether a shift is within the backward error of singular values: `max(M, N)` roundings of the largest one. In double
/// precision it is not borne: pseudo-inverses cut there.
fn is_rounding(shift: f64, spec: &SvdSpec, largest: f64) -> bool {
    spec.s.dtype == DType::F32 && shift.abs() <= spec.a.rows.max(spec.a.columns) as f64 * f64::from(f32::EPSILON) * largest
}

/// The first singular value of a matrix, read once it is there.
fn largest(solver: &Solver, s: &Matrices, which: usize) -> Result<f64> {
    let mut bytes = [0; 8];
    let item = s.dtype.size();
    crate::transfer::download(solver.ctx, solver.queue, s.buffer(), s.at(which) - s.buffer().address(), &mut bytes[..item])?;
    let [a, b, c, d, ..] = bytes;
    Ok(if item == 4 { f32::from_ne_bytes([a, b, c, d]).into() } else { f64::from_ne_bytes(bytes) })
}

/// The right vectors are written as conjugated rows.
fn by_qr(solver: &Solver, spec: &SvdSpec) -> Result<RightVectors> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (dtype, real, m, n) = (type_of(a.dtype)?, type_of(a.dtype.real())?, a.rows as i64, a.columns as i64);
    let (job_u, job_v) = match &spec.vectors {
        None => (k::NONE, k::NONE),
        Some((u, _)) if u.columns == a.columns => (k::SOME, k::SOME),
        Some(_) => (k::ALL, k::ALL),
    };
    let places = |which: usize| {
        let (u, v) = spec.vectors.as_ref().map_or((0, 0), |(u, v)| (u.at(which) as u64, v.at(which) as u64));
        (a.at(which) as u64, spec.s.at(which) as u64, u, v)
    };
    let (at, s, u, v) = places(0);
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXgesvd_bufferSize", |device, host| unsafe {
        (api.cusolverDnXgesvd_bufferSize)(
            h.solver, h.params, job_u, job_v, m, n, dtype, at, m, real, s, dtype, u, m, dtype, v, n, dtype, device, host,
        )
    })?;
    for which in 0..a.count {
        let ((at, s, u, v), info, host) = (places(which), spec.info.at(which) as u64, work.host());
        // SAFETY: as in `cholesky`; without vectors their addresses are not used.
        let code = unsafe {
            (api.cusolverDnXgesvd)(
                h.solver,
                h.params,
                job_u,
                job_v,
                m,
                n,
                dtype,
                at,
                m,
                real,
                s,
                dtype,
                u,
                m,
                dtype,
                v,
                n,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
            )
        };
        status(code, "cusolverDnXgesvd")?;
    }
    Ok(RightVectors::Adjoint)
}

pub fn eigh(solver: &Solver, spec: &EighSpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (dtype, real, fill, n) = (type_of(a.dtype)?, type_of(a.dtype.real())?, fill_of(spec.triangle), a.rows as i64);
    let job = if spec.has_vectors { k::VECTORS } else { k::NO_VECTORS };
    let (at, w) = (a.address() as u64, spec.w.address() as u64);
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXsyevd_bufferSize", |device, host| unsafe {
        (api.cusolverDnXsyevd_bufferSize)(h.solver, h.params, job, fill, n, dtype, at, n, real, w, dtype, device, host)
    })?;
    for which in 0..a.count {
        let (at, w, info, host) = (a.at(which) as u64, spec.w.at(which) as u64, spec.info.at(which) as u64, work.host());
        // SAFETY: as in `cholesky`.
        let code = unsafe {
            (api.cusolverDnXsyevd)(
                h.solver,
                h.params,
                job,
                fill,
                n,
                dtype,
                at,
                n,
                real,
                w,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
            )
        };
        status(code, "cusolverDnXsyevd")?;
    }
    Ok(())
}

pub fn eig(solver: &Solver, spec: &EigSpec) -> Result<()> {
    let (api, h, a) = (solver.api, solver.handles, &spec.a);
    let (Some(size_of), Some(run)) = (api.cusolverDnXgeev_bufferSize, api.cusolverDnXgeev) else {
        return Err(Error::unsupported(format!(
            "eigenvalues of general matrices on a GPU need the cuSOLVER of CUDA 12.6 or newer, and {} is older; eigh and eigvalsh are there for Hermitian ones",
            api.library.path
        )));
    };
    // Of real matrices the eigenvalues are complex, and the vectors real parts of pairs.
    let (dtype, complex, n) = (type_of(a.dtype)?, type_of(spec.w.dtype)?, a.rows as i64);
    let job = if spec.v.is_some() { k::VECTORS } else { k::NO_VECTORS };
    let places = |which: usize| (a.at(which) as u64, spec.w.at(which) as u64, spec.v.map_or(0, |v| v.at(which) as u64));
    let (at, w, v) = places(0);
    // SAFETY: as in `cholesky`.
    let mut work = solver.workspace("cusolverDnXgeev_bufferSize", |device, host| unsafe {
        size_of(h.solver, h.params, k::NO_VECTORS, job, n, dtype, at, n, complex, w, dtype, 0, n, dtype, v, n, dtype, device, host)
    })?;
    for which in 0..a.count {
        let ((at, w, v), info, host) = (places(which), spec.info.at(which) as u64, work.host());
        // SAFETY: as in `cholesky`; left vectors are not asked for, nor right ones without an address.
        let code = unsafe {
            run(
                h.solver,
                h.params,
                k::NO_VECTORS,
                job,
                n,
                dtype,
                at,
                n,
                complex,
                w,
                dtype,
                0,
                n,
                dtype,
                v,
                n,
                dtype,
                work.address(),
                work.on_device,
                host,
                work.on_host,
                info,
            )
        };
        status(code, "cusolverDnXgeev")?;
    }
    Ok(())
}
