//! Sines and tangents.

use super::constants::*;
use super::{SHIFT, fast_two_sum, fma, polynomial, two_sum};

/// Up to here the reduction is exact enough
pub const LARGE: f64 = (1u64 << 45) as f64;
/// The same for float32
pub const LARGE_SINGLE: f32 = (1u64 << 30) as f32;

/// `x` as a number of right angles, whose last two bits are returned, and an angle up to pi / 4 in two parts.
#[inline(always)]
fn reduce<const SINGLE: bool>(x: f64) -> (u64, f64, f64) {
    let shifted = fma(x, std::f64::consts::FRAC_2_PI, SHIFT);
    let n = shifted - SHIFT;
    // Exact: the difference needs no more bits than `x` has.
    let near = fma(-n, HALF_PI, x);
    if SINGLE {
        return (shifted.to_bits(), fma(-n, HALF_PI_2, near), 0.0);
    }
    let second = n * HALF_PI_2;
    let (r, rest) = two_sum(near, -second);
    let rest = fma(-n, HALF_PI_3, rest - fma(n, HALF_PI_2, -second));
    let (r, rest) = fast_two_sum(r, rest);
    (shifted.to_bits(), r, rest)
}

/// The sine of an angle up to pi / 4: main part and rest.
#[inline(always)]
fn sine<const SINGLE: bool>(r: f64, rest: f64) -> (f64, f64) {
    let z = r * r;
    if SINGLE {
        return (fma(r * z, polynomial(z, SIN_SINGLE), r), 0.0);
    }
    (r, fma(r * z, polynomial(z, SIN), fma(-0.5 * z, rest, rest)))
}

/// The cosine of an angle up to pi / 4: main part and rest.
#[inline(always)]
fn cosine<const SINGLE: bool>(r: f64, rest: f64) -> (f64, f64) {
    let z = r * r;
    if SINGLE {
        return (fma(z * z, polynomial(z, COS_SINGLE), fma(-0.5, z, 1.0)), 0.0);
    }
    let half = 0.5 * z;
    let (high, low) = fast_two_sum(1.0, -half);
    (high, low + fma(z * z, polynomial(z, COS), -(r * rest)))
}

/// Sine or, a right angle further, cosine.
#[inline(always)]
fn wave<const SINGLE: bool>(x: f64, turn: u64) -> f64 {
    let (quadrant, r, rest) = reduce::<SINGLE>(x);
    let quadrant = quadrant.wrapping_add(turn);
    let (s, s_rest) = sine::<SINGLE>(r, rest);
    let (c, c_rest) = cosine::<SINGLE>(r, rest);
    let (y, y_rest) = if quadrant & 1 == 0 { (s, s_rest) } else { (c, c_rest) };
    let y = if SINGLE { y } else { y + y_rest };
    f64::from_bits(y.to_bits() ^ ((quadrant & 2) << 62))
}

#[inline(always)]
pub fn sin<const SINGLE: bool>(x: f64) -> f64 {
    let y = wave::<SINGLE>(x, 0);
    if x == 0.0 { x } else { y }
}

#[inline(always)]
pub fn cos<const SINGLE: bool>(x: f64) -> f64 {
    wave::<SINGLE>(x, 1)
}

#[inline(always)]
pub fn tan<const SINGLE: bool>(x: f64) -> f64 {
    let (quadrant, r, rest) = reduce::<SINGLE>(x);
    let (s, s_rest) = sine::<SINGLE>(r, rest);
    let (c, c_rest) = cosine::<SINGLE>(r, rest);
    let odd = quadrant & 1 != 0;
    let (over, over_rest, under, under_rest) = if odd { (c, c_rest, s, s_rest) } else { (s, s_rest, c, c_rest) };
    let y = if SINGLE {
        over / under
    } else {
        let (over, over_rest) = fast_two_sum(over, over_rest);
        let (under, under_rest) = fast_two_sum(under, under_rest);
        let inverse = 1.0 / under;
        let q = over * inverse;
        fma(fma(-q, under, over) + fma(-q, under_rest, over_rest), inverse, q)
    };
    let y = f64::from_bits(y.to_bits() ^ ((quadrant & 1) << 63));
    if x == 0.0 { x } else { y }
}
