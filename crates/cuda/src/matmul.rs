//! Products of matrices by cuBLAS; those of integers by a kernel of our own.
//!
//! cuBLAS counts in columns first, so it is asked for `out^T = b^T a^T`: what is row by row in memory is its
//! transpose there, and nothing moves.

mod integers;

use crate::driver::{Context, Entered};
use crate::memory;
use cuprous_core::{Buffer, DType, Error, ErrorKind, MatmulSpec, Operand, Queue, Result};
use cuprous_cuda_sys::cublas::{ALLOC_FAILED, constants as c};
use cuprous_cuda_sys::{Cublas, Handle};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::ffi::CStr;

pub use integers::{source_of, sources_of_matmul};

/// One cuBLAS handle for each queue: handles share no workspace, so queues do not disturb each other.
#[derive(Default)]
pub(crate) struct Blas {
    handles: Mutex<HashMap<Handle, Handle>>,
}

impl Blas {
    /// Calls cuBLAS with the handle of a queue, which is locked meanwhile: a handle serves one thread at a time.
    /// The context must be current. Where cuBLAS lacks memory the pool gives back what it keeps, and the call is repeated.
    pub fn call(&self, ctx: &Context, queue: &Queue, name: &str, run: impl Fn(&'static Cublas, Handle) -> Result<i32>) -> Result<()> {
        let api = Cublas::get().map_err(Error::device)?;
        let mut handles = self.handles.lock();
        let stream = queue.handle as Handle;
        let key = crate::memory::key_of(queue) as Handle;
        let handle = match handles.get(&key) {
            Some(&handle) => handle,
            None => {
                let handle = new_handle(api, ctx, stream)?;
                handles.insert(key, handle);
                handle
            }
        };
        match run(api, handle)? {
            // cuBLAS takes memory of its own at times: what the pool keeps unused may be what it lacks.
            ALLOC_FAILED => {
                ctx.pool.trim()?;
                status(api, run(api, handle)?, name)
            }
            code => status(api, code, name),
        }
    }

    /// Forgets a queue that is about to be destroyed. Its context must be current, its work done.
    pub fn retire(&self, queue: Handle) {
        let handle = self.handles.lock().remove(&queue);
        if let (Some(handle), Some(api)) = (handle, Cublas::loaded()) {
            // SAFETY: the handle was made by cuBLAS and is not on the list any more.
            unsafe { (api.cublasDestroy_v2)(handle) };
        }
    }
}

/// cuBLAS's version and file, loading it if need be.
///
/// # Errors
/// `Device`, naming how to get it.
pub fn library() -> Result<String> {
    let api = Cublas::get().map_err(Error::device)?;
    let mut parts = [0; 3];
    if let Some(property) = api.cublasGetProperty {
        for (k, part) in parts.iter_mut().enumerate() {
            // SAFETY: the number goes to a valid address.
            unsafe { property(k as i32, part) };
        }
    }
    Ok(format!("{}.{}.{} ({})", parts[0], parts[1], parts[2], api.library.path))
}

/// How cuBLAS sees one operand's matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Side {
    op: i32,
    /// Elements from one line to the next
    ld: i64,
}

/// An operand: the address of its first matrix, how that lies, and the byte strides of the batch axes.
struct Matrices {
    address: usize,
    side: Side,
    strides: SmallVec<[isize; 4]>,
    /// Keeps a packed copy until the call is queued
    _copy: Option<Buffer>,
}

