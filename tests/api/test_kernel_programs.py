"""Programs that users write in CUDA C++: the same text runs on every device."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy
from support.values import both

SIZES = (1, 31, 32, 33, 255, 256, 257, 10_007)


def whole(n, char="f", high=100):
    """Small whole numbers, whose sums every order gives alike."""
    return np.random.default_rng(n).integers(0, high, n).astype(char)


BLOCK_SUM = """
extern "C" __global__ void block_sum(const float* x, float* out, int n) {
    extern __shared__ float part[];
    float a = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) a += x[i];
    part[threadIdx.x] = a;
    __syncthreads();
    for (int k = blockDim.x / 2; k > 0; k /= 2) {
        if (threadIdx.x < k) part[threadIdx.x] += part[threadIdx.x + k];
        __syncthreads();
    }
    if (threadIdx.x == 0) atomicAdd(out, part[0]);
}
"""


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("grid", "block"), [(1, 32), (7, 256), (3, 1024)])
def test_sum_in_shared_memory(n, grid, block):
    """The threads of a block wait for each other; blocks add up atomically."""
    a = whole(n)
    out = cp.zeros(1, "f")
    cp.RawKernel(BLOCK_SUM, "block_sum")((grid,), (block,), (cp.asarray(a), out, n), shared_mem=4 * block)
    assert to_numpy(out).item() == a.sum()


def test_tiled_matrix_product():
    """Tiles in static shared memory, two-dimensional blocks, edges that do not fill one."""
    code = """
#define TILE 16
extern "C" __global__ void product(const double* a, const double* b, double* c, int m, int k, int n) {
    __shared__ double left[TILE][TILE], right[TILE][TILE + 1];
    int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    double sum = 0;
    for (int t = 0; t < (k + TILE - 1) / TILE; t++) {
        int x = t * TILE + threadIdx.x, y = t * TILE + threadIdx.y;
        left[threadIdx.y][threadIdx.x] = row < m && x < k ? a[row * k + x] : 0;
        right[threadIdx.y][threadIdx.x] = y < k && column < n ? b[y * n + column] : 0;
        __syncthreads();
        for (int j = 0; j < TILE; j++) sum += left[threadIdx.y][j] * right[j][threadIdx.x];
        __syncthreads();
    }
    if (row < m && column < n) c[row * n + column] = sum;
}
"""
    kernel = cp.RawKernel(code, "product")
    for m, k, n in ((1, 1, 1), (16, 16, 16), (17, 33, 5), (40, 7, 65)):
        a, b = whole(m * k, "d").reshape(m, k), whole(k * n, "d").reshape(k, n)
        c = cp.full((m, n), -1.0)
        kernel(((n + 15) // 16, (m + 15) // 16), (16, 16), (cp.asarray(a), cp.asarray(b), c, m, k, n))
        assert_same(c, a @ b)


def test_histogram():
    """Atomic counters in shared and in global memory."""
    code = """
extern "C" __global__ void histogram(const unsigned char* x, unsigned int* counts, long long n) {
    __shared__ unsigned int own[256];
    for (int i = threadIdx.x; i < 256; i += blockDim.x) own[i] = 0;
    __syncthreads();
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) atomicAdd(&own[x[i]], 1u);
    __syncthreads();
    for (int i = threadIdx.x; i < 256; i += blockDim.x) atomicAdd(&counts[i], own[i]);
}
"""
    kernel = cp.RawKernel(code, "histogram")
    for n in SIZES:
        a = whole(n, "B", 256)
        counts = cp.zeros(256, "I")
        kernel((4,), (96,), (cp.asarray(a), counts, n))
        assert_same(counts, np.bincount(a, minlength=256).astype("I"))


def test_atomics():
    """Every atomic function gives the old value and stores the new one."""
    code = """
