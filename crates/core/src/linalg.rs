//! The contract of dense linear algebra: decompositions and solutions of many matrices of one size.

use crate::{Buffer, DType, Error, Queue, Result};

/// Matrices of one size, packed: one after the other, each column by column.
///
/// What is packed row by row is so read as the transposed matrices, and whoever calls chooses what saves a copy.
#[derive(Clone, Copy, Debug)]
pub struct Matrices<'a> {
    buffer: &'a Buffer,
    offset: usize,
    /// Type of the elements
    pub dtype: DType,
    /// Rows of each
    pub rows: usize,
    /// Columns of each
    pub columns: usize,
    /// How many
    pub count: usize,
}

impl<'a> Matrices<'a> {
    /// `[rows, columns, count]` in a buffer, from a byte on.
    ///
    /// # Errors
    /// `Runtime` if they do not lie inside.
    pub fn new(buffer: &'a Buffer, offset: usize, dtype: DType, [rows, columns, count]: [usize; 3]) -> Result<Matrices<'a>> {
        let n_bytes = [columns, count, dtype.size()].iter().try_fold(rows, |n, &m| n.checked_mul(m));
        if n_bytes.and_then(|n| n.checked_add(offset)).is_none_or(|end| end > buffer.len()) {
            return Err(Error::runtime(format!(
                "{count} matrices of ({rows}, {columns}) {dtype} at byte {offset} do not fit a buffer of {} bytes",
                buffer.len()
            )));
        }
        Ok(Matrices { buffer, offset, dtype, rows, columns, count })
    }

    /// Whose memory it is.
    pub fn buffer(&self) -> &'a Buffer {
        self.buffer
    }

    /// The address of the first matrix.
    pub fn address(&self) -> usize {
        self.buffer.address() + self.offset
    }

    /// Bytes of one matrix.
    pub fn n_bytes(&self) -> usize {
        self.rows * self.columns * self.dtype.size()
    }

    /// The address of a matrix.
    pub fn at(&self, which: usize) -> usize {
        self.address() + which * self.n_bytes()
    }

    /// Checks dtype and sizes.
    ///
    /// # Errors
    /// `Runtime`, with `what`, if they are others.
    pub fn expect(&self, what: &str, dtype: DType, [rows, columns, count]: [usize; 3]) -> Result<()> {
        if (self.dtype, self.rows, self.columns, self.count) == (dtype, rows, columns, count) {
            return Ok(());
        }
        Err(Error::runtime(format!(
            "{what}: {} matrices of ({}, {}) {} where {count} of ({rows}, {columns}) {dtype} are needed",
            self.count, self.rows, self.columns, self.dtype
        )))
    }
}

/// Half of a matrix, the diagonal included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// On and below the diagonal
    Lower,
    /// On and above the diagonal
    Upper,
}

/// What the right singular vectors are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightVectors {
    /// As columns: `V`
    Columns,
    /// As conjugated rows: `V^H`
    Adjoint,
}

/// Factors of Hermitian positive definite matrices, in place.
pub struct CholeskySpec<'a> {
    /// `(N, N)`; of the other triangle nothing is read, and afterwards it holds anything
    pub a: Matrices<'a>,
    /// `Lower`: `A = L L^H`; `Upper`: `A = U^H U`
    pub triangle: Triangle,
    /// int32 `(1, 1)`: not 0 where a matrix is not positive definite
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `P A = L U` with partial pivoting, in place; the diagonal of `L` is 1.
pub struct LuSpec<'a> {
    /// `(N, N)`
    pub a: Matrices<'a>,
    /// `(N, 1)` of [`Linalg::pivot_dtype`]: with which row each row was swapped in turn, counted from 1
    pub pivots: Matrices<'a>,
    /// int32 `(1, 1)`: `k` above 0 where `U[k - 1, k - 1]` is the first that is exactly 0; what follows then holds anything
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `A X = B` from the factors of `A`.
pub struct LuSolveSpec<'a> {
    /// What [`Linalg::lu`] left
    pub lu: Matrices<'a>,
    /// Its pivots
    pub pivots: Matrices<'a>,
    /// `A^T X = B` instead; not conjugated
    pub is_transposed: bool,
    /// `(N, K)`: `B` before, `X` after
    pub b: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `X A = B` in one step. What lies row by row is transposed to this contract, so there it is `A X = B`.
pub struct SolveSpec<'a> {
    /// `(N, N)`, only read
    pub a: Matrices<'a>,
    /// `(K, N)`, only read; where there is none, the identity
    pub b: Option<Matrices<'a>>,
    /// `(K, N)`: the solutions; NaN for a matrix with a NaN
    pub x: Matrices<'a>,
    /// int32 `(1, 1)`: above 0 where a matrix is singular; 0 for one with a NaN
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `A = Q R` by reflectors, in place, as LAPACK's geqrf leaves it.
pub struct QrSpec<'a> {
    /// `(M, N)`: afterwards `R` on and above the diagonal, below it the reflectors
    pub a: Matrices<'a>,
    /// `(min(M, N), 1)`: the factors of the reflectors
    pub tau: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// The first columns of `Q` from reflectors, in place.
