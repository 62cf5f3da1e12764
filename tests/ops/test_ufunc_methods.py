"""`reduce`, `accumulate`, `reduceat` and `outer` of every binary ufunc against NumPy."""

import warnings

import cuprous as cp
import numpy as np
import pytest
from support import compare
from support.compare import ZEROS_ALIKE, assert_raises_like, assert_same, equal_bits, to_numpy
from support.tables import BINARY, TWO_RESULTS, UFUNCS, UNARY, pair_of, reference, ulp_of
from support.values import both, values

DTYPES = "?bBhilLefdFD"
# Of these NumPy words a missing loop in one way or another, depending on what was called before.
COMPARISONS = [name for name in BINARY if all(np.dtype(out).char == "?" for _, out in UFUNCS[name]["loops"])]
# Those whose inputs have dtypes of their own do not take their own results.
BINARY, MIXED = ([n for n in BINARY if is_mixed == any(len(set(ins)) > 1 for ins, _ in UFUNCS[n]["loops"])] for is_mixed in (False, True))
# NumPy's vector loops of these read a sum that they have not written yet: numpy.power.reduce([1.1, 1.2, 1.05, 1.15])
# is 1.1158, where the last element of its own accumulate is 1.1481.
WRONG_IN_NUMPY = ["power", "arctan2"]
REDUCED = [name for name in BINARY if name not in WRONG_IN_NUMPY]
# Their reductions join elements in another order than NumPy's, which rounds floats elsewhere.
ORDERLESS = ["add", "multiply", "maximum", "minimum", "fmax", "fmin", "gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "logical_and", "logical_or"]
TRANSCENDENTAL = ["arctan2", "float_power", "hypot", "logaddexp", "logaddexp2"]
REORDERED = ["add", "multiply", "hypot", "logaddexp", "logaddexp2"]


@pytest.fixture(autouse=True)
def quiet():
    """NumPy warns of infinities and NaNs where cuprous does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def assert_same_outcome(on_cuprous, on_numpy, ulp=0, what=""):
    """As the comparison's, but for the wording of missing loops of comparisons."""
    return compare.assert_same_outcome(on_cuprous, on_numpy, ulp, match_message=what.split(".")[0].split(" ")[0] not in COMPARISONS, what=what)


def operand(name, dtype, shape, *key):
    """Elements that do not overflow: powers and shifts of large numbers compare nothing."""
    domain = "positive" if np.dtype(dtype).kind in "fc" else "small_int"
    x = values(domain, dtype, shape, name, *key)
    if np.dtype(dtype).kind in "fc":
        x = (1 + (np.abs(x) % 1) / 4).astype(dtype)
    return x, cp.asarray(x)


def tolerance(name, dtype, n):
    """Units in the last place after folding n elements, each step with the row's own error."""
    ulp = ulp_of(name, dtype)
    if ulp == ZEROS_ALIKE:
        return ulp
    # A power multiplies the error of its base by the exponent, of which the operands here have up to 5.
    if name == "float_power" and np.dtype(dtype).kind not in "fc":
        return ulp * 5 ** min(n, 6)
    # NumPy keeps some sums of float16 in float32 between two steps.
    rounds = name in REORDERED or ulp or np.dtype(dtype) == np.float16 or np.dtype(dtype).itemsize == 1
    return (max(ulp, 1) if rounds else 0) * n * (4 if np.dtype(dtype).kind == "c" else 1)


def method(name, which):
    """A method of a ufunc in both libraries."""
    f, g = pair_of(name)
    g = np.power if name == "power" else g
    return getattr(f, which), getattr(g, which)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCED)
