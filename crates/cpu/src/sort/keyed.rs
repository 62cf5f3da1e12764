//! Elements as keys that vectors sort, and back.

use super::lanes::Key;
use super::quick::{Sortable, Vectors};
use cuprous_core::f16;

/// An element that a key of 32 or 64 bits stands for.
pub trait Keyed: Copy + Send + Sync + 'static {
    /// The key
    type Key: Sortable;
    /// Whether the element is its key, bit for bit
    const IS_SAME: bool;
    /// Whether there are NaN and two zeros
    const IS_FLOAT: bool;

    /// Compares as elements do, but zeros by their signs, and NaN is the largest key.
    fn key(self) -> Self::Key;
    /// The other way.
    fn element(key: Self::Key) -> Self;
    /// As [`Keyed::key`], but zeros are equal.
    fn rank(self) -> Self::Key;
    /// What comes last: NaN, if there is one.
    fn last() -> Self;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
    /// 0 for another element than zero, 1 for zero, 2 for negative zero.
    fn zero(self) -> Self::Key;
}

macro_rules! integers {
    ($($t:ty, $key:ty, $same:literal, |$x:ident| $to:expr, |$k:ident| $from:expr;)*) => {$(
        impl Keyed for $t {
            type Key = $key;
            const IS_SAME: bool = $same;
            const IS_FLOAT: bool = false;
            #[inline(always)]
            fn key(self) -> $key {
                let $x = self;
                $to
            }
            #[inline(always)]
            fn element($k: $key) -> $t {
                $from
            }
            #[inline(always)]
            fn rank(self) -> $key {
                self.key()
            }
            fn last() -> $t {
                <$t>::MAX
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                false
            }
            #[inline(always)]
            fn zero(self) -> $key {
                0
            }
        }
    )*};
}
integers! {
    u8, i32, false, |x| x.into(), |k| k as u8;
    i8, i32, false, |x| x.into(), |k| k as i8;
    u16, i32, false, |x| x.into(), |k| k as u16;
    i16, i32, false, |x| x.into(), |k| k as i16;
    i32, i32, true, |x| x, |k| k;
    u32, i32, false, |x| (x ^ (1 << 31)) as i32, |k| k as u32 ^ (1 << 31);
    i64, i64, true, |x| x, |k| k;
    u64, i64, false, |x| (x ^ (1 << 63)) as i64, |k| k as u64 ^ (1 << 63);
}

macro_rules! floats {
    ($($t:ty, $bits:ty, $signed:ty, $key:ty, $infinity:literal;)*) => {$(
        impl Keyed for $t {
            type Key = $key;
            const IS_SAME: bool = false;
            const IS_FLOAT: bool = true;
            #[inline(always)]
            fn key(self) -> $key {
                let bits = self.to_bits() as $signed;
                // Of negative numbers all bits but the sign are turned, without a branch: signs are as good as random.
                let key = bits ^ (((bits >> (<$bits>::BITS - 1)) as $bits) >> 1) as $signed;
                if self.is_nan() { <$key>::MAX } else { key.into() }
            }
            #[inline(always)]
            fn element(key: $key) -> $t {
                let bits = key as $signed;
                <$t>::from_bits((bits ^ (((bits >> (<$bits>::BITS - 1)) as $bits) >> 1) as $signed) as $bits)
            }
            #[inline(always)]
            fn rank(self) -> $key {
                // Only negative zero has this key.
                let key = self.key();
                if key == -1 { 0 } else { key }
            }
            fn last() -> $t {
                <$t>::NAN
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.to_bits() & (<$bits>::MAX >> 1) > $infinity
            }
            #[inline(always)]
            fn zero(self) -> $key {
                let bits = self.to_bits();
                <$key>::from(bits == 0) | <$key>::from(bits == 1 << (<$bits>::BITS - 1)) << 1
            }
        }
    )*};
}
floats! {
    f16, u16, i16, i32, 0x7c00;
    f32, u32, i32, i32, 0x7f80_0000;
    f64, u64, i64, i64, 0x7ff0_0000_0000_0000;
}

