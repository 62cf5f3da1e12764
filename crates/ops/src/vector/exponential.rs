//! Exponentials.

use super::constants::*;
use super::{fast_two_sum, fma, nearest, polynomial, power_of_2, within};

/// `exp(x)` is `2^n (1 + high + low)`: `n`, `high`, `low`.
#[inline(always)]
pub(super) fn parts<const SINGLE: bool>(x: f64) -> (f64, f64, f64) {
    let n = nearest(x * LOG2_E);
    // Exact: the difference needs no more bits than `x` has.
    let near = fma(-n, LN2, x);
    let r = fma(-n, LN2_REST, near);
    if SINGLE {
        return (n, fma(r * r, polynomial(r, EXP_SINGLE), r), 0.0);
    }
    let low = fma(-n, LN2_REST, near - r);
    let (high, low) = fast_two_sum(r, fma(r * r, polynomial(r, EXP), low));
    (n, high, low)
}

/// `y * 2^n`, rounded once, for `n` from -2044 to 2046.
#[inline(always)]
pub(super) fn scale<const SINGLE: bool>(y: f64, n: f64) -> f64 {
    if SINGLE {
        return y * power_of_2(n);
    }
    let half = nearest(0.5 * n);
    y * power_of_2(half) * power_of_2(n - half)
}

#[inline(always)]
pub fn exp<const SINGLE: bool>(x: f64) -> f64 {
    let x = if SINGLE { within(x, -180.0, 180.0) } else { within(x, -750.0, 720.0) };
    let (n, high, low) = parts::<SINGLE>(x);
    scale::<SINGLE>(1.0 + if SINGLE { high } else { high + low }, n)
}

#[inline(always)]
pub fn exp2<const SINGLE: bool>(x: f64) -> f64 {
    let x = if SINGLE { within(x, -250.0, 250.0) } else { within(x, -1080.0, 1030.0) };
    let n = nearest(x);
    let f = x - n;
    let r = f * LN2;
    if SINGLE {
        return scale::<true>(1.0 + fma(r * r, polynomial(r, EXP_SINGLE), r), n);
    }
    let rest = fma(f, LN2_REST, fma(f, LN2, -r));
    scale::<false>(1.0 + (r + fma(r * r, polynomial(r, EXP), rest)), n)
}

#[inline(always)]
pub fn expm1<const SINGLE: bool>(x: f64) -> f64 {
    let bounded = if SINGLE { within(x, -40.0, 180.0) } else { within(x, -50.0, 720.0) };
    let (n, high, low) = parts::<SINGLE>(bounded);
    if SINGLE {
        let a = power_of_2(n);
        return fma(high, a, a - 1.0).copysign(x);
    }
    // (2^m (1 + p) - 2^(m - n)) 2^(n - m), for 2^n may be out of range.
    let m = nearest(0.5 * n);
    let a = power_of_2(m);
    let (y, rest) = fast_two_sum(a - power_of_2(m - n), a * high);
    ((y + fma(a, low, rest)) * power_of_2(n - m)).copysign(x)
}
