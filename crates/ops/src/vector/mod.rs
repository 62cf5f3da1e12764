//! Functions of floats as straight code, so that loops over them become vector instructions.
//!
//! Every function is composed of IEEE operations alone: sums, products, quotients, roots, fused products with a sum,
//! comparisons and moves of bits. None depends on the processor, the library of C or the element's neighbours, so that
//! a result has the same bits everywhere; only sines of arguments beyond [`trigonometric::LARGE`] come from the C library.
//! Alternatives: without fused products float64 needs more steps and is less exact; the C library is 2 to 18 times slower
//! (on an EPYC of 2024) and gives other bits with each version of it. The price: processors without fused products (x86
//! from before 2013) compute them in software, with equal bits but slowly.
//!
//! float32 is computed in float64 with shorter polynomials (`SINGLE`): within 0.51 units of the last place. In float32
//! vectors would hold twice as many elements, but most functions would need two numbers for one here and there.

mod constants;
mod exponential;
mod hyperbolic;
mod inverse;
mod logarithm;
mod power;
mod trigonometric;

/// A function of one float, made for loops that become vectors.
pub trait Map<T> {
    /// The value, without branches; anything where `is_rare`.
    fn of(x: T) -> T;
    /// Whether `rare` has to give the value.
    #[inline(always)]
    fn is_rare(_x: T) -> bool {
        false
    }
    /// The value where `of` cannot give it.
    fn rare(x: T) -> T;
}

/// A function of two floats, made for loops that become vectors.
pub trait Map2<T> {
    /// The value, without branches; anything where `is_rare`.
    fn of(x: T, y: T) -> T;
    /// Whether `rare` has to give the value.
    #[inline(always)]
    fn is_rare(_x: T, _y: T) -> bool {
        false
    }
    /// The value where `of` cannot give it.
    fn rare(x: T, y: T) -> T;
}

macro_rules! maps {
    ($($(#[$doc:meta])* $name:ident $module:ident::$f:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Map<f64> for $name {
            #[inline(always)]
            fn of(x: f64) -> f64 { $module::$f::<false>(x) }
            #[inline(always)]
            fn rare(x: f64) -> f64 { $module::$f::<false>(x) }
        }
        impl Map<f32> for $name {
            #[inline(always)]
            fn of(x: f32) -> f32 { $module::$f::<true>(x as f64) as f32 }
            #[inline(always)]
            fn rare(x: f32) -> f32 { $module::$f::<true>(x as f64) as f32 }
        }
    )*};
}
maps! {
    /// The exponential
    Exp exponential::exp;
    /// 2 to a power
    Exp2 exponential::exp2;
    /// The exponential minus 1
    Expm1 exponential::expm1;
    /// The natural logarithm
    Log logarithm::log;
    /// The logarithm to the base 2
    Log2 logarithm::log2;
    /// The logarithm to the base 10
    Log10 logarithm::log10;
    /// The logarithm of 1 plus a number
    Log1p logarithm::log1p;
    /// The hyperbolic tangent
    Tanh hyperbolic::tanh;
    /// The hyperbolic sine
    Sinh hyperbolic::sinh;
    /// The hyperbolic cosine
    Cosh hyperbolic::cosh;
    /// The inverse of the tangent
    Arctan inverse::arctan;
    /// The inverse of the sine
    Arcsin inverse::arcsin;
    /// The inverse of the cosine
    Arccos inverse::arccos;
    /// The cube root
    Cbrt power::cbrt;
}

macro_rules! periodic_maps {
    ($($(#[$doc:meta])* $name:ident $f:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Map<f64> for $name {
            #[inline(always)]
            fn of(x: f64) -> f64 { trigonometric::$f::<false>(x) }
            #[inline(always)]
            fn is_rare(x: f64) -> bool { x.abs() > trigonometric::LARGE }
            fn rare(x: f64) -> f64 { x.$f() }
        }
        impl Map<f32> for $name {
            #[inline(always)]
            fn of(x: f32) -> f32 { trigonometric::$f::<true>(x as f64) as f32 }
            #[inline(always)]
            fn is_rare(x: f32) -> bool { x.abs() > trigonometric::LARGE_SINGLE }
            fn rare(x: f32) -> f32 { (x as f64).$f() as f32 }
        }
    )*};
}
// Beyond the reach of the reduction the C library answers: glibc's is within 0.52 units of the last place.
periodic_maps! {
    /// The sine
    Sin sin;
    /// The cosine
    Cos cos;
    /// The tangent
    Tan tan;
}

