"""Basic indexing for reading and writing, against NumPy."""

import random

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome
from support.values import DTYPES, both

READS = [
    0, -1, 2, (1, 2), (1, -2, 3), ..., (), None, (None, 1), (1, None), (..., None), (None, ..., None), slice(None), slice(1, None), slice(None, -1),
    slice(None, None, 2), slice(None, None, -1), slice(None, None, -3), slice(5, 1, -1), slice(1, 5, -1), slice(10, 20), slice(-100, 100), slice(3, 3),
    slice(-2, None, -1), slice(None, None, 10**9), slice(0, 2**62, 2**61), (slice(1, 3), slice(None, None, -2)), (..., 0), (0, ..., 0), (..., slice(1, 2)),
    (slice(None), None, slice(None, None, 2), None, -1), (np.int64(1), np.uint8(2)), (np.int64(-1),), slice(np.int32(1), np.int64(3)), (1, 2, 3, None, ...),
]
ERRORS = [
    4, -5, (0, 5), (0, 0, 6), (0, 0, 0, 0), (..., ...), (..., 0, ...), (0, 0, -7), 2**70, (slice(None),) * 4, (0, 0, 0, None, 0),
]
TYPE_ERRORS = ["a", 1.5, (0, 1.5), {}, slice("a", None), slice(0, 1.5), np.float64(1), 1j]


@pytest.mark.parametrize("index", READS, ids=repr)
def test_read(index):
    """Integers, slices, ellipses and new axes select what NumPy selects."""
    for view in (lambda m: m, lambda m: m.T.reshape(4, 5, 6), lambda m: m[::-1, :, ::-1]):
        a, x = both("any", "i", (4, 5, 6))
        a, x = view(a), view(x)
        want = a[index]
        assert_same(x[index], want, 0, f"{index}")
        if want.ndim and want.size:
            assert [s for s, n in zip(x[index].strides, want.shape) if n > 1] == [s for s, n in zip(want.strides, want.shape) if n > 1]


@pytest.mark.parametrize("index", ERRORS, ids=repr)
def test_read_errors(index):
    """Indices out of range, too many indices and two ellipses raise NumPy's words."""
    a, x = both("any", "i", (4, 5, 6))
    assert_raises_like(lambda: x[index], lambda: a[index], what=str(index))
    assert_raises_like(lambda: x.__setitem__(index, 0), lambda: a.copy().__setitem__(index, 0), what=str(index))
    assert_same(x, a)


@pytest.mark.parametrize("index", TYPE_ERRORS, ids=repr)
def test_index_type_errors(index):
    """What is no index raises as in NumPy."""
    a, x = both("any", "i", (4, 5, 6))
    assert_raises_like(lambda: x[index], lambda: a[index], match_message=False, what=repr(index))
    assert_raises_like(lambda: x.__setitem__(index, 0), lambda: a.copy().__setitem__(index, 0), match_message=False, what=repr(index))


def test_zero_step():
    """A step of zero raises NumPy's ValueError."""
    a, x = both("any", "i", 5)
    assert_raises_like(lambda: x[::0], lambda: a[::0])


@pytest.mark.parametrize("index", READS, ids=repr)
def test_write_scalars(index):
    """A number is written to the selected elements and to no others."""
    for view in (lambda m: m, lambda m: m.T.reshape(4, 5, 6), lambda m: m[::-1, :, ::-1]):
        a, x = both("any", "i", (4, 5, 6))
        a = a.copy()
        view(a).__setitem__(index, 7)
        view(x).__setitem__(index, 7)
        assert_same(x, a, 0, f"{index}")


