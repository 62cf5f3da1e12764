"""Tells profilers where to look."""

from contextlib import contextmanager

from cuprous._core import cuda

__all__ = ["profile", "start", "stop"]


def start():
    """Lets a profiler record from here on."""
    cuda.runtime.profilerStart()


def stop():
    """Ends that."""
    cuda.runtime.profilerStop()


@contextmanager
def profile():
    """Lets a profiler record the block."""
    start()
    try:
        yield
    finally:
        stop()
