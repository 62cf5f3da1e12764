"""Elements by their places, in tables of dtype, layout, index and mode: taking, putting, choosing, `ufunc.at` and scattering."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, assert_same_error, outcome
from support.tables import COMPLEX_ULP, UFUNCS
from support.values import DTYPES, LAYOUTS, OTHER, laid_out, values

INDEX_DTYPES = "?bBhHiIlLd"
MODES = ["raise", "wrap", "clip", None, 0, 1, 2, "foo", "Clip", "r", "", 1.5, True]


def is_worded(mode):
    """Whether NumPy's words are compared: where a type is wrong, ours name the parameter first."""
    return not isinstance(mode, (bool, float))


def is_wrong_twice(index, value):
    """Which of two errors is named is left open."""
    return index in ([9], [-7]) and isinstance(value, list) and np.shape(value) != (1,)


def settled(call):
    """The result of a call once the device has told what it found: on a GPU an index is checked where it is."""
    result = call()
    cp.asnumpy(cp.zeros(1))
    return result


def agree(call, arrays, what, ulp=0, message=True):
    """Runs `call(xp, *arrays)` with both; what fails raises alike, be it found on the host or on the device."""
    with np.errstate(all="ignore"):
        want, want_error = outcome(lambda: call(np, *[np.array(a) for a in arrays]))
    got, got_error = outcome(lambda: settled(lambda: call(cp, *[cp.asarray(a) for a in arrays])))
    if want_error is not None:
        on_device = cp.zeros(0).device != "cpu" and isinstance(got_error, IndexError)
        # Numbers that are found wrong on the device are indices, whatever NumPy calls them.
        assert_same_error(got_error, IndexError(str(got_error)) if on_device else want_error, message, what)
        return
    assert got_error is None, f"{what}: {got_error!r}; NumPy gives {want!r}"
    assert_same(got, want, ulp, what)


def indices(dtype):
    """Places within seven elements and outside, none, and one without an axis."""
    for places in ([0, 6, 3], [[5, 1], [1, 2]], [], 4, [0, 7], [100, 3], [-1, 2], [-9]):
        if dtype in "BHIL?" and np.min(places, initial=0) < 0:
            continue
        yield np.asarray(places, dtype)


@pytest.mark.parametrize("index_dtype", INDEX_DTYPES)
@pytest.mark.parametrize("mode", MODES, ids=repr)
def test_take(mode, index_dtype):
    """Indices of every dtype, inside and outside, in every mode, along every axis."""
    for dtype in DTYPES if index_dtype in "il" else "fD":
        for shape in ((7,), (7, 3), (2, 7), (0, 7), (7, 0), (0,), ()):
            a = values("any", dtype, shape, "take")
            for index in indices(index_dtype):
                for axis in (None, 0, -1, 1):
                    agree(lambda xp, a, i: xp.take(a, i, axis=axis, mode=mode), [a, index], f"{dtype}{shape} {index_dtype}{index.tolist()} {axis} {mode!r}", message=is_worded(mode))


@pytest.mark.parametrize("index_dtype", INDEX_DTYPES)
@pytest.mark.parametrize("mode", MODES, ids=repr)
def test_put(mode, index_dtype):
    """One number at places of every dtype, inside and outside, in every mode; values of other dtypes; none."""

    def put(xp, a, i, v):
        assert xp.put(a, i, v, mode=mode) is None
        return a

    for dtype in DTYPES if index_dtype in "il" else "fD":
        for shape in ((7,), (7, 1), (0,), ()):
            a = values("any", dtype, shape, "put")
            for index in indices(index_dtype):
                for value in ([1], [True], [0.0], []):
                    # Of several values for one place a GPU keeps any.
                    agree(put, [a, index, np.asarray(value)], f"{dtype}{shape} {index_dtype}{index.tolist()} {value} {mode!r}", message=is_worded(mode))


