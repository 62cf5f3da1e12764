// Scans lines that lie side by side: threads along x own a line each, threads along y CUP_ROWS neighbouring elements
// of it. Several blocks that share long lines form a chain.
// Blocks that wait for others leave room for blocks that load.
#define CUP_BLOCKS (CUP_SLOT > 1 ? 3 : 4)
extern "C" __global__ void __launch_bounds__(256, CUP_BLOCKS) CUP_ENTRY(const __grid_constant__ Params p) {
    alignas(16) __shared__ unsigned char cup_bytes[256 * sizeof(acc_t)];
    acc_t* const shared = (acc_t*)cup_bytes;
    const unsigned across = blockDim.x, down = blockDim.y, x = threadIdx.x, y = threadIdx.y;
    const bool chained = p.chunks > 1;
    unsigned beside = blockIdx.x, part = 0;
    if (chained) {
        const unsigned number = cup_number(p);
        part = number / (unsigned)p.beside;
        beside = number - part * (unsigned)p.beside;
    }
    const cup_u64 own = (cup_u64)beside * across + x, n = p.n;
    const bool live = own < p.n_lines;
    long long in_at, out_at;
    // Threads without a line read another's and write nothing.
    cup_line(p, live ? own : 0, in_at, out_at);
    const char* const in = p.in + in_at;
    char* const out = p.out + out_at;
    const cup_u64 begin = part * p.chunk, end = n - begin < p.chunk ? n : begin + p.chunk;

    acc_t carry = cup_neutral();
    for (cup_u64 tile = begin; tile < end; tile += CUP_ROWS * down) {
        const cup_u64 first = tile + y * CUP_ROWS;
        const unsigned count = first >= end ? 0 : end - first < CUP_ROWS ? (unsigned)(end - first) : CUP_ROWS;
        // Past the end the last element is loaded again: loads without branches overlap.
        const char* from = in + (long long)(count > 0 ? first : end - 1) * p.in_step;
        in_t value[CUP_ROWS];
#pragma unroll
        for (int i = 0; i < CUP_ROWS; i++) {
            value[i] = *(const in_t*)from;
            if (i + 1 < count) from += p.in_step;
        }
        acc_t a[CUP_ROWS];
#pragma unroll
        for (int i = 0; i < CUP_ROWS; i++) {
            a[i] = i < count ? cup_lift(value[i], (long long)(first + i)) : cup_neutral();
            if (i > 0) a[i] = cup_combine(a[i - 1], a[i]);
        }
        // What the threads above have, and what all have.
        acc_t above = cup_neutral(), all = cup_neutral();
        if (down > 1) {
            shared[y * across + x] = a[CUP_ROWS - 1];
            __syncthreads();
            for (unsigned i = 0; i < down; i++) {
                if (i == y) above = all;
                all = cup_combine(all, shared[i * across + x]);
            }
            __syncthreads();
        } else all = cup_combine(all, a[CUP_ROWS - 1]);
        if (chained) {
            unsigned* const marks = (unsigned*)p.state + 4;
            unsigned* const values = (unsigned*)(p.state + p.values) + x * CUP_SLOT;
            const unsigned stride = across * CUP_SLOT;
            cup_u64 mark = cup_mark(p, beside, 0, part);
            if (y == 0) {
                cup_write(values + mark * stride, all);
                __threadfence();
            }
            __syncthreads();
            if (x == 0 && y == 0) *(volatile unsigned*)(marks + mark) = 1;
            // Each level in its own threads: they wait for a mark each, then all read all values.
            const unsigned place = y == 0 ? part : y == 1 ? part / CUP_GROUP : part / (CUP_GROUP * CUP_GROUP);
            const unsigned among = y < 2 ? place % CUP_GROUP : place;
            if (y < 3) {
                mark = cup_mark(p, beside, y, place - among);
                for (unsigned i = x; i < among; i += across) cup_wait(marks + mark + i);
            }
            __syncthreads();
            if (y < 3) {
                acc_t before = cup_neutral();
#pragma unroll 4
                for (unsigned i = 0; i < among; i++) before = cup_combine(before, cup_read(values + (mark + i) * stride));
                shared[y * across + x] = before;
            }
            __syncthreads();
            // Whoever ends a group leaves its total, and maybe that of its groups.
            acc_t whole = cup_combine(shared[x], all);
            bool ends = (part + 1) % CUP_GROUP == 0;
            for (unsigned level = 1; level < 3 && ends; level++) {
                mark = cup_mark(p, beside, level, level == 1 ? part / CUP_GROUP : part / (CUP_GROUP * CUP_GROUP));
                if (y == 0) {
                    cup_write(values + mark * stride, whole);
                    __threadfence();
                }
                __syncthreads();
                if (x == 0 && y == 0) *(volatile unsigned*)(marks + mark) = 1;
                whole = cup_combine(shared[across + x], whole);
                ends = (part + 1) % (CUP_GROUP * CUP_GROUP) == 0;
            }
            carry = cup_combine(shared[2 * across + x], cup_combine(shared[across + x], shared[x]));
        }
        const acc_t lead = cup_combine(carry, above);
        if (live) {
            char* to = out + (long long)first * p.out_step;
#pragma unroll
            for (int i = 0; i < CUP_ROWS; i++) {
                if (i < count) *(out_t*)to = cup_finish(cup_combine(lead, a[i]), (long long)(first + i + 1));
                to += p.out_step;
            }
        }
        carry = cup_combine(carry, all);
    }
}
