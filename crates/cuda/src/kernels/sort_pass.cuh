// One pass over long rows by one digit, in one sweep: blocks take tiles in order, publish how many items they have of
// each digit, and add up what the tiles before have published. With CUP_SPLIT the digit is whether an element is smaller
// than one that was chosen before, equal to it or larger.
struct Params {
    const word_t* in;
    word_t *ends, *aside;
    long long* places_ends;
    count_t* places_aside;
    const count_t* starts;
    const unsigned* plans;
    status_t* status;
    unsigned* ticket;
    const CupChoice* choices;
    cup_u64 n, rows, tiles, pass, keeps;
};
constexpr int TILE = 256 * CUP_EACH, BACK = 4;
constexpr status_t HERE = 1, UPTO = 2;

// How many items of this thread's digit the tiles before have; `mine` is where this tile's number stands.
static __device__ __forceinline__ count_t cup_look_back(volatile status_t* mine, cup_u64 tile) {
    count_t before = 0;
    cup_u64 back = 1;
    for (bool is_found = false; !is_found;) {
        // Several at once, for each answer takes its time. The first tile of a row ends the search.
        status_t seen[BACK];
#pragma unroll
        for (int i = 0; i < BACK; i++) {
            const cup_u64 k = back + i < tile ? back + i : tile;
            seen[i] = *(mine - k * 256);
        }
#pragma unroll
        for (int i = 0; i < BACK; i++) {
            if (is_found || !(seen[i] & (HERE | UPTO))) break;
            before += (count_t)(seen[i] >> 2);
            back++;
            is_found = (seen[i] & UPTO) != 0;
        }
    }
    return before;
}
extern "C" __global__ void __launch_bounds__(256, CUP_RESIDENT) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int ROOM = sizeof(word_t) > sizeof(count_t) ? sizeof(word_t) : sizeof(count_t);
    alignas(16) __shared__ unsigned char room[TILE * ROOM];
    __shared__ CupRanks ranks;
    __shared__ count_t bases[256];
    __shared__ unsigned number;
    const unsigned t = threadIdx.x;
#if !CUP_SPLIT
    if (p.rows == 1 && !(p.plans[p.pass] & CUP_RUNS)) return;
#endif
    // Blocks may start in any order; those that wait have to wait for such as run.
    if (t == 0) number = atomicAdd(p.ticket, 1u);
    __syncthreads();
    const cup_u64 row = number / p.tiles, tile = number % p.tiles, first = tile * TILE;
#if CUP_SPLIT
    const unsigned plan = CUP_RUNS | CUP_FIRST | CUP_LAST;
    const part_t chosen = (part_t)p.choices[row].key;
#define CUP_DIGIT(x, special) (cup_total(x) < chosen ? 0u : cup_total(x) == chosen ? 1u : 2u)
    constexpr int BITS = 2, NONE = 3;
#else
    const unsigned plan = p.plans[row * CUP_PASSES + p.pass];
    if (!(plan & CUP_RUNS)) return;
    const int pass = (int)p.pass;
#define CUP_DIGIT(x, special) ((special) ? cup_digit(x, pass) : cup_plain_digit(x, pass))
    constexpr int BITS = 8, NONE = 255;
#endif
    const unsigned valid = (unsigned)(p.n - first < TILE ? p.n - first : TILE);
    const bool special = CUP_COMPLEX || (CUP_KIND == 2 && (plan & CUP_SPECIAL));
    const cup_u64 base = row * p.n;
    const word_t* const in = (plan & CUP_FIRST ? p.in : plan & CUP_ASIDE ? p.ends : p.aside) + base;
    word_t* const out = (plan & CUP_ASIDE ? p.aside : p.ends) + base;
    word_t x[CUP_EACH];
    // Digits first, then places in the tile.
    unsigned rank[CUP_EACH], counts[CUP_WARPS];
    if (valid == TILE) {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) x[i] = in[first + cup_at<CUP_EACH>(i)];
    } else {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) {
            const unsigned at = cup_at<CUP_EACH>(i);
            x[i] = in[first + (at < valid ? at : valid - 1)];
        }
    }
    if (special) {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) rank[i] = CUP_DIGIT(x[i], true);
    } else {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) rank[i] = CUP_DIGIT(x[i], false);
    }
    // What is not there goes behind everything.
    if (valid < TILE) {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) if (cup_at<CUP_EACH>(i) >= valid) rank[i] = NONE;
    }
    const unsigned sum = cup_rank_warps<BITS>(rank, counts, ranks);
    // The others wait for this, so it comes as early as can be.
    const count_t count = (int)t == NONE ? sum - (TILE - valid) : sum;
    volatile status_t* const mine = p.status + ((cup_u64)number * 256 + t);
    const bool has_digit = !CUP_SPLIT || (int)t < NONE;
    if (p.tiles > 1 && has_digit) *mine = (status_t)count << 2 | (tile == 0 ? UPTO : HERE);
    const unsigned start = cup_rank_tile(rank, sum, counts, ranks);
    word_t* const words = (word_t*)room;
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) words[rank[i]] = x[i];
    count_t before = 0;
    if (tile > 0 && has_digit) {
        before = cup_look_back(mine, tile);
        *mine = (status_t)(before + count) << 2 | UPTO;
    }
    // Where item `j` of the ordered tile goes is the base of its digit and `j`.
#if CUP_SPLIT
    const CupChoice& choice = p.choices[row];
    bases[t] = (count_t)(t == 0 ? 0 : t == 1 ? choice.less : choice.less + choice.equal) + before - start;
#else
    bases[t] = p.starts[(row * CUP_PASSES + p.pass) * 256 + t] + before - start;
#endif
    __syncthreads();
    const bool moves_values = p.keeps || !(plan & CUP_LAST), moves_places = p.places_ends != nullptr;
    count_t to[CUP_EACH];
    if (special) {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) {
            const unsigned j = i * 256 + t;
            if (j >= valid) break;
            const word_t y = words[j];
            to[i] = bases[CUP_DIGIT(y, true)] + j;
            if (moves_values) out[to[i]] = y;
        }
    } else {
#pragma unroll
        for (int i = 0; i < CUP_EACH; i++) {
            const unsigned j = i * 256 + t;
            if (j >= valid) break;
            const word_t y = words[j];
            to[i] = bases[CUP_DIGIT(y, false)] + j;
            if (moves_values) out[to[i]] = y;
        }
    }
    if (!moves_places) return;
    __syncthreads();
    // In between, the room of the result has places of fewer bytes.
    count_t* const places = (count_t*)room;
    count_t* const ends = (count_t*)(p.places_ends + base);
    count_t* const aside = p.places_aside + base;
    const count_t* const places_in = plan & CUP_ASIDE ? ends : aside;
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned at = cup_at<CUP_EACH>(i);
        const count_t e = (count_t)(first + (at < valid ? at : valid - 1));
        places[rank[i]] = plan & CUP_FIRST ? e : places_in[e];
    }
    __syncthreads();
    count_t* const narrow = plan & CUP_ASIDE ? aside : ends;
#pragma unroll
    for (int i = 0; i < CUP_EACH; i++) {
        const unsigned j = i * 256 + t;
        if (j >= valid) break;
        if (plan & CUP_LAST) p.places_ends[base + to[i]] = (long long)places[j];
        else narrow[to[i]] = places[j];
    }
}
