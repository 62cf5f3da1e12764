//! Complex arithmetic and functions with C99's special values, for the CPU; `complex.cuh` beside it is CUDA's twin.
//!
//! complex64 functions are computed in double precision and rounded: no spurious overflow, better than 1 ulp.

use cuprous_core::{c64, c128};

/// CUDA's text of this file.
pub const CUDA_COMPLEX: &str = include_str!("complex.cuh");

/// What rows need of complex numbers.
pub trait Parts: Copy {
    /// Type of the parts
    type Real;
    /// The product, by the plain formula.
    fn times(self, b: Self) -> Self;
    /// The quotient, by Smith's method as in NumPy.
    fn over(self, b: Self) -> Self;
    /// The absolute value.
    fn modulus(self) -> Self::Real;
    /// `z / |z|`, 0 for 0, NaN for NaN.
    fn unit(self) -> Self;
    /// Whether a part is NaN.
    fn has_nan(self) -> bool;
    /// NumPy's `<`.
    fn below(self, b: Self) -> bool;
    /// NumPy's `<=`.
    fn at_most(self, b: Self) -> bool;
    /// NumPy's maximum.
    fn max_nan(self, b: Self) -> Self;
    /// NumPy's minimum.
    fn min_nan(self, b: Self) -> Self;
    /// `1 / z`, by Smith's method.
    fn inverse(self) -> Self;
    /// The larger; the other if one is NaN.
    fn max_number(self, b: Self) -> Self;
    /// The smaller; the other if one is NaN.
    fn min_number(self, b: Self) -> Self;
    /// `exp`
    fn exponential(self) -> Self;
    /// `log`, principal branch
    fn logarithm(self) -> Self;
    /// `sqrt`, principal branch
    fn root(self) -> Self;
    /// `sin`
    fn sine(self) -> Self;
    /// `cos`
    fn cosine(self) -> Self;
    /// `tanh`
    fn hyperbolic_tangent(self) -> Self;
    /// `self ** b`
    fn power(self, b: Self) -> Self;
}

macro_rules! arithmetic {
    ($c:ident $t:ident) => {
        type Real = $t;
        #[inline(always)]
        fn times(self, b: $c) -> $c {
            $c::new(self.re * b.re - self.im * b.im, self.re * b.im + self.im * b.re)
        }
        #[inline(always)]
        fn over(self, b: $c) -> $c {
            if b.re.abs() >= b.im.abs() {
                if b.re == 0.0 && b.im == 0.0 {
                    return $c::new(self.re / b.re.abs(), self.im / b.re.abs());
                }
                let ratio = b.im / b.re;
                let scale = 1.0 / (b.re + b.im * ratio);
                $c::new((self.re + self.im * ratio) * scale, (self.im - self.re * ratio) * scale)
            } else {
                let ratio = b.re / b.im;
                let scale = 1.0 / (b.im + b.re * ratio);
                $c::new((self.re * ratio + self.im) * scale, (self.im * ratio - self.re) * scale)
            }
        }
        #[inline(always)]
        fn modulus(self) -> $t {
            self.re.hypot(self.im)
        }
        #[inline(always)]
        fn unit(self) -> $c {
            let m = self.modulus();
            let one = |x: $t| (1.0 as $t).copysign(x);
            if m.is_nan() || (self.re.is_infinite() && self.im.is_infinite()) {
                $c::new($t::NAN, $t::NAN)
            } else if m.is_infinite() && (self.re.is_infinite() || self.im.is_infinite()) {
                if self.re.is_infinite() { $c::new(one(self.re), 0.0) } else { $c::new(0.0, one(self.im)) }
            } else if m == 0.0 {
                $c::new(0.0, 0.0)
            } else {
                $c::new(self.re / m, self.im / m)
            }
        }
        #[inline(always)]
        fn has_nan(self) -> bool {
            self.re.is_nan() || self.im.is_nan()
        }
        #[inline(always)]
        fn below(self, b: $c) -> bool {
            (self.re < b.re && !self.im.is_nan() && !b.im.is_nan()) || (self.re == b.re && self.im < b.im)
        }
        #[inline(always)]
        fn at_most(self, b: $c) -> bool {
            (self.re < b.re && !self.im.is_nan() && !b.im.is_nan()) || (self.re == b.re && self.im <= b.im)
        }
        #[inline(always)]
        fn max_nan(self, b: $c) -> $c {
            if self.has_nan() || b.at_most(self) { self } else { b }
        }
        #[inline(always)]
        fn min_nan(self, b: $c) -> $c {
            if self.has_nan() || self.at_most(b) { self } else { b }
        }
        #[inline(always)]
        fn inverse(self) -> $c {
            if self.im.abs() <= self.re.abs() {
                let r = self.im / self.re;
                let d = self.re + self.im * r;
                $c::new(1.0 / d, -r / d)
            } else {
                let r = self.re / self.im;
                let d = self.re * r + self.im;
                $c::new(r / d, -1.0 / d)
            }
        }
        #[inline(always)]
        fn max_number(self, b: $c) -> $c {
            if b.has_nan() || b.at_most(self) { self } else { b }
        }
        #[inline(always)]
        fn min_number(self, b: $c) -> $c {
            if b.has_nan() || self.at_most(b) { self } else { b }
        }
    };
}

