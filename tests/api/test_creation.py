"""Functions that make arrays, against NumPy."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome
from support.values import DTYPES, laid_out, values


@pytest.mark.parametrize("dtype", [None, *DTYPES, "float32", np.int16, np.dtype("f8"), float, int, bool, complex])
@pytest.mark.parametrize("name", ["zeros", "ones", "empty"])
def test_filled(name, dtype):
    """`zeros`, `ones` and `empty` have NumPy's dtype, shape and order."""
    for shape in (3, (), (0,), (2, 3), (2, 0, 4), [4, 5], np.int64(6), (np.int32(2), 3)):
        for order in ("C", "F"):
            kwargs = {"order": order} | ({} if dtype is None else {"dtype": dtype})
            want, got = getattr(np, name)(shape, **kwargs), getattr(cp, name)(shape, **kwargs)
            if name == "empty":
                got.fill(1)
                want.fill(1)
            assert_same(got, want, 0, f"{name}({shape}, {dtype})", strides=True)
            assert got.flags.owndata and got.base is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_full(dtype):
    """`full` casts its value as NumPy does, and takes the value's dtype without one."""
    for value in (0, 1, 2.5, True, 3 + 1j, -1, 300, np.float32(1.5), np.uint8(7)):
        assert_same_outcome(lambda: cp.full((3, 4), value, dtype), lambda: np.full((3, 4), value, dtype), match_message=False, what=f"full({value}, {dtype})")
        assert_same(cp.full((3, 4), value), np.full((3, 4), value), 0, f"full({value})")
    assert_same(cp.full((2, 3), cp.asarray(np.arange(3, dtype="f"))), np.full((2, 3), np.arange(3, dtype="f")))


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like", "full_like"])
def test_like(name):
    """The `_like` functions take dtype, shape and order from their model unless told otherwise."""
    extra = (7,) if name == "full_like" else ()
    for layout in ("contiguous", "transposed", "strided", "permuted", "negative", "row", "0-d", "empty"):
        a, x = laid_out(layout, "any", "f", name)
        for kwargs in ({}, {"dtype": "i"}, {"order": "C"}, {"order": "F"}, {"order": "A"}, {"shape": (4, 5)}):
            want, got = getattr(np, name)(a, *extra, **kwargs), getattr(cp, name)(x, *extra, **kwargs)
            if name == "empty_like":
                got.fill(1)
                want.fill(1)
            assert_same(got, want, 0, f"{name} of {layout} {kwargs}", strides=True)


ARANGES = [(5,), (0,), (-3,), (2, 7), (7, 2), (7, 2, -1), (0, 1, 0.1), (1, 2, 0.3), (10, 0, -2.5), (5.0,), (0, 10, 3), (2.5, 9), (-4, 5, 2), (0, 5000)]


@pytest.mark.parametrize("args", ARANGES, ids=str)
def test_arange(args):
    """`arange` has NumPy's length, dtype and values."""
    assert_same_outcome(lambda: cp.arange(*args), lambda: np.arange(*args))
    for dtype in "bBilLfdD":
        if min(args) >= 0 or dtype not in "BL":
            assert_same_outcome(lambda: cp.arange(*args, dtype=dtype), lambda: np.arange(*args, dtype=dtype), what=f"arange{args} {dtype}")


LONG_ARANGES = [(2**63, 2**63 + 3), (0, 2**64 - 1, 2**63), (2**53, 2**53 + 9), (2**53 - 5, 2**53 + 5), (2**24 - 3, 2**24 + 40, 3),
                (-(2**63), 2**63 - 1, 2**61), (2**62, -(2**62), -(2**60)), (0, 70000, 7), (2049, 2060), (2047, 2100), (-5000, 5000, 1111), (-1e19, 1e19, 1e19), (0.0, 1e19, 5e18), (0.0, 3e19, 1e19), (2.5e18, 1e19, 2e18)]


