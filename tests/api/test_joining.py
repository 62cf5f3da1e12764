"""Joining and splitting arrays, against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.calls import check_call, source_of
from support.compare import assert_same
from support.values import DTYPES, LAZY_SIZE, values

A = np.arange(6).reshape(2, 3)
B = np.arange(6, 12, dtype="f").reshape(2, 3)
V = np.arange(3, dtype="i")
Z = np.array(5)
E = np.zeros((0, 3))
D = np.arange(24, dtype="F").reshape(2, 3, 4)

JOINING = [
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b)),
    lambda xp, a, b, v, z, e, d: xp.concatenate([a, b], axis=1),
    lambda xp, a, b, v, z, e, d: xp.concatenate([a, b], -1),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, v, z), axis=None),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a.T, b.T), axis=None),
    lambda xp, a, b, v, z, e, d: xp.concatenate((e, a)),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a,)),
    lambda xp, a, b, v, z, e, d: xp.concatenate(d),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, [[7, 8, 9]])),
    lambda xp, a, b, v, z, e, d: xp.concat((a, a[:, ::2]), axis=1),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), dtype="d"),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), dtype="i1"),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), dtype="i1", casting="unsafe"),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), casting="no"),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), out=xp.zeros((4, 3))),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), out=xp.zeros((4, 3), "i")),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), out=xp.zeros((3, 3))),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), out=xp.zeros((4, 3)), dtype="f"),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, v), axis=None, out=xp.zeros(9)),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, v), axis=None, out=xp.zeros((9, 1))),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, v), axis=None, out=xp.zeros(8)),
    lambda xp, a, b, v, z, e, d: xp.concatenate(()),
    lambda xp, a, b, v, z, e, d: xp.concatenate((), axis=None),
    lambda xp, a, b, v, z, e, d: xp.concatenate((z, z)),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, z)),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, v)),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b[:, :2])),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b, d[0])),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), axis=2),
    lambda xp, a, b, v, z, e, d: xp.concatenate((a, b), axis=1.5),
    lambda xp, a, b, v, z, e, d: xp.stack((a, b)),
    lambda xp, a, b, v, z, e, d: xp.stack((a, b), axis=1),
    lambda xp, a, b, v, z, e, d: xp.stack([a, b], axis=-1, dtype="D"),
    lambda xp, a, b, v, z, e, d: xp.stack((z, 2.5)),
    lambda xp, a, b, v, z, e, d: xp.stack(a),
    lambda xp, a, b, v, z, e, d: xp.stack((a, b), axis=1, out=xp.zeros((2, 2, 3))),
    lambda xp, a, b, v, z, e, d: xp.stack((a, b), axis=1, out=xp.zeros((2, 2, 2))),
    lambda xp, a, b, v, z, e, d: xp.stack((a, v)),
    lambda xp, a, b, v, z, e, d: xp.stack(()),
    lambda xp, a, b, v, z, e, d: xp.stack((a, b), axis=3),
    lambda xp, a, b, v, z, e, d: xp.vstack((a, v, [1, 2, 3])),
    lambda xp, a, b, v, z, e, d: xp.vstack((z, 2)),
    lambda xp, a, b, v, z, e, d: xp.vstack((a, b), dtype="d"),
    lambda xp, a, b, v, z, e, d: xp.vstack((a, b), dtype="i"),
    lambda xp, a, b, v, z, e, d: xp.vstack(()),
    lambda xp, a, b, v, z, e, d: xp.hstack((v, v, 3)),
    lambda xp, a, b, v, z, e, d: xp.hstack((a, b)),
    lambda xp, a, b, v, z, e, d: xp.hstack((a, b), dtype="d", casting="safe"),
    lambda xp, a, b, v, z, e, d: xp.hstack((z, z)),
    lambda xp, a, b, v, z, e, d: xp.hstack(()),
    lambda xp, a, b, v, z, e, d: xp.hstack((a, v)),
    lambda xp, a, b, v, z, e, d: xp.dstack((a, b)),
    lambda xp, a, b, v, z, e, d: xp.dstack((v, v)),
    lambda xp, a, b, v, z, e, d: xp.dstack((z, 2.5)),
    lambda xp, a, b, v, z, e, d: xp.dstack((d, d[:, :, :1])),
    lambda xp, a, b, v, z, e, d: xp.column_stack((v, v + 1)),
    lambda xp, a, b, v, z, e, d: xp.column_stack((a.T, v)),
    lambda xp, a, b, v, z, e, d: xp.column_stack((z, 1)),
    lambda xp, a, b, v, z, e, d: xp.column_stack((a, v)),
    lambda xp, a, b, v, z, e, d: xp.append(a, 7),
    lambda xp, a, b, v, z, e, d: xp.append(a, b),
    lambda xp, a, b, v, z, e, d: xp.append(a, [[1, 2, 3]], axis=0),
    lambda xp, a, b, v, z, e, d: xp.append(a, v, axis=0),
    lambda xp, a, b, v, z, e, d: xp.append(v, 2.5),
    lambda xp, a, b, v, z, e, d: xp.block([[a, b], [b, a]]),
    lambda xp, a, b, v, z, e, d: xp.block([a, b]),
    lambda xp, a, b, v, z, e, d: xp.block([v, 5, z]),
    lambda xp, a, b, v, z, e, d: xp.block([[v], [v]]),
    lambda xp, a, b, v, z, e, d: xp.block([[[a]], [[b]]]),
    lambda xp, a, b, v, z, e, d: xp.block([[d, d]]),
    lambda xp, a, b, v, z, e, d: xp.block(a),
    lambda xp, a, b, v, z, e, d: xp.block(3.5),
    lambda xp, a, b, v, z, e, d: xp.block([[a, b], [v, 7]]),
    lambda xp, a, b, v, z, e, d: xp.block([[a, 1]]),
    lambda xp, a, b, v, z, e, d: xp.block([]),
    lambda xp, a, b, v, z, e, d: xp.block([[], []]),
    lambda xp, a, b, v, z, e, d: xp.block([[1], []]),
    lambda xp, a, b, v, z, e, d: xp.block([1, [2]]),
    lambda xp, a, b, v, z, e, d: xp.block((1, 2)),
    lambda xp, a, b, v, z, e, d: xp.block([(1, 2)]),
]

SPLITTING = [
    lambda xp, a, b, v, z, e, d: xp.split(a, 2),
    lambda xp, a, b, v, z, e, d: xp.split(a, 3, axis=1),
    lambda xp, a, b, v, z, e, d: xp.split(d, [1, 3], axis=-1),
    lambda xp, a, b, v, z, e, d: xp.split(v, np.array([1, 2])),
    lambda xp, a, b, v, z, e, d: xp.split(v, (0, 0, 5, -1)),
    lambda xp, a, b, v, z, e, d: xp.split(v, []),
    lambda xp, a, b, v, z, e, d: xp.split(a, 4),
    lambda xp, a, b, v, z, e, d: xp.split(a, 0),
    lambda xp, a, b, v, z, e, d: xp.split(a, -1),
    lambda xp, a, b, v, z, e, d: xp.split(a, 2, axis=3),
    lambda xp, a, b, v, z, e, d: xp.split(z, 1),
    lambda xp, a, b, v, z, e, d: xp.split(a, [[1]]),
    lambda xp, a, b, v, z, e, d: xp.array_split(d, 3, axis=2),
    lambda xp, a, b, v, z, e, d: xp.array_split(v, 5),
    lambda xp, a, b, v, z, e, d: xp.array_split(v, 0),
    lambda xp, a, b, v, z, e, d: xp.array_split(v, -2),
    lambda xp, a, b, v, z, e, d: xp.hsplit(a, 3),
    lambda xp, a, b, v, z, e, d: xp.hsplit(v, 3),
    lambda xp, a, b, v, z, e, d: xp.hsplit(z, 1),
    lambda xp, a, b, v, z, e, d: xp.vsplit(a, 2),
    lambda xp, a, b, v, z, e, d: xp.vsplit(v, 3),
    lambda xp, a, b, v, z, e, d: xp.dsplit(d, [1]),
    lambda xp, a, b, v, z, e, d: xp.dsplit(a, 3),
    lambda xp, a, b, v, z, e, d: xp.unstack(a),
    lambda xp, a, b, v, z, e, d: xp.unstack(d, axis=-1),
    lambda xp, a, b, v, z, e, d: xp.unstack(v),
    lambda xp, a, b, v, z, e, d: xp.unstack(z),
    lambda xp, a, b, v, z, e, d: xp.unstack(a, axis=2),
]


@pytest.mark.parametrize("call", JOINING + SPLITTING, ids=source_of)
def test_table(call):
    """Each call gives NumPy's arrays or NumPy's exception."""
    check_call(call, (A, B, V, Z, E, D), source_of(call))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    """Any two dtypes are joined in the one that holds both."""
    for other in DTYPES:
        a, b = values("any", dtype, 7), values("small_int", other, 5)
        if np.dtype(other).kind == "u" or dtype in "BHIL":
            b = values("positive", other, 5)
        assert_same(cp.concatenate((cp.asarray(a), cp.asarray(b))), np.concatenate((a, b)), what=f"{dtype} {other}")


def test_memory_order():
    """The result lies as its pieces lie."""
    a = values("any", "f", (4, 5))
    x = cp.asarray(a)
    for axis in (0, 1):
        assert_same(cp.concatenate((x, x), axis), np.concatenate((a, a), axis), strides=True)
        assert_same(cp.concatenate((x.T, x.T), axis), np.concatenate((a.T, a.T), axis), strides=True)
        assert_same(cp.stack((x.T, x.T), axis), np.stack((a.T, a.T), axis), strides=True)


@pytest.mark.parametrize("n", [5, 9000])
def test_pieces_in_one_launch(n):
    """Pieces that are computed go to their places together: many, empty, of several dtypes and layouts, interleaved or not."""
    a, b = values("moderate", "f", (n, 3)), values("small_int", "i", (n, 3))
    x, y = cp.asarray(a), cp.asarray(b)
    for call in (
        lambda xp, a, b: xp.stack((a, b), axis=-1),
        lambda xp, a, b: xp.stack((a, a, a[::-1]), axis=-1),
        lambda xp, a, b: xp.stack((a, b, a) * 7, axis=-1),
        lambda xp, a, b: xp.stack((a.T, b.T), axis=-1),
        lambda xp, a, b: xp.stack((a.T, b.T), axis=1),
        lambda xp, a, b: xp.concatenate((a[:, :1], b[:, 1:2]), axis=1),
        lambda xp, a, b: xp.concatenate((a[:, :1], b, a[:, :0]), axis=1),
        lambda xp, a, b: xp.concatenate((a[:0], b[::-1], a[1:], a[:0])),
        lambda xp, a, b: xp.concatenate((a[:2], b[:3], a, b[:1]), dtype="d"),
        lambda xp, a, b: xp.concatenate((xp.broadcast_to(a[:1], a.shape), b)),
        lambda xp, a, b: xp.concatenate((a[:0], b[:0])),
        lambda xp, a, b: xp.column_stack((a[:, 0], b[:, 1], a[:, 2])),
        lambda xp, a, b: xp.dstack((a, a)),
    ):
        assert_same(call(cp, x, y), call(np, a, b), what=source_of(call), strides=True)


def test_pending_pieces():
    """Values that wait are computed into their places, and later writes do not reach the result."""
    a = values("moderate", "f", LAZY_SIZE)
    x = cp.asarray(a)
    got = cp.concatenate((x + 1, x * 2, x))
    x[...] = 0
    assert_same(got, np.concatenate((a + 1, a * 2, a)))


def test_parts_are_views():
    """Splitting copies nothing."""
    x = cp.arange(12).reshape(3, 4).copy()
    for parts in (cp.split(x, 2, axis=1), cp.unstack(x, axis=1), cp.array_split(x, 2)):
        assert all(p.base is x for p in parts)
    cp.split(x, 2, axis=1)[1][...] = -1
    assert_same(x, np.array([[0, 1, -1, -1], [4, 5, -1, -1], [8, 9, -1, -1]]))


def test_what_is_no_sequence():
    """One number cannot be joined, and host arrays are not moved."""
    for function in (cp.concatenate, cp.stack, cp.vstack, cp.hstack, cp.dstack, cp.column_stack):
        with pytest.raises(TypeError):
            function(3)
        with pytest.raises(TypeError):
            function((np.ones(2), np.ones(2)))
    with pytest.raises(TypeError):
        cp.block([[np.ones(2)]])
