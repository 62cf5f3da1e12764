// Products of integer matrices on tensor cores, which multiply bytes and add in 32 bits. An element is as many planes of bytes
// as it has; planes I and J make a product that counts 256^(I + J) times, and what counts 256^P times and more wraps away. A
// block makes a tile of the result, 32 of K at a time; a warp 16 rows by half of the columns. While a stretch is multiplied the
// next one is on its way to registers.
constexpr int P = sizeof(in_t), UNIT = P < 4 ? P : 4, PARTS = P / UNIT;
constexpr int ROWS = 64, COLUMNS = CUP_COLUMNS, QUADS = 8, DEPTH = 4 * QUADS, ACROSS = COLUMNS / 16;
// Until sums of 8 planes may leave 32 bits: 4 * 255 * 255 * CHUNK is below 2^32.
constexpr int CHUNK = 16384;

// A tile in shared memory: for each plane and each 16 lines what the 32 threads of a warp multiply, four words for each thread, so
// that they come into the registers in which tensor cores want them. Of the words of A, 1 says the upper eight lines and 2 the
// upper half of the stretch; of B the other way round. Threads are permuted so that neither those that write nor those that read
// meet in a bank more than twice.
static __device__ __forceinline__ int cup_slot(int group, int member) { return member * 8 + (group ^ (2 * member)); }

static __device__ __forceinline__ void cup_planes(unsigned e0, unsigned e1, unsigned e2, unsigned e3, unsigned (&w)[UNIT]) {
    const unsigned low = __byte_perm(e0, e1, 0x5140), high = __byte_perm(e2, e3, 0x5140);
    w[0] = __byte_perm(low, high, 0x5410);
    if constexpr (UNIT > 1) w[1] = __byte_perm(low, high, 0x7632);
    if constexpr (UNIT > 2) {
        const unsigned upper_low = __byte_perm(e0, e1, 0x7362), upper_high = __byte_perm(e2, e3, 0x7362);
        w[2] = __byte_perm(upper_low, upper_high, 0x5410);
        w[3] = __byte_perm(upper_low, upper_high, 0x7632);
    }
}

// d += a * b for 16 rows and 8 columns, 32 of K.
static __device__ __forceinline__ void cup_multiply(unsigned (&d)[4], const uint4& a, unsigned b0, unsigned b1) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.u8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b0), "r"(b1));
#else
    const int lane = threadIdx.x % 32;
#pragma unroll 1
    for (int l = 0; l < 8; l++) {
        const int k = l % 4;
        const unsigned upper = __shfl_sync(~0u, l < 4 ? a.x : a.z, lane / 4 * 4 + k), lower = __shfl_sync(~0u, l < 4 ? a.y : a.w, lane / 4 * 4 + k);
        const unsigned left = __shfl_sync(~0u, l < 4 ? b0 : b1, lane % 4 * 8 + k), right = __shfl_sync(~0u, l < 4 ? b0 : b1, lane % 4 * 8 + 4 + k);
#pragma unroll 1
        for (int byte = 0; byte < 32; byte += 8) {
            const unsigned x = upper >> byte & 255, y = lower >> byte & 255, u = left >> byte & 255, v = right >> byte & 255;
            d[0] += x * u;
            d[1] += x * v;
            d[2] += y * u;
            d[3] += y * v;
        }
    }
#endif
}

// A thread's part of a stretch: either neighbouring threads read along K, or along the line. Lines beyond the last one are read as
// the last: what comes of them is not stored.
template <int LINES> struct Part {
    static constexpr int PER = LINES * QUADS / 256;
    const char* at[PER];
    long long k_stride;
    int line, quad, line_step, quad_step;
    bool is_dense;

    // n_lines: how many there are from the tile's first line on.
    __device__ __forceinline__ Part(const char* base, cup_u64 first, cup_u64 n_lines, long long line_stride, long long k_stride, bool along_k, bool is_dense)
        : k_stride(k_stride), is_dense(is_dense) {
        const int t = threadIdx.x, last = (int)(n_lines < LINES ? n_lines : LINES) - 1;
        line = along_k ? t / QUADS : t % LINES;
        quad = along_k ? t % QUADS : t / LINES;
        line_step = along_k ? 256 / QUADS : 0;
        quad_step = along_k ? 0 : 256 / LINES;
#pragma unroll
        for (int l = 0; l < PER; l++) {
            const int mine = line + l * line_step;
            at[l] = base + (long long)(first + (mine < last ? mine : last)) * line_stride + (long long)(4 * (quad + l * quad_step)) * k_stride;
        }
    }

    // The next stretch, of n_k elements along K.
    __device__ __forceinline__ void fetch(int n_k, in_t (&x)[PER][4]) {
        if (n_k < DEPTH) {
#pragma unroll
            for (int l = 0; l < PER; l++) {
                const int k = 4 * (quad + l * quad_step);
#pragma unroll
                for (int e = 0; e < 4; e++) x[l][e] = k + e < n_k ? *(const in_t*)(at[l] + e * k_stride) : (in_t)0;
            }
        } else if (is_dense) {
#pragma unroll
            for (int l = 0; l < PER; l++) cup_load_vector(at[l], x[l]);
        } else {
#pragma unroll
            for (int l = 0; l < PER; l++) {
                const char* here = at[l];
#pragma unroll
                for (int e = 0; e < 4; e++, here += k_stride) x[l][e] = *(const in_t*)here;
            }
        }
#pragma unroll
        for (int l = 0; l < PER; l++) at[l] += DEPTH * k_stride;
    }

    template <bool IS_LEFT> __device__ __forceinline__ void keep(const in_t (&x)[PER][4], uint4* tile) const {
#pragma unroll
        for (int l = 0; l < PER; l++) {
            const int mine = line + l * line_step, q = quad + l * quad_step, upper = mine / 8 % 2, later = q / 4;
            unsigned* to = (unsigned*)(tile + mine / 16 * 32 + cup_slot(mine % 8, q % 4)) + (IS_LEFT ? upper + 2 * later : 2 * upper + later);
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                unsigned e[4], w[UNIT];
#pragma unroll
                for (int i = 0; i < 4; i++) e[i] = (unsigned)(cup_widen(x[l][i]) >> (32 * part));
                cup_planes(e[0], e[1], e[2], e[3], w);
#pragma unroll
                for (int i = 0; i < UNIT; i++) to[(part * UNIT + i) * (LINES * 8)] = w[i];
            }
        }
    }
};

