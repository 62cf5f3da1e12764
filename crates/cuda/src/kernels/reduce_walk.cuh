// Where the next lanes of a thread lie: along one axis a jump further each time, which takes two instructions.
struct CupWalk {
#if CUP_ONE_AXIS
    long long at[CUP_OPERANDS], jump[CUP_OPERANDS];
    __device__ __forceinline__ CupWalk(const Params& p, const long long (&kept)[CUP_OPERANDS], cup_u64 first, cup_u64 step) {
        cup_reduced(p, first, kept, at);
        const long long none[CUP_OPERANDS] = {};
        cup_reduced(p, step, none, jump);
    }
    __device__ __forceinline__ void next() {
#pragma unroll
        for (int j = 0; j < CUP_OPERANDS; j++) at[j] += jump[j];
    }
    __device__ __forceinline__ void place(const Params&, int, long long (&to)[CUP_OPERANDS]) const {
#pragma unroll
        for (int j = 0; j < CUP_OPERANDS; j++) to[j] = at[j];
    }
#else
    long long from[CUP_OPERANDS];
    cup_u64 index, step;
    __device__ __forceinline__ CupWalk(const Params&, const long long (&kept)[CUP_OPERANDS], cup_u64 first, cup_u64 step) : index(first), step(step) {
#pragma unroll
        for (int j = 0; j < CUP_OPERANDS; j++) from[j] = kept[j];
    }
    __device__ __forceinline__ void next() { index += step; }
    __device__ __forceinline__ void place(const Params& p, int further, long long (&to)[CUP_OPERANDS]) const { cup_reduced(p, index + further, from, to); }
#endif
};

// Aligned lanes, all of which are there.
struct CupWhole {
    CupLanes x;
    __device__ __forceinline__ void load(const Params& p, const CupWalk& walk, unsigned) {
        // Lanes that cross the end of an axis lie in pieces.
#pragma unroll
        for (int piece = 0; piece < CUP_LANES; piece += CUP_PIECE) {
            long long at[CUP_OPERANDS];
            walk.place(p, piece, at);
            cup_load_piece<CUP_PIECE>(p, at, x, piece);
        }
    }
    __device__ __forceinline__ const CupLanes& lanes(const Params&) const { return x; }
};
#if CUP_SHIFTS
// Lanes that begin anywhere, of which the first are there.
struct CupCut {
    CupWords words;
    __device__ __forceinline__ void load(const Params& p, const CupWalk& walk, unsigned valid) {
        long long at[CUP_OPERANDS];
        walk.place(p, 0, at);
        cup_load_words(p, at, valid, words);
    }
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
