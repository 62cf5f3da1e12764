"""Methods and properties of arrays that no function of the same name does, against NumPy."""

import inspect
import operator
import types
import warnings

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, order_of
from support.values import DTYPES, LAYOUTS, OTHER, both, laid_out

EVERY = [*LAYOUTS, *OTHER]


@pytest.mark.parametrize("dtype", DTYPES)
def test_view_as(dtype):
    """`view` as another dtype changes the last axis by NumPy's rules, and shares memory."""
    for shape in ((), (8,), (4, 6), (2, 3, 4), (1, 1), (0, 4), (3, 0), (6, 1)):
        a, x = both("any", dtype, shape)
        for other in DTYPES:
            for what, of in (("", lambda v: v), ("rows", lambda v: v[::2] if v.ndim else v), ("transposed", lambda v: v.T)):
                def view(v):
                    return of(v).view(other)
                try:
                    want = view(a)
                except ValueError:
                    assert_raises_like(lambda: view(x), lambda: view(a), what=f"{shape} {what} as {other}")
                else:
                    got = view(x)
                    # Bytes of any value as bools: only which are true counts.
                    assert_same(got != 0 if other == "?" else got, want != 0 if other == "?" else want, 0, f"{shape} {what} as {other}")
                    assert order_of(got) == order_of(want) and (got.base is x or got.base is of(x).base)


def test_view_writes_through():
    """A view as another dtype and its source are one in memory, pending readers included."""
    a, x = both("any", "f", 5000)
    a = a.copy()
    y = x + 1
    before = a + np.float32(1)
    for v, u in ((a.view("u4"), x.view("u4")), (a.view("u1"), x.view("u1"))):
        v[::3] ^= 1
        u[::3] ^= 1
    assert_same(x, a)
    assert_same(y, before)


def test_view_that_no_gpu_could_read():
    """Elements at odd addresses are refused on every device."""
    x = cp.zeros(17, "u1")
    with pytest.raises(ValueError, match="multiples of 8 bytes"):
        x[1:].view("f8")
    assert x[8:16].view("f8").shape == (1,) and x[1:].view("i1").shape == (16,)


def test_view_arguments():
    """The dtype's name, a class in its place, and what is neither."""
    a, x = both("any", "f", 4)
    assert x.view().base is x and x.view(dtype="i4").dtype == np.int32 and x.view(None).dtype == np.float32
    assert type(x.view(cp.ndarray)) is cp.ndarray and type(x.view("i4", cp.ndarray)) is cp.ndarray and type(x.view(type=cp.ndarray)) is cp.ndarray
    for bad in (lambda v, c: v.view("nonsense"), lambda v, c: v.view(type=int), lambda v, c: v.view(type=3), lambda v, c: v.view(c, c)):
        assert_raises_like(lambda: bad(x, cp.ndarray), lambda: bad(a, np.ndarray))


@pytest.mark.parametrize("dtype", DTYPES)
def test_astype(dtype):
    """`astype` converts in every order under every rule."""
    for layout in EVERY:
        a, x = laid_out(layout, "small_int", dtype)
        for other in "?hLfD":
            for order in "CFAK":
                with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore", category=np.exceptions.ComplexWarning):
                    want = a.astype(other, order=order)
                assert_same(x.astype(other, order=order), want, 0, f"{layout} to {other} {order}", strides="row" not in layout and layout != "column")
                assert x.astype(other, order, "unsafe", True, True).base is None
        for casting in ("no", "equiv", "safe", "same_kind", "foo", "", "SAFE", 5):
            for other in "?hLfD":
                assert_same_outcome(lambda: x.astype(other, casting=casting), lambda: a.astype(other, casting=casting), what=f"{layout} {casting} {other}")


