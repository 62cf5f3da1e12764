//! Products of matrices: cut into blocks of the result, or into whole products where they are small.
//!
//! The blocks follow from the sizes alone, never from the number of threads: the inner kernel's order of addition may
//! depend on a block's shape.

mod integers;

use crate::elementwise::copy::{self, Side};
use crate::locks;
use crate::nest::{at, moved};
use crate::threads::Threads;
use cuprous_core::iteration::Iteration;
use cuprous_core::{DType, Error, MatmulSpec, Operand, Result, f16};
use cuprous_cpu_math::{Matrix, Problem};
use half::slice::HalfFloatSliceExt;
use smallvec::SmallVec;

/// Multiplications of a block of the result, at least: smaller ones are packed in vain.
const WORTH_CUTTING: usize = 1 << 23;
/// The most blocks of a result.
const MAX_BLOCKS: usize = 64;
/// Blocks of the result are multiples of this, so that the inner kernel's registers are full.
const GRAIN: usize = 48;
/// Multiplications for which a piece of work is worth fetching.
const PIECE: usize = 1 << 14;

/// Multiplies matrices in the last two axes.
pub fn run(threads: &Threads, spec: &MatmulSpec) -> Result<()> {
    let (a, b, out) = (&spec.a, &spec.b, &spec.out);
    let (m, n, k) = sizes(spec)?;
    let n_axes = out.layout.shape.len();
    let strides: SmallVec<[&[isize]; 3]> = [a, b, out].iter().map(|o| &o.layout.strides[..n_axes - 2]).collect();
    let axes: SmallVec<[usize; 8]> = (0..n_axes - 2).collect();
    let batch = Iteration::merged(&out.layout.shape[..n_axes - 2], &strides, &axes);
    let n_products = batch.size();
    if m == 0 || n == 0 || n_products == 0 {
        return Ok(());
    }
    let bases = [a, b, out].iter().map(|o| o.address()).collect();
    if out.dtype.is_integral() {
        let strides = [a, b, out].map(|o| [o.layout.strides[n_axes - 2], o.layout.strides[n_axes - 1]]);
        let places = |product: usize| {
            let here = moved(&bases, &batch, product);
            integers::Places { bases: [here[0], here[1], here[2]], strides }
        };
        let _held = locks::hold(&[*out], &[*a, *b]);
        // SAFETY: `Operand` checked the elements and `sizes` the shapes; the locks are held, the result is packed.
        unsafe { integers::run(threads, out.dtype, [m, n, k], n_products, &places) };
        return Ok(());
    }
    // Operands that the kernels cannot read as they lie are copied first.
    let dtype = if out.dtype == DType::F16 { DType::F32 } else { out.dtype };
    let is_plain = |o: &Operand| {
        o.dtype != DType::F16
            && o.address().is_multiple_of(dtype.real().size())
            && o.layout.strides[n_axes - 2..].iter().all(|&s| s % dtype.size() as isize == 0)
    };
    let mut packed_a = Packed::new(!is_plain(a), m * k, dtype)?;
    let mut packed_b = Packed::new(!is_plain(b), k * n, dtype)?;
    let mut packed_out = Packed::new(!is_plain(out), m * n, dtype)?;
    let is_packed = packed_a.is_used() || packed_b.is_used() || packed_out.is_used();

    let _held = locks::hold(&[*out], &[*a, *b]);
    let work = m.saturating_mul(n).saturating_mul(k.max(1));
    let (rows, columns) = cut(work, m, n);
    let blocks = Blocks { m, n, rows, columns };
    let whole = |product: usize| {
        let here = moved(&bases, &batch, product);
        [(here[0], a), (here[1], b), (here[2], out)].map(|(p, o)| matrix(p, o, dtype))
    };
    let one = |[a, b, out]: [Matrix; 3], block: usize| {
        let (i, j, rows, columns) = blocks.get(block);
        let size = dtype.size() as isize;
        let a = Matrix { address: at(a.address, i, a.strides.0 * size), ..a };
        let b = Matrix { address: at(b.address, j, b.strides.1 * size), ..b };
        let out = Matrix { address: at(at(out.address, i, out.strides.0 * size), j, out.strides.1 * size), ..out };
        // SAFETY: `Operand` checked the elements, `sizes` the shapes; alignment and strides are plain, packed operands
        // hold whole matrices, the locks are held, and no two blocks of results overlap.
        unsafe { cuprous_cpu_math::matmul(&Problem { dtype, m: rows, n: columns, k, a, b, out }) };
    };
    if !is_packed {
        let n_items = blocks.count() * n_products;
        let per_piece = if work < PIECE { PIECE / work } else { 1 };
        threads.for_each(
            n_items.div_ceil(per_piece),
            work.saturating_mul(n_products),
            || (),
            |(), piece| {
                for item in piece * per_piece..((piece + 1) * per_piece).min(n_items) {
                    one(whole(item / blocks.count()), item % blocks.count());
                }
            },
        );
        return Ok(());
    }
    for product in 0..n_products {
        let [mut left, mut right, mut result] = whole(product);
        let place = moved(&bases, &batch, product);
        packed_a.take(a, place[0], &mut left);
        packed_b.take(b, place[1], &mut right);
        if packed_out.is_used() {
            result = Matrix { address: packed_out.address(), strides: (n as isize, 1) };
        }
        let n_steps = if blocks.count() > 1 { usize::MAX } else { 0 };
        threads.for_each(blocks.count(), n_steps, || (), |(), block| one([left, right, result], block));
        packed_out.give(out, place[2], n);
    }
    Ok(())
}

