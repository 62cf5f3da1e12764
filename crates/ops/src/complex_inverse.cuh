// CUDA's twin of the inverse functions in complex.rs; complex.cuh goes before.
// After Hull, Fairgrieve and Tang (1997): `leg` is what atan2 takes beside the real part, `im` the imaginary part.
__device__ inline void cu_arc(double x, double y, double& leg, double& im) {
    if (x > 1e10 || y > 1e10) {
        double half = hypot(0.5 * x, 0.5 * y);
        leg = y;
        im = half < 1e300 ? log(4 * half) : log(half) + 2 * 0.6931471805599453;
        return;
    }
    double r = hypot(x + 1, y), s = hypot(x - 1, y), a = 0.5 * (r + s), beyond = r + (x + 1), near, over, root;
    if (x < 1) {
        near = s + (1 - x);
        leg = sqrt(0.5 * (a + x) * (y * y / beyond + near));
        double w = 0.5 * (1 / beyond + 1 / near);
        over = y * y * w;
        root = y * sqrt(w * (a + 1));
    } else {
        near = s + (x - 1);
        leg = x == 1 ? sqrt(0.5 * (a + x) * (y * y / beyond + s)) : y * sqrt(0.5 * ((a + x) / beyond + (a + x) / near));
        over = 0.5 * (y * y / beyond + near);
        root = sqrt(over * (a + 1));
    }
    im = a <= 1.5 ? log1p(over + root) : log(a + sqrt((a - 1) * (a + 1)));
}
__device__ inline c128 complex_asin(c128 z) {
    double x = z.re, y = z.im;
    if (cu_nan(x) || cu_nan(y)) return cu_c128(x == 0 ? x : CU_NAN, cu_inf(x) ? CU_INF : cu_inf(y) ? y : CU_NAN);
    double leg, im;
    cu_arc(fabs(x), fabs(y), leg, im);
    return cu_c128(atan2(x, leg), copysign(im, y));
}
__device__ inline c128 complex_acos(c128 z) {
    double x = z.re, y = z.im;
    if (cu_nan(x) || cu_nan(y)) {
        return cu_c128(x == 0 ? 1.5707963267948966 : CU_NAN, cu_inf(x) ? -CU_INF : cu_inf(y) ? -y : CU_NAN);
    }
    double leg, im;
    cu_arc(fabs(x), fabs(y), leg, im);
    return cu_c128(atan2(leg, x), copysign(1.0, y) < 0 ? im : -im);
}
__device__ inline c128 complex_asinh(c128 z) {
    if ((cu_inf(z.re) && cu_nan(z.im)) || (cu_nan(z.re) && z.im == 0)) return z;
    if (z.re == 0 && cu_nan(z.im)) return cu_c128(CU_NAN, CU_NAN);
    return cu_swap(complex_asin(cu_swap(z)));
}
__device__ inline c128 complex_acosh(c128 z) {
    c128 a = complex_acos(z);
    if (z.re == 0 && cu_nan(z.im)) return cu_c128(CU_NAN, a.re);
    return cu_c128(fabs(a.im), copysign(a.re, z.im));
}
__device__ inline c128 complex_atanh(c128 z) {
    const double quarter = 1.5707963267948966;
    double x = fabs(z.re), y = fabs(z.im), re, im;
    if (cu_nan(x) || cu_nan(y)) {
        double zero = cu_nan(x) ? 0.0 : copysign(0.0, z.re);
        return cu_c128(x == 0 || cu_inf(x) || cu_inf(y) ? zero : CU_NAN, cu_inf(y) ? copysign(quarter, z.im) : CU_NAN);
    }
    if (x > 1e18 || y > 1e18) {
        if (cu_inf(x) || cu_inf(y)) re = 0;
        else if (x >= y) re = 1 / (x + y * (y / x));
        else re = (x / y) / (y + x * (x / y));
        im = quarter;
    } else {
        if (x == 1 && y < 1e-8) re = 0.5 * (0.6931471805599453 - log(y));
        else re = 0.25 * log1p(4 * x / ((1 - x) * (1 - x) + y * y));
        im = 0.5 * atan2(2 * y, (1 - x) * (1 + x) - y * y);
    }
    return cu_c128(copysign(re, z.re), copysign(im, z.im));
}
__device__ inline c128 complex_atan(c128 z) { return cu_swap(complex_atanh(cu_swap(z))); }
__device__ inline c64 complex_asin(c64 z) { return cu_narrow(complex_asin(cu_wide(z))); }
__device__ inline c64 complex_acos(c64 z) { return cu_narrow(complex_acos(cu_wide(z))); }
__device__ inline c64 complex_atan(c64 z) { return cu_narrow(complex_atan(cu_wide(z))); }
__device__ inline c64 complex_asinh(c64 z) { return cu_narrow(complex_asinh(cu_wide(z))); }
__device__ inline c64 complex_acosh(c64 z) { return cu_narrow(complex_acosh(cu_wide(z))); }
__device__ inline c64 complex_atanh(c64 z) { return cu_narrow(complex_atanh(cu_wide(z))); }
