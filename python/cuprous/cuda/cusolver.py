"""cuSOLVER: factors of matrices and solutions, by handles.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

from cuprous.cuda import _foreign

CUSOLVERError = _foreign.error_class("CUSOLVERError", "cusolver")
__all__ = _foreign.expose("cusolver", globals(), CUSOLVERError)