/// A result cut into blocks.
#[derive(Clone, Copy)]
struct Blocks {
    m: usize,
    n: usize,
    rows: usize,
    columns: usize,
}

impl Blocks {
    /// How many.
    fn count(&self) -> usize {
        self.m.div_ceil(self.rows) * self.n.div_ceil(self.columns)
    }

    /// First row and column of a block, and how many it has of each.
    fn get(&self, block: usize) -> (usize, usize, usize, usize) {
        let across = self.n.div_ceil(self.columns);
        let (i, j) = (block / across * self.rows, block % across * self.columns);
        (i, j, self.rows.min(self.m - i), self.columns.min(self.n - j))
    }
}

/// `M`, `N` and `K` of operands that fit each other.
fn sizes(spec: &MatmulSpec) -> Result<(usize, usize, usize)> {
    let (a, b, out) = (&spec.a.layout.shape, &spec.b.layout.shape, &spec.out.layout.shape);
    let n_axes = out.len();
    let broken = || Error::runtime(format!("matmul of {} {a:?} and {} {b:?} to {} {out:?}", spec.a.dtype, spec.b.dtype, spec.out.dtype));
    if n_axes < 2 || a.len() != n_axes || b.len() != n_axes {
        return Err(broken());
    }
    let (m, n, k) = (out[n_axes - 2], out[n_axes - 1], a[n_axes - 1]);
    let fits = a[n_axes - 2] == m
        && b[n_axes - 2] == k
        && b[n_axes - 1] == n
        && a[..n_axes - 2] == out[..n_axes - 2]
        && b[..n_axes - 2] == out[..n_axes - 2];
    let dtype = spec.out.dtype;
    if !fits || spec.a.dtype != dtype || spec.b.dtype != dtype {
        return Err(broken());
    }
    for o in [&spec.a, &spec.b, &spec.out] {
        if o.buffer().is_none() {
            return Err(broken());
        }
        crate::check_operands(&o.layout.shape, &[*o])?;
    }
    Ok((m, n, k))
}

/// An operand's last two axes; strides in elements.
fn matrix(address: usize, o: &Operand, dtype: DType) -> Matrix {
    let strides = &o.layout.strides[o.layout.strides.len() - 2..];
    let size = dtype.size() as isize;
    Matrix { address, strides: (strides[0] / size, strides[1] / size) }
}

/// Rows and columns of the blocks into which a result of so many multiplications is cut, the longer side first.
fn cut(work: usize, m: usize, n: usize) -> (usize, usize) {
    // Products with a vector read each element once: nothing is packed.
    let worth = if m == 1 || n == 1 { WORTH_CUTTING >> 4 } else { WORTH_CUTTING };
    let wanted = (work / worth).min(MAX_BLOCKS);
    let (mut rows, mut columns, mut blocks) = (m, n, 1);
    while blocks < wanted && rows.max(columns) >= 3 * GRAIN {
        if rows >= columns {
            rows = rows.div_ceil(2).next_multiple_of(GRAIN);
        } else {
            columns = columns.div_ceil(2).next_multiple_of(GRAIN);
        }
        blocks = m.div_ceil(rows) * n.div_ceil(columns);
    }
    (rows, columns)
}

