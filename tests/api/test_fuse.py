"""`cuprous.fuse` as a decorator and as a context manager: the results are those without it, in every bit."""

import inspect
import os
import pickle
import subprocess
import sys
import textwrap
import threading

import cuprous as cp
import numpy as np
import pytest


def numbers(dtype="f4", n=40_000):
    """An array large enough to wait."""
    return cp.asarray((np.arange(n) % 97 - 40).astype(dtype))


@cp.fuse
def module_level(x, y):
    """Documented."""
    return (x - y) ** 2 + 1


FUNCTIONS = {
    "element-wise": lambda xp, x, y: (x * 2 + y * 3) / (x * x + y * y + 1),
    "constants": lambda xp, x, y: xp.where(x > 3, x * 0.5, -1) + 7,
    "reduction": lambda xp, x, y: xp.sum((x - y) * (x - y)),
    "reduction along an axis": lambda xp, x, y: ((x + y).reshape(100, -1) * 2).max(axis=1) - 1,
    "reduction in the middle": lambda xp, x, y: (x - x.mean()) / (x.std() + 1),
    "two results": lambda xp, x, y: (x + y, x - y),
    "nothing": lambda xp, x, y: None,
    "a constant": lambda xp, x, y: 3,
    "an argument": lambda xp, x, y: x,
    "views": lambda xp, x, y: (x + y)[::2] * x[1::2],
    "broadcast": lambda xp, x, y: (x.reshape(200, -1) + y[:200, None]) * y[:200].reshape(-1, 1),
    "cast": lambda xp, x, y: x.astype("i4") // 3 + y.astype("f8"),
    "ufunc's methods": lambda xp, x, y: xp.add.reduce(x * y),
    "branch on a value": lambda xp, x, y: x + 1 if float(xp.max(x)) > 0 else x - 1,
    "clip and round": lambda xp, x, y: xp.clip(x * 1.7, -20, 20).round() + xp.sqrt(abs(y)),
}


def flat(result):
    return result if isinstance(result, tuple) else (result,)


# There are no such functions of complex numbers.
REAL = {"constants", "branch on a value", "clip and round", "cast", "reduction along an axis"}


@pytest.mark.parametrize("name, dtype", [(n, d) for n in FUNCTIONS for d in ("f4", "f8", "i4", "c8") if not (d == "c8" and n in REAL)])
def test_results_are_those_without(name, dtype):
    """The decorated function, the block and the plain function agree in every bit, and with NumPy in kind."""
    body = FUNCTIONS[name]
    x, y = numbers(dtype), numbers(dtype)[::-1]

    def function(x, y):
        return body(cp, x, y)

    plain = flat(function(x, y))
    with cp.fuse():
        block = flat(function(x, y))
    decorated = [flat(cp.fuse(function)(x, y)), flat(cp.fuse()(function)(x, y)), flat(cp.fuse(kernel_name="named")(function)(x, y))]
    wanted = flat(body(np, x.get(), y.get()))
    for results in [block, *decorated]:
        assert len(results) == len(plain) == len(wanted)
        for found, expected, by_numpy in zip(results, plain, wanted, strict=True):
            assert type(found) is type(expected)
            if isinstance(expected, cp.ndarray):
                assert (found.dtype, found.shape, found.strides) == (expected.dtype, expected.shape, expected.strides)
                np.testing.assert_array_equal(found.get(), expected.get())
                np.testing.assert_allclose(found.get(), by_numpy, rtol=1e-4)
            else:
                assert found == expected == by_numpy


@pytest.mark.parametrize("argument", [3, 2.5, True, np.float32(3), np.int8(-2), np.float64(0.5), 1 + 2j])
def test_kinds_of_arguments(argument):
    """NumPy's scalars and Python's numbers among the arguments promote as they do without fusing."""
    x = numbers()
    found, expected = module_level(x, argument), (x - argument) ** 2 + 1
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.get(), expected.get())
    assert module_level(argument, 2) == (argument - 2) ** 2 + 1


def test_host_arrays():
    """A fused function of NumPy arrays alone is the function itself; mixed with ours they raise."""
    a = np.arange(5.0)
    assert isinstance(module_level(a, 1), np.ndarray)
    with pytest.raises(TypeError):
        module_level(numbers("f8", 5), a)


def test_what_the_decorator_keeps():
    """Name, documentation, signature, pickling; methods, nested calls, keywords and in-place work."""
    assert module_level.__name__ == "module_level" and module_level.__doc__ == "Documented."
    assert str(inspect.signature(module_level)) == "(x, y)"
    assert pickle.loads(pickle.dumps(module_level)) is module_level
    assert cp.fuse(kernel_name="k")(lambda x: x).kernel_name == "k" and module_level.kernel_name == "module_level"

    class Model:
        scale = 3

        @cp.fuse
        def apply(self, x, *, shift=0):
            return module_level(x, shift) * self.scale

        @staticmethod
        @cp.fuse()
        def fixed(x):
            x += 1
            return x

        @classmethod
        @cp.fuse(kernel_name="of_class")
        def of_class(cls, x):
            return x * cls.scale

    x = numbers()
    np.testing.assert_array_equal(Model().apply(x, shift=2).get(), (((x - 2) ** 2 + 1) * 3).get())
    np.testing.assert_array_equal(Model.of_class(x).get(), (x * 3).get())
    before = x.get()
    assert Model.fixed(x) is x
    np.testing.assert_array_equal(x.get(), before + 1)