@pytest.mark.parametrize("args", LONG_ARANGES, ids=str)
def test_long_aranges(args):
    """Integers that need 64 bits, or more than a float has, are what NumPy makes of them."""
    for dtype in (None, *"lLefdFD"):
        # NumPy makes negative floats unsigned by wrapping, and says so only for some.
        if dtype != "L" or min(args) >= 0:
            assert_same_outcome(lambda: cp.arange(*args, dtype=dtype), lambda: np.arange(*args, dtype=dtype), what=f"{args} {dtype}")


def test_arange_of_larger_integers():
    """Integers beyond 64 bits are refused where NumPy makes objects of them; floats take them."""
    for args in ((2**64 - 3, 2**64), (-(2**127), 2**127, 2**126), (2**65, 2**65 + 3), (0, 3, 2**70), (-(2**64), 0, 2**62)):
        with pytest.raises(OverflowError):
            cp.arange(*args)
    assert_same(cp.arange(2**65, 2**65 + 3, dtype="d"), np.arange(2**65, 2**65 + 3, dtype="d"))
    assert_same(cp.arange(0, 2**65, 2**63, dtype="f"), np.arange(0, 2**65, 2**63, dtype="f"))


def test_arange_keywords_and_errors():
    """`arange` takes its keywords, and refuses a zero step and endless ranges."""
    assert_same(cp.arange(start=2, stop=9, step=3), np.arange(start=2, stop=9, step=3))
    assert_same(cp.arange(3, dtype=np.float32), np.arange(3, dtype=np.float32))
    assert_raises_like(lambda: cp.arange(0, 5, 0), lambda: np.arange(0, 5, 0))
    assert_raises_like(lambda: cp.arange(0, float("inf")), lambda: np.arange(0, float("inf")))
    assert_raises_like(lambda: cp.arange(0, float("nan")), lambda: np.arange(0, float("nan")))
    with pytest.raises(TypeError):
        cp.arange()


@pytest.mark.parametrize("args", [(0, 1), (0, 1, 11), (5, -5, 7), (2.5, 2.5, 4), (0, 10, 1), (0, 10, 0), (1, 3, 2), (-1, 1, 5000), (0, 1 + 2j, 9), (0, 1e300, 3)], ids=str)
def test_linspace(args):
    """`linspace` steps as NumPy's, its end exact."""
    for kwargs in ({}, {"endpoint": False}, {"dtype": "f"}, {"dtype": "i"}):
        if kwargs.get("dtype") == "i" and (isinstance(args[1], complex) or args[1] > 1e10):
            continue
        # start + k * step rounds twice; NumPy's order is the definition, and bits agree.
        assert_same_outcome(lambda: cp.linspace(*args, **kwargs), lambda: np.linspace(*args, **kwargs), what=f"linspace{args} {kwargs}")


def test_linspace_errors():
    """`linspace` refuses negative counts."""
    assert_raises_like(lambda: cp.linspace(0, 1, -1), lambda: np.linspace(0, 1, -1))
    with pytest.raises(TypeError):
        cp.linspace(0, 1, 2.5)


NESTED = [1, 2.5, True, 1j, [], [1, 2], [[1, 2], [3, 4]], [1, 2.5], [True, 2], [1, 2.5, 3j], [[]], [[], []], [True, False], (1, 2), [(1, 2), [3, 4]], [2**40], [2**63],
          [[[1.0]]], [np.float32(1), np.float32(2)], [np.int8(1), 300], np.uint16(3), range(5), [-1, 2**63 - 1]]


@pytest.mark.parametrize("nested", NESTED, ids=repr)
@pytest.mark.parametrize("name", ["array", "asarray"])
def test_from_python(name, nested):
    """Numbers and nested sequences become arrays of NumPy's dtype and shape."""
    assert_same(getattr(cp, name)(nested), getattr(np, name)(nested))
    for dtype in "?lfdD":
        assert_same_outcome(
            lambda: getattr(cp, name)(nested, dtype=dtype), lambda: getattr(np, name)(nested, dtype=dtype), match_message=False, what=f"{nested!r} {dtype}"
        )


