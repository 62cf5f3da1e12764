"""Averages, spreads, counts, running products and NaN variants against NumPy."""

import warnings
from fractions import Fraction

import cuprous as cp
import numpy as np
import pytest
from support.calls import assert_same_results, check_call, source_of
from support.compare import assert_raises_like, assert_same, assert_same_error, assert_same_outcome, equal_bits, order_of, outcome, to_numpy
from support.tables import COMPLEX_ULP
from support.values import LAYOUTS, OTHER, laid_out, values

DTYPES = "?bBhilLefdFD"
SPREADS = ["var", "std", "nanvar", "nanstd"]
NAN_REDUCTIONS = ["nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanargmax", "nanargmin"]
NAN_SCANS = ["nancumsum", "nancumprod"]
SHAPES = [((300,), None), ((5000,), 0), ((40, 50), 0), ((40, 50), 1), ((40, 50), None), ((3, 4, 50), (0, 2)), ((3, 4, 50), 1)]


@pytest.fixture(autouse=True)
def quiet():
    """NumPy warns of empty slices where cuprous does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def operand(dtype, shape, *key, nan=False):
    """Values of moderate size, with NaN among them if asked."""
    x = values("moderate", dtype, shape, *key)
    if np.dtype(dtype).kind in "fc":
        x = (x / 4).astype(dtype)
        if nan:
            x = x.copy()
            x.reshape(-1)[::7] = np.nan
    return x, cp.asarray(x)


def assert_close(got, want, x, what=""):
    """Within a few dozen roundings of the elements' dtype; the same dtype, shape and non-finite places."""
    got, want = to_numpy(got), np.asarray(want)
    assert got.dtype == want.dtype and got.shape == want.shape, f"{what}: {got.dtype}{got.shape}, NumPy has {want.dtype}{want.shape}"
    if want.dtype.kind not in "fc":
        assert np.array_equal(got, want), what
        return
    # float16 is computed wider here than in NumPy, whose own roundings the bound has to cover.
    eps = np.finfo(want.dtype).eps * (64 if want.dtype == np.float16 else 40)
    finite = np.isfinite(want)
    assert np.array_equal(finite, np.isfinite(got)), f"{what}: {got!r}, NumPy has {want!r}"
    scale = max(1.0, float(np.nanmax(np.abs(np.where(np.isfinite(x), x, 0)), initial=0)))
    error = np.abs(np.where(finite, got, 0).astype(np.clongdouble) - np.where(finite, want, 0))
    assert np.all(error <= eps * (np.abs(np.where(finite, want, 0)) + scale)), f"{what}: {got!r}, NumPy has {want!r}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SPREADS)
def test_spreads(name, dtype):
    """Variance and deviation over axes, with `ddof`, `correction` and `keepdims`."""
    f, g = getattr(cp, name), getattr(np, name)
    for shape, axis in SHAPES:
        x, y = operand(dtype, shape, name, nan=name.startswith("nan"))
        for words in ({}, {"ddof": 1}, {"correction": 2}, {"ddof": 0.5, "keepdims": True}, {"ddof": 10_000}):
            assert_close(f(y, axis=axis, **words), g(x, axis=axis, **words), np.square(x) if "var" in name else x, f"{name} {dtype}{shape} {axis} {words}")


