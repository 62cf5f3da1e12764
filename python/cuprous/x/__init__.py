"""What CuPy has beyond NumPy and SciPy: its package `cupyx`."""

from cuprous import _core
from cuprous.x._gufunc import GeneralizedUFunc
from cuprous.x._pinned import empty_like_pinned, empty_pinned, zeros_like_pinned, zeros_pinned
from cuprous.x._settings import allow_synchronize, errstate, geterr, get_runtime_info, seterr

DeviceSynchronized = _core._DeviceSynchronized

__all__ = [
    "DeviceSynchronized", "GeneralizedUFunc", "allow_synchronize", "empty_like_pinned", "empty_pinned", "errstate",
    "get_runtime_info", "geterr", "seterr", "zeros_like_pinned", "zeros_pinned",
]


def __getattr__(name):
    """Submodules are imported when they are named."""
    from cuprous import _modules

    return _modules.on_demand(__name__, name)
