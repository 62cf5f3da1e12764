// Lanes of a line by words of `unit` bytes, which is 16, 8, 4 or all that they have: as lines lie.
template <int WORD, class T, int N> static __device__ __forceinline__ void cup_load_by(const char* from, T (&x)[N]) {
    constexpr int BYTES = N * (int)sizeof(T), SIZE = WORD < BYTES ? WORD : BYTES;
    typedef typename CupWord<SIZE>::type Word;
    Word w[BYTES / SIZE];
#pragma unroll
    for (int i = 0; i < BYTES / SIZE; i++) w[i] = ((const Word*)from)[i];
    memcpy(x, w, BYTES);
}
template <class T, int N> static __device__ __forceinline__ void cup_load_lanes(const char* from, unsigned unit, T (&x)[N]) {
    if (N * sizeof(T) > 8 && unit == 8) cup_load_by<8>(from, x);
    else if (N * sizeof(T) > 4 && unit == 4) cup_load_by<4>(from, x);
    else cup_load_by<16>(from, x);
}
template <int WORD, class T, int N> static __device__ __forceinline__ void cup_store_by(char* to, const T (&x)[N]) {
    constexpr int BYTES = N * (int)sizeof(T), SIZE = WORD < BYTES ? WORD : BYTES;
    typedef typename CupWord<SIZE>::type Word;
    Word w[BYTES / SIZE];
    memcpy(w, x, BYTES);
#pragma unroll
    for (int i = 0; i < BYTES / SIZE; i++) ((Word*)to)[i] = w[i];
}
template <class T, int N> static __device__ __forceinline__ void cup_store_lanes(char* to, unsigned unit, const T (&x)[N]) {
    if (N * sizeof(T) > 8 && unit == 8) cup_store_by<8>(to, x);
    else if (N * sizeof(T) > 4 && unit == 4) cup_store_by<4>(to, x);
    else cup_store_by<16>(to, x);
}
