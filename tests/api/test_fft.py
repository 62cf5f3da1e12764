"""Fourier transforms against NumPy: dtypes, lengths, axes, layouts, norms, out=, and the words of errors."""

import math
import warnings

import cuprous as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calls import check_call, source_of
from support.compare import ZEROS_ALIKE, assert_same, assert_same_error, order_of, outcome, to_numpy

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
TWO = ("fft2", "ifft2", "rfft2", "irfft2")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn")
REAL_ONLY = ("rfft", "ihfft", "rfft2", "rfftn")
REAL_RESULT = ("irfft", "hfft", "irfft2", "irfftn")
LENGTHS = (1, 2, 3, 5, 16, 17, 60, 97, 128, 1000, 1009)
DTYPES = ("?", "b", "u1", "h", "u2", "i", "u4", "q", "u8", "e", "f", "d", "F", "D")
NORMS = (None, "backward", "ortho", "forward")


def sample(shape, dtype, seed=0):
    """Numbers of a dtype; floats around zero."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(0, 100, shape).astype(dtype)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape)).astype(dtype) if dtype.kind == "c" else x.astype(dtype)


def taken(x, name):
    """What a function may be asked to transform: only real numbers, for some."""
    return x.real if name in REAL_ONLY else x


def n_points(name, x, got):
    """How many elements are added up in an element of the result."""
    return max(x.size, got.size, 2)


def assert_close(got, want, x, name, what, strides=True):
    """Checks a transform within the bound of the algorithm.

    Each of the log2(n) stages rounds a few times, in proportion to the largest magnitudes that it meets: those of the
    result. Chirps and primes take two or three transforms of more than twice the length. NumPy's own error is as large.
    """
    assert isinstance(got, cp.ndarray), what
    host = to_numpy(got)
    assert host.dtype == want.dtype, f"{what}: {host.dtype}, NumPy has {want.dtype}"
    assert host.shape == want.shape, f"{what}: {host.shape}, NumPy has {want.shape}"
    if strides:
        assert order_of(got) == order_of(want), f"{what}: strides {got.strides}, NumPy has {want.strides}"
    if want.size == 0:
        return
    n = n_points(name, x, want)
    eps = np.finfo(want.dtype).eps
    # The largest magnitude that can come of the input's power, which bounds all stages.
    largest = np.abs(want.astype(np.clongdouble)).max()
    bound = 4 * eps * max(1.0, math.log2(n)) * largest
    error = np.abs(host.astype(np.clongdouble) - want.astype(np.clongdouble)).max()
    assert error <= bound, f"{what}: error {error:.3g} above {bound:.3g}"


def check(name, x, what="", layout=np.asarray, strides=True, **arguments):
    """One function of both on the same array."""
    want = getattr(np.fft, name)(layout(x), **arguments)
    got = getattr(cp.fft, name)(layout_of(x, layout), **arguments)
    assert_close(got, want, x, name, f"{name} of {x.dtype} {x.shape} {arguments} {what}", strides)


def layout_of(x, layout):
    """The same view of an array of cuprous."""
    return layout(cp.asarray(x)) if layout is not np.asarray else cp.asarray(x)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", ONE)
def test_lengths_and_dtypes(name, n):
    for dtype in "fdFD":
        x = taken(sample(n, dtype, n), name)
        if name in ("irfft", "hfft") and n == 1:
            check(name, x, n=1)
            continue
        for norm in NORMS:
            check(name, x, norm=norm)
        if name in ("irfft", "hfft"):
            check(name, x, n=2 * n - 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ONE + TWO + SEVERAL)
def test_every_dtype(name, dtype):
    x = sample((4, 6), dtype)
    if name in REAL_ONLY and x.dtype.kind == "c":
        with pytest.raises(TypeError):
            getattr(cp.fft, name)(cp.asarray(x))
        return
    if dtype == "e" and "i" in name:
        # NumPy rounds the factor 1 / n to float16 first: its results are those of single precision times that.
        want = getattr(np.fft, name)(x.astype("f"))
        want = want.astype("e") if name in ("irfft", "hfft") else want
        assert_close(getattr(cp.fft, name)(cp.asarray(x)), want, x, name, name)
        return
    check(name, x)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 11, 12, 20, 64])
def test_lines_are_cropped_and_padded(name, n):
    for axis in (0, 1, -1):
        for dtype in "idF":
            x = taken(sample((11, 12), dtype), name)
            check(name, x, n=n, axis=axis)
            check(name, x, n=n, axis=axis, norm="ortho")


LAYOUTS = {
    "c": lambda x: x,
    "f": lambda x: x.T,
    "permuted": lambda x: x.transpose(1, 2, 0),
    "every second": lambda x: x[::2, :, ::2],
    "backwards": lambda x: x[::-1, :, ::-1],
    "odd start": lambda x: x[:, 1:, 1:],
    "a part": lambda x: x[1:, :, :5],
    "one line": lambda x: x[0, :, :],
    "short axis": lambda x: x[:, :1, :],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ONE + SEVERAL)
def test_layouts_and_axes(name, layout):
    view = LAYOUTS[layout]
    for dtype in "fD":
        x = taken(sample((6, 5, 8), dtype), name)
        n_axes = view(x).ndim
        for axis in range(n_axes):
            if name in REAL_RESULT and view(x).shape[axis] == 1:
                continue
            how = {"axis": axis} if name in ONE else {"axes": (axis,)}
            check(name, x, layout, layout=view, strides=layout != "short axis", **how)


@pytest.mark.parametrize("dtype", "fD")
@pytest.mark.parametrize("name", ONE)
def test_many_lines_along_any_axis(name, dtype):
    for shape in [(40, 33, 3), (3, 40, 33), (700, 9), (9, 700), (2, 3, 4, 5, 6), (1, 300), (300, 1), (20, 2, 70)]:
        x = taken(sample(shape, dtype), name)
        for axis in range(len(shape)):
            if name in REAL_RESULT and shape[axis] == 1:
                continue
            check(name, x, axis=axis)


@pytest.mark.parametrize("name", ONE)
def test_repeated_elements(name):
    x = taken(sample((1, 9), "D"), name)
    view = lambda xp, a: xp.broadcast_to(a, (4, 9))  # noqa: E731
    want = getattr(np.fft, name)(view(np, x))
    got = getattr(cp.fft, name)(view(cp, cp.asarray(x)))
    assert_close(got, want, x, name, name)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", SEVERAL)
def test_several_axes(name, norm):
    for dtype in "fdFD":
        for shape in [(8, 6), (5, 7), (4, 3, 6), (3, 4, 5, 6), (17,), (16, 1, 4), (1, 5)]:
            x = taken(sample(shape, dtype), name)
            check(name, x, norm=norm)
    x = taken(sample((4, 3, 6, 5), "D"), name)
    for axes in [(0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (1, 2, 3), (3, 1, 0), (-1, 0), (0, 1, 2, 3), (2,), (1, 2)]:
        check(name, x, axes=axes, norm=norm)
        check(name, x, layout=lambda x: x.transpose(3, 2, 1, 0), axes=axes, norm=norm)


@pytest.mark.parametrize("name", SEVERAL)
def test_axes_that_come_twice(name):
    x = taken(sample((4, 6), "D"), name)
    for axes in [(0, 0), (1, 1), (0, 1, 0), (1, -1, 0)]:
        check(name, x, axes=axes)
        check(name, x, axes=axes, norm="ortho")


@pytest.mark.parametrize("name", SEVERAL + TWO)
def test_lengths_of_several_axes(name):
    for dtype in "iF":
        x = taken(sample((5, 6, 7), dtype), name)
        for s in [(4, 8), (6, 7), (7, 3), (-1, 8), (8, -1), (1, 4), (4, 1), (1, 1), [3, 3]]:
            check(name, x, s=s, axes=(1, 2))
            check(name, x, s=s, axes=(2, 0), norm="forward")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        check(name, x, s=(4, 3), axes=None)
        check(name, x, s=(None, 3), axes=(0, 1))
        check(name, x, s=(4, None), axes=(0, 2))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", TWO)
def test_two_axes(name, norm):
    for dtype in "fD":
        x = taken(sample((3, 8, 10), dtype), name)
        check(name, x, norm=norm)
        check(name, x, norm=norm, axes=(0, 1))
        check(name, x, norm=norm, axes=None)


@pytest.mark.parametrize("name", ("irfft", "hfft", "irfftn", "irfft2"))
def test_what_is_imaginary_and_does_not_count(name):
    """The first element of a half line, and the middle one of even lines, are taken as real."""
    for shape in [(4, 5), (3, 1, 7)]:
        x = sample(shape, "D") + 100j
        for n in (2, 3, 7, 8, 9, 12):
            if name in ONE:
                check(name, x, n=n)
                check(name, x, n=n, axis=0)
            else:
                check(name, x, s=(4, n), axes=(0, -1))


@pytest.mark.parametrize("name", ONE + SEVERAL)
def test_the_argument_stays_as_it_was(name):
    x = taken(sample((6, 8), "D"), name)
    a = cp.asarray(x)
    getattr(cp.fft, name)(a)
    assert_same(a, x, what=name)
    pending = a + 1
    first, second = getattr(cp.fft, name)(pending), getattr(cp.fft, name)(pending)
    assert_same(pending, x + 1, what=name)
    assert_same(second, to_numpy(first), what=name)


@pytest.mark.parametrize("name", ONE + SEVERAL)
def test_results_are_used_at_once(name):
    x = taken(sample((6, 8), "D"), name)
    want = getattr(np.fft, name)(x * 2, norm="ortho") * 3 + 1
    got = getattr(cp.fft, name)(cp.asarray(x) * 2, norm="ortho") * 3 + 1
    assert_close(got, want, x, name, name)


@pytest.mark.parametrize("dtype", "fdFD")
def test_there_and_back(dtype):
    x = sample((7, 30), dtype)
    a = cp.asarray(x)
    pairs = [("fft", "ifft", {}), ("fftn", "ifftn", {}), ("fft2", "ifft2", {})]
    if x.dtype.kind == "f":
        pairs += [("rfft", "irfft", {"n": 30}), ("ihfft", "hfft", {"n": 30}), ("rfftn", "irfftn", {"s": (7, 30), "axes": (0, 1)})]
    for there, back, size in pairs:
        for norm in NORMS:
            got = to_numpy(getattr(cp.fft, back)(getattr(cp.fft, there)(a, norm=norm), norm=norm, **size))
            assert np.abs(got - x).max() <= 40 * np.finfo(x.dtype).eps * np.abs(x).max(), (there, norm)


@pytest.mark.parametrize("name", ("fft", "ifft", "rfft", "irfft", "ihfft", "fftn", "ifftn", "rfftn", "irfftn", "fft2", "rfft2"))
def test_out(name):
    x = taken(sample((6, 8), "D"), name)
    shape = getattr(np.fft, name)(x).shape
    dtypes = "fd" if name in REAL_RESULT else "FD"
    for dtype in dtypes:
        for order in "CF":
            want, got = np.zeros(shape, dtype, order), cp.zeros(shape, dtype, order)
            result = getattr(cp.fft, name)(cp.asarray(x), out=got)
            getattr(np.fft, name)(x, out=want)
            assert result is got
            assert_close(got, want, x, name, f"{name} out={dtype}{order}")
    view = cp.zeros((2 * shape[0], shape[1]), dtypes[1])
    getattr(cp.fft, name)(cp.asarray(x), out=view[::2])
    assert_close(view[::2], getattr(np.fft, name)(x), x, name, name, strides=False)
    assert not to_numpy(view[1::2]).any()


def test_out_is_the_argument():
    x = sample((6, 8), "D")
    a, b = cp.asarray(x), np.array(x)
    cp.fft.fft(a, out=a)
    np.fft.fft(b, out=b)
    assert_close(a, b, x, "fft", "in place")


def test_out_where_numpy_forgets_it():
    """hfft, ifft2 and irfft2 have the argument in NumPy too, but leave it as it is."""
    x = sample((6, 8), "D")
    for name in ("hfft", "ifft2", "irfft2"):
        want = getattr(np.fft, name)(x)
        out = cp.zeros(want.shape, want.dtype)
        assert getattr(cp.fft, name)(cp.asarray(x), out=out) is out
        assert_close(out, want, x, name, name)


def test_out_is_broadcast_to():
    x = sample((1, 3), "d")
    want, got = np.empty((4, 3), "D"), cp.empty((4, 3), "D")
    np.fft.fft(x, out=want)
    cp.fft.fft(cp.asarray(x), out=got)
    assert_close(got, want, x, "fft", "broadcast")


EMPTY = [
    lambda xp: xp.fft.fft(xp.zeros((0, 3))),
    lambda xp: xp.fft.rfft(xp.zeros((0, 3), "f")),
    lambda xp: xp.fft.irfft(xp.zeros((0, 3), "e")),
    lambda xp: xp.fft.fftn(xp.zeros((2, 0, 3)), axes=(0, 2)),
    lambda xp: xp.fft.irfftn(xp.zeros((2, 0, 3)), axes=(0, 2)),
    lambda xp: xp.fft.fft(xp.zeros(0), n=3),
    lambda xp: xp.fft.rfft(xp.zeros((2, 0)), n=4),
    lambda xp: xp.fft.fftn(xp.zeros((2, 3)), axes=()),
    lambda xp: xp.fft.fftn(xp.zeros((2, 3), "i"), s=(), axes=()),
]


@pytest.mark.parametrize("call", EMPTY, ids=source_of)
def test_empty_arrays(call):
    assert_same(call(cp), call(np), ulp=ZEROS_ALIKE)


def test_no_axes():
    assert_same(cp.fft.fftn(cp.asarray(3)), np.fft.fftn(np.array(3)))
    assert_same(cp.fft.ifftn(cp.asarray(3.0)), np.fft.ifftn(np.array(3.0)))


def one(xp, *shape, dtype="d"):
    return xp.ones(shape, dtype)


BAD = [
    lambda xp: xp.fft.fft(xp.ones(())),
    lambda xp: xp.fft.irfft(xp.ones(())),
    lambda xp: xp.fft.hfft(xp.ones(())),
    lambda xp: xp.fft.rfftn(xp.ones(())),
    lambda xp: xp.fft.irfftn(xp.ones(())),
    lambda xp: xp.fft.fftn(xp.ones(()), axes=(0,)),
    lambda xp: xp.fft.fft2(xp.ones(3)),
    lambda xp: xp.fft.irfft2(xp.ones(3)),
    lambda xp: xp.fft.rfftn(one(xp, 2, 3), axes=()),
    lambda xp: xp.fft.fftn(one(xp, 2, 3), axes=(0, 5)),
    lambda xp: xp.fft.fftn(one(xp, 2, 3), s=(2, 2), axes=(0, 5)),
    lambda xp: xp.fft.fftn(one(xp, 2, 3), s=(2, -1), axes=(0, 5)),
    lambda xp: xp.fft.fftn(one(xp, 2, 3), s=(2, 2, 2), axes=(0, 1)),
    lambda xp: xp.fft.fftn(one(xp, 2, 3), s=(2, 0), axes=(0, 1)),
    lambda xp: xp.fft.rfftn(one(xp, 2, 3), s=(-2, 0), axes=(0, 1)),
    lambda xp: xp.fft.irfftn(one(xp, 2, 3), s=(-2, 0), axes=(0, 1)),
    lambda xp: xp.fft.irfftn(one(xp, 2, 1)),
    lambda xp: xp.fft.irfftn(one(xp, 2, 0)),
    lambda xp: xp.fft.fft(one(xp, 3), axis=2),
    lambda xp: xp.fft.fft(one(xp, 3), axis=-2),
    lambda xp: xp.fft.fft(one(xp, 3), n=2, axis=2),
    lambda xp: xp.fft.hfft(one(xp, 3), axis=4),
    lambda xp: xp.fft.fft(one(xp, 3), n=0),
    lambda xp: xp.fft.rfft(one(xp, 3), n=-5),
    lambda xp: xp.fft.fft(xp.ones(0)),
    lambda xp: xp.fft.irfft(one(xp, 1)),
    lambda xp: xp.fft.irfft(xp.ones(0)),
    lambda xp: xp.fft.fft(one(xp, 3), norm="x"),
    lambda xp: xp.fft.ifft(one(xp, 3), norm="x"),
    lambda xp: xp.fft.hfft(one(xp, 3), norm="x", n=0),
    lambda xp: xp.fft.ihfft(one(xp, 3), norm="x"),
    lambda xp: xp.fft.irfft(one(xp, 3), norm="x", n=0),
    lambda xp: xp.fft.irfft(one(xp, 3), norm="x"),
    lambda xp: xp.fft.fft(one(xp, 3), norm=1),
    lambda xp: xp.fft.fft(one(xp, 3), norm=True),
    lambda xp: xp.fft.fft(one(xp, 3), norm=1.5),
    lambda xp: xp.fft.rfftn(one(xp, 3, 3), norm=""),
    lambda xp: xp.fft.rfft(one(xp, 3, dtype="D")),
    lambda xp: xp.fft.rfft(one(xp, 4, dtype="F")),
    lambda xp: xp.fft.rfftn(one(xp, 4, 5, dtype="F")),
    lambda xp: xp.fft.ihfft(one(xp, 4, dtype="D")),
    lambda xp: xp.fft.fft(one(xp, 3), out=xp.empty(3)),
    lambda xp: xp.fft.ifft(one(xp, 3, dtype="f"), out=xp.empty(3, "i")),
    lambda xp: xp.fft.fft(one(xp, 3, dtype="F"), out=xp.empty(3, "i")),
    lambda xp: xp.fft.ifft(one(xp, 3, dtype="F"), out=xp.empty(3, "i")),
    lambda xp: xp.fft.irfft(one(xp, 3, dtype="F"), out=xp.empty(4, "i")),
    lambda xp: xp.fft.rfft(one(xp, 4, dtype="f"), norm="ortho", out=xp.empty(3, "f")),
    lambda xp: xp.fft.fft(one(xp, 3), out=xp.empty(4, "D")),
    lambda xp: xp.fft.fft(one(xp, 2, 3), out=xp.empty(3, "D")),
    lambda xp: xp.fft.rfft(one(xp, 3), out=xp.empty(2)),
    lambda xp: xp.fft.irfft(one(xp, 3), out=xp.empty(4, "i")),
    lambda xp: xp.fft.fftshift(xp.ones(())),
    lambda xp: xp.fft.fftshift(one(xp, 2, 3), axes=5),
    lambda xp: xp.fft.ifftshift(one(xp, 2, 3), axes=(0, 5)),
    lambda xp: xp.fft.fftfreq(0),
    lambda xp: xp.fft.fftfreq(5, 0),
    lambda xp: xp.fft.fftfreq(5, d=0.0),
    lambda xp: xp.fft.fftfreq(2.0),
    lambda xp: xp.fft.fftfreq(-3),
    lambda xp: xp.fft.rfftfreq(0),
    lambda xp: xp.fft.rfftfreq("3"),
]


@pytest.mark.parametrize("call", BAD, ids=source_of)
def test_errors(call):
    _, want = outcome(lambda: call(np))
    assert want is not None, "NumPy raises nothing"
    _, got = outcome(lambda: call(cp))
    assert_same_error(got, want)


def test_batches_that_do_not_fit_out():
    """NumPy's words name how it mapped the axes; ours name the shapes."""
    call = lambda xp: xp.fft.fft(one(xp, 2, 3), out=xp.empty((4, 3), "D"))  # noqa: E731
    _, want = outcome(lambda: call(np))
    _, got = outcome(lambda: call(cp))
    assert_same_error(got, want, match_message=False)


