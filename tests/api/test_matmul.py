"""Matrix products against NumPy: of floats within the bound of their rounding, of integers and bool exactly."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, to_numpy
from support.values import values

SHAPES = [
    ((3, 4), (4, 5)), ((1, 1), (1, 1)), ((100, 37), (37, 53)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 5)), ((6, 3, 4), (6, 4, 5)), ((6, 3, 4), (4, 5)),
    ((3, 4), (6, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (6, 4, 5)), ((6, 3, 4), (4,)), ((0, 4), (4, 5)), ((3, 0), (0, 5)), ((3, 4), (4, 0)), ((0,), (0,)),
    ((0, 3, 4), (4, 5)), ((1, 300), (300, 1)), ((300, 1), (1, 300)), ((2, 3, 0), (2, 0, 4)), ((257, 129), (129, 65)),
]


def operands(dtype, shape, *key):
    """Matrices of moderate numbers in both libraries."""
    a = (values("moderate", dtype, shape, *key) / 4).astype(dtype)
    return a, cp.asarray(a)


def assert_product(got, a, b, dtype=None):
    """Checks a product against the exact one.

    An inner product of n terms, in whatever order it is added, errs by at most n u / (1 - n u) times the
    product of the magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), u being
    half an ulp of one; a complex term counts as four, and the stored result rounds once more.
    """
    want = np.matmul(a, b)
    out = to_numpy(got)
    assert out.dtype == (dtype or want.dtype) and out.shape == want.shape
    exact_type = np.clongdouble if out.dtype.kind == "c" else np.longdouble
    exact = np.matmul(a.astype(exact_type), b.astype(exact_type))
    n = a.shape[-1] * (4 if out.dtype.kind == "c" else 1)
    # Half products are added in float32 at least, so only their rounding at the end is that of float16.
    unit = np.finfo("f" if out.dtype == np.float16 else out.dtype).eps / 2
    bound = (n * unit / (1 - n * unit)) * np.matmul(np.abs(a).astype(np.longdouble), np.abs(b).astype(np.longdouble))
    bound = bound + np.abs(exact) * np.finfo(out.dtype).eps + np.finfo(out.dtype).smallest_subnormal
    error = np.abs(out - exact)
    assert np.all(error <= bound), f"{a.shape} @ {b.shape} {out.dtype}: error {error.max()} beyond {bound.min()}"


@pytest.mark.parametrize("dtype", "efdFD")
@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_shapes(left, right, dtype):
    """Vectors, matrices and batches multiply by NumPy's rules, as function and as operator."""
    (a, x), (b, y) = operands(dtype, left, 1), operands(dtype, right, 2)
    assert_product(cp.matmul(x, y), a, b)
    assert_product(x @ y, a, b)


@pytest.mark.parametrize(("left", "right"), [("f", "d"), ("d", "f"), ("f", "D"), ("F", "d"), ("F", "D"), ("e", "e"), ("e", "f")])
def test_mixed_dtypes(left, right):
    """Dtypes are promoted as in NumPy."""
    (a, x), (b, y) = operands(left, (20, 30), 1), operands(right, (30, 10), 2)
    assert_product(x @ y, a, b)


@pytest.mark.parametrize("dtype", "fd")
def test_layouts(dtype):
    """Transposed, strided, negative and broadcast operands, and pending ones."""
    views = [lambda m: m, lambda m: m.T, lambda m: m[::-1], lambda m: m[:, ::-1], lambda m: m[::-1, ::-1].T]
    (a, x), (b, y) = operands(dtype, (60, 60), 1), operands(dtype, (60, 60), 2)
    for left in views:
        for right in views:
            assert_product(left(x) @ right(y), left(a), right(b))
    assert_product(x[::2, ::3] @ y[:20, ::2], a[::2, ::3], b[:20, ::2])
    assert_product(cp.broadcast_to(x[0], (60, 60)) @ y, np.broadcast_to(a[0], (60, 60)), b)
    assert_product((x + x) @ (y * 2), a + a, b * 2)
    (a, x), (b, y) = operands(dtype, (5, 6, 7), 3), operands(dtype, (7, 5, 6), 4)
    assert_product(x.transpose(1, 0, 2) @ y.transpose(2, 0, 1), a.transpose(1, 0, 2), b.transpose(2, 0, 1))
    assert_product(x.transpose(1, 0, 2)[::-1] @ y.transpose(2, 0, 1)[:, :, ::-2], a.transpose(1, 0, 2)[::-1], b.transpose(2, 0, 1)[:, :, ::-2])


def test_large():
    """A product large enough for blocking and threads."""
    for dtype in "fd":
        (a, x), (b, y) = operands(dtype, (300, 500), 1), operands(dtype, (500, 200), 2)
        assert_product(x @ y, a, b)


