"""Measures how far the unary float functions are from the exact values, and writes docs/accuracy.md.

    cargo xtask accuracy                          every float16 and float32 value, and samples of float64
    cargo xtask accuracy -- --sample 100000       so many values of float32 and float64 each
    python benches/accuracy.py --device cuda [--only 'exp*' --only tanh]
    python benches/accuracy.py --device both      on the CPU and the GPU, the exact results being computed once

What is measured:
- the error in units in the last place of the rounded exact result, over all values of float16 and float32, and over
  float64 values of random bits, spread over all magnitudes, and dense within [-1, 1] and [-10, 10];
- the exact result of float16 and float32 is NumPy's in float64, that of float64 NumPy's in long double, which needs 64
  bits of mantissa: their own errors are below a thousandth of a unit;
- a result beyond the range counts with the power of two that would follow, NaN only where it is due;
- rows that promise NumPy's bits (ulp 0) are compared with NumPy in the same dtype.

A run adds its rows to those that the page has; fewer values never replace more, unless --replace is given. The exit
status is 1 if an error is larger than what the row states.
"""

import argparse
import fnmatch
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
DEVICES = ("cpu", "cuda")
CHUNK = 1 << 20
INTRODUCTION = """# Accuracy

Largest errors of the unary functions of floats, measured by `cargo xtask accuracy` (`benches/accuracy.py` says how), in
units in the last place (ulp) of the exact result rounded to the dtype. 0.5 is what rounding alone costs; 0 means equal
to NumPy in every bit. *Stated* is what the row in `crates/ops` allows between cuprous and NumPy, whose own error is in
it too. float16 has 65,536 values and float32 4,294,967,296: where fewer stand here, or for float64, it was a sample.
"""


@dataclass
class Worst:
    """The largest error found."""

    error: float = 0.0
    at: float = 0.0
    count: int = 0

    def join(self, other):
        """Takes in the error of further values."""
        self.count += other.count
        if not other.error <= self.error:
            self.error, self.at = other.error, other.at


def functions(registry):
    """Name, reference, float dtypes and stated ulp of every unary ufunc that gives floats for floats."""
    for row in registry["ufuncs"]:
        if not row["public"] or len(row["args"]) != 1 or row["n_outs"] != 1:
            continue
        loops = {tuple("".join(np.dtype(c).char for c in part) for part in loop) for loop in row["loops"]}
        dtypes = [c for c in "efd" if (c, c) in loops]
        if dtypes:
            yield row["name"], getattr(np, row["reference"].removeprefix("numpy.")), dtypes, row["ulp"]


def units(dtype, wide):
    """The last place of each exponent, in the type that holds the exact results."""
    info = np.finfo(dtype)
    exponents = np.arange(info.maxexp - info.minexp + 3)
    return np.ldexp(np.ones(exponents.size, wide), np.maximum(exponents, 1) + info.minexp - 1 - info.nmant)


def worst_of(computes, reference, x, exact):
    """The largest errors over an array of values, one for each way to compute."""
    dtype, found = x.dtype, []
    wide = np.longdouble if dtype.char == "d" else np.float64
    info = np.finfo(dtype)
    with np.errstate(all="ignore"):
        want = reference(x if exact else x.astype(wide))
        if not exact:
            rounded = want.astype(dtype)
            exponent = (rounded.view(f"u{dtype.itemsize}") >> info.nmant) & ((1 << info.nexp) - 1)
            unit = units(dtype, wide)[np.minimum(exponent, (1 << info.nexp) - 2)]
            beyond = np.ldexp(wide(1), info.maxexp)
        for compute in computes:
            got = compute(x)
            if exact:
                bits = f"u{dtype.itemsize}"
                error = np.where((got.view(bits) == want.view(bits)) | (np.isnan(got) & np.isnan(want)), 0.0, np.inf)
            else:
                error = np.abs(np.clip(got.astype(wide), -beyond, beyond) - np.clip(want, -beyond, beyond)) / unit
                nan = np.isnan(got) | np.isnan(want)
                error[nan] = np.where(np.isnan(got[nan]) & np.isnan(want[nan]), 0.0, np.inf)
            at = int(np.argmax(error))
            found.append(Worst(float(error[at]), float(x[at]), x.size))
    return found


