"""Distributions: against NumPy's own draws at a million numbers, their moments, known first numbers, shapes and errors."""

import json
import math
from pathlib import Path

import cuprous as cp
import numpy as np
import pytest
from cuprous import _core
from support.compare import assert_same_error, outcome, to_numpy, ulp_distance
from support.distributions import COUNTS, REALS

N = 1_000_000

# Parameters on both sides of where a method changes its algorithm.
CASES = {
    "uniform": [(-1, 3)],
    "normal": [(1, 2)],
    "lognormal": [(0.5, 0.5)],
    "exponential": [(2,)],
    "standard_gamma": [(0.01,), (0.5,), (1,), (100,)],
    "gamma": [(3, 2)],
    "beta": [(0.5, 2), (3, 4), (0.01, 0.02)],
    "chisquare": [(3,), (1,)],
    "noncentral_chisquare": [(3, 2), (0.5, 2), (0.5, 100)],
    "f": [(5, 12), (1, 1)],
    "noncentral_f": [(5, 12, 2)],
    "standard_t": [(8,), (1,)],
    "laplace": [(1, 2)],
    "logistic": [(1, 2)],
    "gumbel": [(1, 2)],
    "pareto": [(5,)],
    "power": [(3,), (0.1,)],
    "weibull": [(2,), (0.5,)],
    "rayleigh": [(2,)],
    "triangular": [(0, 1, 3), (-3, -3, 1), (-3, 1, 1)],
    "vonmises": [(1, 2), (-3, 50), (0, 1e-6), (100, 1), (0, 1e7)],
    "wald": [(1, 2), (1, 0.01)],
    "poisson": [(0.1,), (3.5,), (10,), (1000,), (1e15,)],
    "binomial": [(20, 0.3), (1000, 0.005), (1000, 0.7), (10**12, 0.3), (1, 0.5)],
    "negative_binomial": [(5, 0.4), (0.5, 0.01)],
    "geometric": [(0.2,), (1e-6,), (0.9,)],
    "hypergeometric": [(30, 20, 9), (300, 200, 100), (200, 300, 400), (20, 30, 45), (10**8, 10**6, 10**5)],
    "logseries": [(0.8,), (0.999,)],
    "zipf": [(4,), (1.5,), (1.01,)],
    "standard_normal": [()],
    "standard_exponential": [()],
    "standard_cauchy": [()],
}
PAIRS = [(name, args) for name, cases in CASES.items() for args in cases]


def test_every_distribution_is_here():
    """The table of distributions, the methods of both classes and the cases above name the same ones."""
    table = {name.removeprefix("bounded_") for name, _ in _core.distributions()}  # the generator's bounds on the same draws
    own = {"random", "ascending_uniform"}  # `random` is in test_random.py, the other is the generator's `uniform`
    assert table - own == set(CASES)
    for cls in (cp.random.RandomState, cp.random.Generator):
        assert not {n for n in CASES if not callable(getattr(cls, n, None))}
    assert not {n for n in CASES if not callable(getattr(cp.random, n, None))}


def two_sample_distance(x, y):
    """Kolmogorov and Smirnov's distance of two samples of one size, times the root of half their size."""
    x, y = np.sort(x), np.sort(y)
    both = np.concatenate([x, y])
    below = np.searchsorted(x, both, "right") - np.searchsorted(y, both, "right")
    return np.abs(below).max() / x.size * math.sqrt(x.size / 2)


@pytest.mark.parametrize(("name", "args"), PAIRS)
def test_as_numpy(name, args):
    """A million numbers lie as NumPy's do. 2.2 is the 0.012 % point of the distance; the seeds are fixed."""
    got = to_numpy(getattr(cp.random.RandomState(11), name)(*args, size=N))
    want = getattr(np.random.default_rng(12), name)(*args, size=N)
    assert got.dtype == want.dtype
    assert two_sample_distance(got, want) < 2.2


def drawn(name, args, dtype=None, seed=21):
    """A million numbers of a row of the table, by the class that has it."""
    r = cp.random.default_rng(seed)
    name = "uniform" if name == "ascending_uniform" else name
    return to_numpy(getattr(cp.random.RandomState(seed) if name == "uniform" else r, name)(*args, size=N, **({"dtype": dtype} if dtype else {})))


