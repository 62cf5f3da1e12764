"""Every layout, dtype and kind of operation: how near to the machine's copy rate?

    python benches/grid.py [--device cuda|cpu] [--against cupy] [--only 'sum/*'] [--scale 1] [--ahead 1] [--out FILE.md]
    python benches/grid.py --join A.json B.json ... --out FILE.md

Each cell is the bytes that have to be moved, divided by the time, as a share of the rate at which a copy of 200 MB reads
and writes, measured in the same run. Bytes that have to be moved: each element that is read once, each that is written
once, with no regard to how memory is fetched; of every second element that is half of what passes, so 0.5 there is all
that can be had on most machines. Arrays have 320 MB, so that what a launch costs hardly counts. Each result is first
compared with NumPy's, in every bit. The names of cells are operation/dtype/layout. Most of the time goes into NumPy's
results: `--ahead 8` computes eight at a time, and parts of the grid may be measured side by side on several GPUs of one
machine, and their figures joined to one table, each cell as a share of the rate in its own run.
"""

import argparse
import concurrent.futures
import fnmatch
import functools
import json
import math
import sys
import types
from pathlib import Path

import measuring
import numpy as np

DTYPES = ["int8", "float16", "float32", "float64", "complex64"]
# Of the elements of a cell. A power of two would hide what odd lengths show.
N_BYTES = 320_000_000


def near_square(n):
    """A square's side."""
    return max(4, math.isqrt(n))


