"""Groups of threads that wait for each other: the block, and the whole grid of a cooperative launch."""

from cuprous.x.jit import _types as types
from cuprous.x.jit._values import Builtin, Value


def _value(code, of):
    return lambda translator, owner: Value(code, of)


def _sync_block(translator, owner):
    return Value("__syncthreads()", types.VOID)


def _sync_grid(translator, owner):
    return Value(f"jit_sync_grid({translator.grid_count()})", types.VOID)


_OF_BLOCK = {
    "sync": _sync_block, "thread_rank": _value("jit_rank()", types.UINT32), "num_threads": _value("jit_threads()", types.UINT32),
    "size": _value("jit_threads()", types.UINT32), "group_index": _value("dim3(blockIdx)", types.DIM3),
    "thread_index": _value("dim3(threadIdx)", types.DIM3), "group_dim": _value("dim3(blockDim)", types.DIM3),
    "dim_threads": _value("dim3(blockDim)", types.DIM3),
}
_OF_GRID = {
    "sync": _sync_grid, "is_valid": _value("true", types.BOOL), "num_blocks": _value("jit_blocks()", types.UINT64),
    "block_rank": _value("jit_block_rank()", types.UINT64), "num_threads": _value("(jit_blocks() * jit_threads())", types.UINT64),
    "size": _value("(jit_blocks() * jit_threads())", types.UINT64), "dim_blocks": _value("dim3(gridDim)", types.DIM3),
    "thread_rank": _value("(jit_block_rank() * jit_threads() + jit_rank())", types.UINT64),
    "block_index": _value("dim3(blockIdx)", types.DIM3), "group_dim": _value("dim3(gridDim)", types.DIM3),
}
_BLOCK = types.Opaque("JitBlock", "cg.thread_block", _OF_BLOCK.get)
_GRID = types.Opaque("JitGrid", "cg.grid_group", _OF_GRID.get)


def _group(value):
    if not isinstance(value, Value) or value.type not in (_BLOCK, _GRID):
        raise TypeError("a group of threads is what cg.this_thread_block() or cg.this_grid() gives")
    return value.type


def _block(value, what):
    if _group(value) is not _BLOCK:
        raise TypeError(f"{what} is for the threads of a block: cg.this_thread_block()")


def _emit(name, function):
    function.__name__ = name
    return Builtin(function, name, "jit.cg")


def _this_grid(translator):
    """All threads of the grid; the launch is then cooperative: all blocks run at the same time."""
    translator.grid_count()
    return Value("JitGrid()", _GRID)


def _this_thread_block(translator):
    """The threads of the block."""
    return Value("JitBlock()", _BLOCK)


def _sync(translator, group):
    """Waits for all threads of a group."""
    return _group(group).methods("sync")(translator, group)


def _memcpy_async(translator, group, dst, dst_idx, src, src_idx, size, *, aligned_size=None):
    """Copies `size` bytes from ``src[src_idx]`` to ``dst[dst_idx]`` with all threads of a block; `wait` before they are read."""
    _block(group, "memcpy_async")
    places = []
    for what, index in ((dst, dst_idx), (src, src_idx)):
        if not isinstance(what, Value) or not isinstance(what.type, (types.Array, types.Shared, types.Iterator)):
            raise TypeError("memcpy_async copies elements of arrays and of shared memory")
        places.append(f"&{translator.element(what, index).code}")
    n_bytes = translator.cast(size, types.UINT64, "unsafe").code
    return Value(f"jit_copy({places[0]}, {places[1]}, {n_bytes})", types.VOID)


def _wait(translator, group):
    """Waits for all copies of a group."""
    _block(group, "wait")
    return Value("__syncthreads()", types.VOID)


def _wait_prior(translator, group):
    """Waits for the copies of a group; here for all of them."""
    return _wait(translator, group)


this_grid = _emit("this_grid", _this_grid)
this_thread_block = _emit("this_thread_block", _this_thread_block)
sync = _emit("sync", _sync)
memcpy_async = _emit("memcpy_async", _memcpy_async)
wait = _emit("wait", _wait)
wait_prior = _emit("wait_prior", _wait_prior)

__all__ = ["memcpy_async", "sync", "this_grid", "this_thread_block", "wait", "wait_prior"]
