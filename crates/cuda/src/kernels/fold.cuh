// Applies a row to the elements of each line one after the other: a thread per line, or per line and start.
static __device__ __forceinline__ val_t cup_stretch(const Params& p, val_t acc, const char* in, const char* mask, cup_u64 begin, cup_u64 end) {
    constexpr int AHEAD = 8;
    for (cup_u64 first = begin; first < end; first += AHEAD) {
        val_t x[AHEAD];
        bool counts[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            const cup_u64 e = first + i < end ? first + i : end - 1;
            x[i] = cup_get(in + (long long)e * p.in_step);
            counts[i] = mask == 0 || *(const unsigned char*)(mask + (long long)e * p.mask_step) != 0;
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            if (first + i < end && counts[i]) acc = cup_step(acc, x[i]);
        }
    }
    return acc;
}

extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const cup_u64 item = (cup_u64)blockIdx.x * 256 + threadIdx.x, n = p.n;
    if (item >= p.n_lines * p.n_starts) return;
    // Neighbouring threads have neighbouring lines.
    const cup_u64 start = item / p.n_lines, line = item - start * p.n_lines;
    long long in_at, out_at, mask_at;
    cup_line(p, line, in_at, out_at, mask_at);
    const char* const in = p.in + in_at;
    char* const out = p.out + out_at;
    const char* const mask = p.mask == 0 ? 0 : p.mask + mask_at;

    if (p.extent == 0) {
        val_t acc = cup_get(p.has_initial ? (const char*)p.initial : in);
        cup_put(out, cup_stretch(p, acc, in, mask, p.has_initial ? 0 : 1, n));
    } else if (p.extent == 1) {
        val_t acc = cup_get(in);
        cup_put(out, acc);
        for (cup_u64 e = 1; e < n; e++) {
            acc = cup_step(acc, cup_get(in + (long long)e * p.in_step));
            cup_put(out + (long long)e * p.out_step, acc);
        }
    } else {
        const cup_u64 begin = (cup_u64)p.starts[start];
        const cup_u64 next = start + 1 < p.n_starts ? (cup_u64)p.starts[start + 1] : n;
        const cup_u64 end = next > begin ? next : begin + 1;
        const val_t acc = cup_get(in + (long long)begin * p.in_step);
        cup_put(out + (long long)start * p.out_step, cup_stretch(p, acc, in, mask, begin + 1, end));
    }
}
