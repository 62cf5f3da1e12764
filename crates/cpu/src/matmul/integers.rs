//! Products of matrices of integers and truths, in tiles that stay in cache.
//!
//! Integers wrap, so any order of the sums gives the same bits: a block of the result is one piece of work. For a
//! stretch of K the left rows and the right columns of a block are copied, packed and widened; the inner loop adds
//! four products to each sum at once, so that sums are loaded and stored once for four multiplications.

use super::Blocks;
use crate::nest::at;
use crate::threads::{Scratch, Threads};
use cuprous_core::DType;

/// Rows of a block of the result.
const ROWS: usize = 128;
/// Bytes of a line of the result's tile: a few columns at a time meet a stretch of K in the first cache.
const LINE: usize = 512;
/// Tiles side by side in a block, for which the left rows are packed once.
const TILES: usize = 4;
/// Multiplications of a stretch of K.
const DEPTH: usize = 64;
/// Narrower results are computed as their transposes: the inner loop runs along columns.
const NARROW: usize = 32;
/// Products of fewer multiplications are not packed.
const TINY: usize = 256;
/// Multiplications for which a piece of work is worth fetching.
const PIECE: usize = 1 << 14;

/// Where the matrices of one product lie; strides of rows and columns in bytes.
#[derive(Clone, Copy)]
pub struct Places {
    /// Addresses of left, right and result
    pub bases: [usize; 3],
    /// Strides of each
    pub strides: [[isize; 2]; 3],
}

/// Multiplies matrices of an integral dtype: `places` tells where product `k` of `n_products` lies.
///
/// # Safety
/// All elements must be valid, results of different products and elements must not overlap, nor the operands.
pub unsafe fn run(threads: &Threads, dtype: DType, [m, n, k]: [usize; 3], n_products: usize, places: &(impl Fn(usize) -> Places + Sync)) {
    // Signed and unsigned integers have the same bits in products that wrap.
    // SAFETY: the caller's.
    unsafe {
        match dtype.size() {
            _ if dtype == DType::Bool => run_as::<Truth>(threads, [m, n, k], n_products, places),
            1 => run_as::<u8>(threads, [m, n, k], n_products, places),
            2 => run_as::<u16>(threads, [m, n, k], n_products, places),
            4 => run_as::<u32>(threads, [m, n, k], n_products, places),
            _ => run_as::<u64>(threads, [m, n, k], n_products, places),
        }
    }
}

/// An element, and what it is computed with.
trait Cell: Copy {
    type Wide: Copy;
    const ZERO: Self::Wide;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
    fn add_product(sum: Self::Wide, a: Self::Wide, b: Self::Wide) -> Self::Wide;
}

macro_rules! cells {
    ($($t:ty as $wide:ty),*) => {$(
        impl Cell for $t {
            type Wide = $wide;
            const ZERO: $wide = 0;
            #[inline(always)]
            fn widen(self) -> $wide { self.into() }
            #[inline(always)]
            fn narrow(wide: $wide) -> $t { wide as $t }
            #[inline(always)]
            fn add_product(sum: $wide, a: $wide, b: $wide) -> $wide { sum.wrapping_add(a.wrapping_mul(b)) }
        }
    )*};
}
// Processors multiply no vectors of bytes.
cells!(u8 as u16, u16 as u16, u32 as u32, u64 as u64);

/// A truth value as it lies in memory.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Truth(u8);

impl Cell for Truth {
    type Wide = u8;
    const ZERO: u8 = 0;
    #[inline(always)]
    fn widen(self) -> u8 {
        u8::from(self.0 != 0)
    }
    #[inline(always)]
    fn narrow(wide: u8) -> Truth {
        Truth(wide)
    }
    #[inline(always)]
    fn add_product(sum: u8, a: u8, b: u8) -> u8 {
        sum | (a & b)
    }
}

/// # Safety
/// As [`run`].
unsafe fn run_as<C: Cell>(threads: &Threads, [m, n, k]: [usize; 3], n_products: usize, places: &(impl Fn(usize) -> Places + Sync)) {
    let swap = n < m && n < NARROW;
    let (m, n) = if swap { (n, m) } else { (m, n) };
    let line = LINE / size_of::<C::Wide>();
    let blocks = Blocks { m, n, rows: ROWS, columns: TILES * line };
    let work = m.saturating_mul(n).saturating_mul(k.max(1));
    let n_items = blocks.count().saturating_mul(n_products);
    let per_piece = if work < PIECE { (PIECE / work).max(1) } else { 1 };
    threads.for_each(
        n_items.div_ceil(per_piece),
        work.saturating_mul(n_products),
        || Scratch::new((ROWS * DEPTH + DEPTH * line + ROWS * line) * size_of::<C::Wide>()),
        |scratch, piece| {
            for item in piece * per_piece..((piece + 1) * per_piece).min(n_items) {
                let mut here = places(item / blocks.count());
                if swap {
                    here.bases.swap(0, 1);
                    here.strides = [here.strides[1], here.strides[0], here.strides[2]].map(|[a, b]| [b, a]);
                }
                let (i, j, rows, columns) = blocks.get(item % blocks.count());
                here.bases[0] = at(here.bases[0], i, here.strides[0][0]);
                here.bases[1] = at(here.bases[1], j, here.strides[1][1]);
                here.bases[2] = at(at(here.bases[2], i, here.strides[2][0]), j, here.strides[2][1]);
                // SAFETY: the block lies in matrices for which the caller vouches; no other piece writes to it. The
                // scratch memory has room for the three tiles.
                unsafe {
                    if work <= TINY {
                        tiny::<C>([rows, columns, k], &here);
                    } else if m == 1 && here.strides[1].contains(&(size_of::<C>() as isize)) {
                        one_row::<C>([columns, k], &here, scratch.as_mut_ptr().cast());
                    } else {
                        block::<C>([rows, columns, k], &here, scratch.as_mut_ptr().cast());
                    }
                }
            }
        },
    );
}

