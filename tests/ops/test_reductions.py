"""Every reduction of the registry against NumPy: dtypes, axes, layouts, empty arrays, NaN, accuracy, order."""

import itertools

import cuprous as cp
import numpy as np
import pytest
from support.compare import ZEROS_ALIKE, assert_raises_like, assert_same, assert_same_outcome, assert_values, equal_bits, sum_bound, to_numpy
from support.tables import REDUCTIONS
from support.values import DTYPES, LAYOUTS, OTHER, both, laid_out, values

EXACT = ["min", "max", "any", "all", "argmin", "argmax"]
ONE_AXIS = ["argmin", "argmax"]
MANY_AXES = [name for name in REDUCTIONS if name not in ONE_AXIS]
SHAPES = [(1000, 3), (3, 1000), (7, 11, 13)]


def wide(x):
    """The values in the widest float or complex type, to compute references in."""
    return x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)


def assert_reduced(got, x, name, axis=None, keepdims=False, dtype=None, what=""):
    """Checks a reduction: bit for bit where the order cannot matter, else within the bound of its rounding."""
    kwargs = {} if dtype is None else {"dtype": dtype}
    want = np.asarray(getattr(np, name)(x, axis=axis, keepdims=keepdims, **kwargs))
    out = to_numpy(got)
    what = f"{name}{x.shape} {x.dtype} axis={axis} keepdims={keepdims} dtype={dtype} {what}"
    assert out.dtype == want.dtype, f"{what}: dtype {out.dtype}, NumPy has {want.dtype}"
    assert out.shape == want.shape, f"{what}: shape {out.shape}, NumPy has {want.shape}"
    if name in EXACT or want.dtype.kind not in "fc":
        assert_values(out, want, ZEROS_ALIKE if name in ("min", "max") else 0, what)
        return
    exact = wide(x) if dtype is None else wide(x.astype(dtype))
    axes = tuple(range(x.ndim)) if axis is None else axis
    n = max(x.size // max(want.size, 1), 1)
    ulp = REDUCTIONS[name]["ulp"]
    unit = np.finfo(want.dtype).eps
    if name == "prod":
        # Each of n - 1 products rounds once; a complex product has up to sqrt(5) half units (Brent, 2007).
        reference = exact.prod(axis=axes, keepdims=keepdims)
        bound = (n * (2.5 if x.dtype.kind == "c" else 1) + ulp) * unit / 2 * np.abs(reference)
    else:
        reference = exact.sum(axis=axes, keepdims=keepdims)
        bound = sum_bound(x if dtype is None else x.astype(dtype), axes, ulp, want.dtype).reshape(want.shape)
        if name == "mean":
            reference, bound = reference / n, bound / n + unit * np.abs(reference / n)
    finite = np.isfinite(want)
    assert np.array_equal(finite, np.isfinite(out)), f"{what}: got {out!r}, NumPy has {want!r}"
    error = np.abs(np.where(finite, out, 0) - np.where(finite, reference, 0))
    tiny = np.finfo(want.dtype).smallest_subnormal
    assert np.all(error <= bound + tiny), f"{what}: error {np.max(error)} beyond {np.max(bound)}"


def apply(name, y, **kwargs):
    """The reduction as a function, having checked that the method does the same."""
    got = getattr(cp, name)(y, **kwargs)
    method = getattr(y, name)(**kwargs)
    assert np.all(equal_bits(to_numpy(got), to_numpy(method))), f"{name}: the method differs from the function"
    return got


def domain_of(dtype):
    """All integers, but finite floats: a NaN would decide every result, and has a test of its own."""
    return "moderate" if np.dtype(dtype).kind in "fc" else "any"


def reducible(name, dtype, shape, *key):
    """Operands of a reduction in both libraries."""
    if name == "prod" and np.dtype(dtype).kind in "fc":
        x = values("moderate", dtype, shape, *key)
        x = np.where(np.abs(x) > 0, np.exp(x.real / 200), 1).astype(dtype) * (np.exp(1j * x.imag) if np.dtype(dtype).kind == "c" else 1)
        x = np.asarray(x, dtype)
        return x, cp.asarray(x)
    return both(domain_of(dtype), dtype, shape, *key)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_dtypes(name, dtype):
    """The accumulator and result dtypes are NumPy's (integers widen, bools count), for small and large sizes."""
    for n in (1, 2, 17, 300, 5000):
        x, y = reducible(name, dtype, n, name)
        assert_reduced(apply(name, y), x, name)
        assert_reduced(apply(name, y, keepdims=True), x, name, keepdims=True)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_axes(name, shape):
    """Each subset of axes, in any order and sign, with and without keepdims."""
    for dtype in "fi":
        x, y = reducible(name, dtype, shape, name)
        axes = [None, *range(-x.ndim, x.ndim)]
        if name in MANY_AXES:
            axes += [(), *(p for k in range(1, x.ndim + 1) for p in itertools.permutations(range(x.ndim), k)), (-1, 0)]
        for axis in axes:
            for keepdims in (False, True):
                assert_reduced(apply(name, y, axis=axis, keepdims=keepdims), x, name, axis, keepdims)


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_layouts(name, layout):
    """Operands of any layout, along each axis."""
    for dtype in "bd":
        a, x = laid_out(layout, domain_of(dtype), dtype, name)
        if name == "prod" and dtype == "d":
            a, x = laid_out(layout, "small_int", "d", name)
            a, x = np.exp(a / 100), cp.asarray(np.exp(a / 100))
        if 0 in a.shape:
            continue
        for axis in (None, *range(a.ndim)):
            assert_reduced(apply(name, x, axis=axis), a, name, axis, what=layout)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_empty(name):
    """Over no elements there is the identity or NumPy's ValueError, and no results over no lanes."""
    for dtype in "?bfD":
        for shape in ((0,), (0, 3), (3, 0), (2, 0, 4), (0, 0)):
            x, y = np.zeros(shape, dtype), cp.zeros(shape, dtype)
            for axis in (None, *range(len(shape))):
                what = f"{name}{shape} {dtype} axis={axis}"
                assert_same_outcome(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis), what=what)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_0d(name):
    """A 0-d array reduces to a 0-d array, over no axis, `None`, 0 and -1 as in NumPy."""
    for dtype in "bfD":
        x, y = np.full((), 3, dtype), cp.asarray(np.full((), 3, dtype))
        for axis in (None, 0, -1, 1, ()):
            if axis == () and name in ONE_AXIS:
                continue
            assert_same_outcome(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis), what=f"{name} 0-d axis={axis}")


