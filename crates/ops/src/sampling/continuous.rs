//! Continuous distributions that need rejection or several numbers of a stream.
#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN has to fail, as in the text for CUDA beside")]

use super::discrete::poisson;
use super::stream::{ROUNDS, Stream};

/// Gamma of scale 1, by Marsaglia and Tsang (2000); for a shape `a >= 1`.
#[inline]
fn gamma_of_large(s: &mut Stream, a: f64) -> f64 {
    let d = a - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    for _ in 0..ROUNDS {
        let x = s.normal();
        let v = 1.0 + c * x;
        let u = s.open();
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let y = x * x;
        if u < 1.0 - 0.0331 * y * y || u.ln() < 0.5 * y + d * (1.0 - v + v.ln()) {
            return d * v;
        }
    }
    d
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
    let u = s.open();
    gamma_of_large(s, a + 1.0) * u.powf(1.0 / a)
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
    let u = s.open();
    gamma_of_large(s, a + 1.0).ln() + u.ln() / a
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
