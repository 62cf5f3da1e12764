//! Stacks of matrices on their way to a backend: packed copies, memory for results, and one function for each
//! decomposition.
//!
//! An array `(..., M, N)` in C order is, column by column, the transposed matrices: [`Linalg`] sees `(N, M)`.

use super::matmul::swapped;
use crate::array::{Array, Storage};
use crate::creation::{self, CreateOptions};
use crate::engine::elementwise::{MemoryOrder, astype, common_queue};
use crate::engine::{Input, ReduceOptions, place};
use crate::logic::{equal, greater, isfinite, isnan, logical_and, not_equal, select};
use crate::math::{absolute, frexp, ldexp, maximum, minimum, multiply, negative};
use cuprous_core::backend::{Backend, backend};
use cuprous_core::layout::Slice;
use cuprous_core::linalg::{
    CholeskySpec, EigSpec, EighSpec, FormQSpec, Linalg, LuSolveSpec, LuSpec, Matrices, QrSpec, RightVectors, SolveSpec, SvdSpec, Triangle,
};
use cuprous_core::promote::Casting;
use cuprous_core::shape::tuple;
use cuprous_core::{DType, Error, Queue, Result, Scalar};
use std::sync::Arc;

/// Where a decomposition is computed.
pub struct Work {
    queue: Arc<Queue>,
    backend: &'static dyn Backend,
}

/// Factors of [`Work::lu`].
pub struct Lu {
    /// `L` below the diagonal, `U` on and above it, as columns
    pub factors: Array,
    /// With which row each was swapped, counted from 1
    pub pivots: Array,
    /// One word a matrix: above 0 where it is singular
    pub info: Array,
}

/// Which elements keep singular values from being found, and what is said then. NaN and infinities that do not give NaN.
#[derive(Clone, Copy)]
pub struct SvdFailure {
    /// The words of the error
    pub message: &'static str,
    /// The fewest columns with which a NaN is an error
    pub nan_from: usize,
    /// Whether infinities are
    pub of_infinity: bool,
}

/// What [`Work::svd`] gives.
pub struct Svd {
    /// The singular values
    pub s: Array,
    /// `U` as columns, and the right vectors in the form told
    pub vectors: Option<(Array, Array, RightVectors)>,
    /// What became of the matrices, none if there is nothing to decompose
    pub verdict: Option<Verdict>,
}

/// What became of matrices, which nobody has read yet.
pub struct Verdict {
    flaws: Array,
    /// 0, 1 if there is a flaw, 3 if there is a failure
    worst: Array,
    message: &'static str,
}

impl Verdict {
    /// The flaws of matrices, where there may be some: what belongs to those is NaN, see [`or_nan`]. One number is read, unless
    /// the program chose not to look; what is queued before does not wait for the host.
    ///
    /// # Errors
    /// `LinAlg` where one does not converge, or has elements that are a failure.
    pub fn flaws(self) -> Result<Option<Array>> {
        let worst = if super::errors() == super::LinalgErrors::Ignore { 1 } else { self.worst.item()?.to::<i64>() };
        match worst {
            0 => Ok(None),
            1 => Ok(Some(self.flaws)),
            _ => Err(Error::linalg(self.message)),
        }
    }
}

/// A dtype in which matrices are decomposed: the common one of arrays, float64 for integers.
///
/// # Errors
/// `Type` in NumPy's words for float16.
pub fn float_dtype(arrays: &[&Array]) -> Result<DType> {
    let (mut is_complex, mut is_double) = (false, false);
    for dtype in arrays.iter().map(|a| a.dtype()) {
        if dtype == DType::F16 {
            return Err(Error::type_error("array type float16 is unsupported in linalg"));
        }
        is_complex |= dtype.real() != dtype;
        is_double |= dtype.real() != DType::F32;
    }
    Ok(match (is_complex, is_double) {
        (false, false) => DType::F32,
        (false, true) => DType::F64,
        (true, false) => DType::C64,
        (true, true) => DType::C128,
    })
}

