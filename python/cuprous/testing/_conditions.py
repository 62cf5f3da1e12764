"""When tests run and on which numbers, and bases of tests for functions that CuPy takes from NumPy, under CuPy's names."""

import contextlib
import functools
import importlib.metadata
import inspect
import os
import random
import re
import unittest
import unittest.mock

import numpy

from cuprous import _core

__all__ = [
    "AssertFunctionIsCalled", "NumpyAliasBasicTestBase", "NumpyAliasValuesTestBase", "fix_random", "for_contiguous_axes",
    "generate_matrix", "generate_seed", "installed", "multi_gpu", "numpy_satisfies", "slow", "with_requires",
]


def installed(*specifiers):
    """Whether packages are installed, each in a version that fits: `installed("numpy>=2,<3", "scipy")`."""
    return all(map(_is_installed, specifiers))


def numpy_satisfies(version_range):
    """Whether NumPy's version fits, `'>=2.0'` for example."""
    return _fits(numpy.__version__, version_range)


def with_requires(*requirements):
    """A decorator: skips a test unless packages are installed in versions that fit."""
    return unittest.skipIf(not installed(*requirements), f"requires: {', '.join(requirements)}")


def multi_gpu(gpu_num):
    """A decorator: skips a test where fewer devices are, or fewer are allowed by `CUPY_TEST_GPU_LIMIT`."""
    limit = int(os.environ.get("CUPY_TEST_GPU_LIMIT", "-1"))
    n = _core.cuda.runtime.getDeviceCount()
    return unittest.skipIf(min(n, limit if limit >= 0 else n) < gpu_num, f"{gpu_num} GPUs required")


def slow(*args, **kwargs):
    """pytest's mark `slow`."""
    import pytest

    return pytest.mark.slow(*args, **kwargs)


def _is_installed(specifier):
    name, ranges = re.fullmatch(r"\s*([\w.-]+)\s*(.*?)\s*", specifier).groups()
    try:
        return _fits(importlib.metadata.version(name), ranges)
    except importlib.metadata.PackageNotFoundError:
        return False


def _fits(version, ranges):
    return all(_compares(version, item.strip()) for item in ranges.split(",") if item.strip())


def _compares(version, item):
    if not (parts := re.fullmatch(r"(~=|==|!=|<=|>=|<|>)\s*([\d.]+)(\.\*)?", item)):
        raise ValueError(f"not a range of versions: {item!r}")
    sign, bound, prefix = parts.groups()
    ours, theirs = _release(version), _release(bound)
    if prefix or sign == "~=":
        same = ours[: len(theirs) - (sign == "~=")] == theirs[: len(theirs) - (sign == "~=")]
        return same and ours >= theirs if sign == "~=" else same == (sign == "==")
    n = max(len(ours), len(theirs))
    ours, theirs = ours + (0,) * (n - len(ours)), theirs + (0,) * (n - len(theirs))
    return {"==": ours == theirs, "!=": ours != theirs, "<=": ours <= theirs, ">=": ours >= theirs, "<": ours < theirs, ">": ours > theirs}[sign]


def _release(version):
    """The numbers of a version, without what marks a trial version."""
    return tuple(map(int, re.match(r"\d+(\.\d+)*", version)[0].split(".")))


@contextlib.contextmanager
def AssertFunctionIsCalled(*args, times_called=1, **kwargs):  # noqa: N802  CuPy's name
    """Within it `unittest.mock.patch(*args, **kwargs)` holds; at its end the function must have been called so often."""
    with unittest.mock.patch(*args, **kwargs) as handle:
        yield handle
    if handle.call_count != times_called:
        raise AssertionError(f"called {handle.call_count} times, not {times_called}")


def for_contiguous_axes(name="axis"):
    """A decorator of a method: runs it for the axes that lie together in memory, by `self.shape` and `self.order`."""

    def decorate(test):
        @functools.wraps(test)
        def call(self, *args, **kwargs):
            axes = tuple(range(len(self.shape)))
            if self.order not in ("c", "C", "f", "F"):
                raise ValueError("Please specify the array order.")
            for k in axes:
                kwargs[name] = axes[k:] if self.order in "cC" else axes[: k + 1]
                try:
                    test(self, *args, **kwargs)
                except Exception as error:
                    error.add_note(f"{name} = {kwargs[name]}")
                    raise

        signature = inspect.signature(test)
        call.__signature__ = signature.replace(parameters=[p for n, p in signature.parameters.items() if n != name])
        return call

    return decorate


