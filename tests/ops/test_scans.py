"""Every scan of the registry against NumPy: dtypes, axes, layouts, exceptions, accuracy, order."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, equal_bits, to_numpy
from support.tables import SCANS
from support.values import DTYPES, LAYOUTS, OTHER, both, laid_out, values


def assert_scanned(got, x, name, axis=None, dtype=None, what=""):
    """Checks a scan: integers exactly, floats within the bound of any order of addition."""
    want = getattr(np, name)(x, axis=axis, **({} if dtype is None else {"dtype": dtype}))
    out, what = to_numpy(got), f"{name}{x.shape} {x.dtype} axis={axis} dtype={dtype} {what}"
    assert out.dtype == want.dtype, f"{what}: dtype {out.dtype}, NumPy has {want.dtype}"
    assert out.shape == want.shape, f"{what}: shape {out.shape}, NumPy has {want.shape}"
    if want.dtype.kind not in "fc":
        assert np.array_equal(out, want), what
        return
    # NumPy adds one element after the other, so n additions may each have rounded by half a unit there;
    # the tiles of a parallel scan round less often. Both lie within this of the exact prefix sum.
    wide = x.astype(np.clongdouble if want.dtype.kind == "c" else np.longdouble)
    lane = 0 if axis is None else axis
    flat = wide.ravel() if axis is None else wide
    exact = getattr(flat, name)(axis=lane)
    count = np.arange(1, flat.shape[lane] + 1).reshape([-1 if k == lane % flat.ndim else 1 for k in range(flat.ndim)])
    # A complex product has up to sqrt(5) half units (Brent, 2007).
    steps = count * (2.5 if want.dtype.kind == "c" and name == "cumprod" else 1) + SCANS[name]["ulp"]
    bound = steps * np.finfo(want.dtype).eps / 2 * getattr(np.abs(flat), name)(axis=lane) + np.finfo(want.dtype).smallest_subnormal
    finite = np.isfinite(want)
    assert np.array_equal(finite, np.isfinite(out)), what
    error = np.abs(np.where(finite, out, 0) - np.where(finite, exact, 0))
    assert np.all((error <= bound) | ~finite), f"{what}: error {np.max(error)}"


def apply(name, y, **kwargs):
    """The scan as a function, having checked that the method does the same."""
    got, method = getattr(cp, name)(y, **kwargs), getattr(y, name)(**kwargs)
    assert np.all(equal_bits(to_numpy(got), to_numpy(method)))
    return got


def domain_of(dtype):
    """Values whose sums are finite."""
    return "moderate" if np.dtype(dtype).kind in "fc" else "any"


def tame(name, x):
    """The values as they are for sums; for products of floats such that they stay of moderate size."""
    if name != "cumprod" or x.dtype.kind not in "fc":
        return x
    size = np.exp(np.where(np.isfinite(x), x.real, 0) % 2 - 1) ** (10 / max(x.size, 10))
    return (size * (np.exp(1j * x.imag) if x.dtype.kind == "c" else np.where(x.real < 0, -1, 1))).astype(x.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SCANS)
def test_dtypes(name, dtype):
    """Accumulators are NumPy's: small integers widen, and overflow wraps."""
    for n in (1, 2, 31, 300, 5000):
        x, y = both(domain_of(dtype), dtype, n, name)
        x = tame(name, (x / 8).astype("e") if dtype == "e" else x)
        y = cp.asarray(x)
        assert_scanned(apply(name, y), x, name)


@pytest.mark.parametrize("shape", [(1000, 3), (3, 1000), (7, 11, 13)], ids=str)
@pytest.mark.parametrize("name", SCANS)
def test_axes(name, shape):
    """Each axis by both its names, and the flattened array without one."""
    for dtype in "fi":
        x = tame(name, values(domain_of(dtype), dtype, shape, name))
        y = cp.asarray(x)
        for axis in (None, *range(-len(shape), len(shape))):
            assert_scanned(apply(name, y, axis=axis), x, name, axis)


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
@pytest.mark.parametrize("name", SCANS)
def test_layouts(name, layout):
    """Operands of any layout along each axis, pending ones included."""
    for dtype in "bd":
        a, x = laid_out(layout, domain_of(dtype), dtype, name)
        if name == "cumprod" and dtype == "d":
            a, x = laid_out(layout, "small_int", "d", name)
            a, x = np.exp(a / 1000), cp.asarray(np.exp(a / 1000))
        for axis in (None, *range(a.ndim)):
            assert_scanned(apply(name, x, axis=axis), a, name, axis, what=layout)
            assert_scanned(getattr(cp, name)(x * 1, axis=axis), a, name, axis, what=f"pending {layout}")


