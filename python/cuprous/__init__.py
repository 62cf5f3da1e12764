"""NumPy on NVIDIA GPUs and on all the cores of a CPU."""

from numpy import (  # noqa: F401  the types and constants that programs name are NumPy's own
    bool_, byte, cdouble, complex64, complex128, csingle, double, dtype, e, euler_gamma, finfo, float16, float32,
    float64, half, iinfo, inf, int8, int16, int32, int64, int_, intc, intp, issubdtype, longlong, nan, newaxis, pi,
    promote_types, short, single, ubyte, uint, uint8, uint16, uint32, uint64, uintc, uintp, ulonglong, ushort,
)
from numpy import bool  # noqa: A004, F401  NumPy's name for it

from cuprous import _core
from cuprous._core import *  # noqa: F403
from cuprous._core import __version__  # noqa: F401
from cuprous import cuda, random  # noqa: F401

__all__ = [name for name in dir() if not name.startswith("_")]
