"""Ufuncs of two results: values, `out=`, aliasing, and that both wait together."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_error, outcome
from support.tables import TWO_RESULTS, UFUNCS, pair_of, ulp_of
from support.values import DTYPES, LAYOUTS, LAZY_SIZE, OTHER, both, laid_out


def operands(name, dtype, n):
    """Operands of a ufunc in both libraries."""
    pairs = [both(d, dtype, n, name, k) for k, d in enumerate(UFUNCS[name]["domain"])]
    return [a for a, _ in pairs], [b for _, b in pairs]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TWO_RESULTS)
def test_dtypes(name, dtype):
    """Both results have NumPy's dtype and values, or the call its exception."""
    f, g = pair_of(name)
    for n in (300, LAZY_SIZE):
        on_numpy, ours = operands(name, dtype, n)
        want, want_error = outcome(g, *on_numpy)
        got, got_error = outcome(f, *ours)
        if want_error is not None:
            assert_same_error(got_error, want_error, what=f"{name}({dtype})")
            continue
        assert got_error is None, got_error
        assert isinstance(got, tuple) and len(got) == 2
        for mine, theirs in zip(got, want):
            assert_same(mine, theirs, ulp_of(name, dtype), f"{name}({dtype}[{n}])")


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
@pytest.mark.parametrize("name", TWO_RESULTS)
def test_layouts(name, layout):
    """Any memory layout gives the same values, laid out like NumPy's."""
    f, g = pair_of(name)
    pairs = [laid_out(layout, d, "d", name, k) for k, d in enumerate(UFUNCS[name]["domain"])]
    want = g(*[a for a, _ in pairs])
    for mine, theirs in zip(f(*[b for _, b in pairs]), want):
        assert_same(mine, theirs, ulp_of(name, "d"), f"{name} of {layout}", strides=True)


@pytest.mark.parametrize("name", TWO_RESULTS)
def test_out(name):
    """`out=` takes a tuple with an array or None for each result, or positions; an out may be an operand."""
    f, g = pair_of(name)
    for n in (40, LAZY_SIZE):
        on_numpy, ours = operands(name, "d", n)
        want = g(*on_numpy)
        a, b = cp.empty(n), cp.empty(n, want[1].dtype)
        got = f(*ours, out=(a, b))
        assert got[0] is a and got[1] is b
        assert_same(a, want[0]), assert_same(b, want[1])
        a, b = cp.empty(n), cp.empty(n, want[1].dtype)
        f(*ours, a, b)
        assert_same(a, want[0]), assert_same(b, want[1])
        b = cp.empty(n, want[1].dtype)
        got = f(*ours, out=(None, b))
        assert got[1] is b
        assert_same(got[0], want[0]), assert_same(b, want[1])
        # The first result over an operand: the second must still see it.
        got = f(*ours, out=(ours[0], None))
        assert_same(ours[0], want[0]), assert_same(got[1], want[1])


@pytest.mark.parametrize("name", TWO_RESULTS)
def test_bad_out(name):
    """Wrong outputs raise NumPy's exceptions."""
    f, g = pair_of(name)
    on_numpy, ours = operands(name, "d", 6)
    assert_raises_like(lambda: f(*ours, out=cp.empty(6)), lambda: g(*on_numpy, out=np.empty(6)), match_message=False)
    assert_raises_like(lambda: f(*ours, out=(cp.empty(6),)), lambda: g(*on_numpy, out=(np.empty(6),)))
    assert_raises_like(lambda: f(*ours, out=(cp.empty(5), None)), lambda: g(*on_numpy, out=(np.empty(5), None)))
    assert_raises_like(lambda: f(*ours, out=(None, cp.empty(6, "?"))), lambda: g(*on_numpy, out=(None, np.empty(6, "?"))))


@pytest.mark.parametrize("name", TWO_RESULTS)
def test_one_result_may_be_dropped(name):
    """Each result is right whether the other is read, dropped or read later."""
    f, g = pair_of(name)
    on_numpy, ours = operands(name, "d", LAZY_SIZE)
    want = g(*on_numpy)
    for k in (0, 1):
        kept = f(*ours)[k]
        assert_same(kept, want[k], ulp_of(name, "d"))
    first, second = f(*ours)
    scaled = second * 2
    ours[0][...] = 0
    assert_same(scaled, want[1] * 2), assert_same(first, want[0])
