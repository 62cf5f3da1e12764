// Sorts rows of up to 32 elements, a lane for each: it counts how many come before its own.
struct Params {
    const word_t* in;
    word_t* out;
    long long* places;
    cup_u64 n, rows, shift;
};
static __device__ __forceinline__ word_t cup_lane(word_t x, int lane, int width) {
    constexpr int WORDS = ((int)sizeof(word_t) + 3) / 4;
    unsigned w[WORDS];
    w[WORDS - 1] = 0;
    memcpy(w, &x, sizeof(word_t));
#pragma unroll
    for (int i = 0; i < WORDS; i++) w[i] = __shfl_sync(0xffffffffu, w[i], lane, width);
    memcpy(&x, w, sizeof(word_t));
    return x;
}
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const cup_u64 thread = (cup_u64)blockIdx.x * 256 + threadIdx.x, row = thread >> p.shift;
    const int width = 1 << p.shift, lane = (int)(thread & (width - 1)), n = (int)p.n;
    const bool there = row < p.rows && lane < n;
    const word_t x = p.in[there ? row * p.n + lane : 0];
    int rank = 0;
    for (int k = 0; k < n; k++) {
        const word_t other = cup_lane(x, k, width);
        rank += cup_less(other, x) || (k < lane && !cup_less(x, other));
    }
    if (!there) return;
    if (p.out) p.out[row * p.n + rank] = x;
    if (p.places) p.places[row * p.n + rank] = lane;
}
