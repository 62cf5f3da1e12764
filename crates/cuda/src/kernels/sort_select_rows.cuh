// The elements that stand at given places of a sorted row, a block for each row: its keys stay in registers, and each
// pass counts one byte of them in shared memory, the highest first.
struct Params {
    const word_t* in;
    word_t* out;
    cup_u64 n, n_ranks, ranks[CUP_RANKS];
};
extern "C" __global__ void __launch_bounds__(256, CUP_RESIDENT) CUP_ENTRY(const __grid_constant__ Params p) {
    alignas(16) __shared__ unsigned counts[CUP_RANKS * 256];
    // What is known of each element, and its place among those of which the same is known.
    __shared__ part_t prefixes[CUP_RANKS];
    __shared__ unsigned rests[CUP_RANKS];
    const unsigned t = threadIdx.x, warp = t / 32, lane = t % 32, n = (unsigned)p.n, n_ranks = (unsigned)p.n_ranks;
    const word_t* const in = p.in + (cup_u64)blockIdx.x * p.n;
    part_t keys[CUP_EACH];
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned at = i * 256 + t;
        keys[i] = in[at < n ? at : n - 1];
    }
    // What is not there is last, behind every place that is looked for.
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) keys[i] = i * 256 + t < n ? cup_total(keys[i]) : (part_t)~(part_t)0;
    for (unsigned k = t; k < n_ranks * 256; k += 256) counts[k] = 0;
    if (t < CUP_RANKS) {
        prefixes[t] = 0;
        rests[t] = (unsigned)p.ranks[t];
    }
    __syncthreads();
#pragma unroll 1
    for (int pass = CUP_PASSES - 1; pass >= 0; pass--) {
        // Places ascend, so those whose elements begin alike stand together, and the first of them counts for all.
        unsigned leaders = 0;
        for (unsigned k = 0; k < n_ranks; k++) {
            const part_t prefix = prefixes[k];
            if (k > 0 && prefixes[k - 1] == prefix) continue;
            leaders |= 1u << k;
            unsigned* const own = counts + k * 256;
            if (pass == CUP_PASSES - 1) {
#pragma unroll
                for (int i = 0; i < CUP_EACH; i++) atomicAdd(&own[(unsigned)(keys[i] >> (8 * pass)) & 255], 1u);
            } else {
#pragma unroll
                for (int i = 0; i < CUP_EACH; i++)
                    if ((part_t)(keys[i] >> (8 * (pass + 1))) == prefix) atomicAdd(&own[(unsigned)(keys[i] >> (8 * pass)) & 255], 1u);
            }
        }
        __syncthreads();
        // A warp finds the digits of all places that a leader counts for: eight counts a lane, which are 0 afterwards.
        for (unsigned k = warp; k < n_ranks; k += 8) {
            if (!(leaders >> k & 1)) continue;
            const part_t prefix = prefixes[k];
            uint4* const own = (uint4*)(counts + k * 256 + 8 * lane);
            const uint4 low = own[0], high = own[1];
            own[0] = own[1] = make_uint4(0, 0, 0, 0);
            const unsigned count[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
            unsigned sum = 0;
#pragma unroll
            for (int i = 0; i < 8; i++) sum += count[i];
            unsigned upto = sum;
#pragma unroll
            for (int distance = 1; distance < 32; distance *= 2) {
                const unsigned other = __shfl_up_sync(0xffffffffu, upto, distance);
                if ((int)lane >= distance) upto += other;
            }
            for (unsigned j = k; j < n_ranks && (j == k || !(leaders >> j & 1)); j++) {
                const unsigned place = rests[j];
                // Nobody writes before all have read; then one lane does, for each place lies among one lane's counts.
                __syncwarp();
                unsigned before = upto - sum;
                if (place < before || place >= upto) continue;
                unsigned digit = 0;
                bool is_found = false;
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    is_found = is_found || place < before + count[i];
                    if (!is_found) {
                        before += count[i];
                        digit++;
                    }
                }
                prefixes[j] = (part_t)((cup_u64)prefix << 8 | (8 * lane + digit));
                rests[j] = place - before;
            }
        }
        __syncthreads();
    }
    if (t < n_ranks) p.out[(cup_u64)blockIdx.x * n_ranks + t] = (word_t)cup_back(prefixes[t]);
}
