// Updates an element under one of many locks, found by its address: for elements of 16 bytes, and for those that lie
// where no word can be swapped. (Swapping 16 bytes needs sm_90 and aligned addresses.)
static __device__ unsigned cup_locks[4096];
static __device__ __noinline__ void cup_update(const Params& p, char* const at, const value_t v) {
    unsigned* const lock = cup_locks + (((unsigned)((unsigned long long)at / sizeof(element_t)) * 2654435761u) >> 20);
    // Who holds the lock lets go of it within the same turn: threads of a warp do not wait for each other forever.
    for (bool done = false; !done;) {
        if (atomicCAS(lock, 0u, 1u) == 0u) {
            __threadfence();
            element_t x, y;
            unsigned char bytes[sizeof(element_t)];
            for (int i = 0; i < (int)sizeof(element_t); i++) bytes[i] = ((volatile unsigned char*)at)[i];
            memcpy(&x, bytes, sizeof(element_t));
            CUP_COMBINE(x, v, y);
            memcpy(bytes, &y, sizeof(element_t));
            for (int i = 0; i < (int)sizeof(element_t); i++) ((volatile unsigned char*)at)[i] = bytes[i];
            __threadfence();
            atomicExch(lock, 0u);
            done = true;
        }
    }
}