pub struct FormQSpec<'a> {
    /// `(M, K)`, `K` up to `M`: before, the reflectors in the first columns, afterwards columns of `Q`
    pub q: Matrices<'a>,
    /// As many as there are reflectors, up to `K`
    pub tau: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `A = U diag(s) V^H`.
pub struct SvdSpec<'a> {
    /// `(M, N)` with `M` no smaller than `N`; afterwards it holds anything
    pub a: Matrices<'a>,
    /// `(N, 1)` of the real dtype: the singular values, the largest first
    pub s: Matrices<'a>,
    /// `U` of `(M, N)` or `(M, M)`, and `V` or `V^H` of `(N, N)`, if they are wanted
    pub vectors: Option<(Matrices<'a>, Matrices<'a>)>,
    /// int32 `(1, 1)`: not 0 where it did not converge, as for a matrix with a NaN perhaps
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `A = V diag(w) V^H` of Hermitian matrices.
pub struct EighSpec<'a> {
    /// `(N, N)`, of which one triangle is read; afterwards the eigenvectors as columns, or anything
    pub a: Matrices<'a>,
    /// Which triangle
    pub triangle: Triangle,
    /// `(N, 1)` of the real dtype: the eigenvalues, the smallest first
    pub w: Matrices<'a>,
    /// Whether eigenvectors are wanted
    pub has_vectors: bool,
    /// int32 `(1, 1)`: not 0 where it did not converge
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// `A V = V diag(w)` of any square matrices.
pub struct EigSpec<'a> {
    /// `(N, N)` without NaN and infinity; afterwards it holds anything
    pub a: Matrices<'a>,
    /// `(N, 1)` of the complex dtype: the eigenvalues; of real matrices pairs stand together, the one above the real line first
    pub w: Matrices<'a>,
    /// `(N, N)` of the dtype of `a`, if wanted: eigenvectors as columns of length 1. Of a real matrix the two columns of a
    /// pair hold the real and the imaginary part of the first one's vector.
    pub v: Option<Matrices<'a>>,
    /// int32 `(1, 1)`: not 0 where it did not converge
    pub info: Matrices<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Decompositions of float32, float64, complex64 and complex128 matrices.
///
/// Sizes and counts are above 0. All memory is the caller's own: nobody else uses it, and no two operands overlap.
/// What a matrix lacks (it is singular, say) is told by `info`, one word a matrix, never as an error.
pub trait Linalg: Send + Sync {
    /// The dtype of the pivots of so many matrices of a size.
    fn pivot_dtype(&self, n: usize, count: usize) -> DType;

    /// Cholesky factors.
    fn cholesky(&self, spec: &CholeskySpec) -> Result<()>;

    /// Factors with partial pivoting.
    fn lu(&self, spec: &LuSpec) -> Result<()>;

    /// Solutions from these factors.
    fn lu_solve(&self, spec: &LuSolveSpec) -> Result<()>;

    /// The largest `N` for which [`Linalg::solve`] is there, 0 where it is not: it pays where a step costs more than what it does.
    fn solves_up_to(&self) -> usize {
        0
    }

    /// Solutions in one step.
    ///
    /// # Errors
    /// `Unsupported` for larger matrices than [`Linalg::solves_up_to`] tells.
    fn solve(&self, spec: &SolveSpec) -> Result<()> {
        Err(Error::unsupported(format!("equations of matrices of {} rows in one step", spec.a.rows)))
    }

    /// Reflectors and the triangle.
    fn qr(&self, spec: &QrSpec) -> Result<()>;

    /// Orthonormal columns from reflectors.
    fn form_q(&self, spec: &FormQSpec) -> Result<()>;

    /// Singular values and vectors; tells how it wrote the right ones.
    fn svd(&self, spec: &SvdSpec) -> Result<RightVectors>;

    /// Eigenvalues and vectors of Hermitian matrices.
    fn eigh(&self, spec: &EighSpec) -> Result<()>;

    /// Up to how many rows the vectors of [`Linalg::eigh`] have to be looked at, for its library finds some that are not
    /// orthogonal; 0 if never.
    fn doubts_eigh_up_to(&self) -> usize {
        0
    }

    /// Whether complex matrices whose rows and columns are all of one length have to be turned before [`Linalg::eig`], for its
    /// library does not come to an end with some.
    fn turns_before_eig(&self) -> bool {
        false
    }

    /// Eigenvalues and vectors of any square matrices.
    ///
    /// # Errors
    /// `Unsupported` where the device's library cannot.
    fn eig(&self, spec: &EigSpec) -> Result<()>;
}

impl CholeskySpec<'_> {
    /// Checks what backends rely on; `n` and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize)> {
        let (n, count) = square(&self.a, "cholesky")?;
        self.info.expect("cholesky's info", DType::I32, [1, 1, count])?;
        Ok((n, count))
    }
}

