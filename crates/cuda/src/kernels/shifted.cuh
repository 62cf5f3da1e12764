// Lanes that begin anywhere: the one or two aligned words in which they lie, from which they are cut when they are needed,
// so that loads stay in flight. Each word holds an element that is wanted, so that it lies in memory that is there.
template <class T> struct CupShifted {
    static constexpr int BYTES = CUP_LANES * (int)sizeof(T), WORDS = BYTES / 4;
    static_assert(BYTES == 8 || BYTES == 16, "the word that a thread loads");
    typedef typename CupWord<BYTES>::type Word;
    Word low, high;
    unsigned offset;

    __device__ __forceinline__ void load(const char* from, unsigned valid) {
        offset = (unsigned)(size_t)from & (BYTES - 1);
        const Word* const words = (const Word*)(from - offset);
        low = words[0];
        // Where nothing of the second is wanted, the first again: behind a branch each load would wait for the one before.
        high = words[offset + valid * (unsigned)sizeof(T) > BYTES ? 1 : 0];
    }
    __device__ __forceinline__ void cut(T (&x)[CUP_LANES]) const {
        unsigned w[2 * WORDS], y[WORDS];
        memcpy(w, &low, BYTES);
        memcpy(w + WORDS, &high, BYTES);
        // By powers of two, for registers have no index.
#pragma unroll
        for (int step = WORDS / 2; step > 0; step /= 2) {
#pragma unroll
            for (int i = 0; i < 2 * WORDS - step; i++) w[i] = offset & 4 * step ? w[i + step] : w[i];
        }
#pragma unroll
        for (int i = 0; i < WORDS; i++) y[i] = __funnelshift_r(w[i], w[i + 1], 8 * (offset & 3));
        memcpy(x, y, BYTES);
    }
};
