"""Assertions about arrays, under NumPy's and CuPy's names. They compare on the host, with NumPy's words."""

import numpy.testing as _numpy

from cuprous._core import asnumpy, ndarray

__all__ = [
    "assert_allclose", "assert_almost_equal", "assert_array_almost_equal", "assert_array_almost_equal_nulp",
    "assert_array_equal", "assert_array_less", "assert_array_list_equal", "assert_array_max_ulp", "assert_equal",
    "assert_raises", "assert_raises_regex", "assert_warns",
]

assert_raises, assert_raises_regex = _numpy.assert_raises, _numpy.assert_raises_regex


def assert_allclose(actual, desired, rtol=1e-7, atol=0, equal_nan=True, err_msg="", verbose=True, *, strict=False):
    """Raises `AssertionError` unless each element is within `atol + rtol * abs(desired)` of the desired one."""
    words = dict(rtol=rtol, atol=atol, equal_nan=equal_nan, err_msg=err_msg, verbose=verbose, strict=strict)
    _numpy.assert_allclose(_host(actual), _host(desired), **words)


def assert_array_equal(actual, desired, err_msg="", verbose=True, *, strict=False, strides_check=False):
    """Raises `AssertionError` unless the arrays are equal; `strides_check` compares their strides too."""
    _numpy.assert_array_equal(_host(actual), _host(desired), err_msg=err_msg, verbose=verbose, strict=strict)
    if strides_check and actual.strides != desired.strides:
        raise AssertionError(f"strides differ: {actual.strides} and {desired.strides}\n{err_msg}".rstrip())


def assert_array_almost_equal(actual, desired, decimal=6, err_msg="", verbose=True):
    """Raises `AssertionError` unless the arrays are equal to so many decimals."""
    _numpy.assert_array_almost_equal(_host(actual), _host(desired), decimal=decimal, err_msg=err_msg, verbose=verbose)


def assert_array_almost_equal_nulp(x, y, nulp=1):
    """Raises `AssertionError` unless elements differ by at most so many units in the last place."""
    _numpy.assert_array_almost_equal_nulp(_host(x), _host(y), nulp=nulp)


def assert_array_max_ulp(a, b, maxulp=1, dtype=None):
    """Raises `AssertionError` if elements lie more than so many floats apart; gives how many."""
    return _numpy.assert_array_max_ulp(_host(a), _host(b), maxulp=maxulp, dtype=dtype)


def assert_array_less(x, y, err_msg="", verbose=True, *, strict=False):
    """Raises `AssertionError` unless each element of the first array is less than that of the second."""
    _numpy.assert_array_less(_host(x), _host(y), err_msg=err_msg, verbose=verbose, strict=strict)


def assert_array_list_equal(xlist, ylist, err_msg="", verbose=True):
    """Raises `AssertionError` unless two lists of arrays are equal pair by pair."""
    if type(xlist) is not type(ylist) or len(xlist) != len(ylist):
        raise AssertionError(f"lists differ: {type(xlist)} of {len(xlist)} and {type(ylist)} of {len(ylist)}\n{err_msg}".rstrip())
    for x, y in zip(xlist, ylist, strict=True):
        assert_array_equal(x, y, err_msg=err_msg, verbose=verbose)


def assert_equal(actual, desired, err_msg="", verbose=True, *, strict=False):
    """Raises `AssertionError` unless two objects are equal; arrays in lists and dictionaries are compared as arrays."""
    _numpy.assert_equal(_host(actual), _host(desired), err_msg=err_msg, verbose=verbose, strict=strict)


def assert_almost_equal(actual, desired, decimal=7, err_msg="", verbose=True):
    """Raises `AssertionError` unless two numbers or arrays are equal to so many decimals."""
    _numpy.assert_almost_equal(_host(actual), _host(desired), decimal=decimal, err_msg=err_msg, verbose=verbose)


def assert_warns(expected):
    """A context that raises `AssertionError` unless it is left with such a warning."""
    return _numpy.assert_warns(expected)


def _host(value):
    """What NumPy compares: arrays of ours on the host, also those in lists, tuples and dictionaries."""
    if isinstance(value, ndarray):
        return asnumpy(value)
    if type(value) in (list, tuple):
        return type(value)(map(_host, value))
    if type(value) is dict:
        return {key: _host(item) for key, item in value.items()}
    return value


from cuprous.testing import _both, _cases, _conditions  # noqa: E402  they use the assertions
from cuprous.testing._both import *  # noqa: E402, F403
from cuprous.testing._cases import *  # noqa: E402, F403
from cuprous.testing._conditions import *  # noqa: E402, F403

__all__ += _both.__all__ + _cases.__all__ + _conditions.__all__
