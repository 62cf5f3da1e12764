"""Room for large arrays: asked of the device, and told when there is none."""

import gc

import cuprous as cp
import pytest

GIB = 1 << 30


@pytest.fixture
def room(request, device):
    """Says that so many bytes will be needed at once; skips the test, with the sizes, if the device has fewer."""

    def need(n_bytes):
        if device == "cpu" and not request.config.getoption("--large"):
            pytest.skip(f"needs {n_bytes / GIB:.1f} GiB; on the CPU only with --large")
        gc.collect()
        cp.get_default_memory_pool().free_all_blocks()
        free, _ = cp.zeros(1).device.mem_info
        # The rest of the machine needs some too.
        if free < 1.1 * n_bytes + GIB // 4:
            pytest.skip(f"needs {n_bytes / GIB:.1f} GiB, the device has {free / GIB:.1f} GiB free")

    yield need
    gc.collect()
    cp.get_default_memory_pool().free_all_blocks()
