"""cuFFT: Fourier transforms, by plans.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.

`Plan1d` and `PlanNd` transform arrays on any device, by the functions of `cuprous.fft`; only their `handle` needs cuFFT.
"""

import ctypes
import functools
import math
import operator
import threading

import numpy as _numpy

from cuprous import _core
from cuprous.cuda import _foreign

CuFFTError = _foreign.error_class("CuFFTError", "cufft")
__all__ = _foreign.expose("cufft", globals(), CuFFTError)
__all__ += ["Plan1d", "PlanNd", "check_result", "get_current_plan"]


def check_result(result):
    """Raises `CuFFTError` for a result that is not 0."""
    check_status(result)


def _on_current_stream(run):
    """A function that starts a plan, made one that does so on the current stream."""

    @functools.wraps(run)
    def on_current_stream(plan, *args, **kwargs):
        setStream(plan, _core.cuda.get_current_stream().ptr)
        return run(plan, *args, **kwargs)

    return on_current_stream


globals().update({_name: _on_current_stream(globals()[_name]) for _name in __all__ if _name.startswith(("exec", "Xt"))})

# What each type of transform reads and writes, as dtypes.
_DTYPES = {
    CUFFT_C2C: ("F", "F"), CUFFT_R2C: ("f", "F"), CUFFT_C2R: ("F", "f"), CUFFT_Z2Z: ("D", "D"), CUFFT_D2Z: ("d", "D"),
    CUFFT_Z2D: ("D", "d"),
}
_INVALID_TYPE, _INVALID_VALUE, _INVALID_SIZE = 3, 4, 8
_of_thread = threading.local()


def get_current_plan():
    """The plan whose `with` block this thread is in; None if there is none."""
    return getattr(_of_thread, "plan", None)


