"""Integers, permutations, choices, bit generators, seeds and states of `cuprous.random`."""

import math
import os
import pickle
import subprocess
import sys

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same_error, outcome, to_numpy

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def chi_square(counts, expected):
    """How many deviations the sum of squares is away from its mean."""
    freedom = len(counts) - 1
    return (((counts - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom)


@pytest.mark.parametrize("dtype", [*INTEGERS, "bool"])
def test_integers_of_each_dtype(dtype):
    """All numbers of the dtype's range come, and none outside the bounds."""
    info = np.iinfo(dtype) if dtype != "bool" else None
    low, high = (int(info.min), int(info.max)) if info else (0, 1)
    r = cp.random.default_rng(1)
    x = to_numpy(r.integers(low, high, 200_000, dtype=dtype, endpoint=True))
    assert x.dtype == dtype
    middle = x.astype(float).mean()
    assert abs(middle - (low + high) / 2) < 5 * (high - low + 1) / math.sqrt(12 * x.size)
    if high - low < 1000:
        assert x.min() == low and x.max() == high
    if info:
        for a, b in ((low, low + 3), (high - 3, high), (max(low, -5), 7)):
            x = to_numpy(r.integers(a, b, 5000, dtype=dtype))
            assert x.min() == a and x.max() == b - 1
        assert np.array_equal(to_numpy(r.integers(low, low, 5, dtype=dtype, endpoint=True)), np.full(5, low, dtype))
        x = to_numpy(cp.random.randint(0, 100, 1000, dtype=dtype))
        assert x.dtype == dtype and x.min() >= 0 and x.max() < 100


@pytest.mark.parametrize("n", [2, 3, 10, 1000, 3 * 2**30, 2**32 - 1, 2**32, 2**32 + 1, 3 * 2**61, 2**63])
def test_integers_are_alike(n):
    """Each of a hundred parts of the range gets as many, for ranges of 32 and of 64 bits."""
    x = to_numpy(cp.random.default_rng(2).integers(0, n, 500_000, dtype="uint64"))
    assert x.max() < n
    parts = min(n, 100)
    if n < 2**32:
        counts = np.bincount((x.astype(object) * parts // n).astype(int), minlength=parts)
        bounds = [-(-k * n // parts) for k in range(parts + 1)]
    else:
        bounds = [k * n // parts for k in range(parts + 1)]
        counts = np.diff(np.searchsorted(np.sort(x), np.array(bounds[:-1] + [n - 1], np.uint64), "left"))
        counts[-1] += np.count_nonzero(x == n - 1)
    expected = x.size * np.diff(np.array([float(b) for b in bounds])) / n
    assert abs(chi_square(counts, expected)) < 5
    assert abs((x & np.uint64(1)).astype(float).mean() - (0.5 if n % 2 == 0 else (n // 2) / n)) < 5 * 0.5 / math.sqrt(x.size)


def test_integers_between_arrays():
    """Bounds may be arrays and lists that broadcast; unsigned and signed ones of 64 bits too."""
    r = cp.random.default_rng(3)
    low, high = np.array([[-5], [0], [2**62]]), np.array([3, 10, 1000]) + np.array([[0], [0], [2**62]])
    for a, b in ((low.tolist(), high.tolist()), (cp.array(low), cp.array(high))):
        x = to_numpy(r.integers(a, b, size=(2000, 3, 3)))
        assert x.dtype == np.int64 and np.all(x >= low) and np.all(x < high)
        # Of 9 draws each, all small ranges are met at both ends.
        assert np.array_equal(x[:, 0, 0].min(), -5) and x[:, 0, 0].max() == 2 and x[:, 1, 1].max() == 9
    x = to_numpy(r.integers(cp.array([2**63], "uint64"), cp.array([2**64 - 1], "uint64"), (1000,), dtype="uint64", endpoint=True))
    assert x.dtype == np.uint64 and x.min() >= 2**63
    x = to_numpy(r.integers(cp.array([-(2**63)]), cp.array([2**63 - 1]), (10_000,), endpoint=True))
    assert x.min() < -(2**62) and x.max() > 2**62
    # Bounds on a device that are in the wrong order give the lower one.
    assert to_numpy(r.integers(cp.array([5, 0]), cp.array([5, 1]))).tolist() == [5, 0]


CALLS = [
    lambda r: r.integers(0), lambda r: r.integers(5, 3), lambda r: r.integers(5, 3, endpoint=True), lambda r: r.integers(-1, endpoint=True),
    lambda r: r.integers(0, 300, dtype="i1"), lambda r: r.integers(-300, 1, dtype="i1"), lambda r: r.integers(3, dtype="f8"),
    lambda r: r.integers([1, 0]), lambda r: r.integers([1, 2], 5, size=3), lambda r: r.integers([300], dtype="i1"),
    lambda r: r.integers(math.nan), lambda r: r.integers(0, math.inf), lambda r: r.integers("a"), lambda r: r.integers(0, 2**64),
    lambda r: r.integers(3), lambda r: r.integers(2.5), lambda r: r.integers([1, 2], [[5], [6]]), lambda r: r.integers(0, 1, (2, 3)),
    lambda r: r.integers(0, 2, 4, dtype=bool), lambda r: r.integers(0, 3, 4, dtype=bool), lambda r: r.integers(-128, 128, dtype="i1"),
    lambda r: r.integers(0, endpoint=True), lambda r: r.integers(0, 2**64, dtype="u8"), lambda r: r.integers(3, size=()),
    lambda r: r.random(3, dtype="f4"), lambda r: r.random(dtype="f2"), lambda r: r.standard_normal(dtype="i4"),
    lambda r: r.standard_exponential(dtype="f2"), lambda r: r.standard_exponential(3, method="inv"), lambda r: r.standard_gamma(1, dtype="f2"),
    lambda r: r.standard_gamma([1, 2], dtype="f4"), lambda r: r.permutation(5), lambda r: r.permutation(-1), lambda r: r.permutation(0),
    lambda r: r.permutation(2.5), lambda r: r.permutation([3, 1, 2]), lambda r: r.permutation([[3, 1, 2]], axis=1),
    lambda r: r.permutation([[3, 1, 2]], axis=2), lambda r: r.choice(0), lambda r: r.choice(-1), lambda r: r.choice([]),
    lambda r: r.choice(3, 5, replace=False), lambda r: r.choice(3, p=[0.5, 0.5]), lambda r: r.choice(3, p=[0.5, 0.5, 0.5]),
    lambda r: r.choice(3, p=[-0.5, 0.5, 1]), lambda r: r.choice(3, p=[math.nan, 0.5, 1]), lambda r: r.choice(2, p=[[0.5, 0.5]]),
    lambda r: r.choice(3, 2, replace=False, p=[1, 0, 0]), lambda r: r.choice(3, 4, replace=False, p=[0.3, 0.3, 0.4]),
    lambda r: r.choice(5), lambda r: r.choice(5, 3), lambda r: r.choice(5, (2, 2), replace=False), lambda r: r.choice([1.5, 2.5]),
    lambda r: r.choice([1.5, 2.5], (3, 2)), lambda r: r.choice(5, -1), lambda r: r.choice(0, 0), lambda r: r.choice([], 0),
    lambda r: r.choice([[1, 2, 3], [4, 5, 6]], 4, axis=1), lambda r: r.choice([[1, 2, 3], [4, 5, 6]], (4, 5), axis=1),
    lambda r: r.choice([[1, 2, 3], [4, 5, 6]], axis=1), lambda r: r.choice([[1, 2, 3], [4, 5, 6]], 2, axis=2),
    lambda r: r.choice(3, 4, p=[0.2, 0.3, 0.5]), lambda r: r.choice(3, 2, p=[0.2, 0.3, 0.5], replace=False),
    lambda r: r.shuffle(5), lambda r: r.permuted(5), lambda r: r.permuted([1, 2, 3]), lambda r: r.permuted([[1, 2, 3]], axis=1),
    lambda r: r.permuted([1, 2, 3], axis=1), lambda r: r.multivariate_hypergeometric([16, 8, 4], 6, 2),
    lambda r: r.multivariate_hypergeometric([16, 8, 4], 60), lambda r: r.multivariate_hypergeometric([-1, 8, 4], 6),
    lambda r: r.multivariate_hypergeometric([16, 8, 4], 6, method="x"), lambda r: r.multivariate_hypergeometric(16, 6),
    lambda r: r.multivariate_hypergeometric([16, 8, 4], -6), lambda r: r.multivariate_hypergeometric([2.5, 3], 2),
    lambda r: r.multivariate_hypergeometric([[3, 4]], 2), lambda r: r.multivariate_hypergeometric(["a"], 2),
    lambda r: r.multivariate_hypergeometric([5 * 10**8, 5 * 10**8], 5), lambda r: r.multivariate_hypergeometric([2**63 - 1], 5),
    lambda r: r.multivariate_hypergeometric([2**62, 2**62], 5), lambda r: r.multivariate_hypergeometric([2**63], 5),
    lambda r: r.multivariate_hypergeometric([3, 4], 2.5), lambda r: r.multivariate_hypergeometric([3, 4], 2**64),
    lambda r: r.multivariate_hypergeometric([True, True], 1), lambda r: r.multivariate_hypergeometric([3, 4], None),
    lambda r: r.multivariate_hypergeometric([2**62 + 1], 5, method="count"),
    lambda r: r.random(True), lambda r: r.poisson(1, (2, True)), lambda r: r.hypergeometric(3, 4, 2, size=True),
    lambda r: r.integers(0, 0), lambda r: r.integers([0, 0], [1, 0]), lambda r: r.integers([0, 1], [1, 1]), lambda r: r.integers(0, -3, endpoint=True),
    lambda r: r.choice(0, p=[0.5, 0.6]), lambda r: r.choice([], 3, p=[1]), lambda r: r.choice(0, 0, p=[]), lambda r: r.choice(3, 4, replace=False, p=[0.5, 0.6, 0]),
    lambda r: r.choice(3, 2, p=1), lambda r: r.choice([[1, 2, 3]], 2, replace=False, axis=1, p=[0.2, 0.3, 0.5]), lambda r: r.choice(5, 3, shuffle=False, replace=False),
    lambda r: r.choice([[1, 2, 3]], axis=-1, p=[0, 0, 1]), lambda r: r.choice(True), lambda r: r.choice(2.5), lambda r: r.choice(5, (2, -1)), lambda r: r.choice(5, 1.5),
    lambda r: r.dirichlet([0, 1], 3), lambda r: r.dirichlet([-1, 1]), lambda r: r.permutation([[1, 2]], axis=-3), lambda r: r.permutation([], axis=0),
]
OLD_CALLS = [
    lambda r: r.randint(0), lambda r: r.randint(5, 5), lambda r: r.randint(0, 300, dtype="i1"), lambda r: r.randint(0, 3, dtype="f8"),
    lambda r: r.randint([1, 0]), lambda r: r.randint(2.5), lambda r: r.randint([1, 2], [[5], [6]]), lambda r: r.randint(3, size=(2, 0)),
    lambda r: r.random_integers(0), lambda r: r.random_integers(5), lambda r: r.random_integers(2, 5, (2, 3)), lambda r: r.tomaxint(3),
    lambda r: r.rand(-1), lambda r: r.rand(2, foo=1), lambda r: r.rand(2, 3), lambda r: r.randn(2, 3), lambda r: r.random_sample(()),
    lambda r: r.permutation(5), lambda r: r.permutation(2.5), lambda r: r.permutation(-1), lambda r: r.permutation([[1, 2], [3, 4]]),
    lambda r: r.choice(0), lambda r: r.choice(-1), lambda r: r.choice([]), lambda r: r.choice([[1, 2]]), lambda r: r.choice(2.5),
    lambda r: r.choice(3, 5, replace=False), lambda r: r.choice(3, p=[0.5, 0.5]), lambda r: r.choice(3, p=[0.5, 0.5, 0.5]),
    lambda r: r.choice(3, p=[-0.5, 0.5, 1]), lambda r: r.choice(3, p=[math.nan, 0.5, 1]), lambda r: r.choice(2, p=[[0.5, 0.5]]),
    lambda r: r.choice(3, 2, replace=False, p=[1, 0, 0]), lambda r: r.choice(5), lambda r: r.choice([1.5, 2.5], 3), lambda r: r.choice(0, 0),
    lambda r: r.shuffle(5), lambda r: r.dirichlet([0, 1]), lambda r: r.dirichlet([-1, 1]),
    lambda r: r.randint(0, 0), lambda r: r.randint([0, 0], [1, 0]), lambda r: r.choice(0, p=[0.5, 0.6]), lambda r: r.choice([], 3, p=[1]), lambda r: r.choice(0, p=1),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("call", "is_new"), [(c, True) for c in CALLS] + [(c, False) for c in OLD_CALLS],
    ids=[f"Generator{k}" for k in range(len(CALLS))] + [f"RandomState{k}" for k in range(len(OLD_CALLS))],
)
def test_shapes_and_errors(call, is_new):
    """Shape and dtype, or the exception, are NumPy's."""
    make = (lambda xp: xp.random.default_rng(1)) if is_new else (lambda xp: xp.random.RandomState(1))
    want, want_error = outcome(lambda: call(make(np)))
    got, got_error = outcome(lambda: call(make(cp)))
    if want_error is not None:
        assert_same_error(got_error, want_error)
        return
    if got_error is not None:
        raise got_error
    want = np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, want.dtype if want.dtype != np.dtype("long") else np.int64)


def test_out():
    """`out` is filled and returned; shape and dtype have to fit."""
    r = cp.random.default_rng(1)
    for name, args in (("random", ()), ("standard_normal", ()), ("standard_exponential", ()), ("standard_gamma", (2,))):
        for dtype in ("float32", "float64"):
            out = cp.zeros((3, 4), dtype)
            assert getattr(r, name)(*args, dtype=dtype, out=out) is out
            assert len(np.unique(to_numpy(out))) == 12
        strided = cp.zeros((6,))
        getattr(r, name)(*args, out=strided[::2])
        assert np.count_nonzero(to_numpy(strided)) == 3
        cases = [lambda xp, g: g(*args, 4, out=xp.empty(3)), lambda xp, g: g(*args, out=xp.empty(3, "f4")),
                 lambda xp, g: g(*args, out=xp.empty(3), dtype="f4")]
        for case in cases:
            _, want = outcome(lambda: case(np, getattr(np.random.default_rng(1), name)))
            _, got = outcome(lambda: case(cp, getattr(r, name)))
            assert_same_error(got, want)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 65, 100, 1000, 4096, 100_003])
def test_permutation(n):
    """Each number comes once, in another order each time, and its place says nothing of the number."""
    r = cp.random.RandomState(4)
    x = to_numpy(r.permutation(n))
    assert x.dtype == np.int64 and np.array_equal(np.sort(x), np.arange(n))
    if n >= 64:
        y = to_numpy(r.permutation(n))
        assert not np.array_equal(x, y)
        for z in (x, y, np.diff(x)):
            assert abs(np.corrcoef(np.arange(z.size), z)[0, 1]) < 5 / math.sqrt(n)
        # Neighbours: as many rise as fall.
        assert abs((np.diff(x) > 0).mean() - 0.5) < 5 * math.sqrt(1 / 12 / n)
        # About one number stays in its place.
        assert np.count_nonzero(x == np.arange(n)) < 8


def test_permutations_are_alike():
    """All orders of four, and each number at each of 70 places, come equally often."""
    lines = np.tile(np.arange(4), (24_000, 1))
    x = to_numpy(cp.random.default_rng(5).permuted(cp.asarray(lines), axis=1))
    assert np.array_equal(np.sort(x, axis=1), lines)
    _, counts = np.unique(x, axis=0, return_counts=True)
    assert len(counts) == 24 and abs(chi_square(counts, 1000)) < 5
    x = to_numpy(cp.random.default_rng(6).permuted(cp.asarray(np.tile(np.arange(70)[:, None], (1, 30_000))), axis=0))
    counts = np.array([np.bincount(row, minlength=70) for row in x])
    chi = ((counts - 30_000 / 70) ** 2 / (30_000 / 70)).sum()
    assert abs(chi - 69**2) < 5 * math.sqrt(2) * 69


def test_shuffles():
    """Lines stay whole, views are shuffled in place, and values are kept."""
    a = np.arange(60).reshape(10, 6)
    for axis in (0, 1, -1):
        x = to_numpy(cp.random.default_rng(1).permutation(cp.asarray(a), axis=axis))
        moved = np.moveaxis(x, axis, 0)
        assert not np.array_equal(x, a)
        assert sorted(map(tuple, moved)) == sorted(map(tuple, np.moveaxis(a, axis, 0)))
        y = cp.asarray(a)
        assert cp.random.default_rng(1).shuffle(y, axis=axis) is None
        assert np.array_equal(to_numpy(y), x)
    y = cp.asarray(a)
    cp.random.RandomState(2).shuffle(y[::2, 1:4])
    z = to_numpy(y)
    assert np.array_equal(z[1::2], a[1::2]) and np.array_equal(z[:, [0, 4, 5]], a[:, [0, 4, 5]])
    assert sorted(map(tuple, z[::2, 1:4])) == sorted(map(tuple, a[::2, 1:4]))
    out = cp.zeros((10, 6), a.dtype)
    assert cp.random.default_rng(3).permuted(cp.asarray(a), axis=0, out=out) is out
    assert np.array_equal(np.sort(to_numpy(out), axis=0), a)
    x = to_numpy(cp.random.default_rng(3).permuted(cp.asarray(a)))
    assert x.shape == a.shape and np.array_equal(np.sort(x.ravel()), np.arange(60))
    for bad in (lambda xp, r: r.permuted(xp.zeros(3), out=xp.zeros(4)), lambda xp, r: r.shuffle(xp.zeros((2, 3)), axis=2),
                lambda xp, r: r.permuted(xp.zeros(3), out=xp.zeros(3, "i4")), lambda xp, r: r.shuffle(xp.array(5)),
                lambda xp, r: r.permutation(xp.array(5))):
        _, want = outcome(lambda: bad(np, np.random.default_rng(1)))
        _, got = outcome(lambda: bad(cp, cp.random.default_rng(1)))
        assert_same_error(got, want)


def test_choice():
    """Choices are alike or follow their probabilities, with and without putting back."""
    r = cp.random.default_rng(7)
    n = 100_000
    assert abs(chi_square(np.bincount(to_numpy(r.choice(20, n)), minlength=20), n / 20)) < 5
    p = np.array([0.1, 0.0, 0.2, 0.65, 0.05])
    for given in (p.tolist(), cp.asarray(p)):
        counts = np.bincount(to_numpy(r.choice(5, n, p=given)), minlength=5)
        assert counts[1] == 0
        assert np.all(np.abs(counts - n * p) <= 5 * np.sqrt(n * p * (1 - p)))
    values = np.array([3.5, -1.0, 7.25])
    assert np.all(np.isin(to_numpy(r.choice(cp.asarray(values), (40, 5))), values))
    x = to_numpy(r.choice(1000, 300, replace=False))
    assert len(np.unique(x)) == 300 and x.min() >= 0 and x.max() < 1000
    # The first of a sample without putting back follows the probabilities, and what is impossible never comes.
    first = np.array([to_numpy(r.choice(5, 4, replace=False, p=p.tolist())) for _ in range(2000)])
    assert not (first == 1).any() and all(len(set(row)) == 4 for row in first)
    counts = np.bincount(first[:, 0], minlength=5)
    assert np.all(np.abs(counts - 2000 * p) <= 5 * np.sqrt(2000 * p * (1 - p)))


def test_seeds():
    """Seeds of any size, lists and sequences of seeds; what is no seed raises."""
    def first(seed):
        return to_numpy(cp.random.default_rng(seed).random(4)).tolist()

    seeds = [0, 1, 2**32, 2**64 - 1, 2**64, 2**200, [1, 2], [2, 1], [1, 2, 3], np.int64(77), cp.random.SeedSequence(5), (7, 8)]
    drawn = [first(s) for s in seeds]
    assert all(first(s) == d for s, d in zip(seeds, drawn))
    assert len({tuple(d) for d in drawn}) == len(seeds)
    assert first(np.array([1, 2])) == first([1, 2]) and first(np.int64(1)) == first(1)
    assert first(None) != first(None)
    for seed in (-1, 1.5, "a", [1, -2], [1.5]):
        _, want = outcome(lambda: np.random.default_rng(seed))
        _, got = outcome(lambda: cp.random.default_rng(seed))
        assert isinstance(got, type(want)), seed
    for seed in (-1, 1.5, "a", [], 2**64):
        with pytest.raises((TypeError, ValueError)):
            cp.random.RandomState(seed)
    g = cp.random.default_rng(3)
    assert cp.random.default_rng(g) is g
    with pytest.raises(TypeError):
        cp.random.Generator(3)


@pytest.mark.parametrize(("entropy", "key"), [(5, ()), (0, ()), (2**100 + 7, ()), ([1, 2, 3, 4, 5, 6], ()), (9, (1, 2)), ([1, 2**40], (3,))])
def test_seed_sequence(entropy, key):
    """The words of `SeedSequence` are NumPy's, those of its children too."""
    own, numpys = cp.random.SeedSequence(entropy, spawn_key=key), np.random.SeedSequence(entropy, spawn_key=key)
    for n, dtype in ((1, "uint32"), (5, "uint32"), (4, "uint64")):
        assert np.array_equal(to_numpy(own.generate_state(n, dtype)), numpys.generate_state(n, dtype))
    for _ in range(2):
        for a, b in zip(own.spawn(3), numpys.spawn(3)):
            assert np.array_equal(to_numpy(a.generate_state(4)), b.generate_state(4))
            assert a.spawn_key == b.spawn_key
    assert repr(own) == repr(numpys)
    assert np.array_equal(to_numpy(own.pool), numpys.pool) and own.pool.dtype == np.uint32


CUPYS = ["XORWOW", "MRG32k3a", "Philox4x3210"]
NUMPYS = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


def philox(key, blocks):
    """Philox 4x32-10 of blocks, as its authors wrote it down: four words each."""
    c = [np.array([b & 0xFFFFFFFF for b in blocks], np.uint64), np.array([b >> 32 for b in blocks], np.uint64)]
    c += [np.zeros(len(blocks), np.uint64), np.zeros(len(blocks), np.uint64)]
    mask, k = np.uint64(0xFFFFFFFF), [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(q >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), q & mask, (p >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), p & mask]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return np.stack(c, axis=1).astype(np.uint32)


def test_known_answers():
    """The generator's authors publish these answers; the last one takes the counter to its end."""
    assert philox(0, [0]).tolist() == [[0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]]
    for cls in NUMPYS + CUPYS:
        assert to_numpy(getattr(cp.random, cls)(0).random_raw(2)).tolist() == [0xE169C58D6627E8D5, 0x9B00DBD8BC57AC4C]
    end = 2**64 - 3
    bits = cp.random.Philox(counter=end, key=77)
    assert np.array_equal(to_numpy(bits.random_raw(10)).view("u4"), philox(77, [end, end + 1, end + 2, 0, 1]).ravel())


@pytest.mark.parametrize("seed", [0, 5, 2**64 - 1])
@pytest.mark.parametrize("n", [1, 3, 64, 65, 10_001])
def test_bits_and_uniforms(seed, n):
    """Bits, uniform numbers and integers below a power of two are the words of the generator on every device."""
    words = philox(seed, range(n))
    flat, wide = words.ravel()[:n], words.view("u8").ravel()[:n]
    fresh = lambda: cp.random.default_rng(seed)  # noqa: E731
    assert np.array_equal(to_numpy(fresh().bit_generator.random_raw(n)), wide)
    assert np.array_equal(to_numpy(fresh().random(n, dtype="float32")), (flat >> 8).astype("f4") * np.float32(2.0**-24))
    high, low = words.reshape(-1, 2, 2)[..., 0].ravel()[:n], words.reshape(-1, 2, 2)[..., 1].ravel()[:n]
    assert np.array_equal(to_numpy(fresh().random(n)), ((high >> 5).astype(float) * 2**26 + (low >> 6)) * 2.0**-53)
    assert np.array_equal(to_numpy(fresh().integers(0, 2**16, n)), (flat >> 16).astype("i8"))
    assert np.array_equal(to_numpy(fresh().integers(0, 2**48, n)), (wide >> np.uint64(16)).astype("i8"))
    assert np.array_equal(to_numpy(fresh().integers(0, 2**32, n, dtype="uint32")), flat)
    assert fresh().bytes(n) == flat.tobytes()[:n]


def test_places_of_bit_generators():
    """`advance` moves as drawing does, `jumped` gives streams that do not meet, and those of several jumps add up."""
    for cls in ("PCG64", "PCG64DXSM", "Philox"):
        for delta in (0, 1, 2, 7, 2**40):
            a, b = getattr(cp.random, cls)(3), getattr(cp.random, cls)(3)
            assert a.advance(delta) is a
            if delta < 100:
                b.random_raw(delta)
                assert a.state == b.state
            assert a.advance(-2 * ((delta + 1) // 2)).state == getattr(cp.random, cls)(3).state
    for cls in ("PCG64", "PCG64DXSM", "Philox", "MT19937"):
        a = getattr(cp.random, cls)(3)
        x, y, z = (to_numpy(g.random_raw(10_000)) for g in (a.jumped(), a.jumped(2), a))
        assert not np.intersect1d(x, y).size and not np.intersect1d(x, z).size and not np.intersect1d(y, z).size
        b = getattr(cp.random, cls)(3)
        assert b.jumped().jumped().state == b.jumped(2).state and type(b.jumped()) is type(b)
    assert cp.random.Philox(counter=5, key=9).state["state"] == {"key": 9, "block": 5}
    for call in (lambda xp: xp.random.Philox(seed=1, key=2), lambda xp: xp.random.Philox(counter=-1).state):
        _, want = outcome(lambda: call(np))
        _, got = outcome(lambda: call(cp))
        assert type(got) is type(want)
    assert str(outcome(lambda: cp.random.Philox(seed=1, key=2))[1]) == str(outcome(lambda: np.random.Philox(seed=1, key=2))[1])


@pytest.mark.parametrize("cls", CUPYS + NUMPYS)
def test_bit_generators(cls):
    """Each name of CuPy and NumPy gives bits, a state that can be put back, and children."""
    make = getattr(cp.random, cls)
    bits = make(3, size=10) if cls in CUPYS else make(3)
    assert isinstance(bits, cp.random.BitGenerator) and (cls in NUMPYS or bits.generator)
    x = to_numpy(bits.random_raw(100_000))
    assert x.dtype == np.uint64 and x.shape == (100_000,)
    shares = np.unpackbits(x.view("u1").reshape(-1, 8), axis=1).mean(axis=0)
    assert np.all(np.abs(shares - 0.5) < 5 * 0.5 / math.sqrt(100_000))
    assert bits.random_raw(output=False) is None and bits.random_raw().shape == () and bits.random_raw((2, 3)).shape == (2, 3)
    saved = bits.state
    first = to_numpy(bits.random_raw(5))
    bits.state = saved
    assert np.array_equal(to_numpy(bits.random_raw(5)), first)
    again = pickle.loads(pickle.dumps(bits))
    assert type(again) is make and np.array_equal(to_numpy(again.random_raw(5)), to_numpy(bits.random_raw(5)))
    with pytest.raises(ValueError, match="state must be for a"):
        bits.state = {"bit_generator": "other"}
    with pytest.raises(TypeError):
        bits.state = 3
    a, b = bits.spawn(2)
    assert not np.intersect1d(to_numpy(a.random_raw(1000)), to_numpy(b.random_raw(1000))).size
    g = cp.random.Generator(make(5))
    copy = pickle.loads(pickle.dumps(g))
    assert np.array_equal(to_numpy(g.random(5)), to_numpy(copy.random(5)))
    assert len(g.spawn(2)) == 2


def test_states():
    """The state of the module's functions can be read, replaced and put back."""
    before = cp.random.get_random_state()
    try:
        own = cp.random.RandomState(9)
        cp.random.set_random_state(own)
        assert cp.random.get_random_state() is own
        x = to_numpy(cp.random.standard_gamma(2, 5))
        own.seed(9)
        assert np.array_equal(to_numpy(own.standard_gamma(2, 5)), x)
        saved = cp.random.get_state()
        x = to_numpy(cp.random.normal(size=5))
        cp.random.set_state(saved)
        assert np.array_equal(to_numpy(cp.random.normal(size=5)), x)
        copy = pickle.loads(pickle.dumps(own))
        assert np.array_equal(to_numpy(copy.rand(3)), to_numpy(own.rand(3)))
        cp.random.reset_states()
        assert cp.random.get_random_state() is not own
        with pytest.raises(TypeError):
            cp.random.set_random_state(3)
    finally:
        cp.random.set_random_state(before)


def test_names_of_the_module():
    """Further names draw the same, every name is documented, and bytes come on the host."""
    drawn = []
    for name in ("ranf", "sample", "random_sample", "random"):
        cp.random.seed(6)
        drawn.append(to_numpy(getattr(cp.random, name)(3)).tolist())
    assert drawn[0] == drawn[1] == drawn[2] == drawn[3]
    for name in cp.random.__all__:
        assert getattr(cp.random, name).__doc__, name
    b = cp.random.bytes(11)
    assert type(b) is bytes and len(b) == 11 and cp.random.bytes(0) == b"" and cp.random.default_rng(1).bytes(5) != b"\0" * 5


def test_bytes():
    """As many bytes as NumPy gives, for negative numbers too."""
    for make in (lambda xp: xp.random.default_rng(1), lambda xp: xp.random.RandomState(1)):
        for n in (0, 1, 5, 64, 2.5, -1, -2, -3, -6, -7, -8, -100):
            want, want_error = outcome(lambda: len(make(np).bytes(n)))
            got, got_error = outcome(lambda: len(make(cp).bytes(n)))
            if want_error is not None:
                assert_same_error(got_error, want_error, what=n)
            else:
                assert got == want, n


SCRIPT = """
import sys, zlib
import cuprous as cp
r = cp.random.RandomState(5)
draws = [r.rand(300_001), r.randn(200_003), r.gamma(0.5, 2, 200_001), r.poisson(20, 100_001), r.randint(0, 10, 300_001),
         r.permutation(100_001), r.binomial(100, 0.3, 100_001), r.choice(50, 100_001, p=[0.02] * 50), r.dirichlet([1, 2], 50_000)]
print([zlib.crc32(cp.asnumpy(x).tobytes()) for x in draws])
"""


def test_thread_counts():
    """The same numbers come whatever the number of threads."""
    run = lambda n: subprocess.run(  # noqa: E731
        [sys.executable, "-c", SCRIPT], env={**os.environ, "CUPROUS_NUM_THREADS": str(n)}, capture_output=True, text=True, check=True
    ).stdout
    assert run(1) == run(2) == run(5) != ""
