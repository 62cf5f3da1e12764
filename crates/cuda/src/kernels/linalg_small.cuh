// Equations A x = b of small matrices by LU decomposition with partial pivoting. SIDE threads share a matrix: each keeps one row of
// A and of up to WIDTH right sides in registers, and the pivot's row goes round through shared memory. Rows never move: a thread
// knows at which place its row stands. Registers must be named by constants, so the columns of A move instead: by one to the left
// in each step down, and back in each step up.
constexpr int SIDE = CUP_SIDE, WIDTH = CUP_WIDTH, BLOCK = 64, GROUPS = BLOCK / SIDE;
constexpr int PIECE = 16 / (int)sizeof(value_t), LENGTH = (SIDE + WIDTH + PIECE - 1) / PIECE * PIECE;
struct alignas(16) Row { value_t x[LENGTH]; };

static __device__ __forceinline__ float cup_size(float x) { return fabsf(x); }
static __device__ __forceinline__ double cup_size(double x) { return fabs(x); }
static __device__ __forceinline__ float cup_less(float a, float f, float x) { return fmaf(-f, x, a); }
static __device__ __forceinline__ double cup_less(double a, double f, double x) { return fma(-f, x, a); }
static __device__ __forceinline__ real_t cup_over(real_t a, real_t b) { return a / b; }
#if CUP_IS_COMPLEX
static __device__ __forceinline__ real_t cup_size(value_t x) { return cup_size(x.re) + cup_size(x.im); }
// a - f * x
static __device__ __forceinline__ value_t cup_less(value_t a, value_t f, value_t x) {
    return value_t(cup_less(cup_less(a.re, f.re, x.re), -f.im, x.im), cup_less(cup_less(a.im, f.re, x.im), f.im, x.re));
}
static __device__ value_t cup_over(value_t a, value_t b) {
    if (cup_size(b.re) >= cup_size(b.im)) {
        const real_t r = b.im / b.re, d = b.re + b.im * r;
        return value_t((a.re + a.im * r) / d, (a.im - a.re * r) / d);
    }
    const real_t r = b.re / b.im, d = b.im + b.re * r;
    return value_t((a.re * r + a.im) / d, (a.im * r - a.re) / d);
}
#endif

