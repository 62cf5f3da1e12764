"""Kernels written in Python: what they compute."""

import math

import cuprous as cp
import numpy as np
import pytest
from cuprous.x import jit
from support.compare import assert_same, to_numpy
from support.values import both

SCALE = 3
OFFSETS = (1.5, 2.5)


def given(values, dtype):
    """An array of the device and NumPy's."""
    a = np.asarray(values, dtype)
    return a, cp.asarray(a)


@jit.rawkernel()
def copy(x, y, size):
    tid = jit.blockIdx.x * jit.blockDim.x + jit.threadIdx.x
    ntid = jit.gridDim.x * jit.blockDim.x
    for i in range(tid, size, ntid):
        y[i] = x[i]


def test_grid_stride_loops():
    """The usual loop, in each way to start a kernel."""
    for n in (0, 1, 5, 1000, 40_000):
        a, x = both("moderate", "f", n)
        for start in (
            lambda y: copy((8,), (128,), (x, y, cp.uint32(n))),
            lambda y: copy[8, 128](x, y, n),
            lambda y: copy[(8, 1), (16, 2, 1), 64](x, y, np.int64(n)),
            lambda y: copy[2, 32, 0, cp.cuda.Stream.null](x, y, np.uint64(n)),
            lambda y: copy((4,), (64,), [x, y, n], shared_mem=16, stream=cp.cuda.Stream()),
        ):
            y = cp.zeros(n, "f")
            start(y)
            cp.cuda.Device().synchronize()
            assert_same(y, a)


def test_texts():
    """Kernels tell their texts by the types of their arguments."""

    @jit.rawkernel()
    def one(x):
        """Documentation."""
        x[0] = 1

    assert one.__name__ == "one" and one.__doc__ == "Documentation." and one.cached_codes == {}
    with pytest.raises(ValueError, match="not compiled yet"):
        one.cached_code
    for char in "fd":
        x = cp.zeros(2, char)
        one[1, 1](x)
        one[1, 1](x)
        assert to_numpy(x).tolist() == [1, 0]
    assert len(one.cached_codes) == 2 and "__global__" in one.cached_code
    assert "one" in repr(one) and "shfl_sync" in repr(jit.shfl_sync)


@pytest.mark.parametrize("layout", ["c", "f", "strided", "reversed", "broadcast"])
@pytest.mark.parametrize("char", "?bHlefdFD")
def test_layouts(char, layout):
    """Elements are found in every layout."""

    @jit.rawkernel()
    def transposed(x, y):
        i, j = jit.grid(2)
        if i < x.shape[0] and j < x.shape[1]:
            y[j, i] = x[i, j]

    @jit.rawkernel()
    def gathered(x, y):
        i = jit.grid(1)
        if i < len(x):
            y[i] = x[i]

    a, x = both("moderate", char, (12, 10))
    make = {
        "c": lambda x: x, "f": lambda x: x.T, "strided": lambda x: x[1::3, ::2], "reversed": lambda x: x[::-1, ::-1],
        "broadcast": lambda x: (np if isinstance(x, np.ndarray) else cp).broadcast_to(x[0], (7, 10)),
    }[layout]
    a, x = make(a), make(x)
    y = cp.zeros(a.shape[::-1], char)
    transposed[(2, 2), (8, 8)](x, y)
    assert_same(y, np.ascontiguousarray(a.T))
    z = cp.zeros(a.shape[1], char)
    gathered[1, 32](x[1], z)
    assert_same(z, np.ascontiguousarray(a[1]))


def test_what_arrays_tell():
    """Number of axes, shape, strides, size; parts of arrays; arrays without axes."""

    @jit.rawkernel()
    def tells(x, row, scalar, out):
        out[0] = x.ndim
        out[1] = x.size
        shape = x.shape
        out[2], out[3] = shape[0], x.shape[1]
        out[4] = x.strides[0]
        out[5] = x.strides[1]
        out[6] = len(x)
        out[7] = len(x.shape)
        part = x[1]
        out[8] = part[2]
        out[9] = part.size
        out[10] = part.ndim
        scalar[()] = 5
        out[11] = scalar.ndim
        out[12] = row.shape[0] + row.size

    a, x = given(np.arange(24).reshape(4, 6), "l")
    out, scalar = cp.zeros(13, "l"), cp.zeros((), "l")
    tells[1, 1](x[:, ::2], x[0, 1:4], scalar, out)
    assert to_numpy(out).tolist() == [2, 12, 4, 3, 48, 16, 4, 2, 10, 3, 1, 0, 6] and to_numpy(scalar).item() == 5


