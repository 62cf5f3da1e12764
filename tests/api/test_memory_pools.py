"""Memory pools, pinned memory and the limits of both, on whatever device the run is for.

NumPy has none of this, so the reference is what CuPy's names promise.
"""

import gc
import os
import pickle
import subprocess
import sys
import threading

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import LAZY_SIZE

N = LAZY_SIZE
OutOfMemoryError = cp.cuda.memory.OutOfMemoryError


@pytest.fixture(autouse=True)
def default_allocator():
    """Each test begins and ends with the default pool, empty and without a limit."""
    default = cp.get_default_memory_pool()
    yield
    cp.cuda.set_allocator(default.malloc)
    default.set_limit(size=0)
    gc.collect()
    default.free_all_blocks()


def numbers(pool):
    """What a pool counts."""
    return pool.used_bytes(), pool.free_bytes(), pool.total_bytes(), pool.n_free_blocks()


def test_pools_count_for_themselves():
    """A pool counts what was taken from it, in multiples of 512 bytes, and nothing else."""
    default, a, b = cp.get_default_memory_pool(), cp.cuda.MemoryPool(), cp.cuda.MemoryPool()
    before = default.used_bytes()
    assert numbers(a) == (0, 0, 0, 0)
    p, q = a.malloc(1000), a.malloc(1)
    assert numbers(a) == (1536, 0, 1536, 0) and numbers(b) == (0, 0, 0, 0)
    assert p.mem.size == 1000 and p.ptr % 256 == 0 and p.ptr != q.ptr
    del p
    assert numbers(a) == (512, 1024, 1536, 1)
    del q
    assert numbers(a) == (0, 1536, 1536, 2)
    assert default.used_bytes() == before
    assert cp.get_default_memory_pool() is default


def test_free_blocks_are_used_again():
    """The smallest free block that is large enough serves a request; what is too large is cut, and joined again."""
    pool = cp.cuda.MemoryPool()
    p, q = pool.malloc(4096), pool.malloc(100_000)
    small, large = p.ptr, q.ptr
    del p, q
    r = pool.malloc(4000)
    assert r.ptr == small
    s = pool.malloc(5000)
    assert s.ptr == large and pool.total_bytes() == 4096 + 100_352 and pool.n_free_blocks() == 1
    rest = pool.malloc(90_000)
    assert rest.ptr == large + 5120
    # A piece of a block that lives keeps the block.
    del s, r
    pool.free_all_blocks()
    assert pool.total_bytes() == 100_352
    del rest
    assert pool.n_free_blocks() == 1
    pool.free_all_blocks()
    assert numbers(pool) == (0, 0, 0, 0)


def test_free_all_blocks_of_a_stream():
    """The free memory of one stream can be given back alone."""
    pool, stream = cp.cuda.MemoryPool(), cp.cuda.Stream()
    p = pool.malloc(1024)
    with stream:
        q = pool.malloc(2048)
    del p, q
    assert pool.n_free_blocks() == 2
    pool.free_all_blocks(stream=stream)
    assert pool.total_bytes() == 1024
    pool.free_all_blocks(cp.cuda.Stream.null)
    assert pool.free_all_free() is None and pool.total_bytes() == 0


def test_empty_requests():
    """Nothing may be asked for."""
    pool = cp.cuda.MemoryPool()
    for p in (pool.malloc(0), cp.cuda.malloc_managed(0), cp.cuda.malloc_async(0), cp.cuda.alloc(0), cp.cuda.Memory(0)):
        assert getattr(p, "mem", p).size == 0
    cp.cuda.set_allocator(pool.malloc)
    assert_same(cp.zeros((0, 3)) + 1, np.zeros((0, 3)) + 1)