@pytest.mark.parametrize("name", SPREADS)
def test_spread_arguments(name):
    """`dtype`, `out`, `where` and `mean`, and the errors of wrong ones."""
    f, g = getattr(cp, name), getattr(np, name)
    x, y = operand("f", (20, 30), name)
    mask = values("any", "?", (20, 30), name)
    ours = cp.asarray(mask)
    for words, np_words in (
        ({"dtype": "d"}, {"dtype": "d"}),
        ({"where": ours}, {"where": mask}),
        ({"where": ours, "ddof": 3, "axis": 0}, {"where": mask, "ddof": 3, "axis": 0}),
        ({"where": ours[:, :1], "axis": 1}, {"where": mask[:, :1], "axis": 1}),
        ({"axis": 1, "mean": y.mean(axis=1, keepdims=True)}, {"axis": 1, "mean": x.mean(axis=1, keepdims=True)}),
    ):
        # NumPy's NaN variants round to the elements' dtype before they widen.
        wide = x.astype("d") if name.startswith("nan") and "dtype" in words else x
        assert_close(f(cp.asarray(wide), **words), g(wide, **np_words), x * x, f"{name} {list(words)}")
    out = cp.zeros(20, "f")
    assert f(y, axis=1, out=out) is out
    assert_close(out, g(x, axis=1), x * x)
    assert_raises_like(lambda: f(y, axis=1, out=cp.zeros(21, "f")), lambda: g(x, axis=1, out=np.zeros(21, "f")), match_message=False)
    assert_raises_like(lambda: f(y, ddof=1, correction=1), lambda: g(x, ddof=1, correction=1))
    assert_raises_like(lambda: f(y, axis=2), lambda: g(x, axis=2))
    assert_raises_like(lambda: f(y, axis=(0, 0)), lambda: g(x, axis=(0, 0)))
    for shape in ((0,), (0, 3), (3, 0)):
        assert_same_outcome(lambda: f(cp.ones(shape), axis=0), lambda: g(np.ones(shape), axis=0))


def squared_distances(x):
    """The sum of the squared distances from the mean, rounded once, and the number of elements."""
    exact = [Fraction(v) for v in x.astype("d").tolist()]
    mean = sum(exact) / len(exact)
    return float(sum((v - mean) ** 2 for v in exact)), len(exact)


ILL_CONDITIONED = {
    "mean 1e6": lambda rng, n: 1e6 + rng.normal(size=n),
    "mean 1e9, spread 1e-3": lambda rng, n: 1e9 + 1e-3 * rng.normal(size=n),
    "outlier first": lambda rng, n: np.r_[1e8, rng.normal(size=n - 1)],
    "outliers": lambda rng, n: np.where(rng.random(n) < 0.05, 1e8, rng.normal(size=n)),
    "ramp": lambda rng, n: np.arange(n) / 7,
    "magnitudes": lambda rng, n: np.exp(5 * rng.normal(size=n)),
    "constant": lambda rng, n: np.full(n, 0.1),
}


