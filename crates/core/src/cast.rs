//! How one element becomes another dtype: NumPy's unsafe casting, made the same on every device.
//!
//! Where C leaves a conversion undefined (NaN or too large a float to an integer) the result is what
//! NumPy gives on x86-64: the pattern `0x80…` of the width that the conversion goes through.

use crate::{Complex, c64, c128, f16};

/// Conversion of an element to another element type.
pub trait CastTo<B> {
    /// The converted element.
    fn cast_to(self) -> B;
}

/// Converts one element as NumPy's `astype` does.
#[inline(always)]
pub fn cast<A: CastTo<B>, B>(a: A) -> B {
    a.cast_to()
}

/// `cvttsd2si` to 32 bit.
#[inline(always)]
fn to_i32(x: f64) -> i32 {
    if x > -2147483649.0 && x < 2147483648.0 { x as i32 } else { i32::MIN }
}

/// `cvttsd2si` to 64 bit.
#[inline(always)]
fn to_i64(x: f64) -> i64 {
    if (-9223372036854775808.0..9223372036854775808.0).contains(&x) { x as i64 } else { i64::MIN }
}

/// The compiler's sequence for unsigned 64 bit.
#[inline(always)]
fn to_u64(x: f64) -> u64 {
    if x >= 9223372036854775808.0 { (to_i64(x - 9223372036854775808.0) as u64) ^ (1 << 63) } else { to_i64(x) as u64 }
}

/// A float64 as the float32 from which float16 rounds as from the float64 itself: what does not fit makes the last
/// bit odd instead of rounding. (The `half` crate rounds to float32 and then again, or drops the low bits.)
#[inline(always)]
fn to_odd_f32(x: f64) -> f32 {
    let y = x as f32;
    let back = y as f64;
    if back == x || x.is_nan() {
        return y;
    }
    let towards_zero = if back.abs() > x.abs() { y.to_bits() - 1 } else { y.to_bits() };
    f32::from_bits(towards_zero | 1)
}

/// A float as an integer type, through the width that x86-64 uses.
trait FromFloat {
    fn from_float(x: f64) -> Self;
}
macro_rules! from_float {
    ($($t:ty: |$x:ident| $e:expr;)*) => {$(
        impl FromFloat for $t { #[inline(always)] fn from_float($x: f64) -> $t { $e } }
    )*};
}
from_float! {
    bool: |x| x != 0.0;
    i8: |x| to_i32(x) as i8;
    u8: |x| to_i32(x) as u8;
    i16: |x| to_i32(x) as i16;
    u16: |x| to_i32(x) as u16;
    i32: |x| to_i32(x);
    u32: |x| to_i64(x) as u32;
    i64: |x| to_i64(x);
    u64: |x| to_u64(x);
}

macro_rules! casts {
    ($($from:ty => $($to:ty),* ; |$x:ident| $e:expr;)*) => {$($(
        impl CastTo<$to> for $from {
            #[inline(always)]
            fn cast_to(self) -> $to { let $x = self; casts!(@ $e, $to) }
        }
    )*)*};
    (@ $e:expr, $to:ty) => { <$to as Build>::build($e) };
}

/// What a source element offers to build any target: an integer, a float or two floats.
enum Source {
    Int(i64),
    Big(u64),
    F32(f32),
    F64(f64),
    C(f64, f64),
}

trait Build {
    fn build(s: Source) -> Self;
}
macro_rules! build_int {
    ($($t:ty),*) => {$(
        impl Build for $t {
            #[inline(always)]
            fn build(s: Source) -> $t {
                match s {
                    Source::Int(i) => i as $t,
                    Source::Big(u) => u as $t,
                    Source::F32(x) => <$t>::from_float(x as f64),
                    Source::F64(x) | Source::C(x, _) => <$t>::from_float(x),
                }
            }
        }
    )*};
}
build_int!(i8, u8, i16, u16, i32, u32, i64, u64);

impl Build for bool {
    #[inline(always)]
    fn build(s: Source) -> bool {
        match s {
            Source::Int(i) => i != 0,
            Source::Big(u) => u != 0,
            Source::F32(x) => x != 0.0,
            Source::F64(x) => x != 0.0,
            Source::C(re, im) => re != 0.0 || im != 0.0,
        }
    }
}
impl Build for f16 {
    #[inline(always)]
    fn build(s: Source) -> f16 {
        match s {
            // 11 bits of precision: every rounding of a large integer on the way to f16 overflows anyway.
            Source::Int(i) => f16::from_f32(i as f32),
            Source::Big(u) => f16::from_f32(u as f32),
            Source::F32(x) => f16::from_f32(x),
            Source::F64(x) | Source::C(x, _) => f16::from_f32(to_odd_f32(x)),
        }
    }
}
macro_rules! build_float {
    ($($t:ty),*) => {$(
        impl Build for $t {
            #[inline(always)]
            fn build(s: Source) -> $t {
                match s {
                    Source::Int(i) => i as $t,
                    Source::Big(u) => u as $t,
                    Source::F32(x) => x as $t,
                    Source::F64(x) | Source::C(x, _) => x as $t,
                }
            }
        }
        impl Build for Complex<$t> {
            #[inline(always)]
            fn build(s: Source) -> Complex<$t> {
                match s {
                    Source::C(re, im) => Complex::new(re as $t, im as $t),
                    real => Complex::new(<$t>::build(real), 0.0),
                }
            }
        }
    )*};
}
build_float!(f32, f64);

casts! {
    bool => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    i8 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    u8 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    i16 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    u16 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    i32 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    u32 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x as i64);
    i64 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Int(x);
    u64 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::Big(x);
    f16 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::F32(x.to_f32());
    f32 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::F32(x);
    f64 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::F64(x);
    c64 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::C(x.re as f64, x.im as f64);
    c128 => bool, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64, c64, c128; |x| Source::C(x.re, x.im);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_integers_as_on_x86() {
        assert_eq!(cast::<f64, i32>(f64::NAN), i32::MIN);
        assert_eq!(cast::<f64, i8>(300.0), 44);
        assert_eq!(cast::<f64, u8>(-1.0), 255);
        assert_eq!(cast::<f64, u64>(-1.0), u64::MAX);
        assert_eq!(cast::<f64, u64>(1e19), 10_000_000_000_000_000_000);
        assert_eq!(cast::<f32, u32>(-1.0), u32::MAX);
        assert!(cast::<f64, bool>(f64::NAN));
    }

    #[test]
    fn doubles_round_to_half_once() {
        // Just above and below the middle of two halves, by less than a float32 shows.
        assert_eq!(cast::<f64, f16>(1.0 + 2f64.powi(-11) + 2f64.powi(-40)), f16::from_f32(1.0 + 2f32.powi(-10)));
        assert_eq!(cast::<f64, f16>(1.0 + 3.0 * 2f64.powi(-11) - 2f64.powi(-40)), f16::from_f32(1.0 + 2f32.powi(-10)));
        assert_eq!(cast::<f64, f16>(1.0 + 2f64.powi(-11)), f16::ONE);
        assert_eq!(cast::<f64, f16>(1e300), f16::INFINITY);
        assert_eq!(cast::<f64, f16>(-1e-300).to_bits(), 0x8000);
    }

    #[test]
    fn complex_to_half_goes_through_the_real_part() {
        assert_eq!(cast::<c64, f16>(c64::new(1.5, 9.0)), f16::from_f32(1.5));
    }
}