def test_astype_without_copy():
    """`copy=False` gives the array itself where nothing changes."""
    x = cp.zeros((3, 4))
    assert x.astype("d", copy=False) is x and x.astype(float, "C", copy=False) is x and x.astype("d", "K", copy=False) is x
    assert x.astype("d", "F", copy=False) is not x and x.astype("f", copy=False) is not x and x.astype("d") is not x
    assert x.T.astype("d", "F", copy=False).base is x


FLAGS = "c_contiguous f_contiguous owndata writeable aligned writebackifcopy fnc forc behaved carray farray contiguous fortran num".split()
ITEMS = "C F O W A X B CA FA FNC FORC C_CONTIGUOUS CONTIGUOUS F_CONTIGUOUS FORTRAN OWNDATA WRITEABLE ALIGNED WRITEBACKIFCOPY CARRAY FARRAY BEHAVED".split()


@pytest.mark.parametrize("layout", EVERY)
def test_flags(layout):
    """All flags by attribute, by item and as text."""
    a, x = laid_out(layout, "any", "d")
    a = a if "row" in layout or layout == "column" else a[...]
    x = x if "row" in layout or layout == "column" else x[...]
    for name in FLAGS:
        assert getattr(x.flags, name) == getattr(a.flags, name), name
    for name in ITEMS:
        assert x.flags[name] == a.flags[name], name
    assert repr(x.flags) == repr(a.flags) and str(x.flags) == str(a.flags)
    assert x.flags == x[...].flags and x.flags != 3


def test_flags_errors():
    """Unknown flags, and those that cannot be set."""
    a, x = both("any", "d", 3)
    for bad in (lambda f: f["Q"], lambda f: f[3], lambda f: f.__setitem__("Q", True), lambda f: setattr(f, "owndata", False)):
        assert_raises_like(lambda: bad(x.flags), lambda: bad(a.flags), match_message=False)
    assert_raises_like(lambda: x.setflags(uic=True), lambda: a.setflags(uic=True))


READ_ONLY = {
    "item": lambda v: v.__setitem__(0, 1), "slice": lambda v: v.__setitem__(slice(None), 1), "fill": lambda v: v.fill(1), "in place": lambda v: v.__iadd__(1),
    "view": lambda v: v[1:].__setitem__(0, 1), "flat": lambda v: v.flat.__setitem__(0, 1), "flat all": lambda v: setattr(v, "flat", 1), "real": lambda v: setattr(v, "real", 1),
    "reshaped": lambda v: v.reshape(3, 2).fill(1), "out": lambda v: v.sum(out=v[0:1].reshape(())), "byteswap": lambda v: v.byteswap(inplace=True),
}


@pytest.mark.parametrize("case", READ_ONLY)
def test_read_only(case):
    """Read-only arrays and views of them refuse to be written."""
    for make in (lambda v: v.setflags(write=False), lambda v: setattr(v.flags, "writeable", False), lambda v: v.flags.__setitem__("W", False)):
        a, x = both("moderate", "d", 6)
        a = a.copy()
        make(a)
        make(x)
        assert not x.flags.writeable and not x[1:].flags.writeable and x.copy().flags.writeable and (x + 1).flags.writeable
        assert_raises_like(lambda: READ_ONLY[case](x), lambda: READ_ONLY[case](a), match_message=case not in ("out", "byteswap"), what=case)
        assert_same(x, a)
        view = x[1:]
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag to True of this array"):
            view.flags.writeable = True
        x.setflags(write=True)
        x[0] = 5
        view.setflags(write=True)
        view[0] = 6
        assert x[1].item() == 6


def test_broadcast_views_stay_read_only():
    """Several of their elements are one."""
    x = cp.broadcast_to(cp.zeros(3), (2, 3))
    with pytest.raises(ValueError):
        x.flags.writeable = True


