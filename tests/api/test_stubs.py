"""The type stubs: programs are checked with the types that they have when they run."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import cuprous as cp
import pytest

PACKAGE = Path(cp.__file__).parent

pytest.importorskip("mypy", reason="mypy is not installed here; the stubs are checked where the wheel is built")

RIGHT = """
import cuprous as cp
import numpy as np
from cuprous.typing import ArrayLike, DTypeLike

def program(data: ArrayLike, dtype: DTypeLike = "f") -> cp.ndarray:
    a = cp.asarray(data, dtype=dtype)
    b = (a * 2 + 1) / a - 3 ** a
    b += [1, 2]
    b[0] = 5
    b[a > 2] = 0
    rows: int = len(b)
    shape: tuple[int, ...] = b.shape
    number: float = float(b.sum(axis=0, keepdims=True).max())
    parts: list[cp.ndarray] = [row for row in b]
    cp.add(a, b, out=b)
    cp.exp(1.0)
    cp.testing.assert_allclose(b, np.asarray(b.get()))
    cp.linalg.matmul(a, [[1, 2], [3, 4]])
    same: type[np.float32] = cp.float32
    error: type[ValueError] = cp.linalg.LinAlgError
    device: cp.cuda.Device = a.device
    with cp.cuda.Stream.null:
        pass
    return cp.where(a > 0, a, 0).reshape(-1) if number and rows and shape and parts and device else cp.zeros((2, 3))
"""

WRONG = {
    "x: float = cp.zeros(3)": "assignment",
    "cp.sum(cp.zeros(3), axes=1)": "call-arg",
    "cp.sum()": "call-arg",
    "cp.zeros(3).sum(keepdims='yes please', axis=0.5)": "arg-type",
    "cp.no_such_function": "attr-defined",
    "cp.zeros(3).no_such_method()": "attr-defined",
    "cp.zeros(3).ndim = 4": "misc",
    "class Sub(cp.ufunc): pass": "misc",
}


def mypy(folder, text):
    """What mypy says of a program."""
    (folder / "program.py").write_text(textwrap.dedent(text))
    arguments = ["--no-incremental", "--check-untyped-defs", "--disallow-any-unimported", "program.py"]
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, env=environment
    )
    assert not done.stderr, done.stderr
    return done.stdout


def test_right_programs_pass(tmp_path):
    """A program that runs is accepted."""
    assert mypy(tmp_path, RIGHT).startswith("Success")
    exec(compile(RIGHT, "program", "exec"), names := {})
    assert isinstance(names["program"]([[1.0, 2.0], [3.0, 4.0]]), cp.ndarray)


def test_wrong_programs_are_found(tmp_path):
    """Each line with an error is found, by the kind of its error."""
    said = mypy(tmp_path, "import cuprous as cp\n" + "\n".join(WRONG)).splitlines()
    found = {int(line.split(":")[1]) - 2: line.rpartition("[")[2].rstrip("]") for line in said if ": error:" in line}
    assert found == dict(enumerate(WRONG.values())), "\n".join(said)


def test_the_package_says_that_it_has_types():
    """Type checkers read the stubs of a package only if it has this file."""
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "__init__.pyi").is_file()
