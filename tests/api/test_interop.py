"""Transfers from and to NumPy: explicit, copying, of any layout."""

import io
import math
import operator

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy
from support.values import DTYPES, LAYOUTS, OTHER, both, laid_out, values


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_from_any_layout(layout):
    """Host arrays of any layout arrive with their elements and, like NumPy's copies, in their order."""
    for dtype in DTYPES:
        a, _ = laid_out(layout, "any", dtype)
        assert_same(cp.asarray(a), a, 0, f"{layout} {dtype}")
        assert_same(cp.array(a), a, 0, f"{layout} {dtype}")
        assert_same(cp.asarray(a), np.array(a), 0, layout, strides=layout not in ("row", "column", "lazy_row"))


@pytest.mark.parametrize("dtype", [d for d in DTYPES if np.dtype(d).itemsize > 1])
def test_from_any_byte_order(dtype):
    """Arrays of the other byte order are swapped on the way; device arrays are always native."""
    a = values("any", dtype, (30, 20))
    swapped = a.astype(np.dtype(dtype).newbyteorder())
    for view in (lambda m: m, lambda m: m.T, lambda m: m[::-2, ::3]):
        assert_same(cp.asarray(view(swapped)), np.array(view(a)), 0, dtype)


def test_from_unaligned_and_read_only():
    """Unaligned and read-only host memory can be read."""
    raw = np.frombuffer(b"x" + values("any", "d", 100).tobytes(), "u1")
    a = raw[1:].view("d")
    assert not a.flags.aligned and not a.flags.writeable
    assert_same(cp.asarray(a), np.array(a))
    record = np.zeros(50, dtype=[("a", "i1"), ("b", "f8")])
    record["b"] = np.arange(50)
    assert_same(cp.asarray(record["b"]), np.arange(50.0))


def test_from_subclasses():
    """Subclasses of NumPy arrays arrive as plain arrays."""
    assert_same(cp.asarray(np.arange(6.0).reshape(2, 3).view(np.matrix)), np.arange(6.0).reshape(2, 3))


def test_asarray_copies():
    """Neither side sees the other's later writes (rule 11)."""
    a = values("moderate", "d", 5000).copy()
    kept = a.copy()
    x = cp.asarray(a)
    y = x + 1
    a[...] = 7
    assert_same(x, kept)
    assert_same(y, kept + 1)
    x[...] = 9
    assert (a == 7).all()


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_asnumpy(layout):
    """`asnumpy` and `get` give fresh, contiguous, writable host arrays."""
    for dtype in "?hfD":
        a, x = laid_out(layout, "any", dtype)
        for out in (cp.asnumpy(x), x.get()):
            assert type(out) is np.ndarray and out.flags.c_contiguous and out.flags.writeable and out.flags.owndata
            assert out.dtype == a.dtype and np.array_equal(out, a, equal_nan=True)
            if out.size:
                out[...] = 1
        assert_same(x, a)


def test_asnumpy_order():
    """`order='F'` gives Fortran order."""
    a, x = both("any", "f", (4, 5))
    for out in (cp.asnumpy(x, order="F"), x.get(order="F")):
        assert out.flags.f_contiguous and np.array_equal(out, a, equal_nan=True)


def test_asnumpy_of_pending_values():
    """A transfer forces what it reads."""
    a, x = both("moderate", "f", 5000)
    assert np.array_equal(cp.asnumpy(x * 2 + 1), a * 2 + 1)
    assert np.array_equal(((x > 0) == (x >= 0)).get(), (a > 0) == (a >= 0))


def test_asnumpy_of_others():
    """What is on the host already is handed to NumPy."""
    assert np.array_equal(cp.asnumpy(np.arange(3)), np.arange(3))
    assert np.array_equal(cp.asnumpy([1, 2]), np.array([1, 2]))
    assert cp.asnumpy(3).shape == ()


