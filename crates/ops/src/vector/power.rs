//! Powers, roots of cubes and of sums of squares.

use super::constants::*;
use super::exponential::{parts, scale};
use super::logarithm::{split, tail};
use super::{fast_two_sum, fma, nearest, polynomial, power_of_2, within};

/// The sign and the special values of a power whose magnitude is `y` where `x` is no zero.
#[inline(always)]
fn with_specials(x: f64, exponent: f64, y: f64) -> f64 {
    let is_integer = exponent.trunc() == exponent;
    let half = 0.5 * exponent;
    let is_odd = is_integer & (half.trunc() != half);
    let at_zero = if exponent > 0.0 { 0.0 } else { f64::INFINITY };
    let y = if x == 0.0 { at_zero } else { y };
    let y = if (x < 0.0) & !is_integer { f64::NAN } else { y };
    let y = if is_odd { y.copysign(x) } else { y };
    if exponent == 0.0 { 1.0 } else { y }
}

/// `x^y` of finite numbers.
#[inline(always)]
pub fn power(x: f64, y: f64) -> f64 {
    let (k, m) = split::<false>(x.abs());
    let f = m - 1.0;
    // s = f / (2 + f) in two parts.
    let (d, d_rest) = fast_two_sum(2.0, f);
    let inverse = 1.0 / d;
    let s = f * inverse;
    let s_rest = fma(-s, d_rest, fma(-s, d, f)) * inverse;
    // log(1 + f) = 2 s + s z (2 / 3 + z T(z)): what comes before T in two parts.
    let z = s * s;
    let z_rest = fma(2.0 * s, s_rest, fma(s, s, -z));
    const TWO_THIRDS: f64 = 2.0 / 3.0;
    let v = z * TWO_THIRDS;
    let v_rest = fma(z_rest, TWO_THIRDS, fma(z, TWO_THIRDS_REST, fma(z, TWO_THIRDS, -v)));
    let (v, v_more) = fast_two_sum(v, z * z * polynomial(z, LOG_TAIL));
    let v_rest = v_rest + v_more;
    let product = s * v;
    let product_rest = fma(s_rest, v, fma(s, v_rest, fma(s, v, -product)));
    let (log, log_rest) = fast_two_sum(2.0 * s, product);
    let log_rest = log_rest + fma(2.0, s_rest, product_rest);
    let (high, high_rest) = fast_two_sum(k * LN2_SHORT, log);
    let (high, low) = fast_two_sum(high, high_rest + fma(k, LN2_SHORT_REST, log_rest));
    // Its product with y, and the exponential.
    let product = y * high;
    let product_rest = fma(y, low, fma(y, high, -product));
    let bounded = within(product, -750.0, 720.0);
    let product_rest = if bounded == product { product_rest } else { 0.0 };
    let (n, high, low) = parts::<false>(bounded);
    // The rest of the product is larger than rounding errors: it multiplies by itself, not only adds.
    let low = low + fma(product_rest, high, product_rest);
    with_specials(x, y, scale::<false>(1.0 + (high + low), n))
}

/// `x^y` of finite float32 numbers, to be rounded to one.
#[inline(always)]
pub fn power_single(x: f64, y: f64) -> f64 {
    let (k, m) = split::<true>(x.abs());
    let f = m - 1.0;
    let (square, rest) = tail::<false>(f);
    let log = fma(k, LN2, f + (rest - square));
    let (n, high, _) = parts::<true>(within(y * log, -180.0, 180.0));
    with_specials(x, y, scale::<true>(1.0 + high, n))
}

#[inline(always)]
pub fn cbrt<const SINGLE: bool>(x: f64) -> f64 {
    let a = x.abs();
    let tiny = !SINGLE && a < f64::MIN_POSITIVE;
    let (a, down) = if tiny { (a * (1u64 << 54) as f64, 18.0) } else { (a, 0.0) };
    // a = m 2^(3 e + r), m from 1 to 2.
    let bits = a.to_bits();
    let m = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    let exponent = f64::from_bits((bits >> 52) | 4503599627370496f64.to_bits()) - (4503599627370496.0 + 1023.0);
    let e = nearest(fma(exponent, 1.0 / 3.0, -1.0 / 3.0));
    let r = fma(-3.0, e, exponent);
    let (root, power) = if r == 0.0 {
        (1.0, 1.0)
    } else if r == 1.0 {
        (CBRT_2, 2.0)
    } else {
        (CBRT_4, 4.0)
    };
    let b = m * power;
    // u = b^(-1/3), improved from 17 bits to 50, then b u^2.
    let u = polynomial(m, INVERSE_CBRT) * root;
    let h = fma(-b * u * u, u, 1.0);
    let u = fma(u * h, fma(h, 2.0 / 9.0, 1.0 / 3.0), u);
    let y = if SINGLE {
        b * u * u
    } else {
        let y = b * u * u;
        let (square, third) = (y * y, u * u * (1.0 / 3.0));
        // b - y^3, exactly but for the last place of the difference.
        let cube_rest = fma(square, y, -b) + fma(y, y, -square) * y;
        fma(-cube_rest, third, y)
    };
    let y = (y * power_of_2(e - down)).copysign(x);
    let y = if a < f64::INFINITY { y } else { x };
    if x == 0.0 { x } else { y }
}

#[inline(always)]
pub fn hypot(x: f64, y: f64) -> f64 {
    let (a, b) = (x.abs(), y.abs());
    let (big, small) = if a > b { (a, b) } else { (b, a) };
    // Scaled so that squares neither overflow nor vanish.
    let (scale, back) = if big > 1e150 {
        (f64::from_bits((1023 - 600) << 52), f64::from_bits((1023 + 600) << 52))
    } else if big < 1e-140 {
        (f64::from_bits((1023 + 600) << 52), f64::from_bits((1023 - 600) << 52))
    } else {
        (1.0, 1.0)
    };
    let (big, small) = (big * scale, small * scale);
    let length = fma(big, big, small * small).sqrt() * back;
    if (a == f64::INFINITY) | (b == f64::INFINITY) { f64::INFINITY } else { length }
}

#[inline(always)]
pub fn hypot_single(x: f64, y: f64) -> f64 {
    let length = fma(x, x, y * y).sqrt();
    if (x.abs() == f64::INFINITY) | (y.abs() == f64::INFINITY) { f64::INFINITY } else { length }
}