@pytest.mark.parametrize("index_dtype", INDEX_DTYPES)
@pytest.mark.parametrize("mode", MODES, ids=repr)
def test_choose(mode, index_dtype):
    """Choices that broadcast, of one dtype and of several."""
    for places in ([0, 1, 2, 1], [0, 3, 1, 1], [[1], [2]], 1, 7, [-1, 0, 0, 0]):
        if index_dtype in "BHIL?" and np.min(places) < 0:
            continue
        index = np.asarray(places, index_dtype)
        for dtype in "?bldD":
            choices = values("any", dtype, (3, 4), "choose")
            what = f"{index_dtype}{places} {dtype} {mode!r}"
            agree(lambda xp, i, c: xp.choose(i, c, mode=mode), [index, choices], what, message=is_worded(mode))
            agree(lambda xp, i, c: i.choose([c[0], c[1], 1.5], mode=mode), [index, choices], what, message=is_worded(mode))


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_layouts(layout):
    """Reading from any layout and writing to any that has each element once."""
    a, x = laid_out(layout, "any", "d", "places")
    places = np.arange(a.size // 2)[::-1] * 2
    for mode in ("raise", "wrap", "clip"):
        assert_same(cp.take(x, cp.asarray(places), mode=mode), np.take(a, places, mode=mode), what=layout)
        for axis in range(-a.ndim, a.ndim):
            index = np.arange(a.shape[axis])[::-2]
            assert_same(cp.take(x, cp.asarray(index), axis=axis, mode=mode), np.take(a, index, axis=axis, mode=mode), what=f"{layout} {axis}")
    for axis in range(a.ndim):
        order = np.argsort(a, axis=axis, kind="stable")
        assert_same(cp.take_along_axis(x, cp.asarray(order), axis), np.take_along_axis(a, order, axis), what=f"{layout} {axis}")
    if 0 in a.strides and a.size > 1:
        return
    a = a.copy() if a.base is None else a
    for place in (lambda xp, m, i: xp.put(m, i, -1.5), lambda xp, m, i: xp.put(m, i, xp.sqrt(i.astype("d"))), lambda xp, m, i: xp.add.at(m.T, (..., slice(None, None, 2)) if m.ndim else (), 2.5)):
        place(np, a, places), place(cp, x, cp.asarray(places))
        assert_same(x, a, what=layout)
    for axis in range(a.ndim):
        order = np.argsort(a, axis=axis, kind="stable")
        lines = np.sort(a, axis=axis) + 1
        np.put_along_axis(a, order, lines, axis), cp.put_along_axis(x, cp.asarray(order), cp.asarray(lines), axis)
        assert_same(x, a, what=f"{layout} {axis}")


@pytest.mark.parametrize("index_dtype", "bBld?")
def test_along_axis(index_dtype):
    """Lines of every shape that broadcasts, and those that do not."""
    rng = np.random.default_rng(3)
    for dtype in "?bldD":
        for shape in ((6,), (3, 4), (2, 3, 4), (0, 3), ()):
            a = values("any", dtype, shape, "along")
            for index_shape in ((3,), (3, 2), (1, 4), (3, 4), (2, 3, 1), (2, 1, 4), (0, 3), ()):
                index = rng.integers(-2 if index_dtype in "lb" else 0, 3, index_shape).astype(index_dtype)
                for axis in (None, 0, 1, -1, 5):
                    what = f"{dtype}{shape} {index_dtype}{index_shape} {axis}"
                    agree(lambda xp, a, i: xp.take_along_axis(a, i, axis), [a, index], what)
                    agree(lambda xp, a, i: xp.put_along_axis(a, i, 1, axis) or a, [a, index], what)


BINARY = ["add", "subtract", "multiply", "divide", "floor_divide", "maximum", "minimum", "fmax", "logical_and", "bitwise_or", "left_shift", "arctan2", "hypot", "equal"]
UNARY = ["negative", "sqrt", "isnan", "logical_not", "square"]
PLACES = [[0, 1, 1, 5], [True, False] * 3, slice(1, 4), ..., 3, -1, [9], [-7], [[0, 0], [1, 2]], [1.0], (0, 1), None, [True, False]]
VALUES = [2, 1.5, [1], [1, 2, 3], [[1]], 2j, True]


def place(xp, index):
    """An index, its list as an array."""
    return xp.asarray(index) if isinstance(index, list) else index


@pytest.mark.parametrize("dtype", "?bBilLefdFD")
@pytest.mark.parametrize("name", BINARY)
def test_at(name, dtype):
    """Elements that are named several times take part as often; dtypes that do not fit raise, shapes too."""
    # An element takes part twice at most, and each time it is rounded.
    ulp = 2 * max(UFUNCS[name]["ulp"], COMPLEX_ULP.get(name, 0) if dtype in "FD" else 0)
    a = np.arange(1, 7).astype(dtype)
    for index in PLACES:
        for value in VALUES:
            # Below zero NumPy computes in float64, whose cast back to uint64 is undefined.
            if is_wrong_twice(index, value) or (dtype == "L" and index == [[0, 0], [1, 2]] and name == "subtract"):
                continue

            def at(xp, a):
                getattr(xp, name).at(a, place(xp, index), place(xp, value))
                return a

            agree(at, [a], f"{name} {dtype} {index} {value}", ulp)


@pytest.mark.parametrize("dtype", "?bBilLefdFD")
@pytest.mark.parametrize("name", UNARY)
def test_at_of_one_operand(name, dtype):
    """Without a second operand, and with one too many."""
    a = np.arange(1, 7).astype(dtype)
    # An element takes part twice at most, and each time it is rounded.
    ulp = 2 * max(UFUNCS[name]["ulp"], COMPLEX_ULP.get(name, 0) if dtype in "FD" else 0)
    for index in PLACES:
        agree(lambda xp, a: getattr(xp, name).at(a, place(xp, index)) or a, [a], f"{name} {dtype} {index}", ulp)
        agree(lambda xp, a: getattr(xp, name).at(a, place(xp, index), 1) or a, [a], f"{name} {dtype} {index} 1")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name, numpys", [("scatter_add", "add"), ("scatter_max", "maximum"), ("scatter_min", "minimum")])
def test_scatter(name, numpys, dtype):
    """CuPy's scattering is `at` of three ufuncs: every dtype, layout, index and error."""

    def scatter(xp, a, index, value):
        (getattr(np, numpys).at if xp is np else getattr(cp.x, name))(a, place(xp, index), place(xp, value))
        return a

    a = values("small_int", dtype, (6, 5), "scatter")
    for view in (lambda m: m, lambda m: m.T, lambda m: m[::-1, ::2], lambda m: m[:, 1]):
        for index in ([0, 1, 1, 0], [-1, 0], [True, False] * 3, slice(1, 4), ..., 2, (0, 0), [9], [0.5], ([0, 0], [1, 1])):
            for value in (1, 3.5, [2], [[2]], True, np.int8(1)):
                if not is_wrong_twice(index, value):
                    agree(lambda xp, a: [scatter(xp, view(a), index, value), a][1], [a], f"{name} {dtype} {index} {value}")
