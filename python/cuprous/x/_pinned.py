"""NumPy arrays in pinned memory of the host, from which transfers to a GPU are fastest."""

import ctypes
import math
import operator

import numpy

from cuprous import _core


def empty_pinned(shape, dtype=float, order="C"):
    """A NumPy array in pinned memory, with whatever was there.

    Parameters
    ----------
    shape : int or sequence of int
        Its extents.
    dtype : dtype
        The type of its elements.
    order : 'C' or 'F'
        Whether the last axis or the first one is fastest in memory.
    """
    return _fresh(_extents(shape), numpy.dtype(dtype), order)


def zeros_pinned(shape, dtype=float, order="C"):
    """A NumPy array of zeros in pinned memory; the parameters are those of `empty_pinned`."""
    return _zeroed(empty_pinned(shape, dtype, order))


def empty_like_pinned(a, dtype=None, order="K", subok=None, shape=None):
    """A NumPy array in pinned memory with the shape and dtype of another array, with whatever was there.

    Parameters
    ----------
    a : array
        One of cuprous or of NumPy.
    dtype : dtype, optional
        Another one than that of `a`.
    order : 'C', 'F', 'A' or 'K'
        The memory order; `'A'` is `'F'` for an array in Fortran order, else `'C'`; `'K'` is that of `a`.
    subok : None
        Not supported.
    shape : int or sequence of int, optional
        Other extents than those of `a`.
    """
    if subok is not None:
        raise TypeError("subok is not supported")
    dtype = numpy.dtype(a.dtype if dtype is None else dtype)
    extents = a.shape if shape is None else _extents(shape)
    if order in ("A", "K", None) and a.flags.f_contiguous and not a.flags.c_contiguous and len(extents) == a.ndim:
        order = "F"
    elif order == "K" and not a.flags.c_contiguous and len(extents) == a.ndim:
        # The axes lie in the order of their strides.
        axes = sorted(range(a.ndim), key=lambda k: -abs(a.strides[k]))
        places = sorted(range(a.ndim), key=axes.__getitem__)
        return _fresh([extents[k] for k in axes], dtype, "C").transpose(places)
    return _fresh(extents, dtype, "C" if order in ("A", "K", None) else order)


def zeros_like_pinned(a, dtype=None, order="K", subok=None, shape=None):
    """A NumPy array of zeros in pinned memory; the parameters are those of `empty_like_pinned`."""
    return _zeroed(empty_like_pinned(a, dtype, order, subok, shape))


def _extents(shape):
    extents = [operator.index(n) for n in (shape if hasattr(shape, "__iter__") else (shape,))]
    if any(n < 0 for n in extents):
        raise ValueError("negative dimensions are not allowed")
    return extents


def _fresh(extents, dtype, order):
    if order not in ("C", "F", "c", "f"):
        raise ValueError(f"order must be one of 'C' or 'F' (got '{order}')")
    count = math.prod(extents)
    if count * dtype.itemsize == 0:
        return numpy.empty(extents, dtype, order)
    memory = _core.cuda.alloc_pinned_memory(count * dtype.itemsize)
    bytes_of = (ctypes.c_char * (count * dtype.itemsize)).from_address(memory.ptr)
    # NumPy's array keeps the bytes, and these the memory.
    bytes_of.memory = memory
    return numpy.frombuffer(bytes_of, dtype, count).reshape(extents, order=order.upper())


def _zeroed(array):
    if array.size:
        ctypes.memset(array.__array_interface__["data"][0], 0, array.nbytes)
    return array