/// What was met on the way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    /// How many NaN
    pub n_nan: usize,
    /// Which zeros: [`Keyed::zero`] of all
    pub zeros: i64,
}

impl Met {
    /// Of both.
    pub fn and(self, other: Met) -> Met {
        Met { n_nan: self.n_nan + other.n_nan, zeros: self.zeros | other.zeros }
    }
}

macro_rules! compiled {
    ($(#[$doc:meta])* $name:ident => $inner:ident<$t:ident: $bound:ident>($($arg:ident: $ty:ty),*) $(-> $out:ty)?) => {
        $(#[$doc])*
        pub unsafe fn $name<$t: $bound>(vectors: Vectors, $($arg: $ty),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
            unsafe fn wide<$t: $bound>($($arg: $ty),*) $(-> $out)? {
                // SAFETY: the caller's.
                unsafe { $inner::<$t>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            unsafe fn medium<$t: $bound>($($arg: $ty),*) $(-> $out)? {
                // SAFETY: the caller's.
                unsafe { $inner::<$t>($($arg),*) }
            }
            // SAFETY: the caller's; `Vectors::here` says that the processor has them.
            unsafe {
                match vectors {
                    #[cfg(target_arch = "x86_64")]
                    Vectors::Avx512 => wide::<$t>($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Vectors::Avx2 => medium::<$t>($($arg),*),
                    _ => $inner::<$t>($($arg),*),
                }
            }
        }
    };
}

compiled! {
    /// Writes the keys of `n` elements.
    ///
    /// # Safety
    /// The elements must be valid, and there must be room for the keys; both may be the same memory.
    to_keys => write_keys<T: Keyed>(from: *const T, to: *mut T::Key, n: usize) -> Met
}
compiled! {
    /// Writes the elements of `n` keys.
    ///
    /// # Safety
    /// As [`to_keys`].
    to_elements => write_elements<T: Keyed>(from: *const T::Key, to: *mut T, n: usize)
}
compiled! {
    /// Writes `n` ranks of 32 bits with their places, `first, first + 1, ...`, behind them.
    ///
    /// # Safety
    /// As [`to_keys`].
    to_placed => write_placed<T: Placeable>(from: *const T, to: *mut i64, first: usize, n: usize)
}

/// An element whose rank leaves room for a place in 64 bits.
pub trait Placeable: Keyed<Key = i32> {}
impl<T: Keyed<Key = i32>> Placeable for T {}

#[inline(always)]
unsafe fn write_keys<T: Keyed>(from: *const T, to: *mut T::Key, n: usize) -> Met {
    if T::IS_SAME {
        if !std::ptr::eq(from.cast(), to) {
            // SAFETY: the caller's; elements are keys.
            unsafe { std::ptr::copy_nonoverlapping(from.cast(), to, n) };
        }
        return Met::default();
    }
    let mut met = Met::default();
    // In blocks whose counts fit a key, so that vectors count.
    for first in (0..n).step_by(4096) {
        let (mut n_nan, mut zeros) = (T::Key::ZERO, T::Key::ZERO);
        for k in first..(first + 4096).min(n) {
            // SAFETY: the caller's.
            unsafe {
                let x = from.add(k).read_unaligned();
                *to.add(k) = x.key();
                if T::IS_FLOAT {
                    n_nan += x.is_nan().into();
                    zeros |= x.zero();
                }
            }
        }
        met = met.and(Met { n_nan: n_nan.into() as usize, zeros: zeros.into() });
    }
    met
}

#[inline(always)]
unsafe fn write_elements<T: Keyed>(from: *const T::Key, to: *mut T, n: usize) {
    if T::IS_SAME && std::ptr::eq(from.cast(), to) {
        return;
    }
    for k in 0..n {
        // SAFETY: the caller's.
        unsafe { to.add(k).write_unaligned(T::element(*from.add(k))) };
    }
}

#[inline(always)]
unsafe fn write_placed<T: Placeable>(from: *const T, to: *mut i64, first: usize, n: usize) {
    for k in 0..n {
        // SAFETY: the caller's.
        unsafe { *to.add(k) = i64::from(from.add(k).read_unaligned().rank()) << 32 | (first + k) as i64 };
    }
}