@pytest.mark.parametrize("layout", EVERY)
def test_flat(layout):
    """`flat` is read and written in C order, whatever the layout."""
    a, x = laid_out(layout, "small_int", "d")
    assert len(x.flat) == len(a.flat) and x.flat.base is x
    if a.size <= 600:
        assert [v.item() for v in x.flat] == [v.item() for v in a.flat]
    assert_same(x.flat.copy(), a.flat.copy())
    for index in (slice(None), slice(1, None), slice(None, None, -1), slice(3, 1), slice(None, None, 7), slice(-1, 0, -2), Ellipsis, (), 0, -1, a.size, -a.size - 1, (1,), (0, 0), None, "a"):
        assert_same_outcome(lambda: x.flat[index], lambda: np.asarray(a.flat[index]), what=f"flat[{index}]")
    if "row" in layout or layout == "column":
        return
    for index, value in ((slice(None), 3), (slice(1, None, 2), [1, 2, 3]), (slice(None, None, -1), list(range(7))), (0, 5), (-1, 6), (slice(0, 0), 1), (slice(0, 4), np.arange(10000.0)), (slice(None), [])):
        b, y = a.copy("K"), x.copy("K")
        if index in (0, -1) and not a.size:
            assert_raises_like(lambda: y.flat.__setitem__(index, value), lambda: b.flat.__setitem__(index, value))
            continue
        b.flat[index] = value
        y.flat[index] = value
        assert_same(y, b, 0, f"flat[{index}] = {value}")
    b.flat = y.flat = range(5)
    assert_same(y, b)
    it = x.flat
    if a.size > 1:
        next(it)
        assert it.index == 1 and it.coords == np.unravel_index(1, a.shape)
    assert_same(x.flat == 1, a.flat == 1)


def test_flat_of_pending_values():
    """Writing through `flat` leaves what was computed from the old elements."""
    a, x = both("moderate", "d", (70, 80))
    a = a.copy()
    y, b = x.T * 2, a.T * 2
    x.T.flat[::3] = [1, 2]
    a.T.flat[::3] = [1, 2]
    assert_same(x, a)
    assert_same(y, b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_byteswap(dtype):
    """`byteswap` turns the bytes of each element around, in place or not."""
    for layout in EVERY:
        a, x = laid_out(layout, "any", dtype)
        if dtype != "?":
            assert x.byteswap().tobytes() == a.byteswap().tobytes()
    a, x = both("any", dtype, (4, 5))
    a = a.copy()
    assert x.T.byteswap(inplace=True) is not x and x.byteswap(inplace=True) is x
    a.T.byteswap(inplace=True), a.byteswap(inplace=True)
    assert x.tobytes() == a.tobytes()


RESIZES = [(3, 2), 30, (5, 7), (0,), (2, 0, 3), (), (4, 6), (6, 4), 24, None, (-3,), "a", (1.5,)]


@pytest.mark.parametrize("shape", RESIZES, ids=str)
def test_resize(shape):
    """`resize` changes an array in place, in the order of its memory, with zeros behind."""
    def resized(v):
        v.resize(shape)
        return v
    for order in "CF":
        a, x = both("moderate", "d", (4, 6))
        assert_same_outcome(lambda: resized(x.copy(order)), lambda: resized(a.copy(order)), what=order, strides=True, match_message=not isinstance(shape, str))
    a, x = both("moderate", "d", (4, 6))
    a, x = a.copy(), x.copy()
    a.resize(5, 5, refcheck=False)
    x.resize(5, 5, refcheck=False)
    assert_same(x, a)


def test_resize_errors():
    """Views are not resized, nor arrays that views look at."""
    a, x = both("moderate", "d", (4, 6))
    a = a.copy()
    for bad in (lambda v: v[:, ::2].resize(3), lambda v: v.T.resize(3), lambda v: v.resize(1, 2, foo=3)):
        assert_raises_like(lambda: bad(x), lambda: bad(a), match_message=False)
    view = x[1:]
    with pytest.raises(ValueError, match="cannot resize an array that references or is referenced"):
        x.resize(3)
    x.resize(3, refcheck=False)
    assert_same(view, a[1:])


NUMBERS = {
    "divmod": lambda v: divmod(v, 3), "rdivmod": lambda v: divmod(7, v), "divmod self": lambda v: divmod(v, v + 1),
    "pow": lambda v: v**2, "rpow": lambda v: 2**v, "add list": lambda v: v + [1, 2, 3], "list add": lambda v: [1, 2, 3] + v, "tuple": lambda v: (1, 2, 3) - v, "nested": lambda v: v * [[1], [2]],
    "equal None": lambda v: v == None, "unequal None": lambda v: v != None, "equal text": lambda v: v == "a", "text unequal": lambda v: "a" != v, "equal bytes": lambda v: v == b"a",  # noqa: E711
    "equal list": lambda v: v == [1, 2, 3], "less list": lambda v: v < [1, 2, 3], "list less": lambda v: [1, 2, 3] < v, "matmul list": lambda v: v @ [1, 2, 3], "list matmul": lambda v: [1, 2, 3] @ v,
    "less None": lambda v: v < None, "plus None": lambda v: v + None, "plus object": lambda v: v + object(), "ragged": lambda v: v + [[1], [1, 2]], "pow mod": lambda v: pow(v, 2, 3),
    "shapes": lambda v: v == v[:2], "shapes add": lambda v: v + v[:2],
}


@pytest.mark.parametrize("case", NUMBERS)
def test_operators(case):
    """Operators with lists, None, text and numbers on either side."""
    for dtype in "hfd":
        a, x = np.array([1, 2, 3], dtype), cp.array([1, 2, 3], dtype)
        try:
            want = NUMBERS[case](a)
        except (TypeError, ValueError):
            assert_raises_like(lambda: NUMBERS[case](x), lambda: NUMBERS[case](a), match_message=False, what=case)
            continue
        got = NUMBERS[case](x)
        for g, w in zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]:
            assert_same(g, w, 0 if dtype == "h" else 1, case)


