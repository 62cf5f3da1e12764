// CUDA's names of functions for numbers, where C++ has none or others. Those of C++ come from its own headers.
#ifndef CUP_HOST_MATH
#define CUP_HOST_MATH

// Smaller and larger of mixed numbers; of floating ones as fmin and fmax say, which leave NaN out.
template <class A, class B> using CupBoth = std::enable_if_t<std::is_arithmetic<A>::value && std::is_arithmetic<B>::value, std::common_type_t<A, B>>;
template <class A, class B> static inline CupBoth<A, B> min(A a, B b) {
    typedef std::common_type_t<A, B> T;
    const T x = (T)a, y = (T)b;
    if constexpr (std::is_floating_point<T>::value) return x < y || y != y ? x : y;
    else return y < x ? y : x;
}
template <class A, class B> static inline CupBoth<A, B> max(A a, B b) {
    typedef std::common_type_t<A, B> T;
    const T x = (T)a, y = (T)b;
    if constexpr (std::is_floating_point<T>::value) return x > y || y != y ? x : y;
    else return x < y ? y : x;
}
static inline int umin(unsigned a, unsigned b) { return (int)(a < b ? a : b); }
static inline int umax(unsigned a, unsigned b) { return (int)(a < b ? b : a); }

// Bits as another type.
template <class To, class From> static inline To cup_bits(From x) {
    static_assert(sizeof(To) == sizeof(From), "as many bits");
    To y;
    memcpy(&y, &x, sizeof(To));
    return y;
}
static inline int __float_as_int(float x) { return cup_bits<int>(x); }
static inline unsigned __float_as_uint(float x) { return cup_bits<unsigned>(x); }
static inline float __int_as_float(int x) { return cup_bits<float>(x); }
static inline float __uint_as_float(unsigned x) { return cup_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return cup_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return cup_bits<double>(x); }
static inline int __double2hiint(double x) { return (int)(cup_bits<unsigned long long>(x) >> 32); }
static inline int __double2loint(double x) { return (int)cup_bits<unsigned long long>(x); }
static inline double __hiloint2double(int hi, int lo) { return cup_bits<double>((unsigned long long)(unsigned)hi << 32 | (unsigned)lo); }

// Integers.
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __ffsll(long long x) { return __builtin_ffsll(x); }
static inline unsigned __brev(unsigned x) {
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(x);
}
static inline unsigned long long __brevll(unsigned long long x) { return (unsigned long long)__brev((unsigned)x) << 32 | __brev((unsigned)(x >> 32)); }
static inline int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
static inline long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
static inline int __mul24(int a, int b) { return ((a << 8) >> 8) * ((b << 8) >> 8); }
static inline unsigned __umul24(unsigned a, unsigned b) { return (a & 0xffffffu) * (b & 0xffffffu); }
static inline unsigned __sad(int a, int b, unsigned c) { return (a < b ? (unsigned)b - (unsigned)a : (unsigned)a - (unsigned)b) + c; }
static inline unsigned __usad(unsigned a, unsigned b, unsigned c) { return (a < b ? b - a : a - b) + c; }
static inline int __hadd(int a, int b) { return (int)(((long long)a + b) >> 1); }
static inline int __rhadd(int a, int b) { return (int)(((long long)a + b + 1) >> 1); }
static inline unsigned __uhadd(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a + b) >> 1); }
static inline unsigned __urhadd(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a + b + 1) >> 1); }
static inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned n) { return (unsigned)((((unsigned long long)hi << 32 | lo) << (n & 31)) >> 32); }
static inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned n) { return (unsigned)(((unsigned long long)hi << 32 | lo) >> (n & 31)); }
static inline unsigned __funnelshift_lc(unsigned lo, unsigned hi, unsigned n) { return n >= 32 ? lo : __funnelshift_l(lo, hi, n); }
static inline unsigned __funnelshift_rc(unsigned lo, unsigned hi, unsigned n) { return n >= 32 ? hi : __funnelshift_r(lo, hi, n); }
static inline unsigned __byte_perm(unsigned a, unsigned b, unsigned s) {
    const unsigned long long all = (unsigned long long)b << 32 | a;
    unsigned out = 0;
    for (int k = 0; k < 4; k++) {
        const unsigned which = s >> 4 * k & 15, byte = (unsigned)(all >> 8 * (which & 7)) & 255;
        out |= (which & 8 ? (byte & 128 ? 255u : 0u) : byte) << 8 * k;
    }
    return out;
}
// Four bytes or two halves of a word at a time.
#define CUP_LANES(name, bits, expression)                                                    \
    static inline unsigned name(unsigned a, unsigned b) {                                    \
        const unsigned ones = (1u << bits) - 1;                                              \
        unsigned out = 0;                                                                    \
        for (int k = 0; k < 32; k += bits) {                                                 \
            const unsigned x = a >> k & ones, y = b >> k & ones;                             \
            out |= ((unsigned)(expression) & ones) << k;                                     \
        }                                                                                    \
        return out;                                                                          \
    }
