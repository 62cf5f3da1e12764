// cuda_fp16.h: __half in memory, computed with as float and rounded after each operation.
#ifndef CUP_HOST_HALF
#define CUP_HOST_HALF
#include "cuda_host.hpp"

struct alignas(2) __half {
    unsigned short bits;
    __half() = default;
    __half(float x) { const _Float16 h = (_Float16)x; memcpy(&bits, &h, 2); }
    __half(double x) { const _Float16 h = (_Float16)x; memcpy(&bits, &h, 2); }
    template <class T, class = std::enable_if_t<std::is_integral<T>::value>> __half(T x) : __half((float)x) {}
    operator float() const { _Float16 h; memcpy(&h, &bits, 2); return (float)h; }
    __half& operator+=(__half b) { return *this = __half((float)*this + (float)b); }
    __half& operator-=(__half b) { return *this = __half((float)*this - (float)b); }
    __half& operator*=(__half b) { return *this = __half((float)*this * (float)b); }
    __half& operator/=(__half b) { return *this = __half((float)*this / (float)b); }
};
struct alignas(4) __half2 {
    __half x, y;
    __half2() = default;
    __half2(__half x, __half y) : x(x), y(y) {}
};
typedef __half half;
typedef __half2 half2;

static inline __half operator+(__half a, __half b) { return a += b; }
static inline __half operator-(__half a, __half b) { return a -= b; }
static inline __half operator*(__half a, __half b) { return a *= b; }
static inline __half operator/(__half a, __half b) { return a /= b; }
static inline __half operator-(__half a) { a.bits ^= 0x8000; return a; }
static inline bool operator==(__half a, __half b) { return (float)a == (float)b; }
static inline bool operator!=(__half a, __half b) { return (float)a != (float)b; }
static inline bool operator<(__half a, __half b) { return (float)a < (float)b; }
static inline bool operator<=(__half a, __half b) { return (float)a <= (float)b; }
static inline bool operator>(__half a, __half b) { return (float)a > (float)b; }
static inline bool operator>=(__half a, __half b) { return (float)a >= (float)b; }

static inline __half __float2half(float x) { return __half(x); }
static inline __half __float2half_rn(float x) { return __half(x); }
static inline __half __double2half(double x) { return __half(x); }
static inline __half __int2half_rn(int x) { return __half((double)x); }
static inline float __half2float(__half x) { return (float)x; }
static inline int __half2int_rz(__half x) { return (int)(float)x; }
static inline int __half2int_rn(__half x) { return __float2int_rn((float)x); }
static inline unsigned short __half_as_ushort(__half x) { return x.bits; }
static inline __half __ushort_as_half(unsigned short x) { __half h; h.bits = x; return h; }
static inline __half __hadd(__half a, __half b) { return a + b; }
static inline __half __hsub(__half a, __half b) { return a - b; }
static inline __half __hmul(__half a, __half b) { return a * b; }
static inline __half __hdiv(__half a, __half b) { return a / b; }
static inline __half __hneg(__half a) { return -a; }
static inline __half __habs(__half a) { a.bits &= 0x7fff; return a; }
static inline __half __hfma(__half a, __half b, __half c) { return __half((double)(float)a * (double)(float)b + (double)(float)c); }
static inline bool __heq(__half a, __half b) { return a == b; }
static inline bool __hne(__half a, __half b) { return a != b; }
static inline bool __hlt(__half a, __half b) { return a < b; }
static inline bool __hle(__half a, __half b) { return a <= b; }
static inline bool __hgt(__half a, __half b) { return a > b; }
static inline bool __hge(__half a, __half b) { return a >= b; }
static inline bool __hisnan(__half a) { return a != a; }
static inline __half __hmax(__half a, __half b) { return __half(max((float)a, (float)b)); }
static inline __half __hmin(__half a, __half b) { return __half(min((float)a, (float)b)); }
#define CUP_HALF(name, f) static inline __half name(__half x) { return __half(std::f((float)x)); }
CUP_HALF(hsqrt, sqrt)
CUP_HALF(hexp, exp)
CUP_HALF(hexp2, exp2)
CUP_HALF(hlog, log)
CUP_HALF(hlog2, log2)
CUP_HALF(hlog10, log10)
CUP_HALF(hsin, sin)
CUP_HALF(hcos, cos)
CUP_HALF(hfloor, floor)
CUP_HALF(hceil, ceil)
CUP_HALF(htrunc, trunc)
CUP_HALF(hrint, nearbyint)
#undef CUP_HALF
static inline __half hrsqrt(__half x) { return __half(rsqrt((float)x)); }
static inline __half hrcp(__half x) { return __half(1 / (float)x); }

static inline __half2 __halves2half2(__half a, __half b) { return __half2(a, b); }
static inline __half2 make_half2(__half a, __half b) { return __half2(a, b); }
static inline __half2 __half2half2(__half a) { return __half2(a, a); }
static inline __half2 __float2half2_rn(float a) { return __half2(a, a); }
static inline __half2 __floats2half2_rn(float a, float b) { return __half2(a, b); }
static inline float2 __half22float2(__half2 a) { return {(float)a.x, (float)a.y}; }
static inline __half __low2half(__half2 a) { return a.x; }
static inline __half __high2half(__half2 a) { return a.y; }
static inline float __low2float(__half2 a) { return a.x; }
static inline float __high2float(__half2 a) { return a.y; }
static inline __half2 __hadd2(__half2 a, __half2 b) { return __half2(a.x + b.x, a.y + b.y); }
static inline __half2 __hsub2(__half2 a, __half2 b) { return __half2(a.x - b.x, a.y - b.y); }
static inline __half2 __hmul2(__half2 a, __half2 b) { return __half2(a.x * b.x, a.y * b.y); }
static inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }

static inline __half atomicAdd(__half* at, __half x) {
    unsigned short* const bits = (unsigned short*)at;
    return __ushort_as_half(cup_host::change(bits, [x](unsigned short old) -> unsigned short { return (__ushort_as_half(old) + x).bits; }));
}
#endif
