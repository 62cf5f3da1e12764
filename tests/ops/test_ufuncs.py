"""Every ufunc of the registry against NumPy: dtypes, Python scalars, layouts, exceptions."""

import warnings

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome, to_numpy
from support.tables import char_for, BINARY, ONE_RESULT, PROMISED_REDUCTIONS, PROMISED_SCANS, PROMISED_UFUNCS, REDUCTIONS, REGISTRY, SCANS, UFUNCS, UNARY, pair_of, reference, ulp_of
from support.values import BROADCASTING, DTYPES, LAYOUTS, LAZY_SIZE, OTHER, both, laid_out, values

# One of each kind and width that promotes in its own way; with all 14 on the other side.
PARTNERS = "?bBhIlLefdFD"
SCALARS = [True, 0, 3, -1, 127, 128, 255, 256, -129, 40000, 2**31, 2**40, 2**63, 2**64, -(2**63) - 1, 10**30,
           0.5, -2.0, 1e10, 1e300, float("nan"), float("inf"), 2 + 0.5j]


def domains(name):
    """The domains of a ufunc's arguments."""
    return UFUNCS[name]["domain"]


def test_promised_tables_are_there():
    """The registry holds everything that the tests below are generated for."""
    assert set(PROMISED_UFUNCS) <= set(UFUNCS)
    assert set(PROMISED_REDUCTIONS) <= set(REDUCTIONS)
    assert set(PROMISED_SCANS) <= set(SCANS)
    assert "where" in {row["name"] for row in REGISTRY["ufuncs"]}
    for row in UFUNCS.values():
        assert len(row["domain"]) == len(row["args"]) and row["n_outs"] in (1, 2)


@pytest.mark.parametrize("name", UFUNCS)
def test_loops_are_numpys(name):
    """The registry's loops have NumPy's result dtypes, and none is listed twice."""
    def canonical(loop):
        return tuple("".join(np.dtype(c).char for c in part) for part in loop)

    mine = {canonical(loop) for loop in UFUNCS[name]["loops"]}
    for ins, out in mine:
        arrays = [values(d, c, 4) for d, c in zip(domains(name), ins)]
        results = reference(UFUNCS[name])(*arrays)
        results = results if isinstance(results, tuple) else (results,)
        assert "".join(r.dtype.char for r in results) == out, (ins, out)
    assert len(mine) == len(UFUNCS[name]["loops"]), "a loop is listed twice"


@pytest.mark.parametrize("name", UFUNCS)
def test_identity(name):
    """The identity is NumPy's."""
    assert repr(UFUNCS[name]["identity"]) == repr(reference(UFUNCS[name]).identity)
    assert repr(getattr(cp, name).identity) == repr(reference(UFUNCS[name]).identity)
    for alias in UFUNCS[name]["aliases"]:
        assert getattr(cp, alias) is getattr(cp, name) and getattr(np, alias) is reference(UFUNCS[name])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_unary_dtypes(name, dtype):
    """A unary ufunc gives NumPy's dtype and values, or its exception, at once and lazily."""
    f, g = pair_of(name)
    for n in (300, LAZY_SIZE):
        x, y = both(domains(name)[0], dtype, n, name)
        assert_same_outcome(lambda: f(y), lambda: g(x), ulp_of(name, dtype), what=f"{name}({dtype}[{n}])")


