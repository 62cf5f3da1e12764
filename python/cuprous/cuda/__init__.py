"""Devices, streams, events and memory, under CuPy's names; where no GPU is, the CPU answers as one device.

The names are those of the extension module's namespace `cuda`.
"""

from cuprous._core import is_available

__all__ = ["is_available"]
