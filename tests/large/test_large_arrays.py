"""Arrays above 2^31 and 2^32 elements, against formulas.

NumPy would take minutes and twice the memory, so the reference is arithmetic: element i is i mod 251, less 125. 251 is
prime, so that an index which lost its upper half meets another value; and the numbers of a period sum to 0, so that every
sum is that of the incomplete periods at its ends, small and exact in float32 in any order.
"""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_values, to_numpy

P, MIDDLE = 251, 125
# Just above 2^31 and 2^32, and no multiple of anything.
FLAT = {"2^31": 2**31 + 1013, "2^32": 2**32 + 1013}
MATRICES = {"2^31": (46_349, 46_351), "2^32": (65_539, 65_543)}
BOXES = {"2^31": (1291, 1293, 1297), "2^32": (1627, 1629, 1637)}
SIZES = list(FLAT)
WINDOW = 600
PIECE = 1 << 24


def element(i):
    """The value at a flat index."""
    return np.asarray(i) % P - MIDDLE


def running(i):
    """The sum of the first i elements."""
    k = np.asarray(i) % P
    return k * (k - 1) // 2 - MIDDLE * k


def pattern(shape, dtype):
    """The array of all these tests, made in pieces, so that nothing of 8 bytes an element is needed."""
    n = int(np.prod(shape))
    x = cp.empty(n, dtype)
    for start in range(0, n, PIECE):
        stop = min(start + PIECE, n)
        x[start:stop] = cp.arange(start, stop) % P - MIDDLE
    return x.reshape(shape)


