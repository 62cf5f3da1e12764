"""The driver: contexts, modules and launches, by handles.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

import ctypes

from cuprous._core import cuda as _cuda
from cuprous.cuda import _foreign

CUDADriverError = _foreign.error_class("CUDADriverError", "driver")
__all__ = _foreign.expose("driver", globals(), CUDADriverError)


class LaunchError(_cuda.runtime.CUDARuntimeError, CUDADriverError):
    """A kernel of a user could not be started: programs know it as an error of the driver, and as one of the runtime."""

    def __init__(self, message, status=None):
        RuntimeError.__init__(self, message)
        self.status = status

    def __reduce__(self):
        return type(self), (self.args[0], self.status)


def linkAddData(state, input_type, data, name):
    """Adds code in memory to what is linked."""
    _linkAddData(state, input_type, data, len(data), name)


def linkComplete(state):
    """Links, and gives the machine code."""
    address, size = _linkComplete(state)
    return ctypes.string_at(address, size)


def get_build_version():
    """The CUDA version whose declarations are used: 13000 for 13.0."""
    return 13000


__all__ = [*__all__, "LaunchError", "get_build_version", "linkAddData", "linkComplete"]
