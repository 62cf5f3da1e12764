// Sorts a row of up to 256 * CUP_EACH elements in a block: every pass in shared memory.
struct Params {
    const word_t* in;
    word_t* out;
    long long* places;
    cup_u64 n, rows;
};
extern "C" __global__ void __launch_bounds__(256, CUP_RESIDENT) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int TILE = 256 * CUP_EACH;
    alignas(16) __shared__ unsigned char room[TILE * sizeof(word_t)];
    __shared__ unsigned short moved[TILE];
    __shared__ CupRanks ranks;
    word_t* const words = (word_t*)room;
    const cup_u64 base = (cup_u64)blockIdx.x * p.n;
    const unsigned n = (unsigned)p.n;
    const bool moves_places = p.places != nullptr;
    word_t x[CUP_EACH];
    unsigned rank[CUP_EACH], place[CUP_EACH], counts[CUP_WARPS];
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        place[i] = cup_at<CUP_EACH>(i);
        x[i] = p.in[base + (place[i] < n ? place[i] : n - 1)];
    }
    for (int pass = 0; pass < CUP_PASSES; pass++) {
        // What is not there is last, and stays so.
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) rank[i] = cup_at<CUP_EACH>(i) < n ? cup_digit(x[i], pass) : 255;
        const unsigned sum = cup_rank_warps<8>(rank, counts, ranks);
        cup_rank_tile(rank, sum, counts, ranks);
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) {
            words[rank[i]] = x[i];
            if (moves_places) moved[rank[i]] = (unsigned short)place[i];
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) {
            x[i] = words[cup_at<CUP_EACH>(i)];
            if (moves_places) place[i] = moved[cup_at<CUP_EACH>(i)];
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned at = cup_at<CUP_EACH>(i);
        if (at >= n) continue;
        if (p.out) p.out[base + at] = x[i];
        if (moves_places) p.places[base + at] = place[i];
    }
}