impl Parts for c128 {
    arithmetic!(c128 f64);

    fn exponential(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if y == 0.0 {
            return c128::new(x.exp(), y);
        }
        if !y.is_finite() {
            return match x {
                f64::INFINITY => c128::new(x, f64::NAN),
                f64::NEG_INFINITY => c128::new(0.0, 0.0),
                _ => c128::new(f64::NAN, f64::NAN),
            };
        }
        if x > 709.0 && x < 1500.0 {
            // exp(x) alone would overflow although the product need not.
            let half = (x / 2.0).exp();
            return c128::new(half * y.cos() * half, half * y.sin() * half);
        }
        let m = x.exp();
        c128::new(m * y.cos(), m * y.sin())
    }

    fn logarithm(self) -> c128 {
        let (big, small) = if self.re.abs() >= self.im.abs() { (self.re.abs(), self.im.abs()) } else { (self.im.abs(), self.re.abs()) };
        let m = big.hypot(small);
        // Near the unit circle the logarithm of the modulus would cancel.
        let re = if m > 0.5 && m < 2.0 {
            0.5 * ((big - 1.0) * (big + 1.0) + small * small).ln_1p()
        } else if m.is_infinite() && big.is_finite() {
            (big / 2.0).hypot(small / 2.0).ln() + std::f64::consts::LN_2
        } else {
            m.ln()
        };
        c128::new(re, self.im.atan2(self.re))
    }

    fn root(self) -> c128 {
        let (a, b) = (self.re, self.im);
        if a == 0.0 && b == 0.0 {
            return c128::new(0.0, b);
        }
        if b.is_infinite() {
            return c128::new(f64::INFINITY, b);
        }
        if a.is_nan() {
            return c128::new(a, f64::NAN);
        }
        if a.is_infinite() {
            let odd = if b.is_nan() { b } else { 0.0 };
            return if a > 0.0 {
                c128::new(a, if b.is_nan() { b } else { (0.0f64).copysign(b) })
            } else {
                c128::new(odd, f64::INFINITY.copysign(b))
            };
        }
        // Scaled so that neither squares nor sums leave the range.
        let big = a.abs().max(b.abs());
        let (scale, back) = if big > 4e307 {
            (0.0625, 4.0)
        } else if big < 1e-300 {
            (2f64.powi(108), 2f64.powi(-54))
        } else {
            (1.0, 1.0)
        };
        let (a, b) = (a * scale, b * scale);
        let t = ((a.abs() + a.hypot(b)) * 0.5).sqrt();
        let other = b.abs() / (2.0 * t);
        let (re, im) = if a >= 0.0 { (t, other.copysign(b)) } else { (other, t.copysign(b)) };
        c128::new(re * back, im * back)
    }

