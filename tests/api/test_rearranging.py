"""Elements in another order, repeated, padded, put in and left out, against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.calls import check_call, source_of
from support.compare import assert_same
from support.values import LAZY_SIZE, values

A = np.arange(6).reshape(2, 3)
V = np.arange(5, dtype="f")
Z = np.array(5)
D = np.arange(24, dtype="i").reshape(2, 3, 4)
E = np.zeros((0, 3))
U = np.array([3, 250, 7, 9], "u1")

TABLE = [
    lambda xp, a, v, z, d, e, u: xp.flip(a),
    lambda xp, a, v, z, d, e, u: xp.flip(d, (0, -1)),
    lambda xp, a, v, z, d, e, u: xp.flip(d, 1),
    lambda xp, a, v, z, d, e, u: xp.flip(d, (1, 1)),
    lambda xp, a, v, z, d, e, u: xp.flip(d, 3),
    lambda xp, a, v, z, d, e, u: xp.flip(z),
    lambda xp, a, v, z, d, e, u: xp.fliplr(a),
    lambda xp, a, v, z, d, e, u: xp.fliplr(v),
    lambda xp, a, v, z, d, e, u: xp.flipud(v),
    lambda xp, a, v, z, d, e, u: xp.flipud(z),
    lambda xp, a, v, z, d, e, u: [xp.rot90(d, k) for k in range(-5, 6)],
    lambda xp, a, v, z, d, e, u: [xp.rot90(d, k, axes=(2, 0)) for k in range(4)],
    lambda xp, a, v, z, d, e, u: xp.rot90(d, 1, (-1, 2)),
    lambda xp, a, v, z, d, e, u: xp.rot90(d, 1, (0, 0)),
    lambda xp, a, v, z, d, e, u: xp.rot90(d, 1, (0, 5)),
    lambda xp, a, v, z, d, e, u: xp.rot90(d, 1, (0, 1, 2)),
    lambda xp, a, v, z, d, e, u: [xp.roll(v, s) for s in (-12, -5, -1, 0, 2, 5, 7)],
    lambda xp, a, v, z, d, e, u: xp.roll(d, 5),
    lambda xp, a, v, z, d, e, u: xp.roll(d, (1, -1), axis=(0, 2)),
    lambda xp, a, v, z, d, e, u: xp.roll(d, 1, axis=(0, 1, 2)),
    lambda xp, a, v, z, d, e, u: xp.roll(d, (1, 2), axis=1),
    lambda xp, a, v, z, d, e, u: xp.roll(d, (1, 2), axis=(1, 1)),
    lambda xp, a, v, z, d, e, u: xp.roll(d, (1, 2)),
    lambda xp, a, v, z, d, e, u: xp.roll(e, 1, axis=0),
    lambda xp, a, v, z, d, e, u: xp.roll(z, 1),
    lambda xp, a, v, z, d, e, u: xp.roll(d, 1, axis=3),
    lambda xp, a, v, z, d, e, u: xp.roll(d, (1, 2), axis=(0, 1, 2)),
    lambda xp, a, v, z, d, e, u: [xp.rollaxis(d, k, s) for k in range(-3, 3) for s in range(-3, 4)],
    lambda xp, a, v, z, d, e, u: xp.rollaxis(d, 0, 5),
    lambda xp, a, v, z, d, e, u: xp.rollaxis(d, 4),
    lambda xp, a, v, z, d, e, u: xp.matrix_transpose(d),
    lambda xp, a, v, z, d, e, u: xp.matrix_transpose(v),
    lambda xp, a, v, z, d, e, u: xp.permute_dims(d, (2, 0, 1)),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, 2),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, 0, axis=0),
    lambda xp, a, v, z, d, e, u: xp.repeat(d, 3, axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(d, [3, 0, 1], axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(d.T, [2], axis=-1),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, np.array([1, 2, 0, 3, 1])),
    lambda xp, a, v, z, d, e, u: a.repeat(2, axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.asarray([1, 2, 0, 3, 1])),
    lambda xp, a, v, z, d, e, u: xp.repeat(d, xp.asarray([3, 0, 1], "u1"), axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(d.T, xp.asarray([True, False, True]), axis=1),
    lambda xp, a, v, z, d, e, u: v.repeat(xp.asarray(2)),
    lambda xp, a, v, z, d, e, u: d.repeat(xp.asarray([2]), axis=-1),
    lambda xp, a, v, z, d, e, u: z.repeat(xp.asarray([3]), axis=0),
    lambda xp, a, v, z, d, e, u: xp.repeat(z, xp.asarray([3]), axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(z, 3, axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(e, xp.zeros(0, "i"), axis=0),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.zeros(5, "i")),
    lambda xp, a, v, z, d, e, u: xp.repeat(xp.arange(1000.0), xp.arange(1000) % 4),
    lambda xp, a, v, z, d, e, u: xp.repeat(xp.arange(50), list(range(50))),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.asarray([1, 2, 0, -3, 1])),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.asarray(-1)),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.asarray([1, 2])),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.ones((1, 5), "i")),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.ones(5)),
    lambda xp, a, v, z, d, e, u: xp.repeat(v, xp.ones(5, "u8")),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, xp.asarray([1, 2, 3]), axis=2),
    lambda xp, a, v, z, d, e, u: xp.repeat(z, 3),
    lambda xp, a, v, z, d, e, u: xp.repeat(e, 2, axis=0),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, -1),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, [1, 2], axis=1),
    lambda xp, a, v, z, d, e, u: xp.repeat(a, 2, axis=2),
    lambda xp, a, v, z, d, e, u: xp.tile(a, 2),
    lambda xp, a, v, z, d, e, u: xp.tile(a, (2, 1)),
    lambda xp, a, v, z, d, e, u: xp.tile(v, (2, 1, 3)),
    lambda xp, a, v, z, d, e, u: xp.tile(d, (2,)),
    lambda xp, a, v, z, d, e, u: xp.tile(z, (2, 2)),
    lambda xp, a, v, z, d, e, u: xp.tile(a, ()),
    lambda xp, a, v, z, d, e, u: xp.tile(a, (0, 2)),
    lambda xp, a, v, z, d, e, u: xp.tile(e, (2, 2)),
    lambda xp, a, v, z, d, e, u: xp.tile(a.T, (1, 2, 1, 2)),
    lambda xp, a, v, z, d, e, u: xp.resize(a, (4, 4)),
    lambda xp, a, v, z, d, e, u: xp.resize(a, 4),
    lambda xp, a, v, z, d, e, u: xp.resize(a.T, (2, 5)),
    lambda xp, a, v, z, d, e, u: xp.resize(a, ()),
    lambda xp, a, v, z, d, e, u: xp.resize(a, (0, 2)),
    lambda xp, a, v, z, d, e, u: xp.resize(e, (2, 2)),
    lambda xp, a, v, z, d, e, u: xp.resize(a, (-1, 2)),
    lambda xp, a, v, z, d, e, u: [xp.pad(d, 2, mode="median", stat_length=k) for k in (None, 2, ((1, 2), (2, 1), (3, 3)))],
    lambda xp, a, v, z, d, e, u: xp.pad(v, (1, 2), mode="median"),
    lambda xp, a, v, z, d, e, u: xp.broadcast_shapes((2**62,), (2**62, 1)),
    lambda xp, a, v, z, d, e, u: xp.delete(v, 1),
    lambda xp, a, v, z, d, e, u: xp.delete(v, -1),
    lambda xp, a, v, z, d, e, u: xp.delete(v, [0, 2, -1, 0]),
    lambda xp, a, v, z, d, e, u: xp.delete(v, []),
    lambda xp, a, v, z, d, e, u: xp.delete(v, slice(None, None, 2)),
    lambda xp, a, v, z, d, e, u: xp.delete(v, slice(4, 0, -1)),
    lambda xp, a, v, z, d, e, u: xp.delete(v, [True, False, True, False, False]),
    lambda xp, a, v, z, d, e, u: xp.delete(v, np.array([1, 2])),
    lambda xp, a, v, z, d, e, u: xp.delete(d, 1, axis=1),
    lambda xp, a, v, z, d, e, u: xp.delete(d, (0, 3), axis=-1),
    lambda xp, a, v, z, d, e, u: xp.delete(a, 4),
    lambda xp, a, v, z, d, e, u: xp.delete(v, 5),
    lambda xp, a, v, z, d, e, u: xp.delete(d, -3, axis=0),
    lambda xp, a, v, z, d, e, u: xp.delete(v, [0, 7]),
    lambda xp, a, v, z, d, e, u: xp.delete(v, [7]),
    lambda xp, a, v, z, d, e, u: xp.delete(v, [True]),
    lambda xp, a, v, z, d, e, u: xp.delete(d, 0, axis=3),
    lambda xp, a, v, z, d, e, u: xp.insert(v, 1, 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, 5, 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, -1, [8, 9]),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [1, 1, 4], [7, 8, 9]),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [4, 0, 5], 7),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [3], [7, 8]),
    lambda xp, a, v, z, d, e, u: xp.insert(v, slice(1, 4, 2), [7, 8]),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [], 1),
    lambda xp, a, v, z, d, e, u: xp.insert(u, 1, 2.7),
    lambda xp, a, v, z, d, e, u: xp.insert(a, 1, 9, axis=0),
    lambda xp, a, v, z, d, e, u: xp.insert(a, 1, [8, 9], axis=1),
    lambda xp, a, v, z, d, e, u: xp.insert(a, [1], [[8], [9]], axis=1),
    lambda xp, a, v, z, d, e, u: xp.insert(a, [0, 3], [[8], [9]], axis=1),
    lambda xp, a, v, z, d, e, u: xp.insert(d, 1, xp.ones((2, 4), "i"), axis=1),
    lambda xp, a, v, z, d, e, u: xp.insert(a, 2, 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, 6, 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [6], 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [0, 9], 9),
    lambda xp, a, v, z, d, e, u: xp.insert(v, [0, 1], [7, 8, 9]),
    lambda xp, a, v, z, d, e, u: xp.insert(u, 0, 300),
    lambda xp, a, v, z, d, e, u: xp.insert(a, 0, 9, axis=2),
    lambda xp, a, v, z, d, e, u: xp.atleast_1d(z, a, 3),
    lambda xp, a, v, z, d, e, u: xp.atleast_1d(3.5),
    lambda xp, a, v, z, d, e, u: xp.atleast_2d(z, v, a, d),
    lambda xp, a, v, z, d, e, u: xp.atleast_3d(z, v, a, d),
    lambda xp, a, v, z, d, e, u: xp.atleast_2d(v),
    lambda xp, a, v, z, d, e, u: xp.broadcast_shapes((2, 1), 3, (4, 1, 1), ()),
    lambda xp, a, v, z, d, e, u: xp.broadcast_shapes(),
    lambda xp, a, v, z, d, e, u: xp.broadcast_shapes((0,), (1, 1)),
    lambda xp, a, v, z, d, e, u: xp.broadcast_shapes((2, 3), (4,)),
    lambda xp, a, v, z, d, e, u: (xp.size(d), xp.size(d, 1), xp.size([1, 2]), xp.ndim(d), xp.ndim(3), xp.shape(d), xp.shape([[1, 2]])),
    lambda xp, a, v, z, d, e, u: xp.size(d, 5),
    lambda xp, a, v, z, d, e, u: (xp.isfortran(a), xp.isfortran(a.T), xp.isfortran(v)),
    lambda xp, a, v, z, d, e, u: xp.astype(v, "i"),
    lambda xp, a, v, z, d, e, u: xp.asfortranarray(a),
    lambda xp, a, v, z, d, e, u: xp.asfortranarray(z),
    lambda xp, a, v, z, d, e, u: xp.asarray_chkfinite(a, "f"),
    lambda xp, a, v, z, d, e, u: xp.asarray_chkfinite(v / 0),
    lambda xp, a, v, z, d, e, u: xp.require(a, "f", ["F", "W"]),
    lambda xp, a, v, z, d, e, u: xp.require(a, None, "CA"),
    lambda xp, a, v, z, d, e, u: xp.require(a, None, ["C", "F"]),
]


@pytest.mark.parametrize("call", TABLE, ids=source_of)
def test_table(call):
    """Each call gives NumPy's arrays or NumPy's exception."""
    with np.errstate(all="ignore"):
        check_call(call, (A, V, Z, D, E, U), source_of(call))


PADS = [
    (2, "constant", {}), ((1, 2), "constant", {"constant_values": 7}), (((1, 2), (0, 3)), "constant", {"constant_values": ((1, 2), (3, 4))}),
    ([[1], [2]], "constant", {"constant_values": (5, 6)}), (0, "constant", {}), (2, "edge", {}), (((3, 0), (1, 4)), "edge", {}),
    (3, "linear_ramp", {}), ((2, 5), "linear_ramp", {"end_values": (10, -4)}), (((0, 1), (3, 2)), "linear_ramp", {"end_values": ((1, 2), (3, 4))}),
    (2, "maximum", {}), (2, "minimum", {"stat_length": 2}), ((1, 3), "mean", {}), ((1, 3), "mean", {"stat_length": (1, 2)}),
    (2, "maximum", {"stat_length": ((1, 2), (3, 9))}), (1, "reflect", {}), (7, "reflect", {}), (((5, 9), (2, 3)), "reflect", {}),
    (4, "reflect", {"reflect_type": "odd"}), (11, "symmetric", {}), (((5, 1), (0, 8)), "symmetric", {"reflect_type": "odd"}), (1, "wrap", {}),
    (((5, 9), (13, 0)), "wrap", {}), (np.array([[1, 2], [3, 4]]), "wrap", {}),
]


@pytest.mark.parametrize("dtype", ["l", "u1", "f", "d", "F"])
@pytest.mark.parametrize("width, mode, kwargs", PADS, ids=str)
def test_pad(width, mode, kwargs, dtype):
    """Margins hold what NumPy's hold, however wide."""
    for shape in ((3, 4), (2, 2), (1, 3), (4, 3)):
        a = values("small_int", np.dtype(dtype), shape)
        if dtype == "F" and mode == "linear_ramp":
            # Complex ramps divide by complex numbers, which NumPy's vector loops round in their own way.
            continue
        if mode == "mean":
            # Sums of so few small integers are exact; the quotient rounds once on both sides.
            a = a.real.astype(dtype)
        check_call(lambda xp, a: xp.pad(a, width, mode, **kwargs), (a,), f"pad {shape} {dtype} {width} {mode} {kwargs}")
        check_call(lambda xp, a: xp.pad(a.T, width, mode, **kwargs), (a,), f"pad transposed {shape} {dtype} {width} {mode} {kwargs}")


