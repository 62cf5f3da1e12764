"""The tables of ops, read from the library's own registry."""

import cuprous as cp
import numpy as np
from cuprous import _core
from support.compare import ZEROS_ALIKE

REGISTRY = _core.registry()
UFUNCS = {row["name"]: row for row in REGISTRY["ufuncs"] if row["public"]}
# Those that are functions and methods; the others stand behind methods of ufuncs and composed functions.
REDUCTIONS = {row["name"]: row for row in REGISTRY["reductions"] if hasattr(cp.ndarray, row["name"])}
SCANS = {row["name"]: row for row in REGISTRY["scans"] if hasattr(cp.ndarray, row["name"])}

UNARY = [name for name, row in UFUNCS.items() if len(row["args"]) == 1 and row["n_outs"] == 1]
BINARY = [name for name, row in UFUNCS.items() if len(row["args"]) == 2 and row["n_outs"] == 1]
ONE_RESULT = [name for name, row in UFUNCS.items() if row["n_outs"] == 1]
TWO_RESULTS = [name for name, row in UFUNCS.items() if row["n_outs"] == 2]

PROMISED_UFUNCS = """add subtract multiply divide floor_divide remainder power negative absolute sign
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not
maximum minimum sqrt exp log sin cos tanh square isnan""".split()
PROMISED_REDUCTIONS = "sum prod min max mean any all argmin argmax".split()
PROMISED_SCANS = ["cumsum", "cumprod"]

# A row has one tolerance for all its dtypes, and these are the complex loops that need more than 0 or than
# it, because NumPy does not fix their last bits: its vector loops contract products (fused multiply-add),
# its scalar loops do not, and the others compose several functions of the C library, each with its error.
# Two roundings of each part and one of the sum keep a product within 4 ulp of the larger part; a quotient
# has two such products; a power is exp(b log a), which magnifies the few ulp of a logarithm by the size of
# its argument, up to 20 here: CUDA's logarithm was seen 50 ulp of the result away from the C library's.
# The tangents divide two such functions, and NumPy's own is off by 5 ulp; the inverse functions, of cuprous and of
# the C library, are each off by up to 5 ulp.
COMPLEX_ULP = {"multiply": 4, "square": 4, "divide": 8, "reciprocal": 2, "absolute": 3, "sign": 4, "sqrt": 4, "tan": 12, "tanh": 12, "arctan": 8, "arctanh": 8,
               "arcsin": 8, "arcsinh": 8, "arccos": 8, "arccosh": 8, "exp2": 20, "power": 64, "float_power": 64}


def reference(row):
    """NumPy's function of a row."""
    out = None
    for part in row["reference"].split("."):
        out = np if out is None else getattr(out, part)
    return out


def in_double(function):
    """A function of NumPy's with complex64 ones computed in complex128 and rounded: its own are off by up to 200 ulp."""
    def wide(*args, **kwargs):
        want = np.asarray(function(*args, **kwargs))
        if want.dtype != np.complex64 or kwargs.get("out") is not None:
            return want
        kwargs.pop("dtype", None)
        doubles = [a.astype(np.complex128) if isinstance(a, (np.ndarray, np.generic)) else a for a in args]
        # Into NumPy's own result, which is laid out as it has to be.
        want[...] = function(*doubles, dtype=np.complex128, **kwargs)
        return want

    return wide


def log1p_near_0(*args, **kwargs):
    """NumPy's log1p, whose complex numbers near 0 are wrong (it adds 1 first): they go through the real log1p."""
    want = np.asarray(np.log1p(*args, **kwargs))
    if want.dtype.kind != "c" or kwargs.get("out") is not None:
        return want
    z = np.asarray(args[0], np.clongdouble)
    with np.errstate(all="ignore"):
        modulus = np.hypot(z.real + 1, z.imag)
        near = (modulus > 0.5) & (modulus < 2)
        real = np.where(near, np.log1p(z.real * (2 + z.real) + z.imag * z.imag) / 2, np.log(modulus))
        # Laid out as NumPy's own; and each part set by itself, since a sum with 1j would turn infinities into NaN.
        want.real[...] = real
        want.imag[...] = np.arctan2(z.imag, z.real + 1)
    return want


REFERENCES = {"power": in_double(np.power), "exp2": in_double(np.exp2), "log1p": log1p_near_0}


def pair_of(name):
    """The function of a name in cuprous and its reference."""
    return getattr(cp, name), REFERENCES.get(name) or reference(UFUNCS[name])


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
