// Writes sorted rows of bytes from how many of them are smaller than each.
struct Params {
    const count_t* starts;
    word_t* out;
    cup_u64 n, tiles, aligned;
};
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ count_t starts[256];
    const unsigned t = threadIdx.x;
    const cup_u64 row = blockIdx.x / p.tiles, first = (blockIdx.x % p.tiles) * 4096 + t * 16;
    starts[t] = p.starts[row * 256 + t];
    __syncthreads();
    if (first >= p.n) return;
    // The last digit that begins here or before.
    unsigned digit = 0;
#pragma unroll
    for (unsigned step = 128; step > 0; step /= 2) if (starts[digit + step] <= first) digit += step;
    word_t x[16];
#pragma unroll
    for (int i = 0; i < 16; i++) {
        while (digit < 255 && starts[digit + 1] <= first + i) digit++;
        x[i] = (word_t)cup_back((part_t)digit);
    }
    word_t* const out = p.out + row * p.n + first;
    if (p.aligned && first + 16 <= p.n) {
        cup_store_vector((char*)out, x);
    } else {
#pragma unroll
        for (int i = 0; i < 16; i++) if (first + i < p.n) out[i] = x[i];
    }
}
