"""What kernels of users do wrong while they run or are started: errors with the names that programs know, and no end of the process."""

import os
import pickle
import subprocess
import sys
import textwrap

import cuprous as cp
import numpy as np
import pytest
from cuprous.cuda import driver, runtime

FAULTS = {
    "a write out of bounds": ("x[1LL << 40] = 1", 700, "cudaErrorIllegalAddress"),
    "a false assertion": ("assert(x[0] > 5)", 710, "cudaErrorAssert"),
}


def run(code, **environment):
    """What a program in a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=300, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("header", ["", "#include <assert.h>\\n"])
def test_faults_are_errors(name, header, device):
    """They are told by the call or by the next synchronization. The CPU goes on; a GPU is lost to the process, which is told so."""
    statement, status, words = FAULTS[name]
    said = run(
        f"""
        import cuprous as cp

        kernel = cp.RawKernel('{header}extern "C" __global__ void f(float* x) {{ {statement}; }}', "f")
        x = cp.zeros(3, "f")
        try:
            kernel((1,), (1,), (x,))
            cp.cuda.Device().synchronize()
        except cp.cuda.runtime.CUDARuntimeError as e:
            print(e.status, e)
        try:
            print(float((x + 1).sum()))
        except cp.cuda.runtime.CUDARuntimeError as e:
            print(e)
        """
    )
    first, second = said.splitlines()
    assert first.startswith(f"{status} {words}: ")
    if device == "cuda":
        assert "lost the device" in first and words in second
    else:
        assert "kernel f" in first and second == "3.0"


def test_what_cannot_be_started():
    """An error of the driver, which is one of the runtime too; what follows works."""
    kernel = cp.RawKernel('extern "C" __global__ void f(float* x) { x[threadIdx.x] += 1; }', "f")
    x = cp.zeros(32, "f")
    for arguments in (((1,), (2048,)), ((1,), (1, 1, 128)), ((1, 1 << 20), (1,))):
        with pytest.raises(driver.CUDADriverError) as caught:
            kernel(*arguments, (x,))
        assert isinstance(caught.value, runtime.CUDARuntimeError) and caught.value.status == 1
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), str(again), again.status) == (driver.LaunchError, str(caught.value), 1)
    with pytest.raises(driver.CUDADriverError):
        kernel((1,), (32,), (x,), shared_mem=1 << 20)
    kernel((1,), (32,), (x,))
    np.testing.assert_array_equal(x.get(), np.ones(32, "f"))


def test_attributes_out_of_range():
    """They cannot be set, and are as before."""
    kernel = cp.RawKernel('extern "C" __global__ void f(float* x) { x[0] = 1; }', "f")
    kernel.preferred_shared_memory_carveout = 50
    assert kernel.preferred_shared_memory_carveout == 50
    kernel.max_dynamic_shared_size_bytes = 50_000
    with pytest.raises(RuntimeError):
        kernel.max_dynamic_shared_size_bytes = 1 << 30
    assert (kernel.max_dynamic_shared_size_bytes, kernel.preferred_shared_memory_carveout) == (50_000, 50)


def test_a_missing_compiler_is_named(device):
    """Where kernels are compiled by the host's compiler, the error says how to get one; the rest works."""
    if device == "cuda":
        pytest.skip("a GPU's kernels need no compiler of the host")
    program = """
        import cuprous as cp

        try:
            cp.RawKernel('extern "C" __global__ void f(float* x) { x[0] = 29; }', "f")((1,), (1,), (cp.zeros(1, "f"),))
        except RuntimeError as e:
            print(e)
        print(float(cp.ones(3).sum()))
        """
    error, rest = run(program, CXX="/no/such/compiler").splitlines()
    assert "CXX" in error and "/no/such/compiler" in error and rest == "3.0"
    error, rest = run(program, CXX="", PATH="").splitlines()
    assert all(word in error for word in ("c++", "ziglang", "CXX")) and rest == "3.0"


def test_headers_of_the_host():
    """Kernels may include what CUDA's compilers let them include."""
    code = "#include <assert.h>\n#include <stdint.h>\n#include <math.h>\n#include <stdio.h>\n" + (
        'extern "C" __global__ void f(int32_t* x, float y) { assert(y > 0); x[0] = (int32_t)sqrtf(y); if (y > 1e9f) printf("%d", x[0]); }'
    )
    x = cp.zeros(1, "i")
    cp.RawKernel(code, "f")((1,), (1,), (x, np.float32(49)))
    assert x.tolist() == [7]
