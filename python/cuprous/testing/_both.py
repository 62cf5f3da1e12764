"""A test body that runs with NumPy and with cuprous, and the comparison of what the two give, under CuPy's names."""

import functools

import numpy

from cuprous import _core, testing
from cuprous.testing import _cases

__all__ = [
    "numpy_cupy_allclose", "numpy_cupy_array_equal", "numpy_cupy_array_almost_equal",
    "numpy_cupy_array_almost_equal_nulp", "numpy_cupy_array_max_ulp", "numpy_cupy_array_less",
    "numpy_cupy_array_list_equal", "numpy_cupy_equal", "numpy_cupy_raises", "shaped_arange",
    "shaped_reverse_arange", "shaped_linspace", "shaped_random",
]


def numpy_cupy_allclose(
    rtol=1e-7, atol=0, err_msg="", verbose=True, name="xp", type_check=True, accept_error=False, sp_name=None,
    scipy_name=None, contiguous_check=True,
):
    """The results of both are close; `rtol` may be a dictionary by dtype, with a value for `default`."""

    def compare(ours, numpys):
        find = lambda t: t.get(numpy.dtype(ours.dtype).type, t.get("default", 0)) if isinstance(t, dict) else t  # noqa: E731
        testing.assert_allclose(ours, numpys, find(rtol), find(atol), err_msg=err_msg, verbose=verbose)
        if contiguous_check and isinstance(numpys, numpy.ndarray):
            for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS"):
                if numpys.flags[flag] and not ours.flags[flag]:
                    raise AssertionError(f"NumPy's result is {flag}, cuprous's is not")

    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_equal(
    err_msg="", verbose=True, name="xp", type_check=True, accept_error=False, sp_name=None, scipy_name=None, strides_check=False
):
    """The results of both are equal."""
    compare = functools.partial(testing.assert_array_equal, err_msg=err_msg, verbose=verbose, strides_check=strides_check)
    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_almost_equal(
    decimal=6, err_msg="", verbose=True, name="xp", type_check=True, accept_error=False, sp_name=None, scipy_name=None
):
    """The results of both are equal to so many decimals."""
    compare = functools.partial(testing.assert_array_almost_equal, decimal=decimal, err_msg=err_msg, verbose=verbose)
    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_almost_equal_nulp(nulp=1, name="xp", type_check=True, accept_error=False, sp_name=None, scipy_name=None):
    """The results of both differ by so many units in the last place."""
    compare = functools.partial(testing.assert_array_almost_equal_nulp, nulp=nulp)
    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_max_ulp(maxulp=1, dtype=None, name="xp", type_check=True, accept_error=False, sp_name=None, scipy_name=None):
    """The results of both lie at most so many floats apart."""
    compare = functools.partial(testing.assert_array_max_ulp, maxulp=maxulp, dtype=dtype)
    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_less(err_msg="", verbose=True, name="xp", type_check=True, accept_error=False, sp_name=None, scipy_name=None):
    """The result of cuprous is less than NumPy's."""
    compare = functools.partial(testing.assert_array_less, err_msg=err_msg, verbose=verbose)
    return _both(compare, name, type_check, accept_error, sp_name, scipy_name)


def numpy_cupy_array_list_equal(err_msg="", verbose=True, name="xp", sp_name=None, scipy_name=None):
    """The results of both are lists of equal arrays."""
    compare = functools.partial(testing.assert_array_list_equal, err_msg=err_msg, verbose=verbose)
    return _both(compare, name, False, False, sp_name, scipy_name)


def numpy_cupy_equal(name="xp", sp_name=None, scipy_name=None):
    """The results of both compare as equal objects."""

    def compare(ours, numpys):
        if ours != numpys:
            raise AssertionError(f"results differ: {ours!r}, NumPy gives {numpys!r}")

    return _both(compare, name, False, False, sp_name, scipy_name)


