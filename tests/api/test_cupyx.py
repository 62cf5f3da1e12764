"""`cuprous.x`: what CuPy has in `cupyx` beside SciPy, and the settings of `fft`, `lib` and `testing` that go with it."""

import pickle
import unittest
import warnings

import cuprous as cp
import numpy as np
import pytest
from cuprous import testing
from support.calls import check_call, source_of

X = cp.x


@pytest.mark.parametrize("dtype", ["e", "f", "d"])
def test_rsqrt(dtype):
    """One over the square root, correctly rounded twice; special values; ufunc's keywords; other dtypes."""
    a = np.array([4, 2, 0.3, 1e-4, 6e4, 1, 0, -0.0, -1, np.inf, np.nan], dtype)
    with np.errstate(all="ignore"):
        want = (1 / np.sqrt(a.astype("f") if dtype == "e" else a)).astype(dtype)
    got = X.rsqrt(cp.asarray(a))
    assert got.dtype == dtype
    np.testing.assert_array_equal(got.get(), want)
    out = cp.zeros(11, dtype)
    assert X.rsqrt(cp.asarray(a), out=out) is out
    np.testing.assert_array_equal(out.get(), want)


def test_rsqrt_is_a_ufunc():
    """It is one by its attributes, and pickles."""
    assert isinstance(X.rsqrt, cp.ufunc) and X.rsqrt.name == X.rsqrt.__name__ == "rsqrt" and X.rsqrt.nin == 1
    assert X.rsqrt.types == ["e->e", "f->f", "d->d"]
    # Every look at a ufunc of the extension gives the one object.
    assert pickle.loads(pickle.dumps(X.rsqrt)) is X.rsqrt and pickle.loads(pickle.dumps(cp.add)) is cp.add
    assert X.rsqrt(cp.asarray([4, 16])).dtype == "f8" and float(X.rsqrt(4)) == 0.5
    with pytest.raises(TypeError):
        X.rsqrt(cp.ones(2, "F"))
    assert not hasattr(cp, "rsqrt")


def test_scatter_methods():
    """Arrays have them as methods, and the functions do the same."""
    for name, want in (("add", [1, 0, 5]), ("max", [1, 0, 3]), ("min", [0, 0, 0])):
        a, b = cp.zeros(3, "i4"), cp.zeros(3, "i4")
        assert getattr(a, f"scatter_{name}")(cp.asarray([0, 2, 2]), cp.asarray([1, 2, 3])) is None
        getattr(X, f"scatter_{name}")(b, cp.asarray([0, 2, 2]), cp.asarray([1, 2, 3]))
        assert a.tolist() == b.tolist() == want
    a = cp.zeros((2, 3))
    a.scatter_add((slice(None), 1), 2)
    assert a.tolist() == [[0, 2, 0], [0, 2, 0]]
    with pytest.raises((IndexError, ValueError)):
        a.scatter_add(([0], [0], [0]), 1)
    assert cp.asarray([[3, 1], [2, 9]]).ptp(axis=1).tolist() == [2, 7]


STRIDED = [
    lambda xp, a: xp.lib.stride_tricks.as_strided(a),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a, (3, 4), (8, 16)),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a, shape=(2, 2)),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a, strides=(0, 8)),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a[::-1], (6, 2), (-32, 8)),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a, (0, 5), (8, 8)),
    lambda xp, a: xp.lib.stride_tricks.as_strided(a, (), ()),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (2, 3)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (1, 1)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, 3, axis=0),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, 2, -1),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (2, 2), axis=(0, 0)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a.T[::2], (2, 3), (1, 0)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (2, 3)).sum(axis=(2, 3)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, 3),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (2, 2), axis=0),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (9, 2)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, (-1, 2)),
    lambda xp, a: xp.lib.stride_tricks.sliding_window_view(a, 2, axis=5),
]


@pytest.mark.parametrize("call", STRIDED, ids=source_of)
def test_stride_tricks(call):
    """Views with NumPy's elements, and its exceptions."""
    check_call(call, [np.arange(24.0).reshape(6, 4)])


