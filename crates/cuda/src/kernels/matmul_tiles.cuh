// Products of integer matrices: a block makes a square tile of the result, a stretch of K at a time, each thread four
// or eight rows by as many columns of it. While a stretch is multiplied the next one is on its way to registers.
struct alignas(16) Quad { wide_t x[4]; };

// A thread's part of a stretch: either neighbouring threads read along K, or along the line.
struct Part {
    const char* at;
    long long step;
    cup_u64 line, k;
    int line_step, k_step;
};

template <int TILE, int DEPTH>
static __device__ __forceinline__ Part cup_part(const char* base, cup_u64 first, long long line_stride, long long k_stride, bool along_k) {
    constexpr int ACROSS = 256 / TILE;
    const int t = threadIdx.x;
    Part part;
    part.line = first + (along_k ? t / DEPTH : t % TILE);
    part.k = along_k ? t % DEPTH : t / TILE;
    part.line_step = along_k ? 256 / DEPTH : 0;
    part.k_step = along_k ? 0 : ACROSS;
    part.step = along_k ? (256 / DEPTH) * line_stride : ACROSS * k_stride;
    part.at = base + (long long)part.line * line_stride + (long long)part.k * k_stride;
    return part;
}

template <int PER>
static __device__ __forceinline__ void cup_fetch(const Part& part, cup_u64 begin, cup_u64 n_lines, cup_u64 n_k, wide_t (&x)[PER]) {
#pragma unroll
    for (int l = 0; l < PER; l++) {
        const bool inside = part.line + (cup_u64)(l * part.line_step) < n_lines && begin + part.k + (cup_u64)(l * part.k_step) < n_k;
        x[l] = inside ? cup_widen(*(const in_t*)(part.at + l * part.step)) : (wide_t)0;
    }
}

template <int PER, int DEPTH, int WIDTH>
static __device__ __forceinline__ void cup_keep(const Part& part, cup_u64 first, const wide_t (&x)[PER], wide_t (&tile)[DEPTH][WIDTH]) {
    const int line = (int)(part.line - first), k = (int)part.k;
#pragma unroll
    for (int l = 0; l < PER; l++) tile[k + l * part.k_step][line + l * part.line_step] = x[l];
}

extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int SIDE = CUP_SIDE, TILE = 16 * SIDE, DEPTH = 16, PER = TILE * DEPTH / 256, WIDTH = TILE + 4;
    __shared__ alignas(16) wide_t left[DEPTH][WIDTH];
    __shared__ alignas(16) wide_t right[DEPTH][WIDTH];
    const int across = threadIdx.x % 16 * 4, down = threadIdx.x / 16 * 4;

    for (cup_u64 which = blockIdx.x; which < p.n_tiles; which += gridDim.x) {
        cup_u64 rest = which / p.tiles_n;
        const cup_u64 j0 = (which - rest * p.tiles_n) * TILE;
        const cup_u64 batch = rest / p.tiles_m;
        const cup_u64 i0 = (rest - batch * p.tiles_m) * TILE;
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

        Part part_a = cup_part<TILE, DEPTH>(a, i0, p.a_line, p.a_k, p.a_along_k != 0);
        Part part_b = cup_part<TILE, DEPTH>(b, j0, p.b_line, p.b_k, p.b_along_k != 0);
        wide_t next_a[PER], next_b[PER];
        cup_fetch(part_a, 0, p.m, p.k, next_a);
        cup_fetch(part_b, 0, p.n, p.k, next_b);
        wide_t sums[SIDE][SIDE];
#pragma unroll
        for (int r = 0; r < SIDE; r++) {
#pragma unroll
            for (int c = 0; c < SIDE; c++) sums[r][c] = 0;
        }

        for (cup_u64 begin = 0; begin < p.k; begin += DEPTH) {
            cup_keep(part_a, i0, next_a, left);
            cup_keep(part_b, j0, next_b, right);
            __syncthreads();
            if (begin + DEPTH < p.k) {
                part_a.at += DEPTH * p.a_k;
                part_b.at += DEPTH * p.b_k;
                cup_fetch(part_a, begin + DEPTH, p.m, p.k, next_a);
                cup_fetch(part_b, begin + DEPTH, p.n, p.k, next_b);
            }
#pragma unroll
            for (int k = 0; k < DEPTH; k++) {
                wide_t x[SIDE], y[SIDE];
#pragma unroll
                for (int q = 0; q < SIDE / 4; q++) {
                    const Quad u = *(const Quad*)&left[k][64 * q + down], v = *(const Quad*)&right[k][64 * q + across];
#pragma unroll
                    for (int l = 0; l < 4; l++) {
                        x[4 * q + l] = u.x[l];
                        y[4 * q + l] = v.x[l];
                    }
                }
#pragma unroll
                for (int r = 0; r < SIDE; r++) {
#pragma unroll
                    for (int c = 0; c < SIDE; c++) sums[r][c] = cup_add_product(sums[r][c], x[r], y[c]);
                }
            }
            __syncthreads();
        }

#pragma unroll
        for (int r = 0; r < SIDE; r++) {
            const cup_u64 i = i0 + 64 * (r / 4) + down + r % 4;
#pragma unroll
            for (int c = 0; c < SIDE; c++) {
                const cup_u64 j = j0 + 64 * (c / 4) + across + c % 4;
                if (i < p.m && j < p.n) *(in_t*)(out + (long long)i * p.out_row + (long long)j * p.out_column) = (in_t)sums[r][c];
            }
        }
    }
}
