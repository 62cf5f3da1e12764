"""Kernels written in Python; the functions of `cuprous.x.jit`."""

from cuprous.x import jit as _jit
from cuprous.x.jit import *  # noqa: F403

__all__ = _jit.__all__