def test_strided_views():
    """They share memory, waiting values too; what leaves the memory or lies between elements raises."""
    a = cp.arange(10) + 0
    windows = cp.lib.stride_tricks.sliding_window_view(a, 4)
    assert cp.shares_memory(a, windows) and windows.strides == (8, 8)
    a[3] = 50
    assert windows[:, 0].tolist() == [0, 1, 2, 50, 4, 5, 6] and windows[0, 3] == 50
    for shape, strides in (((11,), (8,)), ((2,), (-8,)), ((2**62,), (8,)), ((2, 2), (8 * 9, 8)), ((2,), (4,)), ((2, 2), (8,)), ((-1,), (8,))):
        with pytest.raises(ValueError):
            cp.lib.stride_tricks.as_strided(a, shape, strides)


def test_pinned_arrays():
    """NumPy arrays of the wanted kind, whose memory lives as long as they do."""
    for make in (X.empty_pinned, X.zeros_pinned):
        a = make((3, 4), "f4", "F")
        assert type(a) is np.ndarray and a.shape == (3, 4) and a.dtype == "f4" and a.flags.f_contiguous and a.flags.writeable
        assert make(5).dtype == "f8" and make(()).shape == () and make((0, 3)).size == 0 and make([2, 3], dtype="i2").shape == (2, 3)
    assert not X.zeros_pinned((50, 70)).any()
    like = np.arange(24, dtype="i2").reshape(2, 3, 4)
    for a in (like, like.T, like.transpose(1, 0, 2), like[:, ::2], np.asfortranarray(like)):
        for order in ("K", "A", "C", "F"):
            made, want = X.empty_like_pinned(a, order=order), np.empty_like(a, order=order)
            assert (made.shape, made.dtype, made.strides) == (want.shape, want.dtype, want.strides), (a.strides, order)
    assert not X.zeros_like_pinned(cp.ones((2, 3))).any() and X.zeros_like_pinned(like, "f4", shape=7).shape == (7,)
    kept = X.zeros_pinned(1000)
    kept[:] = 7
    others = [X.empty_pinned(1000) for _ in range(50)]
    for other in others:
        other[:] = 1
    x = cp.asarray(kept)
    kept[:] = 0
    assert x.sum() == 7000 and (kept == 0).all()
    x.get(out=kept)
    assert (kept == 7).all()
    for wrong in (lambda: X.empty_pinned(-1), lambda: X.empty_pinned(3, order="X")):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(TypeError):
        X.empty_like_pinned(like, subok=True)


def test_allow_synchronize():
    """Where waiting is forbidden it raises, on every device, and nothing else does; scopes nest and end with exceptions."""
    assert issubclass(X.DeviceSynchronized, RuntimeError)
    a = cp.arange(5.0)
    with X.allow_synchronize(False):
        b = (a * 2 + 1).sum() + a[3]
        for wait in (b.get, b.item, a.tolist, lambda: bool(b), lambda: float(b), lambda: repr(a), lambda: cp.asnumpy(a),
                     cp.cuda.Stream.null.synchronize, cp.cuda.Device().synchronize, cp.cuda.Event().synchronize, lambda: cp.nonzero(a)):
            with pytest.raises(X.DeviceSynchronized):
                wait()
        with X.allow_synchronize(True):
            assert float(b) == 28
        with pytest.raises(X.DeviceSynchronized):
            b.item()
    assert b.item() == 28
    with pytest.raises(KeyError), X.allow_synchronize(False):
        raise KeyError
    assert a.tolist() == [0, 1, 2, 3, 4]


