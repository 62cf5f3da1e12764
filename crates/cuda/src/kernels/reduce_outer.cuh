// Reduces along axes that lie outside the innermost one: threads along x own CUP_LANES columns each, threads along y
// and blocks along y share the rows. Thread `t` of the `T` of a column takes the rows `t`, `t + T`, ....
static __device__ constexpr int cup_at_once(int n) { return n > 1 && n * (int)sizeof(acc_t) > 64 ? cup_at_once(n / 2) : n; }
// Lanes that are folded together: as many as 16 KB hold, since each round of them waits for all threads.
constexpr int CUP_AT_ONCE = cup_at_once(CUP_LANES);

// Folds what the threads of a column have, neighbours first, into what the first of them has.
static __device__ __forceinline__ void cup_fold_rows(acc_t (&acc)[CUP_LANES], acc_t* shared) {
    const unsigned across = blockDim.x, down = blockDim.y, t = threadIdx.y * across + threadIdx.x;
    const unsigned width = across * CUP_AT_ONCE, log_width = 31 - __clz(width);
#pragma unroll
    for (int c0 = 0; c0 < CUP_LANES; c0 += CUP_AT_ONCE) {
        __syncthreads();
#pragma unroll
        for (int c = 0; c < CUP_AT_ONCE; c++) shared[(threadIdx.y * CUP_AT_ONCE + c) * across + threadIdx.x] = acc[c0 + c];
        for (unsigned distance = 1; distance < down; distance *= 2) {
            __syncthreads();
            // All threads share the pairs of a level.
            for (unsigned i = t; i < width * (down / (2 * distance)); i += 256) {
                acc_t* const first = shared + (i >> log_width) * 2 * distance * width + (i & (width - 1));
                *first = cup_combine(*first, first[distance * width]);
            }
        }
        __syncthreads();
        if (threadIdx.y == 0) {
#pragma unroll
            for (int c = 0; c < CUP_AT_ONCE; c++) acc[c0 + c] = shared[c * across + threadIdx.x];
        }
    }
}

template <class A> static __device__ __forceinline__ void cup_take(A (&acc)[CUP_LANES], const Params& p, const CupLanes& x, cup_u64 r) {
#pragma unroll
    for (int c = 0; c < CUP_LANES; c++) cup_add(acc[c], cup_lift(cup_map(p, x, c), (long long)r));
}

// Columns whose elements are loaded together: the rows from `r` on.
static __device__ __forceinline__ void cup_take_together(acc_t (&acc)[CUP_LANES], const Params& p, cup_u64 column, unsigned valid, cup_u64 r, cup_u64 step) {
    const cup_u64 n = p.n_reduced;
    long long kept[CUP_OPERANDS], out;
    cup_kept(p, column, kept, out);
#ifdef CUP_PLACE
    // The first row stands in the accumulators, so that there is none without a place.
    if (n > 0) {
        CupLoaded loaded;
        loaded.load(p, CupWalk(p, kept, 0, 0), valid);
        const CupLanes first = loaded.lanes(p);
#pragma unroll
        for (int c = 0; c < CUP_LANES; c++) acc[c] = cup_lift(cup_map(p, first, c), 0);
    }
#endif
    CupWalk walk(p, kept, r, step);
    for (cup_u64 left = p.rounds + (r < n - p.rounds * step); left > 0;) {
        const unsigned count = left < CUP_SEGMENT ? (unsigned)left : CUP_SEGMENT;
#if CUP_BRIEF
        // So many rows add up in fewer registers.
        static_assert(CUP_SEGMENT <= CUP_BRIEF, "the elements that 32 bits hold");
        brief_t few[CUP_LANES] = {};
#else
        acc_t (&few)[CUP_LANES] = acc;
#endif
        // Each row's place in registers is loaded again as soon as it is consumed: CUP_UNROLL loads stay in flight.
        CupLoaded x[CUP_UNROLL];
#pragma unroll
        for (unsigned u = 0; u < CUP_UNROLL; u++) {
            if (u < count) x[u].load(p, walk, valid);
            walk.next();
        }
        for (unsigned i = 0; i < count; i += CUP_UNROLL) {
#pragma unroll
            for (unsigned u = 0; u < CUP_UNROLL; u++) {
                if (i + u < count) cup_take(few, p, x[u].lanes(p), r + (i + u) * step);
                if (i + u + CUP_UNROLL < count) x[u].load(p, walk, valid);
                walk.next();
            }
        }
#if CUP_BRIEF
#pragma unroll
        for (int c = 0; c < CUP_LANES; c++) cup_add(acc[c], (acc_t)few[c]);
#endif
        left -= count;
        r += count * step;
    }
}