extern "C" __global__ void all(int* i, unsigned int* u, unsigned long long* l, float* f, double* d) {
    int t = threadIdx.x;
    atomicAdd(&i[0], t); atomicSub(&i[1], t); atomicMax(&i[2], t); atomicMin(&i[3], -t); atomicAnd(&i[4], ~(1 << t % 8)); atomicOr(&i[5], 1 << t % 8); atomicXor(&i[6], t);
    atomicInc(&u[0], 9u); atomicDec(&u[1], 9u); atomicExch(&u[2], 5u); atomicCAS(&u[3], (unsigned)t, (unsigned)t + 1);
    atomicAdd(&l[0], 1ull << 33); atomicMax(&l[1], (unsigned long long)t); atomicAdd(&f[0], 0.5f); atomicAdd(&d[0], 0.25); atomicExch(&f[1], 3.f);
}
"""
    i, u, l, f, d = cp.zeros(7, "i"), cp.zeros(4, "I"), cp.zeros(2, "Q"), cp.zeros(2, "f"), cp.zeros(1)
    i[4] = 0xFFFF
    cp.RawKernel(code, "all")((1,), (100,), (i, u, l, f, d))
    total = sum(range(100))
    xor = 0
    for t in range(100):
        xor ^= t
    assert to_numpy(i).tolist() == [total, -total, 99, -99, 0xFF00, 0xFF, xor]
    assert to_numpy(u)[:3].tolist() == [0, 0, 5]
    assert to_numpy(l).tolist() == [100 << 33, 99]
    assert (to_numpy(f).tolist(), to_numpy(d).tolist()) == ([50.0, 3.0], [25.0])


def test_shuffles_and_votes():
    """Lanes of a warp exchange values; segments, and lanes that have left."""
    code = """
