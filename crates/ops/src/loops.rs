//! The typed inner loops: how a closure on elements becomes a loop over strided memory.
//!
//! Each loop exists for the baseline of the processor and for AVX2, loops that compute much for each element for AVX-512
//! too; which one runs is decided at run time. None contracts or reassociates, so all give the same bits.

use crate::vector::{Map, Map2};
use cuprous_core::{c64, c128, f16};
use std::mem::MaybeUninit;

/// An element as loops see it: read from memory, computed on, written back.
pub trait Lane: Copy + 'static {
    /// The type in which it is computed: itself, but `f32` for `f16`.
    type Compute: Copy;
    /// Reads an element, aligned or not.
    ///
    /// # Safety
    /// `p` must be valid for reading `size_of::<Self>()` bytes.
    unsafe fn load(p: *const u8) -> Self::Compute;
    /// Writes an element, aligned or not.
    ///
    /// # Safety
    /// `p` must be valid for writing `size_of::<Self>()` bytes.
    unsafe fn store(p: *mut u8, x: Self::Compute);
}

/// The type in which `T` is computed.
pub type C<T> = <T as Lane>::Compute;

macro_rules! plain_lanes {
    ($($t:ty),*) => {$(
        impl Lane for $t {
            type Compute = $t;
            #[inline(always)]
            unsafe fn load(p: *const u8) -> $t {
                // SAFETY: the caller promises that `p` can be read; every bit pattern is an element.
                unsafe { p.cast::<$t>().read_unaligned() }
            }
            #[inline(always)]
            unsafe fn store(p: *mut u8, x: $t) {
                // SAFETY: the caller promises that `p` can be written.
                unsafe { p.cast::<$t>().write_unaligned(x) }
            }
        }
    )*};
}
plain_lanes!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, c64, c128);

impl Lane for bool {
    type Compute = bool;
    #[inline(always)]
    unsafe fn load(p: *const u8) -> bool {
        // A foreign array may hold other bytes than 0 and 1.
        // SAFETY: the caller promises that `p` can be read.
        unsafe { *p != 0 }
    }
    #[inline(always)]
    unsafe fn store(p: *mut u8, x: bool) {
        // SAFETY: the caller promises that `p` can be written.
        unsafe { *p = x as u8 }
    }
}

impl Lane for f16 {
    type Compute = f32;
    #[inline(always)]
    unsafe fn load(p: *const u8) -> f32 {
        // SAFETY: the caller promises that `p` can be read.
        f16::from_bits(unsafe { p.cast::<u16>().read_unaligned() }).to_f32()
    }
    #[inline(always)]
    unsafe fn store(p: *mut u8, x: f32) {
        // SAFETY: the caller promises that `p` can be written.
        unsafe { p.cast::<u16>().write_unaligned(f16::from_f32(x).to_bits()) }
    }
}