extern "C" __global__ void __launch_bounds__(256, CUP_BLOCKS) CUP_ENTRY(CUP_PARAMS) {
    CUP_BEGIN
    alignas(16) __shared__ unsigned char cup_bytes[256 * CUP_AT_ONCE * sizeof(acc_t)];
    __shared__ bool cup_last;
    acc_t* const shared = (acc_t*)cup_bytes;

    const cup_u64 n = p.n_reduced;
#if CUP_SHIFTS
    // Rows of columns begin anywhere, each with a thread of its own: the last one of a row owns fewer columns.
    const unsigned across = 1;
    const cup_u64 length = p.kept[sizeof(p.kept) / sizeof(CupDiv) - 1].n, threads = (length + CUP_LANES - 1) / CUP_LANES;
    const cup_u64 thread = (cup_u64)blockIdx.x * blockDim.x + threadIdx.x;
    const cup_u64 row = CUP_WIDE ? thread / threads : (unsigned)thread / (unsigned)threads;
    const cup_u64 column = row * length + (thread - row * threads) * CUP_LANES, row_end = (row + 1) * length;
    const cup_u64 end = column >= p.n_kept ? p.n_kept : row_end < column + CUP_LANES ? row_end : column + CUP_LANES;
#else
    const unsigned across = p.vector ? 1 : blockDim.x;
    const cup_u64 column = (cup_u64)blockIdx.x * blockDim.x * CUP_LANES + (p.vector ? threadIdx.x * CUP_LANES : threadIdx.x), end = p.n_kept;
#endif
    const cup_u64 step = p.splits * blockDim.y;

    acc_t acc[CUP_LANES];
#pragma unroll
    for (int c = 0; c < CUP_LANES; c++) acc[c] = cup_neutral();
    if (column < p.n_kept) {
        cup_u64 r = (cup_u64)blockIdx.y * blockDim.y + threadIdx.y;
#if CUP_SHIFTS
        cup_take_together(acc, p, column, (unsigned)(end - column), r, step);
#else
        if (p.vector) {
            cup_take_together(acc, p, column, CUP_LANES, r, step);
        } else {
            long long kept[CUP_LANES][CUP_OPERANDS], out;
#pragma unroll
            for (int c = 0; c < CUP_LANES; c++) cup_kept(p, column + c * across < p.n_kept ? column + c * across : column, kept[c], out);
#ifdef CUP_PLACE
            if (n > 0) {
                CupLanes first;
#pragma unroll
                for (int c = 0; c < CUP_LANES; c++) {
                    long long at[CUP_OPERANDS];
                    cup_reduced(p, 0, kept[c], at);
                    cup_load_one(p, at, first, c);
                    acc[c] = cup_lift(cup_map(p, first, c), 0);
                }
            }
#endif
            for (; r < n; r += step) {
                CupLanes x;
#pragma unroll
                for (int c = 0; c < CUP_LANES; c++) {
                    long long at[CUP_OPERANDS];
                    cup_reduced(p, r, kept[c], at);
                    cup_load_one(p, at, x, c);
                }
                cup_take(acc, p, x, r);
            }
        }
#endif
    }
    if (blockDim.y > 1) cup_fold_rows(acc, shared);
    if (p.splits > 1) {
        // The block that finishes last folds what all have found, in the order of the splits.
        acc_t* const partial = (acc_t*)p.partial;
        if (threadIdx.y == 0) {
#pragma unroll
            for (int c = 0; c < CUP_LANES; c++) {
                if (column + c * across < end) partial[blockIdx.y * p.n_kept + column + c * across] = acc[c];
            }
        }
        __threadfence();
        __syncthreads();
        if (threadIdx.x == 0 && threadIdx.y == 0) {
            cup_last = atomicInc((unsigned*)p.tickets + blockIdx.x, (unsigned)p.splits - 1) == (unsigned)p.splits - 1;
        }
        __syncthreads();
        if (!cup_last) return;
        __threadfence();
#pragma unroll
        for (int c = 0; c < CUP_LANES; c++) acc[c] = cup_neutral();
        // A row of them at a time: loads that do not wait for each other.
#pragma unroll 2
        for (cup_u64 i = threadIdx.y; i < p.splits; i += blockDim.y) {
#pragma unroll
            for (int c = 0; c < CUP_LANES; c++) {
                if (column + c * across < end) acc[c] = cup_combine(acc[c], partial[i * p.n_kept + column + c * across]);
            }
        }
        cup_fold_rows(acc, shared);
    }
    if (threadIdx.y == 0) {
#pragma unroll
        for (int c = 0; c < CUP_LANES; c++) {
            if (column + c * across < end) {
                long long kept[CUP_OPERANDS], out;
                cup_kept(p, column + c * across, kept, out);
                cup_finish(p.out + out, n == 0 ? cup_neutral() : acc[c], (long long)n);
            }
        }
    }
}