def test_errors_of_linear_algebra():
    """They raise as in NumPy, unless the program says that nobody is to look."""
    singular = cp.zeros((3, 3))
    assert X.geterr() == {"divide": None, "over": None, "under": None, "invalid": None, "linalg": "raise"}
    with pytest.raises(np.linalg.LinAlgError):
        cp.linalg.inv(singular)
    with X.errstate(linalg="ignore"):
        assert X.geterr()["linalg"] == "ignore"
        assert cp.linalg.inv(singular).shape == cp.linalg.solve(singular, cp.ones((3, 2))).shape[:1] + (3,)
        assert cp.linalg.cholesky(singular - 1).shape == (3, 3)
        with X.allow_synchronize(False):
            cp.linalg.solve(cp.eye(3), cp.ones(3))
        with X.errstate(linalg="raise"), pytest.raises(np.linalg.LinAlgError):
            cp.linalg.cholesky(singular - 1)
        with pytest.raises(np.linalg.LinAlgError):  # no question of what was found: the argument is none
            cp.linalg.eigvals(singular * cp.nan)
        with pytest.raises(np.linalg.LinAlgError):
            cp.linalg.inv(cp.ones((2, 3)))
    with pytest.raises(np.linalg.LinAlgError):
        cp.linalg.inv(singular)
    assert X.seterr(linalg="ignore")["linalg"] == "raise" and X.seterr(linalg="raise")["linalg"] == "ignore"
    with pytest.raises(NotImplementedError), X.errstate(divide="raise"):
        pass
    with pytest.raises(ValueError):
        X.seterr(linalg="call")


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "i4"])
def test_invh(dtype):
    """Inverses of positive definite matrices, alone and stacked; others raise."""
    rng = np.random.default_rng(7)
    for shape in ((1, 1), (5, 5), (3, 4, 4), (0, 0), (2, 40, 40)):
        half = rng.normal(size=shape) + (1j * rng.normal(size=shape) if dtype in ("c8", "c16") else 0)
        a = (half @ half.conj().swapaxes(-1, -2) + shape[-1] * np.eye(shape[-1])).astype(dtype) if dtype != "i4" else np.broadcast_to(
            2 * np.eye(shape[-1], dtype=dtype), shape)
        got = X.linalg.invh(cp.asarray(a))
        assert got.dtype == ("f8" if dtype == "i4" else dtype) and got.shape == shape
        # The condition numbers are below 10: a few hundred roundings.
        tolerance = 1000 * np.finfo(got.dtype).eps
        np.testing.assert_allclose(got.get() @ a, np.broadcast_to(np.eye(shape[-1]), shape), atol=tolerance)
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        X.linalg.invh(cp.asarray([[1.0, 2], [2, 1]]))
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        X.linalg.invh(cp.ones((2, 3)))


GUFUNCS = {
    "(n),(n)->()": (lambda x, y: (x * y).sum(), lambda xp: (xp.ones((4, 1, 3)), xp.arange(15.0).reshape(5, 3))),
    "(m,n),(n)->(m)": (lambda a, v: (a * v).sum(axis=1), lambda xp: (xp.arange(24).reshape(2, 4, 3), xp.arange(3))),
    "(n)->(n),()": (lambda x: (x * 2, x.sum()), lambda xp: (xp.arange(12.0).reshape(3, 4),)),
    "(),()->()": (lambda x, y: x + y, lambda xp: (xp.arange(3), 2.5)),
    "(n)->()": (lambda x: x.max(), lambda xp: (xp.arange(6.0),)),
    "(i, j), (j, k) -> (i, k)": (lambda a, b: a @ b, lambda xp: (xp.ones((2, 3, 4)), xp.arange(8.0).reshape(4, 2))),
}


@pytest.mark.parametrize("signature", GUFUNCS)
def test_generalized_ufuncs(signature):
    """They give what NumPy's `vectorize` with a signature gives."""
    function, arguments = GUFUNCS[signature]
    want = np.vectorize(function, signature=signature)(*arguments(np))
    got = X.GeneralizedUFunc(function, signature)(*arguments(cp))
    for w, g in zip(want if isinstance(want, tuple) else (want,), got if isinstance(got, tuple) else (got,), strict=True):
        assert isinstance(g, cp.ndarray) and g.shape == w.shape and g.dtype == w.dtype
        np.testing.assert_array_equal(g.get(), w)