CUP_LANES(__vadd4, 8, x + y)
CUP_LANES(__vsub4, 8, x - y)
CUP_LANES(__vminu4, 8, x < y ? x : y)
CUP_LANES(__vmaxu4, 8, x < y ? y : x)
CUP_LANES(__vcmpeq4, 8, x == y ? ones : 0)
CUP_LANES(__vcmpne4, 8, x != y ? ones : 0)
CUP_LANES(__vcmpltu4, 8, x < y ? ones : 0)
CUP_LANES(__vcmpgtu4, 8, x > y ? ones : 0)
CUP_LANES(__vabsdiffu4, 8, x < y ? y - x : x - y)
CUP_LANES(__vadd2, 16, x + y)
CUP_LANES(__vsub2, 16, x - y)
CUP_LANES(__vcmpeq2, 16, x == y ? ones : 0)
CUP_LANES(__vcmpne2, 16, x != y ? ones : 0)
#undef CUP_LANES
static inline int __dp4a(int a, int b, int c) {
    for (int k = 0; k < 32; k += 8) c += (signed char)(a >> k) * (signed char)(b >> k);
    return c;
}

// Floating numbers whose rounding is named; the host rounds to nearest.
#define CUP_ROUNDED(T, letter)                                                               \
    static inline T __##letter##add_rn(T a, T b) { return a + b; }                           \
    static inline T __##letter##sub_rn(T a, T b) { return a - b; }                           \
    static inline T __##letter##mul_rn(T a, T b) { return a * b; }                           \
    static inline T __##letter##div_rn(T a, T b) { return a / b; }                           \
    static inline T __##letter##rcp_rn(T a) { return (T)1 / a; }                             \
    static inline T __##letter##sqrt_rn(T a) { return std::sqrt(a); }
CUP_ROUNDED(float, f)
CUP_ROUNDED(double, d)
#undef CUP_ROUNDED
static inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
static inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
static inline float __frsqrt_rn(float a) { return (float)(1 / std::sqrt((double)a)); }
static inline float __fdividef(float a, float b) { return a / b; }
static inline float fdividef(float a, float b) { return a / b; }
static inline float cup_expf(float x) { return std::exp(x); }
static inline float cup_exp10f(float x) { return (float)::pow(10.0, (double)x); }
static inline float cup_logf(float x) { return std::log(x); }
static inline float cup_log2f(float x) { return std::log2(x); }
static inline float cup_log10f(float x) { return std::log10(x); }
static inline float cup_powf(float x, float y) { return std::pow(x, y); }
static inline float cup_sinf(float x) { return std::sin(x); }
static inline float cup_cosf(float x) { return std::cos(x); }
static inline float cup_tanf(float x) { return std::tan(x); }
static inline void cup_sincosf(float x, float* s, float* c) { *s = std::sin(x), *c = std::cos(x); }
// The C library has functions of these names, which it does not tell.
#define __expf cup_expf
#define __exp10f cup_exp10f
#define __logf cup_logf
#define __log2f cup_log2f
#define __log10f cup_log10f
#define __powf cup_powf
#define __sinf cup_sinf
#define __cosf cup_cosf
#define __tanf cup_tanf
#define __sincosf cup_sincosf
static inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }

