"""The guard of `--no-delegation` works: it stops what asks NumPy for a result, and nothing else."""

import subprocess
import sys
import textwrap
from pathlib import Path

TESTS = Path(__file__).parents[1]
START = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from support import delegation
"""
GUARDED = """
delegation.guard_numpy()
delegation.guard_cuprous()
import cuprous as cp

def stopped(call, *args):
    try:
        call(*args)
    except delegation.Delegated as error:
        return str(error)
    raise AssertionError("it was not stopped")
"""


def run(code, start=GUARDED):
    """A program in a process of its own, after the guard is set."""
    program = START.format(tests=str(TESTS)) + start + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]


def test_a_delegating_function_is_stopped():
    """A function of the package that takes its result from NumPy raises; the same calls outside do not."""
    cheat = """
    import cuprous
    cuprous.cheat = lambda a: cuprous.asarray(np.sin(cuprous.asnumpy(a)))
    cuprous.subtle = lambda a: cuprous.asarray(np.add.reduce(cuprous.asnumpy(a)))
    cuprous.linear = lambda a: cuprous.asarray(np.linalg.inv(cuprous.asnumpy(a)))
    for cheats in (cuprous.cheat, cuprous.subtle, cuprous.linear):
        cheats.__module__ = "cuprous"
    """
    run(
        """
        a = cp.eye(2) if hasattr(cp, "eye") else cp.asarray([[1.0, 0.0], [0.0, 1.0]])
        assert stopped(cp.cheat, a) == "cuprous.cheat asked NumPy for a result: numpy.sin"
        assert stopped(cp.subtle, a) == "cuprous.subtle asked NumPy for a result: numpy.add.reduce"
        assert stopped(cp.linear, a) == "cuprous.linear asked NumPy for a result: numpy.linalg.inv"
        assert np.add.reduce(np.sin(np.zeros(3))) == 0 and np.linalg.inv(np.eye(2)).shape == (2, 2)
        """,
        start=textwrap.dedent(cheat) + GUARDED,
    )


def test_a_delegating_method_and_operator_are_stopped():
    """So are methods, operators and properties, which Python calls by slots of the class."""
    cheat = """
    from cuprous import ndarray
    add, shape = ndarray.__add__, ndarray.shape
    ndarray.__add__ = lambda a, b: np.add(a.get(), b)
    ndarray.cheat = lambda a: np.cumsum(a.get())
    """
    run(
        """
        a = cp.ones(3)
        assert stopped(lambda: a + 1) == "ndarray.__add__ asked NumPy for a result: numpy.add"
        assert stopped(a.cheat) == "ndarray.cheat asked NumPy for a result: numpy.cumsum"
        """,
        start=textwrap.dedent(cheat) + GUARDED,
    )


def test_calls_from_rust_are_stopped():
    """A call that comes from the extension module is seen too: here one that is otherwise allowed."""
    run(
        """
        assert stopped(cp.asnumpy, [1, 2]) == "cuprous.asnumpy asked NumPy for a result: numpy.asarray"
        """,
        start=GUARDED.replace("guard_numpy()", "guard_numpy(delegation.allowed() - {'asarray'})"),
    )


def test_what_is_no_delegation_passes():
    """Computing, conversion, printing, comparing and NumPy's own calls of our operators go through."""
    run("""
        a = cp.asarray(np.arange(6.0).reshape(2, 3))
        assert float(((a + 1) * 2 - a).sum()) == 27
        assert np.array_equal(np.add(a, 1).get(), np.add(np.arange(6.0).reshape(2, 3), 1))
        assert np.asarray(a.get()).sum() == 15 and "array" in repr(a) and str(a[0, 0]) == "0.0"
        assert cp.random.rand(4).shape == (4,) and a.T.shape == (3, 2) and a.tolist()[0][1] == 1
        cp.testing.assert_allclose(a, a.get())
        """)