def test_keywords_of_generalized_ufuncs():
    """axes, axis, keepdims, out, dtypes, batches: as `numpy.matmul` and `numpy.vecdot` understand them."""
    a, b = np.arange(24.0).reshape(2, 3, 4), np.arange(24.0).reshape(2, 3, 4)[::-1]
    x, y = cp.asarray(a), cp.asarray(b)
    dot = X.GeneralizedUFunc(lambda x, y: (x * y).sum(axis=-1), "(n),(n)->()", name="dot", doc="Documented.", supports_batched=True)
    assert (dot.__name__, dot.__doc__, dot.nin, dot.nout, dot.nargs, dot.signature, repr(dot)) == ("dot", "Documented.", 2, 1, 3, "(n),(n)->()", "<gufunc 'dot'>")
    for words in ({}, {"axis": 0}, {"axis": -2}, {"axes": [1, 1, ()]}, {"axes": [(0,), (0,)]}, {"keepdims": True}, {"axis": 1, "keepdims": True}):
        want = np.vecdot(a, b, **words)
        got = dot(x, y, **words)
        assert got.shape == want.shape, words
        np.testing.assert_array_equal(got.get(), want)
    product = X.GeneralizedUFunc(lambda x, y: x @ y, "(m,k),(k,n)->(m,n)", supports_batched=True)
    for words in ({"axes": [(-2, -1), (-1, -2), (-2, -1)]}, {"axes": [(0, 1), (1, 0), (1, 0)]}):
        want = np.matmul(a, b, **words)
        np.testing.assert_array_equal(product(x, y, **words).get(), want)
    out = cp.zeros((2, 3), "f4")
    assert dot(x, y, out=out) is out and dot(x, y, out) is out
    np.testing.assert_array_equal(out.get(), np.vecdot(a, b).astype("f4"))
    typed = X.GeneralizedUFunc(lambda x: x.sum(), "(n)->()", signatures=("l->l", ("d->d", lambda x: x.sum() + 1000)))
    assert typed.types == ["l->l", "d->d"]
    assert typed(cp.arange(4)).item() == 6 and typed(cp.arange(4.0)).item() == 1006 and typed(cp.arange(4), dtype="d").item() == 1006
    assert dot(x, y, dtype="f4").dtype == "f4"


def test_wrong_generalized_ufuncs():
    """NumPy's exceptions."""
    dot = X.GeneralizedUFunc(lambda x, y: (x * y).sum(), "(n),(n)->()")
    x = cp.ones((2, 3))
    for wrong, error in (
        (lambda: X.GeneralizedUFunc(len, "(n"), ValueError), (lambda: X.GeneralizedUFunc(len, "n->()"), ValueError),
        (lambda: dot(x), TypeError), (lambda: dot(x, x, x, x), TypeError), (lambda: dot(x, cp.ones(4)), ValueError),
        (lambda: dot(x, cp.ones((5, 3))), ValueError), (lambda: dot(x, 1.0), ValueError), (lambda: dot(x, x, axis=0, axes=[0, 0]), TypeError),
        (lambda: dot(x, x, axes=(0, 0)), TypeError), (lambda: dot(x, x, axes=[(0, 1), 0]), ValueError), (lambda: dot(x, x, out=np.ones(2)), TypeError),
        (lambda: dot(x, x, cp.ones(2), out=cp.ones(2)), TypeError), (lambda: dot(x, x, out=cp.ones(3)), ValueError), (lambda: dot(x, x, out=cp.ones(2, "i4")), TypeError),
    ):
        with pytest.raises(error):
            wrong()


def test_benchmark():
    """Each call is measured, lazy work with it; the result prints; wrong arguments raise CuPy's exceptions."""
    calls = []

    def work(n, step=1):
        calls.append(n)
        return cp.arange(n) * step + 1

    result = X.profiler.benchmark(work, (50_000,), {"step": 2}, n_repeat=5, n_warmup=2)
    assert len(calls) == 7 and result.name == "work"
    assert result.cpu_times.shape == (5,) and result.gpu_times.shape == (1, 5)
    assert (result.cpu_times > 0).all() and (result.gpu_times >= 0).all()
    text = str(result)
    assert text.startswith("work") and "CPU:" in text and "GPU-" in text and "min:" in text and "GPU" not in result.to_str()
    assert X.profiler.benchmark(work, (5,), n_repeat=10**9, max_duration=0.05, name="short").cpu_times.size < 10**6
    with pytest.warns(DeprecationWarning):
        assert X.time.repeat(work, (5,), n_repeat=1).cpu_times.size == 1
    for wrong in (dict(func=3), dict(args=[1]), dict(kwargs=[1]), dict(n_repeat=1.5), dict(name=3), dict(n_warmup="1"), dict(devices=())):
        with pytest.raises(ValueError):
            X.profiler.benchmark(**{"func": work, "args": (3,), **wrong})
    assert cp.profiler.benchmark is X.profiler.benchmark