/// Whether the loops for AVX2 may run here.
#[inline(always)]
pub fn has_avx2() -> bool {
    #[cfg(test)]
    if tests::ALLOWED.get() < tests::Allowed::Avx2 {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    {
        // The standard library caches the answer in an atomic.
        std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("fma")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("f16c")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Whether the loops for AVX-512 may run here.
#[inline(always)]
fn has_avx512() -> bool {
    #[cfg(test)]
    if tests::ALLOWED.get() < tests::Allowed::All {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    {
        has_avx2()
            && std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512vl")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Compiles a loop body for the baseline and for AVX2 (with `wide` before the name, for AVX-512 too: worth its size
/// where much is computed for each element) and picks one at run time.
macro_rules! versions {
    ($(#[$doc:meta])* wide $name:ident, $body:ident, [$($g:ident : $bound:path),*], ($($arg:ident : $t:ty),*)) => {
        $(#[$doc])*
        #[inline(always)]
        pub unsafe fn $name<$($g: $bound),*>($($arg: $t),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi1,bmi2,lzcnt,popcnt,f16c")]
                unsafe fn avx512<$($g: $bound),*>($($arg: $t),*) {
                    // SAFETY: the caller's promises are passed on.
                    unsafe { $body::<$($g),*>($($arg),*) }
                }
                if has_avx512() {
                    // SAFETY: the features are there; the caller's promises are passed on.
                    return unsafe { avx512::<$($g),*>($($arg),*) };
                }
            }
            versions! {
                /// For processors without AVX-512.
                narrow, $body, [$($g: $bound),*], ($($arg: $t),*)
            }
            // SAFETY: the caller's promises are passed on.
            unsafe { narrow::<$($g),*>($($arg),*) }
        }
    };
    ($(#[$doc:meta])* $name:ident, $body:ident, [$($g:ident : $bound:path),*], ($($arg:ident : $t:ty),*)) => {
        $(#[$doc])*
        #[inline(always)]
        pub unsafe fn $name<$($g: $bound),*>($($arg: $t),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt,f16c")]
                unsafe fn avx2<$($g: $bound),*>($($arg: $t),*) {
                    // SAFETY: the caller's promises are passed on.
                    unsafe { $body::<$($g),*>($($arg),*) }
                }
                if has_avx2() {
                    // SAFETY: the features are there; the caller's promises are passed on.
                    return unsafe { avx2::<$($g),*>($($arg),*) };
                }
            }
            // SAFETY: the caller's promises are passed on.
            unsafe { $body::<$($g),*>($($arg),*) }
        }
    };
}

mod folds;
#[cfg(test)]
mod tests;
pub use folds::*;

/// A closure of one element (bounds cannot name associated types in `versions!`).
pub trait Unary<A: Lane, R: Lane>: Fn(C<A>) -> C<R> + Copy {}
impl<A: Lane, R: Lane, F: Fn(C<A>) -> C<R> + Copy> Unary<A, R> for F {}
/// A closure of two elements.
pub trait Binary<A: Lane, B: Lane, R: Lane>: Fn(C<A>, C<B>) -> C<R> + Copy {}
impl<A: Lane, B: Lane, R: Lane, F: Fn(C<A>, C<B>) -> C<R> + Copy> Binary<A, B, R> for F {}
/// A closure of three elements.
pub trait Ternary<A: Lane, B: Lane, D: Lane, R: Lane>: Fn(C<A>, C<B>, C<D>) -> C<R> + Copy {}
impl<A: Lane, B: Lane, D: Lane, R: Lane, F: Fn(C<A>, C<B>, C<D>) -> C<R> + Copy> Ternary<A, B, D, R> for F {}

#[inline(always)]
unsafe fn unary_body<A: Lane, R: Lane, F: Unary<A, R>>(args: *const *mut u8, strides: *const isize, n: usize, f: F) {
    let (size_a, size_r) = (size_of::<A>() as isize, size_of::<R>() as isize);
    // SAFETY: an `InnerLoop`'s caller promises two pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, r) = (*args, *args.add(1));
        let (sa, sr) = (*strides, *strides.add(1));
        if sr == size_r && sa == size_a {
            if std::ptr::eq(a, r) {
                // In place: one pointer, which the compiler can vectorize without a check for overlap.
                for i in 0..n as isize {
                    let x = A::load(r.offset(i * size_a));
                    R::store(r.offset(i * size_r), f(x));
                }
            } else {
                for i in 0..n as isize {
                    R::store(r.offset(i * size_r), f(A::load(a.offset(i * size_a))));
                }
            }
        } else if sa == 0 && n > 0 {
            let x = f(A::load(a));
            for i in 0..n as isize {
                R::store(r.offset(i * sr), x);
            }
        } else {
            for i in 0..n as isize {
                R::store(r.offset(i * sr), f(A::load(a.offset(i * sa))));
            }
        }
    }
}
versions! {
    /// A loop of one input.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    unary, unary_body, [A: Lane, R: Lane, F: Unary<A, R>], (args: *const *mut u8, strides: *const isize, n: usize, f: F)
}

#[inline(always)]
unsafe fn binary_body<A: Lane, B: Lane, R: Lane, F: Binary<A, B, R>>(args: *const *mut u8, strides: *const isize, n: usize, f: F) {
    let (za, zb, zr) = (size_of::<A>() as isize, size_of::<B>() as isize, size_of::<R>() as isize);
    // SAFETY: an `InnerLoop`'s caller promises three pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, b, r) = (*args, *args.add(1), *args.add(2));
        let (sa, sb, sr) = (*strides, *strides.add(1), *strides.add(2));
        if n == 0 {
            return;
        }
        let count = n as isize;
        if sr == zr && sa == za && sb == zb {
            // In place, one pointer serves for two: the compiler vectorizes without a check for overlap.
            if std::ptr::eq(a, r) {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(A::load(r.offset(i * za)), B::load(b.offset(i * zb))));
                }
            } else if std::ptr::eq(b, r) {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), B::load(r.offset(i * zb))));
                }
            } else {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), B::load(b.offset(i * zb))));
                }
            }
        } else if sr == zr && sa == za && sb == 0 {
            let y = B::load(b);
            if std::ptr::eq(a, r) {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(A::load(r.offset(i * za)), y));
                }
            } else {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), y));
                }
            }
        } else if sr == zr && sa == 0 && sb == zb {
            let x = A::load(a);
            if std::ptr::eq(b, r) {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(x, B::load(r.offset(i * zb))));
                }
            } else {
                for i in 0..count {
                    R::store(r.offset(i * zr), f(x, B::load(b.offset(i * zb))));
                }
            }
        } else {
            for i in 0..count {
                R::store(r.offset(i * sr), f(A::load(a.offset(i * sa)), B::load(b.offset(i * sb))));
            }
        }
    }
}
versions! {
    /// A loop of two inputs.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    binary, binary_body, [A: Lane, B: Lane, R: Lane, F: Binary<A, B, R>], (args: *const *mut u8, strides: *const isize, n: usize, f: F)
}

