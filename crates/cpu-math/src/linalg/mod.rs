//! Decompositions of one matrix each, on the calling thread: column by column in memory, in place as LAPACK has them.

mod eigen;
mod factor;
mod lost_vectors;
mod qr;
mod svd;

use cuprous_core::linalg::Triangle;
use cuprous_core::{Complex, DType, c64, c128};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::prelude::IntoConst;
use faer::traits::{ComplexField, RealField};
use faer::{MatMut, MatRef};
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// Memory that decompositions work in, kept from one matrix to the next.
#[derive(Default)]
pub struct Workspace {
    buffer: Option<(MemBuffer, usize)>,
}

impl Workspace {
    /// Memory as required.
    fn get(&mut self, need: StackReq) -> &mut MemStack {
        let n_bytes = need.unaligned_bytes_required();
        if self.buffer.as_ref().is_none_or(|(_, has)| *has < n_bytes) {
            self.buffer = None;
        }
        MemStack::new(&mut self.buffer.get_or_insert_with(|| (MemBuffer::new(need), n_bytes)).0)
    }
}

/// An element of matrices.
trait Field:
    ComplexField<Real: Real>
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// From a real and an imaginary part; real elements drop the latter.
    fn of(re: Self::Real, im: Self::Real) -> Self;
    fn re(self) -> Self::Real;
    fn im(self) -> Self::Real;
    /// Eigenvalues, by their parts, and right eigenvectors as faer gives them; false if it did not converge.
    fn eigen(a: MatRef<'_, Self>, w: &mut [(Self::Real, Self::Real)], v: Option<MatMut<'_, Self>>, work: &mut Workspace) -> bool;

    fn conjugate(self) -> Self {
        Self::of(self.re(), -self.im())
    }
    /// Neither NaN nor infinite.
    fn is_number(self) -> bool {
        self.re().to_f64().is_finite() && self.im().to_f64().is_finite()
    }
    fn of_real(x: f64) -> Self {
        Self::of(Self::Real::of_f64(x), Self::Real::of_f64(0.0))
    }
    fn zero() -> Self {
        Self::of_real(0.0)
    }
    fn one() -> Self {
        Self::of_real(1.0)
    }
}

/// A part of an element.
trait Real: RealField + Copy + PartialOrd + Neg<Output = Self> + Sub<Output = Self> + Div<Output = Self> {
    fn of_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    /// The smallest number whose reciprocal is finite, over the machine's precision.
    const SAFE_MIN: f64;
    /// The smallest normal number
    const MIN_POSITIVE: f64;
    /// The precision
    const EPSILON: f64;
}

macro_rules! real {
    ($t:ty) => {
        impl Real for $t {
            fn of_f64(x: f64) -> $t {
                x as $t
            }
            fn to_f64(self) -> f64 {
                self.into()
            }
            const SAFE_MIN: f64 = (<$t>::MIN_POSITIVE / <$t>::EPSILON) as f64;
            const MIN_POSITIVE: f64 = <$t>::MIN_POSITIVE as f64;
            const EPSILON: f64 = <$t>::EPSILON as f64;
        }
        impl Field for $t {
            fn of(re: $t, _im: $t) -> $t {
                re
            }
            fn re(self) -> $t {
                self
            }
            fn im(self) -> $t {
                0.0
            }
            fn eigen(a: MatRef<'_, $t>, w: &mut [($t, $t)], v: Option<MatMut<'_, $t>>, work: &mut Workspace) -> bool {
                eigen::real(a, w, v, work)
            }
        }
        impl Field for Complex<$t> {
            fn of(re: $t, im: $t) -> Self {
                Self::new(re, im)
            }
            fn re(self) -> $t {
                self.re
            }
            fn im(self) -> $t {
                self.im
            }
            fn eigen(a: MatRef<'_, Self>, w: &mut [($t, $t)], v: Option<MatMut<'_, Self>>, work: &mut Workspace) -> bool {
                eigen::complex(a, w, v, work)
            }
        }
    };
}
real!(f32);
real!(f64);

