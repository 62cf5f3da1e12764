//! Vectors of keys, whole numbers of 32 or 64 bits: what sorting by vectors asks of a processor.

use std::ops::{AddAssign, BitOrAssign};

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2I32, Avx2I64, Avx512I32, Avx512I64};

/// A key.
pub trait Key: Copy + Ord + Send + Sync + From<bool> + Into<i64> + AddAssign + BitOrAssign + 'static {
    /// The largest one
    const MAX: Self;
    /// That of zero
    const ZERO: Self;
}
impl Key for i32 {
    const MAX: i32 = i32::MAX;
    const ZERO: i32 = 0;
}
impl Key for i64 {
    const MAX: i64 = i64::MAX;
    const ZERO: i64 = 0;
}

/// Some keys in a register.
///
/// Every function may only be called where the processor has the instructions; callers are compiled for them, so that
/// these functions become single instructions.
pub trait Vector: Copy {
    /// The key
    type Key: Key;
    /// Keys of a vector: 4, 8 or 16
    const N: usize;
    /// The most vectors that a network sorts
    const NETWORK: usize;

    /// # Safety
    /// `N` keys must be valid at `from`.
    unsafe fn load(from: *const Self::Key) -> Self;
    /// The first `n` keys, fewer than `N`, and the largest key behind them.
    ///
    /// # Safety
    /// `n` keys must be valid at `from`.
    unsafe fn load_some(from: *const Self::Key, n: usize) -> Self;
    /// # Safety
    /// There must be room for `N` keys.
    unsafe fn store(self, to: *mut Self::Key);
    /// # Safety
    /// There must be room for `n` keys, fewer than `N`.
    unsafe fn store_some(self, to: *mut Self::Key, n: usize);
    /// # Safety
    /// The processor must have the instructions.
    unsafe fn splat(key: Self::Key) -> Self;
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn min(self, other: Self) -> Self;
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn max(self, other: Self) -> Self;
    /// Lane `i` of the result is lane `i ^ K`.
    ///
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn flip<const K: usize>(self) -> Self;
    /// Lane `i` is that of `other` where `i` has the highest bit of `K`.
    ///
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn choose<const K: usize>(self, other: Self) -> Self;
    /// A bit for each lane that is below the pivot, or equal to it if that is asked.
    ///
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn below<const OR_EQUAL: bool>(self, pivot: Self) -> u32;
    /// Sorts no more keys than [`Vector::NETWORK`] vectors hold. A function of its own, for it is long.
    ///
    /// # Safety
    /// As [`Vector::splat`].
    unsafe fn network(keys: &mut [Self::Key]);
    /// Writes the lanes of `low` from `to` on and the others in front of `end`; other places near may be overwritten.
    ///
    /// # Safety
    /// There must be room for `N` keys from `to` on and in front of `end`.
    unsafe fn part(self, low: u32, to: *mut Self::Key, end: *mut Self::Key);
    /// As [`Vector::part`], but nothing else is written.
    ///
    /// # Safety
    /// There must be room for the keys.
    unsafe fn part_exactly(self, low: u32, to: *mut Self::Key, end: *mut Self::Key);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    /// For each lane the one `K` away, in parts of 32 bits.
    const fn flipped(k: usize, parts: usize) -> [i32; 16] {
        let mut out = [0; 16];
        let mut i = 0;
        while i < 16 {
            out[i] = ((((i / parts) ^ k) * parts + i % parts) & 15) as i32;
            i += 1;
        }
        out
    }

    /// A bit for each lane that has the highest bit of `k`.
    const fn upper(k: usize) -> u16 {
        let bit = 1 << k.ilog2();
        let (mut out, mut i) = (0, 0);
        while i < 16 {
            if i & bit != 0 {
                out |= 1 << i;
            }
            i += 1;
        }
        out
    }

    /// For each set of low lanes the parts of 32 bits in the order that puts these first.
    const fn orders<const SETS: usize>(lanes: usize, parts: usize) -> [[i32; 8]; SETS] {
        let mut out = [[0; 8]; SETS];
        let mut set = 0;
        while set < SETS {
            let (mut k, mut round) = (0, 0);
            while round < 2 {
                let mut lane = 0;
                while lane < lanes {
                    if (set >> lane & 1 == 1) == (round == 0) {
                        let mut part = 0;
                        while part < parts {
                            out[set][k] = (lane * parts + part) as i32;
                            k += 1;
                            part += 1;
                        }
                    }
                    lane += 1;
                }
                round += 1;
            }
            set += 1;
        }
        out
    }

