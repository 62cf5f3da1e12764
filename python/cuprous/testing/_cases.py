"""Loops over dtypes, orders and parameters around a test, under CuPy's names."""

import functools
import inspect
import itertools
import sys

import numpy

__all__ = [
    "for_dtypes", "for_all_dtypes", "for_float_dtypes", "for_complex_dtypes", "for_signed_dtypes",
    "for_unsigned_dtypes", "for_int_dtypes", "for_dtypes_combination", "for_all_dtypes_combination",
    "for_signed_dtypes_combination", "for_unsigned_dtypes_combination", "for_int_dtypes_combination", "for_orders",
    "for_CF_orders", "product", "product_dict", "parameterize",
]

_FLOATS: tuple[type, ...] = (numpy.float64, numpy.float32, numpy.float16)
_COMPLEX: tuple[type, ...] = (numpy.complex64, numpy.complex128)
_SIGNED = tuple(map(numpy.dtype, "bhilq"))
_UNSIGNED = tuple(map(numpy.dtype, "BHILQ"))


def for_dtypes(dtypes, name="dtype"):
    """Runs a test once for each dtype, which it takes under `name`."""
    return _for([{name: numpy.dtype(d).type} for d in dtypes])


def for_all_dtypes(name="dtype", no_float16=False, no_bool=False, no_complex=False):
    """Runs a test for every dtype of numbers."""
    return for_dtypes(_all(no_float16, no_bool, no_complex), name)


def for_float_dtypes(name="dtype", no_float16=False):
    """Runs a test for the floats."""
    return for_dtypes(_FLOATS[: 3 - no_float16], name)


def for_complex_dtypes(name="dtype"):
    """Runs a test for the complex dtypes."""
    return for_dtypes(_COMPLEX, name)


def for_signed_dtypes(name="dtype"):
    """Runs a test for the signed integers."""
    return for_dtypes(_SIGNED, name)


def for_unsigned_dtypes(name="dtype"):
    """Runs a test for the unsigned integers."""
    return for_dtypes(_UNSIGNED, name)


def for_int_dtypes(name="dtype", no_bool=False):
    """Runs a test for the integers."""
    return for_dtypes(_integers(no_bool), name)


def for_dtypes_combination(types, names=("dtype",), full=None):
    """Runs a test for combinations of dtypes: all of them if `full`, else so many that each dtype stands at each place."""
    types = [numpy.dtype(t).type for t in types]
    n = len(types)
    steps = [[types[(i + k * s) % n] for k in range(len(names))] for i in range(n) for s in range(min(n, 3))]
    rows = itertools.product(types, repeat=len(names)) if full else dict.fromkeys(map(tuple, steps))
    return _for([dict(zip(names, row, strict=True)) for row in rows])


def for_all_dtypes_combination(names=("dtyes",), no_float16=False, no_bool=False, full=None, no_complex=False):
    """The same for every dtype of numbers."""
    return for_dtypes_combination(_all(no_float16, no_bool, no_complex), names, full)


def for_signed_dtypes_combination(names=("dtype",), full=None):
    """The same for the signed integers."""
    return for_dtypes_combination(_SIGNED, names, full)


def for_unsigned_dtypes_combination(names=("dtype",), full=None):
    """The same for the unsigned integers."""
    return for_dtypes_combination(_UNSIGNED, names, full)


def for_int_dtypes_combination(names=("dtype",), no_bool=False, full=None):
    """The same for the integers."""
    return for_dtypes_combination(_integers(no_bool), names, full)


def for_orders(orders, name="order"):
    """Runs a test once for each memory order."""
    return _for([{name: order} for order in orders])


def for_CF_orders(name="order"):  # noqa: N802  CuPy's name
    """Runs a test for row-major and column-major arrays."""
    return for_orders([None, "C", "F", "c", "f"], name)


def product(parameter):
    """All combinations of the values of a dictionary of lists, or of lists of dictionaries."""
    if isinstance(parameter, dict):
        keys = sorted(parameter)
        return [dict(zip(keys, row, strict=True)) for row in itertools.product(*(parameter[k] for k in keys))]
    return product_dict(*parameter)


def product_dict(*parameters):
    """All combinations of the dictionaries of several lists, merged."""
    return [{k: v for part in row for k, v in part.items()} for row in itertools.product(*parameters)]


def parameterize(*params):
    """Runs a test once for each dictionary: a function takes them as arguments, a class of tests as attributes."""

    def decorate(target):
        if not isinstance(target, type):
            return _for(params)(target)
        module = sys.modules[target.__module__]
        for k, values in enumerate(params):
            name = f"{target.__name__}_param_{k}"
            setattr(module, name, type(name, (target,), {**values, "__module__": target.__module__, "__test__": True}))
        # Collected are the classes with parameters, not this one.
        target.__test__ = False
        return target

    return decorate


def _for(rows):
    def decorate(test):
        @functools.wraps(test)
        def call(*args, **kwargs):
            for row in rows:
                try:
                    test(*args, **kwargs, **row)
                except Exception as error:
                    error.add_note(", ".join(f"{k} = {v}" for k, v in row.items()))
                    raise

        return hide(call, test, rows[0] if rows else ())

    return decorate


def hide(call, test, names):
    """Keeps test runners from asking for the arguments that a decorator gives."""
    signature = inspect.signature(test)
    call.__signature__ = signature.replace(parameters=[p for n, p in signature.parameters.items() if n not in names])
    return call


def _integers(no_bool):
    return (*_SIGNED, *_UNSIGNED) if no_bool else (*_SIGNED, *_UNSIGNED, numpy.dtype("?"))


def _all(no_float16, no_bool, no_complex):
    return (*_FLOATS[: 3 - no_float16], *_integers(no_bool), *(() if no_complex else _COMPLEX))