extern "C" __global__ void lanes(int* out, int n) {
    int t = threadIdx.x;
    if (t >= n) return;
    unsigned all = n >= 32 ? 0xffffffffu : (1u << n) - 1;
    int sum = t;
    for (int d = 16; d > 0; d /= 2) { int other = __shfl_down_sync(all, sum, d); if (t + d < n) sum += other; }
    out[t] = __shfl_sync(all, sum, 0);
    out[n + t] = __shfl_up_sync(all, t, 1);
    out[2 * n + t] = __shfl_xor_sync(all, t * 10, 1);
    out[3 * n + t] = __shfl_down_sync(all, t, 1, 8);
    out[4 * n + t] = (int)__ballot_sync(all, t % 3 == 0);
    out[5 * n + t] = __any_sync(all, t == 5) * 2 + __all_sync(all, t < 40);
    out[6 * n + t] = (int)__match_any_sync(all, t % 4);
    out[7 * n + t] = __popc(__match_any_sync(all, t / 8));
    __syncwarp(all);
}
"""
    kernel = cp.RawKernel(code, "lanes")
    for n in (32, 16, 8):
        out = cp.zeros((8, n), "i")
        kernel((1,), (32,), (out, n))
        t = np.arange(n)
        got = to_numpy(out).astype(np.int64)
        assert got[0].tolist() == [t.sum()] * n
        assert got[1].tolist() == [0, *t[:-1]]
        assert got[2].tolist() == ((t ^ 1) * 10).tolist()
        assert got[3].tolist() == np.where(t % 8 == 7, t, t + 1).tolist()
        assert (got[4] & 0xFFFFFFFF).tolist() == [sum(1 << k for k in range(0, n, 3))] * n
        assert got[5].tolist() == [3] * n
        assert (got[6] & 0xFFFFFFFF).tolist() == [sum(1 << j for j in range(k % 4, n, 4)) for k in range(n)]
        assert got[7].tolist() == [8] * n


def test_sum_by_shuffles():
    """A warp's lanes fold by shuffles, the warps of a block through shared memory, every lane of a kernel without a branch."""
    code = """
extern "C" __global__ void fold(const double* x, double* out, int n) {
    __shared__ double warps[32];
    double a = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) a += x[i];
    for (int d = 16; d; d /= 2) a += __shfl_xor_sync(0xffffffffu, a, d);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = a;
    __syncthreads();
    if (threadIdx.x < 32) {
        a = threadIdx.x < blockDim.x / 32 ? warps[threadIdx.x] : 0;
        for (int d = 16; d; d /= 2) a += __shfl_down_sync(0xffffffffu, a, d);
        if (threadIdx.x == 0) out[0] = a;
    }
    int late = __syncthreads_count(threadIdx.x % 2), some = __syncthreads_or(threadIdx.x == 1), none = __syncthreads_and(threadIdx.x == 1);
    if (threadIdx.x == 0) out[1] = late * 100 + some * 10 + none;
}
"""
    kernel = cp.RawKernel(code, "fold")
    for n in SIZES:
        for block in (32, 96, 1024):
            a = whole(n, "d")
            out = cp.zeros(2)
            kernel((1,), (block,), (cp.asarray(a), out, n))
            assert to_numpy(out).tolist() == [a.sum(), block // 2 * 100 + 10]


def test_templates_by_expressions():
    """Templates are named by what they are instantiated with."""
    code = "template <typename T, int N> __global__ void times(T* x, int n) { for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] *= N; }\nnamespace deep { template <typename T> __global__ void negate(T* x) { x[threadIdx.x] = -x[threadIdx.x]; } }\n__global__ void plain(float* x) { x[0] = 7; }"
    names = ("times<float, 3>", "times<long long, 5>", "deep::negate<double>", "plain")
    module = cp.RawModule(code=code, name_expressions=names)
    for char, name, factor in (("f", names[0], 3), ("q", names[1], 5)):
        a, x = both("moderate", char, 50)
        module.get_function(name)((1,), (32,), (x, 50))
        assert_same(x, (a * factor).astype(char))
    a, x = both("moderate", "d", 20)
    module.get_function("deep::negate<double>")((1,), (20,), (x,))
    assert_same(x, -a)
    x = cp.zeros(1, "f")
    module.get_function("plain")((1,), (1,), (x,))
    assert to_numpy(x).item() == 7
    with pytest.raises(cp.CompileError):
        cp.RawModule(code=code, name_expressions=("times<int>",)).compile()


def test_constant_memory():
    """Constant tables are filled by the host and read by kernels of the module."""
    code = '__constant__ double table[8];\n__device__ int calls;\nextern "C" __global__ void polynomial(const double* x, double* y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i == 0) calls += 1; if (i >= n) return; double v = 0; for (int k = 7; k >= 0; k--) v = v * x[i] + table[k]; y[i] = v; }'
    module = cp.RawModule(code=code)
    kernel = module.get_function("polynomial")
    a = whole(1000, "d", 5)
    for scale in (1, 2):
        cp.ndarray((8,), "d", module.get_global("table"))[...] = cp.arange(8.0) * scale
        y = cp.zeros(1000)
        kernel((8,), (128,), (cp.asarray(a), y, 1000))
        assert_same(y, np.polyval(np.arange(8.0)[::-1] * scale, a))
    assert to_numpy(cp.ndarray((), "i", module.get_global("calls"))).item() == 2


def test_structures():
    """Structures by value, and arrays of them by their bytes."""
    code = 'struct Point { float x, y; int id; };\nextern "C" __global__ void move(Point* p, Point by, int n, float2 scale, char c) { int i = threadIdx.x; if (i < n) { p[i].x = p[i].x * scale.x + by.x; p[i].y = p[i].y * scale.y + by.y; p[i].id += by.id + c; } }'
    dtype = np.dtype([("x", "f4"), ("y", "f4"), ("id", "i4")])
    points = np.zeros(10, dtype)
    points["x"], points["id"] = np.arange(10), np.arange(10)
    raw = cp.asarray(points.view("u1"))
    by = np.array((1, 2, 3), dtype)
    scale = np.array([(2, 3)], [("x", "f4"), ("y", "f4")])[0]
    cp.RawKernel(code, "move")((1,), (32,), (raw, by, 10, scale, np.int8(1)))
    got = to_numpy(raw).view(dtype)
    assert got["x"].tolist() == (np.arange(10) * 2 + 1).tolist() and got["y"].tolist() == [2.0] * 10 and got["id"].tolist() == (np.arange(10) + 4).tolist()
    with pytest.raises(TypeError):
        cp.RawKernel(code, "move")((1,), (32,), (raw, np.zeros(2, dtype), 10, scale, np.int8(1)))


def test_complex_and_half():
    """Complex numbers by address and by value; half as the header for users has it."""
    code = '#include <cupy/complex.cuh>\n#include <cupy/carray.cuh>\nextern "C" __global__ void mix(complex<float>* z, const complex<double> w, float16* h, complex<float> s) { int i = threadIdx.x; z[i] = z[i] * complex<float>(w) + conj(s) + complex<float>(abs(z[i]), 0); h[i] = h[i] * 2 + float16(0.5f); }'
    z = np.array([3 + 4j, -6 + 8j, 0, 5 - 12j], "F")
    h = np.arange(4, dtype="e")
    x, y = cp.asarray(z), cp.asarray(h)
    cp.RawKernel(code, "mix")((1,), (4,), (x, 2 - 1j, y, np.complex64(1 + 2j)))
    assert_same(x, (z * np.complex64(2 - 1j) + np.complex64(1 - 2j) + np.hypot(z.real, z.imag)).astype("F"))
    assert_same(y, (h * 2 + np.float16(0.5)).astype("e"))


def test_blocks_that_wait_for_earlier_ones():
    """A running sum whose blocks take their number from a counter and look back."""
    code = """
extern "C" __global__ void scan(const int* x, int* out, int n, int* counter, volatile int* done, volatile int* totals) {
    __shared__ int block, before, own[128];
    if (threadIdx.x == 0) block = atomicAdd(counter, 1);
    __syncthreads();
    int i = block * 128 + threadIdx.x;
    own[threadIdx.x] = i < n ? x[i] : 0;
    __syncthreads();
    for (int d = 1; d < 128; d *= 2) {
        int v = threadIdx.x >= d ? own[threadIdx.x - d] : 0;
        __syncthreads();
        own[threadIdx.x] += v;
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        before = 0;
        if (block > 0) { while (done[block - 1] == 0) {} __threadfence(); before = totals[block - 1]; }
        totals[block] = before + own[127];
        __threadfence();
        done[block] = 1;
    }
    __syncthreads();
    if (i < n) out[i] = before + own[threadIdx.x];
}
"""
    kernel = cp.RawKernel(code, "scan")
    for n in (1, 127, 128, 129, 20_011):
        a = whole(n, "i")
        grid = (n + 127) // 128
        out, counter, done, totals = cp.zeros(n, "i"), cp.zeros(1, "i"), cp.zeros(grid, "i"), cp.zeros(grid, "i")
        kernel((grid,), (128,), (cp.asarray(a), out, n, counter, done, totals))
        assert_same(out, a.cumsum(dtype="i"))


def test_three_axes():
    """Indices along all axes of grid and block, and their extents."""
    code = 'extern "C" __global__ void place(int* out) { int b = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z), t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); out[b * (blockDim.x * blockDim.y * blockDim.z) + t] += b * 1000 + t; }'
    out = cp.zeros((24, 30), "i")
    cp.RawKernel(code, "place")((2, 3, 4), (5, 3, 2), (out,))
    assert_same(out, (np.arange(24)[:, None] * 1000 + np.arange(30)).astype("i"))


def test_values_that_end_nothing():
    """NaN, infinities and divisions of integers by zero leave the process and the device as they are."""
    code = 'extern "C" __global__ void divide(const int* a, const int* b, int* q, float* f) { int i = threadIdx.x; q[i] = a[i] / b[i] + a[i] % b[i]; f[i] = (float)a[i] / (float)b[i]; }'
    a, b = np.array([7, 7, 0, -9], "i"), np.array([2, 0, 0, 4], "i")
    q, f = cp.zeros(4, "i"), cp.zeros(4, "f")
    cp.RawKernel(code, "divide")((1,), (4,), (cp.asarray(a), cp.asarray(b), q, f))
    assert to_numpy(q)[[0, 3]].tolist() == [4, -3]
    with np.errstate(all="ignore"):
        assert_same(f, a.astype("f") / b.astype("f"))


def test_elementwise_programs():
    """Preambles with functions, indices along axes, statements around the loop, several outputs, in any layout."""
    a, x = both("moderate", "f", (20, 30))
    index = cp.ElementwiseKernel("T x, raw T table", "T y, int64 place", "const ptrdiff_t* at = _ind.get(); y = clipped(x) + table[at[1]]; place = at[0] * 1000 + at[1] + 0 * n", "index", reduce_dims=False, preamble="template <class A> __device__ A clipped(A x) { return x < 0 ? 0 : x > 10 ? 10 : x; }")
    row = np.arange(30, dtype="f")
    for array, reference in ((x, a), (x.T[:20, :20], a.T[:20, :20]), (x[::-1, ::2], a[::-1, ::2])):
        y, place = index(array, cp.asarray(row))
        m, n = reference.shape
        assert_same(y, np.clip(reference, 0, 10) + row[:n])
        assert_same(place, np.arange(m)[:, None] * 1000 + np.arange(n))
    early = cp.ElementwiseKernel("T x", "T y", "if (x < 0) return; y = sqrt(x)", "early")
    out = cp.full(1000, -1, "d")
    b, z = both("moderate", "d", 1000)
    early(z, out, block_size=1)
    with np.errstate(invalid="ignore"):
        assert_same(out, np.where(b < 0, -1, np.sqrt(b)))
    counts = cp.zeros(1, "i")
    cp.ElementwiseKernel("T x", "raw int32 total", "mine += x > 0", "count", loop_prep="int mine = 0", after_loop="if (mine) atomicAdd(&total[0], mine)")(z, counts)
    assert to_numpy(counts).item() == (b > 0).sum()


@pytest.mark.parametrize("shape", [(1,), (63,), (64,), (65,), (100_003,), (3, 40_000), (40_000, 3), (5, 6, 7)])
def test_reduction_programs(shape):
    """Largest distance from a number with axis, keepdims and out, with an identity and without, in any layout."""
    a = np.asarray(np.random.default_rng(7).integers(-50, 50, shape), "f")
    x = cp.asarray(a)
    for identity in ("0", None):
        k = cp.ReductionKernel("T x, T c", "T y", "abs(x - c)", "max(a, b)", "y = a", identity, "distance")
        for axis in (None, 0, -1):
            for keepdims in (False, True):
                want = np.abs(a - 3).max(axis=axis, keepdims=keepdims)
                assert_same(k(x, 3, axis=axis, keepdims=keepdims), np.asarray(want))
                assert_same(k(x[::-1], 3, axis=axis, keepdims=keepdims), np.asarray(np.abs(a[::-1] - 3).max(axis=axis, keepdims=keepdims)))
                out = cp.zeros(want.shape, "f")
                assert k(x, 3, axis=axis, keepdims=keepdims, out=out) is out
                assert_same(out, np.asarray(want))


def test_sums_repeat_in_every_bit():
    """The order of a reduction follows from the shape alone."""
    x = cp.asarray(np.random.default_rng(1).random(200_000, "f"))
    k = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0", "again")
    assert len({to_numpy(k(x + 0)).tobytes() for _ in range(4)}) == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda k, x: k((1,), (32,), (x, x)), TypeError),
        (lambda k, x: k((1,), (32,), (x, x, 1, 1)), TypeError),
        (lambda k, x: k((1,), (32,), (x, x, 1.5)), TypeError),
        (lambda k, x: k((1,), (32,), (x, x, 2**40)), OverflowError),
        (lambda k, x: k((-1,), (32,), (x, x, 1)), ValueError),
        (lambda k, x: k((0,), (32,), (x, x, 1)), ValueError),
        (lambda k, x: k((1,), (2048,), (x, x, 1)), RuntimeError),
        (lambda k, x: k((1,), (1, 1, 65), (x, x, 1)), RuntimeError),
        (lambda k, x: k((1, 70_000), (1,), (x, x, 1)), RuntimeError),
        (lambda k, x: k((1,), (32,), (x, x, 1), shared_mem=1 << 20), RuntimeError),
        (lambda k, x: k((1,), (32,), (x, x, 1), shared_mem=60_000), RuntimeError),
        (lambda k, x: setattr(k, "max_dynamic_shared_size_bytes", 1 << 30), RuntimeError),
        (lambda k, x: cp.RawKernel(BLOCK_SUM, "other")((1,), (32,), (x, x, 1)), RuntimeError),
        (lambda k, x: cp.RawKernel(BLOCK_SUM, "block_sum", ("--no-such-option",))((1,), (32,), (x, x, 1)), cp.CompileError),
        (lambda k, x: cp.RawKernel("#include <no_such_header.h>\n" + BLOCK_SUM, "block_sum")((1,), (32,), (x, x, 1)), cp.CompileError),
        (lambda k, x: cp.RawKernel(BLOCK_SUM + "}", "block_sum")((1,), (32,), (x, x, 1)), cp.CompileError),
    ],
)
def test_wrong_programs(call, error):
    """What cannot run is refused, and everything goes on."""
    kernel = cp.RawKernel(BLOCK_SUM, "block_sum")
    x = cp.zeros(32, "f")
    with pytest.raises(error):
        call(kernel, x)
    kernel((1,), (32,), (x + 1, x, 32), shared_mem=128)
    assert to_numpy(x)[0] == 32
