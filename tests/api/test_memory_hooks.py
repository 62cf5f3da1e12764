"""Memory hooks: who is told of memory, in which order, and what happens when he fails."""

import gc
import io
import json
import threading

import cuprous as cp
import numpy as np
import pytest
from cuprous.cuda import memory_hooks
from support.compare import assert_same
from support.values import LAZY_SIZE

N = LAZY_SIZE


class Recorder(cp.cuda.MemoryHook):
    """Writes down what it is told."""

    name = "Recorder"

    def __init__(self):
        self.told = []

    def sizes(self, step):
        """The rounded sizes that one step told."""
        return [kwargs["mem_size"] for name, kwargs in self.told if name == step]


STEPS = {
    "alloc_preprocess": {"device_id", "mem_size"},
    "alloc_postprocess": {"device_id", "mem_size", "mem_ptr"},
    "malloc_preprocess": {"device_id", "size", "mem_size"},
    "malloc_postprocess": {"device_id", "size", "mem_size", "mem_ptr", "pmem_id"},
    "free_preprocess": {"device_id", "mem_size", "mem_ptr", "pmem_id"},
    "free_postprocess": {"device_id", "mem_size", "mem_ptr", "pmem_id"},
}
for step in STEPS:
    setattr(Recorder, step, lambda self, _step=step, **kwargs: self.told.append((_step, kwargs)))


@pytest.fixture
def pool():
    """An empty pool, which arrays use."""
    pool = cp.cuda.MemoryPool()
    with cp.cuda.using_allocator(pool.malloc):
        yield pool


def test_steps_of_a_request(pool):
    """A request that the pool cannot serve asks the device in between; one that it can does not."""
    with Recorder() as hook:
        x = cp.empty(100, "i4")
        address = x.data.ptr
        del x
        y = cp.empty(90, "i4")
        del y
    names = [name for name, _ in hook.told]
    ask = ["malloc_preprocess", "alloc_preprocess", "alloc_postprocess", "malloc_postprocess"]
    free = ["free_preprocess", "free_postprocess"]
    assert names == ask + free + [ask[0], ask[3]] + free
    for name, kwargs in hook.told:
        assert set(kwargs) == STEPS[name]
        assert kwargs["device_id"] == cp.cuda.get_device_id() and kwargs["mem_size"] == 512
        assert kwargs.get("mem_ptr", address) == address
    assert [kwargs["size"] for name, kwargs in hook.told if "size" in kwargs] == [400, 400, 360, 360]
    assert len({kwargs["pmem_id"] for _, kwargs in hook.told if "pmem_id" in kwargs}) == 1


def test_the_default_pool_tells():
    """Arrays of the default pool are told of as well."""
    with Recorder() as hook:
        x = cp.empty(50_000, "d")
        del x
        x = cp.empty(10, "d")
        del x
    for step in ("malloc_preprocess", "malloc_postprocess", "free_preprocess", "free_postprocess"):
        sizes = hook.sizes(step)
        assert len(sizes) == 2 and 400_000 <= sizes[0] < 420_000 and 64 <= sizes[1] <= 512, step


