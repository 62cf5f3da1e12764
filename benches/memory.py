"""How much memory the workloads of the suite need, and how much a random trace loses between blocks.

    python benches/memory.py [--device cuda|cpu] [--against cupy] [--only 'reduce/*'] [--scale 1] [--out FILE.md]

Peak: what the library's pool holds after one call that began with nothing kept, less what the operands used: results,
temporaries and rounding. Pools give nothing back by themselves, so that this is the most that was needed at once. Kernels are
waited for: while one is compiled its steps run one by one, and what lies between them needs memory of its own.
Only libraries with CuPy's pool statistics take part, and what libraries such as cuBLAS take for themselves does not show.

Trace: a hundred thousand allocations by `empty`, of sizes from 256 bytes to 32 MB (their logarithms spread evenly), nine
tenths of short lives and one tenth of long ones. Lost is what the pool holds beyond the most that was in use.
"""

import argparse
import fnmatch
import gc
import os
import sys
import time

import measuring
import numpy as np
from workloads import ALL

N_ALLOCATIONS = 100_000
# Our pools take memory in segments, of which a program may begin one for small blocks and one for large ones.
ROUNDING, SEGMENTS = 17 / 16, 4 << 20


def needed(workload, side, scale):
    """Bytes of the operands, and bytes beyond them that one call needs."""
    gc.collect()
    side.trim()
    base = side.pool.used_bytes()
    operands = tuple(side.send(a) for a in workload.make(scale, 0))
    side.synchronize()
    side.pool.free_all_blocks()
    before, used = side.pool.total_bytes(), side.pool.used_bytes() - base
    result = workload.run(side.xp, *operands)
    side.synchronize()
    peak = side.pool.total_bytes() - before
    del result, operands
    return used, peak


def trace(side, n):
    """Bytes held and used at most by a random trace, and the microseconds of an allocation with its release."""
    rng = np.random.default_rng(11)
    sizes = np.exp(rng.uniform(np.log(256), np.log(32 << 20), n)).astype(int).tolist()
    lives = np.where(rng.random(n) < 0.9, rng.integers(1, 60, n), rng.integers(100, 4000, n)).tolist()
    gc.collect()
    side.trim()
    empty, pool, dtype = side.xp.empty, side.pool, side.xp.int8
    base, held, ends, peak, total = pool.used_bytes(), {}, {}, 0, 0
    begin = time.perf_counter()
    for k in range(n):
        for done in ends.pop(k, ()):
            del held[done]
        held[k] = empty(sizes[k], dtype=dtype)
        ends.setdefault(k + lives[k], []).append(k)
        peak = max(peak, pool.used_bytes())
    seconds = time.perf_counter() - begin
    total = pool.total_bytes() - base
    held.clear()
    side.trim()
    return {"held": total, "used": peak - base, "us": seconds / n * 1e6}


def main():
    """Runs the workloads once each, and the trace."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measuring.add_options(parser)
    options = parser.parse_args()
    os.environ["CUPROUS_COMPILE"] = "wait"
    found = [side for side in measuring.sides(options) if side.pool is not None]
    lines, others = measuring.about(found), found[1:]
    rows = []
    for workload in ALL:
        if workload.group in ("overhead", "latency") or not any(fnmatch.fnmatch(workload.name, p) for p in options.only.split(",")):
            continue
        row = {"name": workload.name}
        for side in found:
            try:
                # Once before, for what is loaded and compiled on the way.
                needed(workload, side, options.scale)
                row[side.name + ":operands"], row[side.name] = needed(workload, side, options.scale)
            # What one library cannot do must not hide the others.
            except Exception as error:
                row[side.name + ":error"] = f"{type(error).__name__}: {error}"[:200]
        rows.append(row)
        print(row["name"], *[f"{side.name} {row.get(side.name, 0) / 1e6:.1f} MB" for side in found], flush=True)
    traces = {side.name: trace(side, N_ALLOCATIONS // (20 if options.quick else 1)) for side in found}
    text = [*lines, "", "## Trace", ""]
    cells = [[name, f"{t['used'] / 1e6:.0f}", f"{t['held'] / 1e6:.0f}", f"{100 * (t['held'] / t['used'] - 1):.1f}", f"{t['us']:.2f}"] for name, t in traces.items()]
    text += measuring.table(["library", "used at most, MB", "held, MB", "lost, %", "us an allocation"], cells)
    text += ["", "## Workloads", "", "MB beyond the operands that one call needs.", ""]
    cells = []
    for row in rows:
        line = [f"`{row['name']}`", megabytes(row, "cuprous:operands"), megabytes(row, "cuprous")]
        for side in others:
            both = row.get("cuprous") and row.get(side.name)
            line += [megabytes(row, side.name), f"{row[side.name] / row['cuprous']:.2f}" if both else ""]
        cells.append(line)
    text += measuring.table(["workload", "operands", "cuprous", *[word for side in others for word in (side.name, "ratio")]], cells)
    for side in others:
        ratios = {row["name"]: row[side.name] / row["cuprous"] for row in rows if row.get("cuprous") and row.get(side.name)}
        if ratios:
            worst = min(ratios, key=ratios.get)
            text += ["", f"{side.name}'s need over that of cuprous: geometric mean {measuring.geometric_mean(ratios.values()):.2f}, "
                         f"worst {ratios[worst]:.2f} (`{worst}`), of {len(ratios)}."]
        both = [row for row in rows if "cuprous" in row and side.name in row]
        more = [row["name"] for row in both if row["cuprous"] > ROUNDING * row[side.name] + SEGMENTS]
        text += ["", f"Beyond what pools round up (a sixteenth, and two segments of 2 MiB) cuprous needs more than {side.name} in {len(more)} of {len(both)}"
                     + (": " + ", ".join(f"`{name}`" for name in more) if more else "") + "."]
    print("\n".join(text))
    figures = {"about": lines, "scale": options.scale, "trace": traces, "rows": rows}
    measuring.write(options.out, "Memory", measuring.command_line("memory.py"), text, figures)
    return 0 if rows else 1


def megabytes(row, key):
    """A number of bytes in MB, or nothing."""
    return f"{row[key] / 1e6:,.1f}" if key in row else "fails" if key + ":error" in row else ""


if __name__ == "__main__":
    sys.exit(main())
