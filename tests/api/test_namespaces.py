"""What `cuprous` names: modules, NumPy's own types and exceptions, the module of an array, and assertions."""

import importlib
import sys
import types

import cuprous as cp
import numpy as np
import pytest
from cuprous import _core


def test_all_and_dir():
    """Each name that is promised is there, and `dir` shows all of them."""
    assert len(cp.__all__) == len(set(cp.__all__)) > 200
    for name in cp.__all__:
        assert getattr(cp, name) is not None or name == "newaxis", name
        assert not name.startswith("_")
    assert set(cp.__all__) <= set(dir(cp))
    for name in ("testing", "compat", "typing"):
        assert name in dir(cp) and isinstance(getattr(cp, name), types.ModuleType)


def namespaces(module=_core):
    """The namespaces of registered functions."""
    return sorted({row["module"] for row in _core.registry()["functions"]} - {"", "ndarray"})


@pytest.mark.parametrize("name", namespaces())
def test_namespaces_are_modules(name):
    """A namespace can be imported, and each of its functions says where it stands."""
    module = importlib.import_module(f"cuprous.{name}")
    assert sys.modules[f"cuprous.{name}"] is module and module.__spec__.name == f"cuprous.{name}"
    for row in _core.registry()["functions"]:
        if row["module"] == name:
            function = getattr(module, row["name"])
            assert row["name"] in module.__all__
            assert function.__module__ == f"cuprous.{name}" or not isinstance(function, types.BuiltinFunctionType)


def test_types_are_those_of_numpy():
    """Programs compare dtypes and catch exceptions of either library."""
    for name in "float32 int64 complex128 bool_ dtype generic floating finfo pi inf newaxis issubdtype s_ index_exp".split():
        assert getattr(cp, name) is getattr(np, name), name
    for name in cp.exceptions.__all__:
        assert getattr(cp.exceptions, name) is getattr(np.exceptions, name)
    assert cp.linalg.LinAlgError is np.linalg.LinAlgError
    with pytest.raises(np.exceptions.AxisError):
        cp.zeros(3).sum(axis=2)


def test_missing_names():
    """A name that is not there raises as NumPy's module does."""
    for name in ("no_such_thing", "_private"):
        with pytest.raises(AttributeError, match=f"module 'cuprous' has no attribute '{name}'"):
            getattr(cp, name)
    with pytest.raises(ImportError):
        from cuprous import no_such_thing  # noqa: F401


def test_get_array_module():
    """It is `cuprous` if an argument is ours."""
    class Own(cp.ndarray):
        pass

    assert cp.get_array_module(cp.zeros(1)) is cp
    assert cp.get_array_module(np.zeros(1), cp.zeros(1)) is cp
    assert cp.get_array_module(Own((2,))) is cp
    assert cp.get_array_module(np.zeros(1), 3, [cp.zeros(1)]) is np
    assert cp.get_array_module() is np


def test_asnumpy_and_devices(device):
    """`asnumpy` takes both libraries' arrays; the devices are told truly."""
    assert type(cp.asnumpy(cp.ones(2))) is type(cp.asnumpy(np.ones(2))) is type(cp.asnumpy([1, 1])) is np.ndarray
    kinds = {d.type for d in cp.devices()}
    assert "cpu" in kinds and cp.is_available() == ("cuda" in kinds) == cp.cuda.is_available()
    assert device in kinds


def outcome(call, *args, **words):
    """Whether an assertion holds, or what it says."""
    try:
        return call(*args, **words)
    except AssertionError as error:
        return str(error)


CASES = {
    "assert_allclose": [([1.0, 2.0], [1.0, 2.0 + 1e-9]), ([1.0, 2.0], [1.0, 2.1]), ([np.nan], [np.nan]), ([1.0], [1.0, 2.0])],
    "assert_array_equal": [([1, 2], [1, 2]), ([1, 2], [1, 3]), ([[1]], [1, 1])],
    "assert_array_almost_equal": [([1.0], [1.0 + 1e-8]), ([1.0], [1.1])],
    "assert_array_less": [([1.0], [2.0]), ([2.0], [2.0])],
    "assert_array_almost_equal_nulp": [([1.0], [np.nextafter(1.0, 2)]), ([1.0], [1.1])],
    "assert_array_max_ulp": [([1.0], [np.nextafter(1.0, 2)]), ([1.0], [1.1])],
    "assert_equal": [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 3.0])],
    "assert_almost_equal": [([1.0], [1.0]), ([1.0], [1.5])],
}


@pytest.mark.parametrize("name", CASES)
def test_assertions(name):
    """They hold and fail with NumPy's words, whichever argument is ours."""
    ours, numpys = getattr(cp.testing, name), getattr(np.testing, name)
    held = []
    for a, b in CASES[name]:
        a, b = np.asarray(a), np.asarray(b)
        want = outcome(numpys, a, b)
        held.append(isinstance(want, str))
        for x, y in ((cp.asarray(a), cp.asarray(b)), (cp.asarray(a), b), (a, cp.asarray(b))):
            got = outcome(ours, x, y)
            assert got == want or (not isinstance(want, str) and np.array_equal(got, want)), f"{got}\n{want}"
    assert set(held) == {False, True}


