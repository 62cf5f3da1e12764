"""Tensor operations that name their axes: `D = f(alpha * A, ...)` with a mode, a label, for each axis.

`elementwise_binary`, `elementwise_trinary`, `contraction` and `reduction` are computed by cuprous, on any device, and need no
library; the precision that `compute_desc` asks for is kept or exceeded. Descriptors and plans, for those who call the library
themselves, are cuTENSOR's (`cuprous.cuda.cutensor`) and need it.
"""

import ctypes

import numpy

import cuprous
from cuprous.cuda import cutensor as _lib

__all__ = [
    "CutensorHandle", "Mode", "OperationDescriptor", "Plan", "PlanPreference", "TensorDescriptor", "check_availability", "contraction",
    "create_contraction", "create_elementwise_binary", "create_elementwise_trinary", "create_mode", "create_plan",
    "create_plan_preference", "create_reduction", "create_tensor_descriptor", "elementwise_binary", "elementwise_trinary", "reduction",
]

_DTYPES = {"e": _lib.R_16F, "f": _lib.R_32F, "d": _lib.R_64F, "F": _lib.C_32F, "D": _lib.C_64F}
_SINGLE, _DOUBLE, _HALF = _lib.COMPUTE_DESC_32F, _lib.COMPUTE_DESC_64F, _lib.COMPUTE_DESC_16F
# The precision for the types of A and C, and of A, B and C.
_OF_PAIRS = {
    "ee": _HALF, "ef": _SINGLE, "fe": _SINGLE, "ff": _SINGLE, "fd": _DOUBLE, "df": _DOUBLE, "dd": _DOUBLE, "FF": _SINGLE, "FD": _DOUBLE,
    "DF": _DOUBLE, "DD": _DOUBLE,
}
_OF_REDUCTIONS = {both: _OF_PAIRS[both] for both in ("ee", "ff", "dd", "FF", "DD")}
_OF_CONTRACTIONS = {"eee": _SINGLE, "fff": _SINGLE, "ddd": _DOUBLE, "dDD": _DOUBLE, "FFF": _SINGLE, "DdD": _DOUBLE, "DDD": _DOUBLE}
_REAL = {_HALF: numpy.float16, _DOUBLE: numpy.float64}
_COMPLEX = {_DOUBLE: numpy.complex128}

_UNARY = {
    _lib.OP_IDENTITY: lambda x: x, _lib.OP_SQRT: cuprous.sqrt, _lib.OP_RELU: lambda x: cuprous.maximum(x, 0), _lib.OP_CONJ: cuprous.conj,
    _lib.OP_RCP: cuprous.reciprocal, _lib.OP_SIGMOID: lambda x: 1 / (1 + cuprous.exp(-x)), _lib.OP_TANH: cuprous.tanh,
    _lib.OP_EXP: cuprous.exp, _lib.OP_LOG: cuprous.log, _lib.OP_ABS: cuprous.abs, _lib.OP_NEG: cuprous.negative, _lib.OP_SIN: cuprous.sin,
    _lib.OP_COS: cuprous.cos, _lib.OP_TAN: cuprous.tan, _lib.OP_SINH: cuprous.sinh, _lib.OP_COSH: cuprous.cosh,
    _lib.OP_ASIN: cuprous.arcsin, _lib.OP_ACOS: cuprous.arccos, _lib.OP_ATAN: cuprous.arctan, _lib.OP_ASINH: cuprous.arcsinh,
    _lib.OP_ACOSH: cuprous.arccosh, _lib.OP_ATANH: cuprous.arctanh, _lib.OP_CEIL: cuprous.ceil, _lib.OP_FLOOR: cuprous.floor,
}
_BINARY = {_lib.OP_ADD: cuprous.add, _lib.OP_MUL: cuprous.multiply, _lib.OP_MAX: cuprous.maximum, _lib.OP_MIN: cuprous.minimum}


def check_availability(name):
    """Whether a kind of operation is there: `'contraction'`, `'elementwise'` or `'reduction'`; those of several GPUs are not."""
    return name in ("contraction", "elementwise", "reduction")


# Modes


class Mode:
    """The labels of a tensor's axes, as integers; `data` is the address of them, `ndim` their number."""

    __slots__ = ("_labels", "_memory", "data", "ndim")

    def __init__(self, mode):
        self._labels = tuple(map(int, mode))
        self.ndim = len(self._labels)
        self._memory = (ctypes.c_int32 * self.ndim)(*self._labels)
        self.data = ctypes.addressof(self._memory)

    def __eq__(self, other):
        return isinstance(other, Mode) and self._labels == other._labels

    def __hash__(self):
        return hash(self._labels)

    def __repr__(self):
        return f"mode({', '.join(map(str, self._labels))})"


