"""The bits of reductions and scans repeat: run after run, fused or not, wherever the elements lie, on however many threads.

The rows are those of the registry, each reached by the name of its reference, so that no row can be left out.
"""

import os
import subprocess
import sys
from functools import reduce
from pathlib import Path

import cuprous as cp
import numpy as np
import pytest
from support.tables import REGISTRY
from support.values import values

RUNS = 1000
ROWS = {row["name"]: row for kind in ("reductions", "scans") for row in REGISTRY[kind]}
SCANS = [row["name"] for row in REGISTRY["scans"]]
# Composed of several reductions, or folded for want of one.
COMPOSED = {
    "var": lambda a, axis: cp.var(a, axis=axis),
    "nansum": lambda a, axis: cp.nansum(a, axis=axis),
    "norm": lambda a, axis: cp.linalg.norm(a, axis=axis),
    "average": lambda a, axis: cp.average(a, axis=axis, weights=a),
    "logaddexp.reduce": lambda a, axis: cp.logaddexp.reduce(a, axis=axis),
    "logaddexp.accumulate": lambda a, axis: cp.logaddexp.accumulate(a, axis=axis or 0),
}
ALL = [*ROWS, *COMPOSED]


def function_of(name):
    """What computes a row along an axis, or over everything."""
    if name in COMPOSED:
        return COMPOSED[name]
    path = ROWS[name]["reference"].split(".")[1:]
    function = reduce(getattr, path, cp)
    if path[-1] == "accumulate":
        return lambda a, axis: function(a.ravel() if axis is None else a, axis=axis or 0)
    return lambda a, axis: function(a, axis=axis)


def dtypes_of(name):
    """The dtypes in which the order could show: all floats and complex numbers that a row takes, or an integer."""
    if name in COMPOSED:
        return "fd"
    return "".join(ins for ins, _ in ROWS[name]["rows"] if ins in "efdFD") or "l"


def operand(name, dtype, shape, *key):
    """Values of all sizes whose results depend on the order, products of which stay finite."""
    x = values("positive", dtype, shape, name, *key)
    if "prod" not in name:
        # The sums of a million float16 stay below their largest number, 65504.
        return x / 4096 if x.dtype == "e" else x
    return (1 + (x % 8 - 4) / 1000).astype(dtype) if x.dtype.kind == "f" else np.exp(1j * x.real).astype(dtype)


def bits(array):
    """The result's bytes, NaN and the signs of zeros included."""
    return cp.asnumpy(array).tobytes()


