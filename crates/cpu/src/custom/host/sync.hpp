// Barriers, fences, and what the lanes of a warp exchange.
#ifndef CUP_HOST_SYNC
#define CUP_HOST_SYNC

static inline void __syncthreads() { cup_host::sync_block(true); }
static inline int __syncthreads_count(int truth) { cup_host::sync_block(truth != 0); return (int)cup_host::running->result_count; }
static inline int __syncthreads_and(int truth) { cup_host::sync_block(truth != 0); return cup_host::running->result_all; }
static inline int __syncthreads_or(int truth) { cup_host::sync_block(truth != 0); return cup_host::running->result_any; }
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); cup_host::spin(); }
static inline void __threadfence_block() { __threadfence(); }
static inline void __threadfence_system() { __threadfence(); }
static inline void __nanosleep(unsigned) { cup_host::yield(); }
[[noreturn]] static inline void __trap() { cup_host::fail("it trapped"); }
static inline void __brkpt() {}
static inline void __prof_trigger(int) {}
static inline long long clock64() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    cup_host::spin();
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
static inline unsigned long long __globaltimer() { return (unsigned long long)clock64(); }

namespace cup_host {
static inline unsigned lane() { return running->current % 32; }

static inline Request vote(unsigned mask, u64 word, u64* words = 0) {
    Request r = {mask, 0, 0, 0, 0, word, words, 0, 0};
    sync_warp(r);
    return r;
}

// The value of another lane; lanes outside the segment keep their own.
template <class T> static inline T take(unsigned mask, const T& value, int source, int width, int lowest, int highest) {
    static_assert(std::is_trivially_copyable<T>::value, "shuffles copy bytes");
    const int first = (int)lane() & ~(width - 1);
    const T in = value;
    T out = value;
    const bool inside = source >= first + lowest && source <= first + highest;
    Request r = {mask, &in, &out, sizeof(T), inside ? (unsigned)source : lane(), 0, 0, 0, 0};
    sync_warp(r);
    return out;
}
template <class T, class F> static inline T fold(unsigned mask, T value, F f) {
    u64 words[32];
    const Request r = vote(mask, (u64)value, words);
    T all = (T)words[__builtin_ctz(r.group)];
    for (unsigned rest = r.group & (r.group - 1); rest; rest &= rest - 1) all = f(all, (T)words[__builtin_ctz(rest)]);
    return all;
}
template <class T> static inline u64 bits_of(const T& value) {
    static_assert(sizeof(T) <= 8, "at most 8 bytes");
    u64 bits = 0;
    memcpy(&bits, &value, sizeof(T));
    return bits;
}
} // namespace cup_host

static inline void __syncwarp(unsigned mask = 0xffffffffu) { cup_host::vote(mask, 0); }
static inline unsigned __ballot_sync(unsigned mask, int truth) { return cup_host::vote(mask, truth != 0).truths; }
static inline int __any_sync(unsigned mask, int truth) { return cup_host::vote(mask, truth != 0).truths != 0; }
static inline int __all_sync(unsigned mask, int truth) { const auto r = cup_host::vote(mask, truth != 0); return r.truths == r.group; }
static inline int __uni_sync(unsigned mask, int truth) { const auto r = cup_host::vote(mask, truth != 0); return r.truths == r.group || r.truths == 0; }
// The lanes that have not ended: which of them are here is not known.
static inline unsigned __activemask() { return cup_host::running->warps[cup_host::running->current / 32].live; }

template <class T> static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    const int first = (int)cup_host::lane() & ~(width - 1);
    return cup_host::take(mask, value, first + (source & (width - 1)), width, 0, width - 1);
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32) {
    return cup_host::take(mask, value, (int)cup_host::lane() - (int)distance, width, 0, width - 1);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32) {
    return cup_host::take(mask, value, (int)(cup_host::lane() + (distance & 63)), width, 0, width - 1);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
    // A lane of an earlier segment may be read, one of a later one not.
    return cup_host::take(mask, value, (int)cup_host::lane() ^ (bits & 31), width, -32, width - 1);
}

template <class T> static inline unsigned __match_any_sync(unsigned mask, T value) {
    cup_host::u64 words[32];
    const cup_host::u64 own = cup_host::bits_of(value);
    const auto r = cup_host::vote(mask, own, words);
    unsigned same = 0;
    for (unsigned k = 0; k < 32; k++) same |= (unsigned)((r.group >> k & 1) && words[k] == own) << k;
    return same;
}
template <class T> static inline unsigned __match_all_sync(unsigned mask, T value, int* all) {
    cup_host::u64 words[32];
    const cup_host::u64 own = cup_host::bits_of(value);
    const auto r = cup_host::vote(mask, own, words);
    *all = 1;
    for (unsigned k = 0; k < 32; k++) *all &= !(r.group >> k & 1) || words[k] == own;
    return *all ? r.group : 0;
}
#define CUP_FOLD(name, expression)                                                                                            \
    static inline unsigned __reduce_##name##_sync(unsigned mask, unsigned value) {                                            \
        return cup_host::fold(mask, value, [](unsigned a, unsigned b) -> unsigned { return expression; });                    \
    }                                                                                                                         \
    static inline int __reduce_##name##_sync(unsigned mask, int value) {                                                      \
        return cup_host::fold(mask, value, [](int a, int b) -> int { return expression; });                                   \
    }
CUP_FOLD(add, a + b)
CUP_FOLD(min, a < b ? a : b)
CUP_FOLD(max, a < b ? b : a)
CUP_FOLD(and, a & b)
CUP_FOLD(or, a | b)
CUP_FOLD(xor, a ^ b)
#undef CUP_FOLD
#endif