/// One block of the result without copies.
///
/// # Safety
/// As [`run`].
unsafe fn tiny<C: Cell>([m, n, k]: [usize; 3], p: &Places) {
    for i in 0..m {
        for j in 0..n {
            let (mut a, mut b) = (at(p.bases[0], i, p.strides[0][0]), at(p.bases[1], j, p.strides[1][1]));
            let mut sum = C::ZERO;
            for _ in 0..k {
                // SAFETY: elements of the operands, by the caller.
                let (x, y) = unsafe { ((a as *const C).read_unaligned(), (b as *const C).read_unaligned()) };
                sum = C::add_product(sum, x.widen(), y.widen());
                (a, b) = (at(a, 1, p.strides[0][1]), at(b, 1, p.strides[1][0]));
            }
            let to = at(at(p.bases[2], i, p.strides[2][0]), j, p.strides[2][1]) as *mut C;
            // SAFETY: an element of the result, by the caller.
            unsafe { to.write_unaligned(C::narrow(sum)) };
        }
    }
}

/// Part of a product with one row on the left, where the right matrix is packed along one of its axes: nothing of it
/// is copied.
///
/// # Safety
/// As [`block`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2"))]
unsafe fn one_row<C: Cell>([n, k]: [usize; 2], p: &Places, scratch: *mut C::Wide) {
    const AHEAD: usize = ROWS * DEPTH;
    let line = LINE / size_of::<C::Wide>();
    // SAFETY: scratch memory of the caller, two parts of it, initialized with zeros.
    let (left, sums) = unsafe {
        std::ptr::write_bytes(scratch, 0, AHEAD);
        std::ptr::write_bytes(scratch.add(AHEAD), 0, n);
        (std::slice::from_raw_parts_mut(scratch, AHEAD), std::slice::from_raw_parts_mut(scratch.add(AHEAD), n))
    };
    debug_assert!(n <= (DEPTH + ROWS) * line, "a block's columns fit the rest of the scratch memory");
    let [step_k, step_n] = p.strides[1];
    for start in (0..k).step_by(AHEAD) {
        let depth = AHEAD.min(k - start);
        // SAFETY: a part of the row, by the caller.
        unsafe { pack::<C>(at(p.bases[0], start, p.strides[0][1]), [1, depth], p.strides[0], left, depth) };
        let right = at(p.bases[1], start, step_k);
        if step_k == size_of::<C>() as isize {
            for (j, sum) in sums.iter_mut().enumerate() {
                let column = at(right, j, step_n) as *const C;
                let mut s = *sum;
                for (l, &x) in left[..depth].iter().enumerate() {
                    // SAFETY: an element of the right matrix, whose columns are packed.
                    s = C::add_product(s, x, unsafe { column.add(l).read_unaligned() }.widen());
                }
                *sum = s;
            }
            continue;
        }
        let mut l = 0;
        while l < depth {
            let some = 4.min(depth - l);
            // Beyond the last row stands the last one again, times zero.
            let x: [C::Wide; 4] = std::array::from_fn(|q| if q < some { left[l + q] } else { C::ZERO });
            let rows: [*const C; 4] = std::array::from_fn(|q| at(right, l + q.min(some - 1), step_k) as *const C);
            for (j, sum) in sums.iter_mut().enumerate() {
                let mut s = *sum;
                for q in 0..4 {
                    // SAFETY: an element of the right matrix, whose rows are packed.
                    s = C::add_product(s, x[q], unsafe { rows[q].add(j).read_unaligned() }.widen());
                }
                *sum = s;
            }
            l += some;
        }
    }
    for (j, &sum) in sums.iter().enumerate() {
        let to = at(p.bases[2], j, p.strides[2][1]) as *mut C;
        // SAFETY: an element of the result, by the caller.
        unsafe { to.write_unaligned(C::narrow(sum)) };
    }
}

