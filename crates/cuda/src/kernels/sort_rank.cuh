// Where the items of a tile go by one digit, those of equal digits in their order. The order of a tile: warps, items of
// a thread, lanes. 256 threads, 256 digits.
constexpr int CUP_WARPS = 8;
struct CupRanks {
    unsigned counts[CUP_WARPS][256], warps[CUP_WARPS];
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
// The lanes that have the same bit as this one.
static __device__ __forceinline__ unsigned cup_agreeing(unsigned x, unsigned bit) {
    unsigned vote;
#ifdef __CUDA_ARCH__
    // Half as many instructions as what the compiler makes of the other.
    asm volatile("{\n.reg .pred p;\nand.b32 %0, %1, %2;\nsetp.ne.u32 p, %0, 0;\nvote.sync.ballot.b32 %0, p, 0xffffffff;\n@!p not.b32 %0, %0;\n}"
                 : "=&r"(vote) : "r"(x), "r"(bit));
#else
    vote = __ballot_sync(0xffffffffu, (x & bit) != 0);
    if (!(x & bit)) vote = ~vote;
#endif
    return vote;
}
// Ranks among the items of a warp by digits of so many bits: `rank` has digits before, afterwards what lies in front of
// them from bit 8 on. Gives how many items of the tile have the digit of this thread's number; `counts` tells the warps'.
template <int BITS, int EACH> static __device__ __forceinline__ unsigned cup_rank_warps(unsigned (&rank)[EACH], unsigned (&counts)[CUP_WARPS], CupRanks& s) {
    const unsigned t = threadIdx.x, warp = t / 32, lane = t % 32;
    unsigned* const own = s.counts[warp];
#pragma unroll
    for (int k = 0; k < 256; k += 32) own[k + lane] = 0;
    __syncwarp();
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        const unsigned digit = rank[i];
        // The lanes with the same digit: those that agree in every bit.
        unsigned peers = 0xffffffffu;
#pragma unroll
        for (int b = 0; b < BITS; b++) {
            peers &= cup_agreeing(digit, 1u << b);
        }
        const unsigned before = own[digit];
        __syncwarp();
        if (peers >> lane == 1) own[digit] = before + __popc(peers);
        __syncwarp();
        rank[i] = digit | (before + __popc(peers & ((1u << lane) - 1))) << 8;
    }
    __syncthreads();
    unsigned sum = 0;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) {
        counts[w] = s.counts[w][t];
        sum += counts[w];
    }
    return sum;
}
// Then what has smaller digits, and what lies in the warps before: `rank` are places in the tile afterwards. Gives how
// many items of the tile have smaller digits than this thread's number.
template <int EACH> static __device__ __forceinline__ unsigned cup_rank_tile(unsigned (&rank)[EACH], unsigned sum, const unsigned (&counts)[CUP_WARPS], CupRanks& s) {
    const unsigned start = cup_before(sum, s.warps);
    unsigned before = start;
#pragma unroll
    for (int w = 0; w < CUP_WARPS; w++) {
        s.counts[w][threadIdx.x] = before;
        before += counts[w];
    }
    __syncthreads();
    const unsigned* const own = s.counts[threadIdx.x / 32];
#pragma unroll
    for (int i = 0; i < EACH; i++) rank[i] = (rank[i] >> 8) + own[rank[i] & 255];
    return start;
}