def test_from_python_out_of_range():
    """Python integers that the wanted dtype cannot hold raise OverflowError."""
    for nested, dtype in ((300, "u1"), ([-1], "u4"), ([[1, 2**31]], "i4"), (2**64, "u8")):
        assert_raises_like(lambda: cp.array(nested, dtype=dtype), lambda: np.array(nested, dtype=dtype))


def test_from_ragged_and_foreign():
    """Ragged sequences and objects that are no numbers are refused."""
    assert_raises_like(lambda: cp.array([[1, 2], [3]]), lambda: np.array([[1, 2], [3]]), match_message=False)
    for bad in (object(), "text", [None], {"a": 1}, ["a"]):
        with pytest.raises((TypeError, ValueError)):
            cp.array(bad)


def test_from_device_arrays():
    """A sequence of device arrays stacks them, and 0-d ones count as numbers."""
    a = np.arange(3, dtype="f")
    assert_same(cp.array([cp.asarray(a), cp.asarray(a) + 1]), np.array([a, a + 1]))
    assert_same(cp.array([cp.asarray(a).sum(), cp.asarray(a).max()]), np.array([a.sum(), a.max()]))


def test_array_copies_asarray_does_not():
    """`array` copies a device array by default, `asarray` gives it back unless something must change."""
    x = cp.asarray(values("any", "f", (4, 5)))
    assert cp.asarray(x) is x
    assert cp.asarray(x, dtype="f") is x
    y = cp.array(x)
    assert y is not x
    y[0] = 1
    z = cp.asarray(x, dtype="d")
    assert z.dtype == np.dtype("d")
    assert_same(x, values("any", "f", (4, 5)))
    same = cp.array(x, copy=False)
    same[0, 0] = 99
    assert x[0, 0].item() == 99


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_orders(order):
    """`array` and `asarray` lay out as NumPy's for every order."""
    for layout in ("contiguous", "transposed", "permuted", "strided", "negative"):
        a, x = laid_out(layout, "any", "f")
        assert_same(cp.array(x, order=order), np.array(a, order=order), 0, f"{layout} {order}", strides=True)
        assert_same(cp.array(a, order=order), np.array(a, order=order), 0, f"from NumPy {layout} {order}", strides=True)


def test_ndmin():
    """`ndmin` prepends axes."""
    for n in range(4):
        assert_same(cp.array([1, 2], ndmin=n), np.array([1, 2], ndmin=n))


def test_shape_errors():
    """Negative sizes, wrong types and too many axes raise as in NumPy."""
    for shape in (-1, (2, -3), (1,) * 65):
        assert_raises_like(lambda: cp.zeros(shape), lambda: np.zeros(shape))
    for shape in (2.5, "3", (2, 1.5), None):
        assert_raises_like(lambda: cp.zeros(shape), lambda: np.zeros(shape), match_message=False)
    for dtype in ("nonsense", "M8[s]", "O", "S5"):
        with pytest.raises(TypeError):
            cp.zeros(3, dtype=dtype)


def test_device_of_new_arrays(device):
    """New arrays live on the chosen device."""
    for x in (cp.zeros(3), cp.arange(3), cp.array([1]), cp.asarray(np.ones(2)), cp.zeros(3) + 1, cp.zeros((2, 3)).T, cp.ones(4).sum()):
        assert str(x.device).startswith(device)


def test_truths_are_no_sizes():
    """A truth is an integer in Python, but no part of a shape."""
    for shape in (True, (True, 2), [2, False]):
        for name in ("zeros", "empty", "ones"):
            assert_raises_like(lambda: getattr(cp, name)(shape), lambda: getattr(np, name)(shape), what=f"{name}({shape})")
