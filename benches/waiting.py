"""What it costs, and what it brings, that values wait to be computed.

    python benches/waiting.py [--device cuda|cpu] [--against cupy] [--only 'stream/*'] [--scale 1] [--out FILE.md]

- Every workload of the suite in which values can wait, with fusion on and off, in processes of their own that take turns. The ratio is the time with fusion off
  over that with fusion on: below 1, waiting made it slower.
- Element-wise work on a large array, 20 ms of work of the host, then one element is read: what this takes beyond the 20 ms.
- Independent operations on 1000 elements each, computed together, beside as many launches of an empty kernel.
- `float(x.sum())` of 1000 elements beside a launch and a copy of 4 bytes.
- A fused program that no cache has, in a process of its own: its first calls, and the same where each call waits for the compiler.
"""

import argparse
import fnmatch
import gc
import json
import os
import subprocess
import sys
import tempfile
import time

import measuring
import numpy as np
from suite import clock_of
from workloads import ALL, N_SETS, small, uniform

GROUPS = ("overhead", "latency", "stream", "reduce", "index")
HOST_WORK = 0.020
N_SMALL = 1000

PROGRAM = """
import json, sys, time
import numpy as np, cuprous as cp
a, b = (cp.asarray(np.linspace(0.5, 1.5, int(sys.argv[1]), dtype=np.float32)) for _ in range(2))
cp.cuda.Stream.null.synchronize()
float((a + b)[0])
times = []
for _ in range(8):
    begin = time.perf_counter()
    float((((a * 3 - b) * (b + a * b) - cp.sqrt(a)) / (a + 2 * b + cp.exp(b))).sum())
    times.append(time.perf_counter() - begin)
print(json.dumps(times))
"""


def is_chosen(workload, options):
    """Whether values can wait in a workload that was asked for."""
    return workload.group in GROUPS and any(fnmatch.fnmatch(workload.name, p) for p in options.only.split(","))


def seconds_of(workload, side, options):
    """What a workload takes in this process."""
    sets = [workload.make(options.scale, k) for k in range(N_SETS if workload.is_queued else 1)]
    operands = [tuple(side.send(a) for a in one) for one in sets]
    clock = clock_of(workload, side, [lambda a=a: workload.run(side.xp, *a) for a in operands], options.quick)
    # More than once before, for what is compiled meanwhile.
    for _ in range(4):
        clock()
    return measuring.in_turns([clock], 5 if options.quick else 25, 0.5 if options.quick else 2.0)[0]


def print_seconds(options):
    """What a process of its own tells: the time of each workload, or why there is none."""
    side, told = measuring.sides(options)[0], {}
    for workload in ALL:
        if is_chosen(workload, options):
            try:
                told[workload.name] = seconds_of(workload, side, options)
            # One that does not run must not hide the others.
            except Exception as error:
                told[workload.name] = f"{type(error).__name__}: {error}"[:200]
            gc.collect()
            side.trim()
    print(json.dumps(told))


def with_fusion(wanted):
    """The workloads' times in a process of its own."""
    words = [sys.executable, __file__, *sys.argv[1:], "--against", "--alone"]
    return json.loads(run(words, {"CUPROUS_FUSION": wanted}))


