"""NumPy on NVIDIA GPUs and on all the cores of a CPU."""

# The types, constants and questions about types that programs name are NumPy's own.
from numpy import (  # noqa: F401
    bool_, byte, cdouble, complex64, complex128, complexfloating, csingle, double, dtype, dtypes, e, euler_gamma, finfo,
    float16, float32, float64, floating, generic, half, iinfo, index_exp, inexact, inf, int8, int16, int32, int64,
    int_, intc, integer, intp, isdtype, issubdtype, iterable, long, longlong, mintypecode, nan, ndindex, newaxis,
    number, pi, promote_types, s_, short, signedinteger, single, typename, ubyte, uint, uint8, uint16, uint32,
    uint64, uintc, uintp, ulong, ulonglong, unsignedinteger, ushort,
)
from numpy import (  # noqa: F401  types without arrays here, which programs compare with; printing
    False_, ScalarType, True_, bytes_, character, clongdouble, datetime64, flexible, format_float_positional,
    format_float_scientific, get_printoptions, little_endian, longdouble, object_, printoptions, sctypeDict,
    set_printoptions, str_, timedelta64, typecodes, void,
)
from numpy import bool  # noqa: A004, F401  NumPy's name for it

from numpy.exceptions import (  # noqa: F401
    AxisError, ComplexWarning, ModuleDeprecationWarning, RankWarning, TooHardError, VisibleDeprecationWarning,
)

from cuprous import _core
from cuprous._core import *  # noqa: F403
from cuprous._core import __version__  # noqa: F401
from cuprous._array_namespace import ArrayNamespaceInfo as __array_namespace_info__  # noqa: F401
from cuprous import _namespaces, cuda, exceptions, linalg, random  # noqa: F401
from cuprous._fusing import clear_memo, fuse, memoize
from cuprous._kernel_functions import create_reduction_func, create_ufunc
from cuprous._modules import get_array_module, get_array_wrap
from cuprous.cuda import is_available
from cuprous._vectorize import vectorize  # noqa: F401
from cuprous.doctor import show_config

# NumPy 1 had these names, and CuPy still has them.
Inf = Infinity = PINF = infty = inf
NINF, NAN, NaN, PZERO, NZERO = -inf, nan, nan, 0.0, -0.0
float_, complex_, cfloat, singlecomplex = float64, complex128, cdouble, csingle

# The version of the array API standard that the module follows.
__array_api_version__ = "2024.12"

# What programs set to silence CuPy; nothing here warns of being new.
disable_experimental_feature_warning = False

_namespaces.expose(_core, __import__("sys").modules[__name__])

__all__ = sorted(name for name in globals() if not name.startswith("_") and name != "doctor")


def __getattr__(name):
    """Submodules that few programs want are imported when they are named."""
    from cuprous import _modules

    return _modules.on_demand(__name__, name)


def __dir__():
    return sorted({*globals(), *__all__, "compat", "testing", "typing"})
