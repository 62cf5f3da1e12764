// Updates an element by comparing and swapping the word that holds it: 4 or 8 bytes, or 1 or 2 within 4.
static __device__ __forceinline__ void cup_update(const Params& p, char* const at, const value_t v) {
    constexpr bool PART = sizeof(element_t) < 4;
    const unsigned shift = PART ? ((unsigned)(unsigned long long)at & 3u) * 8u : 0u;
    cup_word* const word = (cup_word*)(PART ? (char*)((unsigned long long)at & ~3ull) : at);
    cup_word seen = *(volatile cup_word*)word;
    while (true) {
        const cup_word part = seen >> shift;
        element_t x, y;
        memcpy(&x, &part, sizeof(element_t));
        CUP_COMBINE(x, v, y);
        cup_word next = 0;
        memcpy(&next, &y, sizeof(element_t));
        if (PART) {
            const cup_word mask = (cup_word)(((1ull << (8 * sizeof(element_t))) - 1) << shift);
            next = (seen & ~mask) | ((next << shift) & mask);
        }
        if (next == seen) return;
        const cup_word found = atomicCAS(word, seen, next);
        if (found == seen) return;
        seen = found;
    }
}
