"""Where CUDA's tools lie on this machine."""

import functools
import os
import shutil
from pathlib import Path

from cuprous._core import cuda


@functools.cache
def get_cuda_path():
    """The folder of a CUDA installation: `CUDA_PATH`, that of `nvcc`, or the usual one; `None` if there is none."""
    named = os.environ.get("CUDA_PATH", "") or os.environ.get("CUDA_HOME", "")
    if named:
        return named
    nvcc = shutil.which("nvcc")
    if nvcc:
        return str(Path(nvcc).resolve().parent.parent)
    usual = Path("/usr/local/cuda")
    return str(usual) if usual.is_dir() else None


@functools.cache
def get_nvcc_path():
    """The command of the CUDA compiler: `NVCC`, or that of the installation; `None` if there is none."""
    named = os.environ.get("NVCC", "")
    if named:
        return named
    path = get_cuda_path()
    nvcc = Path(path, "bin", "nvcc") if path else None
    return str(nvcc) if nvcc and nvcc.is_file() else None


def get_rocm_path():
    """`None`: there is no backend for ROCm."""
    return None


def get_hipcc_path():
    """`None`: there is no backend for ROCm."""
    return None


def get_local_runtime_version():
    """The CUDA version of the libraries here: 13000 for 13.0."""
    return cuda.runtime.runtimeGetVersion()
