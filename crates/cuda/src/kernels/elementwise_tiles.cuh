// Tiles of operands that lie dense along another axis than the outputs. A row of a tile is as long as keeps the
// threads of a warp in different banks, along rows and along columns.
template <class T, int EDGE> struct CupTile {
    static constexpr int PITCH = EDGE + (sizeof(T) < 4 ? 4 / (int)sizeof(T) : 1);
    T at[EDGE * PITCH];
};

// Neighbouring threads load neighbours along y, where these lie dense and the tile is there whole.
template <class T, int EDGE> static __device__ __forceinline__ void cup_fill_whole(CupTile<T, EDGE>& tile, const char* from, long long along_x) {
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const char* line = from + (long long)warp * along_x + lane * sizeof(T);
    T value[EDGE / 8][EDGE / 32];
#pragma unroll
    for (int j = 0; j < EDGE / 8; j++) {
#pragma unroll
        for (int i = 0; i < EDGE / 32; i++) value[j][i] = ((const T*)line)[32 * i];
        line += 8 * along_x;
    }
    T* const to = tile.at + lane * CupTile<T, EDGE>::PITCH + warp;
#pragma unroll
    for (int j = 0; j < EDGE / 8; j++) {
#pragma unroll
        for (int i = 0; i < EDGE / 32; i++) to[32 * i * CupTile<T, EDGE>::PITCH + 8 * j] = value[j][i];
    }
}

// The same of any. Beyond the array's end its last elements are loaded again.
template <class T, int EDGE> static __device__ __forceinline__ void cup_fill(CupTile<T, EDGE>& tile, const char* from, long long along_x, long long along_y, unsigned n_x, unsigned n_y) {
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    T value[EDGE / 8][EDGE / 32];
#pragma unroll
    for (int j = 0; j < EDGE / 8; j++) {
        const unsigned x = warp + 8 * j;
        const char* const line = from + (long long)(x < n_x ? x : n_x - 1) * along_x;
#pragma unroll
        for (int i = 0; i < EDGE / 32; i++) {
            const unsigned y = lane + 32 * i;
            value[j][i] = *(const T*)(line + (long long)(y < n_y ? y : n_y - 1) * along_y);
        }
    }
#pragma unroll
    for (int j = 0; j < EDGE / 8; j++) {
#pragma unroll
        for (int i = 0; i < EDGE / 32; i++) tile.at[(lane + 32 * i) * CupTile<T, EDGE>::PITCH + warp + 8 * j] = value[j][i];
    }
}
