// Scans lines that lie side by side: threads along x own a line each, threads along y CUP_ROWS neighbouring elements
// of it, which wait as they were loaded. Several blocks that share long lines form a chain: parts of a group tell each
// other their totals, and the last of a group passes on what lies up to its end.
extern "C" __global__ void __launch_bounds__(256, CUP_BLOCKS) CUP_ENTRY(const __grid_constant__ Params p) {
    alignas(16) __shared__ unsigned char cup_bytes[256 * sizeof(acc_t)];
    acc_t* const shared = (acc_t*)cup_bytes;
    constexpr unsigned BATCH = CUP_SLOT < 4 ? 4 / CUP_SLOT : 1;
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
        in_t value[CUP_ROWS];
        const char* from = in + (long long)first * p.in_step;
        // Whole columns apart: where a load depends on a condition, the compiler makes each wait for the one before.
        if (count == CUP_ROWS) {
#pragma unroll
            for (int i = 0; i < CUP_ROWS; i++) {
                value[i] = *(const in_t*)from;
                from += p.in_step;
            }
        } else {
            // What lies past the end may be anything: only what lies there too looks at it.
#pragma unroll
            for (int i = 0; i < CUP_ROWS; i++) {
                value[i] = i < (int)count ? *(const in_t*)from : in_t();
                from += p.in_step;
            }
        }
        acc_t a = cup_neutral();
#pragma unroll
        for (int i = 0; i < CUP_ROWS; i++) {
            const acc_t b = cup_lift(value[i], (long long)(first + i));
            a = i > 0 ? cup_combine(a, b) : b;
        }
        // What the threads above have, and what all have.
        acc_t above = cup_neutral(), all = a;
        if (down > 1) {
            shared[y * across + x] = a;
            __syncthreads();
            all = shared[x];
            for (unsigned i = 1; i < down; i++) {
                if (i == y) above = all;
                all = cup_combine(all, shared[i * across + x]);
            }
            __syncthreads();
        }
        if (chained) {
            const unsigned size = (unsigned)p.group, group = part / size, among = part - group * size;
            const cup_u64 stride = (cup_u64)across * CUP_SLOT;
            cup_u64* const ends = (cup_u64*)(p.state + 16) + (beside * p.slots * across + x) * CUP_SLOT;
            acc_t near_acc = cup_neutral();
            if (size > 1) {
                cup_u64* const totals = ends + (p.slots - p.chunks) * stride;
                if (y == 0) cup_post(totals + part * stride, all);
                const unsigned each = (among + down - 1) / down, last = (y + 1) * each < among ? (y + 1) * each : among;
                for (unsigned i = y * each; i < last; i += BATCH) {
                    // As many are on their way before any is waited for.
                    acc_t some[BATCH];
                    bool come[BATCH];
#pragma unroll
                    for (unsigned j = 0; j < BATCH; j++) come[j] = i + j < last && cup_look(totals + (part - among + i + j) * stride, some[j]);
#pragma unroll
                    for (unsigned j = 0; j < BATCH; j++) {
                        if (i + j >= last) continue;
                        if (!come[j]) some[j] = cup_receive(totals + (part - among + i + j) * stride);
                        near_acc = cup_combine(near_acc, some[j]);
                    }
                }
                shared[y * across + x] = near_acc;
                __syncthreads();
                near_acc = shared[x];
                for (unsigned i = 1; i < down; i++) near_acc = cup_combine(near_acc, shared[i * across + x]);
                __syncthreads();
            }
            if (y == 0) {
                const acc_t far_acc = group > 0 ? cup_receive(ends + (group - 1) * stride) : cup_neutral();
                if (among + 1 == size) cup_post(ends + group * stride, cup_combine(far_acc, size > 1 ? cup_combine(near_acc, all) : all));
                shared[x] = cup_combine(far_acc, near_acc);
            }
            __syncthreads();
            carry = shared[x];
        }
        const acc_t lead = y > 0 ? cup_combine(carry, above) : carry;
        if (live) {
            char* to = out + (long long)first * p.out_step;
            a = cup_neutral();
#pragma unroll
            for (int i = 0; i < CUP_ROWS; i++) {
                const acc_t b = cup_lift(value[i], (long long)(first + i));
                a = i > 0 ? cup_combine(a, b) : b;
                if (i < (int)count) *(out_t*)to = cup_finish(cup_combine(lead, a), (long long)(first + i + 1));
                to += p.out_step;
            }
        }
        carry = cup_combine(carry, all);
    }
}