# name: (shape of the memory, for so many elements; the view of it; the axis along which is reduced and scanned)
LAYOUTS = {
    "contiguous": (lambda n: (n,), lambda x: x, 0),
    "odd length": (lambda n: (n // 4099 + 2, 4099), lambda x: x[1:, 1:], 1),
    "shifted": (lambda n: (n + 1,), lambda x: x[1:], 0),
    "transposed": (lambda n: (near_square(n), near_square(n) + 3), lambda x: x.T, 1),
    "rows, axis 0": (lambda n: (near_square(n), near_square(n) + 3), lambda x: x, 0),
    "broadcast row": (lambda n: (1, near_square(n)), lambda x: spread(x, (x.shape[1], x.shape[1])), 1),
    "broadcast column": (lambda n: (near_square(n), 1), lambda x: spread(x, (x.shape[0], x.shape[0])), 1),
    "every second": (lambda n: (2 * n,), lambda x: x[::2], 0),
    "every second column": (lambda n: (near_square(n), 2 * near_square(n)), lambda x: x[:, ::2], 1),
    "reversed": (lambda n: (n,), lambda x: x[::-1], 0),
    "inner axis of 3": (lambda n: (n // 3 + 1, 3), lambda x: x, 1),
    "inner axis of 8": (lambda n: (n // 8 + 1, 8), lambda x: x, 1),
    "inner axis of 100": (lambda n: (n // 100 + 1, 100), lambda x: x, 1),
    "inner axis of 10,000": (lambda n: (n // 10_000 + 1, 10_000), lambda x: x, 1),
    "middle axis": (lambda n: (n // 30_000 + 1, 300, 100), lambda x: x, 1),
    "several axes": (lambda n: (300, n // 30_000 + 1, 100), lambda x: x, (0, 2)),
}
OPERATIONS = {
    "add": lambda xp, x, y, axis: x + y,
    "copy": lambda xp, x, y, axis: x.copy(),
    "sum": lambda xp, x, y, axis: x.sum(axis=axis),
    "max": lambda xp, x, y, axis: x.max(axis=axis),
    "cumsum": lambda xp, x, y, axis: x.cumsum(axis=axis),
}
# A few for other libraries' names.
TORCH = {"copy": lambda xp, x, y, axis: x.clone(memory_format=xp.contiguous_format), "max": lambda xp, x, y, axis: x.amax(dim=axis)}


def spread(x, shape):
    """The array, repeated without memory."""
    return x.expand(shape) if hasattr(x, "expand") else library_of(x).broadcast_to(x, shape)


def library_of(x):
    """The module of an array."""
    return sys.modules[type(x).__module__.split(".")[0]]


@functools.lru_cache(maxsize=2)
def values(shape, dtype, seed=0):
    """Small whole numbers, each taken back two places later: sums along any line are small, and exact in every dtype."""
    n = math.prod(shape)
    numbers = np.random.default_rng(seed).integers(-3, 4, n // 4 * 2 + 4, dtype=np.int8).reshape(-1, 2)
    x = np.concatenate([numbers, -numbers], axis=1).ravel()[:n].astype(dtype)
    return (x if dtype != "complex64" else x * np.complex64(1 - 1j)).reshape(shape)


def makes_sense(operation, dtype, layout, axis):
    """Whether there is something to move and to compare: a repeated row or column is read once, whatever is summed; scans
    have one axis; sums of one repeated number grow beyond what float16 holds exactly."""
    if operation == "cumsum":
        return not isinstance(axis, tuple) and (dtype, layout) != ("float16", "broadcast column")
    return not (operation in ("sum", "max") and layout.startswith("broadcast"))


def moved(operation, source, other, result):
    """Bytes read and written."""
    n = sum(math.prod(s for s, stride in zip(a.shape, a.strides) if stride) * a.itemsize for a in ([source, other] if operation == "add" else [source]))
    return n + result.size * result.itemsize


def same(got, want):
    """Raises if a result is not NumPy's in every bit."""
    if got.dtype != want.dtype or got.shape != want.shape:
        raise AssertionError(f"{got.dtype}{got.shape}, NumPy has {want.dtype}{want.shape}")
    if not np.array_equal(got, want):
        raise AssertionError(f"{np.count_nonzero(got != want)} of {want.size} elements differ from NumPy's")


def reference(operation, dtype, layout, options):
    """The operands of one cell and NumPy's result."""
    shape, view, axis = LAYOUTS[layout]
    n = max(64, int(N_BYTES * options.scale) // np.dtype(dtype).itemsize)
    memory = values(shape(n), dtype)
    source = view(memory)
    other = values(source.shape, dtype, 1) if operation == "add" else None
    with np.errstate(all="ignore"):
        want = np.asarray(OPERATIONS[operation](np, source, other, axis))
    return memory, other, want, moved(operation, source, other, want)


def cell(operation, dtype, layout, found, options, prepared):
    """Seconds of one cell on each side, and the bytes."""
    _, view, axis = LAYOUTS[layout]
    memory, other, want, n_bytes = prepared
    row = {"name": f"{operation}/{dtype}/{layout}", "bytes": n_bytes}
    for side in found:
        try:
            x, y = side.send(memory), None if other is None else side.send(other)
            compute = (TORCH if side.name == "torch" else OPERATIONS).get(operation, OPERATIONS[operation])
            call = lambda x=view(x), y=y, side=side, compute=compute: compute(side.xp, x, y, axis)  # noqa: E731
            same(measuring.host(call())[0], want)
            row[side.name] = measuring.median_of(5 if options.quick else 15, lambda side=side, call=call: measuring.once(side, call))
            del x, y, call
        # What one library cannot do must not hide the others.
        except Exception as error:
            row[side.name + ":error"] = f"{type(error).__name__}: {error}"[:200]
        side.trim()
    return row


def main():
    """Runs the grid; the exit status says whether every result was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measuring.add_options(parser)
    parser.add_argument("--ahead", type=int, default=1, metavar="N", help="so many of NumPy's results are computed at a time, on threads (they need memory)")
    parser.add_argument("--join", nargs="+", metavar="FILE.json", help="measure nothing: one table of what these runs found")
    options = parser.parse_args()
    if options.join:
        return join(options)
    options.against = options.against or []
    found = measuring.sides(options)
    floors = measuring.floors(found[0])
    rate = floors["copy_bytes_per_second"]
    lines = measuring.about(found) + measuring.lines_of_floors(floors)
    print("\n".join(lines), flush=True)
    rows = []
    # Operations inside, so that the operands are made once.
    chosen = [(operation, dtype, layout) for dtype in DTYPES for layout, (_, _, axis) in LAYOUTS.items() for operation in OPERATIONS
              if makes_sense(operation, dtype, layout, axis) and any(fnmatch.fnmatch(f"{operation}/{dtype}/{layout}", p) for p in options.only.split(","))]
    with concurrent.futures.ThreadPoolExecutor(options.ahead) as threads:
        for first in range(0, len(chosen), options.ahead):
            part = chosen[first:first + options.ahead]
            # All of a part before the first is timed, so that nothing else runs then.
            references = list(threads.map(lambda names: reference(*names, options), part))
            for names in part:
                rows.append(cell(*names, found, options, references.pop(0)))
                print(shown(rows[-1], found, rate), flush=True)
    text = report(rows, found, floors, lines, options)
    print("\n".join(text))
    wrong = [row["name"] for row in rows if "cuprous:error" in row]
    if wrong:
        print(f"failed: {', '.join(wrong)}")
    return 1 if wrong or not rows else 0


def join(options):
    """One table of several runs on one machine; their rates differ by what the clock of a GPU does."""
    runs = [json.loads(Path(name).read_text()) for name in options.join]
    floors = runs[0]["floors"]
    rate = floors["copy_bytes_per_second"]
    for run in runs:
        # In bytes of the first run's rate, so that each share is that of its own run.
        run["rows"] = [{**row, "bytes": row["bytes"] * rate / run["floors"]["copy_bytes_per_second"]} for row in run["rows"]]
    rows = [row for run in runs for row in run["rows"]]
    options.scale = runs[0]["scale"]
    found = [types.SimpleNamespace(name=name) for name in ("cuprous", "cupy", "torch", "numpy") if any(name in row for row in rows)]
    lines = runs[0]["about"] + [f"{len(runs)} runs side by side, each on a GPU of its own, joined."]
    report(rows, found, floors, lines, options)
    return 0


def share(row, name, rate):
    """The part of the copy rate that a cell reaches."""
    return row["bytes"] / row[name] / rate if name in row else None


def shown(row, found, rate):
    """A cell for the eye."""
    words = [f"{row['name']:36} {row['bytes'] / 1e6:7.1f} MB"]
    for side in found:
        words.append(f"{side.name} {row[side.name] * 1e6:10.1f} us {share(row, side.name, rate):5.2f}" if side.name in row else f"{side.name} {row[side.name + ':error'][:80]}")
    return "  ".join(words)


def report(rows, found, floors, lines, options):
    """A table for each operation, layouts down and dtypes across, and the worst cells."""
    rate, by_name = floors["copy_bytes_per_second"], {row["name"]: row for row in rows}
    text = [*lines, "", "Share of the copy rate." + (" In brackets: the other library's time over that of cuprous." if len(found) > 1 else ""), ""]
    ranked = sorted((row for row in rows if "cuprous" in row), key=lambda row: share(row, "cuprous", rate))
    if ranked:
        worst = ranked[0]
        text += [f"Worst: {share(worst, 'cuprous', rate):.2f}, `{worst['name']}`. Below 0.5: {sum(share(r, 'cuprous', rate) < 0.5 for r in ranked)} of {len(ranked)}.", ""]
    for operation in OPERATIONS:
        cells = []
        for layout in LAYOUTS:
            line = [layout]
            for dtype in DTYPES:
                row = by_name.get(f"{operation}/{dtype}/{layout}")
                line.append("" if row is None else "wrong" if "cuprous" not in row else words_of(row, found, rate))
            if any(line[1:]):
                cells.append(line)
        if cells:
            text += [f"## {operation}", "", *measuring.table(["layout", *DTYPES], cells), ""]
    text += ["## The ten worst", "", *measuring.table(["cell", "share", "us", "MB"],
             [[f"`{r['name']}`", f"{share(r, 'cuprous', rate):.2f}", f"{r['cuprous'] * 1e6:.1f}", f"{r['bytes'] / 1e6:.1f}"] for r in ranked[:10]])]
    errors = [f"- `{row['name']}` on {side.name}: {row[side.name + ':error']}" for row in rows for side in found if side.name + ":error" in row]
    if errors:
        text += ["", "What did not run or was not right:", "", *errors]
    figures = {"about": lines, "scale": options.scale, "floors": floors, "rows": rows}
    measuring.write(options.out, "The grid of layouts, dtypes and operations", measuring.command_line("grid.py"), text, figures)
    return text


def words_of(row, found, rate):
    """A share, and the ratios to the others."""
    ratios = [f"{row[side.name] / row['cuprous']:.2f}" for side in found[1:] if side.name in row]
    return f"{share(row, 'cuprous', rate):.2f}" + (f" ({', '.join(ratios)})" if ratios else "")


if __name__ == "__main__":
    sys.exit(main())
