"""Truth of comparison, sorts of numbers and bounds, against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.calls import check_call, source_of
from support.compare import ZEROS_ALIKE, assert_same
from support.values import DTYPES, LAZY_SIZE, values

NAN, INF = np.nan, np.inf
X = np.array([1.0, NAN, INF, -INF, 0.0, 1e-9, -3.0])
Y = np.array([1.0 + 1e-9, NAN, INF, INF, 1e-9, 0.0, -3.1])
F = X.astype("f")
I = np.array([[1, 2], [3, -4]])
C = np.array([1 + 1e-9j, NAN + 1j, 3j, 2, INF])
U = np.array([0, 3, 250], "u1")
S = np.array([-128, 5, 127], "i1")
B = np.array([True, False])

TABLE = [
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, y),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, y, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, y, 0, 0),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, y, rtol=0.1),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, y, atol=xp.full(7, 0.2)),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(f, y),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(f, f + 1e-7),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(f, 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(1, f),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(f, np.float64(1)),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(i, i + 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(i, 2),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(i, True),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(i, NAN, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(i, INF),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(c, c * (1 + 1e-7)),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(c, c, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(u, s),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(s, xp.full(3, -128, "i1")),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(b, b),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(1.0, 1.0 + 1e-9),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose([1, 2], i),
    lambda xp, x, y, f, i, c, u, s, b: xp.isclose(x, i),
    lambda xp, x, y, f, i, c, u, s, b: xp.allclose(x, y),
    lambda xp, x, y, f, i, c, u, s, b: xp.allclose(x, x, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.allclose(i, i + 1e-9),
    lambda xp, x, y, f, i, c, u, s, b: xp.allclose([], []),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(i, i),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(x, x),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(x, f, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(c, c, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(i, i[0]),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal(u, u, equal_nan=True),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equal([], []),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equiv(i[0], xp.stack((i[0], i[0]))),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equiv(i, x),
    lambda xp, x, y, f, i, c, u, s, b: xp.array_equiv(i, 1),
    lambda xp, x, y, f, i, c, u, s, b: [xp.iscomplex(a) for a in (x, i, c, b)],
    lambda xp, x, y, f, i, c, u, s, b: [xp.isreal(a) for a in (x, i, c, b)],
    lambda xp, x, y, f, i, c, u, s, b: [(xp.iscomplexobj(a), xp.isrealobj(a)) for a in (x, i, c, b, 3, 1j, [1j])],
    lambda xp, x, y, f, i, c, u, s, b: [xp.isscalar(a) for a in (x, 3, 2.5, 1j, True, np.float32(1), "word", [1], (2,), None, xp.array(1))],
    lambda xp, x, y, f, i, c, u, s, b: [xp.isneginf(a) for a in (x, f)],
    lambda xp, x, y, f, i, c, u, s, b: [xp.isposinf(a) for a in (x, f)],
    lambda xp, x, y, f, i, c, u, s, b: xp.isposinf(x, xp.zeros(7, bool)),
    lambda xp, x, y, f, i, c, u, s, b: xp.isneginf(i),
    lambda xp, x, y, f, i, c, u, s, b: xp.isneginf(c),
    lambda xp, x, y, f, i, c, u, s, b: xp.real_if_close(c),
    lambda xp, x, y, f, i, c, u, s, b: xp.real_if_close(c[3:] + 1e-15j),
    lambda xp, x, y, f, i, c, u, s, b: xp.real_if_close(c[:1], tol=1e-6),
    lambda xp, x, y, f, i, c, u, s, b: xp.real_if_close(x),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(x, -1, 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, 0, None),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, None, 0.5),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, max=2, min=1),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, 2, 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, np.float64(0), 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(x, NAN, 1),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, 0, 2.5),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, xp.asarray([0, 3]), xp.asarray([[2], [9]])),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, [0, 3], None),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(u, -5, 300),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(u, 2, 300),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(u, 300, 400),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(u, None, -3),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(s, -200, 100),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, 0, 1, min=2),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, 0, 1, out=xp.zeros((2, 2))),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(x, 0, 1, out=xp.zeros(7, "i")),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(x, 0, 1, out=xp.zeros(7), where=x < 2),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(f, 0, 1, dtype="d"),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(b, False, True),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(b, 0, 5),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(c, 1, 3j),
    lambda xp, x, y, f, i, c, u, s, b: i.clip(0, 2),
    lambda xp, x, y, f, i, c, u, s, b: i.clip(max=2),
    lambda xp, x, y, f, i, c, u, s, b: xp.clip(i, xp.zeros(3), 5),
]


@pytest.mark.filterwarnings("ignore:.*invalid value.*:RuntimeWarning")
@pytest.mark.parametrize("call", TABLE, ids=source_of)
def test_table(call):
    """Each call gives NumPy's truth or NumPy's exception; what is a truth value there may be an array without axes."""
    with np.errstate(all="ignore"):
        check_call(call, (X, Y, F, I, C, U, S, B), source_of(call))


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "?"])
def test_clip_dtypes(dtype):
    """Bounds that are Python numbers keep the dtype; arrays as bounds promote. Of equal zeros NumPy takes either."""
    a = values("moderate", dtype, 600)
    x = cp.asarray(a)
    assert_same(cp.clip(x, 1, 5), np.clip(a, 1, 5), ZEROS_ALIKE)
    for other in "bHfd":
        low, high = values("small_int", other, 600, 1), values("small_int", other, 600, 2)
        low, high = np.abs(low), np.abs(high)
        assert_same(cp.clip(x, cp.asarray(low), cp.asarray(high)), np.clip(a, low, high), ZEROS_ALIKE, f"{dtype} {other}")


def test_pending_values():
    """Values that wait are compared as they are."""
    a = values("moderate", "f", LAZY_SIZE)
    x = cp.asarray(a)
    got = cp.isclose(x + 1, x + 1.001, rtol=1e-4), cp.clip(x * 2, -1, 1)
    x[...] = 0
    want = np.isclose(a + 1, a + np.float32(1.001), rtol=1e-4), np.clip(a * 2, -1, 1)
    for g, w in zip(got, want):
        assert_same(g, w)
