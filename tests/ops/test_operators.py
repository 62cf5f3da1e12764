"""Operators, reflected operators and in-place operators of arrays against NumPy."""

import operator

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome
from support.tables import ulp_of
from support.values import DTYPES, LAZY_SIZE, both, laid_out

BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder", "pow": "power",
    "and_": "bitwise_and", "or_": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}
COMPARISON = {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}
SCALARS = [True, 0, 2, 3, -1, 300, -300, 2**40, 2**64, 0.5, -1.5, 1e300, float("nan"), 1 + 2j]
PAIRS = ["ff", "bb", "BH", "lL", "if", "he", "ed", "fD", "?b", "??", "FF"]


def tolerance(name, *dtypes):
    """The tolerance of an operator: a float power may go through square or sqrt, as in NumPy.

    A complex64 power of NumPy's is off by 1.4 (4 + |b log a|) ulp, here up to 64; `test_ufuncs.py` measures
    powers against wider ones, so that this only has to see that the operator is the right function.
    """
    if name == "power" and any(np.dtype(d).kind == "c" for d in dtypes):
        return 64
    inexact = any(np.dtype(d).kind in "fc" for d in dtypes)
    return max(ulp_of(name, *dtypes), 1 if name == "power" and inexact else 0)


def safe_power(name, scalar):
    """Whether an operand keeps a power within what all dtypes can hold."""
    return name != "power" or isinstance(scalar, bool) or (isinstance(scalar, (int, float)) and abs(scalar) <= 3)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("symbol", [*BINARY, *COMPARISON])
