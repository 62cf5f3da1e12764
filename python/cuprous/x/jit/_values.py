"""What expressions are in the text of a kernel, and what Python's names stand for there."""

from dataclasses import dataclass
from typing import Any

import numpy

from cuprous.x.jit import _types as types


@dataclass(frozen=True)
class Value:
    """An expression of C++ and its type. `is_place` says that it can be assigned to and has an address."""

    code: str
    type: object
    is_place: bool = False


@dataclass(frozen=True)
class Constant:
    """An object that is known when the kernel is made: a number, a type, a function, a module."""

    value: Any

    @property
    def is_number(self):
        """Whether it is a number, which can become a value."""
        return isinstance(self.value, types.NUMBERS)


@dataclass(frozen=True)
class Items:
    """Several expressions that are a tuple."""

    values: tuple


@dataclass(frozen=True)
class Method:
    """A function that belongs to a value: `emit(translator, *arguments)` gives its result."""

    label: str
    emit: object


class Builtin:
    """A function for kernels, which the host cannot call."""

    def __init__(self, emit, name=None, module="jit"):
        self.emit = emit
        self.__name__ = self.__qualname__ = name or emit.__name__
        self.__doc__ = emit.__doc__
        self.label = f"{module}.{self.__name__}"

    @property
    def __signature__(self):
        import inspect

        signature = inspect.signature(self.emit)
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    def __call__(self, *args, **kwargs):
        raise RuntimeError(f"{self.label} is for functions under jit.rawkernel: it cannot be called outside of a kernel")

    def __repr__(self):
        return f"<function {self.label} for kernels>"


class BuiltinValue:
    """A value that every thread has."""

    def __init__(self, name, code, of, doc):
        self._name, self._value, self.__doc__ = name, Value(code, of), doc

    def __repr__(self):
        return f"<jit.{self._name} of a thread>"


def known(found):
    """An object outside of a kernel, as an expression in it."""
    return found._value if isinstance(found, BuiltinValue) else Constant(found)


def static(value, what):
    """A constant's object; `TypeError` for what is known to the device alone."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Items):
        return tuple(static(v, what) for v in value.values)
    raise TypeError(f"{what} must be known when the kernel is made, as numbers and names outside of it are")


def static_int(value, what):
    """A constant integer."""
    number = static(value, what)
    if isinstance(number, (bool, numpy.bool_)) or not isinstance(number, (int, numpy.integer)):
        raise TypeError(f"{what} must be an integer, not {number!r}")
    return int(number)
