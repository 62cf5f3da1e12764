"""dot, tensordot, einsum and the other products of arrays, against NumPy."""

import itertools
import warnings

import cuprous as cp
import numpy as np
import pytest
from support.compare import ZEROS_ALIKE, assert_same, assert_same_outcome, to_numpy
from support.values import DTYPES, values

pytestmark = pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")

INTEGRAL = "?bBhHiIlL"


def arrays(dtype, *shapes):
    """Small integers of a dtype, whose products and sums every dtype holds exactly but for those that wrap."""
    out = []
    for k, shape in enumerate(shapes):
        a = values("small_int", "i", shape, k)
        if np.dtype(dtype).kind == "c":
            a = a + 1j * values("small_int", "i", shape, k, "imaginary")
        out.append((a % 2 if dtype in "?e" else a).astype(dtype))
    return out


def ours(x):
    """Arrays as ours, everything else as it is."""
    if isinstance(x, np.ndarray):
        return cp.asarray(x)
    if isinstance(x, (list, tuple)) and any(isinstance(item, np.ndarray) for item in x):
        return type(x)(ours(item) for item in x)
    return x


def check(name, *args, what="", **words):
    """One call in both libraries, with the same result or the same exception."""
    def find(xp):
        return getattr(xp.linalg, name[7:]) if name.startswith("linalg.") else getattr(xp, name)
    mine = {k: ours(v) for k, v in words.items()}
    theirs = {k: v.copy(order="K") if isinstance(v, np.ndarray) else v for k, v in words.items()}
    shown = [a.shape if isinstance(a, np.ndarray) else a for a in args]
    # Of parts that cancel the sign of zero depends on whether products are contracted, as in NumPy's own loops.
    flat = [x for a in args for x in (a if isinstance(a, list) else [a])]
    is_complex = any(isinstance(x, np.ndarray) and x.dtype.kind == "c" for x in flat)
    return assert_same_outcome(
        lambda: find(cp)(*[ours(a) for a in args], **mine), lambda: np.asarray(find(np)(*args, **theirs)), ZEROS_ALIKE if is_complex else 0,
        what=f"{name} {shown} {sorted(words)} {what}",
    )


