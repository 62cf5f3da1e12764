"""The end of a process: whatever is still being compiled or computed then, it ends without a trace."""

import os
import subprocess
import sys

import pytest

PROGRAMS = {
    "just compiled": "y = (x * 1.25 + 0.75) / (x + 2.5); y[0].item()",
    "compiling": "ys = [(x * k + 0.5) / (x - k) + k for k in range(2, 6)]; [float(y[0]) for y in ys]",
    "waiting": "y = cp.sqrt(x * 3) + 1",
    "on another thread": "import threading; t = threading.Thread(target=lambda: (x * 7 - 3).sum().item()); t.start()",
    "in a hook": "import atexit; atexit.register(lambda: print((x + 41)[0].item()))",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_processes_end_well(program, tmp_path):
    """With an empty cache, so that there is something to compile."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CUPROUS_COMPILE", "CUPROUS_WATCH")}
    environment |= {"CUPROUS_CACHE_DIR": str(tmp_path), "CUDA_CACHE_PATH": str(tmp_path)}
    text = f"import cuprous as cp\nx = cp.ones(1_000_000)\n{PROGRAMS[program]}\n"
    ran = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == ("42.0\n" if program == "in a hook" else "")
