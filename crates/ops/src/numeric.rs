//! The integer and floating rules of NumPy that Rust has no operator for.

use cuprous_core::{c64, c128};

/// What rows need of integers.
pub trait Int: Copy + PartialOrd {
    /// Quotient rounded down; 0 for a divisor of 0, wrapping at the minimum.
    fn floor_div(self, b: Self) -> Self;
    /// Remainder with the divisor's sign; 0 for a divisor of 0.
    fn floor_mod(self, b: Self) -> Self;
    /// Power by squaring, wrapping; a negative exponent gives what the integer part of the true power is.
    fn int_pow(self, exponent: Self) -> Self;
    /// -1, 0 or 1.
    fn sign(self) -> Self;
    /// Absolute value, wrapping at the minimum.
    fn abs_wrapping(self) -> Self;
    /// Bits moved left; 0 for a shift that is negative or too far.
    fn shift_left(self, n: Self) -> Self;
    /// Bits moved right with the sign; the sign alone for a shift that is negative or too far.
    fn shift_right(self, n: Self) -> Self;
    /// Remainder with the dividend's sign; 0 for a divisor of 0.
    fn trunc_mod(self, b: Self) -> Self;
    /// The smallest value.
    const MIN: Self;
    /// The largest value.
    const MAX: Self;
}

macro_rules! ints {
    (@common $t:ident) => {
        const MIN: $t = $t::MIN;
        const MAX: $t = $t::MAX;
        #[inline(always)]
        fn shift_left(self, n: $t) -> $t { if (n as u64) < $t::BITS as u64 { self << n } else { 0 } }
        #[inline(always)]
        #[allow(unused_comparisons, clippy::absurd_extreme_comparisons)]
        fn shift_right(self, n: $t) -> $t { if (n as u64) < $t::BITS as u64 { self >> n } else if self < 0 { !0 } else { 0 } }
        #[inline(always)]
        fn trunc_mod(self, b: $t) -> $t { if b == 0 { 0 } else { self.wrapping_rem(b) } }
    };
    (signed $($t:ident)*) => {$(
        impl Int for $t {
            ints!(@common $t);
            #[inline(always)]
            fn floor_div(self, b: $t) -> $t {
                if b == 0 {
                    return 0;
                }
                let q = self.wrapping_div(b);
                let r = self.wrapping_sub(q.wrapping_mul(b));
                if r != 0 && (r < 0) != (b < 0) { q - 1 } else { q }
            }
            #[inline(always)]
            fn floor_mod(self, b: $t) -> $t {
                if b == 0 {
                    return 0;
                }
                let r = self.wrapping_rem(b);
                if r != 0 && (r < 0) != (b < 0) { r + b } else { r }
            }
            #[inline(always)]
            fn int_pow(self, exponent: $t) -> $t {
                if exponent < 0 {
                    return if self == 1 { 1 } else if self == -1 { if exponent & 1 == 0 { 1 } else { -1 } } else { 0 };
                }
                let (mut base, mut e, mut out) = (self, exponent, 1 as $t);
                while e != 0 {
                    if e & 1 != 0 {
                        out = out.wrapping_mul(base);
                    }
                    e >>= 1;
                    base = base.wrapping_mul(base);
                }
                out
            }
            #[inline(always)]
            fn sign(self) -> $t { self.signum() }
            #[inline(always)]
            fn abs_wrapping(self) -> $t { self.wrapping_abs() }
        }
    )*};
    (unsigned $($t:ident)*) => {$(
        impl Int for $t {
            ints!(@common $t);
            #[inline(always)]
            fn floor_div(self, b: $t) -> $t { if b == 0 { 0 } else { self / b } }
            #[inline(always)]
            fn floor_mod(self, b: $t) -> $t { if b == 0 { 0 } else { self % b } }
            #[inline(always)]
            fn int_pow(self, exponent: $t) -> $t {
                let (mut base, mut e, mut out) = (self, exponent, 1 as $t);
                while e != 0 {
                    if e & 1 != 0 {
                        out = out.wrapping_mul(base);
                    }
                    e >>= 1;
                    base = base.wrapping_mul(base);
                }
                out
            }
            #[inline(always)]
            fn sign(self) -> $t { (self != 0) as $t }
            #[inline(always)]
            fn abs_wrapping(self) -> $t { self }
        }
    )*};
}
ints!(signed i8 i16 i32 i64);
ints!(unsigned u8 u16 u32 u64);

