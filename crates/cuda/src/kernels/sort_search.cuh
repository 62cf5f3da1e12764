// How many sorted elements lie in front of each value; with CUP_PRESENCE whether one is equal. Every `stride`-th element
// is held in shared memory: there the first steps are fast, of which each would touch a line of the cache for each lane.
struct Params {
    const word_t *sorted, *values;
#if CUP_PRESENCE
    bool* out;
#else
    long long* out;
#endif
    cup_u64 n, n_values, right, stride, n_pivots;
};
// Where a value goes among `n` elements from `first` on.
static __device__ __forceinline__ cup_u64 cup_find(const word_t* from, cup_u64 first, cup_u64 n, word_t wanted, bool right) {
    while (n > 0) {
        const cup_u64 half = n / 2;
        const word_t found = from[first + half];
        if (right ? !cup_less(wanted, found) : cup_less(found, wanted)) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ word_t pivots[CUP_PIVOTS];
    for (unsigned k = threadIdx.x; k < p.n_pivots; k += 256) pivots[k] = p.sorted[(k + 1) * p.stride - 1];
    __syncthreads();
    for (cup_u64 v = (cup_u64)blockIdx.x * 256 + threadIdx.x; v < p.n_values; v += (cup_u64)gridDim.x * 256) {
        const word_t wanted = p.values[v];
        // All up to the last pivot in front lie in front, and none from the next one on.
        const cup_u64 begin = cup_find(pivots, 0, p.n_pivots, wanted, p.right) * p.stride;
        const cup_u64 rest = p.n - begin < p.stride - 1 ? p.n - begin : p.stride - 1;
        const cup_u64 first = cup_find(p.sorted, begin, rest, wanted, p.right);
#if CUP_PRESENCE
        // What is not smaller is equal if it is not larger.
        p.out[v] = first < p.n && !cup_less(wanted, p.sorted[first]) && !cup_is_nan(wanted);
#else
        p.out[v] = (long long)first;
#endif
    }
}