#[inline(always)]
unsafe fn ternary_body<A: Lane, B: Lane, D: Lane, R: Lane, F: Ternary<A, B, D, R>>(
    args: *const *mut u8,
    strides: *const isize,
    n: usize,
    f: F,
) {
    let (za, zb, zd, zr) = (size_of::<A>() as isize, size_of::<B>() as isize, size_of::<D>() as isize, size_of::<R>() as isize);
    // SAFETY: an `InnerLoop`'s caller promises four pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, b, d, r) = (*args, *args.add(1), *args.add(2), *args.add(3));
        let (sa, sb, sd, sr) = (*strides, *strides.add(1), *strides.add(2), *strides.add(3));
        if sa == za && sb == zb && sd == zd && sr == zr {
            ternary_packed::<A, B, D, R, F>([a, b, d, r], n, f);
        } else if n > 0 && sr == zr && sa == za && sb == 0 && sd == 0 {
            // Between two numbers.
            let (y, z) = (B::load(b), D::load(d));
            if std::ptr::eq(a, r) && za == zr {
                for i in 0..n as isize {
                    R::store(r.offset(i * zr), f(A::load(r.offset(i * zr)), y, z));
                }
            } else {
                for i in 0..n as isize {
                    R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), y, z));
                }
            }
        } else if n >= VECTOR && sr == zr && (sa == za || sa == 0) && (sb == zb || sb == 0) && (sd == zd || sd == 0) {
            // What repeats is spread over a chunk: one loop of vectors serves all cases.
            let (mut x, mut y, mut z) = (Spread::<A>::NONE, Spread::<B>::NONE, Spread::<D>::NONE);
            let (a, b, d) = (x.operand(a, sa, n), y.operand(b, sb, n), z.operand(d, sd, n));
            for start in (0..n as isize).step_by(CHUNK) {
                let operands = [a.offset(start * sa), b.offset(start * sb), d.offset(start * sd), r.offset(start * zr)];
                ternary_packed::<A, B, D, R, F>(operands, CHUNK.min(n - start as usize), f);
            }
        } else {
            for i in 0..n as isize {
                R::store(r.offset(i * sr), f(A::load(a.offset(i * sa)), B::load(b.offset(i * sb)), D::load(d.offset(i * sd))));
            }
        }
    }
}

