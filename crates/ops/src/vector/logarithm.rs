//! Logarithms.

use super::constants::*;
use super::{fast_two_sum, fma, polynomial, power_of_2};

/// 2^52: its sum with a smaller integer has that integer in the last bits.
const BIT_52: f64 = 4503599627370496.0;
/// What the bits of the root of 1/2 are lacking to those of 2^-1023.
const ROOT_HALF: u64 = 0x3fe6a09e667f3bcd;

/// A positive finite number as `2^k m`, m from the root of 1/2 to the root of 2: `k`, `m`.
#[inline(always)]
pub(super) fn split<const SINGLE: bool>(x: f64) -> (f64, f64) {
    let (x, bias) = if SINGLE {
        (x, BIT_52 + 1024.0)
    } else if x < f64::MIN_POSITIVE {
        (x * (1u64 << 54) as f64, BIT_52 + (1024.0 + 54.0))
    } else {
        (x, BIT_52 + 1024.0)
    };
    let bits = x.to_bits();
    let k = (bits.wrapping_sub(ROOT_HALF).wrapping_add(1024 << 52)) >> 52;
    let m = f64::from_bits(bits.wrapping_sub(k.wrapping_sub(1024) << 52));
    (f64::from_bits(k | BIT_52.to_bits()) - bias, m)
}

/// `log(1 + f) - f` for `1 + f` from the root of 1/2 to the root of 2.
#[inline(always)]
fn below<const SINGLE: bool>(f: f64) -> f64 {
    let (square, rest) = tail::<SINGLE>(f);
    rest - square
}

/// `log(1 + f) = f - square + rest`: `square` = f^2 / 2, `rest`.
#[inline(always)]
pub(super) fn tail<const SINGLE: bool>(f: f64) -> (f64, f64) {
    if SINGLE {
        return (0.0, f * f * polynomial(f, LOG_SINGLE));
    }
    let square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    (square, s * fma(z, polynomial(z, LOG), square))
}

/// The result, but for zero, negative numbers, infinity and NaN.
#[inline(always)]
fn with_specials(x: f64, y: f64) -> f64 {
    let y = if x < f64::INFINITY { y } else { x };
    let y = if x < 0.0 { f64::NAN } else { y };
    if x == 0.0 { f64::NEG_INFINITY } else { y }
}

#[inline(always)]
pub fn log<const SINGLE: bool>(x: f64) -> f64 {
    let (k, m) = split::<SINGLE>(x);
    let f = m - 1.0;
    if SINGLE {
        return with_specials(x, fma(k, LN2, f + below::<true>(f)));
    }
    let (high, rest) = fast_two_sum(k * LN2_SHORT, f);
    with_specials(x, high + (rest + fma(k, LN2_SHORT_REST, below::<false>(f))))
}

/// The logarithm to another base, of whose 2 and e the logarithms are given in two parts.
#[inline(always)]
fn to_base<const SINGLE: bool>(x: f64, of_2: [f64; 2], of_e: [f64; 2]) -> f64 {
    let (k, m) = split::<SINGLE>(x);
    let f = m - 1.0;
    if SINGLE {
        return with_specials(x, fma(k, of_2[0] + of_2[1], (f + below::<true>(f)) * of_e[0]));
    }
    let (square, rest) = tail::<false>(f);
    let (high, low) = fast_two_sum(f, -square);
    // What squaring lost is as much as the last place of the result.
    let low = low + (rest - fma(0.5 * f, f, -square));
    let product = high * of_e[0];
    let product_rest = fma(low, of_e[0], fma(high, of_e[1], fma(high, of_e[0], -product)));
    let (sum, sum_rest) = fast_two_sum(k * of_2[0], product);
    with_specials(x, sum + (sum_rest + fma(k, of_2[1], product_rest)))
}

#[inline(always)]
pub fn log2<const SINGLE: bool>(x: f64) -> f64 {
    to_base::<SINGLE>(x, [1.0, 0.0], [LOG2_E, LOG2_E_REST])
}

#[inline(always)]
pub fn log10<const SINGLE: bool>(x: f64) -> f64 {
    to_base::<SINGLE>(x, [LOG10_2_SHORT, LOG10_2_SHORT_REST], [LOG10_E, LOG10_E_REST])
}

#[inline(always)]
pub fn log1p<const SINGLE: bool>(x: f64) -> f64 {
    let u = 1.0 + x;
    // What the sum lost, in the scale of m.
    let lost = if x > 1.0 { 1.0 - (u - x) } else { x - (u - 1.0) };
    let (k, m) = split::<true>(u);
    let lost = lost * power_of_2(if k > 1000.0 { -1000.0 } else { -k });
    let (f, f_rest) = fast_two_sum(m - 1.0, lost);
    let y = if SINGLE {
        fma(k, LN2, f + below::<true>(f))
    } else {
        let (high, rest) = fast_two_sum(k * LN2_SHORT, f);
        high + (rest + (f_rest + fma(k, LN2_SHORT_REST, below::<false>(f))))
    };
    let y = if x < f64::INFINITY { y } else { x };
    let y = if x < -1.0 { f64::NAN } else { y };
    let y = if x == -1.0 { f64::NEG_INFINITY } else { y };
    if x == 0.0 { x } else { y }
}