def test_pad_errors():
    """Wrong arguments raise NumPy's words."""
    a = np.arange(6).reshape(2, 3)
    for args, kwargs in (
        ((-1,), {}), ((1.5,), {}), (((1, 2, 3),), {}), ((((1, 2), (3, 4), (5, 6)),), {}), ((1, "other"), {}), ((1, "edge"), {"constant_values": 1}),
        ((1, "constant"), {"stat_length": 1}), ((1, "maximum"), {"stat_length": 0}),
    ):
        check_call(lambda xp, a: xp.pad(a, *args, **kwargs), (a,), f"pad {args} {kwargs}")
    for mode in ("constant", "edge", "wrap"):
        check_call(lambda xp, a: xp.pad(a, 1, mode), (np.zeros((0, 2)),), f"empty {mode}")
        check_call(lambda xp, a: xp.pad(a, ((0, 0), (1, 1)), mode), (np.zeros((0, 2)),), f"empty {mode}")
    assert cp.pad(cp.ones(3), 2, "empty").shape == (7,)


COPIES = [
    lambda xp, dst, src: xp.copyto(dst, src),
    lambda xp, dst, src: xp.copyto(dst, 7),
    lambda xp, dst, src: xp.copyto(dst, src[0]),
    lambda xp, dst, src: xp.copyto(dst, src, where=src > 3),
    lambda xp, dst, src: xp.copyto(dst, 2, where=[True, False, True]),
    lambda xp, dst, src: xp.copyto(dst, src, where=False),
    lambda xp, dst, src: xp.copyto(dst, 2.5),
    lambda xp, dst, src: xp.copyto(dst, 2.5, casting="unsafe"),
    lambda xp, dst, src: xp.copyto(dst, src + 0.5),
    lambda xp, dst, src: xp.copyto(dst, src + 0.5, "unsafe"),
    lambda xp, dst, src: xp.copyto(dst, src[:, :2]),
    lambda xp, dst, src: xp.copyto(dst, src, where=src),
    lambda xp, dst, src: xp.copyto(dst[:, ::-1], dst),
]


