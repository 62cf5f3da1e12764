// Parts of a line learn from each other what lies before them, while they run. Who comes first plays no part in the
// order in which they fold. Each 32-bit word of an accumulator passes in a 64-bit word whose other half tells that it
// has come: nobody waits for a fence, and one look brings mark and value.
static __device__ __forceinline__ void cup_post(cup_u64* to, const acc_t& a) {
    static_assert(sizeof(acc_t) <= 4 * CUP_SLOT, "the host sets aside so many words for an accumulator");
    unsigned w[CUP_SLOT] = {};
    memcpy(w, &a, sizeof(acc_t));
#pragma unroll
    for (int i = 0; i < CUP_SLOT; i++) ((volatile cup_u64*)to)[i] = (1ull << 32) | w[i];
}
// Volatile: past the first level of caches, which may hold what was there before.
static __device__ __forceinline__ bool cup_look(const cup_u64* from, acc_t& a) {
    cup_u64 both[CUP_SLOT];
#pragma unroll
    for (int i = 0; i < CUP_SLOT; i++) both[i] = ((const volatile cup_u64*)from)[i];
    unsigned w[CUP_SLOT], come = 1;
#pragma unroll
    for (int i = 0; i < CUP_SLOT; i++) {
        w[i] = (unsigned)both[i];
        come &= (unsigned)(both[i] >> 32);
    }
    memcpy(&a, w, sizeof(acc_t));
    return come != 0;
}
static __device__ __forceinline__ acc_t cup_receive(const cup_u64* from) {
    acc_t a;
    while (!cup_look(from, a)) __nanosleep(20);
    return a;
}
// Blocks take their numbers as they start: whoever waits, waits for one that runs. All threads call this.
static __device__ __forceinline__ unsigned cup_number(const Params& p) {
    __shared__ unsigned number;
    if (threadIdx.x == 0 && threadIdx.y == 0) number = atomicAdd((unsigned*)p.state, 1u);
    __syncthreads();
    return number;
}
