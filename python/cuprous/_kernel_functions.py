"""Functions of arrays from a table of dtypes and expressions in CUDA C++, as CuPy's own are made and programs make some."""

import numpy

from cuprous import _core

# A number of Python fits a dtype of its own kind and of those behind it.
_KINDS = {bool: "biufc", int: "iufc", float: "fc", complex: "c"}


def create_ufunc(name, ops, routine=None, preamble="", doc="", default_casting=None, loop_prep="", out_ops=None):
    """A function that works element by element, with a kernel for each combination of dtypes in a table.

    Parameters
    ----------
    name : str
        What the kernels are called.
    ops : sequence
        The combinations in the order of preference: ``'ff->f'``, or a pair of that and its own statements.
    routine : str
        The statements in CUDA C++ of those without: inputs are ``in0``, ``in1``, of the types ``in0_type``, ``in1_type``, outputs
        ``out0``.
    preamble, loop_prep : str
        As for `ElementwiseKernel`.
    doc : str
        The documentation.
    default_casting : str, optional
        How results may be cast to ``out=`` where the call does not say.
    out_ops : sequence, optional
        The combinations to choose from by ``dtype=``; `ops` without it.
    """
    return ElementwiseFunction(name, ops, routine, preamble, doc, default_casting, loop_prep, out_ops)


def create_reduction_func(name, ops, routine=None, identity=None, preamble="", sort_reduce_axis=True):
    """A function that reduces along axes, with a kernel for each dtype in a table.

    Parameters
    ----------
    name : str
        What the kernels are called.
    ops : sequence
        The dtypes in the order of preference: ``'f->f'``, or a pair of that and its own expressions.
    routine : tuple
        Of those without, also in the place of each that is None: from an element ``in0`` to a value, from two values ``a`` and ``b``
        to one, from a value ``a`` to ``out0``, and the type of the values. Types are ``type_in0_raw``, ``type_out0_raw``.
    identity, preamble
        As for `ReductionKernel`.
    sort_reduce_axis : bool
        Has no effect: the order of a reduction follows from the shape alone.
    """
    return ReducingFunction(name, ops, routine, identity, preamble)


class _Table:
    """Combinations of dtypes in the order of preference, with the kernels made so far."""

    def __init__(self, name, ops, routine):
        self.name = self.__name__ = name
        self._ops = [_parsed(op, routine) for op in ops]
        if not self._ops:
            raise ValueError(f"{name} has no combination of dtypes")
        ins, outs, _ = self._ops[0]
        self.nin, self.nout, self.nargs = len(ins), len(outs), len(ins) + len(outs)
        if any((len(i), len(o)) != (self.nin, self.nout) for i, o, _ in self._ops):
            raise ValueError(f"the combinations of dtypes of {name} have different numbers of arguments")
        self.types = [f"{ins}->{outs}" for ins, outs, _ in self._ops]
        self._kernels = {}

    def _chosen(self, args, dtype, ops):
        """The first combination that takes the arguments, or that gives a dtype."""
        if dtype is not None:
            found = (op for op in ops if op[1][0] == numpy.dtype(dtype).char)
        else:
            found = (op for op in ops if all(map(_fits, args, op[0])))
        op = next(found, None)
        if op is None:
            what = f"dtype {numpy.dtype(dtype)}" if dtype is not None else f"({', '.join(map(_described, args))})"
            raise TypeError(f"Wrong type of arguments for {self.name}: {what}, but there are {' '.join(self.types)}")
        if callable(op[2]):
            op[2]()
            raise TypeError(f"{self.name} does not take {op[0]}")
        return op

    def _kernel(self, op, make):
        kernel = self._kernels.get(op)
        return kernel if kernel is not None else self._kernels.setdefault(op, make(*op))

    def __repr__(self):
        return f"<{type(self).__name__} '{self.name}'>"


