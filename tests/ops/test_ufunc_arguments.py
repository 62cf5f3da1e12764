"""The keyword arguments of ufuncs against NumPy: out, where, dtype, casting, order."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_error, assert_same_outcome, assert_values, outcome, public_class, to_numpy
from support.tables import BINARY, ONE_RESULT, UFUNCS, char_for, pair_of, ulp_of
from support.values import DTYPES, LAZY_SIZE, both, laid_out, values

COMPARISONS = [name for name in ONE_RESULT if all(np.dtype(out).char == "?" for _, out in UFUNCS[name]["loops"])]
ARITHMETIC = [name for name in ONE_RESULT if name not in COMPARISONS]
CASTINGS = ["no", "equiv", "safe", "same_kind", "unsafe"]


def operands(name, dtype, shape):
    """NumPy's and cuprous's operands of a ufunc."""
    pairs = [both(d, dtype, shape, name, k) for k, d in enumerate(UFUNCS[name]["domain"])]
    return [x for x, _ in pairs], [y for _, y in pairs]


def call_with_out(f, args, out, **kwargs):
    """Calls with `out` and gives back what `out` holds, having checked that it is what is returned."""
    result = f(*args, out=out, **kwargs)
    assert result is out
    return out


@pytest.mark.parametrize("name", ONE_RESULT)
def test_out_dtypes(name):
    """`out` takes every dtype that the result casts to by same_kind, and raises NumPy's error for the others."""
    f, g = pair_of(name)
    for dtype in "bif":
        xs, ys = operands(name, dtype, (7, 9))
        for out_dtype in DTYPES:
            want, got = np.full((7, 9), 1, out_dtype), cp.asarray(np.full((7, 9), 1, out_dtype))
            what = f"{name}({dtype}, out={out_dtype})"
            _, want_error = outcome(call_with_out, g, xs, want)
            _, got_error = outcome(call_with_out, f, ys, got)
            if want_error is not None:
                assert_same_error(got_error, want_error, True, what)
                assert_same(got, np.full((7, 9), 1, out_dtype), 0, f"{what}: the refused out changed")
                continue
            assert got_error is None, f"{what}: {got_error!r}"
            assert got.dtype == np.dtype(out_dtype), what
            narrow = g(*xs).dtype
            if narrow.kind in "fc" and np.can_cast(narrow, out_dtype):
                # The result is rounded to its own dtype, in which its tolerance counts, and then widened.
                plain = to_numpy(got)
                assert np.array_equal(plain, plain.astype(narrow).astype(out_dtype), equal_nan=True), what
                assert_values(plain.astype(narrow), want.astype(narrow), ulp_of(name, dtype), what)
            else:
                assert_same(got, want, ulp_of(name, dtype), what)


@pytest.mark.parametrize("name", ONE_RESULT)
def test_out_layouts(name):
    """`out` may have any layout, and only its own elements change."""
    f, g = pair_of(name)
    xs, ys = operands(name, char_for(name, "f"), (70, 80))
    dtype = g(*xs).dtype
    for view in (lambda m: m[:70, :80], lambda m: m[:140:2, 5:85], lambda m: m[69::-1, 79::-1], lambda m: m.T[:70, :80], lambda m: m[10:80, 99:19:-1]):
        memory = values("moderate", dtype, (150, 100), name)
        on_device = cp.asarray(memory)
        memory = memory.copy()
        call_with_out(g, xs, view(memory))
        call_with_out(f, ys, view(on_device))
        assert_same(on_device, memory, ulp_of(name, char_for(name, "f")), f"{name} into a view")


@pytest.mark.parametrize("name", ONE_RESULT)
def test_out_forms(name):
    """`out` comes as an array, a tuple of one, None or positionally; other things are refused."""
    f, g = pair_of(name)
    xs, ys = operands(name, char_for(name, "f"), 30)
    want = g(*xs)
    for give in (lambda out: f(*ys, out=out), lambda out: f(*ys, out=(out,)), lambda out: f(*ys, out)):
        out = cp.asarray(np.zeros(30, want.dtype))
        assert give(out) is out
        assert_same(out, want, ulp_of(name, char_for(name, "f")), name)
    assert_same(f(*ys, out=None), want, ulp_of(name, char_for(name, "f")), name)
    for bad in (np.zeros(30, want.dtype), [0] * 30, 3):
        with pytest.raises(TypeError):
            f(*ys, out=bad)


