// CUDA's twin of discrete.rs, line by line.
static __device__ double cup_gamma(CupStream& s, double a);

static __device__ double cup_stirling_tail(double k) {
    if (k < 9.5) return cup_log_factorial(k) - ((k + 0.5) * log(k + 1.0) - (k + 1.0) + 0.9189385332046728);
    const double x = k + 1.0;
    const double z = 1.0 / (x * x);
    return (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0))) / x;
}
static __device__ double cup_binomial_of_small(CupStream& s, double n, double p) {
    const double q = 1.0 - p;
    if (n * p < 10.0) {
        const double first = exp(n * log1p(-p));
        const double bound = fmin(n, n * p + 10.0 * sqrt(n * p * q + 1.0));
        for (int i = 0; i < CUP_ROUNDS; i++) {
            double u = s.uniform();
            double k = 0.0, probability = first;
            while (u > probability && k <= bound) {
                u -= probability;
                k += 1.0;
                probability = (n - k + 1.0) * p * probability / (k * q);
            }
            if (k <= bound) return k;
        }
        return floor(n * p);
    }
    const double spread = sqrt(n * p * q);
    const double b = 1.15 + 2.53 * spread;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double c = n * p + 0.5;
    const double vr = 0.92 - 4.2 / b;
    const double alpha = (2.83 + 5.1 / b) * spread;
    const double m = floor((n + 1.0) * p);
    const double odds = p / q;
    const double at_mode = (m + 0.5) * log((m + 1.0) / (odds * (n - m + 1.0))) + cup_stirling_tail(m) + cup_stirling_tail(n - m);
    for (int i = 0; i < CUP_ROUNDS; i++) {
        const double u = s.uniform() - 0.5;
        const double v = s.open();
        const double us = 0.5 - fabs(u);
        const double k = floor((2.0 * a / us + b) * u + c);
        if (us >= 0.07 && v <= vr) return k;
        if (!(k >= 0.0 && k <= n)) continue;
        const double bound = at_mode + (n + 1.0) * log((n - m + 1.0) / (n - k + 1.0))
                           + (k + 0.5) * log(odds * (n - k + 1.0) / (k + 1.0)) - cup_stirling_tail(k) - cup_stirling_tail(n - k);
        if (log(v * alpha / (a / (us * us) + b)) <= bound) return k;
    }
    return m;
}
static __device__ long long cup_binomial(CupStream& s, long long n, double p) {
    if (n < 0 || !(p >= 0.0 && p <= 1.0)) return CUP_LEAST;
    if (n == 0 || p == 0.0) return 0;
    if (p == 1.0) return n;
    if (p <= 0.5) return cup_whole(cup_binomial_of_small(s, (double)n, p));
    return n - cup_whole(cup_binomial_of_small(s, (double)n, 1.0 - p));
}
static __device__ long long cup_negative_binomial(CupStream& s, double n, double p) {
    if (!(n > 0.0 && p > 0.0 && p <= 1.0)) return CUP_LEAST;
    const double mean = cup_gamma(s, n) * ((1.0 - p) / p);
    return cup_poisson(s, mean);
}
static __device__ long long cup_geometric(CupStream& s, double p) {
    if (!(p > 0.0 && p <= 1.0)) return CUP_LEAST;
    const double k = ceil(log(s.open()) / log1p(-p));
    return k >= 1.0 ? cup_whole(k) : 1;
}
static __device__ long long cup_hypergeometric(CupStream& s, long long good, long long bad, long long sample) {
    const long long most = 1LL << 62;
    if (good < 0 || bad < 0 || sample < 0 || good > most || bad > most || (unsigned long long)sample > (unsigned long long)good + (unsigned long long)bad)
        return CUP_LEAST;
    const unsigned long long all = (unsigned long long)good + (unsigned long long)bad;
    const unsigned long long rest = all - (unsigned long long)sample;
    const unsigned long long drawn = (unsigned long long)sample < rest ? (unsigned long long)sample : rest;
    if (drawn <= 10) {
        unsigned long long left = all, left_good = (unsigned long long)good;
        for (unsigned long long i = 0; i < drawn; i++) {
            if (s.below(left) < left_good) left_good--;
            left--;
        }
        return drawn == (unsigned long long)sample ? good - (long long)left_good : (long long)left_good;
    }
    const double few = (double)(good < bad ? good : bad);
    const double many = (double)(good < bad ? bad : good);
    const double n = (double)all, m = (double)drawn;
    const double part = few / n;
    const double middle = m * part + 0.5;
    const double spread = sqrt((n - m) * (double)sample * part * (1.0 - part) / (n - 1.0) + 0.5);
    const double width = 1.7155277699214135 * spread + 0.8989161620588988;
    const double mode = floor((m + 1.0) * (few + 1.0) / (n + 2.0));
    const double at_mode = cup_log_factorial(mode) + cup_log_factorial(few - mode) + cup_log_factorial(m - mode) + cup_log_factorial(many - m + mode);
    const double bound = fmin(fmin(m, few) + 1.0, floor(middle + 16.0 * spread));
    double z = mode;
    for (int i = 0; i < CUP_ROUNDS; i++) {
        const double x = s.open();
        const double y = s.uniform();
        const double w = middle + width * (y - 0.5) / x;
        if (!(w >= 0.0 && w < bound)) continue;
        const double k = floor(w);
        const double t = at_mode - (cup_log_factorial(k) + cup_log_factorial(few - k) + cup_log_factorial(m - k) + cup_log_factorial(many - m + k));
        if (x * (4.0 - x) - 3.0 <= t || (x * (x - t) < 1.0 && 2.0 * log(x) <= t)) {
            z = k;
            break;
        }
    }
    long long k = cup_whole(z);
    if (good > bad) k = (long long)drawn - k;
    if (drawn < (unsigned long long)sample) k = good - k;
    return k;
}
static __device__ long long cup_logseries(CupStream& s, double p) {
    if (!(p >= 0.0 && p < 1.0)) return CUP_LEAST;
    const double r = log1p(-p);
    for (int n = 0; n < CUP_ROUNDS; n++) {
        const double v = s.open();
        const double u = s.uniform();
        if (v >= p) return 1;
        const double q = -expm1(r * u);
        if (v <= q * q) {
            const double k = floor(1.0 + log(v) / log(q));
            if (k >= 1.0) return cup_whole(k);
            continue;
        }
        return v >= q ? 1 : 2;
    }
    return 1;
}
static __device__ long long cup_zipf(CupStream& s, double a) {
    if (!(a > 1.0)) return CUP_LEAST;
    if (a >= 1025.0) return 1;
    const double above = a - 1.0;
    const double b = pow(2.0, above);
    const double least = pow(9223372036854775807.0, -above);
    for (int n = 0; n < CUP_ROUNDS; n++) {
        const double part = s.uniform();
        const double v = s.uniform();
        const double u = part * least + (1.0 - part);
        const double x = floor(pow(u, -1.0 / above));
        if (!(x >= 1.0 && x < 9223372036854775808.0)) continue;
        const double t = pow(1.0 + 1.0 / x, above);
        if (v * x * (t - 1.0) / (b - 1.0) <= t / b) return cup_whole(x);
    }
    return 1;
}