/// Calls a generic function with the element type of a dtype; other dtypes than the four do nothing.
macro_rules! with_field {
    ($dtype:expr, $T:ident => $call:expr) => {
        match $dtype {
            DType::F32 => {
                type $T = f32;
                $call
            }
            DType::F64 => {
                type $T = f64;
                $call
            }
            DType::C64 => {
                type $T = c64;
                $call
            }
            DType::C128 => {
                type $T = c128;
                $call
            }
            _ => Default::default(),
        }
    };
}

/// A square matrix of `n`, at an address.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Type of the elements: one of the four
    pub dtype: DType,
    /// Where it begins
    pub address: usize,
    /// Rows and columns
    pub n: usize,
}

/// # Safety
/// `rows * columns` elements of `T` at `address`, aligned and initialized, nobody else's for as long as `'a`.
unsafe fn matrix<'a, T>(address: usize, rows: usize, columns: usize) -> MatMut<'a, T> {
    // SAFETY: the caller's.
    unsafe { MatMut::from_raw_parts_mut(address as *mut T, rows, columns, 1, rows as isize) }
}

/// # Safety
/// As [`matrix`].
unsafe fn slice<'a, T>(address: usize, n: usize) -> &'a mut [T] {
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts_mut(address as *mut T, n) }
}

/// The power of two that is nearest below the largest part of an element.
fn magnitude<T: Field>(a: MatRef<'_, T>) -> f64 {
    let parts = |x: T| x.re().to_f64().abs().max(x.im().to_f64().abs());
    let largest = (0..a.ncols()).flat_map(|j| (0..a.nrows()).map(move |i| parts(a[(i, j)]))).fold(0.0, f64::max);
    // Both the power and its inverse are normal numbers.
    let limit = -T::Real::MIN_POSITIVE.log2() - 1.0;
    if largest == 0.0 { 1.0 } else { largest.log2().floor().clamp(-limit, limit).exp2() }
}

/// A quotient without squares, which could overflow or vanish.
fn quotient<T: Field>(a: T, b: T) -> T {
    let parts = |x: T| (x.re().to_f64(), x.im().to_f64());
    let ((a_re, a_im), (b_re, b_im)) = (parts(a), parts(b));
    let (re, im) = if b_im == 0.0 {
        (a_re / b_re, a_im / b_re)
    } else if b_re.abs() >= b_im.abs() {
        let ratio = b_im / b_re;
        let length = b_re + b_im * ratio;
        ((a_re + a_im * ratio) / length, (a_im - a_re * ratio) / length)
    } else {
        let ratio = b_re / b_im;
        let length = b_im + b_re * ratio;
        ((a_re * ratio + a_im) / length, (a_im * ratio - a_re) / length)
    };
    T::of(T::Real::of_f64(re), T::Real::of_f64(im))
}

/// The Cholesky factor in place of a triangle; false if the matrix is not positive definite.
///
/// # Safety
/// The matrix must be valid for its elements and aligned, and nobody else may use it.
pub unsafe fn cholesky(a: Square, triangle: Triangle, work: &mut Workspace) -> bool {
    // SAFETY: the caller's.
    with_field!(a.dtype, T => factor::cholesky::<T>(unsafe { matrix(a.address, a.n, a.n) }, triangle, work))
}

/// `P A = L U` in place; tells the first column, from 1, whose pivot is 0, or 0.
///
/// # Safety
/// As [`cholesky`]; `pivots` are `n` of 32 bits.
pub unsafe fn lu(a: Square, pivots: usize, work: &mut Workspace) -> i32 {
    // SAFETY: the caller's.
    with_field!(a.dtype, T => factor::lu::<T>(unsafe { matrix(a.address, a.n, a.n) }, unsafe { slice(pivots, a.n) }, work))
}

