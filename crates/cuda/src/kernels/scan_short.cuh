// Scans short lines that lie one after the other, a thread each: a block loads its lines as one stretch into shared memory,
// scans them there and stores them as one stretch. The order is that of the kernel for columns.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr unsigned SLOT = sizeof(in_t) > sizeof(out_t) ? sizeof(in_t) : sizeof(out_t), PER_WORD = SLOT < 4 ? 4 / SLOT : 1;
    alignas(16) __shared__ unsigned char cup_bytes[CUP_SHORT_BYTES];
    // Small elements stay as they lie, so that whole vectors come and go; else lines begin in different banks.
    constexpr bool RAW = sizeof(in_t) == sizeof(out_t) && sizeof(in_t) <= 2;
    const unsigned n = (unsigned)p.n, pitch = RAW ? n : ((n + PER_WORD - 1) / PER_WORD | 1) * PER_WORD, t = threadIdx.x;
    const cup_u64 line0 = (cup_u64)blockIdx.x * p.chunk;
    const unsigned n_lines = p.n_lines - line0 < p.chunk ? (unsigned)(p.n_lines - line0) : (unsigned)p.chunk, total = n_lines * n;
    const char* const in = p.in + (long long)(line0 * n) * (long long)sizeof(in_t);
    char* const out = p.out + (long long)(line0 * n) * (long long)sizeof(out_t);

    for (unsigned first = t * CUP_LANES; first < total; first += 256 * CUP_LANES) {
        in_t x[CUP_LANES];
        if (p.vector_in && first + CUP_LANES <= total) cup_load_lanes(in + first * sizeof(in_t), (unsigned)p.vector_in, x);
        else {
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) x[i] = first + i < total ? *(const in_t*)(in + (first + i) * sizeof(in_t)) : in_t();
        }
        if (RAW) {
            cup_store_lanes((char*)cup_bytes + first * SLOT, 16, x);
            continue;
        }
        const unsigned line = cup_divide32(first, p.length);
        unsigned e = first - line * n, place = line * pitch + e;
#pragma unroll
        for (int i = 0; i < CUP_LANES; i++) {
            if (first + i < total) *(in_t*)(cup_bytes + place * SLOT) = x[i];
            place++;
            if (++e == n) {
                e = 0;
                place += pitch - n;
            }
        }
    }
    __syncthreads();
    for (unsigned line = t; line < n_lines; line += 256) {
        unsigned char* at = cup_bytes + line * pitch * SLOT;
        acc_t a = cup_neutral();
        for (unsigned i = 0; i < n; i++) {
            const acc_t b = cup_lift(*(const in_t*)at, (long long)i);
            a = i > 0 ? cup_combine(a, b) : b;
            *(out_t*)at = cup_finish(cup_combine(cup_neutral(), a), (long long)(i + 1));
            at += SLOT;
        }
    }
    __syncthreads();
    for (unsigned first = t * CUP_LANES; first < total; first += 256 * CUP_LANES) {
        const unsigned line = cup_divide32(first, p.length);
        unsigned e = first - line * n, place = line * pitch + e;
        out_t y[CUP_LANES];
        if (RAW) cup_load_lanes((const char*)cup_bytes + first * SLOT, 16, y);
        else
#pragma unroll
        for (int i = 0; i < CUP_LANES; i++) {
            y[i] = first + i < total ? *(const out_t*)(cup_bytes + place * SLOT) : out_t();
            place++;
            if (++e == n) {
                e = 0;
                place += pitch - n;
            }
        }
        if (p.vector_out && first + CUP_LANES <= total) cup_store_lanes(out + first * sizeof(out_t), (unsigned)p.vector_out, y);
        else {
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) if (first + i < total) *(out_t*)(out + (first + i) * sizeof(out_t)) = y[i];
        }
    }
}