@pytest.mark.parametrize("kind", ILL_CONDITIONED)
def test_spreads_are_exact(kind):
    """Large means and outliers cost no digits: the bound does not depend on them, where two passes in the elements' dtype do.

    float32 is computed in float64 and rounded once. In float64 the distances in one lane are taken from its first
    elements, whose squares are up to 16 times those from the mean, and the roundings of up to 64 of them add up; a
    few joins follow: 64 eps.
    """
    rng = np.random.default_rng(3)
    for dtype in "fd":
        for n in (2, 17, 600, 5000):
            x = ILL_CONDITIONED[kind](rng, n).astype(dtype)
            total, count = squared_distances(x)
            bound = np.finfo(dtype).eps * (0.51 if dtype == "f" else 64) + 64 * np.finfo("d").eps
            apart = np.stack([x] * 9, axis=1)
            with_nan = np.insert(x, [1, n // 2], np.nan)
            for ddof in (0, 1):
                want = total / (count - ddof)
                for got in (cp.var(cp.asarray(x), ddof=ddof), cp.var(cp.asarray(apart), axis=0, ddof=ddof)[4], cp.nanvar(cp.asarray(with_nan), ddof=ddof)):
                    error = abs(got.item() - want)
                    assert error <= bound * want + np.finfo(dtype).tiny, f"{kind} {dtype} {n} {ddof}: {got.item()!r} for {want!r}, {error / (want or 1)}"


@pytest.mark.parametrize("name", SPREADS)
def test_spreads_of_what_is_no_number(name):
    """An infinity has no variance, wherever it is; NaN has one where it does not count."""
    f, g = getattr(cp, name), getattr(np, name)
    for dtype in "efdFD":
        for n in (1, 2, 40, 700):
            for odd in (np.inf, -np.inf, np.nan):
                for place in {0, n // 2, n - 1}:
                    x = values("moderate", dtype, n, name) / 64
                    x = x.astype(dtype)
                    x[place] = odd
                    for mask in (None, np.arange(n) != place, np.arange(n) % 3 != 1):
                        words = {} if mask is None else {"where": mask}
                        got = to_numpy(f(cp.asarray(x), **({} if mask is None else {"where": cp.asarray(mask)})))
                        want = np.asarray(g(x, **words))
                        assert np.isnan(got) == np.isnan(want), f"{name} {dtype} {n} {odd} at {place}, {mask is not None}: {got} for {want}"


@pytest.mark.parametrize("name", SPREADS)
def test_too_few_elements(name):
    """What `ddof` leaves of the divisor decides between infinity and NaN as in NumPy."""
    f, g = getattr(cp, name), getattr(np, name)
    x = np.array([[1.0, 2.0, np.nan], [3.0, 3.0, 3.0]])
    for a in (x, x[1:], x.astype("f")):
        for ddof in (0, 1, 2, 3, 4):
            for words in ({}, {"where": np.array([True, False, True])}):
                ours = {k: cp.asarray(v) for k, v in words.items()}
                want = np.asarray(g(a, axis=1, ddof=ddof, **words))
                got = to_numpy(f(cp.asarray(a), axis=1, ddof=ddof, **ours))
                assert np.allclose(got, want, rtol=1e-6, equal_nan=True), f"{name} {ddof} {words}: {got}, NumPy has {want}"


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_layouts(layout):
    """Operands of any layout, pending ones too, have the same spread."""
    a, x = laid_out(layout, "moderate", "d", "spread")
    for axis in (None, *range(a.ndim)):
        assert_close(cp.std(x, axis=axis), np.std(a, axis=axis), a, layout)
        assert_close(cp.var(x * 2 + 1, axis=axis), np.var(a * 2 + 1, axis=axis), (2 * a + 1) ** 2, f"pending {layout}")
        if a.size:
            assert_close(cp.ptp(x, axis=axis), np.ptp(a, axis=axis), a, layout)
        assert_same(cp.count_nonzero(x, axis=axis), np.count_nonzero(a, axis=axis))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAN_REDUCTIONS)
def test_nan_reductions(name, dtype):
    """NaN is left out, over axes and with `keepdims`; dtypes without NaN reduce as ever."""
    f, g = getattr(cp, name), getattr(np, name)
    for shape, axis in SHAPES:
        if "arg" in name and isinstance(axis, tuple):
            continue
        x, y = operand(dtype, shape, name, nan=True)
        if name == "nanprod" and np.dtype(dtype).kind in "fc":
            x = np.exp(x / 100).astype(dtype)
            y = cp.asarray(x)
        bound = np.square(x) if "var" in name else np.full(1, np.nanmax(np.abs(np.asarray(g(x, axis=axis), "D"))) if x.dtype.kind in "fc" else 0)
        if name == "nansum" and x.dtype.kind in "fc":
            bound = np.full(1, np.nansum(np.abs(x)))
        for keepdims in (False, True):
            assert_close(f(y, axis=axis, keepdims=keepdims), g(x, axis=axis, keepdims=keepdims), bound, f"{name} {dtype}{shape} {axis}")


@pytest.mark.parametrize("name", [n for n in NAN_REDUCTIONS if "arg" not in n])
def test_all_nan(name):
    """Of nothing but NaN there is the neutral value or NaN."""
    x = np.full((3, 4), np.nan)
    x[0, 1] = 2
    assert_close(getattr(cp, name)(cp.asarray(x), axis=1), getattr(np, name)(x, axis=1), np.ones(1), name)
    assert_close(getattr(cp, name)(cp.asarray(x[1:])), getattr(np, name)(x[1:]), np.ones(1), name)


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmax", "nanmin"])
def test_nan_initial_and_where(name):
    """`initial`, `where` and `out` of the NaN reductions."""
    f, g = getattr(cp, name), getattr(np, name)
    x, y = operand("d", (6, 7), name, nan=True)
    mask = values("any", "?", (6, 7), name)
    assert_close(f(y, axis=0, initial=3), g(x, axis=0, initial=3), x)
    assert_close(f(y, axis=0, initial=3, where=cp.asarray(mask)), g(x, axis=0, initial=3, where=mask), x)
    out = cp.zeros(7)
    assert f(y, axis=0, out=out) is out
    assert_close(out, g(x, axis=0), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAN_SCANS)
def test_nan_scans(name, dtype):
    """Running sums and products that pass over NaN."""
    f, g = getattr(cp, name), getattr(np, name)
    for shape, axis in (((50,), None), ((6, 7), 0), ((6, 7), 1), ((6, 7), None)):
        x, y = operand(dtype, shape, name, nan=True)
        if name == "nancumprod":
            x = np.exp(x / 100).astype(dtype) if x.dtype.kind in "fc" else x
            y = cp.asarray(x)
        assert_close(f(y, axis=axis), g(x, axis=axis), np.full(1, np.nansum(np.abs(x.astype("D")))), f"{name} {dtype}{shape}")


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_cumulative(name):
    """The array API's scans, with the value of no element in front if asked."""
    f, g = getattr(cp, name), getattr(np, name)
    for shape, words in (((6,), {}), ((6,), {"include_initial": True}), ((3, 4), {"axis": 1, "include_initial": True}), ((3, 4), {"axis": 0, "dtype": "d"}), ((3, 4), {}), ((), {}), ((3, 4), {"axis": 2})):
        x = values("small_int", "i", shape, name)
        assert_same_outcome(lambda: f(cp.asarray(x), **words), lambda: g(x, **words), match_message=shape != (), what=f"{name}{shape} {words}")
    out = cp.zeros(7, "l")
    assert f(cp.arange(6), out=out, include_initial=True) is out
    assert_same(out, g(np.arange(6), include_initial=True))


@pytest.mark.parametrize("dtype", DTYPES)
def test_counts_and_ranges(dtype):
    """Counts of non-zero elements, ranges, averages."""
    for shape, axis in SHAPES:
        x, y = operand(dtype, shape, "counts", nan=True)
        for keepdims in (False, True):
            assert_same(cp.count_nonzero(y, axis=axis, keepdims=keepdims), np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims)))
        assert_same_outcome(lambda: cp.ptp(y, axis=axis), lambda: np.asarray(np.ptp(x, axis=axis)), what=f"ptp {dtype}")
        x, y = operand(dtype, shape, "average")
        assert_close(cp.average(y, axis=axis), np.average(x, axis=axis), x, f"average {dtype}")
        weights = values("positive", "d", shape, "weights")
        assert_close(cp.average(y, axis=axis, weights=cp.asarray(weights)), np.average(x, axis=axis, weights=weights), x, f"weighted {dtype}")


