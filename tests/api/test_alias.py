"""The distribution `cuprous-cupy`: `import cupy` in a plain process gives cuprous once it is installed."""

import importlib.util
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "python" / "cupy-alias" / "backend.py"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel: built here from a checkout, else the one that was brought along in `dist/`."""
    if BACKEND.exists():
        folder = tmp_path_factory.mktemp("dist")
        done = subprocess.run([sys.executable, str(BACKEND), str(folder)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return folder / done.stdout.strip()
    return max((ROOT / "dist").glob("cuprous_cupy-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder into which pip installed it."""
    if real := importlib.util.find_spec("cupy"):
        pytest.skip(f"CuPy itself is installed here ({real.origin}), and cuprous-cupy refuses to stand beside it")
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target), str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=120, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    assert done.returncode == 0, done.stderr
    return target


def python(code, *folders, check=True):
    """A plain process with folders on its path."""
    path = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, env=environment)
    assert not check or done.returncode == 0, done.stderr
    return done


def test_the_wheel(wheel):
    """It is small and pure, its list of files is complete, and equal sources give equal wheels."""
    assert wheel.name.endswith("-py3-none-any.whl") and wheel.stat().st_size < 20_000
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        record = archive.read(next(n for n in names if n.endswith("/RECORD"))).decode()
        assert archive.testzip() is None
    assert {line.split(",")[0] for line in record.splitlines()} == set(names)
    assert {"cupy.py", "cupyx.py", "cupy_backends.py"} <= set(names)
    if BACKEND.exists():
        again = wheel.parent / "again"
        subprocess.run([sys.executable, str(BACKEND), str(again)], check=True, timeout=60)
        assert (again / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("first", ["cupy", "cupyx", "cupy_backends", "cupy.random", "cupy.cuda.runtime", "cupyx.profiler", "cupy_backends.cuda.api.runtime"])
def test_imports(installed, first):
    """Each of the packages and their submodules can come first; all then are cuprous."""
    python(f"""
        import {first}
        import cupy, cupyx, cupy_backends, cuprous, pickle
        assert cupy.ndarray is cuprous.ndarray and cupy.__version__ == "14.2.0" and cupyx.rsqrt is cuprous.x.rsqrt
        assert cupy.random is cuprous.random and cuprous.config.index_errors == "wrap"
        a = pickle.loads(pickle.dumps(cupy.arange(3)))
        assert type(a) is cupy.ndarray and a.tolist() == [0, 1, 2]
        """, installed)


def test_metadata(installed):
    """Package tools see CuPy in its version, before it is imported and after, and the distribution itself."""
    python("""
        import importlib.metadata as metadata, importlib.util
        assert metadata.version("cupy") == "14.2.0"
        assert metadata.distribution("cuprous-cupy").requires == ["cuprous==" + metadata.version("cuprous-cupy")]
        assert importlib.util.find_spec("cupy") is not None and importlib.util.find_spec("cupyx.profiler") is not None
        import cupy
        assert metadata.version("cupy") == cupy.__version__ == metadata.version("cupy-cuda12x")
        """, installed)


def test_the_doctor_tells(installed, tmp_path):
    """`show_config` says what a plain `import cupy` gives."""
    show = "import cuprous; cuprous.show_config()"
    (tmp_path / "cupy").mkdir()
    (tmp_path / "cupy" / "__init__.py").write_text("")
    for folders, found in (((installed,), f"cuprous ({installed / 'cupy.py'})"), ((tmp_path, installed), "CuPy itself"), ((), "nothing;")):
        line = next(line for line in python(show, *folders).stdout.splitlines() if line.startswith("import cupy"))
        assert line.split(" : ")[1].startswith(found), line


def test_worker_processes(installed, tmp_path):
    """Processes that are spawned import it as their parent does."""
    (tmp_path / "work.py").write_text("import cupy\n\ndef work(n):\n    return float(cupy.arange(n).sum())\n")
    done = python("""
        import multiprocessing, work
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work.work, [4]))
        """, installed, tmp_path)
    assert done.stdout == "[6.0]\n"


def test_beside_cupy(installed, tmp_path):
    """Where CuPy is installed as well, an import says so; cuprous asked for by name still works, and CuPy is untouched."""
    other = tmp_path / "site"
    for name in ("cupy", "cupyx"):
        (other / name).mkdir(parents=True)
        (other / name / "__init__.py").write_text("theirs = True\n")
    for name in ("cupy", "cupyx"):
        done = python(f"import {name}", installed, other, check=False)
        assert done.returncode == 1 and f"ImportError: both CuPy ({other / name}" in done.stderr and "pip uninstall" in done.stderr
    assert python("import cupy; print(cupy.theirs)", other, installed).stdout == "True\n"
    python("import cuprous.compat; cuprous.compat.install(); import cupy; assert cupy.ndarray is cuprous.ndarray", installed, other)
    path = [str(installed), str(other), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    code = "import cupy, cuprous; assert cupy.ndarray is cuprous.ndarray"
    subprocess.run([sys.executable, "-m", "cuprous", "run", "-c", code], check=True, timeout=120, env=environment)
