// CUDA's twin of complex.rs: the same formulas and special values.
#define CU_NAN __longlong_as_double(0x7ff8000000000000LL)
#define CU_INF __longlong_as_double(0x7ff0000000000000LL)

__device__ inline c128 cu_c128(double re, double im) { c128 z; z.re = re; z.im = im; return z; }
__device__ inline c64 cu_c64(float re, float im) { c64 z; z.re = re; z.im = im; return z; }
__device__ inline c128 cu_wide(c64 z) { return cu_c128((double)z.re, (double)z.im); }
__device__ inline c64 cu_narrow(c128 z) { return cu_c64((float)z.re, (float)z.im); }
__device__ inline c64 cu_like(c64, float re, float im) { return cu_c64(re, im); }
__device__ inline c128 cu_like(c128, double re, double im) { return cu_c128(re, im); }
__device__ inline bool cu_nan(double x) { return x != x; }
__device__ inline bool cu_inf(double x) { return fabs(x) == CU_INF; }
__device__ inline bool cu_finite(double x) { return fabs(x) < CU_INF; }

template <class Z> __device__ inline Z complex_mul(Z a, Z b) { return cu_like(a, a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re); }
template <class Z> __device__ inline Z complex_div(Z a, Z b) {
    if (fabs(b.re) >= fabs(b.im)) {
        if (b.re == 0 && b.im == 0) return cu_like(a, a.re / fabs(b.re), a.im / fabs(b.re));
        auto ratio = b.im / b.re;
        auto scale = 1 / (b.re + b.im * ratio);
        return cu_like(a, (a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale);
    }
    auto ratio = b.re / b.im;
    auto scale = 1 / (b.im + b.re * ratio);
    return cu_like(a, (a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale);
}
__device__ inline float cu_modulus(c64 z) { return hypotf(z.re, z.im); }
__device__ inline double cu_modulus(c128 z) { return hypot(z.re, z.im); }
template <class Z> __device__ inline Z complex_unit(Z z) {
    auto m = cu_modulus(z);
    if (cu_nan(m) || (cu_inf(z.re) && cu_inf(z.im))) return cu_like(z, CU_NAN, CU_NAN);
    if (cu_inf(z.re)) return cu_like(z, copysign(1.0, (double)z.re), 0);
    if (cu_inf(z.im)) return cu_like(z, 0, copysign(1.0, (double)z.im));
    if (m == 0) return cu_like(z, 0, 0);
    return cu_like(z, z.re / m, z.im / m);
}
template <class Z> __device__ inline bool complex_has_nan(Z z) { return z.re != z.re || z.im != z.im; }
template <class Z> __device__ inline bool complex_less(Z a, Z b) {
    return (a.re < b.re && a.im == a.im && b.im == b.im) || (a.re == b.re && a.im < b.im);
}
template <class Z> __device__ inline bool complex_less_equal(Z a, Z b) {
    return (a.re < b.re && a.im == a.im && b.im == b.im) || (a.re == b.re && a.im <= b.im);
}
template <class Z> __device__ inline Z complex_max(Z a, Z b) { return complex_has_nan(a) || complex_less_equal(b, a) ? a : b; }
template <class Z> __device__ inline Z complex_min(Z a, Z b) { return complex_has_nan(a) || complex_less_equal(a, b) ? a : b; }
template <class Z> __device__ inline Z complex_fmax(Z a, Z b) { return complex_has_nan(b) || complex_less_equal(b, a) ? a : b; }
template <class Z> __device__ inline Z complex_fmin(Z a, Z b) { return complex_has_nan(b) || complex_less_equal(a, b) ? a : b; }
template <class Z> __device__ inline Z complex_inverse(Z z) {
    if (fabs(z.im) <= fabs(z.re)) {
        auto r = z.im / z.re;
        auto d = z.re + z.im * r;
        return cu_like(z, 1 / d, -r / d);
    }
    auto r = z.re / z.im;
    auto d = z.re * r + z.im;
    return cu_like(z, r / d, -1 / d);
}

__device__ inline c128 complex_exp(c128 z) {
    double x = z.re, y = z.im;
    if (y == 0) return cu_c128(exp(x), y);
    if (!cu_finite(y)) {
        if (x == CU_INF) return cu_c128(x, CU_NAN);
        if (x == -CU_INF) return cu_c128(0, cu_nan(y) ? 0.0 : copysign(0.0, y));
        return cu_c128(CU_NAN, CU_NAN);
    }
    if (x > 709.0 && x < 1500.0) {
        double h = exp(x / 2);
        return cu_c128(h * cos(y) * h, h * sin(y) * h);
    }
    double m = exp(x);
    return cu_c128(m * cos(y), m * sin(y));
}
// c + a^2 + b^2, rounded about once however much cancels.
__device__ inline double cu_lost(double a, double b, double sum) {
    double kept = sum - a;
    return (a - (sum - kept)) + (b - kept);
}
__device__ inline double cu_sum_with_squares(double c, double a, double b) {
    double aa = a * a, bb = b * b, first = c + aa, sum = first + bb;
    double rest = cu_lost(c, aa, first) + cu_lost(first, bb, sum) + fma(a, a, -aa) + fma(b, b, -bb);
    return sum + rest;
}
__device__ inline c128 complex_log(c128 z) {
    double a = fabs(z.re), b = fabs(z.im);
    double big = a >= b ? a : b, small = a >= b ? b : a, m = hypot(big, small), re;
    if (m > 0.5 && m < 2.0) re = 0.5 * log1p(cu_sum_with_squares(-1, big, small));
    else if (cu_inf(m) && cu_finite(big)) re = log(hypot(big / 2, small / 2)) + 0.6931471805599453;
    else re = log(m);
    return cu_c128(re, atan2(z.im, z.re));
}
__device__ inline c128 complex_sqrt(c128 z) {
    double a = z.re, b = z.im;
    if (a == 0 && b == 0) return cu_c128(0, b);
    if (cu_inf(b)) return cu_c128(CU_INF, b);
    if (cu_nan(a)) return cu_c128(a, CU_NAN);
    if (cu_inf(a)) {
        if (a > 0) return cu_c128(a, cu_nan(b) ? b : copysign(0.0, b));
        return cu_c128(cu_nan(b) ? b : 0.0, copysign(CU_INF, b));
    }
    double big = fmax(fabs(a), fabs(b)), scale = 1, back = 1;
    if (big > 4e307) { scale = 0.0625; back = 4; }
    else if (big < 1e-300) { scale = 324518553658426726783156020576256.0; back = 5.5511151231257827e-17; }
    a *= scale; b *= scale;
    double t = sqrt((fabs(a) + hypot(a, b)) * 0.5), other = fabs(b) / (2 * t);
    return a >= 0 ? cu_c128(t * back, copysign(other, b) * back) : cu_c128(other * back, copysign(t, b) * back);
}
__device__ inline c128 complex_sinh(c128 z) {
    double x = z.re, y = z.im;
    if (y == 0) return cu_c128(sinh(x), y);
    if (!cu_finite(y)) return cu_c128(x == 0 ? x : cu_inf(x) ? CU_INF : CU_NAN, CU_NAN);
    double c = cos(y), s = sin(y);
    if (fabs(x) > 709 && cu_finite(x)) {
        double h = exp(fabs(x) / 2);
        return cu_c128(copysign(0.5 * h * c * h, x * c), 0.5 * h * s * h);
    }
    return cu_c128(sinh(x) * c, cosh(x) * s);
}
__device__ inline c128 complex_cosh(c128 z) {
    double x = z.re, y = z.im;
    if (y == 0) return cu_c128(cosh(x), cu_nan(x) ? y : y * copysign(1.0, x));
    if (!cu_finite(y)) return cu_c128(cu_inf(x) ? CU_INF : CU_NAN, x == 0 ? 0.0 : CU_NAN);
    double c = cos(y), s = sin(y);
    if (fabs(x) > 709 && cu_finite(x)) {
        double h = exp(fabs(x) / 2);
        return cu_c128(0.5 * h * c * h, copysign(0.5 * h * s * h, x * s));
    }
    return cu_c128(cosh(x) * c, sinh(x) * s);
}
__device__ inline c128 complex_tanh(c128 z) {
    double x = z.re, y = z.im;
    if (!cu_finite(x)) {
        if (cu_nan(x)) return cu_c128(x, y == 0 ? y : CU_NAN);
        return cu_c128(copysign(1.0, x), copysign(0.0, cu_finite(y) ? sin(2 * y) : y));
    }
    if (!cu_finite(y)) return cu_c128(x == 0 ? x : CU_NAN, CU_NAN);
    if (fabs(x) > 22) {
        double e = exp(-fabs(x));
        return cu_c128(copysign(1.0, x), 4 * sin(y) * cos(y) * e * e);
    }
    double t = tan(y), beta = 1 + t * t, s = sinh(x), rho = sqrt(1 + s * s), d = 1 + beta * s * s;
    return cu_c128(beta * rho * s / d, t / d);
}
// The conjugate times i: it maps sin to sinh, tan to tanh and back, before and after.
__device__ inline c128 cu_swap(c128 z) { return cu_c128(z.im, z.re); }
__device__ inline c128 complex_sin(c128 z) { return cu_swap(complex_sinh(cu_swap(z))); }
__device__ inline c128 complex_cos(c128 z) { return complex_cosh(cu_c128(-z.im, z.re)); }
__device__ inline c128 complex_tan(c128 z) { return cu_swap(complex_tanh(cu_swap(z))); }
__device__ inline c128 complex_exp2(c128 z) {
    double x = z.re, y = z.im * 0.6931471805599453;
    if (z.im == 0) return cu_c128(exp2(x), z.im);
    if (!cu_finite(y)) return complex_exp(cu_c128(x, y));
    if (x > 1023 && x < 2100) {
        double h = exp2(x / 2);
        return cu_c128(h * cos(y) * h, h * sin(y) * h);
    }
    double m = exp2(x);
    return cu_c128(m * cos(y), m * sin(y));
}
__device__ inline c128 complex_expm1(c128 z) {
    double h = sin(z.im / 2);
    return cu_c128(expm1(z.re) * cos(z.im) - 2 * h * h, exp(z.re) * sin(z.im));
}
__device__ inline c128 complex_log1p(c128 z) {
    double x = z.re, y = z.im, m = hypot(x + 1, y);
    double re = m > 0.5 && m < 2.0 ? 0.5 * log1p(cu_sum_with_squares(2 * x, x, y)) : log(m);
    return cu_c128(re, atan2(y, x + 1));
}
__device__ inline c128 complex_log2(c128 z) {
    z = complex_log(z);
    return cu_c128(z.re * 1.4426950408889634, z.im * 1.4426950408889634);
}
__device__ inline c128 complex_log10(c128 z) {
    z = complex_log(z);
    return cu_c128(z.re * 0.4342944819032518, z.im * 0.4342944819032518);
}
__device__ inline c128 complex_pow(c128 a, c128 b) {
    if (b.re == 0 && b.im == 0) return cu_c128(1, 0);
    if (a.re == 0 && a.im == 0) return b.re > 0 ? cu_c128(0, 0) : cu_c128(CU_NAN, CU_NAN);
    if (b.im == 0 && b.re == trunc(b.re) && fabs(b.re) < 100) {
        unsigned n = (unsigned)fabs(b.re);
        c128 base = a, out = cu_c128(1, 0);
        bool started = false;
        while (n != 0) {
            if (n & 1) { out = started ? complex_mul(out, base) : base; started = true; }
            n >>= 1;
            if (n != 0) base = complex_mul(base, base);
        }
        return b.re < 0 ? complex_div(cu_c128(1, 0), out) : out;
    }
    return complex_exp(complex_mul(b, complex_log(a)));
}
__device__ inline c64 complex_exp(c64 z) { return cu_narrow(complex_exp(cu_wide(z))); }
__device__ inline c64 complex_log(c64 z) { return cu_narrow(complex_log(cu_wide(z))); }
__device__ inline c64 complex_sqrt(c64 z) { return cu_narrow(complex_sqrt(cu_wide(z))); }
__device__ inline c64 complex_sin(c64 z) { return cu_narrow(complex_sin(cu_wide(z))); }
__device__ inline c64 complex_cos(c64 z) { return cu_narrow(complex_cos(cu_wide(z))); }
__device__ inline c64 complex_tan(c64 z) { return cu_narrow(complex_tan(cu_wide(z))); }
__device__ inline c64 complex_sinh(c64 z) { return cu_narrow(complex_sinh(cu_wide(z))); }
__device__ inline c64 complex_cosh(c64 z) { return cu_narrow(complex_cosh(cu_wide(z))); }
__device__ inline c64 complex_exp2(c64 z) { return cu_narrow(complex_exp2(cu_wide(z))); }
__device__ inline c64 complex_expm1(c64 z) { return cu_narrow(complex_expm1(cu_wide(z))); }
__device__ inline c64 complex_log1p(c64 z) { return cu_narrow(complex_log1p(cu_wide(z))); }
__device__ inline c64 complex_log2(c64 z) { return cu_narrow(complex_log2(cu_wide(z))); }
__device__ inline c64 complex_log10(c64 z) { return cu_narrow(complex_log10(cu_wide(z))); }
__device__ inline c64 complex_tanh(c64 z) { return cu_narrow(complex_tanh(cu_wide(z))); }
__device__ inline c64 complex_pow(c64 a, c64 b) { return cu_narrow(complex_pow(cu_wide(a), cu_wide(b))); }
