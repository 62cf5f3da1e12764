"""What the benchmarks share: the libraries to compare, clocks, floors of the machine, tables."""

import contextlib
import importlib
import json
import math
import os
import platform
import shlex
import statistics
import sys
import time
from pathlib import Path

import numpy as np

COPIED_BYTES = 200_000_000


def add_options(parser):
    """Options that every benchmark has."""
    parser.add_argument("--device", choices=("cuda", "cpu"), help="where cuprous computes; the default is its own")
    parser.add_argument("--against", nargs="*", metavar="LIBRARY", help="libraries to compare with: cupy, numpy, torch; those that are there")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="patterns of names, comma-separated, such as 'sort/*'")
    parser.add_argument("--scale", type=float, default=1.0, help="the share of the full sizes, such as 0.001 for a trial")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the tables there, and the figures as JSON beside")


class Side:
    """A library that takes part."""

    def __init__(self, name):
        self.name = name
        self.xp = importlib.import_module(name)
        self.device = "cpu"
        if name == "torch":
            self.device = "cuda" if self.xp.cuda.is_available() and not on_cpu() else "cpu"
        elif name in ("cupy", "cuprous"):
            self.device = str(getattr(self.xp.zeros(1), "device", "cpu"))

    def __str__(self):
        return f"{self.name} {self.xp.__version__} on {self.device}"

    def synchronize(self):
        """Waits until the device has nothing to do."""
        if self.name in ("cupy", "cuprous"):
            self.xp.cuda.Stream.null.synchronize()
        elif self.name == "torch" and self.device == "cuda":
            self.xp.cuda.synchronize()

    def send(self, array):
        """An operand made by NumPy, in the library's memory; a copy, for cases write into theirs."""
        if not isinstance(array, np.ndarray):
            return array
        if self.name == "torch":
            return self.xp.from_numpy(array.copy()).to(self.device)
        return array.copy() if self.name == "numpy" else self.xp.asarray(array)

    def trim(self):
        """Gives back what the library's pool keeps."""
        self.synchronize()
        if self.pool is not None:
            self.pool.free_all_blocks()
        elif self.name == "torch" and self.device == "cuda":
            self.xp.cuda.empty_cache()

    @property
    def pool(self):
        """The memory pool with CuPy's statistics, if there is one."""
        return self.xp.get_default_memory_pool() if self.name in ("cupy", "cuprous") else None


def on_cpu():
    """Whether cuprous was told to compute on the CPU."""
    return os.environ.get("CUPROUS_DEVICE", "").startswith("cpu")


def sides(options):
    """cuprous first, then those that it is compared with: by default all that are there for its device."""
    if options.device:
        os.environ["CUPROUS_DEVICE"] = {"cuda": "cuda:0", "cpu": "cpu"}[options.device]
    found = [Side("cuprous")]
    if options.device == "cuda" and not found[0].device.startswith("cuda"):
        sys.exit("--device cuda was asked for, but cuprous finds no usable GPU here")
    on_gpu = found[0].device.startswith("cuda")
    for name in options.against if options.against is not None else (("cupy", "torch") if on_gpu else ("numpy", "torch")):
        try:
            found.append(Side(name))
        # Whatever keeps a library from being used: it is absent, or has no device.
        except Exception as error:
            print(f"without {name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
    return found


def host(result):
    """A result of any library as a list of arrays of NumPy."""
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in host(part)]
    if hasattr(result, "get"):
        return [np.asarray(result.get())]
    return [np.asarray(result.cpu() if hasattr(result, "cpu") else result)]


def once(side, call):
    """Seconds of one call, the device idle before and after; the result is held until then."""
    side.synchronize()
    begin = time.perf_counter()
    result = call()
    side.synchronize()
    seconds = time.perf_counter() - begin
    del result
    return seconds


