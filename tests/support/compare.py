"""Comparison of results and exceptions with NumPy's."""

import math

import cuprous as cp
import numpy as np


# For ops that choose one of two operands: of +0 and -0 NumPy gives whichever the processor's instruction gives.
ZEROS_ALIKE = "zeros alike"


def to_numpy(x):
    """The elements of a cuprous array, which it must be."""
    assert isinstance(x, cp.ndarray), f"expected a cuprous array, got {type(x).__name__}: {x!r}"
    out = cp.asnumpy(x)
    assert type(out) is np.ndarray
    assert out.dtype == x.dtype and out.shape == x.shape
    return out


def _packed(x):
    """The same array in C order, 0-d arrays staying 0-d."""
    return np.ascontiguousarray(x).reshape(x.shape)


def _real_parts(x):
    """A complex array as floats with one more axis, others unchanged."""
    x = _packed(x)
    return x[..., np.newaxis].view(x.real.dtype) if x.dtype.kind == "c" else x


def _bits(x):
    """The elements as unsigned integers of their width."""
    return x.view(f"u{x.dtype.itemsize}") if x.dtype.kind != "b" else x.view("u1")


def equal_bits(got, want):
    """Where two arrays of one dtype agree in every bit, any NaN being equal to any NaN."""
    got, want = _real_parts(got), _real_parts(want)
    same = _bits(got) == _bits(want)
    if got.dtype.kind == "f":
        same |= np.isnan(got) & np.isnan(want)
    return same


def _ordered(x):
    """Integers in the order of the floats: neighbouring floats differ by one, both zeros are zero."""
    i = x.view(f"i{x.dtype.itemsize}").astype(np.int64)
    low = np.int64(-(1 << (8 * x.dtype.itemsize - 1)))
    return np.where(i >= 0, i, low - i)


def ulp_distance(got, want):
    """How many floats lie between two real arrays; infinite where NaN or the sign of zero differ."""
    got, want = _packed(got), _packed(want)
    a, b = _ordered(got).astype(np.longdouble), _ordered(want).astype(np.longdouble)
    distance = np.abs(a - b)
    nan_got, nan_want = np.isnan(got), np.isnan(want)
    distance = np.where(nan_got & nan_want, 0, np.where(nan_got | nan_want, np.inf, distance))
    zeros = (got == 0) & (want == 0) & (np.signbit(got) != np.signbit(want))
    return np.where(zeros, np.inf, distance)


def complex_distance(got, want):
    """The larger difference of real and imaginary part, in units of the last place of the larger part.

    A part that cancels (the real part of a product, say) has an error that scales with the whole number,
    not with itself: counted in its own last place it would be unbounded for any correct algorithm.
    """
    g, w = _real_parts(got), _real_parts(want)
    largest = np.where(np.isfinite(w), np.abs(w), 0).max(axis=-1, keepdims=True)
    unit = np.spacing(np.maximum(largest, np.finfo(w.dtype).smallest_normal)).astype(np.longdouble)
    difference = np.abs(g.astype(np.longdouble) - w.astype(np.longdouble)) / unit
    both_finite = np.isfinite(g) & np.isfinite(w)
    return np.where(both_finite, difference, np.where(equal_bits(g, w), 0, np.inf)).max(axis=-1)


def assert_values(got, want, ulp=0, what=""):
    """Checks dtype, shape and elements of two NumPy arrays, to bits (0), to some ulp, or with `ZEROS_ALIKE`."""
    want = np.asarray(want)
    assert got.dtype == want.dtype, f"{what}: dtype {got.dtype}, NumPy has {want.dtype}"
    assert got.shape == want.shape, f"{what}: shape {got.shape}, NumPy has {want.shape}"
    if ulp in (0, ZEROS_ALIKE) or got.dtype.kind not in "fc":
        good = equal_bits(got, want)
        if ulp == ZEROS_ALIKE:
            good |= (_real_parts(got) == 0) & (_real_parts(want) == 0)
        good = good.all(axis=-1) if got.dtype.kind == "c" else good
        unit = "bits"
    else:
        distance = (complex_distance if got.dtype.kind == "c" else ulp_distance)(got, want)
        good, unit = distance <= ulp, f"{ulp} ulp"
    if not np.all(good):
        at = tuple(int(i) for i in np.argwhere(~good)[0])
        bad = int(np.size(good) - np.count_nonzero(good))
        raise AssertionError(f"{what}: {bad} of {got.size} elements differ beyond {unit}; at {at}: {got[at]!r}, NumPy has {want[at]!r}")


def order_of(x):
    """The strides along the axes that have them."""
    return None if 0 in x.shape else tuple(s for n, s in zip(x.shape, x.strides) if n > 1)


def assert_same(got, want, ulp=0, what="", strides=False):
    """Checks a cuprous array against what NumPy gives, the strides too if asked."""
    assert_values(to_numpy(got), want, ulp, what)
    if strides:
        want = np.asarray(want)
        assert order_of(got) == order_of(want), f"{what}: strides {got.strides}, NumPy has {want.strides}"


def public_class(error):
    """The nearest base of an exception's class that has a public name."""
    for cls in type(error).__mro__:
        if cls.__module__ in ("builtins", "numpy.exceptions"):
            return cls
    raise AssertionError("every exception derives from a built-in one")


def outcome(function, *args, **kwargs):
    """The result of a call and its exception, one of them None."""
    try:
        return function(*args, **kwargs), None
    except Exception as error:
        return None, error


def assert_same_error(got, want, match_message=True, what=""):
    """Checks the class of an exception against NumPy's, and its words, spaces aside, where NumPy has them."""
    assert got is not None, f"{what}: nothing raised, NumPy raises {want!r}"
    cls = public_class(want)
    assert isinstance(got, cls), f"{what}: {got!r}, NumPy raises {want!r}"
    if match_message:
        assert str(got).split() == str(want).split(), f"{what}:\n  got   {got}\n  NumPy {want}"


def assert_same_outcome(on_cuprous, on_numpy, ulp=0, match_message=True, what="", strides=False):
    """Runs both and checks that they agree, in the result or in the exception; tells whether there is a result."""
    want, want_error = outcome(on_numpy)
    got, got_error = outcome(on_cuprous)
    if want_error is not None:
        assert_same_error(got_error, want_error, match_message, what)
        return False
    if got_error is not None:
        raise AssertionError(f"{what}: {type(got_error).__name__}: {got_error}; NumPy gives {np.asarray(want).dtype} {np.shape(want)}") from got_error
    assert_same(got, want, ulp, what, strides)
    return True


def assert_raises_like(on_cuprous, on_numpy, match_message=True, what=""):
    """Runs both and checks that both raise alike."""
    _, want = outcome(on_numpy)
    assert want is not None, f"{what}: the test expects NumPy to raise, it does not"
    _, got = outcome(on_cuprous)
    assert_same_error(got, want, match_message, what)


def sum_bound(x, axis, ulp, dtype):
    """The largest error of a pairwise sum: the depth of its tree in roundings of the sum of magnitudes.

    Each addition of a balanced tree rounds once, so an element passes log2(n) roundings of half an ulp;
    the row's own ulp covers the short sequential runs at the leaves of the tree.
    """
    magnitudes = np.abs(x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)).sum(axis=axis)
    n = x.size if axis is None else math.prod(x.shape[a] for a in np.atleast_1d(axis))
    return (math.log2(max(n, 2)) + 2 * ulp) * np.finfo(dtype).eps / 2 * magnitudes