extern "C" __global__ void __launch_bounds__(256, P < 8 ? 2 : 1) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ uint4 left[2][P * ROWS * 2];
    __shared__ uint4 right[2][P * COLUMNS * 2];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, group = lane / 4, member = lane % 4;
    const int row = warp % 4 * 16 + group, first_column = warp / 4 * (COLUMNS / 2), slot = cup_slot(group, member);

    for (cup_u64 which = blockIdx.x; which < p.n_tiles; which += gridDim.x) {
        cup_u64 rest = which / p.tiles_n;
        const cup_u64 j0 = (which - rest * p.tiles_n) * COLUMNS;
        const cup_u64 batch = rest / p.tiles_m;
        const cup_u64 i0 = (rest - batch * p.tiles_m) * ROWS;
        const char *a = p.a, *b = p.b;
        char* out = p.out;
        rest = batch;
#pragma unroll
        for (int d = CUP_AXES - 1; d >= 0; d--) {
            const cup_u64 above = rest / p.batch[d];
            const long long i = (long long)(rest - above * p.batch[d]);
            rest = above;
            a += i * p.a_batch[d];
            b += i * p.b_batch[d];
            out += i * p.out_batch[d];
        }
        Part<ROWS> part_a(a, i0, p.m - i0, p.a_line, p.a_k, p.a_along_k != 0, p.a_dense != 0);
        Part<COLUMNS> part_b(b, j0, p.n - j0, p.b_line, p.b_k, p.b_along_k != 0, p.b_dense != 0);

        for (cup_u64 start = 0; start < p.k; start += CHUNK) {
            // What is left of the chunk along K.
            int left_k = p.k - start < CHUNK ? (int)(p.k - start) : CHUNK;
            unsigned sums[P][ACROSS][4];
#pragma unroll
            for (int s = 0; s < P; s++) {
#pragma unroll
                for (int c = 0; c < 4 * ACROSS; c++) sums[s][c / 4][c % 4] = 0;
            }
            in_t next_a[Part<ROWS>::PER][4], next_b[Part<COLUMNS>::PER][4];
            part_a.fetch(left_k, next_a);
            part_b.fetch(left_k, next_b);
            part_a.template keep<true>(next_a, left[0]);
            part_b.template keep<false>(next_b, right[0]);
            __syncthreads();
            int stage = 0;
            for (;;) {
                left_k -= DEPTH;
                const bool has_next = left_k > 0;
                if (has_next) {
                    part_a.fetch(left_k, next_a);
                    part_b.fetch(left_k, next_b);
                }
                uint4 x[P];
#pragma unroll
                for (int i = 0; i < P; i++) x[i] = left[stage][i * ROWS * 2 + warp % 4 * 32 + slot];
#pragma unroll
                for (int n = 0; n < ACROSS; n += 2) {
#pragma unroll
                    for (int j = 0; j < P; j++) {
                        const uint4 y = right[stage][j * COLUMNS * 2 + (first_column / 16 + n / 2) * 32 + slot];
#pragma unroll
                        for (int i = 0; i + j < P; i++) {
                            cup_multiply(sums[i + j][n], x[i], y.x, y.y);
                            cup_multiply(sums[i + j][n + 1], x[i], y.z, y.w);
                        }
                    }
                }
                if (!has_next) break;
                stage ^= 1;
                part_a.template keep<true>(next_a, left[stage]);
                part_b.template keep<false>(next_b, right[stage]);
                __syncthreads();
            }
            __syncthreads();

#pragma unroll
            for (int n = 0; n < ACROSS; n++) {
#pragma unroll
                for (int c = 0; c < 4; c++) {
                    const cup_u64 i = i0 + row + c / 2 * 8, j = j0 + first_column + 8 * n + 2 * member + c % 2;
                    if (i >= p.m || j >= p.n) continue;
                    wide_t sum = 0;
#pragma unroll
                    for (int s = 0; s < P; s++) sum += (wide_t)sums[s][n][c] << (8 * s);
                    in_t* to = (in_t*)(out + (long long)i * p.out_row + (long long)j * p.out_column);
                    *to = cup_narrow(start == 0 ? sum : cup_widen(*to) + sum);
                }
            }
        }
    }
}