/// Packed elements, three for each result.
#[inline(always)]
unsafe fn ternary_packed<A: Lane, B: Lane, D: Lane, R: Lane, F: Ternary<A, B, D, R>>([a, b, d, r]: [*mut u8; 4], n: usize, f: F) {
    let (za, zb, zd, zr) = (size_of::<A>() as isize, size_of::<B>() as isize, size_of::<D>() as isize, size_of::<R>() as isize);
    let count = n as isize;
    // SAFETY: the caller promises `n` elements behind each pointer.
    unsafe {
        // In place, as in `binary_body`: a value kept where a condition does not hold, or a value that is bounded.
        if std::ptr::eq(d, r) && zd == zr {
            for i in 0..count {
                R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), B::load(b.offset(i * zb)), D::load(r.offset(i * zr))));
            }
        } else if std::ptr::eq(a, r) && za == zr {
            for i in 0..count {
                R::store(r.offset(i * zr), f(A::load(r.offset(i * zr)), B::load(b.offset(i * zb)), D::load(d.offset(i * zd))));
            }
        } else {
            for i in 0..count {
                R::store(r.offset(i * zr), f(A::load(a.offset(i * za)), B::load(b.offset(i * zb)), D::load(d.offset(i * zd))));
            }
        }
    }
}

/// Room for one element as often as a chunk has elements.
#[repr(align(64))]
struct Spread<T>([MaybeUninit<T>; CHUNK]);

impl<T: Lane> Spread<T> {
    const NONE: Spread<T> = Spread([const { MaybeUninit::uninit() }; CHUNK]);

    /// The operand, or where its only element stands often enough for `n` elements in chunks.
    #[inline(always)]
    unsafe fn operand(&mut self, p: *mut u8, stride: isize, n: usize) -> *mut u8 {
        if stride != 0 {
            return p;
        }
        let room = self.0.as_mut_ptr().cast::<u8>();
        for i in 0..n.min(CHUNK) {
            // SAFETY: the caller promises an element, and the room has as many.
            unsafe { T::store(room.add(i * size_of::<T>()), T::load(p)) };
        }
        room
    }
}
versions! {
    /// A loop of three inputs.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    ternary, ternary_body, [A: Lane, B: Lane, D: Lane, R: Lane, F: Ternary<A, B, D, R>], (args: *const *mut u8, strides: *const isize, n: usize, f: F)
}

/// How many elements are taken together where each needs much computing. A power of two, and so many that the loops
/// over them, written for any number, are made of vectors.
const CHUNK: usize = 256;
/// Loops run over multiples of this, the widest vector, so that no element is left over: what lies beyond the last is
/// computed in vain.
const VECTOR: usize = 16;
/// How many elements are computed straight from memory before rare ones are looked for again: a multiple of [`VECTOR`].
const STRETCH: usize = 1024;

/// Elements on the way, aligned so that no vector that is read spans two that were written: the processor would wait for
/// both to reach the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Chunk<T>([T; CHUNK]);

/// Whether results are operands of later elements, as where a row is folded or accumulated: then elements have to be
/// taken one after the other.
fn feeds_back(read: *const u8, read_stride: isize, written: *const u8, written_stride: isize, size: usize, n: usize) -> bool {
    if written_stride == 0 {
        return n > 1;
    }
    if std::ptr::eq(read, written) && read_stride == written_stride {
        return false;
    }
    let reach = |p: *const u8, stride: isize| {
        let (first, last) = (p as isize, (p as isize).wrapping_add(stride.wrapping_mul(n as isize - 1)));
        (first.min(last), first.max(last).wrapping_add(size as isize))
    };
    let ((low, high), (from, to)) = (reach(read, read_stride), reach(written, written_stride));
    if high <= from || to <= low {
        return false;
    }
    // Elements that lie between each other's, as the parts of complex numbers do.
    let step = written_stride.unsigned_abs();
    let offset = (read as isize).wrapping_sub(written as isize).rem_euclid(step as isize) as usize;
    read_stride.unsigned_abs() != step || offset < size || offset + size > step
}

