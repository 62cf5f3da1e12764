"""Environment variables, signals and processes: each in a subprocess of its own."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

HASHES = """
import hashlib
import numpy as np
import cuprous as cp

rng = np.random.default_rng(11)
def report(name, x):
    out = cp.asnumpy(x)
    # Any NaN is any other.
    out = np.where(np.isnan(out), out.dtype.type("nan"), out) if out.dtype.kind in "fc" else out
    print(name, out.dtype, out.shape, hashlib.sha256(out.tobytes()).hexdigest())

for dtype in "bilefdFD":
    a = (rng.normal(size=(70, 80)) * 9).astype(dtype)
    b = (rng.normal(size=(70, 80)) * 9).astype(dtype)
    x, y = cp.asarray(a), cp.asarray(b)
    report("poly", ((x * 3 + y) * x - y) * x + 1)
    report("ratio", (x * 2 + y * 3) / (x + y + 1))
    report("deep", sum((x * k - y for k in range(1, 40)), x))
    report("views", (x + 1)[::2, ::-1] * (y * 2)[1::2])
    report("transposed", x.T * y.T - (x + y).T)
    report("broadcast", x[:1] * y[:, :1] - x)
    report("rows", (x - x[3]) * (y[:, 5:6] + 2))
    report("sum", ((x - y) ** 2).sum(axis=0))
    report("sum1", ((x - y) * (x + y)).sum(axis=1))
    report("mean", (x * y + x).mean())
    report("prod", (x * 0 + 1 + y * 0).prod(axis=1))
    report("cumsum", (x - y).cumsum(axis=0))
    report("where", cp.where(x == y, x + 1, y * x))
    report("abs", abs(x) + abs(-y))
    report("cast", x.astype("D") * y + 1)
    if dtype not in "FD":
        report("compare", (x > y) == (y >= x + 1))
        report("extremes", cp.maximum(x, y) - cp.minimum(x * 2, y))
        report("argmax", (x * y - x).argmax(axis=1))
        report("mod", x % (y * y + 1) + x // (y * y + 2))
    if dtype in "efdFD":
        report("chain", cp.exp(cp.sin(x) * cp.cos(y)) + cp.sqrt(abs(x)) * cp.tanh(y / 4))
        report("log", cp.log(abs(x) + 1) * cp.square(y))
    x += y
    x[1:] -= x[:-1] * 2
    x *= 3
    report("in place", x)
cp.random.seed(3)
report("random", cp.random.randn(5000) * 2 + cp.random.rand(5000))
print("done")
"""


def run(code, check=True, timeout=300, **environment):
    """The finished process of a Python program under a changed environment; None removes a variable."""
    env = {k: v for k, v in {**os.environ, **environment}.items() if v is not None}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=env, capture_output=True, text=True, timeout=timeout)
    if check:
        assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done


def test_same_bits_fused_or_not():
    """`CUPROUS_FUSION=off` changes no bit of any result (rule 23)."""
    fused = run(HASHES, CUPROUS_FUSION=None).stdout.splitlines()
    plain = run(HASHES, CUPROUS_FUSION="off").stdout.splitlines()
    assert len(fused) > 100 and fused[-1] == "done"
    assert [line for line in zip(fused, plain, strict=True) if line[0] != line[1]] == []


def test_same_bits_on_any_number_of_threads():
    """The number of threads changes no bit of any result (rule 23)."""
    one = run(HASHES, CUPROUS_NUM_THREADS="1").stdout.splitlines()
    three = run(HASHES, CUPROUS_NUM_THREADS="3").stdout.splitlines()
    assert one[-1] == "done" and one == three


def test_same_bits_synchronized():
    """`CUPROUS_SYNC=1` changes no bit of any result."""
    assert run(HASHES, CUPROUS_SYNC="1").stdout == run(HASHES, CUPROUS_SYNC=None).stdout


def test_sync_attributes_failures():
    """Under `CUPROUS_SYNC=1` a result that does not fit in memory raises on the line that asks for it."""
    code = """
    import cuprous as cp
    x = cp.ones((1, 1000), "f")
    try:
        y = cp.broadcast_to(x, (1 << 45, 1000)) + 1
    except MemoryError:
        print("raised at once")
    """
    assert run(code, CUPROUS_SYNC="1").stdout.strip() == "raised at once"


PROGRAM = """
import cuprous as cp
x = cp.arange(5000, dtype="f")
y = (x * 2 + 1) - x / 3
print(float(y[7]))
"""


def test_log_prints_programs():
    """`CUPROUS_LOG=plan` prints each fused program with its steps, and nothing is printed without it."""
    quiet, loud = run(PROGRAM, CUPROUS_LOG=None), run(PROGRAM, CUPROUS_LOG="plan", CUPROUS_FUSION=None)
    assert quiet.stdout == loud.stdout
    assert "multiply" not in quiet.stdout + quiet.stderr
    for step in ("multiply", "add", "divide", "subtract"):
        assert step in loud.stderr, loud.stderr


@pytest.mark.gpu
def test_log_prints_sources():
    """`CUPROUS_LOG=source` prints the text of generated kernels."""
    assert "__global__" in run(PROGRAM, CUPROUS_LOG="source", CUPROUS_FUSION=None).stderr


def test_unknown_values_of_variables():
    """A misspelt setting is ignored or refused in one line, never a panic."""
    for name, value in (("CUPROUS_LOG", "nonsense"), ("CUPROUS_FUSION", "maybe"), ("CUPROUS_NUM_THREADS", "many"), ("CUPROUS_NUM_THREADS", "0"), ("CUPROUS_SYNC", "x")):
        done = run(PROGRAM, check=False, **{name: value})
        assert "panicked" not in done.stderr
        assert done.returncode == 0 or done.stderr.strip().splitlines()[-1].count(name) == 1, f"{name}={value}: {done.stderr}"


@pytest.mark.gpu
def test_unwritable_cache(tmp_path):
    """A cache directory that cannot be written costs speed, not results."""
    target = tmp_path / "cache"
    target.mkdir()
    want = run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR=str(tmp_path / "good")).stdout
    target.chmod(0o500)
    assert run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR=str(target)).stdout == want
    (tmp_path / "file").write_text("not a directory")
    assert run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR=str(tmp_path / "file" / "below")).stdout == want
    assert run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR="/proc/none").stdout == want


@pytest.mark.gpu
def test_corrupt_cache(tmp_path):
    """Entries that are truncated, empty or garbage are rebuilt."""
    want = run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR=str(tmp_path)).stdout
    entries = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert entries, "the cache holds nothing after a run"
    for damage in (lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"garbage" * 100, lambda b: b[:-1] + bytes([b[-1] ^ 255])):
        for path in (p for p in tmp_path.rglob("*") if p.is_file()):
            path.write_bytes(damage(path.read_bytes()))
        assert run(PROGRAM, CUPROUS_PREBUILT="", CUPROUS_CACHE_DIR=str(tmp_path)).stdout == want


@pytest.mark.gpu
def test_cache_of_many_processes(tmp_path):
    """Processes that fill one cache together all get right results."""
    env = {**os.environ, "CUPROUS_PREBUILT": "", "CUPROUS_CACHE_DIR": str(tmp_path)}
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM], env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = {p.communicate(timeout=300)[0] for p in running}
    assert len(outputs) == 1 and outputs.pop().strip()
    assert all(p.returncode == 0 for p in running)


LONG = """
import signal
import numpy as np
import cuprous as cp

# Shells start what runs in the background with this signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
x = cp.full((3000, 3000), 0.5)
print("ready", flush=True)
try:
    for _ in range(100_000):
        x = cp.sin(x) + cp.exp(-x) * 0.25
        y = x @ x
        float(x[0, 0])
except KeyboardInterrupt:
    print("interrupted", flush=True)
z = cp.arange(5000) * 2 + 1
assert np.array_equal(cp.asnumpy(z), np.arange(5000) * 2 + 1)
print("alive", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on POSIX")
def test_interrupt():
    """SIGINT in a long computation raises KeyboardInterrupt, and the process goes on computing."""
    process = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().strip() == "ready", process.stderr.read()
        time.sleep(1.0)
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert out.split() == ["interrupted", "alive"], out + err
    assert process.returncode == 0


FORK = """
import os
import numpy as np
import cuprous as cp

a = np.arange(200_000, dtype="d")
x = cp.asarray(a)
pending = x * 2 + 1
float((x + 1).sum())
children = []
for k in range(3):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert np.array_equal(cp.asnumpy(x * k + 3), a * k + 3)
            assert np.array_equal(cp.asnumpy(pending), a * 2 + 1)
            assert float(cp.asarray(a).max()) == a.max()
            status = 0
        finally:
            os._exit(status)
    children.append(child)
assert [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children] == [0, 0, 0]
assert np.array_equal(cp.asnumpy(pending), a * 2 + 1)
print("parent and children agree")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_on_the_cpu():
    """After a fork the CPU computes in parent and children, pending values included (rule 29)."""
    assert run(FORK, CUPROUS_DEVICE="cpu", timeout=60).stdout.strip() == "parent and children agree"


@pytest.mark.gpu
def test_fork_with_cuda_raises():
    """After a fork CUDA raises in the child, and the parent goes on (rule 29)."""
    code = """
    import os
    import cuprous as cp
    x = cp.arange(5000)
    int(x.sum())
    child = os.fork()
    if child == 0:
        status = 1
        try:
            (x + 1).get()
        except RuntimeError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert int((x + 1).sum()) == 12502500
    print("fine")
    """
    assert run(code).stdout.strip() == "fine"


def test_exit_with_pending_values():
    """A process ends quietly whatever is pending, alive in globals or in cycles (rule 26)."""
    code = """
    import cuprous as cp
    x = cp.arange(100_000)
    y = x * 2 + 1
    z = [y + k for k in range(20)]
    z.append(z)
    class Holder: pass
    h = Holder()
    h.me, h.x = h, z[3] * z[4]
    """
    done = run(code)
    assert done.stderr == "" and done.stdout == ""


def test_import_computes_nothing_and_prints_nothing():
    """Importing is quiet, and works where the device cannot be used."""
    for device in ("cpu", "cuda:0"):
        done = run("import cuprous; print(cuprous.cuda.is_available())", CUPROUS_DEVICE=device)
        assert done.stdout.strip() in ("True", "False") and done.stderr == ""


def test_doctor():
    """`python -m cuprous doctor` tells what is there, computes, and ends with 0."""
    done = subprocess.run([sys.executable, "-m", "cuprous", "doctor"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    subjects = [line.partition(" : ")[0].strip() for line in done.stdout.splitlines()]
    for subject in ("cuprous", "Python", "NumPy", "cpu", "NVRTC", "cuBLAS", "driver", "kernel cache", "fusion", "new arrays", "settings"):
        assert subject in subjects, done.stdout
    assert done.stdout.splitlines()[-1].startswith("usable: computed a sum on ")


def test_doctor_names_what_is_missing():
    """A library that is not found comes with the command that installs it."""
    done = run("import cuprous as cp; cp.show_config()")
    for line in done.stdout.splitlines():
        if "is missing" in line:
            assert "install" in line, line


def test_doctor_where_nothing_works(tmp_path):
    """Without a usable device doctor says so and ends with 1; the report itself never raises."""
    environment = {**os.environ, "CUPROUS_DEVICE": "cuda:77", "CUPROUS_CACHE_DIR": str(tmp_path / "none")}
    done = subprocess.run([sys.executable, "-m", "cuprous", "doctor"], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 1, done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not usable: ") and "cuda:77" in last and not done.stderr
    assert "CUPROUS_DEVICE=cuda:77" in done.stdout and "(empty)" in done.stdout


def test_show_config_counts_the_cache(tmp_path):
    """The kernel cache is told with the number of its files and their size."""
    (tmp_path / "a.cubin").write_bytes(b"x" * 2_000_000)
    done = run("import cuprous as cp; cp.show_config()", CUPROUS_CACHE_DIR=str(tmp_path))
    assert f"{tmp_path} (1 files, 2.0 MB)" in done.stdout


def test_config_tells_the_environment():
    """What the environment fixed can be read and not changed."""
    code = """
    import cuprous as cp
    print(cp.config.fusion, cp.config.sync, cp.config.default_device)
    for name in ("fusion", "sync"):
        try:
            setattr(cp.config, name, True)
        except AttributeError:
            print("fixed")
    cp.config.default_device = "cpu"
    print(cp.config, cp.zeros(1).device)
    """
    plain = run(code, CUPROUS_FUSION=None, CUPROUS_SYNC=None, CUPROUS_DEVICE="cpu").stdout.splitlines()
    assert plain[0].startswith("True False") and plain[1:3] == ["fixed", "fixed"]
    assert plain[3].startswith("<config default_device=cpu fusion=True sync=False index_errors='raise'>")
    assert run(code, CUPROUS_FUSION="off", CUPROUS_SYNC="1").stdout.startswith("False True")


def test_import_is_light():
    """Importing loads no CUDA library, and nothing of NumPy beyond NumPy itself."""
    code = """
    import sys
    import numpy
    before = set(sys.modules)
    import cuprous
    new = {name.partition(".")[0] for name in set(sys.modules) - before}
    print(*sorted(new & {"numpy", "scipy", "unittest", "multiprocessing", "asyncio"}))
    print(*[line.split("/")[-1].strip() for line in open("/proc/self/maps") if "libcuda.so" in line or "libnvrtc" in line])
    """
    assert run(code).stdout.split() == []
