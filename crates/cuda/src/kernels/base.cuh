// What every kernel may use: vector accesses and division by numbers that the host prepared.
typedef unsigned long long cup_u64;

// A divisor with its reciprocal: exact for dividends below 2^31.
struct CupDiv { cup_u64 n; unsigned magic, shift; };

static __device__ __forceinline__ unsigned cup_divide32(unsigned x, const CupDiv& d) {
    return (__umulhi(x, d.magic) + x) >> d.shift;
}
static __device__ __forceinline__ cup_u64 cup_divide(cup_u64 x, const CupDiv& d, bool wide) {
    return wide ? x / d.n : (cup_u64)cup_divide32((unsigned)x, d);
}

template <class T> static __device__ __forceinline__ T cup_zero() { return T(); }

template <int BYTES> struct CupWord;
template <> struct CupWord<16> { typedef uint4 type; };
template <> struct CupWord<8> { typedef uint2 type; };
template <> struct CupWord<4> { typedef unsigned int type; };
template <> struct CupWord<2> { typedef unsigned short type; };
template <> struct CupWord<1> { typedef unsigned char type; };

template <class T, int N> static __device__ __forceinline__ void cup_load_vector(const char* from, T (&x)[N]) {
    constexpr int BYTES = N * (int)sizeof(T), WORD = BYTES < 16 ? BYTES : 16;
    typedef typename CupWord<WORD>::type Word;
    Word w[BYTES / WORD];
#pragma unroll
    for (int i = 0; i < BYTES / WORD; i++) w[i] = ((const Word*)from)[i];
    memcpy(x, w, BYTES);
}
template <class T, int N> static __device__ __forceinline__ void cup_store_vector(char* to, const T (&x)[N]) {
    constexpr int BYTES = N * (int)sizeof(T), WORD = BYTES < 16 ? BYTES : 16;
    typedef typename CupWord<WORD>::type Word;
    Word w[BYTES / WORD];
    memcpy(w, x, BYTES);
#pragma unroll
    for (int i = 0; i < BYTES / WORD; i++) ((Word*)to)[i] = w[i];
}
