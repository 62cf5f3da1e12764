// cooperative_groups.h: the grid, the block, and parts of a warp.
#ifndef CUP_HOST_GROUPS
#define CUP_HOST_GROUPS
#include "cuda_host.hpp"

namespace cooperative_groups {

struct grid_group {
    bool is_valid() const { return true; }
    void sync() const { cup_host::sync_grid(); }
    unsigned long long num_blocks() const { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }
    unsigned long long block_rank() const { return blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + (unsigned long long)gridDim.y * blockIdx.z); }
    unsigned long long num_threads() const { return num_blocks() * blockDim.x * blockDim.y * blockDim.z; }
    unsigned long long size() const { return num_threads(); }
    unsigned long long thread_rank() const { return block_rank() * blockDim.x * blockDim.y * blockDim.z + cup_host::running->current; }
};
struct thread_block {
    static void sync() { __syncthreads(); }
    static unsigned thread_rank() { return cup_host::running->current; }
    static unsigned num_threads() { return cup_host::running->n; }
    static unsigned size() { return num_threads(); }
    static dim3 group_index() { return blockIdx; }
    static dim3 thread_index() { return threadIdx; }
    static dim3 group_dim() { return blockDim; }
    static dim3 dim_threads() { return blockDim; }
};

template <unsigned N> struct thread_block_tile {
    static_assert(N && N <= 32 && (N & (N - 1)) == 0, "1 to 32 lanes, a power of two");
    static unsigned mask() { return (N == 32 ? ~0u : (1u << N % 32) - 1) << (cup_host::lane() & ~(N - 1)); }
    static void sync() { __syncwarp(mask()); }
    static unsigned thread_rank() { return cup_host::lane() & (N - 1); }
    static unsigned num_threads() { return N; }
    static unsigned size() { return N; }
    static unsigned meta_group_rank() { return cup_host::running->current / N; }
    static unsigned meta_group_size() { return (cup_host::running->n + N - 1) / N; }
    template <class T> static T shfl(T x, int source) { return __shfl_sync(mask(), x, source, N); }
    template <class T> static T shfl_up(T x, unsigned distance) { return __shfl_up_sync(mask(), x, distance, N); }
    template <class T> static T shfl_down(T x, unsigned distance) { return __shfl_down_sync(mask(), x, distance, N); }
    template <class T> static T shfl_xor(T x, int bits) { return __shfl_xor_sync(mask(), x, bits, N); }
    static int any(int truth) { return __any_sync(mask(), truth); }
    static int all(int truth) { return __all_sync(mask(), truth); }
    static unsigned ballot(int truth) { return __ballot_sync(mask(), truth) >> (cup_host::lane() & ~(N - 1)); }
};

static inline grid_group this_grid() { return {}; }
static inline thread_block this_thread_block() { return {}; }
template <unsigned N> static inline thread_block_tile<N> tiled_partition(const thread_block&) { return {}; }
template <unsigned N, unsigned M> static inline thread_block_tile<N> tiled_partition(const thread_block_tile<M>&) { return {}; }
template <class G> static inline void sync(const G& group) { group.sync(); }

// Of the values of a tile, by a function of two.
template <class T> struct plus { T operator()(T a, T b) const { return a + b; } };
template <class T> struct less { T operator()(T a, T b) const { return b < a ? b : a; } };
template <class T> struct greater { T operator()(T a, T b) const { return a < b ? b : a; } };
template <unsigned N, class T, class F> static inline T reduce(const thread_block_tile<N>& tile, T x, F f) {
    for (unsigned distance = N / 2; distance; distance /= 2) x = f(x, tile.shfl_xor(x, (int)distance));
    return x;
}

} // namespace cooperative_groups
#endif
