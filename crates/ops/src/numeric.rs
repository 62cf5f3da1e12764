//! The integer and floating rules of NumPy that Rust has no operator for.

use cuprous_core::{c64, c128, f16};

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
    /// Greatest common divisor of the magnitudes, wrapping at the minimum.
    fn gcd(self, b: Self) -> Self;
    /// Lowest common multiple of the magnitudes, wrapping.
    fn lcm(self, b: Self) -> Self;
    /// Number of bits set in the magnitude.
    fn count_bits(self) -> u8;
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
            #[inline(always)]
            fn gcd(self, b: $t) -> $t { self.unsigned_abs().gcd(b.unsigned_abs()) as $t }
            #[inline(always)]
            fn lcm(self, b: $t) -> $t { self.unsigned_abs().lcm(b.unsigned_abs()) as $t }
            #[inline(always)]
            fn count_bits(self) -> u8 { self.unsigned_abs().count_ones() as u8 }
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
            #[inline(always)]
            fn count_bits(self) -> u8 { self.count_ones() as u8 }
            #[inline(always)]
            fn gcd(self, b: $t) -> $t {
                let (mut a, mut b) = (self, b);
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a
            }
            #[inline(always)]
            fn lcm(self, b: $t) -> $t {
                let divisor = Int::gcd(self, b);
                if divisor == 0 { 0 } else { (self / divisor).wrapping_mul(b) }
            }
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

/// CUDA's twins of the common divisors and multiples of [`Int`].
pub const CUDA_GCD: &str = include_str!("gcd.cuh");

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
    /// `arcsinh`. The standard library's inverse hyperbolic functions lose digits near 0 and 1.
    fn area_sine(self) -> Self;
    /// `arccosh`
    fn area_cosine(self) -> Self;
    /// `arctanh`
    fn area_tangent(self) -> Self;
    /// `log(exp(self) + exp(b))` without overflow.
    fn log_add_exp(self, b: Self) -> Self;
    /// `log2(2 ** self + 2 ** b)` without overflow.
    fn log_add_exp2(self, b: Self) -> Self;
    /// The next number towards `b`.
    fn next_after(self, b: Self) -> Self;
    /// The distance to the next number away from zero, with the sign of `self`.
    fn spacing(self) -> Self;
    /// `self * 2^n`, rounded once.
    fn scaled(self, n: i64) -> Self;
    /// A number between 0.5 and 1, and the power of 2 by which it has to be multiplied.
    fn mantissa_and_exponent(self) -> (Self, i32);
    /// What follows the point, and what precedes it.
    fn fraction_and_integer(self) -> (Self, Self);
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
            #[inline(always)]
            fn area_sine(self) -> $t { area_sine(self as f64) as $t }
            #[inline(always)]
            fn area_cosine(self) -> $t { area_cosine(self as f64) as $t }
            #[inline(always)]
            fn area_tangent(self) -> $t { area_tangent(self as f64) as $t }
            #[inline(always)]
            fn log_add_exp(self, b: $t) -> $t {
                if self == b {
                    // Equal infinities too.
                    return self + std::$t::consts::LN_2;
                }
                let d = self - b;
                if d > 0.0 { self + (-d).exp().ln_1p() } else if d <= 0.0 { b + d.exp().ln_1p() } else { d }
            }
            #[inline(always)]
            fn log_add_exp2(self, b: $t) -> $t {
                if self == b {
                    return self + 1.0;
                }
                let d = self - b;
                let log2_1p = |x: $t| std::$t::consts::LOG2_E * x.ln_1p();
                if d > 0.0 { self + log2_1p((-d).exp2()) } else if d <= 0.0 { b + log2_1p(d.exp2()) } else { d }
            }
            #[inline(always)]
            fn next_after(self, b: $t) -> $t {
                if self.is_nan() || b.is_nan() {
                    return self + b;
                }
                if self == b {
                    return b;
                }
                if self == 0.0 {
                    return $t::from_bits(1).copysign(b);
                }
                let bits = self.to_bits();
                $t::from_bits(if (self < b) == (self > 0.0) { bits + 1 } else { bits - 1 })
            }
            #[inline(always)]
            fn spacing(self) -> $t {
                if self.is_infinite() {
                    return $t::NAN;
                }
                self.next_after(if self < 0.0 { $t::NEG_INFINITY } else { $t::INFINITY }) - self
            }
            // float32 is exact in float64, for whose range the steps are made.
            #[inline(always)]
            fn scaled(self, n: i64) -> $t { scaled(self as f64, n, size_of::<$t>() == 4) as $t }
            #[inline(always)]
            fn mantissa_and_exponent(self) -> ($t, i32) {
                let (mantissa, exponent) = mantissa_and_exponent(self as f64);
                (mantissa as $t, exponent)
            }
            #[inline(always)]
            fn fraction_and_integer(self) -> ($t, $t) {
                let integer = self.trunc();
                ((if self == integer { 0.0 } else { self - integer }).copysign(self), integer)
            }
        }
    )*};
}
reals!(f32 f64);

