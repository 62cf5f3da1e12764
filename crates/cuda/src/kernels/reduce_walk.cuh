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