def test_out():
    """`out` receives the product, even where it overlaps an operand."""
    (a, x), (b, y) = operands("f", (20, 20), 1), operands("f", (20, 20), 2)
    for out in (cp.zeros((20, 20), "f"), cp.zeros((20, 20), "f").T, cp.zeros((40, 40), "f")[::2, ::2]):
        assert cp.matmul(x, y, out=out) is out
        assert_product(out, a, b)
    cp.matmul(x, y, out=x)
    assert_product(x, a, b)
    for shape in ((20, 21), (20,), (3,)):
        with pytest.raises(ValueError):
            cp.matmul(y, y, out=cp.zeros(shape, "f"))
    with pytest.raises(TypeError):
        cp.matmul(y, y, out=cp.zeros((20, 20), "i"))


def test_in_place():
    """`@=` writes into its left side."""
    (a, x), (b, y) = operands("d", (20, 20), 1), operands("d", (20, 20), 2)
    alias = x
    x @= y
    assert x is alias
    assert_product(alias, a, b)


def test_special_values():
    """NaN and infinities spread along their rows and columns as in NumPy."""
    a, b = np.ones((5, 5)), np.ones((5, 5))
    a[1, 2], a[3, 0], b[4, 4] = np.nan, np.inf, -np.inf
    got, want = to_numpy(cp.asarray(a) @ cp.asarray(b)), a @ b
    assert np.array_equal(got, want, equal_nan=True)


def test_same_bits_again():
    """The same product has the same bits run after run."""
    (_, x), (_, y) = operands("f", (200, 300), 1), operands("f", (300, 100), 2)
    first = to_numpy(x @ y)
    for _ in range(3):
        assert np.array_equal(to_numpy(x @ y), first)


def test_errors():
    """Shapes that do not fit, and numbers, raise NumPy's errors."""
    for left, right in (((3, 4), (5, 6)), ((3,), (4,)), ((3, 4), (3,)), ((2, 3, 4), (3, 4, 5)), ((4,), (3, 4))):
        a, b = np.ones(left), np.ones(right)
        assert_raises_like(lambda: cp.matmul(cp.asarray(a), cp.asarray(b)), lambda: np.matmul(a, b), what=f"{left} @ {right}")
    a = np.ones((3, 3))
    assert_raises_like(lambda: cp.matmul(cp.asarray(a), cp.asarray(2.0)), lambda: np.matmul(a, np.asarray(2.0)))
    assert_raises_like(lambda: cp.asarray(a) @ 2, lambda: a @ 2)
    for other in (np.ones((3, 3)), "a", None):
        with pytest.raises(TypeError):
            cp.matmul(cp.asarray(a), other)


INTEGRAL = "?bBhHiIlL"


def exact(dtype, shape, *key):
    """Arrays of all integers of a dtype in both libraries; of bool mostly false ones."""
    a = values("any", dtype, shape, *key)
    a = a & (values("small_int", "i", shape, *key, "thin") == 0) if dtype == "?" else a
    return a, cp.asarray(a)


@pytest.mark.parametrize("dtype", INTEGRAL)
@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_exact_shapes(left, right, dtype):
    """Integers wrap as NumPy's do, bool is the "or" of "and"s."""
    (a, x), (b, y) = exact(dtype, left, 1), exact(dtype, right, 2)
    assert_same(cp.matmul(x, y), np.matmul(a, b), strides=True)
    assert_same(x @ y, a @ b)


@pytest.mark.parametrize("dtype", INTEGRAL)
def test_exact_layouts(dtype):
    """Transposed, strided, reversed and broadcast operands of all integral dtypes, and pending ones."""
    views = [lambda m: m, lambda m: m.T, lambda m: m[::-1], lambda m: m[:, ::-1], lambda m: m[::-1, ::-1].T]
    (a, x), (b, y) = exact(dtype, (60, 60), 1), exact(dtype, (60, 60), 2)
    for left in views:
        for right in views:
            assert_same(left(x) @ right(y), left(a) @ right(b))
    assert_same(x[::2, ::3] @ y[:20, ::2], a[::2, ::3] @ b[:20, ::2])
    assert_same(cp.broadcast_to(x[0], (60, 60)) @ y, np.broadcast_to(a[0], (60, 60)) @ b)
    assert_same(x @ cp.broadcast_to(y[:, :1], (60, 60)), a @ np.broadcast_to(b[:, :1], (60, 60)))
    assert_same((x | x) @ (y ^ x), (a | a) @ (b ^ a))
    assert_same(x[0] @ y[:, ::-1], a[0] @ b[:, ::-1])
    assert_same(x[::-1] @ y[:, 3], a[::-1] @ b[:, 3])
    (a, x), (b, y) = exact(dtype, (5, 6, 7), 3), exact(dtype, (7, 5, 6), 4)
    assert_same(x.transpose(1, 0, 2) @ y.transpose(2, 0, 1), a.transpose(1, 0, 2) @ b.transpose(2, 0, 1))
    assert_same(x.transpose(1, 0, 2)[::-1] @ y.transpose(2, 0, 1)[:, :, ::-2], a.transpose(1, 0, 2)[::-1] @ b.transpose(2, 0, 1)[:, :, ::-2])