    static ORDERS_32: [[i32; 8]; 256] = orders(8, 1);
    static ORDERS_64: [[i32; 8]; 16] = orders(4, 2);

    macro_rules! avx512 {
        ($name:ident, $key:ty, $n:literal, $mask:ty, $parts:literal, $loadu:ident, $mask_loadu:ident, $storeu:ident, $mask_storeu:ident,
         $splat:ident, $min:ident, $max:ident, $permute:ident, $choose:ident, $lt:ident, $le:ident, $compress:ident) => {
            /// Keys in a register of 512 bits.
            #[derive(Clone, Copy)]
            pub struct $name(__m512i);

            impl Vector for $name {
                type Key = $key;
                const N: usize = $n;
                const NETWORK: usize = 16;
                #[inline(always)]
                unsafe fn load(from: *const $key) -> Self {
                    // SAFETY: the caller's keys; loads need no alignment.
                    Self(unsafe { $loadu(from.cast()) })
                }
                #[inline(always)]
                unsafe fn load_some(from: *const $key, n: usize) -> Self {
                    // SAFETY: lanes behind the caller's keys are not read.
                    Self(unsafe { $mask_loadu($splat(<$key>::MAX), ((1_u32 << n) - 1) as $mask, from.cast()) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $key) {
                    // SAFETY: the caller's room; stores need no alignment.
                    unsafe { $storeu(to.cast(), self.0) }
                }
                #[inline(always)]
                unsafe fn store_some(self, to: *mut $key, n: usize) {
                    // SAFETY: lanes behind the caller's room are not written.
                    unsafe { $mask_storeu(to.cast(), ((1_u32 << n) - 1) as $mask, self.0) }
                }
                #[inline(always)]
                unsafe fn splat(key: $key) -> Self {
                    // SAFETY: the caller's processor has it.
                    Self(unsafe { $splat(key) })
                }
                #[inline(always)]
                unsafe fn min(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $min(self.0, other.0) })
                }
                #[inline(always)]
                unsafe fn max(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $max(self.0, other.0) })
                }
                #[inline(always)]
                unsafe fn flip<const K: usize>(self) -> Self {
                    // Lanes of 64 bits are counted in the low halves.
                    let order = const { if $parts == 1 { flipped(K, 1) } else { wide(flipped(K, 1)) } };
                    // SAFETY: as above; the order is as long as a register.
                    Self(unsafe { $permute(_mm512_loadu_si512(order.as_ptr().cast()), self.0) })
                }
                #[inline(always)]
                unsafe fn choose<const K: usize>(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $choose(self.0, const { upper(K) } as $mask, other.0) })
                }
                #[inline(always)]
                unsafe fn below<const OR_EQUAL: bool>(self, pivot: Self) -> u32 {
                    // SAFETY: as above.
                    unsafe { if OR_EQUAL { $le(self.0, pivot.0).into() } else { $lt(self.0, pivot.0).into() } }
                }
                unsafe fn network(keys: &mut [$key]) {
                    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,bmi1,bmi2,popcnt,avx2")]
                    unsafe fn network(keys: &mut [$key]) {
                        // SAFETY: the processor has what this function is compiled for.
                        unsafe { super::super::quick::network::<$name>(keys) }
                    }
                    // SAFETY: the caller's.
                    unsafe { network(keys) }
                }
                #[inline(always)]
                unsafe fn part(self, low: u32, to: *mut $key, end: *mut $key) {
                    // SAFETY: the caller's room. Compressed in a register: doing it in memory is slow on some processors.
                    unsafe {
                        let n_high = $n - low.count_ones();
                        $storeu(to.cast(), $compress(low as $mask, self.0));
                        let high = $compress(!low as $mask, self.0);
                        $mask_storeu(end.sub(n_high as usize).cast(), ((1_u32 << n_high) - 1) as $mask, high);
                    }
                }
                #[inline(always)]
                unsafe fn part_exactly(self, low: u32, to: *mut $key, end: *mut $key) {
                    // SAFETY: the caller's room.
                    unsafe {
                        let n_low = low.count_ones();
                        $mask_storeu(to.cast(), ((1_u32 << n_low) - 1) as $mask, $compress(low as $mask, self.0));
                        let high = $compress(!low as $mask, self.0);
                        $mask_storeu(end.sub($n - n_low as usize).cast(), ((1_u32 << ($n - n_low)) - 1) as $mask, high);
                    }
                }
            }
        };
    }

    /// Numbers below 8 as 64 bits each.
    const fn wide(from: [i32; 16]) -> [i32; 16] {
        let (mut out, mut i) = ([0; 16], 0);
        while i < 8 {
            out[2 * i] = from[i] & 7;
            i += 1;
        }
        out
    }

    avx512!(
        Avx512I32,
        i32,
        16,
        __mmask16,
        1,
        _mm512_loadu_si512,
        _mm512_mask_loadu_epi32,
        _mm512_storeu_si512,
        _mm512_mask_storeu_epi32,
        _mm512_set1_epi32,
        _mm512_min_epi32,
        _mm512_max_epi32,
        _mm512_permutexvar_epi32,
        _mm512_mask_mov_epi32,
        _mm512_cmplt_epi32_mask,
        _mm512_cmple_epi32_mask,
        _mm512_maskz_compress_epi32
    );
    avx512!(
        Avx512I64,
        i64,
        8,
        __mmask8,
        2,
        _mm512_loadu_si512,
        _mm512_mask_loadu_epi64,
        _mm512_storeu_si512,
        _mm512_mask_storeu_epi64,
        _mm512_set1_epi64,
        _mm512_min_epi64,
        _mm512_max_epi64,
        _mm512_permutexvar_epi64,
        _mm512_mask_mov_epi64,
        _mm512_cmplt_epi64_mask,
        _mm512_cmple_epi64_mask,
        _mm512_maskz_compress_epi64
    );

    macro_rules! avx2 {
        ($name:ident, $key:ty, $n:literal, $parts:literal, $splat:ident, $gt:ident, $maskload:ident, $maskstore:ident, |$v:ident| $bits:expr,
         $orders:ident, $counting:ident, |$a:ident, $b:ident| $min:expr, $max:expr) => {
            /// Keys in a register of 256 bits.
            #[derive(Clone, Copy)]
            pub struct $name(__m256i);

            impl Vector for $name {
                type Key = $key;
                const N: usize = $n;
                const NETWORK: usize = 16;
                #[inline(always)]
                unsafe fn load(from: *const $key) -> Self {
                    // SAFETY: the caller's keys; loads need no alignment.
                    Self(unsafe { _mm256_loadu_si256(from.cast()) })
                }
                #[inline(always)]
                unsafe fn load_some(from: *const $key, n: usize) -> Self {
                    // SAFETY: lanes behind the caller's keys are not read.
                    unsafe {
                        let is_there = $gt($splat(n as $key), Self::load($counting.as_ptr()).0);
                        Self(_mm256_blendv_epi8($splat(<$key>::MAX), $maskload(from.cast(), is_there), is_there))
                    }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $key) {
                    // SAFETY: the caller's room; stores need no alignment.
                    unsafe { _mm256_storeu_si256(to.cast(), self.0) }
                }
                #[inline(always)]
                unsafe fn store_some(self, to: *mut $key, n: usize) {
                    // SAFETY: lanes behind the caller's room are not written.
                    unsafe {
                        let is_there = $gt($splat(n as $key), Self::load($counting.as_ptr()).0);
                        $maskstore(to.cast(), is_there, self.0);
                    }
                }
                #[inline(always)]
                unsafe fn splat(key: $key) -> Self {
                    // SAFETY: the caller's processor has it.
                    Self(unsafe { $splat(key) })
                }
                #[inline(always)]
                unsafe fn min(self, other: Self) -> Self {
                    let ($a, $b) = (self.0, other.0);
                    // SAFETY: as above.
                    Self(unsafe { $min })
                }
                #[inline(always)]
                unsafe fn max(self, other: Self) -> Self {
                    let ($a, $b) = (self.0, other.0);
                    // SAFETY: as above.
                    Self(unsafe { $max })
                }
                #[inline(always)]
                unsafe fn flip<const K: usize>(self) -> Self {
                    let order = const { flipped(K, $parts) };
                    // SAFETY: as above; the order is longer than a register.
                    Self(unsafe { _mm256_permutevar8x32_epi32(self.0, _mm256_loadu_si256(order.as_ptr().cast())) })
                }
                #[inline(always)]
                unsafe fn choose<const K: usize>(self, other: Self) -> Self {
                    let lanes = const {
                        let (mut out, mut i) = ([0; $n], 0);
                        while i < $n {
                            out[i] = if upper(K) >> i & 1 == 1 { -1 as $key } else { 0 };
                            i += 1;
                        }
                        out
                    };
                    // SAFETY: as above; there are as many lanes as in a register.
                    Self(unsafe { _mm256_blendv_epi8(self.0, other.0, _mm256_loadu_si256(lanes.as_ptr().cast())) })
                }
                #[inline(always)]
                unsafe fn below<const OR_EQUAL: bool>(self, pivot: Self) -> u32 {
                    // SAFETY: as above.
                    unsafe {
                        let $v = if OR_EQUAL { $gt(self.0, pivot.0) } else { $gt(pivot.0, self.0) };
                        let bits = $bits as u32;
                        if OR_EQUAL { !bits & ((1 << $n) - 1) } else { bits }
                    }
                }
                unsafe fn network(keys: &mut [$key]) {
                    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
                    unsafe fn network(keys: &mut [$key]) {
                        // SAFETY: the processor has what this function is compiled for.
                        unsafe { super::super::quick::network::<$name>(keys) }
                    }
                    // SAFETY: the caller's.
                    unsafe { network(keys) }
                }
                #[inline(always)]
                unsafe fn part(self, low: u32, to: *mut $key, end: *mut $key) {
                    // SAFETY: the caller's room; there is an order for each set of lanes.
                    unsafe {
                        let order = _mm256_loadu_si256($orders.as_ptr().add(low as usize).cast());
                        let both = _mm256_permutevar8x32_epi32(self.0, order);
                        _mm256_storeu_si256(to.cast(), both);
                        _mm256_storeu_si256(end.sub($n).cast(), both);
                    }
                }
                #[inline(always)]
                unsafe fn part_exactly(self, low: u32, to: *mut $key, end: *mut $key) {
                    // SAFETY: the caller's room: other lanes are not written. There is an order for each set of lanes.
                    unsafe {
                        let order = _mm256_loadu_si256($orders.as_ptr().add(low as usize).cast());
                        let both = _mm256_permutevar8x32_epi32(self.0, order);
                        let is_low = $gt($splat(low.count_ones() as $key), Self::load($counting.as_ptr()).0);
                        $maskstore(to.cast(), is_low, both);
                        let is_high = _mm256_xor_si256(is_low, _mm256_set1_epi32(-1));
                        $maskstore(end.wrapping_sub($n).cast(), is_high, both);
                    }
                }
            }
        };
    }

    static COUNTING_32: [i32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    static COUNTING_64: [i64; 4] = [0, 1, 2, 3];

    avx2!(
        Avx2I32,
        i32,
        8,
        1,
        _mm256_set1_epi32,
        _mm256_cmpgt_epi32,
        _mm256_maskload_epi32,
        _mm256_maskstore_epi32,
        |v| _mm256_movemask_ps(_mm256_castsi256_ps(v)),
        ORDERS_32,
        COUNTING_32,
        |a, b| _mm256_min_epi32(a, b),
        _mm256_max_epi32(a, b)
    );
    avx2!(
        Avx2I64,
        i64,
        4,
        2,
        _mm256_set1_epi64x,
        _mm256_cmpgt_epi64,
        _mm256_maskload_epi64,
        _mm256_maskstore_epi64,
        |v| _mm256_movemask_pd(_mm256_castsi256_pd(v)),
        ORDERS_64,
        COUNTING_64,
        |a, b| _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b)),
        _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b))
    );
}