PAIRS = [
    ((), ()), ((), (3,)), ((2, 3), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((5, 2, 3), (3, 4)),
    ((3,), (6, 3, 4)), ((2, 3), (6, 3, 4)), ((5, 2, 3), (6, 7, 3, 4)), ((0,), (0,)), ((2, 0), (0, 4)), ((0, 3), (3, 4)), ((2, 3), (6, 3, 0)), ((3,), (4,)),
    ((2, 3), (4, 3)), ((2, 3), (6, 4, 3)), ((2, 3), (2,)), ((40, 30), (30, 50)),
]


@pytest.mark.parametrize("dtype", DTYPES)
def test_dot(dtype):
    """Every pair of numbers of axes, of every dtype."""
    for left, right in PAIRS:
        a, b = arrays(dtype, left, right)
        check("dot", a, b)
        check("inner", a, b)
        check("inner", a, b.T)
        if a.ndim and b.ndim:
            check("dot", a[::-1], b[..., ::-1], what="reversed")


def test_dot_of_mixed_dtypes():
    """Dtypes are promoted as in NumPy; Python numbers are arrays of their own dtype."""
    for left, right in itertools.product("?bHilfD", repeat=2):
        a, b = arrays(left, (3, 4))[0], arrays(right, (4, 2))[0]
        check("dot", a, b)
        check("inner", a, b.T)
        check("outer", a, b)
        check("kron", a, b)
        check("tensordot", a, b, 1)
    check("dot", np.ones((2, 2), "f"), 2)
    check("dot", 2, 3)
    check("inner", 2, 3)
    check("dot", [1, 2], np.ones(2))


def test_dot_out():
    """`out` must be just as the result is."""
    a, b = np.ones((3, 4)), np.ones((4, 2))
    for out in (np.zeros((3, 2)), np.zeros((3, 2), "f"), np.zeros((3, 3)), np.zeros((2, 3)).T, np.zeros(3), np.zeros((6, 4))[::2, ::2]):
        check("dot", a, b, out=out)
    check("dot", a, 2, out=np.zeros((3, 4)))
    check("dot", a, 2, out=np.zeros((3, 5)))
    check("dot", a, 2, out=np.zeros((3, 4), "f"))
    check("dot", np.ones(3), np.ones(3), out=np.zeros(()))
    x, out = cp.asarray(a), cp.zeros((3, 2))
    assert cp.dot(x, cp.asarray(b), out=out) is out and x.dot(cp.asarray(b), out) is out
    assert_same(x.dot(cp.asarray(b)), a.dot(b))


@pytest.mark.parametrize("dtype", DTYPES)
def test_inner(dtype):
    """Numbers multiply every element, on either side; else last axes meet last axes."""
    for left, right in (((), ()), ((), (3,)), ((), (2, 3)), ((2, 3), ()), ((), (2, 3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((0,), (0,)),
                        ((2, 0), (3, 0)), ((2, 5, 3), (4, 3)), ((3,), (4,)), ((2, 3), (3, 2))):
        check("inner", *arrays(dtype, left, right), what=f"{left} {right}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_vector_products(dtype):
    """vdot, outer, kron, vecdot, matvec and vecmat of every dtype."""
    for left, right in (((3,), (3,)), ((2, 3), (3, 2)), ((), ()), ((0,), (0,)), ((600,), (600,)), ((3, 4), (4, 4)), ((), (3,))):
        check("vdot", *arrays(dtype, left, right))
    for left, right in (((3,), (4,)), ((2, 3), (4,)), ((), (3,)), ((0,), (3,)), ((), ())):
        check("outer", *arrays(dtype, left, right))
    for left, right in (((3,), (4,)), ((2, 3), (4, 5)), ((2, 3), (4,)), ((2,), (4, 5)), ((), (3,)), ((), ()), ((0, 2), (3, 4)), ((2, 1, 3), (2, 2))):
        check("kron", *arrays(dtype, left, right))
    for left, right in (((3,), (3,)), ((2, 3), (2, 3, 3)), ((2, 2, 3), (3, 3)), ((5, 3), (3,)), ((2, 1, 3), (5, 3)), ((4, 0), (4, 0)), ((0, 3), (3,)), ((3,), (4,)), ((3, 4), (5, 4)), ((), (4,))):
        check("vecdot", *arrays(dtype, left, right))
    for left, right in (((2, 3), (3,)), ((5, 2, 3), (3,)), ((5, 2, 3), (5, 3)), ((2, 0), (0,)), ((0, 3), (3,)), ((3,), (3,)), ((2, 3), (4,)), ((2, 3, 4), (5, 4)), ((3, 4), ())):
        a, b = arrays(dtype, left, right)
        check("matvec", a, b)
        if a.ndim > 1:
            check("vecmat", b, a.swapaxes(-1, -2))
    a, b = arrays(dtype, (6, 20, 3), (30, 4))
    check("vecdot", a[::2, ::-5, ::-1], b[:4, 1:], what="strided")
    check("kron", a[::2, ::-5, ::-1], b[::-2], what="strided")
    check("outer", a[::2, ::-5, ::-1], b[::-2].T, what="strided")
    check("vdot", a[::2, ::-5, ::-1], a[::2, ::-5], what="strided")


def test_vector_product_keywords():
    """axis, axes, keepdims and out of the generalized ufuncs, and their errors."""
    a, b = np.arange(12.0).reshape(3, 4), np.arange(12.0)[::-1].reshape(3, 4)
    words = [
        {"axis": 0}, {"axis": -1}, {"axis": 5}, {"axis": 0, "keepdims": True}, {"keepdims": True}, {"axis": 0, "axes": [0, 0]}, {"axes": [0, 0]},
        {"axes": [0, 0, ()]}, {"axes": [0, 0, 0], "keepdims": True}, {"axes": [0, 0, 0]}, {"axes": [0]}, {"out": np.zeros(3)}, {"out": np.zeros(5)},
        {"out": np.zeros((3, 3))}, {"out": np.zeros(3, "i")}, {"dtype": "f"}, {"dtype": "i"}, {"dtype": "i", "casting": "unsafe"}, {"wrong": 1},
    ]
    for kw in words:
        check("vecdot", a, b, **kw)
    for left, right, axis in (((3, 4), (4,), 0), ((3, 4), (3,), 0), ((2, 3, 4), (3, 4), 0), ((2, 3, 4), (3, 4), 1)):
        check("vecdot", np.ones(left), np.ones(right), axis=axis)
    v, w = np.arange(4.0), np.arange(3.0)
    for kw in ({"axis": 0}, {"keepdims": True}, {"axes": [(1, 0), 0, 0]}, {"axes": [(0, 1), 0, 0]}, {"axes": [(0, 1), 0]}, {"out": np.zeros(5)}, {"out": np.zeros(3)}):
        check("matvec", a, v, **kw)
        check("matvec", a.T, v, **kw)
        check("vecmat", w, a, **kw)
    x, y, out = cp.asarray(a), cp.asarray(b), cp.zeros(3)
    assert cp.vecdot(x, y, out=out) is out


def test_outer_out():
    """`out` of outer, as of a ufunc."""
    a, b = np.ones((2, 3)), np.ones(4)
    for out in (np.zeros((6, 4)), np.zeros((6, 5)), np.zeros((6, 4), "i"), np.zeros((6, 4), "f")):
        check("outer", a, b, out=out)


@pytest.mark.parametrize("dtype", "?bLefD")
def test_tensordot(dtype):
    """All forms of axes."""
    a, b = arrays(dtype, (2, 3, 4), (3, 4, 5))
    axes = [
        2, 1, 0, (1, 0), ([1, 2], [0, 1]), ((1, 2), (0, 1)), ([2, 1], [1, 0]), ([1, 2], [1, 0]), ([1, 2], [1]), ([-2, -1], [-3, -2]), ([], []), (1, 2, 3), (1,),
        1.5, -1, ([1, 1], [0, 0]), ([1, 7], [0, 1]), ([-7], [0]),
    ]
    for form in axes:
        check("tensordot", a, b, form, what=str(form))
        check("tensordot", a[::-1, :, ::-1], b[:, ::-1, ::-2], form, what=f"{form} strided")
    check("tensordot", a, b)
    check("tensordot", 2, 3, 0)
    for n in (-1, -(2**63), 3, 4):
        check("tensordot", np.ones((2, 3, 2), dtype), np.ones((2, 3), dtype), n, what=f"{n} axes")
    for n in (2**40, 2**59):
        # NumPy, which counts them in lists first, runs out of memory.
        with pytest.raises(IndexError, match="tuple index out of range"):
            cp.tensordot(cp.ones((2, 2), dtype), cp.ones((2, 2), dtype), n)
    with pytest.raises(MemoryError):
        cp.tensordot(cp.ones((2, 2), dtype), cp.ones((2, 2), dtype), 2**62)
    check("tensordot", np.ones(3, dtype), np.ones(3, dtype), 1)
    check("tensordot", np.ones((2, 0), dtype), np.ones((0, 3), dtype), 1)
    check("linalg.tensordot", a, b, axes=2)
    check("linalg.tensordot", a, a, axes=([0, 1], [0, 1]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_trace(dtype):
    """Traces of every diagonal, over every pair of axes."""
    a, b = arrays(dtype, (3, 4), (3, 4, 5))
    for offset in (-9, -2, -1, 0, 1, 3, 4, 9):
        check("trace", a, offset)
        check("trace", b[::-1, :, ::2], offset, 2, 0)
        check("linalg.trace", b, offset=offset)
        check("linalg.diagonal", b, offset=offset)
    for axis1, axis2 in itertools.permutations(range(-1, 2), 2):
        check("trace", b, 0, axis1, axis2)
    check("trace", a[:0])


def test_trace_keywords():
    """dtype, out and errors of trace."""
    a = np.arange(60.0).reshape(3, 4, 5)
    for kw in ({"axis1": 0, "axis2": 0}, {"axis1": 5}, {"axis2": 5}, {"dtype": "i"}, {"out": np.zeros(5)}, {"out": np.zeros(5, "i")}, {"dtype": "f", "out": np.zeros(5)}):
        check("trace", a, **kw)
    check("trace", np.ones(3))
    check("linalg.trace", np.ones(3))
    check("linalg.diagonal", np.ones(3))
    check("trace", np.ones((3, 4), "H"), dtype="H")
    x = cp.asarray(a)
    assert_same(x.trace(1, 1, 2), a.trace(1, 1, 2))
    with pytest.raises(ValueError):
        cp.trace(x, out=cp.zeros(4))


def test_diagonal_is_a_view():
    """A write to the diagonal shows in the array."""
    x = cp.zeros((3, 3))
    cp.linalg.diagonal(x, offset=1)[...] = 5
    assert_same(x, np.diag([5.0, 5.0], 1))
    y = cp.linalg.matrix_transpose(x)
    y[2, 0] = 7
    assert_same(x, np.array([[0.0, 5, 7], [0, 0, 5], [0, 0, 0]]))
    check("linalg.matrix_transpose", np.arange(24).reshape(2, 3, 4))
    check("linalg.matrix_transpose", np.arange(3))


@pytest.mark.parametrize("dtype", "bBilLefdFD")
def test_cross(dtype):
    """Vectors of two and three elements, along every axis."""
    for left, right in itertools.product(((3,), (2,), (5, 3), (5, 2), (4, 1, 3), (0, 3)), repeat=2):
        check("cross", *arrays(dtype, left, right))
    a, b = arrays(dtype, (3, 5), (3, 5))
    for kw in ({"axis": 0}, {"axisa": 0, "axisb": 0}, {"axisa": 0, "axisb": 0, "axisc": 0}, {"axisa": 3}, {"axisb": 3}, {"axis": 1}):
        check("cross", a, b, **kw)
    check("cross", a.T, b.T, axisc=0)
    check("cross", a.T, b.T, axisc=3)
    check("cross", a.T[::-1], b.T[:, ::-1])
    check("linalg.cross", a, b, axis=0)


def test_cross_errors():
    """What is no vector."""
    check("cross", np.ones(4), np.ones(3))
    check("cross", np.ones(()), np.ones(3))
    check("cross", np.ones(3, "?"), np.ones(3, "?"))
    check("cross", np.ones((5, 3)), np.ones((4, 3)))
    check("cross", np.ones(3, "B"), np.ones(3, "b"))
    for left, right, axis in (((5, 2), (5, 2), -1), ((5, 3), (5, 2), -1), ((5, 3), (5, 3), 3), ((5, 3), (5, 3), 0)):
        check("linalg.cross", np.ones(left), np.ones(right), axis=axis)


@pytest.mark.parametrize("dtype", "?bilLdD")
def test_matrix_power(dtype):
    """Powers from 0 on, of one matrix and of several."""
    for shape in ((2, 2), (3, 2, 2), (0, 0), (0, 2, 2)):
        a = arrays(dtype, shape)[0]
        for n in range(8):
            check("linalg.matrix_power", a, n)
    check("linalg.matrix_power", a, np.int8(3))


def test_matrix_power_errors():
    """What is no square matrix, and exponents that are none."""
    check("linalg.matrix_power", np.ones((3, 4)), 2)
    check("linalg.matrix_power", np.ones(3), 2)
    check("linalg.matrix_power", np.ones((3, 3)), 2.5)
    check("linalg.matrix_power", np.ones((3, 3)), "a")
    check("linalg.matrix_power", np.ones((3, 3)), -1)
    check("linalg.matrix_power", np.ones((3, 4)), 2**64)


def test_matrix_power_of_large_exponents():
    """Exponents beyond 64 bits, of matrices whose powers stay exact."""
    for n in (2**63, 2**64 + 5, -(2**64), 2**100 + 1, np.uint64(2**64 - 1)):
        check("linalg.matrix_power", np.array([[0.0, 1.0], [-1.0, 0.0]]), n)
        check("linalg.matrix_power", np.array([[1, 0], [0, -1]]) if n > 0 else np.eye(2), n)
    check("linalg.matrix_power", np.array([[1, 1], [1, 0]]), 2**64 + 3)


@pytest.mark.parametrize("dtype", "ldD")
def test_multi_dot(dtype):
    """Chains of matrices with vectors at the ends."""
    chains = [
        [(3, 4), (4, 5)], [(3, 4), (4, 5), (5, 2)], [(4,), (4, 5), (5,)], [(4,), (4, 5), (5, 6), (6,)], [(10, 2), (2, 30), (30, 3), (3, 7), (7, 1)],
        [(4,), (4, 5)], [(2, 4), (4, 5), (5,)], [(2, 0), (0, 5), (5, 3)], [(3, 4)], [], [(2, 4), (2, 4, 5), (5, 6)], [(2, 4), (5,), (5, 6), (6,)],
    ]
    for chain in chains:
        check("linalg.multi_dot", arrays(dtype, *chain))
    shapes = [(2, 4), (4, 6), (6, 6)]
    check("linalg.multi_dot", arrays(dtype, *shapes), out=np.zeros((2, 6), dtype))
    check("linalg.multi_dot", arrays(dtype, *shapes), out=np.zeros((2, 5), dtype))
    check("linalg.multi_dot", arrays(dtype, *shapes), out=np.zeros((2, 6), "e"))
    with pytest.raises(ValueError):
        cp.linalg.multi_dot([cp.ones((2, 4)), cp.ones((5, 6)), cp.ones((6, 6))])


def test_linalg_namespace():
    """The plain forms of the namespace."""
    a, b = np.arange(12.0).reshape(3, 4), np.arange(20.0).reshape(4, 5)
    check("linalg.matmul", a, b)
    check("linalg.matmul", a, a)
    check("linalg.outer", a[0], b[0])
    check("linalg.outer", a, b[0])
    check("linalg.outer", np.ones(()), b[0])
    check("linalg.vecdot", a, a)
    check("linalg.vecdot", a, a[:, 0], axis=0)
    check("linalg.vecdot", a, b)
    check("linalg.vecdot", a * 1j, a * (1 + 1j))


EINSUMS = [
    ("ij,jk", (3, 4), (4, 5)), ("ij,jk->ki", (3, 4), (4, 5)), ("ij,kj->ik", (3, 4), (5, 4)), ("ij,jk->ik", (3, 1), (4, 5)), ("ij,jk->", (3, 4), (4, 5)),
    ("i,i", (6,), (6,)), ("i,j", (3,), (4,)), ("i,j->ji", (3,), (4,)), ("ii", (4, 4)), ("ii->i", (4, 4)), ("iij->j", (3, 3, 4)), ("iji->ij", (3, 4, 3)),
    ("ij", (3, 4)), ("ji", (3, 4)), ("ij->", (3, 4)), ("ij->i", (3, 4)), ("ij->j", (3, 4)), ("ijk->kij", (2, 3, 4)), ("bA", (3, 4)), ("...", (2, 3)),
    ("bij,bjk->bik", (6, 3, 4), (6, 4, 5)), ("bij,bjk->ik", (6, 3, 4), (6, 4, 5)), ("bij,jk->bik", (6, 3, 4), (4, 5)), ("ij,ij->ij", (3, 4), (3, 4)),
    ("ij,ij->i", (3, 4), (3, 4)), ("ij,i->ij", (3, 4), (3,)), ("ijk,jil->kl", (2, 3, 4), (3, 2, 5)), ("...ij,...jk->...ik", (6, 3, 4), (6, 4, 5)),
    ("...ij,...jk->...ik", (6, 3, 4), (4, 5)), ("...ij,...jk", (2, 1, 3, 4), (6, 4, 5)), ("i...->...", (3, 4)), ("i...i->...", (3, 4, 3)), ("...i->...", (3, 4)),
    ("ij...,jk...->ik...", (3, 4, 1), (4, 5, 2)), ("...,...", (3, 4), (4,)), ("...,...->...", (3, 1), (4,)), ("i...,j...->...ij", (2, 5), (3, 5)),
    ("ij,jk,kl->il", (3, 4), (4, 5), (5, 6)), ("ij,jk,kl,lm->im", (9, 2), (2, 8), (8, 3), (3, 7)), ("a,b,c->abc", (2,), (3,), (4,)), ("ij,ij,ij->i", (3, 4), (3, 4), (3, 4)),
    ("abc,bcd,cde,aef->df", (2, 3, 4), (3, 4, 5), (4, 5, 2), (2, 2, 3)), (",", (), ()), ("", ()), ("i,", (3,), ()), ("->", ()), ("ij,jk->ik", (0, 4), (4, 5)),
    ("ij,jk->ik", (3, 0), (0, 5)), ("ij->j", (0, 4)), (" i j , j k -> i k ", (3, 4), (4, 5)), ("ij,jk->k...", (3, 4), (4, 5)), ("ij,kl->ijkl", (2, 3), (4, 5)),
    ("ii,ii->i", (3, 3), (3, 3)), ("ij,ji->", (3, 4), (4, 3)), ("ijj,jk->ik", (2, 3, 3), (3, 4)), ("i,ij,j", (3,), (3, 4), (4,)), ("ab,ac->bc", (30, 20), (30, 40)),
]


@pytest.mark.parametrize("dtype", DTYPES)
def test_einsum(dtype):
    """Every form of subscripts, of every dtype, for packed and for strided operands."""
    for text, *shapes in EINSUMS:
        operands = arrays(dtype, *shapes)
        check("einsum", text, *operands)
        strided = [np.repeat(a, 2, axis=-1)[..., ::-2] if a.ndim else a for a in operands]
        check("einsum", text, *strided, what="strided")
        check("einsum", text, *[a.copy(order="F") for a in operands], what="fortran")


def test_einsum_lists():
    """Subscripts as lists of numbers."""
    a, b = np.arange(12.0).reshape(3, 4), np.arange(20.0).reshape(4, 5)
    for arguments in (
        (a, [0, 1]), (a, [1, 0]), (a, [0, 1], b, [1, 2]), (a, [0, 1], b, [1, 2], [2, 0]), (a, (0, 1), b, (1, 2), ()), (a, [..., 1], b, [1, 2]),
        (a, [30, 2]), (a, [0, 1], b, [1, 2], [..., 2, 0]), (a, [0, 99]), (a, [0, "a"]), (a, [0, -1]), (a, [0, 1], [2]), (a, [0, 1], [0, 0]), (a, [0]), (5, a),
        (a, [..., 0, ...]),
    ):
        def on(xp, arguments=arguments):
            return xp.einsum(*[cp.asarray(x) if xp is cp and isinstance(x, np.ndarray) else x for x in arguments])
        shown = [x.shape if isinstance(x, np.ndarray) else x for x in arguments]
        assert_same_outcome(lambda: on(cp), lambda: np.asarray(on(np)), what=f"{shown}")  # noqa: B023
    check("einsum", "i,i", [1, 2, 3], np.arange(3))
    check("einsum", ",i->i", 2, np.arange(3))
    check("einsum", ",", 2, 3)


def test_einsum_errors():
    """Subscripts that do not fit."""
    def o(*shape):
        return np.ones(shape)
    for arguments in (
        ("ij,jk", o(3, 2), o(4, 5)), ("ij,jk->ik", o(3, 4)), ("ij", o(3, 4), o(4, 5)), ("ij->ik", o(3, 4)), ("ij->ii", o(3, 4)), ("ijk->ij", o(3, 4)), ("i->i", o(3, 4)),
        ("...i,i...", o(3, 4), o(4, 5)), ("...,...", o(3, 4), o(4, 5)), ("i1", o(3, 4)), ("i.j", o(3, 4)), ("i....j", o(3, 4)), ("ij-ij", o(3, 4)), ("...i->i", o(3, 4)),
        ("ii", o(3, 4)), ("ii", o(3, 1)), ("ij",), (), ("a->ab", o(3)), ("i,j", o(3, 4), o(3)), ("ij...,jk...->ik...", o(3, 4, 3), o(4, 5, 2)), ("ij->i.", o(3, 4)),
        ("ij->i...j...", o(3, 4)), ("ij->1", o(3, 4)),
    ):
        check("einsum", *arguments)


def test_einsum_keywords():
    """out, dtype, casting, order and optimize."""
    a, b, c = np.arange(12.0).reshape(3, 4), np.arange(20, dtype="b").reshape(4, 5), np.ones((5, 6))
    for kw in (
        {"dtype": "f"}, {"dtype": "f", "casting": "unsafe"}, {"dtype": "D"}, {"out": np.zeros((3, 5))}, {"out": np.zeros((3, 5), "f")}, {"out": np.zeros((3, 6))},
        {"out": np.zeros(3)}, {"out": np.zeros((1, 3, 5))}, {"out": np.zeros((3, 5), "D")}, {"out": np.zeros((5, 3)).T}, {"wrong": 1}, {"casting": "no"},
        {"optimize": True}, {"optimize": "greedy"}, {"optimize": "optimal"}, {"optimize": ["einsum_path", (0, 1)]},
    ):
        check("einsum", "ij,jk", a, b, **kw)
    for path in ([(0, 1), (0, 1)], [(1, 2), (0, 1)], [(0, 2), (0, 1)], [(0, 1, 2)]):
        check("einsum", "ij,jk,kl", a, b, c, optimize=["einsum_path", *path])
    with pytest.raises(RuntimeError):
        cp.einsum("ij,jk,kl", *map(cp.asarray, (a, b, c)), optimize=["einsum_path", (1, 2)])
    for bad in ([(1, 2), (0, 1)], ["einsum_path", (0, 7), (0, 1)], ["einsum_path", (0, 0)], "foo"):
        with pytest.raises((TypeError, IndexError, ValueError)):
            cp.einsum("ij,jk,kl", *map(cp.asarray, (a, b, c)), optimize=bad)
    x = cp.asarray(a)
    assert cp.einsum("ij->ji", x, order="C").flags.c_contiguous and cp.einsum("ij,jk->ik", x, cp.asarray(b), order="F").flags.f_contiguous
    out = cp.zeros((3, 5))
    assert cp.einsum("ij,jk", x, cp.asarray(b), out=out) is out


def test_einsum_views():
    """Without sums and products it is a view."""
    x = cp.zeros((3, 3))
    cp.einsum("ii->i", x)[...] = 4
    cp.einsum("ij->ji", x)[2, 0] = 7
    assert_same(x, np.array([[4.0, 0, 7], [0, 4, 0], [0, 0, 4]]))


def test_einsum_of_rounded_sums():
    """Longer sums of floats, within the bound of their rounding: as many units as terms."""
    for dtype in "efdFD":
        a, b = (values("moderate", dtype, shape, "sum") / 8 for shape in ((20, 70, 5), (70, 30, 5)))
        a, b = a.astype(dtype), b.astype(dtype)
        got = to_numpy(cp.einsum("ijb,jkb->bik", cp.asarray(a), cp.asarray(b)))
        want = np.einsum("ijb,jkb->bik", a.astype("D"), b.astype("D"))
        size = np.einsum("ijb,jkb->bik", np.abs(a).astype("d"), np.abs(b).astype("d"))
        unit = np.finfo(dtype).eps
        assert got.dtype == a.dtype and np.all(np.abs(got - want) <= 4 * 70 * unit * size)


def test_pending_operands():
    """Values that wait are computed with the product."""
    a = np.arange(10000.0).reshape(100, 100) % 7
    x = cp.asarray(a)
    assert_same(cp.dot(x + 1, x * 2), (a + 1) @ (a * 2))
    assert_same(cp.einsum("ij,ij->i", x + 1, x * 2), np.einsum("ij,ij->i", a + 1, a * 2))
    assert_same(cp.tensordot(x + 1, x * 2, 2), np.asarray(np.tensordot(a + 1, a * 2, 2)))
    assert_same(cp.kron(x[:9] + 1, x[:3, :3] * 2), np.kron(a[:9] + 1, a[:3, :3] * 2))
    assert_same(cp.vdot(x + 1, x), np.asarray(np.vdot(a + 1, a)))


def test_no_numpy_arrays():
    """NumPy arrays are not taken in silence."""
    x, a = cp.ones((2, 2)), np.ones((2, 2))
    for call in (
        lambda: cp.dot(x, a), lambda: cp.einsum("ij,jk", x, a), lambda: cp.tensordot(a, x), lambda: cp.vecdot(x, a), lambda: cp.linalg.multi_dot([x, a]),
        lambda: cp.outer(x, "a"), lambda: cp.einsum("ij", None),
    ):
        with warnings.catch_warnings(), pytest.raises(TypeError):
            call()


PATHS = [
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)), ("ij,jk,kl->il", (2, 10), (10, 10), (10, 10)), ("ij,jk", (2, 3), (3, 4)), ("ii", (3, 3)), ("ij->ji", (2, 3)),
    ("ab,cd,ef->abcdef", (2, 3), (4, 5), (6, 7)), ("ea,fb,abcd,gc,hd->efgh", (3, 3), (3, 3), (3, 3, 3, 3), (3, 3), (3, 3)),
    ("i,i,i->", (5,), (5,), (5,)), ("i,j,i->ij", (5,), (4,), (5,)), ("ij,kl,jk,im,mn", (2, 3), (4, 5), (3, 4), (2, 6), (6, 7)),
    ("ij,jk,kl->il", (1, 3), (3, 1), (1, 5)), ("iij,jk,k->i", (3, 3, 2), (2, 4), (4,)), ("ab,ab,ab->ab", (2, 3), (2, 3), (2, 3)), ("ij,jk,kl->il", (0, 3), (3, 4), (4, 5)),
]


@pytest.mark.parametrize("optimize", ["greedy", "optimal", True, False, None, ("greedy", 4), ("optimal", 6), ("greedy", 1e3)], ids=str)
@pytest.mark.parametrize("path", PATHS, ids=str)
def test_einsum_path(path, optimize):
    """NumPy's path and table; `einsum` takes the path."""
    subscripts, *shapes = path
    xs = [np.ones(shape) for shape in shapes]
    want, got = (lib.einsum_path(subscripts, *ys, optimize=optimize) for lib, ys in ((np, xs), (cp, [cp.asarray(x) for x in xs])))
    assert got[0] == want[0] and type(got[0]) is list
    assert got[1].splitlines() == want[1].splitlines()
    check("einsum", subscripts, *xs, optimize=got[0])


def test_einsum_path_given():
    """A path of the caller's is judged; bad ones raise."""
    xs = [np.ones(shape) for shape in ((2, 3), (3, 4), (4, 5))]
    ours_ = [cp.asarray(x) for x in xs]
    given = ["einsum_path", (0, 2), (0, 1)]
    want, got = np.einsum_path("ij,jk,kl", *xs, optimize=given), cp.einsum_path("ij,jk,kl", *ours_, optimize=given)
    assert got[0] == want[0] and got[1] == want[1]
    dots = cp.einsum_path("...j,jk->...k", cp.ones((2, 3, 4)), cp.ones((4, 5)))
    assert dots[0] == ["einsum_path", (0, 1)] and "j,jk->" in dots[1]
    for call in (
        lambda lib, a: lib.einsum_path("ij,jk,kl", *a, optimize=["einsum_path", (0, 1)]),
        lambda lib, a: lib.einsum_path("ij,jk,kl", *a, optimize=[(0, 1), (0, 1)]),
    ):
        with pytest.raises((RuntimeError, TypeError)) as theirs:
            call(np, xs)
        with pytest.raises(theirs.type):
            call(cp, ours_)
    with pytest.raises(ValueError, match="Path name foo not found"):
        cp.einsum_path("ij,jk,kl", *ours_, optimize="foo")


@pytest.mark.parametrize("dtype", "?bHilefdFD")
def test_long_inner_products(dtype):
    """Inner products and products with vectors that all threads share: long lines, strided and reversed ones."""
    for n in (32767, 32768, 100003):
        rng = np.random.default_rng(n)
        a, b = ((rng.integers(-3, 4, 2 * n)).astype(dtype) for _ in range(2))
        x, y = cp.asarray(a), cp.asarray(b)
        for cut in (slice(n), slice(None, None, 2), slice(None, n - 1, -1)):
            # Small integers: sums of floats are exact but for float16, of which NumPy rounds each sum.
            u, v = a[cut], b[cut]
            want = np.dot(u, v) if dtype != "e" else np.dot(u.astype("d"), v.astype("d")).astype("e")
            got = cp.dot(x[cut], y[cut])
            assert got.dtype == np.dtype(dtype) and got.shape == () and got.get() == want, (dtype, n, cut)
            assert (cp.matmul(x[cut][None], y[cut][:, None]).get() == want).all()
        m = rng.integers(-3, 4, (7, n)).astype(dtype)
        want = (m.astype("D") @ a[:n].astype("D")) if dtype in "efdFD" else m @ a[:n]
        assert np.array_equal(cp.matmul(cp.asarray(m), x[:n]).get(), want.real.astype(dtype) if dtype in "efd" else want.astype(dtype))
        assert np.array_equal(cp.matmul(x[:n], cp.asarray(m.T.copy())).get(), want.real.astype(dtype) if dtype in "efd" else want.astype(dtype))