/// Multiplies matrices.
///
/// # Errors
/// `Unsupported` for sizes or dtypes that cuBLAS does not take; `Device` if it is missing or fails; `Memory`.
pub fn matmul(ctx: &Context, spec: &MatmulSpec) -> Result<()> {
    let dtype = spec.out.dtype;
    let (m, k, n, batch) = sizes(spec)?;
    if m == 0 || n == 0 || batch.contains(&0) {
        return Ok(());
    }
    let _entered = ctx.enter()?;
    let (out, item) = (spec.out.address(), dtype.size());
    if k == 0 {
        let n_bytes = spec.out.layout.size() * item;
        // SAFETY: `out` is packed, so these are its elements, inside its buffer by `Operand::new`; zero bytes are
        // a zero of every dtype.
        let code = unsafe { (ctx.raw.api.cuMemsetD8Async)(out as u64, 0, n_bytes, spec.queue.handle as Handle) };
        return ctx.raw.check(code, "cuMemsetD8Async");
    }
    if dtype.is_integral() {
        return integers::run(ctx, spec, [m, n, k]);
    }
    let types = types(dtype)?;
    let a = matrices(ctx, &_entered, &spec.a, spec.queue)?;
    let b = matrices(ctx, &_entered, &spec.b, spec.queue)?;
    let out_strides = packed_strides(batch, (m * n * item) as isize);
    let mut axes = collapse(batch, [&a.strides, &b.strides, &out_strides]);
    // The innermost axis becomes cuBLAS's batch if its steps are whole elements.
    let inner = axes.pop_if(|x| x.strides.iter().all(|s| s % item as isize == 0)).unwrap_or(Axis { n: 1, strides: [0; 3] });
    let step = inner.strides.map(|s| (s / item as isize) as i64);
    let mut call =
        Gemm { types, m: n as i64, n: m as i64, k: k as i64, a: b.side, b: a.side, ldc: n as i64, step, n_batches: inner.n as i64 };
    // One right side for all: the left sides stacked are one tall matrix.
    if step[1] == 0 && a.side.op == c::OP_N && step[0] == a.side.ld * m as i64 && step[2] == (m * n) as i64 {
        (call.n, call.n_batches, call.step) = ((m * inner.n) as i64, 1, [0; 3]);
    }
    let mut at = [0_isize; 3];
    let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, axes.len());
    loop {
        let place = |base: usize, k: usize| base.wrapping_add_signed(at[k]) as u64;
        call.run(ctx, spec.queue, [place(a.address, 0), place(b.address, 1), place(out, 2)])?;
        // The next index of the axes that cuBLAS does not count.
        let mut axis = axes.len();
        loop {
            if axis == 0 {
                return Ok(());
            }
            axis -= 1;
            index[axis] += 1;
            let back = if index[axis] == axes[axis].n { index[axis] } else { 0 };
            for (at, stride) in at.iter_mut().zip(axes[axis].strides) {
                *at += stride - stride * back as isize;
            }
            if back == 0 {
                break;
            }
            index[axis] = 0;
        }
    }
}

fn types(dtype: DType) -> Result<(i32, i32)> {
    Ok(match dtype {
        DType::F16 => (c::R_16F, c::COMPUTE_32F),
        DType::F32 => (c::R_32F, c::COMPUTE_32F),
        DType::F64 => (c::R_64F, c::COMPUTE_64F),
        DType::C64 => (c::C_32F, c::COMPUTE_32F),
        DType::C128 => (c::C_64F, c::COMPUTE_64F),
        _ => return Err(Error::unsupported(format!("matmul of {} on a GPU", dtype.name()))),
    })
}

/// `(M, K, N, batch shape)`, checked to agree.
fn sizes<'a>(spec: &MatmulSpec<'a>) -> Result<(usize, usize, usize, &'a [usize])> {
    let (a, b, out) = (&spec.a.layout.shape, &spec.b.layout.shape, &spec.out.layout.shape);
    let wrong = || Error::runtime(format!("matmul of shapes {a:?} and {b:?} into {out:?}"));
    let (Some((batch, &[m, n])), Some((a_batch, &[a_m, k])), Some((b_batch, &[b_k, b_n]))) = (split(out), split(a), split(b)) else {
        return Err(wrong());
    };
    let dtype = spec.out.dtype;
    let fits = a_batch == batch && b_batch == batch && (a_m, b_k, b_n) == (m, k, n) && spec.a.dtype == dtype && spec.b.dtype == dtype;
    if !fits || !spec.out.layout.is_c_contiguous(dtype.size()) {
        return Err(wrong());
    }
    Ok((m, k, n, batch))
}

fn split(shape: &[usize]) -> Option<(&[usize], &[usize; 2])> {
    shape.split_last_chunk::<2>()
}

