"""Arrays large enough for the kernels that only those get: tiles of transposed operands, short rows, long scans.

Elements are small integers, so that sums are exact in any order.
"""

import os
import subprocess
import sys

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy

DTYPES = ["int8", "float16", "float32", "float64", "complex64", "complex128"]


def numbers(shape, dtype, low=-2, high=3):
    return np.random.default_rng([*shape]).integers(low, high, shape).astype(dtype)


def both(x):
    return cp.asarray(x), x


MEANWHILE = """
import time
import cuprous as cp, numpy as np
rng = np.random.default_rng(1)
for dtype in ("float16", "float32"):
    x = cp.asarray(rng.normal(size=(1200, 1003)).astype(dtype))
    t = cp.asarray(rng.normal(size=(400_000, 3)).astype(dtype))
    s = cp.asarray(rng.normal(size=(40, 90, 100)).astype(dtype))
    for f in (lambda: x[1:, 1:].sum(axis=1), lambda: x[:, ::2].sum(axis=1), lambda: x[1:, 1:].sum(axis=0), lambda: t.sum(axis=1), lambda: s.sum(axis=(0, 2)),
              lambda: s.sum(axis=1), lambda: x[1:, 1:] * x[:-1, :-1], lambda: t.cumsum(axis=1), lambda: x[1:, 1:].argmax(axis=1)):
        found = set()
        for _ in range(12):
            found.add(cp.asnumpy(f()).tobytes())
            time.sleep(0.01)
        print(len(found))
"""


def test_kernels_that_stand_in_give_the_same_bits():
    """Those for how an array lies are compiled while others run."""
    environment = {k: v for k, v in os.environ.items() if k != "CUPROUS_COMPILE"}
    run = subprocess.run([sys.executable, "-c", MEANWHILE], env=environment, capture_output=True, text=True)
    assert run.stdout.split() == ["1"] * 18, run.stdout + run.stderr


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


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float16", "float32", "complex64"])
@pytest.mark.parametrize("rows,n", [(1_200_003, 3), (2_200_001, 2), (1_100_001, 8), (70_001, 50), (9_001, 300)])
def test_very_many_short_rows(rows, n, dtype):
    """Blocks that take several rounds of rows; maps of one and of two operands."""
    x, e = both(numbers((rows, n), dtype, 0, 3))
    for f in [lambda a: a.sum(axis=1), lambda a: a.argmax(axis=1), lambda a: (a == 1).sum(axis=1), lambda a: (a != a[::-1]).any(axis=1),
              lambda a: (a * a).max(axis=1), lambda a: a[1:].min(axis=1)]:
        assert_same(f(x), f(e))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape,axis", [((40, 70, 100), (0, 2)), ((40, 50, 136), (0, 2)), ((41, 60, 130), (0, 2)), ((33, 90, 101), (0, 2)),
                                        ((30, 7, 20, 64), (0, 2, 3)), ((90, 30, 100), 1), ((3001, 517), 0), ((20_001, 24), 0), ((5, 700, 101), (0, 1)),
                                        ((300, 1004), 1), ((70, 4100), 1)])
def test_reductions_of_several_axes(shape, axis, dtype):
    x, e = both(numbers(shape, dtype, 0 if dtype in ("bool", "uint16") else -2))
    for view in [np.s_[...], np.s_[..., 4:], np.s_[1:, ..., 1:]]:
        for f in [lambda a: a.sum(axis=axis), lambda a: a.max(axis=axis), lambda a: (a > 0).sum(axis=axis), lambda a: (a + a[..., :1]).min(axis=axis)]:
            assert_same(f(x[view]), f(e[view]), what=str(view))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "float16", "float32"])
def test_rows_that_begin_anywhere(dtype):
    """Small elements whose rows begin at no multiple of a vector, as operands and as what is written."""
    x, e = both(numbers((701, 1003), dtype, 0, 3))
    for f in [lambda a: a[1:, 1:].copy(), lambda a: a[1:, 3:] + a[:-1, :-3], lambda a: a[:, 5:] * a[0, 5:], lambda a: a[2:, 1:-1] + a[2:, :1], lambda a: a + a[0],
              lambda a: a[1:] == a[:-1], lambda a: a[:, 7:].astype("float16"), lambda a: a[:, 7:].astype("int8"), lambda a: a.ravel()[1:] + a.ravel()[:-1],
              lambda a: a.ravel()[3:].copy(), lambda a: a[:-1, :37].copy(), lambda a: a[1:, 1:] * a[1:, 1:] + a[1:, 1:] + a[:-1, :-1]]:
        assert_same(f(x), f(e))
    for a in (x, e):
        a[1:, 1:] += a[0, 1:]
        a[3:, 2:-1] = a[:-3, 3:]
        a[::2, 1:] = a[0, 2]
        a.ravel()[7:300_000] *= a.ravel()[400_107:700_100]
    assert_same(x, e)


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


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("n", [2, 3, 4, 7, 8, 13, 16])
def test_scans_of_short_lines(n, dtype):
    x, e = both(numbers((100_003, n), dtype, 0, 3))
    for view in [np.s_[:], np.s_[1:], np.s_[::-1], np.s_[:, 1:]]:
        assert_same(x[view].cumsum(axis=1), e[view].cumsum(axis=1))
        assert_same(x[view].cumprod(axis=1), e[view].cumprod(axis=1))
    assert_same(cp.maximum.accumulate(x[1:], axis=1), np.maximum.accumulate(e[1:], axis=1))


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "complex64"])
@pytest.mark.parametrize("shape", [(70, 10_000), (70, 10_002), (600, 1100), (3000, 100), (3000, 101), (3000, 98)])
def test_scans_of_rows_as_they_lie(shape, dtype):
    """Rows that begin at multiples of 16, 8, 4 and 2 bytes or at none, and end within a vector; repeated rows and columns."""
    x, e = both(numbers(shape, dtype))
    for view in [np.s_[...], np.s_[:, 2:], np.s_[:, 1:-1], np.s_[1:]]:
        assert_same(x[view].cumsum(axis=1), e[view].cumsum(axis=1))
    for make in [lambda xp, a: xp.broadcast_to(a[0], (300, a.shape[1])), lambda xp, a: xp.broadcast_to(a[:, :1], (a.shape[0], 300))]:
        for axis in (0, 1):
            assert_same(make(cp, x).cumsum(axis=axis), make(np, e).cumsum(axis=axis))


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
