"""cuRAND: random numbers, by generators.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

from cuprous.cuda import _foreign

CURANDError = _foreign.error_class("CURANDError", "curand")
__all__ = _foreign.expose("curand", globals(), CURANDError)