/// How the matrices of an operand lie, copied together if cuBLAS cannot read them where they are.
fn matrices(ctx: &Context, entered: &Entered, operand: &Operand, queue: &Queue) -> Result<Matrices> {
    let (layout, item) = (operand.layout, operand.dtype.size());
    let lead = layout.n_axes() - 2;
    let (rows, cols) = (layout.shape[lead], layout.shape[lead + 1]);
    let (batch, strides) = (&layout.shape[..lead], &layout.strides[..lead]);
    match orient([rows, cols], [layout.strides[lead], layout.strides[lead + 1]], item) {
        Some(side) => Ok(Matrices { address: operand.address(), side, strides: strides.into(), _copy: None }),
        None => pack(ctx, entered, operand, batch, strides, queue),
    }
}

/// How cuBLAS reads a matrix of these extents and byte strides; `None` if it cannot, because lines overlap.
fn orient([rows, cols]: [usize; 2], [row_step, col_step]: [isize; 2], item: usize) -> Option<Side> {
    // Lines of `len` neighbours, one line each `step` bytes.
    let line = |len: usize, unit: isize, n: usize, step: isize| {
        let is_packed = len == 1 || unit == item as isize;
        let ld = if n == 1 { len as i64 } else { (step / item as isize) as i64 };
        (is_packed && ld >= len as i64 && (n == 1 || step % item as isize == 0)).then_some(ld)
    };
    if let Some(ld) = line(cols, col_step, rows, row_step) {
        return Some(Side { op: c::OP_N, ld });
    }
    line(rows, row_step, cols, col_step).map(|ld| Side { op: c::OP_T, ld })
}

/// A packed copy, line by line, of matrices whose lines overlap or run backwards (a window that slides).
fn pack(ctx: &Context, _entered: &Entered, operand: &Operand, batch: &[usize], strides: &[isize], queue: &Queue) -> Result<Matrices> {
    let (layout, item) = (operand.layout, operand.dtype.size());
    let lead = batch.len();
    let (mut lines, mut len) = ((layout.shape[lead], layout.strides[lead]), (layout.shape[lead + 1], layout.strides[lead + 1]));
    let mut op = c::OP_N;
    if len.1 != item as isize {
        std::mem::swap(&mut lines, &mut len);
        op = c::OP_T;
    }
    if len.1 != item as isize {
        return Err(Error::runtime(format!("matmul of an operand without a contiguous axis, of strides {:?}", layout.strides)));
    }
    // An axis along which all matrices are the same one is copied once.
    let kept: SmallVec<[usize; 4]> = batch.iter().zip(strides).map(|(&n, &s)| if s == 0 { 1 } else { n }).collect();
    let line_bytes = len.0 * item;
    let n_matrices: usize = kept.iter().product();
    let overflow = || Error::memory(format!("a packed copy of shape {:?} cannot be addressed", layout.shape));
    let matrix_bytes = line_bytes.checked_mul(lines.0).filter(|&n| n <= isize::MAX as usize).ok_or_else(overflow)?;
    let copy = memory::allocate(ctx, queue, matrix_bytes.checked_mul(n_matrices).ok_or_else(overflow)?)?;
    for which in 0..n_matrices {
        let mut rest = which;
        let mut source = operand.address();
        for (&n, &s) in kept.iter().zip(strides).rev() {
            source = source.wrapping_add_signed((rest % n) as isize * s);
            rest /= n;
        }
        for line in 0..lines.0 {
            let target = copy.address() + which * matrix_bytes + line * line_bytes;
            let from = source.wrapping_add_signed(line as isize * lines.1);
            // SAFETY: the line lies in the operand, which `Operand::new` checked, and in the copy, which has room
            // for all lines; `_entered` shows that the context is current.
            let code = unsafe { (ctx.raw.api.cuMemcpyDtoDAsync_v2)(target as u64, from as u64, line_bytes, queue.handle as Handle) };
            ctx.raw.check(code, "cuMemcpyDtoDAsync")?;
        }
    }
    let mut out = packed_strides(&kept, matrix_bytes as isize);
    for (s, (&n, &kept)) in out.iter_mut().zip(batch.iter().zip(&kept)) {
        *s = if n != kept { 0 } else { *s };
    }
    Ok(Matrices { address: copy.address(), side: Side { op, ld: len.0 as i64 }, strides: out, _copy: Some(copy) })
}