def create_mode(*mode):
    """The mode of integers or characters, one for each axis."""
    for label in mode:
        if not isinstance(label, (int, str)):
            raise TypeError(f"Cannot create tensor mode: {type(label)}")
    return Mode(ord(label) if isinstance(label, str) else label for label in mode)


def _mode_of(array, mode):
    mode = mode if isinstance(mode, Mode) else create_mode(*mode)
    if array.ndim != mode.ndim:
        raise ValueError(f"ndim mismatch: {array.ndim} != {mode.ndim}")
    if len(set(mode._labels)) != mode.ndim:
        raise ValueError(f"{mode!r} names an axis twice")
    return mode


def _check_extents(*tensors):
    """Refuses axes of one label that differ in length."""
    extents = {}
    for array, mode in tensors:
        for label, extent in zip(mode._labels, array.shape):
            if extents.setdefault(label, extent) != extent:
                raise ValueError(f"the axes of mode {label} have {extents[label]} and {extent} elements")
    return extents


# Computing


def _precision(table, what, arrays, compute_desc):
    """The type in which is computed."""
    chars = "".join(a.dtype.char for a in arrays)
    if chars not in table:
        raise ValueError(f"This combination of dtypes is not supported in {what} ({', '.join(a.dtype.name for a in arrays)})")
    desc = compute_desc or table[chars]
    types = (_COMPLEX, numpy.complex64) if any(a.dtype.kind == "c" for a in arrays) else (_REAL, numpy.float32)
    return numpy.dtype(types[0].get(desc, types[1]))


def _op(table, op, what):
    if op not in table:
        raise ValueError(f"{op} is no {what} operator of cuTENSOR")
    return table[op]


def _scaled(scale, op, array, dtype):
    """`scale * op(array)`; where the scale is 0 the array is not read, so that what is no number there does not spread."""
    op, scale = _op(_UNARY, op, "unary"), dtype.type(scale)
    if scale == 0:
        return cuprous.zeros_like(array, dtype=dtype)
    value = op(array.astype(dtype, copy=False))
    return value if scale == 1 else scale * value


def _as_mode(array, mode, target):
    """An array with its axes where another mode has them; axes of length 1 where it has none."""
    missing = [label for label in mode._labels if label not in target._labels]
    if missing:
        raise ValueError(f"{mode!r} has axes that {target!r} lacks")
    order = sorted(range(mode.ndim), key=lambda k: target._labels.index(mode._labels[k]))
    return array.transpose(order)[tuple(slice(None) if label in mode._labels else None for label in target._labels)]


def _out_like(C, out):
    if out is None:
        return cuprous.empty_like(C, order="C")
    if C.dtype != out.dtype:
        raise ValueError(f"dtype mismatch: {C.dtype} != {out.dtype}")
    if C.shape != out.shape:
        raise ValueError(f"shape mismatch: {C.shape} != {out.shape}")
    return out


def elementwise_binary(
    alpha, A, mode_A, gamma, C, mode_C, out=None, op_A=_lib.OP_IDENTITY, op_C=_lib.OP_IDENTITY, op_AC=_lib.OP_ADD, compute_desc=0
):
    """`op_AC(alpha * op_A(A), gamma * op_C(C))`, with the axes of `C`.

    Parameters
    ----------
    alpha, gamma : scalar
        Factors; an array whose factor is 0 is not read.
    A, C : array
        The tensors: of float16, float32, float64, complex64 or complex128.
    mode_A, mode_C : tuple of int or str, or Mode
        A label for each axis; those of `A` are among those of `C`.
    out : array, optional
        Where the result goes: shape and dtype of `C`.
    op_A, op_C, op_AC : int
        The operators, `cuprous.cuda.cutensor.OP_SQRT` for example.
    compute_desc : int
        The precision, `cuprous.cuda.cutensor.COMPUTE_DESC_32F` for example; 0 is that of the types.
    """
    out = _out_like(C, out)
    mode_A, mode_C = _mode_of(A, mode_A), _mode_of(C, mode_C)
    _check_extents((A, mode_A), (C, mode_C))
    dtype = _precision(_OF_PAIRS, "elementwise_binary", (A, C), compute_desc)
    out[...] = _op(_BINARY, op_AC, "binary")(_scaled(alpha, op_A, _as_mode(A, mode_A, mode_C), dtype), _scaled(gamma, op_C, C, dtype))
    return out