def test_assertions_of_cupy():
    """Lists of arrays, and strides."""
    a = cp.zeros((2, 3))
    cp.testing.assert_array_list_equal([a, a], [a, a.get()])
    assert outcome(cp.testing.assert_array_list_equal, [a], [a, a]).startswith("lists differ")
    cp.testing.assert_array_equal(a, a.get(), strides_check=True)
    assert "strides differ" in outcome(cp.testing.assert_array_equal, a, a.T.copy().T, strides_check=True)
    cp.testing.assert_equal({"a": [a, 1]}, {"a": [a.get(), 1]})
    assert outcome(cp.testing.assert_equal, {"a": [a]}, {"a": [a + 1]})


def test_shaped_arrays():
    """The arrays that tests begin with are the same in both libraries."""
    for make in (cp.testing.shaped_arange, cp.testing.shaped_reverse_arange, cp.testing.shaped_random):
        for dtype in "?bHdF":
            ours, numpys = make((2, 3), cp, dtype), make((2, 3), np, dtype)
            assert type(ours) is cp.ndarray and type(numpys) is np.ndarray and ours.dtype == numpys.dtype == dtype
            assert np.array_equal(ours.get(), numpys)
    assert cp.testing.shaped_arange((2, 2), np).tolist() == [[1, 2], [3, 4]]
    assert cp.testing.shaped_arange((2, 3), cp, order="F").flags.f_contiguous
    assert cp.testing.shaped_linspace(0, 1, (3,), np).tolist() == [0, 0.5, 1]


def test_decorators_run_both_libraries():
    """`numpy_cupy_...` compares results and exceptions; a difference fails."""
    @cp.testing.for_all_dtypes(no_complex=True)
    @cp.testing.numpy_cupy_array_equal()
    def equal(xp, dtype):
        return cp.testing.shaped_arange((3, 4), xp, dtype).sum(axis=0)

    @cp.testing.numpy_cupy_allclose(rtol=1e-6)
    def close(xp):
        return xp.sqrt(cp.testing.shaped_arange((3,), xp))

    @cp.testing.numpy_cupy_raises()
    def raises(xp):
        xp.zeros((2, 3)) + xp.zeros(4)

    for test in (equal, close, raises):
        test()
        assert "xp" not in __import__("inspect").signature(test).parameters

    @cp.testing.numpy_cupy_array_equal()
    def unequal(xp):
        return xp.zeros(2) + (xp is np)

    @cp.testing.numpy_cupy_array_equal()
    def of_other_dtypes(xp):
        return xp.zeros(2, dtype="f" if xp is np else "d")

    @cp.testing.numpy_cupy_raises()
    def only_one_raises(xp):
        if xp is np:
            raise ValueError

    @cp.testing.numpy_cupy_raises()
    def none_raises(xp):
        pass

    for test in (unequal, of_other_dtypes, only_one_raises, none_raises):
        with pytest.raises(AssertionError):
            test()


def test_loops_of_cases():
    """Dtypes, orders and parameters: each is met."""
    met = []
    cp.testing.for_dtypes_combination("bdF", names=("a", "b"), full=True)(lambda a, b: met.append((a, b)))()
    assert len(set(met)) == 9
    met.clear()
    cp.testing.for_int_dtypes_combination(names=("a", "b"))(lambda a, b: met.append((a, b)))()
    assert {a for a, _ in met} == {b for _, b in met} == {np.dtype(c).type for c in "bhilqBHILQ?"}
    assert cp.testing.product({"a": [1, 2], "b": [3]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
    assert cp.testing.product_dict([{"a": 1}], [{"b": 2}, {"b": 3}]) == [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
    with pytest.raises(ZeroDivisionError) as error:
        cp.testing.for_orders("CF")(lambda order: 1 / (order == "C"))()
    assert error.value.__notes__ == ["order = F"]


@cp.testing.parameterize({"n": 2}, {"n": 3})
class TestParameters:
    """A class whose tests see their parameters as attributes."""

    def test_attribute(self):
        """It runs for each."""
        assert cp.zeros(self.n).size == self.n in (2, 3)


def test_array_namespace_info():
    """What the array API standard asks: NumPy's answers, but for the devices."""
    ours, theirs = cp.__array_namespace_info__(), np.__array_namespace_info__()
    assert cp.__array_api_version__ == np.__array_api_version__
    assert ours.capabilities() == theirs.capabilities()
    assert ours.default_dtypes() == theirs.default_dtypes()
    assert ours.devices() == cp.devices() and ours.default_device() == cp.zeros(1).device
    kinds = [None, "bool", "integral", "signed integer", "unsigned integer", "real floating", "complex floating", "numeric", ("bool", "integral"), ()]
    for kind in kinds:
        assert ours.dtypes(kind=kind) == theirs.dtypes(kind=kind), kind
    for device in (None, *cp.devices(), "cpu"):
        assert ours.dtypes(device=device) == theirs.dtypes()
        assert ours.default_dtypes(device=device) == theirs.default_dtypes()
    for info in (ours, theirs):
        for kind in ("x", ("bool", "x"), 3):
            with pytest.raises(ValueError, match="unsupported kind: "):
                info.dtypes(kind=kind)
        for ask in (info.dtypes, info.default_dtypes):
            with pytest.raises(ValueError, match="Device not understood. Only .* allowed, but received: x"):
                ask(device="x")
    assert cp.zeros(1).__array_namespace__(api_version=cp.__array_api_version__) is cp
