//! Linear algebra: matrices are shared by the threads, each decomposed by one.

use crate::CpuBackend;
use cuprous_core::linalg::{
    CholeskySpec, EigSpec, EighSpec, FormQSpec, Linalg, LuSolveSpec, LuSpec, Matrices, QrSpec, RightVectors, SvdSpec,
};
use cuprous_core::{DType, Result};
use cuprous_cpu_math::linalg::{self as math, SingularVectors, Square, Workspace};

impl CpuBackend {
    /// Decomposes each matrix, with `n_steps` element-steps; the work gives the word for `info`.
    fn each(&self, info: &Matrices, n_steps: usize, work: impl Fn(&mut Workspace, usize) -> i32 + Sync) {
        self.threads.for_each(info.count, n_steps.saturating_mul(info.count), Workspace::default, |space, which| {
            let word = work(space, which);
            // SAFETY: `info` has one aligned word of 32 bits for each matrix, and this thread alone has this one.
            unsafe { (info.at(which) as *mut i32).write(word) };
        });
    }
}

fn cube(n: usize) -> usize {
    n.saturating_mul(n).saturating_mul(n)
}

fn square(a: &Matrices, which: usize) -> Square {
    Square { dtype: a.dtype, address: a.at(which), n: a.rows }
}

impl Linalg for CpuBackend {
    fn pivot_dtype(&self, _n: usize, _count: usize) -> DType {
        DType::I32
    }

    fn cholesky(&self, spec: &CholeskySpec) -> Result<()> {
        let (n, _) = spec.check()?;
        self.each(&spec.info, cube(n), |space, which| {
            // SAFETY: the matrices are the caller's own, as the contract says, and packed, and this thread alone has this one.
            i32::from(!unsafe { math::cholesky(square(&spec.a, which), spec.triangle, space) })
        });
        Ok(())
    }

    fn lu(&self, spec: &LuSpec) -> Result<()> {
        let (n, _) = spec.check(DType::I32)?;
        self.each(&spec.info, cube(n), |space, which| {
            // SAFETY: as above.
            unsafe { math::lu(square(&spec.a, which), spec.pivots.at(which), space) }
        });
        Ok(())
    }

    fn lu_solve(&self, spec: &LuSolveSpec) -> Result<()> {
        let (n, columns, count) = spec.check(DType::I32)?;
        let n_steps = n.saturating_mul(n).saturating_mul(columns).saturating_mul(count);
        // The columns of one matrix's right sides are independent.
        let parts = if count == 1 { self.threads.n_pieces(n_steps).min(columns.div_ceil(16)) } else { 1 };
        let width = columns.div_ceil(parts);
        self.threads.for_each(
            count * parts,
            n_steps,
            || (),
            |(), item| {
                let (which, first) = (item / parts, item % parts * width);
                let width = width.min(columns.saturating_sub(first));
                if width > 0 {
                    let b = spec.b.at(which) + first * n * spec.b.dtype.size();
                    // SAFETY: as above; the factors are only read, and these columns are this thread's alone.
                    unsafe { math::lu_solve(square(&spec.lu, which), spec.pivots.at(which), spec.is_transposed, b, width) };
                }
            },
        );
        Ok(())
    }

    fn qr(&self, spec: &QrSpec) -> Result<()> {
        let (m, n, count) = spec.check()?;
        let n_steps = m.saturating_mul(n).saturating_mul(m.min(n)).saturating_mul(count);
        self.threads.for_each(
            count,
            n_steps,
            || (),
            |(), which| {
                // SAFETY: as above.
                unsafe { math::qr(spec.a.dtype, spec.a.at(which), [m, n], spec.tau.at(which)) };
            },
        );
        Ok(())
    }

    fn form_q(&self, spec: &FormQSpec) -> Result<()> {
        let (m, k, n, count) = spec.check()?;
        let n_steps = m.saturating_mul(k).saturating_mul(n).saturating_mul(count);
        self.threads.for_each(
            count,
            n_steps,
            || (),
            |(), which| {
                // SAFETY: as above.
                unsafe { math::form_q(spec.q.dtype, spec.q.at(which), [m, k], spec.tau.at(which), n) };
            },
        );
        Ok(())
    }

    fn svd(&self, spec: &SvdSpec) -> Result<RightVectors> {
        let (m, n, _) = spec.check()?;
        self.each(&spec.info, m.saturating_mul(n).saturating_mul(4 * n), |space, which| {
            let vectors = spec.vectors.map(|(u, v)| SingularVectors { u: u.at(which), u_columns: u.columns, v: v.at(which) });
            // SAFETY: as above.
            i32::from(!unsafe { math::svd(spec.a.dtype, spec.a.at(which), [m, n], spec.s.at(which), vectors, space) })
        });
        Ok(RightVectors::Columns)
    }

    fn eigh(&self, spec: &EighSpec) -> Result<()> {
        let (n, _) = spec.check()?;
        self.each(&spec.info, cube(n).saturating_mul(4), |space, which| {
            // SAFETY: as above.
            i32::from(!unsafe { math::eigh(square(&spec.a, which), spec.triangle, spec.w.at(which), spec.has_vectors, space) })
        });
        Ok(())
    }

    fn eig(&self, spec: &EigSpec) -> Result<()> {
        let (n, _) = spec.check()?;
        self.each(&spec.info, cube(n).saturating_mul(10), |space, which| {
            // SAFETY: as above.
            i32::from(!unsafe { math::eig(square(&spec.a, which), spec.w.at(which), spec.v.map(|v| v.at(which)), space) })
        });
        Ok(())
    }
}
