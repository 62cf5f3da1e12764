"""Attributes, conversions and text of arrays, against NumPy."""

import operator

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, order_of
from support.values import DTYPES, LAYOUTS, OTHER, both, laid_out, values

FLAGS = ["c_contiguous", "f_contiguous", "owndata"]


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_attributes(layout):
    """Shape, strides, sizes, dtype and contiguity are NumPy's for every layout."""
    for dtype in "?hdD":
        a, x = laid_out(layout, "any", dtype)
        for name in ("shape", "ndim", "size", "itemsize", "nbytes", "dtype"):
            got, want = getattr(x, name), getattr(a, name)
            assert got == want and type(got) is type(want), name
        assert order_of(x) == order_of(a)
        assert x.flags.c_contiguous == a.flags.c_contiguous and x.flags.f_contiguous == a.flags.f_contiguous
        assert x.flags["C_CONTIGUOUS"] == a.flags["C_CONTIGUOUS"] and x.flags["F_CONTIGUOUS"] == a.flags["F_CONTIGUOUS"]
        assert x.T.shape == a.T.shape and order_of(x.T) == order_of(a.T)


def test_attributes_of_pending_values():
    """The attributes of a pending value are those of its stored one (rules 2 and 4)."""
    for layout in ("lazy", "lazy_strided", "lazy_transposed", "lazy_row"):
        a, x = laid_out(layout, "any", "f")
        for got, want in ((x + 1, a + 1), (x > 0, a > 0), (x.astype("d"), a.astype("d"))):
            assert (got.shape, got.strides, got.dtype, got.nbytes, got.ndim, len(got)) == (want.shape, want.strides, want.dtype, want.nbytes, want.ndim, len(want))
            assert all(getattr(got.flags, name) == getattr(want.flags, name) for name in FLAGS)
            assert got.base is None


def test_base_and_ownership():
    """A view knows its base and owns nothing."""
    x = cp.zeros((4, 5))
    for view in (x[1:], x.T, x.reshape(20), x[:, None], cp.broadcast_to(x, (2, 4, 5)), x[1:][::2].T):
        assert view.base is x and not view.flags.owndata
    for own in (x, x + 1, x.copy(), x.astype("f"), x.sum(axis=0)):
        assert own.base is None and own.flags.owndata