@pytest.mark.parametrize("name", ALL)
def test_a_thousand_runs_give_one_bit_pattern(name):
    """Run after run, with the threads, blocks and buffers as they come."""
    compute = function_of(name)
    dtype = "f" if "f" in dtypes_of(name) else "l"
    # Within one block, over several, many short lines, few long ones, along the outer axis.
    cases = [((611,), None), ((40_011,), None), ((301, 7), 1), ((5, 4001), 1), ((601, 31), 0)]
    for shape, axis in cases:
        x = cp.asarray(operand(name, dtype, shape))
        first = bits(compute(x, axis))
        seen = {bits(compute(x, axis)) for _ in range(RUNS // len(cases))}
        assert seen == {first}, f"{name} of {dtype}{shape} along {axis}: {len(seen | {first})} patterns"


@pytest.mark.parametrize("name", ALL)
def test_large_arrays_repeat(name):
    """Arrays that every thread and every multiprocessor takes part in."""
    compute = function_of(name)
    for dtype in dtypes_of(name):
        for shape, axis in (((1_000_003,), None), ((1009, 997), 0), ((997, 1009), 1), ((300_007, 3), 0)):
            a = operand(name, dtype, shape)
            x = cp.asarray(a)
            first = bits(compute(x, axis))
            # The same buffer again, and others.
            for again in (x, x, cp.asarray(a), x.copy()):
                assert bits(compute(again, axis)) == first, f"{name} of {dtype}{shape} along {axis}"


@pytest.mark.parametrize("name", ALL)
def test_fusion_changes_no_bit(name):
    """What waits and is fused into the row gives what the stored array gives (rule 24)."""
    compute = function_of(name)
    for dtype in dtypes_of(name):
        for shape in ((9001,), (601, 31), (31, 601), (7, 11, 130)):
            x = cp.asarray(operand(name, dtype, shape, 1))
            y = cp.asarray(operand(name, dtype, shape, 2))
            for view in (lambda m: m, lambda m: m.T, lambda m: m[::-1], lambda m: m[..., ::2]):
                a, b = view(x), view(y)
                for axis in (None, 0, len(shape) - 1):
                    fused = compute(a * b, axis)
                    stored = a * b
                    bits(stored)
                    assert bits(fused) == bits(compute(stored, axis)), f"{name} of {dtype}{shape} along {axis}"


@pytest.mark.parametrize("name", ALL)
def test_alignment_changes_no_bit(name):
    """The same elements with the same strides at any address, be it good for vectors or not."""
    compute = function_of(name)
    for dtype in dtypes_of(name):
        lines, a = operand(name, dtype, (5003,)), operand(name, dtype, (61, 67))
        room, wide = cp.zeros(5020, dtype), cp.zeros((61, 90), dtype)
        first = {}
        for shift in range(17):
            flat, block = room[shift : shift + 5003], wide[:, shift : shift + 67]
            flat[...], block[...] = cp.asarray(lines), cp.asarray(a)
            for what, x, axis in (("flat", flat, None), ("block", block, None), ("rows", block, 1), ("columns", block, 0)):
                assert bits(compute(x, axis)) == first.setdefault(what, bits(compute(x, axis)))


def all_results():
    """Every row in a dtype or two, in large and small arrays, one line each."""
    for name in ALL:
        compute = function_of(name)
        for dtype in (char for char in "fDl" if char in dtypes_of(name)):
            for shape, axis in (((300_007,), None), ((611,), None), ((523, 509), 0), ((509, 523), 1), ((40_009, 5), 0)):
                x = cp.asarray(operand(name, dtype, shape, "threads"))
                for part, y in (("stored", x), ("fused", x * x), ("strided", x[::2])):
                    yield f"{name} {dtype}{shape} {axis} {part}", compute(y, axis)


def print_results():
    """What a process of its own tells: a checksum of each result."""
    import zlib

    for what, result in all_results():
        print(f"{zlib.crc32(bits(result)):08x} {what}")


def test_the_number_of_threads_changes_no_bit():
    """One thread, a few, more than the machine has; and each operation at once."""
    here = Path(__file__).resolve().parent
    code = f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parent)!r}]; import test_determinism; test_determinism.print_results()"
    told = {}
    for settings in ({"CUPROUS_NUM_THREADS": "1"}, {"CUPROUS_NUM_THREADS": "2"}, {"CUPROUS_NUM_THREADS": "7"}, {}, {"CUPROUS_FUSION": "off"}):
        environment = {k: v for k, v in os.environ.items() if k not in ("CUPROUS_NUM_THREADS", "CUPROUS_FUSION")}
        ran = subprocess.run([sys.executable, "-c", code], env=environment | settings, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        told[str(settings)] = ran.stdout.splitlines()
    first, lines = next(iter(told.items()))
    assert len(lines) > 15 * len(ALL)
    for settings, other in told.items():
        differing = [a for a, b in zip(lines, other, strict=True) if a != b]
        assert not differing, f"{first} and {settings}: {differing[:5]}"


def test_order_could_show():
    """The operands are such that another order of addition has other bits; else the tests above prove nothing."""
    for dtype in "efd":
        x = operand("sum", dtype, (40_011,))
        assert len({np.add.accumulate(y)[-1].tobytes() for y in (x, x[::-1], np.sort(x))}) > 1