def starts(n, width=WINDOW):
    """Where to look: both ends, around the powers of two, and here and there."""
    edges = [0, n - width, *(2**k - width // 2 for k in (30, 31, 32)), *np.random.default_rng(5).integers(0, n - width + 1, 12).tolist()]
    return sorted({min(max(e, 0), n - width) for e in edges})


def assert_elements(got, formula, what=""):
    """Compares windows of a flat array with what a formula of the index says."""
    assert got.ndim == 1
    width = min(WINDOW, got.size)
    for start in starts(got.size, width):
        index = np.arange(start, start + width, dtype=np.int64)
        assert_values(to_numpy(got[start : start + width]), np.asarray(formula(index)).astype(got.dtype), what=f"{what} from {start}")


def assert_matrix(got, formula, what=""):
    """Compares patches of an array of two or three axes with a formula of the indices."""
    widths = [min(40, n) for n in got.shape]
    for corner in zip(*[[0, n - w, *np.random.default_rng(n).integers(0, n - w + 1, 10).tolist()] for n, w in zip(got.shape, widths)]):
        patch = tuple(slice(c, c + w) for c, w in zip(corner, widths))
        index = np.ix_(*[np.arange(s.start, s.stop, dtype=np.int64) for s in patch])
        assert_values(to_numpy(got[patch]), np.asarray(formula(*index)).astype(got.dtype), what=f"{what} at {corner}")


def number(x):
    """A result of one element."""
    return to_numpy(x).item()


dtypes = pytest.mark.parametrize("dtype", ["int8", "float32"])
sizes = pytest.mark.parametrize("size", SIZES)


@sizes
@dtypes
def test_elementwise(size, dtype, room):
    """One operand, two, numbers, a comparison, and writing in place."""
    n = FLAT[size]
    room(n * (np.dtype(dtype).itemsize * 3 + 2))
    x = pattern((n,), dtype)
    assert x.size == n
    assert_elements(x, element, "the array")
    y = x + 1
    assert_elements(y, lambda i: element(i) + 1, "x + 1")
    assert_elements(cp.maximum(x, y - 3), element, "maximum")
    assert_elements(x == y - 1, lambda i: np.ones_like(i, bool), "equal")
    y -= x
    assert_elements(y, np.ones_like, "in place")
    assert number(cp.count_nonzero(y)) == n
    assert_elements(abs(x).astype("int16"), lambda i: abs(element(i)), "astype")


@sizes
@dtypes
def test_reductions_of_everything(size, dtype, room):
    """Sums, extremes and their places, counts."""
    n = FLAT[size]
    room(n * np.dtype(dtype).itemsize * 2)
    x = pattern((n,), dtype)
    assert number(x.sum()) == running(n)
    assert number(x.sum(dtype="float64")) == running(n)
    assert number((x == MIDDLE).sum()) == n // P
    assert number(x.max()) == MIDDLE and number(x.min()) == -MIDDLE
    assert number(x.argmax()) == P - 1 and number(x.argmin()) == 0
    assert abs(number(x.mean(dtype="float64")) - running(n) / n) <= 1e-12
    # The only one of its kind, behind all that 31 or 32 bits can address.
    for place in (n - 7, 2**31 + 5, n // 2):
        old = x[place].copy()
        x[place] = 127
        assert number(x.argmax()) == place
        assert number(x.max()) == 127
        assert number((x > MIDDLE).any()) is True and number((x == 127).argmax()) == place
        x[place] = old
    assert number(cp.count_nonzero(x)) == n - (n - MIDDLE - 1 + P) // P
    assert number((x <= MIDDLE).all()) is True


@sizes
@dtypes
def test_reductions_of_an_axis(size, dtype, room):
    """Rows and columns of a matrix of more than 2^31 elements."""
    rows, columns = MATRICES[size]
    room(rows * columns * np.dtype(dtype).itemsize * 2)
    x = pattern((rows, columns), dtype)
    r, c = np.arange(rows, dtype=np.int64), np.arange(columns, dtype=np.int64)
    assert np.array_equal(to_numpy(x.sum(axis=1)), running((r + 1) * columns) - running(r * columns))
    # Of a column, whole periods cancel here too.
    last = np.arange(rows - rows % P, rows, dtype=np.int64)
    assert np.array_equal(to_numpy(x.sum(axis=0)), element(last[:, None] * columns + c).sum(axis=0))
    assert (to_numpy(x.max(axis=1)) == MIDDLE).all() and (to_numpy(x.min(axis=0)) == -MIDDLE).all()
    assert np.array_equal(to_numpy(x.argmax(axis=1)), (P - 1 - r * columns) % P)
    assert np.array_equal(to_numpy(x.argmax(axis=0)), (P - 1 - c) * pow(columns, -1, P) % P)
    assert np.array_equal(to_numpy(x.T.sum(axis=0)), running((r + 1) * columns) - running(r * columns))
    assert number(x[:, 1:].sum()) == running(rows * columns) - element(r * columns).sum()


@sizes
def test_reductions_of_middle_axes(size, room):
    """A box of three axes, each of them and pairs of them."""
    a, b, c = BOXES[size]
    room(a * b * c * 2)
    x = pattern((a, b, c), "int8")
    i, j, k = np.ogrid[:a, :b, :c]
    rest = np.arange(b - b % P, b, dtype=np.int64)[None, :, None]
    assert_matrix(x.sum(axis=1), lambda i, k: element((i[:, :, None] * b + rest) * c + k[:, None, :]).sum(axis=1), "axis 1")
    ends = running(((i + 1) * b) * c) - running(i * b * c)
    assert np.array_equal(to_numpy(x.sum(axis=(1, 2))), ends.ravel())
    lines = running((i * b + j + 1) * c) - running((i * b + j) * c)
    assert np.array_equal(to_numpy(x.sum(axis=(0, 2))), lines.sum(axis=(0, 2)))
    assert np.array_equal(to_numpy(x.sum(axis=2)), lines[:, :, 0])
    assert (to_numpy(x.max(axis=(0, 1))) == MIDDLE).all()


@sizes
@dtypes
def test_scans(size, dtype, room):
    """Running sums over everything and along each axis; those of int8 wrap."""
    n = FLAT[size]
    rows, columns = MATRICES[size]
    # Running sums of int8 go through int64.
    room(max(n, rows * columns) * 12)
    y = cp.cumsum(pattern((n,), dtype), dtype=dtype)
    assert_elements(y, lambda i: running(i + 1), "flat")
    del y
    x = pattern((rows, columns), dtype)
    assert_matrix(cp.cumsum(x, axis=1, dtype=dtype), lambda r, c: running(r * columns + c + 1) - running(r * columns), "axis 1")
    y = cp.cumsum(x, axis=0, dtype=dtype)

    def down(r, c):
        full = np.arange(P, dtype=np.int64)[:, None]
        sums = np.cumsum(element(full * columns + c.ravel()), axis=0)
        return sums[r.ravel() % P]

    assert_matrix(y, down, "axis 0")


@sizes
@dtypes
def test_copies(size, dtype, room):
    """Whole, transposed, reversed, with a step, and into a part of another array."""
    rows, columns = MATRICES[size]
    n = rows * columns
    room(n * np.dtype(dtype).itemsize * 2)
    x = pattern((rows, columns), dtype)
    assert_elements(x.copy().ravel(), element, "copy")
    assert_matrix(x.T.copy(), lambda c, r: element(r * columns + c), "transposed")
    assert_matrix(cp.ascontiguousarray(x[::-1, ::-1]), lambda r, c: element(n - 1 - (r * columns + c)), "reversed")
    assert_elements(cp.ascontiguousarray(x.ravel()[::-2]), lambda i: element(n - 1 - 2 * i), "every second from behind")
    y = cp.zeros((rows, columns), dtype)
    y[1:, :-1] = x[:-1, 1:]
    assert_matrix(y, lambda r, c: np.where((r >= 1) & (c < columns - 1), element((r - 1) * columns + c + 1), 0), "shifted")
    y.T[...] = x.T
    assert number((x == y).all()) is True


@sizes
def test_joining(size, room):
    """Parts below 2^31 make a whole above it."""
    n = FLAT[size]
    room(n * 3)
    x = pattern((n,), "int8")
    cut = n // 2 + 1
    assert_elements(cp.concatenate([x[cut:], x[:cut]]), lambda i: element(np.where(i < n - cut, i + cut, i - (n - cut))), "concatenate")
    assert_elements(cp.roll(x, 12345), lambda i: element((i - 12345) % n), "roll")
    assert_elements(cp.repeat(x[: n // 2], 2), lambda i: element(i // 2), "repeat")


@sizes
def test_slices(size, room):
    """Views begin and end anywhere, and are written through."""
    n = FLAT[size]
    room(n * 2)
    x = pattern((n,), "int8")
    for start, stop, step in ((2**31 - 5, 2**31 + 5, 1), (n - 1, n - 40, -3), (7, n, 2**30 + 1), (-3, None, 1), (0, n, n // 9)):
        want = element(np.arange(*slice(start, stop, step).indices(n), dtype=np.int64))
        assert_values(to_numpy(x[start:stop:step]), want.astype("int8"), what=f"{start}:{stop}:{step}")
    assert number(x[n - 1]) == element(n - 1) and number(x[-(2**31)]) == element(n - 2**31)
    x[2**31 - 3 : 2**31 + 3] = 126
    x[n // 2 :: 5] = 127
    changed = lambda i: np.where((i >= n // 2) & ((i - n // 2) % 5 == 0), 127, np.where(abs(i - 2**31 + 0.5) < 3, 126, element(i)))  # noqa: E731
    assert_elements(x, changed, "written")
    with pytest.raises(IndexError, match=f"index {n} is out of bounds for axis 0 with size {n}"):
        x[n]


@sizes
def test_advanced_indices(size, room):
    """Index arrays that point behind 2^31, read, written, added to; and more indices than 2^31."""
    n = FLAT[size]
    rows, columns = MATRICES[size]
    room(n * 4)
    x = pattern((n,), "int8")
    index = np.random.default_rng(3).permutation(np.unique(np.random.default_rng(2).integers(0, n, 100_000)))
    index[:3] = (n - 1, 2**31, 2**31 - 1)
    index = np.unique(index)[::-1].copy()
    on_device = cp.asarray(index)
    assert_values(to_numpy(x[on_device]), element(index).astype("int8"))
    assert_values(to_numpy(cp.take(x, on_device - n)), element(index).astype("int8"), what="from behind")
    x[on_device] = 126
    assert number((x == 126).sum()) == index.size
    assert_elements(x, lambda i: np.where(np.isin(i, index), 126, element(i)), "written")
    cp.add.at(x, on_device, 1)
    assert number((x == 127).sum()) == index.size
    m = pattern((rows, columns), "int8")
    r, c = np.random.default_rng(4).integers(0, (rows, columns), (1000, 2)).T
    assert_values(to_numpy(m[cp.asarray(r), cp.asarray(c)]), element(r * columns + c).astype("int8"), what="pairs")
    last = np.arange(rows - 3, rows)
    assert_matrix(m[cp.asarray(last)], lambda a, b: element(last[a] * columns + b), "rows")


@sizes
def test_more_indices_than_31_bits(size, room):
    """As many indices as elements: a table is read above 2^31 times."""
    n = FLAT[size]
    # The indices, and as many of 8 bytes in case they are converted.
    room(n * 13)
    table = cp.asarray(np.roll(np.arange(P) * 3 % P - MIDDLE, -MIDDLE).astype("int8"))
    assert_elements(table[pattern((n,), "int16")], lambda i: i % P * 3 % P - MIDDLE, "table")


@sizes
def test_masks(size, room):
    """Selecting and writing where a mask is true, and telling where."""
    n = FLAT[size]
    # Selecting holds the places of what it selects.
    room(n * 12)
    x = pattern((n,), "int8")
    (places,) = cp.nonzero(x == MIDDLE)
    assert places.shape == (n // P,)
    assert_elements(places, lambda k: P - 1 + P * k, "nonzero")
    few = x[x > MIDDLE - 2]
    full, rest = divmod(n, P)
    assert few.size == 2 * full + max(rest - (P - 2), 0)
    assert_elements(few, lambda k: MIDDLE - 1 + k % 2, "selected")
    most = x[x != 0]
    assert most.size == n - full - (rest > MIDDLE)
    assert_elements(most, lambda k: element(k // (P - 1) * P + k % (P - 1) + (k % (P - 1) >= MIDDLE)), "most of it")
    x[x < 0] = 0
    assert_elements(x, lambda i: np.maximum(element(i), 0), "written")
    assert_elements(cp.where(x > 3, x, 3), lambda i: np.maximum(element(i), 3), "where")


@sizes
def test_sorting(size, room):
    """Sorted, equal numbers stand together; ends and borders say whether all arrived."""
    n = FLAT[size]
    room(n * 6)
    y = cp.sort(pattern((n,), "int8"))
    counts = n // P + (np.arange(P) < n % P)
    ends = np.cumsum(counts)
    assert_elements(y, lambda i: np.searchsorted(ends, i, side="right") - MIDDLE, "sorted")
    for k, end in enumerate(ends[:-1].tolist()):
        assert to_numpy(y[end - 1 : end + 1]).tolist() == [k - MIDDLE, k - MIDDLE + 1]
    assert number(cp.searchsorted(y, cp.asarray(np.int8(100)))) == ends[100 + MIDDLE - 1]


@sizes
def test_products(size, room):
    """Matrix times vector, and the product of vectors longer than 2^31, with results that float32 holds exactly."""
    rows, columns = MATRICES[size]
    n = FLAT[size]
    room(max(rows * columns * 4, n * 8))
    x = pattern((rows, columns), "float32")
    r = np.arange(rows, dtype=np.int64)
    assert np.array_equal(to_numpy(x @ cp.ones(columns, "float32")), running((r + 1) * columns) - running(r * columns))
    del x
    a = cp.zeros(n, "float32")
    places = [0, 2**31 - 1, 2**31, n - 1]
    for k, place in enumerate(places):
        a[place] = k + 2
    assert number(a.dot(a)) == 4 + 9 + 16 + 25


@sizes
def test_axes_of_length_2_to_31(size, room):
    """One axis alone is that long: beside an axis of two, and broadcast without memory."""
    n = FLAT[size] // 2 * 2
    room(n * 2)
    x = pattern((2, n // 2), "int8")
    assert np.array_equal(to_numpy(x.sum(axis=1)), [running(n // 2), running(n) - running(n // 2)])
    assert_elements(x.sum(axis=0, dtype="int16"), lambda i: element(i) + element(i + n // 2), "two rows")
    y = pattern((n // 2, 2), "int8")
    assert_elements(y.sum(axis=1, dtype="int16"), lambda i: element(2 * i) + element(2 * i + 1), "two columns")
    wide = cp.broadcast_to(cp.asarray(np.int8(3)), (n,))
    assert number(wide.sum()) == 3 * n
    assert number(cp.broadcast_to(cp.arange(3), (n // 2, 3)).sum(dtype="float64")) == 3 * (n // 2)
