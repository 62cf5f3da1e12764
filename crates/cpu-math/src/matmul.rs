//! One product of two matrices on the calling thread.

use cuprous_core::{DType, c64, c128};
use faer::linalg::matmul::matmul as multiply;
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use std::ops::{AddAssign, Mul};

/// Products with fewer multiplications than this are done by a plain loop: blocking costs more.
const TINY: usize = 512;

/// Where a matrix lies; strides of rows and columns in elements.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// The address of its first element
    pub address: usize,
    /// From one row to the next, and from one column to the next
    pub strides: (isize, isize),
}

/// `out = a @ b`, with `a` of `(m, k)` and `b` of `(k, n)`.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// float32, float64, complex64 or complex128
    pub dtype: DType,
    /// Rows of the result
    pub m: usize,
    /// Columns of the result
    pub n: usize,
    /// Elements of each sum
    pub k: usize,
    /// The left matrix
    pub a: Matrix,
    /// The right matrix
    pub b: Matrix,
    /// The result
    pub out: Matrix,
}

/// Multiplies two matrices on the calling thread. Other dtypes than the four are left alone.
///
/// # Safety
/// The matrices must be valid for their elements and aligned to one; `out` may not overlap the others, its
/// elements may not overlap each other, and nobody else may use them.
pub unsafe fn matmul(problem: &Problem) {
    // SAFETY: the caller's.
    unsafe {
        match problem.dtype {
            DType::F32 => product::<f32>(problem, 0.0, 1.0),
            DType::F64 => product::<f64>(problem, 0.0, 1.0),
            DType::C64 => product::<c64>(problem, c64::new(0.0, 0.0), c64::new(1.0, 0.0)),
            DType::C128 => product::<c128>(problem, c128::new(0.0, 0.0), c128::new(1.0, 0.0)),
            _ => {}
        }
    }
}

/// # Safety
/// As [`matmul`].
unsafe fn product<T: ComplexField + Copy + AddAssign + Mul<Output = T>>(p: &Problem, zero: T, one: T) {
    let element =
        |m: &Matrix, i: usize, j: usize| (m.address as *mut T).wrapping_offset(i as isize * m.strides.0 + j as isize * m.strides.1);
    if p.k == 0 || p.m.saturating_mul(p.n).saturating_mul(p.k) <= TINY {
        // Four sums at a time, so that none waits for its own last addition.
        for (i, j) in (0..p.m).flat_map(|i| (0..p.n).step_by(4).map(move |j| (i, j))) {
            let n = 4.min(p.n - j);
            let mut sums = [zero; 4];
            for l in 0..p.k {
                // SAFETY: indices are below the sizes for which the caller vouches.
                let x = unsafe { *element(&p.a, i, l) };
                for (q, sum) in sums[..n].iter_mut().enumerate() {
                    // SAFETY: as above.
                    *sum += x * unsafe { *element(&p.b, l, j + q) };
                }
            }
            for (q, &sum) in sums[..n].iter().enumerate() {
                // SAFETY: as above; the result is ours alone.
                unsafe { *element(&p.out, i, j + q) = sum };
            }
        }
        return;
    }
    // SAFETY: the caller vouches for every element, for alignment and that `out` is ours alone.
    let (a, b, out) = unsafe {
        (
            MatRef::<T>::from_raw_parts(p.a.address as *const T, p.m, p.k, p.a.strides.0, p.a.strides.1),
            MatRef::<T>::from_raw_parts(p.b.address as *const T, p.k, p.n, p.b.strides.0, p.b.strides.1),
            MatMut::<T>::from_raw_parts_mut(p.out.address as *mut T, p.m, p.n, p.out.strides.0, p.out.strides.1),
        )
    };
    multiply(out, Accum::Replace, a, b, one, Par::Seq);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(m: usize, n: usize, k: usize, transposed: bool) {
        let a: Vec<f64> = (0..m * k).map(|x| (x % 7) as f64 - 3.0).collect();
        let b: Vec<f64> = (0..k * n).map(|x| (x % 5) as f64 - 2.0).collect();
        let mut out = vec![f64::NAN; m * n];
        let strides = |rows: usize, columns: usize| if transposed { (1, rows as isize) } else { (columns as isize, 1) };
        let matrix = |v: &[f64], strides| Matrix { address: v.as_ptr() as usize, strides };
        let (sa, sb) = (strides(m, k), strides(k, n));
        let out_matrix = Matrix { address: out.as_mut_ptr() as usize, strides: (n as isize, 1) };
        let problem = Problem { dtype: DType::F64, m, n, k, a: matrix(&a, sa), b: matrix(&b, sb), out: out_matrix };
        // SAFETY: three vectors of our own of the sizes given.
        unsafe { matmul(&problem) };
        for i in 0..m {
            for j in 0..n {
                let at = |s: (isize, isize), i: usize, j: usize| (i as isize * s.0 + j as isize * s.1) as usize;
                let want: f64 = (0..k).map(|l| a[at(sa, i, l)] * b[at(sb, l, j)]).sum();
                assert_eq!(out[i * n + j], want, "{m} {n} {k} {i} {j}");
            }
        }
    }

    #[test]
    fn products() {
        for (m, n, k) in [(1, 1, 1), (3, 4, 5), (17, 33, 65), (64, 1, 100), (1, 64, 100), (130, 70, 0)] {
            check(m, n, k, false);
            check(m, n, k, true);
        }
    }
}