/// Reads `n` elements, at most `CHUNK`.
#[inline(always)]
unsafe fn gather<A: Lane>(into: &mut [C<A>; CHUNK], p: *const u8, stride: isize, n: usize) {
    let size = size_of::<A>() as isize;
    // The contiguous loop stands apart so that it vectorizes.
    if stride == size {
        for (i, x) in into[..n].iter_mut().enumerate() {
            // SAFETY: the caller promises `n` elements.
            *x = unsafe { A::load(p.offset(i as isize * size)) };
        }
    } else {
        for (i, x) in into[..n].iter_mut().enumerate() {
            // SAFETY: as above.
            *x = unsafe { A::load(p.offset(i as isize * stride)) };
        }
    }
}

/// Writes elements.
#[inline(always)]
unsafe fn spread<A: Lane>(from: &[C<A>], p: *mut u8, stride: isize) {
    let size = size_of::<A>() as isize;
    if stride == size {
        for (i, &x) in from.iter().enumerate() {
            // SAFETY: the caller promises room for the elements.
            unsafe { A::store(p.offset(i as isize * size), x) };
        }
    } else {
        for (i, &x) in from.iter().enumerate() {
            // SAFETY: as above.
            unsafe { A::store(p.offset(i as isize * stride), x) };
        }
    }
}

/// Whether elements can be computed straight from memory to memory.
#[inline(always)]
fn is_straight<A: Lane>(n: usize) -> bool {
    // Others are converted on the way, which no vector does.
    size_of::<A>() == size_of::<C<A>>() && n >= VECTOR
}

#[inline(always)]
unsafe fn map_body<A: Lane, F: Map<C<A>>>(args: *const *mut u8, strides: *const isize, n: usize) {
    if n == 0 {
        return;
    }
    let size = size_of::<A>() as isize;
    // SAFETY: an `InnerLoop`'s caller promises two pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, r) = (*args, *args.add(1));
        let (sa, sr) = (*strides, *strides.add(1));
        let one_by_one = feeds_back(a, sa, r, sr, size_of::<A>(), n);
        let step = if one_by_one { 1 } else { CHUNK };
        let straight = is_straight::<A>(n) && sa == size && sr == size && !one_by_one;
        let (mut x, mut y) = (Chunk([A::load(a); CHUNK]), Chunk([A::load(a); CHUNK]));
        let mut start = 0;
        while start < n {
            let (from, to) = (a.offset(start as isize * sa), r.offset(start as isize * sr));
            if straight && n - start >= VECTOR {
                let len = (n - start).min(STRETCH) & !(VECTOR - 1);
                // In place, one pointer serves for both: the compiler vectorizes without a check for overlap.
                let done = if std::ptr::eq(from, to) {
                    map_straight::<A, F>(|i| A::load(to.offset(i * size)), to, len)
                } else {
                    map_straight::<A, F>(|i| A::load(from.offset(i * size)), to, len)
                };
                if done {
                    start += len;
                    continue;
                }
            }
            let len = step.min(n - start);
            gather::<A>(&mut x.0, from, sa, len);
            map_chunk::<C<A>, F>(&x.0, &mut y.0, len);
            spread::<A>(&y.0[..len], to, sr);
            start += len;
        }
    }
}

/// Computes packed elements, a multiple of [`VECTOR`], unless one of them is rare: whether it did.
#[inline(always)]
unsafe fn map_straight<A: Lane, F: Map<C<A>>>(x: impl Fn(isize) -> C<A>, to: *mut u8, len: usize) -> bool {
    let (len, size) = (len as isize, size_of::<A>() as isize);
    let mut some_rare = false;
    for i in 0..len {
        some_rare |= F::is_rare(x(i));
    }
    if some_rare {
        return false;
    }
    for i in 0..len {
        // SAFETY: the caller promises room for the elements.
        unsafe { A::store(to.offset(i * size), F::of(x(i))) };
    }
    true
}

