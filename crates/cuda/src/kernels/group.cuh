// Accumulators pass between threads as 32-bit words, whatever their type. All threads of a block call these.
template <class T> static __device__ __forceinline__ T cup_shuffle_down(const T& a, int distance, int width) {
    constexpr int WORDS = ((int)sizeof(T) + 3) / 4;
    unsigned w[WORDS];
    w[WORDS - 1] = 0;
    memcpy(w, &a, sizeof(T));
#pragma unroll
    for (int i = 0; i < WORDS; i++) w[i] = __shfl_down_sync(0xffffffffu, w[i], distance, width);
    T b;
    memcpy(&b, w, sizeof(T));
    return b;
}
template <class T> static __device__ __forceinline__ T cup_shuffle_up(const T& a, int distance) {
    constexpr int WORDS = ((int)sizeof(T) + 3) / 4;
    unsigned w[WORDS];
    w[WORDS - 1] = 0;
    memcpy(w, &a, sizeof(T));
#pragma unroll
    for (int i = 0; i < WORDS; i++) w[i] = __shfl_up_sync(0xffffffffu, w[i], distance);
    T b;
    memcpy(&b, w, sizeof(T));
    return b;
}

// Adds what comes later to what came before.
static __device__ __forceinline__ void cup_add(acc_t& a, const acc_t b) {
#ifdef CUP_PLACE
    // Knowing that places ascend, the compiler drops all comparisons of places.
    const long long before = CUP_PLACE(a), after = CUP_PLACE(b);
    __builtin_assume(before >= 0);
    __builtin_assume(after >= before);
#endif
    a = cup_combine(a, b);
}

// Folds the accumulators of `width` (a power of two up to 32) neighbours into the first one's, in their order.
static __device__ __forceinline__ acc_t cup_fold_lanes(acc_t a, int width) {
    for (int distance = 1; distance < width; distance *= 2) {
        const acc_t b = cup_shuffle_down(a, distance, width);
        a = cup_combine(a, b);
    }
    return a;
}

// Folds those of a whole block of 256 threads into thread 0's. `shared` has 8 places.
static __device__ __forceinline__ acc_t cup_fold_block(acc_t a, acc_t* shared) {
    a = cup_fold_lanes(a, 32);
    __syncthreads();
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = a;
    __syncthreads();
    if (threadIdx.x < 32) a = cup_fold_lanes(shared[threadIdx.x % 8], 8);
    return a;
}

template <class T> static __device__ __forceinline__ T cup_shuffle_last(const T& a) {
    constexpr int WORDS = ((int)sizeof(T) + 3) / 4;
    unsigned w[WORDS];
    w[WORDS - 1] = 0;
    memcpy(w, &a, sizeof(T));
#pragma unroll
    for (int i = 0; i < WORDS; i++) w[i] = __shfl_sync(0xffffffffu, w[i], 31);
    T b;
    memcpy(&b, w, sizeof(T));
    return b;
}