@pytest.mark.parametrize("n_threads", [1, 31, 32, 33, 64, 100, 256, 1000])
def test_shared_memory_reductions(n_threads):
    """A block's sum through shared memory and barriers, of static and of dynamic size."""
    size = 1024

    @jit.rawkernel()
    def total(x, out, n):
        values = jit.shared_memory(np.float64, size)
        t = jit.threadIdx.x
        values[t] = x[jit.blockIdx.x * n + t]
        jit.syncthreads()
        step = 512
        while step > 0:
            if t < step and t + step < n:
                values[t] += values[t + step]
            jit.syncthreads()
            step //= 2
        if t == 0:
            out[jit.blockIdx.x] = values[0]

    @jit.rawkernel()
    def turned(x, n):
        values = jit.shared_memory(np.int32, None)
        more = jit.shared_memory(cp.int32, None, alignment=16)
        t = jit.threadIdx.x
        values[t] = x[t]
        jit.syncthreads()
        x[t] = more[n - 1 - t]

    a, x = given(np.arange(3 * n_threads).reshape(3, n_threads), "d")
    out = cp.zeros(3)
    total[3, n_threads](x.ravel(), out, np.int32(n_threads))
    assert_same(out, a.sum(axis=1))
    b, y = given(np.arange(n_threads), "i")
    turned[1, n_threads, 4 * n_threads](y, np.uint32(n_threads))
    assert_same(y, b[::-1].copy())


def test_shared_tiles():
    """Shared memory of two axes; a product of matrices in tiles."""

    @jit.rawkernel()
    def product(a, b, c):
        left = jit.shared_memory(np.float32, (8, 8))
        right = jit.shared_memory(np.float32, (8, 8), alignment=16)
        row, column = jit.threadIdx.y, jit.threadIdx.x
        i = jit.blockIdx.y * 8 + row
        j = jit.blockIdx.x * 8 + column
        total = np.float32(0)
        for k in range(0, a.shape[1], 8):
            left[row, column] = a[i, k + column]
            right[row, column] = b[k + row, j]
            jit.syncthreads()
            for m in jit.range(left.shape[0], unroll=True):
                total += left[row, m] * right[m][column]
            jit.syncthreads()
        c[i, j] = total

    rng = np.random.default_rng(3)
    (a, x), (b, y) = given(rng.integers(-9, 9, (16, 24)), "f"), given(rng.integers(-9, 9, (24, 32)), "f")
    z = cp.zeros((16, 32), "f")
    product[(4, 2), (8, 8)](x, y, z)
    assert_same(z, a @ b)


@pytest.mark.parametrize("char", "iIlLfde")
def test_atomic_sums(char):
    """Histograms, and sums of all types that can be."""

    @jit.rawkernel()
    def count(x, bins, total, down):
        for i in range(jit.grid(1), x.size, jit.gridsize(1)):
            jit.atomic_add(bins, x[i], 1)
            jit.atomic_add(total, (0, 1), 2)
            jit.atomic_sub(down, 0, 1)

    rng = np.random.default_rng(5)
    a, x = given(rng.integers(0, 7, 500), "i")
    bins, total, down = cp.zeros(7, char), cp.zeros((1, 2), char), cp.full(1, 600, char)
    count[4, 64](x, bins, total, down)
    assert_same(bins, np.bincount(a, minlength=7).astype(char))
    assert to_numpy(total).tolist() == [[0, 1000]] and to_numpy(down).tolist() == [100]


@pytest.mark.parametrize(
    ("name", "char", "start", "value", "after", "times"),
    [
        *(("exch", c, 3, 7, 7, 1) for c in "iIlLefd"), *(("min", c, 3, 2, 2, 1) for c in "iIlLfd"), *(("max", c, 3, 2, 3, 1) for c in "iIlLfd"),
        ("min", "d", -1, 2, -1, 1), ("max", "f", -3, -2, -2, 1), ("inc", "I", 3, 4, 0, 2), ("dec", "I", 1, 9, 9, 2), ("dec", "I", 12, 9, 9, 1),
        *(("and", c, 12, 10, 8, 1) for c in "iIlL"), *(("or", c, 12, 10, 14, 1) for c in "iIlL"), *(("xor", c, 12, 10, 6, 1) for c in "iIlL"),
    ],
)
def test_atomics(name, char, start, value, after, times):
    """Each atomic function changes an element and gives what was there."""
    function = getattr(jit, f"atomic_{name}")

    @jit.rawkernel()
    def change(x, old):
        old[jit.threadIdx.x] = function(x, 1, value)

    x, old = cp.full(3, start, char), cp.zeros(1, char)
    for _ in range(times):
        change[1, 1](x, old)
    assert to_numpy(x).tolist() == [start, after, start]
    if times == 1:
        assert to_numpy(old).tolist() == [start]


