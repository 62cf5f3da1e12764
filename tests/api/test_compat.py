"""`cuprous.compat` and `python -m cuprous run`: programs written for CuPy run, and see what `python` shows them."""

import subprocess
import sys
import textwrap

import pytest


def python(*arguments, cwd=None, check=True, **words):
    """A finished Python process."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=120, cwd=cwd, **words)
    assert not check or done.returncode == 0, f"exit status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done


def run(code, *arguments, check=True):
    """A program under `python -m cuprous run -c`."""
    return python("-m", "cuprous", "run", "-c", textwrap.dedent(code), *arguments, check=check)


PROGRAMS = {
    "k-means": """
        import cupy as cp
        import numpy as np

        rng = np.random.default_rng(5)
        points = np.concatenate([rng.normal(center, 0.1, (200, 2)) for center in ((0, 0), (3, 0), (0, 3))]).astype("f")
        x = cp.asarray(points)
        xp = cp.get_array_module(x)
        assert xp is cp
        centers = x[::200] + 0
        for _ in range(10):
            distances = ((x[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
            labels = distances.argmin(axis=1)
            members = (labels[:, None] == xp.arange(3)[None, :]).astype("f")
            centers = (members[:, :, None] * x[:, None, :]).sum(axis=0) / members.sum(axis=0)[:, None]
        cp.cuda.Stream.null.synchronize()
        found = cp.asnumpy(centers)
        assert np.abs(found - [[0, 0], [3, 0], [0, 3]]).max() < 0.05, found
        print("done")
        """,
    "heat equation": """
        import cupy as cp

        def step(u, alpha=0.2):
            inner = u[1:-1, 1:-1]
            around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
            inner += alpha * (around - 4 * inner)

        plate = cp.zeros((66, 66), dtype=cp.float64)
        plate[33, 33] = 1000.0
        with cp.cuda.Stream.null:
            for _ in range(60):
                step(plate)
        total = plate.sum().item()
        host = plate.get()
        assert abs(total - 1000.0) < 1e-3, total
        assert host.argmax() == 33 * 66 + 33 and host.min() >= 0
        assert abs(host - host.T).max() < 1e-9  # the four neighbours are added in another order
        print("done")
        """,
    "Monte Carlo": """
        import cupy
        import cupy as cp
        from cupy import float32, random

        cupy.random.seed(1)
        n = 200_000
        x, y = random.rand(n), cp.random.rand(n)
        inside = (x * x + y * y < 1).astype(float32)
        pi = 4 * float(cp.mean(inside))
        assert abs(pi - cp.pi) < 0.02, pi
        mempool = cp.get_default_memory_pool()
        assert mempool.used_bytes() <= mempool.total_bytes()
        assert cp.cuda.runtime.getDeviceCount() >= 1
        print("done")
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    """Small CuPy programs give what they should."""
    assert run(PROGRAMS[name]).stdout == "done\n"


def test_modules_are_those_of_cuprous():
    """Classes, functions and submodules are the same objects; versions and metadata are CuPy's."""
    run("""
        import importlib.metadata, importlib.util, types
        import cupy, cupyx, cuprous, numpy
        import cupy.cuda.runtime
        import cupy_backends.cuda.api.runtime as low
        from cupy.random import rand
        from cupy.linalg import LinAlgError
        assert isinstance(cupy, types.ModuleType) and cupy.__name__ == "cupy" and cupy.__spec__.name == "cupy"
        assert cupy.__version__ == "14.2.0" == importlib.metadata.version("cupy")
        assert cuprous.__version__ != cupy.__version__
        assert cupy.ndarray is cuprous.ndarray and cupy.add is cuprous.add and cupy.float32 is numpy.float32
        assert cupy.random is cuprous.random and rand is cuprous.random.rand
        assert cupy.cuda.runtime is low is cuprous.cuda.runtime
        assert cuprous.random.__spec__.name == "cuprous.random" == cuprous.random.__name__
        assert LinAlgError is numpy.linalg.LinAlgError and cupy.exceptions.AxisError is numpy.exceptions.AxisError
        assert cupy.get_array_module(cupy.ones(2)) is cupy and cupy.get_array_module(numpy.ones(2), 3) is numpy
        assert importlib.util.find_spec("cupy").name == "cupy"
        assert {"add", "ndarray", "cuda"} <= set(dir(cupy))
        exec("from cupy import *", names := {})
        assert names["add"] is cuprous.add and names["random"] is cuprous.random and names["get_array_module"](3) is numpy
        """)


def test_version_can_be_chosen():
    """`install` takes the version that programs shall see, also later."""
    python("-c", textwrap.dedent("""
        import cuprous.compat
        cuprous.compat.install("13.0.0")
        import cupy
        assert cupy.__version__ == "13.0.0"
        assert cuprous.config.index_errors == "wrap" and cupy.arange(3)[[4]].item() == 1
        cuprous.compat.install("12.1.0")
        assert cupy.__version__ == "12.1.0" and cuprous.compat.is_installed()
        """))


def test_pickles_of_cupy():
    """A pickle that names CuPy's private paths is read."""
    run("""
        import pickle, numpy
        import cupy
        text = b"ccupy._core.core\\narray\\n"  # a global of the old protocol
        assert pickle.loads(text + b".") is cupy.array
        assert pickle.loads(b"ccupy.random._generator\\nRandomState\\n.") is cupy.random.RandomState
        a = cupy.arange(6).reshape(2, 3)
        b = pickle.loads(pickle.dumps(a))
        assert type(b) is cupy.ndarray and (b.get() == a.get()).all()
        """)


LACKING = {
    "import cupy.nothing": "ModuleNotFoundError: cuprous lacks cupy.nothing",
    "from cupy import nothing": "ModuleNotFoundError: cuprous lacks cupy.nothing",
    "import cupy; cupy.nothing": "AttributeError: module 'cupy' has no attribute 'nothing': cuprous lacks cupy.nothing",
    "import cupyx; cupyx.nothing": "AttributeError: module 'cupyx' has no attribute 'nothing': cuprous lacks cupyx.nothing",
    "import cupyx.scipy.nothing": "ModuleNotFoundError: cuprous lacks cupyx.scipy",
    "import cupy.cuda.nothing": "ModuleNotFoundError: cuprous lacks cupy.cuda.nothing",
    "import cupy; cupy.random.nothing": "AttributeError: module 'cuprous.random' has no attribute 'nothing'",
}


@pytest.mark.parametrize("code", LACKING)
def test_what_is_lacking_is_named(code):
    """A name that cuprous lacks is told as such."""
    done = run(code, check=False)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith(LACKING[code]), done.stderr


def test_cupy_itself_must_not_be_there():
    """With CuPy imported, `install` refuses; so does nothing else, and without it `import cupy` is untouched."""
    done = python("-c", "import sys, types; sys.modules['cupy'] = types.ModuleType('cupy')\nimport cuprous.compat as c; c.install()", check=False)
    assert "RuntimeError: CuPy itself was imported already" in done.stderr
    done = python("-c", "import cuprous, sys; assert not [n for n in sys.modules if n.startswith('cupy')]")


SHOW = """\
import sys, os
print(sys.argv, __name__, __package__, __spec__ and __spec__.name, __file__, __builtins__ is not None)
print(os.path.samefile(sys.path[0] or ".", WHERE))
assert sys.modules["__main__"].__dict__ is globals()
class Own: pass
import pickle
assert type(pickle.loads(pickle.dumps(Own()))) is Own
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a script, a package with relative imports, and scripts that fail."""
    (tmp_path / "script.py").write_text(SHOW.replace("WHERE", repr(str(tmp_path))) + "import beside\n")
    (tmp_path / "beside.py").write_text("print('beside')\n")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sibling.py").write_text("name = 'sibling'\n")
    (package / "__main__.py").write_text(SHOW.replace("WHERE", repr(str(tmp_path))) + "from .sibling import name; print(name)\n")
    (package / "inner.py").write_text("import sys; from . import sibling; print(sibling.name, sys.argv[1:])\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("import sys, beside_app; print(sys.argv, __package__, __spec__.name)\n")
    (tmp_path / "app" / "beside_app.py").write_text("")
    (tmp_path / "raises.py").write_text("def f():\n    raise KeyError('deep')\n\nf()\n")
    (tmp_path / "chained.py").write_text("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e\n")
    (tmp_path / "wrong.py").write_text("x = = 1\n")
    (tmp_path / "exits.py").write_text("import sys, atexit\natexit.register(print, 'at exit')\nsys.exit(int(sys.argv[1]))\n")
    (tmp_path / "says.py").write_text("raise SystemExit('a reason')\n")
    (tmp_path / "interrupted.py").write_text("raise KeyboardInterrupt\n")
    return tmp_path


CALLS = [
    ("script.py", "a", "--b"), ("-m", "package", "1"), ("-m", "package.inner", "-x"), ("app", "z"), ("raises.py",),
    ("chained.py",), ("wrong.py",), ("exits.py", "7"), ("exits.py", "0"), ("says.py",), ("interrupted.py",),
    ("not_there.py",), ("-m", "not_there"), ("-c", "import sys; print(sys.argv, __name__, repr(sys.path[0]))", "x"),
    ("-c", "1 / 0"),
]


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_run_is_like_python(folder, arguments):
    """Output, tracebacks and exit codes are those of `python` with the same arguments."""
    plain, ours = (python(*before, *arguments, cwd=folder, check=False) for before in ((), ("-m", "cuprous", "run")))
    assert ours.stdout == plain.stdout
    assert ours.returncode == plain.returncode
    assert ours.stderr == plain.stderr


def test_spawned_processes(tmp_path):
    """A process that multiprocessing spawns imports cupy as its parent does."""
    (tmp_path / "pool.py").write_text(textwrap.dedent("""
        import multiprocessing
        import cupy as cp

        def work(n):
            return float(cp.arange(n).sum()), cp.__version__

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work, [3, 4]))
        """))
    done = python("-m", "cuprous", "run", "pool.py", cwd=tmp_path)
    assert done.stdout == "[(3.0, '14.2.0'), (6.0, '14.2.0')]\n"


def test_usage():
    """Wrong arguments print the usage and exit with 2."""
    for arguments in ((), ("run",), ("wrong",), ("run", "--flag"), ("doctor", "more")):
        done = python("-m", "cuprous", *arguments, check=False)
        assert done.returncode == 2 and "usage: python -m cuprous" in done.stderr
    assert "doctor" in python("-m", "cuprous", "--help").stdout
