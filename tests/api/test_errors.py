"""Bad input: NumPy's exceptions and words where it has them, else one clear line, and the process goes on."""

import operator
import os
import subprocess
import sys

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, public_class
from support.values import both

HUGE = [(1 << 40, 1 << 40), (1 << 62, 4), (1 << 63,), (1 << 64,), 1 << 60, (1 << 31, 1 << 31, 1 << 31)]


@pytest.fixture(autouse=True)
def goes_on():
    """After every refusal the library still computes."""
    yield
    a, x = both("moderate", "d", 5000)
    assert_same((x * 2 + 1)[::7], (a * 2 + 1)[::7])


def test_broadcasting():
    """Shapes that do not fit are named as NumPy names them, by every entrance."""
    (a, x), (b, y) = both("any", "f", (2, 3)), both("any", "f", (4,))
    assert_raises_like(lambda: x + y, lambda: a + b)
    assert_raises_like(lambda: cp.add(x, y), lambda: np.add(a, b))
    assert_raises_like(lambda: x < y, lambda: a < b)
    assert_raises_like(lambda: cp.where(x, x, y), lambda: np.where(a, a, b))
    assert_raises_like(lambda: operator.imul(x, y), lambda: operator.imul(a.copy(), b))
    assert_raises_like(lambda: (x * 2 + 1) + y, lambda: (a * 2 + 1) + b)
    assert_raises_like(lambda: cp.broadcast_to(x, (3, 2)), lambda: np.broadcast_to(a, (3, 2)))


def test_axes():
    """An axis out of range is an AxisError in NumPy's words."""
    a, x = both("any", "f", (2, 3))
    for name in ("sum", "max", "argmin", "cumsum", "any"):
        for axis in (2, -3):
            assert_raises_like(lambda: getattr(cp, name)(x, axis=axis), lambda: getattr(np, name)(a, axis=axis))
            with pytest.raises(np.exceptions.AxisError):
                getattr(x, name)(axis=axis)
    assert_raises_like(lambda: x.transpose(0, 2), lambda: a.transpose(0, 2))