def test_in_place_with_lists():
    """In-place operators take lists and keep the array."""
    a, x = np.arange(6.0).reshape(2, 3), cp.arange(6.0).reshape(2, 3)
    y = x
    for one, other in ((a, [1, 2, 3]), (a, ((1,), (2,)))):
        a += other
        x += other
        a *= other
        x *= other
        assert x is y
        assert_same(x, one)
    i, j = np.arange(3), cp.arange(3)
    assert_raises_like(lambda: operator.iadd(j, [0.5] * 3), lambda: operator.iadd(i, [0.5] * 3))


def test_contains():
    """`in` compares, and what is no number is not in."""
    for dtype in "?hfD":
        a, x = both("small_int", dtype, (3, 4))
        for value in (0, 1, 77, 1.5, None, "a", [1, 0, 1, 0], a[0, 0], True):
            assert (value in x) is bool(value in a), value
    assert np.nan not in cp.full(3, np.nan)


def test_conjugate():
    """Real arrays are their own conjugates."""
    for dtype in DTYPES:
        a, x = both("any", dtype, (3, 4))
        for name in ("conj", "conjugate"):
            assert_same(getattr(x, name)(), getattr(a, name)())
            assert (getattr(x, name)() is x) == (getattr(a, name)() is a)


@pytest.mark.parametrize("layout", EVERY)
def test_reduced_view(layout):
    """`reduced_view` has the same elements along as few axes as strides allow."""
    a, x = laid_out(layout, "any", "d")
    view = x.reduced_view()
    assert_same(view.ravel(), a.ravel())
    assert view.ndim <= max(x.ndim, 1) and (not x.flags.c_contiguous or view.ndim <= 1)
    assert all(n != 1 for n in view.shape)


