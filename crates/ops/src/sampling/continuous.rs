//! Continuous distributions that need rejection or several numbers of a stream.
#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN has to fail, as in the text for CUDA beside")]

use super::poisson::poisson;
use super::stream::{ROUNDS, Stream, WIDTH, Words, for_each_group, open, start, uniform};

/// The numbers that Marsaglia and Tsang's method (2000) needs of a shape `a >= 1`.
struct Cube {
    d: f64,
    c: f64,
}

impl Cube {
    #[inline(always)]
    fn new(a: f64) -> Cube {
        let d = a - 1.0 / 3.0;
        Cube { d, c: 1.0 / (9.0 * d).sqrt() }
    }

    /// Whether a candidate is accepted, with the square of the normal number that it is of.
    #[inline]
    fn accepts(&self, v: f64, y: f64, u: f64) -> bool {
        u < 1.0 - 0.0331 * y * y || u.ln() < 0.5 * y + self.d * (1.0 - v + v.ln())
    }
}

/// Gamma of scale 1 for a shape `a >= 1`.
#[inline]
fn gamma_of_large(s: &mut Stream, a: f64) -> f64 {
    let cube = Cube::new(a);
    for _ in 0..ROUNDS {
        let x = s.normal();
        let v = 1.0 + cube.c * x;
        let u = s.open();
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if cube.accepts(v, x * x, u) {
            return cube.d * v;
        }
    }
    cube.d
}

/// Gamma of scale 1.
pub fn gamma(s: &mut Stream, a: f64) -> f64 {
    if !(a >= 0.0) {
        return f64::NAN;
    }
    if a == 0.0 || a == f64::INFINITY {
        return a;
    }
    if a >= 1.0 {
        return gamma_of_large(s, a);
    }
    let above = gamma_of_large(s, a + 1.0);
    above * s.open().powf(1.0 / a)
}

/// Gamma for many elements: the first candidates side by side, which nearly all are accepted.
pub fn gammas(blocks: &[i64], seeds: &[i64], shapes: &[f64], out: &mut [f64]) {
    for_each_group(blocks, seeds, |group, seed, places| {
        let words = [start(group, seed, 0), start(group, seed, 1)];
        let last = places.end - 1;
        let a: [f64; WIDTH] = std::array::from_fn(|j| shapes[last.min(places.start + j)]);
        let mut firsts = Candidates { v: [0.0; WIDTH], y: [0.0; WIDTH], results: [0.0; WIDTH], are_sure: [false; WIDTH] };
        candidates(&words, &a, &mut firsts);
        for (j, i) in places.enumerate() {
            let a = a[j];
            if firsts.are_sure[j] && (1.0..f64::INFINITY).contains(&a) {
                out[i] = firsts.results[j];
                continue;
            }
            if !(a > 0.0 && a < f64::INFINITY) {
                out[i] = gamma(&mut Stream::new(group[j], seed), a);
                continue;
            }
            let large = if a < 1.0 { a + 1.0 } else { a };
            let mut s = Stream::started(group[j], seed, &words, j).behind(3);
            let (v, y) = (firsts.v[j], firsts.y[j]);
            let is_accepted = firsts.are_sure[j] || v > 0.0 && Cube::new(large).accepts(v, y, open(words[1][0][j], words[1][1][j]));
            let x = if is_accepted { firsts.results[j] } else { gamma_of_large(&mut s, large) };
            out[i] = if a < 1.0 { x * s.open().powf(1.0 / a) } else { x };
        }
    });
}

/// The first candidates of gamma numbers.
struct Candidates {
    v: [f64; WIDTH],
    y: [f64; WIDTH],
    results: [f64; WIDTH],
    are_sure: [bool; WIDTH],
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2"))]
fn candidates(words: &[Words; 2], a: &[f64; WIDTH], to: &mut Candidates) {
    for j in 0..WIDTH {
        let cube = Cube::new(if a[j] < 1.0 { a[j] + 1.0 } else { a[j] });
        let x = normal(open(words[0][0][j], words[0][1][j]), uniform(words[0][2][j], words[0][3][j]));
        let v = 1.0 + cube.c * x;
        let is_inside = v > 0.0;
        let (v, y) = (v * v * v, x * x);
        let u = open(words[1][0][j], words[1][1][j]);
        (to.v[j], to.y[j], to.results[j]) = (v, y, cube.d * v);
        to.are_sure[j] = is_inside & (u < 1.0 - 0.0331 * y * y);
    }
}

/// A normal number as [`Stream::normal`] makes it, without branches and calls, so that elements side by side share
/// instructions. What is left of the quarter turn is a short Taylor series, cut below half an ulp.
#[inline(always)]
fn normal(u: f64, v: f64) -> f64 {
    // Adding it rounds to an integer, which then is in the lowest bits.
    const ROUND: f64 = 1.5 * (1u64 << 52) as f64;
    // sqrt(1/2): `u = m * 2^e` with `m` around 1.
    const LOW: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let above = u.to_bits().wrapping_sub(LOW);
    let e = f64::from_bits(ROUND.to_bits().wrapping_add(((above as i64) >> 52) as u64)) - ROUND;
    let m = f64::from_bits((above & ((1 << 52) - 1)) + LOW);
    // ln m = 2 artanh((m - 1) / (m + 1))
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut series = 0.0;
    let mut k = 10;
    while k > 0 {
        series = series * z + 2.0 / (2 * k + 1) as f64;
        k -= 1;
    }
    let ln = e * 0.693_147_180_369_123_8 + (2.0 * s + (s * z * series + e * 1.908_214_929_270_587_7e-10));

    let turned = 4.0 * v + ROUND;
    let quarter = turned.to_bits();
    let x = (v - 0.25 * (turned - ROUND)) * std::f64::consts::TAU;
    let z = x * x;
    let (mut sin, mut cos) = (1.0, 1.0);
    let mut k = 8;
    while k > 0 {
        sin = 1.0 - sin * z * (1.0 / ((2 * k) * (2 * k + 1)) as f64);
        cos = 1.0 - cos * z * (1.0 / ((2 * k - 1) * (2 * k)) as f64);
        k -= 1;
    }
    let size = if quarter & 1 == 0 { cos } else { sin * x };
    // The second bit of the quarter after becomes the sign.
    let turn = f64::from_bits(size.to_bits() ^ ((quarter.wrapping_add(1) & 2) << 62));
    (-2.0 * ln).sqrt() * turn
}

/// The logarithm of a gamma number of scale 1: shapes near 0 give numbers that float64 cannot hold.
pub fn log_gamma(s: &mut Stream, a: f64) -> f64 {
    if !(a >= 0.0) {
        return f64::NAN;
    }
    if a == 0.0 {
        return f64::NEG_INFINITY;
    }
    if a >= 1.0 {
        return gamma_of_large(s, a).ln();
    }
    let above = gamma_of_large(s, a + 1.0);
    above.ln() + s.open().ln() / a
}

/// Beta, from two gamma numbers.
pub fn beta(s: &mut Stream, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) {
        return f64::NAN;
    }
    if a >= 1.0 && b >= 1.0 {
        let x = gamma_of_large(s, a);
        let y = gamma_of_large(s, b);
        return x / (x + y);
    }
    let x = log_gamma(s, a);
    let y = log_gamma(s, b);
    if x == f64::NEG_INFINITY && y == f64::NEG_INFINITY {
        let u = s.uniform();
        return if u * (a + b) < a { 1.0 } else { 0.0 };
    }
    1.0 / (1.0 + (y - x).exp())
}

