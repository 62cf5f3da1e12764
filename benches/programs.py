"""Programs written for CuPy, run unmodified under cuprous: which run, and what the others wait for.

    python benches/programs.py [--cupy CHECKOUT] [--npbench CHECKOUT] [--only PATTERN] [--device cpu|cuda] [--jobs N] [--out FILE.md]

A checkout of CuPy gives its folder `examples/`; one of NPBench its programs `*_cupy.py`, whose results are compared with
those of the same program for NumPy. Each program is a process of its own under `python -m cuprous run`. Nothing of the
programs goes into the table but their names.
"""

import argparse
import fnmatch
import importlib.util
import inspect
import json
import os
import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve()

# Sizes that a CPU finishes within seconds, where the defaults are meant for a GPU.
ARGUMENTS = {
    "kmeans/kmeans.py": ["--num", "20000", "--use-custom-kernel"],
    "gmm/gmm.py": ["--num", "20000"],
    "gemm/sgemm.py": ["--m", "96", "--n", "80", "--k", "64"],
    "cg/cg.py": ["--max-iter", "100"],
    "finance/black_scholes.py": ["--n-options", "100000"],
    "finance/monte_carlo.py": ["--n-options", "8", "--n-samples-per-thread", "20", "--n-threads-per-option", "1000"],
    "finance/monte_carlo_multigpu.py": ["--gpus", "0", "--n-options", "8", "--n-samples-per-thread", "20", "--n-threads-per-option", "1000"],
}
# What a program needs that is no part of cuprous: the module, and what the table says without it.
NEEDS = {"interoperability/mpi4py_multiple_devices.py": "mpi4py"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cupy", type=Path)
    parser.add_argument("--npbench", type=Path)
    parser.add_argument("--only", default="*", help="programs whose name fits")
    parser.add_argument("--device", choices=("cpu", "cuda"))
    parser.add_argument("--preset", default="S", help="NPBench's sizes: S, M, L or paper")
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time; the seconds of each are then no measurement")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one program")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", nargs=3, metavar=("CHECKOUT", "NAME", "PRESET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return npbench_program(Path(options.one[0]), *options.one[1:])
    programs = []
    if options.cupy:
        folder = options.cupy / "examples"
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            if name != "gemm/utils.py" and fnmatch.fnmatch(name, options.only):  # that one is imported by another
                programs.append(("CuPy's examples", name, path.parent, [path.name, *ARGUMENTS.get(name, [])]))
    if options.npbench:
        for path in sorted((options.npbench / "bench_info").glob("*.json")):
            info = json.loads(path.read_text())["benchmark"]
            folder = options.npbench / "npbench" / "benchmarks" / info["relative_path"]
            if fnmatch.fnmatch(path.stem, options.only) and (folder / f"{info['module_name']}_cupy.py").exists():
                programs.append(("NPBench", path.stem, folder, [str(HERE), "--one", str(options.npbench.resolve()), path.stem, options.preset]))

    def outcome(program):
        origin, name, folder, arguments = program
        return origin, name, *run(options, folder, *arguments, needs=NEEDS.get(name))

    rows = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(outcome, programs):
            rows.append(row)
            report(row)
    if options.out:
        options.out.write_text(table(rows, options))
    return 0


def run(options, folder, *arguments, needs=None):
    """The outcome of a program and the seconds it took, with all that starts and compiles."""
    if needs and not importlib.util.find_spec(needs):
        return f"not run: needs {needs}", 0.0
    environment = {**os.environ, "PYTHONSAFEPATH": "", "MPLBACKEND": "Agg"}
    if options.device:
        environment["CUPROUS_DEVICE"] = "cuda:0" if options.device == "cuda" else "cpu"
    begin = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cuprous", "run", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=options.timeout
        )
    except subprocess.TimeoutExpired:
        return f"not finished after {options.timeout:.0f} s", options.timeout
    taken = time.perf_counter() - begin
    if done.returncode == 0:
        return "runs", taken
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    # The last line that is the head of an exception; notes and compilers' messages may follow it.
    heads = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit|Interrupt|Warning)\b", line)]
    said = (heads or lines or [f"exit status {done.returncode}"])[-1]
    # Where a library was looked for is the machine's own business.
    return said.partition(" was not found in ")[0][:200], taken