def test_reshape_arguments():
    """`reshape` takes a shape in every form."""
    a, x = both("any", "d", (4, 6))
    for call in (
        lambda v: v.reshape(24), lambda v: v.reshape((24,)), lambda v: v.reshape(-1, 3), lambda v: v.reshape([2, 12]), lambda v: v.reshape(2, -1, order="F"), lambda v: v.reshape((2, -1), order="A"),
        lambda v: v.T.reshape(-1, copy=False), lambda v: v.reshape(-1, copy=True), lambda v: v.reshape(None), lambda v: v.reshape(7, 5), lambda v: v.reshape(-1, -1), lambda v: v.reshape(),
        lambda v: v.reshape(-1, order="K"), lambda v: v.reshape("a"), lambda v: v.reshape(2.5, 1), lambda v: v.reshape(4, 6, foo=1), lambda v: v.reshape(np.int64(8), np.int8(3)),
    ):
        assert_same_outcome(lambda: call(x), lambda: call(a), match_message=False)


def test_assigning_shape():
    """A shape is assigned where strides allow."""
    a, x = both("any", "d", (4, 6))
    a = a.copy()
    for shape in ((24,), (2, -1), 24, (2, 2, 6)):
        a.shape = x.shape = shape
        assert_same(x, a, strides=True)
    for bad in ((7, 5), (-1, -1), "a"):
        assert_raises_like(lambda: setattr(x, "shape", bad), lambda: setattr(a, "shape", bad), match_message=bad != "a")
    with pytest.raises(AttributeError, match="Incompatible shape for in-place modification"):
        cp.zeros((4, 6)).T.shape = 24
    with pytest.raises(AttributeError):
        del x.shape


def test_real_and_imag():
    """Parts are views that can be assigned."""
    for dtype in DTYPES:
        a, x = both("any", dtype, (3, 4))
        a = a.copy()
        assert_same(x.real, a.real)
        assert_same(x.imag, a.imag)
        if dtype != "?":
            a.real = x.real = 1
        if dtype in "FD":
            a.imag = x.imag = [1, 2, 3, 4]
            a.T.imag[0] = x.T.imag[0] = 5
        else:
            assert_raises_like(lambda: setattr(x, "imag", 1), lambda: setattr(a, "imag", 1))
        assert_same(x, a)


def test_fill():
    """`fill` takes one number."""
    for dtype in "?hfD":
        a, x = both("any", dtype, (3, 4))
        a = a.copy()
        for value in (1, 0.0, True, np.float32(2.5) if dtype in "fD" else np.int8(3)):
            a.fill(value)
            x.fill(value)
            assert_same(x, a)
    x.fill(cp.asarray(7))
    a.fill(7)
    assert_same(x, a)
    assert_raises_like(lambda: cp.zeros(2).fill([1, 2]), lambda: np.zeros(2).fill([1, 2]))
    assert_raises_like(lambda: cp.zeros(2, "i1").fill(300), lambda: np.zeros(2, "i1").fill(300))


def test_array_api():
    """The array API's attributes."""
    x = cp.zeros((2, 3))
    assert x.__array_namespace__() is cp and x.__array_namespace__(api_version="2024.12") is cp
    with pytest.raises(ValueError, match='"1.0"'):
        x.__array_namespace__(api_version="1.0")
    assert x.to_device(x.device) is x and x.to_device(str(x.device)) is x
    assert_raises_like(lambda: cp.zeros(3).mT, lambda: np.zeros(3).mT)
    alias = cp.ndarray[tuple[int, ...], np.dtype[np.float64]]
    assert isinstance(alias, types.GenericAlias) and alias.__origin__ is cp.ndarray
    for bad in ((), (1, 2, 3)):
        with pytest.raises(TypeError, match="arguments for cuprous.ndarray"):
            cp.ndarray[bad]