/// The complex dtype with parts of a dtype's precision.
pub fn complex_of(dtype: DType) -> DType {
    if dtype.real() == DType::F32 { DType::C64 } else { DType::C128 }
}

/// The dtype of twice the precision, if there is one.
pub fn double_of(dtype: DType) -> DType {
    if dtype.real() == dtype { DType::F64 } else { DType::C128 }
}

/// Rows and columns.
///
/// # Errors
/// `LinAlg` in NumPy's words for fewer than two axes.
pub fn sides(a: &Array) -> Result<(usize, usize)> {
    match a.shape() {
        [.., m, n] => Ok((*m, *n)),
        _ => Err(Error::linalg(format!("{}-dimensional array given. Array must be at least two-dimensional", a.n_axes()))),
    }
}

/// Rows of square matrices.
///
/// # Errors
/// `LinAlg` in NumPy's words for others.
pub fn side(a: &Array) -> Result<usize> {
    let (m, n) = sides(a)?;
    if m == n { Ok(n) } else { Err(Error::linalg("Last 2 dimensions of the array must be square")) }
}

/// The axes before the last two.
pub fn batch(a: &Array) -> &[usize] {
    &a.shape()[..a.n_axes().saturating_sub(2)]
}

/// A shape with further axes.
pub fn with(batch: &[usize], more: &[usize]) -> Vec<usize> {
    batch.iter().chain(more).copied().collect()
}

/// An array under another shape of the same size.
pub fn shaped(a: &Array, shape: &[usize]) -> Result<Array> {
    let shape: Vec<isize> = shape.iter().map(|&n| n as isize).collect();
    a.reshape(&shape)
}

/// An array in C order, itself if it lies so.
pub fn in_c_order(a: Array) -> Result<Array> {
    if a.is_c_contiguous() { Ok(a) } else { astype(&a, a.dtype(), Casting::Unsafe, MemoryOrder::C) }
}

/// Conjugated matrices; real ones as they are.
pub fn conjugated(a: Array) -> Result<Array> {
    if a.dtype().real() == a.dtype() { Ok(a) } else { crate::math::conjugate(&a) }
}

/// A new last axis of length 1.
pub fn column(a: &Array) -> Result<Array> {
    a.slice(&[Slice::Ellipsis, Slice::New])
}

/// A number on the device of an array.
pub fn number(value: Scalar, like: &Array) -> Result<Array> {
    creation::full_on(&[], value, Some(like.device()))
}

/// What a decomposition has to know of each matrix before.
pub struct Seen {
    /// 0 if its elements are finite, 2 if there is a NaN, else 1
    pub flaws: Array,
    /// The power of two by which it was divided, of the real dtype
    pub power: Array,
    /// Its inverse
    inverse: Array,
}

impl Seen {
    fn of(a: &Array) -> Result<Seen> {
        let real = a.dtype().real();
        let size = if a.dtype() == real { absolute(a)? } else { maximum(&absolute(&a.real()?)?, &absolute(&a.imag()?)?)? };
        let largest = size.max(&ReduceOptions { axes: Some(&[-2, -1]), ..ReduceOptions::default() })?;
        let flaws = select(&isfinite(&largest)?, 0, &select(&isnan(&largest)?, 2, 1)?)?;
        // Below the first limit squares keep their digits, and nothing is done; beyond the second a power or its inverse would
        // be no normal number, and what is left then is harmless.
        let (harmless, limit) = if real == DType::F32 { (16, 126) } else { (128, 1022) };
        let exponent = maximum(&minimum(&frexp(&largest)?.1, limit)?, -limit)?;
        let is_far = logical_and(&equal(&flaws, 0)?, &greater(&absolute(&exponent)?, harmless)?)?;
        let exponent = select(&is_far, &exponent, 0)?;
        let power_of_two = |exponent: &Array| ldexp(&number(Scalar::from(1.0).cast(real), a)?, exponent);
        Ok(Seen { flaws, power: power_of_two(&exponent)?, inverse: power_of_two(&negative(&exponent)?)? })
    }

