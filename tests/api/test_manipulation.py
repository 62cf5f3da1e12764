"""Reshaping, transposing, broadcasting, casting and copying, against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, order_of
from support.values import DTYPES, both, laid_out, values

LAYOUT_NAMES = ["contiguous", "strided", "rows", "negative", "transposed", "row", "column", "permuted", "half_permuted", "five_axes", "0-d", "empty", "lazy_transposed"]


def shares(view, base):
    """Whether a write into a view shows in the array that it was made of."""
    before = cp.asnumpy(base).copy()
    view[...] = view + 1
    changed = not np.array_equal(cp.asnumpy(base), before)
    base[...] = cp.asarray(before)
    return changed


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_reshape(layout):
    """Reshape gives NumPy's elements, and a view exactly where NumPy gives one."""
    a, x = laid_out(layout, "moderate", "l")
    targets = [-1, (a.size,), (1, a.size, 1), (-1, 1)]
    targets += [(20, 30), (30, 20), (600,), (2, 10, 30), (2, 10, 5, 6), (20, 2, -1), (4, 150), (-1, 3)] if a.size == 600 else []
    for target in targets:
        for order in ("C", "F", "A"):
            want, error = None, None
            try:
                want = a.reshape(target, order=order)
            except ValueError as e:
                error = e
            if error is not None:
                assert_raises_like(lambda: x.reshape(target, order=order), lambda: a.reshape(target, order=order))
                continue
            got = x.reshape(target, order=order)
            assert_same(got, want, 0, f"{layout} to {target} {order}", strides=True)
            if a.size > 1 and layout not in ("row", "column"):
                assert shares(got, x) == np.shares_memory(want, a), f"{layout} to {target} {order}: view or copy"


def test_reshape_arguments():
    """Shapes come as numbers, tuples or lists, also through the function."""
    a, x = both("any", "f", (4, 6))
    assert_same(x.reshape(3, 8), a.reshape(3, 8))
    assert_same(x.reshape([3, 8]), a.reshape([3, 8]))
    assert_same(x.reshape(np.int64(24)), a.reshape(np.int64(24)))
    assert_same(cp.reshape(x, (2, -1)), np.reshape(a, (2, -1)))
    assert_same(cp.reshape(x, 24, order="F"), np.reshape(a, 24, order="F"))
    assert_same(cp.zeros((0, 3)).reshape(5, 0), np.zeros((0, 3)).reshape(5, 0))
    assert_same(cp.ones(()).reshape(1, 1), np.ones(()).reshape(1, 1))
    assert_same(cp.ones((1, 1)).reshape(()), np.ones((1, 1)).reshape(()))


def test_reshape_errors():
    """Sizes that do not fit raise NumPy's words."""
    a, x = both("any", "f", (4, 6))
    for target in (5, (5, 5), (-1, 5), (-1, -1), (0,), (0, -1), (24, 0), (2**40, 2**40), (1,) * 65):
        assert_raises_like(lambda: x.reshape(target), lambda: a.reshape(target), what=str(target))
    assert_same_outcome(lambda: x.reshape(-2, 12), lambda: a.reshape(-2, 12))
    assert_raises_like(lambda: cp.zeros(0).reshape(0, -1), lambda: np.zeros(0).reshape(0, -1))
    assert_raises_like(lambda: x.reshape("a"), lambda: a.reshape("a"), match_message=False)
    assert_raises_like(lambda: x.reshape(4, 6, order="Z"), lambda: a.reshape(4, 6, order="Z"), match_message=False)


def test_transpose():
    """Axes are permuted as NumPy's, by every way to say so."""
    a, x = both("any", "f", (2, 3, 4))
    for axes in ((), (None,), (0, 1, 2), (2, 0, 1), ((1, 2, 0),), ([0, 2, 1],), (-1, 0, 1)):
        assert_same(x.transpose(*axes), a.transpose(*axes), 0, str(axes), strides=True)
    assert_same(x.T, a.T, strides=True)
    assert_same(cp.transpose(x), np.transpose(a), strides=True)
    assert_same(cp.transpose(x, (1, 0, 2)), np.transpose(a, (1, 0, 2)), strides=True)
    assert_same(cp.ones(3).T, np.ones(3).T)
    assert_same(cp.ones(()).T, np.ones(()).T)
    for axes in ((0, 1), (0, 0, 1), (0, 1, 3), (0, 1, -4), (0, 1, 2, 2)):
        assert_raises_like(lambda: x.transpose(axes), lambda: a.transpose(axes), what=str(axes))
    y = x.T
    y[0] = 5
    assert_same(x[:, :, 0], np.full((2, 3), 5, "f"))
    assert y.base is x


