"""Tuning of kernels. CuPy's `cupyx.optimizing`."""

import contextlib

__all__ = ["optimize"]

_WORDS = ("n_warmup", "optimize_impl", "max_trials", "timeout", "expected_total_time_per_trial", "max_total_time_per_trial")


@contextlib.contextmanager
def optimize(*, key=None, path=None, readonly=False, **config_dict):
    """Accepted, so that programs which tune CuPy run; it does nothing.

    CuPy tries launch parameters of reductions within it and keeps the fastest ones, in a file if `path` names one. cuprous
    fixes them by shape, axes and strides alone, so that the same input gives the same bits in every run: there is nothing to
    try. No file is read or written.

    Parameters
    ----------
    key : str, optional
        A name for what would be tuned.
    path : str, optional
        The file that CuPy would use.
    readonly : bool
        Whether CuPy would leave that file as it is.
    **config_dict
        CuPy's limits for trials: `max_trials`, `timeout` and their like.
    """
    for name in config_dict:
        if name not in _WORDS:
            raise TypeError(f"optimize() got an unexpected keyword argument '{name}'")
    yield
