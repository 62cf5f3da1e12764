// CUDA's twin of continuous.rs, line by line.
static __device__ double cup_gamma_of_large(CupStream& s, double a) {
    const double d = a - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (int n = 0; n < CUP_ROUNDS; n++) {
        const double x = s.normal();
        double v = 1.0 + c * x;
        const double u = s.open();
        if (v <= 0.0) continue;
        v = v * v * v;
        const double y = x * x;
        if (u < 1.0 - 0.0331 * y * y || log(u) < 0.5 * y + d * (1.0 - v + log(v))) return d * v;
    }
    return d;
}
static __device__ double cup_gamma(CupStream& s, double a) {
    if (!(a >= 0.0)) return cup_nan();
    if (a == 0.0 || isinf(a)) return a;
    if (a >= 1.0) return cup_gamma_of_large(s, a);
    const double above = cup_gamma_of_large(s, a + 1.0);
    return above * pow(s.open(), 1.0 / a);
}
static __device__ double cup_log_gamma(CupStream& s, double a) {
    if (!(a >= 0.0)) return cup_nan();
    if (a == 0.0) return __longlong_as_double(0xfff0000000000000ULL);
    if (a >= 1.0) return log(cup_gamma_of_large(s, a));
    const double above = cup_gamma_of_large(s, a + 1.0);
    return log(above) + log(s.open()) / a;
}
static __device__ double cup_beta(CupStream& s, double a, double b) {
    if (!(a > 0.0 && b > 0.0)) return cup_nan();
    if (a >= 1.0 && b >= 1.0) {
        const double x = cup_gamma_of_large(s, a);
        const double y = cup_gamma_of_large(s, b);
        return x / (x + y);
    }
    const double x = cup_log_gamma(s, a);
    const double y = cup_log_gamma(s, b);
    if (isinf(x) && x < 0.0 && isinf(y) && y < 0.0) {
        const double u = s.uniform();
        return u * (a + b) < a ? 1.0 : 0.0;
    }
    return 1.0 / (1.0 + exp(y - x));
}
static __device__ double cup_noncentral_chisquare(CupStream& s, double df, double nonc) {
    if (!(df > 0.0 && nonc >= 0.0)) return cup_nan();
    if (nonc == 0.0) return 2.0 * cup_gamma(s, 0.5 * df);
    if (df > 1.0) {
        const double x = 2.0 * cup_gamma(s, 0.5 * (df - 1.0));
        const double n = s.normal() + sqrt(nonc);
        return x + n * n;
    }
    const long long i = cup_poisson(s, 0.5 * nonc);
    return 2.0 * cup_gamma(s, 0.5 * df + (double)i);
}
static __device__ double cup_vonmises(CupStream& s, double mu, double kappa) {
    if (!(kappa >= 0.0)) return cup_nan();
    const double pi = 3.141592653589793;
    double angle;
    if (kappa < 1e-8) {
        angle = pi * (2.0 * s.uniform() - 1.0);
    } else if (kappa > 1e6) {
        angle = s.normal() / sqrt(kappa);
    } else {
        double scale;
        if (kappa < 1e-5) {
            scale = 1.0 / kappa + kappa;
        } else {
            const double r = 1.0 + sqrt(1.0 + 4.0 * kappa * kappa);
            const double rho = (r - sqrt(2.0 * r)) / (2.0 * kappa);
            scale = (1.0 + rho * rho) / (2.0 * rho);
        }
        double w = 1.0;
        for (int n = 0; n < CUP_ROUNDS; n++) {
            const double u = s.uniform();
            const double v = s.open();
            const double z = cos(pi * u);
            w = (1.0 + scale * z) / (scale + z);
            const double y = kappa * (scale - w);
            if (y * (2.0 - y) - v >= 0.0 || log(y / v) + 1.0 - y >= 0.0) break;
        }
        angle = acos(w < -1.0 ? -1.0 : w > 1.0 ? 1.0 : w);
        if (s.uniform() < 0.5) angle = -angle;
    }
    const double x = angle + mu;
    const double turned = fmod(fabs(x) + pi, 2.0 * pi) - pi;
    return x < 0.0 ? -turned : turned;
}
static __device__ double cup_wald(CupStream& s, double mean, double scale) {
    if (!(mean > 0.0 && scale > 0.0)) return cup_nan();
    const double n = s.normal();
    const double y = mean * n * n;
    const double d = 1.0 + sqrt(1.0 + 4.0 * scale / y);
    const double x = mean * (1.0 - 2.0 / d);
    const double u = s.uniform();
    return u <= mean / (mean + x) ? x : mean * mean / x;
}