/// A number to the power of another
pub struct Pow;
impl Map2<f64> for Pow {
    #[inline(always)]
    fn of(x: f64, y: f64) -> f64 {
        power::power(x, y)
    }
    #[inline(always)]
    fn is_rare(x: f64, y: f64) -> bool {
        !(x.abs() < f64::INFINITY && y.abs() < f64::INFINITY)
    }
    fn rare(x: f64, y: f64) -> f64 {
        // A result of infinities and NaN is one of them, 0 or 1: exact.
        x.powf(y)
    }
}
impl Map2<f32> for Pow {
    #[inline(always)]
    fn of(x: f32, y: f32) -> f32 {
        power::power_single(x as f64, y as f64) as f32
    }
    #[inline(always)]
    fn is_rare(x: f32, y: f32) -> bool {
        !(x.abs() < f32::INFINITY && y.abs() < f32::INFINITY)
    }
    fn rare(x: f32, y: f32) -> f32 {
        x.powf(y)
    }
}

/// The hypotenuse of two legs
pub struct Hypot;
impl Map2<f64> for Hypot {
    #[inline(always)]
    fn of(x: f64, y: f64) -> f64 {
        power::hypot(x, y)
    }
    #[inline(always)]
    fn rare(x: f64, y: f64) -> f64 {
        power::hypot(x, y)
    }
}
impl Map2<f32> for Hypot {
    #[inline(always)]
    fn of(x: f32, y: f32) -> f32 {
        power::hypot_single(x as f64, y as f64) as f32
    }
    #[inline(always)]
    fn rare(x: f32, y: f32) -> f32 {
        power::hypot_single(x as f64, y as f64) as f32
    }
}

/// `a * b + c`, rounded once.
#[inline(always)]
fn fma(a: f64, b: f64, c: f64) -> f64 {
    a.mul_add(b, c)
}

/// A polynomial of at most 16 coefficients from the lowest on.
///
/// By halves (Estrin) and not one coefficient after the other (Horner): the chain of steps that wait for each other is
/// a third as long, which is worth more than the few products that it saves.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    const { assert!(N <= 16) };
    let (x2, x4, x8) = (x * x, (x * x) * (x * x), ((x * x) * (x * x)) * ((x * x) * (x * x)));
    let two = |i: usize| if i + 1 < N { fma(c[i + 1], x, c[i]) } else { c[i] };
    let four = |i: usize| if i + 2 < N { fma(two(i + 2), x2, two(i)) } else { two(i) };
    let eight = |i: usize| if i + 4 < N { fma(four(i + 4), x4, four(i)) } else { four(i) };
    if N > 8 { fma(eight(8), x8, eight(0)) } else { eight(0) }
}

/// Added to a number below 2^51, it leaves the nearest integer in the last bits.
const SHIFT: f64 = 6755399441055744.0;

/// The nearest integer.
#[inline(always)]
fn nearest(x: f64) -> f64 {
    (x + SHIFT) - SHIFT
}

/// 2 to the power of an integer from -1022 to 1023.
#[inline(always)]
fn power_of_2(n: f64) -> f64 {
    f64::from_bits((n + SHIFT).to_bits().wrapping_add(1023) << 52)
}

/// `x` within limits; NaN stays.
#[inline(always)]
fn within(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// `a + b` and what rounding took from it.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_kept = sum - a;
    (sum, (a - (sum - b_kept)) + (b - b_kept))
}

/// The same where `a` is 0 or not smaller than `b`.
#[inline(always)]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, (a - sum) + b)
}