def test_reduce(name, dtype):
    """`reduce` along each axis, with `keepdims`, of several shapes, or its exception."""
    f, g = method(name, "reduce")
    for shape, axis in (((7,), 0), ((5, 6), 0), ((5, 6), 1), ((3, 4, 5), 1), ((3, 4, 5), -1), ((6, 1), 1), ((), 0)):
        x, y = operand(name, dtype, shape)
        n = 1 if shape == () else shape[axis]
        for keepdims in (False, True):
            assert_same_outcome(
                lambda: f(y, axis=axis, keepdims=keepdims), lambda: np.asarray(g(x, axis=axis, keepdims=keepdims)),
                tolerance(name, dtype, n), what=f"{name}.reduce({dtype}{shape}, axis={axis})",
            )


@pytest.mark.parametrize("name", REDUCED)
def test_reduce_axes(name):
    """Several axes, none and all: only where the order does not matter."""
    f, g = method(name, "reduce")
    for dtype in "?id":
        x, y = operand(name, dtype, (3, 4, 5))
        for axis in (None, (0, 1), (2, 0), (), (0, 0), 3, (0, 5)):
            assert_same_outcome(
                lambda: f(y, axis=axis), lambda: np.asarray(g(x, axis=axis)), tolerance(name, dtype, 60), what=f"{name}.reduce axis={axis}"
            )


@pytest.mark.parametrize("name", REDUCED)
def test_reduce_nothing(name):
    """Over no elements there is the identity, or NumPy's exception."""
    f, g = method(name, "reduce")
    for dtype in "?id":
        for shape, axis in (((0,), 0), ((0, 3), 0), ((3, 0), 1), ((0, 3), 1), ((0,), None)):
            x = np.ones(shape, dtype)
            y = cp.asarray(x)
            assert_same_outcome(lambda: f(y, axis=axis), lambda: np.asarray(g(x, axis=axis)), what=f"{name}.reduce({dtype}{shape}, {axis})")
            assert_same_outcome(
                lambda: f(y, axis=axis, initial=1), lambda: np.asarray(g(x, axis=axis, initial=1)), what=f"{name} initial {dtype}{shape}"
            )


@pytest.mark.parametrize("name", REDUCED)
def test_reduce_initial_and_where(name):
    """`initial` stands before the first element; `where` leaves elements out."""
    f, g = method(name, "reduce")
    for dtype in "?ifd":
        x, y = operand(name, dtype, (6, 7))
        mask = values("any", "?", (6, 7), name)
        ours = cp.asarray(mask)
        ulp = tolerance(name, dtype, 8)
        what = f"{name}.reduce({dtype})"
        assert_same_outcome(lambda: f(y, initial=2), lambda: g(x, initial=2), ulp, what=what)
        assert_same_outcome(lambda: f(y, axis=1, initial=None), lambda: g(x, axis=1, initial=None), ulp, what=what)
        assert_same_outcome(lambda: f(y, axis=1, where=ours), lambda: g(x, axis=1, where=mask), ulp, what=what)
        assert_same_outcome(lambda: f(y, axis=0, initial=1, where=ours), lambda: g(x, axis=0, initial=1, where=mask), ulp, what=what)
        assert_same_outcome(lambda: f(y, axis=0, initial=1, where=ours[0]), lambda: g(x, axis=0, initial=1, where=mask[0]), ulp, what=what)


@pytest.mark.parametrize("name", REDUCED)
def test_reduce_dtype_and_out(name):
    """`dtype=` names the loop, `out=` takes the result."""
    f, g = method(name, "reduce")
    for dtype, asked in (("i", "d"), ("d", "f"), ("b", "h"), ("i", "b"), ("d", "i"), ("i", "?")):
        x, y = operand(name, dtype, (4, 5))
        assert_same_outcome(
            lambda: f(y, axis=1, dtype=asked), lambda: np.asarray(g(x, axis=1, dtype=asked)), tolerance(name, asked, 5), what=f"{name} {dtype}->{asked}"
        )
    x, y = operand(name, "d", (4, 5))
    try:
        want = g(x, axis=1)
    except TypeError:
        return
    out = cp.empty(4, want.dtype)
    assert f(y, axis=1, out=out) is out
    assert_same(out, want, tolerance(name, "d", 5))
    out = cp.empty(4, want.dtype)
    assert f(y, axis=1, out=(out,)) is out
    assert_same(out, want, tolerance(name, "d", 5))
    assert_raises_like(lambda: f(y, axis=1, out=cp.empty((2, 2), want.dtype)), lambda: g(x, axis=1, out=np.empty((2, 2), want.dtype)))


