// Philox 4x32-10: a block of four words from a counter and a key, so that any thread makes any element.
struct Params {
    char* out;
    cup_u64 n, seed, counter, vector;
};

static __device__ __forceinline__ uint4 cup_philox(cup_u64 block, cup_u64 seed) {
    unsigned c0 = (unsigned)block, c1 = (unsigned)(block >> 32), c2 = 0, c3 = 0;
    unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const unsigned high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        const unsigned high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return make_uint4(c0, c1, c2, c3);
}

static __device__ __forceinline__ double cup_bits53(unsigned a, unsigned b) {
    return (double)(((cup_u64)(a >> 5) << 26) + (b >> 6));
}
static __device__ __forceinline__ void cup_uniform(uint4 w, float (&x)[4]) {
    const float unit = 1.0f / 16777216.0f;
    x[0] = (float)(w.x >> 8) * unit;
    x[1] = (float)(w.y >> 8) * unit;
    x[2] = (float)(w.z >> 8) * unit;
    x[3] = (float)(w.w >> 8) * unit;
}
static __device__ __forceinline__ void cup_uniform(uint4 w, double (&x)[2]) {
    const double unit = 1.0 / 9007199254740992.0;
    x[0] = cup_bits53(w.x, w.y) * unit;
    x[1] = cup_bits53(w.z, w.w) * unit;
}
static __device__ __forceinline__ void cup_bits(uint4 w, unsigned (&x)[4]) {
    x[0] = w.x;
    x[1] = w.y;
    x[2] = w.z;
    x[3] = w.w;
}
static __device__ __forceinline__ void cup_bits(uint4 w, cup_u64 (&x)[2]) {
    x[0] = (cup_u64)w.y << 32 | w.x;
    x[1] = (cup_u64)w.w << 32 | w.z;
}
static __device__ __forceinline__ void cup_pair(unsigned a, unsigned b, float& x, float& y) {
    const float unit = 1.0f / 16777216.0f;
    const float u = (float)((a >> 8) + 1) * unit, v = (float)(b >> 8) * unit;
    const float radius = sqrtf(-2.0f * logf(u));
    float sine, cosine;
    sincospif(2.0f * v, &sine, &cosine);
    x = radius * cosine;
    y = radius * sine;
}
static __device__ __forceinline__ void cup_normal(uint4 w, float (&x)[4]) {
    cup_pair(w.x, w.y, x[0], x[1]);
    cup_pair(w.z, w.w, x[2], x[3]);
}
static __device__ __forceinline__ void cup_normal(uint4 w, double (&x)[2]) {
    const double unit = 1.0 / 9007199254740992.0;
    const double u = (cup_bits53(w.x, w.y) + 1.0) * unit, v = cup_bits53(w.z, w.w) * unit;
    const double radius = sqrt(-2.0 * log(u));
    double sine, cosine;
    sincospi(2.0 * v, &sine, &cosine);
    x[0] = radius * cosine;
    x[1] = radius * sine;
}

extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int LANES = 16 / (int)sizeof(out_t);
    const cup_u64 block = (cup_u64)blockIdx.x * 256 + threadIdx.x, first = block * LANES;
    if (first >= p.n) return;
    out_t x[LANES];
    CUP_DRAW(cup_philox(p.counter + block, p.seed), x);
    char* const to = p.out + first * sizeof(out_t);
    if (p.vector && first + LANES <= p.n) cup_store_vector(to, x);
    else {
#pragma unroll
        for (int i = 0; i < LANES; i++) if (first + i < p.n) ((out_t*)to)[i] = x[i];
    }
}
