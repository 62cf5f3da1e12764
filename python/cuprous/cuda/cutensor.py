"""cuTENSOR: contractions, reductions and element-wise operations of tensors, by handles, descriptors and plans.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. What computes does so on the current stream. A library that is missing is an error that says how to get it.
"""

from cuprous.cuda import _foreign

CuTensorError = _foreign.error_class("CuTensorError", "cutensor")
__all__ = [*_foreign.expose("cutensor", globals(), CuTensorError), "available"]


def __getattr__(name):
    """`available`: whether the library is there, which is looked for when somebody asks."""
    if name != "available":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return get_version() > 0
    except RuntimeError:
        return False
