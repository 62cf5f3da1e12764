// CUDA's twin of stream.rs, line by line.
#define CUP_ROUNDS 256

struct CupStream {
    unsigned long long seed, block;
    unsigned round;
    bool second;
    unsigned w0, w1, w2, w3;

    __device__ __forceinline__ CupStream(long long block_, long long seed_, unsigned round_ = 0)
        : seed((unsigned long long)seed_), block((unsigned long long)block_), round(round_), second(false), w0(0), w1(0), w2(0), w3(0) {}

    __device__ __forceinline__ void pair(unsigned& a, unsigned& b) {
        if (second) {
            second = false;
            a = w2;
            b = w3;
            return;
        }
        w0 = (unsigned)block;
        w1 = (unsigned)(block >> 32);
        w2 = round;
        w3 = 1;
        unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
        for (int i = 0; i < 10; i++) {
            const unsigned high0 = __umulhi(0xD2511F53u, w0), low0 = 0xD2511F53u * w0;
            const unsigned high1 = __umulhi(0xCD9E8D57u, w2), low1 = 0xCD9E8D57u * w2;
            w0 = high1 ^ w1 ^ k0;
            w1 = low1;
            w2 = high0 ^ w3 ^ k1;
            w3 = low0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        round++;
        second = true;
        a = w0;
        b = w1;
    }
    __device__ __forceinline__ unsigned long long bits() {
        unsigned a, b;
        pair(a, b);
        return (unsigned long long)b << 32 | a;
    }
    __device__ __forceinline__ double uniform() {
        unsigned a, b;
        pair(a, b);
        return (double)((unsigned long long)(a >> 5) << 26 | (unsigned long long)(b >> 6)) * (1.0 / 9007199254740992.0);
    }
    __device__ __forceinline__ double open() {
        unsigned a, b;
        pair(a, b);
        return ((double)((unsigned long long)(a >> 6) << 26 | (unsigned long long)(b >> 6)) + 0.5) * (1.0 / 4503599627370496.0);
    }
    __device__ double normal() {
        const double u = open();
        const double v = uniform();
        const double quarter = floor(4.0 * v + 0.5);
        const double x = (v - 0.25 * quarter) * 6.283185307179586;
        double cosine;
        switch ((int)quarter & 3) {
            case 0: cosine = cos(x); break;
            case 1: cosine = -sin(x); break;
            case 2: cosine = -cos(x); break;
            default: cosine = sin(x);
        }
        return sqrt(-2.0 * log(u)) * cosine;
    }
    __device__ unsigned long long below_from(unsigned long long first, unsigned long long bound) {
        if (bound == 0) return first;
        unsigned long long low = first * bound, high = __umul64hi(first, bound);
        if (low < bound) {
            const unsigned long long least = (0ULL - bound) % bound;
            int n = 0;
            while (low < least && n < CUP_ROUNDS) {
                first = bits();
                low = first * bound;
                high = __umul64hi(first, bound);
                n++;
            }
        }
        return high;
    }
    __device__ __forceinline__ unsigned long long below(unsigned long long bound) {
        const unsigned long long first = bits();
        return below_from(first, bound);
    }
};

static __device__ __forceinline__ long long cup_whole(double x) {
    const long long least = (long long)0x8000000000000000ULL;
    if (x != x || x < -9223372036854775808.0) return least;
    return x >= 9223372036854775808.0 ? (long long)0x7fffffffffffffffULL : (long long)x;
}
