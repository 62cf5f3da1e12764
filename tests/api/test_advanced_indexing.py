"""Indexing by arrays and masks, and the functions that choose elements by indices, against NumPy."""

import cuprous as cp
import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_error, assert_same_outcome, outcome
from support.values import DTYPES, both

A = np.arange(24).reshape(2, 3, 4)
MASK = A % 3 == 1

INDICES = [
    [0, 1], [1, -1, 0, 0], [[0, 1], [1, 1]], [], [[]], ([0, 1], [1, 2]), ([0, 1], [1, -1], [3, 0]), ([0, 1], 1), (0, [1, 2]), (slice(None), [2, 0]),
    (slice(None), [2, 0], slice(1, 3)), (..., [3, 0]), ([0, 1], ..., [1, 2]), (slice(None), [0], ..., [1]), (slice(None), [0, 1], [1, 2]),
    ([[0], [1]], [0, 2]), ([[0], [1]], slice(None), [0, 2, 3]), (0, slice(None), [1, 2]), (0, ..., [1, 2]), (None, [0, 1]), ([0, 1], None), ([0, 1], None, [1, 2]),
    (slice(None, None, -1), [0, 2], slice(None, None, 2)), (1, [0, 1], 2), ([1], 2, 3), (slice(1, None), None, [1, 1], None), True, False, (True, [0, 1]), (False, [0]),
    (slice(None), True), (0, True), (..., True), (None, True), MASK, (MASK,), (MASK, ...), (..., MASK), (None, MASK), MASK[:, :, 0], MASK[:, 0, 0], (0, MASK[0]),
    (slice(None), MASK[0]), (slice(None), MASK[0, :, 0]), (..., MASK[0, 0]), (MASK[:, :, 0], [0]), (MASK[:, :, 0], slice(1, 3)), ([0, 1, 1], MASK[0, :, 0] | True),
    MASK & False, MASK | True, [True, False], (slice(None), [False, True, True]), [[True, False, True], [False, False, True]], np.array([1, 0], "i1"), np.array([1, 0], "u1"),
    np.array([1, 0], "i4"), np.array([1, 0], "u8"), np.array(1), (np.array(1), [0, 2]), (np.array(0), slice(None), np.array(2)), np.array(True), (np.array(False),), np.array([], int),
    (np.array([0, 1])[:, None], np.array([2, 1, 0])[None, ::-1]), (slice(None), np.arange(3)[::-1]), ([0] * 500,), (slice(None), slice(None), [0, 1] * 400),
]
ERRORS = [
    [5], [0, -3], ([0], [7]), (slice(None), [3]), (..., [-5]), (0, [5]), ([5], 0), ([0, 1], [0, 1, 2]), ([0], [0], [0], [0]), (MASK, 0), [1.5], ["a"], [None], np.array([1.5]), np.array([]),
    [True, False, True], np.ones((2, 4), bool), np.ones((2, 3, 4, 1), bool), (slice(None), np.ones(2, bool)), np.ones((1, 3, 4), bool), (False, [0, 1]), (..., [0], ...), [2**70], [0, [1]],
    ([0, 1], MASK[0, :, 0] | True), (MASK[:, :, 0] | True, [0, 1]), 1.5, "a", ([0], 1.5), np.array(["a"]), np.array([5]), np.array([1j]), (None,) * 63 + ([0],),
]


def moved(index):
    """An index with NumPy's arrays as ours."""
    one = lambda i: cp.asarray(i) if isinstance(i, np.ndarray) else i
    return tuple(one(i) for i in index) if isinstance(index, tuple) else one(index)


def settled(call):
    """The result of a call once the device has told what it found: on a GPU an index is checked where it is."""
    result = call()
    cp.asnumpy(cp.zeros(1))
    return result


VIEWS = {"packed": lambda m: m, "transposed": lambda m: m.transpose(2, 0, 1).copy().transpose(1, 2, 0), "reversed": lambda m: m[::-1, :, ::-1], "f": np.asfortranarray}


