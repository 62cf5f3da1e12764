"""Which module a program should use: the one that belongs to its arrays, and those that are imported on demand."""

import numpy
from importlib import import_module
from importlib.util import find_spec

from cuprous._core import ndarray


def get_array_module(*args):
    """`cuprous` if any of the arguments is an array or another object of cuprous, else `numpy`."""
    return import_module("cuprous") if any(map(is_ours, args)) else numpy


def get_array_wrap(*args):
    """The `__array_wrap__` of the argument with the highest `__array_priority__`, the first of several; `None` if none has one."""
    wrapping = [arg for arg in args if hasattr(arg, "__array_wrap__")]
    return max(wrapping, key=lambda arg: getattr(arg, "__array_priority__", 0)).__array_wrap__ if wrapping else None


def is_ours(value):
    """Whether a value is an array of ours or of another class of cuprous, a sparse matrix for example."""
    return isinstance(value, ndarray) or type(value).__module__.partition(".")[0] == "cuprous"


def on_demand(package, name):
    """The submodule of a name, imported now; `AttributeError` if there is none."""
    full = f"{package}.{name}"
    if name.startswith("_") or not find_spec(full):
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return import_module(full)
