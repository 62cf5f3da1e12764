"""Distinct elements, membership and set operations against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.calls import assert_same_results, check_call, source_of
from support.compare import assert_same
from support.values import LAYOUTS, OTHER, laid_out

DTYPES = "?bBhHiIlLefdFD"
SHAPES = [(0,), (1,), (2,), (40,), (7, 9), (3000,), (20_000,)]


def elements(dtype, shape, *key, nan=True):
    """Few distinct elements with repetitions, NaN among them; no zeros of different signs, of which either may stay."""
    rng = np.random.default_rng([ord(dtype), *shape, *key])
    n = int(np.prod(shape))
    if dtype == "?":
        return rng.integers(0, 2, shape).astype(dtype)
    x = rng.integers(0, 60, n).astype(dtype)
    if dtype in "FD":
        x = x + 1j * rng.integers(0, 3, n).astype(dtype)
    if dtype in "efdFD" and nan and n > 10:
        x[rng.integers(0, n, n // 10)] = np.nan
        if dtype in "FD":
            # Of NaN that differ any one may stay.
            x[np.isnan(x)] = complex(np.nan, np.nan)
    return x.astype(dtype).reshape(shape)


@pytest.mark.parametrize("dtype", DTYPES)
def test_unique(dtype):
    """Elements, first places, numbers and counts, in every combination."""
    for shape in SHAPES:
        x = elements(dtype, shape)
        y = cp.asarray(x)
        for k in range(8):
            words = dict(return_index=bool(k & 1), return_inverse=bool(k & 2), return_counts=bool(k & 4))
            assert_same_results(cp.unique(y, **words), np.unique(x, **words), f"{shape} {words}")
        # Without indices NumPy's distinct NaN are in no order, but then all are NaN.
        assert_same_results(cp.unique(y, return_counts=True, equal_nan=False), np.unique(x, return_counts=True, equal_nan=False), f"{shape}") if dtype not in "FD" else None


@pytest.mark.parametrize("dtype", "?biefdD")
def test_unique_parts(dtype):
    """Rows, columns and planes compared as wholes."""
    rng = np.random.default_rng(5)
    for shape in ((12, 3), (3, 12), (6, 2, 2), (30,), (0, 3), (5, 1)):
        x = rng.integers(0, 2, shape).astype(dtype)
        for axis in range(-len(shape), len(shape)):
            for words in ({}, dict(return_index=True, return_inverse=True, return_counts=True)):
                check_call(lambda xp, a: xp.unique(a, axis=axis, **words), [x], f"{shape} {axis}")


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_layouts(layout):
    """Places count in C order, whatever the layout."""
    a, x = laid_out(layout, "small_int", "i", "unique")
    got = cp.unique(x, return_index=True, return_inverse=True, return_counts=True)
    assert_same_results(got, np.unique(a, return_index=True, return_inverse=True, return_counts=True), layout)


@pytest.mark.parametrize("dtype", "?bld")
def test_array_api(dtype):
    """The functions of the array API and the names of their results."""
    for shape in ((30,), (4, 9), (0,), ()):
        x = np.asarray(elements(dtype, shape, nan=False))
        y = cp.asarray(x)
        for name in ("unique_all", "unique_counts", "unique_inverse"):
            got, want = getattr(cp, name)(y), getattr(np, name)(x)
            assert got._fields == want._fields
            assert_same_results(tuple(got), tuple(want), f"{name} {shape}")
        assert_same(cp.unique_values(y), np.sort(np.unique_values(x)))
    nan = np.asarray([1.0, np.nan, np.nan])
    assert_same(cp.unique_values(cp.asarray(nan)), np.sort(np.unique_values(nan)))


@pytest.mark.parametrize("dtypes", ["ll", "bl", "ld", "dd", "fd", "DD", "??", "eB", "LL"])
def test_two_sets(dtypes):
    """What two arrays have in common, and what not."""
    for shapes in (((40,), (30,)), ((5, 6), (2, 3, 4)), ((0,), (9,)), ((9,), (0,)), ((0,), (0,)), ((5000,), (3000,))):
        a, b = elements(dtypes[0], shapes[0], 1), elements(dtypes[1], shapes[1], 2)
        for name in ("intersect1d", "union1d", "setdiff1d", "setxor1d", "isin"):
            check_call(lambda xp, a, b: getattr(xp, name)(a, b), [a, b], f"{name} {dtypes} {shapes}")
        check_call(lambda xp, a, b: xp.isin(a, b, invert=True), [a, b])
        check_call(lambda xp, a, b: xp.isin(a, b, assume_unique=True, kind="sort"), [np.unique(a), np.unique(b)])
        assert_same(cp.in1d(cp.asarray(a), cp.asarray(b)), np.isin(a, b).reshape(-1))
        assert_same(cp.in1d(cp.asarray(a), cp.asarray(b), invert=True), np.isin(a, b, invert=True).reshape(-1))
        if not np.isnan(a).any() and not np.isnan(b).any():
            check_call(lambda xp, a, b: xp.intersect1d(a, b, return_indices=True), [a, b], f"{dtypes} {shapes}")
            a, b = np.unique(a)[::-1].copy(), np.unique(b)[::-1].copy()
            for name in ("setdiff1d", "setxor1d"):
                check_call(lambda xp, a, b: getattr(xp, name)(a, b, assume_unique=True), [a, b], f"{name} {dtypes} {shapes}")
            check_call(lambda xp, a, b: xp.intersect1d(a, b, assume_unique=True, return_indices=True), [a, b], f"{dtypes} {shapes}")


@pytest.mark.parametrize("dtype", "?bHlLefdD")
def test_isin_of_many(dtype):
    """Among many others, with NaN, which is equal to nothing, and zeros of both signs."""
    a, b = elements(dtype, (3, 7000), 1), elements(dtype, (9000,), 2)
    if np.dtype(dtype).kind in "fc":
        a[:, :3] = np.array([np.nan, 0.0, -0.0]).astype(dtype)
        b[:2] = np.array([np.nan, -0.0]).astype(dtype)
    for invert in (False, True):
        assert_same(cp.isin(cp.asarray(a), cp.asarray(b), invert=invert), np.isin(a, b, invert=invert), what=dtype)


CALLS = [
    lambda xp, a: xp.unique(a, axis=2),
    lambda xp, a: xp.unique(a, axis=-3),
    lambda xp, a: xp.unique(3),
    lambda xp, a: xp.unique(3, return_inverse=True),
    lambda xp, a: xp.unique([3, 1, 3]),
    lambda xp, a: xp.unique(a, sorted=True),
    lambda xp, a: xp.isin(a, [1, 2]),
    lambda xp, a: xp.isin(2, a),
    lambda xp, a: xp.isin(a, 2),
    lambda xp, a: xp.isin(a, [], invert=True),
    lambda xp, a: xp.isin(a, a, kind="foo"),
    lambda xp, a: xp.isin(a, a, kind="table"),
    lambda xp, a: xp.isin(a.astype("d"), a, kind="table"),
    lambda xp, a: xp.union1d([1, 2], [2.5, 2]),
]


@pytest.mark.parametrize("dtype", "bBhHiIlL")
def test_isin_at_the_ends_of_a_dtype(dtype):
    """Elements near each other are looked up in a table, which must not take in what lies beyond its ends."""
    info = np.iinfo(dtype)
    ends = [info.min, info.min + 1, info.min + 3, info.max // 2, info.max - 3, info.max - 1, info.max]
    values = np.array(ends * 40, dtype)
    for tests in (ends[:2], ends[1:3], ends[3:4], ends[4:6], ends[-2:], ends[:1] + ends[-1:]):
        tests = np.array(tests, dtype)
        assert_same(cp.isin(cp.asarray(values), cp.asarray(tests)), np.isin(values, tests), what=tests.tolist())


@pytest.mark.parametrize("call", CALLS, ids=lambda c: None)
def test_calls(call):
    """Arguments, good and bad ones."""
    check_call(call, [np.arange(12).reshape(3, 4) % 5], source_of(call))