/// Chi-square whose normal numbers have the means' squares `nonc` in sum.
pub fn noncentral_chisquare(s: &mut Stream, df: f64, nonc: f64) -> f64 {
    if !(df > 0.0 && nonc >= 0.0) {
        return f64::NAN;
    }
    if nonc == 0.0 {
        return 2.0 * gamma(s, 0.5 * df);
    }
    if df > 1.0 {
        let x = 2.0 * gamma(s, 0.5 * (df - 1.0));
        let n = s.normal() + nonc.sqrt();
        return x + n * n;
    }
    let i = poisson(s, 0.5 * nonc);
    2.0 * gamma(s, 0.5 * df + i as f64)
}

/// Von Mises on the circle, by Best and Fisher (1979).
pub fn vonmises(s: &mut Stream, mu: f64, kappa: f64) -> f64 {
    if !(kappa >= 0.0) {
        return f64::NAN;
    }
    let pi = std::f64::consts::PI;
    let mut angle;
    if kappa < 1e-8 {
        angle = pi * (2.0 * s.uniform() - 1.0);
    } else if kappa > 1e6 {
        // Nearly normal.
        angle = s.normal() / kappa.sqrt();
    } else {
        let scale = if kappa < 1e-5 {
            1.0 / kappa + kappa
        } else {
            let r = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
            let rho = (r - (2.0 * r).sqrt()) / (2.0 * kappa);
            (1.0 + rho * rho) / (2.0 * rho)
        };
        let mut w = 1.0;
        for _ in 0..ROUNDS {
            let u = s.uniform();
            let v = s.open();
            let z = (pi * u).cos();
            w = (1.0 + scale * z) / (scale + z);
            let y = kappa * (scale - w);
            if y * (2.0 - y) - v >= 0.0 || (y / v).ln() + 1.0 - y >= 0.0 {
                break;
            }
        }
        angle = w.clamp(-1.0, 1.0).acos();
        if s.uniform() < 0.5 {
            angle = -angle;
        }
    }
    // Back to one turn.
    let x = angle + mu;
    let turned = (x.abs() + pi) % (2.0 * pi) - pi;
    if x < 0.0 { -turned } else { turned }
}

/// Inverse Gauss, by Michael, Schucany and Haas (1976).
pub fn wald(s: &mut Stream, mean: f64, scale: f64) -> f64 {
    if !(mean > 0.0 && scale > 0.0) {
        return f64::NAN;
    }
    let n = s.normal();
    let y = mean * n * n;
    // Written so that nothing cancels where `scale` is small.
    let d = 1.0 + (1.0 + 4.0 * scale / y).sqrt();
    let x = mean * (1.0 - 2.0 / d);
    let u = s.uniform();
    if u <= mean / (mean + x) { x } else { mean * mean / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_as_one() {
        let blocks: Vec<i64> = (0..20_000).map(|k| k - 3).collect();
        for a in [0.0, 0.01, 0.7, 1.0, 2.0, 1e6, f64::INFINITY, f64::NAN, -1.0] {
            let mut out = vec![0.0; blocks.len()];
            gammas(&blocks, &vec![7; blocks.len()], &vec![a; blocks.len()], &mut out);
            for (&block, &x) in blocks.iter().zip(&out) {
                let want = gamma(&mut Stream::new(block, 7), a);
                // The cube of a few roundings of a normal number.
                assert!(
                    x == want || x.is_nan() && want.is_nan() || (x - want).abs() <= 64.0 * f64::EPSILON * want.abs(),
                    "{a} {block} {x} {want}"
                );
            }
            let mut parts = vec![0.0; blocks.len()];
            for k in [0, 3, 16, 117, 2000] {
                gammas(&blocks[k..k + 5], &[7; 5], &[a; 5], &mut parts[k..k + 5]);
                assert!(parts[k..k + 5].iter().zip(&out[k..]).all(|(x, y)| x.to_bits() == y.to_bits()));
            }
        }
    }
}
