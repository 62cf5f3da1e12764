"""Kernels written in Python: functions under `rawkernel` become CUDA C++, for GPUs and for the CPU."""

from cuprous.x.jit import cg, cub, thrust
from cuprous.x.jit._functions import (
    atomic_add, atomic_and, atomic_cas, atomic_dec, atomic_exch, atomic_inc, atomic_max, atomic_min, atomic_or,
    atomic_sub, atomic_xor, blockDim, blockIdx, grid, gridDim, gridsize, laneid, range, shared_memory, shfl_down_sync,
    shfl_sync, shfl_up_sync, shfl_xor_sync, syncthreads, syncwarp, threadIdx, warpsize,
)
from cuprous.x.jit._kernel import rawkernel

__all__ = [
    "atomic_add", "atomic_and", "atomic_cas", "atomic_dec", "atomic_exch", "atomic_inc", "atomic_max", "atomic_min", "atomic_or",
    "atomic_sub", "atomic_xor", "blockDim", "blockIdx", "cg", "cub", "grid", "gridDim", "gridsize", "laneid", "range",
    "rawkernel", "shared_memory", "shfl_down_sync", "shfl_sync", "shfl_up_sync", "shfl_xor_sync", "syncthreads", "syncwarp",
    "threadIdx", "thrust", "warpsize",
]
