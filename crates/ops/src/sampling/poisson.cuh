// CUDA's twin of poisson.rs, line by line.
#define CUP_LEAST ((long long)0x8000000000000000ULL)

static __device__ __forceinline__ double cup_nan() { return __longlong_as_double(0x7ff8000000000000LL); }

static __device__ double cup_log_factorial(double k) {
    double x = k + 1.0;
    double product = 1.0;
    while (x < 7.0) {
        product *= x;
        x += 1.0;
    }
    const double z = 1.0 / (x * x);
    const double series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0))))) / x;
    return (x - 0.5) * log(x) - x + 0.9189385332046728 + series - log(product);
}
// 1 / k. All threads of a warp read the same one.
static __constant__ double cup_inverse[64] = {
    0.0, 1.0 / 1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0, 1.0 / 6.0, 1.0 / 7.0, 1.0 / 8.0, 1.0 / 9.0, 1.0 /
    10.0, 1.0 / 11.0, 1.0 / 12.0, 1.0 / 13.0, 1.0 / 14.0, 1.0 / 15.0, 1.0 / 16.0, 1.0 / 17.0, 1.0 / 18.0, 1.0 /
    19.0, 1.0 / 20.0, 1.0 / 21.0, 1.0 / 22.0, 1.0 / 23.0, 1.0 / 24.0, 1.0 / 25.0, 1.0 / 26.0, 1.0 / 27.0, 1.0 /
    28.0, 1.0 / 29.0, 1.0 / 30.0, 1.0 / 31.0, 1.0 / 32.0, 1.0 / 33.0, 1.0 / 34.0, 1.0 / 35.0, 1.0 / 36.0, 1.0 /
    37.0, 1.0 / 38.0, 1.0 / 39.0, 1.0 / 40.0, 1.0 / 41.0, 1.0 / 42.0, 1.0 / 43.0, 1.0 / 44.0, 1.0 / 45.0, 1.0 /
    46.0, 1.0 / 47.0, 1.0 / 48.0, 1.0 / 49.0, 1.0 / 50.0, 1.0 / 51.0, 1.0 / 52.0, 1.0 / 53.0, 1.0 / 54.0, 1.0 /
    55.0, 1.0 / 56.0, 1.0 / 57.0, 1.0 / 58.0, 1.0 / 59.0, 1.0 / 60.0, 1.0 / 61.0, 1.0 / 62.0, 1.0 / 63.0
};
struct CupHat {
    double mean, a, b, vr;

    __device__ CupHat(double mean_) : mean(mean_) {
        b = 0.931 + 2.53 * sqrt(mean);
        a = -0.059 + 0.02483 * b;
        vr = 0.9277 - 3.6224 / (b - 2.0);
    }
    __device__ bool accepts(double k, double us, double v) const {
        if (k < 0.0 || (us < 0.013 && v > us)) return false;
        const double log_alpha = log(1.1239 + 1.1328 / (b - 3.4));
        return log(v) + log_alpha - log(a / (us * us) + b) <= k * log(mean) - mean - cup_log_factorial(k);
    }
    __device__ long long draw(CupStream& s) const {
        for (int n = 0; n < CUP_ROUNDS; n++) {
            const double u = s.uniform() - 0.5;
            const double v = s.open();
            const double us = 0.5 - fabs(u);
            const double k = floor((2.0 * a / us + b) * u + mean + 0.43);
            if ((us >= 0.07 && v <= vr) || accepts(k, us, v)) return cup_whole(k);
        }
        return cup_whole(mean);
    }
};
static __device__ long long cup_poisson(CupStream& s, double mean, double none) {
    if (!(mean >= 0.0)) return CUP_LEAST;
    if (mean >= 10.0) return CupHat(mean).draw(s);
    const double u = s.uniform();
    double probability = none, sum = none;
    for (int k = 1; k < 64; k++) {
        if (u < sum) return k - 1;
        probability *= mean * cup_inverse[k];
        sum += probability;
    }
    return 63;
}
static __device__ long long cup_poisson(CupStream& s, double mean) { return cup_poisson(s, mean, exp(-mean)); }
