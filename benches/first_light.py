"""Times array modules side by side, in one process on one device.

    cargo xtask bench [-- --modules numpy,cuprous] [--only 'stream/*'] [--quick] [--json FILE]
    python benches/first_light.py --modules cupy,cuprous

The ratio is the time of the first module over that of another: above 1, the other is faster. The names of the cases
end in their full size; BENCH_SCALE=0.01 runs them at a hundredth of it.

What is measured:
- every module gets the same operands, and its result is first compared with one that NumPy computes;
- a result is held until the device is done, so that a module which computes later computes within the time measured;
- `stream` and `reduce`: one call, the device idle before and after; the median of repeats;
- `overhead`: a thousand small calls queued in a row, per call. Their operands rotate, so that no call equals the one
  before it and none can be merged with it.
"""

import argparse
import fnmatch
import importlib
import json
import math
import operator
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
N_OPERAND_SETS = 8
# Rounding of one operation, of several, and of sums whose order is the module's own. A sum of float32 in plain order is
# off by up to (number of terms) * 6e-8 of the sum of magnitudes, in practice by about its root: 1e-4 is above that for
# the 10,000 terms of an axis, and the full sums are done pairwise or in blocks.
EXACT, ROUNDED, SUMMED = 0.0, 1e-6, 1e-4


@dataclass
class Case:
    """One thing to time."""

    name: str
    operands: Callable  # of the number of the operand set; gives host arrays
    compute: Callable  # of a module and the operands on its device
    tolerance: float  # largest relative difference from the reference
    reference: Callable | None = None  # of NumPy and host operands; `compute` itself if None

    @property
    def is_small(self):
        """Whether the time of the call counts, not that of the work."""
        return self.name.startswith("overhead/")


def scaled(n):
    """A number of elements."""
    return max(16, int(n * SCALE))


def side(n):
    """The side of a square with a number of elements."""
    return max(8, int(n * math.sqrt(SCALE)))


def uniform(*shape, dtype=np.float32, seed=0):
    """Numbers in [0, 1), the same for every module."""
    return np.random.default_rng(seed).random(shape, dtype=dtype)


def two_vectors(dtype=np.float32):
    """Operands of 50 million elements."""
    return lambda _: (uniform(scaled(50_000_000), dtype=dtype), uniform(scaled(50_000_000), dtype=dtype, seed=1))


def one_vector(n):
    """An operand of so many elements."""
    return lambda _: (uniform(scaled(n)),)


def one_matrix(n):
    """A square operand."""
    return lambda _: (uniform(side(n), side(n)),)


def two_small(k):
    """Operand set `k` of the overhead cases: 1000 elements, too few to take time."""
    base = (np.arange(1000) % 17 + 0.5).astype(np.float32)
    return base + np.float32(k), base + np.float32(0.25 * k)


def chain(xp, a, b):
    """Six operations that one pass can do."""
    return (a * 2.0 + b * 3.0) / (a + b + 1.0)


def polynomial(xp, a, b):
    """Ten operations on two operands."""
    return a * a * a + 2 * a * a - 3 * a + 1 + b


def square_distance(xp, a, b):
    """A map and a sum."""
    return ((a - b) ** 2).sum()


CASES = [
    Case("stream/add_f32_50M", two_vectors(), lambda xp, a, b: a + b, EXACT),
    Case("stream/add_f64_50M", two_vectors(np.float64), lambda xp, a, b: a + b, EXACT),
    Case("stream/chain5_f32_50M", two_vectors(), chain, ROUNDED),
    Case("stream/poly_f32_50M", two_vectors(), polynomial, ROUNDED),
    Case("stream/exp_f32", two_vectors(), lambda xp, a, b: xp.exp(a), ROUNDED),
    Case("stream/iadd_f32", two_vectors(), lambda xp, a, b: operator.iadd(a, b), EXACT),
    Case("stream/copy_f32_50M", two_vectors(), lambda xp, a, b: a.copy(), EXACT),
    Case("stream/add_broadcast_row", one_matrix(8192), lambda xp, a: a + a[0], EXACT),
    Case("stream/sqdist_sum", two_vectors(), square_distance, SUMMED, lambda xp, a, b: xp.square(a - b).sum(dtype=xp.float64)),
    Case("reduce/sum_100M", one_vector(100_000_000), lambda xp, a: a.sum(), SUMMED, lambda xp, a: a.sum(dtype=xp.float64)),
    Case("reduce/sum_axis0", one_matrix(10_000), lambda xp, a: a.sum(axis=0), SUMMED, lambda xp, a: a.sum(axis=0, dtype=xp.float64)),
    Case("reduce/sum_axis1", one_matrix(10_000), lambda xp, a: a.sum(axis=1), SUMMED, lambda xp, a: a.sum(axis=1, dtype=xp.float64)),
    Case("overhead/add", two_small, lambda xp, a, b: a + b, EXACT),
    Case("overhead/ufunc_sin", two_small, lambda xp, a, b: xp.sin(a), ROUNDED),
    Case("overhead/sum", two_small, lambda xp, a, b: a.sum(), SUMMED, lambda xp, a, b: a.sum(dtype=xp.float64)),
    Case("overhead/slice", two_small, lambda xp, a, b: a[1:-1], EXACT),
    Case("overhead/chain5", two_small, lambda xp, a, b: (a * 2 + b * 3) / (a + b + 1), ROUNDED),
]


