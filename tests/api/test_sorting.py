"""Sorting and searching against NumPy: every dtype, any axis and layout, ties, NaN, signed zeros."""

import cuprous as cp
import numpy as np
import pytest
from support.calls import check_call, source_of
from support.compare import ZEROS_ALIKE, assert_same, assert_same_error, equal_bits, outcome, to_numpy
from support.values import LAYOUTS, OTHER, laid_out

DTYPES = "?bBhHiIlLefdFD"
# Each side of what backends do by other means: a few lanes, a block, many blocks; many short rows and few long ones.
SHAPES = [(1,), (2,), (31,), (32,), (33,), (256,), (257,), (511,), (600,), (1024,), (1025,), (2049,), (4096,), (4097,), (10_000,), (100_000,),
          (1000, 3), (300, 20), (70, 100), (5, 700), (3, 5000), (2, 70_000), (0,), (0, 3), (3, 0)]


def elements(dtype, shape, ties=False):
    """Random elements of the whole range, or few distinct ones; floats with NaN of both signs, infinities and zeros."""
    rng = np.random.default_rng([ord(dtype), len(shape), *shape, ties])
    dtype = np.dtype(dtype)
    n = int(np.prod(shape))
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        low, high = (0, 5) if ties else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return rng.integers(low, high, shape, dtype=dtype, endpoint=True)

    def reals():
        x = rng.integers(-3, 4, n) if ties else rng.normal(size=n) * 10.0 ** rng.integers(-4, 4, n)
        x = x.astype(dtype.type(0).real.dtype)
        if n > 8:
            x[rng.integers(0, n, n // 6)] = rng.choice(np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0]), n // 6)
        return x

    if dtype.kind == "f":
        return reals().reshape(shape)
    z = np.empty(n, dtype)
    z.real, z.imag = reals(), reals()
    return z.reshape(shape)


def stable(x, axis=-1):
    """What a stable sort gives, zeros and all."""
    return np.take_along_axis(x, np.argsort(x, axis=axis, kind="stable"), axis)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sort_and_argsort(dtype, ties):
    """Rows of every length that is treated in a way of its own."""
    for shape in SHAPES:
        x = elements(dtype, shape, ties)
        y = cp.asarray(x)
        assert_same(cp.sort(y), stable(x), what=f"sort {shape}")
        assert_same(cp.argsort(y), np.argsort(x, kind="stable"), what=f"argsort {shape}")


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_axes_and_layouts(layout):
    """Any axis of any layout; results lie in memory as NumPy's; pending values are sorted too."""
    a, x = laid_out(layout, "any", "d", "sort")
    for axis in (None, *range(-a.ndim, a.ndim)):
        assert_same(cp.sort(x, axis=axis), stable(a.reshape(-1) if axis is None else a, 0 if axis is None else axis), what=f"{layout} {axis}")
        assert_same(cp.argsort(x, axis=axis), np.argsort(a, axis=axis, kind="stable"), what=layout, strides=True)
        assert_same(cp.sort(x * 2, axis=axis), stable((a * 2).reshape(-1) if axis is None else a * 2, 0 if axis is None else axis))


def test_memory_order():
    """A sorted copy lies as the array does."""
    for order in "CF":
        x = np.asarray(np.random.default_rng(0).integers(0, 9, (4, 5, 6)), order=order)
        for axis in range(3):
            assert_same(cp.sort(cp.array(x, order=order), axis=axis), np.sort(x, axis=axis), strides=True)


@pytest.mark.parametrize("dtype", "?bedD")
def test_in_place(dtype):
    """The methods that write; views write through, read-only arrays refuse."""
    for index in (np.s_[:], np.s_[::-2], np.s_[:, 1:3], np.s_[3]):
        x = elements(dtype, (6, 40), True)
        y = cp.asarray(x)
        for axis in range(-x[index].ndim, 0):
            x[index] = stable(x[index], axis)
            assert y[index].sort(axis=axis) is None
            assert_same(y, x)
    y = cp.asarray(x)
    pending = cp.logical_not(y)
    y.sort(axis=0)
    assert_same(pending, np.logical_not(x))
    assert_same(y, stable(x, 0))
    y = cp.asarray(elements("d", (50,)))
    x = to_numpy(y)
    assert y.partition(7) is None
    assert_parted(to_numpy(y), x, [7])
    z = cp.broadcast_to(cp.arange(3), (2, 3))
    got, error = outcome(z.sort)
    assert isinstance(error, ValueError) and got is None


def test_methods():
    """Methods are the functions."""
    x = elements("d", (4, 30))
    y = cp.asarray(x)
    assert_same(y.argsort(axis=0), x.argsort(axis=0, kind="stable"))
    assert_same(cp.sort(y[0])[:5].searchsorted(y[1]), np.sort(x[0])[:5].searchsorted(x[1]))
    assert_parted(np.take_along_axis(x, to_numpy(y.argpartition(3)), 1), x, [3])
    s = cp.asarray(np.float64(3.0))
    assert_same(s.argsort(), np.asarray([0]))


CALLS = [
    lambda xp, a: xp.sort(a, axis=2),
    lambda xp, a: xp.sort(a, axis=-3),
    lambda xp, a: xp.sort(a[0, 0]),
    lambda xp, a: xp.sort(a[0, 0], axis=None),
    lambda xp, a: xp.argsort(a[0, 0]),
    lambda xp, a: xp.argsort(a[0, 0], axis=1),
    lambda xp, a: a[0, 0].argsort(axis=0),
    lambda xp, a: xp.sort(a, kind="foo"),
    lambda xp, a: xp.sort(a, kind="Q"),
    lambda xp, a: xp.sort(a, kind=""),
    lambda xp, a: xp.sort(a, kind="stable"),
    lambda xp, a: xp.sort(a, kind="mergesort"),
    lambda xp, a: xp.sort(a, order="x"),
    lambda xp, a: xp.sort(a, order=["x"]),
    lambda xp, a: xp.argsort(a, order="x"),
    lambda xp, a: xp.sort(a, stable=True),
    lambda xp, a: xp.argsort(a, stable=True),
    lambda xp, a: xp.sort(a, kind="quicksort", stable=True),
    lambda xp, a: xp.argsort(a, kind="stable", stable=False),
    lambda xp, a: a.sort(axis=5),
    lambda xp, a: xp.asarray(3.0).sort(),
    lambda xp, a: xp.sort_complex(a),
    lambda xp, a: xp.sort_complex(a[0, 0]),
    *[lambda xp, a, d=d: xp.sort_complex(a.astype(d)) for d in DTYPES],
    lambda xp, a: xp.lexsort((a[0], a[1])),
    lambda xp, a: xp.lexsort(a.astype("i") % 2),
    lambda xp, a: xp.lexsort(a[None] % 2),
    lambda xp, a: xp.lexsort((a % 2, a % 3), axis=0),
    lambda xp, a: xp.lexsort((a, a), axis=2),
    lambda xp, a: xp.lexsort([]),
    lambda xp, a: xp.lexsort((a, a[0])),
    lambda xp, a: xp.lexsort((a[0, 0], a[0, 1])),
    lambda xp, a: xp.lexsort((a[0, 0], a[0, 1]), axis=1),
    lambda xp, a: xp.lexsort(a[:, :0]),
    lambda xp, a: xp.partition(a, 30),
    lambda xp, a: xp.partition(a, -31),
    lambda xp, a: xp.partition(a, 1.5),
    lambda xp, a: xp.partition(a, True),
    lambda xp, a: xp.partition(a, []),
    lambda xp, a: xp.partition(a[0, 0], 0),
    lambda xp, a: xp.partition(a[:, :0], 0),
    lambda xp, a: xp.partition(a, 1, kind="foo"),
    lambda xp, a: xp.partition(a, 1, order="x"),
    lambda xp, a: xp.argpartition(a[0, 0], 0),
    lambda xp, a: xp.argpartition(a[0, 0], 1),
    lambda xp, a: xp.argpartition(a, (0, 40)),
    lambda xp, a: xp.partition(a[:, :0], 7, axis=0),
    lambda xp, a: xp.argpartition(a[:, :0], (1, 7), axis=0),
    lambda xp, a: xp.lexsort((a % 2, a.astype("i") % 3, -a)),
]


@pytest.mark.parametrize("dtype", DTYPES)
def test_lexsort(dtype):
    """Keys of every dtype, in rows that need not lie side by side, along every axis; equal keys stay in order."""
    a = elements(dtype, (3, 4, 50), True)
    for view in (lambda m: m, lambda m: m[:, :, ::-3], lambda m: m.transpose(0, 2, 1), lambda m: m[::-1, 1:3, 5:]):
        x = view(cp.asarray(a))
        for axis in (-1, 0, 1, -2):
            assert_same(cp.lexsort(x, axis=axis), np.lexsort(view(a), axis=axis), what=f"{dtype} {axis}")
            assert_same(cp.lexsort((x[0], x[1]), axis=axis), np.lexsort((view(a)[0], view(a)[1]), axis=axis), what=f"{dtype} {axis}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_largest(dtype):
    """The largest elements by `argpartition` and `partition`, in any order among themselves."""
    for shape in ((60,), (5, 700), (3, 5000), (20_000,)):
        x = elements(dtype, shape, True)
        y = cp.asarray(x)
        for k in (1, 7, 50):
            want = stable(x)[..., -k:]
            places = cp.argpartition(y, -k)[..., -k:]
            assert_same(cp.sort(cp.take_along_axis(y, places, -1)) + 0, stable(want) + 0, ulp=ZEROS_ALIKE, what=f"{shape} {k}")
            assert_same(cp.sort(cp.partition(y, -k)[..., -k:]) + 0, stable(want) + 0, ulp=ZEROS_ALIKE, what=f"{shape} {k}")
            assert all(len(set(row)) == k for row in to_numpy(places).reshape(-1, k).tolist())


@pytest.mark.parametrize("call", CALLS, ids=lambda c: None)
def test_calls(call):
    """Arguments of sorts, good and bad ones."""
    rng = np.random.default_rng(3)
    check_call(call, [rng.permutation(120).reshape(4, 30).astype("d")], source_of(call))


def assert_parted(got, x, kth, what=""):
    """Along the last axis: the elements of `x`, at the places those of a sort, nothing larger in front and nothing smaller behind."""
    # NumPy's other sorts go wrong where float16 has NaN with a sign. Zeros are equal here, and NaN too.
    want = stable(x)
    equal = np.testing.assert_array_equal
    equal(stable(got), want, what)
    for k in kth:
        here = want[..., k]
        equal(got[..., k], here, what)
        equal(stable(got[..., : k + 1])[..., -1], here, what)
        equal(stable(got[..., k:])[..., 0], here, what)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("dtype", "?bHilLefdD")
def test_partition(dtype, ties):
    """Rows of every length that is treated in a way of its own; one place and several."""
    for shape in ((5, 200), (3, 700), (4, 5000), (30_000,), (2, 20_001)):
        x = elements(dtype, shape, ties)
        y = cp.asarray(x)
        n = shape[-1]
        for kth in (0, 7, n // 2, -1, (3, 150), (n // 2, n // 2)):
            places = [k % n for k in np.atleast_1d(kth)]
            assert_parted(to_numpy(cp.partition(y, kth)), x, places, f"{shape} {kth}")
            found = to_numpy(cp.argpartition(y, kth))
            assert (np.sort(found, axis=-1) == np.arange(n)).all()
            assert_parted(np.take_along_axis(x, found, -1), x, places, f"{shape} {kth}")
    x = elements(dtype, (200, 6), ties)
    assert_parted(to_numpy(cp.partition(cp.asarray(x), 11, axis=0)).T, x.T, [11])
    assert_parted(to_numpy(cp.partition(cp.asarray(x), 11, axis=None)), x.ravel(), [11])


@pytest.mark.parametrize("dtype", "bhilLefdFD")
def test_equal_digits(dtype):
    """Long rows whose keys differ in some bytes only, in none, or in others than those of the next row."""
    n, size = 9000, np.dtype(dtype).itemsize
    rng = np.random.default_rng(ord(dtype))
    rows = [np.full(n, 42), rng.integers(0, 100, n), np.where(rng.integers(0, 99, n), 7, -7), np.arange(n)[::-1] % 100, np.zeros(n)]
    x = np.stack([row.astype(dtype) for row in rows])
    if np.dtype(dtype).kind == "f":
        x[1] = np.where(rng.integers(0, 2, n), np.nan, -0.0).astype(dtype)
        x[4] = np.where(rng.integers(0, 2, n), 0.0, -0.0).astype(dtype)
    elif size > 1 and np.dtype(dtype).kind in "iu":
        x[2] = rng.integers(0, 3, n).astype(dtype) << (8 * size - 9)
    y = cp.asarray(x)
    assert_same(cp.sort(y), stable(x))
    assert_same(cp.argsort(y), np.argsort(x, kind="stable"))
    for k in range(len(rows)):
        assert_same(cp.sort(y[k]), stable(x[k]))
        assert_same(cp.argsort(y[k]), np.argsort(x[k], kind="stable"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_searchsorted(dtype):
    """Both sides, values among the elements and beside them, NaN, any shape, a sorter."""
    for n in (0, 1, 2, 33, 5000):
        a = stable(elements(dtype, (n,), n > 1000))
        v = np.concatenate([elements(dtype, (300,), True), elements(dtype, (300,)), a[:50]])[:600].reshape(20, -1)
        for side in ("left", "right"):
            assert_same(cp.searchsorted(cp.asarray(a), cp.asarray(v), side=side), np.searchsorted(a, v, side=side), what=f"{n} {side}")
    x = elements(dtype, (400,), True)
    sorter = np.argsort(x, kind="stable")
    got = cp.searchsorted(cp.asarray(x), cp.asarray(x), sorter=cp.asarray(sorter))
    assert_same(got, np.searchsorted(x, x, sorter=sorter))


SEARCHES = [
    lambda xp, a: xp.searchsorted(a, 3),
    lambda xp, a: xp.searchsorted(a, 2.5, side="right"),
    lambda xp, a: xp.searchsorted(a, [1, 7.5]),
    lambda xp, a: xp.searchsorted(a, 1j),
    lambda xp, a: xp.searchsorted(a.astype("f"), 0.1),
    lambda xp, a: xp.searchsorted(a[::2], a[::-1]),
    lambda xp, a: xp.searchsorted(a.reshape(2, 5), 3),
    lambda xp, a: xp.searchsorted(a[0], 3),
    lambda xp, a: xp.searchsorted(a, 3, side="x"),
    lambda xp, a: xp.searchsorted(a, 3, side="LEFT"),
    lambda xp, a: xp.searchsorted(a, 3, side="Lest"),
    lambda xp, a: xp.searchsorted(a, 3, sorter=[0, 1]),
    lambda xp, a: xp.searchsorted(a, 3, sorter=a),
    lambda xp, a: xp.searchsorted(a, 3, sorter=[[0] * 10]),
    lambda xp, a: xp.searchsorted([], [1, 2]),
    lambda xp, a: xp.digitize(a, [2, 4, 4.5]),
    lambda xp, a: xp.digitize(a, [2, 4, 4.5], right=True),
    lambda xp, a: xp.digitize(a, [7, 4, 1]),
    lambda xp, a: xp.digitize(a, a[::-1], right=True),
    lambda xp, a: xp.digitize(a.reshape(2, 5), a[:1]),
    lambda xp, a: xp.digitize(a, [4, 4]),
    lambda xp, a: xp.digitize(a * 1j, [4, 4]),
    lambda xp, a: xp.digitize(a, [4, 4j]),
    lambda xp, a: xp.digitize(a, [[4, 4]]),
    lambda xp, a: xp.digitize(a, 5),
    lambda xp, a: xp.digitize(a, []),
    lambda xp, a: xp.digitize(3, [0, 5]),
    *[lambda xp, a, n=n, d=d: xp.searchsorted(a.astype(d), n) for n in (2**63, 2**64 - 1, 2**64, 2**70, -(2**63), -(2**63) - 1, -(2**70)) for d in "?bBlLefd"],
    lambda xp, a: xp.searchsorted(xp.asarray([2**64 - 2, 2**64 - 1], "L"), 2**64),
    lambda xp, a: xp.searchsorted(xp.asarray([-(2**63)]), -(2**63) - 1, side="right"),
    # Among floats, too, what differs by 1 is not the same.
    *[lambda xp, a, n=n, s=s: xp.searchsorted(xp.asarray([2.0**64, 2.0**65]), 2**64 + n, side=s) for n in (-1, 0, 1) for s in ("left", "right")],
    lambda xp, a: xp.searchsorted(xp.asarray([1e20, xp.inf, xp.nan]), 10**30, side="right"),
    lambda xp, a: xp.searchsorted(a.astype("D"), 2**64),
    lambda xp, a: xp.searchsorted(a, True),
    lambda xp, a: xp.searchsorted(a.astype("f"), np.float64(0.1)),
]


@pytest.mark.parametrize("call", SEARCHES, ids=lambda c: None)
def test_searches(call):
    """Arguments of searches, good and bad ones."""
    check_call(call, [np.arange(10.0)], source_of(call))


def test_sorter_outside(device):
    """Indices of a sorter outside the array: the CPU says it at once, a GPU at the next read."""
    call = lambda xp: xp.searchsorted(xp.arange(3.0), 1, sorter=xp.asarray([5, 5, 5]))
    _, want = outcome(lambda: call(np))
    _, got = outcome(lambda: cp.asnumpy(call(cp)))
    if device == "cpu":
        assert_same_error(got, want)
    else:
        assert isinstance(got, (ValueError, IndexError))