def elementwise_trinary(
    alpha, A, mode_A, beta, B, mode_B, gamma, C, mode_C, out=None, op_A=_lib.OP_IDENTITY, op_B=_lib.OP_IDENTITY, op_C=_lib.OP_IDENTITY,
    op_AB=_lib.OP_ADD, op_ABC=_lib.OP_ADD, compute_desc=0,
):
    """`op_ABC(op_AB(alpha * op_A(A), beta * op_B(B)), gamma * op_C(C))`, with the axes of `C`.

    The parameters are those of `elementwise_binary`; `A` and `B` have one dtype.
    """
    out = _out_like(C, out)
    mode_A, mode_B, mode_C = _mode_of(A, mode_A), _mode_of(B, mode_B), _mode_of(C, mode_C)
    _check_extents((A, mode_A), (B, mode_B), (C, mode_C))
    if A.dtype != B.dtype:
        raise ValueError(f"dtype mismatch: {A.dtype} != {B.dtype}")
    dtype = _precision(_OF_PAIRS, "elementwise_trinary", (A, C), compute_desc)
    ab = _op(_BINARY, op_AB, "binary")(
        _scaled(alpha, op_A, _as_mode(A, mode_A, mode_C), dtype), _scaled(beta, op_B, _as_mode(B, mode_B, mode_C), dtype)
    )
    out[...] = _op(_BINARY, op_ABC, "binary")(ab, _scaled(gamma, op_C, C, dtype))
    return out


def contraction(
    alpha, A, mode_A, B, mode_B, beta, C, mode_C, op_A=_lib.OP_IDENTITY, op_B=_lib.OP_IDENTITY, op_C=_lib.OP_IDENTITY,
    algo=_lib.ALGO_DEFAULT, jit_mode=_lib.JIT_MODE_NONE, compute_desc=0, ws_pref=_lib.WORKSPACE_RECOMMENDED,
):
    """`alpha * op_A(A) * op_B(B) + beta * op_C(C)`, summed over the axes that `C` lacks; the result replaces `C`.

    The parameters are those of `elementwise_binary`. `algo`, `jit_mode` and `ws_pref` say how cuTENSOR would go about it
    and change nothing here. Returns `C`.
    """
    mode_A, mode_B, mode_C = _mode_of(A, mode_A), _mode_of(B, mode_B), _mode_of(C, mode_C)
    extents = list(_check_extents((A, mode_A), (B, mode_B), (C, mode_C)))
    dtype = _precision(_OF_CONTRACTIONS, "contraction", (A, B, C), compute_desc)
    if missing := set(mode_C._labels) - set(mode_A._labels) - set(mode_B._labels):
        raise ValueError(f"{mode_C!r} has axes that neither {mode_A!r} nor {mode_B!r} has: {sorted(missing)}")
    labels = [[extents.index(label) for label in mode._labels] for mode in (mode_A, mode_B, mode_C)]
    product = cuprous.einsum(_scaled(1, op_A, A, dtype), labels[0], _scaled(1, op_B, B, dtype), labels[1], labels[2])
    C[...] = dtype.type(alpha) * product + _scaled(beta, op_C, C, dtype)
    return C


_REDUCING = {_lib.OP_ADD: cuprous.sum, _lib.OP_MUL: cuprous.prod, _lib.OP_MAX: cuprous.max, _lib.OP_MIN: cuprous.min}


def reduction(
    alpha, A, mode_A, beta, C, mode_C, op_A=_lib.OP_IDENTITY, op_C=_lib.OP_IDENTITY, op_reduce=_lib.OP_ADD, compute_desc=0
):
    """`alpha * op_reduce(op_A(A)) + beta * op_C(C)`, reduced over the axes that `C` lacks; the result replaces `C`.

    The parameters are those of `elementwise_binary`. Returns `C`.
    """
    mode_A, mode_C = _mode_of(A, mode_A), _mode_of(C, mode_C)
    _check_extents((A, mode_A), (C, mode_C))
    dtype = _precision(_OF_REDUCTIONS, "reduction", (A, C), compute_desc)
    if missing := set(mode_C._labels) - set(mode_A._labels):
        raise ValueError(f"{mode_C!r} has axes that {mode_A!r} lacks: {sorted(missing)}")
    reduce = _op(_REDUCING, op_reduce, "reducing")
    over = [k for k in range(mode_A.ndim) if mode_A._labels[k] not in mode_C._labels]
    kept = [mode_A._labels.index(label) for label in mode_C._labels]
    reduced = reduce(_scaled(1, op_A, A.transpose(kept + over), dtype), axis=tuple(range(len(kept), A.ndim)))
    C[...] = dtype.type(alpha) * reduced.astype(dtype, copy=False) + _scaled(beta, op_C, C, dtype)
    return C