    /// Values in the place of those of the divided matrices, or NaN where there was a flaw.
    pub fn values(&self, found: &Array) -> Result<Array> {
        or_nan(&self.flaws, 1, &multiply(found, &column(&self.power)?)?)
    }
}

/// What belongs to each matrix, `n_axes` of it, or NaN where the matrix has a flaw.
pub fn or_nan(flaws: &Array, n_axes: usize, found: &Array) -> Result<Array> {
    let mut is_sound = equal(flaws, 0)?;
    for _ in 0..n_axes {
        is_sound = column(&is_sound)?;
    }
    select(&is_sound, found, Input::Scalar(Scalar::from(f64::NAN).cast(found.dtype())))
}

/// Raises if any element is true, or not 0. One element is read, unless the program chose not to look.
///
/// # Errors
/// `LinAlg` with the message.
pub fn raise_if(found: &Array, message: &str) -> Result<()> {
    if super::errors() == super::LinalgErrors::Ignore { Ok(()) } else { raise_if_any(found, message) }
}

/// The same, whatever the program chose: for arguments that the backends cannot work on.
///
/// # Errors
/// `LinAlg` with the message.
pub fn raise_if_any(found: &Array, message: &str) -> Result<()> {
    if found.size() == 0 {
        return Ok(());
    }
    let one = if found.size() == 1 { found.clone() } else { found.any(&ReduceOptions::default())? };
    if one.item()?.to::<f64>() != 0.0 { Err(Error::linalg(message)) } else { Ok(()) }
}

impl Work {
    /// On the device of arrays.
    ///
    /// # Errors
    /// `Device` if they are on several.
    pub fn on(arrays: &[&Array]) -> Result<Work> {
        let queue = common_queue(arrays)?;
        let backend = backend(queue.device.kind)?;
        Ok(Work { queue, backend })
    }