def test_numpys_functions():
    """A function of NumPy on our arrays is ours of the same name; without one, no elements go to the host."""
    a, x = both("moderate", "d", (3, 4))
    assert_same(np.sum(x, axis=0), np.sum(a, axis=0), 8)
    assert_same(np.transpose(x), np.transpose(a))
    assert_same(np.reshape(x, -1), np.reshape(a, -1))
    assert type(np.where(x > 0, x, 0)) is cp.ndarray and type(np.zeros_like(x)) is cp.ndarray
    assert np.shape(x) == (3, 4) and np.ndim(x) == 2 and np.size(x) == 12
    with pytest.raises(TypeError):
        np.savetxt("/dev/null", x)
    with pytest.raises(TypeError):
        np.zeros(3)[:] = cp.ones(3)


def test_no_host_memory():
    """Nobody gets at the elements without saying so."""
    x = cp.zeros(3)
    for function in (memoryview, np.asarray, np.array, np.frombuffer):
        with pytest.raises(TypeError):
            function(x)
    with pytest.raises(TypeError, match="unhashable type"):
        {x: 1}


def test_methods_have_signatures():
    """Methods made from functions are described like NumPy's builtins."""
    assert str(inspect.signature(cp.ndarray.sum)).startswith("(self, /, axis=None, dtype=None, out=None")
    assert cp.ndarray.max.__name__ == "max" and cp.ndarray.max.__doc__.startswith("The largest element")
    assert type(cp.ndarray.sum) is type(list.append)
    x = cp.arange(6.0).reshape(2, 3)
    for bad in (lambda v: v.sum(1, 2, 3, 4, 5, 6, 7, 8), lambda v: v.sum(axes=1), lambda v: v.swapaxes(0), lambda v: v.max(0, axis=0)):
        with pytest.raises(TypeError):
            bad(x)
    with pytest.raises(TypeError, match="descriptor 'sum'"):
        cp.ndarray.sum(3)
    assert_same(cp.ndarray.sum(x, 0), np.arange(6.0).reshape(2, 3).sum(0))
    assert_same(x.sum(axis=1, keepdims=True, out=cp.zeros((2, 1))), np.array([[3.0], [12.0]]))
    out = cp.zeros(3)
    assert x.sum(0, out=out) is out and x.max(axis=0, out=(out,)) is out


class Counted(cp.ndarray):
    """Remembers where it comes from."""

    made = 0

    def __new__(cls, source, unit=None):
        self = cp.asarray(source).view(cls)
        self.unit = unit
        return self

    def __array_finalize__(self, obj):
        Counted.made += 1
        self.unit = getattr(obj, "unit", None)


def test_subclass():
    """Views, copies and results of a subclass are of it, and hear where they come from."""
    x = Counted([[1.0, 2, 3], [4, 5, 6]], "m")
    assert type(x) is Counted and x.unit == "m" and isinstance(x, cp.ndarray)
    for y in (x[0], x.T, x.reshape(3, 2), x.copy(), x + 1, 1 + x, x * cp.ones(3), cp.ones(3) * x, -x, x.astype("f"), x.sum(axis=0), x.ravel(), x > 1, x[..., None], x.mT, cp.sum(x, 0), cp.reshape(x, 6), x.conj(), x.flatten()):
        assert type(y) is Counted and y.unit == "m"
    assert x[1:].base is not None
    for y in (cp.asarray(x), cp.array(x), x.view(cp.ndarray), x.astype("d", subok=False)):
        assert type(y) is cp.ndarray
    assert_same(x.view(cp.ndarray), np.arange(1.0, 7).reshape(2, 3))
    plain = cp.zeros(3).view(Counted)
    assert type(plain) is Counted and plain.unit is None
    x += 1
    assert type(x) is Counted and x.unit == "m"


def test_subclass_with_constructor():
    """A subclass without `__new__` is made like an array and hears that it comes from none."""
    heard = []

    class Plain(cp.ndarray):
        def __array_finalize__(self, obj):
            heard.append(obj)

    x = Plain((2, 3), "f")
    assert type(x) is Plain and x.shape == (2, 3) and x.dtype == np.float32 and heard == [None]
    y = x[0]
    assert type(y) is Plain and heard[-1] is x and len(heard) == 2