extern "C" __global__ void __launch_bounds__(BLOCK) CUP_ENTRY(const __grid_constant__ Params p) {
    __shared__ value_t tiles[GROUPS][SIDE][SIDE + 1];
    __shared__ Row rows[GROUPS];
    const int lane = threadIdx.x % SIDE, group = threadIdx.x / SIDE, n = (int)p.n;
    value_t(*tile)[SIDE + 1] = tiles[group];
    value_t* row = rows[group].x;

    for (cup_u64 first = (cup_u64)blockIdx.x * GROUPS; first < p.n_items; first += (cup_u64)gridDim.x * GROUPS) {
        const cup_u64 item = first + group, which = item / p.n_parts, column = (item - which * p.n_parts) * WIDTH;
        const bool is_there = item < p.n_items;
        // Of the last part some columns are missing.
        const int width = (int)(p.k - column < WIDTH ? p.k - column : WIDTH);
        const value_t* from = p.a + which * p.n * p.n;
        value_t a[SIDE], b[WIDTH];
        bool has_nan = false;
#pragma unroll
        for (int r = 0; r < SIDE; r++) {
            a[r] = is_there && r < n && lane < n ? from[r * n + lane] : value_t(0);
            has_nan = has_nan || a[r] != a[r];
        }
#pragma unroll
        for (int r = 0; r < SIDE; r++) tile[r][lane] = a[r];
        __syncwarp();
#pragma unroll
        for (int c = 0; c < SIDE; c++) a[c] = tile[lane][c];
        has_nan = (__ballot_sync(~0u, has_nan) >> (threadIdx.x % 32 / SIDE * SIDE) & (~0u >> (32 - SIDE))) != 0;
        if (p.b == nullptr) {
#pragma unroll
            for (int c = 0; c < WIDTH; c++) b[c] = value_t(lane < n && column + c == lane ? 1 : 0);
        } else {
            const value_t* sides = p.b + which * p.n * p.k + column;
            if constexpr (WIDTH == 1) {
                b[0] = is_there && lane < n ? sides[lane * p.k] : value_t(0);
            } else {
                __syncwarp();
#pragma unroll 8
                for (int r = 0; r < SIDE; r++) tile[r][lane] = is_there && r < n && lane < width ? sides[r * p.k + lane] : value_t(0);
                __syncwarp();
#pragma unroll
                for (int c = 0; c < WIDTH; c++) b[c] = tile[lane][c];
            }
        }

        int place = lane, info = 0;
#pragma unroll 1
        for (int j = 0; j < n; j++) {
            // The largest of the rows that are left, as LAPACK the first of several. A NaN is the largest.
            real_t best = place >= j && place < n ? cup_size(a[0]) : (real_t)-1;
            int at = place;
            if (best != best) best = (real_t)__int_as_float(0x7f800000);
#pragma unroll
            for (int d = SIDE / 2; d > 0; d /= 2) {
                const real_t other = __shfl_xor_sync(~0u, best, d, SIDE);
                const int there = __shfl_xor_sync(~0u, at, d, SIDE);
                if (other > best || (other == best && there < at)) {
                    best = other;
                    at = there;
                }
            }
            const bool is_pivot = place == at;
            place = is_pivot ? j : place == j ? at : place;
            if (is_pivot) {
#pragma unroll
                for (int c = 0; c < LENGTH; c += PIECE) {
                    value_t x[PIECE];
#pragma unroll
                    for (int e = 0; e < PIECE; e++) x[e] = c + e < SIDE ? a[c + e < SIDE ? c + e : 0] : b[c + e < SIDE ? 0 : c + e < SIDE + WIDTH ? c + e - SIDE : 0];
                    cup_store_vector((char*)(row + c), x);
                }
            }
            __syncwarp();
            const value_t pivot = row[0], own = a[0];
            const bool is_below = place > j, is_zero = pivot == value_t(0);
            if (is_zero && info == 0) info = j + 1;
            const value_t f = is_below && !is_zero ? cup_over(own, pivot) : value_t(0);
#pragma unroll
            for (int c = 0; c < LENGTH; c += PIECE) {
                value_t x[PIECE];
                cup_load_vector((const char*)(row + c), x);
#pragma unroll
                for (int e = 0; e < PIECE; e++) {
                    const int i = c + e;
                    if (i > 0 && i < SIDE) a[i > 0 && i < SIDE ? i - 1 : 0] = cup_less(a[i < SIDE ? i : 0], f, x[e]);
                    if (i >= SIDE && i < SIDE + WIDTH) b[i >= SIDE && i < SIDE + WIDTH ? i - SIDE : 0] = cup_less(b[i >= SIDE && i < SIDE + WIDTH ? i - SIDE : 0], f, x[e]);
                }
            }
            // Columns that are done stay in the rows that are, and are zero in the others.
            a[SIDE - 1] = is_below ? value_t(0) : own;
            __syncwarp();
        }

#pragma unroll 1
        for (int j = n - 1; j >= 0; j--) {
            if (place == j) {
#pragma unroll
                for (int c = 0; c < WIDTH; c++) row[c] = b[c];
                row[WIDTH] = a[SIDE - 1];
            }
            __syncwarp();
            if (lane < WIDTH) row[lane] = cup_over(row[lane], row[WIDTH]);
            __syncwarp();
#pragma unroll
            for (int c = 0; c < WIDTH; c++) {
                const value_t x = row[c];
                if (place == j) b[c] = x;
                if (place < j) b[c] = cup_less(b[c], a[SIDE - 1], x);
            }
#pragma unroll
            for (int c = SIDE - 1; c > 0; c--) a[c] = a[c - 1];
            __syncwarp();
        }

        const value_t nothing = value_t((real_t)__int_as_float(0x7fc00000));
        value_t* to = p.x + which * p.n * p.k + column;
        if constexpr (WIDTH == 1) {
            if (is_there && place < n) to[place * p.k] = has_nan ? nothing : b[0];
        } else {
#pragma unroll
            for (int c = 0; c < WIDTH; c++) tile[place][c] = has_nan ? nothing : b[c];
            __syncwarp();
            if (is_there && lane < width) {
#pragma unroll 8
                for (int r = 0; r < n; r++) to[r * p.k + lane] = tile[r][lane];
            }
        }
        if (is_there && lane == 0 && column == 0) p.info[which] = has_nan ? 0 : info;
        __syncwarp();
    }
}