@pytest.mark.parametrize("name", REDUCTIONS)
def test_axis_errors(name):
    """Axes out of range, repeated or of a wrong type raise NumPy's errors."""
    x, y = both("moderate", "f", (3, 4), name)
    bad = [2, -3, 100, -(2**40), 0.5, "0"]
    bad += [(0, 2), (0, 0), (1, -1)] if name in MANY_AXES else []
    for axis in bad:
        match = not isinstance(axis, (float, str)) and axis != -(2**40)
        if axis == -(2**40):
            with pytest.raises((ValueError, OverflowError)):
                getattr(cp, name)(y, axis=axis)
            continue
        assert_raises_like(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis), match, f"{name} axis={axis}")
        assert_raises_like(lambda: getattr(y, name)(axis=axis), lambda: getattr(x, name)(axis=axis), match, f"method {name} axis={axis}")


@pytest.mark.parametrize("name", REDUCTIONS)
def test_out(name):
    """`out` receives the result and is returned; wrong shapes and casts raise as in NumPy and change nothing."""
    x, y = reducible(name, "f", (60, 50), name)
    for axis in (None, 0, 1):
        want = np.asarray(getattr(np, name)(x, axis=axis))
        out = cp.zeros(want.shape, want.dtype)
        assert getattr(cp, name)(y, axis=axis, out=out) is out
        assert_reduced(out, x, name, axis)
        spread = cp.zeros((2 * want.size + 1,), want.dtype)
        if axis is not None:
            getattr(cp, name)(y, axis=axis, out=spread[1::2])
            assert_reduced(spread[1::2], x, name, axis)
            assert not to_numpy(spread)[::2].any()
        for shape in ((7,), (*want.shape, 2)):
            a, b = np.zeros(shape, want.dtype), cp.zeros(shape, want.dtype)
            assert_raises_like(
                lambda: getattr(cp, name)(y, axis=axis, out=b), lambda: getattr(np, name)(x, axis=axis, out=a), match_message=False, what=f"{name} out{shape}"
            )
            assert not to_numpy(b).any()
    with pytest.raises(TypeError):
        getattr(cp, name)(y, axis=0, out=np.zeros(50, "f"))


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max"])
def test_out_casts(name):
    """A result goes into `out` of another dtype where it casts by same_kind."""
    # Ones and twos: NumPy casts before it reduces, which must not overflow.
    x = 1 + (values("small_int", "i", (6, 5), name) % 2).astype("f")
    y = cp.asarray(x)
    for dtype in DTYPES:
        a, b = np.zeros(5, dtype), cp.zeros(5, dtype)
        try:
            getattr(np, name)(x, axis=0, out=a)
        except TypeError:
            with pytest.raises(TypeError):
                getattr(cp, name)(y, axis=0, out=b)
            assert not to_numpy(b).any()
        else:
            getattr(cp, name)(y, axis=0, out=b)
            assert_same(b, a, 0, f"{name} into {dtype}")


