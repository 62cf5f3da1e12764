// CUDA's twins of the parts of floats in numeric.rs.
__device__ inline int clamped_exponent(long long n) { return (int)(n < -10000 ? -10000 : n > 10000 ? 10000 : n); }
// The library leaves the exponents of infinity and NaN open.
__device__ inline float real_frexp(float x, int& exponent) {
    exponent = 0;
    return x - x == 0 ? frexpf(x, &exponent) : x;
}
__device__ inline double real_frexp(double x, int& exponent) {
    exponent = 0;
    return x - x == 0 ? frexp(x, &exponent) : x;
}
