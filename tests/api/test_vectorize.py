"""`vectorize`: functions of numbers that take arrays."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy
from support.values import both

LIMIT = 2.0


def clipped(x, y):
    """The difference, but not more than a limit."""
    if x - y > LIMIT:
        return np.float32(LIMIT)
    return x - y


@pytest.mark.parametrize("char", "?bBhHiIlLefdFD")
def test_dtypes(char):
    """The result has the type that NumPy's rules give."""
    a, x = both("small_int" if char not in "?FD" else "moderate", char, (4, 5))

    def function(x):
        return x * 2 + 1

    want = a * 2 + 1
    got = cp.vectorize(function)(x)
    assert_same(got, want)
    assert_same(cp.vectorize(lambda x: x * 2 + 1)(x.T), want.T)


def test_broadcasting_and_numbers():
    """Arguments broadcast; numbers are elements; arrays may wait or lie anyhow."""
    (a, x), (b, y) = both("moderate", "f", (5, 1), "first"), both("moderate", "f", (4,), "second")
    f = cp.vectorize(clipped)
    want = np.where(a - b > LIMIT, np.float32(LIMIT), a - b)
    assert_same(f(x, y), want)
    assert_same(f(x + 0, y[::-1]), want[:, ::-1])
    assert_same(f(x, np.float32(1)), np.where(a - np.float32(1) > LIMIT, np.float32(LIMIT), a - np.float32(1)))
    double = cp.vectorize(lambda x, y: x - y)
    assert_same(double(x, 1.0), a.astype("d") - 1.0)
    assert_same(double(3, 1), np.asarray(2))
    assert_same(double([1, 2], np.int8(1)), np.array([0, 1]))
    assert f(cp.zeros((0, 3), "f"), cp.zeros(3, "f")).shape == (0, 3)


def test_several_results_and_otypes():
    """A tuple gives several arrays; types of results may be said."""
    a, x = both("moderate", "d", 100)

    def parts(x):
        whole = cp.floor(x)
        return whole, x - whole

    whole, rest = cp.vectorize(parts)(x)
    assert_same(whole, np.floor(a))
    assert_same(rest, a - np.floor(a))
    whole, rest = cp.vectorize(parts, otypes="if")(x)
    assert_same(whole, np.floor(a).astype("i"))
    assert_same(rest, (a - np.floor(a)).astype("f"))
    assert cp.vectorize(lambda x: x + 1, otypes=[np.float32])(x).dtype == np.float32


def test_loops_and_calls():
    """Loops, conditions, ufuncs, and functions that other kernels have."""

    @cp.x.jit.rawkernel(mode="numpy", device=True)
    def collatz(n):
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    def wrapped(n):
        return collatz(n) + cp.maximum(n, 3)

    a = np.arange(1, 200)

    def steps(n):
        k = 0
        while n != 1:
            n, k = n // 2 if n % 2 == 0 else 3 * n + 1, k + 1
        return k

    want = np.array([steps(int(n)) + max(int(n), 3) for n in a])
    assert_same(cp.vectorize(wrapped)(cp.asarray(a)), want)
    assert_same(cp.vectorize(collatz)(cp.asarray(a)), np.array([steps(int(n)) for n in a]))


def test_what_it_tells():
    """The attributes of NumPy's class."""
    f = cp.vectorize(clipped, doc="Other words.", otypes="f", cache=True)
    assert f.__doc__ == "Other words." and f.otypes == "f" and f.cache is True and f.pyfunc is clipped and f.signature is None
    assert f.excluded == set() and f.__name__ == "clipped" and "clipped" in repr(f)
    assert cp.vectorize(clipped).__doc__ == clipped.__doc__


def two_types(x):
    return x if x > 0 else 1j * x


def nothing(x):
    x = x + 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: cp.vectorize(clipped, excluded={0}), NotImplementedError, "excluded"), (lambda x: cp.vectorize(clipped, signature="()->()"), NotImplementedError, "signature"),
        (lambda x: cp.vectorize(3), TypeError, "takes a function"), (lambda x: cp.vectorize(clipped, otypes="q?")(x, x), ValueError, "2 types"),
        (lambda x: cp.vectorize(two_types)(x), TypeError, "the branches of a conditional expression differ: float32 and complex64"),
        (lambda x: cp.vectorize(nothing)(x), TypeError, "must give a number"), (lambda x: cp.vectorize(lambda x: x.sum())(x), AttributeError, "'sum'"),
        (lambda x: cp.vectorize(lambda x: x << 1)(x), TypeError, "left_shift"), (lambda x: cp.vectorize(clipped)(x), TypeError, "takes 2 arguments, but 1 were given"),
        (lambda x: cp.vectorize(lambda x: unknown)(x), NameError, "unknown"),  # noqa: F821
        (lambda x: cp.vectorize(clipped)(x, cp.zeros(7, "f")), ValueError, "broadcast"),
    ],
)
def test_wrong(call, error, words):
    """What cannot be is refused, and the library goes on."""
    a, x = both("moderate", "f", 3)
    with pytest.raises(error) as caught:
        call(x)
    assert words in str(caught.value), str(caught.value)
    assert_same(x + 1, a + 1)
    assert to_numpy(x).shape == (3,)
