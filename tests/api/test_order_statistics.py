"""Medians, quantiles, counts and histograms against NumPy."""

import warnings

import cuprous as cp
import numpy as np
import pytest
from support.calls import assert_same_results, check_call, source_of
from support.compare import assert_raises_like, assert_same, assert_same_error, outcome, to_numpy
from support.values import LAYOUTS, OTHER, laid_out

DTYPES = "?bBhiIlLefd"
SHAPES = [((7,), None), ((300,), 0), ((6, 5), None), ((20, 9), 0), ((20, 9), 1), ((3, 4, 5), (0, 2)), ((3, 4, 5), (-1, 0)), ((3, 4, 5), ()), ((2, 600), 1), ((), None)]
METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
           "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
# One more rounding than NumPy's where it contracts a product and a sum.
ULP = 1


@pytest.fixture(autouse=True)
def quiet():
    """NumPy warns of NaN and of empty slices where cuprous does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def elements(dtype, shape, *key, nan=0):
    """Random elements, of floats every `nan`-th NaN."""
    rng = np.random.default_rng([ord(dtype), *shape, *key])
    if dtype == "?":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype in "bBhiIlL":
        return rng.integers(0, 100, shape).astype(dtype)
    x = (rng.normal(size=shape) * 50).astype(dtype)
    if dtype in "FD":
        x = x + (1j * rng.normal(size=shape)).astype(dtype)
    if nan and x.size:
        x = np.array(x)
        x.reshape(-1)[::nan] = np.nan
    return x


@pytest.mark.parametrize("dtype", DTYPES + "FD")
@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_median(name, dtype):
    """Over axes, with `keepdims` and `out`, with and without NaN."""
    for nan in (0, 4, 1):
        for shape, axis in SHAPES:
            x = elements(dtype, shape, nan=nan)
            for keepdims in (False, True):
                check_call(lambda xp, a: getattr(xp, name)(a, axis=axis, keepdims=keepdims), [x], f"{name} {dtype}{shape} {axis}", ulp=ULP)
    x = elements(dtype, (4, 6))
    out = cp.zeros(6, "D" if dtype in "FD" else "d")
    assert getattr(cp, name)(cp.asarray(x), axis=0, out=out) is out
    assert_same(out, getattr(np, name)(x, axis=0).astype(out.dtype), ulp=ULP)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_quantiles(dtype, method):
    """Every method over axes, with one level and several, with and without NaN."""
    for name in ("quantile", "nanquantile", "percentile", "nanpercentile"):
        scale = 100 if "percent" in name else 1
        for shape, axis in SHAPES:
            for q in (0.5, 0, 1, 0.3, [0.25, 0.5, 1.0], [[0.1, 0.9]], [0, 1]):
                q = (np.asarray(q) * scale).tolist()
                if name.startswith("nan") and np.ndim(q) == 2 and isinstance(axis, tuple):
                    # NumPy leaves the axes of the levels among the others then.
                    continue
                # Where the first slice is all NaN, NumPy gives all results the dtype of the elements.
                for nan in ((0, 5) if dtype in "fd" and axis != () and shape else (0,)):
                    x = elements(dtype, shape, nan=nan)
                    check_call(lambda xp, a: getattr(xp, name)(a, q, axis=axis, method=method), [x], f"{name} {dtype}{shape} {axis} {q} {nan}", ulp=ULP, match_message=False)


@pytest.mark.parametrize("dtype", DTYPES)
def test_long_rows(dtype):
    """Rows in which elements are looked for instead of sorted; one level and many, ties, NaN."""
    for shape in ((30_001,), (3, 5000)):
        for nan in (0, 1000):
            x = elements(dtype, shape, nan=nan)
            if nan:
                x = np.sort(x, axis=-1)[..., ::-1].copy()
            for q in (0.5, 0.0, 1.0, 0.999, [0.25, 0.5, 0.75], np.linspace(0, 1, 41).tolist()):
                for method in ("linear", "lower", "hazen", "inverted_cdf"):
                    check_call(lambda xp, a: xp.quantile(a, q, axis=-1, method=method), [x], f"{dtype}{shape} {q} {method}", ulp=ULP, match_message=False)
            check_call(lambda xp, a: xp.median(a, axis=-1), [x], f"{dtype}{shape}", ulp=ULP)
            check_call(lambda xp, a: xp.median(a), [x], f"{dtype}{shape}", ulp=ULP)
    for x in (np.full((2, 6000), 3), np.arange(12_000)[::-1].reshape(2, 6000)):
        check_call(lambda xp, a: xp.median(a, axis=1), [x.astype(dtype)], dtype, ulp=ULP)


def test_levels():
    """Levels as NumPy scalars and as arrays; their dtype counts."""
    for dtype in "ifd":
        x = elements(dtype, (9, 11))
        for q in (np.float32(0.3), np.float64(0.3), np.int64(1), np.asarray([0.3, 0.7], "f"), np.asarray([0.3, 0.7], "d"), np.asarray([0, 1])):
            ours = cp.asarray(q) if isinstance(q, np.ndarray) else q
            for name in ("quantile", "nanquantile"):
                assert_same(getattr(cp, name)(cp.asarray(x), ours, axis=1), getattr(np, name)(x, q, axis=1), ULP, f"{name} {dtype} {q!r}")
            assert_same(cp.percentile(cp.asarray(x), ours), np.percentile(x, q), ULP, f"percentile {dtype} {q!r}")


@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_weights(name):
    """Weighted quantiles, of the array's shape and of an axis."""
    f, g = getattr(cp, name), getattr(np, name)
    for dtype, nan in (("d", 0), ("f", 0), ("i", 0), ("d", 4)):
        x = elements(dtype, (8, 9), nan=nan)
        w = np.random.default_rng(2).integers(0, 5, (8, 9)).astype("d") + (np.arange(9) == 3)
        for q in (0.5, [0.0, 0.3, 1.0]):
            for axis in (None, 0, 1):
                words = dict(axis=axis, method="inverted_cdf")
                if axis == 0:
                    w = w + 1
                assert_same(f(cp.asarray(x), q, weights=cp.asarray(w), **words), g(x, q, weights=w, **words), what=f"{dtype} {q} {axis}")
        if name == "quantile":
            assert_same(f(cp.asarray(x), 0.4, weights=cp.asarray(w[0]), axis=1, method="inverted_cdf"), g(x, 0.4, weights=w[0], axis=1, method="inverted_cdf"))
    y = cp.asarray(x)
    assert_raises_like(lambda: f(y, 0.5, weights=y), lambda: g(x, 0.5, weights=x))
    assert_raises_like(lambda: f(y, 0.5, weights=y[0], method="inverted_cdf"), lambda: g(x, 0.5, weights=x[0], method="inverted_cdf"))


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_layouts(layout):
    """Any layout, pending values too; no zeros of different signs, of which NumPy takes either."""
    a, x = laid_out(layout, "small_int", "d", "median")
    for axis in (None, *range(a.ndim)):
        for f in (lambda xp, v: xp.median(v, axis=axis), lambda xp, v: xp.nanmedian(v * 2, axis=axis), lambda xp, v: xp.quantile(v, 0.3, axis=axis)):
            want, want_error = outcome(lambda: f(np, a))
            got, got_error = outcome(lambda: f(cp, x))
            if want_error is not None:
                assert_same_error(got_error, want_error, what=layout)
            else:
                assert got_error is None, got_error
                assert_same(got, want, ULP, layout)


