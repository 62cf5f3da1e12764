"""Matrices, spaces and grids, against NumPy."""

import io

import cuprous as cp
import numpy as np
import pytest
from support.calls import check_call, source_of
from support.compare import assert_same
from support.values import LAZY_SIZE, values

A = np.arange(12).reshape(3, 4)
V = np.array([1.5, -2.0, 3.0], "f")
D = np.arange(24.0).reshape(2, 3, 4)
Z = np.array(5)
W = np.array([[1.0, 2.0], [3.0, 4.0]])

TABLE = [
    lambda xp, a, v, d, z, w: [xp.eye(3), xp.eye(2, 3), xp.eye(3, 2, 1), xp.eye(3, k=-1, dtype="i"), xp.eye(0), xp.eye(3, 4, 9), xp.eye(3, dtype=bool)],
    lambda xp, a, v, d, z, w: xp.eye(-1),
    lambda xp, a, v, d, z, w: xp.eye(2, order="K"),
    lambda xp, a, v, d, z, w: xp.identity(3, "f"),
    lambda xp, a, v, d, z, w: [xp.tri(3), xp.tri(2, 4, 1), xp.tri(3, k=-2, dtype="F"), xp.tri(0), xp.tri(-2, 3), xp.tri(3, 5, 100)],
    lambda xp, a, v, d, z, w: [xp.tril(a), xp.tril(d, 1), xp.tril(v), xp.tril(a, -9), xp.tril(a > 3)],
    lambda xp, a, v, d, z, w: [xp.triu(a), xp.triu(d, 1), xp.triu(v), xp.triu(a.T, -1), xp.triu(a > 3, 2)],
    lambda xp, a, v, d, z, w: [f(a, k) for f in (xp.tril, xp.triu) for k in (2**62, -(2**62))],
    lambda xp, a, v, d, z, w: [xp.tri(3, 4, 7), xp.tri(3, 4, -7), xp.eye(3, 4, 7), xp.eye(3, 4, -7)],
    lambda xp, a, v, d, z, w: xp.tril(xp.full((3, 3), np.nan)),
    lambda xp, a, v, d, z, w: xp.tril(z),
    lambda xp, a, v, d, z, w: [xp.diag(v), xp.diag(v, 2), xp.diag(v, -1), xp.diag(a), xp.diag(a, 3), xp.diag(a, -2), xp.diag(a, 9), xp.diag([1, 2])],
    lambda xp, a, v, d, z, w: xp.diag(d),
    lambda xp, a, v, d, z, w: xp.diag(z),
    lambda xp, a, v, d, z, w: [xp.diagflat(a), xp.diagflat(a.T, 1), xp.diagflat(3)],
    lambda xp, a, v, d, z, w: [xp.diagonal(a), xp.diagonal(a, 1), xp.diagonal(a, -9), xp.diagonal(d), xp.diagonal(d, 1, 0, 2), xp.diagonal(d, -1, -1, 1)],
    lambda xp, a, v, d, z, w: d.diagonal(1, axis1=1, axis2=2),
    lambda xp, a, v, d, z, w: xp.diagonal(v),
    lambda xp, a, v, d, z, w: xp.diagonal(a, 0, 1, 1),
    lambda xp, a, v, d, z, w: xp.diagonal(a, 0, 0, 2),
    lambda xp, a, v, d, z, w: [xp.vander(v), xp.vander(v, 2), xp.vander(v, increasing=True), xp.vander(a[0], 0), xp.vander([1, 2, 3], 5), xp.vander(v > 0)],
    lambda xp, a, v, d, z, w: xp.vander(a),
    lambda xp, a, v, d, z, w: xp.vander(v, -1),
    lambda xp, a, v, d, z, w: [xp.tril_indices(3), xp.tril_indices(3, 1, 4), xp.triu_indices(3), xp.triu_indices(2, -1, 4), xp.tril_indices(0)],
    lambda xp, a, v, d, z, w: [xp.tril_indices_from(a, 1), xp.triu_indices_from(a)],
    lambda xp, a, v, d, z, w: xp.tril_indices_from(d),
    lambda xp, a, v, d, z, w: xp.meshgrid(a[0], v),
    lambda xp, a, v, d, z, w: xp.meshgrid(a[0], v, v, indexing="ij"),
    lambda xp, a, v, d, z, w: xp.meshgrid(a[0], v, 5, sparse=True),
    lambda xp, a, v, d, z, w: xp.meshgrid(a[0], v, copy=False),
    lambda xp, a, v, d, z, w: [xp.meshgrid(), xp.meshgrid(v), xp.meshgrid(a, v), xp.meshgrid([], v)],
    lambda xp, a, v, d, z, w: xp.meshgrid(v, v, indexing="yx"),
    lambda xp, a, v, d, z, w: [xp.indices((2, 3)), xp.indices((2, 3), "f"), xp.indices((4,)), xp.indices((2, 0)), xp.indices(())],
    lambda xp, a, v, d, z, w: xp.indices((2, 3), sparse=True),
    lambda xp, a, v, d, z, w: xp.indices((2, -3)),
    lambda xp, a, v, d, z, w: xp.ix_([0, 1], [2, 4, 5]),
    lambda xp, a, v, d, z, w: xp.ix_([True, False, True], a[0], []),
    lambda xp, a, v, d, z, w: xp.ix_(a),
    lambda xp, a, v, d, z, w: xp.fromfunction(lambda i, j: i * 10 + j, (2, 3)),
    lambda xp, a, v, d, z, w: xp.fromfunction(lambda i, j, k: i == j + k, (2, 3), dtype=int, k=1),
    lambda xp, a, v, d, z, w: [xp.mgrid[0:3, 1:3], xp.mgrid[0:5], xp.mgrid[-1:1:5j], xp.mgrid[0:1:0.25, 0:3], xp.mgrid[-1:1:3j, 0:2]],
    lambda xp, a, v, d, z, w: [xp.ogrid[0:3, 1:3], xp.ogrid[0:5:2], xp.ogrid[-1:1:5j, 0:2, 1:1]],
    lambda xp, a, v, d, z, w: [xp.r_[0:5], xp.r_[1, 2.5, 0:3], xp.r_[v, 1], xp.r_[v, 0, 0:2], xp.r_[-1:1:6j, [0] * 3, 5], xp.r_[np.float64(2), v]],
    lambda xp, a, v, d, z, w: [xp.r_["-1", a, a], xp.r_["0,2", v, v], xp.r_["0,2,0", v, v], xp.r_["1,2,0", v, v], xp.r_["0,3,1", v, 0:3]],
    lambda xp, a, v, d, z, w: [xp.c_[v, v], xp.c_[a, a], xp.c_[0:3, v], xp.c_[1, 2]],
    lambda xp, a, v, d, z, w: xp.r_[v, "0"],
    lambda xp, a, v, d, z, w: xp.r_["word", v],
    lambda xp, a, v, d, z, w: xp.r_["0,word", v],
    lambda xp, a, v, d, z, w: xp.r_[a, v],
    lambda xp, a, v, d, z, w: (len(xp.r_), len(xp.c_)),
    lambda xp, a, v, d, z, w: [xp.frombuffer(b"\x01\x02\x03\x04", "u1"), xp.frombuffer(b"\x01\x02\x03\x04", np.uint8, 2, 1), xp.frombuffer(bytes(16))],
    lambda xp, a, v, d, z, w: xp.frombuffer(b"123"),
    lambda xp, a, v, d, z, w: [xp.fromiter((k * k for k in range(4)), "i"), xp.fromiter(range(9), float, 3)],
    lambda xp, a, v, d, z, w: [xp.fromstring("1 2 3", sep=" "), xp.fromstring("1,2", dtype=int, sep=",")],
    lambda xp, a, v, d, z, w: xp.linspace(w, 10, 5),
    lambda xp, a, v, d, z, w: xp.linspace(w, w.T, 4, endpoint=False),
    lambda xp, a, v, d, z, w: xp.linspace(w, [5, 6], 3, axis=-1, retstep=True),
    lambda xp, a, v, d, z, w: xp.linspace(v, v + 1, 7, axis=1),
    lambda xp, a, v, d, z, w: xp.linspace(v, 3, 4, dtype="i"),
    lambda xp, a, v, d, z, w: xp.linspace(z, 10, 4, retstep=True),
    lambda xp, a, v, d, z, w: [xp.linspace(w, w, 3), xp.linspace(w, 5, 1), xp.linspace(w, 5, 0), xp.linspace(w, 5, 1, endpoint=False)],
    lambda xp, a, v, d, z, w: xp.linspace(w, 5e-324, 3),
    lambda xp, a, v, d, z, w: xp.linspace(w, 5, 3, axis=3),
    lambda xp, a, v, d, z, w: xp.linspace(w, v, 3),
    lambda xp, a, v, d, z, w: xp.linspace(0, 1, 5, retstep=True),
    lambda xp, a, v, d, z, w: xp.logspace(0, 1, -3),
    lambda xp, a, v, d, z, w: xp.geomspace(0, 1, 5),
]


