"""The tables of ops, read from the library's own registry."""

import cuprous as cp
import numpy as np
from cuprous import _core
from support.compare import ZEROS_ALIKE

REGISTRY = _core.registry()
UFUNCS = {row["name"]: row for row in REGISTRY["ufuncs"] if row["public"]}
REDUCTIONS = {row["name"]: row for row in REGISTRY["reductions"]}
SCANS = {row["name"]: row for row in REGISTRY["scans"]}

UNARY = [name for name, row in UFUNCS.items() if len(row["args"]) == 1]
BINARY = [name for name, row in UFUNCS.items() if len(row["args"]) == 2]

PROMISED_UFUNCS = """add subtract multiply divide floor_divide remainder power negative absolute sign
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not
maximum minimum sqrt exp log sin cos tanh square isnan""".split()
PROMISED_REDUCTIONS = "sum prod min max mean any all argmin argmax".split()
PROMISED_SCANS = ["cumsum"]

# A row has one tolerance for all its dtypes, and these are the complex loops that need more than 0 or than
# it, because NumPy does not fix their last bits: its vector loops contract products (fused multiply-add),
# its scalar loops do not, and the others compose several functions of the C library, each with its error.
# Two roundings of each part and one of the sum keep a product within 4 ulp of the larger part; a quotient
# has two such products; a power is exp(b log a), which magnifies the few ulp of a logarithm by the size of
# its argument, up to 20 here: CUDA's logarithm was seen 50 ulp of the result away from the C library's.
COMPLEX_ULP = {"multiply": 4, "square": 4, "divide": 8, "absolute": 1, "sign": 2, "sqrt": 4, "tanh": 8, "power": 64}


def reference(row):
    """NumPy's function of a row."""
    out = None
    for part in row["reference"].split("."):
        out = np if out is None else getattr(out, part)
    return out


def wide_power(*args, **kwargs):
    """NumPy's power, complex64 ones computed in complex128 and rounded: its own are wrong by up to 200 ulp."""
    want = np.power(*args, **kwargs)
    if want.dtype != np.complex64 or kwargs.get("out") is not None:
        return want
    kwargs.pop("dtype", None)
    wide = [a.astype(np.complex128) if isinstance(a, (np.ndarray, np.generic)) else a for a in args]
    return np.power(*wide, dtype=np.complex128, **kwargs).astype(np.complex64)


def pair_of(name):
    """The function of a name in cuprous and its reference."""
    return getattr(cp, name), wide_power if name == "power" else reference(UFUNCS[name])


def char_for(name, char):
    """The dtype with which a ufunc is exercised: floats where it takes them, else integers of that size."""
    takes_floats = any(char in ins for ins, _ in UFUNCS[name]["loops"])
    return char if takes_floats else {"f": "i", "d": "l"}[char]


def ulp_of(name, *dtypes):
    """The tolerance of a ufunc for operands of these dtypes."""
    if name in ("maximum", "minimum", "fmax", "fmin"):
        return ZEROS_ALIKE
    ulp = UFUNCS[name]["ulp"]
    if any(np.dtype(d).kind == "c" for d in dtypes):
        return max(ulp, COMPLEX_ULP.get(name, 0))
    return ulp