@pytest.mark.parametrize("name", SCANS)
def test_dtype(name):
    """`dtype=` is the dtype of accumulation and result."""
    for dtype in "?bBif":
        for wanted in "bHlLefdD":
            if np.dtype(dtype).kind == "f" and np.dtype(wanted).kind in "iu":
                continue
            x = values("small_int", dtype, (50, 4), name)
            x = x if name == "cumsum" else (np.abs(x) % 2 + 1).astype(dtype)[: 8 if wanted in "efd" else 50]
            assert_scanned(apply(name, cp.asarray(x), axis=0, dtype=wanted), x, name, 0, dtype=wanted)


@pytest.mark.parametrize("name", SCANS)
def test_empty_and_0d(name):
    """Empty arrays stay empty, and a 0-d array becomes one element."""
    for shape in ((0,), (0, 3), (3, 0), ()):
        x, y = np.ones(shape, "f"), cp.ones(shape, "f")
        for axis in (None, *range(-len(shape) - 1, len(shape) + 1)):
            what = f"{name}{shape} axis={axis}"
            assert_same_outcome(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis), what=what)


@pytest.mark.parametrize("name", SCANS)
def test_out(name):
    """`out` of any layout receives the result; a wrong one raises and keeps its elements."""
    x, y = both("any", "i", (60, 50), name)
    want = getattr(np, name)(x, axis=0)
    for make in (lambda: cp.zeros((60, 50), "l"), lambda: cp.zeros((50, 60), "l").T, lambda: cp.zeros((120, 100), "l")[::2, ::-2]):
        out = make()
        assert getattr(cp, name)(y, axis=0, out=out) is out
        assert_same(out, want)
    for shape in ((60, 51), (3000,)):
        a, b = np.zeros(shape, "l"), cp.zeros(shape, "l")
        assert_raises_like(
            lambda: getattr(cp, name)(y, axis=0, out=b), lambda: getattr(np, name)(x, axis=0, out=a), match_message=False, what=str(shape)
        )
        assert not to_numpy(b).any()
    a = x.astype("l")
    b = cp.asarray(a)
    getattr(np, name)(a.copy(), axis=1, out=a)
    getattr(cp, name)(b, axis=1, out=b)
    assert_same(b, a, what="out is the operand")


@pytest.mark.parametrize("name", SCANS)
def test_nan_and_infinity(name):
    """From a NaN on all is NaN, and opposite infinities make one."""

    def check(x):
        got, want = to_numpy(getattr(cp, name)(cp.asarray(x))), getattr(np, name)(x)
        if x.dtype.kind == "c":
            # Which part of a complex product with an infinity is NaN depends on how the factors are grouped.
            assert (np.isnan(got) == np.isnan(want)).all()
            got, want = got[~np.isnan(want)], want[~np.isnan(want)]
        assert_same(cp.asarray(got), want)

    for dtype in "efdF":
        for n in (5, 40, 5000):
            x = np.full(n, name == "cumprod", dtype)
            x[n // 2], x[n - 1] = np.inf, -np.inf
            check(x)
            x[n // 4] = np.nan
            check(x)


@pytest.mark.parametrize("name", SCANS)
def test_errors(name):
    """Axes out of range and wrong types raise as in NumPy."""
    x, y = both("any", "f", (3, 4))
    for axis in (2, -3, 100):
        assert_raises_like(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis))
    for axis in ((0, 1), 0.5, "0"):
        assert_raises_like(lambda: getattr(cp, name)(y, axis=axis), lambda: getattr(np, name)(x, axis=axis), match_message=False)
    with pytest.raises(TypeError):
        getattr(cp, name)(np.ones(3))


@pytest.mark.parametrize("name", SCANS)
def test_large(name):
    """A million elements: exact integers, floats within the bound, and the same bits run after run."""
    for shape, axis in (((1_000_000,), 0), ((1000, 1000), 0), ((1000, 1000), 1), ((250_000, 4), 0), ((4, 250_000), 1)):
        x, y = both("any", "i", shape, name)
        assert_scanned(getattr(cp, name)(y, axis=axis), x, name, axis)
        x = tame(name, values("positive", "f", shape, name))
        y = cp.asarray(x)
        first = getattr(cp, name)(y, axis=axis)
        assert_scanned(first, x, name, axis)
        for again in (y, cp.asarray(x), y * 1):
            assert np.all(equal_bits(to_numpy(getattr(cp, name)(again, axis=axis)), to_numpy(first)))


@pytest.mark.parametrize("name", SCANS)
def test_fused_maps_have_the_same_bits(name):
    """A scan of a pending expression has the bits of the scan of its stored value (rule 24)."""
    for shape in ((1000, 3), (3, 1000), (9000,)):
        (_, x), (_, y) = both("moderate", "f", shape, 1), both("moderate", "f", shape, 2)
        for axis in (None, 0, len(shape) - 1):
            fused = getattr((x - y) ** 2, name)(axis=axis)
            stored = (x - y) ** 2
            to_numpy(stored)
            assert np.all(equal_bits(to_numpy(fused), to_numpy(getattr(stored, name)(axis=axis))))