def test_an_array_of_numpy_is_not_taken():
    with pytest.raises(TypeError):
        cp.fft.fft(np.ones(3))


SAME_BITS = [
    *[lambda xp, n=n, d=d: xp.fft.fftfreq(n, d) for n in (1, 2, 5, 8, 1000, 1001) for d in (1.0, 0.1, 3, 2)],
    *[lambda xp, n=n, d=d: xp.fft.rfftfreq(n, d) for n in (-3, 1, 2, 5, 8, 1000, 1001) for d in (1.0, 0.1, 3, 2)],
    lambda xp: xp.fft.fftfreq(np.int32(4)),
    lambda xp: xp.fft.fftfreq(3, np.float32(2)),
    lambda xp: xp.fft.fftfreq(n=3, d=True),
    lambda xp: xp.fft.fftfreq(3, xp.ones(3)),
    lambda xp: xp.fft.rfftfreq(3, 1j),
    lambda xp: xp.fft.fftfreq(3, device="cpu") if xp is np else xp.fft.fftfreq(3, device=xp.asarray(1).device),
]


@pytest.mark.parametrize("call", SAME_BITS, ids=source_of)
def test_frequencies(call):
    assert_same(call(cp), call(np))


@pytest.mark.parametrize("name", ("fftshift", "ifftshift"))
@pytest.mark.parametrize("axes", [None, 0, 1, -1, (0,), (0, 1), (1, 0), (0, 0), [2, 0], ()])
def test_shifts(name, axes):
    for dtype in "?iFd":
        x = sample((4, 5, 3), dtype)
        check_call(lambda xp, a: getattr(xp.fft, name)(a, axes=axes), [x], f"{name} {axes}")
        check_call(lambda xp, a: getattr(xp.fft, name)(a.T, axes), [x], f"{name} {axes}")
    check_call(lambda xp, a: getattr(xp.fft, name)(a), [np.zeros((0, 3))], name)
    check_call(lambda xp, a: getattr(xp.fft, name)(a), [np.arange(7)], name)