impl LuSpec<'_> {
    /// Checks what backends rely on, given the dtype of the pivots; `n` and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self, pivot: DType) -> Result<(usize, usize)> {
        let (n, count) = square(&self.a, "lu")?;
        self.pivots.expect("lu's pivots", pivot, [n, 1, count])?;
        self.info.expect("lu's info", DType::I32, [1, 1, count])?;
        Ok((n, count))
    }
}

impl LuSolveSpec<'_> {
    /// Checks what backends rely on, given the dtype of the pivots; `n`, columns of `b`, and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self, pivot: DType) -> Result<(usize, usize, usize)> {
        let (n, count) = square(&self.lu, "lu_solve")?;
        self.pivots.expect("lu_solve's pivots", pivot, [n, 1, count])?;
        self.b.expect("lu_solve's b", self.lu.dtype, [n, self.b.columns, count])?;
        Ok((n, self.b.columns, count))
    }
}

impl SolveSpec<'_> {
    /// Checks what backends rely on; `n`, rows of `x`, and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize, usize)> {
        let (n, count) = square(&self.a, "solve")?;
        let k = if self.b.is_some() { self.x.rows } else { n };
        if let Some(b) = &self.b {
            b.expect("solve's b", self.a.dtype, [k, n, count])?;
        }
        self.x.expect("solve's x", self.a.dtype, [k, n, count])?;
        self.info.expect("solve's info", DType::I32, [1, 1, count])?;
        Ok((n, k, count))
    }
}

impl QrSpec<'_> {
    /// Checks what backends rely on; rows, columns and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize, usize)> {
        let (m, n, count) = any(&self.a, "qr")?;
        self.tau.expect("qr's tau", self.a.dtype, [m.min(n), 1, count])?;
        Ok((m, n, count))
    }
}

impl FormQSpec<'_> {
    /// Checks what backends rely on; rows, columns, reflectors and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize, usize, usize)> {
        let (m, k, count) = any(&self.q, "form_q")?;
        let n = self.tau.rows;
        self.tau.expect("form_q's tau", self.q.dtype, [n, 1, count])?;
        if k > m || n > k {
            return Err(Error::runtime(format!("form_q of {n} reflectors into ({m}, {k})")));
        }
        Ok((m, k, n, count))
    }
}

impl SvdSpec<'_> {
    /// Checks what backends rely on; rows, columns and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize, usize)> {
        let (m, n, count) = any(&self.a, "svd")?;
        if m < n {
            return Err(Error::runtime(format!("svd of ({m}, {n}), which is wide")));
        }
        self.s.expect("svd's s", self.a.dtype.real(), [n, 1, count])?;
        if let Some((u, right)) = &self.vectors {
            let columns = if u.columns == n { n } else { m };
            u.expect("svd's u", self.a.dtype, [m, columns, count])?;
            right.expect("svd's right vectors", self.a.dtype, [n, n, count])?;
        }
        self.info.expect("svd's info", DType::I32, [1, 1, count])?;
        Ok((m, n, count))
    }
}

impl EighSpec<'_> {
    /// Checks what backends rely on; `n` and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize)> {
        let (n, count) = square(&self.a, "eigh")?;
        self.w.expect("eigh's w", self.a.dtype.real(), [n, 1, count])?;
        self.info.expect("eigh's info", DType::I32, [1, 1, count])?;
        Ok((n, count))
    }
}

impl EigSpec<'_> {
    /// Checks what backends rely on; `n` and `count`.
    ///
    /// # Errors
    /// `Runtime` if operands do not fit each other.
    pub fn check(&self) -> Result<(usize, usize)> {
        let (n, count) = square(&self.a, "eig")?;
        let complex = if self.a.dtype.real() == DType::F32 { DType::C64 } else { DType::C128 };
        self.w.expect("eig's w", complex, [n, 1, count])?;
        if let Some(v) = &self.v {
            v.expect("eig's v", self.a.dtype, [n, n, count])?;
        }
        self.info.expect("eig's info", DType::I32, [1, 1, count])?;
        Ok((n, count))
    }
}

/// Rows, columns and count of matrices of a dtype that linear algebra takes.
fn any(a: &Matrices, what: &str) -> Result<(usize, usize, usize)> {
    let is_known = matches!(a.dtype, DType::F32 | DType::F64 | DType::C64 | DType::C128);
    if !is_known || a.rows == 0 || a.columns == 0 || a.count == 0 {
        return Err(Error::runtime(format!("{what} of {} matrices of ({}, {}) {}", a.count, a.rows, a.columns, a.dtype)));
    }
    Ok((a.rows, a.columns, a.count))
}

fn square(a: &Matrices, what: &str) -> Result<(usize, usize)> {
    let (m, n, count) = any(a, what)?;
    if m != n {
        return Err(Error::runtime(format!("{what} of ({m}, {n}), which is not square")));
    }
    Ok((n, count))
}
