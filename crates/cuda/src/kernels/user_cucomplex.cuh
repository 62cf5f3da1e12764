// The names of cuComplex.h for the complex numbers of complex.cuh.
#ifndef CUPROUS_USER_CUCOMPLEX
#define CUPROUS_USER_CUCOMPLEX
#include <cupy/complex.cuh>

typedef complex<float> cuFloatComplex;
typedef complex<double> cuDoubleComplex;
typedef cuFloatComplex cuComplex;

__device__ inline cuFloatComplex make_cuFloatComplex(float re, float im) { return cuFloatComplex(re, im); }
__device__ inline cuFloatComplex make_cuComplex(float re, float im) { return cuFloatComplex(re, im); }
__device__ inline float cuCrealf(cuFloatComplex z) { return z._re; }
__device__ inline float cuCimagf(cuFloatComplex z) { return z._im; }
__device__ inline float cuCabsf(cuFloatComplex z) { return abs(z); }
__device__ inline cuFloatComplex cuConjf(cuFloatComplex z) { return conj(z); }
__device__ inline cuFloatComplex cuCaddf(cuFloatComplex a, cuFloatComplex b) { return a + b; }
__device__ inline cuFloatComplex cuCsubf(cuFloatComplex a, cuFloatComplex b) { return a - b; }
__device__ inline cuFloatComplex cuCmulf(cuFloatComplex a, cuFloatComplex b) { return a * b; }
__device__ inline cuFloatComplex cuCdivf(cuFloatComplex a, cuFloatComplex b) { return a / b; }
__device__ inline cuFloatComplex cuCfmaf(cuFloatComplex a, cuFloatComplex b, cuFloatComplex c) { return a * b + c; }

__device__ inline cuDoubleComplex make_cuDoubleComplex(double re, double im) { return cuDoubleComplex(re, im); }
__device__ inline double cuCreal(cuDoubleComplex z) { return z._re; }
__device__ inline double cuCimag(cuDoubleComplex z) { return z._im; }
__device__ inline double cuCabs(cuDoubleComplex z) { return abs(z); }
__device__ inline cuDoubleComplex cuConj(cuDoubleComplex z) { return conj(z); }
__device__ inline cuDoubleComplex cuCadd(cuDoubleComplex a, cuDoubleComplex b) { return a + b; }
__device__ inline cuDoubleComplex cuCsub(cuDoubleComplex a, cuDoubleComplex b) { return a - b; }
__device__ inline cuDoubleComplex cuCmul(cuDoubleComplex a, cuDoubleComplex b) { return a * b; }
__device__ inline cuDoubleComplex cuCdiv(cuDoubleComplex a, cuDoubleComplex b) { return a / b; }
__device__ inline cuDoubleComplex cuCfma(cuDoubleComplex a, cuDoubleComplex b, cuDoubleComplex c) { return a * b + c; }

__device__ inline cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex z) { return cuDoubleComplex(z); }
__device__ inline cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex z) { return cuFloatComplex(z); }
#endif