@pytest.mark.parametrize("index", READS, ids=repr)
def test_write_arrays(index):
    """Arrays are written with broadcasting, casts and leading axes of one dropped."""
    a, x = both("any", "f", (4, 5, 6))
    a = a.copy()
    part = a[index]
    # A single element takes 0-d values only.
    shapes = {part.shape, part.shape[1:], (1,) * part.ndim, (1, *part.shape), (), (1, 1, 1, *part.shape)} if part.ndim else {()}
    for shape in sorted(shapes):
        for dtype in "fdb":
            b, y = both("moderate", dtype, shape, str(index))
            a[index] = b
            x[index] = y
            assert_same(x, a, 0, f"{index} = {shape} {dtype}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_write_casts(dtype):
    """Assignment casts as `astype` does, from every dtype; Python numbers out of range raise."""
    for source in DTYPES:
        b, y = both("small_int" if np.dtype(dtype).kind == "u" and np.dtype(source).kind in "fc" else "moderate", source, 6)
        if np.dtype(dtype).kind == "u" and np.dtype(source).kind in "fc":
            b, y = abs(b.real).astype(source), cp.asarray(abs(b.real).astype(source))
        a, x = np.zeros(6, dtype), cp.zeros(6, dtype)
        a[...] = b
        x[...] = y
        assert_same(x, a, 0, f"{dtype} = {source}")
    for s in (1, 300, -1, 2.75, True, 1j, 2**64, float("nan"), np.int16(5), np.float32(1.5)):
        if s != s and np.dtype(dtype).kind in "iu":
            continue
        a, x = np.zeros(6, dtype), cp.zeros(6, dtype)
        assert_same_outcome(lambda: x.__setitem__(slice(1, 4), s) or x, lambda: a.__setitem__(slice(1, 4), s) or a, match_message=not isinstance(s, complex), what=f"{dtype} = {s!r}")
        assert_same(x, a, 0, f"{dtype} = {s!r}")


def test_write_lists():
    """Nested lists of numbers are written like arrays."""
    a, x = np.zeros((2, 3)), cp.zeros((2, 3))
    a[...], a[1] = [[1, 2, 3], [4, 5, 6]], [7, 8.5, 9]
    x[...], x[1] = [[1, 2, 3], [4, 5, 6]], [7, 8.5, 9]
    assert_same(x, a)


def test_write_shape_errors():
    """A value that does not broadcast raises NumPy's words and nothing is written."""
    a, x = both("any", "f", (4, 5))
    for index, shape in ((slice(None), (3, 5)), (0, (4,)), ((slice(None), 0), (5,)), (..., (2, 4, 5)), ((0, 0), (2,)), (slice(0, 0), (2, 5))):
        b, y = both("any", "f", shape)
        assert_raises_like(lambda: x.__setitem__(index, y), lambda: a.copy().__setitem__(index, b), what=f"{index} = {shape}")
    assert_same(x, a)


def test_write_numpy_arrays():
    """An assignment transfers a NumPy array, since it says where to, with its elements of that moment."""
    for n in (3, 5000):
        a, x = np.zeros((2, n)), cp.zeros((2, n))
        source = np.arange(n, dtype="f")
        a[1], x[1] = source, source
        source[...] = -1
        a[0, ::-1], x[0, ::-1] = source, source
        assert_same(x, a)
    assert_raises_like(lambda: x.__setitem__(0, np.ones(7)), lambda: a.__setitem__(0, np.ones(7)))


def test_views_share_memory():
    """A slice is a view: writes go both ways and through chains of views."""
    a, x = both("any", "l", (40, 50))
    a = a.copy()
    for m in (a, x):
        view = m[::2, ::-1]
        view[3] = 11
        deeper = view.T[5:20:3]
        deeper[...] = 12
        m[4] = 13
        deeper[0, 0] = 14
        view[..., None][0] = 15
    assert_same(x, a)
    assert_same(x[::2, ::-1].T[5:20:3], a[::2, ::-1].T[5:20:3])
    assert x[::2].base is x and x[::2][1:].base is x and x[::2].T.base is x
    assert not x[::2].flags.owndata


def test_one_element_is_an_array_of_its_own():
    """Selecting one element gives a 0-d array that later writes do not change, so that swaps work as in NumPy."""
    a, x = both("any", "l", 3000)
    a = a.copy()
    for m in (a, x):
        m[1], m[2] = m[2], m[1]
        m[-1], m[0] = m[0] + 1, m[-1] * 2
    assert_same(x, a)
    one = x[5]
    x[5] = 77
    assert_same(one, a[5])
    assert one.shape == () and isinstance(one, cp.ndarray) and one.base is None
    one = x[7]
    x += 1
    assert_same(one, a[7])


def test_ellipsis_of_0d_is_a_view():
    """`x[...]` of a 0-d array is a view that writes through, and `x[()]` reads its element."""
    x = cp.asarray(np.array(3.0))
    x[...] = 4
    assert x.item() == 4
    x[()] = 5
    assert x[()].item() == 5 and x[...].item() == 5
    assert_raises_like(lambda: x[0], lambda: np.array(3.0)[0])
    assert x[None].shape == (1,)


def test_empty_selections():
    """Empty slices read as empty arrays and take writes without effect."""
    a, x = both("any", "f", (4, 5))
    assert x[2:2].shape == (0, 5) and x[:, 5:].shape == (4, 0)
    x[2:2] = 1
    x[:, 9:] = cp.ones((4, 0))
    assert_same(x, a)


def test_many_axes():
    """New axes up to 64 are made, one more raises NumPy's words."""
    a, x = both("any", "f", (2, 3))
    assert_same(x[(None,) * 62], a[(None,) * 62])
    assert_raises_like(lambda: x[(None,) * 63], lambda: a[(None,) * 63])


def test_random_indices():
    """Random indices of random arrays read and write like NumPy's."""
    rng = random.Random(7)

    def bound(n):
        return rng.choice([None, rng.randint(-n - 2, n + 2)])

    for _ in range(600):
        shape = tuple(rng.randint(0, 6) for _ in range(rng.randint(0, 4)))
        a, x = both("any", "h", shape)
        a = a.copy()
        index = []
        for n in shape[: rng.randint(0, len(shape))]:
            kind = rng.randint(0, 3)
            index.append(rng.randint(-n, n - 1) if kind == 0 and n else slice(bound(n), bound(n), rng.choice([None, 1, 2, -1, -2, 5])))
            if rng.random() < 0.2:
                index.append(None)
        if rng.random() < 0.4:
            index.insert(rng.randint(0, len(index)), ...)
        index = tuple(index)
        if assert_same_outcome(lambda: x[index], lambda: a[index], what=f"{shape}[{index}]"):
            a[index] = 3
            x[index] = 3
            assert_same(x, a, 0, f"{shape}[{index}] = 3")