@pytest.mark.parametrize("call", TABLE, ids=source_of)
def test_table(call):
    """Each call gives NumPy's arrays or NumPy's exception."""
    check_call(call, (A, V, D, Z, W), source_of(call))


POWERS = [
    lambda xp, w: [xp.logspace(0, 2, 5), xp.logspace(0, 2, 5, endpoint=False, base=2), xp.logspace(0, 3, 4, dtype="i"), xp.logspace(2, 0, 1)],
    lambda xp, w: [xp.logspace(w, 5, 3), xp.logspace(w, 5, 3, axis=-1), xp.logspace(0, 1, 4, base=xp.array([2.0, 10.0])), xp.logspace(0, 1, 4, base=xp.array([2.0, 10.0]), axis=-1)],
    lambda xp, w: [xp.geomspace(1, 1000, 4), xp.geomspace(-1, -1000, 4), xp.geomspace(1, 256, 9, endpoint=False), xp.geomspace(5, 3, 1), xp.geomspace(1, 2, 0)],
    lambda xp, w: [xp.geomspace(w, 100, 5), xp.geomspace(w, w + 1, 3, axis=-1), xp.geomspace(1, 100, 3, dtype="f")],
]


@pytest.mark.parametrize("call", POWERS, ids=source_of)
def test_powers(call):
    """Logarithmic spaces are as exact as the power: its tolerance, and of the logarithm for the geometric ones."""
    # An error of e ulp in an exponent below 8 is magnified by at most 8 ln 10, about 20.
    check_call(call, (W,), source_of(call), ulp=64)