/// A matrix in memory of our own, aligned and packed, float16 as float32.
struct Packed {
    words: Vec<u64>,
    dtype: DType,
}

impl Packed {
    fn new(is_used: bool, n: usize, dtype: DType) -> Result<Packed> {
        let mut words = Vec::new();
        if is_used {
            // One word at least, to tell an empty matrix from one that is not used.
            let n = n.checked_mul(dtype.size()).map(|bytes| bytes.div_ceil(8).max(1));
            let reserved = n.ok_or(()).and_then(|n| words.try_reserve_exact(n).map_err(drop).map(|()| n));
            let Ok(n) = reserved else {
                return Err(Error::memory(format!("out of memory copying a matrix of {n:?} elements for matmul")));
            };
            words.resize(n, 0);
        }
        Ok(Packed { words, dtype })
    }

    fn is_used(&self) -> bool {
        !self.words.is_empty()
    }

    fn address(&mut self) -> usize {
        self.words.as_mut_ptr() as usize
    }

    /// Copies the matrix of an operand at `address`, if it must be; then `matrix` is the copy.
    fn take(&mut self, o: &Operand, address: usize, matrix: &mut Matrix) {
        if !self.is_used() {
            return;
        }
        let n_axes = o.layout.shape.len();
        let (dims, strides) = (&o.layout.shape[n_axes - 2..], &o.layout.strides[n_axes - 2..]);
        // In the order of the operand, so that the copy goes along memory.
        let is_f = strides[0].unsigned_abs() < strides[1].unsigned_abs();
        let (dims, strides) =
            if is_f { ([dims[1], dims[0]], [strides[1], strides[0]]) } else { ([dims[0], dims[1]], [strides[0], strides[1]]) };
        let (target, size) = (self.address(), self.dtype.size());
        *matrix = Matrix { address: target, strides: if is_f { (1, dims[1] as isize) } else { (dims[1] as isize, 1) } };
        if dims.contains(&0) {
            return;
        }
        if o.dtype == DType::F16 {
            let mut row = vec![f16::ZERO; dims[1]];
            for i in 0..dims[0] {
                let side = Side { base: at(address, i, strides[0]), strides: &strides[1..] };
                // SAFETY: a row of the operand, whose elements `Operand` checked, into one of our own.
                unsafe { copy::range(2, &dims[1..], side, Side { base: row.as_mut_ptr() as usize, strides: &[2] }, 0, dims[1]) };
                let to = (target + i * dims[1] * 4) as *mut f32;
                // SAFETY: the words have room for all rows as float32; `words` is borrowed alone.
                row.convert_to_f32_slice(unsafe { std::slice::from_raw_parts_mut(to, dims[1]) });
            }
        } else {
            let packed = copy::packed(&dims, size);
            // SAFETY: the operand's elements into memory of our own with room for them.
            unsafe {
                copy::range(
                    size,
                    &dims,
                    Side { base: address, strides: &strides },
                    Side { base: target, strides: &packed },
                    0,
                    dims[0] * dims[1],
                )
            };
        }
    }

    /// Copies the result to where the operand has it, if it was made here.
    fn give(&mut self, o: &Operand, address: usize, n: usize) {
        if !self.is_used() {
            return;
        }
        let n_axes = o.layout.shape.len();
        let (dims, strides) = (&o.layout.shape[n_axes - 2..], &o.layout.strides[n_axes - 2..]);
        let (source, size) = (self.address(), self.dtype.size());
        if o.dtype == DType::F16 {
            let mut row = vec![f16::ZERO; n];
            for i in 0..dims[0] {
                // SAFETY: the words hold all rows as float32.
                row.convert_from_f32_slice(unsafe { std::slice::from_raw_parts((source + i * n * 4) as *const f32, n) });
                let side = Side { base: at(address, i, strides[0]), strides: &strides[1..] };
                // SAFETY: a row of our own into the operand's, whose elements `Operand` checked and whose lock is held.
                unsafe { copy::range(2, &[n], Side { base: row.as_ptr() as usize, strides: &[2] }, side, 0, n) };
            }
        } else {
            let packed = copy::packed(dims, size);
            // SAFETY: as above.
            unsafe { copy::range(size, dims, Side { base: source, strides: &packed }, Side { base: address, strides }, 0, dims[0] * n) };
        }
    }
}
