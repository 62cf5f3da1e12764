"""A small program in a fresh process with empty caches: what does a user wait for?

    python benches/cold.py [--device cuda|cpu] [--against cupy] [--out FILE.md]

Each run is a process of its own that imports the library, sends a million numbers, and does two element-wise operations and
two reductions, each until the device is done. Caches of compiled kernels are folders made for the run: `empty` is the
first run in one, `filled` the second. Medians of 5 runs, the libraries in turn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import measuring

PROGRAM = """
import json, sys, time
begin = time.perf_counter()
import numpy as np
with_numpy = time.perf_counter()
import importlib
xp = importlib.import_module(sys.argv[1])
times = {"import numpy": with_numpy - begin, "import": time.perf_counter() - with_numpy}
host = np.arange(1_000_000, dtype=np.float32)
def step(name, call):
    begin = time.perf_counter()
    result = call()
    if hasattr(xp, "cuda"):
        xp.cuda.Stream.null.synchronize()
    times[name] = time.perf_counter() - begin
    return result
a = step("transfer", lambda: xp.asarray(host))
b = step("a * 2 + 1", lambda: a * 2 + 1)
c = step("sin", lambda: xp.sin(b))
step("sum", lambda: c.sum())
step("max along an axis", lambda: c.reshape(1000, 1000).max(axis=1))
print(json.dumps(times))
"""
CACHES = ("CUPROUS_CACHE_DIR", "CUPY_CACHE_DIR", "CUDA_CACHE_PATH", "NUMBA_CACHE_DIR")


def timed(library, folder):
    """The times of the steps in a process with its caches in a folder."""
    environment = os.environ | {name: os.path.join(folder, name) for name in CACHES}
    begin = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", PROGRAM, library], env=environment, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    if ran.returncode:
        raise RuntimeError(ran.stderr.strip().splitlines()[-1])
    return json.loads(ran.stdout) | {"whole process": whole}


def main():
    """Runs the processes and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measuring.add_options(parser)
    options = parser.parse_args()
    found = measuring.sides(options)
    libraries = [side.name for side in found if side.name != "torch"]
    lines = measuring.about(found)
    runs = {(library, state): [] for library in libraries for state in ("empty", "filled")}
    failed = {}
    for _ in range(2 if options.quick else 5):
        for library in libraries:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    for state in ("empty", "filled"):
                        runs[library, state].append(timed(library, folder))
                # One library that does not run must not hide the others.
                except RuntimeError as error:
                    failed[library] = str(error)
    medians = {key: {step: statistics.median(run[step] for run in all_runs) for step in all_runs[0]} for key, all_runs in runs.items() if all_runs}
    steps = list(next(iter(medians.values()))) if medians else []
    head = ["ms", *[f"{library}, {state}" for library, state in medians]]
    cells = [[step, *[f"{times[step] * 1e3:.1f}" for times in medians.values()]] for step in steps]
    text = [*lines, "", "Milliseconds; caches empty, then filled by the run before.", "", *measuring.table(head, cells)]
    text += [f"- {library} does not run: {why}" for library, why in failed.items()]
    print("\n".join(text))
    figures = {"about": lines, "medians": {f"{library}, {state}": times for (library, state), times in medians.items()}}
    measuring.write(options.out, "A cold process", measuring.command_line("cold.py"), text, figures)
    return 1 if "cuprous" in failed or not steps else 0


if __name__ == "__main__":
    sys.exit(main())
