// Writes to the elements that indices choose; of several values for one element any one stays.
extern "C" __global__ void __launch_bounds__(CUP_THREADS) CUP_ENTRY(CUP_PARAMS) {
    CUP_BEGIN
    const cup_index n = (cup_index)p.n, first = (cup_index)blockIdx.x * (CUP_LANES * CUP_THREADS) + threadIdx.x;
    if (first >= n) return;
    long long to[CUP_LANES];
    bool wanted[CUP_LANES];
    value_t x[CUP_LANES];
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) {
        const cup_index e = first + l * CUP_THREADS;
        cup_offset from, at[CUP_INDICES + 1];
        cup_place(p, e < n ? e : first, to[l], from, at);
        wanted[l] = cup_choose(p, at, to[l]) && e < n;
        x[l] = cup_value(p, from);
    }
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) if (wanted[l]) cup_update(p, p.array + to[l], x[l]);
}
