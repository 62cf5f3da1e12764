"""What kernels call: places of threads, shared memory, barriers, exchanges of a warp, atomic operations."""

from cuprous.x.jit import _types as types
from cuprous.x.jit._values import Builtin, BuiltinValue, Constant, Items, Value, static, static_int


threadIdx = BuiltinValue("threadIdx", "threadIdx", types.DIM3, "The place of a thread in its block, along x, y and z.")
blockIdx = BuiltinValue("blockIdx", "blockIdx", types.DIM3, "The place of a block in the grid, along x, y and z.")
blockDim = BuiltinValue("blockDim", "blockDim", types.DIM3, "How many threads a block has along x, y and z.")
gridDim = BuiltinValue("gridDim", "gridDim", types.DIM3, "How many blocks the grid has along x, y and z.")
warpsize = BuiltinValue("warpsize", "warpSize", types.INT32, "How many threads a warp has.")


def _along_axes(what, ndim, pattern):
    n = static_int(ndim, "ndim")
    if n not in (1, 2, 3):
        raise ValueError(f"{what} has 1, 2 or 3 axes, not {n}")
    values = tuple(Value(pattern.replace("#", axis), types.UINT32) for axis in "xyz"[:n])
    return values[0] if n == 1 else Items(values)


@Builtin
def grid(translator, ndim):
    """The place of a thread in the whole grid: a number, or a tuple of 2 or 3."""
    return _along_axes("grid()", ndim, "(threadIdx.# + blockIdx.# * blockDim.#)")


@Builtin
def gridsize(translator, ndim):
    """How many threads the whole grid has along 1, 2 or 3 axes."""
    return _along_axes("gridsize()", ndim, "(blockDim.# * gridDim.#)")


@Builtin
def laneid(translator):
    """The place of a thread in its warp."""
    return Value("jit_lane()", types.UINT32)


@Builtin
def syncthreads(translator):
    """Waits for all threads of the block."""
    return Value("__syncthreads()", types.VOID)


@Builtin
def syncwarp(translator, *, mask=0xFFFFFFFF):
    """Waits for the threads of the warp that are in `mask`."""
    return Value(f"__syncwarp({_number(translator, mask, types.UINT32)})", types.VOID)


@Builtin
def shared_memory(translator, dtype, size, alignment=None):
    """Memory that the threads of a block share.

    Parameters
    ----------
    dtype : dtype
        Type of its elements.
    size : int, tuple of int or None
        How many elements it has; with None the launch says it, in bytes.
    alignment : int, optional
        What its address is a multiple of.
    """
    given = static(dtype, "the dtype of shared memory")
    item = given if isinstance(given, types.Opaque) else types.scalar_of(given)
    extent = static(size, "the size of shared memory")
    align = "" if alignment is None else _alignment(static_int(alignment, "alignment"))
    if extent is None:
        if not isinstance(item, types.Scalar):
            raise TypeError("memory whose size the launch says is of numbers")
        name = "jit_dynamic"
        line = f"extern __shared__ {align or '__align__(16) '}unsigned char {name}[];"
        if line not in translator.declared:
            translator.declare(line)
        return Value(f"(({item.name}*){name})", types.Shared(item, None))
    shape = tuple(static_int(Constant(n), "the size of shared memory") for n in (extent if isinstance(extent, tuple) else (extent,)))
    if not shape or min(shape) < 1:
        raise ValueError(f"the size of shared memory must be positive, not {extent}")
    name = translator.program.fresh("shared")
    translator.declare(f"__shared__ {align}{item.name} {name}{''.join(f'[{n}]' for n in shape)};")
    return Value(name, types.Shared(item, shape))


def _alignment(n):
    if n < 1 or n & (n - 1) or n > 1024:
        raise ValueError(f"alignment must be a power of two up to 1024, not {n}")
    return f"__align__({n}) "


def _number(translator, value, of):
    """The text of a number as one of a type; a default of Python's is one too."""
    if not isinstance(value, (Value, Constant)):
        value = Constant(value)
    return translator.cast(value, of, "unsafe").code