# The library's own objects


class _Owned:
    """Something of the library's that ends with the object; `ptr` is its address."""

    __slots__ = ("_end", "ptr")

    def __init__(self, ptr, end):
        self.ptr, self._end = ptr, end

    def __del__(self):
        # Without one where making it failed, or before it was made.
        if getattr(self, "_end", None) is not None and self.ptr:
            self._end(self.ptr)


class CutensorHandle(_Owned):
    """A handle of cuTENSOR, with the descriptors and plans that were made for it."""

    __slots__ = ("_made",)

    def __init__(self):
        super().__init__(_lib.create(), _lib.destroy)
        self._made = {}

    def __del__(self):
        # Before the handle that they belong to.
        getattr(self, "_made", {}).clear()
        super().__del__()

    def _once(self, kind, key, make):
        """What was made from the same parameters before, else something new."""
        if (kind, key) not in self._made:
            self._made[kind, key] = make()
        return self._made[kind, key]


class TensorDescriptor(_Owned):
    """What a tensor is like: extents and strides, in elements, at addresses, with the library's number for its dtype."""

    __slots__ = ("cutensor_dtype",)

    def __init__(self, handle, num_modes, extent, stride, cutensor_dtype, alignment_req=256):
        super().__init__(
            _lib.createTensorDescriptor(handle, num_modes, extent, stride, cutensor_dtype, alignment_req), _lib.destroyTensorDescriptor
        )
        self.cutensor_dtype = cutensor_dtype


class OperationDescriptor(_Owned):
    """An operation, once one of its methods has described it."""

    __slots__ = ()

    def __init__(self):
        super().__init__(0, _lib.destroyOperationDescriptor)

    def create_contraction(self, handle, descA, modeA, opA, descB, modeB, opB, descC, modeC, opC, descD, modeD, descCompute):
        """Describes a contraction."""
        self.ptr = _lib.createContraction(handle, descA, modeA, opA, descB, modeB, opB, descC, modeC, opC, descD, modeD, descCompute)

    def create_elementwise_binary(self, handle, descA, modeA, opA, descC, modeC, opC, descD, modeD, opAC, descCompute):
        """Describes an element-wise operation of two tensors."""
        self.ptr = _lib.createElementwiseBinary(handle, descA, modeA, opA, descC, modeC, opC, descD, modeD, opAC, descCompute)

    def create_elementwise_trinary(
        self, handle, descA, modeA, opA, descB, modeB, opB, descC, modeC, opC, descD, modeD, opAB, opABC, descCompute
    ):
        """Describes an element-wise operation of three tensors."""
        self.ptr = _lib.createElementwiseTrinary(
            handle, descA, modeA, opA, descB, modeB, opB, descC, modeC, opC, descD, modeD, opAB, opABC, descCompute
        )

    def create_reduction(self, handle, descA, modeA, opA, descC, modeC, opC, descD, modeD, opReduce, descCompute):
        """Describes a reduction."""
        self.ptr = _lib.createReduction(handle, descA, modeA, opA, descC, modeC, opC, descD, modeD, opReduce, descCompute)


class PlanPreference(_Owned):
    """Which algorithms a plan may choose from."""

    __slots__ = ()

    def __init__(self, handle, algo, jit_mode):
        super().__init__(_lib.createPlanPreference(handle, algo, jit_mode), _lib.destroyPlanPreference)


class Plan(_Owned):
    """How an operation is computed."""

    __slots__ = ()

    def __init__(self, handle, desc, pref, ws_limit):
        super().__init__(_lib.createPlan(handle, desc, pref, ws_limit), _lib.destroyPlan)


def _handle():
    from cuprous.cuda.device import get_cutensor_handle

    return get_cutensor_handle()