def run(words, settings):
    """The last line that a process with other settings prints."""
    ran = subprocess.run(words, env=os.environ | settings, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError((ran.stderr.strip().splitlines() or ["nothing was told"])[-1])
    return ran.stdout.splitlines()[-1]


def beside_host_work(side, n):
    """Seconds beyond the host's own of 20 operations on a large array, work of the host, and one element read."""
    x = side.send(uniform(n))

    def timed(busy):
        side.synchronize()
        begin = time.perf_counter()
        y = x
        for _ in range(20):
            y = side.xp.sin(y) + x
        end = time.perf_counter() + busy
        while time.perf_counter() < end:
            pass
        float(y[n // 2])
        return time.perf_counter() - begin - busy

    return measuring.median_of(7, lambda: timed(HOST_WORK)), measuring.median_of(7, lambda: timed(0.0))


def small_operations(side):
    """Seconds an operation of many independent ones."""
    sets = [tuple(side.send(a) for a in small(1, k)) for k in range(N_SETS)]
    calls = [lambda a=a, b=b: a * b for a, b in sets] * (N_SMALL // N_SETS)
    return measuring.median_of(7, lambda: measuring.queued(side, calls))


def float_of_sum(side):
    """Seconds of a small sum that is read."""
    x = side.send(small(1, 0)[0])
    return measuring.median_of(101, lambda: measuring.once(side, lambda: float(x.sum())))


def unknown_program(n, compiling):
    """Seconds of the first calls in a process without a cache; the second such process, for the first one reads the compiler from disk."""
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            told = run([sys.executable, "-c", PROGRAM, str(n)], {"CUPROUS_CACHE_DIR": folder, "CUPROUS_COMPILE": compiling})
    return json.loads(told)


def main():
    """Runs all parts and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measuring.add_options(parser)
    parser.add_argument("--alone", action="store_true", help="only tell the workloads' times with the settings that there are")
    options = parser.parse_args()
    if options.alone:
        return print_seconds(options)
    found = [side for side in measuring.sides(options) if side.name != "torch"]
    own, floors = found[0], measuring.floors(found[0])
    text = measuring.about(found) + measuring.lines_of_floors(floors)
    print("\n".join(text), flush=True)
    us = lambda seconds: f"{seconds * 1e6:,.2f}"  # noqa: E731

    rows, failed = {}, {}
    turns = [(with_fusion("on"), with_fusion("off")) for _ in range(1 if options.quick else 2)]
    for name in turns[0][0]:
        on, off = ([told[k][name] for told in turns] for k in (0, 1))
        why = [t for t in on + off if isinstance(t, str)]
        if why:
            failed[name] = why[0]
        else:
            rows[name] = min(on), min(off)
    ratios = {name: off / on for name, (on, off) in rows.items()}
    text += ["", "## Fusion on and off", "", "Microseconds; the ratio is off over on.", ""]
    text += measuring.table(["workload", "on", "off", "ratio"], [[f"`{n}`", us(on), us(off), f"{ratios[n]:.2f}"] for n, (on, off) in rows.items()])
    if ratios:
        worst = sorted(ratios, key=ratios.get)[:5]
        text += ["", f"Geometric mean {measuring.geometric_mean(ratios.values()):.2f}; worst: " + ", ".join(f"`{n}` {ratios[n]:.2f}" for n in worst)]
    text += [f"- `{name}` does not run: {why}" for name, why in failed.items()]

    n = max(1000, int(50_000_000 * options.scale))
    host = {side.name: beside_host_work(side, n) for side in found}
    text += ["", "## Work of the host meanwhile", "", f"20 times `sin(y) + x` of {n:,} elements, then one is read; milliseconds beyond the host's own.", ""]
    text += measuring.table(["library", "with 20 ms of host work", "without"], [[k, f"{a * 1e3:.3f}", f"{b * 1e3:.3f}"] for k, (a, b) in host.items()])

    many, reading = {side.name: small_operations(side) for side in found}, {side.name: float_of_sum(side) for side in found}
    text += ["", "## Small operations", "", f"An empty launch takes {us(floors['launch'])} us where many are queued; "
             f"a launch from idle to idle and a copy of 4 bytes {us(floors['call'] + floors['read_4_bytes'])} us.", ""]
    least = floors["call"] + floors["read_4_bytes"]
    cells = [[k, us(many[k]), f"{many[k] / floors['launch']:.2f}", us(reading[k]), f"{reading[k] / least:.2f}"] for k in many]
    text += measuring.table(["us", "one of 1000 products", "in empty launches", "`float(x.sum())`", "in launch and copy"], cells)

    text += ["", "## A program that no cache has", "", f"Seven operations and a sum over {n // 10:,} elements; milliseconds of its first calls.", ""]
    first = {}
    for what, compiling in (("compiled meanwhile", ""), ("waited for", "wait")):
        try:
            first[what] = unknown_program(n // 10, compiling)
        except RuntimeError as error:
            text.append(f"- {what}: does not run: {error}")
    if first:
        head = ["", *[str(k + 1) for k in range(8)]]
        text += measuring.table(head, [[what, *[f"{t * 1e3:.2f}" for t in times]] for what, times in first.items()])
    print("\n".join(text[4:]))
    figures = {"floors": floors, "fusion": rows, "host_work": host, "small": many, "float_of_sum": reading, "unknown": first, "failed": failed}
    measuring.write(options.out, "Values that wait", measuring.command_line("waiting.py"), text, figures)
    return 1 if failed or not rows or not np.isfinite(list(ratios.values())).all() else 0


if __name__ == "__main__":
    sys.exit(main())