def test_each_operation_is_told_at_its_call(pool):
    """While a hook listens nothing waits, and what waited before is not told."""
    x = cp.ones(N)
    waiting = x + 1
    with Recorder() as hook:
        assert hook.told == []
        assert_same(waiting, np.full(N, 2.0))
        y = x + 1
        rounded = -(-8 * N // 512) * 512  # scratch memory of kernels is told of as well
        assert hook.sizes("malloc_preprocess").count(rounded) == 1
        z = y * 2
        assert hook.sizes("malloc_preprocess").count(rounded) == 2
    n = len(hook.told)
    w = z + 1
    assert_same(w, np.full(N, 5.0))
    del y, z, w
    assert len(hook.told) == n


def test_hooks_by_name():
    """A thread has one hook of a name; several are told in the order in which they were entered."""
    order = []

    class First(cp.cuda.MemoryHook):
        name = "First"

        def malloc_preprocess(self, **kwargs):
            order.append(self.name)

    class Second(First):
        name = "Second"

    with First() as first, Second() as second:
        assert cp.cuda.memory_hook.get_memory_hooks() == {"First": first, "Second": second}
        with pytest.raises(KeyError, match="First"), First():
            pass
        x = cp.empty(7)
    assert order == ["First", "Second"] and cp.cuda.memory_hook.get_memory_hooks() == {}
    del x
    assert cp.cuda.MemoryHook.name == "MemoryHook"
    with cp.cuda.MemoryHook():
        assert_same(cp.ones(5) + 1, np.full(5, 2.0))


def test_hooks_are_of_the_thread(pool):
    """Other threads are not told of."""
    made = []
    with Recorder() as hook:
        thread = threading.Thread(target=lambda: made.append(cp.empty(1000)))
        thread.start()
        thread.join()
        assert hook.told == []


def test_hooks_may_use_arrays(pool):
    """What a hook does itself is not told."""

    class Busy(cp.cuda.MemoryHook):
        name, n = "Busy", 0

        def malloc_postprocess(self, **kwargs):
            self.n += int((cp.ones(3) + 1).sum())

    with Busy() as hook:
        x = cp.empty(5)
    assert hook.n == 6
    del x


@pytest.mark.parametrize("step", ["alloc_preprocess", "alloc_postprocess", "malloc_preprocess", "malloc_postprocess"])
def test_failing_hooks(step, pool):
    """What a hook raises is raised by the operation; no memory is lost."""

    class Strange(Exception):
        pass

    def fail(self, **kwargs):
        raise Strange(step)

    hook = type("Failing", (cp.cuda.MemoryHook,), {"name": "Failing", step: fail})()
    with hook, pytest.raises(Strange, match=step):
        cp.empty(100)
    assert pool.used_bytes() == 0
    pool.free_all_blocks()
    assert pool.total_bytes() == 0
    assert_same(cp.ones(5), np.ones(5))


def test_failing_hooks_of_free(pool, monkeypatch):
    """Nobody can be told that dropping failed: it is reported, and the memory goes."""
    reported = []
    monkeypatch.setattr("sys.unraisablehook", lambda info: reported.append(info.exc_type))

    class Failing(cp.cuda.MemoryHook):
        name = "Failing"

        def free_preprocess(self, **kwargs):
            1 / 0  # noqa: B018

    with Failing():
        x = cp.empty(100)
        del x
    assert reported == [ZeroDivisionError] and pool.used_bytes() == 0


def test_failed_requests_are_told(pool):
    """A request that fails is told with address 0."""
    pool.set_limit(size=1024)
    with Recorder() as hook, pytest.raises(MemoryError):
        cp.empty(1 << 20)
    assert {kwargs["mem_ptr"] for name, kwargs in hook.told if name == "malloc_postprocess"} == {0}
    assert hook.sizes("alloc_preprocess") == []


def test_debug_print(pool):
    """A line of JSON after each step."""
    file = io.StringIO()
    with memory_hooks.DebugPrintHook(file=file) as hook:
        x = cp.empty(3, "q")
        address = x.data.ptr
        del x
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    here = {"device_id": cp.cuda.get_device_id(), "mem_size": 512, "mem_ptr": address}
    block = here | {"pmem_id": lines[1]["pmem_id"]}
    assert lines == [{"hook": "alloc", **here}, {"hook": "malloc", "size": 24, **block}, {"hook": "free", **block}]
    assert lines[1]["pmem_id"].startswith("0x") and hook.file is file and hook.flush is True
    assert memory_hooks.debug_print.DebugPrintHook is memory_hooks.DebugPrintHook


def test_debug_print_to_standard_output(pool, capsys):
    """Standard output is the default, also where tests catch it."""
    import sys

    with memory_hooks.DebugPrintHook(file=sys.stdout, flush=False):
        x = cp.empty(3)
    assert capsys.readouterr().out.count('{"hook":') == 2
    del x


def test_line_profile(pool):
    """Each line is counted with its callers."""

    def makes(n):
        return cp.empty(n, "b")

    hook = memory_hooks.LineProfileHook()
    with hook:
        x = makes(1000)
        x = None
        x = makes(4000)
        x = cp.empty(100_000, "b")
    del x
    file = io.StringIO()
    hook.print_report(file=file)
    lines = file.getvalue().splitlines()
    assert lines[0] == "_root (103.00KB, 103.00KB)"
    mine = [line.strip() for line in lines if "test_memory_hooks.py" in line and "test_line_profile" in line]
    assert [line.split("(")[1] for line in mine] == ["1.00KB, 1.00KB)", "4.00KB, 4.00KB)", "98.00KB, 98.00KB)"]
    assert sum(":makes (" in line for line in lines) == 2
    depth = [len(line) - len(line.lstrip()) for line in lines]
    assert depth[0] == 0 and all(b - a <= 2 for a, b in zip(depth, depth[1:], strict=False))


def test_line_profile_of_few_frames(pool):
    """The depth can be limited to the outermost frames."""
    hook = memory_hooks.LineProfileHook(max_depth=1)
    with hook:
        x = cp.empty(1000, "b")
    file = io.StringIO()
    hook.print_report(file=file)
    assert len(file.getvalue().splitlines()) == 2
    del x
    frame = memory_hooks.line_profile.MemoryFrame(None, None)
    frame.used_bytes, frame.acquired_bytes = 100, 3 << 30
    assert frame.humanized_bytes() == ("100.00B", "3.00GB")
    gc.collect()