#[inline(always)]
fn map_chunk<T: Copy, F: Map<T>>(x: &[T; CHUNK], y: &mut [T; CHUNK], len: usize) {
    let whole = len.next_multiple_of(VECTOR).min(CHUNK);
    let mut some_rare = false;
    for (y, &x) in y[..whole].iter_mut().zip(&x[..whole]) {
        *y = F::of(x);
    }
    for &x in &x[..whole] {
        some_rare |= F::is_rare(x);
    }
    if some_rare {
        for (y, &x) in y[..len].iter_mut().zip(&x[..len]) {
            if F::is_rare(x) {
                *y = F::rare(x);
            }
        }
    }
}
versions! {
    /// A loop of a [`Map`]: the same bits whatever the place of an element, the strides and the number.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    wide map, map_body, [A: Lane, F: Map<C<A>>], (args: *const *mut u8, strides: *const isize, n: usize)
}

#[inline(always)]
unsafe fn map_2_body<A: Lane, F: Map2<C<A>>>(args: *const *mut u8, strides: *const isize, n: usize) {
    if n == 0 {
        return;
    }
    let size = size_of::<A>() as isize;
    // SAFETY: as in `map_body`, with three pointers and strides.
    unsafe {
        let (a, b, r) = (*args, *args.add(1), *args.add(2));
        let (sa, sb, sr) = (*strides, *strides.add(1), *strides.add(2));
        let one_by_one = feeds_back(a, sa, r, sr, size_of::<A>(), n) || feeds_back(b, sb, r, sr, size_of::<A>(), n);
        let step = if one_by_one { 1 } else { CHUNK };
        let packed = |s: isize| s == size || s == 0;
        let straight = is_straight::<A>(n) && packed(sa) && packed(sb) && sa + sb != 0 && sr == size && !one_by_one;
        let (first_x, first_y) = (A::load(a), A::load(b));
        let (mut x, mut y, mut z) = (Chunk([first_x; CHUNK]), Chunk([first_y; CHUNK]), Chunk([first_x; CHUNK]));
        let mut start = 0;
        while start < n {
            let at = |p: *mut u8, stride: isize| p.offset(start as isize * stride);
            let (from_x, from_y, to) = (at(a, sa), at(b, sb), at(r, sr));
            if straight && n - start >= VECTOR {
                let len = (n - start).min(STRETCH) & !(VECTOR - 1);
                let (x_at, y_at) = (|i: isize| A::load(from_x.offset(i * size)), |i: isize| A::load(from_y.offset(i * size)));
                // What is in place is read by the pointer that writes: no check for overlap.
                let here = |i: isize| A::load(to.offset(i * size));
                let done = match (sa == 0, sb == 0) {
                    (true, _) if std::ptr::eq(from_y, to) => map_2_straight::<A, F>(|_| first_x, here, to, len),
                    (true, _) => map_2_straight::<A, F>(|_| first_x, y_at, to, len),
                    (_, true) if std::ptr::eq(from_x, to) => map_2_straight::<A, F>(here, |_| first_y, to, len),
                    (_, true) => map_2_straight::<A, F>(x_at, |_| first_y, to, len),
                    _ if std::ptr::eq(from_x, to) => map_2_straight::<A, F>(here, y_at, to, len),
                    _ if std::ptr::eq(from_y, to) => map_2_straight::<A, F>(x_at, here, to, len),
                    _ => map_2_straight::<A, F>(x_at, y_at, to, len),
                };
                if done {
                    start += len;
                    continue;
                }
            }
            let len = step.min(n - start);
            // What neither moves nor is written was read before.
            if sa != 0 || one_by_one {
                gather::<A>(&mut x.0, from_x, sa, len);
            }
            if sb != 0 || one_by_one {
                gather::<A>(&mut y.0, from_y, sb, len);
            }
            map_2_chunk::<C<A>, F>(&x.0, &y.0, &mut z.0, len);
            spread::<A>(&z.0[..len], to, sr);
            start += len;
        }
    }
}

/// As [`map_straight`].
#[inline(always)]
unsafe fn map_2_straight<A: Lane, F: Map2<C<A>>>(x: impl Fn(isize) -> C<A>, y: impl Fn(isize) -> C<A>, to: *mut u8, len: usize) -> bool {
    let (len, size) = (len as isize, size_of::<A>() as isize);
    let mut some_rare = false;
    for i in 0..len {
        some_rare |= F::is_rare(x(i), y(i));
    }
    if some_rare {
        return false;
    }
    for i in 0..len {
        // SAFETY: the caller promises room for the elements.
        unsafe { A::store(to.offset(i * size), F::of(x(i), y(i))) };
    }
    true
}

