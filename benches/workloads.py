"""What is timed: each workload with its operands, made by NumPy, and what NumPy says of the result.

A workload is a function of a library and operands in its memory. Where the plain NumPy call is no good reference (float32
sums in another order, decompositions that are not unique), `want` or `verify` says what is. Sizes in names are the full
ones; operands are made for a scale.
"""

import functools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Largest relative difference from the reference: none, a few roundings, and sums whose order is the library's own.
EXACT, ROUNDED, SUMMED = 0.0, 1e-5, 2e-4
N_SETS = 8


@dataclass
class Workload:
    """One thing to time."""

    name: str
    make: Callable  # of a scale and the number of the set; gives host operands
    run: Callable  # of a library and operands
    tolerance: float = EXACT
    want: Callable | None = None  # of NumPy and host operands; `run` itself if None
    verify: Callable | None = None  # of results and host operands, both NumPy's; raises if they do not fit together

    @property
    def group(self):
        """What it belongs to."""
        return self.name.split("/")[0]

    @property
    def is_queued(self):
        """Whether many calls are timed in a row: the call counts, not the work."""
        return self.group == "overhead"


ALL = []


def add(name, make, run, tolerance=EXACT, want=None, verify=None):
    """One more."""
    ALL.append(Workload(name, make, run, tolerance, want, verify))


# Operands


@functools.lru_cache(maxsize=4)
def _uniform(n, seed):
    return np.random.default_rng(seed).random(n, dtype=np.float32)


def uniform(*shape, dtype="float32", seed=0):
    """Numbers in [0, 1), the same for every library."""
    numbers = _uniform(math.prod(shape), seed).reshape(shape)
    return numbers.copy() if dtype == "float32" else numbers.astype(dtype)


def whole(n, top, dtype="int64", seed=0):
    """Whole numbers below a top."""
    return np.random.default_rng(seed).integers(0, top, n).astype(dtype)


def count(n, scale):
    """A number of elements."""
    return max(16, int(n * scale))


def side(n, scale):
    """The side of a square with a number of elements."""
    return max(8, int(n * math.sqrt(scale)))


def edge(n, scale):
    """The side of a matrix that costs its third power."""
    return max(8, int(n * scale ** (1 / 3)))


def vectors(n, dtype="float32", k=1):
    """So many vectors."""
    return lambda scale, _: tuple(uniform(count(n, scale), dtype=dtype, seed=j) for j in range(k))


def square(n, dtype="float32"):
    """A square whose elements count."""
    return lambda scale, _: (uniform(side(n, scale), side(n, scale), dtype=dtype),)


def cube_root(n, dtype="float32", k=1):
    """Square matrices whose multiplication counts."""
    return lambda scale, _: tuple(uniform(edge(n, scale), edge(n, scale), dtype=dtype, seed=j) for j in range(k))


def definite(n, dtype="float32"):
    """A symmetric positive definite matrix and a vector."""

    def make(scale, _):
        m = edge(n, scale)
        a = uniform(m, m, dtype=dtype)
        return a @ a.T + np.eye(m, dtype=dtype) * m, uniform(m, dtype=dtype, seed=1)

    return make


def in_float64(run):
    """The reference of something computed in float32: the same with more digits."""
    return lambda xp, *arrays: run(xp, *(a.astype("float64") if getattr(a, "dtype", None) == np.float32 else a for a in arrays))


# Small calls


def small(_, k):
    """Set k of two operands of 1000 elements: they rotate, so that no call equals the one before it."""
    base = (np.arange(1000) % 17 + 0.5).astype("float32")
    return base + np.float32(k), base + np.float32(0.25 * k)


def small_and(third):
    """Two operands and what is made of them."""
    return lambda scale, k: (*small(scale, k), third(*small(scale, k)))


def chain(xp, a, b):
    """Six operations that one pass can do."""
    return (a * 2.0 + b * 3.0) / (a + b + 1.0)