@pytest.mark.parametrize("call", COPIES, ids=source_of)
def test_copyto(call):
    """`copyto` writes what NumPy writes, or raises as it does."""
    def run(xp, dst, src):
        call(xp, dst, src)
        return dst

    check_call(run, (np.zeros((2, 3), "i"), np.arange(6).reshape(2, 3)), source_of(call))


def test_views_and_copies():
    """What NumPy gives as a view is a view here."""
    x = cp.arange(24).reshape(2, 3, 4).copy()
    for view in (cp.flip(x), cp.fliplr(x), cp.flipud(x), cp.rot90(x, 3), cp.rollaxis(x, 2), cp.matrix_transpose(x), cp.atleast_3d(x)):
        assert view.base is x or view is x
    for copy in (cp.roll(x, 1), cp.repeat(x, 1), cp.tile(x, 1), cp.resize(x, (2, 3, 4)), cp.pad(x, 0), cp.delete(x, [], axis=0)):
        assert copy.base is None or copy.base is not x
        copy[...] = -1
    assert_same(x, np.arange(24).reshape(2, 3, 4))


def test_pending_values():
    """Values that wait can be rearranged, and stay what they were."""
    a = values("moderate", "f", LAZY_SIZE)
    x = cp.asarray(a)
    got = (cp.roll(x + 1, 7), cp.repeat(x * 2, 2), cp.flip(x - 1), cp.pad(x + 3, 2, "reflect"), cp.tile(x + 1, 3))
    x[...] = 0
    want = (np.roll(a + 1, 7), np.repeat(a * 2, 2), np.flip(a - 1), np.pad(a + 3, 2, "reflect"), np.tile(a + 1, 3))
    for g, w in zip(got, want):
        assert_same(g, w)