def test_out_overlaps():
    """A result may be written over its own operand (rule 8)."""
    for n in (5, 200):
        x, y = both("moderate", "l", (n, n))
        x = x.copy()
        np.sum(x, axis=0, out=x[1])
        cp.sum(y, axis=0, out=y[1])
        assert_same(y, x)
        np.max(x, axis=1, out=x[:, 0])
        cp.max(y, axis=1, out=y[:, 0])
        assert_same(y, x)


@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_dtype(name):
    """`dtype=` is the dtype of accumulation and result."""
    for dtype in "?bBilfdF":
        for wanted in "bHlLefdFD":
            if np.dtype(wanted).kind in "iu" and (np.dtype(dtype).kind in "fc" or name == "mean"):
                continue
            if np.dtype(dtype).kind == "c" and np.dtype(wanted).kind != "c":
                continue
            x = values("small_int", dtype, (40, 5), name) if np.dtype(wanted).kind in "iu" else values("positive", dtype, (4, 5), name)
            if name == "prod" and np.dtype(wanted).kind in "fc":
                x = np.minimum(np.abs(x), 4).astype(dtype)
            if name == "mean":
                x = np.minimum(np.abs(x), 100).astype(dtype)
            assert_reduced(apply(name, cp.asarray(x), axis=0, dtype=wanted), x, name, 0, dtype=wanted)