@pytest.mark.parametrize("name", ["add", "bitwise_xor", "fmax", "gcd", "hypot", "logical_xor", "subtract", "maximum", "logaddexp"])
def test_long_lines(name):
    """Lines of many elements, few and many of them, are folded right, and the same way each time."""
    if name not in UFUNCS:
        return
    f, g = method(name, "reduce")
    dtype = "l" if name in ("bitwise_xor", "gcd") else "d"
    for shape, axis in (((100_003,), 0), ((50_001, 2), 0), ((3, 20_000), 1), ((700, 900), 0), ((700, 900), 1)):
        x, y = operand(name, dtype, shape)
        got = f(y, axis=axis)
        want = g(x, axis=axis)
        if np.dtype(dtype).kind == "f" and name != "fmax":
            assert np.allclose(to_numpy(got), want, rtol=1e-10), f"{name} {shape}"
        else:
            assert_same(got, np.asarray(want), what=f"{name} {shape}")
        assert np.all(equal_bits(to_numpy(f(y, axis=axis)), to_numpy(got)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_accumulate(name, dtype):
    """`accumulate` along each axis, or its exception."""
    f, g = method(name, "accumulate")
    for shape, axis in (((9,), 0), ((5, 6), 0), ((5, 6), 1), ((3, 4, 5), 1), ((0, 3), 0), ((3, 0), 0), ((), 0), ((4, 5), 2)):
        x, y = operand(name, dtype, shape)
        n = max(shape, default=1)
        assert_same_outcome(
            lambda: f(y, axis=axis), lambda: g(x, axis=axis), tolerance(name, dtype, n), what=f"{name}.accumulate({dtype}{shape}, axis={axis})"
        )
    x, y = operand(name, dtype, (5, 8))
    assert_same_outcome(lambda: f(y.T[::-1]), lambda: g(x.T[::-1]), tolerance(name, dtype, 8), what=f"{name}.accumulate of a view")


@pytest.mark.parametrize("dtype", "?bild")
@pytest.mark.parametrize("name", REDUCED)
def test_reduceat(name, dtype):
    """`reduceat` with rising, falling and repeated indices, as lists and arrays, or its exception."""
    f, g = method(name, "reduceat")
    for indices in ([0, 4, 1, 5, 2, 6, 3, 7], [0], [7], [3, 3, 3], [], [0, 8], [-1]):
        x, y = operand(name, dtype, (8, 3))
        assert_same_outcome(lambda: f(y, indices), lambda: g(x, np.array(indices, int)), tolerance(name, dtype, 8), what=f"{name}.reduceat({dtype}, {indices})")
        assert_same_outcome(
            lambda: f(y.T, cp.asarray(indices, dtype="l"), axis=1), lambda: g(x.T, np.array(indices, int), axis=1), tolerance(name, dtype, 8),
            what=f"{name}.reduceat({dtype}, {indices}, axis=1)",
        )


@pytest.mark.parametrize("name", BINARY)
def test_accumulate_and_reduceat_arguments(name):
    """`dtype=`, `out=`, axes that are none."""
    for which, more in (("accumulate", ()), ("reduceat", ([0, 2],))):
        f, g = method(name, which)
        x, y = operand(name, "i", (4, 5))
        for asked in ("d", "h", "?"):
            assert_same_outcome(lambda: f(y, *more, dtype=asked), lambda: g(x, *more, dtype=asked), tolerance(name, asked, 5), what=f"{name}.{which} {asked}")
        try:
            want = g(x, *more)
        except TypeError:
            continue
        out = cp.empty(want.shape, want.dtype)
        assert f(y, *more, out=out) is out
        assert_same(out, want, tolerance(name, "i", 5))
        for axis in (None, (0, 1), 2, 0.5):
            assert_raises_like(lambda: f(y, *more, axis=axis), lambda: g(x, *more, axis=axis))


@pytest.mark.parametrize("name", BINARY + [n for n in TWO_RESULTS if len(UFUNCS[n]["args"]) == 2])
def test_outer(name):
    """`outer` pairs all elements, numbers and lists too."""
    f, g = method(name, "outer")
    for dtype in "id":
        (a, x), (b, y) = operand(name, dtype, (3, 4), "a"), operand(name, dtype, (5,), "b")
        for left, right, np_left, np_right in ((x, y, a, b), (y, x, b, a), (y, 2, b, 2), (2, y, 2, b), ([1, 2], y, [1, 2], b)):
            try:
                want = g(np_left, np_right)
            except TypeError:
                assert_raises_like(lambda: f(left, right), lambda: g(np_left, np_right))
                continue
            got = f(left, right)
            pairs = zip(got, want) if isinstance(want, tuple) else [(got, want)]
            for mine, theirs in pairs:
                assert_same(mine, np.asarray(theirs), tolerance(name, dtype, 1), what=f"{name}.outer({dtype})")


@pytest.mark.parametrize("name", MIXED)
def test_mixed_inputs(name):
    """Where the second input has another dtype the methods raise NumPy's TypeError; `outer` is there."""
    for dtype in "fd":
        x = np.ones(3, dtype)
        y = cp.asarray(x)
        assert_raises_like(lambda: method(name, "reduce")[0](y), lambda: method(name, "reduce")[1](x), match_message=False)
        assert_raises_like(lambda: method(name, "accumulate")[0](y), lambda: method(name, "accumulate")[1](x), match_message=False)
    f, g = method(name, "outer")
    assert_same(f(cp.asarray([1.0, 2.0]), cp.asarray([1, 2, 3])), g(np.array([1.0, 2.0]), np.array([1, 2, 3])))


@pytest.mark.parametrize("name", WRONG_IN_NUMPY)
def test_reduce_is_the_end_of_accumulate(name):
    """Where NumPy's own `reduce` is wrong, its `accumulate` tells what is right."""
    f, g = method(name, "reduce")
    accumulate = g.__self__.accumulate
    for dtype in "ilfdF":
        if dtype not in "".join(ins for ins, _ in UFUNCS[name]["loops"]):
            continue
        for shape, axis in (((7,), 0), ((5, 6), 0), ((5, 6), 1), ((3, 4, 5), 1)):
            x, y = operand(name, dtype, shape)
            want = accumulate(x, axis=axis)
            ulp = 16 * shape[axis]
            assert_same(f(y, axis=axis), want.take(-1, axis), ulp), assert_same(f(y, axis=axis, keepdims=True), want.take([-1], axis), ulp)
            got = getattr(cp, name).reduceat(y, [0, 2], axis=axis)
            first, second = (accumulate(part, axis=axis).take([-1], axis) for part in np.split(x, [2], axis))
            assert_same(got, np.concatenate([first, second], axis), ulp)


@pytest.mark.parametrize("name", [n for n in UNARY + TWO_RESULTS if isinstance(reference(UFUNCS[n]), np.ufunc)])
def test_methods_of_others(name):
    """Ufuncs of one input or of two results have no such methods."""
    x = np.ones(3)
    y = cp.asarray(x)
    for which, more in (("reduce", ()), ("accumulate", ()), ("reduceat", ([0],))):
        f, g = method(name, which)
        assert_raises_like(lambda: f(y, *more), lambda: g(x, *more))
    if name in UNARY:
        f, g = method(name, "outer")
        assert_raises_like(lambda: f(y, y), lambda: g(x, x))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_at(name, dtype):
    """`at` applies in place, once for each index, or raises NumPy's exception and changes nothing."""
    f, g = method(name, "at")
    # A GPU takes equal indices in any order.
    repeated = [0, 2, 2, 5, -1] if name in ORDERLESS or str(cp.zeros(1).device) == "cpu" else [0, 2, 5, -2]
    for indices, count in ((repeated, len(repeated)), ([], 0), ([3], 1)):
        (a, x), (b, y) = operand(name, dtype, (6,), "a"), operand(name, dtype, (count,), "b")
        a = a.copy()
        want, want_error = compare.outcome(lambda: g(a, np.array(indices, int), b))
        got, got_error = compare.outcome(lambda: f(x, indices, y))
        assert (want_error is None) == (got_error is None), f"{name}.at({dtype}): {got_error!r}, NumPy {want_error!r}"
        if name in TRANSCENDENTAL and np.dtype(dtype).kind not in "fc":
            # A float just below an integer is cut to the one before.
            assert np.all(np.abs(to_numpy(x).astype("d") - a) <= 1), f"{name}.at({dtype}, {indices})"
        else:
            assert_same(x, a, tolerance(name, dtype, 3), what=f"{name}.at({dtype}, {indices})")


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum", "minimum", "bitwise_or", "logical_xor", "power"])
def test_at_indices(name):
    """`at` with masks, slices, tuples of arrays and numbers as indices and operands."""
    f, g = method(name, "at")
    rows, columns = np.array([0, 1, 1, 3]), np.array([2, 0, 0, 1])
    mask = values("any", "?", (4, 5), name)
    for index, ours, shape in (
        ((rows, columns), (cp.asarray(rows), cp.asarray(columns)), (4,)),
        (mask, cp.asarray(mask), (int(mask.sum()),)),
        ((slice(None, None, 2), columns), (slice(None, None, 2), cp.asarray(columns)), (2, 4)),
        (slice(1, 3), slice(1, 3), (2, 5)),
        ((Ellipsis, 0), (Ellipsis, 0), (4,)),
        (2, 2, ()),
    ):
        (a, x), (b, y) = operand(name, "l", (4, 5), "a"), operand(name, "l", shape, "b")
        a = a.copy()
        g(a, index, b), f(x, ours, y)
        assert_same(x, a, what=f"{name}.at {index}")
        g(a, index, 2), f(x, ours, 2)
        assert_same(x, a, what=f"{name}.at {index} of a number")


def test_at_errors():
    """Indices out of range, operands too many or too few, what is no array."""
    a, x = np.arange(4.0), cp.arange(4.0)
    for ours, theirs in (
        (lambda: cp.add.at(x, [4], 1), lambda: np.add.at(a, [4], 1)),
        (lambda: cp.add.at(x, [0]), lambda: np.add.at(a, [0])),
        (lambda: cp.negative.at(x, [0], 1), lambda: np.negative.at(a, [0], 1)),
        (lambda: cp.divmod.at(x, [0], 1), lambda: np.divmod.at(a, [0], 1)),
        (lambda: cp.add.at([1, 2], [0], 1), lambda: np.add.at([1, 2], [0], 1)),
    ):
        assert_raises_like(ours, theirs)
        assert_same(x, a)
    cp.negative.at(x, [0, 1, 1]), np.negative.at(a, [0, 1, 1])
    assert_same(x, a)


def test_numpys_methods_of_our_arrays():
    """NumPy's own ufuncs hand our arrays to ours, methods included."""
    a = np.arange(6.0).reshape(2, 3)
    x = cp.asarray(a)
    assert_same(np.add.reduce(x), np.add.reduce(a)), assert_same(np.maximum.accumulate(x, axis=1), np.maximum.accumulate(a, axis=1))
    assert_same(np.multiply.outer(x, x), np.multiply.outer(a, a)), assert_same(np.add.reduceat(x, [0, 1], axis=1), np.add.reduceat(a, [0, 1], axis=1))
    np.add.at(x, [0], 1), np.add.at(a, [0], 1)
    assert_same(x, a)
