// Scans lines by tiles: a block per line, or a chain of blocks with a tile each. Element order in a tile: 4 slices,
// 256 threads, CUP_LANES elements.
static __device__ __forceinline__ acc_t cup_scan_warp(acc_t a) {
    for (int distance = 1; distance < 32; distance *= 2) {
        const acc_t b = cup_shuffle_up(a, distance);
        if ((int)(threadIdx.x % 32) >= distance) a = cup_combine(b, a);
    }
    return a;
}

// What lies before a part, whose total is `shared[31]`: three warps look at a level each.
static __device__ __forceinline__ acc_t cup_before(const Params& p, cup_u64 line, unsigned part, acc_t* shared) {
    unsigned* const marks = (unsigned*)p.state + 4;
    unsigned* const values = (unsigned*)(p.state + p.values);
    const unsigned level = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (level == 0) {
        if (lane == 0) {
            const cup_u64 mark = cup_mark(p, line, 0, part);
            cup_write(values + mark * CUP_SLOT, shared[31]);
            __threadfence();
            *(volatile unsigned*)(marks + mark) = 1;
        }
        __syncwarp();
    }
    if (level < 3) {
        const unsigned place = part >> (5 * level), among = level < 2 ? place % 32 : place;
        acc_t mine = cup_neutral();
        for (unsigned i = lane; i < among; i += 32) {
            const cup_u64 mark = cup_mark(p, line, level, place - among + i);
            cup_wait(marks + mark);
            mine = cup_combine(mine, cup_read(values + mark * CUP_SLOT));
        }
        __syncwarp();
        const acc_t before = cup_fold_lanes(mine, 32);
        if (lane == 0) shared[32 + level] = before;
        // Whoever ends a group leaves its total.
        if (level < 2 && ((part + 1) & ((1u << (5 * level + 5)) - 1)) == 0) {
            if (lane == 31) {
                const cup_u64 mark = cup_mark(p, line, level, place);
                cup_wait(marks + mark);
                mine = cup_read(values + mark * CUP_SLOT);
            }
            __syncwarp();
            const acc_t whole = cup_fold_lanes(mine, 32);
            if (lane == 0) {
                const cup_u64 mark = cup_mark(p, line, level + 1, place / 32);
                cup_write(values + mark * CUP_SLOT, whole);
                __threadfence();
                *(volatile unsigned*)(marks + mark) = 1;
            }
        }
    }
    __syncthreads();
    return cup_combine(shared[34], cup_combine(shared[33], shared[32]));
}

extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int SLICES = 4, SLICE = 256 * CUP_LANES, TILE = SLICES * SLICE;
    alignas(16) __shared__ unsigned char cup_bytes[35 * sizeof(acc_t)];
    acc_t* const shared = (acc_t*)cup_bytes;
    const unsigned t = threadIdx.x, warp = t / 32, lane = t % 32;

    const bool chained = p.chunks > 1;
    cup_u64 line = blockIdx.x;
    unsigned part = 0;
    if (chained) {
        const unsigned number = cup_number(p);
        part = number / (unsigned)p.beside;
        line = number - part * (unsigned)p.beside;
    }
    const cup_u64 n = p.n;
    long long in_at, out_at;
    cup_line(p, line, in_at, out_at);
    const char* const in = p.in + in_at;
    char* const out = p.out + out_at;
    const cup_u64 begin = part * p.chunk, end = n - begin < p.chunk ? n : begin + p.chunk;

    acc_t carry = cup_neutral();
    for (cup_u64 first = begin; first < end; first += TILE) {
        in_t x[SLICES][CUP_LANES];
#pragma unroll
        for (int q = 0; q < SLICES; q++) {
            const cup_u64 e = first + q * SLICE + t * CUP_LANES;
            if (p.vector_in && e + CUP_LANES <= end) cup_load_vector(in + e * sizeof(in_t), x[q]);
            else {
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) x[q][i] = e + i < end ? *(const in_t*)(in + (long long)(e + i) * p.in_step) : in_t();
            }
        }
        acc_t a[SLICES][CUP_LANES], before[SLICES];
#pragma unroll
        for (int q = 0; q < SLICES; q++) {
            const cup_u64 e = first + q * SLICE + t * CUP_LANES;
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) {
                a[q][i] = e + i < end ? cup_lift(x[q][i], (long long)(e + i)) : cup_neutral();
                if (i > 0) a[q][i] = cup_combine(a[q][i - 1], a[q][i]);
            }
            const acc_t upto = cup_scan_warp(a[q][CUP_LANES - 1]);
            before[q] = cup_shuffle_up(upto, 1);
            if (lane == 31) shared[q * 8 + warp] = upto;
        }
        __syncthreads();
        if (warp == 0) {
            // 4 slices of 8 warps are 32 totals: one warp scans them.
            const acc_t upto = cup_scan_warp(shared[lane]);
            __syncwarp();
            shared[lane] = upto;
        }
        __syncthreads();
        if (chained) carry = cup_before(p, line, part, shared);
#pragma unroll
        for (int q = 0; q < SLICES; q++) {
            const cup_u64 e = first + q * SLICE + t * CUP_LANES;
            acc_t lead = q * 8 + warp > 0 ? cup_combine(carry, shared[q * 8 + warp - 1]) : carry;
            if (lane > 0) lead = cup_combine(lead, before[q]);
            out_t y[CUP_LANES];
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) y[i] = cup_finish(cup_combine(lead, a[q][i]), (long long)(e + i + 1));
            if (p.vector_out && e + CUP_LANES <= end) cup_store_vector(out + e * sizeof(out_t), y);
            else {
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) if (e + i < end) *(out_t*)(out + (long long)(e + i) * p.out_step) = y[i];
            }
        }
        carry = cup_combine(carry, shared[31]);
        // The next tile overwrites the totals.
        __syncthreads();
    }
}
