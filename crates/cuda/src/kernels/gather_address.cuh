// Where the elements of a launch lie: strides, and indices times steps.
// An index outside its axis is told to the host, once: the first to take the lock writes, the flag last.
static __device__ __noinline__ void cup_report(const Params& p, const int k, const long long i) {
    if (*(volatile unsigned*)p.lock || atomicExch(p.lock, 1u)) return;
    volatile CupFault* const fault = p.fault;
    fault->index = i;
    fault->len = p.len[k];
    fault->axis = p.axis[k];
    __threadfence_system();
    fault->flag = 1;
}
// The offsets of element `rest` but for its indices, and those of the indices themselves.
static __device__ __forceinline__ void cup_place(
    const Params& p, cup_index rest, long long& array, cup_offset& other, cup_offset (&at)[CUP_INDICES + 1]
) {
    array = 0;
    other = 0;
#pragma unroll
    for (int k = 0; k < CUP_INDICES; k++) at[k] = 0;
#pragma unroll
    for (int d = CUP_AXES - 1; d >= 0; d--) {
        const cup_index above = d > 0 ? CUP_DIVIDE(rest, p.axes[d]) : 0;
        const cup_index i = rest - above * (cup_index)p.axes[d].n;
        rest = above;
        array += (long long)i * p.from[d];
        other += (cup_offset)i * (cup_offset)p.to[d];
#pragma unroll
        for (int k = 0; k < CUP_INDICES; k++) at[k] += (cup_offset)i * (cup_offset)p.at[k][d];
    }
}
// Adds what the indices stand for; whether all of them are inside their axes.
static __device__ __forceinline__ bool cup_choose(const Params& p, const cup_offset (&at)[CUP_INDICES + 1], long long& array) {
    bool inside = true;
#pragma unroll
    for (int k = 0; k < CUP_INDICES; k++) {
        const char* const from = p.index[k] + at[k];
        const long long given = p.narrow[k] ? (long long)*(const int*)from : *(const long long*)from;
        const long long n = (long long)p.len[k];
        long long i = given;
        if (p.mode == CUP_WRAP) {
            i %= n;
            if (i < 0) i += n;
        } else if (p.mode == CUP_CLIP) {
            i = i < 0 ? 0 : i >= n ? n - 1 : i;
        } else {
            if (i < 0) i += n;
            if (i < 0 || i >= n) {
                if (p.mode == CUP_RAISE) cup_report(p, k, given);
                inside = false;
                i = 0;
            }
        }
        array += i * p.step[k];
    }
    return inside;
}