def test_magics(capsys):
    """IPython's magics measure a statement or a cell with the names of the session."""
    magics = {}

    class Shell:
        user_ns = {"cp": cp, "calls": []}

        def register_magic_function(self, function, magic_kind, magic_name):
            magics[magic_name] = function

    X.profiler.load_ipython_extension(Shell())
    magics["gpu_timeit"]("-n 3 --n-warmup 2 calls.append(-1)")
    magics["gpu_timeit"]("--n-repeat 2 -w 0 --max-duration 5", "x = cp.arange(3)\ncalls.append(x)\n")
    assert len(Shell.user_ns["calls"]) == 7 and Shell.user_ns["x"].tolist() == [0, 1, 2]
    assert capsys.readouterr().out.count("CPU:") == 2


def test_ranges():
    """They wrap blocks and functions, with and without GPU."""
    with X.profiler.time_range("a range", color_id=1), X.profiler.time_range("another", argb_color=0xFF00FF00, sync=True), X.profiler.profile():
        a = cp.arange(5) + 1

    @X.profiler.time_range()
    def named():
        return a * 2

    assert named.__name__ == "named" and named().tolist() == [2, 4, 6, 8, 10]
    with pytest.raises(ValueError):
        X.profiler.time_range("x", color_id=1, argb_color=2)
    with X.optimizing.optimize(key="k", max_trials=3):
        assert a.sum() == 15
    with pytest.raises(TypeError), X.optimizing.optimize(wrong=1):
        pass


def test_runtime_info():
    """What `show_config` prints."""
    text, other = str(X.get_runtime_info()), str(X.get_runtime_info(full=False))
    assert np.__version__ in text and len(text.splitlines()) > 3
    # The memory that is free differs from call to call.
    subjects = lambda text: [line.partition(":")[0] for line in text.splitlines()]
    assert subjects(text) == subjects(other)


def test_plans(device):
    """Limits of kept plans are kept; on a GPU they hold."""
    config = cp.fft.config
    cache = config.get_plan_cache()
    assert config.get_plan_cache() is cache and cache.get_size() == config.get_plan_cache_size() and cache.get_memsize() == -1
    before = cache.get_size()
    try:
        config.clear_plan_cache()
        assert cache.get_curr_size() == 0 == cache.get_curr_memsize()
        x = cp.arange(64.0)
        for n in (16, 32, 64, 32):
            np.testing.assert_allclose(cp.fft.fft(x[:n]).get(), np.fft.fft(x[:n].get()), atol=1e-9)
        assert cache.get_curr_size() == (3 if device == "cuda" else 0)
        config.set_plan_cache_size(2)
        assert config.get_plan_cache_size() == 2 and cache.get_curr_size() <= 2
        config.set_plan_cache_size(0)
        np.testing.assert_allclose(cp.fft.fft(x).get(), np.fft.fft(x.get()), atol=1e-9)
        assert cache.get_curr_size() == 0 and "cache enabled? False" in repr(cache)
        config.set_plan_cache_max_memsize(1 << 20)
        assert config.get_plan_cache_max_memsize() == 1 << 20
        with pytest.raises(ValueError):
            config.set_plan_cache_size(-2)
    finally:
        cache.set_size(before)
        cache.set_memsize(-1)
    config.set_cufft_gpus(1)
    with pytest.raises(NotImplementedError):
        config.set_cufft_gpus(2)
    assert config.use_multi_gpus is False


