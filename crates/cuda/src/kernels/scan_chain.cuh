// Parts of a line learn from each other what lies before them, while they run: a part leaves its total, the last part
// of a group the group's, the last group that of CUP_GROUP groups. What lies before a part is folded from its group,
// the groups before and the groups of groups before, always in the same order: who comes first plays no part in it.
static __device__ __forceinline__ void cup_wait(const unsigned* mark) {
    while (*(const volatile unsigned*)mark == 0) __nanosleep(20);
    __threadfence();
}
// Past the first level of caches, which may hold what was there before.
static __device__ __forceinline__ acc_t cup_read(const unsigned* from) {
    unsigned w[CUP_SLOT];
#pragma unroll
    for (int i = 0; i < CUP_SLOT; i++) w[i] = ((const volatile unsigned*)from)[i];
    acc_t a;
    memcpy(&a, w, sizeof(acc_t));
    return a;
}
static __device__ __forceinline__ void cup_write(unsigned* to, const acc_t& a) {
    static_assert(sizeof(acc_t) <= 4 * CUP_SLOT, "the host sets aside so many words for an accumulator");
    unsigned w[CUP_SLOT] = {};
    memcpy(w, &a, sizeof(acc_t));
#pragma unroll
    for (int i = 0; i < CUP_SLOT; i++) ((volatile unsigned*)to)[i] = w[i];
}
// The number of a mark: `place` counts parts (level 0), groups (1) or groups of groups (2) of one line.
static __device__ __forceinline__ cup_u64 cup_mark(const Params& p, cup_u64 line, unsigned level, unsigned place) {
    const unsigned parts = (unsigned)p.chunks, groups = (parts + CUP_GROUP - 1) / CUP_GROUP;
    return line * p.marks + (level == 0 ? 0 : level == 1 ? parts : parts + groups) + place;
}
// Blocks take their numbers as they start: whoever waits, waits for one that runs. All threads call this.
static __device__ __forceinline__ unsigned cup_number(const Params& p) {
    __shared__ unsigned number;
    if (threadIdx.x == 0 && threadIdx.y == 0) number = atomicAdd((unsigned*)p.state, 1u);
    __syncthreads();
    return number;
}