@pytest.mark.parametrize("dtype", "efdFD")
@pytest.mark.parametrize("name", REDUCTIONS)
def test_nan(name, dtype):
    """NaN propagates, wherever it is, and argmin and argmax find the first."""
    for n in (1, 8, 33, 4097):
        for place in sorted({0, n // 2, n - 1}):
            x = values("positive", dtype, n, name).real.astype(dtype)
            x = np.minimum(np.abs(x), 2).astype(dtype) if name in ("sum", "prod", "mean") else x
            x[place] = np.nan
            x[(place + n // 3) % n] = np.nan
            y = cp.asarray(x)
            got, want = to_numpy(apply(name, y)), np.asarray(getattr(np, name)(x))
            assert got.dtype == want.dtype
            if name in ("any", "all", "argmin", "argmax"):
                assert got == want, f"{name} {dtype} n={n} at {place}"
            else:
                assert np.isnan(got) and np.isnan(want), f"{name} {dtype} n={n} at {place}"


@pytest.mark.parametrize("name", ONE_AXIS)
def test_first_occurrence(name):
    """Of equal extremes the first wins, along every axis and in C order without one."""
    for dtype in "?bLefd":
        for shape in ((5000,), (70, 90), (7, 11, 13)):
            x = values("small_int", dtype, shape, name)
            for a, b in ((x, cp.asarray(x)), (x.T, cp.asarray(x).T), (x[::-1], cp.asarray(x)[::-1])):
                for axis in (None, *range(x.ndim)):
                    assert_same(apply(name, b, axis=axis), getattr(np, name)(a, axis=axis), 0, f"{name} {dtype} {shape} {axis}")
    zeros = np.array([0.0, -0.0, 0.0, -0.0], "d")
    assert_same(getattr(cp, name)(cp.asarray(zeros)), getattr(np, name)(zeros))


@pytest.mark.parametrize("name", ["min", "max"])
def test_extremes_of_infinities(name):
    """Infinities are ordinary values of min and max."""
    for dtype in "efd":
        for numbers in ([np.inf, 1, -np.inf], [-np.inf] * 3, [np.inf] * 3):
            x = np.array(numbers, dtype)
            assert_same(getattr(cp, name)(cp.asarray(x)), getattr(np, name)(x))


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_infinities(name):
    """Infinities add up to infinity, and opposite ones to NaN."""
    for dtype in "efd":
        for numbers in ([np.inf, 1, 2], [-np.inf, 1], [np.inf, -np.inf, 1]):
            x = np.array(numbers * 50, dtype)
            assert_same(getattr(cp, name)(cp.asarray(x)), getattr(np, name)(x))


def test_large_sums_are_accurate():
    """A million float32 add up within the bound of pairwise summation, along both axes."""
    for shape in ((1_000_000,), (1000, 1000), (1_000_000, 1), (4, 250_000), (250_000, 4)):
        x, y = both("positive", "f", shape, "large")
        for axis in (None, *range(len(shape))):
            assert_reduced(cp.sum(y, axis=axis), x, "sum", axis)
            assert_reduced(cp.mean(y, axis=axis), x, "mean", axis)
    ones = cp.full(40_000_000, 1, "f")
    assert cp.sum(ones).item() == 40_000_000


def test_large_half_sums():
    """float16 sums accumulate wider than they are stored, as in NumPy."""
    x = np.full(4096, 0.1, "e")
    want = x.astype("d").sum()
    assert abs(cp.sum(cp.asarray(x)).item() - want) <= np.spacing(np.float16(want))
    assert abs(cp.mean(cp.asarray(np.full(100_000, 7, "e"))).item() - 7) == 0


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_million(name):
    """A million elements, contiguous and strided, whole and by axis."""
    for dtype in "fl":
        x, y = reducible(name, dtype, (1000, 1000), "million")
        if name == "prod" and dtype == "f":
            x = (1 + (x - x.mean()) / 1000).astype("f")
            y = cp.asarray(x)
        for a, b in ((x, y), (x.T, y.T), (x[::2, 1::2], y[::2, 1::2])):
            for axis in (None, 0, 1):
                assert_reduced(getattr(cp, name)(b, axis=axis), a, name, axis)


FUSED = {
    "squared distance": (lambda a, b: (a - b) ** 2, "fdhe"),
    "linear": (lambda a, b: a * 2 + b * 3, "fdie"),
    "comparison": (lambda a, b: a > b, "fdi"),
    "cast": (lambda a, b: (a * b).astype("d"), "fie"),
    "rational": (lambda a, b: (a + 1) / (b * b + 1), "fd"),
    "broadcast": (lambda a, b: a * b[:1] - b[:, :1], "fd"),
}


@pytest.mark.parametrize("expression", FUSED)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_fused_maps_have_the_same_bits(name, expression):
    """A reduction of a pending expression has the bits of the reduction of its stored value (rule 24)."""
    f, dtypes = FUSED[expression]
    for dtype in dtypes:
        for shape in ((1000, 3), (3, 1000), (70, 80), (7, 11, 130)):
            for view in (lambda m: m, lambda m: m.T, lambda m: m[::-1]):
                (_, x), (_, y) = both("moderate", dtype, shape, 1), both("moderate", dtype, shape, 2)
                x, y = view(x), view(y)
                for axis in (None, 0, len(shape) - 1):
                    fused = getattr(f(x, y), name)(axis=axis)
                    stored = f(x, y)
                    to_numpy(stored)
                    plain = getattr(stored, name)(axis=axis)
                    assert fused.dtype == plain.dtype
                    assert np.all(equal_bits(to_numpy(fused), to_numpy(plain))), f"{name} of {expression} {dtype}{shape} axis={axis}"


@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_repeated_runs_have_the_same_bits(name):
    """The order of a reduction is fixed: run after run gives the same bits (rule 24)."""
    for shape in ((1_000_001,), (1000, 1001), (3, 100_003), (100_003, 3)):
        x, y = both("positive", "f", shape, "repeat")
        for axis in (None, *range(len(shape))):
            first = to_numpy(getattr(cp, name)(y, axis=axis))
            for again in (y, cp.asarray(x), y + 0):
                assert np.all(equal_bits(to_numpy(getattr(cp, name)(again, axis=axis)), first))


def test_position_in_memory_does_not_matter():
    """The same elements at another alignment have the same sum, bit for bit (rule 24)."""
    x, _ = both("positive", "f", 50_000)
    first = to_numpy(cp.sum(cp.asarray(x)))
    for shift in range(1, 9):
        room = cp.zeros(50_010, "f")
        room[shift : shift + 50_000] = cp.asarray(x)
        assert np.all(equal_bits(to_numpy(cp.sum(room[shift : shift + 50_000])), first))


@pytest.mark.parametrize("dtype", "?bBhe")
@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax", "any"])
def test_columns_begin_anywhere(name, dtype):
    """Along the outer axis of large arrays of small elements: rows that begin at any address, in the same order as aligned ones."""
    for shape in ((2003, 136), (2003, 137), (61, 37, 136), (61, 37, 123)):
        # Sums of halves stay finite; extremes and their places differ from column to column.
        numbers = np.random.default_rng(7).normal(0 if dtype == "e" else 60, 12, shape)
        a = numbers > 95 if dtype == "?" else numbers.astype(dtype)
        room, first = cp.zeros((*shape[:-1], 160), dtype), None
        for shift in (0, 1, 2, 3, 5, 7, 8, 13, 15, 16):
            block = room[..., shift : shift + shape[-1]]
            block[...] = cp.asarray(a)
            got = getattr(cp, name)(block, axis=-2)
            assert_reduced(got, a, name, -2, what=f"shifted by {shift}")
            first = to_numpy(got) if first is None else first
            assert np.all(equal_bits(to_numpy(got), first)), f"{name}{shape} {dtype}, shifted by {shift}"
        assert_reduced(apply(name, cp.asarray(a), axis=-2), a, name, -2, what="dense")
        assert_reduced(getattr(cp, name)(cp.asarray(a)[..., ::-1, 1:], axis=-2), a[..., ::-1, 1:], name, -2, what="reversed")


def test_reductions_give_device_arrays():
    """Results are 0-d device arrays, never host scalars, and fit into further expressions."""
    x = cp.arange(10)
    for name in REDUCTIONS:
        got = getattr(cp, name)(x)
        assert isinstance(got, cp.ndarray) and got.shape == ()
    assert_same(x - x.mean(), np.arange(10) - 4.5)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_wrong_arguments(name):
    """What is no array, and arguments that do not exist, raise TypeError."""
    for bad in (None, "abc", np.ones(3), object()):
        with pytest.raises(TypeError):
            getattr(cp, name)(bad)
    with pytest.raises(TypeError):
        getattr(cp, name)(cp.ones(3), surprise=1)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_rows_are_numpys(name):
    """The registry's rows that match a dtype exactly have NumPy's result dtype."""
    for ins, out in REDUCTIONS[name]["rows"]:
        x = np.ones(2, ins)
        # A mean's row may be typed by what it accumulates in; Python sees the dtypes tested above.
        if name != "mean":
            want = np.asarray(getattr(np, name)(x, **({"dtype": out} if name in ("sum", "prod") else {})))
            assert want.dtype == np.dtype(out), f"{name}: {ins} -> {out}, NumPy has {want.dtype}"
    if name != "mean":
        assert REDUCTIONS[name]["identity"] == {"sum": 0, "prod": 1, "any": 0, "all": 1}.get(name)