CALLS = [
    lambda xp, a: xp.median(a, axis=2),
    lambda xp, a: xp.median(a, axis=(0, 0)),
    lambda xp, a: xp.median([]),
    lambda xp, a: xp.nanmedian([]),
    lambda xp, a: xp.median(a[:0], axis=0),
    lambda xp, a: xp.median(a[:0], axis=1),
    lambda xp, a: xp.nanmedian(a[:0], axis=0),
    lambda xp, a: xp.median(5),
    lambda xp, a: xp.median(a, out=xp.zeros(3)),
    lambda xp, a: xp.percentile(a, 101),
    lambda xp, a: xp.percentile(a, [-1]),
    lambda xp, a: xp.quantile(a, 2),
    lambda xp, a: xp.nanquantile(a, [0.5, float("nan")]),
    lambda xp, a: xp.quantile(a, [[[0.1, 0.2]]]),
    lambda xp, a: xp.quantile(a, 0.5, method="foo"),
    lambda xp, a: xp.quantile(a * 1j, 0.5),
    lambda xp, a: xp.quantile([], 0.5),
    lambda xp, a: xp.quantile([], [0.5], method="lower"),
    lambda xp, a: xp.nanquantile([], 0.5),
    lambda xp, a: xp.nanquantile(a[:0], 0.5, weights=xp.ones((0, 4))),
    lambda xp, a: xp.nanquantile(a[:0], 0.5, method="inverted_cdf", weights=xp.ones((0, 4)), axis=0),
    lambda xp, a: xp.nanpercentile(a[:0], 50, method="inverted_cdf", weights=xp.ones(3)),
    lambda xp, a: xp.nanpercentile(a[:0], 50, method="inverted_cdf", weights=xp.ones(3), axis=0),
    lambda xp, a: xp.quantile(a[:0], 0.5, axis=0),
    lambda xp, a: xp.quantile(a[:0], [0.5], axis=1),
    lambda xp, a: xp.quantile(a > 3, 0.5),
    lambda xp, a: xp.quantile(a > 3, 0.5, method="lower"),
    lambda xp, a: xp.quantile(a, 0.5, axis=(0, 0)),
    lambda xp, a: xp.quantile(a, 0.5, axis=3),
    lambda xp, a: xp.quantile(a, 0.5, out=xp.zeros(3)),
    lambda xp, a: xp.quantile(a, [0.5, 0.6], axis=0, out=xp.zeros((2, 4))),
    lambda xp, a: xp.quantile(a, [0.5, 0.6], axis=0, keepdims=True),
    lambda xp, a: xp.quantile(a, [], axis=0),
    lambda xp, a: xp.percentile(a, (10, 20), overwrite_input=True),
    lambda xp, a: xp.percentile(xp.zeros((0, 3), int), (10, 20), axis=0),
    lambda xp, a: xp.quantile(xp.zeros((0, 3), bool), 0.3, axis=0, method="nearest"),
    lambda xp, a: xp.quantile(xp.zeros((0, 3)), 0.3, axis=0, method="nearest"),
    lambda xp, a: xp.bincount(xp.zeros(0, "f")), lambda xp, a: xp.bincount([]), lambda xp, a: xp.bincount(xp.zeros(0, bool)),
    lambda xp, a: xp.quantile(xp.asarray([1.0, xp.inf]), 0.5),
    lambda xp, a: xp.bincount(xp.asarray([1.5])) if xp is cp else xp.bincount(np.asarray([1j])),
    lambda xp, a: xp.bincount([]),
    lambda xp, a: xp.bincount([], minlength=3),
    lambda xp, a: xp.bincount(3),
    lambda xp, a: xp.bincount([-1, 2]),
    lambda xp, a: xp.bincount([1, 2], [1]),
    lambda xp, a: xp.bincount([1, 2], minlength=-1),
    lambda xp, a: xp.bincount([1, 2], minlength=None),
    lambda xp, a: xp.bincount([1, 2, 1], minlength=7),
    lambda xp, a: xp.bincount([1, 2, 1], [0.5, 1, 3], 5),
    lambda xp, a: xp.bincount([True, False]),
    lambda xp, a: xp.histogram(a, bins=0),
    lambda xp, a: xp.histogram(a, bins=1.5),
    lambda xp, a: xp.histogram(a, bins="foo"),
    lambda xp, a: xp.histogram(a, bins=[[1]]),
    lambda xp, a: xp.histogram(a, bins=[2, 1]),
    lambda xp, a: xp.histogram(a, bins=[2]),
    lambda xp, a: xp.histogram(a, bins=[]),
    lambda xp, a: xp.histogram(a, range=(2, 1)),
    lambda xp, a: xp.histogram(a, range=(0, float("inf"))),
    lambda xp, a: xp.histogram(a, range=(float("nan"), 1.0)),
    lambda xp, a: xp.histogram(a, range=(1,)),
    lambda xp, a: xp.histogram(a, range=(1, 1), bins=2),
    lambda xp, a: xp.histogram(a, weights=[1]),
    lambda xp, a: xp.histogram([]),
    lambda xp, a: xp.histogram(a > 3),
    lambda xp, a: xp.histogram_bin_edges(a, 4),
    lambda xp, a: xp.histogram_bin_edges(a, [1, 2.5]),
    lambda xp, a: xp.histogram_bin_edges(a, 3, (0, 5)),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda c: None)