class _Plan:
    """Transforms of equal extents, one behind the other in memory; neither direction is divided by the length."""

    __slots__ = ("_area", "_batch", "_extents", "_given", "_handle", "_outer", "_source", "_target", "fft_type", "gpus")

    def _set(self, extents, fft_type, batch, source, target, prealloc_plan):
        if fft_type not in _DTYPES:
            raise CuFFTError(_INVALID_TYPE)
        if not 1 <= len(extents) <= 3:
            raise ValueError(f"a plan is for one to three axes, not {len(extents)}")
        if min(extents) < 1 or batch < 1:
            raise CuFFTError(_INVALID_SIZE)
        self._extents, self.fft_type, self._batch, self.gpus = extents, fft_type, batch, None
        self._source, self._target, self._outer = source, target, []
        self._handle, self._area, self._given = 0, None, prealloc_plan

    def _sides(self):
        """The extents of what is read and of what is written: one side of a real transform is halved."""
        reads, writes = _DTYPES[self.fft_type]
        half = (*self._extents[:-1], self._extents[-1] // 2 + 1)
        return half if writes in "fd" else self._extents, half if reads in "fd" else self._extents

    @property
    def handle(self):
        """cuFFT's handle of the plan, made when it is first asked for."""
        if not self._handle:
            handle = self._given or create()
            try:
                self._area = self._make(handle)
            except BaseException:
                destroy(handle)
                self._given = 0
                raise
            self._handle = handle
        return self._handle

    def _make(self, handle):
        """Tells cuFFT what the plan is, and gives it memory to work in."""
        rank = len(self._extents)
        words = [(ctypes.c_longlong * rank)(*n) if n else None for n in (self._extents, self._source[0], self._target[0])]
        sizes, read, written = (ctypes.addressof(w) if w else 0 for w in words)
        setAutoAllocation(handle, 0)
        n_bytes = makePlanMany(handle, rank, sizes, read, *self._source[1:], written, *self._target[1:], self.fft_type, self._batch)
        area = _core.cuda.alloc(n_bytes)
        setWorkArea(handle, area.ptr)
        return area

    @property
    def work_area(self):
        """The memory in which cuFFT works by the handle. The plan's own transforms take theirs from the pool when they run."""
        return self._area if self._area is not None else _core.cuda.alloc(0)

    def __del__(self):
        if getattr(self, "_handle", 0):
            destroy(self._handle)

    def __enter__(self):
        self._outer.append(get_current_plan())
        _of_thread.plan = self
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        _of_thread.plan = self._outer.pop()

    def __reduce__(self):
        raise TypeError(f"cannot pickle a {type(self).__name__}: its handle means nothing in another process")

    def _lines(self, array, dtype, extents, place, is_in_place):
        """The elements of an array in memory as the plan sees them, the transforms along its first axis."""
        if not isinstance(array, _core.ndarray):
            raise TypeError(f"a plan transforms arrays of cuprous, not {type(array).__name__}")
        if array.dtype != dtype:
            raise ValueError(f"the plan is for elements of {_numpy.dtype(dtype)}, not {array.dtype}")
        embed, stride, distance = place
        if not embed:
            if not (array.flags.c_contiguous or array.flags.f_contiguous or is_in_place):
                raise ValueError("the elements do not lie one behind the other: copy the array, or say where they lie")
            # In place a real line takes the room of its halved complex one.
            last = 2 * (self._extents[-1] // 2 + 1) if is_in_place and dtype in "fd" else extents[-1]
            embed, stride = (*extents[:-1], last), 1
            distance = math.prod(embed)
        steps = [stride * math.prod(embed[k + 1 :]) for k in range(len(embed))]
        return _core.lib.stride_tricks.as_strided(
            array, (self._batch, *extents), [step * array.itemsize for step in (distance, *steps)]
        )

    def fft(self, a, out, direction):
        """Transforms the elements of `a` into `out`, which may be `a`; `direction` counts for complex transforms alone."""
        reads, writes = _DTYPES[self.fft_type]
        is_complex = reads == writes
        if is_complex and direction not in (CUFFT_FORWARD, CUFFT_INVERSE):
            raise CuFFTError(_INVALID_VALUE)
        n_read, n_written = self._sides()
        is_in_place = not is_complex and all(isinstance(x, _core.ndarray) for x in (a, out)) and _core.may_share_memory(a, out)
        source = self._lines(a, reads, n_read, self._source, is_in_place)
        target = self._lines(out, writes, n_written, self._target, is_in_place)
        axes = tuple(range(1, source.ndim))
        if not is_complex:
            name = "rfftn" if reads in "fd" else "irfftn"
        else:
            name = "fftn" if direction == CUFFT_FORWARD else "ifftn"
        # Whichever direction it is, this norm leaves it undivided.
        norm = "forward" if name.startswith("i") else "backward"
        target[...] = getattr(_core.fft, name)(source, s=self._extents, axes=axes, norm=norm)

    def _check(self, a, out, shape):
        if not isinstance(out, _core.ndarray):
            raise TypeError(f"the output must be an array of cuprous, not {type(out).__name__}")
        writes = _numpy.dtype(_DTYPES[self.fft_type][1])
        if out.dtype != writes:
            raise ValueError(f"the output has elements of {out.dtype}, the plan gives {writes}")
        if out.shape != shape:
            raise ValueError(f"the output has the shape {out.shape}, the plan gives {shape}")


def _ints(values):
    """Numbers as a tuple; a single one is a tuple of one."""
    return (operator.index(values),) if hasattr(values, "__index__") else tuple(map(operator.index, values))


class Plan1d(_Plan):
    """Transforms of `batch` lines of `nx` elements that lie one behind the other.

    Parameters
    ----------
    nx : int
        The length of a line, of its real side if it has one.
    fft_type : int
        ``CUFFT_C2C``, ``CUFFT_R2C``, ``CUFFT_C2R`` in single precision, ``CUFFT_Z2Z``, ``CUFFT_D2Z``, ``CUFFT_Z2D`` in double.
    batch : int
        How many lines.
    devices, out
        For transforms over several GPUs, which are not supported.
    prealloc_plan : int
        A handle of cuFFT to be used instead of a new one.
    """

    __slots__ = ("batch", "nx")

    def __init__(self, nx, fft_type, batch, devices=None, *, out=None, prealloc_plan=0):
        nx, self.batch = operator.index(nx), operator.index(batch)
        self.nx = nx
        self._set((nx,), fft_type, self.batch, (None, 1, nx), (None, 1, nx), prealloc_plan)
        if devices is not None:
            raise NotImplementedError("a transform over several GPUs is not supported: divide the lines among the devices")

    def _shape(self, a):
        reads, writes = _DTYPES[self.fft_type]
        return a.shape if reads == writes else (*a.shape[:-1], self._sides()[1][-1])

    def get_output_array(self, a):
        """A new array for the transforms of the lines of `a`."""
        return _core.empty(self._shape(a), _DTYPES[self.fft_type][1])

    def check_output_array(self, a, out):
        """Raises `ValueError` unless `out` has shape and dtype of what the plan gives for `a`."""
        self._check(a, out, self._shape(a))


class PlanNd(_Plan):
    """Transforms along one to three axes, of elements that may lie apart.

    Parameters
    ----------
    shape : tuple of int
        The extents of a transform, of its real side if it has one.
    inembed, onembed : tuple of int or None
        The extents of the memory in which a transform lies; None where elements lie one behind the other.
    istride, ostride : int
        How many elements from one to the next along the last axis.
    idist, odist : int
        How many elements from one transform to the next.
    fft_type : int
        As for `Plan1d`.
    batch : int
        How many transforms.
    order : {'C', 'F'}
        The order of memory of arrays that fit.
    last_axis, last_size : int
        The axis that is halved, and its extent in the result.
    prealloc_plan : int
        A handle of cuFFT to be used instead of a new one.
    """

    __slots__ = ("last_axis", "last_size", "order", "shape")

    def __init__(
        self, shape, inembed, istride, idist, onembed, ostride, odist, fft_type, batch, order, last_axis, last_size, prealloc_plan=0
    ):
        self.shape = _ints(shape)
        sides = []
        for embed, stride, distance in ((inembed, istride, idist), (onembed, ostride, odist)):
            embed = None if embed is None else _ints(embed)
            if embed is not None and len(embed) != len(self.shape):
                raise ValueError(f"the memory has {len(embed)} axes, the transform {len(self.shape)}")
            sides.append((embed, operator.index(stride), operator.index(distance)))
        if order not in ("C", "F"):
            raise ValueError(f"order must be 'C' or 'F', not {order!r}")
        self.order, self.last_axis, self.last_size = order, last_axis, last_size
        self._set(self.shape, fft_type, operator.index(batch), *sides, prealloc_plan)

    def _shape(self, a):
        shape = list(a.shape)
        reads, writes = _DTYPES[self.fft_type]
        if reads != writes:
            shape[self.last_axis] = self.last_size
        return tuple(shape)

    def get_output_array(self, a, order="C"):
        """A new array for the transforms of `a`."""
        return _core.empty(self._shape(a), _DTYPES[self.fft_type][1], order=order)

    def check_output_array(self, a, out):
        """Raises `ValueError` unless `out` has shape, dtype and order of what the plan gives for `a`."""
        self._check(a, out, self._shape(a))
        if not out.flags[f"{self.order}_CONTIGUOUS"]:
            raise ValueError(f"the output is not contiguous in the plan's order, {self.order!r}")