SMALL_CALLS = {
    "add": lambda xp, a, b: a + b,
    "add_scalar": lambda xp, a, b: a + 2.0,
    "iadd": lambda xp, a, b: operator.iadd(a, b),
    "sin": lambda xp, a, b: xp.sin(a),
    "sum": lambda xp, a, b: a.sum(),
    "argmax": lambda xp, a, b: a.argmax(),
    "slice": lambda xp, a, b: a[1:-1],
    "reshape": lambda xp, a, b: a.reshape(10, 100),
    "one_element": lambda xp, a, b: a[5],
    "set_element": lambda xp, a, b: (operator.setitem(a, 5, 1.0), a)[1],
    "compare": lambda xp, a, b: a > b,
    "astype": lambda xp, a, b: a.astype("float64"),
    "concatenate": lambda xp, a, b: xp.concatenate([a, b]),
    "chain": chain,
    "float_of_element": lambda xp, a, b: np.float64(float(a[3])),
}
for _name, _run in SMALL_CALLS.items():
    add(f"overhead/{_name}", small, _run, ROUNDED)
add("overhead/empty", small, lambda xp, a, b: xp.empty(1000, dtype=xp.float32), verify=lambda got, *_: None)
add("overhead/zeros", small, lambda xp, a, b: xp.zeros(1000, dtype=xp.float32))
add("overhead/sum_axis", small_and(lambda a, b: a.reshape(10, 100)), lambda xp, a, b, m: m.sum(axis=1), ROUNDED)
add("overhead/matmul_64", small_and(lambda a, b: uniform(64, 64)), lambda xp, a, b, m: m @ m, ROUNDED)
add("overhead/where", small_and(lambda a, b: a > 3), lambda xp, a, b, mask: xp.where(mask, a, b))
add("overhead/take", small_and(lambda a, b: np.arange(500)), lambda xp, a, b, index: a[index])


def single(a, b):
    """A small matrix product."""
    return a.reshape(25, 40) @ b.reshape(40, 25)


add("latency/add", small, lambda xp, a, b: a + b)
add("latency/chain", small, chain, ROUNDED)
add("latency/sum", small, lambda xp, a, b: a.sum(), ROUNDED)
add("latency/float_of_sum", small, lambda xp, a, b: np.float64(float(a.sum())), ROUNDED)
add("latency/matmul", small, lambda xp, a, b: single(a, b), ROUNDED)


# Bound by memory

N = 50_000_000
two = vectors(N, k=2)
plane = square(8192)


def normalized(xp, a):
    """Rows of mean 0 and spread 1."""
    return (a - a.mean(axis=1, keepdims=True)) / (a.std(axis=1, keepdims=True) + 1e-6)


def softmax(xp, a):
    """Rows of positive numbers of sum 1."""
    e = xp.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def laplacian(xp, a):
    """Five views."""
    return a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - 4 * a[1:-1, 1:-1]