@pytest.mark.parametrize("left", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_binary_dtypes(name, left):
    """A binary ufunc gives NumPy's dtype and values, or its exception, for every pair of dtypes."""
    f, g = pair_of(name)
    for right in PARTNERS:
        for n in (257, LAZY_SIZE if right in "?lfF" else 64):
            (a, x), (b, y) = both(domains(name)[0], left, n, name, "left"), both(domains(name)[1], right, n, name, "right")
            ulp = ulp_of(name, left, right)
            assert_same_outcome(lambda: f(x, y), lambda: g(a, b), ulp, what=f"{name}({left}, {right})[{n}]")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_python_scalars(name, dtype):
    """Python numbers are weak on both sides, and integers beyond the dtype raise NumPy's OverflowError."""
    f, g = pair_of(name)
    x, y = both("small_int" if name == "power" else domains(name)[0], dtype, 120, name)
    for s in SCALARS:
        if (name.startswith("logical") or name == "ldexp") and isinstance(s, int) and abs(s) >= 2**63:
            continue  # NumPy stumbles over the conversion to a C long, whatever the dtype.
        if name in ("power", "float_power") and (s == 10**30 or isinstance(s, (int, float)) and not isinstance(s, bool) and not -6 < s < 6):
            continue
        ulp = ulp_of(name, dtype, type(s)) or (1 if name == "power" and isinstance(s, (float, complex)) else 0)
        assert_same_outcome(lambda: f(y, s), lambda: g(x, s), ulp, what=f"{name}({dtype}, {s!r})")
        if name != "power" or not (isinstance(s, int) and s < 0):
            assert_same_outcome(lambda: f(s, y), lambda: g(s, x), ulp, what=f"{name}({s!r}, {dtype})")


@pytest.mark.parametrize("name", BINARY)
def test_numpy_scalars_are_strong(name):
    """A NumPy scalar takes part with its dtype, and so does a 0-d array."""
    f, g = pair_of(name)
    for dtype in "Bifd":
        x, y = both("small_int", dtype, 50, name)
        for s in (np.float64(2), np.int16(3), np.uint8(1), np.float32(0.5), np.bool_(True), np.complex64(1 + 1j)):
            ulp = ulp_of(name, dtype, s.dtype)
            assert_same_outcome(lambda: f(y, s), lambda: g(x, s), ulp, what=f"{name}({dtype}, {s!r})")
            assert_same_outcome(lambda: f(y, cp.asarray(s)), lambda: g(x, s), ulp, what=f"{name}({dtype}, 0-d {s!r})")


def layout_dtypes(name):
    """Dtypes for the layout tests: narrow, wide and complex ones that the ufunc has."""
    kept = []
    for c in "bfdF":
        try:
            reference(UFUNCS[name])(*[np.ones(1, c)] * len(domains(name)))
            kept.append(c)
        except TypeError:
            pass
    return kept


@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
@pytest.mark.parametrize("name", UNARY)
def test_unary_layouts(name, layout):
    """Any memory layout gives the same values, and a result laid out like NumPy's."""
    f, g = pair_of(name)
    for dtype in layout_dtypes(name):
        x, y = laid_out(layout, domains(name)[0], dtype, name)
        assert_same(f(y), g(x), ulp_of(name, dtype), f"{name}({layout} {dtype})", strides=True)


@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("name", BINARY)
def test_binary_layouts(name, left):
    """Every pair of layouts gives the same values, and a result laid out like NumPy's."""
    f, g = pair_of(name)
    for dtype in layout_dtypes(name)[:3]:
        a, x = laid_out(left, domains(name)[0], dtype, name, 1)
        for right in [*LAYOUTS, *BROADCASTING]:
            b, y = laid_out(right, domains(name)[1], dtype, name, 2)
            what = f"{name}({left} {dtype}, {right} {dtype})"
            assert_same(f(x, y), g(a, b), ulp_of(name, dtype), what, strides=True)
            if name != "power":
                assert_same(f(y, x), g(b, a), ulp_of(name, dtype), f"swapped {what}", strides=True)


@pytest.mark.parametrize("layout", OTHER)
@pytest.mark.parametrize("name", BINARY)
def test_binary_other_layouts(name, layout):
    """Two operands of one unusual layout, mixed dtypes included."""
    f, g = pair_of(name)
    for left, right in ("ff", "bb", "hd", "df"):
        if name in ("power",) and left in "bh":
            right = left
        a, x = laid_out(layout, domains(name)[0], left, name, 1)
        b, y = laid_out(layout, domains(name)[1], right, name, 2)
        what = f"{name}({layout} {left}, {layout} {right})"
        if assert_same_outcome(lambda: f(x, y), lambda: g(a, b), ulp_of(name, left, right), what=what):
            assert_same(f(x, y), g(a, b), ulp_of(name, left, right), what, strides=True)


@pytest.mark.parametrize("name", BINARY)
def test_broadcasting(name):
    """Shapes broadcast as NumPy's do, empty and 0-d ones included, and misfits raise its words."""
    f, g = pair_of(name)
    shapes = [(), (1,), (3,), (4,), (0,), (2, 3), (2, 1), (1, 3), (0, 3), (4, 1, 3), (4, 2, 1), (1, 1, 1), (5, 1, 2, 1)]
    for left in shapes:
        for right in shapes:
            (a, x), (b, y) = both(domains(name)[0], char_for(name, "f"), left, 1), both(domains(name)[1], char_for(name, "f"), right, 2)
            assert_same_outcome(lambda: f(x, y), lambda: g(a, b), ulp_of(name, char_for(name, "f")), what=f"{name}{left}{right}")


@pytest.mark.parametrize("name", ONE_RESULT)
def test_many_axes(name):
    """64 axes are computed, and one more cannot be made."""
    f, g = pair_of(name)
    shape = (1,) * 30 + (2,) * 3 + (1,) * 30 + (3,)
    arrays = [both(d, char_for(name, "f"), shape, name, k) for k, d in enumerate(domains(name))]
    assert_same(f(*[y for _, y in arrays]), g(*[x for x, _ in arrays]), ulp_of(name, char_for(name, "f")), name)


@pytest.mark.parametrize("name", ONE_RESULT)
def test_element_values_never_warn(name):
    """No element value raises or warns (rule 22)."""
    f, g = pair_of(name)
    for dtype in "bLfd":
        arrays = [both("small_int" if name == "power" else "any", dtype, 200, name, k) for k in range(len(domains(name)))]
        try:
            want = g(*[x for x, _ in arrays])
        except TypeError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            got = f(*[y for _, y in arrays])
            out = to_numpy(got)
        assert out.dtype == want.dtype
        if dtype in "bL" and want.dtype.kind in "biu":
            assert_same(got, want, 0, f"{name}({dtype})")


def test_integer_division_by_zero():
    """An integer divided by zero is zero, and the lowest by -1 wraps, as in NumPy (rule 22)."""
    for dtype in "bBhHiIlL":
        info = np.iinfo(dtype)
        a = np.array([5, 0, info.max, info.min, info.min, 7], dtype)
        b = np.array([0, 0, 0, 0, info.max if info.min == 0 else -1, 2], dtype)
        for name in ("floor_divide", "remainder", "divide"):
            f, g = pair_of(name)
            assert_same(f(cp.asarray(a), cp.asarray(b)), g(a, b), 0, f"{name} {dtype}")


def test_negative_integer_powers():
    """Negative integer Python exponents raise NumPy's ValueError, negative elements of an array never do (rule 22)."""
    x, y = both("moderate", "i", 10)
    assert_raises_like(lambda: cp.power(y, -1), lambda: np.power(x, -1))
    to_numpy(cp.power(y, cp.asarray(np.full(10, -1, "i"))))


@pytest.mark.parametrize("name", ONE_RESULT)
def test_scalars_alone_give_0d_arrays(name):
    """Ufuncs of Python numbers give 0-d device arrays."""
    f, g = pair_of(name)
    for s in (2, 2.5, True, 1 + 2j):
        args = [s] * len(domains(name))
        ulp = ulp_of(name, type(s)) or (1 if name == "power" else 0)
        assert_same_outcome(lambda: f(*args), lambda: g(*args), ulp, what=f"{name}{tuple(args)}")


@pytest.mark.parametrize("name", UFUNCS)
def test_wrong_arguments(name):
    """Too few and too many arguments, and what is no number, raise TypeError."""
    f, _ = pair_of(name)
    x = cp.asarray(np.ones(3))
    n = len(domains(name))
    for args in ([], [x] * (n + 3), [None] * n, ["a"] * n, [object()] * n, [np.ones(3)] * n):
        with pytest.raises(TypeError):
            f(*args)
    with pytest.raises(TypeError):
        f(*[x] * n, surprise=1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_where(dtype):
    """`where` selects, promoting its two values among themselves and taking any condition."""
    condition, on_device = both("any", "?", (20, 30), "condition")
    a, x = laid_out("transposed", "any", dtype, 1)
    for right in DTYPES:
        b, y = laid_out("negative", "any", right, 2)
        assert_same(cp.where(on_device, x, y), np.where(condition, a, b), 0, f"where({dtype}, {right})")
    for s in (2, 0.5, 1j, True):
        assert_same(cp.where(on_device, x, s), np.where(condition, a, s), 0, f"where({dtype}, {s})")
        assert_same(cp.where(on_device, s, x), np.where(condition, s, a), 0, f"where({s}, {dtype})")
    # A number as the condition is true where it is not zero: NaN is.
    c, z = laid_out("strided", "any", dtype, 3)
    assert_same(cp.where(z, x, x), np.where(c, a, a), 0, f"where on {dtype}")
    for left, middle, right in (("row", "column", "0-d"), ("vector", "upright", "contiguous"), ("lazy", "lazy_negative", "lazy_strided")):
        (c, z), (a, x), (b, y) = laid_out(left, "any", "?", 4), laid_out(middle, "any", dtype, 5), laid_out(right, "any", dtype, 6)
        assert_same(cp.where(z, x, y), np.where(c, a, b), 0, f"where of {left}, {middle}, {right}")


def test_where_errors():
    """`where` refuses misfits with NumPy's words, and one value without the other; numbers out of range as NumPy."""
    c, z = both("any", "?", 3)
    a, x = both("any", "f", 4)
    assert_raises_like(lambda: cp.where(z, x, x), lambda: np.where(c, a, a))
    assert_raises_like(lambda: cp.where(z, z), lambda: np.where(c, c))
    b, y = both("any", "b", 3)
    assert_same_outcome(lambda: cp.where(z, y, 300), lambda: np.where(c, b, 300))