/// CUDA's twins of [`Int`].
pub const CUDA_INT: &str = r#"
template <class T> __device__ inline T floor_div(T a, T b) {
    if (b == 0) return 0;
    if ((T)-1 < (T)0 && b == (T)-1) return (T)(0 - (unsigned long long)a);
    T q = a / b, r = a - q * b;
    return (r != 0 && (r < 0) != (b < 0)) ? q - 1 : q;
}
template <class T> __device__ inline T floor_mod(T a, T b) {
    if (b == 0) return 0;
    if ((T)-1 < (T)0 && b == (T)-1) return 0;
    T r = a % b;
    return (r != 0 && (r < 0) != (b < 0)) ? r + b : r;
}
template <class T> __device__ inline T trunc_mod(T a, T b) {
    if (b == 0 || ((T)-1 < (T)0 && b == (T)-1)) return 0;
    return a % b;
}
template <class T> __device__ inline T int_pow(T base, T e) {
    if (e < 0) return base == 1 ? 1 : (base == (T)-1 ? ((e & 1) ? (T)-1 : 1) : 0);
    T out = 1;
    while (e != 0) {
        if (e & 1) out = (T)((unsigned long long)out * (unsigned long long)base);
        e >>= 1;
        base = (T)((unsigned long long)base * (unsigned long long)base);
    }
    return out;
}
"#;

/// What rows need of floats beyond the standard library.
pub trait Real: Copy + PartialOrd {
    /// NumPy's floor_divide.
    fn floor_div(self, b: Self) -> Self;
    /// NumPy's remainder: the divisor's sign, exact.
    fn floor_mod(self, b: Self) -> Self;
    /// -1, 0, 1 or NaN.
    fn sign(self) -> Self;
    /// The larger; NaN if either is.
    fn max_nan(self, b: Self) -> Self;
    /// The smaller; NaN if either is.
    fn min_nan(self, b: Self) -> Self;
    /// 0 below zero, `at_zero` at zero, 1 above.
    fn step(self, at_zero: Self) -> Self;
}

macro_rules! reals {
    ($($t:ident)*) => {$(
        impl Real for $t {
            #[inline(always)]
            fn floor_div(self, b: $t) -> $t {
                if b == 0.0 {
                    return self / b;
                }
                let m = self % b;
                let mut div = (self - m) / b;
                if m != 0.0 && (b < 0.0) != (m < 0.0) {
                    div -= 1.0;
                }
                if div != 0.0 {
                    let floor = div.floor();
                    if div - floor > 0.5 { floor + 1.0 } else { floor }
                } else {
                    (0.0 as $t).copysign(self / b)
                }
            }
            #[inline(always)]
            fn floor_mod(self, b: $t) -> $t {
                let m = self % b;
                if b == 0.0 {
                    return m;
                }
                if m != 0.0 {
                    if (b < 0.0) != (m < 0.0) { m + b } else { m }
                } else {
                    (0.0 as $t).copysign(b)
                }
            }
            #[inline(always)]
            fn sign(self) -> $t {
                if self > 0.0 { 1.0 } else if self < 0.0 { -1.0 } else if self == 0.0 { 0.0 } else { self }
            }
            #[inline(always)]
            fn max_nan(self, b: $t) -> $t { if self >= b || self != self { self } else { b } }
            #[inline(always)]
            fn min_nan(self, b: $t) -> $t { if self <= b || self != self { self } else { b } }
            #[inline(always)]
            fn step(self, at_zero: $t) -> $t {
                if self > 0.0 { 1.0 } else if self < 0.0 { 0.0 } else if self == 0.0 { at_zero } else { self }
            }
        }
    )*};
}
reals!(f32 f64);

/// CUDA's twins of [`Real`].
pub const CUDA_REAL: &str = r#"
template <class T> __device__ inline T real_floor_div(T a, T b) {
    if (b == 0) return a / b;
    T m = fmod(a, b), div = (a - m) / b;
    if (m != 0 && (b < 0) != (m < 0)) div -= 1;
    if (div != 0) { T f = floor(div); return div - f > (T)0.5 ? f + 1 : f; }
    return copysign((T)0, a / b);
}
template <class T> __device__ inline T real_floor_mod(T a, T b) {
    T m = fmod(a, b);
    if (b == 0) return m;
    if (m != 0) return (b < 0) != (m < 0) ? m + b : m;
    return copysign((T)0, b);
}
"#;

/// The truth of an element: anything but zero, NaN included.
pub trait Truth {
    /// Whether it is true.
    fn truth(self) -> bool;
}
macro_rules! truths {
    ($($t:ty => |$x:ident| $e:expr;)*) => {$(
        impl Truth for $t { #[inline(always)] fn truth(self) -> bool { let $x = self; $e } }
    )*};
}
truths! {
    bool => |x| x;
    i8 => |x| x != 0; u8 => |x| x != 0; i16 => |x| x != 0; u16 => |x| x != 0;
    i32 => |x| x != 0; u32 => |x| x != 0; i64 => |x| x != 0; u64 => |x| x != 0;
    f32 => |x| x != 0.0; f64 => |x| x != 0.0;
    c64 => |x| x.re != 0.0 || x.im != 0.0;
    c128 => |x| x.re != 0.0 || x.im != 0.0;
}
