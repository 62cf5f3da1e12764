// How many sorted elements lie in front of each value; with CUP_PRESENCE whether one is equal. Every `stride`-th element
// is held in shared memory: there the first steps are fast, of which each would touch a line of the cache for each lane.
// A thread searches for CUP_SOUGHT values at once, step by step, so that as many loads are in flight.
struct Params {
    const word_t *sorted, *values;
#if CUP_PRESENCE
    bool* out;
#else
    long long* out;
#endif
    cup_u64 n, n_values, right, stride, n_pivots;
};
static __device__ __forceinline__ bool cup_passes(word_t found, word_t wanted, bool right) {
    return right ? !cup_less(wanted, found) : cup_less(found, wanted);
}
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ word_t pivots[CUP_PIVOTS];
    const unsigned n_pivots = (unsigned)p.n_pivots;
    for (unsigned k = threadIdx.x; k < n_pivots; k += 256) pivots[k] = p.sorted[(k + 1) * p.stride - 1];
    __syncthreads();
    const bool right = p.right;
    const cup_u64 jump = (cup_u64)gridDim.x * (256 * CUP_SOUGHT);
    for (cup_u64 v = (cup_u64)blockIdx.x * (256 * CUP_SOUGHT) + threadIdx.x; v < p.n_values; v += jump) {
        word_t wanted[CUP_SOUGHT];
        // Past the end the first one is sought again.
#pragma unroll
        for (int j = 0; j < CUP_SOUGHT; j++) wanted[j] = p.values[v + j * 256 < p.n_values ? v + j * 256 : v];
        // All up to the last pivot in front lie in front, and none from the next one on.
        unsigned low[CUP_SOUGHT], left = n_pivots;
#pragma unroll
        for (int j = 0; j < CUP_SOUGHT; j++) low[j] = 0;
        // The answer lies in `left + 1` places from `low` on, as many for all values.
        while (left > 0) {
            const unsigned half = (left + 1) / 2;
#pragma unroll
            for (int j = 0; j < CUP_SOUGHT; j++) if (cup_passes(pivots[low[j] + half - 1], wanted[j], right)) low[j] += half;
            left -= half;
        }
        cup_u64 first[CUP_SOUGHT], rest = p.stride - 1;
#pragma unroll
        for (int j = 0; j < CUP_SOUGHT; j++) first[j] = low[j] * p.stride;
        while (rest > 0) {
            const cup_u64 half = (rest + 1) / 2;
            word_t found[CUP_SOUGHT];
#pragma unroll
            for (int j = 0; j < CUP_SOUGHT; j++) {
                const cup_u64 at = first[j] + half - 1;
                found[j] = p.sorted[at < p.n ? at : p.n - 1];
            }
#pragma unroll
            for (int j = 0; j < CUP_SOUGHT; j++) if (first[j] + half <= p.n && cup_passes(found[j], wanted[j], right)) first[j] += half;
            rest -= half;
        }
#pragma unroll
        for (int j = 0; j < CUP_SOUGHT; j++) {
            const cup_u64 at = v + j * 256;
            if (at >= p.n_values) continue;
#if CUP_PRESENCE
            // What is not smaller is equal if it is not larger.
            p.out[at] = first[j] < p.n && !cup_less(wanted[j], p.sorted[first[j]]) && !cup_is_nan(wanted[j]);
#else
            p.out[at] = (long long)first[j];
#endif
        }
    }
}