fn packed_strides(shape: &[usize], mut step: isize) -> SmallVec<[isize; 4]> {
    let mut strides = SmallVec::from_elem(0, shape.len());
    for (s, &n) in strides.iter_mut().zip(shape).rev() {
        *s = step;
        step *= n as isize;
    }
    strides
}

/// A batch axis, with the byte strides of both operands and the result.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    n: usize,
    strides: [isize; 3],
}

/// The batch axes with those joined that run on in all three.
fn collapse(shape: &[usize], strides: [&[isize]; 3]) -> SmallVec<[Axis; 4]> {
    let mut axes: SmallVec<[Axis; 4]> = SmallVec::new();
    for (k, &n) in shape.iter().enumerate().filter(|(_, n)| **n != 1) {
        let axis = Axis { n, strides: strides.map(|s| s[k]) };
        match axes.last_mut() {
            Some(last) if (0..3).all(|j| last.strides[j] == axis.strides[j] * n as isize) => *last = Axis { n: last.n * n, ..axis },
            _ => axes.push(axis),
        }
    }
    axes
}

trait PopIf {
    fn pop_if(&mut self, condition: impl FnOnce(&Axis) -> bool) -> Option<Axis>;
}
impl PopIf for SmallVec<[Axis; 4]> {
    fn pop_if(&mut self, condition: impl FnOnce(&Axis) -> bool) -> Option<Axis> {
        if self.last().is_some_and(condition) { self.pop() } else { None }
    }
}

/// One call, in cuBLAS's words: its `a` is our right operand, its `b` our left one. `step` is in our order.
struct Gemm {
    types: (i32, i32),
    m: i64,
    n: i64,
    k: i64,
    a: Side,
    b: Side,
    ldc: i64,
    step: [i64; 3],
    n_batches: i64,
}

impl Gemm {
    fn run(&self, ctx: &Context, queue: &Queue, at: [u64; 3]) -> Result<()> {
        ctx.blas.call(ctx, queue, "cublasGemmStridedBatchedEx", |api, handle| self.call(api, handle, at))
    }

    fn call(&self, api: &Cublas, handle: Handle, [left, right, out]: [u64; 3]) -> Result<i32> {
        // Large enough for a complex128, and read as the type that the compute type says.
        let (one, zero) = if self.types.1 == c::COMPUTE_64F {
            ([1.0_f64.to_ne_bytes(), [0; 8]], [[0_u8; 8]; 2])
        } else {
            let mut one = [0; 8];
            one[..4].copy_from_slice(&1.0_f32.to_ne_bytes());
            ([one, [0; 8]], [[0; 8]; 2])
        };
        let (one, zero) = (Aligned(one), Aligned(zero));
        let Gemm { types: (data, compute), m, n, k, a, b, ldc, step, n_batches } = *self;
        let small = |x: i64| i32::try_from(x).ok();
        let all = [m, n, k, a.ld, b.ld, ldc, n_batches].map(small);
        // SAFETY: the handle is cuBLAS's own and under its lock; scalars outlive the call, which reads them. The
        // matrices lie inside their buffers: `Operand::new` checked the layouts from which all numbers come.
        unsafe {
            if let [Some(m), Some(n), Some(k), Some(lda), Some(ldb), Some(ldc), Some(n_batches)] = all {
                return Ok((api.cublasGemmStridedBatchedEx)(
                    handle,
                    a.op,
                    b.op,
                    m,
                    n,
                    k,
                    (&raw const one).cast(),
                    right,
                    data,
                    lda,
                    step[1],
                    left,
                    data,
                    ldb,
                    step[0],
                    (&raw const zero).cast(),
                    out,
                    data,
                    ldc,
                    step[2],
                    n_batches,
                    compute,
                    c::GEMM_DEFAULT,
                ));
            }
            let Some(call) = api.cublasGemmStridedBatchedEx_64 else {
                return Err(Error::unsupported(format!(
                    "matmul of M={n}, N={m}, K={k}, {n_batches} matrices and line strides {}, {}: this cuBLAS counts to 2^31",
                    b.ld, a.ld
                )));
            };
            Ok(call(
                handle,
                a.op,
                b.op,
                m,
                n,
                k,
                (&raw const one).cast(),
                right,
                data,
                a.ld,
                step[1],
                left,
                data,
                b.ld,
                step[0],
                (&raw const zero).cast(),
                out,
                data,
                ldc,
                step[2],
                n_batches,
                compute,
                c::GEMM_DEFAULT,
            ))
        }
    }
}