# Where the numbers of tests begin: the seed of a test that `fix_random` marks.
_seeds: list[random.Random] = []


def generate_seed():
    """A seed for random numbers, the same in every run within a class that `fix_random` marks."""
    return (_seeds[-1] if _seeds else random).getrandbits(32)


def fix_random():
    """A decorator of a class of tests: each test begins with the same random numbers, of this library and of Python."""

    def decorate(cls):
        if not (isinstance(cls, type) and issubclass(cls, unittest.TestCase)):
            raise NotImplementedError("fix_random marks classes of unittest.TestCase")
        set_up, tear_down = cls.setUp, cls.tearDown

        @functools.wraps(set_up)
        def setUp(self):  # noqa: N802
            import cuprous

            self._random_before = cuprous.random.get_random_state(), random.getstate()
            cuprous.random.set_random_state(cuprous.random.RandomState(100))
            random.seed(100)
            _seeds.append(random.Random(100))
            set_up(self)

        @functools.wraps(tear_down)
        def tearDown(self):  # noqa: N802
            import cuprous

            try:
                tear_down(self)
            finally:
                _seeds.pop()
                state, python = self._random_before
                cuprous.random.set_random_state(state)
                random.setstate(python)

        cls.setUp, cls.tearDown = setUp, tearDown
        return cls

    return decorate


def generate_matrix(shape, xp=None, dtype=numpy.float32, *, singular_values=None):
    """Random matrices of shape `(..., M, N)` with given singular values, by default numbers from 1 to 2.

    Parameters
    ----------
    shape : tuple of int
        The extents.
    xp : module, optional
        NumPy, or by default cuprous: whose array is returned.
    dtype : dtype
        A float or complex dtype.
    singular_values : array of shape (..., min(M, N)), optional
        Numbers above 0.
    """
    import cuprous

    dtype = numpy.dtype(dtype)
    if len(shape) <= 1:
        raise ValueError(f"shape {shape} is invalid for matrices: too few axes")
    if dtype.kind not in "fc":
        raise ValueError(f"Unsupported dtype: {dtype}")
    draw = cuprous.random.RandomState(generate_seed())
    a = draw.standard_normal(shape) + (1j * draw.standard_normal(shape) if dtype.kind == "c" else 0)
    n = min(shape[-2:])
    if singular_values is None:
        values = draw.uniform(1.0, 2.0, (*shape[:-2], n))
    else:
        values = cuprous.asarray(singular_values, dtype="float64")
        if not (values > 0).all():
            raise ValueError("singular_values should be greater than 0")
    if a.size == 0:
        made = a.astype(dtype)
    else:
        u, _, vh = cuprous.linalg.svd(a, full_matrices=False)
        made = ((u * values[..., None, :]) @ vh).astype(dtype)
    return made.get() if xp is numpy else made


class _Derived:
    """True for the classes that programs derive from those of this file."""

    def __get__(self, instance, owner):
        return owner.__module__ != __name__


class _Alias(unittest.TestCase):
    """What the tests of a function that has NumPy's name share: `func` is the name."""

    # Bases are no tests, what is derived from them is.
    __test__ = _Derived()
    func = None

    @property
    def cupy_func(self):
        """The function here."""
        import cuprous

        return getattr(cuprous, self.func)

    @property
    def numpy_func(self):
        """The function of NumPy."""
        return getattr(numpy, self.func)


class NumpyAliasBasicTestBase(_Alias):
    """A base for tests of how a function that has NumPy's name is called and documented: `func` is the name."""

    def test_argspec(self):
        """Both take the same arguments."""
        try:
            wanted = inspect.signature(self.numpy_func)
        except ValueError as error:
            self.skipTest(str(error))
        self.assertEqual(list(inspect.signature(self.cupy_func).parameters), list(wanted.parameters))

    def test_docstring(self):
        """Both are documented."""
        self.assertTrue(self.cupy_func.__doc__ and self.numpy_func.__doc__)


class NumpyAliasValuesTestBase(_Alias):
    """A base for tests of such a function by its results: `args` are the arguments."""

    args = ()

    def test_values(self):
        """Both give the same."""
        self.assertEqual(self.cupy_func(*self.args), self.numpy_func(*self.args))