def test_arrays_use_the_pool_that_is_set():
    """Arrays take memory from the pool, also those that waited, and give it back when they die."""
    pool = cp.cuda.MemoryPool()
    cp.cuda.set_allocator(pool.malloc)
    assert cp.cuda.get_allocator() == pool.malloc
    x = cp.arange(N, dtype="d")
    assert pool.used_bytes() >= 8 * N
    y = x * 2 + 1
    held = pool.used_bytes()
    assert held >= 16 * N
    assert_same(y, np.arange(N, dtype="d") * 2 + 1)
    assert pool.used_bytes() == held
    z = y.reshape(2, -1)[1]
    total = y.sum()
    del x, y
    assert pool.used_bytes() >= 8 * N
    del z, total
    gc.collect()
    assert pool.used_bytes() == 0 and pool.free_bytes() == pool.total_bytes() > 0


def test_waiting_values_belong_to_the_pool_of_their_making():
    """An expression made under one pool and read under another takes its memory from the first."""
    a, b = cp.cuda.MemoryPool(), cp.cuda.MemoryPool()
    x = cp.ones(N, "f")
    with cp.cuda.using_allocator(a.malloc):
        y = (x + 1) * 3
        halves = y / 2, cp.divmod(y, 4)
        with cp.cuda.using_allocator(b.malloc):
            z = y - x
        assert b.used_bytes() >= 4 * N
    used = a.used_bytes(), b.used_bytes()
    assert used[0] >= 16 * N
    assert_same(z, np.full(N, 5, "f"))
    assert_same(halves[0], np.full(N, 3, "f"))
    assert_same(halves[1][1], np.full(N, 2, "f"))
    assert (a.used_bytes(), b.used_bytes()) == used
    w = z + 1
    assert_same(w, np.full(N, 6, "f"))
    assert (a.used_bytes(), b.used_bytes()) == used
    del y, halves, z
    gc.collect()
    assert (a.used_bytes(), b.used_bytes()) == (0, 0)


def test_memory_outlives_its_pool():
    """Arrays keep the pool that their memory is of."""
    pool = cp.cuda.MemoryPool()
    with cp.cuda.using_allocator(pool.malloc):
        x = cp.arange(N)
    del pool
    gc.collect()
    assert_same(x + 1, np.arange(N) + 1)
    del x
    gc.collect()