#[inline(always)]
fn map_2_chunk<T: Copy, F: Map2<T>>(x: &[T; CHUNK], y: &[T; CHUNK], z: &mut [T; CHUNK], len: usize) {
    let whole = len.next_multiple_of(VECTOR).min(CHUNK);
    let mut some_rare = false;
    for ((z, &x), &y) in z[..whole].iter_mut().zip(&x[..whole]).zip(&y[..whole]) {
        *z = F::of(x, y);
    }
    for (&x, &y) in x[..whole].iter().zip(&y[..whole]) {
        some_rare |= F::is_rare(x, y);
    }
    if some_rare {
        for ((z, &x), &y) in z[..len].iter_mut().zip(&x[..len]).zip(&y[..len]) {
            if F::is_rare(x, y) {
                *z = F::rare(x, y);
            }
        }
    }
}
versions! {
    /// A loop of a [`Map2`]: the same bits whatever the place of an element, the strides and the number.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    wide map_2, map_2_body, [A: Lane, F: Map2<C<A>>], (args: *const *mut u8, strides: *const isize, n: usize)
}

/// A closure of one element with two results.
pub trait UnaryTwo<A: Lane, R: Lane, S: Lane>: Fn(C<A>) -> (C<R>, C<S>) + Copy {}
impl<A: Lane, R: Lane, S: Lane, F: Fn(C<A>) -> (C<R>, C<S>) + Copy> UnaryTwo<A, R, S> for F {}
/// A closure of two elements with two results.
pub trait BinaryTwo<A: Lane, B: Lane, R: Lane, S: Lane>: Fn(C<A>, C<B>) -> (C<R>, C<S>) + Copy {}
impl<A: Lane, B: Lane, R: Lane, S: Lane, F: Fn(C<A>, C<B>) -> (C<R>, C<S>) + Copy> BinaryTwo<A, B, R, S> for F {}

#[inline(always)]
unsafe fn unary_two_body<A: Lane, R: Lane, S: Lane, F: UnaryTwo<A, R, S>>(args: *const *mut u8, strides: *const isize, n: usize, f: F) {
    // SAFETY: an `InnerLoop`'s caller promises three pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, r, s) = (*args, *args.add(1), *args.add(2));
        let (sa, sr, ss) = (*strides, *strides.add(1), *strides.add(2));
        for i in 0..n as isize {
            let (x, y) = f(A::load(a.offset(i * sa)));
            R::store(r.offset(i * sr), x);
            S::store(s.offset(i * ss), y);
        }
    }
}
versions! {
    /// A loop of one input and two results.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    unary_two, unary_two_body, [A: Lane, R: Lane, S: Lane, F: UnaryTwo<A, R, S>], (args: *const *mut u8, strides: *const isize, n: usize, f: F)
}

#[inline(always)]
unsafe fn binary_two_body<A: Lane, B: Lane, R: Lane, S: Lane, F: BinaryTwo<A, B, R, S>>(
    args: *const *mut u8,
    strides: *const isize,
    n: usize,
    f: F,
) {
    // SAFETY: an `InnerLoop`'s caller promises four pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, b, r, s) = (*args, *args.add(1), *args.add(2), *args.add(3));
        let (sa, sb, sr, ss) = (*strides, *strides.add(1), *strides.add(2), *strides.add(3));
        for i in 0..n as isize {
            let (x, y) = f(A::load(a.offset(i * sa)), B::load(b.offset(i * sb)));
            R::store(r.offset(i * sr), x);
            S::store(s.offset(i * ss), y);
        }
    }
}
versions! {
    /// A loop of two inputs and two results.
    ///
    /// # Safety
    /// As [`cuprous_core::op::InnerLoop`].
    binary_two, binary_two_body, [A: Lane, B: Lane, R: Lane, S: Lane, F: BinaryTwo<A, B, R, S>], (args: *const *mut u8, strides: *const isize, n: usize, f: F)
}