    fn sine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if y == 0.0 {
            return c128::new(x.sin(), if x.is_finite() { x.cos() * y } else { y });
        }
        if x == 0.0 {
            return c128::new(x, y.sinh());
        }
        c128::new(x.sin() * y.cosh(), x.cos() * y.sinh())
    }

    fn cosine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if y == 0.0 {
            return c128::new(x.cos(), if x.is_finite() { -(x.sin() * y) } else { y });
        }
        if x == 0.0 {
            return c128::new(y.cosh(), -(x * (1f64).copysign(y)));
        }
        c128::new(x.cos() * y.cosh(), -(x.sin() * y.sinh()))
    }

    fn hyperbolic_tangent(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if !x.is_finite() {
            if x.is_nan() {
                return c128::new(x, if y == 0.0 { y } else { f64::NAN });
            }
            let sign = if y.is_finite() { (0.0f64).copysign((2.0 * y).sin()) } else { (0.0f64).copysign(y) };
            return c128::new((1.0f64).copysign(x), sign);
        }
        if !y.is_finite() {
            return c128::new(if x == 0.0 { x } else { f64::NAN }, f64::NAN);
        }
        if x.abs() > 22.0 {
            let e = (-x.abs()).exp();
            return c128::new((1.0f64).copysign(x), 4.0 * y.sin() * y.cos() * e * e);
        }
        // Kahan's formula.
        let t = y.tan();
        let beta = 1.0 + t * t;
        let s = x.sinh();
        let rho = (1.0 + s * s).sqrt();
        let d = 1.0 + beta * s * s;
        c128::new(beta * rho * s / d, t / d)
    }

    fn power(self, b: c128) -> c128 {
        if b.re == 0.0 && b.im == 0.0 {
            return c128::new(1.0, 0.0);
        }
        if self.re == 0.0 && self.im == 0.0 {
            return if b.re > 0.0 { c128::new(0.0, 0.0) } else { c128::new(f64::NAN, f64::NAN) };
        }
        if b.im == 0.0 && b.re == b.re.trunc() && b.re.abs() < 100.0 {
            let (mut n, mut base, mut out) = (b.re.abs() as u32, self, c128::new(1.0, 0.0));
            let mut started = false;
            while n != 0 {
                if n & 1 != 0 {
                    // The first factor is taken as it is: a product with 1 would turn infinities into NaN.
                    out = if started { out.times(base) } else { base };
                    started = true;
                }
                n >>= 1;
                if n != 0 {
                    base = base.times(base);
                }
            }
            return if b.re < 0.0 { c128::new(1.0, 0.0).over(out) } else { out };
        }
        b.times(self.logarithm()).exponential()
    }
}

fn wide(z: c64) -> c128 {
    c128::new(z.re as f64, z.im as f64)
}

fn narrow(z: c128) -> c64 {
    c64::new(z.re as f32, z.im as f32)
}

impl Parts for c64 {
    arithmetic!(c64 f32);

    fn exponential(self) -> c64 {
        narrow(wide(self).exponential())
    }
    fn logarithm(self) -> c64 {
        narrow(wide(self).logarithm())
    }
    fn root(self) -> c64 {
        narrow(wide(self).root())
    }
    fn sine(self) -> c64 {
        narrow(wide(self).sine())
    }
    fn cosine(self) -> c64 {
        narrow(wide(self).cosine())
    }
    fn hyperbolic_tangent(self) -> c64 {
        narrow(wide(self).hyperbolic_tangent())
    }
    fn power(self, b: c64) -> c64 {
        narrow(wide(self).power(wide(b)))
    }
}
