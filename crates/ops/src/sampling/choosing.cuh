// CUDA's twin of choosing.rs, line by line.
static __device__ unsigned cup_below_32(unsigned word, long long index, long long seed, unsigned bound) {
    if (bound == 0) return word;
    unsigned long long product = (unsigned long long)word * bound;
    if ((unsigned)product < bound) {
        const unsigned least = (0u - bound) % bound;
        if ((unsigned)product < least) {
            CupStream s((long long)((unsigned long long)index >> 2), seed, ((unsigned)index & 3) << 24);
            int n = 0;
            while ((unsigned)product < least && n < CUP_ROUNDS) {
                unsigned a, b;
                s.pair(a, b);
                product = (unsigned long long)a * bound;
                n++;
            }
        }
    }
    return (unsigned)(product >> 32);
}
static __device__ unsigned long long cup_below_64(unsigned long long word, long long index, long long seed, unsigned long long bound) {
    CupStream s((long long)((unsigned long long)index >> 1), seed, ((unsigned)index & 1) << 24);
    return s.below_from(word, bound);
}
static __device__ __forceinline__ unsigned long long cup_mix(unsigned long long x, unsigned long long key) {
    x = ((x ^ (x >> 32)) * 0xBF58476D1CE4E5B9ULL) ^ key;
    x = (x ^ (x >> 29)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 32);
}
static __device__ long long cup_permuted(CupStream s, long long i, long long n) {
    if (i < 0 || i >= n) return i;
    if (n <= 64) {
        long long place = i;
        for (long long k = 1; k < n; k++) {
            const long long other = (long long)s.below((unsigned long long)k + 1);
            if (place == k) place = other;
            else if (place == other) place = k;
        }
        return place;
    }
    const unsigned long long k0 = s.bits();
    const unsigned long long k1 = s.bits();
    const int n_bits = 64 - __clzll(n - 1);
    const int n_low = n_bits / 2;
    const unsigned long long low_mask = (1ULL << n_low) - 1, high_mask = (1ULL << (n_bits - n_low)) - 1;
    const int n_rounds = n_bits < 16 ? 24 : 12;
    unsigned long long x = (unsigned long long)i;
    for (;;) {
        unsigned long long low = x & low_mask, high = x >> n_low;
        for (int round = 0; round < n_rounds; round++) {
            const unsigned long long key = k0 + (unsigned long long)(round + 1) * 0x9E3779B97F4A7C15ULL;
            if (round % 2 == 0) low ^= cup_mix(high ^ key, k1) & low_mask;
            else high ^= cup_mix(low ^ key, k1) & high_mask;
        }
        x = high << n_low | low;
        if (x < (unsigned long long)n) return (long long)x;
    }
}
