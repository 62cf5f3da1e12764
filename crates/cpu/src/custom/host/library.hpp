// What a compiled kernel's library tells the host: its kernels, its variables, and how blocks are run.
#ifndef CUP_HOST_LIBRARY_RECORDS
#define CUP_HOST_LIBRARY_RECORDS
#include <assert.h>
#define __CUDA_ARCH__ 900

namespace cup_host {

[[noreturn]] static inline void assert_failed(const char* what, const char* file, int line) {
    fprintf(stderr, "%s:%d: block (%u,%u,%u), thread (%u,%u,%u): assertion `%s` failed\n", file, line, blockIdx.x, blockIdx.y, blockIdx.z,
            threadIdx.x, threadIdx.y, threadIdx.z, what);
    fail("an assertion failed");
}

// The host's side declares the same structures.
struct Record {
    const char* name;
    const void* address;
    void (*call)(const void*, void**);          // null for a variable
    u64 size;                                   // of a variable in bytes, of a kernel how many parameters
    const unsigned* sizes;                      // of a kernel's parameters in bytes
};
struct Library {
    u64 n;
    const Record* records;
    Block* (*new_worker)(Launch*);
    const char* (*run_block)(Block*, u64);
    void (*end)(Block*);
    void (*fault)();
};

template <class... A> static Record record_of(const char* name, void (*kernel)(A...)) {
    static const unsigned sizes[] = {(unsigned)sizeof(A)..., 0};
    return {name, (const void*)kernel, Caller<A...>::call, sizeof...(A), sizes};
}
template <class T, class = std::enable_if_t<!std::is_function<T>::value>> static Record record_of(const char* name, T& variable) {
    return {name, const_cast<const void*>(static_cast<const volatile void*>(__builtin_addressof(variable))), 0, sizeof(T), 0};
}

static void end(Block* b) {
    free(b);
    fflush(stdout);
}
static void fault() { fail("illegal memory access"); }

} // namespace cup_host
#endif
