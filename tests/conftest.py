"""Options and profiles of the Python tests: `python -m pytest tests [--device cpu|cuda] [--fusion on|off|both]`.

The device and the laziness are fixed when `cuprous` is first imported, so the options set the environment
before any test module is collected. `--fusion both` runs the whole suite twice, each time in a process of
its own with `--fusion on` and `--fusion off`, and fails if either run fails. `--device cuda` on a machine
without a usable GPU ends the run with an error: what was asked for and is not there must not pass.
`--no-delegation` makes NumPy's computing functions raise while a call of cuprous runs (`support/delegation.py`).
`--skips check` fails a whole run whose skipped tests are not those listed in `tests/support/skips-DEVICE-FUSION.txt`; `--skips write`
makes the list.
`--large` runs `tests/large` on the CPU too; on a GPU those run that the free memory allows.
`--hypothesis-profile=long` draws fresh random programs, and many more than the repeatable default profile;
`--hypothesis-profile=shrink` repeats the default ones and makes a failing program as short as it can.
"""

import gc
import os
import subprocess
import sys
import warnings
from pathlib import Path

import hypothesis
import numpy as np
import pytest

SLOW = (hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large)
UNSHRUNK = tuple(p for p in hypothesis.Phase if p not in (hypothesis.Phase.shrink, hypothesis.Phase.explain))
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=250, stateful_step_count=30,
    suppress_health_check=SLOW, phases=UNSHRUNK, print_blob=False,
)
hypothesis.settings.register_profile("shrink", hypothesis.settings.get_profile("repeatable"), phases=tuple(hypothesis.Phase))
hypothesis.settings.register_profile("long", deadline=None, max_examples=3000, stateful_step_count=60, suppress_health_check=SLOW)
hypothesis.settings.load_profile("repeatable")


def pytest_addoption(parser):
    """Adds the options."""
    parser.addoption("--device", choices=("cpu", "cuda"), default="cpu", help="where the arrays live")
    parser.addoption("--fusion", choices=("on", "off", "both"), default="on", help="lazy and fused, or each operation at once")
    parser.addoption("--skips", choices=("check", "write"), help="compare the skipped tests with the committed list, or write it")
    parser.addoption("--large", action="store_true", help="arrays above 2^31 elements on the CPU as well: minutes and tens of GB")
    parser.addoption("--no-delegation", action="store_true", help="NumPy raises when cuprous asks it for a result")


def pytest_cmdline_main(config):
    """Runs the suite once per mode when both are asked for."""
    if config.getoption("--fusion") != "both" or config.option.collectonly:
        return None
    codes = []
    for mode in ("on", "off"):
        arguments = [sys.executable, "-m", "pytest", *config.invocation_params.args, "--fusion", mode]
        codes.append(subprocess.call(arguments, cwd=config.invocation_params.dir))
        print(f"fusion {mode}: exit status {codes[-1]}", flush=True)
    return max(codes)


def pytest_configure(config):
    """Fixes device and laziness in the environment, then makes sure that the device is there."""
    config.addinivalue_line("markers", "gpu: needs a CUDA device; reported as skipped where there is none")
    device = config.getoption("--device")
    os.environ["CUPROUS_DEVICE"] = "cuda:0" if device == "cuda" else "cpu"
    if config.getoption("--fusion") == "off":
        os.environ["CUPROUS_FUSION"] = "off"
    elif config.getoption("--fusion") == "on":
        os.environ.pop("CUPROUS_FUSION", None)
    # A GPU that idles begins with what waits: tests of what waits would depend on how busy the machine is.
    os.environ.setdefault("CUPROUS_WATCH", "off")
    for name in ("CUPROUS_SYNC", "CUPROUS_LOG"):
        os.environ.pop(name, None)
    if config.getoption("--fusion") == "both":
        return
    if config.getoption("--no-delegation"):
        from support import delegation

        delegation.guard_numpy()
        delegation.guard_cuprous()
    import cuprous as cp

    if device == "cuda" and not cp.cuda.is_available():
        pytest.exit("--device cuda was asked for, but cuprous finds no usable GPU here", returncode=4)
    if str(cp.zeros(1).device).split(":")[0] != device:
        pytest.exit(f"--device {device} was asked for, but new arrays live on {cp.zeros(1).device}", returncode=4)


def pytest_report_header(config):
    """Says what is tested."""
    if config.getoption("--fusion") == "both":
        return "cuprous: fusion on, then off"
    import cuprous as cp

    return f"cuprous: device {os.environ['CUPROUS_DEVICE']}, fusion {config.getoption('--fusion')}, devices {cp.devices()}, NumPy {np.__version__}"


def pytest_collection_modifyitems(config, items):
    """Skips, visibly, what needs a GPU when the run is not on one."""
    if config.getoption("--device") != "cuda":
        skip = pytest.mark.skip(reason="needs a CUDA device (--device cuda)")
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(skip)


def pytest_sessionfinish(session, exitstatus):
    """Compares the tests that were skipped with the committed list, or makes the list."""
    wanted = session.config.getoption("--skips")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if wanted is None or reporter is None or hasattr(session.config, "workerinput"):
        return
    mode = f"{session.config.getoption('--device')}-{session.config.getoption('--fusion')}"
    path = Path(__file__).parent / "support" / f"skips-{mode}.txt"
    skipped = sorted({report.nodeid.split("tests/", 1)[-1] for report in reporter.stats.get("skipped", [])})
    if wanted == "write":
        path.write_text("".join(f"{name}\n" for name in skipped))
    elif skipped != path.read_text().split("\n")[:-1]:
        listed = set(path.read_text().split("\n")[:-1])
        print(f"\nskipped but not listed: {sorted(set(skipped) - listed)}\nlisted but not skipped: {sorted(listed - set(skipped))}")
        session.exitstatus = 1


@pytest.fixture(autouse=True)
def quiet_reference():
    """Silences the floating-point warnings of the reference: cuprous never warns of element values."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@pytest.fixture(autouse=True)
def clean_engine():
    """Leaves nothing behind that decides how the next test computes: no value that waits, no hook, capture, allocator or stream."""
    import cuprous as cp

    yield
    if not cp._core._state():
        return
    gc.collect()
    try:
        cp.cuda.Device().synchronize()
    except Exception as error:  # whatever is left is told below
        print(error)
    assert cp._core._state() == {}


@pytest.fixture
def device(request):
    """The kind of device under test."""
    return request.config.getoption("--device")
