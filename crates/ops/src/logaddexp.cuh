// CUDA's twins of the logarithms of sums in numeric.rs.
__device__ inline float log_add_exp(float a, float b) {
    if (a == b) return a + 0.693147182f;
    float d = a - b;
    return d > 0 ? a + log1pf(expf(-d)) : d <= 0 ? b + log1pf(expf(d)) : d;
}
__device__ inline double log_add_exp(double a, double b) {
    if (a == b) return a + 0.6931471805599453;
    double d = a - b;
    return d > 0 ? a + log1p(exp(-d)) : d <= 0 ? b + log1p(exp(d)) : d;
}
__device__ inline float log_add_exp2(float a, float b) {
    if (a == b) return a + 1;
    float d = a - b;
    return d > 0 ? a + 1.44269502f * log1pf(exp2f(-d)) : d <= 0 ? b + 1.44269502f * log1pf(exp2f(d)) : d;
}
__device__ inline double log_add_exp2(double a, double b) {
    if (a == b) return a + 1;
    double d = a - b;
    return d > 0 ? a + 1.4426950408889634 * log1p(exp2(-d)) : d <= 0 ? b + 1.4426950408889634 * log1p(exp2(d)) : d;
}