/// One block of the result, tile by tile.
///
/// # Safety
/// As [`run`]; `scratch` must be aligned and have room for `ROWS x DEPTH`, `DEPTH x line` and `ROWS x line` elements.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2"))]
unsafe fn block<C: Cell>([m, n, k]: [usize; 3], p: &Places, scratch: *mut C::Wide) {
    let line = LINE / size_of::<C::Wide>();
    // SAFETY: scratch memory of the caller, disjoint parts of it, initialized with zeros.
    let (left, right, sums) = unsafe {
        let (left, right, sums) = (scratch, scratch.add(ROWS * DEPTH), scratch.add(ROWS * DEPTH + DEPTH * line));
        std::ptr::write_bytes(scratch, 0, ROWS * DEPTH + DEPTH * line + ROWS * line);
        (
            std::slice::from_raw_parts_mut(left, ROWS * DEPTH),
            std::slice::from_raw_parts_mut(right, DEPTH * line),
            std::slice::from_raw_parts_mut(sums, ROWS * line),
        )
    };
    for first in (0..n).step_by(line) {
        let columns = line.min(n - first);
        sums[..m * line].fill(C::ZERO);
        for start in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - start);
            let quads = depth.div_ceil(4);
            let a = at(p.bases[0], start, p.strides[0][1]);
            let b = at(at(p.bases[1], start, p.strides[1][0]), first, p.strides[1][1]);
            // SAFETY: parts of the operands, by the caller.
            unsafe {
                pack::<C>(a, [m, depth], p.strides[0], left, DEPTH);
                pack::<C>(b, [depth, columns], p.strides[1], right, line);
            }
            // Beyond K lie zeros.
            for l in depth..4 * quads {
                right[l * line..][..columns].fill(C::ZERO);
                (0..m).for_each(|i| left[i * DEPTH + l] = C::ZERO);
            }
            multiply::<C>(left, right, sums, [m, columns, quads], line);
        }
        for i in 0..m {
            let mut to = at(at(p.bases[2], i, p.strides[2][0]), first, p.strides[2][1]);
            for &sum in &sums[i * line..][..columns] {
                // SAFETY: an element of the result, by the caller.
                unsafe { (to as *mut C).write_unaligned(C::narrow(sum)) };
                to = at(to, 1, p.strides[2][1]);
            }
        }
    }
}

/// Copies a matrix, widened, to lines of `line` elements.
///
/// # Safety
/// The matrix must be valid.
#[inline(always)]
unsafe fn pack<C: Cell>(base: usize, [m, n]: [usize; 2], strides: [isize; 2], to: &mut [C::Wide], line: usize) {
    let item = size_of::<C>() as isize;
    // Along memory where the matrix is transposed.
    if strides[1] != item && strides[0].unsigned_abs() < strides[1].unsigned_abs() {
        for j in 0..n {
            let from = at(base, j, strides[1]);
            for i in 0..m {
                // SAFETY: an element of the matrix.
                to[i * line + j] = unsafe { (at(from, i, strides[0]) as *const C).read_unaligned() }.widen();
            }
        }
        return;
    }
    for i in 0..m {
        let from = at(base, i, strides[0]);
        let to = &mut to[i * line..][..n];
        if strides[1] == item {
            for (j, x) in to.iter_mut().enumerate() {
                // SAFETY: as above.
                *x = unsafe { (from as *const C).add(j).read_unaligned() }.widen();
            }
        } else {
            for (j, x) in to.iter_mut().enumerate() {
                // SAFETY: as above.
                *x = unsafe { (at(from, j, strides[1]) as *const C).read_unaligned() }.widen();
            }
        }
    }
}

/// Adds the product of packed tiles to the sums: two rows at a time, four steps of K at once.
#[inline(always)]
fn multiply<C: Cell>(left: &[C::Wide], right: &[C::Wide], sums: &mut [C::Wide], [m, n, quads]: [usize; 3], line: usize) {
    let four = |i: usize, q: usize| -> [C::Wide; 4] { std::array::from_fn(|l| left[i * DEPTH + 4 * q + l]) };
    for i in (0..m).step_by(2) {
        let (first, second) = sums[i * line..].split_at_mut(line);
        let first = &mut first[..n];
        for q in 0..quads {
            let b: [&[C::Wide]; 4] = std::array::from_fn(|l| &right[(4 * q + l) * line..][..n]);
            let x = four(i, q);
            if i + 1 < m {
                let y = four(i + 1, q);
                let second = &mut second[..n];
                for j in 0..n {
                    let (mut s, mut t) = (first[j], second[j]);
                    for l in 0..4 {
                        s = C::add_product(s, x[l], b[l][j]);
                        t = C::add_product(t, y[l], b[l][j]);
                    }
                    (first[j], second[j]) = (s, t);
                }
            } else {
                for j in 0..n {
                    let mut s = first[j];
                    for l in 0..4 {
                        s = C::add_product(s, x[l], b[l][j]);
                    }
                    first[j] = s;
                }
            }
        }
    }
}
