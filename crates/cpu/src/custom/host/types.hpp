// CUDA's words and vector types.
#ifndef CUP_HOST_TYPES
#define CUP_HOST_TYPES
#include <cmath>
#include <limits>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <type_traits>
#include <utility>

// The repeated attribute says nothing to the compiler; whoever reads the preprocessed text finds kernels and variables.
#define __global__ __attribute__((__unused__, __unused__, __unused__))
#define __constant__ __attribute__((__unused__, __unused__, __unused__, __unused__))
#define __managed__ __attribute__((__unused__, __unused__, __unused__, __unused__))
#define __device__ __attribute__((__unused__, __unused__))
#define __host__
#define __shared__ thread_local
#define __grid_constant__
#define __launch_bounds__(...)
#ifndef __clang__
#define __builtin_assume(holds) ((holds) ? (void)0 : __builtin_unreachable())
#endif
#define __cluster_dims__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __attribute__((aligned(n)))

// Room for a dynamic shared array that kernels declare `extern __shared__`: a thread-local variable of the most bytes
// that a launch can ask for, which no declaration of another type contradicts.
#ifndef CUP_SHARED_MAX
#define CUP_SHARED_MAX 232448
#endif
#define CUP_TEXT_(x) #x
#define CUP_TEXT(x) CUP_TEXT_(x)
#define CUP_DYNAMIC_SHARED(name) \
    __asm__(".pushsection .tbss,\"awT\",%nobits\n.globl " CUP_TEXT(name) "\n.hidden " CUP_TEXT(name) "\n.type " CUP_TEXT(name) ",%object\n" \
            ".balign 128\n" CUP_TEXT(name) ": .zero " CUP_TEXT(CUP_SHARED_MAX) "\n.size " CUP_TEXT(name) "," CUP_TEXT(CUP_SHARED_MAX) "\n.popsection");

// binary16 where the compiler has none: a number that converts to and from float, to nearest even.
#ifndef __FLT16_MAX__
struct cup_float16 {
    unsigned short bits;
    cup_float16() = default;
    cup_float16(double x) {
        unsigned long long b;
        memcpy(&b, &x, 8);
        const unsigned sign = (unsigned)(b >> 48) & 0x8000u;
        b &= ~0ull >> 1;
        const double a = std::fabs(x);
        unsigned out;
        if (x != x) out = 0x7e00;
        else if (a >= 65520) out = 0x7c00;
        else if (a < 6.103515625e-05) out = (unsigned)std::nearbyint(a * 16777216);
        else {
            b += 0x1ffffffffffull + (b >> 42 & 1);
            out = (unsigned)(b >> 42) - (1008u << 10);
        }
        bits = (unsigned short)(sign | out);
    }
    operator float() const {
        const int exponent = bits >> 10 & 31;
        const float m = (float)(bits & 1023), sign = bits & 0x8000 ? -1.f : 1.f;
        if (exponent == 31) return m == 0 ? sign * HUGE_VALF : NAN;
        return sign * (exponent ? std::ldexp(m + 1024, exponent - 25) : std::ldexp(m, -24));
    }
};
#define _Float16 cup_float16
#endif

#define CUP_VECTOR(T, name, align1, align2, align4)                                                     \
    struct name##1 { T x; };                                                                            \
    struct alignas(align2) name##2 { T x, y; };                                                         \
    struct name##3 { T x, y, z; };                                                                      \
    struct alignas(align4) name##4 { T x, y, z, w; };                                                   \
    static inline name##1 make_##name##1(T x) { return {x}; }                                           \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                   \
    static inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }                           \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
CUP_VECTOR(signed char, char, 1, 2, 4)
CUP_VECTOR(unsigned char, uchar, 1, 2, 4)
CUP_VECTOR(short, short, 2, 4, 8)
CUP_VECTOR(unsigned short, ushort, 2, 4, 8)
CUP_VECTOR(int, int, 4, 8, 16)
CUP_VECTOR(unsigned int, uint, 4, 8, 16)
CUP_VECTOR(long, long, 8, 16, 16)
CUP_VECTOR(unsigned long, ulong, 8, 16, 16)
CUP_VECTOR(long long, longlong, 8, 16, 16)
CUP_VECTOR(unsigned long long, ulonglong, 8, 16, 16)
CUP_VECTOR(float, float, 4, 8, 16)
CUP_VECTOR(double, double, 8, 16, 16)
#undef CUP_VECTOR

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    operator uint3() const { return {x, y, z}; }
};

static thread_local uint3 threadIdx, blockIdx;
static thread_local dim3 blockDim, gridDim;
static constexpr int warpSize = 32;
#endif
