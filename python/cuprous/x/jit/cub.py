"""Reductions of a warp and of a block, with the interface of CUB's; the result is that of the first thread."""

import operator
from functools import lru_cache

from cuprous.x.jit import _types as types
from cuprous.x.jit._values import Builtin, Value


def _function(name, doc):
    of = types.Opaque(f"Jit{name}", f"cub.{name}")

    def emit(translator):
        translator.program.headers["cuprous/jit_cub.cuh"] = None
        return Value(f"{of.name}()", of)

    emit.__doc__ = doc
    return Builtin(emit, name, "jit.cub")


Sum = _function("Sum", "The sum of two values, for `Reduce`.")
Max = _function("Max", "The larger one of two values, for `Reduce`.")
Min = _function("Min", "The smaller one of two values, for `Reduce`.")
_FUNCTIONS = ("JitSum", "JitMax", "JitMin")


class _Reduction:
    """A reduction of values of a type. `TempStorage` is the type of the shared memory that it needs."""

    def __init__(self, label, item, name):
        self._label, self._item = label, item
        self.TempStorage = types.Opaque(f"{name}::TempStorage", f"{label}.TempStorage")
        self._type = types.Opaque(name, label, self._method)

    def __call__(self, temp_storage):
        raise RuntimeError(f"{self._label} is for functions under jit.rawkernel: it cannot be made outside of a kernel")

    def _emit_in_kernel(self, translator, temp_storage):
        translator.program.headers["cuprous/jit_cub.cuh"] = None
        if not isinstance(temp_storage, Value) or temp_storage.type != self.TempStorage:
            found = translator.describe(temp_storage)
            raise TypeError(f"{self._label} takes an element of shared memory of {self._label}.TempStorage, not {found}")
        return Value(f"{self._type.name}({temp_storage.code})", self._type)

    def _method(self, name):
        return {"Sum": self._sum, "Reduce": self._reduce}.get(name)

    def _sum(self, translator, owner, value, valid_items=None):
        return self._result(translator, owner, "Sum", [translator.cast(value, self._item).code], valid_items)

    def _reduce(self, translator, owner, value, function, valid_items=None):
        if not isinstance(function, Value) or function.type.name not in _FUNCTIONS:
            raise TypeError("Reduce takes one of cub.Sum(), cub.Max() and cub.Min()")
        if self._item.dtype.kind == "c" and function.type.name != "JitSum":
            raise TypeError("complex numbers have no order")
        return self._result(translator, owner, "Reduce", [translator.cast(value, self._item).code, function.code], valid_items)

    def _result(self, translator, owner, name, args, valid_items):
        if valid_items is not None:
            args.append(translator.cast(valid_items, types.INT32, "unsafe").code)
        return Value(f"{owner.code}.{name}({', '.join(args)})", self._item)


@lru_cache(maxsize=None)
def _warp_reduction(char):
    item = types.Scalar(char)
    return _Reduction(f"cub.WarpReduce[{item}]", item, f"JitWarpReduce<{item.name}>")


@lru_cache(maxsize=None)
def _block_reduction(char, n_threads):
    item = types.Scalar(char)
    return _Reduction(f"cub.BlockReduce[{item}, {n_threads}]", item, f"JitBlockReduce<{item.name}, {n_threads}>")


class _WarpReduce:
    """``WarpReduce[dtype]``: reductions of the values of a warp."""

    def __getitem__(self, dtype):
        return _warp_reduction(types.char_of(dtype))

    def __repr__(self):
        return "<jit.cub.WarpReduce for kernels>"


class _BlockReduce:
    """``BlockReduce[dtype, n_threads]``: reductions of the values of a block of so many threads."""

    def __getitem__(self, args):
        if not isinstance(args, tuple) or len(args) != 2:
            raise TypeError("BlockReduce takes a dtype and the number of threads of a block: BlockReduce[dtype, 256]")
        dtype, n_threads = args
        count = operator.index(n_threads)
        if not 1 <= count <= 1024:
            raise ValueError(f"a block has 1 to 1024 threads, not {count}")
        return _block_reduction(types.char_of(dtype), count)

    def __repr__(self):
        return "<jit.cub.BlockReduce for kernels>"


WarpReduce = _WarpReduce()
BlockReduce = _BlockReduce()

__all__ = ["BlockReduce", "Max", "Min", "Sum", "WarpReduce"]