def test_blocks():
    """Arrays made in a block are arrays afterwards; a synchronize inside works; blocks nest and are left by exceptions."""
    x = numbers()
    with cp.fuse() as scope:
        y = x * 2
        cp.cuda.Stream.null.synchronize()
        cp.cuda.Device().synchronize()
        z = y + 1
        with cp.fuse(), scope:
            w = z * z
        first = float(w[0])
        z[:10] = 0
    assert first == float(w[0])
    np.testing.assert_array_equal(y.get(), x.get() * 2)
    np.testing.assert_array_equal(w.get(), (x.get() * 2 + 1) ** 2)
    assert not z[:10].any() and z.get()[10] == x.get()[10] * 2 + 1
    assert isinstance(w, cp.ndarray) and pickle.loads(pickle.dumps(w)).shape == w.shape
    with pytest.raises(KeyError), cp.fuse():
        v = x - 1
        raise KeyError("inside")
    np.testing.assert_array_equal(v.get(), x.get() - 1)
    with pytest.raises(ValueError, match="could not be broadcast"), cp.fuse():
        x + x[:7]


def test_a_timing_loop():
    """The loop by which programs measure: a block with a synchronize in it, events around."""
    a, b = numbers(), numbers()
    begin, end = cp.cuda.Event(), cp.cuda.Event()
    with cp.fuse():
        begin.record()
        for _ in range(5):
            c = (a * 2 + b * 3) / (a * a + 1)
            cp.cuda.Stream.null.synchronize()
        end.record()
        end.synchronize()
    assert cp.cuda.get_elapsed_time(begin, end) >= 0
    np.testing.assert_allclose(c.get(), (a.get() * 2 + b.get() * 3) / (a.get() ** 2 + 1), rtol=1e-6)


def test_threads():
    """Scopes belong to their threads; arrays go from one to the other."""
    x, results, errors = numbers(), [], []

    def work(k):
        try:
            for _ in range(20):
                with cp.fuse():
                    y = x * k + 1
                results.append((k, float((y - x * k).sum())))
        except Exception as error:  # shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    with cp.fuse():
        waiting = x * 7
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not errors and len(results) == 80 and all(total == x.size for _, total in results)
    np.testing.assert_array_equal(waiting.get(), x.get() * 7)


def test_wrong_arguments():
    """What is no function and no name raises."""
    with pytest.raises(TypeError):
        cp.fuse(3)
    with pytest.raises(TypeError):
        cp.fuse()(3)
    with pytest.raises(TypeError):
        cp.fuse(kernel_name=3)
    with pytest.raises(TypeError):
        cp.fuse(name="x")
    with pytest.raises(TypeError):
        module_level(numbers())


PLANS = """
    import cuprous as cp
    x = cp.ones(100_000, dtype="f4")
    x.sum().item()
    def report(text):
        import sys
        sys.stderr.flush()
        print("#" + text, file=sys.stderr, flush=True)
    report("before")
    y = x * 2 + 1; y.sum().item(); del y
    report("inside")
    with cp.fuse():
        y = x * 2 + 1
        report("left")
    report("after")
    assert float(y[5]) == 3
    report("plain")
    z = x * 3 - 1
    report("end")
"""


def test_a_block_fuses_with_fusion_off():
    """With fusion off, expressions of a block are one program, which is computed when the block is left, and no others."""
    environment = {**os.environ, "CUPROUS_FUSION": "off", "CUPROUS_LOG": "plan", "CUPROUS_WATCH": "off"}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(PLANS)], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    parts = {part.splitlines()[0]: [plan for plan in part.split("cuprous plan:")[1:] if "multiply" in plan] for part in done.stderr.split("#")[1:]}
    assert [len(parts[name]) for name in ("before", "inside", "left", "after", "plain")] == [1, 0, 1, 0, 1], done.stderr
    assert "add(" in parts["left"][0] and "add(" not in parts["before"][0], done.stderr


def test_memoize():
    """Results are kept by arguments, for each device if wanted, until they are cleared; exceptions are not."""
    calls = []

    @cp.memoize()
    def table(n, scale=1):
        calls.append((n, scale))
        if n < 0:
            raise ValueError("negative")
        return cp.arange(n) * scale

    assert table(3) is table(3) and table(3, scale=2) is table(3, scale=2) and table(3) is not table(3, scale=2)
    assert table.__name__ == "table" and calls == [(3, 1), (3, 2)]
    for _ in range(2):
        with pytest.raises(ValueError):
            table(-1)
    assert len(calls) == 4
    kept = table(3)
    cp.clear_memo()
    assert table(3) is not kept
    with pytest.raises(TypeError, match="unhashable"):
        table([1])

    @cp.memoize(for_each_device=True)
    def per_device():
        return cp.zeros(3)

    assert per_device() is per_device()
