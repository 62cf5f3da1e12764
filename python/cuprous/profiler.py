"""Measuring time; the functions of `cuprous.x.profiler`."""

from cuprous.x.profiler import benchmark, load_ipython_extension, profile, time_range  # noqa: F401

__all__ = ["benchmark", "profile", "time_range"]
