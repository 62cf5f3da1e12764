//! The inverses of sines and tangents.

use super::constants::*;
use super::{fast_two_sum, fma, polynomial};

#[inline(always)]
pub fn arctan<const SINGLE: bool>(x: f64) -> f64 {
    let a = x.abs();
    // The tangents of pi / 8 and 3 pi / 8 part the numbers into three: around 0, pi / 4 and pi / 2.
    let (small, large) = (a < 0.41421356237309503, a > 2.414213562373095);
    let over = if small {
        a
    } else if large {
        -1.0
    } else {
        a - 1.0
    };
    let under = if small {
        1.0
    } else if large {
        a
    } else {
        a + 1.0
    };
    let base = if small {
        0.0
    } else if large {
        HALF_PI
    } else {
        0.5 * HALF_PI
    };
    if SINGLE {
        let t = over / under;
        let z = t * t;
        return (base + fma(t * z, polynomial(z, ARCTAN_SINGLE), t)).copysign(x);
    }
    let base_rest = if small {
        0.0
    } else if large {
        HALF_PI_2
    } else {
        0.5 * HALF_PI_2
    };
    let under_rest = if small | large { 0.0 } else { (a - under) + 1.0 };
    let inverse = 1.0 / under;
    let t = over * inverse;
    let t_rest = fma(-t, under_rest, fma(-t, under, over)) * inverse;
    let t_rest = if a < f64::INFINITY { t_rest } else { 0.0 };
    let z = t * t;
    let (sum, rest) = fast_two_sum(base, t);
    (sum + (rest + fma(t * z, polynomial(z, ARCTAN), base_rest + t_rest))).copysign(x)
}

/// Up to 1/2 `|x|`, beyond the root of `(1 - |x|) / 2`; and what its arc sine has beyond it.
#[inline(always)]
fn arc<const SINGLE: bool>(a: f64) -> (f64, f64) {
    let small = a <= 0.5;
    let rest = 0.5 - 0.5 * a;
    let z = if small { a * a } else { rest };
    let s = if small { a } else { rest.sqrt() };
    let p = if SINGLE { polynomial(z, ARCSIN_SINGLE) } else { polynomial(z, ARCSIN) };
    (s, s * z * p)
}

#[inline(always)]
pub fn arcsin<const SINGLE: bool>(x: f64) -> f64 {
    let a = x.abs();
    let (s, more) = arc::<SINGLE>(a);
    let (high, low) = fast_two_sum(HALF_PI, -2.0 * s);
    let y = if a <= 0.5 { s + more } else { high + (low + (HALF_PI_2 - 2.0 * more)) };
    y.copysign(x)
}

#[inline(always)]
pub fn arccos<const SINGLE: bool>(x: f64) -> f64 {
    let (s, more) = arc::<SINGLE>(x.abs());
    let small = x.abs() <= 0.5;
    // base - angle, the angle being that of the sine x, or twice that of the root with the sign of x.
    let factor = if small { 1.0 } else { 2.0 };
    let base = if small {
        HALF_PI
    } else if x < 0.0 {
        2.0 * HALF_PI
    } else {
        0.0
    };
    let base_rest = if small {
        HALF_PI_2
    } else if x < 0.0 {
        2.0 * HALF_PI_2
    } else {
        0.0
    };
    let sign = if small == (x < 0.0) { factor } else { -factor };
    let (angle, more) = (sign * s, sign * more);
    let (high, low) = fast_two_sum(base, angle);
    high + (low + (base_rest + more))
}
