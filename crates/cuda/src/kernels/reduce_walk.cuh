// Where the next lanes of a thread lie: along one axis a jump further each time, which takes two instructions.
struct CupWalk {
    long long at[CUP_OPERANDS];
#if CUP_ONE_AXIS
    long long jump[CUP_OPERANDS];
    __device__ __forceinline__ CupWalk(const Params& p, const long long (&kept)[CUP_OPERANDS], cup_u64 first, cup_u64 step) {
        cup_reduced(p, first, kept, at);
        const long long none[CUP_OPERANDS] = {};
        cup_reduced(p, step, none, jump);
    }
    __device__ __forceinline__ void next(const Params&) {
#pragma unroll
        for (int j = 0; j < CUP_OPERANDS; j++) at[j] += jump[j];
    }
#else
    long long from[CUP_OPERANDS];
    cup_u64 index, step;
    __device__ __forceinline__ CupWalk(const Params& p, const long long (&kept)[CUP_OPERANDS], cup_u64 first, cup_u64 step) : index(first), step(step) {
#pragma unroll
        for (int j = 0; j < CUP_OPERANDS; j++) from[j] = kept[j];
        cup_reduced(p, index, from, at);
    }
    __device__ __forceinline__ void next(const Params& p) {
        index += step;
        cup_reduced(p, index, from, at);
    }
#endif
};

// Aligned lanes, all of which are there.
struct CupWhole {
    CupLanes x;
    __device__ __forceinline__ void load(const Params& p, const CupWalk& walk, unsigned) {
#if CUP_PIECE == CUP_LANES
        cup_load(p, walk.at, x);
#else
        // Lanes that cross the end of an axis lie in pieces.
#pragma unroll
        for (int piece = 0; piece < CUP_LANES; piece += CUP_PIECE) {
            long long at[CUP_OPERANDS];
            cup_reduced(p, walk.index + piece, walk.from, at);
            cup_load_piece<CUP_PIECE>(p, at, x, piece);
        }
#endif
    }
    __device__ __forceinline__ const CupLanes& lanes(const Params&) const { return x; }
};
#if CUP_SHIFTS
// Lanes that begin anywhere, of which the first are there.
struct CupCut {
    CupWords words;
    __device__ __forceinline__ void load(const Params& p, const CupWalk& walk, unsigned valid) { cup_load_words(p, walk.at, valid, words); }
    __device__ __forceinline__ CupLanes lanes(const Params& p) const {
        CupLanes x;
        cup_cut(p, words, x);
        return x;
    }
};
typedef CupCut CupLoaded;
#else
typedef CupWhole CupLoaded;
#endif
