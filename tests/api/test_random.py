"""Random numbers: reproducible, split-independent, and of the right distribution."""

import math

import cuprous as cp
import numpy as np
import pytest
from support.compare import to_numpy

N = 200_000


def drawn(name, n=N, seed=12345):
    """The first numbers of a seeded stream."""
    cp.random.seed(seed)
    return to_numpy(getattr(cp.random, name)(n))


@pytest.mark.parametrize("name", ["rand", "randn", "random"])
def test_seed(name):
    """A seed fixes the numbers, and other seeds give others."""
    first = drawn(name, 1000)
    assert np.array_equal(first, drawn(name, 1000))
    for seed in (0, 1, 12346, 2**31):
        assert not np.array_equal(first, drawn(name, 1000, seed))


@pytest.mark.parametrize("name", ["rand", "randn", "random"])
def test_splits(name):
    """Draws of whole blocks of the generator join without a seam, whatever happens between. (Each call begins a
    block, so that all arrays are filled by aligned vectors: after an odd number the rest of the block is skipped.)"""
    whole = drawn(name, 6001)
    for sizes in ((4, 5997), (3000, 3001), (8, 4, 4989), (4096, 1905), (4,) * 64):
        stop = sum(sizes)
        cp.random.seed(12345)
        parts = []
        for n in sizes:
            parts.append(to_numpy(getattr(cp.random, name)(n)))
            to_numpy(cp.ones(3000) + 1)
        assert np.array_equal(np.concatenate(parts), whole[:stop]), sizes[:5]


@pytest.mark.parametrize("name", ["rand", "randn", "random"])
def test_continues(name):
    """Later draws continue the stream instead of repeating it."""
    cp.random.seed(5)
    a, b = to_numpy(getattr(cp.random, name)(1000)), to_numpy(getattr(cp.random, name)(1000))
    assert not np.intersect1d(a, b).size


def test_shapes_and_dtype():
    """Results are float64 of the shape asked for, filled in C order; without a shape they are 0-d."""
    for args in ((3,), (2, 3), (0,), (4, 0, 2)):
        for name in ("rand", "randn"):
            cp.random.seed(1)
            x = getattr(cp.random, name)(*args)
            assert x.shape == args and x.dtype == np.float64
            cp.random.seed(1)
            assert np.array_equal(to_numpy(x).ravel(), to_numpy(getattr(cp.random, name)(math.prod(args))))
    assert cp.random.random((2, 3)).shape == (2, 3) and cp.random.random(4).shape == (4,)
    assert cp.random.random(size=(5,)).dtype == np.float64
    for x in (cp.random.rand(), cp.random.randn(), cp.random.random()):
        assert np.shape(x) == () and 0 <= abs(float(x)) < 10


@pytest.mark.parametrize("name", ["rand", "random"])
def test_range(name):
    """Uniform numbers lie in [0, 1) and use their last bits."""
    x = drawn(name, 1_000_000)
    assert x.min() >= 0 and x.max() < 1
    assert x.min() < 1e-4 and x.max() > 1 - 1e-4
    assert len(np.unique(x)) > 999_900
    low_bits = (x * 2.0**53).astype(np.uint64) & np.uint64(0xFF)
    counts = np.bincount(low_bits.astype(int), minlength=256)
    # Chi-square of 255 degrees of freedom: mean 255, deviation 22.6; five deviations.
    chi = ((counts - len(x) / 256) ** 2 / (len(x) / 256)).sum()
    assert chi < 255 + 5 * math.sqrt(2 * 255)


def kolmogorov(x, cdf):
    """The largest distance between the distribution of a sample and a continuous one."""
    x = np.sort(x)
    f = cdf(x)
    k = np.arange(1, x.size + 1)
    return max((k / x.size - f).max(), (f - (k - 1) / x.size).max())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_uniform_distribution(seed):
    """Moments and Kolmogorov-Smirnov distance are those of the uniform distribution."""
    x = drawn("rand", N, seed)
    # Five deviations of each estimate; 1.95 is the 0.1% point of sqrt(n) D.
    assert abs(x.mean() - 0.5) < 5 * math.sqrt(1 / 12 / N)
    assert abs(x.var() - 1 / 12) < 5 * math.sqrt(1 / 180 / N)
    assert math.sqrt(N) * kolmogorov(x, lambda t: t) < 1.95
    # Neighbours do not correlate.
    for lag in (1, 2, 3, 4, 64, 256):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < 5 / math.sqrt(N)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_normal_distribution(seed):
    """Moments, tails and Kolmogorov-Smirnov distance are those of the standard normal distribution."""
    x = drawn("randn", N, seed)
    assert abs(x.mean()) < 5 / math.sqrt(N)
    assert abs(x.var() - 1) < 5 * math.sqrt(2 / N)
    assert abs((x**3).mean()) < 5 * math.sqrt(15 / N)
    assert abs((x**4).mean() - 3) < 5 * math.sqrt(96 / N)
    erf = np.vectorize(math.erf)
    assert math.sqrt(N) * kolmogorov(x, lambda t: 0.5 * (1 + erf(t / math.sqrt(2)))) < 1.95
    beyond = 0.0026997960632601866 * N
    assert abs((np.abs(x) > 3).sum() - beyond) < 5 * math.sqrt(beyond)
    for lag in (1, 2, 3, 4):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < 5 / math.sqrt(N)


def test_seed_values():
    """Seeds are integers; without one the stream is fresh."""
    for seed in (0, 2**32 - 1, np.int64(5)):
        cp.random.seed(seed)
        first = to_numpy(cp.random.rand(10))
        cp.random.seed(seed)
        assert np.array_equal(first, to_numpy(cp.random.rand(10)))
    cp.random.seed()
    first = to_numpy(cp.random.rand(100))
    cp.random.seed()
    assert not np.array_equal(first, to_numpy(cp.random.rand(100)))
    with pytest.raises((TypeError, ValueError)):
        cp.random.seed("a")


def test_errors():
    """Negative and fractional sizes raise as in NumPy."""
    for name in ("rand", "randn", "random"):
        with pytest.raises(ValueError):
            getattr(cp.random, name)(-1)
        with pytest.raises(TypeError):
            getattr(cp.random, name)(2.5)


def test_drawn_at_once():
    """Drawing is not deferred: numbers drawn before a new seed do not change by it (rule 1)."""
    cp.random.seed(9)
    x = cp.random.rand(5000)
    cp.random.seed(10)
    y = cp.random.rand(5000)
    cp.random.seed(9)
    assert np.array_equal(to_numpy(x), to_numpy(cp.random.rand(5000)))
    assert not np.array_equal(to_numpy(x), to_numpy(y))
