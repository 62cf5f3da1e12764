// Where the items of a tile go by one digit, those of equal digits in their order. The order of a tile: warps, items of
// a thread, lanes. 256 threads, 256 digits.
constexpr int CUP_WARPS = 8;
struct CupRanks {
    unsigned counts[CUP_WARPS][256], starts[256], warps[CUP_WARPS];
};
// The place in a tile of a thread's item.
template <int EACH> static __device__ __forceinline__ unsigned cup_at(int i) {
    return threadIdx.x / 32 * (32 * EACH) + i * 32 + threadIdx.x % 32;
}
// The sum over the threads before this one.
template <class T> static __device__ __forceinline__ T cup_before(T x, T* warps) {
    const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    T upto = x;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        const T other = __shfl_up_sync(0xffffffffu, upto, distance);
        if ((int)lane >= distance) upto += other;
    }
    if (lane == 31) warps[warp] = upto;
    __syncthreads();
    T before = upto - x;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) if (w < (int)warp) before += warps[w];
    return before;
}
template <int EACH> static __device__ __forceinline__ void cup_rank(const unsigned (&digit)[EACH], unsigned (&rank)[EACH], CupRanks& s) {
    const unsigned t = threadIdx.x, warp = t / 32, lane = t % 32;
    unsigned* const own = s.counts[warp];
#pragma unroll
    for (int k = 0; k < 256; k += 32) own[k + lane] = 0;
    __syncwarp();
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        // The lanes with the same digit: those that agree in every bit.
        unsigned peers = 0xffffffffu;
#pragma unroll
        for (int b = 0; b < 8; b++) {
            const bool bit = digit[i] >> b & 1;
            const unsigned vote = __ballot_sync(0xffffffffu, bit);
            peers &= bit ? vote : ~vote;
        }
        const unsigned before = own[digit[i]];
        __syncwarp();
        if (peers >> lane == 1) own[digit[i]] = before + __popc(peers);
        __syncwarp();
        rank[i] = before + __popc(peers & ((1u << lane) - 1));
    }
    __syncthreads();
    // A thread for each digit: what lies in the warps before, then what has smaller digits.
    unsigned sum = 0;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) {
        const unsigned count = s.counts[w][t];
        s.counts[w][t] = sum;
        sum += count;
    }
    s.starts[t] = cup_before(sum, s.warps);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < EACH; i++) rank[i] += own[digit[i]] + s.starts[digit[i]];
}