def report(row):
    _, name, outcome, taken = row
    print(f"{name:48} {taken:7.1f} s  {outcome}", flush=True)


def npbench_program(checkout, name, preset):
    """One program of NPBench: with NumPy, then with what is called CuPy, on the same input; results must agree."""
    import cupy
    import numpy

    info = json.loads((checkout / "bench_info" / f"{name}.json").read_text())["benchmark"]
    folder = checkout / "npbench" / "benchmarks" / info["relative_path"]
    sys.path.insert(0, str(folder))
    values = dict(info["parameters"][preset])
    if "init" in info:
        made = getattr(load(folder / f"{info['module_name']}.py"), info["init"]["func_name"])(*(values[k] for k in info["init"]["input_args"]))
        names = info["init"]["output_args"]
        values.update(zip(names, made if len(names) > 1 else [made], strict=True))

    def outputs(suffix, convert):
        function = getattr(load(folder / f"{info['module_name']}_{suffix}.py"), info["func_name"])
        given = {k: convert(values[k].copy()) if isinstance(values[k], numpy.ndarray) else values[k] for k in info["input_args"]}
        result = function(*given.values())
        results = [] if result is None else list(result) if isinstance(result, (tuple, list)) else [result]
        return results, [given[k] for k in info.get("output_args") or info["array_args"]]

    (reference, written), (given_back, written_here) = outputs("numpy", lambda a: a), outputs("cupy", cupy.asarray)
    # Some programs return what they also write, in one of the two versions only.
    both_return = len(reference) == len(given_back)
    reference = (reference if both_return else []) + written
    cupy_outputs = [cupy.asnumpy(value) for value in (given_back if both_return else []) + written_here]
    if not reference:
        raise AssertionError("the program gives no result that could be compared")
    # NPBench's own measure and bound.
    bound = info.get("norm_error", 1e-5)
    for k, (a, b) in enumerate(zip(reference, cupy_outputs, strict=True)):
        difference = numpy.linalg.norm(numpy.ravel(a) - numpy.ravel(b))
        if not (difference <= bound * max(numpy.linalg.norm(numpy.ravel(a)), 1e-300) or numpy.allclose(a, b, equal_nan=True)):
            raise AssertionError(f"result {k} differs by {difference:.3g} in the norm")


def load(path):
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(rows, options):
    """The Markdown page."""
    import cuprous

    where = cuprous.cuda.Device(0).name if options.device == "cuda" or (options.device is None and cuprous.is_available()) else "CPU"
    n_running = sum(row[2] == "runs" for row in rows)
    lines = [
        "# Programs written for CuPy", "",
        inspect.cleandoc(f"""
            Made by `benches/programs.py` on: {where}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}. Each program ran
            unmodified under `python -m cuprous run`, in a process of its own with a cache of kernels as it was left before;
            the seconds are those of the whole process. Examples of CuPy run if they end without an error; programs of NPBench
            if their results agree with those of the same program for NumPy, by NPBench's own bound. Some examples were given smaller
            sizes than their own, for the sake of CPUs; SciPy and matplotlib were there for programs that import them.

            "Unsupported type numpy.ndarray": the program gives NumPy's array to a function of CuPy, which passes it on to the
            array's own method. Here that would be a result of NumPy's, or a hidden transfer.
            """), "",
        f"{n_running} of {len(rows)} run.", "", "| from | program | outcome | s |", "|---|---|---|--:|",
    ]
    escaped = ((origin, name, outcome.replace("|", "\\|"), f"{taken:.1f}") for origin, name, outcome, taken in rows)
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in escaped), ""])


if __name__ == "__main__":
    sys.exit(main())
