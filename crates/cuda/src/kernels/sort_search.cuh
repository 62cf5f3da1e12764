// How many sorted elements lie in front of each value.
struct Params {
    const word_t *sorted, *values;
    long long* out;
    cup_u64 n, n_values, right;
};
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const cup_u64 v = (cup_u64)blockIdx.x * 256 + threadIdx.x;
    if (v >= p.n_values) return;
    const word_t wanted = p.values[v];
    cup_u64 first = 0;
    for (cup_u64 rest = p.n; rest > 0;) {
        const cup_u64 half = rest / 2;
        const word_t found = p.sorted[first + half];
        if (p.right ? !cup_less(wanted, found) : cup_less(found, wanted)) {
            first += half + 1;
            rest -= half + 1;
        } else {
            rest = half;
        }
    }
    p.out[v] = (long long)first;
}