def test_broadcast_to():
    """Broadcasting repeats without memory of its own, and misfits raise NumPy's words."""
    for shape, target in (((3,), (2, 3)), ((2, 1), (2, 5)), ((), (4,)), ((), ()), ((1,), (0,)), ((1, 3), (4, 2, 3)), ((0,), (3, 0)), ((3,), (3,))):
        a, x = both("any", "f", shape)
        want, got = np.broadcast_to(a, target), cp.broadcast_to(x, target)
        assert_same(got, want, strides=True)
        assert order_of(got) == order_of(want)
    a, x = both("any", "f", 3)
    for target in ((2,), (3, 2), (), (0,), (-1,), (2, 3, 4)):
        assert_raises_like(lambda: cp.broadcast_to(x, target), lambda: np.broadcast_to(a, target), what=str(target))
    assert_same(cp.broadcast_to(x, 3), np.broadcast_to(a, 3))


@pytest.mark.parametrize("source", DTYPES)
def test_astype(source):
    """Casts between all dtypes give NumPy's values, at once and lazily."""
    for target in DTYPES:
        for n in (300, 5000):
            a, x = both("any", source, n)
            if np.dtype(source).kind in "fc" and np.dtype(target).kind in "iu":
                # Beyond the target's range C and CUDA leave the value undefined; truncation within is exact.
                a, x = both("moderate", source, n)
                if np.dtype(target).kind == "u":
                    a = np.abs(a).astype(source)
                    x = cp.asarray(a)
            assert_same(x.astype(target), a.astype(target), 0, f"{source} to {target}")


@pytest.mark.parametrize("casting", ["no", "equiv", "safe", "same_kind", "unsafe"])
def test_astype_casting(casting):
    """`casting=` allows what NumPy allows, in its words."""
    for source in DTYPES:
        for target in DTYPES:
            a, x = both("small_int", source, 5)
            a, x = abs(a).astype(source), cp.asarray(abs(a).astype(source))
            assert_same_outcome(lambda: x.astype(target, casting=casting), lambda: a.astype(target, casting=casting), what=f"{source} to {target} {casting}")
    with pytest.raises(ValueError):
        cp.ones(3).astype("i", casting="loose")


def test_astype_copy_and_order():
    """`copy=False` gives the array itself where nothing changes, and `order=` lays out as NumPy's."""
    x = cp.ones((4, 5), "f")
    assert x.astype("f", copy=False) is x
    assert x.astype("f") is not x
    assert x.astype("d", copy=False) is not x
    assert x.astype("f", order="F", copy=False) is not x
    for layout in LAYOUT_NAMES:
        for order in ("C", "F", "A", "K"):
            a, y = laid_out(layout, "moderate", "f")
            assert_same(y.astype("d", order=order), a.astype("d", order=order), 0, f"{layout} {order}", strides=True)
            assert_same(y.astype("f", order=order), a.astype("f", order=order), 0, f"{layout} {order}", strides=True)
    y = x.astype("f")
    y[...] = 3
    assert_same(x, np.ones((4, 5), "f"))


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_copy(order):
    """Copies have NumPy's layout and memory of their own."""
    for layout in LAYOUT_NAMES:
        a, x = laid_out(layout, "any", "i")
        got = x.copy(order=order)
        assert_same(got, a.copy(order=order), 0, f"{layout} {order}", strides=True)
        got.fill(0)
        assert_same(x, a)
        assert got.base is None and got.flags.owndata


def test_copy_defaults():
    """The method copies in C order unless told otherwise."""
    a, x = laid_out("transposed", "any", "f")
    assert_same(x.copy(), a.copy(), strides=True)
    assert_same(x.copy("F"), a.copy("F"), strides=True)


def test_ravel():
    """`ravel` is a view where NumPy's is one."""
    for layout in LAYOUT_NAMES:
        a, x = laid_out(layout, "moderate", "l")
        for order in ("C", "F", "A", "K"):
            want, got = a.ravel(order=order), x.ravel(order=order)
            assert_same(got, want, 0, f"{layout} {order}")
            if a.size > 1 and layout not in ("row", "column"):
                assert shares(got, x) == np.shares_memory(want, a), f"{layout} {order}: view or copy"
    a, x = both("any", "f", (3, 4))
    assert_same(cp.ravel(x), np.ravel(a))


def test_fill():
    """`fill` writes one value everywhere, through any view, with casts and range checks."""
    for dtype in DTYPES:
        for value in (0, 1, 2.5, True, -1, 300, np.float32(3)):
            a, x = values("any", dtype, (40, 60)), cp.asarray(values("any", dtype, (40, 60)))
            if np.dtype(dtype).kind == "u" and isinstance(value, float) and value < 0:
                continue
            assert_same_outcome(lambda: x[::2].fill(value) or x, lambda: a[::2].fill(value) or a, what=f"{dtype} fill {value}", match_message=False)
            assert_same(x, a)
