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
// The hash of round `first + k`, where `first` is a multiple of 4 and `k` is known to the compiler: keys stay in registers.
static __device__ __forceinline__ unsigned cup_grid_hash(unsigned x, const unsigned (&keys)[4], int first, int k) {
    const unsigned step = (unsigned)(first + k + 1) * 0x9E3779B9u;
    x = (x ^ (keys[k & 3] + step)) * 0x85EBCA6Bu;
    x = ((x ^ (x >> 15)) + (keys[(k + 1) & 3] ^ step)) * 0xC2B2AE35u;
    return (x ^ (x >> 16)) * 0x9E3779B1u;
}
static __device__ __forceinline__ long long cup_permuted_by(const unsigned (&keys)[4], long long i, long long n) {
    if (i < 0 || i >= n) return i;
    const int n_bits = 64 - __clzll(n - 1);
    const int column_bits = (n_bits + 1) / 2;
    const int n_rounds = n_bits < 16 ? 24 : 12;
    const unsigned n_rows = (unsigned)((unsigned long long)(n - 1) >> column_bits) + 1;
    unsigned long long x = (unsigned long long)i;
    do {
        unsigned row = (unsigned)(x >> column_bits);
        unsigned column = (unsigned)(x & ((1ULL << column_bits) - 1));
        for (int first = 0; first < n_rounds; first += 4) {
#pragma unroll
            for (int k = 0; k < 4; k += 2) {
                row += __umulhi(cup_grid_hash(column, keys, first, k), n_rows);
                row = min(row, row - n_rows);
                column ^= cup_grid_hash(row, keys, first, k + 1) >> (32 - column_bits);
            }
        }
        x = (unsigned long long)row << column_bits | column;
    } while (x >= (unsigned long long)n);
    return (long long)(x < 2 ? x ^ ((keys[0] ^ keys[1] ^ keys[2] ^ keys[3]) >> 31) : x);
}
static __device__ __forceinline__ long long cup_permuted_long(long long k0, long long k1, long long i, long long n) {
    const unsigned keys[4] = {(unsigned)k0, (unsigned)((unsigned long long)k0 >> 32), (unsigned)k1, (unsigned)((unsigned long long)k1 >> 32)};
    return n > 64 ? cup_permuted_by(keys, i, n) : i;
}
static __device__ long long cup_permuted(CupStream s, long long i, long long n) {
    if (i < 0 || i >= n) return i;
    if (n > 64) {
        unsigned keys[4];
        s.pair(keys[0], keys[1]);
        s.pair(keys[2], keys[3]);
        return cup_permuted_by(keys, i, n);
    }
    long long place = i;
    for (long long k = 1; k < n; k++) {
        const long long other = (long long)s.below((unsigned long long)k + 1);
        if (place == k) place = other;
        else if (place == other) place = k;
    }
    return place;
}