def samples(dtype, n, rng):
    """A quarter of random bits, and quarters over all magnitudes, within [-1, 1] and within [-10, 10]."""
    dtype, info, quarter = np.dtype(dtype), np.finfo(dtype), max(n // 4, 1)
    bits = np.frombuffer(rng.bytes(quarter * dtype.itemsize), dtype)
    low, high = float(info.minexp), float(info.maxexp)
    magnitudes = np.exp2(rng.uniform(low, high - 1e-3, quarter)) * rng.choice([-1.0, 1.0], quarter)
    return np.concatenate([bits, magnitudes.astype(dtype), rng.uniform(-1, 1, quarter).astype(dtype), rng.uniform(-10, 10, quarter).astype(dtype)])


def chunks(dtype, sample):
    """The values to measure at, in arrays of at most `CHUNK`."""
    if dtype == "e":
        yield np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    elif dtype == "f" and sample is None:
        for start in range(0, 1 << 32, CHUNK):
            yield np.arange(start, start + CHUNK, dtype=np.uint32).view(np.float32)
    else:
        rng, left = np.random.default_rng(20), sample or 1_000_000
        while left > 0:
            yield samples(dtype, min(left, CHUNK), rng)
            left -= CHUNK


def measure(computes, reference, dtype, sample, exact, pool):
    """The largest errors of a function, its chunks computed side by side."""
    worst, running = [Worst() for _ in computes], []

    def join(future):
        for whole, part in zip(worst, future.result()):
            whole.join(part)

    for x in chunks(dtype, sample):
        running.append(pool.submit(worst_of, computes, reference, x, exact))
        if len(running) > 2 * (os.cpu_count() or 1):
            join(running.pop(0))
    for future in running:
        join(future)
    return worst


def number(x):
    """An error in few digits, rounded up in the last."""
    return f"{np.ceil(x * 1000) / 1000:.3f}".rstrip("0").rstrip(".") if np.isfinite(x) else "inf"


def read_page():
    """The rows of the page as {(function, dtype): {device: (error, at, count)}}, and what was measured on each device."""
    rows, machines = {}, {}
    for line in PAGE.read_text().splitlines() if PAGE.is_file() else []:
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("- ") and ": " in line:
            device, machine = line[2:].split(": ", 1)
            machines[device.strip("`")] = machine
        elif line.startswith("| `") and len(cells) == 3 + 3 * len(DEVICES):
            measured = {}
            for k, device in enumerate(DEVICES):
                error, at, count = cells[3 + 3 * k : 6 + 3 * k]
                if error:
                    measured[device] = (error, at, int(count.replace(",", "")))
            rows[cells[0].strip("`"), cells[1]] = measured
    return rows, machines


def write_page(rows, machines, stated):
    """Writes the page, in the order of the registry."""
    lines = [INTRODUCTION, *(f"- `{d}`: {machines[d]}" for d in DEVICES if d in machines), ""]
    lines.append("| function | dtype | stated | " + " | ".join(f"{d}: ulp | at | values" for d in DEVICES) + " |")
    lines.append("|---|---|--:|" + "--:|--:|--:|" * len(DEVICES))
    for key, ulp in stated.items():
        measured = [rows.get(key, {}).get(d) for d in DEVICES]
        if any(measured):
            cells = [c for m in measured for c in ((m[0], m[1], f"{m[2]:,}") if m else ("", "", ""))]
            lines.append(f"| `{key[0]}` | {key[1]} | {ulp} | " + " | ".join(cells) + " |")
    PAGE.write_text("\n".join(lines) + "\n")


def machine(device):
    """What the device is, in words."""
    import cuprous as cp

    if device == "cuda":
        return f"{cp.cuda.runtime.getDeviceProperties(0)['name'].decode()}, NumPy {np.__version__}"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "CPU")
    library = f", {os.confstr('CS_GNU_LIBC_VERSION')}"
    return f"{name}{library}, NumPy {np.__version__}"


def main():
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=[*DEVICES, "both"], default="cpu")
    parser.add_argument("--sample", type=int, help="so many values of float32 and of float64 instead of all and of a million")
    parser.add_argument("--only", action="append", help="functions by name; * stands for anything")
    parser.add_argument("--dtype", action="append", choices=["float16", "float32", "float64"])
    parser.add_argument("--replace", action="store_true", help="new rows replace old ones of more values")
    options = parser.parse_args()
    devices = DEVICES if options.device == "both" else (options.device,)
    places = {"cpu": "cpu", "cuda": "cuda:0"}
    os.environ["CUPROUS_DEVICE"] = places[devices[0]]
    import cuprous as cp
    from cuprous import _core

    if np.finfo(np.longdouble).nmant < 63:
        sys.exit("long double has no 64 bits of mantissa here: nothing to measure float64 with")
    rows, machines = read_page()
    stated, wrong = {}, []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, reference, dtypes, ulp in functions(_core.registry()):
            for dtype in dtypes:
                key = name, np.dtype(dtype).name
                stated[key] = ulp
                if options.dtype and key[1] not in options.dtype or options.only and not any(fnmatch.fnmatch(name, o) for o in options.only):
                    continue
                computes = [lambda x, f=getattr(cp, name), d=places[d]: cp.asnumpy(f(cp.asarray(x, device=d))) for d in devices]
                for device, worst in zip(devices, measure(computes, reference, dtype, options.sample, ulp == 0, pool)):
                    print(f"{name:12} {key[1]:8} {device:4}  {number(worst.error):>9} ulp at {worst.at!r:26} of {worst.count:,}", flush=True)
                    if worst.error > ulp:
                        wrong.append(f"{name} {key[1]} on {device}: {number(worst.error)} ulp at {worst.at!r}, stated are {ulp}")
                    old = rows.setdefault(key, {}).get(device)
                    if old is None or options.replace or old[2] <= worst.count:
                        rows[key][device] = (number(worst.error), f"{worst.at!r}" if worst.error else "", worst.count)
    for device in devices:
        machines[device] = machine(device)
    write_page(rows, machines, stated)
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
