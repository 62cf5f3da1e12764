// Reduces along an axis that is innermost: 1 to 32 neighbouring threads per row, a block, or several blocks.
//
// Thread `t` of the `T` threads of a row takes the vectors `t`, `t + T`, ... of CUP_LANES elements each; lane `l` goes
// to accumulator `l % CUP_ACCUMULATORS`. That fixes the order, however the elements are loaded.
#ifndef CUP_DONE
#define CUP_DONE(acc) false
#endif
template <class A> static __device__ __forceinline__ void cup_take(A (&acc)[CUP_ACCUMULATORS], const Params& p, const CupLanes& x, cup_u64 first, int n) {
#pragma unroll
    for (int l = 0; l < CUP_LANES; l++) {
        if (l < n) cup_add(acc[l % CUP_ACCUMULATORS], cup_lift(cup_map(p, x, l), (long long)(first + l)));
    }
}

extern "C" __global__ void __launch_bounds__(256, CUP_BLOCKS) CUP_ENTRY(CUP_PARAMS) {
    CUP_BEGIN
    alignas(16) __shared__ unsigned char cup_bytes[8 * sizeof(acc_t)];
    __shared__ bool cup_last;
    acc_t* const shared = (acc_t*)cup_bytes;

    const int log_group = (int)p.log_group;
    const cup_u64 row = (cup_u64)blockIdx.x * (256u >> log_group) + (threadIdx.x >> log_group);
    const unsigned lane = threadIdx.x & ((1u << log_group) - 1);
    const bool live = row < p.n_kept;
    const cup_u64 n = p.n_reduced;

    acc_t acc[CUP_ACCUMULATORS];
#pragma unroll
    for (int i = 0; i < CUP_ACCUMULATORS; i++) acc[i] = cup_neutral();
    long long kept[CUP_OPERANDS], out = 0;
    if (live) {
        cup_kept(p, row, kept, out);
#ifdef CUP_PLACE
        // The row's first element stands in all accumulators, so that there is none without a place.
        if (n > 0) {
            CupLanes x;
            long long at[CUP_OPERANDS];
            cup_reduced(p, 0, kept, at);
            cup_load_one(p, at, x, 0);
#pragma unroll
            for (int i = 0; i < CUP_ACCUMULATORS; i++) acc[i] = cup_lift(cup_map(p, x, 0), 0);
        }
#endif
        const cup_u64 step = p.splits << log_group;
        cup_u64 v = ((cup_u64)blockIdx.y << log_group) + lane;
        if (p.vector) {
            const cup_u64 whole = n / CUP_LANES;
            CupWalk walk(p, kept, v * CUP_LANES, step * CUP_LANES);
            for (cup_u64 left = p.rounds + (v < whole - p.rounds * step); left > 0 && !CUP_DONE(acc);) {
                const unsigned count = left < CUP_SEGMENT ? (unsigned)left : CUP_SEGMENT;
#if CUP_BRIEF
                // So many vectors add up in fewer registers.
                static_assert(CUP_SEGMENT * CUP_LANES / CUP_ACCUMULATORS <= CUP_BRIEF, "the elements that 32 bits hold");
                brief_t few[CUP_ACCUMULATORS] = {};
#else
                acc_t (&few)[CUP_ACCUMULATORS] = acc;
#endif
                // Each vector's place in registers is loaded again as soon as it is consumed: CUP_UNROLL loads stay in
                // flight. (Where a round loads first and then consumes, the compiler interleaves the two to save registers.)
                CupLoaded x[CUP_UNROLL];
#pragma unroll
                for (unsigned u = 0; u < CUP_UNROLL; u++) {
                    if (u < count) x[u].load(p, walk, CUP_LANES);
                    walk.next();
                }
                for (unsigned i = 0; i < count && !CUP_DONE(acc); i += CUP_UNROLL) {
#pragma unroll
                    for (unsigned u = 0; u < CUP_UNROLL; u++) {
                        if (i + u < count) cup_take(few, p, x[u].lanes(p), (v + (i + u) * step) * CUP_LANES, CUP_LANES);
                        if (i + u + CUP_UNROLL < count) x[u].load(p, walk, CUP_LANES);
                        walk.next();
                    }
                }
#if CUP_BRIEF
#pragma unroll
                for (int i = 0; i < CUP_ACCUMULATORS; i++) cup_add(acc[i], (acc_t)few[i]);
#endif
                left -= count;
                v += count * step;
            }
            // One vector at most is not whole.
            const cup_u64 tail = whole * CUP_LANES < n && whole % step == ((cup_u64)blockIdx.y << log_group) + lane ? whole : whole + step;
            v = tail;
        }
        for (; v * CUP_LANES < n && !CUP_DONE(acc); v += step) {
            const cup_u64 first = v * CUP_LANES;
            const int count = n - first < CUP_LANES ? (int)(n - first) : CUP_LANES;
            CupLanes x;
#pragma unroll
            for (int l = 0; l < CUP_LANES; l++) {
                long long at[CUP_OPERANDS];
                cup_reduced(p, first + (l < count ? l : 0), kept, at);
                cup_load_one(p, at, x, l);
            }
            cup_take(acc, p, x, first, count);
        }
    }
    acc_t a = acc[0];
#pragma unroll
    for (int i = 1; i < CUP_ACCUMULATORS; i++) a = cup_combine(a, acc[i]);

    if (log_group <= 5) a = cup_fold_lanes(a, 1 << log_group);
    else a = cup_fold_block(a, shared);
    if (p.splits > 1) {
        // The block that finishes last folds what all have found, in the order of the splits.
        acc_t* const partial = (acc_t*)p.partial + row * p.splits;
        if (threadIdx.x == 0) {
            partial[blockIdx.y] = a;
            __threadfence();
            cup_last = atomicInc((unsigned*)p.tickets + blockIdx.x, (unsigned)p.splits - 1) == (unsigned)p.splits - 1;
        }
        __syncthreads();
        if (!cup_last) return;
        __threadfence();
        a = cup_neutral();
        for (cup_u64 i = threadIdx.x; i < p.splits; i += 256) a = cup_combine(a, partial[i]);
        a = cup_fold_block(a, shared);
    }
    if (live && lane == 0) cup_finish(p.out + out, n == 0 ? cup_neutral() : a, (long long)n);
}
