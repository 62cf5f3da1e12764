// How often numbers occur. Few of them are counted in shared memory first. Sums of integers do not depend on the order.
struct Params {
    const long long* numbers;
    cup_u64* out;
    cup_u64 n, bins;
};
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ unsigned own[CUP_BINS];
    const bool is_shared = p.bins <= CUP_BINS;
    if (is_shared) {
        for (unsigned k = threadIdx.x; k < p.bins; k += 256) own[k] = 0;
        __syncthreads();
    }
    const cup_u64 step = (cup_u64)gridDim.x * 256;
    for (cup_u64 e = (cup_u64)blockIdx.x * 256 + threadIdx.x; e < p.n; e += step) {
        const cup_u64 number = (cup_u64)p.numbers[e];
        if (number >= p.bins) continue;
        if (is_shared) atomicAdd(&own[number], 1u);
        else atomicAdd(&p.out[number], 1ull);
    }
    if (!is_shared) return;
    __syncthreads();
    for (unsigned k = threadIdx.x; k < p.bins; k += 256) if (own[k]) atomicAdd(&p.out[k], (cup_u64)own[k]);
}