@pytest.mark.parametrize("dtype", INTEGRAL)
def test_exact_sizes(dtype):
    """Sizes around those of the tiles, in one product and in batches."""
    for m, k, n in ((129, 65, 257), (64, 16, 64), (63, 17, 65), (128, 64, 128), (2, 1000, 3), (300, 7, 2), (2, 7, 300), (130, 1, 130), (3, 70, 600)):
        (a, x), (b, y) = exact(dtype, (m, k), 1), exact(dtype, (k, n), 2)
        assert_same(x @ y, a @ b, what=f"{m} {k} {n}")
        assert_same(x.T.copy().T @ y.T.copy().T, a @ b, what=f"{m} {k} {n} transposed")
    for shape in ((3, 2, 40, 30), (3, 1, 40, 30)):
        (a, x), (b, y) = exact(dtype, shape, 3), exact(dtype, (2, 30, 70), 4)
        assert_same(x @ y, a @ b)
        assert_same(x[::-1] @ y[::-1], a[::-1] @ b[::-1])


@pytest.mark.parametrize("dtype", INTEGRAL)
def test_exact_depths(dtype):
    """Lengths of the sums around those of the stretches that are multiplied at once, with the largest elements there are."""
    largest = np.array(True if dtype == "?" else np.iinfo(dtype).max, dtype)
    smallest = np.array(False if dtype == "?" else np.iinfo(dtype).min, dtype)
    for k in (1, 3, 4, 5, 31, 32, 33, 36, 16383, 16384, 16385, 33000):
        a, b = np.full((3, k), largest), np.full((k, 5), largest)
        a[1], b[:, 2] = smallest, smallest
        a[2, ::3], b[::2, 3] = 1, 0
        x, y = cp.asarray(a), cp.asarray(b)
        assert_same(x @ y, a @ b, what=f"{dtype} {k}")
        assert_same(x[:, 1:] @ y[1:], a[:, 1:] @ b[1:], what=f"{dtype} {k} not aligned")
        assert_same(x[:, ::-1] @ y, a[:, ::-1] @ b, what=f"{dtype} {k} reversed")


def test_large_tiles():
    """Integers of many tiles, beyond what one block of threads makes."""
    for dtype in "bil":
        (a, x), (b, y) = exact(dtype, (1600, 40), 1), exact(dtype, (40, 1500), 2)
        assert_same(x @ y, a @ b)


@pytest.mark.parametrize(("left", "right"), [("?", "b"), ("?", "B"), ("b", "B"), ("i", "I"), ("h", "l"), ("l", "L"), ("?", "f"), ("i", "f"), ("l", "F"), ("b", "e")])
def test_mixed_kinds(left, right):
    """Integers among each other and with floats are promoted as in NumPy."""
    small = lambda dtype, shape: values("small_int", "b", shape, dtype).astype(dtype)  # noqa: E731
    a, b = small(left, (20, 30)), small(right, (30, 10))
    assert_same(cp.asarray(a) @ cp.asarray(b), a @ b)


