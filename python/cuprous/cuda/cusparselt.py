"""cuSPARSELt: products of matrices of which every second pair is zero, by descriptors and plans.

Addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of an array `x`.
What computes does so on the current stream. A library that is missing is an error that says how to get it.
"""

import ctypes

from cuprous._core import cuda
from cuprous.cuda import _foreign
from cuprous.cuda.cusparse import CuSparseError

__all__ = [
    *_foreign.expose("cusparselt", globals(), CuSparseError), "Handle", "MatDescriptor", "MatmulAlgSelection", "MatmulDescriptor",
    "MatmulPlan", "getErrorName", "getErrorString",
]

# The largest that any version of the library fills; it wants them at addresses that 16 divides.
_SIZE, _ALIGNMENT = 16384, 16


class _Memory:
    def __init__(self):
        self._bytes = ctypes.create_string_buffer(_SIZE + _ALIGNMENT)

    @property
    def ptr(self):
        """Its address."""
        return -(-ctypes.addressof(self._bytes) // _ALIGNMENT) * _ALIGNMENT


class Handle(_Memory):
    """The library's state, once `init` has filled it."""


class MatDescriptor(_Memory):
    """What a matrix is like: `denseDescriptorInit` or `structuredDescriptorInit` fills it."""


class MatmulDescriptor(_Memory):
    """Which matrices are multiplied: `matmulDescriptorInit` fills it."""


class MatmulAlgSelection(_Memory):
    """By which algorithm they are multiplied: `matmulAlgSelectionInit` fills it."""


class MatmulPlan(_Memory):
    """How they are multiplied: `matmulPlanInit` fills it."""


def getErrorName(status):
    """The name of a status."""
    return cuda._foreign_status("cusparselt", status).partition(": ")[0]


def getErrorString(status):
    """What the library says of a status; its name where the library is missing."""
    return cuda._foreign_status("cusparselt", status).rpartition(": ")[2]