/// `2^n` of -1022 to 1023.
fn power_of_2(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// `x * 2^n`, rounded once; for a float32 the product that still has to be rounded to it.
fn scaled(x: f64, n: i64, single: bool) -> f64 {
    if single {
        return x * power_of_2(n.clamp(-400, 400));
    }
    let (mut x, mut n) = (x, n.clamp(-2200, 2200));
    while n > 1023 {
        x *= power_of_2(1023);
        n -= 1023;
    }
    while n < -1022 {
        // 53 less than the range allows: a step whose result is rounded already leads to 0.
        x *= power_of_2(-969);
        n += 969;
    }
    x * power_of_2(n)
}

fn mantissa_and_exponent(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * power_of_2(54), 54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent - shift)
}

fn area_sine(x: f64) -> f64 {
    let a = x.abs();
    let root = (a * a + 1.0).sqrt();
    let y = if a > 1e9 {
        a.ln() + std::f64::consts::LN_2
    } else if a > 2.0 {
        (2.0 * a + 1.0 / (root + a)).ln()
    } else {
        (a + a * a / (1.0 + root)).ln_1p()
    };
    y.copysign(x)
}

fn area_cosine(x: f64) -> f64 {
    if x < 1.0 {
        f64::NAN
    } else if x > 1e9 {
        x.ln() + std::f64::consts::LN_2
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else {
        let over = x - 1.0;
        (over + (over * (over + 2.0)).sqrt()).ln_1p()
    }
}

fn area_tangent(x: f64) -> f64 {
    let a = x.abs();
    let twice = 2.0 * a;
    let y = if a < 0.5 { twice + twice * a / (1.0 - a) } else { twice / (1.0 - a) };
    (0.5 * y.ln_1p()).copysign(x)
}

/// The spacing of float16 numbers, as NumPy has it: never negative, and below a power of two the smaller one.
pub fn half_spacing(x: f32) -> f32 {
    let bits = f16::from_f32(x).to_bits();
    let (exponent, mantissa) = ((bits >> 10) & 31, bits & 1023);
    if exponent == 31 {
        return f32::NAN;
    }
    if bits == 0x7bff {
        return f32::INFINITY;
    }
    let exponent = if bits >= 0x8000 && mantissa == 0 { exponent as i32 - 1 } else { exponent as i32 };
    // 2^(exponent - 25), no less than the smallest number.
    f32::from_bits((127 + exponent.max(1) as u32 - 25) << 23)
}

/// The next float16 number towards `b`.
pub fn half_next_after(x: f32, b: f32) -> f32 {
    if x.is_nan() || b.is_nan() {
        return f32::NAN;
    }
    if x == b {
        return x;
    }
    let bits = f16::from_f32(x).to_bits();
    let next = if x == 0.0 {
        1 | if b < 0.0 { 0x8000 } else { 0 }
    } else if (x < b) == (x > 0.0) {
        bits + 1
    } else {
        bits - 1
    };
    f16::from_bits(next).to_f32()
}

/// CUDA's twins of the logarithms of sums of [`Real`].
pub const CUDA_LOGADDEXP: &str = include_str!("logaddexp.cuh");
/// CUDA's twin of [`Real::spacing`].
pub const CUDA_SPACING: &str = include_str!("spacing.cuh");
/// CUDA's twins of [`Real::scaled`] and [`Real::mantissa_and_exponent`].
pub const CUDA_PARTS: &str = include_str!("parts.cuh");
/// CUDA's twins of [`half_spacing`] and [`half_next_after`].
pub const CUDA_HALF_STEPS: &str = include_str!("half_steps.cuh");

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
