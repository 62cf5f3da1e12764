"""`vectorize`: functions of numbers that take arrays."""

import functools

import numpy

from cuprous import _core


class vectorize:
    """Makes a function of numbers one of arrays that broadcast. It is translated to a kernel, as under `cuprous.x.jit.rawkernel`.

    Parameters
    ----------
    pyfunc : callable
        The function; types are chosen by NumPy's rules.
    otypes : str or list of dtype, optional
        Types of the results; by default those that the function gives.
    doc : str, optional
        The documentation; by default the function's.
    excluded : None
        Not supported.
    cache : bool
        Has no effect: kernels are always kept.
    signature : None
        Not supported.
    """

    def __init__(self, pyfunc, otypes=None, doc=None, excluded=None, cache=False, signature=None):
        if not callable(pyfunc):
            raise TypeError(f"vectorize takes a function, not {type(pyfunc).__name__}")
        for name, given in (("excluded", excluded), ("signature", signature)):
            if given is not None and given != set():
                raise NotImplementedError(f"cuprous.vectorize does not support the option `{name}`")
        self.pyfunc, self.cache, self.excluded, self.signature = pyfunc, cache, set(), signature
        self.otypes = None if otypes is None else "".join(numpy.dtype(t).char for t in otypes)
        self._kernels = {}
        functools.update_wrapper(self, pyfunc)
        self.__doc__ = pyfunc.__doc__ if doc is None else doc

    def __call__(self, *args):
        """Calls the function for each element."""
        from cuprous.x.jit import _types as types

        args = [_argument(a) for a in args]
        key = tuple(types.char_of(_dtype(a)) for a in args)
        kernel = self._kernels.get(key)
        if kernel is None:
            kernel = self._kernels.setdefault(key, self._make(key))
        if all(not isinstance(a, _core.ndarray) for a in args):
            args = [_core.asarray(a, dtype=c) for a, c in zip(args, key)]
        return kernel(*args)

    def _make(self, chars):
        from cuprous.x.jit import _types as types
        from cuprous.x.jit._kernel import DeviceFunction
        from cuprous.x.jit._program import Program

        function = self.pyfunc._function if isinstance(self.pyfunc, DeviceFunction) else self.pyfunc
        program = Program("numpy")
        name, result = program.device_function(function, tuple(map(types.Scalar, chars)), "numpy")
        results = result.items if isinstance(result, types.Tuple) else (result,)
        if any(not isinstance(t, types.Scalar) for t in results):
            raise TypeError(f"{function.__name__} must give a number or a tuple of numbers, not {result}")
        if self.otypes is not None and len(self.otypes) != len(results):
            raise ValueError(f"otypes has {len(self.otypes)} types, but {function.__name__} gives {len(results)} values")
        outs = [types.scalar_of(c) for c in self.otypes] if self.otypes is not None else results
        call = f"{name}({', '.join(f'x{k}' for k in range(len(chars)))})"
        if isinstance(result, types.Tuple):
            taken = [f"y{k} = ({t.name})(jit_result._{k});" for k, t in enumerate(outs)]
            operation = f"const {result.name} jit_result = {call}; {' '.join(taken)}"
        else:
            operation = f"y0 = ({outs[0].name})({call});"
        return _core.ElementwiseKernel(
            ", ".join(f"{types.Scalar(c)} x{k}" for k, c in enumerate(chars)),
            ", ".join(f"{t} y{k}" for k, t in enumerate(outs)),
            operation, f"vectorize_{name}", preamble=program.text,
        )

    def __repr__(self):
        return f"<cuprous.vectorize of {getattr(self.pyfunc, '__name__', self.pyfunc)}>"


def _argument(value):
    """An array, or a number that becomes an element of one."""
    if isinstance(value, (_core.ndarray, bool, int, float, complex, numpy.generic)):
        return value
    return _core.asarray(value)


def _dtype(value):
    return value.dtype if hasattr(value, "dtype") else numpy.dtype(type(value))
