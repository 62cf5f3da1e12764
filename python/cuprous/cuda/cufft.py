"""cuFFT: Fourier transforms, by plans.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

from cuprous.cuda import _foreign

CuFFTError = _foreign.error_class("CuFFTError", "cufft")
__all__ = _foreign.expose("cufft", globals(), CuFFTError)


def check_result(result):
    """Raises `CuFFTError` for a result that is not 0."""
    check_status(result)


__all__ = [*__all__, "check_result"]