def _shuffle(name, which, doc):
    def emit(translator, mask, var, val_id, *, width=32):
        value = translator.scalar(var, f"what {name} exchanges")
        lanes = 32 if width == 32 else static_int(width, "width")
        if lanes not in (2, 4, 8, 16, 32):
            raise ValueError(f"width must be 2, 4, 8, 16 or 32, not {lanes}")
        code = f"jit_{name.removesuffix('_sync')}<{value.type.name}>"
        of_lane = _number(translator, val_id, which)
        return Value(f"{code}({_number(translator, mask, types.UINT32)}, {value.code}, {of_lane}, {lanes})", value.type)

    emit.__doc__ = doc
    return Builtin(emit, name)


shfl_sync = _shuffle("shfl_sync", types.INT32, "The value of the lane `val_id` of the warp, or of each part of `width` lanes.")
shfl_up_sync = _shuffle("shfl_up_sync", types.UINT32, "The value of the lane that is `val_id` lanes below.")
shfl_down_sync = _shuffle("shfl_down_sync", types.UINT32, "The value of the lane that is `val_id` lanes above.")
shfl_xor_sync = _shuffle("shfl_xor_sync", types.INT32, "The value of the lane whose number differs in the bits of `val_id`.")


def _atomic(name, chars, doc):
    def emit(translator, array, index, value, alt_value=None):
        if not isinstance(array, Value) or not isinstance(array.type, (types.Array, types.Shared, types.Iterator)):
            raise TypeError(f"atomic_{name} changes an element of an array or of shared memory, not of {translator.describe(array)}")
        place = translator.element(array, index)
        if not isinstance(place.type, types.Scalar):
            raise TypeError(f"atomic_{name} needs an index for each axis")
        if place.type.char not in chars:
            fitting = ", ".join(str(types.Scalar(c)) for c in chars)
            raise TypeError(f"`atomic_{name}` does not support {place.type} input: {fitting} are supported")
        values = [value] if name != "cas" else [value, alt_value]
        if any(v is None for v in values):
            raise TypeError("`alt_value` is required for atomic_cas")
        if name != "cas" and alt_value is not None:
            raise TypeError(f"`alt_value` is for atomic_cas alone, not for atomic_{name}")
        given = ", ".join(f"({place.type.name})({translator.cast(v, place.type).code})" for v in values)
        return Value(f"jit_atomic_{name}(&{place.code}, {given})", place.type)

    emit.__doc__ = doc
    return Builtin(emit, f"atomic_{name}")


atomic_add = _atomic("add", "iIlLefd", "Adds `value` to ``array[index]`` and gives what was there.")
atomic_sub = _atomic("sub", "iIlLefd", "Subtracts `value` from ``array[index]`` and gives what was there.")
atomic_exch = _atomic("exch", "iIlLefd", "Writes `value` to ``array[index]`` and gives what was there.")
atomic_min = _atomic("min", "iIlLfd", "Keeps the smaller of ``array[index]`` and `value`, and gives what was there.")
atomic_max = _atomic("max", "iIlLfd", "Keeps the larger of ``array[index]`` and `value`, and gives what was there.")
atomic_inc = _atomic("inc", "I", "Adds 1 to ``array[index]``, or sets it to 0 from `value` on, and gives what was there.")
atomic_dec = _atomic("dec", "I", "Subtracts 1 from ``array[index]``, or sets it to `value` at 0 and beyond `value`; gives what was there.")
atomic_cas = _atomic("cas", "iIlLHhefd", "Writes `alt_value` to ``array[index]`` if `value` is there, bit by bit; gives what was there.")
atomic_and = _atomic("and", "iIlL", "Keeps the common bits of ``array[index]`` and `value`, and gives what was there.")
atomic_or = _atomic("or", "iIlL", "Sets the bits of `value` in ``array[index]`` and gives what was there.")
atomic_xor = _atomic("xor", "iIlL", "Flips the bits of `value` in ``array[index]`` and gives what was there.")


def _range(translator, *args, unroll=None):
    """What a loop of a kernel runs over, as `range` of Python, with `unroll` for the compiler: True or how often."""
    raise NotImplementedError("jit.range() is for loops alone")


range = Builtin(_range, "range")  # noqa: A001  CuPy's name
