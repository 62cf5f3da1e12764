"""A guard against results that are NumPy's: inside a call of cuprous, NumPy's computing functions raise.

Whoever calls from the extension module leaves no Python frame, so the guard keeps count itself: every function,
method and operator of cuprous is wrapped in one that says "inside" for its thread while it runs, and every function
of NumPy in one that asks. What tests call for reference values is outside and goes through. What may be used inside
is the list that `cargo xtask tidy` holds the sources against.
"""

import functools
import importlib
import sys
import threading
import types
from pathlib import Path

import numpy

LIST = Path(__file__).parents[2] / "xtask" / "src" / "tidy" / "numpy-names.txt"
GUARDED = ("", "linalg", "fft", "random", "lib.stride_tricks", "lib.scimath", "polynomial.polynomial", "strings", "char")
# They only compare, on the host, and say so.
HOST_SIDE = ("cuprous.testing", "cuprous.doctor", "cuprous.compat")

_inside = threading.local()


class Delegated(BaseException):
    """NumPy was asked for a result. No `except Exception` of cuprous can swallow it."""


def allowed():
    """The names of NumPy that may be used inside."""
    lines = LIST.read_text().splitlines()
    return {name for line in lines if not line.startswith("#") for name in line.split()}


class Guarded:
    """A function or ufunc of NumPy that raises when it is called inside cuprous."""

    def __init__(self, function, name):
        functools.update_wrapper(self, function, updated=())
        self.__dict__.update(_function=function, _name=name)

    def __call__(self, *args, **kwargs):
        check(self._name)
        return self._function(*args, **kwargs)

    def __getattr__(self, name):
        found = getattr(self._function, name)
        # A ufunc computes by its methods too.
        return Guarded(found, f"{self._name}.{name}") if isinstance(found, types.BuiltinMethodType) else found

    def __eq__(self, other):
        return self._function is getattr(other, "_function", other)

    def __hash__(self):
        return hash(self._function)

    def __repr__(self):
        return repr(self._function)


def check(name):
    """Raises if this thread is inside a call of cuprous, unless it is NumPy that calls itself, to print for example."""
    call = getattr(_inside, "call", None)
    if call and sys._getframe(2).f_globals.get("__name__", "").partition(".")[0] != "numpy":
        raise Delegated(f"{call} asked NumPy for a result: numpy.{name}")


def guard_numpy(may_use=None):
    """Wraps NumPy's functions. To be called before cuprous is imported, which keeps some of them."""
    may_use = allowed() if may_use is None else may_use
    made = {}  # names of one function stay names of one
    for path in GUARDED:
        module = importlib.import_module(f"numpy.{path}".rstrip("."))
        for name, function in list(vars(module).items()):
            full = f"{path}.{name}".lstrip(".")
            plain = not name.startswith("_") and callable(function) and not isinstance(function, (type, Guarded))
            if plain and full not in may_use and name not in may_use:
                setattr(module, name, made.setdefault(id(function), Guarded(function, full)))


def guard_cuprous():
    """Wraps the functions, methods and operators of cuprous."""
    import cuprous  # noqa: F401

    seen = set()
    for module in [m for n, m in sorted(sys.modules.items()) if m and n.partition(".")[0] == "cuprous" and not n.startswith(HOST_SIDE)]:
        for name, value in list(vars(module).items()):
            home = getattr(value, "__module__", None) or getattr(type(value), "__module__", "")
            if name.startswith("__") or not str(home).startswith("cuprous"):
                continue
            if isinstance(value, type):
                if value not in seen and not issubclass(value, BaseException):
                    seen.add(value)
                    _guard_class(value)
            elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)) and not hasattr(value, "_is_entry"):
                setattr(module, name, entry(value, f"cuprous.{name}"))


def _guard_class(cls):
    for name, value in list(vars(cls).items()):
        label = f"{cls.__name__}.{name}"
        if isinstance(value, types.GetSetDescriptorType) and not hasattr(type, name):
            changed = property(entry(value.__get__, label), entry(value.__set__, label), doc=value.__doc__)
        elif isinstance(value, (types.FunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
            changed = entry(value, label)
        else:
            continue
        setattr(cls, name, changed)


def entry(function, label):
    """A function of cuprous that says so while it runs."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        outer = getattr(_inside, "call", None)
        _inside.call = outer or label
        try:
            return function(*args, **kwargs)
        finally:
            _inside.call = outer

    call._is_entry = True
    return call