def test_dtypes_and_casts():
    """Missing loops and forbidden casts are TypeErrors in NumPy's words."""
    a, x = both("any", "?", 5)
    b, y = both("any", "d", 5)
    c, z = both("moderate", "F", 5)
    assert_raises_like(lambda: x - x, lambda: a - a)
    assert_raises_like(lambda: -x, lambda: -a)
    assert_raises_like(lambda: z // z, lambda: c // c)
    assert_raises_like(lambda: z % 2, lambda: c % 2)
    assert_raises_like(lambda: cp.add(y, y, dtype="i"), lambda: np.add(b, b, dtype="i"))
    assert_raises_like(lambda: cp.add(y, y, out=cp.zeros(5, "i")), lambda: np.add(b, b, out=np.zeros(5, "i")))
    assert_raises_like(lambda: y.astype("i", casting="safe"), lambda: b.astype("i", casting="safe"))
    assert_raises_like(lambda: cp.asarray(np.zeros(3, "u1")) + 256, lambda: np.zeros(3, "u1") + 256)
    assert_raises_like(lambda: cp.asarray(np.zeros(3, "u1")) - (-1), lambda: np.zeros(3, "u1") - (-1))


def test_negative_sizes():
    """Negative sizes raise NumPy's ValueError."""
    for shape in (-1, (3, -1), (-5,), (0, -1)):
        assert_raises_like(lambda: cp.zeros(shape), lambda: np.zeros(shape))
        assert_raises_like(lambda: cp.ones(shape), lambda: np.ones(shape))
        assert_raises_like(lambda: cp.full(shape, 1), lambda: np.full(shape, 1))


@pytest.mark.parametrize("shape", HUGE, ids=str)
def test_overflowing_sizes(shape):
    """Sizes beyond the address space raise, and never wrap into a small array."""
    for make in (lambda: cp.zeros(shape), lambda: cp.ones(shape, "?"), lambda: cp.empty(shape), lambda: cp.full(shape, 1.0)):
        with pytest.raises((ValueError, MemoryError, OverflowError)) as caught:
            make()
        assert str(caught.value).strip()
    x = cp.ones(1)
    with pytest.raises((ValueError, MemoryError, OverflowError)):
        (cp.broadcast_to(x, shape) + 1).get()


def test_overflowing_size_has_numpys_words():
    """An array too big for 64-bit sizes is NumPy's ValueError."""
    assert_raises_like(lambda: cp.zeros((1 << 40, 1 << 40)), lambda: np.zeros((1 << 40, 1 << 40)), match_message=False)


def test_huge_allocations():
    """Memory that is not there is a MemoryError that says how much was wanted."""
    for _ in range(3):
        with pytest.raises(MemoryError) as caught:
            cp.empty(1 << 60, "u1")
        assert any(c.isdigit() for c in str(caught.value))
    with pytest.raises(MemoryError):
        cp.zeros((1 << 30, 1 << 27), "f")


def test_huge_results_keep_their_inputs():
    """An operation whose result does not fit in memory raises, and its operands stay usable."""
    a, x = both("moderate", "f", (1, 1000))
    with pytest.raises(MemoryError):
        wide = cp.broadcast_to(x, (1 << 48, 1000)) + cp.ones((1 << 48, 1))
        wide.sum().item()
    assert_same(x + 1, a + 1)
    with pytest.raises((MemoryError, ValueError)):
        cp.arange(1 << 60)
    with pytest.raises((MemoryError, ValueError)):
        cp.linspace(0, 1, 1 << 60)
    with pytest.raises((MemoryError, ValueError)):
        cp.random.rand(1 << 60)


def test_indices():
    """Indices out of range are IndexErrors in NumPy's words, on reading and on writing."""
    a, x = both("any", "f", (2, 3))
    for index in (2, (0, 3), (0, -4), (0, 0, 0), (..., ...)):
        assert_raises_like(lambda: x[index], lambda: a[index])
        assert_raises_like(lambda: x.__setitem__(index, 1), lambda: a.copy().__setitem__(index, 1))
    assert_raises_like(lambda: x.item(6), lambda: a.item(6))


def test_out():
    """An `out` of a wrong shape, dtype or class is refused."""
    (a, x) = both("any", "f", (2, 3))
    for shape in ((3, 2), (3,), (2, 1), ()):
        assert_raises_like(lambda: cp.add(x, x, out=cp.zeros(shape, "f")), lambda: np.add(a, a, out=np.zeros(shape, "f")))
    for out in (np.zeros((2, 3), "f"), [], "out"):
        with pytest.raises(TypeError):
            cp.add(x, x, out=out)


def test_broadcast_targets_are_not_written_twice():
    """Writing to a broadcast array raises as in NumPy, whose broadcasts are read-only."""
    a, x = both("any", "f", 3)
    assert_raises_like(lambda: cp.add(x, 1, out=cp.broadcast_to(x, (2, 3))), lambda: np.add(a, 1, out=np.broadcast_to(a, (2, 3))), match_message=False)
    assert_raises_like(lambda: cp.broadcast_to(x, (2, 3)).__setitem__(0, 1), lambda: np.broadcast_to(a, (2, 3)).__setitem__(0, 1), match_message=False)
    assert_same(x, a)


def test_arguments():
    """Missing, surplus and unknown arguments are TypeErrors that name the function."""
    x = cp.ones(3)
    for name, call in {
        "add": lambda: cp.add(x), "sum": lambda: cp.sum(), "zeros": lambda: cp.zeros(), "reshape": lambda: cp.reshape(x), "arange": lambda: cp.arange(1, 2, 3, "f", 5, 6),
        "sqrt": lambda: cp.sqrt(x, wrong=1), "matmul": lambda: cp.matmul(x), "astype": lambda: x.astype(), "full": lambda: cp.full(3),
    }.items():
        with pytest.raises(TypeError) as caught:
            call()
        assert name in str(caught.value), f"{name}: {caught.value}"


def test_no_error_is_a_panic():
    """No refusal comes as a bare Exception, a BaseException or Rust's PanicException."""
    x = cp.ones((2, 3))
    for call in (lambda: x + cp.ones(4), lambda: x.sum(axis=9), lambda: x[9], lambda: x.reshape(7), lambda: cp.zeros(-1), lambda: cp.zeros(HUGE[0]), lambda: x.astype("O")):
        with pytest.raises(Exception) as caught:
            call()
        assert public_class(caught.value) not in (Exception, BaseException)
        assert "panic" not in f"{type(caught.value)}{caught.value}".lower()


def test_unknown_device():
    """A device that does not exist is refused in a line that names it."""
    code = "import cuprous as cp; cp.zeros(3)"
    for name in ("gpu", "cuda:-1", "cpu:7", "cuda:99"):
        done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "CUPROUS_DEVICE": name}, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1, done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert name in last or "cuda" in last.lower(), last
        assert "panicked" not in done.stderr


def test_missing_gpu_says_what_to_do():
    """Asking for a GPU where there is none raises one line and computes nothing elsewhere in silence."""
    if cp.cuda.is_available():
        pytest.skip("a GPU is there")
    code = "import cuprous as cp\ntry:\n    cp.zeros(3)\nexcept RuntimeError as e:\n    assert str(e).strip(), 'no words'\n    print('refused')"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "CUPROUS_DEVICE": "cuda:0"}, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "refused", done.stdout + done.stderr


@pytest.mark.gpu
def test_mixed_devices():
    """Arrays of different devices never mix silently."""
    before = cp.config.default_device
    x = cp.ones(3)
    try:
        cp.config.default_device = "cpu"
        y = cp.ones(3)
        assert str(y.device) == "cpu" and str(x.device) != "cpu"
        for call in (lambda: x + y, lambda: cp.add(x, x, out=y), lambda: operator.iadd(x, y), lambda: x.__setitem__(0, y[0]), lambda: cp.where(x > 0, x, y), lambda: x @ y):
            with pytest.raises((ValueError, TypeError, RuntimeError)) as caught:
                call()
            assert "cpu" in str(caught.value) and "cuda" in str(caught.value)
        assert_same(x + 1, np.full(3, 2.0))
        assert_same(y + 1, np.full(3, 2.0))
    finally:
        cp.config.default_device = before
