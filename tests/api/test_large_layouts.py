"""Arrays large enough for the kernels that only those get: tiles of transposed operands, short rows, long scans.

Elements are small integers, so that sums are exact in any order.
"""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy

DTYPES = ["int8", "float16", "float32", "float64", "complex64", "complex128"]


def numbers(shape, dtype, low=-2, high=3):
    return np.random.default_rng([*shape]).integers(low, high, shape).astype(dtype)


def both(x):
    return cp.asarray(x), x


PERMUTED = [((515, 517), (1, 0)), ((1024, 512), (1, 0)), ((3, 100_003), (1, 0)), ((100_003, 3), (1, 0)), ((20, 18_001), (1, 0)), ((18_001, 33), (1, 0)),
            ((5, 230, 231), (0, 2, 1)), ((67, 61, 71), (2, 1, 0)), ((65, 20, 30, 7), (3, 0, 2, 1)), ((65, 20, 30, 7), (0, 3, 1, 2))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape,axes", PERMUTED)
def test_permuted_copies(shape, axes, dtype):
    x, n = both(numbers(shape, dtype))
    for pick in [np.s_[...], np.s_[..., ::-1], np.s_[1:, ..., 1:], np.s_[..., ::2]]:
        assert_same(x[pick].transpose(axes).copy(order="C"), n[pick].transpose(axes).copy(order="C"), what=str(pick))


@pytest.mark.parametrize("dtype", DTYPES)
def test_transposed_operands(dtype):
    x, n = both(numbers((601, 601), dtype))
    for f in [lambda a: a + a.T, lambda a: a.T * a[0] - a, lambda a: a[:, :1] + a.T + a, lambda a: (a == a.T) | (a.T[::-1] == a)]:
        assert_same(f(x), f(n))
    for a in (x, n):
        a[...] = a + a[::-1].T
    assert_same(x, n)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [100_003, 262_145])
def test_long_dense_arrays(n, dtype):
    x, e = both(numbers((n,), dtype))
    for f in [lambda a: a + a, lambda a: a[1:] + a[:-1], lambda a: a[::2] + a[::-2], lambda a: a[::-1].copy(), lambda a: a.astype("complex128"),
              lambda a: a == a[0], lambda a: a + a[5]]:
        assert_same(f(x), f(e))


@pytest.mark.parametrize("dtype", ["int8", "float32", "float64", "float16"])
@pytest.mark.parametrize("n", [2, 3, 7, 8, 17, 64, 100, 101, 127])
def test_short_rows(n, dtype):
    x, e = both(numbers((300_001 // n + 1, n), dtype))
    for view in [np.s_[:], np.s_[1:]]:
        for f in [lambda a: a.sum(axis=1), lambda a: a.argmax(axis=1), lambda a: a.argmin(axis=1), lambda a: a.max(axis=1), lambda a: (a > 1).any(axis=1)]:
            assert_same(f(x[view]), f(e[view]))


@pytest.mark.parametrize("shape,axis", [((2_000_003,), 0), ((1, 700_001), 1), ((700, 2001), 1), ((2001, 700), 0)])
def test_places_and_truths(shape, axis):
    e = numbers(shape, "float32", -1000, 1000)
    for at in [None, 0, 12_345, -1]:
        for value in [np.nan, 5000.0]:
            n = e.copy()
            if at is not None:
                n.ravel()[at] = value
            x = cp.asarray(n)
            for f in [lambda a: a.argmax(axis=axis), lambda a: a.argmin(axis=axis), lambda a: (a > 2000).any(axis=axis), lambda a: (a < 2000).all(axis=axis)]:
                assert_same(f(x), f(n))
            assert_same(cp.count_nonzero(x > 2000), np.asarray(np.count_nonzero(n > 2000)))


@pytest.mark.parametrize("dtype", ["int8", "float32", "float64", "complex128"])
@pytest.mark.parametrize("shape,axis", [((4095,), 0), ((4097,), 0), ((300_001,), 0), ((4_400_001,), 0), ((3, 90_001), 1), ((5000, 70), 0), ((66_001, 3), 0),
                                        ((20_001, 65), 0), ((3, 7000, 20), 1), ((600, 3000), 1), ((17, 40_000), 0)])
def test_long_scans(shape, axis, dtype):
    x, e = both(numbers(shape, dtype))
    assert_same(x.cumsum(axis=axis), e.cumsum(axis=axis))


@pytest.mark.parametrize("shape,axis", [((3_000_001,), 0), ((30_001, 70), 0)])
def test_scans_repeat_their_bits(shape, axis):
    x = cp.asarray(np.random.default_rng(1).normal(size=shape).astype("float32"))
    first = to_numpy(x.cumsum(axis=axis)).tobytes()
    assert all(to_numpy(x.cumsum(axis=axis)).tobytes() == first for _ in range(20))


def test_results_keep_the_order_of_memory():
    """Sums and running sums lie in memory as their operand does, as NumPy's do; a scan along what lies far apart is then still
    one pass."""
    a = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    layouts = [a[0, 0], a[0, 0].T, a[0], a[0].T, a[0].transpose(1, 0, 2), a[0, :, ::2], a[0].T[::-1], a.transpose(2, 0, 3, 1), a[0, :1], a[:, :0]]
    layouts += [np.broadcast_to(a[0, 0, 0], (4, 5)), np.broadcast_to(a[0, 0, :, :1], (4, 5)), np.asfortranarray(a)]
    for source in layouts:
        base = source if source.base is None else source.base
        while base.base is not None:
            base = base.base
        x = cp.asarray(base.ravel(order="K"))
        offset = (source.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 8 if source.size else 0
        x = cp.lib.stride_tricks.as_strided(x[offset:] if source.size else x, source.shape, source.strides)
        for axis in range(source.ndim):
            for work in (
                lambda xp, v: xp.cumsum(v, axis=axis), lambda xp, v: xp.subtract.accumulate(v, axis=axis), lambda xp, v: xp.sum(v, axis=axis),
                lambda xp, v: xp.mean(v, axis=axis), lambda xp, v: xp.argmax(v, axis=axis) if v.size else v, lambda xp, v: xp.any(v, axis=axis),
                lambda xp, v: xp.sum(v, axis=tuple(range(axis))),
            ):
                want, got = work(np, source), work(cp, x)
                if not isinstance(want, np.ndarray):
                    continue
                assert_same(got, want)
                # Strides along axes of length 1 mean nothing.
                steps = [(g, w) for g, w, n in zip(got.strides, want.strides, want.shape) if n > 1]
                assert not want.size or all(g == w for g, w in steps), (source.shape, source.strides, axis, got.strides, want.strides)