def numpy_cupy_raises(name="xp", sp_name=None, scipy_name=None, accept_error=Exception):
    """Both raise, and cuprous the exception that NumPy raises or a class of it."""

    def compare(ours, numpys):
        raise AssertionError("nothing was raised")

    return _both(compare, name, False, accept_error, sp_name, scipy_name)


def shaped_arange(shape, xp=None, dtype=numpy.float32, order="C"):
    """1, 2, 3 ... in the given shape; alternately True and False for truth values."""
    return _filled(_core.arange(1, _size(shape) + 1), shape, xp, dtype, order)


def shaped_reverse_arange(shape, xp=None, dtype=numpy.float32):
    """... 3, 2, 1 in the given shape."""
    return _filled(_core.arange(_size(shape), 0, -1), shape, xp, dtype, "C")


def shaped_linspace(start, stop, shape, xp=None, dtype=numpy.float32):
    """Evenly spaced numbers in the given shape."""
    return _filled(_core.linspace(start, stop, _size(shape)), shape, xp, dtype, "C")


def shaped_random(shape, xp=None, dtype=numpy.float32, scale=10, seed=0, order="C"):
    """Random numbers below `scale` in the given shape, the same for both libraries."""
    import cuprous

    state = cuprous.random.RandomState(seed)
    kind = numpy.dtype(dtype).kind
    draw = lambda: state.random_sample(_size(shape))  # noqa: E731
    values = draw() < 0.5 if kind == "b" else (draw() + 1j * draw()) * scale if kind == "c" else draw() * scale
    return _filled(values, shape, xp, dtype, order)


def _filled(values, shape, xp, dtype, order):
    dtype = numpy.dtype(dtype)
    values = values % 2 == 1 if dtype.kind == "b" and values.dtype.kind != "b" else values
    made = values.astype(dtype).reshape(shape).copy(order=order)
    return made.get(order=order) if xp is numpy else made


def _size(shape):
    n = 1
    for extent in (shape,) if isinstance(shape, int) else shape:
        n *= extent
    return n


def _both(compare, name, type_check, accept_error, sp_name, scipy_name):
    """A decorator: runs the body twice and compares results, or exceptions where they are accepted."""
    accepted = {True: Exception, False: ()}.get(accept_error, accept_error)

    def decorate(test):
        @functools.wraps(test)
        def call(*args, **kwargs):
            outcomes = []
            for words in _libraries(name, sp_name, scipy_name):
                try:
                    outcomes.append((test(*args, **kwargs, **words), None))
                except Exception as error:
                    outcomes.append((None, error))
            (ours, our_error), (numpys, numpy_error) = outcomes
            if our_error or numpy_error:
                _compare_errors(our_error, numpy_error, accepted)
                return
            if type_check and ours.dtype != numpys.dtype:
                raise AssertionError(f"dtypes differ: {ours.dtype}, NumPy gives {numpys.dtype}")
            compare(ours, numpys)

        return _cases.hide(call, test, (name, sp_name, scipy_name))

    return decorate


def _compare_errors(ours, numpys, accepted):
    if ours is None or numpys is None:
        raise AssertionError(f"only {'NumPy' if ours is None else 'cuprous'} raised {ours or numpys!r}") from ours or numpys
    if not isinstance(numpys, accepted) or not isinstance(ours, accepted):
        raise ours
    if not isinstance(ours, type(numpys)) and not isinstance(numpys, type(ours)):
        raise AssertionError(f"exceptions differ: {ours!r}, NumPy raises {numpys!r}") from ours


def _libraries(name, sp_name, scipy_name):
    """The keyword arguments of the two runs: cuprous first, then what it is compared with."""
    import importlib

    import cuprous

    ours, numpys = {name: cuprous}, {name: numpy}
    for word, part in ((sp_name, ".sparse"), (scipy_name, "")):
        if word:
            ours[word] = importlib.import_module(f"cuprous.scipy{part}")
            # The reference of a test, which only a program with SciPy asks for.
            numpys[word] = importlib.import_module(f"scipy{part}")
    return ours, numpys
