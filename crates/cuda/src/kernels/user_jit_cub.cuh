// Reductions of a warp and of a block, with the interface of CUB's. The result is that of the first thread.
#ifndef CUPROUS_USER_JIT_CUB
#define CUPROUS_USER_JIT_CUB
#include <cuprous/jit.cuh>

struct JitSum { template <typename T> __device__ T operator()(const T& a, const T& b) const { return T(a + b); } };
struct JitMax { template <typename T> __device__ T operator()(const T& a, const T& b) const { return b > a ? b : a; } };
struct JitMin { template <typename T> __device__ T operator()(const T& a, const T& b) const { return b < a ? b : a; } };

// Folds the values of the first `n` lanes in their order; `mask` has the lanes that are there.
template <typename T, typename F> static __device__ __forceinline__ T jit_fold_warp(unsigned mask, T value, F f, unsigned n) {
#pragma unroll
    for (unsigned distance = 1; distance < 32; distance *= 2) {
        const T other = jit_shfl_down(mask, value, distance, 32);
        if (jit_lane() + distance < n) value = f(value, other);
    }
    return value;
}
// The lanes of a warp that its block has.
JIT_DEVICE unsigned jit_lanes(unsigned warp) {
    const unsigned left = jit_threads() - warp * 32;
    return left < 32 ? left : 32;
}
JIT_DEVICE unsigned jit_lane_mask(unsigned warp) {
    const unsigned n = jit_lanes(warp);
    return n == 32 ? 0xffffffffu : (1u << n) - 1;
}

template <typename T> struct JitWarpReduce {
    struct TempStorage { char unused; };

    JitWarpReduce() = default;
    __device__ JitWarpReduce(TempStorage&) {}
    template <typename F> __device__ T Reduce(T value, F f, int n = 32) const {
        const unsigned warp = jit_rank() / 32, there = jit_lanes(warp);
        return jit_fold_warp(jit_lane_mask(warp), value, f, (unsigned)n < there ? (unsigned)n : there);
    }
    __device__ T Sum(T value, int n = 32) const { return Reduce(value, JitSum(), n); }
};

template <typename T, int THREADS> struct JitBlockReduce {
    struct TempStorage { T of_warp[(THREADS + 31) / 32]; };
    TempStorage* temp;

    JitBlockReduce() = default;
    __device__ JitBlockReduce(TempStorage& given) : temp(&given) {}
    template <typename F> __device__ T Reduce(T value, F f, int n = THREADS) const {
        const unsigned rank = jit_rank(), warp = rank / 32, all = (unsigned)n < THREADS ? (unsigned)n : THREADS;
        const unsigned before = warp * 32, own = all > before ? (all - before < 32 ? all - before : 32) : 0;
        if (before < THREADS) value = jit_fold_warp(jit_lane_mask(warp), value, f, own);
        if (rank % 32 == 0 && before < THREADS) temp->of_warp[warp] = value;
        __syncthreads();
        if (warp == 0) {
            const unsigned n_warps = (all + 31) / 32;
            if (rank < n_warps) value = temp->of_warp[rank];
            value = jit_fold_warp(jit_lane_mask(0), value, f, n_warps);
        }
        return value;
    }
    __device__ T Sum(T value, int n = THREADS) const { return Reduce(value, JitSum(), n); }
};
#endif