def check_moments(x, mean, variance):
    """Mean and variance are within five deviations of the exact ones; the variance's own is estimated."""
    if mean is not None and variance is not None:
        assert abs(x.mean() - mean) < 5 * math.sqrt(variance / x.size)
        squares = (x - mean) ** 2
        assert abs(squares.mean() - variance) < 5 * squares.std() / math.sqrt(x.size)


def test_every_distribution_is_exact():
    """The exact distributions below are those of the table, all of them."""
    assert {name.removeprefix("bounded_") for name, _ in _core.distributions()} == {row[0] for row in REALS + COUNTS}


@pytest.mark.parametrize(("name", "args", "below", "mean", "variance"), REALS, ids=lambda v: str(v) if isinstance(v, (str, tuple)) else "")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_exact_reals(name, args, below, mean, variance, dtype):
    """Kolmogorov and Smirnov's distance from the exact distribution, at 2000 places, and the first two moments. 2.2 is the
    0.012 % point of the distance; float32 lies on a grid, which adds its spacing."""
    x = drawn(name, args, dtype)
    assert x.dtype == dtype and np.isfinite(x).all()
    x = np.sort(x.astype(float))
    # Equal numbers count as one step.
    places = np.unique(x[:: N // 2000])
    exact = np.array([below(t) for t in places.tolist()])
    lower, upper = np.searchsorted(x, places, "left") / N, np.searchsorted(x, places, "right") / N
    distance = max((lower - exact).max(), (exact - upper).max())
    assert distance * math.sqrt(N) < 2.2
    check_moments(x, mean, variance)


@pytest.mark.parametrize(("name", "args", "probability", "first", "mean", "variance"), COUNTS, ids=lambda v: str(v) if isinstance(v, (str, tuple)) else "")
def test_exact_counts(name, args, probability, first, mean, variance):
    """Chi-square over the counts that are expected ten times or more, the rest in one, and the first two moments."""
    x = drawn(name, args)
    assert x.dtype == np.int64 and x.min() >= first
    last = min(int(x.max()), first + 2000)
    expected = np.array([N * probability(k) for k in range(first, last + 1)])
    often = expected >= 10
    met = np.bincount(np.minimum(x - first, last + 1 - first), minlength=last + 2 - first)[: last + 1 - first]
    met, expected = np.append(met[often], N - met[often].sum()), np.append(expected[often], N - expected[often].sum())
    if expected[-1] < 1:
        # The rest is expected less than once; five of them would be too many.
        assert met[-1] < 6
        met, expected = met[:-1], expected[:-1]
    freedom = len(met) - 1
    assert ((met - expected) ** 2 / expected).sum() < freedom + 5 * math.sqrt(2 * freedom) + 10
    check_moments(x.astype(float), mean, variance)


def test_float32_stays_below_one():
    """Uniform numbers of float32 are multiples of 2^-24 below 1; what is made of them is made in float32."""
    r = cp.random.default_rng(5)
    x = to_numpy(r.random(10 * N, dtype="float32"))
    assert x.dtype == np.float32 and 0 <= x.min() < 1e-5 and 1 - 1e-5 < x.max() < 1
    scaled = x.astype(float) * 2**24
    assert np.array_equal(scaled, np.floor(scaled))
    for name, args in (("uniform", (0, 1)), ("power", (3,)), ("beta", (2, 3))):
        x = to_numpy(getattr(cp.random.RandomState(5), name)(*args, size=N, dtype="float32"))
        assert x.dtype == np.float32 and x.min() >= 0 and x.max() <= 1 and (name != "uniform" or x.max() < 1)


@pytest.mark.parametrize(("name", "args"), [("random", ()), ("standard_normal", ()), ("standard_gamma", (2,)), ("poisson", (4,)), ("integers", (0, 2**62))])
def test_independence(name, args):
    """Numbers of successive calls, of neighbouring seeds and of children do not correlate, nor do neighbours in one call."""
    n = 200_000
    draw = lambda r: to_numpy(getattr(r, name)(*args, size=n)).astype(float)  # noqa: E731
    r = cp.random.default_rng(7)
    children = cp.random.default_rng(7).spawn(2)
    xs = [draw(r), draw(r), draw(cp.random.default_rng(8)), draw(cp.random.default_rng(2**32 + 7)), *map(draw, children)]
    for i, x in enumerate(xs):
        for y in xs[:i]:
            assert abs(np.corrcoef(x, y)[0, 1]) < 5 / math.sqrt(n)
    for lag in (1, 2, 3, 4, 15, 16, 17, 64, 256):
        assert abs(np.corrcoef(xs[0][:-lag], xs[0][lag:])[0, 1]) < 5 / math.sqrt(n)


MOMENTS = {  # mean, variance, fourth central moment
    "uniform": ((0, 1), 1 / 2, 1 / 12, 1 / 80),
    "exponential": ((1,), 1, 1, 9),
    "normal": ((0, 1), 0, 1, 3),
    "gamma": ((4, 1), 4, 4, 3 * 16 + 6 * 4),
    "laplace": ((0, 1), 0, 2, 24),
    "logistic": ((0, 1), 0, math.pi**2 / 3, 7 * math.pi**4 / 15),
    "poisson": ((30,), 30, 30, 30 * (1 + 90)),
    "binomial": ((100, 0.5), 50, 25, 25 * (1 + 3 * 98 * 0.25)),
    "geometric": ((0.5,), 2, 2, 2 * (9 * 2 + 1)),
}


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_moments(name, dtype):
    """Mean and variance are within five deviations of what theory says."""
    args, mean, variance, fourth = MOMENTS[name]
    is_count = name in ("poisson", "binomial", "geometric")
    dtype = {"float64": "int64", "float32": "int32"}[dtype] if is_count else dtype
    x = to_numpy(getattr(cp.random.RandomState(3), name)(*args, size=N, dtype=dtype))
    assert x.dtype == dtype
    x = x.astype(float)
    assert abs(x.mean() - mean) < 5 * math.sqrt(variance / N)
    assert abs(((x - mean) ** 2).mean() - variance) < 5 * math.sqrt((fourth - variance**2) / N)


FLOATS = [(n, a) for n, a in PAIRS if n not in ("poisson", "binomial", "negative_binomial", "geometric", "hypergeometric", "logseries", "zipf")]


@pytest.mark.parametrize(("name", "args"), FLOATS)
def test_float32(name, args):
    """Numbers of float32 lie as those of float64. With 24 bits fewer places are met, but none stands out."""
    if name == "standard_gamma" and args == (0.01,) or name == "beta" and args == (0.01, 0.02):
        return check_float32_near_zero(name, args)
    got = to_numpy(getattr(cp.random.RandomState(13), name)(*args, size=100_000, dtype="float32"))
    assert got.dtype == np.float32
    want = to_numpy(getattr(cp.random.RandomState(14), name)(*args, size=100_000)).astype(np.float32)
    assert two_sample_distance(got, want) < 2.2


def check_float32_near_zero(name, args):
    """Float32 holds no numbers below 1e-45, which these give often: they become 0, as many as there should be."""
    got = to_numpy(getattr(cp.random.RandomState(13), name)(*args, size=100_000, dtype="float32"))
    want = to_numpy(getattr(cp.random.RandomState(14), name)(*args, size=100_000)).astype(np.float32)
    assert abs((got == 0).sum() - (want == 0).sum()) < 5 * math.sqrt(2 * (want == 0).sum())


KNOWN = Path(__file__).with_name("known_random_numbers.json")


def write_known_numbers():
    """Writes the file anew, once a stream has changed on purpose: `python -c 'import test_distributions as t; t.write_known_numbers()'`."""
    calls = [("random_sample", (), {"size": 6}), ("random_sample", (), {"size": 6, "dtype": "float32"})]
    calls += [("randint", (0, high), {"size": 6}) for high in (3, 1000, 2**31 + 1, 2**32 + 5, 2**63 - 1)]
    calls += [("randint", (-100, 100), {"size": 6, "dtype": "int8"}), ("permutation", (10,), {}), ("permutation", (100,), {})]
    calls += [(name, args, {"size": 6}) for name, args in PAIRS]
    calls += [("standard_normal", (), {"size": 6, "dtype": "float32"}), ("exponential", (1,), {"size": 6, "dtype": "float32"})]
    lines = []
    for name, args, kwargs in calls:
        x = to_numpy(getattr(cp.random.RandomState(42), name)(*args, **kwargs))
        many = to_numpy(getattr(cp.random.RandomState(42), name)(*args, **(kwargs | {"size": 1000}))) if "size" in kwargs else x
        # What an error near 0 is measured by: the median size of the numbers.
        scale = float(np.median(np.abs(many))) if x.dtype.kind == "f" else 0
        lines.append(json.dumps({"name": name, "args": list(args), "kwargs": kwargs, "numbers": x.tolist(), "scale": scale}))
    KNOWN.write_text("[\n" + ",\n".join(lines) + "\n]\n")


@pytest.mark.parametrize("entry", json.loads(KNOWN.read_text()) if KNOWN.exists() else [], ids=lambda e: f"{e['name']}{e['args']}")
def test_known_numbers(entry):
    """The first numbers of a seed: the same on every device, for ever. Bits, uniforms and integers to the last bit;
    others as near as the logarithms and powers of the device, whose errors a difference near 0 magnifies."""
    state = cp.random.RandomState(42)
    got = to_numpy(getattr(state, entry["name"])(*entry["args"], **entry["kwargs"]))
    want = np.array(entry["numbers"], got.dtype)
    exact = entry["name"] in ("random_sample", "randint", "permutation")
    if got.dtype.kind == "i" or exact:
        # Numbers beyond 2^50 hang on the last bits of a power.
        small = np.abs(want) < 2**50
        assert np.array_equal(got[small], want[small]) and np.allclose(got, want, rtol=1e-9)
    else:
        near = np.abs(got - want) <= 64 * np.finfo(got.dtype).eps * np.maximum(np.abs(want), entry["scale"])
        assert np.all(near | (ulp_distance(got, want) <= 64)), (got, want)


def test_known_numbers_are_there():
    """Each distribution has known numbers."""
    assert set(CASES) <= {e["name"] for e in json.loads(KNOWN.read_text())}


@pytest.mark.parametrize("name", CASES)
def test_chunks(name):
    """Draws in pieces of whole blocks join without a seam, and a state that is put back repeats."""
    args = CASES[name][0]
    state = cp.random.RandomState(5)
    whole = to_numpy(getattr(state, name)(*args, size=4096))
    state.seed(5)
    if name in ("f", "noncentral_f", "standard_t"):  # they draw twice, one after the other
        return np.testing.assert_array_equal(to_numpy(getattr(state, name)(*args, size=4096)), whole)
    parts = [to_numpy(getattr(state, name)(*args, size=n)) for n in (4, 1020, 3072)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    saved = state.get_state()
    first = to_numpy(getattr(state, name)(*args, size=100))
    state.set_state(saved)
    np.testing.assert_array_equal(to_numpy(getattr(state, name)(*args, size=100)), first)
    assert not np.array_equal(first, whole[:100]) or name in ("binomial", "zipf", "logseries")


def outcome_of(module, call):
    """What a call gives on the old and the new class of a module."""
    return [outcome(lambda c=c: call(c, module)) for c in (module.random.RandomState(1), module.random.default_rng(1))]


SHAPES = [
    lambda r, xp: r.normal(0, 1), lambda r, xp: r.normal(0, 1, 3), lambda r, xp: r.normal(0, 1, (2, 3)),
    lambda r, xp: r.normal(0, 1, ()), lambda r, xp: r.normal([0, 1], 1), lambda r, xp: r.normal([0, 1], 1, (3, 2)),
    lambda r, xp: r.normal([[0], [1]], [1, 2, 3]), lambda r, xp: r.normal([], 1), lambda r, xp: r.normal(0, 1, 0),
    lambda r, xp: r.normal(0, 1, (2, 0)), lambda r, xp: r.normal(xp.zeros((2, 1)), xp.ones(3)),
    lambda r, xp: r.normal(xp.zeros((1,)), 1, 4), lambda r, xp: r.gamma([1, 2], 3), lambda r, xp: r.gamma(2, [1, 2], (4, 2)),
    lambda r, xp: r.beta([[1], [2]], [1, 2]), lambda r, xp: r.poisson([1, 2, 3]), lambda r, xp: r.poisson(3, (2, 2)),
    lambda r, xp: r.binomial([5, 6], [[0.5], [0.2]]), lambda r, xp: r.binomial(5, 0.5), lambda r, xp: r.binomial(2.5, 0.5),
    lambda r, xp: r.hypergeometric([5, 6], 5, 3), lambda r, xp: r.hypergeometric(5, 5, 3, 7),
    lambda r, xp: r.triangular([0, 1], 2, 3), lambda r, xp: r.dirichlet([1, 2, 3]), lambda r, xp: r.dirichlet([1, 2], 4),
    lambda r, xp: r.dirichlet([1, 2], (2, 3)), lambda r, xp: r.multinomial(9, [0.2, 0.3, 0.5]),
    lambda r, xp: r.multinomial(9, [0.2, 0.8], 3), lambda r, xp: r.multinomial(9, [0.2, 0.8], (3, 2)),
    lambda r, xp: r.chisquare(xp.array(3.0)), lambda r, xp: r.multivariate_normal([0, 1], [[1, 0], [0, 2]]),
    lambda r, xp: r.multivariate_normal([0, 1], [[1, 0], [0, 2]], (3, 4)), lambda r, xp: r.uniform(0, 1, ()),
    # errors
    lambda r, xp: r.normal([0, 1], 1, 3), lambda r, xp: r.normal([0, 1], 1, (2, 3)), lambda r, xp: r.normal([0, 1], [1, 2, 3]),
    lambda r, xp: r.normal([0, 1], 1, ()), lambda r, xp: r.normal(0, 1, -1), lambda r, xp: r.normal(0, 1, 2.5),
    lambda r, xp: r.normal(0, 1, "a"), lambda r, xp: r.normal(xp.zeros((2, 1)), 1, 2), lambda r, xp: r.binomial([1, 2], 0.5, 3),
    lambda r, xp: r.poisson([1, 2], 3), lambda r, xp: r.normal("a"), lambda r, xp: r.laplace(1j),
    lambda r, xp: r.gamma(xp.array([1j])), lambda r, xp: r.binomial(2**63, 0.5), lambda r, xp: r.binomial(math.nan, 0.5),
    lambda r, xp: r.multivariate_normal([0, 0], [[1, 0]]), lambda r, xp: r.multivariate_normal([[0, 0]], [[1, 0], [0, 1]]),
    lambda r, xp: r.multivariate_normal([0, 0, 0], [[1, 0], [0, 1]]), lambda r, xp: r.multivariate_normal([0, 0], [1, 0]),
    lambda r, xp: r.multivariate_normal([0, 0], [[1, 0], [0, 1]], check_valid="x"), lambda r, xp: r.dirichlet(1),
    lambda r, xp: r.dirichlet([[1, 2]]), lambda r, xp: r.multinomial(-1, [0.5, 0.5]), lambda r, xp: r.multinomial(5, [-0.1, 0.5]),
    lambda r, xp: r.multinomial(5, [math.nan, 0.5]), lambda r, xp: r.multinomial(5, [0.9, 0.9, 0.9]),
]


@pytest.mark.parametrize("call", SHAPES, ids=range(len(SHAPES)))
def test_shapes_and_errors(call):
    """Shape and dtype, or the exception, are NumPy's, for both classes."""
    for (got, got_error), (want, want_error) in zip(outcome_of(cp, call), outcome_of(np, call)):
        if want_error is not None:
            assert_same_error(got_error, want_error)
            continue
        if got_error is not None:
            raise got_error
        assert (got.shape, got.dtype) == (np.shape(want), np.asarray(want).dtype)


NAN = math.nan
OUT_OF_RANGE = {
    "exponential": [(-1,), (-0.0,), ([1, -1],)],
    "gamma": [(-1,), (1, -1), ([1, -1],), ([1, 2], -1)],
    "standard_gamma": [(-1,)],
    "beta": [(0, 1), (1, -1), ([1, 0], 1)],
    "chisquare": [(0,), (-1,), ([1, 0],)],
    "noncentral_chisquare": [(0, 1), (1, -1)],
    "f": [(0, 1), (1, 0)],
    "noncentral_f": [(0, 1, 1), (1, 0, 1), (1, 1, -1)],
    "standard_t": [(0,)],
    "binomial": [(-1, 0.5), (5, -1), (5, 2), (5, NAN), ([5, 6], NAN), ([NAN], 0.5), ([math.inf], 0.5), ([1e300], 0.5), ([2**63], 0.5), (None, 0.5), (5, None), ([1, -1], 0.5), (5, [0.5, 2])],
    "negative_binomial": [(0, 0.5), (-1, 0.5), (5, 0), (5, 1.5), (5, NAN), (NAN, 0.5), ([1, 0], 0.5), (1e300, 0.5), (math.inf, 0.5), (1e18, 1e-3), (1, 1e-300), ([1, 1e19], 0.5)],
    "geometric": [(0,), (1.5,), (NAN,), ([0.5, 0],)],
    "hypergeometric": [(-1, 1, 1), (1, -1, 1), (1, 1, -1), (1, 1, 3), ([1, 2], 1, 4), (10**9, 1, 1), (1, 2**62, 1), ([1, 10**9], 1, 1), (-1, 10**9, 1), (-1, 0, 0)],
    "logseries": [(-1,), (1,), (NAN,), ([0.5, 1],)],
    "poisson": [(-1,), (NAN,), (1e19,), ([1, -1],), ([1, 1e19],), ([NAN],), (None,)],
    "zipf": [(1,), (NAN,), ([2, 1],)],
    "laplace": [(0, -1), (0, [1, -1])],
    "logistic": [(0, -1)], "gumbel": [(0, -1)], "lognormal": [(0, -1)], "normal": [(0, -1)],
    "pareto": [(0,), (-1,)], "power": [(0,), (-1,)], "weibull": [(-1,)], "rayleigh": [(-1,)],
    "triangular": [(1, 0, 2), (0, 3, 2), (1, 1, 1), ([0, 2], 1, 3), ([0, 1], 1, [1, 1])],
    "vonmises": [(0, -1)], "wald": [(0, 1), (1, 0)],
    "uniform": [(1, 0), (0, math.inf), (0, NAN)],
}


@pytest.mark.parametrize("name", OUT_OF_RANGE)
def test_parameters_out_of_range(name):
    """Numbers and lists out of range raise in the words of NumPy's generator."""
    for args in OUT_OF_RANGE[name]:
        _, want = outcome(lambda: getattr(np.random.default_rng(1), name)(*args))
        _, got = outcome(lambda: getattr(cp.random.default_rng(1), name)(*args))
        assert_same_error(got, want, what=f"{name}{args}")


def test_parameters_out_of_range_of_the_older_class():
    """Those for which `RandomState` has words of its own, and what it draws although the generator does not."""
    for args in ((3, 4, 0), (0, 0, 0), (4, 4, -1), (3, 4, 8), (-1, 4, 2), (4, -1, 2), ([3, 3], 4, 0), ([3, 3], [4, 4], [1, 0]), ([3], 4, 8)):
        _, want = outcome(lambda: np.random.RandomState(1).hypergeometric(*args))
        for r in (cp.random, cp.random.RandomState(1)):
            _, got = outcome(lambda: r.hypergeometric(*args))
            assert_same_error(got, want, what=f"hypergeometric{args}")
    for good, bad, n in ((10**9, 1, 1), (10**10, 10**10, 10**6)):
        x = to_numpy(cp.random.RandomState(1).hypergeometric(good, bad, n, size=1000))
        p, deviation = good / (good + bad), math.sqrt(n * good * bad) / (good + bad)
        assert x.min() >= max(0, n - bad) and x.max() <= min(n, good) and abs(x.mean() - n * p) <= 5 * deviation / math.sqrt(1000)
    assert to_numpy(cp.random.default_rng(1).hypergeometric(10**9 - 1, 10**9 - 1, 0, size=3)).tolist() == [0, 0, 0]
    assert to_numpy(cp.random.RandomState(1).negative_binomial(1, 1e-300)) == np.iinfo(np.int64).max


@pytest.mark.parametrize("name", ["exponential", "gamma", "beta", "chisquare", "laplace", "pareto", "vonmises", "wald", "standard_t"])
def test_nan_gives_nan(name):
    """A parameter that is no number gives none, as in NumPy."""
    n = {"exponential": 1, "chisquare": 1, "pareto": 1, "standard_t": 1}.get(name, 2)
    for k in range(n):
        args = [1.0] * n
        args[k] = NAN
        assert math.isnan(getattr(np.random.default_rng(1), name)(*args))
        assert np.isnan(to_numpy(getattr(cp.random, name)(*args)))


def test_arrays_out_of_range():
    """Elements of arrays are not read: out of range they give NaN, or the smallest integer, and harm no other."""
    x = to_numpy(cp.random.standard_gamma(cp.array([1.0, -1.0, 2.0])))
    assert np.isnan(x[1]) and x[0] > 0 and x[2] > 0
    for name, bad, good in [("poisson", -1.0, 3.0), ("geometric", 0.0, 0.5), ("zipf", 1.0, 2.0), ("logseries", 1.0, 0.5)]:
        x = to_numpy(getattr(cp.random, name)(cp.array([bad, NAN, good])))
        assert x[0] == x[1] == np.iinfo(np.int64).min and x[2] >= 0, name
    x = to_numpy(cp.random.binomial(cp.array([-1, 5, 5]), cp.array([0.5, 2.0, 0.5])))
    assert x[0] == x[1] == np.iinfo(np.int64).min and 0 <= x[2] <= 5


def test_parameters_vary():
    """Parameters of broadcast arrays reach their elements."""
    scale = cp.array([[1.0], [100.0], [10000.0]])
    x = to_numpy(cp.random.RandomState(1).gamma(cp.arange(1, 3) * 50.0, scale, size=(400, 3, 2)))
    want = np.array([50.0, 100.0]) * np.array([[1.0], [100.0], [10000.0]])
    assert np.all(np.abs(x.mean(axis=0) / want - 1) < 5 * np.sqrt(1 / 50 / 400))
    n = to_numpy(cp.random.RandomState(1).binomial(cp.array([10, 1000])[::-1], cp.array([0.5, 0.25]), size=(400, 2)))
    assert np.all(np.abs(n.mean(axis=0) - [500, 2.5]) < 5 * np.sqrt(np.array([250, 1.9]) / 400))


def test_dtypes_refused():
    """Other dtypes are refused."""
    for call in (lambda: cp.random.gamma(1, dtype="float16"), lambda: cp.random.normal(dtype=int),
                 lambda: cp.random.poisson(1, dtype=float), lambda: cp.random.exponential(1, dtype=complex)):
        with pytest.raises(TypeError, match="Unsupported dtype"):
            call()


def test_vectors():
    """Dirichlet's shares, counts of trials, colours and normal vectors have the means and covariances of theory."""
    n = 200_000
    r = cp.random.default_rng(8)
    alpha = np.array([0.3, 2.0, 5.0])
    x = to_numpy(r.dirichlet(alpha.tolist(), n))
    assert np.allclose(x.sum(axis=1), 1, rtol=0, atol=4e-16 * 3)
    a = alpha / alpha.sum()
    assert np.all(np.abs(x.mean(axis=0) - a) < 5 * np.sqrt(a * (1 - a) / (alpha.sum() + 1) / n))
    assert np.isfinite(to_numpy(r.dirichlet([1e-5, 1e-5], 1000))).all()
    assert to_numpy(r.dirichlet([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert to_numpy(r.dirichlet([0.0, 0.0], 2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]

    p = np.array([0.1, 0.0, 0.6, 0.3])
    x = to_numpy(r.multinomial(50, p.tolist(), n))
    assert np.all(x.sum(axis=1) == 50) and x.min() >= 0 and not x[:, 1].any()
    assert np.all(np.abs(x.mean(axis=0) - 50 * p) <= 5 * np.sqrt(50 * p * (1 - p) / n))
    assert abs(np.cov(x[:, 0], x[:, 2])[0, 1] + 50 * 0.06) < 0.1
    x = to_numpy(r.multinomial(cp.array([3, 40]), cp.array([[0.5, 0.5]]), size=(5, 2)))
    assert x.shape == (5, 2, 2) and np.array_equal(x.sum(axis=-1), np.tile([3, 40], (5, 1)))

    colors = np.array([16, 8, 0, 4])
    x = to_numpy(r.multivariate_hypergeometric(colors.tolist(), 6, n))
    assert np.all(x.sum(axis=1) == 6) and np.all(x <= colors) and x.min() >= 0
    q = colors / 28
    assert np.all(np.abs(x.mean(axis=0) - 6 * q) <= 5 * np.sqrt(6 * q * (1 - q) * 22 / 27 / n))

    cov = np.array([[2.0, 0.6], [0.6, 1.0]])
    for method in ("svd", "eigh", "cholesky"):
        x = to_numpy(r.multivariate_normal([1, -1], cov.tolist(), n, method=method))
        assert np.all(np.abs(x.mean(axis=0) - [1, -1]) < 5 * np.sqrt(np.diag(cov) / n))
        assert np.all(np.abs(np.cov(x.T) - cov) < 0.05)
    with pytest.warns(RuntimeWarning, match="not symmetric positive-semidefinite"):
        r.multivariate_normal([0, 0], [[1, 2], [2, 1]])
    with pytest.raises(ValueError, match="not symmetric positive-semidefinite"):
        r.multivariate_normal([0, 0], [[1, 2], [2, 1]], check_valid="raise")
