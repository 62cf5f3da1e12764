// Scans short lines, a warp each, or several to a warp.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const unsigned width = (unsigned)p.group, log_width = 31 - __clz(width), lane = threadIdx.x & (width - 1);
    const cup_u64 begin = (cup_u64)blockIdx.x * (256 >> log_width), own = begin + (threadIdx.x >> log_width), n = p.n;
    // Whole warps leave together; threads without a line read another's and write nothing.
    if (begin + (threadIdx.x / 32 * 32 >> log_width) >= p.n_lines) return;
    const bool live = own < p.n_lines;
    long long in_at, out_at;
    cup_line(p, live ? own : 0, in_at, out_at);
    const char* const in = p.in + in_at;
    char* const out = p.out + out_at;
    acc_t carry = cup_neutral();
    // Lines that share a warp have one round.
    for (cup_u64 first = 0; first < n; first += width * CUP_LANES) {
        const cup_u64 e = first + lane * CUP_LANES;
        in_t x[CUP_LANES];
        if (p.vector_in && e + CUP_LANES <= n) cup_load_lanes(in + e * sizeof(in_t), (unsigned)p.vector_in, x);
        else {
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) x[i] = e + i < n ? *(const in_t*)(in + (long long)(e + i) * p.in_step) : in_t();
        }
        acc_t a[CUP_LANES];
#pragma unroll
        for (int i = 0; i < CUP_LANES; i++) {
            a[i] = e + i < n ? cup_lift(x[i], (long long)(e + i)) : cup_neutral();
            if (i > 0) a[i] = cup_combine(a[i - 1], a[i]);
        }
        acc_t upto = a[CUP_LANES - 1];
        for (int distance = 1; distance < (int)width; distance *= 2) {
            const acc_t b = cup_shuffle_up(upto, distance);
            if ((int)lane >= distance) upto = cup_combine(b, upto);
        }
        const acc_t before = cup_shuffle_up(upto, 1);
        const acc_t lead = lane > 0 ? cup_combine(carry, before) : carry;
        out_t y[CUP_LANES];
#pragma unroll
        for (int i = 0; i < CUP_LANES; i++) y[i] = cup_finish(cup_combine(lead, a[i]), (long long)(e + i + 1));
        if (live) {
            if (p.vector_out && e + CUP_LANES <= n) cup_store_lanes(out + e * sizeof(out_t), (unsigned)p.vector_out, y);
            else {
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) if (e + i < n) *(out_t*)(out + (long long)(e + i) * p.out_step) = y[i];
            }
        }
        carry = cup_combine(carry, cup_shuffle_last(upto));
    }
}