def make(view, dtype="l"):
    """An array and ours, both with memory of their own, in some layout."""
    a = view(A.astype(dtype))
    base = np.array(A.astype(dtype), copy=True)
    x = cp.asarray(base)
    if view is VIEWS["transposed"]:
        return base.transpose(2, 0, 1).copy().transpose(1, 2, 0), cp.asarray(base.transpose(2, 0, 1).copy()).transpose(1, 2, 0)
    if view is VIEWS["f"]:
        return np.asfortranarray(base), cp.asarray(base, order="F")
    return view(base), view(x)


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_read(index):
    """Lists, integers of any dtype and masks select what NumPy selects, wherever the index lives."""
    for name, view in VIEWS.items():
        a, x = make(view)
        want = a[index]
        for given in (index, moved(index)):
            got = x[given]
            assert_same(got, want, 0, f"{name} {given}")
            assert got.base is None


@pytest.mark.parametrize("index", ERRORS, ids=repr)
def test_errors(index):
    """What is no index raises as in NumPy, when reading and when writing, and nothing is written at the call."""
    a, x = make(VIEWS["packed"])
    assert_raises_like(lambda: x[index], lambda: a[index], what=str(index))
    assert_raises_like(lambda: x.__setitem__(index, 0), lambda: a.copy().__setitem__(index, 0), what=str(index))
    assert_same(x, a)


@pytest.mark.parametrize("index", [i for i in ERRORS if isinstance(i, np.ndarray) and i.dtype.kind in "bif" or isinstance(i, tuple) and any(isinstance(k, np.ndarray) for k in i)], ids=repr)
def test_errors_of_device_arrays(index):
    """Arrays of the device as indices raise the same, at the latest when somebody waits."""
    a, x = make(VIEWS["packed"])
    assert_raises_like(lambda: settled(lambda: x[moved(index)]), lambda: a[index], what=str(index))
    assert_same(cp.zeros(1), np.zeros(1))
    assert_raises_like(lambda: settled(lambda: x.__setitem__(moved(index), 0)), lambda: a.copy().__setitem__(index, 0), what=str(index))
    assert_same(cp.zeros(1), np.zeros(1))


def test_errors_come_once():
    """An index outside its axis is told once; then everything goes on, and no memory outside was touched."""
    x = cp.arange(8)
    for n in (1, 100_000):
        for bad in (8, -9, 2**62, -(2**62)):
            index = cp.full(n, bad)
            assert_raises_like(lambda: settled(lambda: x[index]), lambda: np.arange(8)[[bad]])
            assert_raises_like(lambda: settled(lambda: x.__setitem__(index, 3)), lambda: np.arange(8)[[bad]])
            assert_same(x, np.arange(8))


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_write(index):
    """Numbers and arrays are written to what NumPy selects, cast and broadcast, and to nothing else."""
    for name, view in VIEWS.items():
        a, x = make(view, "d")
        part = a[index]
        shapes = [(), part.shape, (1, *part.shape), (1,) * part.ndim, part.shape[1:]]
        values = [both("moderate", dtype, shape, repr(index)) for shape in shapes for dtype in ("d", "b")]
        for value, ours in [(7, 7), (2.5, 2.5), (np.float32(0.5), np.float32(0.5)), *values]:
            if isinstance(value, np.ndarray) and value.size > 1 and len(np.unique(A[index])) < A[index].size:
                # Of several values for one element a GPU writes any.
                continue
            for given in (index, moved(index)):
                assert_same_outcome(lambda: x.__setitem__(given, ours) or x, lambda: a.__setitem__(index, value) or a, what=f"{name} {index} = {np.shape(value)}")
                assert_same(x, a, 0, f"{name} {index} = {np.shape(value)}")


@pytest.mark.parametrize("index, shape", [
    ([0, 1], (3,)), ([0, 1], (2, 2, 3, 4)), ([0], (2, 2)), (MASK, (3,)), (MASK, (2, 2)), (MASK, (1, 8)), (MASK[0], (3,)), (MASK[:, 0, 0], (2, 3, 4)), ((slice(None), MASK[0]), (3,)), ((MASK,), (3,)),
    ((MASK, ...), (3,)), ((None, MASK), (3,)), ((0, [0]), (3,)), ((0, 0, [0, 1]), (3,)), (True, (5,)), (False, (5,)), (MASK & False, (3,)), (([0], [0], [0]), (2,)), ([], (2,)), ([[0, 1]], (2, 2, 2)),
], ids=repr)
def test_write_shape_errors(index, shape):
    """A value that does not broadcast raises NumPy's words, and nothing is written."""
    a, x = make(VIEWS["packed"], "d")
    b, y = both("moderate", "d", shape)
    for given in (index, moved(index)):
        assert_raises_like(lambda: x.__setitem__(given, y), lambda: a.__setitem__(index, b), what=f"{index} = {shape}")
    assert_same(x, a)


