// Counts the true elements of a tile, or writes down their places behind those of the tiles before.
struct Params {
    const unsigned char* mask;
    long long *totals, *out;
    cup_u64 n, room, aligned;
};
// Four bytes as four bits: which are not zero.
static __device__ __forceinline__ unsigned cup_truths(unsigned w) {
    return ((__vcmpne4(w, 0u) & 0x08040201u) * 0x01010101u) >> 24;
}
extern "C" __global__ void __launch_bounds__(CUP_THREADS) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int EACH = CUP_TILE / CUP_THREADS;
    static_assert(EACH == 16, "a thread takes one vector");
    __shared__ unsigned warps[CUP_THREADS / 32];
    __shared__ unsigned short found[CUP_TILE];
    const unsigned t = threadIdx.x, lane = t % 32, warp = t / 32;
    const cup_u64 tile = (cup_u64)blockIdx.x * CUP_TILE, first = tile + t * EACH;
    unsigned bits = 0;
    if (p.aligned && first + EACH <= p.n) {
        const uint4 v = *(const uint4*)(p.mask + first);
        bits = cup_truths(v.x) | cup_truths(v.y) << 4 | cup_truths(v.z) << 8 | cup_truths(v.w) << 12;
    } else {
#pragma unroll
        for (int i = 0; i < EACH; i++) if (first + i < p.n && p.mask[first + i]) bits |= 1u << i;
    }
    unsigned upto = __popc(bits);
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        const unsigned before = __shfl_up_sync(0xffffffffu, upto, distance);
        if ((int)lane >= distance) upto += before;
    }
    if (lane == 31) warps[warp] = upto;
    __syncthreads();
    unsigned count = 0, place = upto - __popc(bits);
#pragma unroll
    for (int w = 0; w < CUP_THREADS / 32; w++) {
        if (w < (int)warp) place += warps[w];
        count += warps[w];
    }
    if (!p.out) {
        if (t == 0) p.totals[blockIdx.x] = count;
        return;
    }
    for (; bits; bits &= bits - 1) found[place++] = (unsigned short)(t * EACH + __ffs(bits) - 1);
    __syncthreads();
    const cup_u64 begin = blockIdx.x ? (cup_u64)p.totals[blockIdx.x - 1] : 0;
    for (unsigned i = t; i < count; i += CUP_THREADS) if (begin + i < p.room) p.out[begin + i] = (long long)(tile + found[i]);
}
