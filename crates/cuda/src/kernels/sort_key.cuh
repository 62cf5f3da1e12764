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
    if (pass < BYTES) return (unsigned)(cup_ordered(x.im) >> (8 * pass)) & 255;
    if (pass < 2 * BYTES) return (unsigned)(cup_ordered(x.re) >> (8 * (pass - BYTES))) & 255;
    return cup_class(x);
}
static __device__ __forceinline__ bool cup_less(word_t x, word_t y) {
    const unsigned a = cup_class(x), b = cup_class(y);
    if (a != b) return a < b;
    const part_t c = cup_ordered(x.re), d = cup_ordered(y.re);
    return c != d ? c < d : cup_ordered(x.im) < cup_ordered(y.im);
}
#else
typedef part_t word_t;
constexpr int CUP_PASSES = (int)sizeof(part_t);
static __device__ __forceinline__ unsigned cup_digit(word_t x, int pass) {
    return (unsigned)(cup_ordered(x) >> (8 * pass)) & 255;
}
static __device__ __forceinline__ bool cup_less(word_t x, word_t y) { return cup_ordered(x) < cup_ordered(y); }
#endif
