"""Devices, streams, events and memory, under CuPy's names; where no GPU is, the CPU answers as one device.

The names are those of the extension module's namespace `cuda`. Modules for single libraries are imported when they are
first used: nothing is looked for before.
"""

from cuprous import _modules
from cuprous._core import is_available
from cuprous.cuda._paths import get_cuda_path, get_hipcc_path, get_local_runtime_version, get_nvcc_path, get_rocm_path
from cuprous.cuda.function import Function, Module
from cuprous.cuda.memory_hook import MemoryHook
from cuprous.cuda.profiler import profile

__all__ = [
    "Function", "MemoryHook", "Module", "get_cublas_handle", "get_cuda_path", "get_hipcc_path", "get_local_runtime_version", "get_nvcc_path",
    "get_rocm_path", "is_available", "profile",
]


def get_cublas_handle():
    """The handle of cuBLAS for this thread and the current device, whose work runs on the current stream."""
    from cuprous.cuda.device import get_cublas_handle

    return get_cublas_handle()


def __getattr__(name):
    return _modules.on_demand(__name__, name)
