// Scans lines by tiles: a block per line, or a chain of blocks with a tile each. Element order in a tile: 8 warps,
// CUP_SLICES slices, 32 lanes, CUP_LANES elements. Elements wait as they were loaded, which takes the fewest registers.
static __device__ __forceinline__ acc_t cup_scan_warp(acc_t a) {
    for (int distance = 1; distance < 32; distance *= 2) {
        const acc_t b = cup_shuffle_up(a, distance);
        if ((int)(threadIdx.x % 32) >= distance) a = cup_combine(b, a);
    }
    return a;
}

// What lies before a part: the groups of 256 parts before its own, then the parts of its own. Each thread looks at one
// of these and of those, so that whoever waits, waits for no more than the loads of another block.
static __device__ __forceinline__ acc_t cup_before(const Params& p, cup_u64 line, unsigned part, const acc_t& all, acc_t* shared) {
    const unsigned t = threadIdx.x, lane = t % 32, group = part / 256, among = part % 256;
    cup_u64* const near_by = (cup_u64*)(p.state + 16) + line * p.slots * CUP_SLOT;
    cup_u64* const groups = near_by + p.chunks * CUP_SLOT;
    if (t == 0) cup_post(near_by + (cup_u64)part * CUP_SLOT, all);
    const unsigned each = (group + 255) / 256, begin = t * each;
    const cup_u64* const from_near = near_by + (cup_u64)(part - among + t) * CUP_SLOT;
    const cup_u64* const from_far = groups + (cup_u64)begin * CUP_SLOT;
    acc_t near_acc = cup_neutral(), far_acc = cup_neutral();
    // Both are on their way before either is waited for.
    const bool has_near = t < among && cup_look(from_near, near_acc), has_far = begin < group && cup_look(from_far, far_acc);
    if (t < among && !has_near) near_acc = cup_receive(from_near);
    if (begin < group && !has_far) far_acc = cup_receive(from_far);
    for (unsigned i = begin + 1; i < begin + each && i < group; i++) far_acc = cup_combine(far_acc, cup_receive(groups + (cup_u64)i * CUP_SLOT));
    __syncwarp();
    near_acc = cup_fold_lanes(near_acc, 32);
    if (group > 0) far_acc = cup_fold_lanes(far_acc, 32);
    if (lane == 0) {
        shared[t / 32] = far_acc;
        shared[8 + t / 32] = near_acc;
    }
    __syncthreads();
    near_acc = shared[8];
    far_acc = shared[0];
#pragma unroll
    for (int i = 1; i < 8; i++) {
        near_acc = cup_combine(near_acc, shared[8 + i]);
        far_acc = cup_combine(far_acc, shared[i]);
    }
    // Whoever ends a group leaves its total.
    if (among == 255 && t == 0) cup_post(groups + (cup_u64)group * CUP_SLOT, cup_combine(near_acc, all));
    return cup_combine(far_acc, near_acc);
}

// The slices of a warp by words of so many bytes, as far as they are there whole.
template <int WORD> static __device__ __forceinline__ void cup_load_slices(const char* from, unsigned own, unsigned loaded, in_t (&x)[CUP_SLICES][CUP_LANES]) {
#pragma unroll
    for (int q = 0; q < CUP_SLICES; q++) {
        const unsigned k = own + q * 32 * CUP_LANES;
        if (k < loaded) cup_load_by<WORD>(from + k * sizeof(in_t), x[q]);
    }
}

