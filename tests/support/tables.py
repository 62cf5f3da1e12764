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
# The other functions, against long double at a million numbers: NumPy's are off by up to 3 ulp (sin, sinh, exp, log and
# their like), 5 (the inverse functions) or 5.5 (the tangents, which divide), cuprous's by 3, 4 and 5.5 on the CPU; the
# functions of CUDA that these are made of are off by 1 or 2 ulp where those of the C library are by 0.5 to 1.
COMPLEX_ULP = {"multiply": 4, "square": 4, "divide": 8, "reciprocal": 2, "absolute": 3, "sign": 4, "sqrt": 4, "power": 64, "float_power": 64,
               **dict.fromkeys(["sin", "cos", "sinh", "cosh", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"], 8),
               **dict.fromkeys(["arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"], 12), "tan": 16, "tanh": 16}


def reference(row):
    """NumPy's function of a row."""
    out = None
    for part in row["reference"].split("."):
        out = np if out is None else getattr(out, part)
    return out


class Widened:
    """A ufunc of NumPy's whose complex results are computed with more digits where its own have too few."""

    def __init__(self, ufunc, compute):
        self.ufunc, self.compute = ufunc, compute

    def __getattr__(self, name):
        return getattr(self.ufunc, name)

    def __call__(self, *args, **kwargs):
        want = np.asarray(self.ufunc(*args, **kwargs))
        if want.dtype.kind == "c" and kwargs.get("out") is None:
            # Into NumPy's own result, which is laid out as it has to be.
            self.compute(want, *args, **{k: v for k, v in kwargs.items() if k != "dtype"})
        return want


def wider(ufunc, **dtypes):
    """A ufunc whose complex loops of some dtypes are computed in wider ones and rounded."""

    def compute(want, *args, **kwargs):
        wide = dtypes.get(want.dtype.char)
        if wide is not None:
            args = [a.astype(wide) if isinstance(a, (np.ndarray, np.generic)) else a for a in args]
            want[...] = ufunc(*args, dtype=wide, **kwargs)

    return Widened(ufunc, compute)


def log1p_near_0(want, z, **kwargs):
    """The logarithm of 1 + z: NumPy adds the 1 first, which leaves no digit of a small z."""
    z = np.asarray(z, np.clongdouble)
    modulus = np.hypot(z.real + 1, z.imag)
    near = (modulus > 0.5) & (modulus < 2)
    # Each part by itself: a sum with 1j would turn infinities into NaN.
    want.real = np.where(near, np.log1p(z.real * (2 + z.real) + z.imag * z.imag) / 2, np.log(modulus))
    want.imag = np.arctan2(z.imag, z.real + 1)


# NumPy's complex64 powers are off by up to 200 ulp; its complex exp2 is exp(z log 2), off by the size of z; and its
# complex64 expm1 overflows in the middle.
REFERENCES = {"power": wider(np.power, F="D"), "exp2": wider(np.exp2, F="D", D="G"), "expm1": wider(np.expm1, F="D"),
              "log1p": Widened(np.log1p, log1p_near_0)}


def pair_of(name):
    """The function of a name in cuprous and its reference."""
    return getattr(cp, name), REFERENCES.get(name) or reference(UFUNCS[name])


def char_for(name, char):
    """The dtype with which a ufunc is exercised: floats where a loop takes nothing else, or integers of that size."""
    takes_floats = any(set(ins) == {char} for ins, _ in UFUNCS[name]["loops"])
    return char if takes_floats else {"f": "i", "d": "l"}[char]


def ulp_of(name, *dtypes):
    """The tolerance of a ufunc for operands of these dtypes."""
    if name in ("maximum", "minimum", "fmax", "fmin"):
        return ZEROS_ALIKE
    ulp = UFUNCS[name]["ulp"]
    if any(np.dtype(d).kind == "c" for d in dtypes):
        return max(ulp, COMPLEX_ULP.get(name, 0))
    return ulp