def queued(side, calls):
    """Seconds a call of many that are queued together; every result is held until the device is done."""
    held = []
    hold = held.append
    side.synchronize()
    begin = time.perf_counter()
    for call in calls:
        hold(call())
    side.synchronize()
    return (time.perf_counter() - begin) / len(calls)


def in_turns(clocks, n_rounds, limit):
    """The medians of several clocks, read one after the other in each round; at least 3 rounds, then until the limit."""
    times, begin = [[] for _ in clocks], time.perf_counter()
    for k in range(n_rounds):
        if k >= 3 and time.perf_counter() - begin > limit:
            break
        # Who is first changes, so that nobody always follows the same.
        for at in range(len(clocks)):
            j = (at + k) % len(clocks)
            times[j].append(clocks[j]())
    return [statistics.median(t) for t in times]


def median_of(n, clock):
    """The median of so many readings after two that do not count."""
    readings = [clock() for _ in range(n + 2)]
    return statistics.median(readings[2:])


def floors(side):
    """What the machine can do: bytes a second of a copy, seconds of a launch queued and of a call, of reading 4 bytes back."""
    cp = side.xp
    source, target = cp.ones(COPIED_BYTES // 4, dtype=cp.float32), cp.zeros(COPIED_BYTES // 4, dtype=cp.float32)
    ways = [lambda: target.__setitem__(Ellipsis, source)]
    with contextlib.suppress(Exception):
        target.data.copy_from_device(source.data, COPIED_BYTES)
        ways.append(lambda: target.data.copy_from_device(source.data, COPIED_BYTES))
    copy = min(median_of(20, lambda way=way: once(side, way)) for way in ways)
    small = cp.ones(1, dtype=cp.float32)
    empty, what = (lambda: small.__iadd__(1)), "addition of one element"
    with contextlib.suppress(Exception):
        kernel = cp.RawKernel('extern "C" __global__ void nothing() {}', "nothing")
        kernel((1,), (1,), ())
        side.synchronize()
        empty, what = (lambda: kernel((1,), (1,), ())), "empty kernel"
    number = cp.ones((), dtype=cp.float32)
    number.item()
    return {
        "copy_bytes_per_second": 2 * COPIED_BYTES / copy,
        "copy_200MB": copy,
        "launch": median_of(20, lambda: queued(side, [empty] * 1000)),
        "launch_is": what,
        "call": median_of(100, lambda: once(side, empty)),
        "read_4_bytes": median_of(100, lambda: once(side, number.item)),
    }


def lines_of_floors(figures):
    """The floors in words."""
    return [
        f"- copy of 200 MB on the device: {figures['copy_200MB'] * 1e6:.1f} us, {figures['copy_bytes_per_second'] / 1e12:.3f} TB/s read and written",
        f"- launch ({figures['launch_is']}): {figures['launch'] * 1e6:.2f} us queued, {figures['call'] * 1e6:.2f} us from idle to idle",
        f"- reading 4 bytes back: {figures['read_4_bytes'] * 1e6:.2f} us",
    ]


def about(found):
    """Where the figures come from."""
    words = [f"- {side}" for side in found]
    with contextlib.suppress(Exception):
        words.append(f"- device: {found[0].xp.zeros(1).device.name}")
    return [*words, f"- Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores of the host"]


def geometric_mean(numbers):
    """The mean of ratios."""
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def table(head, rows):
    """A table in Markdown; numbers to the right."""
    dashes = ["---"] + ["--:"] * (len(head) - 1)
    return ["| " + " | ".join(map(str, row)) + " |" for row in [head, dashes, *rows]]


def write(path, title, command, lines, figures):
    """The report as Markdown, and its figures as JSON beside."""
    text = "\n".join([f"# {title}", "", f"Made by `{command}` on {time.strftime('%Y-%m-%d')}.", "", *lines]) + "\n"
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path} and {path.with_suffix('.json')}")


def command_line(script):
    """The command that made a report."""
    return shlex.join(["python", f"benches/{script}", *sys.argv[1:]])