@pytest.mark.parametrize("how", ["size", "fraction"])
def test_limits(how):
    """A pool never holds more than its limit; the error counts, and afterwards there is memory again."""
    pool = cp.cuda.MemoryPool()
    total = cp.cuda.Device().mem_info[1]
    assert pool.get_limit() == 0
    limit = 1 << 20
    pool.set_limit(**({"size": limit} if how == "size" else {"fraction": (limit + 0.5) / total}))
    assert pool.get_limit() == limit
    with cp.cuda.using_allocator(pool.malloc):
        x = cp.zeros(limit // 2, "b")
        y = cp.zeros(limit // 4, "b")
        with pytest.raises(OutOfMemoryError) as raised:
            cp.zeros(limit // 2, "b")
        words = str(raised.value)
        assert f"Out of memory allocating {limit // 2} bytes" in words
        assert f"allocated so far: {limit * 3 // 4} bytes" in words and f"limit set to: {limit} bytes" in words
        with pytest.raises(OutOfMemoryError):
            pool.malloc(limit)
        # What is free is given back before a request fails.
        del x, y
        z = cp.zeros(limit, "b")
        assert pool.total_bytes() == limit
        with pytest.raises(OutOfMemoryError):
            z + 1
        pool.set_limit(size=0)
        assert_same(z[:5] + 1, np.ones(5, "b"))
    assert issubclass(OutOfMemoryError, MemoryError)


def test_lazy_values_count_against_the_limit():
    """Out-of-memory rises where the value is made that does not fit (rule 20), and the others stay."""
    n, pool = 1 << 20, cp.cuda.MemoryPool()
    with cp.cuda.using_allocator(pool.malloc):
        x = cp.arange(n, dtype="d")
        pool.free_all_blocks()
        pool.set_limit(size=8 * n + 17 * n)
        y = x + 1
        z = y * 2
        with pytest.raises(OutOfMemoryError):
            cp.asnumpy(z - x)
        assert_same(z[:9], (np.arange(9.0) + 1) * 2)
        del y
        assert_same((z - x)[:9], (np.arange(9.0) + 1) * 2 - np.arange(9.0))


def test_bad_limits():
    """Limits that cannot be are refused."""
    pool = cp.cuda.MemoryPool()
    for bad in ({"size": 5, "fraction": 0.5}, {"fraction": 1.5}, {"fraction": -0.1}, {"fraction": float("nan")}):
        with pytest.raises(ValueError):
            pool.set_limit(**bad)
    with pytest.raises(OverflowError):
        pool.set_limit(size=-1)
    pool.set_limit()
    assert pool.get_limit() == 0


@pytest.mark.parametrize("variable", ["CUPROUS_MEMORY_LIMIT", "CUPY_GPU_MEMORY_LIMIT"])
@pytest.mark.parametrize("word", ["3145728", "25%"])
def test_limits_of_the_environment(variable, word, device):
    """Pools begin with the limit of the environment."""
    if device == "cpu" and cp.cuda.is_available():
        pytest.skip("the limit is the GPU's")
    text = "import cuprous as cp; print(cp.get_default_memory_pool().get_limit(), cp.cuda.MemoryPool().get_limit(), cp.cuda.Device().mem_info[1])"
    env = os.environ | {variable: word}
    done = subprocess.run([sys.executable, "-c", text], env=env, capture_output=True, text=True, check=True)
    default, own, total = map(int, done.stdout.split())
    assert default == own == (3_145_728 if word[-1] != "%" else total // 4)


def test_bad_limit_of_the_environment():
    """A limit that is not understood is an error, not none."""
    env = os.environ | {"CUPROUS_MEMORY_LIMIT": "much"}
    done = subprocess.run([sys.executable, "-c", "import cuprous as cp; cp.cuda.MemoryPool().malloc(5)"], env=env, capture_output=True, text=True)
    assert done.returncode != 0 and "ValueError" in done.stderr and "'much'" in done.stderr


def test_managed_memory():
    """Managed memory is memory; a pool of it keeps it."""
    a = np.arange(N, dtype="f")
    pool = cp.cuda.MemoryPool(cp.cuda.malloc_managed)
    with cp.cuda.using_allocator(pool.malloc):
        x = cp.asarray(a)
        assert_same(x * 2 + 1, a * 2 + np.float32(1))
        assert pool.used_bytes() >= x.nbytes
    memory = cp.cuda.ManagedMemory(4 * N)
    assert memory.size == 4 * N and isinstance(memory, cp.cuda.BaseMemory) and memory.device == x.device
    p = cp.cuda.MemoryPointer(memory, 0)
    p.copy_from_host(a.ctypes.data, a.nbytes)
    stream = cp.cuda.get_current_stream()
    memory.prefetch(stream)
    memory.prefetch(stream, device_id=cp.cuda.get_device_id())
    memory.advise(3, cp.cuda.Device())  # cudaMemAdviseSetPreferredLocation
    assert_same(cp.ndarray((N,), "f", memptr=p), a)
    with cp.cuda.using_allocator(cp.cuda.malloc_managed):
        y = cp.asarray(a) + 1
    assert_same(y, a + np.float32(1))
    assert isinstance(cp.cuda.malloc_managed(8).mem, cp.cuda.ManagedMemory)


def test_memory_in_the_order_of_streams():
    """The driver's pool gives memory for a stream, and counts it."""
    pool, stream = cp.cuda.MemoryAsyncPool(), cp.cuda.Stream()
    assert pool.memoryAsyncHasStat is True
    before, a = pool.used_bytes(), np.arange(N, dtype="d")
    memory = cp.cuda.MemoryAsync(4096, stream)
    assert memory.stream_ref() is stream and memory.size == 4096
    assert pool.used_bytes() >= before + 4096 and pool.total_bytes() == pool.used_bytes() + pool.free_bytes()
    del memory
    with stream, cp.cuda.using_allocator(pool.malloc):
        x = cp.asarray(a)
        y = x + 1
        x = None
        y = y * y
        assert_same(y, (a + 1) * (a + 1))
        assert pool.used_bytes() >= before + 8 * N
    # Used on another stream than its own.
    assert_same(y + 1, (a + 1) * (a + 1) + 1)
    y = None
    p = cp.cuda.malloc_async(100)
    assert isinstance(p.mem, cp.cuda.MemoryAsync) and p.mem.size == 100
    assert isinstance(pool.malloc(5).mem, cp.cuda.MemoryAsync)
    p = None
    stream.synchronize()
    pool.free_all_blocks()
    pool.free_all_blocks(stream)
    assert pool.used_bytes() == before
    for call in (pool.n_free_blocks, pool.get_limit, pool.set_limit):
        with pytest.raises(NotImplementedError):
            call()


def test_handles_of_driver_pools():
    """The driver's pools are named for all devices or for each."""
    n = cp.cuda.runtime.getDeviceCount()
    for handles in ("current", "default", ["default"] * n):
        with cp.cuda.using_allocator(cp.cuda.MemoryAsyncPool(handles).malloc):
            assert_same(cp.arange(5) + 1, np.arange(5) + 1)
    with pytest.raises(ValueError, match="'other'"):
        cp.cuda.MemoryAsyncPool("other")
    with pytest.raises(ValueError, match="devices"):
        cp.cuda.MemoryAsyncPool(["current"] * (n + 1))
    with pytest.raises(TypeError):
        cp.cuda.MemoryAsyncPool(1.5)


def test_without_a_pool():
    """Without an allocator each array asks the system."""
    default = cp.get_default_memory_pool()
    used = default.used_bytes()
    with cp.cuda.using_allocator(None):
        x = cp.arange(N) * 2
        assert default.used_bytes() == used
        assert cp.cuda.get_allocator() is cp.cuda.memory._malloc
        assert isinstance(cp.cuda.alloc(16).mem, cp.cuda.Memory)
    assert_same(x, np.arange(N) * 2)


def test_pools_over_pools():
    """A pool may stand over another one."""
    below = cp.cuda.MemoryPool()
    pool = cp.cuda.MemoryPool(below.malloc)
    p = pool.malloc(10_000)
    assert below.used_bytes() == pool.used_bytes() == 10_240
    del p
    assert below.used_bytes() == 10_240 and pool.used_bytes() == 0
    pool.free_all_blocks()
    assert below.used_bytes() == 0 and below.n_free_blocks() == 1
    default = cp.get_default_memory_pool()
    gc.collect()
    used = default.used_bytes()
    over = cp.cuda.MemoryPool(default.malloc)
    p = over.malloc(1000)
    assert default.used_bytes() > used and over.used_bytes() == 1024
    del p, over
    gc.collect()
    assert default.used_bytes() == used


def test_pools_in_threads():
    """Many threads take from one pool and give back; at the end nothing is in use and nothing was lost."""
    pool, failures = cp.cuda.MemoryPool(), []

    def work(k):
        try:
            with cp.cuda.using_allocator(pool.malloc):
                for n in range(1, 60):
                    x = cp.full(n * 97, k, "i4")
                    y = x + n
                    if not np.array_equal(cp.asnumpy(y), np.full(n * 97, k + n)):
                        failures.append((k, n))
                    if n % 20 == 0:
                        pool.free_all_blocks()
        except Exception as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    gc.collect()
    assert failures == [] and pool.used_bytes() == 0
    pool.free_all_blocks()
    assert numbers(pool) == (0, 0, 0, 0)


def test_what_cannot_be_pickled():
    """Addresses mean nothing in another process."""
    for thing in (cp.cuda.MemoryPool(), cp.cuda.MemoryAsyncPool(), cp.cuda.alloc(5), cp.cuda.Memory(5), cp.cuda.PinnedMemoryPool()):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(thing)


# Pinned memory


def test_pinned_pools():
    """A pool of pinned memory keeps pieces by size."""
    pool = cp.cuda.PinnedMemoryPool()
    assert pool.n_free_blocks() == 0
    p = pool.malloc(1000)
    assert p.size() == 1000 and memoryview(p).nbytes == 1000 and p.mem.ptr == p.ptr
    address = p.ptr
    del p
    assert pool.n_free_blocks() == 1
    q = pool.malloc(513)
    assert q.ptr == address and pool.n_free_blocks() == 0
    # Views of the buffer keep the piece.
    view = np.frombuffer(q, "b")
    del q
    assert pool.n_free_blocks() == 0
    del view
    assert pool.n_free_blocks() == 1
    pool.free_all_blocks()
    assert pool.n_free_blocks() == 0
    assert pool.malloc(0).size() == 0


def test_pinned_pointers():
    """Pointers move within their memory, and are buffers from there on."""
    memory = cp.cuda.PinnedMemory(64)
    assert int(memory) == memory.ptr and memory.size == 64
    p = cp.cuda.PinnedMemoryPointer(memory, 8)
    assert p.ptr == memory.ptr + 8 and p.size() == 56 and p.mem is memory
    q = p + 16
    assert q.ptr == int(p) + 16 == (16 + p).ptr and q.size() == 40 and (q - 24).ptr == memory.ptr
    same = p
    p += 50
    p -= 4
    assert p is same and p.ptr == memory.ptr + 54 and p.size() == 10
    np.frombuffer(cp.cuda.PinnedMemoryPointer(memory, 0), "b")[:] = np.arange(64)
    assert bytes(memoryview(q))[:3] == bytes([24, 25, 26])
    x = cp.zeros(40, "b")
    x.data.copy_from_host(q, 40)
    assert_same(x, np.arange(24, 64, dtype="b"))
    for bad in (lambda: q + 41, lambda: q - 25, lambda: cp.cuda.PinnedMemoryPointer(memory, -1), lambda: cp.cuda.PinnedMemoryPointer(memory, 65)):
        with pytest.raises(ValueError):
            bad()
    with pytest.raises(TypeError):
        cp.cuda.PinnedMemoryPointer(5, 0)
    with pytest.raises(OverflowError):
        cp.cuda.PinnedMemory(-1)
    assert cp.cuda.PinnedMemory(8, 2).size == 8  # cudaHostAllocMapped


def test_pinned_allocators():
    """`alloc_pinned_memory` asks who is set; a pool may stand over any of them."""
    asked = []

    def allocator(size):
        asked.append(size)
        return cp.cuda.pinned_memory._malloc(size)

    try:
        cp.cuda.set_pinned_memory_allocator(allocator)
        assert cp.cuda.alloc_pinned_memory(100).size() == 100 and asked == [100]
        pool = cp.cuda.PinnedMemoryPool(allocator)
        cp.cuda.set_pinned_memory_allocator(pool.malloc)
        for _ in range(3):
            assert cp.cuda.alloc_pinned_memory(700).size() == 700
        assert asked == [100, 1024]
        cp.cuda.set_pinned_memory_allocator(None)
        assert isinstance(cp.cuda.alloc_pinned_memory(8).mem, cp.cuda.PinnedMemory)
    finally:
        cp.cuda.set_pinned_memory_allocator(cp.get_default_pinned_memory_pool().malloc)
    with pytest.raises(TypeError):
        cp.cuda.set_pinned_memory_allocator(5)
    with pytest.raises(TypeError, match="PinnedMemoryPointer"):
        cp.cuda.PinnedMemoryPool(lambda size: size).malloc(5)
    with pytest.raises(ValueError, match="instead of"):
        cp.cuda.PinnedMemoryPool(lambda size: cp.cuda.pinned_memory._malloc(size - 1)).malloc(5)
    with pytest.raises(MemoryError):
        cp.cuda.PinnedMemoryPool().malloc(1 << 63)
