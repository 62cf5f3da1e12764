"""`cuprous.fuse`, and results that are remembered: `memoize`, `clear_memo`."""

import functools
import threading

from cuprous import _core


def fuse(func=None, /, *, kernel_name=None):
    """Marks expressions that become one kernel: a decorator, and a context manager.

    Element-wise work waits and fuses by itself, so neither is needed for speed. Within either of them it does so even with
    `CUPROUS_FUSION=off`; what then still waits at the end is computed there. Results are the same in every bit.

    Parameters
    ----------
    func : callable, optional
        The function, for `@cp.fuse`. Without one, what is returned is used as `@cp.fuse()` or `with cp.fuse():`.
    kernel_name : str, optional
        A name for the function; kernels are named by what they compute, so it has no effect.

    Returns
    -------
    The function that runs within the scope, or the scope.

    Errors
    ------
    TypeError: `func` cannot be called, or `kernel_name` is no string.

    Differs from CuPy
    -----------------
    The function is called each time, so it may look at its arguments, branch, and call whatever it likes.
    `with cp.fuse():` is new.

    Examples
    --------
    >>> @cp.fuse
    ... def squared_difference(x, y):
    ...     return (x - y) * (x - y)
    >>> squared_difference(cp.arange(3), 2)
    array([4, 1, 0])
    >>> with cp.fuse():
    ...     z = cp.arange(3) * 2 + 1
    >>> z
    array([1, 3, 5])
    """
    if kernel_name is not None and not isinstance(kernel_name, str):
        raise TypeError(f"kernel_name must be a string, not {type(kernel_name).__name__}")
    scope = Scope(kernel_name)
    return scope if func is None else scope(func)


class Scope:
    """Where expressions fuse. It belongs to the thread that enters it, may be entered again, and is free of state."""

    def __init__(self, kernel_name=None):
        self.kernel_name = kernel_name

    def __call__(self, func):
        """The function, run within the scope."""
        if not callable(func):
            raise TypeError(f"fuse takes a function, not {type(func).__name__}")
        scope = self

        @functools.wraps(func)
        def fused(*args, **kwargs):
            with scope:
                return func(*args, **kwargs)

        fused.kernel_name = self.kernel_name or getattr(func, "__name__", None)
        # Nothing is kept for each set of arguments; programs call it between measurements.
        fused.clear_cache = lambda: None
        return fused

    def __enter__(self):
        _core._enter_fusing()
        return self

    def __exit__(self, kind, error, traceback):
        try:
            _core._leave_fusing()
        except Exception:
            # What could not be computed still waits, and says so again when it is read.
            if kind is None:
                raise

    def __repr__(self):
        return "cuprous.fuse()" if self.kernel_name is None else f"cuprous.fuse(kernel_name={self.kernel_name!r})"


_memos: list[dict] = []


def memoize(for_each_device=False):
    """A decorator for functions whose results are kept: the same arguments, which must be hashable, give the same object.

    Parameters
    ----------
    for_each_device : bool
        Whether each device has results of its own.

    Examples
    --------
    >>> @cp.memoize()
    ... def table(n):
    ...     return cp.arange(n) ** 2
    >>> table(3) is table(3)
    True
    """

    def decorate(func):
        memo, lock = {}, threading.Lock()
        _memos.append(memo)

        @functools.wraps(func)
        def call(*args, **kwargs):
            device = _core.cuda.get_device_id() if for_each_device else None
            key = device, args, frozenset(kwargs.items())
            with lock:
                if key in memo:
                    return memo[key]
            # Not under the lock: it may call itself with other arguments.
            result = func(*args, **kwargs)
            with lock:
                return memo.setdefault(key, result)

        return call

    return decorate


def clear_memo():
    """Forgets the results that functions marked by `memoize` keep."""
    for memo in _memos:
        memo.clear()