def main():
    """Runs the cases; the exit status says whether every module ran every case and every result was right."""
    options = parse_options()
    modules = [importlib.import_module(name) for name in options.modules.split(",")]
    for xp in modules:
        print(f"{xp.__name__} {getattr(xp, '__version__', '')}{device_of(xp)}")
    rows = []
    for case in CASES:
        if any(fnmatch.fnmatch(case.name, pattern) for pattern in options.only.split(",")):
            rows.append(measure(case, modules, options.quick))
            print_row(rows[-1], modules)
            if options.json:
                with open(options.json, "w", encoding="utf-8") as file:
                    json.dump({"scale": SCALE, "quick": options.quick, "rows": rows}, file, indent=1)
    for xp in modules[1:]:
        print_summary(rows, modules[0].__name__, xp.__name__)
    failed = [f"{row['case']} on {xp.__name__}" for row in rows for xp in modules if row[xp.__name__] is None]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed or not rows else 0


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", default="numpy,cuprous", help="comma-separated; the first is the one compared with")
    parser.add_argument("--only", default="*", help="patterns of case names, comma-separated")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--json", metavar="FILE", help="write the times in seconds there as well, after each case")
    return parser.parse_args()


def measure(case, modules, quick):
    """The times of one case on every module, in seconds; `None` with an `:error` where it failed."""
    row = {"case": case.name}
    host = [case.operands(k) for k in range(N_OPERAND_SETS if case.is_small else 1)]
    # Copies, because a case may write into its operands.
    expected = (case.reference or case.compute)(np, *(a.copy() for a in host[0]))
    for xp in modules:
        name, sync = xp.__name__, synchronizer(xp)
        try:
            sets = [tuple(xp.array(a) for a in operands) for operands in host]
            sync()
            begin = time.perf_counter()
            result = case.compute(xp, *sets[0])
            sync()
            row[f"{name}:first"] = time.perf_counter() - begin
            compare(to_host(result), expected, case.tolerance)
            for _ in range(2):
                result = case.compute(xp, *sets[-1])
                sync()
            del result
            if case.is_small:
                row[name] = time_small(case.compute, xp, sets, sync, quick)
            else:
                row[name] = time_large(case.compute, xp, sets[0], sync, quick)
        # One module that cannot do a case must not hide the others.
        except Exception as error:
            row[name], row[f"{name}:error"] = None, f"{type(error).__name__}: {error}"[:200]
        sets = None
        if hasattr(xp, "get_default_memory_pool"):
            xp.get_default_memory_pool().free_all_blocks()
    return row


def time_small(compute, xp, sets, sync, quick):
    """Seconds of one call of many that are queued together; every result is held until the device is done."""
    n_calls, n_repeats = (200, 3) if quick else (1000, 7)
    turns = [sets[k % len(sets)] for k in range(n_calls)]
    times = []
    for _ in range(n_repeats):
        held = []
        hold = held.append
        sync()
        begin = time.perf_counter()
        for operands in turns:
            hold(compute(xp, *operands))
        sync()
        times.append((time.perf_counter() - begin) / n_calls)
    return statistics.median(times)


def time_large(compute, xp, operands, sync, quick):
    """Seconds of one call, the device idle before and after."""
    limit, times, start = (0.4 if quick else 1.0), [], time.perf_counter()
    while len(times) < 3 or (len(times) < 30 and time.perf_counter() - start < limit):
        sync()
        begin = time.perf_counter()
        result = compute(xp, *operands)
        sync()
        times.append(time.perf_counter() - begin)
        del result
    return statistics.median(times)


def compare(got, expected, tolerance):
    """Raises if a result is not the reference's."""
    expected = np.asarray(expected)
    if got.shape != expected.shape:
        raise AssertionError(f"shape {got.shape}, expected {expected.shape}")
    if got.dtype != expected.dtype and tolerance != SUMMED:
        raise AssertionError(f"dtype {got.dtype}, expected {expected.dtype}")
    if not np.allclose(got, expected, rtol=tolerance, atol=tolerance):
        raise AssertionError(f"differs from NumPy by up to {float(np.max(np.abs(got - expected)))}")


def to_host(array):
    """As an array of NumPy."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


def synchronizer(xp):
    """What waits for the module's device. Without it a time would mean nothing, so it must be there."""
    return (lambda: None) if xp is np else xp.cuda.Stream.null.synchronize


def device_of(xp):
    """Where the module computes, if it says."""
    device = getattr(xp.zeros(1), "device", None)
    return "" if device is None else f" on {device}"


def print_row(row, modules):
    """The times of one case in microseconds."""
    base = row[modules[0].__name__]
    cells = [f"{row['case']:26}"]
    for xp in modules:
        seconds = row[xp.__name__]
        if seconds is None:
            cells.append(f"{xp.__name__} FAILED: {row[xp.__name__ + ':error']}")
            continue
        ratio = f" {base / seconds:7.2f}x" if base and xp is not modules[0] else ""
        cells.append(f"{xp.__name__} {seconds * 1e6:12.2f} us{ratio} (first {row[xp.__name__ + ':first'] * 1e3:.1f} ms)")
    print("  ".join(cells), flush=True)


def print_summary(rows, base, name):
    """The geometric means of the ratios, by group and in all."""
    ratios = {row["case"]: row[base] / row[name] for row in rows if row[base] and row[name]}
    groups = {case.split("/")[0]: None for case in ratios}
    for group in [*groups, *(["all"] if len(groups) > 1 else [])]:
        of_group = {case: ratio for case, ratio in ratios.items() if group in ("all", case.split("/")[0])}
        mean = math.exp(sum(map(math.log, of_group.values())) / len(of_group))
        worst = min(of_group, key=of_group.get)
        print(f"{name} against {base}, {group}: geomean {mean:.2f}x of {len(of_group)}, lowest {of_group[worst]:.2f}x ({worst})")
    slower = [case for case, ratio in ratios.items() if ratio < 0.95]
    if slower:
        print(f"below 0.95x: {', '.join(slower)}")


if __name__ == "__main__":
    sys.exit(main())
