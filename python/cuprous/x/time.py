"""The old place of `cuprous.x.profiler.benchmark`. CuPy's `cupyx.time`."""

import math
import warnings

from cuprous.x import profiler

__all__ = ["repeat"]


def repeat(func, args=(), kwargs={}, n_repeat=10000, *, name=None, n_warmup=10, max_duration=math.inf, devices=None):  # noqa: B006  CuPy's default
    """The old name of `cuprous.x.profiler.benchmark`."""
    warnings.warn("cupyx.time.repeat is deprecated; use cupyx.profiler.benchmark", DeprecationWarning, stacklevel=2)
    words = dict(name=name, n_warmup=n_warmup, max_duration=max_duration, devices=devices)
    return profiler.benchmark(func, args, kwargs, n_repeat, **words)