def test_lists_and_numbers():
    assert_close(cp.fft.fft([1, 2, 3]), np.fft.fft([1, 2, 3]), np.arange(3), "fft", "a list")
    assert_close(cp.fft.fftn(((1, 2), (3, 4))), np.fft.fftn(((1, 2), (3, 4))), np.arange(4), "fftn", "a tuple")


@pytest.mark.parametrize("dtype", "FD")
def test_long_lines(dtype):
    """Lengths beyond the first caches: smooth ones, a prime, and one between."""
    for n in (1 << 16, 3**9, 65537, 30030):
        x = sample(n, dtype)
        for name in ("fft", "irfft"):
            check(name, x)
        check("rfft", x.real.copy())


@pytest.mark.parametrize("dtype", "fdFD")
@pytest.mark.parametrize("name", ("irfft", "hfft", "irfft2", "irfftn"))
def test_lines_to_real_numbers(name, dtype):
    """Even and odd lengths, the shortest too, in every order in memory and with each norm."""
    for n in (2, 3, 4, 5, 6, 8, 10, 14, 254, 255, 256, 4098):
        for shape, axis in (((n // 2 + 1,), 0), ((3, n // 2 + 1), 1), ((n // 2 + 1, 2), 0)):
            x = sample(shape, dtype)
            for norm in NORMS:
                if name in ("irfft", "hfft"):
                    check(name, x, n=n, axis=axis, norm=norm)
                elif len(shape) == 2:
                    check(name, x, s=(3, n) if axis else (2, n), axes=(1 - axis, axis), norm=norm)


def test_known_transforms():
    """What needs no reference: an impulse and a wave, exactly."""
    n = 64
    impulse = cp.zeros(n)
    impulse[1] = 1
    phases = np.exp(-2j * np.pi * np.arange(n) / n)
    assert np.abs(to_numpy(cp.fft.fft(impulse)) - phases).max() < 1e-15
    constant = to_numpy(cp.fft.rfft(cp.ones(n)))
    assert constant[0] == n and not constant[1:].any()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_shape(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)))
    name = data.draw(st.sampled_from(SEVERAL))
    dtype = data.draw(st.sampled_from("hfdFD"))
    axes = tuple(data.draw(st.permutations(range(len(shape)))))[: data.draw(st.integers(1, len(shape)))]
    s = tuple(data.draw(st.integers(1, 15)) for _ in axes)
    steps = tuple(data.draw(st.sampled_from((1, 1, 2, -1))) for _ in shape)
    order = tuple(data.draw(st.permutations(range(len(shape)))))
    wide = sample(tuple(n * abs(k) for n, k in zip(shape, steps)), dtype)
    wide = taken(wide, name)
    view = lambda x: x[tuple(slice(None, None, k) for k in steps)].transpose(order)  # noqa: E731
    check(name, wide, layout=view, strides=False, s=s, axes=axes, norm=data.draw(st.sampled_from(NORMS)))
