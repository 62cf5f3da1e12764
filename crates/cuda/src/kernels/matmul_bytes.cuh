// Products of integer matrices on tensor cores, which multiply bytes and add in 32 bits. An element is as many planes of bytes
// as it has; planes I and J make a product that counts 256^(I + J) times, and what counts 256^P times and more wraps away. A
// block makes a tile of the result, 32 of K at a time; a warp 16 rows by half of the columns. While a stretch is multiplied the
// next one is on its way to registers.
constexpr int P = sizeof(in_t), UNIT = P < 4 ? P : 4, PARTS = P / UNIT;
constexpr int ROWS = 64, COLUMNS = CUP_COLUMNS, QUADS = 8, DEPTH = 4 * QUADS, ACROSS = COLUMNS / 16;
// Until sums of 8 planes may leave 32 bits: 4 * 255 * 255 * CHUNK is below 2^32.
constexpr int CHUNK = 16384;

// Four neighbours along K: a word for each plane, the neighbours' bytes in it.
struct alignas(4 * UNIT) Unit { unsigned w[UNIT]; };

// Where a quad lies in its line: so that neither lines side by side nor quads side by side meet in a bank.
static __device__ __forceinline__ int cup_slot(int line, int quad) { return line * QUADS + (quad ^ ((line & 1) << 2 | (line >> 1 & 3))); }

static __device__ __forceinline__ void cup_planes(unsigned e0, unsigned e1, unsigned e2, unsigned e3, Unit& unit) {
    const unsigned low = __byte_perm(e0, e1, 0x5140), high = __byte_perm(e2, e3, 0x5140);
    unit.w[0] = __byte_perm(low, high, 0x5410);
    if constexpr (UNIT > 1) unit.w[1] = __byte_perm(low, high, 0x7632);
    if constexpr (UNIT > 2) {
        const unsigned upper_low = __byte_perm(e0, e1, 0x7362), upper_high = __byte_perm(e2, e3, 0x7362);
        unit.w[2] = __byte_perm(upper_low, upper_high, 0x5410);
        unit.w[3] = __byte_perm(upper_low, upper_high, 0x7632);
    }
}