/// Solves with the factors of [`lu`], in place of the right sides.
///
/// # Safety
/// As [`lu`]; `b` is a matrix of `n` rows and `columns`.
pub unsafe fn lu_solve(a: Square, pivots: usize, is_transposed: bool, b: usize, columns: usize) {
    // SAFETY: the caller's.
    with_field!(a.dtype, T => unsafe {
        factor::lu_solve::<T>(matrix::<T>(a.address, a.n, a.n).into_const(), slice(pivots, a.n), is_transposed, matrix(b, a.n, columns))
    })
}

/// Reflectors and the triangle, in place of `(m, n)`, and `min(m, n)` factors.
///
/// # Safety
/// As [`cholesky`], of the matrix and the factors.
pub unsafe fn qr(dtype: DType, address: usize, [m, n]: [usize; 2], tau: usize) {
    // SAFETY: the caller's.
    with_field!(dtype, T => unsafe { qr::factor::<T>(matrix(address, m, n), slice(tau, m.min(n))) })
}

/// Columns of `Q`, `(m, k)`, in place of `n` reflectors.
///
/// # Safety
/// As [`cholesky`], of the matrix and the factors.
pub unsafe fn form_q(dtype: DType, address: usize, [m, k]: [usize; 2], tau: usize, n: usize) {
    // SAFETY: the caller's.
    with_field!(dtype, T => unsafe { qr::form_q::<T>(matrix(address, m, k), slice(tau, n)) })
}

/// Where singular vectors go: `U` with its number of columns, and `V`.
#[derive(Clone, Copy, Debug)]
pub struct SingularVectors {
    /// `U`, of as many rows as the matrix
    pub u: usize,
    /// Its columns: as many as the matrix has, or as it has rows
    pub u_columns: usize,
    /// `V`, as columns
    pub v: usize,
}

/// Singular values, and vectors if wanted, of `(m, n)` with `m >= n`; false if it did not converge.
///
/// # Safety
/// As [`cholesky`], of all matrices; `s` are `n` reals.
pub unsafe fn svd(
    dtype: DType,
    address: usize,
    [m, n]: [usize; 2],
    s: usize,
    vectors: Option<SingularVectors>,
    work: &mut Workspace,
) -> bool {
    // SAFETY: the caller's.
    with_field!(dtype, T => unsafe {
        let vectors = vectors.map(|x| (matrix::<T>(x.u, m, x.u_columns), matrix::<T>(x.v, n, n)));
        svd::svd::<T>(matrix::<T>(address, m, n).into_const(), slice(s, n), vectors, work)
    })
}

/// Eigenvalues, and vectors in place of the matrix if wanted, of a Hermitian matrix; false if it did not converge.
///
/// # Safety
/// As [`cholesky`]; `w` are `n` reals.
pub unsafe fn eigh(a: Square, triangle: Triangle, w: usize, has_vectors: bool, work: &mut Workspace) -> bool {
    // SAFETY: the caller's.
    with_field!(a.dtype, T => unsafe { eigen::hermitian::<T>(matrix(a.address, a.n, a.n), triangle, slice(w, a.n), has_vectors, work) })
}

/// Eigenvalues, and vectors if wanted, of a square matrix; false if it did not converge.
///
/// # Safety
/// As [`cholesky`]; `w` are `n` complex numbers, `v` is a matrix like `a`.
pub unsafe fn eig(a: Square, w: usize, v: Option<usize>, work: &mut Workspace) -> bool {
    // SAFETY: the caller's; a complex number is its two parts.
    with_field!(a.dtype, T => unsafe {
        let w = slice::<Complex<<T as ComplexField>::Real>>(w, a.n);
        eigen::general::<T>(matrix::<T>(a.address, a.n, a.n).into_const(), w, v.map(|v| matrix(v, a.n, a.n)), work)
    })
}

#[cfg(test)]
mod tests;
