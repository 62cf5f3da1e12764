"""Infinities, NaN, signed zeros and branch cuts, each pair of them, for every ufunc of floats and complex numbers."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy
from support.tables import BINARY, UFUNCS, UNARY, pair_of, ulp_of

PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, np.inf, -np.inf, np.nan]


def loops(names, char):
    """The ufuncs of these that have a loop whose first operand is of this dtype."""
    return [name for name in names if any(np.dtype(ins[0]).char == char for ins, _ in UFUNCS[name]["loops"])]


def pairs(dtype):
    """All pairs of special values: two arrays of reals."""
    return [x.ravel() for x in np.meshgrid(np.array(PARTS, dtype), np.array(PARTS, dtype), indexing="ij")]


@pytest.mark.parametrize("name", loops(UNARY, "d"))
def test_unary(name):
    """Special values and the extremes of the range of floats, with the signs of zeros."""
    f, g = pair_of(name)
    for dtype in "efd":
        info = np.finfo(dtype)
        extremes = [info.max, info.smallest_normal, info.smallest_subnormal, info.eps, 1 - info.epsneg, 1 + info.eps, 100.0]
        x = np.array([*PARTS, *extremes, *[-e for e in extremes]], dtype)
        assert_same(f(cp.asarray(x)), g(x), ulp_of(name, dtype), f"{name}({dtype})")


@pytest.mark.parametrize("name", loops(BINARY, "d"))
def test_binary(name):
    """Every pair of special values."""
    f, g = pair_of(name)
    for dtype in "efd":
        a, b = pairs(dtype)
        if np.dtype(UFUNCS[name]["loops"][0][0][1]).kind == "i":
            b = np.resize(np.array([0, 1, -1, 40, -40, 2000, -2000, 2**31 - 1, -(2**31)], "i"), a.size)
        assert_same(f(cp.asarray(a), cp.asarray(b)), g(a, b), ulp_of(name, dtype), f"{name}({dtype}, {b.dtype.char})")


@pytest.mark.parametrize("name", loops(UNARY, "D"))
def test_complex(name):
    """The values of C99's Annex G, on both sides of each branch cut.

    Where C leaves a sign open, it is that of the C library which NumPy calls on Linux.
    """
    f, g = pair_of(name)
    for dtype in "FD":
        z = np.empty(len(PARTS) ** 2, dtype)
        z.real, z.imag = pairs(z.real.dtype)
        got, want = to_numpy(f(cp.asarray(z))), np.asarray(g(z))
        assert_same(f(cp.asarray(z)), want, ulp_of(name, dtype), f"{name}({dtype})")
        if want.dtype.kind != "c":
            continue
        for mine, theirs in ((got.real, want.real), (got.imag, want.imag)):
            wrong = (np.signbit(mine) != np.signbit(theirs)) & ~np.isnan(theirs)
            assert not wrong.any(), f"{name}: the signs at {z[wrong]} are {mine[wrong]}, in NumPy {theirs[wrong]}"


def test_steps_of_float16():
    """Every float16 number has NumPy's spacing and neighbours."""
    x = np.arange(2**16, dtype="H").view("e")
    assert_same(cp.spacing(cp.asarray(x)), np.spacing(x))
    for towards in (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 6e-8):
        y = np.full_like(x, towards)
        assert_same(cp.nextafter(cp.asarray(x), cp.asarray(y)), np.nextafter(x, y), what=f"nextafter(x, {towards})")


@pytest.mark.parametrize("name", ["gcd", "lcm", "floor_divide", "remainder", "fmod", "left_shift", "right_shift"])
def test_pairs_of_bytes(name):
    """Every pair of int8 and of uint8 numbers has NumPy's result."""
    f, g = pair_of(name)
    for dtype in "bB":
        every = np.arange(256, dtype="B").view(dtype)
        a, b = (x.ravel() for x in np.meshgrid(every, every))
        with np.errstate(all="ignore"):
            want = g(a, b)
        assert_same(f(cp.asarray(a), cp.asarray(b)), want, what=f"{name}({dtype})")
