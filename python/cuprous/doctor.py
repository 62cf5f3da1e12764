"""What cuprous found on this machine and what it lacks: `show_config()` and `python -m cuprous doctor`."""

import os
import platform
import sys
from importlib.machinery import PathFinder

import numpy

from cuprous import _core

# What a failure of the trial means for the exit code of `python -m cuprous doctor`.
USABLE, UNUSABLE = 0, 1


def show_config(*, _full=False):
    """Prints versions, devices, libraries with what is missing and how to get it, the kernel cache, and settings.

    It always says all of it; `_full` is CuPy's.
    """
    lines = config()
    width = max(len(subject) for subject, _ in lines)
    for subject, found in lines:
        print(f"{subject:{width}} : {found}")


def config():
    """The lines of `show_config` as pairs of a subject and what was found. It never raises."""
    lines = []
    for part in (_versions, _facts, _cupy, _settings):
        try:
            lines += part()
        except Exception as error:  # a report about what is broken must not break itself
            lines.append((part.__name__.strip("_"), f"cannot be told: {type(error).__name__}: {error}"))
    return lines


def doctor():
    """Prints the configuration, computes a little on the default device, and gives the exit code."""
    show_config()
    try:
        a = _core.full((2, 3), 1.5)
        found = (a * 2 - 1).sum().item()
    except Exception as error:
        print(f"not usable: {type(error).__name__}: {error}")
        return UNUSABLE
    if found != 12.0:
        print(f"not usable: a sum is {found} where it must be 12.0")
        return UNUSABLE
    print(f"usable: computed a sum on {a.device}")
    return USABLE


def _versions():
    python = f"{platform.python_version()} ({sys.executable})"
    return [("Python", python), ("NumPy", numpy.__version__), ("platform", platform.platform())]


def _facts():
    return [(subject, found + _size(found) if subject == "kernel cache" else found) for subject, found in _core.facts()]


def _size(folder):
    """How many kernels a folder holds and how large they are."""
    try:
        sizes = [entry.stat().st_size for entry in os.scandir(folder) if entry.is_file()]
    except OSError:
        return " (empty)"
    return f" ({len(sizes)} files, {sum(sizes) / 1e6:.1f} MB)"


def _cupy():
    """What a plain `import cupy` gives."""
    spec = PathFinder.find_spec("cupy")
    if spec is None:
        found = "nothing; `python -m cuprous run` and cuprous.compat.install() give cuprous, and so does cuprous-cupy once it is installed"
    else:
        found = f"{'CuPy itself' if spec.submodule_search_locations else 'cuprous'} ({spec.origin})"
    return [("import cupy", found)]


def _settings():
    found = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("CUPROUS_")]
    return [("settings", " ".join(found) or "none (no variable CUPROUS_... is set)")]