def test_binary(symbol, pair):
    """An operator between arrays is its ufunc, with NumPy's dtype, values and errors."""
    f, name = getattr(operator, symbol), {**BINARY, **COMPARISON}[symbol]
    domain = "small_int" if name == "power" else "any"
    for n in (100, LAZY_SIZE):
        (a, x), (b, y) = both(domain, pair[0], n, 1), both(domain, pair[1], n, 2)
        if name == "power" and b.dtype.kind == "i" and a.dtype.kind == "b":
            continue
        assert_same_outcome(lambda: f(x, y), lambda: f(a, b), tolerance(name, *pair), what=f"{pair[0]} {symbol} {pair[1]}", strides=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("symbol", [*BINARY, *COMPARISON])
def test_python_scalars(symbol, dtype):
    """Python numbers on either side are weak, with NumPy's errors for integers out of range."""
    f, name = getattr(operator, symbol), {**BINARY, **COMPARISON}[symbol]
    a, x = both("small_int" if name == "power" else "any", dtype, 90, symbol)
    for s in SCALARS:
        if safe_power(name, s):
            assert_same_outcome(lambda: f(x, s), lambda: f(a, s), tolerance(name, dtype, type(s)), what=f"{dtype} {symbol} {s!r}")
            if not (name == "power" and isinstance(s, int) and s < 0):
                assert_same_outcome(lambda: f(s, x), lambda: f(s, a), tolerance(name, dtype, type(s)), what=f"{s!r} {symbol} {dtype}")


@pytest.mark.parametrize("symbol", [*BINARY, *COMPARISON])
def test_numpy_scalars_on_either_side(symbol):
    """A NumPy scalar on the left leaves the operation to the array, and keeps its dtype."""
    f, name = getattr(operator, symbol), {**BINARY, **COMPARISON}[symbol]
    for dtype in "bifd":
        a, x = both("positive", dtype, 40, symbol)
        for s in (np.float64(2), np.int16(3), np.float32(1.5), np.bool_(True)):
            assert_same_outcome(lambda: f(x, s), lambda: f(a, s), tolerance(name, dtype, s.dtype), what=f"{dtype} {symbol} {s!r}")
            assert_same_outcome(lambda: f(s, x), lambda: f(s, a), tolerance(name, dtype, s.dtype), what=f"{s!r} {symbol} {dtype}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("symbol", UNARY)
def test_unary(symbol, dtype):
    """`-x` and `abs(x)` are their ufuncs."""
    f = getattr(operator, symbol)
    for layout in ("contiguous", "transposed", "0-d", "empty", "lazy"):
        a, x = laid_out(layout, "any", dtype, symbol)
        assert_same_outcome(lambda: f(x), lambda: f(a), tolerance(UNARY[symbol], dtype), what=f"{symbol} {dtype} {layout}")


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("symbol", BINARY)
def test_in_place(symbol, pair):
    """An in-place operator keeps array and dtype, or raises NumPy's error and changes nothing."""
    f, name = getattr(operator, "i" + symbol.rstrip("_")), BINARY[symbol]
    domain = "small_int" if name == "power" else "any"
    for n in (100, LAZY_SIZE):
        for left, right in (pair, pair[::-1]):
            (a, x), (b, y) = both(domain, left, n, 1), both(domain, right, n, 2)
            if name == "power" and b.dtype.kind == "i" and a.dtype.kind == "b":
                continue
            a, what = a.copy(), f"{left} i{symbol} {right}"
            alias, before = x, x.strides
            assert_same_outcome(lambda: f(x, y), lambda: f(a, b), tolerance(name, left, right), what=what)
            assert_same(alias, a, tolerance(name, left, right), f"{what}: the array itself")
            assert alias.strides == before


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("symbol", BINARY)
def test_in_place_with_scalars(symbol, dtype):
    """In-place operators with Python numbers, or NumPy's error."""
    f, name = getattr(operator, "i" + symbol.rstrip("_")), BINARY[symbol]
    for s in SCALARS:
        if safe_power(name, s):
            a, x = both("small_int" if name == "power" else "any", dtype, 90, symbol)
            a = a.copy()
            assert_same_outcome(lambda: f(x, s), lambda: f(a, s), tolerance(name, dtype, type(s)), what=f"{dtype} i{symbol} {s!r}")
            assert_same(x, a, tolerance(name, dtype, type(s)))


def test_in_place_wider_right_side():
    """A right side that does not cast back raises NumPy's UFuncTypeError in its words."""
    for left, right in ("id", "bf", "fD", "?l", "Ll", "lL", "Bi", "ei"):
        (a, x), (b, y) = both("positive", left, 12), both("positive", right, 12)
        a = a.copy()
        assert_same_outcome(lambda: operator.iadd(x, y), lambda: operator.iadd(a, b), what=f"{left} += {right}")
        assert_same_outcome(lambda: operator.itruediv(x, 2), lambda: operator.itruediv(a, 2), what=f"{left} /= 2")


def test_in_place_through_views():
    """In-place operators on views write into their base."""
    a, x = both("moderate", "d", (60, 70))
    a = a.copy()
    for xp, m in ((np, a), (cp, x)):
        m[::2] += 1
        m[:, 3] *= m[:, 4]
        m.T[5] -= m.T[6]
        m[1:, 1:] += m[:-1, :-1]
        m[::-1] += m
        row = m[7]
        row /= 4
        m[...] *= 2
    assert_same(x, a)


def test_in_place_broadcasting():
    """The right side broadcasts into the left one, never the other way round."""
    (a, x), (b, y) = both("any", "f", (4, 5)), both("any", "f", (5,), 2)
    a = a.copy()
    assert_same_outcome(lambda: operator.iadd(x, y), lambda: operator.iadd(a, b))
    assert_raises_like(lambda: operator.iadd(y, x), lambda: operator.iadd(b.copy(), a))
    (c, z) = both("any", "f", (3, 5), 3)
    assert_raises_like(lambda: operator.iadd(x, z), lambda: operator.iadd(a, c))
    assert_same(x, a)


@pytest.mark.parametrize("symbol", [*BINARY, *COMPARISON])
def test_foreign_operands(symbol):
    """An array of NumPy, or what is no number, is never converted silently."""
    f = getattr(operator, symbol)
    x = cp.ones(3)
    for other in (np.ones(3),):
        with pytest.raises(TypeError):
            f(x, other)
        with pytest.raises(TypeError):
            f(other, x)
    if symbol not in ("eq", "ne"):
        with pytest.raises(TypeError):
            f(x, object())


def test_another_class_may_take_over():
    """An operand that knows the operation gets it when the array does not."""

    class Knows:
        def __radd__(self, other):
            return "taken"

    assert cp.ones(3) + Knows() == "taken"


def test_ternary_power_is_refused():
    """`pow` with a modulus is not for arrays."""
    with pytest.raises(TypeError):
        pow(cp.ones(3), 2, 3)


def test_fast_powers():
    """The exponents that have loops of their own give NumPy's dtypes and values."""
    for dtype in "bBilefdFD":
        a, x = both("positive", dtype, 50)
        for exponent in (0, 1, 2, 0.5, 2.0, 1.0, -1.0):
            assert_same_outcome(lambda: x**exponent, lambda: a**exponent, tolerance("power", dtype, type(exponent)), what=f"{dtype} ** {exponent}")
