// Copies the elements that indices choose: all indices, then all elements are read before any is written.
extern "C" __global__ void __launch_bounds__(CUP_THREADS) CUP_ENTRY(CUP_PARAMS) {
    CUP_BEGIN
    const cup_index n = (cup_index)p.n, first = (cup_index)blockIdx.x * (CUP_LANES * CUP_THREADS) + threadIdx.x;
    if (first >= n) return;
    long long from[CUP_LANES];
    cup_offset to[CUP_LANES];
    bool wanted[CUP_LANES];
    word_t x[CUP_LANES];
    // Past the end the first element is read again: loads without branches overlap.
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) {
        const cup_index e = first + l * CUP_THREADS;
        cup_offset at[CUP_INDICES + 1];
        cup_place(p, e < n ? e : first, from[l], to[l], at);
        const bool inside = cup_choose(p, at, from[l]);
        wanted[l] = e < n && (inside || p.mode != CUP_SKIP);
    }
    // An axis without elements has none to read.
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) x[l] = p.empty ? word_t() : *(const word_t*)(p.array + from[l]);
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) if (wanted[l]) *(word_t*)(p.other + to[l]) = x[l];
}
