//! Complex arithmetic and functions with C99's special values, for the CPU; `complex.cuh` beside it is CUDA's twin.
//!
//! complex64 functions are computed in double precision and rounded: no spurious overflow, better than 1 ulp.

use cuprous_core::{c64, c128};

/// CUDA's text of this file but for the inverse functions.
pub const CUDA_COMPLEX: &str = include_str!("complex.cuh");
/// CUDA's text of this file with the inverse functions.
pub const CUDA_COMPLEX_INVERSE: &str = concat!(include_str!("complex.cuh"), include_str!("complex_inverse.cuh"));

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
    /// `tan`
    fn tangent(self) -> Self;
    /// `sinh`
    fn hyperbolic_sine(self) -> Self;
    /// `cosh`
    fn hyperbolic_cosine(self) -> Self;
    /// `tanh`
    fn hyperbolic_tangent(self) -> Self;
    /// `arcsin`, principal value
    fn arc_sine(self) -> Self;
    /// `arccos`, principal value
    fn arc_cosine(self) -> Self;
    /// `arctan`, principal value
    fn arc_tangent(self) -> Self;
    /// `arcsinh`, principal value
    fn area_sine(self) -> Self;
    /// `arccosh`, principal value
    fn area_cosine(self) -> Self;
    /// `arctanh`, principal value
    fn area_tangent(self) -> Self;
    /// `2 ** self`
    fn exponential_2(self) -> Self;
    /// `exp(self) - 1`
    fn exponential_minus_1(self) -> Self;
    /// `log(1 + self)`
    fn logarithm_plus_1(self) -> Self;
    /// `log` to the base 2
    fn logarithm_2(self) -> Self;
    /// `log` to the base 10
    fn logarithm_10(self) -> Self;
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
                f64::NEG_INFINITY => c128::new(0.0, if y.is_nan() { 0.0 } else { (0f64).copysign(y) }),
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
            0.5 * sum_with_squares(-1.0, big, small).ln_1p()
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
        swap(swap(self).hyperbolic_sine())
    }

    fn cosine(self) -> c128 {
        c128::new(-self.im, self.re).hyperbolic_cosine()
    }

    fn tangent(self) -> c128 {
        swap(swap(self).hyperbolic_tangent())
    }

    fn hyperbolic_sine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if y == 0.0 {
            return c128::new(x.sinh(), y);
        }
        if !y.is_finite() {
            let re = if x.is_infinite() { f64::INFINITY } else { f64::NAN };
            return c128::new(if x == 0.0 { x } else { re }, f64::NAN);
        }
        if x.abs() > 709.0 && x.is_finite() {
            // exp(x) alone would overflow although the product need not.
            let half = (x.abs() / 2.0).exp();
            return c128::new((0.5 * half * y.cos() * half).copysign(x * y.cos()), 0.5 * half * y.sin() * half);
        }
        c128::new(x.sinh() * y.cos(), x.cosh() * y.sin())
    }

    fn hyperbolic_cosine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if y == 0.0 {
            return c128::new(x.cosh(), if x.is_nan() { y } else { y * (1f64).copysign(x) });
        }
        if !y.is_finite() {
            return c128::new(if x.is_infinite() { f64::INFINITY } else { f64::NAN }, if x == 0.0 { 0.0 } else { f64::NAN });
        }
        if x.abs() > 709.0 && x.is_finite() {
            let half = (x.abs() / 2.0).exp();
            return c128::new(0.5 * half * y.cos() * half, (0.5 * half * y.sin() * half).copysign(x * y.sin()));
        }
        c128::new(x.cosh() * y.cos(), x.sinh() * y.sin())
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

    fn arc_sine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if x.is_nan() || y.is_nan() {
            let im = if y.is_infinite() { y } else { f64::NAN };
            return c128::new(if x == 0.0 { x } else { f64::NAN }, if x.is_infinite() { f64::INFINITY } else { im });
        }
        let (cosine, im) = arc(x.abs(), y.abs());
        c128::new(x.atan2(cosine), im.copysign(y))
    }

    fn arc_cosine(self) -> c128 {
        let (x, y) = (self.re, self.im);
        if x.is_nan() || y.is_nan() {
            let im = if y.is_infinite() { -y } else { f64::NAN };
            return c128::new(
                if x == 0.0 { std::f64::consts::FRAC_PI_2 } else { f64::NAN },
                if x.is_infinite() { f64::NEG_INFINITY } else { im },
            );
        }
        let (sine, im) = arc(x.abs(), y.abs());
        c128::new(sine.atan2(x), if y.is_sign_negative() { im } else { -im })
    }

    fn arc_tangent(self) -> c128 {
        swap(swap(self).area_tangent())
    }

    fn area_sine(self) -> c128 {
        // Infinity with NaN has the sign of infinity here, but none as an arc sine.
        if self.re.is_infinite() && self.im.is_nan() {
            return self;
        }
        if self.re.is_nan() && self.im == 0.0 {
            return self;
        }
        if self.re == 0.0 && self.im.is_nan() {
            return c128::new(f64::NAN, f64::NAN);
        }
        swap(swap(self).arc_sine())
    }

    fn area_cosine(self) -> c128 {
        let arc = self.arc_cosine();
        if self.re == 0.0 && self.im.is_nan() {
            return c128::new(f64::NAN, arc.re);
        }
        c128::new(arc.im.abs(), arc.re.copysign(self.im))
    }

    fn area_tangent(self) -> c128 {
        use std::f64::consts::{FRAC_PI_2, LN_2};
        let (x, y) = (self.re.abs(), self.im.abs());
        if x.is_nan() || y.is_nan() {
            let zero = if x.is_nan() { 0.0 } else { (0f64).copysign(self.re) };
            let re = if x == 0.0 || x.is_infinite() || y.is_infinite() { zero } else { f64::NAN };
            return c128::new(re, if y.is_infinite() { FRAC_PI_2.copysign(self.im) } else { f64::NAN });
        }
        let (re, im) = if x.max(y) > 1e18 {
            // 1 / z, whose squares could leave the range.
            let re = if x.is_infinite() || y.is_infinite() {
                0.0
            } else if x >= y {
                1.0 / (x + y * (y / x))
            } else {
                (x / y) / (y + x * (x / y))
            };
            (re, FRAC_PI_2)
        } else {
            let re = if x == 1.0 && y < 1e-8 { 0.5 * (LN_2 - y.ln()) } else { 0.25 * (4.0 * x / ((1.0 - x) * (1.0 - x) + y * y)).ln_1p() };
            (re, 0.5 * (2.0 * y).atan2((1.0 - x) * (1.0 + x) - y * y))
        };
        c128::new(re.copysign(self.re), im.copysign(self.im))
    }

    fn exponential_2(self) -> c128 {
        let (x, y) = (self.re, self.im * std::f64::consts::LN_2);
        if self.im == 0.0 {
            return c128::new(x.exp2(), self.im);
        }
        if !y.is_finite() {
            return c128::new(x, y).exponential();
        }
        if x > 1023.0 && x < 2100.0 {
            let half = (x / 2.0).exp2();
            return c128::new(half * y.cos() * half, half * y.sin() * half);
        }
        let m = x.exp2();
        c128::new(m * y.cos(), m * y.sin())
    }

    fn exponential_minus_1(self) -> c128 {
        let half = (self.im / 2.0).sin();
        c128::new(self.re.exp_m1() * self.im.cos() - 2.0 * half * half, self.re.exp() * self.im.sin())
    }

    fn logarithm_plus_1(self) -> c128 {
        let (x, y) = (self.re, self.im);
        let m = (x + 1.0).hypot(y);
        // |1 + z|^2 - 1 without the 1, where the logarithm of the modulus would cancel.
        let re = if m > 0.5 && m < 2.0 { 0.5 * sum_with_squares(2.0 * x, x, y).ln_1p() } else { m.ln() };
        c128::new(re, y.atan2(x + 1.0))
    }

    fn logarithm_2(self) -> c128 {
        let z = self.logarithm();
        c128::new(z.re * std::f64::consts::LOG2_E, z.im * std::f64::consts::LOG2_E)
    }

    fn logarithm_10(self) -> c128 {
        let z = self.logarithm();
        c128::new(z.re * std::f64::consts::LOG10_E, z.im * std::f64::consts::LOG10_E)
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

/// `i` times the conjugate: it maps sin to sinh, tan to tanh and back, before and after.
fn swap(z: c128) -> c128 {
    c128::new(z.im, z.re)
}

/// `c + a^2 + b^2`, rounded about once however much cancels.
fn sum_with_squares(c: f64, a: f64, b: f64) -> f64 {
    // What a sum loses by rounding.
    let lost = |a: f64, b: f64, sum: f64| {
        let b_kept = sum - a;
        (a - (sum - b_kept)) + (b - b_kept)
    };
    let (aa, bb) = (a * a, b * b);
    let first = c + aa;
    let sum = first + bb;
    let rest = lost(c, aa, first) + lost(first, bb, sum) + a.mul_add(a, -aa) + b.mul_add(b, -bb);
    sum + rest
}

/// The arc sine of a number of the first quadrant: with its real part `x` the leg of the triangle whose other leg is
/// the first result has the real part as angle; the second result is the imaginary part. The arc cosine has the other
/// angle and the same imaginary part.
///
/// After Hull, Fairgrieve and Tang, Implementing the complex arcsine and arccosine functions using exception handling
/// (1997): no difference below cancels.
fn arc(x: f64, y: f64) -> (f64, f64) {
    if x > 1e10 || y > 1e10 {
        // log(2 z) to the last place; the sum of the squares could overflow.
        let half = (0.5 * x).hypot(0.5 * y);
        return (y, if half < 1e300 { (4.0 * half).ln() } else { half.ln() + 2.0 * std::f64::consts::LN_2 });
    }
    // Distances from -1 and 1, their mean, and what the distance from 1 has beyond its projections.
    let (r, s) = ((x + 1.0).hypot(y), (x - 1.0).hypot(y));
    let a = 0.5 * (r + s);
    let beyond = r + (x + 1.0);
    if x < 1.0 {
        let near = s + (1.0 - x);
        let leg = (0.5 * (a + x) * (y * y / beyond + near)).sqrt();
        let w = 0.5 * (1.0 / beyond + 1.0 / near);
        let im = if a <= 1.5 { (y * y * w + y * (w * (a + 1.0)).sqrt()).ln_1p() } else { (a + ((a - 1.0) * (a + 1.0)).sqrt()).ln() };
        return (leg, im);
    }
    let near = s + (x - 1.0);
    // At 1 itself `near` is 0.
    let leg = if x == 1.0 { (0.5 * (a + x) * (y * y / beyond + s)).sqrt() } else { y * (0.5 * ((a + x) / beyond + (a + x) / near)).sqrt() };
    let over = 0.5 * (y * y / beyond + near);
    let im = if a <= 1.5 { (over + (over * (a + 1.0)).sqrt()).ln_1p() } else { (a + ((a - 1.0) * (a + 1.0)).sqrt()).ln() };
    (leg, im)
}

fn wide(z: c64) -> c128 {
    c128::new(z.re as f64, z.im as f64)
}

fn narrow(z: c128) -> c64 {
    c64::new(z.re as f32, z.im as f32)
}

macro_rules! through_double {
    ($($f:ident)*) => {$(
        fn $f(self) -> c64 {
            narrow(wide(self).$f())
        }
    )*};
}

impl Parts for c64 {
    arithmetic!(c64 f32);

    through_double!(exponential logarithm root sine cosine tangent hyperbolic_sine hyperbolic_cosine hyperbolic_tangent);
    through_double!(arc_sine arc_cosine arc_tangent area_sine area_cosine area_tangent);
    through_double!(exponential_2 exponential_minus_1 logarithm_plus_1 logarithm_2 logarithm_10);
    fn power(self, b: c64) -> c64 {
        narrow(wide(self).power(wide(b)))
    }
}
