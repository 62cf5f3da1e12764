// Elements as bits, and their order as unsigned numbers: NaN last, both zeros equal. `part_t` is an element, or a part
// of a complex one; CUP_KIND is 0 for unsigned, 1 for signed, 2 for floats.
static __device__ __forceinline__ part_t cup_ordered(part_t x) {
#if CUP_KIND == 0
    return x;
#else
    constexpr part_t SIGN = (part_t)((part_t)1 << (8 * sizeof(part_t) - 1));
#if CUP_KIND == 1
    return (part_t)(x ^ SIGN);
#else
    if ((part_t)(x & (part_t)~SIGN) > (part_t)CUP_INFINITY) return (part_t)~(part_t)0;
    if (x == SIGN) return SIGN;
    return x & SIGN ? (part_t)~x : (part_t)(x | SIGN);
#endif
#endif
}
static __device__ __forceinline__ unsigned cup_byte(part_t x, int k) {
    if (sizeof(part_t) == 8) return __byte_perm((unsigned)x, (unsigned)((cup_u64)x >> 32), (unsigned)k) & 255;
    return (unsigned)(x >> (8 * k)) & 255;
}
#if CUP_COMPLEX
struct word_t { part_t re, im; };
constexpr int CUP_PASSES = 2 * (int)sizeof(part_t) + 1;
// Those with a NaN come last, first those whose real part is a number.
static __device__ __forceinline__ unsigned cup_class(word_t x) {
    constexpr part_t NONE = (part_t)~(part_t)0;
    return cup_ordered(x.re) == NONE ? 2 : cup_ordered(x.im) == NONE ? 1 : 0;
}
static __device__ __forceinline__ unsigned cup_digit(word_t x, int pass) {
    constexpr int BYTES = (int)sizeof(part_t);
    if (pass < BYTES) return cup_byte(cup_ordered(x.im), pass);
    if (pass < 2 * BYTES) return cup_byte(cup_ordered(x.re), pass - BYTES);
    return cup_class(x);
}
static __device__ __forceinline__ bool cup_less(word_t x, word_t y) {
    const unsigned a = cup_class(x), b = cup_class(y);
    if (a != b) return a < b;
    const part_t c = cup_ordered(x.re), d = cup_ordered(y.re);
    return c != d ? c < d : cup_ordered(x.im) < cup_ordered(y.im);
}
static __device__ __forceinline__ bool cup_is_nan(word_t x) { return cup_class(x) != 0; }
// Whether the key of `x` is not just its bits, flipped by its sign. Keys of complex numbers always count as such.
static __device__ __forceinline__ bool cup_is_special(word_t) { return true; }
static __device__ __forceinline__ unsigned cup_plain_digit(word_t x, int pass) { return cup_digit(x, pass); }
#else
typedef part_t word_t;
constexpr int CUP_PASSES = (int)sizeof(part_t);
static __device__ __forceinline__ unsigned cup_digit(word_t x, int pass) { return cup_byte(cup_ordered(x), pass); }
static __device__ __forceinline__ bool cup_less(word_t x, word_t y) { return cup_ordered(x) < cup_ordered(y); }
#if CUP_KIND == 2
static __device__ __forceinline__ bool cup_is_nan(word_t x) { return cup_ordered(x) == (part_t)~(part_t)0; }
static __device__ __forceinline__ bool cup_is_special(word_t x) {
    constexpr part_t SIGN = (part_t)((part_t)1 << (8 * sizeof(part_t) - 1));
    return x == SIGN || (part_t)(x & (part_t)~SIGN) > (part_t)CUP_INFINITY;
}
#else
static __device__ __forceinline__ bool cup_is_nan(word_t) { return false; }
static __device__ __forceinline__ bool cup_is_special(word_t) { return false; }
#endif
// The digit of what is not special: numbers below zero are flipped whole, others in their sign alone.
static __device__ __forceinline__ unsigned cup_plain_digit(word_t x, int pass) {
    const unsigned top = pass == CUP_PASSES - 1 ? 128u : 0u;
#if CUP_KIND == 0
    (void)top;
    return cup_byte(x, pass);
#elif CUP_KIND == 1
    return cup_byte(x, pass) ^ top;
#else
    return cup_byte(x, pass) ^ (x >> (8 * sizeof(part_t) - 1) ? 255u : top);
#endif
}
// The order without ties but of NaN: zeros with a sign are smaller. From such a key the element comes back.
static __device__ __forceinline__ part_t cup_total(part_t x) {
#if CUP_KIND == 2
    constexpr part_t SIGN = (part_t)((part_t)1 << (8 * sizeof(part_t) - 1));
    if ((part_t)(x & (part_t)~SIGN) > (part_t)CUP_INFINITY) return (part_t)~(part_t)0;
    return x & SIGN ? (part_t)~x : (part_t)(x | SIGN);
#else
    return cup_ordered(x);
#endif
}
static __device__ __forceinline__ part_t cup_back(part_t key) {
#if CUP_KIND == 0
    return key;
#else
    constexpr part_t SIGN = (part_t)((part_t)1 << (8 * sizeof(part_t) - 1));
#if CUP_KIND == 1
    return (part_t)(key ^ SIGN);
#else
    return key & SIGN ? (part_t)(key ^ SIGN) : (part_t)~key;
#endif
#endif
}
#endif