#[repr(align(16))]
struct Aligned(#[allow(dead_code)] [[u8; 8]; 2]);

fn new_handle(api: &Cublas, ctx: &Context, stream: Handle) -> Result<Handle> {
    let mut handle = 0;
    // SAFETY: the handle goes to a valid address; the context is current.
    let mut code = unsafe { (api.cublasCreate_v2)(&mut handle) };
    if code == ALLOC_FAILED {
        ctx.pool.trim()?;
        // SAFETY: as above.
        code = unsafe { (api.cublasCreate_v2)(&mut handle) };
    }
    status(api, code, "cublasCreate")?;
    // Sums of float16 products stay in float32 to the end, also where several blocks share one.
    // SAFETY: the handle was just made; the queue keeps its stream, and forgets the handle before that ends.
    let set = unsafe {
        status(api, (api.cublasSetStream_v2)(handle, stream), "cublasSetStream")
            .and_then(|()| status(api, (api.cublasSetMathMode)(handle, c::MATH_EXACT_REDUCTION), "cublasSetMathMode"))
    };
    if let Err(e) = set {
        // SAFETY: the handle is ours and nobody else knows it.
        unsafe { (api.cublasDestroy_v2)(handle) };
        return Err(e);
    }
    Ok(handle)
}

fn status(api: &Cublas, code: i32, call: &str) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let text = match api.cublasGetStatusString {
        // SAFETY: cuBLAS's texts are constants that end in a zero, for any code.
        Some(text) => unsafe { CStr::from_ptr(text(code)) }.to_string_lossy().into_owned(),
        None => format!("status {code}"),
    };
    let kind = if code == ALLOC_FAILED { ErrorKind::Memory } else { ErrorKind::Device };
    Err(Error::new(kind, format!("cuBLAS: {text} (from {call})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_follows_from_strides() {
        let n = |ld| Some(Side { op: c::OP_N, ld });
        let t = |ld| Some(Side { op: c::OP_T, ld });
        assert_eq!(orient([3, 5], [20, 4], 4), n(5));
        assert_eq!(orient([3, 5], [80, 4], 4), n(20));
        assert_eq!(orient([3, 5], [4, 12], 4), t(3));
        assert_eq!(orient([1, 5], [0, 4], 4), n(5));
        assert_eq!(orient([1, 5], [4, 40], 4), t(10));
        assert_eq!(orient([5, 1], [40, 0], 4), n(10));
        assert_eq!(orient([5, 1], [4, 0], 4), n(1));
        assert_eq!(orient([1, 1], [-4, 0], 4), n(1));
        assert_eq!(orient([3, 5], [4, 4], 4), None, "a sliding window");
        assert_eq!(orient([3, 5], [0, 4], 4), None, "one row for all");
        assert_eq!(orient([3, 5], [-20, 4], 4), None);
    }

    #[test]
    fn batch_axes_are_joined_where_they_run_on() {
        let axes = collapse(&[2, 3, 1, 4], [&[96, 32, 7, 8], &[0, 0, 9, 0], &[96, 32, 1, 8]]);
        assert_eq!(axes[..], [Axis { n: 24, strides: [8, 0, 8] }]);
        let axes = collapse(&[2, 3], [&[0, 8], &[24, 8], &[24, 8]]);
        assert_eq!(axes.len(), 2);
        assert!(collapse(&[1, 1], [&[5, 5], &[5, 5], &[5, 5]]).is_empty());
    }
}