@pytest.mark.parametrize("name", ONE_RESULT)
def test_out_shapes(name):
    """`out` may be larger by broadcasting, never smaller, with NumPy's words."""
    f, g = pair_of(name)
    xs, ys = operands(name, char_for(name, "f"), (4, 1, 5))
    dtype = g(*xs).dtype
    for shape in ((4, 1, 5), (4, 3, 5), (2, 4, 1, 5), (4, 5), (1, 1, 5), (5,), (), (4, 1, 6), (0,), (4, 0, 5)):
        want, got = np.zeros(shape, dtype), cp.asarray(np.zeros(shape, dtype))
        assert_same_outcome(lambda: call_with_out(f, ys, got), lambda: call_with_out(g, xs, want), ulp_of(name, char_for(name, "f")), what=f"{name} out{shape}")


@pytest.mark.parametrize("n", [50, LAZY_SIZE])
@pytest.mark.parametrize("name", ONE_RESULT)
def test_out_overlaps(name, n):
    """An `out` that overlaps the operands, exactly or shifted, gives what separate memory gives (rule 8)."""
    f, g = pair_of(name)
    row, two = UFUNCS[name], name in BINARY
    views = {
        "exact": (lambda m: m, lambda m: m),
        "shifted up": (lambda m: m[:-1], lambda m: m[1:]),
        "shifted down": (lambda m: m[1:], lambda m: m[:-1]),
        "reversed": (lambda m: m[::-1], lambda m: m),
        "every second": (lambda m: m[::2], lambda m: m[: (n + 1) // 2]),
        "spread": (lambda m: m[: (n + 1) // 2], lambda m: m[::2]),
    }
    for dtype in "id" if name in COMPARISONS else "d":
        domain = "small_int" if name == "power" else "moderate"
        for what, (read, write) in views.items():
            memory, on_device = both(domain, dtype, n, name, what)
            memory = memory.copy()
            other, y = both(row["domain"][-1], dtype, read(memory).shape, name)
            args, device_args = [read(memory)], [read(on_device)]
            if two:
                args, device_args = [*args, other], [*device_args, y]
            _, error = outcome(g, *args, out=write(memory))
            if error is None:
                f(*device_args, out=write(on_device))
            else:
                with pytest.raises(TypeError):
                    f(*device_args, out=write(on_device))
            assert_same(on_device, memory, ulp_of(name, dtype), f"{name} {what}")


@pytest.mark.parametrize("name", BINARY)
def test_out_overlaps_transposed(name):
    """An `out` that is the transposed of an operand reads every element before it is written (rule 8)."""
    f, g = pair_of(name)
    for n in (6, 64):
        memory, on_device = both("small_int", char_for(name, "f"), (n, n), name)
        memory = memory.copy()
        with np.errstate(all="ignore"):
            want = g(memory.T, memory)
        if want.dtype != memory.dtype:
            continue
        f(on_device.T, on_device, out=on_device)
        assert_same(on_device, want, ulp_of(name, char_for(name, "f")), f"{name} with its transposed")


@pytest.mark.parametrize("name", ONE_RESULT)
def test_where_with_out(name):
    """`where=` writes where the mask is true and keeps the rest of `out`, the mask broadcasting."""
    f, g = pair_of(name)
    for shape in ((9, 8), (90, 80)):
        xs, ys = operands(name, char_for(name, "f"), shape)
        dtype = g(*xs).dtype
        for mask_shape in (shape, shape[1:], (shape[0], 1), ()):
            mask, on_device = both("any", "?", mask_shape, name)
            want, got = both("moderate", dtype, shape, name, "old")
            want = want.copy()
            g(*xs, out=want, where=mask)
            assert f(*ys, out=got, where=on_device) is got
            assert_same(got, want, ulp_of(name, char_for(name, "f")), f"{name} where={mask_shape}")
        for mask in (True, False):
            want, got = both("moderate", dtype, shape, name, "old")
            want = want.copy()
            g(*xs, out=want, where=mask)
            f(*ys, out=got, where=mask)
            assert_same(got, want, ulp_of(name, char_for(name, "f")), f"{name} where={mask}")


@pytest.mark.parametrize("name", ONE_RESULT)
def test_where_without_out(name):
    """`where=` without `out` gives NumPy's values where the mask is true, and a mask may widen the shape."""
    f, g = pair_of(name)
    xs, ys = operands(name, char_for(name, "f"), (60,))
    mask, on_device = both("any", "?", (50, 60), name)
    want, got = g(*xs, out=None, where=mask), f(*ys, where=on_device)
    assert got.shape == want.shape and got.dtype == want.dtype
    blank = np.zeros((), want.dtype)
    # Elements where the mask is false are not defined.
    assert_same(cp.asarray(np.where(mask, to_numpy(got), blank)), np.where(mask, want, blank), ulp_of(name, char_for(name, "f")), name)


def test_where_errors():
    """A mask of another dtype or of a shape that does not fit raises NumPy's error."""
    x, y = both("any", "f", 4)
    for mask in (np.ones(4, "i"), np.ones(4, "d"), np.ones(3, "?")):
        assert_raises_like(lambda: cp.add(y, y, where=cp.asarray(mask)), lambda: np.add(x, x, out=None, where=mask))
    out, mine = both("any", "f", 4, "out")
    wide = np.ones((2, 4), "?")
    assert_raises_like(lambda: cp.add(y, y, out=mine, where=cp.asarray(wide)), lambda: np.add(x, x, out=out, where=wide))


@pytest.mark.parametrize("name", ONE_RESULT)
def test_where_overlaps(name):
    """A mask or an operand in the memory of `out` is read before it is written (rule 8)."""
    f, g = pair_of(name)
    if all(outs == "?" for _, outs in UFUNCS[name]["loops"]):
        # NumPy itself is wrong where it casts such results into an overlapping `out` of floats under a mask.
        memory, on_device = both("any", "?", LAZY_SIZE, name)
        memory = memory.copy()
        n = len(UFUNCS[name]["args"])
        g(*[memory[1:]] * n, out=memory[:-1], where=memory[::-1][1:])
        f(*[on_device[1:]] * n, out=on_device[:-1], where=on_device[::-1][1:])
    else:
        memory, on_device = both("small_int", char_for(name, "d"), LAZY_SIZE, name)
        memory = memory.copy()
        n = len(UFUNCS[name]["args"])
        mask, y = both("any", "?", LAZY_SIZE - 1, name)
        _, error = outcome(g, *[memory[1:]] * n, out=memory[:-1], where=mask)
        _, got = outcome(f, *[on_device[1:]] * n, out=on_device[:-1], where=y)
        # The dtype of the operands need not hold the result.
        assert public_class(got) is public_class(error) if error else got is None
    assert_same(on_device, memory, ulp_of(name, char_for(name, "d")), name)


@pytest.mark.parametrize("name", ARITHMETIC)
def test_dtype(name):
    """`dtype=` chooses the loop as in NumPy, or raises its error."""
    f, g = pair_of(name)
    for dtype in "?bBilfdF":
        domain = "small_int" if name == "power" else "positive" if name in ("log", "sqrt") else "moderate"
        pairs = [both(domain, dtype, 40, name, k) for k in range(len(UFUNCS[name]["args"]))]
        for wanted in DTYPES:
            ulp = ulp_of(name, dtype, wanted)
            what = f"{name}({dtype}, dtype={wanted})"
            assert_same_outcome(lambda: f(*[y for _, y in pairs], dtype=wanted), lambda: g(*[x for x, _ in pairs], dtype=wanted), ulp, what=what)


@pytest.mark.parametrize("name", COMPARISONS)
def test_dtype_of_comparisons(name):
    """`dtype=bool` is what comparisons give anyway."""
    f, g = pair_of(name)
    for dtype in "?bld":
        xs, ys = operands(name, dtype, 40)
        assert_same_outcome(lambda: f(*ys, dtype=bool), lambda: g(*xs, dtype=bool), 0, what=f"{name}({dtype}, dtype=bool)")


@pytest.mark.parametrize("name", ["add", "divide", "power", "sqrt", "exp", "maximum", "absolute", "negative"])
def test_casting(name):
    """`casting=` bounds the casts of operands and results as in NumPy."""
    f, g = pair_of(name)
    for casting in CASTINGS:
        for dtype in "bifd":
            for wanted in (None, *"bLfdF"):
                if name == "power" and wanted in ("b", "L"):
                    continue  # NumPy refuses negative integer exponents by their values, which cuprous never does (rule 22).
                domain = "small_int" if name == "power" else "positive"
                pairs = [both(domain, d, 40, name, k) for k, d in zip(range(len(UFUNCS[name]["args"])), (dtype, "f"))]
                ulp = ulp_of(name, dtype, wanted or dtype)
                what = f"{name}({dtype}, casting={casting}, dtype={wanted})"
                assert_same_outcome(
                    lambda: f(*[y for _, y in pairs], casting=casting, dtype=wanted),
                    lambda: g(*[x for x, _ in pairs], casting=casting, dtype=wanted), ulp, what=what,
                )
    x, y = both("positive", "f", 3)
    n = len(UFUNCS[name]["args"])
    assert_raises_like(lambda: f(*[y] * n, casting="loose"), lambda: g(*[x] * n, casting="loose"))


def test_casting_of_out():
    """`casting='unsafe'` lets a result into any `out`, by NumPy's casts."""
    a, x = both("moderate", "d", 3000)
    for dtype in DTYPES:
        # A float outside an unsigned type's range has no value that C defines.
        b, y = (np.abs(a), cp.absolute(x)) if np.dtype(dtype).kind == "u" else (a, x)
        want, got = np.zeros(3000, dtype), cp.zeros(3000, dtype)
        np.add(b, b, out=want, casting="unsafe")
        cp.add(y, y, out=got, casting="unsafe")
        assert_same(got, want, 0, f"out={dtype}")
        for casting in CASTINGS:
            assert_same_outcome(lambda: cp.add(y, y, out=got, casting=casting), lambda: np.add(b, b, out=want, casting=casting), what=f"{dtype} {casting}")


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
@pytest.mark.parametrize("name", ["add", "less", "sqrt", "negative"])
def test_order(name, order):
    """`order=` lays the result out as in NumPy."""
    f, g = pair_of(name)
    for layout in ("contiguous", "transposed", "permuted", "negative", "strided", "row", "five_axes", "lazy_transposed"):
        a, x = laid_out(layout, "positive", "f", name)
        n = len(UFUNCS[name]["args"])
        assert_same(f(*[x] * n, order=order), g(*[a] * n, order=order), ulp_of(name, "f"), f"{name} {layout} {order}", strides=True)
    if n == 2:
        (a, x), (b, y) = laid_out("transposed", "any", "f", 1), laid_out("contiguous", "any", "f", 2)
        assert_same(f(x, y, order=order), g(a, b, order=order), 0, f"{name} mixed {order}", strides=True)


def test_order_errors():
    """An unknown order raises as in NumPy."""
    x, y = both("any", "f", 4)
    assert_raises_like(lambda: cp.add(y, y, order="Z"), lambda: np.add(x, x, order="Z"))


def test_dtype_errors():
    """What is no dtype, or one that cuprous does not have, raises TypeError."""
    y = cp.ones(3)
    for dtype in ("nonsense", "M8[s]", "S3", "O", "g"):
        with pytest.raises(TypeError):
            cp.add(y, y, dtype=dtype)


def test_refused_calls_leave_everything_usable():
    """After a refused call the operands and `out` hold what they held."""
    a, x = both("any", "d", 3000)
    out, mine = both("any", "i", 3000)
    _, want = outcome(np.add, a, a, out=out)
    _, got = outcome(cp.add, x, x, out=mine)
    assert_same_error(got, want)
    assert_same(mine, out)
    assert_same(x + 1, a + 1)