def test_keywords():
    """dtype, casting, order, axes, axis, keepdims and out, and what NumPy says where they do not go."""
    a, b, v = np.arange(12.0).reshape(3, 4), np.arange(20.0).reshape(4, 5), np.arange(4.0)
    i = np.arange(12, dtype="i").reshape(3, 4)
    cases = [
        (a, b, {"axes": [(0, 1), (0, 1), (0, 1)]}), (a, b, {"axes": [(0, 1), (0, 1), (1, 0)]}), (a, b, {"axes": [(1, 0), (0, 1), (0, 1)]}),
        (a.T, b, {"axes": [(1, 0), (-2, -1), (0, 1)]}), (a, b, {"axes": [(1, 0), (0, 1)]}), (a, b, {"axes": 3}),
        (a, b, {"axes": [1, (0, 1), (0, 1)]}), (a, b, {"axes": [(1,), (0, 1), (0, 1)]}), (a, b, {"axes": [(1, 5), (0, 1), (0, 1)]}),
        (a, b, {"axes": [(1, 1), (0, 1), (0, 1)]}), (a, v, {"axes": [(0, 1), 0, 0]}), (a, v, {"axes": [(0, 1), (0,), (0,)]}),
        (a, v, {"axes": [(0, 1), (0, 1), 0]}), (v, v, {"axes": [0, 0]}), (v, v, {"axes": [0, 0, ()]}), (v, v, {"axes": [0, "a", ()]}),
        (a, b, {"axis": 0}), (a, b, {"keepdims": True}), (a, b, {"keepdims": False}), (a, b, {"where": True}), (a, b, {"subok": False}),
        (a, b, {"dtype": "i"}), (a, b, {"dtype": "i", "casting": "unsafe"}), (i, b, {"dtype": "?"}), (i, b, {"dtype": "d", "casting": "no"}),
        (i, b, {"casting": "no"}), (i, b, {"dtype": "D"}), (a, 2, {}), (2, a, {}), (a, b, {"dtype": "f"}),
        (np.ones((2, 3, 4)), np.ones((3, 4, 5)), {}), (np.ones((7, 2, 3, 4)), np.ones((3, 4, 5)), {}),
    ]
    for left, right, words in cases:
        ours = lambda: cp.matmul(cp.asarray(left), cp.asarray(right), **words)  # noqa: E731, B023
        assert_same_outcome(ours, lambda: np.asarray(np.matmul(left, right, **words)), what=f"{left} {right} {words}")  # noqa: B023
    assert cp.matmul(cp.asarray(a), cp.asarray(b), order="F").flags.f_contiguous
    assert_raises_like(lambda: cp.matmul(cp.asarray(a), cp.asarray(b), order="x"), lambda: np.matmul(a, b, order="x"))


def test_out_shapes():
    """An `out` of every shape that fits or does not."""
    cases = [
        ((4, 3), (3, 4), (4, 5), "d"), ((4, 3), (3, 4), (5, 4), "d"), ((4, 3), (3, 4), (4,), "d"), ((4, 3), (3, 4), (1, 4, 4), "d"),
        ((4, 3), (3, 4), (2, 4, 4), "d"), ((2, 4, 3), (3, 4), (4, 4), "d"), ((2, 4, 3), (3, 4), (3, 4, 4), "d"), ((2, 4, 3), (3, 4), (1, 4, 4), "d"),
        ((4,), (4,), (), "d"), ((4,), (4,), (1,), "d"), ((4,), (4,), (3,), "d"), ((4, 3), (3, 4), (4, 4), "i"), ((4, 3), (3, 4), (4, 4), "f"),
        ((4, 3), (3,), (5,), "d"), ((3,), (3, 4), (5,), "d"), ((3,), (3, 4), (5, 4), "d"), ((2, 3, 4), (3, 4, 5), (3, 5), "d"),
    ]
    for left, right, out, dtype in cases:
        a, b = np.ones(left), np.ones(right)
        ours = lambda: cp.matmul(cp.asarray(a), cp.asarray(b), out=cp.zeros(out, dtype))  # noqa: E731, B023
        assert_same_outcome(ours, lambda: np.asarray(np.matmul(a, b, out=np.zeros(out, dtype))), what=f"{left} {right} {out} {dtype}")  # noqa: B023


def test_in_place_errors():
    """`@=` raises what NumPy raises."""
    def multiply(a, b):
        a @= b
        return a
    for left, right, dtype in (((3, 3), (3,), "d"), ((3,), (3, 3), "d"), ((3, 3), (3, 4), "d"), ((3, 3), (3, 3), "i"), ((2, 3, 3), (3, 3), "d"),
                               ((3, 3), (2, 3, 3), "d"), ((3,), (3,), "d"), ((3, 4), (4, 3), "d")):
        a, b = np.ones(left, dtype), np.ones(right)
        assert_same_outcome(lambda: multiply(cp.asarray(a), cp.asarray(b)), lambda: multiply(a.copy(), b), what=f"{left} {right}")  # noqa: B023


def test_numpy_calls_ours():
    """NumPy's own function multiplies our arrays by our code."""
    a, b = np.arange(12).reshape(3, 4), np.arange(20).reshape(4, 5)
    x, y = cp.asarray(a), cp.asarray(b)
    assert_same(np.matmul(x, y), a @ b)
    assert_same(np.matmul(x, y, dtype="d", axes=[(0, 1), (0, 1), (1, 0)]), np.matmul(a, b, dtype="d", axes=[(0, 1), (0, 1), (1, 0)]))
    out = cp.zeros((3, 5), "l")
    assert np.matmul(x, y, out=out) is out
    assert_same(out, a @ b)
    assert_same(np.vecdot(x, x, axis=0), np.vecdot(a, a, axis=0))
    assert_same(np.matvec(x, y[:, 0]), np.matvec(a, b[:, 0]))
    assert_same(np.vecmat(x[:, 0], x), np.vecmat(a[:, 0], a))
    with pytest.raises(TypeError):
        np.matmul(x, b)
