"""Discrete Fourier transforms."""

from cuprous.fft import config  # noqa: F401

__all__ = ["config"]