def test_too_large():
    """Sizes that cannot be addressed are refused, and places far away are."""
    for call in (lambda: cp.repeat(cp.ones(3), 2**62), lambda: cp.repeat(cp.ones(4), [2**62] * 4), lambda: cp.tile(cp.ones(3), 2**62), lambda: cp.pad(cp.ones(3), 2**62), lambda: cp.resize(cp.ones(3), 2**62)):
        with pytest.raises(ValueError, match="too big"):
            call()
    for call in (lambda: cp.delete(cp.ones(3), -(2**63)), lambda: cp.insert(cp.ones(3), [2**63 - 1, 2**63 - 1], 1)):
        with pytest.raises(IndexError):
            call()


def test_trim_zeros():
    """Zeros are cut off at the ends, of every dtype, as views."""
    box = np.zeros((5, 6, 4))
    box[1:3, 2, 1:3] = [[1, 0], [np.nan, 2]]
    for a in (box, box[1:], box[1:3, 2:3, 1:3], box[0], box[1, 2], box[1, 2] > 0, np.array([0, 0, -0.0]), np.array([3.0]), np.zeros((0, 3)), np.zeros(0), np.array(0), np.array([0, 1j, 0])):
        for trim in ("fb", "F", "b", "bf"):
            for axis in (None, 0, -1, (0, -1), ()):
                check_call(lambda xp, a: xp.trim_zeros(a, trim, axis), [a], f"{a.shape} {trim} {axis}")
    for bad in (("x",), ("",), ("ff",), ("f", 3), ("f", (0, 0))):
        check_call(lambda xp, a: xp.trim_zeros(a, *bad), [box], f"{bad}")
    x = cp.asarray(box)
    assert cp.shares_memory(cp.trim_zeros(x), x)
    assert_same(cp.trim_zeros([0, 0, 1, 2, 0]), np.array([1, 2]))