class ElementwiseFunction(_Table):
    """What `create_ufunc` makes."""

    def __init__(self, name, ops, routine, preamble, doc, default_casting, loop_prep, out_ops):
        super().__init__(name, ops, routine)
        self._out_ops = self._ops if out_ops is None else [_parsed(op, routine) for op in out_ops]
        self._preamble, self._loop_prep = preamble, loop_prep
        self._casting = default_casting or "same_kind"
        self.__doc__ = doc

    def __call__(self, *args, out=None, dtype=None, casting=None):
        """Computes it for arrays and numbers that broadcast."""
        if len(args) not in (self.nin, self.nargs):
            raise TypeError(f"Wrong number of arguments for {self.name}: {self.nin} or {self.nargs} with outputs, not {len(args)}")
        args, outs = args[: self.nin], args[self.nin :]
        if out is not None:
            if outs:
                raise ValueError("cannot specify 'out' as both a positional and keyword argument")
            outs = out if isinstance(out, tuple) else (out,)
            if len(outs) != self.nout:
                raise ValueError(f"{self.name} has {self.nout} outputs, not {len(outs)}")
        ins, results, _ = op = self._chosen(args, dtype, self._ops if dtype is None else self._out_ops)
        arrays = [_cast(a, c, casting or self._casting, self.name) for a, c in zip(args, ins)]
        if not any(isinstance(a, _core.ndarray) for a in arrays):
            arrays[0] = _core.asarray(arrays[0], dtype=ins[0])
        for array, char in zip(outs, results):
            if not isinstance(array, _core.ndarray):
                raise TypeError(f"an output must be an array of cuprous, not {type(array).__name__}")
            if not _core.can_cast(char, array.dtype, casting or self._casting):
                raise TypeError(f"output of {numpy.dtype(char)} cannot be cast to {array.dtype} for {self.name}")
        kernel = self._kernel(op, self._made)
        if outs and all(a.dtype.char == c for a, c in zip(outs, results)):
            made = kernel(*arrays, *outs)
        else:
            made = kernel(*arrays)
            for array, values in zip(outs, made):
                array[...] = values
        made = outs or made
        return made[0] if self.nout == 1 else tuple(made)

    def _made(self, ins, outs, statements):
        from cuprous.x.jit._types import scalar_of

        types = [*((f"in{k}", scalar_of(c)) for k, c in enumerate(ins)), *((f"out{k}", scalar_of(c)) for k, c in enumerate(outs))]
        named = "".join(f"typedef {t.name} {name}_type;\n" for name, t in types)
        params = [f"{t} {name}" for name, t in types]
        return _core.ElementwiseKernel(
            ", ".join(params[: self.nin]), ", ".join(params[self.nin :]), statements, self.name, preamble=named + self._preamble,
            loop_prep=self._loop_prep, return_tuple=True,
        )


class ReducingFunction(_Table):
    """What `create_reduction_func` makes."""

    def __init__(self, name, ops, routine, identity, preamble):
        super().__init__(name, ops, routine)
        if (self.nin, self.nout) != (1, 1):
            raise ValueError(f"{name} must have one input and one output")
        self.identity, self.preamble = identity, preamble

    def __call__(self, a, axis=None, dtype=None, out=None, keepdims=False):
        """Reduces an array along axes, by default along all."""
        if not isinstance(a, _core.ndarray):
            raise TypeError(f"{self.name} reduces arrays of cuprous, not {type(a).__name__}")
        ins, outs, _ = op = self._chosen((a,), dtype, self._ops)
        kernel = self._kernel(op, self._made)
        made = kernel(_cast(a, ins, "unsafe", self.name), axis=axis, keepdims=keepdims, out=out if _is(out, outs) else None)
        if out is None or made is out:
            return made
        if not isinstance(out, _core.ndarray):
            raise TypeError(f"an output must be an array of cuprous, not {type(out).__name__}")
        if out.shape != made.shape:
            raise ValueError(f"Out shape is mismatched: {out.shape}, the result has {made.shape}")
        out[...] = made
        return out

    def _made(self, ins, outs, expressions):
        from cuprous.x.jit._types import scalar_of

        given, result = scalar_of(ins), scalar_of(outs)
        named = f"typedef {given.name} type_in0_raw;\ntypedef {result.name} type_out0_raw;\n"
        mapped, combined, finished, held = expressions
        return _core.ReductionKernel(
            f"{given} in0", f"{result} out0", mapped or "in0", combined, finished or "out0 = a", self.identity, self.name, held,
            preamble=named + self.preamble,
        )


def _parsed(op, routine):
    """The dtypes that are taken and given, as characters, and what is done with them."""
    types, own = op if isinstance(op, tuple) else (op, routine)
    if isinstance(own, tuple) and isinstance(routine, tuple):
        own = tuple(usual if given is None else given for given, usual in zip(own, routine))
    ins, arrow, outs = types.partition("->")
    if not arrow:
        outs = ins
    for char in ins + outs:
        numpy.dtype(char)
    return ins, outs, own


def _fits(value, char):
    """Whether an argument becomes an element of a dtype without loss."""
    kinds = _KINDS.get(type(value))
    if kinds is not None:
        return numpy.dtype(char).kind in kinds
    if not isinstance(value, (_core.ndarray, numpy.generic)):
        raise TypeError(f"Unsupported type {type(value)}")
    return _core.can_cast(value.dtype, char)


def _cast(value, char, casting, name):
    """An argument as a dtype; numbers of Python stay what they are."""
    if not isinstance(value, _core.ndarray) or value.dtype.char == char:
        return value
    if not _core.can_cast(value.dtype, char, casting):
        raise TypeError(f"argument of {value.dtype} cannot be cast to {numpy.dtype(char)} for {name}")
    return value.astype(char)


def _is(array, char):
    return isinstance(array, _core.ndarray) and array.dtype.char == char


def _described(value):
    return str(value.dtype) if hasattr(value, "dtype") else type(value).__name__
