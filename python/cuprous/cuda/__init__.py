"""Devices, streams and memory, under CuPy's names; where no GPU is, the CPU answers as one device."""

from cuprous._core import Device, MemoryPool, Stream, get_default_memory_pool, is_available
from cuprous.cuda import memory, runtime

__all__ = ["Device", "MemoryPool", "Stream", "get_current_stream", "get_default_memory_pool", "is_available", "memory", "runtime"]


def get_current_stream():
    """The stream on which work runs now."""
    return Stream.null