@pytest.mark.parametrize("char", "iIlLHhefd")
def test_compare_and_swap(char):
    """One thread of many finds what it expects."""

    @jit.rawkernel()
    def swap(x, winners):
        t = jit.threadIdx.x
        winners[t] = jit.atomic_cas(x, 0, 5, t + 10) == 5

    x, winners = cp.full(1, 5, char), cp.zeros(70, "?")
    swap[1, 70](x, winners)
    who = to_numpy(winners)
    assert who.sum() == 1 and to_numpy(x)[0] == who.argmax() + 10


@pytest.mark.parametrize("char", "?bhiIlLefdFD")
def test_shuffles(char):
    """Lanes exchange values of every type."""

    @jit.rawkernel()
    def exchange(x, y):
        i = jit.threadIdx.x
        value = x[i]
        y[0, i] = jit.shfl_sync(0xFFFFFFFF, value, 3)
        y[1, i] = jit.shfl_up_sync(0xFFFFFFFF, value, 1)
        y[2, i] = jit.shfl_down_sync(0xFFFFFFFF, value, 2, width=8)
        y[3, i] = jit.shfl_xor_sync(0xFFFFFFFF, value, 5)
        y[4, i] = jit.shfl_sync(np.uint32(0xFFFFFFFF), value, i + 1, width=16)
        jit.syncwarp()
        jit.syncwarp(mask=0xFFFFFFFF)

    a, x = both("moderate", char, 32)
    y = cp.zeros((5, 32), char)
    exchange[1, 32](x, y)
    i = np.arange(32)
    want = [np.full(32, a[3]), a[np.maximum(i - 1, 0)], a[np.where(i % 8 < 6, i + 2, i)], a[i ^ 5], a[i // 16 * 16 + (i + 1) % 16]]
    assert_same(y, np.stack(want))


def test_places_of_threads():
    """Lanes, places and counts along three axes."""

    @jit.rawkernel()
    def places(out):
        x, y, z = jit.grid(3)
        nx, ny, nz = jit.gridsize(3)
        at = (z * ny + y) * nx + x
        out[at, 0], out[at, 1], out[at, 2], out[at, 3] = x, y, z, jit.laneid()
        out[at, 4] = nz
        out[at, 5] = jit.warpsize
        thread = jit.threadIdx
        out[at, 6] = thread.x + jit.blockDim.x * (thread.y + jit.blockDim.y * thread.z)
        out[at, 7] = jit.gridsize(1)

    shape = (4, 6, 6)
    out = cp.zeros((4 * 6 * 6, 8), "l")
    places[(2, 3, 2), (3, 2, 2)](out)
    got = to_numpy(out)
    z, y, x = np.unravel_index(np.arange(144), shape)
    rank = x % 3 + 3 * (y % 2 + 2 * (z % 2))
    want = np.stack([x, y, z, rank % 32, np.full(144, 4), np.full(144, 32), rank, np.full(144, 6)], axis=1)
    assert np.array_equal(got, want)


def test_device_functions():
    """Kernels call functions, which call others, with types, tuples, arrays, shared memory and defaults."""

    @jit.rawkernel(device=True)
    def square(x):
        return x * x

    @jit.rawkernel(device=True)
    def both_of(x, y=2, *_):
        return x, y

    @jit.rawkernel(device=True)
    def divided(x, y=2):
        if y == 0:
            return x, False
        return square(x) / y, True

    @jit.rawkernel(device=True)
    def put(array, at, value):
        array[at] = value

    @jit.rawkernel()
    def kernel(x, out, flags):
        i = jit.grid(1)
        shared = jit.shared_memory(np.float64, 8)
        value, flag = divided(x[i], y=x[i] - 1)
        put(shared, i, value)
        put(out, (i, 0), shared[i])
        pair = divided(x[i])
        out[i, 1] = pair[0]
        flags[i] = flag

    a, x = given(np.arange(8), "d")
    out, flags = cp.zeros((8, 2)), cp.zeros(8, "?")
    kernel[1, 8](x, out, flags)
    with np.errstate(divide="ignore"):
        assert_same(out, np.stack([np.where(a == 1, a, a * a / (a - 1)), a * a / 2], axis=1))
    assert_same(flags, a != 1)
    with pytest.raises(RuntimeError, match="square is a function for kernels"):
        square(3)

    @jit.rawkernel()
    def wrong(x):
        both_of(x[0])

    with pytest.raises(NotImplementedError, match="positional arguments only"):
        wrong[1, 1](x)


def test_constants():
    """Names outside of a kernel stand for their values: of modules, of closures, in tuples; branches on them vanish."""
    inner = np.float64(0.25)
    verbose = False

    @jit.rawkernel()
    def kernel(x, whole):
        x[0] = SCALE * 2 ** SCALE
        x[1] = OFFSETS[1] + OFFSETS[0]
        x[2] = inner + math.pi
        x[3] = len(OFFSETS) if not verbose else unknown  # noqa: F821  never looked at
        if verbose:
            x[4] = "nonsense"
        elif SCALE == 3 and not verbose:
            x[4] = np.iinfo(np.int32).max
        kind = np.float32
        x[5] = kind(0.1)
        x[6] = cp.inf
        x[7] = -np.inf
        x[8] = np.nan
        x[9] = 1e-300
        x[10] = -(2**31)
        x[11] = True
        x[12] = x.dtype.type(0.5)
        whole[0] = 3.0

    x, whole = cp.zeros(13), cp.zeros(1, "i")
    kernel[1, 1](x, whole)
    assert whole.item() == 3
    want = [24, 4, 0.25 + math.pi, 2, 2**31 - 1, np.float32(0.1), np.inf, -np.inf, np.nan, 1e-300, -(2.0**31), 1, 0.5]
    assert_same(x, np.array(want, "d"))


def test_control_flow():
    """while, for, break, continue, return, conditional expressions, and, or, not, chains of comparisons."""

    @jit.rawkernel()
    def kernel(x, out, n):
        i = jit.grid(1)
        if i >= n:
            return
        steps = 0
        value = x[i]
        while value != 1:
            if steps > 1000:
                break
            steps += 1
            value = value // 2 if value % 2 == 0 else 3 * value + 1
        total = 0
        for k in range(10, -3, -2):
            if k == 4 or not k != 6:
                continue
            if k < 0 and total > 0:
                break
            total += k
        for k in range(3, 3):
            total += 1000
        for k in range(i, 7, n):
            total += k
        out[i] = steps * 100 + total if 0 < i < 100 and 0 < x[i] < 100 and x[i] else -1

    n = 20
    a, x = given(np.arange(1, n + 1), "l")
    out = cp.zeros(n, "l")
    kernel[1, 32](x, out, n)

    def steps(v):
        k = 0
        while v != 1:
            k, v = k + 1, v // 2 if v % 2 == 0 else 3 * v + 1
        return k

    want = [steps(int(v)) * 100 + 10 + 8 + 2 + 0 + sum(range(i, 7, n)) if i > 0 else -1 for i, v in enumerate(a)]
    assert to_numpy(out).tolist() == want


@pytest.mark.parametrize("char", "bBhHiIlL")
def test_loops_end(char):
    """Loops of every integer type run as often as Python's, also up to the largest number."""
    kind = np.dtype(char).type
    high = int(np.iinfo(char).max)

    @jit.rawkernel()
    def count(times, out, start, stop, step):
        last = kind(0)
        for k in range(start, stop, step):
            times[0] += 1
            last = k
        out[0] = last

    cases = [(0, 10, 3), (high - 10, high, 3), (high - 1, high, 1), (5, 5, 1), (5, 2, 1), (3, 4, 100)]
    if char.islower():
        cases += [(10, 0, -3), (3, -high - 1 if high < 1000 else -5, -2), (-5, 5, 1)]
    for start, stop, step in cases:
        times, out = cp.zeros(1, "l"), cp.zeros(1, char)
        count[1, 1](times, out, *map(kind, (start, stop, step)))
        run = list(range(start, stop, step))
        assert (times.item(), out.item()) == (len(run), run[-1] if run else 0), (start, stop, step)


UFUNCS = [
    (cp.add, "il"), (cp.subtract, "fd"), (cp.multiply, "FD"), (cp.true_divide, "dd"), (cp.floor_divide, "ii"), (cp.remainder, "ff"), (cp.power, "dd"),
    (cp.maximum, "fe"), (cp.minimum, "bh"), (cp.arctan2, "ff"), (cp.hypot, "dd"), (cp.less, "if"), (cp.equal, "DD"), (cp.logical_and, "fi"),
    (cp.bitwise_xor, "Hi"), (cp.left_shift, "ii"), (cp.gcd, "ll"), (cp.copysign, "ff"), (cp.logaddexp, "dd"), (cp.fmod, "ff"),
    (cp.sqrt, "f"), (cp.exp, "d"), (cp.sin, "e"), (cp.absolute, "D"), (cp.negative, "h"), (cp.invert, "?"), (cp.isnan, "f"), (cp.floor, "d"),
    (cp.conjugate, "F"), (cp.sign, "i"), (cp.sqrt, "F"), (cp.rint, "f"), (cp.logical_not, "F"), (cp.log1p, "d"), (cp.cbrt, "d"), (cp.square, "H"),
]


@pytest.mark.parametrize(("ufunc", "chars"), UFUNCS, ids=lambda x: getattr(x, "__name__", x))
def test_ufuncs(ufunc, chars):
    """Ufuncs of ours and of NumPy are those of arrays."""
    theirs = getattr(np, ufunc.__name__)

    @jit.rawkernel(mode="numpy")
    def one(x, y, z):
        i = jit.grid(1)
        y[i] = ufunc(x[i])
        z[i] = theirs(x[i])

    @jit.rawkernel(mode="numpy")
    def two(x, w, y, z):
        i = jit.grid(1)
        y[i] = ufunc(x[i], w[i])
        z[i] = theirs(x[i], w[i])

    operands = []
    for k, c in enumerate(chars):
        a = np.array([1, 2, 3, 5, 7, 4, 2, 1][k:] + [3][:k]).astype(c)
        operands.append(a * (1 + 0.5j if c in "FD" else a.dtype.type(1)))
    arrays = [cp.asarray(a) for a in operands]
    want = ufunc(*arrays)
    got, again = cp.zeros(8, want.dtype), cp.zeros(8, want.dtype)
    (one if len(chars) == 1 else two)[1, 8](*arrays, got, again)
    if want.dtype.kind in "fc":
        # Kernels of users may contract sums of products.
        tolerance = 8 * np.finfo(want.dtype).eps
        np.testing.assert_allclose(to_numpy(got), to_numpy(want), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(to_numpy(again), to_numpy(want), rtol=tolerance, atol=tolerance)
    else:
        assert_same(got, to_numpy(want))
        assert_same(again, to_numpy(want))


def test_ufuncs_of_two_results_and_dtype():
    """divmod gives a tuple; dtype chooses the loop."""

    @jit.rawkernel()
    def kernel(x, y, z):
        i = jit.grid(1)
        q, r = cp.divmod(x[i], 3)
        y[i] = q * 10 + r
        z[i] = cp.add(x[i], 1, dtype=cp.float64) / 8

    a, x = given(np.arange(8), "i")
    y, z = cp.zeros(8, "i"), cp.zeros(8)
    kernel[1, 8](x, y, z)
    assert_same(y, (a // 3 * 10 + a % 3).astype("i"))
    assert_same(z, (a + 1.0) / 8)


def test_waiting_values_and_readers():
    """What a kernel reads is computed first, and what still reads the memory that it writes reads it before."""

    @jit.rawkernel()
    def fill(x, y):
        i = jit.grid(1)
        x[i] = y[i]

    a, x = both("moderate", "f", 3000)
    later, product = x * 2, x[1::2] * 3
    fill[30, 100](x, x + 1)
    assert_same(later, a * 2)
    assert_same(product, a[1::2] * 3)
    assert_same(x, a + 1)


def test_lambdas():
    """Kernels of one expression, several in a line."""
    add, both_threads = jit.rawkernel()(lambda x: jit.atomic_add(x, 0, 1)), jit.rawkernel()(lambda x, n: jit.atomic_max(x, 1, n))
    x = cp.zeros(2, "i")
    add[1, 40](x)
    both_threads[1, 40](x, 7)
    assert to_numpy(x).tolist() == [40, 7]


def test_kernels_are_kept_by_type():
    """The same kernel for other types, modes and numbers."""

    @jit.rawkernel(mode="numpy")
    def scaled(x, y, s):
        i = jit.grid(1)
        y[i] = x[i] * s + 1

    for char, s in (("f", 2.5), ("d", np.float64(2.5)), ("D", 1 + 2j), ("l", 3), ("i", np.int8(-3)), ("?", True), ("e", np.float16(0.5))):
        a, x = both("moderate", char, 5)
        want = np.asarray(a * np.asarray(s) + 1)
        y = cp.zeros(5, want.dtype)
        scaled[1, 5](x, y, s)
        np.testing.assert_allclose(to_numpy(y), want, rtol=4 * np.finfo(want.dtype).eps if want.dtype.kind in "fc" else 0)
    assert len(scaled.cached_codes) == 7