extern "C" __global__ void __launch_bounds__(256, CUP_BLOCKS) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr unsigned SLICE = 32 * CUP_LANES, WARP = CUP_SLICES * SLICE, TILE = 8 * WARP;
    alignas(16) __shared__ unsigned char cup_bytes[(24 + 256 * CUP_SLICES) * sizeof(acc_t)];
    // What lies before each lane in its warp, except for the warp's first element, stands here to spare registers.
    acc_t* const shared = (acc_t*)cup_bytes;
    acc_t* const before = shared + 24 + threadIdx.x;
    const unsigned t = threadIdx.x, warp = t / 32, lane = t % 32, own = warp * WARP + lane * CUP_LANES;

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
        const unsigned count = end - first < TILE ? (unsigned)(end - first) : TILE;
        in_t x[CUP_SLICES][CUP_LANES];
        acc_t run = cup_neutral();
        const bool busy = warp * WARP < count;
        if (busy) {
            // Of what can be loaded by vectors, the last one may not be there whole.
            const unsigned loaded = p.vector_in ? count / CUP_LANES * CUP_LANES : 0;
#pragma unroll
            for (int q = 0; q < CUP_SLICES; q++) {
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) x[q][i] = in_t();
            }
            // A loop for each kind: where a load depends on a choice, it is waited for.
            const char* const from = in + first * sizeof(in_t);
            if (p.vector_in == 8) cup_load_slices<8>(from, own, loaded, x);
            else if (p.vector_in == 4) cup_load_slices<4>(from, own, loaded, x);
            else if (p.vector_in) cup_load_slices<16>(from, own, loaded, x);
            if (loaded < count) {
#pragma unroll
                for (int q = 0; q < CUP_SLICES; q++) {
#pragma unroll
                    for (int i = 0; i < CUP_LANES; i++) {
                        const unsigned k = own + q * SLICE + i;
                        if (k >= loaded && k < count) x[q][i] = *(const in_t*)(in + (long long)(first + k) * p.in_step);
                    }
                }
            }
            // Beyond the end is anything: only what lies there too looks at it.
#pragma unroll
            for (int q = 0; q < CUP_SLICES; q++) {
                acc_t a = cup_neutral();
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) {
                    const acc_t b = cup_lift(x[q][i], (long long)(first + own + q * SLICE + i));
                    a = i > 0 ? cup_combine(a, b) : b;
                }
                const acc_t upto = cup_scan_warp(a), left = cup_shuffle_up(upto, 1), whole = cup_shuffle_last(upto);
                before[256 * q] = q == 0 ? left : lane > 0 ? cup_combine(run, left) : run;
                run = q == 0 ? whole : cup_combine(run, whole);
            }
        }
        if (lane == 0) shared[warp] = run;
        __syncthreads();
        acc_t lead = cup_neutral(), all = shared[0];
#pragma unroll
        for (int w = 1; w < 8; w++) {
            if (w == (int)warp) lead = all;
            all = cup_combine(all, shared[w]);
        }
        if (chained) carry = cup_before(p, line, part, all, shared + 8);
        lead = warp > 0 ? cup_combine(carry, lead) : carry;
#pragma unroll
        for (int q = 0; q < CUP_SLICES; q++) {
            if (!busy) break;
            const acc_t base = q > 0 || lane > 0 ? cup_combine(lead, before[256 * q]) : lead;
            acc_t a = cup_neutral();
            out_t y[CUP_LANES];
#pragma unroll
            for (int i = 0; i < CUP_LANES; i++) {
                const cup_u64 e = first + own + q * SLICE + i;
                const acc_t b = cup_lift(x[q][i], (long long)e);
                a = i > 0 ? cup_combine(a, b) : b;
                y[i] = cup_finish(cup_combine(base, a), (long long)(e + 1));
            }
            if (p.vector_out && own + q * SLICE + CUP_LANES <= count) cup_store_lanes(out + (first + own + q * SLICE) * sizeof(out_t), (unsigned)p.vector_out, y);
            else {
#pragma unroll
                for (int i = 0; i < CUP_LANES; i++) {
                    const unsigned k = own + q * SLICE + i;
                    if (k < count) *(out_t*)(out + (long long)(first + k) * p.out_step) = y[i];
                }
            }
        }
        carry = cup_combine(carry, all);
        // The next tile overwrites the totals.
        __syncthreads();
    }
}
