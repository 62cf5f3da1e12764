"""Times cuprous beside CuPy, NumPy and PyTorch, in one process on one machine.

    python benches/suite.py [--device cuda|cpu] [--against cupy numpy torch] [--only 'sort/*'] [--scale 0.01] [--out FILE.md]

- Operands are made by NumPy and sent, so that every library has the same; each result is first compared with NumPy's.
- A result is held until the device is done, so that a library which computes later computes within the time measured.
- `overhead`: 1000 calls queued, time a call; other groups: one call, the device idle before and after.
- Medians of rounds taken in turn, library after library.
- The ratio is the other library's time over that of cuprous: above 1, cuprous is faster.
"""

import argparse
import fnmatch
import gc
import sys

import measuring
import numpy as np
from workloads import ALL, N_SETS, OnHost


def main():
    """Runs the workloads; the exit status says whether cuprous ran them all and every result was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measuring.add_options(parser)
    parser.add_argument("--check-scale", type=float, help="compare results at this scale instead of the one that is timed")
    parser.add_argument("--no-timing", action="store_true", help="only compare results")
    options = parser.parse_args()
    found = measuring.sides(options)
    lines = measuring.about(found)
    print("\n".join(lines))
    floors = measuring.floors(found[0])
    lines += measuring.lines_of_floors(floors)
    print("\n".join(lines[-3:]), flush=True)
    rows = []
    for workload in ALL:
        if any(fnmatch.fnmatch(workload.name, pattern) for pattern in options.only.split(",")):
            rows.append(measured(workload, found, options))
            print(shown(rows[-1], found), flush=True)
    text = report(rows, found, floors, lines, options)
    print("\n".join(text))
    failed = [row["name"] for row in rows if "error" in row["cuprous"]]
    if failed:
        print(f"cuprous failed: {', '.join(failed)}")
    return 1 if failed or not rows else 0


def measured(workload, found, options):
    """The times of one workload on every side, or why there are none."""
    row, ready = {"name": workload.name}, []
    check_scale = options.check_scale or options.scale
    sets = [workload.make(options.scale, k) for k in range(N_SETS if workload.is_queued else 1)]
    checked = sets[0] if check_scale == options.scale else workload.make(check_scale, 0)
    with np.errstate(all="ignore"):
        want = None if workload.verify else measuring.host((workload.want or workload.run)(np, *(copied(a) for a in checked)))
    for side in found:
        entry = row[side.name] = {}
        try:
            results, device_operands = [], [side.send(a) for a in checked]
            entry["first"] = measuring.once(side, lambda: results.append(workload.run(side.xp, *device_operands)))
            compare(workload, measuring.host(results), want, checked)
            del results, device_operands
            operands = [tuple(side.send(a) for a in operands) for operands in sets]
            ready.append((side, [lambda a=a, side=side: workload.run(side.xp, *a) for a in operands]))
        # What one library cannot do must not hide the others.
        except Exception as error:
            entry["error"] = f"{type(error).__name__}: {error}"[:300]
    if ready and not options.no_timing:
        clocks = [clock_of(workload, side, calls, options.quick) for side, calls in ready]
        for clock in clocks:
            clock()
        n_rounds, limit = (5, 1.0) if options.quick else (25, 3.0)
        for (side, _), seconds in zip(ready, measuring.in_turns(clocks, n_rounds, limit * len(ready))):
            row[side.name]["seconds"] = seconds
    del ready, sets, checked
    gc.collect()
    for side in found:
        side.trim()
    return row


def clock_of(workload, side, calls, quick):
    """What reads the time of a workload on a side once."""
    if workload.is_queued:
        turns = calls * ((200 if quick else 1000) // len(calls))
        return lambda: measuring.queued(side, turns)
    return lambda: measuring.once(side, calls[0])


def copied(operand):
    """An operand that may be written."""
    return operand.copy() if isinstance(operand, np.ndarray) else operand


def compare(workload, got, want, operands):
    """Raises if a result is not what NumPy says."""
    if workload.verify:
        return workload.verify(got, *(a.array if isinstance(a, OnHost) else a for a in operands))
    if len(got) != len(want):
        raise TypeError(f"{len(got)} results, NumPy has {len(want)}")
    for g, w in zip(got, want):
        if g.shape != w.shape:
            raise AssertionError(f"shape {g.shape}, NumPy has {w.shape}")
        limit = workload.tolerance * max(float(np.max(np.abs(w), initial=0)), 1e-30) if workload.tolerance else 0
        if not np.array_equal(g, w) and not (limit and np.allclose(g, w, rtol=workload.tolerance, atol=limit)):
            difference = np.max(np.abs(g.astype(w.dtype) ^ w if w.dtype.kind == "b" else np.subtract(g, w, dtype=np.result_type(g, w, "d"))))
            raise AssertionError(f"differs from NumPy by up to {difference}")
    return None


def cell(entry):
    """A time in microseconds, or what is instead."""
    return f"{entry['seconds'] * 1e6:,.2f}" if "seconds" in entry else "right" if "error" not in entry else "wrong" if "Assertion" in entry["error"] else "fails"


def ratio(row, name):
    """How many times faster cuprous is; None without both."""
    mine, theirs = row["cuprous"].get("seconds"), row[name].get("seconds")
    return theirs / mine if mine and theirs else None


def shown(row, found):
    """A row for the eye, with the words of errors."""
    words = [f"{row['name']:32}"]
    for side in found:
        r = ratio(row, side.name) if side.name != "cuprous" else None
        words.append(f"{side.name} {cell(row[side.name]):>12}" + (f" {r:7.2f}x" if r else ""))
        if "error" in row[side.name]:
            words.append(f"({row[side.name]['error'][:90]})")
    return "  ".join(words)


def report(rows, found, floors, lines, options):
    """The tables; also written, if asked for."""
    others = [side.name for side in found[1:]]
    text = [*lines, "", "Times in microseconds; ratios: the other's time over that of cuprous.", ""]
    groups = list(dict.fromkeys(row["name"].split("/")[0] for row in rows))
    for other in others:
        summary = []
        for group in [*groups, "all"]:
            ratios = {row["name"]: ratio(row, other) for row in rows if group in ("all", row["name"].split("/")[0])}
            known = {name: r for name, r in ratios.items() if r}
            if known:
                worst = min(known, key=known.get)
                slower = sum(r < 0.95 for r in known.values())
                summary.append([group, len(known), f"{measuring.geometric_mean(known.values()):.2f}", f"{known[worst]:.2f}", f"`{worst}`", slower])
        text += [f"## Against {other}", "", *measuring.table(["group", "workloads", "geometric mean", "worst", "which", "below 0.95"], summary), ""]
    text += ["## Workloads", ""]
    head = ["workload", "cuprous", *[word for other in others for word in (other, "ratio")], "first call, ms"]
    cells = []
    for row in rows:
        words = [f"`{row['name']}`", cell(row["cuprous"])]
        for other in others:
            r = ratio(row, other)
            words += [cell(row[other]), f"{r:.2f}" if r else ""]
        cells.append([*words, f"{row['cuprous']['first'] * 1e3:.1f}" if "first" in row["cuprous"] else ""])
    text += measuring.table(head, cells)
    errors = [f"- `{row['name']}` on {side.name}: {row[side.name]['error']}" for row in rows for side in found if "error" in row[side.name]]
    if errors:
        text += ["", "What did not run or was not right:", "", *errors]
    figures = {"about": lines, "scale": options.scale, "floors": floors, "rows": rows}
    measuring.write(options.out, "cuprous beside other libraries", measuring.command_line("suite.py"), text, figures)
    return text


if __name__ == "__main__":
    sys.exit(main())
