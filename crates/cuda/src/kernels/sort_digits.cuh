// Counts all digits of long rows in one reading; the last block of a row then plans its passes: where the items with
// each digit begin, and which passes would move nothing. `counts` and `done` are zero before.
struct Params {
    const word_t* in;
    count_t* counts;
    unsigned *done, *special, *plans;
    uint4* status;
    cup_u64 n, blocks, status_vectors, aligned;
};
constexpr int COPIES = CUP_PASSES <= 8 ? 4 : 1, VECTOR = 16 / (int)sizeof(word_t), BATCH = 2;

static __device__ __forceinline__ void cup_tally(word_t x, unsigned* own, unsigned copy, bool& special) {
    special = special || cup_is_special(x);
#pragma unroll
    for (int pass = 0; pass < CUP_PASSES; pass++) atomicAdd(&own[(pass * 256 + cup_digit(x, pass)) * COPIES + copy], 1u);
}
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ unsigned own[CUP_PASSES * 256 * COPIES];
    __shared__ count_t warps[CUP_WARPS];
    __shared__ unsigned uniform[CUP_PASSES], shared_special, is_last;
    const unsigned t = threadIdx.x, copy = t % COPIES;
    const cup_u64 row = blockIdx.x / p.blocks, part = blockIdx.x % p.blocks, step = p.blocks * 256;
    const word_t* const in = p.in + row * p.n;
    for (unsigned k = t; k < CUP_PASSES * 256 * COPIES; k += 256) own[k] = 0;
    if (t < CUP_PASSES) uniform[t] = 0;
    if (t == 0) shared_special = 0;
    // Nobody waits for these before the passes.
    for (cup_u64 k = (cup_u64)blockIdx.x * 256 + t; k < p.status_vectors; k += (cup_u64)gridDim.x * 256) p.status[k] = make_uint4(0, 0, 0, 0);
    __syncthreads();
    bool special = false;
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
#pragma unroll
            for (int b = 0; b < BATCH; b++) {
                if (v + b * step >= vectors) break;
#pragma unroll
                for (int i = 0; i < VECTOR; i++) cup_tally(x[b][i], own, copy, special);
            }
        }
    }
    for (cup_u64 e = rest + part * 256 + t; e < p.n; e += step) cup_tally(in[e], own, copy, special);
    if (special) shared_special = 1;
    __syncthreads();
    count_t* const counts = p.counts + row * (CUP_PASSES * 256);
#pragma unroll
    for (int pass = 0; pass < CUP_PASSES; pass++) {
        unsigned sum = 0;
#pragma unroll
        for (int c = 0; c < COPIES; c++) sum += own[(pass * 256 + t) * COPIES + c];
        if (sum) atomicAdd(&counts[pass * 256 + t], (count_t)sum);
    }
    if (t == 0 && shared_special) atomicOr(&p.special[row], 1u);
    __threadfence();
    __syncthreads();
    if (t == 0) is_last = atomicAdd(&p.done[row], 1u) + 1 == p.blocks;
    __syncthreads();
    if (!is_last) return;
    __threadfence();
#pragma unroll 1
    for (int pass = 0; pass < CUP_PASSES; pass++) {
        const count_t count = *(volatile count_t*)&counts[pass * 256 + t];
        if (count == p.n) uniform[pass] = 1;
        counts[pass * 256 + t] = cup_before(count, warps);
        // The next round overwrites the sums of the warps.
        __syncthreads();
    }
    if (t > 0) return;
    int runs = 0;
    for (int pass = 0; pass < CUP_PASSES; pass++) runs += !uniform[pass];
    // Where all are equal, one pass copies them.
    if (runs == 0) uniform[CUP_PASSES - 1] = 0, runs = 1;
    const unsigned with_special = *(volatile unsigned*)&p.special[row] ? CUP_SPECIAL : 0;
    for (int pass = 0, number = 0; pass < CUP_PASSES; pass++) {
        unsigned plan = 0;
        if (!uniform[pass]) {
            number++;
            // Taking turns, so that the last one writes the result.
            plan = CUP_RUNS | (number == 1 ? CUP_FIRST : 0) | (number == runs ? CUP_LAST : 0) | ((runs - number) % 2 ? CUP_ASIDE : 0) | with_special;
        }
        p.plans[row * CUP_PASSES + pass] = plan;
    }
}
