// Reduces short rows that lie one after the other: a block loads its rows as one stretch, whatever their length, and
// leaves in shared memory the map's values, or small elements as they were loaded. The order within a row is that of the
// kernel for inner axes.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(CUP_PARAMS) {
    CUP_BEGIN
    // What is stored by rows begins in different banks.
    constexpr unsigned PER_WORD = sizeof(place_t) < 4 ? 4 / (unsigned)sizeof(place_t) : 1, ROUNDS = 4;
    alignas(16) __shared__ unsigned char cup_bytes[(ROUNDS * 256 * CUP_LANES + (CUP_RAW ? CUP_LANES : 256 * 2 * PER_WORD)) * sizeof(place_t)];
    place_t* const shared = (place_t*)cup_bytes;

    const unsigned t = threadIdx.x, log_group = (unsigned)p.log_group, at_once = 256u >> log_group, n = (unsigned)p.n_reduced;
    const unsigned most = at_once * (unsigned)p.rounds, pitch = CUP_RAW ? n : ((n + PER_WORD - 1) / PER_WORD | 1) * PER_WORD;
    const cup_u64 row0 = (cup_u64)blockIdx.x * most;
    unsigned n_rows = p.n_kept - row0 < most ? (unsigned)(p.n_kept - row0) : most;
    // Where it comes from is hidden, so that it is not computed anew for each row.
    asm("" : "+r"(n_rows));
    const unsigned total = n_rows * n;
    long long kept[CUP_OPERANDS], at[CUP_OPERANDS], out;
    cup_kept(p, row0, kept, out);
    if (p.vector && total % CUP_LANES == 0) {
        CupLanes x[ROUNDS];
#pragma unroll
        for (int u = 0; u < ROUNDS; u++) {
            const unsigned first = (t + 256 * u) * CUP_LANES;
            if (first < total) {
                cup_stretch(p, first, kept, at);
                cup_load(p, at, x[u]);
            }
        }
#pragma unroll
        for (int u = 0; u < ROUNDS; u++) {
            const unsigned first = (t + 256 * u) * CUP_LANES;
            if (first >= total) continue;
#if CUP_RAW
            cup_store_vector((char*)(shared + first), x[u].CUP_RAW_LANES);
#else
            const unsigned row = cup_divide32(first, p.reduced[0]);
            unsigned column = first - row * n, place = row * pitch + column;
#pragma unroll
            for (int l = 0; l < CUP_LANES; l++) {
                shared[place++] = cup_map(p, x[u], l);
                if (++column == n) {
                    column = 0;
                    place += pitch - n;
                }
            }
#endif
        }
    } else {
        for (unsigned first = t; first < total; first += 256 * CUP_LANES) {
            CupLanes x;
#pragma unroll
            for (int l = 0; l < CUP_LANES; l++) {
                const unsigned e = first + 256 * l;
                cup_stretch(p, e < total ? e : first, kept, at);
                cup_load_one(p, at, x, l);
            }
#pragma unroll
            for (int l = 0; l < CUP_LANES; l++) {
                const unsigned e = first + 256 * l;
#if CUP_RAW
                if (e < total) shared[e] = x.CUP_RAW_LANES[l];
#else
                const unsigned row = cup_divide32(e, p.reduced[0]);
                if (e < total) shared[e + row * (pitch - n)] = cup_map(p, x, l);
#endif
            }
        }
    }
    __syncthreads();

    if (n <= CUP_ACCUMULATORS) {
        // The shortest: a thread each, and several rows at once, since little is to do for one.
        for (unsigned first_row = t; first_row < n_rows; first_row += 4 * 256) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                const unsigned row = first_row + 256 * k;
                if (row >= n_rows) break;
                const place_t* const values = shared + row * pitch;
                acc_t acc[CUP_ACCUMULATORS];
#pragma unroll
                for (int i = 0; i < CUP_ACCUMULATORS; i++) {
                    acc[i] = CUP_FIRST(values);
                    if (i < (int)n) cup_add(acc[i], cup_lift(cup_value(p, values[i]), (long long)i));
                    if (i > 0) acc[0] = cup_combine(acc[0], acc[i]);
                }
                cup_finish(p.out + out + (long long)row * p.to[0], acc[0], (long long)n);
            }
        }
        return;
    }
    const unsigned lane = t & ((1u << log_group) - 1);
    for (unsigned first_row = 0; first_row < n_rows; first_row += at_once) {
        const unsigned row = first_row + (t >> log_group);
        const bool live = row < n_rows;
        acc_t acc[CUP_ACCUMULATORS];
        if (live) {
            const place_t* const values = shared + row * pitch;
#pragma unroll
            for (int i = 0; i < CUP_ACCUMULATORS; i++) acc[i] = CUP_FIRST(values);
#if CUP_BRIEF
            // Rows are short enough for what takes fewer registers.
            brief_t few[CUP_ACCUMULATORS] = {};
#else
            acc_t (&few)[CUP_ACCUMULATORS] = acc;
#endif
            for (unsigned first = lane * CUP_LANES; first < n; first += CUP_LANES << log_group) {
                const int count = n - first < CUP_LANES ? (int)(n - first) : CUP_LANES;
#pragma unroll
                for (int l = 0; l < CUP_LANES; l += CUP_ACCUMULATORS) {
                    if (l >= count) continue;
                    // Words hold what lies there, and perhaps the begin of the next row, which is not looked at.
                    place_t some[CUP_ACCUMULATORS];
                    if (CUP_RAW && n % PER_WORD == 0) {
                        unsigned w[(CUP_ACCUMULATORS + PER_WORD - 1) / PER_WORD];
#pragma unroll
                        for (unsigned i = 0; i < sizeof(w) / 4; i++) w[i] = ((const unsigned*)(values + first + l))[i];
                        memcpy(some, w, sizeof(some));
                    } else {
#pragma unroll
                        for (int i = 0; i < CUP_ACCUMULATORS; i++) some[i] = values[first + l + i];
                    }
#pragma unroll
                    for (int i = 0; i < CUP_ACCUMULATORS; i++) {
                        if (l + i < count) cup_add(few[i], cup_lift(cup_value(p, some[i]), (long long)(first + l + i)));
                    }
                }
            }
#if CUP_BRIEF
#pragma unroll
            for (int i = 1; i < CUP_ACCUMULATORS; i++) few[0] += few[i];
            cup_add(acc[0], (acc_t)few[0]);
#endif
        } else {
#pragma unroll
            for (int i = 0; i < CUP_ACCUMULATORS; i++) acc[i] = cup_neutral();
        }
        acc_t a = acc[0];
#if !CUP_BRIEF
#pragma unroll
        for (int i = 1; i < CUP_ACCUMULATORS; i++) a = cup_combine(a, acc[i]);
#endif
        a = cup_fold_lanes(a, 1 << log_group);
        if (live && lane == 0) cup_finish(p.out + out + (long long)row * p.to[0], a, (long long)n);
    }
}