add("stream/add_f32_50M", two, lambda xp, a, b: a + b)
add("stream/add_f64_50M", vectors(N, "float64", 2), lambda xp, a, b: a + b)
add("stream/add_f16_50M", vectors(N, "float16", 2), lambda xp, a, b: a + b)
add("stream/add_i8_50M", lambda scale, _: (whole(count(N, scale), 100, "int8"), whole(count(N, scale), 27, "int8", 1)), lambda xp, a, b: a + b)
add("stream/mul_c64_25M", vectors(N // 2, "complex64", 2), lambda xp, a, b: a * b, ROUNDED)
add("stream/chain_f32_10M", vectors(10_000_000, k=2), chain, ROUNDED)
add("stream/chain_f32_50M", two, chain, ROUNDED)
add("stream/polynomial_f32_50M", two, lambda xp, a, b: a * a * a + 2 * a * a - 3 * a + 1 + b, ROUNDED)
add("stream/normalized_rows", plane, normalized, SUMMED, in_float64(normalized))
add("stream/softmax_rows", plane, softmax, SUMMED, in_float64(softmax))
add("stream/squared_distance", two, lambda xp, a, b: ((a - b) ** 2).sum(), SUMMED, in_float64(lambda xp, a, b: ((a - b) ** 2).sum()))
add("stream/add_transposed", plane, lambda xp, a: a + a.T)
add("stream/add_row", plane, lambda xp, a: a + a[0])
add("stream/add_column", plane, lambda xp, a: a + a[:, :1])
add("stream/copy_50M", two, lambda xp, a, b: a.copy())
add("stream/copy_transposed", plane, lambda xp, a: a.T.copy())
add("stream/astype_f32_f64", two, lambda xp, a, b: a.astype("float64"))
add("stream/exp_f32", two, lambda xp, a, b: xp.exp(a), ROUNDED)
add("stream/exp_f64", vectors(N, "float64"), lambda xp, a: xp.exp(a), 1e-12)
add("stream/sin_f32", two, lambda xp, a, b: xp.sin(a), ROUNDED)
add("stream/power_f32", two, lambda xp, a, b: a**b, ROUNDED)
add("stream/where", two, lambda xp, a, b: xp.where(a > b, a, b))
add("stream/clip", two, lambda xp, a, b: xp.clip(a, 0.2, 0.8))
add("stream/iadd", two, lambda xp, a, b: operator.iadd(a, b))
add("stream/every_second", plane, lambda xp, a: a[::2, ::2] + 1)
add("stream/concatenate", two, lambda xp, a, b: xp.concatenate([a, b]))
add("stream/stack_columns", two, lambda xp, a, b: xp.stack([a, b], axis=1))
add("stream/roll_rows", plane, lambda xp, a: xp.roll(a, 3, axis=1))
add("stream/reversed_rows", plane, lambda xp, a: xp.ascontiguousarray(a[:, ::-1]))
add("stream/laplacian", plane, laplacian, ROUNDED)
add("stream/zeros_50M", lambda scale, _: (count(N, scale),), lambda xp, n: xp.zeros(n, dtype=xp.float32))
add("stream/arange_50M", lambda scale, _: (count(N, scale),), lambda xp, n: xp.arange(n, dtype=xp.float32))


# Reductions and scans

big, matrix = vectors(100_000_000), square(10_000)


def reduction(name, make, run, tolerance=SUMMED):
    """A reduction of floats, compared with the same in float64."""
    add(f"reduce/{name}", make, run, tolerance, in_float64(run) if tolerance else None)


reduction("sum_100M", big, lambda xp, a: a.sum())
add("reduce/sum_f16_50M", lambda scale, _: (uniform(count(N, scale)).astype("float16") * np.float16(1e-3),), lambda xp, a: a.sum(), 2e-3,
    lambda xp, a: a.sum(dtype="float64"))
reduction("sum_axis0", matrix, lambda xp, a: a.sum(axis=0))
reduction("sum_axis1", matrix, lambda xp, a: a.sum(axis=1))
reduction("sum_axis1_of_8", lambda scale, _: (uniform(count(10_000_000, scale), 8),), lambda xp, a: a.sum(axis=1))
reduction("sum_axes_0_2", lambda scale, _: (uniform(256, side(600, scale), side(600, scale)),), lambda xp, a: a.sum(axis=(0, 2)))
reduction("mean_axis0", matrix, lambda xp, a: a.mean(axis=0))
reduction("std", big, lambda xp, a: a.std())
reduction("var_axis1", matrix, lambda xp, a: a.var(axis=1))
reduction("max_100M", big, lambda xp, a: a.max(), EXACT)
reduction("argmax_100M", big, lambda xp, a: a.argmax(), EXACT)
reduction("argmax_axis1", matrix, lambda xp, a: a.argmax(axis=1), EXACT)
reduction("any_100M", big, lambda xp, a: (a > 2).any(), EXACT)
reduction("count_nonzero", big, lambda xp, a: xp.count_nonzero(a > 0.5), EXACT)
reduction("nansum", big, lambda xp, a: xp.nansum(a))
reduction("nanmean_axis0", matrix, lambda xp, a: xp.nanmean(a, axis=0))
reduction("norm", big, lambda xp, a: xp.linalg.norm(a))
add("reduce/prod_f64_50M", vectors(N, "float64"), lambda xp, a: a.prod(), 1e-9)
reduction("cumsum_50M", vectors(N), lambda xp, a: a.cumsum(0))
reduction("cumsum_axis0", matrix, lambda xp, a: a.cumsum(axis=0))
reduction("cumsum_axis1", matrix, lambda xp, a: a.cumsum(axis=1))
add("reduce/median_axis1", lambda scale, _: (uniform(side(5000, scale), side(2000, scale)),), lambda xp, a: xp.median(a, axis=1), ROUNDED)
add("reduce/median_10M", vectors(10_000_000), lambda xp, a: xp.median(a), ROUNDED)
add("reduce/percentiles_10M", vectors(10_000_000), lambda xp, a: xp.percentile(a, [5, 50, 95]), ROUNDED)
add("reduce/allclose", big, lambda xp, a: xp.allclose(a, a))
add("reduce/diff", big, lambda xp, a: xp.diff(a))


# Indices

TEN = 10_000_000


def with_places(scale, _):
    """Numbers, and as many places among them."""
    n = count(TEN, scale)
    return uniform(n), whole(n, n, seed=3)


def assigned(xp, a, where, value):
    """The array, changed."""
    a[where] = value
    return a


def added_at(xp, a, index):
    """The array, added to at places that repeat."""
    xp.add.at(a, index, 1.0)
    return a


def rows_to_take(scale, _):
    """A matrix and numbers of rows."""
    n = side(20_000, scale)
    return uniform(n, 512), whole(n, n, seed=3)


def rows_in_order(scale, _):
    """A matrix and the order of each of its rows."""
    a = uniform(side(5000, scale), 1000)
    return a, np.argsort(a, axis=1)


def searched(scale, _):
    """Numbers and a sorted table to find them in."""
    return uniform(count(TEN, scale)), np.linspace(0, 1, 100_000, dtype="float32")


add("index/take_10M", with_places, lambda xp, a, i: a[i])
add("index/take_rows", rows_to_take, lambda xp, a, i: a[i])
add("index/select", with_places, lambda xp, a, i: a[a > 0.5])
add("index/assign_mask", with_places, lambda xp, a, i: assigned(xp, a, a > 0.9, 0.0))
add("index/assign_places", with_places, lambda xp, a, i: assigned(xp, a, i, 1.0))
add("index/add_at", with_places, added_at, ROUNDED)
add("index/nonzero", with_places, lambda xp, a, i: xp.nonzero(a > 0.5))
add("index/searchsorted", searched, lambda xp, a, table: xp.searchsorted(table, a))
add("index/bincount", lambda scale, _: (whole(count(TEN, scale), 1000),), lambda xp, i: xp.bincount(i))
add("index/histogram", vectors(TEN), lambda xp, a: xp.histogram(a, bins=100), 1e-3)
add("index/unique", lambda scale, _: (whole(count(TEN, scale), 1_000_000),), lambda xp, i: xp.unique(i))
add("index/isin", lambda scale, _: (whole(count(TEN // 2, scale), 1_000_000), np.arange(0, 1_000_000, 7)), lambda xp, i, j: xp.isin(i, j))
add("index/repeat", vectors(TEN), lambda xp, a: xp.repeat(a, 4))
add("index/tile", vectors(TEN), lambda xp, a: xp.tile(a, 4))
add("index/take_along_axis", rows_in_order, lambda xp, a, i: xp.take_along_axis(a, i, axis=1))


# Sorting

for _dtype, _top in (("float32", 10**9), ("float64", 10**9), ("int32", 10**9), ("int64", 10**9), ("uint8", 200)):
    add(f"sort/{_dtype}_10M", lambda scale, _, d=_dtype, t=_top: (whole(count(TEN, scale), t, d),), lambda xp, a: xp.sort(a))


def sorts_it(got, a):
    """An order of which equal elements are free must sort the array."""
    if not np.array_equal(a[got[0]], np.sort(a)):
        raise AssertionError("the order does not sort")


def is_partitioned(got, a):
    """What stands in the middle must be there, with nothing larger before it."""
    middle, part = a.size // 2, got[0]
    if part[middle] != np.partition(a, middle)[middle] or part[:middle].max() > part[middle] or part[middle:].min() < part[middle]:
        raise AssertionError("not partitioned")


add("sort/argsort_f32_10M", vectors(TEN), lambda xp, a: xp.argsort(a), verify=sorts_it)
add("sort/rows_of_1000", lambda scale, _: (uniform(side(10_000, scale), 1000),), lambda xp, a: xp.sort(a, axis=1))
add("sort/rows_of_16", lambda scale, _: (uniform(count(1_000_000, scale), 16),), lambda xp, a: xp.sort(a, axis=1))
add("sort/columns_of_1000", lambda scale, _: (uniform(1000, side(10_000, scale)),), lambda xp, a: xp.sort(a, axis=0))
add("sort/partition", vectors(TEN), lambda xp, a: xp.partition(a, a.size // 2), verify=is_partitioned)
add("sort/lexsort_2", lambda scale, _: (uniform(2, count(2_000_000, scale)),), lambda xp, a: xp.lexsort(a), verify=lambda got, a: sorts_it(got, a[1]))


# Linear algebra


def product(xp, a, b):
    """A matrix product."""
    return a @ b


def near(got, want, tolerance, what):
    """Raises if two arrays differ by more than a share of the largest number."""
    error = np.max(np.abs(got - want), initial=0) / max(np.max(np.abs(want), initial=0), 1e-30)
    if not error <= tolerance:
        raise AssertionError(f"{what}: off by {error:.1e} of the largest")


def rebuilt(join, tolerance=1e-3):
    """Factors are checked by what they make together."""
    return lambda got, a, *_: near(join(*got), a, tolerance, "factors")


for _n in (1000, 5000):
    add(f"linalg/matmul_f32_{_n}", cube_root(_n, k=2), product, SUMMED)
    add(f"linalg/matmul_f64_{_n}", cube_root(_n, "float64", 2), product, 1e-11)
add("linalg/matmul_f16_5000", cube_root(5000, "float16"), lambda xp, a: a @ a, 5e-3, in_float64(lambda xp, a: a.astype("float32") @ a.astype("float32")))
add("linalg/matmul_512x128x128", lambda scale, _: (uniform(512, 128, 128),), lambda xp, a: a @ a, SUMMED)
add("linalg/matmul_i32_1000", lambda scale, _: (whole(edge(1000, scale) ** 2, 10, "int32").reshape(edge(1000, scale), -1),), lambda xp, a: a @ a)
add("linalg/matrix_vector_8192", plane, lambda xp, a: a @ a[0], SUMMED)
add("linalg/dot_50M", two, lambda xp, a, b: a.dot(b), SUMMED, in_float64(lambda xp, a, b: a.dot(b)))
add("linalg/outer_8192", lambda scale, _: (uniform(side(8192, scale)),), lambda xp, a: xp.outer(a, a))
add("linalg/einsum_bij_bjk", lambda scale, _: (uniform(512, 128, 128),), lambda xp, a: xp.einsum("bij,bjk->bik", a, a), SUMMED)
add("linalg/einsum_ijk_ilk", lambda scale, _: (uniform(128, 128, 128),), lambda xp, a: xp.einsum("ijk,ilk->jl", a, a), SUMMED)
add("linalg/einsum_ij_ij", plane, lambda xp, a: xp.einsum("ij,ij->i", a, a), SUMMED)
add("linalg/tensordot", lambda scale, _: (uniform(128, 128, 128),), lambda xp, a: xp.tensordot(a, a, axes=([0, 2], [0, 2])), SUMMED)
add("linalg/solve_5000", definite(5000), lambda xp, a, b: xp.linalg.solve(a, b), verify=lambda got, a, b: near(a @ got[0], b, 1e-3, "solution"))
add("linalg/inv_5000", definite(5000), lambda xp, a, b: xp.linalg.inv(a), verify=lambda got, a, b: near(a @ got[0], np.eye(len(a)), 1e-2, "inverse"))
add("linalg/cholesky_5000", definite(5000), lambda xp, a, b: xp.linalg.cholesky(a), verify=rebuilt(lambda low: low @ low.T))
add("linalg/qr_2000", cube_root(2000), lambda xp, a: xp.linalg.qr(a), verify=rebuilt(lambda q, r: q @ r))
add("linalg/svd_2000", cube_root(2000), lambda xp, a: xp.linalg.svd(a), verify=rebuilt(lambda u, s, v: u * s @ v))
add("linalg/svd_1000_of_16", lambda scale, _: (uniform(count(1000, scale), 16, 16),), lambda xp, a: xp.linalg.svd(a),
    verify=rebuilt(lambda u, s, v: u * s[:, None] @ v))
for _n in (2000, 5000):
    add(f"linalg/eigh_{_n}", definite(_n), lambda xp, a, b: xp.linalg.eigh(a), verify=rebuilt(lambda w, v: v * w @ v.T))
add("linalg/lstsq_2000", definite(2000), lambda xp, a, b: xp.linalg.lstsq(a, b, rcond=None)[0],
    verify=lambda got, a, b: near(a @ got[0], b, 1e-3, "solution"))
add("linalg/det_100", lambda scale, _: (uniform(edge(100, scale), edge(100, scale), dtype="float64"),), lambda xp, a: xp.linalg.det(a), 1e-8)


def batch(scale, _):
    """Many small matrices that are easily inverted."""
    return (uniform(count(1000, scale), 32, 32) + np.eye(32, dtype="float32") * 32,)


add("linalg/solve_1000_of_32", batch, lambda xp, a: xp.linalg.solve(a, a), 1e-3)
add("linalg/inv_1000_of_32", batch, lambda xp, a: xp.linalg.inv(a), 1e-3)


# Transforms


def waves(n, k=1):
    """Complex vectors."""
    return lambda scale, _: (uniform(*([k] if k > 1 else []), count(n, scale), dtype="complex64"),)


image = square(4096, "complex64")
add("fft/c128_1M", vectors(1 << 20, "complex128"), lambda xp, a: xp.fft.fft(a), 1e-9)
add("fft/c64_1000_of_10000", waves(10_000, 1000), lambda xp, a: xp.fft.fft(a), ROUNDED)
add("fft/axis0_4096", image, lambda xp, a: xp.fft.fft(a, axis=0), ROUNDED)
add("fft/2d_4096", image, lambda xp, a: xp.fft.fft2(a), ROUNDED)
add("fft/real_16M", vectors(1 << 24), lambda xp, a: xp.fft.rfft(a), ROUNDED)
add("fft/inverse_real_8M", waves(1 << 23), lambda xp, a: xp.fft.irfft(a), 1e-4)
add("fft/3d_256", lambda scale, _: (uniform(*[edge(256, scale)] * 3, dtype="complex64"),), lambda xp, a: xp.fft.fftn(a), ROUNDED)
add("fft/shift_4096", image, lambda xp, a: xp.fft.fftshift(a))


# Random numbers


def drawn(n, mean, spread, dtype=None):
    """What must hold of numbers drawn: how many, their mean and spread."""

    def verify(got, scale_n):
        x = got[0]
        if x.size != scale_n or (dtype and x.dtype != dtype):
            raise AssertionError(f"{x.size} numbers of {x.dtype}")
        wide = x.astype("float64")
        if abs(wide.mean() - mean) > 6 * spread / math.sqrt(x.size) or abs(wide.std() - spread) > 0.05 * spread + 6 * spread / math.sqrt(x.size):
            raise AssertionError(f"mean {wide.mean():.4f}, spread {wide.std():.4f}")

    return (lambda scale, _: (count(n, scale),)), verify


def generator(xp):
    """A generator of the new interface."""
    return xp.random.default_rng(1)


def random_numbers(name, n, mean, spread, run, host_run=None, dtype=None):
    """Numbers of a distribution; NumPy's call where it has other arguments."""
    make, verify = drawn(n, mean, spread, dtype)
    add(f"random/{name}", make, lambda xp, n: (host_run or run)(xp, n) if xp is np else run(xp, n), verify=verify)


HUNDRED = 100_000_000
random_numbers("rand_f32_100M", HUNDRED, 0.5, 12**-0.5, lambda xp, n: xp.random.rand(n, dtype="float32"),
               lambda xp, n: generator(xp).random(n, dtype="float32"), "float32")
random_numbers("randn_f32_100M", HUNDRED, 0, 1, lambda xp, n: xp.random.randn(n, dtype="float32"),
               lambda xp, n: generator(xp).standard_normal(n, dtype="float32"), "float32")
random_numbers("rand_f64_50M", N, 0.5, 12**-0.5, lambda xp, n: xp.random.rand(n))
random_numbers("randint_50M", N, 499.5, 1000 / 12**0.5, lambda xp, n: xp.random.randint(0, 1000, size=n))
random_numbers("generator_normal_50M", N, 0, 1, lambda xp, n: generator(xp).standard_normal(n))
random_numbers("generator_gamma_10M", TEN, 2, 2**0.5, lambda xp, n: generator(xp).gamma(2.0, size=n))
random_numbers("poisson_10M", TEN, 4, 2, lambda xp, n: xp.random.poisson(4.0, size=n))


def is_permutation(got, n):
    """Every number once, not in order."""
    if not np.array_equal(np.sort(got[0]), np.arange(n)) or np.array_equal(got[0], np.arange(n)):
        raise AssertionError("no permutation")


add("random/permutation_10M", lambda scale, _: (count(TEN, scale),), lambda xp, n: xp.random.permutation(n), verify=is_permutation)


# Between host and device


class OnHost:
    """An array that stays NumPy's: what the workload sends itself."""

    def __init__(self, array):
        self.array = array


def received(xp, a):
    """An array in NumPy's memory."""
    return a.copy() if xp is np else a.cpu() if hasattr(a, "cpu") else xp.asnumpy(a)


def sent(xp, a):
    """An array in the library's memory."""
    return a.array.copy() if xp is np else xp.asarray(a.array)


def on_host(make):
    """The operands, kept on the host."""
    return lambda scale, k: tuple(OnHost(a) for a in make(scale, k))


add("transfer/to_device_200MB", on_host(vectors(N)), sent)
add("transfer/to_host_200MB", vectors(N), received)
add("transfer/to_device_4kB", on_host(vectors(1000)), sent)
add("transfer/to_host_4kB", vectors(1000), received)


# Kernels of users


@functools.cache
def user_kernels(xp):
    """An element-wise, a reducing and a raw kernel, and a fused function."""
    raw = r"""extern "C" __global__ void line(const float* x, float* y, long long n) {
        long long i = (long long)blockDim.x * blockIdx.x + threadIdx.x;
        if (i < n) y[i] = x[i] * 2.0f + 1.0f;
    }"""
    makers = {
        "elementwise": lambda: xp.ElementwiseKernel("float32 x, float32 y", "float32 z", "z = x * y + 1.0f", "multiplied_and_one"),
        "reduction": lambda: xp.ReductionKernel("float32 x, float32 w", "float32 y", "x * w", "a + b", "y = a", "0", "weighted_sum"),
        "raw": lambda: xp.RawKernel(raw, "line"),
        "fused": lambda: xp.fuse()(lambda x, y: (x * 2.0 + y * 3.0) / (x + y + 1.0)),
    }
    return lambda name: _made(xp, name, makers[name])


@functools.cache
def _made(xp, name, make):
    return make()


def line(xp, a, b):
    """A raw kernel that writes its second operand."""
    user_kernels(xp)("raw")(((a.size + 255) // 256,), (256,), (a, b, a.size))
    return b


def times_and_one(xp, a, b):
    """What the element-wise kernel computes."""
    return a * b + np.float32(1)


def user(name, make, run, want, tolerance):
    """A workload of a user's kernel."""
    add(f"kernel/{name}", make, run, tolerance, lambda xp, *arrays: want(xp, *arrays))


user("elementwise_1000", small, lambda xp, a, b: user_kernels(xp)("elementwise")(a, b), times_and_one, ROUNDED)
user("raw_1000", small, line, lambda xp, a, b: a * 2 + 1, ROUNDED)
user("elementwise_50M", two, lambda xp, a, b: user_kernels(xp)("elementwise")(a, b), times_and_one, ROUNDED)
user("reduction_50M", two, lambda xp, a, b: user_kernels(xp)("reduction")(a, b), lambda xp, a, b: np.dot(a.astype("d"), b.astype("d")), SUMMED)
user("raw_50M", two, line, lambda xp, a, b: a * 2 + 1, ROUNDED)
user("fused_50M", two, lambda xp, a, b: user_kernels(xp)("fused")(a, b), chain, ROUNDED)
