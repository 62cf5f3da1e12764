// One digit of the elements that stand at given places of sorted long rows, the highest digit first: counts it among the
// elements that have the digits found so far; the last block of a row finds where the places fall. `counts` and `done`
// are zero before and afterwards.
struct Params {
    const word_t* in;
    word_t* out;
    CupChoice* choices;
    count_t* counts;
    unsigned* done;
    cup_u64 n, blocks, pass, n_ranks, aligned, width, first, ranks[CUP_RANKS];
};
constexpr int VECTOR = 16 / (int)sizeof(word_t), BATCH = VECTOR > 4 ? 16 / VECTOR : 4;

extern "C" __global__ void __launch_bounds__(256, 4) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ unsigned own[CUP_RANKS * 256];
    __shared__ count_t warps[CUP_WARPS];
    __shared__ cup_u64 prefixes[CUP_RANKS];
    __shared__ unsigned group_of[CUP_RANKS], shared_groups, is_last;
    const unsigned t = threadIdx.x;
    const int pass = (int)p.pass;
    const bool is_first = pass == CUP_PASSES - 1;
    const cup_u64 row = blockIdx.x / p.blocks, part = blockIdx.x % p.blocks, step = p.blocks * 256;
    const word_t* const in = p.in + row * p.n;
    CupChoice* const choices = p.choices + row * p.n_ranks;
    // Places whose elements have the same digits so far are counted together. They ascend, so the digits do.
    if (t == 0) {
        unsigned groups = 0;
        for (unsigned k = 0; k < p.n_ranks; k++) {
            const cup_u64 key = is_first ? 0 : choices[k].key;
            if (groups == 0 || prefixes[groups - 1] != key) prefixes[groups++] = key;
            group_of[k] = groups - 1;
        }
        shared_groups = groups;
    }
    for (unsigned k = t; k < CUP_RANKS * 256; k += 256) own[k] = 0;
    __syncthreads();
    const unsigned groups = shared_groups;
    // Room that groups leave is for copies: then fewer threads add to the same number.
    unsigned shift = 0;
    while ((groups << (shift + 1)) <= CUP_RANKS && shift < 4) shift++;
    const unsigned copy = t & ((1u << shift) - 1);
    cup_u64 rest = 0;
    if (p.aligned) {
        const cup_u64 vectors = p.n / VECTOR;
        rest = vectors * VECTOR;
        for (cup_u64 v = part * 256 + t; v < vectors; v += BATCH * step) {
            word_t x[BATCH][VECTOR];
#pragma unroll
            for (int b = 0; b < BATCH; b++) {
                const cup_u64 at = v + b * step;
                cup_load_vector((const char*)(in + (at < vectors ? at : v) * VECTOR), x[b]);
            }
            for (unsigned g = 0; g < groups; g++) {
                const part_t prefix = (part_t)prefixes[g];
#pragma unroll
                for (int b = 0; b < BATCH; b++) {
                    if (v + b * step >= vectors) break;
#pragma unroll
                    for (int i = 0; i < VECTOR; i++) {
                        const cup_u64 key = cup_total(x[b][i]);
                        if (is_first || (part_t)(key >> (8 * (pass + 1))) == prefix)
                            atomicAdd(&own[((g * 256 + ((unsigned)(key >> (8 * pass)) & 255)) << shift) + copy], 1u);
                    }
                }
            }
        }
    }
    for (cup_u64 e = rest + part * 256 + t; e < p.n; e += step) {
        const cup_u64 key = cup_total(in[e]);
        for (unsigned g = 0; g < groups; g++)
            if (is_first || (part_t)(key >> (8 * (pass + 1))) == (part_t)prefixes[g])
                atomicAdd(&own[((g * 256 + ((unsigned)(key >> (8 * pass)) & 255)) << shift) + copy], 1u);
    }
    __syncthreads();
    count_t* const counts = p.counts + row * p.n_ranks * 256;
    for (unsigned g = 0; g < groups; g++) {
        unsigned sum = 0;
        for (unsigned c = 0; c < 1u << shift; c++) sum += own[((g * 256 + t) << shift) + c];
        if (sum) atomicAdd(&counts[g * 256 + t], (count_t)sum);
    }
    __threadfence();
    __syncthreads();
    if (t == 0) is_last = atomicAdd(&p.done[row], 1u) + 1 == p.blocks;
    __syncthreads();
    if (!is_last) return;
    __threadfence();
    for (unsigned k = 0; k < p.n_ranks; k++) {
        const unsigned g = group_of[k];
        const count_t count = *(volatile count_t*)&counts[g * 256 + t];
        const cup_u64 place = is_first ? p.ranks[k] : choices[k].rest;
        const count_t before = cup_before(count, warps);
        if (before <= place && place < (cup_u64)before + count) {
            const cup_u64 key = is_first ? t : prefixes[g] << 8 | t;
            choices[k].key = key;
            choices[k].rest = place - before;
            choices[k].less = p.ranks[k] - (place - before);
            choices[k].equal = count;
            if (pass == 0 && p.out) p.out[row * p.width + p.first + k] = (word_t)cup_back((part_t)key);
        }
        // The next round overwrites the sums of the warps.
        __syncthreads();
    }
    for (unsigned g = 0; g < groups; g++) counts[g * 256 + t] = 0;
    if (t == 0) p.done[row] = 0;
}
