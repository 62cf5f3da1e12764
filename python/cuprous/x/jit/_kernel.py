"""Kernels made from functions of Python."""

import functools

import numpy

import cuprous
from cuprous import _core
from cuprous.x.jit import _types as types
from cuprous.x.jit._program import Program


def rawkernel(*, mode="cuda", device=False):
    """Makes a kernel of a function, which is translated to CUDA C++ when it is first called with arguments of certain types.

    Parameters
    ----------
    mode : str
        How operations choose their types: ``'cuda'``, as C++ does, or ``'numpy'``.
    device : bool
        Whether the function is for other kernels to call, instead of being one.

    Returns
    -------
    RawKernel
        The decorator gives an object that is called as ``f[grid, block](*args)`` or ``f(grid, block, args)``.
    """
    if mode not in ("cuda", "numpy"):
        raise ValueError(f"mode must be 'cuda' or 'numpy', not {mode!r}")

    def decorate(function):
        made = DeviceFunction(function, mode) if device else RawKernel(function, mode)
        return functools.update_wrapper(made, function)

    return decorate


class DeviceFunction:
    """A function that kernels call."""

    def __init__(self, function, mode):
        self._function, self._mode = function, mode

    def __call__(self, *args, **kwargs):
        raise RuntimeError(f"{self._function.__name__} is a function for kernels (device=True): it cannot be called outside of one")

    def _emit_in_kernel(self, translator, *args, **kwargs):
        return translator.call_function(self._function, args, kwargs, self._mode)


class RawKernel:
    """A kernel made from a function of Python; `rawkernel` makes it."""

    def __init__(self, function, mode):
        self._function, self._mode = function, mode
        self._kernels = {}
        self._codes = {}

    def __call__(self, grid, block, args, shared_mem=0, stream=None):
        """Starts the kernel.

        Parameters
        ----------
        grid, block : tuple of int
            How many blocks, and threads of a block, along up to three axes.
        args : tuple
            Arrays, NumPy's scalars and Python's numbers.
        shared_mem : int
            Bytes of dynamic shared memory.
        stream : Stream, optional
            Where it runs; by default the current one.
        """
        key, values = [], []
        for value in args:
            if isinstance(value, cuprous.ndarray):
                key.append((value.dtype, value.ndim, value.flags.c_contiguous))
            else:
                char, value = _number(value, self._mode)
                key.append(char)
            values.append(value)
        key = tuple(key)
        made = self._kernels.get(key) or self._make(key)
        if made.syncs_grid:
            # Each launch has a count of its own: several may run at once.
            device = next((a.device for a in args if isinstance(a, cuprous.ndarray)), None)
            values.append(_core.zeros(1, dtype=numpy.uint64, device=device))
        made.kernel._start_with_structures(grid, block, values, shared_mem, stream)

    def __getitem__(self, launch):
        """The kernel with a launch: ``f[grid, block]``, ``f[grid, block, shared_mem]``, ``f[grid, block, shared_mem, stream]``."""
        launch = launch if isinstance(launch, tuple) else (launch,)
        if not 2 <= len(launch) <= 4:
            raise ValueError(f"a launch has 2 to 4 parts, grid, block, shared_mem and stream, not {len(launch)}")
        grid, block, *rest = launch
        grid, block = (x if isinstance(x, tuple) else (x,) for x in (grid, block))
        return lambda *args, **kwargs: self(grid, block, args, *rest, **kwargs)

    def _make(self, key):
        program = Program(self._mode)
        arguments = tuple(types.Scalar(k) if isinstance(k, str) else types.Array(types.scalar_of(k[0]), *k[1:]) for k in key)
        name = program.kernel(self._function, arguments, self._mode)
        made = _Made(program, name)
        self._codes[arguments] = program.text
        return self._kernels.setdefault(key, made)

    @property
    def cached_codes(self):
        """The texts that were made, by the types of the arguments."""
        return dict(self._codes)

    @property
    def cached_code(self):
        """The first of the texts that were made."""
        for code in self._codes.values():
            return code
        raise ValueError(f"{self._function.__name__} was not compiled yet: it is when it is first called")

    def __repr__(self):
        return f"<kernel {self._function.__name__} made from Python>"


class _Made:
    """A text and its kernel."""

    def __init__(self, program, name):
        self.syncs_grid = program.syncs_grid
        self.kernel = cuprous.RawKernel(program.text, name, enable_cooperative_groups=self.syncs_grid)


def _number(value, mode):
    """The letter of a number's type, and what is passed for it."""
    if not isinstance(value, types.NUMBERS):
        raise TypeError(f"{type(value)} is no argument of a kernel: pass arrays of cuprous and numbers")
    of = types.type_of_number(mode, value)
    return of.char, value if isinstance(value, numpy.generic) else of.dtype.type(value)
