//! Hyperbolic functions.

use super::exponential::parts;
use super::{fast_two_sum, fma, power_of_2, two_sum, within};

#[inline(always)]
pub fn tanh<const SINGLE: bool>(x: f64) -> f64 {
    // Beyond, the result is 1.
    let a = within(x.abs(), 0.0, 22.0);
    let (n, high, low) = parts::<SINGLE>(2.0 * a);
    let power = power_of_2(n);
    if SINGLE {
        let e = fma(high, power, power - 1.0);
        return (e / (e + 2.0)).copysign(x);
    }
    // e = exp(2a) - 1; e / (e + 2), the quotient with its remainder.
    let (e, rest) = fast_two_sum(power - 1.0, high * power);
    let rest = fma(low, power, rest);
    let (d, d_rest) = two_sum(e, 2.0);
    let inverse = 1.0 / d;
    let q = e * inverse;
    let remainder = fma(-q, d, e) + fma(-q, d_rest + rest, rest);
    fma(remainder, inverse, q).copysign(x)
}

/// The products of the exponential of `|x|` and its inverse with a half (times `1 / factor`), as
/// `a`, `b`, `a p`, `b q`, the rest of `a p`, the rest of `b q`, `factor`: `a (1 + p)` and `b (1 - q)`.
#[inline(always)]
fn halves<const SINGLE: bool>(x: f64) -> (f64, f64, f64, f64, f64, f64, f64) {
    let (n, high, low) = parts::<SINGLE>(within(x.abs(), 0.0, if SINGLE { 180.0 } else { 711.0 }));
    let (a, b, factor) = if SINGLE {
        (power_of_2(n - 1.0), power_of_2(-1.0 - n), 1.0)
    } else {
        // 2^n may be out of range although the result is not.
        let (down, factor) = if n > 1000.0 { (3.0, 4.0) } else { (1.0, 1.0) };
        (power_of_2(n - down), power_of_2(-1.0 - within(n, 0.0, 500.0)), factor)
    };
    if SINGLE {
        let q = high / (1.0 + high);
        return (a, b, a * high, b * q, 0.0, 0.0, factor);
    }
    let (d, d_rest) = fast_two_sum(1.0, high);
    let inverse = 1.0 / d;
    let q = high * inverse;
    let remainder = fma(-q, d, high) + fma(-q, d_rest + low, low);
    (a, b, a * high, b * q, a * low, b * (remainder * inverse), factor)
}

#[inline(always)]
pub fn sinh<const SINGLE: bool>(x: f64) -> f64 {
    let (a, b, up, down, up_rest, down_rest, factor) = halves::<SINGLE>(x);
    if SINGLE {
        return ((a - b) + (up + down)).copysign(x);
    }
    let (s, s_rest) = fast_two_sum(up, down);
    let (y, rest) = fast_two_sum(a - b, s);
    ((y + (rest + s_rest + (up_rest + down_rest))) * factor).copysign(x)
}

#[inline(always)]
pub fn cosh<const SINGLE: bool>(x: f64) -> f64 {
    let (a, b, up, down, up_rest, down_rest, factor) = halves::<SINGLE>(x);
    if SINGLE {
        return (a + b) + (up - down);
    }
    let (s, s_rest) = fast_two_sum(up, -down);
    let (y, rest) = fast_two_sum(a + b, s);
    (y + (rest + s_rest + (up_rest - down_rest))) * factor
}
