// Elements at the same places of all rows.
struct Params {
    const word_t* in;
    word_t* out;
    cup_u64 n, rows, width, first, count, places[16];
};
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const cup_u64 e = (cup_u64)blockIdx.x * 256 + threadIdx.x;
    if (e >= p.rows * p.count) return;
    const cup_u64 row = e / p.count, k = e % p.count;
    p.out[row * p.width + p.first + k] = p.in[row * p.n + p.places[k]];
}