def test_average_arguments():
    """Weights along an axis, sums of weights returned, shapes that do not fit."""
    x, y = operand("f", (4, 5))
    w = np.arange(1.0, 6)
    got, total = cp.average(y, axis=1, weights=cp.asarray(w), returned=True)
    want, np_total = np.average(x, axis=1, weights=w, returned=True)
    assert_close(got, want, x), assert_close(total, np_total, w)
    got, total = cp.average(y, axis=0, returned=True, keepdims=True)
    want, np_total = np.average(x, axis=0, returned=True, keepdims=True)
    assert_close(got, want, x), assert_close(total, np.asarray(np_total), w)
    for axis in (5, (0, 0), (0, -2)):
        assert_raises_like(lambda: cp.average(y, axis=axis), lambda: np.average(x, axis=axis))
    assert_raises_like(lambda: cp.average(y, weights=cp.asarray(w)), lambda: np.average(x, weights=w))
    assert_raises_like(lambda: cp.average(y, axis=0, weights=cp.asarray(w)), lambda: np.average(x, axis=0, weights=w))


ROUNDED = [-12345.678, -2.5, -1.5, -0.5, 0.0, 0.25, 0.5, 1.005, 2.675, 1234.5678, 1e10, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", DTYPES)
def test_round(dtype):
    """Rounding to decimals before and behind the point, as function and method."""
    x = np.array([v for v in ROUNDED if np.dtype(dtype).kind in "fc" or 0 <= v < 200]).astype(dtype)
    for decimals in (0, 1, 2, 5, -1, -2):
        assert_same_outcome(lambda: cp.round(cp.asarray(x), decimals), lambda: np.round(x, decimals), what=f"{dtype} {decimals}")
        assert_same_outcome(lambda: cp.asarray(x).round(decimals), lambda: x.round(decimals), what=f"method {dtype} {decimals}")
    if np.dtype(dtype).kind != "c":
        assert_same_outcome(lambda: cp.fix(cp.asarray(x)), lambda: np.fix(x))


def test_round_arguments():
    """`out`, wrong outs, decimals that are no integer."""
    x = np.array([1.25, -3.75])
    out = cp.zeros(2)
    assert cp.round(cp.asarray(x), 1, out=out) is out
    assert_same(out, np.round(x, 1))
    assert_raises_like(lambda: cp.round(cp.asarray(x), out=cp.zeros(3)), lambda: np.round(x, out=np.zeros(3)))
    assert_raises_like(lambda: cp.round(cp.asarray(x), 0.5), lambda: np.round(x, 0.5))


@pytest.mark.parametrize("dtype", DTYPES)
def test_diff(dtype):
    """Differences of every order along every axis, with elements before and after."""
    for shape in ((7,), (4, 5), (3, 1), (0, 4)):
        x, y = operand(dtype, shape, "diff")
        for axis in range(-len(shape), len(shape)):
            for n in (0, 1, 2, 6):
                assert_same_outcome(lambda: cp.diff(y, n, axis), lambda: np.diff(x, n, axis), what=f"{dtype}{shape} {n} {axis}")
    x, y = operand(dtype, (4, 5), "diff")
    assert_same_outcome(lambda: cp.diff(y, prepend=cp.asarray(x[:, :2]), append=y), lambda: np.diff(x, prepend=x[:, :2], append=x))
    assert_same_outcome(lambda: cp.diff(y, axis=0, prepend=0, append=2), lambda: np.diff(x, axis=0, prepend=0, append=2))
    assert_raises_like(lambda: cp.diff(cp.asarray(3)), lambda: np.diff(np.asarray(3)))
    assert_raises_like(lambda: cp.diff(y, -1), lambda: np.diff(x, -1))
    for before in (np.ones((2, 2)), np.ones(3), np.ones((4, 5, 1))):
        assert_raises_like(lambda: cp.diff(y, prepend=cp.asarray(before)), lambda: np.diff(x, prepend=before))


def spacings(n_axes, shape):
    """Nothing, numbers of every strength, and places at even and uneven distances, for each axis."""
    rng = np.random.default_rng(5)
    for number in (2, 0.3, np.float32(0.7), np.int8(3), np.asarray(2.5, "f")):
        yield [number]
        yield [number] * n_axes
    yield []
    for d in "lfdB":
        yield [(np.arange(n) * 2).astype(d) for n in shape]
        # Backwards, so that differences of unsigned integers would wrap around.
        yield [np.cumsum(rng.integers(1, 4, n)).astype(d)[::-1] for n in shape]
    yield [[1.0, *range(3, n + 2)][:n] for n in shape]
    yield [np.where(np.arange(n) == 2, np.nan, np.arange(n)) for n in shape]
    yield [1.5, *[np.cumsum(rng.random(n)) for n in shape[1:]]]


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("dtype", DTYPES)
def test_gradient(dtype, edge_order):
    """Slopes for every kind of spacing, to the bit; too few values raise."""
    for shape in ((9,), (3,), (2,), (1,), (0,), (4, 3), (3, 2, 5), ()):
        f = values("moderate", dtype, shape, "gradient")
        for given in spacings(len(shape), shape):
            if dtype == "?" and edge_order == 2 and any(np.ndim(h) for h in given):
                continue  # NumPy raises only if the places are even; see below
            ours = [cp.asarray(h) if isinstance(h, np.ndarray) else h for h in given]
            what = f"{dtype}{shape} {given}"
            with np.errstate(all="ignore"):
                want, error = outcome(lambda: np.gradient(f, *given, edge_order=edge_order))
            got, own_error = outcome(lambda: cp.gradient(cp.asarray(f), *ours, edge_order=edge_order))
            if error is not None:
                assert_same_error(own_error, error, what=what)
            else:
                assert own_error is None, f"{what}: {own_error!r}"
                # Quotients of complex numbers round otherwise in NumPy's own loops.
                assert_same_results(got, want, what, ulp=COMPLEX_ULP["divide"] if dtype in "FD" else 0)


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_gradient_of_layouts(layout):
    """Any layout, along any axes, pending values too; results lie in memory as NumPy's."""
    a, x = laid_out(layout, "moderate", "d", "gradient")
    for axis in (None, 0, -1, (0,), tuple(range(a.ndim))[::-1]):
        for edge_order in (1, 2):
            check = lambda xp, f: xp.gradient(f, axis=axis, edge_order=edge_order)  # noqa: E731
            want, error = outcome(lambda: check(np, a))
            got, own_error = outcome(lambda: check(cp, x))
            if error is not None:
                assert_same_error(own_error, error, what=layout)
                continue
            assert own_error is None, f"{layout} {axis}: {own_error!r}"
            assert_same_results(got, want, f"{layout} {axis}")
            for g, w in zip(*([r] if isinstance(want, np.ndarray) else r for r in (got, want))):
                assert order_of(g) == order_of(w), f"{layout} {axis}: strides {g.strides}, NumPy has {w.strides}"
            assert_same_results(check(cp, x * 2 - 1), check(np, a * 2 - 1), f"{layout} {axis}")


GRADIENTS = [
    lambda xp, a: xp.gradient(a, axis=2),
    lambda xp, a: xp.gradient(a, axis=(0, -2)),
    lambda xp, a: xp.gradient(a, axis=()),
    lambda xp, a: xp.gradient(a, axis=[1]),
    lambda xp, a: xp.gradient(a, 1, 2, 3),
    lambda xp, a: xp.gradient(a, xp.asarray([1.0, 2.0, 4.0])),
    lambda xp, a: xp.gradient(a, xp.asarray([1.0, 2.0, 4.0]), axis=0),
    lambda xp, a: xp.gradient(a, xp.asarray([1.0, 2.0]), 1),
    lambda xp, a: xp.gradient(a, 1, xp.ones((2, 4))),
    lambda xp, a: xp.gradient(a[:1], [1.0], 1),
    lambda xp, a: xp.gradient(a[:0], [], 1),
    lambda xp, a: xp.gradient(a, edge_order=3),
    lambda xp, a: xp.gradient(a, 3, axis=()),
    lambda xp, a: xp.gradient([1, 2, 4]),
    lambda xp, a: xp.gradient([1.0, 2, 4], [0, 1, 5]),
    lambda xp, a: xp.gradient(a, foo=1),
    lambda xp, a: xp.gradient(a, True),
]


@pytest.mark.parametrize("call", GRADIENTS, ids=lambda c: None)
def test_gradient_arguments(call):
    """Axes and spacings, good and bad ones."""
    check_call(call, [np.arange(12.0).reshape(3, 4) ** 2], source_of(call))


def test_gradient_of_bool():
    """Values of bool have no differences; where only weighted sums are taken, NumPy and we give them."""
    f, places = np.asarray([True, False, False, True, True]), np.asarray([0.0, 1, 3, 4, 8])
    check_call(lambda xp, f, h: xp.gradient(f, h, edge_order=2), [f, places])
    assert_raises_like(lambda: cp.gradient(cp.asarray(f), cp.asarray(places)), lambda: np.gradient(f, places))



@pytest.mark.parametrize("dtype", DTYPES)
def test_ediff1d(dtype):
    """Differences of neighbours in C order, with elements before and after that cast by same_kind."""
    for shape in ((7,), (3, 4), (1,), (0,), ()):
        x, y = operand(dtype, shape, "ediff1d")
        assert_same_outcome(lambda: cp.ediff1d(y), lambda: np.ediff1d(x), what=f"{dtype}{shape}")
        assert_same_outcome(lambda: cp.ediff1d(y, to_begin=cp.asarray([1, 0])), lambda: np.ediff1d(x, to_begin=np.asarray([1, 0])), what=f"{dtype}{shape} begin")
        assert_same_outcome(lambda: cp.ediff1d(y, 1.0, 0), lambda: np.ediff1d(x, 1.0, 0), what=f"{dtype}{shape} both")


@pytest.mark.parametrize("dtype", DTYPES)
def test_covariances(dtype):
    """Covariances and correlations of rows or columns, of further variables, with weights and divisors."""
    x, y = operand(dtype, (4, 30), "cov")
    v, w = operand(dtype, (30,), "cov of one")
    times, weight = np.arange(30) % 4, np.linspace(0.5, 2, 30)
    square = np.square(np.abs(x.astype("D"))) + np.square(np.abs(v.astype("D")))
    for words in ({}, {"rowvar": False}, {"bias": True}, {"ddof": 0}, {"ddof": 3}, {"fweights": times}, {"aweights": weight}, {"fweights": times, "aweights": weight}, {"aweights": weight, "bias": True}):
        ours = {k: cp.asarray(n) if isinstance(n, np.ndarray) else n for k, n in words.items()}
        if words.get("rowvar", True):
            assert_close(cp.cov(y, w, **ours), np.cov(x, v, **words), square, f"cov {dtype} {list(words)} with y")
            assert_close(cp.cov(w, **ours), np.cov(v, **words), square, f"cov {dtype} {list(words)} of one")
            assert_close(cp.cov(y, **ours), np.cov(x, **words), square, f"cov {dtype} {list(words)}")
        else:
            assert_close(cp.cov(y.T, **ours), np.cov(x.T, **words), square, f"cov {dtype} {list(words)}")
            assert_close(cp.cov(y, **ours), np.cov(x, **words), square, f"cov {dtype} {list(words)} of columns")
    for call in (lambda xp, a, b: xp.corrcoef(a), lambda xp, a, b: xp.corrcoef(a, b), lambda xp, a, b: xp.corrcoef(a.T, rowvar=False), lambda xp, a, b: xp.corrcoef(b)):
        assert_close(call(cp, y, w), call(np, x, v), np.ones(1), f"corrcoef {dtype}")


def test_covariance_arguments():
    """Dtypes, empty arrays, and the errors of wrong shapes."""
    x, y = operand("f", (3, 8), "cov")
    assert_close(cp.cov(y, dtype="f"), np.cov(x, dtype="f"), np.square(x))
    assert_close(cp.corrcoef(y, dtype="f"), np.corrcoef(x, dtype="f"), np.ones(1))
    assert_same(cp.cov(cp.ones((0, 3))), np.cov(np.ones((0, 3))))
    for call in (
        lambda xp, a: xp.cov(a[None]),
        lambda xp, a: xp.cov(a, a[None]),
        lambda xp, a: xp.cov(a, ddof=0.5),
        lambda xp, a: xp.cov(a, a[:, :4]),
        lambda xp, a: xp.cov(a, fweights=xp.asarray([1, 2])),
        lambda xp, a: xp.cov(a, fweights=xp.ones((8, 1))),
        lambda xp, a: xp.cov(a, aweights=xp.ones(9)),
        lambda xp, a: xp.cov(a, aweights=xp.ones((8, 1))),
        lambda xp, a: xp.corrcoef(a[None]),
    ):
        assert_raises_like(lambda: call(cp, y), lambda: call(np, x))


@pytest.mark.parametrize("dtype", DTYPES)
def test_parts_and_replacements(dtype):
    """Real and imaginary parts, angles, numbers for NaN and infinities."""
    x = values("any", dtype, 200, "parts")
    y = cp.asarray(x)
    assert_same(cp.real(y), np.real(x)), assert_same(cp.imag(y), np.imag(x))
    for words in ({}, {"nan": 7}, {"posinf": 3, "neginf": -3}):
        assert_same(cp.nan_to_num(y, **words), np.nan_to_num(x, **words))
    z = cp.asarray(x)
    assert cp.nan_to_num(z, copy=False) is z
    assert_same(z, np.nan_to_num(x))
    finite = values("moderate", dtype, 200, "angles")
    for deg in (False, True):
        assert_same_outcome(lambda: cp.angle(cp.asarray(finite), deg), lambda: np.angle(finite, deg), ulp=4, what=f"angle {dtype}")


def test_repeated_runs_have_the_same_bits():
    """The order of accumulation is fixed, fused or not."""
    x = values("positive", "f", (700, 900), "repeat")
    y = cp.asarray(x)
    for axis in (None, 0, 1):
        first = to_numpy(cp.std(y, axis=axis))
        for again in (y, cp.asarray(x), y * 1):
            assert np.all(equal_bits(to_numpy(cp.std(again, axis=axis)), first))
