"""The same call on NumPy and on cuprous, its results of any form compared."""

import cuprous as cp
import numpy as np
from support.compare import assert_same, assert_same_error, outcome


def assert_same_results(got, want, what, ulp=0):
    """Compares arrays, numbers, and tuples or lists of them; a NumPy scalar stands for an array without axes."""
    if isinstance(want, (tuple, list)):
        assert type(got) is type(want), f"{what}: {type(got).__name__}, NumPy gives {type(want).__name__}"
        assert len(got) == len(want), f"{what}: {len(got)} results, NumPy gives {len(want)}"
        for k, (g, w) in enumerate(zip(got, want)):
            assert_same_results(g, w, f"{what}[{k}]", ulp)
    elif isinstance(got, cp.ndarray):
        assert_same(got, want, ulp, what)
    else:
        assert got == want or (got != got and want != want), f"{what}: {got!r}, NumPy gives {want!r}"


def check_call(call, arrays, what="", ulp=0, match_message=True):
    """Runs `call(xp, *arrays)` with both and compares results or exceptions."""
    want, want_error = outcome(lambda: call(np, *[np.array(a) for a in arrays]))
    got, got_error = outcome(lambda: call(cp, *[cp.asarray(a) for a in arrays]))
    if want_error is not None:
        assert_same_error(got_error, want_error, match_message, what)
        return
    if got_error is not None:
        raise AssertionError(f"{what}: {type(got_error).__name__}: {got_error}; NumPy gives {want!r}") from got_error
    assert_same_results(got, want, what, ulp)


def source_of(call):
    """A name for a test: the line of a lambda."""
    import inspect

    text = inspect.getsource(call).strip()
    return text[text.find(":") + 2 :].rstrip(",")[:100]
