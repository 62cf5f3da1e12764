//! Discrete distributions: counts as int64, the smallest one where a parameter is out of range.
#![expect(clippy::neg_cmp_op_on_partial_ord, clippy::manual_range_contains, reason = "NaN has to fail, as in the text for CUDA beside")]

use super::continuous::gamma;
use super::poisson::{log_factorial, poisson};
use super::stream::{ROUNDS, Stream, whole};

/// What Stirling's formula lacks of `ln(k!)`.
#[inline]
fn stirling_tail(k: f64) -> f64 {
    if k < 9.5 {
        return log_factorial(k) - ((k + 0.5) * (k + 1.0).ln() - (k + 1.0) + 0.918_938_533_204_672_8);
    }
    let x = k + 1.0;
    let z = 1.0 / (x * x);
    (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0))) / x
}

/// Binomial with `p <= 1/2`: by inversion, and by Hörmann's BTRS (1993) from a mean of 10 on.
fn binomial_of_small(s: &mut Stream, n: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if n * p < 10.0 {
        let first = (n * (-p).ln_1p()).exp();
        let bound = n.min(n * p + 10.0 * (n * p * q + 1.0).sqrt());
        for _ in 0..ROUNDS {
            let mut u = s.uniform();
            let (mut k, mut probability) = (0.0, first);
            while u > probability && k <= bound {
                u -= probability;
                k += 1.0;
                probability = (n - k + 1.0) * p * probability / (k * q);
            }
            if k <= bound {
                return k;
            }
        }
        return (n * p).floor();
    }
    let spread = (n * p * q).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = n * p + 0.5;
    let vr = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spread;
    let m = ((n + 1.0) * p).floor();
    let odds = p / q;
    let at_mode = (m + 0.5) * ((m + 1.0) / (odds * (n - m + 1.0))).ln() + stirling_tail(m) + stirling_tail(n - m);
    for _ in 0..ROUNDS {
        let u = s.uniform() - 0.5;
        let v = s.open();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + c).floor();
        if us >= 0.07 && v <= vr {
            return k;
        }
        if !(k >= 0.0 && k <= n) {
            continue;
        }
        let bound = at_mode + (n + 1.0) * ((n - m + 1.0) / (n - k + 1.0)).ln() + (k + 0.5) * (odds * (n - k + 1.0) / (k + 1.0)).ln()
            - stirling_tail(k)
            - stirling_tail(n - k);
        if (v * alpha / (a / (us * us) + b)).ln() <= bound {
            return k;
        }
    }
    m
}

/// Binomial: how many of `n` trials succeed.
pub fn binomial(s: &mut Stream, n: i64, p: f64) -> i64 {
    if n < 0 || !(0.0..=1.0).contains(&p) {
        return i64::MIN;
    }
    if n == 0 || p == 0.0 {
        return 0;
    }
    if p == 1.0 {
        return n;
    }
    if p <= 0.5 {
        return whole(binomial_of_small(s, n as f64, p));
    }
    n - whole(binomial_of_small(s, n as f64, 1.0 - p))
}

/// Negative binomial: Poisson whose mean is a gamma number.
pub fn negative_binomial(s: &mut Stream, n: f64, p: f64) -> i64 {
    if !(n > 0.0 && p > 0.0 && p <= 1.0) {
        return i64::MIN;
    }
    let mean = gamma(s, n) * ((1.0 - p) / p);
    poisson(s, mean)
}

/// Geometric: the trial of the first success, by inversion.
pub fn geometric(s: &mut Stream, p: f64) -> i64 {
    if !(p > 0.0 && p <= 1.0) {
        return i64::MIN;
    }
    let k = (s.open().ln() / (-p).ln_1p()).ceil();
    if k >= 1.0 { whole(k) } else { 1 }
}

/// Hypergeometric: how many good ones are in a sample, one after the other or by Stadlober's HRUA (1990).
pub fn hypergeometric(s: &mut Stream, good: i64, bad: i64, sample: i64) -> i64 {
    let most = 1 << 62;
    if good < 0 || bad < 0 || sample < 0 || good > most || bad > most || sample as u64 > good as u64 + bad as u64 {
        return i64::MIN;
    }
    let all = good as u64 + bad as u64;
    // The rest that stays behind is a sample too; the smaller of the two is drawn.
    let drawn = (sample as u64).min(all - sample as u64);
    if drawn <= 10 {
        let (mut left, mut left_good) = (all, good as u64);
        for _ in 0..drawn {
            if s.below(left) < left_good {
                left_good -= 1;
            }
            left -= 1;
        }
        return if drawn == sample as u64 { good - left_good as i64 } else { left_good as i64 };
    }
    let few = good.min(bad) as f64;
    let many = good.max(bad) as f64;
    let (n, m) = (all as f64, drawn as f64);
    let part = few / n;
    let middle = m * part + 0.5;
    let spread = ((n - m) * sample as f64 * part * (1.0 - part) / (n - 1.0) + 0.5).sqrt();
    let width = 1.715_527_769_921_413_5 * spread + 0.898_916_162_058_898_8;
    let mode = ((m + 1.0) * (few + 1.0) / (n + 2.0)).floor();
    let at_mode = log_factorial(mode) + log_factorial(few - mode) + log_factorial(m - mode) + log_factorial(many - m + mode);
    let bound = (m.min(few) + 1.0).min((middle + 16.0 * spread).floor());
    let mut z = mode;
    for _ in 0..ROUNDS {
        let x = s.open();
        let y = s.uniform();
        let w = middle + width * (y - 0.5) / x;
        if !(w >= 0.0 && w < bound) {
            continue;
        }
        let k = w.floor();
        let t = at_mode - (log_factorial(k) + log_factorial(few - k) + log_factorial(m - k) + log_factorial(many - m + k));
        if x * (4.0 - x) - 3.0 <= t || (x * (x - t) < 1.0 && 2.0 * x.ln() <= t) {
            z = k;
            break;
        }
    }
    let mut k = whole(z);
    if good > bad {
        k = drawn as i64 - k;
    }
    if drawn < sample as u64 {
        k = good - k;
    }
    k
}

/// Logarithmic series, by Kemp's second method (1981).
pub fn logseries(s: &mut Stream, p: f64) -> i64 {
    if !(0.0..1.0).contains(&p) {
        return i64::MIN;
    }
    let r = (-p).ln_1p();
    for _ in 0..ROUNDS {
        let v = s.open();
        let u = s.uniform();
        if v >= p {
            return 1;
        }
        let q = -(r * u).exp_m1();
        if v <= q * q {
            let k = (1.0 + v.ln() / q.ln()).floor();
            if k >= 1.0 {
                return whole(k);
            }
            continue;
        }
        return if v >= q { 1 } else { 2 };
    }
    1
}

/// Zipf, by Devroye's rejection (1986) below the largest int64.
pub fn zipf(s: &mut Stream, a: f64) -> i64 {
    if !(a > 1.0) {
        return i64::MIN;
    }
    if a >= 1025.0 {
        return 1;
    }
    let above = a - 1.0;
    let b = 2f64.powf(above);
    let least = 9_223_372_036_854_775_807f64.powf(-above);
    for _ in 0..ROUNDS {
        let part = s.uniform();
        let v = s.uniform();
        let u = part * least + (1.0 - part);
        let x = u.powf(-1.0 / above).floor();
        if !(x >= 1.0 && x < 9_223_372_036_854_775_808.0) {
            continue;
        }
        let t = (1.0 + 1.0 / x).powf(above);
        if v * x * (t - 1.0) / (b - 1.0) <= t / b {
            return whole(x);
        }
    }
    1
}