def test_write_values_of_any_sort():
    """Values are numbers, lists and NumPy arrays too; numbers that do not fit raise as in NumPy."""
    for value in (1, 300, -1, 2.75, True, 1j, 2**70, np.int16(5), [1, 2], np.array([3.5, 4.5])):
        for dtype in "bdF":
            for index in ([1, 3], [False, True, False, True], ([1, 3], None)):
                a, x = np.zeros(4, dtype), cp.zeros(4, dtype)
                value = np.asarray(value)[:, None] if isinstance(index, tuple) and isinstance(value, (list, np.ndarray)) else value
                assert_same_outcome(lambda: x.__setitem__(index, value) or x, lambda: a.__setitem__(index, value) or a, what=f"{value!r} {dtype} {index}")


def test_subclasses():
    """What is selected from an array of a subclass is of that subclass."""

    class Named(cp.ndarray):
        pass

    x = cp.arange(6).view(Named)
    assert type(x[[1, 2]]) is Named and type(x[x > 2]) is Named
    assert_same(x[[1, 2]].view(cp.ndarray), np.array([1, 2]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    """Elements of every dtype keep their bits, in slices of every length and alignment."""
    for n in (1, 2, 3, 5, 8, 64, 257):
        a, x = both("any", dtype, (7, n), n)
        index = np.array([3, 0, 6, -1, 2], "i4")
        i = cp.asarray(index)
        assert_same(x[i], a[index], 0, f"{dtype} {n}")
        assert_same(x[i][:, ::-1], a[index][:, ::-1], 0, f"{dtype} {n}")
        assert_same(x[:, 1:][i], a[:, 1:][index], 0, f"{dtype} {n}")
        columns = np.arange(2 * n)[::-1] % n
        assert_same(x[:, cp.asarray(columns)], a[:, columns], 0, f"{dtype} {n}")
        b, y = both("any", dtype, (5, n), "values")
        a = a.copy()
        # Each place once: of several values for one place a GPU writes any.
        index = np.array([3, 0, 6, -2, 2], "i4")
        a[index], x[cp.asarray(index)] = b, y
        assert_same(x, a, 0, f"{dtype} {n}")
        mask = a != b[0]
        a[mask], x[cp.asarray(mask)] = 1, 1
        assert_same(x, a, 0, f"{dtype} {n}")


def test_lazy_neighbours():
    """What waits and reads the old elements keeps them; indices and values may wait themselves."""
    a, x = both("moderate", "d", 5000)
    a = a.copy()
    index, i = np.arange(5000)[::-3], cp.arange(5000)[::-3]
    early, mine = a + 1, x + 1
    a[index] = a[index] * 2 + early[index]
    x[i] = x[i] * 2 + mine[i]
    a[index + 0 * index] += 1
    x[i + 0 * i] += 1
    assert_same(x, a)
    assert_same(mine, early)
    later, ours = a * 3, x * 3
    a[a > 0] = -1
    x[x > 0] = -1
    assert_same(x, a)
    assert_same(ours, later)


def test_aliases():
    """Indices and values may lie in the memory that is written."""
    a, x = np.array([3, 1, 0, 2]), cp.asarray(np.array([3, 1, 0, 2]))
    a[a.copy()] = a.copy()[::-1]
    x[x] = x[::-1]
    assert_same(x, a)
    a, x = np.arange(6), cp.arange(6)
    a[[1, 2, 3]] = a[[0, 1, 2]]
    x[[1, 2, 3]] = x[0:3]
    assert_same(x, a)
    a, x = np.arange(6000.0), cp.arange(6000.0)
    a[np.arange(1, 6000)] = a[:-1].copy()
    x[cp.arange(1, 6000)] = x[:-1]
    assert_same(x, a)
    y = cp.broadcast_to(cp.zeros(1), (4,))
    assert_raises_like(lambda: y.__setitem__([0], 1), lambda: np.broadcast_to(np.zeros(1), (4,)).__setitem__([0], 1))


def test_wide():
    """Many rows, many indices and long slices."""
    for shape in ((100_003, 3), (1000, 257), (50, 20_011)):
        a, x = both("any", "f", shape)
        index = np.random.default_rng(1).integers(-shape[0], shape[0], 3 * shape[0])
        assert_same(x[cp.asarray(index)], a[index])
        order = np.random.default_rng(2).permutation(shape[0])
        b = np.empty_like(a)
        b[order] = a
        y = cp.empty_like(x)
        y[cp.asarray(order)] = x
        assert_same(y, b)
        mask = a[:, 0] > 0
        assert_same(x[cp.asarray(mask)], a[mask])
        assert_same(cp.flatnonzero(x > 1), np.flatnonzero(a > 1))


# Programs of reads and writes ------------------------------------------------------------------------------------------


@st.composite
def cases(draw):
    """A shape and an index of it that NumPy may or may not take."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    common = draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3))
    items, axis = [], 0
    while axis < len(shape) and draw(st.integers(0, 6)):
        n = shape[axis]
        kind = draw(st.sampled_from("issaammMn.t"))
        if kind == "i" and n:
            items.append(draw(st.integers(-n, n - 1)))
            axis += 1
        elif kind == "s":
            items.append(draw(st.slices(n)))
            axis += 1
        elif kind == "a" and n:
            side = tuple(draw(st.sampled_from((k, 1))) for k in common[draw(st.integers(0, len(common))) :])
            items.append(draw(hnp.arrays(draw(st.sampled_from(("i4", "i8", "u1") if n else ("i8",))), side, elements=st.integers(0, n - 1))))
            axis += 1
        elif kind == "m":
            items.append(draw(hnp.arrays(bool, n)))
            axis += 1
        elif kind == "M" and axis + 1 < len(shape):
            items.append(draw(hnp.arrays(bool, shape[axis : axis + 2])))
            axis += 2
        elif kind == "n":
            items.append(None)
        elif kind == "." and Ellipsis not in [i for i in items if i is Ellipsis]:
            items.append(...)
            break
        elif kind == "t":
            items.append(draw(st.booleans()))
    return shape, tuple(items)


@hypothesis.given(cases(), st.data())
def test_random_indices(case, data):
    """Random indices read, write and combine as NumPy's, or raise the same."""
    shape, index = case
    a = np.arange(int(np.prod(shape)), dtype="i4").reshape(shape)
    x = cp.asarray(a)
    if not assert_same_outcome(lambda: settled(lambda: x[moved(index)]), lambda: np.asarray(a[index]), what=f"{shape} {index}"):
        return
    part = np.asarray(a[index])
    value = data.draw(st.sampled_from([part.shape, (), (1,) * part.ndim, part.shape[1:]]))
    b = np.arange(1000, 1000 + int(np.prod(value)), dtype="i4").reshape(value)
    is_unique = len(np.unique(part)) == part.size
    if is_unique or b.size == 1:
        if assert_same_outcome(lambda: x.__setitem__(moved(index), cp.asarray(b)) or x, lambda: a.__setitem__(index, b) or a, what=f"{shape} {index} = {value}"):
            assert_same(x, a, 0, f"{shape} {index} = {value}")
    assert_same_outcome(lambda: cp.x.scatter_add(x, moved(index), 5) or x, lambda: np.add.at(a, index, 5) or a, what=f"{shape} {index} += 5")


# Functions -------------------------------------------------------------------------------------------------------------


def device(value):
    """NumPy's arrays as ours, also within lists and tuples."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value):
        return type(value)(device(v) for v in value)
    return cp.asarray(value) if isinstance(value, np.ndarray) else value


def agree(name, *args, message=True, **kwargs):
    """Calls a function here and in NumPy and compares results, one or several, or exceptions."""
    want, want_error = outcome(getattr(np, name), *args, **kwargs)
    ours = [device(a) for a in args]
    got, got_error = outcome(lambda: settled(lambda: getattr(cp, name)(*ours, **{k: device(v) for k, v in kwargs.items()})))
    what = f"{name}{args}{kwargs}"
    if want_error is not None:
        if cp.zeros(0).device != "cpu" and isinstance(got_error, IndexError) and name in ("choose", "unravel_index", "ravel_multi_index"):
            # Numbers that are found wrong on the device are indices, whatever they were before.
            return None
        return assert_same_error(got_error, want_error, message, what)
    assert got_error is None, f"{what}: {got_error!r}"
    if isinstance(want, tuple):
        assert isinstance(got, tuple) and len(got) == len(want), what
        for g, w in zip(got, want):
            assert_same(g, w, 0, what)
    else:
        assert_same(got, want, 0, what)


T = np.arange(12).reshape(3, 4)
CALLS = [
    ("take", T, [0, -1]), ("take", T, [15]), ("take", T, [5], 1), ("take", T, np.array([[0, 1], [2, 1]]), 0), ("take", T, [1, 1], -1), ("take", T, 0, 0), ("take", T, 0), ("take", 5, [0, 0]),
    ("take", 5, [1], 0), ("take", T, [[0]], 2), ("take", T, [True, False]), ("take", T, np.array([1], "u8")), ("take", T, np.array([1.0])), ("take", np.zeros((0, 3)), [0], 0),
    ("take", np.zeros((0, 3)), [], 0), ("take", np.zeros((3, 0)), [7], 0), ("take", T.T, [[1], [2]], 1), ("take", T[::-1, ::2], [1, 0], 0), ("take", T, []),
    ("take_along_axis", T, np.array([[0], [1], [2]]), 1), ("take_along_axis", T, np.array([0]), 1), ("take_along_axis", T, np.array([[0.0]]), 1), ("take_along_axis", T, np.array([[0, 0, 0, 0, 0]]), 0),
    ("take_along_axis", T, np.array([[9]]), 1), ("take_along_axis", T, np.array([1, 2]), None), ("take_along_axis", T, np.array([[1, 2]]), None), ("take_along_axis", T[:1], np.zeros((3, 2), int), 1),
    ("take_along_axis", T, np.zeros((2, 2), int), 1), ("take_along_axis", T, np.array([[True]]), 1), ("take_along_axis", T, np.zeros((3, 1), int)), ("take_along_axis", T, np.zeros((3, 1), int), 5),
    ("take_along_axis", T.T, np.array([[2, 0, 1]], "i4"), 0), ("take_along_axis", T, np.argsort(-T, axis=0), 0),
    ("choose", [2, 0], [[1, 2], [3, 4], [5, 6]]), ("choose", [3, 0], [[1, 2], [3, 4], [5, 6]]), ("choose", [-1, 0], [[1, 2], [3, 4], [5, 6]]), ("choose", np.array([[1], [0]]), [1, [2, 3.5]]),
    ("choose", [0, 1, 2], [[1, 2], [3, 4]]), ("choose", [0], []), ("choose", np.array([1.0]), [[1], [2]]), ("choose", [True, False], [1, 2]), ("choose", 0, [1, 2]),
    ("choose", [0, 1], [np.array(1, "b"), np.array(2, "f")]), ("choose", np.array([1], "u8"), [[1], [2]]), ("choose", np.array([0, 1, 0, 1]), T[:2]), ("choose", np.array([0, 1, 0, 1]), [T, -T]),
    ("compress", [0, 1], T, 0), ("compress", [0, 1], T), ("compress", [[0, 1]], T), ("compress", [0, 0, 0, 0, 1], T, 0), ("compress", [1], T, 5), ("compress", True, T, 0), ("compress", np.array([0, 1.5]), T, 1),
    ("extract", T > 5, T), ("extract", [1, 0, 1], [[1, 2, 3]]), ("extract", [0, 0, 0, 0, 1], [1, 2, 3]), ("extract", T.T > 5, T),
    ("nonzero", T), ("nonzero", T.T % 2), ("nonzero", np.array(3)), ("nonzero", np.array([np.nan, 0, -0.0, 1])), ("nonzero", np.zeros((0, 3))), ("nonzero", np.array([1j, 0])), ("nonzero", np.zeros(5)),
    ("argwhere", T % 3), ("argwhere", np.array(3)), ("argwhere", np.array(0)), ("argwhere", np.zeros((0, 3))), ("flatnonzero", T % 5), ("flatnonzero", 3), ("where", T > 4), ("where", np.array(3)), ("where", 3),
    ("select", [T > 5, T > 2], [T, T * 10.5], 7), ("select", [], []), ("select", [T > 1], [T, T]), ("select", [T], [T]), ("select", [T > 5], [1]), ("select", [True, False], [T, T]),
    ("select", [T > 5], [np.array(1, "f")], 2), ("select", [T[0] > 1], [T[:, :2]]), ("select", T > 5, T), ("select", [T[0] > 0], [T[0].astype("b")], -1), ("select", [T[0] > 0], [T[0].astype("b")], 300),
    ("select", [T > 5, T > 8], [T, -T]), ("select", [T > 5], [T], T * 1j),
    ("unravel_index", [22], (3, 4)), ("unravel_index", [-1], (3, 4)), ("unravel_index", [5, 6], (3, 4)), ("unravel_index", 5, (3, 4)), ("unravel_index", [5], 12), ("unravel_index", [5], (3, 4), "F"),
    ("unravel_index", [1.0], (3, 4)), ("unravel_index", [0], (0, 3)), ("unravel_index", [], (3, 4)), ("unravel_index", [0], ()), ("unravel_index", [5], (3, 4), "X"), ("unravel_index", np.array([[5, 1]], "u1"), (3, 2, 2)),
    ("ravel_multi_index", ([1, 2], [3, 0]), (3, 4)), ("ravel_multi_index", ([3], [0]), (3, 4)), ("ravel_multi_index", ([-1], [0]), (3, 4)), ("ravel_multi_index", ([4], [-1]), (3, 4), "wrap"),
    ("ravel_multi_index", ([4], [-1]), (3, 4), ("clip", "wrap")), ("ravel_multi_index", ([4], [-1]), (3, 4), "foo"), ("ravel_multi_index", ([1],), (3, 4)), ("ravel_multi_index", ([1], [1.0]), (3, 4)),
    ("ravel_multi_index", (1, 2), (3, 4)), ("ravel_multi_index", np.array([[1, 2], [3, 0]]), (3, 4), "raise", "F"), ("ravel_multi_index", ([1, 2], [3]), (3, 4)), ("ravel_multi_index", ([1, 2], [3, 1, 1]), (3, 4)),
    ("ravel_multi_index", (1, 2), (3, 4), "raise", "X"), ("ravel_multi_index", ([], []), (3, 4)),
    ("diag_indices", 3), ("diag_indices", 2, 3), ("diag_indices", -1), ("diag_indices", 2, 0),
]


@pytest.mark.parametrize("call", CALLS, ids=repr)
def test_functions(call):
    """Functions that choose elements give NumPy's results and raise its words."""
    agree(*call)


def test_modes():
    """Indices outside their axis are wrapped or clipped if asked for."""
    for mode in ("wrap", "clip", "raise", "foo"):
        for index in ([-20, 20, 3, -1], np.array([5, -7], "i4"), [0, 1]):
            agree("take", T, index, mode=mode)
            agree("take", T, index, axis=1, mode=mode)
            agree("choose", index, [[1], [2], [3]], mode=mode)
        agree("take", np.zeros((0, 3)), [0], axis=0, mode=mode)


def test_out():
    """`out` takes the result, cast as NumPy allows, and comes back."""
    for name, args, shape in (("take", (T, [0, 1]), 2), ("choose", ([0, 1], [[1, 2], [3.5, 4]]), 2), ("compress", ([1], T, 1), (3, 1)), ("take", (T, [0, 1]), (2, 1)), ("choose", ([0, 1], [[1, 2], [3, 4]]), 3)):
        for dtype in DTYPES:
            a, x = np.zeros(shape, dtype), cp.zeros(shape, dtype)
            want, want_error = outcome(getattr(np, name), *args, out=a)
            got, got_error = outcome(getattr(cp, name), *[device(v) for v in args], out=x)
            if want_error is not None:
                assert_same_error(got_error, want_error, what=f"{name} {dtype}")
            else:
                assert got_error is None and got is x, f"{name} {dtype} {got_error!r}"
                assert_same(x, a, 0, f"{name} {dtype}")


WRITES = [
    ("put", [0, 1], [1.5, 2.5]), ("put", [20], 1), ("put", [-1], 1), ("put", [0, 1, 2], [7, 8]), ("put", [0], []), ("put", [], [1]), ("put", [20], 1, "wrap"), ("put", [-20], 1, "clip"), ("put", np.array([1.0]), 1),
    ("put", [0], 1j), ("put", 0, [5, 6]), ("put", [0], 2**70), ("put", [0], [[1]], "foo"), ("put", np.array([[3, 4], [5, 6]]), [[1, 2, 3]]), ("put", np.array([1], "u8"), 1), ("put", np.array([-20]), 1),
    ("put_along_axis", np.array([[0], [1], [2]]), 7, 1), ("put_along_axis", np.array([[0], [1], [2]]), [1, 2], 1), ("put_along_axis", np.array([0, 3]), [5, 6], None), ("put_along_axis", np.array([[0.0]]), 1, 1),
    ("put_along_axis", np.array([[9]]), 1, 1), ("put_along_axis", np.array([0]), 1, 1), ("put_along_axis", np.array([[0]]), 1, None), ("put_along_axis", np.array([[0, 2, 1, 1]]), T[:1] * 2, 0), ("put_along_axis", np.array([[0]]), 1, 7),
    ("place", T % 2 == 0, [7, 8]), ("place", T % 2 == 0, []), ("place", T < 0, []), ("place", [True], [1]), ("place", T % 2 == 0, 1.5), ("place", T % 2, 1j), ("place", T % 2, np.array([1.5])), ("place", T % 2 == 0, [[1], [2]]),
    ("putmask", T % 2 == 0, [7, 8]), ("putmask", T % 2 == 0, []), ("putmask", [True], [1]), ("putmask", T % 2 == 0, 1.5), ("putmask", T % 2 == 0, np.float32(1.5)), ("putmask", T % 2, 1j), ("putmask", T % 2, np.array([1.5])), ("putmask", T % 2, np.array(1.5)), ("putmask", T % 2 == 0, -T),
    ("putmask", T > 20, []), ("putmask", T % 2 == 0, np.arange(30)), ("putmask", T % 2 == 0, 2**70), ("putmask", (T % 2 == 0).T, [1, 2, 3]),
    ("fill_diagonal", 5), ("fill_diagonal", [1, 2, 3, 4, 5]), ("fill_diagonal", []), ("fill_diagonal", [[1, 2]]), ("fill_diagonal", 1j), ("fill_diagonal", 2**70), ("fill_diagonal", 5, True),
]


@pytest.mark.parametrize("call", WRITES, ids=repr)
def test_writing_functions(call):
    """Functions that write to chosen elements write what NumPy writes, in every layout, or raise its words."""
    name, *args = call
    for layout in (lambda m: m, lambda m: m.T, lambda m: m[::-1, ::2], lambda m: m.reshape(6, 2)):
        for dtype in "ldb":
            if isinstance(args[0], np.ndarray) and name in ("place", "putmask") and layout(T).shape != T.shape:
                continue
            if name == "put_along_axis" and args[2] is None and not layout(T).flags.c_contiguous:
                # NumPy refuses to write to what it had to copy.
                continue
            a, x = T.astype(dtype), cp.asarray(T.astype(dtype))
            want, want_error = outcome(getattr(np, name), layout(a), *args)
            got, got_error = outcome(lambda: settled(lambda: getattr(cp, name)(layout(x), *[device(v) for v in args])))
            assert want is None and got is None
            if want_error is not None:
                # NumPy names arrays that hold Python's complex numbers otherwise than numbers.
                assert_same_error(got_error, want_error, "complex" not in str(want_error), f"{call} {dtype}")
            else:
                assert got_error is None, f"{call} {dtype}: {got_error!r}"
                assert_same(x, a, 0, f"{call} {dtype}")


def test_fill_diagonal_of_many_axes():
    """Diagonals of more axes, and of shapes that have none."""
    for shape in ((2, 2, 2), (2, 2, 3), (3,), (0, 3), (5, 2), (2, 5)):
        a, x = np.zeros(shape), cp.zeros(shape)
        assert_same_outcome(lambda: cp.fill_diagonal(x, 4) or x, lambda: np.fill_diagonal(a, 4) or a, what=str(shape))
        assert_same(x, a)


ATS = [("add", "scatter_add"), ("maximum", "scatter_max"), ("minimum", "scatter_min")]


@pytest.mark.parametrize("name, ours", ATS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scatter(name, ours, dtype):
    """Elements that are selected several times take part as often, in every dtype and shape of index."""
    index = np.array([0, 5, 2, 2, 0, -1, 0] * 300)
    for n in (1, 2, 5):
        a, x = both("small_int", dtype, (7, n), name)
        b, y = both("small_int", dtype, (index.size, n), name + "values")
        a = a.copy()
        getattr(np, name).at(a, index, b)
        getattr(cp.x, ours)(x, cp.asarray(index), y)
        assert_same(x, a, 0, f"{name} {dtype}")
        getattr(np, name).at(a, (slice(None), 0), 3)
        getattr(cp.x, ours)(x, (slice(None), 0), 3)
        assert_same(x, a, 0, f"{name} {dtype}")
        getattr(np, name).at(a, a == a, b[0, :1])
        getattr(cp.x, ours)(x, x == x, y[0, :1])
        assert_same(x, a, 0, f"{name} {dtype}")


def test_scatter_casts_and_errors():
    """Values are computed with in the common dtype and cast back, as `ufunc.at` does; errors are NumPy's."""
    for dtype in "?bBilefdFD":
        for value in (1.5, 300, -1, np.float64(1.1), np.int64(300), np.array([1.5, 2.25, 3]), np.array([1, 2, 3], "i2"), True):
            a, x = np.zeros(4, dtype), cp.zeros(4, dtype)
            with np.errstate(all="ignore"):
                assert_same_outcome(lambda: cp.x.scatter_add(x, [0, 0, 3], device(value)) or x, lambda: np.add.at(a, [0, 0, 3], value) or a, what=f"{dtype} {value!r}")
    for index, value in (([5], 1), ([0.5], 1), ([0, 1], np.array([1, 2, 3])), ([0], np.ones((2, 2)))):
        a, x = np.zeros(4), cp.zeros(4)
        assert_raises_like(lambda: cp.x.scatter_add(x, index, device(value)), lambda: np.add.at(a, index, value), what=f"{index}")


def test_methods():
    """Arrays have the functions as methods."""
    x = cp.asarray(T)
    assert_same(x.take([1, 2], axis=1), T.take([1, 2], axis=1))
    assert_same(x.nonzero()[1], T.nonzero()[1])
    assert_same(x.compress([True, False, True], axis=0), T.compress([True, False, True], axis=0))
    assert_same(cp.asarray([1, 0]).choose([[1, 2], [3, 4]]), np.array([1, 0]).choose([[1, 2], [3, 4]]))
    x.put([0, 1], [9, 8])
    assert_same(x.ravel()[:3], np.array([9, 8, 2]))


def test_indices_that_wrap():
    """With `config.index_errors = "wrap"` index arrays count on from the other end, as CuPy's do; integers still raise."""
    a = np.arange(20.0).reshape(4, 5)
    index = np.array([[7, -9], [4, 3]])
    here = cp.config.index_errors
    assert here == "raise"
    with pytest.raises(ValueError, match="must be 'raise' or 'wrap'"):
        cp.config.index_errors = "clip"
    cp.config.index_errors = "wrap"
    try:
        assert cp.config.index_errors == "wrap"
        x = cp.asarray(a)
        for given in (cp.asarray(index), index, index.tolist()):
            assert_same(x[given], a[index % 4])
            assert_same(x[1:3, given], a[1:3, index % 5])
        for given in (cp.asarray(index), index.tolist()):
            assert_same(cp.take(x, given, axis=1), np.take(a, index, axis=1, mode="wrap"))
            assert_same(x.take(given), a.take(index, mode="wrap"))
        assert_same(x[index, [9, -6]], a[index % 4, [4, 4]])
        assert_same(cp.take_along_axis(x, cp.asarray(index[:, :1].repeat(2, 0)), 1), np.take_along_axis(a, index[:, :1].repeat(2, 0) % 5, 1))
        x[[5, -7], [6, 11]] = -1
        a[1, 1] = -1
        assert_same(x, a)
        cp.add.at(x, ([9, 1], [5, 6]), 2)
        np.add.at(a, ([1, 1], [0, 1]), 2)
        assert_same(x, a)
        x.put([45], 7)
        a.put([45], 7, mode="wrap")
        assert_same(x, a)
        assert_same(cp.take(x, [99], mode="clip"), a.take([99], mode="clip"))
        for call in (lambda: x[4], lambda: cp.zeros((0, 3))[[0]], lambda: cp.zeros(0).take([1])):
            with pytest.raises(IndexError):
                call()
    finally:
        cp.config.index_errors = here
    with pytest.raises(IndexError):
        cp.asarray(a)[[7]].get()
