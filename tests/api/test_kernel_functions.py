"""Functions from tables of dtypes and expressions, as programs make them by `cupy._core`."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import both

TWICE = "template <class T> __device__ T twice(T x) { return x + x; }"


def product():
    """A function of two arguments with statements of its own for integers."""
    return cp.create_ufunc(
        "product", ("ff->f", "dd->d", "FF->F", ("ii->i", "out0 = in0 - in1")), "out0 = out0_type(in0 * in1 + twice<in0_type>(in0))",
        preamble=TWICE, doc="a product and more",
    )


def squares():
    """A sum of squares."""
    return cp.create_reduction_func(
        "squares", ("?->l", "l->l", ("e->e", (None, None, None, "float")), "f->f", "d->d"),
        ("in0 * in0", "a + b", "out0 = type_out0_raw(a)", None), 0,
    )


def test_the_first_combination_that_fits():
    """Arrays choose by their dtypes, numbers of Python take the dtype of the arrays."""
    f = product()
    assert (f.nin, f.nout, f.nargs, f.name, f.__doc__, f.types[0]) == (2, 1, 3, "product", "a product and more", "ff->f")
    for char, other in (("f", "f"), ("d", "f"), ("h", "f"), ("i", "d"), ("F", "f"), ("b", "h")):
        (a, x), (b, y) = both("small_int", char, (4, 1), "first"), both("small_int", other, 5, "second")
        # Small integers fit single precision, which comes first.
        wide = np.result_type(char, other, "f")
        assert_same(f(x, y), a.astype(wide) * b.astype(wide) + 2 * a.astype(wide))
    # Exact, since compilers may add products without rounding them.
    a, x = both("small_int", "f", 10)
    assert_same(f(x, 3), a * 3 + 2 * a)
    assert_same(f(x, 0.5), a * np.float32(0.5) + 2 * a)
    assert_same(f(x, np.float64(0.5)), a.astype("d") * 0.5 + 2 * a.astype("d"))
    assert_same(f(x, 2j), (a * np.complex64(2j) + 2 * a).astype("F"))
    assert_same(f(2.0, 3.0), np.float32(10))
    i = cp.arange(5, dtype="i")
    assert_same(f(i, i[::-1], dtype="i"), np.arange(-4, 5, 2, dtype="i"))
    assert_same(f(i, 3, dtype=np.float64), np.arange(5) * 5.0)


def test_outputs():
    """They may be of another dtype; two results come as a tuple."""
    f = product()
    a, x = both("small_int", "f", 100)
    for out in (cp.zeros(100, "f"), cp.zeros(100), cp.zeros(100, "F")):
        assert f(x, x, out=out) is out and f(x, x, out=(out,)) is out and f(x, x, out) is out
        assert_same(out, (a * a + 2 * a).astype(out.dtype))
    with pytest.raises(TypeError, match="cast"):
        f(x, x, out=cp.zeros(100, "i"))
    out = cp.zeros(100, "i")
    assert_same(f(x, x, out=out, casting="unsafe"), (a * a + 2 * a).astype("i"))
    both_of = cp.create_ufunc("both_of", ("f->fi", "d->di"), "out0 = -in0; out1 = in0 > 0")
    low, high = both_of(x)
    assert_same(low, -a)
    assert_same(high, (a > 0).astype("i"))
    count = cp.create_ufunc("count", ("f->?",), "seen++; out0 = seen > 0 && in0 < 0", loop_prep="int seen = 0")
    assert_same(count(x), a < 0)


def test_reductions():
    """They reduce along axes, with values of a type of their own where one is named."""
    f = squares()
    for char, result in (("?", "l"), ("b", "l"), ("i", "l"), ("f", "f"), ("d", "d"), ("e", "e")):
        a, x = both("small_int", char, (6, 5))
        a = a.astype("l" if char in "?bi" else char)
        for axis in (None, 0, 1, (0, 1)):
            for keepdims in (False, True):
                want = np.asarray((a * a).sum(axis=axis, keepdims=keepdims, dtype=result))
                assert_same(f(x, axis=axis, keepdims=keepdims), want)
    x = cp.arange(12, dtype="f").reshape(3, 4)
    want = (np.arange(12.0).reshape(3, 4) ** 2).sum(axis=1)
    assert_same(f(x, axis=1, dtype="d"), want)
    for out in (cp.zeros(3, "f"), cp.zeros(3)):
        assert f(x, axis=1, out=out) is out
        assert_same(out, want.astype(out.dtype))
    assert_same(f(cp.zeros((0, 2), "f"), axis=0), np.zeros(2, "f"))
    largest = cp.create_reduction_func("largest", ("f->f",), ("in0", "max(a, b)", None, None))
    assert_same(largest(x), np.float32(11))
    with pytest.raises(ValueError, match="identity"):
        largest(x[:0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: product()(x), TypeError, "2 or 3 with outputs, not 1"),
        (lambda x: product()(x, "1"), TypeError, "Unsupported type <class 'str'>"),
        (lambda x: product()(x, np.ones(3, "f")), TypeError, "Unsupported type <class 'numpy.ndarray'>"),
        (lambda x: product()(x, x, dtype="q"), TypeError, "there are ff->f"),
        (lambda x: product()(x, x, x, out=x), ValueError, "'out'"),
        (lambda x: product()(x, x, out=(x, x)), ValueError, "1 outputs, not 2"),
        (lambda x: product()(x, x, out=np.zeros(3, "f")), TypeError, "ndarray"),
        (lambda x: product()(x, cp.ones(4, "f")), ValueError, "broadcast"),
        (lambda x: squares()(x.astype("F")), TypeError, "complex64"),
        (lambda x: squares()(x.get()), TypeError, "ndarray"),
        (lambda x: squares()(x, axis=3), np.exceptions.AxisError, "axis 3"),
        (lambda x: squares()(x, out=cp.zeros(2)), ValueError, "Out shape is mismatched"),
        (lambda x: cp.create_ufunc("f", ("ff->f", "f->f"), ""), ValueError, "different numbers"),
        (lambda x: cp.create_ufunc("f", (), ""), ValueError, "no combination"),
        (lambda x: cp.create_ufunc("f", ("k->f",), ""), TypeError, "k"),
        (lambda x: cp.create_reduction_func("f", ("ff->f",), ("in0", "a + b", None, None)), ValueError, "one input"),
        (lambda x: cp.create_ufunc("wrong", ("f->f",), "out0 = nothing_such(in0)")(x), cp.CompileError, "nothing_such"),
    ],
)
def test_wrong_calls(call, error, words):
    """What does not fit is refused."""
    with pytest.raises(error) as caught:
        call(cp.ones(3, "f"))
    assert words in str(caught.value)


def test_tables_may_refuse():
    """In the place of statements a function may raise what it likes."""

    def refuse():
        raise TypeError("booleans have no sign")

    f = cp.create_ufunc("sign_of", (("?->?", refuse), "i->i"), "out0 = in0 < 0 ? -1 : 1")
    assert_same(f(cp.arange(-1, 2, dtype="i")), np.array([-1, 1, 1], "i"))
    with pytest.raises(TypeError, match="no sign"):
        f(cp.ones(3, "?"))