def test_priority_of_subclasses():
    """Of two subclasses the result is of the one with the higher priority, of equal ones the left's."""
    class Low(cp.ndarray):
        __array_priority__ = 1.0

    class High(cp.ndarray):
        __array_priority__ = 200.0

    class Below(cp.ndarray):
        __array_priority__ = -1.0

    low, high, below = cp.ones(3).view(Low), cp.ones(3).view(High), cp.ones(3).view(Below)
    assert type(low + high) is High and type(high + low) is High and type(low + cp.ones(3)) is Low
    assert type(cp.add(low, high)) is High and type(cp.add(high, low)) is High and type(cp.add(cp.ones(3), low)) is Low
    # Plain arrays have priority 0, numbers none.
    assert type(below + cp.ones(3)) is cp.ndarray and type(cp.add(cp.ones(3), below)) is cp.ndarray
    assert type(below + 1) is Below and type(cp.add(1, below)) is Below and type(below + low) is Low


def wrapped_calls(xp):
    """What a subclass that wraps results itself is told of calls, and of which class it makes them."""
    told = []

    class Wrapping(xp.ndarray):
        def __array_wrap__(self, array, context=None, return_scalar=False):
            call = context and (context[0].__name__, [type(a).__name__ for a in context[1]], context[2])
            told.append((call, bool(return_scalar), array.shape))
            return ("wrapped", super().__array_wrap__(array, context, False))

    x, a = xp.arange(6.0).reshape(2, 3).view(Wrapping), xp.ones(3)
    results = [xp.add(x, 1), xp.add(a, x), xp.modf(x), xp.sin(x[0, :1].reshape(())), -x, x + a, a - x, x > 2, divmod(x, 2), x**2, x @ a,
               xp.add.reduce(x, axis=1), xp.add.reduce(x, axis=None), xp.add.accumulate(x), xp.add.reduceat(x, [0, 1], axis=1),
               xp.multiply.outer(a, x), xp.add(x, 1, subok=False), xp.maximum(x, x)]
    flat = [part for r in results for part in (r if isinstance(r, tuple) and not isinstance(r[0], str) else (r,))]
    return told, [(r[0], type(r[1]).__name__) if isinstance(r, tuple) else type(r).__name__ for r in flat]


def test_array_wrap():
    """An `__array_wrap__` of its own gets each result of a ufunc, method of a ufunc or operator, with the call."""
    (told, classes), (np_told, np_classes) = wrapped_calls(cp), wrapped_calls(np)
    assert told == np_told
    assert classes == np_classes


def test_ufuncs_of_subclasses():
    """Ufuncs called by name keep the subclass and what it adds, `subok=False` drops it, `out` is what it was."""
    x = Counted([[1.0, 2, 3], [4, 5, 6]], "m")
    made = [cp.add(x, 1), cp.add(1, x), cp.add(cp.ones(3), x), cp.sqrt(x), cp.greater(x, 2), *cp.modf(x), cp.add(x, x, dtype="f"), cp.add(x, 1, where=x > 1)]
    made += [cp.add.reduce(x), cp.add.reduce(x, axis=None), cp.add.accumulate(x), cp.add.reduceat(x, [0, 1]), cp.add.outer(x, [1, 2]), np.add(x, 1)]
    for y in made:
        assert type(y) is Counted and y.unit == "m"
    assert_same(made[0].view(cp.ndarray), np.arange(2.0, 8).reshape(2, 3))
    for y in (cp.add(x, 1, subok=False), *cp.modf(x, subok=False)):
        assert type(y) is cp.ndarray
    out = cp.zeros((2, 3))
    assert cp.add(x, 1, out=out) is out and cp.add(x, 1, x) is x and cp.add(cp.ones(3), 1, out=x) is x
    assert type(cp.add(cp.ones(3), 1)) is cp.ndarray