def create_tensor_descriptor(a):
    """The descriptor of an array."""
    if a.dtype.char not in _DTYPES:
        raise TypeError(f"dtype is not supported: {a.dtype}")
    if a.data.ptr % a.itemsize:
        raise ValueError(f"the array lies at an address that {a.itemsize} does not divide")

    handle, n = _handle(), a.ndim
    strides = [s // a.itemsize for s in a.strides]

    def make():
        extents, steps = (ctypes.c_int64 * n)(*a.shape), (ctypes.c_int64 * n)(*strides)
        return TensorDescriptor(
            handle.ptr, n, ctypes.addressof(extents), ctypes.addressof(steps), _DTYPES[a.dtype.char], alignment_req=a.itemsize
        )

    return handle._once("tensor", (a.dtype, a.shape, *strides), make)


def create_plan_preference(algo=_lib.ALGO_DEFAULT, jit_mode=_lib.JIT_MODE_NONE):
    """The preference for an algorithm."""
    handle = _handle()
    return handle._once("preference", (algo, jit_mode), lambda: PlanPreference(handle.ptr, algo, jit_mode))


def create_plan(desc, pref, ws_limit=0):
    """The plan of an operation, which may use so many bytes of memory beside its tensors."""
    handle = _handle()
    return handle._once("plan", (desc.ptr, pref.ptr, ws_limit), lambda: Plan(handle.ptr, desc.ptr, pref.ptr, ws_limit))


def _described(method, table, kinds, tensors, operators, compute_desc):
    """An operation on tensors, `(descriptor, mode, operator)` or `(descriptor, mode)` each; `kinds` are those that say the precision."""
    names = {number: char for char, number in _DTYPES.items()}
    numbers = [tensors[k][0].cutensor_dtype for k in kinds]
    chars = "".join(names.get(n, "?") for n in numbers)
    if not compute_desc:
        if chars not in table:
            raise ValueError(f"This combination of dtypes is not supported by {method} ({', '.join(map(str, numbers))})")
        compute_desc = table[chars]
    handle = _handle()
    key = (tuple((desc.ptr, mode._labels, *op) for desc, mode, *op in tensors), operators, compute_desc)

    def make():
        made = OperationDescriptor()
        flat = [value for desc, mode, *op in tensors for value in (desc.ptr, mode.data, *op)]
        getattr(made, method)(handle.ptr, *flat, *operators, compute_desc)
        return made

    return handle._once(method, key, make)


def create_elementwise_binary(desc_A, mode_A, op_A, desc_C, mode_C, op_C, desc_D, mode_D, op_AC, compute_desc=0):
    """The operation of `elementwise_binary` on tensors that are described."""
    tensors = ((desc_A, mode_A, op_A), (desc_C, mode_C, op_C), (desc_D, mode_D))
    return _described("create_elementwise_binary", _OF_PAIRS, (0, 1), tensors, (op_AC,), compute_desc)


def create_elementwise_trinary(
    desc_A, mode_A, op_A, desc_B, mode_B, op_B, desc_C, mode_C, op_C, desc_D, mode_D, op_AB, op_ABC, compute_desc=0
):
    """The operation of `elementwise_trinary` on tensors that are described."""
    if desc_A.cutensor_dtype != desc_B.cutensor_dtype:
        raise ValueError(f"cutensor dtype mismatch: {desc_A.cutensor_dtype} != {desc_B.cutensor_dtype}")
    tensors = ((desc_A, mode_A, op_A), (desc_B, mode_B, op_B), (desc_C, mode_C, op_C), (desc_D, mode_D))
    return _described("create_elementwise_trinary", _OF_PAIRS, (0, 2), tensors, (op_AB, op_ABC), compute_desc)


def create_contraction(desc_A, mode_A, op_A, desc_B, mode_B, op_B, desc_C, mode_C, op_C, compute_desc=0):
    """The operation of `contraction` on tensors that are described."""
    tensors = ((desc_A, mode_A, op_A), (desc_B, mode_B, op_B), (desc_C, mode_C, op_C), (desc_C, mode_C))
    return _described("create_contraction", _OF_CONTRACTIONS, (0, 1, 2), tensors, (), compute_desc)


def create_reduction(desc_A, mode_A, op_A, desc_C, mode_C, op_C, op_reduce, compute_desc=0):
    """The operation of `reduction` on tensors that are described."""
    tensors = ((desc_A, mode_A, op_A), (desc_C, mode_C, op_C), (desc_C, mode_C))
    return _described("create_reduction", _OF_REDUCTIONS, (0, 1), tensors, (op_reduce,), compute_desc)