// d += a * b for 16 rows and 8 columns, 32 of K.
static __device__ __forceinline__ void cup_multiply(unsigned (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.u8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    const int lane = threadIdx.x % 32;
#pragma unroll 1
    for (int l = 0; l < 8; l++) {
        const int k = l % 4;
        const unsigned upper = __shfl_sync(~0u, l < 4 ? a[0] : a[2], lane / 4 * 4 + k), lower = __shfl_sync(~0u, l < 4 ? a[1] : a[3], lane / 4 * 4 + k);
        const unsigned left = __shfl_sync(~0u, l < 4 ? b[0] : b[1], lane % 4 * 8 + k), right = __shfl_sync(~0u, l < 4 ? b[0] : b[1], lane % 4 * 8 + 4 + k);
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

// A thread's part of a stretch: either neighbouring threads read along K, or along the line.
template <int LINES> struct Part {
    static constexpr int PER = LINES * QUADS / 256;
    const char* at;
    long long line_stride, k_stride;
    int line, quad, line_step, quad_step;
    bool is_dense;

    __device__ __forceinline__ Part(const char* base, cup_u64 first, long long line_stride, long long k_stride, bool along_k, bool is_dense)
        : line_stride(line_stride), k_stride(k_stride), is_dense(is_dense) {
        const int t = threadIdx.x;
        line = along_k ? t / QUADS : t % LINES;
        quad = along_k ? t % QUADS : t / LINES;
        line_step = along_k ? 256 / QUADS : 0;
        quad_step = along_k ? 0 : 256 / LINES;
        at = base + (long long)(first + line) * line_stride + (long long)(4 * quad) * k_stride;
    }

    // n_lines and n_k: how many there are from the tile's first line and the stretch's first element on.
    __device__ __forceinline__ void fetch(const char* from, cup_u64 n_lines, cup_u64 n_k, in_t (&x)[PER][4]) const {
#pragma unroll
        for (int l = 0; l < PER; l++) {
            const char* here = from + l * (line_step * line_stride + 4 * quad_step * k_stride);
            const cup_u64 k = 4 * (quad + l * quad_step);
            const bool inside = (cup_u64)(line + l * line_step) < n_lines;
            if (is_dense && inside && k + 4 <= n_k) {
                cup_load_vector(here, x[l]);
            } else {
#pragma unroll
                for (int e = 0; e < 4; e++) x[l][e] = inside && k + e < n_k ? *(const in_t*)(here + e * k_stride) : (in_t)0;
            }
        }
    }

    __device__ __forceinline__ void keep(const in_t (&x)[PER][4], Unit* tile) const {
#pragma unroll
        for (int l = 0; l < PER; l++) {
            const int slot = cup_slot(line + l * line_step, quad + l * quad_step);
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                unsigned e[4];
#pragma unroll
                for (int i = 0; i < 4; i++) e[i] = (unsigned)(cup_widen(x[l][i]) >> (32 * part));
                cup_planes(e[0], e[1], e[2], e[3], tile[part * LINES * QUADS + slot]);
            }
        }
    }
};

extern "C" __global__ void __launch_bounds__(256, P < 8 ? 2 : 1) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ Unit left[2][PARTS * ROWS * QUADS];
    __shared__ Unit right[2][PARTS * COLUMNS * QUADS];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, group = lane / 4, member = lane % 4;
    const int row = warp % 4 * 16 + group, first_column = warp / 4 * (COLUMNS / 2);

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
        const Part<ROWS> part_a(a, i0, p.a_line, p.a_k, p.a_along_k != 0, p.a_dense != 0);
        const Part<COLUMNS> part_b(b, j0, p.b_line, p.b_k, p.b_along_k != 0, p.b_dense != 0);

        for (cup_u64 start = 0; start < p.k; start += CHUNK) {
            const cup_u64 end = start + CHUNK < p.k ? start + CHUNK : p.k;
            unsigned sums[P][ACROSS][4];
#pragma unroll
            for (int s = 0; s < P; s++) {
#pragma unroll
                for (int c = 0; c < 4 * ACROSS; c++) sums[s][c / 4][c % 4] = 0;
            }
            in_t next_a[Part<ROWS>::PER][4], next_b[Part<COLUMNS>::PER][4];
            part_a.fetch(part_a.at + (long long)start * p.a_k, p.m - i0, end - start, next_a);
            part_b.fetch(part_b.at + (long long)start * p.b_k, p.n - j0, end - start, next_b);
            part_a.keep(next_a, left[0]);
            part_b.keep(next_b, right[0]);
            __syncthreads();
            int stage = 0;
            for (cup_u64 begin = start + DEPTH;; begin += DEPTH) {
                const bool has_next = begin < end;
                if (has_next) {
                    part_a.fetch(part_a.at + (long long)begin * p.a_k, p.m - i0, end - begin, next_a);
                    part_b.fetch(part_b.at + (long long)begin * p.b_k, p.n - j0, end - begin, next_b);
                }
                // Rows of the group and eight below, the first and the second half of the stretch.
                unsigned x[P][4];
#pragma unroll
                for (int q = 0; q < 4 * PARTS; q++) {
                    const int part = q / 4;
                    const Unit unit = left[stage][part * ROWS * QUADS + cup_slot(row + q % 2 * 8, member + q / 2 % 2 * 4)];
#pragma unroll
                    for (int w = 0; w < UNIT; w++) x[part * UNIT + w][q % 4] = unit.w[w];
                }
#pragma unroll
                for (int n = 0; n < ACROSS; n++) {
                    unsigned y[P][2];
#pragma unroll
                    for (int q = 0; q < 2 * PARTS; q++) {
                        const int part = q / 2;
                        const Unit unit = right[stage][part * COLUMNS * QUADS + cup_slot(first_column + 8 * n + group, member + q % 2 * 4)];
#pragma unroll
                        for (int w = 0; w < UNIT; w++) y[part * UNIT + w][q % 2] = unit.w[w];
                    }
#pragma unroll
                    for (int i = 0; i < P; i++) {
#pragma unroll
                        for (int j = 0; i + j < P; j++) cup_multiply(sums[i + j][n], x[i], y[j]);
                    }
                }
                if (!has_next) break;
                stage ^= 1;
                part_a.keep(next_a, left[stage]);
                part_b.keep(next_b, right[stage]);
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
