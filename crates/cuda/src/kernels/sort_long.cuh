// One pass over long rows by one digit. `counts` has for each row, digit and tile how many items there are, then how
// many lie in the tiles before; `totals` has for each row and digit how many there are in all.
struct Params {
    const word_t* in;
    word_t* out;
    const count_t* places_in;
    void* places_out;
    count_t *counts, *totals;
    cup_u64 n, tiles, pass, last;
};
constexpr int TILE = 256 * CUP_EACH;

#if CUP_STEP == 0
// Counts the digits of a tile, each warp by itself.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ unsigned counts[CUP_WARPS][256];
    const unsigned t = threadIdx.x, warp = t / 32;
    const cup_u64 row = blockIdx.x / p.tiles, tile = blockIdx.x % p.tiles, first = tile * TILE;
    const word_t* const in = p.in + row * p.n;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) counts[w][t] = 0;
    __syncthreads();
    word_t x[CUP_EACH];
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const cup_u64 e = first + i * 256 + t;
        x[i] = in[e < p.n ? e : p.n - 1];
    }
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        if (first + i * 256 + t < p.n) atomicAdd(&counts[warp][cup_digit(x[i], (int)p.pass)], 1u);
    }
    __syncthreads();
    unsigned sum = 0;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) sum += counts[w][t];
    p.counts[(row * 256 + t) * p.tiles + tile] = sum;
}
#elif CUP_STEP == 1
// Sums up the counts of the tiles before; a block for each row and digit.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int EACH = 4;
    __shared__ count_t warps[CUP_WARPS];
    const unsigned t = threadIdx.x;
    count_t* const counts = p.counts + (cup_u64)blockIdx.x * p.tiles;
    count_t carry = 0;
    for (cup_u64 first = 0; first < p.tiles; first += 256 * EACH) {
        count_t x[EACH], sum = 0;
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            const cup_u64 e = first + t * EACH + i;
            x[i] = e < p.tiles ? counts[e] : 0;
            sum += x[i];
        }
        count_t before = carry + cup_before(sum, warps);
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            const cup_u64 e = first + t * EACH + i;
            if (e < p.tiles) counts[e] = before;
            before += x[i];
        }
#pragma unroll
        for (int w = 0; w < CUP_WARPS; w++) carry += warps[w];
        // The next round overwrites the sums of the warps.
        __syncthreads();
    }
    if (t == 0) p.totals[blockIdx.x] = carry;
}
#else
// Moves a tile's items to where their digits belong; through shared memory, so that neighbours are written together.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int ROOM = sizeof(word_t) > sizeof(count_t) ? sizeof(word_t) : sizeof(count_t);
    alignas(16) __shared__ unsigned char room[TILE * ROOM];
    __shared__ CupRanks ranks;
    __shared__ count_t bases[256], warps[CUP_WARPS];
    const unsigned t = threadIdx.x;
    const cup_u64 row = blockIdx.x / p.tiles, tile = blockIdx.x % p.tiles, first = tile * TILE;
    const unsigned valid = (unsigned)(p.n - first < TILE ? p.n - first : TILE);
    const word_t* const in = p.in + row * p.n;
    word_t x[CUP_EACH];
    unsigned digit[CUP_EACH], rank[CUP_EACH];
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned at = cup_at<CUP_EACH>(i);
        x[i] = in[first + (at < valid ? at : valid - 1)];
    }
    // What is not there goes behind everything.
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) digit[i] = cup_at<CUP_EACH>(i) < valid ? cup_digit(x[i], (int)p.pass) : 255;
    cup_rank(digit, rank, ranks);
    // Where item `j` of the ordered tile goes is the base of its digit and `j`.
    const count_t before = cup_before(p.totals[row * 256 + t], warps);
    bases[t] = before + p.counts[(row * 256 + t) * p.tiles + tile] - ranks.starts[t];
    word_t* const words = (word_t*)room;
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) words[rank[i]] = x[i];
    __syncthreads();
    cup_u64 to[CUP_EACH];
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned j = i * 256 + t;
        if (j >= valid) continue;
        const word_t y = words[j];
        to[i] = row * p.n + (count_t)(bases[cup_digit(y, (int)p.pass)] + j);
        if (p.out) p.out[to[i]] = y;
    }
    if (!p.places_out) return;
    __syncthreads();
    count_t* const places = (count_t*)room;
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned at = cup_at<CUP_EACH>(i);
        const cup_u64 e = first + (at < valid ? at : valid - 1);
        places[rank[i]] = p.places_in ? p.places_in[row * p.n + e] : (count_t)e;
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned j = i * 256 + t;
        if (j >= valid) continue;
        if (p.last) ((long long*)p.places_out)[to[i]] = (long long)places[j];
        else ((count_t*)p.places_out)[to[i]] = places[j];
    }
}
#endif
