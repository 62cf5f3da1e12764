"""`GeneralizedUFunc`: a function of arrays with core axes, applied along all others."""

import itertools
import operator
import re

from cuprous import _core

_NAME = r"[A-Za-z_]\w*"
_CORE = rf"\((?:{_NAME}(?:,{_NAME})*)?\)"
_SIGNATURE = re.compile(rf"(?:{_CORE}(?:,{_CORE})*)?->{_CORE}(?:,{_CORE})*")


class GeneralizedUFunc:
    """Makes a generalized ufunc of a function that works on arrays with core axes.

    Parameters
    ----------
    func : callable
        Takes one array for each input of the signature, with the core axes alone, and gives the outputs; of several a tuple.
    signature : str
        The core axes by name, such as `'(m,n),(n)->(m)'`. The other axes broadcast, and the function is called for each
        of their places.
    name, doc : str, optional
        How it is called and documented, by default as the function.
    supports_batched : bool
        Whether `func` takes all other axes at once, in front of the core axes. It is then called once.
    supports_out : bool
        Whether `func` takes `out`.
    signatures : sequence, optional
        Dtypes of the loops: words such as `'dd->d'`, or pairs of such a word and a function. The first one into which the
        inputs cast as `casting` says is taken, and its function, if it has one.
    try_fastcall_func : callable, optional
        Takes the arguments of a call first; if it gives anything but `None`, that is the result.

    Examples
    --------
    >>> inner = cp.x.GeneralizedUFunc(lambda x, y: (x * y).sum(), '(n),(n)->()')
    >>> inner(cp.arange(6).reshape(2, 3), cp.arange(3))
    array([ 5, 14])
    """

    def __init__(
        self, func, signature, *, name=None, doc=None, supports_batched=False, supports_out=False, signatures=None, try_fastcall_func=None
    ):
        self._func, self._fast = func, try_fastcall_func
        self._supports_batched, self._supports_out = supports_batched, supports_out
        self._ins, self._outs = _cores(signature)
        self._signature = signature
        self.__name__ = name or getattr(func, "__name__", "gufunc")
        self.__doc__ = doc if doc is not None else getattr(func, "__doc__", None)
        self._loops = [_loop(item, len(self._ins), len(self._outs)) for item in signatures or ()]

    @property
    def signature(self):
        """The core axes by name."""
        return self._signature

    @property
    def nin(self):
        """Number of inputs."""
        return len(self._ins)

    @property
    def nout(self):
        """Number of outputs."""
        return len(self._outs)

    @property
    def nargs(self):
        """Number of inputs and outputs."""
        return len(self._ins) + len(self._outs)

    @property
    def types(self):
        """The loops, as words of type characters."""
        return [f"{''.join(i.char for i in ins)}->{''.join(o.char for o in outs)}" for ins, outs, _ in self._loops]

    def __repr__(self):
        return f"<gufunc '{self.__name__}'>"

    def __call__(
        self, *args, axes=None, axis=None, keepdims=False, casting="same_kind", dtype=None, signature=None, order="K", out=None
    ):
        """Applies the function.

        Parameters
        ----------
        *args : array
            The inputs, and after them the outputs that are written to, if any.
        axes : list of tuple, optional
            Where the core axes of each operand are, by default the last ones.
        axis : int, optional
            Where the one core axis of each operand is.
        keepdims : bool
            Whether the core axis of the inputs stays in outputs that have none, with length 1.
        casting : str
            Which casts are allowed.
        dtype : dtype, optional
            That of the outputs, by which a loop is chosen.
        signature : str or tuple, optional
            The loop itself, as dtypes.
        order : 'C', 'F' or 'K'
            The memory order of fresh outputs.
        out : array or tuple of array, optional
            The outputs that are written to.
        """
        if self._fast is not None:
            quick = self._fast(*args, axes=axes, axis=axis, keepdims=keepdims, casting=casting, dtype=dtype, signature=signature, order=order, out=out)
            if quick is not None:
                return quick
        n_in, n_out = len(self._ins), len(self._outs)
        if not n_in <= len(args) <= n_in + n_out:
            raise TypeError(f"{self.__name__}() takes from {n_in} to {n_in + n_out} positional arguments but {len(args)} were given")
        if len(args) > n_in:
            if out is not None:
                raise TypeError("cannot specify 'out' as both a positional and keyword argument")
            out = args[n_in:]
        outs = (None,) * n_out if out is None else tuple(out) if isinstance(out, (tuple, list)) else (out,)
        outs += (None,) * (n_out - len(outs)) if len(args) > n_in else ()
        if len(outs) != n_out:
            raise ValueError(f"The 'out' tuple must have exactly {n_out} entries")
        for given in outs:
            if given is not None and not isinstance(given, _core.ndarray):
                raise TypeError("return arrays must be of ArrayType")

        inputs = [_core.asarray(arg) for arg in args[:n_in]]
        places = self._places(axes, axis, keepdims, [a.ndim for a in inputs], outs)
        inputs = [_to_end(a, where) for a, where in zip(inputs, places, strict=False)]
        function, in_dtypes, out_dtypes = self._loop_for(inputs, casting, dtype, signature)
        inputs = [a.astype(d, copy=False) if d is not None else a for a, d in zip(inputs, in_dtypes, strict=True)]

        sizes = self._sizes(inputs)
        loops = _core.broadcast_shapes(*(a.shape[: a.ndim - len(core)] for a, core in zip(inputs, self._ins, strict=True)))
        if self._supports_batched:
            results = self._results(function(*inputs))
        else:
            results = self._one_by_one(function, inputs, loops)
        finished = []
        for k, (result, core) in enumerate(zip(results, self._outs, strict=True)):
            result = self._checked(_core.asarray(result), core, sizes, loops)
            if out_dtypes[k] is not None and result.dtype != out_dtypes[k]:
                result = result.astype(out_dtypes[k])
            if keepdims:
                result = result.reshape((*result.shape, *(1,) * len(self._ins[0])))
            finished.append(self._stored(result, places[n_in + k], outs[k], casting, order))
        return finished[0] if n_out == 1 else tuple(finished)

    def _places(self, axes, axis, keepdims, n_axes, outs):
        """For each operand the axes of its core."""
        cores = [*self._ins, *self._outs]
        if keepdims:
            if any(self._outs) or len({len(core) for core in self._ins}) > 1:
                raise TypeError(f"{self.__name__} does not support keepdims: its signature {self._signature} requires inputs with as many core axes and outputs with none")
            cores[len(self._ins) :] = [self._ins[0]] * len(self._outs)
        default = [tuple(range(-len(core), 0)) for core in cores]
        if axis is not None:
            if axes is not None:
                raise TypeError("cannot specify both 'axis' and 'axes'")
            if len(set(itertools.chain(*self._ins, *self._outs))) != 1 or any(len(core) > 1 for core in cores):
                raise TypeError(f"{self.__name__}: axis can only be used with a single shared core dimension, not with the {self._signature} signature")
            return [(operator.index(axis),) if core else () for core in cores]
        if axes is None:
            return default
        if not isinstance(axes, list):
            raise TypeError("axes should be a list.")
        if len(axes) == len(self._ins) and not any(self._outs) and not keepdims:
            axes = [*axes, *[()] * len(self._outs)]
        if len(axes) != len(cores):
            raise ValueError(f"axes should be a list with an entry for all {len(cores)} inputs and outputs; entries for outputs can only be omitted if none of them has core axes.")
        places = [(operator.index(item),) if not isinstance(item, tuple) else item for item in axes]
        for where, core in zip(places, cores, strict=True):
            if len(where) != len(core):
                raise ValueError(f"axes: an operand of core axes ({','.join(core)}) has {len(where)} axes")
        return places

    def _sizes(self, inputs):
        """The lengths of the core axes by name."""
        sizes = {}
        for k, (a, core) in enumerate(zip(inputs, self._ins, strict=True)):
            if a.ndim < len(core):
                raise ValueError(
                    f"{self.__name__}: Input operand {k} does not have enough dimensions (has {a.ndim}, gufunc core with signature {self._signature} requires {len(core)})"
                )
            for j, (name, n) in enumerate(zip(core, a.shape[a.ndim - len(core) :], strict=True)):
                if sizes.setdefault(name, n) != n:
                    raise ValueError(
                        f"{self.__name__}: Input operand {k} has a mismatch in its core dimension {j}, with gufunc signature {self._signature} (size {n} is different from {sizes[name]})"
                    )
        return sizes

    def _loop_for(self, inputs, casting, dtype, signature):
        """The function, and the dtypes of inputs and outputs, None where they stay as they are."""
        n_in, n_out = len(self._ins), len(self._outs)
        if signature is not None and not isinstance(signature, str):
            signature = "".join(_core.empty(0, s).dtype.char for s in signature[:n_in]) + "->" + "".join(_core.empty(0, s).dtype.char for s in signature[n_in:])
        wanted = None if dtype is None else _core.empty(0, dtype).dtype
        if not self._loops:
            if signature is not None:
                ins, outs, _ = _loop(signature, n_in, n_out)
                return self._func, ins, outs
            return self._func, [None] * n_in, [wanted] * n_out
        for ins, outs, function in self._loops:
            chars = "".join(i.char for i in ins) + "->" + "".join(o.char for o in outs)
            fits = all(_core.can_cast(a.dtype, i, casting if wanted is not None or signature else "safe") for a, i in zip(inputs, ins, strict=True))
            if fits and (signature is None or signature == chars) and (wanted is None or outs[0] == wanted):
                return function or self._func, ins, outs
        types = ", ".join(str(a.dtype) for a in inputs)
        raise TypeError(f"{self.__name__} has no loop for inputs of {types} under casting rule {casting!r}: there are {', '.join(self.types)}")

    def _results(self, result):
        if len(self._outs) == 1:
            return (result,)
        if not isinstance(result, (tuple, list)) or len(result) != len(self._outs):
            raise ValueError(f"{self.__name__} must give {len(self._outs)} outputs")
        return tuple(result)

    def _one_by_one(self, function, inputs, loops):
        """The function at each place of the other axes, joined."""
        full = [
            _core.broadcast_to(a, (*loops, *a.shape[a.ndim - len(core) :])) for a, core in zip(inputs, self._ins, strict=True)
        ]
        if not loops:
            return self._results(function(*full))
        at_places = [self._results(function(*(a[place] for a in full))) for place in itertools.product(*map(range, loops))]
        if not at_places:
            raise ValueError(f"{self.__name__} cannot tell the dtype of a result without elements; supports_batched=True can")
        joined = []
        for parts in zip(*at_places, strict=True):
            stacked = _core.stack([_core.asarray(part) for part in parts])
            joined.append(stacked.reshape((*loops, *stacked.shape[1:])))
        return tuple(joined)

    def _checked(self, result, core, sizes, loops):
        """A result, once its axes are seen to be those of the signature."""
        if result.ndim < len(core) or any(
            sizes.setdefault(name, n) != n for name, n in zip(core, result.shape[result.ndim - len(core) :], strict=True)
        ):
            raise ValueError(f"{self.__name__}: a result of shape {result.shape} does not fit the core axes ({','.join(core)}) of {self._signature}")
        if result.shape[: result.ndim - len(core)] != loops:
            result = _core.broadcast_to(result, (*loops, *result.shape[result.ndim - len(core) :])).copy()
        return result

    def _stored(self, result, where, out, casting, order):
        """A result with its core axes where they were wanted, in `out` if that is given."""
        if where:
            result = _core.moveaxis(result, tuple(range(-len(where), 0)), where)
        if out is None:
            return result if order == "K" else result.astype(result.dtype, order=order, copy=False)
        if out.shape != result.shape:
            raise ValueError(f"{self.__name__}: output operand of shape {out.shape} where the result has shape {result.shape}")
        if not _core.can_cast(result.dtype, out.dtype, casting):
            raise TypeError(f"Cannot cast {self.__name__} output from {result.dtype!r} to {out.dtype!r} with casting rule {casting!r}")
        _core.copyto(out, result, casting=casting)
        return out


def _cores(signature):
    """The core axes of inputs and outputs, by name."""
    compact = re.sub(r"\s+", "", signature)
    if not _SIGNATURE.fullmatch(compact):
        raise ValueError(f"Not a valid gufunc signature: {signature}")
    sides = compact.split("->")
    ins, outs = ([tuple(filter(None, core[1:-1].split(","))) for core in re.findall(_CORE, side)] for side in sides)
    return ins, outs


def _loop(item, n_in, n_out):
    """The dtypes of a loop and its function, None for the usual one."""
    word, function = (item, None) if isinstance(item, str) else item
    ins, arrow, outs = word.partition("->")
    if not arrow or len(ins) != n_in or len(outs) != n_out:
        raise ValueError(f"a loop of {n_in} inputs and {n_out} outputs cannot be {word!r}")
    return [_core.empty(0, c).dtype for c in ins], [_core.empty(0, c).dtype for c in outs], function


def _to_end(a, where):
    """An array with the given axes last."""
    return _core.moveaxis(a, where, tuple(range(-len(where), 0))) if where else a