def test_memory_order_and_views():
    """`eye` lies as told, diagonals are views, triangles of values that wait are not stored twice."""
    assert_same(cp.eye(3, 4, order="F"), np.eye(3, 4, order="F"), strides=True)
    x = cp.zeros((3, 3))
    cp.diagonal(x)[...] = 7
    cp.diag(x, 1)[...] = 2
    assert_same(x, np.array([[7.0, 2, 0], [0, 7, 2], [0, 0, 7]]))
    a = values("moderate", "f", LAZY_SIZE).reshape(50, 100)
    y = cp.asarray(a)
    got = cp.tril(y + 1), cp.triu(y * 2, 3)
    y[...] = 0
    assert_same(got[0], np.tril(a + 1))
    assert_same(got[1], np.triu(a * 2, 3))


def test_farthest_diagonals():
    """A diagonal at the end of the integers is beyond the matrix, not around it."""
    for k in (2**63 - 1, -(2**63)):
        assert_same(cp.tri(3, 4, k), np.full((3, 4), float(k > 0)))
        assert_same(cp.eye(3, 4, k), np.zeros((3, 4)))


def test_from_file(tmp_path):
    """Binary and text files are read as NumPy reads them."""
    a = np.arange(7, dtype="f")
    a.tofile(tmp_path / "numbers")
    (tmp_path / "text").write_text("1 2.5 3")
    assert_same(cp.fromfile(tmp_path / "numbers", "f"), a)
    assert_same(cp.fromfile(tmp_path / "numbers", "f", count=2, offset=4), a[1:3])
    assert_same(cp.fromfile(tmp_path / "text", sep=" "), np.array([1, 2.5, 3]))
    with pytest.raises(FileNotFoundError):
        cp.fromfile(tmp_path / "none")
    with pytest.raises((TypeError, OSError, io.UnsupportedOperation)):
        cp.fromfile(io.BytesIO(b"1234"))