def test_calls(call):
    """Arguments, good and bad ones."""
    check_call(call, [np.arange(12.0).reshape(3, 4) % 5], source_of(call), ulp=ULP, match_message="1j" not in source_of(call) or "quantile" in source_of(call))


@pytest.mark.parametrize("dtype", "?bBhHiIlL")
def test_bincount(dtype):
    """Few numbers and many, with and without weights; integers of any size."""
    rng = np.random.default_rng(1)
    for n, top in ((10, 3), (100_000, 5), (1000, 100), (200_000, 20_000)):
        top = min(top, np.iinfo(dtype).max) if dtype != "?" else 2
        x = rng.integers(0, top, n).astype(dtype)
        w = rng.integers(0, 9, n)
        for words in ({}, {"minlength": 7}, {"minlength": top + 9}):
            assert_same(cp.bincount(cp.asarray(x), **words), np.bincount(x.astype("l"), **words), what=f"{n} {top} {words}")
        # Sums of small integers are exact in any order.
        for d in "ild":
            assert_same(cp.bincount(cp.asarray(x), cp.asarray(w.astype(d))), np.bincount(x.astype("l"), w.astype(d)))
        assert_same(cp.bincount(cp.asarray(x)[::-3]), np.bincount(x.astype("l")[::-3]))
    assert_raises_like(lambda: cp.bincount(cp.zeros((2, 2), "i")), lambda: np.bincount(np.zeros((2, 2), "i")))
    assert_raises_like(lambda: cp.bincount(cp.zeros(2)), lambda: np.bincount(np.zeros(2)))
    assert_raises_like(lambda: cp.bincount(cp.zeros(2, "i"), cp.zeros(2, "D")), lambda: np.bincount(np.zeros(2, "i"), np.zeros(2, "D")))


