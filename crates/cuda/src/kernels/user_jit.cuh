// What kernels made from Python functions use besides CUDA's own: arrays, atomics of all types, groups of threads.
#ifndef CUPROUS_USER_JIT
#define CUPROUS_USER_JIT
#include <cupy/carray.cuh>

#ifdef CUP_HOST
#define JIT_DEVICE static inline
#else
#define JIT_DEVICE static __device__ __forceinline__
#endif

// Several values at once.
template <typename... T> struct JitTuple;
template <typename A> struct JitTuple<A> { A _0; };
template <typename A, typename B> struct JitTuple<A, B> { A _0; B _1; };
template <typename A, typename B, typename C> struct JitTuple<A, B, C> { A _0; B _1; C _2; };
template <typename A, typename B, typename C, typename D> struct JitTuple<A, B, C, D> { A _0; B _1; C _2; D _3; };
template <typename A, typename B, typename C, typename D, typename E> struct JitTuple<A, B, C, D, E> { A _0; B _1; C _2; D _3; E _4; };
template <typename A, typename B, typename C, typename D, typename E, typename F> struct JitTuple<A, B, C, D, E, F> { A _0; B _1; C _2; D _3; E _4; F _5; };

// The address of shared memory: of its elements, or of its rows along all axes but the first.
template <typename T, int... N> struct JitRow { typedef T type; };
template <typename T, int M, int... N> struct JitRow<T, M, N...> { typedef typename JitRow<T, N...>::type type[M]; };
template <typename T, int... N> using JitShared = typename JitRow<T, N...>::type*;

// The elements of an array in C order, wherever they lie.
template <typename A> struct JitIterator {
    A array;
    long long at;

    __device__ auto& operator*() const { return array.flat(at); }
    __device__ auto& operator[](long long i) const { return array.flat(at + i); }
    __device__ JitIterator operator+(long long i) const { return {array, at + i}; }
    __device__ JitIterator operator-(long long i) const { return {array, at - i}; }
    __device__ long long operator-(const JitIterator& other) const { return at - other.at; }
};

// An array with its shape and its strides in bytes, as it is passed to kernels.
template <typename T, int N, bool DENSE> struct JitArray {
    T* data;
    long long size, shape[N], strides[N];

    template <typename... I> __device__ T* place(I... given) const {
        static_assert(sizeof...(I) <= N, "at most an index for each axis");
        const long long index[] = {(long long)given...};
        if constexpr (N == 1 && DENSE) return data + index[0];
        else {
            char* at = (char*)data;
#pragma unroll
            for (int d = 0; d < (int)sizeof...(I); d++) at += index[d] * (DENSE && d == N - 1 ? (long long)sizeof(T) : strides[d]);
            return (T*)at;
        }
    }
    template <typename... I> __device__ T& at(I... index) const { return *place(index...); }
    // What is left when the first axes have an index.
    template <typename... I> __device__ auto rest(I... index) const {
        constexpr int K = (int)sizeof...(I);
        JitArray<T, N - K, DENSE> out;
        out.data = place(index...);
        out.size = 1;
#pragma unroll
        for (int d = 0; d < N - K; d++) {
            out.shape[d] = shape[d + K], out.strides[d] = strides[d + K];
            out.size *= shape[d + K];
        }
        return out;
    }
    __device__ T& flat(long long i) const {
        if constexpr (DENSE) return data[i];
        else {
            char* at = (char*)data;
#pragma unroll
            for (int d = N - 1; d > 0; d--) {
                const long long above = i / shape[d];
                at += (i - above * shape[d]) * strides[d];
                i = above;
            }
            return *(T*)(at + i * strides[0]);
        }
    }
    __device__ auto begin() const {
        if constexpr (DENSE) return data;
        else return JitIterator<JitArray>{*this, 0};
    }
    __device__ auto end() const { return begin() + size; }
};

// The numbers of a thread among those of its block, and of its lane.
JIT_DEVICE unsigned jit_rank() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
JIT_DEVICE unsigned jit_threads() { return blockDim.x * blockDim.y * blockDim.z; }
JIT_DEVICE unsigned jit_lane() { return jit_rank() & 31; }
JIT_DEVICE unsigned long long jit_block_rank() { return blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + (unsigned long long)gridDim.y * blockIdx.z); }
JIT_DEVICE unsigned long long jit_blocks() { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }

// Python's `min` and `max`: the first one where none is less or greater.
template <typename T> static __device__ __forceinline__ T jit_least(T a, T b) { return b < a ? b : a; }
template <typename T> static __device__ __forceinline__ T jit_greatest(T a, T b) { return b > a ? b : a; }

// How often a loop over `range` runs.
template <typename T> static __device__ __forceinline__ unsigned long long jit_times(T start, T stop, T step) {
    typedef unsigned long long U;
    if (step > T(0)) return start < stop ? ((U)stop - (U)start - 1) / (U)step + 1 : 0;
    if (step < T(0)) return stop < start ? ((U)start - (U)stop - 1) / (U)(0 - (U)step) + 1 : 0;
    return 0;
}

// Numbers of rows of our tables, which have complex numbers of their own.
template <typename C, typename T> static __device__ __forceinline__ C jit_row(complex<T> z) { return C(z.real(), z.imag()); }
template <typename C, typename Z> static __device__ __forceinline__ C jit_number(const Z& z) { return C(z.re, z.im); }

// One of a warp's values of any type, a word at a time.
template <typename T, typename F> static __device__ __forceinline__ T jit_words(const T& value, F exchange) {
    constexpr int n = (int)(sizeof(T) + 3) / 4;
    unsigned words[n] = {};
    memcpy(words, &value, sizeof(T));
#pragma unroll
    for (int k = 0; k < n; k++) words[k] = exchange(words[k]);
    T out;
    memcpy((void*)&out, words, sizeof(T));
    return out;
}
#define JIT_SHUFFLE(name, type)                                                                                          \
    template <typename T> static __device__ __forceinline__ T jit_##name(unsigned mask, const T& value, type which, int width) { \
        return jit_words(value, [=](unsigned word) { return __##name##_sync(mask, word, which, width); });               \
    }
JIT_SHUFFLE(shfl, int)
JIT_SHUFFLE(shfl_up, unsigned)
JIT_SHUFFLE(shfl_down, unsigned)
JIT_SHUFFLE(shfl_xor, int)
#undef JIT_SHUFFLE

// Any change of an element of 2, 4 or 8 bytes, tried until nobody was in between; gives the old value.
template <int BYTES> struct JitWord;
template <> struct JitWord<2> { typedef unsigned short type; };
template <> struct JitWord<4> { typedef unsigned type; };
template <> struct JitWord<8> { typedef unsigned long long type; };
template <typename T, typename F> static __device__ __forceinline__ T jit_change(T* at, F change) {
    typedef typename JitWord<sizeof(T)>::type Word;
    Word seen = *(volatile Word*)at;
    for (;;) {
        T old, next;
        memcpy((void*)&old, &seen, sizeof(T));
        next = change(old);
        Word wanted;
        memcpy(&wanted, &next, sizeof(T));
        const Word found = atomicCAS((Word*)at, seen, wanted);
        if (found == seen) return old;
        seen = found;
    }
}
// CUDA's atomic functions where it has them for a type.
#define JIT_BITS(name, Name)                                                                                                  \
    JIT_DEVICE int jit_atomic_##name(int* at, int x) { return atomic##Name(at, x); }                                          \
    JIT_DEVICE unsigned jit_atomic_##name(unsigned* at, unsigned x) { return atomic##Name(at, x); }                           \
    JIT_DEVICE unsigned long long jit_atomic_##name(unsigned long long* at, unsigned long long x) { return atomic##Name(at, x); } \
    JIT_DEVICE long long jit_atomic_##name(long long* at, long long x) { return (long long)atomic##Name((unsigned long long*)at, (unsigned long long)x); }
JIT_BITS(add, Add)
JIT_BITS(exch, Exch)
JIT_BITS(and, And)
JIT_BITS(or, Or)
JIT_BITS(xor, Xor)
#undef JIT_BITS
#define JIT_ORDER(name, Name)                                                                                                 \
    JIT_DEVICE int jit_atomic_##name(int* at, int x) { return atomic##Name(at, x); }                                          \
    JIT_DEVICE unsigned jit_atomic_##name(unsigned* at, unsigned x) { return atomic##Name(at, x); }                           \
    JIT_DEVICE unsigned long long jit_atomic_##name(unsigned long long* at, unsigned long long x) { return atomic##Name(at, x); } \
    JIT_DEVICE long long jit_atomic_##name(long long* at, long long x) { return atomic##Name(at, x); }                        \
    JIT_DEVICE float jit_atomic_##name(float* at, float x) { return atomic##Name(at, x); }                                    \
    JIT_DEVICE double jit_atomic_##name(double* at, double x) { return atomic##Name(at, x); }
JIT_ORDER(min, Min)
JIT_ORDER(max, Max)
#undef JIT_ORDER
JIT_DEVICE float jit_atomic_add(float* at, float x) { return atomicAdd(at, x); }
JIT_DEVICE double jit_atomic_add(double* at, double x) { return atomicAdd(at, x); }
JIT_DEVICE float16 jit_atomic_add(float16* at, float16 x) { return jit_change(at, [=](float16 old) { return float16((float)old + (float)x); }); }
JIT_DEVICE float jit_atomic_exch(float* at, float x) { return atomicExch(at, x); }
JIT_DEVICE double jit_atomic_exch(double* at, double x) { return jit_change(at, [=](double) { return x; }); }
JIT_DEVICE float16 jit_atomic_exch(float16* at, float16 x) { return jit_change(at, [=](float16) { return x; }); }
JIT_DEVICE int jit_atomic_sub(int* at, int x) { return atomicSub(at, x); }
JIT_DEVICE unsigned jit_atomic_sub(unsigned* at, unsigned x) { return atomicSub(at, x); }
JIT_DEVICE unsigned long long jit_atomic_sub(unsigned long long* at, unsigned long long x) { return atomicAdd(at, 0 - x); }
JIT_DEVICE long long jit_atomic_sub(long long* at, long long x) { return (long long)atomicAdd((unsigned long long*)at, 0 - (unsigned long long)x); }
template <typename T> static __device__ __forceinline__ T jit_atomic_sub(T* at, T x) { return jit_atomic_add(at, T(-x)); }
JIT_DEVICE unsigned jit_atomic_inc(unsigned* at, unsigned x) { return atomicInc(at, x); }
JIT_DEVICE unsigned jit_atomic_dec(unsigned* at, unsigned x) { return atomicDec(at, x); }
// Compares the bits.
template <typename T> static __device__ __forceinline__ T jit_atomic_cas(T* at, T seen, T x) {
    typedef typename JitWord<sizeof(T)>::type Word;
    Word compared, wanted;
    memcpy(&compared, &seen, sizeof(T));
    memcpy(&wanted, &x, sizeof(T));
    const Word found = atomicCAS((Word*)at, compared, wanted);
    T old;
    memcpy((void*)&old, &found, sizeof(T));
    return old;
}

// Groups of threads, which have no state of their own.
struct JitBlock {};
struct JitGrid {};

// Waits for all blocks of a cooperative launch. Each launch has a count of its own, which begins at zero.
JIT_DEVICE void jit_sync_grid(const JitArray<unsigned long long, 1, true>& count) {
#ifdef CUP_HOST
    cup_host::sync_grid();
#else
    __syncthreads();
    if (jit_rank() == 0) {
        const unsigned long long n = jit_blocks();
        __threadfence();
        const unsigned long long wanted = (atomicAdd(count.data, 1ull) / n + 1) * n;
        while (*(volatile unsigned long long*)count.data < wanted) {}
        __threadfence();
    }
    __syncthreads();
#endif
}

// Bytes that the threads of a block copy together; all have to wait before they read them.
JIT_DEVICE void jit_copy(void* to, const void* from, unsigned long long n) {
    const unsigned step = jit_threads();
    unsigned long long k = jit_rank(), done = 0;
    if ((((unsigned long long)to | (unsigned long long)from) & 15) == 0) {
        for (; k < n / 16; k += step) ((uint4*)to)[k] = ((const uint4*)from)[k];
        done = n / 16 * 16;
    } else if ((((unsigned long long)to | (unsigned long long)from) & 3) == 0) {
        for (; k < n / 4; k += step) ((unsigned*)to)[k] = ((const unsigned*)from)[k];
        done = n / 4 * 4;
    }
    for (k = done + jit_rank(); k < n; k += step) ((char*)to)[k] = ((const char*)from)[k];
}
#endif