static inline double rsqrt(double x) { return 1 / std::sqrt(x); }
static inline float rsqrt(float x) { return __frsqrt_rn(x); }
static inline float rsqrtf(float x) { return __frsqrt_rn(x); }
static inline double rcbrt(double x) { return 1 / std::cbrt(x); }
static inline float rcbrtf(float x) { return (float)(1 / std::cbrt((double)x)); }
static inline double rhypot(double x, double y) { return 1 / std::hypot(x, y); }
static inline float rhypotf(float x, float y) { return (float)(1 / std::hypot((double)x, (double)y)); }
static inline double norm3d(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }
static inline float norm3df(float x, float y, float z) { return (float)norm3d(x, y, z); }
static inline double rnorm3d(double x, double y, double z) { return 1 / norm3d(x, y, z); }
static inline float rnorm3df(float x, float y, float z) { return (float)rnorm3d(x, y, z); }
static inline double norm4d(double x, double y, double z, double w) { return std::sqrt(x * x + y * y + z * z + w * w); }
static inline float norm4df(float x, float y, float z, float w) { return (float)norm4d(x, y, z, w); }
// Of multiples of pi: what is whole is taken off first, so that large numbers lose nothing.
static inline double sinpi(double x) {
    const double r = std::remainder(x, 2.0), pi = 3.14159265358979323846;
    if (r > 0.5) return std::sin((1 - r) * pi);
    if (r < -0.5) return -std::sin((1 + r) * pi);
    return std::sin(r * pi);
}
static inline double cospi(double x) {
    const double r = std::fabs(std::remainder(x, 2.0));
    return r == 0.5 ? 0.0 : r < 0.25 ? std::cos(r * 3.14159265358979323846) : sinpi(0.5 - r);
}
static inline float sinpif(float x) { return (float)sinpi((double)x); }
static inline float cospif(float x) { return (float)cospi((double)x); }
static inline void sincospi(double x, double* s, double* c) { *s = sinpi(x), *c = cospi(x); }
static inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }
#ifndef __USE_GNU
static inline double exp10(double x) { return std::pow(10.0, x); }
static inline float exp10f(float x) { return (float)std::pow(10.0, (double)x); }
static inline void sincos(double x, double* s, double* c) { *s = std::sin(x), *c = std::cos(x); }
static inline void sincosf(float x, float* s, float* c) { *s = std::sin(x), *c = std::cos(x); }
#endif
static inline float exp10(float x) { return exp10f(x); }
static inline void sincos(float x, float* s, float* c) { sincosf(x, s, c); }
static inline double normcdf(double x) { return std::erfc(x * -0.70710678118654752440) / 2; }
static inline float normcdff(float x) { return (float)normcdf((double)x); }
static inline double erfcx(double x) {
    if (x < 25) return std::exp(x * x) * std::erfc(x);
    const double y = 1 / (x * x);
    return 0.56418958354775628695 / x * (1 - y / 2 * (1 - y * 3 / 2 * (1 - y * 5 / 2)));
}
static inline float erfcxf(float x) { return (float)erfcx((double)x); }
// The inverse by Newton's method, from a start that is right to some digits; of the complement, as that is exact near 2.
static inline double erfcinv(double y) {
    if (!(y >= 0 && y <= 2)) return NAN;
    if (y == 0) return INFINITY;
    if (y == 2) return -INFINITY;
    const double z = y < 1 ? y : 2 - y, t = std::sqrt(-2 * std::log(z / 2));
    double x = -0.70710678 * ((2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t);
    for (int k = 0; k < 3; k++) {
        const double e = std::erfc(x) - z;
        x += e / (1.12837916709551257 * std::exp(-x * x) - x * e);
    }
    return y < 1 ? x : -x;
}
static inline double erfinv(double y) {
    if (!(std::fabs(y) < 0.5)) return y < 0 ? -erfcinv(1 + y) : erfcinv(1 - y);
    double x = y * 0.88622692545275801;
    for (int k = 0; k < 4; k++) {
        const double e = std::erf(x) - y;
        x -= e / (1.12837916709551257 * std::exp(-x * x) + x * e);
    }
    return x;
}
static inline float erfinvf(float y) { return (float)erfinv((double)y); }
static inline float erfcinvf(float y) { return (float)erfcinv((double)y); }
static inline double normcdfinv(double y) { return -1.41421356237309504880 * erfcinv(2 * y); }
static inline float normcdfinvf(float y) { return (float)normcdfinv((double)y); }

// Conversions that name their rounding; beyond the range the nearest number, of NaN 0 or what the GPU gives.
template <class To, class From> static inline To cup_round(From x, From (*round)(From)) {
    if (x != x) return sizeof(To) == 8 && std::is_signed<To>::value ? std::numeric_limits<To>::min() : 0;
    const From low = (From)std::numeric_limits<To>::min(), high = (From)std::numeric_limits<To>::max(), r = round(x);
    return r <= low ? std::numeric_limits<To>::min() : r >= high ? std::numeric_limits<To>::max() : (To)r;
}
#define CUP_TO(From, from, To, to)                                                                                     \
    static inline To __##from##2##to##_rn(From x) { return cup_round<To, From>(x, std::nearbyint); }                   \
    static inline To __##from##2##to##_rz(From x) { return cup_round<To, From>(x, std::trunc); }                       \
    static inline To __##from##2##to##_rd(From x) { return cup_round<To, From>(x, std::floor); }                       \
    static inline To __##from##2##to##_ru(From x) { return cup_round<To, From>(x, std::ceil); }
CUP_TO(float, float, int, int)
CUP_TO(float, float, unsigned, uint)
CUP_TO(float, float, long long, ll)
CUP_TO(float, float, unsigned long long, ull)
CUP_TO(double, double, int, int)
CUP_TO(double, double, unsigned, uint)
CUP_TO(double, double, long long, ll)
CUP_TO(double, double, unsigned long long, ull)
#undef CUP_TO
static inline float __double2float_rn(double x) { return (float)x; }
static inline float __int2float_rn(int x) { return (float)x; }
static inline float __uint2float_rn(unsigned x) { return (float)x; }
static inline float __ll2float_rn(long long x) { return (float)x; }
static inline float __ull2float_rn(unsigned long long x) { return (float)x; }
static inline double __int2double_rn(int x) { return (double)x; }
static inline double __uint2double_rn(unsigned x) { return (double)x; }
static inline double __ll2double_rn(long long x) { return (double)x; }
static inline double __ull2double_rn(unsigned long long x) { return (double)x; }
#endif