@pytest.mark.parametrize("dtype", DTYPES)
def test_histogram(dtype):
    """Numbers of bins, ranges, edges, weights and densities."""
    for shape in ((10,), (5000,), (30, 40), (1,)):
        x = elements(dtype, shape)
        w = np.random.default_rng(0).integers(0, 5, shape)
        # float16 cannot tell 77 edges apart, which NumPy reads the edges to say.
        for bins in (1, 10, 5 if dtype == "e" else 77, [0, 1, 2.5, 40], [1, 1, 2, 2], [-5, 200]):
            for range in (None, (0, 10), (-3.5, 40.25), (500, 600)):
                if isinstance(bins, list) and range is not None:
                    continue
                for words in ({}, {"density": True}, {"weights": w}, {"weights": w.astype("f") / 4}, {"weights": w * 1j}, {"weights": w, "density": True}):
                    ours = {k: cp.asarray(v) if isinstance(v, np.ndarray) else v for k, v in words.items()}
                    got = cp.histogram(cp.asarray(x), bins, range, **ours)
                    want = np.histogram(x, bins, range, **words)
                    # The range of halves is computed in float16, with steps of which each rounds once more.
                    assert_same_results(got, want, f"{dtype}{shape} {bins} {range} {list(words)}", ulp=2)
        edges = np.linspace(-50, 90, 20).astype("f")
        assert_same_results(cp.histogram(cp.asarray(x), cp.asarray(edges)), np.histogram(x, edges), f"{dtype}{shape} edges", ulp=ULP)


RULES = ["auto", "doane", "fd", "rice", "scott", "sqrt", "stone", "sturges"]


@pytest.mark.parametrize("rule", RULES)
def test_rules_for_bins(rule):
    """Rules find as many bins as NumPy's, for every dtype, within ranges too, and for samples that have no spread."""
    rng = np.random.default_rng(3)
    samples = [rng.normal(20, 8, 300), rng.integers(0, 100, 200).astype(float), rng.exponential(5, 57), np.ones(10), np.array([2.0]), np.zeros(0), np.repeat([1.0, 2, 50], [20, 70, 1]), np.array([1.0, 4])]
    for k, sample in enumerate(samples):
        for dtype in "?bBilLfd" if rule != "stone" else "id":
            x = (sample > 20 if dtype == "?" else np.abs(sample)).astype(dtype)
            for range in (None, (0, 30), (2.5, 40.25), (500, 600)):
                what = f"{rule} {k} {dtype} {range}"
                assert_same_results(cp.histogram_bin_edges(cp.asarray(x), rule, range), np.histogram_bin_edges(x, rule, range), what, ulp=2)
    assert_same_results(cp.histogram(cp.asarray(samples[1]), rule), np.histogram(samples[1], rule), rule, ulp=2)


def test_wrong_rules_for_bins():
    """Unknown rules, rules with weights, numbers that are not finite."""
    for words in ({"bins": "foo"}, {"bins": "auto", "weights": np.ones(4)}, {"bins": "auto", "range": (2, 1)}):
        ours = {k: cp.asarray(v) if k == "weights" else v for k, v in words.items()}
        assert_raises_like(lambda: cp.histogram(cp.ones(4), **ours), lambda: np.histogram(np.ones(4), **words))
    for bad in (np.nan, np.inf, -np.inf):
        x = np.array([1.0, bad, 3.5])
        assert_raises_like(lambda: cp.histogram(cp.asarray(x), "auto"), lambda: np.histogram(x, "auto"))


def test_histogram_leaves_out():
    """NaN and what lies outside given edges is in no bin."""
    x = np.asarray([1.0, np.nan, 7.0, 3.0, -2.0, 2.0])
    assert_same_results(cp.histogram(cp.asarray(x), [1, 2, 3]), np.histogram(x, [1, 2, 3]), "nan")
    assert to_numpy(cp.histogram(cp.asarray(x), 3, (1, 3))[0]).tolist() == np.histogram(x, 3, (1, 3))[0].tolist()
