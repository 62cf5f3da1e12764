// Atomic functions, and reads and writes that say where they are cached.
#ifndef CUP_HOST_ATOMICS
#define CUP_HOST_ATOMICS

namespace cup_host {
// Compares and exchanges the bits until nobody was in between; gives the old value.
template <class T, class F> static inline T change(T* at, F f) {
    spin();
    T old, next;
    __atomic_load(at, &old, __ATOMIC_SEQ_CST);
    do next = f(old);
    while (!__atomic_compare_exchange(at, &old, &next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return old;
}
} // namespace cup_host

#define CUP_NAMES(define, ...) define(, __VA_ARGS__) define(_block, __VA_ARGS__) define(_system, __VA_ARGS__)
#define CUP_FETCH(suffix, T, Name, name) \
    static inline T atomic##Name##suffix(T* at, T x) { cup_host::spin(); return __atomic_fetch_##name(at, x, __ATOMIC_SEQ_CST); }
#define CUP_CHANGE(suffix, T, Name, expression) \
    static inline T atomic##Name##suffix(T* at, T x) { return cup_host::change(at, [x](T old) -> T { return expression; }); }
#define CUP_EXCHANGE(suffix, T) \
    static inline T atomicExch##suffix(T* at, T x) { cup_host::spin(); T old; __atomic_exchange(at, &x, &old, __ATOMIC_SEQ_CST); return old; }
#define CUP_COMPARE(suffix, T)                                                                                \
    static inline T atomicCAS##suffix(T* at, T seen, T x) {                                                   \
        cup_host::spin();                                                                                     \
        __atomic_compare_exchange(at, &seen, &x, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                  \
        return seen;                                                                                          \
    }
#define CUP_INTEGER(T)                                          \
    CUP_NAMES(CUP_FETCH, T, Sub, sub)                           \
    CUP_NAMES(CUP_FETCH, T, And, and)                           \
    CUP_NAMES(CUP_FETCH, T, Or, or)                             \
    CUP_NAMES(CUP_FETCH, T, Xor, xor)                           \
    CUP_NAMES(CUP_CHANGE, T, Min, x < old ? x : old)            \
    CUP_NAMES(CUP_CHANGE, T, Max, old < x ? x : old)            \
    CUP_NAMES(CUP_EXCHANGE, T)                                  \
    CUP_NAMES(CUP_COMPARE, T)
CUP_INTEGER(int)
CUP_INTEGER(unsigned)
CUP_INTEGER(long)
CUP_INTEGER(unsigned long)
CUP_INTEGER(long long)
CUP_INTEGER(unsigned long long)
CUP_NAMES(CUP_FETCH, int, Add, add)
CUP_NAMES(CUP_FETCH, unsigned, Add, add)
CUP_NAMES(CUP_FETCH, long, Add, add)
CUP_NAMES(CUP_FETCH, unsigned long, Add, add)
CUP_NAMES(CUP_FETCH, unsigned long long, Add, add)
// The headers for kernels of users have atomicAdd of long long, and Max and Min of floating numbers.
CUP_FETCH(_block, long long, Add, add)
CUP_FETCH(_system, long long, Add, add)
CUP_NAMES(CUP_CHANGE, float, Add, old + x)
CUP_NAMES(CUP_CHANGE, double, Add, old + x)
CUP_NAMES(CUP_EXCHANGE, float)
CUP_NAMES(CUP_EXCHANGE, double)
CUP_NAMES(CUP_COMPARE, unsigned short)
CUP_NAMES(CUP_CHANGE, unsigned, Inc, old >= x ? 0 : old + 1)
CUP_NAMES(CUP_CHANGE, unsigned, Dec, old == 0 || old > x ? x : old - 1)
#undef CUP_INTEGER
#undef CUP_COMPARE
#undef CUP_EXCHANGE
#undef CUP_CHANGE
#undef CUP_FETCH
#undef CUP_NAMES

template <class T> static inline T __ldg(const T* at) { return *at; }
template <class T> static inline T __ldca(const T* at) { return *at; }
template <class T> static inline T __ldcs(const T* at) { return *at; }
template <class T> static inline T __ldlu(const T* at) { return *at; }
// These see what other blocks wrote, so that loops wait with them.
template <class T> static inline T __ldcg(const T* at) { cup_host::spin(); __atomic_thread_fence(__ATOMIC_SEQ_CST); T x; memcpy(&x, at, sizeof(T)); return x; }
template <class T> static inline T __ldcv(const T* at) { return __ldcg(at); }
template <class T> static inline void __stwb(T* at, T x) { *at = x; }
template <class T> static inline void __stcg(T* at, T x) { *at = x; }
template <class T> static inline void __stcs(T* at, T x) { *at = x; }
template <class T> static inline void __stwt(T* at, T x) { *at = x; }
#endif