def test_get_out():
    """`get(out=)` fills a host array of the same shape and dtype."""
    a, x = both("any", "f", (40, 50))
    out = np.zeros((40, 50), "f")
    assert x.get(out=out) is out
    assert np.array_equal(out, a, equal_nan=True)
    for bad in (np.zeros((40, 51), "f"), np.zeros((40, 50), "d"), np.zeros(2000, "f")):
        with pytest.raises((ValueError, TypeError)):
            x.get(out=bad)
        assert not bad.any()
    with pytest.raises(TypeError):
        x.get(out=[0] * 2000)
    read_only = np.zeros((40, 50), "f")
    read_only.flags.writeable = False
    with pytest.raises((ValueError, TypeError)):
        x.get(out=read_only)


@pytest.mark.parametrize("layout", ["contiguous", "strided", "negative", "transposed", "permuted", "0-d", "empty", "lazy_strided"])
def test_set(layout):
    """`set` overwrites every element from the host, through any view."""
    a, x = laid_out(layout, "any", "f")
    b = values("moderate", "f", a.shape, "new")
    y = x + 1
    x.set(b)
    assert_same(x, b)
    assert_same(y, a + np.float32(1))


def test_set_errors():
    """`set` wants the same shape and dtype, from the host."""
    a, x = both("any", "f", (4, 5))
    for bad in (np.zeros((4, 6), "f"), np.zeros(20, "f"), np.zeros((4, 5), "D")):
        with pytest.raises((ValueError, TypeError)):
            x.set(bad)
    assert_same(x, a)


IMPLICIT = {
    "asarray": lambda x: np.asarray(x), "array": lambda x: np.array(x), "function": lambda x: np.save(io.BytesIO(), x), "sum of list": lambda x: np.array([x, x]),
    "assignment": lambda x: np.zeros(3).__setitem__(slice(None), x), "math": lambda x: math.sin(x),
}


@pytest.mark.parametrize("name", IMPLICIT)
def test_no_implicit_conversion(name):
    """NumPy never gets the elements of a device array without being told to."""
    with pytest.raises(TypeError):
        IMPLICIT[name](cp.ones(3))


def test_numpy_arrays_are_refused():
    """Functions never transfer a host array by themselves."""
    x, a = cp.ones(3), np.ones(3)
    for call in (lambda: cp.add(x, a), lambda: cp.add(a, x), lambda: np.add(a, x), lambda: a + x, lambda: x * a, lambda: cp.sum(a), lambda: cp.where(a > 0, x, x),
                 lambda: cp.matmul(x, a), lambda: operator.iadd(x, a), lambda: cp.add(x, x, out=a)):
        with pytest.raises(TypeError):
            call()
    assert_same(x, a)


def test_numpy_scalars_are_accepted():
    """NumPy's scalars and 0-d numbers are numbers, not arrays."""
    assert_same(cp.ones(3) * np.float64(2), np.full(3, 2.0))
    assert_same(cp.full(3, np.float32(2)), np.full(3, 2, "f"))
    assert_same(np.float64(2) * cp.ones(3), np.full(3, 2.0))


def test_foreign_dtypes_are_refused():
    """Strings, objects, dates and long doubles have no dtype here."""
    for a in (np.array(["a"]), np.array([None]), np.zeros(2, "M8[s]"), np.zeros(2, "g"), np.zeros(2, "G"), np.zeros(2, "i4,f4"), np.array([b"x"])):
        with pytest.raises(TypeError):
            cp.asarray(a)


def test_round_trips():
    """What goes to the device comes back bit for bit, NaN payloads and all."""
    bits = np.arange(2**16, dtype="u2")
    assert np.array_equal(cp.asnumpy(cp.asarray(bits.view("e"))).view("u2"), bits)
    bits = np.array([0x7FF0000000000001, 0xFFF8000000000123, 0x8000000000000000], "u8")
    assert np.array_equal(cp.asnumpy(cp.asarray(bits.view("d"))).view("u8"), bits)
    big = values("any", "L", 1_000_003)
    assert np.array_equal(to_numpy(cp.asarray(big)), big)
