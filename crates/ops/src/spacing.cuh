// CUDA's twin of the spacing in numeric.rs.
__device__ inline float real_spacing(float x) {
    const float infinity = __int_as_float(0x7f800000);
    return fabsf(x) == infinity ? __int_as_float(0x7fc00000) : nextafterf(x, x < 0 ? -infinity : infinity) - x;
}
__device__ inline double real_spacing(double x) {
    const double infinity = __longlong_as_double(0x7ff0000000000000LL);
    return fabs(x) == infinity ? __longlong_as_double(0x7ff8000000000000LL) : nextafter(x, x < 0 ? -infinity : infinity) - x;
}
