"""Values to compute with, the same in every run: per domain, dtype and memory layout."""

import zlib

import cuprous as cp
import numpy as np

DTYPES = "?bBhHiIlLefdFD"
INTEGERS = "bBhHiIlL"
FLOATS = "efd"
COMPLEXES = "FD"

LAZY_SIZE = 5000
"""Beyond the number of elements up to which the CPU computes at once."""


def rng_of(*key):
    """A generator that depends on the key alone."""
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def _spread(rng, values, special):
    """Random values with the special ones at random places, so that pairs of them meet in binary ops."""
    n = values.size
    if n >= 2 * len(special):
        # Each special value several times: the pairs that meet differ from place to place.
        places = rng.permutation(n)[: n // 2]
        values[places] = np.resize(rng.permutation(np.resize(special, places.size)), places.size)
    return values


def _integers(rng, domain, dtype, n):
    """Integers of a domain; all of a type's range with its extremes for any."""
    info = np.iinfo(dtype)
    if domain == "small_int":
        return rng.integers(0, 6, n).astype(dtype)
    if domain == "positive":
        return rng.integers(1, 100, n).astype(dtype)
    if domain == "moderate":
        return rng.integers(max(info.min, -100), 101, n).astype(dtype)
    values = np.frombuffer(rng.bytes(n * dtype.itemsize), dtype).copy()
    special = [info.min, info.min + 1, 0, 1, 2, info.max - 1, info.max] + ([-1, -2] if info.min else [])
    return _spread(rng, values, np.array(special, dtype))


def _floats(rng, domain, dtype, n):
    """Floats of a domain; all magnitudes, NaN, infinities, zeros and subnormals for any."""
    info = np.finfo(dtype)
    if domain == "small_int":
        return rng.integers(-5, 6, n).astype(dtype)
    if domain == "positive":
        return _spread(rng, np.exp(rng.uniform(-8, 8, n)).astype(dtype), np.array([1, 2, 0.5, info.smallest_normal], dtype))
    if domain == "moderate":
        return _spread(rng, rng.uniform(-10, 10, n).astype(dtype), np.array([0.0, -0.0, 1, -1, 0.5, 2, -3], dtype))
    exponents = rng.uniform(info.minexp / 2, info.maxexp / 2, n)
    values = (rng.choice([-1.0, 1.0], n) * np.exp2(exponents)).astype(dtype)
    tiny = info.smallest_subnormal
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1, -1, 0.5, 3, tiny, -tiny, info.smallest_normal, info.max, -info.max]
    return _spread(rng, values, np.array(special, dtype))


def _complexes(rng, domain, dtype, n):
    """Complex numbers whose parts are floats of a domain."""
    real = np.dtype(dtype.char.lower())
    if domain in ("small_int", "positive"):
        return (_floats(rng, domain, real, n) + 1j * _floats(rng, "small_int", real, n)).astype(dtype)
    parts = np.stack([_floats(rng, domain, real, n), _floats(rng, domain, real, n)], axis=-1)
    # Products of the largest floats overflow in an order that C leaves open, in NumPy from loop to loop.
    parts[np.abs(parts) == np.finfo(real).max] = 7
    return parts.view(dtype).reshape(n)


def values(domain, dtype, shape, *key):
    """An array of values of a domain: any, moderate, positive or small_int."""
    dtype, shape = np.dtype(dtype), (shape,) if isinstance(shape, int) else shape
    n, rng = int(np.prod(shape)), rng_of(domain, dtype.char, shape, *key)
    if dtype.kind == "b":
        out = rng.integers(0, 2, n).astype(bool)
    elif dtype.kind in "iu":
        out = _integers(rng, domain, dtype, n)
    elif dtype.kind == "f":
        out = _floats(rng, domain, dtype, n)
    else:
        out = _complexes(rng, domain, dtype, n)
    return out.reshape(shape)


# name: (shape of the memory, the view of it; xp is numpy or cuprous). All but the last group are (20, 30).
LAYOUTS = {
    "contiguous": ((20, 30), lambda a, xp: a),
    "strided": ((20, 61), lambda a, xp: a[:, 1::2]),
    "rows": ((60, 33), lambda a, xp: a[::3, 2:32]),
    "negative": ((20, 30), lambda a, xp: a[::-1, ::-1]),
    "negative_strided": ((40, 30), lambda a, xp: a[::-2]),
    "transposed": ((30, 20), lambda a, xp: a.T),
    "row": ((30,), lambda a, xp: xp.broadcast_to(a, (20, 30))),
    "column": ((20, 1), lambda a, xp: xp.broadcast_to(a, (20, 30))),
}
BROADCASTING = {
    "vector": ((30,), lambda a, xp: a),
    "upright": ((20, 1), lambda a, xp: a),
    "one": ((1, 1), lambda a, xp: a),
    "0-d": ((), lambda a, xp: a),
}
OTHER = {
    "permuted": ((5, 6, 7), lambda a, xp: a.transpose(2, 0, 1)),
    "half_permuted": ((5, 6, 7), lambda a, xp: a.transpose(0, 2, 1)[:, ::2]),
    "five_axes": ((2, 3, 1, 4, 5), lambda a, xp: a.transpose(4, 1, 2, 0, 3)),
    "0-d": ((), lambda a, xp: a),
    "empty": ((0, 30), lambda a, xp: a),
    "empty_tail": ((4, 0), lambda a, xp: a.T),
    "lazy": ((LAZY_SIZE,), lambda a, xp: a),
    "lazy_strided": ((2 * LAZY_SIZE,), lambda a, xp: a[::2]),
    "lazy_negative": ((LAZY_SIZE,), lambda a, xp: a[::-1]),
    "lazy_transposed": ((70, 80), lambda a, xp: a.T),
    "lazy_row": ((80,), lambda a, xp: xp.broadcast_to(a, (70, 80))),
}


def laid_out(layout, domain, dtype, *key):
    """The same view of the same values in NumPy and in cuprous."""
    shape, view = {**LAYOUTS, **BROADCASTING, **OTHER}[layout]
    memory = values(domain, dtype, shape, layout, *key)
    return view(memory, np), view(cp.asarray(memory), cp)


def both(domain, dtype, shape, *key):
    """The same values in NumPy and in cuprous."""
    memory = values(domain, dtype, shape, *key)
    return memory, cp.asarray(memory)