    /// The device's family.
    pub fn linalg(&self) -> &'static dyn Linalg {
        self.backend.linalg()
    }

    /// A copy in C order.
    pub fn packed(&self, a: &Array, dtype: DType) -> Result<Array> {
        astype(a, dtype, Casting::Unsafe, MemoryOrder::C)
    }

    /// In C order, for reading: a copy only where it lies otherwise.
    pub fn read(&self, a: &Array, dtype: DType) -> Result<Array> {
        if a.dtype() == dtype && a.is_c_contiguous() { Ok(a.clone()) } else { self.packed(a, dtype) }
    }

    /// A copy of the matrices as columns.
    pub fn columns(&self, a: &Array, dtype: DType) -> Result<Array> {
        self.packed(&swapped(a)?, dtype)
    }

    /// Memory for results, of any content.
    pub fn empty(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        creation::empty(shape, dtype, CreateOptions { device: Some(self.queue.device), ..Default::default() })
    }

    /// Zeros.
    pub fn zeros(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        creation::full_on(shape, Scalar::zero(dtype), Some(self.queue.device))
    }

    /// Identity matrices, packed.
    pub fn identity(&self, batch: &[usize], n: usize, dtype: DType) -> Result<Array> {
        let one = creation::matrices::eye(n as i64, None, 0, Some(dtype), None, Some(self.queue.device))?;
        self.packed(&one.broadcast_to(&with(batch, &[n, n]))?, dtype)
    }

    /// The memory of an array of our own, computed and ready to be written.
    fn memory(&self, a: &Array) -> Result<Arc<Storage>> {
        let storage = a.force()?;
        storage.before_writing(self.backend, &self.queue)?;
        Ok(storage)
    }

    fn done(&self, what: &str, a: &Array) -> Result<()> {
        place::after(&self.queue, || format!("{what} of shape {}", tuple(a.shape())))
    }

    /// One word for each matrix, or for none where there is nothing to do.
    fn info(&self, a: &Array) -> Result<Array> {
        if a.size() == 0 { self.zeros(batch(a), DType::I32) } else { self.empty(batch(a), DType::I32) }
    }

    /// Factors matrices in place, and tells which are not positive definite.
    pub fn cholesky(&self, a: &Array, triangle: Triangle) -> Result<Array> {
        let info = self.info(a)?;
        if a.size() > 0 {
            let (m, i) = (self.memory(a)?, self.memory(&info)?);
            let spec = CholeskySpec { a: matrices(a, &m)?, triangle, info: words(&info, &i)?, queue: &self.queue };
            self.backend.linalg().cholesky(&spec)?;
            self.done("cholesky", a)?;
        }
        Ok(info)
    }

    /// Factors matrices in place.
    pub fn lu(&self, factors: Array) -> Result<Lu> {
        let a = &factors;
        let info = self.info(a)?;
        // Libraries differ in what they make of NaN: some call such a matrix singular. As in NumPy all becomes NaN.
        let ends = ReduceOptions { axes: Some(&[-2, -1]), ..ReduceOptions::default() };
        let has_nan = isnan(a)?.any(&ends)?;
        let (n, linalg) = (a.shape()[a.n_axes() - 1], self.backend.linalg());
        let count = batch(a).iter().product();
        let pivots = self.empty(&with(batch(a), &[n]), linalg.pivot_dtype(n, count))?;
        if a.size() > 0 {
            let (m, p, i) = (self.memory(a)?, self.memory(&pivots)?, self.memory(&info)?);
            let spec = LuSpec { a: matrices(a, &m)?, pivots: vectors(&pivots, &p)?, info: words(&info, &i)?, queue: &self.queue };
            linalg.lu(&spec)?;
            self.done("lu", a)?;
            info.assign_own(select(&has_nan, 0, &info)?)?;
            let shape: Vec<isize> = batch(a).iter().map(|&k| k as isize).chain([1, 1]).collect();
            let nan = Input::Scalar(Scalar::from(f64::NAN).cast(a.dtype()));
            a.assign_own(select(&has_nan.reshape(&shape)?, nan, a)?)?;
        }
        Ok(Lu { factors, pivots, info })
    }

    /// Solves in place of right sides as columns, `(..., K, N)`.
    pub fn lu_solve(&self, lu: &Lu, is_transposed: bool, b: &Array) -> Result<()> {
        if b.size() > 0 {
            let (f, p, m) = (self.memory(&lu.factors)?, self.memory(&lu.pivots)?, self.memory(b)?);
            self.backend.linalg().lu_solve(&LuSolveSpec {
                lu: matrices(&lu.factors, &f)?,
                pivots: vectors(&lu.pivots, &p)?,
                is_transposed,
                b: matrices(b, &m)?,
                queue: &self.queue,
            })?;
            self.done("solve", b)?;
        }
        Ok(())
    }

    /// Whether matrices of `n` rows are solved for in one step.
    pub fn solves_at_once(&self, n: usize) -> bool {
        n <= self.backend.linalg().solves_up_to()
    }

    /// Solutions of `a @ x = b`, or inverses where there is no `b`, and words above 0 for singular matrices. Both of a dtype and
    /// in C order, and only read. What [`Work::solves_at_once`] denies is not asked for.
    pub fn solve(&self, a: &Array, b: Option<&Array>) -> Result<(Array, Array)> {
        let (x, info) = (self.empty(b.unwrap_or(a).shape(), a.dtype())?, self.info(a)?);
        if x.size() > 0 {
            let read = |a: &Array| -> Result<Arc<Storage>> {
                let storage = a.force()?;
                storage.before_reading(self.backend, &self.queue)?;
                Ok(storage)
            };
            let (am, bm) = (read(a)?, b.map(read).transpose()?);
            let (xm, im) = (self.memory(&x)?, self.memory(&info)?);
            self.backend.linalg().solve(&SolveSpec {
                a: matrices(a, &am)?,
                b: match (b, &bm) {
                    (Some(b), Some(bm)) => Some(matrices(b, bm)?),
                    _ => None,
                },
                x: matrices(&x, &xm)?,
                info: words(&info, &im)?,
                queue: &self.queue,
            })?;
            self.done("solve", &x)?;
        }
        Ok((x, info))
    }

    /// Reflectors in place, and their factors.
    pub fn qr(&self, a: &Array) -> Result<Array> {
        let (columns, rows) = sides(a)?;
        let tau = self.empty(&with(batch(a), &[rows.min(columns)]), a.dtype())?;
        if a.size() > 0 {
            let (m, t) = (self.memory(a)?, self.memory(&tau)?);
            self.backend.linalg().qr(&QrSpec { a: matrices(a, &m)?, tau: vectors(&tau, &t)?, queue: &self.queue })?;
            self.done("qr", a)?;
        }
        Ok(tau)
    }

    /// Columns of `Q` in place of reflectors.
    pub fn form_q(&self, q: &Array, tau: &Array) -> Result<()> {
        if q.size() > 0 {
            let (m, t) = (self.memory(q)?, self.memory(tau)?);
            self.backend.linalg().form_q(&FormQSpec { q: matrices(q, &m)?, tau: vectors(tau, &t)?, queue: &self.queue })?;
            self.done("qr", q)?;
        }
        Ok(())
    }

    /// Prepares matrices, of which a part is read. Those with flaws are filled with zeros: a library may take forever with
    /// infinities, or call a NaN found. Those whose largest element is far from 1 are divided by a power of two, so that it is
    /// near: squares of it would overflow or vanish, and not all libraries take care.
    pub fn prepare(&self, a: Array, part: &Array) -> Result<(Array, Seen)> {
        if a.size() == 0 {
            let none = self.zeros(batch(&a), a.dtype().real())?;
            let seen = Seen { flaws: self.zeros(batch(&a), DType::I64)?, power: none.clone(), inverse: none };
            return Ok((a, seen));
        }
        let seen = Seen::of(part)?;
        let is_sound = column(&column(&equal(&seen.flaws, 0)?)?)?;
        // Let go of before the write, so that all of it is one program.
        let divided = multiply(&a, &column(&column(&seen.inverse)?)?)?;
        let value = select(&is_sound, &divided, Input::Scalar(Scalar::zero(a.dtype())))?;
        drop(divided);
        let dtype = a.dtype();
        Ok((self.read(&a.replaced(value)?, dtype)?, seen))
    }

    /// Decomposes tall matrices as columns, with so many left vectors if any are wanted.
    pub fn svd(&self, a: Array, n_left: Option<usize>, failure: SvdFailure) -> Result<Svd> {
        let (n, m) = sides(&a)?;
        let s = self.empty(&with(batch(&a), &[n]), a.dtype().real())?;
        if a.size() == 0 {
            // `U` is the identity where there is no column, and the rest is empty.
            let vectors = match n_left {
                None => None,
                Some(k) => {
                    let u = if n == 0 && k == m {
                        self.identity(batch(&a), m, a.dtype())?
                    } else {
                        self.zeros(&with(batch(&a), &[k, m]), a.dtype())?
                    };
                    Some((u, self.identity(batch(&a), n, a.dtype())?, RightVectors::Columns))
                }
            };
            return Ok(Svd { s, vectors, verdict: None });
        }
        let part = a.clone();
        let (a, seen) = self.prepare(a, &part)?;
        drop(part);
        let (a, flaws) = (&a, seen.flaws);
        let info = self.info(a)?;
        let (am, sm, im) = (self.memory(a)?, self.memory(&s)?, self.memory(&info)?);
        let spec = |vectors| -> Result<SvdSpec> {
            Ok(SvdSpec { a: matrices(a, &am)?, s: self::vectors(&s, &sm)?, vectors, info: words(&info, &im)?, queue: &self.queue })
        };
        let vectors = match n_left {
            None => {
                self.backend.linalg().svd(&spec(None)?)?;
                None
            }
            Some(k) => {
                let (u, right) = (self.empty(&with(batch(a), &[k, m]), a.dtype())?, self.empty(&with(batch(a), &[n, n]), a.dtype())?);
                let (um, rm) = (self.memory(&u)?, self.memory(&right)?);
                let form = self.backend.linalg().svd(&spec(Some((matrices(&u, &um)?, matrices(&right, &rm)?)))?)?;
                Some((u, right, form))
            }
        };
        self.done("svd", a)?;
        let nan = if n >= failure.nan_from { 3 } else { 1 };
        let infinity = if failure.of_infinity { 3 } else { 1 };
        let state = select(&equal(&flaws, 2)?, nan, &select(&equal(&flaws, 1)?, infinity, &select(&not_equal(&info, 0)?, 3, 0)?)?)?;
        let worst = state.max(&ReduceOptions::default())?;
        let s = multiply(&s, &column(&seen.power)?)?;
        Ok(Svd { s, vectors, verdict: Some(Verdict { flaws, worst, message: failure.message }) })
    }

    /// Eigenvalues of Hermitian matrices, with vectors as columns in place if wanted, and words for those that did not
    /// converge.
    pub fn eigh(&self, a: &Array, triangle: Triangle, has_vectors: bool) -> Result<(Array, Array)> {
        let n = a.shape()[a.n_axes() - 1];
        let w = self.empty(&with(batch(a), &[n]), a.dtype().real())?;
        let info = self.info(a)?;
        if a.size() > 0 {
            let (m, wm, i) = (self.memory(a)?, self.memory(&w)?, self.memory(&info)?);
            self.backend.linalg().eigh(&EighSpec {
                a: matrices(a, &m)?,
                triangle,
                w: vectors(&w, &wm)?,
                has_vectors,
                info: words(&info, &i)?,
                queue: &self.queue,
            })?;
            self.done("eigh", a)?;
        }
        Ok((w, info))
    }

    /// Eigenvalues of matrices as columns, with vectors as columns if wanted: of real matrices as parts.
    ///
    /// # Errors
    /// `LinAlg` in NumPy's words where one does not converge; `Unsupported` where the device cannot.
    pub fn eig(&self, a: &Array, has_vectors: bool) -> Result<(Array, Option<Array>)> {
        let n = a.shape()[a.n_axes() - 1];
        let w = self.empty(&with(batch(a), &[n]), complex_of(a.dtype()))?;
        let v = if has_vectors { Some(self.empty(a.shape(), a.dtype())?) } else { None };
        if a.size() > 0 {
            let info = self.info(a)?;
            let (m, wm, i) = (self.memory(a)?, self.memory(&w)?, self.memory(&info)?);
            let vm = v.as_ref().map(|v| self.memory(v)).transpose()?;
            self.backend.linalg().eig(&EigSpec {
                a: matrices(a, &m)?,
                w: vectors(&w, &wm)?,
                v: match (&v, &vm) {
                    (Some(v), Some(vm)) => Some(matrices(v, vm)?),
                    _ => None,
                },
                info: words(&info, &i)?,
                queue: &self.queue,
            })?;
            self.done("eig", a)?;
            raise_if(&info, "Eigenvalues did not converge")?;
        }
        Ok((w, v))
    }
}

/// The last two axes as columns and rows.
fn matrices<'a>(a: &Array, memory: &'a Storage) -> Result<Matrices<'a>> {
    let (columns, rows) = sides(a)?;
    Matrices::new(&memory.buffer, a.layout().offset, a.dtype(), [rows, columns, batch(a).iter().product()])
}

/// The last axis as one column.
fn vectors<'a>(a: &Array, memory: &'a Storage) -> Result<Matrices<'a>> {
    let n = a.shape().last().copied().unwrap_or(1);
    let count = a.shape()[..a.n_axes().saturating_sub(1)].iter().product();
    Matrices::new(&memory.buffer, a.layout().offset, a.dtype(), [n, 1, count])
}

/// Each element alone.
fn words<'a>(a: &Array, memory: &'a Storage) -> Result<Matrices<'a>> {
    Matrices::new(&memory.buffer, a.layout().offset, a.dtype(), [1, 1, a.size()])
}