def windows(xp, seed):
    """Two random views of one array."""
    rng = np.random.default_rng(seed)
    x = xp.arange(3000, dtype=rng.choice(["i1", "i2", "f8", "F"]))
    views = []
    for _ in range(2):
        shape = rng.permutation([(2, 5, 50), (20, 25), (500,), (10, 5, 5, 2)][rng.integers(4)])
        view = x[rng.integers(2500) :][: 500].reshape(tuple(int(n) for n in shape))
        view = view.transpose(rng.permutation(view.ndim).tolist())
        views.append(view[tuple(slice(int(rng.integers(0, n)), None, int(s)) for n, s in zip(view.shape, rng.choice([-3, -1, 1, 2, 3, 7], view.ndim)))])
    return views


def test_exactly_shared_memory():
    """Whether two views have an element in common, not only their bounds."""
    answers = []
    for seed in range(300):
        (a, b), (x, y) = windows(np, seed), windows(cp, seed)
        answers.append(np.shares_memory(a, b))
        assert cp.shares_memory(x, y) is answers[-1], f"{seed}: {answers[-1]}"
        assert cp.may_share_memory(x, y) is np.may_share_memory(a, b), seed
    assert 20 < sum(answers) < 280
    x = cp.arange(10)
    assert not cp.shares_memory(x[::2], x[1::2]) and cp.shares_memory(x[::2], x[::3]) and cp.shares_memory(x[::-1], x[9:])
    z = cp.zeros(4, "D")
    assert cp.shares_memory(z.real, z) and not cp.shares_memory(z.real, z.imag) and not cp.shares_memory(z[:0], z)
    y = x + 1
    assert cp.shares_memory(y, y) and not cp.shares_memory(y, x) and not cp.shares_memory(x, 5) and not cp.shares_memory(x[:5], x[5:])
    assert cp.shares_memory(cp.broadcast_to(x, (2**40, 10)), x[3:4])
    a, b = x[::2], x[1::2]
    assert cp.may_share_memory(a, b) and cp.may_share_memory(a, b, max_work=0) and not cp.may_share_memory(a, b, -1)
    far = cp.zeros(2 * 40**4, "b").reshape(2, 40, 40, 40, 40)[:, ::3, ::7, ::11, ::13]
    with pytest.raises(RuntimeError, match="Exceeded max_work"):
        cp.shares_memory(far[..., :-1], far[..., 1:], max_work=1)


def test_places_in_long_views():
    """Elements that repeat one take no memory of the host for each of them."""
    x = cp.broadcast_to(cp.ones(1), (2**50,))
    for call in (lambda: cp.delete(x, 0), lambda: cp.insert(x, 0, 1), lambda: cp.delete(x, slice(None)), lambda: cp.diag_indices(3, 2**60)):
        with pytest.raises(MemoryError):
            call()
    assert cp.vander(cp.ones(0), 2**40).shape == (0, 2**40)


def test_shared_memory():
    """Whether bounds overlap is known without reading."""
    x = cp.arange(10)
    assert cp.may_share_memory(x, x[3:]) and cp.may_share_memory(x[::2], x[1::2])
    assert not cp.may_share_memory(x[:3], x[3:]) and not cp.may_share_memory(x, x + 1)
    assert not cp.may_share_memory(x, x.copy())