def test_conditions_of_tests():
    """Packages and their versions, numbers of devices, calls that are counted."""
    assert testing.installed("numpy") and testing.installed("numpy>=2.0,<99", "pytest") and not testing.installed("numpy<1.0")
    assert not testing.installed("no-such-package") and testing.numpy_satisfies(">=2") and not testing.numpy_satisfies("==1.*")
    assert testing.numpy_satisfies(f"=={np.__version__}") and testing.numpy_satisfies("!=1.2.3")
    with pytest.raises(ValueError):
        testing.numpy_satisfies("about 2")
    for mark, runs in ((testing.with_requires("numpy"), True), (testing.with_requires("no-such-package"), False), (testing.multi_gpu(1), True), (testing.multi_gpu(99), False)):
        @mark
        def test():
            return "ran"

        if runs:
            assert test() == "ran"
        else:
            with pytest.raises(unittest.SkipTest):
                test()
    with testing.AssertFunctionIsCalled("os.getcwd", times_called=2) as handle:
        import os

        os.getcwd(), os.getcwd()
    assert handle.call_count == 2
    with pytest.raises(AssertionError), testing.AssertFunctionIsCalled("os.getcwd"):
        pass


def test_numbers_of_tests():
    """Matrices have the singular values that are asked for, and `fix_random` repeats numbers."""
    for xp in (np, cp):
        a = testing.generate_matrix((2, 4, 3), xp, "D", singular_values=[3, 2, 1])
        assert isinstance(a, xp.ndarray) and a.shape == (2, 4, 3) and a.dtype == "D"
        np.testing.assert_allclose(np.linalg.svd(cp.asnumpy(a), compute_uv=False), [[3, 2, 1]] * 2)
    assert testing.generate_matrix((3, 0)).shape == (3, 0)
    for wrong in (lambda: testing.generate_matrix((3,)), lambda: testing.generate_matrix((3, 3), dtype="i4"), lambda: testing.generate_matrix((2, 2), singular_values=[0, 1])):
        with pytest.raises(ValueError):
            wrong()
    drawn = []

    @testing.fix_random()
    class Drawing(unittest.TestCase):
        def test_a(self):
            drawn.append((testing.generate_seed(), cp.random.rand(3).tolist()))

        test_b = test_a

    state = cp.random.get_random_state()
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Drawing).run(result)
    assert result.testsRun == 2 and result.wasSuccessful() and drawn[0] == drawn[1]
    assert cp.random.get_random_state() is state


def test_bases_of_tests():
    """The bases for functions that NumPy has too, and contiguous axes."""
    class Alias(testing.NumpyAliasBasicTestBase):
        func = "add"

    class Values(testing.NumpyAliasValuesTestBase):
        func = "can_cast"
        args = ("f4", "f8")

    class Wrong(testing.NumpyAliasValuesTestBase):
        func = "ndim"
        args = ([1],)
        cupy_func = staticmethod(lambda a: 7)

    assert Alias.__test__ and not testing.NumpyAliasBasicTestBase.__test__
    outcomes = []
    for case in (Values, Wrong):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        outcomes.append((result.testsRun, result.wasSuccessful()))
    assert outcomes == [(1, True), (1, False)]

    class Axes:
        shape, order = (2, 3, 4), "C"
        seen = []

        @testing.for_contiguous_axes()
        def test(self, axis):
            self.seen.append(axis)

    Axes().test()
    Axes.order = "F"
    Axes().test()
    assert Axes.seen == [(0, 1, 2), (1, 2), (2,), (0,), (0, 1), (0, 1, 2)]


def test_get_array_wrap():
    """NumPy 1 had it: the wrapper of the most important argument."""

    class Wrapping:
        __array_priority__ = 5

        def __array_wrap__(self, array):
            return "wrapped"

    low = Wrapping()
    low.__array_priority__ = 1
    high = Wrapping()
    assert cp.get_array_wrap(low, 3, high, Wrapping()) == high.__array_wrap__ and cp.get_array_wrap(3, [1]) is None


def test_modules():
    """Submodules are imported when they are named, and nothing warns."""
    import importlib

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("x.profiler", "x.time", "x.optimizing", "profiler", "lib.stride_tricks", "fft.config"):
            assert importlib.import_module(f"cuprous.{name}").__name__ == f"cuprous.{name}"
    with pytest.raises(AttributeError):
        X.no_such_thing