def test_attributes_are_read_only():
    """What describes the array cannot be assigned."""
    x = cp.zeros(3)
    for name in ("ndim", "size", "nbytes", "itemsize", "base", "device", "T"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(x, name, 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_item(dtype):
    """`item` gives the Python number of an element, by flat or full index."""
    a, x = both("any", dtype, (3, 4))
    for args in ((0,), (5,), (-1,), (1, 2), (-1, -4), ((2, 3),), (np.int64(3),)):
        got, want = x.item(*args), a.item(*args)
        assert type(got) is type(want) and (got == want or want != want), args
    one = x[1:2, 2:3]
    assert type(one.item()) is type(a[1, 2].item())
    assert str(x.T.item(1)) == str(a.T.item(1))
    for args in ((), (12,), (-13,), (3, 0), (0, 0, 0), (0, -5)):
        assert_raises_like(lambda: x.item(*args), lambda: a.item(*args), match_message=len(args) < 3, what=f"item{args}")


@pytest.mark.parametrize("layout", ["contiguous", "transposed", "negative", "permuted", "0-d", "empty", "lazy_strided", "row"])
def test_tolist(layout):
    """`tolist` gives nested lists of Python numbers."""
    for dtype in "?bLefdD":
        a, x = laid_out(layout, "any", dtype)
        assert repr(x.tolist()) == repr(a.tolist())


def test_len():
    """The length is the first extent, and 0-d arrays have none."""
    assert len(cp.zeros((4, 5))) == 4 and len(cp.zeros((0, 3))) == 0
    assert_raises_like(lambda: len(cp.zeros(())), lambda: len(np.zeros(())))


@pytest.mark.parametrize("dtype", DTYPES)
def test_bool(dtype):
    """One element has a truth value, more or none have not."""
    for value in (0, 1):
        for shape in ((), (1,), (1, 1)):
            assert bool(cp.full(shape, value, dtype)) is bool(value)
    for shape in ((2,), (0,), (2, 0), (3, 3)):
        assert_raises_like(lambda: bool(cp.zeros(shape, dtype)), lambda: bool(np.zeros(shape, dtype)), what=f"bool of {shape}")
    if np.dtype(dtype).kind == "f":
        assert bool(cp.full((), np.nan, dtype)) and not bool(cp.full((), -0.0, dtype))


@pytest.mark.parametrize("function", [int, float, complex, operator.index], ids=lambda f: f.__name__)
def test_numbers(function):
    """0-d arrays convert to Python's numbers where NumPy's do."""
    for dtype in DTYPES:
        for shape in ((), (1,), (2,), (0,)):
            a, x = np.full(shape, 3, dtype), cp.full(shape, 3, dtype)
            try:
                want = function(a)
            except (TypeError, ValueError):
                assert_raises_like(lambda: function(x), lambda: function(a), match_message=False, what=f"{function.__name__} {dtype}{shape}")
            else:
                got = function(x)
                assert got == want and type(got) is type(want), (dtype, shape)


def test_index_use():
    """A 0-d integer array is an index."""
    assert [10, 20, 30][cp.asarray(np.array(1))] == 20
    assert list(range(cp.asarray(np.array(3)))) == [0, 1, 2]


def test_iteration():
    """Iteration gives the rows, which are views, and the elements as 0-d arrays."""
    a, x = both("any", "l", (4, 3))
    a = a.copy()
    for row, device_row in zip(a, x, strict=True):
        assert_same(device_row, row)
        row += 1
        device_row += 1
    assert_same(x, a)
    assert [v.item() for v in x[0]] == a[0].tolist()
    assert list(cp.zeros((0, 3))) == []
    assert_raises_like(lambda: list(cp.zeros(())), lambda: list(np.zeros(())))
    first, *rest = cp.arange(3)
    assert first.item() == 0 and len(rest) == 2


TEXTS = [
    ("?", (3,)), ("b", (2, 3)), ("L", (2,)), ("e", (5,)), ("f", (3, 4)), ("d", (2, 2, 3)), ("F", (3,)), ("D", (2, 2)), ("d", ()), ("i", ()), ("?", ()), ("f", (0,)),
    ("d", (2, 0)), ("f", (2000,)), ("d", (40, 50)), ("l", (30, 4, 30)), ("d", (1500, 2)), ("D", (1100,)),
]


@pytest.mark.parametrize(("dtype", "shape"), TEXTS, ids=str)
def test_text(dtype, shape):
    """`str`, `repr` and `format` are NumPy's, to the letter: a cuprous array prints as `array(...)` too."""
    for domain in ("any", "moderate", "small_int"):
        a, x = both(domain, dtype, shape)
        assert str(x) == str(a)
        assert repr(x) == repr(a)
        assert f"{x}" == f"{a}"
        assert str(x.T) == str(a.T) and repr(x[..., ::-1] if shape else x) == repr(a[..., ::-1] if shape else a)


def test_text_follows_printoptions():
    """NumPy's print options apply."""
    a, x = both("moderate", "d", (3, 4))
    with np.printoptions(precision=2, suppress=True, linewidth=30, threshold=5, edgeitems=1):
        assert str(x) == str(a) and repr(x) == repr(a)


def test_text_of_pending_values():
    """Printing reads (rule 30)."""
    a, x = both("moderate", "d", 5000)
    assert str(x * 2 + 1) == str(a * 2 + 1)
    assert repr((x > 0)) == repr(a > 0)


def test_format_of_0d():
    """A format specification applies to 0-d arrays and to no others."""
    assert f"{cp.asarray(np.array(3.14159)):.2f}" == "3.14"
    with pytest.raises(TypeError):
        f"{cp.zeros(3):.2f}"


def test_unhashable():
    """Arrays have no hash, as in NumPy."""
    with pytest.raises(TypeError):
        hash(cp.zeros(3))


def test_methods_are_functions():
    """Methods give what the functions of that name give."""
    a, x = both("moderate", "d", (30, 40))
    for name in ("min", "max", "any", "all", "argmin", "argmax", "ravel", "transpose"):
        assert_same(getattr(x, name)(), getattr(a, name)(), 0, name)
    assert_same(x.reshape(40, 30), a.reshape(40, 30))


def test_instances():
    """Arrays are instances of one class, and not of NumPy's."""
    for x in (cp.zeros(3), cp.zeros(3) + 1, cp.zeros((2, 2)).T, cp.arange(3).sum()):
        assert type(x) is cp.ndarray and not isinstance(x, np.ndarray)


def test_device(device):
    """Every array names its device, which is one of `devices()`."""
    x = cp.zeros(3)
    assert str(x.device).startswith(device)
    assert any(str(d) == str(x.device) for d in cp.devices())
    assert any(str(d) == "cpu" for d in cp.devices())
    assert cp.cuda.is_available() == any(str(d).startswith("cuda") for d in cp.devices())


def test_synchronize():
    """The null stream exists on every device and can be waited for."""
    a, x = both("any", "f", 5000)
    y = x + 1
    cp.cuda.Stream.null.synchronize()
    assert_same(y, a + 1)


def test_cumulative_results_survive_their_inputs():
    """A value stays valid after everything that it came from is gone."""
    a = values("moderate", "d", 5000)
    y = cp.asarray(a)
    for _ in range(5):
        y = y * 0.5 + 1
        a = a * 0.5 + 1
    assert_same(y[10:20].copy(), a[10:20])
    assert_same_outcome(lambda: y.T, lambda: a.T)
